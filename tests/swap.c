/* drip: swap.c. Many threads evaluate under one shared program, while another thread compiles policies anew and puts
 * them in force.
 *
 *   swap POLICY ROOT FILE THREADS EVALUATIONS [PARAM VALUE]
 *
 * Two programs take turns: the policy as it is, and with PARAM set to VALUE; without a PARAM there is one, that stays.
 * Each is compiled beforehand, too, and what it answers to the lines of FILE is what every later program of the same
 * digest must answer, byte for byte. A worker takes a reference to the program in force at each of its lines, so that the last reference of most programs is dropped
 * by a worker. All memory is counted: what was allocated must have been freed, in pieces of the same size, when all is
 * freed. Exit status 0 if all that held. */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drip.h"

enum { LINES_MAX = 4096, THREADS_MAX = 256, KINDS = 2, SWAPS = 4 /* at least */ };

typedef struct run {
    drip_engine *engine;
    const char *policy, *root, *param, *value;
    char *lines[LINES_MAX], *answers[KINDS][LINES_MAX];
    char digest[KINDS][80];
    size_t len[LINES_MAX];
    unsigned n_lines, n_threads, n_kinds;
    uint64_t wanted, begun, right[KINDS], wrong, swaps; /* but for `wanted` by atomic operations */
    int64_t bytes;                                      /* held now */
    pthread_mutex_t lock;
    drip_program *program; /* in force; under lock */
} run;

static void *counting(void *context, void *ptr, size_t old_size, size_t new_size)
{
    run *r = context;
    void *got = NULL;
    if (new_size == 0)
        free(ptr);
    else if ((got = realloc(ptr, new_size)) == NULL)
        return NULL;
    __atomic_add_fetch(&r->bytes, (int64_t)new_size - (int64_t)(ptr == NULL ? 0 : old_size),
                       __ATOMIC_RELAXED);
    return got;
}

static void fail(const char *what, drip_error *error)
{
    fprintf(stderr, "%s\n%s", what, error != NULL ? drip_error_text(error) : "");
    exit(1);
}

static drip_program *compile(run *r, unsigned kind)
{
    drip_layers *layers = NULL;
    drip_program *program = NULL;
    drip_error *error = NULL;
    if (drip_layers_new(r->engine, &layers) != DRIP_OK ||
        drip_layers_add_policy_files(layers, r->policy, r->root, &error) != DRIP_OK ||
        (kind == 1 && drip_layers_set(layers, r->param, r->value, &error) != DRIP_OK) ||
        drip_compile(layers, &program, &error) != DRIP_OK)
        fail("a policy was not compiled", error);
    drip_error_free(error);
    drip_layers_free(layers);
    return program;
}

static drip_session *session_of(drip_program *program)
{
    drip_session *session = NULL;
    if (drip_session_new(program, &session) != DRIP_OK)
        fail("no session", NULL);
    return session;
}

/* The answer to a line: its result or why it is refused. Borrowed from the session. */
static const char *answer(drip_session *session, const run *r, unsigned line, size_t *len)
{
    const char *text = NULL;
    if (drip_eval(session, r->lines[line], r->len[line]) != DRIP_OK)
        text = drip_session_message(session), *len = strlen(text);
    else if (drip_result_json(session, &text, len) != DRIP_OK)
        fail("no result", NULL);
    return text;
}

/* ---- what must come */

static void read_lines(run *r, const char *path)
{
    FILE *file = fopen(path, "r");
    size_t size = 0;
    ssize_t len;
    while (file != NULL && r->n_lines < LINES_MAX &&
           (len = getline(&r->lines[r->n_lines], &size, file)) > 0) {
        r->len[r->n_lines++] = (size_t)len;
        size = 0;
    }
    if (file == NULL || r->n_lines == 0)
        fail("there are no encounters", NULL);
    fclose(file);
}

static void expect(run *r, unsigned kind)
{
    drip_program *program = compile(r, kind);
    drip_session *session = session_of(program);
    snprintf(r->digest[kind], sizeof r->digest[kind], "%s", drip_program_digest(program));
    for (unsigned i = 0; i < r->n_lines; i++) {
        size_t len = 0;
        const char *text = answer(session, r, i, &len);
        r->answers[kind][i] = strndup(text, len);
    }
    drip_session_free(session);
    drip_program_free(program);
}

/* ---- the threads */

static bool is_right(run *r, drip_session *session, unsigned line, unsigned *kind)
{
    const char *digest = drip_program_digest(drip_session_program(session));
    for (*kind = 0; *kind < KINDS; ++*kind)
        if (strcmp(digest, r->digest[*kind]) == 0) {
            size_t len = 0;
            const char *text = answer(session, r, line, &len), *want = r->answers[*kind][line];
            return len == strlen(want) && memcmp(text, want, len) == 0;
        }
    return false;
}

static bool goes_on(run *r, uint64_t begun)
{
    return begun < r->wanted || (r->n_kinds > 1 && __atomic_load_n(&r->swaps, __ATOMIC_RELAXED) < SWAPS);
}

static void *work(void *argument)
{
    run *r = argument;
    drip_session *session = NULL;
    for (uint64_t n; goes_on(r, n = __atomic_fetch_add(&r->begun, 1, __ATOMIC_RELAXED));) {
        unsigned kind = 0;
        pthread_mutex_lock(&r->lock);
        drip_program *program = drip_program_ref(r->program);
        pthread_mutex_unlock(&r->lock);
        if (session == NULL || drip_session_program(session) != program) {
            drip_session_free(session);
            session = session_of(program);
        }
        drip_program_free(program);
        bool right = is_right(r, session, (unsigned)(n % r->n_lines), &kind);
        __atomic_add_fetch(right ? &r->right[kind] : &r->wrong, 1, __ATOMIC_RELAXED);
    }
    drip_session_free(session);
    return NULL;
}

static void *swap(void *argument)
{
    run *r = argument;
    for (unsigned kind = 1; goes_on(r, __atomic_load_n(&r->begun, __ATOMIC_RELAXED)); kind = !kind) {
        drip_program *program = compile(r, kind);
        pthread_mutex_lock(&r->lock);
        drip_program *old = r->program;
        r->program = program;
        pthread_mutex_unlock(&r->lock);
        drip_program_free(old);
        __atomic_add_fetch(&r->swaps, 1, __ATOMIC_RELAXED);
    }
    return NULL;
}

static void run_all(run *r)
{
    pthread_t threads[THREADS_MAX], swapping;
    r->program = compile(r, 0);
    for (unsigned i = 0; i < r->n_threads; i++)
        if (pthread_create(&threads[i], NULL, work, r) != 0)
            fail("no thread", NULL);
    if (r->n_kinds > 1 && pthread_create(&swapping, NULL, swap, r) != 0)
        fail("no thread", NULL);
    for (unsigned i = 0; i < r->n_threads; i++)
        pthread_join(threads[i], NULL);
    if (r->n_kinds > 1)
        pthread_join(swapping, NULL);
    drip_program_free(r->program);
}

/* What comes behind the name and the digest of the program. */
static const char *lines_of(const char *answer)
{
    const char *lines = strstr(answer, "\"lines\"");
    return lines == NULL ? "" : lines;
}

static unsigned differing(const run *r)
{
    unsigned n = 0;
    for (unsigned i = 0; i < r->n_lines; i++)
        n += strcmp(lines_of(r->answers[0][i]), lines_of(r->answers[1][i])) != 0;
    return n;
}

int main(int argc, char **argv)
{
    static run r = {.lock = PTHREAD_MUTEX_INITIALIZER};
    if ((argc != 6 && argc != 8) || (r.n_threads = (unsigned)strtoul(argv[4], NULL, 10)) > THREADS_MAX)
        fail("swap POLICY ROOT FILE THREADS EVALUATIONS [PARAM VALUE]", NULL);
    r.policy = argv[1], r.root = argv[2], r.n_kinds = argc == 8 ? 2 : 1;
    if (r.n_kinds > 1)
        r.param = argv[6], r.value = argv[7];
    r.wanted = strtoull(argv[5], NULL, 10);
    if (drip_engine_new(counting, &r, NULL, &r.engine) != DRIP_OK)
        fail("no engine", NULL);
    read_lines(&r, argv[3]);
    for (unsigned kind = 0; kind < r.n_kinds; kind++)
        expect(&r, kind);
    run_all(&r);
    drip_engine_free(r.engine);

    uint64_t right = r.right[0] + r.right[1];
    unsigned differ = r.n_kinds > 1 ? differing(&r) : 0;
    bool good = r.wrong == 0 && right >= r.wanted && r.bytes == 0;
    if (r.n_kinds > 1) /* it can be told which is which, and both were in force */
        good = good && differ > 0 && r.right[0] > 0 && r.right[1] > 0 && r.swaps >= SWAPS;
    printf("%u threads: %llu equal answers, of these %llu under the other policy; %llu differ; %llu swaps; "
           "%u of %u lines "
           "are answered otherwise under it; %lld bytes left\n",
           r.n_threads, (unsigned long long)right, (unsigned long long)r.right[1],
           (unsigned long long)r.wrong, (unsigned long long)r.swaps, differ, r.n_lines, (long long)r.bytes);
    return good ? 0 : 1;
}
