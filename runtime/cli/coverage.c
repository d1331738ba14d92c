/* drip: coverage.c, level 4. What the scenarios exercise, as text and as JSON.
 *
 * A clause, a row and a value of a parameter are one goal each; a condition and a test are two, true and false.
 * A goal that the sources give a reason for counts as met where a share is asked for; a reason that is not
 * needed is a goal missed. */
#include "cli.h"

#include <string.h>

enum { KINDS = CLI_COVER_KINDS };

const char *const cli_cover_kinds[KINDS] = {"clauses",          "table rows",       "conditions, both ways",
                                            "tests, both ways", "parameter values", "reasons not needed"};
static const char *const kind_keys[KINDS] = {"clauses", "rows", "conditions", "tests", "values", "stale"};

static bool both_ways(drip_cover_kind kind)
{
    return kind == DRIP_COVER_GUARD || kind == DRIP_COVER_TEST;
}

void cli_goals_add(cli_goals *g, const drip_cover_item *item)
{
    uint64_t all = both_ways(item->kind) ? 2 : 1;
    uint64_t met = (item->yes > 0 ? 1u : 0u) + (both_ways(item->kind) && item->no > 0 ? 1u : 0u);
    g->all += all;
    g->met += met;
    g->excused += item->reason[0] != '\0' ? all - met : 0;
}

/* In tenths of a percent, rounded down: 100 is all of it. */
static uint64_t tenths(uint64_t met, uint64_t all)
{
    return all == 0 ? 1000 : met * 1000 / all;
}

void cli_put_share(cli *c, const cli_goals *g)
{
    uint64_t share = tenths(g->met, g->all);
    cli_uint(c, share / 10);
    cli_text(c, ".");
    cli_uint(c, share % 10);
}

bool cli_goals_reach(const cli_goals *g, uint32_t percent)
{
    return tenths(g->met + g->excused, g->all) >= (uint64_t)percent * 10;
}

void cli_goals_by_kind(const drip_coverage *coverage, cli_goals goals[KINDS])
{
    drip_cover_item item;
    memset(goals, 0, KINDS * sizeof *goals);
    for (uint32_t i = 0; drip_coverage_item(coverage, i, &item) == DRIP_OK; i++)
        cli_goals_add(&goals[item.kind], &item);
}

cli_goals cli_goals_all(const drip_coverage *coverage)
{
    cli_goals goals = {0, 0, 0};
    drip_cover_item item;
    for (uint32_t i = 0; drip_coverage_item(coverage, i, &item) == DRIP_OK; i++)
        cli_goals_add(&goals, &item);
    return goals;
}

/* ---- text */

static void put_totals(cli *c, const char *name, const cli_goals *g)
{
    uint64_t share = tenths(g->met, g->all);
    cli_text(c, "  ");
    cli_text(c, name);
    cli_pad(c, 24 - strlen(name));
    cli_uint_right(c, g->met, 5);
    cli_text(c, " of ");
    cli_uint_right(c, g->all, 5);
    cli_pad(c, share < 100 ? 4 : share < 1000 ? 3 : 2);
    cli_put_share(c, g);
    cli_text(c, " %");
    if (g->excused > 0) {
        cli_text(c, ", and ");
        cli_uint(c, g->excused);
        cli_text(c, " with a reason");
    }
    cli_text(c, "\n");
}

const char *cli_short_path(const char *path)
{
    return strncmp(path, "./", 2) == 0 ? path + 2 : path;
}

static void put_lack(cli *c, const drip_cover_item *item)
{
    const char *origin = cli_short_path(item->origin);
    cli_safe(c, origin, strlen(origin));
    cli_text(c, ":");
    cli_uint(c, item->line);
    cli_text(c, ": ");
    cli_safe(c, item->name, strlen(item->name));
    cli_text(c, ": ");
    cli_style(c, item->reason[0] != '\0' ? "2" : "1;31");
    cli_text(c, item->missing);
    cli_style(c, "0");
    if (item->text[0] != '\0') {
        cli_text(c, ": ");
        cli_safe(c, item->text, strlen(item->text));
    }
    cli_text(c, "\n");
}

static void put_reason(cli *c, const char *reason)
{
    if (*reason == '\0')
        return;
    cli_text(c, "    because ");
    cli_safe(c, reason, strlen(reason));
    cli_text(c, "\n");
}

/* Those of one reason stand together above it. False: there are none. */
static bool put_lacks(cli *c, const drip_coverage *coverage, bool excused, const char *heading)
{
    drip_cover_item item;
    const char *reason = "";
    bool any = false;
    for (uint32_t i = 0; drip_coverage_item(coverage, i, &item) == DRIP_OK; i++) {
        if (item.missing[0] == '\0' || (item.reason[0] != '\0') != excused)
            continue;
        if (!any)
            cli_text(c, heading);
        else if (strcmp(reason, item.reason) != 0)
            put_reason(c, reason);
        any = true;
        reason = item.reason;
        put_lack(c, &item);
    }
    put_reason(c, reason);
    return any;
}

void cli_coverage_text(cli *c, const drip_coverage *coverage)
{
    cli_goals goals[KINDS], all = cli_goals_all(coverage);
    cli_goals_by_kind(coverage, goals);
    if (put_lacks(c, coverage, false, "no scenario exercises:\n"))
        cli_text(c, "\n");
    if (put_lacks(c, coverage, true, "not exercised, for a reason:\n"))
        cli_text(c, "\n");
    cli_text(c, "exercised by these scenarios:\n");
    for (uint32_t kind = 0; kind < KINDS; kind++)
        if (goals[kind].all > 0)
            put_totals(c, cli_cover_kinds[kind], &goals[kind]);
    put_totals(c, "in all", &all);
    cli_text(c, "\n");
}

/* ---- JSON */

static void put_item(cli *c, const drip_cover_item *item)
{
    static const char *const words[KINDS] = {"clause", "row", "condition", "test", "value", "stale"};
    cli_text(c, "{\"kind\":");
    cli_json(c, words[item->kind]);
    cli_json_text(c, "name", item->name);
    if (item->text[0] != '\0')
        cli_json_text(c, "text", item->text);
    cli_json_text(c, "file", cli_short_path(item->origin));
    cli_json_uint(c, "line", item->line);
    cli_json_uint(c, "column", item->column);
    cli_json_uint(c, both_ways(item->kind) ? "true" : "times", item->yes);
    if (both_ways(item->kind))
        cli_json_uint(c, "false", item->no);
    if (item->missing[0] != '\0')
        cli_json_text(c, "missing", item->missing);
    if (item->reason[0] != '\0')
        cli_json_text(c, "reason", item->reason);
    cli_text(c, "}");
}

void cli_coverage_json(cli *c, const drip_coverage *coverage, const cli_tests *tests)
{
    cli_goals goals[KINDS];
    drip_cover_item item;
    cli_goals_by_kind(coverage, goals);
    cli_text(c, "{\"format\":\"drip.coverage/1\"");
    cli_json_uint(c, "passed", tests->passed);
    cli_json_uint(c, "failed", tests->failed);
    cli_text(c, ",\"totals\":{");
    for (uint32_t kind = 0; kind < KINDS; kind++) {
        cli_text(c, kind == 0 ? "" : ",");
        cli_json(c, kind_keys[kind]);
        cli_text(c, ":{\"covered\":");
        cli_uint(c, goals[kind].met);
        cli_json_uint(c, "excused", goals[kind].excused);
        cli_json_uint(c, "of", goals[kind].all);
        cli_text(c, "}");
    }
    cli_text(c, "},\"items\":[");
    for (uint32_t i = 0; drip_coverage_item(coverage, i, &item) == DRIP_OK; i++) {
        cli_text(c, i == 0 ? "\n" : ",\n");
        put_item(c, &item);
    }
    cli_text(c, "\n]}\n");
}
