#define _GNU_SOURCE
#include "ending.h"

#include "CSupervisor.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { most_descendants = 4096 };

// Whoever is left, in whatever group, at the end of the grace time.
void kill_all(pid_t child) {
    static pid_t found[most_descendants];
    kill(-child, SIGKILL);
    int count = list_descendants(getpid(), found, most_descendants);
    for (int i = 0; i < count; i++) kill(found[i], SIGKILL);
}

// Those that left the group, for one of their own or for ours, come to us (we are the reaper of our descendants); each is ended in turn.
void end_descendants(pid_t child) {
    for (int round = 0; round < 1000; round++) {
        pid_t reaped;
        while ((reaped = waitpid(-1, NULL, WNOHANG)) > 0) {}
        if (reaped < 0 && errno == ECHILD) return;
        kill_all(child);
        struct timespec pause = {0, 1000000};
        nanosleep(&pause, NULL);
    }
}

// A program may have left its group; its number is its own until it is reaped.
void tell(pid_t child, int is_reaped, int signal) {
    kill(-child, signal);
    if (!is_reaped && getpgid(child) != child) kill(child, signal);
}

int has_members(pid_t group) { return kill(-group, 0) == 0; }

int end_like(int status) {
    if (!WIFSIGNALED(status)) return WEXITSTATUS(status);
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    int number = WTERMSIG(status);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, number);
    signal(number, SIG_DFL);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    raise(number);
    return 128 + number;
}
