// SPDX-License-Identifier: Apache-2.0
// A DRAM from a profile of published values.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "memory/clocks.h"
#include "memory/dram_timing.h"
#include "memory/memory_timing.h"

namespace ringside {

/// Below a memory, as `timing`. Type `dram` takes its values from here, or what is missing from the
/// file that `profile` names; the other types (`ddr4-3200`) have a profile that comes with
/// Ringside, a file of their name in yaml/timing, and values that are written stand before the
/// profile's.
class Dram final : public MemoryTiming {
 public:
  Dram(const sc_core::sc_module_name& name, const ModelContext& context);

  std::uint64_t access(std::uint64_t offset, std::uint64_t bytes, bool is_write,
                       std::uint64_t arrival_ps) override {
    return timing_->access(offset, bytes, is_write, arrival_ps);
  }
  std::uint64_t capacity() const override { return profile_.capacity(); }
  void refresh_statistics() override;

  const DramTiming& timing() const { return *timing_; }

  Param<FilePath> profile{this, "profile", FilePath{},
                          "file with values of these parameters (type 'dram' only)"};
  Param<std::string> part{this, "part", "", "what the values are of, for reports"};
  Param<unsigned> channels{this, "channels", 1, Range<unsigned>{1, 64}, "a power of two"};
  Param<unsigned> ranks{this, "ranks", 1, Range<unsigned>{1, 16}, "of a channel, a power of two"};
  Param<unsigned> bank_groups{this, "bank_groups", 1, Range<unsigned>{1, 16},
                              "of a rank, a power of two; 1 for parts without"};
  Param<unsigned> banks{this, "banks", required, Range<unsigned>{1, 64},
                        "of a bank group, a power of two"};
  Param<unsigned> rows{this, "rows", required, Range<unsigned>{1, 1u << 24},
                       "of a bank, a power of two"};
  Param<unsigned> columns{this, "columns", required, Range<unsigned>{1, 1u << 16},
                          "of a row, a power of two; each as wide as the channel"};
  Param<unsigned> width{this, "width", required, Range<unsigned>{8, 1024},
                        "bits of a channel's data path, without ECC, a power of two"};
  Param<unsigned> burst_length{this, "burst_length", required, Range<unsigned>{2, 64},
                               "transfers of a burst, a power of two"};
  Param<std::vector<std::string>> mapping{
      this,
      "mapping",
      {"row", "rank", "bank", "column", "bank_group", "channel"},
      "order of an address's bits, from the most significant down: row, rank, bank, column, "
      "bank_group, channel; 'column:2' is two bits of a field that stands twice"};
  Param<sc_core::sc_time> overhead{
      this, "overhead", sc_core::sc_time(20, sc_core::SC_NS),
      Range<sc_core::sc_time>{sc_core::SC_ZERO_TIME, sc_core::sc_time(1, sc_core::SC_MS)},
      "of controller and PHY, once an access"};
  Param<Frequency> clock{this, "clock", required, Range<Frequency>{{1e6}, {1e11}},
                         "tCK is one period; two transfers in each"};
  Param<Clocks> cl{this, "CL", required, "read command to data (RL of LPDDR)"};
  Param<Clocks> cwl{this, "CWL", required, "write command to data (WL of LPDDR)"};
  Param<Clocks> dqsck{this, "tDQSCK", Clocks{}, "LPDDR: what a read takes beyond RL"};
  Param<Clocks> rcd{this, "tRCD", required, "activate to read or write"};
  Param<Clocks> rp{this, "tRP", required, "precharge to activate"};
  Param<Clocks> ras{this, "tRAS", required, "activate to precharge"};
  Param<Clocks> rc{this, "tRC", Clocks{},
                   "activate to activate of a bank; tRAS and tRP together if not given"};
  Param<Clocks> ccd_s{this, "tCCD_S", required,
                      "column command to column command, other bank group"};
  Param<Clocks> ccd_l{this, "tCCD_L", Clocks{}, "same bank group; tCCD_S if not given"};
  Param<Clocks> ccd_l_wr{this, "tCCD_L_WR", Clocks{},
                         "same bank group, both writes (DDR5); tCCD_L if not given"};
  Param<Clocks> rrd_s{this, "tRRD_S", required, "activate to activate, other bank group"};
  Param<Clocks> rrd_l{this, "tRRD_L", Clocks{}, "same bank group; tRRD_S if not given"};
  Param<Clocks> faw{this, "tFAW", required, "time that holds at most four activates of a rank"};
  Param<Clocks> wr{this, "tWR", required, "end of write data to precharge"};
  Param<Clocks> wtr_s{this, "tWTR_S", required,
                      "end of write data to a read command, other bank group"};
  Param<Clocks> wtr_l{this, "tWTR_L", Clocks{}, "same bank group; tWTR_S if not given"};
  Param<Clocks> rtp{this, "tRTP", required, "read command to precharge"};
  Param<Clocks> rtw{this, "tRTW", Clocks{2, {}},
                    "pause of the data path between read data and write data"};
  Param<Clocks> rtrs{this, "tRTRS", Clocks{2, {}}, "pause of the data path between two ranks"};
  Param<Clocks> rfc{this, "tRFC", required, "a refresh of all banks"};
  Param<Clocks> refi{this, "tREFI", required, "from refresh to refresh; 0: none"};

 private:
  void make_profile();
  std::uint64_t ps(const Clocks& value) const;
  std::uint64_t ps(const Param<Clocks>& value, std::uint64_t otherwise) const;
  void check();
  void reject(const ParamBase& param, const std::string& expected);
  DramMapping make_mapping();

  DramProfile profile_;
  std::unique_ptr<DramTiming> timing_;
};

}  // namespace ringside
