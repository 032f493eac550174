#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A SCSI disk with protection information (sda): the kernel makes it and checks it, and damage is found.
# Overwrites the disk.
. /tests/lib.sh
disk=/dev/sda
check driver virtio_driver virtio_scsi
check disk wait_until 10 [ -b $disk ]
same format "$(cat /sys/block/sda/integrity/format)" T10-DIF-TYPE1-CRC
same made "$(cat /sys/block/sda/integrity/write_generate)" 1
same checked "$(cat /sys/block/sda/integrity/read_verify)" 1

megabytes 4 </dev/urandom >/tmp/data
dd if=/tmp/data of=$disk bs=64k conv=fsync 2>/dev/null || fail write dd
cold
same content "$(megabytes 4 <$disk | sum)" "$(sum /tmp/data)"
check mkfs mke2fs -q -F $disk
check mount mount -t ext4 $disk /mnt
cp /tmp/data /mnt/data
umount /mnt
cold
check mount-again mount -t ext4 -o ro $disk /mnt
same file "$(sum /mnt/data)" "$(sum /tmp/data)"
umount /mnt

dd if=/tmp/data of=$disk bs=64k conv=fsync 2>/dev/null
cold
ask_host damage 1048577
# direct BLOCK: reads 4 KiB of the disk, past the page cache.
direct() { dd if=$disk of=/dev/null bs=4096 skip="$1" count=1 iflag=direct; }
check before direct 255
check damaged sh -c "! dd if=$disk of=/dev/null bs=4096 skip=256 count=1 iflag=direct"
check after direct 257
check told sh -c "dmesg | grep -q -i 'guard check failed'"
end
