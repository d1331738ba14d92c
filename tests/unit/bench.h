/* drip: bench.h, tests. A policy compiled through the public interface, and a session of it, in counted memory. */
#ifndef BENCH_H
#define BENCH_H

#include "unit.h"

#include "api.h"

typedef struct bench {
    tally memory;
    drip_engine *engine;
    drip_program *program;
    drip_session *session;
    char json[8192]; /* for a record */
    size_t len;
} bench;

/* For bench_compile, which frees them. */
static inline drip_layers *bench_layers(bench *b)
{
    drip_layers *layers = NULL;
    memset(b, 0, sizeof *b);
    assert_int_equal(drip_engine_new(tally_fn, &b->memory, NULL, &b->engine), DRIP_OK);
    assert_int_equal(drip_layers_new(b->engine, &layers), DRIP_OK);
    return layers;
}

static inline void bench_compile(bench *b, drip_layers *layers)
{
    drip_error *error = NULL;
    if (drip_compile(layers, &b->program, &error) != DRIP_OK)
        fail_msg("%s", drip_error_text(error));
    drip_error_free(error);
    drip_layers_free(layers);
    assert_int_equal(drip_session_new(b->program, &b->session), DRIP_OK);
}

static inline size_t bench_file(const char *path, char *text, size_t size)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t len = fread(text, 1, size, file);
    fclose(file);
    return len;
}

static inline void close_bench(bench *b)
{
    drip_session_free(b->session);
    drip_program_free(b->program);
    drip_engine_free(b->engine);
    assert_clean(&b->memory);
}

#endif
