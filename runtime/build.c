/* drip: build.c, level 2b. Builders: span sets, member sets, sorted lists.
 *
 * They grow in the evaluation's arena and are started again by forgetting their count. A builder that
 * was given a single set hands that set back without copying it, as that is the usual case. Member sets
 * are made canonical: within an evaluation equal sets are one pointer, so that code compares cells. The
 * sets of the program come first (the `fixed` table, filled once), then those of the evaluation. */
#include "vm.h"

#include "order.h"

#include <string.h>

enum { GROW_FIRST = 16, INSERTION_MAX = 24, TABLE_FIRST = 64 };

/* Doubles an array in the arena if it is full. */
bool dr_vm_grow(dr_arena *arena, void **items, uint32_t count, uint32_t *size, size_t item_size)
{
    if (count < *size)
        return true;
    uint32_t more = *size == 0 ? GROW_FIRST : *size * 2;
    size_t bytes = 0;
    if (more <= *size || !dr_size_mul(more, item_size, &bytes)) {
        arena->failed = true;
        return false;
    }
    void *bigger = dr_take(arena, bytes);
    if (bigger == NULL)
        return false;
    if (count > 0)
        memcpy(bigger, *items, count * item_size);
    *items = bigger;
    *size = more;
    return true;
}

/* ---- span sets ---- */

bool dr_spanb_range(dr_arena *arena, dr_span_builder *b, int64_t start, int64_t end)
{
    void *items = b->items;
    if (!dr_vm_grow(arena, &items, b->count, &b->size, sizeof *b->items))
        return false;
    b->items = items;
    b->items[b->count++] = (dr_range){start, end};
    return true;
}

static bool copy_ranges(dr_arena *arena, dr_span_builder *b, const dr_spans *set)
{
    for (uint32_t i = 0; i < set->count; i++)
        if (!dr_spanb_range(arena, b, set->at[i].start, set->at[i].end))
            return false;
    return true;
}

bool dr_spanb_set(dr_arena *arena, dr_span_builder *b, const dr_spans *set)
{
    if (set->count == 0)
        return true;
    if (b->count == 0 && b->only == NULL) {
        b->only = set;
        return true;
    }
    if (b->count == 0 && !copy_ranges(arena, b, b->only))
        return false;
    return copy_ranges(arena, b, set);
}

const dr_spans *dr_spanb_end(dr_arena *arena, dr_span_builder *b)
{
    if (b->count == 0)
        return b->only != NULL ? b->only : &dr_spans_empty;
    if (b->count == 1)
        return dr_spans_one(arena, b->items[0].start, b->items[0].end);
    return dr_spans_from(arena, b->items, b->count);
}

/* ---- member sets ---- */

static uint32_t members_hash(const dr_session *s, const int64_t *items, uint32_t count)
{
    uint64_t h = count;
    for (uint32_t i = 0; i < count; i++)
        h = dr_mix(h ^ s->syms.seed ^ (uint64_t)items[i]);
    return (uint32_t)h;
}

/* Where the set is, or the free slot where it belongs. The table is not full. */
static struct dr_set_entry *table_slot(const dr_set_table *t, const int64_t *items, uint32_t count,
                                       uint32_t hash)
{
    uint32_t mask = t->n_slots - 1;
    for (uint32_t at = hash & mask;; at = (at + 1) & mask) {
        struct dr_set_entry *e = &t->slots[at];
        if (e->set == NULL)
            return e;
        if (e->hash == hash && e->set->count == count &&
            (e->set->at == items || memcmp(e->set->at, items, count * sizeof *items) == 0))
            return e;
    }
}

static bool table_grow(dr_arena *arena, dr_set_table *t)
{
    if (t->count < t->n_slots / 2)
        return true;
    dr_set_table bigger = {.n_slots = t->n_slots == 0 ? TABLE_FIRST : t->n_slots * 2, .count = t->count};
    bigger.slots = dr_take_zero(arena, bigger.n_slots, sizeof *bigger.slots);
    if (bigger.slots == NULL)
        return false;
    for (uint32_t i = 0; i < t->n_slots; i++) {
        const struct dr_set_entry *e = &t->slots[i];
        if (e->set != NULL)
            *table_slot(&bigger, e->set->at, e->set->count, e->hash) = *e;
    }
    *t = bigger;
    return true;
}

/* The canonical set of these members. `made`, if not NULL, is a set of them already; else one is made. */
static const dr_set *canonical(dr_session *s, const int64_t *items, uint32_t count, const dr_set *made)
{
    dr_vm *vm = dr_vm_of(s);
    if (count == 0)
        return vm->no_members;
    uint32_t hash = members_hash(s, items, count);
    if (vm->fixed.count > 0) {
        const struct dr_set_entry *known = table_slot(&vm->fixed, items, count, hash);
        if (known->set != NULL)
            return known->set;
    }
    if (!table_grow(&s->arena, &vm->built))
        return NULL;
    struct dr_set_entry *e = table_slot(&vm->built, items, count, hash);
    if (e->set != NULL)
        return e->set;
    if (made == NULL) {
        dr_set *set = dr_take(&s->arena, sizeof *set + count * sizeof *items);
        if (set == NULL)
            return NULL;
        set->count = count;
        set->hash = hash;
        memcpy(set->at, items, count * sizeof *items);
        made = set;
    }
    *e = (struct dr_set_entry){made, hash};
    vm->built.count++;
    return made;
}

const dr_set *dr_set_canonical(dr_session *s, const dr_set *set)
{
    return canonical(s, set->at, set->count, set);
}

bool dr_set_fix(dr_session *s, const dr_set *set)
{
    dr_vm *vm = dr_vm_of(s);
    static const dr_set none = {.count = 0};
    if (vm->no_members == NULL)
        vm->no_members = &none;
    if (set == NULL)
        return true;
    if (set->count == 0) {
        vm->no_members = vm->no_members == &none ? set : vm->no_members;
        return true;
    }
    if (!table_grow(&s->own, &vm->fixed))
        return false;
    uint32_t hash = members_hash(s, set->at, set->count);
    struct dr_set_entry *e = table_slot(&vm->fixed, set->at, set->count, hash);
    if (e->set == NULL) {
        *e = (struct dr_set_entry){set, hash};
        vm->fixed.count++;
    }
    return true;
}

static bool push_members(dr_arena *arena, dr_set_builder *b, const int64_t *items, uint32_t count)
{
    void *to = b->items;
    for (uint32_t i = 0; i < count; i++) {
        if (!dr_vm_grow(arena, &to, b->count, &b->size, sizeof *b->items))
            return false;
        b->items = to;
        b->items[b->count++] = items[i];
    }
    return true;
}

bool dr_setb_add(dr_arena *arena, dr_set_builder *b, int64_t member)
{
    if (b->only != NULL && !push_members(arena, b, b->only->at, b->only->count))
        return false;
    b->only = NULL;
    return push_members(arena, b, &member, 1);
}

bool dr_setb_join(dr_arena *arena, dr_set_builder *b, const dr_set *set)
{
    if (set->count == 0 || set == b->only)
        return true;
    if (b->count == 0 && b->only == NULL) {
        b->only = set;
        return true;
    }
    if (b->only != NULL && !push_members(arena, b, b->only->at, b->only->count))
        return false;
    b->only = NULL;
    return push_members(arena, b, set->at, set->count);
}

static void sift_down(int64_t *items, size_t at, size_t count)
{
    int64_t moved = items[at];
    for (size_t child = 2 * at + 1; child < count; child = 2 * at + 1) {
        if (child + 1 < count && items[child + 1] > items[child])
            child++;
        if (items[child] <= moved)
            break;
        items[at] = items[child];
        at = child;
    }
    items[at] = moved;
}

static void sort_members(int64_t *items, uint32_t count)
{
    if (count > INSERTION_MAX) {
        for (size_t i = count / 2; i-- > 0;)
            sift_down(items, i, count);
        for (size_t i = count - 1; i > 0; i--) {
            int64_t last = items[i];
            items[i] = items[0];
            items[0] = last;
            sift_down(items, 0, i);
        }
        return;
    }
    for (uint32_t i = 1; i < count; i++) {
        int64_t moved = items[i];
        uint32_t at = i;
        for (; at > 0 && items[at - 1] > moved; at--)
            items[at] = items[at - 1];
        items[at] = moved;
    }
}

const dr_set *dr_setb_end(dr_session *s, dr_set_builder *b)
{
    if (b->only != NULL) /* all sets that code meets are canonical */
        return b->only;
    uint32_t kept = 0;
    if (b->count > 1)
        sort_members(b->items, b->count);
    for (uint32_t i = 0; i < b->count; i++)
        if (kept == 0 || b->items[i] != b->items[kept - 1])
            b->items[kept++] = b->items[i];
    return canonical(s, b->items, kept, NULL);
}

bool dr_set_has(const dr_set *set, int64_t member)
{
    uint32_t low = 0, high = set->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (set->at[middle] < member)
            low = middle + 1;
        else
            high = middle;
    }
    return low < set->count && set->at[low] == member;
}

bool dr_set_within(const dr_set *a, const dr_set *b)
{
    if (a == b)
        return true;
    if (a->count > b->count)
        return false;
    if (a->count < b->count / 8) { /* few in many: search each */
        for (uint32_t i = 0; i < a->count; i++)
            if (!dr_set_has(b, a->at[i]))
                return false;
        return true;
    }
    uint32_t j = 0;
    for (uint32_t i = 0; i < a->count; i++, j++) {
        while (j < b->count && b->at[j] < a->at[i])
            j++;
        if (j == b->count || b->at[j] != a->at[i])
            return false;
    }
    return true;
}

/* ---- sorted lists ---- */

/* Orders as the signed key does, except that missing, the smallest, becomes the largest. */
static uint64_t order_key(int64_t key)
{
    return ((uint64_t)key ^ (uint64_t)1 << 63) - 1;
}

bool dr_sorter_add(dr_arena *arena, dr_sorter *b, uint32_t row, const int64_t *keys, uint32_t n_keys)
{
    if (b->count == 0) {
        if (b->n_keys != n_keys) {
            b->n_keys = n_keys;
            b->size = 0; /* its room was counted in entries of another width */
        }
    }
    void *items = b->items;
    if (!dr_vm_grow(arena, &items, b->count, &b->size, (b->n_keys + 1) * sizeof *b->items))
        return false;
    b->items = items;
    uint64_t *entry = &b->items[(size_t)b->count++ * (b->n_keys + 1)];
    for (uint32_t i = 0; i < b->n_keys; i++)
        entry[i] = order_key(keys[i]);
    entry[b->n_keys] = row;
    return true;
}

/* By keys, then row. */
static int compare_entries(const void *sorter, uint32_t x, uint32_t y)
{
    const dr_sorter *b = sorter;
    size_t width = (size_t)b->n_keys + 1;
    const uint64_t *p = &b->items[x * width], *q = &b->items[y * width];
    for (size_t i = 0; i < width; i++)
        if (p[i] != q[i])
            return p[i] < q[i] ? -1 : 1;
    return 0;
}

dr_list *dr_sorter_list(dr_arena *arena, const dr_sorter *b)
{
    dr_list *list = dr_take(arena, sizeof *list + b->count * sizeof list->at[0]);
    if (list == NULL)
        return NULL;
    list->count = b->count;
    for (uint32_t i = 0; i < b->count; i++)
        list->at[i] = i;
    if (!dr_order(arena, list->at, b->count, compare_entries, b))
        return NULL;
    size_t width = (size_t)b->n_keys + 1;
    for (uint32_t i = 0; i < b->count; i++)
        list->at[i] = (uint32_t)b->items[list->at[i] * width + b->n_keys];
    return list;
}

int64_t dr_sorter_best(const dr_sorter *b)
{
    if (b->count == 0)
        return DR_MISSING;
    uint32_t best = 0;
    for (uint32_t i = 1; i < b->count; i++)
        if (compare_entries(b, i, best) < 0)
            best = i;
    return (int64_t)b->items[(size_t)best * (b->n_keys + 1) + b->n_keys];
}
