// Causal attention of query heads that share a head of keys and values, in tiles: memory goes with the length, never with its square.
// Scores are computed again in the backward pass from the logarithms of the sums that the forward keeps (Dao et al. 2022).

enum { AL_PANEL = 16 * AL_VECTORS };

INLINE ptrdiff_t position_of(const al_heads *heads, ptrdiff_t query) {
    return heads->positions ? heads->positions[query] : heads->first + query;
}

// The keys that a strip of queries sees, from the beginning of a panel to whole vectors.
INLINE al_range seen_by(const al_heads *heads, ptrdiff_t first, ptrdiff_t last) {
    ptrdiff_t lowest = position_of(heads, first), highest = position_of(heads, last);
    ptrdiff_t begin = heads->window && lowest >= heads->window ? lowest - heads->window + 1 : 0;
    return (al_range){begin / AL_PANEL * AL_PANEL, (highest + 16) / 16 * 16};
}

// The part of a tile's columns that a query sees.
INLINE al_range columns_of(const al_heads *heads, ptrdiff_t query, ptrdiff_t begin, ptrdiff_t columns) {
    ptrdiff_t p = position_of(heads, query), from = heads->window && p >= heads->window ? p - heads->window + 1 - begin : -begin;
    ptrdiff_t to = p + 1 - begin;
    return (al_range){from > 0 ? from : 0, to < columns ? to : columns};
}

INLINE v16i lanes_within(al_range range, ptrdiff_t i) {
    v16i lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    lane += (int32_t)i;
    return (lane >= (int32_t)range.from) & (lane < (int32_t)range.to);
}

// scores [rows, columns] = a [rows, d] * b^T for the keys from `begin` on; `turned` holds b^T as `pack` lays it out.
static void against_keys(const al_heads *heads, const float *a, ptrdiff_t a_row, const float *turned, al_range keys, ptrdiff_t rows,
                         float *scores) {
    ptrdiff_t d = heads->width, padded = (heads->keys + 15) / 16 * 16, columns = keys.to - keys.from;
    al_product product = {a, a_row, 1, turned + keys.from * d, 0, AL_PANEL * d, d, 0};
    al_piece piece = {&product, 0, d, 0, 0};
    al_sum sum = {&piece, 1, 0, scores, AL_TILE_KEYS, 0};
    for (ptrdiff_t j = 0; j < columns; j += AL_PANEL) {
        ptrdiff_t rest = padded - keys.from - j, width = rest < AL_PANEL ? rest : AL_PANEL;
        switch ((columns - j) / 16) {
        case 1: strip1(&sum, 0, rows, j, 0, width, 0); break;
#if AL_VECTORS > 1
        case 2: strip2(&sum, 0, rows, j, 0, width, 0); break;
#endif
#if AL_VECTORS > 2
        default: strip3(&sum, 0, rows, j, 0, width, 0); break;
#else
        default: strip1(&sum, 0, rows, j, 0, width, 0); break;
#endif
        }
    }
}

// Where scores are bounded: those of a tile, scaled. What follows then scales no more.
INLINE void bound(const al_heads *heads, float *scores, ptrdiff_t rows, ptrdiff_t columns) {
    if (heads->cap != 0) softcap(scores, AL_TILE_KEYS, rows, columns, heads->scale, heads->cap);
}

INLINE float scale_left(const al_heads *heads) { return heads->cap != 0 ? 1 : heads->scale; }

// Scores of one query become e^(scale * score - top), 0 where it does not see; top and total go on from the tiles before.
// Returns what those before are to be multiplied by.
INLINE float soften(float *scores, al_range seen, ptrdiff_t columns, float scale, float *top, float *total) {
    v16 peaks = all(-INFINITY);
    for (ptrdiff_t i = 0; i < columns; i += 16)
        peaks = larger(peaks, select_lanes(lanes_within(seen, i), load(scores + i), all(-INFINITY)));
    float before = *top, peak = seen.from < seen.to ? largest(peaks) * scale : -INFINITY;
    float now = peak > before ? peak : before;
    if (now == -INFINITY) {
        for (ptrdiff_t i = 0; i < columns; i += 16) store(scores + i, all(0));
        return 1;
    }
    v16 sums = all(0);
    for (ptrdiff_t i = 0; i < columns; i += 16) {
        v16 e = keep_where(lanes_within(seen, i), exponential(load(scores + i) * scale - now));
        sums += e;
        store(scores + i, e);
    }
    float change = before == -INFINITY ? 0 : now == before ? 1 : expf(before - now);
    *top = now;
    *total = *total * change + sum(sums);
    return change;
}

INLINE void scale_row(float *x, ptrdiff_t n, float scale) {
    for (ptrdiff_t i = 0; i < n; i += 16) store_some(x + i, load_some(x + i, n - i) * scale, n - i);
}

static void causal_forward(const al_heads *heads, const float *q, const float *k, const float *v, float *out, float *sums,
                           float *scratch) {
    ptrdiff_t d = heads->width, padded = (heads->keys + 15) / 16 * 16;
    float *turned = scratch, *scores = turned + padded * d;
    pack(k, 1, heads->kv_row, d, heads->keys, 1, turned);
    for (ptrdiff_t first = 0; first < heads->queries; first += AL_TILE_QUERIES) {
        ptrdiff_t left = heads->queries - first, rows = left < AL_TILE_QUERIES ? left : AL_TILE_QUERIES;
        al_range seen = seen_by(heads, first, first + rows - 1);
        for (ptrdiff_t h = 0; h < heads->heads; h++) {
            float top[AL_TILE_QUERIES], total[AL_TILE_QUERIES], *result = out + first * heads->out_row + h * d;
            for (ptrdiff_t r = 0; r < rows; r++) top[r] = -INFINITY, total[r] = 0;
            for (ptrdiff_t begin = seen.from; begin < seen.to; begin += AL_TILE_KEYS) {
                al_range keys = {begin, begin + AL_TILE_KEYS < seen.to ? begin + AL_TILE_KEYS : seen.to};
                ptrdiff_t columns = keys.to - begin, depth = keys.to < heads->keys ? columns : heads->keys - begin;
                against_keys(heads, q + first * heads->q_row + h * d, heads->q_row, turned, keys, rows, scores);
                bound(heads, scores, rows, columns);
                for (ptrdiff_t r = 0; r < rows; r++) {
                    float change = soften(scores + r * AL_TILE_KEYS, columns_of(heads, first + r, begin, columns), columns,
                                          scale_left(heads), top + r, total + r);
                    if (begin > seen.from && change != 1) scale_row(result + r * heads->out_row, d, change);
                }
                al_product mix = plain(scores, AL_TILE_KEYS, 1, v + begin * heads->kv_row, heads->kv_row, depth);
                multiply(&mix, 1, rows, d, result, heads->out_row, 0, begin > seen.from);
            }
            for (ptrdiff_t r = 0; r < rows; r++) {
                scale_row(result + r * heads->out_row, d, 1 / total[r]);
                if (sums) sums[h * heads->queries + first + r] = top[r] + logf(total[r]);
            }
        }
    }
}

// Scores become the weights, and what came of the values their gradient; the products of both are left to the caller.
INLINE void weights_again(const al_heads *heads, float *scores, float *changes, al_range seen, ptrdiff_t columns, float sums, float mean) {
    float scale = scale_left(heads), inverse = heads->cap != 0 ? 1 / (heads->cap * heads->cap) : 0;
    for (ptrdiff_t i = 0; i < columns; i += 16) {
        v16 score = load(scores + i), weight = keep_where(lanes_within(seen, i), exponential(score * scale - sums));
        v16 change = scale * weight * (load(changes + i) - mean);
        if (heads->cap != 0) change = change * heads->scale * (1.0f - score * score * inverse);
        store(scores + i, weight);
        store(changes + i, change);
    }
}

static void causal_backward(const al_heads *heads, const al_heads_gradient *g, const float *q, const float *k, const float *v,
                            const float *out, const float *sums, float *scratch) {
    ptrdiff_t d = heads->width, padded = (heads->keys + 15) / 16 * 16, kv_row = heads->kv_row;
    float *turned_k = scratch, *turned_v = turned_k + padded * d;
    float *weights = turned_v + padded * d, *changes = weights + AL_TILE_QUERIES * AL_TILE_KEYS;
    pack(k, 1, kv_row, d, heads->keys, 1, turned_k);
    pack(v, 1, kv_row, d, heads->keys, 1, turned_v);
    for (ptrdiff_t i = 0; i < heads->keys; i++) {
        memset(g->dv + i * kv_row, 0, (size_t)d * sizeof(float));
        if (g->dk) memset(g->dk + i * kv_row, 0, (size_t)d * sizeof(float));
    }
    for (ptrdiff_t first = 0; first < heads->queries; first += AL_TILE_QUERIES) {
        ptrdiff_t left = heads->queries - first, rows = left < AL_TILE_QUERIES ? left : AL_TILE_QUERIES;
        al_range seen = seen_by(heads, first, first + rows - 1);
        for (ptrdiff_t h = 0; h < heads->heads; h++) {
            const float *query = q + first * heads->q_row + h * d, *dout = g->dout + first * heads->out_row + h * d;
            float means[AL_TILE_QUERIES];
            for (ptrdiff_t r = 0; r < rows; r++) {
                const float *x = out + (first + r) * heads->out_row + h * d, *dx = dout + r * heads->out_row;
                v16 dot = all(0);
                for (ptrdiff_t i = 0; i < d; i += 16) dot += load_some(x + i, d - i) * load_some(dx + i, d - i);
                means[r] = sum(dot);
            }
            for (ptrdiff_t begin = seen.from; begin < seen.to; begin += AL_TILE_KEYS) {
                al_range keys = {begin, begin + AL_TILE_KEYS < seen.to ? begin + AL_TILE_KEYS : seen.to};
                ptrdiff_t columns = keys.to - begin, depth = keys.to < heads->keys ? columns : heads->keys - begin;
                against_keys(heads, query, heads->q_row, turned_k, keys, rows, weights);
                against_keys(heads, dout, heads->out_row, turned_v, keys, rows, changes);
                bound(heads, weights, rows, columns);
                for (ptrdiff_t r = 0; r < rows; r++)
                    weights_again(heads, weights + r * AL_TILE_KEYS, changes + r * AL_TILE_KEYS,
                                  columns_of(heads, first + r, begin, columns), columns, sums[h * heads->queries + first + r],
                                  means[r]);
                al_product product = plain(weights, 1, AL_TILE_KEYS, dout, heads->out_row, rows);
                multiply(&product, 1, depth, d, g->dv + begin * kv_row, kv_row, 0, 1);
                product = plain(changes, AL_TILE_KEYS, 1, k + begin * kv_row, kv_row, depth);
                multiply(&product, 1, rows, d, g->dq + first * heads->q_row + h * d, heads->q_row, 0, begin > seen.from);
                if (!g->dk) continue;
                product = plain(changes, 1, AL_TILE_KEYS, query, heads->q_row, rows);
                multiply(&product, 1, depth, d, g->dk + begin * kv_row, kv_row, 0, 1);
            }
        }
    }
}
