#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The program that measurements load devices with: as many requests as asked for reach the disk, and datagrams come
# back. Reads the disk only.
. /tests/lib.sh
stat=/sys/block/vda/stat
# value KEY: of the line that the program printed last.
value() { tr ' ' '\n' </tmp/said | sed -n "s/^$1=//p"; }
# load NAME REQUESTS KIND ARGUMENT...: the program says, and the disk counts, so many requests.
load() {
  name=$1 requests=$2
  shift 2
  before=$(awk '{ print $1 }' $stat)
  check "$name" workload "$@"
  same "$name-count" "$(value count)" "$requests"
  same "$name-disk" $(($(awk '{ print $1 }' $stat) - before)) "$requests"
}

load single 100 blk-read /dev/vda --count 100
load deep 100 blk-read /dev/vda --count 100 --depth 16 --bytes 512
load batch 100 blk-read /dev/vda --count 100 --depth 32 --batch --seed 7
load in-order 64 blk-read /dev/vda --count 64 --bytes 65536 --sequential
check latency [ "$(value p50_ns)" -gt 0 -a "$(value p50_ns)" -le "$(value max_ns)" ]

workload udp-echo 9001 --count 50 >/tmp/echoed 2>&1 &
check listens wait_until 5 grep -q LISTENING /tmp/echoed
check ping workload udp-pingpong 127.0.0.1 9001 --count 50 --bytes 200
same answers "$(value count) $(value lost)" "50 0"
wait
same echoes "$(tr ' ' '\n' </tmp/echoed | sed -n 's/^count=//p')" 50
check paced workload udp-send 127.0.0.1 9002 --count 20 --interval 1000
check pace [ "$(value ns)" -ge 19000000 ]

n=0
for wrong in 'blk-read /dev/vda --bytes 100' 'blk-read /dev/vda --depth 0' 'blk-read /dev/none' 'udp-send x 1' \
  'udp-pingpong 127.0.0.1 1 --bytes 4' 'blk-read' 'nonsense /dev/vda' 'udp-send 127.0.0.1 1 --count'; do
  workload $wrong >/dev/null 2>&1 && echo "INFO accepted: $wrong" || n=$((n + 1))
done
same refused $n 8
end
