/* drip: lint.h, level 2a. Warnings about a policy that is right as it stands, and says something that cannot
 * have been meant. None changes what the policy answers. */
#ifndef DR_LINT_H
#define DR_LINT_H

#include "reason.h"

void dr_lint_conditions(dr_front *f); /* lint.c: conditions that never or always hold */
void dr_lint_reach(dr_front *f);      /* reach.c: clauses and rows that never decide */
void dr_lint_unused(dr_front *f);     /* unused.c: what nothing reads */

/* At most `max` bytes of what is written there, kept for the compile. */
const char *dr_lint_text(dr_front *f, dr_span span);
void dr_lint_params(dr_front *f, dr_diag *d, uint32_t param); /* where it is declared, and its value here */

#endif
