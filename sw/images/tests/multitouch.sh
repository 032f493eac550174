#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Two fingers on a touch screen.
# arg maker=NAME: with which its name begins.
. /tests/lib.sh
check driver virtio_driver virtio_input
same types "$(input_bits Multitouch EV)" b
same direct "$(input_bits Multitouch PROP)" 2
# Position X and Y, slot, tracking id.
same axes "$(input_bits Multitouch ABS)" 260800000000000
# Tracking id, X, Y, BTN_TOUCH; the kernel names a slot when it is another than before.
heard finger Multitouch "0300390000000000 0300350064000000 03003600c8000000 01004a0101000000 0000000000000000 " touch 0 100 200
heard second Multitouch "03002f0001000000 0300390001000000 0300350007000000 0300360008000000 0000000000000000 " touch 1 7 8
heard first-moves Multitouch "03002f0000000000 0300350065000000 0000000000000000 " touch 0 101 200
heard first-goes Multitouch "03003900ffffffff 0000000000000000 " lift 0
heard second-goes Multitouch "03002f0001000000 03003900ffffffff 01004a0100000000 0000000000000000 " lift 1
end
