#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# eth0 on a user-mode network: DHCP, ping, TCP out and in.
# arg tcp=PORT: on the gateway, a server that echoes and closes when we do.
# arg listen=PORT: listen here; the host connects, sends and closes; its checksum is arg sha.
. /tests/lib.sh
check present [ -e /sys/class/net/eth0 ]
check address wait_until 10 sh -c 'ip address show eth0 | grep -q "inet "'
ip address show eth0 | sed -n 's/^ *\(link\|inet\)/INFO \1/p'
gateway=$(ip route | awk '$1 == "default" { print $3 }')
check ping ping -c 3 -i 0.2 -W 5 "$gateway"
check ping-large ping -c 2 -i 0.2 -W 5 -s 1400 "$gateway"
check ping-fragments ping -c 2 -i 0.2 -W 5 -s 4000 "$gateway"

if [ -n "$arg_tcp" ]; then
  megabytes 1 </dev/urandom >/tmp/out
  timeout 60 nc "$gateway" "$arg_tcp" </tmp/out >/tmp/in
  same tcp-out "$(sum /tmp/in)" "$(sum /tmp/out)"
fi
if [ -n "$arg_listen" ]; then
  timeout 60 nc -l -p "$arg_listen" >/tmp/in &
  wait_until 5 sh -c 'netstat -ltn | grep -q ":$arg_listen "'
  echo "LISTENING $arg_listen"
  wait
  echo "INFO received $(wc -c </tmp/in) bytes"
  same tcp-in "$(sum /tmp/in)" "$arg_sha_in"
fi
before=$(cat /sys/class/net/eth0/statistics/rx_errors /sys/class/net/eth0/statistics/tx_errors | tr '\n' ' ')
same errors "$before" "0 0 "
end
