/* drip: mutate.h, level 2a. Small changes of a policy's text, one at a time: see mutate.c. */
#ifndef DR_MUTATE_H
#define DR_MUTATE_H

#include "../runtime/diag.h"

typedef enum dr_mutant_kind {
    DR_MUTANT_CONSTANT,   /* a number, an amount, a text, yes or no, a word of an enum */
    DR_MUTANT_COMPARISON, /* over → at least, is → is not */
    DR_MUTANT_LOGIC,      /* and → or, a part of it left out, a condition denied or left out */
    DR_MUTANT_EXCEPTION,  /* an exception left out */
    DR_MUTANT_RULE,       /* a clause, line, finding or mark left out */
    DR_MUTANT_CELL,       /* a cell or row of a table */
    DR_MUTANT_CHOICE,     /* earliest → latest, any → no, a key of an order left out */
    DR_MUTANT_DATE,       /* a day of a period */
    DR_MUTANT_PARAM,      /* the value of a parameter */
    DR_MUTANT_KINDS
} dr_mutant_kind;

typedef struct dr_mutant {
    uint8_t kind;
    uint32_t start, end; /* of what is replaced, in the source */
    uint32_t from, to;   /* what is shown of it: the smallest expression around */
    const char *text;    /* by this */
    const char *name;    /* the declaration that it is in */
    bool applied;        /* matters only where the clause applies */
    uint32_t owner;      /* where the clause, row or rule begins that it is in; UINT32_MAX: in none */
} dr_mutant;

typedef struct dr_mutants {
    dr_arena arena;
    dr_mutant *items; /* in the order of the source */
    uint32_t count;
    uint32_t rows_left_out; /* of tables too long to be changed row by row */
    uint32_t *blanks;       /* pairs: what is a scenario or a reason, from … to */
    uint32_t n_blanks;
} dr_mutants;

/* All changes of source `which` of these. False: it cannot be read, or memory is out. Closed either way. */
bool dr_mutants_make(dr_mutants *m, const dr_alloc *alloc, const dr_sources *sources, uint32_t which,
                     size_t heap);
void dr_mutants_free(dr_mutants *m);

#endif
