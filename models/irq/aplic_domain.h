// SPDX-License-Identifier: Apache-2.0
// One interrupt domain of an APLIC (RISC-V Advanced Interrupt Architecture 1.0, chapter 4), apart
// from bus and harts. No SystemC in this file.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace ringside {

/// How a domain hands interrupts on; fixed when the machine is built (domaincfg.DM is read-only).
enum class AplicDelivery { Msi, Direct };

/// Sources 1 to `sources`, little-endian only. A root domain has a machine level and may have one
/// child, to which sources are delegated.
class AplicDomain {
 public:
  /// Where a domain's interrupts go.
  struct Output {
    std::function<void(std::uint64_t address, std::uint32_t data)> message;
    std::function<void(unsigned hart, bool high)> wire;
  };
  struct Setup {
    unsigned sources = 0;
    AplicDelivery delivery = AplicDelivery::Msi;
  };
  static constexpr unsigned kMaxSources = 1023;
  static constexpr std::uint64_t kBytes = 0x8000;

  /// `parent` is nullptr for the root domain.
  AplicDomain(const Setup& setup, AplicDomain* parent, Output output);
  AplicDomain(const AplicDomain&) = delete;
  AplicDomain& operator=(const AplicDomain&) = delete;

  /// How many interrupt delivery control structures there are (direct mode).
  void set_harts(unsigned harts);
  static constexpr unsigned kMaxHarts = 512;  // what the window has room for

  void reset();
  /// The level of a source's wire, before the domain looks at the source mode. The root passes it
  /// on.
  void set_wire(unsigned source, bool high);

  /// A 32-bit register; `offset` is a multiple of 4 below kBytes. What does not exist reads as 0.
  std::uint32_t read(std::uint64_t offset);
  void write(std::uint64_t offset, std::uint32_t value);

 private:
  struct Source {
    std::uint32_t config = 0;
    std::uint32_t target = 0;
    bool wire = false;
    bool pending = false;
    bool enabled = false;
  };
  /// Interrupt delivery control of one hart (4.8.1).
  struct Idc {
    bool delivery = false;
    bool force = false;
    std::uint32_t threshold = 0;
    bool out = false;
  };

  bool msi() const { return setup_.delivery == AplicDelivery::Msi; }
  bool exists(unsigned source) const { return source != 0 && source <= setup_.sources; }
  bool active(const Source& source) const;
  bool level_mode(const Source& source) const;
  bool rectified(const Source& source) const;
  bool delegated_here(unsigned source) const;

  std::uint32_t read_bits(unsigned word, bool Source::*bit) const;
  std::uint32_t read_inputs(unsigned word) const;
  template <typename F>
  void for_bits(unsigned word, std::uint32_t bits, F&& call);
  std::uint32_t read_idc(std::uint64_t offset);
  void write_idc(std::uint64_t offset, std::uint32_t value);
  bool write_message_address(std::uint64_t offset, std::uint32_t value);

  void write_domain_config(std::uint32_t value);
  void write_source_config(unsigned number, std::uint32_t value);
  void write_target(unsigned number, std::uint32_t value);
  void make_inactive(Source& source);
  /// By software (setip, clrip and their relatives).
  void request(unsigned number);
  void withdraw(unsigned number);
  void enable(unsigned number, bool on);

  /// Something about a source has changed: send what has to be sent.
  void update(unsigned number);
  void update_all();
  void send(std::uint32_t target);
  std::uint64_t message_address(unsigned hart, unsigned guest) const;
  std::uint32_t top(unsigned hart) const;
  std::uint32_t claim(unsigned hart);
  void update_hart(unsigned hart);

  Setup setup_;
  AplicDomain* parent_;
  AplicDomain* child_ = nullptr;
  Output output_;
  bool interrupts_on_ = false;  // domaincfg.IE
  std::vector<Source> sources_;
  std::vector<Idc> idcs_;
  std::uint32_t genmsi_ = 0;
  std::uint32_t message_m_[2] = {};  // mmsiaddrcfg, mmsiaddrcfgh
  std::uint32_t message_s_[2] = {};  // smsiaddrcfg, smsiaddrcfgh
};

}  // namespace ringside
