// Sums of matrix products, tile by tile in registers: AL_ROWS x (16 * AL_VECTORS) sums at a time. Along k they go in pieces, so that
// a piece of a panel stays in the second cache; between pieces the sums wait in C, and come out the same bits.

// Depth of a piece, bytes of a block of A (half a second cache where AVX2 is the most there is), and how many pieces are added at once.
#ifdef AL_AVX512
enum { AL_BLOCK = 1024 * 1024 };
#else
enum { AL_BLOCK = 256 * 1024 };
#endif
enum { AL_DEPTH = 768, AL_PIECES = 8 };

// The piece of a product's depth that is added at once. While the tiles of one panel are computed, the next one comes nearer: `step`
// bytes from `next` on for every four of the depth.
typedef struct {
    const al_product *product;
    ptrdiff_t from, depth;
    const char *next;
    ptrdiff_t step;
} al_piece;

// sums += a[0] * b[0] + a[1] * b[1] for sixteen pairs b and one pair a of bf16; the first of a pair is its lower half.
INLINE v16 add_pairs(v16 sums, v16u b, uint32_t a) {
#ifdef AL_BF16
    return (v16)_mm512_dpbf16_ps((__m512)sums, (__m512bh)b, (__m512bh)_mm512_set1_epi32((int)a));
#else
    union { uint32_t bits; float value; } low = {a << 16}, high = {a & 0xffff0000u};
    sums += (v16)(b << 16) * low.value;
    return sums + (v16)(b & 0xffff0000u) * high.value;
#endif
}

INLINE void pairs(const int rows, const int vectors, const al_piece *piece, ptrdiff_t i, ptrdiff_t place, ptrdiff_t width,
                  v16 sums[AL_ROWS][AL_VECTORS]) {
    const al_product *product = piece->product;
    const al_bf16 *b = (const al_bf16 *)product->b + place + piece->from * width, *a[AL_ROWS];
    UNROLL for (int r = 0; r < rows; r++) a[r] = (const al_bf16 *)product->a + (i + r) * product->a_row + piece->from;
    for (ptrdiff_t k = 0; k < piece->depth; k += 2, b += 2 * width) {
        v16u columns[AL_VECTORS];
        UNROLL for (int v = 0; v < vectors; v++) columns[v] = *(const v16u *)(b + 32 * v);
        UNROLL for (int r = 0; r < rows; r++) {
            uint32_t pair;
            memcpy(&pair, a[r] + k, sizeof pair);
            UNROLL for (int v = 0; v < vectors; v++) sums[r][v] = add_pairs(sums[r][v], columns[v], pair);
        }
    }
}

// A panel of full width, and numbers of A side by side, as almost all are: the addresses are constants.
INLINE void full(const int rows, const float *const a[AL_ROWS], const float *b, al_piece *piece, v16 sums[AL_ROWS][AL_VECTORS]) {
    const char *next = piece->step ? piece->next : (const char *)b;
    ptrdiff_t k = 0;
    for (; k + 4 <= piece->depth; k += 4, b += 4 * 16 * AL_VECTORS, next += piece->step) {
        __builtin_prefetch(next, 0, 2);
        UNROLL for (int u = 0; u < 4; u++) {
            v16 columns[AL_VECTORS];
            UNROLL for (int v = 0; v < AL_VECTORS; v++) columns[v] = load(b + 16 * (u * AL_VECTORS + v));
            UNROLL for (int r = 0; r < rows; r++) {
                float x = a[r][k + u];
                UNROLL for (int v = 0; v < AL_VECTORS; v++) sums[r][v] += columns[v] * x;
            }
        }
    }
    for (; k < piece->depth; k++, b += 16 * AL_VECTORS)
        UNROLL for (int r = 0; r < rows; r++) UNROLL for (int v = 0; v < AL_VECTORS; v++) sums[r][v] += load(b + 16 * v) * a[r][k];
    piece->next = next;
}

INLINE void tile(const int rows, const int vectors, const int tail, al_piece *pieces, int count, ptrdiff_t i,
                 ptrdiff_t j, ptrdiff_t within, ptrdiff_t width, ptrdiff_t left, float *c, ptrdiff_t c_row, const float *bias,
                 int accumulate) {
    v16 sums[AL_ROWS][AL_VECTORS];
    UNROLL for (int v = 0; v < vectors; v++) {
        v16 start = bias ? (tail ? load_tail(bias + 16 * v, left) : load(bias + 16 * v)) : all(0);
        UNROLL for (int r = 0; r < rows; r++) sums[r][v] = start;
    }
    if (accumulate) {
        UNROLL for (int r = 0; r < rows; r++) UNROLL for (int v = 0; v < vectors; v++) {
            const float *p = c + r * c_row + 16 * v;
            sums[r][v] += tail ? load_tail(p, left) : load(p);
        }
    }
    for (int s = 0; s < count; s++) {
        const al_product *product = pieces[s].product;
        if (product->bf16) {
            pairs(rows, vectors, pieces + s, i, product->b_panel * (j / (16 * AL_VECTORS)) + 2 * within, width, sums);
            continue;
        }
        int packed = product->b_row == 0;
        ptrdiff_t b_row = packed ? width : product->b_row;
        const float *b = (const float *)product->b + (packed ? j / (16 * AL_VECTORS) * product->b_panel : j) + within + pieces[s].from * b_row;
        const float *a[AL_ROWS];
        UNROLL for (int r = 0; r < rows; r++) a[r] = (const float *)product->a + (i + r) * product->a_row;
        ptrdiff_t a_k = product->a_k, offset = pieces[s].from * a_k;
        if (vectors == AL_VECTORS && !tail && packed && a_k == 1 && width == 16 * AL_VECTORS) {
            UNROLL for (int r = 0; r < rows; r++) a[r] += offset;
            full(rows, a, b, pieces + s, sums);
            continue;
        }
        for (ptrdiff_t k = pieces[s].depth; k; k--) {
            v16 columns[AL_VECTORS];
            UNROLL for (int v = 0; v < vectors; v++) columns[v] = tail && !packed ? load_tail(b, left) : load(b + 16 * v);
            UNROLL for (int r = 0; r < rows; r++) {
                float x = a[r][offset];
                UNROLL for (int v = 0; v < vectors; v++) sums[r][v] += columns[v] * x;
            }
            b += b_row;
            offset += a_k;
        }
    }
    UNROLL for (int r = 0; r < rows; r++) UNROLL for (int v = 0; v < vectors; v++) {
        float *p = c + r * c_row + 16 * v;
        if (tail)
            store_tail(p, sums[r][v], left);
        else
            store(p, sums[r][v]);
    }
}

typedef struct {
    al_piece *pieces;
    int count, accumulate;
    float *c;
    ptrdiff_t c_row;
    const float *bias;
} al_sum;

#define TILE(rows, vectors, tail)                                                                                        \
    tile(rows, vectors, tail, sum->pieces, sum->count, i, j, within, width, left, sum->c + i * sum->c_row + j + within, \
         sum->c_row, sum->bias ? sum->bias + j + within : 0, sum->accumulate)

// Rows i..<end of one run of columns; fewer rows at the end by halves.
#define STRIP(name, vectors, tail)                                                                                     \
    static void name(const al_sum *sum, ptrdiff_t i, ptrdiff_t end, ptrdiff_t j, ptrdiff_t within, ptrdiff_t width,     \
                     ptrdiff_t left) {                                                                                 \
        for (; end - i >= AL_ROWS; i += AL_ROWS) TILE(AL_ROWS, vectors, tail);                                          \
        if (AL_ROWS > 4 && end - i >= 4) { TILE(AL_ROWS > 4 ? 4 : 1, vectors, tail); i += 4; }                          \
        if (AL_ROWS > 2 && end - i >= 2) { TILE(AL_ROWS > 2 ? 2 : 1, vectors, tail); i += 2; }                          \
        for (; i < end; i++) TILE(1, vectors, tail);                                                                    \
    }

STRIP(strip_tail, 1, 1)
STRIP(strip1, 1, 0)
#if AL_VECTORS > 1
STRIP(strip2, 2, 0)
#endif
#if AL_VECTORS > 2
STRIP(strip3, 3, 0)
#endif

// Where the panel after column j begins, and how fast it comes while so many tiles of this one are computed. Few tiles take a part.
INLINE void look_ahead(const al_sum *sum, ptrdiff_t j, ptrdiff_t n, ptrdiff_t tiles) {
    for (int s = 0; s < sum->count; s++) {
        al_piece *piece = sum->pieces + s;
        const al_product *product = piece->product;
        ptrdiff_t steps = tiles * (piece->depth / 4), line = 16 * AL_VECTORS * (ptrdiff_t)sizeof(float);
        int isThere = product->b_row == 0 && !product->bf16 && j + 16 * AL_VECTORS < n && steps > 0;
        piece->step = 0;
        if (!isThere) continue;
        piece->next = (const char *)((const float *)product->b + (j / (16 * AL_VECTORS) + 1) * product->b_panel) + piece->from * line;
        piece->step = piece->depth * line / steps + 1;
        if (piece->step > 64) piece->step = 64;
    }
}

// The rows of A in a block are many: a piece of a panel is read again for each of them, and those that are read once a panel can come
// from further away.
static void add_pieces(const al_sum *pieces, ptrdiff_t depth, ptrdiff_t m, ptrdiff_t n) {
    al_sum sum = *pieces;
    ptrdiff_t block = (AL_BLOCK / 4 / (depth + 1) + AL_ROWS) / AL_ROWS * AL_ROWS;
    for (ptrdiff_t i = 0; i < m; i += block) {
        ptrdiff_t end = i + block < m ? i + block : m;
        for (ptrdiff_t j = 0; j < n; j += 16 * AL_VECTORS) {
            ptrdiff_t columns = n - j < 16 * AL_VECTORS ? n - j : 16 * AL_VECTORS;
            ptrdiff_t width = (columns + 15) / 16 * 16, whole = columns / 16, left = columns % 16;
            look_ahead(&sum, j, n, (end - i) / AL_ROWS);
            switch (whole) {
            case 0: break;
#if AL_VECTORS > 2
            case 3: strip3(&sum, i, end, j, 0, width, left); break;
#endif
#if AL_VECTORS > 1
            case 2: strip2(&sum, i, end, j, 0, width, left); break;
#endif
            default: strip1(&sum, i, end, j, 0, width, left); break;
            }
            if (left) strip_tail(&sum, i, end, j, whole * 16, width, left);
        }
    }
}

static void multiply(const al_product *products, int count, ptrdiff_t m, ptrdiff_t n, float *c, ptrdiff_t c_row,
                     const float *bias, int accumulate) {
    al_piece pieces[AL_PIECES];
    al_sum sum = {pieces, 0, accumulate, c, c_row, bias};
    ptrdiff_t depth = 0;
    for (int s = 0; s < count; s++) {
        for (ptrdiff_t from = 0; from < products[s].k || products[s].k == 0;) {
            // A short rest goes with the piece before it.
            ptrdiff_t left = products[s].k - from, room = left <= AL_DEPTH + AL_DEPTH / 8 ? left : AL_DEPTH;
            if (sum.count == AL_PIECES || (sum.count && depth + room > AL_DEPTH + AL_DEPTH / 8)) {
                add_pieces(&sum, depth, m, n);
                sum = (al_sum){pieces, 0, 1, c, c_row, 0};
                depth = 0;
            }
            pieces[sum.count++] = (al_piece){products + s, from, room, 0, 0};
            depth += room;
            from += room;
            if (products[s].k == 0) break;
        }
    }
    add_pieces(&sum, depth, m, n);
}

// y [16, 16] = scale * x^T; rows of x are x_row floats apart, those of y y_row. Rows of x beyond the count are 0.
INLINE void turn16(const float *x, ptrdiff_t x_row, ptrdiff_t count, float *y, ptrdiff_t y_row, float scale) {
    v16 a[16], b[16];
    UNROLL for (int i = 0; i < 16; i++) a[i] = i < count ? load(x + i * x_row) * scale : all(0);
    UNROLL for (int i = 0; i < 16; i += 2) {
        b[i] = __builtin_shufflevector(a[i], a[i + 1], 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30);
        b[i + 1] = __builtin_shufflevector(a[i], a[i + 1], 1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31);
    }
    UNROLL for (int i = 0; i < 16; i += 4) UNROLL for (int j = i; j < i + 2; j++) {
        a[j] = __builtin_shufflevector(b[j], b[j + 2], 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29);
        a[j + 2] = __builtin_shufflevector(b[j], b[j + 2], 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
    }
    UNROLL for (int i = 0; i < 16; i += 8) UNROLL for (int j = i; j < i + 4; j++) {
        b[j] = __builtin_shufflevector(a[j], a[j + 4], 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27);
        b[j + 4] = __builtin_shufflevector(a[j], a[j + 4], 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31);
    }
    UNROLL for (int j = 0; j < 8; j++) {
        store(y + j * y_row, __builtin_shufflevector(b[j], b[j + 8], 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23));
        store(y + (j + 8) * y_row,
              __builtin_shufflevector(b[j], b[j + 8], 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31));
    }
}

static void turn_rows(const float *x, ptrdiff_t x_row, ptrdiff_t rows, ptrdiff_t columns, float *y) {
    ptrdiff_t whole = rows / 16 * 16, across = columns / 16 * 16;
    for (ptrdiff_t r = 0; r < whole; r += 16) {
        for (ptrdiff_t c = 0; c < across; c += 16) turn16(x + r * x_row + c, x_row, 16, y + c * rows + r, rows, 1);
        for (ptrdiff_t c = across; c < columns; c++)
            for (ptrdiff_t i = r; i < r + 16; i++) y[c * rows + i] = x[i * x_row + c];
    }
    for (ptrdiff_t c = 0; c < columns; c++)
        for (ptrdiff_t i = whole; i < rows; i++) y[c * rows + i] = x[i * x_row + c];
}

static void pack(const float *w, ptrdiff_t w_k, ptrdiff_t w_n, ptrdiff_t k, ptrdiff_t n, float scale, float *packed) {
    for (ptrdiff_t j = 0; j < n; j += 16 * AL_VECTORS) {
        ptrdiff_t columns = n - j < 16 * AL_VECTORS ? n - j : 16 * AL_VECTORS;
        ptrdiff_t width = (columns + 15) / 16 * 16;
        float *panel = packed + j * k;
        ptrdiff_t turned = w_k == 1 ? k / 16 * 16 : 0;
        for (ptrdiff_t row = 0; row < turned; row += 16)
            for (ptrdiff_t v = 0; v < columns; v += 16)
                turn16(w + row + (j + v) * w_n, w_n, columns - v, panel + row * width + v, width, scale);
        for (ptrdiff_t row = turned; row < k; row++) {
            const float *source = w + row * w_k + j * w_n;
            float *target = panel + row * width;
            if (w_n == 1) {
                for (ptrdiff_t v = 0; v < columns; v += 16) store(target + v, load_some(source + v, columns - v) * scale);
                continue;
            }
            for (ptrdiff_t v = 0; v < columns; v++) target[v] = scale * source[v * w_n];
            for (ptrdiff_t v = columns; v < width; v++) target[v] = 0;
        }
    }
}

INLINE al_bf16 nearest_bf16(float x) {
    if (x != x) return 0x7fc0;
    union { float value; uint32_t bits; } u = {x};
    return (al_bf16)((u.bits + 0x7fff + (u.bits >> 16 & 1)) >> 16);
}

// Sixteen at once: what nearest_bf16 does.
INLINE v16h narrowed(v16 x) {
#ifdef AL_BF16
    return (v16h)_mm512_cvtneps_pbh((__m512)x);
#else
    v16u bits = (v16u)x;
    v16u nearest = (bits + 0x7fffu + (bits >> 16 & 1u)) >> 16;
    v16u quiet = (v16u){0} + 0x7fc0u;
    return __builtin_convertvector((v16u)select_lanes(x == x, (v16)nearest, (v16)quiet), v16h);
#endif
}

// Sixteen columns from row `row` of B on, at most `count` of them there.
INLINE v16 columns16(const float *w, ptrdiff_t w_k, ptrdiff_t w_n, ptrdiff_t row, ptrdiff_t k, ptrdiff_t count) {
    if (row >= k || count <= 0) return all(0);
    const float *source = w + row * w_k;
    if (w_n == 1) return load_some(source, count);
    float t[16] = {0};
    for (ptrdiff_t i = 0; i < 16 && i < count; i++) t[i] = source[i * w_n];
    return load(t);
}

// Pairs of rows of t [rows, 16], an even number, rounded to bf16, `width` pairs from one to the next.
INLINE void put_pairs(const float *t, ptrdiff_t rows, al_bf16 *packed, ptrdiff_t width) {
    for (ptrdiff_t i = 0; i < rows; i += 2) {
        v16u first = __builtin_convertvector(narrowed(load(t + 16 * i)), v16u);
        v16u second = __builtin_convertvector(narrowed(load(t + 16 * i + 16)), v16u);
        *(v16u *)(packed + i * width) = first | second << 16;
    }
}

static void pack_bf16(const float *w, ptrdiff_t w_k, ptrdiff_t w_n, ptrdiff_t k, ptrdiff_t n, al_bf16 *packed) {
    ptrdiff_t even = (k + 1) / 2 * 2;
    for (ptrdiff_t j = 0; j < n; j += 16 * AL_VECTORS) {
        ptrdiff_t columns = n - j < 16 * AL_VECTORS ? n - j : 16 * AL_VECTORS;
        ptrdiff_t width = (columns + 15) / 16 * 16;
        al_bf16 *panel = packed + j * even;
        for (ptrdiff_t v = 0; v < width; v += 16) {
            const float *source = w + (j + v) * w_n;
            for (ptrdiff_t row = 0; row < even; row += 16) {
                float t[16 * 16];
                ptrdiff_t rows = even - row < 16 ? even - row : 16;
                if (w_k == 1 && k - row >= 16)
                    turn16(source + row, w_n, columns - v, t, 16, 1);
                else
                    for (ptrdiff_t i = 0; i < rows; i++) store(t + 16 * i, columns16(source, w_k, w_n, row + i, k, columns - v));
                put_pairs(t, rows, panel + row * width + 2 * v, width);
            }
        }
    }
}

static void narrow(const float *x, ptrdiff_t x_row, ptrdiff_t rows, ptrdiff_t n, al_bf16 *y) {
    ptrdiff_t even = (n + 1) / 2 * 2, whole = n / 16 * 16;
    for (ptrdiff_t r = 0; r < rows; r++, x += x_row, y += even) {
        for (ptrdiff_t i = 0; i < whole; i += 16) *(v16h *)(y + i) = narrowed(load(x + i));
        for (ptrdiff_t i = whole; i < even; i++) y[i] = i < n ? nearest_bf16(x[i]) : 0;
    }
}
