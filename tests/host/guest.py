# SPDX-License-Identifier: Apache-2.0
"""Run a guest in an emulator and judge what it prints; the peers it needs on the host.

Standard library only. Everything is on loopback or on sockets in a directory of the run, and every
wait is bounded.
"""

import atexit
import hashlib
import os
import re
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time


class Failure(Exception):
    """A test did not pass; the text says why."""


class Echo:
    """A server that sends back what it receives, for any number of connections."""

    def __init__(self, path=None, address="127.0.0.1"):
        if path:
            self._listener = socket.socket(socket.AF_UNIX)
            self._listener.bind(path)
            self.port = None
        else:
            self._listener = socket.socket()
            self._listener.bind((address, 0))
            self.port = self._listener.getsockname()[1]
        self._listener.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            connection, _ = self._listener.accept()
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    @staticmethod
    def _serve(connection):
        try:
            while data := connection.recv(65536):
                connection.sendall(data)
        except OSError:
            pass  # the guest went away
        connection.close()


class DatagramEcho:
    """The same for datagrams."""

    def __init__(self, address="127.0.0.1"):
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((address, 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            data, sender = self._socket.recvfrom(65536)
            self._socket.sendto(data, sender)


class Sender:
    """Connects to a port of the guest when told to, sends random bytes and closes."""

    def __init__(self, size, address="127.0.0.1", port=None):
        self._data = os.urandom(size)
        self.sha256 = hashlib.sha256(self._data).hexdigest()
        self.address, self.port = address, port or free_port()

    def start(self):
        threading.Thread(target=self._send, daemon=True).start()

    def _send(self):
        with socket.create_connection((self.address, self.port), timeout=60) as connection:
            connection.sendall(self._data)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):
                pass


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Run:
    """One run of an emulator: its console line by line, killed when the time is up, and at the latest with the script.

    A script that gives up early leaves nothing behind that would go on or keep its standard error open.
    """

    def __init__(self, command, timeout, echo=True, stdin=subprocess.DEVNULL):
        self._echo = echo
        self._deadline = time.monotonic() + timeout
        self._process = subprocess.Popen(command, stdin=stdin, stdout=subprocess.PIPE,
                                         stderr=subprocess.STDOUT, start_new_session=True)
        atexit.register(self._kill)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._process.stdout, selectors.EVENT_READ)
        self._pending = b""
        self.timed_out = False
        self.status = None

    def lines(self):
        """Each line as it comes, without its end. Ends with the process."""
        while chunk := self._read():
            *complete, self._pending = (self._pending + chunk).split(b"\n")
            for line in complete:
                yield self._show(line)
        if self._pending:
            yield self._show(self._pending)
        self._finish()

    def wait_for(self, text):
        """Read on until `text` has come, even within a line. Returns what came before it."""
        wanted = text.encode()
        while wanted not in self._pending:
            chunk = self._read()
            if not chunk:
                self._finish()
                raise Failure(f"'{text}' did not come; last: {self._pending[-300:].decode(errors='replace')}")
            self._pending += chunk
            if self._echo:
                sys.stdout.write(chunk.decode(errors="replace").replace("\r", ""))
        before, self._pending = self._pending.split(wanted, 1)
        return before.decode(errors="replace").replace("\r", "")

    def send(self, text):
        self._process.stdin.write(text.encode())
        self._process.stdin.flush()

    def stop(self):
        self._deadline = time.monotonic()
        for _ in self.lines():
            pass

    def _read(self):
        left = self._deadline - time.monotonic()
        if left <= 0 or not self._selector.select(left):
            self.timed_out = True
            return b""
        return os.read(self._process.stdout.fileno(), 65536)

    def _show(self, line):
        text = line.decode(errors="replace").rstrip("\r")
        if self._echo:
            print(text, flush=True)
        return text

    def _finish(self):
        if self.status is not None:
            return
        if self.timed_out:
            self._kill()
        self.status = self._process.wait()
        atexit.unregister(self._kill)

    def _kill(self):
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)


def judge(command, timeout, on_line=lambda line: None, stdin=subprocess.DEVNULL):
    """Run a guest that prints PASS and FAIL lines and DONE; raise Failure unless all is well.

    What `on_line` gives is typed at the guest's console, for which stdin has to be PIPE.
    """
    run = Run(command, timeout, stdin=stdin)
    failed, done = [], None
    for line in run.lines():
        try:
            answer = on_line(line)
        except Failure:
            run.stop()
            raise
        if answer:
            run.send(answer)
        if line.startswith("FAIL "):
            failed.append(line)
        match = re.match(r"DONE passed=(\d+) failed=(\d+)$", line)
        if match:
            done = int(match[1]), int(match[2])
    if failed:
        raise Failure(f"{len(failed)} failed, first: {failed[0]}")
    if run.timed_out:
        raise Failure(f"the guest was not done after {timeout} s")
    if not done or done[1] or not done[0]:
        raise Failure(f"the guest ended without DONE and failed=0 (exit status {run.status})")
    if run.status:
        raise Failure(f"the emulator's exit status is {run.status}")
    return done[0]
