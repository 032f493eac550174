#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Linux on a TAP interface: the peer is the host's own kernel, in a network namespace of the test.

Skipped (exit status 77, with the reason) where the host does not allow that.
"""

import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "host"))
import guest
import machines
import script

SKIPPED = 77
INTERFACE = "tap0"
HOST, GUEST = "10.77.0.1", "10.77.0.2"
INSIDE = "RINGSIDE_INSIDE_NAMESPACE"


def enter_namespace():
    """Run this script again in a network namespace that ends with it."""
    probe = subprocess.run(["unshare", "--net", "ip", "tuntap", "add", "dev", INTERFACE, "mode", "tap"], text=True,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if probe.returncode:
        print(f"SKIPPED: the host allows no TAP interface: {probe.stdout.strip()}")
        sys.exit(SKIPPED)
    os.execvpe("unshare", ["unshare", "--net", sys.executable, *sys.argv], {**os.environ, INSIDE: "1"})


def set_up():
    for command in (f"ip tuntap add dev {INTERFACE} mode tap", f"ip address add {HOST}/24 dev {INTERFACE}",
                    f"ip link set {INTERFACE} up", "ip link set lo up"):
        subprocess.run(command.split(), check=True)


def run(arguments, folder):
    set_up()
    server = guest.Echo(address=HOST)
    sender = guest.Sender(300000, address=GUEST, port=7777)
    values = {"tcp": server.port, "listen": 7777, "sha_in": sender.sha256}
    machine = machines.Machine(
        firmware=machines.image("fw_dynamic.bin"), kernel=machines.image("Image"),
        initramfs=machines.image("initramfs.cpio"), network=True, tap=INTERFACE,
        command_line=f"console=ttyS0 earlycon=sbi quiet ringside.net={GUEST}/24,{HOST} ringside.test=net "
                     "ringside.arg=" + ",".join(f"{k}={v}" for k, v in values.items()))

    def on_line(line):
        if line.startswith("LISTENING"):
            sender.start()

    passed = guest.judge(machines.command(arguments.emulator, machine, folder), arguments.timeout, on_line)
    print(f"all {passed} tests passed")


def main():
    arguments = script.parser(__doc__, seconds=200).parse_args()
    if INSIDE not in os.environ:
        enter_namespace()
    script.run_in_folder(run, arguments, "initramfs.cpio")


if __name__ == "__main__":
    main()
