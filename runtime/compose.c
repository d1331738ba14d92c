/* drip: compose.c, level 2b. Encounters put together of shorthands in every way: one, then two …
 *
 * Each argument goes through the values of the field it fills: words and booleans all; a text that only one row has, all
 * values of the grid; a text that ties rows together, a name of its own for each shorthand, and once that of the one before;
 * the first time an hour after the record's own, each further one a step of the grid later. Of two and more, each
 * begins at the end of the one before, or an hour before or after it. The encounters of one shorthand are also tried
 * with each other value of a word of the record itself. */
#include "witness.h"

#include <string.h>

enum { ARGS = 8, HOUR = 3600 };

typedef struct composing {
    dr_hunt *h;
    const dr_program *p;
    uint64_t end;
    int64_t first;
} composing;

/* The field that an argument fills, and how many rows it does. */
static uint32_t field_of(const composing *c, const dr_shorthand *s, uint32_t arg, uint32_t *rows)
{
    uint32_t at = DR_NONE;
    *rows = 0;
    for (uint32_t i = 0; i < s->n_rows; i++)
        for (uint32_t k = 0; k < s->rows[i].n; k++) {
            if (s->rows[i].cells[k].value != NULL || s->rows[i].cells[k].arg != arg)
                continue;
            const dr_form_field *f = dr_form_find(&c->h->form, s->rows[i].list, s->rows[i].cells[k].path);
            at = f == NULL ? DR_NONE : (uint32_t)(f - c->h->form.fields);
            (*rows)++;
            break;
        }
    return at;
}

static bool is_name(const composing *c, uint32_t field, uint32_t rows)
{
    return rows > 1 && c->h->form.fields[field].type.kind == DR_TEXT;
}

/* In how many ways the argument can be filled. */
static uint32_t ways(const composing *c, const dr_shorthand *s, uint32_t arg, uint32_t nth, bool first_time)
{
    uint32_t rows = 0, field = field_of(c, s, arg, &rows);
    if (field == DR_NONE)
        return 0;
    if (c->h->form.fields[field].type.kind == DR_INSTANT)
        return first_time ? (nth == 0 ? 1 : 3) : c->h->grid.n_steps;
    return is_name(c, field, rows) ? (nth == 0 ? 1 : 2) : c->h->grid.fields[field].n;
}

static const char *name_for(dr_hunt *h, uint32_t nth)
{
    const char text[] = {'"', 'A', (char)('1' + nth % 9), '"', '\0'};
    return dr_take_text(&h->scratch, text, sizeof text - 1);
}

/* Number `way` of all ways to fill its arguments: the digits of a number in mixed base. *t: the last time so far. */
static bool fill(composing *c, dr_draft *d, const dr_shorthand *s, uint64_t way, uint32_t nth, int64_t *t)
{
    dr_hunt *h = c->h;
    const char *args[ARGS] = {NULL};
    bool first_time = true;
    for (uint32_t i = 0; i < s->n_args; i++) {
        uint32_t rows = 0, field = field_of(c, s, i, &rows), n = ways(c, s, i, nth, first_time);
        if (n == 0)
            return false;
        uint32_t digit = (uint32_t)(way % n);
        way /= n;
        if (h->form.fields[field].type.kind == DR_INSTANT) {
            *t += !first_time  ? h->grid.steps[digit]
                  : nth == 0   ? 0
                  : digit == 0 ? 0
                  : digit == 1 ? HOUR
                               : -HOUR;
            args[i] = dr_draft_time_text(&h->scratch, *t, false, 0);
            first_time = false;
        } else {
            args[i] = is_name(c, field, rows) ? name_for(h, nth - (digit > 0 ? 1 : 0))
                                              : h->grid.fields[field].values[digit];
        }
        if (args[i] == NULL)
            return false;
    }
    return dr_hunt_shorthand(h, d, s, args);
}

static uint64_t count_of(const composing *c, const dr_shorthand *s, uint32_t nth)
{
    uint64_t n = 1;
    bool first_time = true;
    for (uint32_t i = 0; i < s->n_args && n < UINT32_MAX; i++) {
        uint32_t rows = 0, field = field_of(c, s, i, &rows);
        n *= ways(c, s, i, nth, first_time);
        if (field != DR_NONE && c->h->form.fields[field].type.kind == DR_INSTANT)
            first_time = false;
    }
    return s->n_args <= ARGS ? n : 0;
}

static uint64_t count_all(const composing *c, uint32_t nth)
{
    uint64_t n = 0;
    for (uint32_t i = 0; i < c->p->n_shorthands; i++)
        n += count_of(c, &c->p->shorthands[i], nth);
    return n;
}

/* `way` of all shorthands and their arguments, put behind what is there. */
static bool add_one(composing *c, dr_draft *d, uint64_t way, uint32_t nth, int64_t *t)
{
    for (uint32_t i = 0; i < c->p->n_shorthands; i++) {
        uint64_t n = count_of(c, &c->p->shorthands[i], nth);
        if (way < n)
            return fill(c, d, &c->p->shorthands[i], way, nth, t);
        way -= n;
    }
    return false;
}

/* With cell `field` of the record at its `value`-th value; DR_NONE: as a scenario begins. */
static void attempt(composing *c, uint64_t way, uint32_t count, uint32_t field, uint32_t value)
{
    dr_hunt *h = c->h;
    int64_t t = c->first;
    dr_arena_reset(&h->scratch);
    dr_draft d = dr_draft_like(&h->defaults, &h->scratch);
    bool ok = d.rows != NULL;
    for (uint32_t i = 0; i < count && ok; i++) {
        uint64_t n = count_all(c, i);
        ok = n > 0 && add_one(c, &d, way % n, i, &t);
        way /= n > 0 ? n : 1;
    }
    if (ok && field != DR_NONE) {
        dr_draft_cell *cell = dr_draft_cell_at(&d.rows[0], h->form.fields[field].path);
        if (cell != NULL)
            cell->value = h->grid.fields[field].values[value];
        else
            ok = dr_draft_add_cell(&d.rows[0], &h->scratch, h->form.fields[field].path,
                                   h->grid.fields[field].values[value]);
    }
    if (ok && dr_hunt_try(h, &d) && h->failed != DR_OK)
        return;
    h->composed += ok;
}

/* Is it a word or a boolean of the record itself? */
static bool is_variant(const dr_form_field *f)
{
    return *f->list == '\0' && f->used && (f->type.kind == DR_ENUM || f->type.kind == DR_BOOL);
}

static void with_variants(composing *c, uint64_t ways_of_one)
{
    dr_hunt *h = c->h;
    for (uint32_t i = 0; i < h->form.n; i++)
        for (uint32_t v = 0; is_variant(&h->form.fields[i]) && v < h->grid.fields[i].n; v++)
            for (uint64_t way = 0; way < ways_of_one && h->tried < c->end && h->failed == DR_OK; way++)
                attempt(c, way, 1, i, v);
}

void dr_hunt_compose(dr_hunt *h)
{
    composing c = {.h = h, .p = h->programs[h->programs[1]->n_shorthands > 0]};
    uint64_t ways_of_all = 1;
    c.end = h->tried + (h->budget > h->tried ? (h->budget - h->tried) / 3 : 0);
    if (!h->has_defaults)
        return;
    c.first = c.p->story_day * 24 * HOUR + 9 * HOUR;
    for (uint32_t n = 1; n <= h->most; n++) {
        uint64_t more = count_all(&c, n - 1);
        if (more == 0 || ways_of_all > UINT64_MAX / more)
            return;
        ways_of_all *= more;
        if (h->tried >= c.end || ways_of_all > c.end - h->tried)
            return;
        for (uint64_t way = 0; way < ways_of_all && h->failed == DR_OK; way++)
            attempt(&c, way, n, DR_NONE, 0);
        h->full = n;
        if (n == 1)
            with_variants(&c, ways_of_all);
    }
}
