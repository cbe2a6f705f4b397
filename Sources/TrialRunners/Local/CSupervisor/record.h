#pragma once
#include <sys/types.h>

/// Begins the file `processes` in the trial's folder, held by a lock for as long as this process lives.
///
/// It is how a controller finds what a killed supervisor has left: the words of AUTOLORA_LAUNCH (which no other launch has), this boot,
/// this namespace of process numbers and this folder (a copy of it has none of these processes), then a line for each process: its number and when it began.
void begin_record(void);

/// Writes down what this process has started by now.
void keep_record(void);

/// Says that the program could not be started, for want of processes or memory.
void record_not_started(const char *reason);

/// Nothing is left: the file goes.
void end_record(void);
