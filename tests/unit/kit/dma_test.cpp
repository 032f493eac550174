// SPDX-License-Identifier: Apache-2.0
#include "kit/dma.h"

#include <cstring>

#include "support/sim.h"

using namespace ringside;

namespace {

constexpr std::uint64_t kBytes = 64 << 10;

/// Memory from 0 that takes 10 ns per transaction and refuses the page at 0x8000.
struct Target : Model {
  Target(const sc_core::sc_module_name& name, const ModelContext& context) : Model(name, context) {
    port.set_bound();
    port.on_transport([this](tlm::tlm_generic_payload& p, sc_core::sc_time& delay) { serve(p, delay); });
    port.on_direct([this](tlm::tlm_generic_payload& p, tlm::tlm_dmi& dmi) {
      ++asked;
      if (p.get_address() >= 0x8000 || !gives_direct) return false;
      dmi.set_dmi_ptr(memory);
      dmi.set_start_address(0);
      dmi.set_end_address(0x7fff);
      dmi.allow_read_write();
      return true;
    });
  }
  void serve(tlm::tlm_generic_payload& p, sc_core::sc_time& delay) {
    const std::uint64_t at = p.get_address();
    const unsigned bytes = p.get_data_length();
    TransactionTag* tag = nullptr;
    p.get_extension(tag);
    seen.push_back({at, bytes, tag ? *tag : TransactionTag()});
    delay += sc_core::sc_time(10, sc_core::SC_NS);
    if (at >= kBytes || bytes > kBytes - at) return p.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    if (at / 0x1000 == 8) return p.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
    if (p.is_read())
      std::memcpy(p.get_data_ptr(), memory + at, bytes);
    else
      std::memcpy(memory + at, p.get_data_ptr(), bytes);
    p.set_response_status(tlm::TLM_OK_RESPONSE);
  }
  struct Access {
    std::uint64_t address;
    unsigned bytes;
    TransactionTag tag;
  };
  MmioPort port{this, "port", "base", Address{0}, kBytes, "memory"};
  alignas(4096) std::uint8_t memory[kBytes] = {};
  std::vector<Access> seen;
  unsigned asked = 0;
  bool gives_direct = true;
};

struct Observer : DmaObserver {
  void on_dma(bool is_write, std::uint64_t address, const std::uint8_t* data, std::size_t bytes,
              const TransactionTag&, DmaStatus) override {
    text += (is_write ? "w" : "r") + std::to_string(address) + "+" + std::to_string(bytes) + "=" +
            std::to_string(data[0]) + " ";
  }
  std::string text;
};

struct Device : Model {
  Device(const sc_core::sc_module_name& name, const ModelContext& context) : Model(name, context) {
    dma.set_bound();
    SC_HAS_PROCESS(Device);
    SC_THREAD(main);
  }
  void main() {
    if (body) body();
    platform().request_stop(0, "done");
  }
  DmaPort dma{this, "dma", "to memory"};
  std::function<void()> body;
};

void register_types(Registry& registry) {
  registry.add<Model, Target>("target", "memory");
  registry.add<Model, Device>("device", "does DMA");
}

struct Setup : test::Sim {
  explicit Setup(const std::string& accuracy)
      : test::Sim("accuracy: " + accuracy + "\nchildren: {t: {type: target}, d: {type: device}}", register_types),
        t(model<Target>("t")),
        d(model<Device>("d")) {
    d.dma.socket.bind(t.port.socket);
  }
  void go(std::function<void()> body) {
    d.body = std::move(body);
    run(sc_core::sc_time(1, sc_core::SC_MS));
    BOOST_TEST(platform.stopped());
  }
  Target& t;
  Device& d;
  std::vector<std::uint8_t> buffer = std::vector<std::uint8_t>(kBytes);
};

}  // namespace

SIM_TEST_CASE(timed_dma_takes_time_and_carries_tags) {
  Setup s("timed");
  s.go([&] {
    s.t.memory[0x123] = 42;
    TransactionTag tag;
    tag.requester_id = 0x0108;
    tag.queue = 3;
    tag.step = Step::Payload;
    tag.request = 77;
    BOOST_TEST((s.d.dma.read(0x123, s.buffer.data(), 1, tag) == DmaStatus::Ok));
    BOOST_TEST(s.buffer[0] == 42);
    BOOST_TEST((sc_core::sc_time_stamp() == sc_core::sc_time(10, sc_core::SC_NS)));
    BOOST_REQUIRE_EQUAL(s.t.seen.size(), 1u);
    BOOST_TEST(s.t.seen[0].tag.queue == 3);
    BOOST_TEST(s.t.seen[0].tag.requester_id == 0x0108);
    BOOST_TEST((s.t.seen[0].tag.step == Step::Payload));
    BOOST_TEST(s.t.seen[0].tag.request == 77u);
    BOOST_TEST(s.t.asked == 0u);  // no direct pointers in timed mode
  });
}

SIM_TEST_CASE(posted_writes_are_transactions) {
  Setup s("functional");
  s.go([&] {
    BOOST_TEST((s.d.dma.write(0x2000, "a", 1, {}) == DmaStatus::Ok));  // makes a direct pointer
    BOOST_TEST((s.d.dma.post(0x2000, "b", 1, {}) == DmaStatus::Ok));
    BOOST_TEST(s.t.memory[0x2000] == 'b');
    BOOST_REQUIRE_EQUAL(s.t.seen.size(), 1u);
  });
}

SIM_TEST_CASE(pointers_are_given_up_where_asked) {
  Setup s("functional");
  s.go([&] {
    const auto asks = [&] {
      const unsigned before = s.t.asked;
      s.d.dma.write(0x2000, "a", 1, {});
      return s.t.asked != before;
    };
    BOOST_TEST(asks());
    BOOST_TEST(!asks());
    s.d.dma.drop_windows(0x8000, ~std::uint64_t{0});  // the pointer ends below
    BOOST_TEST(!asks());
    s.d.dma.drop_windows(0x7fff, 0x7fff);
    BOOST_TEST(asks());
    s.d.dma.use_physical_addresses(false, false);  // as before
    BOOST_TEST(!asks());
    s.d.dma.use_physical_addresses(true, false);
    BOOST_TEST(asks());
  });
}

SIM_TEST_CASE(whose_addresses_is_in_the_tag) {
  Setup s("timed");
  s.go([&] {
    for (const bool accesses : {false, true})
      for (const bool posts : {false, true}) {
        s.t.seen.clear();
        s.d.dma.use_physical_addresses(accesses, posts);
        s.d.dma.write(0x2000, "a", 1, {});
        s.d.dma.post(0x2000, "b", 1, {});
        BOOST_TEST(s.t.seen[0].tag.physical == accesses);
        BOOST_TEST(s.t.seen[1].tag.physical == posts);
      }
  });
}

SIM_TEST_CASE(transactions_do_not_cross_4_kib) {
  Setup s("timed");
  s.go([&] {
    BOOST_TEST((s.d.dma.write(0x0ff0, s.buffer.data(), 0x2020, {}) == DmaStatus::Ok));
    BOOST_REQUIRE_EQUAL(s.t.seen.size(), 4u);
    BOOST_TEST(s.t.seen[0].bytes == 0x10u);
    BOOST_TEST(s.t.seen[1].address == 0x1000u);
    BOOST_TEST(s.t.seen[1].bytes == 0x1000u);
    BOOST_TEST(s.t.seen[3].bytes == 0x10u);
    BOOST_TEST((sc_core::sc_time_stamp() == sc_core::sc_time(40, sc_core::SC_NS)));
  });
}

SIM_TEST_CASE(functional_dma_goes_through_direct_pointers) {
  Setup s("functional");
  s.go([&] {
    std::strcpy(reinterpret_cast<char*>(s.buffer.data()), "hello");
    for (int i = 0; i < 3; ++i)
      BOOST_TEST((s.d.dma.write(0x2000, s.buffer.data(), 6, {}) == DmaStatus::Ok));
    BOOST_TEST(std::string(reinterpret_cast<char*>(s.t.memory + 0x2000)) == "hello");
    BOOST_TEST(s.t.seen.empty());
    BOOST_TEST(s.t.asked == 1u);
    BOOST_TEST((sc_core::sc_time_stamp() == sc_core::SC_ZERO_TIME));
    // Beyond the window: a transaction.
    BOOST_TEST((s.d.dma.read(0x9000, s.buffer.data(), 8, {}) == DmaStatus::Ok));
    BOOST_TEST(s.t.seen.size() == 1u);
    // Across its end, too.
    BOOST_TEST((s.d.dma.read(0x7ffc, s.buffer.data(), 8, {}) == DmaStatus::BusError));
  });
}

SIM_TEST_CASE(invalidated_pointers_are_not_used_again) {
  Setup s("functional");
  s.go([&] {
    s.d.dma.read(0, s.buffer.data(), 8, {});
    s.t.gives_direct = false;
    s.t.port.invalidate_direct(0, 0x7fff);
    s.d.dma.read(0, s.buffer.data(), 8, {});
    BOOST_TEST(s.t.seen.size() == 1u);
  });
}

SIM_TEST_CASE(direct_writes_reach_decoded_code) {
  struct Listener : CodePageListener {
    void code_page_written(const std::uint8_t*) override { ++told; }
    int told = 0;
  } listener;
  Setup s("functional");
  s.platform.code_pages().add_memory(s.t.memory, kBytes);
  s.platform.code_pages().add_listener(&listener);
  s.go([&] {
    s.platform.code_pages().mark(s.t.memory + 0x3000);
    s.d.dma.read(0x3000, s.buffer.data(), 8, {});
    BOOST_TEST(listener.told == 0);
    s.d.dma.write(0x2ffc, s.buffer.data(), 8, {});
    BOOST_TEST(listener.told == 1);
  });
}

static void errors(const char* accuracy) {
  Setup s(accuracy);
  s.go([&] {
    BOOST_TEST((s.d.dma.read(kBytes, s.buffer.data(), 4, {}) == DmaStatus::AddressError));
    BOOST_TEST((s.d.dma.read(kBytes - 2, s.buffer.data(), 4, {}) == DmaStatus::AddressError));
    BOOST_TEST((s.d.dma.write(0x8010, s.buffer.data(), 4, {}) == DmaStatus::BusError));
    // Ends at the last address there is, and one beyond.
    BOOST_TEST((s.d.dma.read(~std::uint64_t{3}, s.buffer.data(), 4, {}) == DmaStatus::AddressError));
    const std::size_t before = s.t.seen.size();
    BOOST_TEST((s.d.dma.read(~std::uint64_t{3}, s.buffer.data(), 5, {}) == DmaStatus::AddressError));
    BOOST_TEST(s.t.seen.size() == before);
    // Nothing to do is no access.
    BOOST_TEST((s.d.dma.read(~std::uint64_t{0}, s.buffer.data(), 0, {}) == DmaStatus::Ok));
    // Stops at the first page that fails.
    BOOST_TEST((s.d.dma.write(0x7f00, s.buffer.data(), 0x3000, {}) == DmaStatus::BusError));
    BOOST_TEST(s.t.seen.back().address == 0x8000u);
  });
}
SIM_TEST_CASE(dma_errors_timed) { errors("timed"); }
SIM_TEST_CASE(dma_errors_functional) { errors("functional"); }

SIM_TEST_CASE(a_posted_write_does_not_wait) {
  Setup s("timed");
  s.go([&] {
    const std::uint32_t message = 0x1234;
    BOOST_TEST((s.d.dma.post(0x100, &message, 4, {}) == DmaStatus::Ok));
    BOOST_TEST((sc_core::sc_time_stamp() == sc_core::SC_ZERO_TIME));
    BOOST_TEST(s.t.memory[0x100] == 0x34);
  });
}

SIM_TEST_CASE(an_observer_sees_each_access) {
  Setup s("functional");
  Observer observer;
  s.go([&] {
    s.d.dma.observe(&observer);
    s.buffer[0] = 7;
    s.d.dma.write(16, s.buffer.data(), 4, {});
    s.d.dma.read(16, s.buffer.data(), 2, {});
    s.d.dma.observe(nullptr);
    s.d.dma.read(16, s.buffer.data(), 2, {});
  });
  BOOST_TEST(observer.text == "w16+4=7 r16+2=7 ");
}

SIM_TEST_CASE(steps_have_names) {
  BOOST_TEST(to_string(Step::AvailIndex) == std::string("avail_index"));
  BOOST_TEST(to_string(Step::Interrupt) == std::string("interrupt"));
}
