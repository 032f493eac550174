#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Boot Debian's kernel and use each device, by the scripts in sw/images/tests. See README.md."""

import argparse
import hashlib
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "host"))
import baselines
import checked
import guest
import machines
import parts
import remote
import script

DISK_SIZE = 16 << 20
KERNELS = {"debian": ("Image", "initramfs.cpio"), "full": ("Image-full", "initramfs-bare.cpio")}
ALL = "smoke,smp,devices,entropy,block,net,console,workload"


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--emulator", default="qemu", help="qemu, or the path of ringside")
    parser.add_argument("--tests", default=ALL, help="comma-separated, default %(default)s; others bring their device")
    parser.add_argument("--harts", type=int, default=1)
    parser.add_argument("--interrupts", choices=("msix", "intx"), default="msix")
    parser.add_argument("--transport", choices=("modern", "transitional", "legacy"), default="modern")
    parser.add_argument("--packed", action="store_true")
    parser.add_argument("--kernel", choices=("debian", "full"), default="debian", help="full: sw/kernel's")
    parser.add_argument("--accuracy", choices=("functional", "timed"), default="functional", help="of Ringside")
    parser.add_argument("--exits", default="", metavar="PROFILE", help="count exits, and charge them (Ringside)")
    parser.add_argument("--clock", default="1GHz", help="of the harts (Ringside)")
    parser.add_argument("--engine", default="", help="of all virtio devices (Ringside)")
    parser.add_argument("--network-engine", default="", help="of the network, if it is another (Ringside)")
    parser.add_argument("--no-event-index", action="store_true", help="virtio devices do not offer it (Ringside)")
    parser.add_argument("--with", dest="beside", default="", metavar="TEST,...",
                        help="what those tests bring, without the tests themselves")
    parser.add_argument("--checked", action="store_true", help="each virtio device is under the checker (Ringside)")
    parser.add_argument("--mitigation", choices=("on", "off"), default="on", help="interrupt mitigation of the e1000")
    parser.add_argument("--e1000-extra", default="", metavar="PARAMETERS", help="of the e1000 (Ringside): 'fifo: 16'")
    parser.add_argument("--share-model", choices=("none", "passthrough", "mapped-xattr"), default="none",
                        help="security model of the folder for 9P")
    parser.add_argument("--timeout", type=int, default=300, help="seconds")
    parser.add_argument("--dry-run", action="store_true", help="print the command and stop")
    return parser.parse_args()


def make_disk(path):
    tool = os.path.join(machines.SOURCE, "sw", "images", "mkdisk.py")
    made = subprocess.run([sys.executable, tool, "pattern", path, str(DISK_SIZE)], check=True, text=True,
                          stdout=subprocess.PIPE)
    return made.stdout.strip()


def check_disk(path):
    """The guest leaves a text in the first MiB; look at it from this side."""
    line = b"ringside block test\n"
    with open(path, "rb") as file:
        found = file.read(1 << 20)
    expected = (line * ((1 << 20) // len(line) + 1))[:1 << 20]
    if hashlib.sha256(found).digest() != hashlib.sha256(expected).digest():
        raise guest.Failure("the disk does not hold what the guest wrote")


def beside(arguments):
    return [name for name in arguments.beside.split(",") if name]


def parts_for(tests, arguments, machine):
    """The devices of the named tests, beside those that every machine has; of 'together', all."""
    makers = {
        "ahci": lambda: [baselines.Ahci(arguments.accuracy == "timed", arguments.interrupts == "intx", bool(arguments.exits))],
        "balloon": lambda: [parts.Balloon(machine.memory)],
        "e1000": lambda: [baselines.E1000(machine.forward, arguments.mitigation == "on",
                                      arguments.e1000_extra and ", " + arguments.e1000_extra)],
        "exits": lambda: [parts.Exits(arguments.interrupts == "intx", not arguments.no_event_index,
                                      arguments.exits == "qemu-tcg", arguments.exits == "qemu-kvm-noioeventfd")],
        "gpu": lambda: [parts.Gpu()],
        "input": lambda: [parts.Input(form) for form in ("keyboard", "mouse", "tablet")],
        "multitouch": lambda: [parts.Input("multitouch")],
        "iommu": lambda: [parts.Iommu()],
        "mem": lambda: [parts.Mem()],
        "ninep": lambda: [parts.Ninep(arguments.share_model, arguments.emulator == "qemu")],
        "pmem": lambda: [parts.Pmem()],
        "scsi": lambda: [parts.Scsi()],
        "t10pi": lambda: [parts.ProtectedDisk()],
        "vsock": lambda: [parts.Vsock()],
    }
    # A machine with two SCSI hosts would have the disks in any order.
    wanted = [name for name in makers if name not in ("ahci", "e1000", "exits", "t10pi")] if "together" in tests else tests
    wanted = list(wanted) + beside(arguments)
    return tuple(part for name in wanted if name in makers for part in makers[name]())


class Host:
    """What the test scripts ask for while they run."""

    def __init__(self, machine_parts, emulator, path, sender):
        self._verbs = {verb: getattr(part, method) for part in machine_parts for verb, method in part.verbs.items()}
        self._control = (remote.Qemu if emulator == "qemu" else remote.Ringside)(path)
        self._sender = sender

    def on_line(self, line):
        words = line.split()
        if line.startswith("LISTENING"):
            self._sender.start()
        elif words[:1] == ["HOST"]:
            if words[1] not in self._verbs:
                raise guest.Failure(f"no part of this machine knows '{line}'")
            self._verbs[words[1]](self._control, *words[2:])
            return "done\n"
        return None


def run(arguments, folder):
    disk = os.path.join(folder, "disk.img")
    tests = arguments.tests.split(",")
    sender, server = guest.Sender(300000), guest.Echo()
    consoles = tuple(os.path.join(folder, f"port{i}") for i in range(2))
    for path in consoles:
        guest.Echo(path)
    kernel = KERNELS[arguments.kernel]
    machine = machines.Machine(
        harts=arguments.harts, interrupts=arguments.interrupts, transport=arguments.transport,
        packed=arguments.packed, accuracy=arguments.accuracy, firmware=machines.image("fw_dynamic.bin"),
        kernel=machines.image(kernel[0]), initramfs=machines.image(kernel[1]), disk=disk, queues=arguments.harts,
        network="e1000" not in tests + beside(arguments), forward=(sender.port, 7777), entropy=True, consoles=consoles)
    machine.exits, machine.clock, machine.checked = arguments.exits, arguments.clock, arguments.checked
    event_index = ", event_idx: false" if arguments.no_event_index else ""
    machine.extra = (f", engine: {arguments.engine}" if arguments.engine else "") + event_index
    if arguments.network_engine:
        machine.network_extra = f", engine: {arguments.network_engine}" + event_index
    machine.parts = parts_for(tests, arguments, machine)
    if any(part.verbs for part in machine.parts):
        machine.control = os.path.join(folder, "control")
    values = {
        "sha": make_disk(disk), "tcp": server.port, "listen": 7777, "sha_in": sender.sha256, "ports": 1,
        "harts": arguments.harts, "devices": 3 + machine.network + sum(part.virtio for part in machine.parts), "irq": arguments.interrupts,
        "maker": "QEMU" if arguments.emulator == "qemu" else "Ringside",
        "packed": int(arguments.packed), "legacy": int(arguments.transport == "legacy"),
    }
    if "iommu" in tests:
        values["sha"] = ""  # it writes to the disk before the others
    for part in machine.parts:
        values.update(part.prepare(folder))
    machine.command_line = ("console=ttyS0 earlycon=sbi quiet ringside.test=" + arguments.tests + " ringside.arg=" +
                            ",".join(f"{k}={v}" for k, v in values.items()))
    if arguments.emulator == "qemu" and not all(part.qemu("") for part in machine.parts):
        raise guest.Failure("QEMU 7.2 does not have all of these devices on this machine")
    command = machines.command(arguments.emulator, machine, folder)
    if arguments.dry_run:
        print(" ".join(command))
        return
    host = Host(machine.parts, arguments.emulator, machine.control, sender)
    checks = checked.Checked()
    passed = guest.judge(command, arguments.timeout, lambda line: checks.on_line(line) or host.on_line(line),
                         stdin=subprocess.PIPE)
    if arguments.checked:
        checks.check(values["devices"], idle=1)  # a mouse that nobody moves
    if "block" in tests:
        check_disk(disk)
    for part in machine.parts:
        if part.name in tests:
            part.check()
    print(f"all {passed} tests passed")


def main():
    arguments = parse_arguments()
    script.run_in_folder(run, arguments, *KERNELS[arguments.kernel])


if __name__ == "__main__":
    main()
