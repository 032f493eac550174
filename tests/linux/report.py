#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The report of a run, looked at in a browser, light and dark, wide and narrow: Linux with a load on its disk and
network; a functional run; and a platform whose names and texts try to break out of the page."""

import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "host"))
import browser
import guest
import machines
import png
import script
import stats

PLATFORM = os.path.join(machines.SOURCE, "yaml", "riscv-baseline.yaml")
# On virtio, and on what it replaced: eth0 is the e1000, sda the AHCI disk.
LOAD = ("workload blk-read /dev/vda --count 600 --depth 32 --batch;workload blk-write /dev/vda --count 100;"
        "workload blk-read /dev/sda --count 300;for n in eth0 eth1; do udhcpc -n -q -i $n -s /etc/udhcpc.sh >/dev/null 2>&1; done;"
        "workload udp-send 10.0.3.2 9 --count 200;workload udp-send 10.0.2.2 9 --count 200;marker milestone 1;poweroff -f")

PROBE = """() => {
  // The contrast of a text with what is behind it (WCAG 2, 1.4.3).
  const channel = (value) => (value /= 255) <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const luminance = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const numbers = (color) => color.match(/[\\d.]+/g).map(Number);
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = numbers(getComputedStyle(at).backgroundColor);
      if (color.length === 3 || color[3] === 1) return color;
    }
    return [255, 255, 255];
  };
  let worst = 21, worstText = "";
  for (const element of document.querySelectorAll("h1, h2, h3, p, dt, dd, li, th, td, pre, input, svg text")) {
    if (!element.textContent.trim() && element.tagName !== "INPUT") continue;
    const style = getComputedStyle(element);
    const front = numbers(element instanceof SVGElement ? style.fill : style.color);
    const [a, b] = [luminance(front), luminance(behind(element))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < worst) [worst, worstText] = [ratio, element.textContent.slice(0, 40)];
  }
  const outside = [];
  for (const svg of document.querySelectorAll("svg")) {
    const box = svg.getBoundingClientRect();
    for (const text of svg.querySelectorAll("text")) {
      const own = text.getBoundingClientRect();
      if (own.left < box.left - 1 || own.right > box.right + 1) outside.push(text.textContent);
    }
  }
  const marks = {};
  for (const section of document.querySelectorAll("section"))
    marks[section.id] = {
      charts: [...section.querySelectorAll("svg")].filter((svg) => svg.clientWidth > 100 && svg.clientHeight > 20).length,
      bars: section.querySelectorAll("svg .mark").length, curves: section.querySelectorAll("svg .curve").length,
      rows: section.querySelectorAll("tbody tr").length,
    };
  // Sorting and searching work.
  const interact = {};
  const all = document.querySelector("#all-table");
  if (all) {
    const search = document.querySelector("#all input");
    search.value = "latency request";
    search.dispatchEvent(new Event("input"));
    interact.found = all.querySelectorAll("tbody tr").length;
    search.value = "";
    search.dispatchEvent(new Event("input"));
    all.querySelectorAll("th")[1].click();
    interact.largestFirst = all.querySelector("tbody tr td")?.textContent;
  }
  const devices = [...document.querySelectorAll("#device-table tbody tr")].map((row) => [...row.cells].map((cell) => cell.textContent));
  return { devices, dark: matchMedia("(prefers-color-scheme: dark)").matches, worst, worstText, outside, marks, interact,
    overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    sections: Object.keys(marks), broken: window.broken === true, text: document.body.innerText.length };
}"""


def parse_arguments():
    parser = script.parser(__doc__, seconds=150)
    parser.add_argument("--keep", metavar="FOLDER", help="leave report and pictures there")
    return parser.parse_args()


def make_report(arguments, folder, name, *options, platform=PLATFORM):
    where = os.path.join(folder, name)
    subprocess.run([arguments.emulator, "run", platform, "--report", where, "--quiet", *options], check=True,
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=arguments.timeout)
    return where


def look(where, folder, **how):
    """Opens it and checks what holds for each report."""
    found, picture = browser.open_page(os.path.join(where, "report.html"), PROBE, folder, **how)
    if found["dark"] != how.get("dark", False):
        raise guest.Failure(f"the browser shows {how} as dark: {found['dark']}")
    if found["worst"] < 4.5:
        raise guest.Failure(f"'{found['worstText']}' has a contrast of {found['worst']:.2f} in {how}; expected at least 4.5")
    if found["overflow"] > 0 or found["outside"]:
        raise guest.Failure(f"{how}: {found['overflow']} pixels are to the right of the page, {found['outside'][:5]} of charts")
    if found["broken"]:
        raise guest.Failure("a name has become a script")
    width, height, pixels, size = png.read(picture)
    shades = {line[at:at + size] for line in pixels[::20] for at in range(0, len(line), 20 * size)}
    paper = pixels[5][:3]
    if len(shades) < 8 or (max(paper) < 100) != how.get("dark", False):
        raise guest.Failure(f"the picture of {width} x {height} has {len(shades)} colours on {list(paper)}")
    return found


def check_charts(found, where):
    counted = stats.load(os.path.join(where, "statistics.json"))["statistics"]
    require = lambda what, have, wanted: have == wanted or fail(f"{what}: {have}, expected {wanted}")
    busy = [s["path"] for s in counted if s["name"] == "requests" and s["value"] and any(
        o["path"] == s["path"] and o["name"] == "kicks" for o in counted)]
    measured = [s["path"] for s in counted if s["name"] == "latency" and s["count"] and s["path"] in busy]
    batches = {s["path"]: len(s["buckets"]) for s in counted if s["name"] == "interrupt_batch" and s["count"]}
    kinds = {(s["path"].split(".")[1], ".".join(s["path"].split(".")[2:5])) for s in counted
             if s["path"].startswith("exits.") and s["name"] == "count" and s["value"]}
    ledger = [s for s in counted if s["path"].startswith("exits.") and s["name"] == "events" and s["value"]]
    marks = found["marks"]
    for name in ("time", "beside", "exits", "profiles", "devices", "queues", "latency", "over-time", "batches", "all", "platform"):
        if name not in marks:
            fail(f"the section '{name}' is missing: {found['sections']}")
    check_devices(found, counted, busy)
    memory = sum(s["value"] for s in counted if s["name"] == "memory_ps")
    if not memory or marks["beside"]["bars"] < len(busy):
        fail(f"memory was busy for {memory} ps, and {marks['beside']['bars']} bars stand beside the steps of {len(busy)} queues")
    require("latency curves", marks["latency"]["curves"], len(measured))
    require("bars of completions per interrupt", marks["batches"]["bars"], sum(batches.values()))
    require("rows of exits", marks["exits"]["rows"], len(ledger))
    require("rows of statistics", marks["all"]["rows"], len(counted))
    if not len(busy) <= marks["time"]["bars"] <= 5 * len(busy):
        fail(f"{marks['time']['bars']} bars for the time of {len(busy)} queues")
    if marks["exits"]["bars"] == 0 or marks["exits"]["bars"] > len(kinds):
        fail(f"{marks['exits']['bars']} bars for exits of {len(kinds)} kinds and devices")
    if marks["over-time"]["charts"] < 4 or marks["over-time"]["curves"] < 5:
        fail(f"curves over time: {marks['over-time']}")
    if not 0 < found["interact"]["found"] <= len(measured) + 20:
        fail(f"the search finds {found['interact']['found']} statistics")
    largest = max(counted, key=lambda s: s.get("value", s.get("mean")))
    require("the largest", found["interact"]["largestFirst"], f"{largest['path']}.{largest['name']}")


def check_devices(found, counted, busy):
    """The exits of each device over its requests, virtio's and the others'."""
    shown = {cells[0]: float(cells[3]) for cells in found["devices"]}
    expected = {}
    for device in {path.rpartition(".")[0].removesuffix(".device") for path in busy}:
        under = lambda s: s["path"].split(".", 2)[2] == device or s["path"].split(".", 2)[2].startswith(device + ".queue")
        exits = [s["value"] for s in counted if s["path"].startswith("exits.") and s["name"] == "count" and under(s) and
                 s["path"].split(".")[1].split("_")[0] not in ("config", "common", "msix")]
        requests = sum(s["value"] for s in counted if s["name"] == "requests" and s["path"] in busy and
                       s["path"].rpartition(".")[0].removesuffix(".device") == device)
        if exits:
            expected[device] = sum(exits) / requests
    if not {"bus.pci.ahci", "bus.pci.disk", "bus.pci.e1000", "bus.pci.net"} <= set(expected) or set(shown) != set(expected):
        fail(f"exits per request of {sorted(shown)}, expected of {sorted(expected)}")
    for device, each in expected.items():
        if abs(shown[device] - each) > 0.01 + each / 100:
            fail(f"{device} has {shown[device]} exits per request on the page, {each:.4f} by the statistics")
    if not (shown["bus.pci.ahci"] > 7 > shown["bus.pci.disk"] and shown["bus.pci.e1000"] > shown["bus.pci.net"]):
        fail(f"what virtio replaced does not cost more: {shown}")


def fail(text):
    raise guest.Failure(text)


def run(arguments, folder):
    folder = os.path.abspath(arguments.keep or folder)
    os.makedirs(folder, exist_ok=True)
    settings = [word for setting in ("bus.pci.disk.link=pcie-link", "bus.pci.disk.device.engine=vhost",
                                     "bus.pci.disk.device.service=ssd", "bus.ram.timing=ddr4-3200")
                for word in ("--set", setting)]
    append = ["--append", "console=ttyS0 quiet ringside.sh=" + LOAD.replace(" ", "_")]
    whole = make_report(arguments, folder, "whole", "--accuracy", "timed", "--exits", "qemu-kvm", *settings, *append)
    found = look(whole, folder)
    check_charts(found, whole)
    look(whole, folder, dark=True)
    look(whole, folder, width=800)
    look(whole, folder, width=480, dark=True)

    functional = look(make_report(arguments, folder, "functional", "--limit", "1ms"), folder)
    if "functional" not in functional["sections"] or {"time", "latency", "over-time"} & set(functional["sections"]):
        fail(f"the report of a functional run has {functional['sections']}")

    hostile = os.path.join(folder, "</script><script>window.broken=true</script>.yaml".replace("/", "\u2215"))
    with open(hostile, "w", encoding="utf-8") as file:
        file.write("type: machine\nname: \"</script><script>window.broken=true</script><!-- <b>\"\n")
    look(make_report(arguments, folder, "hostile", "--limit", "1ms", platform=hostile), folder)
    print("the report is as it should be in light and dark, wide and narrow")


def main():
    script.run_in_folder(run, parse_arguments(), "Image", "initramfs.cpio")


if __name__ == "__main__":
    main()
