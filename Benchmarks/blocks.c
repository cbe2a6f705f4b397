// Products of a frozen matrix that stays in a GGUF file's blocks, beside the same matrix packed in floats, one thread:
//   clang -O3 -I Sources/CKernels/include Benchmarks/blocks.c Sources/CKernels/*.c -lm -o /tmp/blocks && /tmp/blocks [kernels [rows...]]
// The blocks are expanded tile by tile inside the product, as Sources/Tensors/Kernels+blocks.swift does it. GFLOP/s by the thread's own time.
#include "CKernels.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifndef TILE
#define TILE (256 << 10)
#endif
enum { STRETCH = 256, WIDEST = 768 };

typedef struct {
    const char *name;
    int code, weights, bytes, scales;
} type;
static const type types[] = {{"F32", 0, 1, 4, 0}, {"BF16", 30, 1, 2, 0},      {"Q8_0", 8, 32, 34, 1},
                             {"Q4_0", 2, 32, 18, 1}, {"Q4_1", 3, 32, 20, 2}, {"Q5_1", 7, 32, 24, 2},
                             {"Q4_K", 12, 256, 144, 2}, {"Q6_K", 14, 256, 210, 0}};

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

static void tiled(const al_kernels *k, al_product term, const al_blocks *w, int turned, ptrdiff_t m, ptrdiff_t n, float *c,
                  void *tile) {
    ptrdiff_t size = term.bf16 ? 2 : 4, panel = k->panel_width, depth = term.k, whole = (n + panel - 1) / panel * panel;
    ptrdiff_t unit = panel, step = turned ? STRETCH : 16;
    while (!turned && unit % w->block_weights) unit += panel;
    ptrdiff_t width = TILE / (depth * size * unit) * unit, most = turned || WIDEST > whole ? whole : WIDEST;
    width = width < unit ? unit : width;
    width = width < most ? width : most;
    ptrdiff_t count = TILE / (width * size) / step * step;
    count = count < step ? step : count;
    const char *a = term.a;
    for (ptrdiff_t j = 0; j < n; j += width) {
        for (ptrdiff_t d = 0; d < depth; d += count) {
            al_part part = {d, depth - d < count ? depth - d : count, j, n - j < width ? n - j : width};
            k->expand(w, &part, turned, term.bf16, tile);
            al_product piece = term;
            piece.a = a + d * size;
            piece.k = part.depth;
            piece.b = tile;
            piece.b_panel = part.depth * panel;
            k->multiply(&piece, 1, m, part.columns, c + j, n, 0, d > 0);
        }
    }
}

static void measure(const al_kernels *k, const type *t, ptrdiff_t m, ptrdiff_t outputs, ptrdiff_t inputs, int turned, int bf16) {
    ptrdiff_t row = inputs / t->weights * t->bytes, depth = turned ? inputs : outputs, n = turned ? outputs : inputs;
    unsigned char *blocks = malloc(outputs * row);
    for (ptrdiff_t i = 0; i < outputs * row; i++) blocks[i] = rand() & 0x2f;
    al_blocks w = {t->code, blocks, inputs, row, t->weights, t->bytes, 0};
    float *plain = malloc(outputs * inputs * 4), *c = malloc(m * n * 4), *a = malloc(m * depth * 4);
    al_bf16 *narrow = malloc(m * (depth + 1) * 2);
    void *packed = aligned_alloc(64, (depth + 1) * (n + 16) / 16 * 64), *tile = aligned_alloc(64, 4 << 20);
    for (ptrdiff_t i = 0; i < m * depth; i++) a[i] = rand() % 9 - 4;
    for (ptrdiff_t i = 0; i < outputs; i++) k->read_row(&w, i, plain + i * inputs);
    k->narrow(a, depth, m, depth, narrow);
    if (bf16)
        k->pack_bf16(plain, turned ? 1 : inputs, turned ? inputs : 1, depth, n, packed);
    else
        k->pack(plain, turned ? 1 : inputs, turned ? inputs : 1, depth, n, 1, packed);
    al_product term = {bf16 ? (void *)narrow : a, depth, 1, packed, 0, depth * k->panel_width, depth, bf16, 0, 0};
    double flops = 2.0 * m * depth * n, best[2] = {0, 0};
    // In turns, so that another load meets both.
    for (int round = 0; round < 6; round++) {
        for (int way = 0; way < 2; way++) {
            double start = now(), spent;
            int times = 0;
            do {
                if (way)
                    tiled(k, term, &w, turned, m, n, c, tile);
                else
                    k->multiply(&term, 1, m, n, c, n, 0, 0);
                times++;
            } while ((spent = now() - start) < 0.08);
            double rate = flops * times / spent / 1e9;
            if (rate > best[way]) best[way] = rate;
        }
    }
    printf("%-12s %-5s %5td x %5td x %5td %s %s  packed %6.1f  from blocks %6.1f  (%.0f %%)\n", k->name, t->name, m, n, depth,
           turned ? "forward " : "backward", bf16 ? "bf16" : "fp32", best[0], best[1], 100 * best[1] / best[0]);
    free(blocks), free(plain), free(c), free(a), free(narrow), free(packed), free(tile);
}

int main(int count, char **arguments) {
    const al_kernels *k = 0;
    for (int i = 0; i < 4; i++) {
        const al_kernels *one = al_kernels_variant(i);
        if (one && (count < 2 || !strcmp(arguments[1], one->name))) k = one;
    }
    if (!k) return fprintf(stderr, "no such kernels here\n"), 2;
    for (int i = 2; i < (count > 2 ? count : 5); i++) {
        ptrdiff_t m = count > 2 ? atol(arguments[i]) : (ptrdiff_t[]){1024, 128, 8}[i - 2];
        for (size_t t = 0; t < sizeof types / sizeof *types; t++) {
            // Rows of whole blocks of every type: SmolLM2's feed-forward widths, rounded up.
            ptrdiff_t hidden = types[t].weights == 256 ? 768 : 576;
            for (int bf16 = 0; bf16 <= k->multiplies_bf16; bf16++) {
                measure(k, types + t, m, 1536, hidden, 1, bf16);
                measure(k, types + t, m, hidden, 1536, 1, bf16);
                measure(k, types + t, m, 1536, hidden, 0, bf16);
                measure(k, types + t, m, hidden, 1536, 0, bf16);
            }
        }
    }
}
