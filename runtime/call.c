/* drip: call.c, level 2b. A hook called for a row: cells into the sandbox and its answer back into a cell.
 *
 * The session has one sandbox, made when the first hook is called. A call that fails is missing, and is noted:
 * result.c makes a finding of it. What is noted names the hook, the line of its script and the reason, and
 * nothing of the record. */
#include "hooks.h"
#include "result.h"
#include "vm.h"

#include <stdio.h>
#include <string.h>

/* ---- the sandbox ---- */

static dr_fault open_sandbox(dr_session *s)
{
    const dr_program *p = s->program;
    dr_hook_report report;
    dr_hooks *h = dr_hooks_new(&s->arena.alloc, s->limits.hook_bytes, &s->interrupt);
    dr_hook_end end = h != NULL ? DR_HOOK_DONE : DR_HOOK_NO_MEMORY;
    for (uint32_t i = 0; i < p->n_scripts && end == DR_HOOK_DONE; i++) {
        const dr_source *script = &p->sources.items[p->scripts[i]];
        end = dr_hooks_load(h, script->bytes, script->len, &report);
    }
    if (end == DR_HOOK_DONE) {
        s->hooks = h;
        return DR_FAULT_NONE;
    }
    dr_hooks_free(h);
    return end == DR_HOOK_STOPPED ? DR_FAULT_INTERRUPT : DR_FAULT_MEMORY;
}

/* ---- what goes in ---- */

static bool date_text(dr_session *s, int64_t day, dr_hook_value *to)
{
    enum { SIZE = 24 };
    int year = 0, month = 0, date = 0;
    char *text = dr_take(&s->arena, SIZE);
    if (text == NULL)
        return false;
    dr_date_split(day, &year, &month, &date);
    int len = snprintf(text, SIZE, "%04d-%02d-%02d", year, month, date);
    to->text = (dr_hook_text){text, (size_t)len};
    return true;
}

static bool set_texts(dr_session *s, dr_type type, const dr_set *set, dr_hook_value *to)
{
    const dr_member *members = dr_ordered(s, &s->arena, type.member, type.of, set);
    dr_hook_text *texts = dr_take(&s->arena, set->count * sizeof *texts);
    if (members == NULL || texts == NULL)
        return false;
    for (uint32_t i = 0; i < set->count; i++)
        texts[i] = (dr_hook_text){members[i].bytes, members[i].len};
    to->texts = texts;
    to->count = set->count;
    return true;
}

/* False: no memory. */
static bool value_of(dr_session *s, dr_type type, int64_t cell, dr_hook_value *to)
{
    *to = (dr_hook_value){.kind = DR_HOOK_NIL, .whole = cell};
    if (cell == DR_MISSING)
        return true;
    switch ((dr_kind)type.kind) {
    case DR_BOOL:
        to->kind = DR_HOOK_BOOL;
        return true;
    case DR_NUM:
        to->kind = DR_HOOK_NUM;
        to->number = *(const dr_num *)dr_ptr(cell);
        return true;
    case DR_TEXT:
    case DR_ENUM: {
        dr_member text = dr_text_of(s, type.kind, type.of, cell);
        to->kind = DR_HOOK_WORD;
        to->text = (dr_hook_text){text.bytes, text.len};
        return true;
    }
    case DR_DATE:
        to->kind = DR_HOOK_WORD;
        return date_text(s, cell, to);
    case DR_SET:
        to->kind = DR_HOOK_WORDS;
        return set_texts(s, type, dr_ptr(cell), to);
    default:
        to->kind = DR_HOOK_INT;
        return true;
    }
}

/* ---- what comes out ---- */

typedef enum taken { TAKEN, WRONG, NO_ROOM } taken;

static taken take_word(dr_session *s, uint8_t kind, uint16_t of, dr_hook_text text, int64_t *cell)
{
    size_t bad = 0;
    if (kind == DR_DATE)
        return dr_date_parse(text.bytes, text.len, cell) ? TAKEN : WRONG;
    if (kind == DR_TEXT) {
        if (!dr_utf8_valid(text.bytes, text.len, &bad))
            return WRONG;
        *cell = dr_sym(&s->syms, text.bytes, text.len);
        return *cell >= 0 ? TAKEN : NO_ROOM;
    }
    const dr_enum *e = &s->program->enums[of];
    for (uint32_t i = 0; i < e->count; i++)
        if (strlen(e->names[i]) == text.len && memcmp(e->names[i], text.bytes, text.len) == 0) {
            *cell = i;
            return TAKEN;
        }
    return WRONG;
}

static taken take_set(dr_session *s, dr_type type, const dr_hook_value *v, int64_t *cell)
{
    dr_set_builder b = {.items = NULL};
    for (uint32_t i = 0; i < v->count; i++) {
        int64_t member = 0;
        taken one = take_word(s, type.member, type.of, v->texts[i], &member);
        if (one == TAKEN && !dr_setb_add(&s->arena, &b, member))
            one = NO_ROOM;
        if (one != TAKEN)
            return one;
    }
    const dr_set *set = dr_setb_end(s, &b);
    *cell = dr_cell(set);
    return set != NULL ? TAKEN : NO_ROOM;
}

static taken take_number(dr_session *s, const dr_hook_value *v, int64_t *cell)
{
    dr_num *n = dr_take(&s->arena, sizeof *n);
    if (n == NULL)
        return NO_ROOM;
    *n = v->kind == DR_HOOK_INT ? dr_num_int(v->whole) : v->number;
    *cell = dr_cell(n);
    return TAKEN;
}

static taken take(dr_session *s, dr_type type, const dr_hook_value *v, int64_t *cell)
{
    *cell = v->whole;
    switch (v->kind) {
    case DR_HOOK_NIL:
        *cell = DR_MISSING;
        return type.optional ? TAKEN : WRONG;
    case DR_HOOK_BOOL:
        return type.kind == DR_BOOL ? TAKEN : WRONG;
    case DR_HOOK_INT:
        if (type.kind == DR_NUM)
            return take_number(s, v, cell);
        return (type.kind == DR_INT || type.kind == DR_DURATION) && v->whole != DR_MISSING ? TAKEN : WRONG;
    case DR_HOOK_NUM:
        return type.kind == DR_NUM ? take_number(s, v, cell) : WRONG;
    case DR_HOOK_WORD:
        return type.kind == DR_TEXT || type.kind == DR_ENUM || type.kind == DR_DATE
                   ? take_word(s, type.kind, type.of, v->text, cell)
                   : WRONG;
    default:
        return type.kind == DR_SET ? take_set(s, type, v, cell) : WRONG;
    }
}

static const char *wanted(uint8_t kind)
{
    static const char *const names[] = {[DR_BOOL] = "true or false",
                                        [DR_INT] = "a whole number",
                                        [DR_NUM] = "a number",
                                        [DR_TEXT] = "a text",
                                        [DR_ENUM] = "a word of its enum",
                                        [DR_DATE] = "a date as the text YYYY-MM-DD",
                                        [DR_DURATION] = "a duration in whole seconds",
                                        [DR_SET] = "an array of texts"};
    return kind < sizeof names / sizeof *names && names[kind] != NULL ? names[kind] : "a value";
}

static const char *answered(const dr_hook_value *v)
{
    static const char *const names[] = {
        [DR_HOOK_NIL] = "nil",      [DR_HOOK_BOOL] = "true or false", [DR_HOOK_INT] = "a whole number",
        [DR_HOOK_NUM] = "a number", [DR_HOOK_WORD] = "a text",        [DR_HOOK_WORDS] = "a table"};
    return names[v->kind];
}

/* ---- what is noted ---- */

/* Of the same call, for the same reason, once is enough; rows come one behind the other. */
static bool is_noted(const dr_session *s, const dr_hook_failure *f)
{
    const dr_hook_failure *last = s->n_hook_failures > 0 ? &s->hook_failures[s->n_hook_failures - 1] : NULL;
    return last != NULL && last->pc == f->pc && last->line == f->line && strcmp(last->reason, f->reason) == 0;
}

static bool note_failure(dr_session *s, uint32_t pc, const dr_hook *h, const dr_hook_report *r)
{
    dr_hook_failure f = {
        .hook = (uint32_t)(h - s->program->hooks), .pc = pc, .node = dr_vm_of(s)->node, .line = r->line};
    void *items = s->hook_failures;
    f.reason = r->reason;
    if (dr_vm_of(s)->quiet || is_noted(s, &f))
        return true;
    f.reason = dr_take_text(&s->arena, r->reason, strlen(r->reason));
    if (f.reason == NULL ||
        !dr_vm_grow(&s->arena, &items, s->n_hook_failures, &s->size_hook_failures, sizeof f))
        return false;
    s->hook_failures = items;
    s->hook_failures[s->n_hook_failures++] = f;
    return true;
}

static bool trace_call(dr_session *s, uint32_t call, const dr_hook_report *r, bool failed, int64_t value)
{
    dr_trace *trace = s->trace;
    if (trace == NULL)
        return true;
    void *items = trace->calls;
    const char *reason = failed ? dr_take_text(&s->arena, r->reason, strlen(r->reason)) : NULL;
    if ((failed && reason == NULL) ||
        !dr_vm_grow(&s->arena, &items, trace->n_calls, &trace->size_calls, sizeof *trace->calls))
        return false;
    trace->calls = items;
    trace->calls[trace->n_calls++] = (dr_called){call, r->line, value, reason};
    return true;
}

/* ---- a call ---- */

static bool gather(dr_session *s, const dr_hook *h, const int64_t *cells, dr_hook_value *args)
{
    for (uint32_t i = 0; i < h->n_params; i++)
        if (!value_of(s, h->params[i], cells[i], &args[i]))
            return false;
    return true;
}

static void wrong_type(const dr_hook *h, const dr_hook_value *v, dr_hook_report *r)
{
    if (v->kind == DR_HOOK_INT && v->whole == DR_MISSING)
        snprintf(r->reason, sizeof r->reason, "it answers a whole number that is too small");
    else
        snprintf(r->reason, sizeof r->reason, "it answers %s, and %s is declared", answered(v),
                 wanted(h->result.kind));
}

/* No sandbox, and no steps beyond the call's own: what the host does there is its affair. */
static dr_hook_end call_host(dr_session *s, const dr_hook *h, dr_hook_job *job, dr_hook_report *r)
{
    const dr_host *host = s->hosts != NULL ? &s->hosts[h - s->program->hooks] : NULL;
    *r = (dr_hook_report){.steps = 0};
    if (host == NULL || host->call == NULL) {
        snprintf(r->reason, sizeof r->reason, "the host gives no such function");
        return DR_HOOK_FAILED;
    }
    if (!host->call(host, h, job, r))
        return DR_HOOK_NO_MEMORY;
    return job->failed ? DR_HOOK_FAILED : DR_HOOK_DONE;
}

dr_fault dr_call_hook(dr_session *s, uint32_t call, uint32_t pc, uint64_t fuel, const int64_t *cells,
                      int64_t *value)
{
    const dr_hook *h = &s->program->hooks[s->program->calls[call].hook];
    dr_hook_value args[DR_HOOK_PARAMS];
    dr_hook_report r;
    bool is_host = h->script == DR_NONE;
    dr_fault fault = s->hooks == NULL && !is_host ? open_sandbox(s) : DR_FAULT_NONE;
    uint64_t most = s->limits.hook_steps;
    dr_hook_job job = {.script = h->script,
                       .function = h->name,
                       .args = args,
                       .n_args = h->n_params,
                       .steps = most < fuel ? most : fuel,
                       .arena = &s->arena};
    *value = DR_MISSING;
    if (fault != DR_FAULT_NONE || !gather(s, h, cells, args))
        return fault != DR_FAULT_NONE ? fault : DR_FAULT_MEMORY;
    dr_hook_end end = is_host ? call_host(s, h, &job, &r) : dr_hooks_call(s->hooks, &job, &r);
    dr_vm_of(s)->more = r.steps;
    if (end == DR_HOOK_STOPPED) { /* the request is used up by what it stops */
        __atomic_store_n(&s->interrupt, 0, __ATOMIC_RELAXED);
        return DR_FAULT_INTERRUPT;
    }
    if (end == DR_HOOK_NO_MEMORY)
        return DR_FAULT_MEMORY;
    if (end == DR_HOOK_FAILED && r.out_of_steps && job.steps < most)
        return DR_FAULT_FUEL;
    if (s->limit == DR_LIMIT_NONE && end == DR_HOOK_FAILED)
        s->limit = r.out_of_steps   ? DR_LIMIT_HOOK_STEPS
                   : r.out_of_bytes ? DR_LIMIT_HOOK_BYTES
                                    : DR_LIMIT_NONE;
    taken got = end == DR_HOOK_DONE ? take(s, h->result, &job.result, value) : WRONG;
    if (got == NO_ROOM)
        return DR_FAULT_MEMORY;
    if (got == WRONG) {
        *value = DR_MISSING;
        if (end == DR_HOOK_DONE)
            wrong_type(h, &job.result, &r);
        if (!note_failure(s, pc, h, &r))
            return DR_FAULT_MEMORY;
    }
    return trace_call(s, call, &r, got == WRONG, *value) ? DR_FAULT_NONE : DR_FAULT_MEMORY;
}
