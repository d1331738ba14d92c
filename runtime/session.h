/* drip: session.h, level 2b. One evaluation at a time: the encounter's rows, the columns decided from
 * them, and what was decided by which clause. Owned by the engine (reader, vm, nodes, result, explain). */
#ifndef DR_SESSION_H
#define DR_SESSION_H

#include "program.h"

typedef enum dr_status {
    DR_OK,
    DR_BAD_POLICY,
    DR_BAD_INPUT,
    DR_LIMIT,
    DR_INTERRUPTED,
    DR_NO_MEMORY,
    DR_MISUSE,
    DR_IO,
    DR_NOT_FOUND
} dr_status;

/* Which one it was, in the order of drip.h's drip_limit. */
typedef enum dr_limit_kind {
    DR_LIMIT_NONE,
    DR_LIMIT_SOURCE_BYTES,
    DR_LIMIT_COMPILE_HEAP,
    DR_LIMIT_HEAP,
    DR_LIMIT_INPUT,
    DR_LIMIT_FUEL,
    DR_LIMIT_DEPTH,
    DR_LIMIT_ROWS,
    DR_LIMIT_HOOK_STEPS,
    DR_LIMIT_HOOK_BYTES
} dr_limit_kind;

typedef struct dr_limits {
    size_t heap;         /* bytes of one evaluation's arena; default 256 MiB */
    size_t input;        /* bytes of one encounter; default 16 MiB */
    uint64_t fuel;       /* steps of one evaluation; default 100,000,000 */
    uint32_t depth;      /* JSON nesting; default 64 */
    uint32_t rows;       /* rows of one entity; default 1,000,000 */
    uint64_t hook_steps; /* of one call of a hook; default, and most, DR_HOOK_STEPS */
    size_t hook_bytes;   /* that a hook may hold besides its script; default DR_HOOK_BYTES */
} dr_limits;

typedef struct dr_col {
    int64_t *base;
    uint32_t stride;
} dr_col;

typedef struct dr_offset { /* UTC offset charted with an instant */
    int64_t seconds;
    int32_t offset;
} dr_offset;

/* Why an encounter was refused: in words that name the place in it, and never its contents beyond the id. */
typedef struct dr_refusal {
    char message[512];
    char encounter[128]; /* its id where one was read, plain text, else "" */
    char policy[80];     /* the policy that it asks for, likewise; a longer name is cut */
    uint64_t offset;     /* byte in the input, where that helps */
} dr_refusal;

typedef struct dr_emitted {
    uint32_t rule, row;
    const dr_set *about; /* findings */
} dr_emitted;

typedef struct dr_conflict {
    uint32_t pair, slot, row;
} dr_conflict;

/* Rows of tables that an evaluation looked up and found, each once. */
enum { DR_LOOKED_MAX = 512 };
typedef struct dr_looked {
    uint32_t entity[DR_LOOKED_MAX], row[DR_LOOKED_MAX], n;
    bool full; /* there were more */
} dr_looked;

typedef struct dr_hook_failure {
    uint32_t hook, pc, node, line; /* line of the script, 0: not known */
    const char *reason;
} dr_hook_failure;

/* The host's function of a hook, as the API calls it: job and report as of hooks.h. */
struct dr_hook_job;
struct dr_hook_report;
typedef struct dr_host {
    bool (*call)(const struct dr_host *host, const dr_hook *hook, struct dr_hook_job *job,
                 struct dr_hook_report *report); /* false: no memory; a failure is a reason in the report */
    void (*function)(void);
    void *context;
} dr_host;

typedef struct dr_called { /* one call of a hook, for explain */
    uint32_t call, line;
    int64_t value;
    const char *reason; /* it failed; else NULL */
} dr_called;
typedef struct dr_read { /* one read, for explain */
    uint32_t slot, row, pc;
    int64_t value;
} dr_read;
typedef struct dr_trace {
    dr_read *items;
    uint32_t count, size;
    dr_called *calls;
    uint32_t n_calls, size_calls;
} dr_trace;

typedef struct dr_spent { /* where fuel went: by instruction, and by node what is paid outside the code */
    uint64_t *at, *rows;
} dr_spent;

typedef struct dr_session {
    const dr_program *program;
    dr_alloc alloc;
    dr_watch watch; /* of the arena: it refused, and not the cap */
    dr_limits limits;
    dr_arena arena;     /* reset for each encounter */
    dr_arena own;       /* lives as long as the session */
    dr_syms syms;       /* over program->syms; in arena */
    dr_col *cols;       /* per slot */
    uint32_t *n_rows;   /* per entity */
    uint64_t *seen;     /* per slot, kept for watched ones */
    uint16_t **clauses; /* per clause column: the deciding clause of each row */
    int64_t *params;    /* chosen by the service date; [0] is that date */
    dr_offset *offsets; /* ascending; NULL where no offset was charted or all are equal (then offset_all) */
    uint32_t n_offsets;
    bool has_offset;
    int32_t offset_all;
    bool names_undeclared;  /* collect keys nobody declares (--strict) */
    dr_buf undeclared;      /* "mar[].foo\n" each, sorted, no twins */
    int64_t forced_date;    /* DR_MISSING: the program's own service date */
    int64_t known_on;       /* DR_MISSING: the program's own, else all is known */
    uint64_t fuel;          /* left */
    volatile int interrupt; /* set from any thread through an atomic store */
    dr_refusal refusal;
    dr_emitted *lines, *findings; /* in arena; lines' fields are rows of program->result_entity */
    dr_emitted *marks;            /* in arena; their rows are lines */
    uint32_t n_lines, n_findings, n_marks, size_lines, size_findings, size_marks;
    dr_conflict *conflicts;
    uint32_t n_conflicts, size_conflicts;
    dr_hook_failure *hook_failures;
    uint32_t n_hook_failures, size_hook_failures;
    const dr_host *hosts;   /* of each hook that is the host's; NULL: none */
    struct dr_hooks *hooks; /* call.c: the sandbox, NULL until the first call */
    struct dr_input *input; /* build_input.c's: a record that is given without JSON; in `own` */
    uint8_t limit;          /* dr_limit_kind: that ended the evaluation, or that a hook came to */
    void *reader;      /* read.c's plan of the program's shapes; in `own`, NULL until the first encounter */
    void *vm;          /* vm.c's own state: builders, indexes, prefixes; in `own` or `arena` */
    dr_spent *spent;   /* not NULL: fuel is told apart, which takes longer */
    dr_trace *trace;   /* not NULL: the tracing interpreter fills it */
    dr_looked *looked; /* not NULL: rows that are looked up are noted in it */
    uint32_t version;  /* index in program->versions in force */
} dr_session;

/* read.h: one JSON object into rows, symbols and offsets. Fills cols of input slots, n_rows, seen, offsets. */
dr_status dr_read_encounter(dr_session *s, const char *bytes, size_t len);
/* Columns of the record were pointed elsewhere: the next one read sets them again. */
void dr_read_moved(dr_session *s);

/* vm.h */
dr_status dr_session_init(dr_session *s, const dr_program *program, const dr_alloc *alloc,
                          const dr_limits *limits);
void dr_session_close(dr_session *s);
void dr_session_reset(dr_session *s); /* before each encounter */
/* As before dr_evaluate: the record that was read stays, in memory beside what the last evaluation took. */
void dr_session_again(dr_session *s);
/* The offset charted with the last instant up to this one: an instant that was worked out has none of its own. */
int32_t dr_offset_at(const dr_session *s, int64_t seconds);
/* meter.c: from here on, until the next reset, fuel is told apart, and whoever runs out of it is told who
 * spent most. False: no memory for it. */
bool dr_meter(dr_session *s);
/* merge.c: the lines of the answer, given from outside: n rows of a cell for each result field, in place of what
 * the rules emit, merged. Between reading and evaluating; until the next reset. Values are as the session keeps
 * them: symbols of s->syms, numbers and sets in s->arena. A cell may be missing where the field is optional; a
 * set that is missing is empty. Rows are kept in the order given, and as lines have no clauses and no sources.
 * DR_MISUSE: the program has no entity that merges lines. */
dr_status dr_session_claim(dr_session *s, const int64_t *cells, uint32_t n);
/* Decides every node for the encounter that was read. */
dr_status dr_evaluate(dr_session *s);
/* Runs the code at pc with r[0] = row; *values (n of them) are the RET/RETN registers. With s->trace set,
 * every SLOT/SLOTQ read is recorded. */
dr_status dr_run_code(dr_session *s, uint32_t pc, uint32_t row, int64_t *values, uint32_t *n,
                      uint32_t *clause);

/* result.h: the evaluated encounter as drip.result/1, from the session's lines and findings, merged and
 * sorted as declared. Views are arrays in the session's arena. */
typedef struct dr_out_line {
    const int64_t *cells;    /* per result field */
    const uint32_t *clauses; /* clause ids: its rule's, then those of its marks by name, no twins */
    uint32_t n_clauses;
    const uint32_t
        *sources; /* indexes into session->lines merged into this one; none: it was given from outside */
    uint32_t n_sources;
    uint32_t row; /* of program->merge_entity, where there is one */
} dr_out_line;
typedef struct dr_out_finding {
    uint8_t level;
    const char *code, *message;
    const dr_set *about; /* symbols; printed in byte order of their texts */
    uint32_t clause;
    const char *cite; /* may be NULL */
    uint32_t source;  /* index into session->findings, DR_NONE for a conflict */
    uint32_t topic;   /* index into program->topics, DR_NONE */
    const char *cure; /* may be NULL */
    const uint32_t
        *same; /* the sources of all that said the same; those past session->n_findings are no such */
    uint32_t n_same;
} dr_out_finding;
typedef struct dr_outcome {
    dr_out_line *lines;
    dr_out_finding *findings;
    const int64_t *totals; /* of program->totals; NULL where nothing says anything of merged lines */
    uint32_t n_lines, n_findings, denied;
} dr_outcome;
dr_status dr_outcome_make(dr_session *s, dr_outcome *out);
bool dr_outcome_json(const dr_session *s, const dr_outcome *out, dr_buf *to); /* one line, no newline */

#endif
