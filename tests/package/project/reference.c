/* SPDX-License-Identifier: Apache-2.0 */
/* The reference of virtqueues outside Ringside's tree: finds a DMA access before DRIVER_OK. */
#include <string.h>

#include "vring_ref.h"

int main(void) {
  vring_ref* ref;
  vring_ref_access access;
  vring_ref_finding finding;
  unsigned char data[2] = {0, 0};
  if (vring_ref_version() >> 16 != VRING_REF_VERSION_MAJOR) return 1;
  if (vring_ref_create(NULL, &ref) != VRING_REF_OK) return 1;
  vring_ref_access_init(&access);
  access.bytes = 2;
  access.data = data;
  if (vring_ref_dma(ref, &access) != 1) return 1;
  finding.size = sizeof finding;
  if (vring_ref_get_finding(ref, 0, &finding) != VRING_REF_OK) return 1;
  if (strcmp(finding.rule, "before-driver-ok") != 0) return 1;
  vring_ref_destroy(ref);
  return 0;
}
