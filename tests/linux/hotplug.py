#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Linux and functions that come and go behind root ports: plugged, unplugged in order, torn out, plugged again.

Needs the second kernel: Debian's for riscv64 has no CONFIG_HOTPLUG_PCI_PCIE.
"""

import os
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "host"))
import guest
import machines
import script
import shell

SLOTS = """          port:
            type: pci-root-port
            slot: 8
            plugged: false
            children:
              hot: {type: virtio-pci, device: {type: virtio-blk, serial: hot, backend: {type: memory, size: 16MiB}}}
          port2:
            type: pci-root-port
            slot: 9
            children:
              nic: {type: virtio-pci, device: {type: virtio-net, backend: null}}
"""
PORT = "bus.pci.port"
PORT2 = "bus.pci.port2"


def parse_arguments():
    parser = script.parser(__doc__, seconds=390)
    parser.add_argument("--platform", default="riscv-virt", help="the file in yaml/ that gets the slots")
    parser.add_argument("--kernel", choices=("full",), default="full", help="sw/kernel's")
    return parser.parse_args()


def start(arguments, folder):
    with open(os.path.join(machines.SOURCE, "yaml", arguments.platform + ".yaml")) as source:
        text = source.read()
    first = text.index("          rng:")
    platform = os.path.join(folder, "platform.yaml")
    with open(platform, "w") as out:
        out.write(text[:first] + SLOTS + text[first:])
    return shell.Shell(arguments.emulator, ["run", platform, "--quiet", "--kernel", machines.image("Image-full"),
                                            "--initrd", machines.image("initramfs.cpio"), "--set", "bus.pci.net.device.backend=null"],
                       os.path.join(folder, "control"), arguments.timeout)


def run(arguments, folder):
    machine = start(arguments, folder)
    events = []
    listener = subprocess.Popen([arguments.emulator, "ctl", machine.socket, "subscribe"], stdout=subprocess.PIPE,
                                text=True)
    threading.Thread(target=lambda: events.extend(line.split()[0] for line in listener.stdout), daemon=True).start()

    disks = "for f in /sys/block/vd*/serial; do echo disk=$(cat $f),; done"
    behind = "echo behind=$(ls /sys/bus/pci/devices/0000:00:09.0 | grep -c '^0000:..:00.0$')"
    nics = "echo nics=$(ls /sys/bus/virtio/drivers/virtio_net | grep -c virtio)"
    dmesg = "dmesg | tail -n 12"
    if "hot" in machine.shell(disks):
        raise guest.Failure("a disk is there that nobody has plugged")
    machine.until(nics, "nics=2", "the second NIC")

    machine.ctl(PORT, "plug")
    machine.until(disks, "hot,", "the arrival of the disk")
    machine.until("d=$(grep -l hot /sys/block/vd*/serial | cut -d/ -f4); dd if=/dev/urandom of=/dev/$d bs=64k count=16 "
                  "2>/dev/null; sync; dd if=/dev/$d bs=64k count=16 2>/dev/null | wc -c", "1048576", "traffic of the disk")
    machine.ctl(PORT, "unplug")
    deadline = time.monotonic() + 200
    while "hot" in machine.shell(disks) or '"cards_out":1' not in machine.ctl("statistics", PORT):
        if time.monotonic() > deadline:
            raise guest.Failure("the disk did not leave: " + machine.shell(dmesg))
        time.sleep(1)

    # Linux waits for ever for the reset of a virtio function that is gone, so its driver lets go of it first.
    machine.shell("basename /sys/bus/pci/devices/0000:00:09.0/0000:*:00.0 > /sys/bus/pci/drivers/virtio-pci/unbind")
    machine.until(nics, "nics=1", "the end of the NIC's driver")
    machine.until(behind, "behind=1", "the NIC's presence")
    machine.ctl(PORT2, "surprise")
    machine.until(behind, "behind=0", "the loss of the NIC")
    machine.ctl(PORT, "plug")
    machine.ctl(PORT2, "plug")
    machine.until(disks, "hot,", "the second arrival of the disk")
    machine.until(nics, "nics=2", "the second arrival of the NIC")
    warnings = machine.shell("dmesg | grep -c -e 'Call trace' -e 'BUG:' -e 'WARNING:'")
    if not any(line.strip() == "0" for line in warnings.splitlines()):
        raise guest.Failure("the kernel complains: " + machine.shell("dmesg | tail -n 60"))
    machine.power_off()
    listener.wait(timeout=30)
    time.sleep(0.2)
    expected = ["plugged", "unplugged", "unplugged", "plugged", "plugged", "stopped"]
    if events != expected:
        raise guest.Failure(f"events were {events}; expected {expected}")
    print("cards came and went as they should")


def main():
    script.run_in_folder(run, parse_arguments(), "Image-full", "initramfs.cpio")


if __name__ == "__main__":
    main()
