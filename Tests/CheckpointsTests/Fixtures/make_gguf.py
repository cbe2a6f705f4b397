#!/usr/bin/env python3
"""Writes tiny-llama.gguf, and tiny-llama.safetensors with the same tensors as Hugging Face has them (pip install gguf==0.19.0 safetensors).

The weights of q and k, and their biases, go into the GGUF file permuted as llama.cpp's converter does it.
"""

from pathlib import Path

import gguf
import numpy as np
from gguf import GGMLQuantizationType as Type
from safetensors.numpy import save_file

HIDDEN, HEADS, KV_HEADS, INNER, VOCABULARY = 32, 2, 1, 32, 8
HERE = Path(__file__).parent


def permuted(weight, heads):
    """convert_hf_to_gguf.py's `permute`."""
    return weight.reshape(heads, 2, weight.shape[0] // heads // 2, *weight.shape[1:]).swapaxes(1, 2).reshape(weight.shape)


def unpermuted(weight, heads):
    return weight.reshape(heads, weight.shape[0] // heads // 2, 2, *weight.shape[1:]).swapaxes(1, 2).reshape(weight.shape)


def main():
    random = np.random.default_rng(5)
    narrow = HIDDEN // HEADS * KV_HEADS
    layer = "model.layers.0."
    # Hugging Face's name, GGUF's, the shape, the type, the heads of what is permuted.
    tensors = [
        ("model.embed_tokens.weight", "token_embd.weight", (VOCABULARY, HIDDEN), Type.Q8_0, 0),
        (layer + "input_layernorm.weight", "blk.0.attn_norm.weight", (HIDDEN,), Type.F32, 0),
        (layer + "self_attn.q_proj.weight", "blk.0.attn_q.weight", (HIDDEN, HIDDEN), Type.Q4_1, HEADS),
        (layer + "self_attn.q_proj.bias", "blk.0.attn_q.bias", (HIDDEN,), Type.F32, HEADS),
        (layer + "self_attn.k_proj.weight", "blk.0.attn_k.weight", (narrow, HIDDEN), Type.F32, KV_HEADS),
        (layer + "self_attn.k_proj.bias", "blk.0.attn_k.bias", (narrow,), Type.F16, KV_HEADS),
        (layer + "self_attn.v_proj.weight", "blk.0.attn_v.weight", (narrow, HIDDEN), Type.Q5_1, 0),
        (layer + "self_attn.o_proj.weight", "blk.0.attn_output.weight", (HIDDEN, HIDDEN), Type.Q5_0, 0),
        (layer + "post_attention_layernorm.weight", "blk.0.ffn_norm.weight", (HIDDEN,), Type.F32, 0),
        (layer + "mlp.gate_proj.weight", "blk.0.ffn_gate.weight", (INNER, HIDDEN), Type.BF16, 0),
        (layer + "mlp.up_proj.weight", "blk.0.ffn_up.weight", (INNER, HIDDEN), Type.F16, 0),
        (layer + "mlp.down_proj.weight", "blk.0.ffn_down.weight", (HIDDEN, INNER), Type.Q4_0, 0),
        ("model.norm.weight", "output_norm.weight", (HIDDEN,), Type.F32, 0),
        ("rope_freqs.weight", "rope_freqs.weight", (HIDDEN // HEADS // 2,), Type.F32, 0),
    ]
    writer = gguf.GGUFWriter(HERE / "tiny-llama.gguf", "llama")
    writer.add_block_count(1)
    writer.add_context_length(64)
    writer.add_embedding_length(HIDDEN)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_rope_freq_base(10000.0)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_file_type(3)
    writer.add_add_bos_token(False)
    writer.add_token_list(["a", "b", "Ġc", "é", "<|end|>", "1", "2", "3"])
    writer.add_token_types([1, 1, 1, 1, 3, 1, 1, 1])
    writer.add_token_scores([0.0, -1.5, 2.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    writer.add_token_merges(["a b", "Ġ c"])
    expected = {}
    for name, own, shape, kind, heads in tensors:
        values = random.standard_normal(shape).astype(np.float32)
        stored = permuted(values, heads) if heads else values
        data = stored if kind == Type.F32 else stored.astype(np.float16) if kind == Type.F16 else gguf.quantize(stored, kind)
        writer.add_tensor(own, data, raw_dtype=kind)
        floats = data.astype(np.float32) if kind in (Type.F32, Type.F16) else gguf.dequantize(data, kind).reshape(shape)
        expected[name] = np.ascontiguousarray(unpermuted(floats, heads) if heads else floats)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    save_file(expected, HERE / "tiny-llama.safetensors")


if __name__ == "__main__":
    main()
