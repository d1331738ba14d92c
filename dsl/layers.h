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
const char *dr_layer_name(const dr_front *f, uint32_t source);
/* "amended here", "suspended here", where what layers did may be why a case is left out. */
void dr_label_changes(dr_front *f, dr_diag *d, const dr_ast *attribute);
/* The whole of it, its siblings too. */
dr_ast *dr_ast_copy(dr_front *f, const dr_ast *e);
const char *dr_intern(dr_front *f, const char *text, size_t len);

/* ---- pins.c: does `was #…` fit what is changed? pieces: what stands there, of n; before it is changed. */
bool dr_check_pin(dr_front *f, const dr_ast *item, dr_ast *const *pieces, uint32_t n);

#endif
