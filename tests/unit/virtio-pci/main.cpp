// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE virtio_pci
#include <boost/test/unit_test.hpp>
