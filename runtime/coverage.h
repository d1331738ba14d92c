/* drip: coverage.h, level 2b. What the clauses of a program did in the encounters of a measured run. */
#ifndef DR_COVERAGE_H
#define DR_COVERAGE_H

#include "session.h"

typedef struct dr_tally {
    uint64_t yes, no;
} dr_tally;

typedef struct dr_value_tally { /* encounters for which a parameter had the value of this text */
    struct dr_value_tally *next;
    const char *text;
    uint64_t count;
} dr_value_tally;

typedef struct dr_coverage {
    const dr_program *program;
    dr_arena arena;
    uint64_t *decided; /* per clause: rows it decided, lines it billed, findings it raised */
    dr_tally *guards;  /* per clause: rows for which its condition held, and did not */
    dr_tally *conds;   /* per cond: the same, of each test that was reached, and of each field's condition */
    dr_value_tally **values; /* per parameter */
    dr_buf text;
} dr_coverage;

/* False: memory is out. Closed either way. */
bool dr_coverage_open(dr_coverage *c, const dr_program *program, const dr_alloc *alloc);
void dr_coverage_close(dr_coverage *c);
/* Counts the encounter that the session has just evaluated. Its answer stays as it is. */
dr_status dr_coverage_note(dr_coverage *c, dr_session *s);
/* A parameter's value as the tallies tell it. */
void dr_coverage_value(const dr_program *p, const dr_syms *syms, dr_type type, int64_t value, dr_buf *out);

#endif
