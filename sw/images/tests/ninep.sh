#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A folder of the host by 9P: files, names, links, modes, a large directory, locks, attributes, in four
# ways of mounting.
# arg sha_9p=HEX: checksum of the host's file 'from-host'.
# arg attributes=1: the host's file system has extended attributes.
# arg xattr=1: the host keeps owners and modes in them, so device nodes can be made.
# arg qemu=1: spare what QEMU's server cannot do: it opens what it has made, and refuses to open pipes;
# in 9P2000.u the guest mostly waits for ever after its first writes.
# What is left in 'to-host' and 'tree' is for the host to check.
. /tests/lib.sh
root=/mnt/share
mkdir -p $root

# files NAME: whole files, parts of files, appending.
files() {
  cd $root || return
  same "$1-content" "$(sum from-host)" "$arg_sha_9p"
  megabytes 3 </dev/urandom >/tmp/data
  want=$(sum /tmp/data)
  dd if=/tmp/data of=data bs=64k conv=fsync 2>/dev/null || fail "$1-write" dd
  cold
  same "$1-read" "$(sum data)" "$want"
  dd if=data of=/tmp/back bs=1000 2>/dev/null
  same "$1-odd" "$(sum /tmp/back)" "$want"
  dd if=/tmp/data of=data bs=512 skip=3 seek=777 count=1 conv=notrunc 2>/dev/null
  dd if=/tmp/data of=/tmp/a bs=512 skip=3 count=1 2>/dev/null
  dd if=data of=/tmp/b bs=512 skip=777 count=1 2>/dev/null
  check "$1-part" cmp /tmp/a /tmp/b
  echo one >text && echo two >>text
  same "$1-append" "$(cat text)" "$(printf 'one\ntwo')"
  : >text
  same "$1-truncate" "$(wc -c <text)" 0
  rm data text
  check "$1-gone" [ ! -e data ]
  cd /
}

# names NAME VERSION: directories, renames, links, modes, times.
names() {
  cd $root || return
  mkdir -p d/e/f
  echo content >d/e/f/x
  check "$1-rename" mv d/e/f/x d/y
  same "$1-renamed" "$(cat d/y)" content
  [ "$2" = 9p2000.u ] || {
    check "$1-move-directory" mv d/e d/g
    same "$1-moved-directory" "$(ls d | tr '\n' ' ')" "g y "
  }
  check "$1-hard-link" ln d/y d/z
  same "$1-links" "$(stat -c %h d/y)" 2
  check "$1-symbolic-link" ln -s y d/s
  same "$1-target" "$(readlink d/s)" y
  same "$1-through" "$(cat d/s)" content
  chmod 640 d/y
  same "$1-mode" "$(stat -c %a d/y)" 640
  touch -d '2001-02-03 04:05:06' d/y
  same "$1-time" "$(stat -c %Y d/y)" "$(date -u -d '2001-02-03 04:05:06' +%s)"
  [ -n "$arg_qemu" ] || {
    check "$1-pipe" mkfifo d/p
    check "$1-is-pipe" [ -p d/p ]
  }
  [ -z "$arg_xattr" ] || {
    check "$1-device" mknod d/null c 1 3
    check "$1-is-device" [ -c d/null ]
    same "$1-device-works" "$(echo lost >d/null; wc -c <d/null)" 0
    check "$1-chown" chown 12:34 d/y
    same "$1-owner" "$(stat -c %u:%g d/y)" 12:34
  }
  check "$1-remove" rm -r d
  check "$1-removed" [ ! -e d ]
  cd /
}

# many NAME: a directory that takes many requests to read.
many() {
  mkdir $root/many && cd $root/many || return
  seq 1 5000 | xargs touch
  same "$1-many" "$(ls | sort -n | sum)" "$(seq 1 5000 | sum)"
  seq 1 5000 | xargs rm
  cd / && check "$1-many-removed" rmdir $root/many
}

# locks NAME: one holder at a time, of a whole file and of a part.
locks() {
  for kind in flock lock; do
    rm -f /tmp/locked
    fs $kind $root/lock sh -c 'touch /tmp/locked; sleep 2' &
    wait_until 5 [ -e /tmp/locked ]
    check "$1-$kind-held" sh -c "! fs $kind $root/lock true"
    wait
    check "$1-$kind-free" fs $kind $root/lock true
  done
  rm -f $root/lock
}

# attributes NAME
attributes() {
  cd $root || return
  echo >a
  check "$1-set-attribute" fs setxattr a user.ringside 'some value'
  same "$1-attribute" "$(fs getxattr a user.ringside)" 'some value'
  same "$1-attributes" "$(fs listxattr a | grep user.)" user.ringside
  check "$1-remove-attribute" fs rmxattr a user.ringside
  check "$1-attribute-gone" sh -c '! fs getxattr a user.ringside'
  rm a
  cd /
}

# use NAME VERSION OPTIONS
use() {
  if ! mount -t 9p -o "trans=virtio,version=$2,$3" share $root 2>/tmp/said; then
    fail "$1-mount" "$(cat /tmp/said)"
    return
  fi
  echo "INFO $(grep " $root " /proc/mounts)"
  files "$1"
  names "$1" "$2"
  if [ "$2" = 9p2000.L ]; then
    [ "$1" != none ] || many "$1"
    locks "$1"
    [ -z "$arg_attributes" ] || attributes "$1"
    check "$1-df" df $root
  fi
  check "$1-umount" umount $root
}

use none 9p2000.L msize=524288,cache=none
use loose 9p2000.L msize=524288,cache=loose
[ -n "$arg_qemu" ] || use unix 9p2000.u msize=65536
use small 9p2000.L msize=4096,cache=none

mount -t 9p -o trans=virtio,version=9p2000.L,msize=524288 share $root
mkdir $root/tree $root/tree/below
i=0
while [ $i -lt 20 ]; do echo "file $i" >$root/tree/below/$i; i=$((i + 1)); done
yes 'ringside 9p test' | megabytes 2 | dd of=$root/to-host bs=128k conv=fsync 2>/dev/null
umount $root
end
