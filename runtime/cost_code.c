/* drip: cost_code.c, level 1. What the code of one node pays at most for a row.
 *
 * The code is gone through once in its order, with what is known of the registers (which row one holds, how
 * large its span set, set or list is) and what was paid on the way; where ways meet, either may have been
 * taken. The only loops are those of NEXT, NEXTL and NEXTI, which the compiler nests: the body is gone
 * through until nothing new is known of the registers at its top, then what it pays is multiplied by the rows
 * it is run for. Where that depends on the row (the members of each group), it is added up over the rows
 * instead of multiplied: dr_cost_close. A jump that does not fit this picture makes the bound unknown. */
#include "cost.h"

#include <string.h>

enum { REGS = 256, BUILDERS = 8, PAID = 0, SPANS = 1, SETS = SPANS + BUILDERS, SORTS = SETS + BUILDERS };
enum { SUMS = SORTS + BUILDERS, ROUNDS = 8, NOT_A_ROW = -1 };

typedef struct known {
    const dr_bound *size; /* of a span set, set or list, rows of an iterator; NULL where it is none of them */
    dr_over rows;         /* of a list or iterator */
    uint32_t from;        /* the slot a list was read from, or DR_NONE */
    int64_t row;          /* the scope whose row it is, or NOT_A_ROW */
} known;

typedef struct state {
    const dr_bound *sums[SUMS]; /* steps paid; what was put into the builders; in a body: by one run of it */
    known value;                /* of RET */
    uint32_t n_regs;
    known regs[];
} state;

typedef struct leaving { /* a jump out of a body */
    uint32_t to;
    state *with;
    struct leaving *next;
} leaving;

typedef struct body {
    struct body *outer;
    dr_over over; /* the rows it is run for */
    uint32_t scope;
    uint32_t top, from, to; /* of the whole code: top DR_NONE */
    state *again;           /* at jumps to the top */
    leaving *left;
} body;

typedef struct walker {
    dr_costing *x;
    uint32_t start;
    state **at; /* what jumps have brought to an instruction, from start on */
    body *inside;
    dr_over sorted[BUILDERS]; /* the rows that are in each sorter are among these */
    state *now;               /* NULL: control does not get here */
    bool failed;
} walker;

/* ---- states ---- */

static state *copy(walker *w, const state *from)
{
    size_t size = sizeof *from + from->n_regs * sizeof from->regs[0];
    state *made = dr_take(w->x->arena, size);
    if (made != NULL)
        memcpy(made, from, size);
    w->failed = w->failed || made == NULL;
    return made;
}

static const dr_bound *either(walker *w, const dr_bound *a, const dr_bound *b)
{
    return a == NULL ? b : b == NULL ? a : dr_bound_either(w->x->arena, a, b);
}

static void join_known(walker *w, known *to, const known *from)
{
    to->size = either(w, to->size, from->size);
    if (to->rows.list != from->rows.list || to->rows.scope != from->rows.scope)
        to->rows.list = DR_NONE;
    to->rows.count = to->size;
    to->from = to->from == from->from ? to->from : DR_NONE;
    if (to->row != from->row)
        to->row = NOT_A_ROW;
}

static void join(walker *w, state **to, const state *from)
{
    if (*to == NULL) {
        *to = copy(w, from);
        return;
    }
    for (uint32_t i = 0; i < SUMS; i++)
        (*to)->sums[i] = dr_bound_either(w->x->arena, (*to)->sums[i], from->sums[i]);
    join_known(w, &(*to)->value, &from->value);
    for (uint32_t i = 0; i < from->n_regs; i++)
        join_known(w, &(*to)->regs[i], &from->regs[i]);
}

static bool same_regs(const state *a, const state *b)
{
    for (uint32_t i = 0; i < a->n_regs; i++) {
        const known *p = &a->regs[i], *q = &b->regs[i];
        if (p->row != q->row || p->rows.list != q->rows.list || p->rows.scope != q->rows.scope ||
            p->from != q->from || !dr_bound_equal(p->size, q->size))
            return false;
    }
    return true;
}

static void no_sums(walker *w, state *s)
{
    const dr_bound *none = dr_bound_number(w->x->arena, 0);
    for (uint32_t i = 0; i < SUMS; i++)
        s->sums[i] = none;
}

/* What is known at `to` from here. */
static void go_to(walker *w, uint32_t pc, uint32_t to)
{
    body *b = w->inside;
    if (to == b->top) {
        join(w, &b->again, w->now);
    } else if (to > pc && to >= b->from && to < b->to) {
        join(w, &w->at[to - w->start], w->now);
    } else {
        leaving *l = dr_take(w->x->arena, sizeof *l);
        if (l != NULL)
            *l = (leaving){to, copy(w, w->now), b->left};
        w->failed = w->failed || l == NULL;
        b->left = l;
    }
}

/* ---- sizes ---- */

static const dr_bound *number(walker *w, uint64_t n)
{
    return dr_bound_number(w->x->arena, n);
}

static void pay(walker *w, uint32_t sum, uint64_t times, const dr_bound *of)
{
    dr_arena *arena = w->x->arena;
    w->now->sums[sum] = dr_bound_sum(arena, w->now->sums[sum], dr_bound_product(arena, number(w, times), of));
}

static known plain(void)
{
    return (known){NULL, {NULL, DR_NONE, 0}, DR_NONE, NOT_A_ROW};
}

static known sized(const dr_bound *size)
{
    return (known){size, {size, DR_NONE, 0}, DR_NONE, NOT_A_ROW};
}

static bool has_size(uint8_t kind)
{
    return kind == DR_SPANS || kind == DR_SET || kind == DR_LIST;
}

/* A cell of a row of which no more is known than that. */
static known any_cell(walker *w, uint32_t slot)
{
    known k = plain();
    if (has_size(w->x->p->slots[slot].type.kind))
        k = sized(w->x->sized[slot].most);
    k.from = w->x->p->slots[slot].type.kind == DR_LIST ? slot : DR_NONE;
    return k;
}

static known cell(walker *w, uint32_t slot, const known *row)
{
    known k = any_cell(w, slot);
    if (k.size == NULL || row->row == NOT_A_ROW || dr_bound_degree(k.size) == 0)
        return k;
    k = sized(dr_cost_own(w->x, (uint32_t)row->row, DR_NONE, slot));
    if (w->x->p->slots[slot].type.kind == DR_LIST) {
        k.rows.list = k.from = slot;
        k.rows.scope = (uint32_t)row->row;
    }
    return k;
}

/* The sizes of one slot over these rows together. */
static const dr_bound *all_cells(walker *w, const dr_over *rows, uint32_t slot)
{
    const dr_bound *own = dr_cost_own(w->x, UINT32_MAX, DR_NONE, slot);
    return dr_cost_close(w->x, own, UINT32_MAX, rows);
}

/* Registers that the code does not fill hold nothing that has a size. */
static known reg(const walker *w, uint32_t r)
{
    return r < w->now->n_regs ? w->now->regs[r] : plain();
}

static const dr_bound *size_of(walker *w, uint32_t r)
{
    const dr_bound *size = reg(w, r).size;
    return size != NULL ? size : number(w, 0);
}

static const dr_bound *constant_size(walker *w, uint32_t index)
{
    const dr_program *p = w->x->p;
    for (uint32_t i = 0; i < p->n_const_sets; i++)
        if (p->const_sets[i] == index)
            return number(w, ((const dr_set *)dr_ptr(p->consts[index]))->count);
    return NULL;
}

static const dr_bound *param_size(walker *w, uint32_t index)
{
    const dr_program *p = w->x->p;
    const dr_param *param = &p->params[index];
    uint64_t most = 0;
    if (param->type.kind != DR_SET)
        return NULL;
    for (uint32_t i = 0; i < param->count; i++) {
        int64_t value = p->param_values[param->first + i].value;
        if (value != DR_MISSING && ((const dr_set *)dr_ptr(value))->count > most)
            most = ((const dr_set *)dr_ptr(value))->count;
    }
    return number(w, most);
}

/* ---- larger instructions ---- */

static known find(walker *w, const dr_filter *f, const dr_over *rows)
{
    pay(w, PAID, DR_STEPS_SEARCH, rows->count);
    bool cells = f->value < DR_NONE - 1 && has_size(w->x->p->slots[f->value].type.kind);
    switch ((dr_filter_kind)f->kind) {
    case DR_FIND_UNION:
    case DR_FIND_JOINED: {
        const dr_bound *all = all_cells(w, rows, f->value);
        pay(w, PAID, DR_STEPS_SEARCH, all);
        return sized(all);
    }
    case DR_FIND_MEMBERS:
        pay(w, PAID, DR_STEPS_SEARCH, rows->count);
        return sized(rows->count);
    case DR_FIND_FIRST:
    case DR_FIND_LAST:
        return cells ? any_cell(w, f->value) : plain();
    case DR_FIND_ANY:
    case DR_FIND_NONE:
    case DR_FIND_COUNT:
    case DR_FIND_LEAST:
    case DR_FIND_MOST:
    case DR_FIND_HIGHEST:
        break;
    }
    return plain();
}

/* In a walk, the rows before come one by one: each is added once, and only what is there may be moved. */
static known prefix(walker *w, const dr_instr *i)
{
    dr_costing *x = w->x;
    const known list = reg(w, i->b);
    const dr_bound *count = size_of(w, i->b), *all = all_cells(w, &list.rows, (uint32_t)i->d);
    const dr_bound *most = x->sized[i->d].most;
    if (x->walk != DR_NONE && list.from == x->walk) {
        const dr_bound *n = x->rows[x->p->slots[i->d].entity];
        x->once = dr_bound_sum(x->arena, x->once, dr_bound_sum(x->arena, n, x->sized[i->d].total));
        pay(w, PAID, 2 * DR_STEPS_BEFORE, most);
        return sized(most);
    }
    pay(w, PAID, DR_STEPS_BEFORE, count);
    pay(w, PAID, 3 * DR_STEPS_BEFORE, all);
    return sized(all);
}

static known index_of(walker *w, uint32_t slot)
{
    dr_costing *x = w->x;
    const dr_bound *rows = x->rows[x->p->slots[slot].entity];
    if (!x->indexed[slot])
        x->once =
            dr_bound_sum(x->arena, x->once, dr_bound_product(x->arena, number(w, DR_STEPS_INDEX), rows));
    x->indexed[slot] = true;
    return sized(rows);
}

static void emit(walker *w, const dr_instr *i)
{
    const dr_program *p = w->x->p;
    pay(w, PAID, DR_STEPS_LINE, number(w, 1));
    for (uint32_t f = 0; f < p->n_fields; f++) {
        dr_sized *to = &w->x->sized[p->fields[f].slot];
        if (!has_size(p->slots[p->fields[f].slot].type.kind))
            continue;
        const dr_bound *size = size_of(w, i->a + f);
        pay(w, PAID, DR_STEPS_LINE, size);
        const dr_over one = {NULL, DR_NONE, 0};
        to->most = either(w, to->most, dr_cost_one(w->x, size, 0, &one));
        to->total = dr_bound_product(w->x->arena, w->x->rows[p->result_entity], to->most);
    }
}

/* What the column of costs in opcodes.def says of it, if that is of its operands. */
static void pay_for(walker *w, const dr_instr *i)
{
    static const uint8_t costs[DR_OP_COUNT] = {
#define X(name, operands, cost, meaning) [DR_OP_##name] = DR_COST_##cost,
#include "opcodes.def"
#undef X
    };
    switch (costs[i->op]) {
    case DR_COST_PIECES_A:
        pay(w, PAID, DR_STEPS_PIECES_A, size_of(w, i->a));
        break;
    case DR_COST_PIECES_B:
        pay(w, PAID, DR_STEPS_PIECES_B, size_of(w, i->b));
        break;
    case DR_COST_PIECES_BC:
        pay(w, PAID, DR_STEPS_PIECES_BC, dr_bound_sum(w->x->arena, size_of(w, i->b), size_of(w, i->c)));
        break;
    case DR_COST_MEMBERS_A:
        pay(w, PAID, DR_STEPS_MEMBERS_A, size_of(w, i->a));
        break;
    case DR_COST_MEMBERS_BC:
        pay(w, PAID, DR_STEPS_MEMBERS_BC, dr_bound_sum(w->x->arena, size_of(w, i->b), size_of(w, i->c)));
        break;
    case DR_COST_SORT:
        pay(w, PAID, DR_STEPS_SORT, number(w, 1));
        break;
    case DR_COST_FINDING:
        pay(w, PAID, DR_STEPS_FINDING, dr_bound_sum(w->x->arena, number(w, 1), size_of(w, i->a)));
        break;
    default: /* free, or paid for where its size is known: find, prefix, index_of, emit, loop */
        break;
    }
}

/* The rows that a loop goes through. */
static dr_over rows_of(const walker *w, int64_t scope)
{
    const body *b = w->inside;
    while (b != NULL && (b->top == DR_NONE || (int64_t)b->scope != scope))
        b = b->outer;
    return b != NULL ? b->over : (dr_over){NULL, DR_NONE, 0};
}

static known sorted_list(const walker *w, const dr_instr *i)
{
    known k = sized(w->now->sums[SORTS + i->b]);
    k.rows.list = w->sorted[i->b].list;
    k.rows.scope = w->sorted[i->b].scope;
    return k;
}

static void build(walker *w, const dr_instr *i)
{
    state *s = w->now;
    switch (i->op) {
    case DR_OP_SPB:
        s->sums[SPANS + i->b] = number(w, 0);
        break;
    case DR_OP_SETB:
        s->sums[SETS + i->b] = number(w, 0);
        break;
    case DR_OP_SORTB:
        s->sums[SORTS + i->b] = number(w, 0);
        break;
    case DR_OP_SPBADD:
        pay(w, SPANS + i->b, 1, size_of(w, i->a));
        break;
    case DR_OP_SETBADD:
        pay(w, SETS + i->b, 1, number(w, 1));
        break;
    case DR_OP_SETBJOIN:
        pay(w, SETS + i->b, 1, size_of(w, i->a));
        break;
    default:
        pay(w, SORTS + i->b, 1, number(w, 1));
        w->sorted[i->b] = rows_of(w, reg(w, i->a).row);
        break;
    }
}

/* ---- one instruction ---- */

static void made(walker *w, const dr_instr *i, known k)
{
    if (i->a < w->now->n_regs)
        w->now->regs[i->a] = k;
}

static void make_cell(walker *w, const dr_instr *i)
{
    known row = reg(w, i->b), list;
    switch (i->op) {
    case DR_OP_SLOT2:
    case DR_OP_SLOTQ2:
        made(w, i, any_cell(w, (uint32_t)i->k));
        return;
    case DR_OP_CONST:
        made(w, i, sized(constant_size(w, (uint32_t)i->d)));
        return;
    case DR_OP_PARAM:
        made(w, i, sized(param_size(w, (uint32_t)i->d)));
        return;
    case DR_OP_MOVE:
        made(w, i, row);
        return;
    case DR_OP_SELECTS:
        list = cell(w, (uint32_t)i->k, &row);
        made(w, i, find(w, &w->x->p->filters[i->d], &list.rows));
        return;
    default:
        made(w, i, cell(w, (uint32_t)i->d, &row));
        return;
    }
}

static void end_row(walker *w, const dr_instr *i)
{
    known value = plain(), row = reg(w, i->a);
    if (i->op == DR_OP_RET)
        value = row;
    else if (i->op == DR_OP_RETS)
        value = cell(w, (uint32_t)i->k, &row);
    else if (i->op == DR_OP_RETK)
        value = sized(constant_size(w, i->b | (uint32_t)i->c << 8));
    w->now->value = value;
    go_to(w, DR_NONE, DR_NONE);
    w->now = NULL;
}

static void select_rows(walker *w, const dr_instr *i)
{
    const dr_filter *f = &w->x->p->filters[i->d];
    const dr_over all = {w->x->rows[f->entity], DR_NONE, 0};
    known list = reg(w, i->b);
    list.rows.count = size_of(w, i->b);
    made(w, i, find(w, f, i->c == 0 ? &list.rows : &all));
}

static void start_rows(walker *w, const dr_instr *i)
{
    if (i->op == DR_OP_ITALL)
        made(w, i, sized(w->x->rows[i->d]));
    else if (i->op == DR_OP_ITINDEX)
        made(w, i, index_of(w, (uint32_t)i->d));
    else
        made(w, i, reg(w, i->b));
}

static void carry_out(walker *w, uint32_t pc)
{
    const dr_instr *i = &w->x->p->code[pc];
    const dr_bound *both;
    pay_for(w, i);
    switch (i->op) {
    case DR_OP_RET:
    case DR_OP_RETK:
    case DR_OP_RETS:
    case DR_OP_RETN:
        end_row(w, i);
        return;
    case DR_OP_SLOT:
    case DR_OP_SLOTQ:
    case DR_OP_SLOT2:
    case DR_OP_SLOTQ2:
    case DR_OP_CONST:
    case DR_OP_PARAM:
    case DR_OP_MOVE:
    case DR_OP_SELECTS:
        make_cell(w, i);
        return;
    case DR_OP_SPAN:
        made(w, i, sized(number(w, 1)));
        return;
    case DR_OP_UNION:
    case DR_OP_INTERSECT:
    case DR_OP_MINUS: /* the ends of its pieces are ends of theirs */
        both = dr_bound_sum(w->x->arena, size_of(w, i->b), size_of(w, i->c));
        made(w, i, sized(both));
        return;
    case DR_OP_LONGER:
    case DR_OP_GAPS:
        made(w, i, sized(size_of(w, i->b)));
        return;
    case DR_OP_SELECT:
        select_rows(w, i);
        return;
    case DR_OP_PREFIX:
        made(w, i, prefix(w, i));
        return;
    case DR_OP_ITALL:
    case DR_OP_ITLIST:
    case DR_OP_ITBEFORE:
    case DR_OP_ITINDEX:
        start_rows(w, i);
        return;
    case DR_OP_SPB:
    case DR_OP_SETB:
    case DR_OP_SORTB:
    case DR_OP_SPBADD:
    case DR_OP_SETBADD:
    case DR_OP_SETBJOIN:
    case DR_OP_SORTADD:
        build(w, i);
        return;
    case DR_OP_SPBEND:
        made(w, i, sized(w->now->sums[SPANS + i->b]));
        return;
    case DR_OP_SETBEND:
        made(w, i, sized(w->now->sums[SETS + i->b]));
        return;
    case DR_OP_SORTEND:
        made(w, i, sorted_list(w, i));
        return;
    case DR_OP_EMIT:
        emit(w, i);
        return;
    case DR_OP_JMP:
        go_to(w, pc, (uint32_t)i->d);
        w->now = NULL;
        return;
    default:
        break;
    }
    if (i->op == DR_OP_JT || i->op == DR_OP_JF || i->op == DR_OP_JMISS || i->op == DR_OP_JKNOWN ||
        i->op == DR_OP_JTEST || (i->op >= DR_OP_JBIT && i->op <= DR_OP_JCMPC))
        go_to(w, pc, (uint32_t)i->d);
    else if (i->op != DR_OP_CONFLICT && i->op != DR_OP_FINDING)
        made(w, i, plain());
}

/* ---- loops ---- */

static bool is_loop(const dr_instr *i)
{
    return i->op == DR_OP_NEXT || i->op == DR_OP_NEXTL || i->op == DR_OP_NEXTI;
}

/* What is known after a loop no longer speaks of the row it was at. */
static void forget_row(walker *w, state *s, const body *b)
{
    known *const all[] = {&s->value, s->regs};
    for (uint32_t k = 0; k < 2; k++)
        for (uint32_t i = 0; i < (k == 0 ? 1 : s->n_regs); i++) {
            known *r = &all[k][i];
            if (r->size != NULL)
                r->size = dr_cost_one(w->x, r->size, b->scope, &b->over);
            if (r->row == (int64_t)b->scope)
                r->row = NOT_A_ROW;
            if (r->rows.list != DR_NONE && r->rows.scope == b->scope)
                r->rows.list = DR_NONE;
            r->rows.count = r->size;
        }
}

static void run(walker *w, uint32_t from, uint32_t to);

/* The body once. What it pays for one row is in `paid`. */
static void run_body(walker *w, uint32_t pc, const state *top, body *b, state **paid)
{
    const dr_instr *i = &w->x->p->code[pc];
    memset(&w->at[pc + 1 - w->start], 0, (b->to - pc - 1) * sizeof *w->at);
    b->again = NULL;
    b->left = NULL;
    w->now = copy(w, top);
    if (w->now == NULL)
        return;
    no_sums(w, w->now);
    known row = plain();
    row.row = b->scope;
    if (i->b < w->now->n_regs)
        w->now->regs[i->b] = row;
    w->inside = b;
    run(w, pc + 1, b->to);
    if (w->now != NULL)
        go_to(w, pc, b->to);
    w->inside = b->outer;
    *paid = NULL;
    if (b->again != NULL)
        join(w, paid, b->again);
    for (const leaving *l = b->left; l != NULL; l = l->next)
        if (l->with != NULL)
            join(w, paid, l->with);
}

static void after_loop(walker *w, uint32_t pc, const state *with, const body *b, const state *before,
                       const state *paid, uint32_t to)
{
    dr_arena *arena = w->x->arena;
    w->now = copy(w, with);
    if (w->now == NULL)
        return;
    forget_row(w, w->now, b);
    memcpy(w->now->sums, before->sums, sizeof before->sums);
    for (uint32_t i = 0; i < SUMS && paid != NULL; i++)
        w->now->sums[i] =
            dr_bound_sum(arena, w->now->sums[i], dr_cost_close(w->x, paid->sums[i], b->scope, &b->over));
    pay(w, PAID, DR_STEPS_STEP, dr_bound_sum(arena, b->over.count, number(w, 1)));
    go_to(w, pc, to);
}

static void loop(walker *w, uint32_t pc)
{
    const dr_instr *i = &w->x->p->code[pc];
    state *before = w->now, *top = copy(w, before), *paid = NULL;
    body b = {.outer = w->inside, .top = pc, .from = pc + 1, .to = (uint32_t)i->d, .scope = ++w->x->n_scopes};
    uint32_t round = 0;
    bool new = true;
    b.over = reg(w, i->a).rows;
    b.over.count = size_of(w, i->a);
    for (; round < ROUNDS && new && !w->failed; round++) {
        run_body(w, pc, top, &b, &paid);
        state *more = copy(w, top);
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
    leaving *left = b.left;
    after_loop(w, pc, top, &b, before, paid, b.to);
    for (; left != NULL && !w->failed; left = left->next)
        after_loop(w, pc, left->with, &b, before, paid, left->to);
    w->now = NULL;
}

static void run(walker *w, uint32_t from, uint32_t to)
{
    for (uint32_t pc = from; pc < to && !w->failed && !w->x->lost;) {
        const dr_instr *i = &w->x->p->code[pc];
        state *jumped = w->at[pc - w->start];
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
            carry_out(w, pc);
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
        n = last + 1 > n && last < REGS - 1 ? last + 1 : n;
    }
    return n;
}

bool dr_code_costs(dr_costing *x, uint32_t pc, uint32_t end, uint8_t kind, dr_code_cost *found)
{
    walker w = {.x = x, .start = pc};
    body whole = {.top = DR_NONE, .from = pc, .to = end};
    uint32_t n = count_regs(x->p, pc, end);
    w.now = dr_take_zero(x->arena, 1, sizeof *w.now + n * sizeof w.now->regs[0]);
    w.at = dr_take_zero(x->arena, end - pc, sizeof *w.at);
    *found = (dr_code_cost){NULL, NULL, DR_NONE};
    if (w.now == NULL || w.at == NULL)
        return false;
    w.now->n_regs = n;
    for (uint32_t i = 0; i < n; i++)
        w.now->regs[i] = plain();
    w.now->value = plain();
    w.now->regs[0].row = 0;
    no_sums(&w, w.now);
    w.inside = &whole;
    run(&w, pc, end);
    x->lost = x->lost || whole.left != NULL || whole.again == NULL;
    if (w.failed || x->lost)
        return !w.failed;
    const known *value = &whole.again->value;
    found->steps = whole.again->sums[PAID];
    found->size = has_size(kind) ? (value->size != NULL ? value->size : dr_bound_number(x->arena, 0)) : NULL;
    if (kind == DR_LIST && value->rows.scope == 0)
        found->list = value->rows.list;
    return true;
}
