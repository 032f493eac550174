// SPDX-License-Identifier: Apache-2.0
// The emulator's marker (compatible "ringside,marker"): where software says what matters to whoever measures it.
// Only Ringside has one; elsewhere marker_open() gives NULL.
#pragma once
#include <dirent.h>
#include <endian.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { MARKER_MAGIC = 0x6b72616d, MARKER_REGION = 1, MARKER_MILESTONE = 2 };

// The registers, 32 bits each, or NULL.
static inline volatile uint32_t* marker_open(void) {
  static const char parent[] = "/proc/device-tree/soc";
  DIR* nodes = opendir(parent);
  if (!nodes) return NULL;
  volatile uint32_t* found = NULL;
  for (struct dirent* node; !found && (node = readdir(nodes));) {
    if (strncmp(node->d_name, "marker@", 7)) continue;
    char path[sizeof parent + sizeof node->d_name + 8];
    snprintf(path, sizeof path, "%s/%s/reg", parent, node->d_name);
    uint64_t place[2];  // address and size
    int reg = open(path, O_RDONLY), memory = open("/dev/mem", O_RDWR | O_SYNC);
    if (reg >= 0 && memory >= 0 && read(reg, place, sizeof place) == sizeof place) {
      void* page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, memory, (off_t)be64toh(place[0]));
      if (page != MAP_FAILED && *(volatile uint32_t*)page == MARKER_MAGIC) found = page;
    }
    if (reg >= 0) close(reg);
    if (memory >= 0) close(memory);
  }
  closedir(nodes);
  return found;
}
