// SPDX-License-Identifier: Apache-2.0
// Packed virtqueue layout (virtio 1.4, 2.8), driver side.
#include "virtqueue.h"

struct suppression {
  u16 position;  // descriptor in bits 14:0, wrap counter in bit 15
  u16 flags;
};

enum { EVENTS_ON = 0, EVENTS_OFF = 1, EVENTS_AT_DESCRIPTOR = 2 };

void packed_create(struct virtqueue* q) {
  if (!q->descriptors) {
    q->descriptors = arena_alloc(16 * q->size, 16);
    q->driver_area = arena_alloc(sizeof(struct suppression), 64);
    q->device_area = arena_alloc(sizeof(struct suppression), 64);
  } else {
    memset(q->descriptors, 0, 16 * q->size);
    memset(q->driver_area, 0, sizeof(struct suppression));
    memset(q->device_area, 0, sizeof(struct suppression));
  }
}

static u16 available_flags(bool wrap) {
  return wrap ? DESC_AVAIL : DESC_USED;
}

static void step(struct virtqueue* q, u16* position, bool* wrap, u32 by) {
  u32 next = *position + by;
  if (next >= q->size) {
    next -= q->size;
    *wrap = !*wrap;
  }
  *position = (u16)next;
}

void packed_add(struct virtqueue* q, const struct buffer* parts, u32 readable, u32 writable, u16 id,
                bool indirect) {
  struct packed_descriptor* ring = q->descriptors;
  u32 count = readable + writable;
  struct buffer table_part;
  if (indirect) {
    struct packed_descriptor* table = arena_alloc(16 * count, 16);
    for (u32 i = 0; i < count; i++)
      table[i] = (struct packed_descriptor){parts[i].address, parts[i].length, 0,
                                            i >= readable ? DESC_WRITE : 0};
    table_part = (struct buffer){(u64)table, 16 * count};
    parts = &table_part;
    count = 1;
  }
  u16 head = q->available, head_flags = 0;
  for (u32 i = 0; i < count; i++) {
    u16 flags = available_flags(q->available_wrap);
    flags |= indirect ? DESC_INDIRECT : i >= readable ? DESC_WRITE : 0;
    if (i + 1 < count) flags |= DESC_NEXT;
    struct packed_descriptor* d = &ring[q->available];
    d->address = parts[i].address;
    d->length = parts[i].length;
    d->id = id;
    if (i)
      d->flags = flags;
    else
      head_flags = flags;
    step(q, &q->available, &q->available_wrap, 1);
  }
  q->free_head = q->in_order ? (u16)((id + 1) % q->size) : q->next_free[id];
  q->pending += count;
  fence();  // the first descriptor's flags make the whole list available (2.8.19.3)
  *(volatile u16*)&ring[head].flags = head_flags;
}

bool packed_wants_kick(struct virtqueue* q) {
  volatile struct suppression* device = q->device_area;
  u32 pending = q->pending;
  q->pending = 0;
  u16 flags = device->flags & 3;
  if (flags != EVENTS_AT_DESCRIPTOR) return flags == EVENTS_ON;
  u16 position = device->position & 0x7fff;
  bool wrap = device->position >> 15;
  // Distance from the wanted descriptor to the present end; it was passed just now if that is at
  // most what was added.
  u32 end = q->available + (wrap != q->available_wrap ? q->size : 0);
  u32 distance = end - position;
  return distance >= 1 && distance <= pending;
}

u32 packed_notify_state(struct virtqueue* q) {
  return q->available | (q->available_wrap ? 0x8000u : 0);
}

bool packed_peek(struct virtqueue* q, u16* id, u32* length) {
  volatile struct packed_descriptor* d = (struct packed_descriptor*)q->descriptors + q->used;
  u16 flags = d->flags;
  bool available = flags & DESC_AVAIL, used = flags & DESC_USED;
  if (available != used || used != q->used_wrap) return false;
  fence();  // the rest after the flags
  *id = d->id;
  *length = d->length;
  return true;
}

void packed_advance(struct virtqueue* q, u32 descriptors) {
  step(q, &q->used, &q->used_wrap, descriptors);
}

void packed_interrupt(struct virtqueue* q, bool on) {
  volatile struct suppression* driver = q->driver_area;
  if (!on) {
    driver->flags = EVENTS_OFF;
  } else if (q->event_idx) {
    driver->position = (u16)(q->used | (q->used_wrap ? 0x8000u : 0));
    fence();
    driver->flags = EVENTS_AT_DESCRIPTOR;
  } else {
    driver->flags = EVENTS_ON;
  }
}
