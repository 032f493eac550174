#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""cpu_seconds.py FILE COMMAND...: runs the command with its output to FILE, prints its CPU seconds."""
import resource
import subprocess
import sys

with open(sys.argv[1], "w", encoding="utf-8") as output:
    subprocess.run(sys.argv[2:], stdin=subprocess.DEVNULL, stdout=output, check=True, timeout=300)
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
print(f"{usage.ru_utime + usage.ru_stime:.3f}")
