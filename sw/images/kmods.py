# SPDX-License-Identifier: Apache-2.0
"""Pick kernel modules out of a Debian kernel package, with what they depend on.

The package holds no modules.dep (depmod writes it when the package is installed), so dependencies
and aliases are read from the modules themselves: the ELF section .modinfo, NUL-separated
"key=value" strings.
"""

import lzma
import os
import struct


def canonical(name):
    """Modules are named with - in file names and with _ in dependencies."""
    return name.replace("-", "_")


class ModuleSet:
    """The modules below one lib/modules/<version> directory; decompresses only what is asked for."""

    def __init__(self, files):
        """files: {path below lib/modules/<version>: compressed bytes}"""
        self._packed = {canonical(os.path.basename(p).split(".ko")[0]): (p, d)
                        for p, d in files.items() if ".ko" in os.path.basename(p)}
        builtin = files.get("modules.builtin", b"").decode().split()
        self._builtin = {canonical(os.path.basename(p)[:-len(".ko")]) for p in builtin}
        self._loaded = {}  # name -> (path without compression suffix, bytes, info)

    def select(self, names):
        """The closure of `names`: {path: bytes} plus modules.dep and modules.alias."""
        for name in names:
            self._load(canonical(name))
        files, dep_lines, alias_lines = {}, [], []
        for name in sorted(self._loaded):
            path, data, info = self._loaded[name]
            files[path] = data
            needs = [self._loaded[n][0] for n in self._closure(name)]
            dep_lines.append(" ".join([path + ":"] + needs))
            alias_lines += [f"alias {a} {name}" for a in info.get("alias", [])]
        files["modules.dep"] = "".join(line + "\n" for line in dep_lines).encode()
        files["modules.alias"] = "".join(line + "\n" for line in alias_lines).encode()
        return files

    def _load(self, name):
        if name in self._loaded or name in self._builtin:
            return
        if name not in self._packed:
            raise KeyError(f"the kernel package has no module '{name}'")
        path, data = self._packed[name]
        if path.endswith(".xz"):
            path, data = path[:-len(".xz")], lzma.decompress(data)
        info = modinfo(data)
        self._loaded[name] = (path, data, info)
        for needed in self._depends(name):
            self._load(needed)

    def _depends(self, name):
        listed = self._loaded[name][2].get("depends", [""])[0]
        return [canonical(n) for n in listed.split(",") if n]

    def _closure(self, name):
        """Everything `name` needs, nearest first, as depmod orders it."""
        order = []
        todo = self._depends(name)
        while todo:
            needed = todo.pop(0)
            if needed in self._loaded:
                if needed in order:
                    order.remove(needed)
                order.append(needed)
                todo += self._depends(needed)
        return order


def modinfo(elf):
    """{key: [values]} of the .modinfo section of a 64-bit little-endian ELF file."""
    if elf[:6] != b"\x7fELF\x02\x01":
        raise ValueError("not a 64-bit little-endian ELF file")
    table, = struct.unpack_from("<Q", elf, 0x28)
    size, count, names_index = struct.unpack_from("<HHH", elf, 0x3A)
    sections = [struct.unpack_from("<IIQQQQ", elf, table + i * size) for i in range(count)]
    names = sections[names_index][4]
    info = {}
    for name, _, _, _, offset, length in sections:
        start = names + name
        if elf[start:elf.index(b"\0", start)] != b".modinfo":
            continue
        for item in elf[offset:offset + length].split(b"\0"):
            key, _, value = item.decode(errors="replace").partition("=")
            info.setdefault(key, []).append(value)
    return info
