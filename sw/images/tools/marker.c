// SPDX-License-Identifier: Apache-2.0
// Tells whoever runs the emulator what matters:
//   marker begin          the region of interest begins: statistics are of what follows
//   marker end            it ends: its statistics are written
//   marker milestone N    the software has come as far as it calls N
#include "marker.h"

#include <stdlib.h>

int main(int count, char** words) {
  const char* verb = count > 1 ? words[1] : "";
  const int milestone = count == 3 && !strcmp(verb, "milestone");
  if (!milestone && (count != 2 || (strcmp(verb, "begin") && strcmp(verb, "end")))) {
    fprintf(stderr, "usage: marker begin | end | milestone N\n");
    return 2;
  }
  char* rest = "";
  const unsigned long number = milestone ? strtoul(words[2], &rest, 0) : 0;
  if (milestone && (!*words[2] || *rest || number > UINT32_MAX)) {
    fprintf(stderr, "marker: '%s' is no number of 32 bits\n", words[2]);
    return 2;
  }
  volatile uint32_t* registers = marker_open();
  if (!registers) {
    fprintf(stderr, "marker: this machine has no marker; Ringside's have one where the platform file says so\n");
    return 1;
  }
  if (milestone)
    registers[MARKER_MILESTONE] = (uint32_t)number;
  else
    registers[MARKER_REGION] = verb[0] == 'b';
  return 0;
}
