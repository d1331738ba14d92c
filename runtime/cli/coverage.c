/* drip: coverage.c, level 4. What the scenarios exercise, as text and as JSON.
 *
 * A clause, a row and a value of a parameter are one goal each; a condition and a test are two, true and false. */
#include "cli.h"

#include <string.h>

enum { KINDS = DRIP_COVER_PARAM + 1 };

static const char *const kind_names[KINDS] = {"clauses", "table rows", "conditions, both ways",
                                              "tests, both ways", "parameter values"};
static const char *const kind_keys[KINDS] = {"clauses", "rows", "conditions", "tests", "values"};

static bool both_ways(drip_cover_kind kind)
{
    return kind == DRIP_COVER_GUARD || kind == DRIP_COVER_TEST;
}

void cli_goals_add(cli_goals *g, const drip_cover_item *item)
{
    g->all += both_ways(item->kind) ? 2 : 1;
    g->met += (item->yes > 0 ? 1u : 0u) + (both_ways(item->kind) && item->no > 0 ? 1u : 0u);
}

/* The share in tenths of a percent, rounded down: 100 is all of it. */
static uint64_t tenths(const cli_goals *g)
{
    return g->all == 0 ? 1000 : g->met * 1000 / g->all;
}

void cli_put_share(cli *c, const cli_goals *g)
{
    cli_uint(c, tenths(g) / 10);
    cli_text(c, ".");
    cli_uint(c, tenths(g) % 10);
}

bool cli_goals_reach(const cli_goals *g, uint32_t percent)
{
    return tenths(g) >= (uint64_t)percent * 10;
}

static void count(const drip_coverage *coverage, cli_goals *goals)
{
    drip_cover_item item;
    for (uint32_t i = 0; drip_coverage_item(coverage, i, &item) == DRIP_OK; i++)
        cli_goals_add(&goals[item.kind], &item);
}

cli_goals cli_goals_all(const drip_coverage *coverage)
{
    cli_goals goals = {0, 0};
    drip_cover_item item;
    for (uint32_t i = 0; drip_coverage_item(coverage, i, &item) == DRIP_OK; i++)
        cli_goals_add(&goals, &item);
    return goals;
}

/* ---- text */

static void put_right(cli *c, uint64_t n, size_t width)
{
    size_t digits = 1;
    for (uint64_t left = n; left > 9; left /= 10)
        digits++;
    cli_pad(c, digits < width ? width - digits : 0);
    cli_uint(c, n);
}

static void put_totals(cli *c, const char *name, const cli_goals *g)
{
    cli_text(c, "  ");
    cli_text(c, name);
    cli_pad(c, 24 - strlen(name));
    put_right(c, g->met, 5);
    cli_text(c, " of ");
    put_right(c, g->all, 5);
    cli_pad(c, tenths(g) < 100 ? 4 : tenths(g) < 1000 ? 3 : 2);
    cli_put_share(c, g);
    cli_text(c, " %\n");
}

static void put_lack(cli *c, const drip_cover_item *item)
{
    cli_safe(c, item->origin, strlen(item->origin));
    cli_text(c, ":");
    cli_uint(c, item->line);
    cli_text(c, ": ");
    cli_safe(c, item->name, strlen(item->name));
    cli_text(c, ": ");
    cli_style(c, "1;31");
    cli_text(c, item->missing);
    cli_style(c, "0");
    if (item->text[0] != '\0') {
        cli_text(c, ": ");
        cli_safe(c, item->text, strlen(item->text));
    }
    cli_text(c, "\n");
}

void cli_coverage_text(cli *c, const drip_coverage *coverage)
{
    cli_goals goals[KINDS] = {{0, 0}}, all = cli_goals_all(coverage);
    drip_cover_item item;
    count(coverage, goals);
    for (uint32_t i = 0; drip_coverage_item(coverage, i, &item) == DRIP_OK; i++)
        if (item.missing[0] != '\0')
            put_lack(c, &item);
    cli_text(c, "exercised by these scenarios:\n");
    for (uint32_t kind = 0; kind < KINDS; kind++)
        if (goals[kind].all > 0)
            put_totals(c, kind_names[kind], &goals[kind]);
    put_totals(c, "in all", &all);
}

/* ---- JSON */

static void put_member(cli *c, const char *key, const char *text)
{
    cli_text(c, ",");
    cli_json(c, key);
    cli_text(c, ":");
    cli_json(c, text);
}

static void put_count(cli *c, const char *key, uint64_t n)
{
    cli_text(c, ",");
    cli_json(c, key);
    cli_text(c, ":");
    cli_uint(c, n);
}

static void put_item(cli *c, const drip_cover_item *item)
{
    static const char *const words[KINDS] = {"clause", "row", "condition", "test", "value"};
    cli_text(c, "{\"kind\":");
    cli_json(c, words[item->kind]);
    put_member(c, "name", item->name);
    if (item->text[0] != '\0')
        put_member(c, "text", item->text);
    put_member(c, "file", item->origin);
    put_count(c, "line", item->line);
    put_count(c, "column", item->column);
    put_count(c, both_ways(item->kind) ? "true" : "times", item->yes);
    if (both_ways(item->kind))
        put_count(c, "false", item->no);
    if (item->missing[0] != '\0')
        put_member(c, "missing", item->missing);
    cli_text(c, "}");
}

void cli_coverage_json(cli *c, const drip_coverage *coverage, uint32_t passed, uint32_t failed)
{
    cli_goals goals[KINDS] = {{0, 0}};
    drip_cover_item item;
    count(coverage, goals);
    cli_text(c, "{\"format\":\"drip.coverage/1\"");
    put_count(c, "passed", passed);
    put_count(c, "failed", failed);
    cli_text(c, ",\"totals\":{");
    for (uint32_t kind = 0; kind < KINDS; kind++) {
        cli_text(c, kind == 0 ? "" : ",");
        cli_json(c, kind_keys[kind]);
        cli_text(c, ":{\"covered\":");
        cli_uint(c, goals[kind].met);
        put_count(c, "of", goals[kind].all);
        cli_text(c, "}");
    }
    cli_text(c, "},\"items\":[");
    for (uint32_t i = 0; drip_coverage_item(coverage, i, &item) == DRIP_OK; i++) {
        cli_text(c, i == 0 ? "\n" : ",\n");
        put_item(c, &item);
    }
    cli_text(c, "\n]}\n");
}
