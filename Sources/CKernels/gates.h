// What decoders do element by element: gated activations and rotary positions.

INLINE v16 sigmoid(v16 x) { return 1.0f / (1.0f + exponential(-x)); }

// Kind 0: x * sigmoid(x); kind 1: GELU by tanh.
INLINE v16 gate_value(const int kind, v16 x) { return kind == 0 ? x * sigmoid(x) : gelu(1, x); }

INLINE v16 gate_slope(const int kind, v16 x) {
    if (kind != 0) return gelu_slope(1, x);
    v16 s = sigmoid(x);
    return s * (1.0f + x * (1.0f - s));
}

INLINE void gated_forward_of(const int kind, const float *gate, const float *up, float *y, ptrdiff_t n) {
    for (ptrdiff_t i = 0; i < n; i += 16)
        store_some(y + i, gate_value(kind, load_some(gate + i, n - i)) * load_some(up + i, n - i), n - i);
}

INLINE void gated_backward_of(const int kind, const float *gate, const float *up, const float *dy, float *dgate, float *dup,
                              ptrdiff_t n) {
    for (ptrdiff_t i = 0; i < n; i += 16) {
        v16 x = load_some(gate + i, n - i), g = load_some(dy + i, n - i), u = load_some(up + i, n - i);
        store_some(dgate + i, g * u * gate_slope(kind, x), n - i);
        store_some(dup + i, g * gate_value(kind, x), n - i);
    }
}

static void gated_forward(int kind, const float *gate, const float *up, float *y, ptrdiff_t n) {
    if (kind == 0)
        gated_forward_of(0, gate, up, y, n);
    else
        gated_forward_of(1, gate, up, y, n);
}

static void gated_backward(int kind, const float *gate, const float *up, const float *dy, float *dgate, float *dup, ptrdiff_t n) {
    if (kind == 0)
        gated_backward_of(0, gate, up, dy, dgate, dup, n);
    else
        gated_backward_of(1, gate, up, dy, dgate, dup, n);
}

// Pairs (j, j + half) of each head, as Hugging Face has them; a turn back is the gradient.
static void rotate(float *x, ptrdiff_t x_row, ptrdiff_t rows, ptrdiff_t heads, ptrdiff_t d, ptrdiff_t half, const float *cosine,
                   const float *sine, int back) {
    float sign = back ? -1 : 1;
    for (ptrdiff_t r = 0; r < rows; r++, x += x_row, cosine += half, sine += half)
        for (ptrdiff_t h = 0; h < heads; h++) {
            float *low = x + h * d, *high = low + half;
            for (ptrdiff_t j = 0; j < half; j += 16) {
                v16 c = load_some(cosine + j, half - j), s = sign * load_some(sine + j, half - j);
                v16 a = load_some(low + j, half - j), b = load_some(high + j, half - j);
                store_some(low + j, a * c - b * s, half - j);
                store_some(high + j, b * c + a * s, half - j);
            }
        }
}
