#!/usr/bin/env python3
"""Writes tiny-llama.gguf: the decoder of tiny-decoders/llama in blocks of Q8_0, with a small byte-level vocabulary (pip install gguf==0.19.0)."""

import json
import struct
from pathlib import Path

import gguf
import numpy as np
from gguf import GGMLQuantizationType as Type

HERE = Path(__file__).parent
NAMES = {
    "model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output", "model.layers": "blk",
    "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm", "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
}  # fmt: skip


def tensors(path):
    """The BF16 tensors of a safetensors file as floats."""
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    for name, entry in json.loads(data[8 : 8 + length]).items():
        if name != "__metadata__":
            start, end = (8 + length + offset for offset in entry["data_offsets"])
            bits = np.frombuffer(data[start:end], "<u2").astype(np.uint32) << 16
            yield name, bits.view(np.float32).reshape(entry["shape"])


def permuted(weight, heads):
    return weight.reshape(heads, 2, weight.shape[0] // heads // 2, -1).swapaxes(1, 2).reshape(weight.shape)


def main():
    folder = HERE / "tiny-decoders" / "llama"
    config = json.loads((folder / "config.json").read_text())
    writer = gguf.GGUFWriter(HERE / "tiny-llama.gguf", "llama")
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_vocab_size(config["vocab_size"])
    writer.add_rope_freq_base(config["rope_parameters"]["rope_theta"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    letters = list("abcdefghijklmnopqrstuvwxyz0123456789.,!?'")
    words = ["<|unk|>", "<|start|>", "<|end|>", *letters, "Ġ", "Ċ", "th", "Ġa"]
    assert len(words) == config["vocab_size"]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(words)
    writer.add_token_types([3] * 3 + [1] * (len(words) - 3))
    writer.add_token_merges(["t h", "Ġ a"])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_add_bos_token(False)
    writer.add_chat_template("{% for message in messages %}{{ message['role'] + ': ' + message['content'] }}{% endfor %}")
    for name, values in sorted(tensors(folder / "model.safetensors")):
        own = name
        for theirs, ours in NAMES.items():
            own = own.replace(theirs, ours)
        if ".q_proj." in name:
            values = permuted(values, config["num_attention_heads"])
        if ".k_proj." in name:
            values = permuted(values, config["num_key_value_heads"])
        if values.ndim == 1:
            writer.add_tensor(own, values)
        elif values.shape[1] % 32:
            writer.add_tensor(own, values.astype(np.float16))
        else:
            writer.add_tensor(own, gguf.quantize(values, Type.Q8_0), raw_dtype=Type.Q8_0)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    main()
