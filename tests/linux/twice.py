#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Linux in timed mode, behind links, with exits charged, run twice and traced: the same console, statistics and trace,
and a run without a trace is the same, too. The books balance: the ledger's entries add up to its totals, to what devices
and queues have counted themselves, and to what is drawn in the trace."""

import collections
import hashlib
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "host"))
import guest
import machines
import perfetto
import script
import stats

PLATFORM = os.path.join(machines.SOURCE, "yaml", "riscv-virt.yaml")
SETTINGS = ("bus.pci.disk.link=pcie-link", "bus.pci.disk.device.engine=fpga", "bus.pci.disk.device.service=ssd",
            "bus.pci.rng.link={type: pcie-link, generation: 1, lanes: 1}", "bus.pci.rng.device.engine=smartnic",
            "bus.pci.net.device.backend=null", "bus.ram.timing=ddr4-3200", "pacing=none")


def one_run(arguments, folder, name, trace=None):
    """The console, and where the statistics are."""
    console, statistics = os.path.join(folder, name + ".console"), os.path.join(folder, name + ".json")
    traced = ["--trace", trace] if trace else []
    settings = [word for setting in SETTINGS + (f"bus.uart.backend={{type: file, path: {console}}}",)
                for word in ("--set", setting)]
    subprocess.run([arguments.emulator, "run", PLATFORM, "--accuracy", "timed", "--exits", "qemu-kvm", "--quiet",
                    "--append", "console=ttyS0 quiet ringside.test=entropy,workload", "--stats", statistics, *settings, *traced],
                   stdin=subprocess.DEVNULL, timeout=arguments.timeout, check=True)
    with open(console, encoding="utf-8", errors="replace") as file:
        return file.read(), statistics


def check_books(statistics):
    values = {f"{s['path']}.{s['name']}": s.get("value") for s in stats.load(statistics)["statistics"]}

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


def check_trace(path, statistics):
    """What the ledger and the queues have counted is drawn, each once, and arrows are whole."""
    trace = perfetto.Trace(path)
    counted = stats.load(statistics)["statistics"]

    drawn = collections.Counter()
    for piece in trace.slices:
        if piece.category == "event":
            source = piece.arguments.get("device") or "bus.cpu.hart0"
            queue = f".queue{piece.arguments['queue']}" if "queue" in piece.arguments else ""
            drawn[f"exits.{piece.name}.{source}{queue}"] += 1
    ledger = {s["path"]: s["value"] for s in counted if s["path"].startswith("exits.") and s["name"] == "events"}
    if drawn != ledger:
        wrong = {key: (drawn.get(key), ledger.get(key)) for key in drawn.keys() | ledger.keys()
                 if drawn.get(key) != ledger.get(key)}
        raise guest.Failure(f"events that are drawn and in the ledger: {wrong}")

    requests = collections.Counter((trace.path(piece.track), piece.arguments["number"]) for piece in trace.slices
                                   if piece.name == "request" and piece.category == "request")
    queues = collections.Counter(path for path, _ in requests)
    used = {s["path"].replace(".device.", "/"): s["count"] for s in counted
            if s["name"] == "latency" and s["path"].startswith("bus.pci.") and s["count"]}
    if queues != used or max(requests.values()) != 1:
        raise guest.Failure(f"requests that are drawn and that queues have counted: {queues} and {used}")

    ways = collections.defaultdict(list)
    for piece in sorted(trace.slices, key=lambda piece: piece.begin):
        for flow in piece.flows + piece.flow_ends:
            ways[flow].append(piece.name)
    whole = ["notify", "request", "interrupt", "take interrupt"]
    # A request may be found by a device that looks before it is notified.
    found = sum(way[0] == "request" for way in ways.values())
    ways = {flow: way if way[0] == "notify" else ["notify"] + way for flow, way in ways.items()}
    odd = [way for way in ways.values() if way != whole[:len(way)] or "request" not in way]
    if found > 0.01 * len(ways):
        raise guest.Failure(f"{found} of {len(ways)} requests are found without a notification")
    if odd or len(ways) != len(requests):
        raise guest.Failure(f"{len(ways)} arrows of {len(requests)} requests; not as they should be: {odd[:5]}")
    notified = sum(way == whole for way in ways.values())
    if notified < 0.8 * len(ways):
        raise guest.Failure(f"only {notified} of {len(ways)} arrows reach a hart")


def run(arguments, folder):
    traces = [os.path.join(folder, name) for name in ("once.pftrace", "again.pftrace")]
    console, statistics = one_run(arguments, folder, "once", traces[0])
    if "DONE passed=26 failed=0" not in console:
        raise guest.Failure(f"the guest's tests did not pass: {console[-500:]}")
    for name, trace in (("again", traces[1]), ("untraced", None)):
        other, other_statistics = one_run(arguments, folder, name, trace)
        if console != other:
            raise guest.Failure(f"the console of the run '{name}' is not that of the first one")
        compared = subprocess.run([arguments.emulator, "compare", statistics, other_statistics, "--fail"], text=True,
                                  stdout=subprocess.PIPE)
        if compared.returncode != 0:
            raise guest.Failure(f"the statistics of the run '{name}' are not those of the first one:\n" +
                                compared.stdout[:2000])
    if len({hashlib.sha256(open(trace, "rb").read()).digest() for trace in traces}) != 1:
        raise guest.Failure("the second trace is not the first one")
    check_trace(traces[0], statistics)
    check_books(statistics)
    print("all runs are the same, and the books balance")


def main():
    script.run_in_folder(run, script.parser(__doc__, seconds=150).parse_args(), "Image", "initramfs.cpio")


if __name__ == "__main__":
    main()
