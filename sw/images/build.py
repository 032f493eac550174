#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fetch and build the guest images: kernel, initramfs, OpenSBI, U-Boot, EDK2 (see README.md).

Needs apt, dpkg-deb and the standard library only. Everything is kept in
${RINGSIDE_CACHE:-~/.cache/ringside}; a second run with unchanged input does nothing.
"""

import argparse
import fcntl
import hashlib
import os
import re
import subprocess
import sys
import tarfile

import aptroot
import cpio
import kmods

HERE = os.path.dirname(os.path.abspath(__file__))
SUITE = "trixie"
ARCHITECTURE = "riscv64"
LOCK = os.path.join(HERE, "images.lock")
LOCK_HEADER = ("# What build.py fetches from Debian " + SUITE + ". Written by build.py --update-lock.\n"
               "# role package architecture version sha256 path\n")

# Role -> package. The kernel's real package is named after its version; this one depends on it.
PACKAGES = {
    "kernel": "linux-image-riscv64",
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
IMAGES = [n for names in PLAIN_FILES.values() for n in names.values()] + ["initramfs.cpio"]


def log(text):
    print(f"images: {text}", file=sys.stderr, flush=True)


class Pin:
    """One line of the lock file."""

    def __init__(self, role, package, architecture, version, sha256, path):
        self.role, self.package, self.architecture = role, package, architecture
        self.version, self.sha256, self.path = version, sha256, path

    def __str__(self):
        return " ".join((self.role, self.package, self.architecture, self.version, self.sha256, self.path))

    def deb_name(self):
        version = self.version.replace(":", "%3a")
        return f"{self.package}_{version}_{self.architecture}.deb"


def read_lock(path):
    pins = {}
    try:
        with open(path) as file:
            lines = [line.split() for line in file if line.strip() and not line.startswith("#")]
    except FileNotFoundError:
        return pins
    for number, fields in enumerate(lines, start=1):
        if len(fields) != 6 or fields[0] not in PACKAGES:
            raise aptroot.Error(f"{path}: entry {number} is not "
                                "'role package architecture version sha256 path'")
        pins[fields[0]] = Pin(*fields)
    return pins


def write_lock(path, pins):
    write_file(path, (LOCK_HEADER + "".join(f"{pins[r]}\n" for r in PACKAGES)).encode())


def write_file(path, data):
    """Replace a file in one step, so that a reader never sees half of it."""
    with open(path + ".new", "wb") as file:
        file.write(data)
    os.replace(path + ".new", path)


class Fetcher:
    """Finds the pinned packages: in the cache, else in the archive where the pin says; the index of the
    suite is read only for a package that is not there any more."""

    def __init__(self, cache, offline):
        self._debs = os.path.join(cache, "packages")
        self._apt = aptroot.AptRoot(os.path.join(cache, "apt"), SUITE, ARCHITECTURE, log)
        self._offline = offline
        self._updated = False

    def fetch(self, pin):
        """Path of a pinned package and the pin that was used (a newer one if it has vanished)."""
        path = os.path.join(self._debs, pin.deb_name())
        if os.path.exists(path):
            if aptroot.sha256_of(path) == pin.sha256:
                return path, pin
            log(f"{pin.deb_name()} in the cache is damaged; fetching it again")
            os.unlink(path)
        # Found gone before: the package that took its place, so that this works offline too.
        note = path + ".replaced"
        stand_in = read_text(note).split()
        if len(stand_in) == 6:
            return self.fetch(Pin(*stand_in))
        if self._fetch_pinned(pin, path):
            return path, pin
        self._update()
        same = [p for p in self._apt.versions(pin.package) if p.version == pin.version]
        if not same:
            newer = self.newest(pin.role)
            log(f"WARNING: {pin.package} {pin.version} is no longer in Debian {SUITE};\n"
                f"         using {newer.package} {newer.version}, verified by the archive's signature.\n"
                "         Run sw/images/build.py --update-lock to pin it.")
            os.makedirs(self._debs, exist_ok=True)
            write_file(note, f"{newer}\n".encode())
            return self.fetch(newer)
        if same[0].sha256 != pin.sha256:
            raise aptroot.Error(
                f"{pin.package} {pin.version} is not what images.lock pins:\n"
                f"  the archive's sha256 is {same[0].sha256}\n  images.lock says        {pin.sha256}\n"
                "The same version must not change. If you trust the archive: --update-lock.")
        return self._apt.download(same[0], self._debs), pin

    def _fetch_pinned(self, pin, path):
        if self._offline:
            return False
        log(f"downloading {pin.package} {pin.version}")
        return aptroot.download_pinned(pin.path, pin.sha256, path)

    def newest(self, role):
        self._update()
        name = PACKAGES[role]
        found = self._apt.versions(name)
        if found and role == "kernel":
            real = re.search(r"linux-image-\d\S*", found[0].depends)
            found = self._apt.versions(real[0]) if real else []
        if not found:
            raise aptroot.Error(f"Debian {SUITE} has no package {name} for {ARCHITECTURE}")
        package = found[0]
        return Pin(role, package.name, package.architecture, package.version, package.sha256, package.path)

    def _update(self):
        if self._offline:
            raise aptroot.Error("a package is not in the cache, and --offline forbids fetching it")
        if not self._updated:
            self._apt.update()
            self._updated = True


def read_package(path, wanted):
    """{path in the package: bytes} of the files that `wanted(path)` accepts."""
    unpack = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", path], stdout=subprocess.PIPE)
    files = {}
    with tarfile.open(fileobj=unpack.stdout, mode="r|") as tar:
        for member in tar:
            name = member.name.removeprefix("./")
            if member.isfile() and wanted(name):
                files[name] = tar.extractfile(member).read()
    unpack.stdout.close()
    if unpack.wait():
        raise aptroot.Error(f"dpkg-deb could not unpack {path}")
    return files


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


def build_initramfs(busybox, modules, release):
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
    for name, data in modules.items():
        archive.add_file(f"lib/modules/{release}/{name}", data)
    for name, (data, mode) in guest_files().items():
        archive.add_file(name, data, mode)
    return archive.to_bytes()


def build(paths, output):
    """Unpack the packages and write all images; paths: {role: .deb}."""
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
    images["initramfs.cpio"] = build_initramfs(next(iter(busybox.values())), modules, prefix[1])
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
    for name, (data, mode) in guest_files().items():
        digest.update(f"{name} {mode:o} {len(data)}\n".encode() + data)
    return digest.hexdigest()


def read_text(path):
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return ""


def up_to_date(output, pins):
    """True if the images were built from exactly this input, from these pins or from stand-ins."""
    if set(pins) != set(PACKAGES) or not all(os.path.exists(os.path.join(output, n)) for n in IMAGES):
        return False
    return read_text(os.path.join(output, "stamp")) == inputs_digest(pins)


def run(arguments, cache, output):
    fetcher = Fetcher(cache, arguments.offline)
    if arguments.update_lock:
        pins = {role: fetcher.newest(role) for role in PACKAGES}
        write_lock(LOCK, pins)
        log(f"wrote {os.path.relpath(LOCK)}")
    pins = read_lock(LOCK)
    missing = [role for role in PACKAGES if role not in pins]
    if missing:
        raise aptroot.Error(f"images.lock lacks {', '.join(missing)}: run build.py --update-lock")
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
    cache = os.path.abspath(os.path.expanduser(
        arguments.cache or os.environ.get("RINGSIDE_CACHE") or "~/.cache/ringside"))
    output = os.path.join(cache, "images", ARCHITECTURE)
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
