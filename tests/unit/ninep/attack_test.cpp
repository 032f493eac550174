// SPDX-License-Identifier: Apache-2.0
// A guest that wants out: nothing outside the folder may be seen or changed, and nothing inside may
// make the server wait.
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "client.h"

using namespace ringside;
using test::Client;
using test::FileInfo;
using test::Message;
using test::Reply;
using test::Request;
using test::ServerBench;
using test::TempFolder;
using test::times;

SIM_TEST_CASE(symbolic_links_lead_nowhere) {
  TempFolder outside;
  outside.put("secret", "secret");
  ServerBench b;
  std::filesystem::create_symlink(outside.path, b.folder.at("out"));
  std::filesystem::create_symlink(outside.at("secret"), b.folder.at("file"));
  b.client.start();
  Client& c = b.client;
  BOOST_TEST(c.symlink(0, "mine", outside.path) == 0);
  BOOST_TEST(c.symlink(0, "up", "..") == 0);
  for (const char* name : {"out", "mine", "up"}) {
    BOOST_TEST(c.walk(0, 1, {name}) == 0);
    BOOST_TEST(c.last.type == ninep::kQidSymlink);
    BOOST_TEST(c.walk(1, 2, {"secret"}) == ENOTDIR);
    BOOST_TEST(c.walk(0, 2, {name, "secret"}) != 0);
    BOOST_TEST(c.walk(0, 2, {name, "..", "secret"}) != 0);
    BOOST_TEST(c.open(1, 0) == ELOOP);
    BOOST_TEST(c.create(1, "new") == ENOTDIR);
    BOOST_TEST(c.mkdir(1, "new") == ENOTDIR);
    BOOST_TEST(c.symlink(1, "new", "x") == ENOTDIR);
    BOOST_TEST(c.mknod(1, "new", S_IFREG | 0644) == ENOTDIR);
    BOOST_TEST(c.unlink(1, "secret") == ENOTDIR);
    BOOST_TEST(c.rename(1, "secret", 0, "stolen") == ENOTDIR);
    BOOST_TEST(c.rename(0, "file", 1, "planted") == ENOTDIR);
    BOOST_TEST(c.link(1, 1, "new") == ENOTDIR);
    BOOST_TEST(c.clunk(1) == 0);
  }
  BOOST_TEST(c.walk(0, 1, {"file"}) == 0);
  BOOST_TEST(c.open(1, ninep::kReadWrite | ninep::kTruncate) == ELOOP);
  BOOST_TEST(c.setattr(1, ninep::kSetSize, 0, 0, 0, 0) == EINVAL);
  BOOST_TEST(c.setattr(1, ninep::kSetMode, 0777) == EOPNOTSUPP);
  BOOST_TEST(c.setattr(1, ninep::kSetModify | ninep::kGivenModify, 0, 0, 0, 0, 5) == 0);
  BOOST_TEST(c.setxattr(1, "user.a", "b") != 0);
  BOOST_TEST(c.walk(0, 2, {}) == 0);
  BOOST_TEST(c.create(2, "file", ninep::kReadWrite | ninep::kTruncate) == EEXIST);
  BOOST_TEST(c.create(2, "file", ninep::kReadWrite | ninep::kExclusive) == EEXIST);
  BOOST_TEST(c.mkdir(0, "out") == EEXIST);
  BOOST_TEST(outside.get("secret") == "secret");
  const struct stat is = outside.info("secret");
  BOOST_TEST(is.st_mtime != 5);
  BOOST_TEST((is.st_mode & 0777) != 0777u);
  BOOST_TEST(std::distance(std::filesystem::directory_iterator(outside.path), {}) == 1);
  // The link itself goes, what it names stays.
  BOOST_TEST(c.unlink(0, "file") == 0);
  BOOST_TEST(outside.has("secret"));
}

SIM_TEST_CASE(names_that_are_none) {
  ServerBench b;
  std::filesystem::create_directory(b.folder.at("d"));
  b.folder.put("d/file", "x");
  b.folder.put("file", "x");
  b.client.start();
  Client& c = b.client;
  BOOST_TEST(c.walk(0, 1, {"d"}) == 0);
  BOOST_TEST(c.walk(0, 2, {"file"}) == 0);
  const std::string names[] = {"",
                               ".",
                               "d/file",
                               "/etc",
                               "/",
                               "../x",
                               "x/",
                               "//file",
                               std::string("\0", 1),
                               std::string("file\0x", 6)};
  for (const std::string& name : names) {
    BOOST_TEST(c.walk(0, 9, {name}) != 0, name);
    BOOST_TEST(c.walk(0, 9, {"d", name}) != 0, name);
    BOOST_TEST(c.create(1, name) != 0, name);
    BOOST_TEST(c.mkdir(0, name) != 0, name);
    BOOST_TEST(c.symlink(0, name, "x") != 0, name);
    BOOST_TEST(c.mknod(0, name, S_IFREG | 0600) != 0, name);
    BOOST_TEST(c.link(0, 2, name) != 0, name);
    BOOST_TEST(c.rename(0, name, 0, "new") != 0, name);
    BOOST_TEST(c.rename(0, "file", 0, name) != 0, name);
    BOOST_TEST(c.move(2, 0, name) != 0, name);
    BOOST_TEST(c.unlink(0, name) != 0, name);
    BOOST_TEST(c.unlink(0, name, ninep::kRemoveDirectory) != 0, name);
  }
  // ".." can be walked, and nothing else.
  BOOST_TEST(c.create(1, "..") == EEXIST);
  BOOST_TEST(c.mkdir(1, "..") == EEXIST);
  BOOST_TEST(c.unlink(1, "..", ninep::kRemoveDirectory) == ENOTEMPTY);
  BOOST_TEST(c.rename(1, "..", 0, "new") == EBUSY);
  BOOST_TEST(c.rename(0, "file", 1, "..") == EEXIST);
  BOOST_TEST(c.symlink(0, "new", std::string("a\0b", 3)) == EINVAL);
  BOOST_TEST(c.symlink(0, "new", "") == ENOENT);
  BOOST_TEST(c.symlink(0, "new", times(4096, 't')) == ENAMETOOLONG);
  BOOST_TEST(c.symlink(0, "long", times(4095, 't')) == 0);
  std::string target;
  BOOST_TEST(c.walk(0, 3, {"long"}) == 0);
  BOOST_TEST(c.readlink(3, target) == 0);
  BOOST_TEST(target == times(4095, 't'));
  BOOST_TEST(std::distance(std::filesystem::directory_iterator(b.folder.path), {}) == 3);
}

SIM_TEST_CASE(names_of_all_lengths) {
  ServerBench b;
  b.client.start();
  Client& c = b.client;
  const std::string most = times(255, 'n');
  BOOST_TEST(c.mkdir(0, most) == 0);
  BOOST_TEST(c.walk(0, 1, {most}) == 0);
  BOOST_TEST(c.walk(1, 2, {".."}) == 0);
  for (const std::size_t bytes : {256, 257, 4096, 65535}) {
    const std::string name = times(bytes, 'n');
    BOOST_TEST(c.walk(0, 9, {name}) == ENAMETOOLONG);
    BOOST_TEST(c.mkdir(0, name) == ENAMETOOLONG);
    BOOST_TEST(c.rename(0, most, 0, name) == ENAMETOOLONG);
    BOOST_TEST(c.xattrwalk(0, 9, name) == EINVAL);
  }
  // Deeper than any path can be written.
  std::uint32_t fid = 1;
  for (unsigned depth = 0; depth < 40; ++depth, ++fid) {
    BOOST_TEST_REQUIRE(c.mkdir(fid, most) == 0);
    if (fid == 1) BOOST_TEST(c.clunk(2) == 0);
    BOOST_TEST_REQUIRE(c.walk(fid, fid + 1, {most}) == 0);
  }
  BOOST_TEST(c.mkdir(fid, "leaf") == 0);
  BOOST_TEST(c.walk(fid, 900, {"leaf"}) == 0);
  BOOST_TEST(c.walk(900, 901, {".."}) == ENAMETOOLONG);  // an error, and no more
  BOOST_TEST(c.remove(900) == ENAMETOOLONG);
  BOOST_TEST(c.unlink(fid, "leaf", ninep::kRemoveDirectory) == 0);
  // No other tool likes such a tree: take it down from below.
  for (; fid > 1; --fid) {
    BOOST_TEST(c.clunk(fid) == 0);
    BOOST_TEST_REQUIRE(c.unlink(fid - 1, most, ninep::kRemoveDirectory) == 0);
  }
}

SIM_TEST_CASE(nothing_lies_above_the_root) {
  ServerBench b;
  std::filesystem::create_directories(b.folder.at("a/b"));
  b.client.start();
  Client& c = b.client;
  const std::uint64_t root = c.info(0).qid.path;
  BOOST_TEST(c.walk(0, 1, {".."}) == 0);
  BOOST_TEST(c.last.path == root);
  BOOST_TEST(c.walk(0, 2, {"a", "b", "..", "..", "..", "..", "a"}) == 0);
  BOOST_TEST(c.last.path == b.folder.info("a").st_ino);
  BOOST_TEST(c.walk(1, 3, {"..", ".."}) == 0);
  BOOST_TEST(c.last.path == root);
  BOOST_TEST(c.remove(3) == EBUSY);
  BOOST_TEST(c.move(1, 2, "root") == EBUSY);
}

SIM_TEST_CASE(a_root_that_is_a_symbolic_link) {
  TempFolder real;
  real.put("inside", "inside");
  TempFolder place;
  std::filesystem::create_symlink(real.path, place.at("link"));
  test::Sim sim(
      "children:\n  h: {type: tree-holder, tree: {type: folder, path: " + place.at("link") + "}}\n",
      test::register_trees);
  ninep::Server server(*sim.model<test::TreeHolder>("h").tree, {});
  Client c(server);
  c.start();
  BOOST_TEST(c.walk(0, 1, {"inside"}) == 0);
  BOOST_TEST(c.walk(0, 2, {"..", "link"}) != 0);
  BOOST_TEST(c.walk(0, 2, {"..", ".."}) == 0);
  BOOST_TEST(c.last.path == real.info(".").st_ino);
  // The link may lead elsewhere later: what is served stays.
  TempFolder other;
  std::filesystem::remove(place.at("link"));
  std::filesystem::create_symlink(other.path, place.at("link"));
  BOOST_TEST(c.walk(0, 3, {}) == 0);
  BOOST_TEST(c.create(3, "new") == 0);
  BOOST_TEST(real.has("new"));
  BOOST_TEST(c.remove(3) == 0);
  BOOST_TEST(!real.has("new"));
}

SIM_TEST_CASE(hard_links_show_their_file_and_nothing_around_it) {
  TempFolder outside;
  outside.put("file", "shared");
  ServerBench b;
  std::filesystem::create_hard_link(outside.at("file"), b.folder.at("file"));
  b.client.start();
  Client& c = b.client;
  BOOST_TEST(c.walk(0, 1, {"file"}) == 0);
  BOOST_TEST(c.walk(1, 2, {".."}) == 0);  // the folder, not where else the file is
  BOOST_TEST(c.last.path == c.info(0).qid.path);
  BOOST_TEST(c.remove(1) == 0);
  BOOST_TEST(!b.folder.has("file"));
  BOOST_TEST(outside.get("file") == "shared");
}

SIM_TEST_CASE(special_files_are_not_opened) {
  ServerBench b;
  BOOST_REQUIRE(mkfifo(b.folder.at("pipe").c_str(), 0666) == 0);
  const int listener = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::snprintf(address.sun_path, sizeof address.sun_path, "%s", b.folder.at("socket").c_str());
  BOOST_REQUIRE(bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  std::vector<std::string> names = {"pipe", "socket"};
  if (mknod(b.folder.at("device").c_str(), S_IFCHR | 0666, makedev(1, 3)) == 0)
    names.emplace_back("device");
  b.client.start();
  Client& c = b.client;
  std::uint32_t fid = 1;
  for (const std::string& name : names) {
    for (const std::uint32_t flags : {0u, 1u, 2u, 0u + ninep::kTruncate, 0u + ninep::kDirectory}) {
      BOOST_TEST(c.walk(0, fid, {name}) == 0);
      BOOST_TEST(c.open(fid++, flags) != 0, name);
      BOOST_TEST(c.walk(0, fid, {}) == 0);
      BOOST_TEST(c.create(fid++, name, flags & ~ninep::kDirectory) == EEXIST, name);
    }
    BOOST_TEST(c.walk(0, fid, {name}) == 0);
    BOOST_TEST(c.setattr(fid, ninep::kSetSize, 0, 0, 0, 0) == EINVAL);
    BOOST_TEST(c.setattr(fid, ninep::kSetMode, 0600) == 0);
    BOOST_TEST(c.remove(fid++) == 0);
  }
  close(listener);
}

namespace {

/// Runs steps while another thread does its worst.
template <typename Steps, typename Worst>
void race(Steps steps, Worst worst) {
  std::atomic<bool> stop{false};
  std::atomic<unsigned> rounds{0};
  std::thread thread([&] {
    while (!stop) {
      worst();
      ++rounds;
    }
  });
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(700);
  unsigned done = 0;
  while (std::chrono::steady_clock::now() < end || done < 100 || rounds < 100) {
    steps();
    ++done;
  }
  stop = true;
  thread.join();
}

}  // namespace

SIM_TEST_CASE(a_directory_that_turns_into_a_link_meanwhile) {
  TempFolder outside;
  outside.put("file", "secret");
  ServerBench b;
  std::filesystem::create_directory(b.folder.at("d"));
  b.folder.put("d/file", "inside");
  std::filesystem::create_symlink(outside.path, b.folder.at("link"));
  b.client.start();
  Client& c = b.client;
  const std::string d = b.folder.at("d"), link = b.folder.at("link");
  unsigned inside = 0, refused = 0;
  race(
      [&] {
        std::string data;
        if (c.walk(0, 1, {"d", "file"}) == 0) {
          BOOST_TEST(c.info(1).size == 6u);
          if (c.open(1, 2) == 0) {
            BOOST_TEST(c.read(1, 0, 100, data) == 0);
            BOOST_TEST(data == "inside");
            BOOST_TEST(c.write(1, 0, "inside") == 0);
            ++inside;
          }
          c.clunk(1);
        } else {
          ++refused;
        }
        if (c.walk(0, 1, {"d"}) == 0) {
          if (c.create(1, "new") == 0)
            c.remove(1);
          else
            c.clunk(1);
        }
        if (c.walk(0, 1, {"d"}) == 0) {
          c.mkdir(1, "dir");
          c.unlink(1, "dir", ninep::kRemoveDirectory);
          c.setattr(1, ninep::kSetMode, 0755);
          c.clunk(1);
        }
      },
      [&] { renameat2(AT_FDCWD, d.c_str(), AT_FDCWD, link.c_str(), RENAME_EXCHANGE); });
  BOOST_TEST(outside.get("file") == "secret");
  BOOST_TEST(std::distance(std::filesystem::directory_iterator(outside.path), {}) == 1);
  BOOST_TEST(inside > 0u);
  BOOST_TEST(refused > 0u);
}

SIM_TEST_CASE(a_directory_that_is_moved_out_meanwhile) {
  TempFolder outside;
  outside.put("secret", "secret");
  ServerBench b;
  std::filesystem::create_directories(b.folder.at("d/e"));
  b.client.start();
  Client& c = b.client;
  BOOST_TEST(c.walk(0, 1, {"d", "e"}) == 0);
  BOOST_TEST(c.walk(0, 2, {"d"}) == 0);
  const std::uint64_t root = c.info(0).qid.path, above = outside.info(".").st_ino;
  const std::string in = b.folder.at("d"), out = outside.at("d");
  unsigned up = 0, refused = 0;
  race(
      [&] {
        // Going up never leads to where the directory has been taken.
        for (const auto& way : {std::vector<std::string>{"..", ".."}, {"..", "..", ".."}}) {
          const int error = c.walk(1, 3, way);
          BOOST_TEST(c.last.path != above);
          if (error == 0) {
            BOOST_TEST(c.last.path == root);
            BOOST_TEST(c.walk(3, 4, {"secret"}) == ENOENT);
            BOOST_TEST(c.clunk(3) == 0);
            ++up;
          } else {
            ++refused;
          }
        }
        if (c.walk(2, 3, {".."}) == 0) {
          BOOST_TEST(c.last.path == root);
          BOOST_TEST(c.clunk(3) == 0);
        }
        // By fid: what it is called now is found again from the root only.
        if (c.walk(0, 3, {"d"}) == 0) {
          const int error = c.move(3, 0, "d");
          BOOST_TEST((error == 0 || error == ESTALE || error == ENOENT));
          BOOST_TEST(c.clunk(3) == 0);
        }
      },
      [&] {
        std::rename(in.c_str(), out.c_str());
        std::rename(out.c_str(), in.c_str());
      });
  BOOST_TEST(outside.get("secret") == "secret");
  BOOST_TEST(up > 0u);
  BOOST_TEST(refused > 0u);
}

SIM_TEST_CASE(inode_numbers_of_what_is_mounted_below) {
  // The root of the host's /proc has other file systems below it on any Linux.
  const auto serve = [](const std::string& params) {
    return "{type: tree-holder, tree: {type: folder, path: /proc" + params + "}}\n";
  };
  test::Sim sim("children:\n  a: " + serve(", multidevs: forbid") + "  b: " + serve("") +
                    "  c: " + serve(", multidevs: warn"),
                test::register_trees);
  struct stat top {
  }, below{};
  BOOST_REQUIRE(stat("/proc", &top) == 0);
  if (stat("/proc/sys/fs/binfmt_misc", &below) != 0 || below.st_dev == top.st_dev) {
    BOOST_TEST_MESSAGE("nothing is mounted below /proc here");
    return;
  }
  ninep::Server forbid(*sim.model<test::TreeHolder>("a").tree, {});
  ninep::Server remap(*sim.model<test::TreeHolder>("b").tree, {});
  ninep::Server warn(*sim.model<test::TreeHolder>("c").tree, {});
  Client a(forbid), b(remap), c(warn);
  a.start();
  b.start();
  c.start();
  BOOST_TEST(a.walk(0, 1, {"sys", "fs", "binfmt_misc"}) == ENOENT);
  BOOST_TEST(a.walk(0, 1, {"sys", "fs"}) == 0);
  BOOST_TEST(a.walk(1, 2, {"binfmt_misc"}) == ENODEV);
  BOOST_TEST(b.walk(0, 1, {"sys", "fs", "binfmt_misc"}) == 0);
  BOOST_TEST(b.last.path == (1ull << 48 | below.st_ino));
  BOOST_TEST(c.walk(0, 1, {"sys", "fs", "binfmt_misc"}) == 0);
  BOOST_TEST(c.last.path == below.st_ino);
}
