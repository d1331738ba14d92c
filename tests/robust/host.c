/* drip: host.c, level 4. A host that is not kind: a thread with a small stack, a locale of its own, an allocator that
 * never gives memory back and looks at what is left in it.
 *
 *     host [-s STACK] [-l LOCALE] [-c CANARY] [-t PATH] [-a CLAIM] POLICY FOLDER [ENCOUNTERS]
 *
 * Prints the results and explanations of the encounters, one a line (and with -a the audits, with -t how many scenarios
 * passed). With -c: after the session is freed no block that was freed may hold the canary, nor any that is
 * still held. Exit status 1: it did, or something could not be done. */
#define _GNU_SOURCE
#include "drip.h"

#include <locale.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct block {
    void *at;
    size_t size;
} block;

typedef struct host {
    const char *policy, *folder, *encounters, *claim, *tests, *canary;
    block *blocks; /* all there ever were */
    size_t n, room;
    bool failed;
} host;

/* Memory is never reused: what was left in it stays to be found. */
static void *keep(void *context, void *ptr, size_t old_size, size_t new_size)
{
    host *h = context;
    if (new_size == 0)
        return NULL;
    if (h->n == h->room) {
        h->room = h->room * 2 + 1024;
        h->blocks = realloc(h->blocks, h->room * sizeof *h->blocks);
    }
    void *made = h->blocks != NULL ? malloc(new_size) : NULL;
    if (made == NULL)
        return NULL;
    memset(made, 0, new_size);
    if (ptr != NULL)
        memcpy(made, ptr, old_size < new_size ? old_size : new_size);
    h->blocks[h->n++] = (block){made, new_size};
    return made;
}

static void look_for_canary(host *h, const char *when)
{
    size_t len = strlen(h->canary), found = 0;
    for (size_t i = 0; i < h->n; i++)
        found += memmem(h->blocks[i].at, h->blocks[i].size, h->canary, len) != NULL;
    if (found > 0)
        printf("%s %zu of %zu blocks hold what was in a record\n", when, found, h->n);
    h->failed = h->failed || found > 0;
}

static char *read_file(const char *path, size_t *len)
{
    FILE *file = fopen(path, "rb");
    enum { MOST = 64 << 20 };
    char *text = file != NULL ? malloc(MOST) : NULL;
    *len = text != NULL ? fread(text, 1, MOST, file) : 0;
    if (file != NULL)
        fclose(file);
    return text;
}

static void tell(const char *what, drip_status status, const char *text, size_t len)
{
    if (status != DRIP_OK)
        printf("%s: %s\n", what, drip_status_name(status));
    else
        printf("%.*s\n", (int)len, text);
}

static void answer(drip_session *session, drip_claims *claims, const char *json, size_t n)
{
    const char *text = NULL;
    size_t len = 0;
    drip_status status = drip_eval(session, json, n);
    if (status != DRIP_OK) {
        printf("%s: %s\n", drip_status_name(status), drip_session_message(session));
        return;
    }
    status = drip_result_json(session, &text, &len);
    tell("result", status, text, len);
    drip_options_explain why = {.struct_size = sizeof why, .why_not = "96366", .json = json, .json_len = n};
    status = drip_explain(session, &why, &text, &len);
    tell("explain", status, text, len);
    why.why_not = NULL;
    status = drip_explain(session, &why, &text, &len);
    tell("explain", status, text, len);
    drip_options_audit beside = {.struct_size = sizeof beside, .json = json, .json_len = n};
    if (claims == NULL)
        return;
    status = drip_audit(session, claims, &beside, &text, &len);
    tell("audit", status, text, len);
}

static void answer_all(host *h, drip_program *program)
{
    size_t len = 0, claim_len = 0;
    char *json = read_file(h->encounters, &len), *claim = NULL;
    drip_claims *claims = NULL;
    drip_session *session = NULL;
    if (h->claim != NULL) {
        claim = read_file(h->claim, &claim_len);
        if (drip_claims_new(program, "claim", claim, claim_len, DRIP_CLAIM_ANY, &claims, NULL) != DRIP_OK)
            h->failed = true;
    }
    if (json == NULL || drip_session_new(program, &session) != DRIP_OK)
        h->failed = true;
    for (const char *at = json; session != NULL && at < json + len;) {
        const char *line = memchr(at, '\n', (size_t)(json + len - at));
        size_t n = line == NULL ? (size_t)(json + len - at) : (size_t)(line - at);
        answer(session, claims, at, n);
        at += n + 1;
    }
    drip_session_free(session);
    drip_claims_free(claims);
    if (h->canary != NULL)
        look_for_canary(h, "session freed:");
    free(json);
    free(claim);
}

static void compile(host *h, drip_engine *engine)
{
    drip_layers *layers = NULL;
    drip_program *program = NULL;
    drip_error *error = NULL;
    if (drip_layers_new(engine, &layers) != DRIP_OK ||
        drip_layers_add_policy_files(layers, h->policy, h->folder, &error) != DRIP_OK ||
        drip_compile(layers, &program, &error) != DRIP_OK) {
        printf("refused: %s", error != NULL ? drip_error_text(error) : "\n");
    } else if (h->encounters != NULL) {
        answer_all(h, program);
    }
    drip_error_free(error);
    drip_program_free(program);
    drip_layers_free(layers);
}

static void run_tests(host *h, drip_engine *engine)
{
    uint32_t passed = 0, failed = 0;
    drip_layers *layers = NULL;
    if (drip_layers_new(engine, &layers) != DRIP_OK ||
        drip_layers_add_tests_files(layers, h->tests, NULL) != DRIP_OK ||
        drip_test(layers, h->folder, NULL, NULL, NULL, &passed, &failed, NULL, NULL) != DRIP_OK)
        h->failed = true;
    drip_layers_free(layers);
    printf("scenarios: %u passed, %u failed\n", passed, failed);
}

static void *live(void *argument)
{
    host *h = argument;
    drip_engine *engine = NULL;
    if (drip_engine_new(h->canary != NULL ? keep : NULL, h, NULL, &engine) != DRIP_OK)
        h->failed = true;
    else if (h->tests != NULL)
        run_tests(h, engine);
    else
        compile(h, engine);
    drip_engine_free(engine);
    return NULL;
}

int main(int argc, char **argv)
{
    host h = {.failed = false};
    size_t stack = 8 << 20;
    pthread_t thread;
    pthread_attr_t small;
    for (int o; (o = getopt(argc, argv, "s:l:c:t:a:")) != -1;)
        switch (o) {
        case 's':
            stack = strtoul(optarg, NULL, 10);
            break;
        case 'l':
            if (setlocale(LC_ALL, optarg) == NULL)
                return fprintf(stderr, "there is no locale %s\n", optarg), 2;
            break;
        case 'c':
            h.canary = optarg;
            break;
        case 't':
            h.tests = optarg;
            break;
        case 'a':
            h.claim = optarg;
            break;
        default:
            return 2;
        }
    if (argc - optind < 2)
        return 2;
    h.policy = argv[optind];
    h.folder = argv[optind + 1];
    h.encounters = argc - optind > 2 ? argv[optind + 2] : NULL;
    if (pthread_attr_init(&small) != 0 || pthread_attr_setstacksize(&small, stack) != 0 ||
        pthread_create(&thread, &small, live, &h) != 0 || pthread_join(thread, NULL) != 0)
        return 2;
    return h.failed;
}
