#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Virtio console: /dev/hvc0 (port 0) and each named port talk to a peer that echoes.
. /tests/lib.sh

# echo_test NAME DEVICE: what goes out comes back. One file descriptor for both directions: a port can
# be opened once only, and a terminal forgets its raw mode when the last one closes.
echo_test() {
  n=0
  while [ $n -lt 40 ]; do echo "$1 line $n abcdefghijklmnopqrstuvwxyz"; n=$((n + 1)); done >/tmp/said_to
  exec 3<>"$2"
  [ -t 3 ] && stty raw -echo <&3
  cat <&3 >/tmp/heard &
  reader=$!
  timeout 20 cat /tmp/said_to >&3
  wait_until 20 cmp -s /tmp/said_to /tmp/heard
  kill $reader 2>/dev/null
  wait $reader 2>/dev/null
  exec 3>&-
  same "$1" "$(sum /tmp/heard)" "$(sum /tmp/said_to)"
}

check present [ -c /dev/hvc0 ]
echo_test hvc0 /dev/hvc0
ports=0
for port in /sys/class/virtio-ports/*; do
  [ -s "$port/name" ] || continue
  ports=$((ports + 1))
  name=$(cat "$port/name")
  echo "INFO port $(basename "$port") is $name"
  echo_test "$name" "/dev/$(basename "$port")"
done
[ -z "$arg_ports" ] || same ports $ports "$arg_ports"
end
