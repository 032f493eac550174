// SPDX-License-Identifier: Apache-2.0
// A 9P server for one client: takes a request, gives the reply. Knows no transport.
//
// Requests are answered one after the other, each at once, so a Tflush always comes after the reply
// that it wants to prevent, and answers only itself. Nothing is allocated per message once the
// tables are as large as the client needs them.
#pragma once

#include <cerrno>
#include <vector>

#include "ninep/codec.h"
#include "ninep/fid_table.h"
#include "ninep/lock_table.h"
#include "ninep/tree.h"

namespace ringside::ninep {

/// What a client can make us hold.
struct Limits {
  std::uint32_t message = 512 << 10;  ///< largest msize, at least kMinMessage
  std::size_t fids = 65536;
  std::size_t open = 4096;
  std::size_t locks = 4096;
};

class Server {
 public:
  Server(Tree& tree, const Limits& limits);
  ~Server() { reset(); }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Answers the message of `bytes` bytes (at least kHeaderBytes; at most the size that it says)
  /// and gives the length of the reply, at most `room`; 0 if there is no room even for an error.
  std::size_t answer(const std::uint8_t* request, std::size_t bytes, std::uint8_t* reply,
                     std::size_t room);
  /// Ends the session: all fids and locks are gone, and Tversion is expected.
  void reset();

  /// Largest message of the session.
  std::uint32_t message_bytes() const { return message_; }
  Dialect dialect() const { return dialect_; }
  std::size_t fids() const { return fids_.size(); }
  std::size_t open_files() const { return open_; }
  std::size_t locks() const { return locks_.size(); }
  /// errno of the latest reply, 0 if it was none.
  int last_error() const { return last_error_; }

 private:
  static constexpr std::size_t kMaxXattr = 64 << 10;  // as on Linux
  static constexpr std::size_t kXattrBuffers = 32;    // at a time
  struct XattrBuffer {
    bool used = false;
    std::vector<std::uint8_t> data;  // its size is what was announced
    std::size_t filled = 0;          // written so far
    char name[kMaxName + 1] = {};
    std::size_t name_bytes = 0;
    int flags = 0;
  };

  // server.cpp: the session, and what all dialects have
  int perform(Message type, Reader& in, Writer& out);
  int perform_plain(Message type, Reader& in, Writer& out);
  int perform_linux(Message type, Reader& in, Writer& out);
  void put_error(int error, Writer& out) const;
  int version(Reader& in, Writer& out);
  int attach(Reader& in, Writer& out);
  int walk(Reader& in, Writer& out);
  int walk_names(Tree::Node from, unsigned names, Reader& in, Writer& out, Tree::Node& found,
                 unsigned& walked);
  int read(Reader& in, Writer& out);
  int write(Reader& in, Writer& out);
  int clunk(Reader& in);
  int remove(Reader& in);

  // server_unix.cpp: 9P2000 and 9P2000.u
  int open(Reader& in, Writer& out);
  int create(Reader& in, Writer& out);
  int create_special(Fid& fid, std::uint32_t perm, std::string_view name,
                     std::string_view extension, Tree::Node& made);
  int read_stats(Fid& fid, std::uint64_t offset, std::uint32_t count, Writer& out);
  int stat(Reader& in, Writer& out);
  int write_stat(Reader& in);
  int put_stat(Tree::Node node, std::string_view name, Writer& out);

  // server_linux.cpp: 9P2000.L
  int linux_open(Reader& in, Writer& out);
  int linux_create(Reader& in, Writer& out);
  int make(Message type, Reader& in, Writer& out);
  int get_attributes(Reader& in, Writer& out);
  int set_attributes(Reader& in);
  int stat_fs(Reader& in, Writer& out);
  int read_link(Reader& in, Writer& out);
  int read_directory(Reader& in, Writer& out);
  int sync(Reader& in);
  int lock(Reader& in, Writer& out);
  int get_lock(Reader& in, Writer& out);
  int link(Reader& in);
  int rename(Reader& in);
  int rename_at(Reader& in);
  int unlink_at(Reader& in);
  int xattr_walk(Reader& in, Writer& out);
  int xattr_create(Reader& in);

  // fids
  Fid* find(std::uint32_t number) { return fids_.find(number); }
  /// A fid that names a file and is no xattr.
  Fid* find_file(std::uint32_t number);
  int may_open() const { return open_ < limits_.open ? 0 : EMFILE; }
  /// The fid holds an open file from now on.
  void opened(Fid& fid, std::uint32_t flags);
  int qid_of(Tree::Node node, Qid& qid);
  /// Gives up what a fid holds. Does not remove it from the table.
  void let_go(std::uint32_t number, Fid& fid);
  std::size_t take_buffer();
  int commit_xattr(const Fid& fid);
  std::uint32_t io_unit() const { return message_ - kIoHeaderBytes; }

  Tree& tree_;
  Limits limits_;
  Dialect dialect_ = Dialect::None;
  std::uint32_t message_;
  FidTable fids_;
  LockTable locks_;
  std::size_t open_ = 0;
  std::vector<XattrBuffer> buffers_{kXattrBuffers};
  int last_error_ = 0;
};

/// 0 if it can be the name of a file in a directory; ENOENT, EINVAL or ENAMETOOLONG.
int check_name(std::string_view name);
/// The same for a name that is to be made: "." and ".." exist already.
int check_new_name(std::string_view name);
int check_target(std::string_view target);

}  // namespace ringside::ninep
