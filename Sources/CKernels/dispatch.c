#include "CKernels.h"
#include "tiles.h"
#include <math.h>

extern const al_kernels al_kernels_baseline;
#if defined(__x86_64__)
extern const al_kernels al_kernels_avx2;
extern const al_kernels al_kernels_avx512;
extern const al_kernels al_kernels_avx512_bf16;
#endif

const al_kernels *al_kernels_variant(int index) {
    if (index == 0) return &al_kernels_baseline;
#if defined(__x86_64__)
    __builtin_cpu_init();
    int avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") &&
               __builtin_cpu_supports("bmi2");
    if (index == 1 && avx2) return &al_kernels_avx2;
    int avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                 __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512cd");
    if (index == 2 && avx512) return &al_kernels_avx512;
    if (index == 3 && avx512 && __builtin_cpu_supports("avx512bf16")) return &al_kernels_avx512_bf16;
#endif
    return 0;
}

static ptrdiff_t round16(ptrdiff_t n) { return (n + 15) / 16 * 16; }

ptrdiff_t al_attention_scratch(ptrdiff_t queries, ptrdiff_t keys, ptrdiff_t d) {
    return round16(keys) * (d + 2 * queries);
}

ptrdiff_t al_causal_scratch(ptrdiff_t keys, ptrdiff_t d) { return 2 * round16(keys) * d + 2 * AL_TILE_QUERIES * AL_TILE_KEYS; }

double al_cross_entropy(const float *logits, const int32_t *targets, ptrdiff_t rows, ptrdiff_t classes, float scale, float *dlogits) {
    double total = 0;
    for (ptrdiff_t i = 0; i < rows; i++) {
        const float *x = logits + i * classes;
        double top = x[0], sum = 0;
        for (ptrdiff_t j = 1; j < classes; j++) top = x[j] > top ? x[j] : top;
        for (ptrdiff_t j = 0; j < classes; j++) sum += exp(x[j] - top);
        total += log(sum) + top - x[targets[i]];
        if (!dlogits) continue;
        for (ptrdiff_t j = 0; j < classes; j++)
            dlogits[i * classes + j] = (float)(scale * (exp(x[j] - top) / sum - (j == targets[i])));
    }
    return total;
}

double al_shaped_cross_entropy(const float *logits, const int32_t *targets, ptrdiff_t rows, ptrdiff_t classes, const float *weights,
                               float smoothing, float scale, float *dlogits) {
    double total = 0, share = smoothing / (double)classes, all = 0;
    for (ptrdiff_t j = 0; j < classes; j++) all += weights ? weights[j] : 1;
    for (ptrdiff_t i = 0; i < rows; i++) {
        const float *x = logits + i * classes;
        double top = x[0], sum = 0, spread = 0, own = (1 - (double)smoothing) * (weights ? weights[targets[i]] : 1);
        for (ptrdiff_t j = 1; j < classes; j++) top = x[j] > top ? x[j] : top;
        for (ptrdiff_t j = 0; j < classes; j++) sum += exp(x[j] - top);
        double whole = log(sum) + top;
        for (ptrdiff_t j = 0; j < classes; j++) spread += (weights ? weights[j] : 1) * (whole - x[j]);
        total += own * (whole - x[targets[i]]) + share * spread;
        if (!dlogits) continue;
        for (ptrdiff_t j = 0; j < classes; j++) {
            double p = exp(x[j] - top) / sum;
            dlogits[i * classes + j] =
                (float)(scale * ((own + share * all) * p - (j == targets[i]) * own - share * (weights ? weights[j] : 1)));
        }
    }
    return total;
}
