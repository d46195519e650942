#include "src/report/grades.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "src/report/text_table.h"

namespace natsim {
namespace {

using Json = nlohmann::ordered_json;

std::string line_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string points_words(std::uint64_t points) {
  return fmt::format("{} point{}", points, points == 1 ? "" : "s");
}

std::size_t not_met(const Grade& grade) {
  return std::size_t(std::count_if(grade.checks.begin(), grade.checks.end(),
                                   [](const GradedCheck& check) { return !check.met; }));
}

void append_wrapped(std::string& text, const Palette& palette, Ink ink, const std::string& words,
                    std::size_t indent) {
  for (const std::string_view piece : wrapped(words, kReportColumns - indent)) {
    text.append(indent, ' ');
    palette.append(text, ink, piece);
    text += '\n';
  }
}

/// What a submission has to be told.
std::string remarks(const Grade& grade, const Palette& palette) {
  std::string text = "\n" + palette.paint(Ink::bold, printable(grade.file)) + "\n";
  if (!grade.failure.empty()) {
    append_wrapped(text, palette, Ink::red, "could not be judged: " + printable(grade.failure), 2);
    return text;
  }
  for (const GradedCheck& check : grade.checks) {
    if (check.met) continue;
    append_wrapped(text, palette, Ink::red,
                   fmt::format("✗ {} ({})", printable(check.question), points_words(check.points)),
                   2);
    append_wrapped(
        text, palette, Ink::plain,
        fmt::format("expected {}, found {}", printable(check.expected), printable(check.found)), 4);
    if (!check.hint.empty())
      append_wrapped(text, palette, Ink::cyan, "hint: " + printable(check.hint), 4);
  }
  return text;
}

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

std::string xml(const std::string& text) {
  std::string escaped;
  for (const char c : printable(text)) {
    switch (c) {
      case '&': escaped += "&amp;"; break;
      case '<': escaped += "&lt;"; break;
      case '>': escaped += "&gt;"; break;
      case '"': escaped += "&quot;"; break;
      default: escaped += c;
    }
  }
  return escaped;
}

Json check_json(const GradedCheck& check) {
  Json json{{"question", check.question},
            {"expected", check.expected},
            {"found", check.found},
            {"met", check.met},
            {"points", check.points}};
  if (!check.hint.empty()) json["hint"] = check.hint;
  return json;
}

}  // namespace

std::uint64_t Grade::points() const {
  std::uint64_t sum = 0;
  for (const GradedCheck& check : checks) sum += check.met ? check.points : 0;
  return failure.empty() ? sum : 0;
}

std::uint64_t Grade::points_max() const {
  std::uint64_t sum = 0;
  for (const GradedCheck& check : checks) sum += check.points;
  return sum;
}

std::string grades_text(const std::vector<Grade>& grades, bool colour) {
  const Palette palette(colour);
  TextTable table(
      "Grades",
      {{"submission"}, {"points", TextTable::Align::right}, {"of", TextTable::Align::right}, {""}});
  std::string details;
  for (const Grade& grade : grades) {
    const std::size_t failed = not_met(grade);
    const bool full = grade.failure.empty() && failed == 0;
    const std::string remark = !grade.failure.empty() ? "could not be judged"
                               : full                 ? "all met"
                                                      : fmt::format("{} not met", failed);
    const Ink ink = full ? Ink::green : grade.failure.empty() ? Ink::yellow : Ink::red;
    table.add({{printable(grade.file)},
               {fmt::to_string(grade.points()), ink},
               {fmt::to_string(grade.points_max())},
               {remark, ink}});
    if (!full) details += remarks(grade, palette);
  }
  return table.render(palette) + details;
}

std::string grades_csv(const std::vector<Grade>& grades) {
  std::string text = "submission,points,points_max,failure";
  if (!grades.empty())
    for (const GradedCheck& check : grades.front().checks) text += "," + csv_field(check.question);
  text += "\r\n";
  for (const Grade& grade : grades) {
    text += fmt::format("{},{},{},{}", csv_field(grade.file), grade.points(), grade.points_max(),
                        csv_field(grade.failure));
    for (const GradedCheck& check : grade.checks)
      text += fmt::format(",{}", grade.failure.empty() && check.met ? check.points : 0);
    text += "\r\n";
  }
  return text;
}

std::string grades_json(const std::vector<Grade>& grades) {
  std::string text;
  for (const Grade& grade : grades) {
    Json json{{"file", grade.file},
              {"points", grade.points()},
              {"points_max", grade.points_max()},
              {"failure", grade.failure.empty() ? Json(nullptr) : Json(grade.failure)},
              {"checks", Json::array()}};
    for (const GradedCheck& check : grade.checks) json["checks"].push_back(check_json(check));
    text += line_of(json) + "\n";
  }
  return text;
}

std::string grades_junit(const std::vector<Grade>& grades) {
  std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n";
  for (const Grade& grade : grades) {
    const bool judged = grade.failure.empty();
    text += fmt::format("  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\">\n",
                        xml(grade.file), std::max<std::size_t>(grade.checks.size(), judged ? 0 : 1),
                        judged ? not_met(grade) : 0, judged ? 0 : 1);
    if (!judged)
      text += fmt::format("    <testcase name=\"{0}\"><error message=\"{1}\"/></testcase>\n",
                          xml(grade.file), xml(grade.failure));
    for (const GradedCheck& check : grade.checks) {
      if (!judged) break;
      text += fmt::format("    <testcase classname=\"{}\" name=\"{}\"", xml(grade.file),
                          xml(check.question));
      text += check.met ? "/>\n"
                        : fmt::format("><failure message=\"expected {}, found {}\"/></testcase>\n",
                                      xml(check.expected), xml(check.found));
    }
    text += "  </testsuite>\n";
  }
  return text + "</testsuites>\n";
}

std::string pack(const Grade& grade) {
  Json json{{"failure", grade.failure}, {"checks", Json::array()}};
  for (const GradedCheck& check : grade.checks) json["checks"].push_back(check_json(check));
  return line_of(json);
}

bool unpack(const std::string& text, Grade& grade) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object() || !json.contains("checks")) return false;
  grade.failure = json.value("failure", "");
  grade.checks.clear();
  for (const Json& check : json["checks"])
    grade.checks.push_back({check.value("question", ""), check.value("expected", ""),
                            check.value("found", ""), check.value("hint", ""),
                            check.value("points", 1u), check.value("met", false)});
  return true;
}

}  // namespace natsim
