// SPDX-License-Identifier: Apache-2.0
// Where random bytes come from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "kit/host.h"
#include "kit/model.h"

namespace ringside::backend {

class EntropySource : public Model {
 public:
  static constexpr const char* kind = "entropy";
  static constexpr const char* kind_doc = "gives random bytes to an entropy device";
  using Model::Model;

  /// Writes up to `bytes` bytes and says how many; 0 if none are there yet, in which case
  /// on_ready's function is called when some are.
  virtual std::size_t take(std::uint8_t* to, std::size_t bytes) = 0;
  void on_ready(std::function<void()> function) { ready_ = std::move(function); }

 protected:
  void ready() {
    if (ready_) ready_();
  }

 private:
  std::function<void()> ready_;
};

/// xoshiro256** started from the machine's seed and the model's path: the same bytes in every run.
/// A reset of the machine does not start it again: a guest that reboots must not draw the keys of
/// its former life.
class SeededEntropy final : public EntropySource {
 public:
  SeededEntropy(const sc_core::sc_module_name& name, const ModelContext& context);
  std::size_t take(std::uint8_t* to, std::size_t bytes) override;

  Param<std::uint64_t> seed{
      this, "seed", 0, "start value; 0 derives one from the machine's seed and this model's path"};

 private:
  std::uint64_t next();
  std::uint64_t state_[4] = {};
};

/// The host's random number generator, through the host boundary like all that comes from outside,
/// so that a recorded run plays back the same bytes.
class HostEntropy final : public EntropySource {
 public:
  HostEntropy(const sc_core::sc_module_name& name, const ModelContext& context);
  std::size_t take(std::uint8_t* to, std::size_t bytes) override;

 private:
  static constexpr std::size_t kRefill = 4096;
  void refill();

  HostInput input_{this, "bytes"};
  HostInput::Bytes pool_;
  bool asked_ = false;
};

}  // namespace ringside::backend
