/* drip: tests.c, level 2a. Conditions on one cell, for the instructions that test a cell by a mask of its
 * values: which condition is one, and of which path. */
#include "front.h"

#include "tests.h"

static const uint64_t missing_bit = (uint64_t)1 << 63, known_bit = (uint64_t)1 << 62;

static bool valued(dr_type t)
{
    return t.kind == DR_ENUM || t.kind == DR_BOOL;
}

static bool is_read(const dr_ast *e)
{
    return (e->kind == A_NAME || e->kind == A_FIELD) && e->refers == R_SLOT;
}

static bool values(dr_front *f, const dr_ast *e, uint64_t *mask)
{
    int64_t v = 0;
    bool list = e->kind == A_IN || e->kind == A_NOTIN;
    const dr_ast *m = e->b;
    if (list && m->kind != A_SETLIT)
        return false;
    *mask = 0;
    for (m = list ? m->a : m; m != NULL; m = list ? m->next : NULL) {
        if (!dr_constant(f, m, &v) || v < 0 || v > 61)
            return false;
        *mask |= (uint64_t)1 << v;
    }
    return true;
}

bool dr_test_of(dr_front *f, const dr_ast *e, bool truth, const dr_ast **path, uint64_t *mask)
{
    switch (e->kind) {
    case A_NOT:
        return dr_test_of(f, e->a, !truth, path, mask);
    case A_KNOWN:
    case A_MISSING:
        *path = e->a;
        *mask = (e->kind == A_KNOWN) == truth ? ~missing_bit : missing_bit;
        return is_read(e->a);
    case A_IS:
    case A_ISNOT:
    case A_IN:
    case A_NOTIN:
        *path = e->a;
        if (!is_read(e->a) || !valued(e->a->type) || !values(f, e, mask))
            return false;
        if (((e->kind == A_IS || e->kind == A_IN) == truth) == false)
            *mask = ~*mask & ~missing_bit & ~known_bit;
        return true;
    default:
        *path = e;
        *mask = truth ? 2 : 1;
        return is_read(e) && e->type.kind == DR_BOOL && !e->type.optional;
    }
}

uint32_t dr_test_add(dr_front *f, uint32_t slot, uint64_t mask)
{
    bool v = valued(DR_AT(f->slots, dr_slot, slot).type);
    dr_test *t = dr_vec_add(&f->program->arena, &f->tests, sizeof *t);
    if (t == NULL) {
        f->no_memory = true;
        return 0;
    }
    *t = (dr_test){mask, slot, v};
    return f->tests.count - 1;
}

uint32_t dr_test_find(dr_front *f, uint32_t slot, uint64_t mask)
{
    for (uint32_t i = f->tests.count; i > 0 && f->tests.count - i < 256; i--)
        if (DR_AT(f->tests, dr_test, i - 1).slot == slot && DR_AT(f->tests, dr_test, i - 1).mask == mask)
            return i - 1;
    return dr_test_add(f, slot, mask);
}
