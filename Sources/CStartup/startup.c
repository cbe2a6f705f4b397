#define _GNU_SOURCE
#include "CStartup.h"

#include <errno.h>
#include <linux/capability.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    thread_stack = 8 << 20,
    // The main thread does little, but the libraries' beginnings run on it.
    least_main_stack = 64 << 10,
    // For all that is allocated; a run of one worker was seen to take 40 MiB.
    heap = 64 << 20,
    most_threads = 128,
};

static char problem[512];

static int is_limited(int kind, unsigned long long *limit) {
    struct rlimit found;
    if (getrlimit(kind, &found) < 0 || found.rlim_cur == RLIM_INFINITY) return 0;
    *limit = found.rlim_cur;
    return 1;
}

// Bytes that the process takes already: all of its address space, or its data alone.
static unsigned long long taken(int is_data) {
    unsigned long long fields[7] = {0};
    FILE *file = fopen("/proc/self/statm", "re");
    if (!file) return 0;
    for (int i = 0; i < 7 && fscanf(file, "%llu", &fields[i]) == 1; i++) {}
    fclose(file);
    return fields[is_data ? 5 : 0] * (unsigned long long)sysconf(_SC_PAGESIZE);
}

static const char *memory_problem(unsigned long long bytes) {
    static const struct {
        int kind, is_data;
        const char *name, *option;
    } limits[] = {{RLIMIT_AS, 0, "address space", "-v"}, {RLIMIT_DATA, 1, "data", "-d"}};
    for (int i = 0; i < 2; i++) {
        unsigned long long limit, needed = taken(limits[i].is_data) + bytes;
        if (!is_limited(limits[i].kind, &limit) || limit >= needed) continue;
        // As ulimit counts.
        snprintf(
            problem, sizeof problem, "%llu KiB of %s are needed, and the limit is %llu: raise it (ulimit %s %llu)", needed >> 10,
            limits[i].name, limit >> 10, limits[i].option, (needed >> 10) + 1);
        return problem;
    }
    snprintf(problem, sizeof problem, "%llu MiB of memory are needed, and they cannot be had: %s", bytes >> 20, strerror(errno));
    return problem;
}

const char *lacks_memory(unsigned long long bytes) {
    // Writable, as only that counts against the limit on data.
    void *room = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (room == MAP_FAILED) return memory_problem(bytes);
    munmap(room, bytes);
    return NULL;
}

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static void *wait_at_gate(void *nothing) {
    pthread_mutex_lock(&gate);
    pthread_mutex_unlock(&gate);
    return nothing;
}

// The pools have a thread for each processor, of two kinds, and a few wait for what comes from outside.
static int threads_needed(void) {
    long count = 2 * sysconf(_SC_NPROCESSORS_ONLN) + 8;
    return count < most_threads ? (int)count : most_threads;
}

static const char *lacks_threads(int wanted) {
    static pthread_t threads[most_threads];
    int count = 0, code = 0;
    pthread_mutex_lock(&gate);
    while (count < wanted && (code = pthread_create(&threads[count], NULL, wait_at_gate, NULL)) == 0) count++;
    pthread_mutex_unlock(&gate);
    for (int i = 0; i < count; i++) pthread_join(threads[i], NULL);
    if (count == wanted) return NULL;
    unsigned long long limit = 0;
    char words[64] = "";
    if (is_limited(RLIMIT_NPROC, &limit)) snprintf(words, sizeof words, ", which is %llu", limit);
    snprintf(
        problem, sizeof problem,
        "%d threads are needed, and %d can be had (%s): raise the limit on processes (ulimit -u%s), or end other programs", wanted,
        count, strerror(code), words);
    return problem;
}

static void end_at_cpu_limit(int number) {
    static const char words[] =
        "autolora: the limit on CPU time (ulimit -t) is used up: raise it and start again; what a study has recorded is kept\n";
    (void)number;
    if (write(2, words, sizeof words - 1) < 0) {}
    _exit(1);
}

static void hear_of_cpu_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_CPU, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY) return;
    signal(SIGXCPU, end_at_cpu_limit);
    // At the hard limit the system kills without a word: a second is left to say it in.
    if (limit.rlim_cur < limit.rlim_max || limit.rlim_cur < 2) return;
    limit.rlim_cur = limit.rlim_max - 1;
    setrlimit(RLIMIT_CPU, &limit);
}

static const char *lacks_stack(void) {
    unsigned long long limit;
    if (!is_limited(RLIMIT_STACK, &limit) || limit >= least_main_stack) return NULL;
    snprintf(
        problem, sizeof problem, "%d KiB of stack are needed, and the limit is %llu: raise it (ulimit -s 8192)", least_main_stack >> 10,
        limit >> 10);
    return problem;
}

// The library that runs tasks gives its threads nice values of its own, 0 and below, whatever the process has, wherever the system lets
// it: for root. Trials inherit them: `nice autolora run` would do nothing, and a study would be served before the user's other programs.
static void keep_nice_value(void) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct rights[_LINUX_CAPABILITY_U32S_3];
    if (syscall(SYS_capget, &header, rights) < 0) return;
    rights[CAP_TO_INDEX(CAP_SYS_NICE)].effective &= ~CAP_TO_MASK(CAP_SYS_NICE);
    syscall(SYS_capset, &header, rights);
}

const char *lacks_at_startup(void) {
    if (lacks_stack()) return problem;
    keep_nice_value();
    hear_of_cpu_limit();
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, thread_stack);
    pthread_setattr_default_np(&attributes);
    pthread_attr_destroy(&attributes);
    unsigned long long limit;
    // Otherwise each thread reserves 64 MiB and more for what it allocates.
    if (is_limited(RLIMIT_AS, &limit)) mallopt(M_ARENA_MAX, 1);
    int threads = threads_needed();
    if (lacks_memory(heap + threads * ((unsigned long long)thread_stack + (64 << 10)))) return problem;
    return lacks_threads(threads);
}
