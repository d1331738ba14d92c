/* drip: columns.c, level 2a. What stands one below the other: colons, words behind types, `=`, citations, cells of
 * tables, names and citations of declarations in a row, values of enums, and comments behind lines. */
#include "layout.h"

enum {
    SIDE_MAX = 60,  /* columns: the longest left side that is aligned to */
    NOTE_MAX = 100, /* likewise for citations and comments behind values */
    WIDE_MAX = 1000 /* likewise for everything else */
};

/* Where the token before i ends on its line. */
static uint32_t end_before(const dr_layout *l, uint32_t i)
{
    uint32_t column = 0;
    while (i > 0 && !l->tokens[i].first) {
        i--;
        column += l->tokens[i].gap + l->tokens[i].width;
    }
    return column;
}

/* Puts all of one kind in tokens from..to one below the other, `least` blanks behind the longest text before
 * one; nothing if that is longer than `most`. */
static bool align(dr_layout *l, uint32_t from, uint32_t to, uint32_t stop, uint32_t least, uint32_t most)
{
    uint32_t longest = 0;
    for (uint32_t i = from; i < to; i++) {
        uint32_t end = l->tokens[i].stop == stop ? end_before(l, i) : 0;
        longest = end > longest ? end : longest;
    }
    if (longest == 0 || longest > most)
        return false;
    for (uint32_t i = from; i < to; i++)
        if (l->tokens[i].stop == stop)
            l->tokens[i].gap = longest + least - end_before(l, i);
    return true;
}

static void align_declaration(dr_layout *l, uint32_t from, uint32_t to)
{
    align(l, from, to, STOP_COLON, 1, WIDE_MAX);
    align(l, from, to, STOP_TAIL, 2, WIDE_MAX);
    align(l, from, to, STOP_SHOWN, 1, WIDE_MAX);
    if (align(l, from, to, STOP_EQUALS, 1, SIDE_MAX)) {
        align(l, from, to, STOP_ALSO, 2, NOTE_MAX);
        if (l->tokens[from].kind != TOK_PARAM)
            align(l, from, to, STOP_CITE, 2, NOTE_MAX);
    }
    uint32_t columns = 0;
    for (uint32_t i = from; i < to; i++)
        if (l->tokens[i].stop >= STOP_CELL && l->tokens[i].stop >= STOP_CELL + columns)
            columns = l->tokens[i].stop - STOP_CELL + 1u;
    for (uint32_t k = 0; k < columns; k++)
        align(l, from, to, STOP_CELL + k, 1, WIDE_MAX);
}

/* Values of an enum on further lines stand below the first; where its brace ends a line, as members. */
static void align_values(dr_layout *l, uint32_t from, uint32_t to)
{
    uint32_t column = CONTINUED;
    for (uint32_t i = from; i < to; i++) {
        dr_token *t = &l->tokens[i];
        if (i > from && l->tokens[i - 1].kind == '{')
            column = t->first ? MEMBER : end_before(l, i) + 1;
        if (i > from && t->first)
            t->gap = t->kind == '}' ? 0 : column <= NOTE_MAX ? column : CONTINUED;
    }
}

static bool spans_lines(const dr_layout *l, uint32_t from, uint32_t to)
{
    for (uint32_t i = from + 1; i < to; i++)
        if (l->tokens[i].first)
            return l->tokens[from].kind != TOK_PARAM && l->tokens[from].kind != TOK_SET;
    return false;
}

/* Does the declaration at i stand right below one of its kind? */
static bool goes_on(const dr_layout *l, uint32_t before, uint32_t i)
{
    const dr_token *t = &l->tokens[i];
    return t->kind == l->tokens[before].kind && t->first && !t->apart && !dr_layout_blank(l, i) &&
           !dr_layout_comment(l, i);
}

static void align_run(dr_layout *l, uint32_t from, uint32_t to)
{
    int kind = l->tokens[from].kind;
    if (kind == TOK_ENUM || kind == TOK_SOURCE || kind == TOK_TOPIC)
        align(l, from, to, STOP_NAME, 1, SIDE_MAX);
    if (kind == TOK_PARAM)
        align(l, from, to, STOP_CITE, 2, SIDE_MAX);
}

static bool ends_line(const dr_layout *l, uint32_t i)
{
    return i + 1 == l->count || l->tokens[i + 1].first;
}

static uint32_t end_of(const dr_layout *l, uint32_t i)
{
    return end_before(l, i) + l->tokens[i].gap + l->tokens[i].width;
}

static void put_notes(dr_layout *l, uint32_t from, uint32_t to, uint32_t longest)
{
    for (uint32_t i = from; i < to && longest <= NOTE_MAX; i++)
        if (ends_line(l, i))
            l->tokens[i].note = longest + 2 - end_of(l, i);
}

/* Does the line that begins at i go on with what stands above: as far in, nothing between, a comment behind
 * both? */
static bool notes_go_on(const dr_layout *l, uint32_t from, uint32_t i)
{
    const dr_token *t = &l->tokens[i];
    return !t->apart && t->gap == l->tokens[from].gap && !dr_layout_blank(l, i) && !dr_layout_comment(l, i) &&
           dr_layout_note(l, i);
}

/* Comments behind lines that follow one another stand one below the other. */
static void align_notes(dr_layout *l)
{
    uint32_t from = 0, longest = 0;
    for (uint32_t i = 0; i < l->count; i++) {
        if (l->tokens[i].first && !notes_go_on(l, from, i)) {
            put_notes(l, from, i, longest);
            from = i;
            longest = 0;
        }
        if (ends_line(l, i) && end_of(l, i) > longest)
            longest = end_of(l, i);
    }
    put_notes(l, from, l->count, longest);
}

void dr_layout_align(dr_layout *l)
{
    for (uint32_t i = 0, n; i < l->count; i = n) {
        n = dr_layout_next(l, i);
        align_declaration(l, i, n);
        uint32_t after = n < l->count ? dr_layout_next(l, n) : n;
        if (n < l->count && l->tokens[n].first)
            l->tokens[n].apart = spans_lines(l, i, n) && spans_lines(l, n, after);
    }
    for (uint32_t i = 0, n; i < l->count; i = n) {
        uint32_t last = i;
        for (n = dr_layout_next(l, i); n < l->count && goes_on(l, last, n); n = dr_layout_next(l, n))
            last = n;
        align_run(l, i, n);
    }
    for (uint32_t i = 0, n; i < l->count; i = n) {
        n = dr_layout_next(l, i);
        if (dr_layout_kind(l, i) == TOK_ENUM || dr_layout_kind(l, i + 1) == TOK_ENUM)
            align_values(l, i, n);
    }
    align_notes(l);
}
