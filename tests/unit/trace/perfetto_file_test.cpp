// SPDX-License-Identifier: Apache-2.0
#include "trace/perfetto_file.h"

#include "read_back.h"

using namespace ringside;
using namespace ringside::trace;

BOOST_AUTO_TEST_SUITE(perfetto_file)

BOOST_AUTO_TEST_CASE(bytes_of_a_message) {
  // The examples of the encoding guide of Protocol Buffers.
  Message m;
  m.add(1, std::uint64_t{150});
  BOOST_TEST(m.bytes() == std::string("\x08\x96\x01"));
  m.clear();
  m.add(2, "testing");
  BOOST_TEST(m.bytes() == std::string("\x12\x07testing"));
  Message outer;
  m.clear();
  m.add(1, std::uint64_t{150});
  outer.add(3, m);
  BOOST_TEST(outer.bytes() == std::string("\x1a\x03\x08\x96\x01"));
  m.clear();
  m.add_fixed64(47, 0x0102);
  BOOST_TEST(m.bytes() == std::string("\xf9\x02\x02\x01\0\0\0\0\0\0", 10));
  m.clear();
  m.add(1, ~std::uint64_t{0});
  BOOST_TEST(m.bytes().size() == 11u);
}

BOOST_AUTO_TEST_CASE(slices_tracks_and_arguments_come_back) {
  test::TraceFile file;
  PerfettoFile out(file.name, 1 << 20);
  const auto disk = out.add_track(PerfettoFile::kNone, "disk");
  const auto queue = out.add_track(disk, "requestq");
  Slice outer;
  outer.name = "request";
  outer.category = "request";
  outer.begin = 5;
  outer.end = 1ull << 60;
  outer.numbers = {{"bytes", 4096}};
  outer.texts = {{"device", "bus.pci.disk"}};
  outer.flows = {7};
  outer.flow_ends = {8};
  Slice inner;
  inner.name = "fetch";
  inner.begin = inner.end = 6;
  out.begin(queue, outer);
  out.add(queue, inner);
  out.end(queue, outer.end);
  out.close();
  const test::ReadBack back(file.name);
  BOOST_TEST(back.lines() ==
             "disk/requestq 5-1152921504606846976 request >7 >|8\ndisk/requestq 6-6 fetch\n");
  BOOST_TEST(back.slices[0].arguments.at("bytes") == "4096");
  BOOST_TEST(back.slices[0].arguments.at("device") == "bus.pci.disk");
}

BOOST_AUTO_TEST_CASE(a_file_ends_at_its_limit) {
  test::TraceFile file;
  PerfettoFile out(file.name, 1000);
  const auto track = out.add_track(PerfettoFile::kNone, "t");
  Slice slice;
  slice.name = "s";
  unsigned count = 0;
  for (; !out.full() && count < 1000; ++count) {
    slice.begin = slice.end = count;
    out.add(track, slice);
  }
  BOOST_TEST(count < 100u);
  out.add(track, slice);
  out.close();
  std::ifstream in(file.name, std::ios::ate | std::ios::binary);
  BOOST_TEST(static_cast<unsigned>(in.tellg()) < 1100u);
  const std::string all = test::ReadBack(file.name).lines();  // whole, whatever was cut
  BOOST_TEST(std::count(all.begin(), all.end(), '\n') == count);
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_written_is_an_error) {
  BOOST_CHECK_THROW(PerfettoFile("/nowhere/at/all", 1), std::runtime_error);
  PerfettoFile full("/dev/full", 1 << 20);
  full.add_track(PerfettoFile::kNone, "t");
  BOOST_CHECK_THROW(full.close(), std::runtime_error);
}

BOOST_AUTO_TEST_SUITE_END()
