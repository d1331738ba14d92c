/* drip: test_claims.c, tests. Claims and their audit through the public interface: what the views say, calls that
 * break the contract, and memory that runs out anywhere. */
#include "bench.h"

static const char PRICES[] =
    "drip 1\nlayer trial over national\ntable fees (code: text key, fee: money)\n"
    "  | code    | fee       |\n  | \"96365\" | 70.50 USD |\n  | \"96366\" | 21 USD    |\n"
    "add Charge.fee\n  loaded except recorded when fees[code] is known = fees[code].fee\n";
static const char VISIT[] = "{\"id\":\"V\",\"start\":\"2026-03-02T08:00\",\"claim\":\"facility\",\"mar\":["
                            "{\"at\":\"2026-03-02T09:00\",\"action\":\"start\",\"administration\":\"A\","
                            "\"drug\":\"x\",\"route\":\"iv\"},"
                            "{\"at\":\"2026-03-02T10:40\",\"action\":\"stop\",\"administration\":\"A\"}]}";
static const char CSV[] = "encounter,code,units,modifier 1,date\nV,96365,2,59,20260302\nV,96368,2,,20260302\n"
                          "W,96365,1,,20260302\n";
static const char JSON[] =
    "[{\"code\":\"96365\",\"units\":1,\"modifiers\":[\"59\",\"76\"]},{\"code\":\"96366\",\"units\":1}]";

static void open_bench(bench *b)
{
    drip_layers *layers = bench_layers(b);
    assert_int_equal(drip_layers_add_policy_files(layers, "national", ".", NULL), DRIP_OK);
    assert_int_equal(drip_layers_add(layers, "trial.drip", PRICES, strlen(PRICES), NULL), DRIP_OK);
    bench_compile(b, layers);
    assert_int_equal(drip_eval(b->session, VISIT, strlen(VISIT)), DRIP_OK);
}

static drip_claims *claims_of(bench *b, const char *text)
{
    drip_claims *claims = NULL;
    assert_int_equal(drip_claims_new(b->program, "claim", text, strlen(text), DRIP_CLAIM_ANY, &claims, NULL),
                     DRIP_OK);
    return claims;
}

static drip_options_audit with_record(void)
{
    return (drip_options_audit){
        .struct_size = sizeof(drip_options_audit), .json = VISIT, .json_len = strlen(VISIT)};
}

static void test_views(void **state)
{
    (void)state;
    static const char *const kinds[] = {"units", "modifier", "missed", "unsupported"};
    static const char *const fields[] = {"units", "modifiers", "", ""};
    static const char *const amounts[] = {"-70.50", "", "21.00", ""};
    static const int64_t supported[] = {0, 0, 1, -1}, billed[] = {0, 0, -1, 1};
    bench b;
    open_bench(&b);
    drip_claims *claims = claims_of(&b, CSV);
    drip_options_audit options = with_record();
    drip_audit_item item;
    const char *text = NULL;
    size_t len = 0;
    assert_int_equal(drip_claims_count(claims), 2);
    assert_string_equal(drip_claims_encounter(claims, 0), "V");
    assert_int_equal(drip_claims_line(claims, 1), 4);
    assert_int_equal(drip_audit_items(b.session), 0);
    assert_int_equal(drip_audit(b.session, claims, &options, &text, &len), DRIP_OK);
    assert_int_equal(strlen(text), len);
    assert_int_equal(drip_audit_items(b.session), 4);
    assert_int_equal(drip_audit_edits(b.session), 1);
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(drip_audit_item_at(b.session, i, &item), DRIP_OK);
        assert_string_equal(item.kind, kinds[i]);
        assert_string_equal(item.field, fields[i]);
        assert_string_equal(item.amount, amounts[i]);
        assert_int_equal(item.supported, supported[i]);
        assert_int_equal(item.billed, billed[i]);
        assert_non_null(item.clause.name);
        assert_true(strlen(item.why) > 0);
    }
    assert_non_null(item.nearest);
    assert_true(drip_claims_used(claims, 0));
    assert_false(drip_claims_used(claims, 1));
    drip_claims_pass(claims, "W");
    assert_true(drip_claims_used(claims, 1));
    assert_int_equal(drip_eval(b.session, VISIT, strlen(VISIT)), DRIP_OK);
    assert_int_equal(drip_audit_items(b.session), 0);
    drip_claims_free(claims);
    close_bench(&b);
}

static void test_contract(void **state)
{
    (void)state;
    bench b, other;
    open_bench(&b);
    open_bench(&other);
    drip_claims *claims = claims_of(&b, "encounter,code,units\nW,96365,1\nX,96365,1\n"), *bad = NULL;
    drip_error *error = NULL;
    drip_diag diag;
    drip_audit_item item;
    const char *text = NULL;
    size_t len = 0;
    assert_int_equal(drip_audit(b.session, claims, NULL, &text, &len), DRIP_NOT_FOUND);
    assert_int_equal(drip_audit(other.session, claims, NULL, &text, &len), DRIP_MISUSE);
    assert_int_equal(drip_audit(b.session, NULL, NULL, &text, &len), DRIP_MISUSE);
    assert_int_equal(drip_audit_item_at(b.session, 0, &item), DRIP_MISUSE);
    assert_int_equal(drip_claims_new(b.program, NULL, "", 0, DRIP_CLAIM_ANY, &bad, NULL), DRIP_MISUSE);
    assert_int_equal(drip_claims_new(b.program, "c", "[7]", 3, DRIP_CLAIM_CSV, &bad, NULL), DRIP_BAD_INPUT);
    assert_int_equal(drip_claims_new(b.program, "c", "\n [7]", 5, DRIP_CLAIM_JSON, &bad, &error),
                     DRIP_BAD_INPUT);
    assert_null(bad);
    assert_int_equal(drip_error_diag(error, 0, &diag), DRIP_OK);
    assert_string_equal(diag.at.origin, "c");
    assert_int_equal(diag.at.line, 2);
    assert_int_equal(diag.at.column, 3);
    drip_error_free(error);
    drip_claims_free(claims);
    drip_claims_free(NULL);
    drip_options_audit older = with_record(); /* of a time when there was no as_json */
    older.struct_size = offsetof(drip_options_audit, as_json);
    older.as_json = 1;
    claims = claims_of(&b, JSON);
    assert_int_equal(drip_audit(b.session, claims, &older, &text, &len), DRIP_OK);
    assert_true(text[0] == ' ');
    drip_claims_free(claims);
    close_bench(&b);
    close_bench(&other);
}

/* Every allocation refused, from one on: it says so, and all goes on. */
static void never_opens(bench *b, const char *text)
{
    bool done = false;
    for (size_t fail_at = 1; !done && fail_at < 500; fail_at++) {
        drip_claims *claims = NULL;
        drip_error *error = NULL;
        b->memory.calls = 0;
        b->memory.fail_at = fail_at;
        drip_status status =
            drip_claims_new(b->program, "c", text, strlen(text), DRIP_CLAIM_ANY, &claims, &error);
        b->memory.fail_at = 0;
        done = status == DRIP_OK;
        assert_true(done || status == DRIP_NO_MEMORY);
        drip_error_free(error);
        drip_claims_free(claims);
    }
    assert_true(done);
}

static void never_breaks(bench *b, const char *claim, int as_json)
{
    drip_options_audit options = with_record();
    bool done = false;
    const char *text = NULL;
    size_t len = 0, late = 0;
    options.as_json = as_json;
    for (size_t fail_at = 1; !done && fail_at < 500; fail_at++) {
        drip_session *s = NULL;
        drip_claims *claims = claims_of(b, claim);
        assert_int_equal(drip_session_new(b->program, &s), DRIP_OK);
        assert_int_equal(drip_eval(s, VISIT, strlen(VISIT)), DRIP_OK);
        b->memory.calls = 0;
        b->memory.fail_at = fail_at;
        drip_status status = drip_audit(s, claims, &options, &text, &len);
        b->memory.fail_at = 0;
        done = status == DRIP_OK;
        late += !done;
        assert_true(done || status == DRIP_NO_MEMORY);
        if (done || fail_at % 8 == 1) { /* each eighth time: and it goes on */
            assert_int_equal(drip_eval(s, VISIT, strlen(VISIT)), DRIP_OK);
            assert_int_equal(drip_audit(s, claims, &options, &text, &len), DRIP_OK);
        }
        drip_session_free(s);
        drip_claims_free(claims);
    }
    assert_true(done && late > 0);
}

static void test_no_memory(void **state)
{
    (void)state;
    bench b;
    open_bench(&b);
    never_opens(&b, CSV);
    never_opens(&b, JSON);
    never_breaks(&b, CSV, 0);
    never_breaks(&b, JSON, 1);
    close_bench(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_views),
        cmocka_unit_test(test_contract),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
