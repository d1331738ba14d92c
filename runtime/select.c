/* drip: select.c, level 2b. SELECT: what a filter finds among rows, in one instruction.
 *
 * Most of what policies ask of several rows is plain: any, first, earliest or union of one field over rows
 * whose booleans, enums and presences are so and so. Each such loop costs one dispatch here instead of
 * four a row. */
#include "vm.h"

typedef struct dr_finding {
    dr_session *s;
    const dr_filter *f;
    uint32_t pc;
    int64_t best;
    uint8_t rank;
    dr_span_builder spans;
    dr_set_builder set;
} dr_finding;

static inline bool passes(const dr_session *s, const dr_filter *f, uint32_t row)
{
    const dr_test *test = &s->program->tests[f->first];
    for (uint32_t i = 0; i < f->count; i++, test++) {
        const dr_col *col = &s->cols[test->slot];
        if ((test->mask >> dr_cell_bit(col->base[(size_t)row * col->stride], test->valued) & 1) == 0)
            return false;
    }
    return true;
}

static bool traced(dr_finding *x, uint32_t row)
{
    const dr_session *s = x->s;
    for (uint32_t i = 0; i < x->f->count; i++) {
        const dr_col *col = &s->cols[s->program->tests[x->f->first + i].slot];
        if (!dr_trace_read(x->s, s->program->tests[x->f->first + i].slot, row, x->pc, col->base[(size_t)row * col->stride]))
            return false;
    }
    if (x->f->value >= DR_NONE - 1)
        return true;
    const dr_col *col = &s->cols[x->f->value];
    return dr_trace_read(x->s, x->f->value, row, x->pc, col->base[(size_t)row * col->stride]);
}

static inline int64_t value_of(const dr_finding *x, uint32_t row)
{
    if (x->f->value >= DR_NONE - 1)
        return (int64_t)row + (x->f->value == DR_NONE - 1);
    const dr_col *col = &x->s->cols[x->f->value];
    return col->base[(size_t)row * col->stride];
}

/* Takes one row that passed. False: out of memory. *done: no further row can change the answer. */
static bool take(dr_finding *x, uint32_t row, bool *done)
{
    int64_t value = value_of(x, row);
    const uint8_t *ranks;
    switch ((dr_filter_kind)x->f->kind) {
    case DR_FIND_ANY:
    case DR_FIND_NONE:
        x->best = x->f->kind == DR_FIND_ANY;
        *done = true;
        return true;
    case DR_FIND_COUNT:
        x->best++;
        return true;
    case DR_FIND_FIRST:
        x->best = value;
        *done = true;
        return true;
    case DR_FIND_LAST:
        x->best = value;
        return true;
    case DR_FIND_LEAST:
        if (x->best == DR_MISSING || value < x->best)
            x->best = value;
        return true;
    case DR_FIND_MOST:
        if (x->best == DR_MISSING || value > x->best)
            x->best = value;
        return true;
    case DR_FIND_HIGHEST:
        ranks = x->s->program->enums[x->f->of].ranks;
        if (x->best == DR_MISSING || (ranks != NULL ? ranks[value] < ranks[x->best] : value < x->best))
            x->best = value;
        return true;
    case DR_FIND_UNION:
        return dr_spanb_set(&x->s->arena, &x->spans, dr_ptr(value));
    case DR_FIND_MEMBERS:
        return value == DR_MISSING || dr_setb_add(&x->s->arena, &x->set, value);
    case DR_FIND_JOINED:
        return dr_setb_join(&x->s->arena, &x->set, dr_ptr(value));
    }
    return true;
}

static bool finish(dr_finding *x, int64_t *found)
{
    const void *made;
    switch ((dr_filter_kind)x->f->kind) {
    case DR_FIND_UNION:
        made = dr_spanb_end(&x->s->arena, &x->spans);
        break;
    case DR_FIND_MEMBERS:
    case DR_FIND_JOINED:
        made = dr_setb_end(x->s, &x->set);
        break;
    default:
        *found = x->best;
        return true;
    }
    *found = dr_cell(made);
    return made != NULL;
}

bool dr_select(dr_session *s, const dr_filter *f, const uint32_t *rows, uint32_t count, uint32_t pc, int64_t *found)
{
    dr_finding x = {.s = s, .f = f, .pc = pc, .best = DR_MISSING};
    bool done = false;
    if (f->kind == DR_FIND_COUNT || f->kind == DR_FIND_ANY || f->kind == DR_FIND_NONE)
        x.best = f->kind == DR_FIND_NONE;
    for (uint32_t i = 0; i < count && !done; i++) {
        uint32_t row = rows != NULL ? rows[i] : i;
        if (!passes(s, f, row))
            continue;
        if ((s->trace != NULL && !traced(&x, row)) || !take(&x, row, &done))
            return false;
    }
    return finish(&x, found);
}
