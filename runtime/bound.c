/* drip: bound.c, level 1. Arithmetic of bounds. */
#include "bound.h"

#include <string.h>

static uint64_t plus(uint64_t a, uint64_t b)
{
    uint64_t sum = 0;
    return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

static uint64_t times(uint64_t a, uint64_t b)
{
    uint64_t product = 0;
    return __builtin_mul_overflow(a, b, &product) ? UINT64_MAX : product;
}

static int compare(const dr_term *a, const dr_term *b)
{
    if (a->n != b->n)
        return a->n > b->n ? -1 : 1;
    for (uint32_t i = 0; i < a->n; i++)
        if (a->of[i] != b->of[i])
            return a->of[i] < b->of[i] ? -1 : 1;
    return 0;
}

static dr_bound *room(dr_arena *arena, size_t terms)
{
    size_t bytes = 0;
    dr_bound *made =
        dr_size_mul(terms, sizeof(dr_term), &bytes) ? dr_take(arena, sizeof *made + bytes) : NULL;
    if (made != NULL)
        made->n = 0;
    return made;
}

const dr_bound *dr_bound_number(dr_arena *arena, uint64_t n)
{
    dr_bound *made = room(arena, 1);
    if (made != NULL && n > 0)
        made->at[made->n++] = (dr_term){.times = n};
    return made;
}

const dr_bound *dr_bound_size(dr_arena *arena, uint16_t size)
{
    return dr_bound_term(arena, &(dr_term){.times = 1, .n = 1, .of = {size}});
}

const dr_bound *dr_bound_term(dr_arena *arena, const dr_term *term)
{
    dr_bound *made = room(arena, 1);
    if (made != NULL)
        made->at[made->n++] = *term;
    return made;
}

static const dr_bound *merged(dr_arena *arena, const dr_bound *a, const dr_bound *b, bool add)
{
    if (a == NULL || b == NULL)
        return NULL;
    if (b->n == 0 || a == b)
        return b->n == 0 || !add ? a : dr_bound_product(arena, a, dr_bound_number(arena, 2));
    if (a->n == 0)
        return b;
    dr_bound *made = room(arena, (size_t)a->n + b->n);
    uint32_t i = 0, j = 0;
    while (made != NULL && (i < a->n || j < b->n)) {
        int order = i == a->n ? 1 : j == b->n ? -1 : compare(&a->at[i], &b->at[j]);
        dr_term *t = &made->at[made->n++];
        *t = order <= 0 ? a->at[i] : b->at[j];
        if (order == 0 && add)
            t->times = plus(t->times, b->at[j].times);
        else if (order == 0 && b->at[j].times > t->times)
            t->times = b->at[j].times;
        i += order <= 0;
        j += order >= 0;
    }
    return made;
}

const dr_bound *dr_bound_sum(dr_arena *arena, const dr_bound *a, const dr_bound *b)
{
    return merged(arena, a, b, true);
}

const dr_bound *dr_bound_either(dr_arena *arena, const dr_bound *a, const dr_bound *b)
{
    return merged(arena, a, b, false);
}

static bool multiply(const dr_term *a, const dr_term *b, dr_term *to)
{
    if (a->n + b->n > DR_FACTORS)
        return false;
    *to = (dr_term){.times = times(a->times, b->times)};
    uint32_t i = 0, j = 0;
    while (i < a->n || j < b->n)
        to->of[to->n++] = j == b->n || (i < a->n && a->of[i] <= b->of[j]) ? a->of[i++] : b->of[j++];
    return true;
}

const dr_bound *dr_bound_product(dr_arena *arena, const dr_bound *a, const dr_bound *b)
{
    if (a == NULL || b == NULL)
        return NULL;
    const dr_bound *sum = room(arena, 0);
    for (uint32_t i = 0; i < a->n && sum != NULL; i++) {
        dr_bound *row = room(arena, b->n);
        for (uint32_t j = 0; row != NULL && j < b->n; j++)
            if (!multiply(&a->at[i], &b->at[j], &row->at[row->n++]))
                return NULL;
        const dr_bound *ordered = row != NULL ? room(arena, 0) : NULL;
        for (uint32_t j = 0; row != NULL && j < row->n; j++) /* multiplying may have changed their order */
            ordered = dr_bound_sum(arena, ordered, dr_bound_term(arena, &row->at[j]));
        sum = dr_bound_sum(arena, sum, ordered);
    }
    return sum;
}

bool dr_bound_equal(const dr_bound *a, const dr_bound *b)
{
    if (a == NULL || b == NULL || a->n != b->n)
        return a == b;
    for (uint32_t i = 0; i < a->n; i++)
        if (compare(&a->at[i], &b->at[i]) != 0 || a->at[i].times != b->at[i].times)
            return false;
    return true;
}

uint32_t dr_bound_degree(const dr_bound *a)
{
    return a != NULL && a->n > 0 ? a->at[0].n : 0;
}

uint64_t dr_bound_value(const dr_bound *a, const uint64_t *sizes)
{
    uint64_t sum = 0;
    if (a == NULL)
        return UINT64_MAX;
    for (uint32_t i = 0; i < a->n; i++) {
        bool none = false;
        uint64_t product = a->at[i].times;
        for (uint32_t k = 0; k < a->at[i].n; k++) {
            none = none || sizes[a->at[i].of[k]] == 0;
            product = times(product, sizes[a->at[i].of[k]]);
        }
        sum = plus(sum, none ? 0 : product);
    }
    return sum;
}
