/* drip: scenarios.c, level 4. `drip test`: the scenarios of files and folders. */
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { ONLY, VERBOSE, JOBS, TAP, JUNIT };
enum { JOBS_MAX = 256 };

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

static void put_test(cli *c, const cli_scenario *test)
{
    cli_safe(c, test->origin, strlen(test->origin));
    cli_text(c, ":");
    cli_uint(c, test->line);
    cli_text(c, ": ");
    cli_style(c, test->passed ? "32" : "1;31");
    cli_text(c, test->passed ? "passed" : "FAILED");
    cli_style(c, "0");
    cli_text(c, " ");
    cli_safe(c, test->name, strlen(test->name));
    cli_text(c, "\n");
    put_indented(c, test->detail);
}

static void put_all(cli *c, const cli_tests *tests, bool verbose)
{
    for (size_t i = 0; i < tests->count; i++)
        if (!tests->items[i].passed || verbose)
            put_test(c, &tests->items[i]);
    cli_uint(c, tests->passed);
    cli_text(c, " passed, ");
    cli_uint(c, tests->failed);
    cli_text(c, " failed\n");
}

static void note(void *context, const drip_test_event *event)
{
    cli_tests_add(context, event);
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

/* Whether anything was run and all of it passed, whatever else there is to say. */
static int run_all(cli *c, drip_layers *layers, const cli_args *args, uint32_t jobs, cli_tests *tests)
{
    drip_error *error = NULL;
    drip_options_test options = {
        .struct_size = sizeof options, .only = args->n_many > 0 ? args->many : NULL, .jobs = jobs};
    drip_status status =
        drip_test(layers, c->path, &options, note, tests, &tests->passed, &tests->failed, &error);
    cli_say_error(c, error);
    if (status != DRIP_OK && error == NULL)
        cli_say(c, "drip test: %s", drip_status_name(status));
    if (status != DRIP_OK)
        cli_tests_errors(tests, error != NULL ? drip_error_text(error) : drip_status_name(status));
    drip_error_free(error);
    if (tests->no_memory) {
        cli_say(c, "drip test: out of memory");
        return CLI_WRONG;
    }
    if (status == DRIP_OK && tests->count == 0)
        cli_say(c, args->n_many > 0 ? "drip test: no scenario has such a name, so nothing was tested"
                                    : "drip test: no scenario was found, so nothing was tested");
    return status == DRIP_OK && tests->failed == 0 && tests->passed > 0 ? CLI_YES : CLI_NO;
}

static int report(cli *c, const cli_args *args, const cli_tests *tests, int status)
{
    if (args->option[TAP] != NULL)
        cli_tests_tap(c, tests);
    else
        put_all(c, tests, args->option[VERBOSE] != NULL);
    if (args->option[JUNIT] != NULL)
        status = cli_tests_junit(c, tests, args->option[JUNIT], status);
    return status;
}

/* A whole number from 1 to most; 0: it is none. */
static uint32_t number_of(const char *text, uint32_t most)
{
    uint32_t n = 0;
    for (; *text >= '0' && *text <= '9' && n <= most; text++)
        n = n * 10 + (uint32_t)(*text - '0');
    return *text == '\0' && n <= most ? n : 0;
}

static void add_all(cli *c, drip_layers *layers, const cli_args *args, int *status)
{
    for (size_t i = 0; i < args->n_operands; i++)
        add_path(c, layers, args->operands[i], true, status);
    if (args->n_operands == 0) {
        add_default(c, layers, "rulesets", status);
        add_default(c, layers, "payers", status);
    }
}

int cli_test(cli *c, const cli_args *args)
{
    drip_layers *layers = NULL;
    cli_tests tests = {0};
    int status = CLI_YES;
    uint32_t jobs = args->option[JOBS] != NULL ? number_of(args->option[JOBS], JOBS_MAX) : 1;
    if (jobs == 0) {
        cli_say(c, "drip test: --jobs takes a number from 1 to %d, not \"%s\"", JOBS_MAX, args->option[JOBS]);
        return CLI_WRONG;
    }
    if (drip_layers_new(c->engine, &layers) != DRIP_OK) {
        cli_say(c, "drip test: out of memory");
        return CLI_WRONG;
    }
    add_all(c, layers, args, &status);
    if (status != CLI_WRONG) {
        int answer = run_all(c, layers, args, jobs, &tests);
        status = answer > status ? answer : status;
        status = report(c, args, &tests, status);
    }
    cli_tests_free(&tests);
    drip_layers_free(layers);
    return status;
}
