/* drip: diff_json.c, level 4. The report of `drip diff` for other programs: one object drip.diff/1, or a row of CSV for
 * each change as it is met. */
#include "cli.h"

#include <string.h>

/* ---- CSV */

/* A spreadsheet takes a text that begins with such a character for a formula. */
static void put_cell(cli *c, const char *text, bool number)
{
    cli_text(c, ",");
    if (number) {
        cli_text(c, text);
        return;
    }
    cli_text(c, strchr("=+-@\t\r", *text) != NULL && *text != '\0' ? "\"'" : "\"");
    for (; *text != '\0'; text++) {
        if (*text == '"')
            cli_text(c, "\"");
        if ((unsigned char)*text >= ' ')
            cli_bytes(c, text, 1);
    }
    cli_text(c, "\"");
}

static const char *const moved_words[] = {"line added",      "line removed", "line",    "finding added",
                                          "finding removed", "finding",      "refused", "accepted"};

void cli_diff_csv_head(cli *c, drip_diff *diff)
{
    drip_diff_amount a;
    cli_text(c, "number,file,line,encounter,change,what,name,before,after,clause_before,clause_after,amount");
    for (uint32_t k = 1; drip_diff_amount_at(diff, k, &a) == DRIP_OK; k++)
        put_cell(c, a.name, false);
    cli_text(c, "\n");
}

void cli_diff_csv_row(cli *c, const cli_item *item, const char *id, const drip_change *change,
                      uint32_t amounts)
{
    cli_uint(c, item->number);
    put_cell(c, item->file, false);
    cli_text(c, ",");
    cli_uint(c, item->line);
    const char *cells[] = {id,           moved_words[change->moved],
                           change->what, change->name,
                           change->from, change->to,
                           change->was,  change->now};
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++)
        put_cell(c, cells[i], false);
    put_cell(c, change->amount, true);
    for (uint32_t k = 1; k < amounts; k++)
        put_cell(c, change->amounts[k], true);
    cli_text(c, "\n");
}

/* ---- JSON */

/* Without its end: some have more. */
static void put_amount(cli *c, const drip_diff_amount *a)
{
    cli_text(c, "{\"name\":");
    cli_json(c, a->name);
    cli_json_text(c, "unit", a->unit);
    cli_json_text(c, "before", a->before);
    cli_json_text(c, "after", a->after);
    cli_json_text(c, "net", a->net);
}

static void put_sums(cli *c, const cli_diff_report *r)
{
    const drip_diff_sums *s = &r->sums;
    cli_json_uint(c, "encounters", s->encounters);
    cli_json_uint(c, "compared", s->encounters - s->refused_both);
    cli_json_uint(c, "moved", s->moved);
    cli_json_uint(c, "reworded", s->reworded);
    cli_text(c, ",\"refused\":{\"both\":");
    cli_uint(c, s->refused_both);
    cli_json_uint(c, "old", s->refused_before);
    cli_json_uint(c, "new", s->refused_after);
    cli_json_uint(c, "too_long", r->too_long);
    cli_text(c, "},\"lines\":{\"added\":");
    cli_uint(c, s->lines_added);
    cli_json_uint(c, "removed", s->lines_removed);
    cli_json_uint(c, "changed", s->lines_changed);
    cli_text(c, "},\"findings\":{\"added\":");
    cli_uint(c, s->findings_added);
    cli_json_uint(c, "removed", s->findings_removed);
    cli_json_uint(c, "changed", s->findings_changed);
    cli_text(c, "},\"denials\":{\"added\":");
    cli_uint(c, s->denied);
    cli_json_uint(c, "removed", s->allowed);
    cli_text(c, "}");
    if (*s->total == '\0')
        return;
    cli_text(c, ",\"amount\":");
    put_amount(c, &(drip_diff_amount){s->total, s->unit, s->before, s->after, s->net});
    cli_json_uint(c, "unpriced_before", s->unpriced_before);
    cli_json_uint(c, "unpriced_after", s->unpriced_after);
    cli_text(c, "}");
}

/* All that is summed. */
static void put_amounts(cli *c, const cli_diff_report *r)
{
    drip_diff_amount a;
    cli_text(c, ",\"amounts\":[");
    for (uint32_t k = 0; drip_diff_amount_at(r->diff, k, &a) == DRIP_OK; k++) {
        cli_text(c, k > 0 ? "," : "");
        put_amount(c, &a);
        cli_text(c, "}");
    }
    cli_text(c, "]");
}

/* By which each of them rises, without those that do not. */
static void put_kind_amounts(cli *c, const cli_diff_report *r, uint32_t kind)
{
    drip_diff_amount a;
    const char *amount;
    bool any = false;
    cli_text(c, ",\"amounts\":{");
    for (uint32_t k = 0; drip_diff_kind_amount(r->diff, kind, k, &amount) == DRIP_OK; k++) {
        if (cli_is_nothing(amount) || drip_diff_amount_at(r->diff, k, &a) != DRIP_OK)
            continue;
        cli_text(c, any ? "," : "");
        cli_json(c, a.name);
        cli_text(c, ":");
        cli_json(c, amount);
        any = true;
    }
    cli_text(c, "}");
}

static void put_answer(cli *c, const char *name, const cli_answer *a)
{
    cli_text(c, ",\"");
    cli_text(c, name);
    cli_text(c, "\":{\"answer\":[");
    for (size_t i = 0; i < a->n; i++) {
        cli_text(c, i > 0 ? ",{\"text\":" : "{\"text\":");
        cli_json(c, a->items[i]);
        cli_text(c, a->moved[i] ? ",\"moved\":true}" : "}");
    }
    cli_text(c, "]");
    if (a->total != NULL)
        cli_json_text(c, "total", a->total);
    if (*a->why != '\0')
        cli_json_text(c, "why", a->why);
    if (a->cause != NULL)
        cli_json_text(c, "cause", a->cause);
    cli_text(c, "}");
}

static void put_example(cli *c, const cli_diff_report *r, const drip_diff_kind *k)
{
    cli_answer answers[2];
    cli_text(c, ",\"smallest\":{\"encounter\":");
    cli_json(c, k->id);
    cli_json_text(c, "file", k->smallest.file);
    cli_json_uint(c, "line", k->smallest.line);
    cli_json_uint(c, "number", k->smallest.number);
    cli_json_text(c, "name", k->name);
    cli_json_text(c, "from", k->from);
    cli_json_text(c, "to", k->to);
    if (cli_diff_example(r, k, answers)) {
        put_answer(c, "old", &answers[0]);
        put_answer(c, "new", &answers[1]);
        cli_diff_example_free(answers);
    }
    if (r->show)
        cli_json_text(c, "record", k->smallest.json);
    cli_text(c, "}");
}

static void put_kinds(cli *c, const cli_diff_report *r)
{
    drip_diff_kind k;
    cli_text(c, ",\"kinds\":[");
    for (uint32_t i = 0; drip_diff_kind_at(r->diff, i, &k) == DRIP_OK; i++) {
        cli_text(c, i > 0 ? ",{\"kind\":" : "{\"kind\":");
        cli_json(c, k.key);
        cli_json_text(c, "change", moved_words[k.moved]);
        cli_json_text(c, "what", k.what);
        cli_json_text(c, "old_clause", k.was);
        cli_json_text(c, "new_clause", k.now);
        cli_json_text(c, "old_cite", k.was_cite);
        cli_json_text(c, "new_cite", k.now_cite);
        cli_json_uint(c, "encounters", k.encounters);
        cli_json_uint(c, "changes", k.changes);
        if (*k.amount != '\0')
            cli_json_text(c, "amount", k.amount);
        put_kind_amounts(c, r, i);
        if (*k.stake != '\0')
            cli_json_text(c, "expected", k.stake);
        put_example(c, r, &k);
        cli_text(c, "}");
    }
    cli_text(c, "]");
}

static void put_groups(cli *c, const cli_diff_report *r, uint32_t group, const char *by)
{
    drip_diff_group g;
    cli_json(c, by);
    cli_text(c, ":[");
    for (uint32_t i = 0; drip_diff_group_at(r->diff, group, i, &g) == DRIP_OK; i++) {
        cli_text(c, i > 0 ? ",{\"name\":" : "{\"name\":");
        cli_json(c, g.name);
        cli_json_uint(c, "encounters", g.encounters);
        cli_json_uint(c, "changes", g.changes);
        if (*g.amount != '\0')
            cli_json_text(c, "amount", g.amount);
        cli_text(c, "}");
    }
    cli_text(c, "]");
}

void cli_diff_json(cli *c, cli_diff_report *r)
{
    cli_text(c, "{\"format\":\"drip.diff/1\"");
    cli_json_text(c, "old", r->names[0]);
    cli_json_text(c, "new", r->names[1]);
    put_sums(c, r);
    put_amounts(c, r);
    put_kinds(c, r);
    cli_text(c, ",\"lines_by\":{");
    put_groups(c, r, 0, "name");
    cli_text(c, "},\"encounters_by\":{");
    for (uint32_t i = 0; r->by[i] != NULL; i++) {
        cli_text(c, i > 0 ? "," : "");
        put_groups(c, r, i + 1, r->by[i]);
    }
    cli_text(c, "}}\n");
}
