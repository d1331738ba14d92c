/* drip: api_mutate.c, level 3. Which small changes of a policy (dsl/mutate.c) its scenarios notice.
 *
 * First every scenario is run under the policy as it is, and what each clause did in it is kept (api_mutate_base.c).
 * Then each change is made and compiled, and the scenarios are run that reach its clause: first those in which it
 * applied, then those in which it was asked, those without settings before others, until one does not hold
 * (api_mutate_try.c). A change of what no clause is (a parameter, a group, days in force) is tried on all. Scenarios
 * that fail as it is say nothing about a change.
 *
 * A change that drip refuses is none that anybody could make, and one that compiles to the same program changes
 * nothing: neither counts. For what survives, a scenario that would notice it is looked for near those that reach it
 * (api_vary.c), then, where that is asked for, among other encounters (api_mutate_hunt.c). What survives may have a
 * reason in the sources (api_mutate_tell.c). Changes are shared among threads; each is a task of its own, so the answer
 * depends on nothing but the sources. */
#include "api_mutate.h"

#include <string.h>

enum { ARENA_FIRST = 1 << 16 };

/* ---- what is changed */

/* The clause that begins there, if there is only one. */
static uint32_t clause_at(const dr_program *p, uint32_t source, uint32_t start)
{
    uint32_t found = DR_NONE, n = 0;
    for (uint32_t i = 0; i < p->n_clauses; i++)
        if (p->clauses[i].span.source == source && p->clauses[i].span.start == start) {
            found = i;
            n++;
        }
    return n == 1 ? found : DR_NONE;
}

static bool wanted(const dr_mutating *x, const dr_mut_item *it)
{
    if (x->options->only == NULL)
        return true;
    const char *origin = x->base.items[it->source].origin, *slash = strrchr(origin, '/');
    const char *file = slash == NULL ? origin : slash + 1;
    for (const char *const *only = x->options->only; *only != NULL; only++)
        if (strstr(dr_mut_name(x, it), *only) != NULL || strcmp(file, *only) == 0)
            return true;
    return false;
}

/* Of the policy or layer on top alone: what it lies over has scenarios of its own. */
static bool is_own(const dr_mutating *x, uint32_t source)
{
    const dr_program *p = x->plain->p;
    return p->n_layers == 0 || p->source_layers[source] == p->n_layers - 1;
}

static bool make_items(const drip_mutation *o, dr_mutating *x)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < x->base.count; i++)
        n += x->mutants[i].count;
    x->items = dr_mut_keep(x, n, sizeof *x->items);
    for (uint32_t i = 0; x->items != NULL && i < x->base.count; i++) {
        if (!is_own(x, i))
            continue;
        for (uint32_t k = 0; k < x->mutants[i].count; k++) {
            const dr_mutant *m = &x->mutants[i].items[k];
            dr_mut_item it = {.m = m, .source = i, .clause = DR_NONE};
            if (m->owner != UINT32_MAX)
                it.clause = clause_at(x->plain->p, i, m->owner);
            uint8_t state = dr_mut_known(o, x, &it);
            if (wanted(x, &it) && (state == MUT_UNKNOWN || state == MUT_SURVIVED))
                x->items[x->n_items++] = it;
        }
    }
    return x->items != NULL;
}

/* ---- a policy with its scenarios */

static drip_status look(const drip_mutation *o, dr_mutating *x, const drip_layers *layers)
{
    drip_status status = dr_mut_open(x, layers);
    if (status != DRIP_OK)
        return status;
    x->runs = dr_mut_keep(x, x->home->p->n_cases + 1, sizeof *x->runs);
    x->cases = dr_mut_keep(x, x->home->p->n_cases, sizeof *x->cases);
    if (x->runs == NULL || x->cases == NULL || !make_items(o, x))
        return DRIP_NO_MEMORY;
    return dr_mut_look(x);
}

static void free_item(dr_mutating *x, dr_mut_item *it)
{
    dr_free(&x->engine->alloc, it->scenario, it->scenario_size);
    dr_free(&x->engine->alloc, it->encounter, it->encounter_size);
}

static void close_policy(dr_mutating *x)
{
    for (uint32_t i = 0; i < x->n_runs; i++)
        drip_program_free(x->runs[i].program);
    for (uint32_t i = 0; i < x->n_items; i++)
        free_item(x, &x->items[i]);
    for (uint32_t i = 0; x->mutants != NULL && i < x->base.count; i++)
        dr_mutants_free(&x->mutants[i]);
    drip_program_free(x->plain);
    dr_arena_free(&x->arena);
}

typedef struct mutation {
    drip_mutation *out;
    const drip_options_test *options;
} mutation;

static uint32_t rows_left_out(const dr_mutating *x)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < x->base.count; i++)
        n += is_own(x, i) ? x->mutants[i].rows_left_out : 0;
    return n;
}

static drip_status mutate_policy(void *context, const dr_test_home *home)
{
    const mutation *all = context;
    dr_mutating x = {.engine = all->out->engine, .options = all->options, .home = home->home};
    dr_arena_init(&x.arena, &x.engine->alloc, ARENA_FIRST, x.engine->limits.compile_heap);
    drip_status status = look(all->out, &x, home->layers);
    if (status == DRIP_OK) {
        dr_api_share(x.n_items, x.options->jobs, dr_mut_try, &x);
        status = dr_mut_find(&x);
    }
    if (status == DRIP_OK && x.options->budget > 0)
        status = dr_mut_hunt(&x);
    if (status == DRIP_OK) {
        status = dr_mut_tell(all->out, &x);
        all->out->rows_left_out = rows_left_out(&x);
    }
    close_policy(&x);
    return status;
}

drip_status drip_mutate(drip_layers *layers, const char *search_path, const drip_options_test *options,
                        drip_mutation **out, drip_error **error)
{
    drip_options_test chosen = {.struct_size = sizeof chosen};
    if (error != NULL)
        *error = NULL;
    if (layers == NULL || out == NULL)
        return DRIP_MISUSE;
    *out = NULL;
    if (!dr_api_options(&chosen, sizeof chosen, options))
        return DRIP_MISUSE;
    drip_mutation *m = dr_new(&layers->engine->alloc, sizeof *m);
    if (m == NULL)
        return DRIP_NO_MEMORY;
    m->engine = layers->engine;
    dr_arena_init(&m->arena, &m->engine->alloc, ARENA_FIRST, m->engine->limits.compile_heap);
    mutation all = {m, &chosen};
    drip_status status = dr_test_homes(layers, search_path, &chosen, mutate_policy, &all, error);
    if (status == DRIP_OK)
        status = dr_mut_conclude(m, chosen.only == NULL);
    if (status == DRIP_OK)
        *out = m;
    else
        drip_mutation_free(m);
    return status;
}

void drip_mutation_free(drip_mutation *m)
{
    if (m == NULL)
        return;
    dr_alloc a = m->engine->alloc;
    dr_arena_free(&m->arena);
    dr_free(&a, m, sizeof *m);
}

drip_status drip_mutation_item(const drip_mutation *m, uint32_t item, drip_mutant *view)
{
    if (m == NULL || view == NULL)
        return DRIP_MISUSE;
    if (item >= m->count)
        return DRIP_NOT_FOUND;
    *view = m->items[item];
    return DRIP_OK;
}

void drip_mutation_left_out(const drip_mutation *m, uint32_t *refused, uint32_t *same, uint32_t *rows)
{
    *refused = m->refused;
    *same = m->same;
    *rows = m->rows_left_out;
}
