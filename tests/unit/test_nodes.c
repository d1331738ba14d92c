/* drip: test_nodes.c, tests. Whole evaluations: every kind of node, and sessions used again.
 *
 * Programs are made by hand (vm_unit.h). What the reader would fill is given as columns. Each test
 * states the cells, the deciding clauses and the fuel by hand; long walks and many groups are held
 * against the same thing done the slow way. Limits, dates and memory are in test_limits.c. */
#include "vm_unit.h"

/* ---- attributes ---- */

static void test_attribute(void **state)
{
    (void)state;
    world *w = world_new();
    uint32_t thing = entity(w, "Thing", DR_INPUT);
    uint32_t x = slot(w, thing, DR_INT), y = attribute(w, thing, DR_INT), z = slot(w, thing, DR_INT);
    w->slots[y].watched = true;
    increment(w, thing, x, y);
    increment(w, thing, y, z);
    start(w, NULL);
    COLUMN(x, 5, 6, 7);
    evaluate(w);
    for (uint32_t row = 0; row < 3; row++) {
        assert_int_equal(cell(w, y, row), 6 + row);
        assert_int_equal(cell(w, z, row), 7 + row);
        assert_int_equal(decided_by(w, y, row), 3);
    }
    assert_int_equal(w->s.seen[y], (uint64_t)1 << 62);
    assert_int_equal(w->s.limits.fuel - w->s.fuel, 6);
    again(w);
    evaluate(w); /* no rows */
    assert_int_equal(w->s.limits.fuel - w->s.fuel, 0);
    assert_null(w->s.clauses[0]);
    assert_int_equal(w->s.seen[y], 0);
    world_free(w);
}

typedef struct quick {
    uint32_t a, b, out;
} quick;

/* The full code gives 1, the quick code, if there is one, 2; the constant is 3. */
static quick quick_program(world *w, bool has_code)
{
    uint32_t thing = entity(w, "Thing", DR_INPUT);
    quick q = {slot(w, thing, DR_ENUM), slot(w, thing, DR_BOOL), attribute(w, thing, DR_ENUM)};
    w->slots[q.a].watched = w->slots[q.b].watched = w->slots[q.out].watched = true;
    uint32_t full = LOAD(1, 1);
    OP(RET, 1, 0, 0, 10);
    uint32_t code = LOAD(1, 2);
    OP(RET, 1, 0, 0, 11);
    dr_node *n = &w->nodes[node(w, DR_NODE_ATTR, thing, q.out, full)];
    w->needs[0] = (dr_need){q.a, 1u << 2};
    w->needs[1] = (dr_need){q.b, 1u << 1};
    w->needs[2] = (dr_need){q.a, (uint64_t)1 << 63};
    w->alts[0] = (dr_alt){0, 2};
    w->alts[1] = (dr_alt){2, 1};
    n->n_alts = 2;
    n->quick_pc = has_code ? code : DR_NONE;
    n->quick_const = (uint32_t)constant(w, 3);
    n->quick_clause = 12;
    return q;
}

static void test_quick(void **state)
{
    (void)state;
    static const struct {
        int64_t a, b, value;
        uint32_t clause;
        bool has_code;
    } cases[] = {{2, 1, 1, 10, true},          {2, 0, 2, 11, true},  {1, 1, 2, 11, true},
                 {DR_MISSING, 0, 1, 10, true}, {2, 0, 3, 12, false}, {2, 1, 1, 10, false}};
    static const uint32_t sizes[] = {1, 2, DR_SMALL_ROWS, DR_SMALL_ROWS + 1, 100};
    static int64_t a[100], b[100];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        world *w = world_new();
        quick q = quick_program(w, cases[i].has_code);
        start(w, NULL);
        for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
            again(w);
            a[0] = cases[i].a;
            b[0] = cases[i].b;
            column(w, q.a, sizes[k], a);
            column(w, q.b, sizes[k], b);
            evaluate(w);
            for (uint32_t row = 0; row < sizes[k]; row++) {
                assert_int_equal(cell(w, q.out, row), cases[i].value);
                assert_int_equal(decided_by(w, q.out, row), cases[i].clause);
            }
            assert_int_equal(w->s.seen[q.out], 1 << cases[i].value);
            assert_int_equal(w->s.limits.fuel - w->s.fuel, sizes[k]);
        }
        world_free(w);
    }
}

/* A constant first, then decided row by row in the next encounter: nothing may be left of the constant. */
static void test_quick_then_full(void **state)
{
    (void)state;
    world *w = world_new();
    quick q = quick_program(w, false);
    start(w, NULL);
    int64_t before[256];
    memcpy(before, w->consts, sizeof before);
    for (int round = 0; round < 4; round++) {
        again(w);
        COLUMN(q.a, 2, 2);
        COLUMN(q.b, 0, round % 2);
        evaluate(w);
        for (uint32_t row = 0; row < 2; row++) {
            assert_int_equal(cell(w, q.out, row), round % 2 == 0 ? 3 : 1);
            assert_int_equal(decided_by(w, q.out, row), round % 2 == 0 ? 12 : 10);
        }
    }
    assert_memory_equal(before, w->consts, sizeof before); /* the program was not written to */
    world_free(w);
}

/* A list of the rows of another entity whose x is r[0]'s y; its rows keep their place. */
static void test_places(void **state)
{
    (void)state;
    world *w = world_new();
    uint32_t member = entity(w, "Member", DR_INPUT), owner = entity(w, "Owner", DR_INPUT);
    uint32_t x = slot(w, member, DR_INT), pos = slot(w, member, DR_INT);
    uint32_t y = slot(w, owner, DR_INT), list = slot(w, owner, DR_LIST);
    w->slots[pos].watched = true;
    uint32_t pc = OP(SLOT, 1, 0, 0, y);
    OP(SORTB, 0, 0, 0, 0);
    OP(ITINDEX, 10, 1, 0, x);
    uint32_t next = OP(NEXTI, 10, 20, 0, 0);
    OP(SORTADD, 20, 0, 0, 0);
    OP(JMP, 0, 0, 0, next);
    land(w, next);
    OP(SORTEND, 2, 0, 0, 0);
    OP(RET, 2, 0, 0, 0);
    w->nodes[node(w, DR_NODE_ATTR, owner, list, pc)].pos_slot = pos;
    start(w, NULL);
    COLUMN(x, 1, 2, 1, 3, 2, 1);
    COLUMN(y, 2, 1);
    evaluate(w);
    static const int64_t expected[] = {0, 0, 1, DR_MISSING, 1, 2};
    for (uint32_t row = 0; row < 6; row++)
        assert_int_equal(cell(w, pos, row), expected[row]);
    assert_int_equal(as_list(cell(w, list, 1))->count, 3);
    assert_int_equal(w->s.seen[pos], (uint64_t)1 << 63 | (uint64_t)1 << 62);
    again(w);
    COLUMN(x, 1, 1);
    evaluate(w); /* no owner: still every member is in no list */
    assert_int_equal(cell(w, pos, 1), DR_MISSING);
    world_free(w);
}

/* ---- groups ---- */

typedef struct grouped {
    uint32_t member, group, x, y, order, back, list, pos, n;
} grouped;

/* Grouped by x and y; left out where x is -1; sorted by `order` if asked. */
static grouped group_program(world *w, bool sorted)
{
    grouped g = {.member = entity(w, "Member", DR_INPUT), .group = entity(w, "Group", DR_GROUP)};
    g.x = slot(w, g.member, DR_INT);
    g.y = slot(w, g.member, DR_INT);
    g.order = slot(w, g.member, DR_INT);
    g.back = slot(w, g.member, DR_REF);
    g.pos = slot(w, g.member, DR_INT);
    g.list = slot(w, g.group, DR_LIST);
    uint32_t pc = OP(SLOT, 10, 0, 0, g.x);
    OP(SLOT, 11, 0, 0, g.y);
    LOAD(1, -1);
    OP(EQ, 2, 1, 10, 0);
    uint32_t out = OP(JT, 2, 0, 0, 0);
    OP(RETN, 10, 2, 0, 0);
    land(w, out);
    OP(RETN, 10, 0, 0, 0);
    uint32_t sort = OP(SLOT, 5, 0, 0, g.order);
    OP(RETN, 5, 1, 0, 0);
    g.n = node(w, DR_NODE_GROUP, g.group, g.back, pc);
    dr_node *n = &w->nodes[g.n];
    n->member = g.member;
    n->list_slot = g.list;
    n->pos_slot = g.pos;
    n->sort_pc = sorted ? sort : DR_NONE;
    return g;
}

static void test_group(void **state)
{
    (void)state;
    for (int sorted = 0; sorted < 2; sorted++) {
        world *w = world_new();
        grouped g = group_program(w, sorted == 1);
        start(w, NULL);
        COLUMN(g.x, 5, 6, 5, -1, 6, 5, 5);
        COLUMN(g.y, 1, DR_MISSING, 1, 0, DR_MISSING, 2, 1);
        COLUMN(g.order, 9, 1, DR_MISSING, 0, 1, 0, 3);
        evaluate(w);
        assert_int_equal(w->s.n_rows[g.group], 3);
        static const int64_t back[] = {0, 1, 0, DR_MISSING, 1, 2, 0};
        static const int64_t pos[2][7] = {{0, 0, 1, DR_MISSING, 1, 0, 2}, {1, 0, 2, DR_MISSING, 1, 0, 0}};
        for (uint32_t row = 0; row < 7; row++) {
            assert_int_equal(cell(w, g.back, row), back[row]);
            assert_int_equal(cell(w, g.pos, row), pos[sorted][row]);
        }
        static const uint32_t first[2][3] = {{0, 2, 6}, {6, 0, 2}};
        assert_int_equal(as_list(cell(w, g.list, 0))->count, 3);
        assert_memory_equal(as_list(cell(w, g.list, 0))->at, first[sorted], sizeof first[0]);
        assert_int_equal(w->s.limits.fuel - w->s.fuel, sorted ? 7 + 3 + 2 : 7);
        again(w);
        evaluate(w);
        assert_int_equal(w->s.n_rows[g.group], 0);
        world_free(w);
    }
}

/* Enough groups for hashing: the same as counted by hand. */
static void test_many_groups(void **state)
{
    (void)state;
    world *w = world_new();
    grouped g = group_program(w, false);
    start(w, NULL);
    enum { ROWS = 2000, KEYS = 37 };
    static int64_t x[ROWS], y[ROWS];
    int64_t group[KEYS * 2], next = 0;
    uint64_t dice = 3;
    memset(group, 0xFF, sizeof group);
    for (int i = 0; i < ROWS; i++) {
        x[i] = roll_in(&dice, 0, KEYS - 1);
        y[i] = roll_in(&dice, 0, 1);
    }
    column(w, g.x, ROWS, x);
    column(w, g.y, ROWS, y);
    evaluate(w);
    for (uint32_t i = 0; i < ROWS; i++) {
        int64_t *at = &group[x[i] * 2 + y[i]];
        *at = *at < 0 ? next++ : *at;
        assert_int_equal(cell(w, g.back, i), *at);
        assert_int_equal(as_list(cell(w, g.list, (uint32_t)*at))->at[cell(w, g.pos, i)], i);
    }
    assert_int_equal(w->s.n_rows[g.group], next);
    world_free(w);
}

/* ---- clocks ---- */

enum { BEGIN, OPEN, CLOSE, OTHER };

static void test_clock(void **state)
{
    (void)state;
    world *w = world_new();
    uint32_t owner = entity(w, "Owner", DR_INPUT), event = entity(w, "Event", DR_INPUT);
    uint32_t list = slot(w, owner, DR_LIST), spans = slot(w, owner, DR_SPANS),
             open = slot(w, owner, DR_INSTANT);
    uint32_t early = slot(w, owner, DR_INT), at = slot(w, event, DR_INSTANT),
             action = slot(w, event, DR_ENUM);
    uint32_t wanted = slot(w, event, DR_BOOL);
    uint32_t filter = OP(SLOT, 1, 0, 0, wanted);
    OP(RET, 1, 0, 0, 0);
    dr_node *n = &w->nodes[node(w, DR_NODE_CLOCK, owner, spans, filter)];
    n->list_slot = list;
    n->at_slot = at;
    n->action_slot = action;
    n->open_slot = open;
    n->early_slot = early;
    n->begins = 1u << BEGIN;
    n->opens = 1u << OPEN;
    n->closes = 1u << CLOSE;
    w->slots[open].watched = true;
    start(w, NULL);
    for (int filtered = 1; filtered >= 0; filtered--) {
        again(w);
        n->pc = filtered == 1 ? filter : DR_NONE;
        COLUMN(at, 5, 6, 10, 12, 20, 25, 30, 30, 30, 40, 50);
        COLUMN(action, OPEN, CLOSE, BEGIN, OTHER, CLOSE, CLOSE, OPEN, CLOSE, BEGIN, OPEN, CLOSE);
        COLUMN(wanted, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0);
        COLUMN(list, list_of(w, 11, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10), DR_MISSING, list_of(w, 3, 2, 4, 6),
               list_of(w, 1, 2));
        evaluate(w);
        assert_spans(w, cell(w, spans, 0),
                     filtered == 1 ? spans_of(w, 1, 10, 20) : spans_of(w, 2, 10, 20, 30, 50));
        assert_int_equal(cell(w, open, 0), filtered == 1 ? 30 : DR_MISSING);
        assert_int_equal(cell(w, early, 0), 2);
        assert_spans(w, cell(w, spans, 1), spans_of(w, 0));
        assert_int_equal(cell(w, open, 1), DR_MISSING);
        assert_int_equal(cell(w, early, 1), 0);
        assert_spans(w, cell(w, spans, 2), spans_of(w, 1, 10, 20));
        assert_int_equal(cell(w, open, 2), 30);
        assert_int_equal(cell(w, open, 3), 10);
        assert_int_equal(w->s.seen[open], (uint64_t)1 << 62 | (uint64_t)1 << 63);
        assert_int_equal(w->s.limits.fuel - w->s.fuel, 4 + 11 + 3 + 1); /* owners and what they have */
    }
    world_free(w);
}

/* ---- walks ---- */

static void test_walk(void **state)
{
    (void)state;
    world *w = world_new();
    walked k = walk_program(w);
    start(w, NULL);
    for (int round = 0; round < 2; round++) {
        again(w);
        COLUMN(k.time, spans_of(w, 1, 0, 10), spans_of(w, 1, 5, 20), spans_of(w, 1, 3, 4),
               spans_of(w, 1, 30, 40), spans_of(w, 1, 2, 50));
        walk_input(w, &k, 2, (int64_t[]){list_of(w, 3, 1, 0, 4), list_of(w, 1, 3)}, 5);
        evaluate(w);
        assert_spans(w, cell(w, k.before, 1), spans_of(w, 0));
        assert_spans(w, cell(w, k.before, 0), spans_of(w, 1, 5, 20));
        assert_spans(w, cell(w, k.before, 4), spans_of(w, 1, 0, 20));
        assert_spans(w, cell(w, k.fresh, 0), spans_of(w, 1, 0, 5));
        assert_spans(w, cell(w, k.fresh, 4), spans_of(w, 1, 20, 50));
        assert_spans(w, cell(w, k.fresh, 3), spans_of(w, 1, 30, 40)); /* another list: nothing before it */
        assert_spans(w, cell(w, k.fresh, 2), spans_of(w, 1, 3, 4));   /* in no list */
        assert_int_equal(decided_by(w, k.before, 4), 1);
        assert_int_equal(decided_by(w, k.before, 2), 2);
        assert_int_equal(decided_by(w, k.fresh, 2), 4);
        assert_int_equal(w->s.seen[k.fresh], (uint64_t)1 << 62);
        /* two parts of five rows; two rows of a piece added to those before, the sum kept for each; what is
         * subtracted from what */
        assert_int_equal(w->s.limits.fuel - w->s.fuel, 10 + 2 * 3 + (1 + 2 + 2 + 1 + 1));
    }
    world_free(w);
}

/* The same instruction for one list after another, the second the longer: nothing of the first remains. */
static void test_walk_of_two_lists(void **state)
{
    (void)state;
    world *w = world_new();
    walked k = walk_program(w);
    start(w, NULL);
    COLUMN(k.time, spans_of(w, 1, 0, 10), spans_of(w, 1, 10, 20), spans_of(w, 1, 100, 110),
           spans_of(w, 1, 120, 130), spans_of(w, 1, 100, 125));
    walk_input(w, &k, 2, (int64_t[]){list_of(w, 2, 0, 1), list_of(w, 3, 2, 3, 4)}, 5);
    evaluate(w);
    assert_spans(w, cell(w, k.before, 1), spans_of(w, 1, 0, 10));
    assert_spans(w, cell(w, k.before, 3), spans_of(w, 1, 100, 110));
    assert_spans(w, cell(w, k.before, 4), spans_of(w, 2, 100, 110, 120, 130));
    assert_spans(w, cell(w, k.fresh, 4), spans_of(w, 1, 110, 120));
    world_free(w);
}

/* What one encounter built lies in memory that the next one writes over. */
static void test_reset_forgets(void **state)
{
    (void)state;
    world *w = world_new();
    uint32_t thing = entity(w, "Thing", DR_INPUT), x = slot(w, thing, DR_INT), set = slot(w, thing, DR_SET);
    uint32_t pc = OP(SETB, 0, 0, 0, 0);
    OP(MOVE, 5, 0, 0, 0);
    OP(ITINDEX, 10, 5, 0, x);
    uint32_t next = OP(NEXTI, 10, 20, 0, 0);
    OP(SETBADD, 20, 0, 0, 0);
    OP(JMP, 0, 0, 0, next);
    land(w, next);
    OP(SETBEND, 1, 0, 0, 0);
    OP(RET, 1, 0, 0, 0);
    node(w, DR_NODE_ATTR, thing, set, pc);
    start(w, NULL);
    for (int round = 0; round < 3; round++) {
        again(w);
        memset(w->s.arena.at, 0xA5, (size_t)(w->s.arena.end - w->s.arena.at));
        COLUMN(x, 0, 1, 1, 0, 9, 9, 9, 9, 9, 9, 9, 0); /* row r: the rows whose x is r; enough for an index */
        evaluate(w);
        const dr_set *first = dr_ptr(cell(w, set, 0)), *second = dr_ptr(cell(w, set, 1));
        assert_int_equal(first->count, 3);
        assert_memory_equal(first->at, ((int64_t[]){0, 3, 11}), 3 * sizeof(int64_t));
        assert_memory_equal(second->at, ((int64_t[]){1, 2}), 2 * sizeof(int64_t));
        assert_int_equal(((const dr_set *)dr_ptr(cell(w, set, 2)))->count, 0);
        assert_int_equal(cell(w, set, 2), cell(w, set, 5));
    }
    world_free(w);
}

/* Against unions made from nothing, at every place of a long list; then read again backwards. */
static void test_long_walk(void **state)
{
    (void)state;
    world *w = world_new();
    walked k = walk_program(w);
    enum { ROWS = 600 };
    static int64_t time[ROWS];
    uint64_t dice = 5;
    dr_list *list = dr_take(&w->arena, sizeof *list + ROWS * sizeof list->at[0]);
    list->count = ROWS;
    for (uint32_t i = 0; i < ROWS; i++) {
        dr_range ranges[12];
        uint32_t n = (uint32_t)roll_in(&dice, 0, i % 9 == 0 ? 12 : 3);
        for (uint32_t j = 0; j < n; j++) {
            int64_t at = roll_in(&dice, 0, 20000);
            ranges[j] = (dr_range){at, at + roll_in(&dice, 0, 9)};
        }
        time[i] = dr_cell(dr_spans_from(&w->arena, ranges, n));
        list->at[i] = ROWS - 1 - i;
    }
    start(w, NULL);
    column(w, k.time, ROWS, time);
    walk_input(w, &k, 1, (int64_t[]){dr_cell(list)}, ROWS);
    evaluate(w);
    const dr_spans *before = &dr_spans_empty;
    uint32_t pc = w->nodes[w->parts[0]].pc;
    for (uint32_t i = 0; i < ROWS; i++) {
        uint32_t row = list->at[i];
        assert_spans(w, cell(w, k.before, row), dr_cell(before));
        before = dr_spans_union(&w->arena, before, dr_ptr(time[row]));
    }
    for (uint32_t row = 0; row < ROWS; row += 50)
        assert_spans(w, value_at(w, pc, row), cell(w, k.before, row));
    world_free(w);
}

/* Two unions from one instruction within one run: the first must stay as it was. */
static void test_prefix_twice_in_a_run(void **state)
{
    (void)state;
    world *w = world_new();
    uint32_t thing = entity(w, "Thing", DR_INPUT), time = slot(w, thing, DR_SPANS);
    uint32_t pc = LOAD(1, list_of(w, 2, 0, 1));
    LOAD(2, 1);
    LOAD(9, 0);
    uint32_t loop = OP(PREFIX, 3, 1, 2, time);
    uint32_t done = OP(JT, 9, 0, 0, 0);
    OP(MOVE, 4, 3, 0, 0);
    LOAD(2, 2);
    LOAD(9, 1);
    OP(JMP, 0, 0, 0, loop);
    land(w, done);
    OP(RETN, 3, 2, 0, 0);
    start(w, NULL);
    COLUMN(time, spans_of(w, 1, 0, 5), spans_of(w, 1, 5, 9));
    int64_t values[DR_REGS];
    uint32_t n = 0, clause = 0;
    for (int round = 0; round < 2; round++) { /* the second goes back to an earlier place */
        assert_int_equal(dr_run_code(&w->s, pc, 0, values, &n, &clause), DR_OK);
        assert_spans(w, values[0], spans_of(w, 1, 0, 9));
        assert_spans(w, values[1], spans_of(w, 1, 0, 5));
    }
    world_free(w);
}

/* ---- rules, findings, conflicts ---- */

static void test_rules(void **state)
{
    (void)state;
    world *w = world_new();
    uint32_t thing = entity(w, "Thing", DR_INPUT), line = entity(w, "Line", DR_RESULT);
    uint32_t x = slot(w, thing, DR_INT), first = slot(w, line, DR_INT), second = slot(w, line, DR_INT);
    uint32_t family = slot(w, line, DR_TEXT), twice = attribute(w, line, DR_INT);
    for (uint32_t i = 0; i < 3; i++)
        w->slots[first + i].field = (uint16_t)i;
    w->slots[first].watched = true;
    w->entities[line].first_slot = first;
    w->entities[line].n_fields = 3;
    w->p.result_entity = line;
    w->p.family_slot = family;
    w->rules[0].family = 77;
    int64_t about = set_of(w, 1, 8);
    uint32_t emit = OP(SLOT, 1, 0, 0, x);
    OP(MOVE, 2, 0, 0, 0);
    OP(EMIT, 1, 0, 0, 0);
    OP(EMIT, 1, 0, 0, 0);
    OP(RET, 1, 0, 0, 0);
    uint32_t code = OP(SLOT, 1, 0, 0, first);
    OP(ADD, 1, 1, 1, 0);
    OP(RET, 1, 0, 0, 0);
    uint32_t find = OP(SLOT, 1, 0, 0, first);
    LOAD(2, about);
    OP(FINDING, 2, 0, 0, 1);
    LOAD(2, DR_MISSING);
    OP(FINDING, 2, 0, 0, 2);
    OP(CONFLICT, 1, 2, 0, 3);
    OP(RET, 1, 0, 0, 0);
    node(w, DR_NODE_RULE, thing, 0, emit);
    node(w, DR_NODE_ATTR, line, twice, code);
    uint32_t guarded = node(w, DR_NODE_RULE, line, 0, find);
    w->needs[0] = (dr_need){first, (uint64_t)1 << 62};
    w->alts[0] = (dr_alt){0, 1};
    w->nodes[guarded].n_alts = 1;
    start(w, NULL);
    static int64_t many[30];
    for (int i = 0; i < 30; i++)
        many[i] = i * 10;
    for (int round = 0; round < 2; round++) {
        again(w);
        column(w, x, 30, many);
        evaluate(w);
        assert_int_equal(w->s.n_lines, 60);
        assert_int_equal(w->s.n_rows[line], 60);
        assert_int_equal(w->s.n_findings, 120);
        assert_int_equal(w->s.n_conflicts, 60);
        for (uint32_t row = 0; row < 60; row++) {
            assert_int_equal(cell(w, first, row), row / 2 * 10);
            assert_int_equal(cell(w, second, row), row / 2);
            assert_int_equal(cell(w, family, row), 77);
            assert_int_equal(cell(w, twice, row), row / 2 * 20);
            assert_int_equal(w->s.lines[row].row, row / 2);
            assert_ptr_equal(w->s.findings[row * 2].about, dr_ptr(about));
            assert_null(w->s.findings[row * 2 + 1].about);
            assert_int_equal(w->s.findings[row * 2 + 1].rule, 2);
            assert_int_equal(w->s.conflicts[row].pair, 3);
            assert_int_equal(w->s.conflicts[row].row, row);
            assert_int_equal(w->s.conflicts[row].slot, DR_NONE);
        }
    }
    value_at(w, emit, 0); /* run to explain: nothing is emitted again */
    value_at(w, find, 0);
    assert_int_equal(w->s.n_lines, 60);
    assert_int_equal(w->s.n_findings, 120);
    assert_int_equal(w->s.n_conflicts, 60);
    again(w);
    evaluate(w);
    assert_int_equal(w->s.n_lines + w->s.n_findings + w->s.n_rows[line], 0);
    world_free(w);
}

static void test_conflict_of_attribute(void **state)
{
    (void)state;
    world *w = world_new();
    uint32_t thing = entity(w, "Thing", DR_INPUT);
    uint32_t x = slot(w, thing, DR_INT), y = attribute(w, thing, DR_INT);
    uint32_t pc = OP(SLOT, 1, 0, 0, x);
    uint32_t over = OP(JF, 1, 0, 0, 0);
    OP(CONFLICT, 1, 2, 0, 2);
    land(w, over);
    OP(RET, 1, 0, 0, 0);
    node(w, DR_NODE_ATTR, thing, y, pc);
    start(w, NULL);
    COLUMN(x, 0, 1, 0);
    evaluate(w);
    assert_int_equal(w->s.n_conflicts, 1);
    assert_int_equal(w->s.conflicts[0].pair, 2);
    assert_int_equal(w->s.conflicts[0].slot, y);
    assert_int_equal(w->s.conflicts[0].row, 1);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_attribute),       cmocka_unit_test(test_quick),
        cmocka_unit_test(test_quick_then_full), cmocka_unit_test(test_places),
        cmocka_unit_test(test_group),           cmocka_unit_test(test_many_groups),
        cmocka_unit_test(test_clock),           cmocka_unit_test(test_walk),
        cmocka_unit_test(test_long_walk),       cmocka_unit_test(test_walk_of_two_lists),
        cmocka_unit_test(test_reset_forgets),   cmocka_unit_test(test_prefix_twice_in_a_run),
        cmocka_unit_test(test_rules),           cmocka_unit_test(test_conflict_of_attribute),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
