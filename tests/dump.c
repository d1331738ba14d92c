/* drip: dump.c, tests. Compiles policies and writes the compiled programs as text, for tests/meaning.py.
 * dump SEARCH_PATH WHAT NAME…   WHAT: policy (a name, file or folder) or tests (a file of scenarios)
 * Each program is followed by a line "=== NAME"; one that has errors is only that line and " errors". */
#include "api.h"
#include "drip.h"
#include "dump.h"

#include <stdio.h>
#include <string.h>

/* Scenarios are compiled with the policy they are for. */
static drip_status add(drip_layers *layers, const char *path, const char *what, const char *name,
                       drip_error **error)
{
    if (strcmp(what, "policy") == 0)
        return drip_layers_add_policy_files(layers, name, path, error);
    drip_status status = drip_layers_add_tests_files(layers, name, error);
    return status == DRIP_OK ? dr_layers_add_bases(layers, path, error) : status;
}

static void dump(drip_engine *engine, const char *path, const char *what, const char *name)
{
    drip_layers *layers = NULL;
    drip_program *program = NULL;
    drip_error *error = NULL;
    dr_buf text;
    dr_buf_init(&text, &engine->alloc, (size_t)1 << 30);
    bool good =
        drip_layers_new(engine, &layers) == DRIP_OK && add(layers, path, what, name, &error) == DRIP_OK;
    drip_error_free(error);
    error = NULL;
    good = good && drip_compile(layers, &program, &error) == DRIP_OK;
    if (good)
        dr_dump(program->p, &text);
    if (text.data != NULL)
        fwrite(text.data, 1, text.len, stdout);
    printf("=== %s%s\n", name, good ? "" : " errors");
    drip_error_free(error);
    dr_buf_free(&text);
    drip_program_free(program);
    drip_layers_free(layers);
}

int main(int argc, char **argv)
{
    drip_engine *engine = NULL;
    if (argc < 4 || drip_engine_new(NULL, NULL, NULL, &engine) != DRIP_OK)
        return 2;
    for (int i = 3; i < argc; i++)
        dump(engine, argv[1], argv[2], argv[i]);
    drip_engine_free(engine);
    return 0;
}
