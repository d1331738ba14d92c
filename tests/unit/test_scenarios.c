/* drip: test_scenarios.c, tests. drip_test as a host calls it: what is told and in which order, threads, coverage,
 * contracts, and every allocation refused once. */
#include "unit.h"

#include "drip.h"

static const char policy[] = "drip 1\n"
                             "policy mini version 1\n"
                             "entity Visit\n"
                             "  id : text key\n"
                             "entity Dose in Visit as \"doses\"\n"
                             "  drug : text\n"
                             "  minutes : duration\n"
                             "result Line as \"lines\"\n"
                             "  code : text name\n"
                             "  units : int count\n"
                             "param limit : duration = 15 min\n"
                             "line long for d in Dose when d.minutes over limit\n"
                             "  code = \"L\"\n"
                             "  units = 1\n"
                             "shorthand dose DRUG MINUTES\n"
                             "  doses drug DRUG, minutes MINUTES\n"
                             "scenario defaults\n"
                             "  id \"x\"\n"
                             "scenario \"one\"\n"
                             "  dose A 20\n"
                             "  expect only L x1\n"
                             "  vary \"short\"\n"
                             "    dose A 10\n"
                             "    with limit = 9 min\n"
                             "    expect only L x1\n"
                             "  vary \"wrong\"\n"
                             "    dose A 15\n"
                             "    expect only L x1\n"
                             "scenario \"two\"\n"
                             "  dose A 30\n"
                             "  with limit = 20 min\n"
                             "  expect only L x1\n";

typedef struct told {
    char text[2000];
    size_t len;
} told;

static void note(void *context, const drip_test_event *event)
{
    told *t = context;
    t->len += (size_t)snprintf(t->text + t->len, sizeof t->text - t->len, "%s:%u %s %d %s\n", event->origin,
                               (unsigned)event->line, event->name, event->passed, event->summary);
}

static drip_layers *open_layers(drip_engine *engine)
{
    drip_layers *layers = NULL;
    assert_int_equal(drip_layers_new(engine, &layers), DRIP_OK);
    assert_int_equal(drip_layers_add(layers, "a.drip", policy, sizeof policy - 1, NULL), DRIP_OK);
    return layers;
}

static void run(const drip_options_test *options, const char *expected, uint32_t passes, uint32_t fails)
{
    drip_engine *engine = NULL;
    uint32_t passed = 9, failed = 9;
    told t = {"", 0};
    drip_error *error = NULL;
    assert_int_equal(drip_engine_new(NULL, NULL, NULL, &engine), DRIP_OK);
    drip_layers *layers = open_layers(engine);
    assert_int_equal(drip_test(layers, NULL, options, note, &t, &passed, &failed, NULL, &error), DRIP_OK);
    assert_string_equal(t.text, expected);
    assert_int_equal(passed, passes);
    assert_int_equal(failed, fails);
    drip_error_free(error);
    drip_layers_free(layers);
    drip_engine_free(engine);
}

static const char all[] = "a.drip:19 one 1 \n"
                          "a.drip:22 one / short 1 \n"
                          "a.drip:26 one / wrong 0 expected L x1, found nothing\n"
                          "a.drip:29 two 1 \n";

static void test_order(void **state)
{
    (void)state;
    const char *const two[] = {"nothing so", "t", NULL}, *const none[] = {NULL};
    drip_options_test options = {.struct_size = sizeof options};
    run(NULL, all, 3, 1);
    for (options.jobs = 0; options.jobs < 9; options.jobs++)
        run(&options, all, 3, 1);
    options.only = two;
    run(&options, "a.drip:22 one / short 1 \na.drip:29 two 1 \n", 2, 0);
    options.only = none;
    run(&options, "", 0, 0);
    options.struct_size = sizeof options.struct_size; /* an older caller's: nothing after it is looked at */
    run(&options, all, 3, 1);
}

static void check_item(const drip_coverage *c, uint32_t i, drip_cover_kind kind, const char *text,
                       uint64_t yes, uint64_t no, const char *missing)
{
    drip_cover_item item;
    assert_int_equal(drip_coverage_item(c, i, &item), DRIP_OK);
    assert_int_equal(item.kind, kind);
    assert_string_equal(item.text, text);
    assert_int_equal(item.yes, yes);
    assert_int_equal(item.no, no);
    assert_string_equal(item.missing, missing);
    assert_string_equal(item.origin, "a.drip");
}

static void test_coverage(void **state)
{
    (void)state;
    drip_engine *engine = NULL;
    drip_coverage *c = NULL;
    drip_cover_item item;
    uint32_t passed, failed;
    const char *origin, *text;
    size_t len;
    assert_int_equal(drip_engine_new(NULL, NULL, NULL, &engine), DRIP_OK);
    drip_layers *layers = open_layers(engine);
    for (uint32_t jobs = 1; jobs < 4; jobs++) {
        drip_options_test options = {.struct_size = sizeof options, .jobs = jobs};
        assert_int_equal(drip_test(layers, NULL, &options, NULL, NULL, &passed, &failed, &c, NULL), DRIP_OK);
        assert_int_equal(drip_coverage_items(c), 4);
        check_item(c, 0, DRIP_COVER_PARAM, "15 min", 2, 0, "");
        check_item(c, 1, DRIP_COVER_PARAM, "another value", 2, 0, "");
        check_item(c, 2, DRIP_COVER_CLAUSE, "", 3, 0, "");
        check_item(c, 3, DRIP_COVER_GUARD, "d.minutes over limit", 3, 1, "");
        assert_int_equal(drip_coverage_item(c, 4, &item), DRIP_NOT_FOUND);
        assert_int_equal(drip_coverage_item(c, 0, NULL), DRIP_MISUSE);
        assert_int_equal(drip_coverage_sources(c), 1);
        assert_int_equal(drip_coverage_source(c, 0, &origin, &text, &len), DRIP_OK);
        assert_string_equal(origin, "a.drip");
        assert_int_equal(len, sizeof policy - 1);
        assert_int_equal(drip_coverage_source(c, 1, &origin, &text, &len), DRIP_NOT_FOUND);
        drip_coverage_free(c);
    }
    drip_coverage_free(NULL);
    assert_int_equal(drip_coverage_items(NULL), 0);
    drip_layers_free(layers);
    drip_engine_free(engine);
}

static void test_misuse(void **state)
{
    (void)state;
    drip_engine *engine = NULL;
    uint32_t passed, failed;
    drip_coverage *c = NULL;
    assert_int_equal(drip_engine_new(NULL, NULL, NULL, &engine), DRIP_OK);
    drip_layers *layers = NULL;
    assert_int_equal(drip_layers_new(engine, &layers), DRIP_OK);
    assert_int_equal(drip_test(NULL, NULL, NULL, NULL, NULL, &passed, &failed, NULL, NULL), DRIP_MISUSE);
    assert_int_equal(drip_test(layers, NULL, NULL, NULL, NULL, NULL, &failed, NULL, NULL), DRIP_MISUSE);
    assert_int_equal(drip_test(layers, NULL, NULL, NULL, NULL, &passed, &failed, &c, NULL), DRIP_OK);
    assert_int_equal(passed + failed, 0);
    assert_int_equal(drip_coverage_items(c), 0);
    drip_coverage_free(c);
    drip_layers_free(layers);
    drip_engine_free(engine);
}

static drip_status attempt(tally *t)
{
    drip_engine *engine = NULL;
    drip_layers *layers = NULL;
    drip_coverage *c = NULL;
    drip_error *error = NULL;
    uint32_t passed, failed;
    drip_options_test options = {.struct_size = sizeof options};
    drip_status status = drip_engine_new(tally_fn, t, NULL, &engine);
    if (status == DRIP_OK)
        status = drip_layers_new(engine, &layers);
    if (status == DRIP_OK)
        status = drip_layers_add(layers, "a.drip", policy, sizeof policy - 1, NULL);
    if (status == DRIP_OK)
        status = drip_test(layers, NULL, &options, NULL, NULL, &passed, &failed, &c, &error);
    if (status == DRIP_OK) {
        assert_int_equal(passed, 3);
        assert_int_equal(failed, 1);
        assert_int_equal(drip_coverage_items(c), 4);
    }
    drip_error_free(error);
    drip_coverage_free(c);
    drip_layers_free(layers);
    drip_engine_free(engine);
    return status;
}

static void test_no_memory(void **state)
{
    (void)state;
    drip_status status = DRIP_NO_MEMORY;
    for (size_t at = 1; status != DRIP_OK; at++) {
        tally t = {.fail_at = at};
        assert_true(at < 100000);
        status = attempt(&t);
        assert_true(status == DRIP_OK || status == DRIP_NO_MEMORY || status == DRIP_BAD_POLICY);
        assert_int_equal(t.live, 0);
        assert_false(t.wrong_size);
        assert_false(t.dirty);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_coverage),
        cmocka_unit_test(test_misuse),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
