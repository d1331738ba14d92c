/* drip: api_diff.c, level 3. What differs between two policies' answers to one encounter.
 *
 * Lines are paired in steps, all over lines sorted by what they say, so that nothing depends on how either policy
 * orders them: lines that are equal in everything; of the rest, lines of one name that agree in all but count and suffixes;
 * lines of one family that agree in all but name, count and suffixes, as where another clause now names the same thing; lines of
 * one name that differ in the fewest fields, and in no more than half of them. What is left was added or removed. A pair is one change however
 * many of its fields differ, with both clauses and the difference of its amounts; so amounts add up.
 *
 * Findings of one code about the same things are the same finding; then, of those left, findings of one code. */
#include "api_diff.h"

#include "order.h"
#include "result.h"

#include <string.h>

typedef struct said { /* a line, or a finding with the fields code, about, severity */
    const char **fields;
    const char *all;
    const char *clause, *cite, *family;
    dr_amounts amount;
    bool paired;
} said;

typedef struct side {
    drip_session *session;
    said *items; /* sorted */
    uint32_t n;
} side;

typedef struct comparing {
    const drip_diff *diff;
    dr_arena *arena;
    dr_changes *out;
    side sides[2];
    dr_buf words;
    bool failed;
} comparing;

enum { BEFORE, AFTER };
enum { CODE, ABOUT, SEVERITY, FINDING_FIELDS };

/* ---- amounts */

dr_amounts dr_amounts_none(void)
{
    dr_amounts none;
    for (uint32_t k = 0; k < DR_DIFF_AMOUNTS_MAX; k++)
        none.of[k] = dr_num_int(0);
    return none;
}

bool dr_amounts_add(dr_amounts *a, const dr_amounts *b, uint32_t n)
{
    for (uint32_t k = 0; k < n; k++)
        if (!dr_num_add(a->of[k], b->of[k], &a->of[k]))
            return false;
    return true;
}

bool dr_amounts_sub(const dr_amounts *a, const dr_amounts *b, uint32_t n, dr_amounts *to)
{
    for (uint32_t k = 0; k < n; k++)
        if (!dr_num_sub(a->of[k], b->of[k], &to->of[k]))
            return false;
    return true;
}

static bool amount_of(const drip_session *s, uint32_t slot, uint32_t line, dr_num *amount)
{
    const dr_col col = s->s.cols[slot];
    int64_t cell = col.base[(size_t)s->outcome.lines[line].row * col.stride];
    if (cell != DR_MISSING)
        *amount = *(const dr_num *)dr_ptr(cell);
    return cell != DR_MISSING;
}

static void *take(comparing *c, size_t count, size_t size)
{
    void *p = c->failed ? NULL : dr_take_zero(c->arena, count, size);
    c->failed = c->failed || (p == NULL && count > 0);
    return p;
}

static const char *keep_words(comparing *c)
{
    const char *text = c->words.failed
                           ? NULL
                           : dr_take_text(c->arena, c->words.data != NULL ? c->words.data : "", c->words.len);
    c->failed = c->failed || text == NULL;
    dr_buf_clear(&c->words);
    return text != NULL ? text : "";
}

/* ---- both sides as texts */

static const char *field_text(comparing *c, int which, uint32_t line, const dr_diff_field *f)
{
    drip_session *s = c->sides[which].session;
    uint32_t at = which == BEFORE ? f->before : f->after;
    drip_shown shown = {.text = ""};
    if (at == DR_NONE)
        return "";
    s->lost = false;
    if (f->shown)
        (void)drip_result_shown(s, line, at, &shown);
    else
        shown.text = drip_result_line_text(s, line, at);
    c->failed = c->failed || s->lost;
    return shown.text;
}

static const char *all_of(comparing *c, const said *of, uint32_t n)
{
    for (uint32_t f = 0; f < n; f++) {
        dr_buf_text(&c->words, of->fields[f]);
        dr_buf_char(&c->words, '\x01');
    }
    return keep_words(c);
}

static void line_clauses(comparing *c, int which, uint32_t line, said *to)
{
    drip_clause clause;
    for (uint32_t k = 0; drip_result_line_clause(c->sides[which].session, line, k, &clause) == DRIP_OK; k++) {
        dr_buf_text(&c->words, k > 0 ? "+" : "");
        dr_buf_text(&c->words, clause.name);
        if (k == 0)
            to->cite = clause.cite;
    }
    to->clause = keep_words(c);
}

static void line_amounts(comparing *c, int which, uint32_t line, said *to)
{
    to->amount = dr_amounts_none();
    for (uint32_t k = 0; k < c->diff->n_amounts; k++) {
        uint32_t slot = c->diff->amounts[k].slot[which];
        if (slot != DR_NONE)
            (void)amount_of(c->sides[which].session, slot, line, &to->amount.of[k]);
    }
}

static const char *family_of(comparing *c, int which, uint32_t line)
{
    const dr_session *s = &c->sides[which].session->s;
    const dr_out_line *l = &c->sides[which].session->outcome.lines[line];
    if (l->n_sources == 0)
        return "";
    return dr_sym_text(&s->syms, s->program->rules[s->lines[l->sources[0]].rule].family)->bytes;
}

static int by_all(const void *context, uint32_t a, uint32_t b)
{
    const said *items = context;
    return strcmp(items[a].all, items[b].all);
}

static void sort_side(comparing *c, side *s)
{
    c->failed = c->failed || !dr_sort(c->arena, s->items, s->n, sizeof *s->items, by_all, s->items);
}

static void load_lines(comparing *c, int which)
{
    side *s = &c->sides[which];
    uint32_t n = c->diff->n_fields;
    s->n = c->out->refused[which] ? 0 : drip_result_lines(s->session);
    s->items = take(c, s->n, sizeof *s->items);
    for (uint32_t i = 0; i < s->n && !c->failed; i++) {
        said *line = &s->items[i];
        line->fields = take(c, n, sizeof *line->fields);
        for (uint32_t f = 0; line->fields != NULL && f < n; f++)
            line->fields[f] = field_text(c, which, i, &c->diff->fields[f]);
        if (line->fields == NULL)
            return;
        line->all = all_of(c, line, n);
        line_clauses(c, which, i, line);
        line_amounts(c, which, i, line);
        line->family = family_of(c, which, i);
    }
    sort_side(c, s);
}

static void load_findings(comparing *c, int which)
{
    static const char *const severities[] = {"deny", "hold", "warn", "info"};
    side *s = &c->sides[which];
    s->n = c->out->refused[which] ? 0 : drip_result_findings(s->session);
    s->items = take(c, s->n, sizeof *s->items);
    for (uint32_t i = 0; i < s->n && !c->failed; i++) {
        said *to = &s->items[i];
        drip_finding f;
        to->fields = take(c, FINDING_FIELDS, sizeof *to->fields);
        c->failed = c->failed || drip_result_finding(s->session, i, &f) != DRIP_OK;
        if (c->failed)
            return;
        to->fields[CODE] = f.code;
        to->fields[ABOUT] = f.about;
        to->fields[SEVERITY] = severities[f.severity & 3];
        to->all = all_of(c, to, FINDING_FIELDS);
        to->clause = f.clause.name;
        to->cite = f.clause.cite;
    }
    sort_side(c, s);
}

/* ---- changes */

static dr_change *add(comparing *c, drip_moved moved, const said *was, const said *now)
{
    dr_changes *out = c->out;
    if (c->failed)
        return NULL;
    if (out->n == out->size) {
        uint32_t size = out->size == 0 ? 16 : out->size * 2;
        dr_change *grown = take(c, size, sizeof *grown);
        if (grown == NULL)
            return NULL;
        if (out->n > 0)
            memcpy(grown, out->items, out->n * sizeof *grown);
        out->items = grown;
        out->size = size;
    }
    dr_change *made = &out->items[out->n++];
    const dr_amounts none = dr_amounts_none();
    *made = (dr_change){moved, "", "", "", "", "", "", "", "", "", none, dr_num_int(0)};
    if (was != NULL) {
        made->was = was->clause;
        made->was_cite = was->cite != NULL ? was->cite : "";
    }
    if (now != NULL) {
        made->now = now->clause;
        made->now_cite = now->cite != NULL ? now->cite : "";
    }
    const dr_amounts *a = was != NULL && moved <= DRIP_MOVED_LINE ? &was->amount : &none;
    const dr_amounts *b = now != NULL && moved <= DRIP_MOVED_LINE ? &now->amount : &none;
    made->lost = a->of[0];
    c->failed = c->failed || !dr_amounts_sub(b, a, c->diff->n_amounts, &made->amount);
    return made;
}

/* The fields in which they differ, and what they hold: "units", "2", "3". Shown ones only where no other does. */
static void tell_line(comparing *c, dr_change *change, const said *a, const said *b)
{
    const char **parts[] = {&change->what, &change->from, &change->to};
    const char *separators[] = {"+", ", ", ", "};
    for (int part = 0; part < 3; part++) {
        uint32_t told = 0;
        for (uint32_t f = 0; f < c->diff->n_fields; f++) {
            const dr_diff_field *field = &c->diff->fields[f];
            if (strcmp(a->fields[f], b->fields[f]) == 0 || (field->shown && told > 0))
                continue;
            const char *text = part == 0 ? field->name : part == 1 ? a->fields[f] : b->fields[f];
            dr_buf_text(&c->words, told++ > 0 ? separators[part] : "");
            dr_buf_text(&c->words, *text != '\0' ? text : "nothing");
        }
        *parts[part] = keep_words(c);
    }
}

static const char *line_name(const comparing *c, const said *line)
{
    for (uint32_t f = 0; f < c->diff->n_fields; f++)
        if (!c->diff->fields[f].shown && c->diff->fields[f].role == DRIP_ROLE_NAME)
            return line->fields[f];
    return c->diff->n_fields > 0 ? line->fields[0] : "";
}

static const char *line_count(const comparing *c, const said *line)
{
    for (uint32_t f = 0; f < c->diff->n_fields; f++)
        if (!c->diff->fields[f].shown && c->diff->fields[f].role == DRIP_ROLE_COUNT)
            return line->fields[f];
    return "";
}

static void pair_lines(comparing *c, said *a, said *b)
{
    a->paired = b->paired = true;
    dr_change *change = add(c, DRIP_MOVED_LINE, a, b);
    if (change == NULL)
        return;
    change->name = line_name(c, b);
    change->old_name = line_name(c, a);
    tell_line(c, change, a, b);
}

/* How many fields of the record differ; amounts and the like follow from them. */
static uint32_t distance(const comparing *c, const said *a, const said *b)
{
    uint32_t n = 0;
    for (uint32_t f = 0; f < c->diff->n_fields; f++)
        if (!c->diff->fields[f].shown && strcmp(a->fields[f], b->fields[f]) != 0)
            n++;
    return n;
}

static uint32_t plain_fields(const comparing *c)
{
    uint32_t n = 0;
    for (uint32_t f = 0; f < c->diff->n_fields; f++)
        n += !c->diff->fields[f].shown;
    return n;
}

static void pair_of_one_name(comparing *c)
{
    side *x = &c->sides[BEFORE], *y = &c->sides[AFTER];
    uint32_t most = plain_fields(c) / 2;
    for (uint32_t apart = 0; apart <= most; apart++)
        for (uint32_t i = 0; i < x->n && !c->failed; i++)
            for (uint32_t k = 0; k < y->n && !x->items[i].paired; k++)
                if (!y->items[k].paired &&
                    strcmp(line_name(c, &x->items[i]), line_name(c, &y->items[k])) == 0 &&
                    distance(c, &x->items[i], &y->items[k]) == apart)
                    pair_lines(c, &x->items[i], &y->items[k]);
}

static bool for_the_same(const comparing *c, const said *a, const said *b)
{
    bool any = false;
    for (uint32_t f = 0; f < c->diff->n_fields; f++) {
        const dr_diff_field *field = &c->diff->fields[f];
        if (field->shown || field->role != DRIP_ROLE_PLAIN)
            continue;
        if (strcmp(a->fields[f], b->fields[f]) != 0)
            return false;
        any = any || *a->fields[f] != '\0';
    }
    return any;
}

/* Lines for the same thing, of one name or of any of their family. */
static void pair_for_the_same(comparing *c, bool one_name)
{
    side *x = &c->sides[BEFORE], *y = &c->sides[AFTER];
    for (uint32_t i = 0; i < x->n && !c->failed; i++)
        for (uint32_t k = 0; k < y->n && !x->items[i].paired; k++) {
            said *a = &x->items[i], *b = &y->items[k];
            if (!b->paired && for_the_same(c, a, b) &&
                (one_name ? strcmp(line_name(c, a), line_name(c, b)) == 0
                          : strcmp(a->family, b->family) == 0))
                pair_lines(c, a, b);
        }
}

/* Both are sorted by what they say. */
static void pair_equal(comparing *c)
{
    side *x = &c->sides[BEFORE], *y = &c->sides[AFTER];
    for (uint32_t i = 0, k = 0; i < x->n && k < y->n && !c->failed;) {
        int order = strcmp(x->items[i].all, y->items[k].all);
        if (order == 0) {
            x->items[i].paired = y->items[k].paired = true;
            c->out->reworded = c->out->reworded || strcmp(x->items[i].clause, y->items[k].clause) != 0;
        }
        i += order <= 0;
        k += order >= 0;
    }
}

static void compare_lines(comparing *c)
{
    load_lines(c, BEFORE);
    load_lines(c, AFTER);
    if (c->failed)
        return;
    pair_equal(c);
    pair_for_the_same(c, true);
    pair_for_the_same(c, false);
    pair_of_one_name(c);
    for (int which = BEFORE; which <= AFTER; which++)
        for (uint32_t i = 0; i < c->sides[which].n && !c->failed; i++) {
            const said *line = &c->sides[which].items[i];
            if (line->paired)
                continue;
            dr_change *change = which == BEFORE ? add(c, DRIP_MOVED_LINE_REMOVED, line, NULL)
                                                : add(c, DRIP_MOVED_LINE_ADDED, NULL, line);
            if (change == NULL)
                return;
            change->name = change->old_name = line_name(c, line);
            *(which == BEFORE ? &change->from : &change->to) = line_count(c, line);
        }
}

/* ---- findings */

static void pair_findings(comparing *c, said *a, said *b)
{
    bool other = strcmp(a->fields[SEVERITY], b->fields[SEVERITY]) != 0;
    a->paired = b->paired = true;
    dr_change *change = add(c, DRIP_MOVED_FINDING, a, b);
    if (change == NULL)
        return;
    change->name = change->old_name = b->fields[CODE];
    change->from = other ? a->fields[SEVERITY] : a->fields[ABOUT];
    change->to = other ? b->fields[SEVERITY] : b->fields[ABOUT];
    if (!other) {
        change->what = "about";
        return;
    }
    dr_buf_text(&c->words, a->fields[SEVERITY]);
    dr_buf_char(&c->words, '>');
    dr_buf_text(&c->words, b->fields[SEVERITY]);
    change->what = keep_words(c);
}

static void pair_codes(comparing *c, bool about)
{
    side *x = &c->sides[BEFORE], *y = &c->sides[AFTER];
    for (uint32_t i = 0; i < x->n && !c->failed; i++)
        for (uint32_t k = 0; k < y->n && !x->items[i].paired; k++)
            if (!y->items[k].paired && strcmp(x->items[i].fields[CODE], y->items[k].fields[CODE]) == 0 &&
                (!about || strcmp(x->items[i].fields[ABOUT], y->items[k].fields[ABOUT]) == 0))
                pair_findings(c, &x->items[i], &y->items[k]);
}

static void compare_findings(comparing *c)
{
    load_findings(c, BEFORE);
    load_findings(c, AFTER);
    if (c->failed)
        return;
    pair_equal(c);
    pair_codes(c, true);
    pair_codes(c, false);
    for (int which = BEFORE; which <= AFTER; which++)
        for (uint32_t i = 0; i < c->sides[which].n && !c->failed; i++) {
            const said *f = &c->sides[which].items[i];
            if (f->paired)
                continue;
            dr_change *change = which == BEFORE ? add(c, DRIP_MOVED_FINDING_REMOVED, f, NULL)
                                                : add(c, DRIP_MOVED_FINDING_ADDED, NULL, f);
            if (change == NULL)
                return;
            change->name = change->old_name = f->fields[CODE];
            change->what = f->fields[SEVERITY];
            *(which == BEFORE ? &change->from : &change->to) = f->fields[ABOUT];
        }
}

/* ---- an encounter */

static drip_status same_bytes(drip_session *const sessions[2], bool *same)
{
    for (int which = BEFORE; which <= AFTER; which++) {
        drip_session *s = sessions[which];
        dr_buf_clear(&s->json);
        if (!dr_body_json(&s->s, &s->outcome, &s->json))
            return DRIP_NO_MEMORY;
    }
    const dr_buf *a = &sessions[BEFORE]->json, *b = &sessions[AFTER]->json;
    *same = a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
    return DRIP_OK;
}

/* The first is what the policy says it is; the others are added up here. False: too large. */
static bool sum_side(const drip_diff *d, const drip_session *s, int which, dr_changes *out)
{
    int64_t cell = d->total[which] != DR_NONE ? s->outcome.totals[d->total[which]] : DR_MISSING;
    bool ok = true;
    if (cell != DR_MISSING)
        out->total[which].of[0] = *(const dr_num *)dr_ptr(cell);
    for (uint32_t k = 0; k < d->n_amounts; k++)
        for (uint32_t i = 0; d->amounts[k].slot[which] != DR_NONE && i < s->outcome.n_lines; i++) {
            dr_num amount = dr_num_int(0), *sum = &out->total[which].of[k];
            bool known = amount_of(s, d->amounts[k].slot[which], i, &amount);
            if (k == 0)
                out->unpriced[which] += !known;
            else
                ok = ok && dr_num_add(*sum, amount, sum);
        }
    return ok;
}

static bool sum_up(const drip_diff *d, drip_session *const sessions[2], dr_changes *out)
{
    bool ok = true;
    for (int which = BEFORE; which <= AFTER; which++) {
        out->total[which] = dr_amounts_none();
        if (out->refused[which])
            continue;
        out->denied[which] = sessions[which]->outcome.denied > 0;
        ok = sum_side(d, sessions[which], which, out) && ok;
    }
    return ok;
}

static void tell_refused(comparing *c, drip_session *const sessions[2])
{
    const said none = {.clause = "", .amount = dr_amounts_none()};
    bool after = c->out->refused[AFTER];
    dr_change *change = add(c, after ? DRIP_MOVED_REFUSED : DRIP_MOVED_ACCEPTED, &none, &none);
    if (change == NULL)
        return;
    c->failed =
        !dr_amounts_sub(&c->out->total[AFTER], &c->out->total[BEFORE], c->diff->n_amounts, &change->amount);
    *(after ? &change->to : &change->from) = drip_session_message(sessions[after ? AFTER : BEFORE]);
}

drip_status dr_diff_compare(const drip_diff *diff, drip_session *const sessions[2], dr_changes *out)
{
    comparing c = {.diff = diff, .out = out};
    bool same = false;
    *out = (dr_changes){.refused = {!sessions[BEFORE]->evaluated, !sessions[AFTER]->evaluated}};
    if (!sum_up(diff, sessions, out))
        return DRIP_LIMIT;
    if (out->refused[BEFORE] && out->refused[AFTER])
        return DRIP_OK;
    if (!out->refused[BEFORE] && !out->refused[AFTER]) {
        drip_status status = same_bytes(sessions, &same);
        if (status != DRIP_OK || same)
            return status;
    }
    c.arena = &sessions[BEFORE]->views;
    c.sides[BEFORE].session = sessions[BEFORE];
    c.sides[AFTER].session = sessions[AFTER];
    dr_buf_init(&c.words, &diff->programs[BEFORE]->engine->alloc, (size_t)1 << 24);
    if (out->refused[BEFORE] || out->refused[AFTER]) {
        tell_refused(&c, sessions);
    } else {
        compare_lines(&c);
        compare_findings(&c);
    }
    dr_buf_free(&c.words);
    out->moved = out->n > 0;
    out->reworded = !out->moved;
    return c.failed ? DRIP_NO_MEMORY : DRIP_OK;
}

/* ---- what is planted */

drip_status drip_layers_plant(drip_layers *layers, const drip_program *program, const char *name,
                              drip_error **error)
{
    const char *root = NULL;
    if (layers == NULL || program == NULL || name == NULL)
        return DRIP_MISUSE;
    for (uint32_t e = 0; e < program->p->n_entities && root == NULL; e++)
        if (program->p->entities[e].kind == DR_ROOT)
            root = program->p->entities[e].name;
    dr_buf text;
    dr_buf_init(&text, &layers->engine->alloc, 4096);
    dr_buf_text(&text, "drip 1\nfinding ");
    dr_buf_text(&text, name);
    dr_buf_text(&text, " info for x in ");
    dr_buf_text(&text, root != NULL ? root : "");
    dr_buf_text(&text, "\n  message \"planted, so that the comparison shows that it sees changes\"\n");
    drip_status status =
        text.failed ? DRIP_NO_MEMORY : drip_layers_add(layers, "(planted)", text.data, text.len, error);
    dr_buf_free(&text);
    return status;
}
