/* drip: fuzz_stream.c, level 4. How the command cuts a file into encounters: nothing of it is lost or taken twice, lines
 * are counted right, and a pipe is cut as a file is. */
#define _GNU_SOURCE
#include "../../runtime/cli/input.c"
#include "fuzz.h"

#include <stdio.h>
#include <sys/mman.h>

typedef struct piece {
    size_t len;
    uint64_t line, hash;
} piece;
enum { PIECES = 4096 };

static bool counts(char c)
{
    return c != ' ' && c != '\t' && c != '\r' && c != '\n';
}

static size_t count(const char *text, size_t len)
{
    size_t n = 0;
    for (size_t i = 0; i < len; i++)
        n += counts(text[i]);
    return n;
}

static size_t cut(int fd, piece pieces[PIECES], size_t *solid)
{
    char path[64];
    cli_input in = {.fd = -1};
    const char *text = NULL;
    size_t len = 0, n = 0;
    uint64_t line = 0;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (!cli_input_open(&in, path, NULL, NULL))
        fuzz_broken("the input can be opened");
    *solid = 0;
    for (cli_got got; (got = cli_input_next(&in, &text, &len, &line)) != CLI_END && n < PIECES; n++) {
        if (got != CLI_ONE)
            fuzz_broken("a small input is read");
        pieces[n] = (piece){len, line, 14695981039346656037u};
        for (size_t i = 0; i < len; i++)
            pieces[n].hash = (pieces[n].hash ^ (unsigned char)text[i]) * 1099511628211u;
        *solid += count(text, len);
        if (n > 0 && line <= pieces[n - 1].line)
            fuzz_broken("each encounter begins on a line of its own");
    }
    cli_input_close(&in);
    free(in.data);
    return n;
}

static void check(const uint8_t *data, size_t size, const piece *pieces, size_t n, size_t solid)
{
    const char *text = (const char *)data;
    bool mark = size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0;
    uint64_t lines = 1;
    for (size_t i = 0; i < size; i++)
        lines += text[i] == '\n';
    if (n < PIECES && solid != count(text, size) - (mark ? 3 : 0))
        fuzz_broken("nothing is lost, and nothing is taken twice");
    if (n > 0 && pieces[n - 1].line > lines)
        fuzz_broken("an encounter begins on a line of the input");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static piece once[PIECES], again[PIECES];
    int fd = memfd_create("stream", 0), ends[2];
    size_t solid = 0, solid_again = 0;
    if (size > 60000 || fd < 0)
        return fd >= 0 ? close(fd) : 0;
    if (write(fd, data, size) != (ssize_t)size || pipe(ends) != 0 ||
        write(ends[1], data, size) != (ssize_t)size)
        fuzz_broken("the input can be written");
    close(ends[1]);
    size_t n = cut(fd, once, &solid), m = cut(ends[0], again, &solid_again);
    check(data, size, once, n, solid);
    if (n != m || solid != solid_again || memcmp(once, again, n * sizeof *once) != 0)
        fuzz_broken("a pipe is cut as a file is");
    close(ends[0]);
    close(fd);
    return 0;
}
