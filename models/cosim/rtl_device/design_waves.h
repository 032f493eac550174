// SPDX-License-Identifier: Apache-2.0
// The signals of a verilated design as waves, in FST, for classes that Verilator has made with
// --trace-fst. No SystemC.
#pragma once

#include <verilated_fst_c.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "cosim/rtl_device/design.h"

namespace ringside::cosim {

/// A core of clock_cycle(), the first one: it sees the design as the edges of the clock have left
/// it. This one is of classes that cannot write waves.
template <class Verilated, class = void>
class DesignWaves {
 public:
  explicit DesignWaves(Verilated&) {}
  /// Empty, or why there will be no waves.
  std::string begin(const WaveFile&) { return "the design was verilated without --trace-fst"; }
  void end() {}
  /// When the next rising edge is.
  void set_time(std::uint64_t) {}
  void sample() {}
  void drive() {}
};

template <class Verilated>
class DesignWaves<Verilated, std::void_t<decltype(std::declval<Verilated&>().trace(
                                 std::declval<VerilatedFstC*>(), 99, 0))>> {
 public:
  explicit DesignWaves(Verilated& model) : model_(model) {}
  ~DesignWaves() { end(); }

  std::string begin(const WaveFile& file) {
    // The library does not say whether it can make a file.
    if (!std::ofstream(file.path, std::ios::binary)) return "the file cannot be made";
    file_ = file;
    model_.contextp()->traceEverOn(true);
    writer_ = std::make_unique<VerilatedFstC>();
    model_.trace(writer_.get(), 99);
    writer_->open(file.path.c_str());
    return writer_->isOpen() ? "" : "the file cannot be made";
  }
  void end() {
    if (writer_) writer_->close();
    writing_ = false;
  }
  /// Goes back at most to what has been drawn: a register access may turn the clock while simulated
  /// time comes to where the design is.
  void set_time(std::uint64_t picoseconds) {
    rise_ = std::max(picoseconds, next_);
    writing_ = writer_ && writer_->isOpen();
  }

  void sample() {
    if (writing_) draw_fall();
  }
  void drive() {
    if (writing_) draw_rise();
  }

 private:
  void draw_rise() {
    draw(rise_);
    fall_ = rise_ + file_.period / 2;
    next_ = rise_ += file_.period;
  }
  void draw_fall() {
    if (fall_ != 0) draw(std::exchange(fall_, 0));
  }
  void draw(std::uint64_t at) {
    if (at < file_.from) return;
    if (at > file_.to) return end();
    writer_->dump(at);
  }

  Verilated& model_;
  WaveFile file_;
  std::unique_ptr<VerilatedFstC> writer_;
  bool writing_ = false;
  std::uint64_t rise_ = 0;
  std::uint64_t fall_ = 0;  // of the latest clock, if it has not been drawn
  std::uint64_t next_ = 0;  // after the latest clock
};

}  // namespace ringside::cosim
