#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Devices of a run of Linux are logged, and the logs played to each device twice, without the guest: the same hash."""

import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "host"))
import guest
import linux
import machines
import script


class Session:
    """A run whose devices are logged: its command, what the guest has to pass, and how its logs are played."""

    def __init__(self, arguments, folder):
        self.arguments, self.folder = arguments, folder
        self.recording = os.path.join(folder, "recording")
        if arguments.rtl:
            self.devices, self.passes = ("rng", "disk"), ("entropy/", "block/many")
            self.platform = os.path.join(machines.SOURCE, "yaml", "riscv-virt-rtl.yaml")
            append = "console=ttyS0 quiet ringside.net=off ringside.test=entropy,block ringside.arg=legacy=0"
            self.command = [arguments.emulator, "run", self.platform, "--append", append]
            return
        self.devices, self.passes = ("rng", "disk", "net"), ("entropy/", "block/many", "net/tcp-out")
        self.platform = os.path.join(folder, "platform.yaml")
        disk = os.path.join(folder, "disk.img")
        values = f"sha={linux.make_disk(disk)},tcp={guest.Echo().port}"
        machine = machines.Machine(
            firmware=machines.image("fw_dynamic.bin"), kernel=machines.image("Image"),
            initramfs=machines.image("initramfs.cpio"), disk=disk, network=True, entropy=True,
            command_line=f"console=ttyS0 quiet ringside.test=entropy,block,net ringside.arg={values}")
        self.command = machines.command(arguments.emulator, machine, folder)
        # What the guest writes is to be written again to the same image.
        self.command += ["--set", "bus.pci.disk.device.backend.snapshot=true"]

    def log(self, name):
        return os.path.join(self.folder, name + ".log")

    def record(self):
        """Runs the guest; gives the hash of each device's log, as its monitor has it."""
        command = self.command + ["--record", self.recording, "--quiet"]
        for name in self.devices:
            command += ["--set", f"bus.pci.{name}.monitor={{type: virtio-monitor, log: {self.log(name)}}}"]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=self.arguments.timeout, text=True, errors="replace")
        for test in self.passes:
            if f"PASS {test}" not in done.stdout:
                raise guest.Failure(f"the guest has not passed '{test}': {done.stdout[-500:]}\n{done.stderr[-500:]}")
        hashes = dict(re.findall(r"^bus\.pci\.(\w+): .*, hash (\w+)$", done.stderr, re.MULTILINE))
        if missing := [name for name in self.devices if name not in hashes]:
            raise guest.Failure(f"no hash of {missing}: {done.stderr[-500:]}")
        return hashes

    def play(self, name, *options):
        command = [self.arguments.emulator, "replay", self.log(name), self.platform, "--device", f"bus.pci.{name}"]
        return subprocess.run(command + list(options), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=self.arguments.timeout, text=True)


def run(arguments, folder):
    session = Session(arguments, folder)
    hashes = session.record()
    for name, expected in hashes.items():
        if name not in session.devices:
            continue
        for options in ((), ("--check",)):
            done = session.play(name, "--host", session.recording, *options)
            if done.returncode != 0 or f"hash             {expected}, as recorded" not in done.stdout:
                raise guest.Failure(f"{name}: expected hash {expected}, found {done.stdout}")
        print(f"{name}: {os.path.getsize(session.log(name)) >> 10} KiB of log, hash {expected} twice\n{done.stdout}")
    with open(session.log("rng"), "r+b") as log:
        log.truncate(os.path.getsize(log.name) // 2)
    done = session.play("rng")
    if done.returncode != 1 or "the log is cut off" not in done.stdout:
        raise guest.Failure(f"a log that is cut off was played with exit code {done.returncode}: {done.stdout}")


def main():
    parser = script.parser(__doc__, seconds=200)
    parser.add_argument("--rtl", action="store_true", help="devices in RTL")
    script.run_in_folder(run, parser.parse_args(), "initramfs.cpio")


if __name__ == "__main__":
    main()
