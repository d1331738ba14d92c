/* drip: hooks_lua.h, level 1. The one place that includes Lua; for the files of the sandbox alone.
 *
 * Everything that may fail runs under the one protected call in hooks_lua.c. There is nothing by which a
 * script could catch an error, so the first one ends it. Every function of the allow list is written here: none
 * of Lua's own libraries is opened. A function charges for what grows with its arguments before it does it. Of
 * functions that call back into the script there is one, sort, which cannot be nested, so the C stack has a
 * bound. Exact numbers are userdata whose metatable no script can reach; texts have none.
 *
 * The build (see the Makefile) hides Lua's names, so that a host may have a Lua of its own, compares texts by
 * their bytes whatever the locale, and takes away the random seed. */
#ifndef DR_HOOKS_LUA_H
#define DR_HOOKS_LUA_H

#include "hooks.h"

#include <lua.h>

typedef enum dr_hook_why { WHY_NONE, WHY_SCRIPT, WHY_STEPS, WHY_STOP, WHY_HOST } dr_hook_why;

struct dr_hooks {
    dr_alloc alloc;
    lua_State *L;
    size_t held, cap, bytes;
    bool loading, sorting;
    const char *refused; /* why memory was refused last; NULL: by the host's allocator */
    uint32_t line;       /* of the script, when steps were counted last */
    const volatile int *stop;
    uint32_t n_scripts;
    dr_buf text; /* what functions put texts together in: has all the room it may have */
    /* of the running call */
    dr_hook_job *job;
    const char *function, *source;
    size_t source_len;
    uint32_t script;
    uint64_t most;
    dr_hook_why why;
    dr_hook_report *report;
};

typedef struct dr_hook_entry {
    const char *name;
    lua_CFunction function;
} dr_hook_entry;

static inline dr_hooks *dr_hooks_of(lua_State *L)
{
    return *(dr_hooks **)lua_getextraspace(L);
}

/* hooks_lua.c: these two do not come back. The reason is a part of a sentence, and holds nothing of the
 * arguments. */
int dr_hook_end_call(lua_State *L, dr_hook_why why);
int dr_hook_fail(lua_State *L, const char *reason);
void dr_hook_charge(lua_State *L, uint64_t steps);

/* hooks_num.c */
bool dr_hook_get_number(lua_State *L, int at, dr_num *n);
dr_num dr_hook_want_number(lua_State *L, int at);
int dr_hook_put_number(lua_State *L, dr_num n, bool fits);
void dr_hook_put_numbers(lua_State *L);  /* `math` and `num`, into the table at the top */
void dr_hook_make_numbers(lua_State *L); /* once in a state's life */

/* hooks_lib.c */
int64_t dr_hook_want_whole(lua_State *L, int at);
dr_hook_text dr_hook_want_text(lua_State *L, int at);
void dr_hook_put_entries(lua_State *L, const dr_hook_entry *list, size_t n);
void dr_hook_put_library(lua_State *L, const char *name, const dr_hook_entry *list, size_t n);
void dr_hook_put_environment(lua_State *L); /* a new one, at the top */

#endif
