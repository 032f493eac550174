#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A small sweep on a Slurm of one node, which the test starts and stops.

usage: slurm.py PROGRAM
"""
import os
import re
import signal
import subprocess
import tempfile
import time
import unittest

import cluster
import small


class Slurm(small.SweepTest):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="ringside-")
        cls.addClassCleanup(folder.cleanup)
        cls.cluster = cluster.Cluster(folder.name, largest_array=8)
        cls.cluster.__enter__()
        cls.addClassCleanup(cls.cluster.__exit__)

    def setUp(self):
        super().setUp()
        self.environment = self.cluster.environment
        self.addCleanup(self.cluster.ask, "scancel", "--full", "--me")

    def scripts(self):
        """The job arrays that have been submitted."""
        return sorted(name for name in os.listdir(os.path.join(self.out, "slurm")) if name.endswith(".sh"))

    def wait_until(self, condition, seconds=60):
        deadline = time.monotonic() + seconds
        while not condition():
            self.assertLess(time.monotonic(), deadline, f"{self.states()} {self.cluster.jobs()}")
            time.sleep(0.1)

    def start_slowly(self):
        """Two points that are done, and others that are at work or wait."""
        self.write_sweep(times=("10ms", "4s", "4100ms"))
        process = self.start("--engine", "slurm", "--jobs", "2")
        self.wait_until(lambda: self.states().get("done") == 2 and "RUNNING" in self.cluster.jobs())
        return process

    def test_results(self):
        self.write_sweep(notes=("good", "missing"))
        done = self.sweep("--engine", "slurm")
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("8 points: 4 done, 4 failed, 0 to be run", done.stdout)
        self.assertIn("time=20ms,size=32MiB,note=missing: failed: exit code 1", done.stderr)
        self.assertIn("/missing/tree: cannot be written: No such file or directory", done.stderr)
        self.assertEqual(len(self.scripts()), 1, "one job array for all")
        with open(os.path.join(self.out, "slurm", self.scripts()[0]), encoding="utf-8") as file:
            self.assertRegex(file.read(), r"#SBATCH --job-name=ringside-small-[0-9a-f]{8}-1\n")
        there = self.table()
        # This machine by itself gives the same.
        self.out = self.path("here")
        self.assertEqual(self.sweep().returncode, 1)
        self.assertEqual(there, self.table())

    def test_what_failed_is_submitted_again(self):
        self.write_sweep(times=("10ms",), notes=("good", "missing"))
        self.assertEqual(self.sweep("--engine", "slurm").returncode, 1)
        os.mkdir(self.path("missing"))
        done = self.sweep("--engine", "slurm")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("2 of 4 points are done already", done.stderr)
        self.assertEqual((self.states(), len(self.scripts())), ({"done": 4}, 2))

    def test_kill_and_resume(self):
        process = self.start_slowly()
        process.send_signal(signal.SIGKILL)
        process.wait()
        self.assertIn("RUNNING", self.cluster.jobs())
        before = self.query("SELECT label, host_seconds FROM points WHERE state = 'done'")
        done = self.sweep("--engine", "slurm", "--jobs", "2")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(self.scripts()), 1, "the job that was there has been submitted again")
        self.assertEqual(self.states(), {"done": 6})
        self.assertEqual(set(before) - set(self.query("SELECT label, host_seconds FROM points")), set())

    def test_results_wait_for_who_left(self):
        self.write_sweep(times=("10ms", "1s"))
        process = self.start("--engine", "slurm", "--jobs", "2")
        self.wait_until(lambda: "RUNNING" in self.cluster.jobs())
        process.send_signal(signal.SIGHUP)
        said = process.communicate(timeout=60)[1]
        self.assertEqual(process.returncode, 128 + signal.SIGHUP)
        self.assertRegex(said, r"Slurm's job \d+ goes on")
        self.wait_until(lambda: not self.cluster.jobs())
        done = self.sweep("--engine", "slurm")
        self.assertEqual((done.returncode, self.states(), len(self.scripts())), (0, {"done": 4}, 1))

    def test_stop_cancels(self):
        process = self.start_slowly()
        process.send_signal(signal.SIGTERM)
        said = process.communicate(timeout=60)[1]
        self.assertEqual(process.returncode, 128 + signal.SIGTERM)
        self.assertRegex(said, r"Slurm's job \d+ is cancelled")
        self.wait_until(lambda: not set(self.cluster.jobs()) - {"COMPLETING"} and not self.simulations())
        self.assertEqual(self.states(), {"done": 2, "waiting": 4})

    def test_task_that_is_gone(self):
        process = self.start_slowly()
        job = re.search(r"^(\d+)", self.cluster.ask("squeue", "--noheader", "--format=%F"), re.M)[1]
        self.cluster.ask("scancel", job + "_5")
        said = process.communicate(timeout=100)
        self.assertEqual(process.returncode, 1, said)
        self.assertIn(f"time=4100ms,size=32MiB,note=good: failed: task {job}_5 of Slurm is gone without a result", said[1])
        self.assertEqual(self.states(), {"done": 5, "failed": 1})

    def test_small_arrays(self):
        self.write_sweep(times=("10ms", "11ms", "12ms", "13ms", "14ms"))
        done = self.sweep("--engine", "slurm")
        self.assertEqual((done.returncode, self.states(), len(self.scripts())), (0, {"done": 10}, 2), done.stderr)

    def test_no_cluster(self):
        self.write_sweep()
        self.environment = dict(self.environment, SLURM_CONF=self.path("nowhere.conf"))
        done = self.sweep("--engine", "slurm")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"ringside: '(scontrol|sbatch) .*' ended with exit code 1: .*nowhere.conf")
        self.environment = dict(os.environ, PATH="/nowhere")
        self.assertIn("ended with exit code 127", self.sweep("--engine", "slurm").stderr)


if __name__ == "__main__":
    unittest.main()
