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
# The text console lets go of the screen.
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
end
