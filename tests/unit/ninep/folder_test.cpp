// SPDX-License-Identifier: Apache-2.0
// A folder of the host: contents, attributes, parameters, descriptors that are given back.
#include "ninep/folder.h"

#include <fcntl.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

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

std::size_t open_descriptors() {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    (void)entry;
    ++count;
  }
  return count;
}

}  // namespace

SIM_TEST_CASE(reading_and_writing) {
  ServerBench b;
  b.folder.put("old", "0123456789");
  b.client.start();
  Client& c = b.client;
  std::string data;
  BOOST_TEST(c.walk(0, 1, {"old"}) == 0);
  BOOST_TEST(c.read(1, 0, 10, data) == EBADF);  // not open
  BOOST_TEST(c.open(1, ninep::kReadWrite) == 0);
  BOOST_TEST(c.open(1, ninep::kReadWrite) == EINVAL);
  BOOST_TEST(c.read(1, 3, 4, data) == 0);
  BOOST_TEST(data == "3456");
  BOOST_TEST(c.read(1, 8, 100, data) == 0);
  BOOST_TEST(data == "89");
  BOOST_TEST(c.read(1, 10, 100, data) == 0);
  BOOST_TEST(data.empty());
  BOOST_TEST(c.read(1, ~std::uint64_t{0}, 100, data) == EINVAL);
  BOOST_TEST(c.write(1, 8, "abcd") == 0);
  BOOST_TEST(b.folder.get("old") == "01234567abcd");
  BOOST_TEST(c.write(1, 20, "z") == 0);
  BOOST_TEST(b.folder.get("old") == "01234567abcd" + times(8, '\0') + "z");
  BOOST_TEST(c.write(1, ~std::uint64_t{0}, "x") == EINVAL);
  BOOST_TEST(c.clunk(1) == 0);
  // What has been opened for one is not open for the other.
  BOOST_TEST(c.walk(0, 2, {"old"}) == 0);
  BOOST_TEST(c.open(2, ninep::kReadOnly) == 0);
  BOOST_TEST(c.write(2, 0, "x") == EBADF);
  BOOST_TEST(c.walk(0, 3, {"old"}) == 0);
  BOOST_TEST(c.open(3, ninep::kWriteOnly | ninep::kAppend) == 0);
  BOOST_TEST(c.read(3, 0, 1, data) == EBADF);
  BOOST_TEST(c.write(3, 0, "end") == 0);
  BOOST_TEST(b.folder.get("old").substr(21) == "end");
  BOOST_TEST(c.walk(0, 4, {"old"}) == 0);
  BOOST_TEST(c.open(4, ninep::kWriteOnly | ninep::kTruncate) == 0);
  BOOST_TEST(b.folder.info("old").st_size == 0);
  BOOST_TEST(c.walk(0, 5, {"old"}) == 0);
  BOOST_TEST(c.open(5, 3) == EINVAL);
  BOOST_TEST(c.open(5, ninep::kDirectory) == ENOTDIR);
}

SIM_TEST_CASE(large_messages) {
  ServerBench b;
  b.client.start("9P2000.L", 512 << 10);
  Client& c = b.client;
  std::string whole;
  for (unsigned i = 0; whole.size() < (512u << 10) - 24; ++i) whole += static_cast<char>(i * i);
  std::uint32_t written = 0;
  BOOST_TEST(c.walk(0, 1, {}) == 0);
  BOOST_TEST(c.create(1, "big") == 0);
  BOOST_TEST(c.write(1, 0, whole, &written) == 0);
  BOOST_TEST(written == whole.size());
  BOOST_TEST((b.folder.get("big") == whole));
  std::string data;
  BOOST_TEST(c.read(1, 0, ~0u, data) == 0);  // bounded by the message size
  BOOST_TEST((data == whole));
}

SIM_TEST_CASE(attributes) {
  ServerBench b;
  b.folder.put("file", times(5000, 'x'));
  BOOST_REQUIRE(chmod(b.folder.at("file").c_str(), 0640) == 0);
  b.client.start();
  Client& c = b.client;
  BOOST_TEST(c.walk(0, 1, {"file"}) == 0);
  const FileInfo info = c.info(1);
  const struct stat is = b.folder.info("file");
  BOOST_TEST(info.mode == is.st_mode);
  BOOST_TEST(info.mode == (S_IFREG | 0640u));
  BOOST_TEST(info.uid == is.st_uid);
  BOOST_TEST(info.gid == is.st_gid);
  BOOST_TEST(info.links == 1u);
  BOOST_TEST(info.size == 5000u);
  BOOST_TEST(info.modified == static_cast<std::uint64_t>(is.st_mtime));
  BOOST_TEST(info.qid.type == ninep::kQidFile);
  const std::uint32_t version = info.qid.version;
  BOOST_TEST(c.setattr(1, ninep::kSetMode, 0600) == 0);
  BOOST_TEST((b.folder.info("file").st_mode & 07777) == 0600u);
  BOOST_TEST(c.setattr(1, ninep::kSetSize, 0, 0, 0, 100) == 0);
  BOOST_TEST(b.folder.info("file").st_size == 100);
  BOOST_TEST(c.setattr(1, ninep::kSetModify | ninep::kGivenModify, 0, 0, 0, 0, 12345) == 0);
  BOOST_TEST(b.folder.info("file").st_mtime == 12345);
  BOOST_TEST(c.info(1).qid.version != version);
  BOOST_TEST(c.setattr(1, ninep::kSetModify) == 0);
  BOOST_TEST(b.folder.info("file").st_mtime > 12345);
  BOOST_TEST(c.setattr(1, ninep::kSetSize, 0, 0, 0, ~std::uint64_t{0}) == EFBIG);
  BOOST_TEST(c.setattr(0, ninep::kSetSize, 0, 0, 0, 0) == EISDIR);
  BOOST_TEST(c.setattr(9, ninep::kSetMode, 0) == EBADF);
  // One's own ids are always allowed.
  BOOST_TEST(c.setattr(1, ninep::kSetUid | ninep::kSetGid, 0, getuid(), getgid()) == 0);
}

SIM_TEST_CASE(set_user_id_bits_stay_in_the_guest) {
  ServerBench b;
  b.folder.put("program", "#!");
  b.client.start();
  BOOST_TEST(b.client.walk(0, 1, {"program"}) == 0);
  BOOST_TEST(b.client.setattr(1, ninep::kSetMode, 06755) == 0);
  BOOST_TEST((b.folder.info("program").st_mode & 07777) == 0755u);
  BOOST_TEST(b.client.walk(0, 2, {}) == 0);
  BOOST_TEST(b.client.create(2, "new", 2, 04755) == 0);
  BOOST_TEST((b.folder.info("new").st_mode & 07777) == 0755u);
}

SIM_TEST_CASE(the_umask_of_the_host_does_not_count) {
  ServerBench b;
  umask(077);
  b.client.start();
  BOOST_TEST(b.client.walk(0, 1, {}) == 0);
  BOOST_TEST(b.client.create(1, "file", 2, 0666) == 0);
  BOOST_TEST(b.client.mkdir(0, "folder", 0777) == 0);
  BOOST_TEST((b.folder.info("file").st_mode & 07777) == 0666u);
  BOOST_TEST((b.folder.info("folder").st_mode & 07777) == 0777u);
}

SIM_TEST_CASE(ids_are_mapped) {
  const std::string me = std::to_string(getuid()), group = std::to_string(getgid());
  ServerBench b("uid_map: ['1234:" + me + ":1'], gid_map: ['77:" + group + ":1']");
  b.folder.put("file", "");
  b.client.start("9P2000.L", 65536, 1234);
  BOOST_TEST(b.client.walk(0, 1, {"file"}) == 0);
  BOOST_TEST(b.client.info(1).uid == 1234u);
  BOOST_TEST(b.client.info(1).gid == 77u);
  BOOST_TEST(b.client.setattr(1, ninep::kSetUid, 0, 1234) == 0);
  BOOST_TEST(b.client.setattr(1, ninep::kSetUid, 0, 1235) == EINVAL);
  BOOST_TEST(b.client.walk(0, 2, {}) == 0);
  BOOST_TEST(b.client.create(2, "new", 2, 0644, 77) == 0);
  BOOST_TEST(b.folder.info("new").st_uid == getuid());
  // Nobody in the guest is that group: it is not made at all.
  BOOST_TEST(b.client.walk(0, 3, {}) == 0);
  BOOST_TEST(b.client.create(3, "other", 2, 0644, 78) == EINVAL);
  BOOST_TEST(!b.folder.has("other"));
}

SIM_TEST_CASE(a_read_only_folder_is_not_changed) {
  ServerBench b("read_only: true");
  b.folder.put("file", "text");
  b.client.start();
  Client& c = b.client;
  BOOST_TEST(c.walk(0, 1, {"file"}) == 0);
  BOOST_TEST(c.walk(0, 2, {}) == 0);
  BOOST_TEST(c.open(1, ninep::kReadWrite) == EROFS);
  BOOST_TEST(c.open(1, ninep::kReadOnly | ninep::kTruncate) == EROFS);
  BOOST_TEST(c.create(2, "new") == EROFS);
  BOOST_TEST(c.mkdir(0, "new") == EROFS);
  BOOST_TEST(c.symlink(0, "new", "file") == EROFS);
  BOOST_TEST(c.mknod(0, "new", S_IFIFO | 0644) == EROFS);
  BOOST_TEST(c.link(0, 1, "new") == EROFS);
  BOOST_TEST(c.rename(0, "file", 0, "new") == EROFS);
  BOOST_TEST(c.move(1, 0, "new") == EROFS);
  BOOST_TEST(c.unlink(0, "file") == EROFS);
  BOOST_TEST(c.setattr(1, ninep::kSetMode, 0600) == EROFS);
  BOOST_TEST(c.setxattr(1, "user.a", "b") == EROFS);
  BOOST_TEST(c.setxattr(1, "user.a", "", 2) == EROFS);
  std::string data;
  BOOST_TEST(c.open(1, ninep::kReadOnly) == 0);
  BOOST_TEST(c.read(1, 0, 10, data) == 0);
  BOOST_TEST(data == "text");
  BOOST_TEST(c.remove(1) == EROFS);
  BOOST_TEST(b.folder.get("file") == "text");
  BOOST_TEST(!b.folder.has("new"));
}

SIM_TEST_CASE(read_only_at_run_time) {
  ServerBench b;
  auto& folder = dynamic_cast<ninep::Folder&>(b.tree);
  b.client.start();
  Client& c = b.client;
  BOOST_TEST(c.walk(0, 1, {}) == 0);
  BOOST_TEST(c.create(1, "file") == 0);
  BOOST_TEST(c.write(1, 0, "before") == 0);
  folder.set_read_only.call(Node::parse("{on: true}", "test"));
  BOOST_TEST(c.write(1, 0, "AFTER") == EROFS);
  BOOST_TEST(c.mkdir(0, "new") == EROFS);
  BOOST_TEST(b.folder.get("file") == "before");
  folder.set_read_only.call(Node::parse("{on: false}", "test"));
  BOOST_TEST(c.write(1, 0, "AFTER") == 0);
}

SIM_TEST_CASE(a_file_without_a_name_lives_on) {
  ServerBench b;
  b.folder.put("file", "text");
  b.client.start();
  Client& c = b.client;
  std::string data;
  BOOST_TEST(c.walk(0, 1, {"file"}) == 0);
  BOOST_TEST(c.walk(0, 2, {"file"}) == 0);
  BOOST_TEST(c.open(1, ninep::kReadWrite) == 0);
  BOOST_TEST(c.unlink(0, "file") == 0);
  BOOST_TEST(c.read(1, 0, 10, data) == 0);
  BOOST_TEST(data == "text");
  BOOST_TEST(c.info(1).links == 0u);
  BOOST_TEST(c.setattr(1, ninep::kSetSize, 0, 0, 0, 2) == 0);
  BOOST_TEST(c.info(2).size == 2u);
  BOOST_TEST(c.open(2, ninep::kReadOnly) == 0);
  BOOST_TEST(c.remove(2) != 0);  // it has no name that could be removed
  BOOST_TEST(c.clunk(2) == EBADF);
}

SIM_TEST_CASE(fids_follow_what_the_guest_and_the_host_rename) {
  ServerBench b;
  std::filesystem::create_directories(b.folder.at("a/b"));
  b.folder.put("a/b/file", "text");
  b.client.start();
  Client& c = b.client;
  BOOST_TEST(c.walk(0, 1, {"a", "b", "file"}) == 0);
  BOOST_TEST(c.walk(0, 2, {"a", "b"}) == 0);
  BOOST_TEST(c.rename(0, "a", 0, "z") == 0);
  std::filesystem::rename(b.folder.at("z/b"), b.folder.at("y"));
  BOOST_TEST(c.walk(2, 3, {"file"}) == 0);
  BOOST_TEST(c.walk(2, 4, {".."}) == 0);
  BOOST_TEST(c.last.path == c.info(0).qid.path);
  BOOST_TEST(c.remove(1) == 0);
  BOOST_TEST(!b.folder.has("y/file"));
}

SIM_TEST_CASE(descriptors_are_given_back) {
  ServerBench b;
  b.folder.put("file", "text");
  std::filesystem::create_directory(b.folder.at("sub"));
  b.client.start();
  Client& c = b.client;
  const std::size_t before = open_descriptors();
  for (unsigned i = 0; i < 50; ++i) {
    c.walk(0, 1, {"file"});
    c.open(1, 0);
    c.clunk(1);
    c.walk(0, 1, {"sub", ".."});
    c.clunk(1);
    c.walk(0, 1, {"sub", "nothing"});
    c.walk(0, 1, {});
    c.create(1, "file", ninep::kWriteOnly | ninep::kExclusive);
    c.create(1, "file", ninep::kWriteOnly);
    c.clunk(1);
    c.walk(0, 1, {"sub"});
    c.open(1, 0);
    c.names(1);
    c.clunk(1);
    c.walk(0, 1, {"file"});
    c.move(1, 0, "fila");
    c.move(1, 0, "file");
    c.clunk(1);
    c.mkdir(0, "sub");
    c.symlink(0, "link", "file");
    c.walk(0, 1, {"link"});
    c.open(1, 0);
    c.remove(1);
  }
  BOOST_TEST(open_descriptors() == before);
  for (unsigned i = 0; i < 50; ++i) {
    c.walk(0, 1, {"file"});
    c.walk(0, 2, {"file"});
    c.open(1, 0);
    c.start();
  }
  BOOST_TEST(open_descriptors() == before);
}

SIM_TEST_CASE(more_files_than_descriptors) {
  ServerBench b("host_files: 64");
  auto& folder = dynamic_cast<ninep::Folder&>(b.tree);
  std::filesystem::create_directories(b.folder.at("a/b"));
  for (unsigned i = 0; i < 500; ++i)
    b.folder.put("a/b/" + std::to_string(i), "text " + std::to_string(i));
  b.client.start();
  Client& c = b.client;
  BOOST_TEST(c.walk(0, 1, {"a", "b"}) == 0);
  for (unsigned i = 0; i < 500; ++i)
    BOOST_TEST_REQUIRE(c.walk(1, 1000 + i, {std::to_string(i)}) == 0);
  BOOST_TEST(folder.descriptors() <= 64u);
  BOOST_TEST(folder.parked() >= 436u);
  // All of them are still what they were, also after their directory got another name.
  BOOST_TEST(c.rename(0, "a", 0, "other") == 0);
  std::string data;
  for (unsigned i = 0; i < 500; ++i) {
    BOOST_TEST_REQUIRE(c.open(1000 + i, 0) == 0);
    BOOST_TEST(c.read(1000 + i, 0, 100, data) == 0);
    BOOST_TEST(data == "text " + std::to_string(i));
    if (i >= 20) BOOST_TEST(c.clunk(1000 + i) == 0);
  }
  // What the host has replaced meanwhile is not mistaken for what it was.
  for (unsigned i = 0; i < 100; ++i)
    BOOST_TEST_REQUIRE(c.walk(1, 2000 + i, {std::to_string(i)}) == 0);
  for (unsigned i = 0; i < 100; ++i) {
    const std::string name = "other/b/" + std::to_string(i);
    b.folder.put("new", "new");
    std::filesystem::rename(b.folder.at("new"), b.folder.at(name));
  }
  unsigned stale = 0;
  for (unsigned i = 0; i < 100; ++i) {
    const int error = c.open(2000 + i, 0);
    BOOST_TEST((error == 0 || error == ESTALE));
    if (error == ESTALE) ++stale;
    if (error == 0) {
      BOOST_TEST(c.read(2000 + i, 0, 100, data) == 0);
      BOOST_TEST(data == "text " + std::to_string(i));
    }
    BOOST_TEST(c.clunk(2000 + i) == 0);
  }
  BOOST_TEST(stale > 0u);
  for (unsigned i = 0; i < 20; ++i) BOOST_TEST(c.clunk(1000 + i) == 0);
  BOOST_TEST(folder.parked() == 0u);
}

SIM_TEST_CASE(a_folder_that_is_not_there) {
  Registry registry;
  test::register_trees(registry);
  Platform platform(registry);
  const std::string yaml =
      "children:\n"
      "  a: {type: tree-holder, tree: {type: folder, path: /nonexistent/folder}}\n"
      "  b: {type: tree-holder, tree: {type: folder, path: /dev/null}}\n"
      "  c: {type: tree-holder, tree: {type: folder, path: /, uid_map: ['0-1']}}\n"
      "  d: {type: tree-holder, tree: {type: folder}}\n";
  BOOST_TEST(!platform.build(Node::parse(yaml, "test.yaml")));
  const std::string found = platform.diagnostics().str();
  BOOST_TEST(found.find("cannot open the folder '/nonexistent/folder': No such file") !=
             std::string::npos);
  BOOST_TEST(found.find("cannot open the folder '/dev/null': Not a directory") !=
             std::string::npos);
  BOOST_TEST(found.find("expected 'guest:host:count'") != std::string::npos);
  BOOST_TEST(platform.diagnostics().errors() == 4u);
}
