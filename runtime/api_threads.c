/* drip: api_threads.c, level 3. Work shared between threads: the one place of the library that makes any, and
 * only where its caller was asked for more than one. */
#include "api_test.h"

#include <pthread.h>
#include <signal.h>

typedef struct sharing {
    uint32_t next, count; /* the next task is taken with an atomic addition */
    dr_task_fn task;
    void *context;
} sharing;

static void *take_tasks(void *argument)
{
    sharing *s = argument;
    for (;;) {
        uint32_t at = __atomic_fetch_add(&s->next, 1, __ATOMIC_RELAXED);
        if (at >= s->count)
            return NULL;
        s->task(s->context, at);
    }
}

/* Signals stay with the threads of the host. */
static bool start(pthread_t *thread, sharing *s)
{
    enum { STACK = 8 << 20 };
    pthread_attr_t attributes;
    sigset_t all, before;
    if (pthread_attr_init(&attributes) != 0)
        return false;
    sigfillset(&all);
    bool started = pthread_attr_setstacksize(&attributes, STACK) == 0 &&
                   pthread_sigmask(SIG_SETMASK, &all, &before) == 0;
    if (started) {
        started = pthread_create(thread, &attributes, take_tasks, s) == 0;
        pthread_sigmask(SIG_SETMASK, &before, NULL);
    }
    pthread_attr_destroy(&attributes);
    return started;
}

void dr_api_share(uint32_t count, uint32_t jobs, dr_task_fn task, void *context)
{
    enum { THREADS_MAX = 256 };
    pthread_t threads[THREADS_MAX];
    uint32_t n = 0;
    sharing s = {0, count, task, context};
    jobs = jobs < count ? jobs : count;
    while (n + 1 < jobs && n < THREADS_MAX && start(&threads[n], &s)) /* fewer do the same work */
        n++;
    take_tasks(&s);
    for (uint32_t i = 0; i < n; i++)
        pthread_join(threads[i], NULL);
}
