/* drip: mutate.c, level 2a. Small changes of a policy's text, for `drip test --mutate`: who tests a policy wants to
 * know which of them no scenario notices.
 *
 * A change (a mutant) is a place in the text and what is written there instead. It is found on the tree, made in
 * the text, and compiled like any policy: so it can be shown to the reader as what it is, nothing but the
 * front end has to know what a change means, and what drip refuses is no change that anybody could have made. A
 * national policy compiles in some 20 ms, so thousands of changes take minutes; a change of the compiled
 * program would be faster and would have to undo folding, fusing and the order of the nodes by hand.
 *
 * Changed are: constants (one step of their last digit; hours by a minute, dates by a day), words of an enum (the
 * next), texts, yes and no; comparisons at their limit; and, or, not, conditions left out; exceptions; clauses,
 * lines, findings, marks and rows left out; cells; the ends of first, last, earliest, most …; keys and ranks;
 * members of sets; values of parameters; days of periods. Not changed: the severity of a finding, messages, cures,
 * citations, names, scenarios, and rows of tables that are too long to be anything but data.
 *
 * Layout of this file: what is declared, from the whole to its parts; mutate_expr.c: expressions. */
#include "compile.h"
#include "mutate_in.h"

#include <stdio.h>
#include <string.h>

enum { DATA_ROWS_MAX = 40, NODES_MAX = 4000000, FIRST_CHUNK = 1 << 16, DIAGS_MAX = 1 };

void dr_mutant_add(dr_mutator *m, uint8_t kind, dr_reach at, const char *text, dr_reach shown)
{
    for (uint32_t i = m->items.count; i-- > 0 && i + 16 > m->items.count;) {
        const dr_mutant *was = &DR_AT(m->items, dr_mutant, i);
        if (was->start == at.from && was->end == at.to && strcmp(was->text, text) == 0)
            return;
    }
    if (at.to > m->len || at.from > at.to || m->failed)
        return;
    if (at.to - at.from == strlen(text) && memcmp(m->bytes + at.from, text, at.to - at.from) == 0)
        return;
    dr_mutant *made = dr_vec_add(&m->out->arena, &m->items, sizeof *made);
    const char *name = m->name == NULL ? "" : dr_take_text(&m->out->arena, m->name, strlen(m->name));
    const char *kept = dr_take_text(&m->out->arena, text, strlen(text));
    if (made == NULL || name == NULL || kept == NULL) {
        m->failed = true;
        return;
    }
    shown.from = shown.from < at.from ? shown.from : at.from;
    shown.to = shown.to > at.to ? shown.to : at.to;
    *made = (dr_mutant){kind, at.from, at.to, shown.from, shown.to, kept, name, m->applied, m->owner};
}

static void leave_out(dr_mutator *m, uint8_t kind, uint32_t from, uint32_t to)
{
    if (from < to)
        dr_mutant_add(m, kind, (dr_reach){from, to}, "", (dr_reach){from, to});
}

/* ---- periods and conditions */

static void period(dr_mutator *m, const dr_ast *p)
{
    uint8_t before = m->kind_of_value;
    m->kind_of_value = DR_MUTANT_DATE;
    for (; p != NULL; p = p->next) {
        dr_mutate_value(m, p->a);
        dr_mutate_value(m, p->b);
    }
    m->kind_of_value = before;
}

/* The word in front of it goes with it. */
static void condition(dr_mutator *m, const dr_ast *when, const char *word)
{
    if (when == NULL)
        return;
    dr_reach r = dr_reach_of(m, when);
    uint32_t at = r.from, len = (uint32_t)strlen(word);
    while (at > 0 && strchr(" \t\r\n", m->bytes[at - 1]) != NULL)
        at--;
    if (at >= len && memcmp(m->bytes + at - len, word, len) == 0)
        dr_mutant_add(m, DR_MUTANT_LOGIC, (dr_reach){at - len, r.to}, "", r);
    dr_mutate_condition(m, when);
}

/* ---- clauses */

/* One of several with its comma; the only one with the word in front. */
static void exceptions(dr_mutator *m, const dr_ast *names)
{
    if (names != NULL && names->next == NULL) {
        uint32_t at = names->span.start;
        while (at > 0 && strchr(" \t\r\n", m->bytes[at - 1]) != NULL)
            at--;
        if (at >= 6 && memcmp(m->bytes + at - 6, "except", 6) == 0)
            leave_out(m, DR_MUTANT_EXCEPTION, at - 6, names->span.end);
        return;
    }
    dr_mutate_members(m, DR_MUTANT_EXCEPTION, names);
}

static void value(dr_mutator *m, const dr_ast *e, bool truth)
{
    if (truth && e != NULL)
        dr_mutate_condition(m, e);
    else
        dr_mutate_value(m, e);
}

static void clause(dr_mutator *m, const dr_ast *c, bool truth, bool several)
{
    m->owner = c->span.start;
    m->applied = true;
    if (several)
        leave_out(m, DR_MUTANT_RULE, c->ref, c->ref2);
    exceptions(m, c->a);
    value(m, c->c, truth);
    m->applied = false;
    condition(m, c->b, "when");
    period(m, c->e);
}

static void clauses(dr_mutator *m, const dr_ast *list, bool truth, bool several)
{
    for (const dr_ast *c = list; c != NULL; c = c->next)
        clause(m, c, truth, several || list->next != NULL);
}

/* ---- tables */

static void cell(dr_mutator *m, const dr_ast *c)
{
    static const char *const swaps[][2] = {{"over", "at least"}, {"under", "at most"}, {"at least", "over"},
                                           {"at most", "under"}, {"known", "missing"}, {"missing", "known"}};
    dr_reach r = {c->span.start, c->span.end};
    for (const dr_ast *e = c->a; e != NULL; e = e->next)
        r.to = dr_reach_of(m, e).to;
    if (c->op == '-' || c->op == 'e')
        return;
    dr_mutant_add(m, DR_MUTANT_CELL, r, "-", r);
    for (size_t i = 0; i < sizeof swaps / sizeof *swaps && c->op != '='; i++)
        dr_mutate_word(m, DR_MUTANT_CELL, r, swaps[i][0], swaps[i][1], r);
    dr_mutate_members(m, DR_MUTANT_CELL, c->a);
    for (const dr_ast *e = c->a; e != NULL; e = e->next)
        dr_mutate_value(m, e);
}

static dr_reach cell_reach(const dr_mutator *m, const dr_ast *c)
{
    dr_reach r = {c->span.start, c->span.end};
    for (const dr_ast *e = c->a; e != NULL; e = e->next) {
        dr_reach one = dr_reach_of(m, e);
        r.from = one.from < r.from ? one.from : r.from;
        r.to = one.to > r.to ? one.to : r.to;
    }
    return r;
}

/* As in the next row that says something else; where there is none, another value. */
static void result_cell(dr_mutator *m, const dr_ast *c, const dr_ast *rows, uint32_t column)
{
    dr_reach own = cell_reach(m, c);
    for (const dr_ast *row = rows; row != NULL; row = row->next) {
        const dr_ast *other = row->b;
        for (uint32_t i = 0; other != NULL && i < column; i++)
            other = other->next;
        if (other == NULL)
            continue;
        dr_reach r = cell_reach(m, other);
        if (r.to - r.from == own.to - own.from &&
            memcmp(m->bytes + r.from, m->bytes + own.from, r.to - r.from) == 0)
            continue;
        const char *text = dr_take_text(&m->out->arena, m->bytes + r.from, r.to - r.from);
        m->failed = m->failed || text == NULL;
        if (text != NULL)
            dr_mutant_add(m, DR_MUTANT_CELL, own, text, own);
        return;
    }
    for (const dr_ast *e = c->a; e != NULL; e = e->next)
        dr_mutate_value(m, e);
}

static void rows(dr_mutator *m, const dr_ast *list)
{
    uint8_t before = m->kind_of_value;
    m->kind_of_value = DR_MUTANT_CELL;
    for (const dr_ast *row = list; row != NULL; row = row->next) {
        uint32_t column = 0;
        m->owner = row->span.start;
        for (const dr_ast *c = row->a; c != NULL; c = c->next)
            cell(m, c);
        m->applied = true;
        leave_out(m, DR_MUTANT_CELL, row->ref, row->ref2);
        for (const dr_ast *c = row->b; c != NULL; c = c->next, column++)
            result_cell(m, c, row->next != NULL ? row->next : list, column);
        m->applied = false;
    }
    m->kind_of_value = before;
}

/* The first row names the columns. */
static void data_table(dr_mutator *m, const dr_ast *t)
{
    uint32_t n = dr_ast_count(t->b);
    uint8_t before = m->kind_of_value;
    if (n > DATA_ROWS_MAX + 1) {
        m->out->rows_left_out += n - 1;
        return;
    }
    m->kind_of_value = DR_MUTANT_CELL;
    for (const dr_ast *row = t->b == NULL ? NULL : t->b->next; row != NULL; row = row->next) {
        leave_out(m, DR_MUTANT_CELL, row->span.start, row->span.end);
        for (const dr_ast *c = row->a; c != NULL; c = c->next)
            for (const dr_ast *e = c->a; e != NULL; e = e->next)
                dr_mutate_value(m, e);
    }
    m->kind_of_value = before;
}

/* ---- lines, findings, marks */

static void body(dr_mutator *m, const dr_ast *items)
{
    for (const dr_ast *i = items; i != NULL; i = i->next) {
        if (i->kind != A_ASSIGN)
            continue;
        dr_reach last = dr_reach_of(m, i->b != NULL ? i->b : i->a);
        leave_out(m, DR_MUTANT_RULE, i->span.start, last.to);
        dr_mutate_value(m, i->a);
        condition(m, i->b, "when");
    }
}

static void rule(dr_mutator *m, const dr_ast *r)
{
    m->owner = r->span.start;
    condition(m, r->c, "when");
    period(m, r->e);
    m->applied = true;
    leave_out(m, DR_MUTANT_RULE, r->ref, r->ref2);
    body(m, r->d);
    m->applied = false;
}

/* ---- parameters, groups, clocks, ranks */

static void dated(dr_mutator *m, const dr_ast *list)
{
    uint8_t before = m->kind_of_value;
    m->kind_of_value = DR_MUTANT_PARAM;
    for (const dr_ast *d = list; d != NULL; d = d->next) {
        dr_mutate_value(m, d->a);
        period(m, d->b);
    }
    m->kind_of_value = before;
}

static void group(dr_mutator *m, const dr_ast *g)
{
    condition(m, g->c, "where");
    if (g->d == NULL)
        return;
    dr_mutate_members(m, DR_MUTANT_CHOICE, g->d->a);
    dr_mutate_keys(m, g->d->b);
}

static void clock_of(dr_mutator *m, const dr_ast *c)
{
    condition(m, c->b, "where");
    for (const dr_ast *set = c->d; set != NULL; set = set->next)
        dr_mutate_value(m, set);
}

static void ranks(dr_mutator *m, const dr_ast *e)
{
    for (const dr_ast *v = e->a; v != NULL && v->next != NULL; v = v->next) {
        char text[256];
        if (v->next->op != '>')
            continue;
        int n = snprintf(text, sizeof text, "%s > %s", v->next->text, v->text);
        dr_reach both = {v->span.start, v->next->span.end};
        if (n > 0 && (size_t)n < sizeof text)
            dr_mutant_add(m, DR_MUTANT_CHOICE, both, text, both);
    }
}

/* ---- declarations */

/* What a layer says instead. */
static void amended(dr_mutator *m, const dr_ast *a)
{
    if (a == NULL)
        return;
    if (a->kind == A_CLAUSE)
        clause(m, a, false, false);
    else if (a->kind == A_ROW)
        rows(m, a);
    else if (a->kind == A_LINE || a->kind == A_FINDING || a->kind == A_MARK) {
        m->owner = a->span.start;
        condition(m, a->c, "when");
        period(m, a->e);
        m->applied = true;
        body(m, a->d);
        m->applied = false;
    }
}

static bool is_truth(const dr_ast *type)
{
    return type != NULL && type->kind == A_TYPE && type->op == 't' && strcmp(type->text, "bool") == 0;
}

static void attribute(dr_mutator *m, const dr_ast *a)
{
    char name[512];
    (void)snprintf(name, sizeof name, "%s.%s", a->text, a->text2 == NULL ? "" : a->text2);
    m->name = a->text2 == NULL ? a->text : name;
    clauses(m, a->b, is_truth(a->a), false);
    if (a->c != NULL && a->c->a != NULL) /* the first row names the columns */
        rows(m, a->c->a->next);
}

static void declaration(dr_mutator *m, const dr_ast *i)
{
    m->name = i->text;
    m->owner = UINT32_MAX;
    switch (i->kind) {
    case A_POLICY:
        period(m, i->b);
        break;
    case A_LAYER:
        period(m, i->c);
        break;
    case A_PARAM:
    case A_SET:
        dated(m, i->b);
        break;
    case A_ENUM:
        ranks(m, i);
        break;
    case A_GROUP:
        group(m, i);
        break;
    case A_CLOCK:
        clock_of(m, i);
        break;
    case A_ATTRIBUTE:
        attribute(m, i);
        break;
    case A_DATATABLE:
        data_table(m, i);
        break;
    case A_LINE:
    case A_FINDING:
    case A_MARK:
        rule(m, i);
        break;
    case A_AMEND:
        amended(m, i->a);
        break;
    case A_ADDITION:
        clauses(m, i->b, false, true);
        rows(m, i->c);
        break;
    default:
        break;
    }
}

/* ---- what is no policy: it is blanked, so that a change of what it names is told by what it expects */

static uint32_t line_start(const dr_mutator *m, uint32_t at)
{
    while (at > 0 && m->bytes[at - 1] != '\n')
        at--;
    return at;
}

static void blank_out(dr_mutator *m, const dr_ast *item)
{
    uint32_t *pair = dr_vec_add(&m->out->arena, &m->blanks, 2 * sizeof *pair);
    if (pair == NULL) {
        m->failed = true;
        return;
    }
    pair[0] = line_start(m, item->span.start);
    pair[1] = item->next == NULL ? m->len : line_start(m, item->next->span.start);
}

/* ---- all */

static dr_ast *parsed(dr_mutator *m, dr_syms *syms, dr_diags *diags, const dr_source *source, uint32_t at)
{
    dr_parse *p = dr_take_zero(m->arena, 1, sizeof *p);
    if (p == NULL)
        return m->failed = true, NULL;
    p->arena = m->arena;
    p->syms = syms;
    p->diags = diags;
    p->source = source;
    p->source_index = at;
    p->max_nodes = NODES_MAX;
    m->failed = !dr_parse_source(p) || m->failed;
    return p->items;
}

static void keep_enum(dr_mutator *m, const dr_ast *first)
{
    const dr_ast **kept = dr_vec_add(m->arena, &m->enums, sizeof *kept);
    if (kept != NULL)
        *kept = first;
    m->failed = m->failed || kept == NULL;
}

static void find_enums(dr_mutator *m, const dr_ast *items)
{
    for (const dr_ast *i = items; i != NULL; i = i->next) {
        const dr_ast *type = i->kind == A_PARAM || i->kind == A_ATTRIBUTE ? i->a : NULL;
        if (i->kind == A_ENUM)
            keep_enum(m, i->a);
        else if (type != NULL && type->kind == A_TYPE && type->op == 'e')
            keep_enum(m, type->a);
        for (const dr_ast *f = i->kind == A_ENTITY ? i->a : NULL; f != NULL; f = f->next)
            if (f->a != NULL && f->a->kind == A_TYPE && f->a->op == 'e')
                keep_enum(m, f->a->a);
    }
}

static void in_order(const dr_mutator *m)
{
    dr_mutant *items = m->items.data;
    for (uint32_t i = 1; i < m->items.count; i++) { /* nearly sorted as it is */
        const dr_mutant one = items[i];
        uint32_t at = i;
        for (; at > 0 && items[at - 1].start > one.start; at--)
            items[at] = items[at - 1];
        items[at] = one;
    }
}

static void walk(dr_mutator *m, const dr_ast *items)
{
    for (const dr_ast *i = items; i != NULL; i = i->next) {
        if (i->kind == A_SCENARIO || i->kind == A_UNTESTED)
            blank_out(m, i);
        else
            declaration(m, i);
    }
    in_order(m);
    m->out->items = m->items.data;
    m->out->count = m->items.count;
    m->out->blanks = m->blanks.data;
    m->out->n_blanks = m->blanks.count;
}

bool dr_mutants_make(dr_mutants *out, const dr_alloc *alloc, const dr_sources *sources, uint32_t which,
                     size_t heap)
{
    dr_mutator m = {.out = out, .owner = UINT32_MAX};
    dr_arena trees;
    dr_diags diags;
    dr_syms syms;
    memset(out, 0, sizeof *out);
    dr_arena_init(&out->arena, alloc, FIRST_CHUNK, heap);
    dr_arena_init(&trees, alloc, FIRST_CHUNK, heap);
    dr_diags_init(&diags, alloc, DIAGS_MAX);
    dr_syms_init(&syms, &trees, NULL, 0x9E3779B9u);
    m.arena = &trees;
    dr_ast *items = NULL;
    for (uint32_t i = 0; i < sources->count && !m.failed; i++) {
        if (dr_is_data(sources->items[i].origin))
            continue;
        dr_ast *read = parsed(&m, &syms, &diags, &sources->items[i], i);
        find_enums(&m, read);
        items = i == which ? read : items;
    }
    m.bytes = sources->items[which].bytes;
    m.len = (uint32_t)sources->items[which].len;
    if (!m.failed)
        walk(&m, items);
    dr_diags_free(&diags);
    dr_arena_free(&trees);
    return !m.failed;
}

void dr_mutants_free(dr_mutants *m)
{
    dr_arena_free(&m->arena);
}
