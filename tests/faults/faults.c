/* drip: faults.c, level 4. An allocation that fails at each point in turn, once and from then on, through the whole
 * life of a policy: reading files, compiling, evaluating, explaining, auditing, measuring, testing, laying out; and of
 * two small ones: set beside each other, searched for witnesses, mutated (compare.c).
 *
 *     faults FOLDER POLICY ENCOUNTERS [STEP [OTHER]]      FOLDER holds rulesets/ and payers/
 *
 * After each failure: what failed said DRIP_NO_MEMORY (or did without: an explanation without a suggestion is one),
 * nothing has leaked when all is freed, and the same engine then answers a good encounter to the same bytes. STEP tries
 * every STEP-th point only, OTHER every OTHER-th of the small policies. Ends with "N passed, N failed". */
#define _POSIX_C_SOURCE 200809L
#include "compare.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct faults {
    uint64_t calls, fail_at; /* fail_at 0: never */
    bool persist, failed;
    int64_t held; /* bytes */
    uint64_t blocks;
} faults;

typedef struct world {
    const char *folder, *policy, *json, *life;
    size_t len;
    char *answer; /* of an engine that never failed */
    size_t answer_len;
    unsigned passed, failed, lies; /* answers that are not what they should be */
} world;

static void *allocate(void *context, void *ptr, size_t old_size, size_t new_size)
{
    faults *f = context;
    if (new_size == 0) {
        f->held -= (int64_t)old_size;
        f->blocks -= ptr != NULL;
        free(ptr);
        return NULL;
    }
    f->calls++;
    if (f->fail_at > 0 && (f->calls == f->fail_at || (f->persist && f->calls > f->fail_at))) {
        f->failed = true;
        return NULL;
    }
    void *p = realloc(ptr, new_size);
    if (p != NULL) {
        f->held += (int64_t)new_size - (ptr != NULL ? (int64_t)old_size : 0);
        f->blocks += ptr == NULL;
    }
    return p;
}

static void count_test(void *context, const drip_test_event *event)
{
    (void)event;
    ++*(unsigned *)context;
}

/* The status of the first thing that did not go well. */
static drip_status first(drip_status so_far, drip_status status)
{
    return so_far != DRIP_OK ? so_far : status;
}

static drip_status compile(const world *w, drip_engine *engine, drip_program **program)
{
    drip_layers *layers = NULL;
    drip_error *error = NULL;
    *program = NULL;
    drip_status status = drip_layers_new(engine, &layers);
    if (status == DRIP_OK)
        status = drip_layers_add_policy_files(layers, w->policy, w->folder, &error);
    drip_error_free(error);
    error = NULL;
    if (status == DRIP_OK)
        status = drip_compile(layers, program, &error);
    drip_error_free(error);
    drip_layers_free(layers);
    return status;
}

/* What an encounter is answered, from malloc; NULL if it was refused. */
static char *evaluate(const world *w, drip_session *session, drip_status *status, size_t *len)
{
    const char *json = NULL;
    *status = drip_eval(session, w->json, w->len);
    if (*status == DRIP_OK)
        *status = drip_result_json(session, &json, len);
    char *copy = *status == DRIP_OK ? malloc(*len) : NULL;
    if (copy != NULL)
        memcpy(copy, json, *len);
    return copy;
}

static drip_status explain(const world *w, drip_session *session)
{
    const char *text = NULL;
    size_t len = 0;
    drip_options_explain options = {.struct_size = sizeof options};
    drip_status status = drip_explain(session, &options, &text, &len);
    options.as_json = 1;
    status = first(status, drip_explain(session, &options, &text, &len));
    options.as_json = 0;
    options.why_not = "96368";
    (void)w;
    return first(status, drip_explain(session, &options, &text, &len));
}

/* A claim as CSV and as JSON: one line is right, one is not, one has another count. */
static drip_status audit_one(drip_session *session, const char *claim)
{
    drip_claims *claims = NULL;
    drip_error *error = NULL;
    drip_audit_item item;
    drip_options_audit options = {.struct_size = sizeof options};
    const char *text = NULL;
    size_t len = 0;
    drip_status status = drip_claims_new(drip_session_program(session), "claim", claim, strlen(claim),
                                         DRIP_CLAIM_ANY, &claims, &error);
    for (int as_json = 0; as_json < 2 && status == DRIP_OK; as_json++) {
        options.as_json = as_json;
        status = drip_audit(session, claims, &options, &text, &len);
        for (uint32_t i = 0; i < drip_audit_items(session); i++)
            drip_audit_item_at(session, i, &item);
    }
    drip_error_free(error);
    drip_claims_free(claims);
    return status == DRIP_NOT_FOUND ? DRIP_OK : status; /* the first names the small world's encounter */
}

static drip_status audit(drip_session *session)
{
    const char *text = NULL;
    size_t len = 0;
    drip_status status = drip_result_checklist(session, &text, &len);
    status =
        first(status, audit_one(session, "encounter,code,units,date\nE-1,96365,1,2026-03-02\n"
                                         "E-1,Z9999,1,2026-03-02\nE-1,96366,7,\"2026-03-02\"\nE-2,1,1,\n"));
    return first(status,
                 audit_one(session, "[{\"code\":\"96365\",\"units\":1,\"modifiers\":[\"XE\",\"59\"]},"
                                    "{\"code\":\"Z9999\",\"units\":2,\"administrations\":[\"A1\"]}]"));
}

static drip_status measure(drip_program *program)
{
    drip_costs *costs = NULL;
    drip_status status = drip_costs_new(program, &costs);
    drip_costs_free(costs);
    return status;
}

static drip_status lay_out(drip_engine *engine)
{
    static const char SOURCE[] =
        "drip 1\n# a comment\npolicy p   version \"1\"\nentity Visit\n id : text key\n";
    char *text = NULL;
    size_t len = 0;
    drip_error *error = NULL;
    drip_status status = drip_format(engine, "a.drip", SOURCE, sizeof SOURCE - 1, &text, &len, &error);
    drip_error_free(error);
    drip_text_free(engine, text, len);
    return status;
}

static drip_status run_tests(drip_engine *engine)
{
    static const char SOURCE[] =
        "drip 1\npolicy p version \"1\" by date of visit.start\nentity Visit\n  id : text key\n  start : "
        "instant\n"
        "entity Dose in Visit as \"doses\"\n  drug : text\nresult Line as \"lines\"\n  code : text name\n  "
        "units : int count\n"
        "  ordered by code\nline a for d in Dose when d.drug is \"x\"\n  code = \"a\"\n  units = 1\n"
        "scenario \"s\"\n  id \"s\"\n  start 2026-03-02T09:00\n  doses drug \"x\"\n  expect a x1\n  vary "
        "\"no\"\n"
        "    doses drug \"y\"\n    expect a x1\n";
    drip_layers *layers = NULL;
    drip_coverage *coverage = NULL;
    drip_error *error = NULL;
    uint32_t passed = 0, failed = 0;
    unsigned told = 0;
    drip_status status = drip_layers_new(engine, &layers);
    if (status == DRIP_OK)
        status = drip_layers_add(layers, "s.drip", SOURCE, sizeof SOURCE - 1, NULL);
    if (status == DRIP_OK)
        status = drip_test(layers, ".", NULL, count_test, &told, &passed, &failed, &coverage, &error);
    drip_coverage_free(coverage);
    drip_error_free(error);
    drip_layers_free(layers);
    return status;
}

static bool as_before(const world *w, const char *answer, size_t len)
{
    return len == w->answer_len && memcmp(answer, w->answer, len) == 0;
}

static drip_status live(world *w, drip_engine *engine)
{
    drip_program *program = NULL;
    drip_session *session = NULL;
    drip_status each = DRIP_OK, status = compile(w, engine, &program);
    size_t len = 0;
    if (status == DRIP_OK)
        status = drip_session_new(program, &session);
    if (status == DRIP_OK) {
        char *answer = evaluate(w, session, &each, &len);
        if (answer != NULL && !as_before(w, answer, len)) {
            w->lies++;
            fprintf(stderr, "%.*s\n%.*s\n", (int)len, answer, (int)w->answer_len, w->answer);
        }
        free(answer);
        status = first(each, each == DRIP_OK ? explain(w, session) : DRIP_OK);
        /* The session that failed must serve the next one. */
        char *again = evaluate(w, session, &each, &len);
        status = first(status, each);
        status = first(status, measure(program));
        status = first(status, again != NULL ? audit(session) : DRIP_OK);
        free(again);
    }
    status = first(status, lay_out(engine));
    status = first(status, run_tests(engine));
    drip_session_free(session);
    drip_program_free(program);
    return status;
}

static bool same_answer(world *w, drip_engine *engine)
{
    drip_program *program = NULL;
    drip_session *session = NULL;
    drip_status status = compile(w, engine, &program);
    size_t len = 0;
    char *answer = NULL;
    if (status == DRIP_OK && drip_session_new(program, &session) == DRIP_OK)
        answer = evaluate(w, session, &status, &len);
    bool same = answer != NULL && w->answer != NULL && as_before(w, answer, len);
    if (w->answer == NULL) {
        w->answer = answer;
        w->answer_len = len;
        answer = NULL;
    }
    free(answer);
    drip_session_free(session);
    drip_program_free(program);
    return same;
}

static void expect(world *w, bool ok, const char *what, uint64_t at, bool persist)
{
    ok ? w->passed++ : w->failed++;
    if (!ok)
        printf("%s: %s: FAILED (allocation %llu%s)\n", w->life, what, (unsigned long long)at,
               persist ? " and all that follow" : "");
}

/* True while there was such an allocation to fail. */
static bool try_at(world *w, uint64_t at, bool persist)
{
    faults f = {.fail_at = at, .persist = persist};
    drip_engine *engine = NULL;
    drip_status status = drip_engine_new(allocate, &f, NULL, &engine);
    if (status == DRIP_OK)
        status = live(w, engine);
    bool failed = f.failed;
    expect(w, status == DRIP_OK || (failed && status == DRIP_NO_MEMORY), drip_status_name(status), at,
           persist);
    f.fail_at = 0;
    if (engine != NULL && at % 8 == 0)
        expect(w, same_answer(w, engine), "the engine answers as before", at, persist);
    drip_engine_free(engine);
    expect(w, f.held == 0 && f.blocks == 0, "all memory is given back", at, persist);
    return failed;
}

/* ---- two policies */

static const struct {
    const char *name;
    life_fn live;
} lives[] = {{"diff", live_diff}, {"witness", live_witness}, {"mutate", live_mutate}};

/* True while there was such an allocation to fail. */
static bool try_life(world *w, life_fn live, const saying *whole, uint64_t at, bool persist)
{
    faults f = {.fail_at = at, .persist = persist};
    saying said = {NULL, 0, 0};
    drip_engine *engine = NULL;
    drip_status status = drip_engine_new(allocate, &f, NULL, &engine);
    if (status == DRIP_OK)
        status = live(engine, &said);
    expect(w, status == DRIP_OK || (f.failed && status == DRIP_NO_MEMORY), drip_status_name(status), at,
           persist);
    expect(w, status != DRIP_OK || (said.len == whole->len && memcmp(said.text, whole->text, said.len) == 0),
           "what is said is right or refused", at, persist);
    drip_engine_free(engine);
    expect(w, f.held == 0 && f.blocks == 0, "all memory is given back", at, persist);
    free(said.text);
    return f.failed;
}

static void try_lives(world *w, uint64_t step)
{
    for (size_t i = 0; i < sizeof lives / sizeof *lives; i++) {
        saying whole = {NULL, 0, 0};
        uint64_t at = 0;
        drip_engine *engine = NULL;
        w->life = lives[i].name;
        drip_engine_new(NULL, NULL, NULL, &engine);
        bool ok = lives[i].live(engine, &whole) == DRIP_OK && whole.len > 0;
        expect(w, ok, "it says something where nothing fails", 0, false);
        drip_engine_free(engine);
        for (int persist = 0; ok && persist < 2; persist++)
            for (at = 1; try_life(w, lives[i].live, &whole, at, persist != 0); at += step)
                continue;
        fprintf(stderr, "%llu points of %s\n", (unsigned long long)at, lives[i].name);
        free(whole.text);
    }
}

static char *read_file(const char *path, size_t *len)
{
    FILE *file = fopen(path, "rb");
    char *text = malloc(1 << 20);
    *len = file != NULL && text != NULL ? fread(text, 1, 1 << 20, file) : 0;
    if (file != NULL)
        fclose(file);
    return text;
}

int main(int argc, char **argv)
{
    if (argc < 4)
        return 2;
    world w = {.folder = argv[1], .policy = argv[2], .life = argv[2]};
    char *json = read_file(argv[3], &w.len);
    uint64_t step = argc > 4 ? strtoull(argv[4], NULL, 10) : 1, at = 0;
    w.json = json;
    drip_engine *engine = NULL;
    drip_engine_new(NULL, NULL, NULL, &engine);
    same_answer(&w, engine);
    drip_engine_free(engine);
    for (int persist = 0; w.answer != NULL && persist < 2; persist++)
        for (at = 1; try_at(&w, at, persist != 0); at += step)
            continue;
    expect(&w, w.lies == 0, "an evaluation is right or refused", 0, false);
    fprintf(stderr, "%llu points\n", (unsigned long long)at);
    expect(&w, w.answer != NULL, "there is an answer where nothing fails", 0, false);
    try_lives(&w, argc > 5 ? strtoull(argv[5], NULL, 10) : 1);
    free(w.answer);
    free(json);
    printf("%u passed, %u failed\n", w.passed, w.failed);
    return w.failed > 0;
}
