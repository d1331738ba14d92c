/* drip: diag.c, level 0. Sources, diagnostics, and how they are shown.
 *
 * Sources and messages may hold anything, also text made to deceive a terminal: all of it goes out
 * through dr_buf_plain. Carets count what was really written, so they stay right under escapes. */
#include "diag.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    NO_SOURCE_LEFT = 16, /* offsets this close to UINT32_MAX are never used */
    TEXT_MAX = 1000,     /* bytes of a message, label or hint; longer ones are cut */
    WINDOW = 160,
    BEFORE = 40, /* characters of a long line shown, and how many of them before the span */
    LINE_DIGITS = 5,
    SUGGEST_MAX = 64, /* longer names are not compared */
    RUN = 16          /* runs that are sorted by insertion before they are merged */
};

/* ---- sources ---- */

void dr_sources_init(dr_sources *sources, const dr_alloc *alloc, size_t cap)
{
    *sources = (dr_sources){.count = 0};
    dr_arena_init(&sources->arena, alloc, 4096, cap);
}

void dr_sources_free(dr_sources *sources)
{
    dr_arena_free(&sources->arena);
    sources->items = NULL;
    sources->count = sources->size = 0;
}

static bool sources_grow(dr_sources *sources)
{
    if (sources->count < sources->size)
        return true;
    if (sources->size > UINT32_MAX / 4)
        return false;
    uint32_t size = sources->size == 0 ? 8 : sources->size * 2;
    dr_source *items = dr_take_zero(&sources->arena, size, sizeof *items);
    if (items == NULL)
        return false;
    if (sources->count > 0)
        memcpy(items, sources->items, sources->count * sizeof *items);
    sources->items = items;
    sources->size = size;
    return true;
}

int64_t dr_sources_add(dr_sources *sources, const char *origin, const char *bytes, size_t len)
{
    if (len > UINT32_MAX - NO_SOURCE_LEFT || !sources_grow(sources))
        return -1;
    char *text = dr_take(&sources->arena, len + 2);
    char *name = text != NULL ? dr_take_text(&sources->arena, origin, strlen(origin)) : NULL;
    if (name == NULL)
        return -1;
    if (len > 0)
        memcpy(text, bytes, len);
    text[len] = text[len + 1] = '\0';
    sources->items[sources->count] = (dr_source){name, text, (uint32_t)len};
    return sources->count++;
}

/* Bytes of the character at p; a byte that is not valid UTF-8 counts as a character of its own. */
static uint32_t char_len(const char *p, uint32_t left)
{
    unsigned char first = (unsigned char)*p;
    if (first < 0x80)
        return 1;
    uint32_t n = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    return n <= left && dr_utf8_valid(p, n, NULL) ? n : 1;
}

typedef struct line {
    const char *bytes;
    uint32_t len, number;
    uint32_t start, end; /* the span in this line, in bytes, on character boundaries */
    uint32_t before;     /* characters before start */
} line;

/* The line in which the span starts. A span over several lines ends with this one. */
static line line_of(const dr_source *source, uint32_t from, uint32_t to)
{
    line l = {.number = 1};
    uint32_t at = from < source->len ? from : source->len;
    uint32_t begin = 0;
    for (const char *nl = NULL; (nl = memchr(source->bytes + begin, '\n', at - begin)) != NULL;) {
        begin = (uint32_t)(nl - source->bytes) + 1;
        l.number++;
    }
    l.bytes = source->bytes + begin;
    const char *newline = memchr(l.bytes, '\n', source->len - begin);
    l.len = newline != NULL ? (uint32_t)(newline - l.bytes) : source->len - begin;
    if (l.len > 0 && l.bytes[l.len - 1] == '\r')
        l.len--;
    at -= begin;
    uint32_t stop = to > begin ? to - begin : 0;
    while (l.start < l.len) {
        uint32_t n = char_len(l.bytes + l.start, l.len - l.start);
        if (l.start + n > at)
            break;
        l.start += n;
        l.before++;
    }
    l.end = l.start;
    while (l.end < l.len && l.end < stop)
        l.end += char_len(l.bytes + l.end, l.len - l.end);
    return l;
}

void dr_source_place(const dr_source *source, uint32_t offset, uint32_t *line_number, uint32_t *column)
{
    line l = line_of(source, offset, offset);
    *line_number = l.number;
    *column = l.before + 1;
}

/* ---- the list ---- */

void dr_diags_init(dr_diags *diags, const dr_alloc *alloc, uint32_t max)
{
    /* Room for a message, three labels and a hint of the longest kind would be 5 KiB; 2 are plenty. */
    size_t cap = (size_t)max * 2048 + 64 * 1024;
    *diags = (dr_diags){.max = max};
    dr_arena_init(&diags->arena, alloc, 4096, cap);
}

void dr_diags_free(dr_diags *diags)
{
    dr_arena_free(&diags->arena);
    diags->items = NULL;
    diags->count = diags->size = 0;
    diags->errors = diags->dropped = 0;
}

static bool diags_grow(dr_diags *diags)
{
    if (diags->count >= diags->max)
        return false;
    if (diags->count < diags->size)
        return true;
    uint32_t size = diags->size == 0 ? 16 : diags->size > UINT32_MAX / 2 ? UINT32_MAX : diags->size * 2;
    if (size > diags->max)
        size = diags->max;
    dr_diag *items = dr_take_zero(&diags->arena, size, sizeof *items);
    if (items == NULL)
        return false;
    if (diags->count > 0)
        memcpy(items, diags->items, diags->count * sizeof *items);
    diags->items = items;
    diags->size = size;
    return true;
}

/* Where a longer text may be cut so that at most max bytes remain and no character is torn. */
static uint32_t cut_at(const char *text, uint32_t max)
{
    uint32_t at = max;
    while (at > 0 && max - at < 4 && ((unsigned char)text[at] & 0xC0) == 0x80)
        at--;
    return at;
}

static const char *format_text(dr_arena *arena, const char *format, va_list args)
{
    char text[TEXT_MAX + 1];
    int n = vsnprintf(text, sizeof text, format, args);
    if (n < 0)
        return NULL;
    if (n <= TEXT_MAX)
        return dr_take_text(arena, text, (size_t)n);
    uint32_t at = cut_at(text, TEXT_MAX - 3);
    memcpy(text + at, "...", 3);
    return dr_take_text(arena, text, at + 3);
}

dr_diag *dr_diag_add(dr_diags *diags, dr_severity severity, const char *code, dr_span span,
                     const char *format, ...)
{
    const char *message = NULL;
    if (severity == DR_ERROR)
        diags->errors++;
    if (diags_grow(diags)) {
        va_list args;
        va_start(args, format);
        message = format_text(&diags->arena, format, args);
        va_end(args);
    }
    if (message == NULL) {
        diags->dropped++;
        return NULL;
    }
    dr_diag *diag = &diags->items[diags->count++];
    *diag = (dr_diag){.severity = severity, .code = code, .message = message, .span = span};
    return diag;
}

void dr_diag_hint(dr_diags *diags, dr_diag *diag, const char *format, ...)
{
    if (diag == NULL)
        return;
    va_list args;
    va_start(args, format);
    diag->hint = format_text(&diags->arena, format, args);
    va_end(args);
}

void dr_diag_note(dr_diags *diags, dr_diag *diag, const char *format, ...)
{
    if (diag == NULL)
        return;
    va_list args;
    va_start(args, format);
    diag->note = format_text(&diags->arena, format, args);
    va_end(args);
}

void dr_diag_fix(dr_diags *diags, dr_diag *diag, bool sure, dr_span span, const char *format, ...)
{
    if (diag == NULL || diag->n_fixes >= DR_FIXES_MAX)
        return;
    va_list args;
    va_start(args, format);
    const char *text = format_text(&diags->arena, format, args);
    va_end(args);
    if (text == NULL)
        return;
    diag->sure = sure && (diag->sure || diag->n_fixes == 0);
    diag->fixes[diag->n_fixes++] = (dr_fix){span, text};
}

void dr_diag_label(dr_diags *diags, dr_diag *diag, dr_span span, const char *format, ...)
{
    if (diag == NULL || diag->n_labels >= DR_LABELS_MAX)
        return;
    va_list args;
    va_start(args, format);
    const char *text = format_text(&diags->arena, format, args);
    va_end(args);
    if (text != NULL)
        diag->labels[diag->n_labels++] = (dr_label){span, text};
}

static bool goes_before(const dr_diag *a, const dr_diag *b)
{
    if (a->span.source != b->span.source)
        return a->span.source < b->span.source;
    if (a->span.start != b->span.start)
        return a->span.start < b->span.start;
    return strcmp(a->code != NULL ? a->code : "", b->code != NULL ? b->code : "") < 0;
}

static void sort_run(dr_diag *items, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        dr_diag moved = items[i];
        size_t at = i;
        for (; at > 0 && goes_before(&moved, &items[at - 1]); at--)
            items[at] = items[at - 1];
        items[at] = moved;
    }
}

static void merge_runs(dr_diag *items, dr_diag *copy, size_t middle, size_t count)
{
    memcpy(copy, items, middle * sizeof *items);
    size_t i = 0, j = middle, to = 0;
    while (i < middle)
        items[to++] = j < count && goes_before(&items[j], &copy[i]) ? items[j++] : copy[i++];
}

/* A merge sort with room from the allocator; without it one long insertion, slow but right. */
void dr_diags_sort(dr_diags *diags)
{
    size_t count = diags->count, size = count * sizeof(dr_diag);
    dr_diag *copy = count > RUN ? dr_new(&diags->arena.alloc, size) : NULL;
    size_t run = copy != NULL ? RUN : count;
    for (size_t at = 0; at < count; at += run)
        sort_run(diags->items + at, count - at < run ? count - at : run);
    for (; run < count; run *= 2)
        for (size_t at = 0; count - at > run; at += 2 * run) {
            size_t both = count - at < 2 * run ? count - at : 2 * run;
            merge_runs(diags->items + at, copy, run, both);
            if (both < 2 * run)
                break;
        }
    dr_free(&diags->arena.alloc, copy, size);
}

/* ---- showing ---- */

static void put_gutter(dr_buf *out, uint32_t number)
{
    size_t width = 1;
    for (uint32_t n = number; n >= 10; n /= 10)
        width++;
    if (number > 0) {
        dr_buf_fill(out, ' ', width < LINE_DIGITS ? LINE_DIGITS - width : 0);
        dr_buf_int(out, number);
    }
    dr_buf_text(out, " |");
}

/* Writes one character; the columns it took: one, or those of its escape. */
static size_t put_char(dr_buf *out, const char *p, uint32_t n)
{
    if (*p == '\t') {
        dr_buf_char(out, ' ');
        return 1;
    }
    size_t before = out->len;
    dr_buf_plain(out, p, n);
    return out->len - before > n ? out->len - before : 1;
}

static uint32_t count_chars(const line *l)
{
    uint32_t count = l->before;
    for (uint32_t i = l->start; i < l->len; i += char_len(l->bytes + i, l->len - i))
        count++;
    return count;
}

/* The line, or of a long one the window around the span; *indent and *width say where the carets go. */
static void put_line(dr_buf *out, const line *l, size_t *indent, size_t *width)
{
    uint32_t total = count_chars(l), first = 0;
    if (total > WINDOW) {
        first = l->before > BEFORE ? l->before - BEFORE : 0;
        if (first > total - WINDOW)
            first = total - WINDOW;
    }
    *indent = first > 0 ? 3 : 0;
    *width = 0;
    dr_buf_text(out, first > 0 ? "..." : "");
    uint32_t index = 0;
    for (uint32_t i = 0, n = 0; i < l->len && index < first + WINDOW; i += n, index++) {
        n = char_len(l->bytes + i, l->len - i);
        if (index < first)
            continue;
        size_t columns = put_char(out, l->bytes + i, n);
        if (i < l->start)
            *indent += columns;
        else if (i < l->end)
            *width += columns;
    }
    dr_buf_text(out, index < total ? "..." : "");
}

static void put_excerpt(dr_buf *out, const line *l)
{
    size_t indent = 0, width = 0, digits = LINE_DIGITS;
    put_gutter(out, l->number);
    if (l->len > 0)
        dr_buf_char(out, ' ');
    put_line(out, l, &indent, &width);
    dr_buf_char(out, '\n');
    for (uint32_t n = l->number / 100000; n > 0; n /= 10)
        digits++;
    dr_buf_fill(out, ' ', digits);
    put_gutter(out, 0);
    dr_buf_fill(out, ' ', indent + 1);
    dr_buf_char(out, '^');
    dr_buf_fill(out, '~', width > 1 ? width - 1 : 0);
    dr_buf_char(out, '\n');
}

static void put_plain(dr_buf *out, const char *text)
{
    dr_buf_plain(out, text, strlen(text));
}

static void put_entry(dr_buf *out, const dr_sources *sources, dr_span span, const char *kind,
                      const char *text, const char *code)
{
    bool placed = sources != NULL && span.source < sources->count;
    line l = {.number = 0};
    if (placed) {
        const dr_source *source = &sources->items[span.source];
        l = line_of(source, span.start, span.end);
        put_plain(out, source->origin);
        dr_buf_char(out, ':');
        dr_buf_int(out, l.number);
        dr_buf_char(out, ':');
        dr_buf_int(out, (int64_t)l.before + 1);
        dr_buf_text(out, ": ");
    }
    dr_buf_text(out, kind);
    put_plain(out, text);
    if (code != NULL) {
        dr_buf_text(out, " [");
        put_plain(out, code);
        dr_buf_char(out, ']');
    }
    dr_buf_char(out, '\n');
    if (placed)
        put_excerpt(out, &l);
}

static void put_remark(dr_buf *out, const char *head, const char *text)
{
    if (text == NULL)
        return;
    dr_buf_text(out, head);
    put_plain(out, text);
    dr_buf_char(out, '\n');
}

/* ---- the line as the edits would leave it */

/* Does the hint say the edit already: did you mean "that"? */
static bool is_obvious(const dr_diag *diag)
{
    const char *text = diag->fixes[0].text;
    size_t len = strlen(text);
    if (diag->n_fixes != 1 || diag->hint == NULL || len == 0 ||
        diag->fixes[0].span.end == diag->fixes[0].span.start)
        return false;
    for (const char *at = strchr(diag->hint, '"'); at != NULL; at = strchr(at + 1, '"'))
        if (strncmp(at + 1, text, len) == 0 && at[len + 1] == '"')
            return true;
    return false;
}

/* The fix that begins first at or after `from`; NULL: none. */
static const dr_fix *next_fix(const dr_diag *diag, uint32_t from)
{
    const dr_fix *next = NULL;
    for (uint32_t i = 0; i < diag->n_fixes; i++)
        if (diag->fixes[i].span.start >= from &&
            (next == NULL || diag->fixes[i].span.start < next->span.start))
            next = &diag->fixes[i];
    return next;
}

static void put_mended(dr_buf *out, dr_buf *text, uint32_t number)
{
    size_t at = 0;
    while (at < text->len) {
        const char *end = memchr(text->data + at, '\n', text->len - at);
        size_t len = end != NULL ? (size_t)(end - text->data) - at : text->len - at;
        put_gutter(out, number++);
        dr_buf_char(out, ' ');
        dr_buf_plain(out, text->data + at, len < 2 * WINDOW ? len : cut_at(text->data + at, 2 * WINDOW));
        dr_buf_char(out, '\n');
        at += len + 1;
    }
}

/* All edits lie in one line of one source: that line, mended. Others are for editors and --fix alone. */
static void put_fixes(dr_buf *out, const dr_diag *diag, const dr_sources *sources)
{
    if (diag->n_fixes == 0 || is_obvious(diag) || sources == NULL)
        return;
    const dr_fix *first = next_fix(diag, 0);
    uint32_t index = first->span.source;
    if (index >= sources->count)
        return;
    const dr_source *source = &sources->items[index];
    line l = line_of(source, first->span.start, first->span.start);
    uint32_t begin = (uint32_t)(l.bytes - source->bytes), end = begin + l.len, at = begin;
    for (uint32_t i = 0; i < diag->n_fixes; i++)
        if (diag->fixes[i].span.source != index || diag->fixes[i].span.end > end)
            return;
    dr_buf text;
    dr_buf_init(&text, &sources->arena.alloc, (size_t)64 * 1024);
    for (const dr_fix *fix = first; fix != NULL; fix = next_fix(diag, at > fix->span.start ? at : at + 1)) {
        dr_buf_bytes(&text, source->bytes + at, fix->span.start - at);
        dr_buf_text(&text, fix->text);
        at = fix->span.end;
    }
    dr_buf_bytes(&text, source->bytes + at, end - at);
    if (!text.failed) {
        dr_buf_text(out, "fix:\n");
        put_mended(out, &text, l.number);
    }
    dr_buf_free(&text);
}

void dr_diag_render(const dr_diag *diag, const dr_sources *sources, dr_buf *out)
{
    static const char *const kinds[] = {"error: ", "warning: ", "note: "}; /* as dr_severity */
    put_entry(out, sources, diag->span, kinds[diag->severity], diag->message, diag->code);
    for (uint32_t i = 0; i < diag->n_labels; i++)
        put_entry(out, sources, diag->labels[i].span, "note: ", diag->labels[i].text, NULL);
    put_remark(out, "why: ", diag->note);
    put_remark(out, "hint: ", diag->hint);
    put_fixes(out, diag, sources);
}

/* ---- did you mean ---- */

void dr_suggest_init(dr_suggest *s, const char *name, size_t len)
{
    size_t most = len / 3 < 1 ? 1 : len / 3 > 3 ? 3 : len / 3;
    *s = (dr_suggest){.name = name, .len = len, .best_distance = most + 1};
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Edits between two texts of at most SUGGEST_MAX bytes; swapped neighbours count as one edit. */
static size_t distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    unsigned char rows[3][SUGGEST_MAX + 1];
    for (size_t j = 0; j <= b_len; j++)
        rows[0][j] = (unsigned char)j;
    for (size_t i = 1; i <= a_len; i++) {
        unsigned char *row = rows[i % 3];
        const unsigned char *above = rows[(i - 1) % 3], *two_above = rows[(i + 1) % 3];
        row[0] = (unsigned char)i;
        for (size_t j = 1; j <= b_len; j++) {
            size_t d = least(least(above[j], row[j - 1]) + 1u, above[j - 1] + (size_t)(a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                d = least(d, two_above[j - 2] + 1u);
            row[j] = (unsigned char)d;
        }
    }
    return rows[a_len % 3][b_len];
}

static bool same_letters(const char *a, const char *b, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        char x = a[i] >= 'A' && a[i] <= 'Z' ? (char)(a[i] | 0x20) : a[i];
        char y = b[i] >= 'A' && b[i] <= 'Z' ? (char)(b[i] | 0x20) : b[i];
        if (x != y)
            return false;
    }
    return true;
}

/* Of two equally near the first by bytes wins, so that the order of trying does not show. */
void dr_suggest_try(dr_suggest *s, const char *candidate)
{
    size_t len = strlen(candidate);
    size_t apart = len > s->len ? len - s->len : s->len - len;
    if (s->len == 0 || s->len > SUGGEST_MAX || len > SUGGEST_MAX || apart > s->best_distance)
        return;
    size_t d = distance(s->name, s->len, candidate, len);
    if (d > 1 && len == s->len && same_letters(s->name, candidate, len))
        d = 1; /* small letters for capitals are one slip */
    if (d == 0 || d > s->best_distance || (s->best == NULL && d == s->best_distance))
        return; /* the name itself is no suggestion */
    s->tied = d == s->best_distance && strcmp(candidate, s->best) != 0 ? true
              : d < s->best_distance                                   ? false
                                                                       : s->tied;
    if (d == s->best_distance && strcmp(candidate, s->best) >= 0)
        return;
    s->best = candidate;
    s->best_distance = d;
}
