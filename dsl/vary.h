/* drip: vary.h, level 2a. Scenarios that differ a little from one there is: see vary.c. */
#ifndef DR_VARY_H
#define DR_VARY_H

#include "../runtime/diag.h"

typedef struct dr_stories dr_stories;

/* All scenarios of these sources, which must outlive it. NULL: they cannot be read, or memory is out. */
dr_stories *dr_stories_open(const dr_alloc *alloc, const dr_sources *sources, size_t heap);
void dr_stories_close(dr_stories *s);

/* Tells of each: its statements, each on a line, without what is expected, and what is different in it. */
typedef void (*dr_vary_fn)(void *context, const char *body, const char *changed);
/* Those near the scenario or variation that begins there, in a fixed order; what stands there is the first. */
bool dr_stories_near(const dr_stories *s, uint32_t source, uint32_t start, dr_vary_fn fn, void *context);

#endif
