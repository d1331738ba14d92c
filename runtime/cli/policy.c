/* drip: policy.c, level 4. Where policies are looked for; one compiled, or why not; `drip check`. */
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef DRIP_DATA
#define DRIP_DATA "/usr/local/share/drip"
#endif

char *cli_search_path(void)
{
    const char *given = getenv("DRIP_PATH"), *colon = given != NULL && *given != '\0' ? ":" : "";
    size_t size = (given != NULL ? strlen(given) : 0) + sizeof ":" DRIP_DATA ":.";
    char *path = malloc(size);
    if (path != NULL)
        (void)snprintf(path, size, "%s%s%s", given != NULL ? given : "", colon, DRIP_DATA ":.");
    return path;
}

/* Says why something about a policy did not work. Its errors speak for themselves. */
static int say_status(cli *c, const char *name, drip_status status, const drip_error *error)
{
    const char *text = error != NULL ? drip_error_text(error) : NULL;
    bool told = text != NULL && *text != '\0';
    cli_say_error(c, error);
    if (status == DRIP_NOT_FOUND && !told)
        cli_say(c, "drip: no policy, file or folder %s (looked along %s)", name, c->path);
    else if (status == DRIP_NO_MEMORY)
        cli_say(c, "drip: %s: out of memory", name);
    else if (status != DRIP_OK && !told)
        cli_say(c, "drip: %s: %s", name, drip_status_name(status));
    return CLI_WRONG;
}

/* Reads and compiles. What it found wrong is in *error either way. */
static drip_status compile(cli *c, const char *name, drip_program **program, drip_error **error)
{
    drip_layers *layers = NULL;
    *program = NULL;
    *error = NULL;
    drip_status status = drip_layers_new(c->engine, &layers);
    if (status == DRIP_OK)
        status = drip_layers_add_policy_files(layers, name, c->path, error);
    if (status == DRIP_OK) {
        drip_error_free(*error);
        *error = NULL;
        status = drip_compile(layers, program, error);
    }
    drip_layers_free(layers);
    return status;
}

drip_program *cli_policy(cli *c, const char *name, int *status)
{
    drip_program *program = NULL;
    drip_error *error = NULL;
    drip_status got = compile(c, name, &program, &error);
    *status = say_status(c, name, got, error);
    drip_error_free(error);
    return program;
}

static int verdict(cli *c, const char *name, const drip_error *error, bool clean)
{
    const char *text = error != NULL ? drip_error_text(error) : "";
    uint32_t n = error != NULL ? drip_error_count(error) : 1;
    size_t len = strlen(text);
    cli_bytes(c, text, len);
    if (len > 0 && text[len - 1] != '\n')
        cli_text(c, "\n");
    cli_safe(c, name, strlen(name));
    cli_text(c, ": ");
    if (clean) {
        cli_text(c, "ok\n");
        return CLI_YES;
    }
    cli_uint(c, n);
    cli_text(c, n == 1 ? " error\n" : " errors\n");
    return CLI_NO;
}

/* As with any checker, what it found is its output. */
static int check_one(cli *c, const char *name, bool cost)
{
    drip_program *program = NULL;
    drip_error *error = NULL;
    drip_status status = compile(c, name, &program, &error);
    bool told = status == DRIP_OK || status == DRIP_BAD_POLICY;
    int answer = told ? verdict(c, name, error, status == DRIP_OK) : say_status(c, name, status, error);
    drip_error_free(error);
    if (cost && program != NULL)
        answer = cli_cost(c, name, program);
    drip_program_free(program);
    return answer;
}

int cli_check(cli *c, const cli_args *args)
{
    enum { COST };
    int worst = CLI_YES;
    bool cost = args->option[COST] != NULL;
    if (args->n_operands == 0)
        return check_one(c, "national", cost);
    for (size_t i = 0; i < args->n_operands; i++) {
        int answer = check_one(c, args->operands[i], cost);
        worst = answer > worst ? answer : worst;
    }
    return worst;
}
