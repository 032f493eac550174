// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE cosim_axi
#include <boost/test/unit_test.hpp>
