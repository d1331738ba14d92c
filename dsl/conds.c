/* drip: conds.c, level 2a. The conditions of clauses as a table of the program, for those who ask about
 * them afterwards: explanations ("so long, over the limit"), coverage (each test both ways), near misses.
 *
 * The code that decides is fused and jumps about; nobody could say from it which test failed. So each guard
 * is emitted once more here, test by test and side by side, behind everything that runs (told_pc). It costs
 * nothing until it is asked for. From
 *
 *   long  when kind is not short and length of time over limit
 *
 * come an ALL with two TESTs; the second has `length of time` and `limit` as its sides. */
#include "front.h"
#include "quick.h"

static uint32_t cond_add(dr_front *f, uint8_t kind, uint32_t clause, dr_span span)
{
    dr_cond *c = dr_vec_add(&f->program->arena, &f->conds, sizeof *c);
    if (c == NULL) {
        f->no_memory = true;
        return DR_NONE;
    }
    const dr_span nowhere = {UINT32_MAX, 0, 0};
    *c = (dr_cond){.kind = kind,
                   .fixed = -1,
                   .first = DR_NONE,
                   .next = DR_NONE,
                   .pc = DR_NONE,
                   .clause = clause,
                   .span = span,
                   .left = {DR_NONE, dr_type_plain(DR_NOTHING), nowhere, 0},
                   .right = {DR_NONE, dr_type_plain(DR_NOTHING), nowhere, 0}};
    return f->conds.count - 1;
}

static const struct {
    uint8_t kind, ask;
} asks[] = {{A_KNOWN, DR_ASK_KNOWN},
            {A_MISSING, DR_ASK_MISSING},
            {A_IS, DR_ASK_IS},
            {A_ISNOT, DR_ASK_IS_NOT},
            {A_IN, DR_ASK_IN},
            {A_NOTIN, DR_ASK_NOT_IN},
            {A_OVER, DR_ASK_OVER},
            {A_UNDER, DR_ASK_UNDER},
            {A_ATLEAST, DR_ASK_AT_LEAST},
            {A_ATMOST, DR_ASK_AT_MOST},
            {A_BEFORE, DR_ASK_BEFORE},
            {A_AFTER, DR_ASK_AFTER},
            {A_WITHIN, DR_ASK_WITHIN},
            {A_OVERLAPS, DR_ASK_OVERLAPS},
            {A_CONTAINS, DR_ASK_CONTAINS},
            {A_OUTRANKS, DR_ASK_OUTRANKS}};

static uint8_t ask_of(const dr_ast *e)
{
    for (size_t i = 0; i < sizeof asks / sizeof *asks; i++)
        if (asks[i].kind == e->kind)
            return asks[i].ask;
    return DR_ASK_YES;
}

/* Does its text say its value? */
static bool is_literal(const dr_ast *e)
{
    switch (e->kind) {
    case A_NUMBER:
    case A_QUANTITY:
    case A_STRING:
    case A_DATE:
    case A_TIME:
    case A_DATETIME:
    case A_YES:
    case A_NO:
    case A_SETLIT:
        return true;
    case A_NAME:
        return e->refers == R_CONST;
    default:
        return false;
    }
}

static uint32_t code_of(dr_front *f, const dr_ast *e)
{
    uint32_t pc = dr_pc(f);
    f->next_reg = 1;
    dr_code(f, DR_OP_RET, dr_emit(f, e), 0, 0, DR_NO_CLAUSE);
    return pc;
}

static dr_side side_of(dr_front *f, const dr_ast *e)
{
    dr_side side = {DR_NONE, e->type, e->span, 0};
    if (e->kind == A_NAME && e->refers == R_PARAM)
        side.param = e->ref;
    if (!is_literal(e))
        side.pc = code_of(f, e);
    return side;
}

static void make_test(dr_front *f, const dr_ast *e, uint32_t at)
{
    dr_cond made = DR_AT(f->conds, dr_cond, at);
    made.ask = ask_of(e);
    made.fixed = (int8_t)dr_constant_bool(f, e);
    made.pc = code_of(f, e);
    if (made.ask != DR_ASK_YES) {
        made.left = side_of(f, e->a);
        if (e->b != NULL)
            made.right = side_of(f, e->b);
    }
    DR_AT(f->conds, dr_cond, at) = made;
}

/* Puts one more behind the last of a chain. */
static void chain(dr_front *f, uint32_t *first, uint32_t *last, uint32_t made)
{
    if (made == DR_NONE)
        return;
    if (*last == DR_NONE)
        *first = made;
    else
        DR_AT(f->conds, dr_cond, *last).next = made;
    *last = made;
}

static uint32_t make(dr_front *f, const dr_ast *e, uint32_t clause);

static void make_child(dr_front *f, const dr_ast *e, uint32_t parent, uint32_t *last)
{
    uint32_t first = DR_AT(f->conds, dr_cond, parent).first;
    uint32_t child = make(f, e, DR_AT(f->conds, dr_cond, parent).clause);
    chain(f, &first, last, child);
    DR_AT(f->conds, dr_cond, parent).first = first;
}

/* `a and b and c` is one ALL: the tree leans to the left. */
static void make_children(dr_front *f, const dr_ast *e, uint8_t kind, uint32_t parent, uint32_t *last)
{
    if (e->kind == kind && e->op != 'd') {
        make_children(f, e->a, kind, parent, last);
        make_children(f, e->b, kind, parent, last);
        return;
    }
    make_child(f, e, parent, last);
}

static uint32_t make(dr_front *f, const dr_ast *e, uint32_t clause)
{
    uint8_t kind = e->kind == A_AND && e->op == 'd' ? DR_COND_TEST /* written as one */
                   : e->kind == A_AND               ? DR_COND_ALL
                   : e->kind == A_OR                ? DR_COND_ANY
                   : e->kind == A_NOT               ? DR_COND_NOT
                                                    : DR_COND_TEST;
    uint32_t at = cond_add(f, kind, clause, e->span), last = DR_NONE;
    if (at == DR_NONE)
        return DR_NONE;
    if (kind == DR_COND_TEST)
        make_test(f, e, at);
    else if (kind == DR_COND_NOT)
        make_child(f, e->a, at, &last);
    else
        make_children(f, e, e->kind, at, &last);
    return at;
}

static void begin(dr_front *f, const dr_work *w)
{
    dr_emit_begin(f, w->entity);
    if (w->kind == DR_NODE_RULE)
        f->vars[f->n_vars++] = (dr_var){w->ast->a->text, w->entity, 0, DR_NONE, NULL};
}

static void attribute_conds(dr_front *f, dr_work *w)
{
    for (uint32_t i = 0; i < w->n_guards; i++) {
        const dr_guard *g = &w->guards[i];
        dr_clause *c = &DR_AT(f->clauses, dr_clause, g->clause);
        begin(f, w);
        c->entity = w->entity;
        c->from = g->from;
        c->to = g->to;
        c->also = g->also;
        c->n_also = g->n_also;
        if (g->when != NULL)
            c->cond = make(f, g->when, g->clause);
        c->value = side_of(f, g->value);
    }
}

static uint32_t make_field(dr_front *f, const dr_ast *assign, uint32_t clause)
{
    uint32_t at = cond_add(f, DR_COND_FIELD, clause, assign->span);
    if (at == DR_NONE)
        return DR_NONE;
    uint32_t when = assign->b != NULL ? make(f, assign->b, clause) : DR_NONE;
    dr_side value = {code_of(f, assign->a), assign->a->type, assign->a->span, 0};
    dr_cond *c = &DR_AT(f->conds, dr_cond, at);
    c->field = assign->ref;
    c->first = when;
    c->left = value;
    return at;
}

static uint32_t make_says(dr_front *f, const dr_ast *part, uint32_t clause)
{
    uint32_t at = cond_add(f, DR_COND_SAYS, clause, part->span);
    if (at == DR_NONE)
        return DR_NONE;
    dr_side value = {code_of(f, part), part->type, part->span, 0};
    DR_AT(f->conds, dr_cond, at).left = value;
    return at;
}

static void note_families(dr_front *f, const dr_ast *families, dr_clause *c)
{
    uint32_t *kept = dr_take(&f->program->arena, dr_ast_count(families) * sizeof *kept);
    for (; families != NULL && kept != NULL; families = families->next)
        kept[c->n_families++] = families->ref;
    f->no_memory = f->no_memory || kept == NULL;
    c->families = kept;
}

static void rule_conds(dr_front *f, dr_work *w)
{
    uint32_t clause = DR_AT(f->rules, dr_rule, w->rule).clause, last = DR_NONE, last_said = DR_NONE;
    dr_clause *c = &DR_AT(f->clauses, dr_clause, clause);
    begin(f, w);
    c->entity = w->entity;
    dr_period(f, w->ast->e, &c->from, &c->to);
    dr_period_also(f, w->ast->e, &c->also, &c->n_also);
    if (w->ast->kind == A_MARK)
        note_families(f, w->ast->a->a, c);
    if (w->ast->c != NULL)
        c->cond = make(f, w->ast->c, clause);
    for (const dr_ast *a = w->ast->d; a != NULL; a = a->next) {
        if (a->kind == A_ASSIGN)
            chain(f, &c->fields, &last, make_field(f, a, clause));
        for (const dr_ast *part = a->kind == A_SAYS ? a->a : NULL; part != NULL; part = part->next)
            chain(f, &c->says, &last_said, make_says(f, part, clause));
    }
}

static void group_conds(dr_front *f, const dr_work *w)
{
    if (w->ast->c == NULL)
        return;
    dr_emit_begin(f, DR_AT(f->slots, dr_slot, w->slot).entity);
    uint32_t where = make(f, w->ast->c, DR_NONE);
    DR_AT(f->nodes, dr_node, w->node).where = where;
}

bool dr_emit_conds(dr_front *f)
{
    f->program->told_pc = dr_pc(f);
    for (uint32_t i = 0; i < f->clauses.count; i++) {
        dr_clause *c = &DR_AT(f->clauses, dr_clause, i);
        c->cond = c->fields = c->says = DR_NONE;
        c->value.pc = DR_NONE;
        c->from = DR_MISSING;
        c->to = INT64_MAX;
        c->n_also = 0;
        c->n_families = 0;
    }
    for (uint32_t i = 0; i < f->work.count; i++) {
        dr_work *w = &DR_AT(f->work, dr_work, i);
        if (w->kind == DR_NODE_ATTR)
            attribute_conds(f, w);
        else if (w->kind == DR_NODE_RULE)
            rule_conds(f, w);
        else if (w->kind == DR_NODE_GROUP)
            group_conds(f, w);
    }
    dr_code(f, DR_OP_RET, 0, 0, 0, DR_NO_CLAUSE); /* no code falls off the end */
    return !f->no_memory && !f->too_complex;
}
