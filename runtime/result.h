/* drip: result.h, level 2b. What result.c and result_json.c share: texts in their printed order.
 *
 * Symbols order nothing, so wherever members of a set are compared or printed it is by their texts. */
#ifndef DR_RESULT_H
#define DR_RESULT_H

#include "session.h"

typedef struct dr_member { /* the text of a set's member */
    const char *bytes;
    size_t len;
} dr_member;

dr_member dr_text_of(const dr_session *s, uint8_t kind, uint16_t of, int64_t cell); /* DR_TEXT or DR_ENUM */
/* The set's texts in byte order; NULL when memory is out. `kind` and `of` are its members'. */
const dr_member *dr_ordered(const dr_session *s, dr_arena *arena, uint8_t kind, uint16_t of,
                            const dr_set *set);

int dr_cmp_texts(dr_member a, dr_member b);
/* Sets by their texts in order; `a` and `b` are those texts where there are two and more. */
int dr_cmp_sets(const dr_session *s, dr_type type, const dr_set *x, const dr_set *y, const dr_member *a,
                const dr_member *b);
int dr_cmp_clauses(const dr_program *p, uint32_t a, uint32_t b);
/* merge.c: the session's lines, merged and sorted. */
dr_status dr_merge_lines(dr_session *s, dr_out_line **lines, uint32_t *n);
dr_status dr_total_too_large(dr_session *s, const char *name);

/* One line or finding as it stands in drip.result/1. False: no memory. */
bool dr_line_json(const dr_session *s, const dr_out_line *line, dr_buf *to);
/* What is known of a line's fields, as an object. */
bool dr_fields_json(const dr_session *s, const int64_t *cells, dr_buf *to);
bool dr_finding_json(const dr_session *s, const dr_out_finding *finding, dr_buf *to);
/* All that a result says of lines, findings and totals, and nothing of the policy and the encounter: what two
 * policies answer is the same where these bytes are. */
bool dr_body_json(const dr_session *s, const dr_outcome *out, dr_buf *to);

/* How a result begins: `{"format":FORMAT,"encounter":…,"policy":{…}`. */
bool dr_head_json(const dr_session *s, const char *format, dr_buf *to);

/* "file.lua:12", or the file alone. */
void dr_hook_place(const dr_program *p, uint32_t hook, uint32_t line, dr_buf *out);

#endif
