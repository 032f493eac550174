// SPDX-License-Identifier: Apache-2.0
// Makes tracks, slices and arrows of what models tell:
//
//   HART                accesses of devices and the hart's own events (category "event", one for
//   each
//                       that an exit ledger counts), sleep, interrupts taken
//   DEVICE > QUEUE      requests, each with its fetch, service and complete
//   DEVICE > interrupts messages that arrive, pins that are asserted (category "event")
//   LINK > up, down     packets on the wire
//   MEMORY > accesses   from the arrival of an access until its data are there
//
// An arrow leads from the notification to each request that it has started, on to the interrupt
// that tells of it, and to where a hart takes that: the claim of the message, or the read of ISR
// status.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "kit/trace.h"
#include "trace/hart_track.h"
#include "trace/lanes.h"
#include "trace/perfetto_file.h"
#include "trace/window.h"

namespace ringside::trace {

class TimeLine final : public Tracer {
 public:
  TimeLine(PerfettoFile& file, const Window& window) : file_(file), window_(window) {}

  /// Writes what is held back, and forgets what has begun: nothing is told for a while.
  void interrupt();
  std::uint64_t slices() const { return slices_; }

  // Tracer
  void hart_access(const Model& cpu, unsigned hart, const TransactionTag& tag, bool is_write,
                   const sc_core::sc_time& begin, const sc_core::sc_time& end) override;
  void hart_event(const Model& cpu, unsigned hart, ExitClass kind, const sc_core::sc_time& begin,
                  const sc_core::sc_time& end) override;
  void hart_slept(const Model& cpu, unsigned hart, const sc_core::sc_time& begin,
                  const sc_core::sc_time& end) override;
  void hart_claims(const Model& cpu, unsigned hart, bool machine_level, std::uint32_t identity,
                   const sc_core::sc_time& at) override;
  void queue_kicked(const TracedQueue& queue) override;
  void request_taken(const TracedQueue& queue, std::uint64_t number,
                     const sc_core::sc_time& begun) override;
  void request_used(const TracedQueue& queue, const std::string& queue_name,
                    const TracedRequest& request) override;
  void queue_notifies(const TracedQueue& queue) override;
  void notification_suppressed(const TracedQueue& queue) override;
  void queue_stopped(const TracedQueue& queue) override;
  void message_arrives(const TransactionTag& tag, unsigned hart, bool machine_level,
                       std::uint32_t identity) override;
  void pin_asserted(const Model& function) override;
  void busy(const Model& model, const char* part, const char* what, const sc_core::sc_time& begin,
            const sc_core::sc_time& end, std::uint64_t bytes) override;

 private:
  using Flows = std::vector<std::uint64_t>;
  using QueueKey = std::pair<const Model*, unsigned>;
  using MessageKey = std::tuple<unsigned, bool, std::uint32_t>;  // hart, machine level, identity

  struct QueueState {
    std::uint64_t life = 0;  ///< numbers of requests are unique in one life of one queue
    std::shared_ptr<Kick> latest, before;  ///< of a request that was looked for before the latest
    std::deque<std::shared_ptr<Kick>> unseen;  ///< the hart's access is still under way
    Flows used;                                ///< since the driver was last notified
    Flows notified;                            ///< and the interrupt has not arrived
  };
  /// Neighbours of one kind are drawn as one.
  struct BusyPart {
    BusyPart(PerfettoFile& file, PerfettoFile::Track parent, const char* name)
        : lanes(file, parent, name) {}
    Lanes lanes;
    Slice slice;
    std::uint64_t bytes = 0;
    bool open = false;
  };

  /// Nothing is drawn now.
  bool closed();
  HartTrack& hart_track(const Model& cpu, unsigned hart);
  PerfettoFile::Track group(const Model& model);
  Lanes& lanes(const Model& model, const std::string& name);
  QueueState& queue_state(const TracedQueue& queue) { return queues_[{queue.target, queue.index}]; }
  std::uint64_t flow_of(QueueState& state, std::uint64_t number);
  std::shared_ptr<Kick> adopt_kick(const TransactionTag& tag);
  /// Requests of all queues of a model whose interrupt is on its way.
  Flows take_notified(const Model& target);
  void draw_interrupt(const Model& target, unsigned queue, const Flows& flows);
  void draw_busy(BusyPart& part);
  void draw(Lanes& lanes, Slice& slice);

  PerfettoFile& file_;
  const Window& window_;
  bool was_open_ = false;
  std::uint64_t slices_ = 0;
  std::uint64_t lives_ = 0;
  // Looked up by address; where the order counts, things are in the order of their first use.
  std::map<std::pair<const Model*, unsigned>, std::unique_ptr<HartTrack>> harts_;
  std::map<const Model*, PerfettoFile::Track> groups_;
  std::map<std::pair<const Model*, std::string>, std::unique_ptr<Lanes>> lanes_;
  std::map<std::pair<const Model*, std::string>, BusyPart*> busy_;
  std::vector<std::unique_ptr<BusyPart>> busy_parts_;
  std::vector<HartTrack*> hart_tracks_;
  std::map<QueueKey, QueueState> queues_;
  std::map<MessageKey, Flows> messages_;
  std::map<const Model*, Flows> pins_;
};

}  // namespace ringside::trace
