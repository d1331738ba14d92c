/* drip: input.c, level 4. Encounters out of a file or a stream, in memory that the longest of them bounds.
 *
 * A stream whose first line is a whole object has an encounter on each line, whatever comes after. Else an
 * encounter begins with a line and ends with the line on which its brackets close. If they never do, or in a
 * way that no JSON could, the lines are taken one by one after all: one broken line costs one encounter. */
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- the shape of a text: its brackets, outside strings ---- */

enum { DEEPEST = 64 };
typedef enum shape_is { OPEN, CLOSED, BROKEN } shape_is;

typedef struct shape {
    uint64_t lists; /* of each open bracket from the outermost: is it a list */
    unsigned depth;
    char before; /* the last character that is not blank; 0 at the start */
} shape;

static bool may_open(const shape *s)
{
    bool in_list = s->depth > 0 && (s->lists >> (s->depth - 1) & 1) != 0;
    return s->before == '\0' || s->before == ':' || s->before == '[' || (s->before == ',' && in_list);
}

static bool open_bracket(shape *s, char c)
{
    if (s->depth == DEEPEST || !may_open(s))
        return false;
    uint64_t bit = UINT64_C(1) << s->depth++;
    s->lists = c == '[' ? s->lists | bit : s->lists & ~bit;
    return true;
}

static bool close_bracket(shape *s, char c)
{
    if (s->depth == 0 || (s->lists >> (s->depth - 1) & 1) != (c == ']'))
        return false;
    s->depth--;
    return true;
}

/* Past the closing quote; `end` if there is none on this line. */
static const char *past_string(const char *at, const char *end)
{
    for (at++; at < end; at++) {
        if (*at == '\\')
            at++;
        else if (*at == '"')
            return at + 1;
    }
    return end + 1;
}

/* Goes on with one more line. What follows the closing bracket is for the library to refuse. */
static shape_is shape_line(shape *s, const char *at, size_t len)
{
    const char *end = at + len;
    while (at < end) {
        char c = *at;
        if (c == ' ' || c == '\t' || c == '\r') {
            at++;
            continue;
        }
        bool good = s->depth > 0 || c == '{' || c == '[';
        if (c == '{' || c == '[')
            good = good && open_bracket(s, c);
        else if (c == '}' || c == ']')
            good = good && close_bracket(s, c);
        at = c == '"' ? past_string(at, end) : at + 1;
        if (!good || at > end)
            return BROKEN;
        s->before = c;
        if (s->depth == 0)
            return CLOSED;
    }
    return OPEN;
}

/* A line that looks like a whole encounter among others. */
static bool stands_alone(const char *line, size_t len)
{
    shape s = {0, 0, '\0'};
    while (len > 0 && (line[len - 1] == '\r' || line[len - 1] == ' '))
        len--;
    return len > 0 && line[0] == '{' && line[len - 1] == '}' && shape_line(&s, line, len) == CLOSED;
}

/* ---- blocks ---- */

bool cli_input_open(cli_input *in, const char *path, cli_wait wait, void *context)
{
    struct stat is;
    bool standard = strcmp(path, "-") == 0;
    *in = (cli_input){.name = standard ? "stdin" : path,
                      .fd = -1,
                      .line = 1,
                      .wait = wait,
                      .context = context,
                      .data = in->data,
                      .size = in->size};
    in->fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (in->fd < 0 || fstat(in->fd, &is) != 0) {
        in->error = errno;
        cli_input_close(in);
        return false;
    }
    in->waits = !S_ISREG(is.st_mode);
    in->bytes = is.st_size;
    in->changed = is.st_mtim;
    return true;
}

bool cli_input_changed(const cli_input *in)
{
    struct stat is;
    return !in->waits && fstat(in->fd, &is) == 0 &&
           (is.st_size != in->bytes || is.st_mtim.tv_sec != in->changed.tv_sec ||
            is.st_mtim.tv_nsec != in->changed.tv_nsec);
}

void cli_input_close(cli_input *in)
{
    if (in->fd > STDIN_FILENO)
        close(in->fd);
    in->fd = -1;
}

static bool make_room(cli_input *in)
{
    if (in->size - in->end >= CLI_BLOCK)
        return true;
    if (in->start > 0) {
        memmove(in->data, in->data + in->start, in->end - in->start);
        in->end -= in->start;
        in->start = 0;
    }
    if (in->size - in->end >= CLI_BLOCK)
        return true;
    size_t size = in->size > 0 ? in->size * 2 : 2 * CLI_BLOCK;
    char *data = realloc(in->data, size);
    if (data == NULL)
        return false;
    in->data = data;
    in->size = size;
    return true;
}

/* One more block. False at the end, or if it cannot be read. */
static bool more(cli_input *in)
{
    if (in->ended)
        return false;
    ssize_t n = -1;
    if (in->waits && in->wait != NULL && !in->wait(in->context, in->fd))
        errno = CLI_STOP;
    else if (!make_room(in))
        errno = ENOMEM;
    else
        do
            n = read(in->fd, in->data + in->end, in->size - in->end);
        while (n < 0 && errno == EINTR);
    if (n < 0)
        in->error = errno;
    in->ended = n <= 0;
    in->end += n > 0 ? (size_t)n : 0;
    in->got += n > 0 ? (uint64_t)n : 0;
    return n > 0;
}

/* ---- lines ---- */

/* The line that begins `at` bytes on, without its newline. What is held stays under the limit. */
static cli_got find_line(cli_input *in, size_t at, size_t *len)
{
    for (size_t seen = at;;) {
        size_t held = in->end - in->start;
        const char *from = in->data != NULL ? in->data + in->start : "";
        const char *newline = held > seen ? memchr(from + seen, '\n', held - seen) : NULL;
        size_t to = newline != NULL ? (size_t)(newline - from) : held;
        if (to > CLI_INPUT_MAX)
            return CLI_TOO_LONG;
        *len = to > at ? to - at : 0;
        if (newline != NULL)
            return CLI_ONE;
        seen = held > at ? held : at;
        if (!more(in))
            return in->error != 0 ? CLI_UNREADABLE : held > at ? CLI_ONE : CLI_END;
    }
}

/* Done with that many bytes, which end a line, and with its newline. */
static void drop(cli_input *in, size_t len)
{
    const char *at = in->data + in->start, *end = at + len;
    while (!in->by_line && at < end && (at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
        in->line++;
        at++;
    }
    in->start += len;
    if (in->start < in->end) {
        in->start++;
        in->line++;
    }
}

static cli_got skip_line(cli_input *in)
{
    for (;;) {
        char *newline = memchr(in->data + in->start, '\n', in->end - in->start);
        if (newline != NULL) {
            drop(in, (size_t)(newline - in->data) - in->start);
            return CLI_TOO_LONG;
        }
        in->start = in->end = 0;
        if (!more(in))
            return in->error != 0 ? CLI_UNREADABLE : CLI_TOO_LONG;
    }
}

static cli_got skip_rest(cli_input *in)
{
    do
        in->start = in->end = 0;
    while (more(in));
    return in->error != 0 ? CLI_UNREADABLE : CLI_TOO_LONG;
}

static bool is_blank(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (text[i] != ' ' && text[i] != '\t' && text[i] != '\r')
            return false;
    return true;
}

/* ---- encounters ---- */

/* The bytes of an object over several lines. Turns to single lines where it is none. */
static cli_got find_object(cli_input *in, size_t *len)
{
    shape s = {0, 0, '\0'};
    bool alone = false; /* one of its lines could be an encounter of its own */
    cli_got got;
    size_t at = 0;
    for (size_t n = 0; (got = find_line(in, at, &n)) == CLI_ONE; at += n + 1) {
        shape_is is = shape_line(&s, in->data + in->start + at, n);
        if (is == BROKEN || (is == CLOSED && at == 0 && !in->begun))
            in->by_line = true;
        if (is == BROKEN)
            return find_line(in, 0, len);
        *len = at + n;
        if (is == CLOSED)
            return CLI_ONE;
        alone = alone || (at > 0 && stands_alone(in->data + in->start + at, n));
    }
    if (got == CLI_UNREADABLE)
        return got;
    in->by_line = alone || at == 0;
    if (in->by_line)
        return find_line(in, 0, len);
    return got == CLI_TOO_LONG ? skip_rest(in) : CLI_ONE; /* it never closed: for the library to say */
}

static void skip_mark(cli_input *in)
{
    while (in->end < 3 && more(in))
        ;
    if (in->end >= 3 && memcmp(in->data, "\xEF\xBB\xBF", 3) == 0)
        in->start = 3;
}

cli_got cli_input_next(cli_input *in, const char **text, size_t *len, uint64_t *line)
{
    cli_got got;
    if (!in->begun)
        skip_mark(in);
    else if (in->holds)
        drop(in, in->taken);
    while ((got = find_line(in, 0, len)) == CLI_ONE && is_blank(in->data + in->start, *len))
        drop(in, *len);
    *line = in->line;
    if (got == CLI_ONE && !in->by_line)
        got = find_object(in, len);
    in->begun = true;
    in->holds = got == CLI_ONE;
    in->taken = in->holds ? *len : 0;
    *text = in->holds ? in->data + in->start : "";
    return got == CLI_TOO_LONG ? skip_line(in) : got;
}
