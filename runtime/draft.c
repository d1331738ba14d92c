/* drip: draft.c, level 2b. An encounter as rows of cells, each a path and its JSON: read once, then taken apart and put
 * together thousands of times. Nothing in it knows what a field means. */
#include "draft.h"
#include "json.h"

#include <string.h>

/* ---- the form */

static const char *joined(dr_arena *arena, const char *prefix, const char *name, size_t len)
{
    size_t n = strlen(prefix);
    char *text = dr_take(arena, n + len + 1);
    if (text == NULL)
        return NULL;
    memcpy(text, prefix, n);
    memcpy(text + n, name, len);
    text[n + len] = '\0';
    return text;
}

static dr_form_field *new_field(dr_form *form, dr_arena *arena)
{
    if (form->n == form->size) {
        dr_form_field *grown = dr_grow(arena, form->fields, form->n, &form->size, sizeof *grown);
        if (grown == NULL)
            return NULL;
        form->fields = grown;
    }
    return &form->fields[form->n++];
}

static bool add_field(dr_form *form, dr_arena *arena, const dr_program *p, const char *list, const char *path,
                      uint32_t slot)
{
    bool used = p->slots[slot].used && slot != p->policy_slot;
    for (uint32_t i = 0; i < form->n; i++)
        if (strcmp(form->fields[i].list, list) == 0 && strcmp(form->fields[i].path, path) == 0) {
            form->fields[i].used = form->fields[i].used || used;
            return true;
        }
    dr_form_field *field = new_field(form, arena);
    if (field == NULL)
        return false;
    *field = (dr_form_field){list, path, p, p->slots[slot].type, used};
    return true;
}

static bool add_required(dr_form *form, dr_arena *arena, const char *list)
{
    for (uint32_t i = 0; i < form->n_required; i++)
        if (strcmp(form->required[i], list) == 0)
            return true;
    if (form->n_required == form->size_required) {
        const char **grown =
            dr_grow(arena, form->required, form->n_required, &form->size_required, sizeof *grown);
        if (grown == NULL)
            return false;
        form->required = grown;
    }
    form->required[form->n_required++] = list;
    return true;
}

static bool add_shape(dr_form *form, dr_arena *arena, const dr_program *p, uint32_t shape, const char *list,
                      const char *prefix)
{
    for (uint32_t k = 0; k < p->shapes[shape].n_keys; k++) {
        const dr_json_key *key = &p->shapes[shape].keys[k];
        const char *path = joined(arena, prefix, key->name, key->len);
        const char *below = path == NULL ? NULL : joined(arena, path, ".", 1);
        bool ok = below != NULL;
        if (ok && key->kind == DR_KEY_FIELD)
            ok = add_field(form, arena, p, list, path, key->target);
        else if (ok && key->kind == DR_KEY_OBJECT)
            ok = add_shape(form, arena, p, key->target, list, below);
        else if (ok && key->kind == DR_KEY_ROWS && *list == '\0' && *prefix == '\0')
            ok = (!key->required || add_required(form, arena, path)) &&
                 add_shape(form, arena, p, key->shape, path, "");
        if (!ok)
            return false;
    }
    return true;
}

bool dr_form_add(dr_form *form, dr_arena *arena, const dr_program *program)
{
    return program->n_shapes == 0 || add_shape(form, arena, program, 0, "", "");
}

const dr_form_field *dr_form_find(const dr_form *form, const char *list, const char *path)
{
    for (uint32_t i = 0; i < form->n; i++)
        if (strcmp(form->fields[i].path, path) == 0 && strcmp(form->fields[i].list, list) == 0)
            return &form->fields[i];
    return NULL;
}

/* Do fields stand below this path? */
static bool is_object(const dr_form *form, const char *list, const char *path)
{
    size_t len = strlen(path);
    for (uint32_t i = 0; i < form->n; i++)
        if (strcmp(form->fields[i].list, list) == 0 && strncmp(form->fields[i].path, path, len) == 0 &&
            form->fields[i].path[len] == '.')
            return true;
    return false;
}

/* ---- rows and cells */

dr_draft_cell *dr_draft_cell_at(const dr_draft_row *row, const char *path)
{
    for (uint32_t i = 0; i < row->n; i++)
        if (strcmp(row->cells[i].path, path) == 0)
            return &row->cells[i];
    return NULL;
}

bool dr_draft_add_cell(dr_draft_row *row, dr_arena *arena, const char *path, const char *value)
{
    dr_draft_cell *cells = dr_take(arena, (row->n + 1u) * sizeof *cells);
    if (cells == NULL)
        return false;
    if (row->n > 0)
        memcpy(cells, row->cells, row->n * sizeof *cells);
    cells[row->n] = (dr_draft_cell){path, value};
    row->cells = cells;
    row->n++;
    return true;
}

dr_draft_row *dr_draft_add_row(dr_draft *d, dr_arena *arena, const dr_draft_row *like)
{
    dr_draft_row *rows = dr_take(arena, (d->n + 1u) * sizeof *rows);
    dr_draft_cell *cells = dr_take(arena, (like->n + 1u) * sizeof *cells);
    if (rows == NULL || cells == NULL)
        return NULL;
    if (d->n > 0)
        memcpy(rows, d->rows, d->n * sizeof *rows);
    if (like->n > 0)
        memcpy(cells, like->cells, like->n * sizeof *cells);
    rows[d->n] = (dr_draft_row){like->list, cells, like->n};
    d->rows = rows;
    return &rows[d->n++];
}

void dr_draft_drop_row(dr_draft *d, uint32_t row)
{
    for (uint32_t i = row + 1; i < d->n; i++)
        d->rows[i - 1] = d->rows[i];
    d->n--;
}

void dr_draft_drop_cell(dr_draft_row *row, uint32_t cell)
{
    for (uint32_t i = cell + 1; i < row->n; i++)
        row->cells[i - 1] = row->cells[i];
    row->n--;
}

dr_draft dr_draft_like(const dr_draft *d, dr_arena *arena)
{
    dr_draft copy = {dr_take(arena, (d->n + 1u) * sizeof *copy.rows), d->n};
    for (uint32_t i = 0; copy.rows != NULL && i < d->n; i++) {
        dr_draft_cell *cells = dr_take(arena, (d->rows[i].n + 1u) * sizeof *cells);
        if (cells == NULL)
            return (dr_draft){NULL, 0};
        if (d->rows[i].n > 0)
            memcpy(cells, d->rows[i].cells, d->rows[i].n * sizeof *cells);
        copy.rows[i] = (dr_draft_row){d->rows[i].list, cells, d->rows[i].n};
    }
    return copy;
}

dr_draft dr_draft_copy(const dr_draft *d, dr_arena *arena)
{
    dr_draft copy = dr_draft_like(d, arena);
    for (uint32_t i = 0; copy.rows != NULL && i < copy.n; i++)
        for (uint32_t k = 0; k < copy.rows[i].n; k++) {
            const char *value = copy.rows[i].cells[k].value;
            value = dr_take_text(arena, value, strlen(value));
            if (value == NULL)
                return (dr_draft){NULL, 0};
            copy.rows[i].cells[k].value = value;
        }
    return copy;
}

uint32_t dr_draft_cells(const dr_draft *d)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < d->n; i++)
        n += d->rows[i].n;
    return n;
}

/* ---- reading */

typedef struct reading {
    const dr_form *form;
    dr_arena *arena;
    dr_draft *out;
    dr_json j;
} reading;

static bool read_object(reading *r, uint32_t row, const char *list, const char *prefix);

static bool read_rows(reading *r, const char *list)
{
    const dr_draft_row empty = {list, NULL, 0};
    if (dr_json_next(&r->j) != '[')
        return dr_json_skip(&r->j);
    if (!dr_json_enter(&r->j))
        return false;
    while (dr_json_next(&r->j) == '{') {
        if (dr_draft_add_row(r->out, r->arena, &empty) == NULL || !read_object(r, r->out->n - 1, list, ""))
            return false;
        if (dr_json_next(&r->j) == ',')
            r->j.at++;
    }
    if (dr_json_next(&r->j) != ']')
        return false;
    r->j.at++;
    r->j.depth--;
    return true;
}

static bool is_list(const dr_form *form, const char *name)
{
    for (uint32_t i = 0; i < form->n; i++)
        if (strcmp(form->fields[i].list, name) == 0)
            return true;
    return false;
}

static bool read_member(reading *r, uint32_t row, const char *list, const char *path)
{
    bool known = dr_form_find(r->form, list, path) != NULL;
    if (dr_json_next(&r->j) == '{' && !known && is_object(r->form, list, path)) {
        const char *below = joined(r->arena, path, ".", 1);
        return below != NULL && read_object(r, row, list, below);
    }
    if (*list == '\0' && *path != '\0' && is_list(r->form, path))
        return read_rows(r, path);
    const char *from = r->j.at;
    if (!dr_json_skip(&r->j))
        return false;
    size_t len = (size_t)(r->j.at - from);
    if (!known || (len == 4 && memcmp(from, "null", 4) == 0))
        return true;
    const char *value = dr_take_text(r->arena, from, len);
    return value != NULL && dr_draft_add_cell(&r->out->rows[row], r->arena, path, value);
}

static bool read_object(reading *r, uint32_t row, const char *list, const char *prefix)
{
    if (dr_json_next(&r->j) != '{' || !dr_json_enter(&r->j))
        return false;
    while (dr_json_next(&r->j) == '"') {
        dr_slice name;
        if (!dr_json_string(&r->j, &name))
            return false;
        const char *path = joined(r->arena, prefix, name.bytes, name.len);
        if (path == NULL || dr_json_next(&r->j) != ':')
            return false;
        r->j.at++;
        (void)dr_json_next(&r->j);
        if (!read_member(r, row, list, path))
            return false;
        if (dr_json_next(&r->j) == ',')
            r->j.at++;
    }
    if (dr_json_next(&r->j) != '}')
        return false;
    r->j.at++;
    r->j.depth--;
    return true;
}

bool dr_draft_read(const dr_form *form, dr_arena *arena, const char *json, size_t len, dr_draft *out)
{
    enum { DEEPEST = 64 };
    const dr_draft_row record = {"", NULL, 0};
    reading r = {.form = form, .arena = arena, .out = out};
    *out = (dr_draft){NULL, 0};
    dr_json_open(&r.j, arena, json, len, DEEPEST);
    return dr_draft_add_row(out, arena, &record) != NULL && read_object(&r, 0, "", "");
}

/* ---- writing */

/* Is this cell the first of those below the same path up to `len`? */
static bool is_first(const dr_draft_row *row, uint32_t cell, size_t len)
{
    for (uint32_t i = 0; i < cell; i++)
        if (strncmp(row->cells[i].path, row->cells[cell].path, len) == 0)
            return false;
    return true;
}

static void write_cells(const dr_draft_row *row, const char *prefix, size_t skip, dr_buf *out)
{
    bool any = false;
    for (uint32_t i = 0; i < row->n; i++) {
        const char *path = row->cells[i].path;
        if (strncmp(path, prefix, skip) != 0)
            continue;
        const char *key = path + skip, *dot = strchr(key, '.');
        size_t len = dot == NULL ? strlen(key) : (size_t)(dot - key);
        if (dot != NULL && !is_first(row, i, skip + len + 1))
            continue;
        if (any)
            dr_buf_char(out, ',');
        any = true;
        dr_buf_json(out, key, len);
        dr_buf_char(out, ':');
        if (dot == NULL) {
            dr_buf_text(out, row->cells[i].value);
            continue;
        }
        dr_buf_char(out, '{');
        write_cells(row, path, skip + len + 1, out);
        dr_buf_char(out, '}');
    }
}

static bool list_is_first(const dr_draft *d, uint32_t row)
{
    for (uint32_t i = 1; i < row; i++)
        if (strcmp(d->rows[i].list, d->rows[row].list) == 0)
            return false;
    return true;
}

static void write_list(const dr_draft *d, uint32_t first, dr_buf *out)
{
    dr_buf_json(out, d->rows[first].list, strlen(d->rows[first].list));
    dr_buf_text(out, ":[");
    for (uint32_t i = first; i < d->n; i++) {
        if (strcmp(d->rows[i].list, d->rows[first].list) != 0)
            continue;
        dr_buf_text(out, i == first ? "{" : ",{");
        write_cells(&d->rows[i], "", 0, out);
        dr_buf_char(out, '}');
    }
    dr_buf_char(out, ']');
}

void dr_draft_write(const dr_form *form, const dr_draft *d, dr_buf *out)
{
    dr_buf_char(out, '{');
    write_cells(&d->rows[0], "", 0, out);
    bool any = d->rows[0].n > 0;
    for (uint32_t i = 1; i < d->n; i++)
        if (list_is_first(d, i)) {
            dr_buf_text(out, any ? "," : "");
            write_list(d, i, out);
            any = true;
        }
    for (uint32_t i = 0; i < form->n_required; i++) {
        bool there = false;
        for (uint32_t k = 1; k < d->n && !there; k++)
            there = strcmp(d->rows[k].list, form->required[i]) == 0;
        if (there)
            continue;
        dr_buf_text(out, any ? "," : "");
        dr_buf_json(out, form->required[i], strlen(form->required[i]));
        dr_buf_text(out, ":[]");
        any = true;
    }
    dr_buf_char(out, '}');
}

/* ---- times */

bool dr_draft_is_time(const dr_form *form, const char *list, const char *path)
{
    const dr_form_field *f = dr_form_find(form, list, path);
    return f != NULL && f->type.kind == DR_INSTANT;
}

bool dr_draft_time(const char *value, int64_t *seconds, bool *has_offset, int32_t *offset)
{
    size_t len = strlen(value);
    return len > 2 && value[0] == '"' && dr_instant_parse(value + 1, len - 2, seconds, has_offset, offset);
}

const char *dr_draft_time_text(dr_arena *arena, int64_t seconds, bool has_offset, int32_t offset)
{
    dr_buf text;
    dr_buf_init(&text, &arena->alloc, 64);
    dr_buf_char(&text, '"');
    dr_instant_write(seconds, has_offset, offset, &text);
    dr_buf_char(&text, '"');
    const char *kept = text.failed ? NULL : dr_take_text(arena, text.data, text.len);
    dr_buf_free(&text);
    return kept;
}
