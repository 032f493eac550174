# ringside_family(NAME SOURCES ... [LINK ...] [PRIVATE ...]): one model family, one shared library
# that doubles as a plugin. Target ringside-NAME, alias Ringside::NAME.
function(ringside_family name)
  cmake_parse_arguments(F "" "" "SOURCES;LINK;PRIVATE" ${ARGN})
  set(target ringside-${name})
  add_library(${target} SHARED ${F_SOURCES})
  add_library(Ringside::${name} ALIAS ${target})
  target_include_directories(${target} PUBLIC
    $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/models> $<INSTALL_INTERFACE:include/ringside>)
  target_compile_features(${target} PUBLIC cxx_std_17)
  target_link_libraries(${target} PUBLIC ${F_LINK} PRIVATE ringside-options ${F_PRIVATE})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name}
    BUILD_RPATH "$ORIGIN" INSTALL_RPATH "$ORIGIN")
  set_property(GLOBAL APPEND PROPERTY RINGSIDE_FAMILIES ${target})
endfunction()

# ringside_test(NAME SOURCES ... [LINK ...] [LABELS ...] [TIMEOUT s]): a Boost.Test program run by CTest.
# Boost.Test's own main is linked in; SystemC comes as a library, so sc_main is never used.
function(ringside_test name)
  cmake_parse_arguments(T "" "TIMEOUT" "SOURCES;LINK;LABELS" ${ARGN})
  find_package(Boost REQUIRED COMPONENTS unit_test_framework)
  add_executable(${name} ${T_SOURCES})
  target_compile_definitions(${name} PRIVATE BOOST_TEST_DYN_LINK
    RINGSIDE_SOURCE_DIR="${CMAKE_SOURCE_DIR}" RINGSIDE_BINARY_DIR="${CMAKE_BINARY_DIR}")
  target_link_libraries(${name} PRIVATE ringside-options Boost::unit_test_framework ${T_LINK}
    $<$<BOOL:${RINGSIDE_SANITIZE}>:ringside-coroutine-stacks>)
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
  # Cases run once, in milliseconds: optimising them costs twice the time of compiling them. What they test is a
  # library and stays optimised.
  target_compile_options(${name} PRIVATE -O0)
  add_test(NAME ${name} COMMAND ${name} --log_level=test_suite --report_level=short)
  if(NOT T_TIMEOUT)
    set(T_TIMEOUT 120)
  endif()
  set_tests_properties(${name} PROPERTIES LABELS "${T_LABELS}" TIMEOUT ${T_TIMEOUT})
endfunction()
