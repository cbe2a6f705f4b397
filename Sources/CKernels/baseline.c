#include "vectors.h"
#define AL_TABLE al_kernels_baseline
#define AL_NAME "baseline"
#define AL_ROWS 2
#define AL_VECTORS 1
#include "variant.h"
