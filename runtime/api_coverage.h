/* drip: api_coverage.h, level 3. What a measured run of scenarios adds up. */
#ifndef DR_API_COVERAGE_H
#define DR_API_COVERAGE_H

#include "api.h"
#include "coverage.h"

/* What all runs did with the clauses of one program. */
typedef struct dr_total {
    drip_program *home; /* a reference; NULL: none */
    dr_coverage sum;
    uint32_t *by_name; /* its clauses in the order of their names */
} dr_total;

/* False: memory is out. Closed either way. */
bool dr_total_open(dr_total *t, drip_program *home);
void dr_total_close(dr_total *t);
/* Adds what `run` counted of clauses that stand in the same place of the same source, and of parameters of the
 * same name. False: memory is out. */
bool dr_total_add(dr_total *t, const dr_coverage *run);
/* The coverage of the policies on top of the homes. The totals stay the caller's. NULL: memory is out. */
drip_coverage *dr_coverage_report(drip_engine *engine, const dr_total *totals, uint32_t n);

#endif
