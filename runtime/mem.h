/* drip: mem.h, level 0. Memory: the caller's allocator, arenas with a cap, byte buffers.
 *
 * Everything the library allocates goes through here (a test greps for it). An arena belongs to one
 * lifetime (a compile, a program, an evaluation) and is freed whole: nothing in it has a destructor.
 * A failed or refused allocation returns NULL and sets the arena's `failed` flag, so a pass may also
 * look once at its end. Nothing here prints, aborts or jumps. */
#ifndef DR_MEM_H
#define DR_MEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One function in Lua's manner: new_size 0 frees (and never fails), ptr NULL allocates. Memory it gives
 * is aligned to 16. Old sizes must be right: what is freed is overwritten with zeros first. */
typedef void *(*dr_alloc_fn)(void *context, void *ptr, size_t old_size, size_t new_size);
typedef struct dr_alloc {
    dr_alloc_fn fn;
    void *context;
} dr_alloc;

dr_alloc dr_alloc_default(void);              /* the C library's realloc and free */
void *dr_new(const dr_alloc *a, size_t size); /* zeroed; NULL on failure, or for 0 */
void *dr_resize(const dr_alloc *a, void *ptr, size_t old_size, size_t new_size);
void dr_free(const dr_alloc *a, void *ptr, size_t size);

/* An allocator that also tells whether it refused: so that "no memory" can be told from a cap reached. */
typedef struct dr_watch {
    dr_alloc alloc;
    bool refused;
} dr_watch;
dr_alloc dr_watched(dr_watch *watch); /* the watch stays where it is as long as this is used */

typedef struct dr_chunk dr_chunk;
typedef struct dr_arena {
    dr_alloc alloc;
    dr_chunk *chunks;  /* the one in use first */
    char *at, *end;    /* its free part */
    size_t used, cap;  /* bytes taken from the allocator, and the most there may be */
    size_t first_size; /* size of the first chunk; later ones double */
    bool failed;       /* an allocation was refused since the last reset */
} dr_arena;

void dr_arena_init(dr_arena *arena, const dr_alloc *alloc, size_t first_size, size_t cap);
void dr_arena_reset(dr_arena *arena); /* keeps one chunk (the largest); clears `failed` */
void dr_arena_free(dr_arena *arena);
bool dr_arena_holds(const dr_arena *arena, const void *p); /* does this point into its memory? */
void *dr_arena_slow(dr_arena *arena, size_t size);
bool dr_size_mul(size_t a, size_t b, size_t *product); /* false on overflow */

/* Uninitialised memory, aligned to 16. */
static inline void *dr_take(dr_arena *arena, size_t size)
{
    size_t rounded = (size + 15u) & ~(size_t)15u;
    if (rounded >= size && rounded <= (size_t)(arena->end - arena->at)) {
        void *p = arena->at;
        arena->at += rounded;
        return p;
    }
    return dr_arena_slow(arena, size);
}
void *dr_take_zero(dr_arena *arena, size_t count,
                   size_t size); /* count*size zeroed bytes, overflow-checked */
char *dr_take_text(dr_arena *arena, const char *text, size_t len); /* NUL-terminated copy */

/* A growing byte buffer; `failed` is sticky, so a writer may check once at the end. Always
 * NUL-terminated when data is not NULL. */
typedef struct dr_buf {
    dr_alloc alloc;
    char *data;
    size_t len, size, cap; /* cap bounds len; the NUL comes on top of it */
    bool failed, full;     /* what was written last is not all there; full: as the cap is reached */
} dr_buf;

void dr_buf_init(dr_buf *buf, const dr_alloc *alloc, size_t cap);
void dr_buf_free(dr_buf *buf);
void dr_buf_clear(dr_buf *buf);
void dr_buf_bytes(dr_buf *buf, const void *bytes, size_t len);
void dr_buf_text(dr_buf *buf, const char *text);
void dr_buf_char(dr_buf *buf, char c);
void dr_buf_fill(dr_buf *buf, char c, size_t count);
void dr_buf_int(dr_buf *buf, int64_t n);
/* A JSON string with quotes: control characters, quotes and backslashes escaped. */
void dr_buf_json(dr_buf *buf, const char *text, size_t len);
/* Text for a terminal or log: control bytes, ESC, bidi marks and invalid UTF-8 shown as \xNN. */
void dr_buf_plain(dr_buf *buf, const char *text, size_t len);

bool dr_utf8_valid(const char *text, size_t len, size_t *bad_at); /* strict; NUL counts as invalid */

#endif
