/* drip: compile.h, level 2a. The front end as the API sees it: sources in, a program out. */
#ifndef DR_COMPILE_H
#define DR_COMPILE_H

#include "../runtime/program.h"

typedef enum dr_care {
    DR_CARE_QUICK, /* errors alone, no digest, and no parameter folded away: for a program that is tried and thrown away */
    DR_CARE_USUAL,
    DR_CARE_NOTES /* also what could not be proved, and what nothing uses */
} dr_care;
typedef struct dr_compiling {
    dr_care care;
    const char *const *hosts; /* names of the functions that the host gives for hooks */
    uint32_t n_hosts;
} dr_compiling;

/* Compiles the sources into a program with an arena of its own, which takes the sources over. NULL on
 * errors, which are in diags. Warnings may be there either way. */
dr_program *dr_compile(const dr_alloc *alloc, dr_sources *sources, dr_diags *diags, size_t heap,
                       const dr_compiling *how);

/* Does this source hold scenarios and nothing else? Then which policy they are for. */
bool dr_tests_alone(const dr_alloc *alloc, const char *bytes, size_t len, size_t heap, char *policy,
                    size_t size);

/* scan.l: is it a word of the language, so that no name can be called so? */
bool dr_is_keyword(const char *word, size_t len);

/* Files of data and scripts are sources too, by their names: tables and hooks read them. */
bool dr_is_data(const char *origin);

#endif
