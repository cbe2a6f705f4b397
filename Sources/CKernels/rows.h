// Kernels that go over whole rows: softmax, layer norm and RMS norm.

static void softmax_forward(float *x, ptrdiff_t row, ptrdiff_t rows, ptrdiff_t n, float scale) {
    for (ptrdiff_t r = 0; r < rows; r++, x += row) {
        v16 top = all(-INFINITY);
        for (ptrdiff_t i = 0; i < n; i += 16)
            top = larger(top, select_lanes(first_lanes(n - i), load_some(x + i, n - i), all(-INFINITY)));
        float peak = largest(top);
        v16 total = all(0);
        for (ptrdiff_t i = 0; i < n; i += 16) {
            v16 e = keep_where(first_lanes(n - i), exponential((load_some(x + i, n - i) - peak) * scale));
            total += e;
            store_some(x + i, e, n - i);
        }
        float inverse = 1 / sum(total);
        for (ptrdiff_t i = 0; i < n; i += 16) store_some(x + i, load_some(x + i, n - i) * inverse, n - i);
    }
}

static void softmax_backward(const float *y, const float *dy, float *dx, ptrdiff_t row, ptrdiff_t rows, ptrdiff_t n, float scale) {
    for (ptrdiff_t r = 0; r < rows; r++, y += row, dy += row, dx += row) {
        v16 dot = all(0);
        for (ptrdiff_t i = 0; i < n; i += 16) dot += load_some(y + i, n - i) * load_some(dy + i, n - i);
        float mean = sum(dot);
        for (ptrdiff_t i = 0; i < n; i += 16) {
            v16 change = scale * load_some(y + i, n - i) * (load_some(dy + i, n - i) - mean);
            store_some(dx + i, change, n - i);
        }
    }
}

typedef struct {
    float mean, inverse;
} al_moments;

INLINE al_moments moments(const float *x, ptrdiff_t n, float epsilon) {
    v16 total = all(0), squares = all(0);
    for (ptrdiff_t i = 0; i < n; i += 16) total += load_some(x + i, n - i);
    float mean = sum(total) / n;
    for (ptrdiff_t i = 0; i < n; i += 16) {
        v16 centered = keep_where(first_lanes(n - i), load_some(x + i, n - i) - mean);
        squares += centered * centered;
    }
    return (al_moments){mean, 1 / __builtin_sqrtf(sum(squares) / n + epsilon)};
}

static void layer_norm_forward(float *x, const float *residual, const float *gamma, const float *beta, float epsilon, float *y,
                               ptrdiff_t rows, ptrdiff_t n) {
    for (ptrdiff_t r = 0; r < rows; r++, x += n, y += n) {
        if (residual) {
            const float *other = residual + r * n;
            for (ptrdiff_t i = 0; i < n; i += 16)
                store_some(x + i, load_some(x + i, n - i) + load_some(other + i, n - i), n - i);
        }
        al_moments m = moments(x, n, epsilon);
        for (ptrdiff_t i = 0; i < n; i += 16) {
            v16 normal = (load_some(x + i, n - i) - m.mean) * m.inverse;
            store_some(y + i, normal * load_some(gamma + i, n - i) + load_some(beta + i, n - i), n - i);
        }
    }
}

static void layer_norm_backward(const float *x, const float *gamma, float epsilon, const float *dy, float *dx, ptrdiff_t rows,
                                ptrdiff_t n) {
    for (ptrdiff_t r = 0; r < rows; r++, x += n, dy += n, dx += n) {
        al_moments m = moments(x, n, epsilon);
        v16 total = all(0), dot = all(0);
        for (ptrdiff_t i = 0; i < n; i += 16) {
            v16 normal = (load_some(x + i, n - i) - m.mean) * m.inverse;
            v16 g = load_some(dy + i, n - i) * load_some(gamma + i, n - i);
            total += g;
            dot += g * normal;
        }
        float mean = sum(total) / n, slope = sum(dot) / n;
        for (ptrdiff_t i = 0; i < n; i += 16) {
            v16 normal = (load_some(x + i, n - i) - m.mean) * m.inverse;
            v16 g = load_some(dy + i, n - i) * load_some(gamma + i, n - i);
            store_some(dx + i, m.inverse * (g - mean - normal * slope), n - i);
        }
    }
}

INLINE float inverse_root_mean_square(const float *x, ptrdiff_t n, float epsilon) {
    v16 squares = all(0);
    for (ptrdiff_t i = 0; i < n; i += 16) {
        v16 t = load_some(x + i, n - i);
        squares += t * t;
    }
    return 1 / __builtin_sqrtf(sum(squares) / n + epsilon);
}

static void rms_norm_forward(float *x, const float *residual, const float *gamma, float epsilon, float *y, ptrdiff_t rows,
                             ptrdiff_t n) {
    for (ptrdiff_t r = 0; r < rows; r++, x += n, y += n) {
        if (residual) {
            const float *other = residual + r * n;
            for (ptrdiff_t i = 0; i < n; i += 16)
                store_some(x + i, load_some(x + i, n - i) + load_some(other + i, n - i), n - i);
        }
        float inverse = inverse_root_mean_square(x, n, epsilon);
        for (ptrdiff_t i = 0; i < n; i += 16)
            store_some(y + i, load_some(x + i, n - i) * inverse * load_some(gamma + i, n - i), n - i);
    }
}

static void rms_norm_backward(const float *x, const float *gamma, float epsilon, const float *dy, float *dx, ptrdiff_t rows,
                              ptrdiff_t n, int accumulate) {
    for (ptrdiff_t r = 0; r < rows; r++, x += n, dy += n, dx += n) {
        float inverse = inverse_root_mean_square(x, n, epsilon);
        v16 dot = all(0);
        for (ptrdiff_t i = 0; i < n; i += 16)
            dot += load_some(dy + i, n - i) * load_some(gamma + i, n - i) * load_some(x + i, n - i);
        float slope = sum(dot) * inverse * inverse / n;
        for (ptrdiff_t i = 0; i < n; i += 16) {
            v16 g = load_some(dy + i, n - i) * load_some(gamma + i, n - i);
            v16 change = inverse * (g - load_some(x + i, n - i) * slope);
            store_some(dx + i, accumulate ? load_some(dx + i, n - i) + change : change, n - i);
        }
    }
}

static void norm_gradient(const float *x, float epsilon, int centered, const float *dy, float *dgamma, ptrdiff_t rows, ptrdiff_t n) {
    for (ptrdiff_t r = 0; r < rows; r++, x += n, dy += n) {
        al_moments m = centered ? moments(x, n, epsilon) : (al_moments){0, inverse_root_mean_square(x, n, epsilon)};
        for (ptrdiff_t i = 0; i < n; i += 16) {
            v16 normal = (load_some(x + i, n - i) - m.mean) * m.inverse;
            store_some(dgamma + i, load_some(dgamma + i, n - i) + load_some(dy + i, n - i) * normal, n - i);
        }
    }
}

static void column_sums(const float *x, ptrdiff_t x_row, ptrdiff_t rows, ptrdiff_t n, float *sums) {
    for (ptrdiff_t r = 0; r < rows; r++, x += x_row)
        for (ptrdiff_t i = 0; i < n; i += 16) store_some(sums + i, load_some(sums + i, n - i) + load_some(x + i, n - i), n - i);
}
