/* drip: compare.h, level 4. The lives of faults.c that set two policies, or a policy and its mutants, beside each other. */
#ifndef FAULTS_COMPARE_H
#define FAULTS_COMPARE_H

#include "drip.h"

#include <stdbool.h>
#include <stddef.h>

/* What was said, all views one after the other: where every call was DRIP_OK it is the same as if nothing had failed. */
typedef struct saying {
    char *text; /* of malloc; cut where that has no more room */
    size_t len, size;
} saying;

typedef drip_status (*life_fn)(drip_engine *engine, saying *said);
drip_status live_diff(drip_engine *engine, saying *said);
drip_status live_witness(drip_engine *engine, saying *said);
drip_status live_mutate(drip_engine *engine, saying *said);

#endif
