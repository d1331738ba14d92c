/* drip: csv.c, level 2a. A data table from a CSV file: typed cells, a header that names the columns, and
 * errors that name file, line and column. The file comes in as a source like the policies, so its errors
 * are shown like theirs and its bytes count in the digest. Quoting as in RFC 4180; blanks around a cell do not
 * count, nor do rows without any cell. How else a file may be written is in way.c. */
#include "csv.h"
#include "csv_scan.h"

#include <string.h>

typedef struct cursor {
    dr_front *f;
    const dr_source *source;
    dr_csv_way way;
    dr_csv scan;
    uint32_t index;
    bool ok;
} cursor;

static dr_span here(const cursor *c)
{
    return (dr_span){c->index, c->scan.start, c->scan.end > c->scan.start ? c->scan.end : c->scan.start + 1};
}

static bool wrong(cursor *c, const char *code, const char *what)
{
    dr_error_at(c->f, here(c), code, "%s", what);
    c->ok = false;
    return false;
}

/* The next cell of the row. */
static void next_cell(cursor *c)
{
    bool open = c->scan.open_quote;
    dr_csv_cell(&c->scan);
    if (c->scan.open_quote && !open)
        wrong(c, "E0490", "this quoted cell has no closing quote");
}

static const char *text_of(const cursor *c, size_t *len)
{
    return dr_csv_text(&c->scan, len);
}

static bool cell_is(const cursor *c, const char *word)
{
    size_t n;
    const char *text = text_of(c, &n);
    return strlen(word) == n && memcmp(word, text, n) == 0;
}

/* As cell_is, where any blanks and breaks of a line between two words count as one blank. */
static bool heading_is(const cursor *c, const char *name)
{
    size_t n, k = 0;
    const char *text = text_of(c, &n);
    for (size_t i = 0; i < n; i++) {
        bool gap = strchr(" \t\r\n", text[i]) != NULL;
        if (gap && i + 1 < n && strchr(" \t\r\n", text[i + 1]) != NULL)
            continue;
        if (name[k++] != (gap ? ' ' : text[i]))
            return false;
    }
    return name[k] == '\0';
}

/* ---- the header: which column of the file is which of the table */

enum { COLUMNS_MAX = 256 };

/* Where in each row of the file the column is, if the table says; else 0. */
static uint32_t place_of(const dr_ast *column)
{
    dr_num n;
    int64_t place = 0;
    if (column->b == NULL || column->b->kind != A_NAME)
        return 0;
    const char *text = column->b->a->text;
    bool ok = dr_num_parse(text, strlen(text), &n) && n.bottom == 1 && dr_num_floor(n, &place);
    return ok && place > 0 && place < UINT32_MAX ? (uint32_t)place : 0;
}

static const char *name_of(const dr_ast *column)
{
    return column->b != NULL ? column->b->text : column->text;
}

static bool check_places(dr_front *f, const dr_ast *item, bool *all)
{
    bool ok = true;
    *all = true;
    for (const dr_ast *column = item->a; column != NULL; column = column->next) {
        bool placed = column->b != NULL && column->b->kind == A_NAME;
        *all = *all && placed;
        if (!placed || (strcmp(column->b->text, "column") == 0 && place_of(column) > 0 &&
                        place_of(column) <= COLUMNS_MAX))
            continue;
        dr_diag *d =
            dr_error_at(f, column->b->span, "E0497", "this does not say which column of the file it is");
        dr_diag_hint(f->diags, d, "write as \"its name there\", or as column 3");
        ok = false;
    }
    return ok;
}

static bool twice(cursor *c, const dr_ast *column)
{
    dr_error_at(c->f, here(c), "E0498", "the file has two columns \"%s\"", name_of(column));
    c->ok = false;
    return false;
}

/* The row that names the columns: the first, or the one that begins as the table says. */
static bool find_heading(cursor *c, const dr_ast *item)
{
    const dr_ast *way = item->c->a;
    for (uint32_t start; c->way.heading != NULL; c->scan.at = start) {
        start = c->scan.at;
        next_cell(c);
        if (heading_is(c, c->way.heading)) {
            c->scan.at = start;
            return true;
        }
        c->scan.at = start;
        dr_csv_skip_line(&c->scan);
        start = c->scan.at;
        if (c->scan.at < c->source->len)
            continue;
        while (strcmp(way->text, "heading") != 0)
            way = way->next;
        dr_error_at(c->f, way->span, "E0491", "no row of %s begins with \"%s\"", c->source->origin,
                    c->way.heading);
        c->ok = false;
        return false;
    }
    return true;
}

static void match_heading(cursor *c, const dr_entity *t, const dr_ast *item, uint32_t *map, uint32_t at,
                          bool *found)
{
    const dr_ast *column = item->a;
    for (uint32_t i = 0; i < t->n_fields; i++, column = column->next) {
        if (place_of(column) > 0 || !heading_is(c, name_of(column)))
            continue;
        if (found[i])
            twice(c, column);
        map[at] = i;
        found[i] = true;
    }
}

static bool read_header(cursor *c, const dr_entity *t, const dr_ast *item, uint32_t *map, uint32_t *n)
{
    bool *found = dr_take_zero(c->f->arena, (size_t)t->n_fields + 1, sizeof *found);
    if (found == NULL)
        return c->f->no_memory = true, false;
    if (!find_heading(c, item))
        return false;
    c->scan.ended_row = false;
    for (*n = 0; !c->scan.ended_row && *n < COLUMNS_MAX; (*n)++) {
        next_cell(c);
        map[*n] = DR_NONE;
        match_heading(c, t, item, map, *n, found);
    }
    const dr_ast *column = item->a;
    for (uint32_t i = 0; i < t->n_fields; i++, column = column->next) {
        if (found[i] || place_of(column) > 0)
            continue;
        dr_diag *d = dr_error_at(c->f, column->span, "E0491", "the file %s has no column \"%s\"",
                                 c->source->origin, name_of(column));
        dr_diag_hint(c->f->diags, d,
                     c->way.heading != NULL || c->way.skip > 0
                         ? "its names stand in the row that was found; write %s: … as \"its name there\""
                         : "its first row names the columns; write %s: … as \"its name there\"",
                     column->text);
        c->ok = false;
    }
    return c->ok;
}

/* Which cell of a row of the file is in which column of the table. `n`: cells in each row; 0: not known. */
static bool find_columns(cursor *c, const dr_entity *t, const dr_ast *item, uint32_t *map, uint32_t *n)
{
    bool all = false;
    *n = 0;
    for (uint32_t i = 0; i < COLUMNS_MAX; i++)
        map[i] = DR_NONE;
    if (!check_places(c->f, item, &all))
        return c->ok = false;
    for (uint32_t i = 0; i < c->way.skip && c->scan.at < c->source->len; i++)
        dr_csv_skip_line(&c->scan);
    if ((!all || c->way.heading != NULL) && !read_header(c, t, item, map, n))
        return false;
    const dr_ast *column = item->a;
    for (uint32_t i = 0; i < t->n_fields; i++, column = column->next)
        if (place_of(column) > 0)
            map[place_of(column) - 1] = i;
    return true;
}

/* ---- units: a file has plain numbers, so the column says what they count */

static bool unit_fits(dr_front *f, const dr_ast *column, dr_type type)
{
    const dr_ast *in = column->c;
    dr_type unit, time = dr_type_plain(DR_NUM);
    dr_num factor;
    time.dim[0] = 1;
    bool amount =
        type.kind == DR_DURATION || (type.kind == DR_NUM && !dr_type_same(type, dr_type_plain(DR_NUM)));
    if (in == NULL) {
        dr_diag *d = !amount
                         ? NULL
                         : dr_error_at(f, column->span, "E0335",
                                       "this column is %s, and a file has plain numbers: say what they count",
                                       dr_type_name(f, type));
        dr_diag_hint(f->diags, d, "write the unit behind its type: %s: … in UNIT", column->text);
        return !amount;
    }
    if (!dr_unit_find(f, in->text, strlen(in->text), &unit, &factor)) {
        dr_error_at(f, in->span, "E0224", "there is no unit \"%s\"", in->text);
        return false;
    }
    if (amount && dr_type_same(type.kind == DR_DURATION ? time : type, unit))
        return true;
    dr_error_at(f, in->span, "E0335", "this column is %s: \"%s\" is not a unit of it", dr_type_name(f, type),
                in->text);
    return false;
}

static bool units_fit(dr_front *f, const dr_entity *t, const dr_ast *item)
{
    bool ok = true;
    const dr_ast *column = item->a;
    for (uint32_t i = 0; i < t->n_fields; i++, column = column->next)
        ok = unit_fits(f, column, DR_AT(f->slots, dr_slot, t->first_slot + i).type) && ok;
    return ok;
}

/* ---- cells */

/* An amount is counted in the column's unit. */
static bool read_amount(cursor *c, dr_type type, const char *unit, dr_num n, int64_t *cell)
{
    dr_type of;
    dr_num factor;
    if (!dr_unit_find(c->f, unit, strlen(unit), &of, &factor) || !dr_num_mul(n, factor, &n))
        return wrong(c, "E0492", "this cell is too large");
    if (type.kind == DR_DURATION)
        return (n.bottom == 1 && dr_num_floor(n, cell)) ||
               wrong(c, "E0492", "this cell is not a whole number of seconds");
    dr_num *kept = dr_take(&c->f->program->arena, sizeof *kept);
    if (kept == NULL)
        return c->f->no_memory = true, false;
    *kept = n;
    *cell = dr_cell(kept);
    return true;
}

static bool read_number(cursor *c, dr_type type, const char *unit, int64_t *cell)
{
    dr_num n;
    size_t len;
    const char *text = text_of(c, &len);
    if (!dr_csv_number(&c->way, text, len, &n))
        return wrong(c, "E0492", "this cell is not a number of at most 18 digits");
    if (unit != NULL)
        return read_amount(c, type, unit, n, cell);
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
        if (cell_is(c, e->names[i])) {
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
        if (cell_is(c, words[i])) {
            *cell = i & 1;
            return true;
        }
    }
    return wrong(c, "E0492", "this cell is not yes or no");
}

static bool wrong_date(cursor *c)
{
    dr_error_at(c->f, here(c), "E0492", "this cell is not a date %s",
                c->way.date != NULL ? c->way.date : "YYYY-MM-DD");
    return c->ok = false;
}

static bool read_cell(cursor *c, dr_type type, const char *unit, int64_t *cell)
{
    size_t len;
    const char *text = text_of(c, &len);
    *cell = DR_MISSING;
    if (dr_csv_missing(&c->way, text, len) && (type.optional || type.kind != DR_TEXT || len > 0))
        return type.optional ||
               wrong(c, "E0493", "this cell cannot be empty: the column's type has no \"?\"");
    switch (type.kind) {
    case DR_TEXT:
        *cell = dr_sym(c->f->syms, text, len);
        return *cell >= 0 || (c->f->no_memory = true, false);
    case DR_INT:
    case DR_NUM:
    case DR_DURATION:
        return read_number(c, type, unit, cell);
    case DR_ENUM:
        return read_enum(c, type, cell);
    case DR_BOOL:
        return read_truth(c, cell);
    case DR_DATE:
        return dr_csv_date(&c->way, text, len, cell) || wrong_date(c);
    default:
        return wrong(c, "E0492",
                     "a column of this type cannot be read from a file: use text, int, number, an amount, "
                     "bool, date or an "
                     "enum");
    }
}

static bool add_row(cursor *c, const dr_entity *t, dr_vec *cells, dr_vec *places)
{
    dr_span *place = dr_vec_add(c->f->arena, places, sizeof *place);
    if (place != NULL)
        *place = (dr_span){c->index, c->scan.at, c->scan.at + 1};
    bool ok = place != NULL;
    for (uint32_t i = 0; i < t->n_fields && ok; i++) {
        int64_t *cell = dr_vec_add(c->f->arena, cells, sizeof *cell);
        ok = cell != NULL;
        if (ok)
            *cell = DR_MISSING;
    }
    c->f->no_memory = c->f->no_memory || !ok;
    return ok;
}

static const char *unit_of(const dr_ast *item, uint32_t index)
{
    const dr_ast *column = item->a;
    for (; index > 0; index--)
        column = column->next;
    return column->c == NULL ? NULL : column->c->text;
}

static void read_row(cursor *c, const dr_entity *t, const dr_ast *item, const uint32_t *map, uint32_t n,
                     int64_t *cells)
{
    uint32_t start = c->scan.at, k = 0, wanted = 0;
    for (c->scan.ended_row = false; !c->scan.ended_row; k++) {
        next_cell(c);
        if (k < COLUMNS_MAX && map[k] != DR_NONE)
            read_cell(c, DR_AT(c->f->slots, dr_slot, t->first_slot + map[k]).type, unit_of(item, map[k]),
                      &cells[map[k]]);
    }
    for (uint32_t i = 0; i < COLUMNS_MAX && n == 0; i++)
        wanted = map[i] != DR_NONE ? i + 1 : wanted;
    if ((n > 0 ? k == n : k >= wanted) || c->scan.open_quote)
        return;
    c->scan.start = start;
    wrong(c, "E0494",
          n == 0  ? "this row has fewer cells than the table has columns"
          : k < n ? "this row has fewer cells than the first row"
                  : "this row has more cells than the first row");
}

/* Do the notes begin here that stand behind the rows? */
static bool notes_begin(cursor *c)
{
    uint32_t start = c->scan.at;
    size_t n, wanted = c->way.until == NULL ? 0 : strlen(c->way.until);
    if (c->way.until == NULL)
        return false;
    next_cell(c);
    const char *text = text_of(c, &n);
    c->scan.at = start;
    return n >= wanted && memcmp(text, c->way.until, wanted) == 0;
}

static void read_rows(cursor *c, dr_entity *t, const dr_ast *item, const uint32_t *map, uint32_t n,
                      dr_vec *cells, dr_vec *places)
{
    enum { BAD_ROWS_SHOWN = 10 };
    uint32_t bad = 0;
    while (c->scan.at < c->source->len && bad < BAD_ROWS_SHOWN && !c->scan.open_quote && !c->f->no_memory) {
        bool ok_before = c->ok;
        if (dr_csv_blank_row(&c->scan)) {
            dr_csv_skip_line(&c->scan);
            continue;
        }
        if (notes_begin(c))
            return;
        c->ok = true;
        if (!add_row(c, t, cells, places))
            return;
        read_row(c, t, item, map, n, &DR_AT(*cells, int64_t, cells->count - t->n_fields));
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
    uint32_t map[COLUMNS_MAX], n = 0, source = dr_source_beside(f, item->span, item->c);
    dr_vec cells = {0}, starts = {0};
    cursor c = {.f = f, .index = source, .ok = true};
    if (!dr_csv_way_of(f, item, &c.way) || source == DR_NONE || !units_fit(f, t, item) ||
        !dr_csv_letters(f, &c.way, source))
        return false;
    c.source = &f->sources->items[source];
    dr_csv_open(&c.scan, &f->alloc, c.source->bytes, c.source->len, c.way.separator);
    size_t bad = 0;
    if (!dr_utf8_valid(c.source->bytes, c.source->len, &bad)) {
        c.scan.start = (uint32_t)bad;
        c.ok = false;
        dr_diag *d = dr_error_at(f, here(&c), "E0107", "this byte is not valid UTF-8");
        dr_diag_hint(f->diags, d, "say in which letters the file is: from \"%s\" letters \"windows-1252\"",
                     item->c->text);
    } else if (find_columns(&c, t, item, map, &n)) {
        read_rows(&c, t, item, map, n, &cells, &starts);
    }
    dr_buf_free(&c.scan.cell);
    *rows = dr_take_zero(&f->program->arena, (size_t)cells.count + 1, sizeof **rows);
    if (*rows == NULL)
        return f->no_memory = true, false;
    if (cells.count > 0)
        memcpy(*rows, cells.data, cells.count * sizeof **rows);
    *places = starts.data;
    return c.ok;
}
