"""What a side's best is worth against the time since it began, as an SVG drawn by hand: a panel a data set, a line a seed."""
import math

WIDTH, HEIGHT, LEFT, TOP, GAP = 330, 260, 60, 60, 50
SIDES = {"autolora": ("AutoLoRA", "#d55e00"), "optuna": ("Optuna 5 + PEFT", "#4477aa")}


def ticks(low, high):
    """1, 2, 5, 10, ... between two numbers."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    return [factor * 10.0**power for power in powers for factor in (1, 2, 5) if low <= factor * 10.0**power <= high]


def panel(data, curves, ends, distance, x0):
    values = [value for points in curves.values() for _, value in points]
    times = [at for points in curves.values() for at, _ in points]
    if not values:
        return []
    low_x, high_x = min(times) * 0.8, max(max(times), *ends.values()) * 1.1
    high_y, low_y = max(values) + 0.003, max(min(values), max(values) - 0.12) - 0.003

    def x(seconds):
        return x0 + WIDTH * math.log(seconds / low_x) / math.log(high_x / low_x)

    def y(value):
        return TOP + HEIGHT * (high_y - max(value, low_y)) / (high_y - low_y)

    parts = [f'<text x="{x0}" y="{TOP - 12}" font-weight="bold" font-size="14">{data}</text>']
    for tick in ticks(low_x, high_x):
        parts.append(f'<line x1="{x(tick):.1f}" y1="{TOP}" x2="{x(tick):.1f}" y2="{TOP + HEIGHT}" stroke="#e5e5e5"/>')
        parts.append(f'<text x="{x(tick):.1f}" y="{TOP + HEIGHT + 15}" text-anchor="middle">{tick:,.0f}</text>')
    step = next(step for step in (0.005, 0.01, 0.02, 0.05) if (high_y - low_y) / step <= 8)
    for count in range(math.ceil(low_y / step), math.floor(high_y / step) + 1):
        parts.append(f'<line x1="{x0}" y1="{y(count * step):.1f}" x2="{x0 + WIDTH}" y2="{y(count * step):.1f}" stroke="#e5e5e5"/>')
        parts.append(f'<text x="{x0 - 6}" y="{y(count * step) + 4:.1f}" text-anchor="end">{100 * count * step:.1f}</text>')
    near = y(max(values) - distance)
    parts.append(f'<line x1="{x0}" y1="{near:.1f}" x2="{x0 + WIDTH}" y2="{near:.1f}" stroke="#333333" stroke-dasharray="4 3"/>')
    parts.append(f'<text x="{x0 + 4}" y="{near - 4:.1f}">within {100 * distance:g} point{"s" if distance != 0.01 else ""} of the best known</text>')
    parts.append(f'<text x="{x0 + WIDTH / 2}" y="{TOP + HEIGHT + 32}" text-anchor="middle">seconds since the start</text>')
    for (_, _, side), points in sorted(curves.items(), key=lambda item: str(item[0])):
        if not points:
            continue
        key = next(key for key in curves if curves[key] is points)
        path = [f"M{x(points[0][0]):.1f},{y(points[0][1]):.1f}"]
        for at, value in points[1:]:
            path.append(f"H{x(at):.1f}V{y(value):.1f}")
        path.append(f"H{x(ends[key]):.1f}")
        parts.append(f'<path d="{"".join(path)}" stroke="{SIDES[side][1]}" fill="none" stroke-width="1.6" opacity="0.8"/>')
    return parts


def draw(curves, ends, names, distance):
    """- curves: by data, seed and side: when the best changed, and what it is worth. - ends: when each search ended."""
    parts, across = [], WIDTH + LEFT + 20
    for place, name in enumerate(names):
        own = {key: points for key, points in curves.items() if key[0] == name}
        parts += panel(name, own, {key: ends[key] for key in own}, distance, LEFT + place * across)
    for place, (label, color) in enumerate(SIDES.values()):
        left = LEFT + place * 160
        parts.append(f'<line x1="{left}" y1="20" x2="{left + 24}" y2="20" stroke="{color}" stroke-width="2"/>')
        parts.append(f'<text x="{left + 30}" y="24" fill="{color}">{label}</text>')
    middle = TOP + HEIGHT / 2
    parts.append(
        f'<text transform="rotate(-90 14 {middle})" x="14" y="{middle}" text-anchor="middle">accuracy of the best, mean of fresh seeds (%)</text>')
    width, height = across * len(names) + 10, TOP + HEIGHT + GAP
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">\n'
        f'<rect width="{width}" height="{height}" fill="white"/>\n'
        f'<g font-family="sans-serif" font-size="12" fill="#333333">\n{body}\n</g>\n</svg>\n'
    )
