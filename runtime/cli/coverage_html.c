/* drip: coverage_html.c, level 4. What the scenarios exercise as one page for a browser, with nothing to fetch: the
 * totals, what is missing in words, and the sources with each clause coloured, its count before the line and
 * the untested condition marked in it. Light or dark as the reader's system is.
 *
 * Items come in the order of the sources, so one pass over the lines of a source goes along with them. */
#include "cli.h"

#include <string.h>

/* ---- the page's head */

static const char style[] =
    "<style>\n"
    ":root{color-scheme:light dark;--ink:#1c2024;--soft:#5b6570;--paper:#fff;--line:#e3e7eb;--hit:#e4f5e8;"
    "--hitink:#14632b;--miss:#fde3e1;--missink:#a3161b;--why:#fff3d6;--whyink:#7a5200;--bar:#2c974b}\n"
    "@media(prefers-color-scheme:dark){:root{--ink:#e4e8ec;--soft:#98a3ad;--paper:#14181c;--line:#2a3138;"
    "--hit:#12301c;--hitink:#7fd998;--miss:#431a1c;--missink:#ff9a94;--why:#3a2c0c;--whyink:#f0c566;--bar:#"
    "3fb960}}\n"
    "body{margin:0 auto;max-width:76rem;padding:2rem 1.25rem 4rem;background:var(--paper);color:var(--ink);"
    "font:15px/1.5 system-ui,sans-serif}\n"
    "h1{font-size:1.5rem;margin:0 0 .25rem}h2{font-size:1.1rem;margin:2rem 0 .5rem}p{margin:.25rem "
    "0;color:var(--soft)}\n"
    "table.totals{border-collapse:collapse;margin:1rem 0}table.totals td{padding:.2rem 1.25rem .2rem 0}\n"
    "td.n{text-align:right;font-variant-numeric:tabular-nums}\n"
    ".bar{width:14rem;height:.6rem;border-radius:.3rem;background:var(--miss);overflow:hidden}"
    ".bar div{height:100%;background:var(--bar)}\n"
    "ul.gaps{list-style:none;padding:0}ul.gaps li{padding:.35rem .6rem;margin:.25rem 0;border-radius:.3rem;"
    "background:var(--miss);color:var(--missink)}ul.gaps li.why{background:var(--why);color:var(--whyink)}\n"
    "a{color:inherit}details{margin:1rem 0;border:1px solid var(--line);border-radius:.4rem;overflow:hidden}"
    "summary{padding:.5rem .75rem;cursor:pointer;font-weight:600}\n"
    "table.source{border-collapse:collapse;width:100%;font:13px/1.45 ui-monospace,monospace}\n"
    "table.source td{padding:0 .6rem;vertical-align:top;white-space:pre-wrap;overflow-wrap:anywhere}"
    "table.source td.n{color:var(--soft);width:1%;white-space:nowrap;user-select:none;border-right:1px solid "
    "var(--line)}\n"
    "tr.hit td{background:var(--hit)}tr.miss td{background:var(--miss)}tr.why td{background:var(--why)}\n"
    "tr.hit td.n{color:var(--hitink)}tr.miss td.n{color:var(--missink)}tr.why td.n{color:var(--whyink)}\n"
    "mark{background:none;color:inherit;border-bottom:2px solid var(--missink)}"
    "mark.why{border-bottom:2px dotted var(--whyink)}\n"
    "div.note{font:13px/1.4 system-ui,sans-serif;color:var(--missink);padding:.1rem 0 "
    ".3rem}div.note.why{color:var(--whyink)}\n"
    "</style>\n";

static void put(cli *c, const char *text)
{
    cli_markup(c, text, strlen(text));
}

static void put_row(cli *c, const char *name, const cli_goals *g)
{
    cli_text(c, "<tr><td>");
    put(c, name);
    cli_text(c, "</td><td class=\"n\">");
    cli_uint(c, g->met);
    cli_text(c, " of ");
    cli_uint(c, g->all);
    cli_text(c, "</td><td class=\"n\">");
    cli_put_share(c, g);
    cli_text(c, " %</td><td><div class=\"bar\"><div style=\"width:");
    cli_put_share(c, g);
    cli_text(c, "%\"></div></div></td><td>");
    if (g->excused > 0) {
        cli_uint(c, g->excused);
        cli_text(c, " with a reason");
    }
    cli_text(c, "</td></tr>\n");
}

static void put_head(cli *c, const drip_coverage *coverage, const cli_tests *tests)
{
    cli_goals goals[CLI_COVER_KINDS], all = cli_goals_all(coverage);
    cli_goals_by_kind(coverage, goals);
    cli_text(c, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                "<title>What the scenarios exercise</title>\n");
    cli_text(c, style);
    cli_text(c, "</head>\n<body>\n<h1>What the scenarios exercise</h1>\n<p>");
    cli_uint(c, tests->passed);
    cli_text(c, " scenarios passed, ");
    cli_uint(c, tests->failed);
    cli_text(c, " failed.</p>\n<table class=\"totals\">\n");
    for (uint32_t kind = 0; kind < CLI_COVER_KINDS; kind++)
        if (goals[kind].all > 0)
            put_row(c, cli_cover_kinds[kind], &goals[kind]);
    put_row(c, "in all", &all);
    cli_text(c, "</table>\n");
}

/* ---- what is missing */

static const char *class_of(const drip_cover_item *item)
{
    return item->missing[0] == '\0' ? "hit" : item->reason[0] != '\0' ? "why" : "miss";
}

static void put_words(cli *c, const drip_cover_item *item)
{
    put(c, item->name);
    cli_text(c, ": ");
    put(c, item->missing);
    if (item->text[0] != '\0') {
        cli_text(c, ": <code>");
        put(c, item->text);
        cli_text(c, "</code>");
    }
    if (item->reason[0] != '\0') {
        cli_text(c, " \xE2\x80\x94 ");
        put(c, item->reason);
    }
}

static void put_gaps(cli *c, const drip_coverage *coverage)
{
    drip_cover_item item;
    bool any = false;
    for (uint32_t i = 0; drip_coverage_item(coverage, i, &item) == DRIP_OK; i++) {
        if (item.missing[0] == '\0')
            continue;
        cli_text(c, any ? "" : "<h2>What no scenario exercises</h2>\n<ul class=\"gaps\">\n");
        any = true;
        cli_text(c, "<li class=\"");
        cli_text(c, class_of(&item));
        cli_text(c, "\"><a href=\"#i");
        cli_uint(c, i);
        cli_text(c, "\">");
        put(c, cli_short_path(item.origin));
        cli_text(c, ":");
        cli_uint(c, item.line);
        cli_text(c, "</a> ");
        put_words(c, &item);
        cli_text(c, "</li>\n");
    }
    cli_text(c, any ? "</ul>\n" : "<p>Everything is exercised.</p>\n");
}

/* ---- a source */

typedef struct place {
    const drip_coverage *coverage;
    uint32_t first, end; /* items of this line */
    uint32_t until;      /* the last line of the clause that began above, and its class */
    const char *shade;
} place;

static bool item_at(const place *p, uint32_t i, drip_cover_item *item)
{
    return drip_coverage_item(p->coverage, i, item) == DRIP_OK;
}

static bool is_whole(const drip_cover_item *item)
{
    return item->kind == DRIP_COVER_CLAUSE || item->kind == DRIP_COVER_ROW;
}

/* The worst that is said of this line. */
static const char *shade_of(place *p, uint32_t line)
{
    const char *shade = line <= p->until ? p->shade : "";
    drip_cover_item item;
    bool begins = false;
    for (uint32_t i = p->first; i < p->end && item_at(p, i, &item); i++) {
        const char *own = class_of(&item);
        if (is_whole(&item)) {
            p->until = item.end_line;
            p->shade = own;
        }
        if (!begins || strcmp(own, "miss") == 0 || (strcmp(own, "why") == 0 && strcmp(shade, "miss") != 0))
            shade = own;
        begins = true;
    }
    return shade;
}

/* How often the clauses that begin here decided. */
static void put_times(cli *c, const place *p)
{
    drip_cover_item item;
    uint64_t times = 0;
    bool any = false;
    for (uint32_t i = p->first; i < p->end && item_at(p, i, &item); i++) {
        if (!is_whole(&item) && item.kind != DRIP_COVER_PARAM)
            continue;
        times += item.yes;
        any = true;
    }
    if (!any)
        return;
    cli_uint(c, times);
    cli_text(c, "\xC3\x97");
}

/* Conditions stand within each other, so the marks that end here are the innermost ones. */
static void put_marks(cli *c, const place *p, uint32_t line, uint32_t column, size_t rest)
{
    drip_cover_item item;
    for (uint32_t i = p->first; i < p->end && item_at(p, i, &item); i++) {
        bool condition = item.kind == DRIP_COVER_GUARD || item.kind == DRIP_COVER_TEST;
        if (condition && item.missing[0] != '\0' && item.column < column &&
            (item.end_line == line ? item.end_column == column : rest == 0))
            cli_text(c, "</mark>");
    }
    for (uint32_t i = p->first; rest > 0 && i < p->end && item_at(p, i, &item); i++) {
        bool condition = item.kind == DRIP_COVER_GUARD || item.kind == DRIP_COVER_TEST;
        if (condition && item.missing[0] != '\0' && item.column == column) {
            cli_text(c, "<mark class=\"");
            cli_text(c, class_of(&item));
            cli_text(c, "\">");
        }
    }
}

static void put_code(cli *c, const place *p, uint32_t line, const char *text, size_t len)
{
    uint32_t column = 1, rune = 0;
    for (size_t at = 0; at <= len; column++) {
        put_marks(c, p, line, column, len - at);
        if (at == len)
            break;
        size_t n = cli_rune(text + at, len - at, &rune);
        cli_markup(c, text + at, n);
        at += n;
    }
}

static void put_notes(cli *c, const place *p)
{
    drip_cover_item item;
    for (uint32_t i = p->first; i < p->end && item_at(p, i, &item); i++) {
        if (item.missing[0] == '\0')
            continue;
        cli_text(c, "<div id=\"i");
        cli_uint(c, i);
        cli_text(c, "\" class=\"note ");
        cli_text(c, class_of(&item));
        cli_text(c, "\">");
        put_words(c, &item);
        cli_text(c, "</div>");
    }
}

static void put_line(cli *c, place *p, uint32_t line, const char *text, size_t len)
{
    cli_text(c, "<tr class=\"");
    cli_text(c, shade_of(p, line));
    cli_text(c, "\"><td class=\"n\">");
    cli_uint(c, line);
    cli_text(c, "</td><td class=\"n\">");
    put_times(c, p);
    cli_text(c, "</td><td>");
    put_code(c, p, line, text, len);
    put_notes(c, p);
    cli_text(c, "</td></tr>\n");
}

/* Its items begin at `item`; where those of the next source begin is the answer. */
static uint32_t put_source(cli *c, const drip_coverage *coverage, uint32_t source, uint32_t item)
{
    const char *origin = "", *text = "";
    size_t len = 0;
    uint32_t line = 1;
    drip_cover_item view;
    place p = {coverage, item, item, 0, ""};
    if (drip_coverage_source(coverage, source, &origin, &text, &len) != DRIP_OK)
        return item;
    cli_text(c, "<details open><summary>");
    put(c, cli_short_path(origin));
    cli_text(c, "</summary>\n<table class=\"source\">\n");
    for (size_t at = 0; at < len; line++) {
        const char *newline = memchr(text + at, '\n', len - at);
        size_t n = newline == NULL ? len - at : (size_t)(newline - text) - at;
        for (p.first = p.end;
             item_at(&p, p.end, &view) && strcmp(view.origin, origin) == 0 && view.line == line;)
            p.end++;
        put_line(c, &p, line, text + at, n);
        at += n + 1;
    }
    cli_text(c, "</table></details>\n");
    return p.end;
}

int cli_coverage_html(cli *c, const drip_coverage *coverage, const cli_tests *tests, const char *path,
                      int status)
{
    cli *file = cli_file_open(c, path);
    if (file == NULL)
        return CLI_WRONG;
    put_head(file, coverage, tests);
    put_gaps(file, coverage);
    cli_text(file, "<h2>Sources</h2>\n<p>Before each line: how often its clause decided something.</p>\n");
    for (uint32_t i = 0, item = 0; i < drip_coverage_sources(coverage); i++)
        item = put_source(file, coverage, i, item);
    cli_text(file, "</body>\n</html>\n");
    return cli_file_close(c, file, path, status);
}
