/* drip: options.c, level 4. A command's options and operands, read by its list of options; its help. */
#include "cli.h"

#include <string.h>

const cli_command *cli_find(const char *name, const char **nearest)
{
    *nearest = NULL;
    for (const cli_command *command = cli_commands; command->name != NULL; command++) {
        if (strcmp(name, command->name) == 0)
            return command;
        if (*nearest == NULL && cli_near(name, command->name))
            *nearest = command->name;
    }
    return NULL;
}

static void put_option(cli *c, const char *spelling, const char *value, const char *help)
{
    bool apart = value != NULL && value[0] != '[';
    size_t width = strlen(spelling) + (value != NULL ? cli_width(value, strlen(value)) + apart : 0);
    cli_text(c, "  ");
    cli_text(c, spelling);
    cli_text(c, apart ? " " : "");
    cli_text(c, value != NULL ? value : "");
    cli_pad(c, width < 20 ? 22 - width : 2);
    cli_text(c, help);
    cli_text(c, "\n");
}

int cli_help(cli *c, const cli_command *command)
{
    cli_text(c, "usage: drip ");
    cli_text(c, command->name);
    cli_text(c, " ");
    cli_text(c, command->operands);
    cli_text(c, "\n\n");
    cli_text(c, command->summary);
    cli_text(c, "\n\n");
    for (const cli_option *o = command->options; o->name != NULL; o++) {
        char letter[] = {'-', o->letter, '\0'}, word[32] = "--";
        strncat(word, o->name, sizeof word - 3);
        put_option(c, o->letter != 0 ? letter : word, o->value, o->help);
    }
    put_option(c, "--help", NULL, "print this");
    if (command->more != NULL) {
        cli_text(c, "\n");
        cli_text(c, command->more);
    }
    return CLI_YES;
}

typedef struct parsing {
    cli *c;
    const cli_command *command;
    int argc, at;
    char **argv;
    cli_args *args;
} parsing;

static int refuse(parsing *p, const char *what, const char *word, const char *hint)
{
    cli_say(p->c, "drip %s: %s%s%s%s%s (drip %s --help lists the options)", p->command->name, what, word,
            hint != NULL ? "; did you mean --" : "", hint != NULL ? hint : "", hint != NULL ? "?" : "",
            p->command->name);
    return CLI_WRONG;
}

/* Its number in the command's list, or -1 with the nearest name. */
static int find_option(const parsing *p, const char *word, size_t len, const char **nearest)
{
    char name[32] = "";
    *nearest = NULL;
    if (len < sizeof name)
        memcpy(name, word, len);
    for (int i = 0; p->command->options[i].name != NULL; i++) {
        const char *other = p->command->options[i].name;
        if (strlen(other) == len && memcmp(word, other, len) == 0)
            return i;
        if (*nearest == NULL && cli_near(name, other))
            *nearest = other;
    }
    if (*nearest == NULL && cli_near(name, "help"))
        *nearest = "help";
    return -1;
}

static int find_letter(const parsing *p, char letter)
{
    for (int i = 0; p->command->options[i].name != NULL; i++)
        if (p->command->options[i].letter == letter)
            return i;
    return -1;
}

static bool may_repeat(const cli_option *o)
{
    const char *dots = o->value != NULL ? strstr(o->value, "…") : NULL;
    return dots != NULL && dots[sizeof "…" - 1] == '\0';
}

/* `value` is what stands in the same word, or NULL. */
static int take(parsing *p, int option, const char *value)
{
    const cli_option *o = &p->command->options[option];
    const char *word = p->argv[p->at];
    if (p->args->option[option] != NULL && !may_repeat(o))
        return refuse(p, "given twice: ", word, NULL);
    if (o->value == NULL && value != NULL)
        return refuse(p, "takes no value: ", word, NULL);
    if (o->value != NULL && o->value[0] != '[' && value == NULL) {
        const char *next = p->at + 1 < p->argc ? p->argv[p->at + 1] : NULL;
        if (next == NULL ||
            (next[0] == '-' && next[1] != '\0')) /* another option; "--name=-x" says it is none */
            return refuse(p, "a value is missing after ", word, NULL);
        value = next;
        p->at++;
    }
    p->args->option[option] = value != NULL ? value : "";
    if (may_repeat(o)) {
        if (p->args->n_many == CLI_MANY)
            return refuse(p, "given too often: ", word, NULL);
        p->args->many[p->args->n_many++] = value;
    }
    return CLI_YES;
}

static int take_word(parsing *p)
{
    const char *word = p->argv[p->at], *nearest = NULL;
    if (word[1] == '-') {
        size_t len = strcspn(word + 2, "=");
        int option = find_option(p, word + 2, len, &nearest);
        if (option < 0)
            return refuse(p, "unknown option ", word, nearest);
        return take(p, option, word[2 + len] == '=' ? word + 3 + len : NULL);
    }
    int option = find_letter(p, word[1]);
    if (option < 0) {
        find_option(p, word + 1, strlen(word + 1), &nearest);
        return refuse(p, "unknown option ", word, nearest);
    }
    return take(p, option, word[2] != '\0' ? word + 2 : NULL);
}

bool cli_parse(cli *c, const cli_command *command, int argc, char **argv, cli_args *args, int *status)
{
    parsing p = {c, command, argc, 0, argv, args};
    bool words = true; /* until "--" */
    args->operands = argv;
    for (; p.at < argc; p.at++) {
        char *word = argv[p.at];
        if (!words || word[0] != '-' || word[1] == '\0') {
            args->operands[args->n_operands++] = word;
        } else if (strcmp(word, "--") == 0) {
            words = false;
        } else if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
            *status = cli_help(c, command);
            return false;
        } else if ((*status = take_word(&p)) != CLI_YES) {
            return false;
        }
    }
    args->operands[args->n_operands] = NULL;
    return true;
}
