/* drip: untested.c, level 2a. What the sources say cannot be exercised by a scenario, and why. */
#include "layers.h"

#include <string.h>

static bool is_there(const dr_front *f, const char *name)
{
    for (uint32_t i = 0; i < f->clauses.count; i++)
        if (strcmp(DR_AT(f->clauses, dr_clause, i).name, name) == 0)
            return true;
    for (uint32_t i = 1; i < f->params.count; i++)
        if (strcmp(DR_AT(f->params, dr_param, i).name, name) == 0)
            return true;
    return dr_is_gone(f, name, false);
}

/* A change may be one of any declaration. */
static bool is_declared(const dr_front *f, const char *name)
{
    for (uint32_t i = 0; i < f->items.count; i++)
        if (DR_AT(f->items, dr_ast *, i)->text != NULL &&
            strcmp(DR_AT(f->items, dr_ast *, i)->text, name) == 0)
            return true;
    return false;
}

static void unknown(dr_front *f, const dr_ast *item)
{
    dr_diag *d =
        dr_error_at(f, item->span, "E0510", "there is no clause and no parameter \"%s\"", item->text);
    dr_suggest g;
    dr_suggest_init(&g, item->text, strlen(item->text));
    for (uint32_t i = 0; i < f->clauses.count; i++)
        dr_suggest_try(&g, DR_AT(f->clauses, dr_clause, i).name);
    for (uint32_t i = 1; i < f->params.count; i++)
        dr_suggest_try(&g, DR_AT(f->params, dr_param, i).name);
    dr_hint_nearest(f, d, &g);
}

bool dr_make_untested(dr_front *f)
{
    uint32_t n = f->untested.count;
    bool ok = true;
    f->program->untested = dr_take_zero(&f->program->arena, (size_t)n + 1, sizeof *f->program->untested);
    if (f->program->untested == NULL)
        return f->no_memory = true, false;
    f->program->n_untested = n;
    for (uint32_t i = 0; i < n; i++) {
        const dr_ast *item = DR_AT(f->untested, dr_ast *, i);
        f->program->untested[i] =
            (dr_untested){item->text, item->a == NULL ? NULL : item->a->text, item->b->text, item->span};
        bool change = dr_about_change(&f->program->untested[i]);
        if (!is_there(f, item->text) && !(change && is_declared(f, item->text))) {
            unknown(f, item);
            ok = false;
        }
    }
    return ok;
}
