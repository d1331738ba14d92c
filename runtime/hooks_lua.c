/* drip: hooks_lua.c, level 1. A Lua state with a cap on its memory and its steps: its life, the one protected
 * call, how calls end, what goes in and comes out. */
#define _GNU_SOURCE
#include "hooks_lua.h"

#include <stdio.h>
#include <string.h>

enum {
    HEAD = 16,
    PERIOD = 100,
    FIRST_SCRIPT = 8,
    TEXT_HEAD = 64,
    BLOCK_MAX = 256 * 1024,
    LOAD_BYTES = 64 << 20
};

/* ---- what the build puts in the place of functions that Lua calls ---- */

/* For strcoll: the same order whatever the host's locale. */
int dr_hook_order(const char *a, const char *b);
int dr_hook_order(const char *a, const char *b)
{
    return strcmp(a, b);
}

/* For the hash of addresses and the time that would seed tables: the same in every process. */
unsigned dr_hook_seed(const char *bytes, size_t len, unsigned seed);
unsigned dr_hook_seed(const char *bytes, size_t len, unsigned seed)
{
    (void)bytes;
    (void)len;
    (void)seed;
    return 0x9E3779B9u;
}

/* For pow and fmod: there are no binary fractions, so nobody calls them, and libm is not needed. */
double dr_hook_pow(double a, double b);
double dr_hook_pow(double a, double b)
{
    (void)b;
    return a;
}

double dr_hook_fmod(double a, double b);
double dr_hook_fmod(double a, double b)
{
    (void)b;
    return a;
}

/* ---- memory ---- */

/* Blocks carry their true size: one that is made smaller may stay as it is, and must never fail. */
static void *resized(dr_hooks *h, char *block, size_t size)
{
    char *p = dr_new(&h->alloc, HEAD + size);
    if (p == NULL) {
        h->refused = NULL;
        return NULL;
    }
    memcpy(p, &size, sizeof size);
    if (block != NULL) {
        size_t old;
        memcpy(&old, block - HEAD, sizeof old);
        memcpy(p + HEAD, block, old < size ? old : size);
        dr_free(&h->alloc, block - HEAD, HEAD + old);
    }
    return p + HEAD;
}

static bool is_refused(dr_hooks *h, size_t more, size_t size, bool is_text)
{
    if (is_text && size > DR_HOOK_TEXT + TEXT_HEAD && !h->loading)
        h->refused = "a text is too long";
    else if (size > BLOCK_MAX && !h->loading)
        h->refused = "a table grows too large, or calls go too deep";
    else if (more > h->cap - h->held)
        h->refused = "it needs more memory than a hook can have";
    else
        return false;
    return true;
}

static void *allocate(void *context, void *ptr, size_t old_size, size_t size)
{
    dr_hooks *h = context;
    bool is_text = ptr == NULL && old_size == LUA_TSTRING;
    size_t old = ptr == NULL ? 0 : old_size;
    if (size == 0) {
        size_t whole = 0;
        if (ptr == NULL)
            return NULL;
        memcpy(&whole, (char *)ptr - HEAD, sizeof whole);
        dr_free(&h->alloc, (char *)ptr - HEAD, HEAD + whole);
        h->held -= old;
        return NULL;
    }
    if (size > old && is_refused(h, size - old, size, is_text))
        return NULL;
    void *p = resized(h, ptr, size);
    if (p == NULL && size <= old)
        p = ptr;
    if (p != NULL)
        h->held = h->held - old + size;
    return p;
}

/* ---- how a call ends early ---- */

int dr_hook_end_call(lua_State *L, dr_hook_why why)
{
    dr_hooks_of(L)->why = why;
    lua_pushlightuserdata(L, dr_hooks_of(L));
    return lua_error(L);
}

int dr_hook_fail(lua_State *L, const char *reason)
{
    dr_hook_report *r = dr_hooks_of(L)->report;
    size_t len = strlen(reason);
    len = len < sizeof r->reason ? len : sizeof r->reason - 1;
    memcpy(r->reason, reason, len);
    r->reason[len] = '\0';
    return dr_hook_end_call(L, WHY_SCRIPT);
}

void dr_hook_charge(lua_State *L, uint64_t steps)
{
    dr_hooks *h = dr_hooks_of(L);
    h->report->steps += steps;
    if (h->report->steps > h->most)
        dr_hook_end_call(L, WHY_STEPS);
}

static void tick(lua_State *L, lua_Debug *ar)
{
    dr_hooks *h = dr_hooks_of(L);
    if (lua_getinfo(L, "l", ar) != 0 && ar->currentline > 0)
        h->line = (uint32_t)ar->currentline;
    if (h->stop != NULL && __atomic_load_n(h->stop, __ATOMIC_RELAXED) != 0)
        dr_hook_end_call(L, WHY_STOP);
    dr_hook_charge(L, PERIOD);
}

/* Lua's own messages begin with "script:line: ". */
static const char *behind_place(const char *text, uint32_t *line)
{
    const char *at = strchr(text, ':');
    uint32_t n = 0;
    if (at == NULL)
        return text;
    for (at++; *at >= '0' && *at <= '9' && n < UINT32_MAX / 10 - 1; at++)
        n = n * 10 + (uint32_t)(*at - '0');
    if (*at != ':' || at[1] != ' ')
        return text;
    *line = n;
    return at + 2;
}

static uint32_t line_of_script(lua_State *L)
{
    lua_Debug ar;
    for (int level = 0; lua_getstack(L, level, &ar) != 0; level++) {
        memset(&ar.currentline, 0, sizeof ar.currentline);
        if (lua_getinfo(L, "l", &ar) != 0 && ar.currentline > 0)
            return (uint32_t)ar.currentline;
    }
    return 0;
}

/* Sees each error where it was raised, but one of memory. */
static int on_error(lua_State *L)
{
    dr_hooks *h = dr_hooks_of(L);
    uint32_t line = line_of_script(L);
    h->report->line = line > 0 ? line : h->report->line;
    if (h->why == WHY_NONE && lua_type(L, 1) == LUA_TSTRING) {
        size_t len = 0;
        const char *text = behind_place(lua_tolstring(L, 1, &len), &line);
        h->report->line = line > 0 ? line : h->report->line;
        len = strnlen(text, sizeof h->report->reason - 1);
        memcpy(h->report->reason, text, len);
        h->report->reason[len] = '\0';
        h->why = WHY_SCRIPT;
    }
    return 1;
}

/* ---- the protected call ---- */

static dr_hook_end ended(dr_hooks *h, int status)
{
    dr_hook_report *r = h->report;
    if (status == LUA_OK)
        return DR_HOOK_DONE;
    if (status == LUA_ERRMEM && h->refused == NULL)
        return DR_HOOK_NO_MEMORY;
    if (status == LUA_ERRMEM) {
        r->out_of_bytes = true;
        snprintf(r->reason, sizeof r->reason, "%s", h->refused);
        r->line = h->line > 0 ? h->line : r->line;
        return DR_HOOK_FAILED;
    }
    switch (h->why) {
    case WHY_STOP:
        return DR_HOOK_STOPPED;
    case WHY_HOST:
        return DR_HOOK_NO_MEMORY;
    case WHY_STEPS:
        r->out_of_steps = true;
        r->steps = h->most;
        snprintf(r->reason, sizeof r->reason, "it takes more than %llu steps", (unsigned long long)h->most);
        return DR_HOOK_FAILED;
    case WHY_NONE:
        snprintf(r->reason, sizeof r->reason, "it went wrong");
        return DR_HOOK_FAILED;
    case WHY_SCRIPT:
        break;
    }
    return DR_HOOK_FAILED;
}

static dr_hook_end protect(dr_hooks *h, lua_CFunction body, uint64_t most, dr_hook_report *report)
{
    lua_State *L = h->L;
    memset(report, 0, sizeof *report);
    h->report = report;
    h->most = most;
    h->why = WHY_NONE;
    h->sorting = false;
    h->refused = NULL;
    h->line = 0;
    lua_settop(L, 0);
    lua_sethook(L, tick, LUA_MASKCOUNT, PERIOD); /* counts from here */
    lua_pushcfunction(L, on_error);
    lua_pushcfunction(L, body);
    int status = lua_pcall(L, 0, 0, 1);
    lua_sethook(L, NULL, 0, 0);
    lua_settop(L, 0);
    return ended(h, status);
}

/* ---- a state's life ---- */

static int prepare(lua_State *L)
{
    dr_hook_make_numbers(L);
    return 0;
}

dr_hooks *dr_hooks_new(const dr_alloc *alloc, size_t bytes, const volatile int *stop)
{
    dr_hook_report report;
    dr_hooks *h = dr_new(alloc, sizeof *h);
    if (h == NULL)
        return NULL;
    h->alloc = *alloc;
    h->bytes = bytes != 0 ? bytes : DR_HOOK_BYTES;
    h->cap = LOAD_BYTES;
    h->stop = stop;
    h->loading = true;
    dr_buf_init(&h->text, alloc, DR_HOOK_TEXT);
    dr_buf_fill(&h->text, ' ', DR_HOOK_TEXT);
    h->L = h->text.failed ? NULL : lua_newstate(allocate, h);
    if (h->L != NULL)
        *(dr_hooks **)lua_getextraspace(h->L) = h;
    if (h->L == NULL || protect(h, prepare, DR_HOOK_STEPS, &report) != DR_HOOK_DONE) {
        dr_hooks_free(h);
        return NULL;
    }
    return h;
}

void dr_hooks_free(dr_hooks *h)
{
    if (h == NULL)
        return;
    const dr_alloc alloc = h->alloc;
    if (h->L != NULL)
        lua_close(h->L);
    dr_buf_free(&h->text);
    dr_free(&alloc, h, sizeof *h);
}

static const char *read_source(lua_State *L, void *context, size_t *size)
{
    dr_hooks *h = context;
    (void)L;
    *size = h->source_len;
    h->source_len = 0;
    return *size > 0 ? h->source : NULL;
}

static int load_script(lua_State *L)
{
    dr_hooks *h = dr_hooks_of(L);
    int status = lua_load(L, read_source, h, "=script", "t");
    if (status == LUA_ERRSYNTAX) {
        const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "";
        uint32_t line = 0;
        text = behind_place(text, &line);
        size_t len = strnlen(text, sizeof h->report->reason - 1);
        memcpy(h->report->reason, text, len);
        h->report->reason[len] = '\0';
        h->report->line = line;
        h->why = WHY_SCRIPT;
    }
    if (status != LUA_OK)
        return lua_error(L);
    lua_rawseti(L, LUA_REGISTRYINDEX, FIRST_SCRIPT + (lua_Integer)h->n_scripts);
    lua_gc(L, LUA_GCCOLLECT, 0);
    return 0;
}

dr_hook_end dr_hooks_load(dr_hooks *h, const char *bytes, size_t len, dr_hook_report *report)
{
    uint32_t start = 0, stop = 0;
    const char *refused = dr_hook_refused(bytes, len, &start, &stop);
    if (refused != NULL) {
        *report = (dr_hook_report){.line = 0};
        snprintf(report->reason, sizeof report->reason, "%s", refused);
        return DR_HOOK_FAILED;
    }
    h->source = bytes;
    h->source_len = len;
    h->loading = true;
    h->cap = LOAD_BYTES;
    dr_hook_end end = protect(h, load_script, DR_HOOK_STEPS, report);
    h->loading = false;
    h->cap = h->held + h->bytes;
    h->n_scripts += end == DR_HOOK_DONE;
    return end;
}

/* ---- calls ---- */

/* Whether memory suffices must not hang on calls before: nothing of them is left, and the stack has the size
 * that it always starts with. */
static void start_afresh(lua_State *L)
{
    enum { STACK_FIRST = 200 };
    dr_hooks *h = dr_hooks_of(L);
    lua_gc(L, LUA_GCCOLLECT, 0);
    h->cap = h->held + h->bytes;
    if (lua_checkstack(L, STACK_FIRST) == 0)
        dr_hook_end_call(L, WHY_HOST);
}

/* Leaves the function at the top. */
static void run_body(lua_State *L)
{
    dr_hooks *h = dr_hooks_of(L);
    lua_Debug ar;
    start_afresh(L);
    dr_hook_put_environment(L);
    lua_rawgeti(L, LUA_REGISTRYINDEX, FIRST_SCRIPT + (lua_Integer)h->script);
    lua_pushvalue(L, -2);
    lua_setupvalue(L, -2, 1);
    lua_call(L, 0, 0);
    lua_pushstring(L, h->function);
    if (lua_rawget(L, -2) != LUA_TFUNCTION || lua_iscfunction(L, -1))
        dr_hook_fail(L, "the file has no function of this name");
    memset(&ar, 0, sizeof ar);
    lua_pushvalue(L, -1);
    lua_getinfo(L, ">Su", &ar);
    h->report->line = ar.linedefined > 0 ? (uint32_t)ar.linedefined : 0;
    h->report->n_params = ar.isvararg ? UINT32_MAX : ar.nparams;
}

static int probe_function(lua_State *L)
{
    run_body(L);
    return 0;
}

dr_hook_end dr_hooks_probe(dr_hooks *h, uint32_t script, const char *function, dr_hook_report *report)
{
    h->script = script;
    h->function = function;
    return protect(h, probe_function, DR_HOOK_STEPS, report);
}

static void push_value(lua_State *L, const dr_hook_value *v)
{
    switch ((dr_hook_kind)v->kind) {
    case DR_HOOK_NIL:
        lua_pushnil(L);
        return;
    case DR_HOOK_BOOL:
        lua_pushboolean(L, v->whole != 0);
        return;
    case DR_HOOK_INT:
        lua_pushinteger(L, v->whole);
        return;
    case DR_HOOK_NUM:
        dr_hook_put_number(L, v->number, true);
        return;
    case DR_HOOK_WORD:
        if (v->text.len > DR_HOOK_TEXT)
            dr_hook_fail(L, "a text that it is given is too long");
        lua_pushlstring(L, v->text.bytes, v->text.len);
        return;
    case DR_HOOK_WORDS:
        break;
    }
    if (v->count > DR_HOOK_MEMBERS)
        dr_hook_fail(L, "a set that it is given has too many members");
    lua_createtable(L, (int)v->count, 0);
    for (uint32_t i = 0; i < v->count; i++) {
        dr_hook_value one = {.kind = DR_HOOK_WORD, .text = v->texts[i]};
        push_value(L, &one);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
}

static dr_hook_text take_text(lua_State *L, int at)
{
    dr_hook_text t = {"", 0};
    const char *bytes = lua_tolstring(L, at, &t.len);
    t.bytes = dr_take_text(dr_hooks_of(L)->job->arena, bytes, t.len);
    if (t.bytes == NULL)
        dr_hook_end_call(L, WHY_HOST);
    return t;
}

static void take_texts(lua_State *L, dr_hook_value *to)
{
    uint64_t n = lua_rawlen(L, -1);
    int table = lua_gettop(L);
    if (n > DR_HOOK_MEMBERS)
        dr_hook_fail(L, "it answers a set with too many members");
    dr_hook_text *texts = dr_take_zero(dr_hooks_of(L)->job->arena, (size_t)n, sizeof *texts);
    if (texts == NULL)
        dr_hook_end_call(L, WHY_HOST);
    for (uint64_t i = 0; i < n; i++) {
        if (lua_rawgeti(L, table, (lua_Integer)i + 1) != LUA_TSTRING)
            dr_hook_fail(L, "it answers a table that is not an array of texts");
        texts[i] = take_text(L, -1);
        lua_pop(L, 1);
    }
    to->kind = DR_HOOK_WORDS;
    to->texts = texts;
    to->count = (uint32_t)n;
}

static void take_result(lua_State *L, dr_hook_value *to)
{
    *to = (dr_hook_value){.kind = DR_HOOK_NIL};
    if (lua_isboolean(L, -1)) {
        to->kind = DR_HOOK_BOOL;
        to->whole = lua_toboolean(L, -1) != 0;
    } else if (lua_isinteger(L, -1)) {
        to->kind = DR_HOOK_INT;
        to->whole = lua_tointeger(L, -1);
    } else if (dr_hook_get_number(L, -1, &to->number)) {
        to->kind = DR_HOOK_NUM;
    } else if (lua_type(L, -1) == LUA_TSTRING) {
        to->kind = DR_HOOK_WORD;
        to->text = take_text(L, -1);
    } else if (lua_type(L, -1) == LUA_TTABLE) {
        take_texts(L, to);
    } else if (!lua_isnil(L, -1)) {
        dr_hook_fail(L, "it answers something that is no value");
    }
}

static int call_function(lua_State *L)
{
    dr_hooks *h = dr_hooks_of(L);
    run_body(L);
    for (uint32_t i = 0; i < h->job->n_args; i++)
        push_value(L, &h->job->args[i]);
    lua_call(L, (int)h->job->n_args, 1);
    take_result(L, &h->job->result);
    return 0;
}

dr_hook_end dr_hooks_call(dr_hooks *h, dr_hook_job *job, dr_hook_report *report)
{
    h->job = job;
    h->script = job->script;
    h->function = job->function;
    return protect(h, call_function, job->steps, report);
}
