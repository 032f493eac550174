// SPDX-License-Identifier: Apache-2.0
// What each virtio device shows before a driver takes it: identity, BARs, capabilities, offered
// features, queues, configuration. Printed for comparison between machines; the checks are those
// that hold on every machine.
#include "lib/modes.h"

static void print_bits(const char* what, u64 bits) {
  print("  %s:", what);
  for (u32 i = 0; i < 64; i++)
    if (bits >> i & 1) print(" %u", i);
  print("\n");
}

static void print_bars(const struct pci_function* f) {
  print("  bars:");
  for (int i = 0; i < 6; i++)
    if (f->bar[i]) print(" %d=%lu%s", i, f->bar_size[i], f->bar_io[i] ? "io" : "");
  print("\n  vectors: %u\n", msix_vectors(f));
}

static void print_capabilities(const struct pci_function* f) {
  print("  capabilities:");
  u32 at = read8(f->config + 0x34) & 0xfc;
  for (int steps = 0; at && steps < 48; at = read8(f->config + at + 1) & 0xfc, steps++) {
    print(" %02x", read8(f->config + at));
    if (read8(f->config + at) == 9)
      print(".%u(bar%u+%x,%x)", read8(f->config + at + 3), read8(f->config + at + 4),
            read32(f->config + at + 8), read32(f->config + at + 12));
  }
  print("\n");
}

static void print_queues(struct virtio_device* d) {
  u32 count = virtio_queue_count(d);
  print("  queues: %u (", count);
  for (u32 i = 0; i < count && i < 8; i++) print("%s%u", i ? " " : "", virtio_queue_size(d, i));
  print(")\n");
}

static void print_config(struct virtio_device* d) {
  print("  config:");
  for (u32 i = 0; d->config && i < 64; i++) print(" %02x", virtio_config8(d, i));
  print("\n");
}

static void show_modern(struct pci_function* f) {
  static struct virtio_device d;
  virtio_open(&d, f, false);
  u64 offered = virtio_offered(&d);
  test_check(virtio_status(&d) == 0, "status %x after reset", virtio_status(&d));
  test_check(offered & F_VERSION_1, "VERSION_1 is not offered");
  test_check(!(offered & (F_NOTIFY_ON_EMPTY | F_ANY_LAYOUT | BIT(30))),
             "legacy bits in modern features");
  test_check(virtio_offered_page(&d, 4) == 0, "features beyond page 3");
  print_bits("features", offered);
  print_queues(&d);
  print_config(&d);
  // FEATURES_OK with everything that was offered (3.1.1).
  test_check(virtio_negotiate(&d, offered, IRQ_POLL), "refuses what it offers");
  virtio_reset(&d);
}

static void show_legacy(struct pci_function* f) {
  static struct virtio_device d;
  virtio_open(&d, f, true);
  test_check(virtio_status(&d) == 0, "legacy status %x after reset", virtio_status(&d));
  print_bits("legacy features", virtio_offered(&d));
  print_queues(&d);
  virtio_reset(&d);
}

void test_main(void) {
  pci_enumerate();
  for (int i = 0; i < pci_count; i++) {
    struct pci_function* f = &pci_functions[i];
    if (!virtio_type(f)) continue;
    test_begin("features@%02x:%02x.%u", f->bus, f->slot, f->function);
    print("%s %04x:%04x rev %02x class %06x subsystem %04x\n", virtio_type_name(virtio_type(f)),
          f->vendor, f->device, f->revision, f->class_code, f->subsystem);
    print_bars(f);
    print_capabilities(f);
    test_check(virtio_has_modern(f) || virtio_has_legacy(f), "neither modern nor legacy");
    if (virtio_has_modern(f)) show_modern(f);
    if (virtio_has_legacy(f)) show_legacy(f);
    test_end();
  }
}
