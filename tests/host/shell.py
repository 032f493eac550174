# SPDX-License-Identifier: Apache-2.0
"""Linux at its shell's prompt on Ringside, and the control socket of its machine."""

import subprocess
import time

import guest


class Shell:
    """Starts `emulator` with `arguments` and waits for the prompt."""

    def __init__(self, emulator, arguments, socket, timeout):
        self.emulator, self.socket = emulator, socket
        self.run = guest.Run([emulator, *arguments, "--control", socket], timeout, stdin=subprocess.PIPE)
        self.run.wait_for("ringside# ")
        self.shell("dmesg -n 1")  # the kernel would write into the middle of what commands say

    def ctl(self, *words):
        done = subprocess.run([self.emulator, "ctl", "--json", self.socket, *words], capture_output=True, text=True, timeout=60)
        if done.returncode:
            raise guest.Failure(f"ctl {' '.join(words)}: {done.stderr}")
        return done.stdout

    def shell(self, command):
        """Type a command; returns what it said, after the echo of the command itself."""
        self.run.send(command + "; echo E''ND\n")
        return self.run.wait_for("END\r\n")

    def until(self, command, wanted, what, seconds=200):
        deadline = time.monotonic() + seconds
        while wanted not in (said := self.shell(command)):
            if time.monotonic() > deadline:
                raise guest.Failure(f"{what} did not happen: {said}" + self.shell("dmesg | grep -v virtio_ | tail -n 40"))
            time.sleep(1)

    def power_off(self):
        self.run.send("poweroff -f\n")
        for _ in self.run.lines():
            pass
