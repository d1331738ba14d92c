/* drip: diff_approve.c, level 4. The changes that somebody looked at and wants: a file of kinds with counts.
 *
 *   # a comment
 *   34  line units: further.hours            exactly so many encounters
 *   *   finding added hold: no-referral      however many, also none
 *   *   line *: my-layer.*                   a star in a kind stands for any text
 *
 * What moves and is in no line of it, moves in more or fewer encounters than a line says, or is gone: each is named. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>

typedef struct approved {
    const char *kind;
    size_t line;
    uint64_t count, met;
    bool any;
} approved;
typedef struct approvals {
    approved *items;
    size_t n;
    char *text;
} approvals;

static bool matches(const char *pattern, const char *text)
{
    const char *star = NULL, *from = NULL;
    while (*text != '\0') {
        if (*pattern == '*') {
            star = pattern++;
            from = text;
        } else if (*pattern == *text) {
            pattern++;
            text++;
        } else if (star != NULL) {
            pattern = star + 1;
            text = ++from;
        } else {
            return false;
        }
    }
    return pattern[strspn(pattern, "*")] == '\0';
}

/* A line, cut at its end in place. False: said what is wrong with it. */
static bool take_line(cli *c, const char *path, approvals *a, char *line, size_t number)
{
    char *comment = strchr(line, '#');
    if (comment != NULL)
        *comment = '\0';
    line += strspn(line, " \t");
    size_t len = strlen(line);
    while (len > 0 && strchr(" \t\r", line[len - 1]) != NULL)
        line[--len] = '\0';
    if (len == 0)
        return true;
    size_t first = strcspn(line, " \t");
    approved to = {.line = number, .kind = line + first + strspn(line + first, " \t")};
    if (line[first] != '\0')
        line[first] = '\0';
    to.any = strcmp(line, "*") == 0;
    if (*to.kind == '\0' || (!to.any && !cli_number(line, UINT64_MAX / 2, &to.count))) {
        cli_say(c, "drip diff: %s:%zu: a line is a number of encounters, or *, and a kind of change", path,
                number);
        return false;
    }
    a->items[a->n++] = to;
    return true;
}

static bool read_all(cli *c, const char *path, approvals *a)
{
    size_t len = 0, lines = 1, number = 1;
    a->text = cli_file_read(path, &len);
    if (a->text == NULL) {
        cli_say(c, "drip diff: %s: %s", path, strerror(errno));
        return false;
    }
    for (size_t i = 0; i < len; i++)
        lines += a->text[i] == '\n';
    a->items = calloc(lines, sizeof *a->items);
    if (a->items == NULL)
        return false;
    bool ok = memchr(a->text, '\0', len) == NULL;
    if (!ok)
        cli_say(c, "drip diff: %s: this is no text", path);
    for (char *at = a->text, *end = a->text + len; ok && at < end; number++) {
        char *newline = memchr(at, '\n', (size_t)(end - at));
        char *stop = newline != NULL ? newline : end;
        *stop = '\0';
        ok = take_line(c, path, a, at, number);
        at = stop + 1;
    }
    return ok;
}

/* An exact kind is meant before a pattern. */
static approved *find(approvals *a, const char *key)
{
    approved *found = NULL;
    for (size_t i = 0; i < a->n; i++) {
        if (strcmp(a->items[i].kind, key) == 0)
            return &a->items[i];
        if (found == NULL && matches(a->items[i].kind, key))
            found = &a->items[i];
    }
    return found;
}

static int compare(cli *c, const cli_diff_report *r, const char *path, approvals *a)
{
    drip_diff_kind k;
    int status = CLI_YES;
    for (uint32_t i = 0; drip_diff_kind_at(r->diff, i, &k) == DRIP_OK; i++) {
        approved *as = find(a, k.key);
        if (as != NULL) {
            as->met += k.encounters;
            continue;
        }
        cli_say(c, "drip diff: not approved: %s (%llu encounters, the smallest is %s)", k.key,
                (unsigned long long)k.encounters, *k.id != '\0' ? k.id : "one without an id");
        status = CLI_NO;
    }
    for (size_t i = 0; i < a->n; i++) {
        const approved *as = &a->items[i];
        if (as->any || as->met == as->count)
            continue;
        cli_say(c, "drip diff: %s:%zu: approved for %llu encounters, and %llu move: %s", path, as->line,
                (unsigned long long)as->count, (unsigned long long)as->met, as->kind);
        status = CLI_NO;
    }
    return status;
}

int cli_diff_approved(cli *c, cli_diff_report *report, const char *path)
{
    approvals a = {0};
    int status = read_all(c, path, &a) ? compare(c, report, path, &a) : CLI_WRONG;
    free(a.items);
    free(a.text);
    return status;
}

int cli_diff_approve(cli *c, cli_diff_report *r, const char *path)
{
    drip_diff_kind k;
    cli *file = cli_file_open(c, path);
    if (file == NULL)
        return CLI_WRONG;
    cli_text(file, "# Changes that are expected of drip diff. Before each stands in how many encounters, or "
                   "* for any number;\n"
                   "# a * in a kind stands for any text.\n");
    for (uint32_t i = 0; drip_diff_kind_at(r->diff, i, &k) == DRIP_OK; i++) {
        cli_uint(file, k.encounters);
        cli_text(file, "  ");
        cli_text(file, k.key);
        if (!cli_is_nothing(k.amount)) {
            cli_text(file, "  # net ");
            cli_put_amount(file, k.amount, true);
            cli_text(file, " ");
            cli_text(file, r->sums.unit);
        }
        cli_text(file, "\n");
    }
    return cli_file_close(c, file, path, CLI_YES);
}
