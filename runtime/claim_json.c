/* drip: claim_json.c, level 2b. Claims as JSON; see claim.h. Values are read as those of a record are: by the reader
 * (read_value.c), with a plan for objects whose keys are the result's fields. */
#include "claim.h"

#include <stdio.h>

typedef struct claim_reader {
    dr_reader r;
    dr_claims *claims;
    dr_session *s;
    dr_claim *claim;
    dr_claim_part *part;
    dr_plan_shape whole, line; /* of a claim, and of a line in it */
    dr_json_key *names;        /* of a line's fields, as claims->names */
    dr_json_key parts[3];      /* of a claim: the encounter, the lines, the format */
    bool is_error;             /* this is what stands for an encounter that was refused */
    dr_status status;          /* of what is not the reader's to say */
} claim_reader;

enum { KEY_ENCOUNTER, KEY_LINES, KEY_FORMAT };

static uint32_t offset_of(const claim_reader *c)
{
    return (uint32_t)(c->r.json.at - c->claims->bytes);
}

static bool make_shapes(claim_reader *c)
{
    const dr_program *p = c->s->program;
    const dr_claims *claims = c->claims;
    const char *lines = p->result_name != NULL ? p->result_name : "lines";
    c->parts[KEY_ENCOUNTER] = (dr_json_key){.name = "encounter", .len = 9};
    c->parts[KEY_LINES] = (dr_json_key){.name = lines, .len = (uint32_t)strlen(lines)};
    c->parts[KEY_FORMAT] = (dr_json_key){.name = "format", .len = 6};
    c->names = dr_take_zero(&c->s->arena, claims->n_names, sizeof *c->names);
    if (c->names == NULL)
        return false;
    for (uint32_t i = 0; i < claims->n_names; i++)
        c->names[i] = (dr_json_key){.name = claims->names[i].text,
                                    .len = claims->names[i].len,
                                    .target = p->fields[claims->names[i].field].slot};
    if (!dr_plan_shape_make(&c->s->arena, &c->whole, c->parts, 3) ||
        !dr_plan_shape_make(&c->s->arena, &c->line, c->names, claims->n_names))
        return false;
    for (uint32_t i = 0; i < claims->n_names; i++) {
        dr_plan_field(p, c->r.plan, &c->line.keys[i]);
        c->line.keys[i].used = true;
        c->line.keys[i].field = (uint16_t)claims->names[i].field;
    }
    return true;
}

/* ---- a line */

static bool read_field(claim_reader *c, const dr_plan_key *key, int64_t *cells)
{
    int64_t cell = DR_MISSING;
    if (dr_json_peek(&c->r.json) == 'n')
        return dr_json_word(&c->r.json, "null", 4);
    dr_got got = key->read(&c->r, key, &cell);
    if (got == DR_GOT_VALUE && cells[key->field] != DR_MISSING)
        got = dr_wrong(&c->r, "the same field is given under another name, too");
    if (got == DR_GOT_VALUE)
        cells[key->field] = cell;
    return got == DR_GOT_VALUE || got == DR_GOT_NOTHING;
}

static bool read_line(claim_reader *c, dr_scope *above)
{
    dr_reader *r = &c->r;
    dr_scope scope = {.up = above, .shape = &c->line, .index = -1};
    dr_keys keys;
    const dr_plan_key *key = NULL;
    uint32_t at = offset_of(c);
    if (dr_json_next(&r->json) != '{')
        return dr_wrong_type(r, "an object") == DR_GOT_VALUE;
    int64_t *cells = dr_claim_add(c->claims, c->s, c->claim, at, &c->status);
    if (cells == NULL || !dr_open_keys(r, &keys, &c->line))
        return false;
    r->scope = &scope;
    bool ok = true;
    int found = 0;
    while (ok && (found = dr_next_key(r, &keys, &key)) > 0) {
        scope.key = key;
        ok = read_field(c, key, cells);
        scope.key = ok ? NULL : scope.key;
    }
    ok = ok && found == 0;
    if (!ok)
        dr_wrong_text(r); /* while the scopes are there to name the place */
    else
        c->status = dr_claim_complete(c->claims, c->s, c->claim, cells, at);
    r->scope = above;
    return ok && c->status == DR_OK;
}

static bool read_lines(claim_reader *c, dr_scope *scope)
{
    dr_json *j = &c->r.json;
    if (dr_json_peek(j) != '[')
        return dr_wrong_type(&c->r, "an array of objects") == DR_GOT_VALUE;
    if (!dr_json_enter(j))
        return false;
    char next = dr_json_next(j);
    for (scope->index = 0; next != ']'; scope->index++) {
        if (dr_json_interrupted(j) || !read_line(c, scope))
            return false;
        next = dr_json_next(j);
        if (next != ',' && next != ']')
            return dr_json_fail_end(j);
        if (next == ',') {
            j->at++;
            if (dr_json_next(j) == ']')
                return dr_json_fail_end(j);
        }
    }
    scope->index = -1;
    j->at++;
    j->depth--;
    return true;
}

/* ---- a claim */

static bool keep_id(claim_reader *c, const char *bytes, size_t len)
{
    c->part->id = dr_take_text(&c->claims->arena, bytes, len);
    c->part->id_len = len;
    if (c->part->id == NULL)
        c->status = dr_claim_memory(c->claims, c->s);
    return c->part->id != NULL;
}

/* Text, or a number as it stands. */
static bool read_encounter(claim_reader *c)
{
    dr_json *j = &c->r.json;
    dr_slice text;
    dr_decimal number;
    char next = dr_json_peek(j);
    if (next == 'n')
        return dr_json_word(j, "null", 4);
    if (next == '"')
        return dr_json_string(j, &text) && keep_id(c, text.bytes, text.len);
    if (next != '-' && (next < '0' || next > '9'))
        return dr_wrong_type(&c->r, "text") == DR_GOT_VALUE;
    return dr_json_number(j, &number) && keep_id(c, number.bytes, number.len);
}

/* Among results stand the errors of encounters that have none: no claims, and no fault of the text. */
static bool read_format(claim_reader *c)
{
    static const char error[] = "drip.error/1";
    dr_slice text;
    if (dr_json_peek(&c->r.json) != '"')
        return dr_json_skip(&c->r.json);
    if (!dr_json_string(&c->r.json, &text))
        return false;
    c->is_error = text.len == sizeof error - 1 && memcmp(text.bytes, error, text.len) == 0;
    return true;
}

static bool read_part(claim_reader *c, dr_scope *scope, const dr_json_key *key)
{
    if (key == &c->parts[KEY_LINES])
        return read_lines(c, scope);
    return key == &c->parts[KEY_FORMAT] ? read_format(c) : read_encounter(c);
}

static bool read_object(claim_reader *c, dr_scope *scope)
{
    dr_reader *r = &c->r;
    dr_keys keys;
    const dr_plan_key *key = NULL;
    bool lines = false;
    int found = 0;
    if (!dr_open_keys(r, &keys, &c->whole))
        return false;
    while ((found = dr_next_key(r, &keys, &key)) > 0) {
        scope->key = key;
        lines = lines || key->key == &c->parts[KEY_LINES];
        if (!read_part(c, scope, key->key))
            return false;
        scope->key = NULL;
    }
    if (found == 0 && !lines && !c->is_error)
        return dr_wrong(r, "\"%s\" is required", c->parts[KEY_LINES].name) == DR_GOT_VALUE;
    return found == 0;
}

static bool read_claim(claim_reader *c)
{
    dr_json *j = &c->r.json;
    dr_scope scope = {.shape = &c->whole, .index = -1};
    static const dr_json_key line = {.name = "line", .len = 4};
    const dr_plan_key nameless = {.key = &line};
    c->r.scope = &scope;
    char first = dr_json_next(j);
    bool ok = false;
    if (first == '[') {
        scope.key = &nameless;
        ok = read_lines(c, &scope);
    } else if (first == '{') {
        ok = read_object(c, &scope);
    } else {
        (void)dr_wrong_type(&c->r, "an object or an array of lines");
    }
    if (!ok)
        dr_wrong_text(&c->r);
    c->r.scope = NULL;
    return ok;
}

/* The reader counts bytes from where a claim begins; here the place in the whole text is told. */
static void cut_place(char *said)
{
    char *last = NULL;
    for (char *at = said; (at = strstr(at, " (byte ")) != NULL; at++)
        last = at;
    if (last != NULL)
        *last = '\0';
}

static dr_status refuse(claim_reader *c)
{
    dr_status status = c->status != DR_OK ? c->status : c->r.json.status;
    cut_place(c->r.said);
    if (c->status == DR_OK)
        (void)dr_claim_wrong(c->claims,
                             (uint32_t)(c->r.json.start - c->claims->bytes + (ptrdiff_t)c->s->refusal.offset),
                             "%s", c->r.said);
    return status != DR_OK ? status : DR_BAD_INPUT;
}

dr_status dr_claim_read_json(dr_claims *claims, dr_session *s, dr_claim_part *part, uint32_t *end,
                             dr_claim *out)
{
    char said[DR_SAID] = "";
    claim_reader c = {
        .r = {.s = s, .plan = s->reader, .said = said}, .claims = claims, .s = s, .claim = out, .part = part};
    dr_json_open(&c.r.json, &s->arena, claims->bytes + part->at, claims->len - part->at, s->limits.depth);
    c.r.json.interrupt = &s->interrupt;
    /* What was charted stays as it was: the reader notes times' offsets in the session. */
    dr_offset *offsets = s->offsets;
    uint32_t n_offsets = s->n_offsets;
    bool has_offset = s->has_offset, strict = s->names_undeclared;
    int32_t offset_all = s->offset_all;
    s->offsets = NULL;
    s->n_offsets = 0;
    s->names_undeclared = false;
    if (++c.r.plan->epoch == 0) {
        memset(c.r.plan->texts, 0, sizeof c.r.plan->texts);
        c.r.plan->epoch = 1;
    }
    bool ok = make_shapes(&c);
    if (!ok)
        c.status = dr_claim_memory(claims, s);
    ok = ok && read_claim(&c) && !c.r.bad;
    s->offsets = offsets;
    s->n_offsets = n_offsets;
    s->has_offset = has_offset;
    s->offset_all = offset_all;
    s->names_undeclared = strict;
    *end = offset_of(&c);
    part->is_error = c.is_error;
    return ok ? DR_OK : refuse(&c);
}

/* Claims one behind the other: on lines of their own, or over several. */
dr_status dr_claims_index_json(dr_claims *claims, dr_session *s)
{
    uint32_t at = claims->start;
    for (;;) {
        while (at < claims->len && dr_json_is_space(claims->bytes[at]))
            at++;
        if (at == claims->len)
            return DR_OK;
        dr_claim claim = {.lines = NULL};
        dr_claim_part *part = dr_claim_part_add(claims);
        if (part == NULL)
            return dr_claim_memory(claims, s);
        part->at = at;
        dr_session_reset(s);
        dr_status status = dr_claim_read_json(claims, s, part, &at, &claim);
        if (status != DR_OK)
            return status;
        claims->n_parts -= claims->parts[claims->n_parts - 1].is_error;
    }
}
