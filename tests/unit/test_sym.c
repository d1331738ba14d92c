/* drip: test_sym.c, tests. Symbols: interning, a session's table over a program's, memory running out. */
#include "sym.h"
#include "unit.h"

static size_t name_of(int i, char text[32])
{
    /* Lengths around the hash's steps of eight bytes, and much alike. */
    return (size_t)snprintf(text, 32, "%.*s%d", i % 19, "aaaaaaaaaaaaaaaaaaa", i);
}

static void test_intern(void **state)
{
    (void)state;
    tally t = {.live = 0};
    dr_alloc a = tally_alloc(&t);
    dr_arena arena;
    dr_arena_init(&arena, &a, 4096, SIZE_MAX);
    dr_syms syms;
    dr_syms_init(&syms, &arena, NULL, 7);
    assert_int_equal(dr_sym_find(&syms, "x", 1), -1);
    char text[32];
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 20000; i++) {
            size_t len = name_of(i, text);
            assert_int_equal(dr_sym(&syms, text, len), i);
        }
    for (int i = 0; i < 20000; i++) {
        size_t len = name_of(i, text);
        assert_int_equal(dr_sym_find(&syms, text, len), i);
        assert_int_equal(dr_sym_text(&syms, i)->len, len);
        assert_string_equal(dr_sym_text(&syms, i)->bytes, text);
    }
    assert_int_equal(dr_sym_find(&syms, "b", 1), -1);
    assert_null(dr_sym_text(&syms, 20000));
    assert_null(dr_sym_text(&syms, -1));
    assert_int_equal(dr_sym(&syms, NULL, 0), 20000); /* the empty text is one too */
    assert_int_equal(dr_sym_find(&syms, "", 0), 20000);
    assert_int_equal(dr_sym(&syms, "a\0b", 3), 20001);
    assert_int_equal(dr_sym(&syms, "a\0c", 3), 20002);
    assert_int_equal(dr_sym(&syms, "x", SIZE_MAX), -1);
    assert_int_equal(dr_sym(&syms, "x", UINT32_MAX), -1);
    dr_arena_free(&arena);
    assert_clean(&t);
}

static void check_session(uint32_t program_seed, uint32_t session_seed)
{
    dr_arena program_arena, session_arena;
    dr_arena_init(&program_arena, NULL, 4096, SIZE_MAX);
    dr_arena_init(&session_arena, NULL, 4096, SIZE_MAX);
    dr_syms program, session;
    dr_syms_init(&program, &program_arena, NULL, program_seed);
    for (int i = 0; i < 100; i++) {
        char text[32];
        size_t len = name_of(i, text);
        dr_sym(&program, text, len);
    }
    dr_syms_init(&session, &session_arena, &program, session_seed);
    for (int round = 0; round < 3; round++) {
        assert_int_equal(dr_sym_find(&session, "local", 5), -1);
        assert_int_equal(dr_sym(&session, "local", 5), 100);
        assert_int_equal(dr_sym(&session, "0", 1), 0); /* the program's */
        assert_int_equal(dr_sym(&session, "other", 5), 101);
        assert_int_equal(dr_sym(&session, "local", 5), 100);
        assert_int_equal(dr_sym_find(&session, "other", 5), 101);
        assert_int_equal(dr_sym_find(&program, "other", 5), -1);
        assert_string_equal(dr_sym_text(&session, 100)->bytes, "local");
        assert_string_equal(dr_sym_text(&session, 0)->bytes, "0");
        assert_null(dr_sym_text(&session, 102));
        assert_null(dr_sym_text(&program, 100));
        for (int i = 0; i < 300; i++) {
            char text[32];
            size_t len = name_of(i, text);
            assert_int_equal(dr_sym(&session, text, len), i < 100 ? i : i + 2);
        }
        dr_arena_reset(&session_arena);
        dr_syms_reset(&session);
    }
    dr_arena_free(&session_arena);
    dr_arena_free(&program_arena);
}

static void test_session(void **state)
{
    (void)state;
    check_session(1, 1);
    check_session(1, 2);
}

static void test_empty_base(void **state)
{
    (void)state;
    dr_arena arena;
    dr_arena_init(&arena, NULL, 0, SIZE_MAX);
    dr_syms base, syms;
    dr_syms_init(&base, &arena, NULL, 0);
    dr_syms_init(&syms, &arena, &base, 0);
    assert_int_equal(dr_sym(&syms, "a", 1), 0);
    assert_string_equal(dr_sym_text(&syms, 0)->bytes, "a");
    dr_arena_free(&arena);
}

static void test_out_of_memory(void **state)
{
    (void)state;
    for (size_t cap = 0; cap < 40000; cap += 16) {
        dr_arena arena;
        dr_arena_init(&arena, NULL, 64, cap);
        dr_syms syms;
        dr_syms_init(&syms, &arena, NULL, 3);
        char text[32];
        int n = 0;
        for (; n < 200; n++) {
            size_t len = name_of(n, text);
            if (dr_sym(&syms, text, len) < 0)
                break;
        }
        assert_int_equal(arena.failed, n < 200);
        for (int i = 0; i < n; i++) { /* what went in before stays */
            size_t len = name_of(i, text);
            assert_int_equal(dr_sym_find(&syms, text, len), i);
        }
        size_t len = name_of(n, text);
        assert_int_equal(dr_sym_find(&syms, text, len), -1);
        dr_arena_free(&arena);
    }
}

static void test_cmp(void **state)
{
    (void)state;
    const dr_text sorted[] = {{"", 0, 0},   {"a", 1, 0}, {"a\0", 2, 0},
                              {"aa", 2, 0}, {"b", 1, 0}, {"\xC3\xA9", 2, 0}};
    for (int i = 0; i < 6; i++)
        for (int j = 0; j < 6; j++)
            assert_int_equal(dr_text_cmp(&sorted[i], &sorted[j]), (i > j) - (i < j));
}

/* No seed makes long chains of short numbers and prefixes: the hash's low bits spread. */
static void test_spread(void **state)
{
    (void)state;
    for (uint32_t seed = 0; seed < 20; seed++) {
        dr_arena arena;
        dr_arena_init(&arena, NULL, 4096, SIZE_MAX);
        dr_syms syms;
        dr_syms_init(&syms, &arena, NULL, seed);
        char text[32];
        for (int i = 0; i < 16000; i++) {
            size_t len = name_of(i, text);
            dr_sym(&syms, text, len);
        }
        size_t longest = 0, chain = 0;
        for (uint32_t i = 0; i < syms.n_slots; i++) {
            chain = syms.slots[i] != 0 ? chain + 1 : 0;
            longest = chain > longest ? chain : longest;
        }
        assert_true(longest < 100);
        dr_arena_free(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_intern),        cmocka_unit_test(test_session),
        cmocka_unit_test(test_empty_base),    cmocka_unit_test(test_out_of_memory),
        cmocka_unit_test(test_cmp),           cmocka_unit_test(test_spread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
