/* drip: cells.c, level 2a. The cells of a topic's values, and in which of them a test holds.
 *
 * Of values in order, cell 2k + 1 is the k-th constant that they are compared with, and cell 2k all that lies
 * between it and the one before. Other values have a cell each. */
#include "reason.h"

#include <string.h>

enum { LIMITS_MAX = 30, BUDGET = 400000 };

static int order_of(dr_type type, int64_t a, int64_t b)
{
    if (type.kind == DR_NUM)
        return dr_num_cmp(*(const dr_num *)dr_ptr(a), *(const dr_num *)dr_ptr(b));
    return a < b ? -1 : a > b;
}

static bool order_holds(uint8_t kind, int order)
{
    switch (kind) {
    case A_IS:
        return order == 0;
    case A_ISNOT:
        return order != 0;
    case A_OVER:
    case A_AFTER:
        return order > 0;
    case A_UNDER:
    case A_BEFORE:
        return order < 0;
    case A_ATLEAST:
        return order >= 0;
    default:
        return order <= 0;
    }
}

bool dr_query_holds(dr_reason *r, const dr_query *test, dr_type type, int64_t value)
{
    int64_t v = 0;
    if (test->kind == A_KNOWN)
        return true;
    if (test->kind == A_WITHIN)
        return value >= test->value && value <= test->upto;
    if (test->kind == A_OUTRANKS || test->kind == DR_OUTRANKED) {
        const uint8_t *ranks = DR_AT(r->f->enums, dr_enum, type.of).ranks;
        return test->kind == A_OUTRANKS ? ranks[value] < ranks[test->value]
                                        : ranks[value] > ranks[test->value];
    }
    for (const dr_ast *m = test->members; m != NULL; m = m->next)
        if (dr_constant(r->f, m, &v) && order_of(type, value, v) == 0)
            return true;
    return test->members == NULL && order_holds(test->kind, order_of(type, value, test->value));
}

static void sort_limits(dr_topic *t)
{
    dr_limit *at = t->limits.data;
    uint32_t n = 0;
    for (uint32_t i = 0; i < t->limits.count; i++) {
        dr_limit moved = at[i];
        uint32_t k = n;
        while (k > 0 && order_of(t->type, at[k - 1].value, moved.value) > 0)
            k--;
        if (k > 0 && order_of(t->type, at[k - 1].value, moved.value) == 0)
            continue;
        memmove(at + k + 1, at + k, (n - k) * sizeof *at);
        at[k] = moved;
        n++;
    }
    t->limits.count = n;
}

/* Is there a value strictly between limits k - 1 and k? */
static bool between(const dr_topic *t, uint32_t k)
{
    const dr_limit *l = t->limits.data;
    uint32_t n = t->limits.count;
    if (t->type.kind == DR_NUM || t->kind == TOPIC_EQUAL)
        return t->kind != TOPIC_EQUAL || k == n;
    int64_t low = t->low, high = t->high;
    if (k > 0) {
        if (l[k - 1].value == INT64_MAX)
            return false;
        low = l[k - 1].value + 1 > low ? l[k - 1].value + 1 : low;
    }
    if (k < n) {
        if (l[k].value == INT64_MIN)
            return false;
        high = l[k].value - 1 < high ? l[k].value - 1 : high;
    }
    return low <= high;
}

static uint64_t all_cells(dr_reason *r, const dr_topic *t)
{
    uint64_t all = t->optional ? DR_CELL_MISSING : 0;
    if (t->kind == TOPIC_PAIR)
        return dr_ast_same(t->e, t->other) ? 2 : 7;
    if (t->kind == TOPIC_VALUES)
        return all |
               (t->type.kind == DR_BOOL ? 3
                                        : ((uint64_t)1 << DR_AT(r->f->enums, dr_enum, t->type.of).count) - 1);
    for (uint32_t k = 0; k <= t->limits.count; k++) {
        if (between(t, k))
            all |= (uint64_t)1 << (2 * k);
        if (k == t->limits.count)
            continue;
        int64_t v = DR_AT(t->limits, dr_limit, k).value;
        if (t->type.kind == DR_NUM || (v >= t->low && v <= t->high))
            all |= (uint64_t)2 << (2 * k);
    }
    return all;
}

/* Does the test hold in this cell of values between constants? */
static bool cell_holds(dr_reason *r, const dr_topic *t, const dr_query *test, uint32_t cell)
{
    if (test->kind == A_KNOWN)
        return true;
    if (cell % 2 == 1)
        return dr_query_holds(r, test, t->type, DR_AT(t->limits, dr_limit, cell / 2).value);
    if (test->kind == A_IN)
        return false;
    uint32_t above = cell / 2; /* so many limits lie below it */
    uint32_t below = 0, first = 0;
    for (uint32_t k = 0; k < t->limits.count; k++) {
        int64_t v = DR_AT(t->limits, dr_limit, k).value;
        below += order_of(t->type, v, test->kind == A_WITHIN ? test->upto : test->value) < 0;
        first += order_of(t->type, v, test->value) < 0;
    }
    if (test->kind == A_WITHIN)
        return (test->value == INT64_MIN || above > first) && (test->upto == INT64_MAX || above <= below);
    return order_holds(test->kind, t->kind == TOPIC_EQUAL ? 1 : above <= below ? -1 : 1);
}

static uint64_t cells_of(dr_reason *r, const dr_claim *c)
{
    const dr_topic *t = &DR_AT(r->topics, dr_topic, c->fact);
    uint64_t all = r->solver.all[c->fact], cells = 0;
    for (uint64_t rest = all & ~DR_CELL_MISSING; rest != 0; rest &= rest - 1) {
        uint32_t i = (uint32_t)__builtin_ctzll(rest);
        bool holds =
            c->test->kind == A_KNOWN || (t->kind == TOPIC_PAIR     ? order_holds(c->test->kind, (int)i - 1)
                                         : t->kind == TOPIC_VALUES ? dr_query_holds(r, c->test, t->type, i)
                                                                   : cell_holds(r, t, c->test, i));
        cells |= (uint64_t)holds << i;
    }
    if (c->test->missing)
        cells |= DR_CELL_MISSING;
    return (c->denied ? ~cells : cells) & all;
}

void dr_reason_seal(dr_reason *r)
{
    dr_solver *s = &r->solver;
    if (r->f->no_memory || !dr_solver_init(s, &r->arena, r->f->space, r->topics.count, BUDGET)) {
        r->too_fine = true;
        return;
    }
    for (uint32_t i = 0; i < s->n_facts; i++) {
        dr_topic *t = &DR_AT(r->topics, dr_topic, i);
        if (t->kind != TOPIC_VALUES && t->kind != TOPIC_PAIR)
            sort_limits(t);
        if (t->limits.count > LIMITS_MAX) {
            r->too_fine = true;
            return;
        }
        s->all[i] = all_cells(r, t);
        s->plain[i] = t->plain;
    }
    for (uint32_t i = 0; i < r->leaves.count; i++) {
        dr_claim *c = DR_AT(r->leaves, dr_claim *, i);
        c->cells = cells_of(r, c);
    }
}

/* What can be seen without looking: one of them says no. */
static bool one_is_no(const dr_claim *const *goals, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (goals[i]->kind == CLAIM_NO)
            return true;
    return false;
}

dr_verdict dr_reason_solve(dr_reason *r, const dr_claim *const *goals, uint32_t n)
{
    if (r->f->no_memory || r->too_fine)
        return !r->f->no_memory && one_is_no(goals, n) ? DR_NEVER : DR_UNDECIDED;
    return dr_solve(&r->solver, goals, n);
}

bool dr_reason_refutes(dr_reason *r, const dr_claim *const *goals, uint32_t n)
{
    if (r->f->no_memory || r->too_fine)
        return !r->f->no_memory && one_is_no(goals, n);
    return dr_refute(&r->solver, goals, n) == DR_NEVER;
}

void dr_reason_refill(dr_reason *r)
{
    r->solver.budget = BUDGET;
}
