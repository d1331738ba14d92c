/* drip: emit.c, level 2a. Expressions to code. The checker has settled every type and every name; nothing
 * here reports an error but that a clause is too large for the machine's registers. */
#include "front.h"
#include "tests.h"

#include <string.h>

enum { REGS_MAX = 240, ROOT_REG = 255 }; /* the machine keeps 0, the root's row, in the last register */

uint32_t dr_pc(const dr_front *f)
{
    return f->code.count;
}

uint32_t dr_code(dr_front *f, uint8_t op, uint32_t a, uint32_t b, uint32_t c, int64_t d)
{
    dr_instr *i = dr_vec_add(&f->program->arena, &f->code, sizeof *i);
    if (i == NULL) {
        f->no_memory = true;
        return 0;
    }
    if (a > UINT8_MAX || b > UINT8_MAX || c > UINT8_MAX || d > INT32_MAX)
        f->too_complex = true;
    *i = (dr_instr){op, (uint8_t)a, (uint8_t)b, (uint8_t)c, (int32_t)d, 0};
    return f->code.count - 1;
}

void dr_patch(dr_front *f, uint32_t pc)
{
    if (pc < f->code.count)
        DR_AT(f->code, dr_instr, pc).d = (int32_t)f->code.count;
}

void dr_patch_all(dr_front *f, dr_vec *patches)
{
    for (uint32_t i = 0; i < patches->count; i++)
        dr_patch(f, DR_AT(*patches, uint32_t, i));
    patches->count = 0;
}

void dr_patch_later(dr_front *f, dr_vec *patches, uint32_t pc)
{
    uint32_t *p = dr_vec_add(f->arena, patches, sizeof *p);
    if (p == NULL)
        f->no_memory = true;
    else
        *p = pc;
}

uint32_t dr_reg(dr_front *f)
{
    if (f->next_reg >= REGS_MAX) {
        f->too_complex = true;
        return REGS_MAX - 1;
    }
    return f->next_reg++;
}

uint32_t dr_const_add(dr_front *f, int64_t value)
{
    for (uint32_t i = f->consts.count; i > 0 && f->consts.count - i < 64; i--)
        if (DR_AT(f->consts, int64_t, i - 1) == value)
            return i - 1;
    int64_t *c = dr_vec_add(&f->program->arena, &f->consts, sizeof *c);
    if (c == NULL) {
        f->no_memory = true;
        return 0;
    }
    *c = value;
    return f->consts.count - 1;
}

void dr_emit_to(dr_front *f, const dr_ast *e, uint32_t reg)
{
    uint32_t r = dr_emit(f, e);
    if (r != reg)
        dr_code(f, DR_OP_MOVE, reg, r, 0, 0);
}

static uint32_t constant(dr_front *f, int64_t value)
{
    uint32_t r = dr_reg(f);
    dr_code(f, DR_OP_CONST, r, 0, 0, dr_const_add(f, value));
    return r;
}

static uint32_t one(dr_front *f, uint8_t op, uint32_t a)
{
    uint32_t r = dr_reg(f);
    dr_code(f, op, r, a, 0, 0);
    return r;
}

static uint32_t two(dr_front *f, uint8_t op, uint32_t a, uint32_t b)
{
    uint32_t r = dr_reg(f);
    dr_code(f, op, r, a, b, 0);
    return r;
}

static uint32_t row_number(dr_front *f, uint32_t row)
{
    return two(f, DR_OP_ADD, row, constant(f, 1));
}

static uint32_t emit_name(dr_front *f, const dr_ast *e)
{
    uint32_t r;
    int64_t value = 0;
    switch (e->refers) {
    case R_VAR:
        return f->vars[e->ref].reg;
    case R_ROOT:
        return ROOT_REG;
    case R_PARAM:
        if (dr_param_constant(f, e->ref, &value))
            return constant(f, value);
        r = dr_reg(f);
        dr_code(f, DR_OP_PARAM, r, 0, 0, e->ref);
        return r;
    case R_CONST:
        r = dr_reg(f);
        dr_code(f, DR_OP_CONST, r, 0, 0, e->ref);
        return r;
    case R_SLOT:
        r = dr_reg(f);
        dr_code(f, DR_OP_SLOT, r, 0, 0, e->ref);
        return r;
    default:
        return row_number(f, 0);
    }
}

static uint32_t emit_field(dr_front *f, const dr_ast *e)
{
    uint32_t base = dr_emit(f, e->a);
    if (e->refers != R_SLOT)
        return row_number(f, base);
    uint32_t r = dr_reg(f);
    dr_code(f, e->a->type.optional ? DR_OP_SLOTQ : DR_OP_SLOT, r, base, 0, e->ref);
    return r;
}

/* Of a table whose rows have days, behind the keys: the day, and the day as of which things are known. */
static uint32_t emit_index(dr_front *f, const dr_ast *e)
{
    bool dated = DR_AT(f->entities, dr_entity, e->ref).dated != NULL;
    uint32_t n = dr_ast_count(e->a), first = f->next_reg, at = first;
    for (uint32_t i = 0; i < n + (dated ? 2 : 0); i++)
        dr_reg(f);
    for (const dr_ast *k = e->a; k != NULL; k = k->next)
        dr_emit_to(f, k, at++);
    if (dated && e->b != NULL)
        dr_emit_to(f, e->b, at);
    else if (dated)
        dr_code(f, DR_OP_PARAM, at, 0, 0, DR_AXIS_SERVICE);
    if (dated)
        dr_code(f, DR_OP_PARAM, at + 1, 0, 0, DR_AXIS_KNOWN);
    uint32_t r = dr_reg(f);
    dr_code(f, dated ? DR_OP_LOOKON : DR_OP_LOOKUP, r, first, 0, e->ref);
    return r;
}

/* A number for the machine: whole numbers and durations become fractions. */
static uint32_t as_number(dr_front *f, const dr_ast *e)
{
    uint32_t r = dr_emit(f, e);
    return e->type.kind == DR_NUM ? r : one(f, DR_OP_NUM, r);
}

static uint32_t compared(dr_front *f, const dr_ast *e, uint8_t whole, uint8_t number, bool swap)
{
    bool numbers = e->a->type.kind == DR_NUM || e->b->type.kind == DR_NUM;
    uint32_t a = numbers ? as_number(f, e->a) : dr_emit(f, e->a);
    uint32_t b = numbers ? as_number(f, e->b) : dr_emit(f, e->b);
    return swap ? two(f, numbers ? number : whole, b, a) : two(f, numbers ? number : whole, a, b);
}

static uint32_t emit_is(dr_front *f, const dr_ast *e)
{
    int64_t v = 0;
    if (e->a->type.kind != DR_SPANS)
        return compared(f, e, DR_OP_EQ, DR_OP_NEQ, false);
    if (dr_constant(f, e->b, &v) && dr_ptr(v) == &dr_spans_empty)
        return one(f, DR_OP_SPEMPTY, dr_emit(f, e->a));
    uint32_t a = dr_emit(f, e->a);
    return two(f, DR_OP_SPEQ, a, dr_emit(f, e->b));
}

static bool literal_mask(dr_front *f, const dr_ast *set, int64_t *mask)
{
    int64_t v = 0;
    *mask = 0;
    for (const dr_ast *m = set->a; m != NULL; m = m->next) {
        if (!dr_constant(f, m, &v) || v < 0 || v > 61)
            return false;
        *mask |= (int64_t)((uint64_t)1 << v);
    }
    return true;
}

static uint32_t emit_in(dr_front *f, const dr_ast *e)
{
    int64_t mask = 0;
    uint32_t a = dr_emit(f, e->a);
    if (e->a->type.kind == DR_SET)
        return two(f, DR_OP_SUBSET, a, dr_emit(f, e->b));
    if (e->b->kind != A_SETLIT)
        return two(f, DR_OP_SETHAS, dr_emit(f, e->b), a);
    uint32_t r = dr_reg(f);
    if (e->a->type.kind == DR_ENUM && literal_mask(f, e->b, &mask)) {
        dr_code(f, DR_OP_INMASK, r, a, 0, dr_const_add(f, mask));
        return r;
    }
    dr_vec found = {0};
    for (const dr_ast *m = e->b->a; m != NULL; m = m->next) {
        uint32_t base = f->next_reg;
        uint32_t v = dr_emit(f, m);
        dr_code(f, e->a->type.kind == DR_NUM ? DR_OP_NEQ : DR_OP_EQ, r, a, v, 0);
        f->next_reg = base;
        dr_patch_later(f, &found, dr_code(f, DR_OP_JT, r, 0, 0, 0));
    }
    dr_code(f, DR_OP_CONST, r, 0, 0, dr_const_add(f, 0));
    dr_patch_all(f, &found);
    return r;
}

static uint32_t negated(dr_front *f, uint32_t r, bool negate)
{
    return negate ? one(f, DR_OP_NOT, r) : r;
}

static uint32_t emit_logic(dr_front *f, const dr_ast *e)
{
    dr_vec patches = {0};
    uint32_t r = dr_reg(f), base = f->next_reg;
    dr_code(f, DR_OP_CONST, r, 0, 0, dr_const_add(f, 0));
    dr_emit_jump(f, e, false, &patches);
    dr_code(f, DR_OP_CONST, r, 0, 0, dr_const_add(f, 1));
    dr_patch_all(f, &patches);
    f->next_reg = base;
    return r;
}

/* The result of a number operation, as its settled type: a duration is cut down to whole seconds. */
static uint32_t settled(dr_front *f, const dr_ast *e, uint32_t number)
{
    if (e->type.kind != DR_DURATION)
        return number;
    uint32_t r = dr_reg(f);
    dr_code(f, DR_OP_NINT, r, number, DR_ROUND_DOWN, 0);
    return r;
}

static uint32_t emit_arithmetic(dr_front *f, const dr_ast *e)
{
    static const uint8_t whole[] = {DR_OP_ADD, DR_OP_SUB, DR_OP_MUL},
                         number[] = {DR_OP_NADD, DR_OP_NSUB, DR_OP_NMUL, DR_OP_NDIV};
    uint32_t which = (uint32_t)(e->kind - A_ADD);
    int64_t far = 0;
    if (e->op == 'm') {
        uint32_t from = dr_emit(f, e->a), moved = dr_reg(f);
        dr_code(f, DR_OP_MONTHS, moved, from, 0, dr_months_of(e));
        return moved;
    }
    if (e->a->type.kind == DR_DATE && e->b->type.kind == DR_DURATION && dr_constant(f, e->b, &far) &&
        far % 86400 == 0) {
        uint32_t from = dr_emit(f, e->a);
        return two(f, whole[which], from, constant(f, far / 86400));
    }
    const dr_type a = e->a->type, b = e->b->type;
    bool whole_product = e->kind == A_MUL && e->type.kind != DR_NUM && a.kind != DR_NUM && b.kind != DR_NUM;
    bool plain_sum = (e->kind == A_ADD || e->kind == A_SUB) && a.kind != DR_NUM && b.kind != DR_NUM;
    if (plain_sum && (a.kind == DR_DATE || b.kind == DR_DATE)) {
        uint32_t x = dr_emit(f, e->a), y = dr_emit(f, e->b), day = constant(f, 86400);
        if (b.kind == DR_DATE)
            return two(f, DR_OP_MUL, two(f, whole[which], x, y), day);
        uint32_t quotient = two(f, DR_OP_NDIV, one(f, DR_OP_NUM, y), one(f, DR_OP_NUM, day)),
                 days = dr_reg(f);
        dr_code(f, DR_OP_NINT, days, quotient, DR_ROUND_DOWN, 0);
        return two(f, whole[which], x, days);
    }
    if (whole_product || plain_sum) {
        uint32_t x = dr_emit(f, e->a);
        return two(f, whole[which], x, dr_emit(f, e->b));
    }
    uint32_t x = as_number(f, e->a);
    return settled(f, e, two(f, number[which], x, as_number(f, e->b)));
}

static uint32_t emit_else(dr_front *f, const dr_ast *e)
{
    uint32_t r = dr_reg(f), base = f->next_reg;
    dr_emit_to(f, e->a, r);
    uint32_t known = dr_code(f, DR_OP_JKNOWN, r, 0, 0, 0);
    f->next_reg = base;
    dr_emit_to(f, e->b, r);
    dr_patch(f, known);
    f->next_reg = base;
    return r;
}

static uint32_t emit_of(dr_front *f, const dr_ast *e)
{
    static const struct {
        const char *name;
        uint8_t op;
    } ops[] = {{"length", DR_OP_LENGTH},    {"start", DR_OP_SPSTART}, {"end", DR_OP_SPEND},
               {"date", DR_OP_DATE},        {"size", DR_OP_SETSIZE},  {"gaps", DR_OP_GAPS},
               {"stretches", DR_OP_PIECES}, {"lower", DR_OP_LOWER},   {"first", DR_OP_LFIRST},
               {"last", DR_OP_LLAST},       {"count", DR_OP_LCOUNT}};
    uint8_t op = DR_OP_MOVE;
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
        if (strcmp(ops[i].name, e->text) == 0)
            op = ops[i].op;
    return one(f, op, dr_emit(f, e->a));
}

static uint32_t emit_steps(dr_front *f, const dr_ast *e)
{
    uint32_t r = dr_reg(f), first = dr_reg(f);
    dr_reg(f);
    dr_reg(f);
    dr_emit_to(f, e->b, first);
    dr_emit_to(f, e->c, first + 1);
    dr_emit_to(f, e->d, first + 2);
    uint32_t a = dr_emit(f, e->a);
    dr_code(f, DR_OP_STEPS, r, a, first, 0);
    return r;
}

static uint32_t emit_span(dr_front *f, const dr_ast *e)
{
    uint32_t start = dr_emit(f, e->a), end;
    if (e->op == 'o')
        end = constant(f, DR_FOREVER);
    else if (e->op == 'f')
        end = two(f, DR_OP_ADD, start, dr_emit(f, e->b));
    else
        end = dr_emit(f, e->b);
    return two(f, DR_OP_SPAN, start, end);
}

static uint32_t emit_set(dr_front *f, const dr_ast *e)
{
    uint32_t r = dr_reg(f), builder = f->builders++;
    if (builder >= 8)
        f->too_complex = true;
    dr_code(f, DR_OP_SETB, 0, builder, 0, 0);
    for (const dr_ast *m = e->a; m != NULL; m = m->next) {
        uint32_t base = f->next_reg;
        uint32_t v = dr_emit(f, m);
        dr_code(f, DR_OP_SETBADD, v, builder, 0, 0);
        f->next_reg = base;
    }
    dr_code(f, DR_OP_SETBEND, r, builder, 0, 0);
    f->builders--;
    return r;
}

uint32_t dr_pos_slot(const dr_front *f, uint32_t list_slot)
{
    return DR_AT(f->work, dr_work, DR_AT(f->slots, dr_slot, list_slot).node).ast->ref2;
}

static uint32_t emit_previous(dr_front *f, const dr_ast *e)
{
    uint32_t list = dr_emit(f, e->a), pos = dr_reg(f);
    dr_code(f, DR_OP_SLOT, pos, 0, 0, dr_pos_slot(f, e->ref));
    uint32_t r = dr_reg(f);
    dr_code(f, DR_OP_LPREV, r, list, pos, 0);
    return r;
}

static uint32_t pair(dr_front *f, const dr_ast *e, uint8_t op)
{
    uint32_t a = dr_emit(f, e->a);
    return two(f, op, a, dr_emit(f, e->b));
}

static uint32_t emit_elapsed(dr_front *f, const dr_ast *e)
{
    uint32_t from = dr_emit(f, e->a), to = dr_emit(f, e->b), r = dr_reg(f);
    dr_code(f, DR_OP_ELAPSED, r, from, to, e->ref);
    return r;
}

static uint32_t emit_rank(dr_front *f, const dr_ast *e)
{
    uint32_t a = dr_emit(f, e->a), b = dr_emit(f, e->b), x = dr_reg(f), y = dr_reg(f);
    dr_code(f, DR_OP_RANK, x, a, 0, e->a->type.of);
    dr_code(f, DR_OP_RANK, y, b, 0, e->a->type.of);
    return two(f, DR_OP_LT, x, y);
}

static uint32_t emit_negative(dr_front *f, const dr_ast *e)
{
    if (e->type.kind != DR_NUM)
        return one(f, DR_OP_NEG, dr_emit(f, e->a));
    uint32_t zero = one(f, DR_OP_NUM, constant(f, 0));
    return two(f, DR_OP_NSUB, zero, dr_emit(f, e->a));
}

uint32_t dr_emit(dr_front *f, const dr_ast *e)
{
    int64_t value = 0;
    if (e->kind != A_AGG && dr_constant(f, e, &value))
        return constant(f, value);
    switch (e->kind) {
    case A_NAME:
        return emit_name(f, e);
    case A_THIS:
        return 0;
    case A_FIELD:
        return emit_field(f, e);
    case A_INDEX:
        return emit_index(f, e);
    case A_CALL:
        return dr_emit_call(f, e);
    case A_AND:
    case A_OR:
    case A_NOT:
        return emit_logic(f, e);
    case A_KNOWN:
    case A_MISSING:
        return negated(f, one(f, DR_OP_KNOWN, dr_emit(f, e->a)), e->kind == A_MISSING);
    case A_IS:
    case A_ISNOT:
        return negated(f, emit_is(f, e), e->kind == A_ISNOT);
    case A_IN:
    case A_NOTIN:
        return negated(f, emit_in(f, e), e->kind == A_NOTIN);
    case A_OVER:
    case A_AFTER:
        return compared(f, e, DR_OP_LT, DR_OP_NLT, true);
    case A_UNDER:
    case A_BEFORE:
        return compared(f, e, DR_OP_LT, DR_OP_NLT, false);
    case A_ATLEAST:
        return compared(f, e, DR_OP_LE, DR_OP_NLE, true);
    case A_ATMOST:
        return compared(f, e, DR_OP_LE, DR_OP_NLE, false);
    case A_OUTRANKS:
        return emit_rank(f, e);
    case A_ADD:
    case A_SUB:
    case A_MUL:
    case A_DIV:
        return emit_arithmetic(f, e);
    case A_NEG:
        return emit_negative(f, e);
    case A_UNION:
        return pair(f, e, DR_OP_UNION);
    case A_INTERSECT:
        return pair(f, e, DR_OP_INTERSECT);
    case A_MINUS:
        return pair(f, e, DR_OP_MINUS);
    case A_OVERLAPS:
        return pair(f, e, DR_OP_OVERLAPS);
    case A_WITHIN:
        return pair(f, e, DR_OP_WITHIN);
    case A_CONTAINS:
        return pair(f, e, DR_OP_CONTAINS);
    case A_LONGER:
        return pair(f, e, DR_OP_LONGER);
    case A_ELSE:
        return emit_else(f, e);
    case A_SPAN:
        return emit_span(f, e);
    case A_OF:
        return emit_of(f, e);
    case A_STEPS:
        return emit_steps(f, e);
    case A_ELAPSED:
        return emit_elapsed(f, e);
    case A_SETLIT:
        return emit_set(f, e);
    case A_PREVIOUS:
        return emit_previous(f, e);
    case A_ROUND:
        return dr_emit_round(f, e);
    case A_PICK:
        return dr_emit_pick(f, e);
    case A_AGG:
        return dr_emit_agg(f, e);
    default:
        return constant(f, 0);
    }
}

/* A condition on one cell is one instruction: jumps unless the cell is as it must be not to. */
static bool emit_test(dr_front *f, const dr_ast *e, bool want, dr_vec *patches)
{
    const dr_ast *path = NULL;
    uint64_t mask = 0;
    if (!dr_test_of(f, e, !want, &path, &mask) || (path->kind == A_FIELD && path->a->type.optional))
        return false;
    uint32_t base = f->next_reg, row = path->kind == A_FIELD ? dr_emit(f, path->a) : 0;
    uint32_t test = dr_test_find(f, path->ref, mask);
    if (test > UINT16_MAX) {
        f->next_reg = base;
        return false;
    }
    dr_patch_later(f, patches, dr_code(f, DR_OP_JTEST, row, test & 255, test >> 8, 0));
    f->next_reg = base;
    return true;
}

void dr_emit_jump(dr_front *f, const dr_ast *e, bool want, dr_vec *patches)
{
    dr_vec around = {0};
    int truth = dr_constant_bool(f, e);
    if (truth >= 0) {
        if ((truth == 1) == want)
            dr_patch_later(f, patches, dr_code(f, DR_OP_JMP, 0, 0, 0, 0));
        return;
    }
    uint32_t base = f->next_reg;
    if (e->kind != A_AND && e->kind != A_OR && emit_test(f, e, want, patches))
        return;
    switch (e->kind) {
    case A_NOT:
        dr_emit_jump(f, e->a, !want, patches);
        return;
    case A_AND:
    case A_OR:
        if ((e->kind == A_AND) != want) {
            dr_emit_jump(f, e->a, want, patches);
            dr_emit_jump(f, e->b, want, patches);
        } else {
            dr_emit_jump(f, e->a, !want, &around);
            dr_emit_jump(f, e->b, want, patches);
            dr_patch_all(f, &around);
        }
        return;
    case A_KNOWN:
    case A_MISSING: {
        uint32_t r = dr_emit(f, e->a);
        dr_patch_later(f, patches,
                       dr_code(f, (e->kind == A_KNOWN) == want ? DR_OP_JKNOWN : DR_OP_JMISS, r, 0, 0, 0));
        break;
    }
    case A_ISNOT:
    case A_NOTIN: {
        uint32_t r = e->kind == A_ISNOT ? emit_is(f, e) : emit_in(f, e);
        dr_patch_later(f, patches, dr_code(f, want ? DR_OP_JF : DR_OP_JT, r, 0, 0, 0));
        break;
    }
    default: {
        uint32_t r = dr_emit(f, e);
        dr_patch_later(f, patches, dr_code(f, want ? DR_OP_JT : DR_OP_JF, r, 0, 0, 0));
        break;
    }
    }
    f->next_reg = base;
}
