// SPDX-License-Identifier: Apache-2.0
// Commands common to all units but INQUIRY, which is in inquiry.cpp.
#include "scsi/logical_unit.h"

#include <fmt/format.h>

#include <algorithm>

#include "kit/platform.h"

namespace ringside::scsi {

namespace {

constexpr std::size_t kMaxAttentions = 8;
constexpr std::size_t kMaxParameterList = 4096;
constexpr std::uint8_t kDescriptorSense = 0x04;  // D_SENSE, byte 2 of the control page

}  // namespace

LogicalUnit::LogicalUnit(const sc_core::sc_module_name& name, const ModelContext& context)
    : Model(name, context) {
  constexpr std::size_t kProduct = 16, kSerial = 36;
  if (product->size() > kProduct)
    diagnostics().error(product.where(), fmt::format("'product' of {} has {} characters; expected "
                                                     "at most {}",
                                                     label(), product->size(), kProduct));
  if (serial->size() > kSerial)
    diagnostics().error(serial.where(),
                        fmt::format("'serial' of {} has {} characters; expected at most {}",
                                    label(), serial->size(), kSerial));
  modes_.add({kControlPage, 10, 0, 0x10, 0, 0, 0, 0, 0, 0, 0, 0}, {0, 0, kDescriptorSense});
}

void LogicalUnit::reset() {
  modes_.reset();
  attentions_.clear();
  plugged_now_ = plugged_at_start;
  on_hard_reset();
  attention(sense::kPoweredOn);
}

void LogicalUnit::hard_reset() {
  modes_.reset();
  attentions_.clear();
  on_hard_reset();
  attention(sense::kPoweredOn);
}

void LogicalUnit::plug(bool in) {
  if (in == plugged_now_)
    throw CommandError(fmt::format("{} is {} already", label(), in ? "there" : "away"));
  if (in) {
    plugged_now_ = true;
    hard_reset();
    tell(Event::Appeared);
    return;
  }
  tell(Event::Gone);
  plugged_now_ = false;
}

void LogicalUnit::attention(const Sense& why) {
  if (std::find(attentions_.begin(), attentions_.end(), why) != attentions_.end()) return;
  if (attentions_.size() < kMaxAttentions) attentions_.push_back(why);
}

std::vector<std::uint8_t> LogicalUnit::sense_data(const Sense& sense) const {
  if (modes_.current(kControlPage, 2) & kDescriptorSense)
    return {0x72, static_cast<std::uint8_t>(sense.key), sense.asc, sense.ascq, 0, 0, 0, 0};
  std::vector<std::uint8_t> fixed(18);
  fixed[0] = 0x70;
  fixed[2] = static_cast<std::uint8_t>(sense.key);
  fixed[7] = 10;  // bytes that follow
  fixed[12] = sense.asc;
  fixed[13] = sense.ascq;
  return fixed;
}

// ---- dispatch ------------------------------------------------------------------------------

bool LogicalUnit::ignores_attentions(std::uint8_t opcode) {
  // SAM-5, 5.14: these do not report a unit attention.
  return opcode == kInquiry || opcode == kReportLuns || opcode == kRequestSense ||
         opcode == kGetConfiguration || opcode == kGetEventStatus;
}

void LogicalUnit::execute(Task& task) {
  ++commands;
  if (!attentions_.empty() && !ignores_attentions(task.opcode())) {
    task.fail(attentions_.front());
    attentions_.pop_front();
  } else if (!execute_common(task) && !execute_own(task)) {
    task.fail(sense::kInvalidOpcode);
  }
  if (task.status != Status::Good) ++failures;
  bytes_read += task.in_done;
  bytes_written += task.out_done;
}

bool LogicalUnit::execute_common(Task& task) {
  switch (task.opcode()) {
    case kTestUnitReady:
      if (const Sense why = ready(); why.key != SenseKey::NoSense) task.fail(why);
      return true;
    case kInquiry:
      inquire(task);
      return true;
    case kRequestSense:
      request_sense(task);
      return true;
    case kModeSense6:
    case kModeSense10:
      mode_sense(task);
      return true;
    case kModeSelect6:
    case kModeSelect10:
      mode_select(task);
      return true;
    case kReportLuns:
      report_luns(task);
      return true;
    default:
      return false;
  }
}

void LogicalUnit::request_sense(Task& task) {
  // Errors were reported with their commands; what is left are attentions.
  Sense sense = ready();
  if (!attentions_.empty()) {
    sense = attentions_.front();
    attentions_.pop_front();
  }
  std::vector<std::uint8_t> bytes = sense_data(sense);
  if (task.cdb[1] & 1)
    bytes = {0x72, static_cast<std::uint8_t>(sense.key), sense.asc, sense.ascq, 0, 0, 0, 0};
  task.give(bytes.data(), bytes.size(), task.cdb[4]);
}

void LogicalUnit::report_luns(Task& task) const {
  const std::uint32_t allocation = get32(&task.cdb[6]);
  if (allocation < 16 || task.cdb[2] > 2) return task.fail(sense::kInvalidField);
  std::vector<std::uint8_t> list(8);
  // 1 asks for well-known units only, of which this target has none.
  if (task.cdb[2] != 1 && lun_list_) {
    const std::vector<std::uint8_t> luns = lun_list_();
    list.insert(list.end(), luns.begin(), luns.end());
  }
  put32(&list[0], list.size() - 8);
  task.give(list.data(), list.size(), allocation);
}

bool LogicalUnit::take_parameters(Task& task, std::uint64_t length, std::vector<std::uint8_t>& to) {
  if (length > kMaxParameterList) {
    task.fail(sense::kParameterListLength);
    return false;
  }
  if (length > task.data.out_bytes()) {
    task.overrun = true;
    return false;
  }
  to.resize(length);
  if (length != 0 && !task.data.read(0, to.data(), length)) {
    task.lost = true;
    return false;
  }
  task.out_done = length;
  return true;
}

// ---- mode pages ----------------------------------------------------------------------------

void LogicalUnit::mode_sense(Task& task) {
  const bool is_6 = task.opcode() == kModeSense6;
  const bool no_descriptor = task.cdb[1] & 0x08;
  const unsigned control = task.cdb[2] >> 6;
  const std::uint8_t code = task.cdb[2] & 0x3f, subpage = task.cdb[3];
  const std::uint64_t allocation = is_6 ? task.cdb[4] : get16(&task.cdb[7]);
  if (control == 3) return task.fail(sense::kNotSaved);
  if (subpage != 0 && subpage != 0xff) return task.fail(sense::kInvalidField);

  std::vector<std::uint8_t> answer(is_6 ? 4 : 8);
  const std::vector<std::uint8_t> descriptor =
      no_descriptor ? std::vector<std::uint8_t>{} : block_descriptor();
  answer.insert(answer.end(), descriptor.begin(), descriptor.end());
  if (!modes_.append(code, control, answer)) return task.fail(sense::kInvalidField);
  if (is_6) {
    answer[0] = static_cast<std::uint8_t>(std::min<std::size_t>(answer.size() - 1, 255));
    answer[2] = mode_device_parameter();
    answer[3] = static_cast<std::uint8_t>(descriptor.size());
  } else {
    put16(&answer[0], answer.size() - 2);
    answer[3] = mode_device_parameter();
    put16(&answer[6], descriptor.size());
  }
  task.give(answer.data(), answer.size(), allocation);
}

void LogicalUnit::mode_select(Task& task) {
  const bool is_6 = task.opcode() == kModeSelect6;
  const std::uint64_t length = is_6 ? task.cdb[4] : get16(&task.cdb[7]);
  if (task.cdb[1] & 1) return task.fail(sense::kInvalidField);  // SP: nothing is saved here
  std::vector<std::uint8_t> list;
  if (!take_parameters(task, length, list)) return;
  if (length == 0) return;
  const std::size_t header = is_6 ? 4 : 8;
  if (list.size() < header) return task.fail(sense::kParameterListLength);
  const std::size_t descriptors = is_6 ? list[3] : get16(&list[6]);
  if (descriptors > list.size() - header) return task.fail(sense::kParameterListLength);
  // A descriptor may repeat what is; reformatting to another block length is not supported.
  if (descriptors != 0) {
    const std::vector<std::uint8_t> own = block_descriptor();
    const std::uint8_t* sent = &list[header];
    const bool same_length = descriptors == 8 && own.size() == 8 && sent[5] == own[5] &&
                             sent[6] == own[6] && sent[7] == own[7];
    if (!same_length) return task.fail(sense::kInvalidParameter);
  }
  const std::size_t at = header + descriptors;
  const Sense wrong = modes_.select(list.data() + at, list.size() - at);
  if (wrong.key != SenseKey::NoSense) return task.fail(wrong);
  modes_changed();
}

}  // namespace ringside::scsi
