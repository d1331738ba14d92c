/* drip: main.c, level 4. The commands, their options, and the way in. */
#include "cli.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#define POLICY_HELP                                                                                          \
    "national, a name under payers/, or the path of a policy; where absent, the one each encounter names"
#define FUEL_HELP "refuse an encounter that takes more steps; 100 million where absent"
#define STREAM_HELP                                                                                          \
    "A file holds one encounter, or one a line; - or no file reads standard input.\n"                        \
    "Policies are looked for along DRIP_PATH, in the installed data folder, and here.\n"
#define RUN_HELP                                                                                             \
    STREAM_HELP                                                                                              \
    "A folder stands for its .json and .ndjson files and those in its folders, by the bytes of\n"            \
    "their paths.\n"                                                                                         \
    "The first SIGINT, SIGTERM or SIGHUP ends a run cleanly: what was answered is written, and\n"            \
    "which --from goes on there is said. With --from, --errors adds to its file.\n"                          \
    "Exit status: 0 evaluated, 1 some encounter was refused, 2 usage or policy error, or a file\n"           \
    "could not be read or written; a run that was stopped ends by its signal.\n"

static const cli_option run_options[] = {
    {"policy", 'p', "POLICY", POLICY_HELP},
    {"json", 0, NULL, "one result object a line"},
    {"strict", 0, NULL, "name the fields that no policy declares"},
    {"on", 0, "DATE", "answer as of this date of service, YYYY-MM-DD"},
    {"known-on", 0, "DATE", "answer as was known on this day, YYYY-MM-DD"},
    {"fuel", 0, "N", FUEL_HELP},
    {"jobs", 'j', "N", "share the work between N threads; what is printed stays the same"},
    {"from", 0, "N", "begin with the Nth encounter of the whole input"},
    {"errors", 0, "FILE",
     "tell of each that is refused there, with its file, line and number, not on the terminal"},
    {"summary", 0, NULL, "count at the end what was evaluated and refused; always done from 10000 on"},
    {"quiet", 0, NULL, "no progress and no count"},
    {"audit", 0, NULL, "show the findings as a checklist: by topic, with what is to be done and where"},
    {NULL, 0, NULL, NULL},
};
static const cli_option check_options[] = {
    {"json", 0, NULL, "one diagnostic object a line, for editors"},
    {"fix", 0, NULL, "make the edits that are sure, then check again"},
    {"explain", 0, "CODE", "print the page about a code, such as E0224"},
    {"cost", 0, NULL, "the most steps that each attribute and rule takes, by the record's size"},
    {"verbose", 'v', NULL, "list what is not proved, and what nothing uses"},
    {NULL, 0, NULL, NULL},
};
static const cli_option test_options[] = {
    {"only", 0, "TEXT…", "only the scenarios whose name holds this; several times: any of them"},
    {"verbose", 'v', NULL, "name the scenarios that pass, too"},
    {"jobs", 'j', "N", "share the work between N threads; what is printed stays the same"},
    {"tap", 0, NULL, "print TAP version 14 instead"},
    {"junit", 0, "FILE", "write a report in JUnit's XML, too"},
    {"coverage", 0, "[=json]", "say which clauses, conditions and parameter values no scenario exercises"},
    {"coverage-html", 0, "FILE", "write that as a page to read in a browser"},
    {"coverage-min", 0, "N", "fail where less than N percent are exercised"},
    {"fuel", 0, "N", FUEL_HELP},
    {"mutate", 0, NULL, "change the policy bit by bit, and list the changes that no scenario notices"},
    {"json", 0, NULL, "write what --mutate found as JSON"},
    {"min", 0, "N", "with --mutate: fail where less than N percent are noticed"},
    {"budget", 0, "N",
     "with --mutate: for each change not noticed, search N encounters for one that shows it"},
    {"corpus", 0, "FILE", "with --mutate: search the encounters of this file, too"},
    {NULL, 0, NULL, NULL},
};
static const cli_option explain_options[] = {
    {"policy", 'p', "POLICY", POLICY_HELP},
    {"why", 0, "CODE", "only the lines and findings with this code"},
    {"why-not", 0, "CODE",
     "why this code is not there, and the least change of the record that would bring it"},
    {"on", 0, "DATE", "answer as of this date of service, YYYY-MM-DD"},
    {"known-on", 0, "DATE", "answer as was known on this day, YYYY-MM-DD"},
    {"json", 0, NULL, "one object an encounter"},
    {"whole", 0, NULL, "down to the last charted value, however long"},
    {"fuel", 0, "N", FUEL_HELP},
    {NULL, 0, NULL, NULL},
};
static const cli_option audit_options[] = {
    {"policy", 'p', "POLICY", POLICY_HELP},
    {"claim", 0, "CLAIM", "the lines that were billed, as JSON or CSV; - is standard input"},
    {"json", 0, NULL, "one object an encounter"},
    {"on", 0, "DATE", "answer as of this date of service, YYYY-MM-DD"},
    {"known-on", 0, "DATE", "answer as was known on this day, YYYY-MM-DD"},
    {"fuel", 0, "N", FUEL_HELP},
    {NULL, 0, NULL, NULL},
};
static const cli_option diff_options[] = {
    {"policy", 'p', "OLD", "a policy"},
    {"new", 'q', "NEW", "the policy to compare it with"},
    {"json", 0, NULL, "one object, drip.diff/1"},
    {"csv", 0, NULL, "one row a change, for a spreadsheet"},
    {"html", 0, "FILE", "write the report as a page to read in a browser, too"},
    {"by", 0, "FIELD…",
     "also count by a field or attribute: setting, or Entity.field for rows; several times"},
    {"show", 0, NULL, "show the records of the smallest encounters, too"},
    {"approved", 0, "FILE", "the changes that are expected: fail where others are there, or these are not"},
    {"approve", 0, "FILE", "write such a file of the changes that there are"},
    {"expect", 0, "N", "fail unless at least N encounters were compared"},
    {"jobs", 'j', "N", "share the work between N threads; what is printed stays the same"},
    {"on", 0, "DATE", "answer as of this date of service, YYYY-MM-DD"},
    {"known-on", 0, "DATE", "answer as was known on this day, YYYY-MM-DD"},
    {"fuel", 0, "N", FUEL_HELP},
    {"witness", 0, NULL, "look for the smallest encounters on which they differ"},
    {"up-to", 0, "N", "with --witness: so many shorthands put together in every way at most; 2"},
    {"budget", 0, "N", "with --witness: encounters tried at most; 100000"},
    {NULL, 0, NULL, NULL},
};
static const cli_option fmt_options[] = {
    {"write", 'w', NULL, "rewrite the files in place"},
    {NULL, 0, NULL, NULL},
};

const cli_command cli_commands[] = {
    {"run", "-p POLICY [--json] [--audit] [-j N] [--strict] [--on DATE] [--known-on DATE] [FILE…|FOLDER…|-]",
     "Evaluates encounters under a policy.", RUN_HELP, run_options, cli_run},
    {"check", "[--json] [--fix] [--explain CODE] [--cost] [-v] [POLICY…]",
     "Reads policies and reports every error in them.",
     "POLICY is a name, a file or a folder; national where absent. --fix changes only the file that is\n"
     "named and those beside it, or those in the folder that is named.\n"
     "Exit status: 0 clean, 1 errors, 2 usage.\n",
     check_options, cli_check},
    {"test", "[PATH…] [--only TEXT]… [-v] [-j N] [--tap] [--junit FILE]",
     "Runs the scenarios found in files and folders.",
     "Where no path is given: the folders rulesets and payers. With --mutate, --only picks what is changed "
     "by\n"
     "its name, as Service.method, or by its file, as timeline.drip.\n"
     "Exit status: 0 all passed, 1 some failed or there were none, 2 usage.\n",
     test_options, cli_test},
    {"explain", "-p POLICY [--why CODE | --why-not CODE] [--json] [--whole] [FILE…|-]",
     "Says why each line and finding of an encounter is there.",
     STREAM_HELP "Exit status: 0 explained, 1 some encounter was refused, 2 usage or policy error.\n",
     explain_options, cli_explain},
    {"audit", "-p POLICY --claim CLAIM [--json] [--on DATE] [--known-on DATE] [FILE…|-]",
     "Sets the lines somebody billed beside the lines that the record supports.",
     STREAM_HELP
     "CLAIM is JSON (what drip run --json prints, an object with \"lines\", or a list of lines) or CSV whose "
     "first\n"
     "row names the columns. Several claims in it name their encounters.\n"
     "Exit status: 0 nothing differs, 1 something differs or some encounter was refused, 2 usage or policy\n"
     "error, or nothing could be audited.\n",
     audit_options, cli_audit},
    {"diff",
     "-p OLD -q NEW [--witness] [--json | --csv] [--html FILE] [--approved FILE] [-j N] [FILE…|FOLDER…|-]",
     "Says what a changed policy changes: encounters, lines, findings and amounts.",
     STREAM_HELP "OLD and NEW are policies as for drip run. Before it says anything, drip diff plants a "
                 "change in NEW and looks\n"
                 "whether it is seen.\n"
                 "With --witness it needs no corpus: it looks for the smallest encounters on which they "
                 "differ, beginning with the\n"
                 "scenarios beside the policies' files and the encounters of FILE; 0 none found, 1 some.\n"
                 "Exit status: 0 nothing moves, or all that moves is approved; 1 something else moves; 2 "
                 "usage or policy error,\n"
                 "fewer encounters than expected, or nothing could be compared.\n",
     diff_options, cli_diff},
    {"fmt", "[-w] FILE…", "Prints policy files in the one canonical layout.",
     "Exit status: 0 done, 1 a file has errors, 2 usage.\n", fmt_options, cli_fmt},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

static void overview(cli *c)
{
    cli_text(c, "usage: drip COMMAND …\n\n");
    for (const cli_command *command = cli_commands; command->name != NULL; command++) {
        cli_text(c, "  ");
        cli_text(c, command->name);
        cli_pad(c, 10 - strlen(command->name));
        cli_text(c, command->summary);
        cli_text(c, "\n");
    }
    cli_text(c, "\ndrip COMMAND --help says more; drip --version prints the version.\n");
}

static int unknown(cli *c, const char *name, const char *nearest)
{
    if (nearest != NULL)
        cli_say(c, "drip: unknown %s %s; did you mean %s? (drip --help lists the commands)",
                name[0] == '-' ? "option" : "command", name, nearest);
    else
        cli_say(c, "drip: unknown %s %s (drip --help lists the commands)",
                name[0] == '-' ? "option" : "command", name);
    return CLI_WRONG;
}

static int carry_out(cli *c, const cli_command *command, int argc, char **argv)
{
    cli_args args = {0};
    int status = CLI_YES;
    if (!cli_parse(c, command, argc, argv, &args, &status))
        return status;
    drip_limits limits = DRIP_LIMITS_INIT;
    if (!cli_limits(c, command, &args, &limits))
        return CLI_WRONG;
    c->path = cli_search_path();
    if (c->path == NULL || drip_engine_new(NULL, NULL, &limits, &c->engine) != DRIP_OK) {
        cli_say(c, "drip: out of memory");
        status = CLI_WRONG;
    } else {
        status = command->run(c, &args);
    }
    drip_engine_free(c->engine);
    free(c->path);
    return status;
}

static int start(cli *c, int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : NULL, *nearest = NULL;
    if (name == NULL) {
        cli_say(c, "usage: drip COMMAND … (drip --help lists the commands)");
        return CLI_WRONG;
    }
    if (strcmp(name, "--version") == 0) {
        cli_text(c, "drip ");
        cli_text(c, drip_version());
        cli_text(c, "\n");
        return CLI_YES;
    }
    bool help = strcmp(name, "help") == 0;
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || (help && argc == 2)) {
        overview(c);
        return CLI_YES;
    }
    const cli_command *command = cli_find(help ? argv[2] : name, &nearest);
    if (command == NULL && name[0] == '-')
        nearest = cli_near(name, "--version") ? "--version" : cli_near(name, "--help") ? "--help" : NULL;
    if (command == NULL)
        return unknown(c, help ? argv[2] : name, nearest);
    return help ? cli_help(c, command) : carry_out(c, command, argc - 2, argv + 2);
}

/* Records of patients are in this memory: no core file. A closed pipe is an error of write, not a signal. */
static void prepare(void)
{
    const struct rlimit none = {0, 0};
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    (void)setrlimit(RLIMIT_CORE, &none);
    (void)signal(SIGPIPE, SIG_IGN);
}

/* Ended by a signal: whoever started this sees that, and a script stops with it. */
static void end_by(int number)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, number);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    (void)raise(number);
}

int main(int argc, char **argv)
{
    static cli c; /* of this function alone; too large for a small stack */
    const char *plain = getenv("NO_COLOR"), *terminal = getenv("TERM");
    prepare();
    c.fd = STDOUT_FILENO;
    c.colour = isatty(STDOUT_FILENO) && (plain == NULL || *plain == '\0') &&
               (terminal == NULL || strcmp(terminal, "dumb") != 0);
    int status = cli_finish(&c, start(&c, argc, argv));
    if (status > CLI_SIGNAL)
        end_by(status - CLI_SIGNAL);
    return status;
}
