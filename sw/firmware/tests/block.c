// SPDX-License-Identifier: Apache-2.0
// virtio-blk (virtio 1.4, 5.2). Overwrites the disk, which must hold at least 1 MiB.
#include "lib/modes.h"

#define TIMEOUT MILLISECONDS(5000)
#define SECTOR 512u

enum { T_IN = 0, T_OUT = 1, T_FLUSH = 4, T_GET_ID = 8, T_DISCARD = 11, T_WRITE_ZEROES = 13 };
enum { S_OK = 0, S_IOERR = 1, S_UNSUPP = 2 };

#define F_RO BIT(5)
#define F_BLK_SIZE BIT(6)
#define F_FLUSH BIT(9)
#define F_MQ BIT(12)
#define F_DISCARD BIT(13)
#define F_WRITE_ZEROES BIT(14)
#define WANTED (F_RO | F_BLK_SIZE | F_FLUSH | F_MQ | F_DISCARD | F_WRITE_ZEROES)

struct request {
  struct {
    u32 type, reserved;
    u64 sector;
  } header;
  u8 status;
};

struct range {
  u64 sector;
  u32 sectors, flags;
};

static u32 random_state = 1;
static u32 random(void) {
  return random_state = random_state * 1664525 + 1013904223;
}

static struct request* new_request(u32 type, u64 sector) {
  struct request* r = arena_alloc(sizeof *r, 16);
  r->header.type = type;
  r->header.sector = sector;
  r->status = 0xff;
  return r;
}

// Makes a request with its data in `pieces` parts available.
static bool submit(struct virtqueue* q, struct request* r, void* data, u32 size, u32 pieces,
                   bool to_driver) {
  struct buffer parts[16] = {{(u64)&r->header, sizeof r->header}};
  u32 n = 1, at = 0;
  for (u32 i = 0; i < pieces && size; i++) {
    u32 length = i + 1 == pieces ? size - at : (size / pieces) & ~3u;
    if (length) parts[n++] = (struct buffer){(u64)data + at, length};
    at += length;
  }
  parts[n++] = (struct buffer){(u64)&r->status, 1};
  u32 writable = to_driver ? n - 1 : 1;
  return virtqueue_add(q, parts, n - writable, writable, r);
}

// One request from start to end; returns its status, 0xff if it never came back.
static u8 transfer(struct virtqueue* q, u32 type, u64 sector, void* data, u32 size, u32 pieces) {
  struct request* r = new_request(type, sector);
  bool to_driver = type == T_IN || type == T_GET_ID;
  u32 length;
  if (!test_check(submit(q, r, data, size, pieces, to_driver), "ring full")) return 0xff;
  virtqueue_kick(q);
  if (!test_check(virtqueue_wait(q, &length, TIMEOUT) == r, "type %u sector %lu: not used", type,
                  sector))
    return 0xff;
  u32 expected = to_driver && r->status == S_OK ? size + 1 : 1;
  test_check(length == expected || r->status != S_OK, "type %u size %u: used length %u", type, size,
             length);
  return r->status;
}

static void expect(struct virtqueue* q, u32 type, u64 sector, void* data, u32 size, u32 pieces,
                   u8 status) {
  u8 got = transfer(q, type, sector, data, size, pieces);
  test_check(got == status, "type %u sector %lu size %u: status %u, not %u", type, sector, size,
             got, status);
}

static struct virtqueue* start(struct virtio_device* d, const struct mode* m, u64 wanted,
                               const char* what) {
  if (!mode_begin(d, m, wanted, what)) return 0;
  struct virtqueue* q = virtqueue_create(d, 0, m->size);
  if (!test_check(q, "queue 0 refused")) {
    mode_end(d);
    return 0;
  }
  virtio_start(d);
  return q;
}

static void fill_random(u8* data, u32 size) {
  for (u32 i = 0; i < size; i += 4) *(u32*)(data + i) = random();
}

// Writes of many sizes and shapes, read back in another shape.
static void test_data(struct virtio_device* d, const struct mode* m) {
  struct virtqueue* q = start(d, m, WANTED & ~F_MQ, "data");
  if (!q) return;
  u64 capacity = virtio_config64(d, 0);
  test_check(capacity >= 2048, "capacity is only %lu sectors", capacity);
  u32 most = q->size < 6 && !q->indirect ? q->size - 2 : 6;  // parts that fit in the ring
  u8 *out = arena_alloc(65536, 4096), *in = arena_alloc(65536, 4096);
  for (u32 round = 0; round < 12; round++) {
    u32 sectors = round < 4 ? 1 + round : 1 + random() % 64;
    u64 sector = round == 11 ? capacity - sectors : random() % (2048 - sectors);
    fill_random(out, sectors * SECTOR);
    memset(in, 0, sectors * SECTOR);
    expect(q, T_OUT, sector, out, sectors * SECTOR, 1 + round % most, S_OK);
    expect(q, T_IN, sector, in, sectors * SECTOR, 1 + (round + 2) % most, S_OK);
    test_check(!memcmp(in, out, sectors * SECTOR), "sector %lu +%u: read is not what was written",
               sector, sectors);
  }
  if (d->features & F_FLUSH) expect(q, T_FLUSH, 0, 0, 0, 0, S_OK);
  mode_end(d);
}

static void test_errors(struct virtio_device* d, const struct mode* m) {
  struct virtqueue* q = start(d, m, WANTED & ~F_MQ, "errors");
  if (!q) return;
  u64 capacity = virtio_config64(d, 0);
  u8* data = arena_alloc(4096, 16);
  expect(q, T_IN, capacity, data, SECTOR, 1, S_IOERR);
  expect(q, T_OUT, capacity - 1, data, 2 * SECTOR, 1, S_IOERR);
  expect(q, T_IN, ~0ul, data, SECTOR, 1, S_IOERR);
  expect(q, 0x4711, 0, data, SECTOR, 1, S_UNSUPP);
  expect(q, T_IN, 0, data, SECTOR, 1, S_OK);  // it goes on after errors
  mode_end(d);
}

static void test_id(struct virtio_device* d, const struct mode* m) {
  struct virtqueue* q = start(d, m, WANTED & ~F_MQ, "id");
  if (!q) return;
  char id[21] = "";
  expect(q, T_GET_ID, 0, id, 20, 1, S_OK);
  for (int i = 0; id[i]; i++)
    test_check(id[i] >= ' ' && id[i] < 127, "id byte %d is %u", i, (u8)id[i]);
  mode_end(d);
}

static void test_zeroes(struct virtio_device* d, const struct mode* m) {
  struct virtqueue* q = start(d, m, WANTED & ~F_MQ, "zeroes");
  if (!q) return;
  struct range* range = arena_alloc(sizeof *range, 16);
  u8 *out = arena_alloc(16 * SECTOR, 16), *in = arena_alloc(16 * SECTOR, 16);
  fill_random(out, 16 * SECTOR);
  if (!(d->features & (F_WRITE_ZEROES | F_DISCARD)))
    expect(q, T_WRITE_ZEROES, 0, range, 16, 1, S_UNSUPP);
  if (d->features & F_WRITE_ZEROES) {
    expect(q, T_OUT, 64, out, 16 * SECTOR, 1, S_OK);
    *range = (struct range){.sector = 68, .sectors = 8};
    expect(q, T_WRITE_ZEROES, 0, range, sizeof *range, 1, S_OK);
    memset(out + 4 * SECTOR, 0, 8 * SECTOR);
    expect(q, T_IN, 64, in, 16 * SECTOR, 1, S_OK);
    test_check(!memcmp(in, out, 16 * SECTOR), "zeroed range is wrong");
    range->sector = virtio_config64(d, 0) - 4;
    expect(q, T_WRITE_ZEROES, 0, range, sizeof *range, 1, S_IOERR);
  }
  if (d->features & F_DISCARD) {
    *range = (struct range){.sector = 80, .sectors = 8};
    expect(q, T_DISCARD, 0, range, sizeof *range, 1, S_OK);
    expect(q, T_IN, 64, in, 16 * SECTOR, 1, S_OK);  // its neighbours stay
    test_check(!memcmp(in, out, 16 * SECTOR), "discard touched its neighbours");
  }
  mode_end(d);
}

// As many requests at once as fit, on every queue; each comes back once and with its own data.
static void test_depth(struct virtio_device* d, const struct mode* m) {
  if (!mode_begin(d, m, WANTED, "depth")) return;
  u32 queues = d->features & F_MQ ? virtio_config16(d, 34) : 1;
  if (queues > 8) queues = 8;
  struct virtqueue* q[8];
  for (u32 i = 0; i < queues; i++)
    if (!test_check((q[i] = virtqueue_create(d, i, m->size)) != 0, "queue %u refused", i))
      queues = i;
  virtio_start(d);
  enum { PER_QUEUE = 32 };
  u8* data = arena_alloc(queues * PER_QUEUE * SECTOR, 16);
  fill_random(data, queues * PER_QUEUE * SECTOR);
  u8* copy = arena_alloc(queues * PER_QUEUE * SECTOR, 16);
  memcpy(copy, data, queues * PER_QUEUE * SECTOR);
  for (u32 pass = 0; pass < 2; pass++) {  // write all, then read all
    u32 sent[8] = {0};
    for (u32 i = 0; i < queues; i++) {
      for (u32 n = 0; n < PER_QUEUE; n++) {
        u32 index = i * PER_QUEUE + n;
        if (!submit(q[i], new_request(pass ? T_IN : T_OUT, index), data + index * SECTOR, SECTOR, 1,
                    pass))
          break;
        sent[i]++;
      }
      virtqueue_kick(q[i]);
    }
    for (u32 i = 0; i < queues; i++) {
      for (u32 n = 0; n < sent[i]; n++) {
        struct request* r = virtqueue_wait(q[i], 0, TIMEOUT);
        if (!test_check(r, "queue %u: %u of %u used", i, n, sent[i])) break;
        test_check(r->status == S_OK, "queue %u: status %u", i, r->status);
      }
    }
    if (!pass) {
      for (u32 i = 0; i < queues; i++) memset(data + i * PER_QUEUE * SECTOR, 0, sent[i] * SECTOR);
    }
  }
  test_check(!memcmp(data, copy, queues * PER_QUEUE * SECTOR),
             "what was read is not what was written");
  mode_end(d);
}

static void test_ring_reset(struct virtio_device* d, const struct mode* m) {
  if (!(m->features & F_RING_RESET)) return;
  struct virtqueue* q = start(d, m, WANTED & ~F_MQ, "ring-reset");
  if (!q) return;
  u8 *out = arena_alloc(SECTOR, 16), *in = arena_alloc(SECTOR, 16);
  fill_random(out, SECTOR);
  expect(q, T_OUT, 7, out, SECTOR, 1, S_OK);
  if (test_check(virtqueue_reset(q), "the queue does not come back"))
    expect(q, T_IN, 7, in, SECTOR, 1, S_OK);
  test_check(!memcmp(in, out, SECTOR), "read is not what was written");
  mode_end(d);
}

static void test_read_only(struct virtio_device* d, const struct mode* m) {
  struct virtqueue* q = start(d, m, WANTED & ~F_MQ, "read-only");
  if (!q) return;
  u8* data = arena_alloc(SECTOR, 16);
  expect(q, T_OUT, 0, data, SECTOR, 1, S_IOERR);
  expect(q, T_IN, 0, data, SECTOR, 1, S_OK);
  mode_end(d);
}

static void test(struct virtio_device* d, const struct mode* m) {
  if (virtio_offered(d) & F_RO) {
    test_read_only(d, m);
    return;
  }
  test_data(d, m);
  test_errors(d, m);
  test_id(d, m);
  test_zeroes(d, m);
  test_depth(d, m);
  test_ring_reset(d, m);
}

void test_main(void) {
  for_each_mode(VIRTIO_BLOCK, test);
}
