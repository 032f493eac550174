# SPDX-License-Identifier: Apache-2.0
"""Devices that a test machine may have beside disk, network, entropy and console: how each is written for
Ringside and for QEMU, and the host's part in the test of the same name in sw/images/tests.

A test asks for something with a line 'HOST VERB WORD...'; each part knows its verbs.
"""

import hashlib
import os
import socket
import subprocess
import sys
import time

import png
import remote
import rfb
from guest import DatagramEcho, Echo, Failure


class Part:
    name = ""
    has_device = True
    legacy = True        # it can have a legacy interface
    translated = True    # Linux uses it behind an IOMMU
    virtio = True        # else function() describes it
    verbs = {}           # verb -> name of the method

    def prepare(self, folder):
        """Make what the device needs; returns values that the test gets as $arg_NAME."""
        return {}

    def bus(self):
        """Lines of a platform file, below the bus."""
        return []

    def device(self):
        """The virtio device's settings in a platform file."""
        raise NotImplementedError

    def function(self):
        """The PCI function in a platform file, of what is no virtio device."""
        raise NotImplementedError

    def qemu(self, common):
        """QEMU's arguments; `common` is what all its virtio devices get. None if QEMU has no such device here."""
        return None

    def check(self):
        """After the run of the test with the part's name: what the guest left."""

    @property
    def path(self):
        return f"bus.pci.{self.name}.device"


class ProtectedDisk(Part):
    """A SCSI disk with protection information, which Linux gives and checks itself as well. Ringside only."""

    name = "t10pi"
    verbs = {"damage": "damage"}

    def prepare(self, folder):
        self._disk, self._tags = os.path.join(folder, "protected.img"), os.path.join(folder, "protected.pi")
        return {}

    def device(self):
        return (f"type: virtio-scsi, t10_pi: linux, max_target: 0, luns: {{disk: {{type: scsi-disk, protection: type1, "
                f"backend: {{type: file, path: {quoted(self._disk)}, create: 16MiB}}, "
                f"tags: {{type: file, path: {quoted(self._tags)}, create: 256KiB}}}}}}")

    def damage(self, _control, offset):
        """The storage has changed a byte, and nobody has noticed."""
        with open(self._disk, "r+b") as file:
            file.seek(int(offset))
            byte = file.read(1)[0]
            file.seek(int(offset))
            file.write(bytes([byte ^ 1]))


class HostMemory(Part):
    """A device through which memory of the host comes and goes: how much the emulator has, in MiB."""

    verbs = {"memory-mark": "mark", "memory-rose": "rose", "memory-fell": "fell"}

    def mark(self, control):
        self._marked = resident(control.pid)

    def rose(self, control, mebibytes):
        self._expect(control, lambda grown: grown >= int(mebibytes), f"grow by {mebibytes} MiB")

    def fell(self, control, mebibytes):
        self._expect(control, lambda grown: grown <= -int(mebibytes), f"fall by {mebibytes} MiB")

    def _expect(self, control, fine, what):
        deadline = time.monotonic() + 20
        while not fine(grown := resident(control.pid) - self._marked):
            if time.monotonic() > deadline:
                raise Failure(f"the emulator's resident memory did not {what}: it grew by {grown} MiB")
            time.sleep(0.2)


class Balloon(HostMemory):
    name = "balloon"
    translated = False  # its driver gives physical addresses
    verbs = {"balloon": "inflate", "balloon-statistics": "statistics", **HostMemory.verbs}

    def __init__(self, memory):
        self._memory = memory

    def device(self):
        return "type: virtio-balloon"

    def qemu(self, common):
        return ["-device", f"virtio-balloon-pci,id=balloon{common}"]

    def inflate(self, control, mebibytes):
        if isinstance(control, remote.Ringside):
            control.call(self.path, "set_target", size=f"{mebibytes}MiB")
        else:
            control.call("balloon", value=(self._memory - int(mebibytes)) << 20)

    def statistics(self, control, free):
        """The guest's free memory is told to the host: about as much as the guest sees (in KiB)."""
        expected, found = int(free) << 10, 0
        for _ in range(100):
            found = self._free(control)
            if abs(found - expected) < 32 << 20:
                return
            time.sleep(0.1)
        raise Failure(f"the balloon's statistics say {found} bytes are free, the guest says {expected}")

    def _free(self, control):
        if isinstance(control, remote.Ringside):
            control.call(self.path, "poll_statistics")
            return control.call(self.path, "statistics").get("memfree") or 0
        path = "/machine/peripheral/balloon"
        control.call("qom-set", path=path, property="guest-stats-polling-interval", value=1)
        return control.call("qom-get", path=path, property="guest-stats")["stats"]["stat-free-memory"]


class Exits(Part):
    """The ledger of VM exits: what requests of known shape cost, held against laws of driver and device, which are the
    same on QEMU under KVM. Sources of the figures: tests/linux/README.md."""

    name = "exits"
    has_device = False
    virtio = False
    verbs = {"exits-begin": "begin", "exits-end": "end"}
    # Of rows that begin so; the names are machines.py's.
    DEVICES = {"network": "bus.pci.net", "entropy": "bus.pci.rng", "console": "bus.pci.console.queue1",
               "scsi": "bus.pci.scsi", "e1000": "bus.pci.e1000", "uart": "bus.uart", "memory": "bus.ram",
               "received": "bus.pci.net.queue0"}

    def __init__(self, intx, event_index, as_reference, serves_in_exit):
        self._intx, self._event_index, self._as_reference = intx, event_index, as_reference
        self._serves_in_exit = serves_in_exit
        self._before = {}

    def prepare(self, folder):
        self._sink = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._sink.bind(("127.0.0.1", 0))
        return {"udp": self._sink.getsockname()[1], "udp_echo": DatagramEcho().port}

    def begin(self, control):
        self._before = self._read(control)
        self._read_e1000 = "register_read.bus.pci.e1000" in self._before

    def end(self, control, row, operations, taken):
        now, operations, taken = self._read(control), int(operations), int(taken)
        since = {key: now[key] - self._before.get(key, 0) for key in now if now[key] != self._before.get(key, 0)}
        device = self.DEVICES.get(row.partition("-")[0], "bus.pci.disk")
        of_device = {}
        for key, count in since.items():
            kind, _, source = key.partition(".")
            if source.startswith(device):
                of_device[kind] = of_device.get(kind, 0) + count
        per = {kind: count / operations for kind, count in of_device.items()}
        if row == "idle":
            return self._idle(since, operations)
        print(f"EXITS {row}: " + " ".join(f"{kind} {value:.4f}" for kind, value in sorted(per.items())) +
              f" taken {taken / operations:.4f} per operation", flush=True)
        if row == "console-writes" and self._intx:  # a pin does not say for which queue it is
            return
        kind = row.partition("-")[0]
        if kind == "uart":
            return self._uart(row, of_device, taken, operations)
        if kind == "memory":
            return self._memory(row, per)
        (self._e1000 if kind == "e1000" else self._structure)(row, of_device, taken, operations)
        for kind, (least, most) in self._expected(row).items():
            if not least <= per.get(kind, 0) <= most:
                raise Failure(f"{row}: {kind} is {per.get(kind, 0):.4f} per operation, expected {least} to {most}: {since}")

    def _structure(self, row, counts, taken, _operations):
        """What holds in every run: a notification and nothing else to start requests, nothing at the device to take an
        interrupt; with a pin, one read of the ISR status each."""
        allowed = {"notify", "interrupt"} | ({"isr_read"} if self._intx else set())
        if set(counts) - allowed:
            raise Failure(f"{row}: the data path has other accesses than {sorted(allowed)}: {counts}")
        if self._intx and counts.get("isr_read", 0) < counts.get("interrupt", 0):
            raise Failure(f"{row}: fewer reads of the ISR status than interrupts: {counts}")
        # The console's includes what its peer sends back.
        if not self._intx and row != "console-writes" and taken > counts.get("interrupt", 0) + 1:
            raise Failure(f"{row}: {taken} interrupts taken, {counts} sent")
        # One for each time that the driver polls: while it does, it wants none, so that none falls together with another.
        if row == "received" and self._event_index and counts.get("interrupt", 0) > taken + 1:
            raise Failure(f"{row}: {counts['interrupt']} interrupts sent, {taken} taken")

    def _e1000(self, row, counts, taken, operations):
        """Three reads and two writes to take an interrupt, and the tail to send. The part e1000 has the law register by
        register; here the driver's watchdog may fall into the row, with some 64 reads of statistics."""
        if set(counts) - {"register_read", "register_write", "interrupt"}:
            raise Failure(f"{row}: other accesses than registers: {counts}")
        if not 3 * taken <= counts["register_read"] <= 3 * taken + 80:
            raise Failure(f"{row}: {taken} interrupts taken, {counts}")
        # A few ITR and RDT beside, when the class of the traffic changes or others send.
        sent = {"e1000-paced": operations, "e1000-pingpong": 2 * operations}.get(row)
        if sent and abs(counts["register_write"] - sent - 2 * taken) > 0.05 * operations:
            raise Failure(f"{row}: {sent} writes of tails expected and two for each of {taken} interrupts, {counts}")

    def _memory(self, row, per):
        """One fault for each page that the host has to give again, and none for others; which ones the kernel takes, it
        alone knows."""
        if set(per) != {"page_fault"} or not 0.5 <= per["page_fault"] <= 1.2:
            raise Failure(f"{row}: expected 0.5 to 1.2 page faults per page and nothing else, found {per}")

    def _uart(self, row, counts, taken, writes):
        """A write of 64 bytes: four loads of the FIFO, with three reads each, one more read that ends the handler, and two
        writes of IER around. An interrupt that a level leaves behind is one more with one read; the PLIC's gateway takes
        none while one is served."""
        counts = {kind: counts.get(kind, 0) for kind in ("register_read", "register_write")} | {"interrupt": taken}
        if row == "uart-nothing":
            self._uart_nothing = counts  # the words of the test script itself
            return
        reads, interrupts = (13, 1) if self._intx else (14, 2)
        for kind, each in (("register_read", reads), ("register_write", 66), ("interrupt", interrupts)):
            found = counts[kind] - self._uart_nothing[kind]
            # In how many pieces the host's answers come is the host's affair: an interrupt and four reads each.
            if abs(found - each * writes) > 16:
                raise Failure(f"{row}: {found} of {kind} for {writes} writes of 64 bytes, expected {each} each")

    def _idle(self, counts, seconds):
        """An idle guest without ticks halts 7 to 10 times a second and sets its timer 15 to 19 times, by the measurement;
        this kernel writes stimecmp twice each time, and the script wakes it, too."""
        per = {kind: sum(count for key, count in counts.items() if key.startswith(kind + ".")) / seconds
               for kind in ("halt", "timer", "end_of_interrupt")}
        watched = counts.get("register_read.bus.pci.e1000")
        print("EXITS idle: " + " ".join(f"{kind} {value:.1f}" for kind, value in per.items()) + " per second" +
              (f"; e1000 register_read {2 * watched / seconds:.1f} in two seconds" if watched else ""), flush=True)
        # The watchdog of the driver reads the statistics, some 64 registers, every two seconds: twice or three times here.
        if self._read_e1000 and not 50 <= 2 * (watched or 0) / seconds <= 100:
            raise Failure(f"idle: the driver's watchdog has read {watched} registers in {seconds} s: {counts}")
        for kind, (least, most) in {"halt": (5, 25), "timer": (20, 70), "end_of_interrupt": (0.5, 15)}.items():
            if not least <= per[kind] <= most:
                raise Failure(f"idle: {kind} is {per[kind]:.1f} per second, expected {least} to {most}: {counts}")

    def _expected(self, row):
        """Per operation: (least, most) notifications and interrupts."""
        one = (0.9999, 1.0001)
        isr = lambda pair: {"isr_read": pair} if self._intx else {}
        if row in ("block-single", "scsi-single"):
            return {"notify": one, "interrupt": one, **isr(one)}
        if row == "block-batch":
            return {"notify": (1 / 32 * 0.9999, 1 / 32 * 1.0001), "interrupt": (1 / 32 * 0.9999, 1 / 32 * 1.1)}
        if row == "block-deep" and self._serves_in_exit:
            # Submitted one by one, up to 32 at a time: nothing is left in the ring when a notification's exit is over.
            return {"notify": one}
        if row == "block-deep" and self._as_reference and not self._event_index:
            # Measured: 1.000; to 10 %, as the back end's time at the ring counts.
            return {"notify": (0.9, 1.0001)}
        if row in ("entropy-reads", "console-writes"):
            # Each read of 64 bytes, each write of 1024; the kernel itself takes some random bytes, too.
            if row == "console-writes":
                return {"notify": one, "interrupt": one}
            few_more = (0.9999, 1.05)
            return {"notify": few_more, "interrupt": few_more, **isr(few_more)}
        if row == "network-paced":
            # Measured: 0.96 (0.70 to 1.00), without the event index 0.995, with a pin 0.97; each to 10 %.
            if self._intx:
                return {"notify": (0.873, 1.067), **isr((0.873, 1.067))}
            return {"notify": (0.864, 1.056), "interrupt": (0.864, 1.056)}
        if row == "network-pingpong":
            # One notification and one interrupt to send, one interrupt to receive; somebody else may send a packet.
            # Both directions share a pin, and an interrupt that is on its way is for both.
            two = (0.99 if self._intx else 1.98, 2.04)
            return {"notify": (0.99, 1.02), "interrupt": two, **isr(two)}
        if row == "received":
            # After a poll of received packets the driver gives buffers back, and notifies only if the device has run out.
            return {"notify": (0, 0.0145), "interrupt": (0.01, 0.8)}
        if row == "e1000-pingpong":
            # One TDT, one RDT, and for each interrupt three reads and two writes; both directions may share an interrupt.
            return {"interrupt": (0.99, 2.04), "register_write": (3.98, 6.12)}
        if row == "e1000-paced":
            # Measured: 2.97 reads, 2.97 writes, 0.98 interrupts; each to 10 %.
            return {"register_read": (2.673, 3.267), "register_write": (2.673, 3.267), "interrupt": (0.882, 1.078)}
        if row == "e1000-streaming" and self._as_reference:
            # Measured: 1.01 reads, 1.65 writes, 0.34 interrupts; each to 10 %.
            return {"register_read": (0.909, 1.111), "register_write": (1.485, 1.815), "interrupt": (0.306, 0.374)}
        if row == "network-streaming" and self._as_reference:
            # Measured: 0.10 to 0.30 with the event index, 0.53 to 0.70 without.
            return {"notify": (0.10, 0.30) if self._event_index else (0.53, 0.70)}
        return {}

    def _read(self, control):
        found = control.call("", "statistics", model="exits")
        return {path[len("exits."):]: counters["events"] for path, counters in found.items() if "events" in counters}


class Ninep(Part):
    """A folder of the host by 9P, tag 'share'."""

    name = "ninep"
    verbs = {"share-file": "compare"}

    def __init__(self, security_model, on_qemu):
        self._model, self._on_qemu = security_model, on_qemu
        self._path = ""

    def prepare(self, folder):
        self._path = os.path.join(folder, "share")
        os.mkdir(self._path)
        data = os.urandom(1 << 20)
        with open(os.path.join(self._path, "from-host"), "wb") as file:
            file.write(data)
        return {"sha_9p": hashlib.sha256(data).hexdigest(), "xattr": 1 if self._model == "mapped-xattr" else "",
                "attributes": 1 if has_attributes(folder) else "", "qemu": 1 if self._on_qemu else ""}

    def device(self):
        return (f"type: virtio-9p, tag: share, "
                f"backend: {{type: folder, path: {quoted(self._path)}, security_model: {self._model}}}")

    def qemu(self, common):
        return ["-fsdev", f"local,id=share,path={self._path},security_model={self._model},multidevs=remap",
                "-device", f"virtio-9p-pci,fsdev=share,mount_tag=share{common}"]

    def compare(self, _control, name, expected):
        """A file that the guest has written has this checksum on the host."""
        with open(os.path.join(self._path, name), "rb") as file:
            found = hashlib.sha256(file.read()).hexdigest()
        if found != expected:
            raise Failure(f"the folder's file {name} has the checksum {found}, the guest says {expected}")

    def check(self):
        """What the guest has left, seen from this side, and nothing else."""
        if sorted(os.listdir(self._path)) != ["from-host", "to-host", "tree"]:
            raise Failure(f"the folder holds {sorted(os.listdir(self._path))}")
        line = b"ringside 9p test\n"
        with open(os.path.join(self._path, "to-host"), "rb") as file:
            if file.read() != (line * ((2 << 20) // len(line) + 1))[:2 << 20]:
                raise Failure("the folder's file is not what the guest wrote")
        below = os.path.join(self._path, "tree", "below")
        found = {}
        for name in os.listdir(below):
            with open(os.path.join(below, name)) as file:
                found[name] = file.read()
        if found != {str(i): f"file {i}\n" for i in range(20)}:
            raise Failure("the folder's tree is not what the guest made")


class Gpu(Part):
    name = "gpu"
    legacy = False
    verbs = {"screen": "compare", "type-over-vnc": "press"}

    def prepare(self, folder):
        self._picture, self._vnc = os.path.join(folder, "screen.png"), os.path.join(folder, "vnc")
        return {}

    def device(self):
        return f"type: virtio-gpu, width: 640, height: 480, display: {{type: vnc, path: {quoted(self._vnc)}}}"

    def qemu(self, common):
        return ["-device", f"virtio-gpu-pci,id=gpu,xres=640,yres=480{common}", "-vnc", f"unix:{self._vnc}"]

    def compare(self, control, width, height, expected):
        """The picture on the screen has this size and checksum (of XRGB8888), or will have it soon."""
        wanted = (int(width), int(height), expected)
        for what, look in (("the screenshot", self._screenshot), ("a VNC viewer", self._viewed)):
            deadline = time.monotonic() + 20
            while (found := look(control)) != wanted:
                if time.monotonic() > deadline:
                    raise Failure(f"{what} shows {found}, the guest drew {wanted}")
                time.sleep(0.2)

    def press(self, _control, keysym):
        """A viewer presses a key and lets go of it."""
        viewer = rfb.Viewer(self._vnc)
        viewer.press(int(keysym))
        viewer.screen()  # the answer comes after the key was taken
        viewer.close()

    def _screenshot(self, control):
        if isinstance(control, remote.Ringside):
            control.call(self.path, "screenshot", file=self._picture)
        else:
            control.call("screendump", filename=self._picture, format="png")
        return self._sized(png.as_xrgb(self._picture))

    def _viewed(self, _control):
        viewer = rfb.Viewer(self._vnc)
        picture = viewer.screen()
        viewer.close()
        return self._sized(picture)

    @staticmethod
    def _sized(picture):
        width, height, pixels = picture
        return width, height, hashlib.sha256(pixels).hexdigest()


class Scsi(Part):
    """A disk and a CD, and another disc for the drive."""

    name = "scsi"
    verbs = {"scsi-disc": "change_disc"}

    def prepare(self, folder):
        self._disk, self._discs = os.path.join(folder, "scsi.img"), []
        tool = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "sw", "images", "mkdisk.py")
        made = subprocess.run([sys.executable, tool, "pattern", self._disk, "16MiB"], check=True, text=True,
                              stdout=subprocess.PIPE)
        sums = []
        for name in ("first", "second"):
            data = os.urandom(300001)
            content, disc = os.path.join(folder, name + ".bin"), os.path.join(folder, name + ".iso")
            with open(content, "wb") as file:
                file.write(data)
            subprocess.run([sys.executable, tool, "iso", disc, f"DATA.BIN={content}"], check=True)
            sums.append(hashlib.sha256(data).hexdigest())
            self._discs.append(disc)
        return {"scsi_sha": made.stdout.strip(), "cd_sha": sums[0], "cd_sha2": sums[1]}

    def change_disc(self, control):
        if isinstance(control, remote.Ringside):
            control.call(self.path + ".cd", "change", path=self._discs[1])
        else:
            control.call("blockdev-change-medium", id="cd", filename=self._discs[1], format="raw")

    def device(self):
        return ("type: virtio-scsi, luns: {"
                f"disk: {{type: scsi-disk, target: 0, backend: {{type: file, path: {quoted(self._disk)}}}}}, "
                f"cd: {{type: scsi-cd, target: 1, backend: {{type: file, path: {quoted(self._discs[0])}, read_only: true}}}}}}")

    def qemu(self, common):
        return ["-device", f"virtio-scsi-pci,id=scsi{common}",
                "-drive", f"file={self._disk},format=raw,if=none,id=scsidisk,discard=unmap",
                "-device", "scsi-hd,bus=scsi.0,scsi-id=0,drive=scsidisk",
                "-drive", f"file={self._discs[0]},format=raw,if=none,id=scsicd,readonly=on,media=cdrom",
                "-device", "scsi-cd,id=cd,bus=scsi.0,scsi-id=1,drive=scsicd"]

    def check(self):
        line = b"ringside scsi test\n"
        with open(self._disk, "rb") as file:
            if file.read(1 << 20) != (line * ((1 << 20) // len(line) + 1))[:1 << 20]:
                raise Failure("the SCSI disk does not hold what the guest wrote")


class Mem(HostMemory):
    """Memory that is plugged at run time, in a region of 1 GiB."""

    name = "mem"
    verbs = {"mem": "request", "mem-plugged": "plugged", **HostMemory.verbs}

    def bus(self):
        return ["hot: {type: device-memory, base: 0x1_0000_0000, size: 1GiB}"]

    def device(self):
        return "type: virtio-mem, memory: bus.hot"

    def request(self, control, mebibytes):
        control.call(self.path, "set_requested_size", size=f"{mebibytes}MiB")

    def plugged(self, control, mebibytes):
        """The device agrees with the guest on what is plugged."""
        found = control.call(self.path, "sizes")["plugged"]
        if found != int(mebibytes) << 20:
            raise Failure(f"the device says that {found} bytes are plugged, the guest says {mebibytes} MiB")


class Pmem(Part):
    """Persistent memory of 64 MiB, in a file."""

    name = "pmem"
    verbs = {"pmem-flushed": "flushed"}

    def prepare(self, folder):
        self.image = os.path.join(folder, "pmem.img")
        data = os.urandom(1 << 20)
        with open(self.image, "wb") as file:
            file.write(data)
            file.truncate(64 << 20)
        return {"pmem_sha": hashlib.sha256(data).hexdigest(), "pmem_size": 64 << 20}

    def bus(self):
        return [f"nv: {{type: device-memory, base: 0x1_8000_0000, image: {quoted(self.image)}}}"]

    def device(self):
        return "type: virtio-pmem, memory: bus.nv"

    def flushed(self, control):
        """The driver has asked for flushes, and they succeeded."""
        found = control.statistics(self.path)
        if not found["flushes"] or found["failed_flushes"]:
            raise Failure(f"the persistent memory was flushed {found['flushes']} times, {found['failed_flushes']} failed")

    def check(self):
        line = b"ringside pmem test\n"
        with open(self.image, "rb") as file:
            file.seek(32 << 20)
            if file.read(1 << 20) != (line * ((1 << 20) // len(line) + 1))[:1 << 20]:
                raise Failure("the persistent memory's file does not hold what the guest wrote")


class Input(Part):
    """An input device: keyboard, mouse, tablet or multitouch."""

    legacy = False
    CLASSES = {"keyboard": "virtio-keyboard-pci", "mouse": "virtio-mouse-pci", "tablet": "virtio-tablet-pci"}

    def __init__(self, form):
        self.name = form
        self.verbs = {"keyboard": {"press": "press"}, "mouse": {"move": "move"}, "tablet": {"position": "position"},
                      "multitouch": {"touch": "touch", "lift": "lift"}}[form]

    def prepare(self, folder):
        return {"touch": 1} if self.name == "multitouch" else {}

    def device(self):
        return f"type: virtio-input, device: {self.name}"

    def qemu(self, common):
        """QEMU 7.2 has no multitouch."""
        if self.name not in self.CLASSES:
            return None
        modern = common.replace("disable-legacy=off", "disable-legacy=on").replace("disable-modern=on", "disable-modern=off")
        return ["-device", f"{self.CLASSES[self.name]}{modern}"]

    def press(self, control, key):
        if isinstance(control, remote.Ringside):
            control.call(self.path, "send_keys", keys=key)
        else:
            control.call("send-key", keys=[{"type": "qcode", "data": key}])

    def move(self, control, x, y):
        self._axes(control, "move", "rel", x, y)

    def position(self, control, x, y):
        self._axes(control, "position", "abs", x, y)

    def _axes(self, control, command, kind, x, y):
        if isinstance(control, remote.Ringside):
            control.call(self.path, command, x=int(x), y=int(y))
        else:
            control.call("input-send-event", events=[
                {"type": kind, "data": {"axis": axis, "value": int(value)}} for axis, value in (("x", x), ("y", y))])

    def touch(self, control, finger, x, y):
        control.call(self.path, "touch", finger=int(finger), x=int(x), y=int(y))

    def lift(self, control, finger):
        control.call(self.path, "lift", finger=int(finger))


class Vsock(Part):
    """Sockets between guest and host; the host echoes on one port. Ringside only."""

    name = "vsock"
    PORT = 1234

    def prepare(self, folder):
        self._socket = os.path.join(folder, "v")
        Echo(f"{self._socket}_{self.PORT}")
        return {"echo": self.PORT}

    def device(self):
        return f"type: virtio-vsock, backend: {{type: unix, path: {quoted(self._socket)}}}"


class Iommu(Part):
    name = "iommu"
    legacy = False
    translated = False

    def device(self):
        return "type: virtio-iommu"


def resident(pid):
    """MiB of memory that a process has."""
    with open(f"/proc/{pid}/status") as file:
        for line in file:
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) >> 10
    raise Failure(f"process {pid} has no resident memory")


def has_attributes(path):
    """Whether the file system there has extended attributes."""
    try:
        os.setxattr(path, "user.ringside", b"probe")
        os.removexattr(path, "user.ringside")
        return True
    except OSError:
        return False


def quoted(text):
    """A text in a platform file."""
    return "'" + text.replace("'", "''") + "'"
