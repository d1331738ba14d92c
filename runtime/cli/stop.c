/* drip: stop.c, level 4. The first signal ends a run cleanly; the second ends the process at once.
 *
 * There is no handler, so nothing has to be safe in one: the signals are blocked in every thread and read from a
 * descriptor by a thread that does nothing else. When the first has come it notes that, wakes those who wait, and
 * no longer blocks them itself: the next does what it does to any process. A signal that is ignored, as behind
 * nohup, stays ignored. */
#include "cli.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

static void await_end(cli_stop *s)
{
    struct pollfd at = {.fd = s->over, .events = POLLIN};
    while (poll(&at, 1, -1) < 0 && errno == EINTR)
        ;
}

static void *watch(void *argument)
{
    cli_stop *s = argument;
    struct pollfd at[] = {{.fd = s->over, .events = POLLIN}, {.fd = s->in, .events = POLLIN}};
    struct signalfd_siginfo what;
    const uint64_t one = 1;
    while (poll(at, 2, -1) < 0 && errno == EINTR)
        ;
    if (at[0].revents != 0 || read(s->in, &what, sizeof what) != (ssize_t)sizeof what)
        return NULL;
    __atomic_store_n(&s->signal, (int)what.ssi_signo, __ATOMIC_SEQ_CST);
    (void)!write(s->told, &one, sizeof one);
    pthread_sigmask(SIG_UNBLOCK, &s->signals, NULL);
    pthread_mutex_lock(&s->lock);
    if (s->wake != NULL)
        s->wake(s->context);
    pthread_mutex_unlock(&s->lock);
    await_end(s);
    return NULL;
}

static void choose_signals(sigset_t *set)
{
    static const int all[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction is;
    sigemptyset(set);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (sigaction(all[i], NULL, &is) == 0 && is.sa_handler == SIG_DFL)
            sigaddset(set, all[i]);
}

static void close_all(cli_stop *s)
{
    const int all[] = {s->in, s->over, s->told};
    for (size_t i = 0; i < 3; i++)
        if (all[i] >= 0)
            close(all[i]);
    pthread_mutex_destroy(&s->lock);
}

bool cli_stop_begin(cli_stop *s)
{
    *s = (cli_stop){0};
    choose_signals(&s->signals);
    s->in = signalfd(-1, &s->signals, SFD_CLOEXEC | SFD_NONBLOCK);
    s->over = eventfd(0, EFD_CLOEXEC);
    s->told = eventfd(0, EFD_CLOEXEC);
    pthread_mutex_init(&s->lock, NULL);
    pthread_sigmask(SIG_BLOCK, &s->signals, NULL);
    if (s->in >= 0 && s->over >= 0 && s->told >= 0 && pthread_create(&s->thread, NULL, watch, s) == 0)
        return true;
    pthread_sigmask(SIG_UNBLOCK, &s->signals, NULL);
    close_all(s);
    return false;
}

void cli_stop_on(cli_stop *s, void (*wake)(void *), void *context)
{
    if (s == NULL)
        return;
    pthread_mutex_lock(&s->lock);
    s->wake = wake;
    s->context = context;
    pthread_mutex_unlock(&s->lock);
}

int cli_stopped(const cli_stop *s)
{
    return s != NULL ? __atomic_load_n(&s->signal, __ATOMIC_SEQ_CST) : 0;
}

bool cli_stop_wait(const cli_stop *s, int fd)
{
    if (s == NULL)
        return true;
    struct pollfd at[] = {{.fd = fd, .events = POLLIN}, {.fd = s->told, .events = POLLIN}};
    while (poll(at, 2, -1) < 0 && errno == EINTR)
        ;
    return cli_stopped(s) == 0;
}

void cli_stop_end(cli_stop *s)
{
    const uint64_t one = 1;
    (void)!write(s->over, &one, sizeof one);
    pthread_join(s->thread, NULL);
    close_all(s); /* one that comes from here on takes effect with the unblocking */
    pthread_sigmask(SIG_UNBLOCK, &s->signals, NULL);
}
