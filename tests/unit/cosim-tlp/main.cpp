// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE cosim_tlp
#include <boost/test/unit_test.hpp>
