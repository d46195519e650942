// DNS servers: zones, records, views.
#include <fmt/format.h>

#include "sim/network/dns_spec.h"
#include "src/topology/objects.h"
#include "src/topology/suggest.h"

namespace natsim::topology {
namespace {

using spec::DnsServer;
using spec::DnsView;
using spec::DnsZone;

struct ZoneNameValue {
  using Value = std::string;
  static constexpr ValueKind kind = ValueKind::text;
  static Parsed<Value> parse(std::string_view text) {
    if (!DnsName::parse(text))
      return Complaint{fmt::format("{} is no domain name", quoted(text)),
                       "such as example.com; '.' is the root"};
    return std::string(text);
  }
};

const std::vector<std::string_view>& type_words() {
  static const std::vector<std::string_view> words = {"A",  "AAAA", "CNAME", "MX",
                                                      "NS", "PTR",  "SOA",   "TXT"};
  return words;
}

struct RecordDraft {
  std::string name = "@";
  std::optional<DnsType> type;
  std::vector<spec::At<std::string>> values;
  std::uint32_t ttl_s = 300;
};

void read_type(Context& context, Yaml value, RecordDraft& out) {
  if (const auto index = read_word(context, value, type_words()))
    out.type = parse_dns_type(type_words()[*index]);
}

void read_ttl(Context& context, Yaml value, RecordDraft& out) {
  const auto ttl = read_scalar<DurationValue>(context, value);
  if (!ttl) return;
  constexpr std::int64_t kTtlMax = 0x7fff'ffff;  // RFC 2181 8
  if (ttl->ns() % 1'000'000'000 != 0 || ttl->ns() < 0 || ttl->whole_seconds() > kTtlMax)
    return context.error(value.place(), "a TTL is a whole number of seconds");
  out.ttl_s = std::uint32_t(ttl->whole_seconds());
}

const Schema<RecordDraft>& record_rows() {
  using R = Rows<RecordDraft>;
  static const Schema<RecordDraft> schema = [] {
    auto type = R::by<&read_type>("type", "A, AAAA, CNAME, MX, …", ValueKind::word, Shape::one);
    type.words = type_words();
    return Schema<RecordDraft>(
        "a DNS record", {
                            R::one<TextValue, &RecordDraft::name>(
                                "name", "its name within the zone; '@' is the zone's own name")
                                .or_else("@")
                                .also("host owner"),
                            std::move(type).required().also("kind"),
                            R::one_or_more<TextValue, &RecordDraft::values>(
                                "value", "an address, a name, '10 mail' for MX, a text")
                                .required()
                                .also("data address target content"),
                            R::by<&read_ttl>("ttl", "how long others may remember it",
                                             ValueKind::duration, Shape::one)
                                .or_else("5m"),
                        });
  }();
  return schema;
}

/// "@" is the zone; a name with a last dot, or one that ends in the zone's, is whole already.
std::optional<DnsName> owner_in(const DnsName& zone, std::string_view text) {
  if (text == "@") return zone;
  const auto name = DnsName::parse(text);
  if (!name) return std::nullopt;
  if (text.back() == '.' || (!zone.is_root() && name->is_within(zone))) return name;
  return name->under(zone);
}

/// A name that a record points to: one label is a name of the zone, more are a whole name.
std::optional<DnsName> target_in(const DnsName& zone, std::string_view text) {
  if (text == "@") return zone;
  const auto name = DnsName::parse(text);
  if (!name || text.back() == '.' || name->labels() > 1) return name;
  return name->under(zone);
}

std::optional<DnsData> mx_of(const DnsName& zone, std::string_view text) {
  const auto space = text.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  const auto preference = parse_integer(text.substr(0, space), 0, 65'535);
  const auto exchange = target_in(zone, text.substr(text.find_last_of(' ') + 1));
  if (!preference.ok() || !exchange) return std::nullopt;
  return DnsData(DnsMx{std::uint16_t(*preference), *exchange});
}

/// "ns hostmaster 1 7200 900 1209600 300".
std::optional<DnsData> soa_of(const DnsName& zone, std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const auto space = text.find(' ');
    if (space != 0) words.push_back(text.substr(0, space));
    text.remove_prefix(space == std::string_view::npos ? text.size() : space + 1);
  }
  if (words.size() != 7) return std::nullopt;
  DnsSoa soa;
  const auto mname = target_in(zone, words[0]), rname = target_in(zone, words[1]);
  if (!mname || !rname) return std::nullopt;
  soa.mname = *mname;
  soa.rname = *rname;
  std::uint32_t* const numbers[] = {&soa.serial, &soa.refresh, &soa.retry, &soa.expire,
                                    &soa.minimum};
  for (std::size_t i = 0; i < 5; ++i) {
    const auto number = parse_integer(words[2 + i], 0, 0xffff'ffff);
    if (!number.ok()) return std::nullopt;
    *numbers[i] = std::uint32_t(*number);
  }
  return DnsData(std::move(soa));
}

std::optional<DnsData> data_of(const DnsName& zone, DnsType type, std::string_view text) {
  switch (type) {
    case DnsType::a:
    case DnsType::aaaa: {
      const auto address = IpAddress::parse(text);
      if (!address || address->is_v4() != (type == DnsType::a)) return std::nullopt;
      return DnsData(*address);
    }
    case DnsType::mx: return mx_of(zone, text);
    case DnsType::soa: return soa_of(zone, text);
    case DnsType::txt: {
      DnsTxt txt;
      for (std::size_t at = 0; at == 0 || at < text.size(); at += 255)
        txt.strings.emplace_back(text.substr(at, 255));
      return DnsData(std::move(txt));
    }
    default: break;
  }
  const auto target = target_in(zone, text);
  return target ? std::optional(DnsData(*target)) : std::nullopt;
}

std::string_view example_of(DnsType type) {
  switch (type) {
    case DnsType::a: return "an IPv4 address";
    case DnsType::aaaa: return "an IPv6 address";
    case DnsType::mx: return "a preference and a name, such as '10 mail'";
    case DnsType::soa: return "'ns hostmaster SERIAL REFRESH RETRY EXPIRE MINIMUM'";
    default: return "a name";
  }
}

void read_records(Context& context, Yaml list, DnsZone& zone) {
  for_each_item(context, list, [&](Yaml item) {
    RecordDraft draft;
    if (!read_object(context, item, record_rows(), draft) || !draft.type) return;
    const auto owner = owner_in(zone.name, draft.name);
    if (!owner || !owner->is_within(zone.name))
      return context.error(
          item.find("name")->place(),
          fmt::format("{} is no name in {}", quoted(draft.name), zone.name.to_string()));
    for (const auto& value : draft.values) {
      auto data = data_of(zone.name, *draft.type, value.value);
      if (!data) {
        context.error(value.place, fmt::format("{} is not what {} holds: {}", quoted(value.value),
                                               to_string(*draft.type), example_of(*draft.type)));
        continue;
      }
      zone.records.push_back({*owner, *draft.type, draft.ttl_s, std::move(*data)});
    }
  });
}

// RFC 1034 3.6.2: an alias stands alone.
void check_aliases(Context& context, const DnsZone& zone) {
  for (const DnsRecord& alias : zone.records) {
    if (alias.type != DnsType::cname) continue;
    for (const DnsRecord& other : zone.records)
      if (&other != &alias && other.name == alias.name)
        return context.error(zone.place, fmt::format("{} has a CNAME, and with it nothing else",
                                                     alias.name.to_string()));
  }
}

void read_zones(Context& context, Yaml map, std::vector<DnsZone>& out) {
  for_each_named<ZoneNameValue>(context, map, "a zone",
                                [&](std::string name, Place place, Yaml value) {
                                  DnsZone zone;
                                  zone.place = place;
                                  zone.name = DnsName::parse(name).value_or(DnsName());
                                  read_records(context, value, zone);
                                  check_aliases(context, zone);
                                  out.push_back(std::move(zone));
                                });
}

void read_view_zones(Context& context, Yaml map, DnsView& out) {
  read_zones(context, map, out.zones);
}
void read_server_zones(Context& context, Yaml map, DnsServer& out) {
  read_zones(context, map, out.zones);
}

const Schema<DnsView>& view_rows() {
  using R = Rows<DnsView>;
  static const Schema<DnsView> schema(
      "a DNS view",
      {
          R::one_or_more<PrefixValue, &DnsView::clients>("clients",
                                                         "the networks that it is meant for")
              .required()
              .also("match_clients from"),
          R::by<&read_view_zones>("zones", "zones that only they see, by name", ValueKind::object,
                                  Shape::map, &dns_record_schema),
          R::one<BooleanValue, &DnsView::recursive>("recursive", "asks others on their behalf")
              .or_else("as the server")
              .also("recursion"),
          R::one_or_more<AddressValue, &DnsView::forward>("forward", "the servers that are asked")
              .or_else("as the server")
              .also("forwarders"),
      });
  return schema;
}

void read_views(Context& context, Yaml list, DnsServer& out) {
  for_each_item(context, list, [&](Yaml item) {
    DnsView view;
    view.place = item.place();
    if (read_object(context, item, view_rows(), view)) out.views.push_back(std::move(view));
  });
}

const Schema<DnsServer>& dns_rows() {
  using R = Rows<DnsServer>;
  static const Schema<DnsServer> schema(
      "a DNS server",
      {
          R::by<&read_server_zones>("zones", "the zones that it is authoritative for, by name",
                                    ValueKind::object, Shape::map, &dns_record_schema)
              .also("domains records"),
          R::one<BooleanValue, &DnsServer::recursive>(
              "recursive", "asks others for what is not in its zones, from the root on")
              .or_else("false; true with forward")
              .also("recursion"),
          R::one_or_more<AddressValue, &DnsServer::forward>("forward",
                                                            "servers that it asks instead")
              .also("forwarders upstream"),
          R::one<BooleanValue, &DnsServer::round_robin>(
              "round_robin", "addresses of one name take turns at being the first")
              .or_else("true")
              .also("rotate"),
          R::by<&read_views>("views", "what some clients see instead; the first that fits counts",
                             ValueKind::object, Shape::list, &dns_view_schema)
              .also("split_horizon"),
      });
  return schema;
}

struct LookupDraft {
  std::string name;
  std::string type = "A";
  bool tcp = false;
};

const Schema<LookupDraft>& lookup_rows() {
  using R = Rows<LookupDraft>;
  static const Schema<LookupDraft> schema(
      "a DNS question",
      {
          R::one<TextValue, &LookupDraft::name>("name", "the name that is asked for").required(),
          R::one<TextValue, &LookupDraft::type>("type", "A, AAAA, MX, …").or_else("A"),
          R::one<BooleanValue, &LookupDraft::tcp>(
              "tcp", "asks over TCP at once, as dig +tcp; otherwise only after a cut answer")
              .or_else("false"),
      });
  return schema;
}

}  // namespace

std::optional<spec::NameLookup> parse_name_lookup(Context& context, Place place,
                                                  std::string_view text) {
  const auto space = text.find(' ');
  const std::string name(text.substr(0, space));
  const std::string_view type = space == std::string_view::npos ? "A" : text.substr(space + 1);
  const auto number = parse_dns_type(type);
  if (!DnsName::parse(name)) {
    context.error(place, fmt::format("{} is no domain name", quoted(name)));
  } else if (!number) {
    context.error(place, fmt::format("{} is no type of DNS record", quoted(type)),
                  did_you_mean(nearest(type, type_words())));
  } else {
    return spec::NameLookup{name, std::uint16_t(*number)};
  }
  return std::nullopt;
}

std::optional<spec::NameLookup> read_name_lookup(Context& context, Yaml value) {
  if (value.is_map()) {
    LookupDraft draft;
    if (!read_object(context, value, lookup_rows(), draft) || draft.name.empty())
      return std::nullopt;
    auto lookup = parse_name_lookup(context, value.place(), draft.name + " " + draft.type);
    if (lookup) lookup->tcp = draft.tcp;
    return lookup;
  }
  const auto text = read_scalar<TextValue>(context, value);
  if (!text) return std::nullopt;
  return parse_name_lookup(context, value.place(), *text);
}

const ObjectSchema& dns_record_schema() { return record_rows(); }
const ObjectSchema& dns_view_schema() { return view_rows(); }
const ObjectSchema& dns_schema() { return dns_rows(); }

void read_dns(Context& context, Yaml map, spec::Node& out) {
  DnsServer server;
  server.place = map.place();
  if (!read_object(context, map, dns_rows(), server)) return;
  if (!server.forward.empty() && !map.find("recursive")) server.recursive = true;
  const bool empty = server.zones.empty() && server.views.empty() && !server.recursive;
  if (empty && !map.find("zones"))
    context.error(map.place(), "a DNS server that knows nothing",
                  "it needs zones, recursive: true, or forward");
  out.dns = std::make_shared<const DnsServer>(std::move(server));
}

}  // namespace natsim::topology
