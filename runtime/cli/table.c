/* drip: table.c, level 4. A result for a reader: lines in columns, under each the clause that decided it and
 * its citation; totals under their columns; then the findings. What a policy shows of a line stands behind its
 * fields.
 *
 * What the columns are is the policy's to say: this file knows roles of fields, and nothing of what they
 * mean. Texts of a result live until the next call with its session, so they are copied first. */
#define _GNU_SOURCE /* memmem */
#include "cli.h"

#include <stdlib.h>
#include <string.h>

enum { WIDEST = 28, GAP = 2, INDENT = 2 };

typedef struct cell {
    size_t at, len; /* of the text */
} cell;

typedef struct column {
    uint32_t field; /* or n_fields and what is shown */
    bool right;
    size_t width;
} column;

typedef struct table {
    cli *c;
    drip_session *session;
    uint32_t n_lines, n_fields, n_shown, n_columns;
    column *columns;
    cell *cells; /* n_lines + 2 rows of n_fields + n_shown: the first their names, the last totals */
    char *text;
    size_t len, size;
    bool failed;
} table;

/* ---- copying ---- */

static void add(table *t, const char *bytes, size_t len)
{
    if (t->size - t->len < len) {
        size_t size = (t->size + len) * 2;
        char *text = realloc(t->text, size);
        t->failed = t->failed || text == NULL;
        if (text == NULL)
            return;
        t->text = text;
        t->size = size;
    }
    memcpy(t->text + t->len, bytes, len);
    t->len += len;
}

/* "group_id" as GROUP ID. */
static void add_heading(table *t, const char *name)
{
    for (; *name != '\0'; name++) {
        char letter = *name >= 'a' && *name <= 'z' ? (char)(*name - 'a' + 'A') : *name == '_' ? ' ' : *name;
        add(t, &letter, 1);
    }
}

/* The members of a set, each after a dash. */
static void add_suffix(table *t, const char *members)
{
    while (*members != '\0') {
        const char *comma = strstr(members, ", ");
        size_t len = comma != NULL ? (size_t)(comma - members) : strlen(members);
        add(t, "-", 1);
        add(t, members, len);
        members += len + (comma != NULL ? 2 : 0);
    }
}

static void add_suffixes(table *t, uint32_t line)
{
    for (uint32_t f = 0; f < t->n_fields; f++)
        if (drip_result_field_role(t->session, f) == DRIP_ROLE_SUFFIX)
            add_suffix(t, drip_result_line_text(t->session, line, f));
}

static cell *cell_of(const table *t, uint32_t row, uint32_t field)
{
    return &t->cells[(size_t)row * (t->n_fields + t->n_shown) + field];
}

/* Row 0 holds the names, row 1 the first line. */
static void copy_row(table *t, uint32_t row)
{
    for (uint32_t f = 0; f < t->n_fields; f++) {
        cell *to = cell_of(t, row, f);
        to->at = t->len;
        if (row == 0) {
            add_heading(t, drip_result_field_name(t->session, f));
        } else {
            const char *text = drip_result_line_text(t->session, row - 1, f);
            add(t, text, strlen(text));
            if (drip_result_field_role(t->session, f) == DRIP_ROLE_NAME)
                add_suffixes(t, row - 1);
        }
        to->len = t->len - to->at;
    }
}

static void copy_shown(table *t, uint32_t row)
{
    for (uint32_t k = 0; k < t->n_shown; k++) {
        drip_shown shown;
        cell *to = cell_of(t, row, t->n_fields + k);
        to->at = t->len;
        if (drip_result_shown(t->session, row == 0 ? 0 : row - 1, k, &shown) != DRIP_OK)
            t->failed = true;
        else if (row == 0)
            add_heading(t, shown.name);
        else
            add(t, shown.text, strlen(shown.text));
        to->len = t->len - to->at;
    }
}

static bool is_column_of(const table *t, const column *col, const char *name)
{
    drip_shown shown;
    if (col->field < t->n_fields)
        return strcmp(drip_result_field_name(t->session, col->field), name) == 0;
    return drip_result_shown(t->session, 0, col->field - t->n_fields, &shown) == DRIP_OK &&
           strcmp(shown.name, name) == 0;
}

/* NULL: what is added up has no column of its own. */
static column *column_of(const table *t, const char *name)
{
    for (uint32_t i = 1; i < t->n_columns; i++)
        if (t->columns[i].right && is_column_of(t, &t->columns[i], name))
            return &t->columns[i];
    return NULL;
}

/* The last row: each total under its column. */
static void copy_totals(table *t)
{
    drip_shown total;
    bool any = false;
    for (uint32_t k = 0; drip_result_total(t->session, k, &total) == DRIP_OK; k++) {
        column *col = column_of(t, total.name);
        if (col == NULL || *total.text == '\0')
            continue;
        *cell_of(t, t->n_lines + 1, col->field) = (cell){t->len, strlen(total.text)};
        add(t, total.text, strlen(total.text));
        size_t width = cli_width(total.text, strlen(total.text));
        col->width = width > col->width ? width : col->width;
        any = true;
    }
    if (!any)
        return;
    *cell_of(t, t->n_lines + 1, t->columns[0].field) = (cell){t->len, strlen("TOTAL")};
    add(t, "TOTAL", strlen("TOTAL"));
    t->columns[0].width = t->columns[0].width > strlen("TOTAL") ? t->columns[0].width : strlen("TOTAL");
}

static bool copy_all(table *t)
{
    uint32_t width = t->n_fields + t->n_shown;
    t->columns = calloc((size_t)width + 1, sizeof *t->columns);
    t->cells = calloc(((size_t)t->n_lines + 2) * width + 1, sizeof *t->cells);
    t->failed = t->columns == NULL || t->cells == NULL;
    for (uint32_t row = 0; row <= t->n_lines && !t->failed; row++) {
        copy_row(t, row);
        copy_shown(t, row);
    }
    return !t->failed;
}

/* ---- columns ---- */

/* How much of a cell goes on the next row of its column: all, or up to the last ", " that fits. */
static size_t piece(const table *t, const cell *of)
{
    const char *text = t->text + of->at;
    size_t fits = 0;
    if (of->len <= WIDEST)
        return of->len;
    for (size_t i = 0; i + 1 < of->len; i++) {
        if (text[i] != ',' || text[i + 1] != ' ')
            continue;
        if (fits > 0 && i + 1 > WIDEST)
            break;
        fits = i + 2;
    }
    return fits > 0 ? fits : of->len;
}

static size_t widest_piece(const table *t, cell of)
{
    size_t width = 0;
    while (of.len > 0) {
        size_t n = piece(t, &of), w = cli_width(t->text + of.at, n);
        width = w > width ? w : width;
        of.at += n;
        of.len -= n;
    }
    return width;
}

static bool is_right(const table *t, uint32_t f)
{
    drip_shown shown;
    if (f < t->n_fields)
        return drip_result_field_role(t->session, f) == DRIP_ROLE_COUNT;
    return drip_result_shown(t->session, 0, f - t->n_fields, &shown) == DRIP_OK && shown.number;
}

/* A field that no line has gets no column, nor has one that is shown elsewhere. */
static void choose_columns(table *t)
{
    for (uint32_t f = 0; f < t->n_fields + t->n_shown; f++) {
        drip_role role = f < t->n_fields ? drip_result_field_role(t->session, f) : DRIP_ROLE_PLAIN;
        column *to = &t->columns[t->n_columns];
        *to = (column){f, is_right(t, f), 0};
        for (uint32_t row = 1; row <= t->n_lines; row++) {
            size_t width = widest_piece(t, *cell_of(t, row, f));
            to->width = width > to->width ? width : to->width;
        }
        if (to->width == 0 || role == DRIP_ROLE_SUFFIX)
            continue;
        size_t heading = cli_width(t->text + cell_of(t, 0, f)->at, cell_of(t, 0, f)->len);
        to->width = heading > to->width ? heading : to->width;
        t->n_columns++;
    }
}

/* ---- printing ---- */

static void put(cli *c, const char *text)
{
    cli_safe(c, text, strlen(text));
}

/* Prints a piece of each cell; cells get shorter by it. False when there was nothing left. */
static bool put_pieces(table *t, uint32_t row)
{
    size_t owed = INDENT;
    bool any = false;
    for (uint32_t i = 0; i < t->n_columns; i++) {
        const column *col = &t->columns[i];
        cell *of = cell_of(t, row, col->field);
        size_t n = piece(t, of), shown = n;
        while (shown > 0 && t->text[of->at + shown - 1] == ' ')
            shown--;
        size_t width = cli_width(t->text + of->at, shown), rest = width < col->width ? col->width - width : 0;
        if (shown > 0) {
            cli_pad(t->c, owed + (col->right ? rest : 0));
            cli_safe(t->c, t->text + of->at, shown);
            owed = col->right ? 0 : rest;
            any = true;
        } else {
            owed += col->width;
        }
        owed += GAP;
        of->at += n;
        of->len -= n;
    }
    return any;
}

static bool cells_left(const table *t, uint32_t row)
{
    for (uint32_t i = 0; i < t->n_columns; i++)
        if (cell_of(t, row, t->columns[i].field)->len > 0)
            return true;
    return false;
}

static void put_row(table *t, uint32_t row, const char *style)
{
    cli_style(t->c, style);
    while (cells_left(t, row) && put_pieces(t, row)) {
        if (!cells_left(t, row))
            cli_style(t->c, "0");
        cli_text(t->c, "\n");
    }
}

static void put_clause(cli *c, const drip_clause *clause, const char *before, const char *between)
{
    cli_text(c, before);
    cli_style(c, "2");
    put(c, clause->name != NULL ? clause->name : "");
    if (clause->cite != NULL && *clause->cite != '\0') {
        cli_text(c, between);
        put(c, clause->cite);
    }
    cli_style(c, "0");
    cli_text(c, "\n");
}

/* Those of what no column shows. */
static void put_other_totals(table *t)
{
    drip_shown total;
    for (uint32_t k = 0; drip_result_total(t->session, k, &total) == DRIP_OK; k++) {
        if (*total.text == '\0' || column_of(t, total.name) != NULL)
            continue;
        cli_text(t->c, "  total ");
        put(t->c, total.name);
        cli_text(t->c, "  ");
        put(t->c, total.text);
        cli_text(t->c, "\n");
    }
}

static void put_lines(table *t)
{
    drip_clause clause;
    copy_totals(t);
    if (t->failed)
        return;
    put_row(t, 0, "2");
    for (uint32_t line = 0; line < t->n_lines; line++) {
        put_row(t, line + 1, "1");
        for (uint32_t k = 0; drip_result_line_clause(t->session, line, k, &clause) == DRIP_OK; k++)
            put_clause(t->c, &clause, "      ", " — ");
    }
    put_row(t, t->n_lines + 1, "1");
    put_other_totals(t);
}

static void put_finding(cli *c, const drip_finding *f)
{
    static const char *const names[] = {"deny", "hold", "warn", "info"};
    static const char *const styles[] = {"1;31", "1;33", "33", "36"};
    unsigned severity = (unsigned)f->severity & 3;
    cli_text(c, "  ");
    cli_style(c, styles[severity]);
    cli_text(c, names[severity]);
    cli_style(c, "0");
    cli_text(c, "  ");
    put(c, f->code);
    if (f->about != NULL && *f->about != '\0') {
        cli_text(c, "  (");
        put(c, f->about);
        cli_text(c, ")");
    }
    cli_text(c, "\n");
    if (f->message != NULL && *f->message != '\0') {
        cli_text(c, "        ");
        put(c, f->message);
        cli_text(c, "\n");
    }
    put_clause(c, &f->clause, "        ", " · ");
}

static void put_findings(cli *c, drip_session *session)
{
    drip_finding f;
    uint32_t n = drip_result_findings(session);
    if (n > 0)
        cli_text(c, "\n");
    for (int severity = DRIP_DENY; severity <= DRIP_INFO; severity++)
        for (uint32_t i = 0; i < n; i++)
            if (drip_result_finding(session, i, &f) == DRIP_OK && (int)f.severity == severity)
                put_finding(c, &f);
}

/* The text after `mark` in the result, up to the closing quote. Inside a string of the result a quote has a
 * backslash before it, so that the mark cannot stand there. */
static void put_marked(cli *c, const char *json, size_t len, const char *mark)
{
    size_t n = strlen(mark);
    const char *at = memmem(json, len, mark, n), *end = NULL;
    if (at != NULL) {
        at += n;
        end = memchr(at, '"', len - (size_t)(at - json));
    }
    if (end == NULL || end == at)
        return;
    cli_text(c, " ");
    cli_safe(c, at, (size_t)(end - at));
}

drip_status cli_heading(cli_job *job)
{
    cli *c = job->c;
    const char *json = NULL, *id = drip_session_encounter(job->session), *policy = NULL;
    size_t len = 0;
    if (job->shown > 0)
        cli_text(c, "\n");
    cli_style(c, "1");
    put(c, id != NULL && *id != '\0' ? id : "encounter");
    cli_style(c, "0");
    cli_text(c, "  ·");
    drip_status status = drip_result_json(job->session, &json, &len);
    policy = status == DRIP_OK ? memmem(json, len, "\"policy\":{", 10) : NULL;
    if (policy != NULL) {
        len -= (size_t)(policy - json);
        put_marked(c, policy, len, "\"name\":\"");
        put_marked(c, policy, len, "\"version\":\"");
    }
    cli_text(c, "\n");
    return status;
}

drip_status cli_lines(cli_job *job)
{
    drip_status status = cli_heading(job);
    if (status != DRIP_OK)
        return status;
    table t = {.c = job->c, .session = job->session};
    t.n_lines = drip_result_lines(job->session);
    t.n_fields = drip_result_fields(job->session);
    t.n_shown = drip_result_shown_count(job->session);
    if (t.n_lines == 0) {
        cli_text(job->c, "  no lines\n");
    } else if (copy_all(&t)) {
        choose_columns(&t);
        put_lines(&t);
    }
    if (t.failed)
        status = DRIP_NO_MEMORY;
    free(t.columns);
    free(t.cells);
    free(t.text);
    return status;
}

drip_status cli_table(cli_job *job)
{
    drip_status status = cli_lines(job);
    if (status == DRIP_OK)
        put_findings(job->c, job->session);
    return status;
}
