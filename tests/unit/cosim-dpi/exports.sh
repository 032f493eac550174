#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# usage: exports.sh LIBRARY HEADER: the library shows what the header declares, and nothing else.
set -eu
shown=$(nm -D --defined-only "$1" | awk '{print $NF}' | sed 's/@.*//' | sort)
declared=$(grep -o '^VRING_REF_API .*' "$2" | grep -o 'vring_ref_[a-z_]*(' | tr -d '(' | sort)
[ "$shown" = "$declared" ] || {
  printf 'shown by %s:\n%s\ndeclared in %s:\n%s\n' "$1" "$shown" "$2" "$declared"
  exit 1
}
# Nothing of ours behind it, so that a simulator needs no search path.
if ldd "$1" | grep ringside; then exit 1; fi
