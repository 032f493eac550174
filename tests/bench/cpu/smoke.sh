#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# smoke.sh RINGSIDE ELF DIR: the workload's checksums are those in DIR/expected.txt, and it retires
# the number of instructions that the program really has.
set -eu
RINGSIDE_WORKLOAD=$2
export RINGSIDE_WORKLOAD
found=$("$1" run --quiet "$3/bench.yaml" < /dev/null | tr -d '\r')
printf '%s\n' "$found"
checksums() { awk 'NF == 3 { print $1, $2 }'; }
[ "$(printf '%s\n' "$found" | checksums)" = "$(cat "$3/expected.txt")" ] || {
  echo "the checksums differ from expected.txt" >&2
  exit 1
}
# The parts and the loop around them add up to the total.
printf '%s\n' "$found" | awk '
  NF == 3 { sum += $3 }
  $1 == "instructions" { total = $2 }
  END { if (sum == 0 || total < sum || total > sum + 1000) { print "counts do not add up"; exit 1 } }'
