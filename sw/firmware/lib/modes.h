// SPDX-License-Identifier: Apache-2.0
// The ways a virtio device can be driven, and a loop over those that this machine offers: transport
// x ring layout x indirect x event index x in-order x interrupt x ring size.
#pragma once

#include "virtqueue.h"

struct mode {
  u64 features;  // transport features to ask for; the test adds those of the device type
  enum irq_mode irq;
  bool legacy;
  u32 size;  // ring size to ask for, 0: the device's
  char name[64];
};

// Enumerates PCI and calls `test` for every mode of every device of this type. Fails if there is
// none.
void for_each_mode(u32 type, void (*test)(struct virtio_device* d, const struct mode* mode));

// Starts a named test and negotiates; the device's own features are those of `wanted` it offers.
// When it returns false the test has failed already.
bool mode_begin(struct virtio_device* d, const struct mode* mode, u64 wanted, const char* what);
// Ends the test, resets the device and frees what the test allocated.
void mode_end(struct virtio_device* d);
