# SPDX-License-Identifier: Apache-2.0
# What the test scripts share; each sources this first and calls `end` last.
test=$(basename "$0" .sh)

pass() { echo "PASS $test/$1"; }
fail() { echo "FAIL $test/$1: $2"; }
end() { echo END; }

# check NAME COMMAND...: PASS if the command succeeds, else FAIL with the end of what it said.
check() {
  name=$1
  shift
  if "$@" >/tmp/said 2>&1; then pass "$name"; else fail "$name" "'$*' said: $(tail -n 2 /tmp/said | tr '\n' ' ')"; fi
}

# same NAME A B: PASS if the two are the same and not empty.
same() {
  if [ -n "$2" ] && [ "$2" = "$3" ]; then pass "$1"; else fail "$1" "'$2' is not '$3'"; fi
}

sum() { sha256sum "$@" | cut -d' ' -f1; }
megabytes() { head -c $(($1 * 1048576)); }
# use_memory MIB: have the kernel write to so much memory, which is free afterwards.
use_memory() {
  mkdir -p /tmp/used
  mount -t tmpfs -o size=$(($1 + 1))m used /tmp/used
  megabytes 10 </dev/urandom >/tmp/used/0
  n=1
  while [ $((n * 10)) -lt "$1" ]; do cp /tmp/used/0 /tmp/used/$((n++)); done
  used=$(ls /tmp/used | wc -l)
  umount /tmp/used
  [ $((used * 10)) -ge "$1" ]
}
# Forget what the page cache knows, so that the next read goes to the device.
cold() { sync && echo 3 >/proc/sys/vm/drop_caches; }

# transfers DISK MEBIBYTES: large requests, small ones at odd places, discarding. Overwrites the disk; /tmp/data is what
# it began with.
transfers() {
  disk=$1 stat=/sys/block/$(basename "$1")/stat
  megabytes "$2" </dev/urandom >/tmp/data
  dd if=/tmp/data of="$disk" bs=64k conv=fsync 2>/dev/null || fail write dd
  cold
  before=$(awk '{ print $3 }' "$stat")
  same large "$(megabytes "$2" <"$disk" | sum)" "$(sum /tmp/data)"
  after=$(awk '{ print $3 }' "$stat")
  check cold [ $((after - before)) -ge $(($2 * 2048)) ]

  n=0
  while [ $n -lt 16 ]; do
    dd if=/tmp/data of="$disk" bs=512 skip=$n seek=$((n * 97 + 5)) count=1 conv=notrunc 2>/dev/null
    n=$((n + 1))
  done
  cold
  n=0 bad=0
  while [ $n -lt 16 ]; do
    dd if=/tmp/data of=/tmp/a bs=512 skip=$n count=1 2>/dev/null
    dd if="$disk" of=/tmp/b bs=512 skip=$((n * 97 + 5)) count=1 2>/dev/null
    cmp -s /tmp/a /tmp/b || bad=$((bad + 1))
    n=$((n + 1))
  done
  same small $bad 0

  if [ "$(cat "/sys/block/$(basename "$disk")/queue/discard_max_bytes")" != 0 ]; then
    check discard blkdiscard -o 1048576 -l 65536 "$disk"
  fi
}

# wait_until SECONDS COMMAND...
wait_until() {
  left=$(($1 * 10))
  shift
  until "$@"; do
    left=$((left - 1))
    [ $left -gt 0 ] || return 1
    usleep 100000
  done
}
# memory FIELD: of /proc/meminfo, in KiB.
memory() { awk -v field="$1:" '$1 == field { print $2 }' /proc/meminfo; }
# input_device NAME: its part of the list of input devices. input_event NAME: its file in /dev/input.
input_device() { awk -v RS= -v name="\"$1\"" 'index($0, name)' /proc/bus/input/devices; }
input_event() { input_device "$1" | sed -n 's/^H: .*\(event[0-9]*\).*/\1/p'; }
# input_bits DEVICE WHAT: a line of bits of it, as hexadecimal numbers. Its name begins with arg maker.
input_bits() { input_device "$arg_maker Virtio $1" | sed -n "s/^B: $2=//p" | sed 's/ *$//'; }
# heard NAME DEVICE EVENTS VERB WORD...: PASS if just these come when the host does something.
heard() {
  name=$1 device=$2 expected=$3
  shift 3
  count=$(echo "$expected" | wc -w)
  timeout 60 head -c $((count * 24)) "/dev/input/$(input_event "$arg_maker Virtio $device")" >/tmp/heard &
  reader=$!
  usleep 200000 # it has opened the device by then
  ask_host "$@"
  wait $reader
  same "$name" "$(hexdump -v -e '24/1 "%02x" "\n"' /tmp/heard | cut -c33-48 | tr '\n' ' ')" "$expected"
}
# virtio_driver NAME: succeeds if a device has this driver.
virtio_driver() { ls /sys/bus/virtio/drivers/"$1"/virtio* >/dev/null 2>&1; }
# ask_host VERB WORD...: the host's test program does something and then types 'done' at our console; if it
# cannot, it ends the run.
ask_host() {
  echo "HOST $*"
  read -r answer </dev/console
  [ "$answer" = done ] || fail "host-$1" "the host says '$answer'"
}
