/* drip: reading.h, tests. Reading one encounter in the world of yard.h and looking at what became of it.
 *
 * good() reads or fails, bad() wants a refusal with exactly this message, refused() any. */
#ifndef DR_READING_H
#define DR_READING_H

#include "vm.h"
#include "yard.h"

typedef struct reading {
    yard y;
    dr_session s;
} reading;

static inline int setup(void **state)
{
    reading *t = calloc(1, sizeof *t);
    if (t == NULL)
        return -1;
    yard_make(&t->y);
    *state = t;
    return dr_session_init(&t->s, &t->y.p, NULL, NULL) == DR_OK ? 0 : -1;
}

static inline int teardown(void **state)
{
    reading *t = *state;
    dr_session_close(&t->s);
    yard_free(&t->y);
    free(t);
    return 0;
}

/* From a block of exactly that size, so that the sanitizer sees a byte read too many. */
static inline dr_status read_bytes(dr_session *s, const char *json, size_t len)
{
    char *copy = malloc(len > 0 ? len : 1);
    memcpy(copy, json, len);
    dr_session_reset(s);
    dr_status status = dr_read_encounter(s, copy, len);
    free(copy);
    return status;
}

static inline void good(reading *t, const char *json)
{
    dr_status status = read_bytes(&t->s, json, strlen(json));
    if (status != DR_OK)
        fail_msg("%s\n  %s", json, t->s.refusal.message);
    assert_string_equal(t->s.refusal.message, "");
}

static inline void bad(reading *t, const char *json, const char *message)
{
    assert_int_equal(read_bytes(&t->s, json, strlen(json)), DR_BAD_INPUT);
    assert_string_equal(t->s.refusal.message, message);
}

static inline void refused(reading *t, const char *json, size_t len)
{
    dr_status status = read_bytes(&t->s, json, len);
    if (status == DR_OK)
        fail_msg("read: %.*s", (int)(len < 200 ? len : 200), json);
    assert_true(strlen(t->s.refusal.message) > 0);
}

/* In a root object with an id, to save writing. */
static inline const char *in_root(const char *members)
{
    static char text[4096];
    snprintf(text, sizeof text, "{\"id\":\"E-1\",%s}", members);
    return text;
}

static inline int64_t cell(const reading *t, uint32_t entity, const char *name, uint32_t row)
{
    dr_col col = t->s.cols[yard_find(&t->y, entity, name)];
    assert_true(row < t->s.n_rows[entity]);
    return col.base[(size_t)row * col.stride];
}

static inline const char *text(const reading *t, int64_t symbol)
{
    return dr_sym_text(&t->s.syms, symbol)->bytes;
}

#endif
