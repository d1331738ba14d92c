/* drip: api_diff_view.c, level 3. What drip_diff tells when all is added: sums, kinds and groups in order, amounts as texts. */
#include "api_diff.h"

#include "order.h"

#include <string.h>

enum { BEFORE, AFTER };

/* ---- amounts */

static int writes(const drip_diff *d, uint32_t k)
{
    return d->amounts[k].slot[AFTER] != DR_NONE ? AFTER : BEFORE;
}

void dr_diff_amount_write(const drip_diff *d, uint32_t k, dr_num amount, dr_buf *to)
{
    dr_number_write(d->programs[writes(d, k)]->p, d->amounts[k].type, amount, to);
}

/* NULL: there is no memory for it. */
static const char *amount_text(drip_diff *d, uint32_t k, dr_num amount)
{
    if (k >= d->n_amounts)
        return "";
    dr_buf_clear(&d->words);
    dr_diff_amount_write(d, k, amount, &d->words);
    return d->words.failed ? NULL : dr_take_text(&d->arena, d->words.data, d->words.len);
}

/* What a value of it has behind its number. */
static const char *unit_text(drip_diff *d, uint32_t k)
{
    dr_num zero = dr_num_int(0);
    dr_buf_clear(&d->words);
    dr_value_write(d->programs[writes(d, k)]->p, NULL, d->amounts[k].type, (int64_t)(intptr_t)&zero,
                   &d->words);
    if (d->words.failed)
        return NULL;
    const char *blank = strchr(d->words.data, ' ');
    return blank != NULL ? dr_take_text(&d->arena, blank + 1, strlen(blank + 1)) : "";
}

uint32_t drip_diff_amounts(const drip_diff *diff)
{
    return diff == NULL ? 0 : diff->n_amounts;
}

drip_status drip_diff_amount_at(drip_diff *diff, uint32_t k, drip_diff_amount *view)
{
    dr_amounts net;
    if (diff == NULL || view == NULL)
        return DRIP_MISUSE;
    if (k >= diff->n_amounts)
        return DRIP_NOT_FOUND;
    if (!dr_amounts_sub(&diff->totals[AFTER], &diff->totals[BEFORE], diff->n_amounts, &net))
        return DRIP_LIMIT;
    *view = (drip_diff_amount){
        diff->amounts[k].name, unit_text(diff, k), amount_text(diff, k, diff->totals[BEFORE].of[k]),
        amount_text(diff, k, diff->totals[AFTER].of[k]), amount_text(diff, k, net.of[k])};
    bool all = view->unit != NULL && view->before != NULL && view->after != NULL && view->net != NULL;
    return all ? DRIP_OK : DRIP_NO_MEMORY;
}

drip_status drip_diff_sum(drip_diff *diff, drip_diff_sums *view)
{
    drip_diff_amount first = {"", "", "", "", ""};
    if (diff == NULL || view == NULL)
        return DRIP_MISUSE;
    drip_status status = diff->n_amounts > 0 ? drip_diff_amount_at(diff, 0, &first) : DRIP_OK;
    *view = diff->sums;
    view->before = first.before;
    view->after = first.after;
    view->net = first.net;
    view->unit = first.unit;
    return status;
}

/* ---- in order */

static dr_num size_of(dr_num a)
{
    return a.top < 0 ? (dr_num){-a.top, a.bottom} : a;
}

static int by_size(const void *context, uint32_t a, uint32_t b)
{
    const dr_diff_group *x = (const dr_diff_group *)context + a, *y = (const dr_diff_group *)context + b;
    int order = dr_num_cmp(size_of(y->amount), size_of(x->amount));
    if (order == 0 && x->encounters != y->encounters)
        order = x->encounters > y->encounters ? -1 : 1;
    return order != 0 ? order : strcmp(x->name, y->name);
}

static dr_diff_groups *groups_of(drip_diff *d, uint32_t group)
{
    return group == 0 ? &d->names : group <= d->n_by ? &d->by[group - 1].groups : NULL;
}

static const dr_diff_group *nth(drip_diff *d, dr_diff_groups *g, uint32_t item)
{
    if (g == NULL || item >= g->n)
        return NULL;
    if (g->sorted == NULL) {
        uint32_t *sorted = dr_take(&d->arena, g->n * sizeof *sorted);
        for (uint32_t i = 0; sorted != NULL && i < g->n; i++)
            sorted[i] = i;
        if (sorted == NULL || !dr_order(&d->arena, sorted, g->n, by_size, g->items))
            return NULL;
        g->sorted = sorted;
    }
    return &g->items[g->sorted[item]];
}

uint32_t drip_diff_kinds(drip_diff *diff)
{
    return diff->kinds.n;
}

drip_status drip_diff_kind_at(drip_diff *diff, uint32_t kind, drip_diff_kind *view)
{
    if (diff == NULL || view == NULL)
        return DRIP_MISUSE;
    const dr_diff_group *g = nth(diff, &diff->kinds, kind);
    if (g == NULL)
        return kind < diff->kinds.n ? DRIP_NO_MEMORY : DRIP_NOT_FOUND;
    const dr_diff_kind *k = g->kind;
    bool finding = k->moved >= DRIP_MOVED_FINDING_ADDED && k->moved <= DRIP_MOVED_FINDING;
    *view = (drip_diff_kind){.moved = k->moved,
                             .key = g->name,
                             .what = k->what,
                             .was = k->was,
                             .now = k->now,
                             .was_cite = k->was_cite,
                             .now_cite = k->now_cite,
                             .encounters = g->encounters,
                             .changes = g->changes,
                             .amount = finding ? "" : amount_text(diff, 0, g->amount),
                             .stake = finding ? amount_text(diff, 0, g->stake) : "",
                             .smallest = k->smallest,
                             .id = k->id,
                             .name = k->name,
                             .old_name = k->old_name,
                             .from = k->from,
                             .to = k->to};
    return view->amount != NULL && view->stake != NULL ? DRIP_OK : DRIP_NO_MEMORY;
}

drip_status drip_diff_kind_amount(drip_diff *diff, uint32_t kind, uint32_t k, const char **amount)
{
    if (diff == NULL || amount == NULL)
        return DRIP_MISUSE;
    const dr_diff_group *g = nth(diff, &diff->kinds, kind);
    if (g == NULL || k >= diff->n_amounts)
        return kind < diff->kinds.n && k < diff->n_amounts ? DRIP_NO_MEMORY : DRIP_NOT_FOUND;
    drip_moved m = g->kind->moved;
    *amount = m >= DRIP_MOVED_FINDING_ADDED && m <= DRIP_MOVED_FINDING
                  ? ""
                  : amount_text(diff, k, g->kind->amount.of[k]);
    return *amount != NULL ? DRIP_OK : DRIP_NO_MEMORY;
}

uint32_t drip_diff_groups(drip_diff *diff, uint32_t group)
{
    const dr_diff_groups *g = groups_of(diff, group);
    return g != NULL ? g->n : 0;
}

drip_status drip_diff_group_at(drip_diff *diff, uint32_t group, uint32_t item, drip_diff_group *view)
{
    if (diff == NULL || view == NULL)
        return DRIP_MISUSE;
    const dr_diff_group *g = nth(diff, groups_of(diff, group), item);
    if (g == NULL)
        return item < drip_diff_groups(diff, group) ? DRIP_NO_MEMORY : DRIP_NOT_FOUND;
    *view = (drip_diff_group){g->name, g->encounters, g->changes, amount_text(diff, 0, g->amount)};
    return view->amount != NULL ? DRIP_OK : DRIP_NO_MEMORY;
}
