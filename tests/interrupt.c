/* drip: interrupt.c. A session is interrupted from another thread, again and again, at a point that moves through
 * the evaluation; then it answers as it did before.
 *
 *   interrupt POLICY ROOT FILE ROUNDS     FILE: a short encounter on the first line, a long one on the second
 *
 * Says how long it took until an interrupt was obeyed, in processor time of the evaluating thread: what other
 * programs take meanwhile does not count. Ends with "N passed, N failed": one for each round, passed if
 * the long encounter was interrupted or came to its end, and the short one is answered to the same bytes. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "drip.h"

typedef struct line {
    char *text;
    size_t size;
    ssize_t len;
} line;

typedef struct round {
    drip_session *session;
    clockid_t clock; /* of the evaluating thread */
    uint64_t at;     /* its nanoseconds at which to interrupt it, and at which that was done */
    uint64_t sent;
    int ended; /* it came to its end before that */
} round;

static uint64_t now(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void *interrupt(void *argument)
{
    round *r = argument;
    const struct timespec wait = {0, 20000};
    while (now(r->clock) < r->at && __atomic_load_n(&r->ended, __ATOMIC_RELAXED) == 0)
        nanosleep(&wait, NULL);
    r->sent = now(r->clock);
    drip_session_interrupt(r->session);
    return NULL;
}

static char *answer(drip_session *session, const line *of)
{
    const char *json = NULL;
    size_t len = 0;
    drip_status status = drip_eval(session, of->text, (size_t)of->len);
    if (status == DRIP_INTERRUPTED) /* it came after the long one had ended */
        status = drip_eval(session, of->text, (size_t)of->len);
    if (status != DRIP_OK || drip_result_json(session, &json, &len) != DRIP_OK)
        return NULL;
    return strndup(json, len);
}

static int by_size(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static drip_session *open_session(const char *policy, const char *root)
{
    drip_engine *engine = NULL;
    drip_layers *layers = NULL;
    drip_program *program = NULL;
    drip_session *session = NULL;
    drip_error *error = NULL;
    if (drip_engine_new(NULL, NULL, NULL, &engine) != DRIP_OK ||
        drip_layers_new(engine, &layers) != DRIP_OK ||
        drip_layers_add_policy_files(layers, policy, root, &error) != DRIP_OK ||
        drip_compile(layers, &program, &error) != DRIP_OK || drip_session_new(program, &session) != DRIP_OK) {
        fprintf(stderr, "%s\n", error != NULL ? drip_error_text(error) : "no session");
        exit(2);
    }
    return session;
}

int main(int argc, char **argv)
{
    line lines[2] = {{0}};
    FILE *file = argc == 5 ? fopen(argv[3], "r") : NULL;
    unsigned rounds = argc == 5 ? (unsigned)strtoul(argv[4], NULL, 10) : 0, passed = 0, stopped = 0;
    uint64_t *took = calloc(rounds + 1, sizeof *took), long_ones = 0;
    for (int i = 0; i < 2; i++)
        if (file == NULL || took == NULL ||
            (lines[i].len = getline(&lines[i].text, &lines[i].size, file)) <= 0)
            return 2;
    drip_session *session = open_session(argv[1], argv[2]);
    char *want = answer(session, &lines[0]);
    clockid_t clock;
    pthread_getcpuclockid(pthread_self(), &clock);
    uint64_t began = now(clock);
    if (want == NULL || drip_eval(session, lines[1].text, (size_t)lines[1].len) != DRIP_OK)
        return 2;
    long_ones = now(clock) - began;
    for (unsigned i = 0; i < rounds; i++) {
        pthread_t thread;
        round r = {session, clock, now(clock) + long_ones * i / rounds, 0, 0};
        pthread_create(&thread, NULL, interrupt, &r);
        drip_status status = drip_eval(session, lines[1].text, (size_t)lines[1].len);
        uint64_t ended = now(clock);
        __atomic_store_n(&r.ended, 1, __ATOMIC_RELAXED);
        pthread_join(thread, NULL);
        if (status == DRIP_INTERRUPTED)
            took[stopped++] = ended > r.sent ? ended - r.sent : 0;
        char *got = answer(session, &lines[0]);
        passed += (status == DRIP_INTERRUPTED || status == DRIP_OK) && got != NULL && strcmp(got, want) == 0;
        free(got);
    }
    qsort(took, stopped, sizeof *took, by_size);
    printf("an evaluation of %.1f ms, interrupted %u times: half of them obeyed within %.3f ms, 99 %% within "
           "%.3f ms, all within %.3f ms\n",
           (double)long_ones / 1e6, stopped, (double)took[stopped / 2] / 1e6,
           (double)took[stopped * 99 / 100] / 1e6, (double)took[stopped > 0 ? stopped - 1 : 0] / 1e6);
    printf("%u passed, %u failed\n", passed + (stopped > rounds / 4),
           rounds - passed + (stopped <= rounds / 4));
    return passed == rounds && stopped > rounds / 4 ? 0 : 1;
}
