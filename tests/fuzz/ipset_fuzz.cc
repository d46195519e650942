// The reader of `ipset save` text: whatever the bytes, it ends, every problem can be shown, and
// what was read can be looked up in.
#include <cstddef>
#include <cstdint>
#include <string>

#include "sim/base/check.h"
#include "sim/filter/address_set.h"
#include "src/rules/ipset_reader.h"
#include "src/topology/render.h"
#include "src/topology/text_check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace natsim;
  SourceMap sources;
  std::string text(reinterpret_cast<const char*>(data), size);
  if (topology::check_text(text, 0)) return 0;
  const std::uint32_t file = sources.add("fuzz.sets", std::move(text));
  topology::Context context(sources, {});
  const auto sets = rules::read_ipset(context, sources.file(file).text, rules::Origin::file(file));
  SIM_CHECK(sets.has_value() == !context.has_errors());
  for (const Problem& problem : context.take_problems())
    SIM_CHECK(!render_problem(problem, sources, false).empty());
  if (!sets) return 0;
  for (const SetDescription& set : *sets) SIM_CHECK(AddressSet(set).name() == set.name);
  return 0;
}
