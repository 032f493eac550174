#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The region of interest, as the guest sets it: statistics and trace are of a load alone, twice in one run; milestones and
the live line tell how far the guest is."""

import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "host"))
import guest
import machines
import perfetto
import script
import stats

PLATFORM = os.path.join(machines.SOURCE, "yaml", "riscv-virt.yaml")
# Underscores stand for spaces. The requests before, between and after do not count.
LOADS = ("workload blk-read /dev/vda --count 100;workload blk-read /dev/vda --count 640 --depth 32 --region;"
         "marker milestone 7;workload blk-read /dev/vda --count 50;"
         "workload blk-read /dev/vda --bytes 8192 --count 64 --region;workload blk-read /dev/vda --count 30;"
         "marker begin;marker end;marker bend;marker milestone x;"
         "n=3;while [ $n -lt 110 ];do marker begin;marker end;n=$((n+1));done;poweroff -f")
MOST_REGIONS = 100  # whose results are written


def require(what, found, expected):
    if found != expected:
        raise guest.Failure(f"{what}: found {found}, expected {expected}")


def check_region(path, requests, bytes_each):
    """How many notifications it took."""
    values = {f"{s['path']}.{s['name']}": s.get("value", s.get("count")) for s in stats.load(path)["statistics"]}
    queue = "bus.pci.disk.device.requestq."
    require("requests of the region", values[queue + "requests"], requests)
    require("bytes of the region", values[queue + "bytes_written"], requests * (bytes_each + 1))  # the status, too
    require("latencies of the region", values[queue + "latency"], requests)
    require("notifications in the ledger", values["exits.notify.bus.pci.disk.queue0.events"], values[queue + "kicks"])
    # It is short, and so is what the hart does in it.
    if not 0 < values["bus.cpu.hart0.instructions"] < 40_000_000:
        raise guest.Failure(f"{values['bus.cpu.hart0.instructions']} instructions in the region")
    if any(value for name, value in values.items() if name.startswith("exits.config_") and name.endswith("events")):
        raise guest.Failure("configuration accesses of the boot are in the region")
    return values[queue + "kicks"]


def run(arguments, folder):
    statistics, trace = os.path.join(folder, "s.json"), os.path.join(folder, "s.pftrace")
    done = subprocess.run([arguments.emulator, "run", PLATFORM, "--accuracy", "timed", "--exits", "qemu-kvm",
                           "--append", "console=ttyS0 ringside.net=off ringside.sh=" + LOADS.replace(" ", "_"),
                           "--stats", statistics, "--trace", trace, "--trace-region", "--live", "0.2",
                           "--set", "bus.pci.net.device.backend=null"],
                          stdin=subprocess.DEVNULL, timeout=arguments.timeout, text=True, errors="replace",
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    require("exit code", done.returncode, 0)
    kicks = check_region(statistics, 640, 4096) + check_region(os.path.join(folder, "s.2.json"), 64, 8192)
    third = stats.load(os.path.join(folder, "s.3.json"))
    require("number of the region", third["region"], 3)
    require("milestones", [m["name"] for m in third["milestones"]], ["firmware", "kernel", "user space", "7"])
    if third["simulated_ps"] == 0 or third["simulated_ps"] > 10**11:
        raise guest.Failure(f"the third region took {third['simulated_ps']} ps")

    pieces = perfetto.Trace(trace).slices
    require("requests in the trace", sum(p.name == "request" and p.category == "request" for p in pieces), 704)
    require("notifications in the trace", sum(p.name == "notify" for p in pieces), kicks)

    require("files of regions", len([name for name in os.listdir(folder) if name.endswith(".json")]), MOST_REGIONS)
    if "results of 10 more regions of interest are left out" not in done.stderr:
        raise guest.Failure(f"nothing is said of regions that are left out: {done.stderr[-500:]}")

    for sign in ("usage: marker begin | end | milestone N", "marker: 'x' is no number of 32 bits"):
        if sign not in done.stdout:
            raise guest.Failure(f"the guest did not say: {sign}")
    if not re.search(r"milestones +firmware \S+ s, kernel \S+ s, user space \S+ s, 7 \S+ s\n", done.stderr):
        raise guest.Failure(f"milestones are missing: {done.stderr[-1000:]}")
    for number in (1, 2, 3):
        if f"--- ringside: region of interest {number}, from " not in done.stderr:
            raise guest.Failure(f"the summary of region {number} is missing: {done.stderr[-1000:]}")
    live = re.findall(r"^ringside: +\d+\.\d{3} s  \d+\.\d\dx  \d+\.\d MIPS  .* requests/s  .* exits/s.*$", done.stderr, re.M)
    if len(live) < 2:
        raise guest.Failure(f"{len(live)} lines about the run; expected several: {done.stderr[:1000]}")
    print(f"three regions, {len(live)} live lines; the last: {live[-1]}")


def main():
    script.run_in_folder(run, script.parser(__doc__, seconds=150).parse_args(), "Image", "initramfs.cpio")


if __name__ == "__main__":
    main()
