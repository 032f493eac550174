// SPDX-License-Identifier: Apache-2.0
// A 9P client for tests: messages written from the protocol's description, against a server over a
// folder in a temporary directory.
#pragma once

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "ninep/plugin_types.h"
#include "ninep/server.h"
#include "support/sim.h"

namespace ringside::test {

using ninep::Message;

/// A directory of its own, removed at the end.
struct TempFolder {
  TempFolder() {
    path = std::filesystem::temp_directory_path() / "ringside-9p-XXXXXX";
    BOOST_REQUIRE(mkdtemp(path.data()) != nullptr);
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  std::string at(const std::string& name) const { return path + "/" + name; }
  void put(const std::string& name, const std::string& text) const {
    std::ofstream(at(name), std::ios::binary) << text;
  }
  std::string get(const std::string& name) const {
    std::ifstream file(at(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }
  bool has(const std::string& name) const {
    struct stat info {};
    return lstat(at(name).c_str(), &info) == 0;
  }
  struct stat info(const std::string& name) const {
    struct stat is {};
    BOOST_REQUIRE_MESSAGE(lstat(at(name).c_str(), &is) == 0, name + " is not there");
    return is;
  }
  std::string path;
};

/// A request under construction.
class Request {
 public:
  explicit Request(Message type, std::uint16_t tag = 1) {
    u32(0);
    u8(static_cast<std::uint8_t>(type));
    u16(tag);
  }
  Request& u8(unsigned value) { return number(value, 1); }
  Request& u16(unsigned value) { return number(value, 2); }
  Request& u32(std::uint32_t value) { return number(value, 4); }
  Request& u64(std::uint64_t value) { return number(value, 8); }
  Request& text(const std::string& value) {
    u16(static_cast<unsigned>(value.size()));
    bytes_ += value;
    return *this;
  }
  Request& raw(const std::string& value) {
    bytes_ += value;
    return *this;
  }
  /// The message, with its size in front.
  std::string str() const {
    std::string out = bytes_;
    for (unsigned i = 0; i < 4; ++i) out[i] = static_cast<char>(out.size() >> 8 * i);
    return out;
  }

 private:
  Request& number(std::uint64_t value, unsigned bytes) {
    for (unsigned i = 0; i < bytes; ++i) bytes_ += static_cast<char>(value >> 8 * i);
    return *this;
  }
  std::string bytes_;
};

/// A reply, read field by field.
class Reply {
 public:
  Reply(std::string bytes, ninep::Dialect dialect) : bytes_(std::move(bytes)) {
    if (bytes_.size() < ninep::kHeaderBytes) return;
    came = true;
    const std::uint32_t size = u32();
    type = u8();
    tag = u16();
    BOOST_TEST(size == bytes_.size());
    if (type == 7) error = static_cast<int>(u32());
    if (type != 107) return;
    error = -1;
    message = text();
    if (dialect == ninep::Dialect::Unix) error = static_cast<int>(u32());
  }
  std::uint8_t u8() { return static_cast<std::uint8_t>(number(1)); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(number(2)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
  std::uint64_t u64() { return number(8); }
  std::string text() { return raw(u16()); }
  std::string raw(std::size_t count) {
    BOOST_REQUIRE(count <= bytes_.size() - at_);
    at_ += count;
    return bytes_.substr(at_ - count, count);
  }
  ninep::Qid qid() {
    ninep::Qid out;
    out.type = u8();
    out.version = u32();
    out.path = u64();
    return out;
  }
  std::size_t left() const { return bytes_.size() - at_; }
  bool ok() const { return came && error == 0; }

  bool came = false;
  std::uint8_t type = 0;
  std::uint16_t tag = 0;
  int error = 0;
  std::string message;

 private:
  std::uint64_t number(unsigned count) {
    const std::string part = raw(count);
    std::uint64_t value = 0;
    for (unsigned i = count; i-- > 0;) value = value << 8 | static_cast<std::uint8_t>(part[i]);
    return value;
  }
  std::string bytes_;
  std::size_t at_ = 0;
};

/// Rgetattr, or a stat of 9P2000.u.
struct FileInfo {
  ninep::Qid qid;
  std::uint32_t mode = 0, uid = 0, gid = 0;
  std::uint64_t links = 0, device = 0, size = 0, modified = 0;
  std::string name, extension;
};

struct TreeHolder : Model {
  TreeHolder(const sc_core::sc_module_name& name, const ModelContext& context)
      : Model(name, context) {}
  ChildSlot<ninep::Tree> tree{this, "tree", required, "what is served"};
};

inline void register_trees(Registry& registry) {
  ninep::register_types(registry);
  registry.add<Model, TreeHolder>("tree-holder", "holds a tree under test");
}

/// Talks to a server. Answers of the helpers are errno numbers, 0 if all went well.
class Client {
 public:
  static constexpr std::uint32_t kRoot = 0;

  explicit Client(ninep::Server& server) : server_(server) {}

  Reply send(const std::string& message, std::size_t room = 1 << 20) {
    buffer_.assign(room, 0xee);
    const std::size_t bytes = server_.answer(reinterpret_cast<const std::uint8_t*>(message.data()),
                                             message.size(), buffer_.data(), room);
    BOOST_REQUIRE(bytes <= room);
    return {std::string(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(bytes)),
            server_.dialect()};
  }
  Reply send(const Request& request, std::size_t room = 1 << 20) {
    return send(request.str(), room);
  }

  /// Tversion and Tattach of kRoot.
  void start(const std::string& version = "9P2000.L", std::uint32_t msize = 65536,
             std::uint32_t uid = 0) {
    Reply reply = send(Request(Message::Version, 0xffff).u32(msize).text(version));
    BOOST_TEST_REQUIRE(reply.ok());
    reply.u32();
    BOOST_TEST_REQUIRE(reply.text() == version);
    BOOST_TEST_REQUIRE(attach(kRoot, uid) == 0);
  }
  int attach(std::uint32_t fid, std::uint32_t uid = 0) {
    Request request(Message::Attach);
    request.u32(fid).u32(~0u).text("user").text("");
    if (server_.dialect() != ninep::Dialect::Plain) request.u32(uid);
    return send(request).error;
  }
  /// All names, or an error.
  int walk(std::uint32_t from, std::uint32_t to, const std::vector<std::string>& names) {
    Request request(Message::Walk);
    request.u32(from).u32(to).u16(static_cast<unsigned>(names.size()));
    for (const std::string& name : names) request.text(name);
    Reply reply = send(request);
    if (reply.error != 0) return reply.error;
    const unsigned walked = reply.u16();
    for (unsigned i = 0; i < walked; ++i) last = reply.qid();
    BOOST_TEST(reply.left() == 0u);
    return walked == names.size() ? 0 : ENOENT;
  }
  int clunk(std::uint32_t fid) { return send(Request(Message::Clunk).u32(fid)).error; }
  int open(std::uint32_t fid, std::uint32_t flags) {
    return send(Request(Message::LinuxOpen).u32(fid).u32(flags)).error;
  }
  int create(std::uint32_t fid, const std::string& name, std::uint32_t flags = 2,
             std::uint32_t mode = 0644, std::uint32_t gid = 0) {
    return send(Request(Message::LinuxCreate).u32(fid).text(name).u32(flags).u32(mode).u32(gid))
        .error;
  }
  int mkdir(std::uint32_t fid, const std::string& name, std::uint32_t mode = 0755) {
    return send(Request(Message::MakeDirectory).u32(fid).text(name).u32(mode).u32(0)).error;
  }
  int symlink(std::uint32_t fid, const std::string& name, const std::string& target) {
    return send(Request(Message::Symlink).u32(fid).text(name).text(target).u32(0)).error;
  }
  int mknod(std::uint32_t fid, const std::string& name, std::uint32_t mode, std::uint32_t major = 0,
            std::uint32_t minor = 0) {
    return send(Request(Message::MakeNode)
                    .u32(fid)
                    .text(name)
                    .u32(mode)
                    .u32(major)
                    .u32(minor)
                    .u32(0))
        .error;
  }
  int link(std::uint32_t directory, std::uint32_t fid, const std::string& name) {
    return send(Request(Message::Link).u32(directory).u32(fid).text(name)).error;
  }
  int rename(std::uint32_t from, const std::string& name, std::uint32_t to,
             const std::string& new_name) {
    return send(Request(Message::RenameAt).u32(from).text(name).u32(to).text(new_name)).error;
  }
  int move(std::uint32_t fid, std::uint32_t to, const std::string& name) {
    return send(Request(Message::Rename).u32(fid).u32(to).text(name)).error;
  }
  int unlink(std::uint32_t fid, const std::string& name, std::uint32_t flags = 0) {
    return send(Request(Message::UnlinkAt).u32(fid).text(name).u32(flags)).error;
  }
  int remove(std::uint32_t fid) { return send(Request(Message::Remove).u32(fid)).error; }
  int read(std::uint32_t fid, std::uint64_t offset, std::uint32_t count, std::string& data) {
    Reply reply = send(Request(Message::Read).u32(fid).u64(offset).u32(count));
    if (reply.error == 0) data = reply.raw(reply.u32());
    return reply.error;
  }
  int write(std::uint32_t fid, std::uint64_t offset, const std::string& data,
            std::uint32_t* written = nullptr) {
    Reply reply = send(Request(Message::Write)
                           .u32(fid)
                           .u64(offset)
                           .u32(static_cast<std::uint32_t>(data.size()))
                           .raw(data));
    if (reply.error != 0) return reply.error;
    const std::uint32_t count = reply.u32();
    if (written) *written = count;
    return 0;
  }
  int getattr(std::uint32_t fid, FileInfo& out) {
    Reply reply = send(Request(Message::GetAttributes).u32(fid).u64(0x3fff));
    if (reply.error != 0) return reply.error;
    BOOST_TEST((reply.u64() & 0x7ff) == 0x7ffu);
    out.qid = reply.qid();
    out.mode = reply.u32();
    out.uid = reply.u32();
    out.gid = reply.u32();
    out.links = reply.u64();
    out.device = reply.u64();
    out.size = reply.u64();
    reply.raw(8 + 8 + 16);
    out.modified = reply.u64();
    reply.raw(8 + 16 + 16 + 16);
    BOOST_TEST(reply.left() == 0u);
    return 0;
  }
  FileInfo info(std::uint32_t fid) {
    FileInfo out;
    BOOST_TEST(getattr(fid, out) == 0);
    return out;
  }
  /// `valid` as in Tsetattr.
  int setattr(std::uint32_t fid, std::uint32_t valid, std::uint32_t mode = 0, std::uint32_t uid = 0,
              std::uint32_t gid = 0, std::uint64_t size = 0, std::uint64_t modified = 0) {
    return send(Request(Message::SetAttributes)
                    .u32(fid)
                    .u32(valid)
                    .u32(mode)
                    .u32(uid)
                    .u32(gid)
                    .u64(size)
                    .u64(0)
                    .u64(0)
                    .u64(modified)
                    .u64(0))
        .error;
  }
  int readlink(std::uint32_t fid, std::string& target) {
    Reply reply = send(Request(Message::ReadLink).u32(fid));
    if (reply.error == 0) target = reply.text();
    return reply.error;
  }
  struct Name {
    std::string name;
    ninep::Qid qid;
    std::uint64_t cookie;
    std::uint8_t type;
  };
  /// One Treaddir.
  int readdir(std::uint32_t fid, std::uint64_t cookie, std::uint32_t count,
              std::vector<Name>& names) {
    Reply reply = send(Request(Message::ReadDirectory).u32(fid).u64(cookie).u32(count));
    if (reply.error != 0) return reply.error;
    const std::uint32_t bytes = reply.u32();
    BOOST_TEST(bytes == reply.left());
    while (reply.left() != 0) {
      Name name;
      name.qid = reply.qid();
      name.cookie = reply.u64();
      name.type = reply.u8();
      name.name = reply.text();
      names.push_back(name);
    }
    return 0;
  }
  /// Everything in an open directory but "." and "..", sorted.
  std::vector<std::string> names(std::uint32_t fid, std::uint32_t count = 4096) {
    std::vector<Name> all;
    std::uint64_t cookie = 0;
    for (;;) {
      const std::size_t before = all.size();
      BOOST_TEST(readdir(fid, cookie, count, all) == 0);
      if (all.size() == before) break;
      cookie = all.back().cookie;
    }
    std::vector<std::string> out;
    for (const Name& name : all)
      if (name.name != "." && name.name != "..") out.push_back(name.name);
    std::sort(out.begin(), out.end());
    return out;
  }
  int xattrwalk(std::uint32_t fid, std::uint32_t to, const std::string& name,
                std::uint64_t* bytes = nullptr) {
    Reply reply = send(Request(Message::XattrWalk).u32(fid).u32(to).text(name));
    if (reply.error != 0) return reply.error;
    const std::uint64_t size = reply.u64();
    if (bytes) *bytes = size;
    return 0;
  }
  int xattrcreate(std::uint32_t fid, const std::string& name, std::uint64_t bytes,
                  std::uint32_t flags = 0) {
    return send(Request(Message::XattrCreate).u32(fid).text(name).u64(bytes).u32(flags)).error;
  }
  /// The whole exchange, with fids 900 and up.
  int getxattr(std::uint32_t fid, const std::string& name, std::string& value) {
    std::uint64_t bytes = 0;
    if (const int error = xattrwalk(fid, 900, name, &bytes)) return error;
    BOOST_TEST(read(900, 0, 65536, value) == 0);
    BOOST_TEST(value.size() == bytes);
    return clunk(900);
  }
  int setxattr(std::uint32_t fid, const std::string& name, const std::string& value,
               std::uint32_t flags = 0) {
    BOOST_TEST(walk(fid, 901, {}) == 0);
    if (const int error = xattrcreate(901, name, value.size(), flags)) {
      clunk(901);
      return error;
    }
    if (!value.empty()) BOOST_TEST(write(901, 0, value) == 0);
    return clunk(901);
  }
  int lock(std::uint32_t fid, std::uint8_t type, std::uint64_t start, std::uint64_t length,
           std::uint32_t process, std::uint8_t& status, const std::string& client = "guest") {
    Reply reply = send(Request(Message::Lock)
                           .u32(fid)
                           .u8(type)
                           .u32(0)
                           .u64(start)
                           .u64(length)
                           .u32(process)
                           .text(client));
    if (reply.error == 0) status = reply.u8();
    return reply.error;
  }

  ninep::Qid last;  ///< of the latest walk

 private:
  ninep::Server& server_;
  std::vector<std::uint8_t> buffer_;
};

/// A folder of its own, served; or another tree, with the folder beside it.
struct ServerBench {
  explicit ServerBench(const std::string& params = "", const ninep::Limits& limits = {},
                       const std::string& type = "folder")
      : sim("children:\n  h: {type: tree-holder, tree: {type: " + type +
                (type == "folder" ? ", path: " + folder.path : "") +
                (params.empty() ? "" : ", " + params) + "}}\n",
            register_trees),
        tree(*sim.model<TreeHolder>("h").tree),
        server(tree, limits),
        client(server) {}

  TempFolder folder;
  Sim sim;
  ninep::Tree& tree;
  ninep::Server server;
  Client client;
};

inline std::string times(std::size_t count, char c) {
  return std::string(count, c);
}

}  // namespace ringside::test
