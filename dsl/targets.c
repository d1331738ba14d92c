/* drip: targets.c, level 2a. What a layer's change names: the clause, row, line or finding below it, whether the layer
 * may change it, and whether another has; and what later passes ask about what was changed. */
#include "layers.h"

#include <string.h>

uint32_t dr_layer_of(const dr_front *f, uint32_t source)
{
    return source < f->sources->count ? f->program->source_layers[source] : DR_NONE;
}

const char *dr_layer_name(const dr_front *f, uint32_t source)
{
    uint32_t layer = dr_layer_of(f, source);
    return layer < f->layers.count ? DR_AT(f->layers, dr_layer_info, layer).name : "this file";
}

bool dr_lies_over(const dr_front *f, uint32_t upper, uint32_t lower)
{
    if (upper >= f->layers.count || lower >= f->layers.count || upper <= lower)
        return false;
    for (const dr_ast *base = DR_AT(f->layers, dr_layer_info, upper).over; base != NULL; base = base->next)
        for (uint32_t i = 0; i < upper; i++)
            if (DR_AT(f->layers, dr_layer_info, i).name == base->text &&
                (i == lower || dr_lies_over(f, i, lower)))
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
const char *dr_behind_name(const dr_ast *attribute, const char *name)
{
    size_t a = strlen(attribute->text), b = strlen(attribute->text2);
    if (strncmp(name, attribute->text, a) != 0 || name[a] != '.' ||
        strncmp(name + a + 1, attribute->text2, b) != 0)
        return NULL;
    name += a + 1 + b;
    return *name == '\0' ? name : *name == '.' ? name + 1 : NULL;
}

dr_ast **dr_parts_of(dr_ast *attribute)
{
    return attribute->c != NULL ? &attribute->c->a->next : &attribute->b;
}

void dr_keep_piece(dr_front *f, dr_vec *v, dr_ast *piece)
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
        const char *rest = dr_behind_name(attribute, DR_AT(f->gone, dr_gone, i).name);
        const dr_ast *was = DR_AT(f->gone, dr_gone, i).was;
        if (rest != NULL && (was->kind == A_CLAUSE || was->kind == A_ROW) &&
            strcmp(*rest == '\0' ? attribute->text2 : rest, name) == 0)
            return true;
    }
    return false;
}

bool dr_label_changes(dr_front *f, dr_diag *d, const dr_ast *attribute)
{
    bool some = false;
    for (uint32_t i = 0; i < f->changes.count && d != NULL; i++) {
        const dr_ast *item = DR_AT(f->changes, dr_change, i).item;
        if (item->kind == A_SET || item->op != 'c' || dr_behind_name(attribute, item->text) == NULL)
            continue;
        dr_diag_label(f->diags, d, item->span, "\"%s\" is %s here", item->text,
                      item->kind == A_AMEND ? "amended" : "suspended");
        some = true;
    }
    return some;
}

/* ---- what a change names */

void dr_find_clause(dr_front *f, const dr_ast *item, dr_target *t)
{
    for (uint32_t i = 0; i < f->items.count; i++) {
        dr_ast *attribute = DR_AT(f->items, dr_ast *, i);
        const char *rest = attribute->kind == A_ATTRIBUTE ? dr_behind_name(attribute, item->text) : NULL;
        if (rest == NULL)
            continue;
        t->attribute = attribute;
        for (dr_ast *part = *dr_parts_of(attribute); part != NULL; part = part->next)
            if (strcmp(part->text == NULL ? "" : part->text, rest) == 0)
                dr_keep_piece(f, &t->pieces, part);
    }
}

void dr_find_rule(dr_front *f, const char *name, uint8_t kind, dr_target *t)
{
    for (uint32_t i = 0; i < f->items.count; i++) {
        dr_ast *rule = DR_AT(f->items, dr_ast *, i);
        if (rule->kind == kind && rule->text == name)
            dr_keep_piece(f, &t->pieces, rule);
    }
}

uint8_t dr_rule_kind(uint8_t op)
{
    return op == 'l' ? A_LINE : op == 'm' ? A_MARK : A_FINDING;
}

/* Of what kind it is instead, as it is written before the name; NULL: there is nothing of this name. */
static const char *other_kind(dr_front *f, const dr_ast *item)
{
    static const struct {
        char op;
        uint8_t kind;
        const char *word;
    } kinds[] = {{'l', A_LINE, "line "}, {'m', A_MARK, "mark "}, {'f', A_FINDING, "finding "}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        dr_target t = {0};
        dr_find_rule(f, item->text, kinds[i].kind, &t);
        if (item->op != (uint8_t)kinds[i].op && t.pieces.count > 0)
            return kinds[i].word;
    }
    return NULL;
}

static void suggest_target(dr_front *f, dr_diag *d, const dr_ast *item)
{
    dr_suggest s;
    dr_suggest_init(&s, item->text, strlen(item->text));
    uint8_t kind = dr_rule_kind(item->op);
    bool rule = item->op != 'c' && item->kind != A_ADDITION;
    for (uint32_t i = 0; i < f->items.count; i++) {
        dr_ast *other = DR_AT(f->items, dr_ast *, i);
        if (rule && other->kind == kind)
            dr_suggest_try(&s, other->text);
        if (rule || other->kind != A_ATTRIBUTE)
            continue;
        dr_ast *first = *dr_parts_of(other);
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
           : item->op == 'm'        ? "mark"
           : item->op == 'f'        ? "finding"
                                    : "clause";
}

static const char *verb(const dr_ast *item)
{
    return item->kind == A_AMEND ? "amend" : item->kind == A_SUSPEND ? "suspend" : "add to";
}

void dr_not_there(dr_front *f, const dr_ast *item, const dr_target *t)
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
        dr_diag_hint(f->diags, d, "it is a %.*s: %s %s%s", (int)strlen(other) - 1, other, verb(item), other,
                     item->text);
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
bool dr_may_change(dr_front *f, const dr_ast *item, const dr_ast *there, bool is_fixed)
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
    if (dr_lies_over(f, rank, lower))
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

bool dr_clashes(dr_front *f, const dr_ast *item, const dr_ast *periods)
{
    uint32_t rank = dr_layer_of(f, item->span.source);
    for (uint32_t i = 0; i < f->changes.count; i++) {
        const dr_change *c = &DR_AT(f->changes, dr_change, i);
        bool set = item->kind == A_SET;
        if (c->item->text != item->text || (c->item->kind == A_SET) != set ||
            (!set && c->item->op != item->op) || dr_lies_over(f, rank, c->rank) || (set && rank == c->rank) ||
            !dr_periods_meet(f, c->periods, periods))
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
        *kept = (dr_change){item, rank, periods};
    return false;
}
