/* drip: diff_text.c, level 4. The report of `drip diff` to read: how much moves, the kinds of change with the largest amounts first,
 * each with the smallest encounter that shows it, then the same by name and by the fields asked for. */
#include "cli.h"

#include <stdio.h>
#include <string.h>

enum { DETAILED = 25, NAMES = 40, AMOUNT = 14 };

static void put_safe(cli *c, const char *text)
{
    cli_safe(c, text, strlen(text));
}

static size_t width_of(const char *amount, bool sign)
{
    size_t minus = *amount == '-', whole = strspn(amount + minus, "0123456789");
    return strlen(amount) + (whole > 0 ? (whole - 1) / 3 : 0) +
           (sign && minus == 0 && !cli_is_nothing(amount) ? 1 : 0);
}

static void pad_to(cli *c, size_t width, size_t column)
{
    cli_pad(c, width < column ? column - width : 0);
}

static void put_count_in(cli *c, uint64_t n, size_t column)
{
    char digits[24];
    (void)snprintf(digits, sizeof digits, "%llu", (unsigned long long)n);
    pad_to(c, width_of(digits, false), column);
    cli_put_count(c, n);
}

static void put_amount_in(cli *c, const char *amount, size_t column)
{
    if (cli_is_nothing(amount))
        amount = "";
    pad_to(c, width_of(amount, true), column);
    cli_put_amount(c, amount, true);
}

/* ---- how much moves */

static void put_share(cli *c, uint64_t part, uint64_t all)
{
    char text[32];
    uint64_t tenths = all == 0 ? 0 : (uint64_t)((unsigned __int128)part * 1000 / all);
    (void)snprintf(text, sizeof text, " (%llu.%llu %%)", (unsigned long long)(tenths / 10),
                   (unsigned long long)(tenths % 10));
    cli_text(c, part > 0 && tenths == 0 ? " (under 0.1 %)" : text);
}

static void put_three(cli *c, const char *what, const uint64_t n[3], const char *const words[3])
{
    if (n[0] + n[1] + n[2] == 0)
        return;
    cli_text(c, what);
    for (int i = 0; i < 3; i++) {
        cli_text(c, i > 0 ? " · " : "");
        cli_put_count(c, n[i]);
        cli_text(c, words[i]);
    }
    cli_text(c, "\n");
}

/* The first always, any other where it differs. */
static void put_money(cli *c, const cli_diff_report *r)
{
    const drip_diff_sums *s = &r->sums;
    drip_diff_amount a;
    for (uint32_t k = 0; drip_diff_amount_at(r->diff, k, &a) == DRIP_OK; k++) {
        if (k > 0 && cli_is_nothing(a.net))
            continue;
        put_safe(c, a.name);
        pad_to(c, cli_width(a.name, strlen(a.name)), 9);
        cli_text(c, " before ");
        cli_put_amount(c, a.before, false);
        cli_text(c, " · after ");
        cli_put_amount(c, a.after, false);
        cli_text(c, " · net ");
        cli_put_amount(c, a.net, true);
        cli_text(c, " ");
        put_safe(c, a.unit);
        cli_text(c, "\n");
    }
    if (s->unpriced_before + s->unpriced_after == 0)
        return;
    cli_text(c, "          no amount is known for ");
    cli_put_count(c, s->unpriced_before);
    cli_text(c, " lines before and ");
    cli_put_count(c, s->unpriced_after);
    cli_text(c, " after: they count as nothing\n");
}

static void put_head(cli *c, const cli_diff_report *r)
{
    const drip_diff_sums *s = &r->sums;
    uint64_t compared = s->encounters - s->refused_both;
    cli_put_count(c, s->moved);
    cli_text(c, " of ");
    cli_put_count(c, compared);
    cli_text(c, compared == 1 ? " encounter" : " encounters");
    cli_text(c, s->moved == 1 ? " moves" : " move");
    put_share(c, s->moved, compared);
    cli_text(c, ": ");
    put_safe(c, r->names[0]);
    cli_text(c, " -> ");
    put_safe(c, r->names[1]);
    cli_text(c, "\n");
    put_money(c, r);
    put_three(c, "lines     ", (const uint64_t[]){s->lines_added, s->lines_removed, s->lines_changed},
              (const char *const[]){" added", " removed", " changed"});
    put_three(c, "findings  ",
              (const uint64_t[]){s->findings_added, s->findings_removed, s->findings_changed},
              (const char *const[]){" added", " removed", " changed"});
    if (s->denied + s->allowed > 0) {
        cli_text(c, "denials   ");
        cli_put_count(c, s->denied);
        cli_text(c, " encounters have one that had none · ");
        cli_put_count(c, s->allowed);
        cli_text(c, " have none that had one\n");
    }
    put_three(c, "refused   ", (const uint64_t[]){s->refused_both, s->refused_before, s->refused_after},
              (const char *const[]){" by both", " by the old policy alone", " by the new policy alone"});
    if (s->reworded > 0) {
        cli_text(c, "same      ");
        cli_put_count(c, s->reworded);
        cli_text(c, " encounters get the same answer with another clause, citation or wording behind it\n");
    }
    if (r->too_long > 0) {
        cli_text(c, "unread    ");
        cli_put_count(c, r->too_long);
        cli_text(c, " encounters are too long to be read\n");
    }
}

/* ---- one kind */

static void put_lines(cli *c, const cli_answer *a, size_t i, const char *mark)
{
    cli_text(c, "       ");
    cli_text(c, mark);
    cli_text(c, " ");
    put_safe(c, a->items[i]);
    cli_text(c, "\n");
}

static bool comes_later(const cli_answer *a, size_t from, size_t end, const char *text)
{
    for (size_t i = from; i < end; i++)
        if (!a->moved[i] && strcmp(a->items[i], text) == 0)
            return true;
    return false;
}

/* Both answers in one list: what is the same once, what differs with a minus before and a plus after. */
static void put_answers(cli *c, const cli_answer answers[2])
{
    const cli_answer *a = &answers[0], *b = &answers[1];
    size_t i = 0, k = 0;
    while (i < a->n || k < b->n) {
        if (i < a->n && a->moved[i])
            put_lines(c, a, i++, "-");
        else if (k < b->n && b->moved[k])
            put_lines(c, b, k++, "+");
        else if (i < a->n && k < b->n && strcmp(a->items[i], b->items[k]) == 0)
            put_lines(c, a, (k++, i++), " ");
        else if (i < a->n && !comes_later(b, k, b->n, a->items[i]))
            i++; /* told already, in the other's order */
        else if (k < b->n)
            put_lines(c, b, k++, " ");
        else
            put_lines(c, a, i++, " ");
    }
}

static void put_why(cli *c, const char *side, const char *why)
{
    if (*why == '\0')
        return;
    cli_text(c, "     ");
    cli_text(c, side);
    put_safe(c, why);
    cli_text(c, "\n");
}

static void put_example(cli *c, const cli_diff_report *r, const drip_diff_kind *k)
{
    cli_answer answers[2];
    cli_text(c, "     smallest: ");
    put_safe(c, *k->id != '\0' ? k->id : "(no id)");
    cli_text(c, " (");
    put_safe(c, cli_base_name(k->smallest.file));
    cli_text(c, ", line ");
    cli_uint(c, k->smallest.line);
    cli_text(c, ")");
    if (*k->name != '\0') {
        cli_text(c, ": ");
        put_safe(c, k->name);
    }
    if (k->moved == DRIP_MOVED_LINE || k->moved == DRIP_MOVED_FINDING) {
        cli_text(c, ", ");
        put_safe(c, k->from);
        cli_text(c, " -> ");
        put_safe(c, k->to);
    }
    cli_text(c, "\n");
    if (!cli_diff_example(r, k, answers))
        return;
    put_answers(c, answers);
    put_why(c, "before: ", answers[0].why);
    put_why(c, "after:  ", answers[1].why);
    if (answers[0].cause != NULL && answers[1].cause != NULL) {
        put_why(c, "they part where before ", answers[0].cause);
        put_why(c, "           while after ", answers[1].cause);
    }
    if (r->show) {
        cli_text(c, "     record: ");
        cli_put_text(c, k->smallest.json, k->smallest.len);
    }
    cli_diff_example_free(answers);
}

static void put_cites(cli *c, const drip_diff_kind *k)
{
    bool both = strcmp(k->was_cite, k->now_cite) != 0 && *k->was_cite != '\0' && *k->now_cite != '\0';
    const char *one = *k->now_cite != '\0' ? k->now_cite : k->was_cite;
    if (*one == '\0')
        return;
    cli_text(c, "     by ");
    put_safe(c, both ? k->was_cite : one);
    if (both) {
        cli_text(c, " -> ");
        put_safe(c, k->now_cite);
    }
    cli_text(c, "\n");
}

/* "; patient +3.00 USD": what moves besides the first. */
static void put_others(cli *c, const cli_diff_report *r, uint32_t kind)
{
    drip_diff_amount a;
    const char *amount;
    for (uint32_t k = 1; drip_diff_kind_amount(r->diff, kind, k, &amount) == DRIP_OK; k++) {
        if (cli_is_nothing(amount) || drip_diff_amount_at(r->diff, k, &a) != DRIP_OK)
            continue;
        cli_text(c, "; ");
        put_safe(c, a.name);
        cli_text(c, " ");
        cli_put_amount(c, amount, true);
        cli_text(c, " ");
        put_safe(c, a.unit);
    }
}

static void put_kind(cli *c, const cli_diff_report *r, uint32_t number, const drip_diff_kind *k)
{
    cli_text(c, "\n");
    cli_style(c, "1");
    cli_uint(c, number + 1);
    cli_text(c, ". ");
    put_safe(c, k->key);
    cli_style(c, "0");
    cli_text(c, "\n     ");
    cli_put_count(c, k->encounters);
    cli_text(c, k->encounters == 1 ? " encounter, " : " encounters, ");
    cli_put_count(c, k->changes);
    cli_text(c, k->changes == 1 ? " change" : " changes");
    if (!cli_is_nothing(k->amount)) {
        cli_text(c, ", net ");
        cli_put_amount(c, k->amount, true);
        cli_text(c, " ");
        put_safe(c, r->sums.unit);
    }
    put_others(c, r, number);
    if (!cli_is_nothing(k->stake)) {
        cli_text(c, "; expected for these encounters: ");
        cli_put_amount(c, k->stake, false);
        cli_text(c, " ");
        put_safe(c, r->sums.unit);
    }
    cli_text(c, "\n");
    put_cites(c, k);
    put_example(c, r, k);
}

static void put_kinds(cli *c, const cli_diff_report *r)
{
    drip_diff_kind k;
    uint32_t n = drip_diff_kinds(r->diff);
    if (n == 0)
        return;
    cli_text(c, "\nENCOUNTERS     CHANGES           NET  KIND OF CHANGE\n");
    for (uint32_t i = 0; drip_diff_kind_at(r->diff, i, &k) == DRIP_OK; i++) {
        put_count_in(c, k.encounters, 10);
        put_count_in(c, k.changes, 12);
        put_amount_in(c, k.amount, AMOUNT);
        cli_text(c, "  ");
        put_safe(c, k.key);
        cli_text(c, "\n");
    }
    for (uint32_t i = 0; i < DETAILED && drip_diff_kind_at(r->diff, i, &k) == DRIP_OK; i++)
        put_kind(c, r, i, &k);
    if (n > DETAILED) {
        cli_text(c, "\n… and ");
        cli_put_count(c, n - DETAILED);
        cli_text(c, " further kinds, of which --json and --html show the encounters, too\n");
    }
}

static void put_groups(cli *c, const cli_diff_report *r, uint32_t group, const char *title)
{
    drip_diff_group g;
    uint32_t n = drip_diff_groups(r->diff, group);
    if (n == 0)
        return;
    cli_text(c, "\nENCOUNTERS     CHANGES           NET  ");
    put_safe(c, title);
    cli_text(c, "\n");
    for (uint32_t i = 0; i < NAMES && drip_diff_group_at(r->diff, group, i, &g) == DRIP_OK; i++) {
        put_count_in(c, g.encounters, 10);
        put_count_in(c, g.changes, 12);
        put_amount_in(c, g.amount, AMOUNT);
        cli_text(c, "  ");
        put_safe(c, *g.name != '\0' ? g.name : "(nothing)");
        cli_text(c, "\n");
    }
    if (n > NAMES) {
        cli_text(c, "… and ");
        cli_put_count(c, n - NAMES);
        cli_text(c, " more\n");
    }
}

void cli_diff_text(cli *c, cli_diff_report *r)
{
    put_head(c, r);
    put_kinds(c, r);
    put_groups(c, r, 0, "LINES BY NAME");
    for (uint32_t i = 0; r->by[i] != NULL; i++)
        put_groups(c, r, i + 1, r->by[i]);
}
