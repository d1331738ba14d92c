/* drip: choose.c, level 4. Where no policy is named by the caller, each encounter names its own.
 *
 * The name is text of a record, so it is taken for nothing but a name: letters, digits, - and _, and a / or a
 * dot before a plan. It never leads out of the folders of policies. A policy is compiled when it is first asked for; one
 * that does not compile is told of once, and its encounters are refused.
 *
 * Threads share the compiled policies, which are added in the order of the encounters that ask for them first:
 * whoever needs another waits for its turn. So it does not matter how many threads there are. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>

enum { CHOICES_MAX = 64 };

typedef struct choice {
    char name[CLI_POLICY_MAX + 1];
    drip_program *program; /* NULL: it cannot be used */
} choice;

struct cli_choices {
    pthread_mutex_t lock; /* of count; an item does not change once it is counted */
    size_t count;
    choice items[CHOICES_MAX];
};

static bool is_name(const char *text)
{
    size_t len = strlen(text), plans = 0;
    for (size_t i = 0; i < len; i++) {
        bool letter = (text[i] >= 'a' && text[i] <= 'z') || (text[i] >= 'A' && text[i] <= 'Z') ||
                      (text[i] >= '0' && text[i] <= '9') || text[i] == '-' || text[i] == '_';
        bool plan = (text[i] == '/' || text[i] == '.') && i > 0 && i + 1 < len && ++plans == 1;
        if (!letter && !plan)
            return false;
    }
    return len > 0 && len <= CLI_POLICY_MAX;
}

/* Its number among those that this thread knows of; n_seen if it is not among them. */
static size_t find(cli_job *job, const char *name)
{
    const choice *items = job->choices->items;
    if (job->session != NULL && strcmp(items[job->at].name, name) == 0)
        return job->at;
    size_t i = 0;
    while (i < job->n_seen && strcmp(items[i].name, name) != 0)
        i++;
    return i;
}

static size_t find_new(cli_job *job, const char *name)
{
    pthread_mutex_lock(&job->choices->lock);
    job->n_seen = job->choices->count;
    pthread_mutex_unlock(&job->choices->lock);
    return find(job, name);
}

static void add(cli_job *job, const char *name)
{
    int status = CLI_YES;
    choice *made = &job->choices->items[job->n_seen]; /* it is this job's turn, so nobody else adds one */
    memcpy(made->name, name, strlen(name) + 1);
    made->program = cli_policy(job->c, name, &status);
    pthread_mutex_lock(&job->choices->lock);
    job->choices->count = ++job->n_seen;
    pthread_mutex_unlock(&job->choices->lock);
}

/* CHOICES_MAX: there are too many. */
static size_t find_or_add(cli_job *job, const char *name)
{
    size_t at = find(job, name);
    if (at == job->n_seen)
        at = find_new(job, name);
    if (at < job->n_seen || at == CHOICES_MAX)
        return at;
    if (job->turn != NULL)
        job->turn(job->turn_context);
    at = find_new(job, name);
    if (at == job->n_seen && at < CHOICES_MAX)
        add(job, name);
    return at;
}

static drip_session *session_of(cli_job *job, size_t at)
{
    drip_session *made = job->sessions[at];
    if (made != NULL || drip_session_new(job->choices->items[at].program, &made) != DRIP_OK)
        return made;
    drip_session_set_strict(made, job->strict);
    (void)drip_session_set_date(made, job->date); /* the first session's were looked at */
    (void)drip_session_set_known(made, job->known);
    return job->sessions[at] = made;
}

bool cli_choose(cli_job *job, const char *name, const char **why)
{
    if (!is_name(name)) {
        *why = "the policy it asks for is no name of a policy: name one with -p";
        return false;
    }
    size_t at = find_or_add(job, name);
    if (at == CHOICES_MAX) {
        *why = "more policies are asked for than can be kept: name one with -p";
        return false;
    }
    if (job->choices->items[at].program == NULL) {
        *why = "there is no such policy as it asks for, or it has errors: name one with -p";
        return false;
    }
    drip_session *session = session_of(job, at);
    if (session == NULL) {
        *why = "out of memory";
        return false;
    }
    __atomic_store_n(&job->session, session, __ATOMIC_RELEASE); /* who stops the run interrupts it */
    job->at = at;
    return true;
}

bool cli_choices_new(cli_job *job)
{
    if (job->choices == NULL) {
        job->choices = calloc(1, sizeof *job->choices);
        if (job->choices == NULL)
            return false;
        pthread_mutex_init(&job->choices->lock, NULL);
    }
    job->sessions = calloc(CHOICES_MAX, sizeof(drip_session *));
    return job->sessions != NULL;
}

void cli_choices_close(cli_job *job)
{
    for (size_t i = 0; job->sessions != NULL && i < CHOICES_MAX; i++)
        drip_session_free(job->sessions[i]);
    free(job->sessions);
    job->sessions = NULL;
}

void cli_choices_free(struct cli_choices *choices)
{
    if (choices == NULL)
        return;
    for (size_t i = 0; i < choices->count; i++)
        drip_program_free(choices->items[i].program);
    pthread_mutex_destroy(&choices->lock);
    free(choices);
}
