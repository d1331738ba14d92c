/* drip: api_coverage.c, level 3. What scenarios exercise, as a list: each clause (did it ever decide?), each
 * condition (was it ever true, ever false?), each test in a condition of several, each value of a parameter.
 *
 * Listed is what stands in the policies that the scenarios are for, which is the uppermost layer of each home;
 * the layers below have scenarios of their own. A test that the parameters settle counts like any other: a
 * scenario with another setting makes it come out the other way. What cannot be exercised may be given a
 * reason in the sources; a reason that is not needed any more is listed, too. A clause without a condition has none to
 * count, and the rows of data tables are data. */
#include "api_coverage.h"

#include <string.h>

typedef struct cover_item {
    drip_cover_item view;
    uint32_t home, source, start, end; /* where it stands, for the order */
} cover_item;

struct drip_coverage {
    drip_engine *engine;
    dr_arena arena;
    drip_program **homes; /* references: names and sources are theirs */
    uint32_t n_homes;
    cover_item *items;
    uint32_t count, size;
    const dr_source **sources; /* in which items stand */
    uint32_t n_sources;
};

typedef struct listing {
    drip_coverage *out;
    const dr_total *totals;
    uint32_t home;
    const dr_program *p;
    const dr_coverage *sum;
    bool failed;
} listing;

/* ---- items */

/* A test whose first or last part stands in parentheses begins or ends within them: they are taken in. */
static dr_span with_parentheses(const dr_source *s, dr_span span)
{
    uint32_t open = 0, start = span.start, end = span.end;
    for (uint32_t i = span.start; i < span.end && i < s->len; i++) {
        open += s->bytes[i] == '(';
        if (s->bytes[i] != ')')
            continue;
        if (open > 0) {
            open--;
            continue;
        }
        while (start > 0 && s->bytes[start - 1] == ' ')
            start--;
        if (start == 0 || s->bytes[start - 1] != '(')
            return span;
        start--;
    }
    for (; open > 0; open--) {
        while (end < s->len && s->bytes[end] == ' ')
            end++;
        if (end == s->len || s->bytes[end] != ')')
            return span;
        end++;
    }
    return (dr_span){span.source, start, end};
}

/* The text of a span on one line. */
static const char *one_line(listing *l, dr_span span)
{
    const dr_source *s = &l->p->sources.items[span.source];
    char *text = span.end > s->len || span.end < span.start
                     ? NULL
                     : dr_take(&l->out->arena, span.end - span.start + 1u);
    size_t n = 0;
    if (text == NULL) {
        l->failed = true;
        return "";
    }
    for (uint32_t i = span.start; i < span.end; i++) {
        bool blank = s->bytes[i] == ' ' || s->bytes[i] == '\n' || s->bytes[i] == '\t' || s->bytes[i] == '\r';
        if (!blank)
            text[n++] = s->bytes[i];
        else if (n > 0 && text[n - 1] != ' ')
            text[n++] = ' ';
    }
    text[n] = '\0';
    return text;
}

static drip_cover_item *add_item(listing *l, drip_cover_kind kind, const char *name, dr_span span)
{
    drip_coverage *c = l->out;
    if (span.source >= l->p->sources.count)
        return NULL;
    if (c->count == c->size) {
        uint32_t size = c->size == 0 ? 256 : c->size * 2;
        cover_item *grown = dr_take_zero(&c->arena, size, sizeof *grown);
        if (grown == NULL) {
            l->failed = true;
            return NULL;
        }
        if (c->count > 0)
            memcpy(grown, c->items, c->count * sizeof *grown);
        c->items = grown;
        c->size = size;
    }
    const dr_source *s = &l->p->sources.items[span.source];
    cover_item *item = &c->items[c->count++];
    *item = (cover_item){.home = l->home, .source = span.source, .start = span.start, .end = span.end};
    item->view = (drip_cover_item){
        .kind = kind, .name = name, .text = "", .origin = s->origin, .missing = "", .reason = ""};
    dr_source_place(s, span.start, &item->view.line, &item->view.column);
    dr_source_place(s, span.end, &item->view.end_line, &item->view.end_column);
    return &item->view;
}

static const char *lacking(const dr_tally *t)
{
    if (t->yes == 0 && t->no == 0)
        return "never asked";
    return t->yes == 0 ? "never true" : t->no == 0 ? "never false" : "";
}

/* Does it stand in a source of the uppermost layer, or of none? */
static bool on_top(const dr_program *p, dr_span span)
{
    return span.source < p->sources.count &&
           (p->source_layers[span.source] == DR_NONE || p->source_layers[span.source] + 1 >= p->n_layers);
}

/* What a layer's amendment leaves as it is below has scenarios there. */
static void add_condition(listing *l, drip_cover_kind kind, const char *name, dr_span span, const dr_tally *t)
{
    if (!on_top(l->p, span))
        return;
    span = with_parentheses(&l->p->sources.items[span.source], span);
    drip_cover_item *item = add_item(l, kind, name, span);
    if (item == NULL)
        return;
    item->text = one_line(l, span);
    item->yes = t->yes;
    item->no = t->no;
    item->missing = lacking(t);
}

static void add_tests(listing *l, const char *name, uint32_t cond)
{
    const dr_cond *c = &l->p->conds[cond];
    if (c->kind == DR_COND_TEST)
        add_condition(l, DRIP_COVER_TEST, name, c->span, &l->sum->conds[cond]);
    for (uint32_t child = c->first; child != DR_NONE; child = l->p->conds[child].next)
        add_tests(l, name, child);
}

/* A condition that is one test is told once. */
static void add_guard(listing *l, const char *name, uint32_t cond, const dr_tally *whole)
{
    const dr_cond *conds = l->p->conds;
    uint32_t inner = cond;
    add_condition(l, DRIP_COVER_GUARD, name, conds[cond].span, whole);
    while (conds[inner].kind == DR_COND_NOT && conds[inner].first != DR_NONE)
        inner = conds[inner].first;
    if (conds[inner].kind != DR_COND_TEST)
        add_tests(l, name, inner);
}

/* From its name to the end of its value, or of its last field. */
static dr_span extent(const dr_program *p, const dr_clause *c)
{
    dr_span all = c->span;
    if (c->kind == DR_CLAUSE_VALUE && c->value.span.source == all.source && c->value.span.end > all.end)
        all.end = c->value.span.end;
    for (uint32_t field = c->fields; field != DR_NONE; field = p->conds[field].next)
        if (p->conds[field].span.source == all.source && p->conds[field].span.end > all.end)
            all.end = p->conds[field].span.end;
    return all;
}

static void add_clause(listing *l, uint32_t at)
{
    const dr_clause *c = &l->p->clauses[at];
    drip_cover_kind kind = c->kind == DR_CLAUSE_ROW ? DRIP_COVER_ROW : DRIP_COVER_CLAUSE;
    drip_cover_item *item = add_item(l, kind, c->name, extent(l->p, c));
    if (item == NULL)
        return;
    item->yes = l->sum->decided[at];
    item->missing = item->yes == 0 ? "never decided" : "";
    if (c->cond != DR_NONE && c->kind == DR_CLAUSE_ROW)
        add_condition(l, DRIP_COVER_GUARD, c->name, c->span, &l->sum->guards[at]);
    else if (c->cond != DR_NONE)
        add_guard(l, c->name, c->cond, &l->sum->guards[at]);
    for (uint32_t field = c->fields; field != DR_NONE; field = l->p->conds[field].next)
        if (l->p->conds[field].first != DR_NONE)
            add_guard(l, c->name, l->p->conds[field].first, &l->sum->conds[field]);
}

/* ---- parameters */

static uint64_t take_value(dr_value_tally *values, const char *text)
{
    for (dr_value_tally *v = values; v != NULL; v = v->next)
        if (strcmp(v->text, text) == 0)
            return v->count;
    return 0;
}

static void add_value(listing *l, const dr_param *param, const char *text, uint64_t count)
{
    drip_cover_item *item = add_item(l, DRIP_COVER_PARAM, param->name, param->span);
    if (item == NULL)
        return;
    item->text = text;
    item->yes = count;
    item->missing = count == 0 ? "no scenario has it" : "";
}

static const char *value_text(listing *l, dr_type type, int64_t value)
{
    dr_buf text;
    dr_buf_init(&text, &l->out->engine->alloc, (size_t)1 << 16);
    dr_coverage_value(l->p, &l->p->syms, type, value, &text);
    const char *kept = dr_take_text(&l->out->arena, text.data == NULL ? "" : text.data, text.len);
    l->failed = l->failed || kept == NULL || text.failed;
    dr_buf_free(&text);
    return kept == NULL ? "" : kept;
}

/* Each value of a kind that has few; else the policy's own, and one that is not. */
static void add_param(listing *l, uint32_t at)
{
    const dr_param *param = &l->p->params[at];
    dr_value_tally *values = l->sum->values[at];
    uint64_t total = 0, own = 0;
    if (param->type.kind == DR_BOOL || param->type.kind == DR_ENUM) {
        uint32_t n = param->type.kind == DR_BOOL ? 2 : l->p->enums[param->type.of].count;
        for (uint32_t i = 0; i < n; i++) {
            const char *text = value_text(l, param->type, i);
            add_value(l, param, text, take_value(values, text));
        }
        return;
    }
    for (const dr_value_tally *v = values; v != NULL; v = v->next)
        total += v->count;
    for (uint32_t i = param->first; i < param->first + param->count; i++) {
        const char *text = value_text(l, param->type, l->p->param_values[i].value);
        bool again = false;
        for (uint32_t k = param->first; k < i; k++)
            again = again || strcmp(text, value_text(l, param->type, l->p->param_values[k].value)) == 0;
        if (again)
            continue;
        own += take_value(values, text);
        add_value(l, param, text, take_value(values, text));
    }
    add_value(l, param, "another value", total - own);
}

/* ---- what is listed */

/* Is it listed with an earlier home? */
static bool listed(const listing *l, dr_span span, drip_cover_kind kind, const char *name)
{
    const char *origin = l->p->sources.items[span.source].origin;
    for (uint32_t i = 0; l->home > 0 && i < l->out->count; i++) {
        const cover_item *item = &l->out->items[i];
        if (item->home != l->home && item->start == span.start && item->view.kind == kind &&
            strcmp(item->view.name, name) == 0 && strcmp(item->view.origin, origin) == 0)
            return true;
    }
    return false;
}

static void list_clauses(listing *l)
{
    for (uint32_t i = 0; i < l->p->n_clauses && !l->failed; i++) {
        const dr_clause *c = &l->p->clauses[i];
        drip_cover_kind kind = c->kind == DR_CLAUSE_ROW ? DRIP_COVER_ROW : DRIP_COVER_CLAUSE;
        if (on_top(l->p, c->span) && !listed(l, c->span, kind, c->name))
            add_clause(l, i);
    }
}

static void list_params(listing *l)
{
    for (uint32_t i = 1; i < l->p->n_params && !l->failed; i++) {
        const dr_param *param = &l->p->params[i];
        if (on_top(l->p, param->span) && !listed(l, param->span, DRIP_COVER_PARAM, param->name))
            add_param(l, i);
    }
}

/* ---- reasons */

static bool is_meant(const drip_cover_item *item, const dr_untested *u)
{
    return item->missing[0] != '\0' && item->kind != DRIP_COVER_STALE && strcmp(item->name, u->name) == 0 &&
           (u->text == NULL || strcmp(item->text, u->text) == 0);
}

static void give_reason(listing *l, const dr_untested *u)
{
    bool needed = false;
    if (dr_about_change(u)) /* it is for drip_mutate */
        return;
    for (uint32_t i = 0; i < l->out->count; i++)
        if (is_meant(&l->out->items[i].view, u)) {
            l->out->items[i].view.reason = u->why;
            needed = true;
        }
    drip_cover_item *stale = needed ? NULL : add_item(l, DRIP_COVER_STALE, u->name, u->span);
    if (stale == NULL)
        return;
    stale->text = u->text == NULL ? "" : u->text;
    stale->missing = "this reason is not needed: delete it";
}

/* ---- order: as they stand in the sources, the whole before its parts */

static int by_place(const cover_item *a, const cover_item *b)
{
    if (a->home != b->home)
        return a->home < b->home ? -1 : 1;
    if (a->source != b->source)
        return a->source < b->source ? -1 : 1;
    if (a->start != b->start)
        return a->start < b->start ? -1 : 1;
    if (a->view.kind != b->view.kind)
        return a->view.kind < b->view.kind ? -1 : 1;
    return 0;
}

static void sort_items(cover_item *items, cover_item *spare, uint32_t n)
{
    if (n < 2)
        return;
    uint32_t half = n / 2, a = 0, b = half;
    sort_items(items, spare, half);
    sort_items(items + half, spare, n - half);
    for (uint32_t i = 0; i < n; i++)
        spare[i] = b == n || (a < half && by_place(&items[a], &items[b]) <= 0) ? items[a++] : items[b++];
    memcpy(items, spare, n * sizeof *items);
}

static bool put_in_order(drip_coverage *c)
{
    cover_item *spare = dr_take_zero(&c->arena, (size_t)c->count + 1, sizeof *spare);
    c->sources = dr_take_zero(&c->arena, (size_t)c->count + 1, sizeof *c->sources);
    if (spare == NULL || c->sources == NULL)
        return false;
    sort_items(c->items, spare, c->count);
    for (uint32_t i = 0; i < c->count; i++) {
        const dr_source *s = &c->homes[c->items[i].home]->p->sources.items[c->items[i].source];
        if (c->n_sources == 0 || c->sources[c->n_sources - 1] != s)
            c->sources[c->n_sources++] = s;
    }
    return true;
}

drip_coverage *dr_coverage_report(drip_engine *engine, const dr_total *totals, uint32_t n)
{
    drip_coverage *c = dr_new(&engine->alloc, sizeof *c);
    if (c == NULL)
        return NULL;
    c->engine = engine;
    dr_arena_init(&c->arena, &engine->alloc, (size_t)1 << 16, engine->limits.compile_heap);
    c->homes = dr_take_zero(&c->arena, (size_t)n + 1, sizeof *c->homes);
    listing l = {.out = c, .totals = totals, .failed = c->homes == NULL};
    for (uint32_t i = 0; i < n && !l.failed; i++) {
        if (totals[i].home == NULL)
            continue;
        l.home = c->n_homes;
        l.p = totals[i].home->p;
        l.sum = &totals[i].sum;
        c->homes[c->n_homes++] = drip_program_ref(totals[i].home);
        list_clauses(&l);
        list_params(&l);
    }
    for (l.home = 0; l.home < c->n_homes; l.home++) {
        l.p = c->homes[l.home]->p;
        for (uint32_t i = 0; i < l.p->n_untested; i++)
            give_reason(&l, &l.p->untested[i]);
    }
    if (!l.failed && put_in_order(c))
        return c;
    drip_coverage_free(c);
    return NULL;
}

/* ---- the views */

void drip_coverage_free(drip_coverage *coverage)
{
    if (coverage == NULL)
        return;
    dr_alloc a = coverage->engine->alloc;
    for (uint32_t i = 0; i < coverage->n_homes; i++)
        drip_program_free(coverage->homes[i]);
    dr_arena_free(&coverage->arena);
    dr_free(&a, coverage, sizeof *coverage);
}

uint32_t drip_coverage_items(const drip_coverage *coverage)
{
    return coverage == NULL ? 0 : coverage->count;
}

drip_status drip_coverage_item(const drip_coverage *coverage, uint32_t item, drip_cover_item *view)
{
    if (coverage == NULL || view == NULL)
        return DRIP_MISUSE;
    if (item >= coverage->count)
        return DRIP_NOT_FOUND;
    *view = coverage->items[item].view;
    return DRIP_OK;
}

uint32_t drip_coverage_sources(const drip_coverage *coverage)
{
    return coverage == NULL ? 0 : coverage->n_sources;
}

drip_status drip_coverage_source(const drip_coverage *coverage, uint32_t source, const char **origin,
                                 const char **text, size_t *len)
{
    if (coverage == NULL || origin == NULL || text == NULL || len == NULL)
        return DRIP_MISUSE;
    if (source >= coverage->n_sources)
        return DRIP_NOT_FOUND;
    *origin = coverage->sources[source]->origin;
    *text = coverage->sources[source]->bytes;
    *len = coverage->sources[source]->len;
    return DRIP_OK;
}
