/* drip: shim.c, level 4. Preloaded (LD_PRELOAD): a file system that goes wrong.
 *
 *     SHIM_FAIL=N   the N-th call of those below fails with an input/output error; SHIM_MARK=FILE is made when it does
 *     SHIM_SHORT=1  reads and writes give a few bytes at a time, and every third is interrupted by a signal
 *
 * Messages (descriptor 2) always get through. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static unsigned long calls;

static bool fails(void)
{
    const char *at = getenv("SHIM_FAIL"), *mark = getenv("SHIM_MARK");
    if (at == NULL || ++calls != strtoul(at, NULL, 10))
        return false;
    int fd = mark != NULL ? REAL(open)(mark, O_WRONLY | O_CREAT, 0600) : -1;
    if (fd >= 0)
        REAL(close)(fd);
    errno = EIO;
    return true;
}

/* How much of `size` goes this time; 0: it is interrupted. */
static size_t part(size_t size)
{
    static unsigned turn;
    if (getenv("SHIM_SHORT") == NULL)
        return size;
    turn++;
    size_t few = 1 + turn * 7 % 4099;
    return turn % 3 == 0 ? 0 : size < few ? size : few;
}

/* Else it is a counter between threads, or a queue of signals, which no disk can spoil. */
static bool is_file(int fd)
{
    struct stat is;
    return fd != STDERR_FILENO && REAL(fstat)(fd, &is) == 0 && (is.st_mode & S_IFMT) != 0;
}

ssize_t read(int fd, void *bytes, size_t size)
{
    bool file = is_file(fd);
    size_t n = file ? part(size) : size;
    if (n == 0 && size > 0)
        return errno = EINTR, -1;
    return file && fails() ? -1 : REAL(read)(fd, bytes, n);
}

ssize_t write(int fd, const void *bytes, size_t size)
{
    bool file = is_file(fd);
    size_t n = file ? part(size) : size;
    if (n == 0 && size > 0)
        return errno = EINTR, -1;
    return file && fails() ? -1 : REAL(write)(fd, bytes, n);
}

int open(const char *path, int flags, ...)
{
    va_list more;
    va_start(more, flags);
    mode_t mode = (flags & O_CREAT) != 0 ? va_arg(more, mode_t) : 0;
    va_end(more);
    return fails() ? -1 : REAL(open)(path, flags, mode);
}

FILE *fopen(const char *path, const char *mode)
{
    return fails() ? NULL : REAL(fopen)(path, mode);
}

size_t fread(void *bytes, size_t size, size_t count, FILE *file)
{
    enum { ERR_SEEN = 0x20 }; /* glibc's: what ferror looks at */
    if (!fails())
        return REAL(fread)(bytes, size, count, file);
    file->_flags |= ERR_SEEN;
    return 0;
}

DIR *opendir(const char *path)
{
    return fails() ? NULL : REAL(opendir)(path);
}

struct dirent *readdir(DIR *folder)
{
    return fails() ? NULL : REAL(readdir)(folder);
}

int stat(const char *restrict path, struct stat *restrict is)
{
    return fails() ? -1 : REAL(stat)(path, is);
}

int fstat(int fd, struct stat *is)
{
    return fails() ? -1 : REAL(fstat)(fd, is);
}

int fsync(int fd)
{
    return fails() ? -1 : REAL(fsync)(fd);
}

int rename(const char *from, const char *to)
{
    return fails() ? -1 : REAL(rename)(from, to);
}
