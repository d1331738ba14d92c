/* drip: witness.h, level 2b. The search for the smallest encounters to which two programs answer differently. */
#ifndef DR_WITNESS_H
#define DR_WITNESS_H

#include "draft.h"
#include "expected.h"
#include "points.h"

enum { DR_GRID_MAX = 40, DR_STEPS_MAX = 64 };

typedef struct dr_grid_field { /* values that a field is given, as JSON */
    const char *values[DR_GRID_MAX];
    uint32_t seen[DR_GRID_MAX]; /* in how many of the encounters given */
    uint32_t n;
} dr_grid_field;
typedef struct dr_grid {
    dr_grid_field *fields;       /* of the form */
    int64_t steps[DR_STEPS_MAX]; /* seconds from one time to another, ascending */
    int64_t days[DR_STEPS_MAX];
    uint32_t n_steps, n_days;
} dr_grid;

typedef struct dr_witness { /* a point, or else a place where evaluations part, and what shows it */
    uint32_t point;         /* DR_NONE: of what the sources do not say */
    const char *name;
    const char *parted;     /* what came out differently first, "" */
    const char *clauses[2]; /* who decided it, "" */
    uint32_t clause[2];     /* DR_NONE */
    dr_draft draft;
    const char *json, *scenario; /* scenario NULL: the notation cannot say it */
    const char *answers[2];
    const char *answer_lines[2]; /* as the notation of scenarios expects them */
    uint32_t rows, cells;
} dr_witness;

typedef struct dr_hunt {
    const dr_program *programs[2];
    dr_reserved_fn reserved;
    dr_session *sessions[2];
    dr_outcome outcomes[2];
    dr_status status[2];
    dr_looked looked[2];     /* by the attempt */
    dr_arena arena, scratch; /* kept, and of one attempt */
    dr_form form;
    dr_points points;
    dr_alike alike;
    dr_grid grid;
    dr_draft defaults;
    bool has_defaults;
    dr_draft *seeds;
    uint32_t n_seeds, size_seeds;
    dr_witness *found;
    uint32_t n_found, size_found;
    uint32_t shrinking; /* the point of the witness that is made smaller; DR_NONE */
    uint64_t budget, tried, random;
    uint32_t most;     /* shorthands put together at most */
    uint32_t full;     /* up to so many were put together in every way */
    uint64_t composed; /* encounters put together of shorthands */
    const volatile int *interrupt;
    dr_buf json, answers[2];
    dr_status failed; /* memory, interrupt: nothing holds */
} dr_hunt;

/* The sessions are of the programs and nobody else's until the end. */
bool dr_hunt_open(dr_hunt *h, const dr_program *const programs[2], dr_session *const sessions[2],
                  const dr_alloc *alloc);
void dr_hunt_close(dr_hunt *h);
bool dr_hunt_seed(dr_hunt *h, const char *json, size_t len);
dr_status dr_hunt_run(dr_hunt *h);

/* witness_grid.c */
bool dr_grid_make(dr_hunt *h);
uint64_t dr_hunt_random(dr_hunt *h, uint64_t below);
/* Changes it in one way, by chance. False: that way does not go. */
bool dr_hunt_mutate(dr_hunt *h, dr_draft *d);
/* All cells of the row filled in by the arguments, which are JSON. */
bool dr_hunt_shorthand(dr_hunt *h, dr_draft *d, const dr_shorthand *s, const char *const *args);
const char *dr_hunt_some_value(dr_hunt *h, const dr_draft *d, const char *list, const char *path);

/* witness.c: do the programs answer differently? Kept if it is the smallest of its point. */
bool dr_hunt_try(dr_hunt *h, const dr_draft *d);
/* The encounter just tried, as one that shows the point, if it is the smallest. */
void dr_hunt_keep(dr_hunt *h, const dr_draft *d, const dr_witness *as);
bool dr_hunt_has(const dr_hunt *h, uint32_t point);
/* witness_behind.c: kept as well for points that only one program has. */
void dr_hunt_look_behind(dr_hunt *h, const dr_draft *d, const dr_witness *as, const dr_parting *p);
/* To what the difference just tried belongs. */
void dr_hunt_place(dr_hunt *h, dr_witness *as, dr_parting *p);
/* compose.c: shorthands put together in every way, first one, then two … */
void dr_hunt_compose(dr_hunt *h);
/* shrink.c */
int dr_draft_order(const dr_hunt *h, const dr_draft *a, const dr_draft *b); /* < 0: a is smaller */
void dr_hunt_shrink(dr_hunt *h, dr_witness *w);
/* witness_tell.c: fills what is told of it, after it was tried last. */
bool dr_witness_tell(dr_hunt *h, dr_witness *w);
/* The answer as it is compared: lines with what is shown of them, findings by level, code and what they are about,
 * totals. */
void dr_answer_write(dr_session *s, const dr_outcome *o, dr_buf *out);

#endif
