// SPDX-License-Identifier: Apache-2.0
// PCI: enumeration behind ECAM, assignment of bus numbers, BARs and windows, MSI-X.
#pragma once

#include "base.h"

#define PCI_MAX 64

struct pci_function {
  u64 config;  // address of its ECAM page
  u16 vendor, device, subsystem;
  u8 bus, slot, function, revision;
  u32 class_code;
  u8 pin;      // 0: no INTx, 1..4: INTA..INTD
  u32 irq;     // wired source that INTx arrives at
  u64 bar[6];  // CPU address, 0 if absent
  u64 bar_size[6];
  bool bar_io[6];
};

extern struct pci_function pci_functions[PCI_MAX];
extern int pci_count;

// Finds all functions and gives them addresses. Once.
void pci_enumerate(void);

// Offset of the first capability of this id after `after` (0: from the head); 0 if none.
u32 pci_capability(const struct pci_function* f, u8 id, u32 after);

void pci_set_command(const struct pci_function* f, u16 bits, bool on);
#define PCI_IO 1
#define PCI_MEMORY 2
#define PCI_MASTER 4
#define PCI_INTX_OFF 0x400

// MSI-X. Entries are masked after msix_enable until they are set.
u32 msix_vectors(const struct pci_function* f);  // 0: no MSI-X
void msix_enable(const struct pci_function* f, bool on);
void msix_set(const struct pci_function* f, u32 vector, u64 address, u32 data);
void msix_mask(const struct pci_function* f, u32 vector, bool masked);
bool msix_pending(const struct pci_function* f, u32 vector);
