/* drip: test_explain.c, tests. Explanations through the public interface: memory that runs out, interrupts,
 * older callers, and that conditions asked again come out as they did when they decided. */
#include "bench.h"

#include "conds.h"

static const char SHORT[] = "{\"id\":\"S\",\"start\":\"2026-03-02T08:00\",\"claim\":\"facility\",\"mar\":["
                            "{\"at\":\"2026-03-02T09:00\",\"action\":\"start\",\"administration\":\"A\","
                            "\"drug\":\"x\",\"route\":\"iv\"},"
                            "{\"at\":\"2026-03-02T09:20\",\"action\":\"stop\",\"administration\":\"A\"}]}";

static void open_bench(bench *b)
{
    drip_layers *layers = bench_layers(b);
    b->len = bench_file("examples/visit.json", b->json, sizeof b->json);
    assert_int_equal(drip_layers_add_policy_files(layers, "national", ".", NULL), DRIP_OK);
    bench_compile(b, layers);
}

static drip_options_explain asking(const char *why_not, const char *json)
{
    return (drip_options_explain){.struct_size = sizeof(drip_options_explain),
                                  .why_not = why_not,
                                  .json = json,
                                  .json_len = json != NULL ? strlen(json) : 0};
}

/* Every allocation of an explanation refused, from one on: it says so, and (every eighth is tried) the session goes on. */
static void never_breaks(bench *b, const char *json, size_t len, const drip_options_explain *options)
{
    const char *text = NULL;
    size_t n = 0, late = 0;
    bool done = false;
    for (size_t fail_at = 1; !done && fail_at < 500; fail_at++) {
        drip_session *s = NULL;
        assert_int_equal(drip_session_new(b->program, &s), DRIP_OK);
        assert_int_equal(drip_eval(s, json, len), DRIP_OK);
        b->memory.calls = 0;
        b->memory.fail_at = fail_at;
        drip_status status = drip_explain(s, options, &text, &n);
        b->memory.fail_at = 0;
        done = status == DRIP_OK;
        late += !done;
        assert_true(done || status == DRIP_NO_MEMORY);
        if (done || fail_at % 8 == 1) {
            assert_int_equal(drip_eval(s, json, len), DRIP_OK);
            assert_int_equal(drip_explain(s, options, &text, &n), DRIP_OK);
            assert_true(n > 0);
        }
        drip_session_free(s);
    }
    assert_true(done && late > 0);
}

static void test_no_memory(void **state)
{
    bench b;
    (void)state;
    open_bench(&b);
    drip_options_explain all = asking(NULL, NULL), json = asking(NULL, NULL),
                         missing = asking("96366", SHORT);
    json.as_json = json.whole = 1;
    never_breaks(&b, b.json, b.len, &all);
    never_breaks(&b, b.json, b.len, &json);
    never_breaks(&b, SHORT, sizeof SHORT - 1, &missing);
    missing.as_json = 1;
    never_breaks(&b, SHORT, sizeof SHORT - 1, &missing);
    close_bench(&b);
}

static void test_interrupt(void **state)
{
    bench b;
    const char *text = NULL;
    size_t n = 0;
    (void)state;
    open_bench(&b);
    drip_options_explain missing = asking("96366", SHORT);
    assert_int_equal(drip_eval(b.session, SHORT, sizeof SHORT - 1), DRIP_OK);
    drip_session_interrupt(b.session);
    assert_int_equal(drip_explain(b.session, &missing, &text, &n), DRIP_INTERRUPTED);
    assert_int_equal(drip_explain(b.session, &missing, &text, &n), DRIP_OK); /* once is once */
    assert_non_null(strstr(text, "10:31"));
    close_bench(&b);
}

/* Callers built when the options ended with why_not, and callers of a later version. */
static void test_other_callers(void **state)
{
    bench b;
    const char *text = NULL;
    size_t n = 0;
    (void)state;
    open_bench(&b);
    drip_options_explain options = asking("96366", SHORT);
    assert_int_equal(drip_eval(b.session, SHORT, sizeof SHORT - 1), DRIP_OK);
    options.struct_size = offsetof(drip_options_explain, json);
    assert_int_equal(drip_explain(b.session, &options, &text, &n), DRIP_OK);
    assert_null(strstr(text, "10:31"));
    options.struct_size = sizeof options + 64;
    assert_int_equal(drip_explain(b.session, &options, &text, &n), DRIP_OK);
    assert_non_null(strstr(text, "10:31"));
    assert_int_equal(drip_explain(b.session, NULL, &text, &n), DRIP_OK);
    assert_int_equal(drip_explain(b.session, &options, NULL, &n), DRIP_MISUSE);
    close_bench(&b);
}

/* The conditions are emitted twice, fused for running and test by test for asking: they agree. */
static void test_conditions_agree(void **state)
{
    bench b;
    uint32_t asked = 0;
    (void)state;
    open_bench(&b);
    assert_int_equal(drip_eval(b.session, b.json, b.len), DRIP_OK);
    dr_session *s = &b.session->s;
    const dr_program *p = s->program;
    for (uint32_t i = 0; i < p->n_slots; i++) {
        uint32_t column = p->slots[i].clause_column;
        for (uint32_t row = 0; column != DR_NONE && row < s->n_rows[p->slots[i].entity]; row++) {
            uint32_t clause = s->clauses[column] != NULL ? s->clauses[column][row] : DR_NONE;
            bool truth = false;
            int64_t value = 0;
            if (clause >= p->n_clauses)
                continue;
            assert_int_equal(dr_cond_ask(s, p->clauses[clause].cond, row, NULL, NULL, &truth), DR_OK);
            assert_true(truth);
            dr_type type = p->slots[i].type;
            if (p->clauses[clause].value.pc != DR_NONE && type.kind != DR_NUM && type.kind != DR_SPANS &&
                type.kind != DR_LIST) { /* of those the pointers differ */
                assert_int_equal(dr_code_value(s, p->clauses[clause].value.pc, row, NULL, &value), DR_OK);
                assert_int_equal(value, s->cols[i].base[(size_t)row * s->cols[i].stride]);
            }
            asked++;
        }
    }
    assert_true(asked > 500);
    for (uint32_t i = 0; i < s->n_lines; i++) {
        bool truth = false;
        const dr_clause *c = &p->clauses[p->rules[s->lines[i].rule].clause];
        assert_int_equal(dr_cond_ask(s, c->cond, s->lines[i].row, NULL, NULL, &truth), DR_OK);
        assert_true(truth);
    }
    close_bench(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_interrupt),
        cmocka_unit_test(test_other_callers),
        cmocka_unit_test(test_conditions_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
