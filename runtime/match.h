/* drip: match.h, level 2b. Which billed line is meant by which supported one. */
#ifndef DR_MATCH_H
#define DR_MATCH_H

#include "claim.h"

/* A line of either side, or several that stand for one. */
typedef struct dr_match_line {
    const int64_t *cells; /* per result field, the count summed */
    const char *order;    /* the line as text, its fields in a fixed order: equal lines have equal texts */
    const uint32_t *of;   /* indexes into the outcome's or the claim's lines */
    uint32_t n_of;
} dr_match_line;

typedef enum dr_match_kind {
    DR_MATCH_PAIR,        /* both: they differ in what dr_match_differ says, or in nothing */
    DR_MATCH_MISSED,      /* supported alone */
    DR_MATCH_UNSUPPORTED, /* billed alone */
    DR_MATCH_AGAIN,       /* billed once more: `supported` is what the first one was matched with */
    DR_MATCH_NAME         /* both, under different names */
} dr_match_kind;
typedef struct dr_match {
    uint8_t kind;
    const dr_match_line *supported, *billed;
} dr_match;

typedef struct dr_matches {
    dr_match *items; /* by the days and names of their lines */
    uint32_t n;
    uint32_t date_field; /* the first that is a date; DR_NONE */
    const bool *given;   /* per field: the claim gives it */
} dr_matches;

/* Do two lines differ in this field? What one side does not give does not differ, except suffixes and counts. */
bool dr_match_differ(const dr_session *s, uint32_t field, const int64_t *a, const int64_t *b);
/* In the session's arena. */
dr_status dr_match_make(dr_session *s, const dr_outcome *outcome, const dr_claim *claim, dr_matches *out);

#endif
