// SPDX-License-Identifier: Apache-2.0
// 9P2000.u and 9P2000: open, create, stat, wstat, directories that are read.
#include "client.h"

using namespace ringside;
using test::Client;
using test::FileInfo;
using test::Message;
using test::Reply;
using test::Request;
using test::ServerBench;
using test::times;

namespace {

constexpr std::uint32_t kKeep = ~0u;

/// A stat as it stands in Rstat or in a directory.
FileInfo parse_stat(Reply& reply, bool extended = true) {
  FileInfo info;
  const std::size_t size = reply.u16();
  const std::size_t end = reply.left() - size;
  reply.raw(6);
  info.qid = reply.qid();
  info.mode = reply.u32();
  reply.u32();
  info.modified = reply.u32();
  info.size = reply.u64();
  info.name = reply.text();
  for (unsigned i = 0; i < 3; ++i) reply.text();
  if (extended) {
    info.extension = reply.text();
    info.uid = reply.u32();
    info.gid = reply.u32();
    reply.u32();
  }
  BOOST_TEST(reply.left() == end);
  return info;
}

struct UnixBench : ServerBench {
  explicit UnixBench(const char* dialect = "9P2000.u", const std::string& params = "")
      : ServerBench(params), extended(std::string(dialect) == "9P2000.u") {
    client.start(dialect);
  }
  int open(std::uint32_t fid, unsigned mode) {
    return client.send(Request(Message::Open).u32(fid).u8(mode)).error;
  }
  int create(std::uint32_t fid, const std::string& name, std::uint32_t perm, unsigned mode,
             const std::string& extension = "") {
    Request request(Message::Create);
    request.u32(fid).text(name).u32(perm).u8(mode);
    if (extended) request.text(extension);
    return client.send(request).error;
  }
  FileInfo stat(std::uint32_t fid) {
    Reply reply = client.send(Request(Message::Stat).u32(fid));
    BOOST_TEST_REQUIRE(reply.ok());
    const std::size_t bytes = reply.u16();
    BOOST_TEST(bytes == reply.left());
    return parse_stat(reply, extended);
  }
  int wstat(std::uint32_t fid, std::uint32_t mode, std::uint32_t modified, std::uint64_t length,
            const std::string& name, std::uint32_t uid = kKeep, std::uint32_t gid = kKeep) {
    Request request(Message::WriteStat);
    request.u32(fid).u16(0).u16(0).u16(0xffff).u32(kKeep).raw(times(13, '\xff'));
    request.u32(mode).u32(kKeep).u32(modified).u64(length).text(name);
    request.text("").text("").text("");
    if (extended) request.text("").u32(uid).u32(gid).u32(kKeep);
    return client.send(request).error;
  }
  bool extended;
};

}  // namespace

SIM_TEST_CASE(opening_and_creating) {
  UnixBench b;
  b.folder.put("old", "text");
  Client& c = b.client;
  std::string data;
  BOOST_TEST(c.walk(0, 1, {"old"}) == 0);
  BOOST_TEST(b.open(1, 2) == 0);
  BOOST_TEST(b.open(1, 2) == EINVAL);
  BOOST_TEST(c.read(1, 0, 10, data) == 0);
  BOOST_TEST(data == "text");
  BOOST_TEST(c.walk(0, 2, {"old"}) == 0);
  BOOST_TEST(b.open(2, 3) == 0);  // OEXEC reads
  BOOST_TEST(c.read(2, 0, 10, data) == 0);
  BOOST_TEST(c.write(2, 0, "x") == EBADF);
  BOOST_TEST(c.walk(0, 3, {"old"}) == 0);
  BOOST_TEST(b.open(3, 1 | 0x80) == 0);  // append
  BOOST_TEST(c.write(3, 0, "more") == 0);
  BOOST_TEST(b.folder.get("old") == "textmore");
  BOOST_TEST(c.walk(0, 4, {"old"}) == 0);
  BOOST_TEST(b.open(4, 1 | 0x10) == 0);  // truncate
  BOOST_TEST(b.folder.get("old").empty());
  BOOST_TEST(c.walk(0, 5, {}) == 0);
  BOOST_TEST(b.create(5, "new", 0640, 2) == 0);
  BOOST_TEST(c.write(5, 0, "new") == 0);
  BOOST_TEST(b.folder.get("new") == "new");
  BOOST_TEST((b.folder.info("new").st_mode & 07777) == 0640u);
  // Removed when it is closed.
  BOOST_TEST(c.walk(0, 6, {}) == 0);
  BOOST_TEST(b.create(6, "brief", 0640, 2 | 0x40) == 0);
  BOOST_TEST(b.folder.has("brief"));
  BOOST_TEST(c.clunk(6) == 0);
  BOOST_TEST(!b.folder.has("brief"));
  // Messages of the other dialect.
  BOOST_TEST(c.mkdir(0, "x") == EOPNOTSUPP);
  BOOST_TEST(c.open(4, 0) == EOPNOTSUPP);
}

SIM_TEST_CASE(special_files) {
  UnixBench b;
  b.folder.put("file", "x");
  Client& c = b.client;
  std::uint32_t fid = 10;
  const auto make = [&](const std::string& name, std::uint32_t perm, const std::string& extension) {
    BOOST_TEST(c.walk(0, ++fid, {}) == 0);
    return b.create(fid, name, perm, 0, extension);
  };
  BOOST_TEST(make("d", ninep::kPlainDirectory | 0750, "") == 0);
  BOOST_TEST(b.folder.info("d").st_mode == (S_IFDIR | 0750u));
  BOOST_TEST(make("s", ninep::kPlainSymlink | 0777, "some/where") == 0);
  BOOST_TEST(b.stat(fid).extension == "some/where");
  BOOST_TEST((b.stat(fid).mode & ninep::kPlainSymlink) != 0u);
  BOOST_TEST(std::filesystem::read_symlink(b.folder.at("s")) == "some/where");
  BOOST_TEST(make("p", ninep::kPlainPipe | 0600, "") == 0);
  BOOST_TEST(S_ISFIFO(b.folder.info("p").st_mode));
  BOOST_TEST(make("k", ninep::kPlainSocket | 0600, "") == 0);
  BOOST_TEST(S_ISSOCK(b.folder.info("k").st_mode));
  BOOST_TEST(c.walk(0, 5, {"file"}) == 0);
  BOOST_TEST(make("hard", ninep::kPlainLink, "5\n") == 0);
  BOOST_TEST(b.folder.info("hard").st_ino == b.folder.info("file").st_ino);
  BOOST_TEST(b.stat(5).extension == "HARDLINKCOUNT 2");
  BOOST_TEST(make("x", ninep::kPlainLink, "77") == EBADF);
  BOOST_TEST(make("x", ninep::kPlainLink, "file") == EINVAL);
  BOOST_TEST(make("x", ninep::kPlainDevice | 0600, "c 1 3") == EPERM);
  for (const char* text : {"", "c", "c 1", "x 1 3", "c 1 3 4", "c -1 3", "c  1", "cc1 3"})
    BOOST_TEST(make("x", ninep::kPlainDevice | 0600, text) == EINVAL, text);
  BOOST_TEST(make("x", ninep::kPlainSymlink, "") == ENOENT);
  BOOST_TEST(make("x", ninep::kPlainSymlink, std::string("a\0b", 3)) == EINVAL);
  BOOST_TEST(make("x", ninep::kPlainSymlink | ninep::kPlainPipe, "a") == EINVAL);
  BOOST_TEST(make("x", ninep::kPlainLink | ninep::kPlainDevice, "5") == EINVAL);
  BOOST_TEST(make("file", ninep::kPlainPipe, "") == EEXIST);
  BOOST_TEST(!b.folder.has("x"));
}

SIM_TEST_CASE(stat_and_wstat) {
  UnixBench b;
  std::filesystem::create_directory(b.folder.at("d"));
  b.folder.put("d/file", times(100, 'x'));
  BOOST_REQUIRE(chmod(b.folder.at("d/file").c_str(), 0640) == 0);
  Client& c = b.client;
  BOOST_TEST(c.walk(0, 1, {"d", "file"}) == 0);
  BOOST_TEST(c.walk(0, 2, {"d"}) == 0);
  BOOST_TEST(b.stat(0).name == "/");
  BOOST_TEST(b.stat(2).mode == (ninep::kPlainDirectory | 0755u));
  BOOST_TEST(b.stat(2).size == 0u);
  const FileInfo info = b.stat(1);
  BOOST_TEST(info.name == "file");
  BOOST_TEST(info.mode == 0640u);
  BOOST_TEST(info.size == 100u);
  BOOST_TEST(info.uid == b.folder.info("d/file").st_uid);
  BOOST_TEST(info.qid.path == b.folder.info("d/file").st_ino);
  const std::uint64_t kLength = ~std::uint64_t{0};
  BOOST_TEST(b.wstat(1, 0600, kKeep, kLength, "") == 0);
  BOOST_TEST((b.folder.info("d/file").st_mode & 07777) == 0600u);
  BOOST_TEST(b.wstat(1, kKeep, 12345, kLength, "") == 0);
  BOOST_TEST(b.folder.info("d/file").st_mtime == 12345);
  BOOST_TEST(b.wstat(1, kKeep, kKeep, 10, "") == 0);
  BOOST_TEST(b.folder.info("d/file").st_size == 10);
  BOOST_TEST(b.wstat(1, kKeep, kKeep, kLength, "renamed") == 0);
  BOOST_TEST(b.folder.has("d/renamed"));
  BOOST_TEST(b.stat(1).name == "renamed");
  BOOST_TEST(b.wstat(2, kKeep, kKeep, kLength, "d2") == 0);
  BOOST_TEST(b.folder.has("d2/renamed"));
  BOOST_TEST(b.wstat(1, kKeep, kKeep, kLength, "", getuid(), getgid()) == 0);
  // All as it is: make it durable.
  BOOST_TEST(b.wstat(1, kKeep, kKeep, kLength, "") == 0);
  BOOST_TEST(b.open(1, 2) == 0);
  BOOST_TEST(b.wstat(1, kKeep, kKeep, kLength, "") == 0);
  // A file does not become a directory, and names stay in their directory.
  BOOST_TEST(b.wstat(1, ninep::kPlainDirectory | 0755, kKeep, kLength, "") == EINVAL);
  BOOST_TEST(b.wstat(1, kKeep, kKeep, kLength, "../x") == EINVAL);
  BOOST_TEST(b.wstat(1, kKeep, kKeep, kLength, "..") == EEXIST);
  BOOST_TEST(b.wstat(0, kKeep, kKeep, kLength, "x") == EBUSY);
  BOOST_TEST(b.wstat(9, kKeep, kKeep, kLength, "x") == EBADF);
  BOOST_TEST(c.remove(1) == 0);
  BOOST_TEST(!b.folder.has("d2/renamed"));
}

namespace {

std::vector<std::string> read_all(UnixBench& b, std::uint32_t fid, std::uint32_t count) {
  std::vector<std::string> names;
  for (std::uint64_t offset = 0;;) {
    Reply reply = b.client.send(Request(Message::Read).u32(fid).u64(offset).u32(count));
    BOOST_TEST_REQUIRE(reply.ok());
    const std::uint32_t bytes = reply.u32();
    BOOST_TEST(bytes == reply.left());
    if (bytes == 0) break;
    offset += bytes;
    while (reply.left() != 0) {
      const FileInfo info = parse_stat(reply, b.extended);
      if (info.name != "." && info.name != "..") names.push_back(info.name);
      if (info.name == "..") BOOST_TEST(info.qid.path == b.stat(0).qid.path);
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

void directories_are_read_in(const char* dialect) {
  UnixBench b(dialect);
  std::vector<std::string> expected;
  for (unsigned i = 0; i < 700; ++i) {
    expected.push_back("n" + std::to_string(i));
    b.folder.put(expected.back(), "");
  }
  std::sort(expected.begin(), expected.end());
  Client& c = b.client;
  BOOST_TEST(c.walk(0, 1, {}) == 0);
  BOOST_TEST(b.open(1, 0) == 0);
  for (const std::uint32_t count : {200u, 4096u, 60000u})
    BOOST_TEST(read_all(b, 1, count) == expected);
  // Only on, or from the start.
  std::string data;
  BOOST_TEST(c.read(1, 0, 4096, data) == 0);
  BOOST_TEST(c.read(1, data.size() + 1, 4096, data) != 0);
  BOOST_TEST(c.read(1, 0, 10, data) != 0);  // not even one fits
  BOOST_TEST(c.walk(0, 2, {}) == 0);
  BOOST_TEST(b.open(2, 1) != 0);
}

}  // namespace

SIM_TEST_CASE(directories_are_read_in_unix) {
  directories_are_read_in("9P2000.u");
}

SIM_TEST_CASE(directories_are_read_in_plain) {
  directories_are_read_in("9P2000");
}

SIM_TEST_CASE(the_plain_dialect) {
  UnixBench b("9P2000");
  Client& c = b.client;
  BOOST_TEST(c.walk(0, 1, {}) == 0);
  BOOST_TEST(b.create(1, "file", 0640, 2) == 0);
  BOOST_TEST(c.write(1, 0, "text") == 0);
  BOOST_TEST(b.stat(1).name == "file");
  BOOST_TEST(b.stat(1).size == 4u);
  BOOST_TEST(c.walk(0, 2, {}) == 0);
  BOOST_TEST(b.create(2, "d", ninep::kPlainDirectory | 0750, 0) == 0);
  BOOST_TEST(S_ISDIR(b.folder.info("d").st_mode));
  BOOST_TEST(c.walk(0, 3, {}) == 0);
  BOOST_TEST(b.create(3, "s", ninep::kPlainSymlink, 0) != 0);
  BOOST_TEST(b.wstat(1, 0600, kKeep, 2, "other") == 0);
  BOOST_TEST(b.folder.get("other") == "te");
  Reply reply = c.send(Request(Message::Walk).u32(0).u32(4).u16(1).text("nothing"));
  BOOST_TEST(reply.message == "No such file or directory");
}
