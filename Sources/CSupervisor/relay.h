#pragma once

#include <sys/types.h>

enum { relay_piece = 4096, relay_room = 65536 };

// A trial's standard output on its way to the controller, and its copy in the trial's folder: that tells the next controller what
// this one had not come to.
struct relay {
    int from;         // the reading end of the trial's pipe; -1: it has come to its end
    int to;           // where the controller reads; -1: nobody does any more
    int file;         // output.txt; -1: there is no relay
    int full;         // the file takes no more: it stays the beginning of what was printed
    off_t saved;      // the file's length
    off_t passed;     // as much of the file went to the controller
    size_t kept_from; // what the file had no room for, until the controller takes it
    size_t kept_to;
    char kept[relay_room];
};

// Makes the pipe and opens the file in AUTOLORA_TRIAL_DIR. Returns the pipe's writing end; -1: there is no such folder, and the
// trial writes to the controller itself.
int relay_open(struct relay *relay);

// Whether more of what the trial prints can be taken now, and whether there is something to pass on.
int relay_can_take(const struct relay *relay);
int relay_can_pass(const struct relay *relay);

// Takes what there is, without waiting; 0: nothing came.
int relay_take(struct relay *relay);
// Passes a piece on: the pipe to the controller has to have room for one.
void relay_pass(struct relay *relay);

// The controller is gone: what it did not read goes to log.txt, as all that is printed does.
void relay_log_rest(struct relay *relay, int unread);
