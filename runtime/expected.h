/* drip: expected.h, level 2b. An answer as what a scenario expects of it, so that it fails for another answer. */
#ifndef DR_EXPECTED_H
#define DR_EXPECTED_H

#include "session.h"

typedef struct dr_told { /* a value that an answer tells of a line */
    dr_type type;
    int64_t cell;
    uint32_t clause; /* which decided it; DR_NONE: those of the line did */
    bool field;      /* of the line; else it is shown of it */
} dr_told;

/* What is shown under this name, else the field of that name by which lines are not called or counted. */
bool dr_told_find(const dr_session *s, const dr_out_line *line, const char *name, dr_told *to);

/* What is needed to tell two answers apart. */
typedef enum dr_apart {
    DR_APART_NOT,   /* no expectation can */
    DR_APART_PLAIN, /* lines, how many they are, and codes of findings */
    DR_APART_SHOWN, /* what is shown of lines, or totals */
    DR_APART_MORE   /* other fields of lines, or whom findings are about */
} dr_apart;

typedef struct dr_answer {
    dr_session *s;
    const dr_outcome *o; /* NULL: refused */
} dr_answer;

typedef bool (*dr_reserved_fn)(const char *word, size_t len); /* is it a word of the language? */

/* What holds of `is` and not of `other`, no more of it than that needs, as stands behind "expect". Without an answer in
 * `other`: what is plain. */
dr_apart dr_expect_apart(dr_answer is, dr_answer other, dr_reserved_fn reserved, dr_buf *out);

#endif
