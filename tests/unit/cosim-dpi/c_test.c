/* SPDX-License-Identifier: Apache-2.0 */
/* The C interface from C: a hand-made device on a split ring of 8 is judged, every function takes
 * null and nonsense, and findings come field by field. */
#include <stdio.h>
#include <string.h>

#include "vring_ref.h"

static int failures = 0;

#define CHECK(condition)                                             \
  do {                                                               \
    if (!(condition)) {                                              \
      printf("%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
      ++failures;                                                    \
    }                                                                \
  } while (0)

static const uint64_t kDescriptors = 0x1000, kDriver = 0x2000, kDevice = 0x3000;
static const uint64_t kOut = 0x10000, kIn = 0x10080;
enum { kSize = 8 };

/* ---- a device that does what the test says; returns are those of the last call */

static uint64_t now = 0;

static int put(vring_ref* ref, uint64_t offset, uint64_t value, unsigned bytes) {
  return vring_ref_register_write(ref, now += 1000, offset, value, bytes);
}

static int dma(vring_ref* ref, int is_write, uint64_t address, const void* data, uint32_t bytes) {
  vring_ref_access a;
  vring_ref_access_init(&a);
  a.time = now += 1000;
  a.is_write = is_write;
  a.address = address;
  a.bytes = bytes;
  a.data = (const uint8_t*)data;
  return vring_ref_dma(ref, &a);
}

static int read16(vring_ref* ref, uint64_t address, unsigned value) {
  uint8_t data[2];
  data[0] = (uint8_t)value;
  data[1] = (uint8_t)(value >> 8);
  return dma(ref, 0, address, data, 2);
}

static void words(uint8_t* to, const uint32_t* values, int count) {
  int i;
  for (i = 0; i < 4 * count; ++i) to[i] = (uint8_t)(values[i / 4] >> (8 * (i % 4)));
}

static int descriptor(vring_ref* ref, unsigned index, uint64_t address, uint32_t bytes,
                      uint32_t last) {
  uint32_t values[4];
  uint8_t data[16];
  values[0] = (uint32_t)address;
  values[1] = 0;
  values[2] = bytes;
  values[3] = last;
  words(data, values, 4);
  return dma(ref, 0, kDescriptors + 16 * index, data, 16);
}

static int used(vring_ref* ref, unsigned slot, uint32_t id, uint32_t length) {
  uint32_t values[2];
  uint8_t data[8];
  values[0] = id;
  values[1] = length;
  words(data, values, 2);
  return dma(ref, 1, kDevice + 4 + 8 * slot, data, 8);
}

static void bring_up(vring_ref* ref) {
  CHECK(put(ref, 0x14, 0, 1) == 0);
  CHECK(vring_ref_register_read(ref, now, 0x14, 0, 1) == 0);
  CHECK(put(ref, 0x08, 1, 4) == 0);
  CHECK(put(ref, 0x0c, 1, 4) == 0); /* VERSION_1 */
  CHECK(put(ref, 0x16, 0, 2) == 0);
  CHECK(put(ref, 0x18, kSize, 2) == 0);
  CHECK(put(ref, 0x20, kDescriptors, 8) == 0);
  CHECK(put(ref, 0x28, kDriver, 8) == 0);
  CHECK(put(ref, 0x30, kDevice, 8) == 0);
  CHECK(put(ref, 0x1c, 1, 2) == 0);
  CHECK(put(ref, 0x14, 15, 1) == 0);
  CHECK(put(ref, 0x3000, 0, 2) == 0);
}

/* A chain of 16 bytes to read and 32 to write, served: its used element is up to the caller. */
static void serve(vring_ref* ref, unsigned position) {
  uint8_t payload[32];
  memset(payload, 0xab, sizeof payload);
  CHECK(read16(ref, kDriver + 2, position + 1) == 0);
  CHECK(read16(ref, kDriver + 4 + 2 * (position % kSize), 0) == 0);
  CHECK(descriptor(ref, 0, kOut, 16, 1u | 1u << 16) == 0);
  CHECK(descriptor(ref, 1, kIn, 32, 2u) == 0);
  CHECK(dma(ref, 0, kOut, payload, 16) == 0);
  CHECK(dma(ref, 1, kIn, payload, 32) == 0);
}

static void publish(vring_ref* ref, unsigned index) {
  uint8_t data[2];
  data[0] = (uint8_t)index;
  data[1] = 0;
  CHECK(dma(ref, 1, kDevice + 2, data, 2) == 0);
  CHECK(read16(ref, kDriver, 0) == 0); /* avail flags: it wants an interrupt */
  CHECK(vring_ref_interrupt(ref, now, 0) == 0);
}

/* ---- tests */

static void right_device_is_silent(void) {
  vring_ref* ref = NULL;
  vring_ref_counters counters;
  unsigned i;
  CHECK(vring_ref_create(NULL, &ref) == VRING_REF_OK);
  bring_up(ref);
  for (i = 0; i < 20; ++i) {
    serve(ref, i);
    CHECK(used(ref, i % kSize, 0, 32) == 0);
    publish(ref, i + 1);
  }
  CHECK(vring_ref_finish(ref) == 0);
  CHECK(vring_ref_findings(ref) == 0);
  counters.size = sizeof counters;
  CHECK(vring_ref_get_counters(ref, &counters) == VRING_REF_OK);
  CHECK(counters.requests == 20 && counters.used == 20 && counters.findings == 0);
  CHECK(counters.transactions == 12 + 20 * 10);
  CHECK(counters.predicted_bytes == 20 * 10); /* used element and index */
  vring_ref_destroy(ref);
}

static void wrong_device_is_found(void) {
  vring_ref* ref = NULL;
  vring_ref_finding f;
  vring_ref_access a;
  CHECK(vring_ref_create(NULL, &ref) == VRING_REF_OK);
  bring_up(ref);
  serve(ref, 0);
  vring_ref_access_init(&a);
  CHECK(used(ref, 0, 0, 33) == 1);
  CHECK(vring_ref_findings(ref) == 1);
  f.size = sizeof f;
  CHECK(vring_ref_get_finding(ref, 0, &f) == VRING_REF_OK);
  CHECK(strcmp(f.rule, "used-length") == 0 && f.predicted == 0);
  CHECK(strcmp(f.expected, "at most 32 bytes") == 0 && strcmp(f.found, "33") == 0);
  CHECK(f.transaction == 18 && f.time == now && f.queue == 0 && f.request == 0);
  CHECK(strstr(f.text, "used-length: transaction 18 at ") == f.text);
  CHECK(strstr(f.text, ", queue 0, request 0: expected at most 32 bytes, found 33") != NULL);

  /* The failing read of a device that does not know it. */
  publish(ref, 1);
  a.address = kDriver + 2;
  a.bytes = 2;
  a.status = VRING_REF_BUS_ERROR;
  CHECK(vring_ref_dma(ref, &a) == 0);
  CHECK(used(ref, 1, 0, 32) == 1);
  CHECK(vring_ref_get_finding(ref, 1, &f) == VRING_REF_OK);
  CHECK(strcmp(f.rule, "after-error") == 0);
  CHECK(vring_ref_get_finding(ref, 2, &f) == VRING_REF_ERROR_NONE);
  CHECK(vring_ref_clear_findings(ref) == VRING_REF_OK);
  CHECK(vring_ref_findings(ref) == 0);
  CHECK(vring_ref_get_finding(ref, 0, &f) == VRING_REF_ERROR_NONE);
  vring_ref_destroy(ref);
}

static void strobes_count(void) {
  vring_ref* ref = NULL;
  vring_ref_access a;
  uint8_t payload[40], strobes[40];
  CHECK(vring_ref_create(NULL, &ref) == VRING_REF_OK);
  bring_up(ref);
  CHECK(read16(ref, kDriver + 2, 1) == 0);
  CHECK(read16(ref, kDriver + 4, 0) == 0);
  CHECK(descriptor(ref, 0, kIn, 32, 2u) == 0);
  memset(payload, 1, sizeof payload);
  memset(strobes, 0, sizeof strobes);
  memset(strobes + 4, 1, 32);
  vring_ref_access_init(&a);
  a.is_write = 1;
  a.address = kIn - 4;
  a.bytes = 40;
  a.data = payload;
  a.strobes = strobes;
  CHECK(vring_ref_dma(ref, &a) == 0);
  strobes[36] = 1; /* one byte behind the buffer */
  CHECK(vring_ref_dma(ref, &a) == 1);
  vring_ref_destroy(ref);
}

struct expectation {
  int calls;
  uint64_t request;
};

static int inverted(void* user, unsigned queue, uint64_t request, const uint8_t* out,
                    size_t out_bytes, uint64_t offset) {
  struct expectation* e = (struct expectation*)user;
  ++e->calls;
  e->request = request;
  CHECK(queue == 0);
  return offset < out_bytes ? (uint8_t)~out[offset] : -1;
}

static int64_t never_more_than_readable(void* user, unsigned queue, uint64_t request,
                                        uint64_t readable, uint64_t writable) {
  (void)user, (void)queue, (void)request;
  return (int64_t)(readable < writable ? readable : writable);
}

static void payload_is_compared(void) {
  vring_ref* ref = NULL;
  vring_ref_settings settings;
  vring_ref_finding f;
  struct expectation e = {0, 0};
  CHECK(vring_ref_settings_init(&settings) == VRING_REF_OK);
  CHECK(settings.predict == 1 && settings.length_is_written == 1 && settings.looks_when_told == 1);
  settings.payload_byte = inverted;
  settings.used_length = never_more_than_readable;
  settings.user = &e;
  CHECK(vring_ref_create(NULL, &ref) == VRING_REF_OK);
  CHECK(vring_ref_set_queue(ref, 0, &settings) == VRING_REF_OK);
  bring_up(ref);
  CHECK(read16(ref, kDriver + 2, 1) == 0);
  CHECK(read16(ref, kDriver + 4, 0) == 0);
  CHECK(descriptor(ref, 0, kOut, 2, 1u | 1u << 16) == 0);
  CHECK(descriptor(ref, 1, kIn, 32, 2u) == 0);
  CHECK(dma(ref, 0, kOut, "\x01\x02", 2) == 0);
  CHECK(dma(ref, 1, kIn, "\xfe\xfe", 2) == 1);
  CHECK(e.calls == 2 && e.request == 0);
  f.size = sizeof f;
  CHECK(vring_ref_get_finding(ref, 0, &f) == VRING_REF_OK);
  CHECK(strcmp(f.rule, "payload-bytes") == 0 && f.predicted == 1);
  CHECK(strcmp(f.expected, "0xfd at 0x10081") == 0 && strcmp(f.found, "0xfe") == 0);
  CHECK(used(ref, 0, 0, 1) == 1); /* two were due */
  CHECK(vring_ref_get_finding(ref, 1, &f) == VRING_REF_OK);
  CHECK(strcmp(f.rule, "written-length") == 0);
  vring_ref_destroy(ref);
}

static void findings_are_bounded(void) {
  vring_ref* ref = NULL;
  vring_ref_counters counters;
  vring_ref_finding first, last;
  int i;
  CHECK(vring_ref_create(NULL, &ref) == VRING_REF_OK);
  for (i = 0; i < 1000; ++i) CHECK(read16(ref, 0x5000, 0) == 1); /* before DRIVER_OK */
  CHECK(vring_ref_findings(ref) == 64);
  counters.size = sizeof counters;
  CHECK(vring_ref_get_counters(ref, &counters) == VRING_REF_OK && counters.findings == 1000);
  first.size = last.size = sizeof first;
  CHECK(vring_ref_get_finding(ref, 0, &first) == VRING_REF_OK);
  CHECK(vring_ref_get_finding(ref, 63, &last) == VRING_REF_OK);
  CHECK(strstr(first.text, "before-driver-ok: transaction 0 ") == first.text); /* still there */
  CHECK(strstr(last.text, "before-driver-ok: transaction 63 ") == last.text);
  vring_ref_destroy(ref);
}

static void nothing_crashes(void) {
  vring_ref* ref = NULL;
  vring_ref_settings settings;
  vring_ref_access a;
  vring_ref_finding f;
  vring_ref_counters c;
  uint8_t data[8] = {0};
  f.size = sizeof f;
  c.size = sizeof c;
  CHECK(vring_ref_version() >> 16 == VRING_REF_VERSION_MAJOR);
  CHECK(vring_ref_settings_init(NULL) == VRING_REF_ERROR_NULL);
  CHECK(vring_ref_access_init(NULL) == VRING_REF_ERROR_NULL);
  CHECK(vring_ref_create(NULL, NULL) == VRING_REF_ERROR_NULL);
  vring_ref_destroy(NULL);
  vring_ref_settings_init(&settings);
  vring_ref_access_init(&a);
  CHECK(vring_ref_set_queue(NULL, 0, &settings) == VRING_REF_ERROR_NULL);
  CHECK(vring_ref_register_write(NULL, 0, 0, 0, 1) == VRING_REF_ERROR_NULL);
  CHECK(vring_ref_register_read(NULL, 0, 0, 0, 1) == VRING_REF_ERROR_NULL);
  CHECK(vring_ref_dma(NULL, &a) == VRING_REF_ERROR_NULL);
  CHECK(vring_ref_interrupt(NULL, 0, 0) == VRING_REF_ERROR_NULL);
  CHECK(vring_ref_finish(NULL) == VRING_REF_ERROR_NULL);
  CHECK(vring_ref_findings(NULL) == VRING_REF_ERROR_NULL);
  CHECK(vring_ref_get_finding(NULL, 0, &f) == VRING_REF_ERROR_NULL);
  CHECK(vring_ref_clear_findings(NULL) == VRING_REF_ERROR_NULL);
  CHECK(vring_ref_get_counters(NULL, &c) == VRING_REF_ERROR_NULL);

  settings.size = 4;
  CHECK(vring_ref_create(&settings, &ref) == VRING_REF_ERROR_RANGE && ref == NULL);
  CHECK(vring_ref_create(NULL, &ref) == VRING_REF_OK && ref != NULL);
  CHECK(vring_ref_set_queue(ref, 0, NULL) == VRING_REF_ERROR_NULL);
  CHECK(vring_ref_set_queue(ref, 0, &settings) == VRING_REF_ERROR_RANGE);
  vring_ref_settings_init(&settings);
  CHECK(vring_ref_set_queue(ref, VRING_REF_QUEUES, &settings) == VRING_REF_ERROR_RANGE);
  CHECK(vring_ref_register_write(ref, 0, 0, 0, 3) == VRING_REF_ERROR_RANGE);
  CHECK(vring_ref_register_read(ref, 0, 0, 0, 0) == VRING_REF_ERROR_RANGE);
  CHECK(vring_ref_interrupt(ref, 0, 0x10000) == VRING_REF_ERROR_RANGE);
  CHECK(vring_ref_dma(ref, NULL) == VRING_REF_ERROR_NULL);
  CHECK(vring_ref_get_finding(ref, 0, NULL) == VRING_REF_ERROR_NULL);
  CHECK(vring_ref_get_finding(ref, -1, &f) == VRING_REF_ERROR_NONE);
  f.size = 1;
  CHECK(vring_ref_get_finding(ref, 0, &f) == VRING_REF_ERROR_RANGE);
  c.size = 1;
  CHECK(vring_ref_get_counters(ref, &c) == VRING_REF_ERROR_RANGE);
  CHECK(vring_ref_get_counters(ref, NULL) == VRING_REF_ERROR_NULL);

#define REFUSED(field, value, result)        \
  do {                                       \
    vring_ref_access_init(&a);               \
    a.bytes = 8;                             \
    a.data = data;                           \
    a.field = value;                         \
    CHECK(vring_ref_dma(ref, &a) == result); \
  } while (0)
  REFUSED(size, sizeof a - 1, VRING_REF_ERROR_RANGE);
  REFUSED(status, 3, VRING_REF_ERROR_RANGE);
  REFUSED(status, -1, VRING_REF_ERROR_RANGE);
  REFUSED(purpose, 11, VRING_REF_ERROR_RANGE);
  REFUSED(purpose, -1, VRING_REF_ERROR_RANGE);
  REFUSED(device, 0x10000, VRING_REF_ERROR_RANGE);
  REFUSED(queue, 0x10000, VRING_REF_ERROR_RANGE);
  REFUSED(bytes, VRING_REF_MOST_BYTES + 1, VRING_REF_ERROR_RANGE);
  REFUSED(data, NULL, VRING_REF_ERROR_NULL);
  c.size = sizeof c;
  CHECK(vring_ref_get_counters(ref, &c) == VRING_REF_OK && c.transactions == 0);

  /* SystemVerilog's functions have no pointers to be wrong, but a handle. */
  CHECK(vring_ref_sv_data(NULL, 0, 0) == VRING_REF_ERROR_NULL);
  CHECK(vring_ref_sv_dma(NULL, 0, 0, 0, 0, 0, 0, 0, 0, 0) == VRING_REF_ERROR_NULL);
  CHECK(vring_ref_sv_rule(NULL, 0)[0] == 0 && vring_ref_sv_text(NULL, 0)[0] == 0);
  CHECK(vring_ref_sv_field(NULL, 0, 0) == -1 && vring_ref_sv_counter(NULL, 0) == -1);
  CHECK(vring_ref_sv_counter(ref, 5) == -1 && vring_ref_sv_field(ref, 0, 0) == -1);
  CHECK(vring_ref_sv_data(ref, 0, 0xff) == 0);
  CHECK(vring_ref_sv_dma(ref, 0, 1, 0, 0, 0, 0, 0, 1, 8) == VRING_REF_ERROR_RANGE);
  CHECK(vring_ref_sv_dma(ref, 0, 1, 0, 0, 0, 0, 0, -1, 8) == VRING_REF_ERROR_RANGE);
  CHECK(vring_ref_sv_dma(ref, 0, 1, 0, 0, 0, 0, 0, 0, 8) == VRING_REF_ERROR_NULL); /* no data */
  CHECK(vring_ref_sv_interrupt(ref, 0, -1) == VRING_REF_ERROR_RANGE);
  vring_ref_destroy(ref);
  CHECK(strcmp(vring_ref_error_text(0), "no error") == 0);
  CHECK(strcmp(vring_ref_error_text(-99), "an unknown error") == 0);
}

/* Rings of all places and sizes, and accesses to them, by a generator of nonsense. */
static uint64_t seed = 1;
static uint64_t next(void) {
  seed ^= seed << 13;
  seed ^= seed >> 7;
  seed ^= seed << 17;
  return seed;
}

static void nonsense_is_survived(void) {
  static const uint64_t offsets[] = {0x08, 0x0c, 0x14, 0x16, 0x18, 0x1c, 0x20,
                                     0x24, 0x28, 0x2c, 0x30, 0x34, 0x3a, 0x3000};
  static uint8_t data[4096];
  vring_ref* ref = NULL;
  int i;
  unsigned k;
  CHECK(vring_ref_create(NULL, &ref) == VRING_REF_OK);
  for (i = 0; i < 200000; ++i) {
    const uint64_t what = next() % 8;
    if (what == 0) {
      const uint64_t offset = offsets[next() % (sizeof offsets / sizeof offsets[0])];
      uint64_t value = offset == 0x14 ? next() % 16 : next() % 3 ? next() % 64 : next();
      if (offset >= 0x20 && offset < 0x38) value = 0x1000 * (next() % 4);
      CHECK(vring_ref_register_write(ref, next(), offset, value, 1u << next() % 4) >= 0);
    } else if (what == 1) {
      CHECK(vring_ref_register_read(ref, next(), offsets[next() % 14], next() % 64,
                                    1u << next() % 4) >= 0);
    } else if (what == 2) {
      CHECK(vring_ref_interrupt(ref, next(), next() % 2 ? (unsigned)(next() % 65536) : 0) >= 0);
    } else {
      vring_ref_access a;
      vring_ref_access_init(&a);
      a.is_write = (int)(next() % 2);
      a.status = next() % 50 ? 0 : 1;
      a.purpose = (int)(next() % 11);
      a.queue = next() % 2 ? 0 : (uint32_t)(next() % 65536);
      a.request = next() % 2 ? VRING_REF_NO_REQUEST : next() % 8;
      a.address = next() % 20 ? next() % 0x4000 : next();
      a.bytes = (uint32_t)(next() % 3 ? next() % 32 : next() % sizeof data);
      for (k = 0; k < a.bytes; ++k) data[k] = (uint8_t)(next() % 4);
      a.data = data;
      a.strobes = next() % 2 ? data : NULL;
      CHECK(vring_ref_dma(ref, &a) >= 0);
    }
    if (next() % 1000 == 0) CHECK(vring_ref_finish(ref) >= 0);
  }
  vring_ref_destroy(ref);
}

int main(void) {
  right_device_is_silent();
  wrong_device_is_found();
  strobes_count();
  payload_is_compared();
  findings_are_bounded();
  nothing_crashes();
  nonsense_is_survived();
  printf("%d failures\n", failures);
  return failures != 0;
}
