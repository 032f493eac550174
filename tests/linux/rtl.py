#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Linux with block, network and entropy devices in RTL, each under the checker: data come back as they were, and nothing
is found. With --bug N, a planted bug of the block device: the run ends at the first finding, says where, and leaves waves
around it."""

import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "host"))
import guest
import machines
import script
import stats

PLATFORM = os.path.join(machines.SOURCE, "yaml", "riscv-virt-rtl.yaml")
DEVICES = ("disk", "net", "rng")
TESTS = "smoke,devices,entropy,block,frames"


def parse_arguments():
    parser = script.parser(__doc__, seconds=300)
    parser.add_argument("--packed", action="store_true")
    parser.add_argument("--interrupts", choices=("msix", "intx"), default="msix")
    parser.add_argument("--accuracy", choices=("functional", "timed"), default="functional")
    parser.add_argument("--tests", default=TESTS)
    parser.add_argument("--bug", type=int, default=0)
    parser.add_argument("--rule", default="", help="what has to be found")
    return parser.parse_args()


def command(arguments, folder):
    values = {"devices": 3, "irq": arguments.interrupts if arguments.interrupts == "msix" else "", "packed": int(arguments.packed), "legacy": 0}
    append = "console=ttyS0 quiet ringside.net=off ringside.test=" + arguments.tests + " ringside.arg=" + \
        ",".join(f"{k}={v}" for k, v in values.items())
    settings = []
    for device in DEVICES:
        settings.append(f"bus.pci.{device}.device.packed={str(arguments.packed).lower()}")
        if arguments.interrupts == "intx":
            settings.append(f"bus.pci.{device}.vectors=0")
    settings.append(f"bus.pci.disk.device.bug={arguments.bug}")
    settings.append(f"bus.pci.disk.monitor.waves={os.path.join(folder, 'found.fst')}")
    settings.append(f"bus.pci.disk.monitor.log={os.path.join(folder, 'disk.log')}")
    return [arguments.emulator, "run", PLATFORM, "--accuracy", arguments.accuracy, "--append", append,
            "--stats", os.path.join(folder, "s.json")] + [word for s in settings for word in ("--set", s)]


def check_statistics(folder):
    values = {f"{s['path']}.{s['name']}": s.get("value") for s in stats.load(os.path.join(folder, "s.json"))["statistics"]}
    for device in DEVICES:
        rtl, monitor = f"bus.pci.{device}.device.", f"bus.pci.{device}.monitor."
        for name in (rtl + "clocks", rtl + "read_bursts", rtl + "write_bursts", rtl + "register_accesses", monitor + "chains",
                     monitor + "predicted_bytes"):
            if not values.get(name):
                raise guest.Failure(f"{name} is {values.get(name)}; expected more")
        for name in (monitor + "findings", rtl + "violations", rtl + "memory_errors"):
            if values.get(name) != 0:
                raise guest.Failure(f"{name} is {values.get(name)}; expected 0")


def check_end(line, requests):
    """The monitor's line at the end."""
    found = re.fullmatch(r"bus\.pci\.(\w+): \d+ transactions, (\d+) requests, (\d+) used, 0 findings(, hash [0-9a-f]{16})?", line)
    if not found:
        raise guest.Failure(f"a monitor says: {line}")
    requests[found[1]] = int(found[3])


def run_right(arguments, folder):
    monitors = []
    passed = guest.judge(command(arguments, folder), arguments.timeout,
                         lambda line: monitors.append(line) if re.match(r"bus\.pci\.\w+: ", line) else None)
    requests = {}
    for line in monitors:
        check_end(line.strip(), requests)
    if set(requests) != set(DEVICES) or not all(requests.values()):
        raise guest.Failure(f"the monitors told of these requests: {requests}")
    check_statistics(folder)
    if os.path.exists(os.path.join(folder, "found.fst")):
        raise guest.Failure("there are waves although nothing was found")
    print(f"all {passed} tests passed, requests judged: {requests}")


def run_wrong(arguments, folder):
    done = subprocess.run(command(arguments, folder), stdin=subprocess.DEVNULL, timeout=arguments.timeout, text=True,
                          errors="replace", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode != 3:
        raise guest.Failure(f"exit code {done.returncode}, expected 3: {done.stderr[-1000:]}")
    found = re.search(r"^bus\.pci\.disk: finding: " + arguments.rule + r": transaction \d+ at \d+ ps, queue 0(, request \d+)?: "
                      r"expected .+, found .+$", done.stderr, re.M)
    if not found:
        raise guest.Failure(f"no finding of '{arguments.rule}': {done.stderr[-1000:]}")
    waves = os.path.join(folder, "found.fst")
    if not os.path.exists(waves) or os.path.getsize(waves) < 500:
        raise guest.Failure("there are no waves")
    if not re.search(r"stopped because +bus\.pci\.disk\.monitor .* \(exit code 3\)", done.stderr):
        raise guest.Failure(f"the summary does not say why: {done.stderr[-1000:]}")
    print(found[0])


def main():
    arguments = parse_arguments()
    script.run_in_folder(run_wrong if arguments.bug else run_right, arguments, "Image", "initramfs.cpio")


if __name__ == "__main__":
    main()
