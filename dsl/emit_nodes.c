/* drip: emit_nodes.c, level 2a. Nodes to code: guards in their order, the paths not taken when nothing
 * charted could make a clause apply, groups, clocks, walks and rules. */
#include "front.h"
#include "fuse.h"
#include "quick.h"

#include <string.h>

void dr_emit_begin(dr_front *f, uint16_t entity)
{
    f->at = NULL;
    f->this_entity = entity;
    f->n_vars = f->builders = 0;
    f->next_reg = 1;
}

/* Jumps to `out` unless the axis lies in the period. */
static void in_period(dr_front *f, dr_extent period, dr_vec *out)
{
    uint32_t base = f->next_reg, date = dr_reg(f), limit = dr_reg(f), test = dr_reg(f);
    if (period.from != INT64_MIN || period.to != INT64_MAX)
        dr_code(f, DR_OP_PARAM, date, 0, 0, period.axis);
    if (period.from != INT64_MIN) {
        dr_code(f, DR_OP_CONST, limit, 0, 0, dr_const_add(f, period.from));
        dr_code(f, DR_OP_LE, test, limit, date, 0);
        dr_patch_later(f, out, dr_code(f, DR_OP_JF, test, 0, 0, 0));
    }
    if (period.to != INT64_MAX) {
        dr_code(f, DR_OP_CONST, limit, 0, 0, dr_const_add(f, period.to));
        dr_code(f, DR_OP_LE, test, date, limit, 0);
        dr_patch_later(f, out, dr_code(f, DR_OP_JF, test, 0, 0, 0));
    }
    f->next_reg = base;
}

/* Jumps to `out` unless the clause is in force by all dates that choose it. */
static void in_force(dr_front *f, const dr_guard *g, dr_vec *out)
{
    in_period(f, (dr_extent){DR_AXIS_SERVICE, g->from, g->to}, out);
    for (uint32_t i = 0; i < g->n_also; i++)
        in_period(f, g->also[i], out);
}

static const char *clause_name(const dr_work *w, uint32_t i)
{
    return w->guards[i].ast->text != NULL ? w->guards[i].ast->text : "";
}

/* Exceptions before what they are exceptions to; else by name, so that the order in the file does not matter. */
static void guard_order(dr_front *f, const dr_work *w, uint32_t *order)
{
    bool *taken = dr_take_zero(f->arena, w->n_guards + 1, sizeof *taken);
    uint32_t n = 0;
    if (taken == NULL) {
        f->no_memory = true;
        return;
    }
    while (n < w->n_guards) {
        uint32_t best = DR_NONE;
        for (uint32_t i = 0; i < w->n_guards; i++) {
            bool ready = !taken[i];
            for (uint32_t k = 0; k < w->n_guards && ready; k++)
                if (!taken[k] && k != i && w->guards[k].over != NULL &&
                    (w->guards[k].over[i / 64] >> (i % 64) & 1) != 0)
                    ready = false;
            if (ready && (best == DR_NONE || strcmp(clause_name(w, i), clause_name(w, best)) < 0))
                best = i;
        }
        taken[best] = true;
        order[n++] = best;
    }
}

/* After clause x gave `value`: does y, which neither gives way to, apply with another value? */
static void clash(dr_front *f, dr_work *w, uint32_t x, uint32_t y, uint32_t value, dr_type type)
{
    dr_vec skip = {0};
    uint32_t base = f->next_reg;
    const dr_guard *g = &w->guards[y];
    for (uint32_t i = 0; i < w->n_guards; i++) {
        if (w->guards[i].over == NULL || (w->guards[i].over[y / 64] >> (y % 64) & 1) == 0)
            continue;
        dr_vec not_in_force = {0};
        in_force(f, &w->guards[i], &not_in_force);
        if (w->guards[i].when == NULL)
            dr_patch_later(f, &skip, dr_code(f, DR_OP_JMP, 0, 0, 0, 0));
        else
            dr_emit_jump(f, w->guards[i].when, true, &skip);
        dr_patch_all(f, &not_in_force);
    }
    in_force(f, g, &skip);
    if (g->when != NULL)
        dr_emit_jump(f, g->when, false, &skip);
    uint32_t other = dr_emit(f, g->value), same = dr_reg(f);
    dr_vec differ = {0};
    if (type.optional) { /* one missing and one not differ; both missing agree */
        uint32_t known = dr_reg(f);
        dr_code(f, DR_OP_KNOWN, known, value, 0, 0);
        dr_code(f, DR_OP_KNOWN, same, other, 0, 0);
        dr_code(f, DR_OP_EQ, same, same, known, 0);
        dr_patch_later(f, &differ, dr_code(f, DR_OP_JF, same, 0, 0, 0));
        dr_patch_later(f, &skip, dr_code(f, DR_OP_JMISS, value, 0, 0, 0));
    }
    uint8_t op = type.kind == DR_NUM     ? DR_OP_NEQ
                 : type.kind == DR_SPANS ? DR_OP_SPEQ
                 : type.kind == DR_LIST  ? DR_OP_LEQ
                                         : DR_OP_EQ;
    dr_code(f, op, same, value, other, 0);
    dr_patch_later(f, &skip, dr_code(f, DR_OP_JT, same, 0, 0, 0));
    uint32_t(*pair)[2] = dr_vec_add(&f->program->arena, &f->pairs, sizeof *pair);
    if (pair == NULL) {
        f->no_memory = true;
        return;
    }
    (*pair)[0] = w->guards[x].clause;
    (*pair)[1] = g->clause;
    dr_patch_all(f, &differ);
    dr_code(f, DR_OP_CONFLICT, value, other, 0, f->pairs.count - 1);
    dr_patch_all(f, &skip);
    f->next_reg = base;
}

static bool is_condition(const dr_ast *e)
{
    switch (e->kind) {
    case A_AND:
    case A_OR:
    case A_NOT:
    case A_KNOWN:
    case A_MISSING:
    case A_IS:
    case A_ISNOT:
    case A_IN:
    case A_NOTIN:
    case A_OVER:
    case A_UNDER:
    case A_ATLEAST:
    case A_ATMOST:
    case A_BEFORE:
    case A_AFTER:
        return true;
    default:
        return false;
    }
}

static void return_const(dr_front *f, int64_t value, uint32_t clause)
{
    uint32_t r = dr_reg(f);
    dr_code(f, DR_OP_CONST, r, 0, 0, dr_const_add(f, value));
    dr_code(f, DR_OP_RET, r, 0, 0, clause);
}

/* The value ends the code: a condition by where it jumps to, what stands in for a missing one by itself. */
void dr_emit_return(dr_front *f, const dr_ast *e, uint32_t clause)
{
    int64_t known = 0;
    uint32_t base = f->next_reg;
    if (e->kind != A_SETLIT && e->kind != A_AGG && dr_constant(f, e, &known)) {
        return_const(f, known, clause);
    } else if (e->kind == A_ELSE) {
        uint32_t r = dr_emit(f, e->a), missing = dr_code(f, DR_OP_JMISS, r, 0, 0, 0);
        dr_code(f, DR_OP_RET, r, 0, 0, clause);
        dr_patch(f, missing);
        f->next_reg = base;
        dr_emit_return(f, e->b, clause);
    } else if (is_condition(e)) {
        dr_vec no = {0};
        dr_emit_jump(f, e, false, &no);
        return_const(f, 1, clause);
        dr_patch_all(f, &no);
        return_const(f, 0, clause);
    } else {
        dr_code(f, DR_OP_RET, dr_emit(f, e), 0, 0, clause);
    }
    f->next_reg = base;
}

static void emit_guards(dr_front *f, dr_work *w, dr_type type)
{
    uint32_t *order = dr_take_zero(f->arena, w->n_guards + 1, sizeof *order);
    if (order == NULL) {
        f->no_memory = true;
        return;
    }
    bool table = w->ast->c != NULL, ended = false;
    if (table)
        for (uint32_t i = 0; i < w->n_guards; i++)
            order[i] = i;
    else
        guard_order(f, w, order);
    for (uint32_t i = 0; i < w->n_guards && !ended; i++) {
        const dr_guard *g = &w->guards[order[i]];
        dr_vec next = {0};
        uint32_t start = dr_pc(f);
        if (dr_constant_bool(f, g->when) == 0)
            continue;
        f->next_reg = 1;
        in_force(f, g, &next);
        if (g->when != NULL)
            dr_emit_jump(f, g->when, false, &next);
        uint32_t value = 0;
        bool clashes = false;
        for (uint32_t k = i + 1; k < w->n_guards && !table && !clashes; k++)
            clashes = dr_constant_bool(f, w->guards[order[k]].when) != 0 &&
                      dr_guards_may_clash(f, w, order[i], order[k]);
        if (clashes)
            value = dr_emit(f, g->value);
        for (uint32_t k = i + 1; k < w->n_guards && !table; k++)
            if (dr_constant_bool(f, w->guards[order[k]].when) != 0 &&
                dr_guards_may_clash(f, w, order[i], order[k]))
                clash(f, w, order[i], order[k], value, type);
        if (clashes)
            dr_code(f, DR_OP_RET, value, 0, 0, g->clause);
        else
            dr_emit_return(f, g->value, g->clause);
        dr_patch_all(f, &next);
        DR_AT(f->clauses, dr_clause, g->clause).pc_start = start;
        DR_AT(f->clauses, dr_clause, g->clause).pc_end = dr_pc(f);
        ended = dr_always(f, g);
    }
    if (!ended) {
        f->next_reg = 1;
        return_const(f, DR_MISSING, DR_NO_CLAUSE);
    }
}

/* ---- nodes */

static void emit_attribute(dr_front *f, dr_work *w, dr_node *n)
{
    dr_type type = DR_AT(f->slots, dr_slot, w->slot).type;
    dr_emit_begin(f, w->entity);
    n->slot = w->slot;
    n->pc = dr_pc(f);
    n->pos_slot = type.kind == DR_LIST ? w->ast->ref2 : DR_NONE;
    emit_guards(f, w, type);
    dr_quick_path(f, w, n, type);
    DR_AT(f->slots, dr_slot, w->slot).clause_column = f->program->n_clause_columns++;
}

static void emit_group(dr_front *f, dr_work *w, dr_node *n)
{
    const dr_ast *g = w->ast;
    dr_vec out = {0};
    uint32_t count = dr_ast_count(g->d->a), keys = 0;
    n->member = DR_AT(f->slots, dr_slot, w->slot).entity;
    dr_emit_begin(f, (uint16_t)n->member);
    n->slot = w->slot;
    n->list_slot = g->ref;
    n->pos_slot = g->ref2;
    n->pc = dr_pc(f);
    if (g->c != NULL)
        dr_emit_jump(f, g->c, false, &out);
    uint32_t first = f->next_reg;
    for (uint32_t i = 0; i < count; i++)
        dr_reg(f);
    for (const dr_ast *k = g->d->a; k != NULL; k = k->next, keys++)
        dr_emit_to(f, k, first + keys);
    dr_code(f, DR_OP_RETN, first, count, 0, 0);
    dr_patch_all(f, &out);
    dr_code(f, DR_OP_RETN, first, 0, 0, 0);
    n->sort_pc = DR_NONE;
    if (g->d->b == NULL || g->d->b->op == KEY_CHARTED)
        return;
    n->sort_pc = dr_pc(f);
    f->next_reg = 1;
    first = dr_emit_keys(f, g->d->b, &count);
    dr_code(f, DR_OP_RETN, first, count, 0, 0);
}

static void emit_clock(dr_front *f, dr_work *w, dr_node *n)
{
    const dr_ast *c = w->ast;
    dr_emit_begin(f, c->a->type.of);
    n->slot = w->slot;
    n->list_slot = c->a->ref;
    n->action_slot = c->c->ref;
    n->at_slot = c->c->next->ref;
    n->open_slot = c->ref;
    n->early_slot = c->ref2;
    n->begins = dr_clock_set(f, c, 0);
    n->opens = dr_clock_set(f, c, 1);
    n->closes = dr_clock_set(f, c, 2);
    n->pc = DR_NONE;
    if (c->b == NULL)
        return;
    n->pc = dr_pc(f);
    uint32_t r = dr_emit(f, c->b);
    dr_code(f, DR_OP_RET, r, 0, 0, DR_NO_CLAUSE);
}

static void assign_set(dr_front *f, const dr_ast *body, uint32_t field, uint32_t reg)
{
    uint32_t builder = f->builders++;
    dr_code(f, DR_OP_SETB, 0, builder, 0, 0);
    for (const dr_ast *a = body; a != NULL; a = a->next) {
        if (a->kind != A_ASSIGN || a->ref != field)
            continue;
        dr_vec skip = {0};
        uint32_t base = f->next_reg;
        if (a->b != NULL)
            dr_emit_jump(f, a->b, false, &skip);
        uint32_t v = dr_emit(f, a->a);
        dr_code(f, DR_OP_SETBJOIN, v, builder, 0, 0);
        dr_patch_all(f, &skip);
        f->next_reg = base;
    }
    dr_code(f, DR_OP_SETBEND, reg, builder, 0, 0);
    f->builders--;
}

static void assign_value(dr_front *f, const dr_ast *body, uint32_t field, uint32_t reg)
{
    dr_code(f, DR_OP_CONST, reg, 0, 0, dr_const_add(f, DR_MISSING));
    for (const dr_ast *a = body; a != NULL; a = a->next) {
        if (a->kind != A_ASSIGN || a->ref != field)
            continue;
        dr_vec skip = {0};
        uint32_t base = f->next_reg;
        if (a->b != NULL)
            dr_emit_jump(f, a->b, false, &skip);
        dr_emit_to(f, a->a, reg);
        dr_patch_all(f, &skip);
        f->next_reg = base;
    }
}

static void emit_line(dr_front *f, dr_work *w)
{
    uint32_t first = f->next_reg, base;
    for (uint32_t i = 0; i <= f->fields.count; i++)
        dr_reg(f);
    base = f->next_reg;
    for (uint32_t i = 0; i < f->fields.count; i++) {
        dr_type t = DR_AT(f->slots, dr_slot, DR_AT(f->fields, dr_result_field, i).slot).type;
        if (t.kind == DR_SET)
            assign_set(f, w->ast->d, i, first + i);
        else
            assign_value(f, w->ast->d, i, first + i);
        f->next_reg = base;
    }
    dr_code(f, DR_OP_EMIT, first, 0, 0, w->rule);
}

static void emit_finding(dr_front *f, dr_work *w)
{
    uint32_t about = dr_reg(f), builder = f->builders++;
    dr_code(f, DR_OP_SETB, 0, builder, 0, 0);
    for (const dr_ast *b = w->ast->d; b != NULL; b = b->next) {
        if (b->kind != A_ABOUT)
            continue;
        uint32_t base = f->next_reg, v = dr_emit(f, b->a);
        dr_code(f, b->a->type.kind == DR_SET ? DR_OP_SETBJOIN : DR_OP_SETBADD, v, builder, 0, 0);
        f->next_reg = base;
    }
    dr_code(f, DR_OP_SETBEND, about, builder, 0, 0);
    f->builders--;
    dr_code(f, DR_OP_FINDING, about, 0, 0, w->rule);
}

/* Jumps to `out` where the line is of none of the families. */
static void emit_families(dr_front *f, const dr_ast *families, dr_vec *out)
{
    dr_vec in = {0};
    uint32_t base = f->next_reg, family = dr_reg(f), want = dr_reg(f), same = dr_reg(f);
    dr_code(f, DR_OP_SLOT, family, 0, 0, f->program->family_slot);
    for (const dr_ast *x = families; x != NULL; x = x->next) {
        dr_code(f, DR_OP_CONST, want, 0, 0, dr_const_add(f, x->ref));
        dr_code(f, DR_OP_EQ, same, family, want, 0);
        if (x->next != NULL)
            dr_patch_later(f, &in, dr_code(f, DR_OP_JT, same, 0, 0, 0));
        else
            dr_patch_later(f, out, dr_code(f, DR_OP_JF, same, 0, 0, 0));
    }
    dr_patch_all(f, &in);
    f->next_reg = base;
}

static void emit_mark(dr_front *f, dr_work *w)
{
    uint32_t base = f->next_reg;
    for (uint32_t i = 0; i < f->fields.count; i++) {
        bool given = false;
        for (const dr_ast *a = w->ast->d; a != NULL; a = a->next)
            given = given || (a->kind == A_ASSIGN && a->ref == i);
        if (!given)
            continue;
        uint32_t set = dr_reg(f);
        assign_set(f, w->ast->d, i, set);
        dr_code(f, DR_OP_MARK, set, i, 0, w->rule);
        f->next_reg = base;
    }
}

static void emit_rule(dr_front *f, dr_work *w, dr_node *n)
{
    dr_vec out = {0};
    dr_emit_begin(f, w->entity);
    f->vars[f->n_vars++] = (dr_var){w->ast->a->text, w->entity, 0, DR_NONE, NULL};
    n->rule = w->rule;
    n->pc = dr_pc(f);
    uint32_t clause = DR_AT(f->rules, dr_rule, w->rule).clause;
    DR_AT(f->clauses, dr_clause, clause).pc_start = n->pc;
    dr_guard g = {.from = INT64_MIN, .to = INT64_MAX};
    dr_period(f, w->ast->e, &g.from, &g.to);
    dr_period_also(f, w->ast->e, &g.also, &g.n_also);
    in_force(f, &g, &out);
    if (w->ast->kind == A_MARK)
        emit_families(f, w->ast->a->a, &out);
    if (w->ast->c != NULL)
        dr_emit_jump(f, w->ast->c, false, &out);
    if (w->ast->kind == A_LINE)
        emit_line(f, w);
    else if (w->ast->kind == A_MARK)
        emit_mark(f, w);
    else
        emit_finding(f, w);
    dr_patch_all(f, &out);
    dr_code(f, DR_OP_RET, 0, 0, 0, clause);
    DR_AT(f->clauses, dr_clause, clause).pc_end = dr_pc(f);
    n->first_alt = f->alts.count;
    n->quick_pc = DR_NONE;
    n->n_alts = w->ast->c != NULL && dr_add_alt(f, w->ast->c) ? 1 : 0;
}

static void emit_node(dr_front *f, dr_work *w, dr_node *n)
{
    memset(n, 0, sizeof *n);
    n->kind = w->kind;
    n->entity = w->entity;
    n->pos_slot = n->quick_pc = n->sort_pc = n->where = DR_NONE;
    n->name = w->ast->text2 != NULL && w->kind != DR_NODE_RULE ? w->ast->text2 : w->ast->text;
    uint32_t complex_before = f->too_complex;
    switch (w->kind) {
    case DR_NODE_ATTR:
        emit_attribute(f, w, n);
        break;
    case DR_NODE_GROUP:
        emit_group(f, w, n);
        break;
    case DR_NODE_CLOCK:
        emit_clock(f, w, n);
        break;
    case DR_NODE_MERGE:
        n->slot = w->slot;
        n->pc = DR_NONE;
        break;
    default:
        emit_rule(f, w, n);
        break;
    }
    if (f->too_complex && !complex_before)
        dr_error_at(f, w->ast->span, "E0450",
                    "this is too large for one clause: give parts of it an attribute of their own");
}

/* The nodes of a walk stand behind all others; the walk itself is one node in the order. */
static bool emit_walk(dr_front *f, const uint32_t *order, uint32_t n, dr_vec *inner, dr_node *walk)
{
    const dr_work *first = &DR_AT(f->work, dr_work, order[0]);
    memset(walk, 0, sizeof *walk);
    walk->kind = DR_NODE_WALK;
    walk->entity = first->entity;
    walk->member = first->entity;
    walk->slot = first->group;
    walk->owner = DR_AT(f->slots, dr_slot, first->group).entity;
    walk->pos_slot = walk->quick_pc = walk->sort_pc = walk->where = DR_NONE;
    walk->pc = DR_NONE;
    walk->first_part = f->parts.count;
    walk->n_parts = n;
    walk->name = DR_AT(f->slots, dr_slot, first->group).name;
    for (uint32_t i = 0; i < n; i++) {
        dr_node *part = dr_vec_add(f->arena, inner, sizeof *part);
        uint32_t *index = dr_vec_add(&f->program->arena, &f->parts, sizeof *index);
        if (part == NULL || index == NULL)
            return f->no_memory = true, false;
        dr_node made;
        emit_node(f, &DR_AT(f->work, dr_work, order[i]), &made);
        *part = made;
        *index = inner->count - 1; /* moved behind the others later */
        DR_AT(f->work, dr_work, order[i]).node = inner->count - 1;
    }
    return true;
}

static void slot_nodes(dr_front *f, uint32_t n_nodes)
{
    for (uint32_t i = 0; i < f->slots.count; i++) {
        dr_slot *s = &DR_AT(f->slots, dr_slot, i);
        if (s->node == DR_NONE)
            continue;
        const dr_work *w = &DR_AT(f->work, dr_work, s->node);
        s->node = w->walked ? n_nodes + w->node : w->node;
    }
    for (uint32_t i = 0; i < f->parts.count; i++)
        DR_AT(f->parts, uint32_t, i) += n_nodes;
}

static void emit_date(dr_front *f)
{
    dr_emit_begin(f, (uint16_t)DR_AT(f->shapes, dr_shape, 0).entity);
    f->program->date_pc = dr_pc(f);
    if (f->by != NULL)
        dr_code(f, DR_OP_RET, dr_emit(f, f->by), 0, 0, DR_NO_CLAUSE);
    else
        return_const(f, 0, DR_NO_CLAUSE);
    for (uint32_t i = 0; i < f->axes.count; i++) {
        dr_axis *axis = &DR_AT(f->axes, dr_axis, i);
        dr_emit_begin(f, (uint16_t)DR_AT(f->shapes, dr_shape, 0).entity);
        axis->pc = dr_pc(f);
        dr_code(f, DR_OP_RET, dr_emit(f, dr_axis_date(f, axis->param)), 0, 0, DR_NO_CLAUSE);
    }
}

bool dr_emit_all(dr_front *f, const uint32_t *order, uint32_t n)
{
    dr_vec inner = {0};
    for (uint32_t i = 0; i < n && !f->no_memory;) {
        dr_work *w = &DR_AT(f->work, dr_work, order[i]);
        dr_node made;
        uint32_t taken = 1;
        if (w->walked) {
            while (i + taken < n && DR_AT(f->work, dr_work, order[i + taken]).sccs == w->sccs)
                taken++;
            if (!emit_walk(f, order + i, taken, &inner, &made))
                return false;
        } else {
            emit_node(f, w, &made);
            w->node = f->nodes.count;
        }
        dr_node *node = dr_vec_add(&f->program->arena, &f->nodes, sizeof *node);
        if (node == NULL)
            return f->no_memory = true, false;
        *node = made;
        i += taken;
    }
    f->program->n_nodes = f->nodes.count;
    emit_date(f);
    if (!dr_emit_conds(f))
        return false;
    slot_nodes(f, f->nodes.count);
    for (uint32_t i = 0; i < inner.count; i++) {
        dr_node *node = dr_vec_add(&f->program->arena, &f->nodes, sizeof *node);
        if (node == NULL)
            return f->no_memory = true, false;
        *node = DR_AT(inner, dr_node, i);
    }
    return !f->no_memory && !f->too_complex && dr_fuse(f);
}
