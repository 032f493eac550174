#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Sockets between Linux and the host: the guest's script is sw/images/tests/vsock.sh, the host's side is here.

The device is under the checker. Ringside only: QEMU leaves vsock to the host's kernel (vhost-vsock), which a test
cannot count on.
"""

import hashlib
import os
import socket
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "host"))
import checked
import guest
import machines
import script

ECHO, LISTEN, CID = 1234, 5678, 42
TYPES = {"": socket.SOCK_STREAM, ".seq": socket.SOCK_SEQPACKET}


def parse_arguments():
    parser = script.parser(__doc__, seconds=200)
    parser.add_argument("--packed", action="store_true")
    parser.add_argument("--transport", choices=("modern", "transitional", "legacy"), default="modern")
    return parser.parse_args()


class Messages(guest.Echo):
    """Sends back messages as they are."""

    def __init__(self, path):
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._listener.bind(path)
        self._listener.listen()
        threading.Thread(target=self._accept, daemon=True).start()


class Client(threading.Thread):
    """Connects to the guest, says something and compares the echo."""

    def __init__(self, path, suffix, size):
        super().__init__(daemon=True)
        self.path, self.suffix, self.size = path, suffix, size
        self.trouble = "not done"

    def run(self):
        try:
            self._talk()
        except OSError as error:
            self.trouble = f"{error}"

    def _talk(self):
        data = os.urandom(self.size)
        with socket.socket(socket.AF_UNIX, TYPES[self.suffix]) as peer:
            peer.settimeout(60)
            peer.connect(self.path + self.suffix)
            peer.sendall(b"CONNECT %d\n" % LISTEN)
            answer = peer.recv(32)
            if not answer.startswith(b"OK "):
                self.trouble = f"the guest's answer is {answer}"
                return
            sender = threading.Thread(target=self._send, args=(peer, data), daemon=True)
            sender.start()
            heard = hashlib.sha256()
            lengths, left = [], self.size
            while left > 0 and (piece := peer.recv(65536)):
                heard.update(piece)
                lengths.append(len(piece))
                left -= len(piece)
            sender.join(60)
        whole = left == 0 and heard.digest() == hashlib.sha256(data).digest()
        kept = self.suffix == "" or lengths == [len(m) for m in self.messages(data)]
        self.trouble = "" if whole and kept else f"{left} bytes are missing, or others came; lengths {lengths[:5]}"

    @staticmethod
    def messages(data):
        """Messages of growing length."""
        at, length = 0, 1
        while at < len(data):
            yield data[at:at + length]
            at, length = at + length, min(length * 2 + 1, 60000)

    def _send(self, peer, data):
        if self.suffix == "":
            peer.sendall(data)
            return
        for message in self.messages(data):
            peer.send(message)


def platform(arguments, folder, path):
    machine = machines.Machine(
        firmware=machines.image("fw_dynamic.bin"), kernel=machines.image("Image"),
        initramfs=machines.image("initramfs.cpio"),
        command_line="console=ttyS0 earlycon=sbi quiet ringside.test=smoke,vsock "
                     f"ringside.arg=echo={ECHO},listen={LISTEN},cid={CID}")
    device = (f"          vsock: {{type: virtio-pci, interface: {arguments.transport}, "
              f"monitor: virtio-monitor, device: {{type: virtio-vsock, "
              f"guest_cid: {CID}, packed: {str(arguments.packed).lower()}, "
              f"backend: {{type: unix, path: {machines.quoted(path)}}}}}}}")
    file = os.path.join(folder, "platform.yaml")
    with open(file, "w") as out:
        out.write(machines.ringside_platform(machine).replace("          {}", device))
    return file


def run(arguments, folder):
    path = os.path.join(folder, "v")
    guest.Echo(f"{path}_{ECHO}")
    Messages(f"{path}_{ECHO}.seq")
    clients = []
    checks = checked.Checked()

    def on_line(line):
        checks.on_line(line)
        if line.startswith("LISTENING"):
            suffix, count = ("", 5) if not clients else (".seq", 1)
            for _ in range(count):
                clients.append(Client(path, suffix, 700000))
                clients[-1].start()

    command = [arguments.emulator, "run", platform(arguments, folder, path)]
    passed = guest.judge(command, arguments.timeout, on_line)
    if len(clients) != 6:
        raise guest.Failure("the guest did not listen twice")
    checks.check(1)
    for client in clients:
        client.join(10)
        if client.trouble:
            raise guest.Failure(f"a client of the host: {client.trouble}")
    print(f"all {passed} tests passed")


def main():
    script.run_in_folder(run, parse_arguments(), "initramfs.cpio")


if __name__ == "__main__":
    main()
