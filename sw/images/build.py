#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fetch and build the guest images: kernel, initramfs, OpenSBI, U-Boot, EDK2 (see README.md).

Needs apt, dpkg-deb, the RISC-V cross compiler and the standard library. Everything is kept in
${RINGSIDE_CACHE:-~/.cache/ringside}; a second run with unchanged input does nothing.
"""

import argparse
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile

import aptroot
import cpio
import kmods
import packages
from packages import read_package, read_text, write_file

HERE = os.path.dirname(os.path.abspath(__file__))

# Role -> package. The kernel's real package is named after its version; this one depends on it.
PACKAGES = {
    "kernel": ("linux-image-riscv64", r"linux-image-\d\S*"),
    "busybox": "busybox-static",
    "opensbi": "opensbi",
    "u-boot": "u-boot-qemu",
    "edk2": "qemu-efi-riscv64",
}

# Files taken as they are: role -> {pattern of the path in the package: name of the image}.
PLAIN_FILES = {
    "kernel": {r"boot/vmlinu[xz]-.*": "Image", r"boot/config-.*": "kernel.config"},
    "opensbi": {rf"usr/lib/riscv64-linux-gnu/opensbi/generic/{f}": f
                for f in ("fw_dynamic.bin", "fw_dynamic.elf", "fw_jump.bin", "fw_jump.elf")},
    "u-boot": {"usr/lib/u-boot/qemu-riscv64_smode/u-boot.bin": "u-boot.bin",
               "usr/lib/u-boot/qemu-riscv64_smode/uboot.elf": "u-boot.elf",
               "usr/lib/u-boot/qemu-riscv64/u-boot.bin": "u-boot-m.bin"},
    "edk2": {"usr/share/qemu-efi-riscv64/RISCV_VIRT_CODE.fd": "edk2-code.fd",
             "usr/share/qemu-efi-riscv64/RISCV_VIRT_VARS.fd": "edk2-vars.fd"},
}
IMAGES = [n for names in PLAIN_FILES.values() for n in names.values()] + ["initramfs.cpio", "initramfs-bare.cpio"]
COMPILER, OBJCOPY = "riscv64-linux-gnu-gcc", "riscv64-linux-gnu-objcopy"


log = packages.logger("images")


def guest_files():
    """Our own files in the initramfs: {path in the guest: (bytes, mode)}."""
    files = {}
    for folder, target in (("guest", ""), ("tests", "tests")):
        root = os.path.join(HERE, folder)
        for base, dirs, names in os.walk(root):
            dirs.sort()
            for name in sorted(names):
                path = os.path.join(base, name)
                with open(path, "rb") as file:
                    data = file.read()
                inside = os.path.join(target, os.path.relpath(path, root))
                mode = 0o755 if data.startswith(b"#!") else 0o644
                files[inside] = (data, mode)
    return files


def wanted_modules():
    with open(os.path.join(HERE, "modules.txt")) as file:
        return [line.strip() for line in file if line.strip() and not line.startswith("#")]


def strip(module):
    """A kernel module without symbols that neither relocations nor other modules need: a fourth of its size."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(module)
        file.flush()
        subprocess.run([OBJCOPY, "--strip-unneeded", "--remove-section=.BTF", file.name], check=True)
        with open(file.name, "rb") as stripped:
            return stripped.read()


def compile_tools():
    """The programs in tools/, {name: bytes}; static, since the guest has no libraries."""
    tools = {}
    with tempfile.TemporaryDirectory() as folder:
        for source in sorted(os.listdir(os.path.join(HERE, "tools"))):
            name, extension = os.path.splitext(source)
            if extension != ".c":
                continue
            target = os.path.join(folder, name)
            command = [COMPILER, "-static", "-Os", "-s", "-Wall", "-Wextra", "-Werror", "-Wl,--build-id=none",
                       "-o", target, os.path.join(HERE, "tools", source)]
            done = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            if done.returncode:
                raise aptroot.Error(f"tools/{source} does not compile:\n{done.stdout.strip()}")
            with open(target, "rb") as file:
                tools[name] = file.read()
    return tools


def build_initramfs(busybox, tools, modules=None, release=None):
    archive = cpio.Archive()
    for name in ("dev", "proc", "sys", "tmp", "run", "mnt", "root", "sbin", "usr/bin", "usr/sbin"):
        archive.add_directory(name)
    # The kernel opens this one for init before anything is mounted.
    archive.add_char_device("dev/console", 5, 1)
    archive.add_file("bin/busybox", busybox, 0o755)
    archive.add_link("bin/sh", "busybox")
    # The kernel calls these two by path.
    archive.add_link("sbin/modprobe", "../bin/busybox")
    archive.add_link("sbin/poweroff", "../bin/busybox")
    for name, data in tools.items():
        archive.add_file(f"bin/{name}", data, 0o755)
    for name, data in (modules or {}).items():
        archive.add_file(f"lib/modules/{release}/{name}", data)
    for name, (data, mode) in guest_files().items():
        archive.add_file(name, data, mode)
    return archive.to_bytes()


def build(paths, output):
    """Unpack the packages and write all images; paths: {role: .deb}."""
    for tool in (COMPILER, OBJCOPY):
        if not shutil.which(tool):
            raise aptroot.Error(f"there is no {tool}: install gcc-riscv64-linux-gnu and libc6-dev-riscv64-cross "
                                "(sw/setup.sh does)")
    images = {}
    log("unpacking the kernel")
    kernel = read_package(paths["kernel"],
                          lambda n: n.startswith("boot/") or "/modules/" in n and ".dtb" not in n)
    for role, patterns in PLAIN_FILES.items():
        files = kernel if role == "kernel" else read_package(paths[role], lambda n: n.startswith(("usr/lib/", "usr/share/qemu-efi")))
        for pattern, image in patterns.items():
            match = [n for n in files if re.fullmatch(pattern, n)]
            if not match:
                raise aptroot.Error(f"{os.path.basename(paths[role])} has no file like {pattern}")
            images[image] = files[match[0]]
    busybox = read_package(paths["busybox"], lambda n: n.endswith("bin/busybox"))
    log("building the initramfs")
    prefix = next(re.match(r".*lib/modules/([^/]+)/", n) for n in kernel if "lib/modules/" in n)
    files = {n[prefix.end():]: d for n, d in kernel.items() if n.startswith(prefix[0])}
    modules = kmods.ModuleSet(files).select(wanted_modules())
    modules = {name: strip(data) if name.endswith(".ko") else data for name, data in modules.items()}
    busybox, tools = next(iter(busybox.values())), compile_tools()
    images["initramfs.cpio"] = build_initramfs(busybox, tools, modules, prefix[1])
    images["initramfs-bare.cpio"] = build_initramfs(busybox, tools)
    for name, data in images.items():
        write_file(os.path.join(output, name), data)


def inputs_digest(pins):
    """Changes when anything that decides the content of an image changes."""
    digest = hashlib.sha256()
    for role in PACKAGES:
        digest.update(f"{pins[role]}\n".encode())
    for name in sorted(os.listdir(HERE)):
        if name.endswith(".py") or name == "modules.txt":
            with open(os.path.join(HERE, name), "rb") as file:
                digest.update(file.read())
    for name in sorted(os.listdir(os.path.join(HERE, "tools"))):
        with open(os.path.join(HERE, "tools", name), "rb") as file:
            digest.update(f"{name}\n".encode() + file.read())
    for name, (data, mode) in guest_files().items():
        digest.update(f"{name} {mode:o} {len(data)}\n".encode() + data)
    return digest.hexdigest()


def up_to_date(output, pins):
    """True if the images were built from exactly this input, from these pins or from stand-ins."""
    if set(pins) != set(PACKAGES) or not all(os.path.exists(os.path.join(output, n)) for n in IMAGES):
        return False
    return read_text(os.path.join(output, "stamp")) == inputs_digest(pins)


def run(arguments, cache, output):
    lock = packages.Lock(os.path.join(HERE, "images.lock"), PACKAGES)
    fetcher = packages.Fetcher(cache, lock, arguments.offline, log)
    if arguments.update_lock:
        lock.write({role: fetcher.newest(role) for role in PACKAGES})
        log(f"wrote {os.path.relpath(lock.path)}")
    pins = lock.read()
    if not arguments.force and up_to_date(output, pins):
        log(f"up to date in {output}")
        return
    paths, used = {}, {}
    for role in PACKAGES:
        paths[role], used[role] = fetcher.fetch(pins[role])
    build(paths, output)
    write_file(os.path.join(output, "packages"), "".join(f"{used[r]}\n" for r in PACKAGES).encode())
    write_file(os.path.join(output, "stamp"), inputs_digest(pins).encode())
    log(f"done: {output}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cache", help="instead of ${RINGSIDE_CACHE:-~/.cache/ringside}")
    parser.add_argument("--print-paths", action="store_true", help="print 'name path' of every image")
    parser.add_argument("--update-lock", action="store_true", help="pin the newest packages")
    parser.add_argument("--offline", action="store_true", help="never use the network")
    parser.add_argument("--force", action="store_true", help="build even if nothing has changed")
    arguments = parser.parse_args()
    cache = packages.cache_directory(arguments.cache)
    output = os.path.join(cache, "images", packages.ARCHITECTURE)
    os.makedirs(output, exist_ok=True)
    try:
        # Two test runs may start at once; the second waits and then finds everything made.
        with open(os.path.join(cache, "images.guard"), "w") as guard:
            fcntl.flock(guard, fcntl.LOCK_EX)
            run(arguments, cache, output)
    except (aptroot.Error, KeyError) as error:
        sys.exit(f"images: error: {error.args[0]}")
    if arguments.print_paths:
        for name in sorted(IMAGES):
            print(name, os.path.join(output, name))


if __name__ == "__main__":
    main()
