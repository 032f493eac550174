#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# run.sh [BUILD-DIR [REPEATS]]: the mixed integer workload on ringside and on qemu-system-riscv64
# (TCG), side by side. Guest instructions are counted by the guest itself on ringside, where
# minstret counts instructions; both run the same program, so the number holds for both. Prints
# MIPS per second of host CPU time, the best of REPEATS (default 3), and the ratio.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=${1:-$here/../../../build}
repeats=${2:-3}
RINGSIDE_WORKLOAD=$(cd "$build" && pwd)/tests/bench/cpu/mixed.elf
export RINGSIDE_WORKLOAD
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

# CPU seconds, user and system, of a command; its output goes to a file.
cpu_seconds() {
  to=$1
  shift
  "$here/cpu_seconds.py" "$to" "$@"
}

best() { sort -n | head -n 1; }

i=0
while [ "$i" -lt "$repeats" ]; do
  cpu_seconds "$out/ringside.txt" "$build/bin/ringside" run --quiet "$here/bench.yaml" \
    >> "$out/ringside.times"
  cpu_seconds "$out/qemu.txt" qemu-system-riscv64 -M virt -m 128 -display none -serial stdio \
    -monitor none -bios "$RINGSIDE_WORKLOAD" >> "$out/qemu.times"
  i=$((i + 1))
done

sums() { tr -d '\r' < "$1" | awk 'NF == 3 { print $1, $2 }'; }
if [ "$(sums "$out/ringside.txt")" != "$(sums "$out/qemu.txt")" ]; then
  echo "the checksums differ:" >&2
  sums "$out/ringside.txt" >&2
  sums "$out/qemu.txt" >&2
  exit 1
fi
count=$(tr -d '\r' < "$out/ringside.txt" | awk '$1 == "instructions" { print $2 }')
awk -v n="$count" -v ours="$(best < "$out/ringside.times")" -v theirs="$(best < "$out/qemu.times")" '
  BEGIN {
    printf "%.0f million instructions, the same checksums\n", n / 1e6
    printf "ringside             %7.2f s  %6.0f MIPS\n", ours, n / ours / 1e6
    printf "qemu-system-riscv64  %7.2f s  %6.0f MIPS\n", theirs, n / theirs / 1e6
    printf "ratio                %7.2f\n", theirs / ours
  }'
