#include "CSupervisor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Every executable of the package is linked with Swift's library, which would take most of this one's memory and time to start.
// Nothing here uses it: these words reach the linker before its name, and the two functions stand in for what its start-up object wants.
__attribute__((section(".swift1_autolink_entries"), used)) static const char linker_option[] = "-Wl,--as-needed";
void swift_addNewDSOImage(const void *image) { (void)image; }
int _swift_backtrace_isThunkFunction(const char *name) { return name == NULL; }

// autolora-supervisor GRACE_MILLISECONDS PROGRAM [WORD ...]
int main(int count, char *words[]) {
    if (count < 3) {
        fprintf(stderr, "autolora-supervisor: started by autolora, beside which it has to lie; it takes no words of a person's\n");
        return 64;
    }
    return supervise(words + 2, atoi(words[1]));
}
