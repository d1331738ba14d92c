/* drip: yard.h, tests. A small world made by hand for the reader's and the result's tests: a yard where
 * steps are taken at times, each with parts, and lines that come out. No compiler takes part.
 *
 * yard_make fills program structures in place; a field is one call, its key goes to its shape in the
 * order the program promises. */
#ifndef DR_YARD_H
#define DR_YARD_H

#include "session.h"
#include "unit.h"

enum { YARD_SLOTS = 64, YARD_SHAPES = 5, YARD_KEYS = 24 };
enum { E_ROOT, E_STEP, E_PART, E_LINE, E_COUNT };
enum { SH_ROOT, SH_STEP, SH_OWNER, SH_PART, SH_SIZE };
enum { DIM_TIME, DIM_MASS, DIM_VOLUME };

typedef struct yard {
    dr_program p;
    dr_alloc alloc;
    dr_entity entities[E_COUNT];
    dr_slot slots[YARD_SLOTS];
    dr_shape shapes[YARD_SHAPES];
    dr_json_key keys[YARD_SHAPES][YARD_KEYS];
    dr_enum enums[2];
    dr_unit units[8];
    dr_version versions[1];
    const char *layers[2];
    dr_clause clauses[4];
    dr_rule rules[6];
    dr_result_field fields[8];
    uint32_t sort_fields[4], pairs[2][2];
} yard;

static inline dr_type type_of(dr_kind kind)
{
    return (dr_type){.kind = (uint8_t)kind, .optional = true};
}

static inline dr_type needed(dr_type type)
{
    type.optional = false;
    return type;
}

static inline dr_type quantity_of(int mass, int volume, int time)
{
    dr_type t = type_of(DR_NUM);
    t.dim[DIM_MASS] = (int8_t)mass;
    t.dim[DIM_VOLUME] = (int8_t)volume;
    t.dim[DIM_TIME] = (int8_t)time;
    return t;
}

static inline dr_type set_of(dr_kind member, uint16_t of)
{
    dr_type t = type_of(DR_SET);
    t.member = (uint8_t)member;
    t.of = of;
    return t;
}

static inline dr_type enum_of(uint16_t of)
{
    dr_type t = type_of(DR_ENUM);
    t.of = of;
    return t;
}

/* By length, then bytes. */
static inline dr_json_key *yard_key(yard *y, uint32_t shape, const char *name, dr_key_kind kind,
                                    uint32_t target)
{
    dr_json_key *keys = y->keys[shape];
    uint32_t len = (uint32_t)strlen(name), at = y->shapes[shape].n_keys++;
    for (; at > 0 &&
           (keys[at - 1].len > len || (keys[at - 1].len == len && strcmp(keys[at - 1].name, name) > 0));
         at--)
        keys[at] = keys[at - 1];
    keys[at] = (dr_json_key){.name = name, .len = len, .kind = (uint8_t)kind, .target = target};
    return &keys[at];
}

static inline uint32_t yard_slot(yard *y, uint32_t entity, const char *name, dr_type type)
{
    dr_entity *e = &y->entities[entity];
    uint32_t slot = y->p.n_slots++;
    if (e->n_fields == 0)
        e->first_slot = slot;
    y->slots[slot] = (dr_slot){.name = name,
                               .entity = (uint16_t)entity,
                               .field = (uint16_t)e->n_fields++,
                               .type = type,
                               .used = true,
                               .watched = true,
                               .input = true,
                               .clause_column = DR_NONE,
                               .node = DR_NONE};
    return slot;
}

static inline uint32_t yard_field(yard *y, uint32_t shape, const char *name, dr_type type)
{
    uint32_t slot = yard_slot(y, y->shapes[shape].entity, name, type);
    yard_key(y, shape, name, DR_KEY_FIELD, slot);
    return slot;
}

static inline uint32_t yard_find(const yard *y, uint32_t entity, const char *name)
{
    for (uint32_t i = 0; i < y->p.n_slots; i++)
        if (y->slots[i].entity == entity && strcmp(y->slots[i].name, name) == 0)
            return i;
    return DR_NONE;
}

static inline void yard_root(yard *y)
{
    y->p.id_slot = yard_field(y, SH_ROOT, "id", needed(type_of(DR_TEXT)));
    yard_field(y, SH_ROOT, "opened", type_of(DR_INSTANT));
    yard_field(y, SH_ROOT, "place", enum_of(1));
    yard_field(y, SH_ROOT, "count", type_of(DR_INT));
    yard_field(y, SH_ROOT, "price", type_of(DR_NUM));
    yard_field(y, SH_ROOT, "day", type_of(DR_DATE));
    yard_field(y, SH_ROOT, "open", type_of(DR_BOOL));
    yard_field(y, SH_ROOT, "pause", type_of(DR_DURATION));
    yard_field(y, SH_ROOT, "tags", set_of(DR_TEXT, 0));
    yard_field(y, SH_ROOT, "flags", set_of(DR_ENUM, 0));
    y->slots[yard_field(y, SH_ROOT, "remark", type_of(DR_TEXT))].used = false;
    yard_field(y, SH_OWNER, "birth", type_of(DR_DATE));
    yard_field(y, SH_OWNER, "weight", quantity_of(1, 0, 0));
    yard_field(y, SH_SIZE, "width", needed(type_of(DR_INT)));
    yard_key(y, SH_ROOT, "owner", DR_KEY_OBJECT, SH_OWNER);
    yard_key(y, SH_ROOT, "steps", DR_KEY_ROWS, E_STEP)->shape = SH_STEP;
}

static inline void yard_step(yard *y)
{
    yard_field(y, SH_STEP, "at", needed(type_of(DR_INSTANT)));
    yard_field(y, SH_STEP, "action", needed(enum_of(0)));
    yard_field(y, SH_STEP, "task", type_of(DR_TEXT));
    yard_field(y, SH_STEP, "order", type_of(DR_TEXT));
    yard_field(y, SH_STEP, "material", type_of(DR_TEXT));
    yard_field(y, SH_STEP, "code", type_of(DR_TEXT));
    yard_field(y, SH_STEP, "mass", quantity_of(1, 0, 0));
    yard_field(y, SH_STEP, "volume", quantity_of(0, 1, 0));
    yard_field(y, SH_STEP, "rate", quantity_of(0, 1, -1));
    yard_field(y, SH_STEP, "per_hour", quantity_of(1, -1, -1));
    yard_field(y, SH_STEP, "a_rather_long_name_of_a_field", type_of(DR_INT));
    yard_key(y, SH_STEP, "parts", DR_KEY_ROWS, E_PART)->shape = SH_PART;
    yard_field(y, SH_PART, "name", type_of(DR_TEXT));
    yard_field(y, SH_PART, "n", type_of(DR_INT));
}

static inline void yard_lines(yard *y)
{
    static const struct {
        const char *name;
        dr_merge merge;
    } fields[] = {{"code", DR_MERGE_KEY}, {"units", DR_MERGE_SUM},   {"marks", DR_MERGE_KEY},
                  {"date", DR_MERGE_KEY}, {"tasks", DR_MERGE_UNION}, {"amount", DR_MERGE_SUM},
                  {"site", DR_MERGE_KEY}};
    const dr_type types[] = {
        needed(type_of(DR_TEXT)), needed(type_of(DR_INT)), set_of(DR_TEXT, 0), type_of(DR_DATE),
        set_of(DR_TEXT, 0),       type_of(DR_NUM),         enum_of(1)};
    for (uint32_t i = 0; i < 7; i++) {
        uint32_t slot = yard_slot(y, E_LINE, fields[i].name, types[i]);
        y->slots[slot].input = y->slots[slot].watched = false;
        y->fields[i] =
            (dr_result_field){.name = fields[i].name, .slot = slot, .merge = (uint8_t)fields[i].merge};
    }
    y->p.fields = y->fields;
    y->p.n_fields = 7;
    y->sort_fields[0] = 3; /* date, code, marks */
    y->sort_fields[1] = 0;
    y->sort_fields[2] = 2;
    y->p.sort_fields = y->sort_fields;
    y->p.n_sort = 3;
    y->p.result_entity = E_LINE;
    y->p.result_name = "lines";
}

static inline void yard_rules(yard *y)
{
    static const char *const clauses[] = {"base.first", "base.second", "check.wide", "check.\"odd\""};
    for (uint32_t i = 0; i < 4; i++)
        y->clauses[i] = (dr_clause){.name = clauses[i], .cite = i == 2 ? "Yard book, 3" : NULL};
    y->rules[0] = (dr_rule){.kind = DR_CLAUSE_LINE, .clause = 0, .named = {0}, .n_named = 1};
    y->rules[1] = (dr_rule){.kind = DR_CLAUSE_LINE, .clause = 1, .named = {1}, .n_named = 1};
    y->rules[2] = (dr_rule){
        .kind = DR_CLAUSE_FINDING, .clause = 2, .level = DR_WARN, .code = "wide", .message = "too wide"};
    y->rules[3] = (dr_rule){
        .kind = DR_CLAUSE_FINDING, .clause = 3, .level = DR_DENY, .code = "odd", .message = "an \"odd\" one"};
    y->rules[4] = (dr_rule){
        .kind = DR_CLAUSE_FINDING, .clause = 2, .level = DR_INFO, .code = "wide", .message = "a note"};
    y->pairs[0][0] = 1;
    y->pairs[0][1] = 0;
    y->pairs[1][0] = 1;
    y->pairs[1][1] = 3;
    y->p.clauses = y->clauses;
    y->p.rules = y->rules;
    y->p.pairs = y->pairs;
    y->p.n_clauses = 4;
    y->p.n_rules = 5;
    y->p.n_pairs = 2;
}

static inline void yard_make(yard *y)
{
    static const char *const actions[] = {"start", "stop", "pause", "resume",        "rate_change",
                                          "turn",  "lift", "push",  "a_long_action", "lower"};
    static const char *const places[] = {"inside", "outside"};
    static const dr_unit units[] = {{"g", DIM_MASS, {1, 1}},
                                    {"mg", DIM_MASS, {1, 1000}},
                                    {"kg", DIM_MASS, {1000, 1}},
                                    {"L", DIM_VOLUME, {1, 1}},
                                    {"mL", DIM_VOLUME, {1, 1000}},
                                    {"third", DIM_MASS, {1, 3}},
                                    {"lb", DIM_MASS, {45359237, 100000}}};
    *y = (yard){.alloc = dr_alloc_default()};
    dr_program *p = &y->p;
    dr_arena_init(&p->arena, &y->alloc, 4096, SIZE_MAX);
    dr_syms_init(&p->syms, &p->arena, NULL, 7);
    dr_sym(&p->syms, "known", 5);
    y->entities[E_ROOT] = (dr_entity){.name = "yard", .kind = DR_ROOT};
    y->entities[E_STEP] = (dr_entity){.name = "step", .kind = DR_INPUT};
    y->entities[E_PART] = (dr_entity){.name = "part", .kind = DR_INPUT};
    y->entities[E_LINE] = (dr_entity){.name = "line", .kind = DR_RESULT};
    static const uint32_t owners[YARD_SHAPES] = {E_ROOT, E_STEP, E_ROOT, E_PART, E_ROOT};
    for (uint32_t i = 0; i < YARD_SHAPES; i++)
        y->shapes[i] = (dr_shape){.entity = owners[i], .keys = y->keys[i]};
    y->enums[0] = (dr_enum){"action", 10, actions, NULL};
    y->enums[1] = (dr_enum){"place", 2, places, NULL};
    memcpy(y->units, units, sizeof units);
    y->versions[0] = (dr_version){"2026.1", INT64_MIN, INT64_MAX};
    y->layers[0] = "ground";
    y->layers[1] = "yard";
    p->entities = y->entities;
    p->slots = y->slots;
    p->shapes = y->shapes;
    p->enums = y->enums;
    p->units = y->units;
    p->versions = y->versions;
    p->layers = y->layers;
    p->n_entities = E_COUNT;
    p->n_shapes = YARD_SHAPES;
    p->n_enums = 2;
    p->n_units = 7;
    p->n_dims = 3;
    p->n_versions = 1;
    p->n_layers = 2;
    p->name = "yard";
    p->digest = "sha256:00";
    p->date_pc = DR_NONE;
    p->family_slot = DR_NONE;
    p->format_in = "drip.encounter/1";
    yard_root(y);
    yard_step(y);
    yard_lines(y);
    yard_rules(y);
}

static inline void yard_free(yard *y)
{
    dr_arena_free(&y->p.arena);
}

#endif
