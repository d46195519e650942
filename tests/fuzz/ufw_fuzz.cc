// The reader of ufw's commands: whatever the bytes, it ends, every problem can be shown, and what
// was read is a rule set that the kernel would take and that can be written and read again.
#include <cstddef>
#include <cstdint>
#include <string>

#include "sim/base/check.h"
#include "src/rules/iptables_reader.h"
#include "src/rules/iptables_writer.h"
#include "src/rules/ufw_reader.h"
#include "src/topology/render.h"
#include "src/topology/text_check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace natsim;
  SourceMap sources;
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (topology::check_text(text, 0)) return 0;
  const std::uint32_t file = sources.add("fuzz.ufw", text);
  topology::Context context(sources, {});
  const auto rules =
      rules::read_ufw(context, {{text, rules::Origin::file(file)}}, Place{file, 1, 1});
  SIM_CHECK(rules.has_value() == !context.has_errors());
  for (const Problem& problem : context.take_problems())
    SIM_CHECK(!render_problem(problem, sources, false).empty());
  if (!rules) return 0;
  SIM_CHECK(check(*rules).empty());
  const std::string written = rules::write_iptables(*rules);
  topology::Context again(sources, {});
  const auto read = rules::read_iptables(again, written, rules::Origin::file(file));
  SIM_CHECK(read.has_value());
  SIM_CHECK(rules::write_iptables(*read) == written);
  return 0;
}
