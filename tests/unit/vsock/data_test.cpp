// SPDX-License-Identifier: Apache-2.0
// Data of streams and messages.
#include "vsock_bench.h"

using namespace ringside;
using namespace ringside::test;

SIM_TEST_CASE(a_stream_goes_both_ways) {
  VsockBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start_with_buffers());
    const auto id = b.open();
    BOOST_TEST(b.send(VsockBench::packet(kOpRw, "hello")));
    BOOST_TEST(b.send(VsockBench::packet(kOpRw, " host")));
    BOOST_TEST(b.host().connections[id].data == "hello host");
    b.host().say(id, "hello ");
    b.host().say(id, "guest");
    const auto packets = b.received();
    std::string text;
    for (const Packet& p : packets) {
      BOOST_TEST(p.op == unsigned{kOpRw});
      BOOST_TEST(p.type == unsigned{kTypeStream});
      BOOST_TEST(p.flags == 0u);
      text += p.data;
    }
    BOOST_TEST(text == "hello guest");
    BOOST_TEST(b.device.bytes_to_host.value() == 10u);
    BOOST_TEST(b.device.bytes_to_guest.value() == 11u);
  });
}

SIM_TEST_CASE(len_says_how_much_of_a_buffer_counts) {
  VsockBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start_with_buffers());
    const auto id = b.open();
    Packet p = VsockBench::packet(kOpRw, "abcdef");
    p.len = 3;
    BOOST_TEST(b.send(p));
    BOOST_TEST(b.host().connections[id].data == "abc");
    p = VsockBench::packet(kOpRw);  // no data, no meaning, no harm
    BOOST_TEST(b.send(p));
    BOOST_TEST(b.told() == "");
    p = VsockBench::packet(kOpCreditUpdate, "ignored");
    BOOST_TEST(b.send(p));
    BOOST_TEST(b.host().connections[id].data == "abc");
  });
}

SIM_TEST_CASE(data_is_cut_to_the_buffers_of_the_driver) {
  VsockBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start());
    b.give(VsockBench::kRx, 1, 44);  // for the answer
    BOOST_TEST(b.send(VsockBench::packet(kOpRequest)));
    b.host().catch_up();
    b.received(false);
    b.host().say(b.host().latest, "0123456789abcdefghij");
    b.give(VsockBench::kRx, 3, 44 + 8);
    std::string text;
    for (const Packet& p : b.received(false)) text += p.data + "|";
    BOOST_TEST(text == "01234567|89abcdef|ghij|");
  });
}

SIM_TEST_CASE(messages_keep_their_boundaries) {
  VsockBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start_with_buffers());
    const auto id = b.open(kTypeSeqpacket);
    const auto message = [&](const std::string& text, std::uint32_t flags) {
      return b.send(VsockBench::packet(kOpRw, text, flags, kTypeSeqpacket));
    };
    BOOST_TEST(message("one", 1));
    BOOST_TEST(message("tw", 0));
    BOOST_TEST(message("o", 3));    // the end of a record
    BOOST_TEST(message("thr", 2));  // a record can't end within a message
    BOOST_TEST(message("ee", 0));
    BOOST_TEST(message("", 1));  // the end may come alone
    BOOST_TEST(message("", 1));  // but what is empty is no message
    const std::vector<std::string> expected{"one", "two!", "three"};
    BOOST_TEST(b.host().connections[id].messages == expected, boost::test_tools::per_element());

    b.host().say(id, "uno");
    b.host().say(id, std::string(10000, 'x'), true);
    b.host().say(id, "tres");
    std::string text;
    for (const Packet& p : b.received())
      text += std::to_string(p.data.size()) + ":" + std::to_string(p.flags) + " ";
    BOOST_TEST(text == "3:1 4052:0 4052:0 1896:3 4:1 ");
  });
}

SIM_TEST_CASE(streams_have_no_boundaries) {
  VsockBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start_with_buffers());
    const auto id = b.open();
    BOOST_TEST(b.send(VsockBench::packet(kOpRw, "one", 3)));
    BOOST_TEST(b.host().connections[id].messages.empty());
    BOOST_TEST(b.host().connections[id].data == "one");
  });
}

SIM_TEST_CASE(a_message_that_the_guest_can_never_hold) {
  VsockBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start_with_buffers());
    const auto id = b.open(kTypeSeqpacket, 1000);
    b.host().say(id, std::string(1000, 'x'));
    BOOST_TEST(b.received().size() == 1u);
    b.host().say(id, std::string(1001, 'x'));
    BOOST_TEST(b.told() == "3 2000>1000");
    BOOST_TEST(b.device.stuck_messages.value() == 1u);
    BOOST_TEST(b.host().closed.size() == 1u);
  });
}

BOOST_AUTO_TEST_CASE(all_kinds_of_rings) {
  for (const char* params : {"packed: false", "packed: true, in_order: true"}) {
    static std::string text;  // for the child process
    text = params;
    run_in_child([] {
      VsockBench b(text);
      b.run([&] {
        std::vector<unsigned> bits{kBitSeqpacket, virtio::kIndirectDesc, virtio::kEventIdx};
        if (text.find("true") != std::string::npos) {
          bits.push_back(virtio::kRingPacked);
          bits.push_back(virtio::kInOrder);
        }
        BOOST_TEST_REQUIRE(b.start_with_buffers(bits));
        const auto id = b.open();
        std::string said;
        for (unsigned i = 0; i < 300; ++i) {
          const std::string piece = std::to_string(i) + ",";
          said += piece;
          BOOST_TEST(b.send(VsockBench::packet(kOpRw, piece)));
          b.host().say(id, piece);
          b.host().catch_up();
        }
        BOOST_TEST(b.host().connections[id].data == said);
        std::string heard;
        for (const Packet& p : b.received()) heard += p.data;
        BOOST_TEST(heard == said);
      });
    });
  }
}
