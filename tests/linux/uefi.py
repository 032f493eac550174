#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""UEFI (Debian's EDK2) runs from flash, and boots Linux with an initramfs from a FAT disk behind virtio-pci."""

import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "host"))
import guest
import machines
import script

# What the UEFI shell runs by itself. The kernel is an EFI program and gets its initramfs by name.
STARTUP = "fs0:\r\nImage console=ttyS0 quiet initrd=initrd.cpi ringside.test=smoke\r\n"


def make_disk(folder):
    startup, disk = os.path.join(folder, "startup.nsh"), os.path.join(folder, "disk.img")
    with open(startup, "w", newline="") as file:
        file.write(STARTUP)
    tool = os.path.join(machines.SOURCE, "sw", "images", "mkdisk.py")
    subprocess.run([sys.executable, tool, "fat", disk, "96MiB", f"IMAGE={machines.image('Image')}",
                    f"INITRD.CPI={machines.image('initramfs.cpio')}", f"STARTUP.NSH={startup}"], check=True)
    return disk


def run(arguments, folder):
    machine = machines.Machine(
        interrupts="intx", transport="modern", firmware=machines.image("fw_dynamic.bin"), entropy=True,
        disk=make_disk(folder), flash=(machines.image("edk2-code.fd"), machines.image("edk2-vars.fd")))
    passed = guest.judge(machines.command(arguments.emulator, machine, folder), arguments.timeout)
    print(f"booted by UEFI; all {passed} tests passed")


def main():
    script.run_in_folder(run, script.parser(__doc__, seconds=200).parse_args(), "edk2-code.fd")


if __name__ == "__main__":
    main()
