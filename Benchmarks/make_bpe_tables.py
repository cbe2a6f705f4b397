#!/usr/bin/env python3
"""Writes Sources/Tokenizers/BPE/Unicode/UnicodeTables+*.swift from what Hugging Face's pre-tokenizers and NFC do.

Their regular expressions follow Unicode 16, their Digits the edition of Rust, their NFC a much older one: no other source agrees with
all three. Needs: pip install tokenizers. Usage: make_bpe_tables.py <the folder>
"""
import random
import sys
import unicodedata
from pathlib import Path

from tokenizers import Regex, normalizers, pre_tokenizers
from unicode_tables import HANGUL, SCALARS, literal, note, ranges

nfc, nfd = normalizers.NFC().normalize_str, normalizers.NFD().normalize_str


def members(pattern):
    split = pre_tokenizers.Split(Regex(pattern), "removed")
    return [c for c in SCALARS if not split.pre_tokenize_str(chr(c))]


letters, numbers, marks = members(r"\p{L}"), members(r"\p{N}"), members(r"\p{M}")
digits = pre_tokenizers.Digits(individual_digits=True).pre_tokenize_str
more = [c for c in SCALARS if len(digits(f"a{chr(c)}a")) == 3 and c not in set(numbers)]

decompositions = {c: [ord(x) for x in nfd(chr(c))] for c in SCALARS if c not in HANGUL and nfd(chr(c)) != chr(c)}
compositions, singles, others = [], [], []
for c, parts in decompositions.items():
    if nfc(chr(c)) == chr(c):
        first = nfc("".join(map(chr, parts[:-1])))
        assert len(first) == 1
        compositions += [c, ord(first), parts[-1]]
    elif len(parts) == 1:
        singles += [c, parts[0]]
    else:
        others += [c, len(parts), *parts]

HIGHEST = "\u0345"  # class 240: a mark of a lower class goes before it
classes = []
for c in SCALARS:
    kind = unicodedata.combining(chr(c))
    if kind and c not in decompositions and (kind == 240 or nfd("a" + HIGHEST + chr(c)) == "a" + chr(c) + HIGHEST):
        if classes and classes[-1][1] == c - 1 and classes[-1][2] == kind:
            classes[-1][1] = c
        else:
            classes.append([c, c, kind])

folder = Path(sys.argv[1])
for name, parts in {
    "UnicodeTables+letters": [
        literal("letters", "\\p{L}: ranges, pairs of first and last scalar.", ranges(letters)),
    ],
    "UnicodeTables+numbers": [
        literal("numbers", "\\p{N}: ranges.", ranges(numbers)),
        literal("furtherDigits", "What the Digits step takes for a digit besides \\p{N}: ranges.", ranges(more)),
        literal("combining", "\\p{M}: ranges.", ranges(marks)),
    ],
    "UnicodeTables+compositions": [
        literal("compositions", "Each scalar that two others compose, and these.", compositions),
    ],
    "UnicodeTables+singletons": [
        literal("singletons", "Each scalar that stands for another one, and this.", singles),
        literal("uncomposed", "Scalars that decompose and are never composed again: each, how many it becomes, and these.", others),
        literal("canonicalClasses", "Canonical combining classes: first scalar, last scalar, class.", [n for run in classes for n in run]),
    ],
}.items():
    (folder / f"{name}.swift").write_text(note("make_bpe_tables.py") + "extension UnicodeTables {\n" + "\n".join(parts) + "}\n")

# The tables say all there is to say: NFC by them, of random texts, is NFC.
kind_of = {c: kind for first, last, kind in classes for c in range(first, last + 1)}
pairs = {(compositions[i + 1], compositions[i + 2]): compositions[i] for i in range(0, len(compositions), 3)}


def compose(text):
    flat = []
    for c in map(ord, text):
        if c in HANGUL:
            s = c - 0xAC00
            flat += [0x1100 + s // 588, 0x1161 + s % 588 // 28] + ([0x11A7 + s % 28] if s % 28 else [])
        else:
            flat += decompositions.get(c, [c])
    out, i = [], 0
    while i < len(flat):
        j = i
        while j < len(flat) and kind_of.get(flat[j], 0):
            j += 1
        if j > i:
            out += sorted(flat[i:j], key=lambda c: kind_of[c])
        if j < len(flat):
            out.append(flat[j])
        i = j + 1
    result, starter, last = [], None, 0
    for c in out:
        kind = kind_of.get(c, 0)
        if starter is not None and (last < kind or last == 0 and len(result) - 1 == starter):
            first = result[starter]
            if 0x1100 <= first < 0x1113 and 0x1161 <= c < 0x1176:
                result[starter] = 0xAC00 + ((first - 0x1100) * 21 + c - 0x1161) * 28
                continue
            if first in HANGUL and (first - 0xAC00) % 28 == 0 and 0x11A8 <= c < 0x11C3:
                result[starter] += c - 0x11A7
                continue
            if (first, c) in pairs:
                result[starter] = pairs[first, c]
                continue
        if kind == 0:
            starter = len(result)
        last = kind
        result.append(c)
    return "".join(map(chr, result))


random.seed(1)
pool = sorted(set(decompositions) | set(kind_of) | {x for p in decompositions.values() for x in p}) + list(range(0x1100, 0x1200)) + list(range(0xAC00, 0xAC80)) + [0x61] * 200
for _ in range(200_000):
    text = "".join(chr(random.choice(pool)) for _ in range(6))
    assert compose(text) == nfc(text), [hex(ord(c)) for c in text]
