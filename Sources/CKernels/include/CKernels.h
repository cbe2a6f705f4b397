#pragma once
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/// A bfloat16: the upper half of a float.
typedef uint16_t al_bf16;

/// The rows of a frozen matrix [rows, columns] as a file has them: numbers of a type of GGUF's, by its code there.
typedef struct al_blocks {
    int type;
    const void *start;
    ptrdiff_t columns, row_bytes;
    /// Numbers and bytes of one block; 1 and its size for plain numbers.
    ptrdiff_t block_weights, block_bytes;
    /// Not 0: in each run of so many rows, those of the first half are every second one, and those of the second half the others.
    ptrdiff_t head_rows;
} al_blocks;

/// Rows row..<row + depth and columns column..<column + columns of a right-hand side.
typedef struct al_part {
    ptrdiff_t row, depth, column, columns;
} al_part;

/// One term A * B of a sum of matrix products that ends in one C.
///
/// A's element (m, k) is a[m * a_row + k * a_k]. B [k, n] is either plain, with b_row floats from one row to the next, or packed
/// (b_row 0) as `pack` lays it out, with b_panel numbers from one panel to the next. With `bf16`, A and B are al_bf16: A as
/// `narrow` left it (a_k is 1), B as `pack_bf16` did; sums are floats all the same.
typedef struct al_product {
    const void *a;
    ptrdiff_t a_row, a_k;
    const void *b;
    ptrdiff_t b_row, b_panel;
    ptrdiff_t k;
    int bf16;
    /// Not null: B is still to be expanded from these blocks, `b` is unset, and `multiply` does not take the product.
    const al_blocks *_Nullable blocks;
    /// Whether B is the transpose of the blocks or, without such, of what `b` holds packed, which `multiply` does not take either.
    int turned;
} al_product;

/// A frozen matrix W [rows, columns] whose transpose lies packed, as `pack` or `pack_bf16` left it.
typedef struct al_panels {
    const void *start;
    ptrdiff_t rows, columns;
} al_panels;

/// The query heads of one sequence that share a head of keys and values. Query i stands at positions[i], or at first + i where there
/// is no list, and sees the keys up to that, of these the last `window` (0: all). Scores are multiplied by `scale`, and, where there is a
/// `cap` (else 0), become cap * tanh(score / cap).
typedef struct al_heads {
    ptrdiff_t queries, keys;
    /// Floats of one head; the query heads lie so far apart.
    ptrdiff_t width, heads;
    /// Floats from one token to the next in q, in k and v, and in what attention gives out; their gradients lie alike.
    ptrdiff_t q_row, kv_row, out_row;
    const int32_t *_Nullable positions;
    ptrdiff_t first, window;
    float scale, cap;
} al_heads;

/// What attention's backward reads and writes; dk may be null when nothing below reads it.
typedef struct al_heads_gradient {
    const float *dout;
    float *dq;
    float *_Nullable dk;
    float *dv;
} al_heads_gradient;

/// The kernels of one instruction set. All matrices are row-major, all sizes count floats; nothing is allocated.
typedef struct al_column_scale {
    const float *_Nonnull factors;
    const float *_Nullable shifts;
    const float *_Nullable bias;
} al_column_scale;

typedef struct al_kernels {
    const char *name;
    /// Whether the processor multiplies bf16 by itself; else it is multiplied in floats, no faster than these.
    int multiplies_bf16;
    /// Columns of a packed panel; the last panel is as wide as what is left, rounded up to 16.
    ptrdiff_t panel_width;

    /// C [m, n] = sum of the products, plus C itself when `accumulate`, plus bias [n] unless null.
    void (*_Nonnull multiply)(const al_product *products, int count, ptrdiff_t m, ptrdiff_t n, float *c, ptrdiff_t c_row,
                     const float *_Nullable bias, int accumulate);
    /// Lays out scale * B [k, n], whose element (k, n) is w[k * w_k + n * w_n], for `multiply`; takes k * (n rounded up to 16) floats.
    void (*_Nonnull pack)(const float *w, ptrdiff_t w_k, ptrdiff_t w_n, ptrdiff_t k, ptrdiff_t n, float scale, float *packed);
    /// The same of floats rounded to bf16, pair by pair along k; takes (k rounded up to 2) * (n rounded up to 16) numbers.
    void (*_Nonnull pack_bf16)(const float *w, ptrdiff_t w_k, ptrdiff_t w_n, ptrdiff_t k, ptrdiff_t n, al_bf16 *packed);
    /// y [rows, n rounded up to 2] = x [rows, n] rounded to the nearest bf16, ties to even; what is too much is 0.
    void (*_Nonnull narrow)(const float *x, ptrdiff_t x_row, ptrdiff_t rows, ptrdiff_t n, al_bf16 *y);

    /// y [columns] = a row of W.
    void (*_Nonnull read_row)(const al_blocks *w, ptrdiff_t row, float *y);
    /// Lays out a part of B = W, or of W^T when `turned`, as `pack` or, with `bf16`, `pack_bf16` does. Where the part begins
    /// along W's columns is a multiple of 256, and it ends there at another or with the row. Not turned, it is at most 1024 columns
    /// wide.
    void (*_Nonnull expand)(const al_blocks *w, const al_part *part, int turned, int bf16, void *packed);
    /// Lays out a part of B = W as `pack` or, with `bf16`, `pack_bf16` does, from W^T as the same function left it: one packed copy
    /// serves both directions. The part's row and column are multiples of 16, and so are its ends unless W ends there.
    void (*_Nonnull turn)(const al_panels *w, const al_part *part, int bf16, void *packed);

    /// y = gelu(x); kind 0: by erf, 1: by tanh. y may be x.
    void (*_Nonnull gelu_forward)(int kind, const float *x, float *y, ptrdiff_t n);
    /// dx = dy * gelu'(x); dx may be dy.
    void (*_Nonnull gelu_backward)(int kind, const float *x, const float *dy, float *dx, ptrdiff_t n);
    void (*_Nonnull tanh_forward)(const float *x, float *y, ptrdiff_t n);
    /// From the result y: dx = dy * (1 - y^2); dx may be dy.
    void (*_Nonnull tanh_backward)(const float *y, const float *dy, float *dx, ptrdiff_t n);
    /// Each row in place: softmax(scale * x).
    void (*_Nonnull softmax_forward)(float *x, ptrdiff_t row, ptrdiff_t rows, ptrdiff_t n, float scale);
    /// dx = scale * y * (dy - sum(dy * y)), row by row; dx may be dy.
    void (*_Nonnull softmax_backward)(const float *y, const float *dy, float *dx, ptrdiff_t row, ptrdiff_t rows, ptrdiff_t n, float scale);
    /// Row by row of logits: losses = log(sum exp x) - x[target], hits = whether no other is greater; with a gradient, x becomes
    /// scale * (softmax - one-hot). Where `softcap` made x by a `cap` (else 0), it is the gradient of what was there before. A share of
    /// `smoothing` of the loss is the mean over all n instead of the target's.
    void (*_Nonnull token_losses)(float *x, ptrdiff_t row, const int32_t *targets, ptrdiff_t rows, ptrdiff_t n, float scale,
                                  int with_gradient, float cap, float smoothing, float *losses, float *hits);
    /// Row by row in place: x = cap * tanh(scale * x / cap).
    void (*_Nonnull softcap)(float *x, ptrdiff_t row, ptrdiff_t rows, ptrdiff_t n, float scale, float cap);
    /// First x += residual [rows, n] unless null, kept in x; then y = gamma * (x - mean) / sqrt(variance + epsilon) + beta. y may be x.
    void (*_Nonnull layer_norm_forward)(float *x, const float *_Nullable residual, const float *gamma, const float *beta, float epsilon, float *y,
                               ptrdiff_t rows, ptrdiff_t n);
    /// From the input x; gamma and beta are frozen. dx may be dy.
    void (*_Nonnull layer_norm_backward)(const float *x, const float *gamma, float epsilon, const float *dy, float *dx, ptrdiff_t rows,
                                ptrdiff_t n);
    /// First x += residual [rows, n] unless null, kept in x; then y = gamma * x / sqrt(mean of x^2 + epsilon). y may be x.
    void (*_Nonnull rms_norm_forward)(float *x, const float *_Nullable residual, const float *gamma, float epsilon, float *y, ptrdiff_t rows,
                             ptrdiff_t n);
    /// From the input x; gamma is frozen. dx may be dy, unless what is there is added to.
    void (*_Nonnull rms_norm_backward)(const float *x, const float *gamma, float epsilon, const float *dy, float *dx, ptrdiff_t rows,
                              ptrdiff_t n, int accumulate);
    /// dgamma [n] += the sum over rows of dy * x / sqrt(mean of x^2 + epsilon), of x less its mean where `centered`.
    void (*_Nonnull norm_gradient)(const float *x, float epsilon, int centered, const float *dy, float *dgamma, ptrdiff_t rows, ptrdiff_t n);
    /// sums [n] += the sum over rows of x, `x_row` floats apart.
    void (*_Nonnull column_sums)(const float *x, ptrdiff_t x_row, ptrdiff_t rows, ptrdiff_t n, float *sums);
    /// kept [rows, n] = y - bias unless null, then y = factors * y + shifts, column by column; rows are so many floats apart.
    void (*_Nonnull scale_columns)(const al_column_scale *scale, float *y, ptrdiff_t y_row, ptrdiff_t rows, ptrdiff_t n,
                                   float *_Nullable kept, ptrdiff_t kept_row);
    /// sums [n] += the sum over rows of dy * x, and dx = factors * dy; dx may be either.
    void (*_Nonnull scale_columns_backward)(const float *factors, const float *dy, ptrdiff_t dy_row, const float *x, ptrdiff_t x_row,
                                            ptrdiff_t rows, ptrdiff_t n, float *sums, float *dx, ptrdiff_t dx_row);
    /// y = act(gate) * up; kind 0: act(x) = x * sigmoid(x), 1: GELU by tanh. y may be either.
    void (*_Nonnull gated_forward)(int kind, const float *gate, const float *up, float *y, ptrdiff_t n);
    /// dgate = dy * up * act'(gate) and dup = dy * act(gate); either may be dy.
    void (*_Nonnull gated_backward)(int kind, const float *gate, const float *up, const float *dy, float *dgate, float *dup, ptrdiff_t n);
    /// Turns the pairs (j, j + half) of each head of width d in place by the angles of the tables [rows, half]; `back` undoes it.
    void (*_Nonnull rotate)(float *x, ptrdiff_t x_row, ptrdiff_t rows, ptrdiff_t heads, ptrdiff_t d, ptrdiff_t half, const float *cosine,
                   const float *sine, int back);
    /// y = x + a + b, element by element.
    void (*_Nonnull add3)(const float *x, const float *a, const float *b, float *y, ptrdiff_t n);
    /// y [columns, rows] = scale * x^T of x [rows, columns].
    void (*_Nonnull transpose)(const float *x, ptrdiff_t rows, ptrdiff_t columns, float scale, float *y);
    /// y [columns, rows] = x^T of x, whose rows are `x_row` floats apart.
    void (*_Nonnull turn_rows)(const float *x, ptrdiff_t x_row, ptrdiff_t rows, ptrdiff_t columns, float *y);
    /// y += scale * x.
    void (*_Nonnull add_scaled)(const float *x, float scale, float *y, ptrdiff_t n);
    /// y (+)= x where kept, times scale; element i is kept when a hash of (key, first + i) is at least the threshold.
    void (*_Nonnull dropout)(const float *x, float *y, ptrdiff_t n, uint64_t key, uint64_t first, uint32_t threshold, float scale,
                    int accumulate);
    /// One head of one sequence: out [queries, d] = softmax(scale * q k^T) v. Scratch: al_attention_scratch floats.
    void (*_Nonnull attention_forward)(const float *q, ptrdiff_t q_row, const float *k, const float *v, ptrdiff_t kv_row, float *out,
                              ptrdiff_t out_row, ptrdiff_t queries, ptrdiff_t keys, ptrdiff_t d, float scale, float *scratch);
    /// The softmax is computed again. dk may be null when nothing below reads it; dq, dk, dv are overwritten.
    void (*_Nonnull attention_backward)(const float *q, ptrdiff_t q_row, const float *k, const float *v, ptrdiff_t kv_row,
                               const float *dout, ptrdiff_t dout_row, float *dq, ptrdiff_t dq_row, float *_Nullable dk, float *dv,
                               ptrdiff_t dkv_row, ptrdiff_t queries, ptrdiff_t keys, ptrdiff_t d, float scale, float *scratch);
    /// out [queries, heads * width] = softmax(scale * q k^T) v, causal. `sums` [heads, queries] gets the logarithms of the softmax's sums
    /// unless null. Scratch: al_causal_scratch floats.
    void (*_Nonnull causal_forward)(const al_heads *heads, const float *q, const float *k, const float *v, float *out,
                           float *_Nullable sums, float *scratch);
    /// From what the forward gave; dq, dk and dv are overwritten.
    void (*_Nonnull causal_backward)(const al_heads *heads, const al_heads_gradient *gradient, const float *q, const float *k,
                            const float *v, const float *out, const float *sums, float *scratch);
    /// rate1 = 1 - beta1 and rate2 = 1 - beta2, rounded once.
    void (*_Nonnull adamw)(float *values, const float *gradients, float *first, float *second, ptrdiff_t n, float gradient_scale,
                  float rate1, float beta2, float rate2, float step_size, float root_correction2, float epsilon, float decay);
    double (*_Nonnull squared_norm)(const float *x, ptrdiff_t n);
} al_kernels;

/// The variants from the plainest (0) on; null when there is no such one or the processor lacks it.
const al_kernels *_Nullable al_kernels_variant(int index);

/// Floats of scratch that attention over so many keys needs, forward or backward.
ptrdiff_t al_attention_scratch(ptrdiff_t queries, ptrdiff_t keys, ptrdiff_t d);

/// The same of causal attention: it goes with the keys, whatever the queries.
ptrdiff_t al_causal_scratch(ptrdiff_t keys, ptrdiff_t d);

/// Mean cross-entropy of logits [rows, classes] times rows; dlogits = scale * (softmax - one-hot) unless null.
double al_cross_entropy(const float *logits, const int32_t *targets, ptrdiff_t rows, ptrdiff_t classes, float scale,
                        float *_Nullable dlogits);

/// The same with what classes count, [classes] (null: 1 each), and with label smoothing, as in torch's CrossEntropyLoss: row by row
/// (1 - smoothing) w[t] (-log p[t]) + smoothing / classes * sum over j of w[j] (-log p[j]).
double al_shaped_cross_entropy(const float *logits, const int32_t *targets, ptrdiff_t rows, ptrdiff_t classes, const float *_Nullable weights,
                               float smoothing, float scale, float *_Nullable dlogits);

#pragma clang assume_nonnull end
