/* drip: marks.h, level 2b. Which marks are on which line, for the result. */
#ifndef DR_MARKS_H
#define DR_MARKS_H

#include "session.h"

typedef struct dr_marks {
    const uint32_t *first;   /* by line, and one more; NULL: there are no marks */
    const uint32_t *clauses; /* of a line's marks, by name, no twins */
} dr_marks;

/* Adds the members to this field of an emitted line. False: no memory. */
bool dr_mark_line(dr_session *s, uint32_t rule, uint32_t row, uint32_t field, const dr_set *more);
/* In the session's arena. False: no memory. */
bool dr_marks_make(dr_session *s, dr_marks *out);
uint32_t dr_marks_of(const dr_marks *m, uint32_t line, const uint32_t **clauses);
/* An order of lines by their marks; 0: they have the same. */
int dr_marks_cmp(const dr_program *p, const dr_marks *m, uint32_t a, uint32_t b);
/* Puts the line's marks behind the clauses of what stands for it. False: no memory. */
bool dr_marks_name(dr_session *s, const dr_marks *m, uint32_t line, dr_out_line *out);

/* The mark on the line that gave one of the members named behind its name ("X1-AB-CD"); NULL: none did. */
const dr_emitted *dr_mark_giving(dr_session *s, uint32_t row, const char *name);

#endif
