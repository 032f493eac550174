#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The balloon takes memory away and gives it back, as the host asks.
. /tests/lib.sh
check driver virtio_driver virtio_balloon
whole=$(memory MemTotal)

# taken MIB: MemTotal shows that just so much is in the balloon.
taken() { [ $((whole - $(memory MemTotal))) = $(($1 * 1024)) ]; }

# Pages that have been used are the host's; taken by the balloon, they are its again.
check fill use_memory 340
ask_host memory-mark
ask_host balloon 256
check inflate wait_until 20 taken 256
ask_host memory-fell 100
ask_host balloon 64
check deflate-most wait_until 20 taken 64
ask_host balloon 0
check deflate wait_until 20 taken 0

# The pages that came back can be used.
megabytes 64 </dev/urandom >/tmp/data
cp /tmp/data /tmp/copy
check use cmp /tmp/data /tmp/copy
rm /tmp/data /tmp/copy
# The host asks for statistics and finds the free memory in them.
ask_host balloon-statistics "$(memory MemFree)"
end
