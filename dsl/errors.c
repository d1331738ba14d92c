/* drip: errors.c, level 2a. How the passes report: one diagnostic at the place that is wrong, and a name
 * that may have been meant. Also the growing arrays that the passes share. */
#include "front.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void *dr_vec_add(dr_arena *arena, dr_vec *v, size_t item)
{
    if (v->count == v->size) {
        uint32_t size = v->size == 0 ? 8 : v->size * 2;
        size_t bytes = 0;
        if (size < v->size || !dr_size_mul(size, item, &bytes))
            return NULL;
        void *grown = dr_take(arena, bytes);
        if (grown == NULL)
            return NULL;
        if (v->count > 0)
            memcpy(grown, v->data, v->count * item);
        v->data = grown;
        v->size = size;
    }
    void *at = (char *)v->data + (size_t)v->count * item;
    memset(at, 0, item);
    v->count++;
    return at;
}

/* Said already, of the same place? A row's conditions, say, are looked at once for each of its columns. */
static bool said(const dr_diags *diags, dr_span span, const char *code)
{
    for (uint32_t i = 0; i < diags->count && span.source != UINT32_MAX; i++) {
        const dr_diag *d = &diags->items[i];
        if (d->span.source == span.source && d->span.start == span.start && d->span.end == span.end &&
            strcmp(d->code, code) == 0)
            return true;
    }
    return false;
}

static dr_diag *say_once(dr_front *f, dr_severity severity, dr_span span, const char *code,
                         const char *format, va_list arguments)
{
    char text[512];
    if (said(f->diags, span, code))
        return NULL;
    vsnprintf(text, sizeof text, format, arguments);
    return dr_diag_add(f->diags, severity, code, span, "%s", text);
}

dr_diag *dr_error_at(dr_front *f, dr_span span, const char *code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    dr_diag *d = say_once(f, DR_ERROR, span, code, format, arguments);
    va_end(arguments);
    return d;
}

dr_diag *dr_warn_at(dr_front *f, dr_span span, const char *code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    dr_diag *d = say_once(f, DR_WARNING, span, code, format, arguments);
    va_end(arguments);
    return d;
}

/* One letter is near to every other: no hint from that. What is wrong must be the whole of the diagnostic's
 * place, or the edit would replace more. It is sure where one slip makes a name of three letters or more. */
void dr_hint_nearest(dr_front *f, dr_diag *d, const dr_suggest *s)
{
    if (d == NULL || s->best == NULL || s->len <= 1)
        return;
    dr_diag_hint(f->diags, d, "did you mean \"%s\"?", s->best);
    if (d->span.source >= f->sources->count || d->span.end - d->span.start != s->len ||
        memcmp(f->sources->items[d->span.source].bytes + d->span.start, s->name, s->len) != 0)
        return;
    dr_diag_fix(f->diags, d, s->best_distance == 1 && !s->tied && s->len >= 3, d->span, "%s", s->best);
}

void dr_suggest_names(dr_front *f, dr_diag *d, const char *name, uint8_t kind, uint16_t scope)
{
    if (d == NULL)
        return;
    dr_suggest s;
    dr_suggest_init(&s, name, strlen(name));
    for (uint32_t i = 0; i < f->decls.count; i++) {
        const dr_decl *decl = &DR_AT(f->decls, dr_decl, i);
        if (decl->kind == kind && decl->scope == scope)
            dr_suggest_try(&s, decl->name);
    }
    dr_hint_nearest(f, d, &s);
}

/* A day that is in no calendar: the month does not exist, or has not so many. */
void dr_no_such_day(dr_front *f, dr_span at, const char *text)
{
    enum { LAST = 31, FEWEST = 28 };
    dr_diag *d = dr_error_at(f, at, "E0228", "there is no such day");
    char day[] = "0000-00-00";
    int64_t found = 0;
    if (d == NULL || strlen(text) != sizeof day - 1)
        return;
    memcpy(day, text, sizeof day - 1);
    for (int last = LAST; last >= FEWEST; last--) {
        day[8] = (char)('0' + last / 10);
        day[9] = (char)('0' + last % 10);
        if (!dr_date_parse(day, sizeof day - 1, &found))
            continue;
        dr_diag_hint(f->diags, d, "the last day of this month is %s", day);
        return;
    }
    dr_diag_hint(f->diags, d, "the month stands in the middle, from 01 to 12");
}

dr_diag *dr_newest(dr_front *f, uint32_t before)
{
    return f->diags->count > before ? &f->diags->items[f->diags->count - 1] : NULL;
}

dr_span dr_first_part(dr_span span, const char *word)
{
    uint32_t len = (uint32_t)strlen(word);
    if (span.end - span.start > len)
        span.end = span.start + len;
    return span;
}

const char *dr_written(dr_front *f, const dr_ast *e, int *len)
{
    const char *text = f->sources->items[e->span.source].bytes + e->span.start;
    uint32_t n = e->span.end - e->span.start;
    bool fits = n > 0 && n <= 60 && memchr(text, '\n', n) == NULL;
    *len = fits ? (int)n : 4;
    return fits ? text : "this";
}

/* Parentheses are no part of an expression's place: an edit must not cut one of a pair away. */
bool dr_only_blanks(dr_front *f, dr_span between, const char *word)
{
    const char *text = f->sources->items[between.source].bytes + between.start;
    size_t n = between.end > between.start ? between.end - between.start : 0, i = 0;
    while (i < n && strchr(" \t\r\n", text[i]) != NULL)
        i++;
    size_t len = strlen(word);
    if (n - i < len || memcmp(text + i, word, len) != 0)
        return false;
    for (i += len; i < n; i++)
        if (strchr(" \t\r\n", text[i]) == NULL)
            return false;
    return true;
}

void dr_label_declared(dr_front *f, dr_diag *d, const dr_ast *e)
{
    dr_span at = {UINT32_MAX, 0, 0};
    const char *name = NULL;
    if (e->refers == R_SLOT && (e->kind == A_NAME || e->kind == A_FIELD)) {
        at = DR_AT(f->slots, dr_slot, e->ref).span;
        name = DR_AT(f->slots, dr_slot, e->ref).name;
    } else if (e->refers == R_PARAM && e->kind == A_NAME) {
        at = DR_AT(f->params, dr_param, e->ref).span;
        name = DR_AT(f->params, dr_param, e->ref).name;
    }
    for (uint32_t i = 0; d != NULL && i < d->n_labels; i++)
        if (d->labels[i].span.source == at.source && d->labels[i].span.start == at.start)
            return;
    if (d != NULL && at.source < f->sources->count)
        dr_diag_label(f->diags, d, at, "\"%s\" is %s: it is declared here", name, dr_type_name(f, e->type));
}
