#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The guest is up; no device needed.
. /tests/lib.sh
same arithmetic "$(awk 'BEGIN { printf "%.6f", 355 / 113 * 3.5 }')" 10.995575
head -c 100000 /dev/zero | tr '\0' r >/tmp/plain
gzip -c /tmp/plain | gunzip >/tmp/again
check gzip cmp /tmp/plain /tmp/again
before=$(cut -d' ' -f1 /proc/uptime)
sleep 1
after=$(cut -d' ' -f1 /proc/uptime)
check sleep awk "BEGIN { slept = $after - $before; exit !(slept > 0.98 && slept < 3) }"
check clock [ "$(date +%Y)" -ge 2001 ]
end
