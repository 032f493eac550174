// SPDX-License-Identifier: Apache-2.0
// For programs under AddressSanitizer. Before an exception leaves a frame, the sanitizer clears the
// marks that it has put around local variables, from the stack pointer up to the stack's end. It
// does not know the stacks of SystemC's coroutines, clears nothing there, and finds the left-over
// marks later where there is no fault. This takes the place of its function in the program: on a
// thread's own stack it does the same, on any other it clears the marks of frames nearby.
#include <pthread.h>
#include <sanitizer/asan_interface.h>

#include <cstddef>

namespace {

/// The stack that the thread was started with.
struct ThreadStack {
  ThreadStack() {
    pthread_attr_t attributes;
    if (pthread_getattr_np(pthread_self(), &attributes) != 0) return;
    void* start = nullptr;
    std::size_t bytes = 0;
    pthread_attr_getstack(&attributes, &start, &bytes);
    pthread_attr_destroy(&attributes);
    low = static_cast<const char*>(start);
    high = low + bytes;
  }
  const char* low = nullptr;
  const char* high = nullptr;
};

}  // namespace

extern "C" __attribute__((no_sanitize("address", "undefined"), noinline)) void
__asan_handle_no_return() {
  constexpr std::size_t kBelow = 16 << 10;  // where the sanitizer's own frames will be
  constexpr std::size_t kAbove = 48 << 10;  // up to who catches it, on a coroutine
  static thread_local const ThreadStack stack;
  const char* here = static_cast<const char*>(__builtin_frame_address(0));
  const bool own = here >= stack.low && here < stack.high;
  const std::size_t above = own ? static_cast<std::size_t>(stack.high - here) : kAbove;
  __asan_unpoison_memory_region(here - kBelow, kBelow + above);
}
