/* drip: force.c, level 2a. What is in force when: the dates by which things are chosen, periods, and the proof
 * that a parameter has one value for every day.
 *
 * An axis is a date by which clauses, values and rules are chosen. The service date is the first, the day as of
 * which things are known the second; a policy declares others. Each is a parameter that no source sets: the run
 * works it out of the record before anything else. What was known is the last day unless someone says which, so
 * that what is known at all is known.
 *
 * A thing has at most one period by each axis, and is in force where all of them hold. The values of a parameter
 * are boxes in the space of their axes: the ends of all boxes cut it into cells, and each cell within the
 * policy's life must lie in exactly one box. */
#include "front.h"

#include <string.h>

enum { AXES_MAX = 6, CELLS_MAX = 100000 };

/* ---- declarations */

static dr_param *axis_param(dr_front *f, const char *name, dr_span span)
{
    dr_param *p = dr_vec_add(&f->program->arena, &f->params, sizeof *p);
    if (p == NULL) {
        f->no_memory = true;
        return NULL;
    }
    *p = (dr_param){.name = name, .type = dr_type_plain(DR_DATE), .span = span, .axis = true};
    return p;
}

bool dr_declare_axes(dr_front *f)
{
    const dr_span nowhere = {UINT32_MAX, 0, 0};
    bool known = false, ok = true;
    if (axis_param(f, "service date", nowhere) == NULL || axis_param(f, "known", nowhere) == NULL)
        return false;
    for (uint32_t i = 0; i < f->items.count; i++) {
        const dr_ast *item = DR_AT(f->items, dr_ast *, i);
        if (item->kind != A_AXIS)
            continue;
        if (item->op == 'k' && known) {
            dr_error_at(f, item->span, "E0453", "the day as of which things are known is declared twice");
            ok = false;
            continue;
        }
        known = known || item->op == 'k';
        dr_axis *axis = dr_vec_add(&f->program->arena, &f->axes, sizeof *axis);
        if (axis == NULL || (item->op != 'k' && axis_param(f, item->text, item->span) == NULL))
            return f->no_memory = true, false;
        *axis = (dr_axis){item->op == 'k' ? DR_AXIS_KNOWN : f->params.count - 1, 0};
        if (item->op != 'k')
            dr_decl_add(f, D_PARAM, 0, item->text, axis->param, item->span);
    }
    return ok && !f->no_memory;
}

void dr_axis_not_set(dr_front *f, const dr_ast *setting, dr_span declared)
{
    dr_diag *d = dr_error_at(f, setting->span, "E0455",
                             "\"%s\" is a date that chooses: it is read from the record, and cannot be set",
                             setting->text);
    if (d != NULL)
        dr_diag_label(f->diags, d, declared, "declared here");
}

const dr_ast *dr_axis_date(const dr_front *f, uint32_t axis)
{
    uint32_t n = 0;
    if (axis == DR_AXIS_SERVICE)
        return f->by;
    for (uint32_t i = 0; i < f->items.count; i++) {
        const dr_ast *item = DR_AT(f->items, dr_ast *, i);
        if (item->kind == A_AXIS && n < f->axes.count && DR_AT(f->axes, dr_axis, n++).param == axis)
            return item->a;
    }
    return NULL;
}

/* The dates that choose are worked out before anything is decided. */
static bool from_record_alone(dr_front *f, dr_ast *date, bool optional, const char *what)
{
    dr_work probe = {.kind = DR_NODE_RULE};
    dr_type type = dr_type_plain(DR_DATE);
    uint32_t root = DR_AT(f->shapes, dr_shape, 0).entity;
    type.optional = optional;
    f->at = &probe;
    f->this_entity = root < UINT16_MAX ? (uint16_t)root : 0;
    f->n_vars = f->n_facts = 0;
    bool ok = dr_check_as(f, date, type, what);
    f->at = NULL;
    if (!ok || probe.edges.count == 0)
        return ok;
    dr_diag *d =
        dr_error_at(f, date->span, "E0452", "%s is read from the record alone: this is decided later", what);
    dr_diag_hint(f->diags, d, "use fields of the record here: attributes, groups and lines come after it");
    return false;
}

bool dr_check_axes(dr_front *f)
{
    bool ok = f->by == NULL || from_record_alone(f, f->by, false, "the service date");
    for (uint32_t i = 0; i < f->items.count; i++) {
        const dr_ast *item = DR_AT(f->items, dr_ast *, i);
        if (item->kind == A_AXIS)
            ok = from_record_alone(f, item->a, item->op == 'k', "the date that chooses") && ok;
    }
    return ok;
}

/* ---- periods */

const dr_ast *dr_service_period(const dr_ast *period)
{
    while (period != NULL && (period->op == 'k' || period->c != NULL))
        period = period->next;
    return period;
}

static bool axis_named(dr_front *f, const dr_ast *period, uint32_t *axis)
{
    *axis = period->op == 'k' ? DR_AXIS_KNOWN : DR_AXIS_SERVICE;
    if (period->c == NULL)
        return true;
    dr_suggest s;
    dr_suggest_init(&s, period->c->text, strlen(period->c->text));
    for (uint32_t i = 0; i < f->params.count; i++) {
        const dr_param *p = &DR_AT(f->params, dr_param, i);
        if (i <= DR_AXIS_KNOWN || !p->axis)
            continue;
        *axis = i;
        if (strcmp(p->name, period->c->text) == 0)
            return true;
        dr_suggest_try(&s, p->name);
    }
    dr_diag *d = dr_error_at(f, period->c->span, "E0456", "there is no axis \"%s\"", period->c->text);
    if (s.best != NULL)
        dr_hint_nearest(f, d, &s);
    else
        dr_diag_hint(f->diags, d, "declare the date that chooses: axis %s by …", period->c->text);
    return false;
}

bool dr_same_date(const dr_ast *period, const dr_ast *other)
{
    const dr_ast *x = period->c, *y = other->c;
    return period->op == other->op && (x == NULL) == (y == NULL) &&
           (x == NULL || strcmp(x->text, y->text) == 0);
}

const dr_ast *dr_period_by(const dr_ast *periods, const dr_ast *like)
{
    while (periods != NULL && !dr_same_date(periods, like))
        periods = periods->next;
    return periods;
}

bool dr_days_of(dr_front *f, const dr_ast *period, int64_t *from, int64_t *to)
{
    if (period == NULL)
        return dr_period(f, NULL, from, to);
    const dr_ast alone = {.kind = A_PERIOD, .a = period->a, .b = period->b, .span = period->span};
    return dr_period(f, &alone, from, to);
}

bool dr_periods_meet(dr_front *f, const dr_ast *a, const dr_ast *b)
{
    for (; a != NULL; a = a->next) {
        int64_t from, to, first, last;
        if (dr_days_of(f, a, &from, &to) && dr_days_of(f, dr_period_by(b, a), &first, &last) &&
            (from > last || to < first))
            return false;
    }
    return true;
}

static void two_by_one_date(dr_front *f, const dr_ast *period)
{
    dr_diag *d = dr_error_at(f, period->span, "E0451", "there are two periods by the same date here");
    dr_diag_hint(f->diags, d, "one period says from when to when; by other dates there may be others");
}

bool dr_right_periods(dr_front *f, const dr_ast *periods)
{
    int64_t from, to;
    for (const dr_ast *p = periods; p != NULL; p = p->next) {
        if (!dr_days_of(f, p, &from, &to))
            return false;
        if (dr_period_by(p->next, p) != NULL)
            return two_by_one_date(f, dr_period_by(p->next, p)), false;
    }
    return true;
}

bool dr_period_also(dr_front *f, const dr_ast *period, const dr_extent **also, uint32_t *n)
{
    uint32_t count = dr_ast_count(period);
    dr_extent *all = count == 0 ? NULL : dr_take_zero(&f->program->arena, count, sizeof *all);
    bool ok = true, service = false;
    *also = all;
    *n = 0;
    if (count > 0 && all == NULL)
        return f->no_memory = true, false;
    for (const dr_ast *p = period; p != NULL; p = p->next) {
        dr_extent made = {0, INT64_MIN, INT64_MAX};
        if (!axis_named(f, p, &made.axis) || !dr_days_of(f, p, &made.from, &made.to)) {
            ok = false;
            continue;
        }
        bool twice = made.axis == DR_AXIS_SERVICE && service;
        for (uint32_t i = 0; i < *n; i++)
            twice = twice || all[i].axis == made.axis;
        if (twice) {
            two_by_one_date(f, p);
            ok = false;
        }
        service = service || made.axis == DR_AXIS_SERVICE;
        if (made.axis != DR_AXIS_SERVICE)
            all[(*n)++] = made;
    }
    return ok;
}

/* ---- one value for each day */

typedef struct plane {
    dr_front *f;
    const dr_dated *values;
    uint32_t n, n_axes;
    uint32_t axes[AXES_MAX];
    int64_t *cuts[AXES_MAX]; /* first days of its cells, ascending */
    uint32_t n_cuts[AXES_MAX];
    int64_t last[AXES_MAX]; /* that matters */
} plane;

static void reach_of(const dr_dated *v, uint32_t axis, int64_t *from, int64_t *to)
{
    *from = axis == DR_AXIS_SERVICE ? v->from : INT64_MIN;
    *to = axis == DR_AXIS_SERVICE ? v->to : INT64_MAX;
    for (uint32_t i = 0; i < v->n_also; i++)
        if (v->also[i].axis == axis) {
            *from = v->also[i].from;
            *to = v->also[i].to;
        }
}

static void cut(plane *x, uint32_t a, int64_t day)
{
    int64_t *cuts = x->cuts[a];
    uint32_t i = x->n_cuts[a];
    if (day < cuts[0] || day > x->last[a])
        return;
    for (uint32_t k = 0; k < i; k++)
        if (cuts[k] == day)
            return;
    for (; i > 0 && cuts[i - 1] > day; i--)
        cuts[i] = cuts[i - 1];
    cuts[i] = day;
    x->n_cuts[a]++;
}

static bool add_axis(plane *x, uint32_t axis)
{
    for (uint32_t a = 0; a < x->n_axes; a++)
        if (x->axes[a] == axis)
            return true;
    if (x->n_axes == AXES_MAX)
        return false;
    uint32_t a = x->n_axes++;
    const dr_vec *v = &x->f->versions;
    bool life = axis == DR_AXIS_SERVICE && v->count > 0;
    x->axes[a] = axis;
    x->cuts[a] = dr_take_zero(x->f->arena, (size_t)x->n * 2 + 1, sizeof *x->cuts[a]);
    if (x->cuts[a] == NULL)
        return x->f->no_memory = true, false;
    x->cuts[a][0] = life ? DR_AT(*v, dr_version, 0).from : INT64_MIN;
    x->n_cuts[a] = 1;
    x->last[a] = life ? DR_AT(*v, dr_version, v->count - 1).to : INT64_MAX;
    for (uint32_t i = 0; i < x->n; i++) {
        int64_t from, to;
        reach_of(&x->values[i], axis, &from, &to);
        cut(x, a, from);
        if (to != INT64_MAX)
            cut(x, a, to + 1);
    }
    return true;
}

static void write_point(const plane *x, const uint32_t *at, dr_buf *out)
{
    for (uint32_t a = 0; a < x->n_axes; a++) {
        int64_t day = x->cuts[a][at[a]];
        bool before = day == INT64_MIN && at[a] + 1 < x->n_cuts[a];
        if (day == INT64_MIN && !before)
            continue;
        dr_buf_text(out, out->len > 0 ? ", " : "");
        if (x->axes[a] == DR_AXIS_KNOWN)
            dr_buf_text(out, "as known ");
        else if (x->axes[a] != DR_AXIS_SERVICE)
            dr_buf_text(out, DR_AT(x->f->params, dr_param, x->axes[a]).name);
        if (x->axes[a] > DR_AXIS_KNOWN)
            dr_buf_text(out, " ");
        dr_buf_text(out, before ? "before " : "on ");
        dr_date_write(before ? x->cuts[a][at[a] + 1] : day, out);
    }
}

static bool wrong_cell(const plane *x, const dr_ast *item, const uint32_t *at, uint32_t found)
{
    dr_buf text;
    dr_buf_init(&text, &x->f->alloc, 512);
    write_point(x, at, &text);
    dr_diag *d = dr_error_at(x->f, item->span, "E0470", "the parameter \"%s\" has %s %s", item->text,
                             found == 0 ? "no value" : "two values", text.data == NULL ? "" : text.data);
    dr_buf_free(&text);
    dr_diag_hint(x->f->diags, d,
                 "each day needs one value, by each date that chooses: where one period ends the next begins "
                 "on the day after");
    return false;
}

static uint32_t values_at(const plane *x, const uint32_t *at)
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < x->n; i++) {
        bool in = true;
        for (uint32_t a = 0; a < x->n_axes && in; a++) {
            int64_t from, to, day = x->cuts[a][at[a]];
            reach_of(&x->values[i], x->axes[a], &from, &to);
            in = from <= day && day <= to;
        }
        found += in;
    }
    return found;
}

static bool next_cell(const plane *x, uint32_t *at)
{
    for (uint32_t a = 0; a < x->n_axes; a++) {
        if (++at[a] < x->n_cuts[a])
            return true;
        at[a] = 0;
    }
    return false;
}

bool dr_covers_plane(dr_front *f, const dr_ast *item, const dr_dated *values, uint32_t n)
{
    plane x = {.f = f, .values = values, .n = n};
    uint32_t at[AXES_MAX] = {0};
    uint64_t cells = 1;
    bool ok = add_axis(&x, DR_AXIS_SERVICE);
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t k = 0; k < values[i].n_also; k++)
            ok = ok && add_axis(&x, values[i].also[k].axis);
    for (uint32_t a = 0; a < x.n_axes; a++)
        cells = cells > CELLS_MAX ? cells : cells * x.n_cuts[a];
    if (f->no_memory)
        return false;
    if (!ok || cells > CELLS_MAX) {
        dr_error_at(f, item->span, "E0454", "the values of \"%s\" have too many periods to be gone through",
                    item->text);
        return false;
    }
    do {
        uint32_t found = values_at(&x, at);
        if (found != 1)
            return wrong_cell(&x, item, at, found);
    } while (next_cell(&x, at));
    return true;
}
