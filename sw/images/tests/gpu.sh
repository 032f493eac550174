#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A picture in the framebuffer of the GPU is the picture that the host sees.
. /tests/lib.sh
check driver virtio_driver virtio_gpu
check framebuffer [ -c /dev/fb0 ]
size=$(cat /sys/class/graphics/fb0/virtual_size)
width=${size%,*} height=${size#*,} stride=$(cat /sys/class/graphics/fb0/stride)
echo "INFO $(cat /sys/class/graphics/fb0/name) $size stride=$stride $(cat /sys/class/graphics/fb0/bits_per_pixel) bits"
same connected "$(cat /sys/class/drm/card0-Virtual-1/status)" connected
same packed $stride $((width * 4))
pixels=$((stride * height))

# The text console is on the screen. Its cursor would blink.
printf '\033[?25l\033[2J\033[HRingside' >/dev/tty1
usleep 500000
check text sh -c "head -c $pixels /dev/fb0 | tr -d '\\0' | grep -q ."
ask_host screen "$width" "$height" "$(head -c $pixels /dev/fb0 | sum)"

# It lets go of the screen.
for console in /sys/class/vtconsole/vtcon*; do
  grep -q 'frame buffer' "$console/name" && echo 0 >"$console/bind"
done

# picture SEED: bytes of a whole screen, no two lines alike; the unused byte of each pixel is 0.
picture() {
  awk -v w="$width" -v h="$height" -v seed="$1" 'BEGIN {
    for (y = 0; y < h; y++) {
      line = ""
      for (x = 0; x < 64; x++)
        line = line sprintf("%02x%02x%02x00", (x * 4 + seed) % 256, (y + seed) % 256, (x * y + seed) % 256)
      text = ""
      for (x = 0; x < w; x += 64) text = text line
      text = substr(text, 1, w * 8)
      print text
    }
  }' | xxd -r -p
}

for seed in 1 77; do
  picture $seed >/tmp/picture
  same size-$seed "$(wc -c </tmp/picture)" $((stride * height))
  check draw-$seed sh -c 'cat /tmp/picture >/dev/fb0'
  same readable-$seed "$(head -c $((stride * height)) /dev/fb0 | sum)" "$(sum /tmp/picture)"
  ask_host screen "$width" "$height" "$(sum /tmp/picture)"
done

# Lines 100 to 109 are drawn anew, in one write.
yes UUU | tr '\n' '\0' | head -c $((stride * 10)) >/tmp/band
dd if=/tmp/band of=/dev/fb0 bs=$((stride * 10)) seek=10 count=1 iflag=fullblock conv=notrunc 2>/dev/null
changed=$(head -c $pixels /dev/fb0 | sum)
check changed [ "$changed" != "$(sum /tmp/picture)" ]
ask_host screen "$width" "$height" "$changed"

# Who sees the screen can type: L, if this machine has a keyboard.
if [ -n "$(input_event "$arg_maker Virtio Keyboard")" ]; then
  heard typed Keyboard "0100260001000000 0000000000000000 0100260000000000 0000000000000000 " type-over-vnc 108
fi
end
