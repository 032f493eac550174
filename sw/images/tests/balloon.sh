#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The balloon takes memory away and gives it back, as the host asks.
. /tests/lib.sh
check driver virtio_driver virtio_balloon
whole=$(memory MemTotal)

# shrunk_by KIB, grown: what MemTotal shows once the driver has done its part.
shrunk_by() { [ "$(memory MemTotal)" -le $((whole - $1)) ]; }
grown() { [ "$(memory MemTotal)" -ge $((whole - 64)) ]; }

ask_host balloon 128
check inflate wait_until 20 shrunk_by $((127 * 1024))
same exact $((whole - $(memory MemTotal))) $((128 * 1024))
ask_host balloon 64
check deflate-half wait_until 20 sh -c '. /tests/lib.sh; [ $(memory MemTotal) -ge '$((whole - 65 * 1024))' ]'
ask_host balloon 0
check deflate wait_until 20 grown

# The pages that came back can be used.
megabytes 64 </dev/urandom >/tmp/data
cp /tmp/data /tmp/copy
check use cmp /tmp/data /tmp/copy
rm /tmp/data /tmp/copy
# The host asks for statistics and finds the free memory in them.
ask_host balloon-statistics "$(memory MemFree)"
end
