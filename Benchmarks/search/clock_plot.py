"""The regret of the best report so far against training steps, as an SVG drawn by hand."""
import math
from html import escape

SHOWN = [
    (("optuna", "tpe", "none", False), "Optuna TPE", "#999999"),
    (("autolora", "gp", "asha-3", False), "AutoLoRA GP, ASHA 3", "#b07aa1"),
    (("optuna", "tpe", "successive_halving-3", False), "Optuna TPE, ASHA 3", "#4477aa"),
    (("optuna", "tpe", "hyperband-3", False), "Optuna TPE, Hyperband 3", "#56b4e9"),
    (("autolora", "tpe", "none", False), "AutoLoRA TPE", "#c49a00"),
    (("autolora", "tpe", "asha-3", False), "AutoLoRA TPE, ASHA 3", "#d55e00"),
    (("autolora", "tpe", "asha-3", True), "AutoLoRA TPE, ASHA 3, recipes", "#117733"),
]
WIDTH, HEIGHT, LEFT, TOP, LABELS, GAP = 400, 260, 70, 40, 205, 65
TITLES = {
    "reviews": "Recorded table, movie reviews",
    "reviews-nearest": "The same, a training's noise included",
    "mf-hartmann6": "MF-Hartmann6",
}
POINTS = ("points of accuracy below the best", 100)
UNITS = {"reviews": POINTS, "reviews-nearest": POINTS, "mf-hartmann6": ("above the least value", 1)}


def interquartile_mean(values):
    values = sorted(values)
    quarter = len(values) // 4
    return sum(values[quarter : len(values) - quarter]) / (len(values) - 2 * quarter)


def curve(lines, marks, scale):
    """The interquartile mean of the regret at each mark; a study without a report yet has none, and so has the mean."""
    points = []
    for mark in marks:
        regrets = [[r for steps, _, r in line["regret"] if steps <= mark] for line in lines]
        if all(regrets):
            points.append((mark, scale * interquartile_mean([min(each) for each in regrets])))
    return points


def spread(labels, least):
    """Heights of labels that lie at least so far apart, in the order of the wanted ones."""
    placed = []
    for label in sorted(labels, key=lambda label: label[0]):
        placed.append([max(label[0], placed[-1][0] + least if placed else -math.inf), *label[1:]])
    return placed


def ticks(low, high, factors):
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    return [f * 10.0**p for p in powers for f in factors if low <= f * 10.0**p <= high]


def panel(problem, workers, studies, x0, y0):
    unit, scale = UNITS[problem.name]
    step = problem.most_steps / 600 if problem.name != "mf-hartmann6" else 5
    low_x, high_x = step * 4, problem.most_steps
    marks = [low_x * (high_x / low_x) ** (i / 120) for i in range(121)]
    entries = [(studies.get((problem.name, workers, c)), label, color) for c, label, color in SHOWN]
    curves = [(curve(list(lines.values()), marks, scale), label, color) for lines, label, color in entries if lines]
    values = [v for points, _, _ in curves for _, v in points if v > 0]
    if not values:
        return ""
    low_y, high_y = max(min(values), 0.02 * problem.tolerance * scale) / 1.1, max(values) * 1.1

    def x(steps):
        return x0 + WIDTH * math.log(steps / low_x) / math.log(high_x / low_x)

    def y(value):
        return y0 + HEIGHT * math.log(high_y / max(value, low_y)) / math.log(high_y / low_y)

    parts = [f'<text x="{x0}" y="{y0 - 12}" font-weight="bold" font-size="14">{escape(TITLES[problem.name])}, {workers} workers</text>']
    for tick in ticks(low_x, high_x, (1, 2, 5)):
        parts.append(f'<line x1="{x(tick):.1f}" y1="{y0}" x2="{x(tick):.1f}" y2="{y0 + HEIGHT}" stroke="#e5e5e5"/>')
        parts.append(f'<text x="{x(tick):.1f}" y="{y0 + HEIGHT + 15}" text-anchor="middle">{tick:,.0f}</text>')
    for tick in ticks(low_y, high_y, (1, 2, 5)):
        parts.append(f'<line x1="{x0}" y1="{y(tick):.1f}" x2="{x0 + WIDTH}" y2="{y(tick):.1f}" stroke="#e5e5e5"/>')
        parts.append(f'<text x="{x0 - 6}" y="{y(tick) + 4:.1f}" text-anchor="end">{tick:g}</text>')
    near = problem.tolerance * scale
    parts.append(f'<line x1="{x0}" y1="{y(near):.1f}" x2="{x0 + WIDTH}" y2="{y(near):.1f}" stroke="#333333" stroke-dasharray="4 3"/>')
    parts.append(f'<text x="{x0 + 4}" y="{y(near) - 4:.1f}">near enough: {near:g}</text>')
    parts.append(f'<text x="{x0 + WIDTH / 2}" y="{y0 + HEIGHT + 32}" text-anchor="middle">training steps of all trials</text>')
    middle = y0 + HEIGHT / 2
    parts.append(f'<text transform="rotate(-90 {x0 - 45} {middle})" x="{x0 - 45}" y="{middle}" text-anchor="middle">{unit}</text>')
    for points, _, color in curves:
        path = " ".join(f"{x(a):.1f},{y(b):.1f}" for a, b in points)
        parts.append(f'<polyline points="{path}" stroke="{color}" fill="none" stroke-width="2"/>')
    ends = [(y(points[-1][1]), y(points[-1][1]), label, color) for points, label, color in curves if points]
    wanted = spread(ends, 15)
    # Labels that ran out below move up together.
    lift = max(0, wanted[-1][0] - (y0 + HEIGHT))
    for height, end, label, color in wanted:
        right, height = x0 + WIDTH, height - lift
        parts.append(f'<line x1="{right}" y1="{end:.1f}" x2="{right + 12}" y2="{height:.1f}" stroke="{color}"/>')
        parts.append(f'<text x="{right + 15}" y="{height + 4:.1f}" fill="{color}">{escape(label)}</text>')
    return "\n".join(parts)


def draw(studies, problems, workers):
    across, down = WIDTH + LABELS + LEFT, HEIGHT + GAP + 25
    panels = [
        panel(problem, count, studies, LEFT + column * across, TOP + row * down)
        for row, problem in enumerate(problems)
        for column, count in enumerate(workers)
    ]
    width, height = across * len(workers) + 10, down * len(problems) + 10
    body = "\n".join(panels)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">\n'
        f'<rect width="{width}" height="{height}" fill="white"/>\n'
        f'<g font-family="sans-serif" font-size="12" fill="#333333">\n{body}\n</g>\n</svg>\n'
    )
