#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares what `ringside check` says about a broken platform with what it should say.

usage: broken.py PROGRAM FILE [--update]

The expected lines stand in FILE as comments, "# expect: " and the message without the folder, or, where a file
cannot hold comments, in a file of the same name that ends in ".expect". "..." stands for any text (lists that grow
with every new type). "# args: " gives options of the command, "# command: " another command. --update writes the lines anew; read them before you
believe them.
"""
import os
import re
import subprocess
import sys

MARK = "# expect: "


def findings(program, path, text):
    args = re.findall(r"^# args: (.*)$", text, re.M)
    verb = re.findall(r"^# command: (.*)$", text, re.M) or ["check"]
    command = [program, verb[0], path] + (args[0].split() if args else [])
    done = subprocess.run(command, capture_output=True, timeout=60)
    lines = done.stderr.decode("utf-8", "replace").replace(os.path.dirname(path) + "/", "").splitlines()
    return done.returncode, lines


def matches(expected, found):
    pattern = ".*".join(re.escape(part) for part in expected.split("..."))
    return re.fullmatch(pattern, found) is not None


def update(program, path, expect_file, text):
    if os.path.exists(expect_file):
        lines = findings(program, path, text)[1][:-1]
        with open(expect_file, "w") as out:
            out.writelines(line + "\n" for line in lines)
        return
    body = "".join(line + "\n" for line in text.splitlines() if not line.startswith(MARK))
    count = len(findings(program, path, text)[1]) - 1
    with open(path, "w") as out:  # first with room for the lines, so that line numbers are right
        out.write((MARK + "\n") * count + body)
    lines = findings(program, path, text)[1][:-1]
    with open(path, "w") as out:
        out.write("".join(MARK + line + "\n" for line in lines) + body)


def main():
    program, path = sys.argv[1], os.path.abspath(sys.argv[2])
    expect_file = os.path.splitext(path)[0] + ".expect"
    with open(path, encoding="utf-8", errors="replace") as source:
        text = source.read()
    if "--update" in sys.argv:
        return update(program, path, expect_file, text)
    if os.path.exists(expect_file):
        with open(expect_file) as source:
            expected = source.read().splitlines()
    else:
        expected = [line[len(MARK):] for line in text.splitlines() if line.startswith(MARK)]
    code, found = findings(program, path, text)
    expected.append("%d error%s" % (len(expected), "" if len(expected) == 1 else "s"))
    if code == 1 and len(found) == len(expected) and all(map(matches, expected, found)):
        return None
    print("exit code", code, "(expected 1)")
    print("expected:", *expected, sep="\n  ")
    print("found:", *found, sep="\n  ")
    return 1


if __name__ == "__main__":
    sys.exit(main())
