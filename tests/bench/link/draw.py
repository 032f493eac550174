#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Draw the link model's curves (dots) over the closed formulas (lines), as SVG: draw.py PROGRAM FILE.

With --check, nothing is written: fails unless FILE is what would be, and every dot is within 2 % of its line.
"""

import argparse
import collections
import math
import subprocess
import sys

WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 300, 220, 46, 28, 44, 34
CHARTS = (("write", "Writes", "payload, bytes", "GB/s"), ("read", "Reads of 512 bytes", "tags", "GB/s"),
          ("latency", "Latency of such a read", "tags", "ns"))
COLORS = {"gen1": "#0072b2", "gen3": "#d55e00", "gen5": "#009e73"}  # Okabe and Ito: told apart by everybody
STYLE = """<style>
text { font: 11px sans-serif; fill: #24292f } .title { font-weight: bold } .grid { stroke: #d0d7de; stroke-width: .5 }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .grid { stroke: #444c56 } }
</style>"""


def read(program):
    points = collections.defaultdict(lambda: collections.defaultdict(list))
    for line in subprocess.run([program], check=True, text=True, stdout=subprocess.PIPE).stdout.splitlines():
        curve, series, x, model, formula = line.split()
        points[curve][series].append((float(x), float(model), float(formula)))
    return points


def ticks(low, high):
    return [10.0 ** e for e in range(math.ceil(math.log10(low)), math.floor(math.log10(high)) + 1)]


def chart(name, title, x_title, y_title, series, left):
    xs = [p[0] for line in series.values() for p in line]
    ys = [p[2] for line in series.values() for p in line]
    low, high = min(ys) * 0.8, max(ys) * 1.3

    def x_of(x):
        return left + LEFT + (WIDTH - LEFT - RIGHT) * math.log(x / min(xs)) / math.log(max(xs) / min(xs))

    def y_of(y):
        return TOP + (HEIGHT - TOP - BOTTOM) * (1 - math.log(y / low) / math.log(high / low))

    out = [f'<text class="title" x="{left + LEFT}" y="14">{title}, {y_title}</text>',
           f'<text x="{left + (LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 4}" text-anchor="middle">{x_title}</text>']
    for y in ticks(low, high):
        out.append(f'<line class="grid" x1="{left + LEFT}" x2="{left + WIDTH - RIGHT}" y1="{y_of(y):.1f}" y2="{y_of(y):.1f}"/>'
                   f'<text x="{left + LEFT - 4}" y="{y_of(y) + 4:.1f}" text-anchor="end">{y:g}</text>')
    for x in sorted(set(xs))[::2]:
        out.append(f'<text x="{x_of(x):.1f}" y="{HEIGHT - 20}" text-anchor="middle">{x:g}</text>')
    ends = {}
    for label, line in series.items():
        color = COLORS[label]
        path = " ".join(f"{x_of(x):.1f},{y_of(formula):.1f}" for x, _, formula in line)
        out.append(f'<polyline points="{path}" fill="none" stroke="{color}"/>')
        out += [f'<circle cx="{x_of(x):.1f}" cy="{y_of(model):.1f}" r="2.5" fill="{color}"/>' for x, model, _ in line]
        ends[label] = y_of(line[-1][2]) + 4
    previous = -100.0
    for label, y in sorted(ends.items(), key=lambda item: item[1]):
        previous = max(y, previous + 12)  # labels do not lie on each other
        out.append(f'<text x="{left + WIDTH - RIGHT + 5}" y="{previous:.1f}" style="fill: {COLORS[label]}">{label}</text>')
    return out


def picture(points):
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH * 3}" height="{HEIGHT}" role="img" '
           'aria-label="bandwidth and latency of the PCI Express link model beside closed formulas">', STYLE]
    for i, (name, title, x_title, y_title) in enumerate(CHARTS):
        out += chart(name, title, x_title, y_title, points[name], i * WIDTH)
    return "\n".join(out + ["</svg>"]) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("file")
    arguments = parser.parse_args()
    points = read(arguments.program)
    far = [(curve, series, p) for curve, lines in points.items() for series, line in lines.items() for p in line
           if abs(p[1] / p[2] - 1) > 0.02]
    if far:
        sys.exit(f"more than 2 % from the formula (curve, series, (x, model, formula)): {far}")
    text = picture(points)
    if not arguments.check:
        with open(arguments.file, "w", encoding="utf-8") as file:
            file.write(text)
    elif open(arguments.file, encoding="utf-8").read() != text:
        sys.exit(f"{arguments.file} is not what the model gives now; draw it again without --check")


if __name__ == "__main__":
    main()
