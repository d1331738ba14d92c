/* drip: cost.c, level 1. The most fuel that a program takes, as a function of how much an encounter holds.
 *
 * Nodes are looked at in the order in which they are decided. For each: what its code pays for a row
 * (cost_code.c), added up over the rows, and what the node pays itself, from the one table (costs.def). What
 * is known of a cell that is a span set, a set or a list is how large it is at most and how large those of
 * all rows are together: a row is in one group at most, so that going through the members of each group is
 * paid for once for each member, and not for each member by each group.
 * Span sets in a walk are made of span sets of the rows before. They can only have the pieces that come in
 * from outside of the walk, as the ends of what is united, intersected and subtracted are ends of the parts:
 * a first pass, in which the walk's own cells are empty, adds those up. The same goes for members of sets. */
#include "cost.h"
#include "cost_code.h"

#include <string.h>

/* ---- own sizes ---- */

const dr_bound *dr_cost_own(dr_costing *x, uint32_t scope, uint32_t list, uint32_t slot)
{
    const dr_bound *most = x->sized[slot].most;
    if (most == NULL) { /* read before it is decided: the compiler does not do that */
        x->lost = true;
        return dr_bound_number(x->arena, 0);
    }
    if (dr_bound_degree(most) == 0 && (list == DR_NONE || most->n == 0))
        return most;
    for (uint32_t i = 0; i < x->n_own; i++)
        if (x->own[i].scope == scope && x->own[i].list == list && x->own[i].slot == slot)
            return dr_bound_size(x->arena, (uint16_t)(x->first_own + i));
    if (x->n_own == x->size_own || x->first_own + x->n_own >= UINT16_MAX) {
        x->lost = true;
        return dr_bound_number(x->arena, 0);
    }
    x->own[x->n_own] = (dr_own){scope, list, slot};
    return dr_bound_size(x->arena, (uint16_t)(x->first_own + x->n_own++));
}

/* Of one row out of these, of which no more is known. */
static const dr_bound *one_of(dr_costing *x, const dr_own *own, const dr_over *over)
{
    if (own->list != DR_NONE)
        return x->sized[own->slot].total;
    if (over->list != DR_NONE)
        return dr_cost_own(x, over->scope, over->list, own->slot);
    return x->sized[own->slot].most;
}

/* Of all these rows together. */
static const dr_bound *all_of(dr_costing *x, const dr_own *own, const dr_over *over)
{
    if (own->list == DR_NONE)
        return over->list != DR_NONE ? dr_cost_own(x, over->scope, over->list, own->slot)
                                     : x->sized[own->slot].total;
    if (x->sized[own->list].apart)
        return x->sized[own->slot].total;
    return dr_bound_product(x->arena, over->count, x->sized[own->slot].total);
}

static const dr_own *own_size(const dr_costing *x, uint16_t size, uint32_t scope)
{
    const dr_own *own = size >= x->first_own ? &x->own[size - x->first_own] : NULL;
    return own != NULL && own->scope == scope ? own : NULL;
}

/* The first of a term's own sizes of the scope is added up, the others stand for any row. */
static const dr_bound *close_term(dr_costing *x, const dr_term *t, uint32_t scope, const dr_over *over,
                                  bool add_up)
{
    const dr_bound *product = dr_bound_number(x->arena, t->times);
    for (uint32_t i = 0; i < t->n; i++) {
        const dr_own *own = own_size(x, t->of[i], scope);
        const dr_bound *factor = own == NULL ? dr_bound_size(x->arena, t->of[i])
                                 : add_up    ? all_of(x, own, over)
                                             : one_of(x, own, over);
        add_up = add_up && own == NULL;
        product = dr_bound_product(x->arena, product, factor);
    }
    return add_up ? dr_bound_product(x->arena, product, over->count) : product;
}

static const dr_bound *close(dr_costing *x, const dr_bound *b, uint32_t scope, const dr_over *over,
                             bool add_up)
{
    const dr_bound *sum = dr_bound_number(x->arena, 0);
    for (uint32_t i = 0; b != NULL && i < b->n; i++)
        sum = dr_bound_sum(x->arena, sum, close_term(x, &b->at[i], scope, over, add_up));
    return b != NULL ? sum : NULL;
}

const dr_bound *dr_cost_close(dr_costing *x, const dr_bound *b, uint32_t scope, const dr_over *over)
{
    return close(x, b, scope, over, true);
}

const dr_bound *dr_cost_one(dr_costing *x, const dr_bound *b, uint32_t scope, const dr_over *over)
{
    return close(x, b, scope, over, false);
}

/* ---- what comes with the record ---- */

static const dr_bound *rows_of(dr_costing *x, uint16_t entity)
{
    const dr_entity *e = &x->p->entities[entity];
    if (e->kind == DR_ROOT)
        return dr_bound_number(x->arena, 1);
    return e->kind == DR_TABLE ? dr_bound_number(x->arena, e->n_rows) : dr_bound_size(x->arena, entity);
}

/* The largest set or span set in a data table's column. */
static uint64_t largest(const dr_program *p, const dr_slot *slot)
{
    const dr_entity *e = &p->entities[slot->entity];
    uint64_t most = 0;
    for (uint32_t row = 0; row < e->n_rows; row++) {
        int64_t value = e->rows[(size_t)row * e->n_fields + slot->field];
        uint64_t n = value == DR_MISSING           ? 0
                     : slot->type.kind == DR_SPANS ? ((const dr_spans *)dr_ptr(value))->count
                                                   : ((const dr_set *)dr_ptr(value))->count;
        most = n > most ? n : most;
    }
    return most;
}

static const dr_bound *charted_size(dr_costing *x, uint32_t index)
{
    const dr_program *p = x->p;
    const dr_slot *slot = &p->slots[index];
    bool sized = slot->type.kind == DR_SET || slot->type.kind == DR_SPANS;
    if (sized && p->entities[slot->entity].kind == DR_TABLE && slot->field != UINT16_MAX)
        return dr_bound_number(x->arena, largest(p, slot));
    if (slot->type.kind == DR_SET && slot->input && slot->type.member == DR_ENUM)
        return dr_bound_number(x->arena, p->enums[slot->type.of].count);
    if (slot->type.kind == DR_SET && slot->input)
        return dr_bound_size(x->arena, (uint16_t)x->members);
    if (p->entities[slot->entity].kind == DR_RESULT ||
        (p->entities[slot->entity].kind == DR_MERGED && slot->field != UINT16_MAX)) /* until a line has one */
        return dr_bound_number(x->arena, 0);
    return NULL;
}

static void start_slots(dr_costing *x)
{
    for (uint32_t i = 0; i < x->p->n_entities; i++)
        x->rows[i] = rows_of(x, (uint16_t)i);
    for (uint32_t i = 0; i < x->p->n_slots; i++) {
        x->sized[i].most = charted_size(x, i);
        x->sized[i].total = dr_bound_product(x->arena, x->rows[x->p->slots[i].entity], x->sized[i].most);
    }
}

/* ---- nodes ---- */

static const dr_bound *times(dr_costing *x, uint64_t n, const dr_bound *b)
{
    return dr_bound_product(x->arena, dr_bound_number(x->arena, n), b);
}

static uint32_t code_end(const dr_program *p, uint32_t pc)
{
    uint32_t end = p->date_pc != DR_NONE && p->date_pc > pc ? p->date_pc : p->n_code;
    for (uint32_t i = 0; i < p->n_all_nodes; i++) {
        const dr_node *n = &p->nodes[i];
        const uint32_t starts[] = {n->pc, n->sort_pc, n->n_alts > 0 ? n->quick_pc : DR_NONE};
        for (uint32_t k = 0; k < 3; k++)
            if (starts[k] != DR_NONE && starts[k] > pc && starts[k] < end)
                end = starts[k];
    }
    return end;
}

static bool code_costs(dr_costing *x, uint32_t pc, uint8_t kind, dr_code_cost *found)
{
    return dr_code_costs(x, pc, code_end(x->p, pc), kind, found);
}

/* The value of a row in either of its two codes. */
static bool value_costs(dr_costing *x, const dr_node *n, dr_code_cost *found)
{
    const dr_type *type = &x->p->slots[n->slot].type;
    dr_code_cost quick;
    if (!code_costs(x, n->pc, type->kind, found))
        return false;
    if (n->n_alts == 0 || n->quick_pc == DR_NONE)
        return true;
    if (!code_costs(x, n->quick_pc, type->kind, &quick))
        return false;
    found->steps = dr_bound_either(x->arena, found->steps, quick.steps);
    if (found->size != NULL)
        found->size = dr_bound_either(x->arena, found->size, quick.size);
    if (found->list != quick.list)
        found->list = DR_NONE;
    return true;
}

static void set_sized(dr_costing *x, const dr_node *n, const dr_code_cost *c, const dr_over *rows)
{
    dr_sized *to = &x->sized[n->slot];
    if (c->size == NULL)
        return;
    to->most = dr_cost_one(x, c->size, 0, rows);
    to->total = dr_cost_close(x, c->size, 0, rows);
    to->apart = x->p->entities[n->entity].kind == DR_ROOT || (c->list != DR_NONE && x->sized[c->list].apart);
}

/* Are its span sets made by PREFIX, and so kept from what the rows after it add? */
static bool keeps(const dr_program *p, const dr_node *n)
{
    const uint32_t starts[] = {n->pc, n->n_alts > 0 ? n->quick_pc : DR_NONE};
    if (n->kind != DR_NODE_ATTR || p->slots[n->slot].type.kind != DR_SPANS)
        return false;
    for (uint32_t k = 0; k < 2; k++)
        for (uint32_t pc = starts[k]; starts[k] != DR_NONE && pc < code_end(p, starts[k]); pc++)
            if (p->code[pc].op == DR_OP_PREFIX)
                return true;
    return false;
}

/* For each row: itself, its code, its value kept for the rows after it, and places. */
static const dr_bound *rows_cost(dr_costing *x, const dr_node *n, const dr_code_cost *c, const dr_over *rows)
{
    dr_arena *a = x->arena;
    const dr_bound *row = dr_bound_sum(a, dr_bound_number(a, DR_STEPS_ROW), c->steps);
    if (keeps(x->p, n))
        row = dr_bound_sum(a, row, times(x, DR_STEPS_KEPT, c->size));
    if (n->kind == DR_NODE_ATTR && n->pos_slot != DR_NONE)
        row = dr_bound_sum(a, row, times(x, DR_STEPS_PLACE, c->size));
    return dr_bound_sum(a, dr_cost_close(x, row, 0, rows), x->once);
}

static bool attribute_cost(dr_costing *x, const dr_node *n, const dr_bound **steps)
{
    const dr_over rows = {x->rows[n->entity], DR_NONE, 0};
    dr_code_cost c = {NULL, NULL, DR_NONE};
    if (!(n->kind == DR_NODE_RULE ? code_costs(x, n->pc, DR_NOTHING, &c) : value_costs(x, n, &c)))
        return false;
    if (n->kind == DR_NODE_ATTR)
        set_sized(x, n, &c, &rows);
    *steps = rows_cost(x, n, &c, &rows);
    return true;
}

/* Keys for each member, and again where its group is put in order. */
static bool group_cost(dr_costing *x, const dr_node *n, const dr_bound **steps)
{
    const dr_over rows = {x->rows[n->member], DR_NONE, 0};
    dr_code_cost keys, order = {dr_bound_number(x->arena, 0), NULL, DR_NONE};
    if (!code_costs(x, n->pc, DR_NOTHING, &keys))
        return false;
    if (n->sort_pc != DR_NONE) {
        if (!code_costs(x, n->sort_pc, DR_NOTHING, &order))
            return false;
        order.steps = dr_bound_sum(x->arena, order.steps, dr_bound_number(x->arena, DR_STEPS_ORDERED));
    }
    keys.steps = dr_bound_sum(x->arena, keys.steps, order.steps);
    *steps = rows_cost(x, n, &keys, &rows);
    x->sized[n->list_slot] = (dr_sized){rows.count, rows.count, true};
    return true;
}

static bool clock_cost(dr_costing *x, const dr_node *n, const dr_bound **steps)
{
    dr_arena *a = x->arena;
    const dr_sized *list = &x->sized[n->list_slot];
    dr_code_cost passes = {dr_bound_number(a, 0), NULL, DR_NONE};
    if (n->pc != DR_NONE && !code_costs(x, n->pc, DR_NOTHING, &passes))
        return false;
    const dr_bound *event = dr_bound_sum(a, dr_bound_number(a, DR_STEPS_EVENT), passes.steps);
    const dr_over events = {list->total, DR_NONE, 0};
    const dr_bound *all = list->apart ? dr_cost_close(x, event, 0, &events)
                                      : dr_bound_product(a, list->total, dr_cost_one(x, event, 0, &events));
    *steps = dr_bound_sum(a, dr_bound_sum(a, times(x, DR_STEPS_ROW, x->rows[n->entity]), all), x->once);
    x->sized[n->slot] = *list;
    return true;
}

/* Each line, and what is in it; no merged line has more than all lines together. */
static bool merge_cost(dr_costing *x, const dr_node *n, const dr_bound **steps)
{
    const dr_program *p = x->p;
    *steps = times(x, DR_STEPS_MERGED, x->rows[p->result_entity]);
    for (uint32_t f = 0; f < p->n_fields; f++) {
        const dr_sized *from = &x->sized[p->fields[f].slot];
        if (!dr_has_size(p->slots[p->fields[f].slot].type.kind))
            continue;
        bool all = p->fields[f].merge == DR_MERGE_UNION;
        x->sized[n->slot + f] = (dr_sized){all ? from->total : from->most, from->total, false};
        *steps = dr_bound_sum(x->arena, *steps, times(x, DR_STEPS_MERGED, from->total));
    }
    return true;
}

/* ---- walks ---- */

/* The rows of a walk: those of each list, in its order, then those in none. */
static dr_over walked_rows(dr_costing *x, const dr_node *walk)
{
    const dr_bound *rows = x->rows[walk->member];
    if (!x->sized[walk->slot].apart)
        rows = dr_bound_sum(x->arena, rows, x->sized[walk->slot].total);
    return (dr_over){rows, DR_NONE, 0};
}

static const dr_bound *over_walk(dr_costing *x, const dr_node *walk, const dr_over *rows, const dr_bound *b)
{
    return x->sized[walk->slot].apart ? dr_cost_close(x, b, 0, rows)
                                      : dr_bound_product(x->arena, rows->count, dr_cost_one(x, b, 0, rows));
}

/* What comes into the walk's span sets, or into its sets, from outside. */
static bool from_outside(dr_costing *x, const dr_node *walk, const dr_over *rows, uint8_t kind,
                         const dr_bound **all)
{
    const dr_program *p = x->p;
    const dr_bound *none = dr_bound_number(x->arena, 0);
    *all = none;
    for (uint32_t i = 0; i < walk->n_parts; i++) {
        const dr_node *part = &p->nodes[p->parts[walk->first_part + i]];
        x->sized[part->slot].most = x->sized[part->slot].total = none;
    }
    for (uint32_t i = 0; i < walk->n_parts; i++) {
        const dr_node *part = &p->nodes[p->parts[walk->first_part + i]];
        dr_code_cost c;
        if (!value_costs(x, part, &c))
            return false;
        if (p->slots[part->slot].type.kind == kind)
            *all = dr_bound_sum(x->arena, *all, over_walk(x, walk, rows, c.size));
    }
    return true;
}

static bool start_walk(dr_costing *x, const dr_node *walk, const dr_over *rows)
{
    const dr_program *p = x->p;
    const dr_bound *pieces = NULL, *members = NULL;
    if (!from_outside(x, walk, rows, DR_SPANS, &pieces) || !from_outside(x, walk, rows, DR_SET, &members))
        return false;
    for (uint32_t i = 0; i < walk->n_parts; i++) {
        const dr_node *part = &p->nodes[p->parts[walk->first_part + i]];
        uint8_t kind = p->slots[part->slot].type.kind;
        dr_sized *to = &x->sized[part->slot];
        to->most = kind == DR_SPANS ? pieces
                   : kind == DR_SET ? members
                                    : x->rows[p->slots[part->slot].type.of];
        to->total = dr_bound_product(x->arena, x->rows[part->entity], to->most);
        to->apart = false;
    }
    return true;
}

static bool part_cost(dr_costing *x, const dr_node *walk, const dr_node *part, const dr_bound **steps)
{
    const dr_over rows = walked_rows(x, walk);
    dr_arena *a = x->arena;
    dr_code_cost c;
    if (!value_costs(x, part, &c))
        return false;
    const dr_bound *row = dr_bound_sum(a, dr_bound_number(a, DR_STEPS_ROW), c.steps);
    if (keeps(x->p, part))
        row = dr_bound_sum(a, row, times(x, DR_STEPS_KEPT, x->sized[part->slot].most));
    if (part->pos_slot != DR_NONE)
        row = dr_bound_sum(a, row, times(x, DR_STEPS_PLACE, x->sized[part->slot].most));
    *steps = dr_bound_sum(a, over_walk(x, walk, &rows, row), x->once);
    return true;
}

/* ---- the whole ---- */

static void start_node(dr_costing *x)
{
    x->n_own = x->n_scopes = 0;
    x->once = dr_bound_number(x->arena, 0);
    x->lost = false;
    memset(x->indexed, 0, x->p->n_slots * sizeof *x->indexed);
}

static const char *full_name(dr_costing *x, uint32_t node)
{
    char name[300];
    dr_node_name(x->p, node, name, sizeof name);
    return dr_take_text(x->arena, name, strlen(name));
}

static bool add_item(dr_costs *c, dr_costing *x, uint32_t node, const dr_bound *steps)
{
    c->items[c->n_items++] = (dr_cost_item){full_name(x, node), node, x->lost ? NULL : steps};
    c->all = dr_bound_sum(x->arena, c->all, c->items[c->n_items - 1].steps);
    return !x->arena->failed;
}

static bool walk_items(dr_costs *c, dr_costing *x, const dr_node *walk)
{
    const dr_over rows = walked_rows(x, walk);
    bool ok = true;
    x->walk = walk->slot;
    start_node(x);
    ok = start_walk(x, walk, &rows);
    bool lost = x->lost;
    for (uint32_t i = 0; i < walk->n_parts && ok; i++) {
        uint32_t part = x->p->parts[walk->first_part + i];
        const dr_bound *steps = NULL;
        start_node(x);
        ok = part_cost(x, walk, &x->p->nodes[part], &steps);
        x->lost = x->lost || lost;
        ok = ok && add_item(c, x, part, steps);
    }
    x->walk = DR_NONE;
    return ok;
}

static bool node_item(dr_costs *c, dr_costing *x, uint32_t node)
{
    const dr_node *n = &x->p->nodes[node];
    const dr_bound *steps = NULL;
    bool ok = true;
    if (n->kind == DR_NODE_WALK)
        return walk_items(c, x, n);
    start_node(x);
    if (n->kind == DR_NODE_GROUP)
        ok = group_cost(x, n, &steps);
    else if (n->kind == DR_NODE_CLOCK)
        ok = clock_cost(x, n, &steps);
    else if (n->kind == DR_NODE_MERGE)
        ok = merge_cost(x, n, &steps);
    else
        ok = attribute_cost(x, n, &steps);
    return ok && add_item(c, x, node, steps);
}

static bool one_date_cost(dr_costs *c, dr_costing *x, uint32_t pc)
{
    dr_code_cost date;
    const dr_over one = {dr_bound_number(x->arena, 1), DR_NONE, 0};
    start_node(x);
    if (!code_costs(x, pc, DR_NOTHING, &date))
        return false;
    const dr_bound *steps = dr_bound_sum(x->arena, dr_cost_close(x, date.steps, 0, &one), x->once);
    c->all = x->lost ? NULL : dr_bound_sum(x->arena, c->all, steps);
    return !x->arena->failed;
}

/* The dates that choose are found before anything is decided. */
static bool date_cost(dr_costs *c, dr_costing *x)
{
    bool ok = x->p->date_pc == DR_NONE || one_date_cost(c, x, x->p->date_pc);
    for (uint32_t i = 0; i < x->p->n_axes && ok; i++)
        ok = one_date_cost(c, x, x->p->axes[i].pc);
    return ok;
}

/* ---- in the rows of the record ---- */

static const dr_bound *put(dr_arena *arena, const dr_bound *b, const dr_bound *const *for_size)
{
    const dr_bound *sum = dr_bound_number(arena, 0);
    for (uint32_t i = 0; b != NULL && i < b->n; i++) {
        const dr_bound *product = dr_bound_number(arena, b->at[i].times);
        for (uint32_t k = 0; k < b->at[i].n; k++)
            product = dr_bound_product(arena, product, for_size[b->at[i].of[k]]);
        sum = dr_bound_sum(arena, sum, product);
    }
    return b != NULL ? sum : NULL;
}

/* Groups have at most as many rows as members; there are at most as many lines as rows that rules are
 * asked for. */
static bool charted_sizes(dr_costs *c, dr_costing *x)
{
    const dr_program *p = x->p;
    const dr_bound **sizes = dr_take_zero(x->arena, c->n_sizes, sizeof *sizes);
    if (sizes == NULL)
        return false;
    for (uint32_t i = 0; i < c->n_sizes; i++)
        sizes[i] = dr_bound_size(x->arena, (uint16_t)i);
    const dr_bound *lines = dr_bound_number(x->arena, 0);
    for (uint32_t i = 0; i < p->n_nodes; i++) { /* members are decided before what groups them */
        const dr_node *n = &p->nodes[i];
        if (n->kind == DR_NODE_GROUP)
            sizes[n->entity] = put(x->arena, x->rows[n->member], sizes);
        else if (n->kind == DR_NODE_MERGE)
            sizes[n->entity] = lines;
        else if (n->kind == DR_NODE_RULE && p->rules[n->rule].kind == DR_CLAUSE_LINE)
            lines = dr_bound_sum(x->arena, lines, put(x->arena, x->rows[n->entity], sizes));
    }
    if (p->result_entity != DR_NONE)
        sizes[p->result_entity] = lines;
    c->charted = put(x->arena, c->all, sizes);
    return !x->arena->failed;
}

static bool prepare(dr_costs *c, dr_costing *x, const dr_program *p)
{
    enum { OWN_SIZES = 4096 };
    c->arena = x->arena;
    c->program = p;
    c->members = x->members = p->n_entities;
    c->n_sizes = x->first_own = p->n_entities + 1;
    c->items = dr_take_zero(x->arena, p->n_all_nodes, sizeof *c->items);
    c->all = dr_bound_number(x->arena, 0);
    x->own = dr_take_zero(x->arena, OWN_SIZES, sizeof *x->own);
    x->size_own = OWN_SIZES;
    x->sized = dr_take_zero(x->arena, p->n_slots, sizeof *x->sized);
    x->rows = dr_take_zero(x->arena, p->n_entities, sizeof *x->rows);
    x->indexed = dr_take_zero(x->arena, p->n_slots, sizeof *x->indexed);
    return !x->arena->failed;
}

dr_costs *dr_costs_make(dr_arena *arena, const dr_program *p)
{
    dr_costing x = {.arena = arena, .p = p, .walk = DR_NONE};
    dr_costs *c = dr_take_zero(arena, 1, sizeof *c);
    if (c == NULL || !prepare(c, &x, p))
        return NULL;
    start_slots(&x);
    bool ok = true;
    for (uint32_t i = 0; i < p->n_nodes && ok; i++)
        ok = node_item(c, &x, i);
    return ok && date_cost(c, &x) && charted_sizes(c, &x) ? c : NULL;
}

/* ---- for readers ---- */

const char *dr_cost_size_name(const dr_costs *c, uint32_t size)
{
    if (size == c->members)
        return "members";
    const dr_entity *e = &c->program->entities[size];
    return e->kind == DR_RESULT && c->program->result_name != NULL ? c->program->result_name : e->name;
}

void dr_cost_write(const dr_costs *c, const dr_bound *b, dr_buf *out)
{
    if (b == NULL)
        dr_buf_text(out, "no bound");
    else if (b->n == 0)
        dr_buf_text(out, "0");
    for (uint32_t i = 0; b != NULL && i < b->n; i++) {
        const dr_term *t = &b->at[i];
        dr_buf_text(out, i > 0 ? " + " : "");
        if (t->times != 1 || t->n == 0)
            dr_buf_int(out, t->times < INT64_MAX ? (int64_t)t->times : INT64_MAX);
        for (uint32_t k = 0; k < t->n;) {
            uint32_t power = 1;
            while (k + power < t->n && t->of[k + power] == t->of[k])
                power++;
            dr_buf_text(out, k > 0 || t->times != 1 ? "·" : "");
            dr_buf_text(out, dr_cost_size_name(c, t->of[k]));
            if (power > 1) {
                dr_buf_char(out, '^');
                dr_buf_int(out, power);
            }
            k += power;
        }
    }
}
