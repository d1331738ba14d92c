/* drip: shrink.c, level 2b. A witness made smaller: rows and cells are left out, the record is brought back to the one
 * with which a scenario begins, times become round and move together, texts become shorter; each as long as the
 * programs still answer differently at the same point, and only towards the smaller in one order. */
#include "witness.h"

#include <string.h>

enum { MINUTE = 60, HOUR = 3600, DAY = 86400, ROUNDS = 8, OTHER_DAY = 6 };

typedef struct weight {
    uint64_t rows, cells, rough, span, turned, text; /* turned: rows that stand before an earlier one */
} weight;

/* ---- the order */

static bool as_default(const dr_hunt *h, const dr_draft_row *row, const dr_draft_cell *c)
{
    const dr_draft_cell *d =
        *row->list == '\0' && h->has_defaults ? dr_draft_cell_at(&h->defaults.rows[0], c->path) : NULL;
    return d != NULL && strcmp(d->value, c->value) == 0;
}

static uint64_t rough(int64_t seconds)
{
    static const int64_t round_to[] = {HOUR, HOUR / 2, HOUR / 12, MINUTE};
    for (uint32_t i = 0; i < sizeof round_to / sizeof *round_to; i++)
        if (seconds % round_to[i] == 0)
            return i;
    return 5;
}

/* DR_MISSING: the row has none. */
static int64_t first_time(const dr_hunt *h, const dr_draft_row *row)
{
    int64_t t = 0;
    bool has = false;
    int32_t offset = 0;
    for (uint32_t k = 0; k < row->n; k++)
        if (dr_draft_is_time(&h->form, row->list, row->cells[k].path) &&
            dr_draft_time(row->cells[k].value, &t, &has, &offset))
            return t;
    return DR_MISSING;
}

static bool is_turned(const dr_hunt *h, const dr_draft *d, uint32_t row)
{
    int64_t t = first_time(h, &d->rows[row]),
            next = row + 1 < d->n ? first_time(h, &d->rows[row + 1]) : DR_MISSING;
    return row > 0 && t != DR_MISSING && next != DR_MISSING && t > next;
}

/* Where a time of this row belongs: the record on the day of the notation, its entries on the record's. */
static int64_t home_day(const dr_hunt *h, const dr_draft *d, uint32_t row)
{
    int64_t t = row == 0 || d->n == 0 ? DR_MISSING : first_time(h, &d->rows[0]);
    return t == DR_MISSING ? h->programs[1]->story_day : dr_date_of(t, 0);
}

/* As a scenario begins, but for the day: seconds to its time of day; 0: it is that. */
static int64_t to_clock(const dr_hunt *h, const dr_draft_row *row, const dr_draft_cell *c, int64_t t)
{
    const dr_draft_cell *was =
        *row->list == '\0' && h->has_defaults ? dr_draft_cell_at(&h->defaults.rows[0], c->path) : NULL;
    int64_t begins = 0;
    bool has = false;
    int32_t offset = 0;
    if (was == NULL || !dr_draft_time(was->value, &begins, &has, &offset))
        return DR_MISSING;
    return (begins - dr_date_of(begins, 0) * DAY) - (t - dr_date_of(t, 0) * DAY);
}

static weight weigh(const dr_hunt *h, const dr_draft *d)
{
    weight w = {.rows = d->n};
    int64_t least = INT64_MAX, most = INT64_MIN, t = 0;
    bool has = false;
    int32_t offset = 0;
    for (uint32_t i = 0; i < d->n; i++)
        for (uint32_t k = 0; k < d->rows[i].n; k++) {
            const dr_draft_cell *c = &d->rows[i].cells[k];
            bool given = !as_default(h, &d->rows[i], c);
            bool time = dr_draft_is_time(&h->form, d->rows[i].list, c->path) &&
                        dr_draft_time(c->value, &t, &has, &offset);
            w.cells += given && !(time && to_clock(h, &d->rows[i], c, t) == 0);
            w.text += given && !time ? strlen(c->value) : 0;
            w.rough += given && time ? rough(t) + has : 0;
            w.rough += given && time && dr_date_of(t, 0) != home_day(h, d, i) ? OTHER_DAY : 0;
            least = time && t < least ? t : least;
            most = time && t > most ? t : most;
        }
    for (uint32_t i = 1; i < d->n; i++)
        w.turned += is_turned(h, d, i);
    for (uint32_t i = 0; h->has_defaults && i < h->defaults.rows[0].n; i++)
        w.cells += dr_draft_cell_at(&d->rows[0], h->defaults.rows[0].cells[i].path) == NULL;
    w.span = most > least ? (uint64_t)(most - least) / MINUTE : 0;
    return w;
}

static int cmp(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

int dr_draft_order(const dr_hunt *h, const dr_draft *a, const dr_draft *b)
{
    const weight x = weigh(h, a), y = weigh(h, b);
    int way = cmp(x.rows, y.rows);
    way = way != 0 ? way : cmp(x.cells, y.cells);
    way = way != 0 ? way : cmp(x.rough, y.rough);
    way = way != 0 ? way : cmp(x.span, y.span);
    way = way != 0 ? way : cmp(x.turned, y.turned);
    return way != 0 ? way : cmp(x.text, y.text);
}

/* ---- one step */

typedef struct shrinking {
    dr_hunt *h;
    dr_witness *w;
    bool smaller; /* something was, in this round */
} shrinking;

static dr_draft begin(shrinking *s)
{
    dr_arena_reset(&s->h->scratch);
    dr_draft d = dr_draft_like(&s->w->draft, &s->h->scratch);
    if (d.rows == NULL)
        s->h->failed = DR_NO_MEMORY;
    return d;
}

static bool going(const shrinking *s)
{
    return s->h->failed == DR_OK && s->h->tried < s->h->budget;
}

/* Kept by the search itself where it is smaller and of the same point. */
static bool step(shrinking *s, const dr_draft *d)
{
    const dr_draft_row *before = s->w->draft.rows;
    if (!going(s) || dr_draft_order(s->h, d, &s->w->draft) >= 0)
        return false;
    uint32_t n = s->h->n_found, at = (uint32_t)(s->w - s->h->found);
    (void)dr_hunt_try(s->h, d);
    s->h->n_found = n; /* other points are not looked for here */
    s->w = &s->h->found[at];
    s->smaller = s->smaller || s->w->draft.rows != before;
    return s->w->draft.rows != before;
}

/* ---- less */

static bool holds(const dr_draft_row *row, const char *value)
{
    for (uint32_t i = 0; i < row->n; i++)
        if (strcmp(row->cells[i].value, value) == 0)
            return true;
    return false;
}

/* All rows that share a text go together. */
static void drop_together(shrinking *s)
{
    for (uint32_t i = 1; i < s->w->draft.n && going(s); i++)
        for (uint32_t k = 0; i < s->w->draft.n && k < s->w->draft.rows[i].n && going(s); k++) {
            dr_draft d = begin(s);
            if (d.rows == NULL)
                return;
            const char *value = d.rows[i].cells[k].value;
            if (value[0] != '"')
                continue;
            for (uint32_t row = d.n - 1; row > 0; row--)
                if (holds(&d.rows[row], value))
                    dr_draft_drop_row(&d, row);
            if (step(s, &d))
                k = (uint32_t)-1;
        }
}

static void drop_rows(shrinking *s)
{
    for (uint32_t i = 1; i < s->w->draft.n && going(s);) {
        dr_draft d = begin(s);
        if (d.rows == NULL)
            return;
        dr_draft_drop_row(&d, i);
        i += !step(s, &d);
    }
}

static void drop_cells(shrinking *s)
{
    for (uint32_t i = 0; i < s->w->draft.n; i++)
        for (uint32_t k = 0; k < s->w->draft.rows[i].n && going(s);) {
            dr_draft d = begin(s);
            if (d.rows == NULL)
                return;
            dr_draft_drop_cell(&d.rows[i], k);
            k += !step(s, &d);
        }
}

static void to_defaults(shrinking *s)
{
    const dr_draft_row *record = &s->h->defaults.rows[0];
    for (uint32_t i = 0; s->h->has_defaults && i < record->n && going(s); i++) {
        dr_draft d = begin(s);
        if (d.rows == NULL)
            return;
        dr_draft_cell *there = dr_draft_cell_at(&d.rows[0], record->cells[i].path);
        if (there != NULL)
            there->value = record->cells[i].value;
        else if (!dr_draft_add_cell(&d.rows[0], &s->h->scratch, record->cells[i].path,
                                    record->cells[i].value))
            return;
        (void)step(s, &d);
    }
}

/* ---- times */

/* All times from `from` on, moved. False: there are none. */
static bool move_times(dr_hunt *h, dr_draft *d, int64_t from, int64_t by)
{
    int64_t t = 0;
    bool has = false, any = false;
    int32_t offset = 0;
    for (uint32_t i = 0; i < d->n; i++)
        for (uint32_t k = 0; k < d->rows[i].n; k++) {
            dr_draft_cell *c = &d->rows[i].cells[k];
            if (as_default(h, &d->rows[i], c) || !dr_draft_is_time(&h->form, d->rows[i].list, c->path) ||
                !dr_draft_time(c->value, &t, &has, &offset) || t < from)
                continue;
            c->value = dr_draft_time_text(&h->scratch, t + by, has, offset);
            if (c->value == NULL) {
                h->failed = DR_NO_MEMORY;
                return false;
            }
            any = true;
        }
    return any;
}

static void shorten_at(shrinking *s, int64_t t)
{
    static const int64_t by[] = {24 * HOUR, 8 * HOUR, 4 * HOUR,  2 * HOUR, HOUR,
                                 HOUR / 2,  HOUR / 4, HOUR / 12, MINUTE};
    for (uint32_t i = 0; i < sizeof by / sizeof *by && going(s);) {
        dr_draft d = begin(s);
        if (d.rows == NULL || !move_times(s->h, &d, t, -by[i]))
            return;
        if (step(s, &d))
            t -= by[i];
        else
            i++;
    }
}

static bool set_time(shrinking *s, uint32_t row, uint32_t cell, int64_t t, bool has, int32_t offset)
{
    dr_draft d = begin(s);
    if (d.rows == NULL)
        return false;
    d.rows[row].cells[cell].value = dr_draft_time_text(&s->h->scratch, t, has, offset);
    return d.rows[row].cells[cell].value != NULL && step(s, &d);
}

static void round_cell(shrinking *s, uint32_t row, uint32_t cell)
{
    static const int64_t round_to[] = {HOUR, HOUR / 2, HOUR / 12, MINUTE};
    int64_t t = 0;
    bool has = false;
    int32_t offset = 0;
    if (!dr_draft_time(s->w->draft.rows[row].cells[cell].value, &t, &has, &offset))
        return;
    int64_t clock = to_clock(s->h, &s->w->draft.rows[row], &s->w->draft.rows[row].cells[cell], t);
    if (clock != DR_MISSING && set_time(s, row, cell, t + clock, has, offset))
        t += clock;
    const int64_t day = dr_date_of(t, 0) * DAY, story = home_day(s->h, &s->w->draft, row) * DAY;
    if (day != story && set_time(s, row, cell, t - day + story, has, offset))
        t += story - day;
    for (uint32_t i = 0; i < 8 && going(s); i++) {
        int64_t unit = round_to[i / 2];
        if (set_time(s, row, cell, (t / unit + i % 2) * unit, has, offset))
            return;
    }
}

static void times(shrinking *s)
{
    for (uint32_t i = 0; i < s->w->draft.n; i++)
        for (uint32_t k = 0; i < s->w->draft.n && k < s->w->draft.rows[i].n && going(s); k++) {
            int64_t t = 0;
            bool has = false;
            int32_t offset = 0;
            const dr_draft_cell *c = &s->w->draft.rows[i].cells[k];
            if (as_default(s->h, &s->w->draft.rows[i], c) ||
                !dr_draft_is_time(&s->h->form, s->w->draft.rows[i].list, c->path) ||
                !dr_draft_time(c->value, &t, &has, &offset))
                continue;
            shorten_at(s, t);
            round_cell(s, i, k);
        }
}

static void in_order(shrinking *s)
{
    for (uint32_t i = 1; i + 1 < s->w->draft.n && going(s); i++) {
        if (!is_turned(s->h, &s->w->draft, i))
            continue;
        dr_draft d = begin(s);
        if (d.rows == NULL)
            return;
        const dr_draft_row row = d.rows[i];
        d.rows[i] = d.rows[i + 1];
        d.rows[i + 1] = row;
        (void)step(s, &d);
    }
}

/* ---- texts */

static void shorter_values(shrinking *s)
{
    for (uint32_t i = 0; i < s->w->draft.n; i++)
        for (uint32_t k = 0; k < s->w->draft.rows[i].n && going(s); k++)
            for (uint32_t f = 0; f < s->h->form.n && going(s); f++) {
                const dr_draft_cell *c = &s->w->draft.rows[i].cells[k];
                if (strcmp(s->h->form.fields[f].path, c->path) != 0 ||
                    strcmp(s->h->form.fields[f].list, s->w->draft.rows[i].list) != 0)
                    continue;
                for (uint32_t v = 0; v < s->h->grid.fields[f].n; v++) {
                    dr_draft d = begin(s);
                    if (d.rows == NULL)
                        return;
                    d.rows[i].cells[k].value = s->h->grid.fields[f].values[v];
                    (void)step(s, &d);
                }
            }
}

void dr_hunt_shrink(dr_hunt *h, dr_witness *w)
{
    shrinking s = {.h = h, .w = w, .smaller = true};
    for (uint32_t i = 0; i < ROUNDS && s.smaller && going(&s); i++) {
        s.smaller = false;
        drop_together(&s);
        drop_rows(&s);
        to_defaults(&s);
        drop_cells(&s);
        times(&s);
        in_order(&s);
        shorter_values(&s);
    }
}
