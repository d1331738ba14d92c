/* drip: api_error.c, level 3. What went wrong, as text and as objects.
 *
 * An error outlives the compile it came from: it keeps copies of all texts, and places that are worked out
 * already, so that nothing of the sources is needed to read it. Where memory runs out while it is made, the
 * objects are fewer than the text tells; the count of errors is always right. */
#include "api.h"

#include "../dsl/codes.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static drip_error *new_error(drip_engine *engine)
{
    drip_error *e = dr_new(&engine->alloc, sizeof *e);
    if (e == NULL)
        return NULL;
    e->alloc = engine->alloc;
    dr_buf_init(&e->text, &e->alloc, (size_t)1 << 20);
    dr_arena_init(&e->arena, &e->alloc, 4096, (size_t)1 << 20);
    return e;
}

drip_status dr_api_error(drip_engine *engine, drip_error **error, drip_status status, const char *format, ...)
{
    char text[1024];
    va_list arguments;
    if (error == NULL)
        return status;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    drip_error *e = *error = new_error(engine);
    if (e == NULL)
        return DRIP_NO_MEMORY;
    e->errors = 1;
    dr_buf_text(&e->text, "error: ");
    dr_buf_plain(&e->text, text, strlen(text));
    dr_buf_char(&e->text, '\n');
    const char *kept = dr_take_text(&e->arena, text, strlen(text));
    e->diags = kept == NULL ? NULL : dr_take_zero(&e->arena, 1, sizeof *e->diags);
    if (e->diags != NULL) {
        e->diags[0].view = (drip_diag){.code = "", .message = kept};
        e->n_diags = 1;
    }
    return status;
}

drip_status dr_api_limit(drip_status status, drip_error **error, drip_limit limit)
{
    if (error != NULL && *error != NULL && status == DRIP_LIMIT)
        (*error)->limit = limit;
    return status;
}

drip_limit drip_error_limit(const drip_error *error)
{
    return error == NULL ? DRIP_LIMIT_NONE : error->limit;
}

/* 1-based; columns in characters. */
static drip_place place_in(const char *origin, const char *bytes, size_t at)
{
    drip_place place = {.origin = origin, .start = at, .end = at, .line = 1, .column = 1};
    for (size_t i = 0; i < at; i++) {
        bool newline = bytes[i] == '\n', goes_on = ((unsigned char)bytes[i] & 0xC0) == 0x80;
        place.line += newline;
        place.column = newline ? 1 : place.column + !goes_on;
    }
    place.end_line = place.line;
    place.end_column = place.column;
    return place;
}

drip_status dr_api_error_at(drip_engine *engine, drip_error **error, drip_status status, const char *origin,
                            const char *bytes, size_t at, const char *message)
{
    const drip_place place = place_in(origin, bytes, at);
    drip_status told = dr_api_error(engine, error, status, "%s", message);
    drip_error *e = error != NULL ? *error : NULL;
    if (e == NULL)
        return told;
    dr_buf_clear(&e->text);
    dr_buf_plain(&e->text, origin, strlen(origin));
    dr_buf_char(&e->text, ':');
    dr_buf_int(&e->text, place.line);
    dr_buf_char(&e->text, ':');
    dr_buf_int(&e->text, place.column);
    dr_buf_text(&e->text, ": error: ");
    dr_buf_plain(&e->text, message, strlen(message));
    dr_buf_char(&e->text, '\n');
    if (e->n_diags == 1) {
        e->diags[0].view.at = place;
        e->diags[0].view.at.origin = dr_take_text(&e->arena, origin, strlen(origin));
    }
    return told;
}

/* ---- diagnostics to objects */

static const char *kept(drip_error *e, const char *text)
{
    return text == NULL ? NULL : dr_take_text(&e->arena, text, strlen(text));
}

/* Origins are kept once per source. */
static drip_place place_of(const dr_sources *sources, const char *const *origins, dr_span span)
{
    drip_place at = {.origin = NULL};
    if (sources == NULL || span.source >= sources->count)
        return at;
    const dr_source *s = &sources->items[span.source];
    uint32_t start = span.start < s->len ? span.start : s->len, end = span.end < s->len ? span.end : s->len;
    at.origin = origins[span.source];
    at.start = start;
    at.end = end < start ? start : end;
    dr_source_place(s, start, &at.line, &at.column);
    dr_source_place(s, (uint32_t)at.end, &at.end_line, &at.end_column);
    return at;
}

static const char **keep_origins(drip_error *e, const dr_sources *sources)
{
    uint32_t n = sources == NULL ? 0 : sources->count;
    const char **origins = dr_take_zero(&e->arena, (size_t)n + 1, sizeof *origins);
    for (uint32_t i = 0; origins != NULL && i < n; i++)
        origins[i] = kept(e, sources->items[i].origin);
    return origins;
}

static bool keep_diag(drip_error *e, const dr_diag *d, const dr_sources *sources, const char *const *origins)
{
    dr_error_diag *to = &e->diags[e->n_diags];
    to->view = (drip_diag){.level = (drip_level)d->severity,
                           .code = kept(e, d->code != NULL ? d->code : ""),
                           .message = kept(e, d->message),
                           .note = kept(e, d->note),
                           .hint = kept(e, d->hint),
                           .at = place_of(sources, origins, d->span),
                           .n_labels = d->n_labels,
                           .n_fixes = d->n_fixes,
                           .sure = d->sure && d->n_fixes > 0};
    bool whole = to->view.code != NULL && to->view.message != NULL &&
                 (d->note == NULL) == (to->view.note == NULL) && (d->hint == NULL) == (to->view.hint == NULL);
    for (uint32_t i = 0; i < d->n_labels; i++) {
        to->labels[i] =
            (drip_remark){place_of(sources, origins, d->labels[i].span), kept(e, d->labels[i].text)};
        whole = whole && to->labels[i].text != NULL;
    }
    for (uint32_t i = 0; i < d->n_fixes; i++) {
        to->fixes[i] = (drip_remark){place_of(sources, origins, d->fixes[i].span), kept(e, d->fixes[i].text)};
        whole = whole && to->fixes[i].text != NULL;
    }
    return whole;
}

void dr_api_diags(drip_engine *engine, drip_error **error, dr_diags *diags, const dr_sources *sources)
{
    if (error == NULL || (diags->count == 0 && diags->dropped == 0))
        return;
    drip_error_free(*error); /* of a compile before it: warnings */
    drip_error *e = *error = new_error(engine);
    if (e == NULL)
        return;
    e->errors = diags->errors;
    dr_diags_sort(diags);
    const char **origins = keep_origins(e, sources);
    e->diags = origins == NULL ? NULL : dr_take_zero(&e->arena, (size_t)diags->count + 1, sizeof *e->diags);
    for (uint32_t i = 0; i < diags->count; i++) {
        dr_diag_render(&diags->items[i], sources, &e->text);
        if (e->diags != NULL && e->n_diags == i && keep_diag(e, &diags->items[i], sources, origins))
            e->n_diags++;
    }
    if (diags->dropped > 0) {
        dr_buf_text(&e->text, "and ");
        dr_buf_int(&e->text, diags->dropped);
        dr_buf_text(&e->text, " more\n");
    }
}

/* ---- what callers see */

uint32_t drip_error_count(const drip_error *error)
{
    return error == NULL ? 0 : error->errors;
}

const char *drip_error_text(const drip_error *error)
{
    return error == NULL || error->text.data == NULL ? "" : error->text.data;
}

drip_status drip_error_diag(const drip_error *error, uint32_t diag, drip_diag *view)
{
    if (view == NULL)
        return DRIP_MISUSE;
    if (error == NULL || diag >= error->n_diags)
        return DRIP_NOT_FOUND;
    *view = error->diags[diag].view;
    return DRIP_OK;
}

drip_status drip_error_label(const drip_error *error, uint32_t diag, uint32_t label, drip_remark *view)
{
    if (view == NULL)
        return DRIP_MISUSE;
    if (error == NULL || diag >= error->n_diags || label >= error->diags[diag].view.n_labels)
        return DRIP_NOT_FOUND;
    *view = error->diags[diag].labels[label];
    return DRIP_OK;
}

drip_status drip_error_fix(const drip_error *error, uint32_t diag, uint32_t fix, drip_remark *view)
{
    if (view == NULL)
        return DRIP_MISUSE;
    if (error == NULL || diag >= error->n_diags || fix >= error->diags[diag].view.n_fixes)
        return DRIP_NOT_FOUND;
    *view = error->diags[diag].fixes[fix];
    return DRIP_OK;
}

const char *drip_code_page(const char *code)
{
    return code == NULL ? NULL : dr_code_page(code);
}

void drip_error_free(drip_error *error)
{
    if (error == NULL)
        return;
    dr_alloc alloc = error->alloc;
    dr_buf_free(&error->text);
    dr_arena_free(&error->arena);
    dr_free(&alloc, error, sizeof *error);
}
