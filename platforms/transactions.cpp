// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cstdio>
#include <iostream>
#include <stdexcept>

#include "commands.h"
#include "cosim/log/log.h"
#include "exit_code.h"

namespace ringside::program {

using namespace cosim;

int transactions(const Options& options) {
  try {
    if (!options.summary) {
      LogReader log(options.transactions);
      dump(log, std::cout);
      std::cout.flush();
    }
    LogReader log(options.transactions);
    Transaction t;
    StreamHash hash;
    std::uint64_t records = 0, registers = 0, dma = 0, interrupts = 0;
    for (; log.next(t); ++records) {
      hash.see(t);
      if (is_message(t)) continue;
      if (t.is_dma())
        ++dma;
      else if (t.kind == Kind::Interrupt)
        ++interrupts;
      else
        ++registers;
    }
    fmt::print(
        "{}: {} records: {} register accesses, {} DMA accesses, {} interrupts; hash {:016x}\n",
        options.transactions, records, registers, dma, interrupts, hash.value());
    return kOk;
  } catch (const std::runtime_error& error) {
    std::fflush(stdout);
    const std::string text = error.what();
    const bool named = text.find(options.transactions) == 0;
    throw std::runtime_error(named ? text : options.transactions + ": " + text);
  }
}

}  // namespace ringside::program
