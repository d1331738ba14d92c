/* drip: api_diff_sum.c, level 3. Many encounters' changes, added up: kinds, names, fields of the record, and totals.
 *
 * Counts and exact sums do not depend on the order in which they are added, and of a kind's encounters the shortest is kept, of
 * these the first: so any number of threads give the same. Memory grows with the kinds and names there are, not with
 * the encounters; where there are more than the caps below, adding fails rather than leave some out. */
#include "api_diff.h"

#include <string.h>

enum { KINDS_MAX = 20000, NAMES_MAX = 200000, KEY_MAX = 2000 };
enum { BEFORE, AFTER };

/* ---- made, and freed */

static uint32_t field_of(const dr_program *p, const char *name)
{
    for (uint32_t f = 0; f < p->n_fields; f++)
        if (strcmp(p->fields[f].name, name) == 0)
            return f;
    return DR_NONE;
}

static uint32_t shown_of(const dr_program *p, const char *path)
{
    for (uint32_t k = 0; k < p->n_shown; k++)
        if (strcmp(p->shown[k].path, path) == 0)
            return k;
    return DR_NONE;
}

static bool list_fields(drip_diff *d)
{
    const dr_program *a = d->programs[BEFORE]->p, *b = d->programs[AFTER]->p;
    size_t most = (size_t)a->n_fields + b->n_fields + a->n_shown + b->n_shown;
    d->fields = dr_take_zero(&d->arena, most + 1, sizeof *d->fields);
    if (d->fields == NULL)
        return false;
    for (uint32_t f = 0; f < a->n_fields; f++)
        d->fields[d->n_fields++] =
            (dr_diff_field){a->fields[f].name, a->fields[f].role, false, f, field_of(b, a->fields[f].name)};
    for (uint32_t f = 0; f < b->n_fields; f++)
        if (field_of(a, b->fields[f].name) == DR_NONE)
            d->fields[d->n_fields++] =
                (dr_diff_field){b->fields[f].name, b->fields[f].role, false, DR_NONE, f};
    for (uint32_t k = 0; k < a->n_shown; k++)
        d->fields[d->n_fields++] =
            (dr_diff_field){a->shown[k].path, DRIP_ROLE_PLAIN, true, k, shown_of(b, a->shown[k].path)};
    for (uint32_t k = 0; k < b->n_shown; k++)
        if (shown_of(a, b->shown[k].path) == DR_NONE)
            d->fields[d->n_fields++] = (dr_diff_field){b->shown[k].path, DRIP_ROLE_PLAIN, true, DR_NONE, k};
    return true;
}

/* ---- which amounts */

/* The first total that either has, in both where they share its name. */
static void find_total(drip_diff *d)
{
    const char *name = NULL;
    for (int which = AFTER; which >= BEFORE; which--) {
        const dr_program *p = d->programs[which]->p;
        d->total[which] = DR_NONE;
        for (uint32_t t = 0; t < p->n_totals && d->total[which] == DR_NONE; t++) {
            dr_type type = p->slots[p->totals[t].slot].type;
            if (type.kind != DR_NUM || (name != NULL && strcmp(name, p->totals[t].path) != 0))
                continue;
            d->total[which] = t;
            d->amounts[0].slot[which] = p->totals[t].slot;
            if (name == NULL)
                d->amounts[0].type = type;
            name = p->totals[t].path;
        }
    }
    d->sums.total = name != NULL ? name : "";
    d->amounts[0].name = d->sums.total;
    d->n_amounts = name != NULL;
}

static void note_amount(drip_diff *d, int which, const dr_shown *shown, const char *name)
{
    uint32_t k = 0;
    while (k < d->n_amounts && (d->amounts[k].slot[which] != shown->slot) &&
           (k == 0 || strcmp(d->amounts[k].name, name) != 0))
        k++;
    if (k == DR_DIFF_AMOUNTS_MAX || (k < d->n_amounts && d->amounts[k].slot[which] != DR_NONE))
        return;
    if (k == d->n_amounts)
        d->amounts[d->n_amounts++] =
            (dr_diff_amount){name, d->programs[which]->p->slots[shown->slot].type, {DR_NONE, DR_NONE}};
    d->amounts[k].slot[which] = shown->slot;
}

/* Further totals, and what is shown of lines in the unit of the first. */
static void find_amounts(drip_diff *d)
{
    for (uint32_t k = 0; k < DR_DIFF_AMOUNTS_MAX; k++)
        d->amounts[k].slot[BEFORE] = d->amounts[k].slot[AFTER] = DR_NONE;
    find_total(d);
    for (int which = AFTER; which >= BEFORE && d->n_amounts > 0; which--) {
        const dr_program *p = d->programs[which]->p;
        if (d->total[which] == DR_NONE)
            continue;
        dr_type money = p->slots[d->amounts[0].slot[which]].type;
        for (uint32_t t = 0; t < p->n_totals; t++)
            if (p->slots[p->totals[t].slot].type.kind == DR_NUM)
                note_amount(d, which, &p->totals[t], p->totals[t].path);
        for (uint32_t k = 0; k < p->n_shown; k++) {
            dr_type type = p->slots[p->shown[k].slot].type;
            if (type.kind == DR_NUM && type.of == money.of)
                note_amount(d, which, &p->shown[k], p->shown[k].name);
        }
    }
}

drip_status drip_diff_new(drip_program *before, drip_program *after, drip_diff **diff)
{
    if (before == NULL || after == NULL || diff == NULL)
        return DRIP_MISUSE;
    const dr_alloc *a = &before->engine->alloc;
    drip_diff *d = dr_new(a, sizeof *d);
    *diff = NULL;
    if (d == NULL)
        return DRIP_NO_MEMORY;
    d->programs[BEFORE] = drip_program_ref(before);
    d->programs[AFTER] = drip_program_ref(after);
    dr_arena_init(&d->arena, a, 4096, (size_t)1 << 30);
    dr_buf_init(&d->words, a, (size_t)1 << 24);
    d->totals[BEFORE] = d->totals[AFTER] = dr_amounts_none();
    find_amounts(d);
    if (pthread_mutex_init(&d->lock, NULL) != 0 || !list_fields(d)) {
        drip_diff_free(d);
        return DRIP_NO_MEMORY;
    }
    *diff = d;
    return DRIP_OK;
}

static void free_text(const drip_diff *d, char *text, size_t len)
{
    if (text != NULL)
        dr_free(&d->programs[BEFORE]->engine->alloc, text, len + 1);
}

static void free_example(const drip_diff *d, dr_diff_kind *k)
{
    char *texts[] = {k->file, k->id, k->name, k->old_name, k->from, k->to};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (texts[i] != NULL)
            free_text(d, texts[i], strlen(texts[i]));
    free_text(d, k->json, k->smallest.len);
    k->file = k->id = k->name = k->old_name = k->from = k->to = k->json = NULL;
}

void drip_diff_free(drip_diff *diff)
{
    if (diff == NULL)
        return;
    drip_program *before = diff->programs[BEFORE], *after = diff->programs[AFTER];
    dr_alloc a = before->engine->alloc;
    for (uint32_t i = 0; i < diff->kinds.n; i++)
        free_example(diff, diff->kinds.items[i].kind);
    dr_arena_free(&diff->arena);
    dr_buf_free(&diff->words);
    pthread_mutex_destroy(&diff->lock);
    dr_free(&a, diff, sizeof *diff);
    drip_program_free(before);
    drip_program_free(after);
}

/* A field of the record, or an attribute that the policy decides. */
drip_status drip_diff_by(drip_diff *diff, const char *field)
{
    if (diff == NULL || field == NULL || diff->n_by == DR_DIFF_BY_MAX)
        return DRIP_MISUSE;
    const dr_program *p = diff->programs[BEFORE]->p;
    const char *dot = strchr(field, '.');
    for (uint32_t s = 0; s < p->n_slots; s++) {
        const dr_slot *slot = &p->slots[s];
        const dr_entity *e = &p->entities[slot->entity];
        bool read = slot->used || slot->type.kind != DR_TEXT || s == p->policy_slot || s == p->id_slot;
        if (slot->name == NULL || (slot->input && !read) || e->kind == DR_TABLE)
            continue;
        bool entity = dot == NULL ? e->kind == DR_ROOT
                                  : strlen(e->name) == (size_t)(dot - field) &&
                                        strncmp(e->name, field, (size_t)(dot - field)) == 0;
        if (!entity || strcmp(slot->name, dot != NULL ? dot + 1 : field) != 0)
            continue;
        char *name = dr_take_text(&diff->arena, field, strlen(field));
        if (name == NULL)
            return DRIP_NO_MEMORY;
        diff->by[diff->n_by++] = (dr_diff_by){.field = name, .slot = s};
        return DRIP_OK;
    }
    return DRIP_NOT_FOUND;
}

/* ---- groups */

static uint64_t hash_of(const char *text)
{
    uint64_t h = 1469598103934665603U;
    for (; *text != '\0'; text++)
        h = (h ^ (unsigned char)*text) * 1099511628211U;
    return h;
}

static bool widen(drip_diff *d, dr_diff_groups *g)
{
    uint32_t size = g->size == 0 ? 64 : g->size * 2, n_index = size * 2;
    dr_diff_group *items = dr_take_zero(&d->arena, size, sizeof *items);
    uint32_t *index = dr_take_zero(&d->arena, n_index, sizeof *index);
    if (items == NULL || index == NULL)
        return false;
    if (g->n > 0)
        memcpy(items, g->items, g->n * sizeof *items);
    for (uint32_t i = 0; i < g->n; i++) {
        uint32_t at = (uint32_t)items[i].hash & (n_index - 1);
        while (index[at] != 0)
            at = (at + 1) & (n_index - 1);
        index[at] = i + 1;
    }
    g->items = items;
    g->index = index;
    g->size = size;
    g->n_index = n_index;
    return true;
}

/* The group of this name, made where there is none. */
static drip_status find_group(drip_diff *d, dr_diff_groups *g, const char *name, uint32_t most,
                              dr_diff_group **found)
{
    uint64_t hash = hash_of(name);
    if (g->n == g->size && !widen(d, g))
        return DRIP_NO_MEMORY;
    uint32_t at = (uint32_t)hash & (g->n_index - 1);
    for (; g->index[at] != 0; at = (at + 1) & (g->n_index - 1)) {
        *found = &g->items[g->index[at] - 1];
        if ((*found)->hash == hash && strcmp((*found)->name, name) == 0)
            return DRIP_OK;
    }
    if (g->n == most)
        return DRIP_LIMIT;
    char *kept = dr_take_text(&d->arena, name, strlen(name));
    if (kept == NULL)
        return DRIP_NO_MEMORY;
    *found = &g->items[g->n];
    **found = (dr_diff_group){.name = kept, .hash = hash, .amount = dr_num_int(0), .stake = dr_num_int(0)};
    g->index[at] = ++g->n;
    return DRIP_OK;
}

static drip_status count(const drip_diff *d, dr_diff_group *g, dr_num amount, dr_num stake)
{
    bool first = g->stamp != d->stamp;
    g->stamp = d->stamp;
    g->encounters += first;
    g->changes++;
    if (!dr_num_add(g->amount, amount, &g->amount) || (first && !dr_num_add(g->stake, stake, &g->stake)))
        return DRIP_LIMIT;
    return DRIP_OK;
}

/* ---- kinds */

static void put_clipped(dr_buf *to, const char *text)
{
    size_t len = strlen(text);
    dr_buf_plain(to, text, len < KEY_MAX ? len : KEY_MAX);
}

static const char *key_of(drip_diff *d, const dr_change *c)
{
    static const char *const words[] = {"line added",      "line removed", "line",    "finding added",
                                        "finding removed", "finding",      "refused", "accepted"};
    dr_buf *w = &d->words;
    dr_buf_clear(w);
    dr_buf_text(w, words[c->moved]);
    if (*c->what != '\0') {
        dr_buf_text(w, " ");
        put_clipped(w, c->what);
    }
    if (*c->was != '\0' || *c->now != '\0') {
        dr_buf_text(w, ": ");
        put_clipped(w, *c->was != '\0' ? c->was : c->now);
        if (*c->was != '\0' && *c->now != '\0' && strcmp(c->was, c->now) != 0) {
            dr_buf_text(w, " -> ");
            put_clipped(w, c->now);
        }
    }
    return w->failed ? NULL : w->data;
}

static dr_diff_kind *kind_new(drip_diff *d, const dr_change *c)
{
    dr_diff_kind *k = dr_take_zero(&d->arena, 1, sizeof *k);
    const char *from[] = {c->what, c->was, c->now, c->was_cite, c->now_cite};
    const char **to[] = {&k->what, &k->was, &k->now, &k->was_cite, &k->now_cite};
    if (k == NULL)
        return NULL;
    k->amount = dr_amounts_none();
    k->moved = c->moved;
    for (size_t i = 0; i < sizeof from / sizeof *from; i++) {
        *to[i] = dr_take_text(&d->arena, from[i], strlen(from[i]));
        if (*to[i] == NULL)
            return NULL;
    }
    return k;
}

static bool smaller(const drip_diff_case *a, const drip_diff_case *b)
{
    return a->len != b->len ? a->len < b->len : a->number < b->number;
}

static bool keep_example(drip_diff *d, dr_diff_kind *k, const dr_change *c, const drip_diff_case *which,
                         const char *id)
{
    const dr_alloc *a = &d->programs[BEFORE]->engine->alloc;
    free_example(d, k);
    k->smallest = *which;
    k->file = dr_api_copy(a, which->file, strlen(which->file));
    k->json = dr_api_copy(a, which->json, which->len);
    k->id = dr_api_copy(a, id, strlen(id));
    k->name = dr_api_copy(a, c->name, strlen(c->name));
    k->old_name = dr_api_copy(a, c->old_name, strlen(c->old_name));
    k->from = dr_api_copy(a, c->from, strlen(c->from));
    k->to = dr_api_copy(a, c->to, strlen(c->to));
    k->smallest.file = k->file;
    k->smallest.json = k->json;
    return k->file != NULL && k->json != NULL && k->id != NULL && k->name != NULL && k->old_name != NULL &&
           k->from != NULL && k->to != NULL;
}

static drip_status add_kind(drip_diff *d, const dr_change *c, const dr_changes *all,
                            const drip_diff_case *which, const char *id)
{
    dr_diff_group *g = NULL;
    const char *key = key_of(d, c);
    drip_status status = key == NULL ? DRIP_NO_MEMORY : find_group(d, &d->kinds, key, KINDS_MAX, &g);
    if (status != DRIP_OK)
        return status;
    bool made = g->kind == NULL;
    if (made && (g->kind = kind_new(d, c)) == NULL) {
        d->kinds.n--; /* nothing refers to it but the index, and nothing is added from here on */
        return DRIP_NO_MEMORY;
    }
    if ((made || smaller(which, &g->kind->smallest)) && !keep_example(d, g->kind, c, which, id))
        return DRIP_NO_MEMORY;
    return !dr_amounts_add(&g->kind->amount, &c->amount, d->n_amounts)
               ? DRIP_LIMIT
               : count(d, g, c->amount.of[0], all->total[AFTER].of[0]);
}

/* ---- by fields of the record */

static drip_status add_value(drip_diff *d, dr_diff_groups *g, const char *value, const dr_changes *all)
{
    dr_diff_group *group = NULL;
    dr_num net;
    drip_status status = find_group(d, g, value, NAMES_MAX, &group);
    if (status != DRIP_OK)
        return status;
    if (group->stamp == d->stamp)
        return DRIP_OK;
    if (!dr_num_sub(all->total[AFTER].of[0], all->total[BEFORE].of[0], &net))
        return DRIP_LIMIT;
    status = count(d, group, net, dr_num_int(0));
    group->changes += all->n - 1;
    return status;
}

static drip_status add_by(drip_diff *d, dr_diff_by *by, drip_session *before, const dr_changes *all)
{
    const dr_program *p = d->programs[BEFORE]->p;
    const dr_slot *slot = &p->slots[by->slot];
    if (all->refused[BEFORE])
        return add_value(d, &by->groups, "(refused)", all);
    if (by->slot == p->policy_slot)
        return add_value(d, &by->groups, drip_session_policy(before), all);
    uint32_t n = p->entities[slot->entity].kind == DR_ROOT ? 1 : before->s.n_rows[slot->entity];
    const dr_col col = before->s.cols[by->slot];
    drip_status status = n == 0 ? add_value(d, &by->groups, "", all) : DRIP_OK;
    for (uint32_t row = 0; row < n && status == DRIP_OK; row++) {
        const char *value = dr_api_value_text(before, slot->type, col.base[(size_t)row * col.stride]);
        status = value == NULL ? DRIP_NO_MEMORY : add_value(d, &by->groups, value, all);
    }
    return status;
}

/* ---- an encounter */

static void count_changes(drip_diff_sums *s, const dr_changes *all)
{
    for (uint32_t i = 0; i < all->n; i++) {
        drip_moved m = all->items[i].moved;
        s->lines_added += m == DRIP_MOVED_LINE_ADDED;
        s->lines_removed += m == DRIP_MOVED_LINE_REMOVED;
        s->lines_changed += m == DRIP_MOVED_LINE;
        s->findings_added += m == DRIP_MOVED_FINDING_ADDED;
        s->findings_removed += m == DRIP_MOVED_FINDING_REMOVED;
        s->findings_changed += m == DRIP_MOVED_FINDING;
    }
}

static void count_encounter(drip_diff_sums *s, const dr_changes *all)
{
    bool both = all->refused[BEFORE] && all->refused[AFTER];
    s->encounters++;
    s->moved += all->moved;
    s->reworded += all->reworded;
    s->refused_both += both;
    s->refused_before += !both && all->refused[BEFORE];
    s->refused_after += !both && all->refused[AFTER];
    s->denied += !all->denied[BEFORE] && all->denied[AFTER];
    s->allowed += all->denied[BEFORE] && !all->denied[AFTER];
    s->unpriced_before += all->unpriced[BEFORE];
    s->unpriced_after += all->unpriced[AFTER];
}

/* A line that has another name now is gone under the old one. */
static drip_status add_names(drip_diff *d, const dr_change *c)
{
    const dr_num nothing = dr_num_int(0);
    dr_num fall = nothing, rise = c->amount.of[0];
    bool renamed = strcmp(c->name, c->old_name) != 0;
    dr_diff_group *g = NULL;
    if (renamed && (!dr_num_sub(nothing, c->lost, &fall) || !dr_num_add(rise, c->lost, &rise)))
        return DRIP_LIMIT;
    drip_status status = find_group(d, &d->names, c->name, NAMES_MAX, &g);
    if (status == DRIP_OK)
        status = count(d, g, rise, nothing);
    if (status == DRIP_OK && renamed)
        status = find_group(d, &d->names, c->old_name, NAMES_MAX, &g);
    if (status == DRIP_OK && renamed)
        status = count(d, g, fall, nothing);
    return status;
}

static drip_status add_changes(drip_diff *d, drip_session *const sessions[2], const dr_changes *all,
                               const drip_diff_case *which)
{
    const char *id = drip_session_encounter(sessions[all->refused[AFTER] ? BEFORE : AFTER]);
    drip_status status = DRIP_OK;
    for (uint32_t i = 0; i < all->n && status == DRIP_OK; i++) {
        const dr_change *c = &all->items[i];
        status = add_kind(d, c, all, which, id);
        if (status == DRIP_OK && c->moved <= DRIP_MOVED_LINE)
            status = add_names(d, c);
    }
    for (uint32_t i = 0; i < d->n_by && status == DRIP_OK && all->moved; i++)
        status = add_by(d, &d->by[i], sessions[BEFORE], all);
    return status;
}

/* One behind the other in the session's words. */
static bool amount_texts(const drip_diff *d, const dr_change *c, dr_buf *words, const char **texts)
{
    size_t starts[DR_DIFF_AMOUNTS_MAX];
    dr_buf_clear(words);
    for (uint32_t k = 0; k < d->n_amounts; k++) {
        starts[k] = words->len;
        dr_diff_amount_write(d, k, c->amount.of[k], words);
        dr_buf_char(words, '\0');
    }
    for (uint32_t k = 0; k < d->n_amounts && !words->failed; k++)
        texts[k] = words->data + starts[k];
    return !words->failed;
}

static drip_status tell_each(const drip_diff *d, drip_session *after, const dr_changes *all,
                             drip_change_fn each, void *context)
{
    static const char *const nothing[DR_DIFF_AMOUNTS_MAX] = {"", "", "", "", "", ""};
    const char *texts[DR_DIFF_AMOUNTS_MAX] = {"", "", "", "", "", ""};
    for (uint32_t i = 0; i < all->n; i++) {
        const dr_change *c = &all->items[i];
        bool finding = c->moved >= DRIP_MOVED_FINDING_ADDED && c->moved <= DRIP_MOVED_FINDING;
        if (!finding && !amount_texts(d, c, &after->words, texts))
            return DRIP_NO_MEMORY;
        const char *const *amounts = finding ? nothing : texts;
        each(context,
             &(drip_change){c->moved, c->what, c->name, c->from, c->to, c->was, c->now, amounts[0], amounts});
    }
    return DRIP_OK;
}

drip_status drip_diff_add(drip_diff *diff, drip_session *before, drip_session *after,
                          const drip_diff_case *which, drip_change_fn each, void *context)
{
    dr_changes all;
    drip_session *const sessions[2] = {before, after};
    if (diff == NULL || before == NULL || after == NULL || which == NULL ||
        before->program->p != diff->programs[BEFORE]->p || after->program->p != diff->programs[AFTER]->p)
        return DRIP_MISUSE;
    drip_status status = dr_diff_compare(diff, sessions, &all);
    if (status == DRIP_OK && each != NULL)
        status = tell_each(diff, after, &all, each, context);
    if (status != DRIP_OK)
        return status;
    pthread_mutex_lock(&diff->lock);
    diff->stamp++;
    count_encounter(&diff->sums, &all);
    count_changes(&diff->sums, &all);
    for (int side = BEFORE; side <= AFTER; side++)
        if (!dr_amounts_add(&diff->totals[side], &all.total[side], diff->n_amounts))
            status = DRIP_LIMIT;
    if (status == DRIP_OK)
        status = add_changes(diff, sessions, &all, which);
    pthread_mutex_unlock(&diff->lock);
    return status;
}
