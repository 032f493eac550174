#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# sw/run.sh [OPTIONS of `ringside run`]: installs what is missing, builds, gets the guest images, and
# boots Debian's Linux on yaml/riscv-virt.yaml to a shell. RINGSIDE_PLATFORM names another platform.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
sw/setup.sh simulator
sw/images/build.py
exec build/bin/ringside run "${RINGSIDE_PLATFORM:-yaml/riscv-virt.yaml}" "$@"
