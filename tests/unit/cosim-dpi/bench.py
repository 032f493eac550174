#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The bench in SystemVerilog with the reference over DPI: silent as the engine is, and each planted bug found by
its message.

usage: bench.py BENCH-PROGRAM
"""
import re
import subprocess
import sys

# Bug, further arguments, and what the first finding says (a regular expression).
CASES = [
    (1, [], r"outside: .* expected the used ring, found a write of used_ring with 8 bytes at 0x80002044$"),
    (2, [], r"used-length: .* expected at most (\d+) bytes, found \d+$"),
    (2, ["+packed"], r"used-length: .* expected at most (\d+) bytes, found \d+$"),
    (3, [], r"write-bytes: .* expected a used index after 0, found 0$"),
    (4, [], r"index-before-element: .* expected at most 0, found used index 1$"),
    (5, ["+event"], r"interrupt-missing: .* expected an interrupt, as the driver wants one, found none$"),
    (6, ["+packed"], r"wrap-counter: .* expected avail and used bits 0, found flags 0x8082 in slot 0$"),
    (7, [], r"after-reset: .* expected no DMA after the device's reset, found a (read|write) of \d+ bytes at "),
    (8, [], r"not-published: .* expected an entry before avail index 1, found a read of the entry in place 1$"),
    (9, [], r"interrupt-before-index: .* expected used buffers before it, found none since the one before$"),
    (9, ["+packed"], r"interrupt-before-index: .* expected used buffers before it, found none since the one before$"),
    (10, [], r"no-second-look: .* expected a look at the ring after notifications were switched on, found none$"),
    (11, ["+event"], r"event-bytes: .* expected avail_event 1 at rest, found 0$"),
    (16, [], r"interrupt-suppressed: .* expected no interrupt, as the driver wants none, found one$"),
    (17, ["+excess=8"], r"outside: .* expected a buffer of a chain that is out, found a write of 8 bytes at "),
    (18, [], r"used-before-payload: .* expected (\d+) bytes written before, found \d+ of them$"),
]


def run(program, *arguments):
    out = subprocess.run([program, *arguments], check=True, timeout=60, stdout=subprocess.PIPE, text=True).stdout
    found = [line[len("FOUND "):] for line in out.splitlines() if line.startswith("FOUND ")]
    total = [line for line in out.splitlines() if line.startswith("TOTAL ")]
    assert len(total) == 1, out
    return found, total[0]


def main():
    program = sys.argv[1]
    wrong = 0
    for ring in ([], ["+packed"], ["+event"]):
        for seed in range(1, 6):
            found, total = run(program, "+bug=0", "+seed=%d" % seed, *ring)
            print(total)
            # 79 requests in batches, and some of the 60 that a reset cuts short.
            used = int(re.search(r"(\d+) used", total).group(1))
            right = not found and " 0 findings" in total and " 0 failures" in total and "all came back" in total
            if not right or used < 79:
                print("  bug 0 %s: expected silence, found %s" % (" ".join(ring), found[:1] or total))
                wrong += 1
    for bug, arguments, expected in CASES:
        found, total = run(program, "+bug=%d" % bug, *arguments)
        first = found[0] if found else "nothing"
        print("bug %d: %s" % (bug, first))
        if not re.match(expected, first) or " 0 failures" not in total:
            print("  expected %s, %s" % (expected, total))
            wrong += 1
    return wrong != 0


if __name__ == "__main__":
    sys.exit(main())
