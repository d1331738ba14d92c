/* drip: foreign.c, level 2a. Signs and characters of other languages, spreadsheets and word processors: what
 * drip writes instead, and the edit. The scanner goes on as if that had been written, so that one slip has one
 * error, and what follows it is read. Words and phrases of this kind are in habits.c. */
#include "scan.h"

#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static const char *interned(dr_parse *p, const char *text, size_t len)
{
    int64_t id = dr_sym(p->syms, text, len);
    if (id < 0) {
        p->stopped = true;
        return "";
    }
    return dr_sym_text(p->syms, id)->bytes;
}

/* ---- signs */

typedef struct sign {
    const char *is, *meant;
    int token;
} sign;

static const sign signs[] = {
    {"==", "is", TOK_IS},
    {"===", "is", TOK_IS},
    {"<>", "is not", TOK_IS_NOT},
    {"&&", "and", TOK_AND},
    {"&", "and", TOK_AND},
    {"!", "not", TOK_NOT},
    {"=<", "at most", TOK_AT_MOST},
    {"=>", "at least", TOK_AT_LEAST},
    {"\xE2\x89\xA4", "at most", TOK_AT_MOST},
    {"\xE2\x89\xA5", "at least", TOK_AT_LEAST},
    {"\xE2\x89\xA0", "is not", TOK_IS_NOT},
    {"\xC3\x97", "*", '*'},
    {"\xC3\xB7", "/", '/'},
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\0';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* A word in the place of a sign has blanks around it. */
static void word_for_sign(dr_parse *p, dr_diag *d, dr_span at, const char *word)
{
    const char *bytes = p->source->bytes;
    bool before = is_letter(word[0]) && at.start > 0 && !is_blank(bytes[at.start - 1]);
    bool after = is_letter(word[0]) && !is_blank(bytes[at.end]);
    dr_diag_fix(p->diags, d, true, at, "%s%s%s", before ? " " : "", word, after ? " " : "");
}

static bool is_text(const dr_parse *p, dr_span at, const char *word)
{
    size_t len = strlen(word);
    return at.end - at.start == len && memcmp(p->source->bytes + at.start, word, len) == 0;
}

/* Where nothing is compared, == stands for the = that gives a value: `set x == 3`, `code == "X"`, `…: bool == no`. */
static bool gives_value(const dr_parse *p)
{
    static const char *const joints[] = {"and", "or", "not", "when", "where"};
    if (p->n_open > 0)
        return false;
    if (is_text(p, p->before, "set") || is_text(p, p->before, ":"))
        return true;
    for (size_t i = 0; i < sizeof joints / sizeof *joints; i++)
        if (is_text(p, p->before, joints[i]))
            return false;
    return p->newest.start == p->line_name.start && p->newest.end > p->newest.start;
}

int dr_foreign_sign(dr_parse *p, dr_span at, const char *text, size_t len)
{
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        if (strlen(signs[i].is) != len || memcmp(signs[i].is, text, len) != 0)
            continue;
        bool value = signs[i].token == TOK_IS && gives_value(p);
        const char *meant = value ? "=" : signs[i].meant;
        if (!p->skipping) {
            dr_diag *d =
                dr_diag_add(p->diags, DR_ERROR, "E0109", at, "drip does not write \"%.*s\"", (int)len, text);
            dr_diag_hint(p->diags, d, "write \"%s\"", meant);
            word_for_sign(p, d, at, meant);
        }
        return value ? '=' : signs[i].token;
    }
    return TOK_BAD;
}

/* ---- comments */

enum { COMMENT_MAX = 800 }; /* longer ones get no edit: its text would be cut */

/* Of a comment between marks: each of its lines as a comment of drip. */
static bool as_lines(const char *text, size_t len, char *out, size_t *n)
{
    size_t at = 2, end = len >= 4 && memcmp(text + len - 2, "*/", 2) == 0 ? len - 2 : len;
    *n = 0;
    out[(*n)++] = '#';
    for (; at < end && *n < COMMENT_MAX; at++) {
        out[(*n)++] = text[at];
        if (text[at] == '\n')
            out[(*n)++] = '#';
    }
    while (*n > 1 && (out[*n - 1] == ' ' || out[*n - 1] == '#' || out[*n - 1] == '\n'))
        (*n)--;
    return at == end;
}

void dr_foreign_comment(dr_parse *p, dr_span at, const char *text, size_t len)
{
    char lines[COMMENT_MAX + 2];
    size_t n = 0;
    if (p->skipping)
        return;
    dr_span mark = {at.source, at.start, at.start + 2};
    dr_diag *d = dr_diag_add(p->diags, DR_ERROR, "E0111", mark, "a comment begins with #");
    dr_diag_hint(p->diags, d, "write # in the place of \"%.2s\"; the comment reaches to the end of the line",
                 text);
    if (text[0] != '/' || text[1] != '*') {
        dr_diag_fix(p->diags, d, true, mark, "#");
        return;
    }
    const char *rest = p->source->bytes + at.end;
    rest += strspn(rest, " \t\r");
    if ((*rest == '\n' || *rest == '\0') && as_lines(text, len, lines, &n))
        dr_diag_fix(p->diags, d, true, at, "%.*s", (int)n, lines);
}

/* ---- dates */

static uint32_t read_part(const char **text)
{
    uint32_t n = 0;
    for (; is_digit(**text); (*text)++)
        n = n * 10 + (uint32_t)(**text - '0');
    return n;
}

static void write_day(char out[11], uint32_t year, uint32_t month, uint32_t day)
{
    const uint32_t digits[] = {year / 1000, year / 100, year / 10, year,     10,
                               month / 10,  month,      10,        day / 10, day};
    for (size_t i = 0; i < 10; i++)
        out[i] = digits[i] == 10 && (i == 4 || i == 7) ? '-' : (char)('0' + digits[i] % 10);
    out[10] = '\0';
}

/* 3/2/2026 may be the second of March or the third of February: only one of them may be a day at all. */
const char *dr_foreign_date(dr_parse *p, dr_span at, const char *text)
{
    char day[11], other[11];
    const char *rest = text;
    uint32_t parts[3];
    parts[0] = read_part(&rest);
    bool year_first = rest - text == 4;
    rest++;
    parts[1] = read_part(&rest);
    rest++;
    parts[2] = read_part(&rest);
    if (year_first)
        write_day(day, parts[0], parts[1], parts[2]);
    else if (parts[0] > 12)
        write_day(day, parts[2], parts[1], parts[0]);
    else
        write_day(day, parts[2], parts[0], parts[1]);
    bool clear = year_first || parts[0] > 12 || parts[1] > 12 || parts[0] == parts[1];
    write_day(other, parts[2], parts[1], parts[0]);
    if (!p->skipping) {
        dr_diag *d = dr_diag_add(p->diags, DR_ERROR, "E0110", at, "a day is written year-month-day");
        if (clear) {
            dr_diag_hint(p->diags, d, "write \"%s\", without the quotes", day);
        } else {
            dr_diag_note(
                p->diags, d,
                "here month and day could be mistaken for each other; the year first leaves no doubt");
            dr_diag_hint(p->diags, d, "write %s if the month stands first here, or %s if the day does", day,
                         other);
        }
        dr_diag_fix(p->diags, d, clear, at, "%s", day);
    }
    return interned(p, day, 10);
}

/* ---- times: 9:00, 9am, 1:30pm */

const char *dr_foreign_time(dr_parse *p, dr_span at, const char *text)
{
    enum { HALF_DAY = 12 };
    const char *rest = text;
    uint32_t hour = read_part(&rest), minute = 0, second = 0;
    if (*rest == ':') {
        rest++;
        minute = read_part(&rest);
    }
    if (*rest == ':') {
        rest++;
        second = read_part(&rest);
    }
    bool noon = (*rest | 0x20) == 'p', halves = *rest != '\0';
    if (halves && hour <= HALF_DAY)
        hour = hour % HALF_DAY + (noon ? HALF_DAY : 0);
    const uint32_t parts[] = {hour, minute, second};
    char time[] = "00:00:00";
    for (size_t i = 0; i < 3; i++) {
        time[3 * i] = (char)('0' + parts[i] / 10 % 10);
        time[3 * i + 1] = (char)('0' + parts[i] % 10);
    }
    size_t len = second > 0 ? 8 : 5;
    if (!p->skipping) {
        dr_diag *d =
            dr_diag_add(p->diags, DR_ERROR, "E0117", at, "a time of day has two digits for the hour, of 24");
        dr_diag_hint(p->diags, d, "write %.*s", (int)len, time);
        dr_diag_fix(p->diags, d, true, at, "%.*s", (int)len, time);
    }
    return interned(p, time, len);
}

/* ---- numbers that touch their unit */

dr_ast *dr_foreign_quantity(dr_parse *p, dr_span at, const char *text)
{
    size_t digits = strspn(text, "0123456789");
    const char *unit = text + digits;
    bool is_unit = true, small = false;
    for (const char *c = unit; *c != '\0'; c++) {
        is_unit = is_unit && is_letter(*c);
        small = small || (*c >= 'a' && *c <= 'z');
    }
    dr_diag *d = dr_diag_add(p->diags, DR_ERROR, "E0112", at, "this is neither a number nor a name");
    if (!is_unit || !small) {
        dr_diag_hint(p->diags, d, "a code stands between quotes: \"%s\"", text);
        dr_diag_fix(p->diags, d, false, at, "\"%s\"", text);
        return dr_ast_text(p, A_STRING, at, text);
    }
    dr_diag_hint(p->diags, d, "a blank stands between a number and its unit: %.*s %s", (int)digits, text,
                 unit);
    dr_diag_fix(p->diags, d, true, at, "%.*s %s", (int)digits, text, unit);
    dr_span of_unit = {at.source, at.start + (uint32_t)digits, at.end};
    dr_ast *q = dr_ast_text(p, A_QUANTITY, at, interned(p, text, digits));
    return dr_ast_set(p, q, NULL, dr_ast_text(p, A_NAME, of_unit, interned(p, unit, strlen(unit))), NULL,
                      NULL);
}

/* ---- characters of word processors */

typedef struct character {
    const char *is, *called, *meant;
} character;

static const character characters[] = {
    {"\xE2\x80\x9C", "curly quotes", "\""},    {"\xE2\x80\x9D", "curly quotes", "\""},
    {"\xE2\x80\x9E", "curly quotes", "\""},    {"\xE2\x80\x98", "curly quotes", "\""},
    {"\xE2\x80\x99", "curly quotes", "\""},    {"'", "single quotes", "\""},
    {"\xE2\x80\x93", "a dash", "-"},           {"\xE2\x80\x94", "a dash", "-"},
    {"\xE2\x88\x92", "a dash", "-"},           {"\xC2\xA0", "a no-break space", " "},
    {"\xE2\x80\xAF", "a no-break space", " "}, {"\xE2\x80\x8B", "an invisible space", ""},
    {"\xEF\xBB\xBF", "a byte-order mark", ""}, {"\xE2\x80\xA6", "three dots in one", ".."},
};

static const character *find_character(const char *text)
{
    for (size_t i = 0; i < sizeof characters / sizeof *characters; i++)
        if (strncmp(text, characters[i].is, strlen(characters[i].is)) == 0)
            return &characters[i];
    return NULL;
}

static size_t mark_len(const char *text, size_t len, bool last)
{
    if (last)
        return len >= 3 && (text[len - 1] & 0x80) != 0 ? 3 : 1;
    return (text[0] & 0x80) != 0 ? 3 : 1;
}

/* A text between marks that are not, or not both, straight double quotes. */
const char *dr_foreign_text(dr_parse *p, dr_span at, const char *text, size_t len)
{
    size_t begin = mark_len(text, len, false), end = mark_len(text, len, true);
    if (!p->skipping) {
        dr_diag *d = dr_diag_add(p->diags, DR_ERROR, "E0102", at, "drip has no use for %s",
                                 begin == 3 || end == 3 ? "curly quotes" : "single quotes");
        dr_diag_hint(p->diags, d, "a text stands between straight double quotes");
        dr_span first = {at.source, at.start, at.start + (uint32_t)begin};
        dr_span last = {at.source, at.end - (uint32_t)end, at.end};
        dr_diag_fix(p->diags, d, true, first, "\"");
        dr_diag_fix(p->diags, d, true, last, "\"");
    }
    return interned(p, text + begin, len - begin - end);
}

/* A day ends right before this place, or begins right after it. */
static bool between_days(const dr_parse *p, dr_span at)
{
    const char *bytes = p->source->bytes;
    uint32_t start = at.start, end = at.end;
    while (start > 0 && (bytes[start - 1] == ' ' || bytes[start - 1] == '\t'))
        start--;
    while (bytes[end] == ' ' || bytes[end] == '\t')
        end++;
    return start >= 10 && bytes[start - 3] == '-' && bytes[start - 6] == '-' && is_digit(bytes[start - 1]) &&
           is_digit(bytes[start - 7]) && is_digit(bytes[end]) && is_digit(bytes[end + 3]) &&
           bytes[end + 4] == '-';
}

/* Its token; 0: it is passed over as a blank is. *at becomes its own place, where more was scanned. */
int dr_foreign_character(dr_parse *p, dr_span *at, const char *text)
{
    const character *c = find_character(text);
    size_t len = c == NULL ? at->end - at->start : strlen(c->is);
    at->end = at->start + (uint32_t)len;
    const char *meant = c == NULL ? NULL : c->meant[0] == '-' && between_days(p, *at) ? ".." : c->meant;
    if (!p->skipping) {
        dr_diag *d = dr_diag_add(p->diags, DR_ERROR, "E0102", *at, "drip has no use for %s",
                                 c == NULL ? "this character here" : c->called);
        if (c != NULL && (c->meant[0] == '\0' || c->meant[0] == ' '))
            dr_diag_hint(p->diags, d, c->meant[0] == ' ' ? "write a plain blank" : "take it away");
        else if (c != NULL)
            dr_diag_hint(p->diags, d,
                         c->meant[0] == '"' ? "a text stands between straight double quotes"
                         : meant[0] == '.'  ? "a period is written with \"..\""
                                            : "write the hyphen, \"-\"");
        if (c != NULL && c->meant[0] != '"')
            dr_diag_fix(p->diags, d, true, *at, "%s", meant);
    }
    if (c == NULL || c->meant[0] == '"')
        return TOK_BAD;
    return meant[0] == '-' ? '-' : meant[0] == '.' ? TOK_DOTS : 0;
}
