/* drip: api_host.c, level 3. Hooks that the host answers: its functions kept by name, and called with views.
 *
 * The engine calls a hook with values as the sandbox takes them (hooks.h); here they become what a host reads, exact
 * numbers as texts, and its answer becomes a value again, which the engine checks against the declared type like a
 * script's. */
#include "api.h"
#include "hooks.h"

#include <stdio.h>
#include <string.h>

/* ---- by name */

drip_status drip_layers_set_host_function(drip_layers *layers, const char *name, drip_host_fn function,
                                          void *context)
{
    if (layers == NULL || name == NULL || function == NULL)
        return DRIP_MISUSE;
    const dr_alloc *a = &layers->engine->alloc;
    for (uint32_t i = 0; i < layers->n_hosts; i++)
        if (strcmp(layers->hosts[i].name, name) == 0) {
            layers->hosts[i].function = function;
            layers->hosts[i].context = context;
            return DRIP_OK;
        }
    if (layers->n_hosts == layers->size_hosts) {
        uint32_t size = layers->size_hosts == 0 ? 8 : layers->size_hosts * 2;
        dr_api_host *grown =
            dr_resize(a, layers->hosts, layers->size_hosts * sizeof *grown, size * sizeof *grown);
        if (grown == NULL)
            return DRIP_NO_MEMORY;
        layers->hosts = grown;
        layers->size_hosts = size;
    }
    char *copy = dr_api_copy(a, name, strlen(name));
    if (copy == NULL)
        return DRIP_NO_MEMORY;
    layers->hosts[layers->n_hosts++] = (dr_api_host){copy, function, context};
    return DRIP_OK;
}

drip_status dr_api_copy_hosts(drip_layers *to, const drip_layers *from)
{
    drip_status status = DRIP_OK;
    for (uint32_t i = 0; i < from->n_hosts && status == DRIP_OK; i++)
        status = drip_layers_set_host_function(to, from->hosts[i].name, from->hosts[i].function,
                                               from->hosts[i].context);
    return status;
}

void dr_api_free_hosts(drip_layers *layers)
{
    const dr_alloc *a = &layers->engine->alloc;
    for (uint32_t i = 0; i < layers->n_hosts; i++)
        dr_free(a, layers->hosts[i].name, strlen(layers->hosts[i].name) + 1);
    dr_free(a, layers->hosts, layers->size_hosts * sizeof *layers->hosts);
}

const char **dr_api_host_names(const drip_layers *layers)
{
    const char **names =
        layers->n_hosts > 0 ? dr_new(&layers->engine->alloc, layers->n_hosts * sizeof *names) : NULL;
    for (uint32_t i = 0; names != NULL && i < layers->n_hosts; i++)
        names[i] = layers->hosts[i].name;
    return names;
}

/* ---- a call */

/* False: no memory. */
static bool number_text(dr_arena *arena, dr_num number, drip_host_value *to)
{
    dr_buf text;
    dr_buf_init(&text, &arena->alloc, 4096);
    dr_num_write(number, &text);
    to->text = text.failed ? NULL : dr_take_text(arena, text.data, text.len);
    to->len = text.len;
    dr_buf_free(&text);
    return to->text != NULL;
}

static bool given(const dr_type *type, const dr_hook_value *v, dr_arena *arena, drip_host_value *to)
{
    *to = (drip_host_value){.type = dr_api_type(type), .missing = v->kind == DR_HOOK_NIL, .text = ""};
    if (to->missing)
        return true;
    if (v->kind == DR_HOOK_BOOL || v->kind == DR_HOOK_INT)
        to->integer = v->whole;
    if (v->kind == DR_HOOK_NUM)
        return number_text(arena, v->number, to);
    if (v->kind == DR_HOOK_WORD) {
        to->text = v->text.bytes;
        to->len = v->text.len;
    }
    if (v->kind != DR_HOOK_WORDS)
        return true;
    drip_text *members = dr_take(arena, v->count * sizeof *members);
    for (uint32_t i = 0; members != NULL && i < v->count; i++)
        members[i] = (drip_text){v->texts[i].bytes, v->texts[i].len};
    to->members = members;
    to->n_members = v->count;
    return members != NULL;
}

/* "12.5", or "1/3". */
static bool parse_number(const char *text, size_t len, dr_num *out)
{
    dr_num bottom;
    const char *slash = memchr(text, '/', len);
    if (slash == NULL)
        return dr_num_parse(text, len, out);
    size_t before = (size_t)(slash - text);
    return dr_num_parse(text, before, out) && dr_num_parse(slash + 1, len - before - 1, &bottom) &&
           dr_num_div(*out, bottom, out);
}

/* NULL: it is taken; else what is wrong with it. */
static const char *take_members(const drip_host_value *r, dr_arena *arena, dr_hook_value *to)
{
    dr_hook_text *texts = dr_take(arena, r->n_members * sizeof *texts);
    to->kind = DR_HOOK_WORDS;
    to->texts = texts;
    to->count = r->n_members;
    if (r->n_members > DR_HOOK_MEMBERS || (r->members == NULL && r->n_members > 0))
        return "it answers a set with too many members, or without them";
    for (uint32_t i = 0; texts != NULL && i < r->n_members; i++) {
        if (r->members[i].bytes == NULL || r->members[i].len > DR_HOOK_TEXT)
            return "a text is too long, or is not there";
        texts[i] = (dr_hook_text){r->members[i].bytes, r->members[i].len};
    }
    return NULL;
}

static const char *take_result(const drip_host_value *r, dr_arena *arena, dr_hook_value *to)
{
    *to = (dr_hook_value){.kind = DR_HOOK_NIL};
    if (r->missing)
        return NULL;
    switch (r->type) {
    case DRIP_TYPE_BOOL:
        to->kind = DR_HOOK_BOOL;
        to->whole = r->integer != 0;
        return NULL;
    case DRIP_TYPE_INT:
    case DRIP_TYPE_DURATION:
        to->kind = DR_HOOK_INT;
        to->whole = r->integer;
        return NULL;
    case DRIP_TYPE_SET:
        return take_members(r, arena, to);
    default:
        break;
    }
    if (r->text == NULL || r->len > DR_HOOK_TEXT)
        return "a text is too long, or is not there";
    if (r->type == DRIP_TYPE_NUMBER || r->type == DRIP_TYPE_AMOUNT) {
        to->kind = DR_HOOK_NUM;
        return parse_number(r->text, r->len, &to->number) ? NULL : "it answers what is no exact number";
    }
    to->kind = DR_HOOK_WORD;
    to->text = (dr_hook_text){r->text, r->len};
    return NULL;
}

static bool call(const dr_host *host, const dr_hook *hook, dr_hook_job *job, dr_hook_report *report)
{
    drip_host_value values[DR_HOOK_PARAMS];
    drip_host_fn function = (drip_host_fn)host->function;
    for (uint32_t i = 0; i < job->n_args; i++)
        if (!given(&hook->params[i], &job->args[i], job->arena, &values[i]))
            return false;
    drip_type type = dr_api_type(&hook->result);
    drip_call c = {.hook = hook->name, .values = values, .n_values = job->n_args};
    c.result = (drip_host_value){.type = type, .missing = 1};
    const char *wrong = "it says no reason";
    if (function(host->context, &c) != 0) {
        wrong = c.reason != NULL ? c.reason : wrong;
    } else {
        c.result.type = type;
        wrong = take_result(&c.result, job->arena, &job->result);
    }
    job->failed = wrong != NULL;
    if (wrong != NULL)
        snprintf(report->reason, sizeof report->reason, "%s", wrong);
    return !job->arena->failed;
}

bool dr_api_bind_hosts(const drip_layers *layers, drip_program *program)
{
    const dr_program *p = program->p;
    if (p->n_hooks == 0 || layers->n_hosts == 0)
        return true;
    program->hosts = dr_new(&layers->engine->alloc, p->n_hooks * sizeof *program->hosts);
    for (uint32_t i = 0; program->hosts != NULL && i < p->n_hooks; i++)
        for (uint32_t k = 0; k < layers->n_hosts && p->hooks[i].script == DR_NONE; k++)
            if (strcmp(p->hooks[i].name, layers->hosts[k].name) == 0)
                program->hosts[i] =
                    (dr_host){call, (void (*)(void))layers->hosts[k].function, layers->hosts[k].context};
    return program->hosts != NULL;
}
