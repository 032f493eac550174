// SPDX-License-Identifier: Apache-2.0
// What both ring layouts share: buffer ids, kicks, in-order batches, waiting.
#include "virtqueue.h"

static void reset_state(struct virtqueue* q) {
  for (u32 i = 0; i < q->size; i++) q->next_free[i] = (u16)((i + 1) % q->size);
  q->free_head = 0;
  q->free_count = q->size;
  q->order_head = q->order_tail = 0;
  q->in_batch = false;
  q->available = q->used = q->kicked = 0;
  q->available_wrap = q->used_wrap = true;
  q->pending = 0;
}

struct virtqueue* virtqueue_create(struct virtio_device* d, u32 index, u32 size) {
  u32 offered = virtio_queue_size(d, index);
  if (!offered || index >= MAX_QUEUES) return 0;
  struct virtqueue* q = arena_alloc(sizeof *q, 64);
  q->device = d;
  q->index = index;
  q->size = !d->legacy && size && size < offered ? size : offered;  // legacy cannot choose
  q->packed = d->features & F_PACKED;
  q->indirect = d->features & F_INDIRECT;
  q->event_idx = d->features & F_EVENT_IDX;
  q->in_order = d->features & F_IN_ORDER;
  q->token = arena_alloc(q->size * sizeof *q->token, 8);
  q->held = arena_alloc(q->size * sizeof *q->held, 8);
  q->writable = arena_alloc(q->size * sizeof *q->writable, 8);
  q->next_free = arena_alloc(q->size * sizeof *q->next_free, 8);
  q->order = arena_alloc(q->size * sizeof *q->order, 8);
  reset_state(q);
  q->packed ? packed_create(q) : split_create(q);
  virtqueue_quiet(q);
  return virtio_queue_publish(d, q) ? q : 0;
}

bool virtqueue_reset(struct virtqueue* q) {
  struct virtio_device* d = q->device;
  write16(d->common + COMMON_QUEUE_SELECT, (u16)q->index);
  write16(d->common + COMMON_QUEUE_RESET, 1);
  u64 deadline = now() + MILLISECONDS(1000);
  while (read16(d->common + COMMON_QUEUE_RESET))
    if (now() > deadline) return false;
  if (read16(d->common + COMMON_QUEUE_ENABLE)) return false;
  reset_state(q);
  q->packed ? packed_create(q) : split_create(q);
  virtqueue_quiet(q);
  return virtio_queue_publish(d, q);
}

bool virtqueue_add(struct virtqueue* q, const struct buffer* parts, u32 readable, u32 writable,
                   void* token) {
  u32 count = readable + writable;
  bool indirect = q->indirect && count > 1;
  u32 needed = indirect ? 1 : count;
  if (needed > q->free_count || !count) return false;
  u16 id = q->free_head;
  q->token[id] = token;
  q->held[id] = (u16)needed;
  q->writable[id] = 0;
  for (u32 i = readable; i < count; i++) q->writable[id] += parts[i].length;
  q->free_count -= needed;
  q->order[q->order_head++ % q->size] = id;
  if (q->packed)
    packed_add(q, parts, readable, writable, id, indirect);
  else
    split_add(q, parts, readable, writable, id, indirect);
  return true;
}

void virtqueue_kick(struct virtqueue* q) {
  fence();
  if (!(q->packed ? packed_wants_kick(q) : split_wants_kick(q))) {
    q->kicks_saved++;
    return;
  }
  q->kicks++;
  if (q->device->features & F_NOTIFICATION_DATA)
    write32(q->doorbell,
            q->notify_data | (q->packed ? packed_notify_state(q) : split_notify_state(q)) << 16);
  else
    write16(q->doorbell, q->notify_data);
}

// With in-order use the device may name only the last buffer of a batch; those before it are used
// too, and completely (2.7.9, 2.8.9). The one used element stands where the batch began.
void* virtqueue_get(struct virtqueue* q, u32* length) {
  if (!q->in_batch) {
    u16 id;
    u32 written;
    if (!(q->packed ? packed_peek(q, &id, &written) : split_peek(q, &id, &written))) return 0;
    if (id >= q->size || !q->token[id]) {
      print("FAIL virtqueue %u: used buffer %u was never made available\n", q->index, id);
      finish();
    }
    q->in_batch = true;
    q->batch_last = id;
    q->batch_length = written;
  }
  u16 id = q->in_order ? q->order[q->order_tail % q->size] : q->batch_last;
  q->order_tail++;
  bool last = id == q->batch_last;
  if (length) *length = last ? q->batch_length : q->writable[id];
  q->in_batch = !last;
  void* token = q->token[id];
  q->token[id] = 0;
  u32 held = q->held[id];
  q->packed ? packed_advance(q, held) : split_advance(q, held);
  q->free_count += held;
  if (!q->in_order) {
    // Split: the chain's own links are still in next_free; give it back whole.
    u16 tail = id;
    for (u32 i = 1; !q->packed && i < held; i++) tail = q->next_free[tail];
    q->next_free[tail] = q->free_head;
    q->free_head = id;
  }
  return token;
}

static void set_interrupt(struct virtqueue* q, bool on) {
  q->packed ? packed_interrupt(q, on) : split_interrupt(q, on);
  fence();
}

void virtqueue_quiet(struct virtqueue* q) {
  set_interrupt(q, false);
}

void* virtqueue_wait(struct virtqueue* q, u32* length, u64 ticks) {
  u64 deadline = now() + ticks;
  while (now() <= deadline) {
    q->interrupts = 0;
    if (q->device->irq != IRQ_POLL) set_interrupt(q, true);
    void* token = virtqueue_get(q, length);
    if (token) return token;
    if (q->device->irq == IRQ_POLL) continue;
    // Used without an interrupt would be a lost one: do not look again after a timeout.
    if (!wait_for(&q->interrupts, ticks)) return 0;
  }
  return 0;
}
