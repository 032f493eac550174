// SPDX-License-Identifier: Apache-2.0
// External interrupts of hart 0 in M-mode: through the PLIC, or through APLIC and IMSIC (AIA).
#pragma once

#include "base.h"

typedef void (*irq_handler)(void* arg);

bool irq_has_imsic(void);
void irq_dispatch(void);  // called by the trap handler

// A wired source (UART_IRQ, PCI_IRQ + n): level-triggered, shared by all who ask for it.
void irq_connect(u32 source, irq_handler handler, void* arg);

// A message-signalled interrupt: where the device has to write what. False without an IMSIC.
bool irq_allocate_message(irq_handler handler, void* arg, u64* address, u32* data);

// Forget all handlers, for the next round.
void irq_release_all(void);

// Interrupts that came with nobody connected, since the start.
extern u32 irq_spurious;
