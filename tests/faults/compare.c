/* drip: compare.c, level 4. Two small policies beside each other: drip_diff, drip_witnesses, drip_mutate. They are as small as
 * can be, since each of their allocations fails once, but have what takes memory: amounts, findings, tables, scenarios. */
#include "compare.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD                                                                                                 \
    "drip 1\npolicy p version \"1\" by date of visit.start\nsource guide \"Guide\"\n"                        \
    "dimension money\n  USD = 1  also \"$\" decimals 2\n"                                                    \
    "entity Visit\n  id : text key\n  start : instant\n  ward : text?\n"                                     \
    "entity Dose in Visit as \"doses\"\n  drug : text\n  units : int\n"                                      \
    "result Line as \"lines\"\n  code : text name\n  units : int count\n  ordered by code\n"                 \
    "entity Charge merges Line\n  shows paid as \"amount\"\n  shows share as \"share\"\n  totals paid as "   \
    "\"expected\"\n"                                                                                         \
    "table fees (code: text key, fee: money)  cite guide\n  | \"x\" | 3 USD |\n  | \"y\" | 5 USD |\n"        \
    "attribute Charge.fee: money? = fees[code].fee\nattribute Charge.paid: money? when fee is known = "      \
    "units * fee\nattribute Charge.share: money? when paid is known = paid / 5\n"                            \
    "line a for d in Dose\n  code = d.drug\n  units = d.units\n  cite guide\n"
#define REST                                                                                                 \
    "finding many hold for d in Dose when d.units over limit\n  message \"too many\"\n  cite guide\n"        \
    "scenario \"two\"\n  id \"s\"\n  start 2026-03-02T09:00\n  doses drug \"x\", units 2\n  expect x x2\n"

static const char OLD[] = HEAD "param limit: int = 3  cite guide\n" REST;
static const char NEW[] = HEAD "param limit: int = 4  cite guide\nfinding ward deny for v in Visit when "
                               "v.ward is missing\n  message \"no ward\"\n" REST;

static const char *const RECORDS[] = {
    "{\"id\":\"E-1\",\"start\":\"2026-03-02T09:00\",\"doses\":[{\"drug\":\"x\",\"units\":4},{\"drug\":\"z\","
    "\"units\":1}]}",
    "{\"id\":\"E-2\",\"start\":\"2026-03-02T09:00\",\"ward\":\"w\",\"doses\":[{\"drug\":\"y\",\"units\":1}]}",
    "{\"id\":\"E-3\"}",
};
enum { N_RECORDS = sizeof RECORDS / sizeof *RECORDS };

/* ---- what was said */

static void say(saying *said, const char *text)
{
    size_t len = text != NULL ? strlen(text) : 1;
    if (said->len + len + 1 > said->size) {
        size_t size = (said->len + len + 1) * 2;
        char *grown = realloc(said->text, size);
        if (grown == NULL)
            abort();
        said->text = grown;
        said->size = size;
    }
    memcpy(said->text + said->len, text != NULL ? text : "-", len);
    said->len += len;
    said->text[said->len++] = '\n';
}

static void say_number(saying *said, uint64_t n)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%llu", (unsigned long long)n);
    say(said, text);
}

/* ---- programs */

static drip_status layers_of(drip_engine *engine, const char *source, drip_layers **layers)
{
    drip_error *error = NULL;
    drip_status status = drip_layers_new(engine, layers);
    if (status == DRIP_OK)
        status = drip_layers_add(*layers, "p.drip", source, strlen(source), &error);
    drip_error_free(error);
    return status;
}

static drip_status compile(drip_engine *engine, const char *source, const drip_program *beside,
                           drip_program **program)
{
    drip_layers *layers = NULL;
    drip_error *error = NULL;
    drip_status status = layers_of(engine, source, &layers);
    if (status == DRIP_OK && beside != NULL)
        status = drip_layers_plant(layers, beside, "planted", &error);
    drip_error_free(error);
    error = NULL;
    if (status == DRIP_OK)
        status = drip_compile(layers, program, &error);
    drip_error_free(error);
    drip_layers_free(layers);
    return status;
}

typedef struct pair {
    drip_program *programs[2];
    drip_session *sessions[2];
} pair;

static drip_status open_pair(drip_engine *engine, bool planted, pair *p)
{
    drip_status status = compile(engine, OLD, NULL, &p->programs[0]);
    if (status == DRIP_OK)
        status = compile(engine, planted ? OLD : NEW, planted ? p->programs[0] : NULL, &p->programs[1]);
    for (int i = 0; i < 2 && status == DRIP_OK; i++)
        status = drip_session_new(p->programs[i], &p->sessions[i]);
    return status;
}

static void close_pair(pair *p)
{
    for (int i = 0; i < 2; i++) {
        drip_session_free(p->sessions[i]);
        drip_program_free(p->programs[i]);
    }
}

/* ---- drip_diff */

static void say_change(void *context, const drip_change *c)
{
    saying *said = context;
    const char *texts[] = {c->what, c->name, c->from, c->to, c->was, c->now, c->amount};
    say_number(said, c->moved);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        say(said, texts[i]);
}

static drip_status add_records(drip_diff *diff, pair *p, saying *said)
{
    drip_status status = DRIP_OK;
    for (uint64_t i = 0; i < N_RECORDS && status == DRIP_OK; i++) {
        const drip_diff_case which = {"corpus", RECORDS[i], strlen(RECORDS[i]), i + 1, i + 1};
        for (int side = 0; side < 2 && status != DRIP_NO_MEMORY; side++)
            status = drip_eval(p->sessions[side], RECORDS[i], strlen(RECORDS[i]));
        if (status != DRIP_NO_MEMORY) /* one that is refused may be added */
            status = drip_diff_add(diff, p->sessions[0], p->sessions[1], &which, say_change, said);
    }
    return status;
}

static drip_status say_sums(drip_diff *diff, saying *said)
{
    drip_diff_sums s;
    drip_status status = drip_diff_sum(diff, &s);
    if (status != DRIP_OK)
        return status;
    const char *texts[] = {s.total, s.unit, s.before, s.after, s.net};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        say(said, texts[i]);
    say_number(said, s.moved);
    say_number(said, s.refused_both);
    for (uint32_t k = 0; k < drip_diff_amounts(diff) && status == DRIP_OK; k++) {
        drip_diff_amount a = {"", "", "", "", ""};
        status = drip_diff_amount_at(diff, k, &a);
        say(said, a.name);
        say(said, a.net);
    }
    return status;
}

static drip_status say_kinds(drip_diff *diff, saying *said)
{
    drip_diff_kind k;
    drip_status status = DRIP_OK;
    for (uint32_t i = 0; i < drip_diff_kinds(diff) && status == DRIP_OK; i++) {
        status = drip_diff_kind_at(diff, i, &k);
        if (status != DRIP_OK)
            break;
        const char *texts[] = {k.key, k.amount, k.stake, k.id, k.name, k.from, k.to, k.smallest.json};
        for (size_t t = 0; t < sizeof texts / sizeof *texts; t++)
            say(said, texts[t]);
        say_number(said, k.encounters);
        const char *share = NULL;
        status = drip_diff_kind_amount(diff, i, 1, &share);
        say(said, share);
    }
    return status;
}

static drip_status say_groups(drip_diff *diff, saying *said)
{
    drip_diff_group g;
    drip_status status = DRIP_OK;
    for (uint32_t group = 0; group < 2; group++)
        for (uint32_t i = 0; i < drip_diff_groups(diff, group) && status == DRIP_OK; i++) {
            status = drip_diff_group_at(diff, group, i, &g);
            if (status != DRIP_OK)
                break;
            say(said, g.name);
            say(said, g.amount);
        }
    return status;
}

static drip_status diff_pair(drip_engine *engine, bool planted, saying *said)
{
    pair p = {{NULL, NULL}, {NULL, NULL}};
    drip_diff *diff = NULL;
    drip_status status = open_pair(engine, planted, &p);
    if (status == DRIP_OK)
        status = drip_diff_new(p.programs[0], p.programs[1], &diff);
    if (status == DRIP_OK && !planted)
        status = drip_diff_by(diff, "Dose.drug");
    if (status == DRIP_OK)
        status = add_records(diff, &p, said);
    if (status == DRIP_OK)
        status = say_sums(diff, said);
    if (status == DRIP_OK)
        status = say_kinds(diff, said);
    if (status == DRIP_OK)
        status = say_groups(diff, said);
    drip_diff_free(diff);
    close_pair(&p);
    return status;
}

drip_status live_diff(drip_engine *engine, saying *said)
{
    drip_status status = diff_pair(engine, false, said);
    return status == DRIP_OK ? diff_pair(engine, true, said) : status;
}

/* ---- drip_witnesses */

static drip_status say_witnesses(const drip_witnesses *w, saying *said)
{
    drip_witness v;
    drip_witness_search s;
    drip_status status = drip_witnesses_summary(w, &s);
    for (uint32_t i = 0; i < drip_witnesses_count(w) && status == DRIP_OK; i++) {
        status = drip_witnesses_item(w, i, &v);
        if (status != DRIP_OK)
            break;
        const char *texts[] = {v.kind,      v.name,      v.said[0],  v.said[1], v.json,       v.scenario,
                               v.answer[0], v.answer[1], v.whole[0], v.parted,  v.decided[0], v.decided[1]};
        for (size_t t = 0; t < sizeof texts / sizeof *texts; t++)
            say(said, texts[t]);
    }
    if (status == DRIP_OK)
        say_number(said, s.tried);
    return status;
}

drip_status live_witness(drip_engine *engine, saying *said)
{
    const drip_options_witness options = {sizeof options, 40, 1};
    drip_program *programs[2] = {NULL, NULL};
    drip_witnesses *w = NULL;
    drip_layers *layers = NULL;
    drip_status status = compile(engine, OLD, NULL, &programs[0]);
    if (status == DRIP_OK)
        status = compile(engine, NEW, NULL, &programs[1]);
    if (status == DRIP_OK)
        status = drip_witnesses_new(programs[0], programs[1], &options, &w);
    for (size_t i = 0; i < N_RECORDS && status == DRIP_OK; i++)
        status = drip_witnesses_seed(w, RECORDS[i], strlen(RECORDS[i]));
    if (status == DRIP_OK)
        status = layers_of(engine, OLD, &layers);
    if (status == DRIP_OK)
        status = drip_witnesses_seed_tests(w, layers, ".");
    if (status == DRIP_OK)
        status = drip_witnesses_search(w);
    if (status == DRIP_OK)
        status = say_witnesses(w, said);
    drip_layers_free(layers);
    drip_witnesses_free(w);
    drip_program_free(programs[0]);
    drip_program_free(programs[1]);
    return status;
}

/* ---- drip_mutate */

static drip_status say_mutants(const drip_mutation *mutation, saying *said)
{
    drip_mutant m;
    for (uint32_t i = 0; drip_mutation_item(mutation, i, &m) == DRIP_OK; i++) {
        const char *texts[] = {m.kind,        m.name,       m.from,   m.to,
                               m.source_line, m.noticed_by, m.reason, m.scenario};
        for (size_t t = 0; t < sizeof texts / sizeof *texts; t++)
            say(said, texts[t]);
        say_number(said, m.state);
        say_number(said, m.reached);
    }
    return DRIP_OK;
}

drip_status live_mutate(drip_engine *engine, saying *said)
{
    static const char *const only[] = {"limit", "many", NULL};
    const size_t lens[] = {strlen(RECORDS[0])};
    const drip_options_test options = {.struct_size = sizeof options,
                                       .only = only,
                                       .budget = 20,
                                       .encounters = RECORDS,
                                       .encounter_lens = lens,
                                       .n_encounters = 1};
    drip_layers *layers = NULL;
    drip_mutation *mutation = NULL;
    drip_error *error = NULL;
    uint32_t left_out[3];
    drip_status status = layers_of(engine, OLD, &layers);
    if (status == DRIP_OK)
        status = drip_mutate(layers, ".", &options, &mutation, &error);
    if (status == DRIP_OK)
        status = say_mutants(mutation, said);
    if (status == DRIP_OK) {
        drip_mutation_left_out(mutation, &left_out[0], &left_out[1], &left_out[2]);
        for (int i = 0; i < 3; i++)
            say_number(said, left_out[i]);
    }
    drip_error_free(error);
    drip_mutation_free(mutation);
    drip_layers_free(layers);
    return status;
}
