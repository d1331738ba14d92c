/* drip: cost_ops.c, level 1. What each instruction pays at most, and how large what it makes is at most. */
#include "cost_code.h"
#include "hooks.h"

/* ---- sizes ---- */

const dr_bound *dr_code_number(dr_walker *w, uint64_t n)
{
    return dr_bound_number(w->x->arena, n);
}

void dr_code_pay(dr_walker *w, uint32_t sum, uint64_t times, const dr_bound *of)
{
    dr_arena *arena = w->x->arena;
    w->now->sums[sum] =
        dr_bound_sum(arena, w->now->sums[sum], dr_bound_product(arena, dr_code_number(w, times), of));
}

dr_known dr_known_plain(void)
{
    return (dr_known){NULL, {NULL, DR_NONE, 0}, DR_NONE, DR_NOT_A_ROW};
}

static dr_known sized(const dr_bound *size)
{
    return (dr_known){size, {size, DR_NONE, 0}, DR_NONE, DR_NOT_A_ROW};
}

/* A cell of a row of which no more is known than that. */
static dr_known any_cell(dr_walker *w, uint32_t slot)
{
    dr_known k = dr_known_plain();
    if (dr_has_size(w->x->p->slots[slot].type.kind))
        k = sized(w->x->sized[slot].most);
    k.from = w->x->p->slots[slot].type.kind == DR_LIST ? slot : DR_NONE;
    return k;
}

static dr_known cell(dr_walker *w, uint32_t slot, const dr_known *row)
{
    dr_known k = any_cell(w, slot);
    if (k.size == NULL || row->row == DR_NOT_A_ROW || dr_bound_degree(k.size) == 0)
        return k;
    k = sized(dr_cost_own(w->x, (uint32_t)row->row, DR_NONE, slot));
    if (w->x->p->slots[slot].type.kind == DR_LIST) {
        k.rows.list = k.from = slot;
        k.rows.scope = (uint32_t)row->row;
    }
    return k;
}

/* The sizes of one slot over these rows together. */
static const dr_bound *all_cells(dr_walker *w, const dr_over *rows, uint32_t slot)
{
    const dr_bound *own = dr_cost_own(w->x, UINT32_MAX, DR_NONE, slot);
    return dr_cost_close(w->x, own, UINT32_MAX, rows);
}

/* Registers that the code does not fill hold nothing that has a size. */
dr_known dr_code_reg(const dr_walker *w, uint32_t r)
{
    return r < w->now->n_regs ? w->now->regs[r] : dr_known_plain();
}

const dr_bound *dr_code_size(dr_walker *w, uint32_t r)
{
    const dr_bound *size = dr_code_reg(w, r).size;
    return size != NULL ? size : dr_code_number(w, 0);
}

static const dr_bound *constant_size(dr_walker *w, uint32_t index)
{
    const dr_program *p = w->x->p;
    for (uint32_t i = 0; i < p->n_const_sets; i++)
        if (p->consts[p->const_sets[i]] == p->consts[index]) /* one set may be several constants */
            return dr_code_number(w, ((const dr_set *)dr_ptr(p->consts[index]))->count);
    return NULL;
}

static const dr_bound *param_size(dr_walker *w, uint32_t index)
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
    return dr_code_number(w, most);
}

/* ---- larger instructions ---- */

static dr_known find(dr_walker *w, const dr_filter *f, const dr_over *rows)
{
    dr_code_pay(w, DR_SUM_PAID, DR_STEPS_SEARCH, rows->count);
    bool cells = f->value < DR_NONE - 1 && dr_has_size(w->x->p->slots[f->value].type.kind);
    switch ((dr_filter_kind)f->kind) {
    case DR_FIND_UNION:
    case DR_FIND_JOINED: {
        const dr_bound *all = all_cells(w, rows, f->value);
        dr_code_pay(w, DR_SUM_PAID, DR_STEPS_SEARCH, all);
        return sized(all);
    }
    case DR_FIND_MEMBERS:
        dr_code_pay(w, DR_SUM_PAID, DR_STEPS_SEARCH, rows->count);
        return sized(rows->count);
    case DR_FIND_FIRST:
    case DR_FIND_LAST:
        return cells ? any_cell(w, f->value) : dr_known_plain();
    case DR_FIND_ANY:
    case DR_FIND_NONE:
    case DR_FIND_COUNT:
    case DR_FIND_LEAST:
    case DR_FIND_MOST:
    case DR_FIND_HIGHEST:
        break;
    }
    return dr_known_plain();
}

/* In a walk, the rows before come one by one: each is added once, and only what is there may be moved. */
static dr_known prefix(dr_walker *w, const dr_instr *i)
{
    dr_costing *x = w->x;
    const dr_known list = dr_code_reg(w, i->b);
    const dr_bound *count = dr_code_size(w, i->b), *all = all_cells(w, &list.rows, (uint32_t)i->d);
    const dr_bound *most = x->sized[i->d].most;
    if (x->walk != DR_NONE && list.from == x->walk) {
        const dr_bound *n = x->rows[x->p->slots[i->d].entity];
        x->once = dr_bound_sum(x->arena, x->once, dr_bound_sum(x->arena, n, x->sized[i->d].total));
        dr_code_pay(w, DR_SUM_PAID, 2 * DR_STEPS_BEFORE, most);
        return sized(most);
    }
    dr_code_pay(w, DR_SUM_PAID, DR_STEPS_BEFORE, count);
    dr_code_pay(w, DR_SUM_PAID, 3 * DR_STEPS_BEFORE, all);
    return sized(all);
}

static dr_known index_of(dr_walker *w, uint32_t slot)
{
    dr_costing *x = w->x;
    const dr_bound *rows = x->rows[x->p->slots[slot].entity];
    if (!x->indexed[slot])
        x->once = dr_bound_sum(x->arena, x->once,
                               dr_bound_product(x->arena, dr_code_number(w, DR_STEPS_INDEX), rows));
    x->indexed[slot] = true;
    return sized(rows);
}

static void emit(dr_walker *w, const dr_instr *i)
{
    const dr_program *p = w->x->p;
    dr_code_pay(w, DR_SUM_PAID, DR_STEPS_LINE, dr_code_number(w, 1));
    for (uint32_t f = 0; f < p->n_fields; f++) {
        dr_sized *to = &w->x->sized[p->fields[f].slot];
        if (!dr_has_size(p->slots[p->fields[f].slot].type.kind))
            continue;
        const dr_bound *size = dr_code_size(w, i->a + f);
        dr_code_pay(w, DR_SUM_PAID, DR_STEPS_LINE, size);
        const dr_over one = {NULL, DR_NONE, 0};
        to->most = dr_code_either(w, to->most, dr_cost_one(w->x, size, 0, &one));
        to->total = dr_bound_product(w->x->arena, w->x->rows[p->result_entity], to->most);
    }
}

/* A line's set has as many members more as each mark may add. */
static void mark(dr_walker *w, const dr_instr *i)
{
    const dr_program *p = w->x->p;
    const dr_over one = {NULL, DR_NONE, 0};
    dr_sized *to = &w->x->sized[p->fields[i->b].slot];
    const dr_bound *size = dr_code_size(w, i->a);
    dr_code_pay(w, DR_SUM_PAID, DR_STEPS_LINE, dr_bound_sum(w->x->arena, dr_code_number(w, 1), size));
    if (to->most != NULL)
        dr_code_pay(w, DR_SUM_PAID, DR_STEPS_LINE, to->most);
    size = dr_cost_one(w->x, size, 0, &one);
    to->most = to->most == NULL ? size : dr_bound_sum(w->x->arena, to->most, size);
    to->total = dr_bound_product(w->x->arena, w->x->rows[p->result_entity], to->most);
}

/* What the column of costs in opcodes.def says of it, if that is of its operands. */
static void pay_for(dr_walker *w, const dr_instr *i)
{
    static const uint8_t costs[DR_OP_COUNT] = {
#define X(name, operands, cost, meaning) [DR_OP_##name] = DR_COST_##cost,
#include "opcodes.def"
#undef X
    };
    switch (costs[i->op]) {
    case DR_COST_PIECES_A:
        dr_code_pay(w, DR_SUM_PAID, DR_STEPS_PIECES_A, dr_code_size(w, i->a));
        break;
    case DR_COST_PIECES_B:
        dr_code_pay(w, DR_SUM_PAID, DR_STEPS_PIECES_B, dr_code_size(w, i->b));
        break;
    case DR_COST_PIECES_BC:
        dr_code_pay(w, DR_SUM_PAID, DR_STEPS_PIECES_BC,
                    dr_bound_sum(w->x->arena, dr_code_size(w, i->b), dr_code_size(w, i->c)));
        break;
    case DR_COST_MEMBERS_A:
        dr_code_pay(w, DR_SUM_PAID, DR_STEPS_MEMBERS_A, dr_code_size(w, i->a));
        break;
    case DR_COST_MEMBERS_BC:
        dr_code_pay(w, DR_SUM_PAID, DR_STEPS_MEMBERS_BC,
                    dr_bound_sum(w->x->arena, dr_code_size(w, i->b), dr_code_size(w, i->c)));
        break;
    case DR_COST_ROWS_BC:
        dr_code_pay(w, DR_SUM_PAID, DR_STEPS_ROWS_BC,
                    dr_bound_sum(w->x->arena, dr_code_size(w, i->b), dr_code_size(w, i->c)));
        break;
    case DR_COST_HOOK:
        dr_code_pay(w, DR_SUM_PAID, (uint64_t)DR_STEPS_HOOK * DR_HOOK_STEPS, dr_code_number(w, 1));
        break;
    case DR_COST_SORT:
        dr_code_pay(w, DR_SUM_PAID, DR_STEPS_SORT, dr_code_number(w, 1));
        break;
    case DR_COST_FINDING:
        dr_code_pay(w, DR_SUM_PAID, DR_STEPS_FINDING,
                    dr_bound_sum(w->x->arena, dr_code_number(w, 1), dr_code_size(w, i->a)));
        break;
    default: /* free, or paid for where its size is known: find, prefix, index_of, emit, loop */
        break;
    }
}

/* The rows that a loop goes through. */
static dr_over rows_of(const dr_walker *w, int64_t scope)
{
    const dr_body *b = w->inside;
    while (b != NULL && (b->top == DR_NONE || (int64_t)b->scope != scope))
        b = b->outer;
    return b != NULL ? b->over : (dr_over){NULL, DR_NONE, 0};
}

static dr_known sorted_list(const dr_walker *w, const dr_instr *i)
{
    dr_known k = sized(w->now->sums[DR_SUM_SORTS + i->b]);
    k.rows.list = w->sorted[i->b].list;
    k.rows.scope = w->sorted[i->b].scope;
    return k;
}

static void build(dr_walker *w, const dr_instr *i)
{
    dr_state *s = w->now;
    switch (i->op) {
    case DR_OP_SPB:
        s->sums[DR_SUM_SPANS + i->b] = dr_code_number(w, 0);
        break;
    case DR_OP_SETB:
        s->sums[DR_SUM_SETS + i->b] = dr_code_number(w, 0);
        break;
    case DR_OP_SORTB:
        s->sums[DR_SUM_SORTS + i->b] = dr_code_number(w, 0);
        break;
    case DR_OP_SPBADD:
        dr_code_pay(w, DR_SUM_SPANS + i->b, 1, dr_code_size(w, i->a));
        break;
    case DR_OP_SETBADD:
        dr_code_pay(w, DR_SUM_SETS + i->b, 1, dr_code_number(w, 1));
        break;
    case DR_OP_SETBJOIN:
        dr_code_pay(w, DR_SUM_SETS + i->b, 1, dr_code_size(w, i->a));
        break;
    default:
        dr_code_pay(w, DR_SUM_SORTS + i->b, 1, dr_code_number(w, 1));
        w->sorted[i->b] = rows_of(w, dr_code_reg(w, i->a).row);
        break;
    }
}

/* ---- one instruction ---- */

static void made(dr_walker *w, const dr_instr *i, dr_known k)
{
    if (i->a < w->now->n_regs)
        w->now->regs[i->a] = k;
}

static void make_cell(dr_walker *w, const dr_instr *i)
{
    dr_known row = dr_code_reg(w, i->b), list;
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

static void end_row(dr_walker *w, const dr_instr *i)
{
    dr_known value = dr_known_plain(), row = dr_code_reg(w, i->a);
    if (i->op == DR_OP_RET)
        value = row;
    else if (i->op == DR_OP_RETS)
        value = cell(w, (uint32_t)i->k, &row);
    else if (i->op == DR_OP_RETK)
        value = sized(constant_size(w, i->b | (uint32_t)i->c << 8));
    w->now->value = value;
    dr_code_go(w, DR_NONE, DR_NONE);
    w->now = NULL;
}

static void select_rows(dr_walker *w, const dr_instr *i)
{
    const dr_filter *f = &w->x->p->filters[i->d];
    const dr_over all = {w->x->rows[f->entity], DR_NONE, 0};
    dr_known list = dr_code_reg(w, i->b);
    list.rows.count = dr_code_size(w, i->b);
    made(w, i, find(w, f, i->c == 0 ? &list.rows : &all));
}

static void start_rows(dr_walker *w, const dr_instr *i)
{
    if (i->op == DR_OP_ITALL)
        made(w, i, sized(w->x->rows[i->d]));
    else if (i->op == DR_OP_ITINDEX)
        made(w, i, index_of(w, (uint32_t)i->d));
    else
        made(w, i, dr_code_reg(w, i->b));
}

void dr_code_step(dr_walker *w, uint32_t pc)
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
        made(w, i, sized(dr_code_number(w, 1)));
        return;
    case DR_OP_UNION:
    case DR_OP_INTERSECT:
    case DR_OP_MINUS: /* the ends of its pieces are ends of theirs */
        both = dr_bound_sum(w->x->arena, dr_code_size(w, i->b), dr_code_size(w, i->c));
        made(w, i, sized(both));
        return;
    case DR_OP_LONGER:
    case DR_OP_GAPS:
        made(w, i, sized(dr_code_size(w, i->b)));
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
    case DR_OP_HOOK:
        made(w, i,
             w->x->p->hooks[w->x->p->calls[i->d].hook].result.kind == DR_SET
                 ? sized(dr_code_number(w, DR_HOOK_MEMBERS))
                 : dr_known_plain());
        return;
    case DR_OP_SPBEND:
        made(w, i, sized(w->now->sums[DR_SUM_SPANS + i->b]));
        return;
    case DR_OP_SETBEND:
        made(w, i, sized(w->now->sums[DR_SUM_SETS + i->b]));
        return;
    case DR_OP_SORTEND:
        made(w, i, sorted_list(w, i));
        return;
    case DR_OP_EMIT:
        emit(w, i);
        return;
    case DR_OP_MARK:
        mark(w, i);
        return;
    case DR_OP_JMP:
        dr_code_go(w, pc, (uint32_t)i->d);
        w->now = NULL;
        return;
    default:
        break;
    }
    if (i->op == DR_OP_JT || i->op == DR_OP_JF || i->op == DR_OP_JMISS || i->op == DR_OP_JKNOWN ||
        i->op == DR_OP_JTEST || (i->op >= DR_OP_JBIT && i->op <= DR_OP_JCMPC))
        dr_code_go(w, pc, (uint32_t)i->d);
    else if (i->op != DR_OP_CONFLICT && i->op != DR_OP_FINDING)
        made(w, i, dr_known_plain());
}
