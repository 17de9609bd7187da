/* A disk that fails on command: preloaded into an intake, it stands between the program and the kernel.

   Built and steered by tests/faults/disk.py. For the files of one data folder it counts the calls that change them, ends
   the process before the call it was told, lets calls fail, and writes down every change and every flush, from which the
   test makes what a power cut would have left. */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { OPEN, WRITE, FLUSH, RENAME, UNLINK, CUT, FOLDER, KINDS };

/* One page, shared with the test; disk.py has the same order. */
struct control {
    int64_t kill_in;         /* ends the process before this many further calls; 0: never */
    int64_t calls;           /* calls in the data folder so far */
    int64_t rate;            /* of a million calls so many fail */
    int64_t kinds;           /* which may fail: bits of the enum above */
    int64_t error;           /* an errno, or 0 for a mixture */
    int64_t seed;
    int64_t recording;
    int64_t token;           /* numbers the flushes */
    int64_t injected[KINDS]; /* failures by kind */
    int64_t killed;          /* 1 once it has ended the process itself */
    int64_t kill_in_store;   /* kill_in counts the calls on the store's files alone */
    int64_t stop_in;         /* stops the process right after so many further recorded changes; 0: never */
    int64_t stopped;         /* 1 once it has stopped the process itself */
};

static struct control nothing, *control = &nothing;
static char root[PATH_MAX];
static size_t root_length;
static int record = -1;
static pthread_mutex_t order = PTHREAD_MUTEX_INITIALIZER;

static __attribute__((constructor)) void begin(void) {
    const char *page = getenv("FAULTS_CONTROL"), *folder = getenv("FAULTS_ROOT"), *log = getenv("FAULTS_RECORD");
    if (page == NULL || folder == NULL)
        return;
    int fd = (int)syscall(SYS_openat, AT_FDCWD, page, O_RDWR | O_CLOEXEC, 0);
    if (fd < 0)
        abort();
    void *mapped = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    syscall(SYS_close, fd);
    if (mapped == MAP_FAILED)
        abort();
    snprintf(root, sizeof root, "%s/", folder);
    root_length = strlen(root);
    if (log != NULL)
        record = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    control = mapped;
}

enum { NOT_OURS, SHELVES, STORE };

/* What is worth a fault: the store, its log, the shelves and the attachments; not the heartbeat, the locks, the log. */
static int is_ours(const char *path) {
    if (root_length == 0 || strncmp(path, root, root_length - 1) != 0)
        return NOT_OURS;
    if (path[root_length - 1] == 0)
        return SHELVES;
    if (path[root_length - 1] != '/')
        return NOT_OURS;
    const char *rest = path + root_length;
    if (strncmp(rest, "intake/", 7) == 0 || strncmp(rest, "attachments", 11) == 0)
        return SHELVES;
    if (strncmp(rest, "taskroom.db", 11) != 0)
        return NOT_OURS;
    const char *ending = rest + 11;
    return *ending == 0 || strcmp(ending, "-wal") == 0 || strcmp(ending, "-journal") == 0 ? STORE : NOT_OURS;
}

static int path_of(int fd, char *out) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, out, PATH_MAX - 1);
    if (length <= 0)
        return 0;
    out[length] = 0;
    return 1;
}

static int is_our_descriptor(int fd) {
    char path[PATH_MAX];
    int before = errno, ours = control != &nothing && path_of(fd, path) ? is_ours(path) : NOT_OURS;
    errno = before;
    return ours;
}

/* The whole path of a name, and whether it is ours. */
static int whole(int folder, const char *name, char *out) {
    if (control == &nothing || name == NULL)
        return 0;
    int before = errno, ours = 0;
    if (name[0] == '/') {
        snprintf(out, PATH_MAX, "%s", name);
        ours = 1;
    } else {
        char above[PATH_MAX];
        ours = folder == AT_FDCWD ? getcwd(above, sizeof above) != NULL : path_of(folder, above);
        if (ours && snprintf(out, PATH_MAX, "%s/%s", above, name) >= PATH_MAX)
            ours = 0;
    }
    ours = ours ? is_ours(out) : NOT_OURS;
    errno = before;
    return ours;
}

static uint64_t chance(void) {
    uint64_t z = (uint64_t)__atomic_add_fetch(&control->seed, (int64_t)0x9E3779B97F4A7C15ULL, __ATOMIC_RELAXED);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
}

static int error_for(int kind) {
    if (control->error != 0)
        return (int)control->error;
    int for_open[] = {EIO, ENOSPC, EMFILE}, others[] = {EIO, ENOSPC, EIO};
    return kind == OPEN ? for_open[chance() % 3] : others[chance() % 3];
}

/* Counts a call; ends the process when its time has come; the errno with which the call is to fail, or 0. */
static int fate(int kind, int ours) {
    __atomic_add_fetch(&control->calls, 1, __ATOMIC_RELAXED);
    if (control->kill_in > 0 && (ours == STORE || !control->kill_in_store) && __atomic_sub_fetch(&control->kill_in, 1, __ATOMIC_SEQ_CST) == 0) {
        control->killed = 1;
        syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
        for (;;)
            syscall(SYS_pause);
    }
    if (control->rate == 0 || !(control->kinds >> kind & 1) || (int64_t)(chance() % 1000000) >= control->rate)
        return 0;
    __atomic_add_fetch(&control->injected[kind], 1, __ATOMIC_RELAXED);
    return error_for(kind);
}

struct head {
    uint32_t op, first, second, bytes;
    uint64_t a, b, c;
};

/* Called with `order` held, so that no thread flushes what was just changed before all of them stand still. The signal
   goes to this thread, which so stops here and not some calls later. */
static void stop_when_told(void) {
    if (control->stop_in > 0 && --control->stop_in == 0) {
        control->stopped = 1;
        syscall(SYS_tgkill, syscall(SYS_getpid), syscall(SYS_gettid), SIGSTOP);
    }
}

static void put_down(char op, uint64_t a, uint64_t b, uint64_t c, const char *first, const char *second,
                     const void *bytes, size_t size) {
    if (record < 0 || !control->recording)
        return;
    int before = errno;
    struct head head = {(uint32_t)op, first ? (uint32_t)strlen(first) : 0, second ? (uint32_t)strlen(second) : 0,
                        (uint32_t)size, a, b, c};
    struct iovec parts[4] = {{&head, sizeof head},
                             {(void *)first, head.first},
                             {(void *)second, head.second},
                             {(void *)bytes, size}};
    if (syscall(SYS_writev, record, parts, 4) != (long)(sizeof head + head.first + head.second + size))
        abort();
    if (op != 'F' && op != 'D')
        stop_when_told();
    errno = before;
}

static void enter(void) { pthread_mutex_lock(&order); }
static void leave(void) { pthread_mutex_unlock(&order); }

static uint64_t inode(const char *path) {
    struct stat found;
    return fstatat(AT_FDCWD, path, &found, AT_SYMLINK_NOFOLLOW) == 0 ? found.st_ino : 0;
}

static uint64_t inode_of(int fd) {
    struct stat found;
    return fstat(fd, &found) == 0 ? found.st_ino : 0;
}

/* Inode of the folder a path is in; *name is its last part. */
static uint64_t parent(const char *path, const char **name) {
    char above[PATH_MAX];
    snprintf(above, sizeof above, "%s", path);
    char *slash = strrchr(above, '/');
    *name = path + (slash - above) + 1;
    *slash = 0;
    return inode(above);
}


/* ── opening ───────────────────────────────────────────────────────────────────────────────────────────────────────── */

static int opening(int folder, const char *name, int flags, mode_t mode) {
    char path[PATH_MAX];
    int writes = (flags & O_ACCMODE) != O_RDONLY && !(flags & O_PATH);
    int ours = writes ? whole(folder, name, path) : NOT_OURS;
    if (!ours)
        return (int)syscall(SYS_openat, folder, name, flags, mode);
    int error = fate(OPEN, ours);
    if (error) {
        errno = error;
        return -1;
    }
    enter();
    int was_there = inode(path) != 0, fd = (int)syscall(SYS_openat, folder, name, flags, mode);
    if (fd >= 0) {
        const char *last;
        uint64_t above = parent(path, &last);
        if (!was_there)
            put_down('C', above, inode_of(fd), 0, last, NULL, NULL, 0);
        else if (flags & O_TRUNC)
            put_down('T', inode_of(fd), 0, 0, NULL, NULL, NULL, 0);
    }
    leave();
    return fd;
}

#define MODE(flags)                                                                                                    \
    mode_t mode = 0;                                                                                                   \
    if ((flags) & (O_CREAT | __O_TMPFILE)) {                                                                           \
        va_list more;                                                                                                  \
        va_start(more, flags);                                                                                         \
        mode = va_arg(more, mode_t);                                                                                   \
        va_end(more);                                                                                                  \
    }

int open(const char *name, int flags, ...) { MODE(flags) return opening(AT_FDCWD, name, flags, mode); }
int open64(const char *name, int flags, ...) { MODE(flags) return opening(AT_FDCWD, name, flags, mode); }
int openat(int folder, const char *name, int flags, ...) { MODE(flags) return opening(folder, name, flags, mode); }
int openat64(int folder, const char *name, int flags, ...) { MODE(flags) return opening(folder, name, flags, mode); }

/* ── writing ───────────────────────────────────────────────────────────────────────────────────────────────────────── */

/* At `offset`, or where the descriptor stands when that is -1. Every other failed write is cut short first. */
static ssize_t writing(int fd, const void *bytes, size_t size, off64_t offset, int ours) {
    int error = fate(WRITE, ours);
    if (error && size > 1 && chance() % 2)
        size /= 2;
    else if (error) {
        errno = error;
        return -1;
    }
    enter();
    off64_t at = offset < 0 ? lseek64(fd, 0, SEEK_CUR) : offset;
    ssize_t done = offset < 0 ? syscall(SYS_write, fd, bytes, size) : syscall(SYS_pwrite64, fd, bytes, size, offset);
    if (done > 0)
        put_down('W', inode_of(fd), (uint64_t)at, 0, NULL, NULL, bytes, (size_t)done);
    leave();
    return done;
}

ssize_t write(int fd, const void *bytes, size_t size) {
    int ours = is_our_descriptor(fd);
    return ours ? writing(fd, bytes, size, -1, ours) : syscall(SYS_write, fd, bytes, size);
}

ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t offset) {
    int ours = is_our_descriptor(fd);
    return ours ? writing(fd, bytes, size, offset, ours) : syscall(SYS_pwrite64, fd, bytes, size, offset);
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t offset) { return pwrite64(fd, bytes, size, offset); }

static int cutting(int fd, off64_t size) {
    int ours = is_our_descriptor(fd);
    if (!ours)
        return (int)syscall(SYS_ftruncate, fd, size);
    int error = fate(CUT, ours);
    if (error) {
        errno = error;
        return -1;
    }
    enter();
    int done = (int)syscall(SYS_ftruncate, fd, size);
    if (done == 0)
        put_down('T', inode_of(fd), (uint64_t)size, 0, NULL, NULL, NULL, 0);
    leave();
    return done;
}

int ftruncate64(int fd, off64_t size) { return cutting(fd, size); }
int ftruncate(int fd, off_t size) { return cutting(fd, size); }

/* ── flushing ──────────────────────────────────────────────────────────────────────────────────────────────────────── */

/* What was written before its beginning is on disk from its end on. */
static int flushing(int fd, long call) {
    int ours = is_our_descriptor(fd);
    if (!ours)
        return (int)syscall(call, fd);
    int error = fate(FLUSH, ours);
    if (error) {
        errno = error;
        return -1;
    }
    uint64_t file = inode_of(fd), token = (uint64_t)__atomic_add_fetch(&control->token, 1, __ATOMIC_SEQ_CST);
    enter();
    put_down('F', file, token, 0, NULL, NULL, NULL, 0);
    leave();
    int done = (int)syscall(call, fd);
    if (done == 0) {
        enter();
        put_down('D', file, token, 0, NULL, NULL, NULL, 0);
        leave();
    }
    return done;
}

int fsync(int fd) { return flushing(fd, SYS_fsync); }
int fdatasync(int fd) { return flushing(fd, SYS_fdatasync); }

/* ── names ─────────────────────────────────────────────────────────────────────────────────────────────────────────── */

static int renaming(int from_folder, const char *from, int to_folder, const char *to) {
    char old[PATH_MAX], new[PATH_MAX];
    int from_ours = whole(from_folder, from, old), to_ours = whole(to_folder, to, new);
    if (!from_ours && !to_ours)
        return (int)syscall(SYS_renameat, from_folder, from, to_folder, to);
    int error = fate(RENAME, from_ours > to_ours ? from_ours : to_ours);
    if (error) {
        errno = error;
        return -1;
    }
    enter();
    uint64_t moved = inode(old);
    int done = (int)syscall(SYS_renameat, from_folder, from, to_folder, to);
    if (done == 0) {
        const char *old_name, *new_name;
        uint64_t old_above = parent(old, &old_name), new_above = parent(new, &new_name);
        put_down('R', old_above, new_above, moved, old_name, new_name, NULL, 0);
    }
    leave();
    return done;
}

int rename(const char *from, const char *to) { return renaming(AT_FDCWD, from, AT_FDCWD, to); }
int renameat(int from_folder, const char *from, int to_folder, const char *to) {
    return renaming(from_folder, from, to_folder, to);
}

static int unlinking(int folder, const char *name, int flags) {
    char path[PATH_MAX];
    int ours = whole(folder, name, path);
    if (!ours)
        return (int)syscall(SYS_unlinkat, folder, name, flags);
    int error = fate(UNLINK, ours);
    if (error) {
        errno = error;
        return -1;
    }
    enter();
    int done = (int)syscall(SYS_unlinkat, folder, name, flags);
    if (done == 0) {
        const char *last;
        uint64_t above = parent(path, &last);
        put_down('U', above, 0, 0, last, NULL, NULL, 0);
    }
    leave();
    return done;
}

int unlink(const char *name) { return unlinking(AT_FDCWD, name, 0); }
int unlinkat(int folder, const char *name, int flags) { return unlinking(folder, name, flags); }
int rmdir(const char *name) { return unlinking(AT_FDCWD, name, AT_REMOVEDIR); }

static int making(int folder, const char *name, mode_t mode) {
    char path[PATH_MAX];
    int ours = whole(folder, name, path);
    if (!ours)
        return (int)syscall(SYS_mkdirat, folder, name, mode);
    int error = fate(FOLDER, ours);
    if (error) {
        errno = error;
        return -1;
    }
    enter();
    int done = (int)syscall(SYS_mkdirat, folder, name, mode);
    if (done == 0) {
        const char *last;
        uint64_t above = parent(path, &last);
        put_down('M', above, inode(path), 0, last, NULL, NULL, 0);
    }
    leave();
    return done;
}

int mkdir(const char *name, mode_t mode) { return making(AT_FDCWD, name, mode); }
int mkdirat(int folder, const char *name, mode_t mode) { return making(folder, name, mode); }
