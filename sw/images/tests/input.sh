#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Keyboard, mouse and tablet are found with what they have, and what is typed comes out. The platform's keyboard has
# `source: {type: script, events: [{at: 6s, text: ls}]}`, its mouse `[{at: 6s, move: [5, -3]}]`.
. /tests/lib.sh
check driver virtio_driver virtio_input
# device NAME: its part of the list.
device() { awk -v RS= -v name="\"$1\"" 'index($0, name)' /proc/bus/input/devices; }
event() { device "$1" | sed -n 's/^H: .*\(event[0-9]*\).*/\1/p'; }
bits() { device "$1" | sed -n "s/^B: $2=//p" | sed 's/ *$//'; }
# EV_SYN, EV_KEY, EV_LED, EV_REP; and so on.
same keyboard-types "$(bits 'Ringside Virtio Keyboard' EV)" 120003
same keyboard-lights "$(bits 'Ringside Virtio Keyboard' LED)" 7
same mouse-types "$(bits 'Ringside Virtio Mouse' EV)" 7
same mouse-axes "$(bits 'Ringside Virtio Mouse' REL)" 143
same tablet-types "$(bits 'Ringside Virtio Tablet' EV)" f
same tablet-axes "$(bits 'Ringside Virtio Tablet' ABS)" 3
(timeout 60 head -c 192 "/dev/input/$(event 'Ringside Virtio Keyboard')" >/tmp/keys) &
(timeout 60 head -c 72 "/dev/input/$(event 'Ringside Virtio Mouse')" >/tmp/moves) &
wait
hexdump -v -e '24/1 "%02x" "\n"' /tmp/keys | cut -c33-48 >/tmp/keys.hex
hexdump -v -e '24/1 "%02x" "\n"' /tmp/moves | cut -c33-48 >/tmp/moves.hex
# l is key 38, s is 31; an empty event ends each.
same keys "$(tr '\n' ' ' </tmp/keys.hex)" "0100260001000000 0000000000000000 0100260000000000 0000000000000000 01001f0001000000 0000000000000000 01001f0000000000 0000000000000000 "
same moves "$(tr '\n' ' ' </tmp/moves.hex)" "0200000005000000 02000100fdffffff 0000000000000000 "
end
