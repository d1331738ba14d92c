/* drip: group.c, level 2b. Deciding groups and clocks: rows of an entity that code makes, and time.
 *
 * A group entity has one row for each tuple of keys its members have, numbered by first member. Keys are
 * compared as cells: sets are canonical, and missing equals itself. Few groups are searched in a line,
 * many by hash. A clock turns a list of events into the spans during which something ran. */
#include "vm.h"

#include <string.h>

enum { LINEAR_GROUPS = 8 };

typedef struct grouping {
    dr_session *s;
    const dr_node *n;
    uint32_t members, groups, n_keys;
    int64_t *of;      /* back reference: group of each member */
    int64_t *keys;    /* of each member; as they are looked at, of each group from the start on */
    uint32_t *counts; /* members of each group */
    uint32_t *slots;  /* group + 1; NULL while there are few groups */
    uint32_t n_slots;
} grouping;

static uint32_t key_slot(const grouping *g, const int64_t *key)
{
    uint64_t seed = g->s->syms.seed, h = 0;
    uint32_t mask = g->n_slots - 1;
    for (uint32_t i = 0; i < g->n_keys; i++)
        h = dr_mix(h ^ seed ^ (uint64_t)key[i]);
    uint32_t at = (uint32_t)h & mask;
    while (g->slots[at] != 0 &&
           memcmp(&g->keys[(size_t)(g->slots[at] - 1) * g->n_keys], key, g->n_keys * sizeof *key) != 0)
        at = (at + 1) & mask;
    return at;
}

static bool start_hashing(grouping *g)
{
    size_t size = 32;
    while (size < (size_t)g->members * 2)
        size *= 2;
    g->slots = size <= UINT32_MAX / 2 ? dr_take_zero(&g->s->arena, size, sizeof *g->slots) : NULL;
    if (g->slots == NULL) {
        g->s->arena.failed = true;
        return false;
    }
    g->n_slots = (uint32_t)size;
    for (uint32_t i = 0; i < g->groups; i++)
        g->slots[key_slot(g, &g->keys[(size_t)i * g->n_keys])] = i + 1;
    return true;
}

static inline bool same_key(const grouping *g, const int64_t *a, const int64_t *b)
{
    for (uint32_t i = 0; i < g->n_keys; i++)
        if (a[i] != b[i])
            return false;
    return true;
}

/* The group of a key, a new one if there is none yet; -1: no memory. */
static int64_t group_of(grouping *g, const int64_t *key)
{
    uint32_t slot = 0;
    if (g->slots == NULL && g->groups > LINEAR_GROUPS && !start_hashing(g))
        return -1;
    if (g->slots != NULL) {
        slot = key_slot(g, key);
        if (g->slots[slot] != 0)
            return g->slots[slot] - 1;
        g->slots[slot] = g->groups + 1;
    } else {
        for (uint32_t i = 0; i < g->groups; i++)
            if (same_key(g, &g->keys[(size_t)i * g->n_keys], key))
                return i;
    }
    /* keys of groups take the place of keys of members that were looked at before */
    memmove(&g->keys[(size_t)g->groups * g->n_keys], key, g->n_keys * sizeof *key);
    g->counts[g->groups] = 0;
    return g->groups++;
}

/* The keys of all members, and how many each has: none leaves it out. */
static dr_status member_keys(grouping *g, uint32_t **widths)
{
    dr_session *s = g->s;
    size_t cells = 0;
    if (!dr_size_mul(g->members, (g->n_keys > 0 ? g->n_keys : 1) * sizeof *g->keys, &cells))
        return dr_vm_memory(s);
    g->keys = dr_take(&s->arena, cells);
    g->counts = dr_take(&s->arena, g->members * sizeof *g->counts);
    *widths = dr_take(&s->arena, g->members * sizeof **widths);
    if (g->keys == NULL || g->counts == NULL || *widths == NULL)
        return dr_vm_memory(s);
    uint16_t clause = 0;
    dr_job job = {.pc = g->n->pc,
                  .end = g->members,
                  .step = g->n_keys,
                  .out = g->keys,
                  .clause = &clause,
                  .counts = *widths};
    dr_status status = dr_vm_pay(s, (uint64_t)DR_STEPS_ROW * g->members);
    return status == DR_OK && g->members > 0 ? dr_vm_run(s, &job) : status;
}

static dr_status assign_groups(grouping *g)
{
    uint32_t *widths = NULL;
    dr_status status = member_keys(g, &widths);
    if (status != DR_OK)
        return status;
    for (uint32_t row = 0; row < g->members; row++) {
        g->of[row] = DR_MISSING;
        if (widths[row] == 0)
            continue;
        int64_t group = group_of(g, &g->keys[(size_t)row * g->n_keys]);
        if (group < 0)
            return dr_vm_memory(g->s);
        g->of[row] = group;
        g->counts[group]++;
    }
    return DR_OK;
}

/* One list for each group, its members as charted; all in one piece of memory. */
static dr_status make_lists(grouping *g, int64_t *lists)
{
    size_t words = 0;
    for (uint32_t i = 0; i < g->groups; i++)
        words += 1 + (size_t)g->counts[i];
    uint32_t *at = dr_take(&g->s->arena, words * sizeof *at);
    if (at == NULL)
        return dr_vm_memory(g->s);
    for (uint32_t i = 0; i < g->groups; i++) {
        dr_list *list = (dr_list *)at;
        list->count = 0;
        lists[i] = dr_cell(list);
        at += 1 + (size_t)g->counts[i];
    }
    for (uint32_t row = 0; row < g->members; row++) {
        if (g->of[row] == DR_MISSING)
            continue;
        dr_list *list = (dr_list *)(uintptr_t)lists[g->of[row]];
        list->at[list->count++] = row;
    }
    return DR_OK;
}

static dr_status sort_list(dr_session *s, uint32_t sort_pc, int64_t *cell)
{
    const dr_list *list = dr_ptr(*cell);
    dr_sorter *sorter = &dr_vm_of(s)->sorters[DR_NODE_BUILDER];
    if (list->count < 2)
        return DR_OK;
    sorter->count = 0;
    dr_status status = dr_vm_pay(s, (uint64_t)DR_STEPS_ORDERED * list->count);
    for (uint32_t i = 0; i < list->count && status == DR_OK; i++) {
        dr_job job;
        status = dr_vm_values(s, sort_pc, list->at[i], &job);
        if (status != DR_OK)
            return status;
        if (!dr_sorter_add(&s->arena, sorter, list->at[i], &dr_vm_of(s)->r[job.reg], job.n))
            return dr_vm_memory(s);
    }
    if (status != DR_OK)
        return status;
    const dr_list *sorted = dr_sorter_list(&s->arena, sorter);
    if (sorted == NULL)
        return dr_vm_memory(s);
    *cell = dr_cell(sorted);
    return DR_OK;
}

static dr_status group_places(grouping *g, const int64_t *lists)
{
    uint32_t slot = g->n->pos_slot;
    int64_t *pos = dr_column_missing(g->s, slot);
    if (pos == NULL)
        return dr_vm_memory(g->s);
    for (uint32_t i = 0; i < g->groups; i++) {
        const dr_list *list = dr_ptr(lists[i]);
        for (uint32_t k = 0; k < list->count; k++)
            pos[list->at[k]] = k;
    }
    dr_note_seen(g->s, slot, pos, g->members);
    return DR_OK;
}

/* No member meets the condition: no groups. */
static dr_status no_groups(dr_session *s, const dr_node *n, uint32_t members)
{
    static const int64_t missing = DR_MISSING;
    const dr_col none = {(int64_t *)(uintptr_t)&missing, 0}; /* nobody writes to it */
    s->cols[n->slot] = none;
    s->seen[n->slot] = (uint64_t)1 << 63;
    if (n->pos_slot != DR_NONE) {
        s->cols[n->pos_slot] = none;
        s->seen[n->pos_slot] = (uint64_t)1 << 63;
    }
    s->cols[n->list_slot] = none;
    s->n_rows[n->entity] = 0;
    return dr_vm_pay(s, (uint64_t)DR_STEPS_ROW * members);
}

dr_status dr_decide_group(dr_session *s, const dr_step *step, const dr_node *n)
{
    grouping g = {.s = s, .n = n, .members = s->n_rows[n->member], .n_keys = step->n_keys};
    const dr_instr *in = dr_skip_tests(s, n->pc);
    if (in->op == DR_OP_RETN && in->b == 0 && g.members > 0)
        return no_groups(s, n, g.members);
    g.of = dr_column(s, n->slot);
    dr_status status = g.of != NULL ? assign_groups(&g) : dr_vm_memory(s);
    if (status != DR_OK)
        return status;
    s->n_rows[n->entity] = g.groups;
    dr_note_seen(s, n->slot, g.of, g.members);
    int64_t *lists = dr_column(s, n->list_slot);
    status = lists != NULL ? make_lists(&g, lists) : dr_vm_memory(s);
    for (uint32_t i = 0; n->sort_pc != DR_NONE && i < g.groups && status == DR_OK; i++)
        status = sort_list(s, n->sort_pc, &lists[i]);
    if (status == DR_OK)
        dr_note_seen(s, n->list_slot, lists, g.groups);
    return status == DR_OK && n->pos_slot != DR_NONE ? group_places(&g, lists) : status;
}

/* ---- clocks ---- */

typedef struct clock_state {
    dr_span_builder *closed;
    int64_t since; /* DR_MISSING: closed */
    int64_t early; /* events that came before anything began */
    bool begun;
} clock_state;

static bool clock_event(dr_session *s, const dr_node *n, clock_state *c, int64_t at, uint64_t action)
{
    if ((n->begins & action) != 0) {
        c->begun = true;
        c->since = c->since == DR_MISSING ? at : c->since;
        return true;
    }
    if (((n->opens | n->closes) & action) == 0)
        return true;
    if (!c->begun) {
        c->early++;
        return true;
    }
    if ((n->opens & action) != 0) {
        c->since = c->since == DR_MISSING ? at : c->since;
        return true;
    }
    int64_t since = c->since;
    c->since = DR_MISSING;
    return since == DR_MISSING || since >= at || dr_spanb_range(&s->arena, c->closed, since, at);
}

static dr_status passes(dr_session *s, uint32_t pc, uint32_t event, bool *pass)
{
    dr_job job;
    *pass = true;
    if (pc == DR_NONE)
        return DR_OK;
    dr_status status = dr_vm_values(s, pc, event, &job);
    *pass = status == DR_OK && job.n > 0 && dr_vm_of(s)->r[job.reg] == 1;
    return status;
}

static dr_status run_clock(dr_session *s, const dr_node *n, const dr_list *events, clock_state *c)
{
    const dr_col at = s->cols[n->at_slot], action = s->cols[n->action_slot];
    dr_status status = dr_vm_pay(s, (uint64_t)DR_STEPS_EVENT * events->count);
    for (uint32_t i = 0; i < events->count && status == DR_OK; i++) {
        uint32_t event = events->at[i];
        bool pass = true;
        status = passes(s, n->pc, event, &pass);
        if (status != DR_OK)
            return status;
        int64_t when = at.base[(size_t)event * at.stride], what = action.base[(size_t)event * action.stride];
        if (!pass || when == DR_MISSING || (uint64_t)what > 63)
            continue;
        if (!clock_event(s, n, c, when, (uint64_t)1 << (uint64_t)what))
            return dr_vm_memory(s);
    }
    return status;
}

static bool clock_columns(dr_session *s, const dr_node *n)
{
    return dr_column(s, n->slot) != NULL && (n->open_slot == DR_NONE || dr_column(s, n->open_slot) != NULL) &&
           (n->early_slot == DR_NONE || dr_column(s, n->early_slot) != NULL);
}

static void store_output(dr_session *s, uint32_t slot, uint32_t row, int64_t value)
{
    if (slot == DR_NONE)
        return;
    s->cols[slot].base[row] = value;
    dr_note_seen(s, slot, &value, 1);
}

dr_status dr_decide_clock(dr_session *s, const dr_node *n)
{
    if (!clock_columns(s, n))
        return dr_vm_memory(s);
    uint32_t owners = s->n_rows[n->entity];
    for (uint32_t row = 0; row < owners; row++) {
        clock_state c = {.closed = &dr_vm_of(s)->spans[DR_NODE_BUILDER], .since = DR_MISSING};
        c.closed->count = 0;
        c.closed->only = NULL;
        const dr_col lists = s->cols[n->list_slot];
        int64_t cell = lists.base[(size_t)row * lists.stride];
        dr_status status = dr_vm_pay(s, DR_STEPS_ROW);
        if (status == DR_OK && cell != DR_MISSING)
            status = run_clock(s, n, dr_ptr(cell), &c);
        if (status != DR_OK)
            return status;
        const dr_spans *spans = dr_spanb_end(&s->arena, c.closed);
        if (spans == NULL)
            return dr_vm_memory(s);
        store_output(s, n->slot, row, dr_cell(spans));
        store_output(s, n->open_slot, row, c.since);
        store_output(s, n->early_slot, row, c.early);
    }
    return DR_OK;
}
