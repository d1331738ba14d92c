/* drip: witness_behind.c, level 2b. What only one of two programs has is shown where it decided something that their
 * difference comes from: a clause behind the value at which they part, a row of a table that such a clause looks up
 * and that was found there, a rule that only one has. */
#include "conds.h"
#include "witness.h"
#include "why.h"

static bool is_one_sided(const dr_point *p)
{
    return (p->said[0] == NULL) != (p->said[1] == NULL);
}

static bool looks_behind(const dr_hunt *h)
{
    if (h->shrinking != DR_NONE)
        return is_one_sided(&h->points.items[h->shrinking]);
    for (uint32_t i = 0; i < h->points.n; i++)
        if (is_one_sided(&h->points.items[i]) && !dr_hunt_has(h, i))
            return true;
    return false;
}

static void keep_behind(dr_hunt *h, const dr_draft *d, const dr_witness *as, int which, uint32_t clause)
{
    for (uint32_t i = 0; i < h->points.n; i++) {
        const dr_point *p = &h->points.items[i];
        bool uses = false;
        if (p->said[which] == NULL || p->said[1 - which] != NULL || !dr_point_looked(p, h->looked))
            continue;
        for (uint32_t k = 0; k < p->n_users[which] && !uses; k++)
            uses = p->users[which][k] == clause;
        if (!uses)
            continue;
        dr_witness behind = *as;
        behind.point = i;
        behind.name = p->name;
        dr_hunt_keep(h, d, &behind);
    }
}

static void walk(dr_hunt *h, const dr_draft *d, const dr_witness *as, int which, const dr_why *y)
{
    for (; y != NULL && h->failed == DR_OK; y = y->next) {
        bool decides_one = y->kind == DR_WHY_VALUE || y->kind == DR_WHY_RULE || y->kind == DR_WHY_TEST;
        if (decides_one && y->clause != DR_NONE)
            keep_behind(h, d, as, which, y->clause);
        walk(h, d, as, which, y->first);
    }
}

enum { NODES = 400 };

static bool is_only_here(const dr_hunt *h, int which, uint32_t clause)
{
    for (uint32_t i = 0; i < h->points.n; i++)
        if (h->points.items[i].clause[which] == clause && h->points.items[i].said[1 - which] == NULL)
            return true;
    return false;
}

/* What rules said that only one program has. */
static void look_behind_rules(dr_hunt *h, const dr_draft *d, const dr_witness *as, int which)
{
    dr_session *s = h->sessions[which];
    const dr_emitted *all[] = {s->findings, s->lines, s->marks};
    const uint32_t n[] = {s->n_findings, s->n_lines, s->n_marks};
    dr_whys whys;
    for (uint32_t k = 0; k < 3; k++)
        for (uint32_t i = 0; i < n[k]; i++) {
            const dr_emitted *e = &all[k][i];
            s->fuel = s->limits.fuel;
            if (is_only_here(h, which, s->program->rules[e->rule].clause) && dr_whys_init(&whys, s, NODES))
                walk(h, d, as, which, dr_why_rule(&whys, e->rule, e->row));
        }
}

void dr_hunt_look_behind(dr_hunt *h, const dr_draft *d, const dr_witness *as, const dr_parting *p)
{
    for (int which = 0; which < 2 && looks_behind(h); which++) {
        dr_session *s = h->sessions[which];
        dr_whys whys;
        if (h->status[which] == DR_OK)
            look_behind_rules(h, d, as, which);
        s->fuel = s->limits.fuel;
        if (h->status[which] != DR_OK || p->row[which] == DR_NONE || !dr_whys_init(&whys, s, NODES))
            continue;
        dr_why *y = p->rule[which] != DR_NONE   ? dr_why_rule(&whys, p->rule[which], p->row[which])
                    : p->slot[which] != DR_NONE ? dr_why_value(&whys, p->slot[which], p->row[which])
                                                : NULL;
        walk(h, d, as, which, y);
    }
}
