#include "src/teaching/gallery.h"

#include <algorithm>
#include <tuple>

#include "src/topology/yaml_parse.h"

namespace natsim::teaching {

namespace {

std::string description_of(std::string_view text) {
  const topology::YamlResult yaml = topology::parse_yaml(text, 0);
  if (yaml.tree.empty() || !yaml.tree.root().is_map()) return {};
  const auto description = yaml.tree.root().find("description");
  std::string line(description ? description->text() : std::string_view());
  std::replace(line.begin(), line.end(), '\n', ' ');
  return line;
}

std::vector<Template> read_gallery() {
  std::vector<Template> all;
  for (unsigned i = 0; i < kGalleryFileCount; ++i) {
    const std::string_view path = kGalleryFiles[i].path;
    const auto slash = path.rfind('/');
    const std::string_view group = slash == path.npos ? "" : path.substr(0, slash);
    const std::string_view file = slash == path.npos ? path : path.substr(slash + 1);
    all.push_back({std::string(file.substr(0, file.rfind('.'))), std::string(group),
                   description_of(kGalleryFiles[i].text), kGalleryFiles[i].text});
  }
  std::sort(all.begin(), all.end(), [](const Template& a, const Template& b) {
    return std::tie(a.group, a.name) < std::tie(b.group, b.name);
  });
  return all;
}

}  // namespace

const std::vector<Template>& gallery() {
  static const std::vector<Template> all = read_gallery();
  return all;
}

}  // namespace natsim::teaching
