/* drip: vm_unit.h, tests. Programs made by hand, for the tests of the interpreter and of the nodes.
 *
 * A world is a program under construction and its session. Rows are given as arrays; code is added an
 * instruction at a time, each call giving back its pc. Everything hangs in one arena over a tally. */
#ifndef DR_VM_UNIT_H
#define DR_VM_UNIT_H

#include "unit.h"

#include "vm.h"

enum { MISSING_REG = 250 }; /* by convention holds DR_MISSING */

typedef struct world {
    tally memory;
    dr_arena arena;
    dr_program p;
    dr_session s;
    dr_entity entities[8];
    dr_slot slots[48];
    dr_node nodes[32];
    dr_instr code[1024];
    int64_t consts[256];
    dr_clause clauses[16];
    dr_rule rules[8];
    dr_param params[8];
    dr_dated dated[16];
    dr_version versions[4];
    dr_need needs[8];
    dr_alt alts[8];
    uint32_t parts[8];
    uint32_t const_sets[8];
    uint32_t pairs[4][2];
    dr_enum enums[2];
} world;

static inline uint32_t entity(world *w, const char *name, dr_entity_kind kind)
{
    w->entities[w->p.n_entities] = (dr_entity){.name = name, .kind = (uint8_t)kind};
    return w->p.n_entities++;
}

static inline uint32_t slot(world *w, uint32_t of, dr_kind kind)
{
    w->slots[w->p.n_slots] = (dr_slot){.entity = (uint16_t)of,
                                       .field = UINT16_MAX,
                                       .clause_column = DR_NONE,
                                       .node = DR_NONE,
                                       .type = {.kind = (uint8_t)kind}};
    return w->p.n_slots++;
}

/* An attribute with a column of deciding clauses. */
static inline uint32_t attribute(world *w, uint32_t of, dr_kind kind)
{
    uint32_t made = slot(w, of, kind);
    w->slots[made].clause_column = w->p.n_clause_columns++;
    return made;
}

static inline int32_t constant(world *w, int64_t cell)
{
    w->consts[w->p.n_consts] = cell;
    return (int32_t)w->p.n_consts++;
}

static inline uint32_t op(world *w, dr_op code, int a, int b, int c, int64_t d)
{
    w->code[w->p.n_code] = (dr_instr){(uint8_t)code, (uint8_t)a, (uint8_t)b, (uint8_t)c, (int32_t)d, 0};
    w->p.told_pc = ++w->p.n_code; /* nothing here is told only */
    return w->p.n_code - 1;
}

#define OP(name, a, b, c, d) op(w, DR_OP_##name, (a), (b), (c), (d))
#define LOAD(reg, cell)      OP(CONST, (reg), 0, 0, constant(w, (cell)))
/* A jump's target is set when it is reached. */
static inline void land(world *w, uint32_t jump)
{
    w->code[jump].d = (int32_t)w->p.n_code;
}

static inline uint32_t node(world *w, dr_node_kind kind, uint32_t of, uint32_t fills, uint32_t pc)
{
    dr_node *n = &w->nodes[w->p.n_nodes];
    *n = (dr_node){.kind = (uint8_t)kind,
                   .entity = (uint16_t)of,
                   .slot = fills,
                   .pc = pc,
                   .quick_pc = DR_NONE,
                   .quick_clause = DR_NONE,
                   .pos_slot = DR_NONE,
                   .sort_pc = DR_NONE,
                   .open_slot = DR_NONE,
                   .early_slot = DR_NONE,
                   .name = "node"};
    w->p.n_all_nodes = ++w->p.n_nodes;
    return w->p.n_nodes - 1;
}

static inline int64_t num_of(world *w, int64_t top, int64_t bottom)
{
    dr_num *n = dr_take(&w->arena, sizeof *n);
    assert_true(dr_num_div(dr_num_int(top), dr_num_int(bottom), n));
    return dr_cell(n);
}

/* Pairs of start and end. */
static inline int64_t spans_of(world *w, uint32_t pairs, ...)
{
    dr_range ranges[16];
    va_list args;
    va_start(args, pairs);
    for (uint32_t i = 0; i < pairs; i++) {
        int64_t start = va_arg(args, int), end = va_arg(args, int);
        ranges[i] = (dr_range){start, end};
    }
    va_end(args);
    return dr_cell(dr_spans_from(&w->arena, ranges, pairs));
}

static inline int64_t set_of(world *w, uint32_t count, ...)
{
    dr_set *set = dr_take(&w->arena, sizeof *set + count * sizeof set->at[0]);
    va_list args;
    va_start(args, count);
    set->count = count;
    set->hash = 0;
    for (uint32_t i = 0; i < count; i++)
        set->at[i] = va_arg(args, int);
    va_end(args);
    return dr_cell(set);
}

static inline int64_t list_of(world *w, uint32_t count, ...)
{
    dr_list *list = dr_take(&w->arena, sizeof *list + count * sizeof list->at[0]);
    va_list args;
    va_start(args, count);
    list->count = count;
    for (uint32_t i = 0; i < count; i++)
        list->at[i] = (uint32_t)va_arg(args, int);
    va_end(args);
    return dr_cell(list);
}

static inline const dr_list *as_list(int64_t cell)
{
    return dr_ptr(cell);
}

static inline void assert_spans(const world *w, int64_t cell, int64_t expected)
{
    (void)w;
    assert_true(dr_spans_equal(dr_ptr(cell), dr_ptr(expected)));
}

/* Entity 0 is the root; one version and the service date 20000 unless a test says otherwise. */
static inline world *world_new(void)
{
    world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    dr_alloc alloc = tally_alloc(&w->memory);
    dr_arena_init(&w->arena, &alloc, 4096, SIZE_MAX);
    dr_syms_init(&w->p.syms, &w->arena, NULL, 7);
    dr_program *p = &w->p;
    p->name = "national";
    p->entities = w->entities;
    p->slots = w->slots;
    p->nodes = w->nodes;
    p->code = w->code;
    p->consts = w->consts;
    p->clauses = w->clauses;
    p->rules = w->rules;
    p->params = w->params;
    p->param_values = w->dated;
    p->versions = w->versions;
    p->needs = w->needs;
    p->alts = w->alts;
    p->parts = w->parts;
    p->const_sets = w->const_sets;
    p->pairs = w->pairs;
    p->enums = w->enums;
    p->n_params = 1;
    p->result_entity = p->family_slot = DR_NONE;
    w->versions[p->n_versions++] = (dr_version){"1", 0, 30000};
    entity(w, "Encounter", DR_ROOT);
    p->date_pc = OP(CONST, 1, 0, 0, constant(w, 20000));
    OP(RET, 1, 0, 0, -1);
    return w;
}

static inline void world_free(world *w)
{
    dr_session_close(&w->s);
    dr_arena_free(&w->arena);
    assert_clean(&w->memory);
    free(w);
}

/* Makes the session when the program is done. */
static inline void start(world *w, const dr_limits *limits)
{
    dr_alloc alloc = tally_alloc(&w->memory);
    assert_int_equal(dr_session_init(&w->s, &w->p, &alloc, limits), DR_OK);
    w->s.n_rows[0] = 1;
}

/* What the reader does: one input column. */
static inline void column(world *w, uint32_t of, uint32_t rows, const int64_t *cells)
{
    w->s.n_rows[w->slots[of].entity] = rows;
    int64_t *copy = dr_take(&w->s.arena, rows * sizeof *copy);
    assert_non_null(copy);
    if (rows > 0)
        memcpy(copy, cells, rows * sizeof *copy);
    w->s.cols[of] = (dr_col){copy, 1};
    for (uint32_t i = 0; i < rows; i++)
        w->s.seen[of] |= dr_seen_bit(w->slots[of].type.kind, cells[i]);
}
#define COLUMN(slot, ...)                                                                                    \
    column(w, (slot), (uint32_t)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)),                        \
           (int64_t[]){__VA_ARGS__})

static inline int64_t cell(const world *w, uint32_t of, uint32_t row)
{
    return w->s.cols[of].base[(size_t)row * w->s.cols[of].stride];
}

static inline uint32_t decided_by(const world *w, uint32_t of, uint32_t row)
{
    return w->s.clauses[w->slots[of].clause_column][row];
}

/* Runs code for a row and gives its value; OK expected. */
static inline int64_t value_at(world *w, uint32_t pc, uint32_t row)
{
    int64_t values[DR_REGS];
    uint32_t n = 0, clause = 0;
    assert_int_equal(dr_run_code(&w->s, pc, row, values, &n, &clause), DR_OK);
    assert_true(n >= 1);
    return values[0];
}

static inline dr_status status_at(world *w, uint32_t pc, uint32_t row)
{
    int64_t values[DR_REGS];
    uint32_t n = 0, clause = 0;
    return dr_run_code(&w->s, pc, row, values, &n, &clause);
}

/* ---- evaluations ---- */

static inline void evaluate(world *w)
{
    dr_status status = dr_evaluate(&w->s);
    if (status != DR_OK)
        print_message("%s\n", w->s.refusal.message);
    assert_int_equal(status, DR_OK);
}

/* A new encounter: what was read before is gone. */
static inline void again(world *w)
{
    dr_session_reset(&w->s);
    w->s.n_rows[0] = 1;
}

/* y = x + 1, decided by clause 3. */
static inline uint32_t increment(world *w, uint32_t of, uint32_t x, uint32_t y)
{
    uint32_t pc = OP(SLOT, 1, 0, 0, x);
    LOAD(2, 1);
    OP(ADD, 1, 1, 2, 0);
    OP(RET, 1, 0, 0, 3);
    return node(w, DR_NODE_ATTR, of, y, pc);
}

/* ---- a walk ---- */

typedef struct walked {
    uint32_t member, owner, time, list, pos, before, fresh, n;
} walked;

/* Along each list: before = the time of all rows earlier in it, fresh = own time less that. */
static inline walked walk_program(world *w)
{
    walked k = {.member = entity(w, "Member", DR_INPUT), .owner = entity(w, "Owner", DR_INPUT)};
    k.time = slot(w, k.member, DR_SPANS);
    k.pos = slot(w, k.member, DR_INT);
    k.before = attribute(w, k.member, DR_SPANS);
    k.fresh = attribute(w, k.member, DR_SPANS);
    w->slots[k.fresh].watched = true;
    uint32_t mine = slot(w, k.member, DR_REF);
    k.list = slot(w, k.owner, DR_LIST);
    uint32_t pc1 = OP(SLOT, 1, 0, 0, k.pos);
    uint32_t alone = OP(JMISS, 1, 0, 0, 0);
    OP(SLOT, 2, 0, 0, mine);
    OP(SLOT, 3, 2, 0, k.list);
    OP(PREFIX, 4, 3, 1, k.time);
    OP(RET, 4, 0, 0, 1);
    land(w, alone);
    LOAD(4, spans_of(w, 0));
    OP(RET, 4, 0, 0, 2);
    uint32_t pc2 = OP(SLOT, 1, 0, 0, k.time);
    OP(SLOT, 2, 0, 0, k.before);
    OP(MINUS, 3, 1, 2, 0);
    OP(RET, 3, 0, 0, 4);
    k.n = node(w, DR_NODE_WALK, k.member, k.list, 0);
    w->nodes[k.n].member = k.member;
    w->nodes[k.n].owner = k.owner;
    w->parts[0] = node(w, DR_NODE_ATTR, k.member, k.before, pc1);
    w->parts[1] = node(w, DR_NODE_ATTR, k.member, k.fresh, pc2);
    w->nodes[k.n].n_parts = 2;
    w->p.n_nodes = 1; /* the parts come after */
    return k;
}

/* Fills the lists' places and the way back, as an attribute would have. */
static inline void walk_input(world *w, const walked *k, uint32_t owners, const int64_t *lists,
                              uint32_t members)
{
    static int64_t pos[4000], mine[4000];
    for (uint32_t i = 0; i < members; i++)
        pos[i] = mine[i] = DR_MISSING;
    for (uint32_t o = 0; o < owners; o++)
        for (uint32_t i = 0; i < as_list(lists[o])->count; i++) {
            pos[as_list(lists[o])->at[i]] = i;
            mine[as_list(lists[o])->at[i]] = o;
        }
    column(w, k->list, owners, lists);
    column(w, k->pos, members, pos);
    column(w, k->fresh + 1, members, mine);
}

#endif
