#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make small disk images with known content, for tests and for trying things out.

  mkdisk.py pattern FILE SIZE            every sector says its number; prints the SHA-256 of the first MiB
  mkdisk.py fat FILE SIZE NAME=PATH...   FAT16 file system with these files (8.3 names) in its root
  mkdisk.py iso FILE NAME=PATH...        CD (ISO 9660) with these files (8.3 names) in its root

SIZE takes KiB, MiB or GiB, like 16MiB. Own writers: need no mkfs.vfat and no mkisofs, and the same input
gives the same bytes. FAT: "FAT: General Overview of On-Disk Format", version 1.03. CD: ECMA-119, level 1.
"""

import hashlib
import re
import struct
import sys

SECTOR = 512
UNITS = {"": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}


def parse_size(text):
    match = re.fullmatch(r"(\d+)(\w*)", text)
    if not match or match[2] not in UNITS:
        sys.exit(f"mkdisk: '{text}' is no size; write 16MiB, 512KiB or a number of bytes")
    return int(match[1]) * UNITS[match[2]]


def pattern_sector(number):
    line = b"ringside sector %08d\n" % number
    return (line * (SECTOR // len(line) + 1))[:SECTOR]


def pattern(path, size):
    digest = hashlib.sha256()
    with open(path, "wb") as file:
        for number in range(size // SECTOR):
            data = pattern_sector(number)
            file.write(data)
            if number < 2048:
                digest.update(data)
    return digest.hexdigest()


def short_name(name):
    stem, _, extension = name.upper().partition(".")
    if not re.fullmatch(r"[A-Z0-9_-]{1,8}", stem) or not re.fullmatch(r"[A-Z0-9_-]{0,3}", extension):
        sys.exit(f"mkdisk: '{name}' is no 8.3 name")
    return stem.ljust(8).encode() + extension.ljust(3).encode()


def fat16(size, files):
    """Bytes of a FAT16 file system; files: [(name, data)]."""
    reserved, fats, root_entries = 1, 2, 512
    root_sectors = root_entries * 32 // SECTOR
    total = size // SECTOR
    per_cluster = 1
    while total // per_cluster > 65000:
        per_cluster *= 2
    fat_sectors = (total // per_cluster + 2) * 2 // SECTOR + 1
    clusters = (total - reserved - fats * fat_sectors - root_sectors) // per_cluster
    if clusters < 4085 or clusters > 65524:
        sys.exit("mkdisk: FAT16 wants between 2.2 MiB and 2 GiB")
    boot = struct.pack("<3s8sHBHBHHBHHHII", b"\xeb\x3c\x90", b"RINGSIDE", SECTOR, per_cluster, reserved, fats,
                       root_entries, total if total < 65536 else 0, 0xF8, fat_sectors, 32, 2, 0,
                       total if total >= 65536 else 0)
    boot += struct.pack("<BBBI11s8s", 0x80, 0, 0x29, 0x52494E47, b"RINGSIDE   ", b"FAT16   ")
    table = [0xFFF8, 0xFFFF]
    root, data = bytearray(), bytearray()
    cluster_size = per_cluster * SECTOR
    for name, content in files:
        count = -(-len(content) // cluster_size)
        first = len(table) if count else 0
        table += [len(table) + i + 1 for i in range(count - 1)] + [0xFFFF] * (count > 0)
        data += content + bytes(-len(content) % cluster_size)
        root += short_name(name) + struct.pack("<BBBHHHHHHHI", 0x20, 0, 0, 0, 0x21, 0x21, 0, 0, 0x21, first,
                                               len(content))
    if len(table) - 2 > clusters or len(files) > root_entries:
        sys.exit("mkdisk: the files do not fit")
    fat = struct.pack(f"<{len(table)}H", *table).ljust(fat_sectors * SECTOR, b"\0")
    image = boot.ljust(510, b"\0") + b"\x55\xaa" + fat * fats + bytes(root).ljust(root_sectors * SECTOR, b"\0")
    return (image + data).ljust(total * SECTOR, b"\0")


BLOCK = 2048


def both(value, code):
    """A number in both byte orders, as ECMA-119 wants it."""
    return struct.pack("<" + code, value) + struct.pack(">" + code, value)


def iso_record(name, first, size, directory):
    """A directory record (ECMA-119 9.1); recorded in 1970."""
    body = both(first, "I") + both(size, "I") + bytes((70, 1, 1, 0, 0, 0, 0, 2 if directory else 0, 0, 0))
    body += both(1, "H") + bytes([len(name)]) + name
    record = bytes((len(body) + 2 + len(body) % 2, 0)) + body
    return record + bytes(len(record) % 2)


def iso9660(files):
    """Bytes of a CD; files: [(name, data)]."""
    root_at, first = 20, 21
    records = []
    for name, content in sorted(files):
        short_name(name)  # for its check
        records.append(iso_record(name.upper().encode() + b";1", first, len(content), False))
        first += -(-len(content) // BLOCK)
    own = iso_record(b"\0", root_at, BLOCK, True)
    directory = own + iso_record(b"\1", root_at, BLOCK, True) + b"".join(records)
    if len(directory) > BLOCK:
        sys.exit("mkdisk: too many files for a CD of ours")
    date = b"1970010100000000\0"
    path = struct.pack("<BBIH2s", 1, 0, root_at, 1, b"\0\0"), struct.pack(">BBIH2s", 1, 0, root_at, 1, b"\0\0")
    primary = b"\1CD001\1\0" + b" " * 32 + b"RINGSIDE".ljust(32) + bytes(8) + both(first, "I") + bytes(32)
    primary += both(1, "H") + both(1, "H") + both(BLOCK, "H") + both(10, "I")
    primary += struct.pack("<II", 18, 0) + struct.pack(">II", 19, 0) + own
    primary += b" " * 128 * 4 + b" " * 37 * 3 + date + date + b"0" * 16 + b"\0" + date + b"\1"
    blocks = [bytes(BLOCK)] * 16 + [primary, b"\xffCD001\1", path[0], path[1], directory]
    blocks += [content for _, content in sorted(files)]
    return b"".join(b.ljust(-(-len(b) // BLOCK) * BLOCK, b"\0") for b in blocks)


def read_files(arguments):
    files = []
    for argument in arguments:
        name, _, source = argument.partition("=")
        with open(source, "rb") as file:
            files.append((name, file.read()))
    return files


def main(arguments):
    if len(arguments) < 3 or arguments[0] not in ("pattern", "fat", "iso"):
        sys.exit(__doc__)
    kind, path = arguments[:2]
    if kind == "pattern":
        print(pattern(path, parse_size(arguments[2])))
        return
    if kind == "fat":
        image = fat16(parse_size(arguments[2]), read_files(arguments[3:]))
    else:
        image = iso9660(read_files(arguments[2:]))
    with open(path, "wb") as file:
        file.write(image)


if __name__ == "__main__":
    main(sys.argv[1:])
