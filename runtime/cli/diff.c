/* drip: diff.c, level 4. `drip diff`: what a corpus of encounters is answered under two policies.
 *
 * The run is bulk.c's, each thread with a session of either policy; what differs is added to one drip_diff, whose sums are
 * the same for any order. When all is read, the report is made from it; only the smallest encounter of each kind is kept,
 * and is evaluated once more to show both answers.
 *
 * A comparison that sees nothing looks like one where nothing moved. So a third session evaluates the first encounters of
 * the corpus under NEW with a finding planted in it, and these answers go the same way, through reader, threads,
 * evaluation, comparison, sums and report. Where the planted finding does not come out at the end, once for each of these
 * encounters, nothing else that is said can be trusted, and the command fails. */
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PLANTED "planted-change"
enum { PLANT_MANY = 8 };
enum { OLD, NEW, SIDES };
enum {
    POLICY,
    OTHER,
    JSON,
    CSV,
    HTML,
    BY,
    SHOW,
    APPROVED,
    APPROVE,
    EXPECT,
    JOBS,
    ON,
    KNOWN,
    FUEL,
    WITNESS,
    UP_TO,
    BUDGET
};
enum { BESIDE_NEW, BESIDE_PLANTED };

typedef struct cli_diff {
    drip_diff *diff, *planted;
    uint64_t tried;  /* how often another was wanted to be evaluated with the planted finding, too */
    uint64_t seeing; /* how many were */
    uint64_t too_long;
    int failed; /* a drip_status: adding did */
    bool csv;
    pthread_mutex_t lock;
    uint64_t first; /* number of the first that both refused, of which `refusal` tells; 0: none */
    char refusal[800];
} cli_diff_state;

/* ---- one encounter */

typedef struct row_of {
    cli_job *job;
    const cli_item *item;
} row_of;

static void put_row(void *context, const drip_change *change)
{
    const row_of *r = context;
    const char *id = drip_session_encounter(r->job->session);
    cli_diff_csv_row(r->job->c, r->item,
                     *id != '\0' ? id : drip_session_encounter(r->job->beside[BESIDE_NEW]), change,
                     drip_diff_amounts(r->job->diff->diff));
}

static bool failed(struct cli_diff *d, drip_status status)
{
    if (status == DRIP_OK)
        return false;
    __atomic_store_n(&d->failed, (int)status, __ATOMIC_RELAXED);
    return true;
}

/* An encounter that is refused can be compared; that there was no memory says nothing about it. */
static bool evaluate(struct cli_diff *d, drip_session *session, const cli_item *item, bool *interrupted)
{
    drip_status status = drip_eval(session, item->text, item->len);
    *interrupted = *interrupted || status == DRIP_INTERRUPTED;
    if (status == DRIP_NO_MEMORY)
        (void)failed(d, status);
    return status == DRIP_OK;
}

static void tell_first(struct cli_diff *d, const cli_item *item, const char *why)
{
    pthread_mutex_lock(&d->lock);
    if (d->first == 0 || item->number < d->first) {
        d->first = item->number;
        (void)snprintf(d->refusal, sizeof d->refusal, "%.200s:%llu: %.540s", item->file,
                       (unsigned long long)item->line, why);
    }
    pthread_mutex_unlock(&d->lock);
}

/* Only where both sides answered: then so must the one with the planted finding. */
static bool compare_planted(cli_job *job, const cli_item *item, const drip_diff_case *which, bool old)
{
    struct cli_diff *d = job->diff;
    bool interrupted = false;
    if (!old || __atomic_load_n(&d->tried, __ATOMIC_RELAXED) >= PLANT_MANY ||
        __atomic_fetch_add(&d->tried, 1, __ATOMIC_RELAXED) >= PLANT_MANY)
        return true;
    __atomic_add_fetch(&d->seeing, 1, __ATOMIC_RELAXED);
    (void)evaluate(d, job->beside[BESIDE_PLANTED], item, &interrupted);
    return !interrupted && !failed(d, drip_diff_add(d->planted, job->session, job->beside[BESIDE_PLANTED],
                                                    which, NULL, NULL));
}

static bool compare_one(cli_job *job, const cli_item *item, cli_tally *tally)
{
    struct cli_diff *d = job->diff;
    bool interrupted = false;
    const drip_diff_case which = {item->file, item->text, item->len, item->line, item->number};
    row_of row = {job, item};
    bool old = evaluate(d, job->session, item, &interrupted);
    bool new = evaluate(d, job->beside[BESIDE_NEW], item, &interrupted);
    if (interrupted || d->failed != 0 ||
        failed(d, drip_diff_add(d->diff, job->session, job->beside[BESIDE_NEW], &which,
                                d->csv ? put_row : NULL, &row)))
        return false;
    if (!old && !new)
        tell_first(d, item, drip_session_message(job->session));
    tally->evaluated++;
    return compare_planted(job, item, &which, old && new);
}

/* The only ones that are refused by the command itself. */
static void count_long(cli_job *job)
{
    __atomic_add_fetch(&job->diff->too_long, 1, __ATOMIC_RELAXED);
}

/* ---- the policies */

static drip_program *compile_planted(cli *c, const char *name, const drip_program *program)
{
    drip_layers *layers = NULL;
    drip_program *planted = NULL;
    drip_error *error = NULL;
    drip_status status = drip_layers_new(c->engine, &layers);
    if (status == DRIP_OK)
        status = drip_layers_add_policy_files(layers, name, c->path, &error);
    if (status == DRIP_OK)
        status = drip_layers_plant(layers, program, PLANTED, &error);
    if (status == DRIP_OK)
        status = drip_compile(layers, &planted, &error);
    if (status != DRIP_OK) {
        cli_say(
            c, "drip diff: a finding could not be planted in %s, so it cannot be shown that changes are seen",
            name);
        (void)cli_say_status(c, name, status, error);
    }
    drip_error_free(error);
    drip_layers_free(layers);
    return planted;
}

static bool compile_all(cli_job *job, const cli_args *args)
{
    int status = CLI_WRONG;
    job->program = cli_policy(job->c, args->option[POLICY], &status);
    if (job->program != NULL)
        job->others[BESIDE_NEW] = cli_policy(job->c, args->option[OTHER], &status);
    if (job->others[BESIDE_NEW] != NULL)
        job->others[BESIDE_PLANTED] = compile_planted(job->c, args->option[OTHER], job->others[BESIDE_NEW]);
    return job->others[BESIDE_PLANTED] != NULL;
}

static bool group_by(cli *c, drip_diff *diff, const cli_args *args)
{
    for (size_t i = 0; i < args->n_many; i++) {
        drip_status status = drip_diff_by(diff, args->many[i]);
        if (status == DRIP_OK)
            continue;
        cli_say(
            c,
            "drip diff: --by takes a field or attribute that the old policy reads or decides, as setting, or "
            "Entity.field for rows; \"%s\" is none",
            args->many[i]);
        return false;
    }
    return true;
}

static bool open_all(cli_job *job, const cli_args *args)
{
    struct cli_diff *d = job->diff;
    if (!compile_all(job, args))
        return false;
    if (drip_diff_new(job->program, job->others[BESIDE_NEW], &d->diff) != DRIP_OK ||
        drip_diff_new(job->program, job->others[BESIDE_PLANTED], &d->planted) != DRIP_OK) {
        cli_say(job->c, "drip: out of memory");
        return false;
    }
    return group_by(job->c, d->diff, args);
}

static void close_all(cli_job *job)
{
    drip_diff_free(job->diff->diff);
    drip_diff_free(job->diff->planted);
    drip_program_free(job->others[BESIDE_NEW]);
    drip_program_free(job->others[BESIDE_PLANTED]);
}

/* ---- is what was planted seen? */

typedef struct kept_report {
    char *bytes;
    size_t len;
} kept_report;

static bool keep_report(void *context, int fd, const char *bytes, size_t len)
{
    kept_report *k = context;
    (void)fd;
    char *grown = realloc(k->bytes, k->len + len + 1);
    if (grown == NULL)
        return false;
    k->bytes = grown;
    memcpy(k->bytes + k->len, bytes, len);
    k->len += len;
    k->bytes[k->len] = '\0';
    return true;
}

static bool open_report(const cli_job *job, drip_diff *diff, drip_program *const programs[SIDES],
                        cli_diff_report *r)
{
    r->diff = diff;
    for (int side = OLD; side <= NEW; side++)
        if (drip_session_new(programs[side], &r->sessions[side]) != DRIP_OK ||
            drip_session_set_date(r->sessions[side], job->date) != DRIP_OK ||
            drip_session_set_known(r->sessions[side], job->known) != DRIP_OK)
            return false;
    return drip_diff_sum(diff, &r->sums) == DRIP_OK;
}

static void close_report(cli_diff_report *r)
{
    drip_session_free(r->sessions[OLD]);
    drip_session_free(r->sessions[NEW]);
}

/* The planted finding, once for each encounter that both sides answered: among the kinds, and in the report. */
static bool planted_seen(const cli_job *job, drip_program *old)
{
    struct cli_diff *d = job->diff;
    drip_program *const programs[] = {old, job->others[BESIDE_PLANTED]};
    cli_diff_report report = {.names = {"", ""}, .by = (const char *const[]){NULL}};
    kept_report kept = {0};
    drip_diff_kind kind;
    bool counted = false, told = false;
    cli *to = cli_like(job->c, -1);
    if (to != NULL && open_report(job, d->planted, programs, &report)) {
        to->sink = keep_report;
        to->sink_context = &kept;
        for (uint32_t i = 0; drip_diff_kind_at(d->planted, i, &kind) == DRIP_OK; i++)
            counted = counted || (strcmp(kind.key, "finding added info: " PLANTED) == 0 &&
                                  kind.encounters == d->seeing && strcmp(kind.name, PLANTED) == 0);
        cli_diff_text(to, &report);
        cli_flush(to);
        told = kept.bytes != NULL && strstr(kept.bytes, PLANTED) != NULL;
    }
    close_report(&report);
    free(kept.bytes);
    free(to);
    return counted && told;
}

/* ---- the whole */

static int tell(cli_job *job, cli_diff_report *r, const cli_args *args)
{
    const char *const *o = args->option;
    int status = r->sums.moved > 0 ? CLI_NO : CLI_YES;
    if (o[JSON] != NULL)
        cli_diff_json(job->c, r);
    else if (o[CSV] == NULL)
        cli_diff_text(job->c, r);
    if (o[APPROVED] != NULL)
        status = cli_diff_approved(job->c, r, o[APPROVED]);
    if (o[APPROVE] != NULL)
        status = cli_diff_approve(job->c, r, o[APPROVE]);
    if (o[HTML] != NULL)
        status = cli_diff_html(job->c, r, o[HTML], status);
    return status;
}

/* Why what was compared says nothing; NULL: it does. */
static const char *no_use(const cli_job *job, drip_program *old, const drip_diff_sums *sums,
                          uint64_t expected, char *text, size_t size)
{
    uint64_t compared = sums->encounters - sums->refused_both;
    if (job->diff->failed == DRIP_LIMIT)
        return "there are more kinds of change than can be told apart, or the sums are too large";
    if (job->diff->failed != DRIP_OK)
        return "out of memory";
    if (compared < expected) {
        (void)snprintf(text, size, "%llu encounters were compared, and %llu were expected",
                       (unsigned long long)compared, (unsigned long long)expected);
        return text;
    }
    if (job->diff->seeing == 0)
        return "no encounter was answered under both policies, so nothing was compared";
    return planted_seen(job, old)
               ? NULL
               : "a change planted in the new policy was not seen: this comparison sees nothing, "
                 "and says nothing about the policies";
}

static int compare_all(cli_job *job, const cli_args *args, const cli_bulk *bulk, uint64_t expected)
{
    struct cli_diff *d = job->diff;
    char text[160];
    drip_program *old = drip_program_ref(job->program);
    drip_program *const programs[] = {old, job->others[BESIDE_NEW]};
    cli_diff_report report = {.names = {args->option[POLICY], args->option[OTHER]}, .by = args->many};
    if (d->csv)
        cli_diff_csv_head(job->c, d->diff);
    int status = cli_evaluate(job, args->option[POLICY], bulk, args);
    report.show = args->option[SHOW] != NULL;
    report.too_long = d->too_long;
    if (status < CLI_WRONG) {
        if (d->first > 0)
            cli_say(job->c, "drip diff: not all can be compared; the first that both policies refuse is %s",
                    d->refusal);
        bool open = open_report(job, d->diff, programs, &report);
        const char *why =
            open ? no_use(job, old, &report.sums, expected, text, sizeof text) : "out of memory";
        if (why != NULL)
            cli_say(job->c, "drip diff: %s", why);
        status = why != NULL ? CLI_WRONG : tell(job, &report, args);
        close_report(&report);
    }
    drip_program_free(old);
    return status;
}

static bool usage(cli *c, const cli_args *args, cli_bulk *bulk, uint64_t *expected)
{
    const char *const *o = args->option;
    const char *why = NULL;
    if (o[POLICY] == NULL || o[OTHER] == NULL)
        why = "-p OLD and -q NEW are wanted";
    else if (o[JSON] != NULL && o[CSV] != NULL)
        why = "either --json or --csv";
    else if (o[APPROVED] != NULL && o[APPROVE] != NULL)
        why = "either --approved or --approve";
    else if (o[JOBS] != NULL && (!cli_number(o[JOBS], CLI_JOBS_MAX, &bulk->jobs) || bulk->jobs == 0))
        why = "--jobs takes a number from 1 to 256";
    else if (o[EXPECT] != NULL && !cli_number(o[EXPECT], UINT64_MAX / 2, expected))
        why = "--expect takes a number";
    else if ((o[HTML] != NULL && !cli_may_replace(o[HTML], "<!DOCTYPE html>")) ||
             (o[APPROVE] != NULL && !cli_may_replace(o[APPROVE], "# Changes that are expected")))
        why = "--html and --approve take the name of the file to write, and that holds something else: "
              "nothing was done";
    if (why != NULL)
        cli_say(c, "drip diff: %s (drip diff --help says more)", why);
    return why == NULL;
}

/* What an option asks for must not be left undone in silence. */
static bool only_with(cli *c, const cli_args *args, bool corpus)
{
    static const int of_corpus[] = {CSV, HTML, SHOW, APPROVED, APPROVE, EXPECT, JOBS, ON, KNOWN, FUEL};
    static const int of_search[] = {UP_TO, BUDGET};
    const int *list = corpus ? of_corpus : of_search;
    size_t n = corpus ? sizeof of_corpus / sizeof *of_corpus : sizeof of_search / sizeof *of_search;
    bool any = corpus && args->n_many > 0;
    for (size_t i = 0; i < n; i++)
        any = any || args->option[list[i]] != NULL;
    if (any)
        cli_say(c, "drip diff: %s (drip diff --help says more)",
                corpus ? "--witness goes with -p, -q, --json, --up-to and --budget alone"
                       : "--up-to and --budget are for --witness");
    return !any;
}

static int look_for_witnesses(cli *c, const cli_args *args)
{
    const char *const *o = args->option;
    if (!only_with(c, args, true))
        return CLI_WRONG;
    const cli_witness_call call = {{o[POLICY], o[OTHER]}, o[UP_TO],         o[BUDGET],
                                   args->operands,        args->n_operands, o[JSON] != NULL};
    return cli_witness(c, &call);
}

int cli_diff(cli *c, const cli_args *args)
{
    if (args->option[WITNESS] != NULL)
        return look_for_witnesses(c, args);
    struct cli_diff d = {.csv = args->option[CSV] != NULL};
    cli_job job = {.c = c,
                   .date = args->option[ON],
                   .known = args->option[KNOWN],
                   .diff = &d,
                   .one = compare_one,
                   .refused = count_long};
    cli_bulk bulk = {.jobs = 1, .from = 1, .whole = true};
    uint64_t expected = 0;
    if (!usage(c, args, &bulk, &expected) || !only_with(c, args, false))
        return CLI_WRONG;
    int status = CLI_WRONG;
    if (pthread_mutex_init(&d.lock, NULL) != 0)
        return CLI_WRONG;
    if (open_all(&job, args))
        status = compare_all(&job, args, &bulk, expected);
    else
        drip_program_free(job.program);
    close_all(&job);
    pthread_mutex_destroy(&d.lock);
    return status;
}
