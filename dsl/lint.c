/* drip: lint.c, level 2a. Conditions that say nothing: one that can never hold after what stands before it in the
 * same "and", one that always does.
 *
 * Each run of "and" is looked at from left to right, wherever it stands. What parameters do alone is left open,
 * as layers set them; a limit that is a parameter counts with its value, but two of them are never held
 * against each other, and nothing is called superfluous because of one. */
#include "lint.h"

#include <string.h>

enum { RUN_MAX = 32 };

typedef struct dr_run {
    dr_front *f;
    dr_reason *r;
    uint32_t n;
    const dr_ast *parts[RUN_MAX];
    const dr_claim *holds[RUN_MAX], *fails[RUN_MAX];
} dr_run;

const char *dr_lint_text(dr_front *f, dr_span span)
{
    dr_buf out;
    dr_buf_init(&out, &f->alloc, 1000);
    dr_write_source(f, span, &out);
    const char *kept = out.data == NULL ? NULL : dr_take_text(f->arena, out.data, out.len);
    dr_buf_free(&out);
    return kept == NULL ? "this" : kept;
}

void dr_lint_params(dr_front *f, dr_diag *d, uint32_t param)
{
    if (param == DR_NONE || d == NULL)
        return;
    const dr_param *p = &DR_AT(f->params, dr_param, param);
    int64_t unused = 0;
    for (uint32_t i = f->items.count; i-- > 0;) { /* a layer's value counts */
        const dr_ast *item = DR_AT(f->items, dr_ast *, i);
        if ((item->kind != A_PARAM && item->kind != A_SET) || item->text != p->name)
            continue;
        if (dr_param_constant(f, param, &unused))
            dr_diag_label(f->diags, d, item->span, "%s is %s", p->name, dr_lint_text(f, item->b->a->span));
        else
            dr_diag_label(f->diags, d, item->span, "the values of %s", p->name);
        return;
    }
}

static void flatten(dr_run *run, const dr_ast *e)
{
    if (e->kind == A_AND) {
        flatten(run, e->a);
        flatten(run, e->b);
    } else if (run->n < RUN_MAX) {
        run->parts[run->n++] = e;
    }
}

static bool refuted(const dr_run *run, const dr_claim *a, const dr_claim *b)
{
    const dr_claim *goals[2] = {a, b};
    return dr_reason_refutes(run->r, goals, b == NULL ? 1 : 2);
}

/* All before `at` with one more. */
static bool refuted_after(const dr_run *run, uint32_t at, const dr_claim *c)
{
    const dr_claim *goals[RUN_MAX + 1];
    memcpy(goals, run->holds, at * sizeof *goals);
    goals[at] = c;
    return dr_reason_refutes(run->r, goals, at + 1);
}

/* Of those before `at` the one that suffices; DR_NONE: it takes several. */
static uint32_t reason_for(const dr_run *run, uint32_t at, const dr_claim *c)
{
    for (uint32_t k = 0; k < at; k++)
        if (refuted(run, run->holds[k], c))
            return k;
    return DR_NONE;
}

static uint32_t params_of(const dr_run *run, uint32_t at, uint32_t because, bool alone, uint32_t *param)
{
    uint32_t most = dr_claim_params(run->holds[at], param);
    for (uint32_t k = 0; k < at && !alone; k++) {
        uint32_t n = because == DR_NONE || because == k ? dr_claim_params(run->holds[k], param) : 0;
        most = n > most ? n : most;
    }
    return most;
}

/* It hangs on a parameter with several dated values: a layer's values must not make what its base says look wrong. */
static bool reads_dated(dr_front *f, const dr_ast *e)
{
    int64_t unused = 0;
    if (e == NULL)
        return false;
    if (e->kind == A_NAME && e->refers == R_PARAM && !dr_param_constant(f, e->ref, &unused))
        return true;
    const dr_ast *parts[] = {e->a, e->b, e->c, e->d, e->e};
    for (int i = 0; i < 5; i++)
        for (const dr_ast *p = parts[i]; p != NULL; p = p->next)
            if (reads_dated(f, p))
                return true;
    return false;
}

static void say_never(dr_run *run, uint32_t at, bool alone)
{
    const dr_ast *e = run->parts[at];
    uint32_t because = alone ? DR_NONE : reason_for(run, at, run->holds[at]), param = DR_NONE;
    if (params_of(run, at, because, alone, &param) > 1 || reads_dated(run->f, e))
        return;
    const char *text = dr_lint_text(run->f, e->span);
    dr_diag *d;
    if (alone)
        d = dr_warn_at(run->f, e->span, "W0601", "`%s` can never hold", text);
    else if (because == DR_NONE)
        d = dr_warn_at(run->f, e->span, "W0601", "`%s` can never hold after what stands before it", text);
    else
        d = dr_warn_at(run->f, e->span, "W0601", "`%s` can never hold here: `%s` is required already", text,
                       dr_lint_text(run->f, run->parts[because]->span));
    if (d != NULL && because != DR_NONE)
        dr_diag_label(run->f->diags, d, run->parts[because]->span, "this leaves no case in which it holds");
    dr_lint_params(run->f, d, param);
    dr_diag_hint(run->f->diags, d,
                 alone ? "no value is like that: correct it, or take it away"
                       : "correct one of the two; if either will do, write \"or\"");
}

static void say_always(dr_run *run, uint32_t at, bool alone)
{
    const dr_ast *e = run->parts[at];
    uint32_t because = alone ? DR_NONE : reason_for(run, at, run->fails[at]), param = DR_NONE;
    if (params_of(run, at, because, alone, &param) > 0 || reads_dated(run->f, e))
        return;
    const char *text = dr_lint_text(run->f, e->span);
    dr_diag *d;
    if (alone)
        d = dr_warn_at(run->f, e->span, "W0602", "`%s` always holds", text);
    else if (because == DR_NONE)
        d = dr_warn_at(run->f, e->span, "W0602", "`%s` always holds after what stands before it", text);
    else
        d = dr_warn_at(run->f, e->span, "W0602", "`%s` always holds here: `%s` is required already", text,
                       dr_lint_text(run->f, run->parts[because]->span));
    if (d != NULL && because != DR_NONE)
        dr_diag_label(run->f->diags, d, run->parts[because]->span, "where this holds, it does too");
    dr_diag_hint(run->f->diags, d, "take it away, or correct it");
}

/* True: more can be said of the next one. */
static bool look_at(dr_run *run, uint32_t at)
{
    if (refuted(run, run->holds[at], NULL)) {
        say_never(run, at, true);
        return false;
    }
    if (at > 0 && refuted_after(run, at, run->holds[at])) {
        say_never(run, at, false);
        return false;
    }
    if (run->parts[at]->kind == A_KNOWN || run->parts[at]->kind == A_MISSING)
        return true; /* W0310 */
    if (refuted(run, run->fails[at], NULL))
        say_always(run, at, true);
    else if (at > 0 && refuted_after(run, at, run->fails[at]))
        say_always(run, at, false);
    return true;
}

/* A lone comparison with a constant is looked at as well: it may lie outside of all values. */
static void look_at_run(dr_front *f, const dr_ast *e)
{
    dr_run run = {.f = f};
    flatten(&run, e);
    run.r = dr_reason_new(f, true, 0);
    for (uint32_t i = 0; i < run.n && run.r != NULL; i++) {
        run.holds[i] = dr_claim_of(run.r, run.parts[i], true);
        run.fails[i] = dr_claim_of(run.r, run.parts[i], false);
    }
    if (run.r != NULL && !f->no_memory) {
        dr_reason_seal(run.r);
        for (uint32_t i = 0; i < run.n; i++)
            if (!look_at(&run, i))
                break;
    }
    dr_reason_free(run.r);
}

static bool can_be_empty(const dr_ast *e)
{
    switch (e->kind) {
    case A_AND:
    case A_OVER:
    case A_UNDER:
    case A_ATLEAST:
    case A_ATMOST:
    case A_BEFORE:
    case A_AFTER:
    case A_OR:
        return true;
    default:
        return false;
    }
}

/* Every run of "and" in it; `whole`: it is a condition on its own, and not a part of a run. */
static void look_into(dr_front *f, const dr_ast *e, bool whole)
{
    if (e == NULL || f->no_memory)
        return;
    if (whole && e->type.kind == DR_BOOL && can_be_empty(e))
        look_at_run(f, e);
    const dr_ast *parts[] = {e->a, e->b, e->c, e->d, e->e};
    for (int i = 0; i < 5; i++)
        for (const dr_ast *p = parts[i]; p != NULL; p = p->next)
            look_into(f, p, e->kind != A_AND || p->kind == A_OR);
}

/* `when no` and `when yes` too. */
static void look_at_when(dr_front *f, const dr_ast *when)
{
    if (when == NULL)
        return;
    if (!can_be_empty(when))
        look_at_run(f, when);
    look_into(f, when, true);
}

static void look_at_attribute(dr_front *f, const dr_work *w)
{
    for (uint32_t i = 0; i < w->n_guards; i++) {
        if (w->ast->c == NULL)
            look_at_when(f, w->guards[i].when);
        look_into(f, w->guards[i].value, true);
    }
}

void dr_lint_conditions(dr_front *f)
{
    for (uint32_t i = 0; i < f->work.count && !f->no_memory; i++) {
        const dr_work *w = &DR_AT(f->work, dr_work, i);
        if (w->kind == DR_NODE_ATTR) {
            look_at_attribute(f, w);
        } else if (w->kind == DR_NODE_GROUP) {
            look_at_when(f, w->ast->c);
        } else if (w->kind == DR_NODE_CLOCK) {
            look_at_when(f, w->ast->b);
        } else if (w->kind == DR_NODE_RULE) {
            look_at_when(f, w->ast->c);
            for (const dr_ast *a = w->ast->d; a != NULL; a = a->next) {
                if (a->kind == A_ASSIGN)
                    look_at_when(f, a->b);
                look_into(f, a->a, true);
            }
        }
    }
}
