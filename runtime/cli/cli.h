/* drip: cli.h, level 4. What the files of the command share: output, options, input, policies.
 *
 * The command uses nothing of Drip but drip.h. Exit status: 0 as asked, 1 the answer is no (an encounter
 * was refused, a policy has errors, a scenario failed), 2 the call itself cannot be carried out. */
#ifndef CLI_H
#define CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drip.h"

enum { CLI_YES = 0, CLI_NO = 1, CLI_WRONG = 2 };
enum {
    CLI_BLOCK = 128 * 1024,
    CLI_INPUT_MAX = 16 * 1024 * 1024,
    CLI_OPTIONS = 16,
    CLI_MANY = 16,
    CLI_POLICY_MAX = 64
};

/* ---- output.c: standard output behind a buffer, messages on standard error ---- */

typedef struct cli {
    drip_engine *engine;
    char *path; /* where policies are looked for: folders separated by ':' */
    bool colour;
    bool notes; /* compiling also lists what is not proved */
    int fd;     /* where data goes */
    int error;  /* errno of the first write that failed; nothing is written after it */
    size_t len; /* of data, not yet written */
    char data[64 * 1024];
} cli;

void cli_bytes(cli *c, const char *bytes, size_t len);
void cli_text(cli *c, const char *text);
void cli_safe(cli *c, const char *bytes, size_t len); /* control characters and broken UTF-8 made visible */
void cli_uint(cli *c, uint64_t n);
void cli_pad(cli *c, size_t columns);
void cli_json(cli *c, const char *text); /* quoted and escaped */
/* A further member of an object, with its comma. */
void cli_json_text(cli *c, const char *key, const char *text);
void cli_json_uint(cli *c, const char *key, uint64_t n);
void cli_style(cli *c, const char *codes); /* "1;31" on a terminal in colour, "0" ends it */
void cli_flush(cli *c);
/* A file to write to in the same way. NULL: said why. Closed with the exit status as cli_finish. */
cli *cli_file_open(cli *c, const char *path);
int cli_file_close(cli *c, cli *file, const char *path, int status);
/* What was written is flushed; says so if it could not be. The exit status, made 2 in that case. */
int cli_finish(cli *c, int status);
/* A line on standard error, after what was written so far. */
__attribute__((format(printf, 2, 3))) void cli_say(cli *c, const char *format, ...);
/* The text of a drip_error as it stands, on standard error. */
void cli_say_error(cli *c, const drip_error *error);

/* ---- file.c: whole files ---- */

/* The whole file ("-": standard input), from malloc. NULL: errno says why. */
char *cli_file_read(const char *path, size_t *len);
/* Written beside it, synced, and renamed over it. False: errno says why, and the file is as it was. */
bool cli_file_replace(const char *path, const char *text, size_t len);

/* ---- text.c ---- */

/* The bytes of the character that begins there (1 if it is broken) and its number (0xFFFD then). */
size_t cli_rune(const char *text, size_t len, uint32_t *rune);
size_t cli_width(const char *text, size_t len);     /* in columns of a terminal */
bool cli_near(const char *word, const char *other); /* a likely slip of the keyboard */

/* ---- options.c ---- */

typedef struct cli_option {
    const char *name;  /* "json" for --json; NULL ends the list */
    char letter;       /* 'p' for -p; 0 if it has none */
    const char *value; /* what the help calls its value; NULL if it takes none. "TEXT…" may be given several
                          times, "[=FORMAT]" may be left out */
    const char *help;
} cli_option;

typedef struct cli_args {
    const char
        *option[CLI_OPTIONS]; /* in the order of the command's list; NULL if not given, else its value */
    char **operands;          /* ends with NULL */
    size_t n_operands;
    const char *many[CLI_MANY + 1]; /* values of the option that may be given several times; ends with NULL */
    size_t n_many;
} cli_args;

typedef struct cli_command {
    const char *name, *operands, *summary;
    const char *more; /* further lines of its help */
    const cli_option *options;
    int (*run)(cli *c, const cli_args *args);
} cli_command;

extern const cli_command cli_commands[]; /* main.c; ends with a nameless one */

/* Reorders argv so that operands stand together. False: *status is the exit status. */
bool cli_parse(cli *c, const cli_command *command, int argc, char **argv, cli_args *args, int *status);
int cli_help(cli *c, const cli_command *command);
const cli_command *cli_find(const char *name, const char **nearest);

int cli_run(cli *c, const cli_args *args);
int cli_check(cli *c, const cli_args *args);
int cli_test(cli *c, const cli_args *args);
int cli_explain(cli *c, const cli_args *args);
int cli_fmt(cli *c, const cli_args *args);
int cli_diff(cli *c, const cli_args *args);
int cli_audit(cli *c, const cli_args *args);

/* ---- input.c: a stream of encounters, one a line, or objects over several lines ---- */

typedef enum cli_got { CLI_END, CLI_ONE, CLI_TOO_LONG, CLI_UNREADABLE } cli_got;

typedef struct cli_input {
    const char *name; /* as messages call it */
    int fd;
    int error;  /* errno of a read that failed */
    bool waits; /* not a plain file: what was written so far is flushed before it is read */
    bool begun, ended;
    bool holds;   /* the last encounter, of `taken` bytes, is still at start */
    bool by_line; /* each line is an encounter */
    char *data;
    size_t size, start, end, taken; /* data[start, end) is not yet used */
    uint64_t line;                  /* number of the line at start, from 1 */
} cli_input;

/* "-" is standard input. False: said why. */
bool cli_input_open(cli *c, cli_input *in, const char *path);
/* The next encounter's text, until the next call, and the line it begins on. A line over CLI_INPUT_MAX is
 * skipped: CLI_TOO_LONG. */
cli_got cli_input_next(cli *c, cli_input *in, const char **text, size_t *len, uint64_t *line);
void cli_input_close(cli_input *in);

/* ---- policy.c ---- */

char *cli_search_path(void); /* from malloc; NULL: no memory */
/* Reads and compiles. What it found wrong is in *error either way. */
drip_status cli_compile(cli *c, const char *name, drip_program **program, drip_error **error);
/* Says why something about a policy did not work. Its errors speak for themselves. The exit status. */
int cli_say_status(cli *c, const char *name, drip_status status, const drip_error *error);
/* NULL: said why, and *status is the exit status. */
drip_program *cli_policy(cli *c, const char *name, int *status);

/* ---- cost.c ---- */

int cli_cost(cli *c, const char *policy,
             drip_program *program); /* the table of what it costs; the exit status */
/* What --fuel says, if the command has it. False: said why. */
bool cli_limits(cli *c, const cli_command *command, const cli_args *args, drip_limits *limits);

/* ---- evaluate.c ---- */

typedef struct cli_job {
    cli *c;
    drip_session *session;
    bool json, strict, whole;
    bool chooses; /* each encounter is evaluated under the policy that it names */
    const char *why, *why_not;
    const char *text; /* of the encounter being shown */
    size_t len;
    const char *date, *known;   /* days that the caller named; NULL */
    struct cli_choice *choices; /* where each encounter names its policy: those met so far */
    size_t n_choices;
    uint64_t shown; /* encounters, so far */
    drip_status (*show)(struct cli_job *job);
    void (*refused)(struct cli_job *job); /* an encounter was; may be NULL */
    const char *problem;                  /* set by show where it fails: why, in words about the encounter */
    bool stop;                            /* set by show where nothing more can be done, and it said why */
    struct cli_claims *claims;            /* audit.c */
} cli_job;

/* Evaluates each encounter of each file and shows it. The exit status. */
int cli_evaluate(cli_job *job, const char *policy, const char *date, const char *known, const cli_args *args);

/* ---- choose.c: the policy that an encounter itself names ---- */

/* Makes job->session one of the policy of that name. False: there is none, and *why says so. */
bool cli_choose(cli_job *job, const char *name, const char **why);
void cli_choices_free(cli_job *job);

/* ---- mend.c: what `drip check --fix` does ---- */

/* Applies the sure edits of an error to the files, each file once, and says what it changed. How many edits;
 * -1: a file could not be written, and it said why. */
int cli_mend(cli *c, const char *operand, const drip_error *error);

drip_status cli_table(cli_job *job);     /* table.c: the last result for a reader */
drip_status cli_lines(cli_job *job);     /* that without the findings */
drip_status cli_checklist(cli_job *job); /* checklist.c: lines and checklist */
drip_status cli_checklist_json(cli_job *job);
/* Text of the library, made safe line by line. */
void cli_put_text(cli *c, const char *text, size_t len);
drip_status cli_heading(cli_job *job); /* whose it is, and under which policy */

/* ---- reports.c: the scenarios that were run, for other programs */

typedef struct cli_scenario {
    char *name, *origin, *summary, *detail;
    uint32_t line;
    bool passed;
} cli_scenario;
typedef struct cli_tests {
    cli_scenario *items;
    size_t count, size;
    uint32_t passed, failed;
    char *errors; /* of policies that could not be tested; NULL: there are none */
    bool no_memory;
} cli_tests;

void cli_tests_add(cli_tests *tests, const drip_test_event *event);
void cli_tests_errors(cli_tests *tests, const char *text);
void cli_tests_free(cli_tests *tests);
/* Text for XML and HTML, in attributes and outside; what they cannot hold is shown as cli_safe does. */
void cli_markup(cli *c, const char *text, size_t len);
void cli_tests_tap(cli *c, const cli_tests *tests);
/* The exit status, made 2 if the file could not be written. */
int cli_tests_junit(cli *c, const cli_tests *tests, const char *path, int status);

/* ---- coverage.c, coverage_html.c */

typedef struct cli_goals {
    uint64_t met, excused, all;
} cli_goals;

void cli_goals_add(cli_goals *goals, const drip_cover_item *item);
cli_goals cli_goals_all(const drip_coverage *coverage);
const char *cli_short_path(const char *path); /* without ./ in front */
bool cli_goals_reach(const cli_goals *goals, uint32_t percent);
void cli_put_share(cli *c, const cli_goals *goals); /* 98.4 */
enum { CLI_COVER_KINDS = DRIP_COVER_STALE + 1 };
extern const char *const cli_cover_kinds[CLI_COVER_KINDS];
void cli_goals_by_kind(const drip_coverage *coverage, cli_goals goals[CLI_COVER_KINDS]);

void cli_coverage_text(cli *c, const drip_coverage *coverage);
void cli_coverage_json(cli *c, const drip_coverage *coverage, const cli_tests *tests);
/* The exit status, made 2 if the file could not be written. */
int cli_coverage_html(cli *c, const drip_coverage *coverage, const cli_tests *tests, const char *path,
                      int status);

/* mutate.c: what --mutate found; the exit status, 1 where fewer than `least` percent are noticed. */
int cli_mutation(cli *c, const drip_mutation *mutation, bool json, uint32_t least);

#endif
