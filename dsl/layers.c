/* drip: layers.c, level 2a. Layers become one policy, before anything has a meaning.
 *
 * The declarations are gone through from the base upward. An amendment makes a copy of what it names, with
 * what it says anew in it, and puts that in its place; a suspension takes it away; an addition hangs clauses
 * or rows onto an attribute. Where one is in force on some days only, what stood there stays for the others:
 * a clause then has several pieces of one name, whose periods meet. So the passes that follow know one kind
 * of clause, and prove gaps and conflicts of layered policies as those of any other.
 *
 * Each change is held against those before it: of two layers that change one thing on one day, one must lie
 * over the other. What a piece says instead of is kept beside the tree, for explanations and pins. */
#include "layers.h"

#include <string.h>

/* ---- small things */

const char *dr_intern(dr_front *f, const char *text, size_t len)
{
    int64_t id = dr_sym(f->syms, text, len);
    if (id < 0)
        f->no_memory = true;
    return id < 0 ? "" : dr_sym_text(f->syms, id)->bytes;
}

dr_ast *dr_ast_copy(dr_front *f, const dr_ast *e)
{
    if (e == NULL || f->no_memory)
        return NULL;
    dr_ast *n = dr_take(f->arena, sizeof *n);
    if (n == NULL) {
        f->no_memory = true;
        return NULL;
    }
    *n = *e;
    n->a = dr_ast_copy(f, e->a);
    n->b = dr_ast_copy(f, e->b);
    n->c = dr_ast_copy(f, e->c);
    n->d = dr_ast_copy(f, e->d);
    n->e = dr_ast_copy(f, e->e);
    n->next = dr_ast_copy(f, e->next);
    n->last = NULL;
    return n;
}

static dr_ast *copy_one(dr_front *f, const dr_ast *e)
{
    dr_ast alone = *e;
    alone.next = NULL;
    return dr_ast_copy(f, &alone);
}

/* ---- what an amendment says */

static bool says_nothing(dr_front *f, const dr_ast *item, const char *why)
{
    dr_diag *d = dr_error_at(f, item->span, "E0446", "%s", why);
    if (item->op == 'c')
        dr_diag_hint(f->diags, d, "say what is new: amend %s when …, or = …; what is not said stays",
                     item->text);
    else
        dr_diag_hint(f->diags, d,
                     "say what is new, a \"when\" or what stands below it; what is not said stays");
    return false;
}

static bool fits(dr_front *f, const dr_ast *item, const dr_ast *piece)
{
    const dr_ast *x = item->a, *head = x != NULL && x->kind == A_ROW ? x->c : x;
    if (item->kind == A_SUSPEND) {
        if (piece->kind == A_ROW && item->e != NULL)
            dr_error_at(f, item->e->span, "E0446", "a row of a table is suspended for all days");
        return piece->kind != A_ROW || item->e == NULL;
    }
    if (x->kind == A_LINE || x->kind == A_MARK || x->kind == A_FINDING)
        return x->c != NULL || x->d != NULL || x->a != NULL ||
               says_nothing(f, item, "this amendment says nothing new");
    if (x->kind == A_ROW && (piece->kind != A_ROW || head->a != NULL || head->b != NULL || head->c != NULL))
        return says_nothing(f, item,
                            piece->kind == A_ROW ? "a row is amended by a whole row, or by its result alone"
                                                 : "this clause is no row of a table");
    if (piece->kind == A_ROW && (head->e != NULL || head->a != NULL || head->b != NULL))
        return says_nothing(f, item,
                            head->e != NULL ? "a row of a table is amended for all days"
                                            : "a row has cells for its conditions: write the whole row");
    return x->kind == A_ROW || x->a != NULL || x->b != NULL || x->c != NULL || x->d != NULL ||
           says_nothing(f, item, "this amendment says nothing new");
}

static bool has_part(const dr_ast *body, const dr_ast *like)
{
    for (; body != NULL; body = body->next)
        if (body->kind == like->kind && (like->kind != A_ASSIGN || body->text == like->text))
            return true;
    return false;
}

/* Of a line, mark or finding: fields that the amendment gives are its own, all others stay. */
static dr_ast *merged(dr_front *f, const dr_ast *old, const dr_ast *fresh)
{
    dr_ast *first = NULL, **at = &first;
    for (uint32_t turn = 0; turn < 2; turn++)
        for (const dr_ast *b = turn == 0 ? old : fresh; b != NULL && !f->no_memory; b = b->next) {
            if (turn == 0 && has_part(fresh, b))
                continue;
            *at = copy_one(f, b);
            at = *at == NULL ? at : &(*at)->next;
        }
    return first;
}

static dr_ast *cell_of(dr_front *f, const dr_ast *old, const dr_ast *value)
{
    dr_ast *cell = copy_one(f, old);
    if (cell != NULL) {
        cell->op = '=';
        cell->span = value->span;
        cell->a = copy_one(f, value);
    }
    return cell;
}

static dr_ast *either(dr_front *f, const dr_ast *fresh, const dr_ast *old)
{
    return dr_ast_copy(f, fresh != NULL ? fresh : old);
}

static dr_ast *amended(dr_front *f, const dr_ast *item, const dr_ast *old)
{
    const dr_ast *x = item->a;
    dr_ast *n = copy_one(f, old);
    if (n == NULL)
        return NULL;
    n->span = item->span;
    n->ref = x->ref;
    n->ref2 = x->ref2;
    n->flag = DR_PIECE;
    switch (old->kind) {
    case A_CLAUSE:
        n->a = either(f, x->a, old->a);
        n->b = either(f, x->b, old->b);
        n->c = either(f, x->c, old->c);
        n->d = either(f, x->d, old->d);
        break;
    case A_ROW:
        n->a = either(f, x->kind == A_ROW ? x->a : NULL, old->a);
        n->b = x->kind == A_ROW ? dr_ast_copy(f, x->b) : x->c != NULL ? cell_of(f, old->b, x->c) : n->b;
        n->d = either(f, x->d, old->d);
        break;
    default:
        n->c = either(f, x->c, old->c);
        n->d = merged(f, old->d, x->d);
        if (x->a != NULL) { /* a finding's level */
            n->text2 = x->a->text;
            n->a->b = copy_one(f, x->a);
        }
        break;
    }
    return n;
}

/* ---- pieces */

static dr_ast *day_node(dr_front *f, dr_span span, int64_t day)
{
    dr_ast *n = dr_take_zero(f->arena, 1, sizeof *n);
    dr_buf text;
    dr_buf_init(&text, &f->alloc, 64);
    dr_date_write(day, &text);
    if (n == NULL || text.data == NULL)
        f->no_memory = true;
    else {
        n->kind = A_DATE;
        n->span = span;
        n->text = dr_intern(f, text.data, text.len);
    }
    dr_buf_free(&text);
    return n;
}

/* A period by the same date as `like`. */
static dr_ast *period_node(dr_front *f, const dr_ast *like, int64_t from, int64_t to)
{
    dr_ast *n = dr_take_zero(f->arena, 1, sizeof *n);
    if (n == NULL) {
        f->no_memory = true;
        return NULL;
    }
    n->kind = A_PERIOD;
    n->op = like->op;
    n->span = like->span;
    n->a = from == INT64_MIN ? NULL : day_node(f, like->span, from);
    n->b = to == INT64_MAX ? NULL : day_node(f, like->span, to);
    n->c = dr_ast_copy(f, like->c);
    return n;
}

/* The same periods, and by the date of `like` this one. */
static dr_ast *with_period(dr_front *f, const dr_ast *periods, const dr_ast *like, int64_t from, int64_t to)
{
    dr_ast *all = NULL, **at = &all;
    bool always = from == INT64_MIN && to == INT64_MAX;
    for (const dr_ast *p = periods; p != NULL && !f->no_memory; p = p->next)
        if (!dr_same_date(p, like)) {
            *at = copy_one(f, p);
            at = *at == NULL ? at : &(*at)->next;
        }
    if (!always && !f->no_memory)
        *at = period_node(f, like, from, to);
    return all;
}

static void say_before(dr_front *f, const dr_ast *now, const dr_ast *before)
{
    dr_replaced *r = before == NULL ? NULL : dr_vec_add(f->arena, &f->replaced, sizeof *r);
    if (r != NULL)
        *r = (dr_replaced){now, before};
    else if (before != NULL)
        f->no_memory = true;
}

/* What stood there, for the days that are left to it. */
static dr_ast *left_over(dr_front *f, const dr_ast *old, dr_ast *periods)
{
    dr_ast *n = copy_one(f, old);
    if (n == NULL)
        return NULL;
    n->flag |= DR_PIECE;
    n->e = periods;
    say_before(f, n, dr_said_before(f, old));
    return n;
}

static void replace_in_list(dr_ast **list, const dr_ast *old, dr_ast *const *pieces, uint32_t n)
{
    while (*list != old)
        list = &(*list)->next;
    dr_ast *rest = old->next;
    for (uint32_t i = 0; i < n; i++) {
        *list = pieces[i];
        list = &pieces[i]->next;
    }
    *list = rest;
}

/* A declaration that is no more: passes go by the kind of a node, and no pass knows this one. */
static void replace_in_items(dr_front *f, const dr_ast *old, dr_ast *const *pieces, uint32_t n)
{
    dr_ast *nothing = dr_take_zero(f->arena, 1, sizeof *nothing);
    if (nothing == NULL) {
        f->no_memory = true;
        return;
    }
    nothing->kind = A_ERROR;
    nothing->span = old->span;
    for (uint32_t i = 0; i < f->items.count; i++)
        if (DR_AT(f->items, dr_ast *, i) == old)
            DR_AT(f->items, dr_ast *, i) = n > 0 ? pieces[0] : nothing;
    for (uint32_t i = 1; i < n; i++)
        dr_keep_piece(f, &f->items, pieces[i]);
}

typedef struct cuts {
    dr_ast **pieces; /* room for two a period and one more */
    uint32_t front, behind;
    dr_ast *within; /* the periods of what all share */
} cuts;

/* One date after the other: what of the piece lies before the change's period and behind it is left over, and the
 * next is cut out of what lies within. */
static bool cut(dr_front *f, const dr_ast *old, const dr_ast *periods, cuts *c)
{
    uint32_t last_piece = 2 * dr_ast_count(periods);
    c->pieces = dr_take_zero(f->arena, last_piece + 1, sizeof *c->pieces);
    c->within = old->kind == A_ROW ? NULL : dr_ast_copy(f, old->e);
    if (c->pieces == NULL)
        f->no_memory = true;
    for (const dr_ast *p = periods; p != NULL && !f->no_memory; p = p->next) {
        int64_t from, to, first, last;
        const dr_ast *all = c->within;
        if (!dr_days_of(f, p, &from, &to) || !dr_days_of(f, dr_period_by(all, p), &first, &last))
            return false;
        if (first < from)
            c->pieces[c->front++] = left_over(f, old, with_period(f, all, p, first, from - 1));
        if (to < last)
            c->pieces[last_piece - c->behind++] = left_over(f, old, with_period(f, all, p, to + 1, last));
        c->within = with_period(f, all, p, from > first ? from : first, to < last ? to : last);
    }
    return !f->no_memory;
}

/* True: the change is in force on some day of the piece. */
static bool change_piece(dr_front *f, const dr_ast *item, const dr_target *t, dr_ast *old,
                         const dr_ast *periods)
{
    cuts c = {0};
    if (old->kind != A_ROW && !dr_periods_meet(f, old->e, periods))
        return false;
    if (!cut(f, old, periods, &c))
        return true; /* reported */
    uint32_t n = c.front;
    if (item->kind == A_AMEND) {
        dr_ast *fresh = amended(f, item, old);
        if (fresh != NULL && old->kind != A_ROW)
            fresh->e = c.within;
        say_before(f, fresh, old);
        c.pieces[n++] = fresh;
    }
    memmove(c.pieces + n, c.pieces + 2 * dr_ast_count(periods) + 1 - c.behind, c.behind * sizeof *c.pieces);
    n += c.behind;
    dr_keep_piece(f, &f->below, old);
    if (f->no_memory)
        return true;
    if (t->attribute != NULL)
        replace_in_list(dr_parts_of(t->attribute), old, c.pieces, n);
    else
        replace_in_items(f, old, c.pieces, n);
    return true;
}

static void note_gone(dr_front *f, const dr_ast *item, const dr_target *t)
{
    dr_target left = {0};
    const dr_ast *was = DR_AT(t->pieces, dr_ast *, 0);
    if (item->op == 'c')
        dr_find_clause(f, item, &left);
    else
        dr_find_rule(f, item->text, was->kind, &left);
    dr_gone *gone = left.pieces.count > 0 ? NULL : dr_vec_add(f->arena, &f->gone, sizeof *gone);
    if (gone != NULL)
        *gone = (dr_gone){item->text, was, item};
    else if (left.pieces.count == 0)
        f->no_memory = true;
}

static bool change(dr_front *f, const dr_ast *item)
{
    dr_target t = {0};
    const dr_ast *periods = item->kind == A_SUSPEND  ? item->e
                            : item->a->kind == A_ROW ? item->a->c->e
                                                     : item->a->e;
    if (item->op == 'c')
        dr_find_clause(f, item, &t);
    else
        dr_find_rule(f, item->text, dr_rule_kind(item->op), &t);
    if (t.pieces.count == 0)
        return dr_not_there(f, item, &t), false;
    dr_ast *first = DR_AT(t.pieces, dr_ast *, 0);
    bool is_fixed =
        (first->flag & DR_FIXED) != 0 || (t.attribute != NULL && (t.attribute->flag & DR_FIXED) != 0);
    const dr_ast *there = first; /* as it stands in the lowest layer that has it */
    for (const dr_ast *was = first; was != NULL; was = dr_said_before(f, was))
        there = was;
    if (t.attribute != NULL && there->text == NULL)
        there = t.attribute;
    if (!dr_right_periods(f, periods) || dr_clashes(f, item, periods) ||
        !dr_may_change(f, item, there, is_fixed))
        return false;
    if (!fits(f, item, first) || !dr_check_pin(f, item, t.pieces.data, t.pieces.count))
        return false;
    bool some = false;
    for (uint32_t i = 0; i < t.pieces.count && !f->no_memory; i++)
        some = change_piece(f, item, &t, DR_AT(t.pieces, dr_ast *, i), periods) || some;
    if (!some) {
        dr_diag *d =
            dr_error_at(f, item->span, "E0448", "on none of these days \"%s\" is in force", item->text);
        if (d != NULL)
            dr_diag_label(f->diags, d, first->span, "what it would change");
        dr_diag_hint(f->diags, d, "correct the days");
        return false;
    }
    if (item->kind == A_SUSPEND)
        note_gone(f, item, &t);
    return true;
}

/* ---- additions */

static dr_ast *attribute_named(dr_front *f, const char *name)
{
    for (uint32_t i = 0; i < f->items.count; i++) {
        dr_ast *a = DR_AT(f->items, dr_ast *, i);
        const char *rest = a->kind == A_ATTRIBUTE ? dr_behind_name(a, name) : NULL;
        if (rest != NULL && *rest == '\0')
            return a;
    }
    return NULL;
}

/* Rows keep the number that they have in their own table, whatever layers add or take away. */
static void number_rows(dr_front *f, dr_ast *table, dr_ast *rows)
{
    for (dr_ast *row = rows; row != NULL; row = row->next) {
        dr_buf name;
        dr_buf_init(&name, &f->alloc, 64);
        dr_buf_text(&name, "row");
        dr_buf_int(&name, ++table->ref);
        if (row->text == NULL)
            row->text = dr_intern(f, name.data == NULL ? "row" : name.data, name.data == NULL ? 3 : name.len);
        dr_buf_free(&name);
    }
}

/* In a table where the uppermost row counts, a layer's rows stand above those below it. */
static void add_rows(dr_front *f, dr_ast *table, dr_ast *item)
{
    dr_ast **at = &table->a->next;
    number_rows(f, table, item->c);
    for (dr_ast *row = item->c; row != NULL; row = row->next)
        if (row->d == NULL)
            row->d = item->d;
    while (table->op != 'f' && *at != NULL)
        at = &(*at)->next;
    dr_ast *rest = *at;
    *at = item->c;
    while (*at != NULL)
        at = &(*at)->next;
    *at = rest;
    item->c = NULL;
}

static bool add(dr_front *f, dr_ast *item)
{
    dr_ast *attribute = attribute_named(f, item->text);
    dr_target none = {0};
    if (attribute == NULL)
        return dr_not_there(f, item, &none), false;
    if (!dr_may_change(f, item, attribute, (attribute->flag & DR_FIXED) != 0))
        return false;
    if ((attribute->c != NULL) != (item->c != NULL)) {
        dr_diag *d = dr_error_at(f, item->span, "E0446", "\"%s\" is decided by %s", item->text,
                                 attribute->c != NULL ? "a table: rows can be added to it"
                                                      : "clauses: clauses can be added to them");
        if (d != NULL)
            dr_diag_label(f->diags, d, attribute->span, "it is declared here");
        return false;
    }
    if (item->c != NULL) {
        add_rows(f, attribute->c, item);
        return true;
    }
    dr_ast **at = &attribute->b;
    while (*at != NULL)
        at = &(*at)->next;
    *at = item->b;
    item->b = NULL;
    return true;
}

/* ---- parameters and data tables */

static const dr_ast *declared(const dr_front *f, uint8_t kind, const char *name)
{
    for (uint32_t i = 0; i < f->items.count; i++) {
        const dr_ast *item = DR_AT(f->items, dr_ast *, i);
        if (item->kind == kind && item->op != 'x' && item->text == name)
            return item;
    }
    return NULL;
}

/* What comes from no layer is a setting for one run or scenario. */
static bool set_or_extend(dr_front *f, const dr_ast *item)
{
    const dr_ast *there = declared(f, item->kind == A_SET ? A_PARAM : A_DATATABLE, item->text);
    if (there == NULL || dr_layer_of(f, item->span.source) == DR_NONE)
        return true;
    if ((there->flag & DR_FIXED) != 0)
        return dr_may_change(f, item, there, true);
    return item->kind != A_SET || !dr_clashes(f, item, NULL);
}

bool dr_apply_layers(dr_front *f)
{
    bool ok = true;
    uint32_t n = f->items.count;
    for (uint32_t i = 0; i < n; i++) {
        dr_ast *item = DR_AT(f->items, dr_ast *, i);
        if (item->kind == A_ATTRIBUTE && item->c != NULL) {
            item->c->ref = 0;
            number_rows(f, item->c, item->c->a->next);
        }
    }
    for (uint32_t i = 0; i < n && !f->no_memory; i++) {
        dr_ast *item = DR_AT(f->items, dr_ast *, i);
        if (item->kind == A_AMEND || item->kind == A_SUSPEND)
            ok = change(f, item) && ok;
        else if (item->kind == A_ADDITION)
            ok = add(f, item) && ok;
        else if (item->kind == A_SET || (item->kind == A_DATATABLE && item->op == 'x'))
            ok = set_or_extend(f, item) && ok;
    }
    return ok && !f->no_memory;
}
