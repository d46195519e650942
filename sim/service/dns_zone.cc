#include "sim/service/dns_zone.h"

#include <algorithm>

#include <fmt/format.h>

#include "sim/base/check.h"

namespace natsim {
namespace {

constexpr std::uint32_t kSoaTtl = 3600;
constexpr int kAliasesMax = 16;

DnsRecord default_soa(const DnsName& origin) {
  const auto below = [&](std::string_view label) {
    return DnsName::parse(label)->under(origin).value_or(origin);
  };
  return {origin, DnsType::soa, kSoaTtl, DnsSoa{below("ns"), below("hostmaster")}};
}

std::vector<DnsName> make_local_reverse_zones() {
  std::vector<DnsName> zones;
  const auto add = [&](const std::string& text) { zones.push_back(*DnsName::parse(text)); };
  for (const char* zone : {"10", "168.192", "254.169", "0", "127", "255.255.255.255"})
    add(fmt::format("{}.in-addr.arpa", zone));
  for (int i = 16; i < 32; ++i) add(fmt::format("{}.172.in-addr.arpa", i));
  for (int i = 64; i < 128; ++i) add(fmt::format("{}.100.in-addr.arpa", i));  // RFC 7793
  for (const char* zone : {"d.f", "8.e.f", "9.e.f", "a.e.f", "b.e.f"})
    add(fmt::format("{}.ip6.arpa", zone));
  return zones;
}

}  // namespace

DnsZone::DnsZone(DnsName origin, std::vector<DnsRecord> records)
    : origin_(std::move(origin)), soa_(default_soa(origin_)) {
  names_[origin_];
  bool has_soa = false;
  for (DnsRecord& record : records) {
    if (!record.name.is_within(origin_)) continue;
    if (record.type == DnsType::soa && record.name == origin_) soa_ = record, has_soa = true;
    for (DnsName between = record.name; !(between == origin_); between = between.parent())
      names_[between];
    names_[record.name].push_back(std::move(record));
  }
  if (!has_soa) names_[origin_].push_back(soa_);
}

const DnsZone::Records* DnsZone::at(const DnsName& name) const {
  const auto found = names_.find(name);
  return found == names_.end() ? nullptr : &found->second;
}

const DnsZone::Records* DnsZone::wildcard_for(const DnsName& name) const {
  DnsName encloser = name;
  while (at(encloser) == nullptr) encloser = encloser.parent();
  const auto star = DnsName::parse("*")->under(encloser);
  return star ? at(*star) : nullptr;
}

const DnsZone::Records* DnsZone::cut_above(const DnsName& name) const {
  const Records* highest = nullptr;
  for (DnsName cut = name; !(cut == origin_); cut = cut.parent()) {
    const Records* const records = at(cut);
    if (records != nullptr && std::any_of(records->begin(), records->end(),
                                          [](const auto& r) { return r.type == DnsType::ns; }))
      highest = records;
  }
  return highest;
}

DnsZone::Found DnsZone::find(const DnsName& name, DnsType type) const {
  SIM_CHECK(name.is_within(origin_));
  Found found;
  const auto take = [&](const Records& from, DnsType wanted) {
    for (const DnsRecord& record : from) {
      if (record.type != wanted && wanted != DnsType::any) continue;
      found.records.push_back(record);
      // A wildcard's records bear the name that was asked for.
      if (found.kind != Kind::delegated) found.records.back().name = name;
    }
    return !found.records.empty();
  };
  if (const Records* const cut = cut_above(name)) {
    found.kind = Kind::delegated;
    take(*cut, DnsType::ns);
    return found;
  }
  const Records* records = at(name);
  if (records == nullptr) records = wildcard_for(name);
  if (records == nullptr) return found;
  if (take(*records, type))
    found.kind = Kind::answer;
  else
    found.kind = take(*records, DnsType::cname) ? Kind::alias : Kind::no_data;
  return found;
}

void DnsZone::append_addresses(const DnsName& name, std::vector<DnsRecord>& out) const {
  const Records* const records = at(name);
  if (records == nullptr) return;
  for (const DnsRecord& record : *records)
    if (record.type == DnsType::a || record.type == DnsType::aaaa) out.push_back(record);
}

const DnsZone* DnsZones::find(const DnsName& name) const {
  const DnsZone* best = nullptr;
  for (const DnsZone& zone : zones_)
    if (name.is_within(zone.origin()) &&
        (best == nullptr || zone.origin().wire().size() > best->origin().wire().size()))
      best = &zone;
  return best;
}

DnsZones::Outcome DnsZones::answer(DnsName& name, DnsType type, DnsMessage& out) const {
  for (int aliases = 0;; ++aliases) {
    const DnsZone* const zone = find(name);
    if (zone == nullptr) return aliases == 0 ? Outcome::foreign : Outcome::elsewhere;
    DnsZone::Found found = zone->find(name, type);
    switch (found.kind) {
      case DnsZone::Kind::answer:
        for (const DnsRecord& record : found.records) {
          if (const auto* mx = std::get_if<DnsMx>(&record.data))
            zone->append_addresses(mx->exchange, out.additional);
          if (record.type == DnsType::ns)
            zone->append_addresses(std::get<DnsName>(record.data), out.additional);
        }
        std::move(found.records.begin(), found.records.end(), std::back_inserter(out.answers));
        return Outcome::complete;
      case DnsZone::Kind::alias:
        name = std::get<DnsName>(found.records.front().data);
        out.answers.push_back(std::move(found.records.front()));
        if (aliases == kAliasesMax) return Outcome::complete;  // they go round
        break;
      case DnsZone::Kind::delegated:
        for (DnsRecord& record : found.records) {
          zone->append_addresses(std::get<DnsName>(record.data), out.additional);
          out.authority.push_back(std::move(record));
        }
        return Outcome::delegated;
      case DnsZone::Kind::no_name: out.rcode = DnsRcode::name_error; [[fallthrough]];
      case DnsZone::Kind::no_data: out.authority.push_back(zone->soa()); return Outcome::complete;
    }
  }
}

const DnsName* local_reverse_zone(const DnsName& name) {
  static const std::vector<DnsName> zones = make_local_reverse_zones();
  for (const DnsName& zone : zones)
    if (name.is_within(zone)) return &zone;
  return nullptr;
}

}  // namespace natsim
