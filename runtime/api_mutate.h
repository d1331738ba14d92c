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
} dr_mut_case;

typedef struct dr_mut_item {
    const dr_mutant *m;
    uint32_t source, clause; /* clause: of the plain program; DR_NONE */
    uint8_t state;           /* dr_mut_state */
    uint32_t killer;         /* case */
    drip_status status;
    const char *reason;
    char *scenario; /* from the engine's allocator, or NULL */
    size_t scenario_size;
} dr_mut_item;
typedef enum dr_mut_state { MUT_UNKNOWN, MUT_KILLED, MUT_SURVIVED, MUT_REFUSED, MUT_SAME } dr_mut_state;

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

/* The programs have one set of settings where run is the same. What is in each scenario's reach of a change: 2 it
 * applied, 1 it was asked, 0 neither. */
uint8_t dr_mut_reach(const dr_mutating *x, const dr_mut_item *it, const dr_mut_case *c);

/* api_vary.c: gives survivors the scenario that would notice them, where one is found near those that reach them. */
drip_status dr_mut_find(dr_mutating *x);

/* The policy with this change and these settings. DRIP_BAD_POLICY: drip refuses it. */
drip_status dr_mutated(const dr_mutating *x, const dr_mut_item *it, const char *settings,
                       drip_program **program);

#endif
