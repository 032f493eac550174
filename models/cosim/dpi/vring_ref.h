/* SPDX-License-Identifier: Apache-2.0 */
/* The rules and the reference of virtqueues (models/cosim/check) for anything that can call C: a
 * test bench in another simulator, a verification library, a script. Plain C, no SystemC.
 *
 * A bench creates one reference per virtio device, tells it of each register access, DMA access and
 * interrupt at the device's border, in the order of their effects, and looks at what it found:
 *
 *   vring_ref* ref;
 *   if (vring_ref_create(NULL, &ref) != VRING_REF_OK) ...
 *   vring_ref_register_write(ref, time, 0x14, 0, 1);                  device_status = 0
 *   ...
 *   if (vring_ref_dma(ref, &access) > 0) ...                          it broke a rule
 *   vring_ref_finish(ref);
 *   vring_ref_destroy(ref);
 *
 * Register addresses are those of our layout of virtio-pci: common configuration at 0 (virtio 1.4,
 * 4.1.4.3), ISR status at 0x1000, device configuration at 0x2000, the doorbell of queue q at 0x3000
 * + 4 q. Another layout is mapped to this one by the bench.
 *
 * Functions return an int: VRING_REF_OK; a positive number where that is said; or an error below 0.
 * Null pointers are such an error, never a crash. After an error of a value nothing has happened;
 * after VRING_REF_ERROR_MEMORY or _INTERNAL the reference cannot be relied upon: it returns that
 * error from then on, and can be destroyed. No function throws or ends the process. A reference
 * belongs to one thread at a time; different ones are independent. */
#ifndef VRING_REF_H
#define VRING_REF_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Functions and structs of one major version fit together; a minor version only adds. */
#define VRING_REF_VERSION_MAJOR 1
#define VRING_REF_VERSION_MINOR 0

#if defined(VRING_REF_BUILDING) && defined(__GNUC__)
#define VRING_REF_API __attribute__((visibility("default")))
#else
#define VRING_REF_API
#endif

typedef struct vring_ref vring_ref;

enum {
  VRING_REF_OK = 0,
  VRING_REF_ERROR_NULL = -1,     /* a handle or pointer that is needed is null */
  VRING_REF_ERROR_RANGE = -2,    /* a value outside of what is said beside it */
  VRING_REF_ERROR_MEMORY = -3,   /* the host has no more memory */
  VRING_REF_ERROR_INTERNAL = -4, /* a fault of this library */
  VRING_REF_ERROR_NONE = -5      /* there is no such finding */
};
/* Never null, valid for ever. */
VRING_REF_API const char* vring_ref_error_text(int result);

/* Of the library: major << 16 | minor. Compare the major one with VRING_REF_VERSION_MAJOR. */
VRING_REF_API uint32_t vring_ref_version(void);

/* ---- settings */

typedef struct vring_ref_settings {
  size_t size; /* sizeof(vring_ref_settings): set by vring_ref_settings_init() */
  /* 1: judge by what the reference predicts, too; 0: by the passive rules alone. */
  int predict;
  /* 1: used length is what has been written, from the first byte on. 0 for devices that write a
   * status behind a hole. */
  int length_is_written;
  /* 1: the device looks at a queue whenever it is told to. 0 for queues where it waits for
   * something else (frames that come in) with notifications on. */
  int looks_when_told;
  /* An interrupt that the driver wants comes within so many picoseconds; 0: before the end. */
  uint64_t interrupt_within;
  /* A device in error says DEVICE_NEEDS_RESET within so many picoseconds. */
  uint64_t error_within;
  /* What the device part should write, if the bench knows; else null, and payload is taken as seen.
   * `out` holds the request's device-readable bytes as far as the device has read them, valid
   * during the call. Called from within vring_ref_dma(); must not call into the same reference. */
  int (*payload_byte)(void* user, unsigned queue, uint64_t request, const uint8_t* out,
                      size_t out_bytes, uint64_t offset); /* 0 to 255, or -1: any */
  int64_t (*used_length)(void* user, unsigned queue, uint64_t request, uint64_t readable_bytes,
                         uint64_t writable_bytes); /* or -1: what has been written */
  void* user;
} vring_ref_settings;

/* predict, length_is_written and looks_when_told on, error_within 10 us, all else 0. */
VRING_REF_API int vring_ref_settings_init(vring_ref_settings* settings);

/* ---- life */

/* `settings` may be null: as vring_ref_settings_init() has them. `*made` is null after an error. */
VRING_REF_API int vring_ref_create(const vring_ref_settings* settings, vring_ref** made);
/* Null is allowed. */
VRING_REF_API void vring_ref_destroy(vring_ref* ref);
/* Settings of one queue (below VRING_REF_QUEUES) instead of the device's, from the next time on
 * that it is enabled. */
#define VRING_REF_QUEUES 1024u
VRING_REF_API int vring_ref_set_queue(vring_ref* ref, unsigned queue,
                                      const vring_ref_settings* settings);

/* ---- what happens at the device's border
 * Times are in picoseconds and only named in findings, but for interrupt_within. The functions
 * return how many findings the access has brought, 0 for none, or an error. */

#define VRING_REF_NO_QUEUE 0xffffu
#define VRING_REF_NO_REQUEST UINT64_MAX
#define VRING_REF_MOST_BYTES (1u << 20) /* of a DMA access */

/* `bytes`: 1, 2, 4 or 8. A read is told when its value is known. */
VRING_REF_API int vring_ref_register_write(vring_ref* ref, uint64_t time, uint64_t offset,
                                           uint64_t value, unsigned bytes);
VRING_REF_API int vring_ref_register_read(vring_ref* ref, uint64_t time, uint64_t offset,
                                          uint64_t value, unsigned bytes);

/* What a DMA access is for. */
enum {
  VRING_REF_UNKNOWN = 0, /* the device does not say: it is told from the address */
  VRING_REF_AVAIL_INDEX, /* split: avail flags and index */
  VRING_REF_AVAIL_RING,
  VRING_REF_DESCRIPTOR, /* of the table, or of a packed ring */
  VRING_REF_INDIRECT_TABLE,
  VRING_REF_PAYLOAD,
  VRING_REF_USED_RING, /* split: used elements; packed: used descriptors */
  VRING_REF_USED_INDEX,
  VRING_REF_SUPPRESSION, /* flags, used_event, avail_event, event suppression structures */
  VRING_REF_MESSAGE,     /* of an interrupt; not judged */
  VRING_REF_CONFIG       /* likewise */
};
enum { VRING_REF_DONE = 0, VRING_REF_ADDRESS_ERROR, VRING_REF_BUS_ERROR };

typedef struct vring_ref_access {
  size_t size; /* sizeof(vring_ref_access): set by vring_ref_access_init() */
  uint64_t time;
  int is_write;
  int status;      /* VRING_REF_DONE, ... */
  int purpose;     /* VRING_REF_UNKNOWN, ... */
  uint32_t device; /* requester id, only named in findings; below 0x10000 */
  uint32_t queue;  /* or VRING_REF_NO_QUEUE: told from the address; others of 1024 and more are none
                      of the device's */
  uint64_t request; /* number on its queue since it was enabled, or VRING_REF_NO_REQUEST */
  uint64_t address;
  uint32_t bytes;         /* at most VRING_REF_MOST_BYTES */
  const uint8_t* data;    /* `bytes` of them; null only if bytes is 0 or status is an error */
  const uint8_t* strobes; /* of a write, one per byte, 0: not written; null: all are */
} vring_ref_access;

/* A read of no bytes that is done, of no queue and no request. */
VRING_REF_API int vring_ref_access_init(vring_ref_access* access);
/* Reads are told when their data are known. Accesses that are under way together may be told in any
 * order that the device could not rely on. */
VRING_REF_API int vring_ref_dma(vring_ref* ref, const vring_ref_access* access);

/* A used buffer notification of a queue; VRING_REF_NO_QUEUE: a configuration change. */
VRING_REF_API int vring_ref_interrupt(vring_ref* ref, uint64_t time, unsigned queue);

/* All is quiet: what should have come and has not is found. The reference may go on after it. */
VRING_REF_API int vring_ref_finish(vring_ref* ref);

/* ---- what was found */

typedef struct vring_ref_finding {
  size_t size;          /* sizeof(vring_ref_finding): set by the caller */
  const char* rule;     /* "used-length": see the README of models/cosim/check */
  int predicted;        /* 1: against what the reference predicts; 0: a passive rule */
  uint64_t transaction; /* number of the access, from 0, all kinds counted together */
  uint64_t time;        /* ps */
  uint32_t device;
  uint32_t queue;   /* or VRING_REF_NO_QUEUE */
  uint64_t request; /* or VRING_REF_NO_REQUEST */
  const char* expected;
  const char* found;
  const char* text; /* all of it in one line */
} vring_ref_finding;

/* How many findings are kept, from the first on: at most 64. */
VRING_REF_API int vring_ref_findings(const vring_ref* ref);
/* Finding number `index` of those that are kept. Its texts are valid until the next call with this
 * reference that is not vring_ref_get_finding(), vring_ref_findings() or vring_ref_get_counters().
 */
VRING_REF_API int vring_ref_get_finding(vring_ref* ref, int index, vring_ref_finding* finding);
VRING_REF_API int vring_ref_clear_findings(vring_ref* ref);

typedef struct vring_ref_counters {
  size_t size;              /* sizeof(vring_ref_counters): set by the caller */
  uint64_t transactions;    /* that it was told of */
  uint64_t requests;        /* chains that the device has taken */
  uint64_t used;            /* chains that it has given back */
  uint64_t predicted_bytes; /* written by the device, each compared */
  uint64_t findings;        /* all, kept or not */
} vring_ref_counters;

VRING_REF_API int vring_ref_get_counters(const vring_ref* ref, vring_ref_counters* counters);

/* ---- for SystemVerilog: vring_ref_pkg.sv imports these, a C program needs none of them.
 * Integers, handles and strings only, which every simulator passes alike, and no header of a
 * simulator. Data come 8 bytes at a time, the byte at the lowest address in bits 7:0. */

/* Null after an error. */
VRING_REF_API void* vring_ref_sv_create(int predict, int length_is_written, int looks_when_told,
                                        long long interrupt_within);
VRING_REF_API void vring_ref_sv_destroy(void* ref);
VRING_REF_API int vring_ref_sv_set_queue(void* ref, int queue, int predict, int length_is_written,
                                         int looks_when_told, long long interrupt_within);
VRING_REF_API int vring_ref_sv_register(void* ref, long long time, int is_write, long long offset,
                                        long long value, int bytes);
/* The next 8 bytes of the access that vring_ref_sv_dma() will tell of; bits 7:0 of strobes say
 * which of them are written. */
VRING_REF_API int vring_ref_sv_data(void* ref, long long data, int strobes);
/* Takes the data given so far. `skip` bytes at their start are not part of it; `bytes` are. */
VRING_REF_API int vring_ref_sv_dma(void* ref, long long time, int is_write, int status, int purpose,
                                   int queue, long long request, long long address, int skip,
                                   int bytes);
VRING_REF_API int vring_ref_sv_interrupt(void* ref, long long time, int queue);
VRING_REF_API int vring_ref_sv_finish(void* ref);
VRING_REF_API int vring_ref_sv_findings(void* ref);
VRING_REF_API int vring_ref_sv_clear(void* ref);
/* Field of a kept finding; "" or -1 if there is none. Texts stay until the next call. */
VRING_REF_API const char* vring_ref_sv_rule(void* ref, int index);
VRING_REF_API const char* vring_ref_sv_expected(void* ref, int index);
VRING_REF_API const char* vring_ref_sv_found(void* ref, int index);
VRING_REF_API const char* vring_ref_sv_text(void* ref, int index);
/* which: 0 transaction, 1 time, 2 device, 3 queue, 4 request, 5 predicted */
VRING_REF_API long long vring_ref_sv_field(void* ref, int index, int which);
/* which: 0 transactions, 1 requests, 2 used, 3 predicted bytes, 4 findings */
VRING_REF_API long long vring_ref_sv_counter(void* ref, int which);

#ifdef __cplusplus
}
#endif
#endif
