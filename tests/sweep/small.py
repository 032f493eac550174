# SPDX-License-Identifier: Apache-2.0
"""A small sweep: an empty machine that takes its time on the wall, so that it can be caught at work."""

import csv
import os
import sqlite3
import subprocess
import sys
import tempfile
import unittest

PROGRAM = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else ""

PLATFORM = """
type: machine
pacing: realtime
children:
  bus:
    type: bus
    children:
      ram: {type: ram, base: 0x8000_0000, size: 16MiB}
"""
# One of the notes cannot be written, so points fail while they run.
SWEEP = """
title: A small sweep
base: machine.yaml
set: {{accuracy: {accuracy}}}
axes:
  time: {{values: [{times}], label: simulated time}}
  size: {{path: bus.ram.size, values: [16MiB, 32MiB]}}
  note: {{values: [{notes}]}}
run:
  limit: ${{time}}
  timeout: 60s
  options: [--dtb, "${{sweep}}/${{note}}/tree"]
metrics:
  seconds: {{value: run.seconds, unit: s, label: what was simulated}}
  double: 2 * seconds
  megabytes: size / 1_000_000
  resets: run.resets
plots:
  - {{x: time, y: double, series: size, each: note}}
  - {{x: note, y: megabytes, only: {{time: {first}, size: 32MiB}}}}
slurm: {{poll: 1s, extra: [--comment=small]}}
"""


class SweepTest(unittest.TestCase):
    """Each test in a folder with a sweep `small.yaml`; its results are in `out`."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="ringside-")
        self.addCleanup(folder.cleanup)
        self.folder = os.path.realpath(folder.name)
        self.out = self.path("out")
        self.environment = dict(os.environ)
        with open(self.path("machine.yaml"), "w", encoding="utf-8") as file:
            file.write(PLATFORM)

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def write_sweep(self, times=("10ms", "20ms"), notes=("good",), accuracy="timed"):
        os.makedirs(self.path("good"), exist_ok=True)
        with open(self.path("small.yaml"), "w", encoding="utf-8") as file:
            file.write(SWEEP.format(times=", ".join(times), notes=", ".join(notes), first=times[0], accuracy=accuracy))

    def command(self, *options):
        return [PROGRAM, "sweep", self.path("small.yaml"), "--out", self.out, *options]

    def sweep(self, *options, seconds=100):
        return subprocess.run(self.command(*options), capture_output=True, text=True, timeout=seconds, stdin=subprocess.DEVNULL,
                              env=self.environment)

    def start(self, *options):
        process = subprocess.Popen(self.command(*options), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                   stdin=subprocess.DEVNULL, env=self.environment)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def query(self, text):
        database = sqlite3.connect(f"file:{self.out}/results.sqlite?mode=ro", uri=True)
        try:
            return database.execute(text).fetchall()
        finally:
            database.close()

    def states(self):
        """How many points are in each state."""
        try:
            return dict(self.query("SELECT state, count(*) FROM points GROUP BY state"))
        except sqlite3.OperationalError:
            return {}  # not made yet

    def table(self):
        with open(os.path.join(self.out, "results.csv"), encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def simulations(self):
        """Processes that simulate a point of this folder."""
        found = []
        for number in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{number}/stat", encoding="utf-8") as file:
                    is_zombie = file.read().rpartition(")")[2].split()[0] == "Z"
                if not is_zombie and os.readlink(f"/proc/{number}/cwd").startswith(self.out + "/points/"):
                    found.append(int(number))
            except OSError:
                pass  # gone
        return found
