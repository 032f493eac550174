// SPDX-License-Identifier: Apache-2.0
// Eventfds: the pin, MSI and MSI-X, masks, and what VFIO calls actions.
#include "unit/vfio_user/vfio_bench.h"

using namespace ringside;
using namespace ringside::test;
using C = VfioClient;

namespace {

constexpr int kShort = 60;  // ms in which nothing comes

struct Bench : VfioBench {
  explicit Bench(const std::string& parameters = "")
      : VfioBench("{type: test-function" + parameters + "}") {}
  void pin(bool high) {
    in_simulation([&] { test_function().set_intx(high); });
  }
  void raise(unsigned vector) {
    in_simulation([&] { test_function().raise_msix(vector); });
  }
};

bool came(int fd, int patience = C::kPatienceMs) {
  return C::wait_event(fd, patience);
}

}  // namespace

SIM_TEST_CASE(the_pin_is_a_level_that_masks_itself) {
  Bench bench;
  bench.run([&] {
    C client(bench.path);
    EventFds fds;
    client.version();
    BOOST_TEST(client.set_irqs(C::kIntx, C::kEventFd | C::kTrigger, 0, 1, {fds[0]}).error == 0u);
    BOOST_TEST(!came(fds[0], kShort));
    bench.pin(true);
    BOOST_TEST(came(fds[0]));
    bench.pin(false);
    bench.pin(true);
    BOOST_TEST(!came(fds[0], kShort));  // masked
    BOOST_TEST(client.set_irqs(C::kIntx, C::kNone | C::kUnmask, 0, 1).error == 0u);
    BOOST_TEST(came(fds[0]));  // still high
    bench.pin(false);
    BOOST_TEST(client.set_irqs(C::kIntx, C::kBool | C::kUnmask, 0, 1, {}, {1}).error == 0u);
    BOOST_TEST(!came(fds[0], kShort));
    BOOST_TEST(client.set_irqs(C::kIntx, C::kNone | C::kMask, 0, 1).error == 0u);
    bench.pin(true);
    BOOST_TEST(!came(fds[0], kShort));
    BOOST_TEST(client.set_irqs(C::kIntx, C::kBool | C::kUnmask, 0, 1, {}, {0}).error == 0u);
    BOOST_TEST(!came(fds[0], kShort));
    BOOST_TEST(client.set_irqs(C::kIntx, C::kNone | C::kUnmask, 0, 1).error == 0u);
    BOOST_TEST(came(fds[0]));
    // Off and on again: a level is not lost.
    BOOST_TEST(client.set_irqs(C::kIntx, C::kNone | C::kTrigger, 0, 0).error == 0u);
    BOOST_TEST(client.set_irqs(C::kIntx, C::kEventFd | C::kTrigger, 0, 1, {fds[1]}).error == 0u);
    BOOST_TEST(came(fds[1]));
    // The driver turns the pin off in the command register.
    bench.pin(false);
    client.put<std::uint16_t>(7, 4, 1 << 10);
    client.set_irqs(C::kIntx, C::kNone | C::kUnmask, 0, 1);
    bench.pin(true);
    BOOST_TEST(!came(fds[1], kShort));
  });
}

SIM_TEST_CASE(the_pin_is_unmasked_by_an_eventfd) {
  Bench bench;
  bench.run([&] {
    C client(bench.path);
    EventFds fds;
    client.version();
    // As QEMU does with KVM, which then signals it at each end of interrupt.
    BOOST_TEST(client.set_irqs(C::kIntx, C::kEventFd | C::kTrigger, 0, 1, {fds[0]}).error == 0u);
    BOOST_TEST(client.set_irqs(C::kIntx, C::kNone | C::kMask, 0, 1).error == 0u);
    BOOST_TEST(client.set_irqs(C::kIntx, C::kEventFd | C::kUnmask, 0, 1, {fds[1]}).error == 0u);
    BOOST_TEST(client.set_irqs(C::kIntx, C::kNone | C::kUnmask, 0, 1).error == 0u);
    bench.pin(true);
    const std::uint64_t one = 1;
    for (unsigned i = 0; i < 5; ++i) {
      BOOST_TEST(came(fds[0]));
      BOOST_TEST(!came(fds[0], 10));
      BOOST_TEST(write(fds[1], &one, sizeof one) == 8);
    }
    BOOST_TEST(came(fds[0]));
    BOOST_TEST(client.set_irqs(C::kIntx, C::kEventFd | C::kUnmask, 0, 1).error == 0u);
    BOOST_TEST(write(fds[1], &one, sizeof one) == 8);
    BOOST_TEST(!came(fds[0], kShort));
  });
}

SIM_TEST_CASE(a_vector_ends_in_its_eventfd) {
  Bench bench;
  bench.run([&] {
    C client(bench.path);
    EventFds fds;
    client.version();
    const C::Bytes config = client.read(7, 0, 256);
    unsigned at = config.at(0x34);
    while (config.at(at) != 0x11) at = config.at(at + 1);
    client.put<std::uint16_t>(7, 4, 6);
    client.put<std::uint16_t>(7, at + 2, 0x8000);
    BOOST_TEST(client.set_irqs(C::kMsix, C::kEventFd | C::kTrigger, 0, 3, {fds[0], fds[1], fds[2]})
                   .error == 0u);
    for (unsigned vector : {2u, 0u, 1u}) {
      bench.raise(vector);
      BOOST_TEST(came(fds[vector]));
      for (unsigned other = 0; other < 3; ++other) BOOST_TEST(!came(fds[other], 5));
    }
    const auto pending = [&] { return client.get<std::uint64_t>(4, 0x800); };
    // One without an eventfd is pending until it has one.
    bench.raise(3);
    BOOST_TEST(pending() == 8u);
    BOOST_TEST(client.set_irqs(C::kMsix, C::kEventFd | C::kTrigger, 3, 1, {fds[3]}).error == 0u);
    BOOST_TEST(came(fds[3]));
    BOOST_TEST(pending() == 0u);
    // So is one that the client has masked, or has taken the eventfd of.
    BOOST_TEST(client.set_irqs(C::kMsix, C::kBool | C::kMask, 0, 2, {}, {0, 1}).error == 0u);
    BOOST_TEST(client.set_irqs(C::kMsix, C::kEventFd | C::kTrigger, 2, 1).error == 0u);
    for (unsigned vector = 0; vector < 4; ++vector) bench.raise(vector);
    BOOST_TEST(came(fds[0]));
    BOOST_TEST(came(fds[3]));
    BOOST_TEST(!came(fds[1], kShort));
    BOOST_TEST(pending() == 6u);
    BOOST_TEST(client.set_irqs(C::kMsix, C::kNone | C::kUnmask, 1, 1).error == 0u);
    BOOST_TEST(came(fds[1]));
    BOOST_TEST(pending() == 4u);
    // The function's mask, which the guest sets in configuration space.
    client.put<std::uint16_t>(7, at + 2, 0xc000);
    bench.raise(0);
    BOOST_TEST(!came(fds[0], kShort));
    client.put<std::uint16_t>(7, at + 2, 0x8000);
    BOOST_TEST(came(fds[0]));
    // The table that we would have is not the client's to write.
    client.write(4, 0, C::Bytes(64, 0xff));
    bench.raise(0);
    BOOST_TEST(came(fds[0]));
    // A client may try its eventfds.
    BOOST_TEST(client.set_irqs(C::kMsix, C::kNone | C::kTrigger, 0, 2).error == 0u);
    BOOST_TEST((came(fds[0]) && came(fds[1])));
    BOOST_TEST(client.set_irqs(C::kMsix, C::kBool | C::kTrigger, 0, 2, {}, {0, 1}).error == 0u);
    BOOST_TEST((!came(fds[0], kShort) && came(fds[1])));
    // A reset of the function from its own configuration space leaves the eventfds.
    unsigned express = config.at(0x34);
    while (config.at(express) != 0x10) express = config.at(express + 1);
    client.put<std::uint16_t>(7, express + 8, 0x8000);
    BOOST_TEST(client.get<std::uint16_t>(7, 4) == 0);
    client.put<std::uint16_t>(7, 4, 6);
    client.put<std::uint16_t>(7, at + 2, 0x8000);
    bench.raise(1);
    BOOST_TEST(came(fds[1]));
    // All of them off.
    BOOST_TEST(client.set_irqs(C::kMsix, C::kNone | C::kTrigger, 0, 0).error == 0u);
    bench.raise(1);
    BOOST_TEST(!came(fds[1], kShort));
  });
}

SIM_TEST_CASE(msi_messages_differ_in_their_lower_bits) {
  Bench bench(", messages: 4");
  bench.run([&] {
    C client(bench.path);
    EventFds fds;
    client.version();
    BOOST_TEST(client.irq(C::kMsi).count == 4u);
    const C::Bytes config = client.read(7, 0, 256);
    unsigned at = config.at(0x34);
    while (config.at(at) != 5) at = config.at(at + 1);
    client.put<std::uint16_t>(7, 4, 6);
    client.put<std::uint32_t>(7, at + 4, 0x2800'0000);
    client.put<std::uint16_t>(7, at + 12, 0x40);
    client.put<std::uint16_t>(7, at + 2, 0x21);  // enabled, four
    BOOST_TEST(
        client.set_irqs(C::kMsi, C::kEventFd | C::kTrigger, 0, 4, {fds[0], fds[1], fds[2], fds[3]})
            .error == 0u);
    for (unsigned message : {3u, 0u, 2u}) {
      bench.in_simulation([&] { bench.test_function().raise_msi(message); });
      BOOST_TEST(came(fds[message]));
      for (unsigned other = 0; other < 4; ++other) BOOST_TEST(!came(fds[other], 5));
    }
    BOOST_TEST(client.set_irqs(C::kMsi, C::kNone | C::kMask, 0, 1).error == unsigned{ENOTSUP});
  });
}

SIM_TEST_CASE(actions_that_are_refused) {
  Bench bench;
  bench.run([&] {
    C client(bench.path);
    EventFds fds;
    int ends[2];
    BOOST_TEST_REQUIRE(pipe(ends) == 0);
    client.version();
    const auto refused = [&](std::uint32_t index, std::uint32_t flags, std::uint32_t start,
                             std::uint32_t count, const std::vector<int>& some = {},
                             const C::Bytes& bools = {}) {
      return client.set_irqs(index, flags, start, count, some, bools).error != 0;
    };
    BOOST_TEST(refused(5, C::kNone | C::kTrigger, 0, 1));
    BOOST_TEST(refused(C::kMsi, C::kNone | C::kTrigger, 0, 1));  // has none
    BOOST_TEST(refused(C::kErr, C::kEventFd | C::kTrigger, 0, 1, {fds[0]}));
    BOOST_TEST(refused(C::kMsix, C::kEventFd | C::kTrigger, 0, 5, {fds[0]}));
    BOOST_TEST(refused(C::kMsix, C::kEventFd | C::kTrigger, 4, 1, {fds[0]}));
    BOOST_TEST(refused(C::kMsix, C::kEventFd | C::kTrigger, ~0u, 2, {fds[0]}));
    BOOST_TEST(refused(C::kMsix, C::kEventFd | C::kTrigger, 0, ~0u));
    BOOST_TEST(refused(C::kMsix, C::kEventFd | C::kTrigger, 0, 2, {fds[0]}));
    BOOST_TEST(refused(C::kMsix, C::kEventFd | C::kTrigger, 0, 1, {fds[0], fds[1]}));
    BOOST_TEST(refused(C::kMsix, C::kEventFd | C::kTrigger, 0, 2, {fds[0], ends[0]}));
    BOOST_TEST(refused(C::kMsix, C::kEventFd | C::kTrigger, 0, 0));
    BOOST_TEST(refused(C::kMsix, C::kNone | C::kMask, 0, 0));
    BOOST_TEST(refused(C::kMsix, C::kNone | C::kTrigger, 1, 0));
    BOOST_TEST(refused(C::kMsix, C::kNone | C::kTrigger, 0, 1, {fds[0]}));
    BOOST_TEST(refused(C::kMsix, C::kNone | C::kEventFd | C::kTrigger, 0, 1));
    BOOST_TEST(refused(C::kMsix, C::kNone | C::kMask | C::kTrigger, 0, 1));
    BOOST_TEST(refused(C::kMsix, C::kNone, 0, 1));
    BOOST_TEST(refused(C::kMsix, C::kTrigger, 0, 1));
    BOOST_TEST(refused(C::kMsix, C::kNone | C::kTrigger | 0x100, 0, 1));
    BOOST_TEST(refused(C::kMsix, C::kBool | C::kTrigger, 0, 2, {}, {1}));
    BOOST_TEST(refused(C::kMsix, C::kBool | C::kTrigger, 0, 2, {}, {1, 1, 1}));
    BOOST_TEST(refused(C::kMsix, C::kBool | C::kTrigger, 0, ~0u));
    BOOST_TEST(refused(C::kMsix, C::kEventFd | C::kUnmask, 0, 1, {fds[0]}));
    BOOST_TEST(refused(C::kIntx, C::kEventFd | C::kMask, 0, 1, {fds[0]}));
    BOOST_TEST(refused(C::kIntx, C::kEventFd | C::kUnmask, 0, 1, {ends[1]}));
    BOOST_TEST(refused(C::kIntx, C::kEventFd | C::kTrigger, 0, 1, {ends[1]}));
    // A size that is not the message's.
    BOOST_TEST(client.call(C::kSetIrqs, C::IrqSet{24, C::kNone | C::kTrigger, 2, 0, 0}).error !=
               0u);
    BOOST_TEST(client.call(C::kSetIrqs, C::Bytes(19)).error != 0u);
    BOOST_TEST(!refused(C::kMsix, C::kEventFd | C::kTrigger, 0, 1, {fds[0]}));
    for (int fd : ends) close(fd);
  });
}
