/* drip: diff_example.c, level 4. The smallest encounter of a kind of change: what either policy answers, line by line.
 *
 * It is evaluated once more, as only its record was kept. A line is told with all that the answer says of it, so that
 * lines are equal where their texts are. */
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct growing {
    char *bytes;
    size_t len;
    bool failed;
} growing;

static void put(growing *g, const char *text)
{
    size_t len = strlen(text);
    char *grown = g->failed ? NULL : realloc(g->bytes, g->len + len + 1);
    g->failed = grown == NULL;
    if (grown == NULL)
        return;
    g->bytes = grown;
    memcpy(grown + g->len, text, len + 1);
    g->len += len;
}

/* ---- one line, one finding */

static void put_part(growing *to, const char *before, const char *text)
{
    if (*text == '\0')
        return;
    put(to, before);
    put(to, text);
}

static void put_suffixes(growing *to, const char *text)
{
    for (; *text != '\0'; text += strspn(text, ", ")) {
        char one[64] = "";
        size_t len = strcspn(text, ",");
        memcpy(one, text, len < sizeof one ? len : sizeof one - 1);
        put_part(to, "-", one);
        text += len;
    }
}

static void put_fields(growing *to, drip_session *s, uint32_t line, drip_role role)
{
    for (uint32_t f = 0; f < drip_result_fields(s); f++) {
        const char *text = drip_result_line_text(s, line, f);
        if (drip_result_field_role(s, f) != role)
            continue;
        if (role == DRIP_ROLE_SUFFIX)
            put_suffixes(to, text);
        else
            put_part(to, role == DRIP_ROLE_NAME ? "" : role == DRIP_ROLE_COUNT ? " x" : "  ", text);
    }
}

static void put_line(growing *to, drip_session *s, uint32_t line)
{
    static const drip_role order[] = {DRIP_ROLE_NAME, DRIP_ROLE_SUFFIX, DRIP_ROLE_COUNT, DRIP_ROLE_PLAIN};
    drip_shown shown;
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        put_fields(to, s, line, order[i]);
    for (uint32_t k = 0; drip_result_shown(s, line, k, &shown) == DRIP_OK; k++) {
        if (*shown.text == '\0')
            continue;
        put(to, k == 0 ? "  " : ", ");
        put(to, shown.name);
        put_part(to, " ", shown.text);
    }
}

static void put_finding(growing *to, drip_session *s, uint32_t finding)
{
    static const char *const severities[] = {"deny", "hold", "warn", "info"};
    drip_finding f;
    if (drip_result_finding(s, finding, &f) != DRIP_OK)
        return;
    put(to, severities[f.severity & 3]);
    put_part(to, "  ", f.code);
    put_part(to, "  ", f.about);
}

/* ---- why */

/* What the first finding of that code says. */
static char *message(drip_session *s, const char *code)
{
    drip_finding f;
    for (uint32_t i = 0; i < drip_result_findings(s); i++)
        if (drip_result_finding(s, i, &f) == DRIP_OK && strcmp(f.code, code) == 0)
            return strdup(f.message);
    return calloc(1, 1);
}

/* The sentence behind the first line of that name: the first that stands under its heading. */
static char *sentence(drip_session *s, const char *name)
{
    const char *text = NULL;
    size_t len = 0;
    drip_options_explain options = {.struct_size = sizeof options, .why = name};
    if (*name == '\0' || drip_explain(s, &options, &text, &len) != DRIP_OK)
        return calloc(1, 1);
    const char *end = text + len, *line = memchr(text, '\n', len);
    if (line != NULL && strncmp(line, "\n  ", 3) != 0)
        line = NULL;
    line = line != NULL ? line + 3 : end;
    const char *stop = memchr(line, '\n', (size_t)(end - line));
    size_t n = (size_t)((stop != NULL ? stop : end) - line);
    char *copy = calloc(1, n + 1);
    if (copy != NULL)
        memcpy(copy, line, n);
    return copy;
}

static char *total_of(drip_session *s, const char *name)
{
    drip_shown total;
    for (uint32_t k = 0; drip_result_total(s, k, &total) == DRIP_OK; k++)
        if (strcmp(total.path, name) == 0 && *total.text != '\0')
            return strdup(total.text);
    return NULL;
}

/* ---- both sides */

static char *why(drip_session *s, const drip_diff_kind *kind, const char *name)
{
    bool finding = kind->moved >= DRIP_MOVED_FINDING_ADDED && kind->moved <= DRIP_MOVED_FINDING;
    return finding ? message(s, name) : sentence(s, name);
}

static bool answer(const cli_diff_report *r, drip_session *s, const drip_diff_kind *kind, const char *name,
                   cli_answer *to)
{
    bool ok = drip_eval(s, kind->smallest.json, kind->smallest.len) == DRIP_OK;
    to->n_lines = ok ? drip_result_lines(s) : 0;
    to->n = ok ? to->n_lines + drip_result_findings(s) : 1;
    to->items = calloc(to->n + 1, sizeof *to->items);
    to->moved = calloc(to->n + 1, sizeof *to->moved);
    to->why = ok ? why(s, kind, name) : calloc(1, 1);
    to->total = ok ? total_of(s, r->sums.total) : NULL;
    if (to->items == NULL || to->moved == NULL || to->why == NULL)
        return false;
    for (size_t i = 0; i < to->n; i++) {
        growing g = {0};
        put(&g, "");
        if (!ok)
            put_part(&g, "refused: ", drip_session_message(s));
        else if (i < to->n_lines)
            put_line(&g, s, (uint32_t)i);
        else
            put_finding(&g, s, (uint32_t)(i - to->n_lines));
        to->items[i] = g.bytes;
        if (g.failed)
            return false;
    }
    return true;
}

static void mark_moved(cli_answer answers[2])
{
    bool *used = calloc(answers[1].n + 1, sizeof *used);
    for (size_t k = 0; used != NULL && k < answers[1].n; k++)
        answers[1].moved[k] = true;
    for (size_t i = 0; used != NULL && i < answers[0].n; i++) {
        answers[0].moved[i] = true;
        for (size_t k = 0; k < answers[1].n && answers[0].moved[i]; k++)
            if (!used[k] && strcmp(answers[0].items[i], answers[1].items[k]) == 0) {
                used[k] = true;
                answers[0].moved[i] = answers[1].moved[k] = false;
            }
    }
    free(used);
}

bool cli_diff_example(const cli_diff_report *report, const drip_diff_kind *kind, cli_answer answers[2])
{
    memset(answers, 0, 2 * sizeof *answers);
    bool ok = answer(report, report->sessions[0], kind, kind->old_name, &answers[0]) &&
              answer(report, report->sessions[1], kind, kind->name, &answers[1]);
    if (ok) {
        mark_moved(answers);
        if (kind->moved < DRIP_MOVED_REFUSED)
            cli_diff_cause(report->sessions, (const char *const[]){kind->old_name, kind->name}, answers);
    } else
        cli_diff_example_free(answers);
    return ok;
}

void cli_diff_example_free(cli_answer answers[2])
{
    for (int side = 0; side < 2; side++) {
        for (size_t i = 0; answers[side].items != NULL && i < answers[side].n; i++)
            free(answers[side].items[i]);
        free(answers[side].items);
        free(answers[side].moved);
        free(answers[side].total);
        free(answers[side].why);
        free(answers[side].cause);
        answers[side] = (cli_answer){0};
    }
}

/* ---- words */

void cli_put_count(cli *c, uint64_t n)
{
    char digits[24];
    (void)snprintf(digits, sizeof digits, "%llu", (unsigned long long)n);
    cli_put_amount(c, digits, false);
}

bool cli_is_nothing(const char *amount)
{
    return strspn(amount, "-0.") == strlen(amount);
}

void cli_put_amount(cli *c, const char *amount, bool sign)
{
    bool minus = *amount == '-';
    const char *digits = amount + minus;
    size_t whole = strspn(digits, "0123456789");
    cli_text(c, minus ? "-" : sign && !cli_is_nothing(amount) ? "+" : "");
    for (size_t i = 0; i < whole; i++) {
        if (i > 0 && (whole - i) % 3 == 0)
            cli_text(c, ",");
        cli_bytes(c, digits + i, 1);
    }
    cli_text(c, digits + whole);
}

const char *cli_base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

const char *cli_diff_words(const drip_diff_kind *kind)
{
    switch (kind->moved) {
    case DRIP_MOVED_LINE_ADDED:
        return "lines that are new";
    case DRIP_MOVED_LINE_REMOVED:
        return "lines that are gone";
    case DRIP_MOVED_LINE:
        return "lines that differ";
    case DRIP_MOVED_FINDING_ADDED:
        return "findings that are new";
    case DRIP_MOVED_FINDING_REMOVED:
        return "findings that are gone";
    case DRIP_MOVED_FINDING:
        return "findings that differ";
    case DRIP_MOVED_REFUSED:
        return "encounters that only the old policy answers";
    case DRIP_MOVED_ACCEPTED:
        return "encounters that only the new policy answers";
    }
    return "";
}
