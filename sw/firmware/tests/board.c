// SPDX-License-Identifier: Apache-2.0
// The board without PCI devices: timer, inter-processor interrupts, UART, real-time clock,
// interrupt controller, fw_cfg, flash.
#include "lib/irq.h"

// ---- timer and other harts

static volatile u32 fired;
static void on_timer(void) {
  fired = 1;
}

static void test_timer(void) {
  test_begin("timer/interrupt");
  for (u32 i = 1; i <= 5; i++) {
    fired = 0;
    u64 start = now(), due = start + i * MILLISECONDS(1) / 10;
    timer_start(due, on_timer);
    while (!fired && now() < start + MILLISECONDS(1000)) {
    }
    test_check(fired, "no interrupt");
    test_check(now() >= due, "the interrupt came %lu ticks early", due - now());
  }
  test_end();

  test_begin("timer/wfi");
  u64 start = now();
  delay(MILLISECONDS(2));
  u64 took = now() - start;
  test_check(took >= MILLISECONDS(2) && took < MILLISECONDS(200), "2 ms of sleep took %lu ticks",
             took);
  test_end();

  test_begin("timer/time-csr");
  u64 a = now(), t = csr_read(time), b = now();
  test_check(a <= t && t <= b, "time %lu is not between mtime %lu and %lu", t, a, b);
  test_end();
}

static volatile u32 software;
static void on_software(void) {
  software++;
}

static void test_ipi(void) {
  test_begin("ipi/self");
  software_interrupt = on_software;
  write32(CLINT, 1);
  test_check(wait_for(&software, MILLISECONDS(1000)), "no software interrupt");
  software_interrupt = 0;
  test_end();
}

static u32 total, locked_total;
static volatile u32 arrived;
static volatile u32 lock;

enum { ROUNDS = 1000 };

static void count(void) {
  for (int i = 0; i < ROUNDS; i++) {
    __atomic_fetch_add(&total, 1, __ATOMIC_RELAXED);      // AMO
    while (!__sync_bool_compare_and_swap(&lock, 0, 1)) {  // LR and SC
    }
    locked_total++;
    __atomic_store_n(&lock, 0, __ATOMIC_RELEASE);
  }
  __atomic_fetch_add(&arrived, 1, __ATOMIC_RELEASE);
}

static void test_harts(void) {
  int harts = hart_count();
  test_begin("harts/%d", harts);
  for (int h = 1; h < harts; h++) run_on_hart(h, count);
  count();
  u64 deadline = now() + MILLISECONDS(5000);
  while (arrived < (u32)harts && now() < deadline) {
  }
  test_check(arrived == (u32)harts, "%u of %d harts arrived", arrived, harts);
  test_check(total == (u32)(harts * ROUNDS), "atomic total %u", total);
  test_check(locked_total == (u32)(harts * ROUNDS), "total under a lock %u", locked_total);
  test_end();
}

// ---- UART (NS16550A)

static volatile u32 uart_interrupts;
static void on_uart(void* arg) {
  (void)arg;
  u8 cause = read8(UART + 2) & 15;
  if (cause == 2) write8(UART + 1, 0);  // transmitter empty: enough of that
  uart_interrupts++;
}

static void test_uart(void) {
  test_begin("uart/scratch");
  for (u32 v = 0; v < 256; v += 51) {
    write8(UART + 7, (u8)v);
    test_check(read8(UART + 7) == v, "scratch is %u, not %u", read8(UART + 7), v);
  }
  test_end();

  test_begin("uart/divisor");
  u8 line = read8(UART + 3);
  write8(UART + 3, line | 0x80);
  u8 low = read8(UART);
  write8(UART, 0x5a);
  test_check(read8(UART) == 0x5a, "divisor latch does not hold");
  write8(UART, low);
  write8(UART + 3, line);
  test_check(read8(UART + 3) == line, "line control does not hold");
  test_end();

  test_begin("uart/interrupt");
  irq_connect(UART_IRQ, on_uart, 0);
  write8(UART + 1, 2);  // transmitter empty, which it is
  test_check(wait_for(&uart_interrupts, MILLISECONDS(1000)), "no interrupt");
  u32 before = uart_interrupts;
  delay(MILLISECONDS(1));
  test_check(uart_interrupts - before <= 1, "%u more interrupts after disabling",
             uart_interrupts - before);
  irq_release_all();
  test_end();
}

// ---- goldfish real-time clock: nanoseconds since 1970; reading the low half latches the high one

static u64 rtc(void) {
  u64 low = read32(RTC);
  return low | (u64)read32(RTC + 4) << 32;
}

static volatile u32 alarms;
static void on_alarm(void* arg) {
  (void)arg;
  write32(RTC + 0x1c, 1);  // clear interrupt
  alarms++;
}

static void test_rtc(void) {
  test_begin("rtc/time");
  u64 a = rtc();
  delay(MILLISECONDS(5));
  u64 b = rtc();
  test_check(a > 1000000000000000000ul, "%lu ns since 1970 is before 2001", a);
  test_check(b - a >= 4000000 && b - a < 1000000000, "5 ms moved it by %lu ns", b - a);
  test_end();

  test_begin("rtc/alarm");
  irq_connect(RTC_IRQ, on_alarm, 0);
  write32(RTC + 0x10, 1);  // enable interrupt
  u64 at = rtc() + 3000000;
  write32(RTC + 0xc, (u32)(at >> 32));
  write32(RTC + 8, (u32)at);
  test_check(wait_for(&alarms, MILLISECONDS(1000)), "no interrupt");
  test_check(rtc() >= at, "the alarm came early");
  write32(RTC + 0x10, 0);
  irq_release_all();
  test_end();
}

// ---- fw_cfg

struct fw_cfg_dma {
  u32 control, length;  // big-endian
  u64 address;
};

static bool fw_cfg_read(u16 selector, void* to, u32 size) {
  static struct fw_cfg_dma access __attribute__((aligned(16)));
  access.control = __builtin_bswap32((u32)selector << 16 | 8 | 2);
  access.length = __builtin_bswap32(size);
  access.address = __builtin_bswap64((u64)to);
  fence();
  write32(FW_CFG + 0x10, 0);
  write32(FW_CFG + 0x14, __builtin_bswap32((u32)(u64)&access));
  volatile u32* control = &access.control;
  u64 deadline = now() + MILLISECONDS(1000);
  while (*control & ~__builtin_bswap32(1))
    if (now() > deadline) return false;
  return *control == 0;
}

static void test_fw_cfg(void) {
  test_begin("fw_cfg/bytes");
  write16(FW_CFG + 8, __builtin_bswap16(0));
  char signature[5] = "";
  for (int i = 0; i < 4; i++) signature[i] = (char)read8(FW_CFG);
  test_check(!strcmp(signature, "QEMU"), "the signature is '%s'", signature);
  test_end();

  test_begin("fw_cfg/dma");
  char again[5] = "";
  test_check(fw_cfg_read(0, again, 4), "DMA failed");
  test_check(!strcmp(again, "QEMU"), "the signature is '%s'", again);
  u16 harts = 0;
  test_check(fw_cfg_read(5, &harts, 2), "DMA failed");
  test_check(harts == hart_count(), "%u harts in fw_cfg, %d in the device tree", harts,
             hart_count());
  test_end();
}

// ---- CFI flash: two 16-bit chips side by side; query command 0x98 at 0x55

static void test_flash(void) {
  test_begin("flash/query");
  write32(FLASH0 + 0x55 * 4, 0x00980098);
  u32 q = read32(FLASH0 + 0x10 * 4), r = read32(FLASH0 + 0x11 * 4), y = read32(FLASH0 + 0x12 * 4);
  write32(FLASH0, 0x00ff00ff);
  test_check((q & 0xff) == 'Q' && (r & 0xff) == 'R' && (y & 0xff) == 'Y', "query says %x %x %x", q,
             r, y);
  test_end();
}

void test_main(void) {
  test_timer();
  test_ipi();
  test_harts();
  test_uart();
  test_rtc();
  test_fw_cfg();
  test_flash();
}
