// SPDX-License-Identifier: Apache-2.0
#include "vectors.h"

/*
 * A RISC-V program without any library that executes the instructions it is told to, one request
 * at a time, and replies with the result register and fflags. Started by reference_test.
 */

static long system_call(long number, long a, long b, long c) {
  register long r0 __asm__("a0") = a;
  register long r1 __asm__("a1") = b;
  register long r2 __asm__("a2") = c;
  register long r7 __asm__("a7") = number;
  __asm__ volatile("ecall" : "+r"(r0) : "r"(r1), "r"(r2), "r"(r7) : "memory");
  return r0;
}

enum { kRead = 63, kWrite = 64, kExit = 93, kBatch = 1024 };

static struct FpRequest requests[kBatch];
static struct FpReply replies[kBatch];

/* Both kinds end with the result in t0. */
#define EXECUTE(instruction, move_result)                         \
  {                                                               \
    register uint64_t integer __asm__("a0") = request->a;         \
    register uint64_t result __asm__("t0");                       \
    uint64_t flags;                                               \
    __asm__ volatile(                                             \
        "fmv.d.x ft0, a0\n"                                       \
        "fmv.d.x ft1, %[b]\n"                                     \
        "fmv.d.x ft2, %[c]\n"                                     \
        "fsrm %[frm]\n"                                           \
        "fsflags zero\n" instruction                              \
        "\n"                                                      \
        "frflags %[flags]\n" move_result                          \
        : "=&r"(result), [flags] "=&r"(flags)                     \
        : "r"(integer), [b] "r"(request->b), [c] "r"(request->c), \
          [frm] "r"((uint64_t)request->frm)                       \
        : "ft0", "ft1", "ft2", "ft3");                            \
    reply->value = result;                                        \
    reply->fflags = flags;                                        \
    break;                                                        \
  }

static void execute(const struct FpRequest* request, struct FpReply* reply) {
  switch (request->instruction) {
#define FP_OP(name, instruction) \
  case kFp##name:                \
    EXECUTE(instruction, "fmv.x.d t0, ft3")
#define FP_TO_X(name, instruction) \
  case kFp##name:                  \
    EXECUTE(instruction, "")
    FP_INSTRUCTIONS
    default:
      system_call(kExit, 2, 0, 0);
  }
}

/* Reads as much as there is, up to a whole batch; returns the number of requests. */
static long read_batch(void) {
  long size = 0;
  while (size < (long)sizeof requests) {
    const long got = system_call(kRead, 0, (long)requests + size, (long)sizeof requests - size);
    if (got <= 0) break;
    size += got;
  }
  return size / (long)sizeof requests[0];
}

static void write_batch(long count) {
  const long size = count * (long)sizeof replies[0];
  for (long done = 0; done < size;) {
    const long put = system_call(kWrite, 1, (long)replies + done, size - done);
    if (put <= 0) system_call(kExit, 1, 0, 0);
    done += put;
  }
}

void _start(void) {
  for (long count = read_batch(); count > 0; count = read_batch()) {
    for (long i = 0; i < count; ++i) execute(&requests[i], &replies[i]);
    write_batch(count);
  }
  system_call(kExit, 0, 0, 0);
}
