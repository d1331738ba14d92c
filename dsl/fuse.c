/* drip: fuse.c, level 2a. Emitted code made shorter: a value that only the next instruction looks at is not
 * put into a register first, but the two become one instruction.
 *
 * The emitter writes every step of an expression by itself, which keeps it simple. Here common sequences
 * are fused where nothing jumps in between and the value in between is dead afterwards. Reads stay in
 * their order, as an explanation tells them in it. */
#include "fuse.h"

#include <string.h>

enum { ROOT_REG = 255, LESS = 1, EQUAL = 2, GREATER = 4 };

typedef struct fusing {
    dr_front *f;
    dr_instr *code;
    uint32_t n;
    bool *gone, *target; /* of each instruction; a target is jumped to or begins something */
    dr_regs *live;       /* what is read after it; live[n] is unused */
    bool changed;
} fusing;

static bool has(const dr_regs *set, uint32_t r)
{
    return (set->w[r / 64] >> r % 64 & 1) != 0;
}

/* ---- liveness */

static void mark_target(fusing *x, uint32_t pc)
{
    if (pc < x->n)
        x->target[pc] = true;
}

static void mark_targets(fusing *x)
{
    memset(x->target, 0, x->n * sizeof *x->target);
    for (uint32_t pc = 0; pc < x->n; pc++)
        if (!x->gone[pc] && dr_op_jumps(x->code[pc].op))
            mark_target(x, (uint32_t)x->code[pc].d);
    for (uint32_t i = 0; i < x->f->nodes.count; i++) {
        const dr_node *n = &DR_AT(x->f->nodes, dr_node, i);
        mark_target(x, n->pc);
        mark_target(x, n->sort_pc);
        if (n->n_alts > 0)
            mark_target(x, n->quick_pc);
    }
    mark_target(x, x->f->program->date_pc);
    for (uint32_t i = 0; i < x->f->axes.count; i++)
        mark_target(x, DR_AT(x->f->axes, dr_axis, i).pc);
    for (uint32_t i = 0; i < x->f->clauses.count; i++) {
        mark_target(x, DR_AT(x->f->clauses, dr_clause, i).pc_start);
        mark_target(x, DR_AT(x->f->clauses, dr_clause, i).pc_end);
        mark_target(x, DR_AT(x->f->clauses, dr_clause, i).value.pc);
    }
    mark_target(x, x->f->program->told_pc);
    for (uint32_t i = 0; i < x->f->conds.count; i++) {
        const dr_cond *c = &DR_AT(x->f->conds, dr_cond, i);
        mark_target(x, c->pc);
        mark_target(x, c->left.pc);
        mark_target(x, c->right.pc);
    }
}

/* What is read when the instruction at pc is next. */
static dr_regs entering(const fusing *x, uint32_t pc)
{
    dr_regs set = {{0}};
    if (pc >= x->n)
        return set;
    set = x->live[pc];
    if (x->gone[pc])
        return set;
    const dr_instr *i = &x->code[pc];
    if (dr_op_fills(i))
        set.w[i->a / 64] &= ~((uint64_t)1 << i->a % 64);
    dr_op_reads(x->f, i, &set);
    return set;
}

static bool flow(fusing *x, uint32_t pc)
{
    const dr_instr *i = &x->code[pc];
    dr_regs after = {{0}};
    if (x->gone[pc] || !dr_op_ends(i->op))
        after = entering(x, pc + 1);
    if (!x->gone[pc] && dr_op_jumps(i->op)) {
        dr_regs there = entering(x, (uint32_t)i->d);
        for (uint32_t w = 0; w < DR_REG_WORDS; w++)
            after.w[w] |= there.w[w];
    }
    bool same = memcmp(&after, &x->live[pc], sizeof after) == 0;
    x->live[pc] = after;
    return !same;
}

static void find_live(fusing *x)
{
    bool again = true;
    memset(x->live, 0, x->n * sizeof *x->live);
    while (again) {
        again = false;
        for (uint32_t pc = x->n; pc-- > 0;)
            again |= flow(x, pc);
    }
}

/* ---- fusing */

static bool dead_after(const fusing *x, uint32_t reg, uint32_t pc)
{
    return !has(&x->live[pc], reg);
}

/* The instruction before `pc` if control can only come from there, else DR_NONE. */
static uint32_t before(const fusing *x, uint32_t pc)
{
    if (x->target[pc])
        return DR_NONE;
    while (pc-- > 0) {
        if (!x->gone[pc])
            return dr_op_ends(x->code[pc].op) || dr_op_jumps(x->code[pc].op) ? DR_NONE : pc;
        if (x->target[pc])
            return DR_NONE;
    }
    return DR_NONE;
}

static void drop(fusing *x, uint32_t pc)
{
    x->gone[pc] = true;
    x->changed = true;
}

static uint8_t mirrored(uint8_t orders)
{
    return (uint8_t)((orders & EQUAL) | ((orders & LESS) != 0 ? GREATER : 0) |
                     ((orders & GREATER) != 0 ? LESS : 0));
}

/* A value put where the one before it was only for its sake: straight into the register. */
static void fuse_move(fusing *x, uint32_t pc, uint32_t p)
{
    dr_instr *i = &x->code[pc], *made = &x->code[p];
    if (!dr_op_fills(made) || made->a != i->b || (i->a != i->b && !dead_after(x, i->b, pc)))
        return;
    made->a = i->a;
    x->live[p] = x->live[pc];
    drop(x, pc);
}

static void fuse_return(fusing *x, uint32_t pc, uint32_t p)
{
    dr_instr *i = &x->code[pc], made = x->code[p];
    if (made.a != i->a)
        return;
    if (made.op == DR_OP_SLOT)
        *i = (dr_instr){DR_OP_RETS, made.b, 0, 0, i->d, made.d};
    else if (made.op == DR_OP_CONST && made.d <= UINT16_MAX)
        *i = (dr_instr){DR_OP_RETK, 0, (uint8_t)(made.d & 255), (uint8_t)(made.d >> 8), i->d, 0};
    else
        return;
    drop(x, p);
}

static void fuse_hop(fusing *x, uint32_t pc, uint32_t p)
{
    dr_instr *i = &x->code[pc], made = x->code[p];
    if (made.op != DR_OP_SLOT || made.a != i->b || (i->a != i->b && !dead_after(x, i->b, pc)))
        return;
    if (i->op == DR_OP_SELECT) {
        if (i->c != 0)
            return;
        *i = (dr_instr){DR_OP_SELECTS, i->a, made.b, 0, i->d, made.d};
    } else {
        *i = (dr_instr){i->op == DR_OP_SLOT ? DR_OP_SLOT2 : DR_OP_SLOTQ2, i->a, made.b, 0, made.d, i->d};
    }
    drop(x, p);
}

/* A comparison that only decides a jump. */
static void fuse_compare(fusing *x, uint32_t pc, uint32_t p)
{
    dr_instr *i = &x->code[pc], made = x->code[p];
    uint8_t orders = made.op == DR_OP_EQ ? EQUAL : made.op == DR_OP_LT ? LESS : LESS | EQUAL;
    if ((made.op != DR_OP_EQ && made.op != DR_OP_LT && made.op != DR_OP_LE) || made.a != i->a ||
        !dead_after(x, i->a, pc))
        return;
    if (i->op == DR_OP_JF)
        orders ^= LESS | EQUAL | GREATER;
    *i = (dr_instr){DR_OP_JCMP, made.b, made.c, orders, i->d, 0};
    drop(x, p);
}

/* Is it known, is it true: asked of a cell that nothing else looks at. */
static bool fuse_asked(fusing *x, uint32_t pc, uint32_t p)
{
    dr_instr *i = &x->code[pc], made = x->code[p];
    if (made.op != DR_OP_SLOT || made.a != i->a || made.d > UINT16_MAX || !dead_after(x, i->a, pc))
        return false;
    bool truth = i->op == DR_OP_JT || i->op == DR_OP_JF;
    if (truth && DR_AT(x->f->slots, dr_slot, made.d).type.kind != DR_BOOL)
        return false;
    const uint64_t missing = (uint64_t)1 << 63;
    i->k = (int64_t)(i->op == DR_OP_JT      ? ~(uint64_t)2
                     : i->op == DR_OP_JF    ? ~(uint64_t)1
                     : i->op == DR_OP_JMISS ? ~missing
                                            : missing);
    i->op = truth ? DR_OP_JBIT : i->op == DR_OP_JMISS ? DR_OP_JHAS : DR_OP_JLACKS;
    i->a = made.b;
    i->b = (uint8_t)(made.d & 255);
    i->c = (uint8_t)(made.d >> 8);
    drop(x, p);
    return true;
}

/* A cell that is the value unless it is missing: looked at, then returned from where it is. */
static void fuse_else(fusing *x, uint32_t pc, uint32_t p)
{
    dr_instr *i = &x->code[pc], made = x->code[p];
    uint32_t next = pc + 1;
    while (next < x->n && x->gone[next] && !x->target[next])
        next++;
    if (made.op != DR_OP_SLOT || made.a != i->a || made.d > UINT16_MAX || next >= x->n || x->target[next] ||
        x->code[next].op != DR_OP_RET || x->code[next].a != i->a)
        return;
    dr_regs there = entering(x, (uint32_t)i->d);
    if (has(&there, i->a))
        return;
    x->code[next] = (dr_instr){DR_OP_RETS, made.b, 0, 0, x->code[next].d, made.d};
    *i = (dr_instr){DR_OP_JHAS, made.b, (uint8_t)(made.d & 255), (uint8_t)(made.d >> 8), i->d, INT64_MAX};
    drop(x, p);
}

static int64_t both(int32_t low, int32_t high)
{
    return (int64_t)((uint64_t)(uint32_t)low | (uint64_t)(uint32_t)high << 32);
}

static bool is_slot(const dr_instr *i)
{
    return i->op == DR_OP_SLOT;
}

/* x.a compared with y.b where y was made last and x before it, if at all. */
static void fuse_operands(fusing *x, uint32_t pc, uint32_t p)
{
    dr_instr *i = &x->code[pc];
    uint32_t q = before(x, p);
    dr_instr last = x->code[p], first = q != DR_NONE ? x->code[q] : (dr_instr){DR_OP_RET, 0, 0, 0, 0, 0};
    if (i->a == i->b || !dr_op_fills(&last) || (last.a != i->a && last.a != i->b) ||
        !dead_after(x, last.a, pc))
        return;
    bool swap = last.a == i->a;
    uint8_t other = swap ? i->b : i->a, orders = swap ? mirrored(i->c) : i->c;
    bool two = q != DR_NONE && dr_op_fills(&first) && first.a == other && dead_after(x, other, pc) &&
               last.b != other;
    if (two && is_slot(&first) && is_slot(&last))
        *i = (dr_instr){DR_OP_JCMPS, first.b, last.b, orders, i->d, both(first.d, last.d)};
    else if (two && is_slot(&first) && last.op == DR_OP_CONST)
        *i = (dr_instr){DR_OP_JCMPC, first.b, 0, orders, i->d, both(first.d, last.d)};
    else if (two && first.op == DR_OP_CONST && is_slot(&last))
        *i = (dr_instr){DR_OP_JCMPC, last.b, 0, mirrored(orders), i->d, both(last.d, first.d)};
    else
        two = false;
    if (two) {
        drop(x, p);
        drop(x, q);
        return;
    }
    if (last.op == DR_OP_CONST)
        *i = (dr_instr){DR_OP_JCMPK, other, 0, orders, i->d, DR_AT(x->f->consts, int64_t, last.d)};
    else if (is_slot(&last))
        *i = (dr_instr){DR_OP_JCMPR, other, last.b, orders, i->d, last.d};
    else
        return;
    drop(x, p);
}

static void fuse_at(fusing *x, uint32_t pc)
{
    const dr_instr *i = &x->code[pc];
    if ((i->op == DR_OP_CONST || i->op == DR_OP_MOVE) &&
        (dead_after(x, i->a, pc) || (i->op == DR_OP_MOVE && i->a == i->b))) {
        drop(x, pc);
        return;
    }
    uint32_t p = before(x, pc);
    if (p == DR_NONE)
        return;
    switch (i->op) {
    case DR_OP_MOVE:
        fuse_move(x, pc, p);
        return;
    case DR_OP_RET:
        fuse_return(x, pc, p);
        return;
    case DR_OP_SLOT:
    case DR_OP_SLOTQ:
    case DR_OP_SELECT:
        fuse_hop(x, pc, p);
        return;
    case DR_OP_JT:
    case DR_OP_JF:
        if (!fuse_asked(x, pc, p))
            fuse_compare(x, pc, p);
        return;
    case DR_OP_JMISS:
        if (!fuse_asked(x, pc, p))
            fuse_else(x, pc, p);
        return;
    case DR_OP_JKNOWN:
        fuse_asked(x, pc, p);
        return;
    case DR_OP_JCMP:
        fuse_operands(x, pc, p);
        return;
    default:
        return;
    }
}

/* ---- tests */

/* A test as an instruction of its own, without the table. */
static void inline_test(fusing *x, dr_instr *i)
{
    const dr_test *test = &DR_AT(x->f->tests, dr_test, i->b | (uint32_t)i->c << 8);
    const uint64_t missing = (uint64_t)1 << 63;
    if (test->slot > UINT16_MAX)
        return;
    i->op = test->mask == ~missing ? DR_OP_JHAS : test->mask == missing ? DR_OP_JLACKS : DR_OP_JBIT;
    if (i->op == DR_OP_JBIT && !test->valued) {
        i->op = DR_OP_JTEST;
        return;
    }
    i->b = (uint8_t)(test->slot & 255);
    i->c = (uint8_t)(test->slot >> 8);
    i->k = (int64_t)test->mask;
}

/* ---- all of it */

/* Moves what is left together, and everything that points into it. */
static void compact(fusing *x, uint32_t *to)
{
    dr_front *f = x->f;
    uint32_t kept = 0;
    for (uint32_t pc = 0; pc < x->n; pc++) {
        to[pc] = kept;
        if (!x->gone[pc])
            x->code[kept++] = x->code[pc];
    }
    to[x->n] = kept;
    for (uint32_t pc = 0; pc < kept; pc++)
        if (dr_op_jumps(x->code[pc].op))
            x->code[pc].d = (int32_t)to[x->code[pc].d];
    for (uint32_t i = 0; i < f->nodes.count; i++) {
        dr_node *n = &DR_AT(f->nodes, dr_node, i);
        n->pc = n->pc != DR_NONE ? to[n->pc] : DR_NONE;
        n->sort_pc = n->sort_pc != DR_NONE ? to[n->sort_pc] : DR_NONE;
        n->quick_pc = n->quick_pc != DR_NONE ? to[n->quick_pc] : DR_NONE;
    }
    for (uint32_t i = 0; i < f->clauses.count; i++) {
        dr_clause *c = &DR_AT(f->clauses, dr_clause, i);
        c->pc_start = to[c->pc_start];
        c->pc_end = to[c->pc_end];
        c->value.pc = c->value.pc != DR_NONE ? to[c->value.pc] : DR_NONE;
    }
    for (uint32_t i = 0; i < f->conds.count; i++) {
        dr_cond *c = &DR_AT(f->conds, dr_cond, i);
        c->pc = c->pc != DR_NONE ? to[c->pc] : DR_NONE;
        c->left.pc = c->left.pc != DR_NONE ? to[c->left.pc] : DR_NONE;
        c->right.pc = c->right.pc != DR_NONE ? to[c->right.pc] : DR_NONE;
    }
    f->program->told_pc = to[f->program->told_pc];
    f->program->date_pc = to[f->program->date_pc];
    for (uint32_t i = 0; i < f->axes.count; i++)
        DR_AT(f->axes, dr_axis, i).pc = to[DR_AT(f->axes, dr_axis, i).pc];
    f->code.count = kept;
}

/* Tests at the start of a node that may come out the same for every row: the session keeps what values it
 * has seen of what they look at. */
static void watch_tests(dr_front *f, uint32_t pc)
{
    const dr_instr *i = &DR_AT(f->code, dr_instr, pc);
    while (i->op >= DR_OP_JBIT && i->op <= DR_OP_JLACKS && (i->a == 0 || i->a == ROOT_REG)) {
        dr_slot *slot = &DR_AT(f->slots, dr_slot, i->b | (uint32_t)i->c << 8);
        slot->watched = slot->watched || slot->input || slot->node != DR_NONE;
        if (i->d > (int32_t)pc + 1)
            watch_tests(f, (uint32_t)i->d);
        i = &DR_AT(f->code, dr_instr, ++pc);
    }
}

static void watch_nodes(dr_front *f)
{
    for (uint32_t i = 0; i < f->program->n_nodes; i++) {
        const dr_node *n = &DR_AT(f->nodes, dr_node, i);
        if (n->kind != DR_NODE_ATTR && n->kind != DR_NODE_RULE && n->kind != DR_NODE_GROUP)
            continue;
        watch_tests(f, n->pc);
        if (n->n_alts > 0 && n->quick_pc != DR_NONE)
            watch_tests(f, n->quick_pc);
    }
}

bool dr_fuse(dr_front *f)
{
    fusing x = {.f = f, .code = f->code.data, .n = f->code.count, .changed = true};
    x.gone = dr_take_zero(f->arena, x.n, sizeof *x.gone);
    x.target = dr_take_zero(f->arena, x.n, sizeof *x.target);
    x.live = dr_take_zero(f->arena, x.n, sizeof *x.live);
    uint32_t *to = dr_take_zero(f->arena, (size_t)x.n + 1, sizeof *to);
    if (x.gone == NULL || x.target == NULL || x.live == NULL || to == NULL)
        return f->no_memory = true, false;
    for (uint32_t pc = 0; pc < x.n; pc++)
        if (x.code[pc].op == DR_OP_JTEST)
            inline_test(&x, &x.code[pc]);
    while (x.changed) {
        x.changed = false;
        mark_targets(&x);
        find_live(&x);
        for (uint32_t pc = 0; pc < x.n; pc++)
            if (!x.gone[pc])
                fuse_at(&x, pc);
    }
    compact(&x, to);
    watch_nodes(f);
    return true;
}
