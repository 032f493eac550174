#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The emulated disk that virtio-blk replaced: what it says of itself, data, what commands cost, and what happens when it
# fails, is reset, or goes. The host compares what the guest counts with the accesses that the adapter has seen.
# Overwrites the disk. arg ahci_sha=HEX: of its first MiB as the host made it. arg ahci_size=BYTES. arg ledger=1: there is one.
# arg maker=QEMU: cannot damage or pull out its disk.
# The first MiB is left holding 'ringside ahci test' lines, for the host to check.
. /tests/lib.sh
adapter=$(ls -d /sys/bus/pci/drivers/ahci/0000:*)
same adapter "$(echo "$adapter" | wc -w)" 1
address=$(basename "$adapter")
# found [SERIAL]: succeeds if the disk is there; sets `disk`, since it may come back under another name.
found() {
  for device in "$adapter"/ata*/host*/target*/*/block/*; do
    disk=/dev/${device##*/}
    [ -b "$disk" ] && [ "$(tail -c +5 "$device/device/vpd_pg80" | tr -d ' \000')" = "${1:-ringside-ata}" ] && return
  done
  return 1
}
gone() { ! found; }
check disk wait_until 20 found
same size "$(blockdev --getsize64 $disk)" "$arg_ahci_size"
same tags "$(cat "$device/device/queue_depth")" 32
same cache "$(cat "$device/queue/write_cache")" "write back"
same content "$(megabytes 1 <$disk | sum)" "$arg_ahci_sha"
echo "INFO $(cat "$device/device/model") $(cat /sys/class/ata_link/link1/sata_spd)"

# taken: interrupts of the adapter that the guest has taken. done_since: commands that the disk has ended.
taken() { awk -v line="ahci[$address]" 'index($0, line) { for (i = 2; i <= NF && $i ~ /^[0-9]+$/; i++) n += $i } END { print n + 0 }' /proc/interrupts; }
ended() { awk '{ print $1 + $5 + $12 + $16 }' "$device/stat"; }
# measure ROW COMMANDS ARGUMENT...: a load on this disk; and on that of virtio, if there is a ledger.
measure() {
  row=$1 commands=$2
  shift 2
  sync
  usleep 50000
  before=$(ended)
  ask_host ahci-begin "$(taken)"
  check "$row" workload blk-read $disk --count "$commands" "$@"
  usleep 50000
  ask_host ahci-law "$row" "$(taken)" $(($(ended) - before)) "$settled"
  [ "$row" = batch ] || same "$row-commands" $(($(ended) - before)) "$commands"  # neighbours in a batch become one
  [ "$arg_ledger" = 1 ] || return
  ask_host ahci-versus "$row" "$commands" begin
  check "$row-virtio" workload blk-read /dev/vda --count "$commands" "$@"
  usleep 50000
  ask_host ahci-versus "$row" "$commands" end
}
# age: seconds since the driver has set the link's power management; for ten of them it takes changes of the link for its
# own doing: each interrupt clears them, and a disk that is pulled out is not missed.
age() {
  since=$(dmesg | sed -n 's/^\[ *\([0-9]*\)\..*ata[0-9]*.00: configured for.*/\1/p' | tail -n 1)
  echo $(($(cut -d. -f1 /proc/uptime) - since))
}
settle() { while [ "$(age)" -lt 12 ]; do sleep 1; done; }
settled=0
[ "$(age)" -ge 8 ] || measure young-single 100
settle
settled=1
measure single 400
measure deep 640 --depth 32
measure batch 640 --depth 32 --batch
ask_host ahci-begin "$(taken)"
check writes workload blk-write $disk --count 320 --depth 32
ask_host ahci-done writes=320 requests=320

ask_host ahci-begin "$(taken)"
transfers $disk 2
want=$(sum /tmp/data)
check mkfs mke2fs -q -F $disk
check mount mount -t ext4 $disk /mnt
cp /tmp/data /mnt/data
check umount umount /mnt
cold
check mount-again mount -t ext4 -o ro $disk /mnt
same file "$(sum /mnt/data)" "$want"
umount /mnt
ask_host ahci-done flushes=2 trims=1

# Known content; readers NAME: reads it all, from the disk, four times at once.
megabytes 8 </dev/urandom >/tmp/data
dd if=/tmp/data of=$disk bs=64k conv=fsync 2>/dev/null
want=$(sum /tmp/data)
readers() {
  cold
  for part in 0 1 2 3; do
    dd if=$disk of=/tmp/part$part bs=64k skip=$((part * 32)) count=32 2>/dev/null &
  done
}
same_read() { wait && same "$1" "$(cat /tmp/part[0-3] | sum)" "$want"; }
readers
same_read reading

# The link is reset as the driver does for whoever looks for new disks.
ask_host ahci-begin "$(taken)"
readers
echo '- - -' >"$(ls -d "$adapter"/ata1/host*)/scsi_host/$(basename "$(ls -d "$adapter"/ata1/host*)")/scan"
same_read link-reset
ask_host ahci-done resets=1

# Another driver's life: the adapter is reset, and everything begins anew.
ask_host ahci-begin "$(taken)"
echo "$address" >/sys/bus/pci/drivers/ahci/unbind
check unbound wait_until 10 gone
echo "$address" >/sys/bus/pci/drivers/ahci/bind
check bound wait_until 20 found
readers
same_read bound-again
ask_host ahci-done resets=1

if [ "$arg_maker" != QEMU ]; then
  # Sectors that cannot be read, in the middle of queued commands: whoever reads them hears of it, nobody else does.
  ask_host ahci-begin "$(taken)"
  ask_host ahci-damage 24000 8
  readers
  n=0
  while [ $n -lt 3 ]; do
    dd if=$disk of=/dev/null bs=4096 skip=3000 count=1 2>/tmp/error && fail damage "the sector can be read"
    n=$((n + 1))
  done
  same damage "$(grep -c 'nput/output error\|I/O error' /tmp/error)" 1
  same_read beside-damage
  ask_host ahci-done failed=3 errors=3
  check medium-error sh -c "dmesg | grep -q 'I/O error, dev ${disk#/dev/}, sector 24000 ' && dmesg | grep -q '(media error)'"
  check neighbour dd if=$disk of=/dev/null bs=4096 skip=3001 count=8
  dd if=/dev/zero of=$disk bs=4096 seek=3000 count=1 conv=fsync 2>/dev/null
  cold
  check healed dd if=$disk of=/dev/null bs=4096 skip=3000 count=1
  same still-queued "$(cat "$device/device/queue_depth")" 32

  # The storage behind a second disk fails for a while. Who reads hears of it; the disk, and the other one, go on.
  check second wait_until 20 found flaky
  dd if=/tmp/data of=$disk bs=64k count=32 conv=fsync 2>/dev/null
  cold
  ask_host ahci-storage fails
  dd if=$disk of=/dev/null bs=4096 skip=100 count=1 2>/tmp/error && fail storage "it can be read"
  same storage-fails "$(grep -c 'nput/output error\|I/O error' /tmp/error)" 1
  found
  readers
  same_read beside-failing-storage
  found flaky
  check write-while-reads-fail dd if=/tmp/data of=$disk bs=64k skip=16 seek=16 count=16 conv=notrunc,fsync
  ask_host ahci-storage works
  cold
  same storage-works "$(head -c 2097152 $disk | sum)" "$(head -c 2097152 /tmp/data | sum)"
  same second-still-queued "$(cat "$device/device/queue_depth")" 32
  found

  settle
  # Pulled out while it is read, and put in again.
  readers
  usleep 3000
  ask_host ahci-plug unplug
  wait
  check unplugged wait_until 60 gone
  ask_host ahci-plug plug
  check plugged wait_until 60 found
  readers
  same_read plugged-again
fi

yes 'ringside ahci test' | megabytes 1 | dd of=$disk bs=64k conv=fsync 2>/dev/null
end
