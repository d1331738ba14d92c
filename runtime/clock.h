/* drip: clock.h, level 1. Dates, instants, durations as integers, and sets of half-open spans.
 *
 * Civil arithmetic of our own: no time zone data, no libc time function, no clock. An instant is
 * seconds since 1970-01-01T00:00 (UTC where an offset was charted, else local time as charted); a
 * date is days since then; a duration is seconds. */
#ifndef DR_CLOCK_H
#define DR_CLOCK_H

#include "mem.h"

#define DR_FOREVER (INT64_MAX / 4) /* the end of a span that has none */

bool dr_date_parse(const char *text, size_t len, int64_t *days); /* YYYY-MM-DD, a real day, years 1–9999 */
bool dr_date_make(int year, int month, int day, int64_t *days);
/* The same day of a month so many months later, or that month's last; false outside the years 1–9999. */
bool dr_date_months(int64_t days, int64_t months, int64_t *moved);
/* Whole months from one day to another, as dr_date_months counts them; 0 if the other is not after it. */
int64_t dr_date_elapsed(int64_t from, int64_t to);
void dr_date_split(int64_t days, int *year, int *month, int *day);
void dr_date_write(int64_t days, dr_buf *out);
/* YYYY-MM-DDTHH:MM[:SS][Z|±HH:MM]. *has_offset tells whether an offset was charted, *offset is in
 * seconds; *seconds is UTC then. Refuses 24:00, second 60, offsets over 14:00 and "-00:00". */
bool dr_instant_parse(const char *text, size_t len, int64_t *seconds, bool *has_offset, int32_t *offset);
void dr_instant_write(int64_t seconds, bool has_offset, int32_t offset,
                      dr_buf *out);                   /* seconds only if not 0 */
int64_t dr_date_of(int64_t seconds, int32_t offset);  /* floor, right for negative instants */
void dr_duration_write(int64_t seconds, dr_buf *out); /* "1 h 20 min", "45 s", "0 min", "-5 min" */

typedef struct dr_range {
    int64_t start, end; /* half-open, start < end */
} dr_range;
/* A normal set: sorted, disjoint, not touching. Immutable once made; lives in an arena. */
typedef struct dr_spans {
    uint32_t count;
    dr_range at[];
} dr_spans;

extern const dr_spans dr_spans_empty;

/* All of these return NULL only when memory is out. Results may share an operand. */
const dr_spans *dr_spans_one(dr_arena *arena, int64_t start, int64_t end); /* empty when start >= end */
const dr_spans *dr_spans_union(dr_arena *arena, const dr_spans *a, const dr_spans *b);
const dr_spans *dr_spans_intersect(dr_arena *arena, const dr_spans *a, const dr_spans *b);
const dr_spans *dr_spans_minus(dr_arena *arena, const dr_spans *a, const dr_spans *b);
const dr_spans *dr_spans_longer(dr_arena *arena, const dr_spans *a,
                                int64_t over);                     /* pieces longer than `over` */
const dr_spans *dr_spans_gaps(dr_arena *arena, const dr_spans *a); /* the time between pieces */
/* Sorts and merges `count` ranges in place (empty ones allowed) and copies the set. n log n. */
const dr_spans *dr_spans_from(dr_arena *arena, dr_range *ranges, uint32_t count);
int64_t dr_spans_length(const dr_spans *a);
bool dr_spans_overlap(const dr_spans *a, const dr_spans *b);
bool dr_spans_contains(const dr_spans *a, int64_t instant);
bool dr_spans_within(const dr_spans *a, const dr_spans *b); /* every part of a lies in b */
bool dr_spans_equal(const dr_spans *a, const dr_spans *b);

#endif
