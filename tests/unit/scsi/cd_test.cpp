// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <filesystem>

#include "unit/scsi/unit_bench.h"

using namespace ringside;
using namespace ringside::test;
using namespace ringside::scsi;

static const char* const kCd = "type: cd, backend: {type: memory, size: 1MiB, read_only: true}";

SIM_TEST_CASE(a_disc_is_read_in_blocks_of_2_kib) {
  CdBench b(kCd);
  b.wake();
  BOOST_TEST((b.command({kReadCapacity10}).in == Bytes{0, 0, 1, 255, 0, 0, 8, 0}));
  BOOST_TEST(b.command({kRead10, 0, 0, 0, 1, 254, 0, 0, 2}).in.size() == 4096u);
  BOOST_TEST(b.command({kRead12, 0, 0, 0, 1, 255, 0, 0, 0, 2}).failed(sense::kOutOfRange));
  BOOST_TEST(b.command({kRead10, 0, 0, 0, 0, 0, 0, 0, 3}).overrun);
  BOOST_TEST(
      b.command({kWrite10, 0, 0, 0, 0, 0, 0, 0, 1}, Bytes(2048)).failed(sense::kInvalidOpcode));
  BOOST_TEST(b.command({kInquiry, 0, 0, 0, 36}).in[0] == 5);
  BOOST_TEST(b.command({kInquiry, 0, 0, 0, 36}).in[1] == 0x80);
}

SIM_TEST_CASE(its_table_of_contents_has_one_data_track) {
  CdBench b(kCd);
  b.wake();
  const Done toc = b.command({kReadToc, 0, 0, 0, 0, 0, 0, 0, 255});
  BOOST_TEST(
      (toc.in == Bytes{0, 18, 1, 1, 0, 0x14, 1, 0, 0, 0, 0, 0, 0, 0x14, 0xaa, 0, 0, 0, 2, 0}));
  const Done msf = b.command({kReadToc, 2, 0, 0, 0, 0, 0xaa, 0, 255});
  BOOST_TEST((msf.in == Bytes{0, 10, 1, 1, 0, 0x14, 0xaa, 0, 0, 0, 8, 62}));  // 512 + 150 frames
  BOOST_TEST(b.command({kReadToc, 0, 1, 0, 0, 0, 0, 0, 255}).in.size() == 12u);
  BOOST_TEST(b.command({kReadToc, 0, 0, 0, 0, 0, 2, 0, 255}).failed(sense::kInvalidField));
  BOOST_TEST(b.command({kReadToc, 0, 5, 0, 0, 0, 0, 0, 255}).failed(sense::kInvalidField));
  BOOST_TEST(b.command({kReadDiscInformation, 0, 0, 0, 0, 0, 0, 0, 255}).in.size() == 34u);
}

SIM_TEST_CASE(its_configuration_names_the_profile_of_the_disc) {
  CdBench b(kCd);
  const Done all = b.command({kGetConfiguration, 0, 0, 0, 0, 0, 0, 1, 0});
  BOOST_TEST(get16(&all.in[6]) == 8);
  BOOST_TEST(get32(all.in.data()) == all.in.size() - 4);
  const Done one = b.command({kGetConfiguration, 2, 0, 3, 0, 0, 0, 1, 0});
  BOOST_TEST(one.in.size() == 16u);
  BOOST_TEST(b.command({kGetConfiguration, 3}).failed(sense::kInvalidField));
}

SIM_TEST_CASE(the_tray_opens_and_closes) {
  CdBench b(kCd);
  b.wake();
  std::vector<int> told;
  b.unit.set_listener([&](LogicalUnit&, LogicalUnit::Event what, const Sense&) {
    told.push_back(static_cast<int>(what));
  });
  const auto event = [&] { return b.command({kGetEventStatus, 1, 0, 0, 0x10, 0, 0, 0, 8}).in; };
  BOOST_TEST((event() == Bytes{0, 6, 4, 0x10, 0, 2, 0, 0}));
  BOOST_TEST(b.command({kPreventAllow, 0, 0, 0, 1}).good());
  BOOST_TEST(b.command({kStartStopUnit, 0, 0, 0, 2}).failed(sense::kRemovalPrevented));
  BOOST_CHECK_THROW(b.unit.eject(false), CommandError);
  BOOST_TEST(event()[4] == 1);  // somebody wants it out
  BOOST_TEST(b.command({kPreventAllow, 0, 0, 0, 0}).good());
  b.unit.eject(false);
  BOOST_TEST((event() == Bytes{0, 6, 4, 0x10, 3, 1, 0, 0}));
  BOOST_TEST(b.command({kTestUnitReady}).failed(sense::kTrayOpen));
  BOOST_TEST(b.command({kMechanismStatus, 0, 0, 0, 0, 0, 0, 0, 0, 8}).in[1] == 0x10);
  BOOST_TEST(get16(&b.command({kGetConfiguration, 0, 0, 0, 0, 0, 0, 1, 0}).in[6]) == 0);
  BOOST_CHECK_THROW(b.unit.eject(false), CommandError);
  b.unit.insert();
  BOOST_CHECK_THROW(b.unit.insert(), CommandError);
  BOOST_TEST(b.command({kTestUnitReady}).failed(sense::kMediumChanged));
  BOOST_TEST(b.command({kTestUnitReady}).good());
  BOOST_TEST((event() == Bytes{0, 6, 4, 0x10, 2, 2, 0, 0}));
  using E = LogicalUnit::Event;
  BOOST_TEST((told == std::vector<int>{static_cast<int>(E::EjectRequested),
                                       static_cast<int>(E::MediumChanged),
                                       static_cast<int>(E::MediumChanged)}));
  // The guest itself.
  BOOST_TEST(b.command({kStartStopUnit, 0, 0, 0, 2}).good());
  BOOST_TEST(b.command({kTestUnitReady}).failed(sense::kTrayOpen));
  BOOST_TEST(b.command({kStartStopUnit, 0, 0, 0, 3}).good());
  BOOST_TEST(b.command({kTestUnitReady}).failed(sense::kMediumChanged));
}

namespace {
/// An image of so many blocks, deleted at the end.
class Image {
 public:
  explicit Image(std::size_t blocks) {
    const int fd = mkstemp(path_.data());
    BOOST_TEST_REQUIRE(fd >= 0);
    BOOST_TEST_REQUIRE(ftruncate(fd, static_cast<off_t>(blocks * Cd::kBlock)) == 0);
    close(fd);
  }
  ~Image() { std::filesystem::remove(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_ = std::filesystem::temp_directory_path() / "ringside-disc-XXXXXX";
};
}  // namespace

SIM_TEST_CASE(another_disc_can_be_put_in) {
  Image first(2), second(4);
  CdBench b("type: cd, backend: {type: file, path: " + first.path() + ", read_only: true}");
  b.wake();
  BOOST_TEST(b.command({kPreventAllow, 0, 0, 0, 1}).good());
  BOOST_CHECK_THROW(b.unit.change({second.path()}, false), CommandError);
  BOOST_TEST(get32(b.command({kReadCapacity10}).in.data()) == 1u);
  b.unit.change({second.path()}, true);
  BOOST_TEST(b.command({kTestUnitReady}).failed(sense::kMediumChanged));
  BOOST_TEST(get32(b.command({kReadCapacity10}).in.data()) == 3u);
  // An image that is not there leaves the tray open, with what was in it.
  BOOST_CHECK_THROW(b.unit.change({second.path() + ".not-there"}, false), CommandError);
  BOOST_TEST(b.command({kTestUnitReady}).failed(sense::kTrayOpen));
  b.unit.insert();
  BOOST_TEST(b.command({kTestUnitReady}).failed(sense::kMediumChanged));
  BOOST_TEST(get32(b.command({kReadCapacity10}).in.data()) == 3u);
  // Into an open tray.
  b.unit.eject(false);
  b.unit.change({first.path()}, false);
  BOOST_TEST(b.command({kTestUnitReady}).failed(sense::kMediumChanged));
  BOOST_TEST(get32(b.command({kReadCapacity10}).in.data()) == 1u);
}

namespace {
/// Buffers in whose first transfer somebody opens the tray, and perhaps closes it again.
class SlowBuffers final : public DataBuffers {
 public:
  SlowBuffers(Cd& drive, bool closes) : drive_(drive), closes_(closes) {}
  std::uint64_t out_bytes() const override { return 0; }
  std::uint64_t in_bytes() const override { return 1 << 20; }
  bool read(std::uint64_t, void*, std::size_t) override { return false; }
  bool write(std::uint64_t, const void*, std::size_t) override {
    if (transfers++ == 0) {
      drive_.eject(true);
      if (closes_) drive_.insert();
    }
    return true;
  }
  unsigned transfers = 0;

 private:
  Cd& drive_;
  bool closes_;
};

void check_read_across(bool closes, const Sense& expected) {
  CdBench b(kCd);
  b.wake();
  SlowBuffers data(b.unit, closes);
  const Cdb cdb{kRead10, 0, 0, 0, 0, 0, 0, 0, 128};
  Task task(cdb, data);
  b.unit.execute(task);
  BOOST_TEST((task.status == Status::CheckCondition && task.sense == expected));
  BOOST_TEST(data.transfers == 1u);
}
}  // namespace

SIM_TEST_CASE(a_read_does_not_mix_two_discs) {
  check_read_across(true, sense::kMediumChanged);
}
SIM_TEST_CASE(a_read_ends_when_the_tray_opens) {
  check_read_across(false, sense::kTrayOpen);
}

SIM_TEST_CASE(a_drive_without_a_disc_says_so) {
  CdBench b("type: cd");
  b.wake();
  BOOST_TEST(b.command({kTestUnitReady}).failed(sense::kNoMedium));
  BOOST_CHECK_THROW(b.unit.change({"disc.iso"}, false), CommandError);
  for (unsigned opcode : {kRead10, kReadCapacity10, kReadToc, kReadDiscInformation})
    BOOST_TEST(b.command({opcode}).failed(sense::kNoMedium));
  BOOST_TEST(b.command({kGetEventStatus, 0, 0, 0, 16}).failed(sense::kInvalidField));
}
