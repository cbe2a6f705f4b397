// The other direction of a frozen matrix that is packed once: parts of W, laid out as `pack` and `pack_bf16` do it, from W^T as the
// same functions left it. The numbers stay what they are, so that sums come out the same bits as with a copy for each direction.

typedef float v8 __attribute__((vector_size(32), aligned(4), may_alias));
INLINE v8 load8(const float *p) { return *(const v8 *)p; }
INLINE void store8(float *p, v8 x) { *(v8 *)p = x; }

// y [8, 8] = x^T: few enough vectors for the registers of AVX2.
INLINE void turn8(const float *x, ptrdiff_t x_row, float *y, ptrdiff_t y_row) {
    v8 a[8], b[8];
    UNROLL for (int i = 0; i < 8; i++) a[i] = load8(x + i * x_row);
    UNROLL for (int i = 0; i < 8; i += 2) {
        b[i] = __builtin_shufflevector(a[i], a[i + 1], 0, 8, 2, 10, 4, 12, 6, 14);
        b[i + 1] = __builtin_shufflevector(a[i], a[i + 1], 1, 9, 3, 11, 5, 13, 7, 15);
    }
    UNROLL for (int i = 0; i < 8; i += 4) UNROLL for (int j = i; j < i + 2; j++) {
        a[j] = __builtin_shufflevector(b[j], b[j + 2], 0, 1, 8, 9, 4, 5, 12, 13);
        a[j + 2] = __builtin_shufflevector(b[j], b[j + 2], 2, 3, 10, 11, 6, 7, 14, 15);
    }
    UNROLL for (int j = 0; j < 4; j++) {
        store8(y + j * y_row, __builtin_shufflevector(a[j], a[j + 4], 0, 1, 2, 3, 8, 9, 10, 11));
        store8(y + (j + 4) * y_row, __builtin_shufflevector(a[j], a[j + 4], 4, 5, 6, 7, 12, 13, 14, 15));
    }
}

// y [16, 16] = x^T; rows of x beyond the count are 0.
INLINE void flip16(const float *x, ptrdiff_t x_row, ptrdiff_t count, float *y, ptrdiff_t y_row) {
    if (count < 16) {
        turn16(x, x_row, count, y, y_row, 1);
        return;
    }
#ifdef AL_AVX512
    turn16(x, x_row, 16, y, y_row, 1);
#else
    UNROLL for (int i = 0; i < 16; i += 8) UNROLL for (int j = 0; j < 16; j += 8)
        turn8(x + i * x_row + j, x_row, y + j * y_row + i, y_row);
#endif
}

// The panel of W^T with this row of W: where it begins among the rows, and how wide it is.
INLINE al_range panel_with(const al_panels *w, ptrdiff_t row) {
    ptrdiff_t from = row / (16 * AL_VECTORS) * (16 * AL_VECTORS), left = w->rows - from;
    return (al_range){from, from + (left < 16 * AL_VECTORS ? (left + 15) / 16 * 16 : 16 * AL_VECTORS)};
}

static void turn_floats(const al_panels *w, const al_part *part, float *packed) {
    for (ptrdiff_t i = 0; i < part->depth; i += 16) {
        ptrdiff_t row = part->row + i, rows = part->depth - i < 16 ? part->depth - i : 16;
        al_range own = panel_with(w, row);
        ptrdiff_t stride = own.to - own.from;
        const float *source = (const float *)w->start + own.from * w->columns + part->column * stride + row - own.from;
        for (ptrdiff_t j = 0; j < part->columns; j += 16, source += 16 * stride) {
            ptrdiff_t panel = j / (16 * AL_VECTORS) * (16 * AL_VECTORS), left = part->columns - panel;
            ptrdiff_t width = left < 16 * AL_VECTORS ? (left + 15) / 16 * 16 : 16 * AL_VECTORS;
            float *target = packed + panel * part->depth + i * width + j - panel;
            if (rows == 16) {
                flip16(source, stride, part->columns - j, target, width);
                continue;
            }
            float t[16 * 16];
            flip16(source, stride, part->columns - j, t, 16);
            for (ptrdiff_t r = 0; r < rows; r++) store(target + r * width, load(t + 16 * r));
        }
    }
}

static void turn_bf16(const al_panels *w, const al_part *part, al_bf16 *packed) {
    ptrdiff_t even_source = (w->columns + 1) / 2 * 2, even = (part->depth + 1) / 2 * 2;
    for (ptrdiff_t i = 0; i < even; i += 16) {
        ptrdiff_t row = part->row + i, rows = even - i < 16 ? even - i : 16;
        al_range own = panel_with(w, row);
        ptrdiff_t stride = own.to - own.from;
        const al_bf16 *source = (const al_bf16 *)w->start + own.from * even_source + part->column * stride + 2 * (row - own.from);
        for (ptrdiff_t j = 0; j < part->columns; j += 16, source += 16 * stride) {
            ptrdiff_t panel = j / (16 * AL_VECTORS) * (16 * AL_VECTORS), left = part->columns - panel;
            ptrdiff_t width = left < 16 * AL_VECTORS ? (left + 15) / 16 * 16 : 16 * AL_VECTORS;
            ptrdiff_t pairs = part->columns - j < 16 ? (part->columns - j + 1) / 2 : 8;
            float x[16 * 16], y[16 * 16];
            for (ptrdiff_t k = 0; k < pairs; k++) {
                v16u pair = *(const v16u *)(source + 2 * k * stride);
                store(x + 32 * k, (v16)(pair << 16));
                store(x + 32 * k + 16, (v16)(pair & 0xffff0000u));
            }
            flip16(x, 16, 2 * pairs, y, 16);
            al_bf16 *target = packed + panel * even + i * width + 2 * (j - panel);
            for (ptrdiff_t r = 0; r < rows; r += 2)
                *(v16u *)(target + r * width) = (v16u)load(y + 16 * r) >> 16 | ((v16u)load(y + 16 * r + 16) & 0xffff0000u);
        }
    }
}

static void turn(const al_panels *w, const al_part *part, int bf16, void *packed) {
    if (bf16)
        turn_bf16(w, part, packed);
    else
        turn_floats(w, part, packed);
}
