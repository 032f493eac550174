// SPDX-License-Identifier: Apache-2.0
// Values that are set from outside a platform file, by the path of the model and the key.
#pragma once

#include <string>
#include <vector>

#include "kit/node.h"

namespace ringside {

class Platform;

/// What a command line changes in a configuration: "bus.pci.disk.queue_size=64". The path is the
/// model's path(), whatever slots lie between, and then a key: of a parameter, of a slot, or
/// "type".
class Overrides {
 public:
  /// `origin` is what messages name as the place, such as "--set a.b=1". The value is text, or a
  /// tree in YAML's flow style if it starts with '{' or '['. Throws ConfigError if that is not
  /// YAML, or the path has an empty part.
  void add(const std::string& path, const std::string& value, const std::string& origin);
  /// The same, for each model of a registered type whatever its path ("kernel" of every "boot").
  void add_for_type(const std::string& type, const std::string& key, const std::string& value,
                    const std::string& origin);

  /// The node of the model at `path`, with what has been set for it.
  Node apply(const std::string& path, const Node& node);
  /// Reports every override that no model of the platform has taken.
  void report_unused(Platform& platform) const;

 private:
  struct Override {
    std::string model;  // the path, or the type
    bool by_type;
    std::string key;
    Node value;
    bool used = false;
  };
  std::vector<Override> all_;
};

}  // namespace ringside
