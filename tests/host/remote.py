# SPDX-License-Identifier: Apache-2.0
"""Give commands to a running emulator: Ringside's control socket and QEMU's QMP, both JSON, line by line."""

import json
import socket
import struct
import time

from guest import Failure

PATIENCE = 30  # seconds for one answer, in host time


class Lines:
    """A stream socket of JSON lines. Connects when it is first used: the emulator makes the socket."""

    def __init__(self, path):
        self._path = path
        self._file = None

    def connect(self):
        deadline = time.monotonic() + PATIENCE
        while True:
            stream = socket.socket(socket.AF_UNIX)
            stream.settimeout(PATIENCE)
            try:
                stream.connect(self._path)
                break
            except OSError as error:
                stream.close()
                if time.monotonic() > deadline:
                    raise Failure(f"no control socket: {error}")
                time.sleep(0.05)
        self._file = stream.makefile("rw", encoding="utf-8")
        self._pid, _, _ = struct.unpack("3i", stream.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))

    @property
    def pid(self):
        """The emulator's process."""
        if not self._file:
            self.connect()
        return self._pid

    def exchange(self, request):
        """Send one request, return the next line that is an answer."""
        if not self._file:
            self.connect()
        try:
            self._file.write(json.dumps(request) + "\n")
            self._file.flush()
        except OSError as error:
            raise Failure(f"the control socket is gone: {error}")
        while True:
            answer = self.read()
            if "event" not in answer:
                return answer

    def read(self):
        try:
            line = self._file.readline()
        except OSError as error:
            raise Failure(f"no answer on the control socket: {error}")
        if not line:
            raise Failure("the control socket was closed")
        return json.loads(line)


class Ringside(Lines):
    def call(self, model, command, /, **arguments):
        answer = self.exchange({"model": model, "command": command, "arguments": arguments})
        if "error" in answer:
            raise Failure(f"{model} {command} {arguments}: {answer['error']['message']}")
        return answer["result"]

    def statistics(self, path):
        return self.call("", "statistics", model=path)[path]


class Qemu(Lines):
    def connect(self):
        super().connect()
        self.read()  # the greeting
        self.call("qmp_capabilities")

    def call(self, command, **arguments):
        answer = self.exchange({"execute": command, "arguments": arguments})
        if "error" in answer:
            raise Failure(f"{command} {arguments}: {answer['error']['desc']}")
        return answer["return"]
