// SPDX-License-Identifier: Apache-2.0
#include "vmexit/profile.h"

#include <boost/test/unit_test.hpp>

#include "kit/shipped.h"

using namespace ringside;
using namespace ringside::vmexit;
using sc_core::SC_NS;
using sc_core::sc_time;

namespace {

Profile read(const std::string& yaml, std::string* findings = nullptr) {
  Diagnostics diagnostics;
  const Profile profile = read_profile(Node::parse(yaml, "p.yaml"), diagnostics);
  if (findings)
    *findings = diagnostics.str();
  else
    BOOST_TEST(!diagnostics.failed(), diagnostics.str());
  return profile;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_handler_brings_its_usual_cost) {
  const Profile p = read(
      "user_exit: 2us\n"
      "classes: {notify: kernel, register_read: user, timer: none}\n"
      "kernel_exit: 500ns\n");
  BOOST_TEST((p.of(ExitClass::Notify).handler == Handler::Kernel));
  BOOST_TEST(p.of(ExitClass::Notify).vcpu == sc_time(500, SC_NS));
  BOOST_TEST(p.of(ExitClass::RegisterRead).vcpu == sc_time(2000, SC_NS));
  BOOST_TEST((p.of(ExitClass::Timer).handler == Handler::None));
  BOOST_TEST((p.of(ExitClass::Halt).handler == Handler::None), "what is not named does not exit");
}

BOOST_AUTO_TEST_CASE(back_ends_can_work_in_the_harts_thread) {
  const Profile p = read("serves_in_exit: [virtio-blk, virtio-rng]\nclasses: {notify: user}");
  BOOST_TEST((p.serves_in_exit == std::vector<std::string>{"virtio-blk", "virtio-rng"}));
  std::string findings;
  read("serves_in_exit: yes", &findings);
  BOOST_TEST(findings.find("expected a list of device types") != std::string::npos, findings);
  read("serves_in_exit: [virtio-blk, [virtio-rng]]", &findings);
  BOOST_TEST(findings.find("p.yaml:1:30: error: an item of 'serves_in_exit'") != std::string::npos, findings);
}

BOOST_AUTO_TEST_CASE(a_kind_of_event_can_cost_something_else) {
  const Profile p = read(
      "kernel_exit: 500ns\n"
      "wake_warm: 5us\nwake_asleep: 50us\nasleep_after: 1ms\n"
      "classes:\n"
      "  interrupt: {delay: 700ns, vcpu: 1400ns, to: kernel, backend: 300ns}\n"
      "  notify: {to: kernel, delay: 1ns}\n");
  BOOST_TEST(p.of(ExitClass::Interrupt).vcpu == sc_time(1400, SC_NS));
  BOOST_TEST(p.of(ExitClass::Interrupt).backend == sc_time(300, SC_NS));
  BOOST_TEST(p.of(ExitClass::Interrupt).delay == sc_time(700, SC_NS));
  BOOST_TEST(p.of(ExitClass::Notify).vcpu == sc_time(500, SC_NS));
  BOOST_TEST(p.wake_asleep == sc_time(50000, SC_NS));
}

BOOST_AUTO_TEST_CASE(mistakes_are_named_with_their_place) {
  const auto finding = [](const std::string& yaml) {
    std::string text;
    read(yaml, &text);
    return text;
  };
  BOOST_TEST(finding("[1]").find("expected a map with 'classes'") != std::string::npos);
  BOOST_TEST(finding("user_exit: 5").find("expected a time with a unit") != std::string::npos);
  BOOST_TEST(finding("usr_exit: 5us").find("did you mean 'user_exit'") != std::string::npos);
  BOOST_TEST(finding("classes: 1").find("a map from kind of event") != std::string::npos);
  const std::string kind = finding("classes:\n  notfy: user\n");
  BOOST_TEST(kind.find("p.yaml:2:10") != std::string::npos, kind);
  BOOST_TEST(kind.find("did you mean 'notify'") != std::string::npos, kind);
  BOOST_TEST(finding("classes: {notify: host}").find("'none', 'kernel', 'user'") !=
             std::string::npos);
  BOOST_TEST(finding("classes: {notify: {cpu: 1us}}").find("did you mean 'vcpu'") !=
             std::string::npos);
  BOOST_TEST(finding("classes: {notify: [1]}").find("expected one of") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_profiles_that_come_with_it_are_whole_and_differ_as_they_should) {
  const auto shipped = [](const std::string& name) {
    const std::string file = find_shipped("exits", name);
    BOOST_REQUIRE_MESSAGE(!file.empty(), name);
    Diagnostics diagnostics;
    const Profile profile = read_profile(Node::load(file), diagnostics);
    BOOST_TEST(!diagnostics.failed(), diagnostics.str());
    BOOST_TEST(profile.name == name);
    return profile;
  };
  const auto handler = [&](const std::string& name, ExitClass kind) {
    return to_string(shipped(name).of(kind).handler);
  };
  for (unsigned i = 0; i < kExitClasses; ++i)
    BOOST_TEST(handler("bare", static_cast<ExitClass>(i)) == std::string("none"));
  BOOST_TEST(handler("qemu-tcg", ExitClass::Notify) == std::string("user"));
  BOOST_TEST(handler("qemu-kvm", ExitClass::Notify) == std::string("kernel"));
  BOOST_TEST(handler("qemu-kvm-noioeventfd", ExitClass::Notify) == std::string("user"));
  BOOST_TEST(handler("vhost", ExitClass::Interrupt) == std::string("kernel"));
  BOOST_TEST(handler("posted", ExitClass::Interrupt) == std::string("none"));
  BOOST_TEST(handler("posted", ExitClass::Notify) == std::string("kernel"));
  BOOST_TEST(handler("passthrough", ExitClass::Notify) == std::string("none"));
  BOOST_TEST(handler("passthrough", ExitClass::ConfigRead) == std::string("user"));
  BOOST_TEST(handler("passthrough", ExitClass::RegisterRead) == std::string("none"));
}
