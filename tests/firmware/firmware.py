#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Run one bare-metal program (sw/firmware) on a machine that has the devices it drives."""

import argparse
import os
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "host"))
import guest
import machines
import parts

DISK_SIZE = 4 << 20


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("elf", help="build/sw/firmware/NAME.elf")
    parser.add_argument("--emulator", default="qemu", help="qemu, or the path of ringside")
    parser.add_argument("--harts", type=int, default=1)
    parser.add_argument("--interrupts", choices=("msix", "intx"), default="msix")
    parser.add_argument("--transport", choices=("modern", "transitional", "legacy"), default="transitional")
    parser.add_argument("--packed", action="store_true")
    parser.add_argument("--read-only", action="store_true", help="of the disk")
    parser.add_argument("--queues", type=int, default=2, help="of the disk")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE",
                        help="a parameter of every virtio device (Ringside only)")
    parser.add_argument("--timeout", type=int, default=120, help="seconds")
    return parser.parse_args()


def build_machine(arguments, folder):
    name = os.path.splitext(os.path.basename(arguments.elf))[0]
    everything = name in ("features", "transport")
    machine = machines.Machine(
        harts=arguments.harts, memory=256, interrupts=arguments.interrupts, transport=arguments.transport,
        packed=arguments.packed, firmware=os.path.abspath(arguments.elf), queues=arguments.queues,
        read_only=arguments.read_only, entropy=everything or name in ("entropy", "hostile"),
        network=everything or name == "net",
        extra="".join(", " + setting.replace("=", ": ") for setting in arguments.set))
    if everything or name == "block":
        machine.disk = os.path.join(folder, "disk.img")
        with open(machine.disk, "wb") as file:
            file.truncate(DISK_SIZE)
    if everything or name == "console":
        machine.consoles = tuple(os.path.join(folder, f"port{i}") for i in range(2))
        for path in machine.consoles:
            guest.Echo(path)
    if name == "features":
        # Those that QEMU has on this machine.
        machine.parts = (parts.Ninep("none", on_qemu=False), parts.Scsi(), parts.Gpu(), parts.Balloon(machine.memory),
                         parts.Input("keyboard"), parts.Input("mouse"), parts.Input("tablet"))
        for part in machine.parts:
            part.prepare(folder)
    return machine


def main():
    arguments = parse_arguments()
    with tempfile.TemporaryDirectory(prefix="ringside-") as folder:
        machine = build_machine(arguments, folder)
        try:
            passed = guest.judge(machines.command(arguments.emulator, machine, folder), arguments.timeout)
        except guest.Failure as failure:
            sys.exit(f"FAILED: {failure}")
    print(f"all {passed} tests passed")


if __name__ == "__main__":
    main()
