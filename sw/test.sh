#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# sw/test.sh [--all] [OPTIONS of ctest]: installs what is missing, builds, and runs the tests: the
# quick ones, or all. One of the tests gets the guest images for those that boot Linux.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
preset=quick
if [ "${1:-}" = --all ]; then
  preset=all
  shift
fi
sw/setup.sh all
exec ctest --preset "$preset" --parallel "${RINGSIDE_JOBS:-$(nproc)}" "$@"
