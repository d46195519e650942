#include "src/rules/ipset_reader.h"

#include <algorithm>
#include <array>
#include <map>
#include <span>

#include <fmt/format.h>

#include "src/rules/values.h"
#include "src/topology/suggest.h"

namespace natsim::rules {
namespace {

using topology::did_you_mean;
using topology::nearest;
using topology::quoted;

constexpr std::size_t kLineMax = 4096;
constexpr std::size_t kSetNameMax = 31;      // IPSET_MAXNAMELEN without its end
constexpr std::uint32_t kRangeMax = 65'536;  // addresses or ports that one element may stand for

struct SetType {
  std::string_view name;
  std::vector<SetPart> parts;
};

const std::vector<SetType>& set_types() {
  using P = SetPart;
  static const std::vector<SetType> types = {
      {"hash:ip", {P::address}},
      {"hash:net", {P::network}},
      {"hash:mac", {P::mac}},
      {"hash:ip,port", {P::address, P::port}},
      {"hash:net,port", {P::network, P::port}},
      {"hash:ip,mac", {P::address, P::mac}},
      {"hash:net,net", {P::network, P::network}},
      {"hash:ip,port,ip", {P::address, P::port, P::address}},
      {"hash:ip,port,net", {P::address, P::port, P::network}},
      {"hash:net,port,net", {P::network, P::port, P::network}},
      {"bitmap:ip", {P::address}},
      {"bitmap:port", {P::any_port}},
  };
  return types;
}

bool is_unmodelled_type(std::string_view name) {
  static constexpr std::array kNames = {"hash:net,iface", "hash:ip,mark", "bitmap:ip,mac",
                                        "list:set"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

/// A set in the making.
struct SetDraft {
  SetDescription set;
  bool ipv6 = false;
  std::optional<Duration> timeout;
};

class Reader {
 public:
  Reader(topology::Context& context, const Origin& origin) : context_(context), origin_(origin) {}

  std::optional<std::vector<SetDescription>> read(std::string_view text);

 private:
  using Words = std::span<const Word>;

  void read_line(std::string_view line, Complaints& complaints);
  void create(Words words, Complaints& complaints);
  bool create_option(SetDraft& draft, Words& words, Complaints& complaints);
  void add(Words words, Complaints& complaints);
  bool add_option(SetElement& element, Words& words, Complaints& complaints);
  void add_parts(SetDraft& draft, const SetElement& element, const Word& word,
                 Complaints& complaints);
  void add_range(SetDraft& draft, SetElement element, const Word& word, Complaints& complaints);
  bool read_part(SetPart part, const Word& word, SetElement& element, std::size_t& addresses,
                 PortRange& ports, Complaints& complaints);
  void keep(SetDraft& draft, const SetElement& element);

  topology::Context& context_;
  const Origin& origin_;
  std::vector<SetDraft> sets_;
  std::map<std::string, std::size_t> by_name_;
  std::size_t elements_ = 0;
};

std::optional<std::vector<SetDescription>> Reader::read(std::string_view text) {
  const std::size_t errors = context_.errors();
  std::uint32_t number = 0;
  for (; !text.empty() && !context_.gave_up() && elements_ <= kSetElementsMax; ++number) {
    const std::string_view line = take_line(text);
    Complaints complaints(context_, origin_, number);
    if (line.size() > kLineMax)
      complaints.error({}, fmt::format("a line longer than {} octets", kLineMax));
    else
      read_line(line, complaints);
  }
  if (elements_ > kSetElementsMax)
    context_.error(origin_.at(number - 1, 0),
                   fmt::format("more than {} elements", kSetElementsMax));
  if (context_.errors() != errors) return std::nullopt;
  std::vector<SetDescription> done;
  for (SetDraft& draft : sets_) done.push_back(std::move(draft.set));
  return done;
}

void Reader::read_line(std::string_view line, Complaints& complaints) {
  const auto first = line.find_first_not_of(" \t");
  if (first == std::string_view::npos || line[first] == '#') return;
  std::uint32_t bad_column = 0;
  const auto words = split_words(line, bad_column);
  if (!words) {
    Word where;
    where.column = bad_column;
    return complaints.error(where, "the quotation mark is not closed");
  }
  if (words->empty()) return;
  const std::string& command = words->front().text;
  const Words rest = Words(*words).subspan(1);
  const bool creates = command == "create" || command == "-N" || command == "n";
  if (command == "COMMIT") return;
  if (!creates && command != "add" && command != "-A")
    return complaints.error(words->front(), fmt::format("{} is no command", quoted(command)),
                            "what is read here is what 'ipset save' prints: lines with 'create' "
                            "and 'add'");
  if (rest.size() < 2)
    return complaints.error(words->front(),
                            creates ? "'create' needs a name and a type: 'create web hash:ip'"
                                    : "'add' needs a set and an element: 'add web 192.0.2.1'");
  if (creates)
    create(rest, complaints);
  else
    add(rest, complaints);
}

void Reader::create(Words words, Complaints& complaints) {
  const Word& name = words[0];
  const Word& type = words[1];
  if (name.text.empty() || name.text.size() > kSetNameMax)
    return complaints.error(name, "a set's name has 1 to 31 characters");
  if (by_name_.contains(name.text))
    return complaints.error(name, fmt::format("set {} is there already", quoted(name.text)));
  const auto& types = set_types();
  const auto known = std::find_if(types.begin(), types.end(),
                                  [&](const SetType& t) { return t.name == type.text; });
  if (known == types.end()) {
    std::vector<std::string_view> names;
    for (const SetType& t : types) names.push_back(t.name);
    const bool unmodelled = is_unmodelled_type(type.text);
    const char* const what = unmodelled ? "set type {} is not modelled" : "there is no set type {}";
    return complaints.error(type, fmt::format(fmt::runtime(what), quoted(type.text)),
                            unmodelled ? "" : did_you_mean(nearest(type.text, names)));
  }
  SetDraft draft;
  draft.set.name = name.text;
  draft.set.place = complaints.place(name);
  draft.set.parts = known->parts;
  Words options = words.subspan(2);
  while (!options.empty())
    if (!create_option(draft, options, complaints)) return;
  by_name_.emplace(name.text, sets_.size());
  sets_.push_back(std::move(draft));
}

/// Takes one option off `words`.
bool Reader::create_option(SetDraft& draft, Words& words, Complaints& complaints) {
  static constexpr std::array kFlags = {"counters", "comment", "skbinfo", "forceadd"};
  static constexpr std::array kStorage = {"hashsize", "maxelem", "bucketsize", "initval",
                                          "range",    "probes",  "resize"};
  const Word& option = words[0];
  const std::string& text = option.text;
  const auto is_one_of = [&](const auto& names) {
    return std::find(names.begin(), names.end(), text) != names.end();
  };
  if (is_one_of(kFlags)) {
    words = words.subspan(1);
    return true;
  }
  if (words.size() < 2) {
    complaints.error(option, fmt::format("{} needs a value", quoted(text)));
    return false;
  }
  const Word& value = words[1];
  words = words.subspan(2);
  if (is_one_of(kStorage)) return true;
  if (text == "family") {
    draft.ipv6 = value.text == "inet6" || value.text == "-6";
    if (!draft.ipv6 && value.text != "inet" && value.text != "-4") {
      complaints.error(value, fmt::format("{} is no family", quoted(value.text)), "inet or inet6");
      return false;
    }
    return true;
  }
  if (text == "timeout") {
    const auto seconds = read_number(value, 0, 2'147'483, complaints);
    if (seconds && *seconds > 0) draft.timeout = Duration::seconds(std::int64_t(*seconds));
    return seconds.has_value();
  }
  if (text == "netmask" && draft.set.parts == std::vector{SetPart::address}) {
    const auto length = read_number(value, 1, draft.ipv6 ? 128 : 32, complaints);
    if (length) draft.set.address_length = std::uint8_t(std::min<std::uint64_t>(*length, 32));
    return length.has_value();
  }
  complaints.error(option, fmt::format("the option {} of a set is not modelled", quoted(text)));
  return false;
}

void Reader::add(Words words, Complaints& complaints) {
  const auto found = by_name_.find(words[0].text);
  if (found == by_name_.end()) {
    std::vector<std::string_view> names;
    for (const SetDraft& draft : sets_) names.push_back(draft.set.name);
    return complaints.error(words[0], fmt::format("there is no set {}", quoted(words[0].text)),
                            did_you_mean(nearest(words[0].text, names)));
  }
  SetDraft& draft = sets_[found->second];
  if (draft.ipv6) return;
  SetElement element;
  element.timeout = draft.timeout;
  Words options = words.subspan(2);
  while (!options.empty())
    if (!add_option(element, options, complaints)) return;
  const auto networks =
      std::count(draft.set.parts.begin(), draft.set.parts.end(), SetPart::network);
  if (element.nomatch && networks == 0)
    return complaints.error(words[1], "'nomatch' is for sets of networks");
  if (draft.set.parts == std::vector{SetPart::address})
    add_range(draft, element, words[1], complaints);
  else
    add_parts(draft, element, words[1], complaints);
}

bool Reader::add_option(SetElement& element, Words& words, Complaints& complaints) {
  static constexpr std::array kIgnored = {"packets", "bytes",   "comment",
                                          "skbmark", "skbprio", "skbqueue"};
  const Word& option = words[0];
  if (option.text == "nomatch") {
    element.nomatch = true;
    words = words.subspan(1);
    return true;
  }
  const bool ignored = std::find(kIgnored.begin(), kIgnored.end(), option.text) != kIgnored.end();
  if (!ignored && option.text != "timeout") {
    complaints.error(option, fmt::format("an element has no option {}", quoted(option.text)),
                     "timeout, nomatch or comment");
    return false;
  }
  if (words.size() < 2) {
    complaints.error(option, fmt::format("{} needs a value", quoted(option.text)));
    return false;
  }
  const Word& value = words[1];
  words = words.subspan(2);
  if (ignored) return true;
  const auto seconds = read_number(value, 0, 2'147'483, complaints);
  if (!seconds) return false;
  element.timeout.reset();
  if (*seconds > 0) element.timeout = Duration::seconds(std::int64_t(*seconds));
  return true;
}

void Reader::keep(SetDraft& draft, const SetElement& element) {
  if (++elements_ <= kSetElementsMax) draft.set.elements.push_back(element);
}

/// An address, a prefix or a range of a set that has nothing else.
void Reader::add_range(SetDraft& draft, SetElement element, const Word& word,
                       Complaints& complaints) {
  std::uint32_t first = 0, last = 0;
  if (word.text.find('/') != std::string::npos) {
    const auto prefix = read_prefix(word, complaints);
    if (!prefix) return;
    first = prefix->address.v4().value;
    last = first | ~netmask_of(prefix->length);
  } else {
    const auto range = read_address_range(word, complaints);
    if (!range) return;
    first = range->first.value;
    last = range->second.value;
  }
  if (last < first || last - first >= kRangeMax)
    return complaints.error(word, fmt::format("more than {} addresses", kRangeMax),
                            "hash:net holds prefixes");
  for (std::uint64_t address = first; address <= last; ++address) {
    element.addresses[0] = {Ipv4Address{std::uint32_t(address)}, 32};
    keep(draft, element);
  }
}

/// "198.51.100.0/24,tcp:80", a part after the other.
void Reader::add_parts(SetDraft& draft, const SetElement& element, const Word& word,
                       Complaints& complaints) {
  const std::vector<Word> words = word.split(',');
  if (words.size() != draft.set.parts.size())
    return complaints.error(
        word, fmt::format("an element of {} has {} part{}", quoted(draft.set.name),
                          draft.set.parts.size(), draft.set.parts.size() == 1 ? "" : "s"));
  SetElement made = element;
  PortRange ports{0, 0};
  std::size_t addresses = 0;
  for (std::size_t i = 0; i < words.size(); ++i)
    if (!read_part(draft.set.parts[i], words[i], made, addresses, ports, complaints)) return;
  for (std::uint32_t port = ports.first; port <= ports.last; ++port) {
    made.port = std::uint16_t(port);
    keep(draft, made);
  }
}

bool Reader::read_part(SetPart part, const Word& word, SetElement& element, std::size_t& addresses,
                       PortRange& ports, Complaints& complaints) {
  if (part == SetPart::mac) {
    const auto mac = MacAddress::parse(word.text);
    if (mac) element.mac = *mac;
    if (!mac) complaints.error(word, fmt::format("{} is no MAC address", quoted(word.text)));
    return mac.has_value();
  }
  if (part == SetPart::address || part == SetPart::network) {
    const auto prefix = read_prefix(word, complaints);
    if (!prefix) return false;
    if (part == SetPart::address && prefix->length != 32) {
      complaints.error(word, "a whole address is wanted here", "hash:net,… holds prefixes");
      return false;
    }
    element.addresses[addresses++] = *prefix;
    return true;
  }
  // "tcp:80", "80", "icmp:echo-request"; a bitmap's ports have no protocol.
  const auto colon = word.text.find(':');
  const Word value = colon == std::string::npos ? word : word.part(colon + 1);
  if (part == SetPart::port) {
    element.protocol = Protocol::tcp;
    if (colon != std::string::npos) {
      const auto protocol = read_protocol(word.part(0, colon), complaints);
      if (!protocol) return false;
      element.protocol = protocol->value_or(Protocol::tcp);
    }
  }
  if (element.protocol == Protocol::icmp) {
    const auto icmp = read_icmp_type(value, complaints);
    if (!icmp) return false;
    const std::uint8_t code = icmp->code_first == icmp->code_last ? icmp->code_first : 0;
    ports.first = ports.last = std::uint16_t(icmp->type.value_or(0) << 8 | code);
    return true;
  }
  const auto range = read_port_range(value, '-', complaints);
  if (range) ports = *range;
  return range.has_value();
}

}  // namespace

std::optional<std::vector<SetDescription>> read_ipset(topology::Context& context,
                                                      std::string_view text, const Origin& origin) {
  return Reader(context, origin).read(text);
}

}  // namespace natsim::rules
