# SPDX-License-Identifier: Apache-2.0
"""Packages of Debian's archive, pinned by version, checksum and path in a lock file.

What is pinned comes from the cache or is fetched by its path. The suite's index is read only for a package
that is not there any more, and to pin the newest.
"""

import os
import re
import subprocess
import sys
import tarfile

import aptroot

SUITE = "trixie"
ARCHITECTURE = "riscv64"


class Pin:
    """One line of a lock file."""

    def __init__(self, role, package, architecture, version, sha256, path):
        self.role, self.package, self.architecture = role, package, architecture
        self.version, self.sha256, self.path = version, sha256, path

    def __str__(self):
        return " ".join((self.role, self.package, self.architecture, self.version, self.sha256, self.path))

    def deb_name(self):
        version = self.version.replace(":", "%3a")
        return f"{self.package}_{version}_{self.architecture}.deb"


class Lock:
    """A lock file and the packages it is for: {role: package}. A package written as (name, pattern) is the
    one that `name` depends on and that matches the pattern."""

    def __init__(self, path, packages):
        self.path, self.packages = path, packages
        self.tool = os.path.join(os.path.basename(os.path.dirname(path)), "build.py")

    def read(self):
        """{role: Pin}, of every role."""
        pins = {}
        for number, fields in enumerate(_fields(self.path), start=1):
            if len(fields) != 6 or fields[0] not in self.packages:
                raise aptroot.Error(f"{self.path}: entry {number} is not "
                                    "'role package architecture version sha256 path'")
            pins[fields[0]] = Pin(*fields)
        missing = [role for role in self.packages if role not in pins]
        if missing:
            raise aptroot.Error(f"{self.path} lacks {', '.join(missing)}: run {self.tool} --update-lock")
        return pins

    def write(self, pins):
        text = (f"# What {self.tool} fetches from Debian {SUITE}. Written by its --update-lock.\n"
                "# role package architecture version sha256 path\n")
        write_file(self.path, (text + "".join(f"{pins[r]}\n" for r in self.packages)).encode())


class Fetcher:
    """Finds pinned packages: in the cache, else in the archive where the pin says, else in the index."""

    def __init__(self, cache, lock, offline, log):
        self._debs = os.path.join(cache, "packages")
        self._apt = aptroot.AptRoot(os.path.join(cache, "apt"), SUITE, ARCHITECTURE, log)
        self._lock = lock
        self._offline = offline
        self._log = log
        self._updated = False

    def fetch(self, pin):
        """Path of a pinned package and the pin that was used (a newer one if it has vanished)."""
        path = os.path.join(self._debs, pin.deb_name())
        if os.path.exists(path):
            if aptroot.sha256_of(path) == pin.sha256:
                return path, pin
            self._log(f"{pin.deb_name()} in the cache is damaged; fetching it again")
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
            self._log(f"WARNING: {pin.package} {pin.version} is no longer in Debian {SUITE};\n"
                      f"         using {newer.package} {newer.version}, verified by the archive's signature.\n"
                      f"         Run {self._lock.tool} --update-lock to pin it.")
            os.makedirs(self._debs, exist_ok=True)
            write_file(note, f"{newer}\n".encode())
            return self.fetch(newer)
        if same[0].sha256 != pin.sha256:
            raise aptroot.Error(
                f"{pin.package} {pin.version} is not what {self._lock.path} pins:\n"
                f"  the archive's sha256 is {same[0].sha256}\n  the lock file says      {pin.sha256}\n"
                "The same version must not change. If you trust the archive: --update-lock.")
        return self._apt.download(same[0], self._debs), pin

    def _fetch_pinned(self, pin, path):
        if self._offline:
            return False
        self._log(f"downloading {pin.package} {pin.version}")
        return aptroot.download_pinned(pin.path, pin.sha256, path)

    def newest(self, role):
        """A pin of the newest package for a role."""
        self._update()
        wanted = self._lock.packages[role]
        name, pattern = (wanted, None) if isinstance(wanted, str) else wanted
        found = self._apt.versions(name)
        if found and pattern:
            real = re.search(pattern, found[0].depends)
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


def write_file(path, data):
    """Replace a file in one step, so that a reader never sees half of it."""
    with open(path + ".new", "wb") as file:
        file.write(data)
    os.replace(path + ".new", path)


def read_text(path):
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return ""


def cache_directory(argument):
    return os.path.abspath(os.path.expanduser(argument or os.environ.get("RINGSIDE_CACHE") or "~/.cache/ringside"))


def logger(name):
    """A function that prints progress, after the name of the tool."""
    return lambda text: print(f"{name}: {text}", file=sys.stderr, flush=True)


def _fields(path):
    return [line.split() for line in read_text(path).splitlines() if line.strip() and not line.startswith("#")]
