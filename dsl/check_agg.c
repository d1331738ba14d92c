/* drip: check_agg.c, level 2a. Types of what looks at several rows: any, every, count, sum, first, best … */
#include "front.h"

#include <string.h>

/* The rows a collection has. back_list: only rows before `this` in that list. own: the members of a group,
 * which are never none. */
static bool check_collection(dr_front *f, dr_ast *c, uint16_t *entity, uint32_t *back_list, bool *own)
{
    *back_list = DR_NONE;
    *own = false;
    if (c->kind == A_LINESOF) {
        dr_decl *d = dr_decl_find(f, D_FAMILY, 0, c->text);
        if (d == NULL || f->program->result_entity == DR_NONE) {
            uint32_t len = (uint32_t)strlen(c->text);
            dr_span name = {c->span.source, c->span.end - len, c->span.end};
            dr_suggest_names(f, dr_error_at(f, name, "E0320", "there are no lines of \"%s\"", c->text),
                             c->text, D_FAMILY, 0);
            return false;
        }
        c->ref = d->index;
        *entity = (uint16_t)f->program->result_entity;
        dr_depend_lines(f, d->index);
        return true;
    }
    dr_ast *path = c->kind == A_BEFORETHIS ? c->a : c;
    dr_decl *d = path->kind == A_NAME ? dr_decl_find(f, D_ENTITY, 0, path->text) : NULL;
    if (d != NULL && c->kind != A_BEFORETHIS) {
        uint8_t kind = DR_AT(f->entities, dr_entity, d->index).kind;
        if (kind == DR_TABLE || kind == DR_RESULT) {
            dr_error_at(f, c->span, "E0321", "the rows of %s cannot be gone through here", path->text);
            return false;
        }
        path->refers = R_ENTITY;
        path->ref = d->index;
        *entity = (uint16_t)d->index;
        dr_depend_entity(f, d->index);
        return true;
    }
    if (!dr_check(f, path, NULL))
        return false;
    if (path->type.kind != DR_LIST || path->type.optional) {
        dr_diag *diag = dr_error_at(f, path->span, "E0322", "rows are gone through in a list, found %s",
                                    dr_type_name(f, path->type));
        dr_diag_hint(f->diags, diag, "name an entity (all its rows), the members of a group, or a list");
        return false;
    }
    *entity = path->type.of;
    if (c->kind == A_BEFORETHIS) {
        if (path->refers != R_SLOT || path->type.of != f->this_entity) {
            dr_error_at(f, c->span, "E0309", "\"before this in\" takes a list that holds this row");
            return false;
        }
        *back_list = path->ref;
        return true;
    }
    if (path->refers == R_SLOT) {
        uint32_t node = DR_AT(f->slots, dr_slot, path->ref).node;
        *own = node != DR_NONE && DR_AT(f->work, dr_work, node).kind == DR_NODE_GROUP;
    }
    return true;
}

static void advise_key(dr_front *f, dr_diag *d, const dr_ast *key)
{
    uint8_t kind = key->type.kind;
    dr_span before = {key->span.source, key->span.start, key->span.start};
    const char *word = kind == DR_DURATION ? "longest "
                       : kind == DR_SPANS  ? "longest length of "
                                           : "earliest ";
    if (kind == DR_ENUM)
        dr_diag_hint(f->diags, d, "declare the order with > between its values, highest first");
    else if (kind == DR_SPANS)
        dr_diag_hint(f->diags, d, "rank by its length: \"longest length of …\"");
    else if (kind == DR_INT)
        dr_diag_hint(f->diags, d, "say \"least\" or \"most\" before it");
    else if (kind == DR_DURATION || kind == DR_INSTANT || kind == DR_DATE)
        dr_diag_hint(f->diags, d, "say earliest, latest, longest, least or most before it");
    if (kind == DR_SPANS || kind == DR_DURATION || kind == DR_INSTANT || kind == DR_DATE)
        dr_diag_fix(f->diags, d, false, before, "%s", word);
}

static bool check_keys(dr_front *f, dr_ast *keys)
{
    bool ok = true, total = false;
    for (dr_ast *k = keys; k != NULL; k = k->next) {
        if (k->op == KEY_CHARTED) {
            total = true;
            continue;
        }
        if (!dr_check(f, k->a, NULL)) {
            ok = false;
            continue;
        }
        uint8_t kind = k->a->type.kind;
        bool plain =
            kind == DR_BOOL || (kind == DR_ENUM && DR_AT(f->enums, dr_enum, k->a->type.of).ranks != NULL);
        bool measured = kind == DR_INT || kind == DR_DURATION || kind == DR_INSTANT || kind == DR_DATE;
        if ((k->op == KEY_PLAIN && plain) || (k->op != KEY_PLAIN && measured))
            continue;
        dr_diag *d = dr_error_at(f, k->a->span, "E0323", "rows cannot be ranked by %s like this",
                                 dr_type_name(f, k->a->type));
        advise_key(f, d, k->a);
        ok = false;
    }
    if (ok && !total && keys != NULL) {
        dr_ast *last = keys->last != NULL ? keys->last : keys;
        dr_diag *d = dr_error_at(f, last->span, "E0324",
                                 "two rows could be equal in all of these: the order must be total");
        dr_diag_note(f->diags, d, "which of two equal rows comes first would else be left to chance");
        dr_diag_hint(f->diags, d, "end with \"as charted\": it tells any two rows apart");
        dr_span end = {last->span.source, last->span.end, last->span.end};
        if (strchr(")]", f->sources->items[end.source].bytes[end.start]) == NULL)
            dr_diag_fix(f->diags, d, true, end, ", as charted");
        return false;
    }
    return ok;
}

bool dr_check_keys(dr_front *f, dr_ast *keys)
{
    return check_keys(f, keys);
}

static bool fits(uint8_t op, dr_type t)
{
    switch (op) {
    case G_SUM:
        return t.kind == DR_INT || t.kind == DR_NUM || t.kind == DR_DURATION;
    case G_LEAST:
    case G_MOST:
        return t.kind == DR_INT || t.kind == DR_DURATION || t.kind == DR_INSTANT || t.kind == DR_DATE;
    case G_HIGHEST:
        return t.kind == DR_ENUM;
    case G_UNION:
        return t.kind == DR_SPANS;
    case G_SETOF:
        return t.kind == DR_TEXT || t.kind == DR_ENUM || t.kind == DR_SET;
    default:
        return true;
    }
}

static void no_sum(dr_front *f, const dr_ast *value, dr_type t)
{
    dr_diag *d = dr_error_at(f, value->span, "E0325", "%s cannot be summed", dr_type_name(f, t));
    dr_label_declared(f, d, value);
    if (t.kind == DR_SPANS)
        dr_diag_hint(f->diags, d,
                     "sum the lengths (\"sum of length of …\"), or join the time: "
                     "\"union … for …\" counts what runs side by side once");
    else if (t.kind == DR_BOOL)
        dr_diag_hint(f->diags, d, "count the rows: \"count x in … where …\"");
}

static bool does_not_fit(dr_front *f, const dr_ast *e, dr_type t)
{
    const dr_span at = e->c->span;
    dr_diag *d;
    switch (e->op) {
    case G_SUM:
        no_sum(f, e->c, t);
        return false;
    case G_LEAST:
    case G_MOST:
        d = dr_error_at(f, at, "E0326", "%s has no least or most", dr_type_name(f, t));
        dr_label_declared(f, d, e->c);
        if (t.kind == DR_ENUM)
            dr_diag_hint(f->diags, d, "for the values of an enum there is \"highest\"");
        return false;
    case G_HIGHEST:
        d = dr_error_at(f, at, "E0327", "only values of an enum have a highest");
        dr_diag_hint(f->diags, d, "for numbers and times say \"most\" or \"latest\"");
        return false;
    case G_UNION:
        d = dr_error_at(f, at, "E0328", "only time spans are united, found %s", dr_type_name(f, t));
        dr_diag_hint(f->diags, d,
                     t.kind == DR_TEXT || t.kind == DR_SET ? "for texts say \"set of … for …\""
                                                           : "to add up, say \"sum of … for …\"");
        return false;
    default:
        d = dr_error_at(f, at, "E0329", "a set has texts or values of an enum, found %s", dr_type_name(f, t));
        dr_label_declared(f, d, e->c);
        return false;
    }
}

static bool value_type(dr_front *f, dr_ast *e, bool own)
{
    dr_type t = e->c->type;
    bool sure = own && e->b == NULL;
    if (!fits(e->op, t))
        return does_not_fit(f, e, t);
    if (e->op == G_LEAST || e->op == G_MOST || e->op == G_HIGHEST) {
        t.optional = !sure;
    } else if (e->op == G_SETOF && t.kind != DR_SET) {
        dr_type set = dr_type_plain(DR_SET);
        set.member = t.kind;
        set.of = t.of;
        t = set;
    } else if (e->op == G_FIRST || e->op == G_LAST) {
        t.optional = !sure || t.optional;
    }
    if (t.optional && dr_known_here(f, e))
        t.optional = false;
    e->type = t;
    return true;
}

static bool check_body(dr_front *f, dr_ast *e, uint16_t entity, bool own)
{
    uint32_t before = f->n_facts;
    bool ok = e->b == NULL || dr_check_as(f, e->b, dr_type_plain(DR_BOOL), "what follows \"where\"");
    if (ok)
        dr_facts_add(f, e->b, true);
    dr_type ref = dr_type_plain(e->op == G_LIST ? DR_LIST : DR_REF);
    ref.of = entity;
    switch (e->op) {
    case G_ANY:
    case G_NO:
        e->type = dr_type_plain(DR_BOOL);
        break;
    case G_EVERY:
        ok = ok && dr_check_as(f, e->c, dr_type_plain(DR_BOOL), "what every row has");
        e->type = dr_type_plain(DR_BOOL);
        break;
    case G_COUNT:
        e->type = dr_type_plain(DR_INT);
        break;
    case G_BEST:
        ref.optional = !(own && e->b == NULL);
        ok = ok && check_keys(f, e->d);
        e->type = ref;
        break;
    case G_LIST:
        ok = ok && check_keys(f, e->d);
        e->type = ref;
        break;
    default:
        ok = ok && dr_check(f, e->c, NULL);
        if (ok && e->c->type.optional && e->op != G_FIRST && e->op != G_LAST) {
            dr_type plain = e->c->type;
            plain.optional = false;
            ok = dr_check_as(f, e->c, plain, "this");
        }
        ok = ok && value_type(f, e, own);
        break;
    }
    f->n_facts = before;
    return ok;
}

bool dr_check_agg(dr_front *f, dr_ast *e, const dr_type *expected)
{
    (void)expected;
    uint16_t entity = 0;
    uint32_t back = DR_NONE;
    bool own = false;
    if (!check_collection(f, e->a, &entity, &back, &own))
        return false;
    if (f->n_vars == sizeof f->vars / sizeof *f->vars) {
        dr_error_at(f, e->span, "E0330",
                    "too many of these inside each other: use an attribute for the inner one");
        return false;
    }
    e->ref = f->n_vars;
    e->ref2 = entity;
    f->vars[f->n_vars++] = (dr_var){e->text, entity, 0, back, e->a->kind == A_LINESOF ? e->a : NULL};
    bool ok = check_body(f, e, entity, own);
    f->n_vars--;
    return ok;
}
