// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "kit/registry.h"

namespace ringside::program {

/// What a model says of itself, read from an instance that is built with its defaults. All text, so
/// that every format of `describe` shows the same.
struct Description {
  struct Parameter {
    std::string name, type, standard, limits, doc;
    bool required;
  };
  struct Slot {
    std::string name, kind, standard, doc;
    bool required, many;
  };
  struct Port {
    std::string name, kind, doc;
  };
  struct Register {
    std::string bank, name, access, reset, doc;
    std::uint64_t offset;
    unsigned bytes;
  };
  struct Statistic {
    std::string group, name, unit, doc;
  };
  struct Command {
    struct Argument {
      std::string name, type, words, doc;
      bool required;
    };
    std::string name, doc;
    bool changes;
    std::vector<Argument> arguments;
  };
  std::string kind, name, family, doc;
  std::vector<Parameter> parameters;
  std::vector<Slot> slots;
  std::vector<Port> ports;
  std::vector<Register> registers;
  std::vector<Statistic> statistics;
  std::vector<Command> commands;
};

/// Throws std::runtime_error if the model cannot be built with its defaults.
Description describe_type(Platform& platform, const Registration& type);

std::string to_text(const Description& description);
std::string to_markdown(const Description& description);
std::string to_json(const Description& description);

}  // namespace ringside::program
