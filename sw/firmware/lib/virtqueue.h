// SPDX-License-Identifier: Apache-2.0
// Driver side of a virtqueue: split (virtio 1.4, 2.7) and packed (2.8), with indirect descriptors,
// event index and in-order use. The caller sees buffers, not layouts.
#pragma once

#include "virtio.h"

struct buffer {
  u64 address;
  u32 length;
};

struct split_descriptor {
  u64 address;
  u32 length;
  u16 flags, next;
};

struct packed_descriptor {
  u64 address;
  u32 length;
  u16 id, flags;
};

#define DESC_NEXT 1u
#define DESC_WRITE 2u
#define DESC_INDIRECT 4u
#define DESC_AVAIL (1u << 7)
#define DESC_USED (1u << 15)

struct virtqueue {
  struct virtio_device* device;
  u32 index, size;
  bool packed, indirect, event_idx, in_order;
  u64 doorbell;
  u16 notify_data;  // what a doorbell write names the queue by

  // Areas as the device knows them: descriptors, driver (avail), device (used).
  void *descriptors, *driver_area, *device_area;

  // Per buffer id: what the caller gave, and how many descriptors it holds in the ring.
  void** token;
  u16* held;
  u32* writable;
  u16* next_free;  // list of free descriptors (split) or ids (packed)
  u16 free_head;
  u32 free_count;  // free descriptors
  u16* order;      // ids in the order they were made available, for in-order
  u32 order_head, order_tail;
  bool in_batch;
  u16 batch_last;
  u32 batch_length;

  u16 available;  // split: free-running avail index; packed: ring position
  u16 used;       // split: free-running; packed: ring position
  bool available_wrap, used_wrap;
  u16 kicked;   // split: avail index at the last look at the device's wish; packed: see pending
  u32 pending;  // packed: descriptors made available since then

  volatile u32 interrupts;  // taken, since the start
  u32 kicks, kicks_saved;
};

// Make a queue of at most `size` entries (0: what the device has) and give it to the device.
// Null if the queue does not exist or the device refused.
struct virtqueue* virtqueue_create(struct virtio_device* d, u32 index, u32 size);
// Ring reset (2.6.1), then enable it again with empty rings.
bool virtqueue_reset(struct virtqueue* q);

// Make a buffer of `readable` then `writable` parts available. False if it does not fit now.
bool virtqueue_add(struct virtqueue* q, const struct buffer* parts, u32 readable, u32 writable,
                   void* token);
// Notify the device if it wants to be.
void virtqueue_kick(struct virtqueue* q);
// Next used buffer's token, or null. `length` is what the device wrote.
void* virtqueue_get(struct virtqueue* q, u32* length);
// Wait for a used buffer: by interrupt or by polling, as negotiated.
void* virtqueue_wait(struct virtqueue* q, u32* length, u64 ticks);
// Ask the device not to interrupt. virtqueue_wait asks for interrupts again.
void virtqueue_quiet(struct virtqueue* q);

// The two layouts (split.c, packed.c).
void split_create(struct virtqueue* q);
void split_add(struct virtqueue* q, const struct buffer* parts, u32 readable, u32 writable, u16 id,
               bool indirect);
bool split_wants_kick(struct virtqueue* q);
u32 split_notify_state(struct virtqueue* q);
bool split_peek(struct virtqueue* q, u16* id, u32* length);
void split_advance(struct virtqueue* q, u32 descriptors);
void split_interrupt(struct virtqueue* q, bool on);
void packed_create(struct virtqueue* q);
void packed_add(struct virtqueue* q, const struct buffer* parts, u32 readable, u32 writable, u16 id,
                bool indirect);
bool packed_wants_kick(struct virtqueue* q);
u32 packed_notify_state(struct virtqueue* q);
bool packed_peek(struct virtqueue* q, u16* id, u32* length);
void packed_advance(struct virtqueue* q, u32 descriptors);
void packed_interrupt(struct virtqueue* q, bool on);
