// SPDX-License-Identifier: Apache-2.0
#include "trace/hart_track.h"

#include "read_back.h"

using namespace ringside;
using namespace ringside::trace;

namespace {

struct Bench {
  Bench() : out(file.name, 1 << 24), track(out, out.add_track(PerfettoFile::kNone, "hart")) {}
  void add(const char* name, std::uint64_t begin, std::uint64_t end,
           std::shared_ptr<Kick> kick = nullptr) {
    Slice slice;
    slice.name = name;
    slice.begin = begin;
    slice.end = end;
    track.add(slice, std::move(kick));
  }
  std::string lines() {
    track.flush();
    out.close();
    return test::ReadBack(file.name).lines();
  }
  test::TraceFile file;
  PerfettoFile out;
  HartTrack track;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(hart_track)

BOOST_AUTO_TEST_CASE(a_notification_waits_for_its_requests_and_the_order_stays) {
  Bench b;
  auto kick = std::make_shared<Kick>();
  b.add("notify", 10, 20, kick);
  b.add("timer", 20, 25);
  kick->flows = {1, 2};
  BOOST_TEST(b.lines() == "hart 10-20 notify >1 >2\nhart 20-25 timer\n");
}

BOOST_AUTO_TEST_CASE(an_event_begins_where_the_one_before_has_ended) {
  Bench b;
  b.add("timer", 10, 21);
  b.add("ipi", 20, 20);
  b.add("halt", 20, 30);
  BOOST_TEST(b.lines() == "hart 10-21 timer\nhart 21-21 ipi\nhart 21-30 halt\n");
}

BOOST_AUTO_TEST_CASE(what_is_held_back_is_bounded) {
  Bench b;
  auto kick = std::make_shared<Kick>();
  kick->flows = {3};
  b.add("notify", 1, 1, kick);
  for (unsigned i = 0; i < 5000; ++i) b.add("timer", 2 + i, 2 + i);
  BOOST_TEST(kick->closed);
  kick->flows.push_back(4);  // too late
  const std::string all = b.lines();
  BOOST_TEST(all.substr(0, 23) == "hart 1-1 notify >3\nhart");
  BOOST_TEST(std::count(all.begin(), all.end(), '\n') == 5001);
}

BOOST_AUTO_TEST_SUITE_END()
