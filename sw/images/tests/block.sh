#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# /dev/vda: content, checksums after a cold re-read, a file system. Overwrites the disk.
# arg sha=HEX: checksum of the first MiB as the host made it.
# The first MiB is left holding 'ringside block test' lines, for the host to check.
. /tests/lib.sh
disk=/dev/vda
check present [ -b $disk ]
size=$(blockdev --getsize64 $disk)
echo "INFO size=$size serial=$(cat /sys/block/vda/serial 2>/dev/null) queues=$(ls /sys/block/vda/mq | wc -l)"
[ -z "$arg_sha" ] || same content "$(megabytes 1 <$disk | sum)" "$arg_sha"

transfers $disk 2
want=$(sum /tmp/data)

# Read past the end.
dd if=$disk bs=512 skip=$((size / 512)) count=1 2>/dev/null | wc -c >/tmp/past
same end-of-disk "$(cat /tmp/past)" 0

# A file system on it, mounted twice.
check mkfs mke2fs -q -F $disk
check mount mount -t ext4 $disk /mnt
cp /tmp/data /mnt/data
mkdir /mnt/many
n=0
while [ $n -lt 50 ]; do echo "file $n" >/mnt/many/$n; n=$((n + 1)); done
check umount umount /mnt
cold
check mount-again mount -t ext4 -o ro $disk /mnt
same file "$(sum /mnt/data)" "$want"
same many "$(cat /mnt/many/* | sort | sum)" "$(n=0; while [ $n -lt 50 ]; do echo "file $n"; n=$((n + 1)); done | sort | sum)"
umount /mnt

yes 'ringside block test' | megabytes 1 | dd of=$disk bs=64k conv=fsync 2>/dev/null
end
