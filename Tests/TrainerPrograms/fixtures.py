"""Makes what the tests train: a tiny random Llama with a tokenizer and a chat template, a tiny random BERT, and data.

    python fixtures.py FOLDER      (needs transformers and tokenizers; the result works for every trainer)
"""

import json
import os
import sys

WORDS = "the cat sat on a red mat and saw many small birds fly over old green hills while rain fell in the quiet town".split()
TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


def pairs(count, start=0):
    """Questions and answers that can be learnt, of many lengths."""
    for index in range(start, start + count):
        words = [WORDS[(index * 7 + place * 3) % len(WORDS)] for place in range(2 + index % 5)]
        yield " ".join(words) + " ?", " " + " ".join(reversed(words)) + " ."


def write(path, rows):
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)


def data(folder):
    """train and validation files of every kind: pairs, messages, text, labels."""
    os.makedirs(folder, exist_ok=True)
    for part, count, start in (("train", 96, 0), ("validation", 24, 1000)):
        rows = list(pairs(count, start))
        write(f"{folder}/{part}.pairs.jsonl", ({"prompt": question, "completion": answer} for question, answer in rows))
        write(f"{folder}/{part}.messages.jsonl", (
            {"messages": [{"role": "user", "content": question}, {"role": "assistant", "content": answer.strip()}]} for question, answer in rows))
        write(f"{folder}/{part}.text.jsonl", ({"text": question + answer} for question, answer in rows))
        write(f"{folder}/{part}.labels.jsonl", (
            {"text": question, "label": "short" if len(question.split()) < 5 else "long"} for question, _ in rows))
        with open(f"{folder}/{part}.labels.csv", "w", encoding="utf-8") as file:
            file.write("text,label\n" + "".join(f"{question},{5 * (len(question.split()) // 2)}\n" for question, _ in rows))


def tokenizer(folder, special, template=None, **names):
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    inner = Tokenizer(models.BPE())
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    lines = [question + answer for question, answer in pairs(200)] + ["user assistant system"] * 20
    inner.train_from_iterator(lines, trainers.BpeTrainer(
        vocab_size=512, special_tokens=special, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
    made = PreTrainedTokenizerFast(tokenizer_object=inner, **names)
    made.chat_template = template
    made.save_pretrained(folder)
    return made


def llama(folder):
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    words = tokenizer(
        folder, ["<|endoftext|>", "<|im_start|>", "<|im_end|>"], TEMPLATE, eos_token="<|im_end|>", pad_token="<|endoftext|>",
        bos_token="<|im_start|>", unk_token="<|endoftext|>")
    torch.manual_seed(1)
    LlamaForCausalLM(LlamaConfig(
        vocab_size=len(words), hidden_size=64, intermediate_size=128, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
        max_position_embeddings=256, bos_token_id=words.bos_token_id, eos_token_id=words.eos_token_id, pad_token_id=words.pad_token_id,
        tie_word_embeddings=True)).save_pretrained(folder)


def bert(folder):
    import torch
    from tokenizers import BertWordPieceTokenizer
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    os.makedirs(folder, exist_ok=True)
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + sorted(set(WORDS)) + list("?.,!abcdefghijklmnopqrstuvwxyz")
    with open(f"{folder}/vocab.txt", "w", encoding="utf-8") as file:
        file.write("\n".join(words) + "\n")
    inner = BertWordPieceTokenizer(f"{folder}/vocab.txt")
    PreTrainedTokenizerFast(
        tokenizer_object=inner._tokenizer, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]", mask_token="[MASK]",
        model_max_length=128).save_pretrained(folder)
    torch.manual_seed(2)
    BertForSequenceClassification(BertConfig(
        vocab_size=len(words), hidden_size=64, intermediate_size=128, num_hidden_layers=2, num_attention_heads=4,
        max_position_embeddings=128)).bert.save_pretrained(folder)


if __name__ == "__main__":
    place = sys.argv[1]
    data(f"{place}/data")
    llama(f"{place}/llama")
    bert(f"{place}/bert")
