// SPDX-License-Identifier: Apache-2.0
// What byte streams with a host descriptor have in common: messages from the reactor's thread into
// the simulation, and the two windows of flow control.
//
// How much a write() takes depends only on what the simulation has sent and on the Drained messages
// it has received, so that a recorded run can be repeated exactly.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "backend/char_backend.h"
#include "backend/reactor.h"
#include "kit/host.h"

namespace ringside::backend {

class HostChar : public CharBackend {
 public:
  HostChar(const sc_core::sc_module_name& name, const ModelContext& context);
  ~HostChar() override;

  std::size_t write(const std::uint8_t* data, std::size_t bytes) override;
  std::size_t room() const override;
  void finish() override;

 protected:
  /// First byte of a message from the host.
  enum class Event : std::uint8_t {
    Data,     ///< bytes
    Opened,   ///< generation of the connection, 4 bytes
    Closed,   ///< -
    Resized,  ///< columns and rows, 2 bytes each
    Drained,  ///< number of bytes sent, 4 bytes
    Break,    ///< -
    Ended,    ///< no more input will ever come
  };

  // -- in the simulation
  /// Opens what the parameters name. Called when the simulation starts; may throw
  /// std::runtime_error with the reason why it can't. Tasks for the reactor run from then on.
  virtual void start() = 0;
  /// Closes it: at the end of the run, in the reactor's thread.
  virtual void close_host() = 0;
  /// A host source is connected from the start: the run waits for it.
  void set_live(bool live) { host_.set_live(live); }
  Reactor& reactor() { return *reactor_; }

  // -- in the reactor's thread
  void post(Event event, std::vector<std::uint8_t> payload = {});
  void post_data(const std::uint8_t* data, std::size_t bytes);
  void post_size(unsigned columns, unsigned rows);
  /// Starts reading and writing a connected descriptor. `out` may be the same, or -1.
  void io_connect(int in, int out);
  /// Stops that; does not close. Unsent output is lost.
  void io_disconnect();
  bool io_connected() const { return io_.in >= 0 || io_.out >= 0; }
  /// Bytes have come in; the default posts them.
  virtual void io_received(const std::uint8_t* data, std::size_t bytes) { post_data(data, bytes); }
  /// The other end has gone, or a read failed.
  virtual void io_hung_up() = 0;
  /// True to go on reading when the guest takes nothing, and drop what comes (a terminal, whose
  /// escape keys must work).
  virtual bool io_reads_on() const { return false; }
  /// How many bytes of input the simulation still takes.
  std::size_t io_credit() const { return io_.credit; }

 private:
  void start_of_simulation() override;
  void handle(const HostInput::Bytes& message);
  void on_consumed(std::size_t bytes) override;
  void send_pending();
  void io_send(std::uint32_t generation, const std::vector<std::uint8_t>& bytes);
  void io_write();
  void io_read();
  void io_events(short events);
  void io_update();

  HostInput host_{this, "host"};
  std::shared_ptr<Reactor> reactor_;
  sc_core::sc_event send_;
  std::vector<std::uint8_t> unsent_;  // written in this delta cycle
  std::size_t outstanding_ = 0;       // taken by write() and not reported as drained
  std::size_t consumed_ = 0;          // read by the model and not granted back yet
  std::uint32_t generation_ = 0;      // of the connection that the simulation knows of
  bool refused_ = false;              // a write() was not taken completely

  struct {  // of the reactor's thread
    int in = -1;
    int out = -1;
    std::size_t credit = kBuffer;
    std::size_t drained = 0;
    std::uint32_t generation = 0;
    std::vector<std::uint8_t> output;
    std::size_t sent = 0;  // of output
  } io_;
};

}  // namespace ringside::backend
