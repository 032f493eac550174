// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE model_driver
#include <boost/test/unit_test.hpp>
