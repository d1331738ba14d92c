/* drip: dated.c, level 2a. The index of a data table: its rows by their keys, and those of one key by days.
 *
 * A column marked `starts` holds the first day of a row, `ends` its last one; without `ends` a row lasts until the
 * next one of its key. `known` is the day on which the row was published: of the rows in force on a day, the one
 * published last counts. So two rows of one key may not be in force on one day, unless one was published after
 * the other. */
#include "../runtime/order.h"
#include "csv.h"

#include <string.h>

enum { TWINS_SHOWN = 10 };

typedef struct row_at {
    uint32_t group, row;
    int64_t known, starts;
} row_at;

static int64_t day_in(const dr_entity *t, uint32_t row, uint32_t column, int64_t without)
{
    int64_t day = column == DR_NONE ? DR_MISSING : t->rows[(size_t)row * t->n_fields + column];
    return day == DR_MISSING ? without : day;
}

/* ---- which columns hold days */

static bool day_column(dr_front *f, const dr_ast *column, uint32_t slot, uint32_t *at, uint32_t i)
{
    dr_diag *d = NULL;
    dr_type type = DR_AT(f->slots, dr_slot, slot).type;
    if (type.kind != DR_DATE)
        d = dr_error_at(f, column->span, "E0466",
                        "the column \"%s\" says for which days a row holds: its type is date", column->text);
    else if (*at != DR_NONE)
        d = dr_error_at(f, column->span, "E0466", "two columns of this table are for the same day");
    *at = i;
    return d == NULL;
}

static bool day_columns(dr_front *f, const dr_entity *t, const dr_ast *item, dr_dated_rows *days)
{
    bool ok = true;
    const dr_ast *column = item->a;
    *days = (dr_dated_rows){.starts = DR_NONE, .ends = DR_NONE, .known = DR_NONE};
    for (uint32_t i = 0; i < t->n_fields && column != NULL; i++, column = column->next) {
        uint32_t *at = column->op == 'b'   ? &days->starts
                       : column->op == 'e' ? &days->ends
                       : column->op == 'w' ? &days->known
                                           : NULL;
        ok = (at == NULL || day_column(f, column, t->first_slot + i, at, i)) && ok;
    }
    if (days->ends != DR_NONE && days->starts == DR_NONE) {
        dr_error_at(f, item->span, "E0466",
                    "the rows of \"%s\" end, and do not start: mark a column with starts", item->text);
        return false;
    }
    return ok;
}

/* ---- keys */

static dr_diag *two_rows(dr_front *f, const char *code, const dr_span *places, uint32_t row, uint32_t other,
                         const char *format, const char *name)
{
    dr_diag *d = dr_error_at(f, places[row], code, format, name);
    if (d != NULL)
        dr_diag_label(f->diags, d, places[other], "the other row");
    return d;
}

/* Where the row's key is, or could be, in the index. first[g]: the first row of group g. */
static uint32_t key_slot(const dr_entity *t, const uint32_t *index, uint32_t size, const uint32_t *first,
                         uint32_t row)
{
    const int64_t *cells = t->rows + (size_t)row * t->n_fields;
    uint32_t at = dr_table_hash(cells, t->n_keys) & (size - 1);
    while (index[at] != 0 && memcmp(t->rows + (size_t)first[index[at] - 1] * t->n_fields, cells,
                                    t->n_keys * sizeof *cells) != 0)
        at = (at + 1) & (size - 1);
    return at;
}

static bool index_keys(dr_front *f, dr_entity *t, const dr_span *places, uint32_t *index, uint32_t size,
                       uint32_t *rows)
{
    uint32_t twins = 0;
    for (uint32_t r = 0; r < t->n_rows && twins < TWINS_SHOWN; r++) {
        rows[r] = r;
        uint32_t at = key_slot(t, index, size, rows, r);
        if (index[at] == 0) {
            index[at] = r + 1;
            continue;
        }
        twins++;
        two_rows(f, "E0462", places, r, index[at] - 1, "two rows of the table \"%s\" have the same key",
                 t->name);
    }
    return twins == 0;
}

/* ---- days */

static int by_days(const void *a, const void *b)
{
    const row_at *x = a, *y = b;
    if (x->group != y->group)
        return x->group < y->group ? -1 : 1;
    if (x->known != y->known)
        return x->known < y->known ? -1 : 1;
    if (x->starts != y->starts)
        return x->starts < y->starts ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

static int by_start(const void *a, const void *b)
{
    const row_at *x = a, *y = b;
    if (x->group != y->group)
        return x->group < y->group ? -1 : 1;
    if (x->starts != y->starts)
        return x->starts < y->starts ? -1 : 1;
    return x->known < y->known ? -1 : x->known > y->known;
}

static bool ends_before(dr_front *f, const dr_entity *t, const dr_dated_rows *days, const dr_span *places,
                        uint32_t row)
{
    if (day_in(t, row, days->ends, INT64_MAX) >= day_in(t, row, days->starts, INT64_MIN))
        return false;
    dr_diag *d = dr_error_at(f, places[row], "E0465", "this row ends before it begins");
    dr_diag_hint(f->diags, d, "the row holds from its first day to its last one, both included");
    return true;
}

/* Rows of one key published on one day, in the order in which they start. */
static bool apart(dr_front *f, const dr_entity *t, const dr_dated_rows *days, const row_at *rows,
                  const dr_span *places)
{
    uint32_t wrong = 0, last = 0; /* the row that ends last so far */
    for (uint32_t i = 0; i < t->n_rows && wrong < TWINS_SHOWN; i++) {
        const row_at *before = &rows[last];
        wrong += ends_before(f, t, days, places, rows[i].row);
        if (i == 0 || before->group != rows[i].group || before->known != rows[i].known) {
            last = i;
            continue;
        }
        int64_t end = days->ends == DR_NONE ? before->starts : day_in(t, before->row, days->ends, INT64_MAX);
        if (end >= rows[i].starts) {
            wrong++;
            two_rows(f, "E0464", places, rows[i].row, before->row,
                     "two rows of the table \"%s\" hold for one key on one day", t->name);
        }
        if (days->ends == DR_NONE || day_in(t, rows[i].row, days->ends, INT64_MAX) >= end)
            last = i;
    }
    return wrong == 0;
}

static bool few_published(dr_front *f, const dr_entity *t, const dr_dated_rows *days, const dr_span *places,
                          uint32_t n_groups)
{
    for (uint32_t g = 0; g < n_groups && days->known != DR_NONE; g++) {
        if (days->groups[g][1] <= DR_PUBLISHED_MAX)
            continue;
        dr_error_at(f, places[days->order[days->groups[g][0]]], "E0467",
                    "the table \"%s\" has more than %u rows of this key, published at various times", t->name,
                    DR_PUBLISHED_MAX);
        return false;
    }
    return true;
}

typedef struct sorting {
    const row_at *rows;
    int (*compare)(const void *a, const void *b);
} sorting;

static int compare_rows(const void *context, uint32_t a, uint32_t b)
{
    const sorting *s = context;
    return s->compare(&s->rows[a], &s->rows[b]);
}

/* Not with libc's qsort: that takes memory of its own, and leaves equal rows in any order. */
static bool sort_rows(dr_front *f, row_at *rows, uint32_t n, int (*compare)(const void *a, const void *b))
{
    const sorting by = {rows, compare};
    if (!dr_sort(f->arena, rows, n, sizeof *rows, compare_rows, &by))
        return f->no_memory = true, false;
    return true;
}

static bool order_days(dr_front *f, dr_entity *t, dr_dated_rows *days, const dr_span *places, row_at *rows,
                       uint32_t n_groups)
{
    uint32_t *order = dr_take_zero(&f->program->arena, (size_t)t->n_rows + 1, sizeof *order);
    uint32_t(*groups)[2] = dr_take_zero(&f->program->arena, (size_t)n_groups + 1, sizeof *groups);
    if (order == NULL || groups == NULL)
        return f->no_memory = true, false;
    if (!sort_rows(f, rows, t->n_rows, by_days))
        return false;
    bool ok = apart(f, t, days, rows, places);
    if (!sort_rows(f, rows, t->n_rows, by_start))
        return false;
    for (uint32_t i = t->n_rows; i-- > 0;) {
        order[i] = rows[i].row;
        groups[rows[i].group][0] = i;
        groups[rows[i].group][1]++;
    }
    days->order = order;
    days->groups = (const uint32_t(*)[2])groups;
    return ok && few_published(f, t, days, places, n_groups);
}

static bool index_days(dr_front *f, dr_entity *t, dr_dated_rows *days, const dr_span *places, uint32_t *index,
                       uint32_t size)
{
    uint32_t *first = dr_take_zero(f->arena, (size_t)t->n_rows + 1, sizeof *first), n = 0;
    row_at *rows = dr_take_zero(f->arena, (size_t)t->n_rows + 1, sizeof *rows);
    if (first == NULL || rows == NULL)
        return f->no_memory = true, false;
    for (uint32_t r = 0; r < t->n_rows; r++) {
        uint32_t at = key_slot(t, index, size, first, r);
        if (index[at] == 0) {
            first[n] = r;
            index[at] = ++n;
        }
        rows[r] = (row_at){index[at] - 1, r, day_in(t, r, days->known, INT64_MIN),
                           day_in(t, r, days->starts, INT64_MIN)};
    }
    return order_days(f, t, days, places, rows, n);
}

static void longest_prefix(const dr_front *f, dr_entity *t)
{
    for (uint32_t r = 0; r < t->n_rows && t->prefix != 0; r++) {
        uint32_t len = dr_sym_text(f->syms, t->rows[(size_t)r * t->n_fields + t->prefix - 1])->len;
        t->prefix_len = len > t->prefix_len ? len : t->prefix_len;
    }
}

bool dr_index_rows(dr_front *f, dr_entity *t, const dr_ast *item, const dr_span *places)
{
    dr_dated_rows found, *days = NULL;
    uint32_t size = 8;
    while (size < t->n_rows * 2)
        size *= 2;
    uint32_t *index = dr_take_zero(&f->program->arena, size, sizeof *index);
    uint32_t *rows = dr_take_zero(f->arena, (size_t)t->n_rows + 1, sizeof *rows);
    if (index == NULL || rows == NULL)
        return f->no_memory = true, false;
    t->index = index;
    t->n_index = size;
    longest_prefix(f, t);
    if (!day_columns(f, t, item, &found))
        return false;
    if (found.starts == DR_NONE && found.known == DR_NONE)
        return index_keys(f, t, places, index, size, rows);
    t->dated = days = dr_take(&f->program->arena, sizeof *days);
    if (days == NULL)
        return f->no_memory = true, false;
    *days = found;
    return index_days(f, t, days, places, index, size);
}
