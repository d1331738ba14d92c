/* drip: policy.c, level 4. Where policies are looked for; one compiled, or why not. */
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

int cli_say_status(cli *c, const char *name, drip_status status, const drip_error *error)
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

drip_status cli_compile(cli *c, const char *name, drip_program **program, drip_error **error)
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
        drip_layers_set_notes(layers, c->notes);
        status = drip_compile(layers, program, error);
    }
    drip_layers_free(layers);
    return status;
}

drip_program *cli_policy(cli *c, const char *name, int *status)
{
    drip_program *program = NULL;
    drip_error *error = NULL;
    drip_status got = cli_compile(c, name, &program, &error);
    *status = CLI_WRONG;
    if (got != DRIP_OK) /* warnings are for drip check */
        cli_say_status(c, name, got, error);
    drip_error_free(error);
    return program;
}
