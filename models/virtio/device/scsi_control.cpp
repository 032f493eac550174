// SPDX-License-Identifier: Apache-2.0
// The control queue and the event queue (5.6.6.2, 5.6.6.3).
#include <algorithm>

#include "virtio/device/bytes.h"
#include "virtio/device/scsi.h"

namespace ringside::virtio {

using scsi::LogicalUnit;

namespace {
constexpr std::size_t kMaxEvents = 64;  // more at once are counted as missed
}

// ---- control -------------------------------------------------------------------------------

void Scsi::serve_control() {
  while (ChainPtr chain = queue(kControlQueue).pop()) {
    std::uint8_t type[4];
    std::uint8_t answer[5];
    std::size_t bytes = 1;  // of the answer: a response, or events and a response
    if (!chain->read(0, type, sizeof type)) {
      ++bad_requests;
      answer[0] = static_cast<std::uint8_t>(ScsiResponse::Failure);
    } else {
      switch (static_cast<ScsiControl>(get_le32(type))) {
        case ScsiControl::TaskManagement:
          answer[0] = static_cast<std::uint8_t>(manage_tasks(*chain));
          break;
        case ScsiControl::AsyncQuery:
        case ScsiControl::AsyncSubscribe: {
          std::uint32_t actual = 0;
          const bool subscribe =
              get_le32(type) == static_cast<std::uint32_t>(ScsiControl::AsyncSubscribe);
          answer[4] = static_cast<std::uint8_t>(async(*chain, subscribe, actual));
          put_le32(answer, actual);
          bytes = sizeof answer;
          break;
        }
        default:
          ++bad_requests;
          answer[0] = static_cast<std::uint8_t>(ScsiResponse::Failure);
      }
    }
    if (!chain->alive()) continue;
    const std::size_t fits = std::min<std::size_t>(bytes, chain->writable_bytes());
    const bool written = chain->write(0, answer, fits);
    queue(kControlQueue).push(std::move(chain), written ? static_cast<std::uint32_t>(fits) : 0);
  }
}

ScsiResponse Scsi::manage_tasks(DescriptorChain& chain) {
  std::uint8_t bytes[24];  // type, subtype, lun, id
  if (!chain.read(0, bytes, sizeof bytes)) {
    ++bad_requests;
    return ScsiResponse::Failure;
  }
  ++task_managements;
  LunField lun;
  std::copy_n(bytes + 8, lun.size(), lun.begin());
  const Address address = address_of(lun);
  const std::uint64_t id = get_le64(bytes + 16);
  const auto function = static_cast<TaskManagement>(get_le32(bytes + 4));
  if (address.kind == Address::Nowhere) return ScsiResponse::BadTarget;

  if (function == TaskManagement::NexusReset) {  // the LUN does not matter
    std::vector<LogicalUnit*> units;
    for (const auto& [place, unit] : units_)
      if (place.first == address.target && unit->plugged()) units.push_back(unit);
    const ScsiResponse ended = end_tasks(chain, units, nullptr, ScsiResponse::Reset);
    for (LogicalUnit* unit : units) unit->hard_reset();
    return ended;
  }
  if (address.kind != Address::Unit) return ScsiResponse::IncorrectLun;
  const std::vector<LogicalUnit*> units{address.unit};
  switch (function) {
    case TaskManagement::AbortTask:
      return end_tasks(chain, units, &id, ScsiResponse::Aborted);
    case TaskManagement::AbortTaskSet:
    case TaskManagement::ClearTaskSet:  // there is one initiator, so one task set
      return end_tasks(chain, units, nullptr, ScsiResponse::Aborted);
    case TaskManagement::LogicalUnitReset: {
      const ScsiResponse ended = end_tasks(chain, units, nullptr, ScsiResponse::Reset);
      address.unit->hard_reset();
      return ended;
    }
    case TaskManagement::QueryTask:
      return any_active(units, &id) ? ScsiResponse::FunctionSucceeded : kFunctionComplete;
    case TaskManagement::QueryTaskSet:
      return any_active(units, nullptr) ? ScsiResponse::FunctionSucceeded : kFunctionComplete;
    default:  // CLEAR ACA: no unit offers auto contingent allegiance (NORMACA)
      return ScsiResponse::FunctionRejected;
  }
}

bool Scsi::any_active(const std::vector<LogicalUnit*>& units, const std::uint64_t* id) const {
  return std::any_of(active_.begin(), active_.end(), [&](const Active* active) {
    return (!id || active->id == *id) &&
           std::find(units.begin(), units.end(), active->unit) != units.end();
  });
}

/// Has commands end with a response of their own, and waits until the driver can see all of them.
ScsiResponse Scsi::end_tasks(DescriptorChain& chain, const std::vector<LogicalUnit*>& units,
                             const std::uint64_t* id, ScsiResponse how) {
  for (Active* active : active_)
    if ((!id || active->id == *id) &&
        std::find(units.begin(), units.end(), active->unit) != units.end())
      active->ended = how;
  while (chain.alive() && any_active(units, id)) sc_core::wait(task_ended_);
  return kFunctionComplete;
}

ScsiResponse Scsi::async(DescriptorChain& chain, bool subscribe, std::uint32_t& actual) {
  std::uint8_t bytes[16];  // type, lun, event_requested
  if (!chain.read(0, bytes, sizeof bytes)) {
    ++bad_requests;
    return ScsiResponse::Failure;
  }
  LunField lun;
  std::copy_n(bytes + 4, lun.size(), lun.begin());
  const Address address = address_of(lun);
  if (address.kind == Address::Nowhere) return ScsiResponse::BadTarget;
  if (address.kind != Address::Unit) return ScsiResponse::IncorrectLun;
  const bool has_media = address.unit->peripheral_type() == scsi::PeripheralType::Cd;
  const std::uint32_t possible = has_media ? kScsiMediaChange | kScsiExternalRequest : 0;
  actual = get_le32(bytes + 12) & possible;
  if (subscribe) subscribed_[{address.unit->target, address.unit->lun}] = actual;
  return ScsiResponse::Ok;
}

// ---- events --------------------------------------------------------------------------------

void Scsi::unit_event(LogicalUnit& unit, LogicalUnit::Event what, const scsi::Sense& why) {
  const bool appeared = what == LogicalUnit::Event::Appeared;
  switch (what) {
    case LogicalUnit::Event::Appeared:
    case LogicalUnit::Event::Gone:
      for (const auto& [place, other] : units_)
        if (place.first == unit.target && other != &unit)
          other->attention(scsi::sense::kLunsChanged);
      if (has(kScsiHotplug))
        post({kScsiTransportReset, lun_field(unit),
              appeared ? kScsiResetRescan : kScsiResetRemoved});
      return;
    case LogicalUnit::Event::ParametersChanged:
      if (has(kScsiChange) && unit.peripheral_type() != scsi::PeripheralType::Cd)
        post({kScsiParamChange, lun_field(unit), why.asc | std::uint32_t{why.ascq} << 8});
      return;
    case LogicalUnit::Event::MediumChanged:
    case LogicalUnit::Event::EjectRequested: {
      const std::uint32_t reason =
          what == LogicalUnit::Event::MediumChanged ? kScsiMediaChange : kScsiExternalRequest;
      const auto found = subscribed_.find({unit.target, unit.lun});
      if (found != subscribed_.end() && (found->second & reason))
        post({kScsiAsyncNotify, lun_field(unit), reason});
      return;
    }
  }
}

void Scsi::post(const Event& event) {
  if (!driver_ok()) return;  // the driver looks at everything when it starts
  if (events_.size() >= kMaxEvents) {
    events_missed_ = true;
    ++events_lost;
    return;
  }
  events_.push_back(event);
  queue(kEventQueue).poke();
}

void Scsi::serve_events() {
  while (!events_.empty() || events_missed_) {
    ChainPtr chain = queue(kEventQueue).pop();
    if (!chain) {
      // Events are not kept for drivers that have no buffers; they hear that they missed some.
      events_missed_ = events_missed_ || !events_.empty();
      events_lost += events_.size();
      events_.clear();
      return;
    }
    Event event{kScsiNoEvent, {}, 0};
    if (!events_.empty()) {
      event = events_.front();
      events_.pop_front();
    }
    const bool fits = chain->writable_bytes() >= kScsiEventBytes;
    if (!fits && event.event != kScsiNoEvent) {  // a buffer that is too short: the event is lost
      event = {kScsiNoEvent, {}, 0};
      events_missed_ = true;
      ++events_lost;
    }
    if (events_missed_) event.event |= kScsiEventsMissed;
    events_missed_ = false;
    const std::uint32_t written = send(*chain, event);
    if (!chain->alive()) return;
    ++events_sent;
    queue(kEventQueue).push(std::move(chain), written);
  }
}

std::uint32_t Scsi::send(DescriptorChain& chain, const Event& event) {
  std::uint8_t bytes[kScsiEventBytes];
  put_le32(bytes, event.event);
  std::copy(event.lun.begin(), event.lun.end(), bytes + 4);
  put_le32(bytes + 12, event.reason);
  const auto fits = std::min<std::uint32_t>(sizeof bytes, chain.writable_bytes());
  return chain.write(0, bytes, fits) ? fits : 0;
}

}  // namespace ringside::virtio
