// SPDX-License-Identifier: Apache-2.0
// mapped-xattr: what the guest makes is files and directories on the host; the rest is attributes.
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "client.h"

using namespace ringside;
using test::Client;
using test::FileInfo;
using test::ServerBench;

namespace {

struct MappedBench : ServerBench {
  MappedBench() : ServerBench("security_model: mapped-xattr") {
    client.start("9P2000.L", 65536, 501);
  }
  /// False, with a message, if the host's file system cannot keep attributes.
  bool possible() {
    folder.put("probe", "");
    const bool can = setxattr(folder.at("probe").c_str(), "user.probe", "x", 1, 0) == 0;
    std::filesystem::remove(folder.at("probe"));
    if (!can) BOOST_TEST_MESSAGE("the host's file system has no extended attributes");
    return can;
  }
  template <typename T>
  T attribute(const std::string& name, const char* key) {
    T value{};
    BOOST_TEST(getxattr(folder.at(name).c_str(), key, &value, sizeof value) ==
               static_cast<ssize_t>(sizeof value));
    return value;
  }
};

}  // namespace

SIM_TEST_CASE(owners_and_modes_are_attributes) {
  MappedBench b;
  if (!b.possible()) return;
  Client& c = b.client;
  BOOST_TEST(c.walk(0, 1, {}) == 0);
  BOOST_TEST(c.create(1, "file", 2, 04711, 77) == 0);
  FileInfo info = c.info(1);
  BOOST_TEST(info.mode == (S_IFREG | 04711u));
  BOOST_TEST(info.uid == 501u);
  BOOST_TEST(info.gid == 77u);
  BOOST_TEST((b.folder.info("file").st_mode & 07777) == 0600u);
  BOOST_TEST(b.attribute<std::uint32_t>("file", "user.virtfs.uid") == 501u);
  BOOST_TEST(b.attribute<std::uint32_t>("file", "user.virtfs.gid") == 77u);
  BOOST_TEST(b.attribute<std::uint32_t>("file", "user.virtfs.mode") == (S_IFREG | 04711u));
  BOOST_TEST(c.setattr(1, ninep::kSetMode, 0444) == 0);
  BOOST_TEST(c.setattr(1, ninep::kSetUid, 0, 9) == 0);
  info = c.info(1);
  BOOST_TEST(info.mode == (S_IFREG | 0444u));
  BOOST_TEST(info.uid == 9u);
  BOOST_TEST(info.gid == 77u);
  BOOST_TEST((b.folder.info("file").st_mode & 07777) == 0600u);
  BOOST_TEST(c.mkdir(0, "dir", 01777) == 0);
  BOOST_TEST(c.walk(0, 2, {"dir"}) == 0);
  BOOST_TEST(c.info(2).mode == (S_IFDIR | 01777u));
  BOOST_TEST(b.folder.info("dir").st_mode == (S_IFDIR | 0700u));
  // Files that the host has made are as the host has made them.
  b.folder.put("host", "x");
  BOOST_TEST(c.walk(0, 3, {"host"}) == 0);
  BOOST_TEST(c.info(3).mode == b.folder.info("host").st_mode);
}

SIM_TEST_CASE(special_files_are_plain_ones_on_the_host) {
  MappedBench b;
  if (!b.possible()) return;
  Client& c = b.client;
  BOOST_TEST(c.mknod(0, "null", S_IFCHR | 0666, 1, 3) == 0);
  BOOST_TEST(c.mknod(0, "disk", S_IFBLK | 0600, 259, 70000) == 0);
  BOOST_TEST(c.mknod(0, "pipe", S_IFIFO | 0600) == 0);
  BOOST_TEST(c.symlink(0, "link", "/etc/passwd") == 0);
  for (const char* name : {"null", "disk", "pipe", "link"})
    BOOST_TEST(S_ISREG(b.folder.info(name).st_mode));
  BOOST_TEST(b.folder.get("link") == "/etc/passwd");
  BOOST_TEST(b.attribute<std::uint64_t>("null", "user.virtfs.rdev") == makedev(1, 3));
  BOOST_TEST(c.walk(0, 1, {"null"}) == 0);
  BOOST_TEST(c.info(1).mode == (S_IFCHR | 0666u));
  BOOST_TEST(c.info(1).device == makedev(1, 3));
  BOOST_TEST(c.open(1, 0) == ENXIO);
  BOOST_TEST(c.walk(0, 2, {"disk"}) == 0);
  BOOST_TEST(c.info(2).mode == (S_IFBLK | 0600u));
  BOOST_TEST(c.info(2).device == makedev(259, 70000));
  BOOST_TEST(c.walk(0, 3, {"link"}) == 0);
  BOOST_TEST(c.last.type == ninep::kQidSymlink);
  BOOST_TEST(c.open(3, 2) == ELOOP);
  BOOST_TEST(c.setattr(3, ninep::kSetSize, 0, 0, 0, 1) == EINVAL);
  std::string target;
  BOOST_TEST(c.readlink(3, target) == 0);
  BOOST_TEST(target == "/etc/passwd");
  BOOST_TEST(c.walk(0, 4, {}) == 0);
  BOOST_TEST(c.create(4, "link", 2 | ninep::kTruncate) == EEXIST);
  BOOST_TEST(c.create(4, "null", 2 | ninep::kTruncate) == EEXIST);
  BOOST_TEST(b.folder.get("link") == "/etc/passwd");
  std::vector<Client::Name> names;
  BOOST_TEST(c.walk(0, 5, {}) == 0);
  BOOST_TEST(c.open(5, 0) == 0);
  BOOST_TEST(c.readdir(5, 0, 4096, names) == 0);
  for (const Client::Name& name : names)
    if (name.name != "." && name.name != "..") BOOST_TEST(name.type == 0u);  // look for yourself
}

SIM_TEST_CASE(the_attributes_are_out_of_the_guests_reach) {
  MappedBench b;
  if (!b.possible()) return;
  Client& c = b.client;
  BOOST_TEST(c.walk(0, 1, {}) == 0);
  BOOST_TEST(c.create(1, "file", 2, 0644) == 0);
  std::string value;
  BOOST_TEST(c.walk(0, 2, {"file"}) == 0);
  BOOST_TEST(c.getxattr(2, "user.virtfs.mode", value) == ENODATA);
  BOOST_TEST(c.setxattr(2, "user.virtfs.mode", "abcd") == EOPNOTSUPP);
  BOOST_TEST(c.setxattr(2, "user.virtfs.mode", "", 2) == EOPNOTSUPP);
  BOOST_TEST(c.setxattr(2, "trusted.a", "abcd") == EOPNOTSUPP);
  BOOST_TEST(c.setxattr(2, "user.mine", "abcd") == 0);
  BOOST_TEST(c.getxattr(2, "", value) == 0);
  BOOST_TEST((value == std::string("user.mine\0", 10)));
  // Access control lists are the guest's own.
  BOOST_TEST(c.setxattr(2, "system.posix_acl_access", "acl") == 0);
  BOOST_TEST(getxattr(b.folder.at("file").c_str(), "user.virtfs.system.posix_acl_access", nullptr,
                      0) == 3);
  BOOST_TEST(c.getxattr(2, "system.posix_acl_access", value) == 0);
  BOOST_TEST(value == "acl");
  BOOST_TEST(c.getxattr(2, "", value) == 0);
  BOOST_TEST(value.find("system.posix_acl_access") != std::string::npos);
  BOOST_TEST(value.find("virtfs") == std::string::npos);
}

SIM_TEST_CASE(a_mode_that_contradicts_the_file) {
  MappedBench b;
  if (!b.possible()) return;
  std::filesystem::create_directory(b.folder.at("dir"));
  b.folder.put("file", "x");
  const std::uint32_t file = S_IFREG | 0644, directory = S_IFDIR | 0755;
  BOOST_REQUIRE(setxattr(b.folder.at("dir").c_str(), "user.virtfs.mode", &file, 4, 0) == 0);
  BOOST_REQUIRE(setxattr(b.folder.at("file").c_str(), "user.virtfs.mode", &directory, 4, 0) == 0);
  Client& c = b.client;
  BOOST_TEST(c.walk(0, 1, {"dir"}) == 0);
  BOOST_TEST(c.info(1).mode == (S_IFDIR | 0644u));
  BOOST_TEST(c.walk(0, 2, {"file"}) == 0);
  BOOST_TEST(c.info(2).mode == (S_IFREG | 0755u));
}
