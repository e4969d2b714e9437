/*
 * The clocks of a device, for the one process that this is preloaded into.
 *
 * A file says what the clocks of the device are; device_clock.py writes it, also while the process
 * runs, and says what the fields mean. All else here is CPython 3.11's own needs: the calls by which
 * its interpreter and asyncio read a clock or wait, and those by which OpenSSL asks for the time.
 * Each wait is cut into slices, so that a clock that leaps meanwhile ends it. select(), sleep(),
 * usleep(), timers and waits inside of libc (the resolver's) take the machine's time.
 *
 * Two files of /proc are the device's too: the boot id, and meminfo, whose used memory is the true
 * time, so that whoever reports it tells when it was read.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#define SECOND INT64_C(1000000000)
#define MILLISECOND INT64_C(1000000)
#define SLICE (SECOND / 50) /* of the machine's time */
#define TOTAL_KIB (INT64_C(1) << 43) /* 2^53 bytes: the most that a double tells exactly */

struct clocks {
    uint64_t sequence;      /* odd while the rest is being written */
    int64_t since;          /* the machine's CLOCK_MONOTONIC when the next four were so; all in ns */
    int64_t truth, wall, boot, monotonic;
    double speed;           /* seconds of the device in one of the machine */
    int64_t is_synchronized;
};

static const char *path_of(char *path, size_t size, const char *name)
{
    const char *directory = getenv("DEVICE_CLOCK");

    snprintf(path, size, "%s/%s", directory ? directory : "DEVICE_CLOCK", name);
    return path;
}

/* Map the file at the first question: constructors of other libraries may ask before ours. */
static const struct clocks *shared_clocks(void)
{
    static const struct clocks *shared;
    char path[4096];
    int file;

    if (shared)
        return shared;
    file = syscall(SYS_openat, AT_FDCWD, path_of(path, sizeof path, "clocks"), O_RDONLY | O_CLOEXEC);
    shared = mmap(NULL, sizeof *shared, PROT_READ, MAP_SHARED, file, 0);
    if (shared == MAP_FAILED) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        abort();
    }
    close(file);
    return shared;
}

static int64_t to_ns(const struct timespec *time)
{
    return time->tv_sec * SECOND + time->tv_nsec;
}

static struct timespec to_timespec(int64_t ns)
{
    return (struct timespec){.tv_sec = ns / SECOND, .tv_nsec = ns % SECOND};
}

static int64_t machine_ns(void)
{
    struct timespec now;

    syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
    return to_ns(&now);
}

/* Tell the device's clocks at this moment. The machine's clock is read before we look whether the
 * file has changed meanwhile: so no clock ever seems to run backwards where its speed changes. */
static struct clocks read_clocks(void)
{
    const struct clocks *shared = shared_clocks();
    struct clocks now;
    int64_t passed;

    for (;;) {
        now.sequence = __atomic_load_n(&shared->sequence, __ATOMIC_ACQUIRE);
        memcpy(&now.since, &shared->since, sizeof now - offsetof(struct clocks, since));
        passed = machine_ns() - now.since;
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
        if (now.sequence % 2 == 0
            && now.sequence == __atomic_load_n(&shared->sequence, __ATOMIC_RELAXED))
            break;
        sched_yield();
    }
    passed *= now.speed;
    now.truth += passed;
    now.wall += passed;
    now.boot += passed;
    now.monotonic += passed;
    return now;
}

/* Tell one clock of the device, in ns; -1 when it is none of ours, as the CPU's clocks are. */
static int64_t device_ns(clockid_t clock)
{
    switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
        return read_clocks().wall;
    case CLOCK_BOOTTIME:
        return read_clocks().boot;
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_MONOTONIC_RAW:
        return read_clocks().monotonic;
    default:
        return -1;
    }
}

/* Tell how much of the machine's time to wait next for a moment of the device's. */
static int64_t slice_ns(clockid_t clock, int64_t deadline)
{
    int64_t left = deadline - device_ns(clock);

    if (left <= 0)
        return 0;
    left = left / read_clocks().speed + 1;
    return left < SLICE ? left : SLICE;
}

static struct timespec slice(clockid_t clock, int64_t deadline)
{
    return to_timespec(slice_ns(clock, deadline));
}

static struct timespec slice_end(clockid_t clock, int64_t deadline)
{
    return to_timespec(machine_ns() + slice_ns(clock, deadline));
}

static int is_over(clockid_t clock, int64_t deadline)
{
    return device_ns(clock) >= deadline;
}

/* What tells the time. */

int clock_gettime(clockid_t clock, struct timespec *time)
{
    int64_t ns = device_ns(clock);

    if (ns < 0)
        return syscall(SYS_clock_gettime, clock, time);
    *time = to_timespec(ns);
    return 0;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone)
{
    int64_t ns = read_clocks().wall;

    (void)zone;
    *time = (struct timeval){.tv_sec = ns / SECOND, .tv_usec = ns % SECOND / 1000};
    return 0;
}

time_t time(time_t *told)
{
    time_t now = read_clocks().wall / SECOND;

    if (told)
        *told = now;
    return now;
}

/* Tell of the rest what a kernel tells that nobody has adjusted. */
int adjtimex(struct timex *told)
{
    struct clocks now = read_clocks();

    memset(told, 0, sizeof *told);
    told->tick = 10000;
    told->time = (struct timeval){.tv_sec = now.wall / SECOND, .tv_usec = now.wall % SECOND / 1000};
    told->status = now.is_synchronized ? STA_PLL : STA_UNSYNC;
    return now.is_synchronized ? TIME_OK : TIME_ERROR;
}

/* What waits. */

int clock_nanosleep(clockid_t clock, int flags, const struct timespec *request,
                    struct timespec *remain)
{
    int64_t begin = flags & TIMER_ABSTIME ? 0 : device_ns(clock);
    int64_t deadline = begin + to_ns(request);

    while (!is_over(clock, deadline)) {
        struct timespec next = slice(clock, deadline);

        if (syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &next, NULL) == 0)
            continue;
        if (remain && !(flags & TIMER_ABSTIME))
            *remain = to_timespec(deadline - device_ns(clock));
        return errno;
    }
    return 0;
}

int epoll_wait(int epoll, struct epoll_event *events, int most, int timeout_ms)
{
    int64_t deadline = device_ns(CLOCK_MONOTONIC) + timeout_ms * MILLISECOND;
    int found;

    if (timeout_ms < 0)
        return epoll_pwait(epoll, events, most, -1, NULL);
    do {
        int64_t next = slice_ns(CLOCK_MONOTONIC, deadline);

        found = epoll_pwait(epoll, events, most, (next + MILLISECOND - 1) / MILLISECOND, NULL);
    } while (found == 0 && !is_over(CLOCK_MONOTONIC, deadline));
    return found;
}

int ppoll(struct pollfd *files, nfds_t count, const struct timespec *timeout, const sigset_t *mask)
{
    int64_t deadline = timeout ? device_ns(CLOCK_MONOTONIC) + to_ns(timeout) : 0;
    int found;

    do {
        struct timespec next = slice(CLOCK_MONOTONIC, deadline);

        found = syscall(SYS_ppoll, files, count, timeout ? &next : NULL, mask, _NSIG / 8);
    } while (found == 0 && !is_over(CLOCK_MONOTONIC, deadline));
    return found;
}

int poll(struct pollfd *files, nfds_t count, int timeout_ms)
{
    struct timespec timeout = to_timespec(timeout_ms * MILLISECOND);

    return ppoll(files, count, timeout_ms < 0 ? NULL : &timeout, NULL);
}

/* Only CPython waits so, for its lock, and by CLOCK_MONOTONIC. The end of a slice is a spurious
 * wake-up, which POSIX allows: to wait on here could miss a signal. */
int pthread_cond_timedwait(pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex,
                           const struct timespec *restrict deadline)
{
    struct timespec end = slice_end(CLOCK_MONOTONIC, to_ns(deadline));
    int error = pthread_cond_clockwait(condition, mutex, CLOCK_MONOTONIC, &end);

    return error == ETIMEDOUT && !is_over(CLOCK_MONOTONIC, to_ns(deadline)) ? 0 : error;
}

int sem_clockwait(sem_t *restrict semaphore, clockid_t clock,
                  const struct timespec *restrict deadline)
{
    static int (*real)(sem_t *, clockid_t, const struct timespec *);
    int failed;

    if (!real)
        real = dlsym(RTLD_NEXT, "sem_clockwait");
    do {
        struct timespec end = slice_end(clock, to_ns(deadline));

        failed = real(semaphore, CLOCK_MONOTONIC, &end);
    } while (failed && errno == ETIMEDOUT && !is_over(clock, to_ns(deadline)));
    return failed;
}

/* Of a CPython that was built for an older libc. */
int sem_timedwait(sem_t *restrict semaphore, const struct timespec *restrict deadline)
{
    return sem_clockwait(semaphore, CLOCK_REALTIME, deadline);
}

/* What is read. */

static int open_meminfo(void)
{
    int64_t truth_ms = read_clocks().truth / MILLISECOND;
    int file = memfd_create("meminfo", MFD_CLOEXEC);

    dprintf(file,
            "MemTotal: %" PRId64 " kB\nMemFree: 0 kB\nMemAvailable: %" PRId64 " kB\n"
            "Buffers: 0 kB\nCached: 0 kB\nActive: 0 kB\nInactive: 0 kB\nShmem: 0 kB\n",
            TOTAL_KIB, TOTAL_KIB - truth_ms);
    lseek(file, 0, SEEK_SET);
    return file;
}

int open64(const char *path, int flags, ...)
{
    char boot_id[4096];
    va_list arguments;
    mode_t mode;

    va_start(arguments, flags);
    mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    if (strcmp(path, "/proc/meminfo") == 0)
        return open_meminfo();
    if (strcmp(path, "/proc/sys/kernel/random/boot_id") == 0)
        path = path_of(boot_id, sizeof boot_id, "boot_id");
    return syscall(SYS_openat, AT_FDCWD, path, flags | O_LARGEFILE, mode);
}

int open(const char *path, int flags, ...) __attribute__((alias("open64")));
