// SPDX-License-Identifier: Apache-2.0
// What a PCI function and the virtio-pci transport owe any driver, whatever the device: decode,
// BARs that move, the common configuration, MSI-X masks and pending bits, ISR, access through
// configuration space. Rings are exercised with the entropy device, the simplest one.
#include "lib/modes.h"

#define TIMEOUT MILLISECONDS(1000)
#define NO_VECTOR 0xffff

static struct virtio_device d;

static void begin(const char* what) {
  test_begin("transport@%02x:%02x.%u/%s/%s", d.pci->bus, d.pci->slot, d.pci->function,
             virtio_type_name(d.type), what);
}

static void test_decode(void) {
  begin("decode");
  u32 expected = virtio_queue_count(&d);
  pci_set_command(d.pci, PCI_MEMORY, false);
  test_check(read16(d.common + COMMON_NUM_QUEUES) == 0xffff, "with decode off it reads %x",
             read16(d.common + COMMON_NUM_QUEUES));
  pci_set_command(d.pci, PCI_MEMORY, true);
  test_check(virtio_queue_count(&d) == expected, "after decode is on again: %u",
             virtio_queue_count(&d));
  test_end();
}

static void test_move_bar(void) {
  begin("move-bar");
  int bar = -1;
  for (int i = 0; i < 6; i++)
    if (!d.pci->bar_io[i] && d.common - d.pci->bar[i] < d.pci->bar_size[i]) bar = i;
  if (test_check(bar >= 0, "no BAR holds the common configuration") && d.pci->bus == 0) {
    u64 reg = d.pci->config + 0x10 + 4 * (u64)bar, old = d.pci->bar[bar];
    u64 moved = PCI_MMIO64 + 0x200000000ul, offset = d.common - old;
    u32 expected = virtio_queue_count(&d);
    if ((read32(reg) & 6) != 4) moved = PCI_MMIO32 + 0x20000000ul;
    pci_set_command(d.pci, PCI_MEMORY, false);
    write32(reg, (u32)moved);
    if ((read32(reg) & 6) == 4) write32(reg + 4, (u32)(moved >> 32));
    pci_set_command(d.pci, PCI_MEMORY, true);
    test_check(read16(moved + offset + COMMON_NUM_QUEUES) == expected, "not at its new address");
    test_check(read16(d.common + COMMON_NUM_QUEUES) == 0xffff, "still at its old address");
    pci_set_command(d.pci, PCI_MEMORY, false);
    write32(reg, (u32)old);
    if ((read32(reg) & 6) == 4) write32(reg + 4, (u32)(old >> 32));
    pci_set_command(d.pci, PCI_MEMORY, true);
    test_check(virtio_queue_count(&d) == expected, "not back at its old address");
  }
  test_end();
}

static void test_common(void) {
  begin("common");
  virtio_reset(&d);
  write32(d.common + COMMON_DEVICE_FEATURE_SELECT, 1);
  test_check(read32(d.common + COMMON_DEVICE_FEATURE_SELECT) == 1, "device_feature_select");
  test_check(read32(d.common + COMMON_DEVICE_FEATURE) & 1, "VERSION_1 on page 1");
  write32(d.common + COMMON_DRIVER_FEATURE_SELECT, 1);
  write32(d.common + COMMON_DRIVER_FEATURE, 1);
  test_check(read32(d.common + COMMON_DRIVER_FEATURE) == 1, "driver_feature reads %x",
             read32(d.common + COMMON_DRIVER_FEATURE));
  u32 queues = virtio_queue_count(&d);
  test_check(queues > 0, "no queues");
  write16(d.common + COMMON_QUEUE_SELECT, 0);
  u16 size = read16(d.common + COMMON_QUEUE_SIZE);
  test_check(size > 0, "queue 0 has no size");
  for (u32 i = 0; i < 3; i++) {
    write32(d.common + COMMON_QUEUE_DESC + 8 * i, 0x80001000 + 0x1000 * i);
    write32(d.common + COMMON_QUEUE_DESC + 8 * i + 4, i);
    test_check(read32(d.common + COMMON_QUEUE_DESC + 8 * i) == 0x80001000 + 0x1000 * i,
               "address %u", i);
    test_check(read32(d.common + COMMON_QUEUE_DESC + 8 * i + 4) == i, "upper half of address %u",
               i);
  }
  if (queues < 0xffff) {
    write16(d.common + COMMON_QUEUE_SELECT, (u16)queues);
    test_check(read16(d.common + COMMON_QUEUE_SIZE) == 0, "queue %u of %u has a size", queues,
               queues);
  }
  virtio_reset(&d);
  write16(d.common + COMMON_QUEUE_SELECT, 0);
  test_check(read16(d.common + COMMON_QUEUE_ENABLE) == 0, "enabled after reset");
  test_check(read16(d.common + COMMON_QUEUE_SIZE) == size, "size after reset");
  test_end();
}

// 4.1.4.9: the same registers through a window in configuration space.
static void test_config_access(void) {
  begin("pci-cfg");
  u32 at = 0;
  for (u32 cap = pci_capability(d.pci, 9, 0); cap; cap = pci_capability(d.pci, 9, cap))
    if (read8(d.pci->config + cap + 3) == 5) at = cap;
  if (test_check(at, "no such capability")) {
    u64 cap = d.pci->config + at;
    int bar = 0;
    for (int i = 0; i < 6; i++)
      if (!d.pci->bar_io[i] && d.common - d.pci->bar[i] < d.pci->bar_size[i]) bar = i;
    u32 base = (u32)(d.common - d.pci->bar[bar]);
    write8(cap + 4, (u8)bar);
    write32(cap + 8, base + COMMON_STATUS);
    write32(cap + 12, 1);
    write8(cap + 16, STATUS_ACKNOWLEDGE);
    test_check(virtio_status(&d) == STATUS_ACKNOWLEDGE, "a write did not arrive");
    test_check(read8(cap + 16) == STATUS_ACKNOWLEDGE, "a byte reads %x", read8(cap + 16));
    write32(cap + 8, base + COMMON_NUM_QUEUES);
    write32(cap + 12, 2);
    test_check(read16(cap + 16) == virtio_queue_count(&d), "a word reads %x", read16(cap + 16));
    virtio_reset(&d);
  }
  test_end();
}

static void test_vectors(void) {
  u32 vectors = msix_vectors(d.pci);
  begin("vectors");
  if (!vectors) {
    test_skip("no MSI-X");
    return;
  }
  virtio_reset(&d);
  msix_enable(d.pci, true);
  write16(d.common + COMMON_CONFIG_VECTOR, 0);
  test_check(read16(d.common + COMMON_CONFIG_VECTOR) == 0, "vector 0 refused");
  write16(d.common + COMMON_CONFIG_VECTOR, (u16)vectors);
  test_check(read16(d.common + COMMON_CONFIG_VECTOR) == NO_VECTOR, "vector %u of %u accepted",
             vectors, vectors);
  write16(d.common + COMMON_QUEUE_SELECT, 0);
  write16(d.common + COMMON_QUEUE_VECTOR, (u16)(vectors - 1));
  test_check(read16(d.common + COMMON_QUEUE_VECTOR) == vectors - 1, "the last vector was refused");
  write16(d.common + COMMON_QUEUE_VECTOR, NO_VECTOR);
  test_check(read16(d.common + COMMON_QUEUE_VECTOR) == NO_VECTOR,
             "a queue cannot be without a vector");
  virtio_reset(&d);
  test_end();
}

// ---- with a ring (entropy)

static u8 bytes[64];

static struct virtqueue* ring(enum irq_mode irq) {
  irq_release_all();
  u64 always = F_VERSION_1 | (virtio_offered(&d) & (F_ACCESS_PLATFORM | F_ORDER_PLATFORM));
  if (!test_check(virtio_negotiate(&d, always, irq), "negotiation failed")) return 0;
  struct virtqueue* q = virtqueue_create(&d, 0, 0);
  if (test_check(q, "queue refused")) virtio_start(&d);
  return q;
}

static bool request(struct virtqueue* q) {
  virtqueue_add(q, &(struct buffer){(u64)bytes, sizeof bytes}, 0, 1, bytes);
  virtqueue_kick(q);
  u64 deadline = now() + TIMEOUT;
  volatile u16* index = (u16*)q->device_area + 1;
  while (*index == q->used)
    if (!test_check(now() < deadline, "no used buffer")) return false;
  delay(MILLISECONDS(1));  // the interrupt follows
  return true;
}

static void test_isr(void) {
  begin("isr");
  struct virtqueue* q = ring(IRQ_POLL);
  if (q) {
    split_interrupt(q, true);
    if (request(q)) {
      u8 first = read8(d.isr), second = read8(d.isr);
      test_check((first & 3) == 1, "ISR is %x", first);
      test_check(second == 0, "ISR is %x after it was read", second);
    }
  }
  virtio_reset(&d);
  test_end();
}

static void test_intx_disable(void) {
  begin("intx-disable");
  if (!d.pci->pin) {
    test_skip("no INTx");
    return;
  }
  struct virtqueue* q = ring(IRQ_INTX);
  if (q) {
    pci_set_command(d.pci, PCI_INTX_OFF, true);
    split_interrupt(q, true);
    if (request(q)) {
      test_check(q->interrupts == 0, "an interrupt came though it is disabled");
      test_check(read16(d.pci->config + 6) & 8, "the status register does not show it");
      pci_set_command(d.pci, PCI_INTX_OFF, false);
      test_check(wait_for(&q->interrupts, TIMEOUT), "no interrupt once enabled");
      test_check(!(read16(d.pci->config + 6) & 8), "it is still shown after the ISR was read");
    }
  }
  virtio_reset(&d);
  test_end();
}

static void test_mask(void) {
  begin("msix-mask");
  if (!irq_has_imsic() || msix_vectors(d.pci) < 2) {
    test_skip("no IMSIC or no MSI-X");
    return;
  }
  struct virtqueue* q = ring(IRQ_MSIX);
  if (q) {
    split_interrupt(q, true);
    msix_mask(d.pci, 1, true);
    if (request(q)) {
      test_check(q->interrupts == 0, "an interrupt came though it is masked");
      test_check(msix_pending(d.pci, 1), "the pending bit is not set");
      msix_mask(d.pci, 1, false);
      test_check(wait_for(&q->interrupts, TIMEOUT), "no interrupt once unmasked");
      test_check(!msix_pending(d.pci, 1), "the pending bit is still set");
    }
    virtqueue_get(q, 0);
    q->interrupts = 0;
    u64 control = d.pci->config + pci_capability(d.pci, 0x11, 0) + 2;
    write16(control, read16(control) | 0x4000);  // function mask
    if (request(q)) {
      test_check(q->interrupts == 0 && msix_pending(d.pci, 1), "the function mask does not mask");
      write16(control, read16(control) & ~0x4000);
      test_check(wait_for(&q->interrupts, TIMEOUT), "no interrupt without the function mask");
    }
  }
  virtio_reset(&d);
  test_end();
}

void test_main(void) {
  pci_enumerate();
  for (int i = 0; i < pci_count; i++) {
    struct pci_function* f = &pci_functions[i];
    if (!virtio_type(f) || !virtio_has_modern(f)) continue;
    virtio_open(&d, f, false);
    test_decode();
    test_move_bar();
    test_common();
    test_config_access();
    test_vectors();
    if (d.type != VIRTIO_ENTROPY) continue;
    test_isr();
    test_intx_disable();
    test_mask();
  }
}
