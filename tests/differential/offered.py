#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compare what our virtio devices show a guest with what QEMU's show.

Runs sw/firmware's `features` on both machines and holds the two dumps against each other. Every difference
must be explained in explained.tsv; an explanation that explains nothing is an error, too.
"""

import argparse
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
RUNNER = os.path.join(HERE, "..", "firmware", "firmware.py")


def dump(elf, emulator, transport):
    """{(device, key): text} of one machine."""
    command = [sys.executable, RUNNER, elf, "--emulator", emulator, "--transport", transport, "--packed"]
    done = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
    if done.returncode:
        sys.exit(f"FAILED: {emulator}:\n{done.stdout}")
    found, device = {}, None
    for line in done.stdout.splitlines():
        if match := re.match(r"(\w+) (\w{4}:\w{4} .*)", line):
            device = match[1]
            # Several of a kind are told apart by their order.
            while (device, "identity") in found:
                device += "'"
            found[device, "identity"] = match[2]
        elif match := re.match(r"  ([\w ]+): ?(.*)", line):
            key = match[1]
            # The legacy queues come second under the same name.
            while device and (device, key) in found:
                key += "'"
            found[device, key] = match[2].strip()
    return found


def differences(ours, theirs):
    """(device, key, what) of each difference; feature bits one by one."""
    for device, key in sorted(set(ours) | set(theirs)):
        a, b = ours.get((device, key), "absent"), theirs.get((device, key), "absent")
        if key.endswith("features"):
            for bit in sorted(set(a.split()) ^ set(b.split()), key=int):
                yield device, key, ("+" if bit in a.split() else "-") + bit
        elif a != b:
            yield device, key, "differs"


def read_explanations():
    """[(transport, device, key, set of what, reason)]; '*' stands for any transport or device."""
    rows = []
    with open(os.path.join(HERE, "explained.tsv")) as file:
        for line in file:
            if line.strip() and not line.startswith("#"):
                transport, device, key, what, reason = line.rstrip("\n").split("\t")
                rows.append((transport, device, key, set(what.split()), reason))
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", help="path of ringside")
    parser.add_argument("elf", help="build/sw/firmware/features.elf")
    arguments = parser.parse_args()
    explanations, used, unexplained = read_explanations(), set(), 0
    print("| interface | device | what | difference | why |\n|---|---|---|---|---|")
    for transport in ("modern", "transitional", "legacy"):
        ours = dump(arguments.elf, arguments.program, transport)
        theirs = dump(arguments.elf, "qemu", transport)
        groups = {}
        for device, key, what in differences(ours, theirs):
            row = next((i for i, (t, d, k, w, _) in enumerate(explanations)
                        if t in ("*", transport) and d in ("*", device) and k == key and what in w), None)
            used.add(row)
            groups.setdefault((device, key, row), []).append(what)
        for (device, key, row), what in groups.items():
            reason = explanations[row][4] if row is not None else "**NOT EXPLAINED**"
            unexplained += row is None
            print(f"| {transport} | {device} | {key} | {' '.join(what)} | {reason} |")
    stale = [e for i, e in enumerate(explanations) if i not in used]
    for transport, device, key, what, _ in stale:
        print(f"explained.tsv explains what is not there: {transport} {device} {key} {' '.join(sorted(what))}")
    if unexplained or stale:
        sys.exit(f"FAILED: {unexplained} differences are not explained, {len(stale)} explanations are stale")


if __name__ == "__main__":
    main()
