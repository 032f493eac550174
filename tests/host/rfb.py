# SPDX-License-Identifier: Apache-2.0
"""A VNC viewer (RFC 6143): sees the screen in raw encoding, presses keys. No authentication."""

import socket
import struct

from guest import Failure

PATIENCE = 30  # seconds


class Viewer:
    """Connected to a local socket."""

    def __init__(self, path):
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(PATIENCE)
        try:
            self._socket.connect(path)
            self._shake_hands()
        except OSError as error:
            raise Failure(f"no VNC at {path}: {error}")

    def close(self):
        self._socket.close()

    def screen(self):
        """(width, height, bytes): 32 bits per pixel as in a framebuffer of format XRGB8888, unused byte 0."""
        self._socket.sendall(struct.pack(">BBHHHH", 3, 0, 0, 0, self.width, self.height))
        kind, count = struct.unpack(">BxH", self._get(4))
        if kind != 0:
            raise Failure(f"the VNC server sent message {kind} instead of an update")
        picture = bytearray(self.width * self.height * 4)
        for _ in range(count):
            x, y, width, height, encoding = struct.unpack(">HHHHi", self._get(12))
            if encoding != 0:
                raise Failure(f"the VNC server sent encoding {encoding} instead of raw pixels")
            for line in range(y, y + height):
                at = (line * self.width + x) * 4
                picture[at:at + width * 4] = self._get(width * 4)
        return self.width, self.height, bytes(picture)

    def press(self, *keysyms):
        """Press keys one after the other and let go of them the other way round."""
        for down, order in ((1, keysyms), (0, reversed(keysyms))):
            for keysym in order:
                self._socket.sendall(struct.pack(">BBxxI", 4, down, keysym))

    def point(self, x, y, buttons=0):
        self._socket.sendall(struct.pack(">BBHH", 5, buttons, x, y))

    def _shake_hands(self):
        self._get(12)
        self._socket.sendall(b"RFB 003.008\n")
        types = self._get(self._get(1)[0])
        if 1 not in types:
            raise Failure(f"the VNC server offers the security types {list(types)}; expected 1, none")
        self._socket.sendall(b"\1")
        if self._get(4) != bytes(4):
            raise Failure("the VNC server refused")
        self._socket.sendall(b"\1")
        self.width, self.height = struct.unpack(">HH16x", self._get(20))
        self.name = self._get(struct.unpack(">I", self._get(4))[0]).decode()
        self._socket.sendall(struct.pack(">BxxxBBBBHHHBBBxxx", 0, 32, 24, 0, 1, 255, 255, 255, 16, 8, 0))
        self._socket.sendall(struct.pack(">BxHi", 2, 1, 0))

    def _get(self, count):
        data = b""
        while len(data) < count:
            piece = self._socket.recv(count - len(data))
            if not piece:
                raise Failure("the VNC server hung up")
            data += piece
        return data
