/* drip: cost_code.c, level 1. What the code of one node pays at most for a row.
 *
 * The code is gone through once in its order, with what is known of the registers (which row one holds, how
 * large its span set, set or list is) and what was paid on the way; where ways meet, either may have been
 * taken. The only loops are those of NEXT, NEXTL and NEXTI, which the compiler nests: the body is gone
 * through until nothing new is known of the registers at its top, then what it pays is multiplied by the rows
 * it is run for. Where that depends on the row (the members of each group), it is added up over the rows
 * instead of multiplied: dr_cost_close. A jump that does not fit this picture makes the bound unknown. */
#include "cost_code.h"

#include <string.h>

enum { ROUNDS = 8 };

/* ---- states ---- */

static dr_state *copy(dr_walker *w, const dr_state *from)
{
    size_t size = sizeof *from + from->n_regs * sizeof from->regs[0];
    dr_state *made = dr_take(w->x->arena, size);
    if (made != NULL)
        memcpy(made, from, size);
    w->failed = w->failed || made == NULL;
    return made;
}

const dr_bound *dr_code_either(dr_walker *w, const dr_bound *a, const dr_bound *b)
{
    return a == NULL ? b : b == NULL ? a : dr_bound_either(w->x->arena, a, b);
}

static void join_known(dr_walker *w, dr_known *to, const dr_known *from)
{
    to->size = dr_code_either(w, to->size, from->size);
    if (to->rows.list != from->rows.list || to->rows.scope != from->rows.scope)
        to->rows.list = DR_NONE;
    to->rows.count = to->size;
    to->from = to->from == from->from ? to->from : DR_NONE;
    if (to->row != from->row)
        to->row = DR_NOT_A_ROW;
}

static void join(dr_walker *w, dr_state **to, const dr_state *from)
{
    if (*to == NULL) {
        *to = copy(w, from);
        return;
    }
    for (uint32_t i = 0; i < DR_SUMS; i++)
        (*to)->sums[i] = dr_bound_either(w->x->arena, (*to)->sums[i], from->sums[i]);
    join_known(w, &(*to)->value, &from->value);
    for (uint32_t i = 0; i < from->n_regs; i++)
        join_known(w, &(*to)->regs[i], &from->regs[i]);
}

static bool same_regs(const dr_state *a, const dr_state *b)
{
    for (uint32_t i = 0; i < a->n_regs; i++) {
        const dr_known *p = &a->regs[i], *q = &b->regs[i];
        if (p->row != q->row || p->rows.list != q->rows.list || p->rows.scope != q->rows.scope ||
            p->from != q->from || !dr_bound_equal(p->size, q->size))
            return false;
    }
    return true;
}

static void no_sums(dr_walker *w, dr_state *s)
{
    const dr_bound *none = dr_bound_number(w->x->arena, 0);
    for (uint32_t i = 0; i < DR_SUMS; i++)
        s->sums[i] = none;
}

/* What is known at `to` from here. */
void dr_code_go(dr_walker *w, uint32_t pc, uint32_t to)
{
    dr_body *b = w->inside;
    if (to == b->top) {
        join(w, &b->again, w->now);
    } else if (to > pc && to >= b->from && to < b->to) {
        join(w, &w->at[to - w->start], w->now);
    } else {
        dr_leaving *l = dr_take(w->x->arena, sizeof *l);
        if (l != NULL)
            *l = (dr_leaving){to, copy(w, w->now), b->left};
        w->failed = w->failed || l == NULL;
        b->left = l;
    }
}

/* ---- loops ---- */

static bool is_loop(const dr_instr *i)
{
    return i->op == DR_OP_NEXT || i->op == DR_OP_NEXTL || i->op == DR_OP_NEXTI;
}

/* What is known after a loop no longer speaks of the row it was at. */
static void forget_row(dr_walker *w, dr_state *s, const dr_body *b)
{
    dr_known *const all[] = {&s->value, s->regs};
    for (uint32_t k = 0; k < 2; k++)
        for (uint32_t i = 0; i < (k == 0 ? 1 : s->n_regs); i++) {
            dr_known *r = &all[k][i];
            if (r->size != NULL)
                r->size = dr_cost_one(w->x, r->size, b->scope, &b->over);
            if (r->row == (int64_t)b->scope)
                r->row = DR_NOT_A_ROW;
            if (r->rows.list != DR_NONE && r->rows.scope == b->scope)
                r->rows.list = DR_NONE;
            r->rows.count = r->size;
        }
}

static void run(dr_walker *w, uint32_t from, uint32_t to);

/* The body once. What it pays for one row is in `paid`. */
static void run_body(dr_walker *w, uint32_t pc, const dr_state *top, dr_body *b, dr_state **paid)
{
    const dr_instr *i = &w->x->p->code[pc];
    memset(&w->at[pc + 1 - w->start], 0, (b->to - pc - 1) * sizeof *w->at);
    b->again = NULL;
    b->left = NULL;
    w->now = copy(w, top);
    if (w->now == NULL)
        return;
    no_sums(w, w->now);
    dr_known row = dr_known_plain();
    row.row = b->scope;
    if (i->b < w->now->n_regs)
        w->now->regs[i->b] = row;
    w->inside = b;
    run(w, pc + 1, b->to);
    if (w->now != NULL)
        dr_code_go(w, pc, b->to);
    w->inside = b->outer;
    *paid = NULL;
    if (b->again != NULL)
        join(w, paid, b->again);
    for (const dr_leaving *l = b->left; l != NULL; l = l->next)
        if (l->with != NULL)
            join(w, paid, l->with);
}

static void after_loop(dr_walker *w, uint32_t pc, const dr_state *with, const dr_body *b,
                       const dr_state *before, const dr_state *paid, uint32_t to)
{
    dr_arena *arena = w->x->arena;
    w->now = copy(w, with);
    if (w->now == NULL)
        return;
    forget_row(w, w->now, b);
    memcpy(w->now->sums, before->sums, sizeof before->sums);
    for (uint32_t i = 0; i < DR_SUMS && paid != NULL; i++)
        w->now->sums[i] =
            dr_bound_sum(arena, w->now->sums[i], dr_cost_close(w->x, paid->sums[i], b->scope, &b->over));
    dr_code_pay(w, DR_SUM_PAID, DR_STEPS_STEP, dr_bound_sum(arena, b->over.count, dr_code_number(w, 1)));
    dr_code_go(w, pc, to);
}

static void loop(dr_walker *w, uint32_t pc)
{
    const dr_instr *i = &w->x->p->code[pc];
    dr_state *before = w->now, *top = copy(w, before), *paid = NULL;
    dr_body b = {
        .outer = w->inside, .top = pc, .from = pc + 1, .to = (uint32_t)i->d, .scope = ++w->x->n_scopes};
    uint32_t round = 0;
    bool new = true;
    b.over = dr_code_reg(w, i->a).rows;
    b.over.count = dr_code_size(w, i->a);
    for (; round < ROUNDS && new && !w->failed; round++) {
        run_body(w, pc, top, &b, &paid);
        dr_state *more = copy(w, top);
        if (b.again != NULL && more != NULL) {
            memcpy(b.again->sums, more->sums, sizeof more->sums);
            join(w, &more, b.again);
        }
        new = more != NULL && !same_regs(top, more);
        top = more;
    }
    w->x->lost = w->x->lost || new;
    if (w->failed)
        return;
    dr_leaving *left = b.left;
    after_loop(w, pc, top, &b, before, paid, b.to);
    for (; left != NULL && !w->failed; left = left->next)
        after_loop(w, pc, left->with, &b, before, paid, left->to);
    w->now = NULL;
}

static void run(dr_walker *w, uint32_t from, uint32_t to)
{
    for (uint32_t pc = from; pc < to && !w->failed && !w->x->lost;) {
        const dr_instr *i = &w->x->p->code[pc];
        dr_state *jumped = w->at[pc - w->start];
        if (jumped != NULL)
            join(w, &w->now, jumped);
        if (w->now != NULL && is_loop(i)) {
            w->x->lost = (uint32_t)i->d <= pc || (uint32_t)i->d > to;
            if (!w->x->lost)
                loop(w, pc);
            pc = (uint32_t)i->d;
            continue;
        }
        if (w->now != NULL)
            dr_code_step(w, pc);
        pc++;
    }
}

/* Registers are filled by `a`, and rows of loops by `b`; the last one, the root's row, says nothing. */
static uint32_t count_regs(const dr_program *p, uint32_t pc, uint32_t end)
{
    uint32_t n = 1;
    for (; pc < end; pc++) {
        const dr_instr *i = &p->code[pc];
        uint32_t last = is_loop(i) && i->b > i->a ? i->b : i->a;
        n = last + 1 > n && last < DR_CODE_REGS - 1 ? last + 1 : n;
    }
    return n;
}

bool dr_code_costs(dr_costing *x, uint32_t pc, uint32_t end, uint8_t kind, dr_code_cost *found)
{
    dr_walker w = {.x = x, .start = pc};
    dr_body whole = {.top = DR_NONE, .from = pc, .to = end};
    uint32_t n = count_regs(x->p, pc, end);
    w.now = dr_take_zero(x->arena, 1, sizeof *w.now + n * sizeof w.now->regs[0]);
    w.at = dr_take_zero(x->arena, end - pc, sizeof *w.at);
    *found = (dr_code_cost){NULL, NULL, DR_NONE};
    if (w.now == NULL || w.at == NULL)
        return false;
    w.now->n_regs = n;
    for (uint32_t i = 0; i < n; i++)
        w.now->regs[i] = dr_known_plain();
    w.now->value = dr_known_plain();
    w.now->regs[0].row = 0;
    no_sums(&w, w.now);
    w.inside = &whole;
    run(&w, pc, end);
    x->lost = x->lost || whole.left != NULL || whole.again == NULL;
    if (w.failed || x->lost)
        return !w.failed;
    const dr_known *value = &whole.again->value;
    found->steps = whole.again->sums[DR_SUM_PAID];
    found->size =
        dr_has_size(kind) ? (value->size != NULL ? value->size : dr_bound_number(x->arena, 0)) : NULL;
    if (kind == DR_LIST && value->rows.scope == 0)
        found->list = value->rows.list;
    return true;
}
