/* drip: check.c, level 4. `drip check`: what is wrong with policies, as text, as objects for editors, or mended.
 *
 * With --json, standard output holds one object a line and nothing else; what has no place in a file, such as a
 * policy that is not there, is an object too. With --fix, sure edits are made and the policy is read again,
 * until none is left: mending one mistake often shows the next. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>

enum { FIX_ROUNDS = 20 };

/* In the order of the command's options. */
enum { JSON, FIX, EXPLAIN, COST, VERBOSE };

/* ---- text */

static int verdict(cli *c, const char *name, const drip_error *error, bool clean)
{
    const char *text = error != NULL ? drip_error_text(error) : "";
    uint32_t n = error != NULL ? drip_error_count(error) : 1;
    size_t len = strlen(text);
    cli_bytes(c, text, len);
    if (len > 0 && text[len - 1] != '\n')
        cli_text(c, "\n");
    cli_safe(c, name, strlen(name));
    cli_text(c, ": ");
    if (clean) {
        cli_text(c, "ok\n");
        return CLI_YES;
    }
    cli_uint(c, n);
    cli_text(c, n == 1 ? " error\n" : " errors\n");
    return CLI_NO;
}

/* ---- objects */

static void put_place(cli *c, const drip_place *at)
{
    if (at->origin == NULL)
        return;
    cli_json_text(c, "file", at->origin);
    cli_json_uint(c, "line", at->line);
    cli_json_uint(c, "column", at->column);
    cli_json_uint(c, "endLine", at->end_line);
    cli_json_uint(c, "endColumn", at->end_column);
    cli_text(c, ",\"span\":[");
    cli_uint(c, at->start);
    cli_text(c, ",");
    cli_uint(c, at->end);
    cli_text(c, "]");
}

typedef drip_status (*remark_fn)(const drip_error *error, uint32_t diag, uint32_t k, drip_remark *view);

static void put_remarks(cli *c, const char *key, const drip_error *error, uint32_t diag, remark_fn get)
{
    drip_remark r;
    cli_text(c, ",\"");
    cli_text(c, key);
    cli_text(c, "\":[");
    for (uint32_t k = 0; get(error, diag, k, &r) == DRIP_OK; k++) {
        cli_text(c, k == 0 ? "{\"text\":" : ",{\"text\":");
        cli_json(c, r.text);
        put_place(c, &r.at);
        cli_text(c, "}");
    }
    cli_text(c, "]");
}

static void put_diag(cli *c, const drip_error *error, uint32_t i, const drip_diag *d)
{
    static const char *const levels[] = {"error", "warning", "note"};
    cli_text(c, "{\"format\":\"drip.diagnostic/1\"");
    cli_json_text(c, "severity", levels[d->level]);
    cli_json_text(c, "code", d->code);
    cli_json_text(c, "message", d->message);
    put_place(c, &d->at);
    put_remarks(c, "labels", error, i, drip_error_label);
    if (d->note != NULL)
        cli_json_text(c, "note", d->note);
    if (d->hint != NULL)
        cli_json_text(c, "hint", d->hint);
    put_remarks(c, "fixes", error, i, drip_error_fix);
    cli_text(c, d->sure ? ",\"sure\":true" : ",\"sure\":false");
    if (drip_code_page(d->code) != NULL) {
        cli_text(c, ",\"page\":\"docs/errors/");
        cli_text(c, d->code);
        cli_text(c, ".md\"");
    }
    cli_text(c, "}\n");
}

static void put_diags(cli *c, const drip_error *error)
{
    drip_diag d;
    for (uint32_t i = 0; drip_error_diag(error, i, &d) == DRIP_OK; i++)
        put_diag(c, error, i, &d);
}

/* ---- one policy */

static int report(cli *c, const char *name, const cli_args *args, drip_status status, const drip_error *error)
{
    bool told = status == DRIP_OK || status == DRIP_BAD_POLICY || status == DRIP_LIMIT;
    if (args->option[JSON] == NULL)
        return told ? verdict(c, name, error, status == DRIP_OK) : cli_say_status(c, name, status, error);
    put_diags(c, error);
    if (!told && error == NULL)
        return cli_say_status(c, name, status, error);
    return status == DRIP_OK ? CLI_YES : told ? CLI_NO : CLI_WRONG;
}

static int check_one(cli *c, const char *name, const cli_args *args)
{
    int answer = CLI_YES;
    bool again = args->option[FIX] != NULL;
    for (int round = 0;; round++) {
        drip_program *program = NULL;
        drip_error *error = NULL;
        drip_status status = cli_compile(c, name, &program, &error);
        int mended = again && round < FIX_ROUNDS ? cli_mend(c, name, error) : 0;
        if (mended <= 0)
            answer = report(c, name, args, status, error);
        if (mended <= 0 && answer == CLI_YES && program != NULL && args->option[COST] != NULL)
            answer = cli_cost(c, name, program);
        drip_error_free(error);
        drip_program_free(program);
        if (mended <= 0)
            return mended < 0 ? CLI_WRONG : answer;
    }
}

static int explain(cli *c, const char *code)
{
    const char *page = drip_code_page(code);
    if (page == NULL) {
        cli_say(c, "drip check: there is no code %s; they are listed in docs/errors and look like E0224",
                code);
        return CLI_WRONG;
    }
    cli_text(c, page);
    return CLI_YES;
}

int cli_check(cli *c, const cli_args *args)
{
    int worst = CLI_YES;
    if (args->option[EXPLAIN] != NULL)
        return explain(c, args->option[EXPLAIN]);
    if (args->option[FIX] != NULL && (args->option[JSON] != NULL || args->n_operands == 0)) {
        cli_say(c, args->n_operands == 0
                       ? "drip check --fix changes files: name the file or folder of the policy"
                       : "drip check: --json and --fix cannot go together");
        return CLI_WRONG;
    }
    c->notes = args->option[VERBOSE] != NULL;
    if (args->n_operands == 0)
        return check_one(c, "national", args);
    for (size_t i = 0; i < args->n_operands; i++) {
        int answer = check_one(c, args->operands[i], args);
        worst = answer > worst ? answer : worst;
    }
    return worst;
}
