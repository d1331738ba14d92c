/* drip: claim_csv.c, level 2b. Claims as CSV; see claim.h. The header names the columns: letter case, blanks,
 * underscores and hyphens do not count. A set may stand in one cell, its members apart by blanks, commas or
 * semicolons, or in several columns with numbers behind the name; then the name may lack its plural s. One
 * column may name the encounter: "encounter", the name of the record's key, or both together. */
#include "claim.h"

#include "order.h"
#include "vm.h"

enum { NAME_MAX = 64 };

/* ---- the header */

/* Letters and digits in lower case. 0: there are none, or too many. */
static size_t plain_name(const char *text, size_t len, char *plain)
{
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (c == ' ' || c == '_' || c == '-' || c == '\t')
            continue;
        if (n == NAME_MAX)
            return 0;
        plain[n++] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    return n;
}

/* Is the heading this name; for a set also one of its members, with a number behind it or not? */
static bool is_named(const char *heading, size_t len, const char *name, size_t name_len, bool set)
{
    char plain[NAME_MAX];
    size_t n = plain_name(name, name_len, plain);
    if (n > 0 && n == len && memcmp(plain, heading, n) == 0)
        return true;
    if (!set || n == 0)
        return false;
    while (len > 0 && heading[len - 1] >= '0' && heading[len - 1] <= '9')
        len--;
    if (len + 1 == n && plain[n - 1] == 's')
        n--;
    return len == n && memcmp(plain, heading, n) == 0;
}

static bool names_encounter(const dr_program *p, const char *heading, size_t len)
{
    static const char word[] = "encounter";
    const char *key = p->id_slot != DR_NONE ? p->slots[p->id_slot].name : "";
    size_t n = sizeof word - 1;
    if (len >= n && memcmp(heading, word, n) == 0 &&
        (len == n || is_named(heading + n, len - n, key, strlen(key), false)))
        return true;
    return is_named(heading, len, key, strlen(key), false);
}

static int32_t column_of(const dr_claims *claims, const char *text, size_t len)
{
    const dr_program *p = claims->program;
    char heading[NAME_MAX];
    size_t n = plain_name(text, len, heading);
    for (uint32_t i = 0; i < claims->n_names && n > 0; i++) {
        const dr_claim_name *name = &claims->names[i];
        bool set = p->slots[p->fields[name->field].slot].type.kind == DR_SET;
        if (is_named(heading, n, name->text, name->len, set))
            return (int32_t)name->field;
    }
    return n > 0 && names_encounter(p, heading, n) ? DR_COLUMN_ENCOUNTER : DR_COLUMN_NONE;
}

/* Can a field of this type stand in a cell? */
static bool has_cells(const dr_type *type)
{
    bool plain = true;
    for (int i = 0; i < DR_DIMS; i++)
        plain = plain && type->dim[i] == 0;
    switch ((dr_kind)type->kind) {
    case DR_TEXT:
    case DR_INT:
    case DR_BOOL:
    case DR_ENUM:
    case DR_DATE:
    case DR_SET:
        return true;
    case DR_NUM:
        return plain;
    default:
        return false;
    }
}

static dr_status check_column(dr_claims *claims, const dr_csv *csv, int32_t column)
{
    const dr_program *p = claims->program;
    if (column == DR_COLUMN_NONE)
        return DR_OK;
    bool set = false;
    if (column >= 0) {
        const dr_type *type = &p->slots[p->fields[column].slot].type;
        set = type->kind == DR_SET;
        if (!has_cells(type))
            return dr_claim_wrong(
                claims, csv->start,
                "column \"%s\": values of this kind cannot stand in CSV; give the claim as JSON",
                p->fields[column].name);
    }
    for (uint32_t i = 0; i < claims->n_columns && !set; i++)
        if (claims->columns[i] == column)
            return dr_claim_wrong(claims, csv->start, "two columns give \"%s\"",
                                  column >= 0 ? p->fields[column].name : "encounter");
    return DR_OK;
}

static bool has_column(const dr_claims *claims, int32_t column)
{
    for (uint32_t i = 0; i < claims->n_columns; i++)
        if (claims->columns[i] == column)
            return true;
    return false;
}

static dr_status check_header(dr_claims *claims)
{
    const dr_program *p = claims->program;
    uint32_t needed[2] = {claims->name_field, claims->count_field};
    for (int i = 0; i < 2; i++)
        if (needed[i] != DR_NONE && !has_column(claims, (int32_t)needed[i]))
            return dr_claim_wrong(
                claims, claims->start,
                "no column is called \"%s\": the first row of a claim in CSV names its columns",
                p->fields[needed[i]].name);
    return DR_OK;
}

/* Of the first row: a comma, unless only semicolons or tabs stand there. */
static char separator_of(const dr_claims *claims)
{
    const char *row = claims->bytes + claims->start, *end = claims->bytes + claims->len;
    const char *newline = row < end ? memchr(row, '\n', (size_t)(end - row)) : NULL;
    size_t len = newline != NULL ? (size_t)(newline - row) : (size_t)(end - row);
    if (len == 0 || memchr(row, ',', len) != NULL)
        return ',';
    return memchr(row, ';', len) != NULL ? ';' : memchr(row, '\t', len) != NULL ? '\t' : ',';
}

static dr_status cell_wrong(dr_claims *claims, dr_session *s, const dr_csv *csv)
{
    if (csv->open_quote)
        return dr_claim_wrong(claims, csv->start, "this quoted cell has no closing quote");
    if (csv->cell.failed && csv->end - csv->start > DR_CSV_CELL)
        return dr_claim_wrong(claims, csv->start, "this cell has more than 1 MiB");
    return csv->cell.failed ? dr_claim_memory(claims, s) : DR_OK;
}

static dr_status read_header(dr_claims *claims, dr_session *s, dr_csv *csv)
{
    claims->columns = dr_take_zero(&claims->arena, DR_CLAIM_COLUMNS, sizeof *claims->columns);
    if (claims->columns == NULL)
        return dr_claim_memory(claims, s);
    while (csv->at < csv->len && dr_csv_blank_row(csv))
        dr_csv_skip_line(csv);
    if (csv->at == csv->len)
        return dr_claim_wrong(claims, claims->start, "there is no claim in it");
    do {
        size_t len;
        dr_csv_cell(csv);
        const char *text = dr_csv_text(csv, &len);
        int32_t column = column_of(claims, text, len);
        dr_status status = cell_wrong(claims, s, csv);
        if (status == DR_OK)
            status = check_column(claims, csv, column);
        if (status == DR_OK && claims->n_columns == DR_CLAIM_COLUMNS)
            status = dr_claim_wrong(claims, csv->start, "a claim has at most %d columns", DR_CLAIM_COLUMNS);
        if (status != DR_OK)
            return status;
        claims->columns[claims->n_columns++] = column;
    } while (!csv->ended_row);
    return check_header(claims);
}

/* ---- cells */

typedef struct reading {
    dr_claims *claims;
    dr_session *s;
    const dr_csv *csv;
    uint32_t field;
    int64_t *cells;
} reading;

static dr_status wrong(const reading *r, const char *what)
{
    return dr_claim_wrong(r->claims, r->csv->start, "\"%s\": %s", r->s->program->fields[r->field].name, what);
}

static dr_status text_cell(const reading *r, const char *text, size_t len, int64_t *cell)
{
    *cell = dr_sym(&r->s->syms, text, len);
    return *cell >= 0 ? DR_OK : dr_claim_memory(r->claims, r->s);
}

static dr_status enum_cell(const reading *r, uint16_t of, const char *text, size_t len, int64_t *cell)
{
    const dr_plan *plan = r->s->reader;
    *cell = dr_words_find(&plan->enums[of], text, len);
    return *cell >= 0 ? DR_OK : wrong(r, "this is none of the field's values");
}

static dr_status number_cell(const reading *r, const dr_type *type, const char *text, size_t len,
                             int64_t *cell)
{
    dr_num n;
    if (!dr_num_parse(text, len, &n))
        return wrong(r, "expected a number of at most 18 digits");
    if (type->kind == DR_INT)
        return n.bottom == 1 && dr_num_floor(n, cell) ? DR_OK : wrong(r, "expected a whole number");
    dr_num *kept = dr_take(&r->s->arena, sizeof *kept);
    if (kept == NULL)
        return dr_claim_memory(r->claims, r->s);
    *kept = n;
    *cell = dr_cell(kept);
    return DR_OK;
}

/* YYYY-MM-DD or YYYYMMDD */
static dr_status date_cell(const reading *r, const char *text, size_t len, int64_t *cell)
{
    char dashed[10];
    if (len == 8) {
        memcpy(dashed, text, 4);
        memcpy(dashed + 5, text + 4, 2);
        memcpy(dashed + 8, text + 6, 2);
        dashed[4] = dashed[7] = '-';
        text = dashed;
        len = sizeof dashed;
    }
    return dr_date_parse(text, len, cell) ? DR_OK : wrong(r, "expected a date, YYYY-MM-DD or YYYYMMDD");
}

static dr_status truth_cell(const reading *r, const char *text, size_t len, int64_t *cell)
{
    static const char *const words[] = {"no", "yes", "false", "true", "0", "1"};
    for (int i = 0; i < 6; i++) {
        if (strlen(words[i]) != len || memcmp(words[i], text, len) != 0)
            continue;
        *cell = i & 1;
        return DR_OK;
    }
    return wrong(r, "expected yes or no");
}

static bool parts_members(char c)
{
    return c == ' ' || c == ',' || c == ';' || c == '\t';
}

/* The members in this cell, beside those of columns before it. */
static dr_status set_cell(const reading *r, const dr_type *type, const char *text, size_t len, int64_t *cell)
{
    dr_set_builder b = {.items = NULL};
    bool ok = *cell == DR_MISSING || dr_setb_join(&r->s->arena, &b, dr_ptr(*cell));
    for (size_t at = 0, end; at < len && ok; at = end) {
        int64_t member = 0;
        for (end = at; end < len && !parts_members(text[end]);)
            end++;
        if (end == at) {
            end++;
            continue;
        }
        dr_status status = type->member == DR_ENUM ? enum_cell(r, type->of, text + at, end - at, &member)
                                                   : text_cell(r, text + at, end - at, &member);
        if (status != DR_OK)
            return status;
        ok = dr_setb_add(&r->s->arena, &b, member);
    }
    const dr_set *set = ok ? dr_setb_end(r->s, &b) : NULL;
    *cell = dr_cell(set);
    return set != NULL ? DR_OK : dr_claim_memory(r->claims, r->s);
}

static dr_status read_cell(const reading *r, const char *text, size_t len)
{
    const dr_type *type = &r->s->program->slots[r->s->program->fields[r->field].slot].type;
    int64_t *cell = &r->cells[r->field];
    if (len == 0)
        return DR_OK;
    switch ((dr_kind)type->kind) {
    case DR_TEXT:
        return text_cell(r, text, len, cell);
    case DR_INT:
    case DR_NUM:
        return number_cell(r, type, text, len, cell);
    case DR_BOOL:
        return truth_cell(r, text, len, cell);
    case DR_ENUM:
        return enum_cell(r, type->of, text, len, cell);
    case DR_DATE:
        return date_cell(r, text, len, cell);
    default:
        return set_cell(r, type, text, len, cell); /* the header lets nothing else through */
    }
}

/* Reads the row; *id is the symbol of the encounter it names, DR_MISSING where there is no such column. */
static dr_status read_row(dr_claims *claims, dr_session *s, dr_csv *csv, dr_claim *claim, int64_t *id)
{
    uint32_t at = csv->at, k = 0;
    dr_status status = DR_OK;
    reading r = {.claims = claims, .s = s, .csv = csv};
    *id = DR_MISSING;
    r.cells = dr_claim_add(claims, s, claim, at, &status);
    if (r.cells == NULL)
        return status;
    do {
        size_t len;
        dr_csv_cell(csv);
        const char *text = dr_csv_text(csv, &len);
        status = cell_wrong(claims, s, csv);
        int32_t column = k < claims->n_columns ? claims->columns[k] : DR_COLUMN_NONE;
        if (status == DR_OK && column == DR_COLUMN_ENCOUNTER && len == 0)
            status = dr_claim_wrong(claims, csv->start, "this row does not name its encounter");
        else if (status == DR_OK && column == DR_COLUMN_ENCOUNTER)
            status = text_cell(&r, text, len, id);
        r.field = (uint32_t)column;
        if (status == DR_OK && column >= 0)
            status = read_cell(&r, text, len);
        if (status != DR_OK)
            return status;
        k++;
    } while (!csv->ended_row);
    if (k != claims->n_columns)
        return dr_claim_wrong(claims, at, "this row has %u cells, and the first row names %u columns", k,
                              claims->n_columns);
    return dr_claim_complete(claims, s, claim, r.cells, at);
}

/* ---- rows */

typedef struct found_row {
    uint32_t at;
    int64_t id;
} found_row;
typedef struct found_rows {
    found_row *items;
    uint32_t n, size;
    const dr_syms *syms;
} found_rows;

static int by_encounter(const void *context, uint32_t a, uint32_t b)
{
    const found_rows *rows = context;
    int64_t x = rows->items[a].id, y = rows->items[b].id;
    return x == y ? 0 : dr_text_cmp(dr_sym_text(rows->syms, x), dr_sym_text(rows->syms, y));
}

static dr_status too_many(dr_claims *claims)
{
    for (uint32_t i = 0; i < claims->n_parts; i++)
        if (claims->parts[i].n_rows > DR_CLAIM_LINES)
            return dr_claim_wrong(claims, claims->rows[claims->parts[i].first + DR_CLAIM_LINES],
                                  "a claim has at most %d lines", DR_CLAIM_LINES);
    return DR_OK;
}

/* Rows of one encounter become one claim, wherever they stand. */
static bool make_parts(dr_claims *claims, const found_rows *rows, bool named)
{
    uint32_t *index = dr_take_zero(&claims->arena, rows->n + 1u, sizeof *index);
    claims->rows = dr_take_zero(&claims->arena, rows->n + 1u, sizeof *claims->rows);
    if (index == NULL || claims->rows == NULL)
        return false;
    for (uint32_t i = 0; i < rows->n; i++)
        index[i] = i;
    if (named && !dr_order(&claims->arena, index, rows->n, by_encounter, rows))
        return false;
    dr_claim_part *part = named ? NULL : dr_claim_part_add(claims);
    if (!named && part == NULL)
        return false;
    for (uint32_t i = 0; i < rows->n; i++) {
        const found_row *row = &rows->items[index[i]];
        claims->rows[i] = row->at;
        if (named && (i == 0 || rows->items[index[i - 1]].id != row->id)) {
            const dr_text *id = dr_sym_text(rows->syms, row->id);
            part = dr_claim_part_add(claims);
            if (part == NULL)
                return false;
            *part = (dr_claim_part){.id = dr_take_text(&claims->arena, id->bytes, id->len),
                                    .id_len = id->len,
                                    .at = row->at,
                                    .first = i};
            if (part->id == NULL)
                return false;
        }
        part->n_rows++;
    }
    return true;
}

static dr_status find_rows(dr_claims *claims, dr_session *s, dr_csv *csv, found_rows *rows)
{
    while (csv->at < csv->len) {
        dr_claim claim = {.lines = NULL};
        found_row row = {.at = csv->at};
        if (dr_csv_blank_row(csv)) {
            dr_csv_skip_line(csv);
            continue;
        }
        dr_status status = read_row(claims, s, csv, &claim, &row.id);
        if (status != DR_OK)
            return status;
        if (rows->n == rows->size) {
            found_row *items = dr_grow(&claims->arena, rows->items, rows->n, &rows->size, sizeof *items);
            if (items == NULL)
                return dr_claim_memory(claims, s);
            rows->items = items;
        }
        rows->items[rows->n++] = row;
    }
    return DR_OK;
}

dr_status dr_claims_index_csv(dr_claims *claims, dr_session *s)
{
    dr_csv csv;
    size_t bad = 0;
    found_rows rows = {.syms = &s->syms};
    if (!dr_utf8_valid(claims->bytes, claims->len, &bad))
        return dr_claim_wrong(claims, (uint32_t)bad, "this byte is not valid UTF-8");
    claims->separator = separator_of(claims);
    dr_csv_open(&csv, &s->alloc, claims->bytes, claims->len, claims->separator);
    csv.at = claims->start;
    dr_status status = read_header(claims, s, &csv);
    if (status == DR_OK)
        status = find_rows(claims, s, &csv, &rows);
    if (status == DR_OK && !make_parts(claims, &rows, has_column(claims, DR_COLUMN_ENCOUNTER)))
        status = dr_claim_memory(claims, s);
    dr_buf_free(&csv.cell);
    return status == DR_OK ? too_many(claims) : status;
}

dr_status dr_claim_read_csv(dr_claims *claims, dr_session *s, const dr_claim_part *part, dr_claim *out)
{
    dr_csv csv;
    dr_status status = DR_OK;
    dr_csv_open(&csv, &s->alloc, claims->bytes, claims->len, claims->separator);
    for (uint32_t i = 0; i < part->n_rows && status == DR_OK; i++) {
        int64_t id;
        csv.at = claims->rows[part->first + i];
        status = read_row(claims, s, &csv, out, &id);
    }
    dr_buf_free(&csv.cell);
    return status;
}
