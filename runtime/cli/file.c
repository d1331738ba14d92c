/* drip: file.c, level 4. Whole files read, and replaced whole or not at all. */
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *cli_file_read(const char *path, size_t *len)
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

static bool replace(char *real, char *beside, const char *text, size_t len)
{
    struct stat is;
    if (stat(real, &is) != 0)
        return false;
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

bool cli_file_replace(const char *path, const char *text, size_t len)
{
    static const char ending[] = ".XXXXXX";
    char *real = realpath(path, NULL);
    size_t n = real != NULL ? strlen(real) : 0;
    char *beside = real != NULL ? malloc(n + sizeof ending) : NULL;
    bool good = beside != NULL;
    if (good) {
        memcpy(beside, real, n);
        memcpy(beside + n, ending, sizeof ending);
        good = replace(real, beside, text, len);
    }
    int error = errno;
    free(beside);
    free(real);
    errno = error;
    return good;
}
