/* drip: same.h, tests. What the drivers of tests/api share. */
#ifndef DRIP_SAME_H
#define DRIP_SAME_H

#include "drip.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(what)                                                                                          \
    do {                                                                                                     \
        if (!(what)) {                                                                                       \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #what);                                       \
            exit(1);                                                                                         \
        }                                                                                                    \
    } while (0)

static inline drip_program *load(drip_engine *engine, const char *policy, const char *path)
{
    drip_layers *layers = NULL;
    drip_program *program = NULL;
    drip_error *error = NULL;
    CHECK(drip_layers_new(engine, &layers) == DRIP_OK);
    if (drip_layers_add_policy_files(layers, policy, path, &error) != DRIP_OK ||
        drip_compile(layers, &program, &error) != DRIP_OK) {
        fprintf(stderr, "%s", error != NULL ? drip_error_text(error) : "no memory\n");
        exit(2);
    }
    drip_error_free(error);
    drip_layers_free(layers);
    return program;
}

#endif
