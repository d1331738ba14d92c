/* drip: emit_agg.c, level 2a. What looks at several rows, as loops of the machine. A condition that some
 * field of the row equals something fixed becomes a look-up in an index, so that such loops cost what
 * they find. */
#include "front.h"
#include "tests.h"

#include <string.h>

typedef struct dr_loop {
    uint32_t it, top, done; /* iterator register, pc of NEXT */
    uint8_t next;
    uint32_t var;
    dr_vec ends; /* jumps out of the loop */
} dr_loop;

static bool mentions(const dr_ast *e, const char *variable)
{
    if (e == NULL)
        return false;
    if (e->kind == A_NAME && e->text == variable)
        return true;
    bool list = e->kind == A_SETLIT || e->kind == A_INDEX || e->kind == A_CALL || e->kind == A_PICK;
    for (const dr_ast *x = list ? e->a : NULL; x != NULL; x = x->next)
        if (mentions(x, variable))
            return true;
    return mentions(e->a, variable) || mentions(e->b, variable) || mentions(e->c, variable) ||
           mentions(e->d, variable);
}

/* May this be worked out before the loop, wherever the loop's condition stood? */
static bool fixed_key(const dr_ast *e, const char *variable)
{
    if (mentions(e, variable))
        return false;
    if (e->kind == A_NAME || e->kind == A_THIS)
        return true;
    return e->kind == A_FIELD && !e->a->narrowed && !e->a->type.optional &&
           (e->a->kind == A_NAME || e->a->kind == A_THIS) && e->a->refers != R_SLOT;
}

static bool own_field(const dr_ast *e, uint32_t var)
{
    if (e->kind != A_FIELD || e->refers != R_SLOT || e->a->kind != A_NAME || e->a->refers != R_VAR ||
        e->a->ref != var)
        return false;
    uint8_t k = e->type.kind;
    return k == DR_TEXT || k == DR_INT || k == DR_REF || k == DR_DATE || k == DR_INSTANT || k == DR_SET;
}

/* A condition `x.field is key` among what must hold. */
static bool find_key(const dr_ast *e, const dr_ast *agg, const dr_ast **field, const dr_ast **key)
{
    if (e == NULL)
        return false;
    if (e->kind == A_AND)
        return find_key(e->a, agg, field, key) || find_key(e->b, agg, field, key);
    if (e->kind != A_IS)
        return false;
    if (own_field(e->a, agg->ref) && fixed_key(e->b, agg->text)) {
        *field = e->a;
        *key = e->b;
        return true;
    }
    if (own_field(e->b, agg->ref) && fixed_key(e->a, agg->text)) {
        *field = e->b;
        *key = e->a;
        return true;
    }
    return false;
}

static void start_loop(dr_front *f, const dr_ast *e, dr_loop *l)
{
    const dr_ast *c = e->a, *field = NULL, *key = NULL;
    memset(l, 0, sizeof *l);
    uint32_t list = 0, pos = 0, k = 0;
    bool whole = c->kind == A_NAME && c->refers == R_ENTITY;
    bool indexed = whole && find_key(e->b, e, &field, &key);
    if (indexed)
        k = dr_emit(f, key);
    else if (c->kind == A_BEFORETHIS) {
        list = dr_emit(f, c->a);
        pos = dr_reg(f);
        dr_code(f, DR_OP_SLOT, pos, 0, 0, dr_pos_slot(f, c->a->ref));
    } else if (!whole && c->kind != A_LINESOF) {
        list = dr_emit(f, c);
    }
    l->it = dr_reg(f);
    dr_reg(f);
    dr_reg(f);
    l->var = dr_reg(f);
    l->next = DR_OP_NEXTL;
    if (indexed) {
        dr_code(f, DR_OP_ITINDEX, l->it, k, 0, field->ref);
        l->next = DR_OP_NEXTI;
    } else if (whole || c->kind == A_LINESOF) {
        dr_code(f, DR_OP_ITALL, l->it, 0, 0, whole ? c->ref : f->program->result_entity);
        l->next = DR_OP_NEXT;
    } else if (c->kind == A_BEFORETHIS) {
        dr_code(f, DR_OP_ITBEFORE, l->it, list, pos, 0);
    } else {
        dr_code(f, DR_OP_ITLIST, l->it, list, 0, 0);
    }
    l->top = dr_code(f, l->next, l->it, l->var, 0, 0);
    f->vars[e->ref] = (dr_var){e->text, (uint16_t)e->ref2, (uint8_t)l->var, DR_NONE, NULL};
    dr_vec again = {0};
    uint32_t base = f->next_reg;
    if (c->kind == A_LINESOF) {
        uint32_t family = dr_reg(f), want = dr_reg(f);
        dr_code(f, DR_OP_SLOT, family, l->var, 0, f->program->family_slot);
        dr_code(f, DR_OP_CONST, want, 0, 0, dr_const_add(f, c->ref));
        dr_code(f, DR_OP_EQ, family, family, want, 0);
        dr_patch_later(f, &again, dr_code(f, DR_OP_JF, family, 0, 0, 0));
    }
    if (e->b != NULL)
        dr_emit_jump(f, e->b, false, &again);
    f->next_reg = base;
    for (uint32_t i = 0; i < again.count; i++)
        DR_AT(f->code, dr_instr, DR_AT(again, uint32_t, i)).d = (int32_t)l->top;
}

static void end_loop(dr_front *f, dr_loop *l)
{
    dr_code(f, DR_OP_JMP, 0, 0, 0, l->top);
    dr_patch(f, l->top);
    dr_patch_all(f, &l->ends);
}

static uint32_t set_const(dr_front *f, uint32_t r, int64_t v)
{
    return dr_code(f, DR_OP_CONST, r, 0, 0, dr_const_add(f, v));
}

static uint32_t emit_truth(dr_front *f, const dr_ast *e)
{
    dr_loop l;
    uint32_t r = dr_reg(f), base = f->next_reg;
    set_const(f, r, e->op != G_ANY);
    start_loop(f, e, &l);
    dr_vec again = {0};
    if (e->op == G_EVERY) {
        dr_emit_jump(f, e->c, true, &again);
        for (uint32_t i = 0; i < again.count; i++)
            DR_AT(f->code, dr_instr, DR_AT(again, uint32_t, i)).d = (int32_t)l.top;
    }
    set_const(f, r, e->op == G_ANY);
    dr_patch_later(f, &l.ends, dr_code(f, DR_OP_JMP, 0, 0, 0, 0));
    dr_patch(f, l.top);
    dr_patch_all(f, &l.ends);
    f->next_reg = base;
    return r;
}

static void add_up(dr_front *f, const dr_ast *e, uint32_t r)
{
    uint32_t v = dr_reg(f);
    if (e->op == G_COUNT)
        set_const(f, v, 1);
    else
        v = dr_emit(f, e->c);
    dr_code(f, e->op == G_SUM && e->type.kind == DR_NUM ? DR_OP_NADD : DR_OP_ADD, r, r, v, 0);
}

static void keep_better(dr_front *f, const dr_ast *e, uint32_t r, dr_loop *l)
{
    uint32_t v = dr_emit(f, e->c), better = dr_reg(f), a = v, b = r;
    uint32_t first = dr_code(f, DR_OP_JMISS, r, 0, 0, 0);
    if (e->op == G_HIGHEST && DR_AT(f->enums, dr_enum, e->c->type.of).ranks != NULL) {
        a = dr_reg(f);
        b = dr_reg(f);
        dr_code(f, DR_OP_RANK, a, v, 0, e->c->type.of);
        dr_code(f, DR_OP_RANK, b, r, 0, e->c->type.of);
    }
    if (e->op == G_MOST)
        dr_code(f, DR_OP_LT, better, b, a, 0);
    else
        dr_code(f, DR_OP_LT, better, a, b, 0);
    dr_code(f, DR_OP_JF, better, 0, 0, l->top);
    dr_patch(f, first);
    dr_code(f, DR_OP_MOVE, r, v, 0, 0);
}

static uint32_t emit_value(dr_front *f, const dr_ast *e)
{
    dr_loop l;
    uint32_t r = dr_reg(f), base = f->next_reg;
    if (e->op == G_SUM && e->type.kind == DR_NUM) {
        set_const(f, r, 0);
        dr_code(f, DR_OP_NUM, r, r, 0, 0);
    } else {
        set_const(f, r, e->op == G_SUM || e->op == G_COUNT ? 0 : DR_MISSING);
    }
    start_loop(f, e, &l);
    switch (e->op) {
    case G_COUNT:
    case G_SUM:
        add_up(f, e, r);
        break;
    case G_FIRST:
        dr_emit_to(f, e->c, r);
        dr_patch_later(f, &l.ends, dr_code(f, DR_OP_JMP, 0, 0, 0, 0));
        break;
    case G_LAST:
        dr_emit_to(f, e->c, r);
        break;
    default:
        keep_better(f, e, r, &l);
        break;
    }
    end_loop(f, &l);
    f->next_reg = base;
    return r;
}

static uint32_t emit_built(dr_front *f, const dr_ast *e)
{
    dr_loop l;
    uint32_t r = dr_reg(f), base = f->next_reg, builder = f->builders++;
    if (builder >= 8)
        f->too_complex = true;
    bool spans = e->op == G_UNION;
    dr_code(f, spans ? DR_OP_SPB : DR_OP_SETB, 0, builder, 0, 0);
    start_loop(f, e, &l);
    uint32_t v = dr_emit(f, e->c);
    dr_code(f,
            spans                       ? DR_OP_SPBADD
            : e->c->type.kind == DR_SET ? DR_OP_SETBJOIN
                                        : DR_OP_SETBADD,
            v, builder, 0, 0);
    end_loop(f, &l);
    dr_code(f, spans ? DR_OP_SPBEND : DR_OP_SETBEND, r, builder, 0, 0);
    f->builders--;
    f->next_reg = base;
    return r;
}

uint32_t dr_emit_keys(dr_front *f, const dr_ast *keys, uint32_t *n)
{
    *n = 0;
    for (const dr_ast *k = keys; k != NULL; k = k->next)
        *n += k->op != KEY_CHARTED;
    uint32_t first = f->next_reg, at = first;
    for (uint32_t i = 0; i < *n; i++)
        dr_reg(f);
    for (const dr_ast *k = keys; k != NULL; k = k->next) {
        if (k->op == KEY_CHARTED)
            continue;
        uint32_t base = f->next_reg, v = dr_emit(f, k->a);
        uint32_t missing = 0;
        if (k->a->type.optional) {
            set_const(f, at, DR_MISSING);
            missing = dr_code(f, DR_OP_JMISS, v, 0, 0, 0);
        }
        if (k->op == KEY_DESCENDING)
            dr_code(f, DR_OP_NEG, at, v, 0, 0);
        else if (k->op == KEY_ASCENDING)
            dr_code(f, DR_OP_MOVE, at, v, 0, 0);
        else if (k->a->type.kind == DR_BOOL)
            dr_code(f, DR_OP_NOT, at, v, 0, 0);
        else
            dr_code(f, DR_OP_RANK, at, v, 0, k->a->type.of);
        if (k->a->type.optional)
            dr_patch(f, missing);
        f->next_reg = base;
        at++;
    }
    return first;
}

static uint32_t emit_sorted(dr_front *f, const dr_ast *e)
{
    dr_loop l;
    uint32_t r = dr_reg(f), base = f->next_reg, builder = f->builders++, n = 0;
    if (builder >= 8)
        f->too_complex = true;
    dr_code(f, DR_OP_SORTB, 0, builder, 0, 0);
    start_loop(f, e, &l);
    uint32_t first = dr_emit_keys(f, e->d, &n);
    dr_code(f, DR_OP_SORTADD, l.var, builder, first, n);
    end_loop(f, &l);
    dr_code(f, e->op == G_BEST ? DR_OP_BESTEND : DR_OP_SORTEND, r, builder, 0, 0);
    f->builders--;
    f->next_reg = base;
    return r;
}

/* Reads of the rows before this one that the machine has single instructions for. */
static bool emit_before(dr_front *f, const dr_ast *e, uint32_t *r)
{
    bool plain = e->c != NULL && e->c->kind == A_FIELD && e->c->refers == R_SLOT && e->c->a->kind == A_NAME &&
                 e->c->a->refers == R_VAR && e->c->a->ref == e->ref;
    if (e->a->kind != A_BEFORETHIS || e->b != NULL || !plain || (e->op != G_UNION && e->op != G_LAST))
        return false;
    *r = dr_reg(f);
    uint32_t base = f->next_reg, list = dr_emit(f, e->a->a), pos = dr_reg(f);
    dr_code(f, DR_OP_SLOT, pos, 0, 0, dr_pos_slot(f, e->a->a->ref));
    if (e->op == G_UNION) {
        dr_code(f, DR_OP_PREFIX, *r, list, pos, e->c->ref);
    } else {
        uint32_t row = dr_reg(f);
        dr_code(f, DR_OP_LPREV, row, list, pos, 0);
        dr_code(f, DR_OP_SLOTQ, *r, row, 0, e->c->ref);
    }
    f->next_reg = base;
    return true;
}

/* ---- filters */

/* The tests that must all hold, if the condition is nothing but such tests of the row's own cells. */
static bool filter_tests(dr_front *f, const dr_ast *e, bool truth, uint32_t var)
{
    const dr_ast *path = NULL;
    uint64_t mask = 0;
    if (e == NULL || dr_constant_bool(f, e) == truth)
        return true;
    if (e->kind == A_NOT)
        return filter_tests(f, e->a, !truth, var);
    if ((e->kind == A_AND && truth) || (e->kind == A_OR && !truth))
        return filter_tests(f, e->a, truth, var) && filter_tests(f, e->b, truth, var);
    if (!dr_test_of(f, e, truth, &path, &mask) || path->kind != A_FIELD || path->a->kind != A_NAME ||
        path->a->refers != R_VAR || path->a->ref != var)
        return false;
    dr_test_add(f, path->ref, mask);
    return true;
}

static bool filter_value(const dr_ast *c, uint32_t var, uint32_t *value)
{
    if (c->kind == A_NAME && c->refers == R_VAR && c->ref == var) {
        *value = DR_NONE;
        return true;
    }
    if (c->kind != A_FIELD || c->a->kind != A_NAME || c->a->refers != R_VAR || c->a->ref != var)
        return false;
    *value = c->refers == R_SLOT ? c->ref : DR_NONE - 1;
    return true;
}

static bool filter_kind(const dr_ast *e, uint8_t *kind)
{
    static const uint8_t kinds[] = {
        [G_ANY] = DR_FIND_ANY,     [G_NO] = DR_FIND_NONE,      [G_EVERY] = DR_FIND_NONE,
        [G_COUNT] = DR_FIND_COUNT, [G_FIRST] = DR_FIND_FIRST,  [G_LAST] = DR_FIND_LAST,
        [G_LEAST] = DR_FIND_LEAST, [G_MOST] = DR_FIND_MOST,    [G_HIGHEST] = DR_FIND_HIGHEST,
        [G_UNION] = DR_FIND_UNION, [G_SETOF] = DR_FIND_MEMBERS};
    if (e->op == G_SUM || e->op == G_BEST || e->op == G_LIST)
        return false;
    *kind = kinds[e->op];
    if (e->op == G_SETOF && e->c->type.kind == DR_SET)
        *kind = DR_FIND_JOINED;
    return true;
}

static bool emit_select(dr_front *f, const dr_ast *e, uint32_t *r)
{
    const dr_ast *c = e->a, *field = NULL, *key = NULL;
    uint32_t first = f->tests.count;
    dr_filter filter = {.entity = (uint16_t)e->ref2, .first = first, .value = DR_NONE};
    bool whole = c->kind == A_NAME && c->refers == R_ENTITY;
    bool fits = c->kind != A_LINESOF && c->kind != A_BEFORETHIS &&
                !(whole && find_key(e->b, e, &field, &key)) && filter_kind(e, &filter.kind);
    if (fits && e->op == G_EVERY)
        fits = filter_tests(f, e->b, true, e->ref) && filter_tests(f, e->c, false, e->ref);
    else if (fits)
        fits = filter_tests(f, e->b, true, e->ref) &&
               (e->c == NULL || filter_value(e->c, e->ref, &filter.value));
    if (!fits) {
        f->tests.count = first;
        return false;
    }
    filter.count = f->tests.count - first;
    filter.of = e->op == G_HIGHEST ? e->c->type.of : 0;
    dr_filter *kept = dr_vec_add(&f->program->arena, &f->filters, sizeof *kept);
    if (kept == NULL)
        return f->no_memory = true, false;
    *kept = filter;
    uint32_t index = f->filters.count - 1;
    *r = dr_reg(f);
    uint32_t base = f->next_reg, list = whole ? 0 : dr_emit(f, c);
    dr_code(f, DR_OP_SELECT, *r, list, whole, index);
    f->next_reg = base;
    return true;
}

uint32_t dr_emit_agg(dr_front *f, const dr_ast *e)
{
    uint32_t r = 0;
    if (emit_before(f, e, &r) || emit_select(f, e, &r))
        return r;
    switch (e->op) {
    case G_ANY:
    case G_NO:
    case G_EVERY:
        return emit_truth(f, e);
    case G_UNION:
    case G_SETOF:
        return emit_built(f, e);
    case G_BEST:
    case G_LIST:
        return emit_sorted(f, e);
    default:
        return emit_value(f, e);
    }
}
