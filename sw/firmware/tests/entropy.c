// SPDX-License-Identifier: Apache-2.0
// virtio-entropy (virtio 1.4, 5.4): one queue of writable buffers that come back with random bytes.
#include "lib/modes.h"

#define TIMEOUT MILLISECONDS(2000)

static void count_bits(const u8* data, u32 size, u32* ones) {
  for (u32 i = 0; i < size; i++) *ones += (u32)__builtin_popcount(data[i]);
}

// Reads `size` bytes, however many requests that takes. False on a protocol error.
static bool read_random(struct virtqueue* q, u8* to, u32 size) {
  for (u32 got = 0, length; got < size; got += length) {
    struct buffer parts[2] = {{(u64)to + got, size - got}};
    u32 count = 1;
    if (size - got > 8) {  // two parts, so that chains are tested
      parts[0].length = (size - got) / 2;
      parts[1] = (struct buffer){(u64)to + got + parts[0].length, size - got - parts[0].length};
      count = 2;
    }
    if (!test_check(virtqueue_add(q, parts, 0, count, to), "ring full")) return false;
    virtqueue_kick(q);
    if (!test_check(virtqueue_wait(q, &length, TIMEOUT) == to, "no used buffer after %u bytes",
                    got))
      return false;
    if (!test_check(length && length <= size - got, "used length %u of %u", length, size - got))
      return false;
  }
  return true;
}

static void test_read(struct virtio_device* d, const struct mode* m) {
  if (!mode_begin(d, m, 0, "read")) return;
  struct virtqueue* q = virtqueue_create(d, 0, m->size);
  if (test_check(q, "queue 0 refused")) {
    virtio_start(d);
    u8 *a = arena_alloc(2048, 1), *b = arena_alloc(2048, 1);
    u32 ones = 0;
    if (read_random(q, a, 2048) && read_random(q, b, 2048)) {
      count_bits(a, 2048, &ones);
      count_bits(b, 2048, &ones);
      // 32768 bits: sigma is 90.5, so 14500..18268 is more than 20 sigma wide.
      test_check(ones > 14500 && ones < 18268, "%u of 32768 bits are one", ones);
      test_check(memcmp(a, b, 2048), "the same bytes twice");
      u8* tiny = arena_alloc(64, 1);
      for (u32 size = 1; size < 10; size++) read_random(q, tiny, size);
    }
  }
  mode_end(d);
}

// Many requests in flight: every one is answered once.
static void test_fill(struct virtio_device* d, const struct mode* m) {
  if (!mode_begin(d, m, 0, "fill")) return;
  struct virtqueue* q = virtqueue_create(d, 0, m->size);
  if (test_check(q, "queue 0 refused")) {
    virtio_start(d);
    u8* data = arena_alloc(q->size * 16, 16);
    for (int round = 0; round < 3; round++) {
      u32 sent = 0, length;
      while (virtqueue_add(q, &(struct buffer){(u64)data + 16 * sent, 16}, 0, 1, data + 16 * sent))
        sent++;
      test_check(sent == q->size, "only %u of %u buffers fitted", sent, q->size);
      virtqueue_kick(q);
      for (u32 i = 0; i < sent; i++)
        if (!test_check(virtqueue_wait(q, &length, TIMEOUT), "round %d: %u of %u used", round, i,
                        sent))
          break;
    }
  }
  mode_end(d);
}

static void test(struct virtio_device* d, const struct mode* m) {
  test_read(d, m);
  test_fill(d, m);
}

void test_main(void) {
  for_each_mode(VIRTIO_ENTROPY, test);
}
