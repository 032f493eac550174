// SPDX-License-Identifier: Apache-2.0
#include <boost/test/unit_test.hpp>
#include <numeric>
#include <string>

#include "virtio/device/gpu_edid.h"

using namespace ringside::virtio;

namespace {

struct Mode {
  unsigned width, height, total_width, total_height;
  double rate;
};

/// The first detailed timing, read as a driver does.
Mode preferred(const std::array<std::uint8_t, kEdidBytes>& e) {
  const std::uint8_t* t = &e[54];
  const auto field = [&](unsigned low, unsigned high, unsigned shift) {
    return t[low] | (t[high] >> shift & 0xfu) << 8;
  };
  const unsigned width = field(2, 4, 4), height = field(5, 7, 4);
  const unsigned total_width = width + field(3, 4, 0), total_height = height + field(6, 7, 0);
  const double clock = (t[0] | t[1] << 8) * 10000.0;
  return {width, height, total_width, total_height, clock / total_width / total_height};
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_block_is_well_formed) {
  const auto edid = make_edid({1280, 800, "Ringside", 1});
  const unsigned char head[] = {0, 255, 255, 255, 255, 255, 255, 0};
  BOOST_TEST(std::equal(std::begin(head), std::end(head), edid.begin()));
  BOOST_TEST(std::accumulate(edid.begin(), edid.end(), 0u) % 256 == 0u);
  BOOST_TEST(edid[18] == 1);
  BOOST_TEST(edid[19] == 4);
  BOOST_TEST(edid[126] == 0);  // no extension
  BOOST_TEST((edid[20] & 0x80) != 0);
}

BOOST_AUTO_TEST_CASE(the_preferred_mode_is_the_size_asked_for_at_a_rate_that_exists) {
  for (const auto& [w, h] : {std::pair{1280u, 800u},
                             {640u, 480u},
                             {1920u, 1080u},
                             {16u, 16u},
                             {4088u, 4088u},
                             {4088u, 16u},
                             {4095u, 2160u},
                             {1366u, 768u}}) {
    const auto edid = make_edid({w, h, "x", 1});
    const Mode mode = preferred(edid);
    BOOST_TEST_CONTEXT(w << "x" << h) {
      BOOST_TEST(mode.width == w);
      BOOST_TEST(mode.height == h);
      BOOST_TEST(mode.total_width == w + 160);
      BOOST_TEST(mode.total_height >= h + 15);
      BOOST_TEST(mode.rate > 10.0);
      BOOST_TEST(mode.rate < 61.0);
      BOOST_TEST(std::accumulate(edid.begin(), edid.end(), 0u) % 256 == 0u);
    }
  }
  BOOST_TEST(preferred(make_edid({1920, 1080, "x", 1})).rate > 59.0);
}

BOOST_AUTO_TEST_CASE(name_and_serial_number_end_as_the_format_wants) {
  const auto edid = make_edid({800, 600, "A name longer than fits", 42});
  BOOST_TEST(edid[93] == 0xfc);
  BOOST_TEST(std::string(edid.begin() + 95, edid.begin() + 108) == "A name longer");
  BOOST_TEST(edid[111] == 0xff);
  BOOST_TEST(std::string(edid.begin() + 113, edid.begin() + 122) == "00000042\n");
}
