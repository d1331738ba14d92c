/* drip: build_input.c, level 2b. An encounter put together value by value, without JSON.
 *
 * A caller who has the record in tables of its own need not write it down as text to have it read again. It names
 * lists and fields once, as JSON names them, and gets numbers for them that hold for the program: a list is its
 * key's place among the keys of the root object, plus one; a field is the number of its object's shape, times 64,
 * plus the place of its key (an object has at most 64). Rows are numbered as they are added.
 *
 * The values go where the reader of JSON puts them, through the same functions (dr_keep_…): rows of cells in the
 * session's arena, symbols, offsets, seen-sets. So the checks, their words and what an evaluation makes of the
 * record are the same; a field that nobody gives is missing. What JSON settles at the closing bracket of an object
 * (what is required, what was absent) is settled for all rows at the end. An object within a row is there where one
 * of its fields is. A value is given once: a second one is refused, as a key that stands twice is.
 *
 * The first error stays on record, as in read.c: after it only the id is taken, for the message. A limit, an interrupt
 * and memory that is out end the encounter. What is given is counted against the limit of an encounter's bytes: each
 * text's own, and eight for any value.
 *
 * Members of a set come one by one, and its cell is made when another cell is turned to; whoever comes back to a
 * set goes on with its members. */
#include "build_input.h"

#include <stdio.h>

#include "read_plan.h"
#include "vm.h"

enum { KEYS = 64, CHAIN_MAX = 12, VALUE_BYTES = 8 };

struct dr_input {
    dr_reader r;
    char said[DR_SAID];
    dr_scope chain[CHAIN_MAX]; /* from the root to the object of the field that is being given */
    dr_plan_key const **from;  /* of each shape: the key by which it is reached; NULL: the root's */
    uint32_t *parent;          /* of each shape */
    bool *given;               /* of each key of the root: a list that was given */
    const dr_plan_key *set;    /* whose members r.members are; NULL: none */
    uint32_t set_row;
    size_t bytes;
    bool open;
};

/* ---- names ---- */

uint32_t dr_input_lists(const dr_program *p)
{
    uint32_t n = 0;
    for (uint32_t k = 0; k < p->shapes[0].n_keys; k++)
        n += p->shapes[0].keys[k].kind == DR_KEY_ROWS;
    return n;
}

static const dr_json_key *list_key(const dr_program *p, uint32_t list)
{
    if (list == 0 || list > p->shapes[0].n_keys || p->shapes[0].keys[list - 1].kind != DR_KEY_ROWS)
        return NULL;
    return &p->shapes[0].keys[list - 1];
}

const char *dr_input_list_name(const dr_program *p, uint32_t list)
{
    const dr_json_key *key = list_key(p, list);
    return list == 0 ? "" : key != NULL ? key->name : NULL;
}

uint32_t dr_input_list(const dr_program *p, const char *name)
{
    if (name[0] == '\0')
        return 0;
    for (uint32_t k = 0; k < p->shapes[0].n_keys; k++)
        if (p->shapes[0].keys[k].kind == DR_KEY_ROWS && strcmp(p->shapes[0].keys[k].name, name) == 0)
            return k + 1;
    return DR_NONE;
}

uint32_t dr_input_field(const dr_program *p, uint32_t list, const char *path)
{
    const dr_json_key *rows = list_key(p, list);
    uint32_t shape = list == 0 ? 0 : rows != NULL ? rows->shape : DR_NONE;
    while (shape < p->n_shapes) {
        const dr_shape *at = &p->shapes[shape];
        size_t len = strcspn(path, ".");
        uint32_t k = 0;
        while (k < at->n_keys && (at->keys[k].len != len || memcmp(at->keys[k].name, path, len) != 0))
            k++;
        if (k == at->n_keys)
            return DR_NONE;
        if (path[len] == '\0')
            return at->keys[k].kind == DR_KEY_FIELD ? shape * KEYS + k : DR_NONE;
        if (at->keys[k].kind != DR_KEY_OBJECT)
            return DR_NONE;
        shape = at->keys[k].target;
        path += len + 1;
    }
    return DR_NONE;
}

typedef struct walk { /* over the fields of one list */
    const dr_program *p;
    uint32_t left, found, slot;
    char *path;
    size_t size;
} walk;

static void walk_shape(walk *w, uint32_t shape, size_t len)
{
    const dr_shape *at = &w->p->shapes[shape];
    for (uint32_t k = 0; k < at->n_keys && w->found == DR_NONE; k++) {
        const dr_json_key *key = &at->keys[k];
        if (key->kind == DR_KEY_ROWS || len + key->len + 2 > w->size)
            continue;
        memcpy(w->path + len, key->name, key->len + 1);
        if (key->kind == DR_KEY_OBJECT) {
            w->path[len + key->len] = '.';
            walk_shape(w, key->target, len + key->len + 1);
        } else if (w->left-- == 0) {
            w->found = shape * KEYS + k;
            w->slot = key->target;
        }
    }
}

uint32_t dr_input_field_at(const dr_program *p, uint32_t list, uint32_t k, char *path, size_t size,
                           uint32_t *slot)
{
    const dr_json_key *rows = list_key(p, list);
    walk w = {.p = p, .left = k, .found = DR_NONE, .slot = DR_NONE, .path = path, .size = size};
    if (list == 0 || rows != NULL)
        walk_shape(&w, list == 0 ? 0 : rows->shape, 0);
    *slot = w.slot;
    return w.found;
}

/* ---- an encounter's life ---- */

static dr_input *make(dr_session *s)
{
    if (s->reader == NULL)
        s->reader = dr_plan_make(s);
    const dr_plan *plan = s->reader;
    dr_input *in = plan != NULL ? dr_take_zero(&s->own, 1, sizeof *in) : NULL;
    if (in == NULL)
        return NULL;
    in->from = dr_take_zero(&s->own, plan->n_shapes, sizeof *in->from);
    in->parent = dr_take_zero(&s->own, plan->n_shapes, sizeof *in->parent);
    in->given = dr_take_zero(&s->own, KEYS, sizeof *in->given);
    if (in->from == NULL || in->parent == NULL || in->given == NULL)
        return NULL;
    for (uint32_t i = 0; i < plan->n_shapes; i++)
        for (uint32_t k = 0; k < plan->shapes[i].n_keys; k++) {
            const dr_plan_key *key = &plan->shapes[i].keys[k];
            if (key->op == DR_READ_OBJECT || key->op == DR_READ_ROWS) {
                in->from[key->shape] = key;
                in->parent[key->shape] = i;
            }
        }
    return in;
}

/* Why not, in words; the status of the whole encounter. */
static dr_status refuse(dr_input *in)
{
    dr_status status = dr_read_refuse(&in->r);
    in->r.scope = NULL;
    return status;
}

static dr_status out_of_memory(dr_input *in)
{
    dr_json_fail_memory(&in->r.json);
    return refuse(in);
}

dr_status dr_input_begin(dr_session *s)
{
    static const char nothing[1] = "";
    uint32_t row = 0;
    dr_session_reset(s);
    if (s->input == NULL)
        s->input = make(s);
    dr_input *in = s->input;
    if (in == NULL) {
        snprintf(s->refusal.message, sizeof s->refusal.message, "encounter: out of memory");
        return DR_NO_MEMORY;
    }
    in->r = (dr_reader){.s = s, .plan = s->reader, .said = in->said};
    in->said[0] = '\0';
    memset(in->given, 0, KEYS * sizeof *in->given);
    in->set = NULL;
    in->bytes = 0;
    in->open = true;
    dr_read_begin(&in->r, nothing, 0);
    uint32_t table = in->r.plan->shapes[0].table;
    if (!dr_read_tables(&in->r) || !dr_read_row(&in->r, &in->r.plan->tables[table], &row))
        return refuse(in);
    return DR_OK;
}

/* DR_OK: values are taken. */
static dr_status state_of(dr_input *in)
{
    if (in == NULL || !in->open)
        return DR_MISUSE;
    return in->r.json.status != DR_OK ? in->r.json.status : in->r.bad ? DR_BAD_INPUT : DR_OK;
}

/* Charges what a value takes of the limit. */
static bool charge(dr_input *in, size_t bytes)
{
    dr_session *s = in->r.s;
    size_t left = s->limits.input - in->bytes;
    if (bytes <= left && left - bytes >= VALUE_BYTES) {
        in->bytes += bytes + VALUE_BYTES;
        return true;
    }
    snprintf(in->said, DR_SAID, "more than %zu bytes are given; at most that many are read", s->limits.input);
    in->r.json.status = DR_LIMIT;
    s->limit = DR_LIMIT_INPUT;
    in->r.bad = in->r.told = true;
    return false;
}

/* ---- rows ---- */

static const dr_plan_key *root_key(const dr_input *in, uint32_t list)
{
    const dr_plan_shape *root = &in->r.plan->shapes[0];
    if (list == 0 || list > root->n_keys || root->keys[list - 1].op != DR_READ_ROWS)
        return NULL;
    return &root->keys[list - 1];
}

dr_status dr_input_rows(dr_session *s, uint32_t list, uint32_t n, uint32_t *first)
{
    dr_input *in = s->input;
    dr_status status = state_of(in);
    if (status != DR_OK)
        return status;
    const dr_plan_key *key = root_key(in, list);
    if (key == NULL)
        return DR_MISUSE;
    dr_table *t = &in->r.plan->tables[key->table];
    in->given[list - 1] = true;
    *first = t->n_rows;
    dr_scope *root = &in->chain[0];
    *root = (dr_scope){.shape = in->r.plan->shapes, .key = key};
    in->r.scope = root;
    for (uint32_t i = 0, row = 0; i < n; i++) {
        root->index = t->n_rows;
        if (!charge(in, 0) || !dr_read_row(&in->r, t, &row))
            return refuse(in);
    }
    in->r.scope = NULL;
    return DR_OK;
}

/* ---- values ---- */

/* The scopes from the root to this key, so that a message can name its place. */
static void point_at(dr_input *in, const dr_plan_key *key, uint32_t shape, uint32_t row)
{
    uint32_t path[CHAIN_MAX], n = 0;
    for (uint32_t at = shape; n < CHAIN_MAX; at = in->parent[at]) {
        path[n++] = at;
        if (in->from[at] == NULL)
            break;
    }
    for (uint32_t i = 0; i < n; i++) {
        uint32_t at = path[n - 1 - i];
        const dr_plan_key *next = i + 1 < n ? in->from[path[n - 2 - i]] : key;
        in->chain[i] = (dr_scope){.up = i > 0 ? &in->chain[i - 1] : NULL,
                                  .shape = &in->r.plan->shapes[at],
                                  .key = next,
                                  .index = next != NULL && next->op == DR_READ_ROWS ? (int64_t)row : -1};
    }
    in->r.scope = &in->chain[n - 1];
}

static const char *expected(const dr_plan_key *key)
{
    static const char *const names[] = {
        [DR_READ_BOOL] = "true or false",
        [DR_READ_INT] = "a whole number",
        [DR_READ_DECIMAL] = "a number",
        [DR_READ_QUANTITY] = "{\"value\": number, \"unit\": text}",
        [DR_READ_TEXT] = "text",
        [DR_READ_ENUM] = "text",
        [DR_READ_DATE] = "a date YYYY-MM-DD",
        [DR_READ_INSTANT] = "a time YYYY-MM-DDTHH:MM",
        [DR_READ_DURATION] = "minutes or {\"value\": number, \"unit\": text}",
        [DR_READ_SET] = "an array of texts",
    };
    return names[key->op];
}

static const char *found(const dr_given *v)
{
    switch ((dr_given_kind)v->kind) {
    case DR_GIVEN_TEXT:
        return "text";
    case DR_GIVEN_NUMBER:
        return "a number";
    case DR_GIVEN_BOOL:
        return "true or false";
    case DR_GIVEN_AMOUNT:
        return "an object";
    case DR_GIVEN_MEMBER:
        break;
    }
    return "an array";
}

static dr_got wrong_kind(dr_input *in, const dr_plan_key *key, const dr_given *v)
{
    return dr_wrong(&in->r, "expected %s, found %s", expected(key), found(v));
}

static dr_got give_text(dr_input *in, const dr_plan_key *key, const dr_given *v, int64_t *cell)
{
    size_t bad = 0;
    dr_reader *r = &in->r;
    if (!dr_utf8_valid(v->text.bytes, v->text.len, &bad))
        return dr_wrong(r, v->text.bytes[bad] == '\0' ? "a NUL character in a string" : "invalid UTF-8");
    if (key->is_format && !dr_read_format(r, v->text))
        return DR_GOT_WRONG;
    switch ((dr_read_op)key->op) {
    case DR_READ_TEXT:
        return dr_keep_text(r, key, v->text, cell);
    case DR_READ_ENUM:
        return dr_keep_enum(r, key, v->text, cell);
    case DR_READ_DATE:
        return dr_keep_date(r, v->text, cell);
    case DR_READ_INSTANT:
        return dr_keep_instant(r, v->text, cell);
    case DR_READ_DECIMAL:
        return dr_keep_decimal_text(r, v->text, cell);
    default:
        return wrong_kind(in, key, v);
    }
}

static dr_got give_number(dr_input *in, const dr_plan_key *key, const dr_given *v, int64_t *cell)
{
    dr_decimal d;
    dr_reader *r = &in->r;
    bool amount = v->kind == DR_GIVEN_AMOUNT;
    bool fits = amount ? key->op == DR_READ_QUANTITY || key->op == DR_READ_DURATION
                       : key->op == DR_READ_INT || key->op == DR_READ_DECIMAL || key->op == DR_READ_DURATION;
    if (!fits)
        return wrong_kind(in, key, v);
    if (!dr_json_decimal(v->text.bytes, v->text.len, &d))
        return dr_wrong(r, "expected a number, found text of %zu bytes", v->text.len);
    if (amount)
        return dr_keep_amount(r, key, &d, v->unit, cell);
    if (key->op == DR_READ_INT)
        return dr_keep_int(r, key, &d, cell);
    return key->op == DR_READ_DECIMAL ? dr_keep_decimal(r, &d, cell) : dr_keep_minutes(r, &d, cell);
}

static dr_got give(dr_input *in, const dr_plan_key *key, const dr_given *v, int64_t *cell)
{
    switch ((dr_given_kind)v->kind) {
    case DR_GIVEN_TEXT:
        return give_text(in, key, v, cell);
    case DR_GIVEN_NUMBER:
    case DR_GIVEN_AMOUNT:
        return give_number(in, key, v, cell);
    case DR_GIVEN_BOOL:
        *cell = v->yes;
        return key->op == DR_READ_BOOL ? DR_GOT_VALUE : wrong_kind(in, key, v);
    case DR_GIVEN_MEMBER:
        break;
    }
    return wrong_kind(in, key, v);
}

static int64_t *cell_of(const dr_input *in, const dr_plan_shape *shape, const dr_plan_key *key, uint32_t row)
{
    const dr_table *t = &in->r.plan->tables[shape->table];
    return &t->cells[(size_t)row * t->n_fields + key->field];
}

/* The field's key; its row is there. NULL: no such field. */
static const dr_plan_key *find_key(const dr_input *in, uint32_t field, uint32_t row)
{
    const dr_plan *plan = in->r.plan;
    uint32_t shape = field / KEYS, k = field % KEYS;
    if (shape >= plan->n_shapes || k >= plan->shapes[shape].n_keys)
        return NULL;
    const dr_plan_key *key = &plan->shapes[shape].keys[k];
    if (key->op == DR_READ_OBJECT || key->op == DR_READ_ROWS ||
        row >= plan->tables[plan->shapes[shape].table].n_rows)
        return NULL;
    return key;
}

static void put(dr_input *in, const dr_plan_key *key, int64_t *to, int64_t cell)
{
    *to = cell;
    in->r.plan->seen[key->watch] |= (uint64_t)1 << (key->by_value ? (uint64_t)cell & 63 : 62);
}

/* The set whose members are being given becomes its cell. */
static bool close_set(dr_input *in)
{
    const dr_plan_key *key = in->set;
    in->set = NULL;
    if (key == NULL)
        return true;
    int64_t cell = DR_MISSING;
    const dr_slot *slot = &in->r.s->program->slots[key->slot];
    for (uint32_t i = 0; i < in->r.plan->n_tables; i++) {
        const dr_table *t = &in->r.plan->tables[i];
        if (t->entity != slot->entity)
            continue;
        if (dr_keep_set(&in->r, key, &cell) != DR_GOT_VALUE)
            return false;
        put(in, key, &t->cells[(size_t)in->set_row * t->n_fields + key->field], cell);
    }
    in->r.n_members = 0;
    return true;
}

/* Members from here on are of this set, beside those that it has. */
static bool open_set(dr_input *in, const dr_plan_key *key, uint32_t row, int64_t cell)
{
    if (in->set == key && in->set_row == row)
        return true;
    if (!close_set(in))
        return false;
    in->r.n_members = 0;
    in->set = key;
    in->set_row = row;
    const dr_set *set = key->used && cell != DR_MISSING ? dr_ptr(cell) : NULL;
    for (uint32_t i = 0; set != NULL && i < set->count; i++) {
        if (in->r.n_members == in->r.size_members) {
            int64_t *items =
                dr_grow(in->r.json.arena, in->r.members, in->r.n_members, &in->r.size_members, sizeof *items);
            if (items == NULL)
                return dr_json_fail_memory(&in->r.json);
            in->r.members = items;
        }
        in->r.members[in->r.n_members++] = set->at[i];
    }
    return true;
}

static dr_got give_member(dr_input *in, const dr_plan_key *key, uint32_t row, const dr_given *v, int64_t cell)
{
    size_t bad = 0;
    if (key->op != DR_READ_SET)
        return wrong_kind(in, key, v);
    if (!open_set(in, key, row, cell))
        return DR_GOT_STOP;
    in->r.scope->index = in->r.n_members;
    if (!dr_utf8_valid(v->text.bytes, v->text.len, &bad))
        return dr_wrong(&in->r, v->text.bytes[bad] == '\0' ? "a NUL character in a string" : "invalid UTF-8");
    dr_got got = dr_keep_member(&in->r, key, v->text);
    return got == DR_GOT_VALUE ? DR_GOT_NOTHING : got;
}

static dr_got set_value(dr_input *in, const dr_plan_key *key, const dr_plan_shape *shape, uint32_t row,
                        const dr_given *v)
{
    int64_t cell = DR_MISSING, *to = cell_of(in, shape, key, row);
    if (v->kind == DR_GIVEN_MEMBER)
        return give_member(in, key, row, v, *to);
    if (*to != DR_MISSING)
        return dr_wrong(&in->r, "the value is given twice");
    dr_got got = give(in, key, v, &cell);
    if (got == DR_GOT_VALUE)
        put(in, key, to, cell);
    else if (got == DR_GOT_NOTHING && !key->type->optional)
        got = dr_wrong(&in->r, "the value is required, and its unit is not known or not of its kind");
    return got;
}

dr_status dr_input_set(dr_session *s, uint32_t field, uint32_t row, const dr_given *v)
{
    dr_input *in = s->input;
    dr_status status = state_of(in);
    if (status != DR_OK && status != DR_BAD_INPUT)
        return status;
    const dr_plan_key *key = find_key(in, field, row);
    if (key == NULL)
        return status == DR_OK ? DR_MISUSE : status; /* its row may not have been taken any more */
    if (status == DR_BAD_INPUT && (key->slot != s->program->id_slot || in->r.id_known))
        return status;
    if (key->op == DR_READ_IGNORE)
        return DR_OK;
    if (!charge(in, v->text.len) || (v->unit.len > 0 && !charge(in, v->unit.len)))
        return refuse(in);
    point_at(in, key, field / KEYS, row);
    dr_got got = set_value(in, key, &in->r.plan->shapes[field / KEYS], row, v);
    if (got == DR_GOT_STOP || got == DR_GOT_WRONG)
        return refuse(in);
    in->r.scope = NULL;
    return status;
}

dr_status dr_input_empty_set(dr_session *s, uint32_t field, uint32_t row)
{
    dr_input *in = s->input;
    dr_status status = state_of(in);
    if (status != DR_OK)
        return status;
    const dr_plan_key *key = find_key(in, field, row);
    if (key == NULL)
        return DR_MISUSE;
    const dr_plan_shape *shape = &in->r.plan->shapes[field / KEYS];
    point_at(in, key, field / KEYS, row);
    if (!charge(in, 0))
        return refuse(in);
    if (key->op != DR_READ_SET)
        wrong_kind(in, key, &(dr_given){.kind = DR_GIVEN_MEMBER});
    else if (!open_set(in, key, row, *cell_of(in, shape, key, row)))
        return refuse(in);
    in->r.scope = NULL;
    return in->r.bad ? refuse(in) : DR_OK;
}

/* ---- the end ---- */

/* What an object has, told from its cells: *known gets a bit for each key. False: nothing at all. */
static bool known_of(dr_input *in, uint32_t shape_index, uint32_t row, uint64_t *known)
{
    dr_plan_shape *shape = &in->r.plan->shapes[shape_index];
    *known = 0;
    for (uint32_t k = 0; k < shape->n_keys; k++) {
        const dr_plan_key *key = &shape->keys[k];
        uint64_t inner = 0;
        bool there = key->op == DR_READ_OBJECT ? known_of(in, key->shape, row, &inner)
                     : key->op == DR_READ_ROWS
                         ? in->given[k]
                         : key->op != DR_READ_IGNORE && *cell_of(in, shape, key, row) != DR_MISSING;
        *known |= (uint64_t)there << k;
    }
    return *known != 0;
}

/* As at the closing bracket of this object, and before it of those within. */
static void close_object(dr_input *in, uint32_t shape_index, uint32_t row)
{
    dr_plan_shape *shape = &in->r.plan->shapes[shape_index];
    uint64_t known = 0;
    known_of(in, shape_index, row, &known);
    for (uint32_t k = 0; k < shape->n_keys && !in->r.bad; k++)
        if (shape->keys[k].op == DR_READ_OBJECT && (known >> k & 1) != 0)
            close_object(in, shape->keys[k].shape, row);
    shape->absent |= ~known;
    shape->reads++;
    if ((shape->required & ~known) == 0 || in->r.bad)
        return;
    point_at(in, NULL, shape_index, row);
    dr_wrong_required(&in->r, shape, shape->required & ~known);
    in->r.scope = NULL;
}

static bool close_all(dr_input *in)
{
    const dr_plan_shape *root = &in->r.plan->shapes[0];
    if (!close_set(in))
        return false;
    for (uint32_t k = 0; k < root->n_keys && !in->r.bad; k++) {
        const dr_plan_key *key = &root->keys[k];
        for (uint32_t row = 0;
             key->op == DR_READ_ROWS && row < in->r.plan->tables[key->table].n_rows && !in->r.bad; row++)
            close_object(in, key->shape, row);
    }
    if (!in->r.bad)
        close_object(in, 0, 0);
    return !in->r.bad;
}

dr_status dr_input_end(dr_session *s)
{
    dr_input *in = s->input;
    dr_status status = state_of(in);
    if (status == DR_MISUSE)
        return status;
    in->open = false;
    if (status != DR_OK)
        return refuse(in);
    if (close_all(in) && dr_read_finish(&in->r))
        return DR_OK;
    return in->r.json.status == DR_NO_MEMORY ? out_of_memory(in) : refuse(in);
}
