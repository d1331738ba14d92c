/* drip: marks.c, level 2b. Marks: members that are added to sets of emitted lines.
 *
 * Which mark was on which line is written down as it happens. Before lines are merged, each line's marks are
 * brought into the order of their names, without twins, so that it does not show in what order they came. */
#include "marks.h"

#include <string.h>

#include "conds.h"
#include "order.h"
#include "result.h"
#include "vm.h"

static bool note(dr_session *s, uint32_t rule, uint32_t row)
{
    const dr_emitted *last = s->n_marks > 0 ? &s->marks[s->n_marks - 1] : NULL;
    if (last != NULL && last->rule == rule && last->row == row)
        return true; /* another field of the same line */
    void *marks = s->marks;
    if (!dr_vm_grow(&s->arena, &marks, s->n_marks, &s->size_marks, sizeof *s->marks))
        return false;
    s->marks = marks;
    s->marks[s->n_marks++] = (dr_emitted){rule, row, NULL};
    return true;
}

bool dr_mark_line(dr_session *s, uint32_t rule, uint32_t row, uint32_t field, const dr_set *more)
{
    if (dr_vm_of(s)->quiet || more->count == 0)
        return true;
    const dr_col col = s->cols[s->program->fields[field].slot];
    int64_t *cell = &col.base[(size_t)row * col.stride];
    dr_set_builder b = {.items = NULL};
    const dr_set *all = NULL;
    if (*cell == DR_MISSING)
        all = more;
    else if (dr_setb_join(&s->arena, &b, dr_ptr(*cell)) && dr_setb_join(&s->arena, &b, more))
        all = dr_setb_end(s, &b);
    if (all == NULL)
        return false;
    *cell = dr_cell(all);
    return note(s, rule, row);
}

static int by_row(const void *context, uint32_t a, uint32_t b)
{
    const dr_session *s = context;
    const dr_emitted *x = &s->marks[a], *y = &s->marks[b];
    if (x->row != y->row)
        return x->row < y->row ? -1 : 1;
    uint32_t u = s->program->rules[x->rule].clause, v = s->program->rules[y->rule].clause;
    int order = strcmp(s->program->clauses[u].name, s->program->clauses[v].name);
    return order != 0 ? order : (u > v) - (u < v);
}

bool dr_marks_make(dr_session *s, dr_marks *out)
{
    uint32_t n = s->n_marks;
    *out = (dr_marks){NULL, NULL};
    if (n == 0)
        return true;
    uint32_t *index = dr_take(&s->arena, n * sizeof *index),
             *clauses = dr_take(&s->arena, n * sizeof *clauses),
             *first = dr_take_zero(&s->arena, s->n_lines + 1u, sizeof *first);
    if (index == NULL || clauses == NULL || first == NULL)
        return false;
    for (uint32_t i = 0; i < n; i++)
        index[i] = i;
    if (!dr_order(&s->arena, index, n, by_row, s))
        return false;
    for (uint32_t row = 0, i = 0, kept = 0; row < s->n_lines; row++) {
        first[row] = kept;
        for (; i < n && s->marks[index[i]].row == row; i++) {
            uint32_t clause = s->program->rules[s->marks[index[i]].rule].clause;
            if (kept == first[row] || clauses[kept - 1] != clause)
                clauses[kept++] = clause;
        }
        first[row + 1] = kept;
    }
    *out = (dr_marks){first, clauses};
    return true;
}

uint32_t dr_marks_of(const dr_marks *m, uint32_t line, const uint32_t **clauses)
{
    *clauses = m->first != NULL ? m->clauses + m->first[line] : NULL;
    return m->first != NULL ? m->first[line + 1] - m->first[line] : 0;
}

int dr_marks_cmp(const dr_program *p, const dr_marks *m, uint32_t a, uint32_t b)
{
    const uint32_t *x = NULL, *y = NULL;
    uint32_t n = dr_marks_of(m, a, &x), k = dr_marks_of(m, b, &y);
    for (uint32_t i = 0; i < n && i < k; i++) {
        int order = x[i] == y[i] ? 0 : strcmp(p->clauses[x[i]].name, p->clauses[y[i]].name);
        if (x[i] != y[i])
            return order != 0 ? order : x[i] < y[i] ? -1 : 1;
    }
    return (n > k) - (n < k);
}

bool dr_marks_name(dr_session *s, const dr_marks *m, uint32_t line, dr_out_line *out)
{
    const uint32_t *marks = NULL;
    uint32_t n = dr_marks_of(m, line, &marks);
    if (n == 0)
        return true;
    uint32_t *all = dr_take(&s->arena, (n + out->n_clauses) * sizeof *all);
    if (all == NULL)
        return false;
    memcpy(all, out->clauses, out->n_clauses * sizeof *all);
    memcpy(all + out->n_clauses, marks, n * sizeof *all);
    out->clauses = all;
    out->n_clauses += n;
    return true;
}

/* ---- who gave a member */

static bool is_asked_for(const char *name, dr_member member)
{
    for (const char *at = strchr(name, '-'); at != NULL; at = strchr(at, '-')) {
        at++;
        if (strcspn(at, "-") == member.len && memcmp(at, member.bytes, member.len) == 0)
            return true;
    }
    return false;
}

static bool gave(dr_session *s, const dr_emitted *mark, const char *name)
{
    const dr_program *p = s->program;
    const dr_clause *c = &p->clauses[p->rules[mark->rule].clause];
    for (uint32_t i = c->fields; i != DR_NONE; i = p->conds[i].next) {
        dr_type type = p->conds[i].left.type;
        int64_t value = DR_MISSING;
        bool given = false;
        if (dr_cond_ask(s, p->conds[i].first, mark->row, NULL, NULL, &given) != DR_OK || !given ||
            dr_code_value(s, p->conds[i].left.pc, mark->row, NULL, &value) != DR_OK || value == DR_MISSING)
            continue;
        const dr_set *set = dr_ptr(value);
        for (uint32_t k = 0; k < set->count; k++)
            if (is_asked_for(name, dr_text_of(s, type.member, type.of, set->at[k])))
                return true;
    }
    return false;
}

const dr_emitted *dr_mark_giving(dr_session *s, uint32_t row, const char *name)
{
    for (uint32_t i = 0; i < s->n_marks && strchr(name, '-') != NULL; i++)
        if (s->marks[i].row == row && gave(s, &s->marks[i], name))
            return &s->marks[i];
    return NULL;
}
