/* drip: mutate_in.h, level 2a. What the two files that look for changes share. */
#ifndef DR_MUTATE_IN_H
#define DR_MUTATE_IN_H

#include "front.h"
#include "mutate.h"

typedef struct dr_mutator {
    dr_mutants *out;
    dr_arena *arena;   /* of the trees */
    const char *bytes; /* of the source */
    uint32_t len;
    dr_vec items;     /* dr_mutant */
    dr_vec blanks;    /* pairs */
    dr_vec enums;     /* const dr_ast *: the first value of each, of all sources */
    const char *name; /* of what is being changed */
    uint32_t owner;
    bool applied;
    uint8_t kind_of_value; /* what a constant counts as, here */
    const dr_ast
        *beside; /* what a value that may stand in for a missing one is compared with, constants; NULL */
    bool failed;
} dr_mutator;

typedef struct dr_reach {
    uint32_t from, to;
} dr_reach;

/* mutate_expr.c: with the parentheses that belong to it, and those around it. */
dr_reach dr_reach_of(const dr_mutator *m, const dr_ast *e);
void dr_mutate_value(dr_mutator *m, const dr_ast *e);
void dr_mutate_condition(dr_mutator *m, const dr_ast *e);
void dr_mutate_keys(dr_mutator *m, const dr_ast *keys);
/* Each of a list left out, with its comma, where there are several. */
void dr_mutate_members(dr_mutator *m, uint8_t kind, const dr_ast *list);
/* The next word in from … to is this one: it becomes another. */
void dr_mutate_word(dr_mutator *m, uint8_t kind, dr_reach in, const char *word, const char *other,
                    dr_reach shown);

/* mutate.c */
void dr_mutant_add(dr_mutator *m, uint8_t kind, dr_reach at, const char *text, dr_reach shown);

#endif
