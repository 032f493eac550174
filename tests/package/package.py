#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Installs a build tree into a folder of its own, builds a model with find_package(Ringside), and runs it.

usage: package.py CMAKE BUILD-FOLDER PROJECT
"""
import json
import os
import subprocess
import sys
import tempfile


def run(*command, **options):
    print("+", *command, flush=True)
    return subprocess.run(command, check=True, timeout=250, **options)


def main():
    cmake, build, project = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        prefix, own = folder + "/prefix", folder + "/build"
        run(cmake, "--install", build, "--prefix", prefix, stdout=subprocess.DEVNULL)
        run(cmake, "-S", project, "-B", own, "-DCMAKE_PREFIX_PATH=" + prefix, "-DCMAKE_BUILD_TYPE=Debug")
        run(cmake, "--build", own)
        program, plugin = prefix + "/bin/ringside", own + "/metronome.so"
        stats = folder + "/stats.json"
        run(program, "--plugin", plugin, "run", project + "/platform.yaml", "--limit", "10050us", "--stats", stats)
        with open(stats) as source:
            values = json.load(source)["statistics"]
        assert values["m"]["ticks"]["value"] == 100, values
        # The installed program finds the installed plugins and platform files.
        listed = run(program, "list", stdout=subprocess.PIPE, text=True).stdout
        assert prefix + "/" in listed and "libringside-bus.so" in listed and "riscv-virt.yaml" in listed, listed
        assert build not in listed, listed
        # The reference of virtqueues: library, header and package.
        run(own + "/reference")
        for name in ("vring_ref_pkg.sv", "vring_ref_axi_monitor.sv"):
            assert os.path.exists(prefix + "/share/ringside/sv/" + name), name
        # And the profiles that come with it.
        with open(folder + "/dram.yaml", "w") as platform:
            platform.write("children: {bus: {type: bus, children: {ram: {type: ram, timing: ddr4-3200}}}}\n")
        run(program, "check", folder + "/dram.yaml")
        # Found through the search path, too, under a plugin's name.
        os.rename(plugin, own + "/libringside-metronome.so")
        environment = dict(os.environ, RINGSIDE_PLUGIN_PATH=own)
        run(program, "check", project + "/platform.yaml", env=environment)


if __name__ == "__main__":
    main()
