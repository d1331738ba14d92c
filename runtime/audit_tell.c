/* drip: audit_tell.c, level 2b. The audit of a claim as text for who works on it, and as JSON. */
#include "audit.h"

#include "result.h"
#include "vm.h"

enum { KIND_WIDE = 13 };

static const char *const kind_words[] = {"missed", "unsupported", "duplicate", ""};

static uint8_t role_of(const dr_program *p, uint32_t field)
{
    return p->fields[field].role;
}

static dr_type type_of(const dr_program *p, uint32_t field)
{
    return p->slots[p->fields[field].slot].type;
}

/* One member of a set named in the plural. */
static void put_member_name(const char *name, dr_buf *out)
{
    size_t len = strlen(name);
    dr_buf_plain(out, name, len - (len > 1 && name[len - 1] == 's'));
}

void dr_audit_word(const dr_session *s, const dr_audit_item *item, dr_buf *out)
{
    const dr_program *p = s->program;
    if (item->kind != DR_AUDIT_DIFFERS)
        dr_buf_text(out, kind_words[item->kind]);
    else if (role_of(p, item->field) == DR_ROLE_SUFFIX)
        put_member_name(p->fields[item->field].name, out);
    else if (role_of(p, item->field) != DR_ROLE_PLAIN || type_of(p, item->field).kind == DR_DATE)
        dr_buf_text(out, p->fields[item->field].name);
    else
        dr_buf_text(out, "field");
}

/* ---- values and lines */

static void put_set(dr_session *s, dr_type type, const dr_set *set, const char *between, dr_buf *out)
{
    const dr_member *texts = dr_ordered(s, &s->arena, type.member, type.of, set);
    for (uint32_t i = 0; texts != NULL && i < set->count; i++) {
        dr_buf_text(out, i > 0 ? between : "");
        dr_buf_plain(out, texts[i].bytes, texts[i].len);
    }
    if (set->count == 0)
        dr_buf_text(out, "none");
}

static void put_cell(dr_session *s, uint32_t field, int64_t cell, dr_buf *out)
{
    const dr_type type = type_of(s->program, field);
    if (cell == DR_MISSING)
        dr_buf_text(out, "none");
    else if (type.kind == DR_SET)
        put_set(s, type, dr_ptr(cell), ", ", out);
    else if (type.kind == DR_TEXT)
        dr_buf_plain(out, dr_sym_text(&s->syms, cell)->bytes, dr_sym_text(&s->syms, cell)->len);
    else
        dr_value_write(s->program, &s->syms, type, cell, out);
}

/* "A1-X x2  2026-03-02", without what is about to be said of the field `but`. */
static void put_line(dr_session *s, const dr_match_line *line, uint32_t but, dr_buf *out)
{
    const dr_program *p = s->program;
    uint32_t name = dr_field_of(p, DR_ROLE_NAME), count = dr_field_of(p, DR_ROLE_COUNT);
    if (but != DR_NONE && role_of(p, but) == DR_ROLE_SUFFIX)
        put_cell(s, name, line->cells[name], out);
    else
        dr_tell_called(s, line->cells, out);
    if (count != DR_NONE && count != but) {
        dr_buf_text(out, " x");
        put_cell(s, count, line->cells[count], out);
    }
    for (uint32_t f = 0; f < p->n_fields; f++)
        if (type_of(p, f).kind == DR_DATE && f != but && line->cells[f] != DR_MISSING) {
            dr_buf_text(out, "  ");
            put_cell(s, f, line->cells[f], out);
        }
}

/* Members of one set that the other lacks. */
static uint32_t put_lacking(dr_session *s, dr_type type, const dr_set *of, const dr_set *in,
                            const char *before, dr_buf *out)
{
    const dr_member *texts = dr_ordered(s, &s->arena, type.member, type.of, of);
    const dr_member *others = dr_ordered(s, &s->arena, type.member, type.of, in);
    uint32_t n = 0;
    for (uint32_t i = 0; texts != NULL && others != NULL && i < of->count; i++) {
        bool has = false;
        for (uint32_t k = 0; k < in->count; k++)
            has = has || dr_cmp_texts(texts[i], others[k]) == 0;
        if (has)
            continue;
        dr_buf_text(out, n++ == 0 ? before : ", ");
        dr_buf_plain(out, texts[i].bytes, texts[i].len);
    }
    return n;
}

/* How the two differ: "10 too few", "JZ is missing". */
static void put_difference(dr_session *s, const dr_audit_item *item, dr_buf *out)
{
    const dr_program *p = s->program;
    uint32_t f = item->field;
    int64_t supported = item->supported->cells[f], billed = item->billed->cells[f], more = 0;
    if (role_of(p, f) == DR_ROLE_COUNT && !__builtin_sub_overflow(billed, supported, &more)) {
        dr_buf_text(out, ": ");
        dr_buf_int(out, more < 0 ? -more : more);
        dr_buf_text(out, more < 0 ? " too few" : " too many");
    } else if (role_of(p, f) == DR_ROLE_SUFFIX && supported != DR_MISSING && billed != DR_MISSING) {
        const dr_set *x = dr_ptr(supported), *y = dr_ptr(billed);
        uint32_t missing = put_lacking(s, type_of(p, f), x, y, ": missing ", out);
        put_lacking(s, type_of(p, f), y, x, missing > 0 ? "; extra " : ": extra ", out);
    }
}

/* ---- text */

static void begin(dr_buf *out)
{
    dr_buf_text(out, "\n      ");
}

static void put_facts(dr_session *s, const dr_audit_item *item, dr_buf *out)
{
    switch ((dr_audit_kind)item->kind) {
    case DR_AUDIT_MISSED:
        dr_buf_text(out, "supported by the record, and not billed");
        break;
    case DR_AUDIT_UNSUPPORTED:
        dr_buf_text(out, "billed, and not supported by the record");
        break;
    case DR_AUDIT_DUPLICATE:
        dr_buf_text(out, "billed once more: the same line is billed already, and supported once");
        break;
    case DR_AUDIT_DIFFERS:
        if (role_of(s->program, item->field) == DR_ROLE_PLAIN &&
            type_of(s->program, item->field).kind != DR_DATE) {
            dr_buf_text(out, s->program->fields[item->field].name);
            dr_buf_text(out, ": ");
        }
        dr_buf_text(out, "billed ");
        put_cell(s, item->field, item->billed->cells[item->field], out);
        dr_buf_text(out, ", supported ");
        put_cell(s, item->field, item->supported->cells[item->field], out);
        put_difference(s, item, out);
        break;
    }
}

static void put_money(const dr_session *s, const dr_audit *audit, dr_num amount, dr_buf *out)
{
    const dr_program *p = s->program;
    dr_num plain = amount;
    plain.top = amount.top < 0 ? -amount.top : amount.top;
    dr_number_write(p, audit->money, plain, out);
    for (uint32_t d = 1; d < p->n_dims && d < DR_DIMS; d++)
        if (audit->money.dim[d] == 1) {
            dr_buf_char(out, ' ');
            dr_buf_text(out, p->dims[d]);
        }
}

static void put_stake(const dr_session *s, const dr_audit *audit, dr_num amount, dr_buf *out)
{
    put_money(s, audit, amount, out);
    if (amount.top != 0)
        dr_buf_text(out, amount.top > 0 ? " under-billed" : " over-billed");
}

static void put_clause(const dr_session *s, uint32_t clause, dr_buf *out)
{
    const dr_clause *c = &s->program->clauses[clause];
    dr_buf_text(out, c->name);
    dr_buf_text(out, c->cite != NULL ? " — " : "");
    dr_buf_text(out, c->cite != NULL ? c->cite : "");
}

static void put_item(dr_session *s, const dr_audit *audit, const dr_audit_item *item, dr_buf *out)
{
    const dr_match_line *line =
        item->supported != NULL && item->kind != DR_AUDIT_DUPLICATE ? item->supported : item->billed;
    dr_buf_text(out, "  ");
    size_t before = out->len;
    dr_audit_word(s, item, out);
    size_t wide = out->len - before;
    dr_buf_fill(out, ' ', wide + 2 < KIND_WIDE ? KIND_WIDE - wide : 2);
    put_line(s, line, item->field, out);
    begin(out);
    put_facts(s, item, out);
    if (item->why[0] != '\0') {
        begin(out);
        dr_buf_text(out, item->why);
    }
    if (item->nearest[0] != '\0') {
        begin(out);
        dr_buf_text(out, "it would be, had the record shown ");
        dr_buf_text(out, item->nearest);
    }
    if (item->clause != DR_NONE) {
        begin(out);
        put_clause(s, item->clause, out);
    }
    if (item->amount != NULL) {
        begin(out);
        if (item->amount->top == 0)
            dr_buf_text(out, "no money at stake");
        else
            put_stake(s, audit, *item->amount, out);
    }
    dr_buf_char(out, '\n');
}

/* " (A1, A2)", nothing where it is about nobody. */
static void put_about(dr_session *s, const dr_audit *audit, const dr_out_finding *f, dr_buf *out)
{
    const dr_member *texts = dr_ordered(audit->as_billed, &s->arena, DR_TEXT, 0, f->about);
    for (uint32_t i = 0; texts != NULL && i < f->about->count; i++) {
        dr_buf_text(out, i == 0 ? " (" : ", ");
        dr_buf_plain(out, texts[i].bytes, texts[i].len);
    }
    dr_buf_text(out, texts != NULL && f->about->count > 0 ? ")" : "");
}

static void put_edits(dr_session *s, const dr_audit *audit, dr_buf *out)
{
    static const char *const levels[] = {"deny", "hold", "warn", "info"};
    if (audit->n_edits > 0)
        dr_buf_text(out, audit->n > 0 ? "\n  As billed, the claim would also meet\n"
                                      : "  As billed, the claim would meet\n");
    for (uint32_t i = 0; i < audit->n_edits; i++) {
        const dr_out_finding *f = audit->edits[i];
        dr_buf_text(out, "    ");
        dr_buf_text(out, levels[f->level & 3]);
        dr_buf_text(out, "  ");
        dr_buf_text(out, f->code);
        put_about(s, audit, f, out);
        dr_buf_text(out, ": ");
        dr_buf_text(out, f->message);
        begin(out);
        put_clause(s, f->clause, out);
        dr_buf_char(out, '\n');
    }
}

static void put_number(uint32_t n, const char *one, const char *many, dr_buf *out)
{
    dr_buf_int(out, n);
    dr_buf_char(out, ' ');
    dr_buf_text(out, n == 1 ? one : many);
}

void dr_audit_text(dr_session *s, const dr_audit *audit, dr_buf *out)
{
    for (uint32_t i = 0; i < audit->n; i++)
        put_item(s, audit, &audit->items[i], out);
    put_edits(s, audit, out);
    dr_buf_text(out, audit->n + audit->n_edits > 0 ? "\n  " : "  nothing differs: ");
    put_number(audit->n_billed, "line billed, ", "lines billed, ", out);
    dr_buf_int(out, audit->n_supported);
    dr_buf_text(out, " supported");
    if (audit->n > 0) {
        dr_buf_text(out, ", ");
        put_number(audit->n, "difference", "differences", out);
    }
    if (audit->n > 0 && audit->priced) {
        dr_buf_text(out, "\n  under-billed ");
        put_money(s, audit, audit->under, out);
        dr_buf_text(out, ", over-billed ");
        put_money(s, audit, audit->over, out);
        dr_buf_text(out, ", net ");
        put_stake(s, audit, audit->net, out);
        if (audit->n_edits > 0)
            dr_buf_text(out, ", what edits deny taken off");
        if (audit->n_unpriced > 0) {
            dr_buf_text(out, "; no amount is known for ");
            put_number(audit->n_unpriced, "difference", "differences", out);
        }
    }
    dr_buf_char(out, '\n');
}

/* ---- JSON */

static void put_text(const char *key, const char *text, dr_buf *out)
{
    dr_buf_text(out, key);
    dr_buf_json(out, text, strlen(text));
}

static void put_amount(const dr_session *s, const dr_audit *audit, const char *key, dr_num amount,
                       dr_buf *out)
{
    dr_buf_text(out, key);
    dr_buf_char(out, '"');
    dr_number_write(s->program, audit->money, amount, out);
    dr_buf_char(out, '"');
}

static bool put_members(dr_session *s, const char *key, dr_type type, const dr_set *of, const dr_set *in,
                        dr_buf *out)
{
    const dr_member *texts = dr_ordered(s, &s->arena, type.member, type.of, of);
    const dr_member *others = dr_ordered(s, &s->arena, type.member, type.of, in);
    uint32_t n = 0;
    if ((texts == NULL && of->count > 0) || (others == NULL && in->count > 0))
        return false;
    dr_buf_text(out, key);
    for (uint32_t i = 0; i < of->count; i++) {
        bool has = false;
        for (uint32_t k = 0; k < in->count; k++)
            has = has || dr_cmp_texts(texts[i], others[k]) == 0;
        if (has)
            continue;
        dr_buf_text(out, n++ > 0 ? "," : "");
        dr_buf_json(out, texts[i].bytes, texts[i].len);
    }
    dr_buf_char(out, ']');
    return true;
}

static bool put_difference_json(dr_session *s, const dr_audit_item *item, dr_buf *out)
{
    const dr_program *p = s->program;
    uint32_t f = item->field;
    int64_t supported = item->supported->cells[f], billed = item->billed->cells[f], more = 0;
    put_text(",\"field\":", p->fields[f].name, out);
    if (role_of(p, f) == DR_ROLE_COUNT && !__builtin_sub_overflow(billed, supported, &more)) {
        dr_buf_text(out, ",\"difference\":");
        dr_buf_int(out, more);
    }
    if (role_of(p, f) != DR_ROLE_SUFFIX || supported == DR_MISSING || billed == DR_MISSING)
        return true;
    return put_members(s, ",\"missing\":[", type_of(p, f), dr_ptr(supported), dr_ptr(billed), out) &&
           put_members(s, ",\"extra\":[", type_of(p, f), dr_ptr(billed), dr_ptr(supported), out);
}

static bool put_item_json(dr_session *s, const dr_audit *audit, const dr_audit_item *item, dr_buf *out)
{
    bool ok = true;
    dr_buf_text(out, "{\"kind\":\"");
    dr_audit_word(s, item, out);
    dr_buf_char(out, '"');
    if (item->kind == DR_AUDIT_DIFFERS)
        ok = put_difference_json(s, item, out);
    if (item->billed != NULL) {
        dr_buf_text(out, ",\"billed\":");
        ok = ok && dr_fields_json(s, item->billed->cells, out);
    }
    if (item->supported != NULL) {
        dr_buf_text(out, ",\"supported\":");
        ok = ok && dr_fields_json(s, item->supported->cells, out);
    }
    if (item->why[0] != '\0')
        put_text(",\"why\":", item->why, out);
    if (item->nearest[0] != '\0')
        put_text(",\"nearest\":", item->nearest, out);
    if (item->clause != DR_NONE) {
        const dr_clause *c = &s->program->clauses[item->clause];
        put_text(",\"clause\":", c->name, out);
        if (c->cite != NULL)
            put_text(",\"cite\":", c->cite, out);
    }
    if (item->amount != NULL)
        put_amount(s, audit, ",\"amount\":", *item->amount, out);
    dr_buf_char(out, '}');
    return ok;
}

static void put_totals(const dr_session *s, const dr_audit *audit, dr_buf *out)
{
    dr_buf_text(out, "],\"totals\":{\"billed\":");
    dr_buf_int(out, audit->n_billed);
    dr_buf_text(out, ",\"supported\":");
    dr_buf_int(out, audit->n_supported);
    dr_buf_text(out, ",\"items\":");
    dr_buf_int(out, audit->n);
    if (audit->priced) {
        put_amount(s, audit, ",\"under\":", audit->under, out);
        put_amount(s, audit, ",\"over\":", audit->over, out);
        put_amount(s, audit, ",\"net\":", audit->net, out);
    }
    dr_buf_text(out, "}}");
}

bool dr_audit_json(dr_session *s, const dr_audit *audit, dr_buf *out)
{
    bool ok = true;
    if (!dr_head_json(s, "drip.claim_audit/1", out))
        return false;
    dr_buf_text(out, ",\"items\":[");
    for (uint32_t i = 0; i < audit->n && ok; i++) {
        dr_buf_text(out, i > 0 ? "," : "");
        ok = put_item_json(s, audit, &audit->items[i], out);
    }
    dr_buf_text(out, "],\"edits\":[");
    for (uint32_t i = 0; i < audit->n_edits && ok; i++) {
        dr_buf_text(out, i > 0 ? "," : "");
        ok = dr_finding_json(audit->as_billed, audit->edits[i], out);
    }
    put_totals(s, audit, out);
    return ok && !out->failed;
}
