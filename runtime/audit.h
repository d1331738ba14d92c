/* drip: audit.h, level 2b. A claim beside what the record supports: every way in which they differ, each with its
 * reason and, where the policy knows prices, what is at stake.
 *
 * One thing wrong is one item. What follows from it, as an edit that the claim as billed would meet, stands
 * apart from the items. */
#ifndef DR_AUDIT_H
#define DR_AUDIT_H

#include "account.h"
#include "match.h"

typedef enum dr_audit_kind {
    DR_AUDIT_MISSED,
    DR_AUDIT_UNSUPPORTED,
    DR_AUDIT_DUPLICATE,
    DR_AUDIT_DIFFERS /* in `field` */
} dr_audit_kind;

typedef struct dr_audit_item {
    uint8_t kind;
    uint32_t field;                          /* DR_NONE unless it is DIFFERS */
    const dr_match_line *supported, *billed; /* NULL: there is none */
    const char *why;                         /* what the clause says of it, or what stopped it; "" */
    const char *nearest;                     /* the least change of the record that would support it; "" */
    uint32_t clause;                         /* DR_NONE: there is none to name */
    const dr_num *amount; /* expected for the supported line less that for the billed one; NULL: not known */
} dr_audit_item;

typedef struct dr_audit {
    dr_audit_item *items;
    uint32_t n, n_supported, n_billed;
    const dr_session *as_billed;  /* evaluated with the claim's lines in the place of its own; NULL */
    const dr_out_finding **edits; /* of as_billed: findings that the supported lines do not raise */
    uint32_t n_edits;
    bool priced; /* some amount is known, and so are these */
    dr_type money;
    uint32_t n_unpriced;     /* items of which no amount is known */
    dr_num under, over, net; /* items' amounts above 0, those below it, one whole side less the other */
} dr_audit;

typedef struct dr_audit_ask {
    dr_claims *claims;
    uint32_t part;
    const char
        *json; /* the encounter's text once more; NULL: without it there are no nearest misses, no money
                         and no edits */
    size_t len;
    dr_session *scratch; /* another session of the same program, with its dates */
} dr_audit_ask;

/* Of a session that was evaluated, in its arena. On DR_BAD_INPUT claims->fault may say why. */
dr_status dr_audit_make(dr_session *s, const dr_outcome *outcome, const dr_audit_ask *ask, dr_audit *out);

/* ---- billed.c: the policy about the claim as billed ---- */

typedef struct dr_billed {
    dr_outcome outcome;          /* of the session it was evaluated in */
    const dr_out_line **line_of; /* for each line of the claim; borrowed from the outcome */
    uint32_t total; /* of program.totals: what lines amount to; DR_NONE: the policy does not tell */
} dr_billed;

/* Evaluates the encounter once more, in ask->scratch, with the claim's lines in the place of those the rules emit.
 * What a billed line does not give it has from the supported line it was matched with. DR_NOT_FOUND: the policy
 * says nothing of lines as they go out. */
dr_status dr_bill(dr_session *s, const dr_outcome *outcome, const dr_claim *claim, const dr_matches *matches,
                  const dr_audit_ask *ask, dr_billed *out);
/* What the lines amount to; NULL: of some it is not known. In the arena of s. */
dr_status dr_bill_amount(dr_session *s, const dr_session *of, const dr_out_line *const *lines, uint32_t n,
                         uint32_t total, const dr_num **amount);

/* "missed", "unsupported", "duplicate", or for the field that differs: the name of the line's name, count or date,
 * of a member of its suffixes, and "field" for any other. */
void dr_audit_word(const dr_session *s, const dr_audit_item *item, dr_buf *out);
/* For a reader; without what comes before the first item. */
void dr_audit_text(dr_session *s, const dr_audit *audit, dr_buf *out);
/* drip.claim_audit/1 on one line, no newline. False: no memory. */
bool dr_audit_json(dr_session *s, const dr_audit *audit, dr_buf *out);

#endif
