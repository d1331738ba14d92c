/* drip: conds.h, level 2b. Asking, after an evaluation, what a clause's conditions come out as for a row. */
#ifndef DR_CONDS_H
#define DR_CONDS_H

#include "session.h"

/* Told of each test that is reached, in order. */
typedef void (*dr_cond_fn)(void *context, uint32_t cond, bool truth);
/* Is the condition (program.conds; DR_NONE is always true) true for this row? `visit` may be NULL. Nothing of
 * the evaluated encounter changes. */
dr_status dr_cond_ask(dr_session *s, uint32_t cond, uint32_t row, dr_cond_fn visit, void *context,
                      bool *truth);
/* Is the clause in force on this encounter's date of service? */
bool dr_clause_in_force(const dr_session *s, const dr_clause *clause);
/* Is the row one that the clause looks at at all? A mark looks at lines of its families alone. */
bool dr_clause_takes(const dr_session *s, const dr_clause *clause, uint32_t row);
/* The value of code that ends in RET, and what it read, if `trace` is not NULL. */
dr_status dr_code_value(dr_session *s, uint32_t pc, uint32_t row, dr_trace *trace, int64_t *value);

#endif
