/* drip: constant.c, level 2a. What an expression is worth when it needs no encounter: parameters with one
 * value, literals, comparisons of them. The emitter drops what cannot be reached because of it. */
#include "front.h"

#include <string.h>

bool dr_param_constant(const dr_front *f, uint32_t param, int64_t *value)
{
    const dr_param *p = &DR_AT(f->params, dr_param, param);
    if (p->count != 1 || f->quick) /* such a program is run with other values, too */
        return false;
    *value = DR_AT(f->param_values, dr_dated, p->first).value;
    return true;
}

static bool both(dr_front *f, const dr_ast *e, int64_t *a, int64_t *b)
{
    return dr_constant(f, e->a, a) && dr_constant(f, e->b, b);
}

static bool compare(dr_front *f, const dr_ast *e, int64_t *value)
{
    int64_t a = 0, b = 0;
    if (e->a->type.kind != e->b->type.kind || e->a->type.kind == DR_SPANS || e->a->type.kind == DR_SET ||
        !both(f, e, &a, &b))
        return false;
    int order = a < b ? -1 : a > b;
    if (e->a->type.kind == DR_NUM)
        order = dr_num_cmp(*(const dr_num *)dr_ptr(a), *(const dr_num *)dr_ptr(b));
    switch (e->kind) {
    case A_IS:
        *value = order == 0;
        return true;
    case A_ISNOT:
        *value = order != 0;
        return true;
    case A_OVER:
    case A_AFTER:
        *value = order > 0;
        return true;
    case A_UNDER:
    case A_BEFORE:
        *value = order < 0;
        return true;
    case A_ATLEAST:
        *value = order >= 0;
        return true;
    case A_ATMOST:
        *value = order <= 0;
        return true;
    default:
        return false;
    }
}

static bool membership(dr_front *f, const dr_ast *e, int64_t *value)
{
    int64_t a = 0, m = 0;
    if (e->b->kind != A_SETLIT || e->a->type.kind == DR_SET || e->a->type.kind == DR_NUM ||
        !dr_constant(f, e->a, &a))
        return false;
    bool found = false;
    for (const dr_ast *x = e->b->a; x != NULL; x = x->next) {
        if (!dr_constant(f, x, &m))
            return false;
        found = found || m == a;
    }
    *value = found == (e->kind == A_IN);
    return true;
}

/* One set for equal literals: the machine tells sets apart by where they are. */
static bool set_constant(dr_front *f, const dr_ast *e, int64_t *value)
{
    enum { MEMBERS_MAX = 256 };
    int64_t members[MEMBERS_MAX], v = 0;
    uint32_t n = 0;
    for (const dr_ast *m = e->a; m != NULL; m = m->next) {
        if (n == MEMBERS_MAX || !dr_constant(f, m, &v))
            return false;
        uint32_t at = n;
        while (at > 0 && members[at - 1] > v)
            at--;
        if (at > 0 && members[at - 1] == v)
            continue;
        memmove(members + at + 1, members + at, (n++ - at) * sizeof *members);
        members[at] = v;
    }
    for (uint32_t i = 0; i < f->const_sets.count; i++) {
        *value = DR_AT(f->consts, int64_t, DR_AT(f->const_sets, uint32_t, i));
        const dr_set *set = dr_ptr(*value);
        if (set->count == n && (n == 0 || memcmp(set->at, members, n * sizeof *members) == 0))
            return true;
    }
    dr_set *set = dr_take_zero(&f->program->arena, 1, sizeof *set + n * sizeof *members);
    uint32_t *kept = dr_vec_add(&f->program->arena, &f->const_sets, sizeof *kept);
    if (set == NULL || kept == NULL)
        return f->no_memory = true, false;
    set->count = n;
    if (n > 0)
        memcpy(set->at, members, n * sizeof *members);
    *value = dr_cell(set);
    *kept = dr_const_add(f, *value);
    return true;
}

static bool negative(dr_front *f, const dr_ast *e, int64_t *value)
{
    if (!dr_constant(f, e->a, value))
        return false;
    if (e->type.kind != DR_NUM) {
        *value = -*value;
        return *value != INT64_MIN;
    }
    dr_num *n = dr_take(&f->program->arena, sizeof *n);
    if (n == NULL || !dr_num_sub(dr_num_int(0), *(const dr_num *)dr_ptr(*value), n))
        return false;
    *value = dr_cell(n);
    return true;
}

bool dr_constant(dr_front *f, const dr_ast *e, int64_t *value)
{
    int truth;
    switch (e->kind) {
    case A_NAME:
    case A_NUMBER:
    case A_QUANTITY:
    case A_STRING:
    case A_DATE:
    case A_YES:
    case A_NO:
        if (e->refers == R_CONST) {
            *value = DR_AT(f->consts, int64_t, e->ref);
            return true;
        }
        return e->refers == R_PARAM && dr_param_constant(f, e->ref, value);
    case A_NEG:
        return negative(f, e, value);
    case A_ROUND:
        return dr_round_constant(f, e, value);
    case A_PICK:
        return dr_pick_constant(f, e, value);
    case A_SETLIT:
        return e->type.kind == DR_SET && set_constant(f, e, value);
    case A_AND:
    case A_OR:
    case A_NOT:
        truth = dr_constant_bool(f, e);
        *value = truth;
        return truth >= 0;
    case A_IN:
    case A_NOTIN:
        return membership(f, e, value);
    case A_IS:
    case A_ISNOT:
    case A_OVER:
    case A_UNDER:
    case A_ATLEAST:
    case A_ATMOST:
    case A_BEFORE:
    case A_AFTER:
        return compare(f, e, value);
    default:
        return false;
    }
}

int dr_constant_bool(dr_front *f, const dr_ast *e)
{
    int a, b;
    int64_t value = 0;
    if (e == NULL)
        return 1;
    switch (e->kind) {
    case A_AND:
        a = dr_constant_bool(f, e->a);
        b = dr_constant_bool(f, e->b);
        return a == 0 || b == 0 ? 0 : a == 1 && b == 1 ? 1 : -1;
    case A_OR:
        a = dr_constant_bool(f, e->a);
        b = dr_constant_bool(f, e->b);
        return a == 1 || b == 1 ? 1 : a == 0 && b == 0 ? 0 : -1;
    case A_NOT:
        a = dr_constant_bool(f, e->a);
        return a < 0 ? -1 : !a;
    default:
        return dr_constant(f, e, &value) ? value == 1 : -1;
    }
}
