#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Linux in timed mode, behind links, with exits charged, run twice: the same console and statistics; and the books
balance: the ledger's entries add up to its totals, and to what devices and queues have counted themselves."""

import argparse
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "host"))
import guest
import machines
import script

PLATFORM = os.path.join(machines.SOURCE, "yaml", "riscv-virt.yaml")
SETTINGS = ("bus.pci.disk.link=pcie-link", "bus.pci.disk.device.engine=fpga", "bus.pci.disk.device.service=ssd",
            "bus.pci.rng.link={type: pcie-link, generation: 1, lanes: 1}", "bus.pci.rng.device.engine=smartnic",
            "bus.pci.net.device.backend=null", "bus.ram.timing=ddr4-3200", "pacing=none")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--emulator", required=True, help="the path of ringside")
    parser.add_argument("--timeout", type=int, default=150, help="seconds for each of the two runs")
    return parser.parse_args()


def one_run(arguments, folder, name):
    """The console, and where the statistics are."""
    console, statistics = os.path.join(folder, name + ".console"), os.path.join(folder, name + ".json")
    settings = [word for setting in SETTINGS + (f"bus.uart.backend={{type: file, path: {console}}}",)
                for word in ("--set", setting)]
    subprocess.run([arguments.emulator, "run", PLATFORM, "--accuracy", "timed", "--exits", "qemu-kvm", "--quiet",
                    "--append", "console=ttyS0 quiet ringside.test=entropy,workload", "--stats", statistics, *settings],
                   stdin=subprocess.DEVNULL, timeout=arguments.timeout, check=True)
    with open(console, encoding="utf-8", errors="replace") as file:
        return file.read(), statistics


def check_books(statistics):
    with open(statistics, encoding="utf-8") as file:
        values = {f"{s['path']}.{s['name']}": s.get("value") for s in json.load(file)["statistics"]}

    def total(begin, end):
        return sum(value for name, value in values.items() if name.startswith(begin) and name.endswith(end))

    def same(what, one, other):
        if one != other or not one:
            raise guest.Failure(f"{what}: {one} and {other}")

    kinds = {name.split(".")[1] for name in values if name.startswith("exits.") and name.count(".") > 1}
    for counter, of_all in (("count", "exits"), ("vcpu_ns", "vcpu_ns"), ("backend_ns", "backend_ns")):
        same(f"entries of the ledger and its total of {of_all}",
             sum(total(f"exits.{kind}.", "." + counter) for kind in kinds), values["exits." + of_all])
    for device in ("rng", "disk", "net", "console"):
        function, queues = f"bus.pci.{device}", f"bus.pci.{device}.device."
        same(f"notifications of {device} that the ledger, queues and transport have seen",
             {total(f"exits.notify.{function}.", ".events")}, {total(queues, ".kicks")} | {values[function + ".notify_writes"]})
        # Of a device that has sent any.
        if values[function + ".msix_messages"]:
            same(f"interrupts of {device} that the ledger and the function have seen",
                 total(f"exits.interrupt.{function}", ".events"), values[function + ".msix_messages"])
    same("configuration accesses of all functions and of the bridge",
         total("exits.config_", ".events"), values["bus.pci.config_reads"] + values["bus.pci.config_writes"])


def run(arguments, folder):
    console, statistics = one_run(arguments, folder, "once")
    if "DONE passed=26 failed=0" not in console:
        raise guest.Failure(f"the guest's tests did not pass: {console[-500:]}")
    again, statistics_again = one_run(arguments, folder, "again")
    if console != again:
        raise guest.Failure("the second run's console is not the first one's")
    compared = subprocess.run([arguments.emulator, "compare", statistics, statistics_again, "--fail"], text=True,
                              stdout=subprocess.PIPE)
    if compared.returncode != 0:
        raise guest.Failure("the second run's statistics are not the first one's:\n" + compared.stdout[:2000])
    check_books(statistics)
    print("both runs are the same, and the books balance")


def main():
    script.run_in_folder(run, parse_arguments(), "Image", "initramfs.cpio")


if __name__ == "__main__":
    main()
