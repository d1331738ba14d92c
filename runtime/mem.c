/* drip: mem.c, level 0. The allocator wrapper, arenas with a cap, byte buffers, UTF-8 checking.
 *
 * Memory that goes back to the allocator is overwritten first: it may hold patient data. That is also
 * why growing something copies by hand: realloc could leave an unwiped copy behind. */
#include "mem.h"

#include <stdlib.h>
#include <string.h>

enum { ALIGN = 16, CHUNK_DEFAULT = 4096, CHUNK_DOUBLING_ENDS = 1024 * 1024, BUF_FIRST = 64 };

/* The chunk's memory follows its head, so the head must keep the alignment the allocator gave. */
struct dr_chunk {
    dr_chunk *next;
    size_t size; /* with this head */
};
_Static_assert(sizeof(dr_chunk) % ALIGN == 0, "memory after a chunk's head must stay aligned");

/* Where an arena without a chunk points, so that taking zero bytes from it does not look like a failure. */
static const _Alignas(ALIGN) char nowhere[ALIGN];

static void *default_fn(void *context, void *ptr, size_t old_size, size_t new_size)
{
    (void)context;
    (void)old_size;
    if (new_size == 0) {
        free(ptr);
        return NULL;
    }
    return realloc(ptr, new_size);
}

dr_alloc dr_alloc_default(void)
{
    return (dr_alloc){default_fn, NULL};
}

static void *watched_fn(void *context, void *ptr, size_t old_size, size_t new_size)
{
    dr_watch *watch = context;
    void *p = watch->alloc.fn(watch->alloc.context, ptr, old_size, new_size);
    if (p == NULL && new_size > 0)
        watch->refused = true;
    return p;
}

dr_alloc dr_watched(dr_watch *watch)
{
    return (dr_alloc){watched_fn, watch};
}

/* The call goes through a volatile pointer, so that the compiler cannot drop a write nobody reads. */
static void wipe(void *ptr, size_t size)
{
    static void *(*const volatile set)(void *, int, size_t) = memset;
    if (size > 0)
        set(ptr, 0, size);
}

void *dr_new(const dr_alloc *a, size_t size)
{
    if (size == 0)
        return NULL; /* a size of 0 means "free" to the allocator */
    void *p = a->fn(a->context, NULL, 0, size);
    if (p != NULL)
        memset(p, 0, size);
    return p;
}

void *dr_resize(const dr_alloc *a, void *ptr, size_t old_size, size_t new_size)
{
    if (new_size == 0) {
        dr_free(a, ptr, old_size);
        return NULL;
    }
    void *p = a->fn(a->context, NULL, 0, new_size);
    if (p == NULL || ptr == NULL)
        return p;
    memcpy(p, ptr, old_size < new_size ? old_size : new_size);
    dr_free(a, ptr, old_size);
    return p;
}

void dr_free(const dr_alloc *a, void *ptr, size_t size)
{
    if (ptr == NULL)
        return;
    wipe(ptr, size);
    a->fn(a->context, ptr, size, 0);
}

bool dr_size_mul(size_t a, size_t b, size_t *product)
{
    return !__builtin_mul_overflow(a, b, product);
}

/* ---- arenas ---- */

static void point_at(dr_arena *arena, dr_chunk *chunk)
{
    arena->chunks = chunk;
    if (chunk == NULL) {
        arena->at = arena->end = (char *)(uintptr_t)nowhere;
        arena->used = 0;
        return;
    }
    arena->at = (char *)(chunk + 1);
    arena->end = (char *)chunk + chunk->size;
}

void dr_arena_init(dr_arena *arena, const dr_alloc *alloc, size_t first_size, size_t cap)
{
    *arena = (dr_arena){.cap = cap, .first_size = first_size > 0 ? first_size : CHUNK_DEFAULT};
    arena->alloc = alloc != NULL ? *alloc : dr_alloc_default();
    point_at(arena, NULL);
}

static void release_all_but(dr_arena *arena, const dr_chunk *kept)
{
    dr_chunk *next = NULL;
    for (dr_chunk *c = arena->chunks; c != NULL; c = next) {
        next = c->next;
        if (c != kept)
            dr_free(&arena->alloc, c, c->size);
    }
}

/* Runs once per evaluation, nearly always with one chunk: it wipes only what it gives back. */
void dr_arena_reset(dr_arena *arena)
{
    arena->failed = false;
    dr_chunk *largest = arena->chunks;
    if (largest == NULL)
        return;
    if (largest->next != NULL) {
        for (dr_chunk *c = largest->next; c != NULL; c = c->next)
            if (c->size > largest->size)
                largest = c;
        release_all_but(arena, largest);
        largest->next = NULL;
        arena->used = largest->size;
    }
    point_at(arena, largest);
}

bool dr_arena_holds(const dr_arena *arena, const void *p)
{
    uintptr_t at = (uintptr_t)p;
    for (const dr_chunk *c = arena->chunks; c != NULL; c = c->next)
        if (at >= (uintptr_t)c + sizeof *c && at < (uintptr_t)c + c->size)
            return true;
    return false;
}

void dr_arena_free(dr_arena *arena)
{
    release_all_but(arena, NULL);
    point_at(arena, NULL);
    arena->failed = false;
}

static size_t next_chunk_size(const dr_arena *arena)
{
    if (arena->chunks == NULL)
        return arena->first_size;
    size_t last = arena->chunks->size;
    return last > CHUNK_DOUBLING_ENDS / 2 ? CHUNK_DOUBLING_ENDS : last * 2;
}

static void *refuse(dr_arena *arena)
{
    arena->failed = true;
    return NULL;
}

/* A chunk with less room left than the present one has goes behind it, so that one large request
 * does not waste the room there is. */
static void *take_from(dr_arena *arena, dr_chunk *chunk, size_t size, size_t taken)
{
    dr_chunk *present = arena->chunks;
    bool behind = present != NULL && (size_t)(arena->end - arena->at) >= size - sizeof *chunk - taken;
    chunk->size = size;
    chunk->next = behind ? present->next : present;
    if (behind)
        present->next = chunk;
    else
        point_at(arena, chunk);
    char *p = (char *)(chunk + 1);
    if (!behind)
        arena->at = p + taken;
    return p;
}

void *dr_arena_slow(dr_arena *arena, size_t size)
{
    size_t rounded = (size + (ALIGN - 1)) & ~(size_t)(ALIGN - 1);
    size_t need = 0;
    if (rounded < size || __builtin_add_overflow(rounded, sizeof(dr_chunk), &need))
        return refuse(arena);
    size_t left = arena->cap - arena->used;
    if (need > left)
        return refuse(arena);
    size_t want = next_chunk_size(arena);
    if (want < need)
        want = need;
    if (want > left)
        want = left; /* a smaller chunk than usual rather than none */
    dr_chunk *chunk = arena->alloc.fn(arena->alloc.context, NULL, 0, want);
    if (chunk == NULL)
        return refuse(arena);
    arena->used += want;
    return take_from(arena, chunk, want, rounded);
}

void *dr_take_zero(dr_arena *arena, size_t count, size_t size)
{
    size_t bytes = 0;
    if (!dr_size_mul(count, size, &bytes))
        return refuse(arena);
    void *p = dr_take(arena, bytes);
    if (p != NULL && bytes > 0)
        memset(p, 0, bytes);
    return p;
}

char *dr_take_text(dr_arena *arena, const char *text, size_t len)
{
    if (len == SIZE_MAX)
        return refuse(arena);
    char *copy = dr_take(arena, len + 1);
    if (copy == NULL)
        return NULL;
    if (len > 0)
        memcpy(copy, text, len);
    copy[len] = '\0';
    return copy;
}

/* ---- buffers ---- */

void dr_buf_init(dr_buf *buf, const dr_alloc *alloc, size_t cap)
{
    *buf = (dr_buf){.cap = cap};
    buf->alloc = alloc != NULL ? *alloc : dr_alloc_default();
}

void dr_buf_free(dr_buf *buf)
{
    dr_free(&buf->alloc, buf->data, buf->size);
    buf->data = NULL;
    buf->len = buf->size = 0;
    buf->failed = buf->full = false;
}

void dr_buf_clear(dr_buf *buf)
{
    buf->len = 0;
    buf->failed = buf->full = false;
    if (buf->data != NULL)
        buf->data[0] = '\0';
}

/* Room for `len` more bytes and the NUL. The cap bounds the text; the NUL comes on top of it. */
static bool make_room(dr_buf *buf, size_t len)
{
    if (buf->failed)
        return false;
    if (buf->size > len && buf->len < buf->size - len)
        return true;
    size_t max = buf->cap < SIZE_MAX ? buf->cap + 1 : SIZE_MAX;
    if (len >= max || buf->len >= max - len) {
        buf->failed = buf->full = true;
        return false;
    }
    size_t need = buf->len + len + 1;
    size_t want = buf->size <= max / 2 ? buf->size * 2 : max;
    want = want < BUF_FIRST ? BUF_FIRST : want;
    want = want > max ? max : want;
    want = want < need ? need : want;
    char *data = dr_resize(&buf->alloc, buf->data, buf->size, want);
    if (data == NULL) {
        buf->failed = true;
        return false;
    }
    buf->data = data;
    buf->size = want;
    return true;
}

void dr_buf_bytes(dr_buf *buf, const void *bytes, size_t len)
{
    if (!make_room(buf, len))
        return;
    if (len > 0)
        memcpy(buf->data + buf->len, bytes, len);
    buf->len += len;
    buf->data[buf->len] = '\0';
}

void dr_buf_text(dr_buf *buf, const char *text)
{
    dr_buf_bytes(buf, text, strlen(text));
}

void dr_buf_char(dr_buf *buf, char c)
{
    dr_buf_bytes(buf, &c, 1);
}

void dr_buf_fill(dr_buf *buf, char c, size_t count)
{
    if (!make_room(buf, count))
        return;
    memset(buf->data + buf->len, c, count);
    buf->len += count;
    buf->data[buf->len] = '\0';
}

void dr_buf_int(dr_buf *buf, int64_t n)
{
    char digits[20];
    size_t at = sizeof digits;
    uint64_t rest = n < 0 ? -(uint64_t)n : (uint64_t)n; /* also right for INT64_MIN */
    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (n < 0)
        digits[--at] = '-';
    dr_buf_bytes(buf, digits + at, sizeof digits - at);
}

/* ---- UTF-8 and escaping ---- */

/* One strict UTF-8 character: its length, 0 if there is none (overlong, surrogate, too large, cut off). */
static size_t decode(const char *text, size_t left, uint32_t *code)
{
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *p = (const unsigned char *)text;
    if (p[0] < 0x80) {
        *code = p[0];
        return 1;
    }
    size_t n = p[0] >= 0xF0 ? 4 : p[0] >= 0xE0 ? 3 : 2;
    if (p[0] < 0xC2 || p[0] > 0xF4 || left < n)
        return 0;
    uint32_t value = p[0] & (0x7Fu >> n);
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xC0) != 0x80)
            return 0;
        value = value << 6 | (p[i] & 0x3Fu);
    }
    if (value < least[n] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF))
        return 0;
    *code = value;
    return n;
}

static bool is_control(uint32_t code)
{
    return code < 0x20 || (code >= 0x7F && code <= 0x9F);
}

/* Line separators and everything that turns the direction of writing: text that shows as other text. */
static bool is_deceptive(uint32_t code)
{
    return code == 0x061C || code == 0x200E || code == 0x200F || (code >= 0x2028 && code <= 0x202E) ||
           (code >= 0x2066 && code <= 0x2069);
}

static void hex(dr_buf *buf, uint32_t value, unsigned digits)
{
    for (unsigned i = digits; i-- > 0;)
        dr_buf_char(buf, "0123456789abcdef"[value >> (4 * i) & 15]);
}

static void json_escape(dr_buf *buf, uint32_t code)
{
    static const char special[] = "\"\\\n\r\t\b\f", shown[] = "\"\\nrtbf";
    const char *at = code != 0 && code < 0x80 ? strchr(special, (int)code) : NULL;
    dr_buf_char(buf, '\\');
    if (at != NULL) {
        dr_buf_char(buf, shown[at - special]);
        return;
    }
    dr_buf_char(buf, 'u');
    hex(buf, code, 4);
}

/* Invalid UTF-8 becomes U+FFFD: the output must be JSON whatever came in. */
void dr_buf_json(dr_buf *buf, const char *text, size_t len)
{
    size_t done = 0, i = 0;
    dr_buf_char(buf, '"');
    while (i < len) {
        uint32_t code = 0xFFFD;
        size_t n = decode(text + i, len - i, &code);
        if (n > 0 && code != '"' && code != '\\' && !is_control(code)) {
            i += n;
            continue;
        }
        dr_buf_bytes(buf, text + done, i - done);
        json_escape(buf, code);
        i += n > 0 ? n : 1;
        done = i;
    }
    if (len > 0)
        dr_buf_bytes(buf, text + done, len - done);
    dr_buf_char(buf, '"');
}

void dr_buf_plain(dr_buf *buf, const char *text, size_t len)
{
    size_t done = 0, i = 0;
    while (i < len) {
        uint32_t code = 0;
        size_t n = decode(text + i, len - i, &code);
        if (n > 0 && !is_control(code) && !is_deceptive(code)) {
            i += n;
            continue;
        }
        dr_buf_bytes(buf, text + done, i - done);
        size_t stop = i + (n > 0 ? n : 1);
        for (; i < stop; i++) {
            dr_buf_text(buf, "\\x");
            hex(buf, (unsigned char)text[i], 2);
        }
        done = i;
    }
    if (len > 0)
        dr_buf_bytes(buf, text + done, len - done);
}

/* True if all eight bytes are ASCII and none is NUL: nearly all text is, and it is checked often. */
static bool eight_plain(const char *text)
{
    uint64_t w = 0;
    memcpy(&w, text, sizeof w);
    return ((w | ((w - 0x0101010101010101u) & ~w)) & 0x8080808080808080u) == 0;
}

bool dr_utf8_valid(const char *text, size_t len, size_t *bad_at)
{
    size_t i = 0;
    while (i < len) {
        if (len - i >= 8 && eight_plain(text + i)) {
            i += 8;
            continue;
        }
        uint32_t code = 0;
        size_t n = decode(text + i, len - i, &code);
        if (n == 0 || code == 0) {
            if (bad_at != NULL)
                *bad_at = i;
            return false;
        }
        i += n;
    }
    return true;
}
