/* drip: bench_phases.c, tests. What an evaluation costs inside one process: whole, through drip.h, and phase by
 * phase: reading the record, deciding facts and rules, merging the lines, writing the result. Phases are timed
 * as loops over all encounters that stop after each in turn, so that no clock is read inside one.
 * bench_phases POLICY SEARCH_PATH FILE.ndjson [ROUNDS] */
#include "api.h"
#include "drip.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct corpus {
    char *bytes;
    size_t len, count;
} corpus;

typedef struct timing {
    double all;              /* seconds of the best round */
    unsigned long long fuel; /* of all encounters */
    size_t most_bytes, out_bytes, refused;
} timing;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int load(const char *path, corpus *c)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL || fseek(f, 0, SEEK_END) != 0)
        return 0;
    long size = ftell(f);
    rewind(f);
    c->bytes = size > 0 ? malloc((size_t)size) : NULL;
    c->len = c->bytes != NULL ? fread(c->bytes, 1, (size_t)size, f) : 0;
    fclose(f);
    return c->len > 0;
}

/* One pass over all encounters. */
static void pass(drip_session *s, corpus *c, timing *t)
{
    const char *json = NULL;
    size_t len = 0;
    t->fuel = 0;
    t->out_bytes = t->refused = c->count = 0;
    double start = now();
    for (char *at = c->bytes, *end = at + c->len; at < end;) {
        char *newline = memchr(at, '\n', (size_t)(end - at));
        size_t n = newline != NULL ? (size_t)(newline - at) : (size_t)(end - at);
        drip_status status = drip_eval(s, at, n);
        if (status == DRIP_OK)
            status = drip_result_json(s, &json, &len);
        if (status == DRIP_OK)
            t->out_bytes += len;
        else
            t->refused++;
        t->fuel += drip_session_fuel_used(s);
        size_t used = drip_session_bytes_used(s);
        t->most_bytes = used > t->most_bytes ? used : t->most_bytes;
        c->count++;
        at += n + 1;
    }
    double all = now() - start;
    if (all < t->all)
        t->all = all;
}

/* Seconds for all encounters, stopping after phase `last`: 0 read, 1 decide, 2 merge, 3 write. */
static double stop_after(drip_session *session, const corpus *c, int last)
{
    dr_session *s = &session->s;
    double start = now();
    for (const char *at = c->bytes, *end = at + c->len; at < end;) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        size_t n = newline != NULL ? (size_t)(newline - at) : (size_t)(end - at);
        dr_session_reset(s);
        dr_status status = dr_read_encounter(s, at, n);
        if (status == DR_OK && last >= 1)
            status = dr_evaluate(s);
        if (status == DR_OK && last >= 2)
            status = dr_outcome_make(s, &session->outcome);
        dr_buf_clear(&session->json);
        if (status == DR_OK && last >= 3)
            (void)dr_outcome_json(s, &session->outcome, &session->json);
        at += n + 1;
    }
    return now() - start;
}

static void phases(drip_session *session, const corpus *c, long rounds)
{
    static const char *const names[] = {"read the record", "decide facts and rules", "merge and sort lines", "write the result"};
    double best[4] = {1e9, 1e9, 1e9, 1e9};
    for (long i = 0; i < rounds; i++) /* in turn, so that a slow second of the machine meets all phases */
        for (int last = 0; last < 4; last++) {
            double took = stop_after(session, c, last);
            best[last] = took < best[last] ? took : best[last];
        }
    for (int last = 0; last < 4; last++)
        printf("  %-34s %21s  %8.0f ns each\n", names[last], "",
               (best[last] - (last > 0 ? best[last - 1] : 0)) / (double)c->count * 1e9);
}

static void report(const corpus *c, const timing *t)
{
    double n = (double)c->count;
    printf("  %-34s %10.0f encounters/s  %8.0f ns each\n", "JSON to JSON", n / t->all, t->all / n * 1e9);
    printf("  %.0f bytes in, %.0f out, %.0f steps an encounter; at most %zu bytes of memory; %zu refused\n",
           (double)c->len / n, (double)t->out_bytes / n, (double)t->fuel / n, t->most_bytes, t->refused);
}

static drip_program *compile(drip_engine *engine, const char *policy, const char *path)
{
    drip_layers *layers = NULL;
    drip_program *program = NULL;
    drip_error *error = NULL;
    if (drip_layers_new(engine, &layers) == DRIP_OK &&
        drip_layers_add_policy_files(layers, policy, path, &error) == DRIP_OK)
        (void)drip_compile(layers, &program, &error);
    if (program == NULL && error != NULL)
        fputs(drip_error_text(error), stderr);
    drip_error_free(error);
    drip_layers_free(layers);
    return program;
}

int main(int argc, char **argv)
{
    corpus c = {NULL, 0, 0};
    timing t = {1e9, 0, 0, 0, 0};
    drip_engine *engine = NULL;
    drip_session *session = NULL;
    long rounds = argc > 4 ? strtol(argv[4], NULL, 10) : 5;
    if (argc < 4 || !load(argv[3], &c) || drip_engine_new(NULL, NULL, NULL, &engine) != DRIP_OK) {
        fputs("usage: bench_phases POLICY SEARCH_PATH FILE.ndjson [ROUNDS]\n", stderr);
        return 2;
    }
    double start = now();
    drip_program *program = compile(engine, argv[1], argv[2]);
    double compiled = now() - start;
    if (program == NULL || drip_session_new(program, &session) != DRIP_OK)
        return 2;
    for (long i = 0; i < rounds; i++)
        pass(session, &c, &t);
    printf("  %-34s %21s  %8.1f ms\n", "compile the policy", "", compiled * 1e3);
    phases(session, &c, rounds);
    report(&c, &t);
    drip_session_free(session);
    drip_program_free(program);
    drip_engine_free(engine);
    free(c.bytes);
    return 0;
}
