# SPDX-License-Identifier: Apache-2.0
"""One description of a test machine, and the command lines that start it in QEMU and in Ringside."""

import dataclasses
import os
import shutil

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CACHE = os.path.expanduser(os.environ.get("RINGSIDE_CACHE") or "~/.cache/ringside")
IMAGES = os.path.join(CACHE, "images", "riscv64")


def image(name):
    return os.path.join(IMAGES, name)


@dataclasses.dataclass
class Machine:
    harts: int = 1
    memory: int = 512              # MiB
    interrupts: str = "msix"       # msix: AIA; intx: PLIC
    transport: str = "modern"      # modern, transitional, legacy
    packed: bool = False
    firmware: str = ""             # ELF or binary at the start of RAM
    kernel: str = ""               # what OpenSBI starts
    initramfs: str = ""
    command_line: str = ""
    disk: str = ""                 # raw file; empty: no block device
    read_only: bool = False
    queues: int = 1                # of the block device
    network: bool = False
    forward: tuple = ()            # (port of the host, port of the guest)
    entropy: bool = False
    consoles: tuple = ()           # unix socket of each port's peer


def qemu_command(m):
    transport = {"modern": "disable-legacy=on,disable-modern=off",
                 "transitional": "disable-legacy=off,disable-modern=off",
                 "legacy": "disable-legacy=off,disable-modern=on"}[m.transport]
    common = f",{transport},packed={'on' if m.packed else 'off'}"
    machine = "virt,aia=aplic-imsic" if m.interrupts == "msix" else "virt"
    command = ["qemu-system-riscv64", "-M", machine, "-m", f"{m.memory}M", "-smp", str(m.harts),
               "-display", "none", "-monitor", "none", "-serial", "stdio", "-no-reboot", "-bios", m.firmware]
    if m.kernel:
        command += ["-kernel", m.kernel]
    if m.initramfs:
        command += ["-initrd", m.initramfs]
    if m.command_line:
        command += ["-append", m.command_line]
    if m.disk:
        read_only = "on" if m.read_only else "off"
        command += ["-drive", f"file={m.disk},format=raw,if=none,id=disk,discard=unmap,readonly={read_only}",
                    "-device", f"virtio-blk-pci,drive=disk,serial=ringside,num-queues={m.queues}{common}"]
    if m.network:
        forward = f",hostfwd=tcp:127.0.0.1:{m.forward[0]}-:{m.forward[1]}" if m.forward else ""
        command += ["-netdev", f"user,id=net{forward}", "-device", f"virtio-net-pci,netdev=net,romfile={common}"]
    if m.entropy:
        command += ["-device", f"virtio-rng-pci{common}"]
    if m.consoles:
        command += ["-device", f"virtio-serial-pci,id=serial{common}"]
    for i, path in enumerate(m.consoles):
        kind = f"virtserialport,name=org.ringside.port{i}" if i else "virtconsole"
        command += ["-chardev", f"socket,id=port{i},path={path}", "-device", f"{kind},chardev=port{i}"]
    return command


def have_qemu():
    return shutil.which("qemu-system-riscv64") is not None


def command(emulator, machine, folder):
    """The command line for an emulator: 'qemu', or the path of the ringside program."""
    if emulator == "qemu":
        return qemu_command(machine)
    return ringside_command(emulator, machine, folder)
