/* drip: server.c, level 4. One policy for many clients over a Unix socket: a line is an encounter, and is answered by
 * a line, its drip.result/1 or a drip.error/1. The line `reload`, or SIGHUP, compiles the policy anew.
 *
 *   server SOCKET POLICY ROOT [AT_ONCE]
 *
 * A client has a thread, which sleeps in read and write, so a slow one makes nobody wait. To evaluate it takes one of
 * AT_ONCE sessions, and gives it back before it writes. A session that is of an older program than the one in force
 * is made anew; the old program goes with the last session that holds it. A policy with errors is told of, and
 * the old one stays. SIGINT and SIGTERM: nothing more is read, what was read is answered, clients that take too long
 * are cut off. Only its user can open the socket. */
#define _POSIX_C_SOURCE 200809L
#include "drip.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { LINE_BYTES = 1 << 20, CLIENTS_MAX = 256, AT_ONCE_MAX = 64, GRACE_SECONDS = 2 };

typedef struct server {
    drip_engine *engine;
    const char *policy, *root;
    pthread_mutex_t compiling;       /* one at a time: what began last is in force at last */
    pthread_mutex_t lock;            /* of all below */
    pthread_cond_t given_back, gone; /* a session; a client */
    drip_program *program;           /* in force */
    drip_session *idle[AT_ONCE_MAX];
    int n_idle, clients[CLIENTS_MAX], n_clients, listener, stopping;
} server;

typedef struct client {
    server *of;
    int fd;
    FILE *from;
    size_t len; /* of the line; more than it holds: the rest was passed over */
    char line[LINE_BYTES];
} client;

/* ---- the policy */

static drip_status load(server *s, drip_error **error)
{
    drip_layers *layers = NULL;
    drip_program *program = NULL, *old;
    pthread_mutex_lock(&s->compiling);
    drip_status status = drip_layers_new(s->engine, &layers);
    if (status == DRIP_OK)
        status = drip_layers_add_policy_files(layers, s->policy, s->root, error);
    if (status == DRIP_OK)
        status = drip_compile(layers, &program, error);
    drip_layers_free(layers);
    if (status == DRIP_OK) {
        pthread_mutex_lock(&s->lock);
        old = s->program;
        s->program = program;
        pthread_mutex_unlock(&s->lock);
        drip_program_free(old);
    }
    pthread_mutex_unlock(&s->compiling);
    return status;
}

static void put_error(FILE *out, drip_status status, const char *message)
{
    fprintf(out, "{\"format\":\"drip.error/1\",\"status\":\"%s\",\"message\":\"", drip_status_name(status));
    for (const char *c = message; *c != '\0'; c++)
        if ((unsigned char)*c < ' ' || *c == '"' || *c == '\\')
            fprintf(out, "\\u%04x", (unsigned)*c);
        else
            fputc(*c, out);
    fputs("\"}\n", out);
}

static void reload(server *s, FILE *out)
{
    drip_error *error = NULL;
    drip_status status = load(s, &error);
    if (status == DRIP_OK)
        fputs("{\"reloaded\":true}\n", out);
    else
        put_error(out, status, error != NULL ? drip_error_text(error) : "");
    drip_error_free(error);
}

/* ---- answers */

static drip_session *take_session(server *s)
{
    pthread_mutex_lock(&s->lock);
    while (s->n_idle == 0)
        pthread_cond_wait(&s->given_back, &s->lock);
    drip_session *session = s->idle[--s->n_idle];
    drip_program *program = drip_program_ref(s->program);
    pthread_mutex_unlock(&s->lock);
    if (session == NULL || drip_session_program(session) != program) {
        drip_session_free(session);
        session = NULL;
        (void)drip_session_new(program, &session);
    }
    drip_program_free(program); /* the session keeps it */
    return session;
}

static void give_back(server *s, drip_session *session)
{
    pthread_mutex_lock(&s->lock);
    s->idle[s->n_idle++] = session;
    pthread_cond_signal(&s->given_back);
    pthread_mutex_unlock(&s->lock);
}

static void evaluate(client *c, FILE *out)
{
    const char *json = NULL;
    size_t len = 0;
    drip_session *session = take_session(c->of);
    drip_status status = session == NULL ? DRIP_NO_MEMORY : drip_eval(session, c->line, c->len);
    if (status == DRIP_OK)
        status = drip_result_json(session, &json, &len);
    if (status == DRIP_OK)
        fwrite(json, 1, len, out), fputc('\n', out);
    else
        put_error(out, status, session == NULL ? "" : drip_session_message(session));
    give_back(c->of, session);
}

/* ---- clients */

static int read_line(client *c)
{
    int byte;
    for (c->len = 0; (byte = getc_unlocked(c->from)) != EOF && byte != '\n'; c->len++)
        if (c->len < LINE_BYTES)
            c->line[c->len] = (char)byte;
    return c->len > 0 || byte != EOF;
}

static int answer(client *c)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    if (out == NULL)
        return 0;
    if (c->len > LINE_BYTES)
        put_error(out, DRIP_LIMIT, "the line is over 1 MiB");
    else if (c->len == 6 && memcmp(c->line, "reload", 6) == 0)
        reload(c->of, out);
    else
        evaluate(c, out);
    int sent = fclose(out) == 0 && send(c->fd, text, len, MSG_NOSIGNAL) == (ssize_t)len;
    free(text);
    return sent;
}

static void *serve(void *argument)
{
    client *c = argument;
    server *s = c->of;
    while (read_line(c) && answer(c))
        ;
    pthread_mutex_lock(&s->lock); /* nobody shuts down a number that is another's by then */
    for (int i = 0; i < s->n_clients; i++)
        if (s->clients[i] == c->fd)
            s->clients[i] = s->clients[--s->n_clients];
    fclose(c->from);
    free(c);
    pthread_cond_broadcast(&s->gone);
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

static void welcome(server *s, int fd)
{
    client *c = malloc(sizeof *c);
    FILE *from = fdopen(fd, "r");
    pthread_t thread;
    pthread_mutex_lock(&s->lock);
    while (s->n_clients == CLIENTS_MAX)
        pthread_cond_wait(&s->gone, &s->lock);
    int started = c != NULL && from != NULL && !s->stopping;
    if (started) {
        c->of = s, c->fd = fd, c->from = from;
        started = pthread_create(&thread, NULL, serve, c) == 0 && pthread_detach(thread) == 0;
    }
    if (started)
        s->clients[s->n_clients++] = fd;
    pthread_mutex_unlock(&s->lock);
    if (started)
        return;
    free(c);
    from != NULL ? (void)fclose(from) : (void)close(fd);
}

static void *accept_all(void *argument)
{
    server *s = argument;
    for (;;) {
        int fd = accept(s->listener, NULL, NULL);
        if (fd >= 0)
            welcome(s, fd);
        else if (errno == EINVAL) /* it was shut down */
            return NULL;
        else if (errno != ECONNABORTED)
            perror("accept"), sleep(1); /* short of memory or files: some may be given back */
    }
}

/* ---- the server */

static int listen_at(const char *path)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    struct stat old;
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (strlen(path) >= sizeof at.sun_path)
        return errno = ENAMETOOLONG, -1;
    memcpy(at.sun_path, path, strlen(path));
    if (lstat(path, &old) == 0 && S_ISSOCK(old.st_mode))
        unlink(path); /* of a server that was killed */
    umask(077);
    return fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof at) == 0 && listen(fd, 64) == 0 ? fd : -1;
}

static void dismiss(server *s)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += GRACE_SECONDS;
    pthread_mutex_lock(&s->lock);
    s->stopping = 1;
    for (int i = 0; i < s->n_clients; i++)
        shutdown(s->clients[i], SHUT_RD);
    while (s->n_clients > 0 && pthread_cond_timedwait(&s->gone, &s->lock, &until) == 0)
        ;
    for (int i = 0; i < s->n_clients; i++)
        shutdown(s->clients[i], SHUT_RDWR);
    while (s->n_clients > 0) /* evaluations come to their end, by their budget of steps */
        pthread_cond_wait(&s->gone, &s->lock);
    pthread_mutex_unlock(&s->lock);
}

static void run(server *s)
{
    sigset_t signals;
    pthread_t accepting;
    int signal_number = 0;
    sigfillset(&signals);
    pthread_sigmask(SIG_BLOCK, &signals, NULL); /* and so in all threads: main takes them one by one */
    sigemptyset(&signals);
    sigaddset(&signals, SIGHUP), sigaddset(&signals, SIGINT), sigaddset(&signals, SIGTERM);
    if (pthread_create(&accepting, NULL, accept_all, s) != 0)
        return;
    puts("ready"), fflush(stdout);
    while (sigwait(&signals, &signal_number) == 0 && signal_number == SIGHUP)
        reload(s, stderr);
    shutdown(s->listener, SHUT_RDWR); /* accept returns */
    dismiss(s);
    pthread_join(accepting, NULL);
}

int main(int argc, char **argv)
{
    static server s = {.compiling = PTHREAD_MUTEX_INITIALIZER,
                       .lock = PTHREAD_MUTEX_INITIALIZER,
                       .given_back = PTHREAD_COND_INITIALIZER,
                       .gone = PTHREAD_COND_INITIALIZER};
    drip_error *error = NULL;
    char *rest = "";
    long at_once = argc > 4 ? strtol(argv[4], &rest, 10) : 4;
    if (argc < 4 || *rest != '\0' || at_once < 1 || at_once > AT_ONCE_MAX)
        return fputs("server SOCKET POLICY ROOT [AT_ONCE]\n", stderr), 2;
    s.policy = argv[2], s.root = argv[3], s.n_idle = (int)at_once;
    if (drip_engine_new(NULL, NULL, NULL, &s.engine) != DRIP_OK || load(&s, &error) != DRIP_OK)
        return fputs(error != NULL ? drip_error_text(error) : "no memory\n", stderr), 2;
    s.listener = listen_at(argv[1]);
    if (s.listener < 0)
        return perror(argv[1]), 2;
    run(&s);
    unlink(argv[1]);
    close(s.listener);
    for (int i = 0; i < at_once; i++)
        drip_session_free(s.idle[i]);
    drip_program_free(s.program);
    drip_engine_free(s.engine);
    return 0;
}
