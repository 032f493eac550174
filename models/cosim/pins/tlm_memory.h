// SPDX-License-Identifier: Apache-2.0
// Memory of AxiSubordinate that is behind a TLM socket: AXI4 pins in, generic payloads out. A burst
// becomes one payload, or one for each stretch of its strobes; it carries a TransactionTag with
// queue and step if AxUSER tells them. TLM_ADDRESS_ERROR_RESPONSE becomes DECERR, any other error
// SLVERR. An answer comes no earlier than the delay says that the target gives back; targets may
// also wait. Up to kWorkers accesses are under way; those of one id never at once.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <deque>
#include <systemc>
#include <tlm>

#include "cosim/axi/bus_access.h"
#include "cosim/pins/axi_modules.h"
#include "kit/tag.h"

namespace ringside::cosim {

class TlmMemory final : public sc_core::sc_module, private tlm::tlm_bw_transport_if<> {
 public:
  static constexpr bool kDeferred = true;
  static constexpr unsigned kSlots = 32;
  static constexpr unsigned kWorkers = 4;
  static constexpr unsigned kMostBytes = 2 * 4096;

  tlm::tlm_initiator_socket<> socket{"socket"};

  /// `requester_id` goes on the tags.
  explicit TlmMemory(const sc_core::sc_module_name& name, std::uint16_t requester_id = 0)
      : sc_module(name), requester_id_(requester_id) {
    socket.bind(*this);
  }

  void start(unsigned slot, const BusAccess& access) {
    Job& job = jobs_[slot];
    job.access = access;
    if (access.is_write) {
      std::memcpy(job.data.data(), access.data, access.bytes);
      std::memcpy(job.strobes.data(), access.strobes, access.bytes);
    }
    job.done = false;
    queue_.push_back(slot);
    for (Worker& worker : workers_)
      if (!worker.busy) return worker.wake.notify(sc_core::SC_ZERO_TIME);
  }
  bool finished(unsigned slot, Response& response, std::uint8_t* data) {
    Job& job = jobs_[slot];
    if (!job.done || sc_core::sc_time_stamp() < job.due) return false;
    response = job.response;
    if (!job.access.is_write && response == Response::Okay)
      std::memcpy(data, job.data.data(), job.access.bytes);
    job.done = false;
    return true;
  }
  void forget() {
    ++life_;
    queue_.clear();
    for (Job& job : jobs_) job.done = false;
  }

 private:
  using Bytes = std::array<std::uint8_t, kMostBytes>;
  struct Job {
    BusAccess access;
    Bytes data, strobes;
    Response response = Response::Okay;
    sc_core::sc_time due;
    bool done = false;
  };
  struct Worker : sc_core::sc_module {
    explicit Worker(const sc_core::sc_module_name& name) : sc_module(name) {
      SC_HAS_PROCESS(Worker);
      SC_THREAD(run);
    }
    void run() {
      for (;;) {
        while (memory->queue_.empty()) wait(wake);
        busy = true;
        memory->serve(*this);
        busy = false;
      }
    }
    TlmMemory* memory = nullptr;
    sc_core::sc_event wake;
    bool busy = false;
    Bytes data, strobes;
    TransactionTag tag;
  };

  /// The oldest job; what it needs is copied, for a reset may give its slot to another meanwhile.
  void serve(Worker& worker) {
    const unsigned slot = queue_.front();
    queue_.pop_front();
    const std::uint64_t life = life_;
    const BusAccess access = jobs_[slot].access;
    if (access.is_write) {
      std::memcpy(worker.data.data(), jobs_[slot].data.data(), access.bytes);
      std::memcpy(worker.strobes.data(), jobs_[slot].strobes.data(), access.bytes);
    }
    worker.tag.requester_id = requester_id_;
    worker.tag.queue = access.queue;
    worker.tag.step = access.step <= static_cast<unsigned>(Step::Config)
                          ? static_cast<Step>(access.step)
                          : Step::None;
    sc_core::sc_time delay;
    const Response response = access.is_write ? write(worker, access, delay)
                                              : transport(worker, tlm::TLM_READ_COMMAND,
                                                          access.address, 0, access.bytes, delay);
    if (life != life_) return;
    Job& job = jobs_[slot];
    if (!access.is_write) std::memcpy(job.data.data(), worker.data.data(), access.bytes);
    job.response = response;
    job.due = sc_core::sc_time_stamp() + delay;
    job.done = true;
  }
  Response write(Worker& worker, const BusAccess& access, sc_core::sc_time& delay) {
    Response response = Response::Okay;
    for (std::uint32_t at = 0; at < access.bytes;) {
      if (worker.strobes[at] == 0) {
        ++at;
        continue;
      }
      std::uint32_t end = at + 1;
      while (end < access.bytes && worker.strobes[end] != 0) ++end;
      const Response got =
          transport(worker, tlm::TLM_WRITE_COMMAND, access.address + at, at, end - at, delay);
      if (got > response) response = got;
      at = end;
    }
    return response;
  }
  Response transport(Worker& worker, tlm::tlm_command command, std::uint64_t address,
                     std::uint32_t offset, std::uint32_t bytes, sc_core::sc_time& delay) {
    tlm::tlm_generic_payload payload;
    payload.set_command(command);
    payload.set_address(address);
    payload.set_data_ptr(worker.data.data() + offset);
    payload.set_data_length(bytes);
    payload.set_streaming_width(bytes);
    payload.set_extension(&worker.tag);
    socket->b_transport(payload, delay);
    payload.clear_extension(&worker.tag);
    if (payload.is_response_ok()) return Response::Okay;
    return payload.get_response_status() == tlm::TLM_ADDRESS_ERROR_RESPONSE ? Response::DecodeError
                                                                            : Response::SlaveError;
  }
  void end_of_elaboration() override {
    for (Worker& worker : workers_) worker.memory = this;
  }
  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload&, tlm::tlm_phase&,
                                     sc_core::sc_time&) override {
    return tlm::TLM_COMPLETED;
  }
  void invalidate_direct_mem_ptr(sc_dt::uint64, sc_dt::uint64) override {}

  std::uint16_t requester_id_;
  std::array<Job, kSlots> jobs_;
  std::deque<unsigned> queue_;
  std::uint64_t life_ = 0;
  sc_core::sc_vector<Worker> workers_{"worker", kWorkers};
};

/// The AXI4 manager of a design, on a TLM platform.
template <class Shape>
class AxiToTlm final : public sc_core::sc_module {
 public:
  explicit AxiToTlm(const sc_core::sc_module_name& name, const AxiTiming& timing = {},
                    std::uint16_t requester_id = 0)
      : sc_module(name), memory("memory", requester_id), bus("bus", memory, timing) {}

  TlmMemory memory;
  AxiSubordinateModule<Shape, TlmMemory> bus;
};

}  // namespace ringside::cosim
