/* drip: fmt.c, level 4. `drip fmt`: files in the canonical layout, printed or rewritten in place. */
#include "cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int format_one(cli *c, const char *path, bool in_place)
{
    size_t len = 0, laid_len = 0;
    char *text = cli_file_read(path, &len), *laid = NULL;
    drip_error *error = NULL;
    int answer = CLI_NO;
    if (text == NULL) {
        cli_say(c, "drip fmt: %s: %s", path, strerror(errno));
        return CLI_NO;
    }
    drip_status status =
        drip_format(c->engine, strcmp(path, "-") == 0 ? "stdin" : path, text, len, &laid, &laid_len, &error);
    cli_say_error(c, error);
    if (status != DRIP_OK && error == NULL)
        cli_say(c, "drip fmt: %s: %s", path, drip_status_name(status));
    if (status == DRIP_OK && !in_place)
        cli_bytes(c, laid, laid_len);
    if (status == DRIP_OK)
        answer = CLI_YES;
    if (status == DRIP_OK && in_place && (laid_len != len || memcmp(laid, text, len) != 0) &&
        !cli_file_replace(path, laid, laid_len)) {
        cli_say(c, "drip fmt: %s: %s", path, strerror(errno));
        answer = CLI_NO;
    }
    drip_error_free(error);
    if (laid != NULL)
        drip_text_free(c->engine, laid, laid_len);
    free(text);
    return answer;
}

int cli_fmt(cli *c, const cli_args *args)
{
    enum { WRITE };
    bool in_place = args->option[WRITE] != NULL;
    int worst = CLI_YES;
    if (args->n_operands == 0) {
        cli_say(c, "drip fmt: which files? (drip fmt --help says more)");
        return CLI_WRONG;
    }
    for (size_t i = 0; i < args->n_operands; i++) {
        if (in_place && strcmp(args->operands[i], "-") == 0) {
            cli_say(c, "drip fmt: standard input cannot be rewritten in place");
            return CLI_WRONG;
        }
        int answer = format_one(c, args->operands[i], in_place);
        worst = answer > worst ? answer : worst;
    }
    return worst;
}
