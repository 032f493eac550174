// SPDX-License-Identifier: Apache-2.0
// A split ring: a stream that is right, and one thing that is wrong in each of the others.
#include <algorithm>

#include "cosim/check/device_settings.h"
#include "scene.h"

using namespace ringside;
using namespace ringside::test;
using cosim::Rule;

namespace {
constexpr unsigned kIndirectDesc = 28, kEventIdx = 29, kInOrder = 35;

/// From avail index to interrupt.
void whole(Scene& s, unsigned position, unsigned head) {
  s.fetch(position, head);
  s.serve(head);
  s.element(position % Scene::kSize, head, 32);
  s.used_index(position + 1);
  s.flags(0);
  s.interrupt();
}
}  // namespace

BOOST_AUTO_TEST_CASE(right_is_silent) {
  Scene s;
  for (unsigned i = 0; i < 20; ++i) whole(s, i, i % 4 * 2);
  s.quiet();
  BOOST_TEST(s.checker.requests() == 20u);
  BOOST_TEST(s.checker.used() == 20u);
}

BOOST_AUTO_TEST_CASE(indices_wrap) {
  Scene s;
  for (unsigned i = 0; i < 70000; ++i) whole(s, i, i % 4 * 2);
  s.quiet();
  BOOST_TEST(s.checker.used() == 70000u);
}

/// A ring that goes on where another device has left it (vhost-user).
BOOST_AUTO_TEST_CASE(a_ring_goes_on) {
  Scene s({}, {}, false);
  s.put(cosim::kRegQueueReset, 1, 2);
  s.get(cosim::kRegQueueReset, 0, 2);
  s.put(cosim::kRegRingPosition, 0xfffeu << 16 | 0xfffe, 4);
  s.enable();
  s.put(cosim::kRegDeviceStatus, 15, 1);
  for (unsigned i = 0xfffe; i < 0x10004; ++i) whole(s, i & 0xffff, i % 4 * 2);
  s.quiet();
  BOOST_TEST(s.checker.used() == 6u);
  s.fetch(3, 0);  // not the next one
  BOOST_TEST(!s.checker.findings().empty());
}

/// Interrupts on a line cannot be told apart: none is missed, but DMA is judged as ever.
BOOST_AUTO_TEST_CASE(hidden_notifications) {
  Scene s;
  s.put(cosim::kRegNotificationsHidden, 0, 2);
  s.fetch(0, 0);
  s.serve(0);
  s.element(0, 0, 32);
  s.used_index(1);
  s.flags(0);
  s.quiet();
  s.element(1, 6, 0);
  s.expect({Rule::UnknownId});
}

BOOST_AUTO_TEST_CASE(out_of_order_is_right) {
  Scene s;
  s.avail_index(3);
  s.read(Scene::kDriver + 4, {0, 0, 2, 0, 4, 0});  // three heads in one read
  for (unsigned head : {4u, 0u, 2u}) {
    s.split(head, Scene::out(head), 16, Scene::kNext, head + 1);
    s.split(head + 1, Scene::in(head), 32, Scene::kWrite);
  }
  s.write(Scene::in(2), Scene::Bytes(10, 7));
  s.write(Scene::in(4), Scene::Bytes(20, 7));
  // Two elements, one byte at a time, and then both with one index.
  const auto bytes = Scene::words({4, 20, 2, 10});
  for (unsigned i = 0; i < 16; ++i) s.write(Scene::kDevice + 4 + i, {bytes[i]});
  s.used_index(2);
  s.flags(1);
  s.element(2, 0, 0);
  s.used_index(3);
  s.flags(1);
  s.quiet();
}

BOOST_AUTO_TEST_CASE(before_driver_ok) {
  Scene s({}, {}, false);
  s.avail_index(1);
  s.expect({Rule::BeforeDriverOk});
}

/// A legacy driver uses its queues before it says so.
BOOST_AUTO_TEST_CASE(legacy_before_driver_ok) {
  Scene s({}, {}, false);
  s.put(cosim::kRegDriverFeatureSelect, 1, 4);
  s.put(cosim::kRegDriverFeature, 0, 4);
  whole(s, 0, 0);
  s.quiet();
}

BOOST_AUTO_TEST_CASE(after_device_reset) {
  Scene s;
  whole(s, 0, 0);
  s.put(cosim::kRegDeviceStatus, 0, 1);
  s.avail_index(1);  // still under way
  s.get(cosim::kRegDeviceStatus, 0, 1);
  s.quiet();
  s.avail_index(1);
  s.interrupt();
  s.expect({Rule::AfterReset, Rule::AfterReset});
}

BOOST_AUTO_TEST_CASE(after_queue_reset) {
  Scene s;
  s.fetch(0, 0);
  s.put(cosim::kRegQueueReset, 1, 2);
  s.write(Scene::in(0), {1});  // still under way
  s.get(cosim::kRegQueueReset, 0, 2);
  s.quiet();
  s.write(Scene::in(0), {1});
  s.expect("after-reset: transaction " + std::to_string(s.number - 1) + " at " +
           std::to_string(1000 * (s.number - 1)) +
           " ps, queue 0: expected no DMA after the queue's reset, found a write of 1 bytes at "
           "0x10080");
  s.checker.clear_findings();
  s.enable();
  whole(s, 0, 0);  // indices begin at 0 again
  s.quiet();
}

BOOST_AUTO_TEST_CASE(after_error) {
  Scene s;
  s.fetch(0, 0);
  s.fail(Scene::out(0));
  s.element(0, 0, 0);
  s.expect({Rule::AfterError});
}

BOOST_AUTO_TEST_CASE(after_a_broken_ring) {
  Scene s;
  s.avail_index(1);
  s.head(0, 9);  // no such descriptor
  s.element(0, 9, 0);
  s.used_index(1);
  s.expect({Rule::AfterError});
}

/// What the driver has made available before it broke the ring is served as ever, and the device
/// may have read all of it together.
BOOST_AUTO_TEST_CASE(a_good_request_before_a_bad_one) {
  Scene s;
  s.avail_index(3);
  s.read(Scene::kDriver + 4, {0, 0, 9, 0, 2, 0});  // a good head, none, and one that means nothing
  s.split(0, Scene::out(0), 16, Scene::kNext, 1);
  s.split(1, Scene::in(0), 32, Scene::kWrite);
  for (unsigned i = 0; i < 20; ++i) s.serve(0);
  s.get(cosim::kRegDeviceStatus, 0x0f, 1);  // it is at work, and may not have come to the bad one
  s.element(0, 0, 32);
  s.used_index(1);
  s.flags(0);
  s.interrupt();
  s.quiet();
  s.split(2, Scene::in(2), 32, Scene::kWrite);
  s.element(1, 2, 0);
  s.expect(
      "after-error: transaction " + std::to_string(s.number - 1) + " at " +
      std::to_string(1000 * (s.number - 1)) +
      " ps, queue 0: expected nothing used from where the driver broke the ring on, found id 2");
  s.checker.clear_findings();
  s.get(cosim::kRegDeviceStatus, 0x0f, 1);
  s.expect({Rule::NeedsReset});
}

BOOST_AUTO_TEST_CASE(a_device_that_serves_a_good_request_has_its_time_after_that) {
  cosim::CheckSettings settings;
  settings.error_within = 5000;
  Scene s({}, settings);
  s.avail_index(2);
  s.read(Scene::kDriver + 4, {0, 0, 9, 0});
  s.split(0, Scene::in(0), 32, Scene::kWrite);
  for (unsigned i = 0; i < 10; ++i) s.get(cosim::kRegDeviceStatus, 0x0f, 1);
  s.element(0, 0, 0);
  s.used_index(1);
  s.flags(1);
  for (unsigned i = 0; i < 4; ++i) s.get(cosim::kRegDeviceStatus, 0x0f, 1);
  s.expect({});
  s.get(cosim::kRegDeviceStatus, 0x0f, 1);
  s.expect({Rule::NeedsReset});
}

/// An index that jumps too far says nothing of what was available before.
BOOST_AUTO_TEST_CASE(a_good_request_before_a_bad_index) {
  Scene s;
  s.avail_index(1);
  s.avail_index(Scene::kSize + 2);
  s.head(0, 0);
  s.split(0, Scene::in(0), 32, Scene::kWrite);
  s.element(0, 0, 0);
  s.used_index(1);
  s.flags(1);
  s.quiet();
  s.head(1, 2);
  s.split(2, Scene::in(2), 32, Scene::kWrite);
  s.element(1, 2, 0);
  s.expect({Rule::AfterError});
}

/// Until it notices, a device reads what it likes of the ring; what it writes is judged as ever.
BOOST_AUTO_TEST_CASE(accesses_after_a_broken_ring) {
  Scene s({kIndirectDesc});
  s.avail_index(1);
  s.head(0, 9);
  s.head(5, 0);
  s.split(4, Scene::in(4), 32, Scene::kWrite);
  s.expect({});
  s.write(Scene::in(4), {1});
  s.read(Scene::kDescriptors + 16 * Scene::kSize - 8, Scene::Bytes(16));  // half of it is no ring
  s.expect({Rule::Outside, Rule::Outside});
}

/// A driver that makes a descriptor available which is out: no more is judged, until the reset.
BOOST_AUTO_TEST_CASE(descriptors_that_are_out_twice) {
  for (const bool by_head : {true, false}) {
    Scene s;
    s.avail_index(2);
    s.head(0, 1);
    s.split(1, Scene::in(1), 32, Scene::kWrite);
    s.head(1, by_head ? 1 : 0);
    if (by_head)
      s.split(1, Scene::in(3), 32, Scene::kWrite);  // it has changed meanwhile
    else
      s.split(0, Scene::out(0), 16, Scene::kNext, 1);
    s.write(Scene::in(3), Scene::Bytes(32));
    s.element(0, 1, 32);
    s.element(1, by_head ? 1 : 0, 0);
    s.used_index(2);
    s.interrupt();
    s.quiet();
    s.put(cosim::kRegQueueReset, 1, 2);
    s.get(cosim::kRegQueueReset, 0, 2);
    s.write(Scene::in(0), {1});
    s.expect({Rule::AfterReset});
    s.checker.clear_findings();
    s.enable();
    whole(s, 0, 0);
    s.element(1, 0, 0);
    s.expect({Rule::UnknownId});
  }
}

/// An entry in a place whose request is out: a device that has taken that one may go on.
BOOST_AUTO_TEST_CASE(entries_that_are_out_twice) {
  Scene s;
  s.fetch(0, 0);
  s.avail_index(Scene::kSize + 1);
  s.serve(0);
  s.element(0, 0, 32);
  s.used_index(1);
  s.flags(1);
  s.fetch(Scene::kSize, 2);
  s.element(0, 2, 0);
  s.quiet();
}

/// Odd, but allowed: the same memory in several buffers.
BOOST_AUTO_TEST_CASE(buffers_that_share_memory) {
  for (const bool whole : {true, false}) {
    Scene s;
    s.avail_index(1);
    s.head(0, 0);
    s.split(0, Scene::out(0), 16, Scene::kNext, 1);
    s.split(1, Scene::out(0), 16, Scene::kNext | Scene::kWrite, 2);
    s.split(2, Scene::out(0), 16, Scene::kWrite);
    s.read(Scene::out(0), Scene::Bytes(16, 1));
    s.write(Scene::out(0), Scene::Bytes(16, 2));
    if (whole) s.write(Scene::out(0), Scene::Bytes(16, 3));
    s.element(0, 0, 32);
    s.used_index(1);
    s.flags(1);
    if (whole)
      s.quiet();
    else
      s.expect({Rule::UsedBeforePayload});
  }
}

BOOST_AUTO_TEST_CASE(outside) {
  Scene s;
  s.fetch(0, 0);
  s.serve(0);
  s.write(Scene::in(0) + 32, {1});
  s.read(Scene::out(0) - 1, {1, 1});
  s.expect({Rule::Outside, Rule::Outside});
}

BOOST_AUTO_TEST_CASE(a_strobe_too_many) {
  Scene s;
  s.fetch(0, 0);
  Scene::Bytes strobes(16, 0);
  std::fill(strobes.begin(), strobes.begin() + 8, std::uint8_t{1});
  s.write(Scene::in(0) + 24, Scene::Bytes(16, 3), strobes);
  s.quiet();
  strobes[8] = 1;  // with the value that is there already, so memory would not show it
  s.write(Scene::in(0) + 24, Scene::Bytes(16, 3), strobes);
  s.expect({Rule::Outside});
}

BOOST_AUTO_TEST_CASE(index_that_comes_with_a_notification) {
  constexpr unsigned kNotificationData = 38;
  Scene s({kNotificationData});
  s.put(cosim::kRegNotify, 1u << 16, 4);
  s.head(0, 0);
  s.split(0, Scene::out(0), 16);
  s.quiet();
  Scene without;
  without.put(cosim::kRegNotify, 1u << 16, 4);
  without.head(0, 0);
  without.expect({Rule::NotPublished});
}

BOOST_AUTO_TEST_CASE(entry_not_published) {
  Scene s;
  s.avail_index(1);
  s.head(1, 0);
  s.expect("not-published: transaction " + std::to_string(s.number - 1) + " at " +
           std::to_string(1000 * (s.number - 1)) +
           " ps, queue 0: expected an entry before avail index 1, found a read of the entry in "
           "place 1");
}

BOOST_AUTO_TEST_CASE(descriptor_not_published) {
  Scene s;
  s.split(0, Scene::out(0), 16);
  s.expect({Rule::NotPublished});
}

BOOST_AUTO_TEST_CASE(stale_descriptor) {
  Scene s;
  whole(s, 0, 0);
  // The same head again: what was read for the chain before does not count.
  s.avail_index(2);
  s.head(1, 0);
  s.write(Scene::in(0), Scene::Bytes(32, 2));
  s.expect({Rule::Outside});
}

BOOST_AUTO_TEST_CASE(wrong_direction) {
  Scene s;
  s.fetch(0, 0);
  s.write(Scene::out(0), {1});
  s.read(Scene::in(0), {1});
  s.expect({Rule::WriteToReadable, Rule::ReadFromWritable});
}

BOOST_AUTO_TEST_CASE(used_before_payload) {
  Scene s;
  s.fetch(0, 0);
  s.write(Scene::in(0), Scene::Bytes(16, 2));
  s.element(0, 0, 32);
  s.write(Scene::in(0) + 16, Scene::Bytes(16, 2));
  s.expect({Rule::UsedBeforePayload, Rule::PayloadAfterUsed});
}

BOOST_AUTO_TEST_CASE(used_length) {
  Scene s;
  s.fetch(0, 0);
  s.serve(0);
  s.element(0, 0, 48);  // readable bytes counted, too
  s.expect("used-length: transaction " + std::to_string(s.number - 1) + " at " +
           std::to_string(1000 * (s.number - 1)) +
           " ps, queue 0, request 0: expected at most 32 bytes, found 48");
}

BOOST_AUTO_TEST_CASE(used_length_too_short) {
  Scene s;
  s.fetch(0, 0);
  s.serve(0);
  s.element(0, 0, 31);
  s.expect({Rule::WrittenLength});
  cosim::CheckSettings rules;
  rules.predict = false;
  Scene passive({}, rules);
  passive.fetch(0, 0);
  passive.serve(0);
  passive.element(0, 0, 31);
  passive.expect({});
}

BOOST_AUTO_TEST_CASE(index_before_element) {
  Scene s;
  s.fetch(0, 0);
  s.serve(0);
  s.used_index(1);
  s.expect({Rule::IndexBeforeElement});
}

BOOST_AUTO_TEST_CASE(index_that_never_comes) {
  Scene s;
  s.fetch(0, 0);
  s.serve(0);
  s.element(0, 0, 32);
  s.checker.finish();
  s.expect({Rule::IndexBeforeElement});
}

BOOST_AUTO_TEST_CASE(unknown_and_repeated_ids) {
  Scene s;
  s.avail_index(2);
  s.head(0, 0);
  s.head(1, 2);
  s.split(0, Scene::in(0), 32, Scene::kWrite);
  s.split(2, Scene::in(2), 32, Scene::kWrite);
  s.element(0, 5, 0);
  s.expect({Rule::UnknownId});
  s.checker.clear_findings();
  s.element(1, 2, 0);
  s.used_index(2);
  s.flags(1);
  s.fetch(2, 4);
  s.element(2, 2, 0);
  s.expect({Rule::UnknownId});
}

BOOST_AUTO_TEST_CASE(used_position) {
  Scene s;
  s.fetch(0, 0);
  s.serve(0);
  s.element(1, 0, 32);
  s.expect({Rule::UsedPosition});
}

BOOST_AUTO_TEST_CASE(used_element_that_does_not_wrap) {
  Scene s;
  for (unsigned i = 0; i < 8; ++i) whole(s, i, 0);
  s.fetch(8, 0);
  s.serve(0);
  s.write(Scene::kDevice + 4 + 8 * 8, Scene::words({0, 32}));
  s.expect({Rule::Outside});
}

BOOST_AUTO_TEST_CASE(in_order) {
  Scene s({kInOrder});
  s.avail_index(3);
  for (unsigned i : {0u, 1u, 2u}) {
    s.head(i, 2 * i);
    s.split(2 * i, Scene::in(2 * i), 32, Scene::kWrite);
  }
  s.write(Scene::in(0), Scene::Bytes(32));
  s.write(Scene::in(2), Scene::Bytes(32));
  s.element(0, 2, 32);  // a batch of two
  s.used_index(2);
  s.flags(1);
  s.quiet();
  s.element(2, 4, 0);
  s.used_index(3);
  s.flags(1);
  s.quiet();
}

BOOST_AUTO_TEST_CASE(in_order_batch_that_skips_an_unfilled_request) {
  Scene s({kInOrder});
  s.avail_index(2);
  for (unsigned i : {0u, 1u}) {
    s.head(i, 2 * i);
    s.split(2 * i, Scene::in(2 * i), 32, Scene::kWrite);
  }
  s.write(Scene::in(2), Scene::Bytes(32));
  s.element(0, 2, 32);
  s.expect({Rule::InOrder});
}

BOOST_AUTO_TEST_CASE(interrupts) {
  Scene s;
  s.interrupt();
  s.expect({Rule::InterruptBeforeIndex});
  s.checker.clear_findings();
  s.fetch(0, 0);
  s.serve(0);
  s.element(0, 0, 32);
  s.used_index(1);
  s.interrupt();  // nobody asked
  s.expect({Rule::InterruptUnchecked});
  s.checker.clear_findings();
  s.fetch(1, 0);
  s.serve(0);
  s.element(1, 0, 32);
  s.used_index(2);
  s.flags(1);
  s.interrupt();
  s.expect({Rule::InterruptSuppressed});
  s.checker.clear_findings();
  s.fetch(2, 0);
  s.serve(0);
  s.element(2, 0, 32);
  s.used_index(3);
  s.flags(0);
  s.checker.finish();
  s.expect({Rule::InterruptMissing});
}

BOOST_AUTO_TEST_CASE(interrupt_within) {
  cosim::CheckSettings settings;
  settings.interrupt_within = 5000;
  Scene s({}, settings);
  s.fetch(0, 0);
  s.serve(0);
  s.element(0, 0, 32);
  s.used_index(1);
  s.flags(0);
  for (unsigned i = 0; i < 5; ++i) s.avail_index(1);
  s.expect({});
  s.avail_index(1);
  s.avail_index(1);
  s.expect({Rule::InterruptMissing});
  s.checker.clear_findings();
  s.interrupt();
  s.quiet();
}

BOOST_AUTO_TEST_CASE(used_event) {
  Scene s({kEventIdx});
  const auto serve = [&](unsigned position, unsigned event) {
    s.fetch(position, 0);
    s.write(Scene::kDevice + 4 + 8 * Scene::kSize, Scene::word(position + 1));
    s.serve(0);
    s.element(position % 8, 0, 32);
    s.used_index(position + 1);
    s.used_event(event);
    s.avail_index(position + 1);  // the second look
  };
  serve(0, 0);
  s.interrupt();
  serve(1, 3);
  serve(2, 3);
  s.quiet();
  serve(3, 3);
  s.interrupt();
  s.quiet();
  serve(4, 3);  // it lies behind
  s.interrupt();
  s.expect({Rule::InterruptSuppressed});
  s.checker.clear_findings();
  // An event index that was read before the index counts for nothing.
  s.fetch(5, 0);
  s.serve(0);
  s.used_event(5);
  s.element(5, 0, 32);
  s.used_index(6);
  s.interrupt();
  s.expect({Rule::InterruptUnchecked});
}

BOOST_AUTO_TEST_CASE(avail_event) {
  Scene s({kEventIdx});
  s.fetch(0, 0);
  s.write(Scene::kDevice + 4 + 8 * Scene::kSize, Scene::word(2));
  s.expect("event-bytes: transaction " + std::to_string(s.number - 1) + " at " +
           std::to_string(1000 * (s.number - 1)) +
           " ps, queue 0: expected avail_event from 0 to 1, found 2");
}

BOOST_AUTO_TEST_CASE(no_second_look) {
  Scene s;
  s.write(Scene::kDevice, Scene::word(1));
  whole(s, 0, 0);
  s.write(Scene::kDevice, Scene::word(0));
  s.checker.finish();
  s.expect({Rule::NoSecondLook});
  s.checker.clear_findings();
  s.avail_index(1);
  s.quiet();
}

BOOST_AUTO_TEST_CASE(ring_bytes) {
  Scene s;
  s.write(Scene::kDevice, Scene::word(2));
  s.expect({Rule::EventBytes});
  s.checker.clear_findings();
  s.write(Scene::kDevice + 2, {1});  // half of the used index
  s.expect({Rule::WriteBytes});
  s.checker.clear_findings();
  s.avail_index(1);
  s.read(Scene::kDriver + 4, {0, 0, 0, 0});  // one entry more than there is
  s.expect({Rule::ReadExtent});
}

BOOST_AUTO_TEST_CASE(indirect) {
  Scene s({kIndirectDesc});
  s.avail_index(1);
  s.head(0, 3);
  s.split(3, Scene::kTables, 32, Scene::kIndirect);
  s.read(Scene::kTables, Scene::descriptor(Scene::out(0), 16, Scene::kNext, 1));
  s.read(Scene::kTables + 16, Scene::descriptor(Scene::in(0), 32, Scene::kWrite, 0));
  s.serve(0);
  s.element(0, 3, 32);
  s.used_index(1);
  s.flags(1);
  s.quiet();
  s.avail_index(2);
  s.head(1, 3);
  s.split(3, Scene::kTables, 32, Scene::kIndirect);
  s.read(Scene::kTables, Scene::Bytes(48));  // beyond its end
  s.expect({Rule::Outside});
}

/// Nothing says how large a table may be; a chain in it is of a few descriptors all the same.
BOOST_AUTO_TEST_CASE(a_table_of_four_gigabytes) {
  Scene s({kIndirectDesc});
  s.avail_index(1);
  s.head(0, 3);
  s.split(3, Scene::kTables, 0xffff'fff0, Scene::kIndirect);
  s.read(Scene::kTables, Scene::descriptor(Scene::out(0), 16, Scene::kNext, 0xffff));
  s.read(Scene::kTables + 16 * 0xffff, Scene::descriptor(Scene::in(0), 32, Scene::kWrite, 0));
  s.serve(0);
  s.element(0, 3, 32);
  s.used_index(1);
  s.flags(1);
  s.quiet();
}

BOOST_AUTO_TEST_CASE(payload_of_a_model) {
  struct Ones final : cosim::PayloadModel {
    int byte(unsigned, const cosim::ObservedChain& chain, std::uint64_t offset) override {
      return offset < chain.out.size() ? chain.out[offset] + 1 : -1;
    }
  } ones;
  cosim::CheckSettings settings;
  settings.payload = &ones;
  Scene s({}, settings);
  s.fetch(0, 0);
  s.serve(0);  // 1 out, 2 in; behind the 16 bytes anything
  s.quiet();
  s.write(Scene::in(0) + 8, {2, 3});
  s.expect("payload-bytes: transaction " + std::to_string(s.number - 1) + " at " +
           std::to_string(1000 * (s.number - 1)) +
           " ps, queue 0, request 0: expected 0x02 at 0x10089, found 0x03");
}

BOOST_AUTO_TEST_CASE(a_device_in_error_says_so) {
  Scene s;
  s.put(cosim::kRegConfigVector, 0, 2);
  s.fail(Scene::kDriver + 2);
  const std::uint64_t failed = s.number - 1;
  s.get(cosim::kRegDeviceStatus, 0x0f, 1);  // it may take some time
  s.checker.finish();
  s.get(cosim::kRegDeviceStatus, 0x0f, 1);
  s.expect("needs-reset: transaction " + std::to_string(s.number - 1) + " at " +
           std::to_string(1000 * (s.number - 1)) +
           " ps, queue 0: expected DEVICE_NEEDS_RESET, as the read of 2 bytes at 0x2002 "
           "(transaction " +
           std::to_string(failed) + ") failed, found status 0xf");
  s.get(cosim::kRegDeviceStatus, 0x0f, 1);  // once is enough
  BOOST_TEST(s.checker.findings().count() == 1u);
}

BOOST_AUTO_TEST_CASE(a_device_in_error_has_its_time) {
  cosim::CheckSettings settings;
  settings.error_within = 5000;
  Scene s({}, settings);
  s.fail(Scene::kDriver + 2);
  for (unsigned i = 0; i < 5; ++i) s.get(cosim::kRegDeviceStatus, 0x0f, 1);
  BOOST_TEST(s.checker.findings().empty());
  s.get(cosim::kRegDeviceStatus, 0x0f, 1);
  s.expect({Rule::NeedsReset});
}

BOOST_AUTO_TEST_CASE(a_device_in_error_tells_the_driver) {
  for (const bool vector : {false, true})
    for (const bool told : {false, true}) {
      Scene s;
      if (vector) s.put(cosim::kRegConfigVector, 0, 2);
      s.fail(Scene::kDriver + 2);
      if (told) s.config_changed();
      s.checker.finish();
      s.get(cosim::kRegDeviceStatus, 0x4f, 1);
      if (vector && !told)
        s.expect({Rule::NeedsReset});
      else
        BOOST_TEST(s.checker.findings().empty(), s.checker.findings().str());
    }
}

BOOST_AUTO_TEST_CASE(an_error_ends_with_a_reset) {
  Scene s;
  s.fail(Scene::kDriver + 2);
  s.checker.finish();
  s.put(cosim::kRegDeviceStatus, 0, 1);
  s.get(cosim::kRegDeviceStatus, 0x0f, 1);  // still being reset
  s.get(cosim::kRegDeviceStatus, 0, 1);
  s.put(cosim::kRegDeviceStatus, 3, 1);
  s.get(cosim::kRegDeviceStatus, 3, 1);
  BOOST_TEST(s.checker.findings().empty(), s.checker.findings().str());
}

BOOST_AUTO_TEST_CASE(a_device_says_that_the_ring_is_broken) {
  Scene s;
  s.avail_index(Scene::kSize + 1);  // more than there can be
  s.checker.finish();
  s.get(cosim::kRegDeviceStatus, 0x0f, 1);
  s.expect({Rule::NeedsReset});
}

/// Which queues may wait with notifications on, by device type.
BOOST_AUTO_TEST_CASE(queues_that_wait) {
  const auto waits = [](unsigned device, unsigned queues) {
    std::string text;
    for (unsigned queue = 0; queue < queues; ++queue)
      text += cosim::settings_for(device, queue, queues).looks_when_told ? '-' : 'w';
    return text;
  };
  BOOST_TEST(waits(1, 2) == "w-");      // network
  BOOST_TEST(waits(1, 5) == "w-w--");   // two pairs and control
  BOOST_TEST(waits(2, 4) == "----");    // block
  BOOST_TEST(waits(3, 6) == "w-w-w-");  // console
  BOOST_TEST(waits(5, 5) == "--w--");   // balloon
  BOOST_TEST(waits(19, 3) == "w-w");    // socket
}

/// A GPU reads pages that requests name; nobody else does, and it does not write there.
BOOST_AUTO_TEST_CASE(memory_that_requests_name) {
  for (unsigned device : {2u, 16u}) {
    Scene s({}, cosim::settings_for(device, 0, 2));
    s.fetch(0, 0);
    s.read(0x500000, Scene::Bytes(64));
    BOOST_TEST(s.checker.findings().count() == (device == 16 ? 0u : 1u));
    s.write(0x500000, Scene::Bytes(64));
    BOOST_TEST(s.checker.findings().count() == (device == 16 ? 1u : 2u));
  }
}

/// If there is no memory, the request fails, and the queue goes on.
BOOST_AUTO_TEST_CASE(no_memory_where_a_request_says) {
  for (const bool in_buffer : {false, true}) {
    Scene s({}, cosim::settings_for(16, 0, 2));
    s.fetch(0, 0);
    s.fail(in_buffer ? Scene::out(0) : 0x500000);
    s.element(0, 0, 0);
    if (in_buffer)
      s.expect({Rule::AfterError});
    else
      s.expect({});
  }
}
