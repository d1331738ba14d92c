/* drip: fuzz_claim.c, level 4. Claims, as JSON and as CSV, beside two encounters: of a small policy whose lines have a
 * field of every type, and (where the first byte is odd) of the national one. A source "encounter.json" behind the
 * claim takes the place of the first encounter. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

static const char SMALL[] =
    "drip 1\npolicy p version \"1\" effective 2020-01-01 onward by date of visit.start\n"
    "dimension money\n  USD = 1  also \"$\" decimals 2\nenum Place { office, hospital }\n"
    "entity Visit\n  id : text key\n  start : instant\n"
    "entity Given in Visit as \"given\"\n  code : text\n  units : int\n"
    "result Line as \"lines\"\n  code : text name also \"hcpcs\"\n  units : int count also \"qty\"\n"
    "  modifiers : set of text suffix\n  date : date also \"dos\"\n  doses : set of text united\n"
    "  place : Place?\n  good : bool?\n  share : number?\n  fee : money?\n  ordered by code\n"
    "entity Charge merges Line\n  shows paid as \"expected.amount\"\n  totals paid as \"expected\"\n"
    "attribute Charge.paid: money? = 2.50 USD * units\n"
    "line given for g in Given\n  code = g.code\n  units = g.units\n  date = date of visit.start\n"
    "  doses = {g.code}\n  modifiers = {\"XE\"}\n  share = 0.5\n"
    "finding two warn for c in Charge when any o in Charge where o is not c and o.code is c.code\n"
    "  message \"billed twice\"\n  about c.code\n";
static const char ENCOUNTERS[] =
    "{\"id\":\"E1\",\"start\":\"2026-03-02T08:00\",\"given\":[{\"code\":\"A1\",\"units\":2},"
    "{\"code\":\"B2\",\"units\":1}],\"mar\":[{\"at\":\"2026-03-02T09:00\",\"action\":\"start\","
    "\"administration\":\"A1\",\"drug\":\"ceftriaxone\",\"route\":\"iv\"},"
    "{\"at\":\"2026-03-02T10:40\",\"action\":\"stop\",\"administration\":\"A1\"}]}\n"
    "{\"id\":\"E2\",\"start\":\"2026-03-03T08:00\",\"given\":[],\"mar\":[]}\n";

typedef struct told {
    char *text;
    size_t len;
} told;

static drip_program *compiled(drip_engine *engine, bool national)
{
    drip_layers *layers = NULL;
    drip_program *program = NULL;
    if (drip_layers_new(engine, &layers) != DRIP_OK ||
        (national ? drip_layers_add_policy_files(layers, "national", ".", NULL)
                  : drip_layers_add(layers, "p.drip", SMALL, sizeof SMALL - 1, NULL)) != DRIP_OK ||
        drip_compile(layers, &program, NULL) != DRIP_OK)
        fuzz_broken("the target's policies compile (run from the project's folder)");
    drip_layers_free(layers);
    return program;
}

/* Both are made once: they belong to the process. */
static drip_program *policy(bool national)
{
    static drip_program *programs[2];
    if (programs[national] == NULL)
        programs[national] = compiled(fuzz_engine(), national);
    return programs[national];
}

static told audit(drip_session *session, drip_claims *claims, const char *json, size_t n, bool as_json)
{
    drip_options_audit options = {
        .struct_size = sizeof options, .json = json, .json_len = n, .as_json = as_json};
    const char *text = NULL;
    told kept = {NULL, 0};
    if (drip_audit(session, claims, &options, &text, &kept.len) != DRIP_OK || text == NULL)
        return (told){NULL, 0};
    kept.text = malloc(kept.len + 1);
    if (kept.text != NULL)
        memcpy(kept.text, text, kept.len);
    return kept;
}

static void look(drip_session *session)
{
    drip_audit_item item;
    for (uint32_t i = 0; i < drip_audit_items(session); i++)
        if (drip_audit_item_at(session, i, &item) != DRIP_OK || item.kind == NULL || item.amount == NULL)
            fuzz_broken("an item of an audit has a view");
}

/* Audited twice: to the same bytes, in both forms. */
static void beside(drip_session *session, drip_claims *claims, const char *json, size_t n)
{
    if (drip_eval(session, json, n) != DRIP_OK)
        return;
    for (int as_json = 0; as_json < 2; as_json++) {
        told once = audit(session, claims, json, n, as_json != 0);
        look(session);
        told again = audit(session, claims, json, n, as_json != 0);
        if ((once.text == NULL) != (again.text == NULL) || once.len != again.len ||
            (once.text != NULL && memcmp(once.text, again.text, once.len) != 0))
            fuzz_broken("the same claim has the same audit");
        free(once.text);
        free(again.text);
    }
}

static void audit_all(drip_program *program, drip_claims *claims, const char *text, size_t len)
{
    drip_session *session = NULL;
    if (drip_session_new(program, &session) != DRIP_OK)
        return;
    for (const char *at = text, *end = text + len; at < end;) {
        const char *line = memchr(at, '\n', (size_t)(end - at));
        size_t n = line == NULL ? (size_t)(end - at) : (size_t)(line - at);
        beside(session, claims, at, n);
        at += n + 1;
    }
    drip_session_free(session);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_source sources[FUZZ_SOURCES];
    drip_claims *claims = NULL;
    drip_error *error = NULL;
    if (size == 0)
        return 0;
    drip_program *program = policy((data[0] & 1) != 0);
    drip_claim_format format = (drip_claim_format)(data[0] >> 1) % 3;
    uint32_t n = fuzz_split(data + 1, size - 1, sources);
    if (n == 0)
        return 0;
    drip_status status =
        drip_claims_new(program, "claim", sources[0].text, sources[0].len, format, &claims, &error);
    if (status == DRIP_BAD_INPUT && drip_error_count(error) == 0)
        fuzz_broken("a claim that is refused has an error");
    for (uint32_t i = 0; status == DRIP_OK && i < drip_claims_count(claims); i++)
        if (drip_claims_encounter(claims, i) == NULL || drip_claims_line(claims, i) == 0)
            fuzz_broken("a claim has a place");
    if (status == DRIP_OK && n > 1)
        audit_all(program, claims, sources[1].text, sources[1].len);
    if (status == DRIP_OK)
        audit_all(program, claims, ENCOUNTERS, sizeof ENCOUNTERS - 1);
    drip_claims_free(claims);
    drip_error_free(error);
    return 0;
}
