// SPDX-License-Identifier: Apache-2.0
#include "memory/dram.h"

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>

#include "kit/platform.h"
#include "kit/shipped.h"

namespace ringside {

namespace {

constexpr const char* kPlainType = "dram";
constexpr std::uint64_t kMostBanks = 32768;  // of all channels

/// The file with the profile, or empty for none. Throws ConfigError.
std::string profile_file(const ModelContext& context) {
  const Node* written = context.node.find("profile");
  if (context.type == kPlainType) {
    FilePath file;
    if (!written || !ParamTraits<FilePath>::parse(*written, file)) return "";
    return file.path;
  }
  if (written)
    throw ConfigError(written->where(),
                      fmt::format("'profile' is for type '{}'; '{}' has one of its own", kPlainType,
                                  context.type));
  if (context.platform->describing()) return "";
  const std::string file = find_shipped("timing", context.type);
  if (file.empty())
    throw ConfigError(context.node.where(),
                      fmt::format("the profile of '{}' is not where Ringside's YAML files are: "
                                  "expected timing/{}.yaml there",
                                  context.type, context.type));
  return file;
}

/// The model's own node, completed by the profile's values. Each keeps its place.
ModelContext with_profile(ModelContext context) {
  const std::string file = profile_file(context);
  if (file.empty()) return context;
  const Node profile = Node::load(file);
  if (!profile.is_map())
    throw ConfigError(profile.where(),
                      fmt::format("a profile is {}; expected a map", profile.describe()));
  std::vector<Node::Entry> entries;
  for (const Node::Entry& entry : context.node.entries())
    if (entry.key != "profile") entries.push_back(entry);  // what it says is here now
  for (const Node::Entry& entry : profile.entries()) {
    if (entry.key == "type" || entry.key == "profile")
      throw ConfigError(entry.key_where,
                        fmt::format("'{}' in a profile; expected values only", entry.key));
    if (!context.node.find(entry.key)) entries.push_back(entry);
  }
  context.node = Node::map(std::move(entries), context.node.where());
  return context;
}

bool is_power_of_two(unsigned value) {
  return value != 0 && (value & (value - 1)) == 0;
}

}  // namespace

Dram::Dram(const sc_core::sc_module_name& name, const ModelContext& context)
    : MemoryTiming(name, with_profile(context)) {
  check();
  if (diagnostics().failed() || platform().describing()) {
    timing_ = std::make_unique<DramTiming>(this, profile_, DramMapping());
    return;
  }
  make_profile();
  timing_ = std::make_unique<DramTiming>(this, profile_, make_mapping());
}

void Dram::reject(const ParamBase& param, const std::string& expected) {
  diagnostics().error(param.where(), fmt::format("'{}' of {} is {}; expected {}", param.name(),
                                                 label(), param.value_text(), expected));
}

void Dram::check() {
  if (platform().describing()) return;
  for (const Param<unsigned>* count :
       {&channels, &ranks, &bank_groups, &banks, &rows, &columns, &width, &burst_length})
    if (count->given() && !is_power_of_two(*count)) reject(*count, "a power of two");
  const std::uint64_t all_banks = std::uint64_t{channels} * ranks * bank_groups * banks;
  if (all_banks > kMostBanks)
    reject(banks,
           fmt::format("at most {} banks in all channels together, not {}", kMostBanks, all_banks));
  if (columns.given() && columns < burst_length.get())
    reject(columns, fmt::format("at least the {} of a burst", burst_length.get()));
  if (diagnostics().failed()) return;
  if (ps(refi) != 0 && ps(refi) <= ps(rfc)) reject(refi, "more than tRFC, or 0 for no refresh");
}

std::uint64_t Dram::ps(const Clocks& value) const {
  const double clock_ps = 1e12 / clock->hz;
  return static_cast<std::uint64_t>(
      std::llround(static_cast<double>(value.clocks(clock_ps)) * clock_ps));
}

std::uint64_t Dram::ps(const Param<Clocks>& value, std::uint64_t otherwise) const {
  return value.given() ? ps(value.get()) : otherwise;
}

void Dram::make_profile() {
  DramProfile& p = profile_;
  p.channels = channels;
  p.ranks = ranks;
  p.bank_groups = bank_groups;
  p.banks = banks;
  p.rows = rows;
  p.columns = columns;
  p.channel_bytes = width / 8;
  p.burst_length = burst_length;
  p.overhead = overhead->value();
  p.burst = ps(Clocks{burst_length / 2, {}});
  p.cl = ps(cl) + ps(dqsck);
  p.cwl = ps(cwl);
  p.rcd = ps(rcd);
  p.rp = ps(rp);
  p.ras = ps(ras);
  p.rc = ps(rc, p.ras + p.rp);
  p.ccd_s = ps(ccd_s);
  p.ccd_l = ps(ccd_l, p.ccd_s);
  p.ccd_l_wr = ps(ccd_l_wr, p.ccd_l);
  p.rrd_s = ps(rrd_s);
  p.rrd_l = ps(rrd_l, p.rrd_s);
  p.faw = ps(faw);
  p.wr = ps(wr);
  p.wtr_s = ps(wtr_s);
  p.wtr_l = ps(wtr_l, p.wtr_s);
  p.rtp = ps(rtp);
  p.rtw = ps(rtw);
  p.rtrs = ps(rtrs);
  p.rfc = ps(rfc);
  p.refi = ps(refi);
}

DramMapping Dram::make_mapping() {
  try {
    return DramMapping(mapping, profile_);
  } catch (const std::invalid_argument& e) {
    diagnostics().error(mapping.where(), fmt::format("'mapping' of {} {}", label(), e.what()));
    return {};
  }
}

void Dram::refresh_statistics() {
  timing_->count_refreshes(sc_core::sc_time_stamp().value());
}

}  // namespace ringside
