// SPDX-License-Identifier: Apache-2.0
// What a client's numbers stand for.
#pragma once

#include <vector>

#include "ninep/tree.h"

namespace ringside::ninep {

struct Fid {
  enum class State : std::uint8_t {
    Plain,      ///< names a file
    Open,       ///< can be read or written
    ReadXattr,  ///< from Txattrwalk: `buffer` is the value, or the list of names
    WriteXattr  ///< from Txattrcreate: Tclunk sets what has been written
  };
  Tree::Node node = 0;
  std::uint32_t uid = kNoId;  ///< whose Tattach it comes from
  State state = State::Plain;
  bool directory = false;
  bool can_read = false;
  bool can_write = false;
  bool remove_on_close = false;
  std::uint16_t buffer = 0;    ///< of the server's xattr buffers
  std::uint64_t position = 0;  ///< 9P2000.u: bytes of the directory read so far
  std::uint64_t cookie = 0;    ///< and the entry to go on behind
};

/// Fids by number: open addressing, so that a warm table does not allocate. Grows with what is in
/// it, up to a bound.
class FidTable {
 public:
  explicit FidTable(std::size_t most) : most_(most), slots_(kFirst) {}

  std::size_t size() const { return size_; }
  bool full() const { return size_ >= most_; }
  /// Good until the next add() or remove().
  Fid* find(std::uint32_t number);
  /// The number must not be in use, and the table not full.
  Fid& add(std::uint32_t number);
  void remove(std::uint32_t number);
  template <typename F>
  void for_each(F&& f) {
    for (Slot& slot : slots_)
      if (slot.used) f(slot.number, slot.fid);
  }
  void clear();

 private:
  static constexpr std::size_t kFirst = 64;
  struct Slot {
    bool used = false;
    std::uint32_t number = 0;
    Fid fid;
  };
  std::size_t home(std::uint32_t number) const;
  std::size_t next(std::size_t at) const { return (at + 1) & (slots_.size() - 1); }
  std::size_t position(std::uint32_t number) const;
  void grow();

  std::size_t most_;
  std::size_t size_ = 0;
  std::vector<Slot> slots_;
};

}  // namespace ringside::ninep
