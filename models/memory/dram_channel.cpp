// SPDX-License-Identifier: Apache-2.0
#include "memory/dram_channel.h"

#include <algorithm>

namespace ringside {

// ---- activates ---------------------------------------------------------------------------------

std::uint64_t ActivateWindow::find(const DramProfile& profile, std::uint64_t from,
                                   unsigned bank_group) const {
  if (forgot_) from = std::max(from, all_[3].at);
  // Those long before `from` don't matter.
  const std::uint64_t reach = std::max(profile.rrd_l, profile.faw);
  unsigned first = count_;
  while (first > 0 && all_[first - 1].at + reach > from) --first;
  for (unsigned i = first; i < count_; ++i) {
    const Activate& other = all_[i];
    const std::uint64_t apart = other.bank_group == bank_group ? profile.rrd_l : profile.rrd_s;
    if (from < other.at + apart && other.at < from + apart) from = other.at + apart;
    // With four at or before `from`, the fifth waits until the first of them is tFAW old.
    if (i >= 3 && other.at <= from) from = std::max(from, all_[i - 3].at + profile.faw);
  }
  return from;
}

void ActivateWindow::take(std::uint64_t at, unsigned bank_group) {
  unsigned place = count_;
  while (place > 0 && all_[place - 1].at > at) --place;
  if (count_ < kActivates) {
    std::copy_backward(all_.begin() + place, all_.begin() + count_, all_.begin() + count_ + 1);
    ++count_;
  } else {
    forgot_ = true;
    --place;  // find() has given no time before the first
    std::copy(all_.begin() + 1, all_.begin() + place + 1, all_.begin());
  }
  all_[place] = {at, bank_group};
}

// ---- channel -----------------------------------------------------------------------------------

DramChannel::DramChannel(StatGroup* parent, const std::string& name, const DramProfile& profile)
    : StatGroup(parent, name),
      profile_(profile),
      banks_(std::size_t{profile.ranks} * profile.bank_groups * profile.banks),
      ranks_(profile.ranks),
      groups_(std::size_t{profile.ranks} * profile.bank_groups, Calendar(profile.ccd_l)),
      path_(profile.burst) {
  // Ranks take turns, so that a refresh of one leaves the others to work.
  for (unsigned i = 0; i < profile.ranks; ++i)
    ranks_[i].first_refresh = ranks_[i].last_begin = profile.refi * (i + 1) / profile.ranks;
}

DramChannel::Bank& DramChannel::bank_of(const DramPlace& place) {
  return banks_[(std::size_t{place.rank} * profile_.bank_groups + place.bank_group) *
                    profile_.banks +
                place.bank];
}

Calendar& DramChannel::group_of(const DramPlace& place) {
  return groups_[std::size_t{place.rank} * profile_.bank_groups + place.bank_group];
}

// ---- refresh -----------------------------------------------------------------------------------

std::uint64_t DramChannel::refreshes_until(const Rank& rank, std::uint64_t time) const {
  if (profile_.refi == 0 || time < rank.first_refresh) return 0;
  // Mostly the same as the last time; a division takes longer than all the rest.
  if (time - rank.last_begin < profile_.refi) return rank.last_number;
  rank.last_number = (time - rank.first_refresh) / profile_.refi + 1;
  rank.last_begin = rank.first_refresh + (rank.last_number - 1) * profile_.refi;
  return rank.last_number;
}

/// 0 for number 0: before the first.
std::uint64_t DramChannel::end_of_refresh(const Rank& rank, std::uint64_t number) const {
  if (number == 0) return 0;
  return rank.first_refresh + (number - 1) * profile_.refi + profile_.rfc;
}

std::uint64_t DramChannel::after_refresh(const Rank& rank, std::uint64_t time) const {
  return std::max(time, end_of_refresh(rank, refreshes_until(rank, time)));
}

void DramChannel::count_refreshes(std::uint64_t now) {
  for (Rank& rank : ranks_) {
    const std::uint64_t all = refreshes_until(rank, now);
    if (all <= rank.counted) continue;
    refreshes += all - rank.counted;
    rank.counted = all;
  }
}

// ---- rows --------------------------------------------------------------------------------------

DramChannel::Plan DramChannel::plan_after(const OpenRow& open, const DramPlace& place,
                                          std::uint64_t from) const {
  const Rank& rank = ranks_[place.rank];
  from = after_refresh(rank, from);
  const bool ever = open.row != kNoRow;
  const std::uint64_t ready = open.active + profile_.rcd;
  const std::uint64_t hit_at = std::max(from, ready);
  const bool still_open =
      ever && refreshes_until(rank, hit_at) == refreshes_until(rank, open.active);
  if (still_open && open.row == place.row) return {Kind::Hit, 0, hit_at, false};
  std::uint64_t activate = from;
  if (still_open) activate = std::max(from, open.closable) + profile_.rp;
  if (ever) activate = std::max(activate, open.active + profile_.rc);
  activate = after_refresh(rank, activate);
  activate = rank.activates.find(profile_, activate, place.bank_group);
  return {still_open ? Kind::Conflict : Kind::Miss, activate, activate + profile_.rcd, false};
}

DramChannel::Plan DramChannel::plan(const Bank& bank, const DramPlace& place,
                                    std::uint64_t from) const {
  const Plan after = plan_after(bank.now, place, from);
  const bool no_room = from + profile_.rtp + profile_.rp > bank.now.active;
  if (no_room || bank.now.row == kNoRow) return after;
  // The bank is to open its present row later than this access comes: is there time before?
  Plan before = plan_after(bank.before, place, from);
  before.before = true;
  std::uint64_t closable = before.column + profile_.rtp;
  if (before.kind != Kind::Hit) closable = std::max(closable, before.activate + profile_.ras);
  const bool fits = closable + profile_.rp <= bank.now.active;
  return fits && before.column < after.column ? before : after;
}

void DramChannel::commit(Bank& bank, const DramPlace& place, const Plan& plan,
                         std::uint64_t closable) {
  OpenRow& open = plan.before ? bank.before : bank.now;
  if (plan.kind == Kind::Hit) {
    open.closable = std::max(open.closable, closable);
    return;
  }
  ranks_[place.rank].activates.take(plan.activate, place.bank_group);
  if (!plan.before) bank.before = bank.now;
  open = {place.row, plan.activate, std::max(closable, plan.activate + profile_.ras)};
}

// ---- columns and data --------------------------------------------------------------------------

/// Between uses of the data path.
std::uint64_t DramChannel::path_apart(Calendar::Kind before, Calendar::Kind after) const {
  const bool same_rank = before >> 1 == after >> 1;
  const bool was_write = (before & 1) != 0;
  const bool is_write = (after & 1) != 0;
  const std::uint64_t pause = same_rank ? 0 : profile_.rtrs;
  if (was_write == is_write)
    return std::max(pause, profile_.ccd_s > profile_.burst ? profile_.ccd_s - profile_.burst : 0);
  if (is_write) return std::max(pause, profile_.rtw);
  return same_rank ? profile_.wtr_s + profile_.cl : pause;
}

/// Between column commands of a bank group, beyond tCCD_L.
std::uint64_t DramChannel::group_apart(Calendar::Kind before, Calendar::Kind after) const {
  std::uint64_t apart = 0;
  if (before == 1 && after == 1) apart = profile_.ccd_l_wr;
  if (before == 1 && after == 0) apart = profile_.cwl + profile_.burst + profile_.wtr_l;
  return apart > profile_.ccd_l ? apart - profile_.ccd_l : 0;
}

/// The first time at which both the bank group and the data path are free.
DramChannel::Column DramChannel::find_column(const DramPlace& place, bool is_write,
                                             std::uint64_t from) {
  const auto group_apart_of = [this](auto a, auto b) { return group_apart(a, b); };
  const auto path_apart_of = [this](auto a, auto b) { return path_apart(a, b); };
  const Calendar& group = group_of(place);
  const std::uint64_t latency = is_write ? profile_.cwl : profile_.cl;
  for (unsigned tries = 0;; ++tries) {
    // Each looks for its next gap in turn; after a few, what comes after everything suits both.
    if (tries == 8) from = std::max(from, std::max(group.end(), path_.end()));
    Column column;
    column.command = group.find(from, profile_.ccd_l, is_write ? 1 : 0, group_apart_of);
    column.data = path_.find(column.command.start + latency, profile_.burst,
                             path_kind(place.rank, is_write), path_apart_of);
    column.at = column.data.start - latency;
    if (column.at == column.command.start) return column;
    from = column.at;
  }
}

// ---- all of it ---------------------------------------------------------------------------------

std::uint64_t DramChannel::burst(const DramPlace& place, bool is_write, std::uint64_t from) {
  Bank& bank = bank_of(place);
  const Rank& rank = ranks_[place.rank];
  Plan way = plan(bank, place, from);
  Column column = find_column(place, is_write, way.column);
  // A refresh between the activate and the column command closes the row again.
  for (unsigned tries = 0; tries < 4; ++tries) {
    const OpenRow& open = way.before ? bank.before : bank.now;
    const std::uint64_t activate = way.kind == Kind::Hit ? open.active : way.activate;
    const std::uint64_t number = refreshes_until(rank, column.at);
    if (number == refreshes_until(rank, activate)) break;
    way = plan(bank, place, std::max(from, end_of_refresh(rank, number)));
    column = find_column(place, is_write, way.column);
  }
  if (column.data.gap != Calendar::kGaps) ++backfilled;
  group_of(place).take(column.command, profile_.ccd_l, is_write ? 1 : 0);
  path_.take(column.data, profile_.burst, path_kind(place.rank, is_write));
  busy_ps += profile_.burst;
  count(way.kind);
  const std::uint64_t end = column.data.start + profile_.burst;
  commit(bank, place, way, is_write ? end + profile_.wr : column.at + profile_.rtp);
  return end;
}

void DramChannel::count(Kind kind) {
  switch (kind) {
    case Kind::Hit:
      ++row_hits;
      return;
    case Kind::Miss:
      ++row_misses;
      return;
    case Kind::Conflict:
      ++row_conflicts;
      return;
  }
}

}  // namespace ringside
