/* drip: sym.c, level 1. Symbols: texts as small integers.
 *
 * Open addressing with linear probing, at most half full. Finding never writes, so a frozen table may
 * be searched from many threads. Growing leaves the old arrays in the arena; they sum to less than
 * the new one. */
#include "sym.h"

#include <string.h>
#include <sys/auxv.h>

enum { SLOTS_FIRST = 64 };

uint64_t dr_seed(void)
{
    uint64_t seed = 0;
    const void *random = (const void *)getauxval(AT_RANDOM);
    if (random != NULL)
        memcpy(&seed, random, sizeof seed);
    return seed ^ (uint64_t)(uintptr_t)&dr_seed;
}

static inline uint64_t rotate(uint64_t x, int by)
{
    return x << by | x >> (64 - by);
}

typedef struct sip {
    uint64_t a, b, c, d;
} sip;

static inline void sip_round(sip *s)
{
    s->a += s->b;
    s->c += s->d;
    s->b = rotate(s->b, 13) ^ s->a;
    s->d = rotate(s->d, 16) ^ s->c;
    s->a = rotate(s->a, 32) + s->d;
    s->c += s->b;
    s->d = rotate(s->d, 21) ^ s->a;
    s->b = rotate(s->b, 17) ^ s->c;
    s->c = rotate(s->c, 32);
}

static inline void sip_word(sip *s, uint64_t word)
{
    s->d ^= word;
    sip_round(s);
    s->a ^= word;
}

/* The value depends on byte order and never leaves the process. */
static uint32_t hash_of(const char *bytes, size_t len, uint64_t seed)
{
    const uint64_t key = seed * 0x9E3779B97F4A7C15u;
    sip s = {seed ^ 0x736F6D6570736575u, key ^ 0x646F72616E646F6Du, seed ^ 0x6C7967656E657261u,
             key ^ 0x7465646279746573u};
    uint64_t word = 0;
    size_t left = len;
    for (; left >= 8; bytes += 8, left -= 8) {
        memcpy(&word, bytes, 8);
        sip_word(&s, word);
    }
    word = (uint64_t)len << 56;
    for (size_t i = 0; i < left; i++)
        word |= (uint64_t)(unsigned char)bytes[i] << 8 * i;
    sip_word(&s, word);
    s.c ^= 0xFF;
    sip_round(&s);
    sip_round(&s);
    sip_round(&s);
    return (uint32_t)(s.a ^ s.b ^ s.c ^ s.d);
}

/* Tables of one chain usually share a seed: the hash is then worked out once. */
typedef struct key {
    const char *bytes;
    size_t len;
    uint64_t seed;
    uint32_t hash;
    bool hashed;
} key;

static uint32_t key_hash(key *k, uint64_t seed)
{
    if (!k->hashed || k->seed != seed) {
        k->hash = hash_of(k->bytes, k->len, seed);
        k->seed = seed;
        k->hashed = true;
    }
    return k->hash;
}

void dr_syms_init(dr_syms *syms, dr_arena *arena, const dr_syms *base, uint64_t seed)
{
    *syms = (dr_syms){.base = base, .arena = arena, .seed = seed};
    syms->first = base != NULL ? base->first + base->count : 0;
}

void dr_syms_reset(dr_syms *syms)
{
    dr_syms_init(syms, syms->arena, syms->base, syms->seed);
}

static int64_t find_own(const dr_syms *syms, key *k)
{
    if (syms->count == 0)
        return -1;
    uint32_t hash = key_hash(k, syms->seed);
    uint32_t mask = syms->n_slots - 1;
    for (uint32_t at = hash & mask; syms->slots[at] != 0; at = (at + 1) & mask) {
        uint32_t index = syms->slots[at] - 1;
        const dr_text *t = &syms->items[index];
        if (t->hash == hash && t->len == k->len && (k->len == 0 || memcmp(t->bytes, k->bytes, k->len) == 0))
            return (int64_t)syms->first + index;
    }
    return -1;
}

/* The base goes first: most texts of an encounter are names the program knows. Chains are two long. */
static int64_t find(const dr_syms *syms, key *k)
{
    int64_t id = syms->base != NULL ? find(syms->base, k) : -1;
    return id >= 0 ? id : find_own(syms, k);
}

int64_t dr_sym_find(const dr_syms *syms, const char *bytes, size_t len)
{
    if (len >= UINT32_MAX)
        return -1;
    key k = {.bytes = bytes, .len = len};
    return find(syms, &k);
}

static void put_slot(uint32_t *slots, uint32_t n_slots, uint32_t hash, uint32_t index)
{
    uint32_t mask = n_slots - 1;
    uint32_t at = hash & mask;
    while (slots[at] != 0)
        at = (at + 1) & mask;
    slots[at] = index + 1;
}

/* Both arrays or neither: the table stays whole when memory is out. */
static bool grow(dr_syms *syms)
{
    uint32_t n_slots = syms->n_slots == 0 ? SLOTS_FIRST : syms->n_slots * 2;
    if (n_slots == 0)
        return false;
    uint32_t size = n_slots / 2;
    uint32_t *slots = dr_take_zero(syms->arena, n_slots, sizeof *slots);
    dr_text *items = slots != NULL ? dr_take(syms->arena, size * sizeof *items) : NULL;
    if (items == NULL)
        return false;
    for (uint32_t i = 0; i < syms->count; i++) {
        items[i] = syms->items[i];
        put_slot(slots, n_slots, items[i].hash, i);
    }
    syms->slots = slots;
    syms->items = items;
    syms->n_slots = n_slots;
    syms->size = size;
    return true;
}

int64_t dr_sym(dr_syms *syms, const char *bytes, size_t len)
{
    if (len >= UINT32_MAX)
        return -1;
    key k = {.bytes = bytes, .len = len};
    int64_t id = find(syms, &k);
    if (id >= 0)
        return id;
    if (syms->count >= UINT32_MAX - 1 - syms->first)
        return -1;
    if (syms->count == syms->size && !grow(syms))
        return -1;
    char *copy = dr_take_text(syms->arena, bytes, len);
    if (copy == NULL)
        return -1;
    uint32_t hash = key_hash(&k, syms->seed);
    uint32_t index = syms->count++;
    syms->items[index] = (dr_text){copy, (uint32_t)len, hash};
    put_slot(syms->slots, syms->n_slots, hash, index);
    return (int64_t)syms->first + index;
}

const dr_text *dr_sym_text(const dr_syms *syms, int64_t id)
{
    while (syms != NULL && id < (int64_t)syms->first)
        syms = syms->base;
    if (syms == NULL || id - (int64_t)syms->first >= (int64_t)syms->count)
        return NULL;
    return &syms->items[id - (int64_t)syms->first];
}

int dr_text_cmp(const dr_text *a, const dr_text *b)
{
    uint32_t shorter = a->len < b->len ? a->len : b->len;
    int order = shorter > 0 ? memcmp(a->bytes, b->bytes, shorter) : 0;
    if (order != 0)
        return order < 0 ? -1 : 1;
    return (a->len > b->len) - (a->len < b->len);
}
