#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Boot Debian's kernel and use each device, by the scripts in sw/images/tests. See README.md."""

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "host"))
import guest
import machines

DISK_SIZE = 16 << 20
ALL = "smoke,smp,devices,entropy,block,net,console"


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--emulator", default="qemu", help="qemu, or the path of ringside")
    parser.add_argument("--tests", default=ALL, help="comma-separated, default %(default)s; ninep takes a minute")
    parser.add_argument("--harts", type=int, default=1)
    parser.add_argument("--interrupts", choices=("msix", "intx"), default="msix")
    parser.add_argument("--transport", choices=("modern", "transitional", "legacy"), default="modern")
    parser.add_argument("--packed", action="store_true")
    parser.add_argument("--accuracy", choices=("functional", "timed"), default="functional", help="of Ringside")
    parser.add_argument("--share-model", choices=("none", "passthrough", "mapped-xattr"), default="none",
                        help="security model of the shared folder")
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


def make_share(path):
    """A folder for 9P with a file in it; gives the file's checksum."""
    os.mkdir(path)
    data = os.urandom(1 << 20)
    with open(os.path.join(path, "from-host"), "wb") as file:
        file.write(data)
    return hashlib.sha256(data).hexdigest()


def has_attributes(path):
    """Whether the file system there has extended attributes."""
    try:
        os.setxattr(path, "user.ringside", b"probe")
        os.removexattr(path, "user.ringside")
        return True
    except OSError:
        return False


def check_share(path):
    """What the guest has left, seen from this side, and nothing else."""
    if sorted(os.listdir(path)) != ["from-host", "to-host", "tree"]:
        raise guest.Failure(f"the folder holds {sorted(os.listdir(path))}")
    line = b"ringside 9p test\n"
    with open(os.path.join(path, "to-host"), "rb") as file:
        if file.read() != (line * ((2 << 20) // len(line) + 1))[:2 << 20]:
            raise guest.Failure("the folder's file is not what the guest wrote")
    below = os.path.join(path, "tree", "below")
    found = {}
    for name in os.listdir(below):
        with open(os.path.join(below, name)) as file:
            found[name] = file.read()
    if found != {str(i): f"file {i}\n" for i in range(20)}:
        raise guest.Failure("the folder's tree is not what the guest made")


def run(arguments, folder):
    disk = os.path.join(folder, "disk.img")
    tests = arguments.tests.split(",")
    sender, server = guest.Sender(300000), guest.Echo()
    consoles = tuple(os.path.join(folder, f"port{i}") for i in range(2))
    for path in consoles:
        guest.Echo(path)
    share = os.path.join(folder, "share") if "ninep" in tests else ""
    values = {
        "sha_9p": make_share(share) if share else "", "xattr": 1 if arguments.share_model == "mapped-xattr" else "",
        "attributes": 1 if has_attributes(folder) else "",
        "qemu": 1 if arguments.emulator == "qemu" else "",
        "sha": make_disk(disk), "tcp": server.port, "listen": 7777, "sha_in": sender.sha256, "ports": 1,
        "harts": arguments.harts, "devices": 4 + bool(share), "irq": arguments.interrupts,
        "packed": int(arguments.packed), "legacy": int(arguments.transport == "legacy"),
    }
    machine = machines.Machine(
        harts=arguments.harts, interrupts=arguments.interrupts, transport=arguments.transport,
        packed=arguments.packed, accuracy=arguments.accuracy, firmware=machines.image("fw_dynamic.bin"), kernel=machines.image("Image"),
        initramfs=machines.image("initramfs.cpio"), disk=disk, queues=arguments.harts, network=True,
        forward=(sender.port, 7777), entropy=True, consoles=consoles,
        share=share, share_model=arguments.share_model,
        command_line="console=ttyS0 earlycon=sbi quiet ringside.test=" + arguments.tests +
                     " ringside.arg=" + ",".join(f"{k}={v}" for k, v in values.items()))
    command = machines.command(arguments.emulator, machine, folder)
    if arguments.dry_run:
        print(" ".join(command))
        return

    def on_line(line):
        if line.startswith("LISTENING"):
            sender.start()

    passed = guest.judge(command, arguments.timeout, on_line)
    if "block" in tests:
        check_disk(disk)
    if share:
        check_share(share)
    print(f"all {passed} tests passed")


def main():
    arguments = parse_arguments()
    if not os.path.exists(machines.image("initramfs.cpio")):
        sys.exit("no guest images: run sw/images/build.py")
    with tempfile.TemporaryDirectory(prefix="ringside-") as folder:
        try:
            run(arguments, folder)
        except guest.Failure as failure:
            sys.exit(f"FAILED: {failure}")


if __name__ == "__main__":
    main()
