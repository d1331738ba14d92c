/* drip: scenarios.c, level 4. `drip test`: the scenarios of files and folders. */
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct reporting {
    cli *c;
    bool verbose;
} reporting;

static void put_indented(cli *c, const char *text)
{
    while (*text != '\0') {
        size_t len = strcspn(text, "\n");
        cli_text(c, "    ");
        cli_safe(c, text, len);
        cli_text(c, "\n");
        text += len + (text[len] == '\n' ? 1 : 0);
    }
}

static void report(void *context, const drip_test_event *event)
{
    reporting *r = context;
    if (event->passed != 0 && !r->verbose)
        return;
    cli_safe(r->c, event->origin, strlen(event->origin));
    cli_text(r->c, ":");
    cli_uint(r->c, event->line);
    cli_text(r->c, ": ");
    cli_style(r->c, event->passed != 0 ? "32" : "1;31");
    cli_text(r->c, event->passed != 0 ? "passed" : "FAILED");
    cli_style(r->c, "0");
    cli_text(r->c, " ");
    cli_safe(r->c, event->name, strlen(event->name));
    cli_text(r->c, "\n");
    if (event->passed == 0)
        put_indented(r->c, event->detail);
}

/* Adds what is found there; a folder that nobody asked for may be empty. *status is made worse on failure. */
static void add_path(cli *c, drip_layers *layers, const char *path, bool asked, int *status)
{
    drip_error *error = NULL;
    drip_status got = drip_layers_add_tests_files(layers, path, &error);
    const char *text = error != NULL ? drip_error_text(error) : NULL;
    if (got == DRIP_NOT_FOUND && !asked) {
        drip_error_free(error);
        return;
    }
    cli_say_error(c, error);
    if (got != DRIP_OK && (text == NULL || *text == '\0'))
        cli_say(c, "drip test: %s: %s", path,
                got == DRIP_NOT_FOUND || got == DRIP_IO ? "no such file or folder" : drip_status_name(got));
    if (got != DRIP_OK)
        *status = got == DRIP_BAD_POLICY && *status != CLI_WRONG ? CLI_NO : CLI_WRONG;
    drip_error_free(error);
}

/* The first folder of the search path that has it. */
static void add_default(cli *c, drip_layers *layers, const char *name, int *status)
{
    struct stat is;
    size_t size = strlen(c->path) + strlen(name) + 2;
    char *path = malloc(size);
    for (const char *at = c->path; path != NULL; at++) {
        size_t len = strcspn(at, ":");
        (void)snprintf(path, size, "%.*s%s%s", (int)len, at, len > 0 ? "/" : "", name);
        if (strncmp(path, "./", 2) == 0)
            memmove(path, path + 2, strlen(path + 2) + 1);
        if (len > 0 && stat(path, &is) == 0 && S_ISDIR(is.st_mode)) {
            add_path(c, layers, path, false, status);
            break;
        }
        at += len;
        if (*at == '\0')
            break;
    }
    free(path);
}

static int run_all(cli *c, drip_layers *layers, const char *only, bool verbose)
{
    reporting r = {c, verbose};
    drip_error *error = NULL;
    uint32_t passed = 0, failed = 0;
    drip_status status = drip_test(layers, c->path, only, report, &r, &passed, &failed, &error);
    if (status != DRIP_OK) /* warnings are for drip check */
        cli_say_error(c, error);
    if (status != DRIP_OK && error == NULL)
        cli_say(c, "drip test: %s", drip_status_name(status));
    drip_error_free(error);
    if (status == DRIP_OK && passed + failed == 0)
        cli_say(c, "drip test: no scenario%s", only != NULL ? " with such a name" : " was found");
    cli_uint(c, passed);
    cli_text(c, " passed, ");
    cli_uint(c, failed);
    cli_text(c, " failed\n");
    return status == DRIP_OK && failed == 0 && passed > 0 ? CLI_YES : CLI_NO;
}

int cli_test(cli *c, const cli_args *args)
{
    enum { ONLY, VERBOSE };
    drip_layers *layers = NULL;
    int status = CLI_YES;
    if (drip_layers_new(c->engine, &layers) != DRIP_OK) {
        cli_say(c, "drip test: out of memory");
        return CLI_WRONG;
    }
    for (size_t i = 0; i < args->n_operands; i++)
        add_path(c, layers, args->operands[i], true, &status);
    if (args->n_operands == 0) {
        add_default(c, layers, "rulesets", &status);
        add_default(c, layers, "payers", &status);
    }
    if (status != CLI_WRONG) {
        int answer = run_all(c, layers, args->option[ONLY], args->option[VERBOSE] != NULL);
        status = answer > status ? answer : status;
    }
    drip_layers_free(layers);
    return status;
}
