#define _GNU_SOURCE
#include "CSupervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
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

static void run_child(char *const arguments[], pid_t supervisor) {
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != supervisor) _exit(125);
    for (unsigned i = 0; i < sizeof heard / sizeof *heard; i++) signal(heard[i], SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGXFSZ, SIG_DFL);
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

// The log is where the next controller looks for reports that are not on record.
static void save_unread(int unread) {
    const char *folder = getenv("AUTOLORA_TRIAL_DIR");
    char path[4096], bytes[4096];
    if (unread < 0 || !folder || snprintf(path, sizeof path, "%s/log.txt", folder) >= (int)sizeof path) return;
    int log = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    if (log < 0) return;
    for (ssize_t count; (count = read(unread, bytes, sizeof bytes)) > 0;)
        for (ssize_t done = 0, written; done < count && (written = write(log, bytes + done, count - done)) > 0;) done += written;
    close(log);
}

// Waits until the controller has read all that the trial printed, or is gone; then the rest is saved. What a stopped one does not
// read for a minute is left in the pipe.
static void hand_over(int unread) {
    int left = 0, before = 0;
    for (int idle = 0; unread >= 0 && ioctl(unread, FIONREAD, &left) == 0 && left > 0 && idle < 60000; idle++) {
        if (left != before) idle = 0;
        before = left;
        struct pollfd controller = {0, POLLIN, 0};
        char byte[64];
        if (poll(&controller, 1, 1) > 0 && read(0, byte, sizeof byte) <= 0) return save_unread(unread);
    }
}

int supervise(char *const arguments[], int grace_milliseconds) {
    listen_to_signals();
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    // Whoever stopped this process must not keep it from ending the trial with its controller.
    prctl(PR_SET_PDEATHSIG, SIGCONT);

    pid_t supervisor = getpid();
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
    if (child == 0) run_child(arguments, supervisor);
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
        struct pollfd sources[] = {{wake[0], POLLIN, 0}, {listening ? 0 : -1, POLLIN, 0}, {listening ? -1 : unread, POLLIN, 0}};
        poll(sources, 3, wait);
        if (sources[2].revents) save_unread(unread);

        int end_within = -1;
        if (sources[1].revents) {
            char byte[64];
            if (read(0, byte, sizeof byte) <= 0) {
                listening = 0;
                end_within = grace_milliseconds < orphan_grace_milliseconds ? grace_milliseconds : orphan_grace_milliseconds;
            }
        }
        unsigned char number;
        while (read(wake[0], &number, 1) == 1)
            if (number != SIGCHLD) end_within = grace_milliseconds;

        int status;
        for (pid_t reaped; (reaped = waitpid(-1, &status, WNOHANG)) > 0;)
            if (reaped == child) {
                end_descendants(child);
                hand_over(unread);
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
