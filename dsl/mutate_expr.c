/* drip: mutate_expr.c, level 2a. The changes that can be made in an expression.
 *
 * They are made in its text, between the places where the tree says that its parts begin and end; a part's
 * parentheses are no nodes, so they are looked for around it. What a change means is not asked: one that drip
 * cannot compile is no change. */
#include "mutate_in.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ANOTHER "another" /* a text that nobody means */

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* ---- how far a part reaches */

/* Opened less closed, texts and comments passed over; *least: the least there was on the way. */
static int depth_of(const dr_mutator *m, dr_reach r, int *least)
{
    int depth = 0;
    *least = 0;
    for (uint32_t i = r.from; i < r.to; i++) {
        char c = m->bytes[i];
        if (c == '#')
            while (i < r.to && m->bytes[i] != '\n')
                i++;
        else if (c == '"')
            for (i++; i < r.to && m->bytes[i] != '"'; i++)
                i += m->bytes[i] == '\\';
        depth += c == '(' ? 1 : c == ')' ? -1 : 0;
        *least = depth < *least ? depth : *least;
    }
    return depth;
}

static bool open_before(const dr_mutator *m, uint32_t *from)
{
    uint32_t at = *from;
    while (at > 0 && blank(m->bytes[at - 1]))
        at--;
    if (at == 0 || m->bytes[at - 1] != '(')
        return false;
    *from = at - 1;
    return true;
}

static bool closed_behind(const dr_mutator *m, uint32_t *to)
{
    uint32_t at = *to;
    while (at < m->len && blank(m->bytes[at]))
        at++;
    if (at == m->len || m->bytes[at] != ')')
        return false;
    *to = at + 1;
    return true;
}

/* Its own, without those around it. */
static dr_reach inner(const dr_mutator *m, const dr_ast *e)
{
    dr_reach r = {e->span.start, e->span.end};
    int least = 0;
    int depth = depth_of(m, r, &least);
    for (int missing = -least; missing > 0 && open_before(m, &r.from); missing--)
        depth++;
    while (depth > 0 && closed_behind(m, &r.to))
        depth--;
    return r;
}

dr_reach dr_reach_of(const dr_mutator *m, const dr_ast *e)
{
    dr_reach r = inner(m, e);
    for (dr_reach wider = r; open_before(m, &wider.from) && closed_behind(m, &wider.to);)
        r = wider;
    return r;
}

static const char *joined(dr_mutator *m, const char *before, dr_reach r, const char *after)
{
    size_t a = strlen(before), b = r.to - r.from, c = strlen(after);
    char *text = dr_take(&m->out->arena, a + b + c + 1);
    if (text == NULL)
        return m->failed = true, "";
    memcpy(text, before, a);
    memcpy(text + a, m->bytes + r.from, b);
    memcpy(text + a + b, after, c + 1);
    return text;
}

/* ---- constants */

/* The number one step of its last digit further; NULL: below nothing, or too long. */
static const char *stepped(dr_mutator *m, const char *text, int64_t times, int step, const char *unit)
{
    char digits[24], out[64];
    const char *point = strchr(text, '.');
    size_t n = 0, decimals = point == NULL ? 0 : strlen(point + 1);
    for (const char *at = text; *at != '\0' && n < 17; at++)
        if (*at != '.')
            digits[n++] = *at;
    digits[n] = '\0';
    if (n == 17 || (times > 1 && decimals > 0))
        return NULL;
    int64_t value = strtoll(digits, NULL, 10) * times + step, scale = 1;
    for (size_t i = 0; i < decimals; i++)
        scale *= 10;
    if (value < 0)
        return NULL;
    if (decimals == 0)
        (void)snprintf(out, sizeof out, "%lld%s", (long long)value, unit);
    else
        (void)snprintf(out, sizeof out, "%lld.%0*lld%s", (long long)(value / scale), (int)decimals,
                       (long long)(value % scale), unit);
    return dr_take_text(&m->out->arena, out, strlen(out));
}

static void step_number(dr_mutator *m, const dr_ast *e, dr_reach shown)
{
    bool hours =
        e->kind == A_QUANTITY && (strcmp(e->b->text, "h") == 0 || strncmp(e->b->text, "hour", 4) == 0);
    dr_reach at = {e->span.start, e->span.end};
    char unit[32] = "";
    if (hours)
        (void)snprintf(unit, sizeof unit, " min");
    else if (e->kind == A_QUANTITY)
        (void)snprintf(unit, sizeof unit, " %.24s", e->b->text);
    for (int step = -1; step <= 1; step += 2) {
        const char *text = stepped(m, e->text, hours ? 60 : 1, step, unit);
        if (text != NULL)
            dr_mutant_add(m, m->kind_of_value, at, text, shown);
    }
}

static void step_day(dr_mutator *m, const dr_ast *e, dr_reach shown)
{
    int64_t day = 0;
    if (!dr_date_parse(e->text, strlen(e->text), &day))
        return;
    for (int step = -1; step <= 1; step += 2) {
        dr_buf text;
        dr_buf_init(&text, &m->out->arena.alloc, 64);
        dr_date_write(day + step, &text);
        const char *kept =
            text.failed || text.data == NULL ? NULL : dr_take_text(&m->out->arena, text.data, text.len);
        dr_buf_free(&text);
        m->failed = m->failed || kept == NULL;
        if (kept != NULL)
            dr_mutant_add(m, m->kind_of_value, (dr_reach){e->span.start, e->span.end}, kept, shown);
    }
}

static bool is_word(const dr_mutator *m, const dr_ast *e)
{
    for (uint32_t i = 0; i < m->enums.count; i++)
        for (const dr_ast *v = DR_AT(m->enums, const dr_ast *, i); v != NULL; v = v->next)
            if (strcmp(v->text, e->text) == 0)
                return true;
    return false;
}

/* In "(x else a) is b" another a that is no b either changes nothing. */
static bool tells(const dr_mutator *m, const dr_ast *e, const char *other)
{
    const dr_ast *b = m->beside;
    bool all_words = e->kind == A_STRING || (e->kind == A_NAME && is_word(m, e));
    if (b == NULL || !all_words)
        return true;
    for (const dr_ast *v = b->kind == A_SETLIT ? b->a : b; v != NULL;
         v = b->kind == A_SETLIT ? v->next : NULL)
        if ((v->kind != A_STRING && (v->kind != A_NAME || !is_word(m, v))) || strcmp(v->text, e->text) == 0 ||
            strcmp(v->text, other) == 0)
            return true;
    return false;
}

/* The value behind it in each enum that has it; the first behind the last. */
static void next_words(dr_mutator *m, const dr_ast *e, dr_reach shown)
{
    for (uint32_t i = 0; i < m->enums.count; i++) {
        const dr_ast *first = DR_AT(m->enums, const dr_ast *, i), *v = first;
        while (v != NULL && strcmp(v->text, e->text) != 0)
            v = v->next;
        const char *next = v == NULL ? NULL : v->next != NULL ? v->next->text : first->text;
        if (next != NULL && first->next != NULL && tells(m, e, next))
            dr_mutant_add(m, m->kind_of_value, (dr_reach){e->span.start, e->span.end}, next, shown);
    }
}

static void constant(dr_mutator *m, const dr_ast *e, dr_reach shown)
{
    dr_reach at = {e->span.start, e->span.end};
    switch (e->kind) {
    case A_NUMBER:
    case A_QUANTITY:
        step_number(m, e, shown);
        break;
    case A_DATE:
        step_day(m, e, shown);
        break;
    case A_YES:
    case A_NO:
        dr_mutant_add(m, m->kind_of_value, at, e->kind == A_YES ? "no" : "yes", shown);
        break;
    case A_STRING:
        if (tells(m, e, ANOTHER))
            dr_mutant_add(m, m->kind_of_value, at, "\"" ANOTHER "\"", shown);
        break;
    default:
        if (e->kind == A_NAME)
            next_words(m, e, shown);
        break;
    }
}

/* ---- operators */

/* Between two parts, without the blanks around it. */
static dr_reach between(const dr_mutator *m, uint32_t from, uint32_t to)
{
    dr_reach r = {from, to};
    while (r.from < r.to && blank(m->bytes[r.from]))
        r.from++;
    while (r.to > r.from && blank(m->bytes[r.to - 1]))
        r.to--;
    return r;
}

void dr_mutate_word(dr_mutator *m, uint8_t kind, dr_reach in, const char *word, const char *other,
                    dr_reach shown)
{
    size_t len = strlen(word);
    dr_reach r = between(m, in.from, in.to);
    if (r.to - r.from >= len && memcmp(m->bytes + r.from, word, len) == 0)
        dr_mutant_add(m, kind, (dr_reach){r.from, r.from + (uint32_t)len}, other, shown);
}

static void swap_operator(dr_mutator *m, const dr_ast *e, dr_reach shown)
{
    static const struct {
        uint8_t kind, counts;
        const char *word;
    } swaps[] = {{A_OVER, DR_MUTANT_COMPARISON, "at least"},
                 {A_UNDER, DR_MUTANT_COMPARISON, "at most"},
                 {A_ATLEAST, DR_MUTANT_COMPARISON, "over"},
                 {A_ATMOST, DR_MUTANT_COMPARISON, "under"},
                 {A_IS, DR_MUTANT_COMPARISON, "is not"},
                 {A_ISNOT, DR_MUTANT_COMPARISON, "is"},
                 {A_IN, DR_MUTANT_COMPARISON, "not in"},
                 {A_NOTIN, DR_MUTANT_COMPARISON, "in"},
                 {A_BEFORE, DR_MUTANT_COMPARISON, "after"},
                 {A_AFTER, DR_MUTANT_COMPARISON, "before"},
                 {A_AND, DR_MUTANT_LOGIC, "or"},
                 {A_OR, DR_MUTANT_LOGIC, "and"},
                 {A_ADD, DR_MUTANT_LOGIC, "-"},
                 {A_SUB, DR_MUTANT_LOGIC, "+"},
                 {A_UNION, DR_MUTANT_LOGIC, "intersect"},
                 {A_INTERSECT, DR_MUTANT_LOGIC, "union"},
                 {A_MINUS, DR_MUTANT_LOGIC, "union"}};
    dr_reach a = dr_reach_of(m, e->a), b = dr_reach_of(m, e->b);
    for (size_t i = 0; i < sizeof swaps / sizeof *swaps; i++)
        if (swaps[i].kind == e->kind && a.to < b.from)
            dr_mutant_add(m, swaps[i].counts, between(m, a.to, b.from), swaps[i].word, shown);
}

/* Of "x and y": x alone, and y alone. */
static void leave_out_parts(dr_mutator *m, const dr_ast *e, dr_reach shown)
{
    dr_reach a = dr_reach_of(m, e->a), b = dr_reach_of(m, e->b);
    if (a.to >= b.from)
        return;
    dr_mutant_add(m, DR_MUTANT_LOGIC, (dr_reach){a.from, b.from}, "", shown);
    dr_mutant_add(m, DR_MUTANT_LOGIC, (dr_reach){a.to, b.to}, "", shown);
}

static void swap_presence(dr_mutator *m, const dr_ast *e, dr_reach shown)
{
    dr_reach a = dr_reach_of(m, e->a);
    if (a.to < e->span.end)
        dr_mutant_add(m, DR_MUTANT_COMPARISON, between(m, a.to, e->span.end),
                      e->kind == A_KNOWN ? "is missing" : "is known", shown);
}

static void deny(dr_mutator *m, const dr_ast *e)
{
    dr_reach r = inner(m, e);
    bool plain = e->kind == A_NAME || e->kind == A_FIELD;
    dr_mutant_add(m, DR_MUTANT_LOGIC, r, joined(m, plain ? "not " : "not (", r, plain ? "" : ")"), r);
}

/* ---- choices and counts */

/* "every x in list has …" → "any x in list where …" */
static void every_to_any(dr_mutator *m, const dr_ast *e, dr_reach shown)
{
    dr_reach has = between(m, e->a->span.end, dr_reach_of(m, e->c).from);
    if (has.to - has.from != 3 || strncmp(m->bytes + e->span.start, "every", 5) != 0)
        return;
    const char *head = joined(m, "any", (dr_reach){e->span.start + 5, has.from}, "where");
    dr_mutant_add(m, DR_MUTANT_CHOICE, (dr_reach){e->span.start, has.to}, head, shown);
}

static void swap_choice(dr_mutator *m, const dr_ast *e, dr_reach shown)
{
    static const char *const swaps[][2] = {
        {"any ", "no "},          {"no ", "any "},          {"first ", "last "}, {"last ", "first "},
        {"earliest ", "latest "}, {"latest ", "earliest "}, {"least ", "most "}, {"most ", "least "},
        {"sum of ", "most "},     {"longest ", "least "}};
    dr_reach at = {e->span.start, e->span.end};
    for (size_t i = 0; i < sizeof swaps / sizeof *swaps; i++)
        dr_mutate_word(m, DR_MUTANT_CHOICE, at, swaps[i][0], swaps[i][1], shown);
}

static void aggregate(dr_mutator *m, const dr_ast *e)
{
    dr_reach shown = inner(m, e);
    if (e->op == G_EVERY)
        every_to_any(m, e, shown);
    else
        swap_choice(m, e, shown);
    if (e->b != NULL) {
        dr_reach where = dr_reach_of(m, e->b);
        dr_mutant_add(m, DR_MUTANT_LOGIC, (dr_reach){e->a->span.end, where.to}, "", shown);
        dr_mutate_condition(m, e->b);
    }
    if (e->c != NULL && e->op == G_EVERY)
        dr_mutate_condition(m, e->c);
    else if (e->c != NULL)
        dr_mutate_value(m, e->c);
    dr_mutate_keys(m, e->d);
}

/* The word before it, if the key has one, decides which end is best. */
static void swap_direction(dr_mutator *m, const dr_ast *key)
{
    static const char *const swaps[][2] = {{"earliest", "latest"},
                                           {"latest", "earliest"},
                                           {"least", "most"},
                                           {"most", "least"},
                                           {"longest", "least"}};
    dr_reach e = dr_reach_of(m, key->a);
    uint32_t to = e.from;
    while (to > 0 && blank(m->bytes[to - 1]))
        to--;
    for (size_t i = 0; i < sizeof swaps / sizeof *swaps && key->op != KEY_PLAIN; i++) {
        uint32_t len = (uint32_t)strlen(swaps[i][0]);
        if (to > len && memcmp(m->bytes + to - len, swaps[i][0], len) == 0)
            dr_mutant_add(m, DR_MUTANT_CHOICE, (dr_reach){to - len, to}, swaps[i][1],
                          (dr_reach){to - len, e.to});
    }
}

/* From the end of the part before it, or up to the part behind it. */
void dr_mutate_members(dr_mutator *m, uint8_t kind, const dr_ast *list)
{
    const dr_ast *before = NULL;
    dr_reach all = {0, 0};
    if (list == NULL || list->next == NULL)
        return;
    all.from = dr_reach_of(m, list).from;
    for (const dr_ast *i = list; i != NULL; i = i->next)
        all.to = dr_reach_of(m, i).to;
    for (const dr_ast *i = list; i != NULL; before = i, i = i->next) {
        dr_reach out = dr_reach_of(m, i);
        if (before != NULL)
            out.from = dr_reach_of(m, before).to;
        else
            out.to = dr_reach_of(m, i->next).from;
        dr_mutant_add(m, kind, out, "", all);
    }
}

/* What stands in front of a key belongs to it: it goes up to the comma. */
void dr_mutate_keys(dr_mutator *m, const dr_ast *keys)
{
    uint32_t start = 0;
    for (const dr_ast *k = keys; k != NULL; k = k->next) {
        if (k->a != NULL)
            swap_direction(m, k);
        dr_reach r = k->a != NULL ? dr_reach_of(m, k->a) : (dr_reach){k->span.start, k->span.end};
        uint32_t comma = r.from;
        while (comma > 0 && m->bytes[comma] != ',' && comma > start)
            comma--;
        if (k != keys && m->bytes[comma] == ',')
            dr_mutant_add(m, DR_MUTANT_CHOICE, (dr_reach){comma, r.to}, "", (dr_reach){comma + 1, r.to});
        start = r.to;
    }
}

/* ---- any expression */

/* With what its part is compared, or what the whole is where the part stands in for it. */
static const dr_ast *beside(const dr_mutator *m, const dr_ast *e, const dr_ast *part)
{
    bool alike = e->kind == A_IS || e->kind == A_ISNOT;
    if (alike || e->kind == A_IN || e->kind == A_NOTIN)
        return part == e->a && part->kind == A_ELSE ? e->b : NULL;
    return e->kind == A_ELSE ? m->beside : NULL;
}

static void parts_of(dr_mutator *m, const dr_ast *e)
{
    const dr_ast *parts[] = {e->a, e->b, e->c, e->d}, *above = m->beside;
    for (int i = 0; i < 4; i++)
        for (const dr_ast *p = parts[i]; p != NULL; p = p->next) {
            m->beside = beside(m, e, p);
            bool alone = p->kind == A_NUMBER || p->kind == A_QUANTITY || p->kind == A_STRING ||
                         p->kind == A_NAME || p->kind == A_DATE || p->kind == A_YES || p->kind == A_NO;
            if (alone && i < 2)
                constant(m, p, inner(m, e));
            else
                dr_mutate_value(m, p);
            m->beside = above;
        }
}

static void rounding(dr_mutator *m, const dr_ast *e)
{
    static const char *const swaps[][2] = {
        {"up", "down"}, {"down", "up"}, {"half_up", "down"}, {"half_even", "half_up"}};
    dr_reach a = dr_reach_of(m, e->a);
    dr_reach word = between(m, a.to, e->span.end);
    for (size_t i = 0; i < sizeof swaps / sizeof *swaps && word.to - word.from > 8; i++)
        if (strcmp(e->text, swaps[i][0]) == 0)
            dr_mutate_word(m, DR_MUTANT_CHOICE, (dr_reach){word.from + 7, word.to}, swaps[i][0], swaps[i][1],
                           inner(m, e));
    dr_mutate_value(m, e->a);
    if (e->b != NULL)
        dr_mutate_value(m, e->b);
}

void dr_mutate_value(dr_mutator *m, const dr_ast *e)
{
    if (e == NULL)
        return;
    dr_reach shown = inner(m, e);
    switch (e->kind) {
    case A_AND:
    case A_OR:
    case A_NOT:
    case A_WITHIN:
    case A_OVERLAPS:
    case A_CONTAINS:
    case A_OUTRANKS:
        dr_mutate_condition(m, e);
        break;
    case A_AGG:
        aggregate(m, e);
        break;
    case A_ROUND:
        rounding(m, e);
        break;
    case A_KNOWN:
    case A_MISSING:
        swap_presence(m, e, shown);
        dr_mutate_value(m, e->a);
        break;
    case A_SETLIT:
        dr_mutate_members(m, m->kind_of_value, e->a);
        parts_of(m, e);
        break;
    case A_FIELD:
        break;
    case A_PICK:
    case A_OF:
        swap_choice(m, e, shown);
        parts_of(m, e);
        break;
    default:
        if (e->a != NULL && e->b != NULL)
            swap_operator(m, e, shown);
        constant(m, e, shown);
        if (e->kind != A_QUANTITY)
            parts_of(m, e);
        break;
    }
}

/* As a value, and denied where nothing in it would do as much. */
void dr_mutate_condition(dr_mutator *m, const dr_ast *e)
{
    dr_reach shown = inner(m, e);
    switch (e->kind) {
    case A_AND:
    case A_OR:
        swap_operator(m, e, shown);
        leave_out_parts(m, e, shown);
        dr_mutate_condition(m, e->a);
        dr_mutate_condition(m, e->b);
        break;
    case A_NOT:
        dr_mutant_add(m, DR_MUTANT_LOGIC, (dr_reach){e->span.start, dr_reach_of(m, e->a).from}, "", shown);
        if (e->a->kind != A_NAME && e->a->kind != A_FIELD)
            dr_mutate_value(m, e->a);
        break;
    case A_WITHIN:
    case A_OVERLAPS:
    case A_CONTAINS:
    case A_OUTRANKS:
        deny(m, e);
        parts_of(m, e);
        break;
    case A_NAME:
    case A_FIELD:
        deny(m, e);
        break;
    default:
        dr_mutate_value(m, e);
        break;
    }
}
