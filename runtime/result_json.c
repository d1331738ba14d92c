/* drip: result_json.c, level 2b. The outcome as drip.result/1, one line of JSON.
 *
 * Keys stand in a fixed order and fields in the declared one; what is missing is left out. Bytes are
 * appended to the buffer directly wherever there is room, which is nearly always. What depends on the
 * program alone is written once for a session (dr_written) and copied from there. Texts that need an
 * escape take the slow way through mem.c. Amounts are exact decimals as text. */
#include <string.h>

#include "result.h"
#include "vm.h"

typedef struct piece {
    const char *bytes;
    size_t len;
} piece;

/* Pieces of results, as they are printed. */
struct dr_written {
    piece *policies;      /* for each version: from after the encounter's id to the first line */
    piece *keys;          /* of each field of a line, with its colon */
    piece *clauses;       /* of each rule: how its lines end */
    piece *heads, *tails; /* of each rule: its finding up to what it is about, and from there */
};

typedef struct writing {
    const dr_session *s;
    const struct dr_written *written;
    dr_buf *to;
    dr_arena scratch; /* for ordering large sets; used by few results */
} writing;

/* ---- appending ---- */

static inline void put(dr_buf *to, const char *bytes, size_t len)
{
    if (to->size - to->len > len && to->data != NULL && !to->failed) {
        memcpy(to->data + to->len, bytes, len);
        to->len += len;
        return; /* the NUL is written at the end */
    }
    dr_buf_bytes(to, bytes, len);
}

#define PUT(to, literal) put((to), "" literal, sizeof(literal) - 1)

static void put_json(dr_buf *to, const char *bytes, size_t len)
{
    if (to->size - to->len <= len + 2 || to->data == NULL || to->failed) {
        dr_buf_json(to, bytes, len);
        return;
    }
    char *at = to->data + to->len;
    *at++ = '"';
    for (size_t i = 0; i < len; i++) {
        char c = bytes[i];
        if (c < 0x20 || c >= 0x7F || c == '"' || c == '\\') {
            dr_buf_json(to, bytes, len);
            return;
        }
        *at++ = c;
    }
    *at = '"';
    to->len += len + 2;
}

static void put_name(dr_buf *to, const char *text)
{
    put_json(to, text, strlen(text));
}

static void put_int(dr_buf *to, int64_t n)
{
    if (n < 0 || n > 9) {
        dr_buf_int(to, n);
        return;
    }
    char digit = (char)('0' + n);
    put(to, &digit, 1);
}

static void put_date(dr_buf *to, int64_t days)
{
    int year = 0, month = 0, day = 0;
    dr_date_split(days, &year, &month, &day);
    if (year < 0 || year > 9999) {
        PUT(to, "\"");
        dr_date_write(days, to);
        PUT(to, "\"");
        return;
    }
    const char text[12] = {'"',
                           (char)('0' + year / 1000),
                           (char)('0' + year / 100 % 10),
                           (char)('0' + year / 10 % 10),
                           (char)('0' + year % 10),
                           '-',
                           (char)('0' + month / 10),
                           (char)('0' + month % 10),
                           '-',
                           (char)('0' + day / 10),
                           (char)('0' + day % 10),
                           '"'};
    put(to, text, sizeof text);
}

/* ---- values ---- */

static bool put_set(writing *w, uint8_t kind, uint16_t of, const dr_set *set)
{
    dr_buf *to = w->to;
    dr_member one;
    const dr_member *texts = &one;
    if (set->count == 0) {
        PUT(to, "[]");
        return true;
    }
    if (set->count == 1)
        one = dr_text_of(w->s, kind, of, set->at[0]);
    else
        texts = dr_ordered(w->s, &w->scratch, kind, of, set);
    if (texts == NULL)
        return false;
    for (uint32_t i = 0; i < set->count; i++) {
        put(to, i == 0 ? "[" : ",", 1);
        put_json(to, texts[i].bytes, texts[i].len);
    }
    PUT(to, "]");
    return true;
}

static void put_instant(const dr_session *s, dr_buf *to, int64_t seconds)
{
    PUT(to, "\"");
    dr_instant_write(seconds, s->has_offset, dr_offset_at(s, seconds), to);
    PUT(to, "\"");
}

/* Through a person's words: kinds that a result line hardly ever has. */
static bool put_other(writing *w, dr_type type, int64_t cell)
{
    dr_buf words;
    dr_buf_init(&words, &w->s->alloc, w->to->cap);
    dr_value_write(w->s->program, &w->s->syms, type, cell, &words);
    bool ok = !words.failed;
    if (ok)
        put_json(w->to, words.data != NULL ? words.data : "", words.len);
    dr_buf_free(&words);
    return ok;
}

static bool put_value(writing *w, dr_type type, int64_t cell)
{
    dr_buf *to = w->to;
    dr_member text;
    switch ((dr_kind)type.kind) {
    case DR_TEXT:
    case DR_ENUM:
        text = dr_text_of(w->s, type.kind, type.of, cell);
        put_json(to, text.bytes, text.len);
        return true;
    case DR_INT:
        put_int(to, cell);
        return true;
    case DR_DATE:
        put_date(to, cell);
        return true;
    case DR_SET:
        return put_set(w, type.member, type.of, dr_ptr(cell));
    case DR_BOOL:
        put(to, cell != 0 ? "true" : "false", cell != 0 ? 4 : 5);
        return true;
    case DR_NUM:
        PUT(to, "\"");
        dr_number_write(w->s->program, type, *(const dr_num *)dr_ptr(cell), to);
        PUT(to, "\"");
        return true;
    case DR_INSTANT:
        put_instant(w->s, to, cell);
        return true;
    case DR_DURATION:
    case DR_SPANS:
    case DR_REF:
    case DR_LIST:
    case DR_NOTHING:
        break;
    }
    return put_other(w, type, cell);
}

/* ---- what is the same in every result ---- */

static void put_piece(dr_buf *to, piece p)
{
    put(to, p.bytes, p.len);
}

static void put_clauses(const dr_program *p, dr_buf *to, const uint32_t *clauses, uint32_t n)
{
    PUT(to, "\"clauses\":[");
    for (uint32_t i = 0; i < n; i++) {
        if (i > 0)
            PUT(to, ",");
        put_name(to, p->clauses[clauses[i]].name);
    }
    PUT(to, "]");
}

static void put_head(dr_buf *to, uint8_t level, const char *code, const char *message)
{
    static const char *const levels[] = {
        [DR_DENY] = "deny", [DR_HOLD] = "hold", [DR_WARN] = "warn", [DR_INFO] = "info"};
    PUT(to, "{\"severity\":");
    put_name(to, levels[level & 3]);
    PUT(to, ",\"code\":");
    put_name(to, code);
    PUT(to, ",\"message\":");
    put_name(to, message);
    PUT(to, ",\"about\":");
}

static void put_tail(dr_buf *to, const dr_clause *clause)
{
    PUT(to, ",\"clause\":");
    put_name(to, clause->name);
    if (clause->cite != NULL) {
        PUT(to, ",\"cite\":");
        put_name(to, clause->cite);
    }
    PUT(to, "}");
}

static void put_policy(const dr_program *p, dr_buf *to, const char *version)
{
    PUT(to, ",\"policy\":{\"name\":");
    put_name(to, p->name != NULL ? p->name : "");
    PUT(to, ",\"version\":");
    put_name(to, version);
    PUT(to, ",\"layers\":[");
    for (uint32_t i = 0; i < p->n_layers; i++) {
        if (i > 0)
            PUT(to, ",");
        put_name(to, p->layers[i]);
    }
    PUT(to, "],\"digest\":");
    put_name(to, p->digest != NULL ? p->digest : "");
    PUT(to, "}");
}

static void put_policy_and_lines(const dr_program *p, dr_buf *to, const char *version)
{
    put_policy(p, to, version);
    PUT(to, ",");
    put_name(to, p->result_name != NULL ? p->result_name : "lines");
    PUT(to, ":[");
}

/* What was just put, kept for the session; the buffer is empty again. */
static bool keep(dr_session *s, dr_buf *from, piece *to)
{
    char *copy = dr_take_text(&s->own, from->data != NULL ? from->data : "", from->len);
    *to = (piece){copy, from->len};
    bool ok = copy != NULL && !from->failed;
    dr_buf_clear(from);
    return ok;
}

static bool keep_rule(dr_session *s, dr_buf *b, struct dr_written *w, uint32_t i)
{
    const dr_program *p = s->program;
    const dr_rule *rule = &p->rules[i];
    if (rule->kind == DR_CLAUSE_MARK)
        return true; /* lines name it */
    if (rule->kind == DR_CLAUSE_LINE) {
        put_clauses(p, b, rule->named, rule->n_named);
        return keep(s, b, &w->clauses[i]);
    }
    put_head(b, rule->level, rule->code, rule->message);
    if (!keep(s, b, &w->heads[i]))
        return false;
    put_tail(b, &p->clauses[rule->clause]);
    return keep(s, b, &w->tails[i]);
}

static bool keep_all(dr_session *s, dr_buf *b, struct dr_written *w)
{
    const dr_program *p = s->program;
    bool ok = true;
    for (uint32_t i = 0; i < p->n_versions && ok; i++) {
        put_policy_and_lines(p, b, p->versions[i].name);
        ok = keep(s, b, &w->policies[i]);
    }
    for (uint32_t i = 0; i < p->n_fields && ok; i++) {
        put_name(b, p->fields[i].name);
        PUT(b, ":");
        ok = keep(s, b, &w->keys[i]);
    }
    for (uint32_t i = 0; i < p->n_rules && ok; i++)
        ok = keep_rule(s, b, w, i);
    return ok;
}

bool dr_written_make(dr_session *s)
{
    const dr_program *p = s->program;
    struct dr_written *w = dr_take_zero(&s->own, 1, sizeof *w);
    dr_vm_of(s)->written = w;
    if (w == NULL)
        return false;
    w->policies = dr_take_zero(&s->own, p->n_versions, sizeof(piece));
    w->keys = dr_take_zero(&s->own, p->n_fields, sizeof(piece));
    w->clauses = dr_take_zero(&s->own, p->n_rules, sizeof(piece));
    w->heads = dr_take_zero(&s->own, p->n_rules, sizeof(piece));
    w->tails = dr_take_zero(&s->own, p->n_rules, sizeof(piece));
    if (s->own.failed)
        return false;
    dr_buf b;
    dr_buf_init(&b, &s->alloc, SIZE_MAX / 2);
    bool ok = keep_all(s, &b, w);
    dr_buf_free(&b);
    return ok;
}

/* ---- the parts of a result ---- */

/* Where the names in `path` begin that are not those of objects which `before` left open. */
static const char *behind_shared(const char *path, const char *before)
{
    const char *behind = path;
    for (size_t i = 0; path[i] != '\0' && path[i] == before[i]; i++)
        if (path[i] == '.')
            behind = path + i + 1;
    return behind;
}

static void close_objects(dr_buf *to, const char *names)
{
    for (; *names != '\0'; names++)
        if (*names == '.')
            PUT(to, "}");
}

/* What is known of what the answer shows of a merged line. Those of one object stand next to each other. */
static bool put_shown(writing *w, uint32_t row)
{
    const dr_program *p = w->s->program;
    const char *before = "";
    for (uint32_t i = 0; i < p->n_shown; i++) {
        const dr_shown *shown = &p->shown[i];
        const dr_col col = w->s->cols[shown->slot];
        int64_t cell = col.base[(size_t)row * col.stride];
        if (cell == DR_MISSING)
            continue;
        const char *name = behind_shared(shown->path, before), *dot;
        close_objects(w->to, before + (name - shown->path));
        for (PUT(w->to, ","); (dot = strchr(name, '.')) != NULL; name = dot + 1) {
            put_json(w->to, name, (size_t)(dot - name));
            PUT(w->to, ":{");
        }
        put_name(w->to, name);
        PUT(w->to, ":");
        if (!put_value(w, p->slots[shown->slot].type, cell))
            return false;
        before = shown->path;
    }
    close_objects(w->to, before);
    return true;
}

static bool put_totals(writing *w, const dr_outcome *out)
{
    const dr_program *p = w->s->program;
    bool ok = true;
    for (uint32_t i = 0; i < p->n_totals && ok; i++) {
        if (out->totals[i] == DR_MISSING)
            continue;
        PUT(w->to, ",");
        put_name(w->to, p->totals[i].path);
        PUT(w->to, ":");
        ok = put_value(w, p->slots[p->totals[i].slot].type, out->totals[i]);
    }
    return ok;
}

/* What is known of them, each with a comma behind it. */
static bool put_fields(writing *w, const int64_t *cells)
{
    const dr_program *p = w->s->program;
    for (uint32_t f = 0; f < p->n_fields; f++) {
        if (cells[f] == DR_MISSING)
            continue;
        put_piece(w->to, w->written->keys[f]);
        if (!put_value(w, p->slots[p->fields[f].slot].type, cells[f]))
            return false;
        PUT(w->to, ",");
    }
    return true;
}

static bool put_line(writing *w, const dr_out_line *line)
{
    const dr_program *p = w->s->program;
    dr_buf *to = w->to;
    PUT(to, "{");
    if (!put_fields(w, line->cells))
        return false;
    uint32_t rule = line->n_sources > 0 ? w->s->lines[line->sources[0]].rule : DR_NONE;
    if (rule != DR_NONE && line->n_clauses == p->rules[rule].n_named)
        put_piece(to, w->written->clauses[rule]);
    else
        put_clauses(p, to, line->clauses, line->n_clauses);
    if (p->n_shown > 0 && !put_shown(w, line->row))
        return false;
    PUT(to, "}");
    return true;
}

static bool put_finding(writing *w, const dr_out_finding *f)
{
    const dr_program *p = w->s->program;
    uint32_t rule = f->source != DR_NONE ? w->s->findings[f->source].rule : DR_NONE;
    if (rule == DR_NONE)
        put_head(w->to, f->level, f->code, f->message);
    else
        put_piece(w->to, w->written->heads[rule]);
    if (!put_set(w, DR_TEXT, 0, f->about))
        return false;
    if (rule == DR_NONE)
        put_tail(w->to, &p->clauses[f->clause]);
    else
        put_piece(w->to, w->written->tails[rule]);
    return true;
}

static void put_id(writing *w)
{
    const dr_session *s = w->s;
    uint32_t slot = s->program->id_slot;
    if (slot == DR_NONE || s->cols[slot].base == NULL || s->cols[slot].base[0] == DR_MISSING) {
        PUT(w->to, "null");
        return;
    }
    dr_type type = s->program->slots[slot].type;
    put_value(w, type, s->cols[slot].base[0]);
}

/* From the first line on. */
static bool put_body(writing *w, const dr_outcome *out)
{
    dr_buf *to = w->to;
    for (uint32_t i = 0; i < out->n_lines; i++) {
        if (i > 0)
            PUT(to, ",");
        if (!put_line(w, &out->lines[i]))
            return false;
    }
    PUT(to, "],\"findings\":[");
    for (uint32_t i = 0; i < out->n_findings; i++) {
        if (i > 0)
            PUT(to, ",");
        if (!put_finding(w, &out->findings[i]))
            return false;
    }
    PUT(to, "],\"totals\":{\"lines\":");
    put_int(to, out->n_lines);
    if (!put_totals(w, out))
        return false;
    PUT(to, ",\"denied\":");
    put_int(to, out->denied);
    dr_buf_bytes(to, "}}", 2); /* with its NUL */
    return true;
}

static bool put_all(writing *w, const dr_outcome *out)
{
    dr_buf *to = w->to;
    const dr_program *p = w->s->program;
    PUT(to, "{\"format\":\"drip.result/1\",\"encounter\":");
    put_id(w);
    if (w->s->version < p->n_versions) {
        put_piece(to, w->written->policies[w->s->version]);
    } else {
        put_policy_and_lines(p, to, "");
    }
    return put_body(w, out);
}

static bool write_one(const dr_session *s, const dr_out_line *line, const dr_out_finding *finding,
                      const dr_outcome *all, dr_buf *to)
{
    writing w = {.s = s, .written = dr_vm_of(s)->written, .to = to};
    dr_arena_init(&w.scratch, &s->alloc, 0, s->limits.heap);
    bool ok = line != NULL      ? put_line(&w, line)
              : finding != NULL ? put_finding(&w, finding)
                                : put_all(&w, all);
    dr_buf_bytes(to, "", 0); /* its NUL */
    dr_arena_free(&w.scratch);
    return ok && !to->failed;
}

bool dr_line_json(const dr_session *s, const dr_out_line *line, dr_buf *to)
{
    return write_one(s, line, NULL, NULL, to);
}

bool dr_finding_json(const dr_session *s, const dr_out_finding *finding, dr_buf *to)
{
    return write_one(s, NULL, finding, NULL, to);
}

bool dr_outcome_json(const dr_session *s, const dr_outcome *out, dr_buf *to)
{
    return write_one(s, NULL, NULL, out, to);
}

bool dr_body_json(const dr_session *s, const dr_outcome *out, dr_buf *to)
{
    writing w = {.s = s, .written = dr_vm_of(s)->written, .to = to};
    dr_arena_init(&w.scratch, &s->alloc, 0, s->limits.heap);
    bool ok = put_body(&w, out);
    dr_arena_free(&w.scratch);
    return ok && !to->failed;
}

bool dr_head_json(const dr_session *s, const char *format, dr_buf *to)
{
    const dr_program *p = s->program;
    writing w = {.s = s, .written = dr_vm_of(s)->written, .to = to};
    PUT(to, "{\"format\":");
    put_name(to, format);
    PUT(to, ",\"encounter\":");
    put_id(&w);
    put_policy(p, to, s->version < p->n_versions ? p->versions[s->version].name : "");
    return !to->failed;
}

bool dr_fields_json(const dr_session *s, const int64_t *cells, dr_buf *to)
{
    writing w = {.s = s, .written = dr_vm_of(s)->written, .to = to};
    dr_arena_init(&w.scratch, &s->alloc, 0, s->limits.heap);
    PUT(to, "{");
    bool ok = put_fields(&w, cells);
    if (to->len > 0 && to->data[to->len - 1] == ',')
        to->len--;
    dr_buf_char(to, '}');
    dr_arena_free(&w.scratch);
    return ok && !to->failed;
}
