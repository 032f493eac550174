#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A small sweep on this machine: results, failures, kills.

usage: sweep.py PROGRAM
"""
import os
import signal
import time
import unittest
import xml.etree.ElementTree

import small


def wait_until(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


class Sweep(small.SweepTest):
    def test_results(self):
        self.write_sweep()
        done = self.sweep()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("4 points: 4 done, 0 failed, 0 to be run\n", done.stdout)
        self.assertEqual(len([line for line in done.stderr.splitlines() if line.endswith(": done")]), 4, done.stderr)
        self.assertEqual(self.table(), [
            {"time": t, "size": f"{m}MiB", "note": "good", "seed": "", "state": "done", "seconds (s)": s, "double": d,
             "megabytes": b, "resets": "0", "reason": "limit of simulated time"}
            for t, s, d in (("10ms", "0.01", "0.02"), ("20ms", "0.02", "0.04"))
            for m, b in ((16, "16.777216"), (32, "33.554432"))])
        self.assertEqual(self.query("SELECT time, size, note, state, double FROM results WHERE size > 20000000"),
                         [(0.01, 33554432, "good", "done", 0.02), (0.02, 33554432, "good", "done", 0.04)])
        self.assertEqual(self.query("SELECT name, unit FROM axes ORDER BY position"), [("time", ""), ("size", ""), ("note", "")])
        self.assertEqual(self.query("SELECT count(DISTINCT point), count(*) / 4.0 = count(*) / 4 FROM statistics"), [(4, 1)])
        self.assertEqual(self.query("SELECT value FROM statistics WHERE path = 'run' AND name = 'seconds' AND point = "
                                    "(SELECT id FROM points WHERE label = 'time=20ms,size=16MiB,note=good')"), [(0.02,)])

    def test_figures(self):
        self.write_sweep(times=("10ms", "20ms", "30ms"), notes=("good", "bad"))
        self.assertEqual(self.sweep().returncode, 1)
        self.assertEqual(sorted(name for name in os.listdir(self.out) if name.endswith(".svg")),
                         ["double-note=bad.svg", "double-note=good.svg", "megabytes.svg"])
        name = "{http://www.w3.org/2000/svg}"
        picture = xml.etree.ElementTree.parse(os.path.join(self.out, "double-note=good.svg")).getroot()
        lines = [line.get("points").split() for line in picture.iter(name + "polyline")]
        self.assertEqual([len(line) for line in lines], [3, 3])
        texts = [text.text for text in picture.iter(name + "text")]
        for wanted in ("double: good", "simulated time", "10ms", "30ms", "size 16MiB", "size 32MiB"):
            self.assertIn(wanted, texts)
        empty = xml.etree.ElementTree.parse(os.path.join(self.out, "double-note=bad.svg")).getroot()
        self.assertIn("no results yet", [text.text for text in empty.iter(name + "text")])

    def test_failed_points(self):
        self.write_sweep(notes=("missing", "good"))
        done = self.sweep("--jobs", "1")
        self.assertEqual(done.returncode, 1)
        self.assertIn("8 points: 4 done, 4 failed, 0 to be run", done.stdout)
        self.assertIn("time=10ms,size=16MiB,note=missing: failed: exit code 1", done.stderr)
        self.assertIn("the end of " + os.path.join(self.out, "points", "time=10ms,size=16MiB,note=missing", "log"), done.stderr)
        self.assertIn("/missing/tree: cannot be written: No such file or directory", done.stderr)
        failed = [row for row in self.table() if row["note"] == "missing"]
        self.assertEqual({(row["state"], row["double"], row["reason"]) for row in failed}, {("failed", "", "exit code 1")})
        # What kept them from working is gone: they, and only they, are run.
        os.mkdir(self.path("missing"))
        done = self.sweep()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("4 of 8 points are done already", done.stderr)
        self.assertEqual(self.states(), {"done": 8})

    def test_time_limit(self):
        self.write_sweep(times=("10ms", "100s"))
        with open(self.path("small.yaml"), encoding="utf-8") as file:
            text = file.read().replace("timeout: 60s", "timeout: 1s")
        with open(self.path("small.yaml"), "w", encoding="utf-8") as file:
            file.write(text)
        done = self.sweep("--jobs", "4")
        self.assertEqual(done.returncode, 1)
        self.assertIn("time=100s,size=32MiB,note=good: failed: time limit on the wall", done.stderr)
        self.assertIn("stopped because  time limit of 1s on the wall", done.stderr)
        self.assertEqual(self.states(), {"done": 2, "failed": 2})

    def test_parallel(self):
        self.write_sweep(times=("3s", "3100ms"))
        process = self.start("--jobs", "4")
        self.assertTrue(wait_until(lambda: len(self.simulations()) == 4))
        self.assertEqual(process.wait(60), 0)
        self.write_sweep(times=("1s", "1100ms"))
        process = self.start("--jobs", "1")
        most = 0
        while process.poll() is None:
            most = max(most, len(self.simulations()))
            time.sleep(0.02)
        self.assertEqual((most, process.returncode), (1, 0))

    def test_kill_and_resume(self):
        self.write_sweep(times=("1s", "1100ms", "1200ms", "1300ms"))
        process = self.start("--jobs", "2")
        self.assertTrue(wait_until(lambda: self.states().get("done", 0) >= 2 and self.simulations()))
        process.send_signal(signal.SIGKILL)
        process.wait()
        self.assertTrue(wait_until(lambda: not self.simulations(), 10), "points outlive the sweep")
        before = self.query("SELECT label, host_seconds FROM points WHERE state = 'done'")
        self.assertLess(len(before), 8)
        done = self.sweep("--jobs", "8")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(f"{len(before)} of 8 points are done already", done.stderr)
        self.assertEqual(self.states(), {"done": 8})
        after = self.query("SELECT label, host_seconds FROM points")
        self.assertEqual(set(before) - set(after), set(), "what was done has been run again")
        self.assertEqual({row["seconds (s)"] for row in self.table()}, {"1", "1.1", "1.2", "1.3"})

    def test_stop_in_order(self):
        self.write_sweep(times=("10ms", "30s"))
        process = self.start("--jobs", "2")
        self.assertTrue(wait_until(lambda: self.states().get("done", 0) == 2 and len(self.simulations()) == 2))
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 128 + signal.SIGINT)
        self.assertIn("stopped; the same command goes on from here", said[1])
        self.assertEqual(self.simulations(), [])
        # What was stopped is neither done nor failed.
        self.assertEqual([row["state"] for row in self.table()], ["done", "done", "waiting", "waiting"])

    def test_changes(self):
        self.write_sweep(times=("10ms",))
        self.assertEqual(self.sweep().returncode, 0)
        # Another point: what is there is neither run again nor lost.
        self.write_sweep(times=("10ms", "20ms"))
        done = self.sweep("--collect")
        self.assertIn("4 points: 2 done, 0 failed, 2 to be run", done.stdout)
        done = self.sweep()
        self.assertIn("2 of 4 points are done already", done.stderr)
        done = self.sweep("--fresh")
        self.assertNotIn("already", done.stderr)
        self.assertIn("4 points: 4 done", done.stdout)
        # Another platform: nothing still holds.
        with open(self.path("machine.yaml"), "a", encoding="utf-8") as file:
            file.write("\n# changed\n")
        self.assertIn("4 points: 0 done, 0 failed, 4 to be run", self.sweep("--collect").stdout)

    def test_functional_gives_no_performance(self):
        self.write_sweep(times=("10ms",), accuracy="functional")
        self.assertEqual(self.sweep().returncode, 0)
        self.assertEqual({(row["seconds (s)"], row["megabytes"] != "") for row in self.table()}, {("", True)})

    def test_list(self):
        self.write_sweep()
        said = self.sweep("--list").stdout.splitlines()
        self.assertEqual(said[0::2][0], "time=10ms,size=16MiB,note=good")
        self.assertEqual(len(said), 8)
        self.assertIn("--set bus.ram.size=16MiB --limit 10ms", said[1])
        self.assertFalse(os.path.exists(self.out))

    def test_one_at_a_time(self):
        self.write_sweep(times=("20s",))
        self.start("--jobs", "2")
        self.assertTrue(wait_until(lambda: len(self.simulations()) == 2))
        done = self.sweep()
        self.assertEqual(done.returncode, 1)
        self.assertIn("another sweep is at work in " + self.out, done.stderr)


if __name__ == "__main__":
    unittest.main()
