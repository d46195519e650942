// The errand of looking a name up.
#include <fmt/format.h>

#include "sim/network/errand.h"
#include "sim/node/name_lookups.h"

namespace natsim {
namespace {

constexpr std::size_t kWordsMax = 80;  // of answers told to people; a last one may go beyond

class DnsErrand final : public Errand, private NameListener {
 public:
  DnsErrand(IpNode& from, const spec::NameLookup& lookup, ErrandOwner owner) : owner_(owner) {
    question_.name = DnsName::parse(lookup.name).value_or(DnsName());
    question_.type = DnsType(lookup.type);
    from.sockets().resolve(question_, {this, 0},
                           lookup.tcp ? DnsTransport::tcp : DnsTransport::udp);
  }

 private:
  void on_name(const NameAnswer& answer) override {
    ErrandResult result;
    const DnsResolution& found = answer.found;
    result.outcome.result = found.timed_out ? ProbeResult::timed_out : ProbeResult::answered;
    std::string words;
    std::size_t more = 0;
    for (const DnsRecord& record : found.answers) {
      std::string text = to_string(record);
      if (words.size() < kWordsMax)
        words += (words.empty() ? "" : ", ") + text;
      else
        ++more;
      if (record.type == question_.type) result.answers.push_back(text.substr(text.find(' ') + 1));
    }
    if (found.timed_out) {
      result.error = "no answer";
    } else if (found.rcode != DnsRcode::no_error) {
      result.error = to_string(found.rcode);
    } else if (result.answers.empty()) {
      result.error = "NODATA";
    }
    if (more > 0) words += fmt::format(" and {} more", more);
    if (!result.error.empty()) result.answers = {result.error};
    if (words.empty() || !result.error.empty()) words = result.error;
    result.summary = fmt::format("{}: {}", question_.name.to_string(), words);
    owner_.listener->on_errand(owner_.tag, result);
  }

  ErrandOwner owner_;
  DnsQuestion question_;
};

}  // namespace

std::unique_ptr<Errand> start_errand(ErrandPlace&, IpNode& from, const spec::NameLookup& lookup,
                                     ErrandOwner owner) {
  return std::make_unique<DnsErrand>(from, lookup, owner);
}

}  // namespace natsim
