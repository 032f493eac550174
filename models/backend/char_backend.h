// SPDX-License-Identifier: Apache-2.0
// The host side of a byte stream: a terminal, a socket, a file. A UART or a console port holds one
// as a child (`backend: stdio`).
//
// Both directions have flow control. Input waits in a bounded buffer until the model reads it; when
// the buffer is full the host side stops sending. Output is accepted up to what the host side has
// room for. All callbacks run in the simulation, from an SC_METHOD: they must not wait.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>

#include "kit/model.h"

namespace ringside::backend {

class CharBackend : public Model {
 public:
  static constexpr const char* kind = "char";
  static constexpr const char* kind_doc = "the host side of a byte stream";

  CharBackend(const sc_core::sc_module_name& name, const ModelContext& context)
      : Model(name, context) {}

  // -- output
  /// Sends bytes to the host; gives how many were taken, less than `bytes` when there is no room.
  /// on_writable() tells when to go on. While nobody is connected all bytes are taken and lost, as
  /// on a cable that is not plugged in.
  virtual std::size_t write(const std::uint8_t* data, std::size_t bytes) = 0;
  std::size_t write(std::uint8_t byte) { return write(&byte, 1); }
  /// How many bytes write() would take now.
  virtual std::size_t room() const { return kBuffer; }

  // -- input
  /// Takes up to `bytes` bytes that have come in; gives how many.
  std::size_t read(std::uint8_t* to, std::size_t bytes);
  /// How many bytes wait.
  std::size_t pending() const { return input_.size(); }

  // -- state
  /// True while somebody is at the other end (always for terminals and files).
  bool is_open() const { return open_; }
  /// Size of the terminal in characters; 0 if not known.
  unsigned columns() const { return columns_; }
  unsigned rows() const { return rows_; }

  // -- callbacks of the model; one listener each
  /// Input has come in; read() takes it. Called again for further input even if none was taken.
  void on_input(std::function<void()> call) { input_call_ = std::move(call); }
  /// There is room again after a write() that was not taken completely.
  void on_writable(std::function<void()> call) { writable_call_ = std::move(call); }
  /// Somebody has connected (true) or gone (false).
  void on_open_change(std::function<void(bool)> call) { open_call_ = std::move(call); }
  /// The terminal has another size.
  void on_resize(std::function<void(unsigned columns, unsigned rows)> call) {
    resize_call_ = std::move(call);
  }
  /// A break condition, as a serial line knows it.
  void on_break(std::function<void()> call) { break_call_ = std::move(call); }

  Counter bytes_in{this, "bytes_in", "B", "bytes that came from the host"};
  Counter bytes_out{this, "bytes_out", "B", "bytes sent to the host"};
  Counter bytes_lost{this, "bytes_lost", "B",
                     "bytes dropped: output with nobody connected, typing faster than the guest"};

  /// Bytes that wait in one direction at most.
  static constexpr std::size_t kBuffer = 64 << 10;

 protected:
  // For the host side, in the simulation.
  void put_input(const std::uint8_t* data, std::size_t bytes);
  void set_open(bool open);
  void set_size(unsigned columns, unsigned rows);
  void became_writable();
  void got_break();
  /// The model has read so many bytes: the host side may send as many more.
  virtual void on_consumed(std::size_t) {}

 private:
  std::deque<std::uint8_t> input_;
  bool open_ = false;
  unsigned columns_ = 0;
  unsigned rows_ = 0;
  std::function<void()> input_call_;
  std::function<void()> writable_call_;
  std::function<void(bool)> open_call_;
  std::function<void(unsigned, unsigned)> resize_call_;
  std::function<void()> break_call_;
};

}  // namespace ringside::backend
