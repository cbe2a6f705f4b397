"""Writes pairs of texts with the scores that sacrebleu 2.6.0 and rouge-score 0.1.2 give them, and SQuAD's published script.

    pip install sacrebleu==2.6.0 rouge-score==0.1.2
    python3 make_text_metrics.py ../../../data/movie-reviews/train.jsonl 60 > text-metrics.json
"""
import collections
import json
import random
import re
import string
import sys

from rouge_score import rouge_scorer
from sacrebleu.metrics import BLEU

TORTURE = [
    ("", ""), ("", "a b"), ("a b", ""), ("the", ""), ("the a an", "An."), ("   ", "\n"), ("x", "x"), ("Café au lait", "cafe au lait"),
    ("cafe\u0301", "caf\u00e9"), ("\u4e2d\u6587 text", "\u4e2d\u6587 text"), ("1,000.5 and 3.14, 2-3 x-4 5-", "1,000.5 and 3.14 , 2 - 3 x-4"),
    ("a <skipped> b &quot;c&quot; &amp; &lt;d&gt; e-\nf", "a b \"c\" & <d> ef"), ("ends with a dash-\n", "ends with a dash-"),
    ("a\u2013b the\u00e9 the_x \u0301the", "b the\u00e9 x"), ("\u212aelvin \u0130stanbul", "kelvin istanbul"), ("... ,,. .,1.,2", "... , , . 1 2"),
    ("a\u00a0b\u2003c\u200bd\x1ce\x85f", "a b c d e f"), ("$5.00 (five) [x] {y} ~z^ `q` @me/you", "$ 5.00 ( five ) [ x ] y z q me you"),
    ("don't can\u2019t rock'n'roll", "dont cant rock n roll"), ("\u2167 \u00bd x\u00b2", "\u2167 \u00bd x2"), ("good good good good", "good good"),
    ("one two three four five", "one two three four five"), ("a b c d", "d c b a"), ("positive", "positive"), (" positive\n", "positive"),
    ("&amp;quot;", "&quot;"), ("<skip<skipped>ped>", "<skipped>"), ("x" * 50, "x" * 49), ("- - -", "---"), ("5 - 3 = 2", "5-3=2"),
]


def words(text):
    text = "".join(sign for sign in text.lower() if sign not in set(string.punctuation))
    return re.sub(r"\b(a|an|the)\b", " ", text).split()


def f1(text, reference):
    own, other = words(text), words(reference)
    if not own or not other:
        return float(own == other)
    same = sum((collections.Counter(own) & collections.Counter(other)).values())
    if same == 0:
        return 0.0
    precision, recall = same / len(own), same / len(other)
    return 2 * precision * recall / (precision + recall)


def disturbed(text, other, draw):
    parts = text.split(" ")
    for _ in range(draw.randint(0, 6)):
        place = draw.randrange(len(parts)) if parts else 0
        kind = draw.randrange(5)
        if kind == 0 and len(parts) > 1:
            del parts[place]
        elif kind == 1:
            parts.insert(place, draw.choice(["the", "A", "3.5", ",", "\u2014", "\u00e9t\u00e9", "re-do", "&amp;"]))
        elif kind == 2:
            parts[place] = parts[place].upper()
        elif kind == 3:
            parts = parts[:place + 1]
        else:
            parts = parts[:place] + other.split(" ")[place:]
    return " ".join(parts)


def main(path, count):
    draw = random.Random(17)
    texts = [json.loads(line)["text"] for line in open(path, encoding="utf-8")]
    pairs = TORTURE[:count]
    while len(pairs) < count:
        reference, other = draw.sample(texts, 2)
        pairs.append((disturbed(reference, other, draw), reference))
    bleu, sentence = BLEU(), BLEU()
    rouge = rouge_scorer.RougeScorer(["rougeL"])
    rows = [{
        "text": text, "reference": reference, "bleu": sentence.corpus_score([text], [[reference]]).score,
        "rouge_l": rouge.score(reference, text)["rougeL"].fmeasure, "f1": f1(text, reference),
        "exact": text.strip() == reference.strip(), "normalized": words(text) == words(reference),
    } for text, reference in pairs]
    corpus = bleu.corpus_score([text for text, _ in pairs], [[reference for _, reference in pairs]])
    print(json.dumps({"signature": str(bleu.get_signature()), "bleu": corpus.score, "rows": rows}))


main(sys.argv[1], int(sys.argv[2]))
