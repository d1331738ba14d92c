/* drip: order.c, level 1. One stable sort for everything that must come out in a stated order.
 *
 * Runs of RUN are sorted by insertion, as most lists of an encounter are shorter than that; longer ones
 * are merged bottom up between the index and one buffer of the same length in the arena. */
#include "order.h"

#include <string.h>

enum { RUN = 8 };

static void insert_run(uint32_t *index, uint32_t n, dr_order_fn cmp, const void *context)
{
    for (uint32_t i = 1; i < n; i++) {
        uint32_t moved = index[i], at = i;
        for (; at > 0 && cmp(context, index[at - 1], moved) > 0; at--)
            index[at] = index[at - 1];
        index[at] = moved;
    }
}

/* Merges from[0..middle) and from[middle..n) into to. */
static void merge(const uint32_t *from, uint32_t middle, uint32_t n, uint32_t *to, dr_order_fn cmp,
                  const void *context)
{
    uint32_t a = 0, b = middle, at = 0;
    if (middle < n && cmp(context, from[middle - 1], from[middle]) <= 0)
        b = n; /* in order as it is */
    if (b < n)
        while (a < middle && b < n)
            to[at++] = cmp(context, from[a], from[b]) <= 0 ? from[a++] : from[b++];
    else
        a = n;
    if (a == n) {
        memcpy(to, from, n * sizeof *to);
        return;
    }
    memcpy(to + at, from + a, (middle - a) * sizeof *to);
    at += middle - a;
    memcpy(to + at, from + b, (n - b) * sizeof *to);
}

bool dr_order(dr_arena *arena, uint32_t *index, uint32_t n, dr_order_fn cmp, const void *context)
{
    for (uint32_t i = 0; i < n; i += RUN) {
        insert_run(index + i, n - i < RUN ? n - i : RUN, cmp, context);
        if (n - i <= RUN)
            break;
    }
    if (n <= RUN)
        return true;
    uint32_t *spare = n < UINT32_MAX / 2 ? dr_take(arena, n * sizeof *spare) : NULL;
    if (spare == NULL)
        return false;
    uint32_t *from = index, *to = spare;
    for (uint32_t width = RUN; width < n; width *= 2) {
        for (uint32_t i = 0; i < n; i += 2 * width) {
            uint32_t left = n - i;
            uint32_t middle = left < width ? left : width, size = left < 2 * width ? left : 2 * width;
            merge(from + i, middle, size, to + i, cmp, context);
        }
        uint32_t *swap = from;
        from = to;
        to = swap;
    }
    if (from != index)
        memcpy(index, from, n * sizeof *index);
    return true;
}

bool dr_sort(dr_arena *arena, void *items, uint32_t n, size_t size, dr_order_fn cmp, const void *context)
{
    if (n < 2)
        return true;
    uint32_t *index = dr_take_zero(arena, n, sizeof *index);
    char *sorted = dr_take_zero(arena, n, size);
    if (index == NULL || sorted == NULL)
        return false;
    for (uint32_t i = 0; i < n; i++)
        index[i] = i;
    if (!dr_order(arena, index, n, cmp, context))
        return false;
    for (uint32_t i = 0; i < n; i++)
        memcpy(sorted + i * size, (const char *)items + index[i] * size, size);
    memcpy(items, sorted, n * size);
    return true;
}
