#define _GNU_SOURCE
#include "leases.h"

#include "CSupervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { lowest_descriptor = 100, patience_rounds = 40, pause_nanoseconds = 50000000 };

// A first byte of zero makes it a name of the machine's, which stands in no folder: there is no file to remove, to link or to leave behind.
static socklen_t address_of(const char *name, size_t length, struct sockaddr_un *address) {
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    if (length == 0 || length >= sizeof address->sun_path) return 0;
    memcpy(address->sun_path + 1, name, length);
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + length);
}

static int take(const char *name, size_t length, int flags) {
    struct sockaddr_un address;
    socklen_t size = address_of(name, length, &address);
    if (size == 0) {
        errno = EINVAL;
        return -1;
    }
    int descriptor = socket(AF_UNIX, SOCK_DGRAM | flags, 0);
    if (descriptor < 0) return -1;
    if (bind(descriptor, (struct sockaddr *)&address, size) == 0) return descriptor;
    int problem = errno;
    close(descriptor);
    errno = problem;
    return -1;
}

int take_name(const char *name) { return take(name, strlen(name), SOCK_CLOEXEC); }

int is_taken(const char *name) {
    struct sockaddr_un address;
    socklen_t size = address_of(name, strlen(name), &address);
    int descriptor = size ? socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0) : -1;
    if (descriptor < 0) return 0;
    int is = connect(descriptor, (struct sockaddr *)&address, size) == 0 || errno != ECONNREFUSED;
    close(descriptor);
    return is;
}

int hold_leases(const char *names) {
    while (names && *names) {
        size_t length = strcspn(names, " ");
        int descriptor = -1;
        for (int round = 0; round < patience_rounds; round++) {
            descriptor = take(names, length, 0);
            if (descriptor >= 0 || errno != EADDRINUSE) break;
            struct timespec pause = {0, pause_nanoseconds};
            nanosleep(&pause, NULL);
        }
        if (descriptor < 0 && errno == EADDRINUSE) return -1;
        // Out of the way of a program that counts on the low ones. The trial inherits it: see leases.h.
        if (descriptor >= 0 && fcntl(descriptor, F_DUPFD, lowest_descriptor) >= 0) close(descriptor);
        names += length + strspn(names + length, " ");
    }
    return 0;
}
