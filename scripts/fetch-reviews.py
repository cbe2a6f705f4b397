#!/usr/bin/env python3
"""Fetches the rated texts of Hutto and Gilbert (ICWSM 2014) into data/, unless they are there.

  fetch-reviews.py [movie-reviews] [tweets] [product-reviews]      without a name: movie-reviews

Twenty people rated each text from -4 to 4. Here a mean above 0 is positive, one below 0 negative; zeros are left out.
"""

import argparse
import hashlib
import io
import json
import tarfile
from pathlib import Path

from pip_archive import archive, folder_in_one_go

DATA = Path(__file__).resolve().parent.parent / "data"
SPLITS = ["train", "validation", "test"]
SHA256 = "5d7c06e027fc8b99238edb0d53d970cf97066ef97654009890b83703849632f9"
OUTER = "vaderSentiment-3.3.2/additional_resources/hutto_ICWSM_2014.tar.gz"
INNER = {
    "movie-reviews": "hutto_ICWSM_2014/movieReviewSnippets_GroundTruth.txt",
    "tweets": "hutto_ICWSM_2014/tweets_GroundTruth.txt",
    "product-reviews": "hutto_ICWSM_2014/amazonReviewSnippets_GroundTruth.txt",
}


def snippets(sdist, name):
    """Pairs of text and label, each text once."""
    with tarfile.open(sdist) as outer:
        with tarfile.open(fileobj=io.BytesIO(outer.extractfile(OUTER).read())) as inner:
            lines = inner.extractfile(INNER[name]).read().decode("utf-8").split("\n")
    seen = set()
    for line in filter(None, map(str.strip, lines)):
        _, rating, text = line.split("\t")
        same = " ".join(text.lower().split())
        if float(rating) != 0 and same not in seen:
            seen.add(same)
            yield text.strip(), "positive" if float(rating) > 0 else "negative"


def split(rows):
    """Eight tenths, one tenth, one tenth, in an order that depends on the texts alone."""
    rows = sorted(rows, key=lambda row: hashlib.sha256(row[0].encode("utf-8")).digest())
    tenth = len(rows) // 10
    return {"test": rows[:tenth], "validation": rows[tenth : 2 * tenth], "train": rows[2 * tenth :]}


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("names", nargs="*", choices=[[], *INNER], default=[])
    wanted = arguments.parse_args().names or ["movie-reviews"]
    missing = [name for name in wanted if not all((DATA / name / f"{part}.jsonl").is_file() for part in SPLITS)]
    if not missing:
        return
    with archive("vaderSentiment", "3.3.2", SHA256, source=True) as sdist:
        for name in missing:
            with folder_in_one_go(DATA / name) as folder:
                for part, rows in split(snippets(sdist, name)).items():
                    with open(folder / f"{part}.jsonl", "w", encoding="utf-8") as file:
                        for text, label in rows:
                            file.write(json.dumps({"text": text, "label": label}, ensure_ascii=False) + "\n")
                    print(f"{len(rows)} texts are in data/{name}/{part}.jsonl")


if __name__ == "__main__":
    main()
