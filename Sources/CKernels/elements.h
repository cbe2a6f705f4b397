// Kernels that go over elements one by one.

INLINE v16 gelu(int kind, v16 x) {
    if (kind == 0) return 0.5f * x * (1.0f + error_function(x * 0.70710678118654752f));
    return 0.5f * x * (1.0f + hyperbolic_tangent(0.79788456080286536f * (x + 0.044715f * x * x * x)));
}

INLINE v16 gelu_slope(int kind, v16 x) {
    if (kind == 0) {
        v16 density = 0.39894228040143268f * exponential(-0.5f * x * x);
        return 0.5f * (1.0f + error_function(x * 0.70710678118654752f)) + x * density;
    }
    // By e^(-2|u|), because 1 - tanh^2 from a rounded tanh loses all digits where it is multiplied by much.
    v16 u = 0.79788456080286536f * (x + 0.044715f * x * x * x);
    v16 e = exponential(-2.0f * larger(u, -u)), inverse = 1.0f / (1.0f + e);
    v16 t = (1.0f - e) * inverse;
    v16 inner = 0.79788456080286536f * (1.0f + 3 * 0.044715f * x * x);
    return 0.5f * (1.0f + select_lanes(u < 0.0f, -t, t)) + 0.5f * x * (4.0f * e * inverse * inverse) * inner;
}

INLINE void gelu_forward_of(const int kind, const float *x, float *y, ptrdiff_t n) {
    for (ptrdiff_t i = 0; i < n; i += 16) store_some(y + i, gelu(kind, load_some(x + i, n - i)), n - i);
}

INLINE void gelu_backward_of(const int kind, const float *x, const float *dy, float *dx, ptrdiff_t n) {
    for (ptrdiff_t i = 0; i < n; i += 16)
        store_some(dx + i, load_some(dy + i, n - i) * gelu_slope(kind, load_some(x + i, n - i)), n - i);
}

static void gelu_forward(int kind, const float *x, float *y, ptrdiff_t n) {
    if (kind == 0)
        gelu_forward_of(0, x, y, n);
    else
        gelu_forward_of(1, x, y, n);
}

static void gelu_backward(int kind, const float *x, const float *dy, float *dx, ptrdiff_t n) {
    if (kind == 0)
        gelu_backward_of(0, x, dy, dx, n);
    else
        gelu_backward_of(1, x, dy, dx, n);
}

static void tanh_forward(const float *x, float *y, ptrdiff_t n) {
    for (ptrdiff_t i = 0; i < n; i += 16) store_some(y + i, hyperbolic_tangent(load_some(x + i, n - i)), n - i);
}

static void tanh_backward(const float *y, const float *dy, float *dx, ptrdiff_t n) {
    for (ptrdiff_t i = 0; i < n; i += 16) {
        v16 t = load_some(y + i, n - i);
        store_some(dx + i, load_some(dy + i, n - i) * (1.0f - t * t), n - i);
    }
}

// x = cap * tanh(scale * x / cap)
INLINE v16 capped(v16 x, float scale, float cap) { return cap * hyperbolic_tangent(x * (scale / cap)); }

static void softcap(float *x, ptrdiff_t row, ptrdiff_t rows, ptrdiff_t n, float scale, float cap) {
    for (ptrdiff_t r = 0; r < rows; r++, x += row)
        for (ptrdiff_t i = 0; i < n; i += 16) store_some(x + i, capped(load_some(x + i, n - i), scale, cap), n - i);
}

static void add3(const float *x, const float *a, const float *b, float *y, ptrdiff_t n) {
    for (ptrdiff_t i = 0; i < n; i += 16)
        store_some(y + i, load_some(x + i, n - i) + load_some(a + i, n - i) + load_some(b + i, n - i), n - i);
}

static void add_scaled(const float *x, float scale, float *y, ptrdiff_t n) {
    for (ptrdiff_t i = 0; i < n; i += 16)
        store_some(y + i, load_some(y + i, n - i) + scale * load_some(x + i, n - i), n - i);
}

static void transpose(const float *x, ptrdiff_t rows, ptrdiff_t columns, float scale, float *y) {
    for (ptrdiff_t i = 0; i < rows; i += 8)
        for (ptrdiff_t j = 0; j < columns; j++)
            for (ptrdiff_t r = i; r < rows && r < i + 8; r++) y[j * rows + r] = scale * x[r * columns + j];
}

INLINE v16u mixed(v16u h) {
    h ^= h >> 16;
    h *= 0x85ebca6bu;
    h ^= h >> 13;
    h *= 0xc2b2ae35u;
    return h ^ (h >> 16);
}

static void dropout(const float *x, float *y, ptrdiff_t n, uint64_t key, uint64_t first, uint32_t threshold, float scale,
                    int accumulate) {
    v16u lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    for (ptrdiff_t i = 0; i < n; i += 16) {
        uint64_t index = first + (uint64_t)i;
        v16u h = mixed((lane + (uint32_t)index) ^ (uint32_t)key);
        h = mixed(h + ((uint32_t)(key >> 32) ^ (uint32_t)(index >> 32)));
        v16 kept = keep_where((v16i)(h >= threshold), scale * load_some(x + i, n - i));
        store_some(y + i, accumulate ? load_some(y + i, n - i) + kept : kept, n - i);
    }
}

static void adamw(float *values, const float *gradients, float *first, float *second, ptrdiff_t n, float gradient_scale,
                  float rate1, float beta2, float rate2, float step_size, float root_correction2, float epsilon, float decay) {
    for (ptrdiff_t i = 0; i < n; i += 16) {
        v16 g = gradient_scale * load_some(gradients + i, n - i);
        v16 m = load_some(first + i, n - i), s = load_some(second + i, n - i);
        m += (g - m) * rate1;
        s = s * beta2 + rate2 * g * g;
        v16 root;
        for (int lane = 0; lane < 16; lane++) root[lane] = __builtin_sqrtf(s[lane]);
        v16 x = load_some(values + i, n - i) * decay - step_size * m / (root / root_correction2 + epsilon);
        store_some(first + i, m, n - i);
        store_some(second + i, s, n - i);
        store_some(values + i, x, n - i);
    }
}

static double squared_norm(const float *x, ptrdiff_t n) {
    double total = 0;
    for (ptrdiff_t i = 0; i < n; i += 1024) {
        v16 part = all(0);
        ptrdiff_t end = i + 1024 < n ? i + 1024 : n;
        for (ptrdiff_t j = i; j < end; j += 16) {
            v16 t = load_some(x + j, end - j);
            part += t * t;
        }
        total += sum(part);
    }
    return total;
}
