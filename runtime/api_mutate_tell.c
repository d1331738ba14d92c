/* drip: api_mutate_tell.c, level 3. What is told of the changes that drip_mutate made: each once, with what it reads like in the
 * source, who noticed it, and the reason that the sources have for it. */
#include "api_mutate.h"

#include <string.h>

#define LEFT_OUT "(left out)" /* as reports word it */

typedef struct dr_mut_reason { /* an "untested" of the sources */
    struct dr_mut_reason *next;
    const char *name, *text, *why, *origin;
    uint32_t line, column, end_line, end_column;
    bool change; /* it is about one */
    bool needed;
} dr_mut_reason;
typedef struct dr_mut_told {
    drip_mutant view;
    uint32_t start, end;
    uint8_t state; /* dr_mut_state */
    const char *text;
} told;

const char *dr_mut_name(const dr_mutating *x, const dr_mut_item *it)
{
    return it->clause == DR_NONE ? it->m->name : x->plain->p->clauses[it->clause].name;
}

static told *known(const drip_mutation *o, const dr_mutating *x, const dr_mut_item *it)
{
    for (uint32_t i = 0; i < o->n_all; i++) {
        told *t = &o->all[i];
        if (t->start == it->m->start && t->end == it->m->end && strcmp(t->text, it->m->text) == 0 &&
            strcmp(t->view.origin, x->base.items[it->source].origin) == 0)
            return t;
    }
    return NULL;
}

uint8_t dr_mut_known(const drip_mutation *o, const dr_mutating *x, const dr_mut_item *it)
{
    const told *t = known(o, x, it);
    return t == NULL ? (uint8_t)MUT_UNKNOWN : t->state;
}

/* ---- what a change reads like */

enum { SHOWN_MAX = 160 };

/* On one line, blanks and comments apart. */
static void put_flat(dr_buf *out, const char *at, size_t len)
{
    bool gap = false;
    for (size_t i = 0; i < len; i++) {
        if (at[i] == '#')
            while (i < len && at[i] != '\n')
                i++;
        bool blank = i >= len || strchr(" \t\r\n", at[i]) != NULL;
        if (blank) {
            gap = out->len > 0;
            continue;
        }
        if (gap)
            dr_buf_char(out, ' ');
        gap = false;
        dr_buf_char(out, at[i]);
    }
}

static const char *kept(drip_mutation *o, dr_buf *text)
{
    while (text->len > 0 && text->data[text->len - 1] == ' ')
        text->len--;
    const char *out = dr_take_text(&o->arena, text->data == NULL ? "" : text->data, text->len);
    o->failed = o->failed || out == NULL || text->failed;
    dr_buf_clear(text);
    return out == NULL ? "" : out;
}

/* What stands there, and what would: of the smallest expression around it that is not too long. */
static void show(drip_mutation *o, const dr_mutating *x, const dr_mut_item *it, drip_mutant *view)
{
    const dr_mutant *m = it->m;
    const dr_layer_source *s = &x->base.items[it->source];
    uint32_t from = m->from, to = m->to;
    dr_buf text;
    if (to - from > SHOWN_MAX) {
        from = m->start;
        to = m->end;
    }
    dr_buf_init(&text, &x->engine->alloc, (size_t)1 << 20);
    put_flat(&text, s->bytes + from, to - from);
    view->from = kept(o, &text);
    put_flat(&text, s->bytes + from, m->start - from);
    if (m->start > from && strchr(" \t\r\n", s->bytes[m->start - 1]) != NULL)
        dr_buf_char(&text, ' ');
    dr_buf_text(&text, m->text);
    if (m->end < to && strchr(" \t\r\n", s->bytes[m->end]) != NULL)
        dr_buf_char(&text, ' ');
    dr_buf rest;
    dr_buf_init(&rest, &x->engine->alloc, (size_t)1 << 20);
    put_flat(&rest, s->bytes + m->end, to - m->end);
    dr_buf_bytes(&text, rest.data, rest.len);
    o->failed = o->failed || rest.failed;
    dr_buf_free(&rest);
    view->to = kept(o, &text);
    dr_buf_free(&text);
}

/* "FROM → TO", as the reasons of the sources name a change. */
static bool is_meant(const dr_mut_reason *r, const drip_mutant *view)
{
    size_t from = strlen(view->from), arrow = strlen(DR_ARROW);
    if (strcmp(r->name, view->name) != 0)
        return false;
    if (r->text == NULL)
        return true;
    if (strncmp(r->text, view->from, from) != 0 || strncmp(r->text + from, DR_ARROW, arrow) != 0)
        return false;
    const char *to = r->text + from + arrow;
    return strcmp(to, view->to) == 0 || (*view->to == '\0' && strcmp(to, LEFT_OUT) == 0);
}

/* ---- the answer */

static const char *const kind_words[DR_MUTANT_KINDS] = {
    "constant", "comparison", "logic", "exception", "rule", "cell", "choice", "date", "parameter"};

static const char *owned(drip_mutation *o, const char *text)
{
    const char *out = dr_take_text(&o->arena, text, strlen(text));
    o->failed = o->failed || out == NULL;
    return out == NULL ? "" : out;
}

/* The line of the source on which the change is. */
static const char *line_at(drip_mutation *o, const dr_layer_source *s, uint32_t at)
{
    uint32_t from = at;
    while (from > 0 && s->bytes[from - 1] != '\n')
        from--;
    size_t len = strcspn(s->bytes + from, "\n");
    const char *out = dr_take_text(&o->arena, s->bytes + from, len);
    o->failed = o->failed || out == NULL;
    return out == NULL ? "" : out;
}

static void place(const dr_mutating *x, const dr_mut_item *it, drip_mutant *view)
{
    const dr_layer_source *s = &x->base.items[it->source];
    dr_source source = {.bytes = s->bytes, .len = (uint32_t)s->len};
    dr_source_place(&source, it->m->start, &view->line, &view->column);
    dr_source_place(&source, it->m->end, &view->end_line, &view->end_column);
}

static void fill_view(drip_mutation *o, const dr_mutating *x, const dr_mut_item *it, drip_mutant *view)
{
    *view = (drip_mutant){
        .kind = kind_words[it->m->kind], .reason = "", .noticed_by = "", .scenario = "", .encounter = ""};
    view->name = owned(o, dr_mut_name(x, it));
    view->origin = owned(o, x->base.items[it->source].origin);
    view->source_line = line_at(o, &x->base.items[it->source], it->m->start);
    place(x, it, view);
    show(o, x, it, view);
}

/* The scenario under a name of its own, for what it shows: names do not repeat. */
static const char *called(drip_mutation *o, const dr_mutating *x, const char *scenario,
                          const drip_mutant *view)
{
    static const char before[] = "scenario \"";
    const char *const parts[] = {view->name, ": ", view->from, DR_ARROW,
                                 *view->to == '\0' ? LEFT_OUT : view->to};
    dr_buf text;
    dr_buf_init(&text, &x->engine->alloc, (size_t)1 << 20);
    dr_buf_text(&text, before);
    for (uint32_t i = 0; i < sizeof parts / sizeof *parts; i++)
        dr_buf_text(&text, parts[i]);
    for (size_t i = sizeof before - 1; i < text.len && !text.failed; i++)
        text.data[i] = text.data[i] == '"' || text.data[i] == '\\' ? '\'' : text.data[i];
    dr_buf_text(&text, "\"");
    dr_buf_text(&text, strchr(scenario, '\n'));
    const char *out = text.failed ? NULL : dr_take_text(&o->arena, text.data, text.len);
    o->failed = o->failed || out == NULL;
    dr_buf_free(&text);
    return out == NULL ? "" : out;
}

static void add_item(drip_mutation *o, const dr_mutating *x, const dr_mut_item *it)
{
    told *t = known(o, x, it);
    if (t == NULL) {
        t = &o->all[o->n_all++];
        *t = (told){.start = it->m->start, .end = it->m->end, .text = owned(o, it->m->text)};
        fill_view(o, x, it, &t->view);
    }
    t->state = it->state;
    t->view.state = it->state == MUT_KILLED ? DRIP_MUTANT_NOTICED : DRIP_MUTANT_SURVIVED;
    for (uint32_t i = 0; i < x->n_cases; i++)
        t->view.reached += dr_mut_reach(x, it, &x->cases[i]) > 0;
    if (it->state == MUT_KILLED)
        t->view.noticed_by = owned(o, x->cases[it->killer].c->name);
    if (it->scenario != NULL)
        t->view.scenario = it->searched ? called(o, x, it->scenario, &t->view) : owned(o, it->scenario);
    if (it->encounter != NULL)
        t->view.encounter = owned(o, it->encounter);
    t->view.tried = it->tried;
}

static bool make_room(drip_mutation *o, uint32_t more)
{
    told *all = dr_take_zero(&o->arena, (size_t)o->n_all + more + 1, sizeof *all);
    if (all == NULL)
        return false;
    if (o->n_all > 0)
        memcpy(all, o->all, o->n_all * sizeof *all);
    o->all = all;
    return true;
}

static void keep_reasons(drip_mutation *o, const dr_program *p)
{
    for (uint32_t i = 0; i < p->n_untested; i++) {
        const dr_untested *u = &p->untested[i];
        const dr_source *s = &p->sources.items[u->span.source];
        dr_mut_reason *r = dr_take_zero(&o->arena, 1, sizeof *r);
        if (r == NULL) {
            o->failed = true;
            return;
        }
        r->name = owned(o, u->name);
        r->text = u->text == NULL ? NULL : owned(o, u->text);
        r->why = owned(o, u->why);
        r->change = dr_about_change(u);
        r->origin = owned(o, s->origin);
        dr_source_place(s, u->span.start, &r->line, &r->column);
        dr_source_place(s, u->span.end, &r->end_line, &r->end_column);
        r->next = o->reasons;
        o->reasons = r;
    }
}

drip_status dr_mut_tell(drip_mutation *o, const dr_mutating *x)
{
    if (!make_room(o, x->n_items))
        return DRIP_NO_MEMORY;
    for (uint32_t i = 0; i < x->n_items; i++) {
        if (x->items[i].status != DRIP_OK)
            return x->items[i].status;
        add_item(o, x, &x->items[i]);
    }
    keep_reasons(o, x->home->p);
    return o->failed ? DRIP_NO_MEMORY : DRIP_OK;
}

/* ---- once all is known */

static void give_reason(drip_mutation *o, drip_mutant *view)
{
    for (dr_mut_reason *r = o->reasons; r != NULL; r = r->next)
        if (view->state == DRIP_MUTANT_SURVIVED && is_meant(r, view)) {
            view->reason = r->why;
            view->state = DRIP_MUTANT_EXCUSED;
            r->needed = true;
        }
}

/* Those about a change alone: the others are about the coverage, too. */
static void add_stale(drip_mutation *o)
{
    for (const dr_mut_reason *r = o->reasons; r != NULL; r = r->next) {
        if (r->needed || !r->change)
            continue;
        drip_mutant *view = &o->items[o->count++];
        *view = (drip_mutant){.state = DRIP_MUTANT_STALE,
                              .kind = "reason",
                              .name = r->name,
                              .from = r->text,
                              .to = "",
                              .origin = r->origin,
                              .line = r->line,
                              .column = r->column,
                              .end_line = r->end_line,
                              .end_column = r->end_column,
                              .source_line = "",
                              .noticed_by = "",
                              .reason = r->why,
                              .scenario = "",
                              .encounter = ""};
    }
}

drip_status dr_mut_conclude(drip_mutation *o, bool whole)
{
    size_t n = o->n_all;
    for (const dr_mut_reason *r = o->reasons; r != NULL; r = r->next)
        n++;
    o->items = dr_take_zero(&o->arena, n + 1, sizeof *o->items);
    if (o->items == NULL)
        return DRIP_NO_MEMORY;
    for (uint32_t i = 0; i < o->n_all; i++) {
        const told *t = &o->all[i];
        o->refused += t->state == MUT_REFUSED;
        o->same += t->state == MUT_SAME;
        if (t->state != MUT_KILLED && t->state != MUT_SURVIVED)
            continue;
        o->items[o->count] = t->view;
        give_reason(o, &o->items[o->count++]);
    }
    if (whole)
        add_stale(o);
    return DRIP_OK;
}
