# SPDX-License-Identifier: Apache-2.0
# Reset entry of all harts, in M-mode, and the trap entry. a1 is the flattened device tree.

#include "board.h"

.section .text.start, "ax"
.global _start
_start:
    csrw mie, zero
    la t0, trap_entry
    csrw mtvec, t0
    li t0, 0x2000               # mstatus.FS = initial: floating point may be used
    csrs mstatus, t0
    csrr t0, mhartid
    li t1, MAX_HARTS
    bgeu t0, t1, park
    la sp, stacks
    addi t2, t0, 1
    slli t2, t2, STACK_SHIFT
    add sp, sp, t2
    bnez t0, secondary

    la t0, __bss_start
    la t1, __bss_end
1:  bgeu t0, t1, 2f
    sd zero, 0(t0)
    addi t0, t0, 8
    j 1b
2:  la t0, fdt_blob
    sd a1, 0(t0)
    call firmware_start
park:
    wfi
    j park

# Harts other than 0 sleep until one sets their msip bit, then run what their mailbox names.
secondary:
    li t0, 8                    # MSIE
    csrw mie, t0
1:  wfi
    csrr t0, mip
    andi t0, t0, 8
    beqz t0, 1b
    csrr a0, mhartid
    call hart_wakeup
    j 1b

.text
.balign 4
.global trap_entry
trap_entry:
    addi sp, sp, -144
    sd ra, 0(sp)
    sd t0, 8(sp)
    sd t1, 16(sp)
    sd t2, 24(sp)
    sd a0, 32(sp)
    sd a1, 40(sp)
    sd a2, 48(sp)
    sd a3, 56(sp)
    sd a4, 64(sp)
    sd a5, 72(sp)
    sd a6, 80(sp)
    sd a7, 88(sp)
    sd t3, 96(sp)
    sd t4, 104(sp)
    sd t5, 112(sp)
    sd t6, 120(sp)
    csrr a0, mcause
    csrr a1, mepc
    csrr a2, mtval
    call trap_handler
    csrw mepc, a0
    ld ra, 0(sp)
    ld t0, 8(sp)
    ld t1, 16(sp)
    ld t2, 24(sp)
    ld a0, 32(sp)
    ld a1, 40(sp)
    ld a2, 48(sp)
    ld a3, 56(sp)
    ld a4, 64(sp)
    ld a5, 72(sp)
    ld a6, 80(sp)
    ld a7, 88(sp)
    ld t3, 96(sp)
    ld t4, 104(sp)
    ld t5, 112(sp)
    ld t6, 120(sp)
    addi sp, sp, 144
    mret

.section .stacks, "aw", @nobits
.balign 4096
stacks:
    .skip MAX_HARTS << STACK_SHIFT
