/* drip: points.h, level 2b. In what two programs differ, as their sources say it: clause by clause, parameter by
 * parameter, row by row of the tables; and where two evaluations of one encounter part. */
#ifndef DR_POINTS_H
#define DR_POINTS_H

#include "session.h"

typedef enum dr_point_kind {
    DR_POINT_CLAUSE,
    DR_POINT_PARAM,
    DR_POINT_ROW,  /* of a data table */
    DR_POINT_ENUM, /* its words or their order */
    DR_POINT_HOOK, /* its script */
    DR_POINT_DAYS, /* on which the policy is in force */
    DR_POINT_REST /* what is none of these, where there is no other point: lists, groups, what is written in a record … */
} dr_point_kind;

typedef struct dr_point {
    uint8_t kind;
    const char *name;
    const char *said[2];      /* by the first and the second; NULL: nothing */
    uint32_t clause[2];       /* CLAUSE; DR_NONE */
    const uint32_t *users[2]; /* clauses that name it, or the one itself */
    uint32_t n_users[2];
    uint32_t entity[2], row[2]; /* ROW: the table's and the row; DR_NONE: it has none, or: any of them */
} dr_point;
typedef struct dr_points {
    dr_point *items;
    uint32_t n, size;
} dr_points;

/* False: memory is out. */
bool dr_points_find(const dr_program *const programs[2], dr_arena *arena, dr_points *out);
/* The point that these clauses, one of each program, are a matter of; DR_NONE. Of several rows of a table one that
 * the evaluations looked up. */
uint32_t dr_point_of(const dr_points *points, const uint32_t clauses[2], const dr_looked looked[2]);
/* Of a row of a table: did either evaluation look it up? Of anything else: yes. */
bool dr_point_looked(const dr_point *point, const dr_looked looked[2]);

/* Where evaluations part: the first thing decided otherwise, and who decided it. */
typedef struct dr_parting {
    const char *entity, *name; /* of the attribute, or NULL and of the rule */
    uint32_t clause[2];        /* DR_NONE */
    uint32_t slot[2], rule[2]; /* one of both; DR_NONE */
    uint32_t row[2];           /* of the attribute, or of which the rule said something; DR_NONE */
} dr_parting;
typedef struct dr_alike { /* which slots and rules of the first are which of the second; DR_NONE */
    const dr_program *programs[2];
    uint32_t *slots, *rules, *back_rules;
} dr_alike;
bool dr_alike_make(const dr_program *const programs[2], dr_arena *arena, dr_alike *out);
/* Both sessions have evaluated the same encounter. False: nothing that both decide differs. */
bool dr_part(const dr_alike *m, dr_session *const sessions[2], dr_parting *out);

#endif
