// SPDX-License-Identifier: Apache-2.0
// PLIC: RISC-V Platform-Level Interrupt Controller 1.0. APLIC and IMSIC: RISC-V AIA 1.0.
#include "irq.h"

#define IDENTITIES 256  // IMSIC interrupt identities in use: 1..255
#define SOURCES 64
#define SHARED 8

// CSRs that the assembler of Debian 12 has no names for: miselect, mireg, mtopei.
#define CSR_MISELECT 0x350
#define CSR_MIREG 0x351
#define CSR_MTOPEI 0x35c
#define EIDELIVERY 0x70
#define EITHRESHOLD 0x72
#define EIE0 0xc0

#define APLIC_DOMAINCFG (APLIC_M + 0)
#define APLIC_SOURCECFG(n) (APLIC_M + 4 * (u64)(n))
#define APLIC_MMSIADDRCFG (APLIC_M + 0x1bc0)
#define APLIC_MMSIADDRCFGH (APLIC_M + 0x1bc4)
#define APLIC_SETIENUM (APLIC_M + 0x1edc)
#define APLIC_CLRIENUM (APLIC_M + 0x1fdc)
#define APLIC_SETIPNUM (APLIC_M + 0x1cdc)
#define APLIC_IN(n) (APLIC_M + 0x1d00 + 4 * (u64)((n) / 32))  // reads the wires
#define APLIC_TARGET(n) (APLIC_M + 0x3000 + 4 * (u64)(n))

struct slot {
  irq_handler handler;
  void* arg;
};

static bool imsic;
static struct slot wired[SOURCES][SHARED];
static struct slot message[IDENTITIES];  // index: identity; identity == source for wired ones
static u32 next_identity;
u32 irq_spurious;

bool irq_has_imsic(void) {
  return imsic;
}

#define imsic_write(reg, value) \
  do {                          \
    csr_write(0x350, reg);      \
    csr_write(0x351, value);    \
  } while (0)
#define imsic_set(reg, bits) \
  do {                       \
    csr_write(0x350, reg);   \
    csr_set(0x351, bits);    \
  } while (0)

static void imsic_enable(u32 identity) {
  imsic_set(EIE0 + identity / 64 * 2, 1ul << identity % 64);
}

void irq_init(void) {
  imsic = fdt_has_compatible("riscv,imsics");
  if (imsic) {
    imsic_write(EIDELIVERY, 1);
    imsic_write(EITHRESHOLD, 0);
    for (u32 r = 0; r < IDENTITIES / 32; r += 2) imsic_write(EIE0 + r, 0);
    u32 bits = 0;
    while (1 << bits < hart_count()) bits++;
    write32(APLIC_MMSIADDRCFG, IMSIC_M >> 12);
    write32(APLIC_MMSIADDRCFGH, bits << 12);
    write32(APLIC_DOMAINCFG, 1u << 8 | 1u << 2);  // enabled, delivery by message
  } else {
    write32(PLIC + 0x200000, 0);  // threshold of hart 0's M-mode context
  }
  irq_release_all();
  csr_set(mie, 1ul << IRQ_EXTERNAL | 1ul << IRQ_SOFT);
  csr_set(mstatus, MSTATUS_MIE);
}

void irq_release_all(void) {
  for (u32 s = 1; s < SOURCES; s++) {
    if (!wired[s][0].handler) continue;
    if (imsic) {
      write32(APLIC_CLRIENUM, s);
      write32(APLIC_SOURCECFG(s), 0);
    } else {
      write32(PLIC + 0x2000 + s / 32 * 4, read32(PLIC + 0x2000 + s / 32 * 4) & ~(1u << s % 32));
    }
  }
  memset(wired, 0, sizeof wired);
  memset(message, 0, sizeof message);
  next_identity = SOURCES;
}

static void call_wired(u32 source) {
  bool any = false;
  for (int i = 0; i < SHARED && wired[source][i].handler; i++, any = true)
    wired[source][i].handler(wired[source][i].arg);
  if (!any) irq_spurious++;
}

static void dispatch_message(u32 identity) {
  if (identity < SOURCES) {
    call_wired(identity);
    // A level-triggered source is sent as a message once: ask again if it is still high. The wire
    // is looked at first because QEMU 7.2 sets the pending bit even when it is low.
    if (read32(APLIC_IN(identity)) >> identity % 32 & 1) write32(APLIC_SETIPNUM, identity);
  } else if (identity < IDENTITIES && message[identity].handler) {
    message[identity].handler(message[identity].arg);
  } else {
    irq_spurious++;
  }
}

void irq_dispatch(void) {
  if (imsic) {
    u64 top;
    while ((top = csr_swap(0x35c, 0)) != 0) dispatch_message((u32)(top >> 16));
    return;
  }
  u32 source;
  while ((source = read32(PLIC + 0x200004)) != 0) {
    if (source < SOURCES)
      call_wired(source);
    else
      irq_spurious++;
    write32(PLIC + 0x200004, source);
  }
}

void irq_connect(u32 source, irq_handler handler, void* arg) {
  int i = 0;
  while (i < SHARED - 1 && wired[source][i].handler) i++;
  wired[source][i] = (struct slot){handler, arg};
  if (i) return;
  if (imsic) {
    write32(APLIC_SOURCECFG(source), 6);    // level-triggered, high
    write32(APLIC_TARGET(source), source);  // hart 0, identity = source
    imsic_enable(source);
    write32(APLIC_SETIENUM, source);
  } else {
    write32(PLIC + 4 * (u64)source, 1);
    u64 enable = PLIC + 0x2000 + source / 32 * 4;
    write32(enable, read32(enable) | 1u << source % 32);
  }
}

bool irq_allocate_message(irq_handler handler, void* arg, u64* address, u32* data) {
  if (!imsic || next_identity >= IDENTITIES) return false;
  message[next_identity] = (struct slot){handler, arg};
  imsic_enable(next_identity);
  *address = IMSIC_M;
  *data = next_identity++;
  return true;
}
