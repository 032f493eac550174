// SPDX-License-Identifier: Apache-2.0
// One channel of a DRAM: what its banks, ranks and data path do at which time. No SystemC in this
// file; times are picoseconds.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "kit/calendar.h"
#include "kit/stat.h"
#include "memory/dram_mapping.h"
#include "memory/dram_profile.h"

namespace ringside {

/// Activates of one rank: tRRD between any two, and four at most in tFAW. Remembers the latest
/// kActivates, so that one that is told of late finds a place before them; time before those is no
/// longer to be had.
class ActivateWindow {
 public:
  /// The earliest time at or after `from` for an activate of this bank group.
  std::uint64_t find(const DramProfile& profile, std::uint64_t from, unsigned bank_group) const;
  void take(std::uint64_t at, unsigned bank_group);

 private:
  static constexpr unsigned kActivates = 32;
  struct Activate {
    std::uint64_t at;
    unsigned bank_group;
  };
  unsigned count_ = 0;
  bool forgot_ = false;
  std::array<Activate, kActivates> all_{};  // sorted by time
};

/// The controller keeps rows open until another row of the bank is asked for, or a refresh closes
/// them. It sees as far ahead as accesses arrive: a row is opened while others are still read.
/// Commands are not aligned to the clock.
class DramChannel : public StatGroup {
 public:
  DramChannel(StatGroup* parent, const std::string& name, const DramProfile& profile);

  /// One burst whose access can have its first command at `from`; the end of its data.
  std::uint64_t burst(const DramPlace& place, bool is_write, std::uint64_t from);
  /// Brings `refreshes` up to date.
  void count_refreshes(std::uint64_t now);

  Counter bytes_read{this, "bytes_read", "bytes", "asked for by reads"};
  Counter bytes_written{this, "bytes_written", "bytes", "brought by writes"};
  Counter row_hits{this, "row_hits", "bursts", "bursts whose row was open"};
  Counter row_misses{this, "row_misses", "bursts", "bursts that found their bank closed"};
  Counter row_conflicts{this, "row_conflicts", "bursts", "bursts that found another row open"};
  Counter refreshes{this, "refreshes", "count", "refreshes of all banks of a rank"};
  Counter busy_ps{this, "busy_ps", "ps", "time in which the data path carried data"};
  Counter backfilled{this, "backfilled", "bursts",
                     "bursts with data before that of a burst told of earlier"};

 private:
  enum class Kind { Hit, Miss, Conflict };
  static constexpr unsigned kNoRow = ~0u;

  /// A row that was, or is, open: from `active` on; it may be closed from `closable` on.
  struct OpenRow {
    unsigned row = kNoRow;
    std::uint64_t active = 0;
    std::uint64_t closable = 0;
  };
  struct Bank {
    OpenRow now;
    OpenRow before;  ///< the row before it: for accesses earlier than the activation of `now`
  };
  struct Rank {
    ActivateWindow activates;
    std::uint64_t first_refresh = 0;
    mutable std::uint64_t last_begin = 0;   ///< of the refresh that was asked about last, ...
    mutable std::uint64_t last_number = 1;  ///< ... and its number
    std::uint64_t counted = 0;              ///< refreshes in the statistics
  };
  /// How a burst gets its row.
  struct Plan {
    Kind kind;
    std::uint64_t activate;  ///< unless it is a hit
    std::uint64_t column;    ///< the earliest column command
    bool before;             ///< belongs to the bank's time before `now`
  };

  /// Where a burst's column command and its data go.
  struct Column {
    std::uint64_t at;
    Calendar::Slot command;
    Calendar::Slot data;
  };

  Bank& bank_of(const DramPlace& place);
  Calendar& group_of(const DramPlace& place);
  Plan plan(const Bank& bank, const DramPlace& place, std::uint64_t from) const;
  Plan plan_after(const OpenRow& open, const DramPlace& place, std::uint64_t from) const;
  Column find_column(const DramPlace& place, bool is_write, std::uint64_t from);
  void commit(Bank& bank, const DramPlace& place, const Plan& plan, std::uint64_t closable);
  void count(Kind kind);

  // Refresh number n of a rank, from 1, begins at first_refresh + (n - 1) * tREFI.
  std::uint64_t refreshes_until(const Rank& rank, std::uint64_t time) const;
  std::uint64_t end_of_refresh(const Rank& rank, std::uint64_t number) const;
  std::uint64_t after_refresh(const Rank& rank, std::uint64_t time) const;

  // Kinds of use, in calendars.
  static Calendar::Kind path_kind(unsigned rank, bool is_write) {
    return static_cast<Calendar::Kind>(rank << 1 | (is_write ? 1 : 0));
  }
  std::uint64_t path_apart(Calendar::Kind before, Calendar::Kind after) const;
  std::uint64_t group_apart(Calendar::Kind before, Calendar::Kind after) const;

  const DramProfile profile_;
  std::vector<Bank> banks_;
  std::vector<Rank> ranks_;
  std::vector<Calendar> groups_;  ///< column commands of each bank group, tCCD_L long
  Calendar path_;                 ///< data
};

}  // namespace ringside
