// SPDX-License-Identifier: Apache-2.0
#include <sys/resource.h>

#include "backend/block_file.h"
#include "shelf.h"

using namespace ringside;
using test::Disk;
using test::Folder;
using test::problems;
using test::times;

namespace {
std::string file_yaml(const std::string& path, const std::string& more = "") {
  return "{type: file, path: " + path + more + "}";
}
}  // namespace

SIM_TEST_CASE(what_is_written_is_in_the_file_and_is_there_the_next_time) {
  const Folder folder;
  const std::string path = folder.make("disk.img", times(8192, '\0'));
  {
    Disk disk(file_yaml(path));
    disk.write(4096, times(512, 'k'));
    BOOST_TEST(disk->flush());
  }
  BOOST_TEST((Folder::content(path) == times(4096, '\0') + times(512, 'k') + times(3584, '\0')));
}

SIM_TEST_CASE(a_read_only_disk_refuses_every_change) {
  const Folder folder;
  const std::string path = folder.make("disk.img", times(4096, 'r'));
  chmod(path.c_str(), 0444);
  Disk disk(file_yaml(path, ", read_only: true"));
  BOOST_TEST(disk->read_only());
  BOOST_TEST(!disk->write(0, "x", 1));
  BOOST_TEST(!disk->discard(0, 512));
  BOOST_TEST(!disk->write_zeroes(0, 512, true));
  BOOST_TEST(!disk->resize(8192));
  BOOST_TEST(disk->flush());
  BOOST_TEST((Folder::content(path) == times(4096, 'r')));
}

SIM_TEST_CASE(a_snapshot_forgets_its_writes) {
  const Folder folder;
  const std::string path = folder.make("disk.img", times(200000, 's'));
  {
    Disk disk(file_yaml(path, ", snapshot: true"));
    disk.write(65000, times(2000, 'n'));
    BOOST_TEST(disk.read(64999, 2002) == "s" + times(2000, 'n') + "s");
    // A range that covers a whole block of the overlay: no memory, but zeroes.
    BOOST_TEST(disk->write_zeroes(65536, 65536, true));
    BOOST_TEST(disk.read(65535, 65538) == "n" + times(65536, '\0') + "s");
    BOOST_TEST(disk->discard(0, 512));
  }
  BOOST_TEST((Folder::content(path) == times(200000, 's')));
}

SIM_TEST_CASE(holes_give_storage_back_and_zeroes_without_unmap_keep_it) {
  const Folder folder;
  const std::string path = folder.make("disk.img", times(1 << 20, 'h'));
  Disk disk(file_yaml(path));
  BOOST_TEST(disk->flush());
  const std::uint64_t full = Folder::allocated(path);
  BOOST_TEST(disk->write_zeroes(0, 256 << 10, false));
  BOOST_TEST(disk->flush());
  BOOST_TEST(Folder::allocated(path) >= full);
  BOOST_TEST(disk->discard(512 << 10, 256 << 10));
  BOOST_TEST(disk->write_zeroes(768 << 10, 256 << 10, true));
  BOOST_TEST(disk->flush());
  BOOST_TEST(Folder::allocated(path) <= full - (500 << 10));
  BOOST_TEST(Folder::content(path).size() == 1u << 20);
}

SIM_TEST_CASE(the_last_part_of_a_sector_is_part_of_the_disk) {
  const Folder folder;
  const std::string path = folder.make("odd.img", times(1000, 'o'));
  Disk disk(file_yaml(path));
  BOOST_TEST(disk->bytes() == 1024u);
  BOOST_TEST(disk.read(512, 512) == times(488, 'o') + times(24, '\0'));
  disk.write(512, times(512, 'w'));
  BOOST_TEST((Folder::content(path) == times(512, 'o') + times(512, 'w')));
}

SIM_TEST_CASE(a_sparse_image_may_be_larger_than_the_host) {
  const Folder folder;
  const std::uint64_t huge = 4ull << 40;
  Disk disk(file_yaml(folder.file("huge.img"), ", create: 4TiB"));
  BOOST_TEST(disk->bytes() == huge);
  disk.write(huge - 512, times(512, 'e'));
  BOOST_TEST(disk.read(huge - 1024, 1024) == times(512, '\0') + times(512, 'e'));
  BOOST_TEST(disk->next_data(0) > huge / 2);
  BOOST_TEST(disk->write_zeroes(0, huge, true));
  BOOST_TEST(disk->next_data(0) == huge);
  BOOST_TEST(Folder::allocated(folder.file("huge.img")) < 1u << 20);
}

SIM_TEST_CASE(create_makes_a_missing_image_and_keeps_one_that_is_there) {
  const Folder folder;
  const std::string old = folder.make("old.img", times(2048, 'k'));
  const std::string empty = folder.make("empty.img", "");
  const auto shelf = [](const char* name, const std::string& backend) {
    return std::string("  ") + name + ": {type: shelf, backend: " + backend + "}\n";
  };
  test::Sim sim("children:\n" + shelf("a", file_yaml(folder.file("new.img"), ", create: 5000B")) +
                    shelf("b", file_yaml(old, ", create: 1MiB")) +
                    shelf("c", file_yaml(empty, ", create: 4KiB")),
                test::register_shelf);
  sim.run(sc_core::sc_time(1, sc_core::SC_NS));
  BOOST_TEST(Folder::content(folder.file("new.img")).size() == 5120u);
  BOOST_TEST((Folder::content(old) == times(2048, 'k')));
  BOOST_TEST(Folder::content(empty).size() == 4096u);
}

SIM_TEST_CASE(building_a_platform_makes_no_file) {
  const Folder folder;
  BOOST_TEST(problems(file_yaml(folder.file("new.img"), ", create: 1MiB")) == "");
  BOOST_TEST(!std::filesystem::exists(folder.file("new.img")));
}

SIM_TEST_CASE(a_file_that_cannot_be_made_ends_the_run) {
  test::Sim sim(test::shelf_yaml(file_yaml("/nowhere/at/all.img", ", create: 1MiB")),
                test::register_shelf);
  sim.run(sc_core::sc_time(1, sc_core::SC_NS));
  BOOST_TEST(sim.platform.stopped());
  BOOST_TEST(sim.platform.stop_reason().exit_code == 1);
  const std::string& text = sim.platform.stop_reason().text;
  BOOST_TEST(text.find("test.yaml:2:") == 0u, text);
  BOOST_TEST(text.find("cannot make the image '/nowhere/at/all.img'") != std::string::npos, text);
}

SIM_TEST_CASE(mistakes_name_the_place_and_what_is_wrong) {
  const Folder folder;
  const auto check = [&](const std::string& yaml, const std::string& expected) {
    const std::string text = problems(yaml);
    BOOST_TEST(text.find("t.yaml:2:") == 0u, text);
    BOOST_TEST(text.find(expected) != std::string::npos, text);
  };
  check(file_yaml(folder.file("none.img")), "No such file or directory; expected a raw image");
  check(file_yaml(folder.path), "Is a directory");
  check(file_yaml(folder.path, ", read_only: true"), "neither a file nor a block device");
  check(file_yaml("/dev/zero"), "neither a file nor a block device");
  check(file_yaml(folder.make("empty.img", "")), "is empty; expected a raw image, or 'create'");
  // Nobody holds the other end: it must not wait.
  BOOST_REQUIRE(mkfifo(folder.file("fifo").c_str(), 0600) == 0);
  check(file_yaml(folder.file("fifo")), "neither a file nor a block device");
  check("{type: file}", "path");
}

namespace {
/// What a second platform says of an image that the first one has open.
std::string second_opinion(const std::string& first, const std::string& second) {
  test::Sim sim("children:\n  a: {type: shelf, backend: " + first +
                    "}\n  b: {type: shelf, backend: " + second + "}\n",
                test::register_shelf);
  sim.run(sc_core::sc_time(1, sc_core::SC_NS));
  return sim.platform.stop_reason().text;
}
}  // namespace

SIM_TEST_CASE(two_writers_of_one_image_are_refused) {
  const Folder folder;
  const std::string path = folder.make("disk.img", times(4096, 'l'));
  const std::string text = second_opinion(file_yaml(path), file_yaml(path));
  BOOST_TEST(text.find("test.yaml:3:") == 0u, text);
  BOOST_TEST(text.find("is in use by another program or another disk") != std::string::npos, text);
}

SIM_TEST_CASE(a_reader_next_to_a_writer_is_refused) {
  const Folder folder;
  const std::string path = folder.make("disk.img", times(4096, 'l'));
  BOOST_TEST(second_opinion(file_yaml(path), file_yaml(path, ", read_only: true")).find("in use") !=
             std::string::npos);
}

SIM_TEST_CASE(many_readers_share_an_image) {
  const Folder folder;
  const std::string path = folder.make("disk.img", times(4096, 'l'));
  BOOST_TEST(second_opinion(file_yaml(path, ", read_only: true"),
                            file_yaml(path, ", snapshot: true")) == "");
}

SIM_TEST_CASE(locking_can_be_switched_off) {
  const Folder folder;
  const std::string path = folder.make("disk.img", times(4096, 'l'));
  BOOST_TEST(second_opinion(file_yaml(path), file_yaml(path, ", lock: false")) == "");
}

SIM_TEST_CASE(the_lock_ends_with_the_process) {
  const Folder folder;
  const std::string path = folder.make("disk.img", times(4096, 'l'));
  const pid_t child = fork();
  if (child == 0) {
    const int fd = open(path.c_str(), O_RDWR);
    struct flock request {};
    request.l_type = F_WRLCK;
    fcntl(fd, F_OFD_SETLK, &request);
    _exit(0);
  }
  waitpid(child, nullptr, 0);
  Disk disk(file_yaml(path));
  BOOST_TEST(!disk.platform.stopped());
}

SIM_TEST_CASE(resize_changes_the_file) {
  const Folder folder;
  const std::string path = folder.make("disk.img", times(4096, 'g'));
  Disk disk(file_yaml(path));
  BOOST_TEST(disk->resize(8192));
  BOOST_TEST(disk->bytes() == 8192u);
  BOOST_TEST(disk.read(4096, 4096) == times(4096, '\0'));
  BOOST_TEST(disk->resize(512));
  BOOST_TEST(Folder::content(path).size() == 512u);
  BOOST_TEST(!disk->resize(1000));
  BOOST_TEST(!disk->resize(0));
}

SIM_TEST_CASE(another_image_takes_the_place_of_the_first) {
  const Folder folder;
  const std::string first = folder.make("a.img", times(4096, 'a'));
  const std::string second = folder.make("b.img", times(8192, 'b'));
  Disk disk(file_yaml(first));
  disk->change({second});
  BOOST_TEST(disk->bytes() == 8192u);
  BOOST_TEST(disk.read(4096, 512) == times(512, 'b'));
  disk.write(0, times(512, 'n'));
  BOOST_TEST(Folder::content(second).substr(0, 513) == times(512, 'n') + "b");
  BOOST_TEST((Folder::content(first) == times(4096, 'a')));
  // The first is free for others, the second is not.
  const int fd = open(first.c_str(), O_RDWR);
  struct flock request {};
  request.l_type = F_WRLCK;
  BOOST_TEST(fcntl(fd, F_OFD_SETLK, &request) == 0);
  BOOST_CHECK_THROW(disk->change({first}), CommandError);
  BOOST_TEST(disk.read(512, 512) == times(512, 'b'), "it keeps what it had");
  close(fd);
  disk->change({first});
  BOOST_TEST(disk.read(0, 512) == times(512, 'a'));
}

SIM_TEST_CASE(an_image_that_is_not_one_is_not_taken) {
  const Folder folder;
  const std::string path = folder.make("a.img", times(4096, 'a'));
  Disk disk(file_yaml(path));
  for (const std::string& wrong :
       {path + ".missing", std::string("/dev/null"), folder.make("empty", "")})
    BOOST_CHECK_THROW(disk->change({wrong}), CommandError);
  BOOST_TEST(disk->bytes() == 4096u);
  BOOST_TEST(disk.read(0, 512) == times(512, 'a'));
}

SIM_TEST_CASE(a_snapshot_of_the_next_image_begins_empty) {
  const Folder folder;
  const std::string first = folder.make("a.img", times(4096, 'a'));
  const std::string second = folder.make("b.img", times(4096, 'b'));
  Disk disk(file_yaml(first, ", snapshot: true"));
  disk.write(0, times(512, 'n'));
  disk->change({second});
  BOOST_TEST(disk.read(0, 512) == times(512, 'b'));
}

SIM_TEST_CASE(a_full_host_is_an_io_error) {
  const Folder folder;
  Disk disk(file_yaml(folder.file("disk.img"), ", create: 1MiB"));
  signal(SIGXFSZ, SIG_IGN);
  const rlimit limit{65536, 65536};  // stands for a full file system
  BOOST_REQUIRE(setrlimit(RLIMIT_FSIZE, &limit) == 0);
  const std::string data = times(512, 'f');
  BOOST_TEST(disk->write(0, data.data(), data.size()));
  BOOST_TEST(!disk->write(512 << 10, data.data(), data.size()));
  BOOST_TEST(!disk->write(512 << 10, data.data(), data.size()));
  BOOST_TEST(disk.read(0, 512) == data);
}
