#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Each platform file that comes with Ringside has no mistakes, and its dump is a platform file with the same values.

usage: platforms.py PROGRAM FILE ...
"""
import os
import subprocess
import sys
import tempfile

IMAGES = ["fw_dynamic.bin", "fw_jump.bin", "Image", "Image-full", "initramfs.cpio", "initramfs-bare.cpio", "u-boot.bin", "u-boot-m.bin"]


def main():
    program, files = sys.argv[1], sys.argv[2:]
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        # Stand-ins for the guest images: they are looked for, but not run.
        os.makedirs(folder + "/images/riscv64")
        for name in IMAGES:
            with open(folder + "/images/riscv64/" + name, "wb") as image:
                image.write(bytes(8192))
        environment = dict(os.environ, RINGSIDE_CACHE=folder)

        def run(*arguments):
            done = subprocess.run([program, *arguments], capture_output=True, text=True, env=environment, timeout=60,
                                  stdin=subprocess.DEVNULL)
            if done.returncode != 0:
                print("%s: exit code %d\n%s" % (" ".join(arguments), done.returncode, done.stderr))
            return done

        for path in files:
            if not any(line.startswith("type: machine") for line in open(path)):
                continue
            if run("check", path).returncode != 0:
                failures += 1
                continue
            dumps = []
            for number in range(2):
                dumps.append(run("dump", path).stdout)
                path = "%s/dump%d.yaml" % (folder, number)
                with open(path, "w") as out:
                    out.write(dumps[-1])
            if run("check", path).returncode != 0 or dumps[0] != dumps[1] or not dumps[0]:
                print("the dump of a dump of %s differs" % sys.argv[2])
                failures += 1
    return failures


if __name__ == "__main__":
    sys.exit(main())
