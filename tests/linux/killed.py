#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Linux writes to persistent memory, the emulator is killed, and the next run finds what was written.

Needs the second kernel: Debian's for riscv64 has no driver of persistent memory.
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "host"))
import guest
import machines
import parts
import script
import shell

MOUNT = "mount -t ext4 -o dax=always /dev/pmem0 /mnt"


def parse_arguments():
    parser = script.parser(__doc__, seconds=200)
    parser.add_argument("--kernel", choices=("full",), default="full", help="sw/kernel's")
    return parser.parse_args()


def start(arguments, memory, folder, name):
    platform = os.path.join(folder, name + ".yaml")
    with open(platform, "w") as out:
        out.write(machines.ringside_platform(machines.Machine(
            firmware=machines.image("fw_dynamic.bin"), kernel=machines.image("Image-full"),
            initramfs=machines.image("initramfs-bare.cpio"), command_line="console=ttyS0 earlycon=sbi quiet",
            parts=(memory,))))
    return shell.Shell(arguments.emulator, ["run", platform, "--quiet"], os.path.join(folder, name), arguments.timeout)


def checked(machine, command):
    """The last word that a command says, which must have succeeded."""
    said = machine.shell(command + " && echo FINE")
    if "\nFINE" not in said:
        raise guest.Failure(f"'{command}' failed: {said}")
    return said.split("\nFINE")[0].split()[-1]


def run(arguments, folder):
    memory = parts.Pmem()
    memory.prepare(folder)
    first = start(arguments, memory, folder, "first")
    checked(first, "mke2fs -q -F -b 4096 /dev/pmem0 && " + MOUNT)
    checked(first, "head -c 3000000 /dev/urandom > /mnt/data && sync")
    written = checked(first, "sha256sum < /mnt/data | cut -d' ' -f1")
    first.run.stop()  # by SIGKILL: neither the guest nor the emulator can tidy up
    if not first.run.timed_out:
        raise guest.Failure("the first run ended by itself")

    second = start(arguments, memory, folder, "second")
    checked(second, MOUNT)
    found = checked(second, "sha256sum < /mnt/data | cut -d' ' -f1")
    second.power_off()
    if found != written:
        raise guest.Failure(f"the sum of the file is {found}; before the first run was killed, it was {written}")
    print("the file outlived the killed run")


def main():
    script.run_in_folder(run, parse_arguments(), "Image-full", "initramfs-bare.cpio")


if __name__ == "__main__":
    main()
