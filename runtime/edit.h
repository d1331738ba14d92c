/* drip: edit.h, level 2b. A change of a record that was read and not yet evaluated: what the search for the
 * nearest miss tries, and how it is told. */
#ifndef DR_EDIT_H
#define DR_EDIT_H

#include "why.h"

typedef enum dr_edit_kind {
    DR_EDIT_SET,   /* one field of a row has another value */
    DR_EDIT_ADD,   /* one more row in a list, like another one */
    DR_EDIT_REMOVE /* a row is not there */
} dr_edit_kind;

typedef struct dr_edit {
    uint8_t kind;
    uint16_t entity;
    uint32_t row;  /* ADD: the row that it is like */
    uint64_t keep; /* ADD: the fields that it takes over, by their index in the row */
    uint32_t n;    /* values: SET 1, ADD up to 2 */
    struct {
        uint32_t slot;
        int64_t value;
    } at[2];
} dr_edit;

/* Can the field be set and written: a text, word, number, boolean or time of its own that a rule reads? */
bool dr_edit_can(const dr_session *s, uint32_t slot);
int64_t dr_edit_cell(const dr_session *s, uint32_t slot, uint32_t row);
/* After dr_read_encounter, before dr_evaluate. */
dr_status dr_edit_apply(dr_session *s, const dr_edit *e);
/* In words, of the record as it was read: "mar[3].at: 10:31 instead of 10:30". */
void dr_edit_tell(const dr_session *s, const dr_edit *e, dr_buf *out);
/* {"path":"mar[3].at","from":"…","to":"…"}, {"add":"mar","value":{…}} or {"remove":"mar[3]"}. */
void dr_edit_json(const dr_session *s, const dr_edit *e, dr_buf *out);

#endif
