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

megabytes 2 </dev/urandom >/tmp/data
want=$(sum /tmp/data)
dd if=/tmp/data of=$disk bs=64k conv=fsync 2>/dev/null || fail write dd
cold
before=$(awk '{ print $3 }' /sys/block/vda/stat)
same large "$(megabytes 2 <$disk | sum)" "$want"
after=$(awk '{ print $3 }' /sys/block/vda/stat)
check cold [ $((after - before)) -ge 4096 ]

# Small requests at odd places.
n=0
while [ $n -lt 16 ]; do
  dd if=/tmp/data of=$disk bs=512 skip=$n seek=$((n * 97 + 5)) count=1 conv=notrunc 2>/dev/null
  n=$((n + 1))
done
cold
n=0 bad=0
while [ $n -lt 16 ]; do
  dd if=/tmp/data of=/tmp/a bs=512 skip=$n count=1 2>/dev/null
  dd if=$disk of=/tmp/b bs=512 skip=$((n * 97 + 5)) count=1 2>/dev/null
  cmp -s /tmp/a /tmp/b || bad=$((bad + 1))
  n=$((n + 1))
done
same small $bad 0

# Read past the end.
dd if=$disk bs=512 skip=$((size / 512)) count=1 2>/dev/null | wc -c >/tmp/past
same end-of-disk "$(cat /tmp/past)" 0

if [ "$(cat /sys/block/vda/queue/discard_max_bytes)" != 0 ]; then
  check discard blkdiscard -o 1048576 -l 65536 $disk
fi

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
