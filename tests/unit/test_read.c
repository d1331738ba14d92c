/* drip: test_read.c, tests. The JSON reader: every type and what it refuses, rows, columns, seen values,
 * keys. */
#include "reading.h"

static void assert_num(int64_t c, int64_t top, int64_t bottom)
{
    assert_true(c != DR_MISSING);
    const dr_num *n = dr_ptr(c);
    assert_true(n->top == top && n->bottom == bottom);
}

/* ---- types ---- */

static void test_text(void **state)
{
    reading *t = *state;
    good(t, "{\"id\":\"E-1\"}");
    assert_string_equal(text(t, cell(t, E_ROOT, "id", 0)), "E-1");
    assert_string_equal(t->s.refusal.encounter, "E-1");
    assert_int_equal(t->s.n_rows[E_ROOT], 1);
    assert_int_equal(t->s.n_rows[E_STEP], 0);
    assert_int_equal(t->s.n_rows[E_PART], 0);
    good(t, "{\"id\":\"\\u0045\\t\\\"\\\\\\/\\b\\f\\n\\r\\u00e9\\u20AC\\ud83d\\uDE00-a longer tail\"}");
    assert_string_equal(text(t, cell(t, E_ROOT, "id", 0)),
                        "E\t\"\\/\b\f\n\r\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80-a longer tail");
    good(t, "{\"id\":\"\"}");
    assert_string_equal(text(t, cell(t, E_ROOT, "id", 0)), "");
    good(t, in_root("\"remark\":\"nobody reads this\""));
    assert_int_equal(cell(t, E_ROOT, "remark", 0), 0);
    assert_int_equal(dr_sym_find(&t->s.syms, "nobody reads this", 17), -1);
    bad(t, in_root("\"remark\":7"), "encounter E-1: remark: expected text, found a number");
    bad(t, in_root("\"remark\":true"), "encounter E-1: remark: expected text, found true or false");
    bad(t, in_root("\"remark\":{}"), "encounter E-1: remark: expected text, found an object");
    bad(t, in_root("\"remark\":[1]"), "encounter E-1: remark: expected text, found an array");
    /* The same text is the same symbol, whatever the length, spelling and the encounter before. */
    static const char *const names[] = {
        "a", "ab", "abcd", "abcdefg", "abcdefgh", "abcdefghijklmnop", "abcdefghijklmnopq", "known", ""};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char json[256];
        snprintf(
            json, sizeof json,
            "\"steps\":[{\"at\":\"2026-01-01T10:00\",\"action\":\"stop\",\"task\":\"%s\",\"order\":\"%s\","
            "\"material\":\"%sx\"}]",
            names[i], names[i], names[i]);
        good(t, in_root(json));
        assert_int_equal(cell(t, E_STEP, "task", 0), cell(t, E_STEP, "order", 0));
        assert_string_equal(text(t, cell(t, E_STEP, "task", 0)), names[i]);
        assert_true(cell(t, E_STEP, "material", 0) != cell(t, E_STEP, "order", 0));
        assert_int_equal(strcmp(names[i], "known") == 0, cell(t, E_STEP, "task", 0) == 0);
    }
}

static void test_missing(void **state)
{
    reading *t = *state;
    good(t, in_root(
                "\"opened\":null,\"place\":null,\"count\":null,\"price\":null,\"day\":null,\"open\":null,"
                "\"pause\":null,\"tags\":null,\"flags\":null,\"owner\":null,\"steps\":null,\"format\":null"));
    static const char *const names[] = {"opened", "place", "count", "price",  "day",   "open",
                                        "pause",  "tags",  "flags", "remark", "birth", "weight"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_true(cell(t, E_ROOT, names[i], 0) == DR_MISSING);
    bad(t, "{}", "encounter: \"id\" is required");
    bad(t, "{\"id\":null}", "encounter: \"id\" is required");
    bad(t, in_root("\"steps\":[{\"at\":\"2026-01-01T10:00\",\"action\":\"stop\"},{\"action\":\"stop\"}]"),
        "encounter E-1: steps[1]: \"at\" is required");
    bad(t, in_root("\"steps\":[{\"at\":\"2026-01-01T10:00\",\"action\":null}]"),
        "encounter E-1: steps[0]: \"action\" is required");
    bad(t, in_root("\"owner\":{\"birth\":nul}"), "encounter E-1: owner.birth: this is not JSON (byte 32)");
}

static void test_enum(void **state)
{
    reading *t = *state;
    good(t, in_root("\"place\":\"outside\""));
    assert_int_equal(cell(t, E_ROOT, "place", 0), 1);
    bad(t, in_root("\"place\":\"Outside\""),
        "encounter E-1: place: unknown value for \"place\": expected one of inside, outside; found text of 7 "
        "bytes");
    bad(t, in_root("\"place\":1"), "encounter E-1: place: expected text, found a number");
    bad(t, in_root("\"steps\":[{\"at\":\"2026-01-01T10:00\",\"action\":\"Stop\"}]"),
        "encounter E-1: steps[0].action: unknown value for \"action\": expected one of start, stop, pause, "
        "resume, "
        "rate_change, turn, lift, push or 2 others; found text of 4 bytes");
    static const char *const actions[] = {"start", "rate_change", "a_long_action", "lower"};
    static const int values[] = {0, 4, 8, 9};
    for (size_t i = 0; i < 4; i++) {
        char json[128];
        snprintf(json, sizeof json, "\"steps\":[{\"at\":\"2026-01-01T10:00\",\"action\":\"%s\"}]",
                 actions[i]);
        good(t, in_root(json));
        assert_int_equal(cell(t, E_STEP, "action", 0), values[i]);
    }
    good(t, in_root("\"place\":\"\\u006futside\""));
    assert_int_equal(cell(t, E_ROOT, "place", 0), 1);
}

static void test_bool_and_int(void **state)
{
    reading *t = *state;
    good(t, in_root("\"open\":true,\"count\":-0"));
    assert_int_equal(cell(t, E_ROOT, "open", 0), 1);
    assert_int_equal(cell(t, E_ROOT, "count", 0), 0);
    good(t, in_root("\"open\":false"));
    assert_int_equal(cell(t, E_ROOT, "open", 0), 0);
    bad(t, in_root("\"open\":\"true\""), "encounter E-1: open: expected true or false, found text");
    bad(t, in_root("\"open\":tru"), "encounter E-1: open: this is not JSON (byte 22)");
    static const struct {
        const char *json;
        int64_t n;
    } ints[] = {{"0", 0},
                {"7", 7},
                {"-7", -7},
                {"2.0", 2},
                {"2e3", 2000},
                {"2.50E1", 25},
                {"1000e-3", 1},
                {"123456789012345678", 123456789012345678},
                {"-999999999999999999", -999999999999999999},
                {"1000000000000000000", 1000000000000000000},
                {"9e18", 9000000000000000000}};
    for (size_t i = 0; i < sizeof ints / sizeof *ints; i++) {
        char json[64];
        snprintf(json, sizeof json, "\"count\":%s", ints[i].json);
        good(t, in_root(json));
        assert_true(cell(t, E_ROOT, "count", 0) == ints[i].n);
    }
    bad(t, in_root("\"count\":2.5"), "encounter E-1: count: expected a whole number, found a fraction");
    bad(t, in_root("\"count\":\"2\""), "encounter E-1: count: expected a whole number, found text");
    bad(t, in_root("\"count\":1e19"),
        "encounter E-1: count: number is too large or too small to be read exactly");
    bad(t, in_root("\"count\":99e18"), "encounter E-1: count: number is too large for a whole number");
    bad(t, in_root("\"count\":9223372036854775807"),
        "encounter E-1: count: number has 19 digits; at most 18 are read exactly");
}

static void test_decimal(void **state)
{
    reading *t = *state;
    static const struct {
        const char *json;
        int64_t top, bottom;
    } nums[] = {{"12.50", 25, 2},
                {"\"12.50\"", 25, 2},
                {"-0.25", -1, 4},
                {"0", 0, 1},
                {"-0.0", 0, 1},
                {"1e2", 100, 1},
                {"\"\\u0031.5\"", 3, 2},
                {"0.000000000000000001", 1, 1000000000000000000},
                {"123456789.012345678", 61728394506172839, 500000000},
                {"1.000000000000000000000", 1, 1},
                {"0.1", 1, 10},
                {"1E-2", 1, 100},
                {"1e+2", 100, 1}};
    for (size_t i = 0; i < sizeof nums / sizeof *nums; i++) {
        char json[64];
        snprintf(json, sizeof json, "\"price\":%s", nums[i].json);
        good(t, in_root(json));
        assert_num(cell(t, E_ROOT, "price", 0), nums[i].top, nums[i].bottom);
    }
    bad(t, in_root("\"price\":\"12.50 \""), "encounter E-1: price: expected a number, found text of 6 bytes");
    bad(t, in_root("\"price\":\"\""), "encounter E-1: price: expected a number, found text of 0 bytes");
    bad(t, in_root("\"price\":\"012\""), "encounter E-1: price: expected a number, found text of 3 bytes");
    bad(t, in_root("\"price\":{\"value\":1}"), "encounter E-1: price: expected a number, found an object");
    bad(t, in_root("\"price\":1234567890.123456789"),
        "encounter E-1: price: number has 19 digits; at most 18 are read exactly");
    bad(t, in_root("\"price\":\"1234567890123456789\""),
        "encounter E-1: price: number has 19 digits; at most 18 are read exactly");
    bad(t, in_root("\"price\":1e999999999999999999999"),
        "encounter E-1: price: number is too large or too small to be read exactly");
    static const char *const wrong[] = {"01",  "-",    "+1",  ".5",       "1.",  "1.e3", "1e",
                                        "1e+", "0x10", "NaN", "Infinity", "-01", "1_0"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char json[64];
        snprintf(json, sizeof json, "\"price\":%s", wrong[i]);
        const char *all = in_root(json);
        refused(t, all, strlen(all));
        snprintf(json, sizeof json, "\"nobody\":%s", wrong[i]);
        all = in_root(json);
        refused(t, all, strlen(all));
    }
    bad(t, in_root("\"price\":01"), "encounter E-1: price: a number has a leading zero (byte 20)");
    bad(t, in_root("\"price\":1.x"), "encounter E-1: price: a number needs a digit (byte 22)");
}

static void quantity_is(reading *t, const char *field, const char *json, int64_t top, int64_t bottom)
{
    char members[256];
    snprintf(members, sizeof members,
             "\"steps\":[{\"at\":\"2026-01-01T10:00\",\"action\":\"stop\",\"%s\":%s}]", field, json);
    good(t, in_root(members));
    if (bottom == 0)
        assert_true(cell(t, E_STEP, field, 0) == DR_MISSING);
    else
        assert_num(cell(t, E_STEP, field, 0), top, bottom);
}

static void test_quantity(void **state)
{
    reading *t = *state;
    quantity_is(t, "mass", "{\"value\":400,\"unit\":\"mg\"}", 2, 5);
    quantity_is(t, "mass", " { \"unit\" : \"kg\" , \"value\" : 0.5 } ", 500, 1);
    quantity_is(t, "mass", "{\"value\":2,\"unit\":\"third\"}", 2, 3);
    quantity_is(t, "mass", "{\"value\":-1.5e1,\"unit\":\"g\"}", -15, 1);
    quantity_is(t, "mass", "{\"value\":999999999999999,\"unit\":\"kg\"}", 999999999999999000, 1);
    quantity_is(t, "rate", "{\"value\":125,\"unit\":\"mL/h\"}", 1, 28800);
    quantity_is(t, "rate", "{\"value\":125,\"unit\":\"mL/hr\"}", 1, 28800);
    quantity_is(t, "rate", "{\"value\":125,\"unit\":\"mL/hour\"}", 1, 28800);
    quantity_is(t, "rate", "{\"value\":60,\"unit\":\"L/min\"}", 1, 1);
    quantity_is(t, "per_hour", "{\"value\":36,\"unit\":\"mg/mL/h\"}", 1, 100);
    quantity_is(t, "per_hour", "{\"value\":36,\"unit\":\"mg/h/mL\"}", 1, 100);
    static const char *const missing[] = {
        "{}",
        "{\"value\":1}",
        "{\"unit\":\"mg\"}",
        "{\"value\":null,\"unit\":\"mg\"}",
        "{\"value\":1,\"unit\":null}",
        "{\"value\":1,\"unit\":\"mL\"}",
        "{\"value\":1,\"unit\":\"Mg\"}",
        "{\"value\":1,\"unit\":\"\"}",
        "{\"value\":1,\"unit\":\"mg/\"}",
        "{\"value\":1,\"unit\":\"/mg\"}",
        "{\"value\":1,\"unit\":\"mg/mg\"}",
        "{\"value\":1,\"unit\":\"mg/g/h/h/h/h/h/h/h/h/h/h/h\"}",
        "{\"value\":1,\"unit\":\"a unit whose name is longer than any that is kept\"}",
        "{\"value\":1,\"unit\":\"min\"}"};
    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < sizeof missing / sizeof *missing; i++)
            quantity_is(t, "mass", missing[i], 0, 0);
    quantity_is(t, "mass", "{\"value\":1,\"unit\":\"g\",\"code\":\"g\",\"x\":[{}]}", 1, 1);
    bad(t, in_root("\"owner\":{\"weight\":80}"),
        "encounter E-1: owner.weight: expected {\"value\": number, \"unit\": text}, found a number");
    bad(t, in_root("\"owner\":{\"weight\":{\"value\":\"80\"}}"),
        "encounter E-1: owner.weight: expected a number as \"value\", found text");
    bad(t, in_root("\"owner\":{\"weight\":{\"unit\":80}}"),
        "encounter E-1: owner.weight: expected text as \"unit\", found a number");
    bad(t,
        in_root(
            "\"owner\":{\"weight\":{\"value\":1234567890123456789012345678901234567891,\"unit\":\"stone\"}}"),
        "encounter E-1: owner.weight: number has 40 digits; at most 18 are read exactly");
    bad(t, in_root("\"owner\":{\"weight\":{\"value\":1,\"value\":1}}"),
        "encounter E-1: owner.weight: a key stands twice in one object (byte 49)");
}

static void test_required_quantity(void **state)
{
    reading *t = *state;
    t->y.slots[yard_find(&t->y, E_ROOT, "weight")].type.optional = false;
    dr_session_close(&t->s);
    assert_int_equal(dr_session_init(&t->s, &t->y.p, NULL, NULL), DR_OK);
    bad(t, in_root("\"owner\":{\"weight\":{\"value\":1,\"unit\":\"stone\"}}"),
        "encounter E-1: owner.weight: the value is required, and its unit is not known or not of its kind");
    bad(t, in_root("\"owner\":{}"), "encounter E-1: owner: \"weight\" is required");
    bad(t, in_root("\"owner\":null"), "encounter E-1: \"owner.weight\" is required");
    bad(t, in_root("\"count\":1"), "encounter E-1: \"owner.weight\" is required");
    good(t, in_root("\"owner\":{\"weight\":{\"value\":1,\"unit\":\"kg\"}}"));
}

static void test_required_rows(void **state)
{
    reading *t = *state;
    for (uint32_t i = 0; i < t->y.shapes[SH_ROOT].n_keys; i++)
        if (strcmp(t->y.keys[SH_ROOT][i].name, "steps") == 0)
            t->y.keys[SH_ROOT][i].required = true;
    dr_session_close(&t->s);
    assert_int_equal(dr_session_init(&t->s, &t->y.p, NULL, NULL), DR_OK);
    bad(t, in_root("\"count\":1"), "encounter E-1: \"steps\" is required");
    bad(t, in_root("\"steps\":null"), "encounter E-1: \"steps\" is required");
    good(t, in_root("\"steps\":[]"));
}

static void test_duration(void **state)
{
    reading *t = *state;
    static const struct {
        const char *json;
        int64_t seconds;
    } durations[] = {{"15", 900},
                     {"0.5", 30},
                     {"-1", -60},
                     {"{\"value\":1.5,\"unit\":\"h\"}", 5400},
                     {"{\"value\":2,\"unit\":\"days\"}", 172800},
                     {"{\"value\":7,\"unit\":\"s\"}", 7},
                     {"{\"value\":7,\"unit\":\"sec\"}", 7},
                     {"{\"value\":1,\"unit\":\"minute\"}", 60},
                     {"{\"value\":1,\"unit\":\"mg\"}", DR_MISSING},
                     {"{\"value\":1,\"unit\":\"fortnight\"}", DR_MISSING}};
    for (size_t i = 0; i < sizeof durations / sizeof *durations; i++) {
        char json[128];
        snprintf(json, sizeof json, "\"pause\":%s", durations[i].json);
        good(t, in_root(json));
        assert_true(cell(t, E_ROOT, "pause", 0) == durations[i].seconds);
    }
    bad(t, in_root("\"pause\":0.001"), "encounter E-1: pause: a duration must be whole seconds");
    bad(t, in_root("\"pause\":{\"value\":0.5,\"unit\":\"s\"}"),
        "encounter E-1: pause: a duration must be whole seconds");
    bad(t, in_root("\"pause\":1e18"), "encounter E-1: pause: duration is too long");
    bad(t, in_root("\"pause\":-1e18"), "encounter E-1: pause: duration is too long");
    bad(t, in_root("\"pause\":\"15\""),
        "encounter E-1: pause: expected minutes or {\"value\": number, \"unit\": text}, found text");
    bad(t, in_root("\"pause\":1234567890123456789"),
        "encounter E-1: pause: number has 19 digits; at most 18 are read exactly");
}

static void test_date_and_instant(void **state)
{
    reading *t = *state;
    good(t, in_root("\"day\":\"1970-01-02\",\"opened\":\"1970-01-02T00:01\""));
    assert_int_equal(cell(t, E_ROOT, "day", 0), 1);
    assert_int_equal(cell(t, E_ROOT, "opened", 0), 86460);
    assert_false(t->s.has_offset);
    good(t, in_root("\"opened\":\"1970-01-02T00:01:02\""));
    assert_int_equal(cell(t, E_ROOT, "opened", 0), 86462);
    good(t, in_root("\"opened\":\"1970-01-\\u00302T00:01\""));
    assert_int_equal(cell(t, E_ROOT, "opened", 0), 86460);
    static const char *const wrong[] = {"2026-02-30", "2026-13-01", "2026-1-1",    "2026-01-01T10:00",
                                        "",           "20260101",   "2026-01-01 ", "0000-01-01"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char json[64], message[128];
        snprintf(json, sizeof json, "\"day\":\"%s\"", wrong[i]);
        snprintf(message, sizeof message,
                 "encounter E-1: day: expected a date YYYY-MM-DD, found text of %zu bytes", strlen(wrong[i]));
        bad(t, in_root(json), message);
    }
    static const char *const times[] = {"2026-01-01T24:00",
                                        "2026-01-01T10:60",
                                        "2026-01-01t10:00",
                                        "2026-01-01 10:00",
                                        "2026-01-01",
                                        "2026-02-30T10:00",
                                        "2026-01-01T1a:00",
                                        "2026-01-01T10:00:60",
                                        "2026-01-01T10:00-00:00",
                                        "2026-01-01T10:00+15:00",
                                        "2026-01-01T10:0\\u0009"};
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        char json[64];
        snprintf(json, sizeof json, "\"opened\":\"%s\"", times[i]);
        assert_int_equal(read_bytes(&t->s, in_root(json), strlen(in_root(json))), DR_BAD_INPUT);
        assert_non_null(
            strstr(t->s.refusal.message,
                   "E-1: opened: expected a time YYYY-MM-DDTHH:MM[:SS][Z or +HH:MM], found text of"));
    }
    bad(t, in_root("\"opened\":20260101"),
        "encounter E-1: opened: expected a time YYYY-MM-DDTHH:MM, found a number");
}

static void test_offsets(void **state)
{
    reading *t = *state;
#define STEP(at) "{\"at\":\"" at "\",\"action\":\"stop\"}"
    good(t, in_root("\"steps\":[" STEP("1970-01-01T10:00+01:00") "," STEP("1970-01-01T11:00+01:00") "]"));
    assert_true(t->s.has_offset);
    assert_int_equal(t->s.offset_all, 3600);
    assert_null(t->s.offsets);
    assert_int_equal(cell(t, E_STEP, "at", 0), 9 * 3600);
    good(t, in_root("\"steps\":[" STEP("1970-01-01T10:00+01:00") "," STEP("1970-01-01T08:00Z") "," STEP(
                "1970-01-01T10:00+02:00") "," STEP("1970-01-01T07:00Z") "]"));
    assert_true(t->s.has_offset);
    assert_int_equal(t->s.n_offsets, 3);
    assert_int_equal(t->s.offsets[0].seconds, 7 * 3600);
    assert_int_equal(t->s.offsets[1].seconds, 8 * 3600);
    assert_int_equal(t->s.offsets[1].offset, 0); /* the first charted of two equal ones */
    assert_int_equal(t->s.offsets[2].seconds, 9 * 3600);
    assert_int_equal(t->s.offsets[2].offset, 3600);
    good(t, in_root("\"count\":1"));
    assert_false(t->s.has_offset);
    assert_null(t->s.offsets);
    bad(t, in_root("\"opened\":\"1970-01-01T10:00\",\"steps\":[" STEP("1970-01-01T10:00Z") "]"),
        "encounter E-1: steps[0].at: this time has a UTC offset and the times before it have none");
    bad(t,
        in_root("\"opened\":\"1970-01-01T10:00Z\",\"steps\":[" STEP("1970-01-01T10:00Z") "," STEP(
            "1970-01-01T10:00") "]"),
        "encounter E-1: steps[1].at: this time has no UTC offset and the times before it have one");
#undef STEP
}

static void test_set(void **state)
{
    reading *t = *state;
    good(t, in_root("\"tags\":[\"b\",\"a\",\"b\"],\"flags\":[\"stop\",\"start\",null,\"stop\"]"));
    const dr_set *tags = dr_ptr(cell(t, E_ROOT, "tags", 0)), *flags = dr_ptr(cell(t, E_ROOT, "flags", 0));
    assert_int_equal(tags->count, 2);
    assert_true(tags->at[0] < tags->at[1]);
    assert_int_equal(flags->count, 2);
    assert_int_equal(flags->at[0], 0);
    assert_int_equal(flags->at[1], 1);
    dr_set_builder b = {.items = NULL};
    assert_true(dr_setb_add(&t->s.arena, &b, tags->at[1]));
    assert_true(dr_setb_add(&t->s.arena, &b, tags->at[0]));
    assert_ptr_equal(dr_setb_end(&t->s, &b), tags); /* the one the interpreter would make */
    good(t, in_root("\"tags\":[ ]"));
    assert_int_equal(((const dr_set *)dr_ptr(cell(t, E_ROOT, "tags", 0)))->count, 0);
    bad(t, in_root("\"tags\":\"a\""), "encounter E-1: tags: expected an array of texts, found text");
    bad(t, in_root("\"tags\":[\"a\",1]"), "encounter E-1: tags[1]: expected text, found a number");
    bad(t, in_root("\"flags\":[\"stop\",\"x\"]"),
        "encounter E-1: flags[1]: unknown value for \"flags\": expected one of start, stop, pause, resume, "
        "rate_change, "
        "turn, lift, push or 2 others; found text of 1 bytes");
    bad(t, in_root("\"tags\":[\"a\",]"), "encounter E-1: tags[1]: this is not JSON (byte 24)");
    bad(t, in_root("\"tags\":[\"a\" \"b\"]"), "encounter E-1: tags[0]: this is not JSON (byte 24)");
}

/* ---- rows, columns, seen values ---- */

static void test_rows(void **state)
{
    reading *t = *state;
    static char json[200000];
    size_t len = (size_t)snprintf(json, sizeof json, "{\"steps\":[");
    for (int i = 0; i < 1000; i++)
        len += (size_t)snprintf(json + len, sizeof json - len,
                                "%s{\"parts\":[{\"n\":%d},{\"n\":%d,\"name\":\"p\"}],\"action\":\"stop\","
                                "\"a_rather_long_name_of_a_field\":%d,\"at\":\"2026-01-01T10:00\"}",
                                i > 0 ? "," : "", 2 * i, 2 * i + 1, i);
    snprintf(json + len, sizeof json - len, "],\"id\":\"E-2\"}");
    for (int round = 0; round < 2; round++) {
        good(t, json);
        assert_int_equal(t->s.n_rows[E_STEP], 1000);
        assert_int_equal(t->s.n_rows[E_PART], 2000);
        for (uint32_t i = 0; i < 1000; i++) {
            assert_int_equal(cell(t, E_STEP, "a_rather_long_name_of_a_field", i), i);
            assert_int_equal(cell(t, E_STEP, "action", i), 1);
            assert_true(cell(t, E_STEP, "task", i) == DR_MISSING);
            assert_int_equal(cell(t, E_PART, "n", 2 * i + 1), 2 * i + 1);
            assert_true((cell(t, E_PART, "name", 2 * i) == DR_MISSING) &&
                        cell(t, E_PART, "name", 2 * i + 1) != DR_MISSING);
        }
        good(t, in_root("\"steps\":[]"));
        assert_int_equal(t->s.n_rows[E_STEP], 0);
    }
    bad(t, in_root("\"steps\":{}"), "encounter E-1: steps: expected an array of objects, found an object");
    bad(t, in_root("\"steps\":[null]"), "encounter E-1: steps[0]: expected an object, found null");
    bad(t, in_root("\"owner\":[]"), "encounter E-1: owner: expected an object, found an array");
    bad(t, in_root("\"steps\":[{\"at\":\"2026-01-01T10:00\",\"action\":\"stop\"},]"),
        "encounter E-1: steps[0]: this is not JSON (byte 63)");
    bad(t, in_root("\"steps\":[{\"parts\":[{},{\"n\":true}]}]"),
        "encounter E-1: steps[0].parts[1].n: expected a whole number, found true or false");
}

static uint64_t seen(const reading *t, uint32_t entity, const char *name)
{
    return t->s.seen[yard_find(&t->y, entity, name)];
}

static void test_seen(void **state)
{
    reading *t = *state;
    const uint64_t known = (uint64_t)1 << 62, missing = (uint64_t)1 << 63;
    good(t, in_root("\"open\":true,\"place\":\"outside\",\"count\":0,\"steps\":["
                    "{\"at\":\"2026-01-01T10:00\",\"action\":\"stop\",\"task\":\"A\",\"mass\":{\"value\":1,"
                    "\"unit\":\"x\"}},"
                    "{\"at\":\"2026-01-01T10:00\",\"action\":\"a_long_action\",\"mass\":{\"value\":1,"
                    "\"unit\":\"g\"}}]"));
    assert_true(seen(t, E_ROOT, "open") == 2);
    assert_true(seen(t, E_ROOT, "place") == 2);
    assert_true(seen(t, E_ROOT, "count") == known);
    assert_true(seen(t, E_ROOT, "price") == missing);
    assert_true(seen(t, E_ROOT, "birth") == missing); /* its object is absent */
    assert_true(seen(t, E_STEP, "action") == (2 | 1 << 8));
    assert_true(seen(t, E_STEP, "task") == (known | missing));
    assert_true(seen(t, E_STEP, "mass") == (known | missing));
    assert_true(seen(t, E_STEP, "at") == known);
    assert_true(seen(t, E_PART, "n") == 0);
    good(t, in_root("\"open\":false,\"owner\":{\"birth\":\"2000-01-01\"}"));
    assert_true(seen(t, E_ROOT, "open") == 1);
    assert_true(seen(t, E_ROOT, "birth") == known);
    assert_true(seen(t, E_ROOT, "weight") == missing);
    assert_true(seen(t, E_STEP, "action") == 0);
}

/* ---- keys ---- */

static void test_keys(void **state)
{
    reading *t = *state;
    /* In any order, with any space, with escapes, known ones among unknown ones. */
    good(t, " \t\r\n{ \"count\" :\n1 , \"x\" : [ ] , \"i\\u0064\" : \"E-9\" ,\"price\":2 } \n");
    assert_string_equal(t->s.refusal.encounter, "E-9");
    assert_int_equal(cell(t, E_ROOT, "count", 0), 1);
    bad(t, in_root("\"count\":1,\"count\":1"), "encounter E-1: a key stands twice in one object (byte 30)");
    bad(t, in_root("\"count\":1,\"c\\u006funt\":1"),
        "encounter E-1: a key stands twice in one object (byte 35)");
    bad(t, in_root("\"count\":null,\"count\":1"),
        "encounter E-1: a key stands twice in one object (byte 33)");
    bad(t, in_root("\"a\":1,\"\\u0061\":1"), "encounter E-1: a key stands twice in one object (byte 27)");
    bad(t, in_root("\"x\":{\"y\":[{\"a\":1,\"b\":2,\"a\":3}]}"),
        "encounter E-1: a key stands twice in one object (byte 38)");
    bad(t, in_root("\"steps\":[{\"x\":1,\"x\":1}]"),
        "encounter E-1: steps[0]: a key stands twice in one object (byte 32)");
    good(t, in_root("\"x\":{\"a\":1,\"b\":{\"a\":1}},\"a\":1,\"y\":[{\"a\":1},{\"a\":1}]"));
    good(t, in_root("\"Count\":\"x\",\"countx\":1,\"coun\":1,\"a_rather_long_name_of_a_fielD\":\"\""));
    bad(t, in_root("\"format\":\"other/1\""), "encounter E-1: \"format\" must be \"drip.encounter/1\"");
    bad(t, in_root("\"format\":1"), "encounter E-1: expected text as \"format\", found a number");
    good(t, in_root("\"format\":\"drip.encounter\\/1\",\"owner\":{\"format\":1}"));
    t->y.p.format_in = NULL;
    good(t, in_root("\"format\":\"other/1\""));
}

static void test_many_keys(void **state)
{
    reading *t = *state;
    enum { SIZE = 4 << 20 };
    char *json = malloc(SIZE);
    for (uint32_t n = 1; n <= 200000; n = n < 40 ? n + 1 : n * 13) {
        for (uint32_t twin = 0; twin <= 2; twin++) {
            size_t len = (size_t)snprintf(json, SIZE, "{\"id\":\"E\",\"x\":{");
            for (uint32_t i = 0; i < n; i++)
                len += (size_t)snprintf(json + len, SIZE - len, "%s\"k%u\":0", i > 0 ? "," : "", i);
            if (twin > 0)
                len += (size_t)snprintf(json + len, SIZE - len, ",\"\\u006b%u\":0", twin == 1 ? 0 : n - 1);
            len += (size_t)snprintf(json + len, SIZE - len, "}}");
            assert_int_equal(read_bytes(&t->s, json, len), twin == 0 ? DR_OK : DR_BAD_INPUT);
        }
    }
    free(json);
}

static void test_undeclared(void **state)
{
    reading *t = *state;
    t->s.names_undeclared = true;
    good(t, in_root("\"steps\":[{\"at\":\"2026-01-01T10:00\",\"action\":\"stop\",\"colour\":\"secret\","
                    "\"a\\nb\":{\"deep\":1}},"
                    "{\"at\":\"2026-01-01T10:00\",\"action\":\"stop\",\"colour\":2,\"parts\":[{\"z\":0}],"
                    "\"mass\":{\"value\":1,\"unit\":\"g\",\"note\":1}}],"
                    "\"owner\":{\"shoe_size\":44},\"colour\":1,\"format\":\"drip.encounter/1\""));
    assert_string_equal(t->s.undeclared.data, "colour\nowner.shoe_size\nsteps[].a\\x0ab\nsteps[].colour\n"
                                              "steps[].mass.note\nsteps[].parts[].z\n");
    good(t, in_root("\"count\":1"));
    assert_int_equal(t->s.undeclared.len, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_text),
        TEST(test_missing),
        TEST(test_enum),
        TEST(test_bool_and_int),
        TEST(test_decimal),
        TEST(test_quantity),
        TEST(test_required_quantity),
        TEST(test_required_rows),
        TEST(test_duration),
        TEST(test_date_and_instant),
        TEST(test_offsets),
        TEST(test_set),
        TEST(test_rows),
        TEST(test_seen),
        TEST(test_keys),
        TEST(test_many_keys),
        TEST(test_undeclared),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
