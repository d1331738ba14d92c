/* drip: test_checklist.c, tests. The checklist through the public interface: views and JSON tell the same, misuse is
 * refused, and memory that runs out is said. */
#include "bench.h"

static const char POLICY[] = "drip 1\n"
                             "policy mini version \"1\"\n"
                             "topic timed \"Timed\"\n"
                             "topic signed \"Signed\"\n"
                             "topic free \"Free\"\n"
                             "entity Visit\n"
                             "  id : text key\n"
                             "entity Event in Visit as \"a/b~c\"\n"
                             "  at   : instant?\n"
                             "  drug : text\n"
                             "entity Note in Visit as \"notes\"\n"
                             "  text : text\n"
                             "entity Course groups Event as events\n"
                             "  by drug\n"
                             "result Line as \"lines\"\n"
                             "  code  : text name\n"
                             "  units : int count\n"
                             "  ordered by code\n"
                             "entity Charge merges Line\n"
                             "line one for e in Event\n"
                             "  code  = e.drug\n"
                             "  units = 1\n"
                             "finding twice hold for c in Course when (count e in c.events) over 1\n"
                             "  message \"twice\"\n"
                             "  topic timed\n"
                             "  cure \"say why\"\n"
                             "finding empty warn for n in Note when n.text is \"\"\n"
                             "  message \"empty\"\n"
                             "  topic signed\n"
                             "finding billed info for c in Charge when c.units over 1\n"
                             "  message \"billed\"\n"
                             "  about \"one\"\n"
                             "finding visit info for v in Visit\n"
                             "  message \"seen\"\n"
                             "  topic free\n";

static const char VISIT[] =
    "{\"id\":\"V\",\"a/"
    "b~c\":[{\"drug\":\"x\"},{\"drug\":\"y\"},{\"drug\":\"x\",\"at\":\"2026-03-02T09:00+01:00\"}]}";

static void open_bench(bench *b)
{
    drip_layers *layers = bench_layers(b);
    assert_int_equal(drip_layers_add(layers, "policy.drip", POLICY, sizeof POLICY - 1, NULL), DRIP_OK);
    bench_compile(b, layers);
}

static void topic_is(bench *b, uint32_t topic, const char *name, drip_topic_status status, uint32_t hold,
                     uint32_t info)
{
    drip_topic t;
    assert_int_equal(drip_result_topic(b->session, topic, &t), DRIP_OK);
    if (name == NULL)
        assert_null(t.name);
    else
        assert_string_equal(t.name, name);
    assert_int_equal(t.status, status);
    assert_int_equal(t.findings[DRIP_DENY], 0);
    assert_int_equal(t.findings[DRIP_HOLD], hold);
    assert_int_equal(t.findings[DRIP_WARN], 0);
    assert_int_equal(t.findings[DRIP_INFO], info);
}

static void spot_is(bench *b, uint32_t finding, uint32_t k, const char *pointer, const char *name,
                    const char *at)
{
    drip_spot spot;
    assert_int_equal(drip_result_spot(b->session, finding, k, &spot), DRIP_OK);
    assert_string_equal(spot.pointer, pointer);
    assert_string_equal(spot.name, name);
    assert_string_equal(spot.at, at);
}

static uint32_t finding_of(bench *b, const char *code, drip_advice *advice)
{
    drip_finding f;
    for (uint32_t i = 0; i < drip_result_findings(b->session); i++) {
        assert_int_equal(drip_result_finding(b->session, i, &f), DRIP_OK);
        assert_int_equal(drip_result_advice(b->session, i, advice), DRIP_OK);
        if (strcmp(f.code, code) == 0)
            return i;
    }
    fail_msg("no finding %s", code);
    return 0;
}

static void test_views(void **state)
{
    bench b;
    drip_advice advice;
    drip_spot spot;
    (void)state;
    open_bench(&b);
    assert_int_equal(drip_eval(b.session, VISIT, sizeof VISIT - 1), DRIP_OK);
    assert_int_equal(drip_result_topics(b.session), 4);
    topic_is(&b, 0, "timed", DRIP_TOPIC_OPEN, 1, 0);
    topic_is(&b, 1, "signed", DRIP_TOPIC_NOTHING, 0, 0);
    topic_is(&b, 2, "free", DRIP_TOPIC_OK, 0, 1);
    topic_is(&b, 3, NULL, DRIP_TOPIC_OK, 0, 1);
    uint32_t twice = finding_of(&b, "twice", &advice);
    assert_int_equal(advice.topic, 0);
    assert_string_equal(advice.cure, "say why");
    assert_int_equal(advice.places, 2);
    assert_int_equal(advice.more_places, 0);
    spot_is(&b, twice, 0, "/a~1b~0c/0", "a/b~c[0]", "");
    spot_is(&b, twice, 1, "/a~1b~0c/2", "a/b~c[2]", "2026-03-02T09:00+01:00");
    assert_int_equal(drip_result_spot(b.session, twice, 2, &spot), DRIP_NOT_FOUND);
    uint32_t billed = finding_of(&b, "billed", &advice);
    assert_int_equal(advice.topic, 3);
    assert_null(advice.cure);
    assert_int_equal(advice.places, 2);
    spot_is(&b, billed, 1, "/a~1b~0c/2", "a/b~c[2]", "2026-03-02T09:00+01:00");
    finding_of(&b, "visit", &advice);
    assert_int_equal(advice.places, 0);
    close_bench(&b);
}

static void test_misuse(void **state)
{
    bench b;
    drip_topic topic;
    drip_advice advice;
    drip_spot spot;
    const char *json = NULL;
    size_t len = 0;
    (void)state;
    open_bench(&b);
    assert_int_equal(drip_result_topics(b.session), 0);
    assert_int_equal(drip_result_topic(b.session, 0, &topic), DRIP_MISUSE);
    assert_int_equal(drip_result_advice(b.session, 0, &advice), DRIP_MISUSE);
    assert_int_equal(drip_result_spot(b.session, 0, 0, &spot), DRIP_MISUSE);
    assert_int_equal(drip_result_checklist(b.session, &json, &len), DRIP_MISUSE);
    assert_int_equal(drip_eval(b.session, VISIT, sizeof VISIT - 1), DRIP_OK);
    assert_int_equal(drip_result_topic(b.session, 4, &topic), DRIP_MISUSE);
    assert_int_equal(drip_result_advice(b.session, 99, &advice), DRIP_MISUSE);
    assert_int_equal(drip_result_checklist(b.session, NULL, &len), DRIP_MISUSE);
    close_bench(&b);
}

/* Every allocation refused, one after the other: it says so, and the session goes on. */
static void test_no_memory(void **state)
{
    bench b;
    char whole[4096];
    const char *json = NULL;
    size_t len = 0, late = 0;
    bool done = false;
    (void)state;
    open_bench(&b);
    assert_int_equal(drip_eval(b.session, VISIT, sizeof VISIT - 1), DRIP_OK);
    assert_int_equal(drip_result_checklist(b.session, &json, &len), DRIP_OK);
    assert_true(len < sizeof whole);
    memcpy(whole, json, len + 1);
    assert_non_null(strstr(whole, "\"places\":[\"/a~1b~0c/0\",\"/a~1b~0c/2\"],\"cure\":\"say why\""));
    for (size_t fail_at = 1; !done && fail_at < 100; fail_at++) {
        drip_session *s = NULL;
        assert_int_equal(drip_session_new(b.program, &s), DRIP_OK);
        assert_int_equal(drip_eval(s, VISIT, sizeof VISIT - 1), DRIP_OK);
        b.memory.calls = 0;
        b.memory.fail_at = fail_at;
        drip_status status = drip_result_checklist(s, &json, &len);
        b.memory.fail_at = 0;
        done = status == DRIP_OK;
        late += !done;
        assert_true(done || (status == DRIP_NO_MEMORY && json == NULL));
        assert_int_equal(drip_result_checklist(s, &json, &len), DRIP_OK);
        assert_string_equal(json, whole);
        drip_session_free(s);
    }
    assert_true(done && late > 0);
    close_bench(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_views),
        cmocka_unit_test(test_misuse),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
