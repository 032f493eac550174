// SPDX-License-Identifier: Apache-2.0
// The library is a plugin.
#include <boost/test/unit_test.hpp>

#include "kit/registry.h"

BOOST_AUTO_TEST_CASE(the_library_loads_as_a_plugin) {
  ringside::Registry registry;
  registry.load(RINGSIDE_BINARY_DIR "/lib/libringside-baseline.so");
  BOOST_TEST(registry.plugins().size() == 1u);
}
