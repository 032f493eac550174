#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The control socket of a simulation that runs, and `ringside ctl`.

usage: control.py PROGRAM
"""
import json
import os
import signal
import socket
import stat
import struct
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "host"))
import stats

PROGRAM = sys.argv.pop(1)

# Reads the slot registers of the root port until they change, then counts in a0.
GUEST = struct.pack("<6I",
                    0x300082b7,   # lui  t0, 0x30008
                    0x0582a383,   # lw   t2, 0x58(t0)
                    0x0582a303,   # lw   t1, 0x58(t0)
                    0xfe730ee3,   # beq  t1, t2, -4
                    0x00150513,   # addi a0, a0, 1
                    0xffdff06f)   # j    -4
BOARD = """type: machine
children:
  bus:
    type: bus
    children:
      cpu: {type: rv64, harts: 2}
      rom: {type: rom, base: 0x1000, size: 4KiB, image: guest.bin}
      ram: {type: ram, base: 0x8000_0000, size: 16MiB}
      pci:
        type: pci-host
        children:
          port:
            type: pci-root-port
            slot: 1
            plugged: false
            children:
              net: {type: virtio-pci, device: {type: virtio-net, backend: null}}
"""


def wait_for(condition, what, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError("never happened: " + what)
        time.sleep(0.02)


class Control(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        with open(self.path("guest.bin"), "wb") as out:
            out.write(GUEST)
        with open(self.path("board.yaml"), "w") as out:
            out.write(BOARD)
        self.socket = self.path("s")

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def start(self, *options, address=None):
        process = subprocess.Popen([PROGRAM, "run", self.path("board.yaml"), "--control", address or self.socket,
                                    *options], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.wait)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.kill)
        if not address:
            wait_for(lambda: self.ctl("status").returncode == 0, "the first answer")
        return process

    def ctl(self, *words):
        return subprocess.run([PROGRAM, "ctl", self.socket, *words], capture_output=True, text=True, timeout=60)

    def ask(self, *words):
        done = subprocess.run([PROGRAM, "ctl", "--json", self.socket, *words], capture_output=True, text=True,
                              timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def test_what_there_is(self):
        self.start()
        text = self.ctl().stdout
        self.assertIn("machine (machine)\n", text)
        self.assertIn("\nbus.pci.port (pci-root-port)\n", text)
        self.assertIn("  set_link state=up|down ", text)
        self.assertEqual(self.ctl("list").stdout, text)
        self.assertRegex(self.ctl("models").stdout, r"\nbus\.pci\.port\.net\.device +virtio-net\n")
        words = subprocess.run([PROGRAM, "ctl", "--complete", self.socket, "bus.pci.port"], capture_output=True,
                               text=True, timeout=60).stdout.split()
        self.assertEqual(words, ["plug", "unplug", "surprise"])
        self.assertIn("bus.cpu.hart0", self.ask("statistics"))
        self.assertEqual(list(self.ask("statistics", "bus.rom")), [])

    def test_looking_at_a_hart_and_memory(self):
        self.start()
        self.assertEqual(self.ask("pause"), None)
        first = self.ask("status")
        registers = self.ask("registers", "bus.cpu")["hart1"]
        self.assertIn(int(registers["pc"], 16), range(0x1000, 0x1018))
        self.assertEqual(registers["x"]["t0"], "0x0000000030008000")
        self.assertEqual(registers["privilege"], "machine")
        self.assertIn("mstatus", registers["csr"])
        self.assertEqual(self.ask("bus.cpu", "registers", "hart=0")["csr"]["satp"], "0x0000000000000000")
        self.assertEqual(bytes.fromhex(self.ask("read_memory", "0x1000", "24B")["data"]), GUEST)
        self.assertEqual(self.ask("status"), first)
        self.ask("resume")
        wait_for(lambda: self.ask("status")["instructions"] > first["instructions"], "progress")

    def test_a_region_of_interest(self):
        process = self.start("--stats", self.path("s.json"), "--trace", self.path("t.pftrace"), "--trace-region")
        self.assertIn("no region of interest has begun", self.ctl("region", "end").stderr)
        before = self.ask("statistics", "bus.cpu")["bus.cpu.hart0"]["instructions"]
        self.ask("pause")  # so that nothing happens in the region
        self.ask("region", "begin")
        self.assertEqual(self.ask("statistics", "bus.cpu")["bus.cpu.hart0"]["instructions"], 0)
        self.ask("region", "end")
        self.ask("trace", "on")
        self.ask("resume")
        region = {f"{s['path']}.{s['name']}": s.get("value") for s in stats.load(self.path("s.json"))["statistics"]}
        self.assertGreater(before, 0)
        self.assertEqual(region["bus.cpu.hart0.instructions"], 0)
        self.ask("quit")
        _, errors = process.communicate(timeout=30)
        self.assertIn("--- ringside: region of interest 1, from ", errors)
        self.assertIn("t.pftrace: ", errors)
        self.assertGreater(os.path.getsize(self.path("t.pftrace")), 0)

    def test_refusals(self):
        self.start()
        for words, message in [(["statu"], "did you mean 'status'?"),
                               (["bus.pci.prt", "plug"], "did you mean 'bus.pci.port'?"),
                               (["bus.pci.port", "plg"], "did you mean 'plug'?"),
                               (["bus.pci.port.net", "set_link", "up"], "'bus.pci.port.net.device' has that command"),
                               (["bus.pci.port.net.device", "set_link", "u"], "expected one of 'up', 'down'"),
                               (["bus.pci.port", "unplug"], "the slot of bus.pci.port (pci-root-port) is empty"),
                               (["bus.cpu", "registers", "7"], "there is no hart 7; expected 0 to 1"),
                               (["read_memory", "0x1000", "4"], "expected a size with a unit"),
                               (["read_memory", "0x10", "4B"], "there is no memory at 0x10"),
                               (["quit", "1", "2"], "one argument too many")]:
            done = self.ctl(*words)
            self.assertEqual(done.returncode, 1, words)
            self.assertIn(message, done.stderr)
        self.assertEqual(subprocess.run([PROGRAM, "ctl"], capture_output=True).returncode, 2)

    def test_nobody_there(self):
        done = self.ctl("status")
        self.assertEqual(done.returncode, 3)
        self.assertIn("cannot connect", done.stderr)

    def test_the_end(self):
        process = self.start()
        events = subprocess.Popen([PROGRAM, "ctl", self.socket, "subscribe"], stdout=subprocess.PIPE, text=True)
        self.addCleanup(events.stdout.close)
        time.sleep(0.5)
        self.ask("reset")
        self.ask("bus.pci.port", "plug")
        self.ask("quit", "9")
        self.assertEqual(process.wait(timeout=30), 9)
        self.assertIn("stopped because  control socket: quit (exit code 9)", process.stderr.read())
        lines = [line.split()[0] for line in events.communicate(timeout=30)[0].splitlines()]
        self.assertEqual(lines, ["reset", "plugged", "stopped"])
        self.assertFalse(os.path.exists(self.socket))

    def test_listening_can_be_interrupted(self):
        self.start()
        events = subprocess.Popen([PROGRAM, "ctl", self.socket, "subscribe"], stdout=subprocess.PIPE)
        self.addCleanup(events.stdout.close)
        time.sleep(0.5)
        events.send_signal(signal.SIGINT)
        self.assertEqual(events.wait(timeout=30), -signal.SIGINT)
        self.ask("status")

    def test_a_paused_simulation_can_be_interrupted(self):
        process = self.start()
        self.ask("pause")
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(timeout=30), 128 + signal.SIGINT)

    def test_the_sockets_file(self):
        process = self.start()
        self.assertEqual(stat.S_IMODE(os.stat(self.socket).st_mode), 0o600)
        second = subprocess.run([PROGRAM, "run", self.path("board.yaml"), "--control", self.socket],
                                capture_output=True, text=True, timeout=60)
        self.assertEqual(second.returncode, 1)
        self.assertIn("Address already in use", second.stderr)
        process.kill()
        process.wait()
        self.assertTrue(os.path.exists(self.socket))
        self.start()  # takes the place of the one that died

    def test_tcp(self):
        process = self.start(address="tcp:0")
        line = process.stderr.readline()
        self.assertRegex(line, r"commands are taken at tcp:127\.0\.0\.1:\d+")
        self.socket = line.split()[-1]
        wait_for(lambda: self.ctl("status").returncode == 0, "an answer")
        port = int(self.socket.split(":")[-1])
        with socket.create_connection(("127.0.0.1", port), timeout=30) as peer:
            peer.sendall(b'POST / HTTP/1.1\r\n\r\n{"command": "quit"}\n')
            with peer.makefile() as answers:
                self.assertIn("no JSON", answers.readline())
                self.assertEqual(answers.read(), "")
        self.ask("status")

    def test_garbage(self):
        self.start()
        with socket.socket(socket.AF_UNIX) as peer:
            peer.settimeout(30)
            peer.connect(self.socket)
            peer.sendall(b"\x00\xff{{{\n[]\n" + b"[" * 200000 + b"\n" + b'{"command": 5}\n{"id": "x", "command": "status"}\n')
            with peer.makefile() as answers:
                for _ in range(4):
                    self.assertIn("error", json.loads(answers.readline()))
                self.assertEqual(json.loads(answers.readline())["id"], "x")
        self.ask("status")

    def statistics(self, name):
        run = stats.load(self.path(name))
        for key in ("host", "platform"):
            del run[key]
        return run

    def test_a_recording_repeats_commands_to_the_instruction(self):
        process = self.start("--record", self.path("r"), "--stats", self.path("first.json"))
        time.sleep(0.2)
        self.ask("status")
        self.ask("bus.pci.port.net.device", "set_link", "down")
        self.ask("bus.pci.port", "plug")
        self.ask("pause")
        self.ask("registers", "bus.cpu")
        self.ask("resume")
        time.sleep(0.1)
        self.ask("bus.pci.port", "surprise")
        self.ask("quit", "4")
        self.assertEqual(process.wait(timeout=60), 4)
        done = subprocess.run([PROGRAM, "run", self.path("board.yaml"), "--replay", self.path("r"), "--stats",
                               self.path("second.json")], capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 4, done.stderr)
        first = self.statistics("first.json")
        self.assertEqual(first, self.statistics("second.json"))
        values = {(s["path"], s["name"]): s.get("value") for s in first["statistics"]}
        self.assertEqual(values["bus.pci.port", "cards_in"], 1)
        self.assertEqual(values["bus.pci.port", "cards_out"], 1)
        self.assertGreater(values["bus.cpu.hart1", "mmio_loads"], 10)


if __name__ == "__main__":
    unittest.main()
