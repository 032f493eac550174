// SPDX-License-Identifier: Apache-2.0
// Registers: declared once, with name, offset, width, access, reset value and documentation.
//
//   RegisterBank bank{this, "regs", "RTC registers"};
//   Register<std::uint32_t> alarm{&bank, "ALARM_LOW", 0x08, RegAccess::ReadWrite, 0, "alarm time,
//   low half"}; alarm.on_write([this](std::uint32_t value) { ... });   // in the constructor
//   port.on_transport(bank.transport());
//
// Accesses of any size are served little-endian: parts of a register are merged with what it holds,
// wide accesses touch several registers, holes read as zero and ignore writes. Large regular arrays
// (a PLIC's) are better served by a handler of their own.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "kit/port.h"

namespace ringside {

enum class RegAccess { ReadOnly, WriteOnly, ReadWrite };

class RegisterBank;

class RegisterBase {
 public:
  RegisterBase(RegisterBank* bank, const char* name, std::uint64_t offset, unsigned width,
               RegAccess access, const char* doc);
  virtual ~RegisterBase() = default;
  RegisterBase(const RegisterBase&) = delete;
  RegisterBase& operator=(const RegisterBase&) = delete;

  const char* name() const { return name_; }
  const char* doc() const { return doc_; }
  std::uint64_t offset() const { return offset_; }
  unsigned width() const { return width_; }  ///< bytes
  RegAccess access() const { return access_; }

  virtual std::uint64_t reset_value() const = 0;
  /// The stored value, without side effects.
  virtual std::uint64_t peek() const = 0;
  /// As the guest reads and writes; access rights are the bank's business.
  virtual std::uint64_t read() = 0;
  virtual void write(std::uint64_t value) = 0;
  virtual void reset() = 0;

 private:
  const char* name_;
  const char* doc_;
  std::uint64_t offset_;
  unsigned width_;
  RegAccess access_;
};

class RegisterBank {
 public:
  RegisterBank(Model* owner, const char* name, const char* doc);
  RegisterBank(const RegisterBank&) = delete;
  RegisterBank& operator=(const RegisterBank&) = delete;

  const char* name() const { return name_; }
  const char* doc() const { return doc_; }
  /// By offset.
  const std::vector<RegisterBase*>& registers() const { return registers_; }
  void add(RegisterBase* reg);
  void reset();

  /// `bytes` is 1 to 8.
  std::uint64_t read(std::uint64_t offset, unsigned bytes);
  void write(std::uint64_t offset, unsigned bytes, std::uint64_t value);
  /// A handler for MmioPort. Accesses over 8 bytes are refused with a burst error.
  MmioPort::Transport transport();

 private:
  const char* name_;
  const char* doc_;
  std::vector<RegisterBase*> registers_;
};

template <typename T>
class Register final : public RegisterBase {
 public:
  using OnRead = std::function<T()>;
  using OnWrite = std::function<void(T)>;

  Register(RegisterBank* bank, const char* name, std::uint64_t offset, RegAccess access, T reset,
           const char* doc)
      : RegisterBase(bank, name, offset, sizeof(T), access, doc), reset_(reset), value_(reset) {}

  /// Computes what the guest reads; without it, the stored value.
  void on_read(OnRead handler) { on_read_ = std::move(handler); }
  /// Takes what the guest writes; without it, the value is stored. The handler stores by itself if
  /// it wants to.
  void on_write(OnWrite handler) { on_write_ = std::move(handler); }

  T value() const { return value_; }
  void set(T value) { value_ = value; }
  operator T() const { return value_; }  // NOLINT: a register reads like its value

  std::uint64_t reset_value() const override { return reset_; }
  std::uint64_t peek() const override { return value_; }
  std::uint64_t read() override { return on_read_ ? on_read_() : value_; }
  void write(std::uint64_t value) override {
    if (on_write_)
      on_write_(static_cast<T>(value));
    else
      value_ = static_cast<T>(value);
  }
  void reset() override { value_ = reset_; }

 private:
  T reset_;
  T value_;
  OnRead on_read_;
  OnWrite on_write_;
};

}  // namespace ringside
