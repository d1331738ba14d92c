/* drip: test_fused.c, tests. Instructions that stand for several, and tests taken for all rows at once. */
#include "vm_unit.h"

/* A fused jump: 10 if it goes on, 20 if it goes elsewhere. */
static uint32_t fused(world *w, dr_op code, int a, int b, int c, int64_t k)
{
    LOAD(5, 1);
    uint32_t pc = w->p.n_code - 1, jump = op(w, code, a, b, c, 0);
    w->code[jump].k = k;
    LOAD(2, 10);
    OP(RET, 2, 0, 0, 0);
    land(w, jump);
    LOAD(2, 20);
    OP(RET, 2, 0, 0, 0);
    return pc;
}

static uint32_t with_k(world *w, uint32_t pc, int64_t k)
{
    w->code[pc].k = k;
    return pc;
}

/* The instructions the compiler fuses, for a thing whose number is n, that may point to another. */
static void test_fused(void **state)
{
    (void)state;
    enum { LESS = 1, EQUAL = 2, GREATER = 4, UNLIKE = 5 };
    const int64_t missing = INT64_MIN, known = INT64_MAX;
    world *w = world_new();
    uint32_t thing = entity(w, "Thing", DR_INPUT), n = slot(w, thing, DR_INT), to = slot(w, thing, DR_REF);
    uint32_t flag = slot(w, thing, DR_BOOL);
    int32_t seven = constant(w, 7);
    int64_t pair = (int64_t)((uint64_t)n | (uint64_t)to << 32),
            fixed = (int64_t)((uint64_t)n | (uint64_t)(uint32_t)seven << 32);
    const struct {
        uint32_t pc;
        int64_t values[3]; /* of rows 0, 1 and 2 */
    } cases[] = {
        {fused(w, DR_OP_JBIT, 0, (int)flag, 0, 2), {10, 20, 20}},
        {fused(w, DR_OP_JBIT, 0, (int)flag, 0, 1), {20, 10, 20}},
        {fused(w, DR_OP_JBIT, 0, (int)flag, 0, missing), {20, 20, 10}},
        {fused(w, DR_OP_JHAS, 0, (int)to, 0, known), {10, 10, 20}},
        {fused(w, DR_OP_JLACKS, 0, (int)to, 0, missing), {20, 20, 10}},
        {fused(w, DR_OP_JCMP, 0, 5, LESS, 0), {20, 10, 10}},
        {fused(w, DR_OP_JCMPK, 0, 0, EQUAL | GREATER, 1), {10, 20, 20}},
        {fused(w, DR_OP_JCMPR, 5, 0, EQUAL, n), {20, 10, 10}},
        {fused(w, DR_OP_JCMPS, 0, 0, GREATER, pair), {10, 20, 20}},
        {fused(w, DR_OP_JCMPC, 0, 0, UNLIKE, fixed), {20, 10, 20}},
        {with_k(w, OP(RETS, 0, 0, 0, 3), n), {1, 7, 8}},
    };
    uint32_t hop = with_k(w, OP(SLOT2, 3, 0, 0, to), n);
    OP(RET, 3, 0, 0, 0);
    uint32_t maybe = with_k(w, OP(SLOTQ2, 3, 0, 0, to), n);
    OP(RET, 3, 0, 0, 0);
    start(w, NULL);
    COLUMN(n, 1, 7, 8);
    COLUMN(to, 1, 2, DR_MISSING);
    COLUMN(flag, 1, 0, DR_MISSING);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (uint32_t row = 0; row < 3; row++)
            assert_int_equal(value_at(w, cases[i].pc, row), cases[i].values[row]);
    assert_int_equal(value_at(w, hop, 0), 7);
    assert_int_equal(value_at(w, maybe, 1), 8);
    assert_int_equal(value_at(w, maybe, 2), DR_MISSING);
    dr_trace trace = {0};
    w->s.trace = &trace;
    assert_int_equal(value_at(w, hop, 0), 7);
    assert_int_equal(trace.count, 2);
    assert_int_equal(trace.items[0].slot, to);
    assert_int_equal(trace.items[0].row, 0);
    assert_int_equal(trace.items[0].value, 1);
    assert_int_equal(trace.items[1].slot, n);
    assert_int_equal(trace.items[1].row, 1);
    w->s.trace = NULL;
    world_free(w);
}

/* Tests that all rows fare alike in are taken once: the column is then one cell of the program. */
static void test_alike(void **state)
{
    (void)state;
    world *w = world_new();
    uint32_t thing = entity(w, "Thing", DR_INPUT), flag = slot(w, thing, DR_BOOL),
             made = attribute(w, thing, DR_INT);
    int32_t yes = constant(w, 70), no = constant(w, 71);
    w->slots[flag].watched = w->slots[made].watched = true;
    uint32_t pc = with_k(w, OP(JBIT, 0, (int)flag, 0, 0), 2);
    OP(RETK, 0, yes, 0, 4);
    land(w, pc);
    OP(RETK, 0, no, 0, 5);
    node(w, DR_NODE_ATTR, thing, made, pc);
    start(w, NULL);
    static const struct {
        int64_t first, second, to_first, to_second;
        uint32_t stride;
    } cases[] = {
        {1, 1, 70, 70, 0}, {0, 0, 71, 71, 0}, {1, 0, 70, 71, 1}, {DR_MISSING, DR_MISSING, 71, 71, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        dr_session_reset(&w->s);
        w->s.n_rows[0] = 1;
        COLUMN(flag, cases[i].first, cases[i].second);
        assert_int_equal(dr_evaluate(&w->s), DR_OK);
        assert_int_equal(cell(w, made, 0), cases[i].to_first);
        assert_int_equal(cell(w, made, 1), cases[i].to_second);
        assert_int_equal(decided_by(w, made, 1), cases[i].to_second == 70 ? 4 : 5);
        assert_int_equal(w->s.cols[made].stride, cases[i].stride);
        assert_int_equal(w->s.limits.fuel - w->s.fuel, 2);
        assert_true(w->s.seen[made] == (uint64_t)1 << 62);
    }
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_fused), cmocka_unit_test(test_alike)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
