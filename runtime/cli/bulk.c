/* drip: bulk.c, level 4. A run over all encounters: in this thread or in many, up to the end or until it is stopped.
 *
 * However it ends, what was written are the answers to the encounters before a certain one, whole and in order, and
 * its number is said: `--from` goes on there, and both outputs together are what one run would have written. */
#include "cli.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MANY = 10000 }; /* encounters, from which on their number is worth a line */

/* ---- in this thread */

static bool wait_to_read(void *context, int fd)
{
    const cli_course *run = context;
    cli_flush(run->job->c);
    return cli_stop_wait(run->stop, fd);
}

static void wake(void *context)
{
    const cli_job *job = context;
    drip_session *session = __atomic_load_n(&job->session, __ATOMIC_ACQUIRE);
    if (session != NULL)
        drip_session_interrupt(session);
}

static bool cannot_go_on(const cli_job *job)
{
    return job->stop || job->c->error != 0 || (job->errors != NULL && job->errors->error != 0);
}

static void one_by_one(cli_course *run)
{
    cli_item item;
    run->feed.wait = wait_to_read;
    run->feed.context = run;
    cli_stop_on(run->stop, wake, run->job);
    while (!cannot_go_on(run->job) && cli_feed_next(&run->feed, &item)) {
        if (!cli_job_do(run->job, &item, &run->tally)) {
            run->feed.stopped = true;
            break;
        }
        run->next = item.number + (item.is != CLI_ITEM_NOTE);
        cli_progress_step(run->job->c, &run->progress, run->tally.evaluated + run->tally.refused,
                          run->feed.bytes);
    }
    cli_stop_on(run->stop, NULL, NULL);
}

/* ---- the file for refusals */

/* Whether there is nothing in this file but what an earlier run put there: `--errors visits.ndjson` lacks the name
 * of the file, and would cost one that holds encounters. */
bool cli_may_replace(const char *path, const char *start)
{
    char begins[64];
    size_t len = strlen(start);
    struct stat is;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return true; /* it is not there, or opening it to write says why not */
    ssize_t n = fstat(fd, &is) == 0 && S_ISREG(is.st_mode) ? read(fd, begins, len) : 0;
    close(fd);
    return n == 0 || (n == (ssize_t)len && memcmp(begins, start, len) == 0);
}

static bool open_errors(cli_job *job, const cli_bulk *bulk)
{
    if (bulk->errors == NULL)
        return true;
    if (!cli_may_replace(bulk->errors, "{\"format\":\"drip.error/1\"")) {
        cli_say(job->c,
                "drip run: --errors takes the name of the file to write, and \"%s\" holds something else: "
                "nothing was "
                "done",
                bulk->errors);
        return false;
    }
    job->errors =
        bulk->from > 1 ? cli_file_append(job->c, bulk->errors) : cli_file_open(job->c, bulk->errors);
    return job->errors != NULL;
}

/* ---- the end */

static void say_summary(const cli_course *run, const cli_bulk *bulk)
{
    const cli_tally *t = &run->tally;
    uint64_t all = t->evaluated + t->refused;
    if (bulk->quiet || (all < MANY && !bulk->summary && bulk->errors == NULL))
        return;
    cli_say(run->job->c, "drip: %llu encounters: %llu evaluated, %llu refused%s%s", (unsigned long long)all,
            (unsigned long long)t->evaluated, (unsigned long long)t->refused,
            t->refused > 0 && bulk->errors != NULL ? ", see " : "",
            t->refused > 0 && bulk->errors != NULL ? bulk->errors : "");
}

/* All is written; how did it end? */
static int conclude(const cli_course *run, const cli_bulk *bulk)
{
    cli *c = run->job->c;
    int signal = cli_stopped(run->stop);
    bool stopped = signal != 0 && (run->feed.stopped || run->next <= run->feed.number);
    cli_flush(c);
    if (run->job->errors != NULL)
        cli_flush(run->job->errors);
    if (c->error != 0)
        return CLI_WRONG; /* cli_finish says why */
    if (run->no_memory && bulk->whole)
        cli_say(c, "drip: out of memory");
    else if (run->no_memory)
        cli_say(c, "drip: out of memory; --from %llu goes on where this ended",
                (unsigned long long)run->next);
    else if (stopped && bulk->whole)
        cli_say(c, "drip: stopped after %llu encounters", (unsigned long long)(run->next - 1));
    else if (stopped)
        cli_say(c, "drip: stopped; --from %llu goes on where this ended", (unsigned long long)run->next);
    else if (run->feed.number + 1 < bulk->from)
        cli_say(c, "drip: there is no encounter %llu: the input holds %llu", (unsigned long long)bulk->from,
                (unsigned long long)run->feed.number);
    else
        say_summary(run, bulk);
    if (stopped)
        return CLI_SIGNAL + signal;
    return run->no_memory || run->feed.number + 1 < bulk->from ? CLI_WRONG : run->tally.worst;
}

static int run_over(cli_job *job, const cli_files *files, const cli_bulk *bulk)
{
    cli_stop stop;
    cli_course run = {.job = job, .next = bulk->from, .feed = {.files = files, .from = bulk->from}};
    if (bulk->jobs > 0 && cli_stop_begin(&stop))
        run.stop = run.feed.stop = &stop;
    if (bulk->jobs > 0 && !bulk->quiet)
        cli_progress_begin(job->c, &run.progress, files);
    if (bulk->jobs < 2 || !cli_ring(&run, bulk->jobs))
        one_by_one(&run);
    cli_progress_end(job->c);
    int status = conclude(&run, bulk);
    cli_feed_close(&run.feed);
    if (run.stop != NULL)
        cli_stop_end(&stop);
    return status;
}

static int run_all(cli_job *job, const cli_bulk *bulk, const cli_args *args)
{
    cli_files files;
    int status = CLI_WRONG, found = cli_files_find(job->c, args, &files);
    if (open_errors(job, bulk)) {
        status = run_over(job, &files, bulk);
        status = found > status ? found : status;
    }
    if (job->errors != NULL)
        status = cli_file_close(job->c, job->errors, bulk->errors, status);
    job->errors = NULL;
    cli_files_free(&files);
    return status;
}

int cli_evaluate(cli_job *job, const char *policy, const cli_bulk *bulk, const cli_args *args)
{
    static const cli_bulk plain = {.from = 1};
    int status = CLI_WRONG;
    job->chooses = policy == NULL;
    if (policy != NULL && job->program == NULL)
        job->program = cli_policy(job->c, policy, &status);
    if ((job->chooses || job->program != NULL) && cli_job_open(job))
        status = run_all(job, bulk != NULL ? bulk : &plain, args);
    cli_job_close(job);
    cli_choices_free(job->choices);
    drip_program_free(job->program);
    return status;
}
