/* drip: csv.c, level 2a. A data table from a CSV file: typed cells, a header that names the columns, and
 * errors that name file, line and column. The file comes in as a source like the policies, so its errors
 * are shown like theirs and its bytes count in the digest. Quoting as in RFC 4180. */
#include "csv.h"

#include <string.h>

typedef struct cursor {
    dr_front *f;
    const dr_source *source;
    uint32_t index, at;
    dr_buf cell;
    uint32_t start, end; /* of the cell just read */
    bool ended_row, ok, open_quote;
} cursor;

static dr_span here(const cursor *c)
{
    return (dr_span){c->index, c->start, c->end > c->start ? c->end : c->start + 1};
}

static bool wrong(cursor *c, const char *code, const char *what)
{
    dr_error_at(c->f, here(c), code, "%s", what);
    c->ok = false;
    return false;
}

static void quoted(cursor *c)
{
    const char *bytes = c->source->bytes;
    c->at++;
    while (c->at < c->source->len) {
        if (bytes[c->at] != '"') {
            dr_buf_char(&c->cell, bytes[c->at++]);
        } else if (bytes[c->at + 1] == '"') {
            dr_buf_char(&c->cell, '"');
            c->at += 2;
        } else {
            c->at++;
            return;
        }
    }
    c->end = c->at;
    c->open_quote = true;
    wrong(c, "E0490", "this quoted cell has no closing quote");
}

/* The next cell of the row; sets ended_row when it was the last. */
static void next_cell(cursor *c)
{
    const char *bytes = c->source->bytes;
    dr_buf_clear(&c->cell);
    c->start = c->at;
    if (c->at < c->source->len && bytes[c->at] == '"')
        quoted(c);
    while (c->at < c->source->len && strchr(",\r\n", bytes[c->at]) == NULL)
        dr_buf_char(&c->cell, bytes[c->at++]);
    c->end = c->at;
    c->ended_row = c->at >= c->source->len || bytes[c->at] != ',';
    if (!c->ended_row) {
        c->at++;
        return;
    }
    while (c->at < c->source->len && (bytes[c->at] == '\r' || bytes[c->at] == '\n'))
        c->at++;
}

static const char *text_of(const cursor *c)
{
    return c->cell.data == NULL ? "" : c->cell.data;
}

/* ---- the header: which column of the file is which of the table */

static const dr_ast *column_at(const dr_ast *item, uint32_t n)
{
    const dr_ast *column = item->a;
    while (n-- > 0)
        column = column->next;
    return column;
}

static bool read_header(cursor *c, const dr_entity *t, const dr_ast *item, uint32_t *map, uint32_t max,
                        uint32_t *n)
{
    bool found[64] = {false};
    c->ended_row = false;
    for (*n = 0; !c->ended_row && *n < max; (*n)++) {
        next_cell(c);
        map[*n] = DR_NONE;
        for (uint32_t i = 0; i < t->n_fields; i++) {
            const dr_ast *column = column_at(item, i);
            if (strcmp(column->b != NULL ? column->b->text : column->text, text_of(c)) != 0)
                continue;
            map[*n] = i;
            found[i & 63] = true;
        }
    }
    for (uint32_t i = 0; i < t->n_fields; i++) {
        const dr_ast *column = column_at(item, i);
        if (found[i & 63])
            continue;
        const char *name = column->b != NULL ? column->b->text : column->text;
        dr_diag *d = dr_error_at(c->f, column->span, "E0491", "the file %s has no column \"%s\"",
                                 c->source->origin, name);
        dr_diag_hint(c->f->diags, d, "its first row names the columns; write %s: … as \"its name there\"",
                     column->text);
        c->ok = false;
    }
    return c->ok;
}

/* ---- cells */

static bool read_number(cursor *c, dr_type type, int64_t *cell)
{
    dr_num n;
    if (!dr_num_parse(text_of(c), c->cell.len, &n))
        return wrong(c, "E0492", "this cell is not a number of at most 18 digits");
    if (type.kind == DR_INT)
        return (n.bottom == 1 && dr_num_floor(n, cell)) ||
               wrong(c, "E0492", "this cell is not a whole number");
    dr_num *kept = dr_take(&c->f->program->arena, sizeof *kept);
    if (kept == NULL)
        return c->f->no_memory = true, false;
    *kept = n;
    *cell = dr_cell(kept);
    return true;
}

static bool read_enum(cursor *c, dr_type type, int64_t *cell)
{
    const dr_enum *e = &DR_AT(c->f->enums, dr_enum, type.of);
    for (uint32_t i = 0; i < e->count; i++) {
        if (strcmp(e->names[i], text_of(c)) == 0) {
            *cell = i;
            return true;
        }
    }
    return wrong(c, "E0492", "this cell is not a value of the column's enum");
}

static bool read_truth(cursor *c, int64_t *cell)
{
    static const char *const words[] = {"no", "yes", "false", "true", "0", "1"};
    for (uint32_t i = 0; i < 6; i++) {
        if (strcmp(words[i], text_of(c)) == 0) {
            *cell = i & 1;
            return true;
        }
    }
    return wrong(c, "E0492", "this cell is not yes or no");
}

static bool read_cell(cursor *c, dr_type type, int64_t *cell)
{
    *cell = DR_MISSING;
    if (c->cell.len == 0 && (type.optional || type.kind != DR_TEXT))
        return type.optional ||
               wrong(c, "E0493", "this cell cannot be empty: the column's type has no \"?\"");
    switch (type.kind) {
    case DR_TEXT:
        *cell = dr_sym(c->f->syms, text_of(c), c->cell.len);
        return *cell >= 0 || (c->f->no_memory = true, false);
    case DR_INT:
    case DR_NUM:
        return read_number(c, type, cell);
    case DR_ENUM:
        return read_enum(c, type, cell);
    case DR_BOOL:
        return read_truth(c, cell);
    case DR_DATE:
        return dr_date_parse(text_of(c), c->cell.len, cell) ||
               wrong(c, "E0492", "this cell is not a date YYYY-MM-DD");
    default:
        return wrong(
            c, "E0492",
            "a column of this type cannot be read from a file: use text, int, number, bool, date or an enum");
    }
}

static void read_rows(cursor *c, dr_entity *t, const uint32_t *map, uint32_t n, dr_vec *cells, dr_vec *places)
{
    enum { BAD_ROWS_SHOWN = 10 };
    uint32_t bad = 0;
    while (c->at < c->source->len && bad < BAD_ROWS_SHOWN && !c->open_quote && !c->f->no_memory) {
        bool ok_before = c->ok;
        c->ok = true;
        uint32_t first = cells->count, start = c->at;
        dr_span *place = dr_vec_add(c->f->arena, places, sizeof *place);
        if (place == NULL) {
            c->f->no_memory = true;
            return;
        }
        *place = (dr_span){c->index, start, start + 1};
        for (uint32_t i = 0; i < t->n_fields; i++) {
            int64_t *cell = dr_vec_add(c->f->arena, cells, sizeof *cell);
            if (cell == NULL) {
                c->f->no_memory = true;
                return;
            }
            *cell = DR_MISSING;
        }
        uint32_t k = 0;
        for (c->ended_row = false; !c->ended_row; k++) {
            next_cell(c);
            if (k < n && map[k] != DR_NONE)
                read_cell(c, DR_AT(c->f->slots, dr_slot, t->first_slot + map[k]).type,
                          &DR_AT(*cells, int64_t, first + map[k]));
        }
        if (k != n && !c->open_quote) {
            c->start = start;
            wrong(c, "E0494",
                  k < n ? "this row has fewer cells than the first row"
                        : "this row has more cells than the first row");
        }
        t->n_rows++;
        bad += !c->ok;
        c->ok = c->ok && ok_before;
    }
}

uint32_t dr_source_beside(dr_front *f, dr_span at, const dr_ast *name)
{
    const char *policy = f->sources->items[at.source].origin;
    const char *slash = strrchr(policy, '/');
    size_t folder = slash == NULL ? 0 : (size_t)(slash - policy) + 1;
    for (uint32_t i = 0; i < f->sources->count; i++) {
        const char *origin = f->sources->items[i].origin;
        if (strncmp(origin, policy, folder) == 0 && strcmp(origin + folder, name->text) == 0)
            return i;
    }
    dr_diag *d = dr_error_at(f, name->span, "E0495", "the file \"%s\" is not beside this policy", name->text);
    dr_diag_hint(f->diags, d, "its path counts from the folder of the policy");
    return DR_NONE;
}

bool dr_csv_fill(dr_front *f, dr_entity *t, const dr_ast *item, int64_t **rows, dr_span **places)
{
    enum { COLUMNS_MAX = 256 };
    uint32_t map[COLUMNS_MAX], n = 0, source = dr_source_beside(f, item->span, item->c);
    dr_vec cells = {0}, starts = {0};
    if (source == DR_NONE)
        return false;
    cursor c = {.f = f, .source = &f->sources->items[source], .index = source, .ok = true};
    dr_buf_init(&c.cell, &f->alloc, (size_t)1 << 20);
    size_t bad = 0;
    if (!dr_utf8_valid(c.source->bytes, c.source->len, &bad)) {
        c.start = (uint32_t)bad;
        wrong(&c, "E0107", "this byte is not valid UTF-8");
    } else if (read_header(&c, t, item, map, COLUMNS_MAX, &n)) {
        read_rows(&c, t, map, n, &cells, &starts);
    }
    dr_buf_free(&c.cell);
    *rows = dr_take_zero(&f->program->arena, (size_t)cells.count + 1, sizeof **rows);
    if (*rows == NULL)
        return f->no_memory = true, false;
    if (cells.count > 0)
        memcpy(*rows, cells.data, cells.count * sizeof **rows);
    *places = starts.data;
    return c.ok;
}
