/* drip: choose.c, level 4. Where no policy is named by the caller, each encounter names its own.
 *
 * The name is text of a record, so it is taken for nothing but a name: letters, digits, - and _, and a / or a
 * dot before a plan. It never leads out of the folders of policies. A policy is compiled when it is first asked for; one
 * that does not compile is told of once, and its encounters are refused. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>

enum { CHOICES_MAX = 64 };

struct cli_choice {
    char name[CLI_POLICY_MAX + 1];
    drip_program *program;
    drip_session *session; /* NULL: it cannot be used */
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

static struct cli_choice *find(cli_job *job, const char *name)
{
    for (size_t i = 0; i < job->n_choices; i++)
        if (strcmp(job->choices[i].name, name) == 0)
            return &job->choices[i];
    return NULL;
}

static struct cli_choice *add(cli_job *job, const char *name)
{
    int status = CLI_YES;
    if (job->choices == NULL)
        job->choices = calloc(CHOICES_MAX, sizeof *job->choices);
    if (job->choices == NULL || job->n_choices == CHOICES_MAX)
        return NULL;
    struct cli_choice *made = &job->choices[job->n_choices++];
    memcpy(made->name, name, strlen(name) + 1);
    made->program = cli_policy(job->c, name, &status);
    if (made->program == NULL || drip_session_new(made->program, &made->session) != DRIP_OK)
        return made;
    drip_session_set_strict(made->session, job->strict);
    (void)drip_session_set_date(made->session, job->date); /* the first session's were looked at */
    (void)drip_session_set_known(made->session, job->known);
    return made;
}

bool cli_choose(cli_job *job, const char *name, const char **why)
{
    if (!is_name(name)) {
        *why = "the policy it asks for is no name of a policy: name one with -p";
        return false;
    }
    struct cli_choice *choice = find(job, name);
    if (choice == NULL)
        choice = add(job, name);
    if (choice == NULL || choice->session == NULL) {
        *why = choice == NULL ? "more policies are asked for than can be kept: name one with -p"
                              : "there is no such policy as it asks for, or it has errors: name one with -p";
        return false;
    }
    job->session = choice->session;
    return true;
}

void cli_choices_free(cli_job *job)
{
    for (size_t i = 0; i < job->n_choices; i++) {
        drip_session_free(job->choices[i].session);
        drip_program_free(job->choices[i].program);
    }
    free(job->choices);
    job->choices = NULL;
    job->n_choices = 0;
}
