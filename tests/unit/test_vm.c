/* drip: test_vm.c, tests. The interpreter: every instruction, overflow, traces, fuel inside code.
 *
 * Each test makes a program by hand (vm_unit.h), runs pieces of its code with dr_run_code and looks at
 * the value. Nodes, limits, PREFIX and what emits are in test_nodes.c. */
#include "vm_unit.h"

/* r[1], r[2] hold two cells, r[3] the result. */
static uint32_t binary(world *w, dr_op code, int64_t x, int64_t y, int64_t d)
{
    uint32_t pc = LOAD(1, x);
    LOAD(2, y);
    op(w, code, 3, 1, 2, d);
    OP(RET, 3, 0, 0, 0);
    return pc;
}

typedef struct expected {
    uint32_t pc;
    int64_t value;
} expected;

static void check_all(world *w, const expected *cases, size_t count)
{
    start(w, NULL);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(value_at(w, cases[i].pc, 0), cases[i].value);
    world_free(w);
}
#define BIN(name, x, y) binary(w, DR_OP_##name, (x), (y), 0)

static void test_integers(void **state)
{
    (void)state;
    world *w = world_new();
    int32_t mask = constant(w, 5);
    w->enums[0] = (dr_enum){"E", 3, (const char *const[]){"a", "b", "c"}, (const uint8_t[]){2, 0, 1}};
    w->p.n_enums = 1;
    const expected cases[] = {
        {BIN(ADD, 2, 3), 5},
        {BIN(SUB, 2, 3), -1},
        {BIN(MUL, -4, 3), -12},
        {BIN(NEG, 7, 0), -7},
        {BIN(EQ, 4, 4), 1},
        {BIN(EQ, 4, 5), 0},
        {BIN(LT, -1, 0), 1},
        {BIN(LT, 0, 0), 0},
        {BIN(LE, 0, 0), 1},
        {BIN(LE, 1, 0), 0},
        {BIN(NOT, 1, 0), 0},
        {BIN(NOT, 0, 0), 1},
        {BIN(MOVE, 9, 0), 9},
        {BIN(KNOWN, 0, 0), 1},
        {BIN(KNOWN, DR_MISSING, 0), 0},
        {binary(w, DR_OP_INMASK, 2, 0, mask), 1},
        {binary(w, DR_OP_INMASK, 1, 0, mask), 0},
        {binary(w, DR_OP_INMASK, DR_MISSING, 0, mask), 0},
        {binary(w, DR_OP_RANK, 0, 0, 0), 2},
        {binary(w, DR_OP_RANK, 1, 0, 0), 0},
        {binary(w, DR_OP_RANK, DR_MISSING, 0, 0), DR_MISSING},
        {BIN(ADD, INT64_MAX, 0), INT64_MAX},
    };
    check_all(w, cases, sizeof cases / sizeof cases[0]);
}

static void test_jumps(void **state)
{
    (void)state;
    static const struct {
        dr_op code;
        int64_t on, off;
    } jumps[] = {
        {DR_OP_JT, 1, 0}, {DR_OP_JF, 0, 1}, {DR_OP_JMISS, DR_MISSING, 0}, {DR_OP_JKNOWN, 0, DR_MISSING}};
    world *w = world_new();
    uint32_t pcs[8];
    for (int i = 0; i < 8; i++) {
        pcs[i] = LOAD(1, i % 2 == 0 ? jumps[i / 2].on : jumps[i / 2].off);
        LOAD(2, 10);
        uint32_t jump = op(w, jumps[i / 2].code, 1, 0, 0, 0);
        LOAD(2, 20);
        uint32_t over = OP(JMP, 0, 0, 0, 0);
        LOAD(2, 30);
        land(w, jump);
        land(w, over);
        OP(RET, 2, 0, 0, 0);
    }
    start(w, NULL);
    for (int i = 0; i < 8; i++)
        assert_int_equal(value_at(w, pcs[i], 0), i % 2 == 0 ? 10 : 20);
    world_free(w);
}

static void test_numbers(void **state)
{
    (void)state;
    world *w = world_new();
    int64_t half = num_of(w, 1, 2), third = num_of(w, 1, 3), two_fifths = num_of(w, 2, 5);
    uint32_t add = BIN(NADD, half, third), sub = BIN(NSUB, half, third), mul = BIN(NMUL, half, third);
    uint32_t div = BIN(NDIV, half, third), from_int = BIN(NUM, 3, 0), zero = BIN(NDIV, half, num_of(w, 0, 1));
    const struct {
        uint32_t pc;
        dr_num value;
    } made[] = {{add, {5, 6}}, {sub, {1, 6}}, {mul, {1, 6}}, {div, {3, 2}}, {from_int, {3, 1}}};
    const expected same[] = {
        {BIN(NEQ, half, num_of(w, 2, 4)), 1}, {BIN(NEQ, half, third), 0},
        {BIN(NLT, third, half), 1},           {BIN(NLT, half, num_of(w, 1, 2)), 0},
        {BIN(NLE, half, num_of(w, 1, 2)), 1}, {BIN(NLE, half, two_fifths), 0},
    };
    uint32_t rounded[4];
    for (int how = 0; how < 4; how++) {
        rounded[how] = LOAD(1, num_of(w, 5, 2));
        OP(NINT, 2, 1, how, 0);
        OP(RET, 2, 0, 0, 0);
    }
    start(w, NULL);
    for (size_t i = 0; i < sizeof made / sizeof made[0]; i++)
        assert_int_equal(dr_num_cmp(*(const dr_num *)dr_ptr(value_at(w, made[i].pc, 0)), made[i].value), 0);
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++)
        assert_int_equal(value_at(w, same[i].pc, 0), same[i].value);
    assert_int_equal(value_at(w, rounded[DR_ROUND_DOWN], 0), 2);
    assert_int_equal(value_at(w, rounded[DR_ROUND_UP], 0), 3);
    assert_int_equal(value_at(w, rounded[DR_ROUND_HALF_UP], 0), 3);
    assert_int_equal(value_at(w, rounded[DR_ROUND_HALF_EVEN], 0), 2);
    assert_int_equal(status_at(w, zero, 0), DR_BAD_INPUT);
    assert_string_equal(w->s.refusal.message, "division by zero");
    world_free(w);
}

static void test_overflow(void **state)
{
    (void)state;
    world *w = world_new();
    dr_num *huge = dr_take(&w->arena, sizeof *huge);
    *huge = (dr_num){(dr_i128)1 << 100, 1};
    uint32_t bad[] = {
        BIN(ADD, INT64_MAX, 1),      BIN(ADD, INT64_MIN + 1, -1), BIN(SUB, INT64_MIN + 1, 2),
        BIN(MUL, INT64_MAX, 2),      BIN(NEG, DR_MISSING, 0),     BIN(NMUL, dr_cell(huge), dr_cell(huge)),
        BIN(NINT, dr_cell(huge), 0),
    };
    w->clauses[w->p.n_clauses++] = (dr_clause){.name = "Outer", .pc_start = bad[0], .pc_end = w->p.n_code};
    w->clauses[w->p.n_clauses++] = (dr_clause){.name = "Inner", .pc_start = bad[1], .pc_end = bad[2]};
    start(w, NULL);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(status_at(w, bad[i], 0), DR_BAD_INPUT);
        assert_string_equal(w->s.refusal.message,
                            i == 1 ? "clause Inner: number too large" : "clause Outer: number too large");
    }
    world_free(w);
}

static void test_dates(void **state)
{
    (void)state;
    world *w = world_new();
    uint32_t early = BIN(DATE, 3600, 0), late = BIN(DATE, 86400 + 3600, 0), none = BIN(DATE, DR_MISSING, 0);
    start(w, NULL);
    assert_int_equal(value_at(w, early, 0), 0);
    assert_int_equal(value_at(w, none, 0), DR_MISSING);
    w->s.offset_all = -7200;
    assert_int_equal(value_at(w, early, 0), -1);
    dr_offset offsets[] = {{3600, -7200}, {86400, 0}};
    w->s.offsets = offsets;
    w->s.n_offsets = 2;
    w->s.offset_all = 0;
    assert_int_equal(value_at(w, early, 0), -1);
    assert_int_equal(value_at(w, late, 0), 1);
    world_free(w);
}

static void test_span_values(void **state)
{
    (void)state;
    world *w = world_new();
    int64_t a = spans_of(w, 2, 0, 10, 20, 40), b = spans_of(w, 1, 5, 25), none = spans_of(w, 0);
    int64_t long_one = dr_cell(dr_spans_one(&w->arena, -DR_FOREVER, DR_FOREVER));
    const expected made[] = {
        {BIN(SPAN, 3, 9), spans_of(w, 1, 3, 9)},
        {BIN(SPAN, 9, 3), none},
        {BIN(UNION, a, b), spans_of(w, 1, 0, 40)},
        {BIN(INTERSECT, a, b), spans_of(w, 2, 5, 10, 20, 25)},
        {BIN(MINUS, a, b), spans_of(w, 2, 0, 5, 25, 40)},
        {BIN(LONGER, a, 10), spans_of(w, 1, 20, 40)},
        {BIN(GAPS, a, 0), spans_of(w, 1, 10, 20)},
    };
    const expected plain[] = {
        {BIN(LENGTH, a, 0), 30},
        {BIN(LENGTH, long_one, 0), DR_FOREVER},
        {BIN(SPSTART, a, 0), 0},
        {BIN(SPSTART, none, 0), DR_MISSING},
        {BIN(SPEND, a, 0), 40},
        {BIN(SPEND, none, 0), DR_MISSING},
        {BIN(SPEMPTY, none, 0), 1},
        {BIN(SPEMPTY, a, 0), 0},
        {BIN(SPEQ, a, spans_of(w, 2, 0, 10, 20, 40)), 1},
        {BIN(SPEQ, a, b), 0},
        {BIN(OVERLAPS, a, b), 1},
        {BIN(OVERLAPS, a, spans_of(w, 1, 10, 20)), 0},
        {BIN(WITHIN, spans_of(w, 1, 21, 22), a), 1},
        {BIN(WITHIN, b, a), 0},
        {BIN(CONTAINS, a, 20), 1},
        {BIN(CONTAINS, a, 10), 0},
        {BIN(PIECES, a, 0), 2},
    };
    start(w, NULL);
    for (size_t i = 0; i < sizeof made / sizeof made[0]; i++)
        assert_spans(w, value_at(w, made[i].pc, 0), made[i].value);
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
        assert_int_equal(value_at(w, plain[i].pc, 0), plain[i].value);
    world_free(w);
}

/* r[2] where counting starts, r[3] a step, r[4] what a last part must be over. */
static uint32_t steps(world *w, int64_t n, int64_t each)
{
    uint32_t pc = LOAD(1, n);
    LOAD(2, 60);
    LOAD(3, each);
    LOAD(4, 30);
    OP(STEPS, 5, 1, 2, 0);
    OP(RET, 5, 0, 0, 0);
    return pc;
}

static void test_steps(void **state)
{
    (void)state;
    world *w = world_new();
    uint32_t bad = steps(w, 61, 0);
    const expected cases[] = {{steps(w, 0, 60), 0},  {steps(w, 60, 60), 0},  {steps(w, 90, 60), 0},
                              {steps(w, 91, 60), 1}, {steps(w, 120, 60), 1}, {steps(w, 150, 60), 1},
                              {steps(w, 151, 60), 2}};
    start(w, NULL);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(value_at(w, cases[i].pc, 0), cases[i].value);
    assert_int_equal(status_at(w, bad, 0), DR_BAD_INPUT);
    world_free(w);
}

static void test_sets(void **state)
{
    (void)state;
    world *w = world_new();
    int64_t known = set_of(w, 2, 3, 7), more = set_of(w, 3, 3, 5, 7), many = set_of(w, 2, 1, 2),
            none = set_of(w, 0);
    w->const_sets[w->p.n_const_sets++] = (uint32_t)constant(w, known);
    uint32_t build = LOAD(1, 7);
    LOAD(2, 3);
    LOAD(MISSING_REG, DR_MISSING);
    OP(SETB, 0, 1, 0, 0);
    OP(SETBADD, 1, 1, 0, 0);
    OP(SETBADD, 2, 1, 0, 0);
    OP(SETBADD, MISSING_REG, 1, 0, 0);
    OP(SETBADD, 1, 1, 0, 0);
    OP(SETBEND, 3, 1, 0, 0);
    OP(RET, 3, 0, 0, 0);
    uint32_t join = LOAD(1, more);
    LOAD(2, many);
    OP(SETB, 0, 2, 0, 0);
    OP(SETBJOIN, 1, 2, 0, 0);
    OP(SETBEND, 4, 2, 0, 0);
    OP(SETB, 0, 2, 0, 0);
    OP(SETBJOIN, 2, 2, 0, 0);
    OP(SETBJOIN, 1, 2, 0, 0);
    OP(SETBEND, 3, 2, 0, 0);
    OP(SETSIZE, 5, 3, 0, 0);
    OP(RETN, 3, 3, 0, 0);
    const expected plain[] = {
        {BIN(SETHAS, known, 7), 1},    {BIN(SETHAS, known, 5), 0},    {BIN(SETHAS, none, 5), 0},
        {BIN(SUBSET, known, more), 1}, {BIN(SUBSET, more, known), 0}, {BIN(SUBSET, none, known), 1},
        {BIN(SUBSET, many, more), 0},
    };
    start(w, NULL);
    assert_int_equal(value_at(w, build, 0), known); /* the program's own set, by pointer */
    int64_t values[DR_REGS];
    uint32_t n = 0, clause = 0;
    assert_int_equal(dr_run_code(&w->s, join, 0, values, &n, &clause), DR_OK);
    assert_int_equal(n, 3);
    assert_int_equal(values[1], more); /* the only one joined comes back as it is */
    assert_int_equal(values[2], 5);
    assert_int_equal(value_at(w, join, 0), values[0]); /* built again: the same pointer */
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
        assert_int_equal(value_at(w, plain[i].pc, 0), plain[i].value);
    world_free(w);
}

/* Many sets, so that the table grows; each, built twice, is one pointer. */
static void test_many_sets(void **state)
{
    (void)state;
    world *w = world_new();
    start(w, NULL);
    static const dr_set *first[500];
    for (int round = 0; round < 2; round++) {
        for (int64_t i = 0; i < 500; i++) {
            dr_set_builder b = {0};
            for (int64_t k = 40; k >= 0; k--)
                assert_true(dr_setb_add(&w->s.arena, &b, k % (i % 41 + 1) * 1000 + i));
            const dr_set *set = dr_setb_end(&w->s, &b);
            assert_non_null(set);
            assert_int_equal(set->count, i % 41 + 1);
            for (uint32_t k = 1; k < set->count; k++)
                assert_true(set->at[k - 1] < set->at[k]);
            if (round == 0)
                first[i] = set;
            assert_ptr_equal(set, first[i]);
        }
    }
    world_free(w);
}

static void test_span_builder(void **state)
{
    (void)state;
    world *w = world_new();
    int64_t a = spans_of(w, 2, 0, 10, 30, 40), b = spans_of(w, 1, 10, 15);
    uint32_t pc = LOAD(1, a);
    LOAD(2, b);
    LOAD(MISSING_REG, DR_MISSING);
    OP(SPB, 0, 7, 0, 0);
    OP(SPBEND, 5, 7, 0, 0);
    OP(SPBADD, MISSING_REG, 7, 0, 0);
    OP(SPBADD, 1, 7, 0, 0);
    OP(SPBEND, 4, 7, 0, 0);
    OP(SPBADD, 2, 7, 0, 0);
    OP(SPBEND, 3, 7, 0, 0);
    OP(RETN, 3, 3, 0, 0);
    start(w, NULL);
    int64_t values[DR_REGS];
    uint32_t n = 0, clause = 0;
    assert_int_equal(dr_run_code(&w->s, pc, 0, values, &n, &clause), DR_OK);
    assert_spans(w, values[0], spans_of(w, 2, 0, 15, 30, 40));
    assert_int_equal(values[1], a); /* a single set is not copied */
    assert_spans(w, values[2], spans_of(w, 0));
    world_free(w);
}

/* Rows of an entity sorted by two slots; the same by one that is the same everywhere. */
static uint32_t sort_code(world *w, uint32_t of, uint32_t key1, uint32_t key2, dr_op end)
{
    uint32_t pc = OP(SORTB, 0, 3, 0, 0);
    OP(ITALL, 10, 0, 0, of);
    uint32_t next = OP(NEXT, 10, 20, 0, 0);
    OP(SLOT, 30, 20, 0, key1);
    OP(SLOT, 31, 20, 0, key2);
    OP(SORTADD, 20, 3, 30, 2);
    OP(JMP, 0, 0, 0, next);
    land(w, next);
    op(w, end, 1, 3, 0, 0);
    OP(RET, 1, 0, 0, 0);
    return pc;
}

static void test_sorting(void **state)
{
    (void)state;
    world *w = world_new();
    uint32_t thing = entity(w, "Thing", DR_INPUT);
    uint32_t x = slot(w, thing, DR_INT), y = slot(w, thing, DR_INT);
    uint32_t all = sort_code(w, thing, x, y, DR_OP_SORTEND), best = sort_code(w, thing, x, y, DR_OP_BESTEND);
    start(w, NULL);
    assert_int_equal(as_list(value_at(w, all, 0))->count, 0);
    assert_int_equal(value_at(w, best, 0), DR_MISSING);
    COLUMN(x, 2, DR_MISSING, -1, 2, INT64_MAX, 2);
    COLUMN(y, 0, 0, 0, -5, 0, 0);
    const dr_list *list = as_list(value_at(w, all, 0));
    static const uint32_t order[] = {2, 3, 0, 5, 4, 1};
    assert_int_equal(list->count, 6);
    assert_memory_equal(list->at, order, sizeof order);
    assert_int_equal(value_at(w, best, 0), 2);
    static int64_t many[1000], zero[1000];
    uint64_t dice = 1;
    for (int i = 0; i < 1000; i++)
        many[i] = roll_in(&dice, 0, 99);
    column(w, x, 1000, many);
    column(w, y, 1000, zero);
    list = as_list(value_at(w, all, 0));
    for (uint32_t i = 1; i < 1000; i++) {
        int64_t before = many[list->at[i - 1]], after = many[list->at[i]];
        assert_true(before < after || (before == after && list->at[i - 1] < list->at[i]));
    }
    assert_int_equal(value_at(w, best, 0), list->at[0]);
    world_free(w);
}

static void test_lists(void **state)
{
    (void)state;
    world *w = world_new();
    int64_t list = list_of(w, 3, 4, 2, 9), none = list_of(w, 0);
    const expected cases[] = {
        {BIN(LCOUNT, list, 0), 3},
        {BIN(LFIRST, list, 0), 4},
        {BIN(LFIRST, none, 0), DR_MISSING},
        {BIN(LLAST, list, 0), 9},
        {BIN(LLAST, none, 0), DR_MISSING},
        {BIN(LPREV, list, 0), DR_MISSING},
        {BIN(LPREV, list, 1), 4},
        {BIN(LPREV, list, 2), 2},
        {BIN(LPREV, list, DR_MISSING), DR_MISSING},
        {BIN(LEQ, list, list_of(w, 3, 4, 2, 9)), 1},
        {BIN(LEQ, list, list_of(w, 3, 4, 2, 8)), 0},
        {BIN(LEQ, list, list_of(w, 2, 4, 2)), 0},
        {BIN(LEQ, none, list_of(w, 0)), 1},
        {BIN(LEQ, none, list), 0},
        {binary(w, DR_OP_ROWS, 0, 0, 0), 1},
    };
    check_all(w, cases, sizeof cases / sizeof cases[0]);
}

/* Rows met, as decimal digits. */
static uint32_t digits(world *w, dr_op begin, dr_op next, int64_t b, int64_t c, uint32_t d)
{
    uint32_t pc = LOAD(1, 0);
    LOAD(2, 10);
    LOAD(3, b);
    LOAD(4, c);
    op(w, begin, 10, 3, 4, d);
    uint32_t again = op(w, next, 10, 20, 0, 0);
    OP(MUL, 1, 1, 2, 0);
    OP(ADD, 1, 1, 20, 0);
    OP(JMP, 0, 0, 0, again);
    land(w, again);
    OP(RET, 1, 0, 0, 0);
    return pc;
}

static void test_iterators(void **state)
{
    (void)state;
    world *w = world_new();
    uint32_t thing = entity(w, "Thing", DR_INPUT), x = slot(w, thing, DR_INT);
    int64_t list = list_of(w, 3, 4, 2, 9);
    uint32_t all = digits(w, DR_OP_ITALL, DR_OP_NEXT, 0, 0, thing);
    const expected lists[] = {
        {digits(w, DR_OP_ITLIST, DR_OP_NEXTL, list, 0, 0), 429},
        {digits(w, DR_OP_ITLIST, DR_OP_NEXTL, DR_MISSING, 0, 0), 0},
        {digits(w, DR_OP_ITBEFORE, DR_OP_NEXTL, list, 2, 0), 42},
        {digits(w, DR_OP_ITBEFORE, DR_OP_NEXTL, list, 9, 0), 429},
        {digits(w, DR_OP_ITBEFORE, DR_OP_NEXTL, list, DR_MISSING, 0), 0},
        {digits(w, DR_OP_ITBEFORE, DR_OP_NEXTL, list, 0, 0), 0},
    };
    uint32_t five = digits(w, DR_OP_ITINDEX, DR_OP_NEXTI, 5, 0, x),
             six = digits(w, DR_OP_ITINDEX, DR_OP_NEXTI, 6, 0, x);
    uint32_t missing = digits(w, DR_OP_ITINDEX, DR_OP_NEXTI, DR_MISSING, 0, x);
    start(w, NULL);
    assert_int_equal(value_at(w, all, 0), 0);
    assert_int_equal(value_at(w, five, 0), 0);
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        assert_int_equal(value_at(w, lists[i].pc, 0), lists[i].value);
    COLUMN(x, 1, 5, DR_MISSING, 5, 5); /* few rows: searched */
    assert_int_equal(value_at(w, all, 0), 1234);
    assert_int_equal(value_at(w, five, 0), 134);
    assert_int_equal(value_at(w, six, 0), 0);
    assert_int_equal(value_at(w, missing, 0), 0);
    COLUMN(x, 1, 5, 2, DR_MISSING, 5, 3, 4, 6, 9, 5, 6, DR_MISSING); /* more: indexed */
    assert_int_equal(value_at(w, five, 0), 149);
    assert_int_equal(value_at(w, six, 0), 80); /* rows 7 and 10: 7 * 10 + 10 */
    assert_int_equal(value_at(w, missing, 0), 0);
    world_free(w);
}

static void test_slots_and_trace(void **state)
{
    (void)state;
    world *w = world_new();
    uint32_t thing = entity(w, "Thing", DR_INPUT), x = slot(w, thing, DR_INT);
    uint32_t pc = OP(SLOT, 1, 0, 0, x);
    LOAD(MISSING_REG, DR_MISSING);
    OP(SLOTQ, 2, MISSING_REG, 0, x);
    uint32_t third = OP(SLOTQ, 3, 0, 0, x);
    OP(RETN, 1, 3, 0, 0);
    start(w, NULL);
    COLUMN(x, 40, 41, 42);
    dr_trace trace = {0};
    w->s.trace = &trace;
    int64_t values[DR_REGS];
    uint32_t n = 0, clause = 0;
    for (uint32_t row = 0; row < 20; row++)
        assert_int_equal(dr_run_code(&w->s, pc, row % 3, values, &n, &clause), DR_OK);
    assert_int_equal(values[0], 41);
    assert_int_equal(values[1], DR_MISSING);
    assert_int_equal(values[2], 41);
    assert_int_equal(trace.count, 40);
    assert_int_equal(trace.items[4].slot, x);
    assert_int_equal(trace.items[4].row, 2);
    assert_int_equal(trace.items[4].pc, pc);
    assert_int_equal(trace.items[4].value, 42);
    assert_int_equal(trace.items[5].pc, third);
    w->s.trace = NULL;
    assert_int_equal(value_at(w, pc, 0), 40);
    assert_int_equal(trace.count, 40);
    world_free(w);
}

static void test_tables(void **state)
{
    (void)state;
    world *w = world_new();
    uint32_t table = entity(w, "Fee", DR_TABLE);
    static const int64_t rows[] = {10, 1, 500, 10, 2, 600, 20, 1, 700};
    static uint32_t index[8];
    for (uint32_t row = 0; row < 3; row++) {
        uint32_t at = dr_table_hash(&rows[row * 3], 2) & 7;
        while (index[at] != 0)
            at = (at + 1) & 7;
        index[at] = row + 1;
    }
    w->entities[table] = (dr_entity){.name = "Fee",
                                     .kind = DR_TABLE,
                                     .first_slot = 0,
                                     .n_fields = 3,
                                     .rows = rows,
                                     .n_rows = 3,
                                     .n_keys = 2,
                                     .index = index,
                                     .n_index = 8};
    uint32_t fee = slot(w, table, DR_INT);
    w->slots[fee].field = 2;
    uint32_t found = binary(w, DR_OP_LOOKUP, 10, 2, table), lost = binary(w, DR_OP_LOOKUP, 20, 2, table);
    uint32_t read = binary(w, DR_OP_LOOKUP, 20, 1, table);
    w->p.n_code--;
    OP(SLOT, 4, 3, 0, fee);
    OP(RET, 4, 0, 0, 0);
    const expected cases[] = {
        {found, 1}, {lost, DR_MISSING}, {read, 700}, {binary(w, DR_OP_ROWS, 0, 0, table), 3}};
    check_all(w, cases, sizeof cases / sizeof cases[0]);
}

static void test_texts(void **state)
{
    (void)state;
    world *w = world_new();
    int64_t low = dr_sym(&w->p.syms, "abc", 3), high = dr_sym(&w->p.syms, "aBc", 3);
    char text[400];
    memset(text, 'Q', sizeof text);
    int64_t wide = dr_sym(&w->p.syms, text, sizeof text);
    uint32_t made = BIN(LOWER, wide, 0);
    const expected cases[] = {
        {BIN(LOWER, low, 0), low}, {BIN(LOWER, high, 0), low}, {BIN(LOWER, DR_MISSING, 0), DR_MISSING}};
    start(w, NULL);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(value_at(w, cases[i].pc, 0), cases[i].value);
    memset(text, 'q', sizeof text);
    int64_t lower = value_at(w, made, 0);
    assert_int_equal(lower, dr_sym_find(&w->s.syms, text, sizeof text));
    world_free(w);
}

static void test_params(void **state)
{
    (void)state;
    world *w = world_new();
    w->params[w->p.n_params++] = (dr_param){.name = "limit", .type = {.kind = DR_INT}};
    uint32_t pc = OP(PARAM, 1, 0, 0, 1);
    OP(RET, 1, 0, 0, 0);
    start(w, NULL);
    w->s.params[1] = 15;
    assert_int_equal(value_at(w, pc, 0), 15);
    w->s.params[1] = DR_MISSING;
    assert_int_equal(status_at(w, pc, 0), DR_BAD_INPUT);
    assert_string_equal(w->s.refusal.message, "parameter limit has no value on the service date");
    w->params[1].type.optional = true;
    assert_int_equal(value_at(w, pc, 0), DR_MISSING);
    world_free(w);
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(dr_op_name(DR_OP_RET), "RET");
    assert_string_equal(dr_op_name(DR_OP_FINDING), "FINDING");
    assert_string_equal(dr_op_name(DR_OP_COUNT), "?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_integers),  cmocka_unit_test(test_jumps),
        cmocka_unit_test(test_numbers),   cmocka_unit_test(test_overflow),
        cmocka_unit_test(test_dates),     cmocka_unit_test(test_span_values),
        cmocka_unit_test(test_steps),     cmocka_unit_test(test_sets),
        cmocka_unit_test(test_many_sets), cmocka_unit_test(test_span_builder),
        cmocka_unit_test(test_sorting),   cmocka_unit_test(test_lists),
        cmocka_unit_test(test_iterators), cmocka_unit_test(test_slots_and_trace),
        cmocka_unit_test(test_tables),    cmocka_unit_test(test_texts),
        cmocka_unit_test(test_params),    cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
