// SPDX-License-Identifier: Apache-2.0
// A tree in memory: what folders do, without the host.
#include "ninep/memory.h"

#include "client.h"

using namespace ringside;
using test::Client;
using test::FileInfo;
using test::Message;
using test::Request;
using test::ServerBench;
using test::TempFolder;
using test::times;

namespace {

struct MemoryBench : ServerBench {
  explicit MemoryBench(const std::string& params = "")
      : ServerBench(params, {}, "memory"), memory(dynamic_cast<ninep::Memory&>(tree)) {
    client.start("9P2000.L", 65536, 7);
  }
  void put(const std::string& name, const std::string& text = "") {
    BOOST_TEST(client.walk(0, 800, {}) == 0);
    BOOST_TEST(client.create(800, name) == 0);
    if (!text.empty()) BOOST_TEST(client.write(800, 0, text) == 0);
    BOOST_TEST(client.clunk(800) == 0);
  }
  std::string get(const std::vector<std::string>& path) {
    std::string text;
    BOOST_TEST(client.walk(0, 800, path) == 0);
    BOOST_TEST(client.open(800, 0) == 0);
    BOOST_TEST(client.read(800, 0, 65536, text) == 0);
    BOOST_TEST(client.clunk(800) == 0);
    return text;
  }
  std::vector<std::string> names(const std::vector<std::string>& path = {}) {
    BOOST_TEST(client.walk(0, 800, path) == 0);
    BOOST_TEST(client.open(800, 0) == 0);
    const std::vector<std::string> out = client.names(800, 300);
    BOOST_TEST(client.clunk(800) == 0);
    return out;
  }
  ninep::Memory& memory;
};

using Names = std::vector<std::string>;

}  // namespace

SIM_TEST_CASE(contents_in_memory) {
  MemoryBench b;
  Client& c = b.client;
  BOOST_TEST(b.names().empty());
  b.put("file", "0123456789");
  BOOST_TEST(b.get({"file"}) == "0123456789");
  BOOST_TEST(b.memory.used() == 10u);
  BOOST_TEST(c.walk(0, 1, {"file"}) == 0);
  BOOST_TEST(c.open(1, 2) == 0);
  BOOST_TEST(c.write(1, 15, "x") == 0);
  BOOST_TEST((b.get({"file"}) == "0123456789" + times(5, '\0') + "x"));
  BOOST_TEST(c.setattr(1, ninep::kSetSize, 0, 0, 0, 3) == 0);
  BOOST_TEST(b.get({"file"}) == "012");
  BOOST_TEST(c.write(1, ~std::uint64_t{0}, "x") != 0);
  BOOST_TEST(c.walk(0, 2, {"file"}) == 0);
  BOOST_TEST(c.open(2, ninep::kWriteOnly | ninep::kAppend) == 0);
  BOOST_TEST(c.write(2, 0, "end") == 0);
  BOOST_TEST(b.get({"file"}) == "012end");
  BOOST_TEST(c.walk(0, 3, {}) == 0);
  BOOST_TEST(c.create(3, "file", 2 | ninep::kExclusive) == EEXIST);
  BOOST_TEST(c.create(3, "file", 2 | ninep::kTruncate) == 0);
  BOOST_TEST(b.get({"file"}).empty());
  // Without a name it lives as long as somebody holds it.
  BOOST_TEST(c.unlink(0, "file") == 0);
  BOOST_TEST(c.write(1, 0, "still") == 0);
  BOOST_TEST(c.info(1).links == 0u);
  BOOST_TEST(c.remove(3) == ESTALE);
  BOOST_TEST(c.clunk(2) == 0);
  BOOST_TEST(b.memory.count() == 2u);
  BOOST_TEST(c.clunk(1) == 0);
  BOOST_TEST(b.memory.count() == 1u);
  BOOST_TEST(b.memory.used() == 0u);
}

SIM_TEST_CASE(names_in_memory) {
  MemoryBench b;
  Client& c = b.client;
  BOOST_TEST(c.mkdir(0, "d", 0750) == 0);
  BOOST_TEST(c.mkdir(0, "d") == EEXIST);
  BOOST_TEST(c.walk(0, 1, {"d"}) == 0);
  BOOST_TEST(c.mkdir(1, "e") == 0);
  BOOST_TEST(c.info(1).links == 3u);
  BOOST_TEST(c.info(1).mode == (S_IFDIR | 0750u));
  BOOST_TEST(c.info(1).uid == 7u);
  BOOST_TEST(c.walk(1, 2, {"e"}) == 0);
  BOOST_TEST(c.walk(2, 3, {"..", "..", "..", "d"}) == 0);
  BOOST_TEST(c.last.path == c.info(1).qid.path);
  b.put("a", "a");
  b.put("b", "b");
  BOOST_TEST(c.walk(0, 4, {"a"}) == 0);
  BOOST_TEST(c.walk(4, 5, {"x"}) == ENOTDIR);
  BOOST_TEST(c.link(1, 4, "hard") == 0);
  BOOST_TEST(c.link(1, 4, "hard") == EEXIST);
  BOOST_TEST(c.link(1, 1, "dir") == EPERM);
  BOOST_TEST(c.link(4, 4, "x") == ENOTDIR);
  BOOST_TEST(c.info(4).links == 2u);
  BOOST_TEST(c.rename(0, "a", 1, "hard") == 0);  // two names of one file: nothing
  BOOST_TEST(c.info(4).links == 2u);
  BOOST_TEST(c.rename(0, "b", 1, "hard") == 0);
  BOOST_TEST(b.get({"d", "hard"}) == "b");
  BOOST_TEST(c.info(4).links == 1u);
  BOOST_TEST(c.rename(0, "a", 0, "d") == EISDIR);
  BOOST_TEST(c.rename(0, "d", 0, "a") == ENOTDIR);
  BOOST_TEST(c.rename(0, "d", 2, "x") == EINVAL);
  BOOST_TEST(c.rename(0, "d", 1, "d") == EINVAL);
  BOOST_TEST(c.rename(0, "nothing", 1, "x") == ENOENT);
  BOOST_TEST(c.mkdir(0, "full") == 0);
  BOOST_TEST(c.walk(0, 6, {"full"}) == 0);
  BOOST_TEST(c.mkdir(6, "x") == 0);
  BOOST_TEST(c.rename(1, "e", 0, "full") == ENOTEMPTY);
  BOOST_TEST(c.unlink(6, "x", ninep::kRemoveDirectory) == 0);
  BOOST_TEST(c.rename(1, "e", 0, "full") == 0);
  BOOST_TEST(c.info(1).links == 2u);
  BOOST_TEST(c.walk(2, 7, {".."}) == 0);
  BOOST_TEST(c.last.path == c.info(0).qid.path);
  // The directory that was replaced is held, but takes nothing more.
  BOOST_TEST(c.mkdir(6, "y") == ENOENT);
  BOOST_TEST(c.move(4, 1, "moved") == 0);
  BOOST_TEST(b.get({"d", "moved"}) == "a");
  BOOST_TEST(c.unlink(0, "d") == EISDIR);
  BOOST_TEST(c.unlink(0, "d", ninep::kRemoveDirectory) == ENOTEMPTY);
  BOOST_TEST(c.unlink(1, "moved", ninep::kRemoveDirectory) == ENOTDIR);
  BOOST_TEST(c.remove(4) == 0);
  BOOST_TEST((b.names({"d"}) == Names{"hard"}));
  BOOST_TEST((b.names() == Names{"d", "full"}));
  BOOST_TEST(c.remove(0) == EBUSY);
}

SIM_TEST_CASE(special_files_and_attributes_in_memory) {
  MemoryBench b;
  Client& c = b.client;
  BOOST_TEST(c.symlink(0, "s", "/etc/passwd") == 0);
  BOOST_TEST(c.mknod(0, "null", S_IFCHR | 0666, 1, 3) == 0);
  BOOST_TEST(c.mknod(0, "pipe", S_IFIFO | 0600) == 0);
  std::string text;
  BOOST_TEST(c.walk(0, 1, {"s"}) == 0);
  BOOST_TEST(c.last.type == ninep::kQidSymlink);
  BOOST_TEST(c.readlink(1, text) == 0);
  BOOST_TEST(text == "/etc/passwd");
  BOOST_TEST(c.open(1, 0) == ELOOP);
  BOOST_TEST(c.walk(0, 2, {"null"}) == 0);
  BOOST_TEST(c.info(2).device == 0x103u);
  BOOST_TEST(c.open(2, 0) == ENXIO);
  BOOST_TEST(c.readlink(2, text) == EINVAL);
  BOOST_TEST(c.setattr(2, ninep::kSetMode | ninep::kSetUid, 0600, 99) == 0);
  BOOST_TEST(c.info(2).mode == (S_IFCHR | 0600u));
  BOOST_TEST(c.info(2).uid == 99u);
  BOOST_TEST(c.setattr(2, ninep::kSetSize, 0, 0, 0, 1) == EINVAL);
  BOOST_TEST(c.setattr(0, ninep::kSetSize, 0, 0, 0, 1) == EISDIR);
  BOOST_TEST(c.setxattr(2, "trusted.a", "value") == 0);
  BOOST_TEST(c.setxattr(2, "trusted.a", "x", 1) == EEXIST);
  BOOST_TEST(c.setxattr(2, "user.b", "x", 2) == ENODATA);
  BOOST_TEST(c.setxattr(2, "user.b", "") == 0);
  BOOST_TEST(c.getxattr(2, "trusted.a", text) == 0);
  BOOST_TEST(text == "value");
  BOOST_TEST(c.getxattr(2, "", text) == 0);
  BOOST_TEST((text == std::string("trusted.a\0user.b\0", 17)));
  BOOST_TEST(c.setxattr(2, "trusted.a", "", 2) == 0);
  BOOST_TEST(c.getxattr(2, "trusted.a", text) == ENODATA);
  BOOST_TEST(c.remove(2) == 0);
}

SIM_TEST_CASE(memory_is_bounded) {
  MemoryBench b("size: 64KiB, files: 10");
  Client& c = b.client;
  b.put("file", times(40000, 'x'));
  BOOST_TEST(c.walk(0, 1, {"file"}) == 0);
  BOOST_TEST(c.open(1, 2) == 0);
  BOOST_TEST(c.write(1, 40000, times(30000, 'x')) == ENOSPC);
  BOOST_TEST(c.write(1, 1ull << 40, "x") == ENOSPC);
  BOOST_TEST(c.setattr(1, ninep::kSetSize, 0, 0, 0, 1ull << 60) == ENOSPC);
  BOOST_TEST(c.setattr(1, ninep::kSetSize, 0, 0, 0, 65536) == 0);
  BOOST_TEST(c.symlink(0, "s", "target") == ENOSPC);
  BOOST_TEST(c.walk(0, 2, {"file"}) == 0);
  BOOST_TEST(c.setxattr(2, "user.a", "b") == ENOSPC);
  BOOST_TEST(c.setattr(1, ninep::kSetSize, 0, 0, 0, 0) == 0);
  for (unsigned i = 1; i < 9; ++i) BOOST_TEST(c.mkdir(0, std::to_string(i)) == 0);
  BOOST_TEST(c.mkdir(0, "more") == ENOSPC);
  BOOST_TEST(c.unlink(0, "8", ninep::kRemoveDirectory) == 0);
  // Names of one file count, too.
  BOOST_TEST(c.link(0, 2, "l1") == 0);
  BOOST_TEST(c.link(0, 2, "l2") == 0);
  BOOST_TEST(c.link(0, 2, "l3") == ENOSPC);
  BOOST_TEST(c.rename(0, "l1", 0, "l3") == 0);
}

SIM_TEST_CASE(a_copy_of_a_folder) {
  TempFolder original;
  std::filesystem::create_directories(original.at("d/e"));
  original.put("d/e/file", "text");
  original.put("empty", "");
  std::filesystem::create_symlink("d/e", original.at("link"));
  std::filesystem::permissions(original.at("d/e/file"), std::filesystem::perms(0751));
  MemoryBench b("from: " + original.path);
  Client& c = b.client;
  BOOST_TEST((b.names() == Names{"d", "empty", "link"}));
  BOOST_TEST(b.get({"d", "e", "file"}) == "text");
  BOOST_TEST(c.walk(0, 1, {"d", "e", "file"}) == 0);
  const FileInfo info = c.info(1);
  BOOST_TEST(info.mode == (S_IFREG | 0751u));
  BOOST_TEST(info.uid == 0u);
  BOOST_TEST(info.modified == 1767225600u);  // nothing of the host's time
  std::string target;
  BOOST_TEST(c.walk(0, 2, {"link"}) == 0);
  BOOST_TEST(c.readlink(2, target) == 0);
  BOOST_TEST(target == "d/e");
  // The original stays as it is.
  BOOST_TEST(c.open(1, 2) == 0);
  BOOST_TEST(c.write(1, 0, "TEXT") == 0);
  BOOST_TEST(c.unlink(0, "empty") == 0);
  BOOST_TEST(original.get("d/e/file") == "text");
  BOOST_TEST(original.has("empty"));
}

SIM_TEST_CASE(folders_that_cannot_be_copied) {
  TempFolder pipes, large;
  BOOST_REQUIRE(mkfifo(pipes.at("pipe").c_str(), 0600) == 0);
  large.put("file", times(5000, 'x'));
  Registry registry;
  test::register_trees(registry);
  Platform platform(registry);
  const auto serve = [](const std::string& params) {
    return "{type: tree-holder, tree: {type: memory, from: " + params + "}}\n";
  };
  BOOST_TEST(!platform.build(Node::parse("children:\n  a: " + serve("/nonexistent") +
                                             "  b: " + serve(pipes.path) +
                                             "  c: " + serve(large.path + ", size: 4KiB"),
                                         "test.yaml")));
  const std::string found = platform.diagnostics().str();
  BOOST_TEST(platform.diagnostics().errors() == 3u);
  BOOST_TEST(found.find("cannot read the folder '/nonexistent'") != std::string::npos);
  BOOST_TEST(found.find("neither a file, a directory nor a symbolic link") != std::string::npos);
  BOOST_TEST(found.find("No space left on device ('size' is 4KiB)") != std::string::npos);
}

SIM_TEST_CASE(times_are_simulated) {
  MemoryBench b("start: 1000");
  Client& c = b.client;
  b.sim.run(sc_core::sc_time(2500, sc_core::SC_MS));
  b.put("file");
  BOOST_TEST(c.walk(0, 1, {"file"}) == 0);
  BOOST_TEST(c.info(1).modified == 1002u);
  BOOST_TEST(c.info(0).modified == 1002u);
  BOOST_TEST(c.info(1).qid.path == 2u);
  BOOST_TEST(c.setattr(1, ninep::kSetModify | ninep::kGivenModify, 0, 0, 0, 0, 5) == 0);
  BOOST_TEST(c.info(1).modified == 5u);
}
