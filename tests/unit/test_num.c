/* drip: test_num.c, tests. Numbers against long arithmetic, at the limits of 128 bits, in every rounding. */
#include "num.h"
#include "unit.h"

#define MAX ((dr_i128)(~(unsigned __int128)0 >> 1))
#define MIN (-MAX - 1)

static dr_i128 ten_to(int n)
{
    dr_i128 p = 1;
    for (; n > 0; n--)
        p *= 10;
    return p;
}

static long long plain_gcd(long long a, long long b)
{
    while (b != 0) {
        long long rest = a % b;
        a = b;
        b = rest;
    }
    return a < 0 ? -a : a;
}

/* A fraction in lowest terms, made without the module. */
static dr_num frac(long long top, long long bottom)
{
    long long g = plain_gcd(top, bottom);
    if (bottom < 0)
        g = -g;
    return (dr_num){top / g, bottom / g};
}

static void check_same(dr_num a, dr_num b)
{
    assert_true(a.top == b.top && a.bottom == b.bottom);
}

static void check_written(dr_num a, const char *expected)
{
    dr_buf b;
    dr_buf_init(&b, NULL, 1000);
    dr_num_write(a, &b);
    assert_string_equal(b.data, expected);
    dr_buf_free(&b);
}

/* Parses a copy without anything behind it, so that a sanitizer sees reads past the end. */
static bool parse(const char *text, dr_num *out)
{
    size_t len = strlen(text);
    char *exact = malloc(len + 1);
    assert_non_null(exact);
    memcpy(exact + 1, text, len);
    bool good = dr_num_parse(exact + 1, len, out);
    free(exact);
    return good;
}

static dr_num num(const char *text)
{
    dr_num n = {0, 0};
    if (!parse(text, &n))
        fail_msg("%s is refused", text);
    return n;
}

static void test_parse_good(void **state)
{
    (void)state;
    check_same(num("0"), frac(0, 1));
    check_same(num("-0"), frac(0, 1));
    check_same(num("0.000"), frac(0, 1));
    check_same(num("0e999999999999999999999999999"), frac(0, 1));
    check_same(num("-0.0E-5"), frac(0, 1));
    check_same(num("12.5"), frac(25, 2));
    check_same(num("-12.50e3"), frac(-12500, 1));
    check_same(num("0.4"), frac(2, 5));
    check_same(num("1e0"), frac(1, 1));
    check_same(num("1E+2"), frac(100, 1));
    check_same(num("125e-3"), frac(1, 8));
    check_same(num("100"), frac(100, 1));
    check_same(num("1000000000000000000"), (dr_num){ten_to(18), 1});
    check_same(num("0.000000000000000001"), (dr_num){1, ten_to(18)});
    check_same(num("0.0000000000000000001e1"), (dr_num){1, ten_to(18)});
    check_same(num("1000000000000000000000e-3"), (dr_num){ten_to(18), 1});
    check_same(num("999999999999999999"), (dr_num){ten_to(18) - 1, 1});
    check_same(num("-999999999999999999e18"), (dr_num){-(ten_to(18) - 1) * ten_to(18), 1});
    check_same(num("0.999999999999999999"), (dr_num){ten_to(18) - 1, ten_to(18)});
    check_same(num("0.00000000000000000000000000123e12"), (dr_num){123, ten_to(17)});
    check_same(num("123456789.123456789"), (dr_num){(dr_i128)123456789123456789, ten_to(9)});
}

static void test_parse_bad(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "", "-", "+1", "01", "00", "-01", ".5", "5.", "1.e3", "1e", "1e+", "1e-", "--1", " 1", "1 ", "1x",
        "0x10",
        "1,5", "1.2.3", "e5", "NaN", "Infinity", "1e5.0", "-.5", "1_000", "1e1e1",
        "1234567890123456789", "1.234567890123456789", "0.1234567890123456789", "10000000000000000001",
        "1000000000000000000000000000000000000000000000000001", "1e19", "1e-19", "10e18", "0.1e-18",
        "10000000000000000000", "0.0000000000000000001", "1e99999999999999999999999",
        "1e-99999999999999999999999",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        dr_num n = {0, 0};
        if (parse(bad[i], &n))
            fail_msg("%s is accepted", bad[i]);
    }
    dr_num n = {0, 0};
    assert_false(dr_num_parse("1\0", 2, &n));
}

static void check_pair(int a, int b, int c, int d)
{
    dr_num x = frac(a, b), y = frac(c, d), got = {0, 0};
    assert_true(dr_num_add(x, y, &got));
    check_same(got, frac(a * d + c * b, b * d));
    assert_true(dr_num_sub(x, y, &got));
    check_same(got, frac(a * d - c * b, b * d));
    assert_true(dr_num_mul(x, y, &got));
    check_same(got, frac(a * c, b * d));
    assert_int_equal(dr_num_div(x, y, &got), c != 0);
    if (c != 0)
        check_same(got, frac(a * d, b * c));
    int left = a * d, right = c * b;
    assert_int_equal(dr_num_cmp(x, y), (left > right) - (left < right));
    assert_int_equal(dr_num_hash(x) == dr_num_hash(y), left == right);
}

static void test_small_fractions(void **state)
{
    (void)state;
    for (int a = -9; a <= 9; a++)
        for (int b = 1; b <= 12; b++)
            for (int c = -9; c <= 9; c++)
                for (int d = 1; d <= 12; d++)
                    check_pair(a, b, c, d);
}

/* Larger ones hold together by the laws of arithmetic, and agree with 128-bit arithmetic done plainly. */
static void test_laws(void **state)
{
    (void)state;
    uint64_t dice = 9;
    for (int i = 0; i < 100000; i++) {
        int64_t limit = (int64_t)1 << roll_in(&dice, 1, 31);
        dr_num x = frac(roll_in(&dice, -limit, limit), roll_in(&dice, 1, limit));
        dr_num y = frac(roll_in(&dice, -limit, limit), roll_in(&dice, 1, limit));
        dr_num sum = x, back = x, product = x;
        assert_true(dr_num_add(x, y, &sum));
        assert_true(sum.top * x.bottom * y.bottom == (x.top * y.bottom + y.top * x.bottom) * sum.bottom);
        assert_int_equal(plain_gcd((long long)sum.top, (long long)sum.bottom), 1);
        assert_true(dr_num_sub(sum, y, &back));
        check_same(back, x);
        assert_true(dr_num_mul(x, y, &product));
        assert_int_equal(plain_gcd((long long)product.top, (long long)product.bottom), 1);
        if (y.top != 0) {
            assert_true(dr_num_div(product, y, &back));
            check_same(back, x);
        }
        int sign = (y.top > 0) - (y.top < 0);
        assert_int_equal(dr_num_cmp(sum, x), sign);
        assert_int_equal(dr_num_cmp(x, sum), -sign);
    }
}

static void test_limits(void **state)
{
    (void)state;
    dr_num max = {MAX, 1}, min = {MIN, 1}, one = {1, 1}, minus_one = {-1, 1}, tiny = {1, MAX}, r = one;
    assert_false(dr_num_add(max, one, &r));
    assert_true(dr_num_add(max, minus_one, &r) && r.top == MAX - 1);
    assert_false(dr_num_sub(min, one, &r));
    assert_true(dr_num_sub((dr_num){-1, 1}, min, &r) && r.top == MAX);
    assert_false(dr_num_sub((dr_num){0, 1}, min, &r));
    assert_true(dr_num_sub(min, min, &r) && r.top == 0 && r.bottom == 1);
    assert_true(dr_num_sub(tiny, tiny, &r) && r.top == 0 && r.bottom == 1);
    assert_true(dr_num_mul(min, one, &r) && r.top == MIN);
    assert_false(dr_num_mul(min, minus_one, &r));
    assert_true(dr_num_mul(max, minus_one, &r) && r.top == -MAX);
    assert_true(dr_num_mul(max, tiny, &r) && r.top == 1 && r.bottom == 1);
    assert_true(dr_num_mul(min, (dr_num){1, 2}, &r) && r.top == MIN / 2 && r.bottom == 1);
    assert_true(dr_num_mul((dr_num){MIN / 2, 1}, (dr_num){2, 1}, &r) && r.top == MIN);
    assert_false(dr_num_mul((dr_num){MIN / 2, 1}, (dr_num){-2, 1}, &r));
    assert_false(dr_num_mul(tiny, (dr_num){1, 2}, &r));
    assert_true(dr_num_div(min, min, &r) && r.top == 1 && r.bottom == 1);
    assert_true(dr_num_div(max, max, &r) && r.top == 1 && r.bottom == 1);
    assert_false(dr_num_div(one, min, &r)); /* the bottom would be 2^127 */
    assert_true(dr_num_div((dr_num){2, 1}, min, &r) && r.top == -1 && r.bottom == MAX / 2 + 1);
    assert_true(dr_num_div(one, max, &r) && r.top == 1 && r.bottom == MAX);
    assert_true(dr_num_div(one, (dr_num){-MAX, 1}, &r) && r.top == -1 && r.bottom == MAX);
    assert_false(dr_num_div(one, (dr_num){0, 1}, &r));
    assert_false(dr_num_div((dr_num){0, 1}, (dr_num){0, 1}, &r));
    assert_true(dr_num_div((dr_num){0, 1}, max, &r) && r.top == 0 && r.bottom == 1);
    check_same(dr_num_int(INT64_MIN), (dr_num){INT64_MIN, 1});
    dr_num third = {1, 3}, wide = {MAX / 2 + 1, 3}; /* 2^126 / 3 */
    assert_false(dr_num_add(max, third, &r));       /* a top over the common bottom */
    assert_false(dr_num_add(wide, wide, &r));       /* the sum of tops that fit */
    assert_true(dr_num_sub(wide, wide, &r) && r.top == 0 && r.bottom == 1);
    assert_false(dr_num_add((dr_num){1, ten_to(20)}, (dr_num){1, ten_to(20) + 1}, &r)); /* the bottom */
    assert_false(dr_num_mul(max, (dr_num){3, 1}, &r));                                  /* beyond 2^128 */
    assert_false(dr_num_mul((dr_num){1, ten_to(20)}, (dr_num){1, ten_to(20)}, &r));
}

static void test_cmp_wide(void **state)
{
    (void)state;
    dr_num near[] = {
        {MIN, 1}, {-MAX, 1}, {-MAX, MAX - 1}, {-1, 1}, {-(MAX - 1), MAX}, {-1, MAX - 1}, {-1, MAX}, {0, 1},
        {1, MAX}, {1, MAX - 1}, {(MAX - 1) / 2, MAX}, {MAX - 2, MAX - 1}, {MAX - 1, MAX}, {1, 1},
        {MAX, MAX - 1},
        {MAX - 1, MAX - 2}, {MAX - 1, 1}, {MAX, 1},
    };
    int n = sizeof near / sizeof *near;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            assert_int_equal(dr_num_cmp(near[i], near[j]), (i > j) - (i < j));
}

/* Rounding by another road: all small fractions, in tenths, units and tens, by looking for the nearest. */
static int64_t slow_round(int top, int bottom, dr_round how)
{
    int64_t down = top >= 0 ? top / bottom : -(-top / bottom), up = down;
    if (down * bottom != top)
        up = top >= 0 ? down + 1 : down - 1;
    int64_t to_down = llabs(top - down * bottom), to_up = llabs(up * bottom - top);
    if (how == DR_ROUND_DOWN || up == down)
        return down;
    if (how == DR_ROUND_UP)
        return up;
    if (to_down != to_up)
        return to_down < to_up ? down : up;
    return how == DR_ROUND_HALF_UP || down % 2 != 0 ? up : down;
}

static void test_round(void **state)
{
    (void)state;
    const dr_round hows[] = {DR_ROUND_DOWN, DR_ROUND_UP, DR_ROUND_HALF_UP, DR_ROUND_HALF_EVEN};
    for (int top = -300; top <= 300; top++)
        for (int bottom = 1; bottom <= 40; bottom++)
            for (int i = 0; i < 4; i++) {
                int64_t n = 0;
                assert_true(dr_num_round(frac(top, bottom), 0, hows[i], &n));
                assert_int_equal(n, slow_round(top, bottom, hows[i]));
                assert_true(dr_num_round(frac(top, bottom), 3, hows[i], &n));
                assert_int_equal(n, slow_round(top * 1000, bottom, hows[i]));
                assert_true(dr_num_round(frac(top, bottom), -1, hows[i], &n));
                assert_int_equal(n, slow_round(top, bottom * 10, hows[i]));
                assert_true(dr_num_round(frac(top, bottom), -2, hows[i], &n));
                assert_int_equal(n, slow_round(top, bottom * 100, hows[i]));
                assert_true(dr_num_floor(frac(top, bottom), &n));
                assert_true(n * bottom <= top && (n + 1) * bottom > top);
            }
}

static bool rounds_to(dr_num a, int places, dr_round how, int64_t expected)
{
    int64_t n = 0;
    return dr_num_round(a, places, how, &n) && n == expected;
}

static void test_round_limits(void **state)
{
    (void)state;
    const dr_round even = DR_ROUND_HALF_EVEN;
    int64_t n = 0;
    assert_true(rounds_to(num("2.675"), 2, DR_ROUND_HALF_UP, 268));
    assert_true(rounds_to(num("2.665"), 2, even, 266));
    assert_true(rounds_to(num("-2.5"), 0, DR_ROUND_HALF_UP, -3));
    assert_true(rounds_to(num("-2.5"), 0, even, -2));
    assert_true(rounds_to(num("1e-18"), 18, even, 1));
    assert_true(rounds_to(num("1e-18"), 17, DR_ROUND_UP, 1));
    assert_true(rounds_to(dr_num_int(INT64_MAX), 0, even, INT64_MAX));
    assert_true(rounds_to(dr_num_int(INT64_MIN), 0, even, INT64_MIN));
    assert_false(dr_num_round((dr_num){(dr_i128)INT64_MAX + 1, 1}, 0, even, &n));
    assert_false(dr_num_round((dr_num){(dr_i128)INT64_MIN - 1, 1}, 0, even, &n));
    dr_num half_above = {(dr_i128)INT64_MAX * 2 + 1, 2};
    assert_true(rounds_to(half_above, 0, DR_ROUND_DOWN, INT64_MAX));
    assert_false(dr_num_round(half_above, 0, DR_ROUND_UP, &n));
    assert_false(dr_num_round(dr_num_int(INT64_MAX), 1, even, &n));
    assert_true(rounds_to((dr_num){MAX, 1}, -20, DR_ROUND_DOWN, 1701411834604692317));
    assert_true(rounds_to((dr_num){MIN, 1}, -38, DR_ROUND_HALF_UP, -2));
    assert_true(rounds_to((dr_num){MAX, 1}, -39, DR_ROUND_HALF_UP, 0));
    assert_true(rounds_to((dr_num){MAX, 1}, -39, DR_ROUND_UP, 1));
    assert_true(rounds_to((dr_num){MIN, 1}, INT32_MIN, DR_ROUND_UP, -1));
    assert_true(rounds_to((dr_num){0, 1}, INT32_MIN, DR_ROUND_UP, 0));
    assert_true(rounds_to((dr_num){0, 1}, INT32_MAX, DR_ROUND_UP, 0));
    assert_false(dr_num_round((dr_num){1, MAX}, INT32_MAX, even, &n));
    assert_true(rounds_to((dr_num){1, MAX}, 39, DR_ROUND_DOWN, 5));
    assert_true(rounds_to((dr_num){1, MAX}, 56, DR_ROUND_DOWN, 587747175411143753));
    assert_true(rounds_to((dr_num){MAX - 1, MAX}, 18, DR_ROUND_DOWN, 999999999999999999));
    assert_true(rounds_to((dr_num){MAX - 1, MAX}, 18, even, 1000000000000000000));
    assert_true(rounds_to((dr_num){2, 3}, 18, even, 666666666666666667));
    assert_true(dr_num_floor((dr_num){-1, MAX}, &n) && n == -1);
    assert_true(dr_num_floor((dr_num){INT64_MIN, 1}, &n) && n == INT64_MIN);
    assert_false(dr_num_floor((dr_num){(dr_i128)INT64_MIN * 2 - 1, 2}, &n));
    assert_true(dr_num_floor(half_above, &n) && n == INT64_MAX);
    assert_false(dr_num_floor((dr_num){MIN, 1}, &n));
}

static void test_write(void **state)
{
    (void)state;
    check_written(frac(0, 1), "0");
    check_written(frac(2, 5), "0.4");
    check_written(frac(-25, 2), "-12.5");
    check_written(frac(1, 3), "1/3");
    check_written(frac(-10, 7), "-10/7");
    check_written(frac(1, 8), "0.125");
    check_written(frac(1001, 1000), "1.001");
    check_written((dr_num){MIN, 1}, "-170141183460469231731687303715884105728");
    check_written((dr_num){MAX, 1}, "170141183460469231731687303715884105727");
    check_written((dr_num){1, MAX}, "1/170141183460469231731687303715884105727");
    check_written((dr_num){1, ten_to(38)}, "0.00000000000000000000000000000000000001");
    check_written((dr_num){MAX, ten_to(38)}, "1.70141183460469231731687303715884105727");
    check_written((dr_num){1, (dr_i128)1 << 64},
                  "0.0000000000000000000542101086242752217003726400434970855712890625");
}

/* What is written reads back as the same number, as far as parse goes. */
static void test_write_and_parse(void **state)
{
    (void)state;
    uint64_t dice = 77;
    for (int i = 0; i < 50000; i++) {
        int64_t top = roll_in(&dice, -999999999, 999999999);
        int places = (int)roll_in(&dice, 0, 18);
        dr_num n = {0, 0}, back = {0, 0}, power = {ten_to(places), 1};
        assert_true(dr_num_div(dr_num_int(top), power, &n));
        dr_buf b;
        dr_buf_init(&b, NULL, 1000);
        dr_num_write(n, &b);
        assert_true(dr_num_parse(b.data, b.len, &back));
        check_same(n, back);
        dr_buf_free(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse_good),      cmocka_unit_test(test_parse_bad),
        cmocka_unit_test(test_small_fractions), cmocka_unit_test(test_laws),
        cmocka_unit_test(test_limits),          cmocka_unit_test(test_cmp_wide),
        cmocka_unit_test(test_round),           cmocka_unit_test(test_round_limits),
        cmocka_unit_test(test_write),           cmocka_unit_test(test_write_and_parse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
