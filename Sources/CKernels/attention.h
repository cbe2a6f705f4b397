// One head of one sequence; the scores are small enough to stay in the first caches.

INLINE al_product plain(const float *a, ptrdiff_t a_row, ptrdiff_t a_k, const float *b, ptrdiff_t b_row, ptrdiff_t k) {
    return (al_product){a, a_row, a_k, b, b_row, 0, k, 0};
}

// scores [queries, padded] = a [queries, d] * b^T, b [keys, d]; `turned` takes b^T, packed. Whole vectors are cheaper than
// masked ones: the columns beyond the keys become 0 and are never read.
INLINE void against_rows(const float *a, ptrdiff_t a_row, const float *b, ptrdiff_t b_row, ptrdiff_t queries, ptrdiff_t keys,
                         ptrdiff_t d, float *turned, float *scores, ptrdiff_t padded) {
    pack(b, 1, b_row, d, keys, 1, turned);
    al_product product = {a, a_row, 1, turned, 0, 16 * AL_VECTORS * d, d, 0};
    multiply(&product, 1, queries, padded, scores, padded, 0, 0);
}

static void attention_forward(const float *q, ptrdiff_t q_row, const float *k, const float *v, ptrdiff_t kv_row, float *out,
                              ptrdiff_t out_row, ptrdiff_t queries, ptrdiff_t keys, ptrdiff_t d, float scale, float *scratch) {
    ptrdiff_t padded = (keys + 15) / 16 * 16;
    float *turned = scratch, *scores = turned + padded * d;
    against_rows(q, q_row, k, kv_row, queries, keys, d, turned, scores, padded);
    softmax_forward(scores, padded, queries, keys, scale);
    al_product mix = plain(scores, padded, 1, v, kv_row, keys);
    multiply(&mix, 1, queries, d, out, out_row, 0, 0);
}

static void attention_backward(const float *q, ptrdiff_t q_row, const float *k, const float *v, ptrdiff_t kv_row,
                               const float *dout, ptrdiff_t dout_row, float *dq, ptrdiff_t dq_row, float *dk, float *dv,
                               ptrdiff_t dkv_row, ptrdiff_t queries, ptrdiff_t keys, ptrdiff_t d, float scale, float *scratch) {
    ptrdiff_t padded = (keys + 15) / 16 * 16;
    float *turned = scratch, *weights = turned + padded * d, *changes = weights + padded * queries;
    against_rows(q, q_row, k, kv_row, queries, keys, d, turned, weights, padded);
    softmax_forward(weights, padded, queries, keys, scale);
    al_product product = plain(weights, 1, padded, dout, dout_row, queries);
    multiply(&product, 1, keys, d, dv, dkv_row, 0, 0);
    against_rows(dout, dout_row, v, kv_row, queries, keys, d, turned, changes, padded);
    softmax_backward(weights, changes, changes, padded, queries, keys, scale);
    product = plain(changes, padded, 1, k, kv_row, keys);
    multiply(&product, 1, queries, d, dq, dq_row, 0, 0);
    if (!dk) return;
    product = plain(changes, 1, padded, q, q_row, queries);
    multiply(&product, 1, keys, d, dk, dkv_row, 0, 0);
}
