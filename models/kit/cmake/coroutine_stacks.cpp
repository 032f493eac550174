// SPDX-License-Identifier: Apache-2.0
// For programs under AddressSanitizer. Before an exception leaves a frame, the sanitizer clears the
// marks that it has put around local variables, from the stack pointer up to the stack's end. It
// does not know the stacks of SystemC's coroutines, clears nothing there, and finds the left-over
// marks later where there is no fault. This takes the place of its function in the program, and
// clears the marks of frames nearby, whatever stack that is.
#include <sanitizer/asan_interface.h>

#include <cstddef>

extern "C" __attribute__((no_sanitize("address"), noinline)) void __asan_handle_no_return() {
  constexpr std::size_t kBelow = 16 << 10;  // where the sanitizer's own frames will be
  constexpr std::size_t kAbove = 48 << 10;  // up to who catches it
  const char* here = static_cast<const char*>(__builtin_frame_address(0));
  __asan_unpoison_memory_region(here - kBelow, kBelow + kAbove);
}
