#!/usr/bin/env python3
"""Where do an adapter's parameters do most? Even ranks, ranks from a probe of |W G|, and ranks cut from a trained adapter, at the same number of them.

  rank_rule.py RESULTS.jsonl [--binary B] [--data NAME ...] [--seeds N] [--table]

Each way has its own learning rate: that of the least mean validation loss over five seeds. With it the even ranks and the probe are trained with --seeds seeds, the
others with five. All figures are of the test split, which chooses nothing; differences are those of the same seed. `query,value` has as many parameters in two modules of a layer; `twice` trains even ranks for twice the
steps, as a cut adapter has seen the data twice. RESULTS keeps each trial: what is in it is not run again. --table runs nothing."""
import argparse
import math
import statistics
import sys

from trials import Trials, key

RATES = [1e-3, 2e-3, 4e-3]
FEW = 5
WAYS = ["even", "probe", "cut", "query,value", "twice"]
# 97.5 % quantiles of Student's t by degrees of freedom.
STUDENT = {4: 2.776, 9: 2.262, 14: 2.145, 19: 2.093}


def settings(data, way, rate, seed, steps):
    return {
        "task": "sequence-classification", "model": "models/all-MiniLM-L6-v2", "train": f"data/{data}/train.jsonl",
        "validation": f"data/{data}/validation.jsonl", "test": f"data/{data}/test.jsonl", "max_steps": steps * (2 if way == "twice" else 1),
        "eval_steps": steps // 3 * (2 if way == "twice" else 1), "batch_size": 32, "max_length": 64, "warmup_ratio": 0.1, "lr_scheduler_type": "cosine",
        "learning_rate": rate, "seed": seed,
        **({"target_modules": ["query", "value"], "r": 18, "lora_alpha": 36} if way == "query,value" else
           {"target_modules": "all-linear", "r": 4, "lora_alpha": 8}),
        **({"rank_allocation": way} if way in ("probe", "cut") else {}),
    }


def best_loss(line):
    return min(report["eval_loss"] for report in line["reports"])


def interval(values):
    """The mean and half the width of its 95 % interval."""
    return statistics.mean(values), STUDENT[len(values) - 1] * statistics.stdev(values) / math.sqrt(len(values))


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("results")
    p.add_argument("--binary", default=".build/release/autolora")
    p.add_argument("--data", nargs="+", default=["movie-reviews", "tweets"])
    p.add_argument("--seeds", type=int, default=10, choices=[count + 1 for count in STUDENT])
    p.add_argument("--steps", type=int, default=150)
    p.add_argument("--ways", nargs="+", choices=WAYS, default=WAYS)
    p.add_argument("--table", action="store_true")
    a = p.parse_args()
    trials = Trials(a.results, a.binary)

    def measured(many):
        if a.table and any(key(settings) not in trials.known for settings in many):
            return None
        return trials.measure(many)

    for data in a.data:
        rates, tests = {}, {}
        for way in a.ways:
            if way == "twice":
                if "even" not in rates:
                    continue
                rates[way] = rates["even"]
            else:
                tuned = {rate: measured([settings(data, way, rate, seed, a.steps) for seed in range(FEW)]) for rate in RATES}
                if None in tuned.values():
                    continue
                rates[way] = min(RATES, key=lambda rate: statistics.mean(map(best_loss, tuned[rate])))
            lines = measured([settings(data, way, rates[way], seed, a.steps) for seed in range(a.seeds if way in ("even", "probe") else FEW)])
            if lines:
                tests[way] = lines
        table(data, rates, tests)


def table(data, rates, tests):
    print(f"\n{data}\n\n| ranks | learning rate | test loss | test accuracy | loss against even | accuracy against even, points |\n|---|---|---|---|---|---|")
    for way, lines in tests.items():
        losses, accuracies = ([line["test"][f"test_{name}"] for line in lines] for name in ("loss", "accuracy"))
        cells = ["%.4f ± %.4f" % interval(losses), "%.2f ± %.2f %%" % interval([100 * value for value in accuracies]), "", ""]
        if way != "even":
            even = tests["even"][:len(lines)]
            cells[2] = "%+.4f ± %.4f" % interval([l["test"]["test_loss"] - e["test"]["test_loss"] for l, e in zip(lines, even)])
            cells[3] = "%+.2f ± %.2f" % interval([100 * (l["test"]["test_accuracy"] - e["test"]["test_accuracy"]) for l, e in zip(lines, even)])
        print(f"| {way} | {rates[way]:g} | " + " | ".join(cells) + " |")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
