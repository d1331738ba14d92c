/* drip: solve.c, level 2a. The search of solve.h: every claim that must hold narrows facts; where one of
 * several must hold, each is tried. With a bound on the number of facts narrowed, raised step by step, what is
 * found first is a smallest example. All of it is counted, so that a policy cannot make it run away. */
#include "solve.h"

#include <string.h>

enum { STEPS_MAX = 40000 };

bool dr_solver_init(dr_solver *s, dr_arena *arena, dr_workspace *space, uint32_t n_facts, uint32_t budget)
{
    uint64_t *room = dr_take_zero(arena, (size_t)n_facts * 3 + 1, sizeof *room);
    bool *plain = dr_take_zero(arena, (size_t)n_facts + 1, sizeof *plain);
    if (room == NULL || plain == NULL || n_facts > DR_FACTS_MAX)
        return false;
    *s = (dr_solver){.space = space, .n_facts = n_facts, .plain = plain, .budget = budget};
    s->all = room;
    s->cells = room + n_facts;
    s->now = s->cells + n_facts;
    return true;
}

typedef enum dr_truth { T_NO, T_YES, T_OPEN } dr_truth;

static dr_truth truth_of(dr_solver *s, const dr_claim *c)
{
    if (s->steps == 0)
        s->spent = true;
    else
        s->steps--;
    if (c->kind == CLAIM_YES || c->kind == CLAIM_NO)
        return c->kind == CLAIM_YES ? T_YES : T_NO;
    if (c->kind == CLAIM_LEAF) {
        uint64_t now = s->now[c->fact];
        if ((now & ~c->cells) == 0)
            return T_YES;
        return (now & c->cells) == 0 || (s->plain_only && !s->plain[c->fact]) ? T_NO : T_OPEN;
    }
    dr_truth decides = c->kind == CLAIM_AND ? T_NO : T_YES, all = c->kind == CLAIM_AND ? T_YES : T_NO;
    for (const dr_claim *p = c->part; p != NULL; p = p->next) {
        dr_truth t = truth_of(s, p);
        if (t == decides)
            return t;
        all = t == T_OPEN ? T_OPEN : all;
    }
    return all;
}

static bool narrow(dr_solver *s, uint32_t fact, uint64_t cells)
{
    uint64_t was = s->now[fact], now = was & cells;
    if (now == was || now == 0)
        return now != 0;
    if (s->n_trail == DR_TRAIL_MAX) {
        s->spent = true;
        return false;
    }
    s->space->trail[s->n_trail++] = (dr_trail){fact, was};
    s->now[fact] = now;
    return was != s->all[fact] || ++s->narrowed <= s->most;
}

static void undo(dr_solver *s, uint32_t to)
{
    while (s->n_trail > to) {
        const dr_trail *t = &s->space->trail[--s->n_trail];
        s->narrowed -= t->was == s->all[t->fact];
        s->now[t->fact] = t->was;
    }
}

static bool pend(dr_solver *s, uint32_t *end, const dr_claim *c)
{
    if (*end == DR_PENDING_MAX) {
        s->spent = true;
        return false;
    }
    s->space->pending[(*end)++] = c;
    return true;
}

static const dr_claim *only_open(dr_solver *s, const dr_claim *c, uint32_t *count)
{
    const dr_claim *open = NULL;
    *count = 0;
    for (const dr_claim *p = c->part; p != NULL; p = p->next) {
        if (truth_of(s, p) != T_OPEN)
            continue;
        open = p;
        ++*count;
    }
    return open;
}

/* Everything that follows without a choice. False: it cannot be. What is left are choices; *best has fewest. */
static bool settle(dr_solver *s, uint32_t start, uint32_t *end, uint32_t *best)
{
    uint32_t fewest = 0;
    for (uint32_t i = start; i < *end && !s->spent;) {
        const dr_claim *c = s->space->pending[i];
        uint32_t open = 0;
        dr_truth t = truth_of(s, c);
        if (t == T_NO)
            return false;
        if (t == T_OPEN && c->kind == CLAIM_OR) {
            const dr_claim *one = only_open(s, c, &open);
            if (open > 1) {
                if (fewest == 0 || open < fewest) {
                    fewest = open;
                    *best = i;
                }
                i++;
                continue;
            }
            s->space->pending[i] = one;
            continue;
        }
        memmove(&s->space->pending[i], &s->space->pending[i + 1], (--*end - i) * sizeof *s->space->pending);
        if (t == T_YES)
            continue;
        if (c->kind == CLAIM_LEAF && !narrow(s, c->fact, c->cells))
            return false;
        for (const dr_claim *p = c->kind == CLAIM_AND ? c->part : NULL; p != NULL; p = p->next)
            if (!pend(s, end, p))
                return false;
        i = start; /* choices before it may be none any more */
        fewest = 0;
    }
    return !s->spent;
}

static bool search(dr_solver *s, uint32_t start, uint32_t end)
{
    uint32_t best = start;
    if (!settle(s, start, &end, &best))
        return false;
    if (start == end) {
        memcpy(s->cells, s->now, s->n_facts * sizeof *s->cells);
        return true;
    }
    for (const dr_claim *p = s->space->pending[best]->part; p != NULL && !s->spent; p = p->next) {
        uint32_t mark = s->n_trail, to = end;
        if (truth_of(s, p) == T_NO)
            continue;
        for (uint32_t i = start; i < end; i++)
            if (i != best && !pend(s, &to, s->space->pending[i]))
                return false;
        if (!pend(s, &to, p))
            return false;
        if (search(s, end, to))
            return true;
        undo(s, mark);
        /* What was tried need not be tried again; but an example should not say that it does not hold. */
        if (!s->smallest && p->kind == CLAIM_LEAF && !narrow(s, p->fact, ~p->cells))
            return false;
    }
    return false;
}

static bool possible(dr_solver *s, const dr_claim *const *goals, uint32_t n, bool plain_only, uint32_t most)
{
    uint32_t end = 0;
    s->plain_only = plain_only;
    s->smallest = most < s->n_facts;
    s->most = most;
    s->n_trail = s->narrowed = 0;
    memcpy(s->now, s->all, s->n_facts * sizeof *s->now);
    for (uint32_t i = 0; i < n; i++)
        if (!pend(s, &end, goals[i]))
            return false;
    return search(s, 0, end);
}

static void start(dr_solver *s)
{
    s->spent = s->budget == 0;
    s->steps = s->budget < STEPS_MAX ? s->budget : STEPS_MAX;
    s->budget -= s->steps;
}

static void end(dr_solver *s)
{
    s->budget += s->steps;
}

/* Facts that the example does not need, where the smallest one could not be found in time. */
static void loosen(dr_solver *s, const dr_claim *const *goals, uint32_t n, bool plain_only)
{
    s->plain_only = plain_only;
    memcpy(s->now, s->cells, s->n_facts * sizeof *s->now);
    for (uint32_t i = 0; i < s->n_facts; i++) {
        uint64_t was = s->now[i];
        bool holds = true;
        s->now[i] = s->all[i];
        for (uint32_t k = 0; k < n && holds; k++)
            holds = truth_of(s, goals[k]) == T_YES;
        if (!holds)
            s->now[i] = was;
    }
    memcpy(s->cells, s->now, s->n_facts * sizeof *s->now);
}

/* That there is an example is known, and s->cells is one. */
static void shrink(dr_solver *s, const dr_claim *const *goals, uint32_t n, bool plain_only)
{
    start(s);
    loosen(s, goals, n, plain_only);
    uint32_t most = 0;
    for (uint32_t i = 0; i < s->n_facts; i++)
        most += s->cells[i] != s->all[i];
    for (uint32_t k = 0; k < most && !s->spent; k++)
        if (possible(s, goals, n, plain_only, k))
            break;
    end(s);
}

dr_verdict dr_refute(dr_solver *s, const dr_claim *const *goals, uint32_t n)
{
    start(s);
    bool found = possible(s, goals, n, false, s->n_facts);
    end(s);
    return s->spent ? DR_UNDECIDED : found ? DR_PERHAPS : DR_NEVER;
}

dr_verdict dr_solve(dr_solver *s, const dr_claim *const *goals, uint32_t n)
{
    dr_verdict v = dr_refute(s, goals, n);
    if (v != DR_PERHAPS)
        return v;
    uint64_t any[DR_FACTS_MAX];
    memcpy(any, s->cells, s->n_facts * sizeof *any);
    start(s);
    bool plain = possible(s, goals, n, true, s->n_facts) && !s->spent;
    end(s);
    if (!plain)
        memcpy(s->cells, any, s->n_facts * sizeof *any);
    shrink(s, goals, n, plain);
    return plain ? DR_EXAMPLE : DR_PERHAPS;
}
