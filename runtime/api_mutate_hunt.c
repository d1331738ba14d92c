/* drip: api_mutate_hunt.c, level 3. For a change of a policy that no scenario notices, and none near a scenario would: a search.
 *
 * The policy with the change and the policy as it is are two policies, so what finds where two policies differ
 * (witness.h) finds an encounter that shows the change: it begins with all scenarios and the encounters that the
 * caller gave, then puts together and changes as many more as it may. The encounter is made small, and told as a
 * scenario that expects what the policy answers as it is. The search is done as the policy is, if scenarios
 * without settings reach the change, and with the first settings of others that do.
 *
 * Of a change that only answers alike after such a search nothing is proved; but a reader who says that no encounter can
 * show it knows how many were tried. */
#include "api_mutate.h"

#include <string.h>

enum { RUNS_EACH = 2, SCENARIO_MAX = 1 << 20 };

typedef struct hunting {
    dr_mutating *x;
    dr_mutating full;     /* the same, but its programs are compiled with what a search reads of them */
    drip_program **homes; /* per run: the policy as it is, or NULL */
} hunting;

/* What no scenario comes by is looked for as the policy is. */
static uint32_t runs_of(const dr_mutating *x, const dr_mut_item *it, uint32_t *out)
{
    uint32_t n = 0;
    for (uint32_t run = 0; run < x->n_runs && n < RUNS_EACH; run++)
        if (dr_mut_reaches(x, it, run))
            out[n++] = run;
    if (n == 0 && x->n_runs > 0)
        out[n++] = 0;
    return n;
}

static bool is_hunted(const dr_mut_item *it)
{
    return it->state == MUT_SURVIVED && it->status == DRIP_OK && it->scenario == NULL;
}

/* ---- one search */

static drip_status seed(const dr_mutating *x, drip_witnesses *w)
{
    const drip_options_test *options = x->options;
    drip_status status = DRIP_OK;
    for (uint32_t i = 0; i < x->n_cases && status == DRIP_OK; i++)
        status = drip_witnesses_seed(w, x->cases[i].c->json, x->cases[i].c->len);
    for (size_t i = 0; i < options->n_encounters && status == DRIP_OK; i++)
        status = drip_witnesses_seed(w, options->encounters[i], options->encounter_lens[i]);
    return status;
}

/* "set NAME = VALUE" on each line: as a scenario says it. */
static void put_settings(dr_buf *out, const char *settings)
{
    static const char set[] = "set ";
    while (settings != NULL && *settings != '\0') {
        size_t len = strcspn(settings, "\n");
        if (strncmp(settings, set, sizeof set - 1) == 0) {
            dr_buf_text(out, "  with ");
            dr_buf_bytes(out, settings + sizeof set - 1, len - (sizeof set - 1));
            dr_buf_char(out, '\n');
        }
        settings += len + (settings[len] == '\n');
    }
}

static char *with_settings(const dr_mutating *x, const char *scenario, const char *settings, size_t *size)
{
    dr_buf out;
    size_t head = strcspn(scenario, "\n") + 1;
    dr_buf_init(&out, &x->engine->alloc, SCENARIO_MAX);
    dr_buf_bytes(&out, scenario, head);
    put_settings(&out, settings);
    dr_buf_text(&out, scenario + head);
    char *made = out.failed ? NULL : dr_api_copy(&x->engine->alloc, out.data, out.len);
    *size = out.len + 1;
    dr_buf_free(&out);
    return made;
}

/* The policy as it is with the scenario behind it: how its encounter and what it expects are read. */
static drip_status read_scenario(const hunting *h, const char *scenario, const char *settings,
                                 drip_program **home)
{
    drip_error *error = NULL;
    dr_buf text;
    dr_buf_init(&text, &h->x->engine->alloc, SCENARIO_MAX);
    dr_buf_text(&text, "drip 1\ntests for ");
    dr_buf_text(&text, h->x->plain->p->name);
    dr_buf_char(&text, '\n');
    dr_buf_text(&text, scenario);
    drip_status status = dr_mut_compile_with(h->x, "(found)", &text, settings, home, &error);
    drip_error_free(error);
    dr_buf_free(&text);
    return status;
}

/* Notation cannot expect all that an answer says: is it other than it expects with the change, and as it expects
 * without? */
static bool notices(const hunting *h, dr_mut_item *it, const char *scenario, uint32_t run,
                    drip_program *changed)
{
    drip_program *home = NULL;
    drip_session *s[2] = {NULL, NULL};
    bool holds[2] = {false, false};
    drip_status status = read_scenario(h, scenario, h->x->runs[run].settings, &home);
    if (status == DRIP_BAD_POLICY)
        return false;
    for (int i = 0; i < 2 && status == DRIP_OK; i++) {
        status = drip_session_new(i == 0 ? h->homes[run] : changed, &s[i]);
        if (status != DRIP_OK || home->p->n_cases != 1)
            break;
        const dr_mut_case c = {.c = &home->p->cases[0]};
        holds[i] = dr_mut_eval(s[i], &c) == DRIP_OK && dr_expectations_hold(s[i], c.c);
    }
    drip_session_free(s[0]);
    drip_session_free(s[1]);
    drip_program_free(home);
    it->status = status;
    return holds[0] && !holds[1];
}

/* What can be said as a scenario before what cannot. */
static void take_found(const hunting *h, dr_mut_item *it, const drip_witnesses *w, uint32_t run,
                       drip_program *changed)
{
    const dr_mutating *x = h->x;
    const char *settings = x->runs[run].settings;
    const char *json = NULL;
    drip_witness view;
    for (uint32_t i = 0; i < drip_witnesses_count(w) && it->scenario == NULL; i++) {
        if (drip_witnesses_item(w, i, &view) != DRIP_OK || view.json == NULL)
            continue;
        json = json == NULL ? view.json : json;
        if (view.scenario == NULL || !notices(h, it, view.scenario, run, changed))
            continue;
        it->scenario = with_settings(x, view.scenario, settings, &it->scenario_size);
        it->searched = true;
        it->status = it->scenario == NULL ? DRIP_NO_MEMORY : DRIP_OK;
    }
    if (it->scenario != NULL || json == NULL || it->encounter != NULL)
        return;
    it->encounter_size = strlen(json) + 1;
    it->encounter = dr_api_copy(&x->engine->alloc, json, it->encounter_size - 1);
    it->status = it->encounter == NULL ? DRIP_NO_MEMORY : DRIP_OK;
}

static void search(const hunting *h, dr_mut_item *it, uint32_t run)
{
    const dr_mutating *x = h->x;
    drip_program *changed = NULL;
    drip_witnesses *w = NULL;
    drip_witness_search sum;
    const drip_options_witness options = {
        .struct_size = sizeof options, .budget = x->options->budget + x->n_cases + x->options->n_encounters};
    drip_status status = dr_mutated(&h->full, it, x->runs[run].settings, &changed);
    if (status == DRIP_BAD_POLICY || h->homes[run] == NULL)
        return; /* with these settings alone */
    if (status == DRIP_OK)
        status = drip_witnesses_new(changed, h->homes[run], &options, &w);
    if (status == DRIP_OK)
        status = seed(x, w);
    if (status == DRIP_OK)
        status = drip_witnesses_search(w);
    it->status = status;
    if (status == DRIP_OK && drip_witnesses_summary(w, &sum) == DRIP_OK) {
        it->tried += sum.tried;
        take_found(h, it, w, run, changed);
    }
    drip_witnesses_free(w);
    drip_program_free(changed);
}

static void hunt_for(void *context, uint32_t at)
{
    const hunting *h = context;
    dr_mut_item *it = &h->x->items[at];
    uint32_t runs[RUNS_EACH];
    uint32_t n = is_hunted(it) ? runs_of(h->x, it, runs) : 0;
    for (uint32_t i = 0; i < n && is_hunted(it); i++)
        search(h, it, runs[i]);
}

/* ---- all */

static drip_status open_homes(hunting *h)
{
    dr_mutating *x = h->x;
    drip_status status = DRIP_OK;
    uint32_t runs[RUNS_EACH];
    h->homes = dr_mut_keep(x, x->n_runs, sizeof(drip_program *));
    if (h->homes == NULL)
        return DRIP_NO_MEMORY;
    for (uint32_t i = 0; i < x->n_items; i++) {
        uint32_t n = is_hunted(&x->items[i]) ? runs_of(x, &x->items[i], runs) : 0;
        for (uint32_t k = 0; k < n && status == DRIP_OK; k++)
            if (h->homes[runs[k]] == NULL)
                status = dr_mut_compile(&h->full.base, x->runs[runs[k]].settings, &h->homes[runs[k]]);
        if (status == DRIP_BAD_POLICY)
            status = DRIP_OK;
    }
    return status;
}

drip_status dr_mut_hunt(dr_mutating *x)
{
    hunting h = {.x = x, .full = *x};
    h.full.base.quick = false;
    drip_status status = open_homes(&h);
    if (status == DRIP_OK)
        dr_api_share(x->n_items, x->options->jobs, hunt_for, &h);
    for (uint32_t run = 0; h.homes != NULL && run < x->n_runs; run++)
        drip_program_free(h.homes[run]);
    return status;
}
