#pragma once

/// Runs a program in a process group of its own and stays with it until it and all that it started are gone.
///
/// The group is asked to end (TERM, then KILL after the grace) when this process gets TERM, INT or HUP, or when standard
/// input reaches its end: the other end is held by the controller and closes when that dies, however it dies.
///
/// Returns the program's exit code; where a signal ended it, this process ends by the same signal.
int supervise(char *const arguments[], int grace_milliseconds);
