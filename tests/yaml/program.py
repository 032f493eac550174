#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The commands of the program: what they print, and their exit codes.

usage: program.py PROGRAM
"""
import csv
import fcntl
import json
import os
import pty
import signal
import subprocess
import sys
import tempfile
import termios
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "host"))
import stats

PROGRAM = sys.argv.pop(1)
FOREVER = "type: machine\npacing: realtime\n"
RICH = """type: machine
exits: {type: vm-exits}
children:
  bus:
    type: bus
    children:
      cpu: {type: rv64}
      ram: {type: ram, base: 0x8000_0000, size: 16MiB, timing: ddr4-3200}
      pci:
        type: pci-host
        children:
          disk: {type: virtio-pci, link: pcie-link, device: {type: virtio-blk, backend: {type: memory, size: 1MiB}}}
          net: {type: virtio-pci, device: {type: virtio-net, backend: null}}
"""


def transaction_log(*accesses):
    """A log of register accesses: (is read, offset, data). See models/cosim/log/log.h."""
    def number(value):
        out = bytearray()
        while value >= 0x80:
            out.append(value & 0x7f | 0x80)
            value >>= 7
        return bytes(out) + bytes([value])

    data = b"RSCOSIM\n" + (1).to_bytes(4, "little") + bytes(4)
    for is_read, offset, content in accesses:
        data += bytes([1 if is_read else 0, 10 | 1 << 4]) + number(0) + number(1000) + number(0) * 3
        data += number(offset) + number(len(content)) + content
    return data


def run(*arguments, env=None):
    return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL,
                          env=dict(os.environ, **(env or {})))


class Program(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.file = self.path("p.yaml")
        with open(self.file, "w") as out:
            out.write(FOREVER)

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def test_version_names_the_abi(self):
        self.assertRegex(run("--version").stdout, r"^ringside \d+\.\d+\.\d+ \[kit=5 systemc=\d+\.\d+\.\d+ cxx=201703L")

    def test_wrong_command_lines(self):
        for arguments in [(), ("nonsense",), ("run",), ("run", self.file, "--nonsense"),
                          ("run", self.file, "--set", "x"), ("run", self.file, "--log", "loud"),
                          ("describe", "machine", "--format", "xml"),
                          ("run", self.file, "--record", "a", "--replay", "b")]:
            done = run(*arguments)
            self.assertEqual(done.returncode, 2, arguments)
            self.assertNotEqual(done.stderr, "", arguments)

    def test_check(self):
        self.assertEqual(run("check", self.file).returncode, 0)
        done = run("check", self.path("missing.yaml"))
        self.assertEqual(done.returncode, 1)
        self.assertIn("missing.yaml: error: cannot read this file: No such file or directory", done.stderr)

    def test_exits(self):
        done = run("run", self.file, "--limit", "1ms", "--accuracy", "timed", "--exits", "vhost", "--stats", self.path("s.json"))
        self.assertEqual(done.returncode, 0, done.stderr)
        statistics = stats.load(self.path("s.json"))
        self.assertEqual(statistics["accuracy"], "timed")
        self.assertEqual(statistics["exits"], "vhost")
        self.assertIn(("exits", "user_exits"), {(s["path"], s["name"]) for s in statistics["statistics"]})
        with open(self.path("mine.yaml"), "w") as file:
            file.write("user_exit: 2us\nclasses: {notfy: user}\n")
        done = run("run", self.file, "--exits", self.path("mine.yaml"))
        self.assertEqual(done.returncode, 1)
        self.assertIn("mine.yaml:2:18: error: unknown kind of event 'notfy'", done.stderr)
        done = run("run", self.file, "--exits", "qemukvm")
        self.assertEqual(done.returncode, 1)
        self.assertIn("--exits qemukvm", done.stderr)
        self.assertIn("there is no exit profile 'qemukvm'; expected one of those in yaml/exits", done.stderr)

    def put(self, name, content):
        with open(self.path(name), "wb") as file:
            file.write(content)
        return self.path(name)

    # Status 1 is taken, and the disk has 2048 sectors.
    SESSION = ((False, 0x14, b"\x01"), (True, 0x14, b"\x01"), (True, 0x2000, (2048).to_bytes(8, "little")))

    def test_log(self):
        log = self.put("run.log", transaction_log(*self.SESSION))
        done = run("log", log)
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = done.stdout.splitlines()
        self.assertEqual(lines[:2], ["0 1000 ps register write 0x14 +1 : 01", "1 2000 ps register read 0x14 +1 : 01"])
        self.assertRegex(lines[3], r"run.log: 3 records: 3 register accesses, 0 DMA accesses, 0 interrupts; hash [0-9a-f]{16}$")
        self.assertEqual(run("log", log, "--summary").stdout.splitlines(), lines[3:])
        cut = self.put("cut.log", transaction_log(*self.SESSION)[:-1])
        done = run("log", cut)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stdout.splitlines(), lines[:2])
        self.assertEqual(done.stderr, f"ringside: {cut}: the log is cut off\n")
        self.assertIn("not a log of transactions", run("log", self.file).stderr)

    def test_replay(self):
        rich = self.put("rich.yaml", RICH.encode())
        log = self.put("run.log", transaction_log(*self.SESSION))
        hash_of_log = run("log", log, "--summary").stdout.split()[-1]
        to_disk = ("--device", "bus.pci.disk")
        done = run("replay", log, rich, *to_disk, "--check", "--waves", self.path("all.fst"), "--set", "bus.cpu.harts=2")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(f"hash             {hash_of_log}, as recorded\n  differences      none", done.stdout)
        self.assertGreater(os.path.getsize(self.path("all.fst")), 0)
        done = run("replay", log, rich, *to_disk, "--set", "bus.pci.disk.device.backend.size=2MiB",
                   "--mismatch", self.path("first.fst"))
        self.assertEqual(done.returncode, 1)
        self.assertIn("register-value: record 2 at 3000 ps: expected register read 0x2000 +8 with 0x800, found 0x1000",
                      done.stdout)
        self.assertGreater(os.path.getsize(self.path("first.fst")), 0)
        cut = self.put("cut.log", transaction_log(*self.SESSION)[:-1])
        done = run("replay", cut, rich, *to_disk)
        self.assertEqual(done.returncode, 1)
        self.assertIn("record 2: the log is cut off", done.stderr)

    def test_replay_of_what_cannot_be(self):
        rich = self.put("rich.yaml", RICH.encode())
        log = self.put("run.log", transaction_log(*self.SESSION))
        share = "bus.pci.net.device={type: virtio-9p, tag: t, backend: {type: folder, path: " + self.folder.name + "}}"
        for log_file, device, setting, expected in [
                (log, "bus.pci.dsk", None, "rich.yaml:10:9: error: --device bus.pci.dsk: 'bus.pci' has no model 'dsk'; "
                                           "expected one of 'disk', 'net'; did you mean 'disk'?"),
                (log, "bus.ram", None, "'bus.ram' is of type 'ram'; a log is played to functions of type 'virtio-pci'"),
                (self.path("no.log"), "bus.pci.disk", None, "no.log: No such file or directory"),
                (rich, "bus.pci.disk", None, "rich.yaml: not a log of transactions"),
                (log, "bus.pci.disk", "bus.pci.dsk.slot=3", "--set bus.pci.dsk.slot=3: error: bus.pci (pci-host) has no model 'dsk'"),
                (log, "bus.pci.net", share, "'bus.pci.net.device.backend' is a folder of the host"),
        ]:
            with self.subTest(expected):
                done = run("replay", log_file, rich, "--device", device, *(("--set", setting) if setting else ()))
                self.assertEqual(done.returncode, 1, done.stdout)
                self.assertIn(expected, done.stderr)

    def test_compare(self):
        def write(name, **statistics):
            with open(self.path(name), "w") as file:
                json.dump({"simulated_ps": 1000, "statistics": {"bus": {"d": statistics}}}, file)
            return self.path(name)

        def counter(value):
            return {"kind": "counter", "unit": "count", "doc": "", "value": value}

        latency = {"kind": "histogram", "unit": "ns", "count": 10, "mean": 100.0, "p99": 200}
        a = write("a.json", kicks=counter(100), same=counter(7), gone=counter(1), zero=counter(0), latency=latency)
        b = write("b.json", kicks=counter(150), same=counter(7), fresh=counter(2), latency=dict(latency, p99=202))
        done = run("compare", a, b)
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = [line.split() for line in done.stdout.splitlines()]
        self.assertEqual([line[0] for line in lines], ["statistic", "bus.d.fresh", "bus.d.gone", "bus.d.kicks", "bus.d.latency:p99"])
        self.assertEqual(lines[3][1:], ["count", "100", "150", "+50", "+50.00", "%"])
        self.assertEqual(lines[4][1:], ["ns", "200", "202", "+2", "+1.00", "%"])
        found = json.loads(run("compare", a, b, "--format", "json", "--threshold", "2", "--filter", "kicks").stdout)
        self.assertEqual(found, [{"name": "bus.d.kicks", "unit": "count", "before": 100, "after": 150, "relative": 0.5}])
        self.assertIn("| bus.d.kicks | count | 100 | 150 | +50 | +50.00 % |", run("compare", a, b, "--format", "markdown").stdout)
        self.assertEqual(run("compare", a, b, "--fail").returncode, 1)
        self.assertEqual(run("compare", a, a, "--fail").returncode, 0)
        self.assertEqual(run("compare", a, a).stdout, "nothing differs\n")
        done = run("compare", a, self.file)
        self.assertEqual(done.returncode, 1)
        self.assertIn("p.yaml: no statistics of a run; expected a JSON file", done.stderr)

    def test_limit_and_summary(self):
        done = run("run", self.file, "--limit", "5ms")
        self.assertEqual(done.returncode, 0)
        self.assertIn("stopped because  limit of simulated time (exit code 0)", done.stderr)
        self.assertIn("simulated time   0.005000 s", done.stderr)
        self.assertIn("accuracy         functional", done.stderr)
        self.assertEqual(run("run", self.file, "--limit", "5ms", "--quiet").stderr, "")
        done = run("run", self.file, "--limit", "5")
        self.assertEqual(done.returncode, 1)
        self.assertIn("--limit is '5'; expected a time with a unit", done.stderr)

    def test_report(self):
        for accuracy in ("functional", "timed"):
            folder = self.path(f"new/{accuracy}")
            done = run("run", self.file, "--limit", "5ms", "--accuracy", accuracy, "--report", folder)
            self.assertEqual(done.returncode, 0)
            self.assertIn(f"ringside: report in {folder}/report.html\n", done.stderr)
            self.assertEqual(sorted(os.listdir(folder)), ["platform.yaml", "report.html", "statistics.csv", "statistics.json"])
            self.assertEqual(stats.load(folder + "/statistics.json")["accuracy"], accuracy)
            self.assertEqual(run("check", folder + "/platform.yaml").returncode, 0)
        # One that is ended from outside leaves one, too.
        done = run("run", self.file, "--timeout", "0.2", "--report", self.path("ended"))
        self.assertEqual(done.returncode, 124)
        self.assertEqual(stats.load(self.path("ended/statistics.json"))["stop"]["reason"], "time limit of 0.2s on the wall")
        self.assertGreater(os.path.getsize(self.path("ended/report.html")), 10000)
        done = run("run", self.file, "--limit", "1ms", "--report", self.file)
        self.assertEqual(done.returncode, 1)
        self.assertIn("the folder for the report cannot be made", done.stderr)

    def test_timeout(self):
        done = run("run", self.file, "--timeout", "0.2")
        self.assertEqual(done.returncode, 124)
        self.assertIn("time limit of 0.2s on the wall", done.stderr)

    def test_signals(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            process = subprocess.Popen([PROGRAM, "run", self.file], stderr=subprocess.PIPE, text=True)
            time.sleep(0.5)
            process.send_signal(number)
            text = process.communicate(timeout=30)[1]
            self.assertEqual(process.returncode, 128 + number)
            self.assertIn("end of run", text)

    def test_statistics(self):
        with open(self.path("rich.yaml"), "w") as out:
            out.write(RICH)
        for name in ("s.json", "s.csv"):
            done = run("run", self.path("rich.yaml"), "--limit", "1ms", "--stats", self.path(name))
            self.assertEqual(done.returncode, 0, done.stderr)
        found = stats.load(self.path("s.json"))
        self.assertEqual(found["simulated_ps"], 10**9)
        self.assertEqual(found["stop"]["exit_code"], 0)
        self.assertEqual(found["accuracy"], "functional")
        self.assertEqual(found["quantum_ps"], 10**8)
        self.assertEqual(found["exits"], "qemu-kvm")
        self.assertGreater(len(found["statistics"]), 100)
        with open(self.path("s.csv")) as source:
            rows = list(csv.DictReader(source))
        # The same ones in both, none hidden by another of its name.
        self.assertEqual(sorted((row["path"], row["name"]) for row in rows),
                         sorted((s["path"], s["name"]) for s in found["statistics"]))
        for row, one in zip(rows, found["statistics"]):
            self.assertEqual((row["unit"], row["doc"]), (one["unit"], one["doc"]))
        done = run("run", self.file, "--limit", "1ms", "--stats", "/no/such/folder/s.json")
        self.assertEqual(done.returncode, 1)
        self.assertIn("cannot be written: No such file or directory", done.stderr)

    def test_device_tree(self):
        self.assertEqual(run("run", self.file, "--limit", "1ms", "--dtb", self.path("t.dtb")).returncode, 0)
        with open(self.path("t.dtb"), "rb") as source:
            self.assertEqual(source.read(4), b"\xd0\x0d\xfe\xed")

    def test_record_and_replay(self):
        self.assertEqual(run("run", self.file, "--limit", "3ms", "--record", self.path("r")).returncode, 0)
        done = run("run", self.file, "--replay", self.path("r"))
        self.assertIn("stopped because  end of the recording (exit code 0)", done.stderr)
        self.assertIn("simulated time   0.003100 s", done.stderr)  # and a quantum
        self.assertIn("not a recording of host input", run("run", self.file, "--replay", self.file).stderr)

    def test_every_type_describes_itself(self):
        done = run("describe", "--format", "json")
        self.assertEqual(done.returncode, 0, done.stderr)
        types = json.loads(done.stdout)
        self.assertGreater(len(types), 10)
        for kind in types:
            self.assertNotEqual(kind["doc"], "", kind["name"])
            for part in ("parameters", "children", "ports", "registers", "statistics", "commands"):
                for item in kind[part]:
                    self.assertNotEqual(item["doc"], "", (kind["name"], item))
            # Each also on its own, and in the other formats.
        names = {kind["name"] for kind in types}
        for name in ("machine", "bus", "rv64"):
            self.assertIn(name, names)
        self.assertIn("\nParameters\n", run("describe", "machine").stdout)
        self.assertIn("| quantum | time | 100us |", run("describe", "machine", "--format", "markdown").stdout)
        done = run("describe", "mashine")
        self.assertEqual(done.returncode, 1)
        self.assertIn("there is no type 'mashine'", done.stderr)
        self.assertIn("did you mean 'machine'?", done.stderr)

    def test_list(self):
        text = run("list").stdout
        self.assertIn("component: stands below a machine or a bus\n", text)
        self.assertIn("libringside-bus.so", text)
        self.assertIn("riscv-virt.yaml", text)

    def test_boot_options(self):
        done = run("run", self.file, "--kernel", "Image", "--limit", "1ms")
        self.assertEqual(done.returncode, 1)
        self.assertIn("--kernel Image: error: the platform has no model of type 'boot'", done.stderr)
        board = self.path("b.yaml")
        with open(board, "w") as out:
            out.write("type: machine\nchildren:\n  bus:\n    type: bus\n    children:\n      cpu: {type: rv64}\n"
                      "      ram: {type: ram, base: 0x8000_0000, size: 16MiB}\n      boot: {type: boot}\n")
        done = run("run", board, "--kernel", "/no/such", "--append", "quiet x=1", "--limit", "1ms")
        self.assertEqual(done.returncode, 1)
        self.assertIn("'kernel' of bus.boot (boot)", done.stderr)

    def run_on_terminal(self, end):
        """Runs a platform whose UART is on our terminal, has `end` end it, and gives the exit code."""
        board = self.path("t.yaml")
        with open(board, "w") as out:
            out.write(FOREVER + "children:\n  bus:\n    type: bus\n    children:\n"
                      "      uart: {type: ns16550a, base: 0x1000_0000, backend: stdio}\n")
        master, slave = pty.openpty()
        before = termios.tcgetattr(slave)
        # A terminal of its own, in whose foreground the program runs, as in a shell.
        process = subprocess.Popen([PROGRAM, "run", board, "--quiet"], stdin=slave, stdout=slave, stderr=slave,
                                   start_new_session=True, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        self.addCleanup(process.kill)
        deadline = time.monotonic() + 20
        while termios.tcgetattr(slave)[3] & termios.ICANON and time.monotonic() < deadline:
            time.sleep(0.02)
        self.assertFalse(termios.tcgetattr(slave)[3] & termios.ICANON, "the terminal never became raw")
        end(master, process)
        code = process.wait(timeout=30)
        self.assertEqual(termios.tcgetattr(slave), before, "the terminal was left changed")
        os.close(master)
        os.close(slave)
        return code

    def test_terminal_is_restored(self):
        def quit_key(master, _):
            os.write(master, b"\x01x")

        self.assertEqual(self.run_on_terminal(quit_key), 0)
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGABRT, signal.SIGSEGV):
            code = self.run_on_terminal(lambda _, process, n=number: process.send_signal(n))
            self.assertIn(code, (128 + number, -number))

    def test_dump(self):
        text = run("dump", self.file, "--set", "quantum=5us").stdout
        self.assertIn("quantum: 5us  # how far", text)
        self.assertIn("seed: 1  # (default) seed", text)

    def test_plugins(self):
        done = run("--plugin", "/etc/passwd", "list")
        self.assertEqual(done.returncode, 1)
        self.assertIn("plugin /etc/passwd: no Ringside plugin stamp in this file", done.stderr)
        self.assertEqual(run("list", env={"RINGSIDE_PLUGIN_PATH": "/no/such:" + self.folder.name}).returncode, 0)

    def test_platforms_are_found_by_name(self):
        self.assertIn("riscv-virt", run("check", "riscv-virt", env={"RINGSIDE_CACHE": self.folder.name}).stderr)


if __name__ == "__main__":
    unittest.main()
