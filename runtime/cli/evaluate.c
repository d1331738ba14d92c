/* drip: evaluate.c, level 4. `drip run` and `drip explain`: a policy over streams of encounters.
 *
 * A refused encounter is told of in its place and the rest are evaluated all the same. */
#include "cli.h"

#include <stdio.h>
#include <string.h>

#define NATIONAL "national"

typedef struct place {
    cli_job *job;
    const char *file;
    uint64_t line;
} place;

static int refused(const place *p, const char *message)
{
    cli *c = p->job->c;
    if (p->job->json) {
        cli_text(c, "{\"format\":\"drip.error/1\",\"line\":");
        cli_uint(c, p->line);
        cli_text(c, ",\"message\":");
        cli_json(c, message);
        cli_text(c, "}\n");
    }
    cli_say(c, "%s:%llu: error: %s", p->file, (unsigned long long)p->line, message);
    return CLI_NO;
}

/* By the command, which puts the encounter's id before it as the library does. */
static int refused_of(const place *p, const char *why)
{
    char message[512];
    const char *id = p->job->session != NULL ? drip_session_encounter(p->job->session) : "";
    (void)snprintf(message, sizeof message, *id != '\0' ? "encounter %.200s: %s" : "%.0s%s", id, why);
    return refused(p, message);
}

static void warn_undeclared(const place *p)
{
    const char *names = drip_result_undeclared(p->job->session);
    while (*names != '\0') {
        size_t len = strcspn(names, "\n");
        cli_say(p->job->c, "%s:%llu: warning: field \"%.*s\" is declared nowhere", p->file,
                (unsigned long long)p->line, len < 4096 ? (int)len : 4096, names);
        names += len + (names[len] == '\n' ? 1 : 0);
    }
}

/* Under the policy that it asks for. Those that name the same mostly stand together, so the last one's is tried
 * first: then each is evaluated once. */
static drip_status evaluate_own(cli_job *job, const char *text, size_t len, const char **why)
{
    char asked[CLI_POLICY_MAX + 2]; /* one more than may be: what is longer stays too long, and is refused */
    if (job->session == NULL && !cli_choose(job, NATIONAL, why))
        return DRIP_NOT_FOUND;
    drip_session *before = job->session;
    drip_status status = drip_eval(before, text, len);
    if (status != DRIP_OK && cli_choose(job, NATIONAL, why) && job->session != before)
        status = drip_eval(job->session, text, len); /* the last one's policy may want more of a record */
    if (status != DRIP_OK)
        return status;
    const char *policy = drip_session_policy(job->session);
    size_t n = strlen(policy);
    (void)snprintf(asked, sizeof asked, "%s", policy);
    before = job->session;
    if (!cli_choose(job, n > 0 ? asked : NATIONAL, why))
        return DRIP_NOT_FOUND;
    return job->session == before ? DRIP_OK : drip_eval(job->session, text, len);
}

static int one(const place *p, const char *text, size_t len)
{
    cli_job *job = p->job;
    const char *why = NULL;
    drip_status status =
        job->chooses ? evaluate_own(job, text, len, &why) : drip_eval(job->session, text, len);
    if (status == DRIP_NOT_FOUND && why != NULL)
        return refused_of(p, why);
    if (status != DRIP_OK) {
        const char *message = drip_session_message(job->session);
        return refused(p, message != NULL && *message != '\0' ? message : drip_status_name(status));
    }
    if (job->strict)
        warn_undeclared(p);
    job->text = text;
    job->len = len;
    status = job->show(job);
    job->shown++;
    return status == DRIP_OK ? CLI_YES : refused(p, drip_status_name(status));
}

static int file(cli_job *job, const char *path)
{
    cli_input in;
    place p = {job, NULL, 0};
    const char *text = NULL;
    size_t len = 0;
    int worst = CLI_YES;
    cli_got got = CLI_END;
    if (!cli_input_open(job->c, &in, path))
        return CLI_WRONG;
    p.file = in.name;
    while (job->c->error == 0 && (got = cli_input_next(job->c, &in, &text, &len, &p.line)) != CLI_END) {
        int answer = CLI_NO;
        if (got == CLI_ONE) {
            answer = one(&p, text, len);
        } else if (got == CLI_TOO_LONG) {
            answer = refused(&p, "the encounter is over 16 MiB");
        } else {
            cli_say(job->c, "drip: %s: %s", in.name, strerror(in.error));
            answer = CLI_WRONG;
        }
        worst = answer > worst ? answer : worst;
        if (got == CLI_UNREADABLE)
            break;
    }
    cli_input_close(&in);
    return worst;
}

static int evaluate_all(cli_job *job, const cli_args *args)
{
    int worst = args->n_operands == 0 ? file(job, "-") : CLI_YES;
    for (size_t i = 0; i < args->n_operands && job->c->error == 0; i++) {
        int answer = file(job, args->operands[i]);
        worst = answer > worst ? answer : worst;
    }
    return worst;
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

/* Every encounter under one policy. */
static int evaluate_under(cli_job *job, const char *policy, const cli_args *args)
{
    int status = CLI_WRONG;
    drip_program *program = cli_policy(job->c, policy, &status);
    if (program == NULL)
        return status;
    if (drip_session_new(program, &job->session) != DRIP_OK) {
        cli_say(job->c, "drip: out of memory");
    } else if (set_dates(job, job->session)) {
        drip_session_set_strict(job->session, job->strict);
        status = evaluate_all(job, args);
    }
    drip_session_free(job->session);
    drip_program_free(program);
    return status;
}

int cli_evaluate(cli_job *job, const char *policy, const char *date, const char *known, const cli_args *args)
{
    const char *why = NULL;
    int status = CLI_WRONG;
    job->date = date;
    job->known = known;
    job->chooses = policy == NULL;
    if (policy != NULL)
        return evaluate_under(job, policy, args);
    if (cli_choose(job, NATIONAL, &why) && set_dates(job, job->session)) /* if not, it was said why */
        status = evaluate_all(job, args);
    cli_choices_free(job);
    return status;
}

static drip_status show_json(cli_job *job)
{
    const char *json = NULL;
    size_t len = 0;
    drip_status status = drip_result_json(job->session, &json, &len);
    if (status == DRIP_OK) {
        cli_bytes(job->c, json, len);
        cli_bytes(job->c, "\n", 1);
    }
    return status;
}

int cli_run(cli *c, const cli_args *args)
{
    enum { POLICY, JSON, AUDIT, STRICT, ON, KNOWN };
    cli_job job = {.c = c, .json = args->option[JSON] != NULL, .strict = args->option[STRICT] != NULL};
    bool audit = args->option[AUDIT] != NULL;
    job.show = audit ? (job.json ? cli_checklist_json : cli_checklist) : job.json ? show_json : cli_table;
    return cli_evaluate(&job, args->option[POLICY], args->option[ON], args->option[KNOWN], args);
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
    if (!job->json)
        cli_text(job->c, "\n");
    for (const char *end = text + len; text < end;) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        size_t n = newline != NULL ? (size_t)(newline - text) : (size_t)(end - text);
        if (job->json)
            cli_bytes(job->c, text, n);
        else
            cli_safe(job->c, text, n);
        cli_text(job->c, "\n");
        text += n + (newline != NULL ? 1 : 0);
    }
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
                   .show = show_why};
    if (job.why != NULL && job.why_not != NULL) {
        cli_say(c, "drip explain: either --why or --why-not");
        return CLI_WRONG;
    }
    return cli_evaluate(&job, args->option[POLICY], args->option[ON], args->option[KNOWN], args);
}
