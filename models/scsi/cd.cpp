// SPDX-License-Identifier: Apache-2.0
#include "scsi/cd.h"

#include <fmt/format.h>

#include <algorithm>

namespace ringside::scsi {

namespace {

constexpr std::uint8_t kCapabilitiesPage = 0x2a;
constexpr std::uint64_t kLargestCd = 90ull * 60 * 75;  // blocks of 90 minutes; more is a DVD
constexpr unsigned kBuffer = 64 << 10;

/// An address as minutes, seconds and frames of 1/75 s, which begin two seconds before block 0.
void put_msf(std::uint8_t* at, std::uint64_t block) {
  const std::uint64_t frames = block + 150;
  at[0] = 0;
  at[1] = static_cast<std::uint8_t>(std::min<std::uint64_t>(frames / 75 / 60, 255));
  at[2] = static_cast<std::uint8_t>(frames / 75 % 60);
  at[3] = static_cast<std::uint8_t>(frames % 75);
}

}  // namespace

Cd::Cd(const sc_core::sc_module_name& name, const ModelContext& context)
    : LogicalUnit(name, context) {
  // MMC-6, annex A: reads CD-R, CD-RW and DVD; locks, ejects; tray; 64 KiB of buffer.
  std::vector<std::uint8_t> capabilities(22);
  capabilities[0] = kCapabilitiesPage;
  capabilities[1] = 20;
  capabilities[2] = 0x3b;
  capabilities[4] = 0x40;
  capabilities[6] = 0x29;
  put16(&capabilities[12], kBuffer / 1024);
  modes().add(capabilities, {});
  modes().add({0x01, 10, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0}, {});
}

void Cd::on_hard_reset() {
  if (!tray_set_) tray_open_ = open_at_start;
  locked_ = false;
  event_ = MediaEvent::None;
}

Sense Cd::ready() const {
  if (has_medium()) return sense::kNone;
  return tray_open_ ? sense::kTrayOpen : sense::kNoMedium;
}

void Cd::eject(bool force) {
  if (tray_open_) throw CommandError(fmt::format("the tray of {} is open already", label()));
  if (locked_ && !force) {
    event_ = MediaEvent::EjectRequest;
    tell(Event::EjectRequested);
    throw CommandError(
        fmt::format("the guest has locked the tray of {}; it has been told of the "
                    "wish (force=true opens it)",
                    label()));
  }
  tray_open_ = tray_set_ = true;
  locked_ = false;
  event_ = MediaEvent::Removal;
  tell(Event::MediumChanged);
}

void Cd::insert() {
  if (!tray_open_) throw CommandError(fmt::format("the tray of {} is closed", label()));
  if (!backend) throw CommandError(fmt::format("{} has no disc", label()));
  tray_open_ = false;
  tray_set_ = true;
  medium_came();
}

void Cd::change(const FilePath& image, bool force) {
  if (!backend) throw CommandError(fmt::format("{} has no place for a disc", label()));
  if (!tray_open_) eject(force);
  backend->change(image);
  insert();
}

void Cd::medium_came() {
  ++discs_;
  event_ = MediaEvent::New;
  attention(sense::kMediumChanged);
  tell(Event::MediumChanged);
}

bool Cd::execute_own(Task& task) {
  switch (task.opcode()) {
    case kRead10:
    case kRead12:
      read(task);
      return true;
    case kReadCapacity10:
      read_capacity(task);
      return true;
    case kReadToc:
      read_toc(task);
      return true;
    case kGetConfiguration:
      get_configuration(task);
      return true;
    case kGetEventStatus:
      get_event_status(task);
      return true;
    case kReadDiscInformation:
      read_disc_information(task);
      return true;
    case kMechanismStatus:
      mechanism_status(task);
      return true;
    case kStartStopUnit:
      start_stop(task);
      return true;
    case kPreventAllow:
      locked_ = task.cdb[4] & 1;
      return true;
    case kSynchronizeCache10:
      return true;
    default:
      return false;
  }
}

void Cd::read(Task& task) {
  if (const Sense why = ready(); why.key != SenseKey::NoSense) return task.fail(why);
  const std::uint64_t first = get32(&task.cdb[2]);
  const std::uint64_t count = task.opcode() == kRead10 ? get16(&task.cdb[7]) : get32(&task.cdb[6]);
  if (first > blocks() || count > blocks() - first) return task.fail(sense::kOutOfRange);
  const std::uint64_t bytes = count * kBlock;
  if (bytes > task.data.in_bytes()) {
    task.overrun = true;
    return;
  }
  // Its own while data is given: other commands may run meanwhile.
  std::vector<std::uint8_t> buffer;
  buffer.swap(buffer_);
  buffer.resize(kBuffer);
  const unsigned disc = discs_;
  while (task.in_done < bytes) {
    // Time may have passed while data was given, and somebody have opened the tray.
    if (!has_medium() || discs_ != disc) {
      task.fail(has_medium() ? sense::kMediumChanged : ready());
      break;
    }
    const std::size_t part = std::min<std::uint64_t>(bytes - task.in_done, kBuffer);
    if (!backend->read(first * kBlock + task.in_done, buffer.data(), part)) {
      task.fail(sense::kReadError);
      break;
    }
    if (!task.data.write(task.in_done, buffer.data(), part)) {
      task.lost = true;
      break;
    }
    task.in_done += part;
  }
  buffer_.swap(buffer);
}

void Cd::read_capacity(Task& task) const {
  if (const Sense why = ready(); why.key != SenseKey::NoSense) return task.fail(why);
  std::uint8_t answer[8];
  put32(answer, std::min<std::uint64_t>(blocks() == 0 ? 0 : blocks() - 1, 0xffffffff));
  put32(answer + 4, kBlock);
  task.give(answer, sizeof answer, sizeof answer);
}

void Cd::read_toc(Task& task) const {
  if (const Sense why = ready(); why.key != SenseKey::NoSense) return task.fail(why);
  const bool msf = task.cdb[1] & 2;
  const unsigned format = task.cdb[2] & 0x0f;
  const std::uint8_t first_track = task.cdb[6];
  const auto put_address = [&](std::uint8_t* at, std::uint64_t block) {
    msf ? put_msf(at, block) : put32(at, block);
  };
  std::vector<std::uint8_t> answer{0, 0, 1, 1};  // tracks, or sessions, 1 to 1
  const auto add_track = [&](std::uint8_t number, std::uint64_t block) {
    answer.insert(answer.end(), {0, 0x14, number, 0, 0, 0, 0, 0});  // a data track
    put_address(&answer[answer.size() - 4], block);
  };
  constexpr std::uint8_t kLeadOut = 0xaa;
  if (format == 0) {
    if (first_track > 1 && first_track != kLeadOut) return task.fail(sense::kInvalidField);
    if (first_track <= 1) add_track(1, 0);
    add_track(kLeadOut, blocks());
  } else if (format == 1) {
    add_track(1, 0);
  } else {
    return task.fail(sense::kInvalidField);
  }
  put16(&answer[0], answer.size() - 2);
  task.give(answer.data(), answer.size(), get16(&task.cdb[7]));
}

void Cd::get_configuration(Task& task) const {
  constexpr std::uint16_t kCdRom = 0x0008, kDvdRom = 0x0010;
  const bool dvd = blocks() > kLargestCd;
  const std::uint16_t first = get16(&task.cdb[2]);
  const unsigned request = task.cdb[1] & 3;  // 0: all, 1: current ones, 2: just one
  if (request == 3) return task.fail(sense::kInvalidField);
  std::vector<std::uint8_t> answer(8);
  put16(&answer[6], !has_medium() ? 0 : dvd ? kDvdRom : kCdRom);
  const auto add = [&](std::uint16_t code, std::uint8_t flags, std::vector<std::uint8_t> data) {
    const bool wanted = request == 2 ? code == first : code >= first;
    if (!wanted || (request == 1 && !(flags & 1))) return;
    answer.insert(answer.end(), {0, 0, flags, static_cast<std::uint8_t>(data.size())});
    put16(&answer[answer.size() - 4], code);
    answer.insert(answer.end(), data.begin(), data.end());
  };
  const auto current = [&](bool is) { return static_cast<std::uint8_t>(is ? 1 : 0); };
  add(0x0000, 0x03,
      {0, 0x10, current(has_medium() && dvd), 0, 0, 0x08, current(has_medium() && !dvd), 0});
  add(0x0001, 0x0b, {0, 0, 0, 1, 1, 0, 0, 0});  // core: SCSI, INQUIRY2
  add(0x0003, 0x03, {0x29, 0, 0, 0});           // removable medium: tray, ejects, locks
  add(0x001e, static_cast<std::uint8_t>(0x08 | current(has_medium() && !dvd)), {0, 0, 0, 0});
  add(0x001f, current(has_medium() && dvd), {});
  put32(&answer[0], answer.size() - 4);
  task.give(answer.data(), answer.size(), get16(&task.cdb[7]));
}

void Cd::get_event_status(Task& task) {
  constexpr std::uint8_t kMediaClass = 4, kMediaBit = 1 << kMediaClass;
  if (!(task.cdb[1] & 1)) return task.fail(sense::kInvalidField);  // only polled
  std::uint8_t answer[8] = {0, 2, 0x80, kMediaBit, 0, 0, 0, 0};    // no event of these classes
  std::size_t bytes = 4;
  if (task.cdb[4] & kMediaBit) {
    bytes = sizeof answer;
    answer[1] = 6;
    answer[2] = kMediaClass;
    answer[4] = static_cast<std::uint8_t>(event_);
    answer[5] = static_cast<std::uint8_t>((tray_open_ ? 1 : 0) | (has_medium() ? 2 : 0));
    event_ = MediaEvent::None;
  }
  task.give(answer, bytes, get16(&task.cdb[7]));
}

void Cd::read_disc_information(Task& task) const {
  if (const Sense why = ready(); why.key != SenseKey::NoSense) return task.fail(why);
  if (task.cdb[1] & 7) return task.fail(sense::kInvalidField);
  std::vector<std::uint8_t> answer(34);
  put16(&answer[0], answer.size() - 2);
  answer[2] = 0x0e;  // complete, last session complete
  answer[3] = answer[4] = answer[5] = answer[6] = 1;
  answer[7] = 0x20;  // unrestricted use
  task.give(answer.data(), answer.size(), get16(&task.cdb[7]));
}

void Cd::mechanism_status(Task& task) const {
  std::uint8_t answer[8]{};
  answer[1] = tray_open_ ? 0x10 : 0;
  task.give(answer, sizeof answer, get16(&task.cdb[8]));
}

void Cd::start_stop(Task& task) {
  const bool load_eject = task.cdb[4] & 2, start = task.cdb[4] & 1;
  if ((task.cdb[4] >> 4) != 0 || !load_eject) return;
  if (!start && locked_) return task.fail(sense::kRemovalPrevented);
  if (start && tray_open_ && backend) medium_came();
  tray_open_ = !start;
  tray_set_ = true;
}

}  // namespace ringside::scsi
