// SPDX-License-Identifier: Apache-2.0
// States, write pointers and resources of zones, without a device.
#include <boost/test/unit_test.hpp>

#include "block_bench.h"
#include "virtio/device/block_zones.h"

using namespace ringside::virtio;

namespace {

constexpr std::uint64_t kZone = 128;

ZoneLayout layout(unsigned max_open = 0, unsigned max_active = 0) {
  ZoneLayout l;
  l.model = ZoneModel::HostManaged;
  l.capacity = 10 * kZone - 28;  // the last zone has 100 sectors
  l.zone_sectors = kZone;
  l.zone_capacity = 112;
  l.conventional = 2;
  l.max_open = max_open;
  l.max_active = max_active;
  l.max_append_sectors = 16;
  l.granularity = 4;
  return l;
}

std::uint64_t at(unsigned zone, std::uint64_t offset = 0) {
  return zone * kZone + offset;
}

}  // namespace

BOOST_AUTO_TEST_CASE(zones_cover_the_disk) {
  const ZoneTable t(layout());
  BOOST_TEST(t.count() == 10u);
  BOOST_TEST(t.end_of(9) == 10 * kZone - 28);
  BOOST_TEST(t.capacity_of(0) == kZone);  // conventional
  BOOST_TEST(t.capacity_of(2) == 112u);
  BOOST_TEST(t.capacity_of(9) == 100u);
  const ZoneDescriptor conventional = t.describe(1);
  BOOST_TEST(int{conventional.z_type} == 1);
  BOOST_TEST(int{conventional.z_state} == 0);
  const ZoneDescriptor sequential = t.describe(3);
  BOOST_TEST(sequential.z_start == at(3));
  BOOST_TEST(sequential.z_wp == at(3));
  BOOST_TEST(sequential.z_cap == 112u);
  BOOST_TEST(int{sequential.z_type} == 2);
  BOOST_TEST(int{sequential.z_state} == 1);
}

BOOST_AUTO_TEST_CASE(a_zone_is_filled_in_order) {
  ZoneTable t(layout());
  BOOST_TEST(t.begin_write(at(2), 4) == BlockStatus::Ok);
  BOOST_CHECK(t.state_of(2) == ZoneState::ImplicitlyOpen);
  BOOST_TEST(t.begin_write(at(2), 4) == BlockStatus::ZoneUnalignedWritePointer);
  BOOST_TEST(t.begin_write(at(2, 8), 4) == BlockStatus::ZoneUnalignedWritePointer);
  BOOST_TEST(t.begin_write(at(2, 4), 3) == BlockStatus::ZoneUnalignedWritePointer);
  BOOST_TEST(t.begin_write(at(2, 4), 112) == BlockStatus::ZoneInvalidCommand);
  BOOST_TEST(t.begin_write(at(2, 4), 0) == BlockStatus::Ok);
  BOOST_TEST(t.begin_write(at(2, 4), 108) == BlockStatus::Ok);
  BOOST_CHECK(t.state_of(2) == ZoneState::Full);
  BOOST_TEST(t.begin_write(at(2), 4) == BlockStatus::ZoneInvalidCommand);
  BOOST_TEST(t.begin_write(at(2, 112), 4) == BlockStatus::ZoneInvalidCommand);
  BOOST_TEST(t.open_zones() == 0u);
  BOOST_TEST(t.active_zones() == 0u);
  BOOST_TEST(t.reset(at(2)) == BlockStatus::Ok);
  BOOST_CHECK(t.state_of(2) == ZoneState::Empty);
}

BOOST_AUTO_TEST_CASE(conventional_zones_take_anything_inside_them) {
  ZoneTable t(layout());
  BOOST_TEST(t.begin_write(at(0, 100), 100) == BlockStatus::Ok);  // into the next one
  BOOST_TEST(t.begin_write(at(0, 1), 1) == BlockStatus::Ok);
  BOOST_TEST(t.begin_write(at(1, 100), 100) == BlockStatus::ZoneInvalidCommand);
  BOOST_TEST(t.check_read(at(0, 100), 100) == BlockStatus::Ok);
  BOOST_TEST(t.check_read(at(1, 100), 100) == BlockStatus::ZoneInvalidCommand);
  BOOST_TEST(t.check_read(at(2), kZone) == BlockStatus::Ok);
  BOOST_TEST(t.check_read(at(2), kZone + 1) == BlockStatus::ZoneInvalidCommand);
  for (const auto status : {t.open(at(0)), t.close(at(0)), t.finish(at(0)), t.reset(at(0))})
    BOOST_TEST(status == BlockStatus::ZoneInvalidCommand);
}

BOOST_AUTO_TEST_CASE(the_state_machine) {
  ZoneTable t(layout());
  const auto state = [&] { return t.state_of(5); };
  const auto z = at(5);
  // Empty: open, close it unwritten, reset.
  BOOST_TEST(t.close(z) == BlockStatus::ZoneInvalidCommand);
  BOOST_TEST(t.reset(z) == BlockStatus::Ok);
  BOOST_TEST(t.open(z) == BlockStatus::Ok);
  BOOST_CHECK(state() == ZoneState::ExplicitlyOpen);
  BOOST_TEST(t.open(z) == BlockStatus::Ok);
  BOOST_TEST(t.close(z) == BlockStatus::Ok);
  BOOST_CHECK(state() == ZoneState::Empty);
  // Explicitly open and written: closed, and open again by a write or by request.
  BOOST_TEST(t.open(z) == BlockStatus::Ok);
  BOOST_TEST(t.begin_write(z, 4) == BlockStatus::Ok);
  BOOST_CHECK(state() == ZoneState::ExplicitlyOpen);
  BOOST_TEST(t.close(z) == BlockStatus::Ok);
  BOOST_CHECK(state() == ZoneState::Closed);
  BOOST_TEST(t.close(z) == BlockStatus::Ok);
  BOOST_TEST(t.begin_write(z + 4, 4) == BlockStatus::Ok);
  BOOST_CHECK(state() == ZoneState::ImplicitlyOpen);
  BOOST_TEST(t.open(z) == BlockStatus::Ok);
  BOOST_CHECK(state() == ZoneState::ExplicitlyOpen);
  BOOST_TEST(t.open_zones() == 1u);
  // Finished: nothing but a reset helps.
  BOOST_TEST(t.finish(z) == BlockStatus::Ok);
  BOOST_CHECK(state() == ZoneState::Full);
  BOOST_TEST(t.finish(z) == BlockStatus::Ok);
  BOOST_TEST(t.open(z) == BlockStatus::ZoneInvalidCommand);
  BOOST_TEST(t.close(z) == BlockStatus::ZoneInvalidCommand);
  BOOST_TEST(t.written_from(z) == 8u);  // behind that nothing was written
  BOOST_TEST(t.resets_with_all(5));
  BOOST_TEST(t.reset(z) == BlockStatus::Ok);
  BOOST_TEST(!t.resets_with_all(5));
  BOOST_TEST(t.written_from(z) == 0u);
  // A zone that is not written can be finished, as in ZBC and ZNS.
  BOOST_TEST(t.finish(z) == BlockStatus::Ok);
  // Sectors inside a zone, and beyond the disk, name none.
  for (const std::uint64_t sector : {z + 4, 10 * kZone, ~std::uint64_t{0} / kZone * kZone})
    for (const auto status : {t.open(sector), t.close(sector), t.finish(sector), t.reset(sector)})
      BOOST_TEST(status == BlockStatus::ZoneInvalidCommand);
}

BOOST_AUTO_TEST_CASE(open_zones_are_limited) {
  ZoneTable t(layout(2, 0));
  BOOST_TEST(t.open(at(2)) == BlockStatus::Ok);
  BOOST_TEST(t.open(at(3)) == BlockStatus::Ok);
  BOOST_TEST(t.open(at(4)) == BlockStatus::ZoneOpenResource);
  BOOST_TEST(t.begin_write(at(4), 4) == BlockStatus::ZoneOpenResource);
  BOOST_CHECK(t.state_of(4) == ZoneState::Empty);
  BOOST_TEST(t.describe(4).z_wp == at(4));
  // One that was opened by a write makes room by itself.
  BOOST_TEST(t.close(at(3)) == BlockStatus::Ok);
  BOOST_TEST(t.begin_write(at(3), 4) == BlockStatus::Ok);
  BOOST_TEST(t.open(at(4)) == BlockStatus::Ok);
  BOOST_CHECK(t.state_of(3) == ZoneState::Closed);
  BOOST_TEST(t.open_zones() == 2u);
  BOOST_TEST(t.active_zones() == 3u);
}

BOOST_AUTO_TEST_CASE(active_zones_are_limited) {
  ZoneTable t(layout(2, 2));
  BOOST_TEST(t.begin_write(at(2), 4) == BlockStatus::Ok);
  BOOST_TEST(t.close(at(2)) == BlockStatus::Ok);
  BOOST_TEST(t.open(at(3)) == BlockStatus::Ok);
  BOOST_TEST(t.open(at(4)) == BlockStatus::ZoneActiveResource);
  BOOST_TEST(t.begin_write(at(4), 4) == BlockStatus::ZoneActiveResource);
  BOOST_TEST(t.open(at(2)) == BlockStatus::Ok);  // active already
  // Both limits are reached now.
  BOOST_TEST(t.open(at(4)) == BlockStatus::ZoneActiveResource);
  BOOST_TEST(t.finish(at(3)) == BlockStatus::Ok);
  BOOST_TEST(t.begin_write(at(4), 4) == BlockStatus::Ok);
}

BOOST_AUTO_TEST_CASE(appends_find_their_place) {
  ZoneTable t(layout());
  std::uint64_t where = 0;
  BOOST_TEST(t.begin_append(at(3), 8, where) == BlockStatus::Ok);
  BOOST_TEST(where == at(3));
  BOOST_TEST(t.begin_append(at(3), 8, where) == BlockStatus::Ok);
  BOOST_TEST(where == at(3, 8));
  BOOST_TEST(t.begin_append(at(3), 17, where) == BlockStatus::ZoneInvalidCommand);
  BOOST_TEST(t.begin_append(at(3, 16), 8, where) == BlockStatus::ZoneInvalidCommand);
  BOOST_TEST(t.begin_append(at(0), 8, where) == BlockStatus::ZoneInvalidCommand);
  BOOST_TEST(t.begin_append(10 * kZone, 8, where) == BlockStatus::ZoneInvalidCommand);
  BOOST_TEST(t.begin_append(at(3), 3, where) == BlockStatus::ZoneUnalignedWritePointer);
  BOOST_TEST(t.begin_append(at(4), 0, where) == BlockStatus::Ok);
  BOOST_CHECK(t.state_of(4) == ZoneState::Empty);
  for (unsigned i = 2; i < 14; ++i) BOOST_TEST(t.begin_append(at(3), 8, where) == BlockStatus::Ok);
  BOOST_TEST(t.begin_append(at(3), 4, where) == BlockStatus::ZoneInvalidCommand);
  BOOST_CHECK(t.state_of(3) == ZoneState::Full);
}

BOOST_AUTO_TEST_CASE(a_failed_write_gives_its_place_back) {
  ZoneTable t(layout());
  BOOST_TEST(t.begin_write(at(2), 112) == BlockStatus::Ok);
  t.write_failed(at(2), 112);
  BOOST_CHECK(t.state_of(2) == ZoneState::Empty);
  BOOST_TEST(t.begin_write(at(2), 4) == BlockStatus::Ok);
  BOOST_TEST(t.begin_write(at(2, 4), 4) == BlockStatus::Ok);
  t.write_failed(at(2), 4);  // another one has followed: its place stays
  BOOST_TEST(t.describe(2).z_wp == at(2, 8));
  t.write_failed(at(2, 4), 4);
  BOOST_TEST(t.describe(2).z_wp == at(2, 4));
  BOOST_TEST(t.active_zones() == 1u);
}

BOOST_AUTO_TEST_CASE(failed_zones) {
  ZoneTable t(layout());
  t.set_written(3, 8);
  t.set_failed(3, ZoneState::ReadOnly);
  t.set_failed(4, ZoneState::Offline);
  BOOST_TEST(t.active_zones() == 0u);
  std::uint64_t where = 0;
  for (const unsigned zone : {3, 4}) {
    BOOST_TEST(t.begin_write(at(zone, zone == 3 ? 8 : 0), 4) == BlockStatus::ZoneInvalidCommand);
    BOOST_TEST(t.begin_append(at(zone), 4, where) == BlockStatus::ZoneInvalidCommand);
    BOOST_TEST(t.begin_append(at(zone), 0, where) == BlockStatus::ZoneInvalidCommand);
    for (const auto status :
         {t.open(at(zone)), t.close(at(zone)), t.finish(at(zone)), t.reset(at(zone))})
      BOOST_TEST(status == BlockStatus::ZoneInvalidCommand);
    BOOST_TEST(!t.resets_with_all(zone));
  }
  BOOST_TEST(t.check_read(at(3), 8) == BlockStatus::Ok);
  BOOST_TEST(t.written_from(at(3)) == 8u);
  BOOST_TEST(t.check_read(at(4), 8) == BlockStatus::ZoneInvalidCommand);
}

BOOST_AUTO_TEST_CASE(preferred_zones_take_writes_anywhere) {
  ZoneLayout l = layout(1, 0);
  l.model = ZoneModel::HostAware;
  ZoneTable t(l);
  BOOST_TEST(int{t.describe(2).z_type} == 3);
  BOOST_TEST(t.begin_write(at(2, 50), 3) == BlockStatus::Ok);
  BOOST_TEST(t.describe(2).z_wp == at(2, 53));
  BOOST_TEST(t.begin_write(at(2), 1) == BlockStatus::Ok);
  BOOST_TEST(t.describe(2).z_wp == at(2, 53));
  BOOST_TEST(t.begin_write(at(3), 112) == BlockStatus::Ok);  // closes the other one
  BOOST_CHECK(t.state_of(2) == ZoneState::Closed);
  BOOST_CHECK(t.state_of(3) == ZoneState::Full);
  BOOST_TEST(t.begin_write(at(3), 4) == BlockStatus::Ok);
  BOOST_TEST(t.begin_write(at(3, 110), 4) == BlockStatus::ZoneInvalidCommand);  // over its capacity
  BOOST_TEST(t.begin_write(at(1, 100), 60) == BlockStatus::Ok);
  BOOST_TEST(t.open(at(4)) == BlockStatus::Ok);
  BOOST_TEST(t.begin_write(at(5), 4) == BlockStatus::ZoneOpenResource);
  std::uint64_t where = 0;
  BOOST_TEST(t.begin_append(at(4), 4, where) == BlockStatus::ZoneInvalidCommand);
  BOOST_TEST(t.written_from(at(6, 8)) == kZone - 8);
  t.written_blindly(at(6), 300);
  for (const unsigned zone : {6, 7, 8}) BOOST_CHECK(t.state_of(zone) == ZoneState::Full);
  BOOST_CHECK(t.state_of(9) == ZoneState::Empty);
}

BOOST_AUTO_TEST_CASE(what_a_disk_holds_at_the_start_gives_the_states) {
  ZoneTable t(layout(0, 2));
  for (const unsigned zone : {2, 3, 4}) t.set_written(zone, 8);
  t.set_written(5, 112);
  t.set_written(6, 0);
  BOOST_CHECK(t.state_of(2) == ZoneState::Closed);
  BOOST_CHECK(t.state_of(3) == ZoneState::Closed);
  BOOST_CHECK(t.state_of(4) == ZoneState::Full);  // a third one could not be active
  BOOST_TEST(t.written_from(at(4)) == 8u);
  BOOST_CHECK(t.state_of(5) == ZoneState::Full);
  BOOST_CHECK(t.state_of(6) == ZoneState::Empty);
}
