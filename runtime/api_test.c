/* drip: api_test.c, level 3. Scenarios: each is an encounter run under the policy its file names, and what
 * its answer must hold. A setting makes a program of its own, kept while the next cases want the same. */
#include "api.h"

#include <string.h>

typedef struct test_run {
    drip_layers *tests;
    const char *search_path, *only;
    drip_test_fn report;
    void *context;
    uint32_t passed, failed;
    drip_error **error;
    dr_buf detail;
} test_run;

/* ---- what was expected and what came */

static const dr_program *program_of(const drip_session *s)
{
    return s->s.program;
}

static uint32_t role_field(const dr_program *p, uint8_t role)
{
    for (uint32_t i = 0; i < p->n_fields; i++)
        if (p->fields[i].role == role)
            return i;
    return DR_NONE;
}

static bool has_text(const drip_session *s, const dr_set *set, const char *text)
{
    for (uint32_t i = 0; set != NULL && i < set->count; i++)
        if (strcmp(dr_sym_text(&s->s.syms, set->at[i])->bytes, text) == 0)
            return true;
    return false;
}

static bool line_is(const drip_session *s, const dr_out_line *l, const dr_expect *e)
{
    const dr_program *p = program_of(s);
    uint32_t name = role_field(p, DR_ROLE_NAME), suffix = role_field(p, DR_ROLE_SUFFIX);
    if (name == DR_NONE || strcmp(dr_sym_text(&s->s.syms, l->cells[name])->bytes, e->text) != 0)
        return false;
    const dr_set *set = suffix == DR_NONE ? NULL : dr_ptr(l->cells[suffix]);
    if (e->n_suffixes != (set == NULL ? 0 : set->count))
        return false;
    for (uint32_t i = 0; i < e->n_suffixes; i++)
        if (!has_text(s, set, e->suffixes[i]))
            return false;
    return true;
}

static int64_t total_of(const drip_session *s, const dr_expect *e)
{
    uint32_t count = role_field(program_of(s), DR_ROLE_COUNT);
    int64_t total = 0;
    for (uint32_t i = 0; i < s->outcome.n_lines; i++)
        if (line_is(s, &s->outcome.lines[i], e))
            total += count == DR_NONE ? 1 : s->outcome.lines[i].cells[count];
    return total;
}

static bool any_line(const drip_session *s, const char *code)
{
    uint32_t name = role_field(program_of(s), DR_ROLE_NAME);
    for (uint32_t i = 0; i < s->outcome.n_lines; i++)
        if (name != DR_NONE &&
            strcmp(dr_sym_text(&s->s.syms, s->outcome.lines[i].cells[name])->bytes, code) == 0)
            return true;
    return false;
}

static void put_expected(dr_buf *out, const dr_expect *e)
{
    dr_buf_text(out, e->text);
    for (uint32_t i = 0; i < e->n_suffixes; i++) {
        dr_buf_char(out, '-');
        dr_buf_text(out, e->suffixes[i]);
    }
    if (e->count >= 0) {
        dr_buf_text(out, " x");
        dr_buf_int(out, e->count);
    }
}

static void put_lines(drip_session *s, dr_buf *out)
{
    const dr_program *p = program_of(s);
    uint32_t name = role_field(p, DR_ROLE_NAME), suffix = role_field(p, DR_ROLE_SUFFIX),
             count = role_field(p, DR_ROLE_COUNT);
    if (s->outcome.n_lines == 0)
        dr_buf_text(out, "nothing");
    for (uint32_t i = 0; i < s->outcome.n_lines; i++) {
        dr_buf_text(out, i == 0 ? "" : ", ");
        dr_buf_text(out, name == DR_NONE ? "?" : drip_result_line_text(s, i, name));
        const char *suffixes = suffix == DR_NONE ? "" : drip_result_line_text(s, i, suffix);
        if (*suffixes != '\0') {
            dr_buf_char(out, '-');
            dr_buf_text(out, suffixes);
        }
        dr_buf_text(out, " x");
        dr_buf_text(out, count == DR_NONE ? "1" : drip_result_line_text(s, i, count));
    }
}

static void missed(test_run *t, const char *what, const dr_expect *e)
{
    dr_buf_text(&t->detail, "expected ");
    dr_buf_text(&t->detail, what);
    if (e != NULL && e->text != NULL)
        put_expected(&t->detail, e);
    dr_buf_char(&t->detail, '\n');
}

static bool finding_there(const drip_session *s, const char *code)
{
    for (uint32_t i = 0; i < s->outcome.n_findings; i++)
        if (code == NULL || strcmp(s->outcome.findings[i].code, code) == 0)
            return true;
    return false;
}

/* Did this clause decide a line, a finding or any value? */
static bool clause_decided(const drip_session *s, const char *name)
{
    const dr_program *p = program_of(s);
    for (uint32_t i = 0; i < s->outcome.n_lines; i++)
        for (uint32_t k = 0; k < s->outcome.lines[i].n_clauses; k++)
            if (strcmp(p->clauses[s->outcome.lines[i].clauses[k]].name, name) == 0)
                return true;
    for (uint32_t i = 0; i < s->outcome.n_findings; i++)
        if (strcmp(p->clauses[s->outcome.findings[i].clause].name, name) == 0)
            return true;
    for (uint32_t i = 0; i < p->n_slots; i++) {
        uint32_t column = p->slots[i].clause_column;
        if (column == DR_NONE || s->s.clauses[column] == NULL)
            continue;
        for (uint32_t r = 0; r < s->s.n_rows[p->slots[i].entity]; r++) {
            uint32_t c = s->s.clauses[column][r];
            if (c < p->n_clauses && strcmp(p->clauses[c].name, name) == 0)
                return true;
        }
    }
    return false;
}

/* Every line is one of the list beginning at `first`. */
static bool only_these(const drip_session *s, const dr_case *c, uint32_t first)
{
    for (uint32_t i = 0; i < s->outcome.n_lines; i++) {
        bool listed = false;
        for (uint32_t k = first;
             k < c->n_expects && (k == first || (c->expects[k].kind == 'o' && !c->expects[k].first)); k++)
            listed = listed || line_is(s, &s->outcome.lines[i], &c->expects[k]);
        if (!listed)
            return false;
    }
    return true;
}

static void check_one(test_run *t, drip_session *s, const dr_case *c, uint32_t i)
{
    const dr_expect *e = &c->expects[i];
    switch (e->kind) {
    case 'o':
    case 'i':
        if (e->count >= 0 ? total_of(s, e) != e->count : total_of(s, e) == 0)
            missed(t, "", e);
        if (e->kind == 'o' && e->first && !only_these(s, c, i))
            missed(t, "no other lines than those listed", NULL);
        break;
    case 'n':
        if (e->n_suffixes > 0 ? total_of(s, e) != 0 : any_line(s, e->text))
            missed(t, "no ", e);
        break;
    case 'x':
        if (s->outcome.n_lines > 0)
            missed(t, "no lines", NULL);
        break;
    case 'f':
        if (!finding_there(s, e->text))
            missed(t, "finding ", e);
        break;
    case 'F':
        if (finding_there(s, e->text))
            missed(t, e->text == NULL ? "no finding" : "no finding ", e);
        break;
    default:
        if (!clause_decided(s, e->text))
            missed(t, "because ", e);
        break;
    }
}

static void tell_answer(test_run *t, drip_session *s)
{
    dr_buf_text(&t->detail, "lines:    ");
    put_lines(s, &t->detail);
    dr_buf_text(&t->detail, "\nfindings: ");
    for (uint32_t i = 0; i < s->outcome.n_findings; i++) {
        dr_buf_text(&t->detail, i == 0 ? "" : ", ");
        dr_buf_text(&t->detail, s->outcome.findings[i].code);
    }
    dr_buf_text(&t->detail, s->outcome.n_findings == 0 ? "none\n" : "\n");
    for (uint32_t i = 0; i < s->outcome.n_lines; i++) {
        const dr_clause *c = &program_of(s)->clauses[s->outcome.lines[i].clauses[0]];
        dr_buf_text(&t->detail, i == 0 ? "decided by: " : ", ");
        dr_buf_text(&t->detail, c->name);
    }
    if (s->outcome.n_lines > 0)
        dr_buf_char(&t->detail, '\n');
}

static void report(test_run *t, const drip_program *program, const dr_case *c)
{
    const dr_sources *sources = &program->p->sources;
    uint32_t line = 0, column = 0;
    const char *origin = "";
    if (c->span.source < sources->count) {
        origin = sources->items[c->span.source].origin;
        dr_source_place(&sources->items[c->span.source], c->span.start, &line, &column);
    }
    bool passed = t->detail.len == 0;
    t->passed += passed;
    t->failed += !passed;
    drip_test_event event = {c->name, origin, line, passed,
                             passed || t->detail.data == NULL ? "" : t->detail.data};
    if (t->report != NULL)
        t->report(t->context, &event);
}

static void run_case(test_run *t, drip_session *s, const drip_program *home, const dr_case *c)
{
    dr_buf_clear(&t->detail);
    if (drip_eval(s, c->json, c->len) != DRIP_OK) {
        dr_buf_text(&t->detail, "the encounter was refused: ");
        dr_buf_text(&t->detail, drip_session_message(s));
        dr_buf_char(&t->detail, '\n');
    } else {
        for (uint32_t i = 0; i < c->n_expects; i++)
            check_one(t, s, c, i);
        if (t->detail.len > 0)
            tell_answer(t, s);
    }
    report(t, home, c);
}

/* ---- programs for cases */

static drip_status sources_for(test_run *t, const dr_layer_source *file, const char *under, drip_layers **out)
{
    drip_layers *l = NULL;
    drip_status status = drip_layers_new(t->tests->engine, &l);
    if (status == DRIP_OK)
        status = drip_layers_add(l, file->origin, file->bytes, file->len, t->error);
    for (uint32_t i = 0; i < t->tests->count && status == DRIP_OK;
         i++) { /* the data files that tables name */
        const dr_layer_source *s = &t->tests->items[i];
        size_t len = strlen(s->origin);
        if (len > 4 && strcmp(s->origin + len - 4, ".csv") == 0)
            status = drip_layers_add(l, s->origin, s->bytes, s->len, t->error);
    }
    if (status == DRIP_OK)
        status = dr_layers_add_bases(l, t->search_path, t->error);
    if (status == DRIP_OK && under != NULL)
        status = drip_layers_add_policy_files(l, under, t->search_path, t->error);
    *out = l;
    if (status != DRIP_OK) {
        drip_layers_free(l);
        *out = NULL;
    }
    return status;
}

static bool same(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* Warnings are for those who check a policy. */
static drip_status compile_tests(const test_run *t, const drip_layers *l, const char *settings,
                                 drip_program **program)
{
    drip_status status = dr_api_compile(l, settings, program, t->error);
    if (status == DRIP_OK && t->error != NULL) {
        drip_error_free(*t->error);
        *t->error = NULL;
    }
    return status;
}

static drip_status open_session(test_run *t, const dr_layer_source *file, const dr_case *c,
                                drip_program **program, drip_session **session)
{
    drip_layers *l = NULL;
    drip_session_free(*session);
    drip_program_free(*program);
    *session = NULL;
    *program = NULL;
    drip_status status = sources_for(t, file, c->under, &l);
    if (status == DRIP_OK)
        status = compile_tests(t, l, c->settings, program);
    if (status == DRIP_OK)
        status = drip_session_new(*program, session);
    drip_layers_free(l);
    return status;
}

static drip_status run_file(test_run *t, const dr_layer_source *file)
{
    drip_layers *l = NULL;
    drip_program *home = NULL, *program = NULL;
    drip_session *session = NULL;
    drip_status status = sources_for(t, file, NULL, &l);
    if (status == DRIP_OK)
        status = compile_tests(t, l, NULL, &home);
    drip_layers_free(l);
    const char *settings = NULL, *under = NULL;
    for (uint32_t i = 0; status == DRIP_OK && i < home->p->n_cases; i++) {
        const dr_case *c = &home->p->cases[i];
        if (strcmp(home->p->sources.items[c->span.source].origin, file->origin) != 0)
            continue;
        if (t->only != NULL && strstr(c->name, t->only) == NULL)
            continue;
        if (session == NULL || !same(settings, c->settings) || !same(under, c->under))
            status = open_session(t, file, c, &program, &session);
        settings = c->settings;
        under = c->under;
        if (status == DRIP_OK)
            run_case(t, session, home, c);
    }
    drip_session_free(session);
    drip_program_free(program);
    drip_program_free(home);
    return status;
}

static bool has_scenarios(const dr_layer_source *file)
{
    for (const char *at = file->bytes; at != NULL; at = strchr(at, '\n'), at = at == NULL ? NULL : at + 1)
        if (strncmp(at, "scenario \"", 10) == 0)
            return true;
    return false;
}

drip_status drip_test(drip_layers *layers, const char *search_path, const char *only, drip_test_fn report_fn,
                      void *context, uint32_t *passed, uint32_t *failed, drip_error **error)
{
    if (error != NULL)
        *error = NULL;
    if (layers == NULL || passed == NULL || failed == NULL)
        return DRIP_MISUSE;
    test_run t = {.tests = layers,
                  .search_path = search_path,
                  .only = only,
                  .report = report_fn,
                  .context = context,
                  .error = error};
    drip_status status = DRIP_OK;
    dr_buf_init(&t.detail, &layers->engine->alloc, (size_t)1 << 20);
    for (uint32_t i = 0; i < layers->count && status == DRIP_OK; i++)
        if (has_scenarios(&layers->items[i]))
            status = run_file(&t, &layers->items[i]);
    dr_buf_free(&t.detail);
    *passed = t.passed;
    *failed = t.failed;
    return status;
}
