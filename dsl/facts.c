/* drip: facts.c, level 2a. An example in the words of the policy: "colour is red, length of time is 2 h". Of the
 * values that would do, a boundary that the policy names comes first, then what lies next to one. */
#include "reason.h"

#include <string.h>

enum { SHOWN_MAX = 60, MINUTE = 60 };

/* What stands in parentheses is a part of the text, and they are not. */
static dr_span with_parentheses(const char *bytes, uint32_t size, dr_span span)
{
    int open = 0, least = 0;
    for (uint32_t i = span.start; i < span.end; i++) {
        open += bytes[i] == '(' ? 1 : bytes[i] == ')' ? -1 : 0;
        least = open < least ? open : least;
    }
    for (; least < 0 && span.start > 0 && bytes[span.start - 1] == '('; least++, open++)
        span.start--;
    for (; open > 0 && span.end < size && bytes[span.end] == ')'; open--)
        span.end++;
    return span;
}

void dr_write_source(const dr_front *f, dr_span span, dr_buf *out)
{
    const dr_source *source = &f->sources->items[span.source];
    span = with_parentheses(source->bytes, source->len, span);
    const char *text = source->bytes + span.start;
    uint32_t len = span.end - span.start, n = 0;
    while (n < len && text[n] != '\n' && (n < SHOWN_MAX || ((unsigned char)text[n] & 0xC0) == 0x80))
        n++;
    uint32_t cut = n < len ? n : 0;
    while (n > 0 && text[n - 1] == ' ')
        n--;
    dr_buf_bytes(out, text, n);
    if (cut > 0)
        dr_buf_text(out, " …");
}

/* Paths by their parts: one that is seen from another row stands nowhere as such. */
static void put_expression(const dr_front *f, const dr_ast *e, dr_buf *out)
{
    if (e->kind == A_FIELD && e->a->kind != A_INDEX && e->a->kind != A_CALL && e->a->kind != A_OF) {
        put_expression(f, e->a, out);
        dr_buf_char(out, '.');
        dr_buf_text(out, e->text);
    } else if (e->kind == A_OF) {
        dr_buf_text(out, e->text);
        dr_buf_text(out, " of ");
        put_expression(f, e->a, out);
    } else if (e->kind == A_NAME) {
        dr_buf_text(out, e->text);
    } else {
        dr_write_source(f, e->span, out);
    }
}

/* A whole number in the cell, strictly between limits k - 1 and k. */
static int64_t simple_between(const dr_topic *t, uint32_t k)
{
    const dr_limit *l = t->limits.data;
    bool above = k > 0, below = k < t->limits.count;
    int64_t low = above ? l[k - 1].value + 1 : t->low, high = below ? l[k].value - 1 : t->high;
    low = low < t->low ? t->low : low;
    high = high > t->high ? t->high : high;
    int64_t step = t->type.kind == DR_DURATION ? MINUTE : 1;
    if (low == INT64_MIN && high == INT64_MAX)
        return 0;
    if (!above && low != INT64_MIN)
        return low;
    if (low != INT64_MIN)
        return (uint64_t)high - (uint64_t)low >= (uint64_t)step ? low + step - 1 : low;
    return high - step + 1;
}

static void put_number_cell(const dr_front *f, const dr_topic *t, uint32_t cell, dr_buf *out)
{
    uint32_t k = cell / 2;
    const dr_limit *l = t->limits.data;
    if (cell % 2 == 1) {
        dr_write_source(f, l[k].written->span, out);
        return;
    }
    if (k > 0) {
        dr_buf_text(out, "over ");
        dr_write_source(f, l[k - 1].written->span, out);
    }
    if (k < t->limits.count) {
        dr_buf_text(out, k > 0 ? " and under " : "under ");
        dr_write_source(f, l[k].written->span, out);
    }
}

static void put_cell(const dr_front *f, const dr_topic *t, uint32_t cell, dr_buf *out)
{
    const dr_limit *l = t->limits.data;
    if (t->kind == TOPIC_VALUES) {
        dr_buf_text(out, t->type.kind == DR_ENUM ? DR_AT(f->enums, dr_enum, t->type.of).names[cell]
                         : cell == 1             ? "yes"
                                                 : "no");
        return;
    }
    if (t->limits.count == 0 || (t->kind == TOPIC_EQUAL && cell % 2 == 0)) {
        dr_buf_text(out, t->limits.count == 0 ? "known" : "something else");
        return;
    }
    if (t->type.kind == DR_NUM || t->kind == TOPIC_EQUAL) {
        put_number_cell(f, t, cell, out);
        return;
    }
    int64_t v = cell % 2 == 1 ? l[cell / 2].value : simple_between(t, cell / 2);
    if (t->type.kind == DR_DURATION)
        dr_duration_write(v, out);
    else if (t->type.kind == DR_DATE)
        dr_date_write(v, out);
    else if (t->type.kind == DR_INSTANT)
        dr_instant_write(v, false, 0, out);
    else
        dr_buf_int(out, v);
}

static void put_pair(const dr_front *f, const dr_topic *t, uint64_t cells, dr_buf *out)
{
    static const char *const words[8] = {"",          " is under ", " is ",          " is at most ",
                                         " is over ", " is not ",   " is at least ", " is "};
    bool ordered = t->type.kind == DR_INT || t->type.kind == DR_NUM || t->type.kind == DR_DURATION ||
                   t->type.kind == DR_DATE || t->type.kind == DR_INSTANT;
    put_expression(f, t->e, out);
    dr_buf_text(out, ordered ? words[cells & 7] : (cells & 2) != 0 ? " is " : " is not ");
    put_expression(f, t->other, out);
}

/* The cell to show: a value that the policy names, else the first. */
static uint32_t choose(const dr_topic *t, uint64_t cells)
{
    uint32_t first = 63;
    for (uint32_t i = 63; i-- > 0;)
        if ((cells >> i & 1) != 0 && (first == 63 || t->kind == TOPIC_VALUES || i % 2 == 1 || first % 2 == 0))
            first = i;
    return first;
}

static void put_topic(const dr_front *f, const dr_topic *t, uint64_t cells, dr_buf *out)
{
    if (t->kind == TOPIC_PAIR) {
        put_pair(f, t, cells, out);
        return;
    }
    uint32_t cell = choose(t, cells);
    bool condition = t->kind == TOPIC_VALUES && t->type.kind == DR_BOOL && t->e->kind != A_NAME &&
                     t->e->kind != A_FIELD && t->e->kind != A_OF;
    if (t->kind == TOPIC_DAY && t->axis == DR_AXIS_KNOWN)
        dr_buf_text(out, "the day as of which things are known");
    else if (t->kind == TOPIC_DAY && t->axis != DR_AXIS_SERVICE)
        dr_buf_text(out, DR_AT(f->params, dr_param, t->axis).name);
    else if (t->e == NULL)
        dr_buf_text(out, "the date of service");
    else
        put_expression(f, t->e, out);
    if (condition) {
        dr_buf_text(out, (cell == 1) != t->denied ? " holds" : " does not hold");
        return;
    }
    dr_buf_text(out, " is ");
    if (cell == 63)
        dr_buf_text(out, "missing");
    else
        put_cell(f, t, cell, out);
}

void dr_reason_example(dr_reason *r, dr_buf *out)
{
    bool first = true;
    for (uint32_t i = 0; i < r->solver.n_facts; i++) {
        if (r->solver.cells[i] == r->solver.all[i])
            continue;
        if (!first)
            dr_buf_text(out, ", ");
        first = false;
        put_topic(r->f, &DR_AT(r->topics, dr_topic, i), r->solver.cells[i], out);
    }
}
