// SPDX-License-Identifier: Apache-2.0
// Says which requirement of the virtio specification a test shows: SPEC("split.indirect-descriptors.1");
// The ids are those of tests/spec/requirements.tsv; tests/spec/check.py holds the two together.
#pragma once

#include <boost/test/unit_test.hpp>

#define SPEC(id) BOOST_TEST_MESSAGE("spec " id)
