// SPDX-License-Identifier: Apache-2.0
// The model `rv64`: 1 to 8 RISC-V harts that share decoded code.
#pragma once

#include <memory>
#include <unordered_map>
#include <vector>

#include "cpu/block.h"
#include "cpu/rounds.h"
#include "cpu/rv64_hart.h"
#include "kit/code_pages.h"
#include "kit/command.h"
#include "kit/irq.h"
#include "kit/model.h"

namespace ringside::cpu {

class Rv64 final : public Model,
                   public HartContainer,
                   private CodePageListener,
                   private CodeWatcher {
 public:
  Rv64(const sc_core::sc_module_name& name, const ModelContext& context);
  ~Rv64() override;

  void reset() override;
  void refresh_statistics() override;
  void device_tree(DeviceTree& tree) override;
  std::vector<HartInterface*> harts() override;

  HartCore& core(unsigned index) { return harts_[index]->core(); }

  Param<unsigned> hart_count{this, "harts", 1, Range<unsigned>{1, 8}, "number of harts"};
  Param<Frequency> clock{this, "clock", Frequency{1e9}, Range<Frequency>{{1e6}, {100e9}},
                         "clock rate of the harts"};
  Param<Address> reset_vector{this, "reset_vector", Address{0x1000}, "where harts start"};
  Choice<unsigned> mmu{
      this, "mmu", {{"sv39", 3}, {"sv48", 4}, {"sv57", 5}}, 5, "largest virtual address space"};
  Param<bool> sstc{this, "sstc", true, "stimecmp: S-mode has a timer of its own"};
  Param<bool> svadu{this, "svadu", true,
                    "the page table walker can set A and D bits (when menvcfg.ADUE is set)"};
  Param<Node> timing{
      this, "timing", Node(),
      "cycles per instruction class, a map or the name of a file with one: alu, mul, "
      "div, load, store, branch, jump, amo, csr, fence, system, fp_add, fp_mul, "
      "fp_div, fp_fma, fp_misc (default 1 each)"};

  Command<std::optional<unsigned>> registers;

 private:
  HartCore& core_of(std::optional<unsigned> hart);
  CycleTable read_timing();
  void read_class(CycleTable& table, const std::string& name, const Node& value);
  std::vector<std::string> isa_extensions() const;
  void hart_node(DeviceTree& tree, Rv64Hart& hart) const;

  // CodePageListener: somebody else wrote to a page we decoded code from.
  void code_page_written(const std::uint8_t* page) override;
  // CodeWatcher
  void code_page_added(uint64_t ppn, const uint8_t* host) override;
  void blocks_flushed() override {}
  uint64_t flush_seen() const override { return ~uint64_t{0}; }

  Counter blocks_{this, "blocks", "count", "basic blocks decoded"};
  Counter dropped_{this, "code_pages_dropped", "count", "pages whose decoded code was overwritten"};

  BlockCache code_;
  Rounds rounds_;
  std::unordered_map<const uint8_t*, uint64_t> pages_;  ///< host page to physical page number
  std::vector<std::unique_ptr<Rv64Hart>> harts_;
};

}  // namespace ringside::cpu
