/* drip: test_diag.c, tests. How diagnostics look, their order and limits, memory running out, suggestions. */
#include "diag.h"
#include "unit.h"

static dr_span span(uint32_t start, uint32_t end)
{
    return (dr_span){0, start, end};
}

/* ---- sources ---- */

static void check_place(const dr_source *s, uint32_t offset, uint32_t line, uint32_t column)
{
    uint32_t l = 0, c = 0;
    dr_source_place(s, offset, &l, &c);
    assert_int_equal(l, line);
    assert_int_equal(c, column);
}

static void test_sources(void **state)
{
    (void)state;
    tally t = {.live = 0};
    dr_alloc a = tally_alloc(&t);
    dr_sources sources;
    dr_sources_init(&sources, &a, 1 << 20);
    char name[20];
    for (int i = 0; i < 100; i++) {
        int len = snprintf(name, sizeof name, "file%d", i);
        assert_int_equal(dr_sources_add(&sources, name, name, (size_t)len), i);
    }
    memset(name, 0, sizeof name);
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof name, "file%d", i);
        const dr_source *s = &sources.items[i];
        assert_string_equal(s->origin, name);
        assert_int_equal(s->len, strlen(name));
        assert_memory_equal(s->bytes, name, s->len);
        assert_int_equal(s->bytes[s->len], 0);
        assert_int_equal(s->bytes[s->len + 1], 0);
    }
    assert_int_equal(dr_sources_add(&sources, "empty", NULL, 0), 100);
    assert_int_equal(dr_sources_add(&sources, "big", "x", (size_t)UINT32_MAX - 15), -1);
    assert_int_equal(dr_sources_add(&sources, "big", "x", SIZE_MAX), -1);
    assert_int_equal(sources.count, 101);
    dr_sources_free(&sources);
    assert_clean(&t);
}

static void test_sources_cap(void **state)
{
    (void)state;
    static const char text[5000] = {'x'};
    for (size_t cap = 0; cap < 12000; cap += 16) {
        dr_sources sources;
        dr_sources_init(&sources, NULL, cap);
        int64_t index = dr_sources_add(&sources, "p", text, sizeof text);
        assert_true(index == 0 || (index == -1 && sources.count == 0));
        assert_false(index == 0 && cap < sizeof text);
        assert_false(index != 0 && cap > sizeof text + 4096 + 400);
        dr_sources_free(&sources);
    }
}

static void test_place(void **state)
{
    (void)state;
    const char *text = "ab\n\n\xC3\xA9\xE2\x82\xAC"
                       "c\r\nlast";
    dr_source s = {"p", text, (uint32_t)strlen(text)};
    check_place(&s, 0, 1, 1);
    check_place(&s, 1, 1, 2);
    check_place(&s, 2, 1, 3); /* the newline itself */
    check_place(&s, 3, 2, 1);
    check_place(&s, 4, 3, 1);
    check_place(&s, 5, 3, 1); /* within a character */
    check_place(&s, 6, 3, 2);
    check_place(&s, 8, 3, 2);
    check_place(&s, 9, 3, 3);
    check_place(&s, 10, 3, 4);
    check_place(&s, 11, 3, 4);
    check_place(&s, 12, 4, 1);
    check_place(&s, 16, 4, 5);
    check_place(&s, UINT32_MAX, 4, 5);
    dr_source empty = {"p", "\0", 0};
    check_place(&empty, 0, 1, 1);
    dr_source broken = {"p",
                        "\x80\xFF\xC3"
                        "a",
                        4}; /* each bad byte is a character */
    check_place(&broken, 3, 1, 4);
    dr_source ends = {"p", "a\n", 2};
    check_place(&ends, 2, 2, 1);
}

/* ---- rendering ---- */

typedef struct bench {
    dr_sources sources;
    dr_diags diags;
    dr_buf out;
} bench;

static void setup(bench *b, const char *text, size_t len)
{
    dr_sources_init(&b->sources, NULL, 1 << 24);
    dr_diags_init(&b->diags, NULL, 100);
    dr_buf_init(&b->out, NULL, 1 << 20);
    assert_int_equal(dr_sources_add(&b->sources, "pol.drip", text, len), 0);
}

static void teardown(bench *b)
{
    dr_sources_free(&b->sources);
    dr_diags_free(&b->diags);
    dr_buf_free(&b->out);
}

static void check_render(const char *text, size_t len, dr_span at, const char *expected)
{
    bench b;
    setup(&b, text, len);
    dr_diag *d = dr_diag_add(&b.diags, DR_ERROR, "E0301", at, "bad");
    dr_diag_render(d, &b.sources, &b.out);
    assert_string_equal(b.out.data, expected);
    teardown(&b);
}

#define RENDER(text, from, to, expected) check_render(text, sizeof text - 1, span(from, to), expected)

static void test_render(void **state)
{
    (void)state;
    RENDER("dose\n  = 15 min + 3 mg\nnext", 9, 22,
           "pol.drip:2:5: error: bad [E0301]\n"
           "    2 |   = 15 min + 3 mg\n"
           "      |     ^~~~~~~~~~~~~\n");
    RENDER("abc", 0, 1, "pol.drip:1:1: error: bad [E0301]\n    1 | abc\n      | ^\n");
    RENDER("abc", 3, 3, "pol.drip:1:4: error: bad [E0301]\n    1 | abc\n      |    ^\n");
    RENDER("abc", 1, 0, "pol.drip:1:2: error: bad [E0301]\n    1 | abc\n      |  ^\n");
    RENDER("abc", 900, 1000, "pol.drip:1:4: error: bad [E0301]\n    1 | abc\n      |    ^\n");
    RENDER("", 0, 0, "pol.drip:1:1: error: bad [E0301]\n    1 |\n      | ^\n");
    RENDER("a\n\nb", 2, 2, "pol.drip:2:1: error: bad [E0301]\n    2 |\n      | ^\n");
    /* over several lines: to the end of the first */
    RENDER("if x\r\nthen y", 3, 10, "pol.drip:1:4: error: bad [E0301]\n    1 | if x\n      |    ^\n");
    RENDER("if xyz\nthen y", 3, 10, "pol.drip:1:4: error: bad [E0301]\n    1 | if xyz\n      |    ^~~\n");
    /* tabs are one space, characters one column, whatever their bytes */
    RENDER("\t\tx \xC3\xA9\xE2\x82\xAC y", 4, 9,
           "pol.drip:1:5: error: bad [E0301]\n"
           "    1 |   x \xC3\xA9\xE2\x82\xAC y\n"
           "      |     ^~\n");
    RENDER("\xC3\xA9\xE2\x82\xAC yy", 6, 8,
           "pol.drip:1:4: error: bad [E0301]\n"
           "    1 | \xC3\xA9\xE2\x82\xAC yy\n"
           "      |    ^~\n");
    /* escapes take the columns they show */
    RENDER("\x1B[0m \xFF yz", 7, 9,
           "pol.drip:1:8: error: bad [E0301]\n"
           "    1 | \\x1b[0m \\xff yz\n"
           "      |              ^~\n");
    RENDER("a\xE2\x80\xAE"
           "b\0c",
           1, 6,
           "pol.drip:1:2: error: bad [E0301]\n"
           "    1 | a\\xe2\\x80\\xaeb\\x00c\n"
           "      |  ^~~~~~~~~~~~~~~~~\n");
}

#define HEAD(column) "pol.drip:1:" #column ": error: bad [E0301]\n"

static void test_render_long(void **state)
{
    (void)state;
    char text[1001], expected[1000];
    for (int i = 0; i < 1000; i++)
        text[i] = (char)('a' + i % 26);
    text[1000] = '\0';
    snprintf(expected, sizeof expected, HEAD(3) "    1 | %.160s\n      |   ^~\n", text);
    check_render(text, 160, span(2, 4), expected); /* 160 still fit */
    snprintf(expected, sizeof expected, HEAD(3) "    1 | %.160s...\n      |   ^~\n", text);
    check_render(text, 161, span(2, 4), expected);
    snprintf(expected, sizeof expected, HEAD(501) "    1 | ...%.160s...\n      | %*s^~~\n", text + 460, 43,
             "");
    check_render(text, 1000, span(500, 503), expected);
    snprintf(expected, sizeof expected,
             "pol.drip:1:1001: error: bad [E0301]\n    1 | ...%.160s\n      | %*s^\n", text + 840, 163, "");
    check_render(text, 1000, span(1000, 1000), expected);
    /* carets end where the window does */
    char carets[121];
    memset(carets, '~', 119);
    carets[119] = '\0';
    snprintf(expected, sizeof expected, HEAD(501) "    1 | ...%.160s...\n      | %*s^%s\n", text + 460, 43,
             "", carets);
    check_render(text, 1000, span(500, 900), expected);
}

static void test_render_line_numbers(void **state)
{
    (void)state;
    char *text = malloc(1000000);
    assert_non_null(text);
    memset(text, '\n', 1000000);
    check_render(text, 1000000, span(99998, 99998),
                 "pol.drip:99999:1: error: bad [E0301]\n99999 |\n      | ^\n");
    check_render(text, 1000000, span(99999, 99999),
                 "pol.drip:100000:1: error: bad [E0301]\n100000 |\n       | ^\n");
    check_render(text, 1000000, span(999999, 999999),
                 "pol.drip:1000000:1: error: bad [E0301]\n1000000 |\n        | ^\n");
    free(text);
}

static void test_render_all_parts(void **state)
{
    (void)state;
    bench b;
    setup(&b, "let a = 1\nlet a = 2\n", 20);
    dr_sources_add(&b.sources, "x\x1B.drip", "z", 1);
    dr_diag *d =
        dr_diag_add(&b.diags, DR_WARNING, "W0101", span(14, 15), "%.*s is defined %s, %d%c %u %zu %lld%%", 1,
                    "abc", "twice", -1, '!', 7u, (size_t)8, 9LL);
    dr_diag_label(&b.diags, d, span(4, 5), "first here");
    dr_diag_label(&b.diags, d, (dr_span){1, 0, 1}, "and here");
    dr_diag_label(&b.diags, d, (dr_span){UINT32_MAX, 0, 0}, "nowhere\n");
    dr_diag_label(&b.diags, d, span(0, 1), "one label too many");
    dr_diag_hint(&b.diags, d, "did you mean \"%s\"?", "b");
    dr_diag_render(d, &b.sources, &b.out);
    assert_string_equal(b.out.data, "pol.drip:2:5: warning: a is defined twice, -1! 7 8 9% [W0101]\n"
                                    "    2 | let a = 2\n"
                                    "      |     ^\n"
                                    "pol.drip:1:5: note: first here\n"
                                    "    1 | let a = 1\n"
                                    "      |     ^\n"
                                    "x\\x1b.drip:1:1: note: and here\n"
                                    "    1 | z\n"
                                    "      | ^\n"
                                    "note: nowhere\\x0a\n"
                                    "hint: did you mean \"b\"?\n");
    dr_buf_clear(&b.out);
    d = dr_diag_add(&b.diags, DR_ERROR, "E0001", (dr_span){UINT32_MAX, 0, 0}, "no such file");
    dr_diag_render(d, &b.sources, &b.out);
    d = dr_diag_add(&b.diags, DR_NOTE, NULL, (dr_span){2, 0, 0}, "a source there is not");
    dr_diag_render(d, &b.sources, &b.out);
    dr_diag_render(d, NULL, &b.out);
    assert_string_equal(b.out.data, "error: no such file [E0001]\nnote: a source there is not\n"
                                    "note: a source there is not\n");
    teardown(&b);
}

/* Whatever bytes and spans: no crash, one line per line, and printable. */
static void test_render_random(void **state)
{
    (void)state;
    uint64_t dice = 3;
    for (int round = 0; round < 3000; round++) {
        char text[400];
        size_t len = (size_t)roll_in(&dice, 0, sizeof text);
        static const char pieces[] = "ab\t\n\r\xC3\xA9\xE2\x82\xAC\x1B\xFF\x80";
        for (size_t i = 0; i < len; i++)
            text[i] = pieces[roll(&dice) % (round % 2 ? 2 : sizeof pieces)];
        bench b;
        setup(&b, text, len);
        dr_diag *d =
            dr_diag_add(&b.diags, DR_ERROR, "E1",
                        span((uint32_t)roll_in(&dice, 0, 500), (uint32_t)roll_in(&dice, 0, 500)), "bad");
        dr_diag_render(d, &b.sources, &b.out);
        int lines = 0;
        for (size_t i = 0; i < b.out.len; i++)
            lines += b.out.data[i] == '\n';
        assert_int_equal(lines, 3);
        assert_true(dr_utf8_valid(b.out.data, b.out.len, NULL));
        assert_null(strpbrk(b.out.data, "\r\t\x1B"));
        teardown(&b);
    }
}

/* ---- the list ---- */

static void test_max(void **state)
{
    (void)state;
    for (uint32_t max = 0; max < 70; max++) {
        dr_diags diags;
        dr_diags_init(&diags, NULL, max);
        for (uint32_t i = 0; i < max; i++)
            assert_non_null(dr_diag_add(&diags, i % 2 ? DR_ERROR : DR_NOTE, "E1", span(i, i), "%u", i));
        assert_int_equal(diags.dropped, 0);
        assert_null(dr_diag_add(&diags, DR_ERROR, "E1", span(0, 0), "over"));
        assert_null(dr_diag_add(&diags, DR_WARNING, "E1", span(0, 0), "over"));
        assert_int_equal(diags.count, max);
        assert_int_equal(diags.dropped, 2);
        assert_int_equal(diags.errors, max / 2 + 1);
        for (uint32_t i = 0; i < max; i++)
            assert_int_equal(diags.items[i].span.start, i);
        dr_diag_hint(&diags, NULL, "nothing");
        dr_diag_label(&diags, NULL, span(0, 0), "nothing");
        dr_diags_free(&diags);
    }
}

static void test_long_message(void **state)
{
    (void)state;
    dr_diags diags;
    dr_diags_init(&diags, NULL, 10);
    char text[1100];
    memset(text, 'm', sizeof text);
    dr_diag *d = dr_diag_add(&diags, DR_ERROR, "E1", span(0, 0), "%.*s", 1000, text);
    assert_int_equal(strlen(d->message), 1000);
    assert_int_equal(d->message[999], 'm');
    d = dr_diag_add(&diags, DR_ERROR, "E1", span(0, 0), "%.*s", 1001, text);
    assert_int_equal(strlen(d->message), 1000);
    assert_string_equal(d->message + 996, "m...");
    for (size_t i = 0; i + 1 < sizeof text; i += 2)
        memcpy(text + i, "\xC3\xA9", 2);
    d = dr_diag_add(&diags, DR_ERROR, "E1", span(0, 0), "%.*s", 1100, text);
    assert_int_equal(strlen(d->message), 999); /* no character is torn */
    assert_true(dr_utf8_valid(d->message, 999, NULL));
    dr_diags_free(&diags);
}

static void check_sort(dr_diags *diags, uint32_t n, uint64_t *dice)
{
    static const char *const codes[3] = {"E0100", "E0200", NULL};
    for (uint32_t i = 0; i < n; i++) {
        /* The end says when it was added. */
        dr_span at = {(uint32_t)roll_in(dice, 0, 2), (uint32_t)roll_in(dice, 0, 5), i};
        if (at.source == 2)
            at.source = UINT32_MAX;
        assert_non_null(dr_diag_add(diags, DR_NOTE, codes[roll_in(dice, 0, 2)], at, "x"));
    }
    dr_diags_sort(diags);
    for (uint32_t i = 1; i < n; i++) {
        const dr_diag *a = &diags->items[i - 1], *b = &diags->items[i];
        const char *x = a->code ? a->code : "", *y = b->code ? b->code : "";
        if (a->span.source != b->span.source)
            assert_true(a->span.source < b->span.source);
        else if (a->span.start != b->span.start)
            assert_true(a->span.start < b->span.start);
        else if (strcmp(x, y) != 0)
            assert_true(strcmp(x, y) < 0);
        else
            assert_true(a->span.end < b->span.end);
    }
}

static void test_sort(void **state)
{
    (void)state;
    uint64_t dice = 8;
    for (uint32_t n = 0; n < 150; n++)
        for (int without_room = 0; without_room < 2; without_room++) {
            tally t = {.live = 0};
            dr_alloc a = tally_alloc(&t);
            dr_diags diags;
            dr_diags_init(&diags, &a, 1000);
            check_sort(&diags, n, &dice);
            t.fail_at = without_room ? 1 : 0;
            dr_diags_sort(&diags);
            t.fail_at = 0;
            dr_diags_free(&diags);
            assert_clean(&t);
        }
}

static void test_sort_without_room(void **state)
{
    (void)state;
    tally t = {.live = 0};
    dr_alloc a = tally_alloc(&t);
    dr_diags diags;
    dr_diags_init(&diags, &a, 1000);
    for (uint32_t i = 0; i < 100; i++)
        dr_diag_add(&diags, DR_NOTE, "E1", span((i * 37) % 100, 0), "x");
    t.fail_at = 1;
    dr_diags_sort(&diags);
    for (uint32_t i = 0; i < 100; i++)
        assert_int_equal(diags.items[i].span.start, i);
    dr_diags_free(&diags);
    assert_clean(&t);
}

static void test_out_of_memory(void **state)
{
    (void)state;
    for (size_t fail_at = 1; fail_at < 10; fail_at++) {
        tally t = {.fail_at = fail_at};
        dr_alloc a = tally_alloc(&t);
        dr_sources sources;
        dr_diags diags;
        dr_buf out;
        dr_sources_init(&sources, &a, 1 << 20);
        dr_diags_init(&diags, &a, 1000);
        dr_buf_init(&out, &a, 1 << 20);
        for (int i = 0; i < 100; i++)
            dr_sources_add(&sources, "name", "some text", 9);
        for (uint32_t i = 0; i < 200; i++) {
            dr_diag *d = dr_diag_add(&diags, DR_ERROR, "E1", span(i % 10, 9), "message %u", i);
            dr_diag_hint(&diags, d, "hint %u", i);
            dr_diag_label(&diags, d, span(0, 1), "label %u", i);
        }
        assert_int_equal(diags.errors, 200);
        assert_int_equal(diags.count + diags.dropped, 200);
        dr_diags_sort(&diags);
        for (uint32_t i = 0; i < diags.count; i++)
            dr_diag_render(&diags.items[i], &sources, &out);
        dr_buf_free(&out);
        dr_diags_free(&diags);
        dr_sources_free(&sources);
        assert_clean(&t);
    }
}

/* ---- did you mean ---- */

/* ---- the line as edits leave it ---- */

static void check_fix(const char *text, const char *hint, const dr_fix *fixes, int n, const char *expected)
{
    bench b;
    setup(&b, text, strlen(text));
    dr_diag *d = dr_diag_add(&b.diags, DR_ERROR, "E0100", (dr_span){UINT32_MAX, 0, 0}, "bad");
    if (hint != NULL)
        dr_diag_hint(&b.diags, d, "%s", hint);
    for (int i = 0; i < n; i++)
        dr_diag_fix(&b.diags, d, true, fixes[i].span, "%s", fixes[i].text);
    assert_true(d->sure == (n > 0));
    dr_diag_render(d, &b.sources, &b.out);
    const char *shown = strstr(b.out.data, "fix:");
    assert_string_equal(shown == NULL ? "" : shown, expected);
    teardown(&b);
}
#define FIX(text, hint, expected, ...)                                                                       \
    check_fix(text, hint, (const dr_fix[]){__VA_ARGS__},                                                     \
              (int)(sizeof((dr_fix[]){__VA_ARGS__}) / sizeof(dr_fix)), expected)

static void test_fixes(void **state)
{
    (void)state;
    FIX("one\ntwo tree\nfour", NULL, "fix:\n    2 | two three\n", {span(8, 12), "three"});
    FIX("two tree", "did you mean \"three\"?", "", {span(4, 8), "three"});
    FIX("two tree", "did you mean \"threes\"?", "fix:\n    1 | two three\n", {span(4, 8), "three"});
    FIX("ab", "write \")\"", "fix:\n    1 | ab)\n", {span(2, 2), ")"}); /* where is not said */
    FIX("a 'b' c", NULL, "fix:\n    1 | a \"b\" c\n", {span(4, 5), "\""}, {span(2, 3), "\""});
    FIX("abc", NULL, "fix:\n    1 | (abc)\n", {span(3, 3), ")"}, {span(0, 0), "("});
    FIX("a b", NULL, "fix:\n    1 | a\n", {span(1, 3), ""});
    FIX("x\r\ny", NULL, "fix:\n    1 | drip 1\n    2 | x\n", {span(0, 0), "drip 1\n"});
    FIX("a\nb", NULL, "", {span(0, 1), "x"}, {span(2, 3), "y"}); /* in several lines: for --fix alone */
    FIX("a\nb", NULL, "", {span(0, 3), "x"});
    FIX("a", NULL, "", {{7, 0, 1}, "x"});
    FIX("a", NULL, "fix:\n    1 | \\x1bx\n", {span(0, 1), "\x1Bx"});
}

static void test_fix_is_sure(void **state)
{
    (void)state;
    bench b;
    setup(&b, "abcdef", 6);
    dr_diag *d = dr_diag_add(&b.diags, DR_ERROR, "E0100", span(0, 1), "bad");
    dr_diag_fix(&b.diags, d, true, span(0, 1), "x");
    dr_diag_fix(&b.diags, d, false, span(1, 2), "y");
    assert_false(d->sure);
    dr_diag_fix(&b.diags, d, true, span(2, 3), "z");
    assert_false(d->sure);
    dr_diag_fix(&b.diags, d, true, span(3, 4), "one too many");
    assert_int_equal(d->n_fixes, DR_FIXES_MAX);
    dr_diag_fix(&b.diags, NULL, true, span(0, 1), "x");
    teardown(&b);
}

static const char *suggest(const char *name, const char *const *candidates)
{
    dr_suggest s;
    dr_suggest_init(&s, name, strlen(name));
    for (; *candidates != NULL; candidates++)
        dr_suggest_try(&s, *candidates);
    return s.best;
}

#define SUGGEST(name, ...) suggest(name, (const char *const[]){__VA_ARGS__, NULL})

static void test_suggest(void **state)
{
    (void)state;
    dr_suggest tied;
    dr_suggest_init(&tied, "mat", 3);
    dr_suggest_try(&tied, "mate");
    assert_false(tied.tied);
    dr_suggest_try(&tied, "mat5");
    assert_true(tied.tied);
    dr_suggest_init(&tied, "MINUTE", 6);
    dr_suggest_try(&tied, "minute");
    assert_true(tied.best_distance == 1 && !tied.tied);
    assert_string_equal(SUGGEST("volum", "rate", "volume", "dose"), "volume");
    assert_string_equal(SUGGEST("voulme", "rate", "volume"), "volume"); /* swapped letters: one edit */
    assert_null(SUGGEST("volume", "volume"));
    assert_null(SUGGEST("volume", "rate", "dose"));
    assert_string_equal(SUGGEST("dsoe", "dose"), "dose");       /* four letters: one edit */
    assert_null(SUGGEST("dxxe", "dose"));                       /* two are too many */
    assert_string_equal(SUGGEST("volxxe", "volume"), "volume"); /* six: two */
    assert_null(SUGGEST("voxxxe", "volume"));
    assert_null(SUGGEST("abcdefghijklmnop", "abcdefghijklWXYZ")); /* three at most, however long */
    assert_string_equal(SUGGEST("abcdefghijklmnop", "abcdefghijklmXYZ"), "abcdefghijklmXYZ");
    assert_string_equal(SUGGEST("rat", "rats", "rate", "ratz"), "rate"); /* ties: the first by bytes */
    assert_string_equal(SUGGEST("rat", "ratz", "rats", "rate"), "rate");
    assert_string_equal(SUGGEST("volume", "volxxx", "volumx", "volxme", "vol"), "volumx");
    assert_null(SUGGEST("", "a"));
    char longest[66];
    memset(longest, 'a', 65);
    longest[65] = '\0';
    assert_null(SUGGEST(longest, "a", longest + 1));
    assert_string_equal(SUGGEST(longest + 1, "a", longest, longest + 2), longest + 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sources),
        cmocka_unit_test(test_sources_cap),
        cmocka_unit_test(test_place),
        cmocka_unit_test(test_render),
        cmocka_unit_test(test_render_long),
        cmocka_unit_test(test_render_line_numbers),
        cmocka_unit_test(test_render_all_parts),
        cmocka_unit_test(test_render_random),
        cmocka_unit_test(test_max),
        cmocka_unit_test(test_long_message),
        cmocka_unit_test(test_sort),
        cmocka_unit_test(test_sort_without_room),
        cmocka_unit_test(test_out_of_memory),
        cmocka_unit_test(test_suggest),
        cmocka_unit_test(test_fixes),
        cmocka_unit_test(test_fix_is_sure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
