// SPDX-License-Identifier: Apache-2.0
// A port's engine: it fetches commands, gives them to the disk, and receives the answers. One frame
// passes at a time, as on the link. Commands come first, then data that are ready, then ends.
#include <algorithm>

#include "baseline/ahci_port.h"

namespace ringside::ahci {

using namespace ata;
using sc_core::sc_time;

void Port::run() {
  for (;;) {
    if (!kicked_) sc_core::wait(wake_);
    kicked_ = false;
    while (step()) rest();
    wake_when_due();
  }
}

/// One thing; false if there is none at present.
bool Port::step() {
  if (signature_wanted_ && now() >= signature_at_) {
    receive_signature();
    return true;
  }
  if (!signature_posted_ && receives()) {
    signature_posted_ = true;
    post(kRegisterOffset, register_fis(signature_, false));
    return true;
  }
  if (!started() || stopped_ || !link_up()) return false;
  if (issue()) return true;
  if (Job* job = ready_job()) {
    serve(*job);
    return true;
  }
  if (finished_ == 0) return false;
  tell_finished();
  return true;
}

/// Lets the guest go on from time to time, whatever it has asked for.
void Port::rest() {
  if (busy_at_ != now()) {
    busy_at_ = now();
    burst_accesses_ = burst_bytes_ = 0;
  }
  if (++burst_accesses_ <= kBurstAccesses && burst_bytes_ <= kBurstBytes) return;
  sc_core::wait(1, sc_core::SC_US);
}

void Port::wake_when_due() {
  constexpr std::uint64_t kNever = ~std::uint64_t{0};
  std::uint64_t due = signature_wanted_ ? signature_at_ : kNever;
  if (started() && !stopped_)
    for (const Job& job : jobs_)
      if (job.phase != Phase::Free) due = std::min(due, job.ready);
  if (due != kNever) wake_.notify(sc_time::from_value(due - std::min(due, now())));
}

TransactionTag Port::tag(Step step) const {
  TransactionTag tag;
  tag.requester_id = owner_.requester();
  tag.queue = static_cast<std::uint16_t>(index_);
  tag.step = step;
  tag.request = statistics.requests.value();
  return tag;
}

/// A frame takes its time on the link, which began `since`; ten bits a byte, and frame delimiters
/// and check sequence.
void Port::wire(const sc_time& since, std::size_t bytes) {
  if (!settings_.wire_time || !owner_.timed()) return;
  constexpr std::uint64_t kAround = 16;
  constexpr double kPicosecondsPerByte = 10 * 1e12 / 1.5e9;
  const unsigned generation = std::max(1u, registers.link_status >> 4 & 0xf);
  const double picoseconds = static_cast<double>(bytes + kAround) * kPicosecondsPerByte /
                             static_cast<double>(1u << (generation - 1));
  const sc_time end = since + sc_time::from_value(static_cast<std::uint64_t>(picoseconds));
  if (end > sc_core::sc_time_stamp()) sc_core::wait(end - sc_core::sc_time_stamp());
}

/// Stores a received frame. False if the port has stopped, or the command been given up.
bool Port::post(std::uint64_t offset, const std::uint8_t* fis, std::size_t bytes) {
  const unsigned epoch = epoch_;
  wire(sc_core::sc_time_stamp(), bytes);
  if (epoch != epoch_) return false;
  if (!receives()) return true;
  const std::uint64_t at = PortRegisters::wide(registers.fis, registers.fis_high) + offset;
  const DmaStatus status = owner_.memory().write(at, fis, bytes, tag(Step::UsedRing));
  if (epoch != epoch_) return false;
  if (status == DmaStatus::Ok) return true;
  owner_.dma_failed();
  stop(kHostBusFatal);
  return false;
}

void Port::receive_signature() {
  signature_wanted_ = false;
  soft_reset_ = false;
  signature_ = disk_->link_reset();
  ++statistics.resets;
  show_taskfile(signature_.status, signature_.error);
  registers.signature.set(static_cast<std::uint32_t>(signature_.lba << 8 | signature_.count));
  if (signature_slot_ < kSlots) registers.issue.set(registers.issue & ~(1u << signature_slot_));
  signature_slot_ = kSlots;
  signature_posted_ = false;
}

/// The guest has to stop and start the port.
void Port::stop(std::uint32_t why) {
  stopped_ = true;
  forget_jobs();
  if (!(why & kTaskfileError)) ++statistics.fatal;
  interrupt(why);
}

// ---- commands -------------------------------------------------------------------------------

unsigned Port::next_slot() const {
  const std::uint32_t issued = registers.issue;
  for (unsigned i = 1; issued != 0 && i <= kSlots; ++i) {
    const unsigned slot = (last_slot_ + i) % kSlots;
    if (issued >> slot & 1) return slot;
  }
  return kSlots;
}

/// Sends the next command to the disk; false if there is none, or the disk is busy.
bool Port::issue() {
  if (busy()) return false;
  const unsigned slot = next_slot();
  if (slot == kSlots) return false;
  last_slot_ = slot;
  registers.command.set((registers.command & ~(0x1fu << kCurrentSlotShift)) |
                        slot << kCurrentSlotShift);
  HostFis fis;
  if (!fetch(slot, fis)) return true;
  if (fis.is_command())
    accept(slot, fis.taskfile());
  else
    control(slot, fis);
  return true;
}

bool Port::fetch(unsigned slot, HostFis& fis) {
  const sc_time since = sc_core::sc_time_stamp();
  const unsigned epoch = epoch_;
  CommandHeader& header = headers_[slot];
  const std::uint64_t list = PortRegisters::wide(registers.list, registers.list_high);
  if (!read(list + std::uint64_t{slot} * CommandHeader::kBytes, header.words.data(),
            CommandHeader::kBytes, Step::Descriptor))
    return false;
  const unsigned bytes = header.fis_words() * 4;
  if (bytes < 8 || bytes > HostFis::kMostBytes) {
    stop(kInterfaceFatal);
    return false;
  }
  if (!read(header.table(), fis.bytes.data(), bytes, Step::Descriptor)) return false;
  if (owner_.timed() && settings_.command_time > sc_core::SC_ZERO_TIME)
    sc_core::wait(settings_.command_time);
  wire(since, bytes);
  if (epoch != epoch_) return false;
  // No disk understands any other frame, and there is no port multiplier.
  if (fis.is_register() && fis.multiplier_port() == 0 && header.multiplier_port() == 0) return true;
  stop(kInterfaceFatal);
  return false;
}

/// Writes the control register: a soft reset begins or ends (AHCI 1.3.1, 10.4.1).
void Port::control(unsigned slot, const HostFis& fis) {
  show_taskfile(kBusy, 0);
  const bool reset = fis.control() & kSoftReset;
  if (reset) {
    soft_reset_ = true;
    forget_jobs();
    registers.active.set(0);
  } else if (soft_reset_) {
    signature_wanted_ = true;
    signature_at_ = now();
    signature_slot_ = slot;
    return;
  }
  if (!headers_[slot].clears_busy()) return;
  show_taskfile(kGood, 0);
  registers.issue.set(registers.issue & ~(1u << slot));
}

void Port::accept(unsigned slot, const Taskfile& task) {
  registers.taskfile.set(registers.taskfile | kBusy);
  if (soft_reset_) return;  // it does not listen
  Job& job = jobs_[task.queued() ? task.tag() : kPlain];
  const bool tag_used = task.queued() && (job.phase != Phase::Free || finished_ >> task.tag() & 1);
  if (tag_used || (!task.queued() && (queued_ != 0 || finished_ != 0))) return break_queue(task);
  disk_->begin(task, job.work);
  job.slot = slot;
  job.order = ++accepted_;
  statistics.in_flight.record(queued_ + 1);
  if (is_queued(job.work.protocol)) return begin_queued(job);
  if (job.work.answer.failed()) return end_plain(job);
  begin_work(job);
}

/// What comes in the middle of queued commands, and is none, ends them all.
void Port::break_queue(const Taskfile& task) {
  AtaDisk::Job work;
  work.task = task;
  work.answer.status = kGood | kFailed;
  work.answer.error = kAborted;
  fail_queue(work, false);
}

/// Tells the host that the command is in the queue, which gives the link back.
void Port::begin_queued(Job& job) {
  ++queued_;
  begin_work(job);
  if (!post(kRegisterOffset, register_fis(Answer(), false))) return;
  show_taskfile(kGood, 0);
  registers.issue.set(registers.issue & ~(1u << job.slot));
  if (job.work.answer.failed()) fail_queue(job.work, true);
}

void Port::begin_work(Job& job) {
  const AtaDisk::Job& work = job.work;
  job.phase = work.protocol == Protocol::NonData ? Phase::Ending : Phase::Moving;
  // What is written reaches the medium after it has been moved, and what is read before.
  job.ready = is_out(work.protocol) ? now() : disk_->service_end(work).value();
}

Port::Job* Port::ready_job() {
  Job* found = nullptr;
  for (Job& job : jobs_) {
    if (job.phase == Phase::Free || job.ready > now()) continue;
    if (!found || job.ready < found->ready ||
        (job.ready == found->ready && job.order < found->order))
      found = &job;
  }
  return found;
}

void Port::serve(Job& job) {
  if (job.phase == Phase::Moving) {
    const Moved moved = move(job);
    if (moved == Moved::Gone) return;
    if (moved == Moved::Short) return stop(kOverflow);
    if (moved == Moved::All && is_out(job.work.protocol)) {
      job.phase = Phase::Ending;
      job.ready = disk_->service_end(job.work).value();
      return;
    }
  }
  if (job.work.protocol == Protocol::NonData) burst_bytes_ += job.work.bytes;  // verified
  disk_->finish(job.work);
  end(job);
}

// ---- ends -----------------------------------------------------------------------------------

void Port::end(Job& job) {
  if (is_queued(job.work.protocol))
    end_queued(job);
  else
    end_plain(job);
}

void Port::ended(unsigned slot) {
  ++statistics.requests;
  ++told_;
  statistics.latency.record((now() - issued_at_[slot]) / 1000);
}

void Port::end_plain(Job& job) {
  const Answer answer = job.work.answer;
  const unsigned slot = job.slot;
  job.phase = Phase::Free;
  // The last frame of data that were read has said it all.
  const bool told = job.work.protocol == Protocol::PioIn && !answer.failed();
  if (!told && !post(kRegisterOffset, register_fis(answer, true))) return;
  show_taskfile(answer.status, answer.error);
  ended(slot);
  if (answer.failed()) {
    ++statistics.failed;
    return stop(kTaskfileError | kRegisterFis);
  }
  registers.issue.set(registers.issue & ~(1u << slot));
  interrupt(told ? kPioSetupFis : kRegisterFis);
}

void Port::end_queued(Job& job) {
  if (job.work.answer.failed()) return fail_queue(job.work, true);
  job.phase = Phase::Free;
  --queued_;
  finished_ |= 1u << job.work.task.tag();
  unsigned waiting = 0;
  for (std::uint32_t bits = finished_; bits != 0; bits &= bits - 1) ++waiting;
  if (waiting >= settings_.gather) tell_finished();
}

void Port::tell_finished() {
  const std::uint32_t tags = finished_;
  if (!post(kSetBitsOffset, set_bits_fis(kGood, 0, tags))) return;
  finished_ &= ~tags;
  registers.active.set(registers.active & ~tags);
  const auto kept = static_cast<std::uint8_t>(device_status() & ~kSetBitsMask);
  show_taskfile(static_cast<std::uint8_t>(kept | (kGood & kSetBitsMask)), 0);
  for (unsigned t = 0; t < kTags; ++t)
    if (tags >> t & 1) ended(jobs_[t].slot);
  interrupt(kSetBitsFis);
}

/// A queued command has failed, or something else has come between: the queue is lost.
void Port::fail_queue(const AtaDisk::Job& failed, bool queued) {
  const AtaDisk::Job work = failed;
  const unsigned epoch = epoch_;
  if (finished_ != 0) tell_finished();
  if (epoch != epoch_ || stopped_) return;
  disk_->queue_failed(work, queued);
  const bool posted =
      queued ? post(kSetBitsOffset, set_bits_fis(work.answer.status, work.answer.error, 0))
             : post(kRegisterOffset, register_fis(work.answer, true));
  if (!posted) return;
  show_taskfile(work.answer.status, work.answer.error);
  ++statistics.requests;
  ++statistics.failed;
  ++told_;
  stop(kTaskfileError | (queued ? kSetBitsFis : kRegisterFis));
}

}  // namespace ringside::ahci
