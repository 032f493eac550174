#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every hart works, and they get the same results. arg harts=N: how many there must be.
. /tests/lib.sh
harts=$(nproc)
[ -z "$arg_harts" ] || same harts "$harts" "$arg_harts"
want=$(head -c 262144 /dev/zero | sum)
n=0
while [ $n -lt "$harts" ]; do
  (head -c 262144 /dev/zero | taskset -c $n sha256sum | cut -d' ' -f1 >/tmp/hart$n) &
  n=$((n + 1))
done
wait
n=0
while [ $n -lt "$harts" ]; do
  same "hart$n" "$(cat /tmp/hart$n)" "$want"
  n=$((n + 1))
done
# Every hart takes timer interrupts and, if there are several, IPIs.
awk -v n="$harts" '/riscv-timer/ { for (i = 2; i < n + 2; i++) if ($i == 0) bad = 1; seen = 1 }
  END { exit bad || !seen }' /proc/interrupts && pass timers || fail timers "$(grep timer /proc/interrupts)"
end
