// SPDX-License-Identifier: Apache-2.0
// What becomes of the facts that models tell, without models.
#include "trace/time_line.h"

#include "kit/tag.h"
#include "read_back.h"

using namespace ringside;
using namespace ringside::trace;

namespace {

struct Thing : Model {
  Thing(const sc_core::sc_module_name& name, const ModelContext& context) : Model(name, context) {}
};

void register_types(Registry& registry) {
  registry.add<Model, Thing>("thing", "anything");
}

sc_core::sc_time ns(double value) {
  return {value, sc_core::SC_NS};
}

struct Bench : test::Sim {
  Bench()
      : test::Sim("children: {cpu: {type: thing}, disk: {type: thing}}", register_types),
        cpu(*platform.find("cpu")),
        disk(*platform.find("disk")),
        out(file.name, 1 << 24),
        line(out, window) {}

  void access(Region region, double begin, double end, unsigned queue = 0) {
    TransactionTag tag;
    tag.target = &disk;
    tag.region = region;
    tag.queue = static_cast<std::uint16_t>(queue);
    line.hart_access(cpu, 0, tag, region != Region::Isr, ns(begin), ns(end));
  }
  void kick(double begin, double end) {
    line.queue_kicked({&disk, 0});
    access(Region::Notify, begin, end);
  }
  void use(std::uint64_t number, double begun, double used) {
    TracedRequest r;
    r.number = number;
    r.bytes_read = 16;
    r.bytes_written = 513;
    r.begun = ns(begun);
    r.taken = ns(begun + 2);
    r.done = ns(used - 3);
    r.used = ns(used);
    line.request_used({&disk, 0}, "requestq", r);
  }
  void message(unsigned queue = 0) {
    TransactionTag tag;
    tag.target = &disk;
    tag.queue = static_cast<std::uint16_t>(queue);
    line.message_arrives(tag, 0, false, 9);
  }
  std::string lines() {
    line.interrupt();
    out.close();
    return test::ReadBack(file.name).lines();
  }

  static const sc_core::sc_time& now() { return sc_core::sc_time_stamp(); }

  Model& cpu;
  Model& disk;
  test::TraceFile file;
  Window window;
  PerfettoFile out;
  TimeLine line;
};

constexpr TracedQueue kNobody{};

}  // namespace

SIM_TEST_CASE(an_arrow_leads_from_the_kick_to_the_driver) {
  Bench b;
  b.kick(10, 20);
  b.line.request_taken({&b.disk, 0}, 0, b.now());
  b.line.request_taken({&b.disk, 0}, 1, b.now());
  b.use(0, 12, 30);
  b.use(1, 14, 31);
  b.line.queue_notifies({&b.disk, 0});
  b.message();
  b.line.hart_claims(b.cpu, 0, false, 9, ns(40));
  BOOST_TEST(b.lines() ==
             "disk/requestq 12-30 request >0\n"
             "disk/requestq 12-14 fetch\n"
             "disk/requestq 14-27 service\n"
             "disk/requestq 27-30 complete\n"
             "disk/requestq 14-31 request >1\n"
             "disk/requestq 14-16 fetch\n"
             "disk/requestq 16-28 service\n"
             "disk/requestq 28-31 complete\n"
             "disk/interrupts 0-0 interrupt >0 >1\n"
             "cpu hart 0 10-20 notify >0 >1\n"
             "cpu hart 0 40-40 take interrupt >|0 >|1\n");
}

SIM_TEST_CASE(each_kick_has_the_requests_until_the_next) {
  Bench b;
  b.kick(10, 11);
  b.line.request_taken({&b.disk, 0}, 0, b.now());
  b.line.request_taken({&b.disk, 0}, 0, b.now());  // put back, and taken again
  b.kick(20, 21);
  b.line.request_taken({&b.disk, 0}, 1, b.now());
  b.line.request_taken({&b.disk, 0}, 2, b.now());
  b.kick(30, 31);
  BOOST_TEST(
      b.lines() ==
      "cpu hart 0 10-11 notify >0\ncpu hart 0 20-21 notify >1 >2\ncpu hart 0 30-31 notify\n");
}

SIM_TEST_CASE(what_was_looked_for_before_a_kick_is_of_the_one_before) {
  Bench b;
  b.kick(0, 1);
  b.line.request_taken({&b.disk, 0}, 0, b.now());
  b.run(ns(10));
  b.kick(10, 11);
  b.line.request_taken({&b.disk, 0}, 1, ns(9));
  b.line.request_taken({&b.disk, 0}, 2, ns(10));
  b.run(ns(10));
  b.kick(20, 21);
  b.kick(21, 22);
  b.line.request_taken({&b.disk, 0}, 3, ns(1));  // too late for any
  BOOST_TEST(b.lines() ==
             "cpu hart 0 0-1 notify >0 >1\ncpu hart 0 10-11 notify >2\ncpu hart 0 20-21 notify\n"
             "cpu hart 0 21-22 notify\n");
}

SIM_TEST_CASE(a_pin_is_answered_by_reading_the_isr_status) {
  Bench b;
  b.use(0, 1, 10);
  b.line.queue_notifies({&b.disk, 0});
  b.line.pin_asserted(b.disk);
  b.use(1, 1, 11);
  b.line.queue_notifies({&b.disk, 0});  // the pin is asserted still
  b.access(Region::Isr, 20, 22);
  b.access(Region::Isr, 23, 24);
  const std::string all = b.lines();
  BOOST_TEST(all.find("disk/interrupts 0-0 interrupt >0\n") != std::string::npos, all);
  BOOST_TEST(all.find("cpu hart 0 20-22 isr_read >|0 >|1\ncpu hart 0 23-24 isr_read\n") !=
                 std::string::npos,
             all);
}

SIM_TEST_CASE(arrows_of_requests_that_nobody_is_told_of_end_there) {
  Bench b;
  b.use(0, 1, 10);
  b.line.notification_suppressed({&b.disk, 0});
  b.use(1, 1, 11);
  b.line.queue_notifies({&b.disk, 0});
  b.message();
  b.use(2, 12, 30);
  b.line.queue_stopped({&b.disk, 0});
  b.line.queue_notifies({&b.disk, 0});
  b.message();
  const std::string all = b.lines();
  BOOST_TEST(all.find("interrupt >1\ndisk/") != std::string::npos, all);
  BOOST_TEST(all.find("interrupt >0") == std::string::npos, all);
  BOOST_TEST(all.find("disk/interrupts 0-0 interrupt\n") != std::string::npos, all);
}

SIM_TEST_CASE(neighbours_on_a_link_are_drawn_as_one) {
  Bench b;
  b.line.busy(b.disk, "up", "data", ns(10), ns(20), 100);
  b.line.busy(b.disk, "up", "data", ns(20), ns(25), 50);
  b.line.busy(b.disk, "up", "request", ns(25), ns(26), 20);
  b.line.busy(b.disk, "down", "data", ns(25), ns(27), 8);
  b.line.busy(b.disk, "up", "data", ns(30), ns(31), 20);
  b.line.interrupt();
  b.out.close();
  const test::ReadBack back(b.file.name);
  BOOST_TEST(
      back.lines() ==
      "disk/up 10-25 data\ndisk/up 25-26 request\ndisk/up 30-31 data\ndisk/down 25-27 data\n");
  BOOST_TEST(back.slices[0].arguments.at("bytes") == "150");
}

SIM_TEST_CASE(outside_its_window_nothing_is_drawn) {
  Bench b;
  b.window.from = ns(100);
  b.window.to = ns(200);
  const auto at = [&](double time) {
    b.run(ns(time) - sc_core::sc_time_stamp());
    b.line.hart_event(b.cpu, 0, ExitClass::Timer, ns(time), ns(time + 1));
    b.line.busy(b.disk, "up", "data", ns(time), ns(time + 1), 1);
  };
  at(50);
  at(150);
  at(250);
  b.window.to = sc_core::sc_max_time();
  b.window.on = false;
  at(300);
  b.window.on = true;
  at(350);
  BOOST_TEST(b.lines() ==
             "cpu hart 0 150-151 timer\ndisk/up 150-151 data\n"
             "cpu hart 0 350-351 timer\ndisk/up 350-351 data\n");
}

SIM_TEST_CASE(what_never_ends_does_not_grow_without_bound) {
  Bench b;
  for (unsigned i = 0; i < 20000; ++i) {
    b.line.queue_kicked({&b.disk, 0});  // whose access never comes
    b.line.request_taken({&b.disk, 0}, i, b.now());
    b.use(i, i, i + 10);
    b.line.queue_notifies({&b.disk, 0});
  }
  b.message();
  b.out.close();
  const test::ReadBack back(b.file.name);
  BOOST_TEST(back.slices.back().flows.size() == 4096u);
}

SIM_TEST_CASE(a_queue_without_a_transport_is_not_drawn) {
  Bench b;
  b.line.request_used(kNobody, "requestq", {});
  BOOST_TEST(b.lines() == "");
}
