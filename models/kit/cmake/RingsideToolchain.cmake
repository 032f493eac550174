# Language level, warnings, sanitizers, and the libraries every target sees.
include(GNUInstallDirs)
include(CheckCXXSourceCompiles)
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(nlohmann_json QUIET)
if(NOT nlohmann_json_FOUND)
  message(FATAL_ERROR "The JSON library for C++ is missing. Install Debian's nlohmann-json3-dev, or run sw/setup.sh.")
endif()

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "Build type" FORCE)
endif()
if(DEFINED CMAKE_CXX_STANDARD AND NOT CMAKE_CXX_STANDARD EQUAL 17)
  message(FATAL_ERROR
    "Ringside is built for C++17, but CMAKE_CXX_STANDARD is ${CMAKE_CXX_STANDARD}. Debian's SystemC "
    "library exports sc_api_version_*_cxx201703L only, so any other standard fails at link time. "
    "Remove -DCMAKE_CXX_STANDARD=${CMAKE_CXX_STANDARD} and configure again.")
endif()
set(CMAKE_CXX_STANDARD 17)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
# Functions and lines; variables, whose places change with each optimisation, take a quarter more of compiling time.
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1 -DNDEBUG")
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

find_program(RINGSIDE_CCACHE ccache)
if(RINGSIDE_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${RINGSIDE_CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${RINGSIDE_CCACHE})
endif()

pkg_check_modules(SYSTEMC REQUIRED IMPORTED_TARGET systemc)
set(CMAKE_REQUIRED_LIBRARIES PkgConfig::SYSTEMC)
set(CMAKE_REQUIRED_FLAGS "-std=c++17")
check_cxx_source_compiles(
  "#include <systemc>\nint sc_main(int, char**) { sc_core::sc_start(); return 0; }"
  RINGSIDE_SYSTEMC_LINKS_AS_CXX17)
unset(CMAKE_REQUIRED_LIBRARIES)
unset(CMAKE_REQUIRED_FLAGS)
if(NOT RINGSIDE_SYSTEMC_LINKS_AS_CXX17)
  message(FATAL_ERROR
    "SystemC ${SYSTEMC_VERSION} was found, but a C++17 program does not link with it. SystemC marks "
    "its library with the C++ standard it was built for (symbol sc_api_version_<version>_cxx<standard>); "
    "Ringside and Debian's libsystemc use cxx201703L. Install libsystemc-dev, or rebuild your SystemC "
    "with CMAKE_CXX_STANDARD=17.")
endif()

add_library(ringside-options INTERFACE)
target_compile_options(ringside-options INTERFACE -Wall -Wextra -Werror -Wnon-virtual-dtor -Woverloaded-virtual)
if(RINGSIDE_SANITIZE)
  # Applied to everything: a half-sanitized program reports false positives at the seams.
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
  # Linked into each program, so that it comes before the sanitizer's own.
  add_library(ringside-coroutine-stacks OBJECT ${CMAKE_CURRENT_LIST_DIR}/coroutine_stacks.cpp)
endif()
