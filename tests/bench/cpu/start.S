# SPDX-License-Identifier: Apache-2.0
# Hart 0 runs the workload; a trap is reported; all others sleep.
  .section .text.start, "ax"
  .globl _start
_start:
  csrr t0, mhartid
  bnez t0, park
  la t0, on_trap
  csrw mtvec, t0
  .option push
  .option norelax
  la gp, __global_pointer$
  .option pop
  la sp, __stack_top
  la t0, __bss_start
  la t1, __bss_end
1:
  bgeu t0, t1, 2f
  sd zero, 0(t0)
  addi t0, t0, 8
  j 1b
2:
  call main
  j power_off
park:
  wfi
  j park
  .align 2
on_trap:
  csrr a0, mcause
  csrr a1, mepc
  call report_trap
power_off:
  li t0, 0x100000
  li t1, 0x5555
  sw t1, 0(t0)
  j park
