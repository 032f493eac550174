// SPDX-License-Identifier: Apache-2.0
// Transactions as waves, in FST: GTKWave opens them beside those of an RTL simulation. Written by
// the library that Verilator comes with. Free of SystemC.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "cosim/check/transaction.h"

namespace ringside::cosim {

/// Signals below `top`: for each queue, and for registers, what the latest access was (`what`,
/// text), its request, address, length, the first 8 bytes of its data as a number, and `count`,
/// which steps with each; for queues also `interrupts`. Time is in picoseconds; transactions of the
/// same moment are drawn one picosecond apart.
class Waves final : public Listener {
 public:
  static constexpr unsigned kMaxQueues = 1024;

  /// Throws std::runtime_error if the file cannot be made.
  Waves(const std::string& path, unsigned queues, const std::string& top = "virtio");
  ~Waves() override;
  Waves(const Waves&) = delete;
  Waves& operator=(const Waves&) = delete;
  void see(const Transaction& transaction) override;

 private:
  struct Signals {
    std::uint32_t what = 0, request = 0, address = 0, length = 0, data = 0, count = 0,
                  interrupts = 0;
    std::uint64_t counted = 0, interrupted = 0;
  };
  Signals make(const std::string& scope, bool interrupts);

  void* file_;
  std::vector<Signals> queues_;
  Signals registers_;
  std::uint64_t time_ = 0;
  bool begun_ = false;
};

/// Keeps the latest transactions, and writes those around the moment that matters (the first
/// finding of a checker) as waves: long runs leave a small file, and none if all is well.
class WaveWindow final : public Listener {
 public:
  static constexpr std::uint32_t kKeptData = 16;  ///< bytes of each

  /// `before` and `after` are numbers of transactions.
  WaveWindow(std::string path, unsigned queues, std::size_t before = 1000, std::size_t after = 200)
      : path_(std::move(path)), queues_(queues), before_(before), after_(after) {}
  ~WaveWindow() override { close(); }
  void see(const Transaction& transaction) override;
  /// Now is the moment; only the first call counts.
  void mark();
  /// Ends the window, if it has been marked.
  void close() { waves_.reset(); }
  bool marked() const { return marked_; }

 private:
  struct Kept {
    Transaction transaction;
    std::uint8_t data[kKeptData];
    std::uint8_t strobes[kKeptData];
  };

  std::string path_;
  unsigned queues_;
  std::size_t before_, after_;
  std::deque<Kept> kept_;
  std::unique_ptr<Waves> waves_;
  bool marked_ = false;
};

}  // namespace ringside::cosim
