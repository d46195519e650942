#include "src/cli/new.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "src/capture/unique_fd.h"
#include "src/cli/frame_filters.h"
#include "src/cli/load.h"
#include "src/cli/replay.h"
#include "src/cli/stdout_end.h"
#include "src/report/output.h"
#include "src/report/text_table.h"
#include "src/teaching/gallery.h"
#include "src/teaching/plant.h"
#include "src/topology/reader.h"
#include "src/topology/suggest.h"

namespace natsim {
namespace {

namespace fs = std::filesystem;

int list_gallery() {
  FdOutput output(STDOUT_FILENO);
  std::string text;
  std::optional<std::string> group;
  std::optional<TextTable> table;
  const auto end_table = [&] {
    if (table) text += (text.empty() ? "" : "\n") + table->render(Palette(false));
  };
  for (const teaching::Template& file : teaching::gallery()) {
    if (group != file.group) {
      end_table();
      group = file.group;
      table.emplace(group->empty() ? "To start from" : *group,
                    std::vector<TextTable::Column>{{""}, {""}});
    }
    table->add({{file.name}, {file.description}});
  }
  end_table();
  output.write(text + "\n'natsim new NAME' writes NAME.yaml.\n");
  output.flush();
  return end_of_stdout(output);
}

const teaching::Template* find_template(const std::string& name) {
  for (const teaching::Template& file : teaching::gallery())
    if (file.name == name) return &file;
  return nullptr;
}

ExitStatus no_such_template(const std::string& name) {
  std::vector<std::string_view> names;
  for (const teaching::Template& file : teaching::gallery()) names.push_back(file.name);
  const std::string_view near = topology::nearest(name, names);
  complain(fmt::format("the gallery has no '{}'{}; 'natsim new' lists it", name,
                       near.empty() ? "" : fmt::format(", did you mean '{}'?", near)));
  return kExitWrongInput;
}

/// Nothing that is there already is overwritten.
ExitStatus write_new(const std::string& path, std::string_view text) {
  if (path == "-") {
    FdOutput output(STDOUT_FILENO);
    output.write(text);
    output.flush();
    return ExitStatus(end_of_stdout(output));
  }
  const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (!file) {
    complain(fmt::format("cannot write {}: {}", path, std::strerror(errno)));
    return kExitUnusable;
  }
  FdOutput output(file.get());
  output.write(text);
  output.flush();
  if (output.error() != 0) {
    complain(fmt::format("cannot write {}: {}", path, std::strerror(output.error())));
    fs::remove(path);
    return kExitUnusable;
  }
  return kExitDone;
}

int write_template(const NewOptions& options) {
  const teaching::Template* const file = find_template(options.name);
  if (file == nullptr) return no_such_template(options.name);
  const std::string path = options.output.empty() ? options.name + ".yaml" : options.output;
  if (const ExitStatus status = write_new(path, file->text)) return status;
  if (path != "-") fmt::print("{} written. Next: natsim run {}\n", path, path);
  return kExitDone;
}

int write_broken(const NewOptions& options) {
  std::string text, path = options.name;
  if (const teaching::Template* const file = find_template(options.name)) {
    text = file->text;
  } else {
    auto read = read_topology_text(path);
    if (!read && !path.ends_with(".yaml")) return no_such_template(path);
    if (!read) {
      complain(fmt::format("{}: {}", path, read.error().why));
      return kExitUnusable;
    }
    text = std::move(read).value().text;
  }
  const std::uint64_t seed = options.seed.value_or(1);
  const std::string output =
      !options.output.empty()
          ? options.output
          : fmt::format("{}-ticket-{}.yaml", fs::path(path).stem().string(), seed);
  bool unreadable = false;
  ScenarioOptions scenario;
  scenario.read_capture = capture_reader(path, unreadable);
  scenario.compile_filter = compile_frame_filter;
  const auto planted = teaching::plant(text, {output == "-" ? "FILE" : output, seed, options.kind},
                                       {loader_beside(path), scenario});
  if (!planted) {
    complain(fmt::format("{}: {}", options.name, planted.error()));
    return kExitWrongInput;
  }
  if (const ExitStatus status = write_new(output, planted->text)) return status;
  if (output == "-") return kExitDone;
  fmt::print("{} written: \"{}\"\n", output, planted->ticket);
  if (options.key)
    fmt::print("{}, {}:{}: {}\n", planted->fault.kind, options.name, planted->fault.place.line,
               planted->fault.description);
  return kExitDone;
}

bool is_known_kind(const std::string& kind) {
  std::vector<std::string_view> names;
  for (const teaching::FaultKind& known : teaching::fault_catalogue()) {
    names.push_back(known.name);
    if (known.name == kind) return true;
  }
  const std::string_view near = topology::nearest(kind, names);
  complain(fmt::format("unknown kind of fault '{}'{}", kind,
                       near.empty() ? "; 'natsim new --help' lists them"
                                    : fmt::format(", did you mean '{}'?", near)));
  return false;
}

}  // namespace

int make_new(const NewOptions& options) {
  if (options.name.empty() && options.fault) {
    complain("new --fault: which file?");
    return kExitWrongInput;
  }
  if (options.name.empty()) return list_gallery();
  if (!options.fault) return write_template(options);
  if (!options.kind.empty() && !is_known_kind(options.kind)) return kExitWrongInput;
  return write_broken(options);
}

}  // namespace natsim
