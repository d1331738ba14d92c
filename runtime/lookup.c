/* drip: lookup.c, level 2b. Finding rows: equality indexes, unions over the rows before, texts in lower
 * case.
 *
 * An index of a slot is built when it is first asked for in an evaluation (its epoch tells) and again
 * when the entity has grown since, as emitted lines do. A PREFIX keeps the union of the rows it has
 * passed and adds to it in place; the set it hands out is good until the instruction's next run, and
 * whoever stores it for longer asks dr_prefix_keep for a copy. Within one run it is never changed. */
#include "vm.h"

#include <string.h>

enum { BULK = 8, BULK_ROWS = 4, PREFIX_FIRST = 8, SHORT_TEXT = 64, LOWERED_FIRST = 16 };

/* ---- indexes ---- */

static dr_index_entry *index_entry(const dr_index *index, int64_t key)
{
    uint32_t mask = index->n_entries - 1;
    uint32_t at = (uint32_t)dr_mix((uint64_t)key ^ index->seed) & mask;
    while (index->entries[at].key != key && index->entries[at].key != DR_MISSING)
        at = (at + 1) & mask;
    return &index->entries[at];
}

static void index_row(dr_index *index, int64_t key, uint32_t row)
{
    index->next[row] = DR_NONE;
    if (key == DR_MISSING)
        return;
    dr_index_entry *e = index_entry(index, key);
    if (e->key == DR_MISSING)
        *e = (dr_index_entry){key, row, row};
    else
        index->next[e->tail] = row;
    e->tail = row;
}

const dr_index *dr_index_of(dr_session *s, uint32_t slot)
{
    dr_vm *vm = dr_vm_of(s);
    dr_index *index = &vm->indexes[slot];
    uint32_t n = s->n_rows[index->entity];
    if (index->epoch == vm->epoch && index->n_rows == n)
        return index;
    size_t size = 16;
    while (size < (size_t)n * 2)
        size *= 2;
    index->entries = size <= UINT32_MAX / 2 ? dr_take(&s->arena, size * sizeof *index->entries) : NULL;
    index->next = dr_take(&s->arena, n * sizeof *index->next);
    if (index->entries == NULL || index->next == NULL) {
        s->arena.failed = true;
        return NULL;
    }
    index->n_entries = (uint32_t)size;
    index->seed = s->syms.seed;
    for (size_t i = 0; i < size; i++)
        index->entries[i].key = DR_MISSING;
    const dr_col col = s->cols[slot];
    vm->more += n;
    for (uint32_t row = 0; row < n; row++)
        index_row(index, col.base[(size_t)row * col.stride], row);
    index->epoch = vm->epoch;
    index->n_rows = n;
    return index;
}

uint32_t dr_index_head(const dr_index *index, int64_t key)
{
    const dr_index_entry *e = key != DR_MISSING ? index_entry(index, key) : NULL;
    return e != NULL && e->key == key ? e->head : DR_NONE;
}

/* ---- unions over the rows before ---- */

static dr_prefix *prefix_at(const dr_vm *vm, uint32_t pc)
{
    uint32_t low = 0, high = vm->n_prefixes;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (vm->prefixes[middle].pc <= pc)
            low = middle;
        else
            high = middle;
    }
    return &vm->prefixes[low];
}

/* A copy of the set with room for `size` ranges. */
static bool prefix_move(dr_arena *arena, dr_prefix *p, uint32_t size)
{
    dr_spans *set = dr_take(arena, sizeof *set + size * sizeof set->at[0]);
    if (set == NULL)
        return false;
    set->count = 0;
    if (p->set != NULL)
        memcpy(set, p->set, sizeof *set + p->set->count * sizeof set->at[0]);
    p->set = set;
    p->size = size;
    return true;
}

/* The first range that ends at or after t; most of what comes is late. */
static uint32_t first_reaching(const dr_spans *set, int64_t t)
{
    if (set->count == 0 || set->at[set->count - 1].end < t)
        return set->count;
    uint32_t low = 0, high = set->count - 1;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (set->at[middle].end < t)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Adds one range in place; there is room for one more. How many it moved. */
static uint32_t add_range(dr_spans *set, dr_range r)
{
    uint32_t from = first_reaching(set, r.start), to = from;
    for (; to < set->count && set->at[to].start <= r.end; to++) {
        r.start = set->at[to].start < r.start ? set->at[to].start : r.start;
        r.end = set->at[to].end > r.end ? set->at[to].end : r.end;
    }
    uint32_t moved = 0;
    if (to != from + 1) {
        moved = set->count - to;
        memmove(&set->at[from + 1], &set->at[to], moved * sizeof set->at[0]);
        set->count = set->count - (to - from) + 1;
    }
    set->at[from] = r;
    return moved;
}

static bool prefix_bulk(dr_session *s, dr_prefix *p, const dr_spans *more)
{
    dr_arena *arena = &s->arena;
    dr_vm_of(s)->more += p->set->count;
    const dr_spans *both = dr_spans_union(arena, p->set, more);
    if (both == NULL)
        return false;
    if (both == p->set)
        return true;
    if (both->count > p->size && !prefix_move(arena, p, both->count * 2))
        return false;
    memcpy(p->set, both, sizeof *both + both->count * sizeof both->at[0]);
    return true;
}

static bool prefix_add(dr_session *s, dr_prefix *p, const dr_spans *more, uint64_t *moved)
{
    dr_vm *vm = dr_vm_of(s);
    vm->more += more->count;
    if (more->count > BULK)
        return prefix_bulk(s, p, more);
    if (p->size - p->set->count < more->count && !prefix_move(&s->arena, p, p->size * 2 + more->count))
        return false;
    for (uint32_t i = 0; i < more->count; i++)
        *moved += add_range(p->set, more->at[i]);
    return true;
}

/* Goes on in a copy. */
static bool prefix_part(dr_session *s, dr_prefix *p)
{
    dr_vm_of(s)->more += p->set->count;
    return prefix_move(&s->arena, p, p->size);
}

/* Starts again where the state is of another list, another evaluation or a later row. What this very run
 * was handed before must stay as it is: then the state goes on in a copy. */
static bool prefix_prepare(dr_session *s, dr_prefix *p, const dr_before *what, uint32_t n)
{
    dr_vm *vm = dr_vm_of(s);
    bool held = p->run == vm->run && p->row == what->row;
    if (p->epoch == vm->epoch && p->list == what->list && p->done <= n)
        return p->done == n || !held || prefix_part(s, p);
    if (p->epoch != vm->epoch || held)
        p->set = NULL;
    p->epoch = vm->epoch;
    p->list = what->list;
    p->done = 0;
    if (p->set == NULL)
        return prefix_move(&s->arena, p, PREFIX_FIRST);
    p->set->count = 0;
    return true;
}

/* Many rows are put in order before they are added, as one by one each may have to move all others. */
static bool prefix_rows(dr_session *s, dr_prefix *p, const dr_col *col, uint32_t end)
{
    dr_span_builder b = {NULL, 0, 0, NULL};
    dr_vm_of(s)->more += end - p->done;
    for (; p->done < end; p->done++) {
        int64_t cell = col->base[(size_t)p->list->at[p->done] * col->stride];
        if (cell != DR_MISSING && !dr_spanb_set(&s->arena, &b, dr_ptr(cell)))
            return false;
        dr_vm_of(s)->more += cell != DR_MISSING ? ((const dr_spans *)dr_ptr(cell))->count : 0;
    }
    const dr_spans *more = dr_spanb_end(&s->arena, &b);
    return more != NULL && prefix_bulk(s, p, more);
}

static bool prefix_few(dr_session *s, dr_prefix *p, const dr_col *col, uint32_t end)
{
    uint64_t moved = 0;
    dr_vm_of(s)->more += end - p->done;
    for (; p->done < end; p->done++) {
        int64_t cell = col->base[(size_t)p->list->at[p->done] * col->stride];
        if (cell != DR_MISSING && !prefix_add(s, p, dr_ptr(cell), &moved))
            return false;
    }
    dr_vm_of(s)->more += moved / (BULK * BULK_ROWS);
    return true;
}

const dr_spans *dr_prefix_union(dr_session *s, const dr_before *what)
{
    if (what->n <= 0) /* also missing: a row that is in no list has none before it */
        return &dr_spans_empty;
    const dr_list *list = what->list;
    dr_prefix *p = prefix_at(dr_vm_of(s), what->pc);
    uint32_t end = what->n < (int64_t)list->count ? (uint32_t)what->n : list->count;
    if (!prefix_prepare(s, p, what, end))
        return NULL;
    const dr_col col = s->cols[what->slot];
    if (!(end - p->done > BULK_ROWS ? prefix_rows(s, p, &col, end) : prefix_few(s, p, &col, end)))
        return NULL;
    p->run = dr_vm_of(s)->run;
    p->row = what->row;
    return p->set->count > 0 ? p->set : &dr_spans_empty;
}

bool dr_prefix_copy(dr_session *s, int64_t *cell)
{
    dr_vm *vm = dr_vm_of(s);
    for (uint32_t i = 0; i < vm->n_prefixes; i++) {
        dr_prefix *p = &vm->prefixes[i];
        if (p->epoch != vm->epoch || *cell != dr_cell(p->set))
            continue;
        size_t size = sizeof *p->set + p->set->count * sizeof p->set->at[0];
        void *copy = dr_take(&s->arena, size);
        if (copy == NULL)
            return false;
        memcpy(copy, p->set, size);
        *cell = dr_cell(copy);
        return true;
    }
    return true;
}

dr_status dr_prefix_keep(dr_session *s, int64_t *cell)
{
    int64_t before = *cell;
    if (!dr_prefix_copy(s, cell))
        return dr_vm_memory(s);
    if (*cell == before)
        return DR_OK;
    return dr_vm_pay(s, (uint64_t)DR_STEPS_KEPT * ((const dr_spans *)dr_ptr(*cell))->count);
}

/* ---- texts in lower case ---- */

static uint32_t lowered_slot(const dr_lowered *known, int64_t text)
{
    uint32_t mask = known->n_slots - 1, at = (uint32_t)dr_mix((uint64_t)text) & mask;
    while (known->slots[at].lower != 0 && known->slots[at].text != text)
        at = (at + 1) & mask;
    return at;
}

static bool lowered_grow(dr_arena *arena, dr_lowered *known)
{
    if (known->count < known->n_slots / 2)
        return true;
    dr_lowered bigger = {.n_slots = known->n_slots == 0 ? LOWERED_FIRST : known->n_slots * 2,
                         .count = known->count};
    bigger.slots = dr_take_zero(arena, bigger.n_slots, sizeof *bigger.slots);
    if (bigger.slots == NULL)
        return false;
    for (uint32_t i = 0; i < known->n_slots; i++)
        if (known->slots[i].lower != 0)
            bigger.slots[lowered_slot(&bigger, known->slots[i].text)] = known->slots[i];
    *known = bigger;
    return true;
}

static int64_t make_lower(dr_session *s, const dr_text *text)
{
    char room[256];
    char *lower = text->len <= sizeof room ? room : dr_take(&s->arena, text->len);
    if (lower == NULL)
        return -1;
    for (uint32_t i = 0; i < text->len; i++) {
        char c = text->bytes[i];
        lower[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    return dr_sym(&s->syms, lower, text->len);
}

/* A short text is looked at again each time; a long one only once, so that its length, which the record
 * pays for by being read, is not paid for by every row that shows it. Kept as symbol + 1, as 0 is free. */
int64_t dr_lower(dr_session *s, int64_t symbol)
{
    if (symbol == DR_MISSING)
        return symbol;
    const dr_text *text = dr_sym_text(&s->syms, symbol);
    dr_lowered *known = &dr_vm_of(s)->lowered;
    if (text->len <= SHORT_TEXT) {
        uint32_t i = 0;
        while (i < text->len && !(text->bytes[i] >= 'A' && text->bytes[i] <= 'Z'))
            i++;
        return i == text->len ? symbol : make_lower(s, text);
    }
    if (!lowered_grow(&s->arena, known))
        return -1;
    uint32_t at = lowered_slot(known, symbol);
    if (known->slots[at].lower == 0) {
        int64_t lower = make_lower(s, text);
        if (lower == -1)
            return -1;
        known->slots[at].text = symbol;
        known->slots[at].lower = lower + 1;
        known->count++;
    }
    return known->slots[at].lower - 1;
}

void dr_note_looked(dr_looked *looked, uint32_t entity, int64_t row)
{
    if (row == DR_MISSING)
        return;
    for (uint32_t i = 0; i < looked->n; i++)
        if (looked->entity[i] == entity && looked->row[i] == (uint32_t)row)
            return;
    if (looked->n == DR_LOOKED_MAX) {
        looked->full = true;
        return;
    }
    looked->entity[looked->n] = entity;
    looked->row[looked->n++] = (uint32_t)row;
}
