#include "vectors.h"
#if defined(__x86_64__)
#define AL_TABLE al_kernels_avx2
#define AL_NAME "avx2"
#define AL_ROWS 6
#define AL_VECTORS 1
#pragma clang attribute push(__attribute__((target("avx2,fma,bmi,bmi2,f16c"))), apply_to = function)
#include "variant.h"
#pragma clang attribute pop
#endif
