#!/usr/bin/env python3
"""Writes Tests/TokenizersTests/Fixtures/bpe.json: what Hugging Face's tokenizers gives for difficult texts, by small BPE tokenizers with each
of the pre-tokenizers. The merges are learned without any, so that they reach over words: whatever a pre-tokenizer cuts shows in the ids.

Needs: pip install tokenizers. Usage: bpe_fixture.py <the reviews' train.jsonl> <the fixture>
"""
import json
import random
import sys

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

LLAMA3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
QWEN2 = LLAMA3.replace("{1,3}", "")
QWEN3_5 = QWEN2.replace(r"?\p{L}+", r"?[\p{L}\p{M}]+").replace(r"[^\s\p{L}\p{N}]", r"[^\s\p{L}\p{M}\p{N}]")
GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"

TEXTS = [
    "", "a", " ", "  ", "   a", "a   7", "a 7 8  9", "\n", "a\n\n\nb", "\r\n", "a\r\nb", "\t\tx", "  \n  x", " \t \n\n y ", "\r\r x \r y",
    "a" * 300, " " * 40, "7" * 31, "ab" * 50, "!" * 20, "'s 'S 'ſ 'll 'LL 'Ve 'RE don't DON'T it's’s 'sx 'x", "1234567", "12 345 6789 1,234.56",
    "½²Ⅷ٣४ x²y³ a½b Ⅷ8x", "😀 👩‍👩‍👧 👍🏽 🇩🇪", "e\u0301 é \u0301x a\u0301\u0323\u0345b", "ﬁ ẛ̣ Å Å", "한국어 한 각", "中文分词，测试。日本語",
    "العربية من", "עברית שלום", "हिन्दी में \u0958", "ไทยภาษา", "\u200b\ufeffx\u200d", "a\u00a0b\u2003c\u3000d\u0085e\u2028f", "\x00\x01\x1c\x1f\x7f",
    "def f(x):\n    return x ** 2  # good\n\n\tif x:\n\t\tpass\n", '{"a": [1, 2.5e-3], "b": null}', "<b class='x'>&nbsp;</b>", "http://example.com/?q=a%20b#e",
    "<|start|>the film<|end|>\n", "  <|end|>  the", "<|start", "x<l>y  <l>  z", "x<r>y  <r>  z", "x<w>y <w> z<w>", "café café<É> the", "$1,000.00 50% off!!!",
    "…—–“”‘’«»", "\U0001d400\U0001d7d8 \U00011de0\U00011de5", "İıŞş", "\u0f73\u0f75 豈", "\u06dd a\u0338=≠", " a  b   c    d", "_a_1_ ▁b <0x41>", "\u17b4k\u0e31",
]


def texts(reviews):
    random.seed(3)
    pool = list("aZé'stdlm 17\n\r\t .,!-_ſ") + ["e\u0301", "한", "中", "😀", "\u0301", "\u00a0", "\u3000", "١", "½", "\u0323", "\u1161", "<|end|>", " the", "'ll"]
    mixed = ["".join(random.choice(pool) for _ in range(random.randint(4, 14))) for _ in range(50)]
    return TEXTS + mixed + [r for r in reviews if len(r) < 60][:12]


def train(reviews, level):
    tokenizer = Tokenizer(models.BPE())
    corpus = reviews + [t for t in TEXTS if len(t) < 40] * 3 + [" 12 345 1234\n\n\n  x", "   \n\n  7 8 9", "don't the 's 'll", " the film", "ééé"] * 20
    if level == "bytes":
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
        trainer = trainers.BpeTrainer(vocab_size=500, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False, max_token_length=6)
    else:
        corpus = ["▁" + t.replace(" ", "▁") for t in corpus]
        names = ["<unk>"] + [f"<0x{b:02X}>" for b in range(256)]
        trainer = trainers.BpeTrainer(vocab_size=560, special_tokens=names, limit_alphabet=70, show_progress=False, max_token_length=6)
    tokenizer.train_from_iterator(corpus, trainer)
    model = json.loads(tokenizer.to_str())["model"]
    return model["vocab"], [tuple(m) for m in model["merges"]]


def main():
    reviews = [json.loads(line)["text"] for line in open(sys.argv[1])][:300]
    vocabularies = {level: train(reviews, level) for level in ["bytes", "characters"]}
    all_texts, cases = texts(reviews), []

    def case(name, pre_tokenizer, level="bytes", normalizer=None, decoder=None, processor=None, added=(), count=None, spelled="pairs", **flags):
        vocab, merges = vocabularies[level]
        tokenizer = Tokenizer(models.BPE(vocab=vocab, merges=merges, **flags))
        if pre_tokenizer:
            tokenizer.pre_tokenizer = pre_tokenizer
        if normalizer:
            tokenizer.normalizer = normalizer
        if level == "bytes":
            tokenizer.decoder = decoders.ByteLevel()
        elif decoder:
            tokenizer.decoder = decoder
        tokenizer.add_special_tokens([AddedToken("<|start|>", special=True, normalized=False), AddedToken("<|end|>", special=True, normalized=False)])
        tokenizer.add_tokens(list(added))
        if processor:
            tokenizer.post_processor = processor(tokenizer)
        ids = [tokenizer.encode(t, add_special_tokens=False).ids for t in all_texts[:count]]
        decoded = [tokenizer.decode(i, skip_special_tokens=False) for i in ids]
        parts = json.loads(tokenizer.to_str())
        parts["model"] |= {"vocab": "VOCAB", "merges": "MERGES"}
        cases.append({
            "name": name, "vocab": level, "merges": f"{level}, {spelled}", "tokenizer": json.dumps(parts), "ids": ids,
            "around": tokenizer.encode("").ids, "skipped": tokenizer.decode(tokenizer.encode("a<|end|>b").ids),
            "decoded": {str(i): d for i, (t, d) in enumerate(zip(all_texts, decoded)) if t != d},
        })

    level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    whole = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)

    def split(pattern, behavior="isolated", invert=False, after=whole):
        return pre_tokenizers.Sequence([pre_tokenizers.Split(pattern, behavior, invert=invert), after])

    def bos(tokenizer):
        template = processors.TemplateProcessing(
            single="<|start|> $A <|end|>", special_tokens=[(t, tokenizer.token_to_id(t)) for t in ["<|start|>", "<|end|>"]])
        return processors.Sequence([processors.ByteLevel(trim_offsets=False), template])

    case("gpt-2", level)
    case("gpt-2 as a Split", split(Regex(GPT2)), spelled="texts", count=40)
    case("prefix space", pre_tokenizers.ByteLevel(add_prefix_space=True, use_regex=True))
    case("smollm", pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), level]))
    case("digits together", count=30, pre_tokenizer=pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=False), level]))
    case("llama 3", split(Regex(LLAMA3)), processor=bos, ignore_merges=True)
    case("llama 3, removed and inverted", split(Regex(LLAMA3), "removed", True), count=40)
    case("qwen2", split(Regex(QWEN2)), normalizer=normalizers.NFC())
    case("qwen3.5", split(Regex(QWEN3_5)), normalizer=normalizers.Sequence([normalizers.NFC()]))
    for behavior in ["isolated", "removed", "merged_with_previous", "merged_with_next", "contiguous"]:
        case(f"split at a text, {behavior}", split(" ", behavior), count=30)
    case("added tokens", level, normalizer=normalizers.NFC(), added=[
        AddedToken("<l>", lstrip=True, normalized=False), AddedToken("<r>", rstrip=True, normalized=False),
        AddedToken("<w>", single_word=True, normalized=False), AddedToken("<\u00c9>", normalized=True), AddedToken("caf\u00e9", normalized=True)])
    llama2 = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    fallback = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
    case("llama 2", None, "characters", llama2, fallback, unk_token="<unk>", byte_fallback=True, fuse_unk=True)
    case("gemma", pre_tokenizers.Split(" ", "merged_with_previous"), "characters", normalizers.Replace(" ", "▁"),
         decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]), unk_token="<unk>", byte_fallback=True)
    for scheme in ["always", "first", "never"]:
        case(f"metaspace, {scheme}", pre_tokenizers.Metaspace("▁", scheme, split=scheme != "first"), "characters",
             decoder=decoders.Metaspace("▁", scheme), unk_token="<unk>", fuse_unk=scheme == "always", count=50)
    case("no unknown token", None, "characters", count=50)

    # As texts: a reader of JSON may take two names for one that differ only in how an accent is composed.
    parts = {}
    for level, (vocab, merges) in vocabularies.items():
        parts[level] = json.dumps(vocab, ensure_ascii=False)
        parts[f"{level}, pairs"] = json.dumps(merges, ensure_ascii=False)
    parts["bytes, texts"] = json.dumps([" ".join(m) for m in vocabularies["bytes"][1]])
    with open(sys.argv[2], "w") as file:
        json.dump({"texts": all_texts, "parts": parts, "cases": cases}, file, ensure_ascii=False, separators=(",", ":"))


main()
