#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The emulated NIC that virtio-net replaced: link, traffic, and what it costs. The host compares what the driver counts
# with the accesses that the device has seen.
# arg udp=PORT: on the gateway, nobody answers there. arg mitigation=0 or 1: of interrupts.
. /tests/lib.sh
nic=$(for n in /sys/class/net/*; do
  [ "$(basename "$(readlink "$n/device/driver")")" = e1000 ] && basename "$n"
done)
same nic "$nic" eth0
at=/sys/class/net/$nic
check link wait_until 10 grep -q 1 "$at/carrier"
same speed "$(cat "$at/speed") $(cat "$at/duplex")" "1000 full"
check address wait_until 10 sh -c "ip address show $nic | grep -q 'inet '"
gateway=$(ip route | awk '$1 == "default" { print $3 }')

# counts: interrupts taken, packets sent and received.
counts() {
  interrupts=$(awk -v nic="$nic" '$NF == nic { for (i = 2; i <= NF && $i ~ /^[0-9]+$/; i++) n += $i } END { print n }' /proc/interrupts)
  echo "$interrupts $(cat "$at/statistics/tx_packets") $(cat "$at/statistics/rx_packets")"
}
# report: tells the host what the driver has counted, at a moment when nothing moves.
report() {
  tries=0
  while [ $((tries += 1)) -le 20 ]; do
    usleep 300000
    counted=$(counts)
    ask_host e1000-report $counted
    [ "$(counts)" = "$counted" ] && return
  done
  fail quiet "packets come and go"
}
# costs VERB WORD...: what has happened since begin cost what it has to.
begin() { report && ask_host e1000-begin; }
costs() { report && ask_host "$@"; }

begin
check ping ping -c 20 -i 0.1 -W 5 "$gateway"
costs e1000-paced 20

begin
check paced workload udp-send "$gateway" "$arg_udp" --bytes 64 --count 500 --interval 2000
costs e1000-paced 500
echo "INFO paced: $counted"

begin
check streaming workload udp-send "$gateway" "$arg_udp" --bytes 64 --count 5000
# Without mitigation even these have an interrupt each: one hart takes it before it sends the next.
if [ "$arg_mitigation" = 0 ] && [ "$(nproc)" = 1 ]; then costs e1000-paced 5000; else costs e1000-law; fi

begin
check fragments ping -c 20 -i 0.1 -W 5 -s 20000 "$gateway"
costs e1000-law

# again NAME COMMAND...: down, the command, up, and an address; then packets pass.
again() {
  name=$1
  shift
  ip link set "$nic" down
  "$@"
  ip link set "$nic" up
  check "$name-link" wait_until 10 grep -q 1 "$at/carrier"
  udhcpc -n -q -i "$nic" -s /etc/udhcpc.sh >/dev/null 2>&1
  check "$name-ping" ping -c 2 -i 0.2 -W 5 -s 1400 "$gateway"
}
own=$(cat "$at/address")
again address ip link set "$nic" address 52:54:00:77:66:55
same address "$(cat "$at/address")" 52:54:00:77:66:55
again jumbo ip link set "$nic" mtu 9000
again back sh -c "ip link set $nic mtu 1500; ip link set $nic address $own"
for mode in promisc allmulti; do
  ifconfig "$nic" $mode
  check $mode ping -c 2 -i 0.2 -W 5 "$gateway"
  ifconfig "$nic" -$mode
done
same errors "$(cat "$at"/statistics/rx_errors "$at"/statistics/tx_errors | tr '\n' ' ')" "0 0 "
end
