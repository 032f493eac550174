#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Build the second guest kernel: Debian's source, every virtio driver, all built in (see README.md).

The result stays in ${RINGSIDE_CACHE:-~/.cache/ringside}/kernel-<digest of all that decides it>; a second run
with unchanged input does nothing and needs no network.
"""

import argparse
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "images"))
import aptroot
import packages

PACKAGES = {"source": "linux-source-6.12"}
# Under images/riscv64, beside Debian's kernel.
NAME = "Image-full"
# Raise it when the way the kernel is built changes the result.
RECIPE = 1
INPUTS = ("kernel.config", "kconfig.patch")
# What the build has no use for; half of the source.
LEFT_OUT = ("drivers/gpu/drm/amd/include", "tools/testing", "Documentation/*.rst")
CROSS = "riscv64-linux-gnu-"
TOOLS = {"make": "build-essential", "patch": "build-essential", "flex": "flex", "bison": "bison", "bc": "bc",
         "xz": "xz-utils", CROSS + "gcc": "gcc-riscv64-linux-gnu"}
# About as many files are compiled; only for the progress shown.
EXPECTED = 1300

log = packages.logger("kernel")


def digest_of(pin):
    digest = hashlib.sha256(f"{RECIPE}\n{pin.package} {pin.version} {pin.sha256}\n".encode())
    for name in INPUTS:
        with open(os.path.join(HERE, name), "rb") as file:
            digest.update(file.read())
    return digest.hexdigest()[:16]


def check_tools():
    missing = sorted({package for tool, package in TOOLS.items() if not shutil.which(tool)})
    if missing:
        raise aptroot.Error(f"the kernel cannot be built without {' '.join(missing)}: install them "
                            "(sw/setup.sh does)")


def unpack(deb, folder):
    """Unpack Linux' source into `folder`."""
    log("unpacking the source")
    os.makedirs(folder)
    excludes = [f"--exclude=*/{path}" for path in LEFT_OUT]
    package = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", deb], stdout=subprocess.PIPE)
    inner = subprocess.Popen(["tar", "-xO", "--wildcards", "./usr/src/linux-source-*.tar.xz"],
                             stdin=package.stdout, stdout=subprocess.PIPE)
    outer = subprocess.run(["tar", "-xJ", "-C", folder, "--strip-components=1", *excludes], stdin=inner.stdout)
    package.stdout.close()
    inner.stdout.close()
    if package.wait() or inner.wait() or outer.returncode:
        raise aptroot.Error(f"could not unpack {deb}; is the disk full?")


def edit(source):
    """Apply kconfig.patch; exactly, so that a source that has changed there is noticed."""
    patch = os.path.join(HERE, "kconfig.patch")
    done = subprocess.run(["patch", "-p1", "--fuzz=0", "--batch", "-d", source, "-i", patch], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        raise aptroot.Error(f"kconfig.patch does not apply to this source:\n{done.stdout.strip()}")


def make(source, logfile, *arguments, progress=False):
    """Run make in the source tree, where all names are relative, which lets a compiler cache find what an
    earlier tree left. Everything it says goes to the log file."""
    compiler = CROSS + "gcc"
    if shutil.which("ccache"):
        compiler = "ccache " + compiler
    command = ["nice", "make", "-C", source, "ARCH=riscv", f"CROSS_COMPILE={CROSS}", f"CC={compiler}",
               # Same input, same bytes.
               "KBUILD_BUILD_TIMESTAMP=1970-01-01", "KBUILD_BUILD_USER=ringside", "KBUILD_BUILD_HOST=ringside",
               *arguments]
    start = shown = time.monotonic()
    compiled = 0
    with open(logfile, "a") as file:
        # Variables of a make or CMake around us are not for this one.
        environment = {k: v for k, v in os.environ.items()
                       if k not in ("MAKEFLAGS", "MAKELEVEL", "CFLAGS", "LDFLAGS", "CC", "ARCH")}
        process = subprocess.Popen(command, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, env=environment)
        for line in process.stdout:
            file.write(line)
            compiled += line.startswith(("  CC ", "  AS "))
            now = time.monotonic()
            if progress and now - shown > 20:
                shown = now
                log(f"{compiled} of about {EXPECTED} files compiled, {now - start:.0f} s")
        file.flush()
        if process.wait():
            with open(logfile) as said:
                tail = "".join(said.readlines()[-15:])
            raise aptroot.Error(f"make {' '.join(arguments)} failed; the end of {logfile}:\n{tail}")


def configure(source, logfile):
    wanted = os.path.join(HERE, "kernel.config")
    make(source, logfile, f"KCONFIG_ALLCONFIG={wanted}", "allnoconfig")
    with open(os.path.join(source, ".config")) as file:
        got = set(file.read().splitlines())
    with open(wanted) as file:
        lost = [line for line in file.read().splitlines() if line.startswith("CONFIG_") and line not in got]
    if lost:
        raise aptroot.Error("this source does not accept " + ", ".join(lost) +
                            "\n(an option was renamed, or what it depends on is not in kernel.config)")


def build(deb, used, result, jobs):
    """Everything from the package to `result`; a failed build leaves its tree and log for a look."""
    work = result + ".work"
    shutil.rmtree(work, ignore_errors=True)
    source, logfile = os.path.join(work, "source"), os.path.join(work, "build.log")
    unpack(deb, source)
    edit(source)
    configure(source, logfile)
    log(f"building with {jobs} jobs; log: {logfile}")
    make(source, logfile, f"-j{jobs}", "Image", progress=True)
    finished = os.path.join(work, "finished")
    os.makedirs(finished)
    for path, name in (("arch/riscv/boot/Image", "Image"), (".config", "config"), ("System.map", "System.map")):
        shutil.copy(os.path.join(source, path), os.path.join(finished, name))
    shutil.copy(logfile, os.path.join(finished, "build.log"))
    packages.write_file(os.path.join(finished, "packages"), f"{used}\n".encode())
    os.rename(finished, result)
    shutil.rmtree(work)


def publish(result, images):
    """The name that platform files use, whatever the digest is."""
    os.makedirs(images, exist_ok=True)
    link = os.path.join(images, NAME)
    target = os.path.relpath(os.path.join(result, "Image"), images)
    if os.path.islink(link) and os.readlink(link) == target:
        return
    temporary = link + ".new"
    if os.path.lexists(temporary):
        os.unlink(temporary)
    os.symlink(target, temporary)
    os.replace(temporary, link)


def run(arguments, cache):
    lock = packages.Lock(os.path.join(HERE, "kernel.lock"), PACKAGES)
    fetcher = packages.Fetcher(cache, lock, arguments.offline, log)
    if arguments.update_lock:
        lock.write({role: fetcher.newest(role) for role in PACKAGES})
        log(f"wrote {os.path.relpath(lock.path)}")
    pin = lock.read()["source"]
    result = os.path.join(cache, f"kernel-{digest_of(pin)}")
    if arguments.force:
        shutil.rmtree(result, ignore_errors=True)
    if os.path.exists(result):
        log(f"up to date in {result}")
    else:
        check_tools()
        start = time.monotonic()
        deb, used = fetcher.fetch(pin)
        build(deb, used, result, arguments.jobs)
        log(f"done in {time.monotonic() - start:.0f} s: {result}")
    publish(result, os.path.join(cache, "images", packages.ARCHITECTURE))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cache", help="instead of ${RINGSIDE_CACHE:-~/.cache/ringside}")
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)), help="default %(default)s")
    parser.add_argument("--update-lock", action="store_true", help="pin the newest source")
    parser.add_argument("--offline", action="store_true", help="never use the network")
    parser.add_argument("--force", action="store_true", help="build even if nothing has changed")
    arguments = parser.parse_args()
    cache = packages.cache_directory(arguments.cache)
    os.makedirs(cache, exist_ok=True)
    try:
        with open(os.path.join(cache, "kernel.guard"), "w") as guard:
            fcntl.flock(guard, fcntl.LOCK_EX)
            run(arguments, cache)
    except aptroot.Error as error:
        sys.exit(f"kernel: error: {error.args[0]}")


if __name__ == "__main__":
    main()
