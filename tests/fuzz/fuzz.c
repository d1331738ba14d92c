/* drip: fuzz.c, level 4. See fuzz.h. */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char DEFAULT_ENCOUNTER[] =
    "{\"id\":\"E\",\"start\":\"2026-03-02T08:00\",\"end\":\"2026-03-02T14:00\",\"payer\":\"acme\",\"mar\":["
    "{\"at\":\"2026-03-02T09:00\",\"action\":\"start\",\"administration\":\"A1\",\"drug\":\"ceftriaxone\","
    "\"class\":\"therapeutic\",\"route\":\"iv\",\"dose\":{\"value\":2,\"unit\":\"g\"}},"
    "{\"at\":\"2026-03-02T10:31\",\"action\":\"stop\",\"administration\":\"A1\"},"
    "{\"at\":\"2026-03-02T10:40\",\"action\":\"push\",\"administration\":\"A2\",\"drug\":\"mesna\"}]}\n";

void fuzz_broken(const char *promise)
{
    fprintf(stderr, "fuzz: broken: %s\n", promise);
    abort();
}

drip_engine *fuzz_engine(void)
{
    drip_engine *engine = NULL;
    drip_limits limits = DRIP_LIMITS_INIT;
    limits.source_bytes = 1 << 20;
    limits.compile_heap = 128 << 20;
    limits.heap = 64 << 20;
    limits.fuel = 300000;
    limits.rows = 5000;
    limits.hook_steps = 5000;
    if (drip_engine_new(NULL, NULL, &limits, &engine) != DRIP_OK)
        fuzz_broken("an engine can be made");
    return engine;
}

static const char *next_mark(const char *at, const char *end)
{
    for (; at < end && (at = memchr(at, '=', (size_t)(end - at))) != NULL; at++)
        if (end - at > 5 && memcmp(at, "==== ", 5) == 0)
            return at;
    return end;
}

uint32_t fuzz_split(const uint8_t *data, size_t size, fuzz_source sources[FUZZ_SOURCES])
{
    const char *at = (const char *)data, *end = at + size;
    uint32_t n = 0;
    const char *mark = next_mark(at, end);
    if (mark > at || mark == end)
        sources[n++] = (fuzz_source){"policy.drip", at, (size_t)(mark - at)};
    while (mark < end && n < FUZZ_SOURCES) {
        const char *name = mark + 5, *line = memchr(name, '\n', (size_t)(end - name));
        size_t len = line == NULL ? (size_t)(end - name) : (size_t)(line - name);
        fuzz_source *s = &sources[n++];
        snprintf(s->name, sizeof s->name, "%.*s", len > 60 ? 60 : (int)len, name);
        s->text = line == NULL ? end : line + 1;
        mark = next_mark(s->text, end);
        s->len = (size_t)(mark - s->text);
    }
    return n;
}

static void touch_result(drip_session *session)
{
    drip_finding finding;
    drip_clause clause;
    for (uint32_t i = 0; i < drip_result_findings(session); i++)
        drip_result_finding(session, i, &finding);
    for (uint32_t i = 0; i < drip_result_lines(session); i++) {
        for (uint32_t f = 0; f < drip_result_fields(session); f++)
            if (drip_result_line_text(session, i, f) == NULL)
                fuzz_broken("a field of a line has a text");
        for (uint32_t k = 0;
             drip_result_line_clause(session, i, k, &clause) == DRIP_OK && clause.name != NULL; k++)
            continue;
    }
}

static char *answer(drip_session *session, const char *json, size_t len, size_t *size)
{
    const char *text = NULL;
    *size = 0;
    if (drip_eval(session, json, len) != DRIP_OK) {
        if (drip_session_message(session)[0] == '\0')
            fuzz_broken("a refusal says why");
        return NULL;
    }
    if (drip_result_json(session, &text, size) != DRIP_OK)
        return NULL;
    char *copy = malloc(*size + 1);
    if (copy != NULL)
        memcpy(copy, text, *size);
    return copy;
}

static void explain(drip_session *session, const char *json, size_t len)
{
    drip_options_explain options = {
        .struct_size = sizeof options, .as_json = (int)(len & 1), .json = json, .json_len = len};
    const char *text = NULL;
    if ((len & 6) == 0)
        options.why_not = "96366";
    drip_explain(session, &options, &text, &len);
}

void fuzz_encounters(drip_program *program, const char *text, size_t len, bool twice)
{
    drip_session *session = NULL;
    if (drip_session_new(program, &session) != DRIP_OK)
        return;
    drip_session_set_strict(session, 1);
    for (const char *at = text, *end = text + len; at < end;) {
        const char *line = memchr(at, '\n', (size_t)(end - at));
        size_t n = line == NULL ? (size_t)(end - at) : (size_t)(line - at), size = 0, again_size = 0;
        char *first = answer(session, at, n, &size);
        if (first != NULL) {
            touch_result(session);
            explain(session, at, n);
        }
        if (twice) {
            char *again = answer(session, at, n, &again_size);
            if ((first == NULL) != (again == NULL) || size != again_size ||
                (first != NULL && memcmp(first, again, size) != 0))
                fuzz_broken("the same encounter has the same answer");
            free(again);
        }
        free(first);
        at += n + 1;
    }
    drip_session_free(session);
}

static void measure(drip_program *program, const char *json, size_t len)
{
    drip_costs *costs = NULL;
    drip_session *session = NULL;
    uint64_t sizes[256] = {0};
    if (drip_costs_new(program, &costs) == DRIP_OK && drip_session_new(program, &session) == DRIP_OK &&
        drip_costs_sizes(costs) <= 256 && drip_eval(session, json, len) == DRIP_OK &&
        drip_costs_measure(costs, session, sizes) == DRIP_OK &&
        drip_session_fuel_used(session) > drip_costs_steps(costs, drip_costs_count(costs), sizes))
        fuzz_broken("an evaluation takes no more steps than --cost says");
    drip_session_free(session);
    drip_costs_free(costs);
}

static void format(drip_engine *engine, const fuzz_source *s)
{
    char *once = NULL, *again = NULL;
    size_t n = 0, m = 0;
    drip_error *error = NULL;
    if (drip_format(engine, s->name, s->text, s->len, &once, &n, &error) == DRIP_OK) {
        drip_error_free(error);
        error = NULL;
        if (drip_format(engine, s->name, once, n, &again, &m, &error) != DRIP_OK)
            fuzz_broken("what was laid out can be laid out again");
        if (n != m || memcmp(once, again, n) != 0)
            fuzz_broken("laying out twice changes nothing");
    }
    drip_text_free(engine, again, m);
    drip_text_free(engine, once, n);
    drip_error_free(error);
}

static void touch_error(const drip_error *error)
{
    drip_diag diag;
    drip_remark remark;
    for (uint32_t i = 0; error != NULL && drip_error_diag(error, i, &diag) == DRIP_OK; i++) {
        for (uint32_t k = 0; k < diag.n_labels; k++)
            drip_error_label(error, i, k, &remark);
        for (uint32_t k = 0; k < diag.n_fixes; k++)
            drip_error_fix(error, i, k, &remark);
    }
}

static void use(drip_program *program, const fuzz_source *sources, uint32_t n)
{
    const char *json = DEFAULT_ENCOUNTER;
    size_t len = sizeof DEFAULT_ENCOUNTER - 1;
    for (uint32_t i = 0; i < n; i++)
        if (strcmp(sources[i].name, "encounter.json") == 0) {
            json = sources[i].text;
            len = sources[i].len;
        }
    fuzz_encounters(program, json, len, true);
    measure(program, json, len);
}

void fuzz_live(const fuzz_source *sources, uint32_t n)
{
    drip_engine *engine = fuzz_engine();
    drip_layers *layers = NULL;
    drip_program *program = NULL;
    drip_error *error = NULL;
    if (drip_layers_new(engine, &layers) != DRIP_OK)
        fuzz_broken("layers can be made");
    for (uint32_t i = 0; i < n; i++) {
        const fuzz_source *s = &sources[i];
        if (strcmp(s->name, "encounter.json") == 0)
            continue;
        drip_layers_add(layers, s->name, s->text, s->len, NULL);
        size_t ends = strlen(s->name);
        if (ends > 5 && strcmp(s->name + ends - 5, ".drip") == 0)
            format(engine, s);
    }
    drip_layers_set_notes(layers, 1);
    drip_status status = drip_compile(layers, &program, &error);
    if (status == DRIP_BAD_POLICY && drip_error_count(error) == 0)
        fuzz_broken("a policy that is refused has an error");
    touch_error(error);
    drip_error_free(error);
    if (status == DRIP_OK)
        use(program, sources, n);
    drip_program_free(program);
    drip_layers_free(layers);
    drip_engine_free(engine);
}
