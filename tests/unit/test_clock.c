/* drip: test_clock.c, tests. Every day of ten millennia, instants at limits, span sets against bitmaps. */
#include "clock.h"
#include "unit.h"

/* ---- dates, instants, durations ---- */

static void test_every_day(void **state)
{
    (void)state;
    static const int lengths[13] = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t expected = -719162; /* 0001-01-01 */
    for (int y = 1; y <= 9999; y++)
        for (int m = 1; m <= 12; m++) {
            bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
            int days = lengths[m] + (m == 2 && leap), y2 = 0, m2 = 0, d2 = 0;
            int64_t n = 0;
            for (int d = 1; d <= days; d++, expected++) {
                if (!dr_date_make(y, m, d, &n) || n != expected)
                    fail_msg("%d-%d-%d", y, m, d);
                dr_date_split(n, &y2, &m2, &d2);
                if (y2 != y || m2 != m || d2 != d)
                    fail_msg("%d-%d-%d splits wrongly", y, m, d);
            }
            assert_false(dr_date_make(y, m, days + 1, &n));
            assert_false(dr_date_make(y, m, 0, &n));
        }
    int64_t n = 0;
    assert_true(dr_date_make(1970, 1, 1, &n) && n == 0);
    assert_true(dr_date_make(2024, 2, 29, &n) && n == 19782);
    assert_false(dr_date_make(0, 12, 31, &n));
    assert_false(dr_date_make(10000, 1, 1, &n));
    assert_false(dr_date_make(2024, 0, 1, &n));
    assert_false(dr_date_make(2024, 13, 1, &n));
    assert_false(dr_date_make(2024, 1, -1, &n));
}

static bool date(const char *text, int64_t *days)
{
    size_t len = strlen(text);
    char *exact = malloc(len + 1); /* so that a sanitizer sees reads past the end */
    assert_non_null(exact);
    memcpy(exact + 1, text, len);
    bool good = dr_date_parse(exact + 1, len, days);
    free(exact);
    return good;
}

static void test_date_parse(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "", "2024", "2024-02-30", "2023-02-29", "1900-02-29", "2024-13-01", "2024-00-01", "2024-01-00",
        "2024-1-01", "2024-01-1", "2024-01-011", " 2024-01-01", "2024/01/01", "2024-01/01", "+024-01-01",
        "2024-01-0x", "0000-01-01", "20240101", "-001-01-01", "2024-04-31", "2024-01-01T",
    };
    int64_t days = 0;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(date(bad[i], &days));
    assert_true(date("2024-02-29", &days) && days == 19782);
    assert_true(date("2000-02-29", &days) && days == 11016);
    assert_true(date("0001-01-01", &days) && days == -719162);
    assert_true(date("9999-12-31", &days) && days == 2932896);
}

static void check_text(dr_buf *b, const char *expected)
{
    assert_string_equal(b->data, expected);
    dr_buf_clear(b);
}

static void test_date_write(void **state)
{
    (void)state;
    dr_buf b;
    dr_buf_init(&b, NULL, 1000);
    dr_date_write(0, &b);
    check_text(&b, "1970-01-01");
    dr_date_write(-719162, &b);
    check_text(&b, "0001-01-01");
    dr_date_write(-719163, &b);
    check_text(&b, "0000-12-31");
    dr_date_write(-719529, &b);
    check_text(&b, "-0001-12-31");
    dr_date_write(2932897, &b);
    check_text(&b, "10000-01-01");
    dr_date_write(INT64_MAX, &b); /* absurd, yet defined */
    dr_date_write(INT64_MIN, &b);
    dr_instant_write(INT64_MAX, true, 50400, &b);
    dr_instant_write(INT64_MIN, true, -50400, &b);
    dr_instant_write(DR_FOREVER, false, 0, &b);
    assert_false(b.failed);
    dr_buf_free(&b);
}

/* Parses, compares, and writes back. Seconds are checked against a count of days made another way. */
static void check_instant(const char *text, int64_t seconds, bool has_offset, int32_t offset,
                          const char *written)
{
    int64_t s = 0;
    bool has = false;
    int32_t o = 0;
    if (!dr_instant_parse(text, strlen(text), &s, &has, &o))
        fail_msg("%s is refused", text);
    assert_int_equal(s, seconds);
    assert_int_equal(has, has_offset);
    assert_int_equal(o, offset);
    dr_buf b;
    dr_buf_init(&b, NULL, 1000);
    dr_instant_write(s, has, o, &b);
    check_text(&b, written != NULL ? written : text);
    dr_buf_free(&b);
}

static void test_instant(void **state)
{
    (void)state;
    check_instant("1970-01-01T00:00", 0, false, 0, NULL);
    check_instant("1970-01-01T00:00Z", 0, true, 0, NULL);
    check_instant("1970-01-01T00:00:00+00:00", 0, true, 0, "1970-01-01T00:00Z");
    check_instant("1970-01-01T00:00:01", 1, false, 0, NULL);
    check_instant("1970-01-01T02:00+02:00", 0, true, 7200, NULL);
    check_instant("1969-12-31T19:00-05:00", 0, true, -18000, NULL);
    check_instant("1970-01-01T14:00+14:00", 0, true, 50400, NULL);
    check_instant("1969-12-31T10:00-14:00", 0, true, -50400, NULL);
    check_instant("1969-12-31T23:59:59", -1, false, 0, NULL);
    check_instant("2024-02-29T23:59:59+05:45", 19782 * 86400LL + 86399 - 20700, true, 20700, NULL);
    check_instant("0001-01-01T00:00+14:00", -719162 * 86400LL - 50400, true, 50400, NULL);
    check_instant("9999-12-31T23:59:59-14:00", 2932897 * 86400LL - 1 + 50400, true, -50400, NULL);
    check_instant("2024-03-01T08:05:00", 19783 * 86400LL + 29100, false, 0, "2024-03-01T08:05");
}

static void test_instant_bad(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "", "2024-01-01", "2024-01-01T", "2024-01-01T00", "2024-01-01T00:0", "2024-01-01 00:00",
        "2024-01-01t00:00", "2024-01-01T24:00", "2024-01-01T00:60", "2024-01-01T00:00:60",
        "2024-01-01T00:00:",
        "2024-01-01T00:00:0", "2024-01-01T00:00:00.5", "2024-01-01T00:00z", "2024-01-01T00:00ZZ",
        "2024-01-01T00:00-00:00", "2024-01-01T00:00+14:01", "2024-01-01T00:00-14:01",
        "2024-01-01T00:00+13:60",
        "2024-01-01T00:00+15:00", "2024-01-01T00:00+1:00", "2024-01-01T00:00+0100", "2024-01-01T00:00+01",
        "2024-01-01T00:00+01:000", "2024-01-01T0a:00", "2024-01-01T00-00", "2023-02-29T00:00",
        "2024-01-01T00:00:00:00", "2024-01-01T+1:00", "2024-01-01T00:00 ", "2024-01-01T00:00+-1:00",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int64_t s = 0;
        bool has = false;
        int32_t o = 0;
        size_t len = strlen(bad[i]);
        char *exact = malloc(len + 1);
        assert_non_null(exact);
        memcpy(exact + 1, bad[i], len);
        if (dr_instant_parse(exact + 1, len, &s, &has, &o))
            fail_msg("%s is accepted", bad[i]);
        free(exact);
    }
}

static void test_date_of(void **state)
{
    (void)state;
    assert_int_equal(dr_date_of(0, 0), 0);
    assert_int_equal(dr_date_of(-1, 0), -1);
    assert_int_equal(dr_date_of(86399, 0), 0);
    assert_int_equal(dr_date_of(86400, 0), 1);
    assert_int_equal(dr_date_of(-86400, 0), -1);
    assert_int_equal(dr_date_of(-86401, 0), -2);
    assert_int_equal(dr_date_of(0, -3600), -1);
    assert_int_equal(dr_date_of(86400 - 7200, 7200), 1);
    assert_int_equal(dr_date_of(INT64_MAX, 50400), INT64_MAX / 86400);
    assert_int_equal(dr_date_of(INT64_MIN, -50400), INT64_MIN / 86400 - 1);
}

static void test_duration(void **state)
{
    (void)state;
    static const struct {
        int64_t seconds;
        const char *text;
    } cases[] = {
        {0, "0 min"}, {45, "45 s"}, {59, "59 s"}, {60, "1 min"}, {61, "1 min 1 s"}, {-300, "-5 min"},
        {3599, "59 min 59 s"}, {3600, "1 h"}, {5460, "1 h 31 min"}, {3601, "1 h 1 s"},
        {-3661, "-1 h 1 min 1 s"},
        {129600, "36 h"}, {INT64_MIN, "-2562047788015215 h 30 min 8 s"},
        {INT64_MAX, "2562047788015215 h 30 min 7 s"},
    };
    dr_buf b;
    dr_buf_init(&b, NULL, 1000);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        dr_duration_write(cases[i].seconds, &b);
        check_text(&b, cases[i].text);
    }
    dr_buf_free(&b);
}

/* ---- span sets against bitmaps: one byte per instant ---- */

enum { WIDE = 1500 };
typedef struct map {
    int size;
    unsigned char on[WIDE];
} map;

static const dr_spans *set_of(dr_arena *arena, const map *m)
{
    dr_range ranges[WIDE];
    uint32_t n = 0;
    for (int i = 0; i < m->size; i++) {
        if (!m->on[i])
            continue;
        if (n > 0 && ranges[n - 1].end == i)
            ranges[n - 1].end++;
        else
            ranges[n++] = (dr_range){i, i + 1};
    }
    return dr_spans_from(arena, ranges, n);
}

/* The set has just these instants, and is normal. */
static void check_set(const dr_spans *s, const map *m)
{
    map found = {.size = m->size};
    assert_non_null(s);
    for (uint32_t i = 0; i < s->count; i++) {
        assert_true(s->at[i].start < s->at[i].end);
        assert_true(i == 0 || s->at[i - 1].end < s->at[i].start);
        assert_true(s->at[i].start >= 0 && s->at[i].end <= m->size);
        memset(found.on + s->at[i].start, 1, (size_t)(s->at[i].end - s->at[i].start));
    }
    assert_memory_equal(found.on, m->on, (size_t)m->size);
}

/* Runs of random lengths, so that dense, sparse, empty and full maps all come up. */
static map random_map(uint64_t *dice, int size)
{
    map m = {.size = size};
    int on_max = (int)roll_in(dice, 1, 12), off_max = (int)roll_in(dice, 1, size);
    if (roll_in(dice, 0, 2) == 0)
        off_max = (int)roll_in(dice, 1, 4);
    for (int i = (int)roll_in(dice, 0, off_max); i < size;) {
        int n = (int)roll_in(dice, 1, on_max);
        for (int k = 0; k < n && i < size; k++)
            m.on[i++] = 1;
        i += (int)roll_in(dice, 1, off_max);
    }
    return m;
}

static int gap_length(const map *m, int at)
{
    int from = at, to = at;
    while (from > 0 && !m->on[from - 1])
        from--;
    while (to < m->size && !m->on[to])
        to++;
    return from == 0 || to == m->size ? 0 : to - from;
}

static int run_length(const map *m, int at)
{
    int from = at, to = at;
    while (from > 0 && m->on[from - 1])
        from--;
    while (to < m->size && m->on[to])
        to++;
    return to - from;
}

static void check_pair(dr_arena *arena, const map *x, const map *y)
{
    const dr_spans *a = set_of(arena, x), *b = set_of(arena, y);
    map both = {.size = x->size}, either = both, left = both;
    int shared = 0, outside = 0, differ = 0;
    check_set(a, x);
    for (int i = 0; i < x->size; i++) {
        both.on[i] = x->on[i] & y->on[i];
        either.on[i] = x->on[i] | y->on[i];
        left.on[i] = x->on[i] & !y->on[i];
        shared += both.on[i];
        outside += left.on[i];
        differ += x->on[i] != y->on[i];
    }
    char *before = arena->at;
    const dr_spans *u = dr_spans_union(arena, a, b);
    check_set(u, &either);
    /* The room reserved for a larger result was given back (unless an operand was shared). */
    if (u != a && u != b && before < arena->at && (size_t)(arena->at - before) < 4096)
        assert_true((size_t)(arena->at - before) <= 8 + u->count * sizeof(dr_range) + 15);
    check_set(dr_spans_union(arena, b, a), &either);
    check_set(dr_spans_intersect(arena, a, b), &both);
    check_set(dr_spans_intersect(arena, b, a), &both);
    check_set(dr_spans_minus(arena, a, b), &left);
    assert_int_equal(dr_spans_overlap(a, b), shared > 0);
    assert_int_equal(dr_spans_overlap(b, a), shared > 0);
    assert_int_equal(dr_spans_within(a, b), outside == 0);
    assert_int_equal(dr_spans_equal(a, b), differ == 0);
    check_set(a, x); /* the operands are as they were */
    check_set(b, y);
}

static void check_one(dr_arena *arena, const map *x, uint64_t *dice)
{
    const dr_spans *a = set_of(arena, x);
    int64_t over = roll_in(dice, -1, 8);
    map long_ones = {.size = x->size}, gaps = long_ones;
    int64_t length = 0;
    for (int i = 0; i < x->size; i++) {
        long_ones.on[i] = x->on[i] && run_length(x, i) > over;
        gaps.on[i] = !x->on[i] && gap_length(x, i) > 0;
        length += x->on[i];
        assert_int_equal(dr_spans_contains(a, i), x->on[i]);
    }
    assert_false(dr_spans_contains(a, -1));
    assert_false(dr_spans_contains(a, x->size));
    check_set(dr_spans_longer(arena, a, over), &long_ones);
    check_set(dr_spans_gaps(arena, a), &gaps);
    assert_int_equal(dr_spans_length(a), length);
}

static void test_spans_random(void **state)
{
    (void)state;
    uint64_t dice = 42;
    dr_arena arena;
    dr_arena_init(&arena, NULL, 1 << 20, SIZE_MAX);
    for (int round = 0; round < 40000; round++) {
        int size = (int)roll_in(&dice, 1, round % 50 == 0 ? WIDE : 40);
        map x = random_map(&dice, size), y = random_map(&dice, size);
        if (round % 7 == 0) /* a small set near some place of a large one */
            memset(y.on, 0, (size_t)roll_in(&dice, 0, size));
        if (round % 11 == 0)
            y = x;
        check_pair(&arena, &x, &y);
        check_one(&arena, &x, &dice);
        dr_arena_reset(&arena);
    }
    dr_arena_free(&arena);
}

/* Every pair of sets over seven instants. */
static void test_spans_all_small(void **state)
{
    (void)state;
    dr_arena arena;
    dr_arena_init(&arena, NULL, 1 << 16, SIZE_MAX);
    for (int p = 0; p < 128; p++)
        for (int q = 0; q < 128; q++) {
            map x = {.size = 7}, y = x;
            for (int i = 0; i < 7; i++) {
                x.on[i] = p >> i & 1;
                y.on[i] = q >> i & 1;
            }
            check_pair(&arena, &x, &y);
            dr_arena_reset(&arena);
        }
    dr_arena_free(&arena);
}

static void test_spans_from(void **state)
{
    (void)state;
    uint64_t dice = 5;
    dr_arena arena;
    dr_arena_init(&arena, NULL, 1 << 16, SIZE_MAX);
    for (int round = 0; round < 5000; round++) {
        map m = {.size = 200};
        dr_range ranges[60];
        uint32_t n = (uint32_t)roll_in(&dice, 0, 60);
        for (uint32_t i = 0; i < n; i++) {
            int64_t start = roll_in(&dice, 0, 199), end = start + roll_in(&dice, -3, round % 2 ? 4 : 40);
            end = end > 200 ? 200 : end < 0 ? 0 : end;
            ranges[i] = (dr_range){start, end};
            if (end > start)
                memset(m.on + start, 1, (size_t)(end - start));
        }
        check_set(dr_spans_from(&arena, ranges, n), &m);
        dr_arena_reset(&arena);
    }
    assert_ptr_equal(dr_spans_from(&arena, NULL, 0), &dr_spans_empty);
    dr_arena_free(&arena);
}

static void test_spans_limits(void **state)
{
    (void)state;
    dr_arena arena;
    dr_arena_init(&arena, NULL, 0, SIZE_MAX);
    assert_ptr_equal(dr_spans_one(&arena, 5, 5), &dr_spans_empty);
    assert_ptr_equal(dr_spans_one(&arena, 6, 5), &dr_spans_empty);
    const dr_spans *all = dr_spans_one(&arena, INT64_MIN, INT64_MAX);
    const dr_spans *low = dr_spans_one(&arena, INT64_MIN, 0), *high = dr_spans_one(&arena, 0, INT64_MAX);
    assert_int_equal(dr_spans_length(all), INT64_MAX);
    assert_int_equal(dr_spans_length(high), INT64_MAX);
    assert_true(dr_spans_equal(dr_spans_union(&arena, low, high), all));
    assert_true(dr_spans_equal(dr_spans_union(&arena, high, low), all));
    assert_true(dr_spans_equal(dr_spans_minus(&arena, all, low), high));
    assert_true(dr_spans_equal(dr_spans_minus(&arena, all, high), low));
    assert_int_equal(dr_spans_intersect(&arena, low, high)->count, 0);
    assert_false(dr_spans_overlap(low, high));
    assert_true(dr_spans_equal(dr_spans_longer(&arena, all, INT64_MAX), all));
    assert_int_equal(dr_spans_longer(&arena, high, INT64_MAX)->count, 0);
    assert_int_equal(dr_spans_longer(&arena, high, INT64_MAX - 1)->count, 1);
    assert_int_equal(dr_spans_longer(&arena, high, INT64_MIN)->count, 1);
    assert_true(dr_spans_contains(all, INT64_MIN));
    assert_false(dr_spans_contains(all, INT64_MAX));
    dr_arena_free(&arena);
}

/* Sharing an operand costs nothing; so does a small set against a large one that it does not change. */
static void test_spans_share(void **state)
{
    (void)state;
    dr_arena arena;
    dr_arena_init(&arena, NULL, 1 << 16, SIZE_MAX);
    dr_range ranges[1000];
    for (int i = 0; i < 1000; i++)
        ranges[i] = (dr_range){i * 10, i * 10 + 6};
    const dr_spans *many = dr_spans_from(&arena, ranges, 1000);
    const dr_spans *in = dr_spans_one(&arena, 5002, 5004), *out = dr_spans_one(&arena, 5007, 5008);
    const dr_spans *around = dr_spans_one(&arena, -5, 20000);
    size_t used = arena.used;
    char *at = arena.at;
    assert_ptr_equal(dr_spans_union(&arena, many, in), many);
    assert_ptr_equal(dr_spans_union(&arena, in, many), many);
    assert_ptr_equal(dr_spans_union(&arena, many, around), around);
    assert_ptr_equal(dr_spans_union(&arena, many, &dr_spans_empty), many);
    assert_ptr_equal(dr_spans_intersect(&arena, many, in), in);
    assert_ptr_equal(dr_spans_minus(&arena, out, many), out);
    assert_ptr_equal(dr_spans_minus(&arena, in, many), &dr_spans_empty);
    assert_ptr_equal(dr_spans_minus(&arena, in, &dr_spans_empty), in);
    assert_int_equal(dr_spans_intersect(&arena, many, out)->count, 0);
    assert_true(arena.at == at && arena.used == used);
    dr_arena_free(&arena);
}

static void test_spans_no_memory(void **state)
{
    (void)state;
    dr_arena arena, none;
    dr_arena_init(&arena, NULL, 1 << 16, SIZE_MAX);
    dr_arena_init(&none, NULL, 64, 0);
    dr_range ranges[3] = {{0, 10}, {20, 30}, {40, 60}}, others[2] = {{5, 25}, {70, 80}};
    const dr_spans *a = dr_spans_from(&arena, ranges, 3), *b = dr_spans_from(&arena, others, 2);
    assert_null(dr_spans_one(&none, 0, 1));
    assert_null(dr_spans_union(&none, a, b));
    assert_null(dr_spans_intersect(&none, a, b));
    assert_null(dr_spans_minus(&none, a, b));
    assert_null(dr_spans_longer(&none, a, 15));
    assert_null(dr_spans_gaps(&none, a));
    assert_null(dr_spans_from(&none, ranges, 3));
    assert_true(none.failed);
    dr_arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_day),       cmocka_unit_test(test_date_parse),
        cmocka_unit_test(test_date_write),      cmocka_unit_test(test_instant),
        cmocka_unit_test(test_instant_bad),     cmocka_unit_test(test_date_of),
        cmocka_unit_test(test_duration),        cmocka_unit_test(test_spans_random),
        cmocka_unit_test(test_spans_all_small), cmocka_unit_test(test_spans_from),
        cmocka_unit_test(test_spans_limits),    cmocka_unit_test(test_spans_share),
        cmocka_unit_test(test_spans_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
