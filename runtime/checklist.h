/* drip: checklist.h, level 2b. The outcome as a checklist: findings by topic, and where in the record each is. */
#ifndef DR_CHECKLIST_H
#define DR_CHECKLIST_H

#include "session.h"

typedef enum dr_topic_status {
    DR_TOPIC_OK,     /* looked at: nothing is denied, held or warned of */
    DR_TOPIC_OPEN,   /* something is */
    DR_TOPIC_NOTHING /* no finding of the topic had a row to look at */
} dr_topic_status;

typedef struct dr_topic_row {
    const char *name, *title; /* name NULL: of findings that have no topic */
    dr_topic_status status;
    uint32_t findings[4]; /* by level */
} dr_topic_row;

/* Rows of the checklist: the topics, and where there are findings that have none, one for these. */
uint32_t dr_topic_rows(const dr_session *s, const dr_outcome *out);
/* The row that the finding stands in. */
uint32_t dr_topic_row_of(const dr_session *s, const dr_out_finding *finding);
dr_topic_row dr_topic_row_at(const dr_session *s, const dr_outcome *out, uint32_t row);

/* Rows of the record, as they were charted. */
enum { DR_PLACES_MAX = 8 };
typedef struct dr_place {
    uint16_t entity;
    uint32_t row;
} dr_place;
typedef struct dr_places {
    dr_place at[DR_PLACES_MAX];
    uint32_t n, more; /* of more than there is room for, how many */
} dr_places;

/* What the finding's rule looked at: the row itself, of a group its members, of a line what it was billed for.
 * None where that is the record as a whole. False: no memory. */
bool dr_places_of(const dr_session *s, const dr_out_finding *finding, dr_places *out);
/* "/mar/3", a JSON pointer into the record. False: the row is none of a list in it. */
bool dr_place_pointer(const dr_session *s, dr_place place, dr_buf *out);
/* "mar[3]" */
bool dr_place_name(const dr_session *s, dr_place place, dr_buf *out);
/* The first of its instants that is charted, as it is charted; nothing if there is none. */
void dr_place_instant(const dr_session *s, dr_place place, dr_buf *out);

/* drip.audit/1 on one line, no newline. False: no memory. */
bool dr_checklist_json(const dr_session *s, const dr_outcome *out, dr_buf *to);

#endif
