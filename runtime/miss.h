/* drip: miss.h, level 2b. The nearest miss: the least change of a record with which a line would be there. */
#ifndef DR_MISS_H
#define DR_MISS_H

#include "edit.h"

enum { DR_MISS_EDITS = 2, DR_MISSES_MAX = 3 };

typedef struct dr_miss {
    dr_edit edits[DR_MISS_EDITS];
    uint32_t n_edits;
    uint32_t cost;      /* the least first */
    uint32_t upheaval;  /* the part of it for other lines that would come or go */
    uint32_t rule, row; /* that would emit the line */
    const char *answer; /* all lines there would be */
} dr_miss;

typedef struct dr_misses {
    dr_miss items[DR_MISSES_MAX]; /* each by another sort of change */
    uint32_t n, tried;
    bool all_tried; /* the budget did not end the search */
} dr_misses;

/* Looks for changes of the encounter `json` with which a line of this name, or a finding of this code,
 * appears. `s` is a session of its own
 * that nothing else uses: it is evaluated thousands of times. Texts go to `arena`. Deterministic: its budget is
 * `fuel` steps over all evaluations. It ends with DR_INTERRUPTED when *interrupt is set. DR_OK also where nothing was found. */
dr_status dr_miss_search(dr_session *s, dr_arena *arena, const char *json, size_t len, const char *name,
                         uint64_t fuel, const volatile int *interrupt, dr_misses *out);
/* Is this the line's name, alone or with its suffixes behind it: "A1", "A1-X-Y"? */
bool dr_line_called(dr_session *s, const dr_out_line *line, const char *name);
/* A line's name with its suffixes behind it: "A1-X-Y". */
void dr_tell_called(dr_session *s, const int64_t *cells, dr_buf *out);
/* "A1 x1, A2-X x2", "nothing" */
void dr_tell_lines(dr_session *s, const dr_outcome *outcome, dr_buf *out);

#endif
