// SPDX-License-Identifier: Apache-2.0
// A packed ring: a stream that is right, and one thing that is wrong in each of the others.
#include "scene.h"

using namespace ringside;
using namespace ringside::test;
using cosim::Rule;

namespace {
constexpr unsigned kIndirectDesc = 28, kEventIdx = 29, kPacked = 34, kInOrder = 35;

void used(Scene& s, unsigned slot, unsigned id, bool wrap = true) {
  s.serve(slot);
  s.packed_used(slot, 32, id, Scene::used(wrap) | Scene::kWrite);
}
}  // namespace

BOOST_AUTO_TEST_CASE(packed_right_is_silent) {
  Scene s({kPacked});
  for (unsigned i = 0; i < 16; ++i) {
    const unsigned slot = 2 * i % 8;
    const bool wrap = i / 4 % 2 == 0;
    s.device_event(0, 1);
    s.fetch_packed(slot, i, wrap);
    used(s, slot, i, wrap);
    s.wishes(0, 0);
    s.interrupt();
    s.device_event(0, 0);
    s.packed((slot + 2) % 8, 0, 0, 0, 0);  // nothing there yet
  }
  s.quiet();
  BOOST_TEST(s.checker.used() == 16u);
}

/// A ring that goes on in the middle of its second lap.
BOOST_AUTO_TEST_CASE(packed_goes_on) {
  Scene s({kPacked}, {}, false);
  s.put(cosim::kRegQueueReset, 1, 2);
  s.get(cosim::kRegQueueReset, 0, 2);
  s.put(cosim::kRegRingPosition, 0x0004'0004, 4);
  s.enable();
  s.put(cosim::kRegDeviceStatus, 15, 1);
  for (unsigned i = 0; i < 4; ++i) {
    const unsigned slot = (4 + 2 * i) % 8;
    const bool wrap = i >= 2;
    s.fetch_packed(slot, i, wrap);
    used(s, slot, i, wrap);
    s.wishes(0, 0);
    s.interrupt();
  }
  s.quiet();
  BOOST_TEST(s.checker.used() == 4u);
}

BOOST_AUTO_TEST_CASE(packed_batch_with_the_first_written_last) {
  for (bool in_order : {false, true}) {
    Scene s({kPacked, in_order ? kInOrder : kEventIdx});
    s.fetch_packed(0, 5);
    s.fetch_packed(2, 6);
    used(s, 2, 6);
    used(s, 0, 5);
    s.wishes(0, 1);
    s.quiet();
    BOOST_TEST(s.checker.used() == 2u);
  }
}

BOOST_AUTO_TEST_CASE(packed_in_order_batch) {
  Scene s({kPacked, kInOrder});
  s.fetch_packed(0, 5);
  s.fetch_packed(2, 6);
  s.serve(0);
  used(s, 0, 5);
  s.wishes(0, 1);
  s.serve(2);
  s.fetch_packed(4, 7);
  s.serve(4);
  s.packed_used(2, 32, 7, Scene::used(true) | Scene::kWrite);  // both
  s.wishes(0, 1);
  s.quiet();
  BOOST_TEST(s.checker.used() == 3u);
  s.fetch_packed(6, 8);
  s.packed_used(6, 0, 8, Scene::used(true));
  s.wishes(0, 1);
  s.quiet();
}

BOOST_AUTO_TEST_CASE(packed_wrap_counter) {
  Scene s({kPacked});
  s.fetch_packed(0, 5);
  used(s, 0, 5, false);
  s.expect("wrap-counter: transaction " + std::to_string(s.number - 1) + " at " +
           std::to_string(1000 * (s.number - 1)) +
           " ps, queue 0: expected avail and used bits 1, found flags 0x0002 in slot 0");
}

BOOST_AUTO_TEST_CASE(packed_descriptor_not_published) {
  Scene s({kPacked});
  s.packed(3, 0, 0, 0, 0);
  s.expect({Rule::NotPublished});
}

BOOST_AUTO_TEST_CASE(packed_buffer_that_is_not_available) {
  Scene s({kPacked});
  s.packed(0, Scene::in(0), 32, 1, Scene::available(false) | Scene::kWrite);
  s.write(Scene::in(0), {1});
  s.expect({Rule::Outside});
}

BOOST_AUTO_TEST_CASE(packed_used_position) {
  Scene s({kPacked});
  s.fetch_packed(0, 5);
  s.serve(0);
  s.packed_used(2, 32, 5, Scene::used(true) | Scene::kWrite);
  s.expect({Rule::UsedPosition});
  s.checker.clear_findings();
  s.checker.finish();
  s.expect({Rule::IndexBeforeElement});
}

BOOST_AUTO_TEST_CASE(packed_ids_and_lengths) {
  Scene s({kPacked});
  s.fetch_packed(0, 5);
  s.packed_used(0, 0, 4, Scene::used(true));
  s.expect({Rule::UnknownId});
  Scene longer({kPacked});
  longer.fetch_packed(0, 5);
  longer.serve(0);
  longer.packed_used(0, 33, 5, Scene::used(true) | Scene::kWrite);
  longer.expect({Rule::UsedLength});
  Scene early({kPacked});
  early.fetch_packed(0, 5);
  early.packed_used(0, 32, 5, Scene::used(true) | Scene::kWrite);
  early.expect({Rule::UsedBeforePayload});
  Scene flags({kPacked});
  flags.fetch_packed(0, 5);
  flags.serve(0);
  flags.packed_used(0, 32, 5, Scene::used(true));
  flags.expect({Rule::WriteBytes});
}

BOOST_AUTO_TEST_CASE(packed_in_order_violated) {
  Scene s({kPacked, kInOrder});
  s.fetch_packed(0, 5);
  s.fetch_packed(2, 6);
  used(s, 2, 6);
  s.packed_used(0, 0, 6, Scene::used(true));
  s.expect({Rule::UnknownId});
  Scene skipped({kPacked, kInOrder});
  skipped.fetch_packed(0, 5);
  skipped.fetch_packed(2, 6);
  skipped.serve(2);
  skipped.packed_used(0, 32, 6, Scene::used(true) | Scene::kWrite);
  skipped.expect({Rule::InOrder});
}

/// A driver that breaks the ring behind a good request.
BOOST_AUTO_TEST_CASE(packed_good_request_before_a_bad_one) {
  Scene s({kPacked});
  s.packed(0, Scene::in(0), 32, 5, Scene::available(true) | Scene::kWrite);
  s.packed(1, Scene::kTables, 16, 6, Scene::available(true) | Scene::kIndirect);  // not negotiated
  s.packed(2, Scene::in(2), 32, 7, Scene::available(true) | Scene::kWrite);
  s.write(Scene::in(0), Scene::Bytes(32));
  s.packed_used(0, 32, 5, Scene::used(true) | Scene::kWrite);
  s.wishes(0, 1);
  s.quiet();
  s.packed_used(1, 0, 6, Scene::used(true));
  s.expect({Rule::AfterError});
  s.checker.clear_findings();
  s.packed_used(2, 0, 7, Scene::used(true));
  s.expect({Rule::AfterError});
}

BOOST_AUTO_TEST_CASE(packed_ids_that_are_out_twice) {
  Scene s({kPacked});
  s.packed(0, Scene::in(0), 32, 5, Scene::available(true) | Scene::kWrite);
  s.packed(1, Scene::in(1), 16, 5, Scene::available(true) | Scene::kWrite);
  s.write(Scene::in(0), Scene::Bytes(32));
  s.packed_used(0, 32, 5, Scene::used(true) | Scene::kWrite);  // which of them?
  s.quiet();
}

/// A device may give up a table of that size at any descriptor.
BOOST_AUTO_TEST_CASE(packed_table_of_four_gigabytes) {
  Scene s({kPacked, kIndirectDesc});
  s.packed(0, Scene::kTables, 0xffff'fff0, 9, Scene::available(true) | Scene::kIndirect);
  const auto nothing = Scene::descriptor(0, 0, 0, 0);
  for (unsigned i = 0; i < 1025; ++i) s.read(Scene::kTables + 16 * i, nothing);
  s.get(cosim::kRegDeviceStatus, 0x4f, 1);
  s.expect({});
  // One that does not has an end as well: no chain is that long.
  for (unsigned i = 1025; i < 70000; ++i) s.read(Scene::kTables + 16 * i, nothing);
  s.packed_used(0, 0, 9, Scene::used(true));
  s.expect({Rule::AfterError});
}

BOOST_AUTO_TEST_CASE(packed_interrupts) {
  Scene s({kPacked, kEventIdx});
  s.interrupt();
  s.expect({Rule::InterruptBeforeIndex});
  s.checker.clear_findings();
  s.fetch_packed(0, 5);
  used(s, 0, 5);
  s.interrupt();
  s.expect({Rule::InterruptUnchecked});
  s.checker.clear_findings();
  s.fetch_packed(2, 6);
  used(s, 2, 6);
  s.wishes(0, 1);
  s.interrupt();
  s.expect({Rule::InterruptSuppressed});
  s.checker.clear_findings();
  s.fetch_packed(4, 7);
  used(s, 4, 7);
  s.wishes(0x8006, 2);  // not before slot 6
  s.quiet();
  s.fetch_packed(6, 8);
  used(s, 6, 8);
  s.wishes(0x8006, 2);
  s.checker.finish();
  s.expect({Rule::InterruptMissing});
  s.checker.clear_findings();
  s.interrupt();
  s.fetch_packed(0, 9, false);
  used(s, 0, 9, false);
  s.wishes(0x8000, 2);  // of the lap before
  s.quiet();
}

BOOST_AUTO_TEST_CASE(packed_device_event) {
  Scene s({kPacked, kEventIdx});
  s.fetch_packed(0, 5);
  s.device_event(0x8002, 2);
  s.packed(2, 0, 0, 0, 0);
  s.quiet();
  s.device_event(0x0002, 2);  // another lap
  s.expect("event-bytes: transaction " + std::to_string(s.number - 1) + " at " +
           std::to_string(1000 * (s.number - 1)) +
           " ps, queue 0: expected position 0x8002, found 0x0002");
  Scene off({kPacked});
  off.device_event(0, 2);
  off.expect({Rule::EventBytes});
  Scene blind({kPacked});
  blind.device_event(0, 0);
  blind.checker.finish();
  blind.expect({Rule::NoSecondLook});
}

BOOST_AUTO_TEST_CASE(packed_indirect) {
  Scene s({kPacked, kIndirectDesc});
  s.packed(0, Scene::kTables, 32, 9, Scene::available(true) | Scene::kIndirect);
  // The next one is known before the table.
  s.packed(1, Scene::in(1), 32, 8, Scene::available(true) | Scene::kWrite);
  s.read(Scene::kTables, Scene::descriptor(Scene::out(0), 16, 0, 0));
  s.read(Scene::kTables + 16, Scene::descriptor(Scene::in(0), 32, 0, Scene::kWrite));
  used(s, 0, 9);
  s.wishes(0, 1);
  s.write(Scene::in(1), Scene::Bytes(32));
  s.packed_used(1, 32, 8, Scene::used(true) | Scene::kWrite);
  s.wishes(0, 1);
  s.quiet();
  BOOST_TEST(s.checker.used() == 2u);
}
