#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# virtio-iommu: who is behind it, which regions it keeps free, DMA through mappings and, after a
# change of the domain's type, past them. Needs /dev/vda with access_platform; overwrites the disk.
# arg outside=LIST: functions that are left out, with ':' between them (0000:00:05.0:...).
. /tests/lib.sh
pci=/sys/bus/pci/devices

own=$(ls /sys/class/iommu)
check device [ -e "$pci/$own" ]
check outside-itself [ ! -e "$pci/$own/iommu_group" ]

# Addresses of every function that has a driver are translated. On the root bus each is in a group
# of its own; what is behind a port shares the port's, which has no access control.
count=0 translated=0 single=0 alone=0
for function in "$pci"/*; do
  name=$(basename "$function")
  [ "$name" = "$own" ] && continue
  [ -e "$function/driver" ] || continue
  case ":$arg_outside:" in *:"$name":*) continue ;; esac
  count=$((count + 1))
  [ -e "$function/iommu_group" ] || continue
  case "$(cat "$function/iommu_group/type")" in DMA*) translated=$((translated + 1)) ;; esac
  case "$name $(cat "$function/class")" in *' 0x0604'*) continue ;; 0000:00:*) ;; *) continue ;; esac
  single=$((single + 1))
  [ "$(ls "$function/iommu_group/devices" | wc -l)" = 1 ] && alone=$((alone + 1))
done
check functions [ $count -gt 0 ]
same translated $translated $count
same groups $alone $single

# Messages of an IMSIC pass untranslated: the region is told, or nobody maps its doorbells.
group=$(readlink -f /sys/block/vda/device/../iommu_group)
if grep -q IMSIC /proc/interrupts || dmesg | grep -q riscv-imsic; then
  check doorbells grep -q "^0x0*28000000 0x0*280fffff msi" "$group/reserved_regions"
fi
same platform-addresses "$(cut -c34 /sys/block/vda/device/features)" 1

# transfer NAME: 4 MiB there and, cold, back again.
transfer() {
  megabytes 4 </dev/urandom >/tmp/data
  dd if=/tmp/data of=/dev/vda bs=64k conv=fsync 2>/dev/null || fail "$1" dd
  cold
  same "$1" "$(megabytes 4 </dev/vda | sum)" "$(sum /tmp/data)"
}
transfer through

# Another type of domain: identity attaches the endpoint to a bypass domain.
card=$(basename "$(readlink -f /sys/block/vda/device/..)")
for type in identity DMA; do
  echo "$card" >/sys/bus/pci/drivers/virtio-pci/unbind
  echo $type >"$group/type"
  echo "$card" >/sys/bus/pci/drivers/virtio-pci/bind
  wait_until 5 [ -b /dev/vda ]
  same "type-$type" "$(cat "$group/type")" $type
  transfer "after-$type"
done

check no-faults [ "$(dmesg | grep -c 'fault from EP')" = 0 ]
end
