#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Sockets between guest and host: streams and messages, opened by either side. The host echoes on port
# arg echo, and connects to port arg listen when it is told that somebody listens.
. /tests/lib.sh

# echoed NAME OPTION: what goes to the host comes back.
echoed() {
  timeout 60 vsock connect $2 2 "$arg_echo" </tmp/data >/tmp/back
  same "$1" "$(sum /tmp/back)" "$(sum /tmp/data)"
}

check present [ -c /dev/vsock ]
same cid "$(vsock cid)" "$arg_cid"
megabytes 2 </dev/urandom >/tmp/data
echoed stream ""
echoed messages -s
check refused sh -c '! vsock connect 2 9 </dev/null'

# Ten at once.
megabytes 1 </dev/urandom | head -c 100000 >/tmp/small
for i in 0 1 2 3 4 5 6 7 8 9; do
  timeout 60 vsock connect 2 "$arg_echo" </tmp/small >/tmp/back$i &
done
wait
same ten "$(cat /tmp/back? | sum)" "$(for i in 0 1 2 3 4 5 6 7 8 9; do cat /tmp/small; done | sum)"

# The host comes; it checks what it hears itself.
timeout 60 vsock echo "$arg_listen" 5
same listen $? 0
timeout 60 vsock echo -s "$arg_listen" 1
same listen-messages $? 0
end
