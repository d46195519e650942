// What submissions are worth: a teacher's expectations, judged on each of them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace natsim {

/// One of the teacher's expectations, on one submission.
struct GradedCheck {
  std::string question, expected, found, hint;
  std::uint32_t points = 1;
  bool met = false;
};

struct Grade {
  std::string file;
  std::string failure;  ///< why it could not be judged; empty: it could
  std::vector<GradedCheck> checks;
  std::uint64_t points() const;
  std::uint64_t points_max() const;
};

/// A line for each submission, and below it what was not met, with hints.
std::string grades_text(const std::vector<Grade>& grades, bool colour);
/// RFC 4180: a row for each submission, a column for each check (the points that it got).
std::string grades_csv(const std::vector<Grade>& grades);
/// One object a submission, a line each.
std::string grades_json(const std::vector<Grade>& grades);
/// JUnit's XML: a suite for each submission, a case for each check.
std::string grades_junit(const std::vector<Grade>& grades);

/// A grade's checks as one line, and back: what crosses the border of processes.
std::string pack(const Grade& grade);
bool unpack(const std::string& text, Grade& grade);

}  // namespace natsim
