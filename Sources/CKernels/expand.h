// A part of a frozen matrix that lies in blocks, laid out as `pack` and `pack_bf16` lay out what is wholly in floats.

// Floats of a stretch that is dequantised at once: a block of the widest type.
#define AL_STRETCH 256
// The widest part of rows that are not turned.
#define AL_WIDEST 1024

// Numbers first..<first + count of a row; first is where a block begins, and count whole blocks unless the row ends.
INLINE void part_of_row(const al_blocks *w, ptrdiff_t row, ptrdiff_t first, ptrdiff_t count, float *y) {
    if (w->head_rows) {
        ptrdiff_t half = w->head_rows / 2, head = row / w->head_rows, within = row % w->head_rows;
        row = head * w->head_rows + within % half * 2 + within / half;
    }
    const uint8_t *start = (const uint8_t *)w->start + row * w->row_bytes;
    dequantize(w->type, start + first / w->block_weights * w->block_bytes, count, y);
}

static void read_row(const al_blocks *w, ptrdiff_t row, float *y) { part_of_row(w, row, 0, w->columns, y); }

// W^T: B's rows are W's columns. Sixteen rows of W, a stretch of each, are turned together.
static void expand_turned(const al_blocks *w, const al_part *part, float *packed) {
    float rows[16][AL_STRETCH];
    for (ptrdiff_t j = 0; j < part->columns; j += 16) {
        ptrdiff_t panel = j / (16 * AL_VECTORS) * (16 * AL_VECTORS), left = part->columns - panel;
        ptrdiff_t width = left < 16 * AL_VECTORS ? (left + 15) / 16 * 16 : 16 * AL_VECTORS, count = part->columns - j;
        float *target = packed + panel * part->depth + (j - panel);
        for (ptrdiff_t k = 0; k < part->depth; k += AL_STRETCH) {
            ptrdiff_t stretch = part->depth - k < AL_STRETCH ? part->depth - k : AL_STRETCH, turned = stretch / 16 * 16;
            for (ptrdiff_t i = 0; i < 16 && i < count; i++) part_of_row(w, part->column + j + i, part->row + k, stretch, rows[i]);
            for (ptrdiff_t i = 0; i < turned; i += 16)
                turn16(rows[0] + i, AL_STRETCH, count, target + (k + i) * width, width, 1);
            for (ptrdiff_t i = turned; i < stretch; i++)
                for (ptrdiff_t v = 0; v < 16; v++) target[(k + i) * width + v] = v < count ? rows[v][i] : 0;
        }
    }
}

static void expand_turned_bf16(const al_blocks *w, const al_part *part, al_bf16 *packed) {
    ptrdiff_t even = (part->depth + 1) / 2 * 2;
    float rows[16][AL_STRETCH];
    for (ptrdiff_t j = 0; j < part->columns; j += 16) {
        ptrdiff_t panel = j / (16 * AL_VECTORS) * (16 * AL_VECTORS), left = part->columns - panel;
        ptrdiff_t width = left < 16 * AL_VECTORS ? (left + 15) / 16 * 16 : 16 * AL_VECTORS, count = part->columns - j;
        al_bf16 *target = packed + panel * even + 2 * (j - panel);
        for (ptrdiff_t k = 0; k < part->depth; k += AL_STRETCH) {
            ptrdiff_t stretch = part->depth - k < AL_STRETCH ? part->depth - k : AL_STRETCH;
            for (ptrdiff_t i = 0; i < 16 && i < count; i++) {
                part_of_row(w, part->column + j + i, part->row + k, stretch, rows[i]);
                for (ptrdiff_t end = stretch; end % 16; end++) rows[i][end] = 0;
            }
            for (ptrdiff_t i = 0; i < stretch; i += 16) {
                float t[16 * 16];
                turn16(rows[0] + i, AL_STRETCH, count, t, 16, 1);
                put_pairs(t, stretch - i < 16 ? (stretch - i + 1) / 2 * 2 : 16, target + (k + i) * width, width);
            }
        }
    }
}

// W: B's rows are W's.
static void expand_straight(const al_blocks *w, const al_part *part, float *packed) {
    float row[AL_WIDEST + 16];
    for (ptrdiff_t k = 0; k < part->depth; k++) {
        part_of_row(w, part->row + k, part->column, part->columns, row);
        for (ptrdiff_t j = 0; j < part->columns; j += 16 * AL_VECTORS) {
            ptrdiff_t columns = part->columns - j < 16 * AL_VECTORS ? part->columns - j : 16 * AL_VECTORS;
            ptrdiff_t width = (columns + 15) / 16 * 16;
            float *target = packed + j * part->depth + k * width;
            for (ptrdiff_t v = 0; v < width; v += 16)
                store(target + v, keep_where(first_lanes(columns - v), load(row + j + v)));
        }
    }
}

static void expand_straight_bf16(const al_blocks *w, const al_part *part, al_bf16 *packed) {
    ptrdiff_t even = (part->depth + 1) / 2 * 2;
    float rows[2][AL_WIDEST + 16];
    for (ptrdiff_t k = 0; k < even; k += 2) {
        for (ptrdiff_t i = 0; i < 2; i++) {
            if (k + i < part->depth)
                part_of_row(w, part->row + k + i, part->column, part->columns, rows[i]);
            else
                memset(rows[i], 0, sizeof rows[i]);
        }
        for (ptrdiff_t j = 0; j < part->columns; j += 16 * AL_VECTORS) {
            ptrdiff_t columns = part->columns - j < 16 * AL_VECTORS ? part->columns - j : 16 * AL_VECTORS;
            ptrdiff_t width = (columns + 15) / 16 * 16;
            al_bf16 *target = packed + j * even + k * width;
            for (ptrdiff_t v = 0; v < width; v += 16) {
                v16i kept = first_lanes(columns - v);
                float t[2 * 16];
                for (int i = 0; i < 2; i++) store(t + 16 * i, keep_where(kept, load(rows[i] + j + v)));
                put_pairs(t, 2, target + 2 * v, width);
            }
        }
    }
}

static void expand(const al_blocks *w, const al_part *part, int turned, int bf16, void *packed) {
    if (turned)
        bf16 ? expand_turned_bf16(w, part, packed) : expand_turned(w, part, packed);
    else
        bf16 ? expand_straight_bf16(w, part, packed) : expand_straight(w, part, packed);
}
