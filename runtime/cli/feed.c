/* drip: feed.c, level 4. The encounters of all files as one sequence, counted from 1.
 *
 * A file that cannot be opened or read is a note between encounters, so that it is said in its place; it counts
 * no encounter. */
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void note(cli_feed *f, cli_item *item, const char *name, const char *what)
{
    size_t size = strlen(name) + strlen(what) + sizeof ": ";
    char *text = realloc(f->note, size);
    if (text != NULL) {
        f->note = text;
        (void)snprintf(text, size, "%s: %s", name, what);
    }
    *item = (cli_item){.is = CLI_ITEM_NOTE, .file = name, .number = f->number + 1};
    item->text = text != NULL ? text : "out of memory";
    item->len = strlen(item->text);
}

/* False: it could not be opened, which is the item. */
static bool open_next(cli_feed *f, cli_item *item)
{
    const char *path = f->files->paths[f->next++];
    f->open = cli_input_open(&f->in, path, f->wait, f->context);
    if (!f->open)
        note(f, item, f->in.name, strerror(f->in.error));
    return f->open;
}

/* What is to be said at the end of a file. */
static const char *ended(cli_feed *f, cli_got got)
{
    const char *why = got == CLI_UNREADABLE ? strerror(f->in.error) : NULL;
    if (why == NULL && cli_input_changed(&f->in))
        why = "this file was changed while it was read: the answers may be of neither version";
    f->open = false;
    cli_input_close(&f->in);
    return why;
}

static bool take(cli_feed *f, cli_item *item, cli_got got)
{
    item->is = got == CLI_TOO_LONG ? CLI_ITEM_LONG : CLI_ITEM;
    item->file = f->in.name;
    item->number = ++f->number;
    return item->number >= f->from;
}

bool cli_feed_next(cli_feed *f, cli_item *item)
{
    for (;;) {
        f->stopped = cli_stopped(f->stop) != 0;
        if (f->stopped || (!f->open && f->next == f->files->count))
            return false;
        if (!f->open && !open_next(f, item))
            return true;
        uint64_t before = f->in.got;
        cli_got got = cli_input_next(&f->in, &item->text, &item->len, &item->line);
        __atomic_store_n(&f->bytes, f->bytes + (f->in.got - before), __ATOMIC_RELAXED);
        if (got == CLI_ONE || got == CLI_TOO_LONG) {
            if (take(f, item, got))
                return true;
            continue;
        }
        if (got == CLI_UNREADABLE && f->in.error == CLI_STOP)
            continue;
        const char *name = f->in.name, *why = ended(f, got);
        if (why != NULL) {
            note(f, item, name, why);
            return true;
        }
    }
}

void cli_feed_close(cli_feed *f)
{
    if (f->open)
        cli_input_close(&f->in);
    free(f->in.data);
    free(f->note);
}
