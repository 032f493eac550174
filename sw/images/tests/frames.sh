#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# eth0 on a network whose frames come back: each is as it was sent.
. /tests/lib.sh
check present [ -e /sys/class/net/eth0 ]
ip link set eth0 up
check carrier wait_until 5 sh -c '[ "$(cat /sys/class/net/eth0/carrier)" = 1 ]'
check frames frames eth0 300
statistics=/sys/class/net/eth0/statistics
check received [ "$(cat $statistics/rx_packets)" -ge 300 ]
same errors "$(cat $statistics/rx_errors $statistics/tx_errors | tr '\n' ' ')" "0 0 "
end
