/* drip: declare.c, level 2a. What the sources declare: names, units, enums, entities with their fields,
 * parameters; attributes and groups by name and type. Expressions are looked at later, so the order of
 * declarations and of files does not matter. */
#include "layers.h"

#include <string.h>

static uint32_t hash_key(uint8_t kind, uint16_t scope, const char *name)
{
    uint64_t h = (uint64_t)(uintptr_t)name * 0x9E3779B97F4A7C15u;
    h ^= ((uint64_t)kind << 32 | scope) * 0xC2B2AE3D27D4EB4Fu;
    return (uint32_t)(h >> 29);
}

dr_decl *dr_decl_find(const dr_front *f, uint8_t kind, uint16_t scope, const char *name)
{
    if (f->n_decl_slots == 0)
        return NULL;
    uint32_t mask = f->n_decl_slots - 1;
    for (uint32_t i = hash_key(kind, scope, name) & mask; f->decl_slots[i] != 0; i = (i + 1) & mask) {
        dr_decl *d = &DR_AT(f->decls, dr_decl, f->decl_slots[i] - 1);
        if (d->name == name && d->kind == kind && d->scope == scope)
            return d;
    }
    return NULL;
}

static bool rehash(dr_front *f)
{
    uint32_t n = f->n_decl_slots == 0 ? 256 : f->n_decl_slots * 2;
    uint32_t *slots = dr_take_zero(f->arena, n, sizeof *slots);
    if (slots == NULL)
        return false;
    for (uint32_t i = 0; i < f->decls.count; i++) {
        const dr_decl *d = &DR_AT(f->decls, dr_decl, i);
        uint32_t at = hash_key(d->kind, d->scope, d->name) & (n - 1);
        while (slots[at] != 0)
            at = (at + 1) & (n - 1);
        slots[at] = i + 1;
    }
    f->decl_slots = slots;
    f->n_decl_slots = n;
    return true;
}

static const char *kind_name(uint8_t kind)
{
    static const char *const names[] = {
        "name",      "entity", "enum", "field or attribute", "parameter", "table", "source",
        "dimension", "family", "rule", "shorthand",          "clause",    "hook",  "topic"};
    return names[kind];
}

dr_decl *dr_decl_add(dr_front *f, uint8_t kind, uint16_t scope, const char *name, uint32_t index,
                     dr_span span)
{
    dr_decl *twin = dr_decl_find(f, kind, scope, name);
    if (twin != NULL) {
        dr_diag *d = dr_error_at(f, span, "E0200", "the %s \"%s\" is declared twice", kind_name(kind), name);
        if (d != NULL)
            dr_diag_label(f->diags, d, twin->span, "declared here first");
        if (kind == D_PARAM)
            dr_diag_hint(f->diags, d, "a layer gives it another value with: set %s = …", name);
        bool above = dr_lies_over(f, dr_layer_of(f, span.source), dr_layer_of(f, twin->span.source));
        if (above && kind == D_RULE)
            dr_diag_hint(f->diags, d,
                         "a layer changes a line or finding with \"amend line %s\" or \"amend finding %s\"",
                         name, name);
        if (above && kind == D_SLOT)
            dr_diag_hint(f->diags, d,
                         "a layer changes what decides it with \"amend\", \"suspend\" and \"add\"");
        return NULL;
    }
    if (f->decls.count * 2 >= f->n_decl_slots && !rehash(f)) {
        f->no_memory = true;
        return NULL;
    }
    dr_decl *d = dr_vec_add(f->arena, &f->decls, sizeof *d);
    if (d == NULL) {
        f->no_memory = true;
        return NULL;
    }
    *d = (dr_decl){kind, scope, name, index, span};
    uint32_t mask = f->n_decl_slots - 1, at = hash_key(kind, scope, name) & mask;
    while (f->decl_slots[at] != 0)
        at = (at + 1) & mask;
    f->decl_slots[at] = f->decls.count;
    return d;
}

int64_t dr_enum_value(const dr_front *f, uint32_t e, const char *name)
{
    const dr_enum *def = &DR_AT(f->enums, dr_enum, e);
    for (uint32_t i = 0; i < def->count; i++)
        if (def->names[i] == name)
            return i;
    return -1;
}

/* ---- types */

static bool plain_kind(const char *name, uint8_t *kind)
{
    static const struct {
        const char *name;
        uint8_t kind;
    } kinds[] = {{"text", DR_TEXT}, {"bool", DR_BOOL},       {"int", DR_INT},           {"number", DR_NUM},
                 {"date", DR_DATE}, {"instant", DR_INSTANT}, {"duration", DR_DURATION}, {"spans", DR_SPANS}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(kinds[i].name, name) == 0) {
            *kind = kinds[i].kind;
            return true;
        }
    }
    return false;
}

static bool dimension_of(dr_front *f, const char *name, uint32_t *dim)
{
    if (strcmp(name, "time") == 0) {
        *dim = 0;
        return true;
    }
    dr_decl *d = dr_decl_find(f, D_DIMENSION, 0, name);
    if (d == NULL)
        return false;
    *dim = d->index;
    return true;
}

/* Of "set of NAME" the name, of "NAME per OTHER" too. */
static dr_span word_of(const dr_front *f, dr_span at, const char *name)
{
    uint32_t len = (uint32_t)strlen(name);
    const char *bytes = f->sources->items[at.source].bytes;
    if (at.end - at.start > len && memcmp(bytes + at.end - len, name, len) == 0)
        at.start = at.end - len;
    return dr_first_part(at, name);
}

/* What other languages call the types. */
static bool other_type(dr_front *f, dr_diag *d, const char *name)
{
    static const char *const others[][2] = {
        {"string", "text"},      {"str", "text"},          {"char", "text"},        {"varchar", "text"},
        {"boolean", "bool"},     {"logical", "bool"},      {"integer", "int"},      {"whole", "int"},
        {"decimal", "number"},   {"float", "number"},      {"double", "number"},    {"numeric", "number"},
        {"datetime", "instant"}, {"timestamp", "instant"}, {"minutes", "duration"}, {"interval", "duration"},
        {"day", "date"}};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        size_t k = 0;
        while (name[k] != '\0' && (name[k] | 0x20) == others[i][0][k])
            k++;
        if (name[k] != '\0' || others[i][0][k] != '\0')
            continue;
        dr_diag_hint(f->diags, d, "did you mean \"%s\"?", others[i][1]);
        if (d->span.end - d->span.start == k)
            dr_diag_fix(f->diags, d, true, d->span, "%s", others[i][1]);
        return true;
    }
    return false;
}

static bool unknown_type(dr_front *f, const dr_ast *t, const char *name)
{
    dr_diag *d = dr_error_at(f, word_of(f, t->span, name), "E0201", "there is no type \"%s\"", name);
    dr_suggest s;
    dr_suggest_init(&s, name, strlen(name));
    if (d != NULL && other_type(f, d, name))
        return false;
    static const char *const plain[] = {"text", "bool",    "int",      "number",
                                        "date", "instant", "duration", "spans"};
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        dr_suggest_try(&s, plain[i]);
    for (uint32_t i = 0; i < f->decls.count; i++) {
        const dr_decl *decl = &DR_AT(f->decls, dr_decl, i);
        if (decl->kind == D_ENUM || decl->kind == D_ENTITY || decl->kind == D_DIMENSION)
            dr_suggest_try(&s, decl->name);
    }
    dr_hint_nearest(f, d, &s);
    return false;
}

static bool number_type(dr_front *f, const dr_ast *t, uint32_t dim, dr_type *out)
{
    *out = dr_type_plain(DR_NUM);
    out->dim[dim] = 1;
    if (t->b != NULL) {
        uint32_t below = 0;
        if (!dimension_of(f, t->b->text, &below))
            return unknown_type(f, t->b, t->b->text);
        out->dim[below] = (int8_t)(out->dim[below] - 1);
    }
    return true;
}

static bool member_type(dr_front *f, const dr_ast *t, dr_type *out)
{
    dr_decl *d = dr_decl_find(f, t->op == 's' ? D_ENUM : D_ENTITY, 0, t->text);
    *out = dr_type_plain(t->op == 's' ? DR_SET : DR_LIST);
    if (d != NULL) {
        out->of = (uint16_t)d->index;
        out->member = DR_ENUM;
        return true;
    }
    out->member = DR_TEXT;
    return t->op == 's' && strcmp(t->text, "text") == 0 ? true : unknown_type(f, t, t->text);
}

static bool named_type(dr_front *f, const dr_ast *t, dr_type *out)
{
    uint8_t kind = 0;
    uint32_t dim = 0;
    *out = dr_type_plain(DR_TEXT);
    if (t->op != 't')
        return member_type(f, t, out);
    if (dimension_of(f, t->text, &dim) && !(t->b == NULL && dim == 0))
        return number_type(f, t, dim, out);
    if (plain_kind(t->text, &kind)) {
        out->kind = kind;
        return true;
    }
    dr_decl *d = dr_decl_find(f, D_ENUM, 0, t->text);
    if (d != NULL) {
        out->kind = DR_ENUM;
        out->of = (uint16_t)d->index;
        return true;
    }
    d = dr_decl_find(f, D_ENTITY, 0, t->text);
    if (d == NULL)
        return unknown_type(f, t, t->text);
    out->kind = DR_REF;
    out->of = (uint16_t)d->index;
    return true;
}

/* ---- enums */

static bool enum_fill(dr_front *f, dr_enum *e, const dr_ast *values)
{
    enum { ENUM_MAX = 62 };
    uint32_t more = dr_ast_count(values), n = e->count;
    if (n + more > ENUM_MAX) {
        for (; n < ENUM_MAX; n++)
            values = values->next;
        dr_error_at(f, values->span, "E0202", "an enum has at most %d values", ENUM_MAX);
        return false;
    }
    const char **names = dr_take(&f->program->arena, (n + more) * sizeof *names);
    uint8_t *ranks = dr_take_zero(&f->program->arena, n + more, 1);
    if (names == NULL || ranks == NULL)
        return f->no_memory = true, false;
    if (n > 0) {
        memcpy(names, e->names, n * sizeof *names);
        if (e->ranks != NULL)
            memcpy(ranks, e->ranks, n);
    }
    bool ranked = e->ranks != NULL;
    uint8_t rank = n > 0 ? ranks[n - 1] : 0;
    for (const dr_ast *v = values; v != NULL; v = v->next) {
        for (uint32_t i = 0; i < n; i++) {
            if (names[i] == v->text) {
                dr_diag *d =
                    dr_error_at(f, v->span, "E0203", "\"%s\" is a value of %s already", v->text, e->name);
                for (const dr_ast *other = values; other != v; other = other->next)
                    if (other->text == v->text)
                        dr_diag_label(f->diags, d, other->span, "it stands here first");
                return false;
            }
        }
        if (v->op == '>') {
            ranked = true;
            rank++;
        }
        ranks[n] = rank;
        names[n++] = v->text;
    }
    e->names = names;
    e->count = n;
    e->ranks = ranked ? ranks : NULL;
    return true;
}

bool dr_type_of_ast(dr_front *f, const dr_ast *t, dr_type *out)
{
    bool ok;
    if (t->op == 'e') {
        dr_enum *e = dr_vec_add(&f->program->arena, &f->enums, sizeof *e);
        if (e == NULL)
            return f->no_memory = true, false;
        e->name = "its values";
        *out = dr_type_plain(DR_ENUM);
        out->of = (uint16_t)(f->enums.count - 1);
        ok = enum_fill(f, e, t->a);
    } else {
        ok = named_type(f, t, out);
    }
    out->optional = t->flag != 0;
    return ok;
}

static void declare_enum(dr_front *f, const dr_ast *item)
{
    if (item->op == 'x')
        return;
    dr_enum *e = dr_vec_add(&f->program->arena, &f->enums, sizeof *e);
    if (e == NULL) {
        f->no_memory = true;
        return;
    }
    e->name = item->text;
    dr_decl_add(f, D_ENUM, 0, item->text, f->enums.count - 1, item->span);
    enum_fill(f, e, item->a);
}

static void extend_enum(dr_front *f, const dr_ast *item)
{
    if (item->op != 'x')
        return;
    dr_decl *d = dr_decl_find(f, D_ENUM, 0, item->text);
    if (d == NULL) {
        dr_suggest_names(f,
                         dr_error_at(f, item->span, "E0204", "there is no enum \"%s\" to extend", item->text),
                         item->text, D_ENUM, 0);
        return;
    }
    enum_fill(f, &DR_AT(f->enums, dr_enum, d->index), item->a);
}

/* ---- units */

static void add_unit(dr_front *f, const char *name, uint32_t dim, dr_num factor, dr_span span)
{
    for (uint32_t i = 0; i < f->units.count; i++) {
        if (strcmp(DR_AT(f->units, dr_unit, i).name, name) == 0) {
            dr_diag *d = dr_error_at(f, span, "E0205", "the unit \"%s\" is declared twice", name);
            dr_diag_note(f->diags, d, "it is a unit of %s already; each spelling belongs to one unit",
                         DR_AT(f->dim_names, const char *, DR_AT(f->units, dr_unit, i).dim));
            return;
        }
    }
    dr_unit *u = dr_vec_add(&f->program->arena, &f->units, sizeof *u);
    if (u == NULL) {
        f->no_memory = true;
        return;
    }
    *u = (dr_unit){name, dim, factor};
}

static void bad_factor(dr_front *f, const dr_ast *base, const dr_ast *unit)
{
    dr_diag *d = dr_error_at(f, unit->a->span, "E0207", "a unit is a positive number of the base unit");
    if (unit == base) {
        dr_diag_hint(f->diags, d, "the first unit is the base: it is 1");
        dr_diag_fix(f->diags, d, true, unit->a->span, "1");
        return;
    }
    dr_diag_label(f->diags, d, base->span, "the base unit is the first one");
    dr_diag_hint(f->diags, d, "write how many \"%s\" one \"%s\" is", base->text, unit->text);
}

/* How many decimals amounts are written with: of the base unit, in which they are told. */
static void base_decimals(dr_front *f, uint32_t dim, const dr_ast *base)
{
    for (const dr_ast *u = base; u != NULL; u = u->next) {
        const dr_ast *said = u->c;
        if (said == NULL)
            continue;
        bool word = strcmp(said->text, "decimals") == 0;
        const char *n = said->a->text;
        bool fits = n[1] == '\0' && n[0] >= '1' && n[0] <= '6';
        if (word && fits && u == base) {
            f->program->decimals[dim] = (uint8_t)(n[0] - '0');
            continue;
        }
        dr_diag *d =
            dr_error_at(f, said->span, "E0537",
                        word && u != base ? "amounts are told in \"%s\", so that only it has decimals"
                                          : "a unit is told with 1 to 6 decimals",
                        base->text);
        dr_diag_hint(f->diags, d, "behind the first unit may stand: decimals 2");
    }
}

static void declare_dimension(dr_front *f, const dr_ast *item)
{
    uint32_t dim = f->dims.count;
    if (dim >= DR_DIMS) {
        dr_error_at(f, item->span, "E0206", "at most %d dimensions can be declared", DR_DIMS - 1);
        return;
    }
    const char **base = dr_vec_add(&f->program->arena, &f->dims, sizeof *base);
    const char **name = dr_vec_add(f->arena, &f->dim_names, sizeof *name);
    if (base == NULL || name == NULL) {
        f->no_memory = true;
        return;
    }
    *base = item->a->text;
    *name = item->text;
    if (dr_decl_add(f, D_DIMENSION, 0, item->text, dim, item->span) == NULL)
        return;
    base_decimals(f, dim, item->a);
    for (const dr_ast *u = item->a; u != NULL; u = u->next) {
        dr_num factor;
        if (!dr_num_parse(u->a->text, strlen(u->a->text), &factor) || factor.top <= 0) {
            bad_factor(f, item->a, u);
            continue;
        }
        add_unit(f, u->text, dim, factor, u->span);
        for (const dr_ast *s = u->b; s != NULL; s = s->next)
            add_unit(f, s->text, dim, factor, s->span);
    }
}

/* ---- entities and slots */

static dr_entity *new_entity(dr_front *f, const dr_ast *item, uint8_t kind)
{
    dr_entity *e = dr_vec_add(&f->program->arena, &f->entities, sizeof *e);
    if (e == NULL || f->entities.count > UINT16_MAX) {
        f->no_memory = true;
        return NULL;
    }
    e->name = item->text;
    e->kind = kind;
    e->first_slot = DR_NONE;
    dr_decl_add(f, D_ENTITY, 0, item->text, f->entities.count - 1, item->span);
    return e;
}

static void second_result(dr_front *f, const dr_ast *item)
{
    dr_diag *d = dr_error_at(f, item->span, "E0208", "a policy has one result");
    const char *name = DR_AT(f->entities, dr_entity, f->program->result_entity).name;
    dr_decl *first = dr_decl_find(f, D_ENTITY, 0, name);
    if (first != NULL)
        dr_diag_label(f->diags, d, first->span, "declared here first");
}

static void declare_entity_name(dr_front *f, const dr_ast *item)
{
    switch (item->kind) {
    case A_ENTITY:
        if (item->op != 'x')
            new_entity(f, item, item->b == NULL ? DR_ROOT : DR_INPUT);
        break;
    case A_GROUP:
        new_entity(f, item, DR_GROUP);
        break;
    case A_RESULT:
        if (f->program->result_entity != DR_NONE)
            second_result(f, item);
        else if (new_entity(f, item, DR_RESULT) != NULL)
            f->program->result_entity = f->entities.count - 1;
        break;
    case A_MERGE:
        if (item->op != 'x' && !dr_second_merge(f, item) && new_entity(f, item, DR_MERGED) != NULL)
            f->program->merge_entity = f->entities.count - 1;
        break;
    case A_DATATABLE:
        if (item->op != 'x')
            new_entity(f, item, DR_TABLE);
        break;
    default:
        break;
    }
}

void dr_declare_names(dr_front *f)
{
    for (uint32_t i = 0; i < f->items.count; i++) {
        const dr_ast *item = DR_AT(f->items, dr_ast *, i);
        if (item->kind == A_ENUM)
            declare_enum(f, item);
        else if (item->kind == A_DIMENSION)
            declare_dimension(f, item);
        else if (item->kind == A_SOURCE)
            dr_decl_add(f, D_SOURCE, 0, item->text, i, item->span);
        else
            declare_entity_name(f, item);
    }
    for (uint32_t i = 0; i < f->items.count; i++) {
        const dr_ast *item = DR_AT(f->items, dr_ast *, i);
        if (item->kind == A_ENUM)
            extend_enum(f, item);
    }
}
