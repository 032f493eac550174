// SPDX-License-Identifier: Apache-2.0
// What a shared library has to export to be a plugin:
//
//   static void register_types(ringside::Registry& registry) { registry.add<Model,
//   Uart>("ns16550a", "..."); } RINGSIDE_PLUGIN("board", register_types)
#pragma once

#include <string>
#include <systemc>

#include "kit/registry.h"

namespace ringside {

/// Raised whenever a plugin built against an older kit would misbehave with a newer one.
#define RINGSIDE_KIT_VERSION 5

#define RINGSIDE_TEXT_(x) #x
#define RINGSIDE_TEXT(x) RINGSIDE_TEXT_(x)

#ifdef _GLIBCXX_USE_CXX11_ABI
#define RINGSIDE_STRING_ABI RINGSIDE_TEXT(_GLIBCXX_USE_CXX11_ABI)
#else
#define RINGSIDE_STRING_ABI "none"
#endif

/// The stamp is text in the library's file, so that it can be read before the dynamic linker is
/// asked: a plugin for another SystemC would end the program while its static objects are
/// constructed.
#define RINGSIDE_ABI_MAGIC "RINGSIDE-PLUGIN-ABI{"
#define RINGSIDE_ABI_FIELDS \
  "kit=" RINGSIDE_TEXT(RINGSIDE_KIT_VERSION) " systemc=" RINGSIDE_TEXT(SC_VERSION_MAJOR) "." RINGSIDE_TEXT(SC_VERSION_MINOR) "." RINGSIDE_TEXT( \
      SC_VERSION_PATCH) " cxx=" RINGSIDE_TEXT(__cplusplus) " strings=" RINGSIDE_STRING_ABI "}"

/// What the library's entry point gives.
struct PluginInfo {
  const char* name;
  void (*register_types)(Registry&);
};

/// The fields of the stamp of this build, without the magic word: "kit=5 systemc=2.3.4 cxx=201703L
/// strings=1".
std::string own_abi_stamp();
/// The stamp found in a file, or empty if there is none. Throws std::runtime_error if the file
/// can't be read.
std::string read_abi_stamp(const std::string& file);

#define RINGSIDE_PLUGIN(NAME, REGISTER)                                                            \
  __attribute__((used)) static const char ringside_abi[] = RINGSIDE_ABI_MAGIC RINGSIDE_ABI_FIELDS; \
  extern "C" {                                                                                     \
  __attribute__((used, visibility("default"))) const ringside::PluginInfo* ringside_plugin() {     \
    static const ringside::PluginInfo info{NAME, REGISTER};                                        \
    return &info;                                                                                  \
  }                                                                                                \
  }                                                                                                \
  static_assert(true, "")

}  // namespace ringside
