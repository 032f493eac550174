// SPDX-License-Identifier: Apache-2.0
#include "live/boot_milestones.h"

#include "support/sim.h"

using namespace ringside;

namespace {

struct Bench : test::Sim {
  Bench() : test::Sim("children: {}"), milestones(platform) {}
  void write(const std::string& text) {
    platform.console_output(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  }
  std::string all() const {
    std::string text;
    for (const Milestone& one : platform.milestones()) text += one.name + " ";
    return text;
  }
  live::BootMilestones milestones;
};

}  // namespace

SIM_TEST_CASE(a_boot_is_followed_on_the_console) {
  Bench b;
  b.write("\nOpenSBI v1.6\n   ____\n");
  BOOST_TEST(b.all() == "firmware ");
  b.write("[    0.000000] Linux ver");
  BOOST_TEST(b.all() == "firmware ");
  b.write("sion 6.12.0 (x)\r\n");
  b.write("[    0.1] Run /init as init process\n");
  b.write("\r\nringside login: ");
  BOOST_TEST(b.all() == "firmware kernel user space login ");
}

SIM_TEST_CASE(each_is_told_once_per_boot) {
  Bench b;
  b.write("OpenSBI v1\nOpenSBI v1\nU-Boot 2023.07\nU-Boot 2023.07\n");
  BOOST_TEST(b.all() == "firmware boot loader ");
  b.run(sc_core::sc_time(1, sc_core::SC_NS));
  b.platform.request_reset();
  b.run(sc_core::sc_time(1, sc_core::SC_NS));
  b.write("OpenSBI v1\n");
  BOOST_TEST(b.all() == "firmware boot loader firmware ");
}

SIM_TEST_CASE(other_output_is_no_milestone) {
  Bench b;
  b.write("Linux versio\nn 6\n\n\r\nUser login\nlogin:\n");
  b.write(std::string(1 << 20, 'x') + "Linux version 6\n");  // too far into a line
  BOOST_TEST(b.all() == "");
}
