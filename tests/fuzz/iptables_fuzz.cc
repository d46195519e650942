// The reader of iptables-save text: whatever the bytes, it ends, every problem can be shown, and
// what was read can be written and read again.
#include <cstddef>
#include <cstdint>
#include <string>

#include "sim/base/check.h"
#include "src/rules/iptables_reader.h"
#include "src/rules/iptables_writer.h"
#include "src/topology/render.h"
#include "src/topology/text_check.h"

namespace {

std::optional<natsim::Ruleset> read(natsim::SourceMap& sources, std::string text) {
  using namespace natsim;
  const std::uint32_t file = sources.add("fuzz.rules", std::move(text));
  topology::Context context(sources, {});
  const auto rules =
      rules::read_iptables(context, sources.file(file).text, rules::Origin::file(file));
  SIM_CHECK(rules.has_value() == !context.has_errors());
  for (const Problem& problem : context.take_problems())
    SIM_CHECK(!render_problem(problem, sources, false).empty());
  return rules;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace natsim;
  SourceMap sources;
  std::string text(reinterpret_cast<const char*>(data), size);
  if (topology::check_text(text, 0)) return 0;
  const auto rules = read(sources, std::move(text));
  if (!rules) return 0;
  check(*rules);
  const std::string written = rules::write_iptables(*rules);
  const auto again = read(sources, written);
  SIM_CHECK(again.has_value());
  SIM_CHECK(rules::write_iptables(*again) == written);
  return 0;
}
