/* drip: layers.h, level 2a. What the passes ask about what layers changed. */
#ifndef DR_LAYERS_H
#define DR_LAYERS_H

#include "front.h"

/* The declarations of all layers become one policy: amendments, suspensions and additions are carried out. */
bool dr_apply_layers(dr_front *f);

/* A clause, row, line or finding that no layer left standing. */
typedef struct dr_gone {
    const char *name; /* in full */
    const dr_ast *was, *by;
} dr_gone;

/* Was there such a clause, line or finding (by its code), before a layer suspended it? */
bool dr_is_gone(const dr_front *f, const char *name, bool finding);
/* Likewise of an attribute's clause, by its own name. */
bool dr_clause_is_gone(const dr_front *f, const dr_ast *attribute, const char *name);
/* What the clause, row, line or finding says instead of; NULL: nothing. */
const dr_ast *dr_said_before(const dr_front *f, const dr_ast *now);
/* Index in f->layers of the source's layer; DR_NONE: of none. */
uint32_t dr_layer_of(const dr_front *f, uint32_t source);
bool dr_lies_over(const dr_front *f, uint32_t upper, uint32_t lower);
const char *dr_layer_name(const dr_front *f, uint32_t source);
/* "amended here", "suspended here", where what layers did may be why a case is left out; false: nothing. */
bool dr_label_changes(dr_front *f, dr_diag *d, const dr_ast *attribute);
/* The whole of it, its siblings too. */
dr_ast *dr_ast_copy(dr_front *f, const dr_ast *e);
const char *dr_intern(dr_front *f, const char *text, size_t len);

/* ---- targets.c, for layers.c */
typedef struct dr_change { /* carried out already */
    const dr_ast *item;    /* A_AMEND, A_SUSPEND, A_SET */
    uint32_t rank;
    const dr_ast *periods; /* NULL: on all days */
} dr_change;

typedef struct dr_replaced {
    const dr_ast *now, *before;
} dr_replaced;

typedef struct dr_target { /* what a change names */
    dr_ast *attribute;     /* of a clause or row; NULL: a line or finding */
    dr_vec pieces;         /* dr_ast * */
} dr_target;
void dr_find_clause(dr_front *f, const dr_ast *item, dr_target *t);
void dr_find_rule(dr_front *f, const char *name, uint8_t kind, dr_target *t);
uint8_t
dr_rule_kind(uint8_t op); /* of what an amendment or suspension with this op names, if that is no clause */
void dr_not_there(dr_front *f, const dr_ast *item, const dr_target *t);
/* May this layer change what stands there? Its layer must lie below, and it must not be fixed. */
bool dr_may_change(dr_front *f, const dr_ast *item, const dr_ast *there, bool is_fixed);
/* Has a layer that this one does not lie over changed the same on one of these days? Else the change is noted. */
bool dr_clashes(dr_front *f, const dr_ast *item, const dr_ast *periods);
/* "Entity.name", or what stands behind it and a dot; NULL: it is about another attribute. */
const char *dr_behind_name(const dr_ast *attribute, const char *name);
dr_ast **dr_parts_of(dr_ast *attribute); /* its clauses, or the rows of its table */
void dr_keep_piece(dr_front *f, dr_vec *v, dr_ast *piece);

/* ---- pins.c: does `was #…` fit what is changed? pieces: what stands there, of n; before it is changed. */
bool dr_check_pin(dr_front *f, const dr_ast *item, dr_ast *const *pieces, uint32_t n);

#endif
