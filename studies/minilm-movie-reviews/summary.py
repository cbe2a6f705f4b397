#!/usr/bin/env python3
"""What curves.jsonl shows, as Markdown tables: which parameters matter, how much a seed does, how early one can tell.

    python3 summary.py

Importance is PED-ANOVA's (Watanabe et al., 2023): by parameter, how far the values of the best tenth, and of the best
half, are spread otherwise than those of all; shares of the sum. Python's standard library is all that it needs."""
import json
import math
import pathlib
import statistics

HERE = pathlib.Path(__file__).resolve().parent
PARAMETERS = ["learning_rate", "r", "alpha_over_r", "lora_dropout", "target_modules", "layers_to_transform"]
NUMBERS = {"learning_rate": math.log, "lora_dropout": float}
GRID = 50


def best(trial, reports=8):
    return max(report["eval_accuracy"] or 0 for report in trial["reports"][:reports])


def densities(name, trials, scale):
    """The share of trials by value: a Gaussian estimate on a grid for numbers, a count with one more each for choices."""
    if name not in NUMBERS:
        choices = sorted({str(trial["parameters"][name]) for trial in scale})
        counts = [1 + sum(str(trial["parameters"][name]) == choice for trial in trials) for choice in choices]
        return [count / sum(counts) for count in counts]
    values = [NUMBERS[name](trial["parameters"][name]) for trial in trials]
    everywhere = [NUMBERS[name](trial["parameters"][name]) for trial in scale]
    low, high = min(everywhere), max(everywhere)
    quarters = statistics.quantiles(values, n=4)
    width = 1.059 * min((quarters[2] - quarters[0]) / 1.34, statistics.stdev(values)) * len(values) ** -0.2
    width = max(width, (high - low) / GRID)
    places = [low + (high - low) * (index + 0.5) / GRID for index in range(GRID)]
    masses = [sum(math.exp(-((place - value) ** 2) / (2 * width * width)) for value in values) + 1e-9 for place in places]
    return [mass / sum(masses) for mass in masses]


def importances(trials, share):
    ranked = sorted(trials, key=best, reverse=True)
    top = ranked[: max(int(len(ranked) * share), 2)]
    divergences = []
    for name in PARAMETERS:
        ours, everyone = densities(name, top, trials), densities(name, trials, trials)
        divergences.append(sum((a - b) ** 2 / b for a, b in zip(ours, everyone)))
    return [divergence / sum(divergences) for divergence in divergences]


def ranks(values):
    order = sorted(range(len(values)), key=lambda index: values[index])
    places = [0.0] * len(values)
    start = 0
    while start < len(order):
        end = start
        while end + 1 < len(order) and values[order[end + 1]] == values[order[start]]:
            end += 1
        for index in order[start : end + 1]:
            places[index] = (start + end) / 2
        start = end + 1
    return places


def describe(parameters):
    modules = parameters["target_modules"]
    modules = modules if isinstance(modules, str) else ", ".join(modules)
    return (
        f"{parameters['learning_rate']:.2g} | {parameters['r']} | {parameters['alpha_over_r']:g} | "
        f"{parameters['lora_dropout']:.2f} | {modules} | {parameters['layers_to_transform']}"
    )


def effective_rate(parameters):
    """Of a step on the merged weights, up to a factor."""
    return parameters["learning_rate"] * parameters["alpha_over_r"] * math.sqrt(parameters["r"])


def bands(title, pairs):
    """Accuracies by half powers of ten."""
    print(f"\n| {title} | trials | quartiles | best |\n|---|---|---|---|")
    low = 3e-5
    while low < max(rate for rate, _ in pairs):
        high = low * 10**0.5
        values = [value for rate, value in pairs if low <= rate < high]
        if len(values) > 1:
            quartiles = ", ".join(f"{quantile:.3f}" for quantile in statistics.quantiles(values, n=4))
            print(f"| {low:.2g} to {high:.2g} | {len(values)} | {quartiles} | {max(values):.4f} |")
        low = high


def main():
    lines = [json.loads(line) for line in open(HERE / "curves.jsonl")]
    trials = [line for line in lines if line["seed"] == 7]
    finals = [best(trial) for trial in trials]
    print(f"{len(trials)} configurations; best accuracy {max(finals):.4f}, quartiles "
          + ", ".join(f"{quantile:.4f}" for quantile in statistics.quantiles(finals, n=4))
          + f"; {sum(value >= max(finals) - 0.005 for value in finals)} within 0.5 points of the best, "
          + f"{sum(value < 0.6 for value in finals)} under 0.6\n")
    print("| accuracy | learning rate | r | alpha / r | dropout | modules | layers |\n|---|---|---|---|---|---|---|")
    for trial in sorted(trials, key=best, reverse=True)[:10]:
        print(f"| {best(trial):.4f} | {describe(trial['parameters'])} |")
    print("\n| parameter | importance, best tenth | best half |\n|---|---|---|")
    for name, tenth, half in zip(PARAMETERS, importances(trials, 0.1), importances(trials, 0.5)):
        print(f"| {name} | {tenth:.0%} | {half:.0%} |")
    bands("learning rate", [(trial["parameters"]["learning_rate"], best(trial)) for trial in trials])
    bands("learning rate x alpha / sqrt(r)", [(effective_rate(trial["parameters"]), best(trial)) for trial in trials])
    print("\nWith a learning rate between 3e-4 and 1e-2:\n\n| | | trials | median | best |\n|---|---|---|---|---|")
    middle = [trial for trial in trials if 3e-4 <= trial["parameters"]["learning_rate"] < 1e-2]
    for name in PARAMETERS:
        if name not in NUMBERS:
            for choice in sorted({json.dumps(trial["parameters"][name]) for trial in middle}):
                values = [best(trial) for trial in middle if json.dumps(trial["parameters"][name]) == choice]
                shown = choice.strip("[]").replace('"', "")
                print(f"| {name} | {shown} | {len(values)} | {statistics.median(values):.4f} | {max(values):.4f} |")
    other = {line["trial"]: line for line in lines if line["seed"] != 7}
    pairs = [(trial, other[trial["trial"]]) for trial in trials if trial["trial"] in other]
    assert all(a["parameters"] == b["parameters"] for a, b in pairs), "the seeds' configurations are not the same"

    def noise(pairs):
        return math.sqrt(statistics.fmean((best(a) - best(b)) ** 2 for a, b in pairs) / 2)

    good = [pair for pair in pairs if best(pair[0]) >= 0.79]
    print(f"\nA seed: {len(pairs)} configurations trained with two; standard deviation of the best accuracy from seed to seed "
          f"{100 * noise(pairs):.2f} points, {100 * noise(good):.2f} among the {len(good)} that come to 0.79 or more; correlation of the ranks "
          f"{statistics.correlation(ranks([best(a) for a, _ in pairs]), ranks([best(b) for _, b in pairs])):.3f}\n")
    print("| after report | correlation of the ranks with the end's | of the best tenth, in the best third by then |\n|---|---|---|")
    order = ranks(finals)
    tenth = [index for index in range(len(trials)) if order[index] >= len(trials) * 0.9]
    for report in range(1, 9):
        early = ranks([best(trial, report) for trial in trials])
        kept = sum(early[index] >= len(trials) * 2 / 3 for index in tenth)
        print(f"| {report} | {statistics.correlation(early, order):.3f} | {kept} of {len(tenth)} |")


main()
