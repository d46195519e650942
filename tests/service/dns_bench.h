// DNS services that talk to each other without a network: each has an address, and datagrams go
// from one to the other at once. Whatever has no service behind it is silent.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "sim/service/dns_client.h"
#include "sim/service/dns_server.h"

namespace natsim {

inline DnsName dns_name(std::string_view text) { return DnsName::parse(text).value(); }

inline IpAddress address_of(std::string_view text) { return IpAddress::parse(text).value(); }

inline DnsRecord address_record(std::string_view name, std::string_view address,
                                std::uint32_t ttl_s = 300) {
  const IpAddress value = address_of(address);
  return {dns_name(name), value.is_v4() ? DnsType::a : DnsType::aaaa, ttl_s, value};
}

inline DnsRecord name_record(std::string_view name, DnsType type, std::string_view target,
                             std::uint32_t ttl_s = 300) {
  return {dns_name(name), type, ttl_s, dns_name(target)};
}

class CountedPorts final : public UdpPorts {
 public:
  explicit CountedPorts(std::uint16_t first) : next_(first) {}
  std::optional<std::uint16_t> open(const Endpoint&) override { return next_++; }
  void close(std::uint16_t) override {}

 private:
  std::uint16_t next_;
};

class DnsBench {
 public:
  DnsServer& add_server(const std::string& address, DnsServerOptions options) {
    std::vector<std::unique_ptr<UdpPorts>> ports;
    for (std::size_t i = 0; i < options.views.size(); ++i)
      ports.push_back(std::make_unique<CountedPorts>(40'000 + 5'000 * i));
    auto server = std::make_unique<DnsServer>(std::move(options), std::move(ports), Prng(7));
    DnsServer& added = *server;
    services_[address_of(address)] = std::move(server);
    return added;
  }
  /// A server of one zone for everybody.
  DnsServer& add_zone(const std::string& address, std::string_view zone,
                      std::vector<DnsRecord> records) {
    DnsServerOptions options;
    options.views.resize(1);
    options.views[0].zones.add(DnsZone(dns_name(zone), std::move(records)));
    return add_server(address, std::move(options));
  }
  DnsServer& add_resolver(const std::string& address, DnsResolverOptions resolver) {
    DnsServerOptions options;
    options.views.resize(1);
    options.views[0].recursive = true;
    options.views[0].resolver = std::move(resolver);
    return add_server(address, std::move(options));
  }

  /// Bytes to a server from a client's port 5353, and what came back within 30 s; nothing: empty.
  Bytes exchange(const std::string& client, const std::string& server, const Bytes& bytes) {
    client_ = address_of(client);
    answer_.clear();
    DatagramOut datagram;
    datagram.source = {client_, 5353};
    datagram.destination = {address_of(server), kDnsPort};
    datagram.payload = bytes;
    send(std::move(datagram));
    const Instant end = now_ + Duration::seconds(30);
    while (answer_.empty()) {
      Instant next = Instant::never();
      for (const auto& [address, service] : services_)
        next = std::min(next, service->next_deadline());
      if (next > end) break;
      now_ = std::max(now_, next);
      for (const auto& [address, service] : services_) {
        if (service->next_deadline() > now_) continue;
        Outbox out;
        service->on_deadline(now_, out);
        post(address, out);
      }
      run();
    }
    return answer_;
  }
  DnsMessage ask(const std::string& client, const std::string& server, DnsMessage query) {
    Bytes bytes;
    query.emit(bytes);
    const auto answer = DnsMessage::parse(exchange(client, server, bytes));
    return answer.ok() ? *answer : DnsMessage();
  }
  DnsMessage ask(const std::string& server, std::string_view name, DnsType type = DnsType::a) {
    return ask("10.0.0.7", server, query(name, type));
  }
  static DnsMessage query(std::string_view name, DnsType type) {
    DnsMessage query;
    query.id = 4711;
    query.recursion_desired = true;
    query.questions = {{dns_name(name), type}};
    return query;
  }

  void wait(Duration time) { now_ = now_ + time; }
  /// Queries that servers sent to servers, as "to 192.0.2.1: 1+ A? name", without the number.
  std::vector<std::string> take_log() { return std::exchange(log_, {}); }
  std::vector<DatagramOut> sent;  // by anybody

 private:
  void send(DatagramOut datagram) {
    sent.push_back(datagram);
    queue_.push_back(std::move(datagram));
    run();
  }
  void post(IpAddress from, Outbox& out) {
    for (DatagramOut& datagram : out.datagrams) {
      datagram.source.address = from;
      const auto message = DnsMessage::parse(datagram.payload);
      if (message.ok() && !message->response) {
        std::string text = to_string(*message);
        log_.push_back(datagram.destination.address.to_string() + text.substr(text.find(' ')));
      }
      sent.push_back(datagram);
      queue_.push_back(std::move(datagram));
    }
  }
  void run() {
    if (running_) return;
    running_ = true;
    while (!queue_.empty()) {
      const DatagramOut datagram = std::move(queue_.front());
      queue_.pop_front();
      const auto to = services_.find(datagram.destination.address);
      if (to == services_.end()) {
        if (datagram.destination.address == client_) answer_ = datagram.payload;
        continue;
      }
      Outbox out;
      to->second->on_datagram({datagram.source, datagram.destination, datagram.payload}, now_, out);
      post(to->first, out);
    }
    running_ = false;
  }

  Instant now_;
  IpAddress client_;
  Bytes answer_;
  bool running_ = false;
  std::map<IpAddress, std::unique_ptr<UdpService>> services_;
  std::deque<DatagramOut> queue_;
  std::vector<std::string> log_;
};

}  // namespace natsim
