/* drip: api.h, level 3. What the files of the API share: the objects behind drip.h's names. */
#ifndef DR_API_H
#define DR_API_H

#include "audit.h"
#include "build_input.h"
#include "drip.h"

struct drip_engine {
    dr_alloc alloc;
    drip_limits limits;
};

typedef struct dr_layer_source {
    char *origin, *bytes;
    size_t len;
} dr_layer_source;

typedef struct dr_api_host { /* a function for hooks of this name */
    char *name;
    drip_host_fn function;
    void *context;
} dr_api_host;

struct drip_layers {
    drip_engine *engine;
    dr_layer_source *items;
    uint32_t count, size;
    size_t total; /* bytes of all sources */
    bool notes, quick;
    dr_api_host *hosts;
    uint32_t n_hosts, size_hosts;
};

struct drip_program {
    drip_engine *engine;
    dr_program *p;
    dr_host *hosts; /* of each hook; NULL: the program has none */
    int refs;
};

struct drip_session {
    drip_program *program;
    dr_session s;
    dr_outcome outcome;
    bool evaluated, building; /* building: between drip_input_begin and drip_eval_input */
    uint64_t fuel_used;       /* by the last evaluation: explaining takes its own */
    size_t largest;
    dr_buf json, text, words; /* what the views hand out */
    drip_session *scratch;    /* for nearest misses; NULL until one is looked for */
    dr_arena views;           /* texts of views, until the next evaluation */
    bool lost;                /* there was no memory for a view's text; whoever asks clears it before */
    const dr_set *ordered;    /* whose members are in `members`; NULL: none */
    const struct dr_member *members;
    dr_audit audit; /* of the last result, if audited */
    bool audited;
};

struct drip_claims {
    drip_program *program;
    dr_claims c;
    char *bytes;
    size_t len;
    bool *used;      /* of each: was audited, or passed by */
    uint32_t *lines; /* that end before each block of the text: see drip_claims_line */
};

typedef struct dr_error_diag {
    drip_diag view;
    drip_remark labels[DR_LABELS_MAX], fixes[DR_FIXES_MAX];
} dr_error_diag;

struct drip_error {
    dr_alloc alloc;
    dr_buf text;
    uint32_t errors;
    drip_limit limit;
    dr_arena arena; /* of the diagnostics and their texts */
    dr_error_diag *diags;
    uint32_t n_diags;
};

/* api_input.c */
drip_type dr_api_type(const dr_type *type);
/* api_result.c: a value of the result as text, "" where it is missing; borrowed until the next evaluation. */
const char *dr_api_value_text(drip_session *session, dr_type type, int64_t cell); /* NULL: no memory */
void dr_api_clause_view(const drip_session *session, uint32_t clause, drip_clause *view);
/* bytes and a NUL behind them; NULL when memory is out. */
char *dr_api_copy(const dr_alloc *a, const char *bytes, size_t len);
drip_status dr_api_limit(drip_status status, drip_error **error, drip_limit limit); /* says which it was */
drip_status dr_api_error(drip_engine *engine, drip_error **error, drip_status status, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* About a place in a text that is not shown, as it may hold what nobody should read. */
drip_status dr_api_error_at(drip_engine *engine, drip_error **error, drip_status status, const char *origin,
                            const char *bytes, size_t at, const char *message);
/* Renders diagnostics into *error (may be NULL). */
void dr_api_diags(drip_engine *engine, drip_error **error, dr_diags *diags, const dr_sources *sources);
drip_status dr_api_compile(const drip_layers *layers, const char *settings, drip_program **program,
                           drip_error **error);
/* Is there a source of this origin already? */
bool dr_layers_has(const drip_layers *layers, const char *origin);

/* api_host.c: the functions of other layers also for these; those of layers; a program's, from its layers'. */
drip_status dr_api_copy_hosts(drip_layers *to, const drip_layers *from);
void dr_api_free_hosts(drip_layers *layers);
bool dr_api_bind_hosts(const drip_layers *layers, drip_program *program);
const char **
dr_api_host_names(const drip_layers *layers); /* the caller's, n_hosts of them; NULL: none, or no memory */

/* The last evaluation's status, and what goes with it: the outcome, a message that names the encounter. */
drip_status dr_api_evaluated(drip_session *session, dr_status status);
/* Fills an options struct from a caller's, which may be of an older version and shorter, or of a newer one and
 * longer. NULL: as it is. False: its size is none. */
bool dr_api_options(void *to, size_t size, const void *given);

void dr_api_drop_views(drip_session *session);

/* session->scratch: a session beside this one that can be evaluated without losing its result. */
drip_status dr_api_scratch(drip_session *session);

/* The policies that the sources' headers name, and the other files of a policy in several. */
drip_status dr_layers_add_bases(drip_layers *layers, const char *search_path, drip_error **error);

#endif
