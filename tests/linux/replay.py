#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A recorded run of Linux with a live network, played again: the same console, the same statistics."""

import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "host"))
import guest
import machines
import script
import stats


def one_run(arguments, machine, folder, name, *options):
    """Console and statistics of a run, without what is the host's (how long it took)."""
    command = machines.command(arguments.emulator, machine, folder)
    statistics = os.path.join(folder, name + ".json")
    done = subprocess.run(command + ["--quiet", "--stats", statistics, *options], stdout=subprocess.PIPE,
                          stdin=subprocess.DEVNULL, timeout=arguments.timeout, check=True)
    found = stats.load(statistics)
    found.pop("host")
    found["statistics"] = {f"{s['path']}.{s['name']}": s for s in found["statistics"]}
    return done.stdout.decode(errors="replace"), found


def differences(first, second, path=""):
    if isinstance(first, dict) and isinstance(second, dict):
        return [d for key in sorted(first.keys() | second.keys())
                for d in differences(first.get(key), second.get(key), f"{path}.{key}")]
    return [] if first == second else [f"{path}: {first} and {second}"]


def run(arguments, folder):
    server = guest.Echo()
    machine = machines.Machine(
        harts=2, firmware=machines.image("fw_dynamic.bin"), kernel=machines.image("Image"),
        initramfs=machines.image("initramfs.cpio"), network=True, entropy=True,
        command_line=f"console=ttyS0 quiet ringside.test=smoke,net ringside.arg=tcp={server.port}")
    recording = os.path.join(folder, "recording")
    console, statistics = one_run(arguments, machine, folder, "live", "--record", recording)
    if "PASS net/tcp-out" not in console:
        raise guest.Failure(f"the guest did not use its network: {console[-500:]}")
    again, statistics_again = one_run(arguments, machine, folder, "replay", "--replay", recording)
    if console != again:
        raise guest.Failure("the replay's console is not the recorded run's")
    if found := differences(statistics, statistics_again):
        raise guest.Failure(f"{len(found)} statistics differ, first: {found[0]}")
    print(f"the replay is the same: {len(console)} bytes of console, all statistics")


def main():
    script.run_in_folder(run, script.parser(__doc__, seconds=200).parse_args(), "initramfs.cpio")


if __name__ == "__main__":
    main()
