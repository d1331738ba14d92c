/* drip: output.c, level 4. Standard output behind a buffer; messages on standard error.
 *
 * Where a thread works on a part of the run, both go to memory in the order in which they were said (a sink).
 * The first write that fails is remembered and reported once, at the end; nothing is tried after it.
 * What comes from files is made visible before it reaches a terminal: a patient's record or a file's name
 * may hold escape sequences. */
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The errno of a failure, else 0. */
static int write_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, bytes, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno;
        bytes += n;
        len -= (size_t)n;
    }
    return 0;
}

static int emit(cli *c, int fd, const char *bytes, size_t len)
{
    if (c->sink != NULL)
        return c->sink(c->sink_context, fd, bytes, len) ? 0 : ENOMEM;
    return write_all(fd, bytes, len);
}

void cli_flush(cli *c)
{
    if (c->error == 0 && c->len > 0)
        c->error = emit(c, c->fd, c->data, c->len);
    c->len = 0;
}

void cli_bytes(cli *c, const char *bytes, size_t len)
{
    if (len > sizeof c->data - c->len)
        cli_flush(c);
    if (len > sizeof c->data) {
        if (c->error == 0)
            c->error = emit(c, c->fd, bytes, len);
        return;
    }
    memcpy(c->data + c->len, bytes, len);
    c->len += len;
}

void cli_text(cli *c, const char *text)
{
    cli_bytes(c, text, strlen(text));
}

void cli_pad(cli *c, size_t columns)
{
    static const char blanks[] = "                                ";
    for (; columns >= sizeof blanks; columns -= sizeof blanks - 1)
        cli_bytes(c, blanks, sizeof blanks - 1);
    cli_bytes(c, blanks, columns);
}

void cli_uint(cli *c, uint64_t n)
{
    char digits[24];
    int len = snprintf(digits, sizeof digits, "%llu", (unsigned long long)n);
    cli_bytes(c, digits, (size_t)len);
}

void cli_uint_right(cli *c, uint64_t n, size_t width)
{
    size_t digits = 1;
    for (uint64_t left = n; left > 9; left /= 10)
        digits++;
    cli_pad(c, digits < width ? width - digits : 0);
    cli_uint(c, n);
}

void cli_json_text(cli *c, const char *key, const char *text)
{
    cli_text(c, ",");
    cli_json(c, key);
    cli_text(c, ":");
    cli_json(c, text);
}

void cli_json_uint(cli *c, const char *key, uint64_t n)
{
    cli_text(c, ",");
    cli_json(c, key);
    cli_text(c, ":");
    cli_uint(c, n);
}

void cli_style(cli *c, const char *codes)
{
    if (!c->colour)
        return;
    cli_text(c, "\x1b[");
    cli_text(c, codes);
    cli_text(c, "m");
}

static bool is_control(uint32_t rune)
{
    return rune < 0x20 || (rune >= 0x7F && rune < 0xA0) || rune == 0x2028 || rune == 0x2029 ||
           (rune >= 0x202A && rune <= 0x202E) || (rune >= 0x2066 && rune <= 0x2069);
}

/* How a character is shown; `escape` has room for "\u2028". */
static size_t visible(const char *at, size_t len, char escape[8], const char **shown, size_t *n)
{
    uint32_t rune = 0;
    size_t used = cli_rune(at, len, &rune);
    *shown = at;
    *n = used;
    if (rune == 0xFFFD) {
        *shown = "\xEF\xBF\xBD";
        *n = 3;
    } else if (is_control(rune)) {
        *n = (size_t)snprintf(escape, 8, "\\u%04x", (unsigned)rune);
        *shown = escape;
    }
    return used;
}

void cli_safe(cli *c, const char *bytes, size_t len)
{
    char escape[8];
    const char *shown = NULL;
    size_t n = 0;
    for (size_t at = 0; at < len;) {
        at += visible(bytes + at, len - at, escape, &shown, &n);
        cli_bytes(c, shown, n);
    }
}

/* What cli_safe makes visible is escaped in the way of JSON already. */
void cli_json(cli *c, const char *text)
{
    cli_text(c, "\"");
    while (*text != '\0') {
        size_t plain = strcspn(text, "\"\\");
        cli_safe(c, text, plain);
        text += plain;
        if (*text != '\0') {
            cli_text(c, "\\");
            cli_bytes(c, text++, 1);
        }
    }
    cli_text(c, "\"");
}

int cli_finish(cli *c, int status)
{
    cli_flush(c);
    if (c->error == 0)
        return status;
    dprintf(STDERR_FILENO, "drip: the output could not be written: %s\n", strerror(c->error));
    return CLI_WRONG;
}

cli *cli_like(const cli *c, int fd)
{
    cli *made = malloc(sizeof *made);
    if (made == NULL)
        return NULL;
    memset(made, 0, offsetof(cli, data));
    made->engine = c->engine;
    made->path = c->path;
    made->notes = c->notes;
    made->fd = fd;
    return made;
}

static cli *file_open(cli *c, const char *path, int flags)
{
    cli_flush(c); /* it may be the same file */
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0666), error = errno;
    cli *file = fd >= 0 ? cli_like(c, fd) : NULL;
    if (file != NULL)
        return file;
    cli_say(c, "drip: %s: %s", path, strerror(fd < 0 ? error : ENOMEM));
    if (fd >= 0)
        close(fd);
    return NULL;
}

cli *cli_file_open(cli *c, const char *path)
{
    return file_open(c, path, O_TRUNC);
}

cli *cli_file_append(cli *c, const char *path)
{
    return file_open(c, path, O_APPEND);
}

int cli_file_close(cli *c, cli *file, const char *path, int status)
{
    cli_flush(file);
    if (close(file->fd) != 0 && file->error == 0)
        file->error = errno;
    if (file->error != 0) {
        cli_say(c, "drip: %s: %s", path, strerror(file->error));
        status = CLI_WRONG;
    }
    free(file);
    return status;
}

void cli_error_bytes(cli *c, const char *bytes, size_t len)
{
    cli_flush(c);
    if (c->drawn)
        (void)write_all(STDERR_FILENO, "\r\x1b[K", 4);
    c->drawn = false;
    int error = emit(c, STDERR_FILENO, bytes, len);
    if (c->sink != NULL && c->error == 0) /* a standard error that is closed is no reason to stop */
        c->error = error;
}

/* In one write where it fits, so that lines of several processes do not mix. */
static void say(cli *c, const char *bytes, size_t len)
{
    char line[1024], escape[8];
    const char *shown = NULL;
    size_t filled = 0, n = 0;
    for (size_t at = 0; at < len;) {
        at += visible(bytes + at, len - at, escape, &shown, &n);
        if (filled + n + 1 > sizeof line) {
            cli_error_bytes(c, line, filled);
            filled = 0;
        }
        memcpy(line + filled, shown, n);
        filled += n;
    }
    line[filled++] = '\n';
    cli_error_bytes(c, line, filled);
}

void cli_say(cli *c, const char *format, ...)
{
    char small[512];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(small, sizeof small, format, args);
    va_end(args);
    size_t len = n > 0 ? (size_t)n : 0;
    if (len < sizeof small) {
        say(c, small, len);
        return;
    }
    char *large = malloc(len + 1);
    if (large != NULL) {
        va_start(args, format);
        (void)vsnprintf(large, len + 1, format, args);
        va_end(args);
    }
    say(c, large != NULL ? large : small, large != NULL ? len : sizeof small - 1);
    free(large);
}

void cli_say_error(cli *c, const drip_error *error)
{
    const char *text = error != NULL ? drip_error_text(error) : NULL;
    if (text == NULL || *text == '\0')
        return;
    size_t len = strlen(text);
    cli_error_bytes(c, text, len);
    if (text[len - 1] != '\n')
        cli_error_bytes(c, "\n", 1);
}
