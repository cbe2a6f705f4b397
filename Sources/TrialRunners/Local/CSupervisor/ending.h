#pragma once
#include <sys/types.h>

/// Sends a signal to the program's group, and to the program where it has left that.
void tell(pid_t child, int is_reaped, int signal);

/// Whether a process group has a member, a zombie perhaps.
int has_members(pid_t group);

/// Kills the program's group and every descendant of this process, in whatever group.
void kill_all(pid_t child);

/// Does so until none is left, and reaps them.
void end_descendants(pid_t child);

/// The exit code of a status; where a signal ended the program, this process ends by the same.
int end_like(int status);
