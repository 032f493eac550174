// SPDX-License-Identifier: Apache-2.0
// Where random bytes come from.
#include <set>

#include "backend/entropy_source.h"
#include "backend/plugin_types.h"
#include "support/sim.h"

using namespace ringside;

namespace {

struct Taker : Model {
  Taker(const sc_core::sc_module_name& name, const ModelContext& context) : Model(name, context) {
    source->on_ready([this] { ++readies; });
  }
  std::string take(std::size_t bytes) {
    std::string data(bytes, '?');
    data.resize(source->take(reinterpret_cast<std::uint8_t*>(data.data()), bytes));
    return data;
  }
  ChildSlot<backend::EntropySource> source{this, "source", "seeded", "random bytes"};
  unsigned readies = 0;
};

void register_taker(Registry& registry) {
  backend::register_types(registry);
  registry.add<Model, Taker>("taker", "takes random bytes");
}

struct Takers : test::Sim {
  explicit Takers(const std::string& yaml) : Sim(yaml, register_taker) {
    run(sc_core::sc_time(1, sc_core::SC_NS));
  }
  Taker& get(const char* name) { return model<Taker>(name); }
};

}  // namespace

SIM_TEST_CASE(a_seed_decides_everything) {
  Takers t(
      "children:\n"
      "  a: {type: taker, source: {type: seeded, seed: 7}}\n"
      "  b: {type: taker, source: {type: seeded, seed: 7}}\n"
      "  c: {type: taker, source: {type: seeded, seed: 8}}\n"
      "  d: {type: taker}\n"
      "  e: {type: taker}\n");
  std::set<std::string> seen;
  const std::string a = t.get("a").take(1000);
  BOOST_TEST(a.size() == 1000u);
  BOOST_TEST(t.get("b").take(1000) == a);
  for (const char* name : {"a", "c", "d", "e"}) seen.insert(t.get(name).take(16));
  seen.insert(a.substr(0, 16));
  BOOST_TEST(seen.size() == 5u);
  // In any portions, as long as they are whole words.
  Taker& b = t.get("b");
  const std::string next = t.get("a").take(0) + b.take(16);
  BOOST_TEST(next.size() == 16u);
}

SIM_TEST_CASE(the_generator_gives_known_numbers) {
  // xoshiro256** from the state that splitmix64 makes of 1: the reference's first outputs.
  Takers t("children:\n  a: {type: taker, source: {type: seeded, seed: 1}}\n");
  const std::string bytes = t.get("a").take(16);
  std::uint64_t words[2];
  std::memcpy(words, bytes.data(), 16);
  BOOST_TEST(words[0] == 0xb3f2af6d0fc710c5ull);
  BOOST_TEST(words[1] == 0x853b559647364ceaull);
}

SIM_TEST_CASE(a_reset_does_not_give_the_same_bytes_again) {
  Takers t("children:\n  a: {type: taker}\n");
  const std::string before = t.get("a").take(32);
  t.platform.request_reset();
  t.run(sc_core::sc_time(1, sc_core::SC_NS));
  BOOST_TEST(t.platform.resets() == 1u);
  BOOST_TEST(t.get("a").take(32) != before);
}

SIM_TEST_CASE(the_bytes_look_random) {
  Takers t("children:\n  a: {type: taker}\n");
  const std::string bytes = t.get("a").take(1 << 16);
  unsigned count[256] = {};
  for (const char byte : bytes) ++count[static_cast<unsigned char>(byte)];
  double chi_square = 0;
  for (const unsigned n : count) chi_square += (n - 256.0) * (n - 256.0) / 256.0;
  BOOST_TEST(chi_square > 150);  // 255 degrees of freedom: 255 +- 23
  BOOST_TEST(chi_square < 400);
}

SIM_TEST_CASE(the_host_gives_bytes_through_the_boundary) {
  Takers t("children:\n  a: {type: taker, source: host}\n");
  Taker& a = t.get("a");
  BOOST_TEST(a.take(100) == "");
  for (int i = 0; i < 1000 && a.readies == 0; ++i) t.run(sc_core::sc_time(1, sc_core::SC_US));
  BOOST_TEST(a.readies == 1u);
  const std::string first = a.take(100);
  BOOST_TEST(first.size() == 100u);
  BOOST_TEST(a.take(100) != first);
  // More than it has: what is there, and the rest later.
  const std::size_t rest = a.take(1 << 20).size();
  BOOST_TEST(rest > 0u);
  BOOST_TEST(rest < 1u << 20);
  for (int i = 0; i < 1000 && a.readies == 1; ++i) t.run(sc_core::sc_time(1, sc_core::SC_US));
  BOOST_TEST(a.take(1).size() == 1u);
}
