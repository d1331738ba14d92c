/* drip: tables.c, level 2a. Decision tables: each row becomes a guarded clause; a `unique` table is gone
 * through case by case, with the values its own cells name, and must answer each case exactly once. */
#include "layers.h"

#include <string.h>

enum { COLUMNS_MAX = 16, CASES_MAX = 200000, VALUES_MAX = 128 };
#define ABSENT INT64_MIN

static dr_ast *node(dr_front *f, dr_ast_kind kind, dr_span span, dr_ast *a, dr_ast *b)
{
    dr_ast *n = dr_take_zero(f->arena, 1, sizeof *n);
    if (n == NULL) {
        f->no_memory = true;
        return NULL;
    }
    n->kind = (uint8_t)kind;
    n->span = span;
    n->a = a;
    n->b = b;
    return n;
}

static dr_ast *head_of(const dr_ast *cell)
{
    return cell->a;
}

static dr_ast *and_also(dr_front *f, dr_ast *left, dr_ast *right)
{
    if (left == NULL || right == NULL)
        return left == NULL ? right : left;
    return node(f, A_AND, right->span, left, right);
}

static dr_ast *condition(dr_front *f, const dr_ast *head, const dr_ast *cell, dr_type type)
{
    static const struct {
        char op;
        dr_ast_kind kind;
    } kinds[] = {{'o', A_OVER}, {'u', A_UNDER}, {'l', A_ATLEAST}, {'m', A_ATMOST}};
    dr_ast *test = NULL;
    switch (cell->op) {
    case '-':
    case 'e':
        return NULL;
    case 'k':
        return node(f, A_KNOWN, cell->span, dr_ast_copy(f, head), NULL);
    case 'x':
        return node(f, A_MISSING, cell->span, dr_ast_copy(f, head), NULL);
    case '=':
        test = node(f, A_IN, cell->span, dr_ast_copy(f, head),
                    node(f, A_SETLIT, cell->span, dr_ast_copy(f, cell->a), NULL));
        if (cell->a->next == NULL)
            test = node(f, A_IS, cell->span, dr_ast_copy(f, head), dr_ast_copy(f, cell->a));
        break;
    default:
        for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
            if (kinds[i].op == (char)cell->op)
                test = node(f, kinds[i].kind, cell->span, dr_ast_copy(f, head), dr_ast_copy(f, cell->a));
        break;
    }
    if (type.optional)
        test = node(f, A_AND, cell->span, node(f, A_KNOWN, cell->span, dr_ast_copy(f, head), NULL), test);
    return test;
}

/* ---- going through the cases */

typedef struct column {
    const dr_ast *head;
    dr_type type;
    int64_t values[VALUES_MAX];
    uint32_t n;
} column;

static void value_add(column *c, int64_t v)
{
    for (uint32_t i = 0; i < c->n; i++)
        if (c->values[i] == v)
            return;
    if (c->n < VALUES_MAX)
        c->values[c->n++] = v;
}

static bool column_values(dr_front *f, column *c, const dr_ast *rows, uint32_t index)
{
    uint8_t kind = c->type.kind;
    if (c->type.optional)
        value_add(c, ABSENT);
    if (kind == DR_BOOL || kind == DR_ENUM) {
        uint32_t n = kind == DR_BOOL ? 2 : DR_AT(f->enums, dr_enum, c->type.of).count;
        for (uint32_t i = 0; i < n; i++)
            value_add(c, i);
        return true;
    }
    if (kind != DR_INT && kind != DR_DURATION && kind != DR_DATE && kind != DR_INSTANT)
        return false;
    for (const dr_ast *row = rows; row != NULL; row = row->next) {
        const dr_ast *cell = row->a;
        for (uint32_t i = 0; i < index && cell != NULL; i++)
            cell = cell->next;
        for (const dr_ast *v = cell == NULL ? NULL : cell->a; v != NULL; v = v->next) {
            int64_t at = 0;
            if (!dr_constant(f, v, &at) || at < INT64_MIN / 2 || at > INT64_MAX / 2)
                return false;
            value_add(c, at - 1);
            value_add(c, at);
            value_add(c, at + 1);
        }
    }
    if (c->n == 0)
        value_add(c, 0);
    return true;
}

static bool cell_holds(dr_front *f, const dr_ast *cell, int64_t v)
{
    int64_t limit = 0;
    if (cell->op == '-' || cell->op == 'e')
        return true;
    if (cell->op == 'k' || cell->op == 'x')
        return (v != ABSENT) == (cell->op == 'k');
    if (v == ABSENT)
        return false;
    if (cell->op == '=') {
        for (const dr_ast *x = cell->a; x != NULL; x = x->next)
            if (dr_constant(f, x, &limit) && limit == v)
                return true;
        return false;
    }
    if (!dr_constant(f, cell->a, &limit))
        return false;
    return cell->op == 'o'   ? v > limit
           : cell->op == 'u' ? v < limit
           : cell->op == 'l' ? v >= limit
                             : v <= limit;
}

static void describe(dr_front *f, const column *columns, const uint32_t *at, uint32_t n, dr_buf *out)
{
    for (uint32_t i = 0; i < n; i++) {
        if (i > 0)
            dr_buf_text(out, ", ");
        const dr_span s = columns[i].head->span;
        dr_buf_bytes(out, f->sources->items[s.source].bytes + s.start, s.end - s.start);
        int64_t v = columns[i].values[at[i]];
        dr_buf_text(out, v == ABSENT ? " is missing" : " is ");
        if (v == ABSENT)
            continue;
        if (columns[i].type.kind == DR_ENUM)
            dr_buf_text(out, DR_AT(f->enums, dr_enum, columns[i].type.of).names[v]);
        else if (columns[i].type.kind == DR_BOOL)
            dr_buf_text(out, v != 0 ? "yes" : "no");
        else if (columns[i].type.kind == DR_DURATION)
            dr_duration_write(v, out);
        else if (columns[i].type.kind == DR_DATE)
            dr_date_write(v, out);
        else
            dr_buf_int(out, v);
    }
}

static bool row_holds(dr_front *f, const dr_ast *row, const column *columns, const uint32_t *at)
{
    uint32_t i = 0;
    for (const dr_ast *cell = row->a; cell != NULL; cell = cell->next, i++)
        if (!cell_holds(f, cell, columns[i].values[at[i]]))
            return false;
    return true;
}

static bool same_result(dr_front *f, const dr_ast *a, const dr_ast *b)
{
    int64_t u = 0, v = 0;
    return dr_constant(f, a->b->a, &u) && dr_constant(f, b->b->a, &v) && u == v;
}

/* The case that `at` stands for: false when it is reported. */
static bool one_case(dr_front *f, const dr_ast *attribute, const dr_ast *table, const dr_ast *rows,
                     const column *columns, const uint32_t *at, uint32_t n, bool may_miss)
{
    const dr_ast *hit = NULL;
    bool ok = true;
    dr_buf words;
    dr_buf_init(&words, &f->alloc, 4096);
    for (const dr_ast *row = rows; row != NULL && ok; row = row->next) {
        if (!row_holds(f, row, columns, at))
            continue;
        if (hit != NULL && !same_result(f, hit, row)) {
            describe(f, columns, at, n, &words);
            dr_diag *d = dr_error_at(f, row->span, "E0406", "two rows of this table answer one case: %s",
                                     words.data == NULL ? "" : words.data);
            if (d != NULL)
                dr_diag_label(f->diags, d, hit->span, "the other row");
            dr_diag_hint(f->diags, d,
                         "narrow one of them, or declare \"table first\" if the upper one counts");
            ok = false;
        }
        hit = row;
    }
    if (ok && hit == NULL && !may_miss) {
        describe(f, columns, at, n, &words);
        dr_diag *d = dr_error_at(f, table->span, "E0405", "no row of this table answers this case: %s",
                                 words.data == NULL ? "" : words.data);
        dr_label_changes(f, d, attribute);
        dr_diag_hint(f->diags, d, "add a row for it; a cell with - takes any value");
        ok = false;
    }
    dr_buf_free(&words);
    return ok;
}

static bool look_through(dr_front *f, const dr_ast *attribute, const dr_ast *table, column *columns,
                         uint32_t n, bool may_miss)
{
    uint64_t cases = 1;
    const dr_ast *rows = table->a->next;
    for (uint32_t i = 0; i < n; i++) {
        if (!column_values(f, &columns[i], rows, i)) {
            dr_diag *d = dr_error_at(f, columns[i].head->span, "E0407",
                                     "this column cannot be looked through for gaps");
            bool endless = columns[i].type.kind == DR_TEXT || columns[i].type.kind == DR_NUM;
            dr_diag_hint(f->diags, d, "%sdeclare \"table first\" with a last row of -",
                         endless ? "" : "compare with constants or parameters, or ");
            return false;
        }
        cases *= columns[i].n;
        if (cases > CASES_MAX) {
            dr_error_at(f, table->span, "E0408", "this table has too many cases to look through: split it");
            return false;
        }
    }
    uint32_t at[COLUMNS_MAX] = {0};
    for (;;) {
        if (!one_case(f, attribute, table, rows, columns, at, n, may_miss))
            return false;
        uint32_t i = 0;
        while (i < n && ++at[i] == columns[i].n)
            at[i++] = 0;
        if (i == n)
            return true;
    }
}

static bool check_cells(dr_front *f, dr_ast *cell, const column *c)
{
    bool ok = true;
    dr_type plain = c->type;
    plain.optional = false;
    for (dr_ast *v = cell->a; v != NULL; v = v->next)
        ok = dr_check_as(f, v, plain, "a cell of this column") && ok;
    return ok;
}

bool dr_table_to_guards(dr_front *f, dr_work *w, dr_ast *table, dr_type type)
{
    dr_ast *head = table->a;
    uint32_t n = dr_ast_count(head->a), rows = dr_ast_count(head->next), r = 0;
    column *c = dr_take_zero(f->arena, n + 1, sizeof *c);
    w->guards = dr_take_zero(f->arena, rows + 1, sizeof *w->guards);
    if (c == NULL || w->guards == NULL)
        return f->no_memory = true, false;
    if (n > COLUMNS_MAX || dr_ast_count(head->b) != 1 || rows == 0) {
        dr_diag *d = dr_error_at(
            f, table->span, "E0409",
            "a table has up to %d columns of conditions, one column of results, and rows", COLUMNS_MAX);
        dr_label_changes(f, d, w->ast);
        return false;
    }
    bool ok = true;
    uint32_t i = 0;
    for (dr_ast *h = head->a; h != NULL; h = h->next, i++) {
        if (h->op != '=' || h->a->next != NULL || !dr_check(f, head_of(h), NULL)) {
            if (h->op != '=' || h->a->next != NULL)
                dr_error_at(f, h->span, "E0409", "the head of a column is one expression");
            return false;
        }
        c[i].head = head_of(h);
        c[i].type = head_of(h)->type;
    }
    for (dr_ast *row = head->next; row != NULL; row = row->next, r++) {
        dr_ast *when = NULL, *h = head->a;
        if (dr_ast_count(row->a) != n || dr_ast_count(row->b) != 1 || row->b->op != '=' ||
            row->b->a->next != NULL) {
            dr_error_at(f, row->span, "E0410",
                        "this row does not have the columns of the head: %u conditions and one result", n);
            return false;
        }
        i = 0;
        for (dr_ast *cell = row->a; cell != NULL; cell = cell->next, h = h->next, i++) {
            ok = check_cells(f, cell, &c[i]) && ok;
            when = and_also(f, when, condition(f, head_of(h), cell, c[i].type));
        }
        if (f->no_memory) /* a part of the condition may not be there */
            return false;
        uint32_t facts = f->n_facts;
        if (when != NULL)
            ok = dr_check_as(f, when, dr_type_plain(DR_BOOL), "a row") && ok;
        dr_facts_add(f, when, true);
        ok = dr_check_as(f, row->b->a, type, "the result") && ok;
        f->n_facts = facts;
        w->guards[r] =
            (dr_guard){.ast = row, .when = when, .value = row->b->a, .from = INT64_MIN, .to = INT64_MAX};
    }
    w->n_guards = rows;
    if (!ok || f->no_memory)
        return false;
    if (table->op == 'u')
        return look_through(f, w->ast, table, c, n, type.optional);
    if (!type.optional && w->guards[rows - 1].when != NULL) {
        dr_diag *d = dr_error_at(f, table->span, "E0405",
                                 "the last row of a \"table first\" must take every case that is left");
        dr_label_changes(f, d, w->ast);
        dr_diag_hint(f->diags, d, "end with a row whose conditions are all -");
        return false;
    }
    return true;
}
