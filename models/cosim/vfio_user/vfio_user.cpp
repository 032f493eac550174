// SPDX-License-Identifier: Apache-2.0
#include "cosim/vfio_user/vfio_user.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "kit/platform.h"

namespace ringside::vfio {

namespace {

using peer::Peer;

constexpr const char* kLog = "/ringside/vfio-user";
/// Of one client; what it does wrong after that is counted only.
constexpr unsigned kMaxWarnings = 20;
/// The only eventfd that a client signals: the one that unmasks the pin.
constexpr unsigned kUnmaskSignal = 0;

std::size_t message_bytes(const std::uint8_t* bytes) {
  Header header;
  std::memcpy(&header, bytes, sizeof header);
  if (header.bytes < sizeof header || header.bytes > kMaxMessage)
    throw Refused(fmt::format("a message {} of {} bytes; expected {} to {}", header.command,
                              header.bytes, sizeof header, kMaxMessage));
  if ((header.flags & kTypeMask) > kReply)
    throw Refused(fmt::format("a message of type {}; expected a command (0) or a reply (1)",
                              header.flags & kTypeMask));
  return header.bytes;
}

Peer::Shape shape() {
  return {sizeof(Header), kMaxDescriptors, 4 * kMaxMessage, message_bytes};
}

std::array<unsigned, kIrqs> irqs_of(const pci::PciFunction* function) {
  if (!function) return {};
  const unsigned messages = function->msi().present() ? function->msi().asked() : 0;
  return {function->interrupt_pin() != 0 ? 1u : 0u, messages, function->msix().vectors(), 0, 0};
}

}  // namespace

VfioUser::VfioUser(const sc_core::sc_module_name& name, const ModelContext& context)
    : Model(name, context),
      dma_messages_(
          [this](const void* bytes, std::size_t count) { return client_->send(bytes, count); },
          [this] { check_patience(); }),
      interrupts_(irqs_of(function.get())) {
  input_.on_message([this](const HostInput::Bytes& message) { take(message); });
  SC_HAS_PROCESS(VfioUser);
  SC_THREAD(serve);
  if (!function) return;  // missing or broken: reported already
  if (function->is_bridge())
    diagnostics().error(function->node().where(),
                        fmt::format("'function' of {} is {}, a bridge; expected a function of type "
                                    "0: there is one socket for each",
                                    label(), function->type()));
  bus_.attach({function.get()}, true);
  client_.emplace(input_, shape(), 1);
  interrupts_.on_vector = [this](unsigned vector) { program_vector(vector); };
  interrupts_.on_unmask_fd = [this](OwnedFd fd) {
    client_->watch_signal(kUnmaskSignal, std::move(fd));
  };
}

// ---- life -------------------------------------------------------------------------------------

void VfioUser::start_of_simulation() {
  if (!client_) return;
  if (platform().host().replaying()) {
    platform().request_stop(
        1, fmt::format("{}: a recording does not hold the memory of the client's guest, so it "
                       "cannot be replayed",
                       label()));
    return;
  }
  try {
    client_->open(backend::Connection::Role::Listen,
                  backend::SocketAddress::unix_path(socket->path), 0);
  } catch (const std::runtime_error& e) {
    platform().request_stop(1, fmt::format("{}: {}", label(), e.what()));
    return;
  }
  input_.set_live(true);
  fmt::print(stderr, "{}: waits for a vfio-user client at {}\n", label(), socket->path);
  std::fflush(stderr);
}

void VfioUser::finish() {
  if (client_) client_->close();
}

/// The client's driver cannot know that the machine has been reset, so it has to begin anew.
void VfioUser::reset() {
  if (connected_) client_->hang_up("the machine has been reset");
}

void VfioUser::refresh_statistics() {
  interrupts.set(interrupts_.signals());
  dma_messages.set(dma_messages_.sent());
}

// ---- from the host ----------------------------------------------------------------------------

void VfioUser::take(const HostInput::Bytes& message) {
  if (message.empty() || platform().host().replaying()) return;
  switch (static_cast<Peer::Event>(message[0])) {
    case Peer::Event::Connected:
      ++clients;
      connected_ = true;
      return;
    case Peer::Event::Message:
      return take_message(message);
    case Peer::Event::Signal:
      if (client_->take_signals(kUnmaskSignal) != 0) interrupts_.unmask_pin();
      return;
    case Peer::Event::Alarm:
      alarm_set_ = false;
      return check_patience();
    case Peer::Event::Gone:
      gone_ = std::string(message.begin() + 1, message.end());
      // Who waits for it need not any more, whatever serve() is at.
      dma_messages_.end();
      return progress_.notify(sc_core::SC_ZERO_TIME);
  }
}

/// Commands wait for their turn. Replies do not: devices wait for them.
void VfioUser::take_message(const HostInput::Bytes& message) {
  Header header;
  std::memcpy(&header, message.data() + 1, sizeof header);
  if ((header.flags & kTypeMask) != kReply) {
    command_.assign(message.begin() + 1, message.end());
    return progress_.notify(sc_core::SC_ZERO_TIME);
  }
  client_->take_descriptors();
  try {
    dma_messages_.answer(message.data() + 1, message.size() - 1);
    client_->next();
  } catch (const Refused& refused) {
    client_->hang_up(refused.what());
  }
}

/// A client that does not answer is dropped, because devices wait for it.
void VfioUser::check_patience() {
  if (!dma_messages_.any_waiting() || alarm_set_) return;
  const auto limit = std::chrono::duration<double>(patience->to_seconds());
  const std::chrono::duration<double> left = limit - dma_messages_.longest_wait();
  if (left.count() <= 0)
    return client_->hang_up(fmt::format("no answer to a DMA message in {} s", limit.count()));
  alarm_set_ = true;
  client_->alarm_after(1 + static_cast<int>(1000 * left.count()));
}

/// The thread in which commands are carried out, one after the other.
void VfioUser::serve() {
  dma_messages_.never_from(sc_core::sc_get_current_process_handle());
  for (;;) {
    if (gone_)
      part(*gone_);
    else if (!command_.empty())
      serve_command();
    else
      wait(progress_);
  }
}

void VfioUser::serve_command() {
  ++messages;
  Message message(std::exchange(command_, {}), client_->take_descriptors());
  try {
    carry_out(message);
  } catch (const Refused& refused) {
    if (gone_) return;
    note_refusal(message, refused);
    if (message.wants_reply()) reply_error(message, refused.error);
    if (!negotiated_) return client_->hang_up("no version was agreed on");
  }
  client_->next();
}

void VfioUser::note_refusal(const Message& message, const Refused& refused) {
  ++refusals;
  if (warnings_ == kMaxWarnings) return;
  const bool last = ++warnings_ == kMaxWarnings;
  SC_REPORT_WARNING(
      kLog, fmt::format("{}: command {} is refused: {}{}", label(), message.header().command,
                        refused.what(), last ? "; others of this client are only counted" : "")
                .c_str());
}

/// What the specification would like to be kept for a client that comes again makes no sense here:
/// the function's rings lie in memory that has gone.
void VfioUser::part(const std::string& why) {
  if (!why.empty())
    SC_REPORT_WARNING(kLog, fmt::format("{}: client dropped: {}", label(), why).c_str());
  if (windows_.any_lost()) ++memory_lost;
  dma_messages_.end();
  interrupts_.clear();
  function->reset();
  windows_.clear();
  client_->take_descriptors();
  gone_.reset();
  command_.clear();
  connected_ = negotiated_ = alarm_set_ = false;
  warnings_ = 0;
  client_->release();
  if (once) platform().request_stop(0, "the client has gone");
}

// ---- from the function ------------------------------------------------------------------------

void VfioUser::pin_changed(unsigned, unsigned, bool high) {
  interrupts_.set_pin(high);
}

/// A message carries its vector's number: program_vector() has put it there. That of MSI, which the
/// client's guest has programmed itself, has it in its lower bits.
void VfioUser::upstream(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  const auto* const tag = payload.get_extension<TransactionTag>();
  if (!tag || tag->step != Step::Interrupt) return windows_.access(payload, delay);
  std::uint32_t data = 0;
  std::memcpy(&data, payload.get_data_ptr(),
              std::min<std::size_t>(sizeof data, payload.get_data_length()));
  if (function->msix().enabled())
    interrupts_.message(kMsix, data);
  else
    interrupts_.message(kMsi, data & (function->msi().allocated() - 1));
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

}  // namespace ringside::vfio
