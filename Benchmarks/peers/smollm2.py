"""A GGUF file's model as transformers reads it: the same weights, expanded, with the same tokenizer."""
import json
from pathlib import Path

import gguf
import numpy as np
from safetensors.numpy import save_file
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

WHOLE = {"token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head"}
PARTS = {"attn_norm": "input_layernorm", "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj",
         "attn_output": "self_attn.o_proj", "ffn_norm": "post_attention_layernorm", "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj",
         "ffn_down": "mlp.down_proj"}


def by_halves(rows, heads):
    """GGUF's rotary pairs (2j, 2j + 1) of each head become Hugging Face's (j, j + half)."""
    return rows.reshape(heads, rows.shape[0] // heads // 2, 2, -1).swapaxes(1, 2).reshape(rows.shape)


def make_folder(file, folder):
    """Writes a Hugging Face folder with the weights of a Llama in fp32, and returns its tokenizer, which is in the folder too."""
    reader, folder = gguf.GGUFReader(file), Path(folder)
    value = lambda key: reader.fields[key].contents()
    folder.mkdir(parents=True, exist_ok=True)
    heads = {"attn_q": value("llama.attention.head_count"), "attn_k": value("llama.attention.head_count_kv")}
    tensors = {}
    for tensor in reader.tensors:
        weight = gguf.dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
        parts = tensor.name.split(".")
        if parts[0] != "blk":
            name = WHOLE[parts[0]]
        else:
            name = f"model.layers.{parts[1]}.{PARTS[parts[2]]}"
            weight = by_halves(weight, heads[parts[2]]) if parts[2] in heads else weight
        tensors[name + ".weight"] = np.ascontiguousarray(weight)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    end = value("tokenizer.ggml.eos_token_id")
    (folder / "config.json").write_text(json.dumps({
        "model_type": "llama", "architectures": ["LlamaForCausalLM"], "dtype": "float32", "hidden_act": "silu",
        "hidden_size": value("llama.embedding_length"), "intermediate_size": value("llama.feed_forward_length"),
        "num_hidden_layers": value("llama.block_count"), "num_attention_heads": heads["attn_q"], "num_key_value_heads": heads["attn_k"],
        "vocab_size": len(tensors["model.embed_tokens.weight"]), "max_position_embeddings": value("llama.context_length"),
        "rms_norm_eps": value("llama.attention.layer_norm_rms_epsilon"), "rope_theta": value("llama.rope.freq_base"),
        "tie_word_embeddings": "lm_head.weight" not in tensors, "bos_token_id": value("tokenizer.ggml.bos_token_id"),
        "eos_token_id": end, "pad_token_id": end}, indent=1))
    tokenizer = tokenizer_of(value)
    tokenizer.save_pretrained(folder)
    return tokenizer


def tokenizer_of(value):
    """SmolLM2's: transformers' own reader of GGUF leaves out that each digit stands alone."""
    assert value("tokenizer.ggml.pre") == "smollm", value("tokenizer.ggml.pre")
    tokens, kinds = value("tokenizer.ggml.tokens"), value("tokenizer.ggml.token_type")
    merges = []
    for merge in value("tokenizer.ggml.merges"):
        cut = merge.index(" ", 1)
        merges.append((merge[:cut], merge[cut + 1:]))
    tokenizer = Tokenizer(models.BPE(vocab={token: number for number, token in enumerate(tokens)}, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)])
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(t, special=True, normalized=False) for t, kind in zip(tokens, kinds) if kind == 3])
    end = tokens[value("tokenizer.ggml.eos_token_id")]
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token=tokens[value("tokenizer.ggml.bos_token_id")], eos_token=end,
                                   pad_token=end)
