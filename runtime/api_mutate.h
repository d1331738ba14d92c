/* drip: api_mutate.h, level 3. What the files behind drip_mutate share. */
#ifndef DR_API_MUTATE_H
#define DR_API_MUTATE_H

#include "../dsl/mutate.h"
#include "api_test.h"

typedef struct dr_mut_run { /* scenarios with the same settings: one program */
    const char *settings;   /* NULL: none */
    drip_program *program;  /* of the policy as it is */
    bool anew;              /* a program for it must be compiled: its values cannot be put into another */
} dr_mut_run;

typedef struct dr_mut_case {
    const dr_case *c;
    uint32_t run;
    uint8_t *reach; /* per clause of the run's program: 0 not asked, 1 asked, 2 it applied */
    bool conflicts; /* clauses of the policy as it is do */
} dr_mut_case;

typedef struct dr_mut_item {
    const dr_mutant *m;
    uint32_t source, clause; /* clause: of the plain program; DR_NONE */
    uint8_t state;           /* dr_mut_state */
    uint32_t killer;         /* case */
    drip_status status;
    char *scenario; /* from the engine's allocator, or NULL */
    size_t scenario_size;
    bool searched;   /* for it, further than near other scenarios */
    char *encounter; /* likewise, as JSON, where no scenario can say it */
    size_t encounter_size;
    uint64_t tried; /* encounters, in search of one */
} dr_mut_item;
typedef enum dr_mut_state { MUT_UNKNOWN, MUT_KILLED, MUT_SURVIVED, MUT_REFUSED, MUT_SAME } dr_mut_state;

enum { DR_MUT_FUEL = 4000000 };

typedef struct dr_mutating { /* one policy and its scenarios */
    drip_engine *engine;
    const drip_options_test *options;
    drip_program *home;
    drip_layers base; /* its sources without scenarios; the items are its own, what they point to is not */
    dr_arena arena;
    drip_program *plain;
    dr_mutants *mutants; /* per source */
    dr_mut_run *runs;
    dr_mut_case *cases;
    dr_mut_item *items;
    uint32_t n_runs, n_cases, n_items;
} dr_mutating;

struct drip_mutation {
    drip_engine *engine;
    dr_arena arena;
    drip_mutant *items; /* what counts, once all is known */
    uint32_t count, refused, same, rows_left_out;
    struct dr_mut_told *all; /* each change of each source once, whoever's scenarios tried it */
    uint32_t n_all;
    struct dr_mut_reason *reasons;
    bool failed; /* memory is out */
};

/* ---- api_mutate_base.c */

/* What parameters are, in a program into which other values are put. */
typedef struct dr_mut_params {
    dr_param *params;
    dr_dated *values;
    uint32_t n_values;
} dr_mut_params;
bool dr_mut_params_open(dr_mut_params *own, dr_program *p);
/* Its own values, but for those that the settings of the run give. */
bool dr_mut_params_set(const dr_mut_params *own, dr_program *p, const dr_mut_run *run);

/* The sources without scenarios, the program of them, and their changes; then the scenarios. */
drip_status dr_mut_open(dr_mutating *x, const drip_layers *layers);
drip_status dr_mut_look(dr_mutating *x);
void *dr_mut_keep(dr_mutating *x, size_t n, size_t size);
drip_status dr_mut_eval(drip_session *s, const dr_mut_case *c);
drip_status dr_mut_compile(const drip_layers *layers, const char *settings, drip_program **program);
/* With one more source behind its own: scenarios, read as those of the policy. */
drip_status dr_mut_compile_with(const dr_mutating *x, const char *origin, const dr_buf *source,
                                const char *settings, drip_program **program, drip_error **error);
/* The policy with this change and these settings. DRIP_BAD_POLICY: drip refuses it. */
drip_status dr_mutated(const dr_mutating *x, const dr_mut_item *it, const char *settings,
                       drip_program **program);

/* ---- api_mutate_try.c */

/* The programs have one set of settings where run is the same. What is in each scenario's reach of a change: 2 it
 * applied, 1 it was asked, 0 neither. */
uint8_t dr_mut_reach(const dr_mutating *x, const dr_mut_item *it, const dr_mut_case *c);
bool dr_mut_reaches(const dr_mutating *x, const dr_mut_item *it, uint32_t run);
/* A task of dr_api_share: what becomes of the change at this place. */
void dr_mut_try(void *x, uint32_t at);

/* ---- api_vary.c, api_mutate_hunt.c: give survivors the scenario that would notice them, where one is found near those
 * that reach them, or by a search for what the two answer differently */

drip_status dr_mut_find(dr_mutating *x);
drip_status dr_mut_hunt(dr_mutating *x);

/* ---- api_mutate_tell.c */

const char *dr_mut_name(const dr_mutating *x, const dr_mut_item *it);
/* What is known of it already from other scenarios for the same policy; MUT_UNKNOWN: nothing. */
uint8_t dr_mut_known(const drip_mutation *o, const dr_mutating *x, const dr_mut_item *it);
drip_status dr_mut_tell(drip_mutation *o, const dr_mutating *x);
/* Once all is known; `whole`: reasons that were not needed are told, too. */
drip_status dr_mut_conclude(drip_mutation *o, bool whole);

#endif
