/* drip: merges.c, level 2a. The lines as they go out: `entity NAME merges RESULT`, and what the answer shows of them.
 *
 * The entity's columns are the result's fields; one node fills them all, by merging what the rules emitted. It
 * reads every rule that emits or marks a line, so that a line which asks for a merged one goes round in a circle, which
 * graph.c reports. What is shown stands at dotted paths behind a line's own members: the program keeps them with
 * those of one object next to each other, and objects in the order of their first members, so that whoever writes
 * them opens each object once. */
#include "layers.h"

#include <ctype.h>
#include <string.h>

enum { SHOWN_MAX = 32 };

static const dr_ast *merge_item(const dr_front *f)
{
    for (uint32_t i = 0; i < f->items.count; i++) {
        const dr_ast *item = DR_AT(f->items, dr_ast *, i);
        if (item->kind == A_MERGE && item->op != 'x')
            return item;
    }
    return NULL;
}

bool dr_second_merge(dr_front *f, const dr_ast *item)
{
    const dr_ast *first = merge_item(f);
    if (first == NULL || first == item)
        return false;
    dr_diag *d = dr_error_at(f, item->span, "E0530", "a policy has one entity that merges its lines");
    dr_diag_label(f->diags, d, first->span, "\"%s\" is declared here first", first->text);
    dr_diag_hint(f->diags, d, "write what you say of \"%s\" over \"%s\"", item->text, first->text);
    return true;
}

/* ---- its columns */

static bool merges_result(dr_front *f, const dr_ast *item)
{
    const dr_ast *of = item->b;
    uint32_t result = f->program->result_entity;
    const char *name = result == DR_NONE ? NULL : DR_AT(f->entities, dr_entity, result).name;
    if (name == of->text)
        return true;
    dr_diag *d =
        dr_error_at(f, of->span, "E0531", "only the lines of the answer are merged, not \"%s\"", of->text);
    if (name == NULL) {
        dr_diag_hint(f->diags, d, "declare what a line is made of first: \"result Line as …\"");
        return false;
    }
    dr_diag_hint(f->diags, d, "write: entity %s merges %s", item->text, name);
    dr_diag_fix(f->diags, d, true, of->span, "%s", name);
    return false;
}

static void declare_columns(dr_front *f, dr_ast *item, uint16_t entity)
{
    uint32_t first = f->slots.count;
    for (uint32_t i = 0; i < f->fields.count; i++) {
        const dr_slot from = DR_AT(f->slots, dr_slot, DR_AT(f->fields, dr_result_field, i).slot);
        uint32_t slot = dr_slot_new(f, from.name, entity, from.type, from.span, true);
        if (slot == DR_NONE)
            return;
        DR_AT(f->slots, dr_slot, slot).field = (uint16_t)i;
    }
    dr_entity *e = &DR_AT(f->entities, dr_entity, entity);
    e->first_slot = first;
    e->n_fields = f->fields.count;
    if (dr_work_new(f, DR_NODE_MERGE, entity, item, first) == NULL)
        return;
    for (uint32_t i = first; i < f->slots.count; i++)
        DR_AT(f->slots, dr_slot, i).node = f->work.count - 1;
}

void dr_merge_slots(dr_front *f)
{
    for (uint32_t i = 0; i < f->items.count; i++) {
        dr_ast *item = DR_AT(f->items, dr_ast *, i);
        if (item->kind != A_MERGE || item->op == 'x')
            continue;
        const dr_decl *d = dr_decl_find(f, D_ENTITY, 0, item->text);
        if (d != NULL && d->index == f->program->merge_entity && merges_result(f, item) &&
            f->fields.count > 0)
            declare_columns(f, item, (uint16_t)d->index);
    }
}

/* ---- what it reads */

/* By name, so that the order of evaluation is not that of files. */
static bool reads_rule(dr_front *f, dr_work *w, uint32_t rule)
{
    if (dr_vec_add(f->arena, &w->edges, sizeof(dr_edge)) == NULL)
        return f->no_memory = true, false;
    const char *name = DR_AT(f->work, dr_work, rule).ast->text;
    dr_edge *at = w->edges.data;
    uint32_t i = w->edges.count - 1;
    for (; i > 0 && strcmp(DR_AT(f->work, dr_work, at[i - 1].to).ast->text, name) > 0; i--)
        at[i] = at[i - 1];
    at[i] = (dr_edge){rule, DR_NONE};
    return true;
}

bool dr_check_merge(dr_front *f, dr_work *w)
{
    bool ok = true;
    for (uint32_t i = 0; i < f->work.count && ok; i++) {
        const dr_work *rule = &DR_AT(f->work, dr_work, i);
        if (rule->kind == DR_NODE_RULE && (rule->ast->kind == A_LINE || rule->ast->kind == A_MARK))
            ok = reads_rule(f, w, i);
    }
    return ok;
}

/* ---- what is shown */

static bool is_total(const dr_ast *shown)
{
    return shown->op == 't';
}

/* The span of the text between the quotes. */
static dr_span inside(const dr_ast *text)
{
    return (dr_span){text->span.source, text->span.start + 1, text->span.end - 1};
}

static bool is_path(const char *path, bool dots)
{
    bool word = false;
    for (; *path != '\0'; path++) {
        unsigned char c = (unsigned char)*path;
        if (c == '.' && (!word || !dots))
            return false;
        if (c != '.' && !isalnum(c) && c != '_' && c != '-')
            return false;
        word = c != '.';
    }
    return word;
}

/* Is one of the two places in the other, or the same? */
static bool clashes(const char *a, const char *b)
{
    size_t n = 0;
    while (a[n] != '\0' && a[n] == b[n])
        n++;
    return (a[n] == '\0' && (b[n] == '\0' || b[n] == '.')) || (b[n] == '\0' && a[n] == '.');
}

static bool place_taken(dr_front *f, const dr_ast *shown, const char *by)
{
    dr_diag *d = dr_error_at(f, inside(shown->a), "E0534", "the answer has \"%s\" already", by);
    if (is_total(shown))
        dr_diag_note(f->diags, d, "it stands among the totals");
    dr_diag_hint(f->diags, d, "choose another name for \"%s\"", shown->text);
    return false;
}

static bool check_place(dr_front *f, const dr_ast *shown)
{
    const char *path = shown->a->text;
    if (!is_path(path, !is_total(shown))) {
        dr_diag *d = dr_error_at(f, inside(shown->a), "E0533", "\"%s\" names no place in the answer", path);
        dr_diag_hint(
            f->diags, d,
            is_total(shown)
                ? "a total has a plain name of letters, digits, - and _"
                : "write names of letters, digits, - and _, with a dot between an object and what is in it");
        return false;
    }
    static const char *const counted[] = {"lines", "denied"};
    for (size_t i = 0; is_total(shown) && i < sizeof counted / sizeof *counted; i++)
        if (clashes(path, counted[i]))
            return place_taken(f, shown, counted[i]);
    if (!is_total(shown) && clashes(path, "clauses"))
        return place_taken(f, shown, "clauses");
    for (uint32_t i = 0; !is_total(shown) && i < f->fields.count; i++)
        if (clashes(path, DR_AT(f->fields, dr_result_field, i).name))
            return place_taken(f, shown, DR_AT(f->fields, dr_result_field, i).name);
    const dr_vec *all = is_total(shown) ? &f->totals : &f->shown;
    for (uint32_t i = 0; i < all->count; i++)
        if (clashes(path, DR_AT(*all, dr_shown, i).path))
            return place_taken(f, shown, DR_AT(*all, dr_shown, i).path);
    return true;
}

static bool check_type(dr_front *f, const dr_ast *shown, const dr_slot *s)
{
    uint8_t kind = s->type.kind;
    bool fits = is_total(shown) ? kind == DR_INT || kind == DR_NUM
                                : kind != DR_REF && kind != DR_LIST && kind != DR_SPANS && kind != DR_NOTHING;
    if (fits)
        return true;
    dr_diag *d = dr_error_at(f, shown->span, "E0535",
                             is_total(shown) ? "only numbers are added up, and \"%s\" is %s"
                                             : "an answer cannot show \"%s\": it is %s",
                             shown->text, dr_type_name(f, s->type));
    dr_diag_label(f->diags, d, s->span, "it is declared here");
    dr_diag_hint(f->diags, d,
                 is_total(shown) ? "total an attribute that is a number, an amount or an int"
                                 : "show numbers, texts, dates, yes and no, or sets");
    return false;
}

/* Behind those of the same object: where the new one shares most with, the last of those. */
static uint32_t place_among(const dr_vec *all, const char *path)
{
    uint32_t best = all->count - 1;
    size_t most = 0;
    for (uint32_t i = 0; i + 1 < all->count; i++) {
        const char *other = DR_AT(*all, dr_shown, i).path;
        size_t shared = 0;
        for (size_t n = 0; path[n] != '\0' && path[n] == other[n]; n++)
            if (path[n] == '.')
                shared = n + 1;
        if (shared > 0 && shared >= most) {
            most = shared;
            best = i + 1;
        }
    }
    return best;
}

static bool add_shown(dr_front *f, const dr_ast *shown, uint32_t slot)
{
    dr_vec *all = is_total(shown) ? &f->totals : &f->shown;
    if (all->count >= SHOWN_MAX) {
        dr_error_at(f, shown->span, "E0536",
                    "an answer shows at most %d values of a line, and as many totals", SHOWN_MAX);
        return false;
    }
    if (dr_vec_add(&f->program->arena, all, sizeof(dr_shown)) == NULL)
        return f->no_memory = true, false;
    uint32_t at = is_total(shown) ? all->count - 1 : place_among(all, shown->a->text);
    dr_shown *to = &DR_AT(*all, dr_shown, at);
    memmove(to + 1, to, (all->count - 1 - at) * sizeof *to);
    *to = (dr_shown){shown->text, shown->a->text, slot, shown->span};
    DR_AT(f->slots, dr_slot, slot).used = true;
    return true;
}

static bool check_shown(dr_front *f, const dr_ast *shown, uint16_t entity)
{
    const dr_decl *d = dr_decl_find(f, D_SLOT, entity, shown->text);
    if (d == NULL) {
        dr_diag *diag = dr_error_at(f, shown->span, "E0532", "%s has no attribute or field \"%s\"",
                                    DR_AT(f->entities, dr_entity, entity).name, shown->text);
        dr_suggest_names(f, diag, shown->text, D_SLOT, entity);
        return false;
    }
    const dr_slot *s = &DR_AT(f->slots, dr_slot, d->index);
    return check_type(f, shown, s) && check_place(f, shown) && add_shown(f, shown, d->index);
}

static bool not_merged(dr_front *f, const dr_ast *item, const dr_decl *d)
{
    if (d == NULL) {
        dr_diag *diag =
            dr_error_at(f, item->span, "E0214", "there is no entity \"%s\" to extend", item->text);
        dr_suggest_names(f, diag, item->text, D_ENTITY, 0);
        return false;
    }
    dr_diag *diag = dr_error_at(f, item->a->span, "E0532", "the answer shows nothing of \"%s\"", item->text);
    if (f->program->merge_entity != DR_NONE)
        dr_diag_hint(f->diags, diag, "shown are the lines as they go out: extend entity %s",
                     DR_AT(f->entities, dr_entity, f->program->merge_entity).name);
    return false;
}

/* Behind those at smaller places, so that the order of files does not show. */
static bool put_in_order(dr_front *f, dr_vec *all, const dr_ast *shown)
{
    if (dr_vec_add(f->arena, all, sizeof shown) == NULL)
        return f->no_memory = true, false;
    const dr_ast **at = all->data;
    uint32_t i = all->count - 1;
    for (; i > 0 && strcmp(at[i - 1]->a->text, shown->a->text) > 0; i--)
        at[i] = at[i - 1];
    at[i] = shown;
    return true;
}

/* What the entity itself shows, as it stands there; then what extends it. */
bool dr_check_shown(dr_front *f)
{
    bool ok = true;
    dr_vec more = {0};
    uint16_t entity = (uint16_t)f->program->merge_entity;
    for (uint32_t i = 0; i < f->items.count; i++) {
        const dr_ast *item = DR_AT(f->items, dr_ast *, i);
        if (item->kind != A_MERGE)
            continue;
        const dr_decl *d = dr_decl_find(f, D_ENTITY, 0, item->text);
        if (d == NULL || d->index != f->program->merge_entity) {
            ok = not_merged(f, item, d) && ok;
            continue;
        }
        for (const dr_ast *shown = item->a; shown != NULL; shown = shown->next)
            ok = (item->op == 'x' ? put_in_order(f, &more, shown) : check_shown(f, shown, entity)) && ok;
    }
    for (uint32_t i = 0; i < more.count; i++)
        ok = check_shown(f, DR_AT(more, const dr_ast *, i), entity) && ok;
    return ok;
}
