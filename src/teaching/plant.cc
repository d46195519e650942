#include "src/teaching/plant.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "sim/base/random.h"
#include "src/report/results.h"
#include "src/report/text.h"

namespace natsim::teaching {
namespace {

using spec::ExpectedResult;

constexpr std::size_t kComplaintsShown = 2;  // a user names what hurts, not a list

std::string deed(const spec::Expectation& item) {
  spec::Target host = item.to;
  host.port.reset();
  const std::string to = target_words(host);
  switch (item.protocol) {
    case Protocol::tcp: return fmt::format("connect to TCP port {} of {}", *item.to.port, to);
    case Protocol::udp: return fmt::format("get anything to UDP port {} of {}", *item.to.port, to);
    default: return fmt::format("ping {}", to);
  }
}

std::string sentence(const Complaint& complaint) {
  const spec::Expectation& expected = complaint.expected;
  if (expected.judged == spec::Judged::lease)
    return fmt::format("{} does not get the address that it should.", expected.subject.node);
  if (expected.judged != spec::Judged::probe)
    return fmt::format("At {} other packets are seen than there should be.", expected.subject.node);
  const std::string what = deed(expected);
  if (expected.result.value == ExpectedResult::delivered)
    return fmt::format("From {} I cannot {} any more.", expected.from, what);
  if (complaint.found == ExpectedResult::delivered)
    return fmt::format("The auditors say that {} can {}, which it must not.", expected.from, what);
  return fmt::format("When {} tries to {}, it fails in another way than it used to.", expected.from,
                     what);
}

// What works no more comes first: that is what people write tickets about.
std::string ticket_of(std::vector<Complaint> complaints) {
  std::stable_partition(complaints.begin(), complaints.end(), [](const Complaint& complaint) {
    return complaint.expected.judged == spec::Judged::probe &&
           complaint.expected.result.value == ExpectedResult::delivered;
  });
  std::vector<std::string> sentences;
  for (const Complaint& complaint : complaints) {
    std::string next = sentence(complaint);
    if (std::find(sentences.begin(), sentences.end(), next) == sentences.end())
      sentences.push_back(std::move(next));
    if (sentences.size() == kComplaintsShown) break;
  }
  std::string text;
  for (const std::string& one : sentences) text += one + " ";
  return text + "Yesterday all was well.";
}

std::string with_ticket(const std::string& ticket, const std::string& name, std::string text) {
  constexpr std::size_t kWidth = 94;
  std::string head = "# TICKET\n#\n";
  for (const std::string_view line : wrapped(ticket, kWidth)) head += fmt::format("#   {}\n", line);
  head += fmt::format(
      "#\n# One thing in this file was changed since. Find it, mend it, and see that all is well:\n"
      "#\n#   natsim check {}\n#\n\n",
      name);
  return head + std::move(text);
}

void shuffle(std::vector<Fault>& faults, std::uint64_t seed) {
  Prng random = Prng::stream(seed, "teaching/fault");
  for (std::size_t i = faults.size(); i > 1; --i) std::swap(faults[i - 1], faults[random.below(i)]);
}

}  // namespace

Result<Planted, std::string> plant(std::string_view text, const PlantOptions& options,
                                   const Surroundings& surroundings) {
  const auto sound = tried(options.name, std::string(text), surroundings);
  if (!sound) return std::string("it cannot be read as it is");
  if (sound->checks == 0) return std::string("nobody would notice: it has no expectations");
  if (!sound->complaints.empty())
    return fmt::format("it does not work as it is: {} of {} expectations are not met",
                       sound->complaints.size(), sound->checks);
  std::vector<Fault> faults = possible_faults(text);
  std::erase_if(faults, [&](const Fault& fault) {
    return !options.kind.empty() && fault.kind != options.kind;
  });
  shuffle(faults, options.seed);
  std::optional<Planted> told;  // a warning of the reader's tells where it is
  for (Fault& fault : faults) {
    std::string broken = with_fault(text, fault);
    const auto trial = tried(options.name, broken, surroundings);
    if (!trial || trial->complaints.empty()) continue;
    const bool quiet = trial->problems.size() <= sound->problems.size();
    if (!quiet && told) continue;
    Planted planted{std::move(fault), {}, ticket_of(trial->complaints)};
    planted.text = with_ticket(planted.ticket, options.name, std::move(broken));
    if (quiet) return planted;
    told = std::move(planted);
  }
  if (told) return std::move(*told);
  return fmt::format("there is no room in it for a fault{} that its expectations notice",
                     options.kind.empty() ? "" : fmt::format(" '{}'", options.kind));
}

}  // namespace natsim::teaching
