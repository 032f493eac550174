#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# /dev/pmem0: content, a file system without and with direct access. Overwrites the memory.
# arg pmem_sha=HEX: checksum of the first MiB as the host made it. arg pmem_size=BYTES.
# The MiB at 32 MiB is left holding 'ringside pmem test' lines, for the host to check.
. /tests/lib.sh
memory=/dev/pmem0
check driver virtio_driver virtio_pmem
check present [ -b $memory ]
same size "$(blockdev --getsize64 $memory)" "$arg_pmem_size"
same content "$(megabytes 1 <$memory | sum)" "$arg_pmem_sha"

megabytes 2 </dev/urandom >/tmp/data
want=$(sum /tmp/data)
check mkfs mke2fs -q -F -b 4096 $memory
check mount mount -t ext4 $memory /mnt
check copy cp /tmp/data /mnt/data
check umount umount /mnt
cold
# Files are the memory itself, without the page cache.
check mount-dax mount -t ext4 -o dax=always $memory /mnt
same file "$(sum /mnt/data)" "$want"
check direct grep -q '^/dev/pmem0 /mnt ext4 .*dax=always' /proc/mounts
check rewrite dd if=/tmp/data of=/mnt/other bs=4096 conv=fsync
ask_host pmem-flushed
same other "$(sum /mnt/other)" "$want"
umount /mnt

yes 'ringside pmem test' | megabytes 1 | dd of=$memory bs=1M seek=32 conv=fsync 2>/dev/null
end
