/* drip: fmt.c, level 4. `drip fmt`: files in the canonical layout, printed or rewritten in place.
 *
 * A file is replaced whole or not at all: the new text is written beside it, synced, and renamed over it. */
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The whole file, from malloc. NULL: errno says why. */
static char *read_file(const char *path, size_t *len)
{
    size_t size = 64 * 1024, used = 0;
    int fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
    char *text = fd >= 0 ? malloc(size) : NULL;
    ssize_t n = text != NULL ? 1 : -1;
    while (n > 0 || (n < 0 && text != NULL && errno == EINTR)) {
        if (used == size) {
            char *larger = size <= CLI_INPUT_MAX ? realloc(text, size * 2) : NULL;
            if (larger == NULL) {
                errno = size > CLI_INPUT_MAX ? EFBIG : ENOMEM;
                n = -1;
                break;
            }
            text = larger;
            size *= 2;
        }
        n = read(fd, text + used, size - used);
        used += n > 0 ? (size_t)n : 0;
    }
    int error = errno;
    if (fd >= 0)
        close(fd);
    *len = used;
    if (n == 0)
        return text;
    free(text);
    errno = error;
    return NULL;
}

static bool write_synced(int fd, const char *text, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, text, len);
        if (n < 0 && errno != EINTR)
            return false;
        text += n > 0 ? n : 0;
        len -= n > 0 ? (size_t)n : 0;
    }
    return fsync(fd) == 0;
}

/* The rename itself is on disk only when its folder is. */
static void sync_folder(char *path)
{
    int fd = open(dirname(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        (void)fsync(fd);
        close(fd);
    }
}

/* False: errno says why, and the file is as it was. */
static bool replace(const char *path, const char *text, size_t len)
{
    char real[PATH_MAX], beside[PATH_MAX];
    struct stat is;
    if (realpath(path, real) == NULL || stat(real, &is) != 0)
        return false;
    if (snprintf(beside, sizeof beside, "%s.XXXXXX", real) >= (int)sizeof beside) {
        errno = ENAMETOOLONG;
        return false;
    }
    int fd = mkstemp(beside);
    if (fd < 0)
        return false;
    if (is.st_uid != geteuid() && fchown(fd, is.st_uid, is.st_gid) != 0)
        is.st_mode &= 0777; /* it changes hands: no set-user-id */
    bool good = fchmod(fd, is.st_mode & 07777) == 0 && write_synced(fd, text, len);
    good = close(fd) == 0 && good && rename(beside, real) == 0;
    if (!good) {
        int error = errno;
        (void)unlink(beside);
        errno = error;
        return false;
    }
    sync_folder(real);
    return true;
}

static int format_one(cli *c, const char *path, bool in_place)
{
    size_t len = 0, laid_len = 0;
    char *text = read_file(path, &len), *laid = NULL;
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
        !replace(path, laid, laid_len)) {
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
