#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# lint.sh FOLDER: every module of the folder by itself, with all of Verilator's warnings, and each bus width of the engine.
set -euo pipefail
cd "$1"
for file in *.sv; do
  verilator --lint-only -Wall -y . --top-module "${file%.sv}" "$file"
done
for width in 128 256; do
  verilator --lint-only -Wall -y . -GDATA_WIDTH=$width -GQUEUES=3 -GOUTSTANDING=8 --top-module virtqueue_core virtqueue_core.sv
done
echo "$(ls ./*.sv | wc -l) modules without a warning"
