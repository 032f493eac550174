// SPDX-License-Identifier: Apache-2.0
// The log: what goes in comes out; damaged files are refused; waves can be read back.
#include "cosim/log/log.h"

#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <map>
#include <random>
#include <sstream>
#include <vector>

#include "cosim/log/normal_form.h"
#include "cosim/log/waves.h"
#include "scene.h"
#include "support/waves.h"

using namespace ringside;
using namespace ringside::cosim;
using ringside::test::read_waves;
using ringside::test::Seen;

namespace {

/// A file that is gone at the end.
struct TemporaryFile {
  TemporaryFile() {
    const int fd = mkstemp(path);
    BOOST_REQUIRE_GE(fd, 0);
    close(fd);
  }
  ~TemporaryFile() { std::remove(path); }
  std::string bytes() const {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void put(const std::string& bytes) const {
    std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<long>(bytes.size()));
  }
  char path[32] = "cosim_log_XXXXXX";
};

struct Record {
  Transaction t;
  std::vector<std::uint8_t> data, strobes;
  Transaction view() const {
    Transaction v = t;
    v.data = data.empty() ? nullptr : data.data();
    v.strobes = strobes.empty() ? nullptr : strobes.data();
    return v;
  }
};

std::vector<Record> random_records(std::uint32_t seed, unsigned count) {
  std::mt19937_64 random(seed);
  std::vector<Record> records(count);
  std::uint64_t number = 0, time = 0;
  for (Record& r : records) {
    r.t.number = number++;
    r.t.time = time += random() % 1000000;
    r.t.kind = static_cast<Kind>(random() % 5);
    r.t.status = static_cast<AccessStatus>(random() % 3);
    r.t.purpose = static_cast<Purpose>(random() % 11);
    r.t.device = static_cast<std::uint16_t>(random());
    r.t.queue = random() % 4 ? static_cast<std::uint16_t>(random() % 3) : Transaction::kNoQueue;
    r.t.request = random() % 4 ? random() : Transaction::kNoRequest;
    r.t.address = random() >> (random() % 64);
    r.t.length = static_cast<std::uint32_t>(random() % 300);
    r.data.resize(r.t.length);
    for (auto& byte : r.data) byte = static_cast<std::uint8_t>(random());
    if (random() % 3 == 0)
      for (std::uint32_t i = 0; i < r.t.length; ++i) r.strobes.push_back(random() % 2);
  }
  return records;
}

void check_same(const Transaction& a, const Transaction& b) {
  BOOST_TEST(to_string(a) == to_string(b));
  BOOST_TEST(a.device == b.device);
  BOOST_TEST((a.purpose == b.purpose && a.status == b.status));
  BOOST_TEST((a.data == nullptr) == (b.data == nullptr));
  BOOST_TEST((a.strobes == nullptr) == (b.strobes == nullptr));
  if (a.data && b.data) BOOST_TEST(std::memcmp(a.data, b.data, a.length) == 0);
  if (a.strobes && b.strobes) BOOST_TEST(std::memcmp(a.strobes, b.strobes, a.length) == 0);
}

}  // namespace

BOOST_AUTO_TEST_CASE(log_gives_back_what_it_was_given) {
  const TemporaryFile file;
  const auto records = random_records(1, 2000);
  StreamHash before, after;
  LogWriter writer(file.path);
  for (const Record& r : records) {
    writer.see(r.view());
    before.see(r.view());
  }
  BOOST_TEST(writer.close());
  LogReader reader(file.path);
  Transaction t;
  for (const Record& r : records) {
    BOOST_TEST_REQUIRE(reader.next(t));
    check_same(t, r.view());
    after.see(t);
  }
  BOOST_TEST(!reader.next(t));
  BOOST_TEST(before.value() == after.value());
  StreamHash other;
  Transaction changed = records[0].view();
  changed.address ^= 1;
  other.see(changed);
  StreamHash first;
  first.see(records[0].view());
  BOOST_TEST(other.value() != first.value());
}

BOOST_AUTO_TEST_CASE(log_of_a_ring_is_compact) {
  const TemporaryFile file;
  LogWriter writer(file.path);
  const std::uint8_t data[2] = {1, 0};
  Transaction t;
  t.purpose = Purpose::AvailIndex;
  t.queue = 0;
  t.address = 0x80001002;
  t.length = 2;
  t.data = data;
  for (unsigned i = 0; i < 1000; ++i) {
    t.number = i;
    t.time = 13000ull * i;
    t.request = i;
    writer.see(t);
  }
  BOOST_TEST(writer.close());
  BOOST_TEST(file.bytes().size() <= 16u + 1000u * 20u);
}

BOOST_AUTO_TEST_CASE(large_data_as_a_hash) {
  const TemporaryFile file;
  LogWriter writer(file.path, 16);
  std::vector<std::uint8_t> data(17, 5);
  Transaction t;
  t.length = 17;
  t.data = data.data();
  writer.see(t);
  data[3] = 6;
  writer.see(t);
  t.length = 16;
  writer.see(t);
  BOOST_TEST(writer.close());
  LogReader reader(file.path);
  BOOST_TEST_REQUIRE(reader.next(t));
  BOOST_TEST(reader.hashed());
  BOOST_TEST((t.data == nullptr));
  const auto first = reader.hash();
  BOOST_TEST_REQUIRE(reader.next(t));
  BOOST_TEST(reader.hash() != first);
  BOOST_TEST_REQUIRE(reader.next(t));
  BOOST_TEST(!reader.hashed());
}

BOOST_AUTO_TEST_CASE(dump_is_text) {
  const TemporaryFile file;
  LogWriter writer(file.path);
  const std::uint8_t data[2] = {7, 8}, strobes[2] = {1, 0};
  Transaction t;
  t.number = 3;
  t.time = 5000;
  t.kind = Kind::DmaWrite;
  t.purpose = Purpose::UsedIndex;
  t.queue = 1;
  t.request = 9;
  t.address = 0x3002;
  t.length = 2;
  t.data = data;
  t.strobes = strobes;
  writer.see(t);
  BOOST_TEST(writer.close());
  LogReader reader(file.path);
  std::ostringstream out;
  dump(reader, out);
  BOOST_TEST(out.str() == "3 5000 ps dma write queue 1 request 9 used_index 0x3002 +2 : 07 --\n");
}

BOOST_AUTO_TEST_CASE(damaged_logs_are_refused) {
  const TemporaryFile file;
  {
    LogWriter writer(file.path);
    for (const Record& r : random_records(2, 50)) writer.see(r.view());
    BOOST_TEST(writer.close());
  }
  const std::string whole = file.bytes();
  const auto read_all = [&] {
    LogReader reader(file.path);
    Transaction t;
    while (reader.next(t)) {
    }
  };
  BOOST_CHECK_THROW(LogReader("no/such/file"), std::runtime_error);
  BOOST_CHECK_THROW(LogWriter("no/such/file"), std::runtime_error);
  file.put("RSCOSIM\n");
  BOOST_CHECK_THROW(read_all(), std::runtime_error);
  std::string newer = whole;
  newer[8] = 2;
  file.put(newer);
  BOOST_CHECK_THROW(read_all(), std::runtime_error);
  file.put(whole.substr(0, whole.size() - 1));
  BOOST_CHECK_THROW(read_all(), std::runtime_error);
  // Anything else: an error or another content, but no harm.
  std::mt19937 random(4);
  for (unsigned i = 0; i < 2000; ++i) {
    std::string bytes = whole;
    for (unsigned k = 0; k < 3; ++k)
      bytes[16 + random() % (bytes.size() - 16)] = static_cast<char>(random());
    file.put(bytes);
    try {
      read_all();
    } catch (const std::runtime_error&) {
    }
  }
}

// ---- waves

namespace {

Transaction access(std::uint64_t number, std::uint64_t time, std::uint64_t address) {
  Transaction t;
  t.number = number;
  t.time = time;
  t.queue = 0;
  t.purpose = Purpose::Descriptor;
  t.address = address;
  t.length = 16;
  return t;
}

}  // namespace

BOOST_AUTO_TEST_CASE(waves_can_be_read_back) {
  const TemporaryFile file;
  {
    Waves waves(file.path, 1);
    waves.see(access(0, 1000, 5));
    waves.see(access(1, 1000, 6));
    Transaction t;
    t.kind = Kind::Interrupt;
    t.queue = 0;
    t.time = 3000;
    waves.see(t);
    t.queue = 7;  // not drawn
    waves.see(t);
  }
  const Seen seen = read_waves(file.path);
  const auto& what = seen.at("virtio.queue0.what");
  BOOST_TEST(what.back().second == "dma read descriptor");
  const auto& address = seen.at("virtio.queue0.address");
  BOOST_TEST_REQUIRE(address.size() >= 2u);
  BOOST_TEST(address[address.size() - 2].first == 1000u);
  BOOST_TEST(address.back().first == 1001u);
  BOOST_TEST(address.back().second == std::string(61, '0') + "110");
  BOOST_TEST(seen.at("virtio.queue0.interrupts").back().first == 3000u);
}

BOOST_AUTO_TEST_CASE(window_around_a_finding) {
  const TemporaryFile file;
  WaveWindow window(file.path, 1, 10, 5);
  for (unsigned i = 0; i < 100; ++i) window.see(access(i, 1000 * i, i));
  BOOST_TEST(file.bytes().empty());
  window.mark();
  for (unsigned i = 100; i < 200; ++i) window.see(access(i, 1000 * i, i));
  window.mark();
  window.close();
  const Seen seen = read_waves(file.path);
  const auto& address = seen.at("virtio.queue0.address");
  std::uint64_t first = ~std::uint64_t{0}, last = 0;
  for (const auto& [time, value] : address) {
    if (value.find('x') != std::string::npos) continue;  // before the first
    first = std::min(first, time);
    last = std::max(last, time);
  }
  BOOST_TEST(first == 90000u);
  BOOST_TEST(last == 104000u);
}

namespace {

struct Lines final : Listener {
  void see(const Transaction& t) override {
    std::string bytes;
    for (std::uint32_t i = 0; t.data && i < t.length; ++i) bytes += static_cast<char>(t.data[i]);
    lines.push_back(to_string(t) + " " + bytes);
  }
  std::vector<std::string> lines;
};

Transaction access(Kind kind, Purpose purpose, std::uint64_t address, const char* data,
                   const std::uint8_t* strobes = nullptr) {
  Transaction t;
  t.number = 77;
  t.time = 5000;
  t.request = 9;
  t.device = 3;
  t.queue = 0;
  t.kind = kind;
  t.purpose = purpose;
  t.address = address;
  t.length = static_cast<std::uint32_t>(std::strlen(data));
  t.data = reinterpret_cast<const std::uint8_t*>(data);
  t.strobes = strobes;
  return t;
}

}  // namespace

BOOST_AUTO_TEST_CASE(normal_form_joins_what_engines_cut) {
  const std::uint8_t strobes[] = {0, 1, 1, 0, 1, 0};
  Lines whole, cut;
  NormalForm a(whole), b(cut);
  a.see(access(Kind::DmaRead, Purpose::IndirectTable, 0x100, "abcdefgh"));
  a.see(access(Kind::DmaWrite, Purpose::Payload, 0x300, "wxyz"));
  a.see(access(Kind::DmaRead, Purpose::Payload, 0x200, "1234"));
  a.see(access(Kind::DmaWrite, Purpose::UsedRing, 0x401, "ab"));
  a.see(access(Kind::DmaWrite, Purpose::UsedRing, 0x404, "d"));
  a.finish();

  b.see(access(Kind::DmaRead, Purpose::IndirectTable, 0x100, "abcd"));
  b.see(access(Kind::RegisterRead, Purpose::Config, 0x14, "x"));
  b.see(access(Kind::DmaRead, Purpose::IndirectTable, 0x104, "efgh"));
  b.see(access(Kind::DmaRead, Purpose::Payload, 0x202, "34"));
  b.see(access(Kind::DmaWrite, Purpose::Payload, 0x302, "yz"));
  b.see(access(Kind::DmaRead, Purpose::Payload, 0x200, "12"));
  b.see(access(Kind::DmaWrite, Purpose::Payload, 0x300, "wx"));
  b.see(access(Kind::DmaWrite, Purpose::UsedRing, 0x400, "-ab-d-", strobes));
  b.finish();
  BOOST_TEST(whole.lines == cut.lines, boost::test_tools::per_element());
  BOOST_TEST_REQUIRE(whole.lines.size() == 5u);
  BOOST_TEST(whole.lines[1] == "1 0 ps dma read queue 0 payload 0x200 +4 1234");
}

BOOST_AUTO_TEST_CASE(normal_form_keeps_the_order_of_ring_and_interrupts) {
  const auto lines = [](std::initializer_list<Transaction> stream) {
    Lines out;
    NormalForm form(out);
    for (const Transaction& t : stream) form.see(t);
    form.finish();
    return out.lines;
  };
  const Transaction payload = access(Kind::DmaWrite, Purpose::Payload, 0x300, "wxyz");
  const Transaction element = access(Kind::DmaWrite, Purpose::UsedRing, 0x400, "abcdefgh");
  const Transaction index = access(Kind::DmaWrite, Purpose::UsedIndex, 0x3fe, "i");
  const Transaction interrupt = access(Kind::Interrupt, Purpose::Interrupt, 0, "");
  const auto right = lines({payload, element, index, interrupt});
  BOOST_TEST(right.size() == 4u);
  BOOST_TEST((right != lines({element, payload, index, interrupt})));
  BOOST_TEST((right != lines({payload, index, element, interrupt})));
  BOOST_TEST((right != lines({payload, element, interrupt, index})));
}
