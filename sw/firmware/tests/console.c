// SPDX-License-Identifier: Apache-2.0
// virtio-console (virtio 1.4, 5.3) against a peer that sends back every byte: port 0 alone, then
// all ports through the control queues. Ports beyond 0 must echo too.
#include "lib/modes.h"

#define TIMEOUT MILLISECONDS(10000)

#define F_SIZE BIT(0)
#define F_MULTIPORT BIT(1)
#define F_EMERG_WRITE BIT(2)

enum {
  DEVICE_READY = 0,
  PORT_ADD = 1,
  PORT_REMOVE = 2,
  PORT_READY = 3,
  CONSOLE_PORT = 4,
  RESIZE = 5,
  PORT_OPEN = 6,
  PORT_NAME = 7,
};

struct control {
  u32 port;
  u16 event, value;
};

struct port {
  struct virtqueue *in, *out;
};

#define BUFFER 64

static bool give_buffer(struct virtqueue* q, u8* data, u32 size) {
  return virtqueue_add(q, &(struct buffer){(u64)data, size}, 0, 1, data);
}

static bool open_port(struct virtio_device* d, const struct mode* m, u32 index, struct port* p) {
  u32 first = index ? 2 * index + 2 : 0;
  p->in = virtqueue_create(d, first, m->size);
  p->out = virtqueue_create(d, first + 1, m->size);
  return test_check(p->in && p->out, "the queues of port %u were refused", index);
}

static void fill_port(struct port* p) {
  for (int i = 0; i < 4; i++)
    if (!give_buffer(p->in, arena_alloc(BUFFER, 64), BUFFER)) break;
  virtqueue_kick(p->in);
}

static bool send(struct virtqueue* q, const void* data, u32 size) {
  if (!test_check(virtqueue_add(q, &(struct buffer){(u64)data, size}, 1, 0, (void*)data),
                  "transmit ring full"))
    return false;
  virtqueue_kick(q);
  return test_check(virtqueue_wait(q, 0, TIMEOUT) == data, "a sent buffer did not come back");
}

// Reads until `size` bytes are there, and compares them.
static bool expect(struct port* p, const u8* wanted, u32 size) {
  for (u32 got = 0, length; got < size; got += length) {
    u8* data = virtqueue_wait(p->in, &length, TIMEOUT);
    if (!test_check(data, "%u of %u bytes came back", got, size)) return false;
    if (!test_check(length && length <= BUFFER && length <= size - got, "used length %u", length))
      return false;
    if (!test_check(!memcmp(data, wanted + got, length), "bytes from %u on differ", got))
      return false;
    give_buffer(p->in, data, BUFFER);
    virtqueue_kick(p->in);
  }
  return true;
}

static bool echo(struct port* p, u32 seed) {
  static const u32 sizes[] = {1, 3, 64, 65, 200, 1000};
  for (u32 i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    u8* data = arena_alloc(sizes[i], 16);
    for (u32 n = 0; n < sizes[i]; n++) data[n] = (u8)('!' + (seed + n * 7 + i) % 90);
    if (!send(p->out, data, sizes[i]) || !expect(p, data, sizes[i])) return false;
  }
  return true;
}

// The host may need a moment to connect its end, and drops what comes before. Once is enough.
static void settle(struct port* p) {
  static bool settled;
  u32 length, sent = 0;
  while (!settled && sent < 50) {
    send(p->out, "?", 1);
    sent++;
    u8* data = virtqueue_wait(p->in, &length, MILLISECONDS(200));
    settled = data != 0;
    for (; data; data = virtqueue_wait(p->in, &length, MILLISECONDS(50))) {
      give_buffer(p->in, data, BUFFER);
      virtqueue_kick(p->in);
    }
  }
}

static void test_single(struct virtio_device* d, const struct mode* m) {
  if (!mode_begin(d, m, F_SIZE | F_EMERG_WRITE, "port0")) return;
  struct port p;
  if (open_port(d, m, 0, &p)) {
    virtio_start(d);
    fill_port(&p);
    settle(&p);
    bool good = echo(&p, 1);
    if (good && d->features & F_SIZE)
      test_check(!virtio_config16(d, 0) == !virtio_config16(d, 2),
                 "only one of columns and rows is known");
    if (good && d->features & F_EMERG_WRITE) {
      static const u8 mark[] = "E";
      write32(d->config + 8, mark[0]);
      expect(&p, mark, 1);
    }
  }
  mode_end(d);
}

static struct virtqueue *control_in, *control_out;

static bool say(u32 port, u16 event, u16 value) {
  struct control* c = arena_alloc(sizeof *c, 16);
  *c = (struct control){port, event, value};
  return send(control_out, c, sizeof *c);
}

// The next control message; the text after it goes to `text`.
static bool hear(struct control* c, char* text, u32 room) {
  u32 length;
  u8* data = virtqueue_wait(control_in, &length, TIMEOUT);
  if (!test_check(data, "no control message")) return false;
  if (!test_check(length >= sizeof *c && length <= BUFFER, "control message of %u bytes", length))
    return false;
  memcpy(c, data, sizeof *c);
  u32 extra = length - (u32)sizeof *c;
  if (extra >= room) extra = room - 1;
  memcpy(text, data + sizeof *c, extra);
  text[extra] = 0;
  give_buffer(control_in, data, BUFFER);
  virtqueue_kick(control_in);
  return true;
}

#define PORTS 8

// Device ready -> each port is added; ready of each -> it says what it is and whether it is open.
static u32 meet_ports(u32 most) {
  u32 opened = 0, added = 0;
  struct control c;
  char name[BUFFER];
  if (!say(0, DEVICE_READY, 1)) return 0;
  for (u32 messages = 0; messages < 64; messages++) {
    if (added && opened == added) break;
    if (!hear(&c, name, sizeof name)) return 0;
    if (!test_check(c.port < most, "message about port %u of %u", c.port, most)) return 0;
    u32 bit = 1u << c.port;
    if (c.event == PORT_ADD) {
      added |= bit;
      if (!say(c.port, PORT_READY, 1)) return 0;
    } else if (c.event == CONSOLE_PORT || c.event == PORT_OPEN) {
      if (!(opened & bit) && !say(c.port, PORT_OPEN, 1)) return 0;
      opened |= bit;
    } else if (c.event == PORT_NAME) {
      test_check(name[0] > ' ', "port %u has an empty name", c.port);
    }
  }
  return opened;
}

static void test_ports(struct virtio_device* d, const struct mode* m) {
  if (!(virtio_offered(d) & F_MULTIPORT)) return;
  if (!mode_begin(d, m, F_MULTIPORT, "ports")) return;
  u32 most = virtio_config32(d, 4);
  if (most > PORTS) most = PORTS;
  static struct port ports[PORTS];
  bool good = test_check(most > 0, "max_nr_ports is 0");
  for (u32 i = 0; good && i < most; i++) {
    if (!virtio_queue_size(d, i ? 2 * i + 2 : 0))
      most = i;
    else
      good = open_port(d, m, i, &ports[i]);
  }
  control_in = virtqueue_create(d, 2, m->size);
  control_out = virtqueue_create(d, 3, m->size);
  if (good && test_check(control_in && control_out, "the control queues were refused")) {
    virtio_start(d);
    for (u32 i = 0; i < most; i++) fill_port(&ports[i]);
    for (u32 i = 0; i < 16; i++)
      if (!give_buffer(control_in, arena_alloc(BUFFER, 64), BUFFER)) break;
    virtqueue_kick(control_in);
    u32 met = meet_ports(most);
    test_check(met, "no port was announced");
    for (u32 i = 0; i < most; i++)
      if (met >> i & 1) echo(&ports[i], 100 + i);
  }
  mode_end(d);
}

static void test(struct virtio_device* d, const struct mode* m) {
  test_single(d, m);
  test_ports(d, m);
}

void test_main(void) {
  for_each_mode(VIRTIO_CONSOLE, test);
}
