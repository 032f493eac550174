#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Keyboard, mouse and tablet are found with what they have, and what the host does with them is heard.
# arg maker=NAME: with which their names begin.
. /tests/lib.sh
check driver virtio_driver virtio_input
# Types: SYN, KEY, LED, REP; SYN, KEY, REL; SYN, KEY, ABS (and perhaps REL, for a wheel).
same keyboard-types "$(input_bits Keyboard EV)" 120003
same keyboard-lights "$(input_bits Keyboard LED)" 7
same mouse-types "$(input_bits Mouse EV)" 7
check mouse-axes [ $((0x$(input_bits Mouse REL) & 0x103)) = $((0x103)) ]
check tablet-types [ $((0x$(input_bits Tablet EV) & 0xb)) = $((0xb)) ]
same tablet-axes "$(input_bits Tablet ABS)" 3
[ "$arg_maker" = QEMU ] || same tablet-properties "$(input_bits Tablet PROP)" 1

# Each event is a type, a code and a value; an empty one ends an update. L is key 38.
heard key Keyboard "0100260001000000 0000000000000000 0100260000000000 0000000000000000 " press l
heard movement Mouse "0200000005000000 02000100fdffffff 0000000000000000 " move 5 -3
heard position Tablet "03000000e8030000 03000100d0070000 0000000000000000 " position 1000 2000
end
