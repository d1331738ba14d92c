/* drip: test_mem.c, tests. Arenas and buffers at their caps, with an allocator that fails, and wiping. */
#include "unit.h"

static void test_alloc(void **state)
{
    (void)state;
    tally t = {.live = 0};
    dr_alloc a = tally_alloc(&t);
    char *p = dr_new(&a, 40);
    for (int i = 0; i < 40; i++)
        assert_int_equal(p[i], 0);
    memset(p, 'x', 40);
    p = dr_resize(&a, p, 40, 100);
    for (int i = 0; i < 40; i++)
        assert_int_equal(p[i], 'x');
    memset(p, 'y', 100);
    p = dr_resize(&a, p, 100, 3);
    assert_memory_equal(p, "yyy", 3);
    t.fail_at = t.calls + 1;
    assert_null(dr_resize(&a, p, 3, 200));
    assert_memory_equal(p, "yyy", 3);
    assert_null(dr_new(&a, 5));
    assert_null(dr_resize(&a, p, 3, 0));
    assert_null(dr_new(&a, 0));
    dr_free(&a, NULL, 0);
    assert_clean(&t);
    dr_alloc libc = dr_alloc_default();
    p = dr_resize(&libc, NULL, 0, 10);
    assert_non_null(p);
    memset(p, 1, 10);
    p = dr_resize(&libc, p, 10, 20);
    assert_int_equal(p[9], 1);
    dr_free(&libc, p, 20);
}

static void test_size_mul(void **state)
{
    (void)state;
    size_t n = 0;
    assert_true(dr_size_mul(SIZE_MAX / 2, 2, &n));
    assert_int_equal(n, SIZE_MAX - 1);
    assert_false(dr_size_mul(SIZE_MAX / 2 + 1, 2, &n));
    assert_true(dr_size_mul(0, SIZE_MAX, &n));
    assert_int_equal(n, 0);
}

static void test_arena_takes(void **state)
{
    (void)state;
    tally t = {.live = 0};
    dr_alloc a = tally_alloc(&t);
    dr_arena arena;
    dr_arena_init(&arena, &a, 256, 1 << 20);
    assert_non_null(dr_take(&arena, 0));
    assert_int_equal(t.calls, 0);
    char *all[300];
    for (size_t i = 0; i < 300; i++) {
        all[i] = dr_take(&arena, i);
        assert_non_null(all[i]);
        assert_int_equal((uintptr_t)all[i] % 16, 0);
        memset(all[i], (int)i, i);
    }
    for (size_t i = 0; i < 300; i++)
        for (size_t j = 0; j < i; j++)
            assert_int_equal((unsigned char)all[i][j], i & 255);
    assert_int_equal(arena.used, t.live);
    assert_true(t.calls < 12); /* they double */
    int *zeros = dr_take_zero(&arena, 100, sizeof *zeros);
    for (int i = 0; i < 100; i++)
        assert_int_equal(zeros[i], 0);
    assert_string_equal(dr_take_text(&arena, "abcdef", 3), "abc");
    assert_string_equal(dr_take_text(&arena, NULL, 0), "");
    assert_false(arena.failed);
    dr_arena_free(&arena);
    assert_int_equal(arena.used, 0);
    assert_clean(&t);
    assert_non_null(dr_take(&arena, 10)); /* it may be used again */
    dr_arena_free(&arena);
    assert_clean(&t);
}

static void test_arena_cap(void **state)
{
    (void)state;
    tally t = {.live = 0};
    dr_alloc a = tally_alloc(&t);
    dr_arena arena;
    dr_arena_init(&arena, &a, 64, 1024); /* a chunk's head takes 16 */
    assert_non_null(dr_take(&arena, 1008));
    assert_int_equal(arena.used, 1024);
    assert_null(dr_take(&arena, 1));
    assert_true(arena.failed);
    dr_arena_free(&arena);
    assert_false(arena.failed);
    assert_null(dr_take(&arena, 1009));
    assert_true(arena.failed);
    dr_arena_reset(&arena);
    assert_false(arena.failed);
    assert_null(dr_take(&arena, SIZE_MAX));
    assert_null(dr_take(&arena, SIZE_MAX - 15));
    assert_null(dr_take(&arena, SIZE_MAX - 31));
    assert_null(dr_take_zero(&arena, SIZE_MAX / 2, 3));
    assert_true(arena.failed);
    dr_arena_reset(&arena);
    assert_null(dr_take_text(&arena, "x", SIZE_MAX));
    assert_true(arena.failed);
    dr_arena_reset(&arena);
    int n = 0;
    while (dr_take(&arena, 16) != NULL)
        n++;
    assert_int_equal(arena.used, 1024); /* the last chunk is cut to what remains */
    assert_true(n >= 58);
    dr_arena_free(&arena);
    dr_arena_init(&arena, &a, 64, 0);
    assert_null(dr_take(&arena, 1));
    assert_clean(&t);
}

static void test_arena_chunk_sizes(void **state)
{
    (void)state;
    tally t = {.live = 0};
    dr_alloc a = tally_alloc(&t);
    dr_arena arena;
    dr_arena_init(&arena, &a, 300 * 1024, SIZE_MAX);
    const size_t expected[4] = {300 * 1024, 600 * 1024, 1 << 20, 1 << 20};
    size_t before = 0;
    for (int i = 0; i < 4; i++) {
        dr_take(&arena, 16);
        assert_int_equal(t.live - before, expected[i]);
        before = t.live;
        dr_take(&arena, (size_t)(arena.end - arena.at) & ~(size_t)15);
    }
    assert_non_null(dr_take(&arena, 5 << 20));
    assert_int_equal(t.live - before, (5 << 20) + 16);
    before = t.live;
    dr_take(&arena, 1);
    assert_int_equal(t.live - before, 1 << 20);
    before = t.live;
    char *at = arena.at;
    char *big = dr_take(&arena, 2 << 20); /* goes behind the chunk in use, which stays in use */
    memset(big, 'b', 2 << 20);
    assert_int_equal(t.live - before, (2 << 20) + 16);
    assert_ptr_equal(dr_take(&arena, 16), at);
    dr_arena_reset(&arena);
    assert_int_equal(t.live, (5 << 20) + 16); /* the largest stays */
    assert_int_equal(arena.used, t.live);
    size_t calls = t.calls;
    assert_non_null(dr_take(&arena, 5 << 20));
    assert_int_equal(t.calls, calls);
    dr_arena_free(&arena);
    assert_clean(&t);
}

static void test_arena_fails(void **state)
{
    (void)state;
    for (size_t fail_at = 1; fail_at < 6; fail_at++) {
        tally t = {.fail_at = fail_at};
        dr_alloc a = tally_alloc(&t);
        dr_arena arena;
        dr_arena_init(&arena, &a, 64, SIZE_MAX);
        int n = 0;
        for (; n < 100000; n++) {
            char *p = dr_take(&arena, 40);
            if (p == NULL)
                break;
            memset(p, 'p', 40);
        }
        assert_true(arena.failed);
        assert_true(n < 100);
        dr_arena_reset(&arena);
        assert_false(arena.failed);
        dr_arena_free(&arena);
        assert_clean(&t);
    }
}

static void test_buf(void **state)
{
    (void)state;
    tally t = {.live = 0};
    dr_alloc a = tally_alloc(&t);
    dr_buf b;
    dr_buf_init(&b, &a, SIZE_MAX);
    for (int i = 0; i < 1000; i++)
        dr_buf_text(&b, "patient ");
    assert_int_equal(b.len, 8000);
    assert_int_equal(strlen(b.data), 8000);
    dr_buf_clear(&b);
    assert_string_equal(b.data, "");
    dr_buf_fill(&b, '-', 3);
    dr_buf_char(&b, '>');
    dr_buf_bytes(&b, NULL, 0);
    const int64_t ints[] = {0, 9, 10, -1, INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < sizeof ints / sizeof *ints; i++) {
        dr_buf_int(&b, ints[i]);
        dr_buf_char(&b, ' ');
    }
    assert_string_equal(b.data, "--->0 9 10 -1 9223372036854775807 -9223372036854775808 ");
    assert_false(b.failed);
    dr_buf_free(&b);
    assert_clean(&t);
}

static void test_buf_cap(void **state)
{
    (void)state;
    for (size_t cap = 0; cap < 200; cap++) {
        dr_buf b;
        dr_buf_init(&b, NULL, cap);
        for (size_t i = 0; i < cap; i++)
            dr_buf_char(&b, 'c');
        assert_false(b.failed);
        dr_buf_char(&b, 'd');
        assert_true(b.failed);
        dr_buf_bytes(&b, NULL, 0);
        assert_true(b.failed); /* sticky */
        assert_int_equal(b.len, cap);
        assert_true(b.data == NULL || strlen(b.data) == cap);
        dr_buf_clear(&b);
        dr_buf_fill(&b, 'e', cap);
        assert_false(b.failed);
        dr_buf_clear(&b);
        dr_buf_fill(&b, 'e', cap + 1);
        assert_true(b.failed);
        dr_buf_clear(&b);
        dr_buf_fill(&b, 'e', SIZE_MAX);
        assert_true(b.failed);
        dr_buf_free(&b);
    }
}

static void test_buf_fails(void **state)
{
    (void)state;
    for (size_t fail_at = 1; fail_at < 8; fail_at++) {
        tally t = {.fail_at = fail_at};
        dr_alloc a = tally_alloc(&t);
        dr_buf b;
        dr_buf_init(&b, &a, SIZE_MAX);
        for (int i = 0; i < 20000 && !b.failed; i++)
            dr_buf_char(&b, 'x');
        assert_true(b.failed);
        assert_true(b.data == NULL || strlen(b.data) == b.len);
        dr_buf_free(&b);
        assert_clean(&t);
    }
}

static void check_writer(void (*write)(dr_buf *, const char *, size_t), const char *text, size_t len,
                         const char *expected)
{
    dr_buf b;
    dr_buf_init(&b, NULL, 1000);
    char *exact = malloc(len + 1); /* so that a sanitizer sees reads past the end */
    assert_non_null(exact);
    char *tail = exact + 1;
    memcpy(tail, text, len);
    write(&b, tail, len);
    assert_string_equal(b.data != NULL ? b.data : "", expected);
    free(exact);
    dr_buf_free(&b);
}

#define JSON(text, expected) check_writer(dr_buf_json, text, sizeof text - 1, expected)
#define PLAIN(text, expected) check_writer(dr_buf_plain, text, sizeof text - 1, expected)

static void test_json(void **state)
{
    (void)state;
    JSON("", "\"\"");
    JSON("plain \xC3\xA9 \xF0\x9F\x92\x89", "\"plain \xC3\xA9 \xF0\x9F\x92\x89\"");
    JSON("a\"b\\c/", "\"a\\\"b\\\\c/\"");
    JSON("\n\r\t\b\f\0\x1f\x7f", "\"\\n\\r\\t\\b\\f\\u0000\\u001f\\u007f\"");
    JSON("\xC2\x80", "\"\\u0080\"");
    JSON("a\xFFz", "\"a\\ufffdz\"");
    JSON("a\xE2\x82", "\"a\\ufffd\\ufffd\"");
}

static void test_plain(void **state)
{
    (void)state;
    PLAIN("", "");
    PLAIN("5 \xC2\xB5g \\ \"x\"", "5 \xC2\xB5g \\ \"x\"");
    PLAIN("\x1B[31m\n\t\0", "\\x1b[31m\\x0a\\x09\\x00");
    PLAIN("\x7F\xC2\x9B", "\\x7f\\xc2\\x9b");
    PLAIN("\xC2\xA0", "\xC2\xA0");
    PLAIN("\xE2\x80\xAE" "cba", "\\xe2\\x80\\xaecba");
    PLAIN("\xE2\x81\xA6\xE2\x81\xA9\xE2\x80\x8F\xD8\x9C",
          "\\xe2\\x81\\xa6\\xe2\\x81\\xa9\\xe2\\x80\\x8f\\xd8\\x9c");
    PLAIN("\xC0\x80\xF5", "\\xc0\\x80\\xf5");
}

#define GOOD(text) assert_true(dr_utf8_valid(text, sizeof text - 1, NULL))
#define BAD(text, where) check_bad(text, sizeof text - 1, where)

static void check_bad(const char *text, size_t len, size_t where)
{
    size_t at = 999;
    char padded[64];
    assert_false(dr_utf8_valid(text, len, &at));
    assert_int_equal(at, where);
    assert_false(dr_utf8_valid(text, len, NULL));
    for (size_t shift = 0; shift < 20; shift++) { /* around the eight-byte steps */
        memset(padded, 'a', sizeof padded);
        memcpy(padded + shift, text, len);
        assert_false(dr_utf8_valid(padded, 40, &at));
        assert_int_equal(at, shift + where);
    }
}

static void test_utf8(void **state)
{
    (void)state;
    GOOD("");
    GOOD("abcdefghijklmnop\x7F\x01");
    GOOD("\xC2\x80\xDF\xBF\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80\xEF\xBF\xBF\xF0\x90\x80\x80\xF4\x8F\xBF\xBF");
    BAD("\0", 0);
    BAD("abcdefg\0", 7);
    BAD("\x80", 0);
    BAD("\xC1\xBF", 0);
    BAD("a\xE0\x9F\xBF", 1);
    BAD("\xED\xA0\x80", 0);
    BAD("\xED\xBF\xBF", 0);
    BAD("\xF0\x8F\xBF\xBF", 0);
    BAD("\xF4\x90\x80\x80", 0);
    BAD("\xF5\x80\x80\x80", 0);
    BAD("\xFF", 0);
    BAD("\xC3\xA9\xC3", 2);
    BAD("\xE2\x82", 0);
    BAD("\xE2\x82\x41", 0);
}

/* Every code point, encoded by hand, and every three bytes against the ranges of the standard's table 3-7. */
static void test_utf8_all(void **state)
{
    (void)state;
    for (unsigned c = 0x10000; c <= 0x13FFFF; c++) {
        char t[4] = {(char)(0xF0 | c >> 18), (char)(0x80 | (c >> 12 & 63)), (char)(0x80 | (c >> 6 & 63)),
                     (char)(0x80 | (c & 63))};
        assert_int_equal(dr_utf8_valid(t, 4, NULL), c <= 0x10FFFF);
    }
    for (unsigned c = 0; c < 0x10000; c++) {
        char t[3] = {(char)(0xE0 | c >> 12), (char)(0x80 | (c >> 6 & 63)), (char)(0x80 | (c & 63))};
        assert_int_equal(dr_utf8_valid(t, 3, NULL), c >= 0x800 && (c < 0xD800 || c > 0xDFFF));
        char two[2] = {(char)(c >> 8), (char)c};
        unsigned x = c >> 8, y = c & 255;
        bool ascii = x > 0 && x < 128 && y > 0 && y < 128;
        bool wide = x >= 0xC2 && x <= 0xDF && y >= 0x80 && y <= 0xBF;
        assert_int_equal(dr_utf8_valid(two, 2, NULL), ascii || wide);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alloc),       cmocka_unit_test(test_size_mul),
        cmocka_unit_test(test_arena_takes), cmocka_unit_test(test_arena_cap),
        cmocka_unit_test(test_arena_chunk_sizes), cmocka_unit_test(test_arena_fails),
        cmocka_unit_test(test_buf),         cmocka_unit_test(test_buf_cap),
        cmocka_unit_test(test_buf_fails),   cmocka_unit_test(test_json),
        cmocka_unit_test(test_plain),       cmocka_unit_test(test_utf8),
        cmocka_unit_test(test_utf8_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
