#pragma once

/// Makes the process independent of the user's limits as far as it can be, and tries out whether it gets what it needs. To be
/// called before the first thread is made: a thread that cannot be made is waited for without end by the libraries that want it.
///
/// Threads get a stack of their own size, whatever `ulimit -s` says, and the process's nice value, as root too. Where the limit on CPU time is reached, the process ends with
/// a word and exit code 1.
///
/// Returns what is lacking, with the limit that has to be raised; NULL: nothing.
const char *lacks_at_startup(void);

/// Whether so many bytes more can be had besides what is needed at the start.
///
/// Returns what is lacking, with the limit that has to be raised; NULL: nothing.
const char *lacks_memory(unsigned long long bytes);
