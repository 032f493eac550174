// SPDX-License-Identifier: Apache-2.0
// The SystemC library has a main() that calls sc_main(); Ringside's programs have their own main() and use SystemC as
// a library, so nothing ever calls this. It is here because the library does not link without it.
#include <systemc>

extern "C" __attribute__((weak)) int sc_main(int, char**) { return 1; }
