// SPDX-License-Identifier: Apache-2.0
#include "kit/param.h"

#include <fmt/format.h>

#include <cstdlib>

#include "kit/model.h"
#include "kit/platform.h"

namespace ringside {

ParamBase::ParamBase(Model* owner, std::string name, std::string doc, bool is_required)
    : owner_(owner), name_(std::move(name)), doc_(std::move(doc)), required_(is_required) {
  owner_->declare(*this);
}

const Node* ParamBase::written() {
  const Node* node = owner_->node().find(name_);
  where_ = node ? node->where() : owner_->node().where();
  if (node) {
    given_ = true;
    return node;
  }
  if (required_ && !owner_->platform().describing()) {
    owner_->diagnostics().error(
        where_, fmt::format("'{}' of {} is missing; expected {}: <{}> ({})", name_, owner_->label(),
                            name_, type_name(), doc_));
  }
  return nullptr;
}

void ParamBase::reject(const Node& found, const std::string& expected) {
  owner_->diagnostics().error(found.where(),
                              fmt::format("'{}' of {} is {}; expected {}", name_, owner_->label(),
                                          found.describe(), expected));
}

namespace {

/// Replaces ${NAME} and ${NAME:-default}; an unset name without a default becomes empty.
std::string expand_environment(const std::string& text) {
  std::string out;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t open = text.find("${", at);
    const std::size_t close = open == std::string::npos ? open : text.find('}', open);
    if (close == std::string::npos) break;
    out += text.substr(at, open - at);
    const std::string inner = text.substr(open + 2, close - open - 2);
    const std::size_t split = inner.find(":-");
    const char* value = std::getenv(inner.substr(0, split).c_str());
    if (value && *value)
      out += value;
    else if (split != std::string::npos)
      out += inner.substr(split + 2);
    at = close + 1;
  }
  out += text.substr(at);
  const char* home = std::getenv("HOME");
  if (home && out.compare(0, 2, "~/") == 0) out = home + out.substr(1);
  return out;
}

std::string resolve_path(const std::string& text, const Location& from) {
  const std::string path = expand_environment(text);
  const std::size_t slash = from.file.rfind('/');
  const bool in_file = from.line != 0;  // otherwise it comes from a command line or a program
  if (path.empty() || path[0] == '/' || !in_file || slash == std::string::npos) return path;
  return from.file.substr(0, slash + 1) + path;
}

template <typename T>
bool store(const std::optional<T>& parsed, T& value) {
  if (!parsed) return false;
  value = *parsed;
  return true;
}

}  // namespace

#define TRAITS(T, NAME, EXPECTED)          \
  const char* ParamTraits<T>::name() {     \
    return NAME;                           \
  }                                        \
  const char* ParamTraits<T>::expected() { \
    return EXPECTED;                       \
  }

TRAITS(bool, "bool", "'true' or 'false'")
bool ParamTraits<bool>::parse(const Node& node, bool& value) {
  if (!node.is_scalar() || (node.text() != "true" && node.text() != "false")) return false;
  value = node.text() == "true";
  return true;
}
std::string ParamTraits<bool>::format(const bool& value) {
  return value ? "true" : "false";
}

TRAITS(unsigned, "integer", "a whole number from 0 to 4294967295")
bool ParamTraits<unsigned>::parse(const Node& node, unsigned& value) {
  const std::optional<std::uint64_t> parsed = parse_integer(node.text());
  if (!node.is_scalar() || !parsed || *parsed > 0xffffffffu) return false;
  value = static_cast<unsigned>(*parsed);
  return true;
}
std::string ParamTraits<unsigned>::format(const unsigned& value) {
  return std::to_string(value);
}

TRAITS(std::uint64_t, "integer", "a whole number (decimal, or 0x and hexadecimal)")
bool ParamTraits<std::uint64_t>::parse(const Node& node, std::uint64_t& value) {
  return node.is_scalar() && store(parse_integer(node.text()), value);
}
std::string ParamTraits<std::uint64_t>::format(const std::uint64_t& value) {
  return std::to_string(value);
}

TRAITS(std::int64_t, "signed integer", "a whole number, which may be negative")
bool ParamTraits<std::int64_t>::parse(const Node& node, std::int64_t& value) {
  const bool negative = node.text().rfind('-', 0) == 0;
  const auto amount = parse_integer(node.text().substr(negative ? 1 : 0));
  constexpr std::uint64_t kLargest = std::numeric_limits<std::int64_t>::max();
  if (!node.is_scalar() || !amount || *amount > kLargest + (negative ? 1 : 0)) return false;
  value = static_cast<std::int64_t>(negative ? ~*amount + 1 : *amount);
  return true;
}
std::string ParamTraits<std::int64_t>::format(const std::int64_t& value) {
  return std::to_string(value);
}

TRAITS(double, "number", "a number such as 0.5")
bool ParamTraits<double>::parse(const Node& node, double& value) {
  return node.is_scalar() && store(parse_real(node.text()), value);
}
std::string ParamTraits<double>::format(const double& value) {
  return fmt::format("{}", value);
}

TRAITS(std::string, "text", "text")
bool ParamTraits<std::string>::parse(const Node& node, std::string& value) {
  if (!node.is_scalar()) return false;
  value = node.text();
  return true;
}
std::string ParamTraits<std::string>::format(const std::string& value) {
  return quoted_scalar(value);
}

TRAITS(Size, "size", "a size with a unit, such as 512MiB or 4KB")
bool ParamTraits<Size>::parse(const Node& node, Size& value) {
  return node.is_scalar() && store(parse_size(node.text()), value);
}
std::string ParamTraits<Size>::format(const Size& value) {
  return format_size(value);
}

TRAITS(Address, "address", "an address without a unit, such as 0x10000000")
bool ParamTraits<Address>::parse(const Node& node, Address& value) {
  return node.is_scalar() && store(parse_integer(node.text()), value.value);
}
std::string ParamTraits<Address>::format(const Address& value) {
  return format_hex(value.value);
}

TRAITS(Frequency, "frequency", "a frequency with a unit, such as 1GHz or 10MHz")
bool ParamTraits<Frequency>::parse(const Node& node, Frequency& value) {
  return node.is_scalar() && store(parse_frequency(node.text()), value);
}
std::string ParamTraits<Frequency>::format(const Frequency& value) {
  return format_frequency(value);
}

TRAITS(BitRate, "bit rate", "a bit rate with a unit, such as 10Gbps")
bool ParamTraits<BitRate>::parse(const Node& node, BitRate& value) {
  return node.is_scalar() && store(parse_bit_rate(node.text()), value);
}
std::string ParamTraits<BitRate>::format(const BitRate& value) {
  return format_bit_rate(value);
}

TRAITS(FilePath, "file", "a file name")
bool ParamTraits<FilePath>::parse(const Node& node, FilePath& value) {
  if (!node.is_scalar()) return false;
  value.path = resolve_path(node.text(), node.where());
  return true;
}
std::string ParamTraits<FilePath>::format(const FilePath& value) {
  return ParamTraits<std::string>::format(value.path);
}

TRAITS(sc_core::sc_time, "time", "a time with a unit, such as 8ns or 1.5us")
bool ParamTraits<sc_core::sc_time>::parse(const Node& node, sc_core::sc_time& value) {
  return node.is_scalar() && store(parse_time(node.text()), value);
}
std::string ParamTraits<sc_core::sc_time>::format(const sc_core::sc_time& value) {
  return format_time(value);
}

TRAITS(Node, "tree", "a map")
bool ParamTraits<Node>::parse(const Node& node, Node& value) {
  if (!node.is_map()) return false;
  value = node;
  return true;
}
std::string ParamTraits<Node>::format(const Node& value) {
  return value.flow();
}

}  // namespace ringside
