#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A sweep whose points are Linux with a workload: what the guest and the region of interest say, and workloads that fail."""

import csv
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "host"))
import guest
import script

SWEEP = """
base: riscv-virt
set:
  accuracy: timed
  pacing: none
  exits: {type: vm-exits, profile: qemu-kvm}
  bus.pci.net.device.backend: "null"
axes:
  device: {values: [vda, none]}
  depth: {values: [1, 8]}
run: {timeout: 100s}
workload: echo 'it is' "$((${depth} + 1))" && workload blk-read /dev/${device} --count 300 --depth ${depth} --batch --region
metrics:
  reads: guest.blk-read.count
  rate: {value: guest.per_s, unit: 1/s}
  requests: bus.pci.disk.device.requestq.requests
  notifications: exits.notify.bus.pci.disk.**.events
  others: exits.config_read.**.events
"""


def same(what, found, wanted):
    if found != wanted:
        raise guest.Failure(f"{what}: {found}, not {wanted}")


def run(arguments, folder):
    file, out = os.path.join(folder, "linux.yaml"), os.path.join(folder, "out")
    with open(file, "w", encoding="utf-8") as text:
        text.write(SWEEP)
    done = subprocess.run([arguments.emulator, "sweep", file, "--out", out], capture_output=True, text=True,
                          timeout=arguments.timeout, stdin=subprocess.DEVNULL)
    print(done.stdout, done.stderr, sep="")
    same("exit code", done.returncode, 1)
    if "workload: /dev/none: No such file or directory" not in done.stderr:
        raise guest.Failure("it is not said why the workloads have failed")
    with open(os.path.join(out, "results.csv"), encoding="utf-8", newline="") as text:
        rows = list(csv.DictReader(text))
    same("states", [row["state"] for row in rows], ["done", "done", "failed", "failed"])
    same("reasons", {row["reason"] for row in rows[2:]}, {"the workload ended with exit code 1"})
    for row, depth in zip(rows, (1, 8)):
        # The region has the reads, one notification for each batch, and nothing of the boot.
        same("reads and requests", (row["reads"], row["requests"]), ("300", "300"))
        same("notifications", int(row["notifications"]), -(-300 // depth))
        same("configuration accesses", float(row["others"] or 0), 0)
        if float(row["rate (1/s)"]) <= 0:
            raise guest.Failure("no reads per second")
    with open(os.path.join(out, "points", "device=vda,depth=8", "console"), encoding="utf-8") as text:
        if "it is 9\n" not in text.read().replace("\r", ""):
            raise guest.Failure("the shell line has lost something on its way")


def main():
    script.run_in_folder(run, script.parser(__doc__, seconds=300).parse_args(), "Image", "initramfs.cpio")


if __name__ == "__main__":
    main()
