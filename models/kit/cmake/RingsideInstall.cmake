# install(EXPORT), headers, and a package that an out-of-tree model finds with find_package(Ringside).
include(CMakePackageConfigHelpers)
get_property(families GLOBAL PROPERTY RINGSIDE_FAMILIES)
install(TARGETS ${families} EXPORT RingsideTargets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/ringside
  INCLUDES DESTINATION include/ringside)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/models/ DESTINATION include/ringside FILES_MATCHING PATTERN "*.h")
install(DIRECTORY ${CMAKE_SOURCE_DIR}/yaml/ DESTINATION ${CMAKE_INSTALL_DATADIR}/ringside/yaml)
if(TARGET ringside)
  install(TARGETS ringside RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/Ringside)
install(EXPORT RingsideTargets NAMESPACE Ringside:: DESTINATION ${package_dir})
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/RingsideConfig.cmake.in
  ${CMAKE_BINARY_DIR}/RingsideConfig.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${CMAKE_BINARY_DIR}/RingsideConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/RingsideConfig.cmake ${CMAKE_BINARY_DIR}/RingsideConfigVersion.cmake
  DESTINATION ${package_dir})
