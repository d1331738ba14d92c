/* drip: audit.c, level 4. `drip audit`: claims beside what their encounters support.
 *
 * The claims are one file, kept whole; the encounters stream as in `drip run`. What a claim's fields mean is the
 * policy's to say, so the file is opened once for each policy that encounters are answered under. An
 * encounter without a claim is refused; a claim without an encounter is told of at the end. */
#include "cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

typedef struct cli_claims {
    const char *path, *name; /* name: as messages call it */
    char *bytes;
    size_t len;
    drip_claims **opened; /* of one program each */
    drip_program **programs;
    size_t n, size;
    bool differs;
    uint64_t audited;
} cli_claims;

static bool make_room(cli_claims *claims)
{
    if (claims->n < claims->size)
        return true;
    size_t size = claims->size > 0 ? claims->size * 2 : 4;
    drip_claims **opened = realloc(claims->opened, size * sizeof *opened);
    if (opened == NULL)
        return false;
    claims->opened = opened;
    drip_program **programs = realloc(claims->programs, size * sizeof *programs);
    if (programs == NULL)
        return false;
    claims->programs = programs;
    claims->size = size;
    return true;
}

/* The claims as the session's policy reads them. NULL: said why, and nothing more can be done. */
static drip_claims *claims_of(cli_job *job)
{
    cli_claims *claims = job->claims;
    drip_program *program = drip_session_program(job->session);
    drip_error *error = NULL;
    for (size_t i = 0; i < claims->n; i++)
        if (claims->programs[i] == program)
            return claims->opened[i];
    drip_claims *made = NULL;
    drip_status status = DRIP_NO_MEMORY;
    if (make_room(claims))
        status =
            drip_claims_new(program, claims->name, claims->bytes, claims->len, DRIP_CLAIM_ANY, &made, &error);
    if (status == DRIP_OK) {
        claims->opened[claims->n] = made;
        claims->programs[claims->n++] = program;
    } else if (error != NULL) {
        cli_say_error(job->c, error);
    } else {
        cli_say(job->c, "drip: %s: %s", claims->name, drip_status_name(status));
    }
    drip_error_free(error);
    job->stop = status != DRIP_OK;
    return made;
}

static drip_status show_audit(cli_job *job)
{
    drip_options_audit options = {
        .struct_size = sizeof options, .json = job->text, .json_len = job->len, .as_json = job->json};
    drip_claims *claims = claims_of(job);
    const char *text = NULL;
    size_t len = 0;
    if (claims == NULL)
        return DRIP_BAD_INPUT;
    drip_status status = drip_audit(job->session, claims, &options, &text, &len);
    if (status == DRIP_NOT_FOUND)
        job->problem = "there is no claim for it";
    else if (status != DRIP_OK && *drip_session_message(job->session) != '\0')
        job->problem = drip_session_message(job->session);
    if (status != DRIP_OK)
        return status;
    job->claims->audited++;
    if (drip_audit_items(job->session) + drip_audit_edits(job->session) > 0)
        job->claims->differs = true;
    if (job->json) {
        cli_bytes(job->c, text, len);
        cli_text(job->c, "\n");
        return DRIP_OK;
    }
    status = cli_heading(job);
    cli_put_text(job->c, text, len);
    return status;
}

/* Its claim is not one without an encounter. */
static void pass_by(cli_job *job)
{
    drip_claims *claims = job->session != NULL && !job->stop ? claims_of(job) : NULL;
    if (claims != NULL)
        drip_claims_pass(claims, drip_session_encounter(job->session));
}

static bool was_used(const cli_claims *claims, uint32_t claim)
{
    for (size_t i = 0; i < claims->n; i++)
        if (drip_claims_used(claims->opened[i], claim))
            return true;
    return false;
}

/* The same file has the same claims under every policy that reads it. */
static int tell_unused(cli_job *job)
{
    const cli_claims *claims = job->claims;
    int worst = CLI_YES;
    for (uint32_t i = 0; claims->n > 0 && i < drip_claims_count(claims->opened[0]); i++) {
        const char *id = drip_claims_encounter(claims->opened[0], i);
        uint32_t line = drip_claims_line(claims->opened[0], i);
        if (was_used(claims, i))
            continue;
        worst = CLI_NO;
        if (job->json) {
            cli_text(job->c, "{\"format\":\"drip.error/1\",\"line\":");
            cli_uint(job->c, line);
            cli_json_text(job->c, "encounter", id);
            cli_json_text(job->c, "message", "there is no encounter for this claim");
            cli_text(job->c, "}\n");
        }
        cli_say(job->c, "%s:%u: error: claim of encounter %s: there is no encounter for it", claims->name,
                line, id);
    }
    return worst;
}

static void forget(cli_claims *claims)
{
    for (size_t i = 0; i < claims->n; i++)
        drip_claims_free(claims->opened[i]);
    free(claims->opened);
    free(claims->programs);
    free(claims->bytes);
}

static bool reads_stdin(const cli_args *args)
{
    bool standard = args->n_operands == 0;
    for (size_t i = 0; i < args->n_operands; i++)
        standard = standard || strcmp(args->operands[i], "-") == 0;
    return standard;
}

int cli_audit(cli *c, const cli_args *args)
{
    enum { POLICY, CLAIM, JSON, ON, KNOWN };
    cli_claims claims = {.path = args->option[CLAIM]};
    cli_job job = {.c = c,
                   .json = args->option[JSON] != NULL,
                   .date = args->option[ON],
                   .known = args->option[KNOWN],
                   .show = show_audit,
                   .refused = pass_by,
                   .claims = &claims};
    if (claims.path == NULL) {
        cli_say(c, "drip audit: name the claim: --claim FILE");
        return CLI_WRONG;
    }
    bool standard = strcmp(claims.path, "-") == 0;
    claims.name = standard ? "stdin" : claims.path;
    if (standard && reads_stdin(args)) {
        cli_say(c, "drip audit: only one of the claim and the encounter can come from standard input");
        return CLI_WRONG;
    }
    claims.bytes = cli_file_read(claims.path, &claims.len);
    if (claims.bytes == NULL) {
        cli_say(c, "drip: %s: %s", claims.name, strerror(errno));
        return CLI_WRONG;
    }
    int status = cli_evaluate(&job, args->option[POLICY], NULL, args);
    status = job.stop ? CLI_WRONG : status;
    if (status != CLI_WRONG) {
        int unused = tell_unused(&job);
        bool differs = claims.differs || unused == CLI_NO;
        status = claims.audited == 0 && status == CLI_NO ? CLI_WRONG : differs ? CLI_NO : status;
    }
    forget(&claims);
    return status;
}
