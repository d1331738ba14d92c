/* drip: cli.h, level 4. What the files of the command share: output, options, input, policies.
 *
 * The command uses nothing of Drip but drip.h. Exit status: 0 as asked, 1 the answer is no (an encounter
 * was refused, a policy has errors, a scenario failed), 2 the call itself cannot be carried out, CLI_SIGNAL and its number: a signal
 * ended it. */
#ifndef CLI_H
#define CLI_H

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "drip.h"

enum { CLI_YES = 0, CLI_NO = 1, CLI_WRONG = 2, CLI_SIGNAL = 128 };
enum {
    CLI_BLOCK = 128 * 1024,
    CLI_INPUT_MAX = 16 * 1024 * 1024,
    CLI_OPTIONS = 24,
    CLI_MANY = 16,
    CLI_POLICY_MAX = 64,
    CLI_JOBS_MAX = 256
};

/* ---- output.c: standard output behind a buffer, messages on standard error ---- */

/* Takes bytes in the place of a file's descriptor. False: there is no memory for them. */
typedef bool (*cli_sink)(void *context, int fd, const char *bytes, size_t len);

typedef struct cli {
    drip_engine *engine;
    char *path; /* where policies are looked for: folders separated by ':' */
    bool colour;
    bool notes;    /* compiling also lists what is not proved */
    bool drawn;    /* a line of progress stands on the terminal: it is erased before anything is said */
    cli_sink sink; /* NULL: descriptors are written to */
    void *sink_context;
    int fd;     /* where data goes */
    int error;  /* errno of the first write that failed; nothing is written after it */
    size_t len; /* of data, not yet written */
    char data[64 * 1024];
} cli;

void cli_bytes(cli *c, const char *bytes, size_t len);
void cli_text(cli *c, const char *text);
void cli_safe(cli *c, const char *bytes, size_t len); /* control characters and broken UTF-8 made visible */
void cli_uint(cli *c, uint64_t n);
void cli_uint_right(cli *c, uint64_t n, size_t width); /* blanks before it up to this width */
void cli_pad(cli *c, size_t columns);
void cli_json(cli *c, const char *text); /* quoted and escaped */
/* A further member of an object, with its comma. */
void cli_json_text(cli *c, const char *key, const char *text);
void cli_json_uint(cli *c, const char *key, uint64_t n);
void cli_style(cli *c, const char *codes); /* "1;31" on a terminal in colour, "0" ends it */
void cli_flush(cli *c);
/* Another output with the same engine and search path. From malloc; NULL: no memory. */
cli *cli_like(const cli *c, int fd);
/* A file to write to in the same way. NULL: said why. Closed with the exit status as cli_finish. */
cli *cli_file_open(cli *c, const char *path);
cli *cli_file_append(cli *c, const char *path); /* after what it holds */
int cli_file_close(cli *c, cli *file, const char *path, int status);
/* What was written is flushed; says so if it could not be. The exit status, made 2 in that case. */
int cli_finish(cli *c, int status);
/* A line on standard error, after what was written so far. */
__attribute__((format(printf, 2, 3))) void cli_say(cli *c, const char *format, ...);
/* As they stand, on standard error, after what was written so far. */
void cli_error_bytes(cli *c, const char *bytes, size_t len);
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
/* Each line of the text behind `before`, made safe. */
void cli_indented(cli *c, const char *text, const char *before);
bool cli_number(const char *text, uint64_t most, uint64_t *n); /* digits alone, up to most */

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

/* Before a read that may have to wait. False: the run was stopped meanwhile. */
typedef bool (*cli_wait)(void *context, int fd);

typedef struct cli_input {
    const char *name; /* as messages call it */
    int fd;
    int error; /* errno of a read that failed, or CLI_STOP */
    bool
        waits; /* not a plain file: what was made of what was read so far is handed over before more is read */
    bool begun, ended;
    bool holds;   /* the last encounter, of `taken` bytes, is still at start */
    bool by_line; /* each line is an encounter */
    char *data;
    size_t size, start, end, taken; /* data[start, end) is not yet used */
    uint64_t line;                  /* number of the line at start, from 1 */
    uint64_t got;                   /* bytes read so far */
    off_t bytes;                    /* of a plain file, and when it was changed last, as it was opened */
    struct timespec changed;
    cli_wait wait; /* NULL: nothing is to be done */
    void *context;
} cli_input;

enum { CLI_STOP = ECANCELED };

/* "-" is standard input. False: in->error says why. in->data is kept from one input to the next, from malloc. */
bool cli_input_open(cli_input *in, const char *path, cli_wait wait, void *context);
/* The next encounter's text, until the next call, and the line it begins on. A line over CLI_INPUT_MAX is
 * skipped: CLI_TOO_LONG. */
cli_got cli_input_next(cli_input *in, const char **text, size_t *len, uint64_t *line);
bool cli_input_changed(const cli_input *in); /* since it was opened */
void cli_input_close(cli_input *in);

/* ---- files.c: the files that a run is to read ---- */

typedef struct cli_files {
    char **paths; /* "-": standard input */
    size_t count, size;
    uint64_t bytes;
    bool sized; /* that is all there is to read */
} cli_files;

/* What the operands name: a folder stands for its files and those of the folders in it, by the bytes of their
 * paths. The exit status; said what cannot be read. */
int cli_files_find(cli *c, const cli_args *args, cli_files *files);
void cli_files_free(cli_files *files);

/* ---- feed.c: the encounters of these files, counted ---- */

typedef enum cli_item_is {
    CLI_ITEM,      /* an encounter to evaluate */
    CLI_ITEM_LONG, /* one that is too long to be read */
    CLI_ITEM_NOTE  /* no encounter: something to say at this place, and that not all could be read */
} cli_item_is;

typedef struct cli_item {
    cli_item_is is;
    const char *file; /* as messages call it; lives as long as the files */
    uint64_t line;
    uint64_t number; /* of the encounter in the whole input, from 1; of a note: of the one after it */
    const char *text;
    size_t len;
} cli_item;

typedef struct cli_feed {
    const cli_files *files;
    struct cli_stop *stop; /* NULL: nothing stops it */
    cli_wait wait;
    void *context;
    uint64_t from;   /* encounters with a smaller number are passed over */
    uint64_t number; /* of the last one read */
    uint64_t bytes;  /* read; other threads may look */
    size_t next;     /* file to open */
    bool open, stopped;
    cli_input in;
    char *note;
} cli_feed;

/* The next encounter; its text lives until the next call. False: that was all, or the run was stopped. */
bool cli_feed_next(cli_feed *feed, cli_item *item);
void cli_feed_close(cli_feed *feed);

/* ---- stop.c: the first signal ends a run cleanly, the second at once ---- */

typedef struct cli_stop {
    pthread_t thread;
    pthread_mutex_t lock;
    sigset_t signals;     /* those that stop the run */
    int in, over, told;   /* descriptors: the signals; the run is over; readable from the first signal on */
    int signal;           /* the one that came; 0: none so far */
    void (*wake)(void *); /* called once, from another thread, when it has come */
    void *context;
} cli_stop;

bool cli_stop_begin(cli_stop *stop); /* false: signals do what they did */
void cli_stop_on(cli_stop *stop, void (*wake)(void *), void *context);
int cli_stopped(const cli_stop *stop); /* the signal or 0; stop may be NULL */
/* Waits until there is something to read. False: the run was stopped. */
bool cli_stop_wait(const cli_stop *stop, int fd);
void cli_stop_end(cli_stop *stop);

/* ---- progress.c: how far a run is, on a terminal ---- */

typedef struct cli_progress {
    bool on;
    uint64_t total;            /* bytes of the input; 0: not known */
    uint64_t began, drawn;     /* in milliseconds */
    uint64_t from, bytes_from; /* what was read before the first that was evaluated */
} cli_progress;

void cli_progress_begin(cli *c, cli_progress *p, const cli_files *files);
/* So many encounters and bytes are done. */
void cli_progress_step(cli *c, cli_progress *p, uint64_t done, uint64_t bytes);
void cli_progress_end(cli *c);

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

/* ---- evaluate.c: one encounter under a policy ---- */

struct cli_tally;
typedef struct cli_job {
    cli *c;
    drip_session *session;
    bool json, strict, whole;
    bool chooses; /* each encounter is evaluated under the policy that it names */
    const char *why, *why_not;
    const char *text; /* of the encounter being shown */
    size_t len;
    const char *date, *known;    /* days that the caller named; NULL */
    drip_program *program;       /* of all encounters, given or compiled; NULL if each chooses */
    struct cli_choices *choices; /* else those met so far, which all threads share, */
    drip_session **sessions;     /* this thread's sessions of them, */
    size_t n_seen, at;           /* how many of them it knows of, and which is `session`'s */
    void (*turn)(void *context); /* waits until all encounters before this one are done; NULL: they are */
    void *turn_context;
    uint64_t shown; /* encounters before this one: between two stands an empty line */
    cli *errors;    /* refusals are told there, not on standard error; NULL */
    drip_status (*show)(struct cli_job *job);
    void (*refused)(struct cli_job *job); /* an encounter was; may be NULL */
    const char *problem;                  /* set by show where it fails: why, in words about the encounter */
    bool stop;                            /* set by show where nothing more can be done, and it said why */
    struct cli_claims *claims;            /* audit.c */
    struct cli_diff *diff;                /* diff.c */
    drip_program *others[2]; /* of sessions that stand beside `session`, with the same days; NULL */
    drip_session *beside[2];
    /* Does with an encounter what is to be done, in place of evaluating and showing it. False: it was interrupted. */
    bool (*one)(struct cli_job *job, const struct cli_item *item, struct cli_tally *tally);
} cli_job;

typedef struct cli_tally {
    uint64_t evaluated, refused;
    int worst; /* exit status so far */
} cli_tally;

/* A session of the policy, or of the first to be chosen. False: said why. */
bool cli_job_open(cli_job *job);
void cli_job_close(cli_job *job);
/* Evaluates an encounter and shows it, or says what there is to say. False: it was interrupted. */
bool cli_job_do(cli_job *job, const cli_item *item, cli_tally *tally);

/* ---- bulk.c: the whole run ---- */

typedef struct cli_bulk {
    uint64_t jobs;      /* threads that evaluate; 0: this one, and no signal is looked for */
    uint64_t from;      /* number of the first encounter to evaluate */
    const char *errors; /* file for the refusals; NULL */
    bool quiet, summary;
    bool whole; /* a part is worth nothing: where it is stopped, it does not say how to go on */
} cli_bulk;

/* Evaluates each encounter of each file and shows it. bulk may be NULL. The exit status. */
int cli_evaluate(cli_job *job, const char *policy, const cli_bulk *bulk, const cli_args *args);

/* Is there nothing in this file but what an earlier run put there, which begins so (at most 64 bytes)? */
bool cli_may_replace(const char *path, const char *start);

/* ---- ring.c: many threads, one order ---- */

typedef struct cli_course {
    cli_job *job;
    cli_feed feed;
    cli_progress progress;
    cli_stop *stop; /* NULL: signals are not looked for */
    cli_tally tally;
    uint64_t next;  /* number of the first encounter that is not answered */
    bool no_memory; /* it ended there for want of it */
} cli_course;

/* Evaluates all of the feed in so many threads. False: they could not be started, and nothing was done. */
bool cli_ring(cli_course *run, uint64_t jobs);

/* ---- choose.c: the policy that an encounter itself names ---- */

bool cli_choices_new(
    cli_job *job); /* for this job, of choices that it may have been given. False: no memory */
/* Makes job->session one of the policy of that name. False: there is none, and *why says so. */
bool cli_choose(cli_job *job, const char *name, const char **why);
void cli_choices_close(cli_job *job); /* this job's sessions */
void cli_choices_free(struct cli_choices *choices);

/* ---- witness.c: `drip diff --witness` */

typedef struct cli_witness_call {
    const char *policies[2], *most, *budget; /* NULL: not given */
    char *const *files;                      /* of encounters to begin with */
    size_t n_files;
    bool json;
} cli_witness_call;
/* The exit status: 0 no difference found, 1 some, 2 it could not be looked for. */
int cli_witness(cli *c, const cli_witness_call *call);

/* ---- mend.c: what `drip check --fix` does ---- */

/* Applies the sure edits of an error to the files, each file once, and says what it changed. How many edits;
 * -1: a file could not be written, and it said why. */
int cli_mend(cli *c, const char *operand, const drip_error *error);

drip_status cli_table(cli_job *job);     /* table.c: the last result for a reader */
drip_status cli_lines(cli_job *job);     /* that without the findings */
drip_status cli_checklist(cli_job *job); /* checklist.c: lines and checklist */
drip_status cli_checklist_json(cli_job *job);
/* What the library writes of the last result, on a line of its own. */
drip_status cli_json_line(cli_job *job, drip_status (*make)(drip_session *, const char **, size_t *));
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

/* ---- diff.c: two policies over a corpus; diff_*.c: what is said of it */

typedef struct cli_diff_report {
    drip_diff *diff;
    drip_diff_sums sums;
    const char *names[2];      /* the policies, as they were named */
    drip_session *sessions[2]; /* to evaluate examples once more */
    const char *const *by;     /* fields of the record that were asked for; ends with NULL */
    bool show;                 /* the records of examples are shown, too */
    uint64_t too_long;
} cli_diff_report;

typedef struct cli_answer { /* one side of an example: its lines, then its findings */
    char **items;
    bool *moved; /* is not on the other side */
    size_t n, n_lines;
    char *total; /* "185.10 USD", NULL: none */
    char *why;   /* one sentence, and its clause; "" */
    char *cause; /* the first value that both sides worked out, and differently; NULL: none was found */
} cli_answer;

/* Both sides' answers to a kind's smallest encounter, from malloc. False: no memory. */
bool cli_diff_example(const cli_diff_report *report, const drip_diff_kind *kind, cli_answer answers[2]);
/* Fills in the causes: sessions hold the encounter's answers, names are of what differs. */
void cli_diff_cause(drip_session *const sessions[2], const char *const names[2], cli_answer answers[2]);
void cli_diff_example_free(cli_answer answers[2]);
/* An exact amount with commas between thousands, and a plus sign before what rises if `sign`. */
void cli_put_amount(cli *c, const char *amount, bool sign);
void cli_put_count(cli *c, uint64_t n);  /* likewise */
bool cli_is_nothing(const char *amount); /* "", "0", "0.00" */
const char *cli_base_name(const char *path);
/* What is true of a kind in words: "units differ", "no longer there". */
const char *cli_diff_words(const drip_diff_kind *kind);

void cli_diff_text(cli *c, cli_diff_report *report);
void cli_diff_json(cli *c, cli_diff_report *report);
void cli_diff_csv_head(cli *c, drip_diff *diff);
void cli_diff_csv_row(cli *c, const cli_item *item, const char *id, const drip_change *change,
                      uint32_t amounts);
void cli_diff_style(cli *c); /* of that page */
int cli_diff_html(cli *c, cli_diff_report *report, const char *path, int status);

/* Kinds that are expected, from a file, with how many encounters; and such a file of what moved. */
int cli_diff_approved(cli *c, cli_diff_report *report, const char *path); /* says what is not as approved */
int cli_diff_approve(cli *c, cli_diff_report *report, const char *path);

/* mutate.c: the exit status, 1 where fewer than `least` percent are noticed. */
typedef struct cli_mutate_call {
    drip_options_test options; /* but for the encounters */
    const char *corpus;        /* a file of encounters; NULL: none */
    uint32_t least;
    bool json;
} cli_mutate_call;
int cli_mutate(cli *c, drip_layers *layers, const cli_mutate_call *call);

#endif
