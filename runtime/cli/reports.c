/* drip: reports.c, level 4. The scenarios that were run as other programs read them: TAP version 14, and the
 * XML of JUnit that build servers show. Neither tells how long anything took: the same tests, the same bytes. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>

/* ---- what is kept of each */

static char *copy(const char *text)
{
    size_t size = strlen(text) + 1;
    char *made = malloc(size);
    if (made != NULL)
        memcpy(made, text, size);
    return made;
}

static bool room(cli_tests *t)
{
    if (t->count < t->size)
        return true;
    size_t size = t->size == 0 ? 64 : t->size * 2;
    cli_scenario *grown = realloc(t->items, size * sizeof *grown);
    if (grown == NULL)
        return false;
    t->items = grown;
    t->size = size;
    return true;
}

void cli_tests_add(cli_tests *tests, const drip_test_event *event)
{
    if (tests->no_memory || !room(tests)) {
        tests->no_memory = true;
        return;
    }
    cli_scenario *t = &tests->items[tests->count++];
    *t = (cli_scenario){copy(event->name),   copy(event->origin), copy(event->summary),
                        copy(event->detail), event->line,         event->passed != 0};
    tests->no_memory = t->name == NULL || t->origin == NULL || t->summary == NULL || t->detail == NULL;
}

void cli_tests_errors(cli_tests *tests, const char *text)
{
    tests->errors = copy(text);
    tests->no_memory = tests->no_memory || tests->errors == NULL;
}

void cli_tests_free(cli_tests *tests)
{
    free(tests->errors);
    for (size_t i = 0; i < tests->count; i++) {
        free(tests->items[i].name);
        free(tests->items[i].origin);
        free(tests->items[i].summary);
        free(tests->items[i].detail);
    }
    free(tests->items);
}

/* ---- TAP */

static void put_description(cli *c, const char *text)
{
    while (*text != '\0') {
        size_t plain = strcspn(text, "#\\");
        cli_safe(c, text, plain);
        text += plain;
        if (*text != '\0') {
            cli_text(c, "\\");
            cli_bytes(c, text++, 1);
        }
    }
}

static void put_yaml(cli *c, const cli_scenario *t)
{
    cli_text(c, "  ---\n  message: ");
    cli_json(c, t->summary);
    cli_text(c, "\n  at:\n    file: ");
    cli_json(c, t->origin);
    cli_text(c, "\n    line: ");
    cli_uint(c, t->line);
    cli_text(c, "\n  detail: |\n");
    for (const char *at = t->detail; *at != '\0';) {
        size_t len = strcspn(at, "\n");
        cli_text(c, "    ");
        cli_safe(c, at, len);
        cli_text(c, "\n");
        at += len + (at[len] == '\n');
    }
    cli_text(c, "  ...\n");
}

void cli_tests_tap(cli *c, const cli_tests *tests)
{
    cli_text(c, "TAP version 14\n1..");
    cli_uint(c, tests->count);
    cli_text(c, tests->count == 0 ? " # no scenario was run\n" : "\n");
    for (size_t i = 0; i < tests->count; i++) {
        const cli_scenario *t = &tests->items[i];
        cli_text(c, t->passed ? "ok " : "not ok ");
        cli_uint(c, i + 1);
        cli_text(c, " - ");
        put_description(c, t->name);
        cli_text(c, "\n");
        if (!t->passed)
            put_yaml(c, t);
    }
    if (tests->errors != NULL)
        cli_text(c, "Bail out! Some policies have errors, and their scenarios were not run.\n");
}

/* ---- JUnit */

/* What is written for what cannot stand as it is; NULL: nothing else is. */
static const char *escape_of(const char *at, size_t len)
{
    switch (*at) {
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '&':
        return "&amp;";
    case '"':
        return "&quot;";
    case '\n':
        return "\n";
    default: /* U+FFFE and U+FFFF are no characters of XML */
        return len > 2 && memcmp(at, "\xEF\xBF", 2) == 0 && (unsigned char)at[2] >= 0xBE ? "\xEF\xBF\xBD"
                                                                                         : NULL;
    }
}

void cli_markup(cli *c, const char *text, size_t len)
{
    for (size_t at = 0; at < len;) {
        uint32_t rune = 0;
        size_t n = cli_rune(text + at, len - at, &rune);
        const char *escape = escape_of(text + at, len - at);
        if (escape != NULL)
            cli_text(c, escape);
        else
            cli_safe(c, text + at, n);
        at += n;
    }
}

static void put_attribute(cli *c, const char *name, const char *value)
{
    cli_text(c, " ");
    cli_text(c, name);
    cli_text(c, "=\"");
    cli_markup(c, value, strlen(value));
    cli_text(c, "\"");
}

static void put_number(cli *c, const char *name, uint64_t n)
{
    cli_text(c, " ");
    cli_text(c, name);
    cli_text(c, "=\"");
    cli_uint(c, n);
    cli_text(c, "\"");
}

static void put_case(cli *c, const cli_scenario *t)
{
    cli_text(c, "    <testcase");
    put_attribute(c, "classname", t->origin);
    put_attribute(c, "name", t->name);
    put_attribute(c, "file", t->origin);
    put_number(c, "line", t->line);
    if (t->passed) {
        cli_text(c, "/>\n");
        return;
    }
    cli_text(c, ">\n      <failure");
    put_attribute(c, "message", t->summary);
    cli_text(c, ">");
    cli_markup(c, t->detail, strlen(t->detail));
    cli_text(c, "</failure>\n    </testcase>\n");
}

/* What could not be tested must not look as if all were well. */
static void put_errors(cli *c, const char *errors)
{
    cli_text(c, "  <testsuite name=\"policies\" tests=\"1\" failures=\"0\" errors=\"1\">\n    <testcase "
                "classname=\"policies\" name=\"have no errors\">\n      <error message=\"some policies have "
                "errors, and their scenarios were not run\">");
    cli_markup(c, errors, strlen(errors));
    cli_text(c, "</error>\n    </testcase>\n  </testsuite>\n");
}

static void put_suites(cli *c, const cli_tests *tests)
{
    cli_text(c, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"drip test\"");
    put_number(c, "tests", tests->count + (tests->errors != NULL));
    put_number(c, "failures", tests->failed);
    put_number(c, "errors", tests->errors != NULL);
    cli_text(c, ">\n");
    if (tests->errors != NULL)
        put_errors(c, tests->errors);
    for (size_t i = 0, end = 0; i < tests->count; i = end) { /* one file's stand together */
        uint64_t failed = 0;
        for (end = i; end < tests->count && strcmp(tests->items[end].origin, tests->items[i].origin) == 0;
             end++)
            failed += !tests->items[end].passed;
        cli_text(c, "  <testsuite");
        put_attribute(c, "name", tests->items[i].origin);
        put_number(c, "tests", end - i);
        put_number(c, "failures", failed);
        put_number(c, "errors", 0);
        cli_text(c, ">\n");
        for (size_t k = i; k < end; k++)
            put_case(c, &tests->items[k]);
        cli_text(c, "  </testsuite>\n");
    }
    cli_text(c, "</testsuites>\n");
}

int cli_tests_junit(cli *c, const cli_tests *tests, const char *path, int status)
{
    cli *file = cli_file_open(c, path);
    if (file == NULL)
        return CLI_WRONG;
    put_suites(file, tests);
    return cli_file_close(c, file, path, status);
}
