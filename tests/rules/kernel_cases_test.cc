// Goal: 300 rule sets decide about 3,600 packets as a real kernel did, octet by octet.
#include <gtest/gtest.h>
#include <zlib.h>

#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sim/wire/dump.h"
#include "src/rules/iptables_reader.h"
#include "src/topology/render.h"
#include "tests/rules/kernel_router.h"

namespace natsim::lab {
namespace {

struct Step {
  LegFrame in;
  std::vector<LegFrame> out;
};

struct Case {
  std::string id, rules;
  std::vector<Step> steps;
};

std::string unzipped(const std::string& path) {
  std::string text;
  const gzFile file = gzopen(path.c_str(), "rb");
  if (file == nullptr) return text;
  char piece[65536];
  for (int count = 0; (count = gzread(file, piece, sizeof piece)) > 0;)
    text.append(piece, std::size_t(count));
  gzclose(file);
  return text;
}

LegFrame frame_of(const nlohmann::json& json) {
  return {json.at("leg"), from_hex(json.at("frame").get<std::string>())};
}

std::vector<Case> read_cases() {
  std::vector<Case> cases;
  const std::string text = unzipped(NATSIM_SOURCE_DIR "/tests/rules/data/kernel_cases.jsonl.gz");
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    const auto json = nlohmann::json::parse(text.substr(at, end - at));
    at = end == std::string::npos ? text.size() : end + 1;
    Case& c = cases.emplace_back();
    c.id = json.at("id");
    c.rules = json.at("rules");
    for (const auto& step : json.at("steps")) {
      c.steps.push_back({frame_of(step), {}});
      for (const auto& out : step.at("out")) c.steps.back().out.push_back(frame_of(out));
    }
  }
  return cases;
}

std::string listed(const std::vector<LegFrame>& frames) {
  if (frames.empty()) return "    nothing\n";
  std::string text;
  for (const LegFrame& f : frames) text += "    " + f.leg + " " + dump_frame(f.frame) + "\n";
  return text;
}

/// What is different, or empty.
std::string compared(const Step& step, const std::vector<LegFrame>& out) {
  if (out.size() != step.out.size())
    return fmt::format("{} frames instead of {}", out.size(), step.out.size());
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (out[i].leg != step.out[i].leg)
      return fmt::format("out of {} instead of {}", out[i].leg, step.out[i].leg);
    auto different = difference(step.out[i].frame, out[i].frame, step.in.frame);
    if (!different.empty()) return different;
  }
  return {};
}

void PrintTo(const Case& c, std::ostream* out) { *out << c.id; }

class KernelCase : public testing::TestWithParam<Case> {};

TEST_P(KernelCase, ComesOutTheSame) {
  const Case& c = GetParam();
  SourceMap sources;
  const std::uint32_t file = sources.add(c.id, c.rules);
  topology::Context context(sources, {});
  const auto rules = rules::read_iptables(context, c.rules, rules::Origin::file(file));
  std::string problems;
  for (const Problem& problem : context.take_problems())
    problems += render_problem(problem, sources, false);
  ASSERT_TRUE(rules.has_value() && problems.empty()) << problems;
  for (const Problem& problem : check(*rules))
    ADD_FAILURE() << render_problem(problem, sources, false);
  KernelRouter router(*rules);
  for (std::size_t i = 0; i < c.steps.size(); ++i) {
    const Step& step = c.steps[i];
    const auto out = router.step(step.in);
    const std::string different = compared(step, out);
    ASSERT_TRUE(different.empty()) << "step " << i << ": " << different << "\n  sent\n"
                                   << listed({step.in}) << "  the kernel gave\n"
                                   << listed(step.out) << "  the simulator gave\n"
                                   << listed(out) << "  on its way\n"
                                   << router.story() << "  the rules\n"
                                   << c.rules;
  }
}

INSTANTIATE_TEST_SUITE_P(Rules, KernelCase, testing::ValuesIn(read_cases()), [](const auto& row) {
  std::string name = row.param.id;
  for (char& c : name) c = c == '-' ? '_' : c;
  return name;
});

}  // namespace
}  // namespace natsim::lab
