// SPDX-License-Identifier: Apache-2.0
// Logs for tests: made record by record, changed, and gone at the end.
#pragma once

#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "cosim/log/log.h"

namespace ringside::test {

/// A file that is gone at the end.
struct TemporaryFile {
  TemporaryFile() {
    const int fd = mkstemp(path);
    BOOST_REQUIRE_GE(fd, 0);
    close(fd);
  }
  ~TemporaryFile() { std::remove(path); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  std::string bytes() const {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void put(const std::string& bytes) const {
    std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<long>(bytes.size()));
  }
  char path[32] = "cosim_replay_XXXXXX";
};

/// A transaction with its data.
struct Entry {
  cosim::Transaction t;
  std::vector<std::uint8_t> data, strobes;
  cosim::Transaction view() const {
    cosim::Transaction v = t;
    v.data = data.empty() ? nullptr : data.data();
    v.strobes = strobes.empty() ? nullptr : strobes.data();
    return v;
  }
};

inline std::vector<Entry> read_log(const std::string& path) {
  std::vector<Entry> entries;
  cosim::LogReader reader(path);
  cosim::Transaction t;
  while (reader.next(t)) {
    Entry e;
    e.t = t;
    if (t.data) e.data.assign(t.data, t.data + t.length);
    if (t.strobes) e.strobes.assign(t.strobes, t.strobes + t.length);
    entries.push_back(std::move(e));
  }
  return entries;
}

inline void write_log(const std::string& path, const std::vector<Entry>& entries,
                      std::uint32_t keep = cosim::LogWriter::kMostData) {
  cosim::LogWriter writer(path, keep);
  for (const Entry& e : entries) writer.see(e.view());
  BOOST_REQUIRE(writer.close());
}

/// The first entry from `from` on that is so; fails the test if there is none.
inline std::size_t find_entry(const std::vector<Entry>& entries,
                              const std::function<bool(const cosim::Transaction&)>& wanted,
                              std::size_t from = 0) {
  while (from < entries.size() && !wanted(entries[from].t)) ++from;
  BOOST_REQUIRE_LT(from, entries.size());
  return from;
}

}  // namespace ringside::test
