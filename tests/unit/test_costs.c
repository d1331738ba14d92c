/* drip: test_costs.c, tests. Bounds through drip.h: each kind of growth, sizes measured, misuse, no memory; and that a
 * refusal for want of fuel names who spent it. */
#include "unit.h"

#include "drip.h"

static const char policy[] =
    "drip 1\n"
    "policy p version \"1\" effective 2020-01-01 onward by date of visit.start\n"
    "entity Visit\n  id : text key\n  start : instant\n  tags : set of text\n"
    "entity Dose in Visit as \"doses\"\n  drug : text?\n  place : text?\n  tags : set of text\n"
    "result Line as \"lines\"\n  code : text name\n  units : int count\n"
    "entity Room groups Dose as doses\n  where place is known\n  by place\n"
    "attribute Visit.one: int = 1\n"
    "attribute Dose.flat: bool = drug is known\n"
    "attribute Room.doses_in: int = count d in doses where d.drug is known\n"
    "attribute Dose.pairs: int = count d in Dose where d.flat\n"
    "attribute Dose.triple: int = count d in Dose where any e in Dose where e.number under d.number and "
    "e.drug is known"
    "\n"
    "attribute Visit.all: set of text = set of d.tags for d in Dose\n"
    "attribute Room.flags: set of text = set of d.tags for d in doses\n"
    "line x in f for v in Visit when v.one is 1\n  code = \"X\"\n  units = 1\n";
static const char visit[] =
    "{\"format\":\"drip.encounter/"
    "1\",\"id\":\"V\",\"start\":\"2026-03-02T08:00\",\"tags\":[\"a\",\"b\",\"c\"],\"doses\":["
    "{\"drug\":\"x\",\"place\":\"r\",\"tags\":[]},{\"drug\":\"y\",\"place\":\"r\",\"tags\":[\"a\"]},"
    "{\"place\":\"s\",\"tags\":[\"a\",\"b\"]}]}";

static drip_program *compile(drip_engine *engine)
{
    drip_layers *layers = NULL;
    drip_program *program = NULL;
    drip_error *error = NULL;
    assert_int_equal(drip_layers_new(engine, &layers), DRIP_OK);
    assert_int_equal(drip_layers_add(layers, "p.drip", policy, strlen(policy), &error), DRIP_OK);
    if (drip_compile(layers, &program, &error) != DRIP_OK)
        fail_msg("%s", drip_error_text(error));
    drip_error_free(error);
    drip_layers_free(layers);
    return program;
}

static drip_cost item(const drip_costs *costs, const char *name)
{
    drip_cost cost = {NULL, NULL, 0, 0};
    for (uint32_t i = 0; i < drip_costs_count(costs); i++)
        if (drip_costs_item(costs, i, &cost) == DRIP_OK && strcmp(cost.name, name) == 0)
            return cost;
    fail_msg("no item %s", name);
    return cost;
}

static void test_growth(void **state)
{
    (void)state;
    drip_engine *engine = NULL;
    drip_costs *costs = NULL;
    drip_cost cost;
    assert_int_equal(drip_engine_new(NULL, NULL, NULL, &engine), DRIP_OK);
    drip_program *program = compile(engine);
    assert_int_equal(drip_costs_new(program, &costs), DRIP_OK);
    drip_program_free(program); /* kept by the costs */
    assert_string_equal(item(costs, "Visit.one").bound, "1");
    assert_string_equal(item(costs, "Dose.flat").bound, "Dose");
    assert_string_equal(item(costs, "Room.doses_in").bound, "Dose + Room");
    assert_string_equal(item(costs, "Dose.pairs").bound, "Dose^2 + Dose");
    assert_int_equal(item(costs, "Dose.triple").degree, 3);
    assert_string_equal(item(costs, "Visit.all").bound, "Dose·members + Dose + 1");
    assert_string_equal(item(costs, "Room.flags").bound, "Dose·members + Dose + Room");
    uint32_t count = drip_costs_count(costs);
    assert_int_equal(drip_costs_item(costs, count, &cost), DRIP_OK);
    assert_string_equal(cost.name, "p");
    assert_int_equal(drip_costs_item(costs, count + 1, &cost), DRIP_OK);
    assert_null(strstr(cost.bound, "Room")); /* what the record holds, and no groups */
    assert_int_equal(drip_costs_item(costs, count + 2, &cost), DRIP_NOT_FOUND);
    drip_costs_free(costs);
    drip_costs_free(NULL);
    assert_int_equal(drip_costs_new(NULL, &costs), DRIP_MISUSE);
    assert_null(costs);
    drip_engine_free(engine);
}

static void test_measured(void **state)
{
    (void)state;
    drip_engine *engine = NULL;
    drip_costs *costs = NULL;
    drip_session *session = NULL;
    uint64_t sizes[32];
    assert_int_equal(drip_engine_new(NULL, NULL, NULL, &engine), DRIP_OK);
    drip_program *program = compile(engine);
    assert_int_equal(drip_costs_new(program, &costs), DRIP_OK);
    assert_int_equal(drip_session_new(program, &session), DRIP_OK);
    assert_true(drip_costs_sizes(costs) < 32);
    assert_int_equal(drip_costs_measure(costs, session, sizes), DRIP_MISUSE); /* nothing evaluated yet */
    assert_int_equal(drip_eval(session, visit, strlen(visit)), DRIP_OK);
    assert_int_equal(drip_costs_measure(costs, session, sizes), DRIP_OK);
    /* the visit's own tags, which nobody reads, are not kept and do not count */
    for (uint32_t i = 0; i < drip_costs_sizes(costs); i++) {
        const char *name = drip_costs_size_name(costs, i);
        uint64_t wanted = strcmp(name, "Dose") == 0                                  ? 3
                          : strcmp(name, "Visit") == 0 || strcmp(name, "lines") == 0 ? 1
                                                                                     : 2;
        assert_int_equal(sizes[i], wanted);
    }
    assert_null(drip_costs_size_name(costs, drip_costs_sizes(costs)));
    assert_true(drip_session_fuel_used(session) <= drip_costs_steps(costs, drip_costs_count(costs), sizes));
    drip_session_free(session);
    drip_costs_free(costs);
    drip_program_free(program);
    drip_engine_free(engine);
}

static drip_status evaluate(uint64_t fuel, char *message, size_t size, uint64_t *used)
{
    drip_limits limits = DRIP_LIMITS_INIT;
    drip_engine *engine = NULL;
    drip_session *session = NULL;
    limits.fuel = fuel;
    assert_int_equal(drip_engine_new(NULL, NULL, &limits, &engine), DRIP_OK);
    drip_program *program = compile(engine);
    assert_int_equal(drip_session_new(program, &session), DRIP_OK);
    drip_status status = drip_eval(session, visit, strlen(visit));
    snprintf(message, size, "%s", drip_session_message(session));
    *used = drip_session_fuel_used(session);
    drip_session_free(session);
    drip_program_free(program);
    drip_engine_free(engine);
    return status;
}

/* With every number of steps too few it is refused, has used them all, and says who took most. */
static void test_fuel(void **state)
{
    (void)state;
    char message[600];
    uint64_t needed = 0, used = 0;
    assert_int_equal(evaluate(0, message, sizeof message, &needed), DRIP_OK);
    for (uint64_t fuel = 1; fuel <= needed; fuel++) {
        drip_status status = evaluate(fuel, message, sizeof message, &used);
        assert_int_equal(status, fuel < needed ? DRIP_LIMIT : DRIP_OK);
        assert_int_equal(used, fuel);
        assert_int_equal(strstr(message, "encounter V: ") == message, fuel < needed);
    }
    evaluate(needed - 1, message, sizeof message, &used);
    assert_non_null(strstr(message, "went to clause Dose.triple"));
}

static void test_no_memory(void **state)
{
    (void)state;
    tally t = {0};
    for (size_t fail_at = 1;; fail_at++) {
        drip_engine *engine = NULL;
        drip_costs *costs = NULL;
        assert_int_equal(drip_engine_new(tally_fn, &t, NULL, &engine), DRIP_OK);
        drip_program *program = compile(engine);
        t.calls = 0;
        t.fail_at = fail_at;
        drip_status status = drip_costs_new(program, &costs);
        bool reached = t.calls >= fail_at;
        t.fail_at = 0;
        assert_int_equal(status, reached ? DRIP_NO_MEMORY : DRIP_OK);
        assert_true(reached == (costs == NULL));
        drip_costs_free(costs);
        drip_program_free(program);
        drip_engine_free(engine);
        assert_clean(&t);
        if (!reached)
            break;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_growth),
        cmocka_unit_test(test_measured),
        cmocka_unit_test(test_fuel),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
