// SPDX-License-Identifier: Apache-2.0
// Sends frames of an experimental EtherType on a network whose frames come back, and compares.
//
//   frames INTERFACE COUNT
//
// Lengths go through all that Ethernet has; contents depend on the frame's number. Prints
// "FRAMES sent=N back=N wrong=N" and fails unless all came back as they were, in order.
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { kEtherType = 0x88b5, kHeader = 14, kLeast = 60, kMost = 1514, kSeconds = 5 };

static int make_frame(unsigned number, unsigned char* frame) {
  const int bytes = kLeast + (int)(number * 37u % (kMost - kLeast + 1));
  memset(frame, 0xff, 6);  // to everybody
  const unsigned char from[6] = {0x02, 0, 0, 0, 0, 1};
  memcpy(frame + 6, from, sizeof from);
  frame[12] = kEtherType >> 8;
  frame[13] = kEtherType & 0xff;
  unsigned state = number * 2654435761u + 1;
  for (int i = kHeader; i < bytes; ++i) {
    state = state * 1664525u + 1013904223u;
    frame[i] = (unsigned char)(state >> 24);
  }
  return bytes;
}

int main(int argc, char** argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: frames INTERFACE COUNT\n");
    return 2;
  }
  const unsigned count = (unsigned)strtoul(argv[2], NULL, 0);
  const int network = socket(AF_PACKET, SOCK_RAW, htons(kEtherType));
  if (network < 0) return perror("frames: socket"), 1;
  struct sockaddr_ll place = {0};
  place.sll_family = AF_PACKET;
  place.sll_protocol = htons(kEtherType);
  place.sll_ifindex = (int)if_nametoindex(argv[1]);
  if (place.sll_ifindex == 0 || bind(network, (struct sockaddr*)&place, sizeof place) != 0)
    return perror("frames: bind"), 1;
  const struct timeval patience = {kSeconds, 0};
  setsockopt(network, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);

  unsigned sent = 0, back = 0, wrong = 0;
  unsigned char frame[kMost], found[2048];
  for (unsigned number = 0; number < count; ++number) {
    const int bytes = make_frame(number, frame);
    if (write(network, frame, (size_t)bytes) != bytes) return perror("frames: write"), 1;
    ++sent;
    const ssize_t got = read(network, found, sizeof found);
    if (got < 0) break;
    ++back;
    if (got != bytes || memcmp(frame, found, (size_t)bytes) != 0) ++wrong;
  }
  printf("FRAMES sent=%u back=%u wrong=%u\n", sent, back, wrong);
  return sent == count && back == count && wrong == 0 ? 0 : 1;
}
