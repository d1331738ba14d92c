/* drip: diff_html.c, level 4. The report of `drip diff` as one page for a browser or a printer, with nothing to fetch: what
 * moves in a sentence and in numbers, the amounts by clause as a waterfall, then each kind of change with both answers to its
 * smallest encounter side by side. Lengths in the drawing are integers worked out from the exact amounts. */
#include "cli.h"

#include <stdio.h>
#include <string.h>

enum { OPEN = 3, BARS = 14, ROW = 30, LABELS = 360, CHART = 400, AMOUNTS = 140, NAME_WIDTH = 50 };

static void put(cli *c, const char *text)
{
    cli_markup(c, text, strlen(text));
}

static void put_with_unit(cli *c, const char *amount, const char *unit, bool sign)
{
    cli_put_amount(c, amount, sign);
    if (*unit != '\0') {
        cli_text(c, "\xC2\xA0");
        put(c, unit);
    }
}

static void put_money(cli *c, const cli_diff_report *r, const char *amount, bool sign)
{
    put_with_unit(c, amount, r->sums.unit, sign);
}

static const char *direction(const char *amount)
{
    return cli_is_nothing(amount) ? "" : *amount == '-' ? "down" : "up";
}

/* ---- the head */

static void put_counts_tile(cli *c, const char *what, uint64_t added, uint64_t removed, uint64_t changed)
{
    cli_text(c, "<div class=\"tile\"><b>");
    cli_put_count(c, added + removed + changed);
    cli_text(c, "</b><span>");
    cli_text(c, what);
    cli_text(c, ": ");
    cli_put_count(c, added);
    cli_text(c, " new, ");
    cli_put_count(c, removed);
    cli_text(c, " gone, ");
    cli_put_count(c, changed);
    cli_text(c, " changed</span></div>\n");
}

static void put_amount_tile(cli *c, const drip_diff_amount *a)
{
    cli_text(c, "<div class=\"tile\"><b class=\"");
    cli_text(c, direction(a->net));
    cli_text(c, "\">");
    put_with_unit(c, a->net, a->unit, true);
    cli_text(c, "</b><span>");
    put(c, a->name);
    cli_text(c, ": net, from ");
    cli_put_amount(c, a->before, false);
    cli_text(c, " to ");
    cli_put_amount(c, a->after, false);
    cli_text(c, "</span></div>\n");
}

static void put_tiles(cli *c, const cli_diff_report *r)
{
    const drip_diff_sums *s = &r->sums;
    drip_diff_amount a;
    cli_text(c, "<div class=\"tiles\">\n<div class=\"tile\"><b>");
    cli_put_count(c, s->moved);
    cli_text(c, "</b><span>encounters move, of ");
    cli_put_count(c, s->encounters - s->refused_both);
    cli_text(c, "</span></div>\n");
    for (uint32_t k = 0; drip_diff_amount_at(r->diff, k, &a) == DRIP_OK; k++)
        if (k == 0 || !cli_is_nothing(a.net))
            put_amount_tile(c, &a);
    put_counts_tile(c, "lines", s->lines_added, s->lines_removed, s->lines_changed);
    put_counts_tile(c, "findings", s->findings_added, s->findings_removed, s->findings_changed);
    cli_text(c, "<div class=\"tile\"><b>");
    cli_put_count(c, s->denied);
    cli_text(c, "</b><span>encounters newly denied; ");
    cli_put_count(c, s->allowed);
    cli_text(c, " no longer</span></div>\n</div>\n");
}

static void put_notes(cli *c, const cli_diff_report *r)
{
    const drip_diff_sums *s = &r->sums;
    if (s->reworded > 0) {
        cli_text(c, "<p>");
        cli_put_count(c, s->reworded);
        cli_text(c, " further encounters get the same answer with another clause, citation or wording behind "
                    "it.</p>\n");
    }
    if (s->refused_both + s->refused_before + s->refused_after + r->too_long > 0) {
        cli_text(c, "<p>Refused: ");
        cli_put_count(c, s->refused_both);
        cli_text(c, " by both policies, ");
        cli_put_count(c, s->refused_before);
        cli_text(c, " by the old one alone, ");
        cli_put_count(c, s->refused_after);
        cli_text(c, " by the new one alone; ");
        cli_put_count(c, r->too_long);
        cli_text(c, " too long to be read.</p>\n");
    }
    if (s->unpriced_before + s->unpriced_after > 0) {
        cli_text(c, "<p>No amount is known for ");
        cli_put_count(c, s->unpriced_before);
        cli_text(c, " lines before and ");
        cli_put_count(c, s->unpriced_after);
        cli_text(c, " after; they count as nothing.</p>\n");
    }
}

static void put_head(cli *c, const cli_diff_report *r)
{
    const drip_diff_sums *s = &r->sums;
    cli_text(c,
             "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
             "content=\"initial-scale=1\">\n<title>What the new policy changes</title>\n");
    cli_diff_style(c);
    cli_text(c, "</head>\n<body>\n<h1>");
    if (s->moved == 0) {
        cli_text(c, "Nothing moves");
    } else {
        cli_put_count(c, s->moved);
        cli_text(c, s->moved == 1 ? " encounter moves" : " encounters move");
        if (*s->total != '\0' && !cli_is_nothing(s->net)) {
            cli_text(c, *s->net == '-' ? ", and payment falls by " : ", and payment rises by ");
            put_money(c, r, s->net + (*s->net == '-'), false);
        }
    }
    cli_text(c, "</h1>\n<p>From <code>");
    put(c, r->names[0]);
    cli_text(c, "</code> to <code>");
    put(c, r->names[1]);
    cli_text(c, "</code>, over ");
    cli_put_count(c, s->encounters - s->refused_both);
    cli_text(c, " encounters, each evaluated under both policies.</p>\n");
    put_tiles(c, r);
    put_notes(c, r);
}

/* ---- a kind in words */

static void put_words(char *to, size_t size, const drip_diff_kind *k)
{
    static const char *const words[] = {"new line",         "line gone",         "%s differs",
                                        "new finding (%s)", "finding gone (%s)", "finding: %s",
                                        "now refused",      "no longer refused"};
    const char *const format = words[k->moved];
    const char *at = strstr(format, "%s");
    size_t front = at != NULL ? (size_t)(at - format) : strlen(format);
    bool both = *k->was != '\0' && *k->now != '\0' && strcmp(k->was, k->now) != 0;
    const char *one = *k->was != '\0' ? k->was : k->now;
    (void)snprintf(to, size, "%.*s%s%s%s%s%s%s", (int)front, format, at != NULL ? k->what : "",
                   at != NULL ? at + 2 : "", *one != '\0' ? " · " : "", one, both ? " \xE2\x86\x92 " : "",
                   both ? k->now : "");
}

static void put_title(cli *c, const drip_diff_kind *k)
{
    char words[1024];
    put_words(words, sizeof words, k);
    put(c, words);
}

/* ---- the waterfall */

/* In hundredths, cut; what is too large for the drawing ends at its edge. */
static int64_t hundredths(const char *amount)
{
    bool minus = *amount == '-';
    int64_t n = 0;
    int after = -1;
    for (amount += minus; *amount != '\0' && after < 2; amount++) {
        if (*amount == '.') {
            after = 0;
            continue;
        }
        if (*amount < '0' || *amount > '9' || n > INT64_MAX / 1000)
            break;
        n = n * 10 + (*amount - '0');
        after += after >= 0;
    }
    for (after = after < 0 ? 0 : after; after < 2; after++)
        n *= 10;
    return minus ? -n : n;
}

typedef struct waterfall {
    int64_t amounts[BARS + 1], rest, low, high;
    uint32_t shown; /* the first so many kinds; then the rest, if there is more */
    bool more;
} waterfall;

static void measure(const cli_diff_report *r, waterfall *w)
{
    drip_diff_kind k;
    int64_t at = 0;
    *w = (waterfall){0};
    for (uint32_t i = 0; drip_diff_kind_at(r->diff, i, &k) == DRIP_OK; i++) {
        if (cli_is_nothing(k.amount))
            continue;
        if (w->shown < BARS)
            w->amounts[w->shown++] = hundredths(k.amount);
        else
            w->rest += hundredths(k.amount);
        w->more = w->shown == BARS && (w->more || w->rest != 0);
    }
    w->amounts[w->shown] = w->rest;
    for (uint32_t i = 0; i < w->shown + w->more; i++) {
        at += w->amounts[i];
        w->low = at < w->low ? at : w->low;
        w->high = at > w->high ? at : w->high;
    }
}

static int64_t pixel(const waterfall *w, int64_t amount)
{
    int64_t span = w->high - w->low;
    return LABELS + (span == 0 ? 0 : (int64_t)((__int128)(amount - w->low) * CHART / span));
}

static void put_number(cli *c, const char *name, int64_t n)
{
    char text[48];
    (void)snprintf(text, sizeof text, " %s=\"%lld\"", name, (long long)n);
    cli_text(c, text);
}

static void put_label(cli *c, int64_t y, const char *label)
{
    size_t len = 0, columns = 0;
    while (label[len] != '\0' && columns < NAME_WIDTH) {
        uint32_t rune = 0;
        len += cli_rune(label + len, strlen(label + len), &rune);
        columns++;
    }
    cli_text(c, "<text x=\"0\"");
    put_number(c, "y", y + 20);
    cli_text(c, ">");
    cli_markup(c, label, len);
    cli_text(c, label[len] != '\0' ? "…</text>" : "</text>");
}

static void put_bar(cli *c, const cli_diff_report *r, const waterfall *w, int64_t y, int64_t from, int64_t to,
                    const char *classes, const char *amount)
{
    int64_t a = pixel(w, from < to ? from : to), b = pixel(w, from < to ? to : from);
    cli_text(c, "<rect rx=\"2\" class=\"");
    cli_text(c, classes);
    cli_text(c, "\"");
    put_number(c, "x", a);
    put_number(c, "y", y + 5);
    put_number(c, "width", b - a > 2 ? b - a : 2);
    put_number(c, "height", ROW - 10);
    cli_text(c, "/><text text-anchor=\"end\"");
    put_number(c, "x", LABELS + CHART + AMOUNTS);
    put_number(c, "y", y + 20);
    cli_text(c, ">");
    put_money(c, r, amount, true);
    cli_text(c, "</text>\n");
}

static void put_amount_text(char *text, size_t size, int64_t amount)
{
    uint64_t n = amount < 0 ? 0 - (uint64_t)amount : (uint64_t)amount;
    (void)snprintf(text, size, "%s%llu.%02llu", amount < 0 ? "-" : "", (unsigned long long)(n / 100),
                   (unsigned long long)(n % 100));
}

static void put_waterfall(cli *c, const cli_diff_report *r)
{
    waterfall w;
    drip_diff_kind k;
    char text[48], words[1024];
    int64_t at = 0, y = 0;
    measure(r, &w);
    if (w.shown == 0)
        return;
    cli_text(c, "<h2>Where the amount goes, by clause</h2>\n<p>Each bar begins where the one above it ends: "
                "red is paid less, green more.</p>\n<svg role=\"img\" aria-label=\"waterfall of the "
                "amounts by clause\" viewBox=\"0 0 ");
    cli_uint(c, LABELS + CHART + AMOUNTS);
    cli_text(c, " ");
    cli_uint(c, (uint64_t)(w.shown + w.more + 1) * ROW + 4);
    cli_text(c, "\">\n<line");
    put_number(c, "x1", pixel(&w, 0));
    put_number(c, "x2", pixel(&w, 0));
    cli_text(c, " y1=\"0\"");
    put_number(c, "y2", (int64_t)(w.shown + w.more + 1) * ROW);
    cli_text(c, "/>\n");
    uint32_t shown = 0;
    for (uint32_t i = 0; shown < w.shown && drip_diff_kind_at(r->diff, i, &k) == DRIP_OK; i++) {
        if (cli_is_nothing(k.amount))
            continue;
        put_words(words, sizeof words, &k);
        put_label(c, y, words);
        put_bar(c, r, &w, y, at, at + w.amounts[shown], *k.amount == '-' ? "d" : "u", k.amount);
        at += w.amounts[shown++];
        y += ROW;
    }
    if (w.more) {
        put_amount_text(text, sizeof text, w.rest);
        put_label(c, y, "all other kinds");
        put_bar(c, r, &w, y, at, at + w.rest, w.rest < 0 ? "d" : "u", text);
        at += w.rest;
        y += ROW;
    }
    put_label(c, y, "net");
    put_bar(c, r, &w, y, 0, at, "t", r->sums.net);
    cli_text(c, "</svg>\n");
}

/* ---- kinds */

static uint64_t most_encounters(const cli_diff_report *r)
{
    drip_diff_kind k;
    uint64_t most = 1;
    for (uint32_t i = 0; drip_diff_kind_at(r->diff, i, &k) == DRIP_OK; i++)
        most = k.encounters > most ? k.encounters : most;
    return most;
}

static void put_share_cell(cli *c, uint64_t n, uint64_t most)
{
    cli_text(c, "<td class=\"bar\"><div style=\"width:");
    cli_uint(c, (uint64_t)((unsigned __int128)n * 100 / most));
    cli_text(c, "%\"></div></td>");
}

static void put_amount_cell(cli *c, const char *amount)
{
    cli_text(c, "<td class=\"n ");
    cli_text(c, direction(amount));
    cli_text(c, "\">");
    cli_put_amount(c, cli_is_nothing(amount) ? "" : amount, true);
    cli_text(c, "</td>");
}

static void put_count_cell(cli *c, uint64_t n)
{
    cli_text(c, "<td class=\"n\">");
    cli_put_count(c, n);
    cli_text(c, "</td>");
}

static void put_table(cli *c, const cli_diff_report *r)
{
    drip_diff_kind k;
    uint64_t most = most_encounters(r);
    cli_text(c, "<h2>Kinds of change</h2>\n<table><tr><th>what changes, by the clause that decided</th><th "
                "class=\"n\">encounters"
                "</th><th class=\"bar\"></th><th class=\"n\">changes</th><th class=\"n\">net ");
    put(c, r->sums.unit);
    cli_text(c, "</th></tr>\n");
    for (uint32_t i = 0; drip_diff_kind_at(r->diff, i, &k) == DRIP_OK; i++) {
        cli_text(c, "<tr><td><a href=\"#k");
        cli_uint(c, i + 1);
        cli_text(c, "\">");
        put_title(c, &k);
        cli_text(c, "</a></td>");
        put_count_cell(c, k.encounters);
        put_share_cell(c, k.encounters, most);
        put_count_cell(c, k.changes);
        put_amount_cell(c, k.amount);
        cli_text(c, "</tr>\n");
    }
    cli_text(c, "</table>\n");
}

static void put_side(cli *c, const char *title, const cli_answer *a, const char *mark)
{
    cli_text(c, "<div class=\"side\"><h3><span>");
    cli_text(c, title);
    cli_text(c, "</span><span>");
    put(c, a->total != NULL ? a->total : "");
    cli_text(c, "</span></h3>\n");
    for (size_t i = 0; i < a->n; i++) {
        cli_text(c, "<div class=\"");
        cli_text(c, a->moved[i] ? mark : "");
        cli_text(c, "\">");
        put(c, a->items[i]);
        cli_text(c, "</div>\n");
    }
    if (*a->why != '\0') {
        cli_text(c, "<p>");
        put(c, a->why);
        cli_text(c, "</p>\n");
    }
    if (a->cause != NULL) {
        cli_text(c, "<p class=\"cause\">Where they part: ");
        put(c, a->cause);
        cli_text(c, "</p>\n");
    }
    cli_text(c, "</div>\n");
}

static void put_cite(cli *c, const char *before, const char *clause, const char *cite)
{
    cli_text(c, before);
    cli_text(c, "<code>");
    put(c, clause);
    cli_text(c, "</code>");
    if (*cite != '\0') {
        cli_text(c, " (");
        put(c, cite);
        cli_text(c, ")");
    }
}

static void put_cites(cli *c, const drip_diff_kind *k)
{
    if (strcmp(k->was, k->now) == 0 && *k->was != '\0') {
        put_cite(c, ", by ", k->now, k->now_cite);
        return;
    }
    if (*k->was != '\0')
        put_cite(c, "; before by ", k->was, k->was_cite);
    if (*k->now != '\0')
        put_cite(c, "; after by ", k->now, k->now_cite);
}

static void put_example(cli *c, const cli_diff_report *r, const drip_diff_kind *k)
{
    cli_answer answers[2];
    cli_text(c, "<p>Smallest encounter: <b>");
    put(c, *k->id != '\0' ? k->id : "(no id)");
    cli_text(c, "</b>, ");
    put(c, cli_base_name(k->smallest.file));
    cli_text(c, " line ");
    cli_uint(c, k->smallest.line);
    if (*k->from != '\0' || *k->to != '\0') {
        cli_text(c, ". <code>");
        put(c, k->name);
        cli_text(c, "</code>: ");
        put(c, *k->from != '\0' ? k->from : "none");
        cli_text(c, " → ");
        put(c, *k->to != '\0' ? k->to : "none");
    }
    cli_text(c, "</p>\n");
    if (!cli_diff_example(r, k, answers))
        return;
    cli_text(c, "<div class=\"sides\">\n");
    put_side(c, "before", &answers[0], "gone");
    put_side(c, "after", &answers[1], "new");
    cli_text(c, "</div>\n");
    cli_diff_example_free(answers);
    if (r->show) {
        cli_text(c, "<pre>");
        cli_markup(c, k->smallest.json, k->smallest.len);
        cli_text(c, "</pre>\n");
    }
}

/* What moves besides the first. */
static void put_others(cli *c, const cli_diff_report *r, uint32_t kind)
{
    drip_diff_amount a;
    const char *amount, *before = ". Also ";
    for (uint32_t k = 1; drip_diff_kind_amount(r->diff, kind, k, &amount) == DRIP_OK; k++) {
        if (cli_is_nothing(amount) || drip_diff_amount_at(r->diff, k, &a) != DRIP_OK)
            continue;
        cli_text(c, before);
        before = ", ";
        put(c, a.name);
        cli_text(c, " ");
        put_with_unit(c, amount, a.unit, true);
    }
}

static void put_kind(cli *c, const cli_diff_report *r, uint32_t i, const drip_diff_kind *k)
{
    cli_text(c, "<details id=\"k");
    cli_uint(c, i + 1);
    cli_text(c, i < OPEN ? "\" open><summary><b>" : "\"><summary><b>");
    put_title(c, k);
    cli_text(c, "</b><span>");
    cli_put_count(c, k->encounters);
    cli_text(c, k->encounters == 1 ? " encounter" : " encounters");
    if (!cli_is_nothing(k->amount)) {
        cli_text(c, " · <span class=\"");
        cli_text(c, direction(k->amount));
        cli_text(c, "\">");
        put_money(c, r, k->amount, true);
        cli_text(c, "</span>");
    }
    cli_text(c, "</span></summary>\n<div class=\"inside\">\n<p>");
    cli_text(c, cli_diff_words(k));
    put_cites(c, k);
    cli_text(c, ". In a file of approved changes: <code>");
    put(c, k->key);
    cli_text(c, "</code>");
    put_others(c, r, i);
    if (!cli_is_nothing(k->stake)) {
        cli_text(c, ". Expected for these encounters: ");
        put_money(c, r, k->stake, false);
    }
    cli_text(c, ".</p>\n");
    put_example(c, r, k);
    cli_text(c, "</div>\n</details>\n");
}

/* ---- groups */

static void put_group(cli *c, const cli_diff_report *r, uint32_t group, const char *title, const char *by)
{
    enum { MOST = 200 };
    drip_diff_group g;
    if (drip_diff_groups(r->diff, group) == 0)
        return;
    cli_text(c, "<h2>");
    put(c, title);
    put(c, by);
    cli_text(c, "</h2>\n<table><tr><th></th><th class=\"n\">encounters</th><th class=\"n\">changes</th><th "
                "class=\"n\">net ");
    put(c, r->sums.unit);
    cli_text(c, "</th></tr>\n");
    for (uint32_t i = 0; i < MOST && drip_diff_group_at(r->diff, group, i, &g) == DRIP_OK; i++) {
        cli_text(c, "<tr><td>");
        put(c, *g.name != '\0' ? g.name : "(nothing)");
        cli_text(c, "</td>");
        put_count_cell(c, g.encounters);
        put_count_cell(c, g.changes);
        put_amount_cell(c, g.amount);
        cli_text(c, "</tr>\n");
    }
    cli_text(c, "</table>\n");
}

int cli_diff_html(cli *c, cli_diff_report *r, const char *path, int status)
{
    drip_diff_kind k;
    cli *page = cli_file_open(c, path);
    if (page == NULL)
        return CLI_WRONG;
    put_head(page, r);
    put_waterfall(page, r);
    if (drip_diff_kinds(r->diff) > 0) {
        put_table(page, r);
        cli_text(page, "<h2>The smallest encounter of each kind</h2>\n");
    }
    for (uint32_t i = 0; drip_diff_kind_at(r->diff, i, &k) == DRIP_OK; i++)
        put_kind(page, r, i, &k);
    put_group(page, r, 0, "Lines by name", "");
    for (uint32_t i = 0; r->by[i] != NULL; i++)
        put_group(page, r, i + 1, "Encounters by ", r->by[i]);
    cli_text(page, "</body>\n</html>\n");
    return cli_file_close(c, page, path, status);
}
