/* drip: format.c, level 2a. Formats a source: scans it again, has it laid out, writes it, and reads back
 * what was written, which must be the same tokens. Comments lie between the tokens and go along. */
#include "format.h"
#include "layout.h"

#include <string.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* ---- tokens */

/* The next byte of a token as it is written: words of two parts have one blank between them. */
static char next_byte(const char *bytes, uint32_t *at, uint32_t end, int kind)
{
    char c = bytes[(*at)++];
    if (kind == TOK_STRING || !is_blank(c))
        return c;
    while (*at < end && is_blank(bytes[*at]))
        (*at)++;
    return ' ';
}

static uint32_t width_of(const char *bytes, const dr_token *t)
{
    uint32_t width = 0;
    for (uint32_t at = t->start; at < t->end;)
        width += ((unsigned char)next_byte(bytes, &at, t->end, t->kind) & 0xC0) != 0x80;
    return width;
}

static bool has_line_break(const char *bytes, uint32_t from, uint32_t to)
{
    return from == 0 || memchr(bytes + from, '\n', to - from) != NULL;
}

/* Scans p->source into tokens, or only counts them. */
static uint32_t scan(dr_parse *p, dr_token *tokens, uint32_t room)
{
    yyscan_t scanner;
    DRIP_YYSTYPE value;
    dr_span span = {p->source_index, 0, 0};
    uint32_t n = 0, before = 0;
    p->last_start = p->last_end = 0;
    p->line_start = true;
    p->reserved = 0;
    if (drip_yylex_init_extra(p, &scanner) != 0)
        return 0;
    char *bytes = (char *)(uintptr_t)p->source->bytes; /* ours; flex leaves them as they were: see parse.c */
    if (drip_yy_scan_buffer(bytes, (size_t)p->source->len + 2, scanner) != NULL) {
        for (int kind; (kind = drip_yylex(&value, &span, scanner)) > 0; n++) {
            if (n >= room)
                continue;
            tokens[n] = (dr_token){.start = span.start, .end = span.end, .kind = kind};
            tokens[n].first = has_line_break(bytes, before, span.start);
            before = span.end;
        }
    }
    drip_yylex_destroy(scanner);
    return n;
}

static bool read_tokens(dr_parse *p, dr_layout *l)
{
    l->source = p->source;
    l->count = scan(p, NULL, 0);
    l->tokens = dr_take_zero(p->arena, l->count, sizeof *l->tokens);
    if (l->tokens == NULL)
        return false;
    scan(p, l->tokens, l->count);
    for (uint32_t i = 0; i < l->count && !p->stopped; i++)
        l->tokens[i].width = width_of(p->source->bytes, &l->tokens[i]);
    return !p->stopped;
}

/* ---- what lies between two tokens */

typedef struct between {
    uint32_t from, to; /* bytes */
    uint32_t breaks;   /* line breaks before the comment found, or before the end */
} between;

static between between_at(const dr_layout *l, uint32_t i)
{
    uint32_t from = i == 0 ? 0 : l->tokens[i - 1].end;
    uint32_t to = i == l->count ? l->source->len : l->tokens[i].start;
    return (between){from, to, 0};
}

/* The next comment, up to its line's end; false when there is none. Counts the line breaks before it. */
static bool next_comment(const dr_layout *l, between *b, uint32_t *start, uint32_t *end)
{
    const char *bytes = l->source->bytes;
    b->breaks = b->from == 0 ? 1 : 0; /* the file's beginning is a line's */
    for (; b->from < b->to && bytes[b->from] != '#'; b->from++)
        b->breaks += bytes[b->from] == '\n';
    if (b->from == b->to)
        return false;
    const char *stop = memchr(bytes + b->from, '\n', b->to - b->from);
    *start = b->from;
    *end = b->from = stop == NULL ? b->to : (uint32_t)(stop - bytes);
    while (is_blank(bytes[*end - 1]))
        (*end)--;
    return true;
}

bool dr_layout_blank(const dr_layout *l, uint32_t i)
{
    between b = between_at(l, i);
    uint32_t start, end;
    bool blank = false;
    while (next_comment(l, &b, &start, &end))
        blank = blank || b.breaks > 1;
    return blank || b.breaks > 1;
}

bool dr_layout_comment(const dr_layout *l, uint32_t i)
{
    between b = between_at(l, i);
    uint32_t start, end;
    while (next_comment(l, &b, &start, &end))
        if (b.breaks > 0)
            return true;
    return false;
}

bool dr_layout_note(const dr_layout *l, uint32_t i)
{
    between b = between_at(l, i);
    uint32_t start, end;
    return next_comment(l, &b, &start, &end) && b.breaks == 0;
}

/* ---- writing */

static void break_line(dr_buf *out, uint32_t breaks, bool *apart)
{
    if (out->len == 0)
        return;
    dr_buf_fill(out, '\n', breaks > 1 || *apart ? 2 : 1);
    *apart = false;
}

/* Everything before token i, or before the end. */
static void write_between(const dr_layout *l, uint32_t i, dr_buf *out)
{
    between b = between_at(l, i);
    const dr_token *t = i < l->count ? &l->tokens[i] : NULL;
    uint32_t start, end;
    bool apart = t != NULL && t->apart && !dr_layout_blank(l, i);
    while (next_comment(l, &b, &start, &end)) {
        if (b.breaks > 0)
            break_line(out, b.breaks, &apart);
        uint32_t note = i > 0 && l->tokens[i - 1].note > 2 ? l->tokens[i - 1].note : 2;
        dr_buf_fill(out, ' ', b.breaks == 0 ? note : t != NULL ? t->gap : 0);
        dr_buf_bytes(out, l->source->bytes + start, end - start);
    }
    if (t != NULL && t->first)
        break_line(out, b.breaks, &apart);
    if (t != NULL)
        dr_buf_fill(out, ' ', t->gap);
}

static void write_all(const dr_layout *l, dr_buf *out)
{
    for (uint32_t i = 0; i < l->count && !out->failed; i++) {
        const dr_token *t = &l->tokens[i];
        write_between(l, i, out);
        if (t->kind == TOK_STRING)
            dr_buf_bytes(out, l->source->bytes + t->start, t->end - t->start);
        else
            for (uint32_t at = t->start; at < t->end;)
                dr_buf_char(out, next_byte(l->source->bytes, &at, t->end, t->kind));
    }
    write_between(l, l->count, out);
    dr_buf_char(out, '\n');
    dr_buf_fill(out, '\0', 2); /* for the scanner, which reads it again; not part of the text */
    if (!out->failed)
        out->len -= 2;
}

/* ---- is it still the same? */

static bool same_token(const dr_layout *a, const dr_layout *b, uint32_t i)
{
    const dr_token *s = &a->tokens[i], *t = &b->tokens[i];
    if (s->kind != t->kind || s->first != t->first)
        return false;
    uint32_t x = s->start, y = t->start;
    while (x < s->end && y < t->end) {
        char was = next_byte(a->source->bytes, &x, s->end, s->kind);
        if (next_byte(b->source->bytes, &y, t->end, t->kind) != was)
            return false;
    }
    return x == s->end && y == t->end;
}

/* Reads the written text again. Where blanks that were put in or left out would change a token, the author's
 * text stays as it is. */
static bool reads_the_same(dr_parse *p, const dr_layout *l, const dr_buf *out)
{
    dr_source written = {l->source->origin, out->data, (uint32_t)out->len};
    dr_layout again;
    p->source = &written;
    bool read = out->len < UINT32_MAX - 2 && read_tokens(p, &again);
    p->source = l->source;
    if (!read)
        return false;
    uint32_t i = 0;
    while (i < l->count && i < again.count && same_token(l, &again, i))
        i++;
    if (i == l->count && i == again.count)
        return true;
    const dr_token *t = &l->tokens[i < l->count ? i : l->count - 1];
    dr_span at = {p->source_index, t->start, t->end};
    dr_diag *d =
        dr_diag_add(p->diags, DR_ERROR, "E0108", at, "this cannot be laid out without changing its meaning");
    dr_diag_hint(p->diags, d, "put one blank, not another character, between the words here");
    return false;
}

static bool format(dr_parse *p, dr_buf *out)
{
    dr_layout l;
    if (!dr_parse_source(p) || !read_tokens(p, &l))
        return false;
    dr_layout_place(&l);
    dr_layout_align(&l);
    write_all(&l, out);
    return !out->failed && reads_the_same(p, &l, out);
}

bool dr_format_source(const dr_alloc *alloc, dr_sources *sources, uint32_t source, dr_diags *diags,
                      dr_buf *out)
{
    enum { NODES_MAX = 4000000, FIRST_CHUNK = 1 << 16 };
    uint32_t errors = diags->errors;
    dr_arena arena;
    dr_syms syms;
    dr_arena_init(&arena, alloc, FIRST_CHUNK, (size_t)1 << 30);
    dr_syms_init(&syms, &arena, NULL, dr_seed());
    dr_buf_clear(out);
    dr_parse *p = dr_take_zero(&arena, 1, sizeof *p);
    bool ok = false;
    if (p != NULL) {
        p->arena = &arena;
        p->syms = &syms;
        p->diags = diags;
        p->source = &sources->items[source];
        p->source_index = source;
        p->max_nodes = NODES_MAX;
        ok = format(p, out);
    }
    if (!ok && diags->errors == errors) {
        dr_span at = {source, 0, 0};
        dr_diag_add(diags, DR_ERROR, "E0105", at, "out of memory while formatting this policy");
    }
    if (!ok)
        dr_buf_clear(out);
    dr_arena_free(&arena);
    return ok;
}
