// SPDX-License-Identifier: Apache-2.0
// Malformed rings. The device must stop with DEVICE_NEEDS_RESET and say so (2.1.2), and work again
// after a reset; nothing else may happen to the machine. Uses the entropy device.
#include "lib/modes.h"

#define TIMEOUT MILLISECONDS(1000)
#define HOLE 0x00200000ul     // no memory there
#define RAM_END 0x90000000ul  // of the 256 MiB that the tests give

static struct virtio_device d;
static u8 bytes[64] __attribute__((aligned(16)));

static bool negotiate(u64 features, enum irq_mode irq) {
  u64 always = virtio_offered(&d) & (F_ACCESS_PLATFORM | F_ORDER_PLATFORM);
  return test_check(virtio_negotiate(&d, F_VERSION_1 | always | features, irq),
                    "negotiation failed");
}

static struct virtqueue* start(u64 features) {
  irq_release_all();
  enum irq_mode irq = irq_has_imsic() && msix_vectors(d.pci) > 1 ? IRQ_MSIX
                      : d.pci->pin                               ? IRQ_INTX
                                                                 : IRQ_POLL;
  if (!negotiate(features, irq)) return 0;
  struct virtqueue* q = virtqueue_create(&d, 0, 0);
  if (test_check(q, "queue refused")) virtio_start(&d);
  return q;
}

// After a reset the device is as good as new.
static void check_recovered(u64 features) {
  test_check(virtio_reset(&d), "reset does not end");
  struct virtqueue* q = start(features);
  if (!q) return;
  u32 length = 0;
  virtqueue_add(q, &(struct buffer){(u64)bytes, sizeof bytes}, 0, 1, bytes);
  virtqueue_kick(q);
  test_check(virtqueue_wait(q, &length, TIMEOUT) == bytes && length,
             "it does not work after the reset");
  virtio_reset(&d);
}

enum outcome {
  STOPS,   // NEEDS_RESET and the configuration interrupt
  EITHER,  // served or stopped: the specification leaves it open, and QEMU serves some of these
};

static void verify(u64 features, enum outcome outcome) {
  u64 deadline = now() + (outcome == STOPS ? TIMEOUT : MILLISECONDS(20));
  while (!(virtio_status(&d) & STATUS_NEEDS_RESET) && now() < deadline) {
  }
  if (outcome == STOPS) {
    test_check(virtio_status(&d) & STATUS_NEEDS_RESET, "status is %x", virtio_status(&d));
    if (d.irq != IRQ_POLL)
      test_check(wait_for(&d.config_changes, TIMEOUT), "no configuration interrupt");
  }
  check_recovered(features);
  test_end();
}

// ---- split

#define BEYOND 0x9000  // no ring here is that large

static struct split_descriptor split_table[4] __attribute__((aligned(16)));

struct split_case {
  const char* name;
  u64 features;
  enum outcome outcome;
  u16 head, index;                  // what is made available
  struct split_descriptor ring[2];  // the first descriptors
  struct split_descriptor inner;    // the first of the indirect table, whose others are zero
};

#define BYTES ((u64)bytes)
#define TABLE ((u64)split_table)
#define W DESC_WRITE
#define N DESC_NEXT
#define I DESC_INDIRECT

static const struct split_case split_cases[] = {
    {"index-jump", 0, STOPS, 0, BEYOND, {{BYTES, 64, W, 0}}, {}},
    {"head-out-of-range", 0, STOPS, BEYOND, 1, {{BYTES, 64, W, 0}}, {}},
    {"head-ffff", 0, STOPS, 0xffff, 1, {{BYTES, 64, W, 0}}, {}},
    {"next-out-of-range", 0, STOPS, 0, 1, {{BYTES, 8, W | N, BEYOND}}, {}},
    {"loop", 0, STOPS, 0, 1, {{BYTES, 8, W | N, 0}}, {}},
    {"loop-of-two", 0, STOPS, 0, 1, {{BYTES, 8, W | N, 1}, {BYTES, 8, W | N, 0}}, {}},
    {"read-after-write", 0, STOPS, 0, 1, {{BYTES, 8, W | N, 1}, {BYTES, 8, 0, 0}}, {}},
    {"indirect-odd-size", F_INDIRECT, STOPS, 0, 1, {{TABLE, 17, I, 0}}, {BYTES, 8, W, 0}},
    {"indirect-empty", F_INDIRECT, STOPS, 0, 1, {{TABLE, 0, I, 0}}, {BYTES, 8, W, 0}},
    {"indirect-nested", F_INDIRECT, EITHER, 0, 1, {{TABLE, 16, I, 0}}, {TABLE, 16, I, 0}},
    {"indirect-loop", F_INDIRECT, STOPS, 0, 1, {{TABLE, 64, I, 0}}, {BYTES, 8, W | N, 0}},
    {"indirect-next-out-of-range",
     F_INDIRECT,
     STOPS,
     0,
     1,
     {{TABLE, 64, I, 0}},
     {BYTES, 8, W | N, 4}},
    {"indirect-outside-memory", F_INDIRECT, EITHER, 0, 1, {{HOLE, 16, I, 0}}, {}},
    {"buffer-outside-memory", 0, EITHER, 0, 1, {{HOLE, 64, W, 0}}, {}},
    {"buffer-wraps", 0, EITHER, 0, 1, {{~0ul - 15, 64, W, 0}}, {}},
    {"buffer-empty", 0, EITHER, 0, 1, {{BYTES, 0, W, 0}}, {}},
    {"buffer-past-memory", 0, EITHER, 0, 1, {{RAM_END - 16, 64, W, 0}}, {}},
    {"nothing-writable", 0, EITHER, 0, 1, {{BYTES, 64, 0, 0}}, {}},
};

static void run_split(const struct split_case* c) {
  test_begin("hostile/split/%s", c->name);
  void* mark = arena_mark();
  struct virtqueue* q = start(c->features);
  if (q) {
    memcpy(q->descriptors, c->ring, sizeof c->ring);
    split_table[0] = c->inner;
    u16* avail = q->driver_area;
    avail[2] = c->head;
    fence();
    *(volatile u16*)&avail[1] = c->index;
    fence();
    write16(q->doorbell, (u16)q->index);
  }
  verify(c->features, c->outcome);
  arena_release(mark);
}

static void test_ring_outside_memory(void) {
  test_begin("hostile/split/ring-outside-memory");
  irq_release_all();
  if (negotiate(0, IRQ_POLL)) {
    write16(d.common + COMMON_QUEUE_SELECT, 0);
    for (u32 i = 0; i < 3; i++) {
      write32(d.common + COMMON_QUEUE_DESC + 8 * i, HOLE + 0x1000 * i);
      write32(d.common + COMMON_QUEUE_DESC + 8 * i + 4, 0);
    }
    write16(d.common + COMMON_QUEUE_ENABLE, 1);
    virtio_start(&d);
    write16(d.notify, 0);
  }
  verify(0, EITHER);
}

// ---- packed

static struct packed_descriptor packed_table[4]
    __attribute__((aligned(16))) = {{(u64)bytes, 16, 0, W}};

struct packed_case {
  const char* name;
  u64 features;
  enum outcome outcome;
  bool fill;  // the first descriptor everywhere
  struct packed_descriptor ring[2];
};

#define PACKED_TABLE ((u64)packed_table)
#define A DESC_AVAIL

static const struct packed_case packed_cases[] = {
    {"endless-chain", 0, STOPS, true, {{BYTES, 8, 0, W | N | A}}},
    {"read-after-write", 0, STOPS, false, {{BYTES, 8, 0, W | N | A}, {BYTES, 8, 0, A}}},
    {"indirect-odd-size", F_INDIRECT, STOPS, false, {{PACKED_TABLE, 17, 0, I | A}}},
    {"indirect-empty", F_INDIRECT, EITHER, false, {{PACKED_TABLE, 0, 0, I | A}}},
    {"indirect-outside-memory", F_INDIRECT, EITHER, false, {{HOLE, 16, 0, I | A}}},
    {"buffer-outside-memory", 0, EITHER, false, {{HOLE, 64, 0, W | A}}},
    {"buffer-past-memory", 0, EITHER, false, {{RAM_END - 16, 64, 0, W | A}}},
    {"id-out-of-range", 0, EITHER, false, {{BYTES, 64, 0xffff, W | A}}},
};

static void run_packed(const struct packed_case* c) {
  test_begin("hostile/packed/%s", c->name);
  void* mark = arena_mark();
  struct virtqueue* q = start(F_PACKED | c->features);
  if (q) {
    struct packed_descriptor* ring = q->descriptors;
    memcpy(ring, c->ring, sizeof c->ring);
    for (u32 i = 0; c->fill && i < q->size; i++) ring[i] = c->ring[0];
    fence();
    write16(q->doorbell, (u16)q->index);
  }
  verify(F_PACKED | c->features, c->outcome);
  arena_release(mark);
}

#define COUNT(array) (sizeof array / sizeof *array)

void test_main(void) {
  pci_enumerate();
  for (int i = 0; i < pci_count; i++) {
    struct pci_function* f = &pci_functions[i];
    if (virtio_type(f) != VIRTIO_ENTROPY || !virtio_has_modern(f)) continue;
    virtio_open(&d, f, false);
    for (u32 n = 0; n < COUNT(split_cases); n++) run_split(&split_cases[n]);
    test_ring_outside_memory();
    for (u32 n = 0; virtio_offered(&d) & F_PACKED && n < COUNT(packed_cases); n++)
      run_packed(&packed_cases[n]);
  }
}
