// SPDX-License-Identifier: Apache-2.0
// Protection information (T10 PI): the numbers, where they are kept, and a disk that has them.
#include "scsi/protection.h"

#include "scsi/tag_store.h"
#include "unit/scsi/unit_bench.h"

using namespace ringside;
using namespace ringside::test;
using namespace ringside::scsi;

namespace {

const std::string kDisk =
    "type: disk, backend: {type: memory, size: 1MiB}, tags: {type: memory, size: 16KiB}, "
    "protection: ";

/// Tuples as an initiator makes them.
Bytes tuples_for(const Bytes& data, std::uint64_t lba, unsigned application = 0x1234) {
  Bytes all(data.size() / 512 * kTupleBytes);
  for (std::size_t i = 0; i < data.size() / 512; ++i) {
    make_tuple(&all[i * kTupleBytes], guard_of(&data[i * 512], 512), lba + i);
    put16(&all[i * kTupleBytes + 2], application);
  }
  return all;
}

struct ProtectedBench : DiskBench {
  explicit ProtectedBench(const std::string& type = "type1") : DiskBench(kDisk + type) { wake(); }
  Done write(unsigned lba, unsigned field, const Bytes& data, const Bytes& tuples) {
    Bytes none;
    return protected_command({kWrite10, field << 5, 0, 0, lba >> 8, lba & 255, 0, 0,
                              static_cast<unsigned>(data.size() / 512)},
                             data, tuples, 0, none);
  }
  Done read(unsigned lba, unsigned field, unsigned blocks, Bytes& tuples) {
    tuples.assign(blocks * kTupleBytes, 0xcc);
    return protected_command({kRead10, field << 5, 0, 0, lba >> 8, lba & 255, 0, 0, blocks}, {}, {},
                             blocks * 512, tuples);
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(guards_are_the_standards) {
  const std::string digits = "123456789";
  BOOST_TEST(guard_of(reinterpret_cast<const std::uint8_t*>(digits.data()), digits.size()) ==
             0xd0db);
  BOOST_TEST(guard_of(Bytes(512).data(), 512) == 0);
  // SBC-3, table 27: 32 bytes of FFh.
  BOOST_TEST(guard_of(Bytes(32, 0xff).data(), 32) == 0xa293);
}

BOOST_AUTO_TEST_CASE(fields_ask_for_checks) {
  ProtectionUse use;
  for (const unsigned field : {6u, 7u}) BOOST_TEST(!protection_use(field, use));
  const bool expected[6][3] = {{false, true, true},  {true, true, true},  {true, false, true},
                               {true, false, false}, {true, true, false}, {true, true, true}};
  for (unsigned field = 0; field < 6; ++field) {
    BOOST_TEST(protection_use(field, use));
    BOOST_TEST((use.transfer == expected[field][0] && use.guard == expected[field][1] &&
                use.reference == expected[field][2]));
  }
}

SIM_TEST_CASE(a_protected_disk_says_so) {
  ProtectedBench b;
  BOOST_TEST(b.command({kInquiry, 0, 0, 0, 255}).in[5] == 1);
  const Done pages = b.command({kInquiry, 1, 0, 0, 255});
  BOOST_TEST((pages.in == Bytes{0, 0, 0, 7, 0, 0x80, 0x83, 0x86, 0xb0, 0xb1, 0xb2}));
  BOOST_TEST(b.command({kInquiry, 1, 0x86, 0, 255}).in[4] == 5);
  const Done capacity =
      b.command({kServiceActionIn16, kReadCapacity16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 32});
  BOOST_TEST(capacity.in[12] == 1);
  BOOST_TEST((b.command({kModeSense6, 8, 0x0a, 0, 255}).in[4 + 5] & 0x80) != 0);
}

SIM_TEST_CASE(a_disk_of_type_3_says_so) {
  ProtectedBench b("type3");
  BOOST_TEST(b.command({kInquiry, 1, 0x86, 0, 255}).in[4] == 0x24);
  BOOST_TEST(b.command({kServiceActionIn16, kReadCapacity16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 32})
                 .in[12] == 5);
}

SIM_TEST_CASE(a_disk_without_knows_nothing_of_it) {
  DiskBench b("type: disk, backend: {type: memory, size: 1MiB}");
  b.wake();
  BOOST_TEST(b.command({kInquiry, 0, 0, 0, 255}).in[5] == 0);
  BOOST_TEST(b.command({kInquiry, 1, 0x86, 0, 255}).failed(sense::kInvalidField));
  Bytes tuples(8);
  BOOST_TEST(b.protected_command({kRead10, 1 << 5, 0, 0, 0, 0, 0, 0, 1}, {}, {}, 512, tuples)
                 .failed(sense::kInvalidField));
}

SIM_TEST_CASE(what_is_written_comes_back_with_its_tuples) {
  ProtectedBench b;
  const Bytes data = pattern(3 * 512, 1), tuples = tuples_for(data, 62);
  BOOST_TEST(b.write(62, 1, data, tuples).good());  // over the end of a sector of tuples
  Bytes back;
  const Done done = b.read(62, 1, 3, back);
  BOOST_TEST(done.good());
  BOOST_TEST((done.in == data));
  BOOST_TEST((back == tuples));
  // Without a transfer they are checked, and stay.
  BOOST_TEST(b.command({kRead10, 0, 0, 0, 0, 62, 0, 0, 3}).good());
  BOOST_TEST(b.command({kRead10, 1 << 5, 0, 0, 0, 62, 0, 0, 3}).failed(sense::kInvalidField),
             "there is no channel for them");
}

SIM_TEST_CASE(what_does_not_agree_is_not_written) {
  ProtectedBench b;
  const Bytes data = pattern(512, 1);
  Bytes tuples = tuples_for(data, 7);
  tuples[0] ^= 1;
  BOOST_TEST(b.write(7, 1, data, tuples).failed(sense::kGuardCheckFailed));
  BOOST_TEST(b.write(7, 4, data, tuples).failed(sense::kGuardCheckFailed));
  tuples[0] ^= 1;
  tuples[7] ^= 1;
  BOOST_TEST(b.write(7, 1, data, tuples).failed(sense::kReferenceCheckFailed));
  BOOST_TEST(b.write(7, 2, data, tuples).failed(sense::kReferenceCheckFailed));
  BOOST_TEST(b.write(7, 6, data, tuples).failed(sense::kInvalidField));
  BOOST_TEST(b.write(7, 1, data, Bytes(4)).lost);
  BOOST_TEST((b.command({kRead10, 0, 0, 0, 0, 7, 0, 0, 1}).in == Bytes(512)));
  // An application tag of FFFFh says not to look.
  BOOST_TEST(b.write(7, 1, data, Bytes(8, 0xff)).good());
}

namespace {
/// An initiator that changes its tuples once they have been looked at.
class FickleBuffers final : public DataBuffers {
 public:
  FickleBuffers(const Bytes& data, const Bytes& tuples) : data_(data), tuples_(tuples) {}
  std::uint64_t out_bytes() const override { return data_.size(); }
  std::uint64_t in_bytes() const override { return 0; }
  bool read(std::uint64_t offset, void* to, std::size_t bytes) override {
    std::memcpy(to, data_.data() + offset, bytes);
    return true;
  }
  bool write(std::uint64_t, const void*, std::size_t) override { return false; }
  bool carries_protection() const override { return true; }
  bool read_protection(std::uint64_t offset, void* to, std::size_t bytes) override {
    std::memcpy(to, tuples_.data() + offset, bytes);
    tuples_.assign(tuples_.size(), 0x11);
    return true;
  }

 private:
  Bytes data_, tuples_;
};
}  // namespace

SIM_TEST_CASE(what_was_checked_is_what_is_kept) {
  ProtectedBench b;
  const Bytes data = pattern(512, 1);
  FickleBuffers buffers(data, tuples_for(data, 40));
  const Cdb cdb{kWrite10, 1 << 5, 0, 0, 0, 40, 0, 0, 1};
  Task task(cdb, buffers);
  b.unit.execute(task);
  BOOST_TEST((task.status == Status::Good && !task.lost));
  Bytes back;
  BOOST_TEST(b.read(40, 1, 1, back).good());
  BOOST_TEST((back == tuples_for(data, 40)));
}

SIM_TEST_CASE(damage_is_found_when_it_is_read) {
  ProtectedBench b;
  const Bytes data = pattern(512, 1);
  Bytes wrong = tuples_for(data, 9), back;
  wrong[1] ^= 0x40;
  BOOST_TEST(b.write(9, 3, data, wrong).good());  // unchecked
  BOOST_TEST(b.command({kRead10, 0, 0, 0, 0, 9, 0, 0, 1}).failed(sense::kGuardCheckFailed));
  BOOST_TEST(b.read(9, 1, 1, back).failed(sense::kGuardCheckFailed));
  BOOST_TEST(b.command({kVerify10, 0, 0, 0, 0, 9, 0, 0, 1}).failed(sense::kGuardCheckFailed));
  BOOST_TEST(b.read(9, 3, 1, back).good());
  BOOST_TEST((back == wrong));
  BOOST_TEST(b.read(9, 2, 1, back).good());
  // A block that was led astray.
  const Bytes stray = tuples_for(data, 10);
  BOOST_TEST(b.write(9, 3, data, stray).good());
  BOOST_TEST(b.read(9, 1, 1, back).failed(sense::kReferenceCheckFailed));
  BOOST_TEST(b.read(9, 4, 1, back).good());
}

SIM_TEST_CASE(what_comes_without_gets_its_own) {
  ProtectedBench b;
  const Bytes data = pattern(2 * 512, 3);
  BOOST_TEST(b.command({kWrite10, 0, 0, 0, 0, 20, 0, 0, 2}, data).good());
  Bytes back;
  BOOST_TEST(b.read(20, 1, 2, back).good());
  BOOST_TEST((back == tuples_for(data, 20, 0)));
  BOOST_TEST(b.command({kWriteSame10, 0, 0, 0, 0, 30, 0, 0, 5}, pattern(512, 4)).good());
  BOOST_TEST(b.read(30, 1, 5, back).good());
  BOOST_TEST(get32(&back[4 * 8 + 4]) == 34u);
  Bytes unmap(24);
  put16(&unmap[2], 16);
  put64(&unmap[8], 0);
  put32(&unmap[16], 200);
  put16(&unmap[0], 22);
  BOOST_TEST(b.command({kUnmap, 0, 0, 0, 0, 0, 0, 0, 24}, unmap).good());
  BOOST_TEST(b.read(20, 1, 2, back).good());
  BOOST_TEST((back == Bytes(16, 0xff)));
}

SIM_TEST_CASE(type_3_leaves_reference_tags_to_the_initiator) {
  ProtectedBench b("type3");
  const Bytes data = pattern(512, 1), tuples = tuples_for(data, 999);
  Bytes back;
  BOOST_TEST(b.write(5, 1, data, tuples).good());
  BOOST_TEST(b.read(5, 1, 1, back).good());
  BOOST_TEST((back == tuples));
  Bytes wrong = tuples;
  wrong[0] ^= 1;
  put16(&wrong[2], 0xffff);
  BOOST_TEST(b.write(5, 1, data, wrong).failed(sense::kGuardCheckFailed));
  put32(&wrong[4], 0xffffffff);
  BOOST_TEST(b.write(5, 1, data, wrong).good());
}

SIM_TEST_CASE(large_transfers_are_checked_throughout) {
  ProtectedBench b;
  const Bytes data = pattern(300 * 512, 5);
  Bytes tuples = tuples_for(data, 3), back;
  const auto command = [&](unsigned opcode, const Bytes& out, const Bytes& pi, std::size_t room) {
    back.assign(room / 512 * 8, 0);
    return b.protected_command({opcode, 1 << 5, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 1, 44}, out, pi, room,
                               back);
  };
  BOOST_TEST(command(kWrite16, data, tuples, 0).good());
  BOOST_TEST(command(kRead16, {}, {}, 300 * 512).good());
  BOOST_TEST((back == tuples));
  tuples[299 * 8] ^= 1;
  BOOST_TEST(command(kWrite16, data, tuples, 0).failed(sense::kGuardCheckFailed));
}

SIM_TEST_CASE(blocks_that_come_back_have_no_information) {
  ProtectedBench b;
  const Bytes data = pattern(512, 1);
  BOOST_TEST(b.write(2000, 1, data, tuples_for(data, 2000)).good());
  b.unit.resize(Size{512 << 10});
  b.unit.resize(Size{1 << 20});
  BOOST_TEST(b.command({0}).failed(sense::kCapacityChanged));
  Bytes back;
  BOOST_TEST(b.read(2000, 1, 1, back).good());
  BOOST_TEST((back == Bytes(8, 0xff)));
  BOOST_CHECK_THROW(b.unit.resize(Size{2 << 20}), CommandError);
}

namespace {
void check_refused(const std::string& params, const std::string& expected) {
  Registry registry;
  register_units(registry);
  Platform platform(registry);
  BOOST_TEST(!platform.build(Node::parse(
      "children:\n  u: {type: disk, backend: {type: memory, size: 1MiB}, " + params + "}\n",
      "test.yaml")));
  BOOST_TEST(platform.diagnostics().str().find(expected) != std::string::npos,
             platform.diagnostics().str());
}
}  // namespace

SIM_TEST_CASE(tags_are_needed) {
  check_refused("protection: type1", "expected both or neither");
}
SIM_TEST_CASE(tags_alone_are_a_mistake) {
  check_refused("tags: {type: memory, size: 1MiB}", "expected both or neither");
}
SIM_TEST_CASE(tags_need_room) {
  check_refused("protection: type1, tags: {type: memory, size: 8KiB}",
                "expected 16384 for 2048 blocks");
}
