// Kernels that multiply each column of a matrix by a number of its own.

static void scale_columns(const al_column_scale *scale, float *y, ptrdiff_t y_row, ptrdiff_t rows, ptrdiff_t n, float *kept,
                          ptrdiff_t kept_row) {
    for (ptrdiff_t r = 0; r < rows; r++, y += y_row)
        for (ptrdiff_t i = 0; i < n; i += 16) {
            v16 x = load_some(y + i, n - i);
            if (kept) store_some(kept + r * kept_row + i, scale->bias ? x - load_some(scale->bias + i, n - i) : x, n - i);
            v16 scaled = x * load_some(scale->factors + i, n - i);
            store_some(y + i, scale->shifts ? scaled + load_some(scale->shifts + i, n - i) : scaled, n - i);
        }
}

static void scale_columns_backward(const float *factors, const float *dy, ptrdiff_t dy_row, const float *x, ptrdiff_t x_row,
                                   ptrdiff_t rows, ptrdiff_t n, float *sums, float *dx, ptrdiff_t dx_row) {
    for (ptrdiff_t r = 0; r < rows; r++, dy += dy_row, x += x_row, dx += dx_row)
        for (ptrdiff_t i = 0; i < n; i += 16) {
            v16 slope = load_some(dy + i, n - i);
            store_some(sums + i, load_some(sums + i, n - i) + slope * load_some(x + i, n - i), n - i);
            store_some(dx + i, slope * load_some(factors + i, n - i), n - i);
        }
}
