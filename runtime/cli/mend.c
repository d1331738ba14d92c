/* drip: mend.c, level 4. `drip check --fix`: the sure edits of diagnostics, made in the files.
 *
 * A diagnostic's edits are made all or none, and only where they overlap none that is made already; what is
 * left over is found again in the next round. A file is read once and replaced once a round. Only files that
 * belong to what the user named are touched: a layer's base is not. */
#include "cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct edits {
    drip_remark *items; /* sorted by start */
    size_t count, size;
} edits;

static bool is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* The folder that a path's first `len` bytes name, without the slashes behind it; the one we are in is "". */
static size_t folder_length(const char *path, size_t len)
{
    while (len > 1 && path[len - 1] == '/')
        len--;
    return len == 1 && path[0] == '.' ? 0 : len;
}

static size_t folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL)
        return 0;
    return folder_length(path, slash == path ? 1 : (size_t)(slash - path));
}

/* May this source be changed where this operand was named? The files of a policy lie beside each other. */
static bool may_mend(const char *operand, const char *origin)
{
    if (strcmp(operand, origin) == 0)
        return true;
    size_t len = is_folder(operand) ? folder_length(operand, strlen(operand)) : folder_of(operand);
    return folder_of(origin) == len && memcmp(operand, origin, len) == 0;
}

static bool overlaps(const edits *e, const drip_place *at)
{
    for (size_t i = 0; i < e->count; i++) {
        const drip_place *other = &e->items[i].at;
        bool touch = (at->start == at->end || other->start == other->end) && at->start == other->start;
        if (touch || (at->start < other->end && other->start < at->end))
            return true;
    }
    return false;
}

static bool add_edit(edits *e, const drip_remark *r)
{
    if (e->count == e->size) {
        size_t size = e->size == 0 ? 16 : e->size * 2;
        drip_remark *grown = realloc(e->items, size * sizeof *grown);
        if (grown == NULL)
            return false;
        e->items = grown;
        e->size = size;
    }
    size_t i = e->count++;
    for (; i > 0 && e->items[i - 1].at.start > r->at.start; i--)
        e->items[i] = e->items[i - 1];
    e->items[i] = *r;
    return true;
}

/* All edits of one diagnostic that lie in this file, if all do. */
static bool take_fixes(edits *e, const drip_error *error, uint32_t diag, const char *origin)
{
    drip_remark r;
    for (uint32_t k = 0; drip_error_fix(error, diag, k, &r) == DRIP_OK; k++)
        if (r.at.origin == NULL || strcmp(r.at.origin, origin) != 0 || overlaps(e, &r.at))
            return true;
    for (uint32_t k = 0; drip_error_fix(error, diag, k, &r) == DRIP_OK; k++)
        if (!add_edit(e, &r))
            return false;
    return true;
}

static bool collect(edits *e, const drip_error *error, const char *origin)
{
    drip_diag d;
    for (uint32_t i = 0; drip_error_diag(error, i, &d) == DRIP_OK; i++)
        if (d.sure && d.n_fixes > 0 && !take_fixes(e, error, i, origin))
            return false;
    return true;
}

static void put_quoted(cli *c, const char *text, size_t len)
{
    cli_text(c, "\"");
    for (size_t at = 0; at < len;) {
        size_t plain = 0;
        while (at + plain < len && text[at + plain] != '\n')
            plain++;
        cli_safe(c, text + at, plain);
        at += plain;
        if (at < len) {
            cli_text(c, "\\n");
            at++;
        }
    }
    cli_text(c, "\"");
}

static void say_edit(cli *c, const char *text, const drip_remark *r)
{
    cli_safe(c, r->at.origin, strlen(r->at.origin));
    cli_text(c, ":");
    cli_uint(c, r->at.line);
    cli_text(c, ": ");
    if (r->at.start == r->at.end)
        cli_text(c, "nothing");
    else
        put_quoted(c, text + r->at.start, r->at.end - r->at.start);
    cli_text(c, " → ");
    if (*r->text == '\0')
        cli_text(c, "nothing");
    else
        put_quoted(c, r->text, strlen(r->text));
    cli_text(c, "\n");
}

/* The text with the edits made, from malloc; NULL: they do not fit it, or memory is out. */
static char *apply(const edits *e, const char *text, size_t len, size_t *out_len)
{
    size_t size = len + 1, at = 0, used = 0;
    for (size_t i = 0; i < e->count; i++)
        size += strlen(e->items[i].text);
    char *out = malloc(size);
    for (size_t i = 0; out != NULL && i < e->count; i++) {
        const drip_remark *r = &e->items[i];
        if (r->at.start < at || r->at.end > len) {
            free(out);
            errno = ESTALE;
            return NULL;
        }
        memcpy(out + used, text + at, r->at.start - at);
        used += r->at.start - at;
        memcpy(out + used, r->text, strlen(r->text));
        used += strlen(r->text);
        at = r->at.end;
    }
    if (out != NULL)
        memcpy(out + used, text + at, len - at);
    *out_len = used + len - at;
    return out;
}

static int mend_file(cli *c, const drip_error *error, const char *origin)
{
    edits e = {.items = NULL};
    size_t len = 0, out_len = 0;
    char *text = NULL, *out = NULL;
    bool good = collect(&e, error, origin);
    if (good && e.count > 0) {
        text = cli_file_read(origin, &len);
        out = text == NULL ? NULL : apply(&e, text, len, &out_len);
        good = out != NULL && cli_file_replace(origin, out, out_len);
    }
    if (!good)
        cli_say(c, "drip check: %s: %s", origin, strerror(errno));
    for (size_t i = 0; good && i < e.count; i++)
        say_edit(c, text, &e.items[i]);
    int made = good ? (int)e.count : -1;
    free(out);
    free(text);
    free(e.items);
    return made;
}

/* Is this the first diagnostic with a fix in this file? */
static bool is_first(const drip_error *error, uint32_t diag, const char *origin)
{
    drip_remark r;
    for (uint32_t i = 0; i < diag; i++)
        if (drip_error_fix(error, i, 0, &r) == DRIP_OK && r.at.origin != NULL &&
            strcmp(r.at.origin, origin) == 0)
            return false;
    return true;
}

int cli_mend(cli *c, const char *operand, const drip_error *error)
{
    drip_diag d;
    drip_remark r;
    int made = 0;
    for (uint32_t i = 0; drip_error_diag(error, i, &d) == DRIP_OK; i++) {
        if (drip_error_fix(error, i, 0, &r) != DRIP_OK || r.at.origin == NULL ||
            !may_mend(operand, r.at.origin) || !is_first(error, i, r.at.origin))
            continue;
        int in_file = mend_file(c, error, r.at.origin);
        if (in_file < 0)
            return -1;
        made += in_file;
    }
    return made;
}
