#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Run the named tests one after the other and print the total in the form the host waits for.
# usage: run.sh a,b
passed=0
failed=0
for name in $(echo "$1" | tr , ' '); do
  echo "TEST $name"
  if [ ! -e "/tests/$name.sh" ]; then
    echo "FAIL $name: no such test"
    failed=$((failed + 1))
    continue
  fi
  sh "/tests/$name.sh" >/tmp/result 2>&1
  [ $? = 0 ] || echo "FAIL $name: exit status" >>/tmp/result
  cat /tmp/result
  passed=$((passed + $(grep -c '^PASS ' /tmp/result)))
  failed=$((failed + $(grep -c '^FAIL ' /tmp/result)))
done
[ $passed -gt 0 ] || failed=$((failed + 1))
echo "DONE passed=$passed failed=$failed"
