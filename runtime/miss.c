/* drip: miss.c, level 2b. The nearest miss, found by trying: the record is changed a little, evaluated, and
 * looked at for the line that was missed. So what is suggested is not guessed from the rules, it has been seen
 * to work, whatever the rules are.
 *
 * Tried are, each on its own: every time moved earlier and later, by 1, 2, 4 … minutes and then back to the
 * least that does it; every word, number and yes or no that a rule reads, charted otherwise or charted at all;
 * an entry more, like one that is there, with another word and time; an entry less. If nothing alone does it,
 * two changes together. The cheapest is told first; the costs say what a reader would call a smaller change. */
#include "miss.h"
#include "marks.h"
#include "result.h"
#include "vm.h"

#include <string.h>

enum {
    COST_TIME = 100,   /* and 10 for each minute */
    COST_CHART = 150,  /* what was not charted */
    COST_ADD = 250,    /* and 1 for each minute */
    COST_CHANGE = 400, /* of what was charted */
    COST_RECORD = 320, /* what was not charted of the visit as a whole; or more, of what was */
    COST_REMOVE = 600,
    COST_LOST = 150, /* each line that would be gone */
    COST_MORE = 75,  /* each that would come besides, and each finding */
    MOVES = 12,      /* up to 2^11 minutes */
    MINUTE = 60,
    LINES = 64,    /* of the answer, compared for what would be gone */
    READING = 300, /* steps that reading an encounter counts for */
    POOL = 160,    /* single changes that are tried in pairs */
    TEXTS = 12     /* other texts of the record tried for one field */
};

typedef struct finder {
    dr_session *s;
    dr_arena *arena;
    const char *json, *name;
    size_t len;
    uint64_t fuel;
    const volatile int *interrupt;
    dr_misses *out;
    uint32_t hash, hash_now; /* of the answer last seen, and of the one to the record as it is */
    const char *lines_now[LINES];
    uint32_t n_lines_now;
    const char *findings_now[LINES]; /* the program's own texts */
    uint32_t n_findings_now;
    dr_edit *pool;
    uint32_t *pool_costs, n_pool;
    dr_status status;
} finder;

/* ---- one attempt */

static const char *name_of(const dr_session *s, const dr_out_line *l)
{
    uint32_t field = dr_field_of(s->program, DR_ROLE_NAME);
    int64_t cell = field != DR_NONE ? l->cells[field] : DR_MISSING;
    return cell == DR_MISSING ? "" : dr_sym_text(&s->syms, cell)->bytes;
}

static void put_suffixes(dr_session *s, dr_type type, const dr_set *set, dr_buf *out)
{
    const dr_member *texts = dr_ordered(s, &s->arena, type.member, type.of, set);
    for (uint32_t i = 0; texts != NULL && i < set->count; i++) {
        dr_buf_char(out, '-');
        dr_buf_plain(out, texts[i].bytes, texts[i].len);
    }
}

/* the name, with its suffixes behind it */
static void put_name(dr_session *s, const dr_out_line *l, dr_buf *out)
{
    const dr_program *p = s->program;
    dr_buf_plain(out, name_of(s, l), strlen(name_of(s, l)));
    for (uint32_t k = 0; k < p->n_fields; k++)
        if (p->fields[k].role == DR_ROLE_SUFFIX && l->cells[k] != DR_MISSING)
            put_suffixes(s, p->slots[p->fields[k].slot].type, dr_ptr(l->cells[k]), out);
}

bool dr_line_called(dr_session *s, const dr_out_line *l, const char *name)
{
    if (strcmp(name_of(s, l), name) == 0)
        return true;
    if (strchr(name, '-') == NULL)
        return false;
    dr_buf whole;
    dr_buf_init(&whole, &s->alloc, 4096);
    put_name(s, l, &whole);
    bool same = whole.data != NULL && !whole.failed && strcmp(whole.data, name) == 0;
    dr_buf_free(&whole);
    return same;
}

static dr_status evaluate(finder *f, const dr_edit *edits, uint32_t n, dr_outcome *outcome)
{
    dr_session *s = f->s;
    dr_session_reset(s);
    dr_status status = dr_read_encounter(s, f->json, f->len);
    for (uint32_t i = 0; i < n && status == DR_OK; i++)
        status = dr_edit_apply(s, &edits[i]);
    if (status == DR_OK)
        status = dr_evaluate(s);
    if (status == DR_OK)
        status = dr_outcome_make(s, outcome);
    uint64_t used = s->limits.fuel - s->fuel + READING;
    f->fuel -= used < f->fuel ? used : f->fuel;
    f->out->tried++;
    return status;
}

static uint32_t hash_text(uint32_t hash, const char *text)
{
    for (; *text != '\0'; text++)
        hash = (hash ^ (unsigned char)*text) * 16777619u;
    return hash;
}

/* So that changes which change nothing can be told apart. */
static uint32_t hash_of(const dr_session *s, const dr_outcome *outcome)
{
    uint32_t hash = 2166136261u;
    for (uint32_t i = 0; i < outcome->n_lines; i++)
        for (uint32_t k = 0; k < outcome->lines[i].n_sources; k++)
            hash = hash_text(hash, name_of(s, &outcome->lines[i]));
    for (uint32_t i = 0; i < outcome->n_findings; i++)
        hash = hash_text(hash, outcome->findings[i].code);
    return hash;
}

static bool has_line(const dr_session *s, const dr_outcome *outcome, const char *name)
{
    for (uint32_t i = 0; i < outcome->n_lines; i++)
        if (strcmp(name_of(s, &outcome->lines[i]), name) == 0)
            return true;
    return false;
}

/* What else would be different: a small change of the record that turns the whole bill over is no small one. */
static uint32_t upheaval(const finder *f, const dr_outcome *outcome)
{
    uint32_t cost = 0;
    for (uint32_t i = 0; i < f->n_lines_now; i++)
        cost += has_line(f->s, outcome, f->lines_now[i]) ? 0 : COST_LOST;
    for (uint32_t i = 0; i < outcome->n_lines; i++) {
        const char *name = name_of(f->s, &outcome->lines[i]);
        bool before = dr_line_called(f->s, &outcome->lines[i], f->name);
        for (uint32_t k = 0; k < f->n_lines_now && !before; k++)
            before = strcmp(f->lines_now[k], name) == 0;
        cost += before ? 0 : COST_MORE;
    }
    for (uint32_t i = 0; i < outcome->n_findings; i++) {
        bool before = strcmp(outcome->findings[i].code, f->name) == 0;
        for (uint32_t k = 0; k < f->n_findings_now && !before; k++)
            before = strcmp(f->findings_now[k], outcome->findings[i].code) == 0;
        cost += before ? 0 : COST_MORE;
    }
    return cost;
}

static void note_answer(finder *f, const dr_outcome *outcome)
{
    for (uint32_t i = 0; i < outcome->n_findings && i < LINES; i++)
        f->findings_now[f->n_findings_now++] = outcome->findings[i].code;
    for (uint32_t i = 0; i < outcome->n_lines && i < LINES; i++) {
        const char *name = name_of(f->s, &outcome->lines[i]);
        f->lines_now[f->n_lines_now] = dr_take_text(f->arena, name, strlen(name));
        f->n_lines_now += f->lines_now[f->n_lines_now] != NULL;
    }
}

/* What made the line or finding that is looked for; NULL: it is not there. */
static const dr_emitted *emitted(const finder *f, const dr_outcome *outcome)
{
    for (uint32_t i = 0; i < outcome->n_lines; i++)
        if (outcome->lines[i].n_sources > 0 && dr_line_called(f->s, &outcome->lines[i], f->name)) {
            const dr_emitted *mark = dr_mark_giving(f->s, outcome->lines[i].sources[0], f->name);
            return mark != NULL ? mark : &f->s->lines[outcome->lines[i].sources[0]];
        }
    for (uint32_t i = 0; i < outcome->n_findings; i++)
        if (outcome->findings[i].source != DR_NONE && strcmp(outcome->findings[i].code, f->name) == 0)
            return &f->s->findings[outcome->findings[i].source];
    return NULL;
}

/* Is the line there with these changes? Then `miss` says by which rule. */
static bool does_it(finder *f, const dr_edit *edits, uint32_t n, dr_miss *miss)
{
    dr_outcome outcome;
    if (f->fuel == 0) {
        f->out->all_tried = false;
        return false;
    }
    if (__atomic_load_n(f->interrupt, __ATOMIC_RELAXED) != 0)
        f->status = DR_INTERRUPTED;
    dr_status status = f->status == DR_OK ? evaluate(f, edits, n, &outcome) : f->status;
    if (status == DR_NO_MEMORY || status == DR_INTERRUPTED)
        f->status = status;
    f->hash = status == DR_OK ? hash_of(f->s, &outcome) : f->hash_now;
    if (status == DR_OK && n == 0)
        note_answer(f, &outcome);
    const dr_emitted *from = status == DR_OK ? emitted(f, &outcome) : NULL;
    if (from == NULL)
        return false;
    dr_buf answer;
    dr_buf_init(&answer, &f->s->alloc, 4096);
    dr_tell_lines(f->s, &outcome, &answer);
    for (uint32_t k = 0; k < n; k++)
        miss->edits[k] = edits[k];
    miss->n_edits = n;
    miss->upheaval = upheaval(f, &outcome);
    miss->rule = from->rule;
    miss->row = from->row;
    miss->answer = dr_take_text(f->arena, answer.data != NULL ? answer.data : "", answer.len);
    dr_buf_free(&answer);
    return miss->answer != NULL;
}

/* The record as it is, for choosing what to try. */
static bool look_at_record(finder *f)
{
    dr_session_reset(f->s);
    return f->status == DR_OK && dr_read_encounter(f->s, f->json, f->len) == DR_OK;
}

/* ---- what was found */

/* Of one sort are changes of the same field or list. */
static bool same_sort(const dr_miss *a, const dr_miss *b)
{
    const dr_edit *x = &a->edits[0], *y = &b->edits[0];
    return a->n_edits == b->n_edits && x->kind == y->kind && x->entity == y->entity &&
           (x->kind == DR_EDIT_REMOVE || x->at[0].slot == y->at[0].slot);
}

/* Of two equal changes of time, that of the later event: a stop rather than a start. */
static bool later(finder *f, const dr_miss *a, const dr_miss *b)
{
    const dr_edit *x = &a->edits[0], *y = &b->edits[0];
    if (x->kind != DR_EDIT_SET || f->s->program->slots[x->at[0].slot].type.kind != DR_INSTANT ||
        !look_at_record(f))
        return false;
    return dr_edit_cell(f->s, x->at[0].slot, x->row) >= dr_edit_cell(f->s, y->at[0].slot, y->row);
}

static void insert(dr_misses *out, uint32_t at, const dr_miss *miss)
{
    if (out->n < DR_MISSES_MAX)
        out->n++;
    for (uint32_t i = out->n - 1; i > at; i--)
        out->items[i] = out->items[i - 1];
    out->items[at] = *miss;
}

static void keep(finder *f, const dr_miss *found, uint32_t cost)
{
    dr_misses *out = f->out;
    dr_miss costed = *found, *miss = &costed;
    costed.cost = cost + found->upheaval;
    for (uint32_t i = 0; i < out->n; i++) {
        if (!same_sort(&out->items[i], miss))
            continue;
        if (out->items[i].cost < miss->cost ||
            (out->items[i].cost == miss->cost && !later(f, miss, &out->items[i])))
            return;
        for (uint32_t k = i + 1; k < out->n; k++)
            out->items[k - 1] = out->items[k];
        out->n--;
        break;
    }
    uint32_t at = out->n;
    while (at > 0 && out->items[at - 1].cost > miss->cost)
        at--;
    if (at < DR_MISSES_MAX)
        insert(out, at, miss);
}

static void try_one(finder *f, const dr_edit *edit, uint32_t cost)
{
    dr_miss miss = {0};
    if (does_it(f, edit, 1, &miss))
        keep(f, &miss, cost);
    else if (f->n_pool < POOL && f->hash != f->hash_now) {
        f->pool[f->n_pool] = *edit;
        f->pool_costs[f->n_pool++] = cost;
    }
}

/* ---- times */

/* The value of edit->at[which] moved away from `from`, in doubling steps, and then as little as will do. */
static bool move(finder *f, dr_edit *edit, uint32_t which, int64_t from, int64_t way, dr_miss *miss)
{
    int64_t under = 0, over = 0;
    for (uint32_t i = 0; i < MOVES && over == 0 && f->status == DR_OK; i++) {
        int64_t step = (int64_t)1 << i;
        edit->at[which].value = from + way * step * MINUTE;
        if (does_it(f, edit, 1, miss))
            over = step;
        else
            under = step;
    }
    while (over - under > 1) {
        int64_t middle = under + (over - under) / 2;
        dr_miss closer = *miss;
        edit->at[which].value = from + way * middle * MINUTE;
        if (does_it(f, edit, 1, &closer)) {
            *miss = closer;
            over = middle;
        } else {
            under = middle;
        }
    }
    if (over > 0)
        edit->at[which].value = from + way * over * MINUTE;
    return over > 0;
}

static int64_t minutes_apart(int64_t a, int64_t b)
{
    return (a > b ? a - b : b - a) / MINUTE;
}

static void try_times(finder *f, uint16_t entity, uint32_t slot, uint32_t row, int64_t now)
{
    for (int64_t way = 1; way >= -1; way -= 2) {
        dr_edit edit = {.kind = DR_EDIT_SET, .entity = entity, .row = row, .n = 1, .at = {{slot, now}}};
        dr_miss miss = {0};
        if (!move(f, &edit, 0, now, way, &miss))
            continue;
        keep(f, &miss, COST_TIME + 10 * (uint32_t)minutes_apart(edit.at[0].value, now));
    }
}

/* ---- other values */

static uint32_t cost_of(const finder *f, uint16_t entity, int64_t now)
{
    bool record = f->s->program->entities[entity].kind == DR_ROOT;
    if (now == DR_MISSING)
        return record ? COST_RECORD : COST_CHART;
    return record ? COST_RECORD + COST_CHART : COST_CHANGE;
}

/* Texts that stand in this field elsewhere, and in other fields of its name: the ids of other rows, say. */
static uint32_t other_texts(const finder *f, uint32_t slot, int64_t now, int64_t *texts)
{
    const dr_session *s = f->s;
    const dr_program *p = s->program;
    uint32_t n = 0;
    for (uint32_t i = 0; i < p->n_slots; i++) {
        if (!dr_edit_can(s, i) || p->slots[i].type.kind != DR_TEXT ||
            (i != slot && strcmp(p->slots[i].name, p->slots[slot].name) != 0))
            continue;
        for (uint32_t row = 0; row < s->n_rows[p->slots[i].entity] && n < TEXTS; row++) {
            int64_t text = dr_edit_cell(s, i, row);
            bool there = text == DR_MISSING || text == now;
            for (uint32_t k = 0; k < n && !there; k++)
                there = texts[k] == text;
            if (!there)
                texts[n++] = text;
        }
    }
    return n;
}

static uint32_t other_values(const finder *f, uint32_t slot, int64_t now, int64_t *values)
{
    const dr_type type = f->s->program->slots[slot].type;
    uint32_t n = 0;
    if (type.kind == DR_TEXT)
        return other_texts(f, slot, now, values);
    if (type.kind == DR_INT) {
        for (int64_t by = -1; by <= 1; by += 2)
            values[n++] = now == DR_MISSING ? (by + 3) / 2 : now + by;
        return n;
    }
    if (type.kind != DR_ENUM && type.kind != DR_BOOL)
        return 0;
    int64_t count = type.kind == DR_BOOL ? 2 : f->s->program->enums[type.of].count;
    for (int64_t v = count - 1; v >= 0; v--) /* yes before no */
        if (v != now)
            values[n++] = v;
    return n;
}

static void try_cell(finder *f, uint16_t entity, uint32_t slot, uint32_t row)
{
    int64_t values[64], now = dr_edit_cell(f->s, slot, row);
    const dr_type type = f->s->program->slots[slot].type;
    if (type.kind == DR_INSTANT && now != DR_MISSING) {
        try_times(f, entity, slot, row, now);
        return;
    }
    uint32_t n = other_values(f, slot, now, values);
    if (type.optional && now != DR_MISSING)
        values[n++] = DR_MISSING;
    for (uint32_t i = 0; i < n && f->status == DR_OK; i++) {
        dr_edit edit = {.kind = DR_EDIT_SET, .entity = entity, .row = row, .n = 1, .at = {{slot, values[i]}}};
        try_one(f, &edit, cost_of(f, entity, now));
    }
}

/* ---- more entries, and fewer */

/* The instant and the word that each entry of this list must have. */
static bool key_slots(const dr_session *s, const dr_entity *e, uint32_t *word, uint32_t *at)
{
    *word = *at = DR_NONE;
    for (uint32_t i = e->first_slot; i < e->first_slot + e->n_fields; i++) {
        const dr_type type = s->program->slots[i].type;
        if (!dr_edit_can(s, i) || type.optional)
            continue;
        if (type.kind == DR_ENUM && *word == DR_NONE)
            *word = i;
        if (type.kind == DR_INSTANT && *at == DR_NONE)
            *at = i;
    }
    return *word != DR_NONE && *at != DR_NONE;
}

/* Leaves out of the new entry what it does not need. */
static void trim(finder *f, dr_miss *miss)
{
    for (uint32_t field = 0; field < 64; field++) {
        dr_miss less = *miss;
        if ((miss->edits[0].keep >> field & 1) == 0)
            continue;
        dr_edit edit = miss->edits[0];
        edit.keep &= ~((uint64_t)1 << field);
        if (does_it(f, &edit, 1, &less))
            *miss = less;
    }
}

/* What can be written again in a new entry. */
static uint64_t kept_fields(const dr_session *s, const dr_entity *e)
{
    uint64_t keep = 0;
    for (uint32_t i = e->first_slot; i < e->first_slot + e->n_fields; i++)
        if (dr_edit_can(s, i) && s->program->slots[i].field < 64)
            keep |= (uint64_t)1 << s->program->slots[i].field;
    return keep;
}

static void try_adding(finder *f, uint16_t entity, uint32_t row, uint32_t word, uint32_t at)
{
    const dr_program *p = f->s->program;
    uint64_t keep_all = kept_fields(f->s, &p->entities[entity]);
    int64_t own = dr_edit_cell(f->s, word, row), from = dr_edit_cell(f->s, at, row);
    for (int64_t v = 0; v < p->enums[p->slots[word].type.of].count && f->status == DR_OK; v++) {
        dr_edit edit = {.kind = DR_EDIT_ADD, .entity = entity, .row = row, .keep = keep_all, .n = 2};
        dr_miss miss = {0};
        edit.at[0].slot = word;
        edit.at[0].value = v;
        edit.at[1].slot = at;
        edit.at[1].value = from + MINUTE;
        if (v == own || !move(f, &edit, 1, from, 1, &miss))
            continue;
        trim(f, &miss);
        keep(f, &miss, COST_ADD + (uint32_t)minutes_apart(miss.edits[0].at[1].value, from));
    }
}

static void try_entity(finder *f, uint16_t entity)
{
    const dr_entity *e = &f->s->program->entities[entity];
    uint32_t word = DR_NONE, at = DR_NONE;
    if ((e->kind != DR_INPUT && e->kind != DR_ROOT) || !look_at_record(f))
        return;
    uint32_t rows = f->s->n_rows[entity];
    bool keyed = key_slots(f->s, e, &word, &at);
    for (uint32_t row = 0; row < rows && f->fuel > 0 && f->status == DR_OK; row++) {
        for (uint32_t i = e->first_slot; i < e->first_slot + e->n_fields && look_at_record(f); i++)
            if (dr_edit_can(f->s, i))
                try_cell(f, entity, i, row);
        if (keyed && look_at_record(f))
            try_adding(f, entity, row, word, at);
        dr_edit without = {.kind = DR_EDIT_REMOVE, .entity = entity, .row = row};
        if (e->kind == DR_INPUT)
            try_one(f, &without, COST_REMOVE);
    }
}

/* ---- two together */

static bool collide(const dr_edit *a, const dr_edit *b)
{
    if (a->entity != b->entity)
        return false;
    if (a->kind != DR_EDIT_SET || b->kind != DR_EDIT_SET)
        return true; /* rows would move */
    return a->row == b->row && a->at[0].slot == b->at[0].slot;
}

static void try_pairs(finder *f)
{
    for (uint32_t i = 0; i < f->n_pool && f->fuel > 0; i++)
        for (uint32_t k = i + 1; k < f->n_pool && f->fuel > 0 && f->status == DR_OK; k++) {
            const dr_edit both[DR_MISS_EDITS] = {f->pool[i], f->pool[k]};
            dr_miss miss = {0};
            uint32_t cost = f->pool_costs[i] + f->pool_costs[k];
            bool dearer = f->out->n == DR_MISSES_MAX && cost >= f->out->items[DR_MISSES_MAX - 1].cost;
            if (!dearer && !collide(&both[0], &both[1]) && does_it(f, both, 2, &miss))
                keep(f, &miss, cost);
        }
}

dr_status dr_miss_search(dr_session *s, dr_arena *arena, const char *json, size_t len, const char *name,
                         uint64_t fuel, const volatile int *interrupt, dr_misses *out)
{
    finder f = {.s = s,
                .arena = arena,
                .json = json,
                .name = name,
                .len = len,
                .fuel = fuel,
                .interrupt = interrupt,
                .out = out};
    *out = (dr_misses){.all_tried = true};
    f.pool = dr_take(arena, POOL * sizeof *f.pool);
    f.pool_costs = dr_take(arena, POOL * sizeof *f.pool_costs);
    if (f.pool == NULL || f.pool_costs == NULL)
        return DR_NO_MEMORY;
    dr_miss now = {0};
    if (does_it(&f, NULL, 0, &now))
        return DR_OK; /* it is there */
    f.hash_now = f.hash;
    for (uint32_t i = 0; i < s->program->n_entities && f.status == DR_OK; i++)
        try_entity(&f, (uint16_t)i);
    if (out->n == 0)
        try_pairs(&f);
    (void)look_at_record(&f); /* what was found is told of the record as it is */
    return f.status;
}

void dr_tell_lines(dr_session *s, const dr_outcome *outcome, dr_buf *out)
{
    const dr_program *p = s->program;
    if (outcome->n_lines == 0)
        dr_buf_text(out, "nothing");
    for (uint32_t i = 0; i < outcome->n_lines; i++) {
        const dr_out_line *l = &outcome->lines[i];
        dr_buf_text(out, i == 0 ? "" : ", ");
        put_name(s, l, out);
        for (uint32_t k = 0; k < p->n_fields; k++)
            if (p->fields[k].role == DR_ROLE_COUNT) {
                dr_buf_text(out, " x");
                dr_buf_int(out, l->cells[k]);
            }
    }
}
