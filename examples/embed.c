/* drip: embed.c, level 4. The smallest host: compile the national policy, answer the encounters on standard
 * input (one JSON object a line), print the results. Build: cc embed.c $(pkg-config --cflags --libs drip) */
#define _POSIX_C_SOURCE 200809L
#include "drip.h"

#include <stdio.h>
#include <stdlib.h>

static int refused(const char *what, drip_error *error)
{
    fprintf(stderr, "%s\n%s", what, drip_error_text(error));
    drip_error_free(error);
    return 2;
}

static void answer(drip_session *session, const char *line, size_t len)
{
    const char *json;
    if (drip_eval(session, line, len) != DRIP_OK)
        fprintf(stderr, "refused: %s\n", drip_session_message(session));
    else if (drip_result_json(session, &json, &len) == DRIP_OK)
        printf("%.*s\n", (int)len, json);
}

int main(int argc, char **argv)
{
    drip_engine *engine = NULL;
    drip_layers *layers = NULL;
    drip_program *program = NULL; /* immutable: one may serve all threads */
    drip_session *session = NULL; /* one a thread */
    drip_error *error = NULL;
    char *line = NULL;
    size_t size = 0;

    if (drip_engine_new(NULL, NULL, NULL, &engine) != DRIP_OK || drip_layers_new(engine, &layers) != DRIP_OK)
        return refused("no memory", NULL);
    if (drip_layers_add_policy_files(layers, "national", argc > 1 ? argv[1] : ".", &error) != DRIP_OK)
        return refused("the policy was not found", error);
    if (drip_compile(layers, &program, &error) != DRIP_OK)
        return refused("the policy has errors", error);
    drip_layers_free(layers);

    if (drip_session_new(program, &session) != DRIP_OK)
        return refused("no memory", NULL);
    for (ssize_t len; (len = getline(&line, &size, stdin)) > 0;)
        answer(session, line, (size_t)len);

    free(line);
    drip_session_free(session);
    drip_program_free(program);
    drip_engine_free(engine);
    return 0;
}
