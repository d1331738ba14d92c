/* drip: ring.c, level 4. Many threads, one order: what is written does not depend on how many there are.
 *
 *   reader (the calling thread) -> batches, in a ring -> workers, a session each -> the same batches -> writer
 *
 * A batch is some dozens of encounters with room for all that is said about them, on either output, in the order in
 * which it was said. There are a few more batches than workers, and that is all the memory there is: where the
 * output stands still, the batches fill up and the reader waits. The writer takes them in the order of the input.
 *
 * A batch's number tells its place: of all batches, `filled` were handed over, `taken` are or were worked on, all
 * before `evaluated` are done, and all before `written` can be filled again. Where the run is stopped or the output
 * fails, workers leave what they have not begun; the writer ends before the first encounter left out. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FULL = 64 * 1024, MOST = 256, SPARE = 2, KEEP = 1024 * 1024, STACK = 8 << 20 };
enum { ERRORS = -2 }; /* the file for refusals, where a descriptor is wanted */

typedef struct text {
    char *bytes;
    size_t len, size;
} text;

typedef struct part { /* what goes to one place, up to the next */
    int fd;
    size_t end; /* in said */
} part;

typedef struct batch {
    text read, said, parts; /* parts holds structs part */
    cli_item items[MOST];   /* texts lie in read, at the offsets of starts */
    size_t starts[MOST];
    size_t n, done;
    cli_tally tally;
    bool ready;
    bool lost; /* there was no memory for what was said */
} batch;

typedef struct worker {
    struct ring *ring;
    pthread_t thread;
    cli_job job;
    uint64_t number; /* of the batch it works on */
    batch *at;
} worker;

typedef struct ring {
    cli_course *run;
    pthread_mutex_t lock;
    pthread_cond_t to_fill, to_take, to_write;
    uint64_t filled, taken, evaluated, written;
    bool ended;  /* nothing more will be filled */
    bool halted; /* nothing more is evaluated or written */
    size_t n_batches, n_workers;
    batch *batches;
    worker *workers;
    batch *filling;       /* the reader's; NULL: it has none */
    bool no_memory, lost; /* the reader had none; a worker had none */
} ring;

/* ---- a batch */

static bool append(text *to, const void *bytes, size_t len)
{
    if (to->size - to->len < len) {
        size_t size = (to->size + len) * 2;
        char *grown = realloc(to->bytes, size);
        if (grown == NULL)
            return false;
        to->bytes = grown;
        to->size = size;
    }
    memcpy(to->bytes + to->len, bytes, len);
    to->len += len;
    return true;
}

/* Emptied; one that a large encounter has blown up is given back. */
static void empty(text *of)
{
    of->len = 0;
    if (of->size <= KEEP)
        return;
    free(of->bytes);
    *of = (text){0};
}

static bool keep_said(void *context, int fd, const char *bytes, size_t len)
{
    batch *b = ((worker *)context)->at;
    if (b == NULL) /* it is being opened: the one who opens it says why not */
        return true;
    size_t n = b->parts.len / sizeof(part);
    part *last = n > 0 ? (part *)(void *)b->parts.bytes + n - 1 : NULL;
    if (!append(&b->said, bytes, len))
        return false;
    if (last != NULL && last->fd == fd)
        last->end = b->said.len;
    else
        return append(&b->parts, &(part){fd, b->said.len}, sizeof(part));
    return true;
}

/* ---- the reader */

static batch *slot(ring *r, uint64_t number)
{
    return &r->batches[number % r->n_batches];
}

static bool stopping(const ring *r)
{
    return __atomic_load_n(&r->halted, __ATOMIC_RELAXED) || cli_stopped(r->run->stop) != 0;
}

static void hand_over(ring *r)
{
    if (r->filling == NULL)
        return;
    r->filling = NULL;
    pthread_mutex_lock(&r->lock);
    r->filled++;
    pthread_cond_signal(&r->to_take);
    pthread_mutex_unlock(&r->lock);
}

/* False: the run was stopped while all were in use. */
static bool find_room(ring *r)
{
    if (r->filling != NULL)
        return true;
    pthread_mutex_lock(&r->lock);
    while (r->filled - r->written == r->n_batches && !stopping(r))
        pthread_cond_wait(&r->to_fill, &r->lock);
    if (r->filled - r->written < r->n_batches && !stopping(r))
        r->filling = slot(r, r->filled);
    pthread_mutex_unlock(&r->lock);
    return r->filling != NULL;
}

static bool put(ring *r, const cli_item *item)
{
    if (!find_room(r))
        return false;
    batch *b = r->filling;
    b->starts[b->n] = b->read.len;
    r->no_memory = !append(&b->read, item->text, item->len) || !append(&b->read, "", 1);
    if (r->no_memory)
        return false;
    b->items[b->n++] = *item;
    r->run->next = item->number + (item->is != CLI_ITEM_NOTE);
    if (b->n == MOST || b->read.len >= FULL)
        hand_over(r);
    return true;
}

static bool wait_to_read(void *context, int fd)
{
    ring *r = context;
    hand_over(r);
    return cli_stop_wait(r->run->stop, fd);
}

static void read_all(ring *r)
{
    cli_item item;
    r->run->feed.wait = wait_to_read;
    r->run->feed.context = r;
    while (!stopping(r) && cli_feed_next(&r->run->feed, &item) && put(r, &item))
        ;
    hand_over(r);
    pthread_mutex_lock(&r->lock);
    r->ended = true;
    pthread_cond_broadcast(&r->to_take);
    pthread_cond_broadcast(&r->to_write);
    pthread_mutex_unlock(&r->lock);
}

/* ---- the workers */

static void await_turn(void *context)
{
    worker *w = context;
    ring *r = w->ring;
    pthread_mutex_lock(&r->lock);
    while (r->evaluated != w->number)
        pthread_cond_wait(&r->to_write, &r->lock);
    pthread_mutex_unlock(&r->lock);
}

static batch *take(worker *w)
{
    ring *r = w->ring;
    pthread_mutex_lock(&r->lock);
    while (r->taken == r->filled && !r->ended)
        pthread_cond_wait(&r->to_take, &r->lock);
    w->at = NULL;
    if (r->taken < r->filled) {
        w->number = r->taken++;
        w->at = slot(r, w->number);
    }
    pthread_mutex_unlock(&r->lock);
    return w->at;
}

static void finish(worker *w)
{
    ring *r = w->ring;
    pthread_mutex_lock(&r->lock);
    w->at->ready = true;
    while (r->evaluated < r->taken && slot(r, r->evaluated)->ready)
        r->evaluated++;
    pthread_cond_broadcast(&r->to_write);
    pthread_mutex_unlock(&r->lock);
}

static void *work(void *argument)
{
    worker *w = argument;
    for (batch *b; (b = take(w)) != NULL; finish(w)) {
        for (; b->done < b->n && !stopping(w->ring); b->done++) {
            cli_item *item = &b->items[b->done];
            item->text = b->read.bytes + b->starts[b->done];
            if (!cli_job_do(&w->job, item, &b->tally))
                break;
        }
        cli_flush(w->job.c);
        b->lost = w->job.c->error != 0;
        if (w->job.errors != NULL) {
            cli_flush(w->job.errors);
            b->lost = b->lost || w->job.errors->error != 0;
        }
    }
    return NULL;
}

/* ---- the writer */

static void add_tally(cli_tally *to, const cli_tally *of)
{
    to->evaluated += of->evaluated;
    to->refused += of->refused;
    to->worst = of->worst > to->worst ? of->worst : to->worst;
}

static void write_batch(ring *r, const batch *b)
{
    cli_course *run = r->run;
    const part *parts = (const part *)(const void *)b->parts.bytes;
    size_t at = 0, n = b->parts.len / sizeof *parts;
    for (size_t i = 0; i < n && run->job->c->error == 0; at = parts[i++].end) {
        const char *bytes = b->said.bytes + at;
        size_t len = parts[i].end - at;
        if (parts[i].fd == ERRORS)
            cli_bytes(run->job->errors, bytes, len);
        else if (parts[i].fd == STDERR_FILENO)
            cli_error_bytes(run->job->c, bytes, len);
        else
            cli_bytes(run->job->c, bytes, len);
    }
    add_tally(&run->tally, &b->tally);
    cli_progress_step(run->job->c, &run->progress, run->tally.evaluated + run->tally.refused,
                      __atomic_load_n(&run->feed.bytes, __ATOMIC_RELAXED));
}

static bool output_failed(const cli_course *run)
{
    return run->job->c->error != 0 || (run->job->errors != NULL && run->job->errors->error != 0);
}

/* Waits for the next batch; what was written so far is seen meanwhile. */
static batch *next_to_write(ring *r)
{
    pthread_mutex_lock(&r->lock);
    if (r->written == r->evaluated) {
        pthread_mutex_unlock(&r->lock);
        cli_flush(r->run->job->c);
        pthread_mutex_lock(&r->lock);
    }
    while (r->written == r->evaluated && !(r->ended && r->written == r->filled))
        pthread_cond_wait(&r->to_write, &r->lock);
    batch *b = r->written < r->evaluated ? slot(r, r->written) : NULL;
    pthread_mutex_unlock(&r->lock);
    return b;
}

/* Ready to be filled again. */
static void give_back(ring *r, batch *b, bool halts)
{
    empty(&b->read);
    empty(&b->said);
    empty(&b->parts);
    b->n = b->done = 0;
    b->tally = (cli_tally){0};
    pthread_mutex_lock(&r->lock);
    if (halts)
        __atomic_store_n(&r->halted, true, __ATOMIC_RELAXED);
    b->ready = b->lost = false;
    r->written++;
    pthread_cond_signal(&r->to_fill);
    pthread_mutex_unlock(&r->lock);
}

static void *write_all(void *argument)
{
    ring *r = argument;
    uint64_t left = 0; /* the first encounter left out */
    for (batch *b; (b = next_to_write(r)) != NULL;) {
        if (left == 0 && b->lost) {
            r->lost = true;
            left = b->items[0].number;
        } else if (left == 0) {
            write_batch(r, b);
            left = b->done < b->n ? b->items[b->done].number : 0;
        }
        give_back(r, b, left != 0 || output_failed(r->run));
    }
    if (left != 0) /* the reader is through: it says so before the last batch can be taken */
        r->run->next = left;
    return NULL;
}

/* ---- all of them */

static void wake(void *context)
{
    ring *r = context;
    pthread_mutex_lock(&r->lock);
    pthread_cond_broadcast(&r->to_fill);
    pthread_mutex_unlock(&r->lock);
    for (size_t i = 0; i < r->n_workers; i++) {
        drip_session *session = __atomic_load_n(&r->workers[i].job.session, __ATOMIC_ACQUIRE);
        if (session != NULL)
            drip_session_interrupt(session);
    }
}

static cli *output_to_batch(const cli *like, worker *w, int fd)
{
    cli *made = cli_like(like, fd);
    if (made != NULL) {
        made->colour = like->colour;
        made->sink = keep_said;
        made->sink_context = w;
    }
    return made;
}

static void close_worker(worker *w)
{
    cli_job_close(&w->job);
    free(w->job.c);
    free(w->job.errors);
}

static bool open_worker(ring *r, worker *w)
{
    const cli_job *job = r->run->job;
    *w = (worker){.ring = r, .job = *job};
    w->job.session = NULL;
    w->job.sessions = NULL;
    w->job.turn = await_turn;
    w->job.turn_context = w;
    w->job.c = output_to_batch(job->c, w, STDOUT_FILENO);
    w->job.errors = job->errors != NULL ? output_to_batch(job->c, w, ERRORS) : NULL;
    if (w->job.c != NULL && (job->errors == NULL || w->job.errors != NULL) && cli_job_open(&w->job))
        return true;
    close_worker(w);
    return false;
}

static bool start(pthread_t *thread, void *(*what)(void *), void *argument)
{
    pthread_attr_t attributes;
    if (pthread_attr_init(&attributes) != 0)
        return false;
    bool started = pthread_attr_setstacksize(&attributes, STACK) == 0 &&
                   pthread_create(thread, &attributes, what, argument) == 0;
    pthread_attr_destroy(&attributes);
    return started;
}

/* As many as can be had; fewer do the same work. */
static void start_workers(ring *r, uint64_t jobs)
{
    while (r->n_workers < jobs) {
        worker *w = &r->workers[r->n_workers];
        if (!open_worker(r, w))
            return;
        if (!start(&w->thread, work, w)) {
            close_worker(w);
            return;
        }
        r->n_workers++;
    }
}

static void free_all(ring *r)
{
    for (size_t i = 0; i < r->n_workers; i++)
        close_worker(&r->workers[i]);
    for (size_t i = 0; r->batches != NULL && i < r->n_batches; i++) {
        free(r->batches[i].read.bytes);
        free(r->batches[i].said.bytes);
        free(r->batches[i].parts.bytes);
    }
    free(r->batches);
    free(r->workers);
    pthread_mutex_destroy(&r->lock);
    pthread_cond_destroy(&r->to_fill);
    pthread_cond_destroy(&r->to_take);
    pthread_cond_destroy(&r->to_write);
}

bool cli_ring(cli_course *run, uint64_t jobs)
{
    pthread_t writer;
    ring r = {.run = run, .n_batches = (size_t)jobs * 2 + SPARE};
    pthread_mutex_init(&r.lock, NULL);
    pthread_cond_init(&r.to_fill, NULL);
    pthread_cond_init(&r.to_take, NULL);
    pthread_cond_init(&r.to_write, NULL);
    r.batches = calloc(r.n_batches, sizeof *r.batches);
    r.workers = calloc((size_t)jobs, sizeof *r.workers);
    if (r.batches != NULL && r.workers != NULL)
        start_workers(&r, jobs);
    bool writes = r.n_workers > 0 && start(&writer, write_all, &r);
    if (writes) {
        cli_stop_on(run->stop, wake, &r);
        read_all(&r);
        cli_stop_on(run->stop, NULL, NULL);
    } else {
        r.ended = true;
    }
    for (size_t i = 0; i < r.n_workers; i++)
        pthread_join(r.workers[i].thread, NULL);
    if (writes)
        pthread_join(writer, NULL);
    run->no_memory = r.no_memory || r.lost;
    free_all(&r);
    return writes;
}
