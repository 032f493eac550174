#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The kernel's hardware random source is the virtio device, and it gives bytes.
. /tests/lib.sh
check source grep -q virtio_rng /sys/class/misc/hw_random/rng_current
check read dd if=/dev/hwrng of=/tmp/a bs=512 count=16
check read-again dd if=/dev/hwrng of=/tmp/b bs=512 count=16
same length "$(cat /tmp/a /tmp/b | wc -c)" 16384
check differ sh -c '! cmp -s /tmp/a /tmp/b'
# All 256 byte values among 16384: missing one has a chance of 256 * e^-64.
same values "$(cat /tmp/a /tmp/b | od -An -v -tu1 -w1 | sort -u | wc -l)" 256
end
