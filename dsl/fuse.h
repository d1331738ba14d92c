/* drip: fuse.h, level 2a. Emitted code made shorter; see fuse.c and effects.c. */
#ifndef DR_FUSE_H
#define DR_FUSE_H

#include "front.h"

enum { DR_REG_WORDS = 4 };
typedef struct dr_regs { /* a set of registers */
    uint64_t w[DR_REG_WORDS];
} dr_regs;

/* effects.c */
bool dr_op_jumps(uint8_t op);        /* d is a place in the code */
bool dr_op_ends(uint8_t op);         /* what stands behind it is not next */
bool dr_op_fills(const dr_instr *i); /* r[a], and nothing else */
void dr_op_reads(const dr_front *f, const dr_instr *i, dr_regs *set);

/* After all nodes are emitted. Every place in the code that the program keeps is moved along. */
bool dr_fuse(dr_front *f);

#endif
