/* drip: fuzz_tests.c, level 4. Sources with scenarios: compiled, run, measured (drip_test), and formatted. */
#include "fuzz.h"

#include <stddef.h>

static void told(void *context, const drip_test_event *event)
{
    (void)context;
    if (event->name == NULL || (!event->passed && event->summary[0] == '\0'))
        fuzz_broken("a scenario that fails says what differs");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_source sources[FUZZ_SOURCES];
    uint32_t n = fuzz_split(data, size, sources), passed = 0, failed = 0;
    drip_engine *engine = fuzz_engine();
    drip_layers *layers = NULL;
    drip_coverage *coverage = NULL;
    drip_error *error = NULL;
    drip_cover_item item;
    if (drip_layers_new(engine, &layers) != DRIP_OK)
        fuzz_broken("layers can be made");
    for (uint32_t i = 0; i < n; i++)
        drip_layers_add(layers, sources[i].name, sources[i].text, sources[i].len, NULL);
    drip_test(layers, "/nonexistent", NULL, told, NULL, &passed, &failed, &coverage, &error);
    for (uint32_t i = 0; coverage != NULL && i < drip_coverage_items(coverage); i++)
        drip_coverage_item(coverage, i, &item);
    drip_coverage_free(coverage);
    drip_error_free(error);
    drip_layers_free(layers);
    drip_engine_free(engine);
    return 0;
}
