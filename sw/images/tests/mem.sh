#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Memory comes and goes as the host asks; what was taken is the host's again.
. /tests/lib.sh
check driver virtio_driver virtio_mem
# Only movable pages may lie in memory that is to go again.
echo online_movable >/sys/devices/system/memory/auto_online_blocks
whole=$(memory MemTotal)

# size MIB: MemTotal is what it was at first and so many MiB.
size() { [ "$(memory MemTotal)" = $((whole + $1 * 1024)) ]; }
# plug NAME MIB: the host asks for a size; guest and host agree when it is there.
plug() {
  ask_host mem "$2"
  check "$1" wait_until 30 size "$2"
  ask_host mem-plugged "$2"
}

plug plug 128
plug plug-more 512
ask_host memory-mark
# More data than the machine could hold at first.
check fill use_memory 540
ask_host memory-rose 400

# A part goes while it is in use: its pages move.
mkdir -p /tmp/big
mount -t tmpfs -o size=70m big /tmp/big
check fill-again dd if=/dev/urandom of=/tmp/big/data bs=1M count=64
want=$(md5sum </tmp/big/data)
plug unplug-in-use 128
same moved "$(md5sum </tmp/big/data)" "$want"
umount /tmp/big

ask_host memory-mark
plug unplug 0
ask_host memory-fell 64
plug plug-again 256
megabytes 64 </dev/urandom >/tmp/data
cp /tmp/data /tmp/copy
check use cmp /tmp/data /tmp/copy
rm /tmp/data /tmp/copy
end
