#define _GNU_SOURCE
#include "record.h"

#include "CSupervisor.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { most_processes = 4096 };

static int record = -1, folder = -1;
static char header[512];
// As they were written last, this process first.
static pid_t written[most_processes];
static int written_count = -1;

static void read_line(const char *path, char *line, int size) {
    line[0] = 0;
    FILE *file = fopen(path, "re");
    if (!file) return;
    if (!fgets(line, size, file)) line[0] = 0;
    line[strcspn(line, "\n")] = 0;
    fclose(file);
}

void begin_record(void) {
    const char *path = getenv("AUTOLORA_TRIAL_DIR"), *launch = getenv("AUTOLORA_LAUNCH");
    if (!path) return;
    folder = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return;
    record = openat(folder, "processes", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600);
    if (record < 0) return;
    flock(record, LOCK_EX | LOCK_NB);
    char boot[64], space[64];
    read_line("/proc/sys/kernel/random/boot_id", boot, sizeof boot);
    ssize_t length = readlink("/proc/self/ns/pid", space, sizeof space - 1);
    space[length > 0 ? length : 0] = 0;
    struct stat own = {0};
    fstat(folder, &own);
    snprintf(
        header, sizeof header, "launch %.128s\nboot %s\nnamespace %s\nfolder %llu:%llu\n", launch ? launch : "", boot, space,
        (unsigned long long)own.st_dev, (unsigned long long)own.st_ino);
    keep_record();
}

static void write_record(const char *text, size_t length) {
    if (pwrite(record, text, length, 0) == (ssize_t)length && ftruncate(record, (off_t)length) < 0) {}
}

void keep_record(void) {
    static pid_t now[most_processes];
    static char text[sizeof header + most_processes * 40];
    if (record < 0) return;
    now[0] = getpid();
    int count = 1 + list_descendants(now[0], now + 1, most_processes - 1);
    if (count == written_count && memcmp(now, written, count * sizeof *now) == 0) return;
    size_t length = (size_t)snprintf(text, sizeof text, "%s", header);
    for (int i = 0; i < count; i++) {
        unsigned long long start = start_of(now[i]);
        if (start) length += (size_t)snprintf(text + length, sizeof text - length, "%d %llu\n", now[i], start);
    }
    write_record(text, length);
    memcpy(written, now, count * sizeof *now);
    written_count = count;
}

void record_not_started(const char *reason) {
    char text[256];
    if (record >= 0) write_record(text, (size_t)snprintf(text, sizeof text, "not started: %s\n", reason));
}

void end_record(void) {
    if (record < 0) return;
    unlinkat(folder, "processes", 0);
    close(record);
    record = -1;
}
