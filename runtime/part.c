/* drip: part.c, level 2b. Where two evaluations of one encounter part. What both programs decide is compared in the order
 * in which the first decides it, by values and not by symbols, which are each program's own. */
#include "points.h"
#include "result.h"
#include "vm.h"

#include <string.h>

/* ---- which is which */

static bool same_place(const dr_program *a, const dr_program *b, uint32_t x, uint32_t y)
{
    return strcmp(a->slots[x].name, b->slots[y].name) == 0 &&
           a->slots[x].type.kind == b->slots[y].type.kind &&
           strcmp(a->entities[a->slots[x].entity].name, b->entities[b->slots[y].entity].name) == 0;
}

static uint32_t slot_like(const dr_program *a, const dr_program *b, uint32_t slot)
{
    for (uint32_t i = 0; i < b->n_slots; i++) { /* mostly the same number */
        uint32_t k = (slot + i) % b->n_slots;
        if (same_place(a, b, slot, k))
            return k;
    }
    return DR_NONE;
}

static const char *rule_name(const dr_program *p, uint32_t rule)
{
    return p->clauses[p->rules[rule].clause].name;
}

static uint32_t rule_like(const dr_program *a, const dr_program *b, uint32_t rule)
{
    for (uint32_t i = 0; i < b->n_rules; i++)
        if (b->rules[i].kind == a->rules[rule].kind && strcmp(rule_name(a, rule), rule_name(b, i)) == 0)
            return i;
    return DR_NONE;
}

bool dr_alike_make(const dr_program *const programs[2], dr_arena *arena, dr_alike *out)
{
    const dr_program *a = programs[0], *b = programs[1];
    *out = (dr_alike){{a, b},
                      dr_take(arena, (a->n_slots + 1u) * sizeof(uint32_t)),
                      dr_take(arena, (a->n_rules + 1u) * sizeof(uint32_t)),
                      dr_take(arena, (b->n_rules + 1u) * sizeof(uint32_t))};
    if (out->slots == NULL || out->rules == NULL || out->back_rules == NULL)
        return false;
    for (uint32_t i = 0; i < a->n_slots; i++)
        out->slots[i] = slot_like(a, b, i);
    for (uint32_t i = 0; i < a->n_rules; i++)
        out->rules[i] = rule_like(a, b, i);
    for (uint32_t i = 0; i < b->n_rules; i++)
        out->back_rules[i] = rule_like(b, a, i);
    return true;
}

/* ---- values */

typedef struct pair {
    dr_session *const *s;
    dr_type type[2];
    int64_t cell[2];
} pair;

static bool same_members(const pair *p)
{
    const dr_set *a = dr_ptr(p->cell[0]), *b = dr_ptr(p->cell[1]);
    if (a->count != b->count)
        return false;
    const dr_member *x = dr_ordered(p->s[0], &p->s[0]->arena, p->type[0].member, p->type[0].of, a);
    const dr_member *y = dr_ordered(p->s[1], &p->s[1]->arena, p->type[1].member, p->type[1].of, b);
    for (uint32_t i = 0; x != NULL && y != NULL && i < a->count; i++)
        if (dr_cmp_texts(x[i], y[i]) != 0)
            return false;
    return true;
}

static bool same_rows(const dr_list *a, const dr_list *b)
{
    return a->count == b->count && (a->count == 0 || memcmp(a->at, b->at, a->count * sizeof *a->at) == 0);
}

static bool same_value(const pair *p)
{
    if (p->cell[0] == DR_MISSING || p->cell[1] == DR_MISSING)
        return p->cell[0] == p->cell[1];
    switch ((dr_kind)p->type[0].kind) {
    case DR_TEXT:
    case DR_ENUM:
        return dr_cmp_texts(dr_text_of(p->s[0], p->type[0].kind, p->type[0].of, p->cell[0]),
                            dr_text_of(p->s[1], p->type[1].kind, p->type[1].of, p->cell[1])) == 0;
    case DR_NUM:
        return dr_num_cmp(*(const dr_num *)dr_ptr(p->cell[0]), *(const dr_num *)dr_ptr(p->cell[1])) == 0;
    case DR_SPANS:
        return dr_spans_equal(dr_ptr(p->cell[0]), dr_ptr(p->cell[1]));
    case DR_SET:
        return same_members(p);
    case DR_LIST:
        return same_rows(dr_ptr(p->cell[0]), dr_ptr(p->cell[1]));
    default:
        return p->cell[0] == p->cell[1];
    }
}

/* ---- who */

static uint32_t decided_by(const dr_session *s, uint32_t slot, uint32_t row)
{
    uint32_t column = s->program->slots[slot].clause_column;
    const uint16_t *clauses = column == DR_NONE ? NULL : s->clauses[column];
    return clauses != NULL && clauses[row] < s->program->n_clauses ? clauses[row] : DR_NONE;
}

static bool slot_parts(const dr_alike *m, dr_session *const s[2], uint32_t slot, dr_parting *out)
{
    uint32_t other = slot < m->programs[0]->n_slots ? m->slots[slot] : DR_NONE;
    if (other == DR_NONE || s[0]->cols[slot].base == NULL || s[1]->cols[other].base == NULL)
        return false;
    const dr_slot *a = &m->programs[0]->slots[slot], *b = &m->programs[1]->slots[other];
    uint32_t n = s[0]->n_rows[a->entity], more = s[1]->n_rows[b->entity];
    for (uint32_t row = 0; row < n && row < more; row++) {
        const dr_col x = s[0]->cols[slot], y = s[1]->cols[other];
        const pair p = {
            s, {a->type, b->type}, {x.base[(size_t)row * x.stride], y.base[(size_t)row * y.stride]}};
        if (same_value(&p))
            continue;
        *out = (dr_parting){m->programs[0]->entities[a->entity].name,
                            a->name,
                            {decided_by(s[0], slot, row), decided_by(s[1], other, row)},
                            {slot, other},
                            {DR_NONE, DR_NONE},
                            {row, row}};
        return true;
    }
    return false;
}

static const dr_emitted *emitted_by(const dr_session *s, uint8_t kind, uint32_t *n)
{
    *n = kind == DR_CLAUSE_LINE ? s->n_lines : kind == DR_CLAUSE_MARK ? s->n_marks : s->n_findings;
    return kind == DR_CLAUSE_LINE ? s->lines : kind == DR_CLAUSE_MARK ? s->marks : s->findings;
}

/* The n-th row of which the rule says something; DR_NONE. */
static uint32_t nth_row(const dr_session *s, uint32_t rule, uint32_t nth)
{
    uint32_t n = 0;
    if (rule == DR_NONE)
        return DR_NONE;
    const dr_emitted *all = emitted_by(s, s->program->rules[rule].kind, &n);
    for (uint32_t i = 0; i < n; i++)
        if (all[i].rule == rule && nth-- == 0)
            return all[i].row;
    return DR_NONE;
}

static bool rule_parts(dr_session *const s[2], const uint32_t rules[2], dr_parting *out)
{
    for (uint32_t i = 0;; i++) {
        uint32_t a = nth_row(s[0], rules[0], i), b = nth_row(s[1], rules[1], i);
        if (a == DR_NONE && b == DR_NONE)
            return false;
        if (a == b)
            continue;
        *out = (dr_parting){.slot = {DR_NONE, DR_NONE}, .rule = {rules[0], rules[1]}, .row = {a, b}};
        for (int which = 0; which < 2; which++)
            out->clause[which] =
                rules[which] == DR_NONE ? DR_NONE : s[which]->program->rules[rules[which]].clause;
        int named = rules[0] == DR_NONE;
        out->name = rule_name(s[named]->program, rules[named]);
        return true;
    }
}

/* Its lines have other fields. */
static bool fields_part(dr_session *const s[2], const uint32_t rules[2], dr_parting *out)
{
    uint32_t k = 0;
    if (rules[0] == DR_NONE || rules[1] == DR_NONE || s[0]->program->rules[rules[0]].kind != DR_CLAUSE_LINE ||
        s[0]->n_lines != s[1]->n_lines)
        return false;
    for (uint32_t i = 0; i < s[0]->n_lines; i++) {
        if (s[0]->lines[i].rule != rules[0])
            continue;
        for (k = 0; k < s[0]->program->n_fields && k < s[1]->program->n_fields; k++) {
            uint32_t a = s[0]->program->fields[k].slot, b = s[1]->program->fields[k].slot;
            const dr_col x = s[0]->cols[a], y = s[1]->cols[b];
            if (x.base == NULL || y.base == NULL || !same_place(s[0]->program, s[1]->program, a, b))
                continue;
            const pair p = {s,
                            {s[0]->program->slots[a].type, s[1]->program->slots[b].type},
                            {x.base[(size_t)i * x.stride], y.base[(size_t)i * y.stride]}};
            if (same_value(&p))
                continue;
            *out =
                (dr_parting){NULL,
                             rule_name(s[0]->program, rules[0]),
                             {s[0]->program->rules[rules[0]].clause, s[1]->program->rules[rules[1]].clause},
                             {DR_NONE, DR_NONE},
                             {rules[0], rules[1]},
                             {s[0]->lines[i].row, s[1]->lines[i].row}};
            return true;
        }
    }
    return false;
}

static bool node_parts(const dr_alike *m, dr_session *const s[2], uint32_t node, dr_parting *out)
{
    const dr_program *p = m->programs[0];
    const dr_node *n = &p->nodes[node];
    switch ((dr_node_kind)n->kind) {
    case DR_NODE_WALK:
        for (uint32_t i = 0; i < n->n_parts; i++)
            if (node_parts(m, s, p->parts[n->first_part + i], out))
                return true;
        return false;
    case DR_NODE_RULE: {
        const uint32_t rules[2] = {n->rule, m->rules[n->rule]};
        return rule_parts(s, rules, out) || fields_part(s, rules, out);
    }
    case DR_NODE_MERGE:
        return false;
    default:
        return n->slot != DR_NONE && slot_parts(m, s, n->slot, out);
    }
}

bool dr_part(const dr_alike *m, dr_session *const s[2], dr_parting *out)
{
    for (uint32_t i = 0; i < m->programs[0]->n_nodes; i++)
        if (node_parts(m, s, i, out))
            return true;
    for (uint32_t i = 0; i < m->programs[1]->n_rules; i++) {
        const uint32_t rules[2] = {DR_NONE, i};
        if (m->back_rules[i] == DR_NONE && rule_parts(s, rules, out))
            return true;
    }
    return false;
}
