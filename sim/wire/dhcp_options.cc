#include "sim/wire/dhcp_options.h"

#include <algorithm>
#include <utility>

#include "sim/base/check.h"
#include "sim/wire/dhcp_encoding.h"

namespace natsim {

const Bytes* DhcpOptions::find(DhcpCode code) const {
  const auto found = std::find_if(list_.begin(), list_.end(),
                                  [code](const DhcpOption& o) { return o.code == code; });
  return found == list_.end() ? nullptr : &found->data;
}

std::optional<Ipv4Address> DhcpOptions::address(DhcpCode code) const {
  const auto value = u32(code);
  if (!value) return std::nullopt;
  return Ipv4Address{*value};
}

std::optional<std::vector<Ipv4Address>> DhcpOptions::addresses(DhcpCode code) const {
  const Bytes* data = find(code);
  if (data == nullptr || data->empty() || data->size() % 4 != 0) return std::nullopt;
  std::vector<Ipv4Address> addresses;
  for (std::size_t i = 0; i < data->size(); i += 4)
    addresses.push_back({load_be32(data->data() + i)});
  return addresses;
}

std::optional<std::uint16_t> DhcpOptions::u16(DhcpCode code) const {
  const Bytes* data = find(code);
  if (data == nullptr || data->size() != 2) return std::nullopt;
  return load_be16(data->data());
}

std::optional<std::uint32_t> DhcpOptions::u32(DhcpCode code) const {
  const Bytes* data = find(code);
  if (data == nullptr || data->size() != 4) return std::nullopt;
  return load_be32(data->data());
}

std::optional<std::string> DhcpOptions::text(DhcpCode code) const {
  const Bytes* data = find(code);
  if (data == nullptr) return std::nullopt;
  std::string text(data->begin(), data->end());
  text.erase(text.find_last_not_of('\0') + 1);
  if (text.empty()) return std::nullopt;
  return text;
}

std::optional<std::vector<ClasslessRoute>> DhcpOptions::classless_routes() const {
  const Bytes* data = find(DhcpCode::classless_routes);
  return data == nullptr ? std::nullopt : decode_classless_routes(*data);
}

std::optional<RelayAgentInformation> DhcpOptions::relay_agent_information() const {
  const Bytes* data = find(DhcpCode::relay_agent_information);
  return data == nullptr ? std::nullopt : decode_relay_agent_information(*data);
}

std::optional<std::vector<std::string>> DhcpOptions::domain_search() const {
  const Bytes* data = find(DhcpCode::domain_search);
  return data == nullptr ? std::nullopt : decode_domain_search(*data);
}

void DhcpOptions::set(DhcpCode code, Bytes data) { slot(code) = std::move(data); }

void DhcpOptions::set_address(DhcpCode code, Ipv4Address address) { set_u32(code, address.value); }

void DhcpOptions::set_addresses(DhcpCode code, const std::vector<Ipv4Address>& addresses) {
  Bytes data(4 * addresses.size());
  for (std::size_t i = 0; i < addresses.size(); ++i)
    store_be32(data.data() + 4 * i, addresses[i].value);
  set(code, std::move(data));
}

void DhcpOptions::set_u16(DhcpCode code, std::uint16_t value) {
  Bytes data(2);
  store_be16(data.data(), value);
  set(code, std::move(data));
}

void DhcpOptions::set_u32(DhcpCode code, std::uint32_t value) {
  Bytes data(4);
  store_be32(data.data(), value);
  set(code, std::move(data));
}

void DhcpOptions::set_text(DhcpCode code, std::string_view text) {
  set(code, Bytes(text.begin(), text.end()));
}

void DhcpOptions::set_classless_routes(const std::vector<ClasslessRoute>& routes) {
  set(DhcpCode::classless_routes, encode_classless_routes(routes));
}

void DhcpOptions::set_relay_agent_information(const RelayAgentInformation& information) {
  set(DhcpCode::relay_agent_information, encode_relay_agent_information(information));
}

void DhcpOptions::set_domain_search(const std::vector<std::string>& names) {
  set(DhcpCode::domain_search, encode_domain_search(names));
}

void DhcpOptions::remove(DhcpCode code) {
  std::erase_if(list_, [code](const DhcpOption& o) { return o.code == code; });
}

void DhcpOptions::append(DhcpCode code, ByteSpan data) {
  Bytes& whole = slot(code);
  whole.insert(whole.end(), data.begin(), data.end());
}

Bytes& DhcpOptions::slot(DhcpCode code) {
  SIM_CHECK(code != DhcpCode::pad && code != DhcpCode::end);
  SIM_CHECK(code != DhcpCode::overload && code != DhcpCode::message_type);
  const auto found = std::find_if(list_.begin(), list_.end(),
                                  [code](const DhcpOption& o) { return o.code == code; });
  if (found != list_.end()) return found->data;
  list_.push_back({code, {}});
  return list_.back().data;
}

}  // namespace natsim
