"use strict";
(() => {
  const run = JSON.parse(document.getElementById("data").textContent);
  const timed = run.accuracy === "timed";
  const COLORS = ["--c1", "--c2", "--c3", "--c4", "--c5", "--c6", "--c7", "--c8"].map((name) => `var(${name})`);
  const OTHER = "var(--quiet)";

  // ---- figures

  const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
  const count = (value) => grouped.format(value);
  const digits = (value) => (value === 0 ? "0" : value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value >= 0.01 ? value.toFixed(2) : value.toPrecision(2));
  const scaled = (value, units, step) => {
    let unit = 0;
    for (; Math.abs(value) >= step && unit + 1 < units.length; unit++) value /= step;
    return `${digits(value)} ${units[unit]}`;
  };
  const duration = (ns) => scaled(ns, ["ns", "\u00b5s", "ms", "s"], 1000);
  const rate = (value) => scaled(value, ["", "k", "M", "G"], 1000).trim();
  const percent = (value) => `${digits(100 * value)} %`;
  const sum = (values) => values.reduce((a, b) => a + b, 0);

  // ---- statistics: a leaf has a kind

  const leaves = [];
  const groups = new Map();
  (function walk(tree, path) {
    for (const [name, below] of Object.entries(tree)) {
      if (typeof below.kind !== "string") {
        walk(below, path === "" ? name : `${path}.${name}`);
        continue;
      }
      leaves.push({ path, name, ...below });
      if (!groups.has(path)) groups.set(path, {});
      groups.get(path)[name] = below;
    }
  })(run.statistics, "");
  const value = (group, name) => (group && group[name] ? group[name].value : undefined);

  const queues = [];
  for (const [path, group] of groups) {
    if (!group.requests || !group.kicks) continue;
    const device = path.split(".").slice(0, -1).join(".").replace(/\.device$/, "");
    queues.push({ path, device, label: path.replace(".device.", "."), group, requests: group.requests.value,
      bytes: sum(["bytes", "bytes_read", "bytes_written"].map((name) => value(group, name) || 0)) });
  }
  const busyQueues = queues.filter((queue) => queue.requests > 0);

  // Entries of the ledger: exits.KIND.DEVICE[.queueN]
  const exits = [];
  const queueIndex = new Map();  // "device.queueN" -> queue, by the order of queues of a device
  for (const queue of queues) {
    const index = queues.filter((other) => other.device === queue.device).indexOf(queue);
    queueIndex.set(`${queue.device}.queue${index}`, queue);
  }
  for (const [path, group] of groups) {
    if (!path.startsWith("exits.") || !group.events || group.events.value === 0) continue;
    const [, kind, ...source] = path.split(".");
    const name = source.join(".");
    const device = name.replace(/\.(queue\d+|hart\d+)$/, "");
    exits.push({ kind, name, device, queue: queueIndex.get(name), events: group.events.value, count: group.count.value,
      vcpu: group.vcpu_ns.value, backend: group.backend_ns.value });
  }

  // ---- elements

  const SVG = "http://www.w3.org/2000/svg";
  const fill = (element, attributes, children) => {
    for (const [name, setting] of Object.entries(attributes)) {
      if (name === "text") element.textContent = setting;
      else if (name === "style") element.style.cssText = setting;
      else element.setAttribute(name, setting);
    }
    element.append(...children);
    return element;
  };
  const html = (tag, attributes = {}, ...children) => fill(document.createElement(tag), attributes, children);
  const svg = (tag, attributes = {}, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);
  const figure = (width, height, label, ...children) =>
    svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label }, ...children);
  const section = (id, title, text, ...children) => {
    const element = html("section", { id }, html("h2", { text: title }));
    if (text) element.append(html("p", { text }));
    element.append(...children);
    document.getElementById("sections").append(element);
  };
  const legend = (items) => html("ul", { class: "legend" }, ...items.map(([name, color]) =>
    html("li", {}, html("i", { style: `background:${color}` }), name)));

  const tooltip = document.getElementById("tooltip");
  const explain = (element, text) => {
    element.append(svg("title", { text }));
    element.addEventListener("pointermove", (event) => {
      tooltip.textContent = text;
      tooltip.hidden = false;
      const room = window.innerWidth - tooltip.offsetWidth - 12;
      tooltip.style.left = `${Math.max(4, Math.min(event.clientX + 14, room))}px`;
      tooltip.style.top = `${Math.min(event.clientY + 14, window.innerHeight - tooltip.offsetHeight - 8)}px`;
    });
    element.addEventListener("pointerleave", () => { tooltip.hidden = true; });
    return element;
  };

  // About `wanted` round values from 0 on.
  const ticks = (most, wanted) => {
    if (!(most > 0)) return [0];
    const rough = most / wanted;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].find((factor) => factor * power >= rough) * power;
    const all = [];
    for (let i = 0; i * step <= most * 1.0001; i++) all.push(i * step);
    return all;
  };
  // Both ends, a little inside so that their texts have room.
  const inset = (first, last) => [first + (last - first) * 0.04, last - (last - first) * 0.04];
  const shortened = (text, length) => (text.length <= length ? text : `\u2026${text.slice(1 - length)}`);

  // ---- charts

  // rows: [{ label, parts: [{ name, value, color, text }], note }]
  const stackedBars = (label, rows, axis) => {
    const left = 250, right = 170, width = 1100, height = 26, gap = 10, top = 8;
    const most = Math.max(...rows.map((row) => sum(row.parts.map((part) => part.value))), 0);
    const x = (v) => (most > 0 ? (v / most) * (width - left - right) : 0);
    const bottom = top + rows.length * (height + gap);
    const chart = figure(width, bottom + 26, label);
    for (const tick of ticks(most, 6)) {
      const at = left + x(tick);
      chart.append(svg("line", { class: "grid", x1: at, x2: at, y1: 0, y2: bottom }),
        svg("text", { x: at, y: bottom + 16, "text-anchor": "middle", text: axis(tick) }));
    }
    rows.forEach((row, index) => {
      const y = top + index * (height + gap);
      let at = 0;
      const name = svg("text", { class: "name", x: left - 12, y: y + 17, "text-anchor": "end", text: shortened(row.label, 36) });
      chart.append(explain(name, row.label));
      for (const part of row.parts) {
        const length = x(part.value);
        if (length > 0.3)
          chart.append(explain(svg("rect", { class: "mark", x: left + at, y, width: length, height, rx: 3, fill: part.color }),
            `${row.label}\n${part.name}: ${part.text}`));
        at += length;
      }
      chart.append(svg("text", { class: "value", x: left + at + 8, y: y + 17, text: row.note }));
    });
    return html("div", { class: "wide-chart" }, chart);
  };

  // curves: [{ name, color, points: [[x, y]] }]; steps: y holds from the point before
  const lines = (label, curves, { axisX, axisY, most, ticksX, steps }) => {
    const left = 62, width = 520, height = 210, top = 10, bottom = 178, right = 14;
    const xs = curves.flatMap((curve) => curve.points.map((point) => point[0]));
    const first = Math.min(...xs), last = Math.max(...xs);
    const highest = most || Math.max(...curves.flatMap((curve) => curve.points.map((point) => point[1])), 0) || 1;
    const x = (v) => left + (last > first ? (v - first) / (last - first) : 0) * (width - left - right);
    const y = (v) => bottom - (v / highest) * (bottom - top);
    const chart = figure(width, height, label);
    for (const tick of ticks(highest, 4))
      chart.append(svg("line", { class: "grid", x1: left, x2: width - right, y1: y(tick), y2: y(tick) }),
        svg("text", { x: left - 8, y: y(tick) + 4, "text-anchor": "end", text: axisY(tick) }));
    for (const tick of ticksX(first, last))
      // A label at the very end would not have room for its second half.
      chart.append(svg("text", { x: x(tick), y: bottom + 18, "text-anchor": x(tick) > width - right - 20 ? "end" : "middle",
        text: axisX(tick) }));
    chart.append(svg("line", { class: "axis", x1: left, x2: width - right, y1: bottom, y2: bottom }));
    for (const curve of curves) {
      const path = curve.points.map(([px, py], i) => {
        if (i === 0) return `M${x(px).toFixed(1)} ${y(py).toFixed(1)}`;
        return steps ? `V${y(py).toFixed(1)}H${x(px).toFixed(1)}` : `L${x(px).toFixed(1)} ${y(py).toFixed(1)}`;
      }).join("");
      chart.append(explain(svg("path", { class: "curve", d: path, stroke: curve.color }), curve.text || curve.name));
    }
    return chart;
  };

  const columns = (label, bars, color) => {
    const left = 52, width = 520, height = 200, top = 10, bottom = 164, right = 10;
    const highest = Math.max(...bars.map((bar) => bar.value), 1);
    const step = (width - left - right) / Math.max(bars.length, 4);
    const chart = figure(width, height, label);
    for (const tick of ticks(highest, 4)) {
      const y = bottom - (tick / highest) * (bottom - top);
      chart.append(svg("line", { class: "grid", x1: left, x2: width - right, y1: y, y2: y }),
        svg("text", { x: left - 8, y: y + 4, "text-anchor": "end", text: rate(tick) }));
    }
    const every = Math.ceil(bars.length / 10);
    bars.forEach((bar, i) => {
      const length = (bar.value / highest) * (bottom - top);
      const at = left + i * step;
      chart.append(explain(svg("rect", { class: "mark", x: at + step * 0.08, y: bottom - length, width: Math.min(step * 0.84, 60), height: length,
        rx: 2, fill: color }), `${bar.name}: ${bar.text}`));
      if (i % every === 0)
        chart.append(svg("text", { x: at + Math.min(step, 70) / 2, y: bottom + 18, "text-anchor": "middle", text: bar.name }));
    });
    chart.append(svg("line", { class: "axis", x1: left, x2: width - right, y1: bottom, y2: bottom }));
    return chart;
  };

  // columns: [{ name, text: true for words, of: (row) => shown, by: (row) => sorted by }]
  const table = (id, heads, rows) => {
    const body = html("tbody");
    const draw = (list) => body.replaceChildren(...list.map((row) => html("tr", {}, ...heads.map((head) =>
      html("td", { class: `${head.text ? "text" : ""} ${head.class || ""}`.trim(), text: head.of(row) })))));
    let shown = rows, sorted = null;
    const sortBy = (cell, head) => {
      const down = cell.getAttribute("aria-sort") === "descending" || (head.text && sorted !== head);
      for (const other of cell.parentNode.children) other.removeAttribute("aria-sort");
      cell.setAttribute("aria-sort", down ? "ascending" : "descending");
      sorted = head;
      const key = head.by || head.of;
      const order = (a, b) => (key(a) > key(b) ? 1 : key(a) < key(b) ? -1 : 0) * (down ? 1 : -1);
      shown = [...shown].sort(order);
      draw(shown);
    };
    const cells = heads.map((head) => {
      const cell = html("th", { class: head.text ? "text" : "", scope: "col", tabindex: "0", text: head.name });
      cell.addEventListener("click", () => sortBy(cell, head));
      cell.addEventListener("keydown", (event) => { if (event.key === "Enter") sortBy(cell, head); });
      return cell;
    });
    draw(rows);
    const element = html("div", { class: "scroll", id, tabindex: "0" }, html("table", {}, html("thead", {}, html("tr", {}, ...cells)), body));
    element.filter = (keep) => { shown = rows.filter(keep); draw(shown); };
    return element;
  };
  const per = (amount, of) => (of > 0 ? digits(amount / of) : "\u2013");

  // ---- the head

  document.getElementById("subtitle").textContent =
    `${run.platform}${run.region === null ? `: ${run.stop.reason}` : `: region of interest ${run.region}, from ${duration(run.counted_since_ps / 1000)} on`}`;
  const instructions = sum([...groups.values()].map((group) => value(group, "instructions") || 0));
  const facts = [
    ["accuracy", run.accuracy],
    ["hypervisor", run.exits === null ? "none: a real machine" : run.exits],
    ["quantum", duration(run.quantum_ps / 1000)],
    ["seed", String(run.seed)],
    ["simulated time", duration(run.simulated_ps / 1000)],
    ["host time", `${run.host.seconds.toFixed(2)} s`],
    ["instructions", rate(instructions)],
    ...(run.milestones.length ? [["milestones", run.milestones.map((one) => `${one.name} ${duration(one.ps / 1000)}`).join(", ")]] : []),
    ["Ringside", run.ringside],
  ];
  document.getElementById("facts").append(...facts.map(([name, text]) =>
    html("div", name === "milestones" ? { class: "wide" } : {}, html("dt", { text: name }), html("dd", { text }))));

  if (!timed) {
    const note = html("p", { class: "note", text: "This run was functional: counts are exact, and times have no meaning. Run with --accuracy timed to see where the time goes." });
    section("functional", "No performance figures", "", note);
  }

  // ---- time

  const STEPS = [
    ["kick", "kick_time", "from a notification until the back end turns to the queue"],
    ["fetch", "fetch_time", "to find and read the descriptors"],
    ["service", "service_time", "payload and the device's work"],
    ["complete", "complete_time", "until the driver can see the request as used"],
    ["interrupt", "interrupt_time", "until the interrupt for it is sent"],
  ];
  const BESIDE = [["hart, exits", COLORS[5]], ["back end, exits", COLORS[6]], ["link, up", COLORS[7]], ["link, down", OTHER],
    ["memory", COLORS[0]]];
  if (timed && busyQueues.length) {
    const rows = busyQueues.map((queue) => {
      const parts = STEPS.map(([name, histogram, doc], i) => {
        const mean = (queue.group[histogram] ? queue.group[histogram].sum : 0) / queue.requests;
        return { name: `${name} (${doc})`, value: mean, color: COLORS[i], text: duration(mean) };
      });
      return { label: queue.label, parts, note: duration(sum(parts.map((part) => part.value))) };
    });
    section("time", "Where the time of a request goes",
      "The mean of each step, per request. What one notification or one interrupt takes is shared by the requests it stands for; steps of different requests overlap.",
      legend(STEPS.map(([name], i) => [name, COLORS[i]])), stackedBars("Time of a request by step", rows, duration));

    const beside = busyQueues.map((queue) => {
      const own = exits.filter((entry) => entry.queue === queue);
      const all = sum(busyQueues.filter((other) => other.device === queue.device).map((other) => other.requests));
      const link = groups.get(`${queue.device}.link`);
      const values = [sum(own.map((entry) => entry.vcpu)) / queue.requests, sum(own.map((entry) => entry.backend)) / queue.requests,
        (value(link, "busy_ps_up") || 0) / 1000 / all, (value(link, "busy_ps_down") || 0) / 1000 / all,
        (value(groups.get(queue.device), "memory_ps") || 0) / 1000 / all];
      const parts = values.map((amount, i) => ({ name: BESIDE[i][0], value: amount, color: BESIDE[i][1], text: duration(amount) }));
      return { label: queue.label, parts, note: duration(sum(values)) };
    });
    if (beside.some((row) => row.parts.some((part) => part.value > 0)))
      section("beside", "What a request costs others",
        "Time that its notifications and interrupts take from the hart and from the back end's thread, and for which it occupies the link above its device and the memory (shared by the device's queues). It overlaps the steps above, and accesses to memory overlap each other.",
        legend(BESIDE), stackedBars("Costs of a request beside its steps", beside, duration));
  }

  // ---- exits

  if (exits.length) {
    const devices = [...new Set(exits.map((entry) => entry.device))]
      .map((device) => [device, sum(exits.filter((entry) => entry.device === device).map((entry) => entry.count))])
      .sort((a, b) => b[1] - a[1]).map(([device]) => device);
    const color = (device) => (devices.indexOf(device) < 7 ? COLORS[devices.indexOf(device)] : OTHER);
    const kinds = [...new Set(exits.map((entry) => entry.kind))];
    const rows = kinds.map((kind) => {
      const of = exits.filter((entry) => entry.kind === kind);
      const parts = devices.map((device) => {
        const amount = sum(of.filter((entry) => entry.device === device).map((entry) => entry.count));
        return { name: device, value: amount, color: color(device), text: `${count(amount)} exits` };
      });
      return { label: kind, parts, note: count(sum(of.map((entry) => entry.count))), total: sum(of.map((entry) => entry.count)) };
    }).sort((a, b) => b.total - a.total);
    section("exits", "Exits by kind",
      `Events that left the guest under the profile '${run.exits}', by the device or hart that caused them. Events that this profile does not let out count 0.`,
      legend([...devices.slice(0, 7).map((device) => [device, color(device)]), ...(devices.length > 7 ? [["others", OTHER]] : [])]),
      stackedBars("Exits by kind and device", rows, rate),
      table("exit-table", [
        { name: "kind", text: true, of: (e) => e.kind },
        { name: "device and queue", text: true, of: (e) => (e.queue ? e.queue.label : e.name) },
        { name: "events", of: (e) => count(e.events), by: (e) => e.events },
        { name: "exits", of: (e) => count(e.count), by: (e) => e.count },
        { name: "hart", of: (e) => duration(e.vcpu), by: (e) => e.vcpu },
        { name: "back end", of: (e) => duration(e.backend), by: (e) => e.backend },
        { name: "per request", of: (e) => (e.queue ? per(e.count, e.queue.requests) : "\u2013"), by: (e) => (e.queue ? e.count / e.queue.requests : -1) },
        { name: "per KiB", of: (e) => (e.queue ? per(1024 * e.count, e.queue.bytes) : "\u2013"), by: (e) => (e.queue ? e.count / e.queue.bytes : -1) },
      ], exits));
  }

  if (run.prices.length && exits.length) {
    const rows = run.prices.map((price) => ({
      label: price.profile === run.exits ? `${price.profile} (this run)` : price.profile,
      parts: [{ name: "hart", value: price.vcpu_ns, color: COLORS[5], text: duration(price.vcpu_ns) },
        { name: "back end", value: price.backend_ns, color: COLORS[6], text: duration(price.backend_ns) }],
      note: `${duration(price.vcpu_ns + price.backend_ns)}, ${rate(price.exits)} exits`,
    }));
    section("profiles", "The same events under other hypervisors",
      "Counts of this run with the costs of each profile. A guest that waits longer or shorter would notify and be interrupted at other times, so run it with --exits PROFILE for the whole answer.",
      legend([["hart", COLORS[5]], ["back end", COLORS[6]]]), stackedBars("Cost of exits by profile", rows, duration));
  }

  // ---- devices: what each request of one costs, whether its registers belong to a queue or not

  const SETUP = ["config_read", "config_write", "common_read", "common_write", "msix_read", "msix_write"];
  const busyDevices = [...new Set(busyQueues.map((queue) => queue.device))].map((name) => {
    const own = exits.filter((entry) => entry.device === name && !SETUP.includes(entry.kind));
    const total = (entries, what) => sum(entries.map((entry) => entry[what]));
    const requests = sum(busyQueues.filter((queue) => queue.device === name).map((queue) => queue.requests));
    const bytes = sum(busyQueues.filter((queue) => queue.device === name).map((queue) => queue.bytes));
    return { name, own, requests, bytes, events: total(own, "events"), count: total(own, "count"), vcpu: total(own, "vcpu"),
      backend: total(own, "backend") };
  }).filter((device) => device.own.length > 0);
  if (run.exits !== null && busyDevices.length) {
    const eachOf = (device, kind) => sum(device.own.filter((entry) => entry.kind === kind).map((entry) => entry.count)) / device.requests;
    const kinds = [...new Set(busyDevices.flatMap((device) => device.own.map((entry) => entry.kind)))]
      .map((kind) => [kind, Math.max(...busyDevices.map((device) => eachOf(device, kind)))]).sort((a, b) => b[1] - a[1]).map(([kind]) => kind);
    const color = (kind) => (kinds.indexOf(kind) < 7 ? COLORS[kinds.indexOf(kind)] : OTHER);
    const rows = busyDevices.map((device) => ({
      label: device.name,
      parts: kinds.map((kind) => {
        const each = eachOf(device, kind);
        return { name: kind, value: each, color: color(kind), text: `${each.toFixed(3)} per request` };
      }),
      note: `${per(device.count, device.requests)} of ${count(device.requests)}`,
      total: device.count / device.requests,
    })).sort((a, b) => b.total - a.total);
    section("devices", "Exits per request",
      "The exits that a device has caused over the requests (packets, commands) of all its queues: virtio beside what it replaced. Not counted are configuration space, MSI-X table and virtio's common configuration, which are for setting up; other registers count from power-on, or in a region of interest alone.",
      legend([...kinds.slice(0, 7).map((kind) => [kind, color(kind)]), ...(kinds.length > 7 ? [["others", OTHER]] : [])]),
      stackedBars("Exits per request by device", rows, (each) => each.toFixed(2)),
      table("device-table", [
        { name: "device", text: true, of: (d) => d.name },
        { name: "requests", of: (d) => count(d.requests), by: (d) => d.requests },
        { name: "events per request", of: (d) => per(d.events, d.requests), by: (d) => d.events / d.requests },
        { name: "exits per request", of: (d) => per(d.count, d.requests), by: (d) => d.count / d.requests },
        { name: "exits per KiB", of: (d) => per(1024 * d.count, d.bytes), by: (d) => d.count / d.bytes },
        { name: "hart per request", of: (d) => duration(d.vcpu / d.requests), by: (d) => d.vcpu / d.requests },
        { name: "back end per request", of: (d) => duration(d.backend / d.requests), by: (d) => d.backend / d.requests },
      ], busyDevices));
  }

  // ---- queues

  if (queues.length) {
    const exitsOf = (queue) => sum(exits.filter((entry) => entry.queue === queue).map((entry) => entry.count));
    section("queues", "Queues", "", table("queue-table", [
      { name: "queue", text: true, of: (q) => q.label },
      { name: "requests", of: (q) => count(q.requests), by: (q) => q.requests },
      { name: "bytes", of: (q) => count(q.bytes), by: (q) => q.bytes },
      { name: "kicks", of: (q) => count(value(q.group, "kicks")), by: (q) => value(q.group, "kicks") },
      { name: "suppressed", of: (q) => count(value(q.group, "suppressed_kicks") || 0), by: (q) => value(q.group, "suppressed_kicks") || 0 },
      { name: "interrupts", of: (q) => count(value(q.group, "interrupts") || 0), by: (q) => value(q.group, "interrupts") || 0 },
      { name: "suppressed", of: (q) => count(value(q.group, "suppressed_interrupts") || 0), by: (q) => value(q.group, "suppressed_interrupts") || 0 },
      ...(run.exits === null ? [] : [{ name: "exits per request", of: (q) => per(exitsOf(q), q.requests), by: (q) => (q.requests ? exitsOf(q) / q.requests : -1) }]),
    ], queues));
  }

  // ---- latency

  const MARKS = [["p50", 0.5], ["p90", 0.9], ["p99", 0.99], ["p99_9", 0.999]];
  const measured = busyQueues.filter((queue) => queue.group.latency && queue.group.latency.count > 0);
  if (timed && measured.length) {
    const panels = measured.map((queue, index) => {
      const latency = queue.group.latency;
      let seen = 0;
      const points = [[Math.log10(Math.max(latency.buckets[0][0], 1)), 0]];
      for (const [, last, amount] of latency.buckets) {
        seen += amount;
        points.push([Math.log10(Math.max(Math.min(last, latency.max), 1)), seen / latency.count]);
      }
      const percentiles = MARKS.map(([name]) => `${name.replace("_", ".")} ${duration(latency[name])}`).join(", ");
      const chart = lines(`Latency of ${queue.label}`, [{ name: queue.label, color: COLORS[index % 8], points, text: `${queue.label}\n${percentiles}` }], {
        most: 1, steps: true, axisY: percent, axisX: (v) => duration(10 ** v),
        ticksX: (first, last) => {
          const whole = [];
          for (let v = Math.ceil(first); v <= last; v++) whole.push(v);
          return whole.length >= 2 ? whole : last > first ? inset(first, last) : [first];
        },
      });
      return html("div", {}, html("h3", { text: queue.label }), chart,
        html("p", { class: "legend", text: `${count(latency.count)} requests, mean ${duration(latency.mean)}, ${percentiles}, max ${duration(latency.max)}` }));
    });
    section("latency", "Latency", "Share of requests that were used within the time below, from beginning to fetch them.", html("div", { class: "panels" }, ...panels));
  }

  // ---- over time

  const times = run.series.ps;
  if (timed && times.length > 2) {
    const derived = (curve) => times.slice(1).map((time, i) => [time / 1e9, (curve.totals[i + 1] - curve.totals[i]) / (time - times[i])]);
    const curvesOf = (names) => run.series.curves.filter((curve) => names.includes(curve.name) && curve.totals[curve.totals.length - 1] > curve.totals[0]);
    const panel = (title, curves, most, axisY, factor, label) => {
      if (!curves.length) return [];
      const shown = curves.slice(0, 8).map((curve, i) => ({ name: label(curve), color: COLORS[i],
        points: derived(curve).map(([t, v]) => [t, v * factor]) }));
      const chart = lines(title, shown, { most, axisY, axisX: (ms) => duration(ms * 1e6), steps: true,
        ticksX: (first, last) => { const [left, right] = inset(first, last); return [left, (left + right) / 2, right]; } });
      const more = curves.length > 8 ? [[`${curves.length - 8} more are in the table`, OTHER]] : [];
      return [html("div", {}, html("h3", { text: title }), chart, legend([...shown.map((curve) => [curve.name, curve.color]), ...more]))];
    };
    const direction = { busy_ps_up: " up", busy_ps_down: " down", busy_ps: "" };
    const named = (curve) => curve.path.replace(".device.", ".") + (direction[curve.name] || "");
    const busy = curvesOf(["busy_ps", "busy_ps_up", "busy_ps_down"]);
    const isLink = (curve) => curve.name !== "busy_ps";
    const isService = (curve) => !isLink(curve) && curve.path.endsWith(".service");
    const panels = [
      ...panel("Links in use", busy.filter(isLink), 1, percent, 1, named),
      ...panel("Memory and buses in use", busy.filter((curve) => !isLink(curve) && !isService(curve)), 1, percent, 1, named),
      ...panel("Channels of devices at work", busy.filter(isService), undefined, digits, 1, named),
      ...panel("Requests per second", curvesOf(["requests"]), undefined, rate, 1e12, named),
      ...panel("Exits per second", curvesOf(["kernel_exits", "user_exits"]), undefined, rate, 1e12, (curve) => curve.name.replace("_", " ")),
      ...panel("Instructions per second", curvesOf(["instructions"]), undefined, rate, 1e12, named),
    ];
    if (panels.length)
      section("over-time", "Over simulated time", `${count(times.length)} samples.`, html("div", { class: "panels" }, ...panels));
  }

  // ---- completions per interrupt

  const interrupting = busyQueues.filter((queue) => queue.group.interrupt_batch && queue.group.interrupt_batch.count > 0);
  if (interrupting.length) {
    const panels = interrupting.map((queue, index) => {
      const batch = queue.group.interrupt_batch;
      const bars = batch.buckets.map(([first, last, amount]) => ({ name: first === last ? String(first) : `${first}\u2013${last}`, value: amount, text: `${count(amount)} interrupts` }));
      return html("div", {}, html("h3", { text: queue.label }), columns(`Completions per interrupt of ${queue.label}`, bars, COLORS[index % 8]),
        html("p", { class: "legend", text: `${count(batch.count)} interrupts, ${digits(batch.mean)} requests each` }));
    });
    section("batches", "Completions per interrupt", "How many interrupts told of so many requests.", html("div", { class: "panels" }, ...panels));
  }

  // ---- everything

  const shownValue = (leaf) => (leaf.kind === "counter" ? count(leaf.value) : leaf.count === 0 ? "\u2013" : `${digits(leaf.mean)} mean, ${count(leaf.p99)} p99, ${count(leaf.count)}\u00d7`);
  const everything = table("all-table", [
    { name: "statistic", text: true, of: (leaf) => `${leaf.path}.${leaf.name}` },
    { name: "value", of: shownValue, by: (leaf) => (leaf.kind === "counter" ? leaf.value : leaf.mean) },
    { name: "unit", text: true, of: (leaf) => leaf.unit },
    { name: "what it is", text: true, class: "doc", of: (leaf) => leaf.doc },
  ], leaves);
  const search = html("input", { type: "search", placeholder: "part of a name or a description", "aria-label": "search statistics" });
  search.addEventListener("input", () => {
    const words = search.value.toLowerCase().split(/\s+/);
    everything.filter((leaf) => words.every((word) => `${leaf.path}.${leaf.name} ${leaf.doc}`.toLowerCase().includes(word)));
  });
  section("all", "All statistics", "", search, everything);
  section("platform", "The platform, with all its values", "", html("pre", { tabindex: "0", text: run.platform_text }));
})();
