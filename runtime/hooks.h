/* drip: hooks.h, level 1. The sandbox in which the scripts of hooks run; what Lua is stays in hooks_lua.c.
 *
 * One dr_hooks belongs to one session, or to one compile. A script is compiled once. Each call runs its body
 * again, in an environment of its own made of nothing but the functions of the allow list, and then the
 * function: so a call depends on its arguments alone, and nothing of one call reaches the next.
 *
 * Shut out are metatables, coroutines, loading, patterns, what runs when memory is collected, errors that a
 * script could catch, and binary fractions: a script that could make one is refused by its text
 * (hooks_text.c). What a call does is counted in steps: instructions, in hundreds, and what the functions of
 * the allow list do. Whether a call succeeds hangs on steps, arguments and what is alive in memory, never on
 * what ran before. */
#ifndef DR_HOOKS_H
#define DR_HOOKS_H

#include "num.h"

enum {
    DR_HOOK_STEPS = 100000,      /* of one call: the default, and the most; the static bound counts it */
    DR_HOOK_BYTES = 4 << 20,     /* that a call may hold besides its script: the default */
    DR_HOOK_SCRIPT = 256 * 1024, /* the largest script, in bytes */
    DR_HOOK_TEXT = 16 * 1024,    /* the longest text */
    DR_HOOK_PARAMS = 12,         /* a hook can have */
    DR_HOOK_MEMBERS = 1000       /* of a set that goes in or comes out */
};

typedef enum dr_hook_kind {
    DR_HOOK_NIL,
    DR_HOOK_BOOL,
    DR_HOOK_INT,
    DR_HOOK_NUM,
    DR_HOOK_WORD, /* a text */
    DR_HOOK_WORDS /* an array of texts */
} dr_hook_kind;
typedef struct dr_hook_text {
    const char *bytes;
    size_t len;
} dr_hook_text;
typedef struct dr_hook_value {
    uint8_t kind;
    int64_t whole; /* BOOL, INT */
    dr_num number;
    dr_hook_text text;
    const dr_hook_text *texts;
    uint32_t count;
} dr_hook_value;

typedef enum dr_hook_end {
    DR_HOOK_DONE,
    DR_HOOK_FAILED,   /* the report says why */
    DR_HOOK_STOPPED,  /* `stop` was set */
    DR_HOOK_NO_MEMORY /* the host's allocator refused */
} dr_hook_end;
typedef struct dr_hook_report {
    uint64_t steps;
    uint32_t line; /* DONE: where the function begins; FAILED: where it stopped, 0 not known */
    uint32_t n_params;
    bool out_of_steps, out_of_bytes;
    char reason[200]; /* FAILED: a part of a sentence, plain text; of a patient's data it holds nothing */
} dr_hook_report;

typedef struct dr_hooks dr_hooks;

/* `stop` is looked at while a script runs; it may be NULL. NULL: no memory. */
dr_hooks *dr_hooks_new(const dr_alloc *alloc, size_t bytes, const volatile int *stop);
void dr_hooks_free(dr_hooks *h);
/* The n-th script loaded is script n - 1. */
dr_hook_end dr_hooks_load(dr_hooks *h, const char *bytes, size_t len, dr_hook_report *report);
/* Runs the body and looks whether it leaves a function of this name. */
dr_hook_end dr_hooks_probe(dr_hooks *h, uint32_t script, const char *function, dr_hook_report *report);

typedef struct dr_hook_job {
    uint32_t script;
    const char *function;
    const dr_hook_value *args;
    uint32_t n_args;
    uint64_t steps;  /* at most */
    dr_arena *arena; /* for texts of the result */
    bool failed;     /* of the host's functions: the report says why */
    dr_hook_value result;
} dr_hook_job;
dr_hook_end dr_hooks_call(dr_hooks *h, dr_hook_job *job, dr_hook_report *report);

/* hooks_text.c: does the text hold something that scripts cannot have? NULL: no; else what, with its place. */
const char *dr_hook_refused(const char *bytes, size_t len, uint32_t *start, uint32_t *end);

#endif
