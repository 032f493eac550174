// SPDX-License-Identifier: Apache-2.0
// 9P2000.L: every message, against a folder of the host.
#include <sys/statfs.h>
#include <sys/sysmacros.h>

#include "client.h"

using namespace ringside;
using test::Client;
using test::Message;
using test::Reply;
using test::Request;
using test::ServerBench;
using test::times;

SIM_TEST_CASE(creating_files) {
  ServerBench b;
  b.folder.put("old", "text");
  b.client.start();
  Client& c = b.client;
  BOOST_TEST(c.walk(0, 1, {}) == 0);
  Reply reply = c.send(Request(Message::LinuxCreate).u32(1).text("new").u32(2).u32(0640).u32(0));
  BOOST_TEST(reply.ok());
  BOOST_TEST(reply.qid().path == b.folder.info("new").st_ino);
  BOOST_TEST(reply.u32() == 65536u - 24);
  BOOST_TEST((b.folder.info("new").st_mode & 07777) == 0640u);
  BOOST_TEST(c.write(1, 0, "hello") == 0);
  BOOST_TEST(b.folder.get("new") == "hello");
  BOOST_TEST(c.create(1, "another") == EINVAL);  // the fid is the file now
  // Over an existing one.
  BOOST_TEST(c.walk(0, 2, {}) == 0);
  BOOST_TEST(c.create(2, "old", ninep::kReadWrite | ninep::kExclusive) == EEXIST);
  BOOST_TEST(c.create(2, "old", ninep::kReadWrite) == 0);
  std::string data;
  BOOST_TEST(c.read(2, 0, 10, data) == 0);
  BOOST_TEST(data == "text");
  BOOST_TEST(c.walk(0, 3, {}) == 0);
  BOOST_TEST(c.create(3, "old", ninep::kReadWrite | ninep::kTruncate) == 0);
  BOOST_TEST(b.folder.get("old").empty());
  // In something that is no directory.
  BOOST_TEST(c.walk(0, 4, {"old"}) == 0);
  BOOST_TEST(c.create(4, "x") == ENOTDIR);
  BOOST_TEST(c.mkdir(4, "x") == ENOTDIR);
}

SIM_TEST_CASE(directories_links_and_nodes) {
  ServerBench b;
  b.client.start();
  Client& c = b.client;
  BOOST_TEST(c.mkdir(0, "d", 0750) == 0);
  BOOST_TEST(c.mkdir(0, "d") == EEXIST);
  BOOST_TEST(S_ISDIR(b.folder.info("d").st_mode));
  BOOST_TEST((b.folder.info("d").st_mode & 07777) == 0750u);
  BOOST_TEST(c.walk(0, 1, {"d"}) == 0);
  BOOST_TEST(c.symlink(1, "s", "../anywhere") == 0);
  std::string target;
  BOOST_TEST(c.walk(1, 2, {"s"}) == 0);
  BOOST_TEST(c.last.type == ninep::kQidSymlink);
  BOOST_TEST(c.readlink(2, target) == 0);
  BOOST_TEST(target == "../anywhere");
  BOOST_TEST(c.readlink(1, target) == EINVAL);
  BOOST_TEST(c.mknod(1, "p", S_IFIFO | 0620) == 0);
  BOOST_TEST(b.folder.info("d/p").st_mode == (S_IFIFO | 0620u));
  BOOST_TEST(c.mknod(1, "k", S_IFSOCK | 0600) == 0);
  BOOST_TEST(S_ISSOCK(b.folder.info("d/k").st_mode));
  BOOST_TEST(c.mknod(1, "f", S_IFREG | 0600) == 0);
  BOOST_TEST(S_ISREG(b.folder.info("d/f").st_mode));
  BOOST_TEST(c.mknod(1, "g", 0600) == 0);
  BOOST_TEST(S_ISREG(b.folder.info("d/g").st_mode));
  BOOST_TEST(c.mknod(1, "null", S_IFCHR | 0600, 1, 3) == EPERM);  // not in this security model
  BOOST_TEST(c.mknod(1, "x", S_IFDIR | 0600) == EINVAL);
  BOOST_TEST(c.mknod(1, "x", S_IFLNK | 0600) == EINVAL);
  // Hard links, also of symbolic ones.
  BOOST_TEST(c.walk(1, 3, {"f"}) == 0);
  BOOST_TEST(c.link(0, 3, "hard") == 0);
  BOOST_TEST(c.info(3).links == 2u);
  BOOST_TEST(b.folder.info("hard").st_ino == b.folder.info("d/f").st_ino);
  BOOST_TEST(c.link(0, 2, "hard-s") == 0);
  BOOST_TEST(b.folder.info("hard-s").st_ino == b.folder.info("d/s").st_ino);
  BOOST_TEST(c.link(0, 1, "hard-d") != 0);
  BOOST_TEST(c.link(0, 3, "hard") == EEXIST);
}

SIM_TEST_CASE(removing) {
  ServerBench b;
  std::filesystem::create_directories(b.folder.at("d/e"));
  for (const char* name : {"a", "b", "d/c"}) b.folder.put(name, "x");
  b.client.start();
  Client& c = b.client;
  BOOST_TEST(c.unlink(0, "a") == 0);
  BOOST_TEST(!b.folder.has("a"));
  BOOST_TEST(c.unlink(0, "a") == ENOENT);
  BOOST_TEST(c.unlink(0, "d") == EISDIR);
  BOOST_TEST(c.unlink(0, "b", ninep::kRemoveDirectory) == ENOTDIR);
  BOOST_TEST(c.unlink(0, "d", ninep::kRemoveDirectory) == ENOTEMPTY);
  BOOST_TEST(c.unlink(0, "b", 0x400) == EINVAL);
  BOOST_TEST(c.walk(0, 1, {"d", "c"}) == 0);
  BOOST_TEST(c.walk(0, 2, {"d", "e"}) == 0);
  BOOST_TEST(c.walk(0, 3, {"d"}) == 0);
  BOOST_TEST(c.remove(3) == ENOTEMPTY);
  BOOST_TEST(c.clunk(3) == EBADF);  // gone all the same
  BOOST_TEST(c.remove(1) == 0);
  BOOST_TEST(c.remove(2) == 0);
  BOOST_TEST(c.unlink(0, "d", ninep::kRemoveDirectory) == 0);
  BOOST_TEST(c.remove(0) == EBUSY);
  BOOST_TEST(std::filesystem::exists(b.folder.path));
}

SIM_TEST_CASE(renaming) {
  ServerBench b;
  std::filesystem::create_directories(b.folder.at("d/e"));
  b.folder.put("a", "a");
  b.folder.put("d/b", "b");
  b.client.start();
  Client& c = b.client;
  BOOST_TEST(c.walk(0, 1, {"d"}) == 0);
  BOOST_TEST(c.rename(0, "a", 1, "moved") == 0);
  BOOST_TEST(b.folder.get("d/moved") == "a");
  BOOST_TEST(c.rename(1, "moved", 1, "b") == 0);  // replaces
  BOOST_TEST(b.folder.get("d/b") == "a");
  BOOST_TEST(c.rename(1, "nothing", 0, "x") == ENOENT);
  // A directory into itself.
  BOOST_TEST(c.walk(1, 2, {"e"}) == 0);
  BOOST_TEST(c.rename(0, "d", 2, "d") == EINVAL);
  // By fid.
  BOOST_TEST(c.walk(1, 3, {"b"}) == 0);
  BOOST_TEST(c.move(3, 0, "back") == 0);
  BOOST_TEST(b.folder.get("back") == "a");
  BOOST_TEST(c.move(2, 0, "e2") == 0);
  BOOST_TEST(b.folder.has("e2"));
  BOOST_TEST(c.move(0, 2, "x") == EBUSY);
  BOOST_TEST(c.move(3, 9, "x") == EBADF);
}

SIM_TEST_CASE(reading_directories) {
  ServerBench b;
  std::vector<std::string> expected;
  for (unsigned i = 0; i < 300; ++i) {
    expected.push_back("name" + std::to_string(i) + times(i % 40, 'n'));
    b.folder.put(expected.back(), "");
  }
  std::sort(expected.begin(), expected.end());
  std::filesystem::create_directory(b.folder.at("folder"));
  expected.insert(expected.begin(), "folder");
  b.client.start();
  Client& c = b.client;
  BOOST_TEST(c.walk(0, 1, {}) == 0);
  std::vector<Client::Name> names;
  BOOST_TEST(c.readdir(1, 0, 4096, names) == EBADF);
  BOOST_TEST(c.open(1, 0) == 0);
  for (const std::uint32_t count : {100u, 500u, 4096u, 60000u})
    BOOST_TEST(c.names(1, count) == expected);
  // Two that take turns.
  BOOST_TEST(c.walk(0, 2, {}) == 0);
  BOOST_TEST(c.open(2, 0) == 0);
  std::vector<Client::Name> one, two;
  do {
    names = one;
    BOOST_TEST(c.readdir(1, one.empty() ? 0 : one.back().cookie, 200, one) == 0);
    BOOST_TEST(c.readdir(2, two.empty() ? 0 : two.back().cookie, 200, two) == 0);
  } while (one.size() != names.size());
  BOOST_TEST(one.size() == 303u);
  BOOST_TEST(two.size() == 303u);
  for (std::size_t i = 0; i < one.size(); ++i) BOOST_TEST(one[i].name == two[i].name);
  // From any entry on.
  names.clear();
  BOOST_TEST(c.readdir(1, one[99].cookie, 4096, names) == 0);
  BOOST_TEST(names.at(0).name == one[100].name);
  for (const Client::Name& name : one) {
    const bool directory = name.name == "." || name.name == ".." || name.name == "folder";
    BOOST_TEST((name.qid.type == ninep::kQidDirectory) == directory);
    BOOST_TEST(name.type == (directory ? 4 : 8));  // DT_DIR, DT_REG
    // Nothing shows what is above the root.
    const std::string real = name.name == ".." ? "." : name.name;
    BOOST_TEST(name.qid.path == b.folder.info(real).st_ino);
  }
  // What is new shows from the start.
  b.folder.put("later", "");
  BOOST_TEST(c.names(1).size() == 302u);
  // No room for a single one.
  names.clear();
  BOOST_TEST(c.readdir(1, 0, 10, names) == 0);
  BOOST_TEST(names.empty());
  BOOST_TEST(c.walk(0, 3, {"later"}) == 0);
  BOOST_TEST(c.open(3, 0) == 0);
  BOOST_TEST(c.readdir(3, 0, 4096, names) == ENOTDIR);
  std::string data;
  BOOST_TEST(c.read(1, 0, 100, data) == EISDIR);
  BOOST_TEST(c.write(1, 0, "x") == EBADF);
  BOOST_TEST(c.walk(0, 4, {}) == 0);
  BOOST_TEST(c.open(4, ninep::kReadWrite) == EISDIR);
  // Any number may come as a cookie.
  c.readdir(1, ~std::uint64_t{0}, 4096, names);
  c.readdir(1, 0x123456789, 4096, names);
}

SIM_TEST_CASE(the_file_system) {
  ServerBench b;
  b.client.start();
  Reply reply = b.client.send(Request(Message::StatFs).u32(0));
  BOOST_TEST_REQUIRE(reply.ok());
  struct statfs is {};
  BOOST_REQUIRE(statfs(b.folder.path.c_str(), &is) == 0);
  BOOST_TEST(reply.u32() == 0x01021997u);
  BOOST_TEST(reply.u32() == static_cast<std::uint32_t>(is.f_bsize));
  BOOST_TEST(reply.u64() == is.f_blocks);
  reply.raw(8 + 8);
  BOOST_TEST(reply.u64() == is.f_files);
  reply.raw(8 + 8);
  BOOST_TEST(reply.u32() == 255u);
  BOOST_TEST(reply.left() == 0u);
}

SIM_TEST_CASE(making_it_durable) {
  ServerBench b;
  b.folder.put("file", "");
  b.client.start();
  Client& c = b.client;
  BOOST_TEST(c.walk(0, 1, {"file"}) == 0);
  BOOST_TEST(c.send(Request(Message::Sync).u32(1)).error == EBADF);
  BOOST_TEST(c.open(1, 2) == 0);
  BOOST_TEST(c.send(Request(Message::Sync).u32(1)).ok());  // the older form
  BOOST_TEST(c.send(Request(Message::Sync).u32(1).u32(0)).ok());
  BOOST_TEST(c.send(Request(Message::Sync).u32(1).u32(1)).ok());
  BOOST_TEST(c.walk(0, 2, {}) == 0);
  BOOST_TEST(c.open(2, 0) == 0);
  BOOST_TEST(c.send(Request(Message::Sync).u32(2).u32(0)).ok());
}

SIM_TEST_CASE(locking) {
  ServerBench b;
  b.folder.put("file", "");
  b.client.start();
  Client& c = b.client;
  std::uint8_t status = 9;
  BOOST_TEST(c.walk(0, 1, {"file"}) == 0);
  BOOST_TEST(c.walk(0, 2, {"file"}) == 0);
  BOOST_TEST(c.lock(1, ninep::kLockWrite, 0, 0, 1, status) == EBADF);
  BOOST_TEST(c.open(1, 2) == 0);
  BOOST_TEST(c.open(2, 2) == 0);
  BOOST_TEST(c.lock(1, ninep::kLockWrite, 0, 0, 1, status) == 0);
  BOOST_TEST(status == ninep::kLockDone);
  BOOST_TEST(c.lock(2, ninep::kLockWrite, 0, 0, 2, status) == 0);
  BOOST_TEST(status == ninep::kLockBlocked);
  Reply reply = c.send(
      Request(Message::GetLock).u32(2).u8(ninep::kLockRead).u64(5).u64(6).u32(2).text("guest"));
  BOOST_TEST_REQUIRE(reply.ok());
  BOOST_TEST(reply.u8() == ninep::kLockWrite);
  BOOST_TEST(reply.u64() == 0u);
  BOOST_TEST(reply.u64() == 0u);
  BOOST_TEST(reply.u32() == 1u);
  BOOST_TEST(reply.text() == "guest");
  BOOST_TEST(c.clunk(1) == 0);  // and with it the lock
  BOOST_TEST(c.lock(2, ninep::kLockWrite, 0, 0, 2, status) == 0);
  BOOST_TEST(status == ninep::kLockDone);
  BOOST_TEST(c.lock(2, 7, 0, 0, 2, status) == EINVAL);
}

SIM_TEST_CASE(extended_attributes) {
  ServerBench b;
  b.folder.put("file", "");
  b.client.start();
  Client& c = b.client;
  BOOST_TEST(c.walk(0, 1, {"file"}) == 0);
  std::string value;
  if (c.setxattr(1, "user.test", "probe") == EOPNOTSUPP) {
    BOOST_TEST_MESSAGE("the host's file system has no extended attributes");
    return;
  }
  const std::string binary = std::string("a\0b", 3) + times(500, 'v');
  BOOST_TEST(c.setxattr(1, "user.test", binary) == 0);
  BOOST_TEST(c.getxattr(1, "user.test", value) == 0);
  BOOST_TEST((value == binary));
  BOOST_TEST(c.setxattr(1, "user.test", "x", 1) == EEXIST);
  BOOST_TEST(c.setxattr(1, "user.other", "x", 2) == ENODATA);
  BOOST_TEST(c.setxattr(1, "user.other", "x", 1) == 0);
  BOOST_TEST(c.getxattr(1, "", value) == 0);
  BOOST_TEST((value == std::string("user.test\0user.other\0", 21) ||
              value == std::string("user.other\0user.test\0", 21)));
  BOOST_TEST(c.setxattr(1, "user.empty", "") == 0);
  BOOST_TEST(c.getxattr(1, "user.empty", value) == 0);
  BOOST_TEST(value.empty());
  // Removal, as Linux asks for it.
  BOOST_TEST(c.setxattr(1, "user.test", "", 2) == 0);
  BOOST_TEST(c.getxattr(1, "user.test", value) == ENODATA);
  BOOST_TEST(c.setxattr(1, "user.test", "", 2) == ENODATA);
  // What is the host's own is neither shown nor changed.
  BOOST_TEST(c.setxattr(1, "security.capability", "x") == EOPNOTSUPP);
  BOOST_TEST(c.setxattr(1, "trusted.a", "x") == EOPNOTSUPP);
  BOOST_TEST(c.getxattr(1, "security.selinux", value) == ENODATA);
}

SIM_TEST_CASE(attributes_are_written_whole) {
  ServerBench b;
  b.folder.put("file", "");
  b.client.start();
  Client& c = b.client;
  std::string value;
  const auto begin = [&](std::uint32_t fid, std::uint64_t bytes) {
    BOOST_TEST(c.walk(0, fid, {"file"}) == 0);
    return c.xattrcreate(fid, "user.a", bytes);
  };
  BOOST_TEST(begin(1, 6) == 0);
  BOOST_TEST(c.xattrcreate(1, "user.b", 6) == EBADF);
  BOOST_TEST(c.open(1, 0) == EBADF);
  BOOST_TEST(c.walk(1, 5, {}) == EBADF);
  BOOST_TEST(c.read(1, 0, 10, value) == EBADF);
  BOOST_TEST(c.write(1, 1, "b") == EINVAL);  // a gap
  BOOST_TEST(c.write(1, 0, "abc") == 0);
  BOOST_TEST(c.write(1, 0, "abc") == EINVAL);
  BOOST_TEST(c.write(1, 3, "defg") == EINVAL);  // more than announced
  BOOST_TEST(c.clunk(1) == EINVAL);             // less than announced: not set
  BOOST_TEST(c.walk(0, 1, {"file"}) == 0);
  BOOST_TEST(c.getxattr(1, "user.a", value) != 0);
  BOOST_TEST(c.xattrcreate(1, "user.a", (64 << 10) + 1) == E2BIG);
  BOOST_TEST(c.xattrcreate(1, "", 1) == EINVAL);
  BOOST_TEST(c.xattrcreate(1, std::string("user.\0x", 7), 1) == EINVAL);
  BOOST_TEST(c.xattrcreate(1, times(256, 'n'), 1) == ERANGE);
  BOOST_TEST(c.xattrcreate(1, "user.a", 1, 4) == EINVAL);
  // Their number is bounded, and they come back.
  unsigned made = 0;
  while (made < 200 && begin(100 + made, 65536) == 0) ++made;
  BOOST_TEST(made == 32u);
  BOOST_TEST(c.clunk(100 + made) == 0);
  BOOST_TEST(c.xattrwalk(1, 3, "") == ENFILE);
  BOOST_TEST(c.remove(100) == EINVAL);
  BOOST_TEST(c.xattrwalk(1, 3, "") == 0);
  BOOST_TEST(c.write(3, 0, "x") == EBADF);
}
