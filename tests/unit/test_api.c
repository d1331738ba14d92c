/* drip: test_api.c, tests. drip.h as a host uses it: functions of the host, limits by their names, options structs of
 * other versions, encounters given without JSON where they are wrong. */
#include "unit.h"

#include "drip.h"

static const char policy[] = "drip 1\n"
                             "policy tiny version \"1\" effective 2026-01-01 onward by date of visit.start\n"
                             "enum Class { plain, special }\n"
                             "entity Visit\n"
                             "  id    : text key\n"
                             "  start : instant\n"
                             "entity Item in Visit as \"items\"\n"
                             "  name  : text?\n"
                             "  class : Class?\n"
                             "  tags  : set of text?\n"
                             "  size  : number?  as \"size.count\"\n"
                             "  long  : duration?\n"
                             "result Line as \"lines\"\n"
                             "  code  : text name\n"
                             "  units : int count\n"
                             "  more  : set of text\n";

static const char hooked[] =
    "hook many(name: text?, class: Class?, tags: set of text?, size: number?, long: duration?, day: date) -> "
    "int from host\n"
    "hook tell(name: text?) -> set of text from host\n"
    "attribute Item.many: int? = many(name, class, tags, size, long, date of visit.start)\n"
    "attribute Item.told: set of text = tell(name) else {}\n"
    "line given for i in Item when i.many is known\n"
    "  code  = \"A\"\n"
    "  units = i.many\n"
    "  more  = i.told\n";

static const char scripted[] = "hook many(size: number) -> int from \"many.lua\"\n"
                               "line given for i in Item when i.size is known and many(i.size) is known\n"
                               "  code  = \"A\"\n"
                               "  units = many(i.size)\n";
static const char script[] = "function many(n)\n"
                             "  local t = {}\n"
                             "  for i = 1, num.int(n) do t[i] = i end\n"
                             "  return 1\n"
                             "end\n";

static const char plain[] = "line given for i in Item when i.name is known\n"
                            "  code  = i.name\n"
                            "  units = 1\n";

typedef struct host {
    drip_engine *engine;
    drip_program *program;
    drip_session *session;
    drip_error *error;
} host;

static drip_status add(drip_layers *layers, const char *name, const char *text)
{
    return drip_layers_add(layers, name, text, strlen(text), NULL);
}

typedef struct answers { /* what the host's function saw, and how it is to behave */
    int calls, fails;
    int64_t answer;
    const char *number;
} answers;

static int many(void *context, drip_call *c)
{
    answers *a = context;
    a->calls++;
    assert_string_equal(c->hook, "many");
    assert_int_equal(c->n_values, 6);
    assert_int_equal(c->result.type, DRIP_TYPE_INT);
    assert_int_equal(c->result.missing, 1);
    const drip_host_value *v = c->values;
    assert_int_equal(v[0].type, DRIP_TYPE_TEXT);
    if (!v[1].missing) {
        assert_string_equal(v[0].text, "x");
        assert_int_equal(v[1].type, DRIP_TYPE_ENUM);
        assert_string_equal(v[1].text, "special");
        assert_int_equal(v[2].n_members, 2);
        assert_string_equal(v[2].members[0].bytes, "a");
        assert_string_equal(v[2].members[1].bytes, "b");
        assert_string_equal(v[3].text, "2.5");
        assert_int_equal(v[4].integer, 5400);
    }
    assert_int_equal(v[5].type, DRIP_TYPE_DATE);
    assert_string_equal(v[5].text, "2026-03-02");
    c->reason = "the price list is not there";
    c->result.missing = 0;
    c->result.integer = a->answer;
    return a->fails;
}

static int also(void *context, drip_call *c)
{
    static const drip_text two[] = {{"z", 1}, {"y", 1}};
    (void)context;
    c->result.missing = 0;
    c->result.members = two;
    c->result.n_members = 2;
    return 0;
}

static drip_status open_host(host *h, const drip_limits *limits, const char *more, answers *a)
{
    drip_layers *layers = NULL;
    char text[4096];
    *h = (host){NULL};
    snprintf(text, sizeof text, "%s%s", policy, more);
    assert_int_equal(drip_engine_new(NULL, NULL, limits, &h->engine), DRIP_OK);
    assert_int_equal(drip_layers_new(h->engine, &layers), DRIP_OK);
    assert_int_equal(add(layers, "many.lua", script), DRIP_OK);
    assert_int_equal(add(layers, "tiny.drip", text), DRIP_OK);
    if (a != NULL) {
        assert_int_equal(drip_layers_set_host_function(layers, "many", many, NULL), DRIP_OK);
        assert_int_equal(drip_layers_set_host_function(layers, "many", many, a), DRIP_OK);
        assert_int_equal(drip_layers_set_host_function(layers, "tell", also, NULL), DRIP_OK);
    }
    drip_status status = drip_compile(layers, &h->program, &h->error);
    drip_layers_free(layers);
    if (status == DRIP_OK)
        assert_int_equal(drip_session_new(h->program, &h->session), DRIP_OK);
    return status;
}

static void close_host(host *h)
{
    drip_error_free(h->error);
    drip_session_free(h->session);
    drip_program_free(h->program);
    drip_engine_free(h->engine);
}

static drip_status eval(const host *h, const char *json)
{
    return drip_eval(h->session, json, strlen(json));
}

#define VISIT(items) "{\"id\":\"v\",\"start\":\"2026-03-02T08:00\",\"items\":[" items "]}"

/* ---- functions of the host */

static void test_host_functions(void **state)
{
    (void)state;
    host h;
    answers a = {.answer = 3};
    drip_value v;
    drip_text member;
    assert_int_equal(open_host(&h, NULL, hooked, &a), DRIP_OK);
    assert_int_equal(eval(&h, VISIT("{\"name\":\"x\",\"class\":\"special\",\"tags\":[\"b\",\"a\"],"
                                    "\"size\":{\"count\":2.50},\"long\":90}")),
                     DRIP_OK);
    assert_true(a.calls > 0);
    assert_int_equal(drip_result_lines(h.session), 1);
    assert_int_equal(drip_result_line_value(h.session, 0, 1, &v), DRIP_OK);
    assert_int_equal(v.integer, 3);
    assert_int_equal(drip_result_line_value(h.session, 0, 2, &v), DRIP_OK);
    assert_int_equal(v.members, 2);
    assert_int_equal(drip_result_line_member(h.session, 0, 2, 0, &member), DRIP_OK);
    assert_string_equal(member.bytes, "y");
    assert_int_equal(drip_result_line_member(h.session, 0, 2, 2, &member), DRIP_NOT_FOUND);
    a.fails = 1;
    assert_int_equal(eval(&h, VISIT("{}")), DRIP_OK);
    assert_int_equal(drip_result_lines(h.session), 0);
    drip_finding f;
    assert_int_equal(drip_result_findings(h.session), 1);
    assert_int_equal(drip_result_finding(h.session, 0, &f), DRIP_OK);
    assert_string_equal(f.code, "hook-failed");
    assert_string_equal(f.message,
                        "the hook many failed, and its value is missing: the price list is not there (host)");
    a.fails = 0;
    a.answer = INT64_MIN; /* what stands for missing is no number */
    assert_int_equal(eval(&h, VISIT("{}")), DRIP_OK);
    assert_int_equal(drip_result_lines(h.session), 0);
    assert_int_equal(drip_result_findings(h.session), 1);
    close_host(&h);
}

static void test_host_is_needed(void **state)
{
    (void)state;
    host h;
    drip_diag d;
    assert_int_equal(open_host(&h, NULL, hooked, NULL), DRIP_BAD_POLICY);
    assert_int_equal(drip_error_diag(h.error, 0, &d), DRIP_OK);
    assert_string_equal(d.code, "E0561");
    close_host(&h);
}

/* ---- limits, just enough and one less */

static const char items[] = VISIT("{\"name\":\"x\"},{\"name\":\"y\"}");

static void limited(const drip_limits *limits, drip_status wanted, drip_limit which)
{
    host h;
    assert_int_equal(open_host(&h, limits, plain, NULL), DRIP_OK);
    assert_int_equal(eval(&h, items), wanted);
    assert_int_equal(drip_session_limit(h.session), which);
    assert_int_equal(eval(&h, VISIT("")), DRIP_OK); /* usable, and the last one is forgotten */
    assert_int_equal(drip_session_limit(h.session), DRIP_LIMIT_NONE);
    close_host(&h);
}

static void test_limits_of_a_session(void **state)
{
    (void)state;
    host h;
    assert_int_equal(open_host(&h, NULL, plain, NULL), DRIP_OK);
    assert_int_equal(eval(&h, items), DRIP_OK);
    uint64_t fuel = drip_session_fuel_used(h.session);
    close_host(&h);
    drip_limits l = DRIP_LIMITS_INIT;
    l.fuel = fuel;
    limited(&l, DRIP_OK, DRIP_LIMIT_NONE);
    l.fuel = fuel - 1;
    limited(&l, DRIP_LIMIT, DRIP_LIMIT_FUEL);
    l = (drip_limits){.struct_size = sizeof l, .input_bytes = sizeof items - 1};
    limited(&l, DRIP_OK, DRIP_LIMIT_NONE);
    l.input_bytes--;
    limited(&l, DRIP_LIMIT, DRIP_LIMIT_INPUT_BYTES);
    l = (drip_limits){.struct_size = sizeof l, .rows = 2};
    limited(&l, DRIP_OK, DRIP_LIMIT_NONE);
    l.rows = 1;
    limited(&l, DRIP_LIMIT, DRIP_LIMIT_ROWS);
    l = (drip_limits){.struct_size = sizeof l, .depth = 3};
    limited(&l, DRIP_OK, DRIP_LIMIT_NONE);
}

static void test_limit_of_depth(void **state)
{
    (void)state;
    host h;
    drip_limits l = {.struct_size = sizeof l, .depth = 3};
    assert_int_equal(open_host(&h, &l, plain, NULL), DRIP_OK);
    assert_int_equal(eval(&h, VISIT("{\"other\":3}")), DRIP_OK);
    assert_int_equal(eval(&h, VISIT("{\"other\":[3]}")), DRIP_LIMIT);
    assert_int_equal(drip_session_limit(h.session), DRIP_LIMIT_DEPTH);
    close_host(&h);
}

/* The least heap that is enough, found by halving: with one step less it is refused by that limit. */
static void test_limit_of_heap(void **state)
{
    (void)state;
    static char json[200000];
    size_t len = 0, low = 1, high = (size_t)64 << 20;
    len += (size_t)snprintf(json, sizeof json, "{\"id\":\"v\",\"start\":\"2026-03-02T08:00\",\"items\":[");
    for (int i = 0; i < 3000; i++)
        len += (size_t)snprintf(json + len, sizeof json - len, "%s{\"name\":\"name number %d\"}",
                                i > 0 ? "," : "", i);
    snprintf(json + len, sizeof json - len, "]}");
    while (high - low > 1) {
        drip_limits l = {.struct_size = sizeof l, .heap = low + (high - low) / 2};
        host h;
        assert_int_equal(open_host(&h, &l, plain, NULL), DRIP_OK);
        drip_status status = eval(&h, json);
        assert_true(status == DRIP_OK || status == DRIP_LIMIT);
        assert_int_equal(drip_session_limit(h.session),
                         status == DRIP_OK ? DRIP_LIMIT_NONE : DRIP_LIMIT_HEAP);
        if (status == DRIP_OK)
            high = l.heap;
        else
            low = l.heap;
        close_host(&h);
    }
    assert_true(high > 100000);
}

static void hook_limited(const drip_limits *limits, int count, drip_limit which)
{
    char json[200];
    host h;
    snprintf(json, sizeof json, VISIT("{\"size\":{\"count\":%d}}"), count);
    assert_int_equal(open_host(&h, limits, scripted, NULL), DRIP_OK);
    assert_int_equal(eval(&h, json), DRIP_OK);
    assert_int_equal(drip_session_limit(h.session), which);
    assert_int_equal(drip_result_lines(h.session), which == DRIP_LIMIT_NONE);
    assert_int_equal(drip_result_findings(h.session) > 0, which != DRIP_LIMIT_NONE);
    close_host(&h);
}

static void test_limits_of_a_hook(void **state)
{
    (void)state;
    drip_limits l = {.struct_size = sizeof l, .hook_steps = 5000};
    hook_limited(&l, 500, DRIP_LIMIT_NONE);
    hook_limited(&l, 5000, DRIP_LIMIT_HOOK_STEPS);
    l = (drip_limits){.struct_size = sizeof l, .hook_bytes = 100000};
    hook_limited(&l, 100, DRIP_LIMIT_NONE);
    hook_limited(&l, 6000, DRIP_LIMIT_HOOK_BYTES);
}

static void test_limit_of_source_bytes(void **state)
{
    (void)state;
    drip_engine *engine = NULL;
    drip_layers *layers = NULL;
    drip_error *error = NULL;
    drip_limits l = {.struct_size = sizeof l, .source_bytes = sizeof policy - 1};
    assert_int_equal(drip_engine_new(NULL, NULL, &l, &engine), DRIP_OK);
    assert_int_equal(drip_layers_new(engine, &layers), DRIP_OK);
    assert_int_equal(drip_layers_add(layers, "a", policy, sizeof policy - 1, &error), DRIP_OK);
    assert_int_equal(drip_layers_add(layers, "b", " ", 1, &error), DRIP_LIMIT);
    assert_int_equal(drip_error_limit(error), DRIP_LIMIT_SOURCE_BYTES);
    assert_int_equal(drip_error_limit(NULL), DRIP_LIMIT_NONE);
    assert_string_equal(drip_limit_name(drip_error_limit(error)), "source_bytes");
    drip_error_free(error);
    drip_layers_free(layers);
    drip_engine_free(engine);
}

/* As that of the heap: either it compiles, or that limit is named and nothing else is wrong. */
static void test_limit_of_compile_heap(void **state)
{
    (void)state;
    size_t low = 1, high = (size_t)64 << 20;
    while (high - low > 1) {
        drip_limits l = {.struct_size = sizeof l, .compile_heap = low + (high - low) / 2};
        host h;
        drip_status status = open_host(&h, &l, plain, NULL);
        assert_true(status == DRIP_OK || status == DRIP_LIMIT);
        if (status == DRIP_OK) {
            high = l.compile_heap;
        } else {
            low = l.compile_heap;
            assert_int_equal(drip_error_limit(h.error), DRIP_LIMIT_COMPILE_HEAP);
            assert_int_equal(drip_error_count(h.error), 1);
        }
        close_host(&h);
    }
    assert_true(high > 10000);
}

/* ---- options of other versions: shorter is older, longer newer; what is not known is passed over */

static void test_options_of_other_versions(void **state)
{
    (void)state;
    struct {
        drip_limits known;
        uint64_t later[4];
    } newer = {.known = {.struct_size = sizeof newer, .rows = 1}, .later = {1, 2, 3, 4}};
    limited(&newer.known, DRIP_LIMIT, DRIP_LIMIT_ROWS);
    drip_limits older = {.struct_size = offsetof(drip_limits, rows), .rows = 1}; /* it knows of no rows yet */
    limited(&older, DRIP_OK, DRIP_LIMIT_NONE);
    drip_engine *engine = NULL;
    drip_limits none = {.struct_size = 0};
    assert_int_equal(drip_engine_new(NULL, NULL, &none, &engine), DRIP_MISUSE);
    assert_null(engine);
    host h;
    const char *text;
    size_t len, whole;
    assert_int_equal(open_host(&h, NULL, plain, NULL), DRIP_OK);
    assert_int_equal(eval(&h, items), DRIP_OK);
    struct {
        drip_options_explain known;
        void *later[4];
    } explain = {.known = {.struct_size = sizeof explain, .as_json = 1}};
    assert_int_equal(drip_explain(h.session, &explain.known, &text, &len), DRIP_OK);
    assert_int_equal(text[0], '{');
    drip_options_explain shorter = {.struct_size = offsetof(drip_options_explain, as_json), .as_json = 1};
    assert_int_equal(drip_explain(h.session, &shorter, &text, &len), DRIP_OK);
    assert_int_not_equal(text[0], '{');
    assert_int_equal(drip_explain(h.session, NULL, &text, &whole), DRIP_OK);
    assert_int_equal(len, whole);
    shorter.struct_size = 3;
    assert_int_equal(drip_explain(h.session, &shorter, &text, &len), DRIP_MISUSE);
    uint32_t name, list, first;
    struct {
        drip_column known;
        void *later[4];
    } column = {.known = {.struct_size = sizeof column, .kind = DRIP_COLUMN_TEXT}};
    const drip_text texts[] = {{"x", 1}, {"y", 1}};
    column.known.texts = texts;
    assert_int_equal(drip_program_list(h.program, "items", &list), DRIP_OK);
    assert_int_equal(drip_program_field(h.program, list, "name", &name), DRIP_OK);
    assert_int_equal(drip_input_begin(h.session), DRIP_OK);
    assert_int_equal(drip_input_rows(h.session, list, 2, &first), DRIP_OK);
    assert_int_equal(drip_input_column(h.session, name, first, 2, &column.known), DRIP_OK);
    column.known.struct_size = 1;
    assert_int_equal(drip_input_column(h.session, name, first, 2, &column.known), DRIP_MISUSE);
    close_host(&h);
}

/* ---- encounters without JSON, misused and wrong */

static drip_status text(const host *h, uint32_t field, uint32_t row, const char *value)
{
    return drip_input_text(h->session, field, row, value, strlen(value));
}

static void begin(const host *h, uint32_t *list, uint32_t *name, uint32_t *row)
{
    uint32_t id, start;
    assert_int_equal(drip_program_field(h->program, 0, "id", &id), DRIP_OK);
    assert_int_equal(drip_program_field(h->program, 0, "start", &start), DRIP_OK);
    assert_int_equal(drip_program_list(h->program, "items", list), DRIP_OK);
    assert_int_equal(drip_program_field(h->program, *list, "name", name), DRIP_OK);
    assert_int_equal(drip_input_begin(h->session), DRIP_OK);
    assert_int_equal(text(h, id, 0, "v"), DRIP_OK);
    assert_int_equal(text(h, start, 0, "2026-03-02T08:00"), DRIP_OK);
    assert_int_equal(drip_input_row(h->session, *list, row), DRIP_OK);
}

static void test_input_is_refused(void **state)
{
    (void)state;
    host h;
    uint32_t list, name, row, count, class;
    assert_int_equal(open_host(&h, NULL, plain, NULL), DRIP_OK);
    assert_int_equal(drip_input_row(h.session, 1, &row), DRIP_MISUSE);
    assert_int_equal(drip_eval_input(h.session), DRIP_MISUSE);
    begin(&h, &list, &name, &row);
    assert_int_equal(drip_program_list(h.program, "itens", &list), DRIP_NOT_FOUND);
    assert_int_equal(drip_program_list(h.program, "items", &list), DRIP_OK);
    assert_int_equal(drip_program_field(h.program, list, "size", &count), DRIP_NOT_FOUND);
    assert_int_equal(drip_program_field(h.program, list, "size.count", &count), DRIP_OK);
    assert_int_equal(drip_program_field(h.program, list, "class", &class), DRIP_OK);
    assert_int_equal(text(&h, name, 1, "x"), DRIP_MISUSE);     /* no such row */
    assert_int_equal(text(&h, 0xFFFFFF, 0, "x"), DRIP_MISUSE); /* nor field */
    assert_int_equal(text(&h, name, row, "x"), DRIP_OK);
    assert_int_equal(text(&h, name, row, "y"), DRIP_BAD_INPUT);
    assert_string_equal(drip_session_message(h.session),
                        "encounter v: items[0].name: the value is given twice");
    assert_int_equal(drip_eval_input(h.session), DRIP_BAD_INPUT);
    assert_string_equal(drip_session_message(h.session),
                        "encounter v: items[0].name: the value is given twice");
    begin(&h, &list, &name, &row);
    assert_int_equal(drip_input_bool(h.session, count, row, 1), DRIP_BAD_INPUT);
    assert_string_equal(drip_session_message(h.session),
                        "encounter v: items[0].size.count: expected a number, found true or false");
    begin(&h, &list, &name, &row);
    assert_int_equal(text(&h, class, row, "other"), DRIP_BAD_INPUT);
    begin(&h, &list, &name, &row);
    assert_int_equal(drip_input_text(h.session, name, row, "a\0b", 3), DRIP_BAD_INPUT);
    begin(&h, &list, &name, &row);
    assert_int_equal(drip_input_text(h.session, name, row, "\xFF", 1), DRIP_BAD_INPUT);
    begin(&h, &list, &name, &row);
    assert_int_equal(text(&h, name, row, "x"), DRIP_OK);
    assert_int_equal(drip_eval_input(h.session), DRIP_OK); /* refusals leave nothing behind */
    assert_int_equal(drip_result_lines(h.session), 1);
    close_host(&h);
}

static void test_input_at_its_limits(void **state)
{
    (void)state;
    host h;
    uint32_t list, name, row;
    drip_limits l = {.struct_size = sizeof l, .rows = 1, .input_bytes = 8 + 1 + 8 + 16 + 8 + 8 + 5};
    assert_int_equal(open_host(&h, &l, plain, NULL), DRIP_OK);
    begin(&h, &list, &name, &row);
    assert_int_equal(text(&h, name, row, "12345"), DRIP_OK);
    assert_int_equal(drip_eval_input(h.session), DRIP_OK);
    begin(&h, &list, &name, &row);
    assert_int_equal(text(&h, name, row, "123456"), DRIP_LIMIT);
    assert_int_equal(drip_session_limit(h.session), DRIP_LIMIT_INPUT_BYTES);
    assert_int_equal(drip_eval_input(h.session), DRIP_LIMIT);
    assert_int_equal(drip_session_limit(h.session), DRIP_LIMIT_INPUT_BYTES);
    close_host(&h);
    l.input_bytes = 0;
    assert_int_equal(open_host(&h, &l, plain, NULL), DRIP_OK);
    begin(&h, &list, &name, &row);
    assert_int_equal(drip_input_row(h.session, list, &row), DRIP_LIMIT);
    assert_string_equal(drip_session_message(h.session),
                        "encounter v: items[1]: more rows than one encounter may have");
    assert_int_equal(drip_eval_input(h.session), DRIP_LIMIT);
    assert_int_equal(drip_session_limit(h.session), DRIP_LIMIT_ROWS);
    close_host(&h);
}

/* Fuel that does not suffice is told in the same words as for JSON: who spent most of it. */
static void test_input_without_fuel(void **state)
{
    (void)state;
    host h;
    uint32_t list, name, row;
    char words[600];
    drip_limits l = DRIP_LIMITS_INIT;
    assert_int_equal(open_host(&h, NULL, plain, NULL), DRIP_OK);
    assert_int_equal(eval(&h, items), DRIP_OK);
    l.fuel = drip_session_fuel_used(h.session) - 1;
    close_host(&h);
    assert_int_equal(open_host(&h, &l, plain, NULL), DRIP_OK);
    assert_int_equal(eval(&h, items), DRIP_LIMIT);
    snprintf(words, sizeof words, "%s", drip_session_message(h.session));
    begin(&h, &list, &name, &row);
    assert_int_equal(text(&h, name, row, "x"), DRIP_OK);
    assert_int_equal(drip_input_row(h.session, list, &row), DRIP_OK);
    assert_int_equal(text(&h, name, row, "y"), DRIP_OK);
    assert_int_equal(drip_eval_input(h.session), DRIP_LIMIT);
    assert_string_equal(drip_session_message(h.session), words);
    assert_int_equal(drip_session_limit(h.session), DRIP_LIMIT_FUEL);
    close_host(&h);
}

/* Every allocation refused once, from the program on: an answer or a status, and nothing lost. */
static void test_input_without_memory(void **state)
{
    (void)state;
    bool done = false;
    for (size_t fail = 1; !done; fail++) {
        tally t = {.fail_at = 0};
        drip_engine *engine = NULL;
        drip_layers *layers = NULL;
        host h = {NULL};
        char source[4096];
        answers a = {.answer = 1};
        snprintf(source, sizeof source, "%s%s", policy, hooked);
        assert_int_equal(drip_engine_new(tally_fn, &t, NULL, &engine), DRIP_OK);
        assert_int_equal(drip_layers_new(engine, &layers), DRIP_OK);
        assert_int_equal(add(layers, "tiny.drip", source), DRIP_OK);
        assert_int_equal(drip_layers_set_host_function(layers, "tell", also, NULL), DRIP_OK);
        assert_int_equal(drip_layers_set_host_function(layers, "many", many, &a), DRIP_OK);
        assert_int_equal(drip_compile(layers, &h.program, NULL), DRIP_OK);
        drip_layers_free(layers);
        t.fail_at = t.calls + fail;
        uint32_t list, name, row, tags;
        drip_status status = drip_session_new(h.program, &h.session);
        if (status == DRIP_OK)
            status = drip_input_begin(h.session);
        if (status == DRIP_OK) {
            t.fail_at = 0; /* begin() asks for no failure */
            begin(&h, &list, &name, &row);
            assert_int_equal(drip_program_field(h.program, list, "tags", &tags), DRIP_OK);
            t.fail_at = t.calls + fail;
            for (int i = 0; i < 40 && status == DRIP_OK; i++) {
                status = drip_input_row(h.session, list, &row);
                for (int k = 0; k < 20 && status == DRIP_OK; k++)
                    status = drip_input_member(h.session, tags, row, &"abcdefghijklmnopqrstuvwxyz"[k], 1);
            }
            drip_status last = drip_eval_input(h.session);
            assert_true(status == DRIP_OK || last == status);
            status = last;
        }
        assert_true(status == DRIP_OK || status == DRIP_NO_MEMORY);
        done = t.calls < t.fail_at;
        t.fail_at = 0;
        drip_session_free(h.session);
        drip_program_free(h.program);
        drip_engine_free(engine);
        assert_int_equal(t.live, 0);
        assert_false(t.dirty || t.wrong_size);
        assert_true(!done || status == DRIP_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_host_functions),
        cmocka_unit_test(test_host_is_needed),
        cmocka_unit_test(test_limits_of_a_session),
        cmocka_unit_test(test_limit_of_depth),
        cmocka_unit_test(test_limit_of_heap),
        cmocka_unit_test(test_limits_of_a_hook),
        cmocka_unit_test(test_limit_of_source_bytes),
        cmocka_unit_test(test_limit_of_compile_heap),
        cmocka_unit_test(test_options_of_other_versions),
        cmocka_unit_test(test_input_is_refused),
        cmocka_unit_test(test_input_at_its_limits),
        cmocka_unit_test(test_input_without_fuel),
        cmocka_unit_test(test_input_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
