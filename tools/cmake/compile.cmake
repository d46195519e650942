# How everything in this tree is compiled: warnings are errors, one cache, optional instrumentation.
# Defines natsim_options, which every target of the project links privately.

add_library(natsim_options INTERFACE)
target_compile_options(natsim_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Werror
  # g++ 12 sees overlaps in std::string that are not there (GCC bug 105651).
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)

# File names in messages and debug information are relative to the source tree, however the
# compiler was told of them: the same bytes come out wherever the tree lies.
file(RELATIVE_PATH way_up ${PROJECT_BINARY_DIR} ${PROJECT_SOURCE_DIR}/)
add_compile_options(-ffile-prefix-map=${PROJECT_SOURCE_DIR}/= -ffile-prefix-map=${way_up}=)
if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
  add_compile_options(-fdebug-compilation-dir=.)
else()
  add_compile_options(-fdebug-prefix-map=${PROJECT_BINARY_DIR}=.)
endif()

# The compiler cache, when there is one and the caller did not choose another launcher. With the
# base directory it shares results between checkouts (see the prefix map above).
find_program(NATSIM_CCACHE ccache)
mark_as_advanced(NATSIM_CCACHE)
if(NATSIM_CCACHE AND "${CMAKE_CXX_COMPILER_LAUNCHER}" MATCHES "^(ccache)?$")
  set(CMAKE_CXX_COMPILER_LAUNCHER
    env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${NATSIM_CCACHE})
endif()

# Instrumentation goes to every target alike, the libraries included: code that is only half
# instrumented reports false container overflows and feeds the fuzzer no coverage.
if(NATSIM_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all
    -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()
if(NATSIM_TSAN)
  add_compile_options(-fsanitize=thread -fno-omit-frame-pointer)
  add_link_options(-fsanitize=thread)
endif()
if(NATSIM_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES Clang)
    message(FATAL_ERROR "libFuzzer is part of clang: set -DCMAKE_CXX_COMPILER=clang++")
  endif()
  add_compile_options(-fsanitize=fuzzer-no-link)
  add_link_options(-fsanitize=fuzzer-no-link)
endif()

if(NATSIM_LTO)
  include(CheckIPOSupported)
  check_ipo_supported()
  set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ON)
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    add_compile_options(-ffat-lto-objects)  # The installed library also links without it.
  endif()
endif()
