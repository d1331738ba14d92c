/* drip: test_merge.c, tests. Lines given from outside in the place of merged ones: the answer has them, what is said
 * of merged lines is said of them, and explanations hold; refused allocations and cells that lack. */
#include "bench.h"

#include "account.h"

enum { CODE, UNITS, DATE, DOSES, PLACE, FIELDS };

static const char VISIT[] =
    "{\"id\":\"V\",\"start\":\"2026-03-02T08:00\",\"given\":[{\"code\":\"A2\",\"units\":1,\"dose\":\"D1\"}]}";

static void open_bench(bench *b)
{
    char text[8192];
    drip_layers *layers = bench_layers(b);
    size_t len = bench_file("tests/cases/charge-answer/fees.drip", text, sizeof text);
    assert_int_equal(drip_layers_add(layers, "fees.drip", text, len, NULL), DRIP_OK);
    bench_compile(b, layers);
}

static void read_visit(dr_session *s)
{
    dr_session_reset(s);
    assert_int_equal(dr_read_encounter(s, VISIT, sizeof VISIT - 1), DR_OK);
}

static int64_t text_cell(dr_session *s, const char *text)
{
    return dr_sym(&s->syms, text, strlen(text));
}

/* Two lines that agree, so that merging would make one of them; the record supports one. */
static void claim_cells(dr_session *s, int64_t cells[2 * FIELDS])
{
    for (int i = 0; i < 2 * FIELDS; i++)
        cells[i] = DR_MISSING;
    for (int i = 0; i < 2; i++) {
        cells[i * FIELDS + CODE] = text_cell(s, "A1");
        cells[i * FIELDS + UNITS] = 2 - i;
        cells[i * FIELDS + DATE] = 20000;
    }
}

static void is_claimed(dr_session *s, const dr_outcome *out)
{
    dr_buf json;
    dr_buf_init(&json, &s->alloc, 1 << 20);
    assert_true(dr_outcome_json(s, out, &json));
    static const char lines[] =
        "\"lines\":[{\"code\":\"A1\",\"units\":2,\"date\":\"2024-10-04\",\"doses\":[],\"clauses\":[],"
        "\"expected\":{\"amount\":\"21.00\",\"how\":{\"method\":\"fee_schedule\",\"since\":\"2026-01-01\"},"
        "\"currency\":\"USD\"},\"first\":true,\"rank\":1},"
        "{\"code\":\"A1\",\"units\":1,\"date\":\"2024-10-04\",\"doses\":[],\"clauses\":[],"
        "\"expected\":{\"amount\":\"10.50\",\"how\":{\"method\":\"fee_schedule\",\"since\":\"2026-01-01\"},"
        "\"currency\":\"USD\"},\"first\":false,\"rank\":2}],\"findings\":[],"
        "\"totals\":{\"lines\":2,\"expected\":\"31.50\",\"units\":3,\"denied\":0}}";
    assert_non_null(json.data);
    assert_string_equal(strstr(json.data, "\"lines\":["), lines);
    dr_buf_free(&json);
}

static void explains(dr_session *s, const dr_outcome *out, bool as_json)
{
    dr_account account;
    dr_buf text;
    const dr_asked asked = {.whole = true};
    dr_buf_init(&text, &s->alloc, 1 << 20);
    assert_int_equal(dr_account_make(s, out, &asked, &account), DR_OK);
    if (as_json)
        assert_true(dr_account_json(s, &account, &text));
    else
        dr_account_text(s, &account, &text);
    assert_non_null(strstr(text.data, "A1"));
    dr_buf_free(&text);
}

static void test_claim(void **state)
{
    (void)state;
    bench b;
    open_bench(&b);
    dr_session *s = &b.session->s;
    int64_t cells[2 * FIELDS];
    dr_outcome out;
    for (int round = 0; round < 2; round++) {
        read_visit(s);
        claim_cells(s, cells);
        assert_int_equal(dr_session_claim(s, cells, 2), DR_OK);
        assert_int_equal(dr_evaluate(s), DR_OK);
        assert_int_equal(dr_outcome_make(s, &out), DR_OK);
        is_claimed(s, &out);
        explains(s, &out, round == 1);
        assert_int_equal(out.lines[0].n_sources, 0);
        assert_int_equal(s->n_lines, 1); /* what the record supports was emitted all the same */
        read_visit(s);                   /* and the next one is its own again */
        assert_int_equal(dr_evaluate(s), DR_OK);
        assert_int_equal(dr_outcome_make(s, &out), DR_OK);
        assert_int_equal(out.n_lines, 1);
        assert_int_equal(out.lines[0].n_sources, 1);
    }
    read_visit(s);
    assert_int_equal(dr_session_claim(s, NULL, 0), DR_OK); /* a claim without lines */
    assert_int_equal(dr_evaluate(s), DR_OK);
    assert_int_equal(dr_outcome_make(s, &out), DR_OK);
    assert_int_equal(out.n_lines, 0);
    close_bench(&b);
}

static void test_claim_refused(void **state)
{
    (void)state;
    bench b;
    open_bench(&b);
    dr_session *s = &b.session->s;
    int64_t cells[2 * FIELDS];
    read_visit(s);
    claim_cells(s, cells);
    cells[FIELDS + UNITS] = DR_MISSING;
    assert_int_equal(dr_session_claim(s, cells, 2), DR_BAD_INPUT);
    assert_string_equal(s->refusal.message, "line 2 of the claim does not say its \"units\"");
    read_visit(s);
    claim_cells(s, cells);
    s->limits.rows = 1;
    assert_int_equal(dr_session_claim(s, cells, 2), DR_LIMIT);
    close_bench(&b);
}

/* Ever more memory, until it is enough: what is refused before says so, and the session goes on. */
static void test_claim_memory(void **state)
{
    (void)state;
    bench b;
    open_bench(&b);
    dr_session *s = &b.session->s;
    uint32_t refused = 0;
    for (size_t left = 0; left < 16384; left += 16) {
        int64_t cells[2 * FIELDS];
        dr_outcome out;
        read_visit(s);
        claim_cells(s, cells);
        assert_true((size_t)(s->arena.end - s->arena.at) > left);
        s->arena.end = s->arena.at + left;
        b.memory.fail_at = b.memory.calls + 1;
        dr_status status = dr_session_claim(s, cells, 2);
        if (status == DR_OK)
            status = dr_evaluate(s);
        if (status == DR_OK)
            status = dr_outcome_make(s, &out);
        b.memory.fail_at = 0;
        if (status == DR_OK)
            break;
        assert_int_equal(status, DR_NO_MEMORY);
        refused++;
    }
    assert_in_range(refused, 20, 1000);
    close_bench(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_claim), cmocka_unit_test(test_claim_refused),
                                       cmocka_unit_test(test_claim_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
