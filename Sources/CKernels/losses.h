// The loss of predicted tokens over a large vocabulary.

static void token_losses(float *x, ptrdiff_t row, const int32_t *targets, ptrdiff_t rows, ptrdiff_t n, float scale, int with_gradient,
                         float cap, float smoothing, float *losses, float *hits) {
    for (ptrdiff_t r = 0; r < rows; r++, x += row) {
        v16 top = all(-INFINITY);
        for (ptrdiff_t i = 0; i < n; i += 16)
            top = larger(top, select_lanes(first_lanes(n - i), load_some(x + i, n - i), all(-INFINITY)));
        float peak = largest(top), own = x[targets[r]];
        v16 total = all(0), logits = all(0);
        for (ptrdiff_t i = 0; i < n; i += 16) {
            v16 e = keep_where(first_lanes(n - i), exponential(load_some(x + i, n - i) - peak));
            total += e;
            if (smoothing != 0) logits += keep_where(first_lanes(n - i), load_some(x + i, n - i) - peak);
            if (with_gradient && cap == 0) store_some(x + i, e, n - i);
        }
        float whole = sum(total);
        losses[r] = logf(whole) + (peak - own);
        if (smoothing != 0) losses[r] = logf(whole) + ((1 - smoothing) * (peak - own) - smoothing * (sum(logits) / n));
        hits[r] = own == peak;
        if (!with_gradient) continue;
        float factor = scale / whole, share = scale * smoothing / n, rest = scale * (1 - smoothing);
        if (cap != 0) {
            float inverse = 1 / (cap * cap);
            for (ptrdiff_t i = 0; i < n; i += 16) {
                v16 y = load_some(x + i, n - i);
                store_some(x + i, (exponential(y - peak) * factor - share) * (1.0f - y * y * inverse), n - i);
            }
            x[targets[r]] -= rest * (1 - own * own * inverse);
            continue;
        }
        for (ptrdiff_t i = 0; i < n; i += 16) store_some(x + i, load_some(x + i, n - i) * factor - share, n - i);
        x[targets[r]] -= rest;
    }
}
