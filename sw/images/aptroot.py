# SPDX-License-Identifier: Apache-2.0
"""A private apt root: packages of another suite and architecture, without touching the machine's own.

State, cache and source list live in a directory of ours; the mirror is the one the machine itself
uses, the archive keyring vouches for what it sends, and proxies or credentials set up for apt apply.
"""

import glob
import hashlib
import os
import re
import subprocess

KEYRINGS = ("/usr/share/keyrings/debian-archive-keyring.gpg",
            "/usr/share/keyrings/debian-archive-keyring.pgp")


class Error(Exception):
    """Something the user has to know; the text says what and what to do."""


class Package:
    """One version of a package, as the archive's signed index describes it."""

    def __init__(self, fields):
        self.name = fields["Package"]
        self.version = fields["Version"]
        self.architecture = fields["Architecture"]
        self.sha256 = fields["SHA256"]
        self.path = fields["Filename"]
        self.size = int(fields["Size"])
        self.depends = fields.get("Depends", "")


class AptRoot:
    def __init__(self, directory, suite, architecture, log):
        self._directory = directory
        self._suite = suite
        self._architecture = architecture
        self._log = log
        self._options = None

    def update(self):
        """Fetch the suite's package index and check its signature."""
        mirror = os.environ.get("RINGSIDE_MIRROR") or machine_mirror()
        self._log(f"reading the package index of Debian {self._suite} ({self._architecture})")
        for sub in ("state/lists/partial", "cache/archives/partial", "etc"):
            os.makedirs(os.path.join(self._directory, sub), exist_ok=True)
        self._write("state/status", "")
        self._write("etc/suite.sources",
                    f"Types: deb\nURIs: {mirror}\nSuites: {self._suite}\nComponents: main\n"
                    f"Signed-By: {archive_keyring()}\n")
        path = self._path
        settings = {
            "Dir::State": path("state"), "Dir::State::status": path("state/status"),
            "Dir::Cache": path("cache"), "Dir::Etc::sourcelist": path("etc/suite.sources"),
            "Dir::Etc::sourceparts": "/dev/null", "Dir::Etc::preferences": "/dev/null",
            "Dir::Etc::preferencesparts": "/dev/null",
            "APT::Architecture": self._architecture, "APT::Architectures": self._architecture,
            "Acquire::Languages": "none", "Acquire::Retries": "3", "APT::Sandbox::User": "root",
        }
        self._options = [a for k, v in settings.items() for a in ("-o", f"{k}={v}")]
        self._run(["apt-get", "update", "--error-on=any"], "read the package index")

    def versions(self, name):
        """Every version the suite offers of one package, newest first; empty if it has none."""
        shown = subprocess.run(["apt-cache", *self._options, "show", name], text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        return [Package(s) for s in stanzas(shown.stdout) if s.get("Package") == name]

    def download(self, package, directory):
        """Fetch one .deb; returns its path. The checksum is checked by apt and again by us."""
        self._log(f"downloading {package.name} {package.version} ({mebibytes(package.size)})")
        os.makedirs(directory, exist_ok=True)
        wanted = f"{package.name}={package.version}"
        self._run(["apt-get", "download", wanted], f"download {wanted}", cwd=directory)
        version = package.version.replace(":", "%3a")
        path = os.path.join(directory, f"{package.name}_{version}_{package.architecture}.deb")
        if not os.path.exists(path):
            raise Error(f"apt-get download left no {path}")
        found = sha256_of(path)
        if found != package.sha256:
            os.unlink(path)
            raise Error(f"{os.path.basename(path)} is damaged:\n"
                        f"  sha256 is       {found}\n  sha256 expected {package.sha256}")
        return path

    def _run(self, command, what, cwd=None):
        done = subprocess.run(command[:1] + self._options + command[1:], cwd=cwd, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode:
            raise Error(f"apt could not {what}:\n{done.stdout.strip()}\n"
                        "Is the machine online, and does its mirror carry "
                        f"Debian {self._suite}? RINGSIDE_MIRROR=<address> names another mirror.")

    def _path(self, name):
        return os.path.join(self._directory, name)

    def _write(self, name, text):
        with open(self._path(name), "w") as file:
            file.write(text)


def download_pinned(path, sha256, target):
    """Fetch one file of the archive by its path there; False if the mirror does not give exactly it.

    Needs no index, so neither a mirror in the middle of an update nor a suite that has moved on stands
    in the way. The checksum vouches for the content.
    """
    mirror = os.environ.get("RINGSIDE_MIRROR") or machine_mirror()
    os.makedirs(os.path.dirname(target), exist_ok=True)
    partial = target + ".part"
    subprocess.run(["/usr/lib/apt/apt-helper", "-o", "Acquire::Retries=3", "-o", "APT::Sandbox::User=root",
                    "download-file", f"{mirror}/{path}", partial, f"SHA256:{sha256}"],
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if not os.path.exists(partial):
        return False
    if sha256_of(partial) != sha256:
        os.unlink(partial)
        return False
    os.replace(partial, target)
    return True


def archive_keyring():
    for path in KEYRINGS:
        if os.path.exists(path):
            return path
    raise Error("no Debian archive keyring: install the package debian-archive-keyring")


def machine_mirror():
    """The address of the Debian mirror in this machine's own apt sources."""
    found = []
    for path in sorted(glob.glob("/etc/apt/sources.list.d/*.sources")):
        found += [(uri, s.get("Suites", "")) for s in stanzas(_read(path))
                  if "deb" in s.get("Types", "").split() and s.get("Enabled", "yes") != "no"
                  and "main" in s.get("Components", "").split()
                  for uri in s.get("URIs", "").split()]
    for path in ["/etc/apt/sources.list"] + sorted(glob.glob("/etc/apt/sources.list.d/*.list")):
        for line in _read(path).splitlines():
            match = re.match(r"deb\s+(?:\[[^]]*\]\s+)?(\S+)\s+(\S+)\s+(.*)", line)
            if match and "main" in match[3].split():
                found.append((match[1], match[2]))
    # Security and updates suites live beside the base suite but do not hold it.
    for uri, suites in found:
        if any(re.fullmatch(r"[a-z]+", suite) for suite in suites.split()):
            return uri
    raise Error("found no Debian mirror in /etc/apt/sources.list or /etc/apt/sources.list.d; "
                "set RINGSIDE_MIRROR=<address>")


def stanzas(text):
    """Parse deb822 text: a list of {field: value}; continuation lines are joined with newlines."""
    result = []
    for block in re.split(r"\n\s*\n", text):
        fields, key = {}, None
        for line in block.splitlines():
            if line.startswith("#"):
                continue
            if line[:1] in (" ", "\t") and key:
                fields[key] += "\n" + line.strip()
            elif ":" in line:
                key, _, value = line.partition(":")
                fields[key] = value.strip()
        if fields:
            result.append(fields)
    return result


def sha256_of(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def mebibytes(size):
    return f"{size / (1 << 20):.1f} MiB"


def _read(path):
    try:
        with open(path, errors="replace") as file:
            return file.read()
    except OSError:
        return ""
