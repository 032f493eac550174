// SPDX-License-Identifier: Apache-2.0
#include "virtio.h"

#include "virtqueue.h"

#define VENDOR 0x1af4
#define CAPABILITY 9  // vendor-specific
#define NO_VECTOR 0xffff

u32 virtio_type(const struct pci_function* f) {
  if (f->vendor != VENDOR || f->device < 0x1000 || f->device > 0x107f) return 0;
  return f->device >= 0x1040 ? f->device - 0x1040u : f->subsystem;
}

const char* virtio_type_name(u32 type) {
  static const char* const names[] = {
      [1] = "net",    [2] = "block", [3] = "console", [4] = "entropy", [5] = "balloon",
      [8] = "scsi",   [9] = "ninep", [16] = "gpu",    [18] = "input",  [19] = "vsock",
      [23] = "iommu", [24] = "mem",  [27] = "pmem",
  };
  return type < sizeof names / sizeof *names && names[type] ? names[type] : "other";
}

// The first capability of a configuration type (4.1.4), 0 if there is none.
static u32 find(const struct pci_function* f, u8 type) {
  for (u32 at = pci_capability(f, CAPABILITY, 0); at; at = pci_capability(f, CAPABILITY, at))
    if (read8(f->config + at + 3) == type) return at;
  return 0;
}

bool virtio_has_modern(const struct pci_function* f) {
  return find(f, 1) != 0;
}
bool virtio_has_legacy(const struct pci_function* f) {
  return f->device < 0x1040 && f->revision == 0 && f->bar_io[0];
}

static u64 locate(const struct pci_function* f, u8 type) {
  u32 at = find(f, type);
  u8 bar = at ? read8(f->config + at + 4) : 0;
  return at && bar < 6 ? f->bar[bar] + read32(f->config + at + 8) : 0;
}

void virtio_open(struct virtio_device* d, struct pci_function* f, bool legacy) {
  *d = (struct virtio_device){.pci = f, .type = virtio_type(f), .legacy = legacy};
  pci_set_command(f, PCI_IO | PCI_MEMORY | PCI_MASTER, true);
  if (legacy) {
    d->common = f->bar[0];
    d->config = f->bar[0] + 20;
  } else {
    d->common = locate(f, 1);
    d->notify = locate(f, 2);
    d->isr = locate(f, 3);
    d->config = locate(f, 4);
    d->notify_multiplier = read32(f->config + find(f, 2) + 16);
  }
  virtio_reset(d);
}

u8 virtio_status(struct virtio_device* d) {
  return read8(d->common + (d->legacy ? LEGACY_STATUS : COMMON_STATUS));
}

void virtio_set_status(struct virtio_device* d, u8 status) {
  write8(d->common + (d->legacy ? LEGACY_STATUS : COMMON_STATUS), status);
}

bool virtio_reset(struct virtio_device* d) {
  virtio_set_status(d, 0);
  memset(d->queue, 0, sizeof d->queue);
  d->shared_ready = false;
  msix_enable(d->pci, false);
  if (d->legacy) d->config = d->common + 20;
  u64 deadline = now() + MILLISECONDS(1000);
  while (virtio_status(d))
    if (now() > deadline) return false;
  return true;
}

u32 virtio_offered_page(struct virtio_device* d, u32 page) {
  if (d->legacy) return page ? 0 : read32(d->common + LEGACY_DEVICE_FEATURES);
  write32(d->common + COMMON_DEVICE_FEATURE_SELECT, page);
  return read32(d->common + COMMON_DEVICE_FEATURE);
}

u64 virtio_offered(struct virtio_device* d) {
  return virtio_offered_page(d, 0) | (u64)virtio_offered_page(d, 1) << 32;
}

// ---- interrupts

static void take_queue_interrupt(void* arg) {
  ((struct virtqueue*)arg)->interrupts++;
}
static void take_config_interrupt(void* arg) {
  ((struct virtio_device*)arg)->config_changes++;
}

// INTx tells only that something happened: bit 0 a queue, bit 1 the configuration. Reading clears.
static void take_intx(void* arg) {
  struct virtio_device* d = arg;
  u8 isr = read8(d->legacy ? d->common + LEGACY_ISR : d->isr);
  if (isr & 2) d->config_changes++;
  for (u32 i = 0; (isr & 1) && i < MAX_QUEUES; i++)
    if (d->queue[i]) d->queue[i]->interrupts++;
}

static bool set_vector(struct virtio_device* d, u32 reg, u16 vector) {
  write16(d->common + reg, vector);
  return read16(d->common + reg) == vector;
}

static bool setup_interrupts(struct virtio_device* d) {
  if (d->irq != IRQ_MSIX) {
    msix_enable(d->pci, false);
    pci_set_command(d->pci, PCI_INTX_OFF, d->irq == IRQ_POLL);
    if (d->irq == IRQ_INTX) irq_connect(d->pci->irq, take_intx, d);
    return true;
  }
  u64 address;
  u32 data;
  if (!irq_allocate_message(take_config_interrupt, d, &address, &data)) return false;
  msix_enable(d->pci, true);
  msix_set(d->pci, 0, address, data);
  if (d->legacy) d->config = d->common + 24;  // two vector registers come before it
  return set_vector(d, d->legacy ? LEGACY_CONFIG_VECTOR : COMMON_CONFIG_VECTOR, 0);
}

// The last vector serves all queues that have none of their own.
static void take_shared_interrupt(void* arg) {
  struct virtio_device* d = arg;
  for (u32 i = msix_vectors(d->pci) - 2; i < MAX_QUEUES; i++)
    if (d->queue[i]) d->queue[i]->interrupts++;
}

static bool setup_queue_vector(struct virtio_device* d, struct virtqueue* q) {
  if (d->irq != IRQ_MSIX) return true;
  u32 last = msix_vectors(d->pci) - 1, vector = q->index + 1 < last ? q->index + 1 : last;
  bool shared = vector == last;
  u64 address;
  u32 data;
  if (!last) return false;
  if (!shared || !d->shared_ready) {
    irq_handler handler = shared ? take_shared_interrupt : take_queue_interrupt;
    if (!irq_allocate_message(handler, shared ? (void*)d : q, &address, &data)) return false;
    msix_set(d->pci, vector, address, data);
    if (shared) d->shared_ready = true;
  }
  return set_vector(d, d->legacy ? LEGACY_QUEUE_VECTOR : COMMON_QUEUE_VECTOR, (u16)vector);
}

// ---- initialisation (3.1.1)

bool virtio_negotiate(struct virtio_device* d, u64 features, enum irq_mode irq) {
  if (!virtio_reset(d)) return false;
  d->irq = irq;
  d->config_changes = 0;
  virtio_set_status(d, STATUS_ACKNOWLEDGE);
  virtio_set_status(d, STATUS_ACKNOWLEDGE | STATUS_DRIVER);
  d->features = features & virtio_offered(d);
  if (d->legacy) {
    write32(d->common + LEGACY_DRIVER_FEATURES, (u32)d->features);
    return setup_interrupts(d);
  }
  for (u32 page = 0; page < 2; page++) {
    write32(d->common + COMMON_DRIVER_FEATURE_SELECT, page);
    write32(d->common + COMMON_DRIVER_FEATURE, (u32)(d->features >> 32 * page));
  }
  u8 status = STATUS_ACKNOWLEDGE | STATUS_DRIVER | STATUS_FEATURES_OK;
  virtio_set_status(d, status);
  return virtio_status(d) == status && setup_interrupts(d);
}

void virtio_start(struct virtio_device* d) {
  fence();
  virtio_set_status(d, virtio_status(d) | STATUS_DRIVER_OK);
}

u32 virtio_queue_size(struct virtio_device* d, u32 index) {
  if (d->legacy) {
    write16(d->common + LEGACY_QUEUE_SELECT, (u16)index);
    return read16(d->common + LEGACY_QUEUE_SIZE);
  }
  if (index >= virtio_queue_count(d)) return 0;
  write16(d->common + COMMON_QUEUE_SELECT, (u16)index);
  return read16(d->common + COMMON_QUEUE_SIZE);
}

u32 virtio_queue_count(struct virtio_device* d) {
  if (!d->legacy) return read16(d->common + COMMON_NUM_QUEUES);
  u32 n = 0;
  while (n < MAX_QUEUES && virtio_queue_size(d, n)) n++;
  return n;
}

static bool publish_legacy(struct virtio_device* d, struct virtqueue* q) {
  write16(d->common + LEGACY_QUEUE_SELECT, (u16)q->index);
  q->doorbell = d->common + LEGACY_QUEUE_NOTIFY;
  q->notify_data = (u16)q->index;
  if (!setup_queue_vector(d, q)) return false;
  u32 pfn = (u32)((u64)q->descriptors >> 12);
  write32(d->common + LEGACY_QUEUE_PFN, pfn);
  return read32(d->common + LEGACY_QUEUE_PFN) == pfn;
}

bool virtio_queue_publish(struct virtio_device* d, struct virtqueue* q) {
  d->queue[q->index] = q;
  if (d->legacy) return publish_legacy(d, q);
  write16(d->common + COMMON_QUEUE_SELECT, (u16)q->index);
  write16(d->common + COMMON_QUEUE_SIZE, (u16)q->size);
  if (read16(d->common + COMMON_QUEUE_SIZE) != q->size) return false;
  u16 offset = read16(d->common + COMMON_QUEUE_NOTIFY_OFF);
  q->doorbell = d->notify + offset * (u64)d->notify_multiplier;
  q->notify_data = d->features & F_NOTIF_CONFIG_DATA ? read16(d->common + COMMON_QUEUE_NOTIF_DATA)
                                                     : (u16)q->index;
  const void* areas[] = {q->descriptors, q->driver_area, q->device_area};
  for (u32 i = 0; i < 3; i++) {
    write32(d->common + COMMON_QUEUE_DESC + 8 * i, (u32)(u64)areas[i]);
    write32(d->common + COMMON_QUEUE_DESC + 8 * i + 4, (u32)((u64)areas[i] >> 32));
  }
  if (!setup_queue_vector(d, q)) return false;
  fence();
  write16(d->common + COMMON_QUEUE_ENABLE, 1);
  return read16(d->common + COMMON_QUEUE_ENABLE) == 1;
}

// ---- device configuration

u8 virtio_config8(struct virtio_device* d, u32 at) {
  return read8(d->config + at);
}
u16 virtio_config16(struct virtio_device* d, u32 at) {
  return read16(d->config + at);
}
u32 virtio_config32(struct virtio_device* d, u32 at) {
  return read32(d->config + at);
}

// Two halves belong together only if the generation did not change meanwhile (2.5.1).
u64 virtio_config64(struct virtio_device* d, u32 at) {
  u64 value;
  u8 before, after;
  do {
    before = d->legacy ? 0 : read8(d->common + COMMON_GENERATION);
    value = read32(d->config + at) | (u64)read32(d->config + at + 4) << 32;
    after = d->legacy ? 0 : read8(d->common + COMMON_GENERATION);
  } while (before != after);
  return value;
}
