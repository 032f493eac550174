#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""U-Boot (Debian's u-boot-qemu, S-mode after OpenSBI) finds the disk over virtio-pci and reads a file."""

import argparse
import os
import subprocess
import sys
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "host"))
import guest
import machines
import script

LOAD = 0x84000000
PROMPT = "\n=> "  # at the start of a line: answers hold arrows too


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--emulator", default="qemu", help="qemu, or the path of ringside")
    parser.add_argument("--interrupts", choices=("msix", "intx"), default="msix")
    parser.add_argument("--transport", choices=("modern", "transitional", "legacy"), default="modern")
    parser.add_argument("--packed", action="store_true")
    parser.add_argument("--timeout", type=int, default=120, help="seconds")
    return parser.parse_args()


def make_disk(folder):
    """A FAT disk with one file; returns the path and the file's content."""
    content = b"".join(b"line %d of the file that U-Boot reads\n" % n for n in range(5000))
    source, disk = os.path.join(folder, "content"), os.path.join(folder, "disk.img")
    with open(source, "wb") as file:
        file.write(content)
    tool = os.path.join(machines.SOURCE, "sw", "images", "mkdisk.py")
    subprocess.run([sys.executable, tool, "fat", disk, "8MiB", f"HELLO.TXT={source}"], check=True)
    return disk, content


def expect(answer, text, what):
    if text not in answer:
        raise guest.Failure(f"{what}: no '{text}' in: {answer.strip()}")
    print(f"\nPASS uboot/{what}")


def run(arguments, folder):
    disk, content = make_disk(folder)
    machine = machines.Machine(
        interrupts=arguments.interrupts, transport=arguments.transport, packed=arguments.packed,
        firmware=machines.image("fw_dynamic.bin"), kernel=machines.image("u-boot.bin"), disk=disk)
    shell = guest.Run(machines.command(arguments.emulator, machine, folder), arguments.timeout,
                      stdin=subprocess.PIPE)

    def ask(line):
        shell.send(line + "\n")
        return shell.wait_for(PROMPT)

    try:
        shell.wait_for("Hit any key")
        shell.send("\n")
        shell.wait_for(PROMPT)
        expect(ask("pci"), "0x1af4", "pci")
        ask("virtio scan")
        expect(ask("virtio info"), "VirtIO Block Device", "scan")
        expect(ask("fatls virtio 0"), "HELLO.TXT", "list")
        expect(ask(f"fatload virtio 0 {LOAD:x} hello.txt"), f"{len(content)} bytes read", "read")
        expect(ask(f"crc32 {LOAD:x} {len(content):x}"), f"{zlib.crc32(content):08x}", "checksum")
        shell.send("poweroff\n")
        for _ in shell.lines():
            pass
        if shell.timed_out or shell.status:
            raise guest.Failure(f"power-off: status {shell.status}")
    finally:
        shell.stop()


def main():
    script.run_in_folder(run, parse_arguments(), "u-boot.bin")


if __name__ == "__main__":
    main()
