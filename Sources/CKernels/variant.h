// The body of one variant: AL_TABLE, AL_NAME, AL_ROWS and AL_VECTORS are defined by the file that includes this.
#include "vectors-inline.h"

#include "multiply.h"

#include "blocks.h"

#include "expand.h"
#include "panels.h"

#include "elements.h"
#include "rows.h"
#include "columns.h"
#include "losses.h"

#include "gates.h"

#include "attention.h"
#include "causal.h"

const al_kernels AL_TABLE = {
    .name = AL_NAME,
#ifdef AL_BF16
    .multiplies_bf16 = 1,
#endif
    .panel_width = 16 * AL_VECTORS,
    .multiply = multiply,
    .pack = pack,
    .pack_bf16 = pack_bf16,
    .narrow = narrow,
    .read_row = read_row,
    .expand = expand,
    .turn = turn,
    .gelu_forward = gelu_forward,
    .gelu_backward = gelu_backward,
    .tanh_forward = tanh_forward,
    .tanh_backward = tanh_backward,
    .softmax_forward = softmax_forward,
    .softmax_backward = softmax_backward,
    .token_losses = token_losses,
    .softcap = softcap,
    .layer_norm_forward = layer_norm_forward,
    .layer_norm_backward = layer_norm_backward,
    .rms_norm_forward = rms_norm_forward,
    .rms_norm_backward = rms_norm_backward,
    .norm_gradient = norm_gradient,
    .column_sums = column_sums,
    .scale_columns = scale_columns,
    .scale_columns_backward = scale_columns_backward,
    .gated_forward = gated_forward,
    .gated_backward = gated_backward,
    .rotate = rotate,
    .add3 = add3,
    .turn_rows = turn_rows,
    .add_scaled = add_scaled,
    .transpose = transpose,
    .dropout = dropout,
    .attention_forward = attention_forward,
    .attention_backward = attention_backward,
    .causal_forward = causal_forward,
    .causal_backward = causal_backward,
    .adamw = adamw,
    .squared_norm = squared_norm,
};
