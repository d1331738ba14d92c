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

typedef struct dr_change { /* carried out already */
    const dr_ast *item;    /* A_AMEND, A_SUSPEND, A_SET */
    uint32_t rank;
    int64_t from, to;
} dr_change;

typedef struct dr_replaced {
    const dr_ast *now, *before;
} dr_replaced;

typedef struct dr_target { /* what a change names */
    dr_ast *attribute;     /* of a clause or row; NULL: a line or finding */
    dr_vec pieces;         /* dr_ast * */
} dr_target;

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

uint32_t dr_layer_of(const dr_front *f, uint32_t source)
{
    return source < f->sources->count ? f->program->source_layers[source] : DR_NONE;
}

const char *dr_layer_name(const dr_front *f, uint32_t source)
{
    uint32_t layer = dr_layer_of(f, source);
    return layer < f->layers.count ? DR_AT(f->layers, dr_layer_info, layer).name : "this file";
}

static bool lies_over(const dr_front *f, uint32_t upper, uint32_t lower)
{
    if (upper >= f->layers.count || lower >= f->layers.count || upper <= lower)
        return false;
    for (const dr_ast *base = DR_AT(f->layers, dr_layer_info, upper).over; base != NULL; base = base->next)
        for (uint32_t i = 0; i < upper; i++)
            if (DR_AT(f->layers, dr_layer_info, i).name == base->text &&
                (i == lower || lies_over(f, i, lower)))
                return true;
    return false;
}

static const char *full_name(dr_front *f, const dr_ast *attribute, const char *clause)
{
    const char *parts[] = {attribute->text, ".", attribute->text2, clause == NULL ? NULL : ".", clause};
    dr_buf out;
    dr_buf_init(&out, &f->alloc, 4096);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        dr_buf_text(&out, parts[i] == NULL ? "" : parts[i]);
    const char *kept = dr_intern(f, out.data == NULL ? "" : out.data, out.len);
    dr_buf_free(&out);
    return kept;
}

/* "Entity.name", or what stands behind it and a dot; NULL: it is about another attribute. */
static const char *behind_name(const dr_ast *attribute, const char *name)
{
    size_t a = strlen(attribute->text), b = strlen(attribute->text2);
    if (strncmp(name, attribute->text, a) != 0 || name[a] != '.' ||
        strncmp(name + a + 1, attribute->text2, b) != 0)
        return NULL;
    name += a + 1 + b;
    return *name == '\0' ? name : *name == '.' ? name + 1 : NULL;
}

static dr_ast **parts_of(dr_ast *attribute)
{
    return attribute->c != NULL ? &attribute->c->a->next : &attribute->b;
}

static void keep(dr_front *f, dr_vec *v, dr_ast *piece)
{
    dr_ast **kept = dr_vec_add(f->arena, v, sizeof *kept);
    if (kept == NULL)
        f->no_memory = true;
    else
        *kept = piece;
}

/* ---- what passes ask later */

const dr_ast *dr_said_before(const dr_front *f, const dr_ast *now)
{
    for (uint32_t i = 0; i < f->replaced.count; i++)
        if (DR_AT(f->replaced, dr_replaced, i).now == now)
            return DR_AT(f->replaced, dr_replaced, i).before;
    return NULL;
}

bool dr_is_gone(const dr_front *f, const char *name, bool finding)
{
    for (uint32_t i = 0; i < f->gone.count; i++) {
        const dr_gone *g = &DR_AT(f->gone, dr_gone, i);
        const char *code = g->was->kind == A_FINDING && g->was->b != NULL ? g->was->b->text : g->name;
        if (finding ? g->was->kind == A_FINDING && strcmp(code, name) == 0 : strcmp(g->name, name) == 0)
            return true;
    }
    return false;
}

bool dr_clause_is_gone(const dr_front *f, const dr_ast *attribute, const char *name)
{
    for (uint32_t i = 0; i < f->gone.count; i++) {
        const char *rest = behind_name(attribute, DR_AT(f->gone, dr_gone, i).name);
        const dr_ast *was = DR_AT(f->gone, dr_gone, i).was;
        if (rest != NULL && (was->kind == A_CLAUSE || was->kind == A_ROW) &&
            strcmp(*rest == '\0' ? attribute->text2 : rest, name) == 0)
            return true;
    }
    return false;
}

void dr_label_changes(dr_front *f, dr_diag *d, const dr_ast *attribute)
{
    for (uint32_t i = 0; i < f->changes.count && d != NULL; i++) {
        const dr_ast *item = DR_AT(f->changes, dr_change, i).item;
        if (item->kind == A_SET || item->op != 'c' || behind_name(attribute, item->text) == NULL)
            continue;
        dr_diag_label(f->diags, d, item->span, "\"%s\" is %s here", item->text,
                      item->kind == A_AMEND ? "amended" : "suspended");
    }
}

/* ---- what a change names */

static void find_clause(dr_front *f, const dr_ast *item, dr_target *t)
{
    for (uint32_t i = 0; i < f->items.count; i++) {
        dr_ast *attribute = DR_AT(f->items, dr_ast *, i);
        const char *rest = attribute->kind == A_ATTRIBUTE ? behind_name(attribute, item->text) : NULL;
        if (rest == NULL)
            continue;
        t->attribute = attribute;
        for (dr_ast *part = *parts_of(attribute); part != NULL; part = part->next)
            if (strcmp(part->text == NULL ? "" : part->text, rest) == 0)
                keep(f, &t->pieces, part);
    }
}

static void find_rule(dr_front *f, const char *name, uint8_t kind, dr_target *t)
{
    for (uint32_t i = 0; i < f->items.count; i++) {
        dr_ast *rule = DR_AT(f->items, dr_ast *, i);
        if (rule->kind == kind && rule->text == name)
            keep(f, &t->pieces, rule);
    }
}

/* Of what kind it is instead, as it is written before the name; NULL: there is nothing of this name. */
static const char *other_kind(dr_front *f, const dr_ast *item)
{
    static const struct {
        char op;
        uint8_t kind;
        const char *word;
    } kinds[] = {{'l', A_LINE, "line "}, {'f', A_FINDING, "finding "}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        dr_target t = {0};
        find_rule(f, item->text, kinds[i].kind, &t);
        if (item->op != (uint8_t)kinds[i].op && t.pieces.count > 0)
            return kinds[i].word;
    }
    return NULL;
}

static void suggest_target(dr_front *f, dr_diag *d, const dr_ast *item)
{
    dr_suggest s;
    dr_suggest_init(&s, item->text, strlen(item->text));
    uint8_t kind = item->op == 'l' ? A_LINE : A_FINDING;
    for (uint32_t i = 0; i < f->items.count; i++) {
        dr_ast *other = DR_AT(f->items, dr_ast *, i);
        if (item->op != 'c' && other->kind == kind)
            dr_suggest_try(&s, other->text);
        if (item->op != 'c' || other->kind != A_ATTRIBUTE)
            continue;
        dr_ast *first = *parts_of(other);
        for (dr_ast *part = item->kind == A_ADDITION ? NULL : first; part != NULL; part = part->next)
            dr_suggest_try(&s, full_name(f, other, part->text));
        if (item->kind == A_ADDITION)
            dr_suggest_try(&s, full_name(f, other, NULL));
    }
    dr_hint_nearest(f, d, &s);
}

static const char *kind_word(const dr_ast *item)
{
    return item->kind == A_ADDITION ? "attribute"
           : item->op == 'l'        ? "line"
           : item->op == 'f'        ? "finding"
                                    : "clause";
}

static const char *verb(const dr_ast *item)
{
    return item->kind == A_AMEND ? "amend" : item->kind == A_SUSPEND ? "suspend" : "add to";
}

static void not_there(dr_front *f, const dr_ast *item, const dr_target *t)
{
    for (uint32_t i = 0; i < f->gone.count; i++) {
        const dr_gone *g = &DR_AT(f->gone, dr_gone, i);
        if (strcmp(g->name, item->text) != 0)
            continue;
        dr_diag *d = dr_error_at(f, item->span, "E0444", "the layer \"%s\" has suspended \"%s\" already",
                                 dr_layer_name(f, g->by->span.source), item->text);
        if (d != NULL)
            dr_diag_label(f->diags, d, g->by->span, "suspended here");
        dr_diag_hint(f->diags, d,
                     "write what holds here as a clause of its own, with \"add\"; a line or finding with a "
                     "name of its own");
        return;
    }
    dr_diag *d = dr_error_at(f, item->span, "E0441", "there is no %s \"%s\" to %s", kind_word(item),
                             item->text, verb(item));
    const char *other = item->kind == A_ADDITION ? NULL : other_kind(f, item);
    if (other != NULL) {
        dr_diag_hint(f->diags, d, "it is a %s: %s %s%s", other[0] == 'l' ? "line" : "finding", verb(item),
                     other, item->text);
        if (item->op == 'c')
            dr_diag_fix(f->diags, d, true, (dr_span){item->span.source, item->span.start, item->span.start},
                        "%s", other);
        return;
    }
    suggest_target(f, d, item);
    if (d != NULL && d->hint == NULL && t->attribute != NULL)
        dr_diag_label(f->diags, d, t->attribute->span, "the attribute; what it has stands below it");
}

/* May this layer change what stands there? Its layer must lie below, and it must not be fixed. */
static bool may_change(dr_front *f, const dr_ast *item, const dr_ast *there, bool is_fixed)
{
    uint32_t rank = dr_layer_of(f, item->span.source), lower = dr_layer_of(f, there->span.source);
    dr_diag *d;
    if (rank == DR_NONE || rank == 0 || lower == rank) {
        d = dr_error_at(f, item->span, "E0446", "only what lies below a layer can be changed from it");
        if (d != NULL)
            dr_diag_label(f->diags, d, there->span,
                          rank == DR_NONE || rank == 0 ? "what it would change"
                                                       : "this stands in the same layer");
        dr_diag_hint(f->diags, d,
                     rank == lower ? "change it where it stands"
                                   : "a layer begins with \"layer NAME over BASE\"");
        return false;
    }
    if (is_fixed) {
        d = dr_error_at(f, item->span, "E0442", "\"%s\" is fixed: no layer may change it", item->text);
        if (d != NULL)
            dr_diag_label(f->diags, d, there->span, "fixed by \"%s\"", dr_layer_name(f, there->span.source));
        dr_diag_hint(f->diags, d, "what is fixed holds for all; ask those who keep \"%s\"",
                     dr_layer_name(f, there->span.source));
        return false;
    }
    if (lies_over(f, rank, lower))
        return true;
    d = dr_error_at(f, item->span, "E0441", "\"%s\" does not lie over \"%s\", where \"%s\" stands",
                    dr_layer_name(f, item->span.source), dr_layer_name(f, there->span.source), item->text);
    if (d != NULL)
        dr_diag_label(f->diags, d, there->span, "it stands here");
    dr_diag_hint(f->diags, d, "name the layer behind \"over\" too: over …, %s",
                 dr_layer_name(f, there->span.source));
    return false;
}

/* ---- two layers on one thing */

static bool clashes(dr_front *f, const dr_ast *item, int64_t from, int64_t to)
{
    uint32_t rank = dr_layer_of(f, item->span.source);
    for (uint32_t i = 0; i < f->changes.count; i++) {
        const dr_change *c = &DR_AT(f->changes, dr_change, i);
        bool set = item->kind == A_SET;
        if (c->item->text != item->text || (c->item->kind == A_SET) != set ||
            (!set && c->item->op != item->op) || from > c->to || to < c->from ||
            lies_over(f, rank, c->rank) || (set && rank == c->rank))
            continue;
        const char *mine = dr_layer_name(f, item->span.source),
                   *other = dr_layer_name(f, c->item->span.source);
        dr_diag *d =
            rank == c->rank
                ? dr_error_at(f, item->span, "E0443", "this layer changes \"%s\" twice", item->text)
                : dr_error_at(
                      f, item->span, "E0443",
                      "the layers \"%s\" and \"%s\" both change \"%s\", and neither lies over the other",
                      other, mine, item->text);
        if (d != NULL)
            dr_diag_label(f->diags, d, c->item->span, "the other change");
        if (rank != c->rank)
            dr_diag_hint(f->diags, d,
                         "let one lie over the other, so that the upper one counts: layer %s over %s", mine,
                         other);
        else
            dr_diag_hint(f->diags, d, "keep one of them, or give each days of its own");
        return true;
    }
    dr_change *kept = dr_vec_add(f->arena, &f->changes, sizeof *kept);
    if (kept == NULL)
        f->no_memory = true;
    else
        *kept = (dr_change){item, rank, from, to};
    return false;
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
    if (x->kind == A_LINE || x->kind == A_FINDING)
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

/* Of a line or finding: fields that the amendment gives are its own, all others stay. */
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

static dr_ast *period_node(dr_front *f, dr_span span, int64_t from, int64_t to)
{
    if (from == INT64_MIN && to == INT64_MAX)
        return NULL;
    dr_ast *n = dr_take_zero(f->arena, 1, sizeof *n);
    if (n == NULL) {
        f->no_memory = true;
        return NULL;
    }
    n->kind = A_PERIOD;
    n->span = span;
    n->a = from == INT64_MIN ? NULL : day_node(f, span, from);
    n->b = to == INT64_MAX ? NULL : day_node(f, span, to);
    return n;
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
static dr_ast *left_over(dr_front *f, const dr_ast *old, int64_t from, int64_t to)
{
    dr_ast *n = copy_one(f, old);
    if (n == NULL)
        return NULL;
    n->flag |= DR_PIECE;
    n->e = period_node(f, old->e == NULL ? old->span : old->e->span, from, to);
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
        keep(f, &f->items, pieces[i]);
}

/* True: the change is in force on some day of the piece. */
static bool change_piece(dr_front *f, const dr_ast *item, const dr_target *t, dr_ast *old, int64_t from,
                         int64_t to)
{
    int64_t first = 0, last = 0;
    dr_ast *pieces[3];
    uint32_t n = 0;
    const dr_ast *period = old->kind == A_ROW ? NULL : old->e;
    if (!dr_period(f, period, &first, &last))
        return true; /* reported */
    int64_t low = from > first ? from : first, high = to < last ? to : last;
    if (low > high)
        return false;
    if (first < low)
        pieces[n++] = left_over(f, old, first, low - 1);
    if (item->kind == A_AMEND) {
        dr_ast *fresh = amended(f, item, old);
        if (fresh != NULL && old->kind != A_ROW)
            fresh->e =
                low == first && high == last ? dr_ast_copy(f, period) : period_node(f, item->span, low, high);
        say_before(f, fresh, old);
        pieces[n++] = fresh;
    }
    if (high < last)
        pieces[n++] = left_over(f, old, high + 1, last);
    keep(f, &f->below, old);
    if (f->no_memory)
        return true;
    if (t->attribute != NULL)
        replace_in_list(parts_of(t->attribute), old, pieces, n);
    else
        replace_in_items(f, old, pieces, n);
    return true;
}

static void note_gone(dr_front *f, const dr_ast *item, const dr_target *t)
{
    dr_target left = {0};
    const dr_ast *was = DR_AT(t->pieces, dr_ast *, 0);
    if (item->op == 'c')
        find_clause(f, item, &left);
    else
        find_rule(f, item->text, was->kind, &left);
    dr_gone *gone = left.pieces.count > 0 ? NULL : dr_vec_add(f->arena, &f->gone, sizeof *gone);
    if (gone != NULL)
        *gone = (dr_gone){item->text, was, item};
    else if (left.pieces.count == 0)
        f->no_memory = true;
}

static bool change(dr_front *f, const dr_ast *item)
{
    dr_target t = {0};
    int64_t from = 0, to = 0;
    const dr_ast *period = item->kind == A_SUSPEND  ? item->e
                           : item->a->kind == A_ROW ? item->a->c->e
                                                    : item->a->e;
    if (item->op == 'c')
        find_clause(f, item, &t);
    else
        find_rule(f, item->text, item->op == 'l' ? A_LINE : A_FINDING, &t);
    if (t.pieces.count == 0)
        return not_there(f, item, &t), false;
    dr_ast *first = DR_AT(t.pieces, dr_ast *, 0);
    bool is_fixed =
        (first->flag & DR_FIXED) != 0 || (t.attribute != NULL && (t.attribute->flag & DR_FIXED) != 0);
    const dr_ast *there = t.attribute != NULL && first->text == NULL ? t.attribute : first;
    if (!may_change(f, item, there, is_fixed) || !dr_period(f, period, &from, &to) ||
        clashes(f, item, from, to))
        return false;
    if (!fits(f, item, first) || !dr_check_pin(f, item, t.pieces.data, t.pieces.count))
        return false;
    bool some = false;
    for (uint32_t i = 0; i < t.pieces.count && !f->no_memory; i++)
        some = change_piece(f, item, &t, DR_AT(t.pieces, dr_ast *, i), from, to) || some;
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
        const char *rest = a->kind == A_ATTRIBUTE ? behind_name(a, name) : NULL;
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
        return not_there(f, item, &none), false;
    if (!may_change(f, item, attribute, (attribute->flag & DR_FIXED) != 0))
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
        return may_change(f, item, there, true);
    return item->kind != A_SET || !clashes(f, item, INT64_MIN, INT64_MAX);
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
