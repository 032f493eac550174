// SPDX-License-Identifier: Apache-2.0
// What a plugin built with another SystemC looks like. Loading it would end the process: the
// symbol that SystemC checks versions with is missing.
extern "C" {
extern const char ringside_abi[];
__attribute__((used)) const char ringside_abi[] =
    "RINGSIDE-PLUGIN-ABI{kit=5 systemc=3.0.1 cxx=201703L strings=1}";
void sc_api_version_of_another_library();
struct AtLoad {
  AtLoad() { sc_api_version_of_another_library(); }
} at_load;
}
