/* drip: reason.h, level 2a. What conditions of a policy claim, in the form that solve.c decides.
 *
 * A topic is what conditions are about: a field, an attribute, a length, the service date. The constants that
 * conditions compare it with cut its values into cells: each constant, and what lies between. Two conditions
 * that drip cannot look into are one topic if they are written alike. Attributes that are decided by
 * conditions, constants and other paths can be looked through: what they say is put in their place. */
#ifndef DR_REASON_H
#define DR_REASON_H

#include "front.h"
#include "solve.h"

typedef struct dr_limit {
    int64_t value;
    const dr_ast *written;
} dr_limit;

enum { DR_OUTRANKED = 250 }; /* a kind of dr_query beside those of the tree: the mirror of A_OUTRANKS */
typedef struct dr_query {
    uint8_t kind; /* A_IS, A_OVER …; A_IN: one of members; A_KNOWN; A_WITHIN: from value to upto */
    bool missing; /* what it says of a missing value */
    int64_t value, upto;
    const dr_ast *written; /* the constant */
    const dr_ast *members; /* list of constants */
    uint32_t param;        /* where the constant is a parameter, else DR_NONE */
} dr_query;

typedef enum dr_topic_kind { TOPIC_VALUES, TOPIC_ORDERED, TOPIC_EQUAL, TOPIC_PAIR, TOPIC_DAY } dr_topic_kind;
typedef struct dr_topic {
    uint8_t kind;
    bool optional, plain;
    bool denied; /* what is written is the opposite: "no x in …", of which the topic is "any x in …" */
    dr_type type;
    const dr_ast *e, *other; /* other: TOPIC_PAIR compares the two: cells under, is, over */
    dr_vec limits;           /* dr_limit, ascending once sealed: cell 2k+1 is limit k, 2k lies below it */
    int64_t low, high;       /* the least and most that it can be */
    uint32_t axis;           /* TOPIC_DAY: which */
} dr_topic;

#define DR_CELL_MISSING ((uint64_t)1 << 63)

typedef struct dr_reason {
    dr_front *f;
    dr_arena arena;
    bool open_params; /* parameters that stand alone may have any value: a layer may set them */
    bool too_fine;    /* a topic has more cells than there is room for */
    bool looks;       /* through attributes, */
    uint32_t depth;   /* so deep */
    uint32_t n_claims;
    dr_vec topics, leaves;
    dr_claim failed;
    dr_solver solver;
} dr_reason;

dr_reason *dr_reason_new(dr_front *f, bool open_params, uint32_t depth); /* NULL: memory is out */
void dr_reason_free(dr_reason *r);

/* What it claims that e is `truth`. NULL is yes. */
dr_claim *dr_claim_of(dr_reason *r, const dr_ast *e, bool truth);
dr_claim *dr_claim_join(dr_reason *r, dr_claim_kind kind, dr_claim *a, dr_claim *b);
/* That a clause's condition and period hold; denied: that they do not. */
dr_claim *dr_claim_guard(dr_reason *r, const dr_guard *g, bool truth);
/* Once all claims are made: works out the cells. */
void dr_reason_seal(dr_reason *r);
dr_verdict dr_reason_solve(dr_reason *r, const dr_claim *const *goals, uint32_t n);
void dr_reason_refill(dr_reason *r); /* its budget */
bool dr_reason_refutes(dr_reason *r, const dr_claim *const *goals, uint32_t n);
/* How many parameters set the limits in these claims: 2 stands for more than one. */
uint32_t dr_claim_params(const dr_claim *c, uint32_t *param);

/* facts.c: the example of the last answer, "colour is red, length of time is 2 h". */
void dr_reason_example(dr_reason *r, dr_buf *out);
/* As it is written, cut at 60 bytes or the line's end. */
void dr_write_source(const dr_front *f, dr_span span, dr_buf *out);

/* attributes.c: what a test of an attribute's value claims of what decides it; NULL: it is not looked through,
 * and *hidden says whether more than its value could be known of it. */
dr_claim *dr_claim_decided(dr_reason *r, const dr_ast *path, const dr_query *test, bool truth, bool *hidden);
dr_claim *dr_claim_test(dr_reason *r, const dr_ast *e, dr_query test, bool truth);
dr_claim *dr_claim_plain(dr_reason *r, bool yes);
bool dr_query_holds(dr_reason *r, const dr_query *test, dr_type type, int64_t value);

bool dr_ast_same(const dr_ast *a, const dr_ast *b); /* written alike, and about the same things */

#endif
