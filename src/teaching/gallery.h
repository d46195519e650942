// The topology files that the program carries along, to start from.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace natsim::teaching {

struct GalleryFile {
  const char* path;  ///< below topologies/: "home-nat.yaml", "lessons/1-nat/first-look.yaml"
  const char* text;
};

/// The files as the build embedded them (tools/cmake/gallery.cmake).
extern const GalleryFile kGalleryFiles[];
extern const unsigned kGalleryFileCount;

struct Template {
  std::string name;         ///< "home-nat", "first-look"; no two are alike
  std::string group;        ///< "", "lessons/1-nat"
  std::string description;  ///< the file's own, on one line
  std::string_view text;    ///< lives as long as the program
};

/// All of them, those without a group first, then group by group; by name within.
const std::vector<Template>& gallery();

}  // namespace natsim::teaching
