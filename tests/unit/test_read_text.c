/* drip: test_read_text.c, tests. The JSON reader against texts that are wrong, cut off, too large or made to
 * hurt: syntax, UTF-8, surrogates, nesting, limits, memory, and what a refusal may say. */
#include "reading.h"

/* ---- refusals ---- */

static void test_id_in_message(void **state)
{
    reading *t = *state;
    /* The id after the error, the first error kept, no value in the message. */
    bad(t, "{\"count\":\"secret\",\"place\":\"secret\",\"steps\":[{\"at\":1}],\"id\":\"E-7\"}",
        "encounter E-7: count: expected a whole number, found text");
    bad(t, "{\"steps\":[{\"at\":[1,{\"a\":\"}\"}],\"action\":\"secret\"}],\"id\":\"E-7\",\"then\":broken",
        "encounter E-7: steps[0].at: expected a time YYYY-MM-DDTHH:MM, found an array");
    bad(t, "{\"count\":\"secret\",\"x\":broken,\"id\":\"E-7\"}",
        "encounter: count: expected a whole number, found text");
    bad(t, "{\"count\":\"secret\"}", "encounter: count: expected a whole number, found text");
    bad(t, "{\"id\":7}", "encounter: id: expected text, found a number");
    bad(t, "{\"id\":\"E-7\",\"count\":\"secret\",\"x\":broken}",
        "encounter E-7: count: expected a whole number, found text");
    bad(t, "{\"owner\":{\"weight\":{\"value\":[],\"unit\":1}},\"tags\":[1,2],\"id\":\"E-7\"}",
        "encounter E-7: owner.weight: expected a number as \"value\", found an array");
    bad(t, "{\"format\":1,\"id\":\"E-7\"}", "encounter E-7: expected text as \"format\", found a number");
    bad(t, "{\"id\":\"E\\n\\u001b[1m\\u202e\",\"count\":{}}",
        "encounter E\\x0a\\x1b[1m\\xe2\\x80\\xae: count: expected a whole number, found an object");
    char json[1000], message[300];
    for (int n = 118; n <= 122; n++) {
        snprintf(json, sizeof json, "{\"id\":\"%.*s\",\"count\":{}}", n,
                 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
        snprintf(message, sizeof message, "encounter %.*s: count: expected a whole number, found an object",
                 n < 120 ? n : 120,
                 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
        bad(t, json, message);
    }
    size_t len = (size_t)snprintf(json, sizeof json, "{\"id\":\"x");
    for (int i = 0; i < 100; i++)
        len += (size_t)snprintf(json + len, sizeof json - len, "\xE2\x82\xAC");
    snprintf(json + len, sizeof json - len, "\",\"count\":{}}");
    assert_int_equal(read_bytes(&t->s, json, strlen(json)), DR_BAD_INPUT);
    assert_int_equal(strlen(t->s.refusal.encounter), 118);
    assert_true(dr_utf8_valid(t->s.refusal.message, strlen(t->s.refusal.message), NULL));
}

static void test_syntax(void **state)
{
    reading *t = *state;
    static const char *const wrong[] = {"",
                                        " ",
                                        "[]",
                                        "1",
                                        "\"x\"",
                                        "null",
                                        "{",
                                        "{]",
                                        "{,}",
                                        "{\"id\"}",
                                        "{\"id\":}",
                                        "{\"id\":\"E\",}",
                                        "{\"id\":\"E\"}}",
                                        "{\"id\":\"E\"} x",
                                        "{\"id\":\"E\"}{\"id\":\"E\"}",
                                        "{'id':\"E\"}",
                                        "{id:\"E\"}",
                                        "{\"id\":\"E\" \"x\":1}",
                                        "{\"id\":\"E\",\"x\":[1 2]}",
                                        "{\"id\":\"E\",\"x\":[1,]}",
                                        "{\"id\":\"E\",\"x\":[,1]}",
                                        "{\"id\":\"E\",\"x\":{\"a\" 1}}",
                                        "{\"id\":\"E\",\"x\":{\"a\":1,}}",
                                        "{\"id\":\"E\",\"x\":{,}}",
                                        "{\"id\":\"E\",\"x\":[}",
                                        "{\"id\":\"E\",\"x\":{]}",
                                        "{\"id\":\"E\",\"x\":True}",
                                        "{\"id\":\"E\",\"x\":nulL}",
                                        "{\"id\":\"E\",\"x\":falsey}",
                                        "{\"id\":\"E\"/**/}",
                                        "\xEF\xBB\xBF{\"id\":\"E\"}",
                                        "\xFF\xFE{\0\"\0",
                                        "{\"id\":\"E\",\"x\":\"\\x\"}",
                                        "{\"id\":\"E\",\"x\":\"\\u12g4\"}",
                                        "{\"id\":\"E\",\"x\":\"a\tb\"}",
                                        "{\"id\":\"E\",\"x\":\"a\nb\"}",
                                        "{\"id\":\"E\",\"x\":\"\\u0000\"}",
                                        "{\"id\":\"E\",\"x\":\"\\ud800\"}",
                                        "{\"id\":\"E\",\"x\":\"\\udc00\"}",
                                        "{\"id\":\"E\",\"x\":\"\\ud800\\ud800\"}",
                                        "{\"id\":\"E\",\"x\":\"\\ud800x\\udc00\"}",
                                        "{\"id\":\"E\",\"x\":\"\\ud83d\\u0041\"}",
                                        "{\"id\":\"E\",\"\\ud800\":1}",
                                        "{\"id\":\"E\",\"x\":01}",
                                        "{\"id\":\"E\",\"x\":-}",
                                        "{\"id\":\"E\",\"x\":1.}",
                                        "{\"id\":\"E\"\f}",
                                        "{\"id\":\"E\"\v}",
                                        "{\"id\":\"E\",\"x\":\"\x01 and then enough for sixteen\"}",
                                        "{\"id\":\"E\x01\"}"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        refused(t, wrong[i], strlen(wrong[i]));
    refused(t, "{\"id\":\"E\0\"}", 11);
    refused(t, "{\"id\":\"E\",\"a long one with a NUL in it\":\"0123456789\0abcdef\"}", 60);
    refused(t, "{\"id\":\"E\"}\0", 11);
    refused(t, "{\"id\":\0\"E\"}", 11);
    bad(t, "", "encounter: the text ends too early (byte 0)");
    bad(t, "[1]", "encounter: expected an object, found an array");
    bad(t, "{\"id\":\"E\"} x", "encounter E: something follows the end of the object (byte 11)");
    bad(t, "\xEF\xBB\xBF{}", "encounter: the text begins with a byte order mark (byte 0)");
    bad(t, "{\"id\":\"E\",\"x\":\"\\ud800\"}", "encounter E: half of a surrogate pair (byte 15)");
    bad(t, "{\"id\":\"E\",\"x\":\"\\u0000\"}", "encounter E: a NUL character in a string (byte 15)");
    bad(t, "{\"id\":\"E\",\"steps\":[{\"task\":\"a\x02\"}]}",
        "encounter E: steps[0].task: a control character inside a string (byte 29)");
}

static void test_utf8(void **state)
{
    reading *t = *state;
    static const char *const right[] = {"\x7F",         "\xC2\x80",         "\xDF\xBF",
                                        "\xE0\xA0\x80", "\xEF\xBF\xBF",     "\xED\x9F\xBF",
                                        "\xEE\x80\x80", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"};
    static const char *const wrong[] = {"\x80",
                                        "\xBF",
                                        "\xC0\x80",
                                        "\xC1\xBF",
                                        "\xC2",
                                        "\xC2\x41",
                                        "\xE0\x80\x80",
                                        "\xE0\x9F\xBF",
                                        "\xED\xA0\x80",
                                        "\xED\xBF\xBF",
                                        "\xE2\x82",
                                        "\xF0\x8F\xBF\xBF",
                                        "\xF4\x90\x80\x80",
                                        "\xF5\x80\x80\x80",
                                        "\xFE",
                                        "\xFF",
                                        "\xF0\x90\x80"};
    static const char *const before[] = {"{\"id\":\"", "{\"id\":\"E\",\"x\":\"", "{\"id\":\"E\",\"",
                                         "{\"id\":\"E\",\"x\":\"sixteen bytes before it ",
                                         "{\"id\":\"E\",\"x\":\""};
    static const char *const after[] = {"\"}", "\"}", "\":1}", " and after\"}", "\\n\"}"};
    char json[256];
    for (size_t k = 0; k < sizeof before / sizeof *before; k++) {
        for (size_t i = 0; i < sizeof right / sizeof *right; i++) {
            snprintf(json, sizeof json, "%s%s%s", before[k], right[i], after[k]);
            good(t, json);
        }
        for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
            snprintf(json, sizeof json, "%s%s%s", before[k], wrong[i], after[k]);
            refused(t, json, strlen(json));
            assert_non_null(strstr(t->s.refusal.message, "invalid UTF-8 (byte "));
        }
    }
}

/* Every string length around the scanner's step, ended by every sort of byte. */
static void test_string_lengths(void **state)
{
    reading *t = *state;
    char json[256], body[80];
    static const char *const tails[] = {"", "\\n", "\xC3\xA9", "\\u00e9"};
    static const char *const meant[] = {"", "\n", "\xC3\xA9", "\xC3\xA9"};
    for (size_t n = 0; n < 66; n++) {
        memset(body, 'q', n);
        body[n] = '\0';
        for (size_t k = 0; k < 4; k++) {
            snprintf(json, sizeof json, "{\"id\":\"%s%s\"}", body, tails[k]);
            good(t, json);
            snprintf(json, sizeof json, "%s%s", body, meant[k]);
            assert_string_equal(text(t, cell(t, E_ROOT, "id", 0)), json);
        }
        snprintf(json, sizeof json, "{\"id\":\"%s\x1F\"}", body);
        refused(t, json, strlen(json));
        snprintf(json, sizeof json, "{\"id\":\"%s", body);
        refused(t, json, strlen(json));
    }
}

static const char whole[] =
    "{\"format\":\"drip.encounter/"
    "1\",\"id\":\"E-1\\u00e9\",\"opened\":\"2026-01-01T10:00:05+01:00\",\"place\":\"inside\","
    "\"count\":-12,\"price\":\"1.50\",\"day\":\"2026-01-01\",\"open\":true,\"pause\":{\"value\":2,\"unit\":"
    "\"h\"},"
    "\"tags\":[\"a\",null,\"\xC3\xA9\"],\"flags\":[\"stop\"],\"remark\":null,\"x\":{\"a\":[1.5e3,{\"b\":"
    "false}],\"c\":\"\\ud83d\\ude00\"},"
    "\"owner\":{\"birth\":\"2000-02-29\",\"weight\":{\"value\":80.5,\"unit\":\"kg\"}},\"steps\":[{\"at\":"
    "\"2026-01-01T10:00Z\","
    "\"action\":\"start\",\"rate\":{\"value\":1e1,\"unit\":\"mL/"
    "h\"},\"parts\":[{\"n\":1},{\"name\":\"p\"}]}]}";

static void test_truncated(void **state)
{
    reading *t = *state;
    t->s.names_undeclared = true;
    good(t, whole);
    for (size_t len = 0; len < sizeof whole - 1; len++)
        refused(t, whole, len);
}

static void test_mutated(void **state)
{
    reading *t = *state;
    uint64_t dice = 5;
    char json[sizeof whole];
    static const char alphabet[] = "\"\\{}[]:,0-9.eE+ntfu \n\x01\x80\xC3";
    for (int i = 0; i < 100000; i++) {
        memcpy(json, whole, sizeof whole);
        for (int64_t k = roll_in(&dice, 1, 3); k > 0; k--)
            json[roll(&dice) % (sizeof whole - 1)] = alphabet[roll(&dice) % (sizeof alphabet - 1)];
        size_t len = sizeof whole - 1;
        dr_status status = read_bytes(&t->s, json, len);
        assert_true(status == DR_OK || status == DR_BAD_INPUT);
        assert_int_equal(status == DR_OK, t->s.refusal.message[0] == '\0');
    }
}

/* ---- limits ---- */

static char *nested(size_t depth, const char *open, const char *close, const char *before, const char *after)
{
    size_t lo = strlen(open), lc = strlen(close), at = strlen(before);
    char *json = malloc(at + depth * (lo + lc) + strlen(after) + 2);
    memcpy(json, before, at);
    for (size_t i = 0; i < depth; i++, at += lo)
        memcpy(json + at, open, lo);
    json[at++] = '0';
    for (size_t i = 0; i < depth; i++, at += lc)
        memcpy(json + at, close, lc);
    memcpy(json + at, after, strlen(after) + 1);
    return json;
}

static void test_depth(void **state)
{
    reading *t = *state;
    static const char *const opens[] = {"[", "{\"a\":"}, *const closes[] = {"]", "}"};
    for (int k = 0; k < 2; k++) {
        char *json = nested(63, opens[k], closes[k], "{\"id\":\"E\",\"x\":", "}");
        good(t, json);
        free(json);
        json = nested(64, opens[k], closes[k], "{\"id\":\"E\",\"x\":", "}");
        assert_int_equal(read_bytes(&t->s, json, strlen(json)), DR_LIMIT);
        assert_non_null(strstr(t->s.refusal.message, "encounter E: nested more than 64 levels deep (byte "));
        free(json);
        json = nested(1000000, opens[k], closes[k], "{\"id\":\"E\",\"x\":", "}");
        assert_int_equal(read_bytes(&t->s, json, strlen(json)), DR_LIMIT);
        free(json);
        json = nested(1000000, opens[k], closes[k], "", "");
        assert_true(read_bytes(&t->s, json, strlen(json)) != DR_OK);
        free(json);
        t->s.limits.depth = 2000000;
        json = nested(1000000, opens[k], closes[k], "{\"id\":\"E\",\"x\":", "}");
        good(t, json);
        free(json);
        t->s.limits.depth = 64;
    }
    t->s.limits.depth = 4;
    good(t, in_root("\"steps\":[{\"at\":\"2026-01-01T10:00\",\"action\":\"stop\",\"mass\":{\"value\":1,"
                    "\"unit\":\"g\"}}]"));
    t->s.limits.depth = 3;
    const char *json =
        in_root("\"steps\":[{\"at\":\"2026-01-01T10:00\",\"action\":\"stop\",\"mass\":{\"value\":1}}]");
    assert_int_equal(read_bytes(&t->s, json, strlen(json)), DR_LIMIT);
    assert_string_equal(t->s.refusal.message,
                        "encounter E-1: steps[0].mass: nested more than 3 levels deep (byte 69)");
}

static void test_limits(void **state)
{
    reading *t = *state;
    static const char json[] = "{\"id\":\"E\",\"steps\":[{\"at\":\"2026-01-01T10:00\",\"action\":\"stop\"},"
                               "{\"at\":\"2026-01-01T10:00\",\"action\":\"stop\"}]}";
    t->s.limits.input = sizeof json - 1;
    t->s.limits.rows = 2;
    good(t, json);
    t->s.limits.input--;
    assert_int_equal(read_bytes(&t->s, json, sizeof json - 1), DR_LIMIT);
    assert_string_equal(t->s.refusal.message, "encounter: 104 bytes; at most 103 are read");
    t->s.limits.input++;
    t->s.limits.rows = 1;
    assert_int_equal(read_bytes(&t->s, json, sizeof json - 1), DR_LIMIT);
    assert_string_equal(t->s.refusal.message, "encounter E: steps[1]: more rows than one encounter may have");
    t->s.limits.rows = 10;
    dr_session_reset(&t->s);
    t->s.interrupt = 1;
    assert_int_equal(dr_read_encounter(&t->s, json, sizeof json - 1), DR_INTERRUPTED);
    t->s.interrupt = 0;
    good(t, json);
}

/* The allocator fails at its first call, its second, and so on until the encounter can be read. */
static void test_out_of_memory(void **state)
{
    reading *t = *state;
    for (int strict = 0; strict < 2; strict++) {
        dr_status status = DR_NO_MEMORY;
        for (size_t at = 1; status != DR_OK; at++) {
            tally count = {.fail_at = at};
            dr_alloc a = tally_alloc(&count);
            dr_session s;
            if (dr_session_init(&s, &t->y.p, &a, NULL) == DR_OK) {
                s.names_undeclared = strict;
                status = dr_read_encounter(&s, whole, sizeof whole - 1);
                assert_true(status == DR_OK || status == DR_NO_MEMORY);
                if (status != DR_OK)
                    assert_non_null(strstr(s.refusal.message, "out of memory"));
                dr_session_close(&s);
            }
            assert_clean(&count);
            assert_true(at < 1000);
        }
    }
}

static void test_heap_limit(void **state)
{
    reading *t = *state;
    dr_session s;
    const dr_limits limits = {.heap = 100000};
    assert_int_equal(dr_session_init(&s, &t->y.p, NULL, &limits), DR_OK);
    char *json = malloc(1 << 20);
    size_t len = (size_t)snprintf(json, 1 << 20, "{\"id\":\"E-5\",\"tags\":[\"a\"");
    while (len < 1000000)
        len += (size_t)snprintf(json + len, (1 << 20) - len, ",\"tag%zu\"", len);
    len += (size_t)snprintf(json + len, (1 << 20) - len, "]}");
    dr_session_reset(&s);
    assert_int_equal(dr_read_encounter(&s, json, len), DR_LIMIT);
    assert_non_null(strstr(s.refusal.message, "encounter E-5: tags["));
    assert_non_null(strstr(s.refusal.message, "more memory than one evaluation may take"));
    dr_session_reset(&s);
    assert_int_equal(dr_read_encounter(&s, whole, sizeof whole - 1), DR_OK);
    free(json);
    dr_session_close(&s);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_id_in_message), TEST(test_syntax),     TEST(test_utf8),  TEST(test_string_lengths),
        TEST(test_truncated),     TEST(test_mutated),    TEST(test_depth), TEST(test_limits),
        TEST(test_out_of_memory), TEST(test_heap_limit),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
