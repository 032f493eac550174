// SPDX-License-Identifier: Apache-2.0
// Input sources inside the simulation: a seat, where all devices of one user meet, and a script.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "backend/input_source.h"
#include "backend/touch.h"

namespace ringside {

namespace backend {
/// What a script says: entries as they are written, read by ScriptInput.
struct InputScript {
  std::vector<Node> entries;
};
}  // namespace backend

template <>
struct ParamTraits<backend::InputScript> {
  static const char* name() { return "list of events"; }
  static const char* expected() { return "a list of {at: TIME, key: a} and the like"; }
  static bool parse(const Node& node, backend::InputScript& value);
  static std::string format(const backend::InputScript& value);
};

}  // namespace ringside

namespace ringside::backend {

/// Type "seat": one device's place at a seat. What is posted there reaches all devices with the
/// same `name`; each reports what it can: keys a keyboard, movements a mouse, positions a tablet.
class Seat final : public InputSource {
 public:
  using InputSource::InputSource;

  /// The places at a seat, in the order in which they were built; call it in resolve() or later.
  static std::vector<Seat*> at(const Platform& platform, const std::string& name);
  /// Gives an update to all of them. In the simulation only: what comes from a host thread enters
  /// through a HostInput first.
  static void post(const Platform& platform, const std::string& name, const InputUpdate& update);

  void feedback(const InputEvent& event) override;
  /// Lights that the driver has switched on: bit 0 num lock, 1 caps lock, 2 scroll lock.
  std::uint32_t leds() const { return leds_; }

  Param<std::string> seat_name{this, "name", "main", "the seat"};

 private:
  std::uint32_t leds_ = 0;
};

/// Type "script": what is written in the platform file, at the simulated times written there. A
/// reset of the machine neither stops nor repeats it.
class ScriptInput final : public InputSource {
 public:
  ScriptInput(const sc_core::sc_module_name& name, const ModelContext& context);
  void start_of_simulation() override;

  Param<InputScript> events{
      this, "events", required,
      "list of {at: TIME, key: ctrl-c}, {at:, text: \"ls\\n\"}, {at:, move: [x, "
      "y]} (relative), {at:, position: [x, y]} (0 to 32767), {at:, button: left}, "
      "{at:, touch: [finger, x, y]}, {at:, lift: finger}; fingers come and go as they are written"};
  Param<sc_core::sc_time> gap{this, "gap", sc_core::sc_time(10, sc_core::SC_MS),
                              "between the presses and releases of one entry"};

 private:
  void read(const Node& entry);
  void add(sc_core::sc_time at, const std::vector<InputUpdate>& updates);
  void play();

  std::vector<std::pair<sc_core::sc_time, InputUpdate>> steps_;  // by time
  Touches fingers_;
  std::size_t next_ = 0;
  sc_core::sc_event due_;
};

}  // namespace ringside::backend
