#pragma once

#include <sys/types.h>

enum { relay_piece = 4096 };

// A trial's standard output on its way to the controller. The trial writes to a file in its folder, not to a pipe: what it has printed
// is there whoever is killed, for the controller or the next one. This process only follows that file.
struct relay {
    int file;        // output.txt; -1: there is no relay
    int to;          // where the controller reads; -1: nobody does any more
    int changes;     // tells of writes; -1: it has to be looked
    off_t passed;    // as much of the file went to the controller
    off_t reserved;  // as far as the disk has room for it, whatever else fills that
};

// Opens the file in AUTOLORA_TRIAL_DIR. Returns what the trial is to write to; -1: there is no such folder, and the trial writes to
// the controller itself.
int relay_open(struct relay *relay);

// Takes note of what was written, without waiting.
void relay_look(struct relay *relay);

// Whether there is something to pass on.
int relay_can_pass(struct relay *relay);
// Passes a piece on: the pipe to the controller has to have room for one.
void relay_pass(struct relay *relay);

// The controller is gone: what it did not read goes to log.txt, as all that is printed does.
void relay_log_rest(struct relay *relay, int unread);

// Nothing is printed any more.
void relay_close(struct relay *relay);
