/* Records what a process does to the folder RECORD_ROOT and what is below, in order, into RECORD_TO. Loaded with LD_PRELOAD; read by
   tests/power/trace.py, which has the same numbers. Calls take turns, so that the order is the true one. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

enum what { CREATE = 1, WRITE, TRUNCATE, SYNC, RENAME, UNLINK, MKDIR, RMDIR };

struct __attribute__((packed)) head {
    uint8_t what;
    uint64_t inode;
    int64_t at;
    uint32_t size;
    uint16_t path, other;
};

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static const char *root;
static int out = -1;

#define REAL(name) static __typeof__(name) *next; if (!next) next = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

__attribute__((constructor)) static void begin(void) {
    const char *to = getenv("RECORD_TO");
    root = getenv("RECORD_ROOT");
    if (!to || !root) return;
    int (*real)(const char *, int, ...) = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open");
    out = real(to, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static int ours(const char *path) {
    size_t size = out < 0 ? 0 : strlen(root);
    return size && path && !strncmp(path, root, size) && (!path[size] || path[size] == '/') && !strstr(path, " (deleted)");
}

static int path_of(int fd, char *path) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t size = out < 0 ? -1 : readlink(link, path, PATH_MAX - 1);
    if (size < 0) return 0;
    path[size] = 0;
    return ours(path);
}

static void put(const void *from, size_t size) {
    static ssize_t (*real)(int, const void *, size_t);
    if (!real) real = (ssize_t(*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
    if (size && real(out, from, size) != (ssize_t)size) abort();
}

static void tell(enum what what, uint64_t inode, int64_t at, const void *data, size_t size, const char *path,
                 const char *other) {
    struct head head = {what, inode, at, (uint32_t)size, (uint16_t)strlen(path), (uint16_t)strlen(other)};
    put(&head, sizeof head);
    put(path, head.path);
    put(other, head.other);
    put(data, size);
}

static void tell_fd(enum what what, int fd, int64_t at, const void *data, size_t size) {
    char path[PATH_MAX];
    struct stat status;
    int error = errno;
    if (path_of(fd, path) && !fstat(fd, &status)) tell(what, status.st_ino, at, data, size, path, "");
    errno = error;
}

/* A call and its record are one step. */
#define STEP(type, real, record)      \
    if (out < 0) return real;         \
    pthread_mutex_lock(&turn);        \
    type result = real;               \
    if (result >= 0) { record; }      \
    pthread_mutex_unlock(&turn);      \
    return result;

static void opened(int fd, const char *path, int flags, int was) {
    struct stat status;
    if (!ours(path) || fstat(fd, &status) || !S_ISREG(status.st_mode)) return;
    if (!was) tell(CREATE, status.st_ino, 0, NULL, 0, path, "");
    else if (flags & O_TRUNC) tell(TRUNCATE, status.st_ino, 0, NULL, 0, path, "");
}

#define OPEN(real)                                         \
    mode_t mode = 0;                                       \
    if (flags & (O_CREAT | O_TMPFILE)) {                   \
        va_list more;                                      \
        va_start(more, flags);                             \
        mode = va_arg(more, mode_t);                       \
        va_end(more);                                      \
    }                                                      \
    int was = out < 0 || !access(path, F_OK);              \
    STEP(int, real, opened(result, path, flags, was))

int open(const char *path, int flags, ...) {
    REAL(open);
    OPEN(next(path, flags, mode))
}

int open64(const char *path, int flags, ...) {
    REAL(open64);
    OPEN(next(path, flags, mode))
}

ssize_t write(int fd, const void *from, size_t size) {
    REAL(write);
    STEP(ssize_t, next(fd, from, size), tell_fd(WRITE, fd, (int64_t)lseek(fd, 0, SEEK_CUR) - result, from, result))
}

ssize_t pwrite(int fd, const void *from, size_t size, off_t at) {
    REAL(pwrite);
    STEP(ssize_t, next(fd, from, size, at), tell_fd(WRITE, fd, at, from, result))
}

ssize_t pwrite64(int fd, const void *from, size_t size, off64_t at) {
    REAL(pwrite64);
    STEP(ssize_t, next(fd, from, size, at), tell_fd(WRITE, fd, at, from, result))
}

int ftruncate(int fd, off_t size) {
    REAL(ftruncate);
    STEP(int, next(fd, size), tell_fd(TRUNCATE, fd, size, NULL, 0))
}

int ftruncate64(int fd, off64_t size) {
    REAL(ftruncate64);
    STEP(int, next(fd, size), tell_fd(TRUNCATE, fd, size, NULL, 0))
}

int fsync(int fd) {
    REAL(fsync);
    STEP(int, next(fd), tell_fd(SYNC, fd, 0, NULL, 0))
}

int fdatasync(int fd) {
    REAL(fdatasync);
    STEP(int, next(fd), tell_fd(SYNC, fd, 0, NULL, 0))
}

#define NAME(what, path, other) if (ours(path)) tell(what, 0, 0, NULL, 0, path, other)

int rename(const char *from, const char *to) {
    REAL(rename);
    STEP(int, next(from, to), NAME(RENAME, from, to))
}

int unlink(const char *path) {
    REAL(unlink);
    STEP(int, next(path), NAME(UNLINK, path, ""))
}

int unlinkat(int at, const char *path, int flags) {
    REAL(unlinkat);
    char whole[2 * PATH_MAX], folder[PATH_MAX];
    if (out >= 0 && path[0] != '/' && path_of(at, folder)) snprintf(whole, sizeof whole, "%s/%s", folder, path);
    else snprintf(whole, sizeof whole, "%s", path);
    STEP(int, next(at, path, flags), NAME(flags & AT_REMOVEDIR ? RMDIR : UNLINK, whole, ""))
}

int mkdir(const char *path, mode_t mode) {
    REAL(mkdir);
    STEP(int, next(path, mode), NAME(MKDIR, path, ""))
}

int rmdir(const char *path) {
    REAL(rmdir);
    STEP(int, next(path), NAME(RMDIR, path, ""))
}
