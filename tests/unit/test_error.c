/* drip: test_error.c, tests. Diagnostics as objects: drip_error_diag and its companions, with memory running
 * out, and what they say agreeing with the text. */
#include "drip.h"
#include "unit.h"

static const char policy[] = "drip 1\n"
                             "policy tiny version \"1\"\n"
                             "entity Visit\n"
                             "  id   : text key\n"
                             "  \xC3\xA4ge  : int?\n";
static const char wrong[] = "drip 1\n"
                            "policy tiny version \"1\"\n"
                            "entity Visit\n"
                            "  id   : text key\n"
                            "  size : int?\n"
                            "attribute Visit.large: bool = size over 3\n"
                            "attribute Visit.named: bool = id is \"\xC3\xA4\" and idd is \"x\"\n";

typedef struct run {
    tally t;
    drip_engine *engine;
    drip_layers *layers;
} run;

static bool start(run *r, size_t fail_at)
{
    memset(r, 0, sizeof *r);
    r->t.fail_at = fail_at;
    return drip_engine_new(tally_fn, &r->t, NULL, &r->engine) == DRIP_OK &&
           drip_layers_new(r->engine, &r->layers) == DRIP_OK;
}

static void stop(run *r)
{
    drip_layers_free(r->layers);
    drip_engine_free(r->engine);
    assert_clean(&r->t);
}

static void compile_into(run *r, const char *text, size_t len, drip_status want, drip_error **error)
{
    drip_program *program = NULL;
    assert_int_equal(drip_layers_add(r->layers, "p.drip", text, len, NULL), DRIP_OK);
    assert_int_equal(drip_compile(r->layers, &program, error), want);
    drip_program_free(program);
}

static void test_views(void **state)
{
    (void)state;
    run r;
    drip_error *error = NULL;
    drip_diag d;
    drip_remark m;
    assert_true(start(&r, 0));
    compile_into(&r, wrong, sizeof wrong - 1, DRIP_BAD_POLICY, &error);
    assert_int_equal(drip_error_count(error), 2);
    assert_int_equal(drip_error_diag(error, 0, &d), DRIP_OK);
    assert_int_equal(d.level, DRIP_ERROR);
    assert_string_equal(d.code, "E0230");
    assert_string_equal(d.at.origin, "p.drip");
    assert_memory_equal(wrong + d.at.start, "size", d.at.end - d.at.start);
    assert_true(d.at.line == 6 && d.at.column == 31 && d.at.end_line == 6 && d.at.end_column == 35);
    assert_non_null(d.note);
    assert_non_null(d.hint);
    assert_true(d.n_labels == 1 && d.n_fixes == 1 && !d.sure);
    assert_int_equal(drip_error_label(error, 0, 0, &m), DRIP_OK);
    assert_int_equal(m.at.line, 5);
    assert_int_equal(drip_error_label(error, 0, 1, &m), DRIP_NOT_FOUND);
    assert_int_equal(drip_error_fix(error, 0, 0, &m), DRIP_OK);
    assert_true(m.at.start == m.at.end && m.at.start == d.at.start);
    assert_string_equal(m.text, "size is known and ");
    assert_int_equal(drip_error_diag(error, 1, &d), DRIP_OK);
    assert_string_equal(d.code, "E0220");
    assert_int_equal(d.at.column, 45); /* characters, not bytes */
    assert_memory_equal(wrong + d.at.start, "idd", d.at.end - d.at.start);
    assert_int_equal(drip_error_diag(error, 2, &d), DRIP_NOT_FOUND);
    assert_int_equal(drip_error_fix(error, 2, 0, &m), DRIP_NOT_FOUND);
    drip_layers_free(r.layers); /* an error outlives what it came from */
    r.layers = NULL;
    assert_int_equal(drip_error_diag(error, 0, &d), DRIP_OK);
    assert_string_equal(d.at.origin, "p.drip");
    drip_error_free(error);
    stop(&r);
}

static void test_nothing_there(void **state)
{
    (void)state;
    run r;
    drip_error *error = NULL;
    drip_diag d;
    drip_remark m;
    assert_int_equal(drip_error_diag(NULL, 0, &d), DRIP_NOT_FOUND);
    assert_int_equal(drip_error_diag(NULL, 0, NULL), DRIP_MISUSE);
    assert_int_equal(drip_error_label(NULL, 0, 0, NULL), DRIP_MISUSE);
    assert_int_equal(drip_error_fix(NULL, 0, 0, &m), DRIP_NOT_FOUND);
    assert_null(drip_code_page("E9999"));
    assert_null(drip_code_page(""));
    assert_null(drip_code_page(NULL));
    assert_true(strncmp(drip_code_page("E0224"), "# E0224\n", 8) == 0);
    assert_true(start(&r, 0));
    assert_int_equal(drip_layers_add_policy_files(r.layers, "no/such.drip", NULL, &error), DRIP_NOT_FOUND);
    assert_int_equal(drip_error_diag(error, 0, &d), DRIP_OK);
    assert_string_equal(d.code, "");
    assert_null(d.at.origin);
    assert_true(strstr(d.message, "no/such.drip") != NULL);
    assert_int_equal(drip_error_diag(error, 1, &d), DRIP_NOT_FOUND);
    drip_error_free(error);
    stop(&r);
}

static void test_not_utf8(void **state)
{
    (void)state;
    run r;
    drip_error *error = NULL;
    drip_diag d;
    char text[sizeof policy];
    memcpy(text, policy, sizeof policy);
    *strchr(text, '\xA4') = ' ';
    assert_true(start(&r, 0));
    compile_into(&r, text, sizeof text - 1, DRIP_BAD_POLICY, &error);
    assert_int_equal(drip_error_diag(error, 0, &d), DRIP_OK);
    assert_string_equal(d.code, "E0107");
    assert_int_equal(text[d.at.start], '\xC3');
    drip_error_free(error);
    stop(&r);
}

/* Every allocation refused once: objects may be fewer, nothing leaks, and what is there is whole. */
static void test_no_memory(void **state)
{
    (void)state;
    size_t whole = 0;
    for (size_t fail_at = 1; fail_at < 4000 && whole < 3; fail_at++) {
        run r;
        drip_program *program = NULL;
        drip_error *error = NULL;
        drip_diag d;
        if (!start(&r, fail_at) ||
            drip_layers_add(r.layers, "p.drip", wrong, sizeof wrong - 1, NULL) != DRIP_OK) {
            stop(&r);
            continue;
        }
        drip_status status = drip_compile(r.layers, &program, &error);
        assert_true(status == DRIP_BAD_POLICY || status == DRIP_NO_MEMORY);
        uint32_t n = 0;
        for (; drip_error_diag(error, n, &d) == DRIP_OK; n++) {
            assert_non_null(d.code);
            assert_non_null(d.message);
            drip_remark m;
            for (uint32_t k = 0; k < d.n_labels; k++)
                assert_int_equal(drip_error_label(error, n, k, &m), DRIP_OK);
            for (uint32_t k = 0; k < d.n_fixes; k++)
                assert_true(drip_error_fix(error, n, k, &m) == DRIP_OK && m.text != NULL);
        }
        whole += n == 2;
        drip_error_free(error);
        stop(&r);
    }
    assert_int_equal(whole, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_views),
        cmocka_unit_test(test_nothing_there),
        cmocka_unit_test(test_not_utf8),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
