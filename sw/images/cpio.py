# SPDX-License-Identifier: Apache-2.0
"""Write a cpio archive in the "newc" format, the one Linux unpacks as an initramfs.

Same files in, same bytes out: entries are sorted by name, owned by root, dated 1970 and numbered
in order, so two machines build the same image and a change of it is a change of its input.
Format: Linux Documentation/driver-api/early-userspace/buffer-format.rst.
"""

import stat


class Archive:
    def __init__(self):
        self._entries = {}  # name -> (mode, data, device)

    def add_directory(self, name, mode=0o755):
        self._add(name, stat.S_IFDIR | mode)

    def add_file(self, name, data, mode=0o644):
        self._add(name, stat.S_IFREG | mode, data)

    def add_link(self, name, target):
        self._add(name, stat.S_IFLNK | 0o777, target.encode())

    def add_char_device(self, name, major, minor, mode=0o600):
        self._add(name, stat.S_IFCHR | mode, b"", (major, minor))

    def _add(self, name, mode, data=b"", device=(0, 0)):
        name = name.strip("/")
        parent = name.rpartition("/")[0]
        if parent and parent not in self._entries:
            self.add_directory(parent)
        self._entries[name] = (mode, data, device)

    def to_bytes(self):
        out = bytearray()
        for inode, name in enumerate(sorted(self._entries), start=1):
            out += _record(inode, name, *self._entries[name])
        out += _record(0, "TRAILER!!!", 0, b"", (0, 0))
        return bytes(out + bytes(-len(out) % 512))


def _record(inode, name, mode, data, device):
    links = 2 if stat.S_ISDIR(mode) else 1
    fields = (inode, mode, 0, 0, links, 0, len(data), 0, 0, *device, len(name) + 1, 0)
    record = b"070701" + b"".join(b"%08X" % f for f in fields) + name.encode() + b"\0"
    record += bytes(-len(record) % 4)
    return record + data + bytes(-len(data) % 4)
