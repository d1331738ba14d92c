/* tests/unit/test_hooks.c: hooks through the public interface and the sandbox alone: what a script can reach, exact
 * numbers, ten thousand attacks without growth, failing memory, interrupts, fuel, threads. */
#include "drip.h"
#include "hooks.h"
#include "unit.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- an allocator that counts, and fails when it is told to ---- */

typedef struct counter {
    size_t held;
    long until; /* allocations that succeed; below 0: all */
    bool for_good, failed;
} counter;

static void *counted(void *context, void *ptr, size_t old_size, size_t new_size)
{
    counter *c = context;
    if (new_size > 0 && c->until >= 0 && c->until-- == 0) {
        c->until = c->for_good ? 0 : -1;
        c->failed = true;
        return NULL;
    }
    c->held += new_size - old_size;
    if (new_size == 0) {
        free(ptr);
        return NULL;
    }
    return realloc(ptr, new_size);
}

/* ---- a policy and its encounters ---- */

static char *read_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    char *text = calloc(1, 1 << 20);
    assert_true(fread(text, 1, (1 << 20) - 1, f) > 0);
    fclose(f);
    return text;
}

#define FOLDER "tests/cases/hook-attacks/"

static drip_status compile(drip_engine *e, drip_program **program)
{
    drip_layers *layers = NULL;
    *program = NULL;
    drip_status status = drip_layers_new(e, &layers);
    if (status == DRIP_OK)
        status = drip_layers_add_policy_files(layers, "./" FOLDER "policy.drip", "", NULL);
    if (status == DRIP_OK)
        status = drip_compile(layers, program, NULL);
    drip_layers_free(layers);
    return status;
}

typedef struct lines {
    char *text, *at[256];
    size_t n;
} lines;

static lines encounters(void)
{
    lines l = {.text = read_file(FOLDER "visits.ndjson")};
    char *rest = l.text;
    for (char *line = NULL; (line = strsep(&rest, "\n")) != NULL && l.n < 256;)
        if (*line != '\0')
            l.at[l.n++] = line;
    assert_true(l.n > 60);
    return l;
}

/* The result as JSON; to be freed. */
static char *answer(drip_session *s, const char *json)
{
    const char *text = NULL;
    size_t len = 0;
    assert_int_equal(drip_eval(s, json, strlen(json)), DRIP_OK);
    assert_int_equal(drip_result_json(s, &text, &len), DRIP_OK);
    return strndup(text, len);
}

/* ---- tests ---- */

static void test_ten_thousand(void **state)
{
    (void)state;
    counter c = {.until = -1};
    drip_engine *e = NULL;
    drip_program *p = NULL;
    drip_session *s = NULL;
    lines l = encounters();
    char *first[256] = {NULL};
    size_t early = 0, late = 0;
    drip_limits limits = DRIP_LIMITS_INIT;
    limits.hook_steps = 10000; /* ends sooner what goes on for ever */
    assert_int_equal(drip_engine_new(counted, &c, &limits, &e), DRIP_OK);
    assert_int_equal(compile(e, &p), DRIP_OK);
    assert_int_equal(drip_session_new(p, &s), DRIP_OK);
    for (size_t i = 0; i < 10000; i++) {
        size_t k = i % l.n;
        char *now = answer(s, l.at[k]);
        if (first[k] == NULL)
            first[k] = now;
        else {
            assert_string_equal(now, first[k]);
            free(now);
        }
        if (i < 1000)
            early = c.held > early ? c.held : early;
        if (i >= 9000)
            late = c.held > late ? c.held : late;
    }
    assert_true(late <= early);
    for (size_t k = 0; k < l.n; k++)
        free(first[k]);
    drip_session_free(s);
    drip_program_free(p);
    drip_engine_free(e);
    assert_int_equal(c.held, 0);
    free(l.text);
}

/* One encounter, in a session of its own; what it took in fuel, and its result. */
static uint64_t alone(drip_program *p, const char *json, char **result)
{
    drip_session *s = NULL;
    assert_int_equal(drip_session_new(p, &s), DRIP_OK);
    *result = answer(s, json);
    uint64_t fuel = drip_session_fuel_used(s);
    drip_session_free(s);
    return fuel;
}

static void test_history(void **state)
{
    (void)state;
    drip_engine *e = NULL;
    drip_program *p = NULL;
    drip_session *s = NULL;
    lines l = encounters();
    assert_int_equal(drip_engine_new(NULL, NULL, NULL, &e), DRIP_OK);
    assert_int_equal(compile(e, &p), DRIP_OK);
    assert_int_equal(drip_session_new(p, &s), DRIP_OK);
    for (size_t i = l.n; i-- > 0;) {
        char *other = NULL, *now = answer(s, l.at[i]);
        uint64_t fuel = drip_session_fuel_used(s);
        assert_int_equal(alone(p, l.at[i], &other), fuel);
        assert_string_equal(now, other);
        assert_true(fuel <= 2 + DR_HOOK_STEPS);
        free(now);
        free(other);
    }
    drip_session_free(s);
    drip_program_free(p);
    drip_engine_free(e);
    free(l.text);
}

/* Everything from compiling to the answer, with the n-th allocation failing, once or from then on. */
static bool with_failure(long n, bool for_good, const char *json, const char *want)
{
    counter c = {.until = -1, .for_good = for_good};
    drip_engine *e = NULL;
    drip_program *p = NULL;
    drip_session *s = NULL;
    assert_int_equal(drip_engine_new(counted, &c, NULL, &e), DRIP_OK);
    c.until = n;
    drip_status status = compile(e, &p);
    if (status == DRIP_OK)
        status = drip_session_new(p, &s);
    if (status == DRIP_OK)
        status = drip_eval(s, json, strlen(json));
    bool failed = c.failed;
    assert_true(status == DRIP_OK || failed);
    c.until = -1;
    if (s != NULL) { /* usable afterwards, and the answer is the same */
        char *now = answer(s, json);
        assert_string_equal(now, want);
        free(now);
    }
    drip_session_free(s);
    drip_program_free(p);
    drip_engine_free(e);
    assert_int_equal(c.held, 0);
    return failed;
}

static void test_failing_memory(void **state)
{
    (void)state;
    drip_engine *e = NULL;
    drip_program *p = NULL;
    char *want = NULL;
    lines l = encounters();
    assert_int_equal(drip_engine_new(NULL, NULL, NULL, &e), DRIP_OK);
    assert_int_equal(compile(e, &p), DRIP_OK);
    alone(p, l.at[0], &want);
    for (int for_good = 0; for_good < 2; for_good++) {
        long n = 0;
        /* The script's compile alone takes thousands; tests/faults tries each, with a small one. */
        while (with_failure(n, for_good != 0, l.at[0], want))
            n += n < 300 ? 7 : 97;
        assert_true(n > 1000);
    }
    free(want);
    drip_program_free(p);
    drip_engine_free(e);
    free(l.text);
}

static void *interrupt_later(void *session)
{
    for (int i = 0; i < 50; i++) {
        usleep(1000);
        drip_session_interrupt(session);
    }
    return NULL;
}

static void test_interrupt(void **state)
{
    (void)state;
    drip_engine *e = NULL;
    drip_program *p = NULL;
    drip_session *s = NULL;
    lines l = encounters();
    pthread_t other;
    int interrupted = 0;
    assert_int_equal(drip_engine_new(NULL, NULL, NULL, &e), DRIP_OK);
    assert_int_equal(compile(e, &p), DRIP_OK);
    assert_int_equal(drip_session_new(p, &s), DRIP_OK);
    char *want = answer(s, l.at[0]);
    assert_int_equal(pthread_create(&other, NULL, interrupt_later, s), 0);
    for (int i = 0; i < 20000 && interrupted < 5; i++) {
        drip_status status = drip_eval(s, l.at[1], strlen(l.at[1])); /* it loops */
        assert_true(status == DRIP_OK || status == DRIP_INTERRUPTED);
        interrupted += status == DRIP_INTERRUPTED;
    }
    pthread_join(other, NULL);
    assert_true(interrupted > 0);
    (void)drip_eval(s, l.at[1], strlen(l.at[1])); /* uses up a last request */
    char *now = answer(s, l.at[0]);
    assert_string_equal(now, want);
    free(now);
    free(want);
    drip_session_free(s);
    drip_program_free(p);
    drip_engine_free(e);
    free(l.text);
}

/* Too little fuel for the hook refuses the encounter, as it would without a hook; a smaller budget fails the hook. */
static void test_budgets(void **state)
{
    (void)state;
    lines l = encounters();
    for (int small_fuel = 0; small_fuel < 2; small_fuel++) {
        drip_limits limits = DRIP_LIMITS_INIT;
        drip_engine *e = NULL;
        drip_program *p = NULL;
        drip_session *s = NULL;
        limits.fuel = small_fuel ? 50000 : 0;
        limits.hook_steps = small_fuel ? 0 : 1000;
        assert_int_equal(drip_engine_new(NULL, NULL, &limits, &e), DRIP_OK);
        assert_int_equal(compile(e, &p), DRIP_OK);
        assert_int_equal(drip_session_new(p, &s), DRIP_OK);
        drip_status status = drip_eval(s, l.at[1], strlen(l.at[1]));
        assert_int_equal(status, small_fuel ? DRIP_LIMIT : DRIP_OK);
        if (!small_fuel) {
            char *now = answer(s, l.at[1]);
            assert_non_null(strstr(now, "it takes more than 1000 steps"));
            assert_true(drip_session_fuel_used(s) <= 1002);
            free(now);
        }
        drip_session_free(s);
        drip_program_free(p);
        drip_engine_free(e);
    }
    free(l.text);
}

typedef struct worker {
    drip_program *p;
    const lines *l;
    char *const *want;
    bool same;
} worker;

static void *work(void *context)
{
    worker *w = context;
    drip_session *s = NULL;
    w->same = drip_session_new(w->p, &s) == DRIP_OK;
    for (int i = 0; i < 200 && w->same; i++) {
        size_t k = (size_t)i % w->l->n;
        char *now = answer(s, w->l->at[k]);
        w->same = strcmp(now, w->want[k]) == 0;
        free(now);
    }
    drip_session_free(s);
    return NULL;
}

static void test_threads(void **state)
{
    (void)state;
    drip_engine *e = NULL;
    drip_program *p = NULL;
    lines l = encounters();
    char *want[256] = {NULL};
    worker workers[4];
    pthread_t threads[4];
    assert_int_equal(drip_engine_new(NULL, NULL, NULL, &e), DRIP_OK);
    assert_int_equal(compile(e, &p), DRIP_OK);
    for (size_t k = 0; k < l.n; k++)
        alone(p, l.at[k], &want[k]);
    for (int i = 0; i < 4; i++) {
        workers[i] = (worker){p, &l, want, false};
        assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        assert_true(workers[i].same);
    }
    for (size_t k = 0; k < l.n; k++)
        free(want[k]);
    drip_program_free(p);
    drip_engine_free(e);
    free(l.text);
}

/* ---- the sandbox alone ---- */

typedef struct box {
    dr_hooks *h;
    dr_arena arena;
    dr_hook_report report;
    dr_hook_value result;
} box;

static dr_hook_end run(box *b, const char *script)
{
    const dr_alloc alloc = dr_alloc_default();
    b->h = dr_hooks_new(&alloc, 0, NULL);
    assert_non_null(b->h);
    dr_arena_init(&b->arena, &alloc, 4096, 1 << 20);
    dr_hook_end end = dr_hooks_load(b->h, script, strlen(script), &b->report);
    dr_hook_job job = {.function = "f", .steps = DR_HOOK_STEPS, .arena = &b->arena};
    if (end == DR_HOOK_DONE)
        end = dr_hooks_call(b->h, &job, &b->report);
    b->result = job.result;
    return end;
}

static void drop(box *b)
{
    dr_hooks_free(b->h);
    dr_arena_free(&b->arena);
}

static void assert_word(const char *script, const char *want)
{
    box b = {.h = NULL};
    if (run(&b, script) != DR_HOOK_DONE)
        fail_msg("%s: line %u: %s", script, b.report.line, b.report.reason);
    assert_int_equal(b.result.kind, DR_HOOK_WORD);
    assert_string_equal(b.result.text.bytes, want);
    drop(&b);
}

static void test_reach(void **state)
{
    (void)state;
    assert_word(
        "function f()\n"
        "  local out = {}\n"
        "  for k, v in pairs(_ENV) do\n"
        "    if type(v) == 'table' then\n"
        "      for name, one in pairs(v) do table.insert(out, k .. '.' .. name .. ' ' .. type(one)) end\n"
        "    else table.insert(out, k .. ' ' .. type(v)) end\n"
        "  end\n"
        "  return table.concat(out, ', ')\n"
        "end\n",
        "assert function, error function, f function, ipairs function, math.abs function, math.max function, "
        "math.min function, num.div function, num.int function, num.of function, num.round function, "
        "pairs function, select function, string.byte function, string.find function, string.len function, "
        "string.lower function, string.rep function, string.replace function, string.split function, "
        "string.sub function, string.upper function, table.concat function, table.insert function, "
        "table.remove function, table.sort function, table.unpack function, tonumber function, "
        "tostring function, type function");
}

static void test_numbers(void **state)
{
    (void)state;
    assert_word("function f() return tostring(num.of('0.1') + num.of('0.2')) end", "0.3");
    assert_word("function f() return tostring(num.of('0.1') + num.of('0.2') == num.of('0.3')) end", "true");
    assert_word("function f() return tostring(num.div(1, 3)) end", "1/3");
    assert_word("function f() return tostring(num.round(num.div(2, 3), 2, 'half_up')) end", "0.67");
    assert_word("function f() return tostring(num.round(num.of('2.5'), 0, 'half_even')) end", "2");
    assert_word("function f() return tostring(math.max(1, num.of('1.5'), 1)) end", "1.5");
    assert_word("function f() return tostring(-num.of('1.50')) end", "-1.5");
    assert_word("function f() return tostring(2 * num.of('1.25') - 1) end", "1.5");
    assert_word("function f() return tostring(num.of('9') < num.of('10')) end", "true");
    assert_word("function f() return tostring(num.int(num.of('1.5') * 2) + 1) end", "4");
    assert_word("function f() return tostring(tonumber('-007')) .. ' ' .. tostring(tonumber('1.5')) end",
                "-7 nil");
    assert_word("function f() return tostring(7 // 2) .. ' ' .. 7 % 4 end", "3 3");
}

static void test_functions(void **state)
{
    (void)state;
    assert_word("function f() return string.sub('abcdef', -3, -2) .. string.sub('abc', 2) end", "debc");
    assert_word("function f() local a, b = string.find('a.b.c', '.', 3) return a .. ' ' .. b end", "4 4");
    assert_word("function f() return table.concat(string.split('a,b,,c', ','), '|') end", "a|b||c");
    assert_word("function f() return string.replace('a.b.c', '.', '--') end", "a--b--c");
    assert_word("function f() return string.upper('aZ1\xc3\xa4') .. string.lower('AZ') end", "AZ1\xc3\xa4"
                                                                                             "az");
    assert_word("function f() local t = { 3, 1, 2 } table.sort(t) table.insert(t, 2, 9) table.remove(t) "
                "return table.concat(t, ' ') .. #t end",
                "1 9 23");
    assert_word("function f() local t = { 'b', 'B', 'a', '\xc3\xa4' } "
                "table.sort(t, function(x, y) return x > y end) return table.concat(t) end",
                "\xc3\xa4"
                "baB");
    assert_word("function f() local function n(...) return select('#', ...) .. select(2, ...) end "
                "return n(table.unpack({ 'a', 'b', 'c' })) end",
                "3b");
    assert_word("function f() local s = '' for i, v in ipairs({ 'a', 'b', nil, 'd' }) do s = s .. i .. v end "
                "return s end",
                "1a2b");
}

/* Refused by its text, or not: what stands in comments and texts is no matter. */
static void test_refused(void **state)
{
    (void)state;
    static const char *const good[] = {"-- 0.5 / 2 ^ 3\n",
                                       "--[[ / ]]",
                                       "--[==[ ]] / ]==]",
                                       "x = 'a / b \\' / c'",
                                       "x = \"1.5\"",
                                       "x = [[ 0.5 ]]",
                                       "x = [=[ ]] / ]=]",
                                       "x = 7 // 2",
                                       "x = a.b",
                                       "x = a .. b",
                                       "x = 0xff",
                                       "x = 9223372036854775807",
                                       "x = t[t[1]]  y = 1 < 2",
                                       "x = ...",
                                       "x = a ~= b"};
    static const char *const bad[] = {"x = 1 / 2",
                                      "x = 2 ^ 2",
                                      "x = 0.5",
                                      "x = .5",
                                      "x = 5.",
                                      "x = 1e3",
                                      "x = 0x1p4",
                                      "x = 9223372036854775808",
                                      "x = 1 & 2",
                                      "x = 1 | 2",
                                      "x = ~1",
                                      "x = 1 >> 2",
                                      "x = t[1 < 2]",
                                      "x = t[(1 == 2)]",
                                      "local x <close> = nil",
                                      "--[[ ]] x = 1 / 2",
                                      "--\nx = 1 / 2"};
    uint32_t start = 0, end = 0;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        if (dr_hook_refused(good[i], strlen(good[i]), &start, &end) != NULL)
            fail_msg("refused: %s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (dr_hook_refused(bad[i], strlen(bad[i]), &start, &end) == NULL)
            fail_msg("not refused: %s", bad[i]);
        assert_true(start < end && end <= strlen(bad[i]));
    }
}

/* Scripts that never stand in a folder: from the caller's memory. */
static void test_from_memory(void **state)
{
    (void)state;
    static const char policy[] =
        "drip 1\npolicy p version \"1\" by date of visit.start\n"
        "entity Visit\n  id : text key\n  start : instant\n"
        "result Line as \"lines\"\n  code : text name\n  units : int count\n  ordered by code\n"
        "hook two(n: int) -> int from \"two.lua\"\n"
        "line a for v in Visit\n  code = \"A\"\n  units = two(3) else 0\n";
    static const char *const scripts[] = {"function two(n) return 2 * n end",
                                          "function two(n) return 3 * n end"};
    static const char visit[] =
        "{\"format\":\"drip.encounter/1\",\"id\":\"a\",\"start\":\"2025-01-01T08:00\"}";
    char digests[2][80] = {"", ""};
    for (int i = 0; i < 2; i++) {
        drip_engine *e = NULL;
        drip_layers *layers = NULL;
        drip_program *p = NULL;
        char *now = NULL;
        assert_int_equal(drip_engine_new(NULL, NULL, NULL, &e), DRIP_OK);
        assert_int_equal(drip_layers_new(e, &layers), DRIP_OK);
        assert_int_equal(drip_layers_add(layers, "p.drip", policy, sizeof policy - 1, NULL), DRIP_OK);
        assert_int_equal(drip_layers_add(layers, "two.lua", scripts[i], strlen(scripts[i]), NULL), DRIP_OK);
        assert_int_equal(drip_compile(layers, &p, NULL), DRIP_OK);
        snprintf(digests[i], sizeof digests[i], "%s", drip_program_digest(p));
        alone(p, visit, &now);
        assert_non_null(strstr(now, i == 0 ? "\"units\":6" : "\"units\":9"));
        free(now);
        drip_layers_free(layers);
        drip_program_free(p);
        drip_engine_free(e);
    }
    assert_string_not_equal(digests[0], digests[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reach),        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_functions),    cmocka_unit_test(test_refused),
        cmocka_unit_test(test_from_memory),  cmocka_unit_test(test_history),
        cmocka_unit_test(test_budgets),      cmocka_unit_test(test_interrupt),
        cmocka_unit_test(test_threads),      cmocka_unit_test(test_failing_memory),
        cmocka_unit_test(test_ten_thousand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
