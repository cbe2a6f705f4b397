// Numbers as files keep them, plain or quantised in blocks, back to floats: bit for bit what gguf.dequantize of the Python package
// gives. So nothing is contracted here: a product is rounded before something is added to it.

typedef uint8_t v16b __attribute__((vector_size(16), aligned(1), may_alias));
typedef int8_t v16c __attribute__((vector_size(16), aligned(1), may_alias));

INLINE v16b bytes16(const uint8_t *p) { return *(const v16b *)p; }
INLINE v16 floats_of(v16b x) { return __builtin_convertvector(x, v16); }
INLINE v16 signed_floats_of(v16b x) { return __builtin_convertvector((v16c)x, v16); }

INLINE float half_at(const uint8_t *p) {
    uint16_t h;
    memcpy(&h, p, sizeof h);
    union { uint32_t bits; float value; } u = {(uint32_t)(h & 0x7fff) << 13};
    uint32_t huge = u.bits >= 0x7c00u << 13 ? 0x7f800000u : 0;
    u.value *= 0x1p112f;
    u.bits = (huge ? huge | (uint32_t)(h & 0x3ff) << 13 : u.bits) | (uint32_t)(h & 0x8000) << 16;
    return u.value;
}

// y [32] = scale * q + offset of 32 numbers in two vectors.
INLINE void put32(float *y, v16 low, v16 high, float scale, float offset) {
#pragma clang fp contract(off)
    v16 a = low * scale, b = high * scale;
    store(y, a + offset);
    store(y + 16, b + offset);
}
INLINE void put32_of(float *y, v16 low, v16 high, float scale) {
    store(y, low * scale);
    store(y + 16, high * scale);
}

// Numbers of five bits: nibbles, and the fifth bits of all 32, the first the lowest.
INLINE v16 five_bits(v16b nibbles, uint32_t fifth, int32_t less) {
    v16u lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    v16u q = __builtin_convertvector(nibbles, v16u) | ((((v16u){0} + fifth) >> lane & 1u) << 4);
    return __builtin_convertvector((v16i)q - less, v16);
}

INLINE void q4_0(const uint8_t *b, float *y) {
    v16b q = bytes16(b + 2);
    put32_of(y, signed_floats_of((q & 15) - 8), signed_floats_of((q >> 4) - 8), half_at(b));
}
INLINE void q4_1(const uint8_t *b, float *y) {
    v16b q = bytes16(b + 4);
    put32(y, floats_of(q & 15), floats_of(q >> 4), half_at(b), half_at(b + 2));
}
INLINE void q5_0(const uint8_t *b, float *y) {
    uint32_t fifth;
    memcpy(&fifth, b + 2, sizeof fifth);
    v16b q = bytes16(b + 6);
    put32_of(y, five_bits(q & 15, fifth, 16), five_bits(q >> 4, fifth >> 16, 16), half_at(b));
}
INLINE void q5_1(const uint8_t *b, float *y) {
    uint32_t fifth;
    memcpy(&fifth, b + 4, sizeof fifth);
    v16b q = bytes16(b + 8);
    put32(y, five_bits(q & 15, fifth, 0), five_bits(q >> 4, fifth >> 16, 0), half_at(b), half_at(b + 2));
}
INLINE void q8_0(const uint8_t *b, float *y) {
    put32_of(y, signed_floats_of(bytes16(b + 2)), signed_floats_of(bytes16(b + 18)), half_at(b));
}

// Blocks of 256: 16 scales of 4 bits and as many offsets, then numbers of 2 bits.
INLINE void q2_k(const uint8_t *b, float *y) {
#pragma clang fp contract(off)
    float d = half_at(b + 80), m = half_at(b + 82);
    const uint8_t *q = b + 16;
    for (int group = 0; group < 16; group++, y += 16) {
        float scale = d * (float)(b[group] & 15), offset = m * (float)(b[group] >> 4);
        v16 x = floats_of(bytes16(q + group / 8 * 32 + group % 2 * 16) >> (uint8_t)(group % 8 / 2 * 2) & 3) * scale;
        store(y, x - offset);
    }
}

// 16 scales of 6 bits; numbers of 2 bits, less 4 where the mask's bit is 0.
INLINE void q3_k(const uint8_t *b, float *y) {
    const uint8_t *q = b + 32, *s = b + 96;
    float d = half_at(b + 108);
    for (int group = 0; group < 16; group++, y += 16) {
        int low = s[group % 8] >> (group / 8 * 4) & 15, high = s[8 + group % 4] >> (group / 4 * 2) & 3;
        float scale = d * (float)((low | high << 4) - 32);
        v16b two = bytes16(q + group / 8 * 32 + group % 2 * 16) >> (uint8_t)(group % 8 / 2 * 2) & 3;
        v16b missing = (bytes16(b + group % 2 * 16) >> (uint8_t)(group / 2) & 1) ^ 1;
        store(y, signed_floats_of(two - (missing << 2)) * scale);
    }
}

// The scale and the offset of a group of 32: six bits each, eight pairs in twelve bytes.
INLINE void six_bits(const uint8_t *s, int group, float *scale, float *offset) {
    if (group < 4) {
        *scale = s[group] & 63;
        *offset = s[group + 4] & 63;
    } else {
        *scale = (s[group + 4] & 15) | (s[group - 4] >> 6) << 4;
        *offset = s[group + 4] >> 4 | (s[group] >> 6) << 4;
    }
}

INLINE void q4_k(const uint8_t *b, float *y) {
    float d = half_at(b), m = half_at(b + 2);
    for (int group = 0; group < 8; group++, y += 32) {
        const uint8_t *q = b + 16 + group / 2 * 32;
        uint8_t shift = group % 2 * 4;
        float scale, offset;
        six_bits(b + 4, group, &scale, &offset);
        put32(y, floats_of(bytes16(q) >> shift & 15), floats_of(bytes16(q + 16) >> shift & 15), d * scale, -(m * offset));
    }
}

INLINE void q5_k(const uint8_t *b, float *y) {
    float d = half_at(b), m = half_at(b + 2);
    const uint8_t *fifth = b + 16;
    for (int group = 0; group < 8; group++, y += 32) {
        const uint8_t *q = b + 48 + group / 2 * 32;
        uint8_t shift = group % 2 * 4;
        float scale, offset;
        six_bits(b + 4, group, &scale, &offset);
        v16b low = (bytes16(q) >> shift & 15) | (bytes16(fifth) >> (uint8_t)group & 1) << 4;
        v16b high = (bytes16(q + 16) >> shift & 15) | (bytes16(fifth + 16) >> (uint8_t)group & 1) << 4;
        put32(y, floats_of(low), floats_of(high), d * scale, -(m * offset));
    }
}

// Halves of 128: four bits here, two there; a scale of 8 bits for 16.
INLINE void q6_k(const uint8_t *b, float *y) {
    float d = half_at(b + 208);
    for (int group = 0; group < 8; group++) {
        int half = group / 4, part = group % 4;
        const uint8_t *four = b + half * 64 + (part & 1) * 32, *two = b + 128 + half * 32;
        const int8_t *scales = (const int8_t *)(b + 192) + group * 2;
        for (int i = 0; i < 2; i++, y += 16) {
            v16b q = (bytes16(four + 16 * i) >> (uint8_t)(part / 2 * 4) & 15)
                     | (bytes16(two + 16 * i) >> (uint8_t)(part * 2) & 3) << 4;
            store(y, signed_floats_of(q - 32) * (d * (float)scales[i]));
        }
    }
}

// Sixteen halves: what half_at does.
INLINE v16 halves16(const uint8_t *p) {
    v16u h = __builtin_convertvector(*(const v16h *)p, v16u), bits = (h & 0x7fffu) << 13;
    v16 value = (v16)bits * 0x1p112f;
    v16 huge = (v16)(bits | 0x7f800000u);
    return (v16)((v16u)select_lanes(bits >= (0x7c00u << 13), huge, value) | (h & 0x8000u) << 16);
}

static void f16_row(const uint8_t *b, ptrdiff_t n, float *y) {
    ptrdiff_t whole = n / 16 * 16;
    for (ptrdiff_t i = 0; i < whole; i += 16) store(y + i, halves16(b + 2 * i));
    for (ptrdiff_t i = whole; i < n; i++) y[i] = half_at(b + 2 * i);
}
static void bf16_row(const uint8_t *b, ptrdiff_t n, float *y) {
    ptrdiff_t whole = n / 16 * 16;
    for (ptrdiff_t i = 0; i < whole; i += 16)
        store(y + i, (v16)(__builtin_convertvector(*(const v16h *)(b + 2 * i), v16u) << 16));
    for (ptrdiff_t i = whole; i < n; i++) {
        uint16_t half;
        memcpy(&half, b + 2 * i, sizeof half);
        uint32_t bits = (uint32_t)half << 16;
        memcpy(y + i, &bits, sizeof bits);
    }
}

#define BLOCKS(name, weights, bytes)                                                     \
    static void name##_row(const uint8_t *b, ptrdiff_t n, float *y) {                    \
        for (ptrdiff_t i = 0; i < n; i += weights, b += bytes) name(b, y + i);           \
    }
BLOCKS(q4_0, 32, 18)
BLOCKS(q4_1, 32, 20)
BLOCKS(q5_0, 32, 22)
BLOCKS(q5_1, 32, 24)
BLOCKS(q8_0, 32, 34)
BLOCKS(q2_k, 256, 84)
BLOCKS(q3_k, 256, 110)
BLOCKS(q4_k, 256, 144)
BLOCKS(q5_k, 256, 176)
BLOCKS(q6_k, 256, 210)

static void dequantize(int type, const void *blocks, ptrdiff_t n, float *y) {
    const uint8_t *b = blocks;
    switch (type) {
    case 0: memcpy(y, b, (size_t)n * sizeof(float)); break;
    case 1: f16_row(b, n, y); break;
    case 2: q4_0_row(b, n, y); break;
    case 3: q4_1_row(b, n, y); break;
    case 6: q5_0_row(b, n, y); break;
    case 7: q5_1_row(b, n, y); break;
    case 8: q8_0_row(b, n, y); break;
    case 10: q2_k_row(b, n, y); break;
    case 11: q3_k_row(b, n, y); break;
    case 12: q4_k_row(b, n, y); break;
    case 13: q5_k_row(b, n, y); break;
    case 14: q6_k_row(b, n, y); break;
    case 30: bf16_row(b, n, y); break;
    }
}
