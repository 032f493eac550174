// SPDX-License-Identifier: Apache-2.0
// The request queues (5.6.6.1).
#include <algorithm>
#include <cstring>

#include "virtio/device/bytes.h"
#include "virtio/device/scsi.h"

namespace ringside::virtio {

using scsi::Task;

/// What stands before the data of a request.
struct Scsi::Head {
  LunField lun{};
  std::uint64_t id = 0;
  scsi::Cdb cdb{};
  std::size_t bytes = 0;     // up to the protection information
  std::uint32_t pi_out = 0;  // bytes of it before the data
  std::uint32_t pi_in = 0;   // and before the data of the response
};

/// The data of a request: what follows the headers.
class Scsi::ChainBuffers final : public scsi::DataBuffers {
 public:
  ChainBuffers(DescriptorChain& chain, const Head& head, std::size_t response_bytes, bool with_pi)
      : chain_(chain),
        out_at_(head.bytes + head.pi_out),
        in_at_(response_bytes + head.pi_in),
        head_(head),
        with_pi_(with_pi) {}
  std::uint64_t out_bytes() const override {
    return chain_.readable_bytes() > out_at_ ? chain_.readable_bytes() - out_at_ : 0;
  }
  std::uint64_t in_bytes() const override {
    return chain_.writable_bytes() > in_at_ ? chain_.writable_bytes() - in_at_ : 0;
  }
  bool read(std::uint64_t offset, void* to, std::size_t bytes) override {
    return chain_.read(out_at_ + offset, to, bytes);
  }
  bool write(std::uint64_t offset, const void* from, std::size_t bytes) override {
    return chain_.write(in_at_ + offset, from, bytes);
  }
  bool carries_protection() const override { return with_pi_; }
  bool read_protection(std::uint64_t offset, void* to, std::size_t bytes) override {
    return fits(offset, bytes, head_.pi_out) && chain_.read(head_.bytes + offset, to, bytes);
  }
  bool write_protection(std::uint64_t offset, const void* from, std::size_t bytes) override {
    if (!fits(offset, bytes, head_.pi_in) ||
        !chain_.write(in_at_ - head_.pi_in + offset, from, bytes))
      return false;
    protection_written_ = std::max(protection_written_, offset + bytes);
    return true;
  }
  /// The data lies behind all of the protection information, so that has to be written as well.
  bool fill_protection() {
    const std::uint64_t left = head_.pi_in - protection_written_;
    return left == 0 || chain_.fill(in_at_ - left, 0, left);
  }
  std::uint32_t protection_bytes() const { return head_.pi_in; }

 private:
  static bool fits(std::uint64_t offset, std::size_t bytes, std::uint64_t room) {
    return bytes <= room && offset <= room - bytes;
  }

  DescriptorChain& chain_;
  std::size_t out_at_;
  std::size_t in_at_;
  const Head& head_;
  bool with_pi_;
  std::uint64_t protection_written_ = 0;
};

/// False if the request is shorter than it says.
bool Scsi::read_head(DescriptorChain& chain, Head& head) const {
  constexpr std::size_t kLengths = 8;
  const bool with_pi = has(kScsiT10Pi);
  const bool lengths_first = t10_pi.get() == PiLayout::Linux;
  const std::size_t cdb_at = kScsiRequestHead + (with_pi && lengths_first ? kLengths : 0);
  const std::size_t bytes = kScsiRequestHead + cdb_size_ + (with_pi ? kLengths : 0);
  if (chain.readable_bytes() < bytes) return false;
  std::uint8_t fixed[kScsiRequestHead];
  if (!chain.read(0, fixed, sizeof fixed) ||
      !chain.read(cdb_at, head.cdb.data(), std::min<std::size_t>(head.cdb.size(), cdb_size_)))
    return false;
  std::copy_n(fixed, head.lun.size(), head.lun.begin());
  head.id = get_le64(fixed + kScsiLunBytes);
  head.bytes = bytes;
  if (!with_pi) return true;
  std::uint8_t lengths[kLengths];
  if (!chain.read(lengths_first ? kScsiRequestHead : kScsiRequestHead + cdb_size_, lengths,
                  sizeof lengths))
    return false;
  const std::uint32_t out = get_le32(lengths), in = get_le32(lengths + 4);
  if (out > chain.readable_bytes() - bytes ||
      in > chain.writable_bytes() - kScsiResponseHead - sense_size_)
    return false;
  head.pi_out = out;
  head.pi_in = in;
  return true;
}

void Scsi::serve_requests(unsigned index) {
  while (ChainPtr chain = queue(index).pop()) {
    const std::size_t response_bytes = kScsiResponseHead + sense_size_;
    if (chain->writable_bytes() < response_bytes) {
      ++bad_requests;
      return needs_reset("a SCSI request has no room for its response");
    }
    Head head;
    const bool whole = read_head(*chain, head);
    ChainBuffers data(*chain, head, response_bytes, has(kScsiT10Pi));
    Task task{head.cdb, data};
    Address address;
    ScsiResponse response = ScsiResponse::Failure;
    const bool both_ways = data.out_bytes() != 0 && data.in_bytes() != 0;
    if (whole && (!both_ways || has(kScsiInOut))) {
      address = address_of(head.lun);
      response = carry_out(address, task, head.id);
    } else {
      ++bad_requests;
    }
    if (!chain->alive()) continue;
    const std::uint32_t written = respond(*chain, address, task, data, response);
    const bool ended_early = response == ScsiResponse::Aborted || response == ScsiResponse::Reset;
    queue(index).push(std::move(chain), written);
    // The driver has to see it before the function that ended it succeeds (5.6.6.2).
    if (ended_early) queue(index).flush();
    task_ended_.notify(sc_core::SC_ZERO_TIME);
  }
}

ScsiResponse Scsi::carry_out(const Address& address, Task& task, std::uint64_t id) {
  if (address.kind == Address::Nowhere) return ScsiResponse::BadTarget;
  if (address.kind != Address::Unit) {
    answer_for_missing(address, task);
    return task.overrun ? ScsiResponse::Overrun : ScsiResponse::Ok;
  }
  Active active{address.unit, id, ScsiResponse::Ok};
  active_.push_back(&active);
  address.unit->execute(task);
  active_.erase(std::find(active_.begin(), active_.end(), &active));
  if (active.ended != ScsiResponse::Ok) return active.ended;
  if (task.lost) return ScsiResponse::Failure;
  return task.overrun ? ScsiResponse::Overrun : ScsiResponse::Ok;
}

/// The well-known unit, and units that are not there on targets that are (SPC-4, 6.6.2 and 6.33).
void Scsi::answer_for_missing(const Address& address, Task& task) const {
  const bool well_known = address.kind == Address::ReportLuns;
  switch (task.opcode()) {
    case scsi::kInquiry: {
      std::uint8_t answer[36]{};
      answer[0] = static_cast<std::uint8_t>(
          well_known ? static_cast<unsigned>(scsi::PeripheralType::WellKnown) : 0x7f);
      answer[2] = 6;
      answer[3] = 2;
      answer[4] = sizeof answer - 5;
      std::memcpy(answer + 8, "RINGSIDE                    ", 28);
      return task.give(answer, sizeof answer, scsi::get16(&task.cdb[3]));
    }
    case scsi::kReportLuns: {
      // All that the well-known unit could list beyond targets is itself.
      const std::vector<std::uint8_t> luns =
          well_known ? std::vector<std::uint8_t>{0xc1, 0x01, 0, 0, 0, 0, 0, 0}
                     : lun_list(address.target);
      std::vector<std::uint8_t> answer(8);
      scsi::put32(&answer[0], luns.size());
      answer.insert(answer.end(), luns.begin(), luns.end());
      return task.give(answer.data(), answer.size(), scsi::get32(&task.cdb[6]));
    }
    case scsi::kTestUnitReady:
      if (well_known) return;
      [[fallthrough]];
    default:
      return task.fail(well_known ? scsi::sense::kInvalidOpcode : scsi::sense::kNoSuchLun);
  }
}

/// Writes the response and says how long the writable part is that has been written.
std::uint32_t Scsi::respond(DescriptorChain& chain, const Address& address, const Task& task,
                            ChainBuffers& data, ScsiResponse response) const {
  constexpr std::size_t kLongestSense = 32;  // more than any sense data we make
  std::array<std::uint8_t, kScsiResponseHead + kLongestSense> bytes{};
  std::size_t sense_bytes = 0;
  const bool reached = response == ScsiResponse::Ok || response == ScsiResponse::Overrun;
  if (reached && task.status == scsi::Status::CheckCondition) {
    // A unit that is not there has no mode pages, so its sense data is in the fixed format.
    std::vector<std::uint8_t> sense =
        address.unit ? address.unit->sense_data(task.sense)
                     : std::vector<std::uint8_t>{0x70,
                                                 0,
                                                 static_cast<std::uint8_t>(task.sense.key),
                                                 0,
                                                 0,
                                                 0,
                                                 0,
                                                 10,
                                                 0,
                                                 0,
                                                 0,
                                                 0,
                                                 task.sense.asc,
                                                 task.sense.ascq,
                                                 0,
                                                 0,
                                                 0,
                                                 0};
    sense_bytes = std::min<std::size_t>(sense.size(), sense_size_);
    std::copy_n(sense.begin(), sense_bytes, bytes.begin() + kScsiResponseHead);
  }
  const std::uint64_t total = task.data.out_bytes() + task.data.in_bytes();
  put_le32(&bytes[0], static_cast<std::uint32_t>(sense_bytes));
  put_le32(&bytes[4], static_cast<std::uint32_t>(total - task.out_done - task.in_done));
  bytes[10] = static_cast<std::uint8_t>(reached ? task.status : scsi::Status::Good);
  bytes[11] = static_cast<std::uint8_t>(response);
  const std::size_t head = kScsiResponseHead + std::min<std::size_t>(sense_size_, kLongestSense);
  if (!chain.write(0, bytes.data(), head)) return 0;
  // The data lies after the whole sense area, so that has to be written as well.
  const std::size_t area = kScsiResponseHead + sense_size_;
  if (area > head && !chain.fill(head, 0, area - head)) return 0;
  if (!data.fill_protection()) return 0;
  return static_cast<std::uint32_t>(area + data.protection_bytes() + task.in_done);
}

}  // namespace ringside::virtio
