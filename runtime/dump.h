/* drip: dump.h, level 1. A compiled program as text, whole: two programs that mean the same to the machine give
 * the same bytes. Left out is only what says where in which text something stands: spans, sources and their
 * digest, addresses. For comparing two compilations of one policy; symbols are shown by number too, so another
 * policy with the same clauses gives another text. */
#ifndef DR_DUMP_H
#define DR_DUMP_H

#include "program.h"

void dr_dump(const dr_program *p, dr_buf *out);
/* Of that, what answers are worked out from: no citations, no scenarios, and neither the names nor the days of the policy
 * and its layers. */
void dr_dump_answers(const dr_program *p, dr_buf *out);

#endif
