/* drip: cost_code.h, level 1. What cost_code.c, which follows the code, and cost_ops.c, which knows the
 * instructions, share. */
#ifndef DR_COST_CODE_H
#define DR_COST_CODE_H

#include "cost.h"

enum {
    DR_CODE_REGS = 256,
    DR_CODE_BUILDERS = 8,
    DR_SUM_PAID = 0,
    DR_SUM_SPANS = 1,
    DR_SUM_SETS = DR_SUM_SPANS + DR_CODE_BUILDERS,
    DR_SUM_SORTS = DR_SUM_SETS + DR_CODE_BUILDERS
};
enum { DR_SUMS = DR_SUM_SORTS + DR_CODE_BUILDERS, DR_NOT_A_ROW = -1 };

typedef struct dr_known {
    const dr_bound *size; /* of a span set, set or list, rows of an iterator; NULL where it is none of them */
    dr_over rows;         /* of a list or iterator */
    uint32_t from;        /* the slot a list was read from, or DR_NONE */
    int64_t row;          /* the scope whose row it is, or DR_NOT_A_ROW */
} dr_known;

typedef struct dr_state {
    const dr_bound
        *sums[DR_SUMS]; /* steps paid; what was put into the builders; in a body: by one run of it */
    dr_known value;     /* of RET */
    uint32_t n_regs;
    dr_known regs[];
} dr_state;

typedef struct dr_leaving { /* a jump out of a body */
    uint32_t to;
    dr_state *with;
    struct dr_leaving *next;
} dr_leaving;

typedef struct dr_body {
    struct dr_body *outer;
    dr_over over; /* the rows it is run for */
    uint32_t scope;
    uint32_t top, from, to; /* of the whole code: top DR_NONE */
    dr_state *again;        /* at jumps to the top */
    dr_leaving *left;
} dr_body;

typedef struct dr_walker {
    dr_costing *x;
    uint32_t start;
    dr_state **at; /* what jumps have brought to an instruction, from start on */
    dr_body *inside;
    dr_over sorted[DR_CODE_BUILDERS]; /* the rows that are in each sorter are among these */
    dr_state *now;                    /* NULL: control does not get here */
    bool failed;
} dr_walker;

/* cost_code.c: what is known now is known at `to` as well. */
void dr_code_go(dr_walker *w, uint32_t pc, uint32_t to);
/* One bound for both; NULL is none. */
const dr_bound *dr_code_either(dr_walker *w, const dr_bound *a, const dr_bound *b);

/* cost_ops.c */
void dr_code_step(dr_walker *w, uint32_t pc); /* pays for one instruction, no loop, and does what it does */
void dr_code_pay(dr_walker *w, uint32_t sum, uint64_t times, const dr_bound *of);
const dr_bound *dr_code_number(dr_walker *w, uint64_t n);
dr_known dr_known_plain(void); /* nothing that has a size */
dr_known dr_code_reg(const dr_walker *w, uint32_t r);
const dr_bound *dr_code_size(dr_walker *w, uint32_t r);

static inline bool dr_has_size(uint8_t kind)
{
    return kind == DR_SPANS || kind == DR_SET || kind == DR_LIST;
}

#endif
