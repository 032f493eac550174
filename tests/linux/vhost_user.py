#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Linux in QEMU, with devices that Ringside serves over vhost-user: yaml/vhost-user-*.yaml, a process each."""

import argparse
import csv
import os
import signal
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "host"))
import guest
import linux
import machines
import parts
import remote
import script
import vsock

PATIENCE = 30  # seconds for a back end to begin or to end


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--emulator", required=True, help="the path of ringside")
    parser.add_argument("--tests", default="devices,entropy,block,net", help="comma-separated, default %(default)s")
    parser.add_argument("--harts", type=int, default=1)
    parser.add_argument("--packed", action="store_true")
    parser.add_argument("--legacy", action="store_true", help="drivers use the legacy interface")
    parser.add_argument("--accuracy", choices=("functional", "timed"), default="functional")
    parser.add_argument("--pauses", action="store_true", help="QEMU stops the guest again and again, and with it the rings")
    parser.add_argument("--reset", action="store_true", help="QEMU resets the guest after the first test")
    parser.add_argument("--restart", action="store_true", help="the back ends are ended and begun again after the first test")
    parser.add_argument("--measure", action="store_true", help="the block device's rate, beside that of QEMU's own")
    parser.add_argument("--timeout", type=int, default=300, help="seconds")
    return parser.parse_args()


class Control(remote.Ringside):
    """Of a back end, where a device has no bus and no transport of PCI in its path."""

    def call(self, model, command, /, **arguments):
        return super().call(model.replace("bus.pci.", ""), command, **arguments)


class BackEnd:
    """`ringside run` with one of the platforms for vhost-user, or another protocol (vfio_user.py)."""

    def __init__(self, name, program, folder, arguments, settings, protocol="vhost-user", device="device"):
        self.name, self.socket = name, os.path.join(folder, name + ".sock")
        self.control = os.path.join(folder, name + ".control")
        self._stats, self._log = os.path.join(folder, name + ".csv"), os.path.join(folder, name + ".log")
        file = {"disk": "block"}.get(name, name)
        command = [program, "run", os.path.join(machines.SOURCE, "yaml", f"{protocol}-{file}.yaml"),
                   "--set", f"{name}.socket={self.socket}", "--stats", self._stats, "--control", f"unix:{self.control}",
                   "--accuracy", arguments.accuracy, "--timeout", str(arguments.timeout)]
        for key, value in settings.items():
            command += ["--set", f"{name}.{device}{key}={value}"]
        if arguments.packed and "device" in device:
            command += ["--set", f"{name}.{device}.packed=true"]
        if protocol == "vhost-user" and not arguments.measure:  # the checker watches
            command += ["--set", f"{name}.monitor={{type: virtio-monitor, waves: {os.path.join(folder, name + '.fst')}}}"]
        self._command = command
        self._begin()

    def _begin(self):
        with open(self._log, "a") as log:
            self._process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)

    def restart(self):
        """Ends it as a user would, and begins another one: QEMU connects to that."""
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(PATIENCE)
        if os.path.exists(self.socket):
            raise guest.Failure(f"the back end '{self.name}' has left its socket behind")
        self._begin()
        self.wait_ready()

    def wait_ready(self):
        deadline = time.monotonic() + PATIENCE
        while not os.path.exists(self.socket):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise guest.Failure(f"the back end '{self.name}' does not listen:\n{self.said()}")
            time.sleep(0.02)

    def said(self):
        with open(self._log) as log:
            return log.read()[-2000:]

    def end(self):
        """The front end has gone: so must the back end, by itself and in peace. Gives its statistics."""
        try:
            status = self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            raise guest.Failure(f"the back end '{self.name}' goes on without its front end:\n{self.said()}")
        if status or "warning" in self.said():
            raise guest.Failure(f"the back end '{self.name}' ended with {status}:\n{self.said()}")
        with open(self._stats) as file:
            return {(row["path"], row["name"]): int(row["value"] or row["count"]) for row in csv.DictReader(file)}

    def stop(self):
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()


class Pauses(threading.Thread):
    """Stops and continues the guest until it is told to end: each time, QEMU stops all rings and starts them again."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self._qmp, self._over, self.count = remote.Qemu(path), threading.Event(), 0

    def run(self):
        try:
            while not self._over.wait(0.3):
                self._qmp.call("stop")
                time.sleep(0.02)
                self._qmp.call("cont")
                self.count += 1
        except guest.Failure:
            pass  # the guest has powered off

    def end(self):
        self._over.set()
        self.join(PATIENCE)


def front_end(machine, names, arguments, folder):
    """QEMU's command line, with the devices of these names."""
    modern = "disable-legacy=off,disable-modern=on" if arguments.legacy else "disable-legacy=on,disable-modern=off"
    packed = f",packed={'on' if arguments.packed else 'off'}"
    common = f",{modern}{packed}"
    devices = {
        "disk": ["-device", f"vhost-user-blk-pci,chardev=disk,num-queues={arguments.harts}{common}"],
        "net": ["-netdev", "vhost-user,id=net,chardev=net", "-device", f"virtio-net-pci,netdev=net,romfile={common}"],
        "rng": ["-device", f"vhost-user-rng-pci,chardev=rng{packed}"],
        "scsi": ["-device", f"vhost-user-scsi-pci,chardev=scsi,num_queues=1{common}"],
        "vsock": ["-device", f"vhost-user-vsock-pci,chardev=vsock{packed}"],
    }
    command = machines.command("qemu", machine, folder)
    command += ["-object", f"memory-backend-memfd,id=ram,size={machine.memory}M,share=on", "-machine", "memory-backend=ram"]
    for name in names:
        again = ",reconnect=1" if arguments.restart else ""
        command += ["-chardev", f"socket,id={name},path={os.path.join(folder, name + '.sock')}{again}"] + devices[name]
    if arguments.reset:
        command.remove("-no-reboot")
    return command


class Script:
    """The host's part in what the guest's tests do."""

    def __init__(self, arguments, machine, back_ends, sender, sockets, scsi, folder):
        self._restarted = back_ends if arguments.restart else []
        self._reset, self._machine, self._sender, self._sockets = arguments.reset, machine, sender, sockets
        self._scsi, self._control = scsi, Control(os.path.join(folder, "scsi.control"))
        self.clients = []

    def on_line(self, line):
        if line == "END" and self._reset:
            self._reset = False
            remote.Qemu(self._machine.control).call("system_reset")
        elif line == "END" and self._restarted:
            for back_end in self._restarted:
                back_end.restart()
            self._restarted = []
        elif line == f"LISTENING {vsock.LISTEN}":
            suffix, count = ("", 5) if not self.clients else (".seq", 1)
            self.clients += [vsock.Client(self._sockets, suffix, 700000) for _ in range(count)]
            for client in self.clients[-count:]:
                client.start()
        elif line.startswith("LISTENING"):
            self._sender.start()
        elif line == "HOST scsi-disc":
            self._scsi.change_disc(self._control)
            return "done\n"
        return None


def run(arguments, folder):
    tests = arguments.tests.split(",")
    sender, server = guest.Sender(300000), guest.Echo()
    disk, sockets = os.path.join(folder, "disk.img"), os.path.join(folder, "v")
    scsi = parts.Scsi()
    values = {"sha": linux.make_disk(disk), "tcp": server.port, "listen": 7777, "sha_in": sender.sha256, "irq": "intx",
              "packed": int(arguments.packed), "legacy": int(arguments.legacy)}
    # What serves each test; 'devices' looks at all of them.
    wanted = {
        "disk": ("block", {".backend": f"{{type: file, path: {machines.quoted(disk)}}}", ".queues": arguments.harts}),
        "net": ("net", {".backend": f"{{type: user, hostfwd: ['tcp:127.0.0.1:{sender.port}-:7777']}}"}),
        "rng": ("entropy", {}),
        "scsi": ("scsi", {}),
        "vsock": ("vsock", {".guest_cid": vsock.CID, ".backend.path": sockets}),
    }
    wanted = {name: settings for name, (test, settings) in wanted.items() if test in tests}
    if "scsi" in wanted:
        values.update(scsi.prepare(folder))
        wanted["scsi"] = {"": f"{{{scsi.device()}}}"}
    if "vsock" in wanted:
        values.update(echo=vsock.ECHO, listen=vsock.LISTEN, cid=vsock.CID)
        guest.Echo(f"{sockets}_{vsock.ECHO}")
        vsock.Messages(f"{sockets}_{vsock.ECHO}.seq")
    values["devices"] = len(wanted)
    machine = machines.Machine(
        harts=arguments.harts, interrupts="intx", firmware=machines.image("fw_dynamic.bin"), kernel=machines.image("Image"),
        initramfs=machines.image("initramfs.cpio"),
        command_line="console=ttyS0 earlycon=sbi quiet ringside.test=" + arguments.tests + " ringside.arg=" +
                     ",".join(f"{k}={v}" for k, v in values.items()))
    if arguments.pauses or arguments.reset:
        machine.control = os.path.join(folder, "qmp")

    back_ends = [BackEnd(name, arguments.emulator, folder, arguments, settings) for name, settings in wanted.items()]
    pauses = Pauses(machine.control) if arguments.pauses else None
    host = Script(arguments, machine, back_ends, sender, sockets, scsi, folder)
    try:
        for back_end in back_ends:
            back_end.wait_ready()
        if pauses:
            pauses.start()
        try:
            passed = guest.judge(front_end(machine, wanted, arguments, folder), arguments.timeout, host.on_line,
                                 stdin=subprocess.PIPE)
        except guest.Failure:
            for back_end in back_ends:
                print(f"--- back end '{back_end.name}':\n{back_end.said()}")
            raise
        if pauses:
            pauses.end()
            if pauses.count < 5:
                raise guest.Failure(f"the guest was stopped {pauses.count} times only")
        for back_end in back_ends:
            check_books(back_end.name, back_end.end(), arguments)
    finally:
        for back_end in back_ends:
            back_end.stop()
    if "block" in tests:
        linux.check_disk(disk)
    if "scsi" in tests:
        scsi.check()
    if "vsock" in tests and (len(host.clients) != 6 or any(client.trouble for client in host.clients)):
        raise guest.Failure(f"clients of the host: {[client.trouble for client in host.clients]}")
    print(f"all {passed} tests passed")


def check_books(name, statistics, arguments):
    """A back end has served one front end, refused nothing, and told of what it counted as told."""
    requests = sum(value for (_, what), value in statistics.items() if what == "requests")
    interrupts = sum(value for (_, what), value in statistics.items() if what == "interrupts")
    calls, refusals = statistics[name, "calls"], statistics[name, "refusals"]
    print(f"{name}: {requests} requests, {interrupts} interrupts, {statistics[name, 'messages']} messages")
    found = statistics.get((name + ".monitor", "findings"), 0)
    if found or statistics.get((name + ".monitor", "used_chains"), 1) == 0:
        raise guest.Failure(f"the checker of '{name}' has {found} findings")
    if statistics[name, "front_ends"] != 1 or refusals or not requests or calls > interrupts:
        raise guest.Failure(f"the books of '{name}': {refusals} refusals, {requests} requests, {calls} calls, "
                            f"{interrupts} interrupts")


def measure(arguments, folder, protocol="vhost-user", device="device", make_command=front_end):
    """The rate of a guest's reads, through a protocol and with QEMU's own device, on the same file."""
    disk = os.path.join(folder, "disk.img")
    linux.make_disk(disk)
    loads = ((1, 4096, 20000), (32, 4096, 40000), (8, 65536, 4000))
    line = ";".join(f"workload blk-read /dev/vda --bytes {size} --count {count} --depth {depth}" for depth, size, count in loads)
    machine = machines.Machine(
        interrupts="intx", firmware=machines.image("fw_dynamic.bin"), kernel=machines.image("Image"),
        initramfs=machines.image("initramfs.cpio"),
        command_line="console=ttyS0 earlycon=sbi quiet ringside.run=" + line.replace(" ", "%20"))
    rates = {}
    for who in ("QEMU's virtio-blk", protocol):
        back_end = None
        if who == protocol:
            back_end = BackEnd("disk", arguments.emulator, folder, arguments,
                               {".backend": f"{{type: file, path: {machines.quoted(disk)}}}"}, protocol, device)
            back_end.wait_ready()
            machine.disk = ""
            command = make_command(machine, ["disk"], arguments, folder)
        else:
            machine.disk = disk
            command = make_command(machine, [], arguments, folder)
        said = guest.Run(command, arguments.timeout, echo=False)
        lines = [text for text in said.lines() if text.startswith("WORKLOAD")]
        rates[who] = [dict(word.split("=") for word in text.split() if "=" in word) for text in lines]
        if len(lines) != len(loads):
            raise guest.Failure(f"{who}: {len(lines)} of {len(loads)} loads were done")
        if back_end:
            back_end.end()
    print(f"{'reads':24}" + "".join(f"{who:>28}" for who in rates))
    for i, (depth, size, _) in enumerate(loads):
        print(f"{f'{size} bytes, depth {depth}':24}" + "".join(
            f"{1e9 * int(done[i]['count']) / int(done[i]['ns']):>26.0f}/s" for done in rates.values()))


def main():
    arguments = parse_arguments()
    script.run_in_folder(measure if arguments.measure else run, arguments, "Image", "initramfs.cpio")


if __name__ == "__main__":
    main()
