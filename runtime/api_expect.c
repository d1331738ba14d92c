/* drip: api_expect.c, level 3. What a scenario expects against what came. Each expectation that does not hold is
 * a row: what was expected, what was found in its place, and the clauses that decided what was found. For a line
 * that is not there at all it is the clause that came nearest, and the least change of the record that would
 * bring it, where a short search finds one. */
#include "api_test.h"
#include "miss.h"

#include <string.h>

typedef struct miss {
    struct miss *next;
    const char *expected, *found, *by;
} miss;

typedef struct comparing {
    drip_session *s;
    const dr_program *p;
    const dr_case *c;
    uint32_t name, suffix, count; /* fields of a line; DR_NONE: it has none */
    miss *first, *last;
    dr_buf text, notes;
    uint32_t searched; /* lines for which the nearest miss was looked for */
    bool failed;       /* memory is out */
} comparing;

/* ---- lines */

static bool has_text(const drip_session *s, const dr_set *set, const char *text)
{
    for (uint32_t i = 0; set != NULL && i < set->count; i++)
        if (strcmp(dr_sym_text(&s->s.syms, set->at[i])->bytes, text) == 0)
            return true;
    return false;
}

static bool line_named(const comparing *t, const dr_out_line *l, const char *name)
{
    return t->name != DR_NONE && strcmp(dr_sym_text(&t->s->s.syms, l->cells[t->name])->bytes, name) == 0;
}

static bool line_is(const comparing *t, const dr_out_line *l, const dr_expect *e)
{
    if (!line_named(t, l, e->text))
        return false;
    const dr_set *set = t->suffix == DR_NONE ? NULL : dr_ptr(l->cells[t->suffix]);
    if (e->n_suffixes != (set == NULL ? 0 : set->count))
        return false;
    for (uint32_t i = 0; i < e->n_suffixes; i++)
        if (!has_text(t->s, set, e->suffixes[i]))
            return false;
    return true;
}

static uint32_t number_of(const comparing *t, const dr_out_line *l)
{
    return (uint32_t)(l - t->s->outcome.lines);
}

static bool has_values(const comparing *t, const dr_out_line *l, const dr_expect *e)
{
    return dr_told_others(t->s, number_of(t, l), e) == 0;
}

static int64_t total_of(const comparing *t, const dr_expect *e)
{
    int64_t total = 0;
    for (uint32_t i = 0; i < t->s->outcome.n_lines; i++)
        if (line_is(t, &t->s->outcome.lines[i], e) && has_values(t, &t->s->outcome.lines[i], e))
            total += t->count == DR_NONE ? 1 : t->s->outcome.lines[i].cells[t->count];
    return total;
}

static bool holds(const comparing *t, const dr_expect *e)
{
    return e->count >= 0 ? total_of(t, e) == e->count : total_of(t, e) > 0;
}

/* Is the line one of the list that begins at expectation `first`? */
static bool is_listed(const comparing *t, const dr_out_line *l, uint32_t first)
{
    const dr_case *c = t->c;
    for (uint32_t k = first;
         k < c->n_expects && (k == first || (c->expects[k].kind == 'o' && !c->expects[k].first)); k++)
        if (line_is(t, l, &c->expects[k]) &&
            (has_values(t, l, &c->expects[k]) || !holds(t, &c->expects[k]))) /* that is said of it already */
            return true;
    return false;
}

/* ---- clauses */

static bool finding_there(const comparing *t, const dr_expect *e)
{
    for (uint32_t i = 0; i < t->s->outcome.n_findings; i++)
        if (dr_finding_is(t->s, &t->s->outcome.findings[i], e))
            return true;
    return false;
}

static uint32_t slot_of(const dr_program *p, const char *clause)
{
    for (uint32_t i = 0; i < p->n_clauses; i++)
        if (strcmp(p->clauses[i].name, clause) == 0)
            return p->clauses[i].kind == DR_CLAUSE_VALUE || p->clauses[i].kind == DR_CLAUSE_ROW
                       ? p->clauses[i].slot
                       : DR_NONE;
    return DR_NONE;
}

/* In how many rows of the attribute did a clause of this number decide? */
static uint32_t rows_decided(const comparing *t, uint32_t slot, uint32_t clause)
{
    const dr_session *s = &t->s->s;
    uint32_t column = t->p->slots[slot].clause_column, n = 0;
    if (column == DR_NONE || s->clauses[column] == NULL)
        return 0;
    for (uint32_t r = 0; r < s->n_rows[t->p->slots[slot].entity]; r++)
        n += s->clauses[column][r] == clause;
    return n;
}

/* Did the clause of this name decide a line, a finding or any value? */
static bool clause_decided(const comparing *t, const char *name)
{
    const dr_program *p = t->p;
    const dr_outcome *o = &t->s->outcome;
    for (uint32_t i = 0; i < o->n_lines; i++)
        for (uint32_t k = 0; k < o->lines[i].n_clauses; k++)
            if (strcmp(p->clauses[o->lines[i].clauses[k]].name, name) == 0)
                return true;
    for (uint32_t i = 0; i < o->n_findings; i++)
        if (strcmp(p->clauses[o->findings[i].clause].name, name) == 0)
            return true;
    for (uint32_t i = 0; i < p->n_clauses; i++)
        if (strcmp(p->clauses[i].name, name) == 0 && slot_of(p, name) != DR_NONE &&
            rows_decided(t, p->clauses[i].slot, i) > 0)
            return true;
    return false;
}

/* ---- the words of a row */

/* What was put into the buffer, kept until the next answer; the buffer is empty again. */
static const char *kept(comparing *t)
{
    const char *text = dr_take_text(&t->s->views, t->text.data == NULL ? "" : t->text.data, t->text.len);
    t->failed = t->failed || text == NULL || t->text.failed;
    dr_buf_clear(&t->text);
    return text == NULL ? "" : text;
}

static void put_item(comparing *t, const char *text)
{
    if (t->text.len > 0)
        dr_buf_text(&t->text, ", ");
    dr_buf_text(&t->text, text);
}

static void put_count(comparing *t, int64_t count)
{
    dr_buf_text(&t->text, " x");
    dr_buf_int(&t->text, count);
}

static const char *expected(comparing *t, const char *what, const dr_expect *e)
{
    dr_buf_text(&t->text, what);
    dr_buf_text(&t->text, e->text);
    for (uint32_t i = 0; i < e->n_suffixes; i++) {
        dr_buf_char(&t->text, '-');
        dr_buf_text(&t->text, e->suffixes[i]);
    }
    if (e->count >= 0)
        put_count(t, e->count);
    dr_expected_about_write(e, &t->text);
    return kept(t);
}

static void put_line(comparing *t, uint32_t i)
{
    const char *suffixes = t->suffix == DR_NONE ? "" : drip_result_line_text(t->s, i, t->suffix);
    put_item(t, t->name == DR_NONE ? "?" : drip_result_line_text(t->s, i, t->name));
    for (const char *at = suffixes; *at != '\0'; at += strspn(at, ", ")) {
        size_t len = strcspn(at, ",");
        dr_buf_char(&t->text, '-');
        dr_buf_bytes(&t->text, at, len);
        at += len;
    }
    put_count(t, t->count == DR_NONE ? 1 : t->s->outcome.lines[i].cells[t->count]);
}

static void put_clauses(comparing *t, const dr_out_line *l)
{
    for (uint32_t k = 0; k < l->n_clauses; k++)
        put_item(t, t->p->clauses[l->clauses[k]].name);
}

static void add_miss(comparing *t, const char *what, const char *found, const char *by)
{
    miss *m = dr_take_zero(&t->s->views, 1, sizeof *m);
    if (m == NULL) {
        t->failed = true;
        return;
    }
    *m = (miss){NULL, what, found, by};
    if (t->last != NULL)
        t->last->next = m;
    else
        t->first = m;
    t->last = m;
}

/* What the line of this name came nearest by; "" if nothing was found. The change goes to the notes. */
static const char *nearest(comparing *t, const char *name)
{
    enum { FUEL = 1000000, SEARCHES = 3 }; /* a small visit is tried some hundred times */
    dr_misses found = {.n = 0};
    if (t->searched == SEARCHES || dr_api_scratch(t->s) != DRIP_OK)
        return "";
    t->searched++;
    if (dr_miss_search(&t->s->scratch->s, &t->s->views, t->c->json, t->c->len, name, FUEL, &t->s->s.interrupt,
                       &found) != DR_OK ||
        found.n == 0)
        return "";
    const dr_miss *m = &found.items[0];
    dr_buf_text(&t->notes, name);
    dr_buf_text(&t->notes, " would be there, had the record shown ");
    for (uint32_t i = 0; i < m->n_edits; i++) {
        dr_buf_text(&t->notes, i > 0 ? ", and " : "");
        dr_edit_tell(&t->s->s, &m->edits[i], &t->notes);
    }
    dr_buf_char(&t->notes, '\n');
    put_item(t, "nearest: ");
    dr_buf_text(&t->text, t->p->clauses[t->p->rules[m->rule].clause].name);
    return kept(t);
}

/* A row with the lines of this name; NULL: with each line. */
static void miss_lines(comparing *t, const char *what, const char *name)
{
    const dr_outcome *o = &t->s->outcome;
    bool any = false;
    for (uint32_t i = 0; i < o->n_lines; i++) {
        if (name != NULL && !line_named(t, &o->lines[i], name))
            continue;
        put_line(t, i);
        const char *found = kept(t);
        put_clauses(t, &o->lines[i]);
        add_miss(t, any ? "" : what, found, kept(t));
        any = true;
    }
    if (!any)
        add_miss(t, what, "nothing", name == NULL ? "" : nearest(t, name));
}

/* A row with each finding that should not be there. */
static void miss_findings(comparing *t, const char *what, const dr_expect *e)
{
    const dr_outcome *o = &t->s->outcome;
    for (uint32_t i = 0; i < o->n_findings; i++) {
        if (!dr_finding_is(t->s, &o->findings[i], e))
            continue;
        put_item(t, o->findings[i].code);
        if (e->about != NULL) {
            dr_buf_char(&t->text, ' ');
            dr_found_about_write(t->s, &o->findings[i], &t->text);
        }
        add_miss(t, what, kept(t), t->p->clauses[o->findings[i].clause].name);
    }
}

/* In the place of a finding: whom those of its code are about. */
static void miss_finding(comparing *t, const char *what, const dr_expect *e)
{
    const dr_outcome *o = &t->s->outcome;
    bool any = false;
    for (uint32_t i = 0; i < o->n_findings; i++) {
        if (strcmp(o->findings[i].code, e->text) != 0)
            continue;
        dr_found_about_write(t->s, &o->findings[i], &t->text);
        add_miss(t, any ? "" : what, kept(t), t->p->clauses[o->findings[i].clause].name);
        any = true;
    }
    if (!any)
        add_miss(t, what, "no such finding", "");
}

/* In the place of the clause that decided nothing: those that decided the same attribute. */
static void miss_clause(comparing *t, const char *what, const char *clause)
{
    uint32_t slot = slot_of(t->p, clause);
    for (uint32_t i = 0; i < t->p->n_clauses && slot != DR_NONE; i++) {
        if (t->p->clauses[i].slot != slot || slot_of(t->p, t->p->clauses[i].name) != slot)
            continue;
        uint32_t n = rows_decided(t, slot, i);
        if (n == 0)
            continue;
        put_item(t, t->p->clauses[i].name);
        put_count(t, n);
    }
    add_miss(t, what, "nothing decided by it", kept(t));
}

/* ---- values */

static const char *valued(comparing *t, const char *what, const dr_expect_value *v)
{
    dr_buf_text(&t->text, what);
    dr_buf_char(&t->text, ' ');
    dr_expected_value_write(v, &t->text);
    return kept(t);
}

/* If it is another. */
static void miss_value(comparing *t, const dr_out_line *l, const dr_expect *e, const dr_expect_value *v)
{
    dr_told told;
    bool there = dr_told_find(&t->s->s, l, v->name, &told);
    if (there && dr_told_is(t->s, &told, v))
        return;
    const char *what = valued(t, e->text, v);
    if (!there) {
        add_miss(t, what, "nothing is shown so", "");
        return;
    }
    dr_found_value_write(t->s, &told, &t->text);
    const char *found = kept(t);
    if (told.field)
        put_clauses(t, l);
    else if (told.clause < t->p->n_clauses)
        put_item(t, t->p->clauses[told.clause].name);
    add_miss(t, what, found, kept(t));
}

/* Each value that is another, of those lines that come nearest; false: there is none, or no line. */
static bool miss_values(comparing *t, const dr_expect *e)
{
    const dr_outcome *o = &t->s->outcome;
    uint32_t least = UINT32_MAX;
    for (uint32_t i = 0; i < o->n_lines; i++) {
        uint32_t n = line_is(t, &o->lines[i], e) ? dr_told_others(t->s, i, e) : 0;
        least = n > 0 && n < least ? n : least;
    }
    for (uint32_t i = 0; i < o->n_lines; i++) {
        const dr_out_line *l = &o->lines[i];
        bool near = line_is(t, l, e) && dr_told_others(t->s, i, e) == least;
        for (uint32_t k = 0; k < e->n_values && near; k++)
            miss_value(t, l, e, &e->values[k]);
    }
    return least != UINT32_MAX;
}

/* The lines that have the values, of which there are too many or too few; false: there is none. */
static bool miss_units(comparing *t, const dr_expect *e)
{
    const dr_outcome *o = &t->s->outcome;
    const char *what = NULL;
    for (uint32_t i = 0; i < o->n_lines; i++) {
        if (!line_is(t, &o->lines[i], e) || !has_values(t, &o->lines[i], e))
            continue;
        if (what == NULL) {
            dr_buf_text(&t->text, expected(t, "", e));
            for (uint32_t k = 0; k < e->n_values; k++) {
                dr_buf_text(&t->text, k == 0 ? " with " : ", ");
                dr_expected_value_write(&e->values[k], &t->text);
            }
            what = kept(t);
        } else {
            what = "";
        }
        put_line(t, i);
        const char *found = kept(t);
        put_clauses(t, &o->lines[i]);
        add_miss(t, what, found, kept(t));
    }
    return what != NULL;
}

static void check_total(comparing *t, const dr_expect *e)
{
    drip_shown view;
    for (uint32_t v = 0; v < e->n_values; v++) {
        bool there = false;
        for (uint32_t k = 0; !there && drip_result_total(t->s, k, &view) == DRIP_OK; k++)
            there = strcmp(view.name, e->values[v].name) == 0;
        if (!there || strcmp(e->values[v].text == NULL ? "" : e->values[v].text, view.text) != 0)
            add_miss(t, valued(t, "total", &e->values[v]),
                     !there               ? "no such total"
                     : *view.text != '\0' ? view.text
                                          : "missing",
                     "");
    }
}

/* ---- each expectation */

static void check_only(comparing *t, uint32_t first)
{
    const dr_outcome *o = &t->s->outcome;
    for (uint32_t i = 0; i < o->n_lines; i++) {
        if (is_listed(t, &o->lines[i], first))
            continue;
        put_line(t, i);
        const char *found = kept(t);
        put_clauses(t, &o->lines[i]);
        add_miss(t, "no other line", found, kept(t));
    }
}

static bool any_line(const comparing *t, const char *name)
{
    for (uint32_t i = 0; i < t->s->outcome.n_lines; i++)
        if (line_named(t, &t->s->outcome.lines[i], name))
            return true;
    return false;
}

static uint32_t lines_of(const comparing *t, const dr_expect *e)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < t->s->outcome.n_lines; i++)
        n += line_is(t, &t->s->outcome.lines[i], e);
    return n;
}

/* Another value where there is the line, or how many have the values; else the lines of this name. */
static void miss_expected(comparing *t, const dr_expect *e)
{
    dr_expect bare = *e;
    bare.n_values = 0;
    bool told = e->n_values > 0 && holds(t, &bare) && miss_values(t, e);
    if (!told && e->n_values > 0 && lines_of(t, e) > 1)
        told = miss_units(t, e) || miss_values(t, e);
    if (!told)
        miss_lines(t, expected(t, "", e), e->text);
}

static void check_one(comparing *t, uint32_t i)
{
    const dr_expect *e = &t->c->expects[i];
    switch (e->kind) {
    case 'o':
    case 'i':
        if (!holds(t, e))
            miss_expected(t, e);
        if (e->kind == 'o' && e->first)
            check_only(t, i);
        break;
    case 'n':
        if (e->n_suffixes > 0 ? total_of(t, e) != 0 : any_line(t, e->text))
            miss_lines(t, expected(t, "no ", e), e->text);
        break;
    case 'x':
        if (t->s->outcome.n_lines > 0)
            miss_lines(t, "no line", NULL);
        break;
    case 't':
        check_total(t, e);
        break;
    case 'f':
        if (!finding_there(t, e))
            miss_finding(t, expected(t, "finding ", e), e);
        break;
    case 'F':
        if (finding_there(t, e))
            miss_findings(t, e->text == NULL ? "no finding" : expected(t, "no finding ", e), e);
        break;
    default:
        if (!clause_decided(t, e->text))
            miss_clause(t, expected(t, "because ", e), e->text);
        break;
    }
}

/* Without a word about it, and without a search for what came nearest. */
static bool one_holds(comparing *t, uint32_t i)
{
    const dr_expect *e = &t->c->expects[i];
    const dr_outcome *o = &t->s->outcome;
    switch (e->kind) {
    case 'o':
    case 'i':
        for (uint32_t k = 0; e->kind == 'o' && e->first && k < o->n_lines; k++)
            if (!is_listed(t, &o->lines[k], i))
                return false;
        return holds(t, e);
    case 'n':
        return e->n_suffixes > 0 ? total_of(t, e) == 0 : !any_line(t, e->text);
    case 'x':
        return o->n_lines == 0;
    case 't':
        check_total(t, e);
        return t->first == NULL;
    case 'f':
        return finding_there(t, e);
    case 'F':
        return !finding_there(t, e);
    default:
        return clause_decided(t, e->text);
    }
}

/* ---- the rows, in columns, and the whole answer */

static size_t width(const char *text)
{
    size_t n = 0;
    for (; *text != '\0'; text++)
        n += ((unsigned char)*text & 0xC0) != 0x80;
    return n;
}

static void put_row(dr_buf *out, const size_t *widths, const char *a, const char *b, const char *c)
{
    dr_buf_text(out, a);
    dr_buf_fill(out, ' ', widths[0] - width(a) + 3);
    dr_buf_text(out, b);
    if (*c != '\0') {
        dr_buf_fill(out, ' ', widths[1] - width(b) + 3);
        dr_buf_text(out, c);
    }
    dr_buf_char(out, '\n');
}

static void put_table(const comparing *t, dr_buf *out)
{
    size_t widths[] = {strlen("expected"), strlen("found")};
    bool decided = false;
    for (const miss *m = t->first; m != NULL; m = m->next) {
        size_t a = width(m->expected), b = width(m->found);
        widths[0] = a > widths[0] ? a : widths[0];
        widths[1] = b > widths[1] ? b : widths[1];
        decided = decided || *m->by != '\0';
    }
    put_row(out, widths, "expected", "found", decided ? "decided by" : "");
    for (const miss *m = t->first; m != NULL; m = m->next)
        put_row(out, widths, m->expected, m->found, m->by);
}

static void put_answer(comparing *t, dr_buf *out)
{
    const dr_outcome *o = &t->s->outcome;
    dr_buf_text(out, "all lines: ");
    for (uint32_t i = 0; i < o->n_lines; i++)
        put_line(t, i);
    dr_buf_text(out, o->n_lines == 0 ? "none" : kept(t));
    dr_buf_text(out, "; all findings: ");
    for (uint32_t i = 0; i < o->n_findings; i++)
        put_item(t, o->findings[i].code);
    dr_buf_text(out, o->n_findings == 0 ? "none" : kept(t));
    dr_buf_char(out, '\n');
}

static void put_summary(const comparing *t, dr_buf *out)
{
    uint32_t more = 0;
    for (const miss *m = t->first->next; m != NULL; m = m->next)
        more++;
    dr_buf_text(out, "expected ");
    dr_buf_text(out, t->first->expected);
    dr_buf_text(out, ", found ");
    dr_buf_text(out, t->first->found);
    if (more > 0) {
        dr_buf_text(out, ", and ");
        dr_buf_int(out, more);
        dr_buf_text(out, " more");
    }
    dr_buf_char(out, '\n');
}

static comparing compare(drip_session *s, const dr_case *c)
{
    const dr_program *p = s->s.program;
    comparing t = {.s = s,
                   .p = p,
                   .c = c,
                   .name = dr_field_of(p, DR_ROLE_NAME),
                   .suffix = dr_field_of(p, DR_ROLE_SUFFIX),
                   .count = dr_field_of(p, DR_ROLE_COUNT)};
    dr_buf_init(&t.text, &s->program->engine->alloc, (size_t)1 << 20);
    dr_buf_init(&t.notes, &s->program->engine->alloc, (size_t)1 << 20);
    return t;
}

bool dr_expectations_hold(drip_session *s, const dr_case *c)
{
    comparing t = compare(s, c);
    bool hold = true;
    for (uint32_t i = 0; i < c->n_expects && hold; i++)
        hold = one_holds(&t, i);
    dr_buf_free(&t.notes);
    dr_buf_free(&t.text);
    return hold;
}

void dr_expectations_tell(drip_session *s, const dr_case *c, dr_buf *told)
{
    comparing t = compare(s, c);
    for (uint32_t i = 0; i < c->n_expects; i++)
        check_one(&t, i);
    if (t.first != NULL) {
        put_summary(&t, told);
        put_table(&t, told);
        dr_buf_bytes(told, t.notes.data, t.notes.len);
        put_answer(&t, told);
    }
    told->failed = told->failed || t.failed || t.notes.failed;
    dr_buf_free(&t.notes);
    dr_buf_free(&t.text);
}
