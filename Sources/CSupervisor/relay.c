#define _GNU_SOURCE
#include "relay.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int open_own(const char *name, int flags) {
    const char *folder = getenv("AUTOLORA_TRIAL_DIR");
    char path[4096];
    if (!folder || snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path) return -1;
    return open(path, flags | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
}

int relay_open(struct relay *relay) {
    int ends[2];
    *relay = (struct relay){.from = -1, .to = 1, .file = -1};
    int file = open_own("output.txt", O_RDWR);
    if (file < 0) return -1;
    if (pipe2(ends, O_CLOEXEC) < 0) {
        close(file);
        return -1;
    }
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    relay->from = ends[0];
    relay->file = file;
    relay->saved = relay->passed = lseek(file, 0, SEEK_END);
    return ends[1];
}

static int is_drained(const struct relay *relay) { return relay->passed >= relay->saved && relay->kept_from == relay->kept_to; }

int relay_can_pass(const struct relay *relay) { return relay->file >= 0 && relay->to >= 0 && !is_drained(relay); }

// As long as the file takes all, the trial never waits for its controller.
int relay_can_take(const struct relay *relay) {
    return relay->from >= 0 && (!relay->full || relay->to < 0 || is_drained(relay));
}

int relay_take(struct relay *relay) {
    static char bytes[relay_room];
    if (!relay_can_take(relay)) return 0;
    ssize_t count = read(relay->from, bytes, sizeof bytes);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
    if (count <= 0) {
        close(relay->from);
        relay->from = -1;
        return 0;
    }
    ssize_t done = 0;
    while (!relay->full && done < count) {
        ssize_t written = write(relay->file, bytes + done, count - done);
        if (written > 0) {
            done += written;
            relay->saved += written;
        } else if (errno != EINTR) {
            relay->full = 1;
        }
    }
    relay->kept_from = relay->kept_to = 0;
    while (relay->to >= 0 && done < count) relay->kept[relay->kept_to++] = bytes[done++];
    return 1;
}

void relay_pass(struct relay *relay) {
    char piece[relay_piece];
    ssize_t count, written;
    if (relay->passed < relay->saved) {
        count = pread(relay->file, piece, sizeof piece, relay->passed);
        if (count < 0 && errno == EINTR) return;
        // Somebody has shortened the file: what is gone cannot be passed on.
        if (count <= 0) relay->passed = relay->saved;
        if (count <= 0) return;
        if (count > relay->saved - relay->passed) count = relay->saved - relay->passed;
        written = write(relay->to, piece, count);
        if (written > 0) relay->passed += written;
    } else {
        count = relay->kept_to - relay->kept_from;
        if (count > relay_piece) count = relay_piece;
        written = write(relay->to, relay->kept + relay->kept_from, count);
        if (written > 0) relay->kept_from += written;
    }
    if (written < 0 && errno != EAGAIN && errno != EINTR) relay->to = -1;
}

static void append(int log, const char *bytes, ssize_t count) {
    for (ssize_t done = 0, written; done < count && (written = write(log, bytes + done, count - done)) > 0;) done += written;
}

void relay_log_rest(struct relay *relay, int unread) {
    char bytes[relay_piece];
    int log = open_own("log.txt", O_WRONLY);
    if (log < 0) return;
    if (unread >= 0)
        for (ssize_t count; (count = read(unread, bytes, sizeof bytes)) > 0;) append(log, bytes, count);
    if (relay->file >= 0)
        for (ssize_t count; (count = pread(relay->file, bytes, sizeof bytes, relay->passed)) > 0; relay->passed += count)
            append(log, bytes, count);
    close(log);
}
