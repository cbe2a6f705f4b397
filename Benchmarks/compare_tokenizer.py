#!/usr/bin/env python3
"""Compares our WordPiece with Hugging Face's tokenizer, live or as a fixture for the tests.

Needs: pip install transformers.
  compare_tokenizer.py live --binary .build/release/autolora --model models/all-MiniLM-L6-v2 data/movie-reviews/*.jsonl
      every text of the files and random Unicode; prints how many texts differ, exit 1 if any.
  compare_tokenizer.py fixture Tests/TokenizersTests/Fixtures
      writes a small vocabulary and the ids that the reference gives for difficult texts.
"""
import argparse
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

NASTY = [
    "", " ", "a", "Hello, World!", "hello   world\t\n\r tabs", "Café NAÏVE résumé", "Cafe\u0301 combining", "İstanbul ISTANBUL ıI",
    "Straße STRASSE ẞ", "ΟΔΥΣΣΕΥΣ σς Σ", "한국어 텍스트", "\u1112\u1161\u11ab jamo", "漢字かな交じり文", "東京tower\uf900\U0002f800", "カ\u3099 ガ", "😀 smile👩‍👩‍👧family",
    "🇩🇪 flag", "\u0000null\u0001\u0007\u001b[0m", "\ufffdreplacement\ufffd", "zero\u200bwidth\u200djoin\ufeff", "no\u00a0break\u3000wide\u2003em",
    "line\u2028separator\u2029paragraph\u0085next", "vertical\u000btab\u000cfeed", "soft\u00adhyphen", "don't can't 'quoted' \"double\"", "$5.00 + 3% = <x> ^ `y` ~ | \\",
    "“curly” ‘single’ – en — em …", "¿Qué? ¡Sí! «guillemets»", "[CLS] typed [SEP] in [MASK] text[PAD][UNK]", "[cls] [ CLS ] [CLS[SEP]]", "unaffable ##able able##",
    "x" * 100, "x" * 101, "ab" * 60, "hello" + "\u0301" * 120, "e\u0327\u0301 a\u0301\u0327 \u0301start", "ไทยภาษา हिन्दी தமிழ் ಕೊ", "עברית \u05e9\u05c1\u05b8 عربي \u0651\u064e",
    "ﬁ ﬂ ligatures ½ ² ™ Ⅷ", "Ǆ ǅ ǆ Å Å Ω Ω", "\U0001d15e\U0001d16d\U0001d165 music", "\u1e9b\u0323 \u1b06\u1b44", "a\u302f\u302e\u0301b", "\ue000private\U000f0000use",
    "the movie was unbelievably good , but the ending ... terrible !", "long text " * 40, "\U0001fae8 new \u0898 marks", "Ⓐ ⓐ Ꭰ ꭰ Ა ა", "tab\tseparated\tvalues", "`a´ ^b^ ~c~",
]
CONFIGURATIONS = {
    "uncased": {"do_lower_case": True},
    "cased": {"do_lower_case": False},
    "accents kept": {"do_lower_case": True, "strip_accents": False},
    "accents stripped, cased": {"do_lower_case": False, "strip_accents": True},
    "ideographs together": {"do_lower_case": True, "tokenize_chinese_chars": False},
}


def reference(folder):
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(folder)


def ids(tokenizer, texts, length):
    return [tokenizer(text, truncation=True, max_length=length)["input_ids"] for text in texts]


def random_texts(count, seed):
    generator = random.Random(seed)
    blocks = [(0, 0x80), (0x80, 0x600), (0x900, 0x1200), (0x1AB0, 0x2100), (0x2E80, 0xA000), (0xA000, 0xD800), (0xE000, 0x10000),
              (0x10000, 0x12000), (0x1D100, 0x1D200), (0x1F000, 0x20000), (0x2F800, 0x2FA20), (0, 0xD800), (0xE000, 0x110000)]
    words = ["good", "bad", "[CLS]", "[SEP]", " ", "\u0301", "\u0327", "\U0001d165", "\u1b44", "unhappily", "\n", "!"]
    for _ in range(count):
        low, high = generator.choice(blocks)
        yield "".join(generator.choice(words) if generator.random() < 0.3 else chr(generator.randrange(low, high))
                      for _ in range(generator.randrange(40)))


def ours(binary, model, texts, length):
    """The ids from `autolora tokenize`: a JSON text on each line in, a JSON list of ids on each line out."""
    lines = "".join(json.dumps(text) + "\n" for text in texts)
    run = subprocess.run([binary, "tokenize", model, "--max-length", str(length)], input=lines, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in run.stdout.splitlines()]


def live(arguments):
    read = [json.loads(line)["text"] for path in arguments.files for line in open(path, encoding="utf-8")]
    made = NASTY + list(random_texts(arguments.random, arguments.seed))
    total = 0
    with tempfile.TemporaryDirectory() as scratch:
        for name, changes in {"as it is": None, **CONFIGURATIONS}.items():
            folder = Path(arguments.model)
            if changes is not None:
                folder = Path(scratch) / name
                folder.mkdir()
                (folder / "vocab.txt").write_bytes((Path(arguments.model) / "vocab.txt").read_bytes())
                write_configuration(folder, changes)
            for what, texts in [("texts of the files", read), ("random and difficult texts", made)]:
                if not texts:
                    continue
                wanted = ids(reference(folder), texts, arguments.max_length)
                found = ours(arguments.binary, str(folder), texts, arguments.max_length)
                wrong = [i for i in range(len(texts)) if i >= len(found) or wanted[i] != found[i]]
                print(f"{name}: {len(wrong)} of {len(texts)} {what} differ")
                for i in wrong[:3]:
                    print("   ", ascii(texts[i])[:200], wanted[i], found[i] if i < len(found) else None)
                total += len(wrong)
    return 1 if total else 0


def write_configuration(folder, changes):
    (folder / "tokenizer_config.json").write_text(json.dumps(changes | {"tokenizer_class": "BertTokenizer"}))
    (folder / "config.json").write_text('{"model_type": "bert"}')


def fixture(arguments):
    letters = [chr(c) for c in range(0x21, 0x7F)]
    more = list("éïßσςıäàñÅΩ한漢字東京カガ豈丽ไท“”‘’–—…¿¡«»½²™😀👩") + ["ᄒ", "ᅡ", "ᆫ", "i̇", "𝅗", "𝅥", "𝅘", "〮", "〯", "ᬅ", "ᬵ", "᭄", "ಕ", "್", "ष"]
    words = ["hello", "world", "un", "##aff", "##able", "##believ", "##ably", "the", "movie", "was", "good", "but", "ending", "terrible", "text", "long",
             "cafe", "Cafe", "café", "naive", "Hello", "istanbul", "strasse", "straße", "##ing", "##s", "##xx", "xxx", "[CL"]
    vocabulary = ["[PAD]", "[unused0]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *dict.fromkeys(letters + more + words),
                  *("##" + c for c in letters if c.isalnum()), *("##" + c for c in "éσςı한́漢字東京"), "##ᅡ", "##ᆫ"]
    folder = Path(arguments.folder)
    (folder / "vocab.txt").write_text("\n".join(dict.fromkeys(vocabulary)) + "\n", encoding="utf-8")
    cases = []
    for name, changes in CONFIGURATIONS.items():
        with tempfile.TemporaryDirectory() as scratch:
            (Path(scratch) / "vocab.txt").write_bytes((folder / "vocab.txt").read_bytes())
            write_configuration(Path(scratch), changes)
            cases.append({"name": name, "configuration": changes, "max_length": 24, "ids": ids(reference(scratch), NASTY, 24)})
    with open(folder / "wordpiece.json", "w", encoding="ascii") as out:
        json.dump({"texts": NASTY, "cases": cases}, out)
        out.write("\n")
    return 0


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
commands = parser.add_subparsers(required=True)
command = commands.add_parser("live")
command.add_argument("--binary", required=True)
command.add_argument("--model", required=True)
command.add_argument("--max-length", type=int, default=64)
command.add_argument("--random", type=int, default=20000, help="how many random texts")
command.add_argument("--seed", type=int, default=0)
command.add_argument("files", nargs="*")
command.set_defaults(run=live)
command = commands.add_parser("fixture")
command.add_argument("folder")
command.set_defaults(run=fixture)
arguments = parser.parse_args()
sys.exit(arguments.run(arguments))
