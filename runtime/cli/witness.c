/* drip: witness.c, level 4. `drip diff --witness`: the smallest encounters on which two policies differ, without a corpus.
 *
 * The search begins with the scenarios that stand beside the policies' files, as scenarios.drip or in a folder scenarios,
 * and with the encounters of the files that were named. */
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { PATH_SIZE = 3072, SAID_MAX = 400, ROWS_A_LINE = 8 };

typedef struct witnessing {
    cli *c;
    const cli_witness_call *call;
    drip_program *programs[2];
    drip_witnesses *w;
    drip_layers *tests;
    drip_witness_search sum;
} witnessing;

/* ---- what it begins with */

static void add_tests(witnessing *t, const char *folder, size_t len, const char *name)
{
    char path[PATH_SIZE];
    struct stat is;
    drip_error *error = NULL;
    int n = snprintf(path, sizeof path, "%.*s%s%s", (int)len, folder, len > 0 ? "/" : "", name);
    if (n < 0 || (size_t)n >= sizeof path || stat(path, &is) != 0)
        return;
    (void)drip_layers_add_tests_files(t->tests, path, &error); /* what has errors is for drip test to tell */
    drip_error_free(error);
}

static size_t folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? 0 : (size_t)(slash - path);
}

static bool seen_before(const witnessing *t, int program, uint32_t source)
{
    const char *mine = drip_program_source(t->programs[program], source);
    size_t len = folder_of(mine);
    for (int i = 0; i <= program; i++) {
        const char *other = NULL;
        for (uint32_t k = 0;
             (i < program || k < source) && (other = drip_program_source(t->programs[i], k)) != NULL; k++)
            if (folder_of(other) == len && strncmp(mine, other, len) == 0)
                return true;
    }
    return false;
}

static drip_status seed_tests(witnessing *t)
{
    drip_status status = drip_layers_new(t->c->engine, &t->tests);
    for (int i = 0; i < 2 && status == DRIP_OK; i++) {
        const char *origin = NULL;
        for (uint32_t k = 0; (origin = drip_program_source(t->programs[i], k)) != NULL; k++) {
            if (seen_before(t, i, k))
                continue;
            add_tests(t, origin, folder_of(origin), "scenarios.drip");
            add_tests(t, origin, folder_of(origin), "scenarios");
        }
    }
    return status == DRIP_OK ? drip_witnesses_seed_tests(t->w, t->tests, t->c->path) : status;
}

static drip_status seed_file(witnessing *t, cli_input *in)
{
    drip_status status = DRIP_OK;
    const char *text = NULL;
    size_t len = 0;
    uint64_t line = 0;
    cli_got got = CLI_END;
    while (status == DRIP_OK && (got = cli_input_next(in, &text, &len, &line)) != CLI_END &&
           got != CLI_UNREADABLE)
        if (got == CLI_ONE)
            status = drip_witnesses_seed(t->w, text, len);
    return status;
}

static drip_status seed_files(witnessing *t, bool *readable)
{
    drip_status status = DRIP_OK;
    cli_input in = {.data = NULL};
    for (size_t i = 0; i < t->call->n_files && status == DRIP_OK && *readable; i++) {
        *readable = cli_input_open(&in, t->call->files[i], NULL, NULL);
        if (!*readable) {
            cli_say(t->c, "drip: %s: %s", t->call->files[i], strerror(in.error));
            break;
        }
        status = seed_file(t, &in);
        cli_input_close(&in);
    }
    free(in.data);
    return status;
}

/* ---- what it tells */

static void put_said(cli *c, const char *who, const char *said)
{
    cli_text(c, who);
    if (said == NULL) {
        cli_text(c, "does not have it\n");
        return;
    }
    size_t len = strlen(said), shown = len;
    if (len > SAID_MAX)
        for (shown = SAID_MAX; shown > 0 && ((unsigned char)said[shown] & 0xC0) == 0x80;)
            shown--;
    cli_safe(c, said, shown);
    cli_text(c, shown < len ? " …\n" : "\n");
}

static void put_title(cli *c, const drip_witness *v)
{
    cli_style(c, "1");
    if (strcmp(v->kind, "other") != 0) {
        cli_text(c, v->kind);
        cli_text(c, " ");
    }
    cli_safe(c, v->name, strlen(v->name));
    cli_style(c, "0");
    cli_text(c, "\n");
    if (strcmp(v->kind, "other") == 0 || strcmp(v->kind, "hook") == 0)
        return;
    put_said(c, "    old  ", v->said[0]);
    put_said(c, "    new  ", v->said[1]);
}

static void put_answer(cli *c, const char *who, const drip_witness *v, int which)
{
    bool same = strcmp(v->answer[0], v->answer[1]) == 0; /* what differs is not told on one line */
    cli_text(c, "  ");
    cli_text(c, who);
    cli_text(c, " answers ");
    cli_safe(c, v->answer[which], strlen(v->answer[which]));
    cli_text(c, "\n");
    if (same)
        cli_indented(c, v->whole[which], "        ");
    if (v->decided[which] != NULL) {
        cli_text(c, "      ");
        cli_safe(c, v->parted, strlen(v->parted));
        cli_text(c, " is decided by ");
        cli_safe(c, v->decided[which], strlen(v->decided[which]));
        cli_text(c, "\n");
    }
}

/* One encounter often shows several differences: what a clause says and what asks for it. */
static bool same_encounter(const drip_witness *a, const drip_witness *b)
{
    return a->json != NULL && b->json != NULL && strcmp(a->json, b->json) == 0 &&
           strcmp(a->parted, b->parted) == 0;
}

static bool told_before(const witnessing *t, uint32_t item, const drip_witness *v)
{
    drip_witness earlier;
    for (uint32_t i = 0; i < item && drip_witnesses_item(t->w, i, &earlier) == DRIP_OK; i++)
        if (same_encounter(&earlier, v))
            return true;
    return false;
}

/* With all the differences that it shows. */
static void put_witness(const witnessing *t, uint32_t item, const drip_witness *v)
{
    cli *c = t->c;
    drip_witness other;
    for (uint32_t i = item; drip_witnesses_item(t->w, i, &other) == DRIP_OK; i++)
        if (same_encounter(&other, v))
            put_title(c, &other);
    cli_text(c, "  the smallest encounter found has ");
    cli_uint(c, v->rows);
    cli_text(c, v->rows == 1 ? " entry\n\n" : " entries\n\n");
    if (v->scenario != NULL) {
        cli_indented(c, v->scenario, "    ");
    } else {
        cli_text(c, "    ");
        cli_safe(c, v->json, strlen(v->json));
        cli_text(c, "\n");
    }
    cli_text(c, "\n");
    put_answer(c, "old", v, 0);
    put_answer(c, "new", v, 1);
    cli_text(c, "\n");
}

static bool found_any(const witnessing *t)
{
    return drip_witnesses_count(t->w) > t->sum.points || t->sum.found > 0;
}

static void put_counts(witnessing *t)
{
    cli *c = t->c;
    cli_uint(c, t->sum.tried);
    cli_text(c, " encounters were tried under both: ");
    cli_uint(c, t->sum.seeds);
    cli_text(c, " of scenarios and files, ");
    cli_uint(c, t->sum.composed);
    cli_text(c, " put together of shorthands, the others by changing these.\n");
    if (t->sum.found == t->sum.points)
        return;
    if (t->sum.exhaustive == 0) {
        cli_text(c, "The search was not exhaustive: where nothing was found, there may be a difference.\n");
        return;
    }
    cli_text(c, found_any(t) ? "No other difference up to " : "No difference up to ");
    cli_uint(c, t->sum.exhaustive);
    cli_text(c, t->sum.exhaustive == 1 ? " shorthand" : " shorthands");
    cli_text(
        c, " on the grid of the two policies' own constants, which was tried in full; beyond that the search "
           "was not\nexhaustive: where nothing was found, there may be a difference.\n");
}

/* Rows of one table that only one policy has and no encounter shows. */
static bool alike_rows(const drip_witness *a, const drip_witness *b)
{
    size_t table = strcspn(a->name, "[");
    return a->json == NULL && b->json == NULL && strcmp(a->kind, "row") == 0 && strcmp(b->kind, "row") == 0 &&
           (a->said[0] == NULL) != (a->said[1] == NULL) && (a->said[0] == NULL) == (b->said[0] == NULL) &&
           (a->said[1] == NULL) == (b->said[1] == NULL) && strncmp(a->name, b->name, table + 1) == 0;
}

/* Its keys: what stands in the brackets. */
static void put_keys(cli *c, const drip_witness *row)
{
    const char *keys = row->name + strcspn(row->name, "[");
    cli_safe(c, keys, strlen(keys));
}

/* Puts those from here on that go together; how many they are. */
static uint32_t put_rows(const witnessing *t, uint32_t item, const drip_witness *v)
{
    cli *c = t->c;
    drip_witness other;
    uint32_t n = 1;
    while (drip_witnesses_item(t->w, item + n, &other) == DRIP_OK && alike_rows(v, &other))
        n++;
    if (n == 1)
        return 1;
    cli_style(c, "1");
    cli_uint(c, n);
    cli_text(c, " rows of ");
    cli_safe(c, v->name, strcspn(v->name, "["));
    cli_style(c, "0");
    cli_text(c, v->said[0] == NULL ? "\n    new alone has " : "\n    old alone has ");
    for (uint32_t i = 0; i < n && drip_witnesses_item(t->w, item + i, &other) == DRIP_OK; i++) {
        cli_text(c, i == 0 ? "" : i % ROWS_A_LINE == 0 ? ",\n                  " : ", ");
        put_keys(c, &other);
    }
    cli_text(c, "\n");
    return n;
}

static bool put_not_shown(const witnessing *t)
{
    cli *c = t->c;
    bool any = false;
    drip_witness v;
    uint32_t step = 1;
    for (uint32_t i = 0; drip_witnesses_item(t->w, i, &v) == DRIP_OK; i += step) {
        step = 1;
        if (v.json != NULL)
            continue;
        cli_text(c, any ? "  " : "no difference found that these make:\n  ");
        any = true;
        step = put_rows(t, i, &v);
        if (step == 1)
            put_title(c, &v);
    }
    return any;
}

static void put_text(witnessing *t)
{
    cli *c = t->c;
    drip_witness v;
    for (uint32_t i = 0; drip_witnesses_item(t->w, i, &v) == DRIP_OK; i++)
        if (v.json != NULL && !told_before(t, i, &v))
            put_witness(t, i, &v);
    cli_text(c, put_not_shown(t) ? "\n" : "");
    if (t->sum.points == 0)
        cli_text(c, "The two policies say the same.\n");
    else {
        cli_uint(c, t->sum.points);
        cli_text(c,
                 t->sum.points == 1 ? " difference in what they say, " : " differences in what they say, ");
        cli_uint(c, t->sum.found);
        cli_text(c, " with an encounter that shows it.\n");
    }
    put_counts(t);
}

static void put_pair(cli *c, const char *key, const char *const pair[2])
{
    cli_text(c, ",\"");
    cli_text(c, key);
    cli_text(c, "\":[");
    for (int i = 0; i < 2; i++) {
        cli_text(c, i == 0 ? "" : ",");
        if (pair[i] == NULL)
            cli_text(c, "null");
        else
            cli_json(c, pair[i]);
    }
    cli_text(c, "]");
}

static void put_json(witnessing *t)
{
    cli *c = t->c;
    drip_witness v;
    for (uint32_t i = 0; drip_witnesses_item(t->w, i, &v) == DRIP_OK; i++) {
        cli_text(c, "{\"format\":\"drip.witness/1\"");
        cli_json_text(c, "kind", v.kind);
        cli_json_text(c, "name", v.name);
        put_pair(c, "said", v.said);
        if (v.json != NULL) {
            cli_text(c, ",\"encounter\":");
            cli_text(c, v.json);
            if (v.scenario != NULL)
                cli_json_text(c, "scenario", v.scenario);
            put_pair(c, "answers", v.answer);
            put_pair(c, "whole", v.whole);
            cli_json_text(c, "parted", v.parted);
            put_pair(c, "decided", v.decided);
            cli_json_uint(c, "entries", v.rows);
        }
        cli_text(c, "}\n");
    }
    cli_text(c, "{\"format\":\"drip.witness_search/1\"");
    cli_json_uint(c, "differences", t->sum.points);
    cli_json_uint(c, "found", t->sum.found);
    cli_json_uint(c, "tried", t->sum.tried);
    cli_json_uint(c, "seeds", t->sum.seeds);
    cli_json_uint(c, "composed", t->sum.composed);
    cli_json_uint(c, "exhaustive", t->sum.exhaustive);
    cli_text(c, "}\n");
}

/* ---- the command */

static bool number_of(cli *c, const char *option, const char *text, uint64_t most, uint64_t *n)
{
    const char *at = text;
    for (*n = 0; at != NULL && *at >= '0' && *at <= '9' && *n <= most; at++)
        *n = *n * 10 + (uint64_t)(*at - '0');
    if (at == NULL || (at > text && *at == '\0' && *n >= 1 && *n <= most))
        return true;
    cli_say(c, "drip diff: %s takes a whole number from 1 to %llu, and \"%s\" is none", option,
            (unsigned long long)most, text);
    return false;
}

static int search(witnessing *t, const drip_options_witness *options)
{
    bool readable = true;
    drip_status status = drip_witnesses_new(t->programs[0], t->programs[1], options, &t->w);
    if (status == DRIP_OK)
        status = seed_tests(t);
    if (status == DRIP_OK)
        status = seed_files(t, &readable);
    if (!readable)
        return CLI_WRONG;
    if (status == DRIP_OK)
        status = drip_witnesses_search(t->w);
    if (status == DRIP_OK)
        status = drip_witnesses_summary(t->w, &t->sum);
    if (status != DRIP_OK) {
        cli_say(t->c, "drip diff: %s", drip_status_name(status));
        return CLI_WRONG;
    }
    if (t->call->json)
        put_json(t);
    else
        put_text(t);
    return found_any(t) ? CLI_NO : CLI_YES;
}

int cli_witness(cli *c, const cli_witness_call *call)
{
    enum { SHORTHANDS_MAX = 8 };
    const uint64_t budget_max = 1000000000;
    witnessing t = {.c = c, .call = call};
    uint64_t most = 0, budget = 0;
    int status = CLI_WRONG;
    if (call->policies[0] == NULL || call->policies[1] == NULL) {
        cli_say(c, "drip diff: two policies are compared: -p OLD -q NEW");
        return CLI_WRONG;
    }
    if (!number_of(c, "--up-to", call->most, SHORTHANDS_MAX, &most) ||
        !number_of(c, "--budget", call->budget, budget_max, &budget))
        return CLI_WRONG;
    const drip_options_witness options = {sizeof options, budget, (uint32_t)most};
    t.programs[0] = cli_policy(c, call->policies[0], &status);
    t.programs[1] = t.programs[0] == NULL ? NULL : cli_policy(c, call->policies[1], &status);
    if (t.programs[1] != NULL)
        status = search(&t, &options);
    drip_witnesses_free(t.w);
    drip_layers_free(t.tests);
    drip_program_free(t.programs[0]);
    drip_program_free(t.programs[1]);
    return status;
}
