// SPDX-License-Identifier: Apache-2.0
// What loading says about plugins that fit and plugins that do not.
#include "kit/plugin.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "support/sim.h"

using namespace ringside;

namespace {

const std::string kFolder = RINGSIDE_TEST_PLUGINS;

std::string plugin(const std::string& name) { return kFolder + "/" + name + ".so"; }

/// What load() says is wrong, or "".
std::string refusal(const std::string& file) {
  Registry registry;
  try {
    registry.load(file);
  } catch (const std::exception& e) {
    return e.what();
  }
  return "";
}

/// A folder that is gone when the test is over.
struct Folder {
  Folder() {
    char name[] = "/tmp/ringside-plugin-XXXXXX";
    BOOST_REQUIRE(mkdtemp(name) != nullptr);
    path = name;
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string write(const std::string& name, const std::string& content) const {
    std::ofstream(path + "/" + name, std::ios::binary) << content;
    return path + "/" + name;
  }
  std::string path;
};

}  // namespace

SIM_TEST_CASE(a_plugin_that_fits_brings_its_types) {
  Registry registry;
  registry.load(plugin("good"));
  registry.load(plugin("good"));  // again: left alone
  BOOST_TEST(registry.plugins().size() == 1u);
  const Registration* type = registry.find("component", "widget");
  BOOST_REQUIRE(type != nullptr);
  BOOST_TEST(type->family == "good");
  Platform platform(registry);
  BOOST_TEST(platform.build(Node::parse("children: {w: {type: widget, size: 5}}", "f.yaml")));
}

SIM_TEST_CASE(a_plugin_of_another_cxx_standard_is_refused) {
  BOOST_TEST(refusal(plugin("cxx20")) ==
             "plugin " + plugin("cxx20") + ": built for [kit=5 systemc=2.3.4 cxx=202002L strings=1], but this program is [" +
                 own_abi_stamp() + "]; build the plugin again with the same SystemC, C++ standard and Ringside headers");
}

SIM_TEST_CASE(a_plugin_of_another_systemc_is_refused_before_it_is_loaded) {
  const std::string text = refusal(plugin("old_systemc"));
  BOOST_TEST(text.find("built for [kit=5 systemc=3.0.1 cxx=201703L strings=1], but this program is [kit=5 systemc=") !=
                 std::string::npos, text);
}

SIM_TEST_CASE(a_library_without_stamp_is_refused) {
  const std::string text = refusal(plugin("no_stamp"));
  BOOST_TEST(text.find("no Ringside plugin stamp in this file; expected a shared library with RINGSIDE_PLUGIN") !=
                 std::string::npos, text);
}

SIM_TEST_CASE(a_stamp_without_entry_point_is_refused) {
  const std::string text = refusal(plugin("no_entry"));
  BOOST_TEST(text.find("has a stamp but no entry point 'ringside_plugin'") != std::string::npos, text);
}

SIM_TEST_CASE(a_type_registered_twice_names_both_families) {
  const std::string text = refusal(plugin("twice"));
  BOOST_TEST(text.find("type 'machine' of kind 'machine' is registered twice: by family 'kit' and by family 'twice'") !=
                 std::string::npos, text);
}

SIM_TEST_CASE(files_that_are_no_libraries_are_refused) {
  const Folder folder;
  const std::string stamp = std::string(RINGSIDE_ABI_MAGIC) + own_abi_stamp() + "}";
  BOOST_TEST(refusal(folder.write("a.so", "")).find("no Ringside plugin stamp") != std::string::npos);
  BOOST_TEST(refusal(folder.write("b.so", "text " + stamp)).find("invalid ELF header") != std::string::npos);
  BOOST_TEST(refusal(folder.write("c.so", std::string(RINGSIDE_ABI_MAGIC) + std::string(5000, 'x'))).find("no Ringside plugin stamp") !=
             std::string::npos);
  BOOST_TEST(refusal(folder.path + "/none.so").find("cannot read the file: No such file or directory") != std::string::npos);
  BOOST_TEST(refusal(folder.path).find("cannot read the file: not a file") != std::string::npos);
  BOOST_TEST(refusal("/dev/zero").find("not a file") != std::string::npos);
}

SIM_TEST_CASE(a_folder_is_searched_for_stamped_libraries_in_order_of_names) {
  const Folder folder;
  std::filesystem::copy_file(plugin("good"), folder.path + "/libringside-good.so");
  std::filesystem::copy_file(plugin("no_stamp"), folder.path + "/libringside-helper.so");
  std::filesystem::copy_file(plugin("twice"), folder.path + "/other.so");
  Registry registry;
  registry.load_folder(folder.path);
  registry.load_folder(folder.path + "/nothing");
  BOOST_TEST(registry.plugins().size() == 1u);
  BOOST_TEST(registry.find("component", "widget") != nullptr);
}

SIM_TEST_CASE(the_kit_itself_does_not_look_like_a_plugin) {
  BOOST_TEST(read_abi_stamp(RINGSIDE_BINARY_DIR "/lib/libringside-kit.so") == "");
}
