/* drip: evaluate.c, level 4. `drip run` and `drip explain`: one encounter under its policy, and how it is shown.
 *
 * A refused encounter is told of in its place. The run over all of them is bulk.c's. */
#include "cli.h"

#include <stdio.h>
#include <string.h>

#define NATIONAL "national"

/* Where other programs look for it: in the stream, which stays as it is, and in the file for refusals. */
static void put_error(cli *to, const cli_item *item, const char *message, bool placed)
{
    cli_text(to, "{\"format\":\"drip.error/1\"");
    if (placed)
        cli_json_text(to, "file", item->file);
    cli_json_uint(to, "line", item->line);
    if (placed)
        cli_json_uint(to, "number", item->number);
    cli_json_text(to, "message", message);
    cli_text(to, "}\n");
}

static void refused(cli_job *job, const cli_item *item, const char *message)
{
    if (job->refused != NULL)
        job->refused(job);
    if (job->json)
        put_error(job->c, item, message, false);
    if (job->errors != NULL)
        put_error(job->errors, item, message, true);
    else
        cli_say(job->c, "%s:%llu: error: %s", item->file, (unsigned long long)item->line, message);
}

/* By the command, which puts the encounter's id before it as the library does. */
static void refused_of(cli_job *job, const cli_item *item, const char *why)
{
    char message[512];
    const char *id = job->session != NULL ? drip_session_encounter(job->session) : "";
    (void)snprintf(message, sizeof message, *id != '\0' ? "encounter %.200s: %s" : "%.0s%s", id, why);
    refused(job, item, message);
}

static void warn_undeclared(cli_job *job, const cli_item *item)
{
    const char *names = drip_result_undeclared(job->session);
    while (*names != '\0') {
        size_t len = strcspn(names, "\n");
        cli_say(job->c, "%s:%llu: warning: field \"%.*s\" is declared nowhere", item->file,
                (unsigned long long)item->line, len < 4096 ? (int)len : 4096, names);
        names += len + (names[len] == '\n' ? 1 : 0);
    }
}

/* Under the policy that it asks for, whatever came before it. Those that ask for the same mostly stand together,
 * so the last one's is tried first: then each is evaluated once. Where not even its policy can be read, what
 * the national rules say of it counts. */
static drip_status evaluate_own(cli_job *job, const char *text, size_t len, const char **why)
{
    if (job->session == NULL && !cli_choose(job, NATIONAL, why))
        return DRIP_NOT_FOUND;
    const drip_session *before = job->session;
    drip_status status = drip_eval(job->session, text, len);
    if (status != DRIP_OK && status != DRIP_INTERRUPTED && *drip_session_policy(job->session) == '\0' &&
        cli_choose(job, NATIONAL, why) && job->session != before)
        status = drip_eval(job->session, text, len);
    if (status == DRIP_INTERRUPTED)
        return status;
    char asked[CLI_POLICY_MAX + 2]; /* one more than may be: what is longer stays too long, and is refused */
    (void)snprintf(asked, sizeof asked, "%s", drip_session_policy(job->session));
    before = job->session;
    if (!cli_choose(job, *asked != '\0' ? asked : NATIONAL, why))
        return DRIP_NOT_FOUND;
    return job->session == before ? status : drip_eval(job->session, text, len);
}

static bool one(cli_job *job, const cli_item *item, cli_tally *tally)
{
    const char *why = NULL;
    job->problem = NULL;
    drip_status status = job->chooses ? evaluate_own(job, item->text, item->len, &why)
                                      : drip_eval(job->session, item->text, item->len);
    if (status == DRIP_INTERRUPTED)
        return false;
    bool evaluated = status == DRIP_OK;
    if (evaluated) {
        if (job->strict)
            warn_undeclared(job, item);
        job->text = item->text;
        job->len = item->len;
        job->shown = item->number - 1;
        status = job->show(job);
    }
    tally->evaluated += status == DRIP_OK;
    if (status == DRIP_OK || (evaluated && job->stop))
        return true;
    const char *message = evaluated ? "" : drip_session_message(job->session);
    if (status == DRIP_NOT_FOUND && why != NULL)
        refused_of(job, item, why);
    else if (job->problem != NULL)
        refused_of(job, item, job->problem);
    else
        refused(job, item, *message != '\0' ? message : drip_status_name(status));
    tally->refused++;
    return true;
}

bool cli_job_do(cli_job *job, const cli_item *item, cli_tally *tally)
{
    uint64_t before = tally->refused;
    if (item->is == CLI_ITEM_NOTE) {
        cli_say(job->c, "drip: %s", item->text);
        tally->worst = CLI_WRONG;
        return true;
    }
    if (item->is == CLI_ITEM_LONG) {
        refused(job, item, "the encounter is over 16 MiB");
        tally->refused++;
    } else if (!(job->one != NULL ? job->one : one)(job, item, tally)) {
        return false;
    }
    if (tally->refused > before && tally->worst < CLI_NO)
        tally->worst = CLI_NO;
    return true;
}

/* The days that the caller named. False: said which is none. */
static bool set_dates(cli_job *job, drip_session *session)
{
    if (drip_session_set_date(session, job->date) != DRIP_OK)
        cli_say(job->c, "drip: --on takes a date, YYYY-MM-DD; \"%s\" is none", job->date);
    else if (drip_session_set_known(session, job->known) != DRIP_OK)
        cli_say(job->c, "drip: --known-on takes a date, YYYY-MM-DD; \"%s\" is none", job->known);
    else
        return true;
    return false;
}

static bool open_beside(cli_job *job)
{
    for (int i = 0; i < 2; i++) {
        if (job->others[i] == NULL)
            continue;
        if (drip_session_new(job->others[i], &job->beside[i]) != DRIP_OK) {
            cli_say(job->c, "drip: out of memory");
            return false;
        }
        if (!set_dates(job, job->beside[i]))
            return false;
    }
    return true;
}

bool cli_job_open(cli_job *job)
{
    const char *why = NULL;
    bool memory =
        job->chooses ? cli_choices_new(job) : drip_session_new(job->program, &job->session) == DRIP_OK;
    if (!memory)
        cli_say(job->c, "drip: out of memory");
    if (!memory || (job->chooses && !cli_choose(job, NATIONAL, &why))) /* which said why, too */
        return false;
    drip_session_set_strict(job->session, job->strict);
    return set_dates(job, job->session) && open_beside(job);
}

void cli_job_close(cli_job *job)
{
    if (job->chooses)
        cli_choices_close(job);
    else
        drip_session_free(job->session);
    job->session = NULL;
    for (int i = 0; i < 2; i++) {
        drip_session_free(job->beside[i]);
        job->beside[i] = NULL;
    }
}

drip_status cli_json_line(cli_job *job, drip_status (*make)(drip_session *, const char **, size_t *))
{
    const char *json = NULL;
    size_t len = 0;
    drip_status status = make(job->session, &json, &len);
    if (status == DRIP_OK) {
        cli_bytes(job->c, json, len);
        cli_bytes(job->c, "\n", 1);
    }
    return status;
}

static drip_status show_json(cli_job *job)
{
    return cli_json_line(job, drip_result_json);
}

/* A number from 1 to most; 1 if the option was not given. False: said what is wrong. */
static bool count_of(cli *c, const char *name, const char *value, uint64_t most, uint64_t *n)
{
    *n = 1;
    if (value == NULL || (cli_number(value, most, n) && *n > 0))
        return true;
    cli_say(c, "drip run: --%s takes a number from 1%s%s, not \"%s\"", name,
            most == CLI_JOBS_MAX ? " to " : " on", most == CLI_JOBS_MAX ? "256" : "", value);
    return false;
}

int cli_run(cli *c, const cli_args *args)
{
    enum { POLICY, JSON, STRICT, ON, KNOWN, FUEL, JOBS, FROM, ERRORS, SUMMARY, QUIET, AUDIT };
    const char *const *o = args->option;
    cli_job job = {
        .c = c, .json = o[JSON] != NULL, .strict = o[STRICT] != NULL, .date = o[ON], .known = o[KNOWN]};
    cli_bulk bulk = {.errors = o[ERRORS], .quiet = o[QUIET] != NULL, .summary = o[SUMMARY] != NULL};
    bool audit = o[AUDIT] != NULL;
    job.show = audit ? (job.json ? cli_checklist_json : cli_checklist) : job.json ? show_json : cli_table;
    if (!count_of(c, "jobs", o[JOBS], CLI_JOBS_MAX, &bulk.jobs) ||
        !count_of(c, "from", o[FROM], UINT64_MAX / 2, &bulk.from))
        return CLI_WRONG;
    return cli_evaluate(&job, o[POLICY], &bulk, args);
}

void cli_put_text(cli *c, const char *text, size_t len)
{
    for (const char *end = text + len; text < end;) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        size_t n = newline != NULL ? (size_t)(newline - text) : (size_t)(end - text);
        cli_safe(c, text, n);
        cli_text(c, "\n");
        text += n + (newline != NULL ? 1 : 0);
    }
}

static drip_status show_why(cli_job *job)
{
    drip_options_explain options = {.struct_size = sizeof options,
                                    .why = job->why,
                                    .why_not = job->why_not,
                                    .json = job->text,
                                    .json_len = job->len,
                                    .as_json = job->json,
                                    .whole = job->whole};
    const char *text = NULL;
    size_t len = 0;
    drip_status status = job->json ? DRIP_OK : cli_heading(job);
    if (status == DRIP_OK)
        status = drip_explain(job->session, &options, &text, &len);
    if (status != DRIP_OK)
        return status;
    cli_text(job->c, job->json ? "" : "\n");
    if (job->json)
        cli_bytes(job->c, text, len);
    else
        cli_put_text(job->c, text, len);
    cli_text(job->c, job->json ? "\n" : "");
    return DRIP_OK;
}

int cli_explain(cli *c, const cli_args *args)
{
    enum { POLICY, WHY, WHY_NOT, ON, KNOWN, JSON, WHOLE };
    cli_job job = {.c = c,
                   .json = args->option[JSON] != NULL,
                   .whole = args->option[WHOLE] != NULL,
                   .why = args->option[WHY],
                   .why_not = args->option[WHY_NOT],
                   .date = args->option[ON],
                   .known = args->option[KNOWN],
                   .show = show_why};
    if (job.why != NULL && job.why_not != NULL) {
        cli_say(c, "drip explain: either --why or --why-not");
        return CLI_WRONG;
    }
    return cli_evaluate(&job, args->option[POLICY], NULL, args);
}
