/* drip: json.h, level 2b. RFC 8259 as a cursor over bytes: strings, numbers, and skipping what nobody reads.
 *
 * There is no tree. The reader moves the cursor from token to token and puts values straight into
 * rows. What is skipped is checked as strictly as what is read: UTF-8, escapes, surrogates, number
 * syntax, keys that stand twice, nesting. Nothing recurses, and no input takes more than n log n.
 *
 * A function that fails has said why in `wrong` (static text, never the input's) and where. */
#ifndef DR_JSON_H
#define DR_JSON_H

#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "session.h"

typedef struct dr_slice {
    const char *bytes;
    size_t len;
} dr_slice;

typedef struct dr_json_name { /* a key of an open object, decoded */
    const char *bytes;
    uint32_t len, hash;
} dr_json_name;

typedef struct dr_json_level { /* an open object or array that is being skipped */
    uint32_t first_name;
    bool object;
} dr_json_level;

typedef struct dr_json {
    const char *start, *at, *end;
    dr_arena *arena;
    const volatile int *interrupt;
    const char *look_up_at; /* when to look at *interrupt next */
    uint32_t depth, depth_max;
    dr_json_name *names; /* of all open objects, innermost last; only keys that no shape knows */
    uint32_t n_names, size_names;
    dr_json_level *levels;
    uint32_t n_levels, size_levels;
    dr_status status;
    const char *wrong, *wrong_at;
} dr_json;

/* A number as it stands. Up to 18 digits and no exponent: (negative) digits / 10^places. */
typedef struct dr_decimal {
    const char *bytes;
    size_t len;
    bool simple, negative;
    uint32_t places;
    uint64_t digits;
} dr_decimal;

extern const char dr_json_too_deep[]; /* `wrong` where the nesting was */

void dr_json_open(dr_json *j, dr_arena *arena, const char *bytes, size_t len, uint32_t depth_max);
bool dr_json_fail(dr_json *j, const char *at, const char *wrong); /* bad input; returns false */
bool dr_json_fail_end(dr_json *j); /* the text ends here, or something else stands here than may */
bool dr_json_fail_memory(dr_json *j);
bool dr_json_enter(dr_json *j); /* over an opening bracket, one level down */
bool dr_json_look_up(dr_json *j);

bool dr_json_string_slow(dr_json *j, dr_slice *out); /* see dr_json_string below */
bool dr_json_number(dr_json *j, dr_decimal *out);
/* Decimal text that is not JSON of its own ("12.50" in a string); false if it is not a number. */
bool dr_json_decimal(const char *bytes, size_t len, dr_decimal *out);
bool dr_json_word(dr_json *j, const char *word, size_t len); /* true, false or null */
bool dr_json_skip(dr_json *j);                               /* one value, at its first byte */

/* Room for one more item in an array of the arena; the old array stays behind. NULL: memory is out. */
void *dr_grow(dr_arena *arena, const void *items, uint32_t count, uint32_t *size, size_t item);

/* The undeclared keys of one object: `first` is n_names when it was opened. */
bool dr_json_name_add(dr_json *j, uint32_t first, dr_slice name);
bool dr_json_names_close(dr_json *j, uint32_t first);

/* Looks for an interrupt now and then. */
static inline bool dr_json_interrupted(dr_json *j)
{
    return j->at >= j->look_up_at && dr_json_look_up(j);
}

static inline bool dr_json_is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static inline void dr_json_space(dr_json *j)
{
    while (j->at < j->end && dr_json_is_space(*j->at))
        j->at++;
}

/* The byte at the cursor, NUL at the end (and a NUL in the text is no token either). */
static inline char dr_json_peek(const dr_json *j)
{
    return j->at < j->end ? *j->at : '\0';
}

/* The byte after white space. */
static inline char dr_json_next(dr_json *j)
{
    char c = dr_json_peek(j);
    if ((unsigned char)c > ' ')
        return c;
    dr_json_space(j);
    return dr_json_peek(j);
}

static inline uint64_t dr_load_64(const char *p)
{
    uint64_t w = 0;
    memcpy(&w, p, sizeof w);
    return w;
}

/* Of the 16 bytes at p: how many come before a quote, a backslash, a control byte or one that is not ASCII.
 */
static inline unsigned dr_plain_run(const char *p)
{
#if defined(__SSE2__)
    __m128i w = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i hits = _mm_cmplt_epi8(w, _mm_set1_epi8(' ')); /* signed: also those from 0x80 on */
    hits = _mm_or_si128(hits, _mm_cmpeq_epi8(w, _mm_set1_epi8('"')));
    hits = _mm_or_si128(hits, _mm_cmpeq_epi8(w, _mm_set1_epi8('\\')));
    return (unsigned)__builtin_ctz((unsigned)_mm_movemask_epi8(hits) | 1u << 16);
#else
    const uint64_t ones = 0x0101010101010101u;
    for (unsigned i = 0; i < 16; i += 8) {
        uint64_t w = dr_load_64(p + i);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
        w = __builtin_bswap64(w);
#endif
        /* A borrow can only spoil the bytes after the first hit. */
        uint64_t quote = (w ^ ones * '"') - ones, slash = (w ^ ones * '\\') - ones;
        uint64_t hits = (w | (w - ones * ' ') | quote | slash) & ones * 0x80;
        if (hits != 0)
            return i + ((unsigned)__builtin_ctzll(hits) >> 3);
    }
    return 16;
#endif
}

/* At an opening quote; moves past the closing one. The slice is in the input or, with escapes, in the arena.
 */
static inline bool dr_json_string(dr_json *j, dr_slice *out)
{
    const char *body = j->at + 1;
    if (j->end - body >= 16) {
        unsigned run = dr_plain_run(body);
        if (run < 16 && body[run] == '"') {
            *out = (dr_slice){body, run};
            j->at = body + run + 1;
            return true;
        }
    }
    return dr_json_string_slow(j, out);
}

/* A word that together with the length tells texts of up to eight bytes apart, and others mostly. */
static inline uint64_t dr_first_bytes(const char *p, size_t len)
{
    if (len >= 8)
        return dr_load_64(p);
    if (len >= 4) {
        uint32_t low = 0, high = 0;
        memcpy(&low, p, 4);
        memcpy(&high, p + len - 4, 4);
        return low | (uint64_t)high << 32;
    }
    if (len == 0)
        return 0;
    return (unsigned char)p[0] | (uint64_t)(unsigned char)p[len / 2] << 8 |
           (uint64_t)(unsigned char)p[len - 1] << 16;
}

#endif
