/* drip: api_mutate.c, level 3. Which small changes of a policy (dsl/mutate.c) its scenarios notice.
 *
 * First every scenario is run under the policy as it is, and what each clause did in it is kept (coverage.c). Then
 * each change is made and compiled, and the scenarios are run that reach its clause: first those in which it
 * applied, then those in which it was asked, those without settings before others, until one does not hold. A change
 * of what no clause is (a parameter, a group, days in force) is tried on all. Scenarios that fail as it is say nothing
 * about a change.
 *
 * A change that drip refuses is none that anybody could make, and one that compiles to the same program changes
 * nothing: neither counts. What survives may have a reason in the sources. Changes are shared among threads; each is
 * a task of its own, so the answer depends on nothing but the sources. */
#include "api_mutate.h"
#include "coverage.h"
#include "dump.h"

#include <string.h>

struct drip_mutation {
    drip_engine *engine;
    dr_arena arena;
    drip_mutant *items; /* what counts, once all is known */
    uint32_t count, refused, same, rows_left_out;
    struct told *all; /* each change of each source once, whoever's scenarios tried it */
    uint32_t n_all;
    struct reason *reasons;
    bool failed; /* memory is out */
};
typedef struct reason { /* an "untested" of the sources */
    struct reason *next;
    const char *name, *text, *why, *origin;
    uint32_t line, column, end_line, end_column;
    bool change; /* it is about one */
    bool needed;
} reason;
typedef struct told {
    drip_mutant view;
    uint32_t start, end;
    uint8_t state; /* dr_mut_state */
    const char *text;
} told;

enum { FUEL = 4000000, ARENA_FIRST = 1 << 16 };

/* ---- programs */

static drip_status compiled(const drip_layers *layers, const char *settings, drip_program **program)
{
    drip_error *error = NULL;
    drip_status status = dr_api_compile(layers, settings, program, &error);
    drip_error_free(error);
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
        status = compiled(&changed, settings, program);
    }
    dr_free(a, text, size);
    dr_free(a, changed.items, bytes);
    return status;
}

/* ---- settings without compiling again
 *
 * A quick program (compile.h) has folded no parameter away, so it can be run with other values of them: those that
 * the run's own program has. Whether that answers as the run's own program does is tried with the policy as it is. */

typedef struct open_params { /* as they were */
    dr_param *params;
    dr_dated *values;
    uint32_t n_values;
} open_params;

static bool open_them(open_params *own, dr_program *p)
{
    *own = (open_params){dr_take(&p->arena, (p->n_params + 1) * sizeof *own->params), p->param_values,
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
static bool set_params(const open_params *own, dr_program *p, const dr_mut_run *run)
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

static void *keep(dr_mutating *x, size_t n, size_t size)
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

static drip_status open_base(dr_mutating *x, const drip_layers *layers)
{
    dr_sources sources;
    bool ok = true;
    x->base = *layers;
    x->base.quick = true;
    x->base.items = keep(x, layers->count, sizeof *x->base.items);
    x->mutants = keep(x, layers->count, sizeof *x->mutants);
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
    return ok ? compiled(&x->base, NULL, &x->plain) : DRIP_NO_MEMORY;
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
        x->cases[x->n_cases++] = (dr_mut_case){c, run, NULL};
    }
}

static drip_status evaluated(drip_session *s, const dr_mut_case *c)
{
    s->s.known_on = c->c->known_on;
    return drip_eval(s, c->c->json, c->c->len);
}

static drip_status note_reach(dr_mutating *x, drip_session *s, dr_mut_case *c)
{
    dr_coverage coverage;
    uint32_t n = s->s.program->n_clauses;
    drip_status status = DRIP_NO_MEMORY;
    c->reach = keep(x, n, sizeof *c->reach);
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
    drip_status status = compiled(&x->base, r->settings, &r->program);
    if (status == DRIP_BAD_POLICY)
        return DRIP_OK;
    if (status == DRIP_OK)
        status = drip_session_new(r->program, &s);
    for (uint32_t i = 0; i < x->n_cases && status == DRIP_OK; i++) {
        dr_mut_case *c = &x->cases[i];
        if (c->run != run)
            continue;
        status = evaluated(s, c);
        if (status == DRIP_NO_MEMORY)
            break;
        bool holds = status == DRIP_OK && dr_expectations_hold(s, c->c);
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
            (evaluated(s, c) != DRIP_OK || !dr_expectations_hold(s, c->c)))
            return false;
    }
    return true;
}

static drip_status look_at_params(dr_mutating *x)
{
    drip_program *probe = NULL;
    open_params own;
    drip_status status = compiled(&x->base, NULL, &probe);
    if (status == DRIP_OK && !open_them(&own, probe->p))
        status = DRIP_NO_MEMORY;
    for (uint32_t run = 1; run < x->n_runs && status == DRIP_OK; run++) {
        dr_mut_run *r = &x->runs[run];
        drip_session *s = NULL;
        r->anew = r->program == NULL || !can_move(r);
        if (r->anew)
            continue;
        if (!set_params(&own, probe->p, r))
            status = DRIP_NO_MEMORY;
        else
            status = drip_session_new(probe, &s);
        r->anew = status == DRIP_OK && !all_hold(x, run, s);
        drip_session_free(s);
    }
    drip_program_free(probe);
    return status;
}

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

static const char *name_of(const dr_mutating *x, const dr_mut_item *it)
{
    return it->clause == DR_NONE ? it->m->name : x->plain->p->clauses[it->clause].name;
}

static bool wanted(const dr_mutating *x, const dr_mut_item *it)
{
    if (x->options->only == NULL)
        return true;
    const char *origin = x->base.items[it->source].origin, *slash = strrchr(origin, '/');
    const char *file = slash == NULL ? origin : slash + 1;
    for (const char *const *only = x->options->only; *only != NULL; only++)
        if (strstr(name_of(x, it), *only) != NULL || strcmp(file, *only) == 0)
            return true;
    return false;
}

/* Of the policy or layer on top alone: what it lies over has scenarios of its own. */
static bool is_own(const dr_mutating *x, uint32_t source)
{
    const dr_program *p = x->plain->p;
    return p->n_layers == 0 || p->source_layers[source] == p->n_layers - 1;
}

/* What is known of it already from other scenarios for the same policy; NULL: nothing. */
static told *known(const drip_mutation *o, const dr_mutating *x, const dr_mut_item *it)
{
    for (uint32_t i = 0; i < o->n_all; i++) {
        told *t = &o->all[i];
        if (t->start == it->m->start && t->end == it->m->end && strcmp(t->text, it->m->text) == 0 &&
            strcmp(t->view.origin, x->base.items[it->source].origin) == 0)
            return t;
    }
    return NULL;
}

static bool make_items(const drip_mutation *o, dr_mutating *x)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < x->base.count; i++)
        n += x->mutants[i].count;
    x->items = keep(x, n, sizeof *x->items);
    for (uint32_t i = 0; x->items != NULL && i < x->base.count; i++) {
        if (!is_own(x, i))
            continue;
        for (uint32_t k = 0; k < x->mutants[i].count; k++) {
            const dr_mutant *m = &x->mutants[i].items[k];
            dr_mut_item it = {.m = m, .source = i, .clause = DR_NONE};
            if (m->owner != UINT32_MAX)
                it.clause = clause_at(x->plain->p, i, m->owner);
            const told *t = wanted(x, &it) ? known(o, x, &it) : NULL;
            if (wanted(x, &it) && (t == NULL || t->state == MUT_SURVIVED))
                x->items[x->n_items++] = it;
        }
    }
    return x->items != NULL;
}

/* ---- is it noticed? */

/* 2 it applied, 1 it was asked; what is no clause is everywhere. */
uint8_t dr_mut_reach(const dr_mutating *x, const dr_mut_item *it, const dr_mut_case *c)
{
    if (c->reach == NULL)
        return 0;
    if (it->clause == DR_NONE || it->m->kind == DR_MUTANT_DATE)
        return 2;
    const dr_program *p = x->runs[c->run].program->p;
    const dr_span own = x->plain->p->clauses[it->clause].span;
    bool there = it->clause < p->n_clauses && p->clauses[it->clause].span.source == own.source &&
                 p->clauses[it->clause].span.start == own.start;
    uint8_t reach = there ? c->reach[it->clause] : 2;
    return reach == 1 && it->m->applied ? 0 : reach;
}

static bool any_reach(const dr_mutating *x, const dr_mut_item *it, uint32_t run)
{
    for (uint32_t i = 0; i < x->n_cases; i++)
        if (x->cases[i].run == run && dr_mut_reach(x, it, &x->cases[i]) > 0)
            return true;
    return false;
}

static drip_status run_cases(const dr_mutating *x, dr_mut_item *it, uint32_t run, drip_session *s)
{
    drip_status status = DRIP_OK;
    s->s.limits.fuel = FUEL;
    for (uint8_t reach = 2; reach > 0; reach--)
        for (uint32_t i = 0; i < x->n_cases && it->state == MUT_UNKNOWN; i++) {
            const dr_mut_case *c = &x->cases[i];
            if (c->run != run || dr_mut_reach(x, it, c) != reach)
                continue;
            status = evaluated(s, c);
            if (status == DRIP_NO_MEMORY)
                return status;
            if (status == DRIP_OK && dr_expectations_hold(s, c->c))
                continue;
            it->state = MUT_KILLED;
            it->killer = i;
        }
    return DRIP_OK;
}

static drip_status try_run(const dr_mutating *x, dr_mut_item *it, uint32_t run, drip_program *program)
{
    drip_session *s = NULL;
    drip_status status = drip_session_new(program, &s);
    if (status == DRIP_OK)
        status = run_cases(x, it, run, s);
    drip_session_free(s);
    return status;
}

/* A constant text is a number in the program's own table. */
static bool same_symbols(const dr_syms *a, const dr_syms *b)
{
    if (a->count != b->count)
        return false;
    for (uint32_t i = 0; i < a->count; i++)
        if (dr_text_cmp(&a->items[i], &b->items[i]) != 0)
            return false;
    return true;
}

/* Do the two mean the same to the machine? */
static bool same_program(const dr_mutating *x, const dr_program *a, const dr_program *b)
{
    dr_buf texts[2];
    const dr_program *programs[2] = {a, b};
    if (!same_symbols(&a->syms, &b->syms))
        return false;
    for (int i = 0; i < 2; i++) {
        dr_buf_init(&texts[i], &x->engine->alloc, (size_t)1 << 28);
        dr_dump(programs[i], &texts[i]);
    }
    bool same = !texts[0].failed && !texts[1].failed && texts[0].len == texts[1].len &&
                memcmp(texts[0].data, texts[1].data, texts[0].len) == 0;
    dr_buf_free(&texts[0]);
    dr_buf_free(&texts[1]);
    return same;
}

static void try_anew(const dr_mutating *x, dr_mut_item *it, uint32_t run)
{
    drip_program *program = NULL;
    it->status = dr_mutated(x, it, x->runs[run].settings, &program);
    if (it->status == DRIP_OK)
        it->status = try_run(x, it, run, program);
    else if (it->status == DRIP_BAD_POLICY) /* drip may refuse it with some settings alone */
        it->status = DRIP_OK;
    drip_program_free(program);
}

/* With the settings of each run: the program is not compiled again where their values can be put into it. */
static void try_settings(const dr_mutating *x, dr_mut_item *it, drip_program *program)
{
    open_params own;
    if (program == NULL || it->state != MUT_UNKNOWN || it->status != DRIP_OK)
        return;
    if (!open_them(&own, program->p)) {
        it->status = DRIP_NO_MEMORY;
        return;
    }
    for (uint32_t run = 1; run < x->n_runs && it->state == MUT_UNKNOWN && it->status == DRIP_OK; run++) {
        if (!any_reach(x, it, run))
            continue;
        if (x->runs[run].anew)
            try_anew(x, it, run);
        else if (!set_params(&own, program->p, &x->runs[run]))
            it->status = DRIP_NO_MEMORY;
        else
            it->status = try_run(x, it, run, program);
    }
}

/* ---- reasons */

enum { SHOWN_MAX = 160 };

/* On one line, blanks and comments apart. */
static void put_flat(dr_buf *out, const char *at, size_t len)
{
    bool gap = false;
    for (size_t i = 0; i < len; i++) {
        if (at[i] == '#')
            while (i < len && at[i] != '\n')
                i++;
        bool blank = i >= len || strchr(" \t\r\n", at[i]) != NULL;
        if (blank) {
            gap = out->len > 0;
            continue;
        }
        if (gap)
            dr_buf_char(out, ' ');
        gap = false;
        dr_buf_char(out, at[i]);
    }
}

static const char *kept(drip_mutation *o, dr_buf *text)
{
    while (text->len > 0 && text->data[text->len - 1] == ' ')
        text->len--;
    const char *out = dr_take_text(&o->arena, text->data == NULL ? "" : text->data, text->len);
    o->failed = o->failed || out == NULL || text->failed;
    dr_buf_clear(text);
    return out == NULL ? "" : out;
}

/* What stands there, and what would: of the smallest expression around it that is not too long. */
static void show(drip_mutation *o, const dr_mutating *x, const dr_mut_item *it, drip_mutant *view)
{
    const dr_mutant *m = it->m;
    const dr_layer_source *s = &x->base.items[it->source];
    uint32_t from = m->from, to = m->to;
    dr_buf text;
    if (to - from > SHOWN_MAX) {
        from = m->start;
        to = m->end;
    }
    dr_buf_init(&text, &x->engine->alloc, (size_t)1 << 20);
    put_flat(&text, s->bytes + from, to - from);
    view->from = kept(o, &text);
    put_flat(&text, s->bytes + from, m->start - from);
    if (m->start > from && strchr(" \t\r\n", s->bytes[m->start - 1]) != NULL)
        dr_buf_char(&text, ' ');
    dr_buf_text(&text, m->text);
    if (m->end < to && strchr(" \t\r\n", s->bytes[m->end]) != NULL)
        dr_buf_char(&text, ' ');
    dr_buf rest;
    dr_buf_init(&rest, &x->engine->alloc, (size_t)1 << 20);
    put_flat(&rest, s->bytes + m->end, to - m->end);
    dr_buf_bytes(&text, rest.data, rest.len);
    o->failed = o->failed || rest.failed;
    dr_buf_free(&rest);
    view->to = kept(o, &text);
    dr_buf_free(&text);
}

/* "FROM → TO", as the reasons of the sources name a change. */
static bool is_meant(const reason *r, const drip_mutant *view)
{
    size_t from = strlen(view->from);
    if (strcmp(r->name, view->name) != 0)
        return false;
    return r->text == NULL || (strncmp(r->text, view->from, from) == 0 &&
                               strncmp(r->text + from, DR_ARROW, strlen(DR_ARROW)) == 0 &&
                               strcmp(r->text + from + strlen(DR_ARROW), view->to) == 0);
}

/* ---- each change */

static void try_item(void *context, uint32_t at)
{
    dr_mutating *x = context;
    dr_mut_item *it = &x->items[at];
    drip_program *program = NULL;
    it->status = dr_mutated(x, it, NULL, &program);
    if (it->status == DRIP_BAD_POLICY) {
        it->status = DRIP_OK;
        it->state = MUT_REFUSED;
    }
    if (program != NULL)
        it->status = try_run(x, it, 0, program);
    if (program != NULL && it->state == MUT_UNKNOWN && same_program(x, program->p, x->plain->p))
        it->state = MUT_SAME;
    try_settings(x, it, program);
    drip_program_free(program);
    if (it->state == MUT_UNKNOWN)
        it->state = MUT_SURVIVED;
}

/* ---- the answer */

static const char *const kind_words[DR_MUTANT_KINDS] = {
    "constant", "comparison", "logic", "exception", "rule", "cell", "choice", "date", "parameter"};

static const char *owned(drip_mutation *o, const char *text)
{
    const char *out = dr_take_text(&o->arena, text, strlen(text));
    o->failed = o->failed || out == NULL;
    return out == NULL ? "" : out;
}

/* The line of the source on which the change is. */
static const char *line_at(drip_mutation *o, const dr_layer_source *s, uint32_t at)
{
    uint32_t from = at;
    while (from > 0 && s->bytes[from - 1] != '\n')
        from--;
    size_t len = strcspn(s->bytes + from, "\n");
    const char *out = dr_take_text(&o->arena, s->bytes + from, len);
    o->failed = o->failed || out == NULL;
    return out == NULL ? "" : out;
}

static void place(const dr_mutating *x, const dr_mut_item *it, drip_mutant *view)
{
    const dr_layer_source *s = &x->base.items[it->source];
    dr_source source = {.bytes = s->bytes, .len = (uint32_t)s->len};
    dr_source_place(&source, it->m->start, &view->line, &view->column);
    dr_source_place(&source, it->m->end, &view->end_line, &view->end_column);
}

static void fill_view(drip_mutation *o, const dr_mutating *x, const dr_mut_item *it, drip_mutant *view)
{
    *view = (drip_mutant){.kind = kind_words[it->m->kind], .reason = "", .noticed_by = "", .scenario = ""};
    view->name = owned(o, name_of(x, it));
    view->origin = owned(o, x->base.items[it->source].origin);
    view->source_line = line_at(o, &x->base.items[it->source], it->m->start);
    place(x, it, view);
    show(o, x, it, view);
}

static void add_item(drip_mutation *o, const dr_mutating *x, const dr_mut_item *it)
{
    told *t = known(o, x, it);
    if (t == NULL) {
        t = &o->all[o->n_all++];
        *t = (told){.start = it->m->start, .end = it->m->end, .text = owned(o, it->m->text)};
        fill_view(o, x, it, &t->view);
    }
    t->state = it->state;
    t->view.state = it->state == MUT_KILLED ? DRIP_MUTANT_NOTICED : DRIP_MUTANT_SURVIVED;
    for (uint32_t i = 0; i < x->n_cases; i++)
        t->view.reached += dr_mut_reach(x, it, &x->cases[i]) > 0;
    if (it->state == MUT_KILLED)
        t->view.noticed_by = owned(o, x->cases[it->killer].c->name);
    if (it->scenario != NULL)
        t->view.scenario = owned(o, it->scenario);
}

static bool make_room(drip_mutation *o, uint32_t more)
{
    told *all = dr_take_zero(&o->arena, (size_t)o->n_all + more + 1, sizeof *all);
    if (all == NULL)
        return false;
    if (o->n_all > 0)
        memcpy(all, o->all, o->n_all * sizeof *all);
    o->all = all;
    return true;
}

static void keep_reasons(drip_mutation *o, const dr_program *p)
{
    for (uint32_t i = 0; i < p->n_untested; i++) {
        const dr_untested *u = &p->untested[i];
        const dr_source *s = &p->sources.items[u->span.source];
        reason *r = dr_take_zero(&o->arena, 1, sizeof *r);
        if (r == NULL) {
            o->failed = true;
            return;
        }
        r->name = owned(o, u->name);
        r->text = u->text == NULL ? NULL : owned(o, u->text);
        r->why = owned(o, u->why);
        r->change = dr_about_change(u);
        r->origin = owned(o, s->origin);
        dr_source_place(s, u->span.start, &r->line, &r->column);
        dr_source_place(s, u->span.end, &r->end_line, &r->end_column);
        r->next = o->reasons;
        o->reasons = r;
    }
}

static drip_status add_all(drip_mutation *o, const dr_mutating *x)
{
    if (!make_room(o, x->n_items))
        return DRIP_NO_MEMORY;
    for (uint32_t i = 0; i < x->n_items; i++) {
        if (x->items[i].status != DRIP_OK)
            return x->items[i].status;
        add_item(o, x, &x->items[i]);
    }
    keep_reasons(o, x->home->p);
    return o->failed ? DRIP_NO_MEMORY : DRIP_OK;
}

/* ---- once all is known */

static void give_reason(drip_mutation *o, drip_mutant *view)
{
    for (reason *r = o->reasons; r != NULL; r = r->next)
        if (view->state == DRIP_MUTANT_SURVIVED && is_meant(r, view)) {
            view->reason = r->why;
            view->state = DRIP_MUTANT_EXCUSED;
            r->needed = true;
        }
}

/* Those about a change alone: the others are about the coverage, too. */
static void add_stale(drip_mutation *o)
{
    for (const reason *r = o->reasons; r != NULL; r = r->next) {
        if (r->needed || !r->change)
            continue;
        drip_mutant *view = &o->items[o->count++];
        *view = (drip_mutant){.state = DRIP_MUTANT_STALE,
                              .kind = "reason",
                              .name = r->name,
                              .from = r->text,
                              .to = "",
                              .origin = r->origin,
                              .line = r->line,
                              .column = r->column,
                              .end_line = r->end_line,
                              .end_column = r->end_column,
                              .source_line = "",
                              .noticed_by = "",
                              .reason = r->why,
                              .scenario = ""};
    }
}

static drip_status conclude(drip_mutation *o, bool whole)
{
    size_t n = o->n_all;
    for (const reason *r = o->reasons; r != NULL; r = r->next)
        n++;
    o->items = dr_take_zero(&o->arena, n + 1, sizeof *o->items);
    if (o->items == NULL)
        return DRIP_NO_MEMORY;
    for (uint32_t i = 0; i < o->n_all; i++) {
        const told *t = &o->all[i];
        o->refused += t->state == MUT_REFUSED;
        o->same += t->state == MUT_SAME;
        if (t->state != MUT_KILLED && t->state != MUT_SURVIVED)
            continue;
        o->items[o->count] = t->view;
        give_reason(o, &o->items[o->count++]);
    }
    if (whole)
        add_stale(o);
    return DRIP_OK;
}

/* ---- a policy with its scenarios */

static drip_status look(const drip_mutation *o, dr_mutating *x, const drip_layers *layers)
{
    drip_status status = open_base(x, layers);
    if (status != DRIP_OK)
        return status;
    x->runs = keep(x, x->home->p->n_cases + 1, sizeof *x->runs);
    x->cases = keep(x, x->home->p->n_cases, sizeof *x->cases);
    if (x->runs == NULL || x->cases == NULL || !make_items(o, x))
        return DRIP_NO_MEMORY;
    make_runs(x);
    for (uint32_t run = 0; run < x->n_runs && status == DRIP_OK; run++)
        status = look_at_run(x, run);
    return status == DRIP_OK ? look_at_params(x) : status;
}

static void close_policy(dr_mutating *x)
{
    for (uint32_t i = 0; i < x->n_runs; i++)
        drip_program_free(x->runs[i].program);
    for (uint32_t i = 0; i < x->n_items; i++)
        dr_free(&x->engine->alloc, x->items[i].scenario, x->items[i].scenario_size);
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
        dr_api_share(x.n_items, x.options->jobs, try_item, &x);
        status = dr_mut_find(&x);
    }
    if (status == DRIP_OK) {
        status = add_all(all->out, &x);
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
    if (options != NULL)
        memcpy(&chosen, options, options->struct_size < sizeof chosen ? options->struct_size : sizeof chosen);
    drip_mutation *m = dr_new(&layers->engine->alloc, sizeof *m);
    if (m == NULL)
        return DRIP_NO_MEMORY;
    m->engine = layers->engine;
    dr_arena_init(&m->arena, &m->engine->alloc, ARENA_FIRST, m->engine->limits.compile_heap);
    mutation all = {m, &chosen};
    drip_status status = dr_test_homes(layers, search_path, &chosen, mutate_policy, &all, error);
    if (status == DRIP_OK)
        status = conclude(m, chosen.only == NULL);
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
