/* drip: why.h, level 2b. The tree of an explanation: from a line or a finding down to what was charted.
 *
 * A node is a clause that emitted something, a test of it, a value with the clause that decided it, a charted
 * value, the events of a clock, or one value looked up in several rows. Built by why.c after an evaluation, in
 * the session's arena; told in sentences (tell.c), printed by explain.c and explain_json.c. */
#ifndef DR_WHY_H
#define DR_WHY_H

#include "conds.h"

typedef enum dr_why_kind {
    DR_WHY_RULE,    /* clause, row */
    DR_WHY_TEST,    /* cond, truth; slot, row: the one value it looked at, or DR_NONE */
    DR_WHY_FIELD,   /* cond (a FIELD), value: what a line's field is worked out from */
    DR_WHY_VALUE,   /* slot, row, value, clause */
    DR_WHY_CHARTED, /* slot, row, value */
    DR_WHY_EVENTS,  /* node of a clock, rows: the events it ran on */
    DR_WHY_ROWS,    /* slot, rows: the same value of several rows */
    DR_WHY_HOOK,    /* called, value: what a hook gave */
    DR_WHY_NO_ROW /* node of a group, row of a member: there is no group, as this member is in none; or DR_NONE:
                       there are no members either */
} dr_why_kind;

typedef struct dr_why {
    uint8_t kind;
    bool truth;
    bool again; /* explained in full elsewhere in this explanation */
    bool cut;   /* more could be said: it was left out for length */
    uint32_t slot, row, clause, cond, node, depth;
    int64_t value;
    const dr_called *called;  /* HOOK */
    const uint32_t *rows;     /* EVENTS, ROWS; VALUE: none */
    const uint32_t *defeated; /* VALUE: clauses that also applied and gave way */
    uint32_t n_rows, n_defeated;
    struct dr_why *first, *last, *next;
} dr_why;

/* What is known in one explanation; in the session's arena. */
typedef struct dr_whys {
    dr_session *s;
    uint64_t **told; /* for each slot the rows that were explained, or NULL */
    uint32_t budget; /* nodes of one tree; 0: no bound */
    dr_status status;
} dr_whys;

bool dr_whys_init(dr_whys *w, dr_session *s, uint32_t budget);
/* Why the rule emitted something for the row. NULL: w->status says what failed. */
dr_why *dr_why_rule(dr_whys *w, uint32_t rule, uint32_t row);
/* Why a value is what it is. */
dr_why *dr_why_value(dr_whys *w, uint32_t slot, uint32_t row);
/* Why the clause does not apply to the row: the test that failed, and what decided it. Row DR_NONE: why there is
 * no row of its entity. */
dr_why *dr_why_not_rule(dr_whys *w, uint32_t rule, uint32_t row);

/* The row of the entity for which most tests of the condition hold, of those that the clause (NULL: none) looks
 * at; DR_NONE: there is no row. */
uint32_t dr_furthest_row(dr_session *s, uint32_t cond, uint16_t entity, const dr_clause *of);

/* tell.c: one node as a sentence, without its children. */
void dr_tell(dr_session *s, const dr_why *y, dr_buf *out);
/* What the record calls a row: "Service A1", "Event 3". */
/* The name of the layer in whose source this stands; NULL: in none. */
const char *dr_tell_layer(const dr_program *program, dr_span span);
void dr_tell_row(const dr_session *s, uint16_t entity, uint32_t row, dr_buf *out);
/* The sentence that the clause has for it (`says`); false: it has none. */
bool dr_tell_says(dr_session *s, uint32_t clause, uint32_t row, dr_buf *out);
void dr_tell_value(const dr_session *s, dr_type type, int64_t value, dr_buf *out);
/* The name in the record of a charted field: "mar[3].at". False: it was not read from one. */
bool dr_tell_path(const dr_session *s, uint32_t slot, uint32_t row, dr_buf *out);

#endif
