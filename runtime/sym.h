/* drip: sym.h, level 1. Symbols: texts as small integers.
 *
 * A program's table is frozen when it is compiled and shared between threads. A session lays its own
 * table over it for the texts of one encounter; ids of the session's start where the program's end,
 * and are forgotten at the next encounter. Ids are never printed and never order anything.
 *
 * Records come from outside, and whoever knows how their texts are hashed can write ten thousand that all fall on one
 * place. So the hash is SipHash-1-3 with a seed that differs from process to process (dr_seed). Nothing that is
 * answered depends on it. */
#ifndef DR_SYM_H
#define DR_SYM_H

#include "mem.h"

typedef struct dr_text {
    const char *bytes; /* NUL-terminated */
    uint32_t len;
    uint32_t hash;
} dr_text;

typedef struct dr_syms {
    const struct dr_syms *base; /* searched first; may be NULL */
    dr_arena *arena;            /* texts and tables live here */
    dr_text *items;
    uint32_t *slots; /* open addressing, power of two, 0 = empty, else index + 1 */
    uint32_t count, size, n_slots;
    uint64_t seed;
    uint32_t first; /* id of items[0] */
} dr_syms;

/* Of this process; nobody outside can know it. */
uint64_t dr_seed(void);
void dr_syms_init(dr_syms *syms, dr_arena *arena, const dr_syms *base, uint64_t seed);
/* After its arena was reset: empty again, same base. */
void dr_syms_reset(dr_syms *syms);
int64_t dr_sym(dr_syms *syms, const char *bytes, size_t len);            /* interns; -1 when memory is out */
int64_t dr_sym_find(const dr_syms *syms, const char *bytes, size_t len); /* -1 when not there */
const dr_text *dr_sym_text(const dr_syms *syms, int64_t id);
int dr_text_cmp(const dr_text *a, const dr_text *b); /* by bytes */

#endif
