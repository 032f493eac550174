# SPDX-License-Identifier: Apache-2.0
"""One description of a test machine, and the command lines that start it in QEMU and in Ringside."""

import dataclasses
import os

from parts import quoted

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
    flash: tuple = ()              # images of the two flash banks (Ringside)
    accuracy: str = "functional"   # of Ringside: functional, timed
    tap: str = ""                  # of Ringside: the network is this TAP interface
    parts: tuple = ()              # of parts.py
    control: str = ""              # unix socket that takes commands
    clock: str = "1GHz"            # of Ringside's harts
    checked: bool = False          # of Ringside: each virtio device is under the checker
    exits: str = ""                # of Ringside: the exit profile, or none
    network_extra: str = ""        # in its place, of the network
    extra: str = ""                # more settings of every virtio device of Ringside: ', key: value'


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
        kind = f"virtserialport,name=ringside-port{i}" if i else "virtconsole"
        command += ["-chardev", f"socket,id=port{i},path={path}", "-device", f"{kind},chardev=port{i}"]
    for part in m.parts:
        command += part.qemu(common) if part.has_device else []
    if m.control:
        command += ["-qmp", f"unix:{m.control},server=on,wait=off"]
    return command


def ringside_platform(m):
    """The platform file, as text. Slots are those that QEMU gives, in order of the command line."""
    aia = m.interrupts == "msix"
    flash = [f", image: {quoted(path)}" for path in m.flash] or ["", ""]
    lines = ["type: machine", "name: riscv-virtio,qemu", f"accuracy: {m.accuracy}"] + ([f"exits: {{type: vm-exits, profile: {m.exits}}}"] if m.exits else []) + ["children:", "  bus:", "    type: bus", "    children:",
             f"      cpu: {{type: rv64, harts: {m.harts}, clock: {m.clock}}}",
             f"      ram: {{type: ram, base: 0x8000_0000, size: {m.memory}MiB}}",
             "      aclint: {type: aclint, base: 0x200_0000}"]
    if aia:
        lines += ["      imsic: {type: imsic, base_m: 0x2400_0000, base_s: 0x2800_0000}",
                  "      aplic: {type: aplic, base_m: 0xc00_0000, base_s: 0xd00_0000}"]
    else:
        lines += ["      plic: {type: plic, base: 0xc00_0000}"]
    lines += ["      uart: {type: ns16550a, base: 0x1000_0000, irq: 10, backend: stdio}",
              "      rtc: {type: goldfish-rtc, base: 0x10_1000, irq: 11}",
              "      fw_cfg: {type: fw-cfg, base: 0x1010_0000}",
              f"      flash0: {{type: flash, base: 0x2000_0000, size: 32MiB{flash[0]}}}",
              f"      flash1: {{type: flash, base: 0x2200_0000, size: 32MiB{flash[1]}}}",
              "      syscon: {type: syscon, base: 0x10_0000}",
              "      marker: {type: marker, base: 0x10_2000}",
              "      boot:", "        type: boot", f"        firmware: {quoted(m.firmware)}"]
    for key, value in (("kernel", m.kernel), ("initrd", m.initramfs), ("append", m.command_line)):
        if value:
            lines.append(f"        {key}: {quoted(value)}")
    for part in m.parts:
        lines += ["      " + line for line in part.bus()]
    lines += ["      pci:", "        type: pci-host", "        irq: 32", "        children:", "          {}"]
    devices = ringside_devices(m)
    if devices:
        lines[-1:] = devices
    return "\n".join(lines) + "\n"


def ringside_devices(m):
    lines = []
    iommu = any(part.name == "iommu" for part in m.parts)

    def add_device(name, interface, device, translated):
        extra = m.network_extra or m.extra if name == "net" else m.extra
        platform = ", access_platform: true" if iommu and translated else ""
        monitor = ["            monitor: virtio-monitor"] if m.checked else []
        lines.extend([f"          {name}:", "            type: virtio-pci", f"            interface: {interface}"] + monitor + [
                      f"            device: {{{device}, packed: {str(m.packed).lower()}{platform}{extra}}}"])

    def add(name, kind, settings, backend):
        text = "".join(f", {k}: {v}" for k, v in settings.items())
        add_device(name, m.transport, f"type: {kind}{text}{backend}", True)

    if m.disk:
        read_only = ", read_only: true" if m.read_only else ""
        add("disk", "virtio-blk", {"serial": "ringside", "queues": m.queues},
            f", backend: {{type: file, path: {quoted(m.disk)}{read_only}}}")
    if m.network:
        forward = f", hostfwd: ['tcp:127.0.0.1:{m.forward[0]}-:{m.forward[1]}']" if m.forward else ""
        backend = f"{{type: tap, interface: {m.tap}}}" if m.tap else f"{{type: user{forward}}}"
        add("net", "virtio-net", {"mac": "'52:54:00:12:34:56'"}, f", backend: {backend}")
    if m.entropy:
        add("rng", "virtio-rng", {}, "")
    if m.consoles:
        first, *others = [f"{{type: unix, path: {quoted(path)}, mode: connect}}" for path in m.consoles]
        ports = ", ".join(f"ringside-port{i}: {c}" for i, c in enumerate(others, start=1))
        add("console", "virtio-console", {"columns": 80, "rows": 25}, f", backend: {first}" + (f", ports: {{{ports}}}" if ports else ""))
    for part in m.parts:
        if not part.has_device:
            continue
        if not part.virtio:
            lines.append(f"          {part.name}: {part.function()}")
            continue
        add_device(part.name, m.transport if part.legacy else "modern", part.device(), part.translated)
    return lines


def ringside_command(program, m, folder):
    path = os.path.join(folder, "platform.yaml")
    with open(path, "w") as file:
        file.write(ringside_platform(m))
    return [program, "run", path] + (["--control", f"unix:{m.control}"] if m.control else [])


def command(emulator, machine, folder):
    """The command line for an emulator: 'qemu', or the path of the ringside program."""
    if emulator == "qemu":
        return qemu_command(machine)
    return ringside_command(emulator, machine, folder)
