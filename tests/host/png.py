# SPDX-License-Identifier: Apache-2.0
"""Read PNG files as emulators write them: 8 bits per sample, RGB or RGBA, not interlaced (PNG, third edition)."""

import struct
import zlib

from guest import Failure


def read(path):
    """(width, height, [bytes of each line], bytes per pixel)."""
    with open(path, "rb") as file:
        data = file.read()
    if data[:8] != b"\x89PNG\r\n\x1a\n":
        raise Failure(f"{path} is no PNG file")
    at, packed, header = 8, b"", None
    while at + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        body = data[at + 8:at + 8 + length]
        if struct.unpack_from(">I", data, at + 8 + length)[0] != zlib.crc32(kind + body):
            raise Failure(f"{path}: checksum of {kind.decode(errors='replace')}")
        if kind == b"IHDR":
            header = struct.unpack(">IIBBBBB", body)
        elif kind == b"IDAT":
            packed += body
        at += 12 + length
    if not header or header[2] != 8 or header[3] not in (2, 6) or header[6]:
        raise Failure(f"{path}: unexpected header {header}")
    width, height, pixel = header[0], header[1], {2: 3, 6: 4}[header[3]]
    return width, height, list(unfiltered(zlib.decompress(packed), width * pixel, height, pixel)), pixel


def unfiltered(data, stride, height, pixel):
    above = bytes(stride)
    for y in range(height):
        at = y * (stride + 1)
        line, kind = bytearray(data[at + 1:at + 1 + stride]), data[at]
        if kind == 2:
            line = bytearray((a + b) & 255 for a, b in zip(line, above))
        elif kind:
            for x in range(stride):
                left = line[x - pixel] if x >= pixel else 0
                corner = above[x - pixel] if x >= pixel else 0
                line[x] = line[x] + (left, 0, (left + above[x]) // 2, paeth(left, above[x], corner))[kind - 1] & 255
        yield bytes(line)
        above = line


def paeth(left, up, corner):
    """The one of the three that is nearest to left + up - corner."""
    guess = left + up - corner
    return min((left, up, corner), key=lambda value: abs(guess - value))


def as_xrgb(path):
    """(width, height, bytes): 32 bits per pixel as in a framebuffer of format XRGB8888, unused byte 0."""
    width, height, lines, pixel = read(path)
    out = bytearray(width * height * 4)
    flat = b"".join(lines)
    out[0::4], out[1::4], out[2::4] = flat[2::pixel], flat[1::pixel], flat[0::pixel]
    return width, height, bytes(out)
