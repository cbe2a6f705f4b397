// What one core can multiply at most: sums that stay in registers, no memory. Prints "fp32 <GFLOP/s> bf16 <GFLOP/s or 0>".
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

typedef float v16 __attribute__((vector_size(64)));
enum { SUMS = 24, ROUNDS = 10000000 };

static double seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

// `step` is one product and sum of the running total `s`; the empty asm keeps the compiler from seeing what is multiplied.
#define LOOP(name, attribute, in, vector, count, zero, step)                          \
    __attribute__((attribute)) static double name(void) {                             \
        vector s[count], x = zero;                                                    \
        for (int i = 0; i < count; i++) s[i] = zero;                                  \
        double start = seconds();                                                     \
        for (int round = 0; round < ROUNDS; round++) {                                \
            __asm__ volatile("" : "+" in(x));                                         \
            _Pragma("clang loop unroll(full)") for (int i = 0; i < count; i++) step;  \
        }                                                                             \
        double spent = seconds() - start;                                             \
        for (int i = 0; i < count; i++) __asm__ volatile("" ::in(s[i]));              \
        return spent;                                                                 \
    }

#if defined(__x86_64__)
LOOP(fp32_512, target("avx512f"), "v", __m512, SUMS, _mm512_setzero_ps(), s[i] = _mm512_fmadd_ps(x, x, s[i]))
LOOP(fp32_256, target("avx2,fma"), "x", __m256, 12, _mm256_setzero_ps(), s[i] = _mm256_fmadd_ps(x, x, s[i]))
LOOP(bf16_512, target("avx512f,avx512bf16"), "v", __m512, SUMS, _mm512_setzero_ps(),
     s[i] = _mm512_dpbf16_ps(s[i], (__m512bh)x, (__m512bh)x))
#endif

int main(void) {
    double fp32 = 0, bf16 = 0;
#if defined(__x86_64__)
    for (int run = 0; run < 3; run++) {
        double rate = __builtin_cpu_supports("avx512f") ? 1e-9 * 32 * SUMS * ROUNDS / fp32_512() : 1e-9 * 16 * 12 * ROUNDS / fp32_256();
        if (rate > fp32) fp32 = rate;
        if (!__builtin_cpu_supports("avx512bf16")) continue;
        rate = 1e-9 * 64 * SUMS * ROUNDS / bf16_512();
        if (rate > bf16) bf16 = rate;
    }
#endif
    printf("fp32 %.1f bf16 %.1f\n", fp32, bf16);
}
