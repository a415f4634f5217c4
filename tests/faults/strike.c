/* Strikes a process at its n-th system call of a kind. Loaded with LD_PRELOAD; told what to do, at any moment, through a
   page that it shares with the test (tests/faults/strike.py has the same layout and the same numbers). */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum call { NONE, WRITE, SYNC, RENAME, UNLINK, TRUNCATE, SEND, RECEIVE, CALLS };
enum action { KILL_BEFORE = 1, KILL_AFTER, KILL_HALFWAY, FAIL_ONCE, FAIL_ON };

static struct page {
    int64_t call;          /* which kind is counted down, NONE for nothing */
    int64_t left;          /* calls until the strike, which is at 0 */
    int64_t action;
    int64_t error;         /* errno of a call that is made to fail */
    int64_t struck;        /* set once it has happened */
    int64_t counts[CALLS]; /* calls so far */
} *page;

int strike_attach(const char *path) {
    int fd = open(path, O_RDWR | O_CLOEXEC);
    void *map = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof *page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (fd >= 0) close(fd);
    if (map == MAP_FAILED) return -1;
    page = map;
    return 0;
}

static void die(void) {
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

/* What happens to this call: 0 nothing, else an action. */
static int64_t due(enum call call) {
    if (!page || call == NONE) return 0;
    __atomic_add_fetch(&page->counts[call], 1, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&page->call, __ATOMIC_SEQ_CST) != call) return 0;
    int64_t left = __atomic_sub_fetch(&page->left, 1, __ATOMIC_SEQ_CST);
    if (left > 0 || (left < 0 && page->action != FAIL_ON)) return 0;
    page->struck = 1;
    if (page->action == KILL_BEFORE) die();
    errno = (int)page->error;
    return page->action;
}

/* The kind of a write or read: to a file, to another process, or to ourselves (pipes, events, the log). */
static enum call kind(int fd, enum call file, enum call socket) {
    struct stat status;
    if (!page || fd <= STDERR_FILENO || fstat(fd, &status)) return NONE;
    return S_ISREG(status.st_mode) ? file : S_ISSOCK(status.st_mode) ? socket : NONE;
}

/* A call that either happens or not. */
#define WHOLE(call, failed, real)                         \
    int64_t action = due(call);                           \
    if (action == FAIL_ONCE || action == FAIL_ON) return failed; \
    __auto_type result = real;                            \
    if (action) die();                                    \
    return result;

/* A call that can also stop in the middle of its bytes. */
#define BYTES(call, real, half)                           \
    int64_t action = due(call);                           \
    if (action == FAIL_ONCE || action == FAIL_ON) return -1; \
    if (action == KILL_HALFWAY) {                         \
        (void)!(half);                                    \
        die();                                            \
    }                                                     \
    __auto_type result = real;                            \
    if (action) die();                                    \
    return result;

#define REAL(name) static __typeof__(name) *next; if (!next) next = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

ssize_t write(int fd, const void *from, size_t size) {
    REAL(write);
    BYTES(kind(fd, WRITE, SEND), next(fd, from, size), next(fd, from, size / 2))
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    REAL(writev);
    BYTES(kind(fd, WRITE, SEND), next(fd, parts, count), next(fd, parts, count > 1 ? count / 2 : count))
}

ssize_t pwrite(int fd, const void *from, size_t size, off_t at) {
    REAL(pwrite);
    BYTES(kind(fd, WRITE, NONE), next(fd, from, size, at), next(fd, from, size / 2, at))
}

ssize_t pwrite64(int fd, const void *from, size_t size, off64_t at) {
    REAL(pwrite64);
    BYTES(kind(fd, WRITE, NONE), next(fd, from, size, at), next(fd, from, size / 2, at))
}

ssize_t send(int fd, const void *from, size_t size, int flags) {
    REAL(send);
    BYTES(SEND, next(fd, from, size, flags), next(fd, from, size / 2, flags))
}

ssize_t sendto(int fd, const void *from, size_t size, int flags, const struct sockaddr *to, socklen_t length) {
    REAL(sendto);
    BYTES(SEND, next(fd, from, size, flags, to, length), next(fd, from, size / 2, flags, to, length))
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
    REAL(sendmsg);
    WHOLE(SEND, -1, next(fd, message, flags))
}

ssize_t read(int fd, void *into, size_t size) {
    REAL(read);
    WHOLE(kind(fd, NONE, RECEIVE), -1, next(fd, into, size))
}

ssize_t recv(int fd, void *into, size_t size, int flags) {
    REAL(recv);
    WHOLE(RECEIVE, -1, next(fd, into, size, flags))
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags) {
    REAL(recvmsg);
    WHOLE(RECEIVE, -1, next(fd, message, flags))
}

int fsync(int fd) {
    REAL(fsync);
    WHOLE(SYNC, -1, next(fd))
}

int fdatasync(int fd) {
    REAL(fdatasync);
    WHOLE(SYNC, -1, next(fd))
}

int rename(const char *from, const char *to) {
    REAL(rename);
    WHOLE(RENAME, -1, next(from, to))
}

int renameat(int a, const char *from, int b, const char *to) {
    REAL(renameat);
    WHOLE(RENAME, -1, next(a, from, b, to))
}

int unlink(const char *path) {
    REAL(unlink);
    WHOLE(UNLINK, -1, next(path))
}

int unlinkat(int at, const char *path, int flags) {
    REAL(unlinkat);
    WHOLE(UNLINK, -1, next(at, path, flags))
}

int rmdir(const char *path) {
    REAL(rmdir);
    WHOLE(UNLINK, -1, next(path))
}

int ftruncate(int fd, off_t size) {
    REAL(ftruncate);
    WHOLE(TRUNCATE, -1, next(fd, size))
}

int ftruncate64(int fd, off64_t size) {
    REAL(ftruncate64);
    WHOLE(TRUNCATE, -1, next(fd, size))
}
