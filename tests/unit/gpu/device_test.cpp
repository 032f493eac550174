// SPDX-License-Identifier: Apache-2.0
// The GPU as a driver sees it, and what a display shows of it.
#include <nlohmann/json.hpp>

#include "unit/gpu/gpu_bench.h"
#include "unit/gpu/png_file.h"
#include "virtio/device/gpu_edid.h"

using namespace ringside;
using namespace ringside::test;
using namespace ringside::virtio;
using backend::Picture;

SIM_TEST_CASE(it_offers_what_the_reference_does_and_more_on_request) {
  GpuBench b("queue_size: 64");
  BOOST_TEST((b.device.device_features() == FeatureSet{kGpuEdid}));
  BOOST_TEST(b.device.config_bytes() == 16u);
  BOOST_TEST(b.device.num_queues() == 2u);
  BOOST_TEST(b.device.queue_setup(0).max_size == 64);
  BOOST_TEST(b.device.queue_setup(1).max_size == 16);
  BOOST_TEST(b.config(8) == 1u);
  BOOST_TEST(b.config(12) == 0u);
  BOOST_TEST(b.device.shared_memory().empty());
}

SIM_TEST_CASE(blob_alignment_needs_blobs) {
  GpuBench b("blob: true, blob_alignment: 4096, resource_uuid: true");
  BOOST_TEST((b.device.device_features() ==
              FeatureSet{kGpuEdid, kGpuResourceUuid, kGpuResourceBlob, kGpuBlobAlignment}));
  BOOST_TEST(b.device.config_bytes() == 20u);
  BOOST_TEST(b.config(16) == 4096u);
  b.run([&] {
    BOOST_TEST(!b.driver.negotiate({kVersion1, kGpuBlobAlignment}));
    BOOST_TEST(b.driver.negotiate({kVersion1, kGpuBlobAlignment, kGpuResourceBlob}));
  });
}

SIM_TEST_CASE(display_information_is_complete) {
  GpuBench b;
  b.run([&] {
    SPEC("gpu.device-initialization.1");
    BOOST_TEST_REQUIRE(b.start());
    const Bytes answer = b.send(b.request(GpuType::GetDisplayInfo));
    BOOST_TEST_REQUIRE(answer.size() == 408u);
    BOOST_TEST(b.type_of(answer) == static_cast<int>(GpuType::OkDisplayInfo));
    for (unsigned i = 0; i < 16; ++i) {
      const std::uint8_t* one = &answer[24 + 24 * i];
      BOOST_TEST(get_le32(one) == (i == 1 ? 64u : 0u));
      BOOST_TEST(get_le32(one + 8) == (i < 2 ? 64u : 0u));
      BOOST_TEST(get_le32(one + 12) == (i < 2 ? 48u : 0u));
      BOOST_TEST(get_le32(one + 16) == (i < 2 ? 1u : 0u));
    }
  });
}

SIM_TEST_CASE(each_scanout_has_an_edid) {
  GpuBench b;
  b.run([&] {
    SPEC("gpu.device-initialization.2");
    BOOST_TEST_REQUIRE(b.start());
    const Bytes answer = b.send(b.request(GpuType::GetEdid, {1, 0}));
    BOOST_TEST_REQUIRE(answer.size() == 1056u);
    BOOST_TEST(b.type_of(answer) == static_cast<int>(GpuType::OkEdid));
    BOOST_TEST(get_le32(&answer[24]) == 128u);
    const auto expected = make_edid({64, 48, "Ringside", 2});
    BOOST_TEST(std::equal(expected.begin(), expected.end(), answer.begin() + 32));
    BOOST_TEST(b.ask(GpuType::GetEdid, {2, 0}) == b.kBadScanout);
  });
}

SIM_TEST_CASE(a_picture_reaches_its_scanout_pixel_by_pixel) {
  GpuBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start());
    b.make_picture(5, 40, 30, 3);
    BOOST_TEST(b.ask(GpuType::SetScanout, {4, 2, 32, 20, 0, 5}) == b.kOk);
    const Picture& shown = b.display().picture(0);
    BOOST_TEST_REQUIRE(shown.width == 32u);
    BOOST_TEST_REQUIRE(shown.height == 20u);
    for (unsigned y = 0; y < 20; ++y)
      for (unsigned x = 0; x < 32; ++x)
        BOOST_TEST_REQUIRE(shown.pixels[y * 32 + x] == b.color(3, (y + 2) * 40 + x + 4));
    BOOST_TEST(b.display().picture(1).empty());
  });
}

SIM_TEST_CASE(a_screenshot_is_the_picture) {
  GpuBench b;
  const PngFile file;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start());
    b.make_picture(5, 40, 30, 9);
    BOOST_TEST(b.ask(GpuType::SetScanout, {0, 0, 40, 30, 1, 5}) == b.kOk);
    b.device.screenshot.call(Node::parse("{file: '" + file.path + "', scanout: 1}", "test"));
    const Picture read = file.read();
    BOOST_TEST_REQUIRE(read.width == 40u);
    for (std::size_t i = 0; i < read.pixels.size(); ++i)
      BOOST_TEST_REQUIRE((read.pixels[i] & 0xffffff) == (b.color(9, i) & 0xffffff));
    BOOST_CHECK_THROW(b.device.screenshot.call(Node::parse("{file: x.png}", "test")), CommandError);
    BOOST_CHECK_THROW(b.device.screenshot.call(Node::parse("{file: x.png, scanout: 2}", "test")),
                      CommandError);
  });
}

SIM_TEST_CASE(only_what_was_transferred_and_flushed_is_new) {
  GpuBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start());
    b.make_picture(5, 16, 16, 1);
    BOOST_TEST(b.ask(GpuType::SetScanout, {0, 0, 16, 16, 0, 5}) == b.kOk);
    BOOST_TEST(b.ask(GpuType::ResourceDetachBacking, {5, 0}) == b.kOk);
    const std::uint64_t at = b.paint(16, 16, 2);
    // In two pieces that meet within a pixel's line.
    BOOST_TEST(b.ask(GpuType::ResourceAttachBacking,
                     {5, 2, b.low(at), b.high(at), 100, 0, b.low(at + 100), b.high(at), 924, 0}) ==
               b.kOk);
    // A box: its offset is where its first pixel lies in the backing.
    const std::uint32_t offset = (2 * 16 + 3) * 4;
    BOOST_TEST(b.ask(GpuType::TransferToHost2d, {3, 2, 5, 6, offset, 0, 5, 0}) == b.kOk);
    const auto& pixels = b.display().picture(0).pixels;
    BOOST_TEST(pixels[2 * 16 + 3] == b.color(1, 2 * 16 + 3));  // not flushed yet
    BOOST_TEST(b.ask(GpuType::ResourceFlush, {0, 0, 16, 16, 5, 0}) == b.kOk);
    for (unsigned y = 0; y < 16; ++y)
      for (unsigned x = 0; x < 16; ++x) {
        const bool inside = x >= 3 && x < 8 && y >= 2 && y < 8;
        BOOST_TEST_REQUIRE(pixels[y * 16 + x] == b.color(inside ? 2 : 1, y * 16 + x));
      }
  });
}

SIM_TEST_CASE(two_scanouts_may_show_parts_of_one_picture) {
  GpuBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start());
    b.make_picture(5, 32, 16, 1);
    BOOST_TEST(b.ask(GpuType::SetScanout, {0, 0, 20, 16, 0, 5}) == b.kOk);
    BOOST_TEST(b.ask(GpuType::SetScanout, {12, 0, 20, 16, 1, 5}) == b.kOk);
    BOOST_TEST(b.display().picture(1).pixels[0] == b.color(1, 12));
    const auto before = b.display().updates.value();
    BOOST_TEST(b.ask(GpuType::ResourceFlush, {0, 0, 4, 4, 5, 0}) == b.kOk);
    BOOST_TEST(b.display().updates.value() == before + 1);
    BOOST_TEST(b.ask(GpuType::ResourceFlush, {14, 0, 4, 4, 5, 0}) == b.kOk);
    BOOST_TEST(b.display().updates.value() == before + 3);
    BOOST_TEST(b.ask(GpuType::SetScanout, {0, 0, 0, 0, 0, 0}) == b.kOk);
    BOOST_TEST(b.display().picture(0).empty());
    BOOST_TEST(b.ask(GpuType::ResourceUnref, {5, 0}) == b.kOk);
    BOOST_TEST(b.display().picture(1).empty());
  });
}

SIM_TEST_CASE(a_fence_comes_back_when_the_work_is_done) {
  GpuBench b;
  b.run([&] {
    SPEC("gpu.device-operation-command-lifecycle-and-fencing.1");
    BOOST_TEST_REQUIRE(b.start());
    b.make_picture(5, 8, 8, 1);
    b.ask(GpuType::SetScanout, {0, 0, 8, 8, 0, 5});
    const std::uint64_t at = b.paint(8, 8, 7);
    b.ask(GpuType::ResourceDetachBacking, {5, 0});
    b.ask(GpuType::ResourceAttachBacking, {5, 1, b.low(at), b.high(at), 256, 0});
    const Bytes answer = b.send(
        b.request(GpuType::TransferToHost2d, {0, 0, 8, 8, 0, 0, 5, 0}, 1, 0x123456789abcdef0));
    BOOST_TEST(b.type_of(answer) == b.kOk);
    BOOST_TEST(get_le32(&answer[4]) == 1u);
    BOOST_TEST(get_le64(&answer[8]) == 0x123456789abcdef0u);
    BOOST_TEST(b.device.resources().find(5)->pixels[9] == b.color(7, 9));
    // Errors carry it as well, and without the flag nothing is copied.
    const Bytes error = b.send(b.request(GpuType::ResourceUnref, {99, 0}, 1, 77));
    BOOST_TEST(b.type_of(error) == b.kBadResource);
    BOOST_TEST(get_le64(&error[8]) == 77u);
    BOOST_TEST(get_le64(&b.send(b.request(GpuType::ResourceUnref, {99, 0}, 0, 77))[8]) == 0u);
  });
}

SIM_TEST_CASE(another_size_is_announced_and_acknowledged) {
  GpuBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start());
    const auto notices = b.access.config_interrupts();
    b.device.resize.call(Node::parse("{width: 800, height: 600, scanout: 1}", "test"));
    settle();
    BOOST_TEST(b.access.config_interrupts() == notices + 1);
    BOOST_TEST(b.config(0) == 1u);
    const Bytes info = b.send(b.request(GpuType::GetDisplayInfo));
    BOOST_TEST(get_le32(&info[24 + 24 + 8]) == 800u);
    const std::uint8_t other = 2, bit = 1;
    b.access.write_config(4, &other, 1);
    BOOST_TEST(b.config(0) == 1u);
    b.access.write_config(0, &bit, 1);  // events_read is not the driver's to write
    BOOST_TEST(b.config(0) == 1u);
    b.access.write_config(4, &bit, 1);
    BOOST_TEST(b.config(0) == 0u);
    // No monitor: not enabled, and its EDID is empty.
    BOOST_TEST(b.device.change_mode(0, 0, 0));
    const Bytes none = b.send(b.request(GpuType::GetDisplayInfo));
    BOOST_TEST(get_le32(&none[24 + 16]) == 0u);
    BOOST_TEST(get_le32(&b.send(b.request(GpuType::GetEdid, {0, 0}))[24]) == 0u);
    BOOST_CHECK_THROW(b.device.resize.call(Node::parse("{width: 0, height: 600}", "t")),
                      CommandError);
    BOOST_CHECK_THROW(b.device.resize.call(Node::parse("{width: 9000, height: 600}", "t")),
                      CommandError);
    BOOST_CHECK_THROW(
        b.device.resize.call(Node::parse("{width: 640, height: 480, scanout: 2}", "t")),
        CommandError);
  });
}

SIM_TEST_CASE(a_cursor_has_a_picture_a_hot_spot_and_a_place) {
  GpuBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start());
    b.make_picture(6, 64, 64, 4);
    BOOST_TEST(b.ask(GpuType::UpdateCursor, {1, 10, 20, 0, 6, 3, 4, 0}, 1) == b.kOk);
    const backend::Cursor& cursor = b.display().cursor(1);
    BOOST_TEST(cursor.picture.width == 64u);
    BOOST_TEST(cursor.picture.pixels[65] == b.color(4, 65));
    BOOST_TEST((cursor.x == 10 && cursor.y == 20 && cursor.hot_x == 3 && cursor.hot_y == 4));
    // Drivers leave no room for an answer on this queue.
    BOOST_TEST(
        b.send(b.request(GpuType::MoveCursor, {1, 30, 0xffffffff, 0, 0, 0, 0, 0}), 0, 1).empty());
    BOOST_TEST((cursor.x == 30 && cursor.y == -1 && !cursor.picture.empty()));
    BOOST_TEST(b.ask(GpuType::UpdateCursor, {1, 0, 0, 0, 0, 0, 0, 0}, 1) == b.kOk);
    BOOST_TEST(cursor.picture.empty());
    b.make_picture(7, 32, 64, 4);
    BOOST_TEST(b.ask(GpuType::UpdateCursor, {0, 0, 0, 0, 7, 0, 0, 0}, 1) == b.kBadParameter);
    BOOST_TEST(b.ask(GpuType::UpdateCursor, {0, 0, 0, 0, 99, 0, 0, 0}, 1) == b.kBadResource);
    BOOST_TEST(b.ask(GpuType::UpdateCursor, {2, 0, 0, 0, 7, 0, 0, 0}, 1) == b.kBadScanout);
    BOOST_TEST(b.ask(GpuType::GetDisplayInfo, {}, 1) == b.kUnspec);
  });
}

SIM_TEST_CASE(a_blob_is_shown_from_guest_memory) {
  GpuBench b("scanouts: 1, blob: true, blob_alignment: 4096");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start());
    const std::uint64_t at = b.paint(16, 64, 5);  // 4096 bytes
    const auto create = [&](std::uint32_t id, std::uint32_t kind, std::uint32_t size) {
      return b.ask(GpuType::ResourceCreateBlob,
                   {id, kind, 1, 1, 0, 0, size, 0, b.low(at), b.high(at), 4096, 0});
    };
    BOOST_TEST(create(3, 2, 4096) == b.kBadParameter);  // host memory needs 3D
    BOOST_TEST(create(3, 1, 4000) == b.kBadParameter);  // not aligned
    BOOST_TEST(create(3, 1, 4096) == b.kOk);
    const auto show = [&](std::uint32_t width, std::uint32_t height, std::uint32_t stride,
                          std::uint32_t offset, std::uint32_t format = 2) {
      return b.ask(GpuType::SetScanoutBlob, {0, 1, width, height, 0, 3, width, height + 1, format,
                                             0, stride, 0, 0, 0, offset, 0, 0, 0});
    };
    BOOST_TEST(show(16, 64, 64, 0) == b.kBadParameter);  // one line too many
    BOOST_TEST(show(16, 20, 63, 0) == b.kBadParameter);
    BOOST_TEST(show(16, 20, 64, 0, 7) == b.kBadParameter);
    BOOST_TEST(show(16, 20, 64, 8) == b.kOk);
    const auto& shown = b.display().picture(0);
    BOOST_TEST_REQUIRE(shown.height == 20u);
    for (unsigned i = 0; i < 16 * 20; ++i)
      BOOST_TEST_REQUIRE(shown.pixels[i] == b.color(5, 16 + i + 2));
    // The guest draws, and flushes without a transfer.
    const std::uint32_t white = 0xffffffff;
    b.memory.write(at + 64 + 8, &white, 4);
    BOOST_TEST(b.ask(GpuType::TransferToHost2d, {0, 0, 16, 20, 0, 0, 3, 0}) == b.kOk);
    BOOST_TEST(b.ask(GpuType::ResourceFlush, {0, 1, 16, 1, 3, 0}) == b.kOk);
    BOOST_TEST(shown.pixels[0] == white);
    BOOST_TEST(b.ask(GpuType::SetScanout, {0, 0, 16, 16, 0, 3}) == b.kBadParameter);
  });
}

SIM_TEST_CASE(uuids_are_stable_and_different) {
  GpuBench b("resource_uuid: true");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start());
    b.make_picture(1, 4, 4, 1);
    b.make_picture(2, 4, 4, 1);
    const Bytes first = b.send(b.request(GpuType::ResourceAssignUuid, {1, 0}));
    BOOST_TEST_REQUIRE(first.size() == 40u);
    BOOST_TEST(b.type_of(first) == static_cast<int>(GpuType::OkResourceUuid));
    BOOST_TEST((first[24 + 6] & 0xf0) == 0x40);
    BOOST_TEST((first == b.send(b.request(GpuType::ResourceAssignUuid, {1, 0}))));
    BOOST_TEST((first != b.send(b.request(GpuType::ResourceAssignUuid, {2, 0}))));
    BOOST_TEST(b.ask(GpuType::ResourceAssignUuid, {3, 0}) == b.kBadResource);
  });
}

SIM_TEST_CASE(a_reset_forgets_pictures_scanouts_and_events) {
  GpuBench b;
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start());
    b.make_picture(5, 64, 64, 3);
    b.ask(GpuType::SetScanout, {0, 0, 64, 64, 0, 5});
    b.ask(GpuType::UpdateCursor, {0, 0, 0, 0, 5, 0, 0, 0}, 1);
    b.device.change_mode(0, 100, 100);
    b.driver.reset();
    BOOST_TEST(b.device.resources().count() == 0u);
    BOOST_TEST(b.display().picture(0).empty());
    BOOST_TEST(b.display().cursor(0).picture.empty());
    BOOST_TEST(b.config(0) == 0u);
    BOOST_TEST_REQUIRE(b.start());
    b.make_picture(5, 8, 8, 3);  // the id is free again
    // The monitor has kept its size.
    BOOST_TEST(get_le32(&b.send(b.request(GpuType::GetDisplayInfo))[24 + 8]) == 100u);
  });
}

SIM_TEST_CASE(it_works_on_packed_rings) {
  GpuBench b("packed: true");
  b.run([&] {
    BOOST_TEST_REQUIRE(b.start(true));
    b.make_picture(5, 64, 64, 3);
    BOOST_TEST(b.ask(GpuType::SetScanout, {0, 0, 64, 64, 0, 5}) == b.kOk);
    BOOST_TEST(b.display().picture(0).pixels[77] == b.color(3, 77));
  });
}
