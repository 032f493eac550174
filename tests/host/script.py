# SPDX-License-Identifier: Apache-2.0
"""How the scripts of guest tests begin and end."""

import argparse
import os
import sys
import tempfile

import guest
import machines


def parser(doc, seconds):
    """The command line of a script that runs Ringside only, with this limit; a script may add to it."""
    made = argparse.ArgumentParser(description=doc.splitlines()[0])
    made.add_argument("--emulator", required=True, help="the path of ringside")
    made.add_argument("--timeout", type=int, default=seconds, help="seconds for each run, default %(default)s")
    return made


def run_in_folder(run, arguments, *images):
    """Call run(arguments, folder) with a folder of its own, if these images are there; a guest.Failure ends the script."""
    for name in images:
        if not os.path.exists(machines.image(name)):
            builder = "sw/kernel/build.py" if name == "Image-full" else "sw/images/build.py"
            sys.exit(f"there is no {machines.image(name)}: run {builder}")
    with tempfile.TemporaryDirectory(prefix="ringside-") as folder:
        try:
            run(arguments, folder)
        except guest.Failure as failure:
            sys.exit(f"FAILED: {failure}")
