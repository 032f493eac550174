// SPDX-License-Identifier: Apache-2.0
// PCI Local Bus 3.0 chapter 6, PCI Express 5.0 sections 7.2.2 (ECAM) and 7.7.2 (MSI-X).
#include "pci.h"

struct pci_function pci_functions[PCI_MAX];
int pci_count;

// Next free address of each window, as seen on the PCI bus; ports and memory below 4 GiB start
// above 0, which stands for "not assigned" in a BAR.
static u64 next_io = 0x1000, next_mem = PCI_MMIO32, next_pref = PCI_MMIO64;
static u8 next_bus;

static u64 config_of(u8 bus, u8 slot, u8 function) {
  return PCI_ECAM + ((u64)bus << 20 | (u64)slot << 15 | (u64)function << 12);
}

static u64 take(u64* next, u64 size) {
  u64 at = (*next + size - 1) & -size;
  *next = at + size;
  return at;
}

static void assign_bar(struct pci_function* f, int* index) {
  int i = *index;
  u64 reg = f->config + 0x10 + 4 * (u64)i;
  write32(reg, ~0u);
  u32 low = read32(reg);
  if (!low) return;
  bool io = low & 1, wide = !io && (low & 6) == 4;
  u64 mask = io ? low & ~3u : low & ~15u;
  if (wide) {
    write32(reg + 4, ~0u);
    mask |= (u64)read32(reg + 4) << 32;
    (*index)++;
  } else if (io) {
    mask |= ~0xfffful;
  } else {
    mask |= ~0xfffffffful;
  }
  u64 size = -mask;
  u64 at = take(io ? &next_io : wide ? &next_pref : &next_mem, size);
  write32(reg, (u32)at);
  if (wide) write32(reg + 4, (u32)(at >> 32));
  f->bar[i] = io ? PCI_PIO + at : at;
  f->bar_size[i] = size;
  f->bar_io[i] = io;
}

static void scan_bus(u8 bus, u32 swizzle);

// Bus numbers and windows of a bridge: everything its secondary side took, in whole granules.
static void assign_bridge(struct pci_function* f, u32 swizzle) {
  u8 secondary = ++next_bus;
  write8(f->config + 0x18, f->bus);
  write8(f->config + 0x19, secondary);
  write8(f->config + 0x1a, 255);
  u64 io = take(&next_io, 0x1000) + 0x1000, mem = take(&next_mem, 0x100000), pref;
  next_io = io - 0x1000, io = next_io;
  next_mem = mem;
  pref = next_pref = take(&next_pref, 0x100000);
  scan_bus(secondary, swizzle + f->slot);
  next_io = (next_io + 0xfff) & ~0xffful;
  next_mem = (next_mem + 0xfffff) & ~0xffffful;
  next_pref = (next_pref + 0xfffff) & ~0xffffful;
  write8(f->config + 0x1a, next_bus);
  write8(f->config + 0x1c, (u8)(io >> 8));
  write8(f->config + 0x1d, (u8)((next_io - 1) >> 8));
  write16(f->config + 0x20, (u16)(mem >> 16));
  write16(f->config + 0x22, (u16)((next_mem - 1) >> 16));
  write16(f->config + 0x24, (u16)(pref >> 16));
  write16(f->config + 0x26, (u16)((next_pref - 1) >> 16));
  write32(f->config + 0x28, (u32)(pref >> 32));
  write32(f->config + 0x2c, (u32)((next_pref - 1) >> 32));
  pci_set_command(f, PCI_IO | PCI_MEMORY | PCI_MASTER, true);
}

static void add_function(u8 bus, u8 slot, u8 function, u32 swizzle) {
  u64 config = config_of(bus, slot, function);
  if (pci_count == PCI_MAX) return;
  struct pci_function* f = &pci_functions[pci_count++];
  *f = (struct pci_function){.config = config, .bus = bus, .slot = slot, .function = function};
  f->vendor = read16(config);
  f->device = read16(config + 2);
  f->revision = read8(config + 8);
  f->class_code = read32(config + 8) >> 8;
  f->subsystem = read16(config + 0x2e);
  f->pin = read8(config + 0x3d);
  f->irq = PCI_IRQ + (swizzle + slot + f->pin - 1u) % 4;
  bool bridge = (read8(config + 0xe) & 0x7f) == 1;
  pci_set_command(f, PCI_IO | PCI_MEMORY, false);
  for (int i = 0; i < (bridge ? 2 : 6); i++) assign_bar(f, &i);
  if (bridge) assign_bridge(f, swizzle);
}

static void scan_bus(u8 bus, u32 swizzle) {
  for (u8 slot = 0; slot < 32; slot++) {
    u64 config = config_of(bus, slot, 0);
    if (read16(config) == 0xffff) continue;
    u8 functions = read8(config + 0xe) & 0x80 ? 8 : 1;
    for (u8 function = 0; function < functions; function++)
      if (read16(config_of(bus, slot, function)) != 0xffff)
        add_function(bus, slot, function, swizzle);
  }
}

void pci_enumerate(void) {
  scan_bus(0, 0);
}

u32 pci_capability(const struct pci_function* f, u8 id, u32 after) {
  if (!(read16(f->config + 6) & 0x10)) return 0;
  u32 at = read8(f->config + (after ? after + 1 : 0x34)) & 0xfc;
  for (int steps = 0; at && steps < 48; steps++) {
    if (read8(f->config + at) == id) return at;
    at = read8(f->config + at + 1) & 0xfc;
  }
  return 0;
}

void pci_set_command(const struct pci_function* f, u16 bits, bool on) {
  u16 command = read16(f->config + 4);
  write16(f->config + 4, on ? command | bits : command & ~bits);
}

u32 msix_vectors(const struct pci_function* f) {
  u32 cap = pci_capability(f, 0x11, 0);
  return cap ? (read16(f->config + cap + 2) & 0x7ffu) + 1 : 0;
}

void msix_enable(const struct pci_function* f, bool on) {
  u32 cap = pci_capability(f, 0x11, 0);
  if (!cap) return;
  u16 control = read16(f->config + cap + 2) & 0x3fff;
  write16(f->config + cap + 2, on ? control | 0x8000 : control);
}

static u64 msix_area(const struct pci_function* f, u32 at) {
  u32 where = read32(f->config + pci_capability(f, 0x11, 0) + at);
  return f->bar[where & 7] + (where & ~7u);
}

void msix_set(const struct pci_function* f, u32 vector, u64 address, u32 data) {
  u64 entry = msix_area(f, 4) + 16 * (u64)vector;
  write32(entry, (u32)address);
  write32(entry + 4, (u32)(address >> 32));
  write32(entry + 8, data);
  write32(entry + 12, 0);
}

void msix_mask(const struct pci_function* f, u32 vector, bool masked) {
  write32(msix_area(f, 4) + 16 * (u64)vector + 12, masked);
}

bool msix_pending(const struct pci_function* f, u32 vector) {
  return read32(msix_area(f, 8) + vector / 32 * 4) >> vector % 32 & 1;
}
