/* drip: files.c, level 4. The files that a run is to read, known before it begins.
 *
 * A folder stands for its files that end in .json or .ndjson, and those of the folders in it, in the order of the
 * bytes of their whole paths, as `find | LC_ALL=C sort` lists them. Names that begin with a dot are passed over,
 * and so are links to folders, which could lead in a circle. What a folder gains later is not seen; what it loses is
 * said when its turn comes. */
#include "cli.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEEPEST = 64 };

typedef struct finding {
    cli *c;
    cli_files *files;
    int status;
} finding;

static void wrong(finding *f, const char *path, const char *why)
{
    cli_say(f->c, "drip: %s: %s", path, why);
    f->status = CLI_WRONG;
}

/* The path is taken over. */
static void add(finding *f, char *path, const struct stat *is)
{
    cli_files *to = f->files;
    if (to->count == to->size) {
        size_t size = to->size > 0 ? to->size * 2 : 16;
        char **paths = realloc(to->paths, size * sizeof *paths);
        if (paths == NULL) {
            wrong(f, path, strerror(ENOMEM));
            free(path);
            return;
        }
        to->paths = paths;
        to->size = size;
    }
    to->paths[to->count++] = path;
    if (is != NULL && S_ISREG(is->st_mode))
        to->bytes += (uint64_t)is->st_size;
    else
        to->sized = false;
}

static char *join(const char *folder, const char *name)
{
    size_t len = strlen(folder), more = strlen(name);
    bool slash = len > 0 && folder[len - 1] == '/';
    char *path = malloc(len + more + 2);
    if (path == NULL)
        return NULL;
    memcpy(path, folder, len);
    path[len] = '/';
    memcpy(path + len + !slash, name, more + 1);
    return path;
}

static bool ends_with(const char *name, const char *end)
{
    size_t len = strlen(name), n = strlen(end);
    return len > n && strcmp(name + len - n, end) == 0;
}

static void add_folder(finding *f, const char *path, unsigned depth);

static void add_entry(finding *f, DIR *dir, const char *folder, const char *name, unsigned depth)
{
    struct stat is;
    bool wanted = ends_with(name, ".json") || ends_with(name, ".ndjson"), gone;
    if (name[0] == '.' || fstatat(dirfd(dir), name, &is, AT_SYMLINK_NOFOLLOW) != 0)
        return;
    bool link = S_ISLNK(is.st_mode);
    if (!wanted && !S_ISDIR(is.st_mode))
        return;
    gone = link && fstatat(dirfd(dir), name, &is, 0) != 0; /* opening it will say why */
    if (!gone && !S_ISREG(is.st_mode) && (link || !S_ISDIR(is.st_mode)))
        return;
    char *path = join(folder, name);
    if (path == NULL) {
        wrong(f, folder, strerror(ENOMEM));
    } else if (!gone && S_ISDIR(is.st_mode)) {
        add_folder(f, path, depth + 1);
        free(path);
    } else {
        add(f, path, gone ? NULL : &is);
    }
}

static void add_folder(finding *f, const char *path, unsigned depth)
{
    DIR *dir = depth <= DEEPEST ? opendir(path) : NULL;
    if (dir == NULL) {
        wrong(f, path, depth <= DEEPEST ? strerror(errno) : "the folders are nested too deeply");
        return;
    }
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(dir);
        if (entry == NULL)
            break;
        add_entry(f, dir, path, entry->d_name, depth);
    }
    if (errno != 0)
        wrong(f, path, strerror(errno));
    closedir(dir);
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void add_operand(finding *f, const char *operand)
{
    struct stat is;
    bool standard = strcmp(operand, "-") == 0;
    bool known = (standard ? fstat(STDIN_FILENO, &is) : stat(operand, &is)) == 0;
    if (!standard && known && S_ISDIR(is.st_mode)) {
        size_t before = f->files->count;
        int status = f->status;
        f->status = CLI_YES;
        add_folder(f, operand, 1);
        if (f->files->count == before && f->status == CLI_YES)
            wrong(f, operand, "no file in this folder ends in .json or .ndjson");
        f->status = f->status > status ? f->status : status;
        if (f->files->count > before)
            qsort(f->files->paths + before, f->files->count - before, sizeof(char *), by_bytes);
        return;
    }
    char *path = strdup(operand);
    if (path == NULL)
        wrong(f, operand, strerror(ENOMEM));
    else
        add(f, path, known ? &is : NULL);
}

int cli_files_find(cli *c, const cli_args *args, cli_files *files)
{
    finding f = {c, files, CLI_YES};
    *files = (cli_files){.sized = true};
    if (args->n_operands == 0)
        add_operand(&f, "-");
    for (size_t i = 0; i < args->n_operands; i++)
        add_operand(&f, args->operands[i]);
    return f.status;
}

void cli_files_free(cli_files *files)
{
    for (size_t i = 0; i < files->count; i++)
        free(files->paths[i]);
    free(files->paths);
    *files = (cli_files){0};
}
