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

/* One letter is near to every other: no hint from that. */
void dr_hint_nearest(dr_front *f, dr_diag *d, const dr_suggest *s)
{
    if (s->best != NULL && s->len > 1)
        dr_diag_hint(f->diags, d, "did you mean \"%s\"?", s->best);
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
