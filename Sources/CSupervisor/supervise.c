#define _GNU_SOURCE
#include "CSupervisor.h"
#include "relay.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// A dead controller cannot wait: nothing may outlive it by two seconds.
enum { orphan_grace_milliseconds = 1000 };

// Handlers and a pipe, not a signalfd: a library's threads may be there already, with the signals unblocked.
static int wake[2];

static void on_signal(int number) {
    int saved = errno;
    unsigned char byte = (unsigned char)number;
    if (write(wake[1], &byte, 1) < 0) {}
    errno = saved;
}

static const int heard[] = {SIGTERM, SIGINT, SIGHUP, SIGCHLD};

static void listen_to_signals(void) {
    if (pipe2(wake, O_CLOEXEC | O_NONBLOCK) < 0) return;
    struct sigaction action = {0};
    action.sa_handler = on_signal;
    action.sa_flags = SA_RESTART;
    for (unsigned i = 0; i < sizeof heard / sizeof *heard; i++) sigaction(heard[i], &action, NULL);
}

static long now_milliseconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static void run_child(char *const arguments[], pid_t supervisor, int output) {
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != supervisor) _exit(125);
    for (unsigned i = 0; i < sizeof heard / sizeof *heard; i++) signal(heard[i], SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGXFSZ, SIG_DFL);
    if (output >= 0) dup2(output, 1);
    int nothing = open("/dev/null", O_RDONLY);
    if (nothing > 0) {
        dup2(nothing, 0);
        close(nothing);
    }
    execvp(arguments[0], arguments);
    // Not the word itself: it may hold a secret of the environment.
    fprintf(stderr, "autolora: the first word of `command` cannot be run as a program: %s\n", strerror(errno));
    _exit(127);
}

// Grandchildren that left the group come to us (we are the reaper of our descendants); each is ended in turn.
static void end_descendants(pid_t group) {
    kill(-group, SIGKILL);
    for (int round = 0; round < 1000; round++) {
        pid_t reaped;
        while ((reaped = waitpid(-1, NULL, WNOHANG)) > 0) {}
        if (reaped < 0 && errno == ECHILD) return;
        char path[64];
        snprintf(path, sizeof path, "/proc/self/task/%d/children", getpid());
        FILE *children = fopen(path, "r");
        if (!children) return;
        int child;
        while (fscanf(children, "%d", &child) == 1) kill(child, SIGKILL);
        fclose(children);
        struct timespec pause = {0, 1000000};
        nanosleep(&pause, NULL);
    }
}

static int end_like(int status) {
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

// Another reading end of the pipe to the controller: what that has not read when it dies is not lost with it. -1: there is none.
static int open_unread(void) {
    struct stat status;
    if (fstat(1, &status) < 0 || !S_ISFIFO(status.st_mode)) return -1;
    return open("/proc/self/fd/1", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
}

static int is_gone(short events) {
    char byte[64];
    return events && read(0, byte, sizeof byte) <= 0;
}

// The trial has ended: takes the rest of what it printed, and gives it to the controller as that reads, for as long as it is there.
static void hand_over(struct relay *relay, int unread, int listening) {
    for (;;) {
        while (relay_take(relay)) {}
        if (!listening || !relay_can_pass(relay)) break;
        struct pollfd sources[] = {{0, POLLIN, 0}, {relay->to, POLLOUT, 0}};
        poll(sources, 2, -1);
        if (is_gone(sources[0].revents)) {
            listening = 0;
            relay->to = -1;
        } else if (sources[1].revents) {
            relay_pass(relay);
        }
    }
    if (!listening) relay_log_rest(relay, unread);
}

int supervise(char *const arguments[], int grace_milliseconds) {
    listen_to_signals();
    // A pipe that nobody reads and a file that may not grow are errors to be told, not ends.
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    // Whoever stopped this process must not keep it from ending the trial with its controller.
    prctl(PR_SET_PDEATHSIG, SIGCONT);

    pid_t supervisor = getpid();
    static struct relay relay;
    int output = relay_open(&relay);
    // A signal to the child waits until it is no longer ours to handle.
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    pid_t child = fork();
    if (child != 0) sigprocmask(SIG_SETMASK, &before, NULL);
    if (child < 0) {
        fprintf(stderr, "autolora: cannot start a process: %s\n", strerror(errno));
        return 126;
    }
    if (child == 0) run_child(arguments, supervisor, output);
    if (output >= 0) close(output);
    setpgid(child, child);
    int unread = open_unread();

    long deadline = -1;
    int listening = 1;
    for (;;) {
        int wait = deadline < 0 ? -1 : (int)(deadline - now_milliseconds());
        if (deadline >= 0 && wait <= 0) {
            kill(-child, SIGKILL);
            wait = 100;
        }
        struct pollfd sources[] = {
            {wake[0], POLLIN, 0},
            {listening ? 0 : -1, POLLIN, 0},
            {relay_can_take(&relay) ? relay.from : -1, POLLIN, 0},
            {relay_can_pass(&relay) ? relay.to : -1, POLLOUT, 0},
        };
        poll(sources, 4, wait);
        if (sources[2].revents) relay_take(&relay);
        if (sources[3].revents) relay_pass(&relay);

        int end_within = -1;
        if (is_gone(sources[1].revents)) {
            listening = 0;
            relay.to = -1;
            end_within = grace_milliseconds < orphan_grace_milliseconds ? grace_milliseconds : orphan_grace_milliseconds;
        }
        unsigned char number;
        while (read(wake[0], &number, 1) == 1)
            if (number != SIGCHLD) end_within = grace_milliseconds;

        int status;
        for (pid_t reaped; (reaped = waitpid(-1, &status, WNOHANG)) > 0;)
            if (reaped == child) {
                end_descendants(child);
                hand_over(&relay, unread, listening);
                return end_like(status);
            }
        if (end_within >= 0) {
            long limit = now_milliseconds() + end_within;
            if (deadline < 0) kill(-child, SIGTERM);
            // A controller that tells it again gives it more time; one that is dead gives none.
            if (deadline < 0 || listening || limit < deadline) deadline = limit;
            kill(-child, SIGCONT);
        }
    }
}
