# What `cmake --install` and `cpack -G DEB` put where: the library with its headers and a CMake
# package for find_package(natsim), the program, the licence, the example topologies.

include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/natsim)
set_target_properties(natsim_sim PROPERTIES OUTPUT_NAME natsim_sim)
install(TARGETS natsim_sim EXPORT natsimTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY sim DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/natsim FILES_MATCHING PATTERN *.h)
install(EXPORT natsimTargets NAMESPACE natsim:: DESTINATION ${package_dir})

configure_package_config_file(tools/cmake/natsimConfig.cmake.in
  ${PROJECT_BINARY_DIR}/natsimConfig.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/natsimConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES
  ${PROJECT_BINARY_DIR}/natsimConfig.cmake
  ${PROJECT_BINARY_DIR}/natsimConfigVersion.cmake
  DESTINATION ${package_dir})

if(TARGET natsim)
  install(TARGETS natsim RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
install(DIRECTORY topologies DESTINATION ${CMAKE_INSTALL_DATADIR}/natsim)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright)

set(CPACK_PACKAGE_VENDOR natsim)
set(CPACK_PACKAGE_CONTACT "The natsim authors <natsim@localhost>")
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_GENERATOR DEB)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# What is loaded only when it is needed, dpkg-shlibdeps does not see.
get_filename_component(pcap_file ${PCAP_LIBRARY} REALPATH)
execute_process(COMMAND dpkg-query --search ${pcap_file} OUTPUT_VARIABLE pcap_package ERROR_QUIET)
string(REGEX MATCH "^[^:]+" CPACK_DEBIAN_PACKAGE_DEPENDS "${pcap_package}")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS
  # -dev: for natsim::sim
  "graphviz, wireshark, libfmt-dev, libabsl-dev, libboost-graph-dev, libmetis-dev")
include(CPack)
