#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# All thirteen devices at once, each busy without a pause for arg seconds=N seconds. Overwrites disks and
# persistent memory. The args are those of the tests of single devices.
. /tests/lib.sh
seconds=${arg_seconds:-10}
root=/tmp/together
mkdir -p $root /mnt/share
mount -t tmpfs -o size=200m together $root
megabytes 1 </dev/urandom >$root/data
want=$(sum $root/data)
gateway=$(ip route | awk '$1 == "default" { print $3 }')

for driver in virtio_blk virtio_net virtio_console virtio_rng virtio_balloon virtio_scsi 9pnet_virtio \
  virtio_gpu virtio_input vmw_vsock_virtio_transport virtio_pmem virtio_mem; do
  check $driver virtio_driver $driver
done
check virtio_iommu [ -n "$(ls /sys/class/iommu)" ]
check share mount -t 9p -o trans=virtio,version=9p2000.L,msize=131072 share /mnt/share
for console in /sys/class/vtconsole/vtcon*; do
  grep -q 'frame buffer' "$console/name" && echo 0 >"$console/bind"
done
echo online_movable >/sys/devices/system/memory/auto_online_blocks
whole=$(memory MemTotal)

# total_is KIB, total_at_most KIB: of MemTotal.
total_is() { [ "$(memory MemTotal)" = "$1" ]; }
total_at_most() { [ "$(memory MemTotal)" -le "$1" ]; }
# mem_is_back: a page that somebody holds just then keeps its block in the guest. Linux tries again after 50 s, and
# at once when the host asks for another size.
mem_is_back() {
  for attempt in 1 2 3 4 5 6; do
    wait_until 3 total_is "$whole" && return 0
    echo "INFO memory was held, attempt $attempt"
    ask_host mem 2
    ask_host mem 0
  done
  return 1
}

# What one round of each device is. It fails if what comes back is not what went out.
disk() {
  dd if=$root/data of="$1" bs=64k seek=$2 conv=fsync 2>/dev/null &&
    [ "$(dd if="$1" bs=64k skip=$2 count=16 iflag=direct 2>/dev/null | sum)" = "$want" ]
}
round_blk() { disk /dev/vda $((round % 64)); }
round_scsi() { disk /dev/sda $((round % 64)); }
round_pmem() { disk /dev/pmem0 $((round % 64)); }
round_9p() {
  cp $root/data /mnt/share/data$((round % 4)) && [ "$(sum /mnt/share/data$((round % 4)))" = "$want" ]
}
round_net() { [ "$(timeout 60 nc "$gateway" "$arg_tcp" <$root/data | sum)" = "$want" ]; }
round_vsock() { [ "$(timeout 60 vsock connect 2 "$arg_echo" <$root/data | sum)" = "$want" ]; }
round_rng() { [ "$(dd if=/dev/hwrng bs=512 count=16 2>/dev/null | wc -c)" = 8192 ]; }
round_gpu() {
  head -c $pixels /dev/urandom >$root/picture && cat $root/picture >/dev/fb0 &&
    [ "$(head -c $pixels /dev/fb0 | sum)" = "$(sum $root/picture)" ]
}
round_console() {
  text="line $round of the console's port, with some more words on it"
  echo "$text" >&3 && read -r said <&3 && [ "$said" = "$text" ]
}

# busy DEVICE: rounds until the time is up, then how many and how many of them failed.
busy() {
  round=0 bad=0
  until [ -e $root/stop ]; do
    "round_$1" || bad=$((bad + 1))
    round=$((round + 1))
  done
  echo "$round $bad" >"$root/$1"
}

size=$(cat /sys/class/graphics/fb0/virtual_size)
width=${size%,*} height=${size#*,}
pixels=$((width * height * 4))
devices="blk scsi pmem 9p net vsock rng gpu console"
exec 3<>"/dev/$(basename "$(grep -l ringside /sys/class/virtio-ports/*/name | head -n 1 | xargs dirname)")"
# Everything that is typed while the others work is in here.
timeout 120 cat "/dev/input/$(input_event 'Ringside Virtio Keyboard')" >$root/keys &
keys=$!
began=$(cut -d. -f1 /proc/uptime)
workers=
for device in $devices; do
  busy $device &
  workers="$workers $!"
done

# Meanwhile memory comes and goes, and somebody types.
changes=0 typed=0
until [ $(($(cut -d. -f1 /proc/uptime) - began)) -ge "$seconds" ]; do
  ask_host balloon 64
  wait_until 20 total_at_most $((whole - 65536)) || fail balloon "$(memory MemTotal)"
  ask_host balloon 0
  ask_host press a
  typed=$((typed + 1))
  wait_until 20 total_is "$whole" || fail balloon-back "$(memory MemTotal)"
  ask_host mem 128
  wait_until 20 total_is $((whole + 131072)) || fail mem "$(memory MemTotal)"
  ask_host mem 0
  mem_is_back || fail mem-back "$(memory MemTotal)"
  changes=$((changes + 1))
done
touch $root/stop
# The keyboard's reader still runs, so each is waited for by its number.
wait $workers
check typed [ $typed -gt 0 ]
check changes [ $changes -gt 0 ]
echo "INFO memory came and went $changes times"
# Press and release, and an empty event after each.
heard() { [ "$(wc -c <$root/keys)" = $((typed * 4 * 24)) ]; }
check keys wait_until 10 heard
kill $keys
for device in $devices; do
  read -r rounds bad <$root/$device
  echo "INFO $device did $rounds rounds"
  check $device-busy [ "$rounds" -ge 1 ]
  same $device-right "$bad" 0
done
# The last picture is what the host sees.
yes UUU | tr '\n' '\0' | head -c $pixels >$root/picture
cat $root/picture >/dev/fb0
ask_host screen "$width" "$height" "$(sum $root/picture)"
check no-faults [ "$(dmesg | grep -c 'fault from EP')" = 0 ]
check no-complaints [ "$(dmesg | grep -c -e 'Call trace' -e 'BUG:' -e 'WARNING:' -e 'hung task')" = 0 ]
umount /mnt/share
ask_host share-file data0 "$want"
end
