/* drip: data.c, level 2a. Data tables (the rows written in the policy) and parameters with their dates. */
#include "csv.h"
#include "front.h"

#include <string.h>

static const dr_ast *table_item(const dr_front *f, uint32_t entity)
{
    const char *name = DR_AT(f->entities, dr_entity, entity).name;
    for (uint32_t i = 0; i < f->items.count; i++) {
        const dr_ast *item = DR_AT(f->items, dr_ast *, i);
        if (item->kind == A_DATATABLE && item->op != 'x' && item->text == name)
            return item;
    }
    return NULL;
}

const char *dr_table_hole(dr_front *f, uint32_t entity)
{
    const dr_entity *t = &DR_AT(f->entities, dr_entity, entity);
    const dr_ast *item = table_item(f, entity);
    if (item == NULL || t->n_keys != 1 || t->first_slot == DR_NONE || t->dated != NULL)
        return NULL;
    dr_type key = DR_AT(f->slots, dr_slot, t->first_slot).type;
    const dr_enum *e = key.kind == DR_ENUM ? &DR_AT(f->enums, dr_enum, key.of) : NULL;
    for (uint32_t i = 0; e != NULL && i < e->count; i++) {
        bool found = false;
        for (const dr_ast *row = item->b; row != NULL && !found; row = row->next)
            found = row->a->a != NULL && row->a->a->text == e->names[i];
        if (!found)
            return e->names[i];
    }
    return NULL;
}

bool dr_table_total(dr_front *f, uint32_t entity)
{
    const dr_entity *t = &DR_AT(f->entities, dr_entity, entity);
    if (table_item(f, entity) == NULL || t->n_keys != 1 || t->first_slot == DR_NONE || t->dated != NULL)
        return false;
    return DR_AT(f->slots, dr_slot, t->first_slot).type.kind == DR_ENUM && dr_table_hole(f, entity) == NULL;
}

static void empty_cell(dr_front *f, const dr_ast *cell, uint32_t slot)
{
    dr_diag *d = dr_error_at(f, cell->span, "E0460", "this column cannot be empty: its type has no \"?\"");
    dr_diag_label(f->diags, d, DR_AT(f->slots, dr_slot, slot).span, "the column is declared here");
}

static bool read_cell(dr_front *f, const dr_ast *cell, uint32_t slot, int64_t *value)
{
    dr_type type = DR_AT(f->slots, dr_slot, slot).type;
    *value = DR_MISSING;
    if (cell->op == '-') {
        if (!type.optional)
            empty_cell(f, cell, slot);
        return type.optional;
    }
    if (cell->op != '=' || cell->a->next != NULL) {
        dr_error_at(f, cell->span, "E0461", "a cell of a data table holds one value, and no condition");
        return false;
    }
    type.optional = false;
    if (!dr_check_as(f, cell->a, type, "a cell of this column"))
        return false;
    if (!dr_constant(f, cell->a, value)) {
        dr_error_at(f, cell->span, "E0461", "a cell of a table is a constant: nothing is worked out here");
        return false;
    }
    return true;
}

static bool read_row(dr_front *f, const dr_entity *t, const dr_ast *row, int64_t *cells)
{
    uint32_t i = 0;
    bool ok = true;
    for (const dr_ast *cell = row->a; cell != NULL && i < t->n_fields; cell = cell->next, i++)
        ok = read_cell(f, cell, t->first_slot + i, &cells[i]) && ok;
    return ok;
}

/* The rows written in the policy; the first may repeat the columns' names. */
static bool written_rows(dr_front *f, dr_entity *t, const dr_ast *item, int64_t **rows, dr_span **places)
{
    const dr_ast *row = item->b;
    const char *key = DR_AT(f->slots, dr_slot, t->first_slot).name;
    if (row != NULL && row->a->a != NULL && row->a->a->kind == A_NAME && row->a->a->text == key)
        row = row->next;
    for (const dr_ast *column = item->a; column != NULL; column = column->next)
        if (column->c != NULL) {
            dr_error_at(f, column->c->span, "E0335",
                        "the cells written here have their units: a unit of a column is for files");
            return false;
        }
    t->n_rows = dr_ast_count(row);
    *rows = dr_take_zero(&f->program->arena, (size_t)t->n_rows * t->n_fields + 1, sizeof **rows);
    *places = dr_take_zero(f->arena, (size_t)t->n_rows + 1, sizeof **places);
    if (*rows == NULL || *places == NULL)
        return f->no_memory = true, false;
    bool ok = true;
    for (uint32_t r = 0; row != NULL; row = row->next, r++) {
        uint32_t n = dr_ast_count(row->a);
        (*places)[r] = row->span;
        if (n != t->n_fields) {
            dr_diag *d = dr_error_at(f, row->span, "E0463", "this row has %u %s, the table has %u columns", n,
                                     n == 1 ? "cell" : "cells", t->n_fields);
            dr_diag_label(f->diags, d, item->span, "the table is declared here");
            if (n < t->n_fields)
                dr_diag_hint(f->diags, d, "an empty cell is written -");
            ok = false;
            continue;
        }
        ok = read_row(f, t, row, *rows + (size_t)r * t->n_fields) && ok;
    }
    return ok;
}

/* The rows of one "extend table", behind the table's own. */
static bool join_rows(dr_front *f, const dr_ast *more)
{
    dr_decl *d = dr_decl_find(f, D_ENTITY, 0, more->text);
    dr_ast *table = d == NULL ? NULL : (dr_ast *)(uintptr_t)table_item(f, d->index);
    if (table == NULL) {
        dr_suggest_names(
            f, dr_error_at(f, more->span, "E0209", "there is no table \"%s\" to extend", more->text),
            more->text, D_ENTITY, 0);
        return false;
    }
    if (table->c != NULL) {
        dr_error_at(f, more->span, "E0496", "the rows of \"%s\" stand in the file \"%s\": add to that",
                    more->text, table->c->text);
        return false;
    }
    dr_ast *rows = more->b, *end = table->b;
    if (rows != NULL && rows->a->a != NULL && rows->a->a->kind == A_NAME &&
        rows->a->a->text == table->a->text)
        rows = rows->next; /* the columns' names again */
    while (end != NULL && end->next != NULL)
        end = end->next;
    if (end != NULL)
        end->next = rows;
    else
        table->b = rows;
    return true;
}

bool dr_fill_tables(dr_front *f)
{
    bool ok = true;
    f->at = NULL;
    f->this_entity = UINT16_MAX;
    for (uint32_t i = 0; i < f->items.count; i++) {
        const dr_ast *item = DR_AT(f->items, dr_ast *, i);
        if (item->kind == A_DATATABLE && item->op == 'x')
            ok = join_rows(f, item) && ok;
    }
    for (uint32_t i = 0; i < f->entities.count; i++) {
        dr_entity *t = &DR_AT(f->entities, dr_entity, i);
        const dr_ast *item = t->kind == DR_TABLE ? table_item(f, i) : NULL;
        if (item == NULL || t->first_slot == DR_NONE)
            continue;
        int64_t *rows = NULL;
        dr_span *places = NULL;
        if (item->c != NULL && item->b != NULL) {
            dr_error_at(f, item->c->span, "E0496",
                        "the rows of a table stand here or in a file, not in both");
            return false;
        }
        bool whole = item->c != NULL ? dr_csv_fill(f, t, item, &rows, &places)
                                     : written_rows(f, t, item, &rows, &places);
        t->rows = rows;
        ok = whole && dr_index_rows(f, t, item, places) && ok;
    }
    return ok;
}

/* ---- parameters */

static void by_first_day(dr_dated *values, uint32_t n)
{
    for (uint32_t i = 1; i < n; i++)
        for (uint32_t k = i; k > 0 && values[k].from < values[k - 1].from; k--) {
            dr_dated swap = values[k];
            values[k] = values[k - 1];
            values[k - 1] = swap;
        }
}

static bool wrong_day(dr_front *f, const dr_ast *item, const char *problem, int64_t day)
{
    dr_buf text;
    dr_buf_init(&text, &f->alloc, 64);
    dr_date_write(day, &text);
    dr_diag *d = dr_error_at(f, item->span, "E0470", "the parameter \"%s\" has %s %s", item->text, problem,
                             text.data == NULL ? "" : text.data);
    dr_buf_free(&text);
    dr_diag_hint(f->diags, d,
                 "each day the policy is in force needs one value: begin each period on the day after the "
                 "one before it ends");
    return false;
}

/* One value for each day from the policy's first to its last. */
static bool covers(dr_front *f, const dr_ast *item, dr_dated *values, uint32_t n)
{
    by_first_day(values, n);
    const dr_vec *v = &f->versions;
    int64_t from = v->count == 0 ? INT64_MIN : DR_AT(*v, dr_version, 0).from;
    int64_t to = v->count == 0 ? INT64_MAX : DR_AT(*v, dr_version, v->count - 1).to;
    if (values[0].from > from)
        return wrong_day(f, item, "no value before", values[0].from);
    for (uint32_t i = 1; i < n; i++) {
        if (values[i - 1].to == INT64_MAX || values[i].from <= values[i - 1].to)
            return wrong_day(f, item, "two values on", values[i].from);
        if (values[i].from > values[i - 1].to + 1)
            return wrong_day(f, item, "no value on", values[i - 1].to + 1);
    }
    if (values[n - 1].to < to)
        return wrong_day(f, item, "no value after", values[n - 1].to);
    return true;
}

static bool param_values(dr_front *f, dr_param *p, const dr_ast *item)
{
    uint32_t first = f->param_values.count, n = 0;
    bool ok = true, also = false;
    for (dr_ast *v = item->b; v != NULL; v = v->next, n++) {
        dr_dated dated = {.from = INT64_MIN, .to = INT64_MAX};
        uint32_t reported = f->diags->count;
        ok = dr_check_as(f, v->a, p->type, "the value of this parameter") && ok;
        dr_diag *d = item->kind == A_SET ? dr_newest(f, reported) : NULL;
        if (d != NULL && strcmp(d->code, "E0224") != 0) /* a slip of the keyboard needs no declaration */
            dr_diag_label(f->diags, d, p->span, "the parameter is declared here");
        ok = dr_period_also(f, v->b, &dated.also, &dated.n_also) && ok;
        ok = ok && dr_period(f, v->b, &dated.from, &dated.to);
        also = also || dated.n_also > 0;
        if (ok && !dr_constant(f, v->a, &dated.value)) {
            dr_error_at(f, v->a->span, "E0471",
                        "the value of a parameter is a constant: nothing is worked out here");
            ok = false;
        }
        dr_dated *kept = dr_vec_add(&f->program->arena, &f->param_values, sizeof *kept);
        if (kept == NULL)
            return f->no_memory = true, false;
        *kept = dated;
    }
    p->first = first;
    p->count = n;
    dr_dated *values = &DR_AT(f->param_values, dr_dated, first);
    return ok && (also ? dr_covers_plane(f, item, values, n) : covers(f, item, values, n));
}

/* One layer sets a parameter once: which of two counted would depend on the order of the files. */
static bool set_once(dr_front *f, uint32_t at)
{
    const dr_ast *item = DR_AT(f->items, dr_ast *, at);
    for (uint32_t i = 0; i < at && item->ref != DR_NONE; i++) {
        const dr_ast *other = DR_AT(f->items, dr_ast *, i);
        if (other->kind != A_SET || other->text != item->text || other->ref != item->ref)
            continue;
        dr_diag *d =
            dr_error_at(f, item->span, "E0476", "this layer sets the parameter \"%s\" twice", item->text);
        if (d != NULL)
            dr_diag_label(f->diags, d, other->span, "set here too");
        return false;
    }
    return true;
}

bool dr_declare_params(dr_front *f)
{
    bool ok = true;
    f->at = NULL;
    f->this_entity = UINT16_MAX;
    ok = dr_declare_axes(f);
    if (f->no_memory)
        return false;
    for (uint32_t i = 0; i < f->items.count; i++) {
        const dr_ast *item = DR_AT(f->items, dr_ast *, i);
        dr_type type;
        if (item->kind != A_PARAM)
            continue;
        if (!dr_type_of_ast(f, item->a, &type)) {
            ok = false;
            continue;
        }
        dr_param *p = dr_vec_add(&f->program->arena, &f->params, sizeof *p);
        if (p == NULL)
            return f->no_memory = true, false;
        *p = (dr_param){.name = item->text, .type = type, .span = item->span};
        dr_decl_add(f, D_PARAM, 0, item->text, f->params.count - 1, item->span);
        ok = param_values(f, p, item) && ok;
    }
    for (uint32_t i = 0; i < f->items.count; i++) {
        const dr_ast *item = DR_AT(f->items, dr_ast *, i);
        if (item->kind != A_SET)
            continue;
        dr_decl *d = dr_decl_find(f, D_PARAM, 0, item->text);
        if (d == NULL) {
            dr_suggest_names(
                f, dr_error_at(f, item->span, "E0472", "there is no parameter \"%s\" to set", item->text),
                item->text, D_PARAM, 0);
            ok = false;
            continue;
        }
        if (DR_AT(f->params, dr_param, d->index).axis) {
            dr_axis_not_set(f, item, d->span);
            ok = false;
            continue;
        }
        ok = set_once(f, i) && param_values(f, &DR_AT(f->params, dr_param, d->index), item) && ok;
    }
    return ok;
}
