#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What requests cost in exits of a virtual machine: loads of known shape, and the host compares what its ledger has
# counted for each of them with the laws of the driver and the device.
# arg udp=PORT: on the gateway, nobody answers there. arg irq=intx: a pin, whose handler asks the device.
. /tests/lib.sh
gateway=$(ip route | awk '$1 == "default" { print $3 }')
disk=$(basename "$(readlink -f /sys/block/vda/device)")
card=$(basename "$(readlink -f /sys/class/net/eth0/device)")
# of DRIVER: the virtio device that has it.
of() { basename "$(ls -d "/sys/bus/virtio/drivers/$1/virtio"* | head -n 1)"; }
source=$(of virtio_rng)
terminal=$(of virtio_console)
# taken DEVICE: interrupts of a virtio device that the guest has taken.
taken() { awk -v device="$1" '$NF ~ "^" device "(-|$)" { for (i = 2; i <= NF && $i ~ /^[0-9]+$/; i++) n += $i } END { print n + 0 }' /proc/interrupts; }
# measure ROW OPERATIONS COMMAND...: the host notes its counters before and after.
measure() {
  row=$1 operations=$2 device=$disk
  case $row in
    network*) device=$card ;;
    entropy*) device=$source ;;
    console*) device=$terminal ;;
  esac
  shift 2
  usleep 50000
  ask_host exits-begin  # what the guest counts lies within what the host counts: others send to the card, too
  before=$(taken "$device")
  check "$row" "$@"
  usleep 50000
  ask_host exits-end "$row" "$operations" $(($(taken "$device") - before))
}

hvc_writes() { n=0; while [ $n -lt "$1" ]; do head -c 1024 /dev/zero | dd of=/dev/hvc0 bs=1024 2>/dev/null; n=$((n + 1)); done; }
rng_reads() { n=0; while [ $n -lt "$1" ]; do dd if=/dev/hwrng of=/dev/null bs=64 count=1 2>/dev/null; n=$((n + 1)); done; }

measure block-single 400 workload blk-read /dev/vda --count 400
measure block-batch 640 workload blk-read /dev/vda --count 640 --depth 32 --batch
measure block-deep 640 workload blk-read /dev/vda --count 640 --depth 32
check neighbour ping -c 2 -i 0.2 -W 5 "$gateway"  # so that nobody has to be asked who it is
measure network-paced 400 workload udp-send "$gateway" "$arg_udp" --bytes 64 --count 400 --interval 500
measure network-streaming 20000 workload udp-send "$gateway" "$arg_udp" --bytes 64 --count 20000
measure entropy-reads 200 rng_reads 200
# What is written comes back, and shall not go out once more; settings last while somebody has it open.
exec 9<>/dev/hvc0
stty raw -echo <&9
measure console-writes 100 hvc_writes 100
exec 9<&-
measure idle 1 sleep 1
end
