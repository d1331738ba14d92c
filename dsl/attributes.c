/* drip: attributes.c, level 2a. Attributes looked through: a test of one becomes what its clauses say, on the
 * row that it is asked of.
 *
 * This finds that two clauses exclude each other although their conditions name different attributes, and
 * leads an example back to the record. It is done where each value is a constant, a path, or a condition; one
 * value of an attribute is decided by one clause, so both the test and its denial are "some clause decides, and
 * its value passes". */
#include "reason.h"

#include <string.h>

enum { CLAIMS_MAX = 4000 };

static bool has_kind(const dr_ast *e, bool (*is)(const dr_ast *))
{
    if (e == NULL)
        return false;
    if (is(e))
        return true;
    const dr_ast *parts[] = {e->a, e->b, e->c, e->d, e->e};
    for (int i = 0; i < 5; i++)
        for (const dr_ast *p = parts[i]; p != NULL; p = p->next)
            if (has_kind(p, is))
                return true;
    return false;
}

static bool is_of_this_place(const dr_ast *e)
{
    return e->kind == A_PREVIOUS || e->kind == A_BEFORETHIS;
}

static bool is_walk(const dr_ast *e)
{
    return e->kind == A_AGG;
}

static bool is_row_name(const dr_ast *e)
{
    return e->kind == A_NAME && e->refers == R_VAR;
}

/* The expression as it reads from elsewhere: its bare names are those of the row that `row` names. */
static dr_ast *seen_from(dr_reason *r, const dr_ast *e, const dr_ast *row)
{
    if (e == NULL)
        return NULL;
    dr_ast *n = dr_take(&r->arena, sizeof *n);
    if (n == NULL) {
        r->f->no_memory = true;
        return NULL;
    }
    bool bare =
        e->kind == A_NAME && (e->refers == R_SLOT || (e->refers == R_NONE && strcmp(e->text, "number") == 0));
    *n = e->kind == A_THIS ? *row : *e;
    n->next = seen_from(r, e->next, row);
    n->last = NULL;
    if (e->kind == A_THIS)
        return n;
    if (bare) {
        n->kind = A_FIELD;
        n->a = (dr_ast *)row;
        return n;
    }
    n->a = seen_from(r, e->a, row);
    n->b = seen_from(r, e->b, row);
    n->c = seen_from(r, e->c, row);
    n->d = seen_from(r, e->d, row);
    n->e = seen_from(r, e->e, row);
    return n;
}

static bool can_move(const dr_ast *e, const dr_ast *row)
{
    return row == NULL ||
           (!has_kind(e, is_of_this_place) && !(has_kind(row, is_row_name) && has_kind(e, is_walk)));
}

static const dr_ast *moved(dr_reason *r, const dr_ast *e, const dr_ast *row)
{
    return row == NULL || e == NULL ? e : seen_from(r, e, row);
}

static bool is_path(const dr_ast *e)
{
    for (; e != NULL && (e->kind == A_FIELD || e->kind == A_NAME); e = e->a)
        if (e->kind == A_NAME)
            return e->refers == R_SLOT || e->refers == R_ROOT || e->refers == R_VAR;
    return false;
}

/* Could the row itself be missing, were it not asked for? */
static bool row_may_miss(const dr_ast *row)
{
    for (; row != NULL; row = row->a) {
        if (row->type.optional || row->narrowed || (row->kind != A_NAME && row->kind != A_FIELD))
            return row->kind != A_THIS;
    }
    return false;
}

static bool can_look(dr_reason *r, const dr_work *w, const dr_ast *row)
{
    int64_t v = 0;
    for (uint32_t i = 0; i < w->n_guards; i++) {
        const dr_ast *value = w->guards[i].value;
        bool simple = value->type.kind == DR_BOOL || is_path(value) || dr_constant(r->f, value, &v);
        if (!simple || !can_move(value, row) || !can_move(w->guards[i].when, row))
            return false;
    }
    return w->n_guards > 0;
}

/* Does clause k come before clause i where both apply? */
static bool before(const dr_work *w, uint32_t k, uint32_t i)
{
    if (w->ast->c != NULL)
        return w->ast->c->op == 'f' && k < i;
    return w->guards[k].over != NULL && (w->guards[k].over[i / 64] >> (i % 64) & 1) != 0;
}

static dr_claim *wins(dr_reason *r, const dr_work *w, uint32_t i, const dr_ast *row)
{
    dr_guard g = w->guards[i];
    g.when = (dr_ast *)moved(r, g.when, row);
    dr_claim *c = dr_claim_guard(r, &g, true);
    for (uint32_t k = 0; k < w->n_guards && c->kind != CLAIM_NO; k++) {
        if (!before(w, k, i))
            continue;
        g = w->guards[k];
        g.when = (dr_ast *)moved(r, g.when, row);
        c = dr_claim_join(r, CLAIM_AND, c, dr_claim_guard(r, &g, false));
    }
    return c;
}

static dr_claim *none_applies(dr_reason *r, const dr_work *w, const dr_ast *row)
{
    dr_claim *c = dr_claim_plain(r, true);
    for (uint32_t k = 0; k < w->n_guards && c->kind != CLAIM_NO; k++) {
        dr_guard g = w->guards[k];
        g.when = (dr_ast *)moved(r, g.when, row);
        c = dr_claim_join(r, CLAIM_AND, c, dr_claim_guard(r, &g, false));
    }
    return c;
}

static dr_claim *value_passes(dr_reason *r, const dr_ast *value, const dr_query *test, dr_type type,
                              bool truth)
{
    int64_t v = 0;
    if (dr_constant(r->f, value, &v))
        return dr_claim_plain(r, dr_query_holds(r, test, type, v) == truth);
    if (test->kind == A_KNOWN && !value->type.optional)
        return dr_claim_plain(r, truth);
    if (type.kind != DR_BOOL || test->kind == A_KNOWN)
        return dr_claim_test(r, value, *test, truth);
    bool on_yes = dr_query_holds(r, test, type, 1), on_no = dr_query_holds(r, test, type, 0);
    if (on_yes == on_no)
        return dr_claim_plain(r, on_yes == truth);
    return dr_claim_of(r, value, on_yes == truth);
}

static const dr_work *decider(dr_reason *r, const dr_ast *path)
{
    if ((path->kind != A_NAME && path->kind != A_FIELD) || path->refers != R_SLOT)
        return NULL;
    const dr_slot *slot = &DR_AT(r->f->slots, dr_slot, path->ref);
    if (slot->node == DR_NONE)
        return NULL;
    const dr_work *w = &DR_AT(r->f->work, dr_work, slot->node);
    return w->kind == DR_NODE_ATTR && w->slot == path->ref && w->guards != NULL && !w->broken ? w : NULL;
}

/* Some clause decides, and its value passes. NULL: a value cannot be tested. */
static dr_claim *some_passes(dr_reason *r, const dr_work *w, const dr_ast *row, const dr_query *test,
                             bool truth)
{
    dr_type type = DR_AT(r->f->slots, dr_slot, w->slot).type;
    dr_claim *any = dr_claim_plain(r, false);
    for (uint32_t i = 0; i < w->n_guards; i++) {
        const dr_ast *value = moved(r, w->guards[i].value, row);
        if (r->f->no_memory)
            return any;
        dr_claim *passes = value_passes(r, value, test, type, truth);
        if (passes == NULL)
            return NULL;
        if (passes->kind != CLAIM_NO)
            any = dr_claim_join(r, CLAIM_OR, any, dr_claim_join(r, CLAIM_AND, wins(r, w, i, row), passes));
    }
    bool without = test->kind == A_KNOWN ? false : test->missing;
    if (type.optional && without == truth)
        any = dr_claim_join(r, CLAIM_OR, any, none_applies(r, w, row));
    return any;
}

/* A row is in a group where the group's condition holds. */
static dr_claim *in_group(dr_reason *r, const dr_ast *path, const dr_ast *row, bool truth)
{
    if ((path->kind != A_NAME && path->kind != A_FIELD) || path->refers != R_SLOT)
        return NULL;
    uint32_t node = DR_AT(r->f->slots, dr_slot, path->ref).node;
    const dr_work *w = node == DR_NONE ? NULL : &DR_AT(r->f->work, dr_work, node);
    if (w == NULL || w->kind != DR_NODE_GROUP || w->slot != path->ref || w->broken || w->ast->c == NULL ||
        !can_move(w->ast->c, row) || row_may_miss(row))
        return NULL;
    const dr_ast *where = moved(r, w->ast->c, row);
    if (r->depth == 0 || r->n_claims > CLAIMS_MAX || where == NULL)
        return NULL;
    r->depth--;
    dr_claim *c = dr_claim_of(r, where, truth);
    r->depth++;
    return c;
}

dr_claim *dr_claim_decided(dr_reason *r, const dr_ast *path, const dr_query *test, bool truth, bool *hidden)
{
    const dr_work *w = r->looks ? decider(r, path) : NULL;
    const dr_ast *row = path->kind == A_FIELD && path->a->kind != A_THIS ? path->a : NULL;
    dr_claim *in = NULL;
    *hidden = false;
    if (r->looks && test->kind == A_KNOWN)
        *hidden = (in = in_group(r, path, row, truth)) == NULL && path->type.kind == DR_REF;
    if (w == NULL || in != NULL)
        return in;
    dr_type type = DR_AT(r->f->slots, dr_slot, w->slot).type;
    bool can = can_look(r, w, row);
    *hidden = can || type.kind == DR_BOOL;
    if (!can || r->depth == 0 || r->n_claims > CLAIMS_MAX)
        return NULL;
    if ((test->kind == A_KNOWN || path->type.optional) && (row_may_miss(row) || !type.optional))
        return NULL;
    r->depth--;
    dr_claim *any = some_passes(r, w, row, test, truth);
    r->depth++;
    return any;
}
