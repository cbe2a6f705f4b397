// Included by each variant after its target attribute is set.
INLINE v16 load(const float *p) { return *(const v16 *)p; }
INLINE void store(float *p, v16 x) { *(v16 *)p = x; }
INLINE v16 all(float x) { return (v16){x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x}; }

// The first n < 16 floats; the rest is 0.
INLINE v16 load_tail(const float *p, ptrdiff_t n) {
#ifdef AL_AVX512
    return (v16)_mm512_maskz_loadu_ps((__mmask16)((1u << n) - 1), p);
#else
    float t[16] = {0};
    for (ptrdiff_t i = 0; i < n; i++) t[i] = p[i];
    return load(t);
#endif
}
INLINE void store_tail(float *p, v16 x, ptrdiff_t n) {
#ifdef AL_AVX512
    _mm512_mask_storeu_ps(p, (__mmask16)((1u << n) - 1), (__m512)x);
#else
    float t[16];
    store(t, x);
    for (ptrdiff_t i = 0; i < n; i++) p[i] = t[i];
#endif
}
INLINE v16 load_some(const float *p, ptrdiff_t n) { return n >= 16 ? load(p) : load_tail(p, n); }
INLINE void store_some(float *p, v16 x, ptrdiff_t n) {
    if (n >= 16)
        store(p, x);
    else
        store_tail(p, x, n);
}

INLINE v16 larger(v16 a, v16 b) { return __builtin_elementwise_max(a, b); }
INLINE v16 smaller(v16 a, v16 b) { return __builtin_elementwise_min(a, b); }
INLINE v16 keep_where(v16i mask, v16 x) { return (v16)((v16i)x & mask); }
INLINE v16i first_lanes(ptrdiff_t n) {
    v16i lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    int32_t limit = n > 16 ? 16 : (int32_t)n;
    return lane < limit;
}
INLINE v16 select_lanes(v16i mask, v16 yes, v16 no) { return (v16)(((v16i)yes & mask) | ((v16i)no & ~mask)); }

INLINE float sum(v16 x) {
    float t[16];
    store(t, x);
    for (int w = 8; w; w /= 2)
        for (int i = 0; i < w; i++) t[i] += t[i + w];
    return t[0];
}
INLINE float largest(v16 x) {
    float t[16];
    store(t, x);
    for (int w = 8; w; w /= 2)
        for (int i = 0; i < w; i++) t[i] = t[i] > t[i + w] ? t[i] : t[i + w];
    return t[0];
}

// e^x within 2 units in the last place (Cephes' polynomial); below -87.3 it is about 1e-38.
INLINE v16 exponential(v16 x) {
    x = smaller(larger(x, all(-87.3f)), all(88.0f));
    v16 shifted = x * 1.44269504088896341f + 12582912.0f;
    v16 n = shifted - 12582912.0f;
    v16 r = x - n * 0.693359375f;
    r = r + n * 2.12194440e-4f;
    v16 p = r * 1.9875691500e-4f + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * (r * r) + r;
    v16i power = (__builtin_convertvector(n, v16i) + 127) << 23;
    return (p + 1.0f) * (v16)power;
}

// erf by a rational function of odd degree 13 over even degree 8 on [-4, 4], within 4 units in the last place.
INLINE v16 error_function(v16 x) {
    x = smaller(larger(x, all(-4.0f)), all(4.0f));
    v16 s = x * x;
    v16 p = s * -2.72614225801306e-10f + 2.77068142495902e-08f;
    p = p * s + -2.10102402082508e-06f;
    p = p * s + -5.69250639462346e-05f;
    p = p * s + -7.34990630326855e-04f;
    p = p * s + -2.95459980854025e-03f;
    p = p * s + -1.60960333262415e-02f;
    v16 q = s * -1.45660718464996e-05f + -2.13374055278905e-04f;
    q = q * s + -1.68282697438203e-03f;
    q = q * s + -7.37332916720468e-03f;
    q = q * s + -1.42647390514189e-02f;
    return x * p / q;
}

// tanh by a rational function of odd degree 13 over even degree 6 on [-7.9, 7.9].
INLINE v16 hyperbolic_tangent(v16 x) {
    x = smaller(larger(x, all(-7.90531110763549805f)), all(7.90531110763549805f));
    v16 s = x * x;
    v16 p = s * -2.76076847742355e-16f + 2.00018790482477e-13f;
    p = p * s + -8.60467152213735e-11f;
    p = p * s + 5.12229709037114e-08f;
    p = p * s + 1.48572235717979e-05f;
    p = p * s + 6.37261928875436e-04f;
    p = p * s + 4.89352455891786e-03f;
    v16 q = s * 1.19825839466702e-06f + 1.18534705686654e-04f;
    q = q * s + 2.26843463243900e-03f;
    q = q * s + 4.89352518554385e-03f;
    return x * p / q;
}
