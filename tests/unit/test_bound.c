/* drip: test_bound.c, tests. Arithmetic of bounds: sums, products, the larger of two, values, and what is too much. */
#include "unit.h"

#include "bound.h"

static dr_arena arena;

static const dr_bound *number(uint64_t n)
{
    return dr_bound_number(&arena, n);
}

static const dr_bound *size(uint16_t s)
{
    return dr_bound_size(&arena, s);
}

static const dr_bound *plus(const dr_bound *a, const dr_bound *b)
{
    return dr_bound_sum(&arena, a, b);
}

static const dr_bound *by(const dr_bound *a, const dr_bound *b)
{
    return dr_bound_product(&arena, a, b);
}

static void test_arithmetic(void **state)
{
    (void)state;
    const uint64_t sizes[] = {10, 3, 0};
    const dr_bound *x = size(0), *y = size(1);
    const dr_bound *sum = plus(plus(x, number(2)), plus(y, x)); /* 2x + y + 2 */
    assert_int_equal(dr_bound_value(sum, sizes), 25);
    assert_int_equal(sum->n, 3);
    const dr_bound *square = by(sum, sum); /* 4x² + 4xy + y² + 8x + 4y + 4 */
    assert_int_equal(square->n, 6);
    assert_int_equal(dr_bound_value(square, sizes), 625);
    assert_int_equal(dr_bound_degree(square), 2);
    assert_int_equal(dr_bound_degree(number(7)), 0);
    assert_true(dr_bound_equal(by(x, y), by(y, x)));
    assert_false(dr_bound_equal(by(x, y), by(x, x)));
    assert_true(dr_bound_equal(plus(sum, number(0)), sum));
    assert_true(dr_bound_equal(by(sum, number(0)), number(0)));
    assert_true(dr_bound_equal(by(sum, number(1)), sum));
}

/* As much as either, for any sizes. */
static void test_either(void **state)
{
    (void)state;
    const dr_bound *a = plus(by(number(3), size(0)), number(5)), *b = plus(size(0), by(number(2), size(1)));
    const dr_bound *both = dr_bound_either(&arena, a, b);
    for (uint64_t i = 0; i < 20; i++)
        for (uint64_t k = 0; k < 20; k++) {
            const uint64_t sizes[] = {i, k};
            assert_true(dr_bound_value(both, sizes) >= dr_bound_value(a, sizes));
            assert_true(dr_bound_value(both, sizes) >= dr_bound_value(b, sizes));
        }
    assert_true(dr_bound_equal(dr_bound_either(&arena, a, a), a));
}

static void test_too_much(void **state)
{
    (void)state;
    const uint64_t sizes[] = {UINT64_MAX / 2, 0};
    const dr_bound *x = size(0), *power = x;
    assert_int_equal(dr_bound_value(by(x, number(3)), sizes), UINT64_MAX);
    assert_int_equal(dr_bound_value(by(by(x, x), size(1)), sizes), 0); /* of nothing there is nothing */
    assert_int_equal(dr_bound_value(plus(number(UINT64_MAX), number(1)), sizes), UINT64_MAX);
    for (int i = 1; i < DR_FACTORS; i++)
        power = by(power, x);
    assert_int_equal(dr_bound_degree(power), DR_FACTORS);
    assert_null(by(power, x));
    assert_null(plus(NULL, x));
    assert_null(by(x, NULL));
    assert_null(dr_bound_either(&arena, x, NULL));
    assert_int_equal(dr_bound_value(NULL, sizes), UINT64_MAX);
}

int main(void)
{
    const dr_alloc alloc = dr_alloc_default();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arithmetic),
        cmocka_unit_test(test_either),
        cmocka_unit_test(test_too_much),
    };
    dr_arena_init(&arena, &alloc, 4096, SIZE_MAX);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    dr_arena_free(&arena);
    return failed;
}
