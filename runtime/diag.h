/* drip: diag.h, level 0. Sources, spans, diagnostics, and how they are shown.
 *
 * A span is two byte offsets and a source; line and column are worked out only when something is
 * rendered. Diagnostics are values in a capped list that its owner frees; nothing is printed here. */
#ifndef DR_DIAG_H
#define DR_DIAG_H

#include "mem.h"

typedef struct dr_span {
    uint32_t source;     /* index into dr_sources */
    uint32_t start, end; /* byte offsets, end exclusive */
} dr_span;

typedef struct dr_source {
    const char *origin; /* file name as the user gave it */
    const char *bytes;  /* followed by two NUL bytes, for the scanner */
    uint32_t len;
} dr_source;

/* The sources of one compile; they own copies of their text, in their arena. */
typedef struct dr_sources {
    dr_arena arena;
    dr_source *items;
    uint32_t count, size;
} dr_sources;

void dr_sources_init(dr_sources *sources, const dr_alloc *alloc, size_t cap);
void dr_sources_free(dr_sources *sources);
/* Copies origin and bytes; -1 when out of memory or over the cap, else the source's index. */
int64_t dr_sources_add(dr_sources *sources, const char *origin, const char *bytes, size_t len);
/* 1-based line, and column counted in characters (not bytes). */
void dr_source_place(const dr_source *source, uint32_t offset, uint32_t *line, uint32_t *column);

typedef enum dr_severity { DR_ERROR, DR_WARNING, DR_NOTE } dr_severity;

enum { DR_LABELS_MAX = 3, DR_FIXES_MAX = 3 };
typedef struct dr_label {
    dr_span span;
    const char *text;
} dr_label;

typedef struct dr_fix { /* the bytes of the span become the text; all fixes of a diagnostic go together */
    dr_span span;
    const char *text;
} dr_fix;

typedef struct dr_diag {
    dr_severity severity;
    const char *code;               /* stable, e.g. "E0207"; static text */
    const char *message;            /* in the list's arena */
    dr_span span;                   /* source UINT32_MAX: no place in a source */
    dr_label labels[DR_LABELS_MAX]; /* secondary places */
    uint32_t n_labels;
    const char *note;           /* may be NULL: why this is so, in the words of the domain */
    const char *hint;           /* may be NULL: what to do, e.g. did you mean "volume"? */
    dr_fix fixes[DR_FIXES_MAX]; /* an edit that mends it */
    uint32_t n_fixes;
    bool sure; /* the edit is what was meant in all likelihood: it may be applied unseen */
} dr_diag;

typedef struct dr_diags {
    dr_arena arena;
    dr_diag *items;
    uint32_t count, size, max; /* at most max kept; `dropped` counts the rest */
    uint32_t errors, dropped;
} dr_diags;

void dr_diags_init(dr_diags *diags, const dr_alloc *alloc, uint32_t max);
void dr_diags_free(dr_diags *diags);
/* Adds one; the message is formatted with %s %d %u %c %.*s %% %zu and I64 as %lld only. Returns NULL
 * when the list is full or memory is out (it then counts as dropped, and as an error if it is one).
 * What it returns is good until the next add or sort. Texts over 1000 bytes are cut. */
dr_diag *dr_diag_add(dr_diags *diags, dr_severity severity, const char *code, dr_span span,
                     const char *format, ...) __attribute__((format(printf, 5, 6)));
void dr_diag_hint(dr_diags *diags, dr_diag *diag, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void dr_diag_note(dr_diags *diags, dr_diag *diag, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void dr_diag_fix(dr_diags *diags, dr_diag *diag, bool sure, dr_span span, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
void dr_diag_label(dr_diags *diags, dr_diag *diag, dr_span span, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* By source, then offset, then code: the order in which they are shown. Stable. */
void dr_diags_sort(dr_diags *diags);

/* file:line:col: error: message [E0207]
 *    12 | the source line
 *       |     ^~~~ 
 *   then each label likewise as "note: …", then "why: …", then "hint: …", and "fix:" with the
 *   line as the edits leave it, where the hint does not say it. Tabs become one space; long lines are cut. */
void dr_diag_render(const dr_diag *diag, const dr_sources *sources, dr_buf *out);

/* The candidate nearest to `name` within a third of its length (at least 1, at most 3 edits); NULL if none. */
typedef struct dr_suggest {
    const char *name, *best;
    size_t len, best_distance;
    bool tied; /* another candidate is as near as the best */
} dr_suggest;
void dr_suggest_init(dr_suggest *s, const char *name, size_t len);
void dr_suggest_try(dr_suggest *s, const char *candidate);

#endif
