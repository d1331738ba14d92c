/* drip: quick.h, level 2a. Nodes that need not run; see quick.c. */
#ifndef DR_QUICK_H
#define DR_QUICK_H

#include "front.h"

enum { DR_NO_CLAUSE = UINT16_MAX };

/* Does it apply to every row on every day? */
bool dr_always(dr_front *f, const dr_guard *g);
/* One more way for a node to have something to do; false if it cannot be told from what was seen. */
bool dr_add_alt(dr_front *f, const dr_ast *when);
void dr_quick_path(dr_front *f, dr_work *w, dr_node *n, dr_type type);
/* emit_nodes.c: code that ends with this value. */
void dr_emit_return(dr_front *f, const dr_ast *e, uint32_t clause);

#endif
