#!/usr/bin/env python3
"""Writes Sources/Tokenizers/UnicodeTables*.swift from what Hugging Face's BertNormalizer and BertPreTokenizer do.

Those follow several editions of Unicode at once, so no other source has the same characters in the same classes.
Needs: pip install tokenizers. Usage: make_unicode_tables.py <folder of the target>
"""
import sys
import unicodedata
from pathlib import Path

from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer
from unicode_tables import HANGUL, SCALARS, literal, note, ranges


def normalizer(**on):
    names = ["clean_text", "handle_chinese_chars", "strip_accents", "lowercase"]
    return BertNormalizer(**{name: on.get(name, False) for name in names}).normalize_str


clean, strip = normalizer(clean_text=True), normalizer(strip_accents=True)
chinese, split = normalizer(handle_chinese_chars=True), BertPreTokenizer().pre_tokenize_str
marks = [c for c in SCALARS if strip(chr(c)) == ""]
hidden = set(marks)
plain = [c for c in SCALARS if c not in hidden and c not in HANGUL]
decomposed = {c: strip(chr(c)) for c in plain if strip(chr(c)) != chr(c)}
HIGHEST = "\U0001d16d"  # class 226: what goes before it when it follows has a class of its own
ordered = [c for c in plain if c not in decomposed and strip("a" + HIGHEST + chr(c)) == "a" + chr(c) + HIGHEST]

folder, head = Path(sys.argv[1]), note("make_unicode_tables.py")
(folder / "UnicodeTables.swift").write_text(head + "/// The classes of characters that BERT's normalizer tells apart; ranges are pairs of first and last scalar.\nenum UnicodeTables {\n" + "\n".join([
    literal("removed", "Dropped from a text: controls, formats, private use, U+0000, U+FFFD.", ranges(c for c in SCALARS if clean(chr(c)) == "")),
    literal("whitespace", "Turned into a space.", ranges(c for c in SCALARS if clean(chr(c)) == " ")),
    literal("ideographs", "Set apart by spaces.", ranges(c for c in SCALARS if len(chinese(chr(c))) == 3)),
    literal("punctuation", "Words of their own: ASCII's symbols and general category P.", ranges(c for c in SCALARS if len(split("a" + chr(c) + "a")) == 3)),
    literal("marks", "Nonspacing marks, dropped with the accents.", ranges(marks)),
    literal("combiningClasses", "Marks that stay though accents go, each followed by its combining class.",
            [n for c in ordered for n in (c, unicodedata.combining(chr(c)))]),
]) + "}\n")
single = {c: text for c, text in decomposed.items() if len(text) == 1}
several = {c: text for c, text in decomposed.items() if len(text) > 1}
(folder / "UnicodeTables+decompositions.swift").write_text(head + "extension UnicodeTables {\n" + "\n".join([
    literal("decomposable", "Scalars whose canonical decomposition, less its nonspacing marks, is one other scalar; sorted.", single),
    literal("decompositions", "What each of ``decomposable`` becomes.", [ord(t) for t in single.values()]),
    literal("longDecompositions", "Those that become several: the scalar, how many, and what.",
            [n for c, t in several.items() for n in [c, len(t), *map(ord, t)]]),
]) + "}\n")
