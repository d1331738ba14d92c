/* drip: read.c, level 2b. One JSON encounter straight into rows, as the program's shapes say.
 *
 * An object of a shape is one pass over its keys. Each is first compared with the key that followed the
 * last one last time, then looked up; its value is read by its type into the row's cell. What no shape
 * declares is checked and skipped. An error of meaning (a wrong type, an unknown name) is put on
 * record and its value skipped, so that the encounter's id can still be found for the message, and the policy
 * that it asks for; an error of syntax or a limit ends the reading. */
#include <stdio.h>

#include "order.h"
#include "read_plan.h"

/* ---- keys ---- */

bool dr_read_format(dr_reader *r, dr_slice text)
{
    const char *wanted = r->s->program->format_in;
    if (text.len == strlen(wanted) && memcmp(text.bytes, wanted, text.len) == 0)
        return true;
    dr_wrong(r, "\"format\" must be \"%s\"", wanted);
    return false;
}

static bool meets_format(dr_reader *r)
{
    dr_json *j = &r->json;
    dr_slice text;
    if (dr_json_peek(j) == 'n')
        return true;
    if (dr_json_peek(j) != '"')
        return dr_wrong_type(r, "text as \"format\"") == DR_GOT_VALUE;
    const char *before = j->at;
    if (!dr_json_string(j, &text))
        return false;
    j->at = before;
    return dr_read_format(r, text);
}

/* An error of meaning ends the reading only when the id and the policy asked for are known. */
static bool goes_on(const dr_reader *r)
{
    return r->json.status == DR_OK && !(r->bad && r->id_known && r->policy_known);
}

static bool pass_undeclared(dr_reader *r, const dr_keys *keys, dr_slice name)
{
    bool is_format = keys->shape == r->plan->shapes && name.len == 6 && memcmp(name.bytes, "format", 6) == 0;
    if (is_format && r->s->program->format_in != NULL) {
        if (!meets_format(r) && !goes_on(r))
            return false;
    } else if (r->s->names_undeclared && !dr_note_undeclared(r, name)) {
        return false;
    }
    return dr_json_name_add(&r->json, keys->first_name, name) && dr_json_skip(&r->json);
}

bool dr_open_keys(dr_reader *r, dr_keys *keys, dr_plan_shape *shape)
{
    *keys = (dr_keys){.shape = shape, .guess = &shape->first, .first_name = r->json.n_names, .before = '{'};
    if (!dr_json_enter(&r->json))
        return false;
    r->json.at--; /* the bracket stands before the first key as a comma before the others */
    return true;
}

/* Over the bracket or comma, to the next key's quote; 0 when the object is closed. */
static int to_key(dr_json *j, dr_keys *keys)
{
    bool first = keys->before == '{', comma = false;
    keys->before = ',';
    if (dr_json_interrupted(j))
        return -1;
    j->at += first;
    char c = dr_json_next(j);
    if (!first && c == ',') {
        comma = true;
        j->at++;
        c = dr_json_next(j);
    }
    if (c == '"' && (first || comma))
        return 1;
    if (c == '}' && !comma) {
        j->at++;
        j->depth--;
        return j->n_names == keys->first_name || dr_json_names_close(j, keys->first_name) ? 0 : -1;
    }
    dr_json_fail_end(j);
    return -1;
}

/* The name's key, NULL for one that nobody declares. */
static dr_plan_key *look_up(dr_keys *keys, dr_slice name)
{
    int32_t found = dr_words_find(&keys->shape->words, name.bytes, name.len);
    if (found < 0)
        return NULL;
    dr_plan_key *key = &keys->shape->keys[found];
    *keys->guess = key;
    keys->guess = &key->next;
    return key;
}

int dr_find_key(dr_reader *r, dr_keys *keys, const dr_plan_key **found)
{
    dr_json *j = &r->json;
    for (;;) {
        dr_slice name = {NULL, 0};
        int next = to_key(j, keys);
        if (next <= 0)
            return next;
        if (!dr_json_string(j, &name))
            return -1;
        if (dr_json_next(j) != ':') {
            dr_json_fail_end(j);
            return -1;
        }
        j->at++;
        dr_json_next(j);
        dr_plan_key *key = look_up(keys, name);
        if (key == NULL) {
            if (!pass_undeclared(r, keys, name))
                return -1;
            continue;
        }
        if ((keys->met & key->bit) != 0) {
            dr_json_fail(j, j->at, "a key stands twice in one object");
            return -1;
        }
        keys->met |= key->bit;
        *found = key;
        return 1;
    }
}

/* ---- rows and objects ---- */

bool dr_read_row(dr_reader *r, dr_table *t, uint32_t *row)
{
    dr_json *j = &r->json;
    if (t->n_rows >= r->s->limits.rows) {
        dr_json_fail(j, j->at, "more rows than one encounter may have");
        j->status = DR_LIMIT;
        r->s->limit = DR_LIMIT_ROWS;
        return false;
    }
    if (t->n_rows == t->size) {
        uint32_t size = t->size * 2;
        size_t cells = 0, bytes = 0;
        bool fits = size > t->size && dr_size_mul(size, t->n_fields, &cells) && dr_size_mul(cells, 8, &bytes);
        int64_t *grown = fits ? dr_take(j->arena, bytes) : NULL;
        if (grown == NULL)
            return dr_json_fail_memory(j);
        if (t->n_rows > 0)
            memcpy(grown, t->cells, (size_t)t->n_rows * t->n_fields * sizeof *grown);
        t->cells = grown;
        t->size = size;
    }
    *row = t->n_rows++;
    int64_t *cells = t->cells + (size_t)*row * t->n_fields;
    for (uint32_t i = 0; i < t->n_fields; i++)
        cells[i] = DR_MISSING;
    return true;
}

static bool read_object(dr_reader *r, uint32_t shape_index, uint32_t table, uint32_t row, const dr_scope *up);

/* The value is skipped from its start, to look for the id in what follows. */
static bool pass_wrong(dr_reader *r, const char *start, uint32_t depth, uint32_t n_names)
{
    if (!goes_on(r))
        return false;
    r->json.at = start;
    r->json.depth = depth;
    r->json.n_names = n_names;
    r->scope->index = -1;
    return dr_json_skip(&r->json);
}

/* One "{…}" of an array of rows. */
static bool read_row(dr_reader *r, dr_scope *scope, const dr_plan_key *key)
{
    dr_json *j = &r->json;
    uint32_t row = 0;
    if (dr_json_next(j) != '{') {
        int64_t index = scope->index;
        if (dr_wrong_type(r, "an object") == DR_GOT_STOP || !pass_wrong(r, j->at, j->depth, j->n_names))
            return false;
        scope->index = index;
        return true;
    }
    if (!dr_read_row(r, &r->plan->tables[key->table], &row))
        return false;
    return read_object(r, key->shape, key->table, row, scope);
}

static bool read_rows(dr_reader *r, dr_scope *scope, const dr_plan_key *key)
{
    dr_json *j = &r->json;
    if (!dr_json_enter(j))
        return false;
    char c = dr_json_next(j);
    for (scope->index = 0; c != ']'; scope->index++) {
        if (dr_json_interrupted(j) || !read_row(r, scope, key))
            return false;
        c = dr_json_next(j);
        if (c == ',') {
            j->at++;
            c = dr_json_next(j);
            if (c == ']')
                return dr_json_fail_end(j);
        } else if (c != ']') {
            return dr_json_fail_end(j);
        }
    }
    scope->index = -1;
    j->at++;
    j->depth--;
    return true;
}

static int64_t *row_cells(const dr_reader *r, const dr_scope *scope)
{
    const dr_table *t = &r->plan->tables[scope->table];
    return t->cells + (size_t)scope->row * t->n_fields;
}

static dr_got read_nested(dr_reader *r, dr_scope *scope, const dr_plan_key *key)
{
    bool object = key->op == DR_READ_OBJECT;
    if (dr_json_peek(&r->json) != (object ? '{' : '['))
        return dr_wrong_type(r, object ? "an object" : "an array of objects");
    bool done =
        object ? read_object(r, key->shape, scope->table, scope->row, scope) : read_rows(r, scope, key);
    scope->cells = row_cells(r, scope); /* the table may have grown */
    return done ? DR_GOT_NOTHING : DR_GOT_STOP;
}

/* The value of one declared key. *known gets its bit if there is one. */
static bool read_field(dr_reader *r, dr_scope *scope, const dr_plan_key *key, uint64_t *known)
{
    dr_json *j = &r->json;
    const char *start = j->at;
    uint32_t depth = j->depth, n_names = j->n_names;
    if (dr_json_peek(j) == 'n')
        return dr_json_word(j, "null", 4);
    if (key->is_format && !meets_format(r))
        return pass_wrong(r, start, depth, n_names);
    dr_got got = DR_GOT_WRONG;
    if (key->op == DR_READ_OBJECT || key->op == DR_READ_ROWS) {
        got = read_nested(r, scope, key);
        if (got == DR_GOT_NOTHING)
            *known |= key->bit;
    } else {
        int64_t cell = DR_MISSING;
        got = key->read(r, key, &cell);
        if (got == DR_GOT_VALUE) {
            scope->cells[key->field] = cell;
            r->plan->seen[key->watch] |= (uint64_t)1 << (key->by_value ? (uint64_t)cell & 63 : 62);
            *known |= key->bit;
        } else if (got == DR_GOT_NOTHING && (scope->shape->required & key->bit) != 0) {
            got = dr_wrong(r, "the value is required, and its unit is not known or not of its kind");
        }
    }
    if (got == DR_GOT_WRONG)
        return pass_wrong(r, start, depth, n_names);
    return got != DR_GOT_STOP && goes_on(r);
}

static bool read_fields(dr_reader *r, dr_scope *scope)
{
    dr_plan_shape *shape = scope->shape;
    dr_keys keys;
    const dr_plan_key *key = NULL;
    uint64_t known = 0;
    if (!dr_open_keys(r, &keys, shape))
        return false;
    for (;;) {
        scope->key = NULL;
        int found = dr_next_key(r, &keys, &key);
        if (found < 0)
            return false;
        if (found == 0)
            break;
        scope->key = key;
        if (!read_field(r, scope, key, &known))
            return false;
    }
    shape->absent |= ~known;
    shape->reads++;
    if ((shape->required & ~known) != 0)
        dr_wrong_required(r, shape, shape->required & ~known);
    return goes_on(r);
}

static bool read_object(dr_reader *r, uint32_t shape_index, uint32_t table, uint32_t row, const dr_scope *up)
{
    dr_scope scope = {
        .up = up, .shape = &r->plan->shapes[shape_index], .index = -1, .table = table, .row = row};
    scope.cells = row_cells(r, &scope);
    dr_scope *before = r->scope;
    r->scope = &scope;
    bool done = read_fields(r, &scope);
    if (!done)
        dr_wrong_text(r); /* while the scopes are there to name the place */
    r->scope = before;
    return done;
}

/* ---- one encounter ---- */

void dr_read_begin(dr_reader *r, const char *bytes, size_t len)
{
    dr_session *s = r->s;
    dr_plan *plan = r->plan;
    dr_json_open(&r->json, &s->arena, bytes, len, s->limits.depth);
    r->json.interrupt = &s->interrupt;
    s->offsets = NULL;
    s->n_offsets = 0;
    s->has_offset = false;
    s->offset_all = 0;
    if (s->names_undeclared)
        dr_buf_clear(&s->undeclared);
    for (uint32_t i = 0; i < plan->n_shapes; i++) {
        plan->shapes[i].absent = 0;
        plan->shapes[i].reads = 0;
    }
    if (++plan->epoch == 0) {
        memset(plan->texts, 0, sizeof plan->texts);
        plan->epoch = 1;
    }
    memset(plan->seen, 0, (plan->n_watches + 1) * sizeof *plan->seen);
}

/* All first blocks of rows at once: taken first from an arena that was reset, they come to lie where they lay
 * in the last encounter, and the columns need not be set again. */
bool dr_read_tables(dr_reader *r)
{
    int64_t *cells = dr_take(r->json.arena, r->plan->n_first_cells * sizeof *cells);
    if (cells == NULL)
        return dr_json_fail_memory(&r->json);
    for (uint32_t i = 0; i < r->plan->n_tables; i++) {
        dr_table *t = &r->plan->tables[i];
        t->n_rows = 0;
        t->size = dr_first_rows(r->s->program, t);
        t->cells = cells;
        cells += (size_t)t->size * t->n_fields;
    }
    return true;
}

static bool read_root(dr_reader *r)
{
    dr_json *j = &r->json;
    uint32_t row = 0;
    if (j->end - j->at >= 3 && memcmp(j->at, "\xEF\xBB\xBF", 3) == 0)
        return dr_json_fail(j, j->at, "the text begins with a byte order mark");
    if (dr_json_next(j) != '{') {
        dr_wrong_type(r, "an object");
        return false;
    }
    uint32_t table = r->plan->shapes[0].table;
    if (!dr_read_row(r, &r->plan->tables[table], &row) || !read_object(r, 0, table, row, NULL))
        return false;
    dr_json_space(j);
    if (j->at < j->end)
        return dr_json_fail(j, j->at, "something follows the end of the object");
    return true;
}

static int by_seconds(const void *context, uint32_t a, uint32_t b)
{
    const dr_offset *items = context;
    return (items[a].seconds > items[b].seconds) - (items[a].seconds < items[b].seconds);
}

/* Sorted by time, the first charted one of each; or just one where all are equal. */
static bool finish_offsets(dr_reader *r)
{
    dr_session *s = r->s;
    uint32_t n = s->n_offsets, kept = 0;
    if (n == 0)
        return true;
    if (!r->offsets_differ) {
        s->offset_all = s->offsets[0].offset;
        s->offsets = NULL;
        s->n_offsets = 0;
        return true;
    }
    uint32_t *index = dr_take(&s->arena, n * sizeof *index);
    dr_offset *sorted = index != NULL ? dr_take(&s->arena, n * sizeof *sorted) : NULL;
    if (sorted == NULL)
        return dr_json_fail_memory(&r->json);
    for (uint32_t i = 0; i < n; i++)
        index[i] = i;
    if (!dr_order(&s->arena, index, n, by_seconds, s->offsets))
        return dr_json_fail_memory(&r->json);
    for (uint32_t i = 0; i < n; i++)
        if (kept == 0 || s->offsets[index[i]].seconds != sorted[kept - 1].seconds)
            sorted[kept++] = s->offsets[index[i]];
    s->offsets = sorted;
    s->n_offsets = kept;
    return true;
}

static bool some_row_missing(const dr_plan *plan, const dr_table *t, const dr_plan_watch *w, uint32_t field)
{
    if (w->n_keys == 1) {
        const dr_plan_shape *shape = &plan->shapes[w->shape];
        return (shape->absent >> w->bit & 1) != 0 || shape->reads < t->n_rows;
    }
    for (uint32_t i = 0; i < t->n_rows; i++)
        if (t->cells[(size_t)i * t->n_fields + field] == DR_MISSING)
            return true;
    return false;
}

static void finish_seen(dr_reader *r)
{
    const dr_plan *plan = r->plan;
    for (uint32_t i = 0; i < plan->n_watches; i++) {
        const dr_plan_watch *w = &plan->watches[i];
        const dr_slot *slot = &r->s->program->slots[w->slot];
        const dr_table *t = &plan->tables[w->table];
        uint64_t missing = t->n_rows > 0 && some_row_missing(plan, t, w, slot->field);
        r->s->seen[w->slot] = plan->seen[i + 1] | missing << 63;
    }
}

static void finish_columns(dr_reader *r)
{
    dr_session *s = r->s;
    for (uint32_t i = 0; i < r->plan->n_tables; i++) {
        dr_table *t = &r->plan->tables[i];
        s->n_rows[t->entity] = t->n_rows;
        if (t->shown == t->cells)
            continue;
        t->shown = t->cells;
        dr_col *cols = &s->cols[s->program->entities[t->entity].first_slot];
        for (uint32_t f = 0; f < t->n_fields; f++)
            cols[f] = (dr_col){t->cells + f, t->n_fields};
    }
}

void dr_read_moved(dr_session *s)
{
    dr_plan *plan = s->reader;
    for (uint32_t i = 0; plan != NULL && i < plan->n_tables; i++)
        plan->tables[i].shown = NULL;
}

bool dr_read_finish(dr_reader *r)
{
    if (!finish_offsets(r) || (r->n_undeclared > 0 && !dr_list_undeclared(r)))
        return false;
    if (r->json.arena->failed)
        return dr_json_fail_memory(&r->json);
    finish_seen(r);
    finish_columns(r);
    return true;
}

dr_status dr_read_encounter(dr_session *s, const char *bytes, size_t len)
{
    s->refusal.message[0] = '\0';
    s->refusal.encounter[0] = s->refusal.policy[0] = '\0';
    s->refusal.offset = 0;
    if (len > s->limits.input) {
        snprintf(s->refusal.message, sizeof s->refusal.message, "encounter: %zu bytes; at most %zu are read",
                 len, s->limits.input);
        s->limit = DR_LIMIT_INPUT;
        return DR_LIMIT;
    }
    if (s->reader == NULL)
        s->reader = dr_plan_make(s);
    if (s->reader == NULL) {
        snprintf(s->refusal.message, sizeof s->refusal.message, "encounter: out of memory");
        return DR_NO_MEMORY;
    }
    char said[DR_SAID];
    dr_reader r = {.s = s, .plan = s->reader, .said = said};
    r.policy_known = s->program->policy_slot == DR_NONE;
    said[0] = '\0';
    dr_read_begin(&r, bytes, len);
    if (dr_read_tables(&r) && read_root(&r) && !r.bad && dr_read_finish(&r))
        return DR_OK;
    return dr_read_refuse(&r);
}
