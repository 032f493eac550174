#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# sw/setup.sh [TARGET]: makes a Debian machine ready and builds TARGET (the simulator, if none is
# given; `all` includes the tests). Does only what is missing, so it can be run at any time.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
target=${1:-simulator}

missing=()
while read -r package; do
  state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$state" = installed ] || missing+=("$package")
done < <(grep -v '^#' sw/packages.txt)

if [ ${#missing[@]} -ne 0 ]; then
  echo "setup: installing ${missing[*]}"
  root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || {
      echo "setup: this needs root once; run: apt-get install ${missing[*]}" >&2
      exit 1
    }
    root=(sudo)
  fi
  install=("${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends)
  "${install[@]}" "${missing[@]}" >/dev/null 2>&1 || {
    "${root[@]}" apt-get update -qq
    "${install[@]}" "${missing[@]}" >/dev/null
  }
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
cmake --preset release >"$log" 2>&1 || {
  cat "$log" >&2
  exit 1
}
cmake --build --preset release --target "$target" --parallel "${RINGSIDE_JOBS:-$(nproc)}"
