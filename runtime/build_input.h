/* drip: build_input.h, level 2b. An encounter put together value by value, without JSON. */
#ifndef DR_BUILD_INPUT_H
#define DR_BUILD_INPUT_H

#include "json.h"

/* What a caller holds: a value as JSON knows kinds of them. */
typedef enum dr_given_kind {
    DR_GIVEN_TEXT,
    DR_GIVEN_NUMBER,
    DR_GIVEN_BOOL,
    DR_GIVEN_AMOUNT,
    DR_GIVEN_MEMBER
} dr_given_kind;
typedef struct dr_given {
    uint8_t kind;
    bool yes;
    dr_slice text; /* TEXT, MEMBER; the digits of NUMBER and AMOUNT */
    dr_slice unit; /* AMOUNT */
} dr_given;

/* Lists by their keys in the record, 0 ("") the record itself; fields by their paths in a row, "site.side". What a
 * field is called is worked out from the program alone. DR_NONE: there is none. */
uint32_t dr_input_list(const dr_program *p, const char *name);
uint32_t dr_input_lists(const dr_program *p);                       /* besides the record itself */
const char *dr_input_list_name(const dr_program *p, uint32_t list); /* NULL: no such list */
uint32_t dr_input_field(const dr_program *p, uint32_t list, const char *path);
/* The k-th field of a list, with its path and its slot; DR_NONE past the last. */
uint32_t dr_input_field_at(const dr_program *p, uint32_t list, uint32_t k, char *path, size_t size,
                           uint32_t *slot);

typedef struct dr_input dr_input;
/* Begins an encounter, with the record's own row 0; the session's last one is gone. */
dr_status dr_input_begin(dr_session *s);
/* n rows more; *first is the number of the first of them. With n 0 the list is given, and empty. */
dr_status dr_input_rows(dr_session *s, uint32_t list, uint32_t n, uint32_t *first);
dr_status dr_input_set(dr_session *s, uint32_t field, uint32_t row, const dr_given *value);
dr_status dr_input_empty_set(dr_session *s, uint32_t field, uint32_t row);
/* What the reader does at the end of an encounter; the session can then be evaluated. */
dr_status dr_input_end(dr_session *s);

#endif
