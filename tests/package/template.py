#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The template folder for an RTL team's own design, outside the tree: builds with find_package(Ringside) as its
README says, is silent under the checker, and not if it is wrong.

usage: template.py CMAKE BUILD-FOLDER TEMPLATE FIRMWARE
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile


def run(*command, expect=0, folder=None):
    print("+", *command, flush=True)
    done = subprocess.run(command, cwd=folder, timeout=400, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == expect, "exit code %d instead of %d:\n%s" % (done.returncode, expect, done.stdout)
    return done.stdout


def main():
    cmake, build, template, firmware = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        prefix, own = folder + "/prefix", folder + "/build"
        run(cmake, "--install", build, "--prefix", prefix)
        installed = prefix + "/share/ringside/template"
        assert sorted(os.listdir(installed)) == sorted(os.listdir(template)), os.listdir(installed)
        source = shutil.copytree(installed, folder + "/mine")
        run(cmake, "-S", source, "-B", own, "-DCMAKE_PREFIX_PATH=" + prefix)
        run(cmake, "--build", own, "-j", "2")
        for seed in ("1", "2", "3"):
            out = run(own + "/my-rng-bench", seed)
            requests, used, findings = (int(n) for n in re.search(
                r"(\d+) requests, (\d+) used, \d+ bytes predicted, (\d+) findings", out).groups())
            assert requests == used >= 1000 and findings == 0, out

        # In a platform, under a bare-metal driver and the monitor.
        def platform(expect=0):
            return run(prefix + "/bin/ringside", "--plugin", own + "/my-rng.so", "run", source + "/platform.yaml",
                       "--set", "bus.boot.firmware=" + firmware, expect=expect, folder=folder)

        out = platform()
        assert "DONE" in out and "failed=0" in out, out
        requests, used, findings = (int(n) for n in re.search(
            r"bus\.pci\.rng: \d+ transactions, (\d+) requests, (\d+) used, (\d+) findings", out).groups())
        assert requests == used >= 100 and findings == 0, out

        # The same design with a used length that is one too large: said at the first request.
        path = source + "/my_rng.sv"
        with open(path) as file:
            text = file.read()
        assert text.count("64'(written)") == 1
        with open(path, "w") as file:
            file.write(text.replace("64'(written)", "{32'd0, written + 32'd1}"))
        run(cmake, "--build", own, "-j", "2")
        out = run(own + "/my-rng-bench", expect=1)
        assert re.search(r"\nused-length: transaction \d+ at \d+ ps, queue 0, request 0: "
                         r"expected at most \d+ bytes, found \d+\n", out), out
        out = platform(expect=3)
        assert re.search(r"bus\.pci\.rng: finding: used-length: .* expected at most \d+ bytes, found \d+", out), out
        assert os.path.getsize(folder + "/bus.pci.rng.fst") > 0


if __name__ == "__main__":
    main()
