/* drip: cost.h, level 1. How many steps of fuel a program takes at most, as a function of how much an
 * encounter holds. cost.c goes through the nodes, cost_code.c through the code of one, cost_ops.c knows its instructions. */
#ifndef DR_COST_H
#define DR_COST_H

#include "bound.h"
#include "program.h"

typedef struct dr_cost_item {
    const char *name;
    uint32_t node;
    const dr_bound *steps; /* NULL: no bound was found */
} dr_cost_item;

/* The sizes that bounds speak of: the rows of each entity, by its number, then `members`: the most members
 * of any one set of texts in the record. */
typedef struct dr_costs {
    dr_arena *arena;
    const dr_program *program;
    dr_cost_item *items; /* one for each node and part of a walk, in their order */
    uint32_t n_items, n_sizes, members;
    const dr_bound *all;     /* of an evaluation */
    const dr_bound *charted; /* the same in the rows and sets of the record alone: less close */
} dr_costs;

/* NULL: no memory. The arena must outlive what comes back. */
dr_costs *dr_costs_make(dr_arena *arena, const dr_program *p);
const char *dr_cost_size_name(const dr_costs *c, uint32_t size);
/* "3·Service·Event + 12·Service + 4" */
void dr_cost_write(const dr_costs *c, const dr_bound *b, dr_buf *out);

/* ---- between cost.c and cost_code.c ---- */

/* What is known of a row's cell that is a span set, a set or a list: how large it is at most, and how large
 * those of all rows are together. */
typedef struct dr_sized {
    const dr_bound *most, *total;
    bool apart; /* lists of different rows have no row in common */
} dr_sized;

/* A size that only the code of one node speaks of: of a cell of the row that `scope` is about (`list`
 * DR_NONE), or of the cells of all rows in a list of that row. Scope 0 is the row being decided. */
typedef struct dr_own {
    uint32_t scope, list, slot;
} dr_own;

typedef struct dr_costing {
    dr_arena *arena;
    const dr_program *p;
    dr_sized *sized;       /* per slot */
    const dr_bound **rows; /* per entity */
    dr_own *own;           /* sizes from first_own on */
    uint32_t n_own, size_own, first_own, members, n_scopes;
    uint32_t walk;        /* list slot of the walk whose parts are looked at, or DR_NONE */
    const dr_bound *once; /* what the node pays once, not for each row */
    bool *indexed;        /* per slot: paid for already in this node */
    bool lost;            /* no bound can be told */
} dr_costing;

/* What the code from pc on, up to `end`, pays for one row, and how large the cell is that it gives; both may
 * speak of own sizes of scope 0. False: no memory. */
typedef struct dr_code_cost {
    const dr_bound *steps, *size;
    uint32_t list; /* the cell is a list of rows out of this list of the row, or DR_NONE */
} dr_code_cost;
bool dr_code_costs(dr_costing *x, uint32_t pc, uint32_t end, uint8_t kind, dr_code_cost *found);

/* Own sizes of a scope, told in others: of all rows of an entity or list together, or of one of them. */
typedef struct dr_over {
    const dr_bound *count; /* rows */
    uint32_t list, scope;  /* the list of that row whose rows these are, or DR_NONE */
} dr_over;
const dr_bound *dr_cost_close(dr_costing *x, const dr_bound *b, uint32_t scope, const dr_over *over);
const dr_bound *dr_cost_one(dr_costing *x, const dr_bound *b, uint32_t scope, const dr_over *over);
const dr_bound *dr_cost_own(dr_costing *x, uint32_t scope, uint32_t list, uint32_t slot);

#endif
