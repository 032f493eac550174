// SPDX-License-Identifier: Apache-2.0
// Split virtqueue layout (virtio 1.4, 2.7), driver side.
#include "virtqueue.h"

struct available {
  u16 flags, index;
  u16 ring[];  // then used_event
};

struct used_element {
  u32 id, length;
};

struct used {
  u16 flags, index;
  struct used_element ring[];  // then avail_event
};

#define NO_INTERRUPT 1u
#define NO_NOTIFY 1u

static struct available* avail(struct virtqueue* q) {
  return q->driver_area;
}
static volatile struct used* used(struct virtqueue* q) {
  return q->device_area;
}

// One block in the order that legacy devices demand: used on the next page boundary.
void split_create(struct virtqueue* q) {
  if (!q->descriptors) {
    u32 descriptors = 16 * q->size, driver = 6 + 2 * q->size;
    u32 used_at = (descriptors + driver + 4095) & ~4095u;
    u8* block = arena_alloc(used_at + 6 + 8 * q->size, 4096);
    q->descriptors = block;
    q->driver_area = block + descriptors;
    q->device_area = block + used_at;
  } else {
    memset(q->driver_area, 0, 6 + 2 * q->size);
    memset(q->device_area, 0, 6 + 8 * q->size);
  }
}

static void put(struct split_descriptor* d, struct buffer part, u16 flags, u16 next) {
  *d = (struct split_descriptor){part.address, part.length, flags, next};
}

void split_add(struct virtqueue* q, const struct buffer* parts, u32 readable, u32 writable, u16 id,
               bool indirect) {
  struct split_descriptor* ring = q->descriptors;
  u32 count = readable + writable;
  u16 after = id;
  if (indirect) {
    struct split_descriptor* table = arena_alloc(16 * count, 16);
    for (u32 i = 0; i < count; i++)
      put(&table[i], parts[i],
          (u16)((i >= readable ? DESC_WRITE : 0) | (i + 1 < count ? DESC_NEXT : 0)), (u16)(i + 1));
    put(&ring[id], (struct buffer){(u64)table, 16 * count}, DESC_INDIRECT, 0);
    after = q->next_free[id];
  } else {
    for (u32 i = 0; i < count; i++) {
      u16 next = q->next_free[after];
      put(&ring[after], parts[i],
          (u16)((i >= readable ? DESC_WRITE : 0) | (i + 1 < count ? DESC_NEXT : 0)), next);
      after = next;
    }
  }
  q->free_head = after;
  avail(q)->ring[q->available % q->size] = id;
  q->available++;
  fence();  // the entry before the index (2.7.13.3)
  *(volatile u16*)&avail(q)->index = q->available;
}

bool split_wants_kick(struct virtqueue* q) {
  u16 from = q->kicked, to = q->available;
  q->kicked = to;
  if (!q->event_idx) return !(used(q)->flags & NO_NOTIFY);
  u16 event = *(volatile u16*)&used(q)->ring[q->size];
  return (u16)(to - event - 1) < (u16)(to - from);
}

u32 split_notify_state(struct virtqueue* q) {
  return q->available;
}

bool split_peek(struct virtqueue* q, u16* id, u32* length) {
  if (used(q)->index == q->used) return false;
  fence();  // the element after the index
  volatile struct used_element* e = &used(q)->ring[q->used % q->size];
  *id = (u16)e->id;
  *length = e->length;
  if (e->id >= q->size) *id = 0xffff;
  return true;
}

void split_advance(struct virtqueue* q, u32 descriptors) {
  (void)descriptors;
  q->used++;
}

void split_interrupt(struct virtqueue* q, bool on) {
  avail(q)->flags = on || q->event_idx ? 0 : NO_INTERRUPT;
  // An event as far behind as can be will not be passed soon.
  if (q->event_idx) *(volatile u16*)&avail(q)->ring[q->size] = (u16)(on ? q->used : q->used - 1);
}
