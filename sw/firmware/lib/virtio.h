// SPDX-License-Identifier: Apache-2.0
// The virtio-pci transport as a driver sees it: modern (virtio 1.4, 4.1.4) or legacy (4.1.4.10, the
// I/O BAR), and the choice of features. Rings are in virtqueue.h.
#pragma once

#include "irq.h"
#include "pci.h"

enum { VIRTIO_NET = 1, VIRTIO_BLOCK = 2, VIRTIO_CONSOLE = 3, VIRTIO_ENTROPY = 4 };

#define BIT(n) (1ul << (n))
#define F_NOTIFY_ON_EMPTY BIT(24)
#define F_ANY_LAYOUT BIT(27)
#define F_INDIRECT BIT(28)
#define F_EVENT_IDX BIT(29)
#define F_VERSION_1 BIT(32)
#define F_ACCESS_PLATFORM BIT(33)
#define F_PACKED BIT(34)
#define F_IN_ORDER BIT(35)
#define F_ORDER_PLATFORM BIT(36)
#define F_NOTIFICATION_DATA BIT(38)
#define F_NOTIF_CONFIG_DATA BIT(39)
#define F_RING_RESET BIT(40)

#define STATUS_ACKNOWLEDGE 1u
#define STATUS_DRIVER 2u
#define STATUS_DRIVER_OK 4u
#define STATUS_FEATURES_OK 8u
#define STATUS_NEEDS_RESET 64u
#define STATUS_FAILED 128u

// Common configuration (4.1.4.3).
enum {
  COMMON_DEVICE_FEATURE_SELECT = 0,
  COMMON_DEVICE_FEATURE = 4,
  COMMON_DRIVER_FEATURE_SELECT = 8,
  COMMON_DRIVER_FEATURE = 12,
  COMMON_CONFIG_VECTOR = 16,
  COMMON_NUM_QUEUES = 18,
  COMMON_STATUS = 20,
  COMMON_GENERATION = 21,
  COMMON_QUEUE_SELECT = 22,
  COMMON_QUEUE_SIZE = 24,
  COMMON_QUEUE_VECTOR = 26,
  COMMON_QUEUE_ENABLE = 28,
  COMMON_QUEUE_NOTIFY_OFF = 30,
  COMMON_QUEUE_DESC = 32,
  COMMON_QUEUE_DRIVER = 40,
  COMMON_QUEUE_DEVICE = 48,
  COMMON_QUEUE_NOTIF_DATA = 56,
  COMMON_QUEUE_RESET = 58,
};

// Legacy header in the I/O BAR (4.1.4.10).
enum {
  LEGACY_DEVICE_FEATURES = 0,
  LEGACY_DRIVER_FEATURES = 4,
  LEGACY_QUEUE_PFN = 8,
  LEGACY_QUEUE_SIZE = 12,
  LEGACY_QUEUE_SELECT = 14,
  LEGACY_QUEUE_NOTIFY = 16,
  LEGACY_STATUS = 18,
  LEGACY_ISR = 19,
  LEGACY_CONFIG_VECTOR = 20,
  LEGACY_QUEUE_VECTOR = 22,
};

enum irq_mode { IRQ_POLL, IRQ_INTX, IRQ_MSIX };

#define MAX_QUEUES 64

struct virtqueue;

struct virtio_device {
  struct pci_function* pci;
  u32 type;                         // VIRTIO_NET ...
  bool legacy;                      // driven through the I/O BAR
  u64 common, notify, isr, config;  // CPU addresses; legacy has only `common` and `config`
  u32 notify_multiplier;
  u64 features;  // negotiated
  enum irq_mode irq;
  struct virtqueue* queue[MAX_QUEUES];
  bool shared_ready;            // the vector shared by the last queues is set up
  volatile u32 config_changes;  // configuration interrupts taken
};

bool virtio_has_modern(const struct pci_function* f);
bool virtio_has_legacy(const struct pci_function* f);
// Virtio type of a function, 0 if it is no virtio device.
u32 virtio_type(const struct pci_function* f);
const char* virtio_type_name(u32 type);

// Maps the registers and resets the device.
void virtio_open(struct virtio_device* d, struct pci_function* f, bool legacy);
// Reset, and wait until the status reads 0. Queues are forgotten.
bool virtio_reset(struct virtio_device* d);
u64 virtio_offered(struct virtio_device* d);
u32 virtio_offered_page(struct virtio_device* d, u32 page);
// Reset, ACKNOWLEDGE, DRIVER, features, FEATURES_OK; sets up interrupts. False if refused.
bool virtio_negotiate(struct virtio_device* d, u64 features, enum irq_mode irq);
void virtio_start(struct virtio_device* d);  // DRIVER_OK
u8 virtio_status(struct virtio_device* d);
void virtio_set_status(struct virtio_device* d, u8 status);
u32 virtio_queue_count(struct virtio_device* d);
u32 virtio_queue_size(struct virtio_device* d, u32 index);

u8 virtio_config8(struct virtio_device* d, u32 at);
u16 virtio_config16(struct virtio_device* d, u32 at);
u32 virtio_config32(struct virtio_device* d, u32 at);
u64 virtio_config64(struct virtio_device* d, u32 at);

// For virtqueue.c.
bool virtio_queue_publish(struct virtio_device* d, struct virtqueue* q);
