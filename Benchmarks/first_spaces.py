#!/usr/bin/env python3
"""`autolora init` on five data files of the forms that people have: what it writes, `check` and `run` take without an edit.

  first_spaces.py --binary .build/release/autolora          (`make models` and `make setup` fetch models and data first)

The files are made of the downloaded reviews and tweets as a spreadsheet, a database and scripts would write them: CSV with semicolons, quotes, a byte order mark
and CRLF; TSV with a column of ids; JSON lines with keys of their own and numbers for labels; conversations; prompts with completions as CSV. Each runs
until its first trial has reported. Exits 1 where a command fails, `check` warns, or the best has no value.
"""
import argparse
import csv
import json
import subprocess
import sys
import tempfile
from pathlib import Path

root = Path(__file__).resolve().parent.parent
parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--binary", default=str(root / ".build/release/autolora"))
parser.add_argument("--time", default="4m", help="how long each study may run")
parser.add_argument("--only", nargs="+", help="some of the files, such as tweets.tsv")
parser.add_argument("--keep", help="a folder for what is made; none: a temporary one")
a = parser.parse_args()
bert, llama = root / "models/all-MiniLM-L6-v2", root / "models/smollm2"


def rows(data, count, part="train"):
    return [json.loads(line) for line in open(root / "data" / data / f"{part}.jsonl", encoding="utf-8")][:count]


def table(file, header, lines, encoding="utf-8", **form):
    with open(file, "w", encoding=encoding, newline="") as out:
        csv.writer(out, **form).writerows([header, *lines])


def spreadsheet(file):
    table(file, ["Nr", "Review", "Rating"], [[i + 1, row["text"], row["label"].title()] for i, row in enumerate(rows("product-reviews", 900))],
          "utf-8-sig", delimiter=";", quoting=csv.QUOTE_ALL)


def database(file):
    table(file, ["tweet_id", "sentiment", "text"], [[10**15 + 7 * i, row["label"], row["text"]] for i, row in enumerate(rows("tweets", 1500))],
          delimiter="\t", lineterminator="\n")


def lines(file, made):
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in made), encoding="utf-8")


def scores(file):
    lines(file, [{"idx": i, "sentence": row["text"], "label": int(row["label"] == "positive")} for i, row in enumerate(rows("movie-reviews", 2000))])


def chats(file):
    lines(file, [{"messages": [
        {"role": "system", "content": "You judge film reviews in one word."}, {"role": "user", "content": row["text"]},
        {"role": "assistant", "content": row["label"]}]} for row in rows("movie-reviews", 160)])


def prompts(file):
    table(file, ["prompt", "completion"], [[row["prompt"], row["completion"]] for row in rows("review-instructions", 160)])


FILES = {"products.csv": (spreadsheet, bert), "tweets.tsv": (database, bert), "sentences.jsonl": (scores, bert), "chats.jsonl": (chats, llama),
         "prompts.csv": (prompts, llama)}


def first_trial(place, name):
    """What went wrong; None: nothing."""
    make, model = FILES[name]
    make(place / name)

    def autolora(*arguments):
        return subprocess.run([str(Path(a.binary).absolute()), *arguments], cwd=place, capture_output=True, text=True)

    for command in (["init", "--model", str(model), "--data", name], ["check", "space.yaml"],
                    ["run", "space.yaml", "--study", "first", "--trials", "1", "--time", a.time, "--quiet"], ["best", "first", "--json"]):
        done = autolora(*command)
        if done.returncode != 0 or "warning" in done.stderr:
            return f"autolora {' '.join(command)}: exit code {done.returncode}\n{done.stdout}{done.stderr}"
    value = json.loads(done.stdout)["value"]
    settings = [line.strip() for line in (place / "space.yaml").read_text().splitlines() if line.strip().startswith(("task:", "max_length:", "metric:"))]
    print(f"  ok      {name}: {value:.3f}; {'; '.join(settings)}", flush=True)
    return None if value is not None else "the best has no value"


def main(scratch):
    failed = 0
    for name in a.only or FILES:
        place = scratch / name.replace(".", "-")
        place.mkdir(parents=True)
        problem = first_trial(place, name)
        if problem:
            failed += 1
            print(f"  FAILED  {name}: {problem}", flush=True)
    return 1 if failed else 0


if a.keep:
    sys.exit(main(Path(a.keep)))
with tempfile.TemporaryDirectory() as folder:
    sys.exit(main(Path(folder)))
