# ${gallery_source}: the topology files that the program carries along for `natsim new`.
file(GLOB_RECURSE gallery_files CONFIGURE_DEPENDS RELATIVE ${CMAKE_CURRENT_SOURCE_DIR}/topologies
  topologies/*.yaml)
list(FILTER gallery_files EXCLUDE REGEX "^solutions/")  # Those would tell.
list(TRANSFORM gallery_files PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/topologies/
  OUTPUT_VARIABLE gallery_paths)
set(gallery_source ${CMAKE_CURRENT_BINARY_DIR}/gallery_files.cc)
add_custom_command(OUTPUT ${gallery_source}
  COMMAND ${CMAKE_COMMAND} -DOUT=${gallery_source} -DROOT=${CMAKE_CURRENT_SOURCE_DIR}/topologies
    "-DFILES=${gallery_files}" -P ${CMAKE_CURRENT_SOURCE_DIR}/tools/cmake/embed_gallery.cmake
  DEPENDS ${gallery_paths} tools/cmake/embed_gallery.cmake VERBATIM)
