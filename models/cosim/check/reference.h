// SPDX-License-Identifier: Apache-2.0
// The reference of one virtqueue: consumes what the device reads from it, knows from that what the
// driver has published, and judges and predicts what the device does next, byte by byte. It has no
// access to memory, so a guest that writes at the same time raises no false alarm. How an engine
// cuts its accesses is its own matter: bytes are predicted, not bursts.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "cosim/check/chain.h"
#include "cosim/check/finding.h"
#include "cosim/check/registers.h"
#include "cosim/check/transaction.h"

namespace ringside::cosim {

/// What the device part should put into a chain, if somebody knows.
class PayloadModel {
 public:
  virtual ~PayloadModel() = default;
  /// The byte at an offset of the writable part, or -1: take it as seen. `chain.out` holds the
  /// readable part as far as it has been read.
  virtual int byte(unsigned queue, const ObservedChain& chain, std::uint64_t offset) = 0;
  /// The used length, or -1: what has been written.
  virtual std::int64_t length(unsigned, const ObservedChain&) { return -1; }
};

struct CheckSettings {
  /// Judge by the predictions of the reference, too; else by the passive rules alone.
  bool predict = true;
  /// Payload is compared with it; nullptr: taken as seen.
  PayloadModel* payload = nullptr;
  /// Used length is what has been written, from the first byte up to the first hole (2.7.8.2).
  /// False for devices that count otherwise (only the passive rules hold then, less
  /// UsedBeforePayload).
  bool length_is_written = true;
  /// A queue that the device looks at whenever it is told to, as opposed to one where it waits for
  /// something else (frames that come in) with notifications on.
  bool looks_when_told = true;
  /// Requests name memory beyond their buffers, which the device may read (pages of a framebuffer).
  bool reads_elsewhere = false;
  /// An interrupt that the driver wants has to come within this time, ps; 0: before the end.
  std::uint64_t interrupt_within = 0;
  /// A device in error says so within this time, ps, or until all is quiet.
  std::uint64_t error_within = 10'000'000;
};

class RingReference {
 public:
  static constexpr std::uint32_t kMostTableEntries = 65536;

  static std::unique_ptr<RingReference> make(std::uint16_t queue, const RingSetup& setup,
                                             const CheckSettings& settings, Findings& findings);
  virtual ~RingReference() = default;

  /// A DMA access of this queue.
  void access(const Transaction& transaction);
  void interrupt(const Transaction& transaction);
  virtual void notified(std::uint16_t) {}
  /// The stream is at its end, or the queue is: what has not come is missing.
  void finish(const Transaction& last);
  /// Interrupts of this queue are not told: none is missed.
  void hide_interrupts() { interrupts_hidden_ = true; }
  /// Ends expectations: what comes until the end of a reset is not judged.
  void stop() { stopped_ = true; }
  /// True if the address lies in an area of the ring, or in a chain that is out or its table.
  bool owns(std::uint64_t address) const;

  /// Memory has failed, or the driver has broken the ring, as far as the device has read it.
  bool in_error() const { return failed_ || faulty(); }
  /// The first of both.
  bool memory_failed() const { return failed_; }
  /// Requests from before the driver's fault are not done yet: the device serves them first, and
  /// may not have come to the fault.
  bool busy_before_fault() const { return faulty() && first_request_ < first_undefined_; }
  std::size_t outstanding() const { return chains_out_; }
  std::uint64_t requests() const { return next_request_; }
  std::uint64_t used() const { return used_requests_; }
  std::uint64_t predicted_bytes() const { return predicted_bytes_; }

 protected:
  struct Area {
    std::uint64_t address = 0;
    std::uint64_t bytes = 0;
    bool holds(std::uint64_t at) const { return at >= address && at - address < bytes; }
    bool holds(const Transaction& t) const {
      return t.length != 0 && holds(t.address) && t.length <= bytes - (t.address - address);
    }
  };

  RingReference(std::uint16_t queue, const RingSetup& setup, const CheckSettings& settings,
                Findings& findings);

  // ---- the layouts
  virtual Purpose purpose_of(const Transaction& t) const = 0;
  virtual void ring_read(const Transaction& t, Purpose purpose) = 0;
  virtual void ring_write(const Transaction& t, Purpose purpose) = 0;
  virtual ObservedDescriptor parse(const std::uint8_t* bytes) const = 0;
  /// Goes on with a chain whose descriptors may be known now.
  virtual void advance(ObservedChain& chain) = 0;
  virtual bool in_ring(std::uint64_t address) const = 0;
  virtual std::string unfinished() const { return {}; }
  /// The position at which the driver would not notify a device at rest, and the right one.
  virtual bool deaf(std::string&, std::string&) const { return false; }

  // ---- chains
  ObservedChain& open_chain();
  /// All of its descriptors are known.
  void resolved(ObservedChain& chain);
  /// The driver's chain makes no sense: forgotten, and it may not be used, nor any after it.
  void broken(ObservedChain& chain);
  ObservedChain* by_id(std::uint16_t id);
  ObservedChain* by_request(std::uint64_t request);
  void release(ObservedChain& chain);
  void advance_all();
  void learn_table(const Transaction& t);
  static void keep_table(ObservedChain& chain, std::uint64_t first, const std::uint8_t* data,
                         std::uint64_t count);
  bool advance_table(ObservedChain& chain, bool sequential);
  /// An indirect table that is being read; of a broken ring, any that there is.
  bool in_table(std::uint64_t address) const;
  /// Judges the used element of a chain; nullptr if nothing of that id is out.
  ObservedChain* use(const Transaction& t, std::uint16_t id, std::uint32_t length);
  /// VIRTIO_F_IN_ORDER: requests that the element of this chain stands for; 0 after a finding.
  unsigned batch(const Transaction& t, const ObservedChain& last);
  /// With VIRTIO_F_IN_ORDER: the request that comes next in a used element.
  std::uint64_t next_in_order_ = 0;

  // ---- interrupts
  void published(const Transaction& t);
  void asked(const Transaction& t, bool wanted);
  bool unchecked() const { return unchecked_; }

  void check_length(const Transaction& t, const ObservedChain& chain, std::uint32_t length);
  void payload(const Transaction& t);
  void find(const Transaction& t, Rule rule, std::string expected, std::string found,
            std::uint64_t request = Transaction::kNoRequest);
  /// What a device reads of a ring that the driver has broken, until it notices, is nobody's
  /// business.
  void find_read(const Transaction& t, Rule rule, std::string expected, std::string found,
                 std::uint64_t request = Transaction::kNoRequest);
  /// The driver broke its own ring: neither this request nor any after it means something. Those
  /// before do: the device may have read all of them together.
  void driver_fault(std::uint64_t request) {
    first_undefined_ = std::min(first_undefined_, request);
  }
  bool faulty() const { return first_undefined_ != Transaction::kNoRequest; }
  bool defined(std::uint64_t request) const { return request < first_undefined_; }
  /// The driver has made something available that is out already. The device need not notice, and
  /// nobody can say any more which of both it means, so the queue is not judged until its reset.
  void driver_repeats() { stop(); }
  /// A used element that no request from before the driver's fault asks for.
  bool undefined_use(const Transaction& t, std::uint32_t id);
  void predicted(std::uint64_t bytes) { predicted_bytes_ += bytes; }

  const std::uint16_t queue_;
  const RingSetup setup_;
  const CheckSettings settings_;
  Area descriptors_, driver_, device_;
  std::deque<std::unique_ptr<ObservedChain>> chains_;  // by request; nullptr: done
  std::vector<ObservedChain*> resolving_;
  bool second_look_owed_ = false;  // to the ring, as notifications are on again

 private:
  void interrupt_late(const Transaction& t);
  bool elsewhere(const Transaction& t, Purpose purpose) const;
  ObservedChain* owner(const Transaction& t, std::uint64_t address, bool write, bool& wrong_way);
  void move(const Transaction& t, std::uint32_t first, std::uint32_t last);
  void moved(const Transaction& t, ObservedChain& chain, std::uint64_t offset, std::uint32_t first,
             std::uint32_t count);

  Findings& findings_;
  std::vector<ObservedChain*> ids_;  // by id: the chain that is out with it
  std::uint64_t first_request_ = 0;  // of chains_[0]
  std::uint64_t next_request_ = 0;
  std::uint64_t used_requests_ = 0;
  std::size_t chains_out_ = 0;
  std::uint64_t predicted_bytes_ = 0;
  bool stopped_ = false;
  std::uint64_t first_undefined_ = Transaction::kNoRequest;
  bool failed_ = false;
  // An interrupt
  bool fresh_ = false;      // something has been used since the latest one
  bool unchecked_ = false;  // ... and the driver's wishes have not been read since
  bool owed_ = false;
  std::uint64_t owed_since_ = 0;
  bool late_reported_ = false;
  bool interrupts_hidden_ = false;
};

}  // namespace ringside::cosim
