/* drip: api_witness.c, level 3. The search for witnesses: two programs, a session of each, and views of what was found. */
#include "api.h"
#include "../dsl/compile.h"
#include "api_test.h"
#include "witness.h"

#include <string.h>

enum { BUDGET = 100000, SHORTHANDS = 2 };

struct drip_witnesses {
    drip_engine *engine;
    drip_program *programs[2];
    drip_session *sessions[2];
    dr_hunt hunt;
    bool open, done;
};

void drip_witnesses_free(drip_witnesses *w)
{
    if (w == NULL)
        return;
    if (w->open)
        dr_hunt_close(&w->hunt);
    for (int i = 0; i < 2; i++) {
        drip_session_free(w->sessions[i]);
        drip_program_free(w->programs[i]);
    }
    dr_alloc a = w->engine->alloc;
    dr_free(&a, w, sizeof *w);
}

static drip_status open_all(drip_witnesses *w, drip_program *before, drip_program *after)
{
    const dr_program *const programs[2] = {before->p, after->p};
    w->programs[0] = drip_program_ref(before);
    w->programs[1] = drip_program_ref(after);
    for (int i = 0; i < 2; i++) {
        drip_status status = drip_session_new(w->programs[i], &w->sessions[i]);
        if (status != DRIP_OK)
            return status;
    }
    dr_session *const sessions[2] = {&w->sessions[0]->s, &w->sessions[1]->s};
    w->open = true;
    if (!dr_hunt_open(&w->hunt, programs, sessions, &w->engine->alloc))
        return DRIP_NO_MEMORY;
    w->hunt.reserved = dr_is_keyword;
    return DRIP_OK;
}

drip_status drip_witnesses_new(drip_program *before, drip_program *after, const drip_options_witness *options,
                               drip_witnesses **out)
{
    if (out != NULL)
        *out = NULL;
    if (before == NULL || after == NULL || out == NULL)
        return DRIP_MISUSE;
    drip_witnesses *w = dr_new(&before->engine->alloc, sizeof *w);
    if (w == NULL)
        return DRIP_NO_MEMORY;
    w->engine = before->engine;
    drip_status status = open_all(w, before, after);
    if (status != DRIP_OK) {
        drip_witnesses_free(w);
        return status;
    }
    w->hunt.budget = options != NULL && options->budget != 0 ? options->budget : BUDGET;
    w->hunt.most = options != NULL && options->shorthands != 0 ? options->shorthands : SHORTHANDS;
    *out = w;
    return DRIP_OK;
}

drip_status drip_witnesses_seed(drip_witnesses *w, const char *json, size_t len)
{
    if (w == NULL || json == NULL || w->done)
        return DRIP_MISUSE;
    return dr_hunt_seed(&w->hunt, json, len) ? DRIP_OK : DRIP_NO_MEMORY;
}

static bool seed_case(void *context, const dr_case *c)
{
    return dr_hunt_seed(&((drip_witnesses *)context)->hunt, c->json, c->len);
}

drip_status drip_witnesses_seed_tests(drip_witnesses *w, drip_layers *layers, const char *search_path)
{
    if (w == NULL || layers == NULL || w->done)
        return DRIP_MISUSE;
    return dr_tests_cases(layers, search_path, seed_case, w);
}

drip_status drip_witnesses_search(drip_witnesses *w)
{
    if (w == NULL || w->done)
        return DRIP_MISUSE;
    w->done = true;
    return (drip_status)dr_hunt_run(&w->hunt);
}

/* ---- views */

static const dr_witness *of_point(const drip_witnesses *w, uint32_t point)
{
    for (uint32_t i = 0; i < w->hunt.n_found; i++)
        if (w->hunt.found[i].point == point)
            return &w->hunt.found[i];
    return NULL;
}

/* The n-th that belongs to no point. */
static const dr_witness *other(const drip_witnesses *w, uint32_t n)
{
    for (uint32_t i = 0; i < w->hunt.n_found; i++)
        if (w->hunt.found[i].point == DR_NONE && n-- == 0)
            return &w->hunt.found[i];
    return NULL;
}

static uint32_t count_found(const drip_witnesses *w)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < w->hunt.n_found; i++)
        n += w->hunt.found[i].point != DR_NONE;
    return n;
}

drip_status drip_witnesses_summary(const drip_witnesses *w, drip_witness_search *view)
{
    if (w == NULL || view == NULL)
        return DRIP_MISUSE;
    *view = (drip_witness_search){w->hunt.tried, w->hunt.n_seeds,  w->hunt.composed,
                                  w->hunt.full,  w->hunt.points.n, count_found(w)};
    return DRIP_OK;
}

uint32_t drip_witnesses_count(const drip_witnesses *w)
{
    return w == NULL || !w->done ? 0 : w->hunt.points.n + w->hunt.n_found - count_found(w);
}

drip_status drip_witnesses_item(const drip_witnesses *w, uint32_t item, drip_witness *view)
{
    static const char *const kinds[] = {"clause", "parameter", "row", "enum", "hook", "policy", "other"};
    if (w == NULL || view == NULL || !w->done)
        return DRIP_MISUSE;
    bool is_point = item < w->hunt.points.n;
    const dr_witness *found = is_point ? of_point(w, item) : other(w, item - w->hunt.points.n);
    if (!is_point && found == NULL)
        return DRIP_NOT_FOUND;
    *view = (drip_witness){.kind = "other"};
    if (is_point) {
        const dr_point *p = &w->hunt.points.items[item];
        *view = (drip_witness){.kind = strcmp(kinds[p->kind], "row") == 0 && strchr(p->name, '[') == NULL
                                           ? "table"
                                           : kinds[p->kind],
                               .name = p->name,
                               .said = {p->said[0], p->said[1]}};
    }
    if (found == NULL)
        return DRIP_OK;
    view->name = found->name;
    view->json = found->json;
    view->scenario = found->scenario;
    view->parted = found->parted;
    view->rows = found->rows;
    view->cells = found->cells;
    for (int i = 0; i < 2; i++) {
        view->answer[i] = found->answer_lines[i];
        view->whole[i] = found->answers[i];
        view->decided[i] =
            found->clauses[i] != NULL && found->clauses[i][0] != '\0' ? found->clauses[i] : NULL;
    }
    return DRIP_OK;
}

const char *drip_program_source(const drip_program *program, uint32_t source)
{
    return program == NULL || source >= program->p->sources.count ? NULL
                                                                  : program->p->sources.items[source].origin;
}
