/* drip: bound.h, level 1. Bounds: sums of products of sizes, as 12·Service + 3·Service·Event.
 *
 * A size is a number that stands for how much there is of something. Bounds are values that never change,
 * in an arena; coefficients stay at UINT64_MAX once they get there. Whatever asks for more than the arena
 * has, or for a product of more than DR_FACTORS sizes, becomes NULL; every operation passes NULL on. */
#ifndef DR_BOUND_H
#define DR_BOUND_H

#include "mem.h"

enum { DR_FACTORS = 8 };

typedef struct dr_term {
    uint64_t times;
    uint16_t n;
    uint16_t of[DR_FACTORS]; /* sizes, ascending; twice for a square */
} dr_term;

typedef struct dr_bound {
    uint32_t n;
    dr_term at[]; /* most factors first, then by sizes; no two of the same sizes, none of times 0 */
} dr_bound;

const dr_bound *dr_bound_number(dr_arena *arena, uint64_t n);
const dr_bound *dr_bound_size(dr_arena *arena, uint16_t size);
const dr_bound *dr_bound_sum(dr_arena *arena, const dr_bound *a, const dr_bound *b);
const dr_bound *dr_bound_product(dr_arena *arena, const dr_bound *a, const dr_bound *b);
/* At least as much as either, whatever the sizes. */
const dr_bound *dr_bound_either(dr_arena *arena, const dr_bound *a, const dr_bound *b);
/* One term of a bound, as a bound. */
const dr_bound *dr_bound_term(dr_arena *arena, const dr_term *term);
bool dr_bound_equal(const dr_bound *a, const dr_bound *b);
uint32_t dr_bound_degree(const dr_bound *a);
/* For sizes of these numbers; UINT64_MAX where it is that or more. */
uint64_t dr_bound_value(const dr_bound *a, const uint64_t *sizes);

#endif
