#include "vectors.h"
#if defined(__x86_64__)
#define AL_TABLE al_kernels_avx512_bf16
#define AL_NAME "avx512-bf16"
#define AL_ROWS 8
#define AL_VECTORS 3
#define AL_AVX512
#define AL_BF16
#pragma clang attribute push( \
    __attribute__((target("avx512bf16,avx512f,avx512bw,avx512dq,avx512vl,avx512cd,avx2,fma,bmi,bmi2"))), apply_to = function)
#include "variant.h"
#pragma clang attribute pop
#endif
