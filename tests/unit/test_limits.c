/* drip: test_limits.c, tests. Evaluations at their limits, dates that choose, freeing, values as text.
 *
 * Limits are tried on both sides: what is exactly enough must pass, one less must not. Every allocation
 * of a session is refused once. Programs are made by hand (vm_unit.h). */
#include "vm_unit.h"

/* ---- dates, params, versions, sets as read ---- */

static void test_dates_choose(void **state)
{
    (void)state;
    world *w = world_new();
    w->p.n_versions = 0;
    w->versions[w->p.n_versions++] = (dr_version){"1", 100, 199};
    w->versions[w->p.n_versions++] = (dr_version){"2", 200, 20000};
    w->params[w->p.n_params++] = (dr_param){.name = "p", .type = {.kind = DR_INT}, .first = 0, .count = 2};
    w->params[w->p.n_params++] = (dr_param){.name = "q", .type = {.kind = DR_INT}, .first = 2, .count = 1};
    w->dated[0] = (dr_dated){0, 149, 5};
    w->dated[1] = (dr_dated){150, 30000, 6};
    w->dated[2] = (dr_dated){180, 220, 7};
    start(w, NULL);
    evaluate(w);
    assert_int_equal(w->s.params[0], 20000);
    static const struct {
        int64_t date, p, q;
        uint32_t version;
    } cases[] = {{100, 5, DR_MISSING, 0}, {149, 5, DR_MISSING, 0}, {150, 6, DR_MISSING, 0},
                 {180, 6, 7, 0},          {199, 6, 7, 0},          {200, 6, 7, 1},
                 {220, 6, 7, 1},          {221, 6, DR_MISSING, 1}, {20000, 6, DR_MISSING, 1}};
    for (int step = 1; step < 9; step += 2) /* in several orders: what is kept must not show */
        for (size_t i = 0; i < 27; i++) {
            size_t at = i * (size_t)step % 9;
            again(w);
            w->s.forced_date = cases[at].date;
            evaluate(w);
            assert_int_equal(w->s.params[0], cases[at].date);
            assert_int_equal(w->s.params[1], cases[at].p);
            assert_int_equal(w->s.params[2], cases[at].q);
            assert_int_equal(w->s.version, cases[at].version);
        }
    for (int i = 0; i < 2; i++) {
        w->s.forced_date = 20001;
        assert_int_equal(dr_evaluate(&w->s), DR_BAD_INPUT);
        assert_string_equal(w->s.refusal.message, "policy national has no version in force on 2024-10-05");
        w->s.forced_date = 99;
        assert_int_equal(dr_evaluate(&w->s), DR_BAD_INPUT);
        assert_string_equal(w->s.refusal.message, "policy national has no version in force on 1970-04-10");
    }
    w->s.forced_date = DR_MISSING;
    w->consts[0] = DR_MISSING;
    assert_int_equal(dr_evaluate(&w->s), DR_BAD_INPUT);
    assert_string_equal(w->s.refusal.message, "the service date is missing");
    world_free(w);
}

static void test_sets_as_read(void **state)
{
    (void)state;
    world *w = world_new();
    uint32_t thing = entity(w, "Thing", DR_INPUT), x = slot(w, thing, DR_SET);
    w->slots[x].input = w->slots[x].used = true;
    w->params[w->p.n_params++] = (dr_param){.name = "p", .type = {.kind = DR_SET}, .first = 0, .count = 1};
    w->dated[0] = (dr_dated){0, 30000, set_of(w, 2, 4, 5)};
    start(w, NULL);
    COLUMN(x, set_of(w, 2, 4, 5), set_of(w, 1, 4), DR_MISSING, set_of(w, 1, 4), set_of(w, 0), set_of(w, 0));
    evaluate(w);
    assert_int_equal(cell(w, x, 0), w->s.params[1]);
    assert_int_equal(cell(w, x, 1), cell(w, x, 3));
    assert_int_not_equal(cell(w, x, 0), cell(w, x, 1));
    assert_int_equal(cell(w, x, 2), DR_MISSING);
    assert_int_equal(cell(w, x, 4), cell(w, x, 5));
    world_free(w);
}

/* ---- limits ---- */

/* For each row counts all rows: rows + rows * (rows + 1) steps. */
static world *counting(uint32_t *x, const dr_limits *limits)
{
    world *w = world_new();
    uint32_t thing = entity(w, "Thing", DR_INPUT), y = attribute(w, thing, DR_INT);
    *x = slot(w, thing, DR_INT);
    uint32_t pc = OP(ITALL, 1, 0, 0, thing);
    uint32_t next = OP(NEXT, 1, 4, 0, 0);
    OP(JMP, 0, 0, 0, next);
    land(w, next);
    OP(RET, 4, 0, 0, 0);
    node(w, DR_NODE_ATTR, thing, y, pc);
    w->clauses[w->p.n_clauses++] = (dr_clause){.name = "Thing.y", .pc_start = pc, .pc_end = w->p.n_code};
    start(w, limits);
    return w;
}

static void test_fuel(void **state)
{
    (void)state;
    for (uint64_t fuel = 1; fuel <= 24; fuel++) {
        uint32_t x = 0;
        world *w = counting(&x, &(dr_limits){.fuel = fuel});
        COLUMN(x, 1, 2, 3, 4);
        dr_status status = dr_evaluate(&w->s);
        assert_int_equal(status, fuel < 24 ? DR_LIMIT : DR_OK);
        assert_int_equal(w->s.fuel, 0);
        char expected[80];
        snprintf(expected, sizeof expected, "%s: evaluation needs more than %d steps",
                 fuel < 4 ? "Thing.node" : "clause Thing.y", (int)fuel); /* its rows are paid first */
        if (status != DR_OK)
            assert_string_equal(w->s.refusal.message, expected);
        again(w);
        COLUMN(x, 1);
        assert_int_equal(dr_evaluate(&w->s), fuel < 3 ? DR_LIMIT : DR_OK); /* the session stays usable */
        world_free(w);
    }
}

static void test_constant_fuel(void **state)
{
    (void)state;
    for (uint64_t fuel = 3; fuel <= 4; fuel++) {
        world *w = world_new();
        uint32_t thing = entity(w, "Thing", DR_INPUT), x = slot(w, thing, DR_INT),
                 y = attribute(w, thing, DR_INT);
        uint32_t n = node(w, DR_NODE_ATTR, thing, y, 0);
        w->alts[0] = (dr_alt){0, 1};
        w->needs[0] = (dr_need){x, 1};
        w->nodes[n].n_alts = 1;
        start(w, &(dr_limits){.fuel = fuel});
        COLUMN(x, 1, 2, 3, 4);
        assert_int_equal(dr_evaluate(&w->s), fuel < 4 ? DR_LIMIT : DR_OK);
        assert_string_equal(w->s.refusal.message,
                            fuel < 4 ? "Thing.node: evaluation needs more than 3 steps" : "");
        world_free(w);
    }
}

static void test_interrupt(void **state)
{
    (void)state;
    uint32_t x = 0;
    world *w = counting(&x, NULL);
    static int64_t rows[100];
    column(w, x, 100, rows);
    w->s.interrupt = 1;
    assert_int_equal(dr_evaluate(&w->s), DR_INTERRUPTED);
    assert_true(w->s.limits.fuel - w->s.fuel <= DR_FUEL_STEP);
    assert_int_equal(w->s.interrupt, 0);
    again(w);
    column(w, x, 100, rows);
    evaluate(w);
    assert_int_equal(w->s.limits.fuel - w->s.fuel, 100 + 100 * 101);
    world_free(w);
}

/* Big columns: the arena's cap decides. */
static void test_heap(void **state)
{
    (void)state;
    static int64_t rows[20000];
    size_t least = 0;
    for (size_t heap = 400000; heap <= 1600000 && least == 0; heap += 50000) {
        world *w = world_new();
        uint32_t thing = entity(w, "Thing", DR_INPUT), x = slot(w, thing, DR_INT);
        for (int i = 0; i < 4; i++)
            increment(w, thing, x, attribute(w, thing, DR_INT));
        start(w, &(dr_limits){.heap = heap});
        column(w, x, 20000, rows);
        dr_status status = dr_evaluate(&w->s);
        assert_true(w->s.arena.used <= heap);
        if (status == DR_OK)
            least = heap;
        else
            assert_int_equal(status, DR_LIMIT);
        char expected[80];
        snprintf(expected, sizeof expected, "evaluation needs more than %zu bytes", heap);
        assert_string_equal(w->s.refusal.message, status == DR_OK ? "" : expected);
        world_free(w);
    }
    assert_true(least >= 5 * sizeof rows && least < 9 * sizeof rows);
}

/* One session's life with the allocation number fail_at of it refused (0: none), the input's own apart.
 * *in_init tells whether it came to nothing before there was anything to evaluate. */
static dr_status life(size_t fail_at, size_t *calls, bool *in_init)
{
    enum { ROWS = 1500 };
    static int64_t rows[ROWS];
    world *w = world_new();
    walked k = walk_program(w);
    dr_list *list = dr_take(&w->arena, sizeof *list + ROWS * sizeof list->at[0]);
    list->count = ROWS;
    for (uint32_t i = 0; i < ROWS; i++) { /* disjoint: each row's prefix is kept, and takes memory */
        rows[i] = dr_cell(dr_spans_one(&w->arena, (int64_t)i * 10, (int64_t)i * 10 + 5));
        list->at[i] = i;
    }
    dr_alloc alloc = tally_alloc(&w->memory);
    w->memory.calls = 0;
    w->memory.fail_at = fail_at;
    dr_status status = dr_session_init(&w->s, &w->p, &alloc, NULL);
    *in_init = status != DR_OK;
    if (status == DR_OK) {
        size_t made = w->memory.calls;
        w->memory.fail_at = 0;
        w->s.n_rows[0] = 1;
        column(w, k.time, ROWS, rows);
        walk_input(w, &k, 1, (int64_t[]){dr_cell(list)}, ROWS);
        w->memory.calls = made;
        w->memory.fail_at = fail_at;
        status = dr_evaluate(&w->s);
        assert_string_equal(w->s.refusal.message, status == DR_OK ? "" : "out of memory");
    }
    *calls = w->memory.calls;
    world_free(w);
    return status;
}

/* Every allocation of it refused once: no crash, no leak, and it is not taken for a limit. */
static void test_no_memory(void **state)
{
    (void)state;
    size_t all = 0, calls = 0, late = 0;
    bool in_init = false;
    assert_int_equal(life(0, &all, &in_init), DR_OK);
    for (size_t fail_at = 1; fail_at <= all; fail_at++) {
        assert_int_equal(life(fail_at, &calls, &in_init), DR_NO_MEMORY);
        late += !in_init;
    }
    assert_true(late >= 5 && late < all); /* some in init, several while evaluating */
    assert_int_equal(life(all + 1, &calls, &in_init), DR_OK);
}

/* ---- freeing, values ---- */

static void test_program_free(void **state)
{
    (void)state;
    tally memory = {0};
    dr_alloc alloc = tally_alloc(&memory);
    dr_arena arena;
    dr_arena_init(&arena, &alloc, 4096, SIZE_MAX);
    dr_program *p = dr_take_zero(&arena, 1, sizeof *p);
    dr_sources_init(&p->sources, &alloc, SIZE_MAX);
    assert_int_equal(dr_sources_add(&p->sources, "a.drip", "text", 4), 0);
    assert_non_null(dr_take(&arena, 10000));
    p->arena = arena;
    dr_program_free(p);
    dr_program_free(NULL);
    assert_clean(&memory);
}

static void assert_written(world *w, dr_type type, int64_t value, const char *expected)
{
    dr_buf out;
    dr_alloc alloc = tally_alloc(&w->memory);
    dr_buf_init(&out, &alloc, SIZE_MAX);
    dr_value_write(&w->p, &w->p.syms, type, value, &out);
    assert_string_equal(out.data, expected);
    dr_buf_free(&out);
}

static void test_values(void **state)
{
    (void)state;
    world *w = world_new();
    w->enums[0] = (dr_enum){"E", 2, (const char *const[]){"low", "high"}, NULL};
    w->p.n_enums = 1;
    w->p.dims = (const char *[]){"s", "g", "L"};
    w->p.n_dims = 3;
    int64_t b = dr_sym(&w->p.syms, "bb", 2), a = dr_sym(&w->p.syms, "a\x1b", 2);
    assert_written(w, (dr_type){.kind = DR_INT}, DR_MISSING, "missing");
    assert_written(w, (dr_type){.kind = DR_INT}, -4, "-4");
    assert_written(w, (dr_type){.kind = DR_BOOL}, 1, "yes");
    assert_written(w, (dr_type){.kind = DR_BOOL}, 0, "no");
    assert_written(w, (dr_type){.kind = DR_DURATION}, 96 * 60, "1 h 36 min");
    assert_written(w, (dr_type){.kind = DR_NUM}, num_of(w, 5, 2), "2.5");
    assert_written(w, (dr_type){.kind = DR_NUM, .dim = {0, 1}}, num_of(w, 2, 5), "0.4 g");
    assert_written(w, (dr_type){.kind = DR_NUM, .dim = {-1, 1, -2}}, num_of(w, 1, 3), "1/3 g/s/L^2");
    assert_written(w, (dr_type){.kind = DR_NUM, .dim = {-1}}, num_of(w, 2, 1), "2 1/s");
    assert_written(w, (dr_type){.kind = DR_ENUM}, 1, "high");
    assert_written(w, (dr_type){.kind = DR_TEXT}, a, "a\\x1b");
    assert_written(w, (dr_type){.kind = DR_DATE}, 0, "1970-01-01");
    assert_written(w, (dr_type){.kind = DR_INSTANT}, 60, "1970-01-01T00:01");
    assert_written(w, (dr_type){.kind = DR_SPANS}, spans_of(w, 0), "no time");
    assert_written(w, (dr_type){.kind = DR_SPANS}, spans_of(w, 2, 0, 60, 120, 180),
                   "1970-01-01T00:00 to 1970-01-01T00:01, 1970-01-01T00:02 to 1970-01-01T00:03");
    assert_written(w, (dr_type){.kind = DR_SPANS}, dr_cell(dr_spans_one(&w->arena, 0, DR_FOREVER)),
                   "1970-01-01T00:00 onward");
    assert_written(w, (dr_type){.kind = DR_REF, .of = 0}, 2, "Encounter 3");
    assert_written(w, (dr_type){.kind = DR_LIST}, list_of(w, 1, 0), "1 row");
    assert_written(w, (dr_type){.kind = DR_LIST}, list_of(w, 2, 0, 1), "2 rows");
    assert_written(w, (dr_type){.kind = DR_SET, .member = DR_TEXT}, set_of(w, 2, (int)b, (int)a),
                   "{a\\x1b, bb}");
    assert_written(w, (dr_type){.kind = DR_SET, .member = DR_ENUM}, set_of(w, 2, 0, 1), "{low, high}");
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dates_choose), cmocka_unit_test(test_sets_as_read),
        cmocka_unit_test(test_fuel),         cmocka_unit_test(test_constant_fuel),
        cmocka_unit_test(test_interrupt),    cmocka_unit_test(test_heap),
        cmocka_unit_test(test_no_memory),    cmocka_unit_test(test_program_free),
        cmocka_unit_test(test_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
