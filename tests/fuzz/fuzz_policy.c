/* drip: fuzz_policy.c, level 4. Policies, layers, their data tables and scripts, and an encounter: see fuzz.h. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_source sources[FUZZ_SOURCES];
    fuzz_live(sources, fuzz_split(data, size, sources));
    return 0;
}
