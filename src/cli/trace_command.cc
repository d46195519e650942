#include "src/cli/trace_command.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <utility>

#include <fmt/format.h>

#include "sim/base/units.h"
#include "src/topology/suggest.h"
#include "src/topology/values.h"

namespace natsim {
namespace {

constexpr const char* kExamples = R"(Examples:
  natsim trace home-nat.yaml laptop tcp web:80           every stage of its way, and of the answer's
  natsim trace home-nat.yaml web tcp 203.0.113.2:22      which rule drops it, and why
  natsim trace home-nat.yaml laptop icmp web --at 500ms  before the laptop has an address
  natsim trace home-nat.yaml web udp 203.0.113.2:53 --json | jq -r .verdict

It is sent when the file's traffic is done, or at --at. Exit status: 0 delivered, 1 not delivered,
2 the input is wrong. A star marks what is not as it was sent.)";

std::optional<Protocol> protocol_of(std::string_view word) {
  if (word == "tcp") return Protocol::tcp;
  if (word == "udp") return Protocol::udp;
  if (word == "icmp" || word == "ping") return Protocol::icmp;
  return std::nullopt;
}

template <class V>
std::optional<std::string> read(const char* what, const std::string& text,
                                std::optional<typename V::Value>& value) {
  if (text.empty()) return std::nullopt;
  auto parsed = V::parse(text);
  if (parsed.ok()) {
    value = std::move(parsed).value();
    return std::nullopt;
  }
  const std::string& message = parsed.error().message;
  return fmt::format(
      "{} '{}': {}", what, text,
      message.empty() ? "expected " + std::string(topology::expected(V::kind)) : message);
}

}  // namespace

CLI::App& TraceCommand::add_to(CLI::App& app) {
  CLI::App& trace =
      *app.add_subcommand("trace", "Explain a packet's way, stage by stage, and why it ended");
  trace.add_option("FILE", options_.file, "the topology file")->required()->type_name("");
  trace.add_option("FROM", options_.probe.from, "the node that sends it")
      ->required()
      ->type_name("");
  trace.add_option("PROTO", protocol_, "tcp, udp or icmp (a ping)")->required()->type_name("");
  trace.add_option("TO", to_, "a node or an address, with a port for tcp and udp")
      ->required()
      ->type_name("");
  trace.add_option("--sport", source_port_, "its source port")->type_name("PORT");
  trace.add_option("--size", size_, "bytes of payload, for udp and icmp")->type_name("N");
  trace.add_option("--at", at_, "send it at this time, such as 5s (default: after the traffic)")
      ->type_name("T");
  trace.add_flag("--one-way", options_.one_way, "leave out the answer's way back");
  trace.add_flag("--json", options_.json, "one JSON object instead of text");
  seed_.add_to(trace);
  colour_.add_to(trace);
  trace.footer(kExamples);
  return trace;
}

std::optional<std::string> TraceCommand::finish() {
  if (auto problem = colour_.finish(options_.colour)) return problem;
  if (auto problem = seed_.finish(options_.seed)) return problem;
  spec::Expectation& probe = options_.probe;
  const auto protocol = protocol_of(protocol_);
  if (!protocol) return fmt::format("PROTO is tcp, udp or icmp, not '{}'", protocol_);
  probe.protocol = *protocol;
  probe.result.value = spec::ExpectedResult::delivered;
  std::optional<spec::Target> to;
  if (auto wrong = read<topology::TargetValue>("TO", to_, to)) return wrong;
  if (!to) return "TO is empty";
  probe.to = *to;
  const bool has_ports = probe.protocol != Protocol::icmp;
  if (has_ports && !probe.to.port) return fmt::format("{} needs a port: '{}:80'", protocol_, to_);
  if (!has_ports && probe.to.port) return "a ping has no port";
  if (auto wrong = read<topology::PortValue>("--sport", source_port_, probe.source_port))
    return wrong;
  if (!has_ports && probe.source_port) return "a ping has no port";
  using Size = topology::IntegerValue<std::uint32_t, 0, 65'507>;
  std::optional<std::uint32_t> size;
  if (auto wrong = read<Size>("--size", size_, size)) return wrong;
  if (size && probe.protocol == Protocol::tcp) return "--size is for udp and icmp";
  probe.size = size.value_or(0);
  return read<topology::InstantValue>("--at", at_, probe.at);
}

int TraceCommand::execute() { return trace(options_); }

}  // namespace natsim
