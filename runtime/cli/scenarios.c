/* drip: scenarios.c, level 4. `drip test`: the scenarios of files and folders. */
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { ONLY, VERBOSE, JOBS, TAP, JUNIT, COVERAGE, HTML, MIN, FUEL, MUTATE, JSON, NOTICED, BUDGET, CORPUS };
static const char POLICY_END[] = ".drip";

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
    cli_indented(c, test->detail, "    ");
}

static void put_tests(cli *c, const cli_tests *tests, bool verbose)
{
    for (size_t i = 0; i < tests->count; i++)
        if (!tests->items[i].passed || verbose)
            put_test(c, &tests->items[i]);
}

static void put_counts(cli *c, const cli_tests *tests)
{
    cli_uint(c, tests->passed);
    cli_text(c, " passed, ");
    cli_uint(c, tests->failed);
    cli_text(c, " failed\n");
}

/* Beside a document on the standard output. */
static void say_failed(cli *c, const cli_tests *tests)
{
    for (size_t i = 0; i < tests->count; i++)
        if (!tests->items[i].passed)
            cli_say(c, "%s:%u: FAILED %s: %s", tests->items[i].origin, (unsigned)tests->items[i].line,
                    tests->items[i].name, tests->items[i].summary);
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

typedef struct testing {
    cli *c;
    const cli_args *args;
    uint64_t jobs;
    uint64_t least, noticed; /* percent of coverage, and of changes noticed, asked for */
    uint64_t budget;
    bool measured, json;
    cli_tests tests;
    drip_coverage *coverage;
} testing;

/* A report goes where the user says, except over a policy: `--junit policy.drip` lacks the name of the report. */
static bool is_report(testing *t, const char *option, const char *path)
{
    size_t len = path != NULL ? strlen(path) : 0;
    if (len < sizeof POLICY_END || strcmp(path + len - (sizeof POLICY_END - 1), POLICY_END) != 0)
        return true;
    cli_say(t->c,
            "drip test: %s takes the name of the report to write, and \"%s\" is a policy: nothing was done",
            option, path);
    return false;
}

static bool read_mutate_options(testing *t)
{
    const uint64_t budget_max = 1000000000;
    const char *const *o = t->args->option;
    for (int i = JSON; i <= CORPUS && o[MUTATE] == NULL; i++)
        if (o[i] != NULL) {
            cli_say(t->c,
                    "drip test: --json, --min, --budget and --corpus say how --mutate answers: they need it");
            return false;
        }
    if (o[NOTICED] != NULL && !cli_number(o[NOTICED], 100, &t->noticed)) {
        cli_say(t->c, "drip test: --min takes a percentage from 0 to 100, not \"%s\"", o[NOTICED]);
        return false;
    }
    t->budget = o[CORPUS] != NULL ? 1 : 0; /* the scenarios and the corpus, and next to nothing besides */
    if (o[BUDGET] != NULL && (!cli_number(o[BUDGET], budget_max, &t->budget) || t->budget == 0)) {
        cli_say(t->c, "drip test: --budget takes a number of encounters from 1 to 1000000000, not \"%s\"",
                o[BUDGET]);
        return false;
    }
    for (int i = TAP; i <= MIN && o[MUTATE] != NULL; i++)
        if (o[i] != NULL) {
            cli_say(t->c,
                    "drip test: --mutate changes the policy, so the other reports would be about another one:"
                    " ask for them by themselves");
            return false;
        }
    return true;
}

static bool read_options(testing *t)
{
    const char *const *o = t->args->option;
    t->jobs = 1;
    if (o[JOBS] != NULL && (!cli_number(o[JOBS], CLI_JOBS_MAX, &t->jobs) || t->jobs == 0)) {
        cli_say(t->c, "drip test: --jobs takes a number from 1 to %d, not \"%s\"", CLI_JOBS_MAX, o[JOBS]);
        return false;
    }
    if (o[MIN] != NULL && !cli_number(o[MIN], 100, &t->least)) {
        cli_say(t->c, "drip test: --coverage-min takes a percentage from 0 to 100, not \"%s\"", o[MIN]);
        return false;
    }
    t->json = o[COVERAGE] != NULL && strcmp(o[COVERAGE], "json") == 0;
    if (o[COVERAGE] != NULL && *o[COVERAGE] != '\0' && !t->json) {
        cli_say(t->c,
                "drip test: --coverage is written as text or, with --coverage=json, as JSON, not as \"%s\"",
                o[COVERAGE]);
        return false;
    }
    if (o[COVERAGE] != NULL && o[TAP] != NULL) {
        cli_say(t->c, "drip test: --tap and --coverage both want the standard output: use --coverage-html");
        return false;
    }
    if (!is_report(t, "--junit", o[JUNIT]) || !is_report(t, "--coverage-html", o[HTML]))
        return false;
    if (!read_mutate_options(t))
        return false;
    t->measured = o[COVERAGE] != NULL || o[HTML] != NULL || o[MIN] != NULL;
    return true;
}

/* Whether anything was run and all of it passed, whatever else there is to say. */
static int run_all(testing *t, drip_layers *layers)
{
    cli_tests *tests = &t->tests;
    drip_error *error = NULL;
    drip_options_test options = {.struct_size = sizeof options,
                                 .only = t->args->n_many > 0 ? t->args->many : NULL,
                                 .jobs = (uint32_t)t->jobs};
    drip_status status = drip_test(layers, t->c->path, &options, note, tests, &tests->passed, &tests->failed,
                                   t->measured ? &t->coverage : NULL, &error);
    if (status != DRIP_OK) /* warnings are for drip check */
        cli_say_error(t->c, error);
    if (status != DRIP_OK && error == NULL)
        cli_say(t->c, "drip test: %s", drip_status_name(status));
    if (status != DRIP_OK)
        cli_tests_errors(tests, error != NULL ? drip_error_text(error) : drip_status_name(status));
    drip_error_free(error);
    if (tests->no_memory) {
        cli_say(t->c, "drip test: out of memory");
        return CLI_WRONG;
    }
    if (status == DRIP_OK && tests->count == 0)
        cli_say(t->c, t->args->n_many > 0 ? "drip test: no scenario has such a name, so nothing was tested"
                                          : "drip test: no scenario was found, so nothing was tested");
    return status == DRIP_OK && tests->failed == 0 && tests->passed > 0 ? CLI_YES : CLI_NO;
}

static int check_share(testing *t, int status)
{
    cli_goals all = cli_goals_all(t->coverage);
    if (t->args->option[MIN] == NULL || cli_goals_reach(&all, (uint32_t)t->least))
        return status;
    cli_say(
        t->c,
        "drip test: these scenarios exercise less than %u %% of the policy (--coverage says what is missing)",
        (unsigned)t->least);
    return status == CLI_WRONG ? CLI_WRONG : CLI_NO;
}

static int report(testing *t, int status)
{
    const char *const *o = t->args->option;
    if (t->json && t->coverage != NULL) {
        say_failed(t->c, &t->tests);
        cli_coverage_json(t->c, t->coverage, &t->tests);
    } else if (o[TAP] != NULL) {
        cli_tests_tap(t->c, &t->tests);
    } else {
        put_tests(t->c, &t->tests, o[VERBOSE] != NULL);
        if (o[COVERAGE] != NULL && t->coverage != NULL)
            cli_coverage_text(t->c, t->coverage);
        put_counts(t->c, &t->tests);
    }
    if (o[JUNIT] != NULL)
        status = cli_tests_junit(t->c, &t->tests, o[JUNIT], status);
    if (o[HTML] != NULL && t->coverage != NULL)
        status = cli_coverage_html(t->c, t->coverage, &t->tests, o[HTML], status);
    return t->coverage != NULL ? check_share(t, status) : status;
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

static int mutate(testing *t, drip_layers *layers)
{
    const cli_mutate_call call = {.options = {.struct_size = sizeof call.options,
                                              .only = t->args->n_many > 0 ? t->args->many : NULL,
                                              .jobs = (uint32_t)t->jobs,
                                              .budget = t->budget},
                                  .corpus = t->args->option[CORPUS],
                                  .least = (uint32_t)t->noticed,
                                  .json = t->args->option[JSON] != NULL};
    return cli_mutate(t->c, layers, &call);
}

int cli_test(cli *c, const cli_args *args)
{
    drip_layers *layers = NULL;
    testing t = {.c = c, .args = args};
    int status = CLI_YES;
    if (!read_options(&t))
        return CLI_WRONG;
    if (drip_layers_new(c->engine, &layers) != DRIP_OK) {
        cli_say(c, "drip test: out of memory");
        return CLI_WRONG;
    }
    add_all(c, layers, args, &status);
    if (status != CLI_WRONG && args->option[MUTATE] != NULL) {
        int answer = mutate(&t, layers);
        status = answer > status ? answer : status;
    } else if (status != CLI_WRONG) {
        int answer = run_all(&t, layers);
        status = report(&t, answer > status ? answer : status);
    }
    drip_coverage_free(t.coverage);
    cli_tests_free(&t.tests);
    drip_layers_free(layers);
    return status;
}
