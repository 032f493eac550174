// SPDX-License-Identifier: Apache-2.0
// What QEMU does, message by message: a device realized, reset, and used by a guest's driver.
#include "backend/plugin_types.h"
#include "baseline/ahci.h"
#include "baseline/e1000.h"
#include "unit/vfio_user/vfio_bench.h"
#include "virtio/device/block.h"

using namespace ringside;
using namespace ringside::test;

namespace {

using Layout = VfioClient::Layout;

void register_more(Registry& registry) {
  register_vfio(registry);
  backend::register_types(registry);
  registry.add<virtio::VirtioDevice, virtio::Block>("virtio-blk", "block device");
  registry.add<pci::PciFunction, E1000>("e1000", "network controller");
  registry.add<pci::PciFunction, Ahci>("ahci", "host bus adapter");
  registry.add<AtaDisk, AtaDisk>("ata-disk", "disk");
}

}  // namespace

SIM_TEST_CASE(a_device_is_realized_and_reset) {
  VfioBench bench;
  bench.run([&] {
    PlainMemory guest;
    VfioQemu qemu(bench.path);
    qemu.realize(guest.memory);
    BOOST_TEST(qemu.capabilities.c_str() ==
               R"({"capabilities":{"max_data_xfer_size":1048576,"max_dma_maps":4096,)"
               R"("max_msg_fds":16,"pgsizes":4096,"write_multiple":true}})");
    BOOST_TEST(qemu.can_reset);
    BOOST_TEST(qemu.config_size == 4096u);
    BOOST_TEST(qemu.config.at(0) == 0xf4);
    BOOST_TEST(qemu.config.at(1) == 0x1a);
    BOOST_TEST(qemu.vectors == 2u);
    BOOST_TEST(qemu.capability(0x10) != 0u);
    BOOST_TEST(qemu.bars[1].size == 4096u);
    BOOST_TEST(qemu.bars[4].size == 16384u);
    BOOST_TEST(qemu.bars[0].size == 0u);
    BOOST_TEST(qemu.region(6).size == 0u);
    for (unsigned i = 0; i < 3; ++i) qemu.reset_machine();
    qemu.enumerate();
    BOOST_TEST((qemu.get<std::uint32_t>(7, 0x14) & ~15u) != 0u);
    BOOST_TEST((qemu.get<std::uint16_t>(7, 4) & 6) == 6);
    qemu.reset_machine();
    BOOST_TEST((qemu.get<std::uint32_t>(7, 0x14) & ~15u) == 0u);
    BOOST_TEST((qemu.get<std::uint16_t>(7, 4) & 6) == 0);
  });
  BOOST_TEST(bench.server.refusals.value() == 0u);
}

SIM_TEST_CASE(requests_in_all_kinds_of_rings) {
  VfioBench bench;
  unsigned interrupts = 0;  // that were waited for
  bench.run([&] {
    for (unsigned kind = 0; kind < 16; ++kind) {
      VfioSession::Options options;
      options.features = kVersion1 | (kind & 1 ? kPacked : 0) | (kind & 2 ? kIndirect : 0) |
                         (kind & 4 ? kEventIdx : 0);
      options.msix = kind & 8;
      PlainSession session(bench, options);
      session.requests.run(100, session.random);
      interrupts += session.requests.interrupts;
    }
  });
  BOOST_TEST(interrupts != 0u);
  BOOST_TEST(bench.loopback().failures == 0u);
  BOOST_TEST(bench.server.refusals.value() == 0u);
  BOOST_TEST(bench.server.dma_messages.value() == 0u);
  BOOST_TEST(bench.server.clients.value() == 16u);
}

SIM_TEST_CASE(memory_that_is_not_shared) {
  VfioBench bench;
  bench.run([&] {
    for (const Layout layout : {Layout::Specified, Layout::Short}) {
      for (const std::uint64_t ring : {std::uint64_t{0}, kPacked}) {
        VfioSession::Options options;
        options.features = kVersion1 | kEventIdx | ring;
        options.shared = false;
        options.layout = layout;
        PlainSession session(bench, options);
        session.requests.run(40, session.random);
        BOOST_TEST(session.qemu.served.reads > 40u);
        BOOST_TEST(session.qemu.served.writes > 40u);
      }
    }
  });
  BOOST_TEST(bench.loopback().failures == 0u);
  bench.server.refresh_statistics();
  BOOST_TEST(bench.server.dma_messages.value() > 320u);
}

SIM_TEST_CASE(windows_that_follow_each_other_some_shared) {
  VfioBench bench;
  bench.run([&] {
    constexpr std::uint64_t kMiB = 1 << 20;
    // In another order in the file, and not on pages.
    SharedMemory memory{{{kGuestBase, kMiB + 0x10, 2 * kMiB + 0x3210},
                         {kGuestBase + kMiB + 0x10, kMiB - 0x10, 0x3210},
                         {kGuestBase + 2 * kMiB, 2 * kMiB, 4 * kMiB}}};
    Arena arena(kGuestBase + kMiB - 200000, 400000 + kMiB);
    VfioSession session(bench, {}, memory, arena);
    session.requests.run(100, session.random);
    BOOST_TEST(session.qemu.served.reads == 0u);
    // The first half becomes one that is reached by messages.
    BOOST_TEST(session.qemu.unmap(kGuestBase, kMiB + 0x10).error == 0u);
    BOOST_TEST(session.qemu.map(VfioClient::range_of(memory.parts()[0])).error == 0u);
    session.requests.run(100, session.random);
    BOOST_TEST(session.qemu.served.reads != 0u);
  });
  BOOST_TEST(bench.loopback().failures == 0u);
}

SIM_TEST_CASE(over_a_link_in_timed_mode) {
  VfioBench bench("{type: virtio-pci, device: {type: loopback, packed: true}}",
                  ", link: {type: pcie-link, generation: 3, lanes: 4}",
                  "accuracy: timed\npacing: realtime");
  bench.run([&] {
    for (const bool msix : {true, false}) {
      VfioSession::Options options;
      options.msix = msix;
      PlainSession session(bench, options);
      session.requests.run(60, session.random);
    }
    // Buffers by messages, during which time passes, but not the ring.
    SharedMemory memory{{{kGuestBase, kGuestBytes / 2, 0},
                         {kGuestBase + kGuestBytes / 2, kGuestBytes / 2, kGuestBytes / 2}}};
    Arena arena(kGuestBase + kGuestBytes / 2 - 2048, 800000);
    VfioSession session(bench, {}, memory, arena);
    session.requests.run(10, session.random);
    const auto& upper = memory.parts()[1];
    BOOST_TEST(session.qemu.unmap(upper.guest, upper.bytes).error == 0u);
    BOOST_TEST(session.qemu.map(VfioClient::range_of(upper)).error == 0u);
    session.requests.run(60, session.random);
    BOOST_TEST(session.qemu.served.writes != 0u);
  });
  BOOST_TEST(bench.loopback().failures == 0u);
  auto& link = bench.sim.model<pci::Link>("v.link");
  link.refresh_statistics();
  BOOST_TEST(link.packets_up.value() > 200u);
  BOOST_TEST(link.packets_down.value() > 200u);
}

SIM_TEST_CASE(a_disk_is_written_and_read) {
  VfioBench bench(
      "{type: virtio-pci, device: {type: virtio-blk, serial: sn, backend: {type: memory, size: "
      "1MiB}}}",
      "", "", register_more);
  bench.run([&] {
    PlainMemory guest;
    VfioQemu qemu(bench.path);
    qemu.realize(guest.memory);
    qemu.reset_machine();
    qemu.enumerate();
    qemu.enable_msix(qemu.vectors);
    VfioVirtio driver(qemu);
    QueueOptions options;
    options.size = 8;
    const auto ring = DriverQueue::make(guest.memory, guest.arena, options);
    driver.negotiate(kVersion1);
    driver.add_queue(0, ring->place());
    driver.start();
    BOOST_TEST(driver.device_config<std::uint64_t>(0) == 2048u);  // sectors
    BOOST_TEST((qemu.config.at(2) | qemu.config.at(3) << 8) == 0x1042);
    const std::uint64_t header = guest.arena.take(16, 16), status = guest.arena.take(1, 1);
    const auto transfer = [&](std::uint32_t type, std::uint64_t sector, std::uint64_t at,
                              std::uint32_t bytes) {
      guest.memory.store<std::uint32_t>(header, type);
      guest.memory.store<std::uint32_t>(header + 4, 0);
      guest.memory.store<std::uint64_t>(header + 8, sector);
      guest.memory.store<std::uint8_t>(status, 0xff);
      const bool is_write = type == 1;
      std::vector<Piece> out{{header, 16}}, in{{status, 1}};
      if (is_write)
        out.push_back({at, bytes});
      else
        in.insert(in.begin(), {at, bytes});
      BOOST_TEST(ring->add(out, in, 1, Form::Direct));
      if (ring->publish()) driver.kick(0);
      while (!ring->used_waiting()) BOOST_TEST_REQUIRE(driver.wait_interrupt());
      const auto done = ring->next_used();
      BOOST_TEST((done && done->token == 1));
      BOOST_TEST(guest.memory.load<std::uint8_t>(status) == 0);
    };
    std::mt19937 random(3);
    const std::uint64_t out = guest.arena.take(65536, 4096), in = guest.arena.take(65536, 4096);
    for (unsigned i = 0; i < 20; ++i) {
      const auto bytes = static_cast<std::uint32_t>(512 * (1 + random() % 128));
      std::vector<std::uint8_t> data(bytes), back(bytes);
      for (std::uint8_t& byte : data) byte = static_cast<std::uint8_t>(random());
      guest.memory.write(out, data.data(), bytes);
      const std::uint64_t sector = random() % (2048 - 128);
      transfer(1, sector, out, bytes);
      transfer(0, sector, in, bytes);
      guest.memory.read(in, back.data(), bytes);
      BOOST_TEST((back == data));
    }
  });
  BOOST_TEST(bench.sim.model<virtio::Block>("v.function.device").queue(0).requests.value() == 40u);
}

SIM_TEST_CASE(functions_that_are_not_virtio) {
  VfioBench bench("{type: e1000, backend: {type: hub, network: n}}", "", "", register_more);
  bench.run([&] {
    PlainMemory guest;
    VfioQemu qemu(bench.path);
    qemu.realize(guest.memory);
    qemu.reset_machine();
    qemu.enumerate();
    BOOST_TEST((qemu.config.at(2) | qemu.config.at(3) << 8) == 0x100e);
    BOOST_TEST(qemu.bars[0].size == 128u << 10);
    qemu.put<std::uint32_t>(0, 0x5400, 0x12005452);  // RAL0
    BOOST_TEST(qemu.get<std::uint32_t>(0, 0x5400) == 0x12005452u);
    // An interrupt by the pin: cause set, then masked by reading the cause.
    qemu.put<std::uint32_t>(0, 0xd0, 1);
    qemu.put<std::uint32_t>(0, 0xc8, 1);
    BOOST_TEST(qemu.wait_and_serve(qemu.intx_fd()));
    BOOST_TEST((qemu.get<std::uint32_t>(0, 0xc0) & 1) != 0u);
    qemu.end_of_interrupt();
    BOOST_TEST(!qemu.wait_and_serve(qemu.intx_fd(), 50));
  });
}

SIM_TEST_CASE(an_adapter_with_msi) {
  VfioBench bench("{type: ahci}", "", "", register_more);
  bench.run([&] {
    PlainMemory guest;
    VfioQemu qemu(bench.path);
    qemu.realize(guest.memory);
    qemu.reset_machine();
    qemu.enumerate();
    BOOST_TEST(qemu.capability(5) != 0u);
    BOOST_TEST(qemu.irq(VfioClient::kMsi).count >= 1u);
    BOOST_TEST(qemu.get<std::uint32_t>(5, 0x10) != 0u);  // version
  });
}
