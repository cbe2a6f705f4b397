#!/usr/bin/env python3
"""What Hugging Face's tokenizer gives for folders with added tokens and with tokenizer.json: the tests' Fixtures/added-tokens.json.

Needs: pip install transformers. Releases 4.46 and 5.24 give the same ids but for one folder: where only special_tokens_map.json says
that a token of added_tokens.json is special, release 4 takes it as special and release 5 does not. The fixture has release 4's there.
  added_tokens.py Tests/TokenizersTests/Fixtures/added-tokens.json
"""
import json
import os
import sys
import tempfile
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "new", "##drug", "drug", "good", "film", "the", "[", "]", "x", ".", "##x", "cafe", "##s",
              "é", "ab", "##c", "[unused0]", "(", ")", "-", "e", "_", "1", "##1", "<", ">", "/"]
TEXTS = ["[DRUG] is good", "a[DRUG]b", "[drug] [Drug]", "NewDrug newdrug newdrugs xnewdrug", "the 😃 film😃😃", "Café café CAFÉ", "  [DRUG]  a",
         "a <sp>  x<sp>x <sp>", "x[DRUG][MASK][DRUG]", "newdrug", "the new-drug", "ab<w>c <w> a<w>, <w>1 _<w> é<w>\u0301 (<w>)", "[UNK][SEP]", "", "   ",
         " <l> <l><l>  a", "<r>  <r>a <r>\u00a0\u2003x", "a\u200d<w> <w>\u200da", "[DRUG [DRUG]]", "<lr>  <lr>  a <lr>", "ABC abc aBc", "<n>a<N>b <n>",
         " \u00c9 e\u0301 x", "[MASK] a  [mask]"]


def token(content, **flags):
    plain = {"content": content, "lstrip": False, "normalized": False, "rstrip": False, "single_word": False, "special": True}
    return plain | flags


NAMED = [token(name) for name in VOCABULARY[:5]]
PLAIN = [token("[DRUG]"), token("newdrug", normalized=True, special=False), token("😃", normalized=True, special=False)]
FLAGS = [token("<sp>", lstrip=True, rstrip=True), token("<w>", single_word=True), token("<l>", lstrip=True), token("<r>", rstrip=True, special=False),
         token("<lr>", lstrip=True, rstrip=True, normalized=True, special=False), token("<N>", normalized=True, special=False),
         token("ABC", normalized=True, special=False, single_word=True), token("É", normalized=True, special=False)]
END = len(VOCABULARY)


def configuration(added=None, **more):
    values = {"tokenizer_class": "BertTokenizer", "do_lower_case": True} | more
    if added is not None:
        values["added_tokens_decoder"] = {str(i): t for i, t in enumerate(NAMED)} | added
    return values


def decoder(tokens):
    return {str(END + i): t for i, t in enumerate(tokens)}


def tokenizer(tokens, **more):
    def marker(name, kind):
        return {"SpecialToken": {"id": name, "type_id": kind}}

    first = [marker("[CLS]", 0), {"Sequence": {"id": "A", "type_id": 0}}, marker("[SEP]", 0)]
    return {
        "version": "1.0", "truncation": None, "padding": None,
        "added_tokens": [{"id": i} | t for i, t in enumerate(NAMED)] + [{"id": END + i} | t for i, t in enumerate(tokens)],
        "normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": None, "lowercase": True},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {
            "type": "TemplateProcessing", "single": first, "pair": first + [{"Sequence": {"id": "B", "type_id": 1}}, marker("[SEP]", 1)],
            "special_tokens": {n: {"id": n, "ids": [VOCABULARY.index(n)], "tokens": [n]} for n in ["[CLS]", "[SEP]"]}},
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
                  "vocab": {w: i for i, w in enumerate(VOCABULARY)}}} | more


def lines(words):
    return "\n".join(words) + "\n"


NAMES = {"cls_token": "[CLS]", "sep_token": "[SEP]", "unk_token": "[UNK]", "pad_token": "[PAD]", "mask_token": "[MASK]"}
TEXT = {"vocab.txt": lines(VOCABULARY)}
CASED = {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": None, "lowercase": False}
OLD = {"[DRUG]": END, "newdrug": END + 1}
CASES = {
    "special in the decoder": TEXT | {"tokenizer_config.json": configuration(decoder(PLAIN[:1])), "added_tokens.json": {"[DRUG]": END}},
    "plain in the decoder": TEXT | {"tokenizer_config.json": configuration(decoder(PLAIN)),
                                    "added_tokens.json": {t["content"]: END + i for i, t in enumerate(PLAIN)}},
    "added_tokens.json alone": TEXT | {"tokenizer_config.json": configuration(), "added_tokens.json": OLD},
    "added_tokens.json, special by the map": TEXT | {
        "tokenizer_config.json": configuration(), "added_tokens.json": OLD, "special_tokens_map.json": {"additional_special_tokens": ["[DRUG]"]} | NAMES},
    "flags": TEXT | {"tokenizer_config.json": configuration(decoder(FLAGS))},
    "flags, cased": TEXT | {"tokenizer_config.json": configuration(decoder(FLAGS), do_lower_case=False)},
    "additional special tokens alone": TEXT | {"tokenizer_config.json": configuration(additional_special_tokens=["[DRUG]", "<w>"])},
    "a token of the vocabulary": TEXT | {"tokenizer_config.json": configuration({
        "22": token("[unused0]"), "7": token("##drug", special=False, normalized=True),
        "9": token("good", special=False, normalized=True, single_word=True)})},
    "tokenizer.json alone": {"tokenizer.json": tokenizer([]), "tokenizer_config.json": configuration()},
    "tokenizer.json with added tokens": {"tokenizer.json": tokenizer(PLAIN), "tokenizer_config.json": configuration()},
    "tokenizer.json with flags": {"tokenizer.json": tokenizer(FLAGS), "tokenizer_config.json": configuration()},
    "tokenizer.json and the decoder": TEXT | {"tokenizer.json": tokenizer(PLAIN), "tokenizer_config.json": configuration(decoder(PLAIN))},
    "tokenizer.json, general class, cased": {
        "tokenizer.json": tokenizer(FLAGS, normalizer=CASED), "tokenizer_config.json": {"tokenizer_class": "PreTrainedTokenizerFast"} | NAMES},
    "tokenizer.json, BertProcessing": {
        "tokenizer.json": tokenizer([], post_processor={"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]}),
        "tokenizer_config.json": configuration()},
    "no mask in the vocabulary": {
        "vocab.txt": lines(w for w in VOCABULARY if w != "[MASK]"), "tokenizer_config.json": configuration()},
}


def main():
    from transformers import AutoTokenizer

    cases = []
    for name, files in CASES.items():
        texts = {file: content if isinstance(content, str) else json.dumps(content) for file, content in files.items()}
        with tempfile.TemporaryDirectory() as folder:
            for file, text in texts.items():
                Path(folder, file).write_text(text, encoding="utf-8")
            Path(folder, "config.json").write_text('{"model_type": "bert"}')
            reference = AutoTokenizer.from_pretrained(folder)
            cases.append({"name": name, "files": texts, "ids": [reference(t, truncation=True, max_length=16)["input_ids"] for t in TEXTS]})
    with open(sys.argv[1], "w", encoding="ascii") as out:
        json.dump({"texts": TEXTS, "cases": cases}, out)
        out.write("\n")


if __name__ == "__main__":
    main()
