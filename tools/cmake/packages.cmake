# The libraries that natsim stands on, all from the distribution (tools/packages.txt).

find_package(fmt REQUIRED)
find_package(Boost 1.74 REQUIRED)
find_package(absl REQUIRED)

find_package(Threads REQUIRED)

# METIS comes without a CMake package.
find_path(METIS_INCLUDE_DIR metis.h REQUIRED)
find_library(METIS_LIBRARY metis REQUIRED)
mark_as_advanced(METIS_INCLUDE_DIR METIS_LIBRARY)

# Without OpenSSL, natsim refuses topologies that speak TLS.
find_package(OpenSSL 3.0 COMPONENTS SSL Crypto)

find_package(yaml-cpp REQUIRED)
if(TARGET yaml-cpp::yaml-cpp)  # 0.8 and newer
  set(NATSIM_YAML yaml-cpp::yaml-cpp)
else()
  set(NATSIM_YAML yaml-cpp)
endif()

find_package(CLI11 REQUIRED)
find_package(nlohmann_json REQUIRED)

# libyaml and libpcap come without a CMake package.
find_path(YAML_INCLUDE_DIR yaml.h REQUIRED)
find_library(YAML_LIBRARY yaml REQUIRED)
mark_as_advanced(YAML_INCLUDE_DIR YAML_LIBRARY)
add_library(natsim_libyaml INTERFACE)
target_include_directories(natsim_libyaml SYSTEM INTERFACE ${YAML_INCLUDE_DIR})
target_link_libraries(natsim_libyaml INTERFACE ${YAML_LIBRARY})

find_path(PCAP_INCLUDE_DIR pcap/pcap.h REQUIRED)
find_library(PCAP_LIBRARY pcap REQUIRED)
mark_as_advanced(PCAP_INCLUDE_DIR PCAP_LIBRARY)
# It is loaded when it is needed (src/capture/pcap_library.h); only tests and benchmarks link it.
execute_process(COMMAND ${CMAKE_READELF} -d ${PCAP_LIBRARY} OUTPUT_VARIABLE pcap_dynamic)
if(NOT pcap_dynamic MATCHES "SONAME[^[]*\\[([^]]+)\\]")
  message(FATAL_ERROR "${PCAP_LIBRARY} is no shared library")
endif()
add_library(natsim_pcap INTERFACE)
target_include_directories(natsim_pcap SYSTEM INTERFACE ${PCAP_INCLUDE_DIR})
target_compile_definitions(natsim_pcap INTERFACE NATSIM_PCAP_SONAME="${CMAKE_MATCH_1}")
target_link_libraries(natsim_pcap INTERFACE ${CMAKE_DL_LIBS})
