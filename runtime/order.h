/* drip: order.h, level 1. One stable sort for everything that must come out in a stated order.
 *
 * It sorts indexes, not items, by a comparison that gets a context. Merging, so n log n at worst
 * whatever the input is; libc's qsort is neither stable nor bounded in what it allocates. */
#ifndef DR_ORDER_H
#define DR_ORDER_H

#include "mem.h"

typedef int (*dr_order_fn)(const void *context, uint32_t a, uint32_t b); /* < 0: a first */

/* Sorts index[0..n); equal ones keep their order. False only when memory is out. */
bool dr_order(dr_arena *arena, uint32_t *index, uint32_t n, dr_order_fn cmp, const void *context);

/* The same for the items themselves, of `size` bytes each, by their numbers as they stand before: the context may be
 * the items. False only when memory is out; then they are as they were. */
bool dr_sort(dr_arena *arena, void *items, uint32_t n, size_t size, dr_order_fn cmp, const void *context);

#endif
