/* drip: api.c, level 3. The life of engines, layers, programs and sessions: argument checks, ownership,
 * and the statuses of the layers below as the public ones. */
#include "api.h"

#include "../dsl/compile.h"

#include <stdio.h>
#include <string.h>

enum { DIAGS_MAX = 100, NOTES_MAX = 10000 };

const char *drip_version(void)
{
    return DRIP_VERSION_TEXT;
}

const char *drip_status_name(drip_status status)
{
    static const char *const names[] = {"ok",        "bad_policy", "bad_input", "limit",    "interrupted",
                                        "no_memory", "misuse",     "io",        "not_found"};
    return (unsigned)status < sizeof names / sizeof *names ? names[status] : "unknown";
}

bool dr_api_options(void *to, size_t size, const void *given)
{
    size_t theirs = size;
    if (given == NULL)
        return true;
    memcpy(&theirs, given, sizeof theirs); /* every such struct begins with its size */
    if (theirs < sizeof theirs)
        return false;
    memcpy(to, given, theirs < size ? theirs : size);
    return true;
}

const char *drip_limit_name(drip_limit limit)
{
    static const char *const names[] = {"none", "source_bytes", "compile_heap", "heap",       "input_bytes",
                                        "fuel", "depth",        "rows",         "hook_steps", "hook_bytes"};
    return (unsigned)limit < sizeof names / sizeof *names ? names[limit] : "unknown";
}

/* ---- engine */

drip_status drip_engine_new(drip_alloc_fn alloc, void *context, const drip_limits *limits,
                            drip_engine **engine)
{
    if (engine == NULL)
        return DRIP_MISUSE;
    *engine = NULL;
    dr_alloc a = dr_alloc_default();
    if (alloc != NULL)
        a = (dr_alloc){alloc, context};
    drip_engine *e = dr_new(&a, sizeof *e);
    if (e == NULL)
        return DRIP_NO_MEMORY;
    e->alloc = a;
    if (!dr_api_options(&e->limits, sizeof e->limits, limits)) {
        dr_free(&a, e, sizeof *e);
        return DRIP_MISUSE;
    }
    drip_limits *l = &e->limits;
    l->struct_size = sizeof *l;
    l->source_bytes = l->source_bytes != 0 ? l->source_bytes : (size_t)64 << 20;
    l->compile_heap = l->compile_heap != 0 ? l->compile_heap : (size_t)512 << 20;
    l->heap = l->heap != 0 ? l->heap : (size_t)256 << 20;
    l->input_bytes = l->input_bytes != 0 ? l->input_bytes : (size_t)16 << 20;
    l->fuel = l->fuel != 0 ? l->fuel : 100000000;
    l->depth = l->depth != 0 ? l->depth : 64;
    l->rows = l->rows != 0 ? l->rows : 1000000;
    *engine = e;
    return DRIP_OK;
}

void drip_engine_free(drip_engine *engine)
{
    if (engine == NULL)
        return;
    dr_alloc a = engine->alloc;
    dr_free(&a, engine, sizeof *engine);
}

/* ---- layers */

drip_status drip_layers_new(drip_engine *engine, drip_layers **layers)
{
    if (engine == NULL || layers == NULL)
        return DRIP_MISUSE;
    *layers = dr_new(&engine->alloc, sizeof **layers);
    if (*layers == NULL)
        return DRIP_NO_MEMORY;
    (*layers)->engine = engine;
    return DRIP_OK;
}

void drip_layers_free(drip_layers *layers)
{
    if (layers == NULL)
        return;
    const dr_alloc *a = &layers->engine->alloc;
    for (uint32_t i = 0; i < layers->count; i++) {
        dr_free(a, layers->items[i].origin, strlen(layers->items[i].origin) + 1);
        dr_free(a, layers->items[i].bytes, layers->items[i].len + 1);
    }
    dr_free(a, layers->items, layers->size * sizeof *layers->items);
    dr_api_free_hosts(layers);
    dr_free(a, layers, sizeof *layers);
}

bool dr_layers_has(const drip_layers *layers, const char *origin)
{
    for (uint32_t i = 0; i < layers->count; i++)
        if (strcmp(layers->items[i].origin, origin) == 0)
            return true;
    return false;
}

char *dr_api_copy(const dr_alloc *a, const char *bytes, size_t len)
{
    char *text = dr_new(a, len + 1);
    if (text != NULL && len > 0)
        memcpy(text, bytes, len);
    return text;
}

drip_status drip_layers_add(drip_layers *layers, const char *origin, const char *bytes, size_t len,
                            drip_error **error)
{
    if (error != NULL)
        *error = NULL;
    if (layers == NULL || origin == NULL || (bytes == NULL && len > 0))
        return DRIP_MISUSE;
    drip_engine *e = layers->engine;
    if (len > e->limits.source_bytes || layers->total > e->limits.source_bytes - len)
        return dr_api_limit(dr_api_error(e, error, DRIP_LIMIT, "%s: these sources have more than %zu bytes",
                                         origin, e->limits.source_bytes),
                            error, DRIP_LIMIT_SOURCE_BYTES);
    if (layers->count == layers->size) {
        uint32_t size = layers->size == 0 ? 8 : layers->size * 2;
        dr_layer_source *grown =
            dr_resize(&e->alloc, layers->items, layers->size * sizeof *grown, size * sizeof *grown);
        if (grown == NULL)
            return DRIP_NO_MEMORY;
        layers->items = grown;
        layers->size = size;
    }
    dr_layer_source *s = &layers->items[layers->count];
    s->origin = dr_api_copy(&e->alloc, origin, strlen(origin));
    s->bytes = dr_api_copy(&e->alloc, bytes, len);
    s->len = len;
    if (s->origin == NULL || s->bytes == NULL) {
        if (s->origin != NULL)
            dr_free(&e->alloc, s->origin, strlen(origin) + 1);
        if (s->bytes != NULL)
            dr_free(&e->alloc, s->bytes, len + 1);
        return DRIP_NO_MEMORY;
    }
    layers->count++;
    layers->total += len;
    return DRIP_OK;
}

drip_status drip_layers_set(drip_layers *layers, const char *param, const char *value, drip_error **error)
{
    if (layers == NULL || param == NULL || value == NULL)
        return DRIP_MISUSE;
    dr_buf text, origin;
    dr_buf_init(&text, &layers->engine->alloc, 4096);
    dr_buf_init(&origin, &layers->engine->alloc, 4096);
    dr_buf_text(&text, "drip 1\nset ");
    dr_buf_text(&text, param);
    dr_buf_text(&text, " = ");
    dr_buf_text(&text, value);
    dr_buf_text(&text, "\n");
    dr_buf_text(&origin, "(setting ");
    dr_buf_text(&origin, param);
    dr_buf_text(&origin, ")");
    drip_status status = text.failed || origin.failed
                             ? DRIP_NO_MEMORY
                             : drip_layers_add(layers, origin.data, text.data, text.len, error);
    dr_buf_free(&text);
    dr_buf_free(&origin);
    return status;
}

/* ---- programs */

static drip_program *wrap(drip_engine *engine, dr_program *p)
{
    drip_program *program = dr_new(&engine->alloc, sizeof *program);
    if (program == NULL) {
        dr_program_free(p);
        return NULL;
    }
    *program = (drip_program){.engine = engine, .p = p, .refs = 1};
    return program;
}

/* The sources of the layers, and what a caller sets besides. */
static bool gather(const drip_layers *layers, const char *settings, dr_sources *sources)
{
    for (uint32_t i = 0; i < layers->count; i++)
        if (dr_sources_add(sources, layers->items[i].origin, layers->items[i].bytes, layers->items[i].len) <
            0)
            return false;
    return settings == NULL || dr_sources_add(sources, "(settings)", settings, strlen(settings)) >= 0;
}

/* The program outlives the watch through which it was allocated. */
static drip_program *adopt(drip_engine *engine, dr_program *p)
{
    p->arena.alloc = p->sources.arena.alloc = engine->alloc;
    return wrap(engine, p);
}

/* E0105 is what a compile says that came to its limit; one that could not even begin says nothing. */
static bool is_over(const dr_diags *diags)
{
    for (uint32_t i = 0; i < diags->count; i++)
        if (strcmp(diags->items[i].code, "E0105") == 0)
            return true;
    return diags->errors == 0;
}

drip_status dr_api_compile(const drip_layers *layers, const char *settings, drip_program **program,
                           drip_error **error)
{
    drip_engine *e = layers->engine;
    dr_watch watch = {.alloc = e->alloc};
    const dr_alloc watched = dr_watched(&watch);
    dr_sources sources;
    dr_diags diags;
    dr_program *p = NULL;
    dr_sources_init(&sources, &watched, e->limits.compile_heap);
    dr_diags_init(&diags, &watched, layers->notes ? NOTES_MAX : DIAGS_MAX);
    bool gathered = gather(layers, settings, &sources);
    const char **names = dr_api_host_names(layers);
    const dr_care care = layers->quick ? DR_CARE_QUICK : layers->notes ? DR_CARE_NOTES : DR_CARE_USUAL;
    const dr_compiling how = {care, names, names != NULL ? layers->n_hosts : 0};
    if (gathered && (names != NULL || layers->n_hosts == 0))
        p = dr_compile(&watched, &sources, &diags, e->limits.compile_heap, &how);
    watch.refused = watch.refused || (names == NULL && layers->n_hosts > 0);
    if (names != NULL)
        dr_free(&e->alloc, names, layers->n_hosts * sizeof *names);
    /* Whoever was refused may have made do with less, a name or a citation cut off: such a program is none. */
    bool short_of_memory = watch.refused;
    bool over = !short_of_memory && p == NULL && is_over(&diags); /* it is the cap that refused */
    if (short_of_memory) {
        dr_program_free(p);
        p = NULL;
    }
    if (!short_of_memory)
        dr_api_diags(e, error, &diags, p != NULL ? &p->sources : &sources);
    if (p != NULL)
        *program = adopt(e, p);
    if (p != NULL && *program != NULL && !dr_api_bind_hosts(layers, *program)) {
        drip_program_free(*program);
        *program = NULL;
    }
    dr_diags_free(&diags);
    dr_sources_free(&sources);
    if (short_of_memory)
        return dr_api_error(e, error, DRIP_NO_MEMORY, "memory is out");
    if (over && error != NULL && *error == NULL)
        dr_api_error(e, error, DRIP_LIMIT, "this policy needs more than the limit allows");
    if (over)
        return dr_api_limit(DRIP_LIMIT, error, DRIP_LIMIT_COMPILE_HEAP);
    if (p == NULL)
        return DRIP_BAD_POLICY;
    return *program != NULL ? DRIP_OK : DRIP_NO_MEMORY;
}

void drip_layers_set_notes(drip_layers *layers, int on)
{
    if (layers != NULL)
        layers->notes = on != 0;
}

drip_status drip_compile(drip_layers *layers, drip_program **program, drip_error **error)
{
    if (error != NULL)
        *error = NULL;
    if (layers == NULL || program == NULL)
        return DRIP_MISUSE;
    *program = NULL;
    if (layers->count == 0)
        return dr_api_error(layers->engine, error, DRIP_BAD_POLICY, "there is no policy source to compile");
    return dr_api_compile(layers, NULL, program, error);
}

drip_program *drip_program_ref(drip_program *program)
{
    if (program != NULL)
        __atomic_add_fetch(&program->refs, 1, __ATOMIC_RELAXED);
    return program;
}

void drip_program_free(drip_program *program)
{
    if (program == NULL || __atomic_sub_fetch(&program->refs, 1, __ATOMIC_ACQ_REL) > 0)
        return;
    dr_alloc a = program->engine->alloc;
    if (program->hosts != NULL)
        dr_free(&a, program->hosts, program->p->n_hooks * sizeof *program->hosts);
    dr_program_free(program->p);
    dr_free(&a, program, sizeof *program);
}

const char *drip_program_name(const drip_program *program)
{
    return program->p->name;
}

const char *drip_program_digest(const drip_program *program)
{
    return program->p->digest;
}

/* ---- sessions */

drip_status drip_session_new(drip_program *program, drip_session **session)
{
    if (program == NULL || session == NULL)
        return DRIP_MISUSE;
    drip_engine *e = program->engine;
    drip_session *s = dr_new(&e->alloc, sizeof *s);
    *session = NULL;
    if (s == NULL)
        return DRIP_NO_MEMORY;
    dr_limits limits = {e->limits.heap, e->limits.input_bytes, e->limits.fuel,      e->limits.depth,
                        e->limits.rows, e->limits.hook_steps,  e->limits.hook_bytes};
    dr_status status = dr_session_init(&s->s, program->p, &e->alloc, &limits);
    if (status != DR_OK) {
        dr_free(&e->alloc, s, sizeof *s);
        return (drip_status)status;
    }
    s->program = drip_program_ref(program);
    s->s.hosts = program->hosts;
    dr_buf_init(&s->json, &e->alloc, (size_t)1 << 30);
    dr_buf_init(&s->text, &e->alloc, (size_t)1 << 28);
    dr_buf_init(&s->words, &e->alloc, (size_t)1 << 24);
    dr_arena_init(&s->views, &e->alloc, 4096, e->limits.heap);
    *session = s;
    return DRIP_OK;
}

void drip_session_free(drip_session *session)
{
    if (session == NULL)
        return;
    drip_program *program = session->program;
    dr_alloc a = program->engine->alloc;
    drip_session_free(session->scratch);
    dr_session_close(&session->s);
    dr_buf_free(&session->json);
    dr_buf_free(&session->text);
    dr_buf_free(&session->words);
    dr_arena_free(&session->views);
    dr_free(&a, session, sizeof *session);
    drip_program_free(program);
}

drip_status drip_session_set_date(drip_session *session, const char *date)
{
    int64_t day = DR_MISSING;
    if (session == NULL || (date != NULL && !dr_date_parse(date, strlen(date), &day)))
        return DRIP_MISUSE;
    session->s.forced_date = day;
    return DRIP_OK;
}

drip_status drip_session_set_known(drip_session *session, const char *date)
{
    int64_t day = DR_MISSING;
    if (session == NULL || (date != NULL && !dr_date_parse(date, strlen(date), &day)))
        return DRIP_MISUSE;
    session->s.known_on = day;
    return DRIP_OK;
}

void drip_session_set_strict(drip_session *session, int strict)
{
    session->s.names_undeclared = strict != 0;
}

void drip_session_interrupt(drip_session *session)
{
    __atomic_store_n(&session->s.interrupt, 1, __ATOMIC_RELAXED);
}

/* The engine says what went wrong, the reader also in which encounter: every message names it. */
static void name_encounter(dr_refusal *r)
{
    char text[sizeof r->message];
    if (strncmp(r->message, "encounter", 9) == 0 || r->encounter[0] == '\0')
        return;
    snprintf(text, sizeof text, "encounter %.120s: %.360s", r->encounter, r->message);
    memcpy(r->message, text, sizeof text);
}

static dr_status read_and_decide(drip_session *session, const char *json, size_t len, bool metered)
{
    dr_session *s = &session->s;
    dr_session_reset(s);
    if (metered)
        (void)dr_meter(s); /* without memory for it, the refusal is as it was */
    dr_status status = dr_read_encounter(s, json, len);
    return status == DR_OK ? dr_evaluate(s) : status;
}

drip_status dr_api_evaluated(drip_session *session, dr_status status)
{
    dr_session *s = &session->s;
    if (status == DR_OK)
        status = dr_outcome_make(s, &session->outcome);
    if (status == DR_INTERRUPTED) /* the request is used up by what it stopped, wherever that was */
        __atomic_store_n(&s->interrupt, 0, __ATOMIC_RELAXED);
    if (status != DR_OK)
        name_encounter(&s->refusal);
    session->evaluated = status == DR_OK;
    return (drip_status)status;
}

void dr_api_drop_views(drip_session *session)
{
    dr_arena_reset(&session->views);
    session->ordered = NULL;
}

drip_status drip_eval(drip_session *session, const char *json, size_t len)
{
    if (session == NULL || (json == NULL && len > 0))
        return DRIP_MISUSE;
    dr_session *s = &session->s;
    session->evaluated = session->audited = session->building = false;
    dr_api_drop_views(session);
    dr_status status = read_and_decide(session, json, len, false);
    session->fuel_used = s->limits.fuel - s->fuel;
    if (status == DR_LIMIT && s->fuel == 0) /* once more, to say who spent it */
        status = read_and_decide(session, json, len, true);
    return dr_api_evaluated(session, status);
}

drip_limit drip_session_limit(const drip_session *session)
{
    return (drip_limit)session->s.limit;
}

const char *drip_session_message(const drip_session *session)
{
    return session->s.refusal.message;
}

const char *drip_session_encounter(const drip_session *session)
{
    return session->s.refusal.encounter;
}

const char *drip_session_policy(const drip_session *session)
{
    return session->s.refusal.policy;
}

drip_program *drip_session_program(const drip_session *session)
{
    return session->program;
}

uint64_t drip_session_fuel_used(const drip_session *session)
{
    return session->fuel_used;
}

size_t drip_session_bytes_used(const drip_session *session)
{
    return session->s.arena.used;
}
