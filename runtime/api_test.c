/* drip: api_test.c, level 3. Scenarios: each is an encounter run under the policy its file names, and what
 * its answer must hold.
 *
 * Files become groups: those that hold scenarios for one policy and nothing else are compiled together, any
 * other file, which may change what the policy answers, by itself. A group's program (its home) has the cases.
 * Cases that want the same settings of parameters and the same policy are a run: one program, one session.
 * Groups are compiled, then runs carried out, each by whichever thread is free; nothing in a run depends on
 * another. Results are kept with their case and told when all are there, in the order of the files. */
#include "api_coverage.h"
#include "api_test.h"

#include "../dsl/compile.h"

#include <pthread.h>
#include <string.h>

enum { POLICY_NAME = 256 };

typedef struct test_result {
    const dr_case *c;
    uint32_t file, line; /* of layers; 1-based */
    uint32_t next;       /* in the same run; DR_NONE: the last */
    bool passed;
    char *told; /* why not: a line, its NUL, and the details; NULL where it passed */
    size_t size;
} test_result;

typedef struct test_group {
    char policy[POLICY_NAME]; /* of files with nothing but scenarios; else "" */
    drip_layers *all, *plain; /* sources of the home; of programs with settings (without the scenarios) */
    drip_program *home;
    drip_status status;
    drip_error *error;
} test_group;

typedef struct test_run {
    uint32_t group, first, last;  /* results */
    const char *settings, *under; /* NULL: as the home */
    drip_status status;
} test_run;

typedef struct testing {
    drip_layers *files;
    drip_engine *engine;
    const char *search_path;
    const drip_options_test *options;
    uint32_t *group_of; /* per file; DR_NONE: it has no scenarios */
    test_group *groups;
    test_result *results;
    test_run *runs;
    uint32_t n_groups, n_results, n_runs;
    size_t size_results;
    dr_total *totals; /* per group, where coverage is measured; else NULL */
    pthread_mutex_t adding;
} testing;

/* ---- groups */

/* Or reasons why there are none. */
static bool has_scenarios(const dr_layer_source *file)
{
    for (const char *at = file->bytes; at != NULL; at = strchr(at, '\n'), at = at == NULL ? NULL : at + 1)
        if (strncmp(at, "scenario \"", 10) == 0 || strncmp(at, "untested ", 9) == 0)
            return true;
    return false;
}

static uint32_t group_for(testing *t, uint32_t file)
{
    const dr_layer_source *s = &t->files->items[file];
    test_group *made = &t->groups[t->n_groups];
    if (!dr_tests_alone(&t->engine->alloc, s->bytes, s->len, t->engine->limits.compile_heap, made->policy,
                        sizeof made->policy))
        made->policy[0] = '\0';
    for (uint32_t i = 0; made->policy[0] != '\0' && i < t->n_groups; i++)
        if (strcmp(t->groups[i].policy, made->policy) == 0)
            return i;
    return t->n_groups++;
}

static bool make_groups(testing *t)
{
    const dr_alloc *a = &t->engine->alloc;
    uint32_t n = t->files->count;
    if (n == 0)
        return true;
    t->group_of = dr_new(a, n * sizeof *t->group_of);
    t->groups = dr_new(a, n * sizeof *t->groups);
    for (uint32_t i = 0; t->group_of != NULL && t->groups != NULL && i < n; i++)
        t->group_of[i] = has_scenarios(&t->files->items[i]) ? group_for(t, i) : DR_NONE;
    return t->group_of != NULL && t->groups != NULL;
}

/* The group's files and the data files that tables name, then the policies they are for. Without scenarios,
 * the policies alone. */
static drip_status gather(const testing *t, const test_group *g, bool scenarios, drip_layers **out,
                          drip_error **error)
{
    drip_layers *l = NULL;
    drip_status status = drip_layers_new(t->engine, &l);
    if (status == DRIP_OK)
        status = dr_api_copy_hosts(l, t->files);
    for (int data = 0; data < 2; data++)
        for (uint32_t i = 0; i < t->files->count && status == DRIP_OK; i++) {
            const dr_layer_source *s = &t->files->items[i];
            bool mine = t->group_of[i] != DR_NONE && &t->groups[t->group_of[i]] == g;
            if (data == 0 ? mine && scenarios : dr_is_data(s->origin))
                status = drip_layers_add(l, s->origin, s->bytes, s->len, error);
        }
    if (status == DRIP_OK && scenarios)
        status = dr_layers_add_bases(l, t->search_path, error);
    else if (status == DRIP_OK)
        status = drip_layers_add_policy_files(l, g->policy, t->search_path, error);
    if (status != DRIP_OK) {
        drip_layers_free(l);
        l = NULL;
    }
    *out = l;
    return status;
}

static void compile_group(void *context, uint32_t at)
{
    const testing *t = context;
    test_group *g = &t->groups[at];
    g->status = gather(t, g, true, &g->all, &g->error);
    if (g->status == DRIP_OK && g->policy[0] != '\0')
        g->status = gather(t, g, false, &g->plain, &g->error);
    if (g->status == DRIP_OK)
        g->status = dr_api_compile(g->all, NULL, &g->home, &g->error);
}

/* ---- runs */

static bool wanted(const testing *t, const char *name)
{
    if (t->options->only == NULL)
        return true;
    for (const char *const *only = t->options->only; *only != NULL; only++)
        if (strstr(name, *only) != NULL)
            return true;
    return false;
}

static bool same(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* n_runs: there is none yet. */
static uint32_t find_run(const testing *t, uint32_t group, const dr_case *c)
{
    uint32_t i = 0;
    while (i < t->n_runs && !(t->runs[i].group == group && same(t->runs[i].settings, c->settings) &&
                              same(t->runs[i].under, c->under)))
        i++;
    return i;
}

static void add_case(testing *t, uint32_t file, const dr_case *c)
{
    uint32_t group = t->group_of[file], column = 0, at = t->n_results++;
    test_result *r = &t->results[at];
    *r = (test_result){.c = c, .file = file, .next = DR_NONE};
    dr_source_place(&t->groups[group].home->p->sources.items[c->span.source], c->span.start, &r->line,
                    &column);
    uint32_t run = find_run(t, group, c);
    if (run == t->n_runs) {
        t->runs[t->n_runs++] = (test_run){group, at, at, c->settings, c->under, DRIP_OK};
        return;
    }
    t->results[t->runs[run].last].next = at;
    t->runs[run].last = at;
}

static bool make_runs(testing *t)
{
    const dr_alloc *a = &t->engine->alloc;
    for (uint32_t i = 0; i < t->n_groups; i++)
        t->size_results += t->groups[i].home != NULL ? t->groups[i].home->p->n_cases : 0;
    if (t->size_results == 0)
        return true;
    t->results = dr_new(a, t->size_results * sizeof *t->results);
    t->runs = dr_new(a, t->size_results * sizeof *t->runs);
    if (t->results == NULL || t->runs == NULL)
        return false;
    for (uint32_t file = 0; file < t->files->count; file++) {
        const test_group *g = t->group_of[file] == DR_NONE ? NULL : &t->groups[t->group_of[file]];
        const dr_program *p = g == NULL || g->home == NULL ? NULL : g->home->p;
        for (uint32_t i = 0; p != NULL && i < p->n_cases; i++)
            if (strcmp(p->sources.items[p->cases[i].span.source].origin, t->files->items[file].origin) == 0 &&
                wanted(t, p->cases[i].name))
                add_case(t, file, &p->cases[i]);
    }
    return true;
}

/* ---- coverage */

static bool make_totals(testing *t)
{
    t->totals = dr_new(&t->engine->alloc, (t->n_groups + 1) * sizeof *t->totals);
    for (uint32_t i = 0; t->totals != NULL && i < t->n_groups; i++)
        if (t->groups[i].home != NULL && !dr_total_open(&t->totals[i], t->groups[i].home))
            return false;
    return t->totals != NULL;
}

/* To every group: its scenarios may exercise what another group's are for. */
static drip_status add_run(testing *t, const dr_coverage *run)
{
    bool ok = true;
    pthread_mutex_lock(&t->adding);
    for (uint32_t i = 0; i < t->n_groups && ok; i++)
        ok = t->totals[i].home == NULL || dr_total_add(&t->totals[i], run);
    pthread_mutex_unlock(&t->adding);
    return ok ? DRIP_OK : DRIP_NO_MEMORY;
}

static void close_totals(testing *t)
{
    for (uint32_t i = 0; t->totals != NULL && i < t->n_groups; i++)
        dr_total_close(&t->totals[i]);
    dr_free(&t->engine->alloc, t->totals, (t->n_groups + 1) * sizeof *t->totals);
}

/* ---- a run */

/* The first line of what is told, if anything is, is the summary. */
static bool keep_told(const testing *t, test_result *r, const dr_buf *told)
{
    if (told->failed)
        return false;
    r->passed = told->len == 0;
    if (r->passed)
        return true;
    r->size = told->len + 1;
    r->told = dr_api_copy(&t->engine->alloc, told->data, told->len);
    if (r->told == NULL)
        return false;
    r->told[strcspn(r->told, "\n")] = '\0';
    return true;
}

static drip_status run_case(const testing *t, drip_session *s, test_result *r, dr_coverage *coverage)
{
    dr_buf told;
    dr_buf_init(&told, &t->engine->alloc, (size_t)1 << 20);
    s->s.known_on = r->c->known_on;
    drip_status status = drip_eval(s, r->c->json, r->c->len);
    if (status == DRIP_OK) {
        dr_expectations_tell(s, r->c, &told);
        if (coverage != NULL)
            status = (drip_status)dr_coverage_note(coverage, &s->s);
    } else if (status != DRIP_NO_MEMORY) {
        dr_buf_text(&told, "the encounter was refused\nthe encounter was refused: ");
        dr_buf_text(&told, drip_session_message(s));
        dr_buf_char(&told, '\n');
        status = DRIP_OK;
    }
    if (status == DRIP_OK && !keep_told(t, r, &told))
        status = DRIP_NO_MEMORY;
    dr_buf_free(&told);
    return status;
}

/* A policy that its settings break fails the scenarios that ask for them. */
static drip_status fail_all(const testing *t, const test_run *run, const char *why)
{
    for (uint32_t i = run->first; i != DR_NONE; i = t->results[i].next) {
        dr_buf told;
        dr_buf_init(&told, &t->engine->alloc, (size_t)1 << 20);
        dr_buf_text(&told, "the policy cannot be compiled as this scenario asks for it\n"
                           "the policy cannot be compiled as this scenario asks for it:\n");
        dr_buf_text(&told, why);
        bool ok = keep_told(t, &t->results[i], &told);
        dr_buf_free(&told);
        if (!ok)
            return DRIP_NO_MEMORY;
    }
    return DRIP_OK;
}

/* Another policy that lies over one which only the scenarios' own files show the way to. */
static drip_status gather_under(const testing *t, const test_group *g, const char *under, drip_layers **l,
                                drip_error **error)
{
    drip_layers_free(*l);
    drip_error_free(*error);
    *error = NULL;
    drip_status status = gather(t, g, g->plain == NULL, l, error);
    return status == DRIP_OK ? drip_layers_add_policy_files(*l, under, t->search_path, error) : status;
}

static drip_status open_program(const testing *t, const test_run *run, drip_program **program,
                                drip_error **error)
{
    const test_group *g = &t->groups[run->group];
    if (run->settings == NULL && run->under == NULL) {
        *program = drip_program_ref(g->home);
        return DRIP_OK;
    }
    if (run->under == NULL)
        return dr_api_compile(g->plain != NULL ? g->plain : g->all, run->settings, program, error);
    drip_layers *l = NULL;
    drip_status status = drip_layers_new(t->engine, &l);
    if (status == DRIP_OK)
        status = dr_api_copy_hosts(l, t->files);
    if (status == DRIP_OK)
        status = drip_layers_add_policy_files(l, run->under, t->search_path, error);
    if (status == DRIP_NOT_FOUND)
        status = gather_under(t, g, run->under, &l, error);
    if (status == DRIP_OK)
        status = dr_api_compile(l, run->settings, program, error);
    drip_layers_free(l);
    return status;
}

static drip_status run_cases(testing *t, const test_run *run, drip_session *session)
{
    drip_status status = DRIP_OK;
    dr_coverage coverage;
    if (t->totals != NULL && !dr_coverage_open(&coverage, session->s.program, &t->engine->alloc))
        status = DRIP_NO_MEMORY;
    for (uint32_t i = run->first; status == DRIP_OK && i != DR_NONE; i = t->results[i].next)
        status = run_case(t, session, &t->results[i], t->totals != NULL ? &coverage : NULL);
    if (t->totals != NULL) {
        if (status == DRIP_OK)
            status = add_run(t, &coverage);
        dr_coverage_close(&coverage);
    }
    return status;
}

static void carry_out(void *context, uint32_t at)
{
    testing *t = context;
    test_run *run = &t->runs[at];
    drip_program *program = NULL;
    drip_session *session = NULL;
    drip_error *error = NULL;
    run->status = open_program(t, run, &program, &error);
    if (run->status == DRIP_OK)
        run->status = drip_session_new(program, &session);
    else if (run->status != DRIP_NO_MEMORY)
        run->status = fail_all(t, run, drip_error_text(error));
    if (session != NULL)
        run->status = run_cases(t, run, session);
    drip_error_free(error);
    drip_session_free(session);
    drip_program_free(program);
}

/* ---- the answer */

/* The errors of all groups that did not compile, in their order. */
static drip_status first_failure(testing *t, drip_error **error)
{
    drip_status status = DRIP_OK;
    for (uint32_t i = 0; i < t->n_groups; i++) {
        test_group *g = &t->groups[i];
        if (status == DRIP_OK)
            status = g->status;
        if (error == NULL || g->error == NULL || g->status == DRIP_OK)
            continue;
        if (*error == NULL) {
            *error = g->error;
            g->error = NULL;
            continue;
        }
        (*error)->errors += g->error->errors;
        dr_buf_bytes(&(*error)->text, g->error->text.data, g->error->text.len);
    }
    for (uint32_t i = 0; i < t->n_runs; i++)
        if (t->runs[i].status != DRIP_OK) /* memory: nothing that was counted holds */
            return t->runs[i].status;
    return status;
}

static void tell(const testing *t, drip_test_fn report, void *context, uint32_t *passed, uint32_t *failed)
{
    for (uint32_t i = 0; i < t->n_results; i++) {
        const test_result *r = &t->results[i];
        *passed += r->passed;
        *failed += !r->passed;
        drip_test_event event = {r->c->name, t->files->items[r->file].origin, r->line, r->passed, "", ""};
        if (r->told != NULL) {
            event.summary = r->told;
            event.detail = r->told + strlen(r->told) + 1;
        }
        if (report != NULL)
            report(context, &event);
    }
}

static void close_all(testing *t)
{
    const dr_alloc *a = &t->engine->alloc;
    close_totals(t);
    for (uint32_t i = 0; i < t->n_results; i++)
        dr_free(a, t->results[i].told, t->results[i].size);
    for (uint32_t i = 0; i < t->n_groups; i++) {
        drip_program_free(t->groups[i].home);
        drip_layers_free(t->groups[i].all);
        drip_layers_free(t->groups[i].plain);
        drip_error_free(t->groups[i].error);
    }
    dr_free(a, t->runs, t->size_results * sizeof *t->runs);
    dr_free(a, t->results, t->size_results * sizeof *t->results);
    dr_free(a, t->groups, t->files->count * sizeof *t->groups);
    dr_free(a, t->group_of, t->files->count * sizeof *t->group_of);
}

static drip_status test_all(testing *t, bool measured, drip_error **error)
{
    if (!make_groups(t))
        return DRIP_NO_MEMORY;
    dr_api_share(t->n_groups, t->options->jobs, compile_group, t);
    if (!make_runs(t) || (measured && !make_totals(t)))
        return DRIP_NO_MEMORY;
    dr_api_share(t->n_runs, t->options->jobs, carry_out, t);
    return first_failure(t, error);
}

drip_status dr_tests_cases(drip_layers *files, const char *search_path,
                           bool (*report)(void *, const dr_case *), void *context)
{
    const drip_options_test none = {0};
    testing t = {.files = files, .engine = files->engine, .search_path = search_path, .options = &none};
    drip_status status = make_groups(&t) ? DRIP_OK : DRIP_NO_MEMORY;
    for (uint32_t i = 0; status == DRIP_OK && i < t.n_groups; i++) {
        compile_group(&t, i);
        const dr_program *p = t.groups[i].home == NULL ? NULL : t.groups[i].home->p;
        for (uint32_t k = 0; p != NULL && status == DRIP_OK && k < p->n_cases; k++)
            status = report(context, &p->cases[k]) ? DRIP_OK : DRIP_NO_MEMORY;
        status = t.groups[i].status == DRIP_NO_MEMORY ? DRIP_NO_MEMORY : status;
    }
    close_all(&t);
    return status;
}

drip_status drip_test(drip_layers *layers, const char *search_path, const drip_options_test *options,
                      drip_test_fn report, void *context, uint32_t *passed, uint32_t *failed,
                      drip_coverage **coverage, drip_error **error)
{
    drip_options_test chosen = {.struct_size = sizeof chosen};
    if (error != NULL)
        *error = NULL;
    if (coverage != NULL)
        *coverage = NULL;
    if (layers == NULL || passed == NULL || failed == NULL)
        return DRIP_MISUSE;
    if (!dr_api_options(&chosen, sizeof chosen, options))
        return DRIP_MISUSE;
    *passed = *failed = 0;
    testing t = {.files = layers,
                 .engine = layers->engine,
                 .search_path = search_path,
                 .options = &chosen,
                 .adding = PTHREAD_MUTEX_INITIALIZER};
    drip_status status = test_all(&t, coverage != NULL, error);
    if (status == DRIP_OK || status == DRIP_BAD_POLICY || status == DRIP_NOT_FOUND || status == DRIP_IO)
        tell(&t, report, context, passed, failed);
    if (t.totals != NULL && status == DRIP_OK) {
        *coverage = dr_coverage_report(t.engine, t.totals, t.n_groups);
        status = *coverage == NULL ? DRIP_NO_MEMORY : status;
    }
    close_all(&t);
    return status;
}

drip_status dr_test_homes(drip_layers *layers, const char *search_path, const drip_options_test *options,
                          dr_home_fn fn, void *context, drip_error **error)
{
    testing t = {.files = layers, .engine = layers->engine, .search_path = search_path, .options = options};
    drip_status status = make_groups(&t) ? DRIP_OK : DRIP_NO_MEMORY;
    if (status == DRIP_OK) {
        dr_api_share(t.n_groups, options->jobs, compile_group, &t);
        status = first_failure(&t, error);
    }
    for (uint32_t i = 0; i < t.n_groups && status == DRIP_OK; i++) {
        const test_group *g = &t.groups[i];
        status = fn(context, &(dr_test_home){g->plain != NULL ? g->plain : g->all, g->home});
    }
    close_all(&t);
    return status;
}
