/* drip: fuzz.h, level 4. What the fuzz targets share: inputs that hold several sources, and the whole life of a
 * policy.
 *
 * An input is one or more sources, each behind a line "==== NAME"; bytes before the first such line are the
 * source "policy.drip". So one input can be a base and a layer, a policy and its tables, a policy and its
 * script. A source named "encounter.json" is not compiled: it is evaluated, line by line.
 *
 * A target finds something when a sanitizer reports it, when it takes too long, or when a promise that is
 * checked here does not hold (broken): the same answer twice, a layout that is stable, fuel within its bound. */
#ifndef FUZZ_H
#define FUZZ_H

#include "drip.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct fuzz_source {
    char name[64];
    const char *text;
    size_t len;
} fuzz_source;
enum { FUZZ_SOURCES = 8 };

/* How many sources there are in the input. */
uint32_t fuzz_split(const uint8_t *data, size_t size, fuzz_source sources[FUZZ_SOURCES]);
drip_engine *fuzz_engine(void);
/* Compiles them, and with what comes of it evaluates, explains, measures and formats. */
void fuzz_live(const fuzz_source *sources, uint32_t n);
/* One encounter after the other under the program; `twice`: each is answered a second time, to the same bytes. */
void fuzz_encounters(drip_program *program, const char *text, size_t len, bool twice);
/* Ends the process, saying which promise did not hold. */
_Noreturn void fuzz_broken(const char *promise);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
