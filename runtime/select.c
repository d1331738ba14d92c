/* drip: select.c, level 2b. SELECT: what a filter finds among rows, in one instruction.
 *
 * Most of what policies ask of several rows is plain: any, first, earliest or union of one field over rows
 * whose booleans, enums and presences are so and so. Each such loop costs one dispatch here instead of
 * four a row. Unions and sets of one row, which are most, are not built. */
#include "vm.h"

enum { ROOM = 16 }; /* members found without the arena's help */

typedef struct dr_finding {
    dr_session *s;
    const dr_filter *f;
    const dr_test *tests, *end;
    const uint32_t *rows; /* NULL: as counted */
    uint32_t count, at, pc;
    bool failed;
} dr_finding;

static inline int64_t cell_of(const dr_session *s, uint32_t slot, uint32_t row)
{
    const dr_col *col = &s->cols[slot];
    return col->base[(size_t)row * col->stride];
}

static inline bool passes(const dr_finding *x, uint32_t row)
{
    for (const dr_test *test = x->tests; test < x->end; test++) {
        int64_t cell = cell_of(x->s, test->slot, row);
        uint64_t bit = test->valued ? dr_value_bit(cell) : (uint64_t)1 << (62 + (cell == DR_MISSING));
        if ((test->mask & bit) == 0)
            return false;
    }
    return true;
}

static __attribute__((noinline, cold)) bool traced(const dr_finding *x, uint32_t row)
{
    for (const dr_test *test = x->tests; test < x->end; test++)
        if (!dr_trace_read(x->s, test->slot, row, x->pc, cell_of(x->s, test->slot, row)))
            return false;
    return x->f->value >= DR_NONE - 1 ||
           dr_trace_read(x->s, x->f->value, row, x->pc, cell_of(x->s, x->f->value, row));
}

/* The next row that passes, or DR_NONE. */
static inline uint32_t next(dr_finding *x)
{
    while (x->at < x->count) {
        uint32_t row = x->rows != NULL ? x->rows[x->at] : x->at;
        x->at++;
        if (!passes(x, row))
            continue;
        if (__builtin_expect(x->s->trace != NULL, 0) && !traced(x, row)) {
            x->failed = true;
            break;
        }
        return row;
    }
    return DR_NONE;
}

static inline int64_t value_of(const dr_finding *x, uint32_t row)
{
    if (x->f->value >= DR_NONE - 1)
        return (int64_t)row + (x->f->value == DR_NONE - 1);
    return cell_of(x->s, x->f->value, row);
}

static bool better(const dr_finding *x, int64_t value, int64_t best)
{
    if (x->f->kind == DR_FIND_LEAST)
        return value < best;
    if (x->f->kind == DR_FIND_MOST)
        return value > best;
    const uint8_t *ranks = x->s->program->enums[x->f->of].ranks;
    return ranks != NULL ? ranks[value] < ranks[best] : value < best;
}

static int64_t find_best(dr_finding *x)
{
    int64_t best = DR_MISSING;
    for (uint32_t row = next(x); row != DR_NONE; row = next(x)) {
        int64_t value = value_of(x, row);
        if (best == DR_MISSING || better(x, value, best))
            best = value;
    }
    return best;
}

static const void *unite(dr_finding *x)
{
    dr_span_builder b;
    dr_range room[ROOM];
    const dr_spans *only = NULL;
    uint64_t pieces = 0;
    for (uint32_t row = next(x); row != DR_NONE; row = next(x)) {
        const dr_spans *set = dr_ptr(value_of(x, row));
        if (set->count == 0)
            continue;
        pieces += set->count;
        if (only == NULL) {
            only = set;
            b = (dr_span_builder){.items = room, .size = ROOM, .only = set};
        } else if (!dr_spanb_set(&x->s->arena, &b, set)) {
            return NULL;
        }
    }
    dr_vm_of(x->s)->more = pieces;
    return only == NULL ? &dr_spans_empty : dr_spanb_end(&x->s->arena, &b);
}

static const void *collect(dr_finding *x)
{
    int64_t room[ROOM];
    dr_set_builder b = {.items = room, .size = ROOM};
    bool sets = x->f->kind == DR_FIND_JOINED;
    uint64_t members = 0;
    for (uint32_t row = next(x); row != DR_NONE; row = next(x)) {
        int64_t value = value_of(x, row);
        members += sets ? ((const dr_set *)dr_ptr(value))->count : 1;
        if (sets ? !dr_setb_join(&x->s->arena, &b, dr_ptr(value))
                 : value != DR_MISSING && !dr_setb_add(&x->s->arena, &b, value))
            return NULL;
    }
    dr_vm_of(x->s)->more = members;
    return dr_setb_end(x->s, &b);
}

static bool find_many(dr_finding *x, int64_t *found)
{
    const void *made = x->f->kind == DR_FIND_UNION ? unite(x) : collect(x);
    *found = dr_cell(made);
    return made != NULL && !x->failed;
}

/* The first row that passes, or DR_NONE: most searches ask for no more. */
static inline uint32_t first_row(const dr_session *s, const dr_filter *f, const uint32_t *rows,
                                 uint32_t count)
{
    const dr_test *tests = &s->program->tests[f->first], *end = tests + f->count;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t row = rows != NULL ? rows[i] : i;
        const dr_test *test = tests;
        while (test < end && (test->mask >> dr_cell_bit(cell_of(s, test->slot, row), test->valued) & 1) != 0)
            test++;
        if (test == end)
            return row;
    }
    return DR_NONE;
}

static bool select_many(dr_session *s, const dr_filter *f, const uint32_t *rows, uint32_t count, uint32_t pc,
                        int64_t *found);

bool dr_select(dr_session *s, const dr_filter *f, const uint32_t *rows, uint32_t count, uint32_t pc,
               int64_t *found)
{
    bool asks = f->kind == DR_FIND_ANY || f->kind == DR_FIND_NONE;
    if (!(asks || f->kind == DR_FIND_FIRST) || __builtin_expect(s->trace != NULL, 0))
        return select_many(s, f, rows, count, pc, found);
    uint32_t row = first_row(s, f, rows, count);
    if (asks)
        *found = (row != DR_NONE) == (f->kind == DR_FIND_ANY);
    else if (row == DR_NONE)
        *found = DR_MISSING;
    else
        *found =
            f->value < DR_NONE - 1 ? cell_of(s, f->value, row) : (int64_t)row + (f->value == DR_NONE - 1);
    return true;
}

static bool select_many(dr_session *s, const dr_filter *f, const uint32_t *rows, uint32_t count, uint32_t pc,
                        int64_t *found)
{
    const dr_test *tests = &s->program->tests[f->first];
    dr_finding x = {s, f, tests, tests + f->count, rows, count, 0, pc, false};
    uint32_t row;
    switch ((dr_filter_kind)f->kind) {
    case DR_FIND_ANY:
    case DR_FIND_NONE:
        *found = (next(&x) != DR_NONE) == (f->kind == DR_FIND_ANY);
        break;
    case DR_FIND_COUNT:
        *found = 0;
        while (next(&x) != DR_NONE)
            ++*found;
        break;
    case DR_FIND_FIRST:
        row = next(&x);
        *found = row != DR_NONE ? value_of(&x, row) : DR_MISSING;
        break;
    case DR_FIND_LAST:
        *found = DR_MISSING;
        for (row = next(&x); row != DR_NONE; row = next(&x))
            *found = value_of(&x, row);
        break;
    case DR_FIND_LEAST:
    case DR_FIND_MOST:
    case DR_FIND_HIGHEST:
        *found = find_best(&x);
        break;
    case DR_FIND_UNION:
    case DR_FIND_MEMBERS:
    case DR_FIND_JOINED:
        return find_many(&x, found);
    }
    return !x.failed;
}
