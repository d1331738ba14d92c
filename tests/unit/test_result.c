/* drip: test_result.c, tests. The result writer: merging, sorting, findings, conflicts, and the bytes of the
 * JSON. Lines and findings are put into a session by hand, in the world of yard.h. */
#include "vm.h"
#include "yard.h"

enum { CODE, UNITS, MARKS, DATE, TASKS, AMOUNT, SITE, N_FIELDS, MANY = 3000 };

typedef struct outcome {
    yard y;
    dr_session s;
    int64_t cells[MANY][N_FIELDS];
    dr_emitted lines[MANY], findings[MANY];
    dr_conflict conflicts[8];
    dr_outcome out;
    dr_buf json;
} outcome;

static void begin(outcome *o)
{
    static const char json[] = "{\"id\":\"E-\\\"1\\\"\"}";
    dr_session_reset(&o->s);
    assert_int_equal(dr_read_encounter(&o->s, json, sizeof json - 1), DR_OK);
    o->s.lines = o->lines;
    o->s.findings = o->findings;
    o->s.conflicts = o->conflicts;
    for (uint32_t i = 0; i < N_FIELDS; i++)
        o->s.cols[o->y.fields[i].slot] = (dr_col){&o->cells[0][i], N_FIELDS};
}

static int setup(void **state)
{
    outcome *o = calloc(1, sizeof *o);
    if (o == NULL)
        return -1;
    yard_make(&o->y);
    *state = o;
    dr_buf_init(&o->json, NULL, SIZE_MAX);
    if (dr_session_init(&o->s, &o->y.p, NULL, NULL) != DR_OK)
        return -1;
    begin(o);
    return 0;
}

static int teardown(void **state)
{
    outcome *o = *state;
    dr_buf_free(&o->json);
    dr_session_close(&o->s);
    yard_free(&o->y);
    free(o);
    return 0;
}

static int64_t sym(outcome *o, const char *text)
{
    return dr_sym(&o->s.syms, text, strlen(text));
}

/* "a b c" as a set. */
static int64_t set(outcome *o, const char *words)
{
    dr_set_builder b = {.items = NULL};
    for (const char *at = words; *at != '\0';) {
        size_t len = strcspn(at, " ");
        assert_true(dr_setb_add(&o->s.arena, &b, dr_sym(&o->s.syms, at, len)));
        at += len + (at[len] == ' ');
    }
    return dr_cell(dr_setb_end(&o->s, &b));
}

static int64_t *line(outcome *o, uint32_t rule, const char *code, int64_t units, const char *marks,
                     int64_t date)
{
    int64_t *cells = o->cells[o->s.n_lines];
    o->lines[o->s.n_lines++] = (dr_emitted){.rule = rule};
    for (int i = 0; i < N_FIELDS; i++)
        cells[i] = DR_MISSING;
    cells[CODE] = sym(o, code);
    cells[UNITS] = units;
    cells[MARKS] = set(o, marks);
    cells[DATE] = date;
    return cells;
}

static void finding(outcome *o, uint32_t rule, const char *about)
{
    const dr_set *who = about != NULL ? dr_ptr(set(o, about)) : NULL;
    o->findings[o->s.n_findings++] = (dr_emitted){.rule = rule, .about = who};
}

static const char *json(outcome *o)
{
    assert_int_equal(dr_outcome_make(&o->s, &o->out), DR_OK);
    dr_buf_clear(&o->json);
    assert_true(dr_outcome_json(&o->s, &o->out, &o->json));
    assert_int_equal(strlen(o->json.data), o->json.len);
    return o->json.data;
}

#define HEAD \
    "{\"format\":\"drip.result/" \
    "1\",\"encounter\":\"E-\\\"1\\\"\",\"policy\":{\"name\":\"yard\",\"version\":\"2026.1\"," \
    "\"layers\":[\"ground\",\"yard\"],\"digest\":\"sha256:00\"},"

static void test_empty(void **state)
{
    outcome *o = *state;
    assert_string_equal(json(o), HEAD "\"lines\":[],\"findings\":[],\"totals\":{\"lines\":0,\"denied\":0}}");
}

static void test_every_field(void **state)
{
    outcome *o = *state;
    static const dr_num amount = {28511, 200}, third = {-1, 3};
    int64_t *cells = line(o, 0, "c\"\\\n\x01\xC3\xA9", 12, "z a m", 20000);
    cells[TASKS] = set(o, "");
    cells[AMOUNT] = dr_cell(&amount);
    cells[SITE] = 1;
    line(o, 1, "a", 1, "one", DR_MISSING);
    o->cells[1][MARKS] = DR_MISSING;
    assert_string_equal(
        json(o),
        HEAD "\"lines\":[{\"code\":\"a\",\"units\":1,\"clauses\":[\"base.second\"]},"
             "{\"code\":\"c\\\"\\\\\\n\\u0001\xC3\xA9\",\"units\":12,\"marks\":[\"a\",\"m\",\"z\"],\"date\":"
             "\"2024-10-04\","
             "\"tasks\":[],\"amount\":\"142.555\",\"site\":\"outside\",\"clauses\":[\"base.first\"]}],"
             "\"findings\":[],\"totals\":{\"lines\":2,\"denied\":0}}");
    o->y.fields[AMOUNT].merge = DR_MERGE_KEY; /* else it would be dropped */
    cells[AMOUNT] = dr_cell(&third);
    assert_non_null(strstr(json(o), "\"amount\":\"-1/3\""));
}

/* Kinds a line seldom has: only that they come out as JSON. */
static void test_other_kinds(void **state)
{
    outcome *o = *state;
    dr_type *type = &o->y.slots[o->y.fields[SITE].slot].type;
    int64_t *cells = line(o, 0, "a", 1, "", 1);
    cells[SITE] = 5400;
    type->kind = DR_DURATION;
    assert_non_null(strstr(json(o), "\"site\":\"1 h 30 min\""));
    type->kind = DR_INSTANT;
    assert_non_null(strstr(json(o), "\"site\":\"1970-01-01T01:30\""));
    o->s.has_offset = true;
    o->s.offset_all = 3600;
    assert_non_null(strstr(json(o), "\"site\":\"1970-01-01T02:30+01:00\""));
    dr_offset offsets[2] = {{5400, 7200}, {9000, 0}};
    o->s.offsets = offsets;
    o->s.n_offsets = 2;
    assert_non_null(strstr(json(o), "\"site\":\"1970-01-01T03:30+02:00\""));
    type->kind = DR_BOOL;
    cells[SITE] = 1;
    assert_non_null(strstr(json(o), "\"site\":true"));
    cells[SITE] = 0;
    assert_non_null(strstr(json(o), "\"site\":false"));
    type->kind = DR_SPANS;
    cells[SITE] = dr_cell(dr_spans_one(&o->s.arena, 0, 60));
    assert_non_null(strstr(json(o), "\"site\":\""));
}

static void test_merge(void **state)
{
    outcome *o = *state;
    static const dr_num half = {1, 2}, third = {1, 3};
    line(o, 0, "b", 2, "x y", 5)[TASKS] = set(o, "t3");
    line(o, 0, "a", 1, "", 5)[TASKS] = set(o, "t1");
    line(o, 0, "b", 3, "y x", 5)[TASKS] = set(o, "t1 t2");
    line(o, 1, "b", 4, "x y", 5); /* another clause */
    line(o, 0, "b", 5, "x", 5);   /* other marks */
    line(o, 0, "b", 6, "x y", 4); /* another day */
    line(o, 0, "gone", 1, "", 5);
    line(o, 0, "gone", -1, "", 5);
    line(o, 0, "none", 0, "", 5);
    line(o, 0, "b", 7, "x y", 5)[SITE] = 0;
    o->cells[0][AMOUNT] = dr_cell(&half);
    o->cells[2][AMOUNT] = dr_cell(&third);
    assert_string_equal(
        json(o), HEAD
        "\"lines\":["
        "{\"code\":\"b\",\"units\":6,\"marks\":[\"x\",\"y\"],\"date\":\"1970-01-05\",\"clauses\":[\"base."
        "first\"]},"
        "{\"code\":\"a\",\"units\":1,\"marks\":[],\"date\":\"1970-01-06\",\"tasks\":[\"t1\"],\"clauses\":["
        "\"base.first\"]},"
        "{\"code\":\"b\",\"units\":5,\"marks\":[\"x\"],\"date\":\"1970-01-06\",\"clauses\":[\"base.first\"]},"
        "{\"code\":\"b\",\"units\":5,\"marks\":[\"x\",\"y\"],\"date\":\"1970-01-06\",\"tasks\":[\"t1\","
        "\"t2\",\"t3\"],"
        "\"amount\":\"5/6\",\"clauses\":[\"base.first\"]},"
        "{\"code\":\"b\",\"units\":7,\"marks\":[\"x\",\"y\"],\"date\":\"1970-01-06\",\"site\":\"inside\","
        "\"clauses\":[\"base.first\"]},"
        "{\"code\":\"b\",\"units\":4,\"marks\":[\"x\",\"y\"],\"date\":\"1970-01-06\",\"clauses\":[\"base."
        "second\"]}],"
        "\"findings\":[],\"totals\":{\"lines\":6,\"denied\":0}}");
    const dr_out_line *merged = &o->out.lines[3];
    assert_int_equal(merged->n_sources, 2);
    assert_int_equal(merged->sources[0], 0);
    assert_int_equal(merged->sources[1], 2);
    assert_int_equal(merged->n_clauses, 1);
    assert_int_equal(merged->clauses[0], 0);
}

static void test_sets_by_text(void **state)
{
    outcome *o = *state;
    sym(o, "z"); /* symbols in the other order than their texts */
    sym(o, "m");
    sym(o, "a");
    static const char *const marks[] = {"z", "a z", "m", "", "a m z", "a m"};
    for (int i = 0; i < 6; i++)
        line(o, 0, "c", 1, marks[i], 5);
    o->cells[0][DATE] = o->cells[1][DATE] = 5;
    json(o);
    static const uint32_t order[] = {3, 5, 4, 1, 2, 0};
    assert_int_equal(o->out.n_lines, 6);
    for (int i = 0; i < 6; i++)
        assert_int_equal(o->out.lines[i].sources[0], order[i]);
}

static void test_sort_by_sum(void **state)
{
    outcome *o = *state;
    o->y.sort_fields[0] = UNITS;
    o->y.sort_fields[1] = TASKS;
    o->y.sort_fields[2] = CODE;
    line(o, 0, "a", 2, "", 5);
    line(o, 0, "b", 3, "", 5);
    line(o, 0, "a", 2, "", 5)[TASKS] = set(o, "t");
    line(o, 0, "c", 1, "", 5);
    line(o, 0, "d", 1, "", 5)[TASKS] = set(o, "k l");
    line(o, 0, "e", 1, "", 5)[TASKS] = set(o, "k");
    line(o, 0, "e", 0, "", 5)[TASKS] = set(o, "j");
    json(o);
    static const uint32_t order[] = {3, 5, 4, 1, 0};
    assert_int_equal(o->out.n_lines, 5);
    for (int i = 0; i < 5; i++)
        assert_int_equal(o->out.lines[i].sources[0], order[i]);
}

static void test_overflow(void **state)
{
    outcome *o = *state;
    static const dr_num most = {((dr_i128)1 << 126), 1};
    line(o, 0, "a", INT64_MAX, "", 5);
    line(o, 0, "a", 1, "", 5);
    assert_int_equal(dr_outcome_make(&o->s, &o->out), DR_BAD_INPUT);
    assert_string_equal(o->s.refusal.message, "encounter E-\"1\": the total of \"units\" is too large");
    assert_int_equal(o->out.n_lines, 0);
    begin(o);
    line(o, 0, "a", 1, "", 5)[AMOUNT] = dr_cell(&most);
    line(o, 0, "a", 1, "", 5)[AMOUNT] = dr_cell(&most);
    assert_int_equal(dr_outcome_make(&o->s, &o->out), DR_BAD_INPUT);
    assert_string_equal(o->s.refusal.message, "encounter E-\"1\": the total of \"amount\" is too large");
}

static void test_findings(void **state)
{
    outcome *o = *state;
    finding(o, 4, "b");
    finding(o, 2, "b a");
    finding(o, 2, "a");
    finding(o, 2, NULL);
    finding(o, 3, "z\"");
    finding(o, 2, "a b");
    finding(o, 2, "");
    o->conflicts[0] = (dr_conflict){.pair = 0, .slot = yard_find(&o->y, E_ROOT, "count")};
    o->conflicts[1] = (dr_conflict){.pair = 1, .slot = yard_find(&o->y, E_ROOT, "count"), .row = 3};
    o->conflicts[2] = (dr_conflict){.pair = 0, .slot = yard_find(&o->y, E_ROOT, "count"), .row = 1};
    o->s.n_conflicts = 3;
#define WIDE(about) \
    "{\"severity\":\"warn\",\"code\":\"wide\",\"message\":\"too wide\",\"about\":[" about "]," \
    "\"clause\":\"check.wide\",\"cite\":\"Yard book, 3\"},"
    assert_string_equal(
        json(o), HEAD
        "\"lines\":[],\"findings\":["
        "{\"severity\":\"deny\",\"code\":\"odd\",\"message\":\"an \\\"odd\\\" one\",\"about\":[\"z\\\"\"],"
        "\"clause\":\"check.\\\"odd\\\"\"},"
        "{\"severity\":\"hold\",\"code\":\"conflict\",\"message\":\"clauses base.second and base.first both "
        "apply to count "
        "with different values\",\"about\":[],\"clause\":\"base.second\"},"
        "{\"severity\":\"hold\",\"code\":\"conflict\",\"message\":\"clauses base.second and "
        "check.\\\"odd\\\" both apply to "
        "count with different values\",\"about\":[],\"clause\":\"base.second\"}," WIDE("") WIDE("\"a\"")
            WIDE("\"a\",\"b\"") "{\"severity\":\"info\",\"code\":\"wide\",\"message\":\"a "
                                "note\",\"about\":[\"b\"],\"clause\":\"check.wide\","
                                "\"cite\":\"Yard book, 3\"}],\"totals\":{\"lines\":0,\"denied\":1}}");
    assert_int_equal(o->out.denied, 1);
    assert_int_equal(o->out.findings[0].source, 4);
    assert_int_equal(o->out.findings[1].source, DR_NONE);
    assert_int_equal(o->out.findings[5].source, 1);
}

/* Whatever the order in which lines and findings come, and however symbols are numbered: the same bytes. */
static void test_any_order(void **state)
{
    outcome *o = *state;
    uint64_t dice = 11;
    uint32_t index[MANY];
    char *first = NULL;
    for (int round = 0; round < 4; round++) {
        begin(o);
        for (uint32_t i = 0; i < MANY; i++)
            index[i] = i;
        for (uint32_t i = MANY - 1; i > 0 && round > 0; i--) {
            uint32_t k = (uint32_t)(roll(&dice) % (i + 1)), swap = index[i];
            index[i] = index[k];
            index[k] = swap;
        }
        static const char *const marks[] = {"", "x", "x y", "b", "b c x"};
        char code[16], task[32];
        for (uint32_t k = 0; k < MANY; k++) {
            uint32_t i = index[k];
            snprintf(code, sizeof code, "c%u", i % 97);
            snprintf(task, sizeof task, "t%u t%u", i, i % 13);
            line(o, i % 2, code, i % 5, marks[i % 7 % 5], i % 3)[TASKS] = set(o, task);
            finding(o, 2 + i % 3, task);
        }
        json(o);
        if (first == NULL)
            first = strdup(o->json.data);
        assert_string_equal(o->json.data, first);
        int64_t units = 0;
        for (uint32_t i = 0; i < o->out.n_lines; i++)
            units += o->out.lines[i].cells[UNITS];
        assert_int_equal(units, MANY / 5 * (1 + 2 + 3 + 4));
    }
    free(first);
}

static void test_out_of_memory(void **state)
{
    outcome *o = *state;
    for (int i = 0; i < 200; i++) {
        line(o, (uint32_t)i % 2, i % 3 ? "a" : "b", 1, "q w e r t", i % 7)[TASKS] = set(o, "u i o p");
        finding(o, 2, "a b c d e f g h i j");
    }
    json(o);
    dr_session plain = o->s;
    bool done = false;
    for (size_t at = 1; !done; at++) {
        tally count = {.fail_at = at};
        dr_alloc a = tally_alloc(&count);
        o->s.alloc = a;
        dr_arena_init(&o->s.arena, &a, 4096, SIZE_MAX);
        done = dr_outcome_make(&o->s, &o->out) == DR_OK;
        dr_buf to;
        dr_buf_init(&to, &a, SIZE_MAX);
        done = dr_outcome_json(&o->s, &o->out, &to) && done;
        if (done)
            assert_int_equal(to.len, o->json.len);
        dr_buf_free(&to);
        dr_arena_free(&o->s.arena);
        assert_clean(&count);
        assert_true(at < 1000);
    }
    o->s = plain;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_empty),        TEST(test_every_field),   TEST(test_other_kinds), TEST(test_merge),
        TEST(test_sets_by_text), TEST(test_sort_by_sum),   TEST(test_overflow),    TEST(test_findings),
        TEST(test_any_order),    TEST(test_out_of_memory),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
