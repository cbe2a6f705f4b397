#define _GNU_SOURCE
#include "CSupervisor.h"

#include "ending.h"
#include "leases.h"
#include "record.h"
#include "relay.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// A dead controller cannot wait: nothing may outlive it by two seconds.
enum { orphan_grace_milliseconds = 1000 };
// Where the system has no more watches to give, the trial's output is looked at.
enum { look_milliseconds = 50 };

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

// Where no process can be had just now, one may be in a moment.
static pid_t fork_patiently(void) {
    for (int try = 0;; try++) {
        pid_t child = fork();
        if (child >= 0 || (errno != EAGAIN && errno != ENOMEM) || try == 50) return child;
        struct timespec pause = {0, 100000000};
        nanosleep(&pause, NULL);
    }
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

// The trial has ended: gives the rest of what it printed to the controller as that reads, for as long as it is there.
static void hand_over(struct relay *relay, int unread, int listening) {
    while (listening && relay_can_pass(relay)) {
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
    relay_close(relay);
}

// When descendants are looked at next: often while a program starts, and never for more than half a percent of the time.
struct scan {
    long next;
    int count;
};

static void look_around(struct scan *scan, long now) {
    if (now < scan->next) return;
    struct timespec before, after;
    clock_gettime(CLOCK_MONOTONIC, &before);
    keep_record();
    clock_gettime(CLOCK_MONOTONIC, &after);
    long cost = (after.tv_sec - before.tv_sec) * 1000000 + (after.tv_nsec - before.tv_nsec) / 1000;
    long pause = scan->count++ < 20 ? 50 : 500;
    scan->next = now + (cost / 5 > pause ? cost / 5 : pause);
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
    begin_record();
    if (hold_leases(getenv("AUTOLORA_LEASES")) < 0) {
        record_not_started("another trial has the graphics processor that was to be its own");
        return 126;
    }
    static struct relay relay;
    int output = relay_open(&relay);
    // A signal to the child waits until it is no longer ours to handle.
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    pid_t child = fork_patiently();
    if (child != 0) sigprocmask(SIG_SETMASK, &before, NULL);
    if (child < 0) {
        record_not_started(strerror(errno));
        fprintf(stderr, "autolora: cannot start a process: %s\n", strerror(errno));
        return 126;
    }
    if (child == 0) run_child(arguments, supervisor, output);
    if (output >= 0) close(output);
    setpgid(child, child);
    int unread = open_unread();

    long deadline = -1;
    int listening = 1, is_reaped = 0, child_status = 0;
    struct scan scan = {0};
    for (;;) {
        long now = now_milliseconds();
        int is_over = deadline >= 0 && now >= deadline;
        if (is_over && is_reaped) break;
        if (is_over) kill_all(child);
        look_around(&scan, now);
        long wake_at = is_over ? now + 100 : deadline >= 0 && deadline < scan.next ? deadline : scan.next;
        struct pollfd sources[] = {
            {wake[0], POLLIN, 0},
            {listening ? 0 : -1, POLLIN, 0},
            {relay.changes, POLLIN, 0},
            {relay_can_pass(&relay) ? relay.to : -1, POLLOUT, 0},
        };
        if (relay.file >= 0 && relay.changes < 0 && wake_at > now + look_milliseconds) wake_at = now + look_milliseconds;
        poll(sources, 4, (int)(wake_at - now));
        relay_look(&relay);
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
            if (reaped == child) (is_reaped = 1, child_status = status);
        // A shell that was told to end is gone before the program that it ran has saved what it has to.
        if (is_reaped && (deadline < 0 || !has_members(child))) break;
        if (end_within >= 0) {
            long limit = now_milliseconds() + end_within;
            if (deadline < 0) tell(child, is_reaped, SIGTERM);
            // A controller that tells it again gives it more time; one that is dead gives none.
            if (deadline < 0 || listening || limit < deadline) deadline = limit;
            tell(child, is_reaped, SIGCONT);
        }
    }
    end_descendants(child);
    hand_over(&relay, unread, listening);
    end_record();
    return end_like(child_status);
}
