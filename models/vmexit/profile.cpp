// SPDX-License-Identifier: Apache-2.0
#include "vmexit/profile.h"

#include <fmt/format.h>

#include <optional>
#include <vector>

#include "kit/units.h"

namespace ringside::vmexit {

namespace {

const std::vector<std::string> kHandlers = {"none", "kernel", "user"};

std::vector<std::string> class_names() {
  std::vector<std::string> names;
  for (unsigned i = 0; i < kExitClasses; ++i)
    names.emplace_back(ringside::to_string(static_cast<ExitClass>(i)));
  return names;
}

class Reader {
 public:
  explicit Reader(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  Profile read(const Node& node) {
    if (!node.is_map()) {
      report(node, "an exit profile", "a map with 'classes'");
      return profile_;
    }
    // The usual costs first: classes refer to them.
    for (const Node::Entry& entry : node.entries()) read_time_key(entry);
    for (const Node::Entry& entry : node.entries()) read_other_key(entry);
    return profile_;
  }

 private:
  void report(const Node& node, const std::string& what, const std::string& expected) {
    diagnostics_.error(node.where(),
                       fmt::format("{} is {}; expected {}", what, node.describe(), expected));
  }

  sc_core::sc_time* time_named(const std::string& key) {
    if (key == "kernel_exit") return &kernel_exit_;
    if (key == "user_exit") return &user_exit_;
    if (key == "wake_warm") return &profile_.wake_warm;
    if (key == "wake_asleep") return &profile_.wake_asleep;
    if (key == "asleep_after") return &profile_.asleep_after;
    return nullptr;
  }

  void read_time(const Node& node, const std::string& key, sc_core::sc_time& to) {
    const auto time = node.is_scalar() ? parse_time(node.text()) : std::nullopt;
    if (!time) return report(node, "'" + key + "'", "a time with a unit, such as 1.9us");
    to = *time;
  }

  void read_time_key(const Node::Entry& entry) {
    if (sc_core::sc_time* time = time_named(entry.key)) read_time(entry.value, entry.key, *time);
  }

  void read_other_key(const Node::Entry& entry) {
    static const std::vector<std::string> keys = {"name",           "kernel_exit", "user_exit",
                                                  "wake_warm",      "wake_asleep", "asleep_after",
                                                  "serves_in_exit", "classes"};
    if (time_named(entry.key)) return;
    if (entry.key == "name") {
      profile_.name = entry.value.text();
    } else if (entry.key == "serves_in_exit") {
      read_types(entry.value);
    } else if (entry.key != "classes") {
      diagnostics_.error(entry.value.where(),
                         fmt::format("unknown key '{}' of an exit profile; expected one of {}{}",
                                     entry.key, quoted_list(keys), did_you_mean(entry.key, keys)));
    } else if (!entry.value.is_map()) {
      report(entry.value, "'classes'", "a map from kind of event to handler");
    } else {
      for (const Node::Entry& one : entry.value.entries()) read_class(one);
    }
  }

  void read_types(const Node& node) {
    if (!node.is_list())
      return report(node, "'serves_in_exit'", "a list of device types, such as [virtio-blk]");
    for (const Node& item : node.items()) {
      if (item.is_scalar())
        profile_.serves_in_exit.push_back(item.text());
      else
        report(item, "an item of 'serves_in_exit'", "a device type, such as virtio-blk");
    }
  }

  void read_class(const Node::Entry& entry) {
    static const std::vector<std::string> names = class_names();
    for (unsigned i = 0; i < kExitClasses; ++i)
      if (names[i] == entry.key) return read_cost(entry, profile_.costs[i]);
    diagnostics_.error(entry.value.where(),
                       fmt::format("unknown kind of event '{}'; expected one of {}{}", entry.key,
                                   quoted_list(names), did_you_mean(entry.key, names)));
  }

  void read_handler(const Node& node, const std::string& what, Cost& cost) {
    for (unsigned i = 0; i < kHandlers.size(); ++i) {
      if (!node.is_scalar() || node.text() != kHandlers[i]) continue;
      cost.handler = static_cast<Handler>(i);
      cost.vcpu = cost.handler == Handler::Kernel ? kernel_exit_
                  : cost.handler == Handler::User ? user_exit_
                                                  : sc_core::SC_ZERO_TIME;
      return;
    }
    report(node, what, "one of " + quoted_list(kHandlers));
  }

  void read_cost(const Node::Entry& entry, Cost& cost) {
    if (!entry.value.is_map()) return read_handler(entry.value, "'" + entry.key + "'", cost);
    for (const Node::Entry& part : entry.value.entries())
      if (part.key == "to") read_handler(part.value, "'to' of '" + entry.key + "'", cost);
    static const std::vector<std::string> keys = {"to", "vcpu", "backend", "delay"};
    for (const Node::Entry& part : entry.value.entries()) {
      if (part.key == "to") continue;
      sc_core::sc_time* time = part.key == "vcpu"      ? &cost.vcpu
                               : part.key == "backend" ? &cost.backend
                               : part.key == "delay"   ? &cost.delay
                                                       : nullptr;
      if (time) {
        read_time(part.value, part.key, *time);
        continue;
      }
      diagnostics_.error(part.value.where(),
                         fmt::format("unknown key '{}' of '{}'; expected one of {}{}", part.key,
                                     entry.key, quoted_list(keys), did_you_mean(part.key, keys)));
    }
  }

  Diagnostics& diagnostics_;
  Profile profile_;
  sc_core::sc_time kernel_exit_;
  sc_core::sc_time user_exit_;
};

}  // namespace

const char* to_string(Handler handler) {
  return handler == Handler::None ? "none" : handler == Handler::Kernel ? "kernel" : "user";
}

Profile read_profile(const Node& node, Diagnostics& diagnostics) {
  return Reader(diagnostics).read(node);
}

}  // namespace ringside::vmexit
