#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Linux in QEMU, with whole PCI functions that Ringside serves over vfio-user: yaml/vfio-user-*.yaml, a process each.

Wants QEMU 10.1 or newer with vfio-user-pci: the one that RINGSIDE_VFIO_QEMU names, or qemu-system-riscv64 on the PATH.
Skipped (exit status 77, with the reason) where there is none.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "host"))
import guest
import linux
import machines
import remote
import script
import vhost_user

SKIPPED = 77
VARIABLE = "RINGSIDE_VFIO_QEMU"
NEEDED = (10, 1)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--emulator", required=True, help="the path of ringside")
    parser.add_argument("--tests", default="devices,entropy,block,net", help="comma-separated, default %(default)s")
    parser.add_argument("--harts", type=int, default=1)
    parser.add_argument("--interrupts", choices=("msix", "intx"), default="msix")
    parser.add_argument("--packed", action="store_true")
    parser.add_argument("--card", choices=("net", "e1000"), default="net", help="what is there for the test 'net'")
    parser.add_argument("--accuracy", choices=("functional", "timed"), default="functional")
    parser.add_argument("--private", action="store_true", help="QEMU does not share its memory: DMA goes by messages")
    parser.add_argument("--reset", action="store_true", help="QEMU resets the guest after the first test")
    parser.add_argument("--measure", action="store_true", help="the block device's rate, beside that of QEMU's own")
    parser.add_argument("--timeout", type=int, default=300, help="seconds")
    return parser.parse_args()


def skip(reason):
    print(f"SKIPPED: {reason}; expected one of version {NEEDED[0]}.{NEEDED[1]} or newer, named by {VARIABLE} or on the PATH")
    sys.exit(SKIPPED)


def find_qemu():
    """The path of a QEMU that has the client."""
    path = os.environ.get(VARIABLE) or shutil.which("qemu-system-riscv64")
    if not path:
        skip("there is no qemu-system-riscv64")
    try:
        said = subprocess.run([path, "--version"], text=True, stdout=subprocess.PIPE, check=True).stdout
        version = re.search(r"version (\d+)\.(\d+)", said)
        if not version or tuple(map(int, version.groups())) < NEEDED:
            skip(f"{path} is '{said.splitlines()[0] if said else 'without a version'}'")
        asked = subprocess.run([path, "-machine", "virt", "-device", "vfio-user-pci,help"], text=True, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT)
    except (OSError, subprocess.CalledProcessError) as error:
        skip(f"{path} does not run: {error}")
    if asked.returncode or "vfio-user-pci options" not in asked.stdout:
        skip(f"{path} was built without vfio-user-pci")
    return path


def client(machine, names, arguments, folder):
    """QEMU's command line, with the functions of these names."""
    command = machines.command("qemu", machine, folder)
    command[0] = arguments.qemu
    if not arguments.private:
        command += ["-object", f"memory-backend-memfd,id=ram,size={machine.memory}M,share=on", "-machine", "memory-backend=ram"]
    for name in names:
        path = os.path.join(folder, name + ".sock").replace('"', '\\"')
        command += ["-device", f'{{"driver": "vfio-user-pci", "socket": {{"type": "unix", "path": "{path}"}}}}']
    if arguments.reset:
        command.remove("-no-reboot")
    return command


class Script:
    """The host's part in what the guest's tests do."""

    def __init__(self, arguments, machine, sender):
        self._reset, self._machine, self._sender = arguments.reset, machine, sender

    def on_line(self, line):
        if line == "END" and self._reset:
            self._reset = False
            remote.Qemu(self._machine.control).call("system_reset")
        elif line.startswith("LISTENING"):
            self._sender.start()
        return None


def check_books(name, statistics, arguments):
    """A server has had one client, refused nothing, and used messages for DMA only where it must."""
    requests = sum(value for (_, what), value in statistics.items() if what == "requests")
    refusals, told = statistics[name, "refusals"], statistics[name, "interrupts"]
    by_message = statistics[name, "dma_messages"]
    print(f"{name}: {requests} requests, {told} eventfd writes, {statistics[name, 'messages']} commands, {by_message} DMA messages")
    if statistics[name, "clients"] != 1 or refusals or not requests or not told or bool(by_message) != arguments.private:
        raise guest.Failure(f"the books of '{name}': {refusals} refusals, {requests} requests, {told} interrupts, "
                            f"{by_message} DMA messages")


def run(arguments, folder):
    tests = arguments.tests.split(",")
    sender, server = guest.Sender(300000), guest.Echo()
    disk = os.path.join(folder, "disk.img")
    values = {"sha": linux.make_disk(disk), "tcp": server.port, "listen": 7777, "sha_in": sender.sha256,
              "irq": arguments.interrupts, "packed": int(arguments.packed), "legacy": 0}
    # What serves each test; 'devices' looks at all of them.
    wanted = {
        "disk": ("block", {".backend": f"{{type: file, path: {machines.quoted(disk)}}}", ".queues": arguments.harts}),
        arguments.card: ("net", {".backend": f"{{type: user, hostfwd: ['tcp:127.0.0.1:{sender.port}-:7777']}}"}),
        "rng": ("entropy", {}),
    }
    wanted = {name: settings for name, (test, settings) in wanted.items() if test in tests}
    values["devices"] = len(wanted) - ("e1000" in wanted)
    machine = machines.Machine(
        harts=arguments.harts, interrupts=arguments.interrupts, firmware=machines.image("fw_dynamic.bin"),
        kernel=machines.image("Image"), initramfs=machines.image("initramfs.cpio"),
        command_line="console=ttyS0 earlycon=sbi quiet ringside.test=" + arguments.tests + " ringside.arg=" +
                     ",".join(f"{k}={v}" for k, v in values.items()))
    if arguments.reset:
        machine.control = os.path.join(folder, "qmp")
    servers = [vhost_user.BackEnd(name, arguments.emulator, folder, arguments, settings, "vfio-user",
                                  "function" if name == "e1000" else "function.device") for name, settings in wanted.items()]
    host = Script(arguments, machine, sender)
    try:
        for one in servers:
            one.wait_ready()
        try:
            passed = guest.judge(client(machine, wanted, arguments, folder), arguments.timeout, host.on_line,
                                 stdin=subprocess.PIPE)
        except guest.Failure:
            for one in servers:
                print(f"--- server '{one.name}':\n{one.said()}")
            raise
        for one in servers:
            check_books(one.name, one.end(), arguments)
    finally:
        for one in servers:
            one.stop()
    if "block" in tests:
        linux.check_disk(disk)
    print(f"all {passed} tests passed")


def measure(arguments, folder):
    vhost_user.measure(arguments, folder, "vfio-user", "function.device", client)


def main():
    arguments = parse_arguments()
    arguments.qemu = find_qemu()
    script.run_in_folder(measure if arguments.measure else run, arguments, "Image", "initramfs.cpio")


if __name__ == "__main__":
    main()
