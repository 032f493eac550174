// SPDX-License-Identifier: Apache-2.0
#include <boost/test/unit_test.hpp>

#include "virtio/device/gpu_resources.h"

using namespace ringside::virtio;

namespace {

int code(GpuType type) {
  return static_cast<int>(type);
}
const int kOk = code(GpuType::OkNoData);

GpuBacking pages(unsigned count) {
  GpuBacking backing;
  for (unsigned i = 0; i < count; ++i) backing.add(0x1000ull * i, 4096);
  return backing;
}

}  // namespace

BOOST_AUTO_TEST_CASE(backing_is_found_by_offset_across_its_entries) {
  GpuBacking backing;
  backing.add(0x5000, 10);
  backing.add(0x9999, 0);
  backing.add(0x1000, 100);
  BOOST_TEST(backing.bytes() == 110u);
  BOOST_TEST(backing.entries() == 2u);
  BOOST_TEST(backing.at(0)->address == 0x5000u);
  BOOST_TEST(backing.at(0)->bytes == 10u);
  BOOST_TEST(backing.at(9)->address == 0x5009u);
  BOOST_TEST(backing.at(10)->address == 0x1000u);
  BOOST_TEST(backing.at(109)->bytes == 1u);
  BOOST_TEST(!backing.at(110).has_value());
  BOOST_TEST(!backing.at(~0ull).has_value());
  BOOST_TEST(!GpuBacking().at(0).has_value());
}

BOOST_AUTO_TEST_CASE(each_format_gives_the_same_picture) {
  const struct {
    std::uint32_t format;
    std::uint8_t bytes[4];
    bool alpha;
  } rows[] = {{1, {3, 2, 1, 9}, true},   {2, {3, 2, 1, 9}, false},  {3, {9, 1, 2, 3}, true},
              {4, {9, 1, 2, 3}, false},  {67, {1, 2, 3, 9}, true},  {68, {9, 3, 2, 1}, false},
              {121, {9, 3, 2, 1}, true}, {134, {1, 2, 3, 9}, false}};
  for (const auto& row : rows) {
    std::uint32_t pixel = row.bytes[0] | row.bytes[1] << 8 | row.bytes[2] << 16 |
                          static_cast<std::uint32_t>(row.bytes[3]) << 24;
    BOOST_TEST(gpu_format_known(row.format));
    gpu_convert(static_cast<GpuFormat>(row.format), &pixel, 1);
    BOOST_TEST(pixel == (row.alpha ? 0x09010203u : 0xff010203u), "format " << row.format);
  }
  for (std::uint32_t format : {0u, 5u, 66u, 135u, ~0u}) BOOST_TEST(!gpu_format_known(format));
}

BOOST_AUTO_TEST_CASE(ids_are_taken_once) {
  GpuResources all(1 << 20);
  BOOST_TEST(code(all.create_picture(0, 1, 8, 8)) == code(GpuType::ErrInvalidResourceId));
  BOOST_TEST(code(all.create_picture(7, 1, 8, 8)) == kOk);
  BOOST_TEST(code(all.create_picture(7, 1, 8, 8)) == code(GpuType::ErrInvalidResourceId));
  BOOST_TEST(code(all.create_blob(7, 64, {})) == code(GpuType::ErrInvalidResourceId));
  BOOST_TEST(all.destroy(7));
  BOOST_TEST(!all.destroy(7));
  BOOST_TEST(code(all.create_blob(7, 64, {})) == kOk);
  BOOST_TEST(all.find(7)->blob);
  BOOST_TEST(!all.find(8));
}

BOOST_AUTO_TEST_CASE(sizes_that_make_no_sense_or_do_not_fit_are_refused) {
  GpuResources all(1 << 20);
  BOOST_TEST(code(all.create_picture(1, 1, 0, 8)) == code(GpuType::ErrInvalidParameter));
  BOOST_TEST(code(all.create_picture(1, 99, 8, 8)) == code(GpuType::ErrInvalidParameter));
  BOOST_TEST(code(all.create_picture(1, 1, ~0u, ~0u)) == code(GpuType::ErrOutOfMemory));
  BOOST_TEST(code(all.create_picture(1, 1, 0x10000, 0x10000)) == code(GpuType::ErrOutOfMemory));
  BOOST_TEST(code(all.create_picture(1, 1, 512, 512)) == code(GpuType::ErrOutOfMemory));
  BOOST_TEST(code(all.create_picture(1, 1, 511, 512)) == kOk);
  BOOST_TEST(code(all.create_picture(2, 1, 64, 64)) == code(GpuType::ErrOutOfMemory));
  BOOST_TEST(code(all.create_blob(2, 0, {})) == code(GpuType::ErrInvalidParameter));
  BOOST_TEST(all.count() == 1u);
}

BOOST_AUTO_TEST_CASE(all_memory_is_counted_and_given_back) {
  GpuResources all(1 << 20);
  BOOST_TEST(code(all.create_picture(1, 1, 64, 64)) == kOk);
  const auto before = all.bytes();
  BOOST_TEST(before >= 64u * 64 * 4);
  BOOST_TEST(code(all.attach(1, pages(100))) == kOk);
  BOOST_TEST(all.bytes() > before);
  BOOST_TEST(code(all.attach(1, pages(1))) == code(GpuType::ErrUnspec));
  BOOST_TEST(code(all.detach(1)) == kOk);
  BOOST_TEST(all.bytes() == before);
  BOOST_TEST(code(all.detach(1)) == code(GpuType::ErrUnspec));
  BOOST_TEST(code(all.detach(2)) == code(GpuType::ErrInvalidResourceId));
  BOOST_TEST(code(all.attach(2, pages(1))) == code(GpuType::ErrInvalidResourceId));
  // Empty resources cost something too, so their number is bounded.
  unsigned made = 0;
  for (std::uint32_t id = 10; code(all.create_blob(id, 1, {})) == kOk; ++id) ++made;
  BOOST_TEST(made < 5000u);
  BOOST_TEST(all.bytes() <= 1u << 20);
  BOOST_TEST(code(all.attach(1, pages(1 << 16))) == code(GpuType::ErrOutOfMemory));
  all.clear();
  BOOST_TEST(all.bytes() == 0u);
}
