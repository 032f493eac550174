// SPDX-License-Identifier: Apache-2.0
// A shared library that is no plugin.
extern "C" int answer();
extern "C" int answer() {
  return 42;
}
