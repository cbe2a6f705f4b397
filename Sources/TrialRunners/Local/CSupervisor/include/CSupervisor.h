#pragma once
#include <sys/types.h>

/// Runs a program in a process group of its own and stays with it until it and all that it started are gone.
///
/// The program is asked to end (TERM, then KILL after the grace) when this process gets TERM, INT or HUP, or when standard
/// input reaches its end: the other end is held by the controller and closes when that dies, however it dies. Whatever the program
/// started ends with it, in whatever group, session or environment it is. While it runs, the file `processes` in the trial's folder
/// (AUTOLORA_TRIAL_DIR) names all of them, for the case that this process is killed. It holds the names in AUTOLORA_LEASES meanwhile.
///
/// Returns the program's exit code; where a signal ended it, this process ends by the same signal.
int supervise(char *const arguments[], int grace_milliseconds);

/// Takes a name that nobody else on this machine can have until every copy of the descriptor is closed, however its holders die.
///
/// It is the name of a socket that stands in no folder (unix(7), abstract). Returns the descriptor, closed on exec; -1 with
/// errno EADDRINUSE where somebody has the name.
int take_name(const char *name);

/// Whether somebody has a name.
int is_taken(const char *name);

/// From now on what a killed supervisor leaves comes to this process.
void adopt_orphans(void);

/// Whether ``adopt_orphans`` was called.
int adopts_orphans(void);

/// Since the machine's start, in clock ticks; 0: there is no such process, or it is a zombie.
unsigned long long start_of(pid_t process);

/// The number of the process that a process belongs to; 0: there is no such process.
pid_t parent_of(pid_t process);

/// The living processes that a process has started, and those that these have.
///
/// Returns how many there are in `found`, at most `most`.
int list_descendants(pid_t process, pid_t *found, int most);

/// Kills a process if it is still the one that began at `start`: its number may be another's by now. Returns whether it was.
int end_process(pid_t process, unsigned long long start);
