/* drip: unit.h, tests. What the unit tests share: cmocka, an allocator that counts, fails and looks, dice. */
#ifndef DR_UNIT_H
#define DR_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mem.h"

/* Fails the call number fail_at (from 1; 0: none) and all later ones, and checks that what is given
 * back was wiped and has the size it was taken with. */
typedef struct tally {
    size_t live, calls, fail_at;
    bool dirty, wrong_size;
} tally;

static inline void *tally_fn(void *context, void *ptr, size_t old_size, size_t new_size)
{
    tally *t = context;
    size_t *block = ptr != NULL ? (size_t *)((char *)ptr - 16) : NULL;
    if (block != NULL && *block != old_size)
        t->wrong_size = true;
    if (new_size == 0) {
        for (size_t i = 0; i < old_size; i++)
            t->dirty = t->dirty || ((char *)ptr)[i] != 0;
        t->live -= old_size;
        free(block);
        return NULL;
    }
    t->calls++;
    if (t->fail_at != 0 && t->calls >= t->fail_at)
        return NULL;
    size_t *fresh = realloc(block, new_size + 16);
    if (fresh == NULL)
        return NULL;
    if (block == NULL)
        memset(fresh, 0xA5, new_size + 16); /* nobody may count on zeros */
    *fresh = new_size;
    t->live += new_size - old_size;
    return (char *)fresh + 16;
}

static inline dr_alloc tally_alloc(tally *t)
{
    return (dr_alloc){tally_fn, t};
}

static inline void assert_clean(const tally *t)
{
    assert_int_equal(t->live, 0);
    assert_false(t->dirty);
    assert_false(t->wrong_size);
}

/* Dice that fall the same way every time. */
static inline uint64_t roll(uint64_t *dice)
{
    *dice += 0x9E3779B97F4A7C15u;
    uint64_t z = *dice;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

static inline int64_t roll_in(uint64_t *dice, int64_t low, int64_t high)
{
    return low + (int64_t)(roll(dice) % (uint64_t)(high - low + 1));
}

#endif
