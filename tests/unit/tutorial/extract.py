#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the code of the device tutorial to files.

usage: extract.py README FOLDER

Each block of C++ after a comment '<!-- file: NAME -->' becomes FOLDER/NAME. Fails if a device has come to
take more lines than the tutorial promises.
"""
import pathlib
import re
import sys

MOST_LINES = 150
BLOCK = re.compile(r"<!-- file: (\S+) -->\n```cpp\n(.*?)```\n", re.DOTALL)


def main():
    readme, folder = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    blocks = BLOCK.findall(readme.read_text())
    if not blocks:
        sys.exit(f"{readme}: no block of code with '<!-- file: NAME -->' before it")
    lines = sum(code.count("\n") for _, code in blocks)
    if lines > MOST_LINES:
        sys.exit(f"{readme}: the tutorial's device has {lines} lines; expected at most {MOST_LINES}")
    folder.mkdir(parents=True, exist_ok=True)
    for name, code in blocks:
        path = folder / name
        if not path.exists() or path.read_text() != code:
            path.write_text(code)


if __name__ == "__main__":
    main()
