/* drip: api_total.c, level 3. The counts of many programs as those of one.
 *
 * Scenarios with settings run under programs of their own, compiled from the same sources: a clause is the same
 * where its name, file and place are, and its condition then has the same tree, whatever the settings make
 * constant in it. Sums do not depend on the order in which threads come with them. */
#include "api_coverage.h"

#include <string.h>

static const char *origin_of(const dr_program *p, dr_span span)
{
    return span.source < p->sources.count ? p->sources.items[span.source].origin : "";
}

static void sort_by_name(const dr_program *p, uint32_t *order, uint32_t *spare, uint32_t n)
{
    if (n < 2)
        return;
    uint32_t half = n / 2, a = 0, b = half;
    sort_by_name(p, order, spare, half);
    sort_by_name(p, order + half, spare, n - half);
    for (uint32_t i = 0; i < n; i++) {
        bool left = b == n || (a < half && strcmp(p->clauses[order[a]].name, p->clauses[order[b]].name) <= 0);
        spare[i] = left ? order[a++] : order[b++];
    }
    memcpy(order, spare, n * sizeof *order);
}

bool dr_total_open(dr_total *t, drip_program *home)
{
    const dr_program *p = home->p;
    t->home = drip_program_ref(home);
    if (!dr_coverage_open(&t->sum, p, &home->engine->alloc))
        return false;
    t->by_name = dr_take_zero(&t->sum.arena, (size_t)p->n_clauses + 1, sizeof *t->by_name);
    uint32_t *spare = dr_take_zero(&t->sum.arena, (size_t)p->n_clauses + 1, sizeof *spare);
    if (t->by_name == NULL || spare == NULL)
        return false;
    for (uint32_t i = 0; i < p->n_clauses; i++)
        t->by_name[i] = i;
    sort_by_name(p, t->by_name, spare, p->n_clauses);
    return true;
}

void dr_total_close(dr_total *t)
{
    if (t->home == NULL)
        return;
    dr_coverage_close(&t->sum);
    drip_program_free(t->home);
}

static uint32_t find_clause(const dr_total *t, const dr_program *other, const dr_clause *c)
{
    const dr_program *p = t->home->p;
    uint32_t low = 0, high = p->n_clauses;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (strcmp(p->clauses[t->by_name[middle]].name, c->name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < p->n_clauses; low++) {
        const dr_clause *mine = &p->clauses[t->by_name[low]];
        if (strcmp(mine->name, c->name) != 0)
            break;
        if (mine->span.start == c->span.start && mine->kind == c->kind &&
            strcmp(origin_of(p, mine->span), origin_of(other, c->span)) == 0)
            return t->by_name[low];
    }
    return DR_NONE;
}

static void add(dr_tally *to, const dr_tally *from)
{
    to->yes += from->yes;
    to->no += from->no;
}

static void add_conds(dr_total *t, uint32_t mine, const dr_coverage *run, uint32_t theirs, bool siblings)
{
    const dr_program *p = t->home->p;
    while (mine != DR_NONE && theirs != DR_NONE && p->conds[mine].kind == run->program->conds[theirs].kind) {
        add(&t->sum.conds[mine], &run->conds[theirs]);
        add_conds(t, p->conds[mine].first, run, run->program->conds[theirs].first, true);
        mine = siblings ? p->conds[mine].next : DR_NONE;
        theirs = siblings ? run->program->conds[theirs].next : DR_NONE;
    }
}

static bool add_value(dr_total *t, uint32_t param, const dr_value_tally *v)
{
    dr_value_tally *mine = t->sum.values[param];
    while (mine != NULL && strcmp(mine->text, v->text) != 0)
        mine = mine->next;
    if (mine == NULL) {
        mine = dr_take_zero(&t->sum.arena, 1, sizeof *mine);
        const char *text = dr_take_text(&t->sum.arena, v->text, strlen(v->text));
        if (mine == NULL || text == NULL)
            return false;
        mine->text = text;
        mine->next = t->sum.values[param];
        t->sum.values[param] = mine;
    }
    mine->count += v->count;
    return true;
}

static bool add_values(dr_total *t, const dr_coverage *run)
{
    const dr_program *p = t->home->p, *q = run->program;
    for (uint32_t i = 1; i < q->n_params; i++)
        for (uint32_t k = 1; k < p->n_params; k++) {
            if (strcmp(p->params[k].name, q->params[i].name) != 0)
                continue;
            for (const dr_value_tally *v = run->values[i]; v != NULL; v = v->next)
                if (!add_value(t, k, v))
                    return false;
        }
    return true;
}

bool dr_total_add(dr_total *t, const dr_coverage *run)
{
    const dr_program *p = t->home->p, *q = run->program;
    for (uint32_t i = 0; i < q->n_clauses; i++) {
        uint32_t mine = p == q ? i : find_clause(t, q, &q->clauses[i]);
        if (mine == DR_NONE)
            continue;
        t->sum.decided[mine] += run->decided[i];
        add(&t->sum.guards[mine], &run->guards[i]);
        add_conds(t, p->clauses[mine].cond, run, q->clauses[i].cond, false);
        add_conds(t, p->clauses[mine].fields, run, q->clauses[i].fields, true);
    }
    return add_values(t, run);
}
