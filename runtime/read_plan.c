/* drip: read_plan.c, level 2b. The reader's plan: made once per session from the program's shapes.
 *
 * A key's name is kept as two words together with its closing quote, so that the guess "the key that
 * followed last time" is checked with two comparisons and without looking for the quote first. What
 * an object must have is worked out here, nested objects included: an object is required where
 * something in it is. */
#include "read_plan.h"

enum { SLOTS_PER_NAME = 2, FIRST_ROWS = 8 };

/* ---- names ---- */

static uint32_t place_of(uint64_t prefix, size_t len)
{
    uint64_t h = (prefix ^ len * 0x9E3779B97F4A7C15u) * 0x9FB21C651E98DF25u;
    return (uint32_t)(h >> 32);
}

int32_t dr_words_find(const dr_words *words, const char *bytes, size_t len)
{
    uint64_t prefix = dr_first_bytes(bytes, len);
    for (uint32_t at = place_of(prefix, len) & words->mask; words->slots[at] != 0;
         at = (at + 1) & words->mask) {
        const dr_word *w = &words->items[words->slots[at] - 1];
        if (w->prefix == prefix && w->len == len &&
            (len <= 8 || memcmp(w->bytes + 8, bytes + 8, len - 8) == 0))
            return words->slots[at] - 1;
    }
    return -1;
}

static bool words_init(dr_arena *arena, dr_words *words, uint32_t size)
{
    uint32_t n = 2;
    while (n < (uint64_t)size * SLOTS_PER_NAME)
        n *= 2;
    *words = (dr_words){.mask = n - 1};
    words->items = dr_take_zero(arena, size + 1u, sizeof *words->items);
    words->slots = dr_take_zero(arena, n, sizeof *words->slots);
    return words->items != NULL && words->slots != NULL && size < UINT16_MAX;
}

static void words_add(dr_words *words, const char *name, size_t len)
{
    uint64_t prefix = dr_first_bytes(name, len);
    uint32_t at = place_of(prefix, len) & words->mask;
    while (words->slots[at] != 0)
        at = (at + 1) & words->mask;
    words->items[words->count] = (dr_word){name, prefix, (uint32_t)len};
    words->slots[at] = (uint16_t)++words->count;
}

/* ---- keys and shapes ---- */

/* How a key is compared without being scanned: only names that JSON writes as they are. */
static void set_quick(dr_plan_key *key, uint32_t index, const char *name, size_t len)
{
    char text[16] = {0}, mask[16] = {0};
    key->bit = (uint64_t)1 << index;
    key->width = (uint32_t)len + 2;
    key->word[0] = 1; /* with a mask of 0: never met */
    if (key->width > sizeof text)
        return;
    for (size_t i = 0; i < len; i++)
        if (name[i] < 0x20 || name[i] == '"' || name[i] == '\\' || name[i] == 0x7F)
            return;
    memcpy(text + 1, name, len);
    text[0] = text[len + 1] = '"';
    memset(mask, 0xFF, len + 2);
    memcpy(key->word, text, sizeof text);
    memcpy(key->mask, mask, sizeof mask);
}

static uint8_t op_of(const dr_type *type)
{
    switch ((dr_kind)type->kind) {
    case DR_BOOL:
        return DR_READ_BOOL;
    case DR_INT:
        return DR_READ_INT;
    case DR_NUM:
        for (int i = 0; i < DR_DIMS; i++)
            if (type->dim[i] != 0)
                return DR_READ_QUANTITY;
        return DR_READ_DECIMAL;
    case DR_TEXT:
        return DR_READ_TEXT;
    case DR_ENUM:
        return DR_READ_ENUM;
    case DR_DATE:
        return DR_READ_DATE;
    case DR_INSTANT:
        return DR_READ_INSTANT;
    case DR_DURATION:
        return DR_READ_DURATION;
    case DR_SET:
        return DR_READ_SET;
    case DR_SPANS:
    case DR_REF:
    case DR_LIST:
    case DR_NOTHING:
        break;
    }
    return DR_READ_IGNORE;
}

void dr_plan_field(const dr_program *p, dr_plan *plan, dr_plan_key *key)
{
    const dr_slot *slot = &p->slots[key->key->target];
    key->slot = key->key->target;
    key->type = &slot->type;
    key->field = slot->field;
    key->op = op_of(&slot->type);
    key->read = dr_read_fn_for(key->op);
    key->used = slot->used || key->slot == p->id_slot;
    key->by_value = slot->type.kind == DR_BOOL || slot->type.kind == DR_ENUM;
    if (slot->type.kind == DR_ENUM || (slot->type.kind == DR_SET && slot->type.member == DR_ENUM))
        key->names = &plan->enums[slot->type.of];
}

static void plan_key(const dr_program *p, dr_plan *plan, const uint32_t *table_of, dr_plan_shape *shape,
                     dr_plan_key *key)
{
    const dr_json_key *k = key->key;
    set_quick(key, (uint32_t)(key - shape->keys), k->name, k->len);
    if (k->kind == DR_KEY_FIELD) {
        dr_plan_field(p, plan, key);
    } else if (k->kind == DR_KEY_OBJECT) {
        key->op = DR_READ_OBJECT;
        key->shape = k->target;
    } else {
        key->op = DR_READ_ROWS;
        key->table = table_of[k->target];
        key->shape = k->shape;
    }
    key->is_format =
        shape == plan->shapes && p->format_in != NULL && k->len == 6 && memcmp(k->name, "format", 6) == 0;
}

static bool shape_init(dr_arena *arena, dr_plan_shape *shape, uint32_t n_keys)
{
    shape->n_keys = n_keys;
    shape->keys =
        dr_take_zero(arena, n_keys + 1u, sizeof *shape->keys); /* one more: never met, for the guess */
    if (shape->keys == NULL)
        return false;
    shape->keys[n_keys].word[0] = 1;
    shape->first = shape->keys;
    for (uint32_t i = 0; i < n_keys; i++)
        shape->keys[i].next = &shape->keys[i + 1];
    return words_init(arena, &shape->words, n_keys);
}

bool dr_plan_shape_make(dr_arena *arena, dr_plan_shape *shape, const dr_json_key *keys, uint32_t n)
{
    if (!shape_init(arena, shape, n))
        return false;
    for (uint32_t k = 0; k < n; k++) {
        shape->keys[k].key = &keys[k];
        set_quick(&shape->keys[k], k, keys[k].name, keys[k].len);
        words_add(&shape->words, keys[k].name, keys[k].len);
    }
    return true;
}

static bool plan_shapes(dr_session *s, dr_plan *plan, const uint32_t *table_of)
{
    const dr_program *p = s->program;
    for (uint32_t i = 0; i < p->n_shapes; i++) {
        dr_plan_shape *shape = &plan->shapes[i];
        shape->table = table_of[p->shapes[i].entity];
        if (!shape_init(&s->own, shape, p->shapes[i].n_keys))
            return false;
        for (uint32_t k = 0; k < shape->n_keys; k++) {
            shape->keys[k].key = &p->shapes[i].keys[k];
            plan_key(p, plan, table_of, shape, &shape->keys[k]);
            words_add(&shape->words, shape->keys[k].key->name, shape->keys[k].key->len);
        }
    }
    static const dr_json_key parts[2] = {{.name = "value", .len = 5}, {.name = "unit", .len = 4}};
    dr_plan_shape *quantity = &plan->shapes[p->n_shapes];
    if (!dr_plan_shape_make(&s->own, quantity, parts, 2))
        return false;
    quantity->keys[0].op = DR_READ_VALUE;
    quantity->keys[1].op = DR_READ_UNIT;
    return true;
}

static bool is_required(const dr_plan *plan, const dr_plan_key *key)
{
    if (key->op == DR_READ_OBJECT)
        return plan->shapes[key->shape].required != 0;
    if (key->op == DR_READ_ROWS)
        return key->key->required;
    return key->op != DR_READ_IGNORE && !key->type->optional;
}

/* Until nothing changes: shapes come in no particular order. */
static void plan_required(dr_plan *plan)
{
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t i = 0; i < plan->n_shapes; i++) {
            uint64_t required = 0;
            for (uint32_t k = 0; k < plan->shapes[i].n_keys; k++)
                required |= (uint64_t)is_required(plan, &plan->shapes[i].keys[k]) << k;
            changed = changed || required != plan->shapes[i].required;
            plan->shapes[i].required = required;
        }
    }
}

/* ---- what is watched ---- */

static void watch_slot(dr_plan *plan, uint32_t slot, uint32_t table)
{
    dr_plan_watch *watch = &plan->watches[plan->n_watches++];
    *watch = (dr_plan_watch){.slot = slot, .table = table};
    for (uint32_t i = 0; i < plan->n_shapes; i++) {
        for (uint32_t k = 0; k < plan->shapes[i].n_keys; k++) {
            dr_plan_key *key = &plan->shapes[i].keys[k];
            if (key->op >= DR_READ_OBJECT || key->slot != slot)
                continue;
            key->watch = plan->n_watches;
            watch->shape = i;
            watch->bit = k;
            watch->n_keys++;
        }
    }
}

static bool plan_watches(dr_session *s, dr_plan *plan, const uint32_t *table_of)
{
    const dr_program *p = s->program;
    uint32_t n = 0;
    for (uint32_t i = 0; i < p->n_slots; i++)
        n += p->slots[i].watched && p->slots[i].input;
    plan->watches = dr_take_zero(&s->own, n + 1u, sizeof *plan->watches);
    plan->seen = dr_take_zero(&s->own, n + 1u, sizeof *plan->seen);
    if (plan->watches == NULL || plan->seen == NULL)
        return false;
    for (uint32_t i = 0; i < p->n_slots; i++)
        if (p->slots[i].watched && p->slots[i].input)
            watch_slot(plan, i, table_of[p->slots[i].entity]);
    return true;
}

/* ---- enums, units, tables ---- */

static bool plan_enums(dr_session *s, dr_plan *plan)
{
    const dr_program *p = s->program;
    plan->enums = dr_take_zero(&s->own, p->n_enums + 1u, sizeof *plan->enums);
    if (plan->enums == NULL)
        return false;
    for (uint32_t i = 0; i < p->n_enums; i++) {
        if (!words_init(&s->own, &plan->enums[i], p->enums[i].count))
            return false;
        for (uint32_t v = 0; v < p->enums[i].count; v++)
            words_add(&plan->enums[i], p->enums[i].names[v], strlen(p->enums[i].names[v]));
    }
    return true;
}

static bool plan_units(dr_session *s, dr_plan *plan)
{
    static const struct {
        const char *name;
        int64_t seconds;
    } times[] = {{"s", 1},       {"sec", 1},      {"min", 60},      {"minute", 60},   {"minutes", 60},
                 {"h", 3600},    {"hr", 3600},    {"hour", 3600},   {"hours", 3600},  {"d", 86400},
                 {"day", 86400}, {"days", 86400}, {"week", 604800}, {"weeks", 604800}};
    enum { TIMES = sizeof times / sizeof times[0] };
    const dr_program *p = s->program;
    plan->units = dr_take_zero(&s->own, p->n_units + (size_t)TIMES, sizeof *plan->units);
    if (plan->units == NULL || !words_init(&s->own, &plan->unit_names, p->n_units + TIMES))
        return false;
    for (uint32_t i = 0; i < p->n_units; i++)
        plan->units[i] = p->units[i];
    for (uint32_t i = 0; i < TIMES; i++)
        plan->units[p->n_units + i] = (dr_unit){times[i].name, 0, dr_num_int(times[i].seconds)};
    for (uint32_t i = 0; i < p->n_units + TIMES; i++)
        words_add(&plan->unit_names, plan->units[i].name, strlen(plan->units[i].name));
    return true;
}

uint32_t dr_first_rows(const dr_program *program, const dr_table *t)
{
    return program->entities[t->entity].kind == DR_ROOT ? 1 : FIRST_ROWS;
}

static uint32_t *plan_tables(dr_session *s, dr_plan *plan)
{
    const dr_program *p = s->program;
    uint32_t *table_of = dr_take_zero(&s->own, p->n_entities + 1u, sizeof *table_of);
    plan->tables = dr_take_zero(&s->own, p->n_entities + 1u, sizeof *plan->tables);
    if (table_of == NULL || plan->tables == NULL)
        return NULL;
    for (uint32_t i = 0; i < p->n_entities; i++) {
        if (p->entities[i].kind != DR_ROOT && p->entities[i].kind != DR_INPUT)
            continue;
        table_of[i] = plan->n_tables;
        dr_table *t = &plan->tables[plan->n_tables++];
        *t = (dr_table){.n_fields = p->entities[i].n_fields, .entity = i};
        plan->n_first_cells += (size_t)dr_first_rows(s->program, t) * t->n_fields;
    }
    return table_of;
}

dr_plan *dr_plan_make(dr_session *s)
{
    dr_plan *plan = dr_take_zero(&s->own, 1, sizeof *plan);
    if (plan == NULL)
        return NULL;
    plan->n_shapes = s->program->n_shapes;
    plan->shapes = dr_take_zero(&s->own, plan->n_shapes + 1u, sizeof *plan->shapes);
    const uint32_t *table_of = plan_tables(s, plan);
    if (plan->shapes == NULL || table_of == NULL || !plan_enums(s, plan) || !plan_units(s, plan))
        return NULL;
    if (!plan_shapes(s, plan, table_of) || !plan_watches(s, plan, table_of))
        return NULL;
    plan_required(plan);
    return plan;
}
