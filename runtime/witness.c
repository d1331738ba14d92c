/* drip: witness.c, level 2b. Witnesses: the smallest encounters to which two programs answer differently.
 *
 * Nothing here knows what an event means. What the search works with comes from the two programs:
 *  - the form: the fields of the record that either declares, and the values of their types;
 *  - the points: clauses, parameters, table rows, enums and scripts that only one has, or that say something else
 *    (points.h). These are what witnesses are looked for: one a point;
 *  - the seeds: encounters of the scenarios written for the policies, and the record with which a scenario begins;
 *  - the shorthands of the scenarios' notation, as the vocabulary of what usually comes together in a record;
 *  - the grid: for words and booleans all values; for texts and numbers those of the seeds and of the points, for
 *    numbers their neighbours too, and one text that nobody names; for times the other times of the record, moved by
 *    each duration that stands in a parameter or a clause, and a minute and a second to both sides of it; for days those
 *    on which something comes into force or ends, and their eves.
 *
 * The search: all seeds as they are; then every encounter of one shorthand over the grid, of two, … up to --up-to,
 * as long as a third of the budget lasts (compose.c); then, for each point without a witness, the seeds that come
 * nearest to deciding by its clause are changed: each cell to each value of the grid, then by chance, several changes
 * at once. Nearest is measured by the tests of the clause's condition that hold (conds.h), most by rows for which
 * the two conditions disagree. What comes nearer is changed further. Chance is a generator that begins alike
 * each time: the same two programs and seeds give the same witnesses on every machine.
 *
 * To which point a difference belongs is looked up where the evaluations part (part.c): the first thing that came
 * out differently, and the clauses that decided it. What belongs to none is told by these clauses.
 *
 * Each witness is then shrunk (shrink.c) as long as the answers differ at the same point. Equal answers are: the same
 * lines with what is shown of them, the same findings by severity, code and what they are about, the same totals.
 * Messages, citations and deciding clauses are no part of that. An encounter that one program alone refuses differs. */
#include "witness.h"
#include "conds.h"
#include "json.h"
#include "result.h"
#include "why.h"

#include <string.h>

enum { POOL = 24, NEAREST = 4, USERS = 6, ROWS_ASKED = 16, HOLDS = 60, SHRINKING = 6000 };

/* ---- an attempt */

static dr_status evaluate_noting(dr_session *s, dr_looked *looked)
{
    looked->n = 0;
    looked->full = false;
    s->looked = looked;
    dr_status status = dr_evaluate(s);
    s->looked = NULL;
    return status;
}

static dr_status evaluate(dr_hunt *h, int which)
{
    dr_session *s = h->sessions[which];
    dr_session_reset(s);
    dr_status status = dr_read_encounter(s, h->json.data, h->json.len);
    if (status == DR_OK)
        status = evaluate_noting(s, &h->looked[which]);
    if (status == DR_OK)
        status = dr_outcome_make(s, &h->outcomes[which]);
    if (status == DR_NO_MEMORY)
        h->failed = status;
    dr_buf_clear(&h->answers[which]);
    if (status == DR_OK)
        dr_answer_write(s, &h->outcomes[which], &h->answers[which]);
    else
        dr_buf_text(&h->answers[which], "refused");
    return status;
}

/* False as well where both refuse. */
static bool differs(dr_hunt *h, const dr_draft *d)
{
    if (h->interrupt != NULL && __atomic_load_n(h->interrupt, __ATOMIC_RELAXED) != 0)
        h->failed = DR_INTERRUPTED;
    if (h->failed != DR_OK)
        return false;
    dr_buf_clear(&h->json);
    dr_draft_write(&h->form, d, &h->json);
    h->tried++;
    for (int i = 0; i < 2; i++)
        h->status[i] = evaluate(h, i);
    if (h->json.failed || h->answers[0].failed || h->answers[1].failed)
        h->failed = DR_NO_MEMORY;
    return h->failed == DR_OK && (h->status[0] == DR_OK || h->status[1] == DR_OK) &&
           (h->answers[0].len != h->answers[1].len ||
            (h->answers[0].len > 0 &&
             memcmp(h->answers[0].data, h->answers[1].data, h->answers[0].len) != 0));
}

/* ---- to which point it belongs */

/* The point of a rule that had something to say: answers may differ in words alone that a rule has for it. */
static uint32_t point_of_rules(const dr_hunt *h)
{
    for (int which = 0; which < 2; which++) {
        const dr_session *s = h->sessions[which];
        const dr_emitted *all[] = {s->findings, s->lines, s->marks};
        const uint32_t n[] = {s->n_findings, s->n_lines, s->n_marks};
        for (uint32_t k = 0; k < 3; k++)
            for (uint32_t i = 0; i < n[k]; i++) {
                uint32_t clauses[2] = {DR_NONE, DR_NONE};
                clauses[which] = s->program->rules[all[k][i].rule].clause;
                uint32_t point = dr_point_of(&h->points, clauses, h->looked);
                if (point != DR_NONE)
                    return point;
            }
    }
    return DR_NONE;
}

/* One alone refuses what is not in its days. */
static uint32_t point_of_days(const dr_hunt *h)
{
    for (uint32_t i = 0; i < h->points.n; i++)
        if (h->points.items[i].kind == DR_POINT_DAYS)
            return i;
    return DR_NONE;
}

static const char *parted_name(dr_hunt *h, const dr_parting *p)
{
    dr_buf text;
    dr_buf_init(&text, &h->arena.alloc, 4096);
    if (p->entity != NULL) {
        dr_buf_text(&text, p->entity);
        dr_buf_char(&text, '.');
    }
    dr_buf_text(&text, p->name != NULL ? p->name : "");
    const char *kept =
        text.failed ? NULL : dr_take_text(&h->scratch, text.data == NULL ? "" : text.data, text.len);
    dr_buf_free(&text);
    if (kept == NULL)
        h->failed = DR_NO_MEMORY;
    return kept == NULL ? "" : kept;
}

void dr_hunt_place(dr_hunt *h, dr_witness *as, dr_parting *p)
{
    const dr_parting nowhere = {
        NULL, NULL, {DR_NONE, DR_NONE}, {DR_NONE, DR_NONE}, {DR_NONE, DR_NONE}, {DR_NONE, DR_NONE}};
    *p = nowhere;
    bool both = h->status[0] == DR_OK && h->status[1] == DR_OK;
    bool parted = both && dr_part(&h->alike, h->sessions, p);
    *as = (dr_witness){.point = parted ? dr_point_of(&h->points, p->clause, h->looked) : DR_NONE};
    as->parted = both ? parted_name(h, p) : "refused by one of them";
    for (int i = 0; i < 2; i++) {
        as->clause[i] = p->clause[i];
        as->clauses[i] = p->clause[i] == DR_NONE ? "" : h->programs[i]->clauses[p->clause[i]].name;
    }
    if (as->point == DR_NONE)
        as->point = both ? point_of_rules(h) : point_of_days(h);
    if (as->point == DR_NONE && h->points.n == 1)
        as->point = 0;
    as->name = as->point != DR_NONE ? h->points.items[as->point].name : as->parted;
}

/* Where it stands among those that were found, or n_found. */
static uint32_t place_of(const dr_hunt *h, const dr_witness *as)
{
    uint32_t i = 0;
    for (; i < h->n_found; i++) {
        const dr_witness *w = &h->found[i];
        if (w->point == as->point && (as->point != DR_NONE || (strcmp(w->name, as->name) == 0 &&
                                                               strcmp(w->clauses[0], as->clauses[0]) == 0 &&
                                                               strcmp(w->clauses[1], as->clauses[1]) == 0)))
            break;
    }
    return i;
}

static bool make_room(dr_hunt *h)
{
    if (h->n_found < h->size_found)
        return true;
    dr_witness *grown = dr_grow(&h->arena, h->found, h->n_found, &h->size_found, sizeof *grown);
    h->found = grown != NULL ? grown : h->found;
    return grown != NULL;
}

void dr_hunt_keep(dr_hunt *h, const dr_draft *d, const dr_witness *as)
{
    uint32_t at = place_of(h, as);
    if (at < h->n_found && dr_draft_order(h, &h->found[at].draft, d) <= 0)
        return;
    const char *name = as->point != DR_NONE ? as->name
                       : at < h->n_found    ? h->found[at].name
                                            : dr_take_text(&h->arena, as->name, strlen(as->name));
    if (at == h->n_found && !make_room(h)) {
        h->failed = DR_NO_MEMORY;
        return;
    }
    h->n_found += at == h->n_found;
    dr_witness *w = &h->found[at];
    *w = *as;
    w->name = name;
    w->parted = dr_take_text(&h->arena, as->parted, strlen(as->parted));
    w->draft = dr_draft_copy(d, &h->arena);
    if (w->name == NULL || w->parted == NULL || w->draft.rows == NULL)
        h->failed = DR_NO_MEMORY;
}

bool dr_hunt_has(const dr_hunt *h, uint32_t point)
{
    for (uint32_t i = 0; i < h->n_found; i++)
        if (h->found[i].point == point)
            return true;
    return false;
}

/* ---- an attempt, and what it shows */

bool dr_hunt_try(dr_hunt *h, const dr_draft *d)
{
    if (!differs(h, d))
        return false;
    dr_witness as;
    dr_parting p;
    dr_hunt_place(h, &as, &p);
    dr_hunt_keep(h, d, &as);
    dr_hunt_look_behind(h, d, &as, &p);
    return true;
}

/* ---- how near an encounter comes to a point */

typedef struct asked {
    uint32_t held;
} asked;

static void count(void *context, uint32_t cond, bool truth)
{
    (void)cond;
    ((asked *)context)->held += truth;
}

static bool decides(const dr_session *s, uint32_t clause)
{
    const dr_clause *c = &s->program->clauses[clause];
    const dr_emitted *all[] = {s->lines, s->findings, s->marks};
    const uint32_t n[] = {s->n_lines, s->n_findings, s->n_marks};
    if (c->kind == DR_CLAUSE_VALUE || c->kind == DR_CLAUSE_ROW) {
        uint32_t column = s->program->slots[c->slot].clause_column;
        const uint16_t *by = column == DR_NONE ? NULL : s->clauses[column];
        for (uint32_t row = 0; by != NULL && row < s->n_rows[c->entity]; row++)
            if (by[row] == clause)
                return true;
        return false;
    }
    for (uint32_t k = 0; k < 3; k++)
        for (uint32_t i = 0; i < n[k]; i++)
            if (s->program->rules[all[k][i].rule].clause == clause)
                return true;
    return false;
}

/* Of one row: HOLDS where the condition holds, else a part of that by the tests that do. */
static uint32_t reach_row(dr_session *s, uint32_t clause, uint32_t row)
{
    const dr_clause *c = &s->program->clauses[clause];
    asked a = {0};
    bool truth = false;
    s->fuel = s->limits.fuel;
    if (row >= s->n_rows[c->entity] || !dr_clause_in_force(s, c) || !dr_clause_takes(s, c, row))
        return 0;
    if (dr_cond_ask(s, c->cond, row, count, &a, &truth) != DR_OK)
        return 0;
    return truth ? HOLDS : 1 + (a.held < HOLDS - 2 ? a.held : HOLDS - 2);
}

/* By the k-th clause that the point is a matter of, in each program. */
static uint32_t score_by(dr_hunt *h, const dr_point *p, uint32_t k)
{
    uint32_t best = 0;
    bool both = h->status[0] == DR_OK && h->status[1] == DR_OK && k < p->n_users[0] && k < p->n_users[1];
    for (int which = 0; which < 2; which++) {
        dr_session *s = h->sessions[which];
        if (h->status[which] != DR_OK || k >= p->n_users[which])
            continue;
        uint32_t clause = p->users[which][k], most = 0;
        uint32_t rows = s->n_rows[s->program->clauses[clause].entity];
        bool split = false;
        for (uint32_t row = 0; row < ROWS_ASKED && row < rows; row++) {
            uint32_t reached = reach_row(s, clause, row);
            most = reached > most ? reached : most;
            split =
                split || (both && which == 0 &&
                          (reached == HOLDS) != (reach_row(h->sessions[1], p->users[1][k], row) == HOLDS));
        }
        uint32_t score = (decides(s, clause) ? 100 : 0) + most + (split ? 200 : 0);
        best = score > best ? score : best;
    }
    return best;
}

static uint32_t score_of(dr_hunt *h, uint32_t at)
{
    const dr_point *p = &h->points.items[at];
    uint32_t best = 0;
    for (uint32_t k = 0; k < USERS; k++) {
        uint32_t score = score_by(h, p, k);
        best = score > best ? score : best;
    }
    return best;
}

/* ---- towards one point */

typedef struct pool {
    dr_draft items[POOL];
    uint32_t scores[POOL];
    uint32_t n;
} pool;

/* A seed stays where it is; what was made in an attempt is copied. */
static void add_to_pool(dr_hunt *h, pool *p, const dr_draft *d, uint32_t score, bool seed)
{
    uint32_t at = p->n;
    while (at > 0 && p->scores[at - 1] < score)
        at--;
    if (at == POOL)
        return;
    dr_draft copy = seed ? *d : dr_draft_copy(d, &h->arena);
    if (copy.rows == NULL) {
        h->failed = DR_NO_MEMORY;
        return;
    }
    p->n += p->n < POOL;
    for (uint32_t i = p->n - 1; i > at; i--) {
        p->items[i] = p->items[i - 1];
        p->scores[i] = p->scores[i - 1];
    }
    p->items[at] = copy;
    p->scores[at] = score;
}

static bool goes_on(const dr_hunt *h, uint32_t point, uint64_t end)
{
    return h->failed == DR_OK && h->tried < end && !dr_hunt_has(h, point);
}

/* Every cell of it at every value of the grid, and every cell left out. */
static void sweep(dr_hunt *h, pool *p, uint32_t of, uint32_t point, uint64_t end)
{
    const dr_draft from = p->items[of];
    uint32_t base = p->scores[of];
    for (uint32_t row = 0; row < from.n; row++)
        for (uint32_t i = 0; i < h->form.n && goes_on(h, point, end); i++) {
            const dr_form_field *field = &h->form.fields[i];
            if (!field->used || strcmp(field->list, from.rows[row].list) != 0)
                continue;
            bool there = dr_draft_cell_at(&from.rows[row], field->path) != NULL;
            uint32_t n = h->grid.fields[i].n;
            bool time = field->type.kind == DR_INSTANT;
            if (time)
                n = there ? 2 * h->grid.n_steps : 1;
            for (uint32_t v = 0; v <= n && goes_on(h, point, end); v++) {
                dr_arena_reset(&h->scratch);
                dr_draft d = dr_draft_like(&from, &h->scratch);
                if (d.rows == NULL) {
                    h->failed = DR_NO_MEMORY;
                    return;
                }
                const char *value = NULL;
                int64_t now = 0;
                int32_t offset = 0;
                bool has = false;
                dr_draft_cell *cell = dr_draft_cell_at(&d.rows[row], field->path);
                if (v < n && time && there && dr_draft_time(cell->value, &now, &has, &offset))
                    value = dr_draft_time_text(
                        &h->scratch, now + (v % 2 == 0 ? 1 : -1) * h->grid.steps[v / 2], has, offset);
                else if (v < n)
                    value = time ? dr_hunt_some_value(h, &d, field->list, field->path)
                                 : h->grid.fields[i].values[v];
                if (v < n && value == NULL)
                    continue;
                if (v == n && cell == NULL)
                    continue;
                if (v == n)
                    dr_draft_drop_cell(&d.rows[row], (uint32_t)(cell - d.rows[row].cells));
                else if (cell != NULL)
                    cell->value = value;
                else if (!dr_draft_add_cell(&d.rows[row], &h->scratch, field->path, value))
                    h->failed = DR_NO_MEMORY;
                (void)dr_hunt_try(h, &d);
                uint32_t score = score_of(h, point);
                if (score > base)
                    add_to_pool(h, p, &d, score, false);
            }
        }
}

static void by_chance(dr_hunt *h, pool *p, uint32_t point, uint64_t end)
{
    enum { AT_ONCE = 4 };
    while (goes_on(h, point, end) && p->n > 0) {
        uint64_t a = dr_hunt_random(h, p->n), b = dr_hunt_random(h, p->n);
        const dr_draft *from = &p->items[a < b ? a : b];
        dr_arena_reset(&h->scratch);
        dr_draft d = dr_draft_like(from, &h->scratch);
        for (uint64_t n = 1 + dr_hunt_random(h, AT_ONCE); d.rows != NULL && n > 0; n--)
            (void)dr_hunt_mutate(h, &d);
        if (d.rows == NULL) {
            h->failed = DR_NO_MEMORY;
            return;
        }
        (void)dr_hunt_try(h, &d);
        uint32_t score = score_of(h, point);
        bool read = h->status[0] == DR_OK && h->status[1] == DR_OK;
        if (read && (p->n < POOL / 2 || score > p->scores[p->n - 1] ||
                     (score == p->scores[0] && dr_hunt_random(h, 16) == 0)))
            add_to_pool(h, p, &d, score, false);
    }
}

static void towards(dr_hunt *h, uint32_t point, pool *p, uint64_t end)
{
    for (uint32_t i = 0, top = 0; i < p->n && goes_on(h, point, end); i++) {
        top = p->scores[0];
        sweep(h, p, i, point, end);
        if (p->scores[0] > top)
            i = (uint32_t)-1; /* something nearer came to the front */
    }
    by_chance(h, p, point, end);
}

/* ---- all of it */

typedef struct nearest { /* of the seeds, to one clause */
    uint32_t seeds[NEAREST], scores[NEAREST], cells[NEAREST], n;
} nearest;

static void note_seed(nearest *near, uint32_t seed, uint32_t score, uint32_t cells)
{
    uint32_t at = near->n;
    while (at > 0 &&
           (near->scores[at - 1] < score || (near->scores[at - 1] == score && near->cells[at - 1] > cells)))
        at--;
    if (at == NEAREST || score == 0)
        return;
    near->n += near->n < NEAREST;
    for (uint32_t i = near->n - 1; i > at; i--) {
        near->seeds[i] = near->seeds[i - 1];
        near->scores[i] = near->scores[i - 1];
        near->cells[i] = near->cells[i - 1];
    }
    near->seeds[at] = seed;
    near->scores[at] = score;
    near->cells[at] = cells;
}

/* The seeds as they are, and how near each comes to each clause of each point: USERS of them a point. */
static void try_seeds(dr_hunt *h, nearest *near)
{
    for (uint32_t i = 0; i < h->n_seeds && h->failed == DR_OK && h->tried < h->budget; i++) {
        dr_arena_reset(&h->scratch);
        (void)dr_hunt_try(h, &h->seeds[i]);
        for (uint32_t k = 0; k < h->points.n && h->failed == DR_OK; k++)
            for (uint32_t user = 0; user < USERS && !dr_hunt_has(h, k); user++)
                note_seed(&near[k * USERS + user], i, score_by(h, &h->points.items[k], user),
                          dr_draft_cells(&h->seeds[i]));
    }
}

static void fill_pool(dr_hunt *h, const nearest *near, pool *p)
{
    p->n = 0;
    for (uint32_t user = 0; user < USERS; user++)
        for (uint32_t i = 0; i < near[user].n; i++)
            add_to_pool(h, p, &h->seeds[near[user].seeds[i]], near[user].scores[i], true);
    if (p->n == 0 && h->has_defaults)
        add_to_pool(h, p, &h->defaults, 0, true);
}

static uint32_t without_witness(const dr_hunt *h)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < h->points.n; i++)
        n += !dr_hunt_has(h, i);
    return n;
}

static void finish(dr_hunt *h)
{
    uint64_t tried = h->tried;
    for (uint32_t i = 0; i < h->n_found && h->failed == DR_OK; i++) {
        h->budget = h->tried + SHRINKING;
        h->shrinking = h->found[i].point;
        dr_hunt_shrink(h, &h->found[i]);
        dr_arena_reset(&h->scratch);
        if (!differs(h, &h->found[i].draft))
            continue;
        if (!dr_witness_tell(h, &h->found[i]))
            h->failed = DR_NO_MEMORY;
    }
    h->tried = tried;
}

dr_status dr_hunt_run(dr_hunt *h)
{
    nearest *near = dr_take_zero(&h->arena, ((size_t)h->points.n + 1) * USERS, sizeof *near);
    pool p;
    if (near == NULL || !dr_grid_make(h))
        return DR_NO_MEMORY;
    try_seeds(h, near);
    if (without_witness(h) > 0 || h->points.n == 0)
        dr_hunt_compose(h);
    uint32_t left = without_witness(h);
    for (uint32_t i = 0; i < h->points.n && h->failed == DR_OK; i++) {
        if (dr_hunt_has(h, i))
            continue;
        uint64_t share = h->budget > h->tried ? (h->budget - h->tried) / left : 0;
        fill_pool(h, &near[i * USERS], &p);
        towards(h, i, &p, h->tried + share);
        left -= left > 1;
    }
    finish(h);
    return h->failed;
}

bool dr_hunt_open(dr_hunt *h, const dr_program *const programs[2], dr_session *const sessions[2],
                  const dr_alloc *alloc)
{
    const uint64_t beginning = 0x9E3779B97F4A7C15u;
    memset(h, 0, sizeof *h);
    dr_arena_init(&h->arena, alloc, (size_t)1 << 16, (size_t)1 << 30);
    dr_arena_init(&h->scratch, alloc, (size_t)1 << 16, (size_t)1 << 26);
    dr_buf_init(&h->json, alloc, (size_t)1 << 24);
    h->random = beginning;
    h->shrinking = DR_NONE;
    for (int i = 0; i < 2; i++) {
        h->programs[i] = programs[i];
        h->sessions[i] = sessions[i];
        dr_buf_init(&h->answers[i], alloc, (size_t)1 << 24);
        if (!dr_form_add(&h->form, &h->arena, programs[i]))
            return false;
    }
    for (int i = 1; i >= 0 && !h->has_defaults; i--)
        h->has_defaults =
            programs[i]->defaults != NULL && dr_draft_read(&h->form, &h->arena, programs[i]->defaults,
                                                           programs[i]->defaults_len, &h->defaults);
    for (int i = 0; i < 2; i++)
        for (uint32_t k = 0; k < programs[i]->n_cases; k++)
            if (!dr_hunt_seed(h, programs[i]->cases[k].json, programs[i]->cases[k].len))
                return false;
    if (h->has_defaults && !dr_hunt_seed(h, programs[programs[1]->defaults != NULL]->defaults,
                                         programs[programs[1]->defaults != NULL]->defaults_len))
        return false;
    return dr_points_find(h->programs, &h->arena, &h->points) &&
           dr_alike_make(h->programs, &h->arena, &h->alike);
}

bool dr_hunt_seed(dr_hunt *h, const char *json, size_t len)
{
    dr_draft d;
    if (h->n_seeds == h->size_seeds) {
        dr_draft *grown = dr_grow(&h->arena, h->seeds, h->n_seeds, &h->size_seeds, sizeof *grown);
        if (grown == NULL)
            return false;
        h->seeds = grown;
    }
    if (dr_draft_read(&h->form, &h->arena, json, len, &d))
        h->seeds[h->n_seeds++] = d;
    return !h->arena.failed;
}

void dr_hunt_close(dr_hunt *h)
{
    for (int i = 0; i < 2; i++)
        dr_buf_free(&h->answers[i]);
    dr_buf_free(&h->json);
    dr_arena_free(&h->scratch);
    dr_arena_free(&h->arena);
}
