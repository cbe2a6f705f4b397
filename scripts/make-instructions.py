#!/usr/bin/env python3
"""Writes the labeled reviews of data/movie-reviews as prompts with completions into data/review-instructions, unless they are there.

A quarter of the validation data is enough to compare trials by, and four times as fast.
"""

import json
from pathlib import Path

DATA = Path(__file__).resolve().parent.parent / "data"
PARTS = {"train": 1, "validation": 4, "test": 1}
PROMPT = "Is this film review positive or negative?\nReview: {text}\nAnswer:"


def main():
    target = DATA / "review-instructions"
    for part, every in PARTS.items():
        path = target / f"{part}.jsonl"
        if path.exists():
            continue
        rows = [json.loads(line) for line in open(DATA / "movie-reviews" / path.name, encoding="utf-8")][::every]
        target.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".draft")
        with open(draft, "w", encoding="utf-8") as file:
            for row in rows:
                row = {"prompt": PROMPT.format(text=row["text"]), "completion": " " + row["label"]}
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
        draft.rename(path)
        print(f"{len(rows)} rows in {path.relative_to(DATA.parent)}")


main()
