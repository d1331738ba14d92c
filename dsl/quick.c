/* drip: quick.c, level 2a. What must have been seen in an encounter for a clause to apply, and what a node's
 * rows are worth where it was not: most clauses are about what most encounters do not have. */
#include "quick.h"

bool dr_always(dr_front *f, const dr_guard *g)
{
    return dr_constant_bool(f, g->when) == 1 && g->from == INT64_MIN && g->to == INT64_MAX && g->n_also == 0;
}

/* ---- what must have been seen for a clause to apply */

static bool seen_slot(const dr_front *f, const dr_ast *e)
{
    if ((e->kind != A_NAME && e->kind != A_FIELD) || e->refers != R_SLOT)
        return false;
    const dr_slot *s = &DR_AT(f->slots, dr_slot, e->ref);
    if (s->input)
        return true;
    if (s->node == DR_NONE)
        return false;
    const dr_work *w = &DR_AT(f->work, dr_work, s->node);
    return w->kind == DR_NODE_ATTR && !w->walked && w->slot == e->ref;
}

static void need(dr_front *f, const dr_ast *path, uint64_t mask, uint32_t *count)
{
    if (!seen_slot(f, path))
        return;
    dr_need *n = dr_vec_add(&f->program->arena, &f->needs, sizeof *n);
    if (n == NULL) {
        f->no_memory = true;
        return;
    }
    *n = (dr_need){path->ref, mask};
    DR_AT(f->slots, dr_slot, path->ref).watched = true;
    (*count)++;
}

static uint64_t value_mask(dr_front *f, const dr_ast *e)
{
    int64_t v = 0;
    uint64_t mask = 0;
    const dr_ast *m = e->b;
    if ((e->a->type.kind != DR_ENUM && e->a->type.kind != DR_BOOL) ||
        ((e->kind == A_IN || e->kind == A_NOTIN) && m->kind != A_SETLIT))
        return 0;
    if (m->kind == A_SETLIT)
        m = m->a;
    for (; m != NULL; m = e->kind == A_IS || e->kind == A_ISNOT ? NULL : m->next) {
        if (!dr_constant(f, m, &v) || v < 0 || v > 61)
            return 0;
        mask |= (uint64_t)1 << v;
    }
    return mask;
}

static void collect_needs(dr_front *f, const dr_ast *e, bool truth, uint32_t *count)
{
    const uint64_t missing = (uint64_t)1 << 63;
    uint64_t mask;
    if (e == NULL || dr_constant_bool(f, e) >= 0)
        return;
    switch (e->kind) {
    case A_AND:
    case A_OR:
        if ((e->kind == A_AND) == truth) {
            collect_needs(f, e->a, truth, count);
            collect_needs(f, e->b, truth, count);
        }
        return;
    case A_NOT:
        collect_needs(f, e->a, !truth, count);
        return;
    case A_KNOWN:
    case A_MISSING:
        if ((e->kind == A_KNOWN) == truth)
            need(f, e->a, ~missing, count);
        return;
    case A_IS:
    case A_ISNOT:
    case A_IN:
    case A_NOTIN:
        mask = value_mask(f, e);
        if (mask != 0)
            need(f, e->a, (e->kind == A_IS || e->kind == A_IN) == truth ? mask : ~mask & ~missing, count);
        return;
    case A_AGG:
        if (e->op == G_ANY && truth)
            collect_needs(f, e->b, true, count);
        return;
    default:
        if (e->type.kind == DR_BOOL && (e->kind == A_NAME || e->kind == A_FIELD))
            need(f, e, truth ? 2 : 1, count);
        return;
    }
}

bool dr_add_alt(dr_front *f, const dr_ast *when)
{
    uint32_t first = f->needs.count, count = 0;
    collect_needs(f, when, true, &count);
    dr_alt *a = dr_vec_add(&f->program->arena, &f->alts, sizeof *a);
    if (a == NULL)
        return f->no_memory = true, false;
    *a = (dr_alt){first, count};
    return count > 0;
}

/* A lone clause whose value is known when something was not seen: a condition is then no, a search finds
 * nothing. */
static bool quick_value(dr_front *f, const dr_guard *g, dr_type type, int64_t *value)
{
    const dr_ast *e = g->value;
    if (type.kind == DR_BOOL && e->kind != A_AGG) {
        *value = 0;
        return dr_add_alt(f, e);
    }
    if (e->kind != A_AGG || e->b == NULL)
        return false;
    switch (e->op) {
    case G_ANY:
    case G_NO:
        *value = e->op == G_NO;
        return dr_add_alt(f, e->b);
    case G_COUNT:
        *value = 0;
        return dr_add_alt(f, e->b);
    case G_FIRST:
    case G_LAST:
    case G_LEAST:
    case G_MOST:
    case G_HIGHEST:
    case G_BEST:
        *value = DR_MISSING;
        return type.optional && dr_add_alt(f, e->b);
    case G_UNION:
        *value = dr_cell(&dr_spans_empty);
        return dr_add_alt(f, e->b);
    default:
        return false;
    }
}

void dr_quick_path(dr_front *f, dr_work *w, dr_node *n, dr_type type)
{
    int64_t lone = 0;
    n->first_alt = f->alts.count;
    if (w->ast->c == NULL && !w->walked && w->n_guards == 1 && dr_always(f, &w->guards[0]) &&
        quick_value(f, &w->guards[0], type, &lone)) {
        n->n_alts = 1;
        n->quick_pc = DR_NONE;
        n->quick_clause = w->guards[0].clause;
        n->quick_const = dr_const_add(f, lone);
        return;
    }
    const dr_guard *plain = NULL;
    n->first_alt = f->alts.count;
    n->n_alts = 0;
    n->quick_pc = DR_NONE;
    if (w->ast->c != NULL || w->walked)
        return;
    uint32_t guarded = 0;
    for (uint32_t i = 0; i < w->n_guards; i++) {
        const dr_guard *g = &w->guards[i];
        if (dr_constant_bool(f, g->when) == 0)
            continue;
        if (dr_always(f, g)) {
            if (plain != NULL)
                return;
            plain = g;
            continue;
        }
        guarded++;
        if (g->when == NULL || !dr_add_alt(f, g->when))
            return;
    }
    int64_t value = DR_MISSING;
    if (guarded == 0 || (plain == NULL && !type.optional))
        return;
    n->quick_clause = plain == NULL ? DR_NO_CLAUSE : plain->clause;
    if (plain != NULL && !dr_constant(f, plain->value, &value)) {
        n->quick_pc = dr_pc(f);
        f->next_reg = 1;
        dr_emit_return(f, plain->value, plain->clause);
    } else {
        n->quick_const = dr_const_add(f, value);
    }
    n->n_alts = guarded;
}
