// SPDX-License-Identifier: Apache-2.0
// What every back end of a disk has to do, on each of them.
#include "shelf.h"

using namespace ringside;
using test::times;

namespace {

constexpr std::uint64_t kMiB = 1 << 20;

void holds_the_contract(const std::string& backend) {
  test::Disk disk(backend);
  BOOST_TEST(disk->bytes() == 8 * kMiB);
  BOOST_TEST(!disk->read_only());
  BOOST_TEST(disk.read(0, 1000) == times(1000, '\0'));

  // Across the blocks of any cache, and at both ends.
  const std::string pattern = times(100000, 'a') + times(100000, 'b');
  disk.write(65536 - 512, pattern);
  BOOST_TEST(disk.read(65536 - 512, pattern.size()) == pattern);
  disk.write(0, times(512, 'x'));
  disk.write(8 * kMiB - 512, times(512, 'z'));
  BOOST_TEST(disk.read(8 * kMiB - 1024, 1024) == times(512, '\0') + times(512, 'z'));
  BOOST_TEST(disk->flush());

  for (const bool may_unmap : {false, true}) {
    disk.write(kMiB, times(300000, 'q'));
    BOOST_TEST(disk->write_zeroes(kMiB + 512, 200 * 1024, may_unmap));
    BOOST_TEST(disk.read(kMiB, 512) == times(512, 'q'));
    BOOST_TEST(disk.read(kMiB + 512, 200 * 1024) == times(200 * 1024, '\0'));
    BOOST_TEST(disk.read(kMiB + 512 + 200 * 1024, 512) == times(512, 'q'));
    disk.write(kMiB + 4096, times(512, 'n'));  // and writable again
    BOOST_TEST(disk.read(kMiB + 4096, 513) == times(512, 'n') + times(1, '\0'));
  }

  disk.write(4 * kMiB, times(4096, 'd'));
  BOOST_TEST(disk->discard(2 * kMiB, 2 * kMiB));
  BOOST_TEST(disk.read(4 * kMiB, 4096) == times(4096, 'd'));  // what is next to it stays
  BOOST_TEST(disk->write_zeroes(0, 8 * kMiB, true));
  BOOST_TEST(disk.read(8 * kMiB - 512, 512) == times(512, '\0'));
  BOOST_TEST(disk->write_zeroes(0, 0, false));
  BOOST_TEST(disk->discard(0, 0));

  const std::uint64_t data = disk->next_data(0);
  BOOST_TEST(data <= 8 * kMiB);
  disk.write(4 * kMiB, times(512, 'e'));
  BOOST_TEST(disk->next_data(0) <= 4 * kMiB);
}

}  // namespace

SIM_TEST_CASE(memory) {
  holds_the_contract("{type: memory, size: 8MiB}");
}

SIM_TEST_CASE(file) {
  const test::Folder folder;
  holds_the_contract("{type: file, create: 8MiB, path: " + folder.file("disk.img") + "}");
}

SIM_TEST_CASE(file_with_snapshot) {
  const test::Folder folder;
  const std::string file = folder.make("disk.img", times(8 * kMiB, '\0'));
  holds_the_contract("{type: file, snapshot: true, path: " + file + "}");
  BOOST_TEST((test::Folder::content(file) == times(8 * kMiB, '\0')));
}

SIM_TEST_CASE(nbd_by_command) {
  holds_the_contract("{type: nbd, command: [nbdkit, -f, memory, 8M]}");
}

SIM_TEST_CASE(nbd_with_snapshot) {
  const test::Folder folder;
  const std::string file = folder.make("disk.img", times(8 * kMiB, '\0'));
  holds_the_contract("{type: nbd, snapshot: true, command: [nbdkit, -f, file, " + file + "]}");
  BOOST_TEST((test::Folder::content(file) == times(8 * kMiB, '\0')));
}

SIM_TEST_CASE(nbd_server_that_can_do_little) {
  holds_the_contract(
      "{type: nbd, command: [nbdkit, -f, --filter=nozero, --filter=noextents, memory, 8M]}");
}

SIM_TEST_CASE(qcow2_through_qemu_nbd) {
  const test::Folder folder;
  const std::string file = folder.file("disk.qcow2");
  BOOST_REQUIRE(std::system(("qemu-img create -q -f qcow2 " + file + " 8M").c_str()) == 0);
  holds_the_contract("{type: nbd, command: [qemu-nbd, -f, qcow2, --discard=unmap, " + file + "]}");
}
