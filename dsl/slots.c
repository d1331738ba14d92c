/* drip: slots.c, level 2a. A slot for everything that can be read: fields, attributes, back references,
 * lists of members; and the shapes by which JSON is read. */
#include "layers.h"

#include <ctype.h>
#include <string.h>

uint32_t dr_slot_new(dr_front *f, const char *name, uint16_t entity, dr_type type, dr_span span, bool named)
{
    dr_slot *s = dr_vec_add(&f->program->arena, &f->slots, sizeof *s);
    if (s == NULL) {
        f->no_memory = true;
        return DR_NONE;
    }
    *s = (dr_slot){.name = name,
                   .entity = entity,
                   .field = UINT16_MAX,
                   .type = type,
                   .clause_column = DR_NONE,
                   .node = DR_NONE,
                   .span = span};
    if (named)
        dr_decl_add(f, D_SLOT, entity, name, f->slots.count - 1, span);
    return f->slots.count - 1;
}

static bool field_slot(dr_front *f, uint16_t entity, const dr_ast *field, bool input)
{
    dr_type type;
    if (!dr_type_of_ast(f, field->a, &type))
        return false;
    dr_entity *e = &DR_AT(f->entities, dr_entity, entity);
    if (input && (type.kind == DR_REF || type.kind == DR_LIST || type.kind == DR_SPANS)) {
        dr_error_at(f, field->span, "E0210", "%s cannot be read from a record", dr_type_name(f, type));
        return false;
    }
    bool days = field->op == 'b' || field->op == 'e' || field->op == 'w';
    bool names_policy = field->op == 'p' && e->kind == DR_ROOT && type.kind == DR_TEXT;
    if (days ? e->kind != DR_TABLE
             : e->kind != DR_RESULT && field->op != 0 && field->op != 'k' && !names_policy) {
        dr_diag *d = dr_error_at(f, field->span, "E0479",
                                 "\"%s\" is followed by a word that says nothing here", field->text);
        dr_diag_hint(f->diags, d,
                     e->kind == DR_TABLE
                         ? "a column may be \"key\", or hold the day on which a row starts, ends or was known"
                         : "a field of the record may be \"key\", a text of the record itself \"chooses\" "
                           "(the policy); "
                           "name, count, suffix, summed and united are for result lines");
        return false;
    }
    uint32_t slot = dr_slot_new(f, field->text, entity, type, field->span, true);
    if (slot == DR_NONE)
        return false;
    if (e->first_slot == DR_NONE)
        e->first_slot = slot;
    dr_slot *s = &DR_AT(f->slots, dr_slot, slot);
    s->field = (uint16_t)e->n_fields++;
    s->input = input;
    if (field->op == 'k' && e->kind == DR_ROOT)
        f->program->id_slot = slot;
    if (names_policy) {
        f->program->policy_slot = slot;
        s->used = true;
    }
    return true;
}

static void input_fields(dr_front *f, uint16_t entity, const char *name)
{
    for (uint32_t i = 0; i < f->items.count; i++) {
        const dr_ast *item = DR_AT(f->items, dr_ast *, i);
        if (item->kind != A_ENTITY || item->text != name)
            continue;
        for (const dr_ast *field = item->a; field != NULL; field = field->next)
            field_slot(f, entity, field, true);
    }
}

static const char *role_problem(char role, dr_type type)
{
    switch (role) {
    case 'c':
        return type.kind == DR_INT ? NULL : "the count of a line is a whole number (int)";
    case '+':
        return type.kind == DR_INT ? NULL : "only whole numbers are summed";
    case 'n':
        return type.kind == DR_TEXT ? NULL : "the name of a line is a text";
    case 's':
    case 'u':
        return type.kind == DR_SET ? NULL : "only sets are united or are suffixes";
    default:
        return role == 0 ? NULL : "say name, count, suffix, summed or united";
    }
}

static void not_a_field(dr_front *f, const dr_ast *key)
{
    dr_diag *d = dr_error_at(f, key->span, "E0212", "lines are ordered by their own fields");
    const char *name = key->a != NULL && key->a->text != NULL ? key->a->text : "";
    dr_suggest s;
    dr_suggest_init(&s, name, strlen(name));
    for (uint32_t i = 0; i < f->fields.count; i++)
        dr_suggest_try(&s, DR_AT(f->fields, dr_result_field, i).name);
    dr_hint_nearest(f, d, &s);
}

static void result_fields(dr_front *f, uint16_t entity, const dr_ast *item)
{
    f->program->result_name = item->c->text;
    for (const dr_ast *field = item->a; field != NULL; field = field->next) {
        if (!field_slot(f, entity, field, false))
            continue;
        uint32_t slot = f->slots.count - 1;
        const char *problem = role_problem((char)field->op, DR_AT(f->slots, dr_slot, slot).type);
        if (problem != NULL)
            dr_error_at(f, field->span, "E0211", "%s", problem);
        dr_result_field *r = dr_vec_add(&f->program->arena, &f->fields, sizeof *r);
        if (r == NULL) {
            f->no_memory = true;
            return;
        }
        *r = (dr_result_field){field->text, slot, DR_MERGE_KEY, DR_ROLE_PLAIN};
        if (field->op == 'n')
            r->role = DR_ROLE_NAME;
        if (field->op == 's')
            r->role = DR_ROLE_SUFFIX;
        if (field->op == 'c')
            r->role = DR_ROLE_COUNT;
        if (field->op == 'c' || field->op == '+')
            r->merge = DR_MERGE_SUM;
        if (field->op == 'u')
            r->merge = DR_MERGE_UNION;
    }
    dr_entity *e = &DR_AT(f->entities, dr_entity, entity);
    f->program->family_slot = dr_slot_new(f, "its family", entity, dr_type_plain(DR_INT), item->span, false);
    if (f->program->family_slot != DR_NONE)
        DR_AT(f->slots, dr_slot, f->program->family_slot).field = (uint16_t)e->n_fields++;
    for (const dr_ast *key = item->b; key != NULL; key = key->next) {
        uint32_t found = DR_NONE;
        for (uint32_t i = 0; i < f->fields.count; i++)
            if (key->a != NULL && DR_AT(f->fields, dr_result_field, i).name == key->a->text)
                found = i;
        uint32_t *sort =
            found == DR_NONE ? NULL : dr_vec_add(&f->program->arena, &f->sort_fields, sizeof *sort);
        if (sort == NULL)
            not_a_field(f, key);
        else
            *sort = found;
    }
}

static void table_columns(dr_front *f, uint16_t entity, const dr_ast *item)
{
    uint32_t keys = 0, at = 0;
    for (const dr_ast *column = item->a; column != NULL; column = column->next, at++) {
        if (!field_slot(f, entity, column, false) || column->op != 'k')
            continue;
        if (keys++ != at)
            dr_error_at(f, column->span, "E0213", "the key columns of a table come first");
        if (DR_AT(f->slots, dr_slot, f->slots.count - 1).type.optional)
            dr_error_at(f, column->span, "E0213", "a key column cannot be missing");
    }
    DR_AT(f->entities, dr_entity, entity).n_keys = keys;
    if (keys == 0)
        dr_error_at(f, item->span, "E0213", "the table \"%s\" has no key column: mark one with key",
                    item->text);
}

/* The name by which rows of a group are reached from a member: Site -> site. */
static const char *lowered(dr_front *f, const char *name)
{
    size_t len = strlen(name);
    char *text = dr_take_text(f->arena, name, len);
    if (text == NULL)
        return name;
    for (size_t i = 0; i < len; i++)
        if (text[i] >= 'A' && text[i] <= 'Z')
            text[i] = (char)(text[i] + 'a' - 'A');
    int64_t id = dr_sym(f->syms, text, len);
    return id < 0 ? name : dr_sym_text(f->syms, id)->bytes;
}

dr_work *dr_work_new(dr_front *f, uint8_t kind, uint16_t entity, dr_ast *ast, uint32_t slot)
{
    dr_work *w = dr_vec_add(f->arena, &f->work, sizeof *w);
    if (w == NULL) {
        f->no_memory = true;
        return NULL;
    }
    w->kind = kind;
    w->entity = entity;
    w->ast = ast;
    w->slot = slot;
    w->node = DR_NONE;
    if (slot != DR_NONE)
        DR_AT(f->slots, dr_slot, slot).node = f->work.count - 1;
    return w;
}

static bool entity_named(dr_front *f, const dr_ast *name, uint16_t *out)
{
    dr_decl *d = dr_decl_find(f, D_ENTITY, 0, name->text);
    if (d == NULL) {
        dr_suggest_names(f, dr_error_at(f, name->span, "E0214", "there is no entity \"%s\"", name->text),
                         name->text, D_ENTITY, 0);
        return false;
    }
    *out = (uint16_t)d->index;
    return true;
}

static void group_slots(dr_front *f, dr_ast *item)
{
    uint16_t group = 0, member = 0;
    if (!entity_named(f, item, &group) || !entity_named(f, item->a, &member))
        return;
    dr_type back = dr_type_plain(DR_REF), list = dr_type_plain(DR_LIST), place = dr_type_plain(DR_INT);
    back.of = group;
    back.optional = item->c != NULL;
    list.of = member;
    place.optional = true;
    uint32_t back_slot = dr_slot_new(f, lowered(f, item->text), member, back, item->span, true);
    uint32_t list_slot = dr_slot_new(f, item->b->text, group, list, item->b->span, true);
    uint32_t pos_slot = dr_slot_new(f, "its place", member, place, item->span, false);
    dr_work *w = dr_work_new(f, DR_NODE_GROUP, group, item, back_slot);
    if (w == NULL || list_slot == DR_NONE || pos_slot == DR_NONE)
        return;
    DR_AT(f->slots, dr_slot, list_slot).node = f->work.count - 1;
    DR_AT(f->slots, dr_slot, pos_slot).node = f->work.count - 1;
    item->ref = list_slot;
    item->ref2 = pos_slot;
}

static void attribute_slot(dr_front *f, dr_ast *item)
{
    uint16_t entity = 0;
    dr_type type;
    bool typed = dr_type_of_ast(f, item->a, &type);
    if (!entity_named(f, item->e, &entity) || !typed)
        return;
    uint8_t kind = DR_AT(f->entities, dr_entity, entity).kind;
    if (kind == DR_TABLE || kind == DR_RESULT) {
        dr_error_at(f, item->e->span, "E0215", "%s has no attributes: it is what is looked up or emitted",
                    item->text);
        return;
    }
    uint32_t slot = dr_slot_new(f, item->text2, entity, type, item->span, true);
    if (slot == DR_NONE)
        return;
    dr_work_new(f, DR_NODE_ATTR, entity, item, slot);
    item->ref2 = DR_NONE;
    if (type.kind == DR_LIST) {
        dr_type place = dr_type_plain(DR_INT);
        place.optional = true;
        item->ref2 = dr_slot_new(f, "its place", type.of, place, item->span, false);
        if (item->ref2 != DR_NONE)
            DR_AT(f->slots, dr_slot, item->ref2).node = f->work.count - 1;
    }
}

static void clock_slots(dr_front *f, dr_ast *item)
{
    uint16_t entity = 0;
    if (!entity_named(f, item, &entity))
        return;
    dr_type open = dr_type_plain(DR_INSTANT);
    open.optional = true;
    const char *name = item->text2;
    char joined[128];
    size_t len = strlen(name) > 100 ? 100 : strlen(name);
    memcpy(joined, name, len);
    memcpy(joined + len, "_open", 5);
    int64_t open_id = dr_sym(f->syms, joined, len + 5);
    memcpy(joined + len, "_early", 6);
    int64_t early_id = dr_sym(f->syms, joined, len + 6);
    if (open_id < 0 || early_id < 0) {
        f->no_memory = true;
        return;
    }
    uint32_t slot = dr_slot_new(f, name, entity, dr_type_plain(DR_SPANS), item->span, true);
    uint32_t open_slot = dr_slot_new(f, dr_sym_text(f->syms, open_id)->bytes, entity, open, item->span, true);
    uint32_t early_slot = dr_slot_new(f, dr_sym_text(f->syms, early_id)->bytes, entity, dr_type_plain(DR_INT),
                                      item->span, true);
    if (slot == DR_NONE || open_slot == DR_NONE || early_slot == DR_NONE ||
        dr_work_new(f, DR_NODE_CLOCK, entity, item, slot) == NULL)
        return;
    DR_AT(f->slots, dr_slot, open_slot).node = DR_AT(f->slots, dr_slot, early_slot).node = f->work.count - 1;
    item->ref = open_slot;
    item->ref2 = early_slot;
}

static uint32_t declare_family(dr_front *f, const dr_ast *item)
{
    const char *family = item->kind == A_LINE && item->b != NULL ? item->b->text : "lines";
    uint32_t id = (uint32_t)dr_sym(f->syms, family, strlen(family));
    if (item->kind == A_LINE && dr_decl_find(f, D_FAMILY, 0, dr_sym_text(f->syms, id)->bytes) == NULL)
        dr_decl_add(f, D_FAMILY, 0, dr_sym_text(f->syms, id)->bytes, id, item->span);
    return id;
}

static uint8_t rule_kind(const dr_ast *item)
{
    return item->kind == A_LINE ? DR_CLAUSE_LINE : item->kind == A_MARK ? DR_CLAUSE_MARK : DR_CLAUSE_FINDING;
}

static void rule_work(dr_front *f, dr_ast *item)
{
    uint16_t entity = (uint16_t)f->program->result_entity;
    if (item->kind == A_MARK && f->program->result_entity == DR_NONE) {
        dr_error_at(f, item->span, "E0430", "lines need a declared result: \"result Line as …\"");
        return;
    }
    if (item->kind != A_MARK && !entity_named(f, item->a->a, &entity))
        return;
    dr_work *w = dr_work_new(f, DR_NODE_RULE, entity, item, DR_NONE);
    dr_rule *r = dr_vec_add(&f->program->arena, &f->rules, sizeof *r);
    if (w == NULL || r == NULL) {
        f->no_memory = true;
        return;
    }
    w->rule = f->rules.count - 1;
    r->kind = rule_kind(item);
    r->entity = entity;
    if ((item->flag & DR_PIECE) == 0 || dr_decl_find(f, D_RULE, 0, item->text) == NULL)
        dr_decl_add(f, D_RULE, 0, item->text, w->rule, item->span);
    r->family = declare_family(f, item);
}

/* ---- JSON shapes */

typedef struct path_entry {
    const char *path; /* the rest, from this object on */
    uint32_t slot;
    const dr_ast *at;
} path_entry;

static int key_order(const dr_json_key *a, const dr_json_key *b)
{
    if (a->len != b->len)
        return a->len < b->len ? -1 : 1;
    return memcmp(a->name, b->name, a->len);
}

static void key_insert(dr_json_key *keys, uint32_t *n, dr_json_key key)
{
    uint32_t i = (*n)++;
    for (; i > 0 && key_order(&key, &keys[i - 1]) < 0; i--)
        keys[i] = keys[i - 1];
    keys[i] = key;
}

static uint32_t make_shape(dr_front *f, uint32_t entity, const path_entry *entries, uint32_t n, bool root,
                           uint32_t depth);

/* Rows of entities that stand in the root object. */
static bool row_keys(dr_front *f, dr_json_key *keys, uint32_t *n, uint32_t max)
{
    for (uint32_t i = 0; i < f->items.count; i++) {
        const dr_ast *item = DR_AT(f->items, dr_ast *, i);
        if (item->kind != A_ENTITY || item->op == 'x' || item->b == NULL)
            continue;
        dr_decl *parent = dr_decl_find(f, D_ENTITY, 0, item->b->text);
        if (parent == NULL || DR_AT(f->entities, dr_entity, parent->index).kind != DR_ROOT) {
            dr_diag *d =
                dr_error_at(f, item->b->span, "E0216", "rows are read from a list in the encounter itself");
            if (parent != NULL)
                dr_diag_label(f->diags, d, parent->span, "this is not the record, but a list in it");
            continue;
        }
        dr_decl *d = dr_decl_find(f, D_ENTITY, 0, item->text);
        if (d == NULL || *n >= max)
            return false;
        if (item->flag == 2)
            dr_error_at(f, item->c->span, "E0479", "this list is followed by a word other than \"required\"");
        key_insert(keys, n,
                   (dr_json_key){item->c->text, (uint32_t)strlen(item->c->text), DR_KEY_ROWS, d->index,
                                 DR_NONE, item->flag != 0});
    }
    return true;
}

static uint32_t make_shape(dr_front *f, uint32_t entity, const path_entry *entries, uint32_t n, bool root,
                           uint32_t depth)
{
    enum { KEYS_MAX = 64 };
    uint32_t index = f->shapes.count;
    dr_shape *shape = dr_vec_add(&f->program->arena, &f->shapes, sizeof *shape);
    dr_json_key *keys = dr_take_zero(&f->program->arena, KEYS_MAX, sizeof *keys);
    path_entry *inner = dr_take_zero(f->arena, n + 1, sizeof *inner);
    if (shape == NULL || keys == NULL || inner == NULL || depth > 8)
        return f->no_memory = true, 0;
    uint32_t count = 0;
    for (uint32_t i = 0; i < n; i++) {
        const char *dot = strchr(entries[i].path, '.');
        size_t len = dot == NULL ? strlen(entries[i].path) : (size_t)(dot - entries[i].path);
        uint32_t first = 0, inside = 0;
        while (strncmp(entries[first].path, entries[i].path, len) != 0 ||
               (entries[first].path[len] != '.' && entries[first].path[len] != '\0'))
            first++;
        if (dot == NULL && first != i) {
            dr_diag *d = dr_error_at(f, entries[i].at->span, "E0217", "two fields are read from \"%s\"",
                                     entries[i].path);
            dr_diag_label(f->diags, d, entries[first].at->span, "the other one");
            dr_diag_hint(f->diags, d, "say where in the record each stands: as \"path\"");
            continue;
        }
        if (count >= KEYS_MAX) {
            dr_error_at(f, entries[i].at->span, "E0218", "an object has at most %d declared fields",
                        KEYS_MAX);
            break;
        }
        dr_json_key key = {dr_take_text(&f->program->arena, entries[i].path, len),
                           (uint32_t)len,
                           DR_KEY_FIELD,
                           entries[i].slot,
                           DR_NONE,
                           false};
        if (dot != NULL) {
            if (first != i)
                continue; /* its object was made with the first of them */
            for (uint32_t k = i; k < n; k++)
                if (strncmp(entries[k].path, entries[i].path, len) == 0 && entries[k].path[len] == '.')
                    inner[inside++] = (path_entry){entries[k].path + len + 1, entries[k].slot, entries[k].at};
            key.kind = DR_KEY_OBJECT;
            key.target = key.shape = make_shape(f, entity, inner, inside, false, depth + 1);
        }
        key_insert(keys, &count, key);
    }
    if (root)
        row_keys(f, keys, &count, KEYS_MAX);
    DR_AT(f->shapes, dr_shape, index) = (dr_shape){entity, count, keys};
    return index;
}

static uint32_t entity_shape(dr_front *f, uint32_t entity)
{
    const dr_entity *e = &DR_AT(f->entities, dr_entity, entity);
    path_entry *entries = dr_take_zero(f->arena, e->n_fields + 1, sizeof *entries);
    uint32_t n = 0;
    if (entries == NULL)
        return f->no_memory = true, 0;
    for (uint32_t i = 0; i < f->items.count; i++) {
        const dr_ast *item = DR_AT(f->items, dr_ast *, i);
        if (item->kind != A_ENTITY || item->text != e->name)
            continue;
        for (const dr_ast *field = item->a; field != NULL; field = field->next) {
            dr_decl *d = dr_decl_find(f, D_SLOT, (uint16_t)entity, field->text);
            bool twin = d == NULL; /* declared twice: that is said */
            for (uint32_t k = 0; k < n && !twin; k++)
                twin = entries[k].slot == d->index;
            if (!twin && n < e->n_fields)
                entries[n++] = (path_entry){field->b != NULL ? field->b->text : field->text, d->index, field};
        }
    }
    return make_shape(f, entity, entries, n, e->kind == DR_ROOT, 0);
}

/* The encounter: the one entity that is in no other. */
static bool find_root(dr_front *f, uint32_t *root)
{
    dr_span at = {UINT32_MAX, 0, 0}, first = at;
    dr_diag *d = NULL;
    *root = DR_NONE;
    for (uint32_t i = 0; i < f->entities.count; i++) {
        const dr_entity *e = &DR_AT(f->entities, dr_entity, i);
        const dr_decl *decl = e->kind == DR_ROOT ? dr_decl_find(f, D_ENTITY, 0, e->name) : NULL;
        if (decl == NULL)
            continue;
        if (*root == DR_NONE) {
            *root = i;
            first = decl->span;
            continue;
        }
        d = dr_error_at(f, decl->span, "E0219", "two entities are the root of the record");
        dr_diag_label(f->diags, d, first, "the other one");
        dr_diag_hint(f->diags, d, "say where its rows are: \"entity %s in %s as \"list\"\"", e->name,
                     DR_AT(f->entities, dr_entity, *root).name);
    }
    if (*root == DR_NONE) {
        d = dr_error_at(f, at, "E0219", "no entity is the root of the record");
        dr_diag_hint(f->diags, d, "a policy needs one entity without \"in\": the encounter");
    }
    return d == NULL && *root != DR_NONE;
}

static void build_shapes(dr_front *f)
{
    uint32_t root;
    if (!find_root(f, &root))
        return;
    entity_shape(f, root);
    for (uint32_t i = 0; i < f->entities.count; i++) {
        if (DR_AT(f->entities, dr_entity, i).kind != DR_INPUT)
            continue;
        uint32_t shape = entity_shape(f, i);
        dr_shape *top = &DR_AT(f->shapes, dr_shape, 0);
        for (uint32_t k = 0; k < top->n_keys; k++)
            if (top->keys[k].kind == DR_KEY_ROWS && top->keys[k].target == i)
                ((dr_json_key *)(uintptr_t)top->keys)[k].shape = shape;
    }
}

bool dr_declare_slots(dr_front *f)
{
    f->program->id_slot = f->program->policy_slot = f->program->family_slot = DR_NONE;
    for (uint32_t i = 0; i < f->entities.count; i++) {
        const dr_entity *e = &DR_AT(f->entities, dr_entity, i);
        if (e->kind == DR_ROOT || e->kind == DR_INPUT)
            input_fields(f, (uint16_t)i, e->name);
    }
    for (uint32_t i = 0; i < f->items.count; i++) {
        dr_ast *item = DR_AT(f->items, dr_ast *, i);
        dr_decl *d = item->text == NULL ? NULL : dr_decl_find(f, D_ENTITY, 0, item->text);
        if (item->kind == A_RESULT && d != NULL && d->index == f->program->result_entity)
            result_fields(f, (uint16_t)d->index, item);
        else if (item->kind == A_DATATABLE && item->op != 'x' && d != NULL)
            table_columns(f, (uint16_t)d->index, item);
        else if (item->kind == A_GROUP)
            group_slots(f, item);
        else if (item->kind == A_ENTITY && item->op == 'x' && d == NULL)
            dr_suggest_names(
                f, dr_error_at(f, item->span, "E0214", "there is no entity \"%s\" to extend", item->text),
                item->text, D_ENTITY, 0);
    }
    dr_merge_slots(f);
    for (uint32_t i = 0; i < f->items.count; i++) {
        dr_ast *item = DR_AT(f->items, dr_ast *, i);
        if (item->kind == A_ATTRIBUTE)
            attribute_slot(f, item);
        else if (item->kind == A_CLOCK)
            clock_slots(f, item);
        else if (item->kind == A_LINE || item->kind == A_MARK || item->kind == A_FINDING)
            rule_work(f, item);
    }
    for (uint32_t i = 0; i < f->gone.count; i++) /* others may still ask for lines of its family */
        declare_family(f, DR_AT(f->gone, dr_gone, i).was);
    dr_check_shown(f);
    build_shapes(f);
    return !f->no_memory;
}
