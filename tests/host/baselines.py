# SPDX-License-Identifier: Apache-2.0
"""The emulated devices that virtio replaced, as parts of a test machine (parts.py): what the guest has seen and what the
device has counted are compared."""

import os
import socket
import subprocess
import sys

import machines
import parts
import remote
from guest import Failure


class E1000(parts.Part):
    """A NIC that is no virtio device, in the place of the one that is. What the guest has seen and what the device has
    counted are compared: reports of both are kept where the guest is sure that nothing moves."""

    name = "e1000"
    virtio = False
    verbs = {"e1000-report": "report", "e1000-begin": "begin", "e1000-law": "law", "e1000-paced": "paced"}

    def __init__(self, forward, mitigation, extra=""):
        """extra: further parameters of the model, such as ', fifo: 16'."""
        self._forward, self._mitigation, self._extra = forward, mitigation, extra
        self._now = self._before = None

    def prepare(self, folder):
        self._sink = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._sink.bind(("127.0.0.1", 0))
        return {"udp": self._sink.getsockname()[1], "mitigation": int(self._mitigation)}

    def function(self):
        mitigation = "true" if self._mitigation else "false"
        forward = f"'tcp:127.0.0.1:{self._forward[0]}-:{self._forward[1]}'"
        return (f"{{type: e1000, mac: '52:54:00:12:34:57', mitigation: {mitigation}{self._extra}, "
                f"backend: {{type: user, hostfwd: [{forward}]}}}}")

    def qemu(self, common):
        forward = f"hostfwd=tcp:127.0.0.1:{self._forward[0]}-:{self._forward[1]}"
        mitigation = "on" if self._mitigation else "off"
        return ["-netdev", f"user,id=e1000,{forward}",
                "-device", f"e1000,netdev=e1000,mac=52:54:00:12:34:57,romfile=,mitigation={mitigation}"]

    def report(self, control, interrupts, sent, received):
        """What the guest has counted: interrupts taken, packets sent and received."""
        self._now = {"interrupts": int(interrupts), "sent": int(sent), "received": int(received)}
        if isinstance(control, remote.Ringside):
            found = control.call("", "statistics", model="bus.pci.e1000")
            self._now.update(found["bus.pci.e1000.registers"])
            self._now["raised"] = found["bus.pci.e1000"]["intx_assertions"]

    def begin(self, _control):
        self._before = self._now

    def law(self, control):
        """What every interrupt taken costs: ICR, STATUS twice; IMC, IMS."""
        since = self._since()
        if not isinstance(control, remote.Ringside):
            return since  # QEMU counts no accesses
        taken = since["interrupts"]
        for name, per_interrupt in (("icr_reads", 1), ("status_reads", 2), ("imc_writes", 1), ("ims_writes", 1), ("raised", 1)):
            if since[name] != per_interrupt * taken:
                raise Failure(f"{taken} interrupts taken, but {name} is {since[name]}: {since}")
        # The driver gives 16 buffers back at once, and at the end of a poll (of 64 at most) what is left.
        most = since["received"] // 16 + since["received"] // 64 + taken
        if not (since["received"] > 0) <= since["rdt_writes"] <= most:
            raise Failure(f"receive buffers are not given back as the driver does: {since}")
        if since["tdt_writes"] > since["sent"]:
            raise Failure(f"more writes of TDT than packets: {since}")
        return since

    def paced(self, control, packets):
        """The same for packets of one buffer, sent one by one, with nearly none coming back: one TDT each and, as long as
        the time between them is longer than any timer, one interrupt each."""
        since = self.law(control)
        if since["sent"] < int(packets):
            raise Failure(f"{packets} packets were to be sent: {since}")
        if not isinstance(control, remote.Ringside):
            return
        if since["tdt_writes"] != since["sent"]:
            raise Failure(f"{since['sent']} packets sent, but {since['tdt_writes']} writes of TDT: {since}")
        if not since["received"] - 2 <= since["rdt_writes"] <= since["received"]:
            raise Failure(f"{since['received']} packets received one by one, but {since['rdt_writes']} writes of RDT: {since}")
        # The driver raises one itself every two seconds (ICS), and some packets come in.
        most = since["sent"] + since["received"] + since["ics_writes"]
        if not since["sent"] <= since["interrupts"] <= most:
            raise Failure(f"{since['sent']} packets sent, but {since['interrupts']} interrupts taken: {since}")

    def _since(self):
        return {name: self._now[name] - self._before[name] for name in self._now}


class Ahci(parts.Part):
    """A disk at an AHCI host bus adapter, beside the one of virtio."""

    name = "ahci"
    virtio = False
    verbs = {"ahci-begin": "begin", "ahci-law": "law", "ahci-done": "done", "ahci-damage": "damage", "ahci-plug": "plug",
             "ahci-versus": "versus", "ahci-storage": "storage"}
    PATH = "bus.pci.ahci"
    SIZE = 16 << 20

    def __init__(self, timed, intx, ledger):
        self._timed, self._intx, self._ledger = timed, intx, ledger
        self._before, self._exits = {}, {}

    def prepare(self, folder):
        self._disk, self._broken = os.path.join(folder, "ahci.img"), os.path.join(folder, "broken")
        tool = os.path.join(machines.SOURCE, "sw", "images", "mkdisk.py")
        made = subprocess.run([sys.executable, tool, "pattern", self._disk, str(self.SIZE)], check=True, text=True,
                              stdout=subprocess.PIPE)
        return {"ahci_sha": made.stdout.strip(), "ahci_size": self.SIZE, "ledger": int(self._ledger)}

    def function(self):
        # A medium that takes its time has several commands at once.
        service = ", service: {type: ssd, latency_in: 400us}" if self._timed else ""
        # The server of the second disk refuses to read while a file is there, and ends with its client.
        flaky = ("[nbdkit, -f, --filter=error, memory, 4M, error-pread-rate=100%, "
                 f"{parts.quoted('error-file=' + self._broken)}]")
        return (f"{{type: ahci, disks: {{sda: {{type: ata-disk, serial: ringside-ata, "
                f"backend: {{type: file, path: {parts.quoted(self._disk)}}}{service}}}, "
                f"sdb: {{type: ata-disk, serial: flaky, backend: {{type: nbd, command: {flaky}}}}}}}}}")

    def qemu(self, common):
        return ["-device", "ich9-ahci,id=ahci", "-drive", f"file={self._disk},format=raw,if=none,id=ata,discard=unmap",
                "-device", "ide-hd,bus=ahci.0,drive=ata,serial=ringside-ata"]

    def _read(self, control):
        """Counters of the adapter, its first port and the disk, and of its events in the ledger."""
        found = control.call("", "statistics", model=self.PATH)
        counters = {**found[self.PATH], **found[self.PATH + ".registers"], **found[self.PATH + ".port0"],
                    **found[self.PATH + ".sda"]}
        if self._ledger:
            ledger = control.call("", "statistics", model="exits")
            for kind in ("register_read", "register_write", "interrupt"):
                counters["ledger_" + kind] = ledger.get(f"exits.{kind}.{self.PATH}", {}).get("events", 0)
        return {name: value for name, value in counters.items() if isinstance(value, int)}

    def _in_flight(self, control):
        return control.call("", "statistics", model=self.PATH)[self.PATH + ".port0"]["in_flight"]["max"]

    def begin(self, control, taken):
        """Notes counters; `taken` are interrupts that the guest has taken."""
        if isinstance(control, remote.Ringside):
            self._before = dict(self._read(control), taken=int(taken))

    def law(self, control, row, taken, commands, settled):
        """What has happened since begin: so many queued commands, and nothing else. Each costs two writes, each interrupt
        taken three reads and two writes; and one more of PxSERR in the ten seconds after the driver has set power management,
        since it takes changes of the link for its own doing."""
        if not isinstance(control, remote.Ringside):
            return  # QEMU counts no accesses
        now, commands = dict(self._read(control), taken=int(taken)), int(commands)
        since = {name: now[name] - self._before[name] for name in now}
        taken = since["taken"]
        # Who finds that nothing is under way any more, since the last interrupt has seen the end of this one's command, too,
        # reads PxCI instead of PxSACT.
        since["ends_reads"] = since.pop("pxsact_reads") + since["pxci_reads"]
        expected = {"requests": commands, "pxsact_writes": commands, "pxci_writes": commands, "other_reads": 0,
                    "pxis_reads": taken, "ends_reads": taken, "pxis_writes": taken, "is_writes": taken,
                    "other_writes": 0 if int(settled) else taken}
        if row.endswith("single"):
            expected["pxci_reads"] = 0
        if not self._intx:
            expected.update(is_reads=taken, msi_messages=taken)
        if self._ledger:
            # A pin may stay high from one interrupt to the next.
            raised = since["intx_assertions" if self._intx else "msi_messages"]
            expected.update(ledger_register_read=3 * taken, ledger_interrupt=raised,
                            ledger_register_write=2 * commands + (2 if int(settled) else 3) * taken)
        wrong = {name: (since[name], value) for name, value in expected.items() if since[name] != value}
        if wrong:
            raise Failure(f"ahci {row}: found and expected: {wrong}; all: {since}")
        if taken > commands or (row.endswith("single") and taken != commands):
            raise Failure(f"ahci {row}: {taken} interrupts taken for {commands} commands")
        if row == "deep" and self._timed and self._in_flight(control) < 8:
            raise Failure(f"ahci: at most {self._in_flight(control)} commands in flight, of 32 that the guest would have")
        reads = since["is_reads"] + since["pxis_reads"] + since["ends_reads"]
        writes = 2 * commands + since["pxis_writes"] + since["is_writes"] + since["other_writes"]
        self._exits[row] = (reads + writes) / commands
        print(f"EXITS ahci {row}: register_read {reads / commands:.4f} register_write {writes / commands:.4f} "
              f"interrupt {taken / commands:.4f} per command", flush=True)

    def versus(self, control, row, commands, when):
        """The same load on the virtio disk: what it costs at the device."""
        ledger = control.call("", "statistics", model="exits")
        now = {kind: sum(group["events"] for path, group in ledger.items()
                         if path.startswith(f"exits.{kind}.bus.pci.disk") and "events" in group)
               for kind in ("notify", "interrupt", "register_read", "register_write", "isr_read")}
        if when == "begin":
            self._disk_before = now
            return
        per = {kind: (now[kind] - self._disk_before[kind]) / int(commands) for kind in now}
        accesses = sum(per.values()) - per["interrupt"]
        print(f"EXITS virtio-blk {row}: " + " ".join(f"{kind} {value:.4f}" for kind, value in per.items() if value) +
              f" per command; {accesses:.4f} accesses instead of {self._exits[row]:.4f}", flush=True)
        if not accesses < self._exits[row] / 2:
            raise Failure(f"virtio-blk {row} has {accesses} accesses per command, AHCI {self._exits[row]}")

    def done(self, control, *wanted):
        """At least so many of these have happened since begin (NAME=COUNT)."""
        if not isinstance(control, remote.Ringside):
            return
        now = self._read(control)
        for name, _, least in (pair.partition("=") for pair in wanted):
            if now[name] - self._before[name] < int(least):
                raise Failure(f"ahci: {name} is {now[name] - self._before[name]}, expected {least} or more")

    def damage(self, control, sector, count):
        control.call(self.PATH + ".sda", "damage", sector=int(sector), count=int(count))

    def storage(self, _control, state):
        if state == "fails":
            open(self._broken, "w").close()
        else:
            os.remove(self._broken)

    def plug(self, control, what):
        control.call(self.PATH + ".sda", what)

    def check(self):
        line = b"ringside ahci test\n"
        with open(self._disk, "rb") as file:
            if file.read(1 << 20) != (line * ((1 << 20) // len(line) + 1))[:1 << 20]:
                raise Failure("the AHCI disk does not hold what the guest wrote")
