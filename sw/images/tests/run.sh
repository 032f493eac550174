#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Run the named tests one after the other and print the total in the form the host waits for.
# usage: run.sh a,b     Words of ringside.arg=key=value,... reach the tests as $arg_key.
for word in $(cat /proc/cmdline); do
  case $word in
    ringside.arg=*)
      for pair in $(echo "${word#ringside.arg=}" | tr , ' '); do
        export "arg_${pair%%=*}=${pair#*=}"
      done
      ;;
  esac
done

passed=0
failed=0
for name in $(echo "$1" | tr , ' '); do
  echo "TEST $name"
  if [ ! -e "/tests/$name.sh" ]; then
    echo "FAIL $name: no such test"
    failed=$((failed + 1))
    continue
  fi
  sh "/tests/$name.sh" 2>&1 | tee /tmp/result
  passed=$((passed + $(grep -c '^PASS ' /tmp/result)))
  failed=$((failed + $(grep -c '^FAIL ' /tmp/result)))
  # A script that died half-way has not said so.
  grep -q '^END$' /tmp/result || { echo "FAIL $name: did not reach its end"; failed=$((failed + 1)); }
done
[ $passed -gt 0 ] || failed=$((failed + 1))
echo "DONE passed=$passed failed=$failed"
