/* drip: way.c, level 2a. How a data file is written, as its table says: which lines come before its first row, how
 * it shows dates and numbers, which cells stand for nothing, in which letters.
 *
 * A date is shown by its letters, "MM/DD/YYYY"; a number by an example, "$1,234.56": what stands before the 1
 * and behind the 6 may stand around each number, the sign behind the 1 may stand before each three digits, the
 * sign before the 5 begins the decimals. */
#include "csv.h"

#include <string.h>

static bool no_way(dr_front *f, const dr_ast *at, const char *what, const char *hint)
{
    dr_diag *d = dr_error_at(f, at->span, "E0497", "%s", what);
    dr_diag_hint(f->diags, d, "%s", hint);
    return false;
}

/* ---- patterns */

static bool date_pattern(const char *p)
{
    int years = 0, months = 0, days = 0;
    for (; *p != '\0'; p++) {
        years += *p == 'Y';
        months += *p == 'M';
        days += *p == 'D';
    }
    return years == 4 && months >= 1 && months <= 2 && days >= 1 && days <= 2;
}

static bool number_pattern(dr_csv_way *w, const char *p)
{
    size_t before = strcspn(p, "0123456789");
    const char *digits = p + before;
    w->before = p;
    w->n_before = before;
    w->thousands = w->decimal = '\0';
    if (*digits != '1')
        return false;
    digits++;
    if (*digits != '2')
        w->thousands = *digits++;
    if (strncmp(digits, "234", 3) != 0)
        return false;
    digits += 3;
    if (strlen(digits) >= 3 && digits[1] == '5' && digits[2] == '6') {
        w->decimal = *digits;
        digits += 3;
    }
    w->after = digits;
    return strpbrk(digits, "0123456789") == NULL && w->thousands != w->decimal;
}

static bool separator(dr_csv_way *w, const char *text)
{
    w->separator = strcmp(text, "tab") == 0 ? '\t' : text[0];
    return strcmp(text, "tab") == 0 || (strlen(text) == 1 && strchr(",;|:", text[0]) != NULL);
}

static bool letters(dr_csv_way *w, const char *text)
{
    static const char *const names[] = {"utf-8", "latin-1", "windows-1252"};
    for (uint8_t i = 0; i < 3; i++) {
        if (strcmp(names[i], text) != 0)
            continue;
        w->letters = i;
        return true;
    }
    return false;
}

/* ---- what the table says */

static bool skip_lines(dr_front *f, dr_csv_way *w, const dr_ast *way)
{
    dr_num n;
    int64_t lines = 0;
    bool ok = way->a->kind == A_NUMBER && dr_num_parse(way->a->text, strlen(way->a->text), &n) &&
              n.bottom == 1 && dr_num_floor(n, &lines) && lines >= 0 && lines < UINT32_MAX;
    w->skip = (uint32_t)lines;
    return ok || no_way(f, way, "a whole number of lines is left out", "write, as in: skip 8 lines");
}

static bool text_way(dr_front *f, dr_csv_way *w, const dr_ast *way)
{
    const char *text = way->a->text;
    if (strcmp(way->text, "heading") == 0) {
        w->heading = text;
    } else if (strcmp(way->text, "until") == 0) {
        w->until = text;
    } else if (strcmp(way->text, "date") == 0) {
        w->date = text;
        return date_pattern(text) ||
               no_way(f, way->a,
                      "this does not show a date: a year has four letters YYYY, a month and a day one or two",
                      "write, as in: date \"MM/DD/YYYY\" or date \"M/D/YYYY\"");
    } else if (strcmp(way->text, "number") == 0) {
        return number_pattern(w, text) ||
               no_way(f, way->a, "this does not show a number",
                      "show how the file writes 1234.56, as in: number \"$1,234.56\"");
    } else if (strcmp(way->text, "separator") == 0) {
        return separator(w, text) || no_way(f, way->a, "cells are not separated by this",
                                            "separator is \",\", \";\", \"|\", \":\" or \"tab\"");
    } else if (strcmp(way->text, "letters") == 0) {
        return letters(w, text) || no_way(f, way->a, "drip does not know these letters",
                                          "letters are \"utf-8\", \"latin-1\" or \"windows-1252\"");
    } else {
        return no_way(f, way, "this does not say how a file is read",
                      "what can stand here: skip 8 lines, heading \"…\", until \"…\", date \"MM/DD/YYYY\", "
                      "number \"1,234.56\", missing \"NA\", separator \"tab\", letters \"latin-1\"");
    }
    return true;
}

static bool given_before(const dr_ast *ways, const dr_ast *way)
{
    for (const dr_ast *other = ways; other != way; other = other->next)
        if (strcmp(other->text, way->text) == 0)
            return true;
    return false;
}

bool dr_csv_way_of(dr_front *f, const dr_ast *item, dr_csv_way *w)
{
    bool ok = true;
    *w = (dr_csv_way){.separator = ',', .decimal = '.', .before = "", .after = ""};
    for (const dr_ast *way = item->c->a; way != NULL; way = way->next) {
        if (given_before(item->c->a, way))
            ok = no_way(f, way, "this is said twice", "take one of them away");
        else if (way->a->kind == A_NUMBER && strcmp(way->text, "skip") == 0)
            ok = skip_lines(f, w, way) && ok;
        else if (way->a->kind == A_STRING && strcmp(way->text, "missing") == 0)
            w->missing = way->a;
        else if (way->a->kind == A_STRING && way->a->next == NULL)
            ok = text_way(f, w, way) && ok;
        else
            ok = no_way(f, way, "this does not say how a file is read",
                        "write, as in: skip 8 lines date \"MM/DD/YYYY\"");
    }
    return ok;
}

/* ---- cells */

bool dr_csv_missing(const dr_csv_way *w, const char *text, size_t len)
{
    for (const dr_ast *m = w->missing; m != NULL; m = m->next)
        if (strlen(m->text) == len && memcmp(m->text, text, len) == 0)
            return true;
    return len == 0;
}

static bool take_digits(const char **at, const char *end, size_t least, size_t most, int *value)
{
    size_t n = 0;
    *value = 0;
    while (*at < end && n < most && **at >= '0' && **at <= '9') {
        *value = *value * 10 + (**at - '0');
        (*at)++;
        n++;
    }
    return n >= least;
}

bool dr_csv_date(const dr_csv_way *w, const char *text, size_t len, int64_t *day)
{
    const char *end = text + len, *p = w->date != NULL ? w->date : "YYYY-MM-DD";
    int year = 0, month = 0, day_of = 0;
    while (*p != '\0') {
        size_t n = strspn(p, *p == 'Y' ? "Y" : *p == 'M' ? "M" : *p == 'D' ? "D" : "");
        int *part = *p == 'Y' ? &year : *p == 'M' ? &month : &day_of;
        if (n == 0 && (text == end || *text++ != *p))
            return false;
        if (n > 0 && !take_digits(&text, end, n, n == 1 ? 2 : n, part))
            return false;
        p += n > 0 ? n : 1;
    }
    return text == end && dr_date_make(year, month, day_of, day);
}

/* Takes the signs out; false where one stands wrong. */
static bool plain_number(const dr_csv_way *w, const char *text, size_t len, char *plain, size_t *n)
{
    size_t run = 0;
    bool grouped = false, decimals = false;
    *n = 0;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        bool digit = c >= '0' && c <= '9';
        if (w->thousands != '\0' && c == w->thousands && !decimals) {
            if (run == 0 || run > 3 || (grouped && run != 3))
                return false;
            grouped = true;
            run = 0;
            continue;
        }
        if (c == w->decimal && !decimals) {
            decimals = true;
            if (grouped && run != 3)
                return false;
            c = '.';
        } else if (!digit && !(i == 0 && (c == '-' || c == '+'))) {
            return false;
        }
        run += digit && !decimals;
        if (c != '+')
            plain[(*n)++] = c;
    }
    return decimals || !grouped || run == 3;
}

bool dr_csv_number(const dr_csv_way *w, const char *text, size_t len, dr_num *number)
{
    char plain[64];
    size_t n = 0, after = strlen(w->after);
    bool minus = len > 0 && text[0] == '-';
    if (minus && w->n_before > 0) { /* -$5 */
        text++;
        len--;
    }
    if (w->n_before > 0 && len >= w->n_before && memcmp(text, w->before, w->n_before) == 0) {
        text += w->n_before;
        len -= w->n_before;
        while (len > 0 && *text == ' ') {
            text++;
            len--;
        }
    }
    if (after > 0 && len >= after && memcmp(text + len - after, w->after, after) == 0)
        len -= after;
    while (len > 0 && text[len - 1] == ' ')
        len--;
    size_t at = minus && w->n_before > 0 ? 1 : 0;
    plain[0] = '-';
    if (len == 0 || len >= sizeof plain - 2 || !plain_number(w, text, len, plain + at, &n))
        return false;
    const char *digits = plain;
    n += at;
    char led[sizeof plain + 1];
    if (digits[0] == '.') { /* .5 */
        led[0] = '0';
        memcpy(led + 1, digits, n++);
        digits = led;
    }
    return dr_num_parse(digits, n, number);
}

/* ---- letters */

/* What windows-1252 has where latin-1 has control characters; 0: nothing. */
static const uint16_t windows[32] = {0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
                                     0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0,      0x017D, 0,
                                     0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
                                     0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

static uint32_t rune_of(const dr_csv_way *w, unsigned char byte)
{
    if (w->letters != DR_LETTERS_WINDOWS || byte < 0x80 || byte > 0x9F)
        return byte;
    return windows[byte - 0x80] != 0 ? windows[byte - 0x80] : byte;
}

bool dr_csv_letters(dr_front *f, const dr_csv_way *w, uint32_t source)
{
    dr_source *s = &f->sources->items[source];
    if (w->letters == DR_LETTERS_UTF8 || dr_utf8_valid(s->bytes, s->len, NULL))
        return true;
    uint64_t len = 0;
    for (uint32_t i = 0; i < s->len; i++) {
        uint32_t rune = rune_of(w, (unsigned char)s->bytes[i]);
        len += rune < 0x80 ? 1 : rune < 0x800 ? 2 : 3;
    }
    char *text = len < UINT32_MAX ? dr_take(&f->sources->arena, (size_t)len + 2) : NULL;
    if (text == NULL)
        return f->no_memory = true, false;
    char *at = text;
    for (uint32_t i = 0; i < s->len; i++) {
        uint32_t rune = rune_of(w, (unsigned char)s->bytes[i]);
        if (rune < 0x80) {
            *at++ = (char)rune;
            continue;
        }
        if (rune >= 0x800)
            *at++ = (char)(0xE0 | rune >> 12);
        *at++ = (char)(rune >= 0x800 ? 0x80 | (rune >> 6 & 0x3F) : 0xC0 | rune >> 6);
        *at++ = (char)(0x80 | (rune & 0x3F));
    }
    at[0] = at[1] = '\0';
    s->bytes = text;
    s->len = (uint32_t)len;
    return true;
}
