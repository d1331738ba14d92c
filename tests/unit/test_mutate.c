/* drip: test_mutate.c, tests. Every kind of change of tests/mutate/rules.drip is noticed by the scenarios of strong.drip
 * beside it, and survives the one of weak.drip; what is
 * proposed holds; threads change nothing. */
#include "unit.h"

#include "drip.h"

static char *read_both(const char *rules, const char *scenarios)
{
    char *text = calloc(1, 1 << 16);
    const char *paths[2] = {rules, scenarios};
    size_t len = 0;
    for (int i = 0; i < 2; i++) {
        FILE *f = fopen(paths[i], "rb");
        assert_non_null(f);
        len += fread(text + len, 1, (1 << 16) - 2 - len, f);
        text[len++] = '\n';
        fclose(f);
    }
    return text;
}

static drip_mutation *mutated_text(drip_engine *engine, const char *text, uint32_t jobs, uint64_t budget)
{
    drip_layers *layers = NULL;
    drip_mutation *m = NULL;
    drip_error *error = NULL;
    drip_options_test options = {.struct_size = sizeof options, .jobs = jobs, .budget = budget};
    assert_int_equal(drip_layers_new(engine, &layers), DRIP_OK);
    assert_int_equal(drip_layers_add(layers, "rules.drip", text, strlen(text), NULL), DRIP_OK);
    drip_status status = drip_mutate(layers, NULL, &options, &m, &error);
    assert_int_equal(status, DRIP_OK);
    drip_error_free(error);
    drip_layers_free(layers);
    return m;
}

static drip_mutation *mutated(drip_engine *engine, const char *scenarios, uint32_t jobs)
{
    char *text = read_both("tests/mutate/rules.drip", scenarios);
    drip_mutation *m = mutated_text(engine, text, jobs, 0);
    free(text);
    return m;
}

static const char *const changes[][2] = {
    {"long", "15 min → 16 min"},
    {"Dose.short", "minutes under 20 min → minutes at most 20 min"},
    {"Dose.short", "minutes under 20 min → minutes under 19 min"},
    {"Dose.short", "minutes under 20 min and way is fast → minutes under 20 min or way is fast"},
    {"Dose.short", "minutes under 20 min and way is fast → way is fast"},
    {"Dose.short", "way is fast → way is not fast"},
    {"Dose.short", "way is fast → way is still"},
    {"Dose.level.high", "minutes over long → minutes at least long"},
    {"Dose.level.high", "minutes over long and not short → minutes over long"},
    {"Dose.kind", "\"S\" → \"F\""},
    {"Dose.kind", "over 30 min → at least 30 min"},
    {"Dose.kind", "over 30 min → -"},
    {"Dose.kind", "slow, fast → fast"},
    {"Dose.kind", "| slow | over 30 min || \"S\" | → "},
    {"Visit.top", "most d.minutes → least d.minutes"},
    {"Visit.top", ", least d.amount → "},
    {"Visit.top", "d.amount is known → d.amount is missing"},
    {"Visit.total", "d.amount else 1 → d.amount else 2"},
    {"Visit.any_slow", "any d in Dose where d.way is slow → no d in Dose where d.way is slow"},
    {"Visit.any_slow", "any d in Dose where d.way is slow → any d in Dose"},
    {"Visit.all_fast", "every d in Dose has d.way is fast → any d in Dose where d.way is fast"},
    {"Way", "slow > fast → fast > slow"},
    {"one", "\"X\", \"Y\" → \"X\""},
    {"one", "d.level + 1 → d.level - 1"},
    {"one", "d.level over 0 → d.level over 1"},
    {"visit", "v.any_slow or v.all_fast → v.any_slow and v.all_fast"},
    {"visit", "2026-02-01 → 2026-01-31"},
    {"ranked", "v.top.drug is \"A\" → v.top.drug is \"another\""},
    {"ranked", "\"R\" → \"another\""},
};

static const char *state_of(const drip_mutation *m, const char *name, const char *change)
{
    static const char *const states[] = {"noticed", "survived", "excused", "stale"};
    drip_mutant view;
    char text[1024];
    for (uint32_t i = 0; drip_mutation_item(m, i, &view) == DRIP_OK; i++) {
        (void)snprintf(text, sizeof text, "%s → %s", view.from, view.to);
        if (strncmp(view.name, name, strlen(name)) == 0 && strcmp(text, change) == 0)
            return states[view.state];
    }
    return "not there";
}

static void show_all(const drip_mutation *m)
{
    drip_mutant view;
    for (uint32_t i = 0; drip_mutation_item(m, i, &view) == DRIP_OK; i++)
        printf("# %d %s: %s → %s\n", (int)view.state, view.name, view.from, view.to);
}

static void test_each_kind(void **state)
{
    (void)state;
    drip_engine *engine = NULL;
    assert_int_equal(drip_engine_new(NULL, NULL, NULL, &engine), DRIP_OK);
    drip_mutation *strong = mutated(engine, "tests/mutate/strong.drip", 1);
    drip_mutation *weak = mutated(engine, "tests/mutate/weak.drip", 1);
    if (getenv("DRIP_SHOW") != NULL)
        show_all(strong);
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        const char *const *c = changes[i];
        if (strcmp(state_of(strong, c[0], c[1]), "noticed") != 0 ||
            strcmp(state_of(weak, c[0], c[1]), "survived") != 0)
            fail_msg("%s: %s: %s by the strong, %s by the weak", c[0], c[1], state_of(strong, c[0], c[1]),
                     state_of(weak, c[0], c[1]));
    }
    drip_mutation_free(strong);
    drip_mutation_free(weak);
    drip_engine_free(engine);
}

static void add_text(char *to, size_t size, const drip_mutation *m)
{
    drip_mutant v;
    size_t len = 0;
    for (uint32_t i = 0; drip_mutation_item(m, i, &v) == DRIP_OK; i++)
        len += (size_t)snprintf(to + len, size - len, "%d %s %u:%u %s|%s|%s|%s|%s\n", (int)v.state, v.name,
                                (unsigned)v.line, (unsigned)v.column, v.from, v.to, v.noticed_by, v.reason,
                                v.scenario);
}

static void test_threads(void **state)
{
    (void)state;
    enum { SIZE = 1 << 18 };
    drip_engine *engine = NULL;
    char *one = calloc(1, SIZE), *four = calloc(1, SIZE);
    assert_int_equal(drip_engine_new(NULL, NULL, NULL, &engine), DRIP_OK);
    drip_mutation *a = mutated(engine, "tests/mutate/weak.drip", 1);
    drip_mutation *b = mutated(engine, "tests/mutate/weak.drip", 4);
    add_text(one, SIZE, a);
    add_text(four, SIZE, b);
    assert_true(strlen(one) > 5000);
    assert_string_equal(one, four);
    drip_mutation_free(a);
    drip_mutation_free(b);
    drip_engine_free(engine);
    free(one);
    free(four);
}

/* All that are proposed, behind the text; how many. */
static uint32_t paste(const drip_mutation *m, char *text)
{
    drip_mutant v;
    uint32_t n = 0;
    for (uint32_t i = 0; drip_mutation_item(m, i, &v) == DRIP_OK; i++) {
        if (*v.scenario == '\0' || strstr(text, v.scenario) != NULL)
            continue;
        assert_true(strlen(text) + strlen(v.scenario) < (1 << 16));
        memcpy(text + strlen(text), v.scenario, strlen(v.scenario) + 1);
        n++;
    }
    return n;
}

/* Nothing survives that had a proposal; how many had none. */
static uint32_t left_of(const drip_mutation *before, const drip_mutation *after)
{
    drip_mutant was, is;
    uint32_t left = 0;
    for (uint32_t i = 0; drip_mutation_item(after, i, &is) == DRIP_OK; i++) {
        if (is.state != DRIP_MUTANT_SURVIVED)
            continue;
        bool proposed = true;
        for (uint32_t k = 0; drip_mutation_item(before, k, &was) == DRIP_OK; k++)
            if (strcmp(was.name, is.name) == 0 && strcmp(was.from, is.from) == 0 &&
                strcmp(was.to, is.to) == 0)
                proposed = proposed && *was.scenario != '\0';
        if (proposed)
            print_message("still not noticed: %s: %s -> %s\n", is.name, is.from, is.to);
        assert_false(proposed);
        left++;
    }
    return left;
}

/* What is found of a survivor is an answer of the policy as it is: pasted, it passes, and notices the change. */
static uint32_t pasted(uint64_t budget)
{
    drip_engine *engine = NULL;
    drip_layers *layers = NULL;
    uint32_t passed = 0, failed = 0;
    char *text = read_both("tests/mutate/rules.drip", "tests/mutate/weak.drip");
    assert_int_equal(drip_engine_new(NULL, NULL, NULL, &engine), DRIP_OK);
    drip_mutation *before = mutated_text(engine, text, 1, budget);
    uint32_t n = paste(before, text);
    assert_true(n > 3);
    assert_int_equal(drip_layers_new(engine, &layers), DRIP_OK);
    assert_int_equal(drip_layers_add(layers, "rules.drip", text, strlen(text), NULL), DRIP_OK);
    assert_int_equal(drip_test(layers, NULL, NULL, NULL, NULL, &passed, &failed, NULL, NULL), DRIP_OK);
    assert_int_equal(failed, 0);
    assert_int_equal(passed, n + 1);
    drip_mutation *after = mutated_text(engine, text, 1, 0);
    uint32_t left = left_of(before, after);
    drip_mutation_free(before);
    drip_mutation_free(after);
    drip_layers_free(layers);
    drip_engine_free(engine);
    free(text);
    return left;
}

static void test_pasted(void **state)
{
    (void)state;
    uint32_t near = pasted(0), searched = pasted(3000);
    assert_true(searched < near);
}

static void test_contract(void **state)
{
    (void)state;
    drip_mutant v;
    drip_mutation *m = NULL;
    assert_int_equal(drip_mutate(NULL, NULL, NULL, &m, NULL), DRIP_MISUSE);
    assert_int_equal(drip_mutation_item(NULL, 0, &v), DRIP_MISUSE);
    drip_mutation_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_kind),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_pasted),
        cmocka_unit_test(test_contract),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
