#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every virtio device has its driver; negotiated features and interrupts are shown.
# arg devices=N: how many there must be. arg irq=msix or intx: how they must interrupt.
# arg packed=0 or 1, legacy=0 or 1: what must have been negotiated on all of them.
. /tests/lib.sh
count=0
for dev in /sys/bus/virtio/devices/*; do
  [ -e "$dev" ] || continue
  count=$((count + 1))
  name=$(basename "$dev")
  driver=$(basename "$(readlink "$dev/driver")")
  [ -n "$driver" ] && pass "$name-bound" || fail "$name-bound" "no driver"
  features=$(cat "$dev/features")
  bits=$(echo "$features" | awk '{ for (i = 1; i <= length; i++) if (substr($0, i, 1) == 1) printf " %d", i - 1 }')
  echo "INFO $name $driver $(basename "$(dirname "$(readlink -f "$dev")")") features$bits"
  [ -z "$arg_packed" ] || same "$name-packed" "$(echo "$features" | cut -c35)" "$arg_packed"
  # These never had a legacy interface.
  case $driver in
    virtio_gpu | virtio_input | virtio_iommu) legacy=0 ;;
    *) legacy=$arg_legacy ;;
  esac
  [ -z "$arg_legacy" ] || same "$name-modern" "$(echo "$features" | cut -c33)" $((1 - legacy))
done
[ -z "$arg_devices" ] || same devices $count "$arg_devices"
grep -E 'virtio|timer|tty' /proc/interrupts | sed 's/^ */INFO irq /'
case $arg_irq in
  msix) check msix grep -q 'MSI.*virtio' /proc/interrupts ;;
  intx)
    check intx grep -q 'PLIC.*virtio' /proc/interrupts
    check no-msix sh -c '! grep -q MSI /proc/interrupts'
    ;;
esac
end
