// SPDX-License-Identifier: Apache-2.0
// Where things are on the board, which has the memory map of QEMU's `virt` machine.
#pragma once

#define MAX_HARTS 8
#define STACK_SHIFT 14  // 16 KiB for each hart

#ifndef __ASSEMBLER__

#define SYSCON 0x00100000ul
#define SYSCON_PASS 0x5555u
#define SYSCON_FAIL 0x3333u  // exit code in bits 31:16
#define RTC 0x00101000ul
#define CLINT 0x02000000ul
#define CLINT_MTIMECMP (CLINT + 0x4000)
#define CLINT_MTIME (CLINT + 0xbff8)
#define TIMEBASE 10000000ul  // ticks of mtime per second
#define PLIC 0x0c000000ul
#define APLIC_M 0x0c000000ul
#define IMSIC_M 0x24000000ul
#define UART 0x10000000ul
#define UART_IRQ 10
#define RTC_IRQ 11
#define FW_CFG 0x10100000ul
#define FLASH0 0x20000000ul
#define PCI_ECAM 0x30000000ul
#define PCI_PIO 0x03000000ul
#define PCI_PIO_SIZE 0x10000ul
#define PCI_MMIO32 0x40000000ul
#define PCI_MMIO32_SIZE 0x40000000ul
#define PCI_MMIO64 0x400000000ul
#define PCI_IRQ 32  // INTx sources 32..35

#endif
