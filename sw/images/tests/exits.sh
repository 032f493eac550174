#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What requests cost in exits of a virtual machine: loads of known shape, and the host compares what its ledger has
# counted for each of them with the laws of the driver and the device.
# arg udp=PORT: on the gateway, nobody answers there; arg udp_echo=PORT, arg tcp=PORT: what comes goes back. arg irq=intx: a pin, whose handler asks the device.
. /tests/lib.sh
has_route() { ip route | grep -q '^default'; }
check route wait_until 20 has_route  # an e1000 negotiates first
gateway=$(ip route | awk '$1 == "default" { print $3 }')
disk=$(basename "$(readlink -f /sys/block/vda/device)")
# The network is a virtio device, named by its number in /proc/interrupts, or an e1000, named by its interface.
card=$(basename "$(readlink -f /sys/class/net/eth0/device)") network=network
[ "$(basename "$(readlink /sys/class/net/eth0/device/driver)")" = e1000 ] && card=eth0 network=e1000
# of DRIVER: the virtio device that has it.
of() { basename "$(ls -d "/sys/bus/virtio/drivers/$1/virtio"* | head -n 1)"; }
source=$(of virtio_rng)
terminal=$(of virtio_console)
scsi=
[ -e /dev/sda ] && scsi=$(of virtio_scsi)
# taken DEVICE: interrupts of a virtio device that the guest has taken.
taken() { awk -v device="$1" '$NF ~ "^" device "(-|$)" { for (i = 2; i <= NF && $i ~ /^[0-9]+$/; i++) n += $i } END { print n + 0 }' /proc/interrupts; }
packets_in() { cat /sys/class/net/eth0/statistics/rx_packets; }
# measure ROW OPERATIONS COMMAND...: the host notes its counters before and after. OPERATIONS: how many, or `packets_in`.
measure() {
  row=$1 operations=$2 device=$disk
  case $row in
    received) device=$card-input.0 ;;
    network* | e1000*) device=$card ;;
    scsi*) device=$scsi ;;
    uart*) device=ttyS0 ;;
    entropy*) device=$source ;;
    console*) device=$terminal ;;
  esac
  shift 2
  usleep 50000
  ask_host exits-begin  # what the guest counts lies within what the host counts: others send to the card, too
  before=$(taken "$device") came=$(packets_in)
  check "$row" "$@"
  usleep 50000
  [ "$operations" != packets_in ] || operations=$(($(packets_in) - came))
  ask_host exits-end "$row" "$operations" "$(printf %08d $(($(taken "$device") - before)))"
}

hvc_writes() { n=0; while [ $n -lt "$1" ]; do head -c 1024 /dev/zero | dd of=/dev/hvc0 bs=1024 2>/dev/null; n=$((n + 1)); done; }
rng_reads() { n=0; while [ $n -lt "$1" ]; do dd if=/dev/hwrng of=/dev/null bs=64 count=1 2>/dev/null; n=$((n + 1)); done; }

measure block-single 400 workload blk-read /dev/vda --count 400
measure block-batch 640 workload blk-read /dev/vda --count 640 --depth 32 --batch
measure block-deep 640 workload blk-read /dev/vda --count 640 --depth 32
[ -z "$scsi" ] || measure scsi-single 400 workload blk-read /dev/sda --count 400
check neighbour ping -c 2 -i 0.2 -W 5 "$gateway"  # so that nobody has to be asked who it is
measure $network-paced 400 workload udp-send "$gateway" "$arg_udp" --bytes 64 --count 400 --interval 500
measure $network-streaming 20000 workload udp-send "$gateway" "$arg_udp" --bytes 64 --count 20000
measure $network-pingpong 300 workload udp-pingpong "$gateway" "$arg_udp_echo" --bytes 64 --count 300
# Segments of a stream come in by the dozen. A pin would not say for which queue it is.
echoed() { megabytes 2 </dev/zero >/tmp/out && timeout 60 nc "$gateway" "$arg_tcp" </tmp/out >/tmp/in && cmp -s /tmp/in /tmp/out; }
if [ $network = e1000 ]; then
  measure e1000-received packets_in echoed
elif [ "$arg_irq" != intx ]; then
  measure received packets_in echoed
fi
measure entropy-reads 200 rng_reads 200
# What is written comes back, and shall not go out once more; settings last while somebody has it open.
exec 9<>/dev/hvc0
stty raw -echo <&9
measure console-writes 100 hvc_writes 100
exec 9<&-
# Memory that the balloon had, page by page.
if [ -n "$(ls /sys/bus/virtio/drivers/virtio_balloon/ | grep virtio)" ]; then
  whole=$(memory MemTotal)
  taken_by_balloon() { [ $((whole - $(memory MemTotal))) = $(($1 * 1024)) ]; }
  ask_host balloon 256
  check balloon wait_until 20 taken_by_balloon 256
  ask_host balloon 0
  check balloon-back wait_until 20 taken_by_balloon 0
  measure memory-again 17920 use_memory 70
fi
# This script speaks to the host on the same line, so that is subtracted; its words are as long in both rows.
uart_writes() { [ "$1" = 0 ] || head -c $((64 * $1)) /dev/zero | tr '\0' x | dd of=/dev/ttyS0 bs=64 2>/dev/null; }
stty -opost </dev/ttyS0
measure uart-nothing 256 uart_writes 0
measure uart-writing 256 uart_writes 256
stty opost </dev/ttyS0
measure idle 4 sleep 4
end
