/* drip: explain_json.c, level 2b. An explanation as drip.explanation/1: the same tree, for programs. */
#include "account.h"
#include "result.h"

#include <string.h>

enum { DEEPEST = 64 };

static void put_text(dr_buf *out, const char *text)
{
    dr_buf_json(out, text, strlen(text));
}

static void put_key(dr_buf *out, const char *name)
{
    if (out->len > 0 && out->data[out->len - 1] != '{' && out->data[out->len - 1] != '[')
        dr_buf_char(out, ',');
    put_text(out, name);
    dr_buf_char(out, ':');
}

static void put_pair(dr_buf *out, const char *name, const char *text)
{
    if (text == NULL)
        return;
    put_key(out, name);
    put_text(out, text);
}

static void put_flag(dr_buf *out, const char *name, bool set)
{
    if (!set)
        return;
    put_key(out, name);
    dr_buf_text(out, "true");
}

/* What is written to a buffer of its own, as a JSON text. */
static void put_told(dr_buf *out, const char *name, dr_buf *words)
{
    put_key(out, name);
    dr_buf_json(out, words->data != NULL ? words->data : "", words->len);
    dr_buf_clear(words);
}

static void put_amended(const dr_program *p, const dr_clause *c, dr_buf *out)
{
    if (c->amends == NULL)
        return;
    put_key(out, "amends");
    dr_buf_char(out, '[');
    for (const dr_amended *a = c->amends; a != NULL; a = a->next) {
        dr_buf_text(out, a == c->amends ? "{" : ",{");
        put_pair(out, "layer", dr_tell_layer(p, a->span));
        put_pair(out, "cite", a->cite);
        dr_buf_char(out, '}');
    }
    dr_buf_char(out, ']');
}

static void put_clause(const dr_session *s, uint32_t clause, dr_buf *out)
{
    const dr_clause *c = &s->program->clauses[clause];
    const dr_sources *sources = &s->program->sources;
    uint32_t line = 0, column = 0;
    put_pair(out, "clause", c->name);
    put_pair(out, "cite", c->cite);
    put_pair(out, "layer", dr_tell_layer(s->program, c->span));
    put_amended(s->program, c, out);
    if (c->span.source >= sources->count)
        return;
    dr_source_place(&sources->items[c->span.source], c->span.start, &line, &column);
    put_pair(out, "file", sources->items[c->span.source].origin);
    put_key(out, "line");
    dr_buf_int(out, line);
    put_key(out, "column");
    dr_buf_int(out, column);
}

static void put_defeated(const dr_session *s, const dr_why *y, dr_buf *out)
{
    if (y->n_defeated == 0)
        return;
    put_key(out, "over");
    dr_buf_char(out, '[');
    for (uint32_t i = 0; i < y->n_defeated; i++) {
        dr_buf_text(out, i > 0 ? "," : "");
        put_text(out, s->program->clauses[y->defeated[i]].name);
    }
    dr_buf_char(out, ']');
}

static void put_about(dr_session *s, const dr_why *y, dr_buf *words, dr_buf *out)
{
    const dr_program *p = s->program;
    if (y->slot == DR_NONE || y->kind == DR_WHY_ROWS || y->kind == DR_WHY_NO_ROW)
        return;
    uint32_t row = y->kind == DR_WHY_TEST ? y->node : y->row;
    dr_tell_row(s, p->slots[y->slot].entity, row, words);
    put_told(out, "of", words);
    put_pair(out, "attribute", p->slots[y->slot].name);
    if (y->value != DR_MISSING) {
        dr_tell_value(s, p->slots[y->slot].type, y->value, words);
        put_told(out, "value", words);
    }
    if (dr_tell_path(s, y->slot, row, words))
        put_told(out, "path", words);
    dr_buf_clear(words);
}

static void put_nodes(dr_session *s, const dr_why *y, uint32_t depth, dr_buf *words, dr_buf *out)
{
    static const char *const kinds[] = {
        [DR_WHY_RULE] = "rule",   [DR_WHY_TEST] = "test",       [DR_WHY_FIELD] = "field",
        [DR_WHY_VALUE] = "value", [DR_WHY_CHARTED] = "charted", [DR_WHY_EVENTS] = "events",
        [DR_WHY_ROWS] = "rows",   [DR_WHY_HOOK] = "hook",       [DR_WHY_NO_ROW] = "none"};
    dr_buf_char(out, '[');
    for (const dr_why *first = y; y != NULL && depth < DEEPEST; y = y->next) {
        dr_buf_text(out, y == first ? "{" : ",{");
        put_pair(out, "kind", kinds[y->kind]);
        dr_tell(s, y, words);
        put_told(out, "text", words);
        if (y->kind == DR_WHY_TEST) {
            put_key(out, "truth");
            dr_buf_text(out, y->truth ? "true" : "false");
        }
        put_about(s, y, words, out);
        if (y->clause != DR_NONE)
            put_clause(s, y->clause, out);
        put_defeated(s, y, out);
        put_flag(out, "again", y->again);
        put_flag(out, "cut", y->cut);
        if (y->first != NULL) {
            put_key(out, "because");
            put_nodes(s, y->first, depth + 1, words, out);
        }
        dr_buf_char(out, '}');
    }
    dr_buf_char(out, ']');
}

/* ---- entries */

static void put_whys(dr_session *s, const dr_account_entry *e, dr_buf *words, dr_buf *out)
{
    put_key(out, "because");
    dr_buf_char(out, '[');
    for (uint32_t i = 0; i < e->n_whys; i++) {
        size_t at = out->len;
        put_nodes(s, e->whys[i], 0, words, out);
        if (out->failed || out->len < at + 2)
            return;
        memmove(out->data + at, out->data + at + 1, out->len - at - 2); /* the list's own brackets */
        out->len -= 2;
        dr_buf_text(out, i + 1 < e->n_whys ? "," : "");
    }
    dr_buf_char(out, ']');
}

static bool put_entries(dr_session *s, const dr_account *a, bool lines, dr_buf *words, dr_buf *out)
{
    bool any = false;
    put_key(out, lines ? "lines" : "findings");
    dr_buf_char(out, '[');
    for (uint32_t i = 0; i < a->n_entries; i++) {
        const dr_account_entry *e = &a->entries[i];
        if ((e->line != NULL) != lines)
            continue;
        dr_buf_text(out, any ? ",{" : "{");
        put_key(out, lines ? "line" : "finding");
        if (!(lines ? dr_line_json(s, e->line, out) : dr_finding_json(s, e->finding, out)))
            return false;
        if (!lines && e->finding->cure != NULL)
            put_pair(out, "cure", e->finding->cure);
        put_whys(s, e, words, out);
        dr_buf_char(out, '}');
        any = true;
    }
    dr_buf_char(out, ']');
    return true;
}

/* ---- what is not there */

static void put_misses(dr_session *s, const dr_misses *misses, dr_buf *words, dr_buf *out)
{
    put_key(out, "nearest");
    dr_buf_char(out, '[');
    for (uint32_t i = 0; i < misses->n; i++) {
        const dr_miss *m = &misses->items[i];
        dr_buf_text(out, i > 0 ? ",{" : "{");
        put_key(out, "changes");
        dr_buf_char(out, '[');
        for (uint32_t k = 0; k < m->n_edits; k++) {
            dr_buf_text(out, k > 0 ? "," : "");
            dr_edit_json(s, &m->edits[k], out);
        }
        dr_buf_char(out, ']');
        for (uint32_t k = 0; k < m->n_edits; k++) {
            dr_buf_text(words, k > 0 ? " and " : "");
            dr_edit_tell(s, &m->edits[k], words);
        }
        put_told(out, "text", words);
        put_pair(out, "clause", s->program->clauses[s->program->rules[m->rule].clause].name);
        put_pair(out, "lines", m->answer);
        dr_buf_char(out, '}');
    }
    dr_buf_char(out, ']');
}

static void put_missing(dr_session *s, const dr_account *a, dr_buf *words, dr_buf *out)
{
    put_key(out, "whyNot");
    dr_buf_char(out, '{');
    put_pair(out, "code", a->missing);
    put_key(out, "clauses");
    dr_buf_char(out, '[');
    for (uint32_t i = 0; i < a->n_candidates; i++) {
        const dr_candidate *c = &a->candidates[i];
        dr_buf_text(out, i > 0 ? ",{" : "{");
        put_clause(s, s->program->rules[c->rule].clause, out);
        put_flag(out, "nearest", c->nearest);
        put_key(out, "stopped");
        put_nodes(s, c->why->first, 0, words, out);
        dr_buf_char(out, '}');
    }
    dr_buf_char(out, ']');
    if (a->searched) {
        put_misses(s, &a->misses, words, out);
        put_flag(out, "cut", !a->misses.all_tried);
    }
    dr_buf_char(out, '}');
}

bool dr_account_json(dr_session *s, const dr_account *a, dr_buf *out)
{
    const dr_program *p = s->program;
    dr_buf words;
    dr_buf_init(&words, &s->alloc, (size_t)1 << 20);
    dr_buf_char(out, '{');
    put_pair(out, "format", "drip.explanation/1");
    put_pair(out, "encounter", s->refusal.encounter);
    put_pair(out, "policy", p->name);
    bool ok = put_entries(s, a, true, &words, out) && put_entries(s, a, false, &words, out);
    if (a->missing != NULL)
        put_missing(s, a, &words, out);
    dr_buf_char(out, '}');
    ok = ok && !out->failed && !words.failed;
    dr_buf_free(&words);
    return ok;
}
