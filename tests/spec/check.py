#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds tests and specification together.

Every requirement of an enforced area has to be named by a test, as SPEC("id") in C++ or as a comment
"spec: id" elsewhere, or to be listed in not-testable.tsv with the reason. Ids that do not exist, and
requirements that are both tested and said not to be testable, are errors too.
"""
import argparse
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
NAMED = re.compile(r'SPEC\(\s*"([^"]*)"\s*\)|^\s*(?://|#|/?\*)\s*spec:\s*(\S+)', re.MULTILINE)
SUFFIXES = {".cpp", ".h", ".c", ".S", ".py", ".sh"}


def rows(path, columns):
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        cells = line.split("\t")
        if len(cells) != columns or not all(cell.strip() for cell in cells):
            sys.exit(f"{path}:{number}: expected {columns} cells separated by tabs")
        yield number, cells


def named_by_tests(roots):
    """id -> places"""
    found = {}
    for root in roots:
        for path in sorted(root.rglob("*")):
            if path.suffix not in SUFFIXES or path.name in ("check.py", "check_test.py", "spec.h"):
                continue
            text = path.read_text(errors="replace")
            for match in NAMED.finditer(text):
                line = text.count("\n", 0, match.start()) + 1
                found.setdefault(match.group(1) or match.group(2), []).append(f"{path}:{line}")
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=pathlib.Path, default=HERE,
                        help="where requirements.tsv, not-testable.tsv and enforced.txt are")
    parser.add_argument("--tests", type=pathlib.Path, nargs="*", help="folders to search")
    parser.add_argument("--list", action="store_true", help="show where each requirement is tested")
    options = parser.parse_args()

    requirements = {cells[1]: cells for _, cells in rows(options.folder / "requirements.tsv", 5)}
    excused = {}
    problems = []
    for number, (name, reason) in rows(options.folder / "not-testable.tsv", 2):
        excused[name] = reason
        if name not in requirements:
            problems.append(f"not-testable.tsv:{number}: there is no requirement '{name}'")
    enforced = {line.strip() for line in (options.folder / "enforced.txt").read_text().splitlines()
                if line.strip() and not line.startswith("#")}
    areas = {cells[0] for cells in requirements.values()}
    problems += [f"enforced.txt: there is no area '{area}'" for area in sorted(enforced - areas)]

    named = named_by_tests(options.tests or [HERE.parent])
    for name, places in sorted(named.items()):
        if name not in requirements:
            problems.append(f"{places[0]}: there is no requirement '{name}'")
        elif name in excused:
            problems.append(f"{places[0]}: '{name}' is tested, but listed in not-testable.tsv")
    missing = {}
    for name, cells in requirements.items():
        if name not in named and name not in excused:
            missing.setdefault(cells[0], []).append(name)
    for area in sorted(enforced):
        for name in missing.get(area, []):
            cells = requirements[name]
            problems.append(f"no test names '{name}' ({cells[2]}, {cells[4]}: {cells[3]})")

    if options.list:
        for name in requirements:
            print(f"{name}: {', '.join(named.get(name, [])) or excused.get(name, '-')}")
    for area in sorted(areas):
        total = sum(1 for cells in requirements.values() if cells[0] == area)
        print(f"{area}: {total - len(missing.get(area, []))} of {total}"
              + (" (enforced)" if area in enforced else ""))
    for problem in problems:
        print("error: " + problem)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
