// SPDX-License-Identifier: Apache-2.0
// virtio-net (virtio 1.4, 5.1) against a user-mode network: a gateway at 10.0.2.2 that answers ARP
// and ICMP echo. Sends and receives frames of all sizes, merged buffers, the control queue.
#include "lib/modes.h"

#define TIMEOUT MILLISECONDS(3000)

#define F_CSUM BIT(0)
#define F_MTU BIT(3)
#define F_MAC BIT(5)
#define F_MRG_RXBUF BIT(15)
#define F_STATUS BIT(16)
#define F_CTRL_VQ BIT(17)
#define F_CTRL_RX BIT(18)
#define F_MQ BIT(22)
#define F_CTRL_MAC_ADDR BIT(23)

#define FRAME 1514
#define RX_BUFFERS 16

struct arp {
  u8 to[6], from[6];
  u8 fixed[10];  // type, hardware, protocol, sizes, operation
  u8 sender_mac[6], sender_ip[4], target_mac[6], target_ip[4];
};

struct echo {
  u8 to[6], from[6], type[2];
  u8 ip[20];
  u8 icmp[8];
  u8 payload[];
};

static struct {
  struct virtio_device* device;
  struct virtqueue *rx, *tx, *control;
  u32 header;       // bytes before the frame
  u32 buffer_size;  // of one receive buffer
  u8 mac[6];
  u8 gateway[6];
} net;

static const u8 my_ip[4] = {10, 0, 2, 15}, gateway_ip[4] = {10, 0, 2, 2};

// ---- frames out and in

static bool give_buffer(u8* data) {
  struct buffer parts[2] = {{(u64)data, net.header},
                            {(u64)data + net.header, net.buffer_size - net.header}};
  // Legacy devices without ANY_LAYOUT want the header apart; modern ones take either.
  if (net.device->legacy) return virtqueue_add(net.rx, parts, 0, 2, data);
  parts[0].length = net.buffer_size;
  return virtqueue_add(net.rx, parts, 0, 1, data);
}

static bool send(const void* frame, u32 size) {
  u8* data = arena_alloc(net.header + size, 16);
  memcpy(data + net.header, frame, size);
  struct buffer parts[3] = {{(u64)data, net.header},
                            {(u64)data + net.header, 14},
                            {(u64)data + net.header + 14, size - 14}};
  while (virtqueue_get(net.tx, 0)) {
  }
  if (!test_check(virtqueue_add(net.tx, parts, 3, 0, data), "transmit ring full")) return false;
  virtqueue_kick(net.tx);
  return true;
}

// Puts the next received frame together; returns its size, 0 on timeout.
static u32 receive(u8* frame, u32 room, u64 ticks) {
  u32 length, size = 0, buffers = 1;
  for (u32 i = 0; i < buffers; i++) {
    u8* data = virtqueue_wait(net.rx, &length, ticks);
    if (!data) return 0;
    u32 skip = i ? 0 : net.header;
    if (!i && net.header == 12 && net.device->features & F_MRG_RXBUF) buffers = *(u16*)(data + 10);
    if (!test_check(length >= skip && length <= net.buffer_size, "used length %u", length))
      return 0;
    u32 part = length - skip;
    if (part > room - size) part = room - size;
    memcpy(frame + size, data + skip, part);
    size += part;
    give_buffer(data);
  }
  virtqueue_kick(net.rx);
  return size;
}

// ---- protocols

static u16 checksum(const u8* data, u32 size) {
  u32 sum = 0;
  for (u32 i = 0; i < size; i += 2) sum += (u32)data[i] << 8 | (i + 1 < size ? data[i + 1] : 0);
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return (u16)~sum;
}

static void put16(u8* at, u16 value) {
  at[0] = (u8)(value >> 8);
  at[1] = (u8)value;
}

static bool find_gateway(void) {
  struct arp ask = {.fixed = {8, 6, 0, 1, 8, 0, 6, 4, 0, 1}};
  memset(ask.to, 0xff, 6);
  memcpy(ask.from, net.mac, 6);
  memcpy(ask.sender_mac, net.mac, 6);
  memcpy(ask.sender_ip, my_ip, 4);
  memcpy(ask.target_ip, gateway_ip, 4);
  static u8 frame[FRAME];
  // Asked more than once: the host may need a moment to set its network up.
  for (u32 tries = 0; tries < 8; tries++) {
    if (!send(&ask, sizeof ask)) return false;
    for (u32 size; (size = receive(frame, sizeof frame, MILLISECONDS(500))) != 0;) {
      const struct arp* reply = (const struct arp*)frame;
      if (size < sizeof *reply || reply->fixed[1] != 6 || reply->fixed[9] != 2) continue;
      memcpy(net.gateway, reply->sender_mac, 6);
      return test_check(!memcmp(reply->sender_ip, gateway_ip, 4), "ARP reply from another");
    }
  }
  return test_check(false, "no ARP reply");
}

static u8 payload_byte(u32 sequence, u32 i) {
  return (u8)(sequence * 37 + i * 11);
}

static bool send_echo(u32 sequence, u32 size) {
  static u8 frame[FRAME];
  struct echo* e = (struct echo*)frame;
  memset(frame, 0, sizeof *e);
  memcpy(e->to, net.gateway, 6);
  memcpy(e->from, net.mac, 6);
  e->type[0] = 8;
  e->ip[0] = 0x45;
  put16(e->ip + 2, (u16)(28 + size));
  e->ip[8] = 64;
  e->ip[9] = 1;
  memcpy(e->ip + 12, my_ip, 4);
  memcpy(e->ip + 16, gateway_ip, 4);
  put16(e->ip + 10, checksum(e->ip, 20));
  e->icmp[0] = 8;
  put16(e->icmp + 4, 0x5256);
  put16(e->icmp + 6, (u16)sequence);
  for (u32 i = 0; i < size; i++) e->payload[i] = payload_byte(sequence, i);
  put16(e->icmp + 2, checksum(e->icmp, 8 + size));
  return send(frame, (u32)sizeof *e + size);
}

// Waits for one echo reply; returns its sequence number, or ~0 on failure.
static u32 receive_echo(const u32* sizes, u32 count) {
  static u8 frame[FRAME];
  for (u32 tries = 0; tries < 64; tries++) {
    u32 size = receive(frame, sizeof frame, TIMEOUT);
    const struct echo* e = (const struct echo*)frame;
    if (!test_check(size, "no echo reply")) return ~0u;
    if (size < sizeof *e || e->type[0] != 8 || e->type[1] || e->ip[9] != 1 || e->icmp[0]) continue;
    u32 sequence = (u32)e->icmp[6] << 8 | e->icmp[7];
    if (!test_check(sequence < count, "echo sequence %u", sequence)) return ~0u;
    u32 length = ((u32)e->ip[2] << 8 | e->ip[3]) - 28;
    if (!test_check(length == sizes[sequence], "echo %u has %u bytes, not %u", sequence, length,
                    sizes[sequence]))
      return ~0u;
    for (u32 i = 0; i < length; i++)
      if (!test_check(e->payload[i] == payload_byte(sequence, i), "echo %u byte %u differs",
                      sequence, i))
        return ~0u;
    return sequence;
  }
  test_check(false, "no echo reply among 64 frames");
  return ~0u;
}

// ---- tests

static bool start(struct virtio_device* d, const struct mode* m, u64 wanted, u32 buffer_size,
                  const char* what) {
  if (!mode_begin(d, m, wanted | F_MAC, what)) return false;
  net.device = d;
  bool merge = d->features & F_MRG_RXBUF;
  net.header = d->legacy && !merge ? 10 : 12;
  net.buffer_size = buffer_size;
  for (u32 i = 0; i < 6; i++) net.mac[i] = virtio_config8(d, i);
  u32 pairs = d->features & F_MQ ? virtio_config16(d, 8) : 1;
  net.rx = virtqueue_create(d, 0, m->size);
  net.tx = virtqueue_create(d, 1, m->size);
  net.control = d->features & F_CTRL_VQ ? virtqueue_create(d, 2 * pairs, m->size) : 0;
  if (!test_check(net.rx && net.tx && (net.control || !(d->features & F_CTRL_VQ)),
                  "a queue was refused")) {
    mode_end(d);
    return false;
  }
  virtio_start(d);
  for (u32 i = 0; i < RX_BUFFERS; i++)
    if (!give_buffer(arena_alloc(buffer_size, 64))) break;
  virtqueue_kick(net.rx);
  return true;
}

static void test_ping(struct virtio_device* d, const struct mode* m) {
  if (!start(d, m, F_STATUS, 12 + FRAME, "ping")) return;
  test_check(!(net.mac[0] & 1) && (net.mac[0] | net.mac[3] | net.mac[5]),
             "the MAC address is %02x:..:%02x", net.mac[0], net.mac[5]);
  if (d->features & F_STATUS) test_check(virtio_config16(d, 6) & 1, "the link is down");
  static const u32 sizes[] = {0, 1, 18, 56, 57, 255, 512, 1000, 1400, 1472};
  enum { COUNT = sizeof sizes / sizeof *sizes };
  bool good = find_gateway();
  for (u32 i = 0; i < COUNT && good; i++)
    good = send_echo(i, sizes[i]) &&
           test_check(receive_echo(sizes, COUNT) == i, "echoes out of order");
  mode_end(d);
}

// Many in flight; every reply once.
static void test_burst(struct virtio_device* d, const struct mode* m) {
  if (m->size) return;  // needs a ring that holds a burst
  if (!start(d, m, 0, 12 + FRAME, "burst")) return;
  enum { COUNT = 12 };
  u32 sizes[COUNT], seen = 0;
  bool good = find_gateway();
  for (u32 i = 0; i < COUNT && good; i++) good = send_echo(i, sizes[i] = 100 * i);
  for (u32 i = 0, n; i < COUNT && good; i++) {
    good = (n = receive_echo(sizes, COUNT)) != ~0u;
    if (good) seen |= 1u << n;
  }
  test_check(!good || seen == (1u << COUNT) - 1, "replies %x of %x", seen, (1u << COUNT) - 1);
  mode_end(d);
}

// Receive buffers smaller than a frame: the device spreads it and says over how many.
static void test_merge(struct virtio_device* d, const struct mode* m) {
  if (!(virtio_offered(d) & F_MRG_RXBUF) || m->size) return;
  if (!start(d, m, F_MRG_RXBUF, 256, "merge")) return;
  static const u32 sizes[] = {10, 200, 300, 1000, 1400};
  bool good = find_gateway();
  for (u32 i = 0; i < 5 && good; i++)
    good = send_echo(i, sizes[i]) && test_check(receive_echo(sizes, 5) == i, "echoes out of order");
  mode_end(d);
}

static u8 command(u8 class, u8 code, const void* data, u32 size) {
  struct {
    u8 head[2], ack;
  }* c = arena_alloc(3, 16);
  u8* copy = arena_alloc(size, 16);
  c->head[0] = class;
  c->head[1] = code;
  c->ack = 0xff;
  memcpy(copy, data, size);
  struct buffer parts[] = {{(u64)c->head, 2}, {(u64)copy, size}, {(u64)&c->ack, 1}};
  if (!test_check(virtqueue_add(net.control, parts, 2, 1, c), "control ring full")) return 0xff;
  virtqueue_kick(net.control);
  test_check(virtqueue_wait(net.control, 0, TIMEOUT) == c, "class %u command %u: not used", class,
             code);
  return c->ack;
}

static void test_control(struct virtio_device* d, const struct mode* m) {
  if (!(virtio_offered(d) & F_CTRL_VQ)) return;
  if (!start(d, m, F_CTRL_VQ | F_CTRL_RX | F_CTRL_MAC_ADDR, 12 + FRAME, "control")) return;
  static const u8 on = 1, off = 0, mac[6] = {0x52, 0x54, 0, 0xaa, 0xbb, 0xcc};
  if (d->features & F_CTRL_RX) {
    for (u8 code = 0; code < 2; code++) {
      test_check(command(0, code, &on, 1) == 0, "receive mode %u on: refused", code);
      test_check(command(0, code, &off, 1) == 0, "receive mode %u off: refused", code);
    }
  }
  test_check(command(0x77, 0, &on, 1) == 1, "an unknown class was accepted");
  if (d->features & F_CTRL_MAC_ADDR) {
    u8 before[6];
    memcpy(before, net.mac, 6);
    test_check(command(1, 1, mac, 6) == 0, "new address refused");
    memcpy(net.mac, mac, 6);
    find_gateway();  // a reply to the new address gets through the filter
    test_check(command(1, 1, before, 6) == 0, "old address refused");
  }
  mode_end(d);
}

static void test(struct virtio_device* d, const struct mode* m) {
  test_ping(d, m);
  test_burst(d, m);
  test_merge(d, m);
  test_control(d, m);
}

void test_main(void) {
  for_each_mode(VIRTIO_NET, test);
}
