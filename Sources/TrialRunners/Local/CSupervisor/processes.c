#define _GNU_SOURCE
#include "CSupervisor.h"

#include <ctype.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

// What /proc/PID/stat says: the parent; the state is 0 where there is no such process.
static char read_stat(pid_t process, pid_t *parent, unsigned long long *start) {
    char path[64], text[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", process);
    FILE *file = fopen(path, "re");
    if (!file) return 0;
    size_t length = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[length] = 0;
    char *end = strrchr(text, ')'), state = 0;
    int number = 0;
    if (!end || sscanf(end + 1, " %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu", &state, &number, start) != 3)
        return 0;
    *parent = number;
    return state;
}

unsigned long long start_of(pid_t process) {
    pid_t parent;
    unsigned long long start = 0;
    char state = read_stat(process, &parent, &start);
    return state == 0 || state == 'Z' || state == 'X' ? 0 : start;
}

pid_t parent_of(pid_t process) {
    pid_t parent;
    unsigned long long start;
    return read_stat(process, &parent, &start) ? parent : 0;
}

enum { most_processes = 65536 };

// The kernel's own lists of children, which not every kernel keeps; -1: it keeps none.
static int list_children(pid_t process, pid_t *found, int most) {
    char path[300];
    snprintf(path, sizeof path, "/proc/%d/task", process);
    DIR *threads = opendir(path);
    if (!threads) return 0;
    int count = 0, is_kept = 0;
    for (struct dirent *thread; (thread = readdir(threads));) {
        if (!isdigit((unsigned char)thread->d_name[0])) continue;
        snprintf(path, sizeof path, "/proc/%d/task/%s/children", process, thread->d_name);
        FILE *children = fopen(path, "re");
        if (!children) continue;
        is_kept = 1;
        for (int child; count < most && fscanf(children, "%d", &child) == 1;) found[count++] = child;
        fclose(children);
    }
    closedir(threads);
    return is_kept ? count : -1;
}

// Without those lists, everyone's parent is looked up once.
static int list_by_parents(pid_t process, pid_t *found, int most) {
    DIR *entries = opendir("/proc");
    pid_t(*all)[2] = malloc(most_processes * sizeof *all);
    int known = 0, count = 0;
    for (struct dirent *entry; entries && all && known < most_processes && (entry = readdir(entries));) {
        if (!isdigit((unsigned char)entry->d_name[0])) continue;
        unsigned long long start;
        all[known][0] = atoi(entry->d_name);
        if (read_stat(all[known][0], &all[known][1], &start)) known++;
    }
    if (entries) closedir(entries);
    for (int next = -1; next < count; next++)
        for (int i = 0; i < known && count < most; i++)
            if (all[i][1] == (next < 0 ? process : found[next])) found[count++] = all[i][0];
    free(all);
    return count;
}

int list_descendants(pid_t process, pid_t *found, int most) {
    int count = list_children(process, found, most);
    if (count < 0) {
        count = list_by_parents(process, found, most);
    } else {
        for (int next = 0; next < count; next++) {
            int more = list_children(found[next], found + count, most - count);
            count += more > 0 ? more : 0;
        }
    }
    int living = 0;
    for (int i = 0; i < count; i++)
        if (start_of(found[i])) found[living++] = found[i];
    return living;
}

int end_process(pid_t process, unsigned long long start) {
    // Held by its descriptor, the number cannot become another's between the look and the signal.
    int held = (int)syscall(SYS_pidfd_open, process, 0);
    int is_it = start != 0 && start_of(process) == start;
    if (is_it && (held < 0 || syscall(SYS_pidfd_send_signal, held, SIGKILL, NULL, 0) < 0)) kill(process, SIGKILL);
    if (held >= 0) close(held);
    return is_it;
}

void adopt_orphans(void) { prctl(PR_SET_CHILD_SUBREAPER, 1); }

int adopts_orphans(void) {
    int does = 0;
    return prctl(PR_GET_CHILD_SUBREAPER, &does) == 0 && does;
}
