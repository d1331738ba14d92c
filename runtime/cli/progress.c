/* drip: progress.c, level 4. How far a run is: one line on the terminal, drawn over and over, gone at the end.
 *
 * Only where standard error is a terminal and standard output is none: else it would stand among the answers. */
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { EVERY = 200, TELLS = 1000 }; /* milliseconds: between two lines; before a rate says anything */

static uint64_t now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

void cli_progress_begin(cli *c, cli_progress *p, const cli_files *files)
{
    const char *terminal = getenv("TERM");
    *p = (cli_progress){.total = files->sized ? files->bytes : 0};
    p->on = isatty(STDERR_FILENO) && !isatty(c->fd) && terminal != NULL && strcmp(terminal, "dumb") != 0;
    p->began = p->drawn = now();
}

static size_t put_left(char *to, size_t size, uint64_t seconds)
{
    unsigned long long s = seconds;
    int n = s >= 3600 ? snprintf(to, size, ", %llu h %llu min left", s / 3600, s / 60 % 60)
            : s >= 60 ? snprintf(to, size, ", %llu min %llu s left", s / 60, s % 60)
                      : snprintf(to, size, ", %llu s left", s);
    return n > 0 ? (size_t)n : 0;
}

/* "41200 encounters, 61000 a second, 38 %, 12 s left", as much of it as is known and fits. */
static void draw(cli *c, const cli_progress *p, uint64_t done, uint64_t bytes, uint64_t took)
{
    char line[160];
    struct winsize window;
    size_t columns = ioctl(STDERR_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col > 0 ? window.ws_col : 80;
    size_t len = (size_t)snprintf(line, sizeof line, "\r%llu encounters", (unsigned long long)done);
    uint64_t read = bytes - p->bytes_from;
    if (took >= TELLS)
        len += (size_t)snprintf(line + len, sizeof line - len, ", %llu a second",
                                (unsigned long long)((done - p->from) * 1000 / took));
    if (p->total > 0 && bytes <= p->total)
        len += (size_t)snprintf(line + len, sizeof line - len, ", %u %%", (unsigned)(bytes * 100 / p->total));
    if (p->total >= bytes && read > 0 && took >= TELLS)
        len += put_left(line + len, sizeof line - len,
                        ((p->total - bytes) >> 10) * took / ((read >> 10) + 1) / 1000);
    len = len < columns ? len : columns; /* the \r takes no column; the last one stays free */
    memcpy(line + len, "\x1b[K", 3);
    c->drawn = false; /* over the one before, not after it was erased: that would flicker */
    cli_error_bytes(c, line, len + 3);
    c->drawn = true;
}

void cli_progress_step(cli *c, cli_progress *p, uint64_t done, uint64_t bytes)
{
    if (!p->on)
        return;
    uint64_t t = now();
    if (p->bytes_from == 0) { /* what --from passes over is not counted */
        p->began = t;
        p->from = done;
        p->bytes_from = bytes;
    }
    if (t - p->drawn < EVERY)
        return;
    p->drawn = t;
    draw(c, p, done, bytes, t - p->began);
}

void cli_progress_end(cli *c)
{
    if (c->drawn)
        cli_error_bytes(c, "", 0);
}
