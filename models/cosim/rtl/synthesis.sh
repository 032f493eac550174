#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# synthesis.sh TOP [PARAMETER=VALUE ...]: synthesises a module of this folder with yosys for a Xilinx 7-series part and
# prints what it takes. Fails if yosys does, on multiple drivers, undriven wires or loops, and if a latch is inferred.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
top=${1:?a module}
shift
command -v yosys >/dev/null || {
  echo "synthesis.sh: yosys is missing. Install Debian's yosys, or run sw/setup.sh." >&2
  exit 1
}
parameters=()
for p in "$@"; do parameters+=(-set "${p%%=*}" "${p#*=}"); done
log=$(mktemp)
trap 'rm -f "$log"' EXIT
script="read_verilog -sv -I . *.sv; "
# With other parameters the module gets another name, and is the only one that nobody uses.
keep="hierarchy -check -top $top"
[ ${#parameters[@]} -eq 0 ] || keep="chparam ${parameters[*]} $top; hierarchy -check -auto-top"
script+="$keep; rename -top top; proc; check -assert; select -assert-none t:\$dlatch t:\$adlatch; "
script+="synth_xilinx -noiopad -top top; check -assert; select -assert-none t:LD*; flatten; stat"
yosys -q -l "$log" -p "$script" >/dev/null 2>&1 || {
  tail -20 "$log" >&2
  exit 1
}
sed -n '/^=== /,$p' "$log" | awk '/Number of cells:/ { cells = $4 } /^ +[A-Z][A-Z0-9_]+ +[0-9]+$/ { n[$1] = $2 }
  END { for (c in n) { if (c ~ /^LUT[1-6]$/) luts += n[c]; if (c ~ /^FD/) ffs += n[c]; if (c ~ /^RAM(32|64)/) rams += n[c]; if (c ~ /^RAMB/) blocks += n[c] }
        if (cells == 0 || luts == 0) exit 1
        printf "'"$top${*:+ $*}"': %d cells, of them %d look-up tables, %d flip-flops, %d small memories, %d block memories\n", cells, luts, ffs, rams, blocks }'
