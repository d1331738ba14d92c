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

static bool is_known(dr_front *f, const dr_ast *item, const dr_untested *made)
{
    if (is_there(f, item->text) || (dr_about_change(made) && is_declared(f, item->text)))
        return true;
    unknown(f, item);
    return false;
}

/* One for each text, or for all of what is named. */
static uint32_t count_texts(const dr_ast *item)
{
    uint32_t n = 1;
    for (const dr_ast *text = item->a; text != NULL && text->next != NULL; text = text->next)
        n++;
    return n;
}

bool dr_make_untested(dr_front *f)
{
    uint32_t n = 0;
    bool ok = true;
    for (uint32_t i = 0; i < f->untested.count; i++)
        n += count_texts(DR_AT(f->untested, dr_ast *, i));
    dr_untested *out = dr_take_zero(&f->program->arena, (size_t)n + 1, sizeof *out);
    if (out == NULL)
        return f->no_memory = true, false;
    f->program->untested = out;
    f->program->n_untested = n;
    for (uint32_t i = 0; i < f->untested.count; i++) {
        const dr_ast *item = DR_AT(f->untested, dr_ast *, i), *text = item->a;
        const dr_untested *first = out;
        do {
            *out++ = (dr_untested){item->text, text == NULL ? NULL : text->text, item->b->text,
                                   text == NULL ? item->span : text->span};
            text = text == NULL ? NULL : text->next;
        } while (text != NULL);
        ok = is_known(f, item, first) && ok;
    }
    return ok;
}
