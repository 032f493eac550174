#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A SCSI host with a disk (sda) and a CD (sr0). Overwrites the disk.
# arg scsi_sha=HEX: of the disk's first MiB as the host made it. arg cd_sha=HEX: of data.bin on the CD,
# cd_sha2: on the next one.
# The disk's first MiB is left holding 'ringside scsi test' lines, for the host to check.
. /tests/lib.sh
disk=/dev/sda
check driver virtio_driver virtio_scsi
check disk wait_until 10 [ -b $disk ]
check cd wait_until 10 [ -b /dev/sr0 ]
echo "INFO $(cat /sys/block/sda/device/vendor) $(cat /sys/block/sda/device/model) size=$(blockdev --getsize64 $disk)"
same content "$(megabytes 1 <$disk | sum)" "$arg_scsi_sha"

transfers $disk 4
want=$(sum /tmp/data)

check mkfs mke2fs -q -F $disk
check mount mount -t ext4 $disk /mnt
cp /tmp/data /mnt/data
check umount umount /mnt
cold
check mount-again mount -t ext4 -o ro $disk /mnt
same file "$(sum /mnt/data)" "$want"
umount /mnt

check cd-mount mount -t iso9660 -o ro /dev/sr0 /mnt
same cd-file "$(sum /mnt/data.bin)" "$arg_cd_sha"
umount /mnt
# Somebody puts in another disc.
ask_host scsi-disc
check cd-changed wait_until 20 mount -t iso9660 -o ro /dev/sr0 /mnt
same cd-other-file "$(sum /mnt/data.bin)" "$arg_cd_sha2"
umount /mnt

yes 'ringside scsi test' | megabytes 1 | dd of=$disk bs=64k conv=fsync 2>/dev/null
end
