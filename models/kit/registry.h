// SPDX-License-Identifier: Apache-2.0
// The types that YAML can name, by kind and name, and the plugins that bring them.
#pragma once

#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "kit/model.h"

namespace ringside {

/// One type.
struct Registration {
  using Factory = Model* (*)(const char* name, const ModelContext& context);
  std::string kind;
  std::string name;
  std::string doc;
  std::string family;  ///< the plugin it came from
  Factory make = nullptr;
};

class Registry {
 public:
  Registry();

  /// Makes T known under `name` among the models of interface I.
  template <typename I, typename T>
  void add(const char* name, const char* doc) {
    static_assert(std::is_base_of_v<I, T> && std::is_base_of_v<Model, T>,
                  "T must be a Model and an I");
    add_kind(I::kind, I::kind_doc);
    add({I::kind, name, doc, family_,
         [](const char* n, const ModelContext& c) -> Model* { return new T(n, c); }});
  }
  void add(Registration registration);
  void add_kind(const std::string& kind, const std::string& doc);

  const Registration* find(const std::string& kind, const std::string& name) const;
  /// All types of a kind by name; all types for an empty kind.
  std::vector<const Registration*> of_kind(const std::string& kind) const;
  std::vector<std::string> names_of_kind(const std::string& kind) const;
  /// Kinds with their one-line documentation, in order of registration.
  const std::vector<std::pair<std::string, std::string>>& kinds() const { return kinds_; }
  /// The kinds under which a name is registered.
  std::vector<std::string> kinds_of(const std::string& name) const;

  /// Loads a plugin: checks the stamp in the file first and throws std::runtime_error with a
  /// readable message if it was built for another kit, SystemC or C++ standard, or is no plugin at
  /// all. A file that is loaded already is left alone.
  void load(const std::string& file);
  /// Loads every libringside-*.so of a folder, in the order of names. A folder that is not there
  /// has none.
  void load_folder(const std::string& folder);
  /// Full names of the files loaded.
  const std::vector<std::string>& plugins() const { return plugins_; }

 private:
  std::vector<std::unique_ptr<Registration>> types_;
  std::vector<std::pair<std::string, std::string>> kinds_;
  std::vector<std::string> plugins_;
  std::string family_ = "kit";
};

}  // namespace ringside
