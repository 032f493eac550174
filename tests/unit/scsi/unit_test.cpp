// SPDX-License-Identifier: Apache-2.0
// What all logical units do.
#include "unit/scsi/unit_bench.h"

using namespace ringside;
using namespace ringside::test;
using namespace ringside::scsi;

static const char* const kDisk = "type: disk, backend: {type: memory, size: 1MiB}";

SIM_TEST_CASE(a_unit_attention_is_reported_once_and_not_by_inquiry) {
  DiskBench b(kDisk);
  BOOST_TEST(b.command({kInquiry, 0, 0, 0, 36}).good());
  BOOST_TEST(b.command({kReportLuns, 0, 0, 0, 0, 0, 0, 0, 1, 0}).good());
  BOOST_TEST(b.command({kReadCapacity10}).failed(sense::kPoweredOn));
  BOOST_TEST(b.command({kReadCapacity10}).good());
  b.unit.attention(sense::kCapacityChanged);
  b.unit.attention(sense::kCapacityChanged);
  const Done sense = b.command({kRequestSense, 0, 0, 0, 18});
  BOOST_TEST((sense.in[2] == 6 && sense.in[12] == 0x2a && sense.in[13] == 0x09));
  BOOST_TEST(b.command({kTestUnitReady}).good());
  const Done none = b.command({kRequestSense, 1, 0, 0, 8});  // descriptor format
  BOOST_TEST((none.in == Bytes{0x72, 0, 0, 0, 0, 0, 0, 0}));
}

SIM_TEST_CASE(inquiry_says_who_it_is) {
  DiskBench b(std::string(kDisk) + ", product: A disk, serial: S123, wwn: 0x5000c50012345678");
  const Done done = b.command({kInquiry, 0, 0, 0, 255});
  BOOST_TEST_REQUIRE(done.good());
  BOOST_TEST(done.in.size() == 74u);
  BOOST_TEST(done.in[0] == 0);
  BOOST_TEST(done.in[2] == 6);
  BOOST_TEST(done.in[4] == 69);
  BOOST_TEST(std::string(done.in.begin() + 8, done.in.begin() + 36) ==
             "RINGSIDEA disk          0.1 ");
  BOOST_TEST(b.command({kInquiry, 0, 0, 0, 5}).in.size() == 5u);
  BOOST_TEST(b.command({kInquiry, 0, 0x80, 0, 5}).failed(sense::kInvalidField));
  const Done pages = b.command({kInquiry, 1, 0, 0, 255});
  BOOST_TEST((pages.in == Bytes{0, 0, 0, 6, 0x00, 0x80, 0x83, 0xb0, 0xb1, 0xb2}));
  for (std::size_t i = 4; i < pages.in.size(); ++i)
    BOOST_TEST(b.command({kInquiry, 1, pages.in[i], 0, 255}).good());
  BOOST_TEST(b.command({kInquiry, 1, 0x85, 0, 255}).failed(sense::kInvalidField));
  const Done serial = b.command({kInquiry, 1, 0x80, 0, 255});
  BOOST_TEST(std::string(serial.in.begin() + 4, serial.in.end()) == "S123");
  const Done name = b.command({kInquiry, 1, 0x83, 0, 255});
  BOOST_TEST(get64(&name.in[8]) == 0x5000c50012345678u);
}

SIM_TEST_CASE(mode_pages_are_read_and_changed) {
  DiskBench b(kDisk);
  b.wake();
  const Done all = b.command({kModeSense6, 0, 0x3f, 0, 255});
  BOOST_TEST_REQUIRE(all.good());
  BOOST_TEST(all.in[0] == all.in.size() - 1);
  BOOST_TEST(all.in[2] == 0x10);
  BOOST_TEST(all.in[3] == 8);
  BOOST_TEST(get32(&all.in[8]) == 512u);
  const Done caching = b.command({kModeSense10, 8, 0x08, 0, 0, 0, 0, 0, 255});
  BOOST_TEST(caching.in.size() == 28u);
  BOOST_TEST(caching.in[10] == 4);  // write cache on
  BOOST_TEST(b.command({kModeSense6, 0, 0xc8, 0, 255}).failed(sense::kNotSaved));
  BOOST_TEST(b.command({kModeSense6, 0, 0x19, 0, 255}).failed(sense::kInvalidField));
  Bytes list(4 + 20);
  list[4] = 8;
  list[5] = 18;
  BOOST_TEST(b.command({kModeSelect6, 0x10, 0, 0, 24}, list).good());
  BOOST_TEST(b.command({kModeSense6, 8, 0x08, 0, 255}).in[6] == 0);
  BOOST_TEST(b.command({kModeSense6, 8, 0x88, 0, 255}).in[6] == 4);  // the default stays
  list[10] = 1;
  BOOST_TEST(b.command({kModeSelect6, 0x10, 0, 0, 24}, list).failed(sense::kInvalidParameter));
  BOOST_TEST(b.command({kModeSelect6, 0x11, 0, 0, 24}, list).failed(sense::kInvalidField));
  BOOST_TEST(b.command({kModeSelect6, 0x10, 0, 0, 3}, list).failed(sense::kParameterListLength));
  BOOST_TEST(b.command({kModeSelect6, 0x10, 0, 0, 24}).overrun);
  // Descriptor sense data, from the control page on.
  Bytes control(4 + 12);
  control[4] = 0x0a;
  control[5] = 10;
  control[6] = 0x04;
  control[7] = 0x10;
  BOOST_TEST(b.command({kModeSelect6, 0x10, 0, 0, 16}, control).good());
  BOOST_TEST((b.unit.sense_data(sense::kOutOfRange) == Bytes{0x72, 5, 0x21, 0, 0, 0, 0, 0}));
  b.unit.hard_reset();
  BOOST_TEST(b.unit.sense_data(sense::kOutOfRange).size() == 18u);
}

SIM_TEST_CASE(what_is_unknown_is_refused) {
  DiskBench b(kDisk);
  b.wake();
  for (unsigned opcode : {0x04u, 0x1cu, 0x5eu, 0x83u, 0xa3u, 0xbdu, 0xffu})
    BOOST_TEST(b.command({opcode}).failed(sense::kInvalidOpcode));
}
