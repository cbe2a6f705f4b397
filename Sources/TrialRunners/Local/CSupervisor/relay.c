#define _GNU_SOURCE
#include "relay.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

// What a trial prints still has this much room when the disk is full: so it is known what its checkpoint has behind it.
enum { reserve = 256 << 10 };

static int open_own(const char *name, int flags, char *path, int size) {
    const char *folder = getenv("AUTOLORA_TRIAL_DIR");
    if (!folder || snprintf(path, size, "%s/%s", folder, name) >= size) return -1;
    int file = open(path, flags | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0644);
    struct stat status;
    // A pipe or a device that somebody put there.
    if (file >= 0 && (fstat(file, &status) < 0 || !S_ISREG(status.st_mode))) {
        close(file);
        file = -1;
    }
    return file;
}

static off_t length(const struct relay *relay) {
    struct stat status;
    return fstat(relay->file, &status) < 0 ? 0 : status.st_size;
}

int relay_open(struct relay *relay) {
    char path[4096];
    *relay = (struct relay){.file = -1, .to = 1, .changes = -1};
    int file = open_own("output.txt", O_RDWR, path, sizeof path);
    if (file < 0) return -1;
    int output = open_own("output.txt", O_WRONLY, path, sizeof path);
    if (output < 0) {
        close(file);
        return -1;
    }
    relay->file = file;
    relay->passed = length(relay);
    relay->changes = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (relay->changes >= 0 && inotify_add_watch(relay->changes, path, IN_MODIFY) < 0) {
        close(relay->changes);
        relay->changes = -1;
    }
    relay_look(relay);
    return output;
}

void relay_look(struct relay *relay) {
    char events[4096];
    if (relay->file < 0) return;
    while (relay->changes >= 0 && read(relay->changes, events, sizeof events) > 0) {}
    off_t now = length(relay);
    // A program that opens its standard output once more can begin the file again.
    if (now < relay->passed) relay->passed = 0;
    if (now + reserve / 2 <= relay->reserved) return;
    if (fallocate(relay->file, FALLOC_FL_KEEP_SIZE, 0, now + reserve) == 0) relay->reserved = now + reserve;
}

int relay_can_pass(struct relay *relay) {
    return relay->file >= 0 && relay->to >= 0 && length(relay) > relay->passed;
}

void relay_pass(struct relay *relay) {
    char piece[relay_piece];
    ssize_t count = pread(relay->file, piece, sizeof piece, relay->passed);
    if (count <= 0) return;
    ssize_t written = write(relay->to, piece, count);
    if (written > 0) relay->passed += written;
    if (written < 0 && errno != EAGAIN && errno != EINTR) relay->to = -1;
}

static void append(int log, const char *bytes, ssize_t count) {
    for (ssize_t done = 0, written; done < count && (written = write(log, bytes + done, count - done)) > 0;) done += written;
}

static int ends_line(int file, off_t end) {
    char last;
    return end <= 0 || pread(file, &last, 1, end - 1) != 1 || last == '\n' || last == '\r';
}

// Whether the log ends within a line that the rest does not go on with: one of standard error.
static int is_cut(int log, const struct relay *relay, int unread) {
    int waiting = 0;
    if (relay->file < 0 || (unread >= 0 && ioctl(unread, FIONREAD, &waiting) < 0)) return 0;
    return !ends_line(log, lseek(log, 0, SEEK_END)) && ends_line(relay->file, relay->passed - waiting);
}

void relay_log_rest(struct relay *relay, int unread) {
    char bytes[relay_piece], path[4096];
    int log = open_own("log.txt", O_RDWR, path, sizeof path);
    if (log < 0) return;
    if (is_cut(log, relay, unread)) append(log, "\n", 1);
    if (unread >= 0)
        for (ssize_t count; (count = read(unread, bytes, sizeof bytes)) > 0;) append(log, bytes, count);
    if (relay->file >= 0)
        for (ssize_t count; (count = pread(relay->file, bytes, sizeof bytes, relay->passed)) > 0; relay->passed += count)
            append(log, bytes, count);
    close(log);
}

void relay_close(struct relay *relay) {
    if (relay->file < 0) return;
    off_t end = length(relay);
    if (relay->reserved > end)
        fallocate(relay->file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, end, relay->reserved - end);
    close(relay->file);
    relay->file = -1;
}
