/* drip: api_files.c, level 3. Policies and tests from files: the only part of the library that opens any.
 *
 * "national" is the folder rulesets/ along the search path; another name is payers/NAME/, where a dot leads
 * to one of its plans: payers/NAME/PLAN/. Anything with a slash or ending in .drip is a path, and a name with a
 * slash that is no path is a plan, too. A layer's bases, named in its header, are added before it. */
#include "api.h"

#include "../dsl/compile.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { PATH_BYTES = 2048, FILES_MAX = 4096, DEPTH_MAX = 16, BASES_MAX = 16 };

typedef enum path_kind { PATH_ABSENT, PATH_FILE, PATH_FOLDER } path_kind;

static path_kind kind_of(const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return PATH_ABSENT;
    return S_ISDIR(st.st_mode) ? PATH_FOLDER : S_ISREG(st.st_mode) ? PATH_FILE : PATH_ABSENT;
}

static bool ends_with(const char *text, const char *end)
{
    size_t a = strlen(text), b = strlen(end);
    return a >= b && strcmp(text + a - b, end) == 0;
}

static bool join(char *out, size_t size, const char *a, size_t a_len, const char *b)
{
    size_t n = strlen(b);
    bool slash = a_len > 0 && a[a_len - 1] != '/';
    if (a_len + slash + n + 1 > size)
        return false;
    memmove(out, a, a_len); /* it may stand there already */
    if (slash)
        out[a_len] = '/';
    memcpy(out + a_len + slash, b, n + 1);
    return true;
}

/* The same file under another spelling of its path: equal name, equal bytes. */
static bool is_twin(const drip_layers *layers, const char *path, const dr_buf *text)
{
    const char *slash = strrchr(path, '/'), *name = slash == NULL ? path : slash + 1;
    for (uint32_t i = 0; i < layers->count; i++) {
        const dr_layer_source *s = &layers->items[i];
        const char *other = strrchr(s->origin, '/');
        other = other == NULL ? s->origin : other + 1;
        if (s->len == text->len && strcmp(other, name) == 0 &&
            (s->len == 0 || memcmp(s->bytes, text->data, s->len) == 0))
            return true;
    }
    return false;
}

static drip_status read_file(drip_layers *layers, const char *path, drip_error **error)
{
    drip_engine *e = layers->engine;
    if (dr_layers_has(layers, path))
        return DRIP_OK;
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return dr_api_error(e, error, DRIP_IO, "%s: %s", path, strerror(errno));
    dr_buf text;
    char block[2048];
    dr_buf_init(&text, &e->alloc, e->limits.source_bytes + sizeof block);
    size_t n = 0;
    while (!text.failed && (n = fread(block, 1, sizeof block, file)) > 0)
        dr_buf_bytes(&text, block, n);
    bool bad = ferror(file) != 0;
    fclose(file);
    drip_status status;
    if (bad)
        status = dr_api_error(e, error, DRIP_IO, "%s: it could not be read", path);
    else if (text.failed && text.len + n <= e->limits.source_bytes)
        status = dr_api_error(e, error, DRIP_NO_MEMORY, "%s: memory is out", path);
    else if (text.failed)
        status = dr_api_error(e, error, DRIP_LIMIT, "%s: it is larger than %zu bytes", path,
                              e->limits.source_bytes);
    else if (!dr_is_data(path) && is_twin(layers, path, &text)) /* data is found by its path */
        status = DRIP_OK;
    else
        status = drip_layers_add(layers, path, text.data == NULL ? "" : text.data, text.len, error);
    dr_buf_free(&text);
    return status;
}

/* The text between quotes behind the next "from", whatever blanks lie between them, or NULL. */
static const char *next_from(const char *at)
{
    for (at = strstr(at, "from"); at != NULL; at = strstr(at, "from")) {
        at += 4;
        const char *quote = at + strspn(at, " \t\r\n");
        if (*quote == '"')
            return quote + 1;
    }
    return NULL;
}

/* Whoever writes a policy chooses from its own folder, and from none above it. */
static bool leads_up(const char *name)
{
    for (const char *at = strstr(name, ".."); at != NULL; at = strstr(at + 1, ".."))
        if ((at == name || at[-1] == '/') && (at[2] == '/' || at[2] == '\0'))
            return true;
    return name[0] == '/';
}

/* The files that a policy's tables and hooks name: `from "fees.csv"`, `from "x.lua"`, beside the policy. */
static drip_status read_data(drip_layers *layers, const char *path, uint32_t at, drip_error **error)
{
    char file[PATH_BYTES], name[256];
    const char *slash = strrchr(path, '/');
    size_t folder = slash == NULL ? 0 : (size_t)(slash - path);
    drip_status status = DRIP_OK;
    for (const char *from = next_from(layers->items[at].bytes); from != NULL && status == DRIP_OK;
         from = next_from(from)) {
        size_t len = strcspn(from, "\"\n");
        if (len >= sizeof name)
            continue;
        memcpy(name, from, len);
        name[len] = '\0';
        if (!dr_is_data(name) || leads_up(name))
            continue;
        if (slash == NULL)
            memcpy(file, name, len + 1);
        else if (!join(file, sizeof file, path, folder, name))
            continue;
        if (kind_of(file) == PATH_FILE)
            status = read_file(layers, file, error);
    }
    return status;
}

static drip_status read_policy(drip_layers *layers, const char *path, drip_error **error)
{
    uint32_t at = layers->count;
    drip_status status = read_file(layers, path, error);
    return status == DRIP_OK && layers->count > at ? read_data(layers, path, at, error) : status;
}

/* ---- folders, in the order of their names */

/* A policy is never read in part: what could not be listed is an error. */
typedef struct file_list {
    dr_arena arena; /* says so if memory is out */
    const char **items;
    uint32_t count;
    bool too_many;
    int error;  /* errno of a folder that could not be read */
    char *path; /* of the folder being listed, and in it of the entry being looked at; PATH_BYTES long */
} file_list;

static void list_file(file_list *l, const char *path)
{
    l->too_many = l->too_many || l->count == FILES_MAX;
    const char *kept = l->too_many ? NULL : dr_take_text(&l->arena, path, strlen(path));
    if (kept == NULL)
        return;
    uint32_t i = l->count++;
    for (; i > 0 && strcmp(l->items[i - 1], kept) > 0; i--)
        l->items[i] = l->items[i - 1];
    l->items[i] = kept;
}

static struct dirent *next_entry(file_list *l, DIR *dir)
{
    errno = 0;
    struct dirent *entry = readdir(dir);
    l->error = entry == NULL && errno != 0 ? errno : l->error;
    return entry;
}

/* The folder l->path, which is as it was afterwards. What looks like a policy and is no file (a link to
 * nowhere, one whose folder cannot be entered) is listed too: opening it says what is wrong. */
static void list_folder(file_list *l, bool deep, uint32_t depth)
{
    size_t len = strlen(l->path);
    DIR *dir = depth < DEPTH_MAX ? opendir(l->path) : NULL;
    if (dir == NULL) {
        l->error = depth == DEPTH_MAX ? ELOOP : errno == ENOENT || errno == ENOTDIR ? l->error : errno;
        return;
    }
    for (struct dirent *entry = next_entry(l, dir); entry != NULL; entry = next_entry(l, dir)) {
        if (entry->d_name[0] == '.')
            continue;
        if (!join(l->path, PATH_BYTES, l->path, len, entry->d_name)) {
            l->error = ENAMETOOLONG;
            continue;
        }
        path_kind kind = kind_of(l->path);
        if (kind == PATH_FOLDER && deep)
            list_folder(l, deep, depth + 1);
        else if (kind != PATH_FOLDER && ends_with(l->path, ".drip"))
            list_file(l, l->path);
        l->path[len] = '\0';
    }
    closedir(dir);
}

static bool open_list(file_list *l, drip_engine *e)
{
    memset(l, 0, sizeof *l);
    dr_arena_init(&l->arena, &e->alloc, 4096, (size_t)64 << 20);
    l->items = dr_take_zero(&l->arena, FILES_MAX, sizeof *l->items);
    l->path = dr_take(&l->arena, PATH_BYTES);
    return l->items != NULL && l->path != NULL;
}

static drip_status add_folder(drip_layers *layers, const char *folder, bool deep, drip_error **error)
{
    file_list l;
    drip_status status = DRIP_OK;
    if (!open_list(&l, layers->engine)) {
        dr_arena_free(&l.arena);
        return DRIP_NO_MEMORY;
    }
    if (join(l.path, PATH_BYTES, folder, strlen(folder), ""))
        list_folder(&l, deep, 0);
    else
        l.error = ENAMETOOLONG;
    if (l.arena.failed)
        status = dr_api_error(layers->engine, error, DRIP_NO_MEMORY, "%s: memory is out", folder);
    else if (l.error != 0)
        status = dr_api_error(layers->engine, error, DRIP_IO, "%s: %s", folder, strerror(l.error));
    else if (l.too_many)
        status = dr_api_error(layers->engine, error, DRIP_LIMIT, "%s: it has more than %d .drip files",
                              folder, FILES_MAX);
    else if (l.count == 0)
        status = dr_api_error(layers->engine, error, DRIP_NOT_FOUND,
                              "%s: there is no .drip file in this folder", folder);
    for (uint32_t i = 0; i < l.count && status == DRIP_OK; i++)
        status = read_policy(layers, l.items[i], error);
    dr_arena_free(&l.arena);
    return status;
}

/* ---- names along the search path */

static bool find_name(const char *name, const char *search_path, char *out, size_t size)
{
    char tail[512];
    if (strcmp(name, "national") == 0) {
        memcpy(tail, "rulesets", sizeof "rulesets");
    } else {
        if (strlen(name) + sizeof "payers/" > sizeof tail)
            return false;
        memcpy(tail, "payers/", sizeof "payers/");
        memcpy(tail + sizeof "payers/" - 1, name, strlen(name) + 1);
        for (char *dot = strchr(tail, '.'); dot != NULL; dot = strchr(dot, '.'))
            *dot = '/';
    }
    for (const char *at = search_path; at != NULL && *at != '\0';) {
        size_t len = strcspn(at, ":");
        if (len > 0 && join(out, size, at, len, tail) && kind_of(out) == PATH_FOLDER)
            return true;
        at += len + (at[len] == ':');
    }
    return false;
}

static bool is_path(const char *name)
{
    return strchr(name, '/') != NULL || ends_with(name, ".drip") || strcmp(name, ".") == 0 ||
           strcmp(name, "..") == 0;
}

/* What stands behind the word `before` on the first line that begins with `line`: bases of "layer X over Y, Z". */
static const char *behind_header(const char *bytes, const char *line, const char *before)
{
    for (const char *at = bytes; at != NULL && *at != '\0';
         at = strchr(at, '\n'), at = at == NULL ? NULL : at + 1) {
        while (*at == ' ' || *at == '\t')
            at++;
        if (strncmp(at, line, strlen(line)) != 0 || (at[strlen(line)] != ' ' && at[strlen(line)] != '\t'))
            continue;
        const char *end = at + strcspn(at, "\n#"), *word = at + strlen(line);
        size_t want = strlen(before);
        while (want > 0 && word < end &&
               !(strncmp(word, before, want) == 0 && (word[-1] == ' ') && (word[want] == ' ')))
            word++;
        word += word < end ? want : 0;
        return word + strspn(word, " \t");
    }
    return NULL;
}

/* Copies the word, and returns what stands behind it and its comma; NULL: there is none. */
static const char *copy_word(const char *at, char *out, size_t size)
{
    size_t len = at == NULL ? 0 : strcspn(at, " \t\r\n#,");
    if (len == 0 || len >= size)
        return NULL;
    memcpy(out, at, len);
    out[len] = '\0';
    return at + len + strspn(at + len, " \t");
}

static bool header_word(const char *bytes, const char *line, const char *before, char *out, size_t size)
{
    return copy_word(behind_header(bytes, line, before), out, size) != NULL;
}

static drip_status add_named(drip_layers *layers, const char *name, const char *search_path,
                             drip_error **error, uint32_t depth);

/* A policy in several files: those of the folder that belong to the one at `path`. */
static drip_status add_siblings(drip_layers *layers, const char *path, uint32_t at, drip_error **error)
{
    char name[256], other[256], folder[PATH_BYTES];
    const char *bytes = layers->items[at].bytes;
    bool is_layer = header_word(bytes, "layer", "", name, sizeof name);
    if (!is_layer && !header_word(bytes, "policy", "", name, sizeof name) &&
        !header_word(bytes, "part", "of", name, sizeof name))
        return DRIP_OK;
    const char *slash = strrchr(path, '/');
    size_t len = slash == NULL ? 0 : (size_t)(slash - path);
    if (len + 2 > sizeof folder)
        return DRIP_OK;
    memcpy(folder, slash == NULL ? "." : path, slash == NULL ? 1 : len);
    folder[slash == NULL ? 1 : len] = '\0';
    drip_layers *all = NULL;
    drip_status status = drip_layers_new(layers->engine, &all);
    if (status == DRIP_OK)
        status = add_folder(all, folder, false, error);
    if (status == DRIP_NOT_FOUND) { /* the source is in memory alone */
        if (error != NULL) {
            drip_error_free(*error);
            *error = NULL;
        }
        status = DRIP_OK;
    }
    for (uint32_t i = 0; status == DRIP_OK && i < all->count; i++) {
        const dr_layer_source *s = &all->items[i];
        bool ours = (header_word(s->bytes, "part", "of", other, sizeof other) && strcmp(other, name) == 0) ||
                    (header_word(s->bytes, "policy", "", other, sizeof other) && strcmp(other, name) == 0) ||
                    (!is_layer && header_word(s->bytes, "layer", "", other, sizeof other) &&
                     strcmp(other, name) == 0);
        dr_buf text = {.data = s->bytes, .len = s->len};
        uint32_t at_part = layers->count;
        if (ours && !dr_layers_has(layers, s->origin) && !is_twin(layers, s->origin, &text))
            status = drip_layers_add(layers, s->origin, s->bytes, s->len, error);
        if (status == DRIP_OK && layers->count > at_part) /* with the files that its tables name */
            status = read_data(layers, layers->items[at_part].origin, at_part, error);
    }
    drip_layers_free(all);
    return status;
}

static drip_status add_base(drip_layers *layers, uint32_t source, const char *base, const char *search_path,
                            drip_error **error, uint32_t depth)
{
    drip_status status = add_named(layers, base, search_path, error, depth + 1);
    if (status != DRIP_NOT_FOUND || is_path(base))
        return status;
    if (error != NULL) /* say who asked for it */
        drip_error_free(*error);
    return dr_api_error(layers->engine, error, DRIP_NOT_FOUND,
                        "%s: its header names the policy \"%s\", which is not along the search path %s",
                        layers->items[source].origin, base,
                        search_path == NULL || *search_path == '\0' ? "(empty)" : search_path);
}

/* The policies that sources from `first` on lie over or belong to. */
static drip_status add_bases(drip_layers *layers, uint32_t first, const char *search_path, drip_error **error,
                             uint32_t depth)
{
    drip_status status = DRIP_OK;
    for (uint32_t i = first; i < layers->count && status == DRIP_OK; i++) {
        char base[256];
        const char *at = behind_header(layers->items[i].bytes, "layer", "over");
        if (at == NULL)
            at = behind_header(layers->items[i].bytes, "tests", "for");
        while (status == DRIP_OK && (at = copy_word(at, base, sizeof base)) != NULL) {
            at = *at == ',' ? at + 1 + strspn(at + 1, " \t") : NULL;
            status = add_base(layers, i, base, search_path, error, depth);
        }
    }
    return status;
}

static bool declares(const drip_layers *layers, const char *name)
{
    char found[256];
    for (uint32_t i = 0; i < layers->count; i++) {
        const char *bytes = layers->items[i].bytes;
        if (header_word(bytes, "policy", "", found, sizeof found) && strcmp(found, name) == 0)
            return true;
        if (header_word(bytes, "layer", "", found, sizeof found) && strcmp(found, name) == 0)
            return true;
    }
    return false;
}

static drip_status add_named(drip_layers *layers, const char *name, const char *search_path,
                             drip_error **error, uint32_t depth)
{
    char folder[PATH_BYTES];
    uint32_t first = layers->count;
    if (depth > BASES_MAX)
        return dr_api_error(layers->engine, error, DRIP_BAD_POLICY,
                            "more than %d layers lie over each other, or in a circle", BASES_MAX);
    if (depth > 0 && declares(layers, name))
        return DRIP_OK;
    drip_status status;
    path_kind kind = is_path(name) ? kind_of(name) : PATH_ABSENT;
    bool is_name = kind == PATH_ABSENT && find_name(name, search_path, folder, sizeof folder);
    if (is_path(name) && !is_name) {
        if (kind == PATH_ABSENT)
            return dr_api_error(layers->engine, error, DRIP_NOT_FOUND, "%s: there is no such file or folder",
                                name);
        status =
            kind == PATH_FILE ? read_policy(layers, name, error) : add_folder(layers, name, false, error);
        if (kind == PATH_FILE && status == DRIP_OK && layers->count > first)
            status = add_siblings(layers, name, first, error);
    } else if (is_name) {
        status = add_folder(layers, folder, false, error);
    } else {
        return dr_api_error(layers->engine, error, DRIP_NOT_FOUND,
                            "there is no policy \"%s\" along the search path %s: a policy is \"national\", a "
                            "folder under payers/, or a path to a .drip file",
                            name, search_path == NULL || *search_path == '\0' ? "(empty)" : search_path);
    }
    return status == DRIP_OK ? add_bases(layers, first, search_path, error, depth) : status;
}

drip_status dr_layers_add_bases(drip_layers *layers, const char *search_path, drip_error **error)
{
    drip_status status =
        layers->count > 0 ? add_siblings(layers, layers->items[0].origin, 0, error) : DRIP_OK;
    return status == DRIP_OK ? add_bases(layers, 0, search_path, error, 0) : status;
}

drip_status drip_layers_add_policy_files(drip_layers *layers, const char *name, const char *search_path,
                                         drip_error **error)
{
    if (error != NULL)
        *error = NULL;
    if (layers == NULL || name == NULL)
        return DRIP_MISUSE;
    return add_named(layers, name, search_path, error, 0);
}

drip_status drip_layers_add_tests_files(drip_layers *layers, const char *path, drip_error **error)
{
    if (error != NULL)
        *error = NULL;
    if (layers == NULL || path == NULL)
        return DRIP_MISUSE;
    switch (kind_of(path)) {
    case PATH_FILE:
        return read_policy(layers, path, error);
    case PATH_FOLDER:
        return add_folder(layers, path, true, error);
    default:
        return dr_api_error(layers->engine, error, DRIP_NOT_FOUND, "%s: there is no such file or folder",
                            path);
    }
}
