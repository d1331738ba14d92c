/* drip: api_diff.h, level 3. What the two halves of drip_diff share: one encounter's changes, and their sums.
 *
 *   two results -> changes (api_diff.c, without a lock) -> groups (api_diff_sum.c, behind one)
 *
 * The policies are two programs, and neither's symbols, clauses and columns mean anything to the other: what is compared
 * are texts, of the fields that either declares. Where both results are the same bytes from the first line on, which is
 * nearly always, no text is made at all. */
#ifndef DR_API_DIFF_H
#define DR_API_DIFF_H

#include <pthread.h>

#include "api.h"

enum { DR_DIFF_BY_MAX = 16, DR_DIFF_AMOUNTS_MAX = 6 };

/* One number for each amount that is summed. */
typedef struct dr_amounts {
    dr_num of[DR_DIFF_AMOUNTS_MAX];
} dr_amounts;

typedef struct dr_change {
    drip_moved moved;
    const char *what, *name, *old_name, *from, *to, *was, *now, *was_cite, *now_cite;
    dr_amounts amount; /* by which they rise */
    dr_num lost;       /* what the first was before */
} dr_change;

/* A field of lines, or an attribute shown of them, and where either program has it; DR_NONE: nowhere. */
typedef struct dr_diff_field {
    const char *name;
    uint8_t role;
    bool shown;
    uint32_t before, after;
} dr_diff_field;

typedef struct dr_changes { /* of one encounter; texts live until either session's next evaluation */
    dr_change *items;
    uint32_t n, size;
    bool moved, reworded, refused[2], denied[2];
    dr_amounts total[2];
    uint64_t unpriced[2];
} dr_changes;

typedef struct dr_diff_kind { /* what is the same of all changes of a kind, and its smallest example */
    drip_moved moved;
    const char *what, *was, *now, *was_cite, *now_cite;
    dr_amounts amount;
    drip_diff_case smallest;
    char *file, *json, *id, *name, *old_name, *from, *to; /* of it, each from the engine's allocator */
} dr_diff_kind;
typedef struct dr_diff_group {
    const char *name;
    uint64_t hash, stamp; /* of the encounter counted last */
    uint64_t encounters, changes;
    dr_num amount, stake;
    dr_diff_kind *kind; /* NULL but for kinds */
} dr_diff_group;
typedef struct dr_diff_groups { /* open addressing over items */
    dr_diff_group *items;
    uint32_t *index, n, size, n_index;
    uint32_t *sorted; /* NULL until it is asked for */
} dr_diff_groups;

/* What is summed over lines: the first total, and whatever else of them is shown or summed up. */
typedef struct dr_diff_amount {
    const char *name;
    dr_type type;
    uint32_t slot[2]; /* DR_NONE: that program has no such */
} dr_diff_amount;

typedef struct dr_diff_by {
    const char *field;
    uint32_t slot; /* of `before` */
    dr_diff_groups groups;
} dr_diff_by;

struct drip_diff {
    drip_program *programs[2];
    dr_diff_field *fields;
    uint32_t n_fields;
    dr_diff_amount amounts[DR_DIFF_AMOUNTS_MAX]; /* the first is one of the totals, or there are none */
    uint32_t n_amounts;
    uint32_t total[2]; /* which of the programs' totals the first is; DR_NONE */
    pthread_mutex_t lock;
    dr_arena arena; /* names, groups */
    dr_diff_groups kinds, names;
    dr_diff_by by[DR_DIFF_BY_MAX];
    uint32_t n_by;
    uint64_t stamp;
    drip_diff_sums sums; /* the counts */
    dr_amounts totals[2];
    dr_buf words;
};

/* Each of n numbers of b added to those of a, or subtracted. False: one is too large. */
bool dr_amounts_add(dr_amounts *a, const dr_amounts *b, uint32_t n);
bool dr_amounts_sub(const dr_amounts *a, const dr_amounts *b, uint32_t n, dr_amounts *to);
dr_amounts dr_amounts_none(void);
void dr_diff_amount_write(const drip_diff *d, uint32_t k, dr_num amount,
                          dr_buf *to); /* its number, without unit */

/* Compares what both sessions answered last. In the sessions' arenas. */
drip_status dr_diff_compare(const drip_diff *diff, drip_session *const sessions[2], dr_changes *out);

#endif
