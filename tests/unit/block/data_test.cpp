// SPDX-License-Identifier: Apache-2.0
// Reads, writes, identification and lifetime; all ways to cut a request into buffers.
#include "block_bench.h"

using namespace ringside;
using test::Answer;
using test::BlockBench;
using test::BlockStatus;
using test::Form;
using test::Piece;
using test::times;

SIM_TEST_CASE(what_is_written_can_be_read) {
  BlockBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up());
    const std::string data = times(512, 'a') + times(512, 'b');
    const Answer put = b.write(7, data);
    BOOST_TEST(put.ok());
    BOOST_TEST(put.used == 1u);
    BOOST_TEST(b.on_disk(7, 1024) == data);
    BOOST_TEST(b.on_disk(6, 512) == times(512, '\0'));
    const Answer got = b.read(7, 1024);
    BOOST_TEST(got.ok());
    BOOST_TEST(got.data == data);
    BOOST_TEST(got.used == 1025u);
  });
  BOOST_TEST(b.device.reads.value() == 1u);
  BOOST_TEST(b.device.writes.value() == 1u);
  BOOST_TEST(b.device.errors.value() == 0u);
}

SIM_TEST_CASE(large_requests_are_moved_in_pieces) {
  BlockBench b("", "size: 4MiB");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up());
    std::string data;
    for (unsigned i = 0; i < 6000; ++i) data += times(512, static_cast<char>(i));
    BOOST_TEST(b.write(3, data).ok());
    const Answer got = b.read(3, static_cast<std::uint32_t>(data.size()));
    BOOST_TEST(got.ok());
    BOOST_TEST((got.data == data));
  });
}

SIM_TEST_CASE(a_request_may_be_cut_anywhere) {
  BlockBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up({28}));
    const std::string bytes =
        BlockBench::header(BlockBench::Out, 2) + times(700, 'x') + times(324, 'y');
    // One byte per buffer for the header, then odd pieces across sectors; one byte for the status.
    std::vector<Piece> readable;
    for (std::size_t i = 0; i < 18; ++i) readable.push_back(b.put(bytes.substr(i, 1)));
    readable.push_back(b.put(bytes.substr(18, 511)));
    readable.push_back(b.put(bytes.substr(529)));
    for (const Form form : {Form::Direct, Form::Indirect}) {
      b.backend.data.assign(b.backend.data.size(), 0);
      BOOST_TEST(b.send(readable, {b.take(1)}, 0, form).ok());
      BOOST_TEST(b.on_disk(2, 1024) == times(700, 'x') + times(324, 'y'));
    }
    // All of a write in one buffer; all of a read's answer in one, the status right behind the
    // data.
    BOOST_TEST(b.send({b.put(bytes)}, {b.take(1)}).ok());
    const std::string ask = BlockBench::header(BlockBench::In, 2);
    const Answer one = b.send({b.put(ask)}, {b.take(1025)});
    BOOST_TEST(one.ok());
    BOOST_TEST(one.data == times(700, 'x') + times(324, 'y'));
    BOOST_TEST(one.used == 1025u);
    const Answer many =
        b.send({b.put(ask.substr(0, 15)), b.put(ask.substr(15))},
               {b.take(1), b.take(700), b.take(1), b.take(321), b.take(1), b.take(1)});
    BOOST_TEST(many.ok());
    BOOST_TEST(many.data == one.data);
  });
}

SIM_TEST_CASE(an_empty_read_or_write_succeeds_inside_the_disk) {
  BlockBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up());
    BOOST_TEST(b.status_of(BlockBench::In, 0) == BlockStatus::Ok);
    BOOST_TEST(b.status_of(BlockBench::Out, 2048) == BlockStatus::Ok);
    BOOST_TEST(b.status_of(BlockBench::In, 2049) == BlockStatus::IoError);
    BOOST_TEST(b.backend.reads + b.backend.writes == 0u);
  });
}

SIM_TEST_CASE(a_failing_host_is_an_io_error_and_the_device_goes_on) {
  BlockBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up({9, 13, 14}));
    b.backend.failing = true;
    const Answer read = b.read(0, 512);
    BOOST_TEST(read.status == BlockStatus::IoError);
    BOOST_TEST(read.used ==
               0u);  // nothing of the data is there, so the length cannot reach the status
    BOOST_TEST(b.write(0, times(512, 'w')).status == BlockStatus::IoError);
    BOOST_TEST(b.status_of(BlockBench::Flush, 0) == BlockStatus::IoError);
    BOOST_TEST(b.status_of(BlockBench::Discard, 0, BlockBench::range(0, 1)) ==
               BlockStatus::IoError);
    BOOST_TEST(b.status_of(BlockBench::WriteZeroes, 0, BlockBench::range(0, 1)) ==
               BlockStatus::IoError);
    b.backend.failing = false;
    BOOST_TEST(b.read(0, 512).ok());
  });
  BOOST_TEST(b.device.errors.value() == 5u);
}

SIM_TEST_CASE(the_identification_is_padded_with_zeroes) {
  BlockBench b("serial: disk-7");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up());
    const Answer id = b.request(BlockBench::GetId, 0, "", 20);
    BOOST_TEST(id.ok());
    BOOST_TEST(id.data == "disk-7" + times(14, '\0'));
    BOOST_TEST(id.used == 21u);
    // Less room than it needs, and more.
    const Answer little = b.request(BlockBench::GetId, 0, "", 4);
    BOOST_TEST(little.ok());
    BOOST_TEST(little.data == "disk");
    const Answer much = b.request(BlockBench::GetId, 0, "", 32);
    BOOST_TEST(much.ok());
    BOOST_TEST(much.data == "disk-7" + times(14, '\0') + times(12, '\xee'));
    BOOST_TEST(much.used == 20u);
    BOOST_TEST(b.request(BlockBench::GetId, 0).ok());
  });
}

SIM_TEST_CASE(an_identification_of_20_characters_has_no_end) {
  BlockBench b("serial: 0123456789abcdefghij");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up());
    BOOST_TEST(b.request(BlockBench::GetId, 0, "", 20).data == "0123456789abcdefghij");
  });
}

SIM_TEST_CASE(lifetime_is_told_if_the_disk_has_one) {
  BlockBench b("lifetime: true, pre_eol_info: 2, lifetime_a: 11, lifetime_b: 0");
  b.run([&] {
    SPEC("blk.device-operation.10");
    SPEC("blk.device-operation.12");
    BOOST_TEST(b.offers(15));
    BOOST_TEST_REQUIRE(b.bring_up({15}));
    const Answer info = b.request(BlockBench::GetLifetime, 0, "", 6);
    BOOST_TEST(info.ok());
    BOOST_TEST(info.data == std::string("\x02\0\x0b\0\0\0", 6));
    BOOST_TEST(info.used == 7u);
    BOOST_TEST(b.request(BlockBench::GetLifetime, 0, "", 5).status == BlockStatus::IoError);
    BOOST_TEST_REQUIRE(b.bring_up());
    BOOST_TEST(b.request(BlockBench::GetLifetime, 0, "", 6).status == BlockStatus::Unsupported);
  });
}

SIM_TEST_CASE(lifetime_values_that_are_reserved_are_refused) {
  SPEC("blk.device-operation.12");
  Registry registry;
  test::register_block(registry);
  Platform platform(registry);
  BOOST_TEST(!platform.build(
      Node::parse(BlockBench::yaml("lifetime_a: 12, lifetime_b: 12, pre_eol_info: 4", ""), "t")));
  BOOST_TEST(platform.diagnostics().errors() == 3u);
}

SIM_TEST_CASE(without_lifetime_nothing_is_offered) {
  BlockBench b;
  b.run([&] {
    SPEC("blk.device-operation.11");
    BOOST_TEST(!b.offers(15));
    BOOST_TEST_REQUIRE(b.bring_up());
    BOOST_TEST(b.request(BlockBench::GetLifetime, 0, "", 6).status == BlockStatus::Unsupported);
  });
}

SIM_TEST_CASE(a_read_only_disk_fails_writes) {
  BlockBench b("", "read_only: true");
  b.run([&] {
    SPEC("blk.device-operation.2");
    SPEC("blk.device-operation.3");
    BOOST_TEST(b.offers(5));
    for (const unsigned bit : {13, 14, 16}) BOOST_TEST(!b.offers(bit));
    for (const bool accepted : {true, false}) {
      BOOST_TEST_REQUIRE(b.bring_up(accepted ? test::Driver::Bits{5} : test::Driver::Bits{}));
      BOOST_TEST(b.write(0, times(512, 'w')).status == BlockStatus::IoError);
      BOOST_TEST(b.status_of(BlockBench::Discard, 0, BlockBench::range(0, 1)) ==
                 BlockStatus::Unsupported);
      BOOST_TEST(b.read(0, 512).ok());
      BOOST_TEST(b.status_of(BlockBench::Flush, 0) == BlockStatus::Ok);
    }
    BOOST_TEST(b.backend.writes + b.backend.discards + b.backend.zeroes == 0u);
  });
}

SIM_TEST_CASE(every_queue_serves_requests) {
  BlockBench b("queues: 4");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up({12}));
    BOOST_TEST(b.config().num_queues == 4);
    for (unsigned q = 0; q < 4; ++q)
      BOOST_TEST(b.request(BlockBench::Out, q, times(512, static_cast<char>('a' + q)), 0, q).ok());
    BOOST_TEST(b.read(0, 2048).data ==
               times(512, 'a') + times(512, 'b') + times(512, 'c') + times(512, 'd'));
  });
}

SIM_TEST_CASE(queues_share_the_disk_while_memory_is_slow) {
  BlockBench b("queues: 2");
  b.memory.latency = sc_core::sc_time(100, sc_core::SC_NS);
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up({12}));
    // Both are out at the same time; neither may see the other's data.
    for (unsigned q = 0; q < 2; ++q) {
      const std::string data = times(65536, static_cast<char>('p' + q));
      BOOST_REQUIRE(
          b.driver.queue(q).add({b.put(BlockBench::header(BlockBench::Out, q * 128)), b.put(data)},
                                {b.take(1)}, q, Form::Direct));
      b.driver.submit(q);
    }
    for (unsigned q = 0; q < 2; ++q) {
      BOOST_TEST_REQUIRE(b.driver.wait_used(q, {10, sc_core::SC_MS}));
      BOOST_TEST(b.driver.queue(q).next_used()->token == q);
    }
    BOOST_TEST((b.on_disk(0, 131072) == times(65536, 'p') + times(65536, 'q')));
  });
}

SIM_TEST_CASE(packed_and_in_order_rings_carry_requests) {
  BlockBench b("packed: true, in_order: true");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.bring_up({28, 29, 34, 35}));
    for (unsigned i = 0; i < 200; ++i) {
      BOOST_TEST_REQUIRE(b.write(i, times(512, static_cast<char>(i))).ok());
      BOOST_TEST_REQUIRE(b.read(i, 512).data == times(512, static_cast<char>(i)));
    }
  });
}
