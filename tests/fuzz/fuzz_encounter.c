/* drip: fuzz_encounter.c, level 4. Encounters, one a line, under the national policy; it is compiled once. */
#include "fuzz.h"

#include <stddef.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static drip_program *program; /* of this process alone: it lives as long */
    if (program == NULL) {
        drip_engine *engine = fuzz_engine();
        drip_layers *layers = NULL;
        if (drip_layers_new(engine, &layers) != DRIP_OK ||
            drip_layers_add_policy_files(layers, "national", ".", NULL) != DRIP_OK ||
            drip_compile(layers, &program, NULL) != DRIP_OK)
            fuzz_broken("the national policy compiles (run from the project's folder)");
        drip_layers_free(layers);
    }
    fuzz_encounters(program, (const char *)data, size, true);
    return 0;
}
