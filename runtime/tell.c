/* drip: tell.c, level 2b. The nodes of an explanation as sentences.
 *
 * What a policy says is quoted from its own text, with the values it had: `length of time is 1 h 36 min, over
 * limit (1 h)`. Rows are called as the record calls them, and charted values by their place in it. */
#include "result.h"
#include "why.h"

#include <string.h>

enum { ROWS_SHOWN = 8, TEXT_MAX = 120, DEEPEST = 16 };

/* ---- rows, values, places */

/* The text of the same name as the root's key, where the entity has one that was read; of a line its name. */
static const char *label(const dr_session *s, uint16_t entity, uint32_t row)
{
    const dr_program *p = s->program;
    if (p->entities[entity].kind == DR_RESULT && row < s->n_rows[entity]) {
        uint32_t named = dr_field_of(p, DR_ROLE_NAME);
        const dr_col *col = named != DR_NONE ? &s->cols[p->fields[named].slot] : NULL;
        return col != NULL ? dr_sym_text(&s->syms, col->base[(size_t)row * col->stride])->bytes : NULL;
    }
    for (uint32_t i = 0; i < p->n_slots && p->id_slot != DR_NONE; i++) {
        const dr_slot *slot = &p->slots[i];
        const dr_col *col = &s->cols[i];
        if (slot->entity != entity || slot->type.kind != DR_TEXT ||
            (slot->input && !slot->used && i != p->id_slot) || col->base == NULL || row >= s->n_rows[entity])
            continue;
        int64_t cell = strcmp(slot->name, p->slots[p->id_slot].name) == 0
                           ? col->base[(size_t)row * col->stride]
                           : DR_MISSING;
        if (cell != DR_MISSING)
            return dr_sym_text(&s->syms, cell)->bytes;
    }
    return NULL;
}

/* A merged line goes by its name, with its place behind it where others have the same. */
static bool put_merged(const dr_session *s, uint32_t row, dr_buf *out)
{
    const dr_program *p = s->program;
    uint32_t field = dr_field_of(p, DR_ROLE_NAME);
    if (field == DR_NONE || row >= s->n_rows[p->merge_entity])
        return false;
    const dr_col col = s->cols[p->entities[p->merge_entity].first_slot + field];
    int64_t name = col.base[(size_t)row * col.stride];
    bool alone = true;
    for (uint32_t i = 0; i < s->n_rows[p->merge_entity] && alone; i++)
        alone = i == row || col.base[(size_t)i * col.stride] != name;
    const dr_text *text = dr_sym_text(&s->syms, name);
    if (name == DR_MISSING || text == NULL)
        return false;
    dr_buf_plain(out, text->bytes, text->len);
    if (alone)
        return true;
    dr_buf_text(out, " (");
    dr_buf_int(out, (int64_t)row + 1);
    dr_buf_char(out, ')');
    return true;
}

static void put_label(const dr_session *s, uint16_t entity, uint32_t row, dr_buf *out)
{
    if (entity == s->program->merge_entity && put_merged(s, row, out))
        return;
    const char *name = label(s, entity, row);
    if (name != NULL)
        dr_buf_plain(out, name, strlen(name));
    else
        dr_buf_int(out, (int64_t)row + 1);
}

void dr_tell_row(const dr_session *s, uint16_t entity, uint32_t row, dr_buf *out)
{
    dr_buf_text(out, s->program->entities[entity].name);
    if (s->program->entities[entity].kind == DR_ROOT)
        return;
    dr_buf_char(out, ' ');
    put_label(s, entity, row, out);
}

/* Instants of the day of service by their time alone; with the offset where the record has several. */
static void put_instant(const dr_session *s, int64_t at, dr_buf *out)
{
    enum { TIME = sizeof "YYYY-MM-DDT" - 1 };
    int32_t offset = dr_offset_at(s, at);
    dr_buf whole;
    dr_buf_init(&whole, &out->alloc, 64);
    dr_instant_write(s->has_offset ? at + offset : at, false, 0, &whole);
    if (s->has_offset && s->offsets != NULL) {
        dr_buf_clear(&whole);
        dr_instant_write(at, true, offset, &whole);
    }
    bool today = s->params[0] != DR_MISSING && dr_date_of(at, offset) == s->params[0] && whole.len > TIME;
    if (whole.data != NULL)
        dr_buf_text(out, whole.data + (today ? TIME : 0));
    dr_buf_free(&whole);
}

static void put_spans(const dr_session *s, const dr_spans *set, dr_buf *out)
{
    for (uint32_t i = 0; i < set->count && i < ROWS_SHOWN; i++) {
        dr_buf_text(out, i > 0 ? ", " : "");
        put_instant(s, set->at[i].start, out);
        if (set->at[i].end >= DR_FOREVER) {
            dr_buf_text(out, " onward");
            continue;
        }
        dr_buf_text(out, " to ");
        put_instant(s, set->at[i].end, out);
    }
    dr_buf_text(out, set->count == 0 ? "no time" : set->count > ROWS_SHOWN ? " …" : "");
}

void dr_tell_value(const dr_session *s, dr_type type, int64_t value, dr_buf *out)
{
    if (type.kind == DR_SPANS && value != DR_MISSING) {
        put_spans(s, dr_ptr(value), out);
        return;
    }
    if (type.kind == DR_INSTANT && value != DR_MISSING) {
        put_instant(s, value, out);
        return;
    }
    if (type.kind == DR_REF && value != DR_MISSING && s->program->entities[type.of].kind != DR_TABLE)
        dr_tell_row(s, type.of, (uint32_t)value, out);
    else
        dr_value_write(s->program, &s->syms, type, value, out);
}

typedef struct dr_way { /* keys from the record's own object to a field */
    const dr_json_key *keys[DEEPEST];
    uint32_t n;
} dr_way;

static bool find_way(const dr_program *p, uint32_t shape, uint32_t slot, dr_way *way)
{
    const dr_shape *in = &p->shapes[shape];
    if (way->n == DEEPEST)
        return false;
    for (uint32_t i = 0; i < in->n_keys; i++) {
        const dr_json_key *key = &in->keys[i];
        way->keys[way->n++] = key;
        if (key->kind == DR_KEY_FIELD
                ? key->target == slot
                : find_way(p, key->kind == DR_KEY_ROWS ? key->shape : key->target, slot, way))
            return true;
        way->n--;
    }
    return false;
}

bool dr_tell_path(const dr_session *s, uint32_t slot, uint32_t row, dr_buf *out)
{
    dr_way way = {.n = 0};
    if (!s->program->slots[slot].input || !find_way(s->program, 0, slot, &way))
        return false;
    for (uint32_t i = 0; i < way.n; i++) {
        dr_buf_text(out, i > 0 ? "." : "");
        dr_buf_plain(out, way.keys[i]->name, way.keys[i]->len);
        if (way.keys[i]->kind != DR_KEY_ROWS)
            continue;
        dr_buf_char(out, '[');
        dr_buf_int(out, row);
        dr_buf_char(out, ']');
    }
    return true;
}

/* ---- the policy's own words */

/* The text of a span on one line. */
static void put_span(const dr_session *s, dr_span span, dr_buf *out)
{
    const dr_sources *sources = &s->program->sources;
    size_t before = out->len;
    if (span.source >= sources->count || span.end > sources->items[span.source].len)
        return;
    const char *bytes = sources->items[span.source].bytes;
    bool blank = false;
    for (uint32_t i = span.start; i < span.end; i++) {
        if (bytes[i] == '#')
            while (i < span.end && bytes[i] != '\n')
                i++;
        if (i >= span.end || bytes[i] == ' ' || bytes[i] == '\n' || bytes[i] == '\t' || bytes[i] == '\r') {
            blank = true;
            continue;
        }
        if (out->len - before >= TEXT_MAX && ((unsigned char)bytes[i] & 0xC0) != 0x80) {
            dr_buf_text(out, "…");
            return;
        }
        if (blank && out->len > before)
            dr_buf_char(out, ' ');
        blank = false;
        dr_buf_char(out, bytes[i]);
    }
}

static bool side_value(dr_session *s, const dr_side *side, uint32_t row, int64_t *value)
{
    return side->pc != DR_NONE && dr_code_value(s, side->pc, row, NULL, value) == DR_OK;
}

static const char *const ask_words[] = {[DR_ASK_YES] = "",
                                        [DR_ASK_KNOWN] = "known",
                                        [DR_ASK_MISSING] = "missing",
                                        [DR_ASK_IS] = "",
                                        [DR_ASK_IS_NOT] = "not ",
                                        [DR_ASK_IN] = "in ",
                                        [DR_ASK_NOT_IN] = "not in ",
                                        [DR_ASK_OVER] = "over ",
                                        [DR_ASK_UNDER] = "under ",
                                        [DR_ASK_AT_LEAST] = "at least ",
                                        [DR_ASK_AT_MOST] = "at most ",
                                        [DR_ASK_BEFORE] = "before ",
                                        [DR_ASK_AFTER] = "after ",
                                        [DR_ASK_WITHIN] = "within ",
                                        [DR_ASK_OVERLAPS] = "overlapping ",
                                        [DR_ASK_CONTAINS] = "containing ",
                                        [DR_ASK_OUTRANKS] = "ranking above "};

const char *dr_tell_layer(const dr_program *p, dr_span span)
{
    uint32_t layer = span.source < p->sources.count ? p->source_layers[span.source] : DR_NONE;
    return layer < p->n_layers ? p->layers[layer] : NULL;
}

/* ", set by acme: Manual, p. 12", where a layer has set the parameter. */
static void put_setter(const dr_program *p, uint32_t param, dr_buf *out)
{
    const dr_param *set = &p->params[param];
    const char *layer = param == 0 ? NULL : dr_tell_layer(p, set->given);
    if (layer == NULL || layer == p->layers[0])
        return;
    dr_buf_text(out, ", set by ");
    dr_buf_text(out, layer);
    dr_buf_text(out, set->cite == NULL ? "" : ": ");
    dr_buf_text(out, set->cite == NULL ? "" : set->cite);
}

/* "limit (1 h)", or a literal as it stands. */
static void put_right(dr_session *s, const dr_cond *c, uint32_t row, dr_buf *out)
{
    int64_t value = DR_MISSING;
    put_span(s, c->right.span, out);
    if (!side_value(s, &c->right, row, &value))
        return;
    dr_buf_text(out, " (");
    dr_tell_value(s, c->right.type, value, out);
    put_setter(s->program, c->right.param, out);
    dr_buf_char(out, ')');
}

/* How the one asked for is put when it failed: "…, not over limit (1 h)". */
static void put_asked(dr_session *s, const dr_cond *c, uint32_t row, bool truth, dr_buf *out)
{
    bool turned = c->ask == DR_ASK_IS_NOT || c->ask == DR_ASK_NOT_IN;
    if (!truth && turned) { /* not (x is not y): it is y */
        dr_buf_text(out, "and should be ");
    } else if (!truth) {
        dr_buf_text(out, "not ");
    }
    dr_buf_text(out, ask_words[c->ask]);
    put_right(s, c, row, out);
}

static void tell_test(dr_session *s, const dr_why *y, dr_buf *out)
{
    const dr_cond *c = &s->program->conds[y->cond];
    int64_t left = DR_MISSING;
    if (c->ask == DR_ASK_YES) {
        put_span(s, c->span, out);
        dr_buf_text(out, y->truth ? ": yes" : ": no");
        return;
    }
    put_span(s, c->left.span, out);
    bool known = side_value(s, &c->left, y->row, &left);
    if (c->ask == DR_ASK_KNOWN || c->ask == DR_ASK_MISSING) {
        bool there = (c->ask == DR_ASK_KNOWN) == y->truth;
        dr_buf_text(out, " is ");
        if (there && known && left != DR_MISSING)
            dr_tell_value(s, c->left.type, left, out);
        else
            dr_buf_text(out, there ? "known" : "missing");
        return;
    }
    if (!known) {
        dr_buf_text(out, " is ");
        put_asked(s, c, y->row, y->truth, out);
        return;
    }
    dr_buf_text(out, " is ");
    dr_tell_value(s, c->left.type, left, out);
    if (c->ask == DR_ASK_IS && y->truth)
        return; /* it says so already */
    dr_buf_text(out, ", ");
    put_asked(s, c, y->row, y->truth, out);
}

/* ---- nodes */

/* "(acme, amends national)", where it is not the base's own. */
static void put_layer(const dr_program *p, const dr_clause *c, dr_buf *out)
{
    const char *layer = dr_tell_layer(p, c->span);
    if (layer == NULL || (c->amends == NULL && layer == p->layers[0]))
        return;
    dr_buf_text(out, " (");
    dr_buf_text(out, layer);
    for (const dr_amended *a = c->amends; a != NULL; a = a->next) {
        const char *below = dr_tell_layer(p, a->span);
        dr_buf_text(out, a == c->amends ? ", amends " : ", which amends ");
        dr_buf_text(out, below == NULL ? "another" : below);
    }
    dr_buf_char(out, ')');
}

/* "(instead of A; B)": what the clauses below it cite, where that is something else. */
static void put_instead(const dr_clause *c, dr_buf *out)
{
    const char *above = c->cite;
    bool some = false;
    for (const dr_amended *a = c->amends; a != NULL; a = a->next) {
        if (a->cite == NULL || (above != NULL && strcmp(a->cite, above) == 0))
            continue;
        dr_buf_text(out, some ? "; " : " (instead of ");
        dr_buf_text(out, a->cite);
        above = a->cite;
        some = true;
    }
    dr_buf_text(out, some ? ")" : "");
}

static void put_clause(const dr_session *s, uint32_t clause, dr_buf *out)
{
    const dr_clause *c = &s->program->clauses[clause];
    dr_buf_text(out, c->name);
    put_layer(s->program, c, out);
    if (c->cite != NULL) {
        dr_buf_text(out, " · ");
        dr_buf_text(out, c->cite);
    }
    put_instead(c, out);
}

static void put_defeated(const dr_session *s, const dr_why *y, dr_buf *out)
{
    const dr_program *p = s->program;
    for (uint32_t i = 0; i < y->n_defeated; i++) {
        const char *name = p->clauses[y->defeated[i]].name, *last = strrchr(name, '.');
        dr_buf_text(out, i == 0 ? ", over " : ", ");
        dr_buf_text(out, last != NULL ? last + 1 : name);
    }
}

static void tell_value(const dr_session *s, const dr_why *y, dr_buf *out)
{
    const dr_slot *slot = &s->program->slots[y->slot];
    dr_tell_row(s, slot->entity, y->row, out);
    dr_buf_text(out, ": ");
    dr_buf_text(out, slot->name);
    dr_buf_text(out, " is ");
    dr_tell_value(s, slot->type, y->value, out);
}

static void tell_events(const dr_session *s, const dr_why *y, dr_buf *out)
{
    const dr_program *p = s->program;
    const dr_node *n = &p->nodes[y->node];
    dr_buf_text(out, "charted: ");
    for (uint32_t i = 0; i < y->n_rows && i < 2 * ROWS_SHOWN; i++) {
        uint32_t row = y->rows[i];
        const dr_col *at = &s->cols[n->at_slot], *action = &s->cols[n->action_slot];
        dr_buf_text(out, i > 0 ? ", " : "");
        dr_tell_value(s, p->slots[n->action_slot].type, action->base[(size_t)row * action->stride], out);
        dr_buf_char(out, ' ');
        dr_tell_value(s, p->slots[n->at_slot].type, at->base[(size_t)row * at->stride], out);
    }
    if (y->n_rows > 2 * ROWS_SHOWN)
        dr_buf_text(out, " …");
}

static void tell_rows(const dr_session *s, const dr_why *y, dr_buf *out)
{
    const dr_slot *slot = &s->program->slots[y->slot];
    const dr_col *col = &s->cols[y->slot];
    dr_buf_text(out, slot->name);
    dr_buf_text(out, " of ");
    dr_buf_int(out, y->n_rows);
    dr_buf_char(out, ' ');
    dr_buf_text(out, s->program->entities[slot->entity].name);
    dr_buf_text(out, ": ");
    for (uint32_t i = 0; i < y->n_rows && i < ROWS_SHOWN; i++) {
        uint32_t row = y->rows[i];
        dr_buf_text(out, i > 0 ? ", " : "");
        put_label(s, slot->entity, row, out);
        dr_buf_char(out, ' ');
        dr_tell_value(s, slot->type, col->base[(size_t)row * col->stride], out);
    }
    if (y->n_rows > ROWS_SHOWN)
        dr_buf_text(out, " …");
}

/* As any value, but a set as its members alone. */
static void put_said(dr_session *s, dr_type type, int64_t value, dr_buf *out)
{
    const dr_set *set = type.kind == DR_SET && value != DR_MISSING ? dr_ptr(value) : NULL;
    const dr_member *texts = set != NULL ? dr_ordered(s, &s->arena, type.member, type.of, set) : NULL;
    if (texts == NULL)
        dr_tell_value(s, type, value, out);
    for (uint32_t i = 0; texts != NULL && i < set->count; i++) {
        dr_buf_text(out, i > 0 ? ", " : "");
        dr_buf_plain(out, texts[i].bytes, texts[i].len);
    }
}

/* What the clause itself says of the row: its texts and values, with blanks between them where there should be. */
bool dr_tell_says(dr_session *s, uint32_t clause, uint32_t row, dr_buf *out)
{
    const dr_program *p = s->program;
    bool open = true; /* nothing stands before it that asks for a blank */
    for (uint32_t i = p->clauses[clause].says; i != DR_NONE; i = p->conds[i].next) {
        dr_buf part;
        int64_t value = DR_MISSING;
        dr_buf_init(&part, &out->alloc, 4096);
        if (dr_code_value(s, p->conds[i].left.pc, row, NULL, &value) == DR_OK)
            put_said(s, p->conds[i].left.type, value, &part);
        if (part.len > 0 && !open && strchr(",.;:)%", part.data[0]) == NULL)
            dr_buf_char(out, ' ');
        if (part.len > 0) {
            dr_buf_bytes(out, part.data, part.len);
            open = strchr("( ", part.data[part.len - 1]) != NULL;
        }
        dr_buf_free(&part);
    }
    return p->clauses[clause].says != DR_NONE;
}

static void tell_no_row(const dr_session *s, const dr_why *y, dr_buf *out)
{
    const dr_program *p = s->program;
    dr_buf_text(out, "there is no ");
    dr_buf_text(out, p->entities[y->slot].name);
    if (y->row == DR_NONE)
        return;
    dr_buf_text(out, ": ");
    dr_tell_row(s, (uint16_t)p->nodes[y->node].member, y->row, out);
    dr_buf_text(out, " is in none, as");
}

/* "lesser(a, b) is 12.5 — file.lua:12", or why it is missing. */
static void tell_hook(const dr_session *s, const dr_why *y, dr_buf *out)
{
    const dr_program *p = s->program;
    const dr_call *call = &p->calls[y->called->call];
    const dr_hook *h = &p->hooks[call->hook];
    put_span(s, call->span, out);
    dr_buf_text(out, " is ");
    dr_tell_value(s, h->result, y->value, out);
    if (y->called->reason != NULL) {
        dr_buf_text(out, ": ");
        dr_buf_plain(out, y->called->reason, strlen(y->called->reason));
    }
    dr_buf_text(out, " — ");
    dr_hook_place(p, call->hook, y->called->line, out);
}

void dr_tell(dr_session *s, const dr_why *y, dr_buf *out)
{
    switch ((dr_why_kind)y->kind) {
    case DR_WHY_RULE:
        if (y->truth && y->row != DR_NONE && dr_tell_says(s, y->clause, y->row, out))
            dr_buf_text(out, " · ");
        put_clause(s, y->clause, out);
        return;
    case DR_WHY_TEST:
        tell_test(s, y, out);
        break;
    case DR_WHY_FIELD:
        put_span(s, s->program->conds[y->cond].span, out);
        dr_buf_text(out, " is ");
        dr_tell_value(s, s->program->conds[y->cond].left.type, y->value, out);
        break;
    case DR_WHY_VALUE:
        tell_value(s, y, out);
        break;
    case DR_WHY_CHARTED:
        tell_value(s, y, out);
        dr_buf_text(out, " (");
        if (!dr_tell_path(s, y->slot, y->row, out))
            dr_buf_text(out, "charted");
        dr_buf_char(out, ')');
        return;
    case DR_WHY_EVENTS:
        tell_events(s, y, out);
        return;
    case DR_WHY_HOOK:
        tell_hook(s, y, out);
        return;
    case DR_WHY_ROWS:
        tell_rows(s, y, out);
        return;
    case DR_WHY_NO_ROW:
        tell_no_row(s, y, out);
        return;
    }
    if (y->clause != DR_NONE) {
        dr_buf_text(out, "  — ");
        put_clause(s, y->clause, out);
        put_defeated(s, y, out);
    }
}
