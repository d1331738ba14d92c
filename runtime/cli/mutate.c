/* drip: mutate.c, level 4. `drip test --mutate`: the changes of a policy that no scenario notices. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>

typedef struct score {
    uint64_t noticed, survived, excused, stale;
} score;

static void add(score *s, const drip_mutant *m)
{
    s->noticed += m->state == DRIP_MUTANT_NOTICED;
    s->survived += m->state == DRIP_MUTANT_SURVIVED;
    s->excused += m->state == DRIP_MUTANT_EXCUSED;
    s->stale += m->state == DRIP_MUTANT_STALE;
}

/* Of the changes without a reason, those noticed, in tenths of a percent, rounded down. */
static uint64_t tenths(const score *s)
{
    uint64_t all = s->noticed + s->survived;
    return all == 0 ? 1000 : s->noticed * 1000 / all;
}

static score of_file(const drip_mutation *mutation, const char *origin)
{
    score s = {0, 0, 0, 0};
    drip_mutant m;
    for (uint32_t i = 0; drip_mutation_item(mutation, i, &m) == DRIP_OK; i++)
        if (origin == NULL || strcmp(m.origin, origin) == 0)
            add(&s, &m);
    return s;
}

static void put_name(cli *c, const char *name)
{
    cli_safe(c, name, strlen(name));
}

static void put_place(cli *c, const drip_mutant *m)
{
    put_name(c, cli_short_path(m->origin));
    cli_text(c, ":");
    cli_uint(c, m->line);
    cli_text(c, ": ");
    put_name(c, m->name);
}

/* The line, and carets under what is changed: under its first line, if it takes several. */
static void put_line(cli *c, const drip_mutant *m)
{
    size_t len = strlen(m->source_line), at = 0, column = 1, rune;
    uint32_t unused;
    cli_text(c, "    ");
    cli_safe(c, m->source_line, len);
    cli_text(c, "\n    ");
    for (; at < len && column < m->column; at += rune, column++) {
        rune = cli_rune(m->source_line + at, len - at, &unused);
        cli_pad(c, cli_width(m->source_line + at, rune));
    }
    for (bool first = true; at < len || first; at += rune, column++, first = false) {
        bool inside = m->end_line > m->line || column < m->end_column;
        if (!inside && !first)
            break;
        cli_text(c, "^");
        rune = at < len ? cli_rune(m->source_line + at, len - at, &unused) : 1;
    }
    cli_text(c, "\n");
}

static void put_change(cli *c, const drip_mutant *m)
{
    cli_text(c, "    ");
    put_name(c, m->from);
    cli_text(c, " \xE2\x86\x92 ");
    put_name(c, *m->to == '\0' ? "(left out)" : m->to);
    cli_text(c, "\n");
}

static void put_survivor(cli *c, const drip_mutant *m)
{
    put_place(c, m);
    cli_text(c, ": ");
    cli_style(c, "1;31");
    cli_text(c, m->reached == 0 ? "no scenario comes by" : "no scenario notices");
    cli_style(c, "0");
    cli_text(c, "\n");
    put_line(c, m);
    put_change(c, m);
    if (*m->scenario != '\0') {
        cli_text(c, "    this would, if its answer is right:\n");
        cli_indented(c, m->scenario, "      ");
    } else if (*m->encounter != '\0') {
        cli_text(c, "    this encounter is answered differently; no scenario can say it:\n      ");
        put_name(c, m->encounter);
        cli_text(c, "\n");
    } else if (m->tried > 0) {
        cli_text(c, "    ");
        cli_uint(c, m->tried);
        cli_text(c, " encounters are answered alike\n");
    }
}

static void put_excused(cli *c, const drip_mutant *m)
{
    put_place(c, m);
    cli_text(c, "\n");
    put_change(c, m);
    cli_text(c, "    because ");
    put_name(c, m->reason);
    cli_text(c, "\n");
}

static void put_stale(cli *c, const drip_mutant *m)
{
    put_place(c, m);
    cli_text(c, ": ");
    cli_style(c, "1;31");
    cli_text(c, "this reason is not needed: delete it");
    cli_style(c, "0");
    cli_text(c, ": ");
    put_name(c, m->from);
    cli_text(c, "\n");
}

static void put_all(cli *c, const drip_mutation *mutation, drip_mutant_state state, const char *heading)
{
    bool any = false;
    drip_mutant m;
    for (uint32_t i = 0; drip_mutation_item(mutation, i, &m) == DRIP_OK; i++) {
        if (m.state != state)
            continue;
        if (!any)
            cli_text(c, heading);
        any = true;
        if (state == DRIP_MUTANT_SURVIVED)
            put_survivor(c, &m);
        else if (state == DRIP_MUTANT_EXCUSED)
            put_excused(c, &m);
        else
            put_stale(c, &m);
    }
    if (any)
        cli_text(c, "\n");
}

static void put_score(cli *c, const char *name, size_t width, const score *s)
{
    uint64_t share = tenths(s);
    cli_text(c, "  ");
    put_name(c, name);
    cli_pad(c, width - strlen(name));
    cli_uint_right(c, s->noticed, 6);
    cli_text(c, " of ");
    cli_uint_right(c, s->noticed + s->survived, 5);
    cli_pad(c, share < 100 ? 4 : share < 1000 ? 3 : 2);
    cli_uint(c, share / 10);
    cli_text(c, ".");
    cli_uint(c, share % 10);
    cli_text(c, " %");
    if (s->excused > 0) {
        cli_text(c, ", and ");
        cli_uint(c, s->excused);
        cli_text(c, " with a reason");
    }
    cli_text(c, "\n");
}

/* Is it the first of its file? Items of a file may stand apart where two policies share it. */
static bool begins_file(const drip_mutation *mutation, uint32_t at, const char *origin)
{
    drip_mutant m;
    for (uint32_t i = 0; i < at && drip_mutation_item(mutation, i, &m) == DRIP_OK; i++)
        if (strcmp(m.origin, origin) == 0)
            return false;
    return true;
}

static size_t widest(const drip_mutation *mutation)
{
    size_t width = strlen("in all");
    drip_mutant m;
    for (uint32_t i = 0; drip_mutation_item(mutation, i, &m) == DRIP_OK; i++) {
        size_t len = strlen(cli_short_path(m.origin));
        width = len > width ? len : width;
    }
    return width;
}

static void put_left_out(cli *c, const drip_mutation *mutation)
{
    uint32_t refused = 0, same = 0, rows = 0;
    drip_mutation_left_out(mutation, &refused, &same, &rows);
    cli_text(c, "not counted: ");
    cli_uint(c, refused);
    cli_text(c, " changes that drip refuses, ");
    cli_uint(c, same);
    cli_text(c, " that change nothing; not changed: ");
    cli_uint(c, rows);
    cli_text(c, " rows of long tables, and the severity of findings\n");
}

static void put_text(cli *c, const drip_mutation *mutation)
{
    drip_mutant m;
    size_t width = widest(mutation);
    score all = of_file(mutation, NULL);
    put_all(c, mutation, DRIP_MUTANT_SURVIVED, "no scenario notices:\n");
    put_all(c, mutation, DRIP_MUTANT_EXCUSED, "not noticed, for a reason:\n");
    put_all(c, mutation, DRIP_MUTANT_STALE, "reasons not needed:\n");
    cli_text(c, "changes that these scenarios notice:\n");
    for (uint32_t i = 0; drip_mutation_item(mutation, i, &m) == DRIP_OK; i++) {
        score one = of_file(mutation, m.origin);
        if (m.state != DRIP_MUTANT_STALE && begins_file(mutation, i, m.origin))
            put_score(c, cli_short_path(m.origin), width, &one);
    }
    put_score(c, "in all", width, &all);
    put_left_out(c, mutation);
}

/* ---- JSON */

static void put_item(cli *c, const drip_mutant *m)
{
    static const char *const states[] = {"noticed", "survived", "excused", "stale"};
    cli_text(c, "{\"state\":");
    cli_json(c, states[m->state]);
    cli_json_text(c, "kind", m->kind);
    cli_json_text(c, "name", m->name);
    cli_json_text(c, "file", cli_short_path(m->origin));
    cli_json_uint(c, "line", m->line);
    cli_json_uint(c, "column", m->column);
    cli_json_text(c, "from", m->from);
    cli_json_text(c, "to", m->to);
    cli_json_uint(c, "reached", m->reached);
    if (*m->noticed_by != '\0')
        cli_json_text(c, "noticed_by", m->noticed_by);
    if (*m->reason != '\0')
        cli_json_text(c, "reason", m->reason);
    if (*m->scenario != '\0')
        cli_json_text(c, "scenario", m->scenario);
    if (*m->encounter != '\0')
        cli_json_text(c, "encounter", m->encounter);
    if (m->tried > 0)
        cli_json_uint(c, "tried", m->tried);
    cli_text(c, "}");
}

static void put_json(cli *c, const drip_mutation *mutation)
{
    uint32_t refused = 0, same = 0, rows = 0;
    drip_mutant m;
    score all = of_file(mutation, NULL);
    drip_mutation_left_out(mutation, &refused, &same, &rows);
    cli_text(c, "{\"format\":\"drip.mutation/1\"");
    cli_json_uint(c, "noticed", all.noticed);
    cli_json_uint(c, "survived", all.survived);
    cli_json_uint(c, "excused", all.excused);
    cli_json_uint(c, "refused", refused);
    cli_json_uint(c, "same", same);
    cli_json_uint(c, "rows_left_out", rows);
    cli_text(c, ",\"items\":[");
    for (uint32_t i = 0; drip_mutation_item(mutation, i, &m) == DRIP_OK; i++) {
        cli_text(c, i == 0 ? "\n" : ",\n");
        put_item(c, &m);
    }
    cli_text(c, "\n]}\n");
}

static int judge(cli *c, const drip_mutation *mutation, const cli_mutate_call *call)
{
    score all = of_file(mutation, NULL);
    if (call->json)
        put_json(c, mutation);
    else
        put_text(c, mutation);
    if (all.noticed + all.survived + all.excused == 0) {
        cli_say(c, "drip test: there was nothing to change, so nothing was tested");
        return CLI_NO;
    }
    if (tenths(&all) >= (uint64_t)call->least * 10 && all.stale == 0)
        return CLI_YES;
    if (all.stale > 0 && call->least > 0)
        cli_say(c, "drip test: some reasons are not needed");
    else if (call->least > 0)
        cli_say(c, "drip test: these scenarios notice less than %u %% of the changes", (unsigned)call->least);
    return call->least > 0 ? CLI_NO : CLI_YES;
}

/* ---- the encounters of a file, which are tried, too */

typedef struct corpus {
    char **texts;
    size_t *lens;
    size_t count, size;
} corpus;

static bool make_room(corpus *all)
{
    if (all->count < all->size)
        return true;
    size_t size = all->size == 0 ? 256 : all->size * 2;
    char **texts = realloc(all->texts, size * sizeof *texts);
    if (texts != NULL)
        all->texts = texts;
    size_t *lens = realloc(all->lens, size * sizeof *lens);
    if (lens != NULL)
        all->lens = lens;
    if (texts == NULL || lens == NULL)
        return false;
    all->size = size;
    return true;
}

static bool keep(corpus *all, const char *text, size_t len)
{
    char *copy = make_room(all) ? malloc(len + 1) : NULL;
    if (copy == NULL)
        return false;
    memcpy(copy, text, len);
    copy[len] = '\0';
    all->texts[all->count] = copy;
    all->lens[all->count++] = len;
    return true;
}

static bool read_corpus(cli *c, const char *path, corpus *all)
{
    cli_input in = {.data = NULL};
    const char *text = NULL;
    size_t len = 0;
    uint64_t line = 0;
    bool memory = true;
    cli_got got = CLI_ONE;
    if (!cli_input_open(&in, path, NULL, NULL)) {
        cli_say(c, "drip test: %s: %s", path, strerror(in.error));
        return false;
    }
    while (memory && (got = cli_input_next(&in, &text, &len, &line)) != CLI_END && got != CLI_UNREADABLE)
        memory = got != CLI_ONE || keep(all, text, len);
    if (!memory)
        cli_say(c, "drip test: out of memory");
    else if (got == CLI_UNREADABLE)
        cli_say(c, "drip test: %s: %s", path, strerror(in.error));
    else if (all->count == 0)
        cli_say(c, "drip test: %s: no encounters in it", path);
    cli_input_close(&in);
    free(in.data);
    return memory && got != CLI_UNREADABLE && all->count > 0;
}

static void free_corpus(corpus *all)
{
    for (size_t i = 0; i < all->count; i++)
        free(all->texts[i]);
    free(all->texts);
    free(all->lens);
}

static int mutated(cli *c, drip_layers *layers, const cli_mutate_call *call, const corpus *all)
{
    drip_mutation *mutation = NULL;
    drip_error *error = NULL;
    drip_options_test options = call->options;
    options.encounters = (const char *const *)all->texts;
    options.encounter_lens = all->lens;
    options.n_encounters = all->count;
    drip_status status = drip_mutate(layers, c->path, &options, &mutation, &error);
    if (status != DRIP_OK) {
        cli_say_error(c, error);
        cli_say(c, "drip test: %s: nothing was changed", drip_status_name(status));
    }
    drip_error_free(error);
    int answer = status == DRIP_OK ? judge(c, mutation, call) : CLI_NO;
    drip_mutation_free(mutation);
    return answer;
}

int cli_mutate(cli *c, drip_layers *layers, const cli_mutate_call *call)
{
    corpus all = {NULL, NULL, 0, 0};
    int status = CLI_WRONG;
    if (call->corpus == NULL || read_corpus(c, call->corpus, &all))
        status = mutated(c, layers, call, &all);
    free_corpus(&all);
    return status;
}
