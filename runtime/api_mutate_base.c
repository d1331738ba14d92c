/* drip: api_mutate_base.c, level 3. What drip_mutate starts from: the policy as it is without its scenarios, the programs of
 * each set of settings that scenarios have, and which clauses are in the reach of each scenario. */
#include "api_mutate.h"
#include "coverage.h"

#include <string.h>

/* ---- programs */

drip_status dr_mut_compile(const drip_layers *layers, const char *settings, drip_program **program)
{
    drip_error *error = NULL;
    drip_status status = dr_api_compile(layers, settings, program, &error);
    drip_error_free(error);
    return status;
}

drip_status dr_mut_compile_with(const dr_mutating *x, const char *origin, const dr_buf *source,
                                const char *settings, drip_program **program, drip_error **error)
{
    const dr_alloc *a = &x->engine->alloc;
    drip_layers layers = x->base;
    size_t own = x->base.count * sizeof *layers.items, bytes = own + sizeof *layers.items;
    drip_status status = DRIP_NO_MEMORY;
    layers.items = source->failed ? NULL : dr_new(a, bytes);
    if (layers.items != NULL) {
        memcpy(layers.items, x->base.items, own);
        layers.items[layers.count++] =
            (dr_layer_source){(char *)(uintptr_t)origin, source->data, source->len};
        status = dr_api_compile(&layers, settings, program, error);
    }
    dr_free(a, layers.items, bytes);
    return status;
}

drip_status dr_mutated(const dr_mutating *x, const dr_mut_item *it, const char *settings,
                       drip_program **program)
{
    const dr_alloc *a = &x->engine->alloc;
    const dr_layer_source *was = &x->base.items[it->source];
    const dr_mutant *m = it->m;
    size_t len = strlen(m->text), size = was->len - (m->end - m->start) + len + 1;
    size_t bytes = x->base.count * sizeof *x->base.items;
    drip_layers changed = x->base;
    drip_status status = DRIP_NO_MEMORY;
    changed.items = dr_new(a, bytes);
    char *text = dr_new(a, size);
    if (changed.items != NULL && text != NULL) {
        memcpy(changed.items, x->base.items, bytes);
        memcpy(text, was->bytes, m->start);
        memcpy(text + m->start, m->text, len);
        memcpy(text + m->start + len, was->bytes + m->end, was->len - m->end);
        changed.items[it->source].bytes = text;
        changed.items[it->source].len = size - 1;
        status = dr_mut_compile(&changed, settings, program);
    }
    dr_free(a, text, size);
    dr_free(a, changed.items, bytes);
    return status;
}

/* ---- settings without compiling again
 *
 * A quick program (compile.h) has folded no parameter away, so it can be run with other values of them: those that
 * the run's own program has. Whether that answers as the run's own program does is tried with the policy as it is. */

bool dr_mut_params_open(dr_mut_params *own, dr_program *p)
{
    *own = (dr_mut_params){dr_take(&p->arena, (p->n_params + 1) * sizeof *own->params), p->param_values,
                           p->n_param_values};
    if (own->params == NULL)
        return false;
    memcpy(own->params, p->params, p->n_params * sizeof *own->params);
    return true;
}

/* "set NAME = …" stands on a line. */
static bool sets(const char *settings, const char *name)
{
    size_t len = strlen(name);
    for (const char *at = settings; at != NULL && *at != '\0';
         at = strchr(at, '\n'), at = at == NULL ? NULL : at + 1)
        if (strncmp(at, "set ", 4) == 0 && strncmp(at + 4, name, len) == 0 && at[4 + len] == ' ')
            return true;
    return false;
}

/* Sets and lists are the program's own. */
static bool can_move(const dr_mut_run *run)
{
    const dr_program *from = run->program->p;
    for (uint32_t i = 1; i < from->n_params; i++)
        if (sets(run->settings, from->params[i].name) &&
            (from->params[i].type.kind == DR_SET || from->params[i].type.kind == DR_LIST))
            return false;
    return true;
}

static int64_t moved(dr_program *p, const dr_program *from, dr_type type, int64_t value)
{
    if (type.kind != DR_TEXT || value == DR_MISSING)
        return value;
    const dr_text *text = dr_sym_text(&from->syms, value);
    return dr_sym(&p->syms, text->bytes, text->len);
}

/* Its own values, but for those that the settings give. */
bool dr_mut_params_set(const dr_mut_params *own, dr_program *p, const dr_mut_run *run)
{
    const dr_program *from = run->program->p;
    uint32_t n = own->n_values;
    dr_dated *values = dr_take(&p->arena, ((size_t)n + from->n_param_values + 1) * sizeof *values);
    if (values == NULL || from->n_params != p->n_params)
        return false;
    memcpy(values, own->values, n * sizeof *values);
    memcpy(p->params, own->params, p->n_params * sizeof *p->params);
    for (uint32_t i = 1; i < p->n_params; i++) {
        const dr_param *given = &from->params[i];
        if (!sets(run->settings, given->name))
            continue;
        p->params[i].first = n;
        p->params[i].count = given->count;
        for (uint32_t k = 0; k < given->count; k++, n++) {
            values[n] = from->param_values[given->first + k];
            values[n].value = moved(p, from, given->type, values[n].value);
        }
    }
    p->param_values = values;
    p->n_param_values = n;
    return true;
}

/* ---- the policy as it is */

void *dr_mut_keep(dr_mutating *x, size_t n, size_t size)
{
    return dr_take_zero(&x->arena, n + 1, size);
}

/* Blanks in the place of scenarios: what stands where stays. */
static bool without_scenarios(dr_mutating *x, uint32_t source, const dr_mutants *m)
{
    dr_layer_source *s = &x->base.items[source];
    if (m->n_blanks == 0)
        return true;
    char *bytes = dr_take_text(&x->arena, s->bytes, s->len);
    for (uint32_t i = 0; bytes != NULL && i < m->n_blanks; i++)
        for (uint32_t at = m->blanks[2 * i]; at < m->blanks[2 * i + 1]; at++)
            bytes[at] = bytes[at] == '\n' ? '\n' : ' ';
    s->bytes = bytes;
    return bytes != NULL;
}

drip_status dr_mut_open(dr_mutating *x, const drip_layers *layers)
{
    dr_sources sources;
    bool ok = true;
    x->base = *layers;
    x->base.quick = true;
    x->base.items = dr_mut_keep(x, layers->count, sizeof *x->base.items);
    x->mutants = dr_mut_keep(x, layers->count, sizeof *x->mutants);
    if (x->base.items == NULL || x->mutants == NULL)
        return DRIP_NO_MEMORY;
    dr_sources_init(&sources, &x->engine->alloc, x->engine->limits.compile_heap);
    for (uint32_t i = 0; i < layers->count && ok; i++) {
        x->base.items[i] = layers->items[i];
        ok = dr_sources_add(&sources, layers->items[i].origin, layers->items[i].bytes,
                            layers->items[i].len) >= 0;
    }
    for (uint32_t i = 0; i < layers->count && ok; i++)
        ok =
            dr_mutants_make(&x->mutants[i], &x->engine->alloc, &sources, i, x->engine->limits.compile_heap) &&
            without_scenarios(x, i, &x->mutants[i]);
    dr_sources_free(&sources);
    return ok ? dr_mut_compile(&x->base, NULL, &x->plain) : DRIP_NO_MEMORY;
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* Those without settings are the first run. */
static void make_runs(dr_mutating *x)
{
    const dr_program *p = x->home->p;
    x->n_runs = 1;
    for (uint32_t i = 0; i < p->n_cases; i++) {
        const dr_case *c = &p->cases[i];
        uint32_t run = 0;
        if (c->under != NULL)
            continue;
        while (run < x->n_runs && !same_text(x->runs[run].settings, c->settings))
            run++;
        if (run == x->n_runs)
            x->runs[x->n_runs++].settings = c->settings;
        x->cases[x->n_cases++] = (dr_mut_case){.c = c, .run = run};
    }
}

drip_status dr_mut_eval(drip_session *s, const dr_mut_case *c)
{
    s->s.known_on = c->c->known_on;
    return drip_eval(s, c->c->json, c->c->len);
}

static drip_status note_reach(dr_mutating *x, drip_session *s, dr_mut_case *c)
{
    dr_coverage coverage;
    uint32_t n = s->s.program->n_clauses;
    drip_status status = DRIP_NO_MEMORY;
    c->reach = dr_mut_keep(x, n, sizeof *c->reach);
    if (c->reach != NULL && dr_coverage_open(&coverage, s->s.program, &x->engine->alloc)) {
        status = (drip_status)dr_coverage_note(&coverage, &s->s);
        for (uint32_t i = 0; i < n; i++) {
            bool applied = coverage.decided[i] > 0 || coverage.guards[i].yes > 0;
            c->reach[i] = applied ? 2 : coverage.guards[i].no > 0 ? 1 : 0;
        }
        dr_coverage_close(&coverage);
    }
    return status;
}

/* Those that do not hold are left out: their reach stays NULL. */
static drip_status look_at_run(dr_mutating *x, uint32_t run)
{
    drip_session *s = NULL;
    dr_mut_run *r = &x->runs[run];
    drip_status status = dr_mut_compile(&x->base, r->settings, &r->program);
    if (status == DRIP_BAD_POLICY)
        return DRIP_OK;
    if (status == DRIP_OK)
        status = drip_session_new(r->program, &s);
    for (uint32_t i = 0; i < x->n_cases && status == DRIP_OK; i++) {
        dr_mut_case *c = &x->cases[i];
        if (c->run != run)
            continue;
        status = dr_mut_eval(s, c);
        if (status == DRIP_NO_MEMORY)
            break;
        bool holds = status == DRIP_OK && dr_expectations_hold(s, c->c);
        c->conflicts = s->s.n_conflicts > 0;
        status = holds ? note_reach(x, s, c) : DRIP_OK;
    }
    drip_session_free(s);
    return status;
}

static bool all_hold(const dr_mutating *x, uint32_t run, drip_session *s)
{
    for (uint32_t i = 0; i < x->n_cases; i++) {
        const dr_mut_case *c = &x->cases[i];
        if (c->run == run && c->reach != NULL &&
            (dr_mut_eval(s, c) != DRIP_OK || !dr_expectations_hold(s, c->c)))
            return false;
    }
    return true;
}

static drip_status look_at_params(dr_mutating *x)
{
    drip_program *probe = NULL;
    dr_mut_params own;
    drip_status status = dr_mut_compile(&x->base, NULL, &probe);
    if (status == DRIP_OK && !dr_mut_params_open(&own, probe->p))
        status = DRIP_NO_MEMORY;
    for (uint32_t run = 1; run < x->n_runs && status == DRIP_OK; run++) {
        dr_mut_run *r = &x->runs[run];
        drip_session *s = NULL;
        r->anew = r->program == NULL || !can_move(r);
        if (r->anew)
            continue;
        if (!dr_mut_params_set(&own, probe->p, r))
            status = DRIP_NO_MEMORY;
        else
            status = drip_session_new(probe, &s);
        r->anew = status == DRIP_OK && !all_hold(x, run, s);
        drip_session_free(s);
    }
    drip_program_free(probe);
    return status;
}

/* Once the changes are known. */
drip_status dr_mut_look(dr_mutating *x)
{
    drip_status status = DRIP_OK;
    make_runs(x);
    for (uint32_t run = 0; run < x->n_runs && status == DRIP_OK; run++)
        status = look_at_run(x, run);
    return status == DRIP_OK ? look_at_params(x) : status;
}
