/* drip: reach.c, level 2a. Clauses and table rows that never decide: their period lies outside the policy's, or
 * others take every case of theirs. The others are named: as few as suffice. */
#include "layers.h"
#include "lint.h"

#include <string.h>

typedef struct dr_reach {
    dr_front *f;
    const dr_work *w;
    dr_reason *r;
    dr_claim **holds, **fails;
    uint32_t *takers; /* clauses that come before one, and apply wherever it does */
    const dr_claim **goals;
    uint32_t n_takers;
} dr_reach;

static bool reach_open(dr_reach *x)
{
    uint32_t n = x->w->n_guards;
    x->r = dr_reason_new(x->f, true, 0);
    if (x->r == NULL)
        return false;
    x->holds = dr_take_zero(&x->r->arena, n + 1, sizeof *x->holds);
    x->fails = dr_take_zero(&x->r->arena, n + 1, sizeof *x->fails);
    x->takers = dr_take_zero(&x->r->arena, n + 1, sizeof *x->takers);
    x->goals = dr_take_zero(&x->r->arena, n + 2, sizeof *x->goals);
    if (x->holds == NULL || x->fails == NULL || x->takers == NULL || x->goals == NULL)
        x->f->no_memory = true;
    for (uint32_t i = 0; i < n && !x->f->no_memory; i++) {
        x->holds[i] = dr_claim_guard(x->r, &x->w->guards[i], true);
        x->fails[i] = dr_claim_guard(x->r, &x->w->guards[i], false);
    }
    if (!x->f->no_memory)
        dr_reason_seal(x->r);
    return !x->f->no_memory;
}

/* Do the takers but the one at `left_out` leave nothing of clause i? */
static bool taken(dr_reach *x, uint32_t i, uint32_t left_out)
{
    uint32_t n = 0;
    x->goals[n++] = x->holds[i];
    for (uint32_t k = 0; k < x->n_takers; k++)
        if (k != left_out)
            x->goals[n++] = x->fails[x->takers[k]];
    return dr_reason_refutes(x->r, x->goals, n);
}

static void leave_needed(dr_reach *x, uint32_t i)
{
    for (uint32_t k = x->n_takers; k-- > 0;) {
        if (!taken(x, i, k))
            continue;
        memmove(&x->takers[k], &x->takers[k + 1], (x->n_takers - k - 1) * sizeof *x->takers);
        x->n_takers--;
    }
}

static bool several_params(const dr_reach *x, uint32_t i)
{
    uint32_t param = DR_NONE, most = dr_claim_params(x->holds[i], &param);
    for (uint32_t k = 0; k < x->n_takers; k++) {
        uint32_t n = dr_claim_params(x->holds[x->takers[k]], &param);
        most = n > most ? n : most;
    }
    return most > (x->n_takers == 0 ? 0 : 1);
}

/* A layer is there to take what its base decides. */
static bool taken_from_above(const dr_reach *x, uint32_t i)
{
    uint32_t own = dr_layer_of(x->f, x->w->guards[i].ast->span.source);
    for (uint32_t k = 0; k < x->n_takers; k++)
        if (dr_lies_over(x->f, dr_layer_of(x->f, x->w->guards[x->takers[k]].ast->span.source), own))
            return true;
    return false;
}

static void label_takers(dr_reach *x, dr_diag *d, const char *what)
{
    for (uint32_t k = 0; k < x->n_takers && d != NULL; k++)
        dr_diag_label(x->f->diags, d, x->w->guards[x->takers[k]].ast->span, "%s", what);
}

/* Says so where a clause, line or finding is never in force. */
static bool outside(dr_front *f, const char *name, const dr_ast *period, int64_t from, int64_t to)
{
    if (f->versions.count == 0 || period == NULL ||
        dr_layer_of(f, period->span.source) + 1 < f->layers.count || /* a layer may hold for fewer days */
        (to >= DR_AT(f->versions, dr_version, 0).from &&
         from <= DR_AT(f->versions, dr_version, f->versions.count - 1).to))
        return false;
    dr_diag *d = dr_warn_at(f, period->span, "W0604",
                            "\"%s\" is never in force: this period lies outside the policy's", name);
    dr_diag_hint(f->diags, d, "correct the days, or take the clause away");
    return true;
}

static void look_at_clause(dr_reach *x, uint32_t i)
{
    const dr_guard *g = &x->w->guards[i];
    dr_front *f = x->f;
    const char *name = g->ast->text != NULL ? g->ast->text : "this";
    x->n_takers = 0;
    if (outside(f, name, g->ast->e, g->from, g->to))
        return;
    if (taken(x, i, DR_NONE))
        return; /* its condition never holds: W0601 */
    for (uint32_t k = dr_next_above(x->w, i, 0); k != DR_NONE; k = dr_next_above(x->w, i, k + 1))
        x->takers[x->n_takers++] = k;
    if (x->n_takers == 0 || !taken(x, i, DR_NONE))
        return;
    leave_needed(x, i);
    if (several_params(x, i) || taken_from_above(x, i))
        return;
    dr_diag *d = dr_warn_at(f, g->ast->span, "W0603",
                            "\"%s\" never decides: wherever it applies, an exception to it does", name);
    label_takers(x, d,
                 x->n_takers == 1 ? "this exception takes all of its cases"
                                  : "this exception takes some of its cases");
    dr_diag_hint(f->diags, d, "take the clause away, or narrow its exceptions");
}

static bool same_result(dr_front *f, const dr_guard *a, const dr_guard *b)
{
    int64_t u = 0, v = 0;
    return dr_ast_same(a->value, b->value) ||
           (dr_constant(f, a->value, &u) && dr_constant(f, b->value, &v) && u == v);
}

/* In a `unique` table other rows answer alike, or the row would be an error. */
static void look_at_row(dr_reach *x, uint32_t i)
{
    dr_front *f = x->f;
    bool first = x->w->ast->c->op == 'f';
    const dr_guard *g = &x->w->guards[i];
    x->n_takers = 0;
    dr_diag *d = NULL;
    if (taken(x, i, DR_NONE)) {
        if (!several_params(x, i))
            d = dr_warn_at(f, g->ast->span, "W0605",
                           "this row answers no case: its conditions exclude each other");
        dr_diag_hint(f->diags, d, "correct a cell, or take the row away");
        return;
    }
    for (uint32_t k = 0; k < (first ? i : x->w->n_guards); k++)
        if (k != i && (first || (k < i && same_result(f, &x->w->guards[k], g))))
            x->takers[x->n_takers++] = k;
    if (x->n_takers == 0 || !taken(x, i, DR_NONE))
        return;
    leave_needed(x, i);
    if (several_params(x, i) || taken_from_above(x, i))
        return;
    d = dr_warn_at(f, g->ast->span, "W0605",
                   first ? "this row is never reached: the rows above it take all of its cases"
                         : "this row adds nothing: others answer all of its cases alike");
    label_takers(x, d, x->n_takers == 1 ? "this row takes all of them" : "this row takes some of them");
    dr_diag_hint(f->diags, d, first ? "move it up, or take it away" : "take it away");
}

static void look_at_attribute(dr_front *f, const dr_work *w)
{
    dr_reach x = {.f = f, .w = w};
    bool open = reach_open(&x);
    for (uint32_t k = 0; k < w->n_guards && open; k++)
        (w->ast->c != NULL ? look_at_row : look_at_clause)(&x, k);
    dr_reason_free(x.r);
}

void dr_lint_reach(dr_front *f)
{
    int64_t from = 0, to = 0;
    for (uint32_t i = 0; i < f->work.count && !f->no_memory; i++) {
        const dr_work *w = &DR_AT(f->work, dr_work, i);
        bool rule = w->ast->kind == A_LINE || w->ast->kind == A_MARK || w->ast->kind == A_FINDING;
        if (rule && dr_period(f, w->ast->e, &from, &to))
            outside(f, w->ast->text, w->ast->e, from, to);
        else if (w->kind == DR_NODE_ATTR &&
                 (w->n_guards > 1 || w->ast->c != NULL || (w->n_guards == 1 && w->ast->b->e != NULL)))
            look_at_attribute(f, w);
    }
}
