// natsim-bench: how fast packets move through networks that are built by hand, and what they hold.
//
//   natsim-bench                       every scene, a line each
//   natsim-bench chain --routers 8 --size 1400 --delay 10ms
//   natsim-bench nat --flows 10000     --help tells the rest
//
// A line is `scene key=value …`. A packet-hop is one packet delivered over one cable. Exit status
// 1: not every packet arrived, and the figures mean nothing.
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <fmt/format.h>

#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "sim/base/units.h"
#include "sim/network/division.h"
#include "tools/bench/scenario/bulk.h"
#include "tools/bench/scenario/gateway.h"
#include "tools/bench/scenario/load.h"
#include "tools/bench/scenario/setup.h"
#include "tools/bench/scenario/towns.h"

namespace natsim::bench {
namespace {

void print(const std::string& line) {
  std::fwrite(line.data(), 1, line.size(), stdout);
  std::fflush(stdout);
}

int trouble(const std::string& scene, const std::string& what) {
  const std::string line = fmt::format("natsim-bench: {}: {}\n", scene, what);
  std::fwrite(line.data(), 1, line.size(), stderr);
  return 1;
}

std::string of_connections(const Figures& f) {
  std::string text;
  if (f.connections > 0)
    text = fmt::format(" connections={} bytes_per_connection={:.1f}", f.connections,
                       double(f.connection_bytes) / double(f.connections));
  if (f.first_pass.cpu_s > 0)
    text += fmt::format(" new_per_cpu_s={:.0f}", double(f.connections) / f.first_pass.cpu_s);
  return text;
}

int measure(const std::string& scene, const Settings& settings) {
  const std::uint64_t heap = heap_bytes();
  Plan plan;
  if (scene == "chain") plan_chain(plan, settings);
  if (scene == "star") plan_star(plan, settings);
  if (scene == "nat") plan_nat(plan, settings);
  const std::uint64_t node_bytes = heap_bytes() - heap;
  const Figures f = scene == "gateway" ? run_gateway(settings) : run_load(plan, settings);
  if (!f.trouble.empty()) return trouble(scene, f.trouble);
  const auto hops = double(f.hops);
  std::string line = fmt::format(
      "{} hops={} wall_s={:.4f} cpu_s={:.4f} hops_per_s={:.0f} hops_per_cpu_s={:.0f} "
      "packets_per_cpu_s={:.0f} ns_per_hop={:.1f} events_per_hop={:.3f}",
      scene, f.hops, f.cost.wall_s, f.cost.cpu_s, hops / f.cost.wall_s, hops / f.cost.cpu_s,
      double(f.packets) / f.cost.cpu_s, f.cost.cpu_s * 1e9 / hops, double(f.events) / hops);
  line += fmt::format(" nodes={} bytes_per_node={} peak_kb={}", f.nodes, node_bytes / f.nodes,
                      resident_bytes_peak() / 1024);
  line += of_connections(f);
  if (f.records > 0)
    line += fmt::format(" records={} records_per_s={:.0f}", f.records,
                        double(f.records) / f.cost.wall_s);
  print(line + "\n");
  return 0;
}

int measure_setup(const Settings& settings) {
  const SetupFigures f = run_setup(settings);
  if (!f.trouble.empty()) return trouble("setup", f.trouble);
  const double wall = f.read.wall_s + f.build.wall_s + f.start.wall_s;
  const double cpu = f.read.cpu_s + f.build.cpu_s + f.start.cpu_s;
  print(fmt::format(
      "setup hosts={} wall_s={:.4f} cpu_s={:.4f} read_s={:.4f} build_s={:.4f} start_s={:.4f} "
      "bytes_per_host={} peak_kb={}\n",
      f.hosts, wall, cpu, f.read.cpu_s, f.build.cpu_s, f.start.cpu_s,
      f.network_bytes / std::max<std::uint64_t>(1, f.hosts), resident_bytes_peak() / 1024));
  return 0;
}

int measure_bulk(const Settings& settings) {
  const BulkFigures f = run_bulk(settings);
  if (!f.trouble.empty()) return trouble("tcp", f.trouble);
  print(fmt::format(
      "tcp seconds={} wall_s={:.4f} cpu_s={:.4f} bytes={} segments={} simulated_per_cpu_s={:.1f} "
      "segments_per_cpu_s={:.0f} ns_per_segment={:.1f}\n",
      settings.seconds, f.cost.wall_s, f.cost.cpu_s, f.bytes, f.segments,
      settings.seconds / f.cost.cpu_s, double(f.segments) / f.cost.cpu_s,
      f.cost.cpu_s * 1e9 / double(f.segments)));
  return 0;
}

std::string of_threads(const TownsFigures& f) {
  return fmt::format(
      "towns threads={} parts={} nodes={} hops={} build_s={:.4f} wall_s={:.4f} cpu_s={:.4f} "
      "hops_per_s={:.0f} hops_per_cpu_s={:.0f}",
      f.threads, f.parts, f.nodes, f.hops, f.divide.wall_s, f.run.wall_s, f.run.cpu_s,
      double(f.hops) / f.run.wall_s, double(f.hops) / f.run.cpu_s);
}

/// One thread, unless `alone`, and several, turn by turn: the best of `rounds` each, so that what
/// else runs on the machine counts little.
int measure_towns(const Settings& settings, int rounds, bool alone) {
  TownsFigures one, many;
  for (int round = 0; round < rounds; ++round) {
    const TownsFigures f = run_towns(settings, settings.threads);
    if (!f.trouble.empty()) return trouble("towns", f.trouble);
    if (round == 0 || f.run.wall_s < many.run.wall_s) many = f;
    if (alone) continue;
    const TownsFigures plain = run_towns(settings, 1);
    if (plain.hops != f.hops) return trouble("towns", "threads make a difference");
    if (round == 0 || plain.run.wall_s < one.run.wall_s) one = plain;
  }
  if (alone) {
    print(of_threads(many) + "\n");
  } else {
    print(of_threads(one) + "\n");
    print(of_threads(many) + fmt::format(" ratio={:.2f}\n", one.run.wall_s / many.run.wall_s));
  }
  return 0;
}

/// Each scene in a process of its own: what one leaves in the allocator is none of the next one's.
int measure_apart(const std::string& title, const std::string& scene, const Settings& settings) {
  print(fmt::format("{:<34} ", title));
  const pid_t child = fork();
  if (child < 0) return trouble(scene, "cannot fork");
  if (child == 0) {
    const int status = scene == "setup" ? measure_setup(settings)
                       : scene == "tcp" ? measure_bulk(settings)
                                        : measure(scene, settings);
    std::fflush(nullptr);
    _exit(status);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

struct Scene {
  const char* title;
  const char* scene;
  void (*change)(Settings&);
};

constexpr std::int64_t kFar = 10'000'000;

const Scene kScenes[] = {
    {"chain 1, no netfilter", "chain", [](Settings& s) { s.routers = 1, s.rules = Rules::none; }},
    {"chain 1", "chain", [](Settings& s) { s.routers = 1; }},
    {"chain 8, no netfilter", "chain", [](Settings& s) { s.rules = Rules::none; }},
    {"chain 8", "chain", [](Settings&) {}},
    {"chain 8, rules, established", "chain", [](Settings& s) { s.rules = Rules::stateful; }},
    {"chain 8, rules, the last matches", "chain",
     [](Settings& s) { s.rules = Rules::stateful, s.answered = false; }},
    {"chain 8, 1400 B", "chain", [](Settings& s) { s.size = 1400; }},
    {"chain 8, far", "chain", [](Settings& s) { s.delay_ns = kFar; }},
    {"chain 8, 1400 B, far", "chain", [](Settings& s) { s.size = 1400, s.delay_ns = kFar; }},
    {"star 64", "star", [](Settings& s) { s.hosts = 64; }},
    {"star 1024", "star", [](Settings& s) { s.hosts = 1024; }},
    {"nat 1 flow", "nat", [](Settings& s) { s.flows = 1; }},
    {"gateway 10,000 flows", "gateway", [](Settings& s) { s.flows = 10'000; }},
    {"nat 10,000 flows", "nat", [](Settings& s) { s.flows = 10'000; }},
    {"nat 1,000,000 flows", "nat", [](Settings& s) { s.flows = 1'000'000; }},
    {"tcp 100 Mbit/s, 10 ms", "tcp", [](Settings& s) { s.delay_ns = kFar; }},
    {"tcp, 1 of 10,000 lost", "tcp", [](Settings& s) { s.delay_ns = kFar, s.lost_ppm = 100; }},
    {"chain 8, pcap files", "chain", [](Settings& s) { s.captures = Captures::pcap; }},
    {"chain 8, 1400 B, pcap files", "chain",
     [](Settings& s) { s.captures = Captures::pcap, s.size = 1400; }},
    {"chain 8, as natsim run captures", "chain",
     [](Settings& s) { s.captures = Captures::program; }},
    {"chain 8, 1400 B, as natsim run", "chain",
     [](Settings& s) { s.captures = Captures::program, s.size = 1400; }},
    {"setup, 10,000 hosts by hand", "setup", [](Settings& s) { s.hosts = 10'000; }},
};

/// How many packets a scene needs for a figure that holds still.
std::uint64_t usual_packets(const Settings& settings) {
  if (settings.captures != Captures::none) return 30'000;
  return settings.flows > 100'000 ? 2'000'000 : 300'000;
}

int measure_all(std::uint64_t packets) {
  int worst = 0;
  for (const Scene& scene : kScenes) {
    Settings settings;
    settings.answered = scene.scene != std::string("nat");
    scene.change(settings);
    settings.packets = packets > 0 ? packets : usual_packets(settings);
    worst = std::max(worst, measure_apart(scene.title, scene.scene, settings));
  }
  return worst;
}

void add_common(CLI::App& scene, Settings& settings, std::string& delay) {
  scene.add_option("--size", settings.size, "UDP payload, bytes")->check(CLI::Range(1, 1472));
  scene.add_option("--delay", delay, "of each cable, \"10us\"");
  scene.add_option("--packets", settings.packets, "in all");
  const std::map<std::string, Captures> captures = {
      {"none", Captures::none}, {"pcap", Captures::pcap}, {"program", Captures::program}};
  scene
      .add_option("--captures", settings.captures,
                  "none, pcap (a file an interface), program (what natsim run writes)")
      ->transform(CLI::CheckedTransformer(captures));
  scene.add_option("-o", settings.folder, "where captures stay")->type_name("FOLDER");
}

void add_rules(CLI::App& scene, Settings& settings) {
  const std::map<std::string, Rules> rules = {
      {"none", Rules::none}, {"hooks", Rules::hooks}, {"stateful", Rules::stateful}};
  scene
      .add_option("--rules", settings.rules,
                  "none (no netfilter), hooks (empty chains), stateful (ten rules)")
      ->transform(CLI::CheckedTransformer(rules));
}

void add_tcp(CLI::App& scene, Settings& settings, std::string& delay) {
  scene.add_option("--seconds", settings.seconds, "simulated")->check(CLI::Range(2, 100'000));
  scene.add_option("--mbps", settings.mbps, "of each cable, Mbit/s")->check(CLI::Range(1, 10'000));
  scene.add_option("--delay", delay, "of each cable, \"10ms\"");
  scene.add_option("--lost-ppm", settings.lost_ppm, "of a million segments with data")
      ->check(CLI::Range(0, 500'000));
  const std::map<std::string, CongestionAlgorithm> algorithms = {
      {"reno", CongestionAlgorithm::reno}, {"cubic", CongestionAlgorithm::cubic}};
  scene.add_option("--congestion", settings.congestion, "reno or cubic")
      ->transform(CLI::CheckedTransformer(algorithms));
  scene.add_flag("!--no-sack", settings.sack, "holes are told of by duplicate ACKs alone");
}

int run(int argc, char** argv) {
  CLI::App app("How fast packets move through networks built by hand. Without a scene: all.");
  app.require_subcommand(0, 1);
  Settings settings;
  std::string delay;
  std::uint64_t packets = 0;
  bool fresh = false, answered = false, alone = false;
  int rounds = 5;
  app.add_option("--packets", packets, "in each scene");
  CLI::App& chain = *app.add_subcommand("chain", "host - routers - host");
  chain.add_option("--routers", settings.routers)->check(CLI::Range(1, 200));
  chain.add_option("--chains", settings.chains, "side by side, the packets spread over them")
      ->check(CLI::Range(1, 10'000));
  chain.add_flag("--new", fresh, "nobody answers: every packet is NEW");
  CLI::App& star = *app.add_subcommand("star", "all hosts but one send to it, by one router");
  star.add_option("--hosts", settings.hosts)->check(CLI::Range(2, 16'000));
  CLI::App& nat = *app.add_subcommand("nat", "host - masquerading router - host");
  nat.add_option("--flows", settings.flows, "connections in turn")
      ->check(CLI::Range(1, 10'000'000));
  nat.add_flag("--answered", answered, "the first packet of each connection is answered");
  CLI::App& gateway =
      *app.add_subcommand("gateway", "a masquerading router alone, frames in and frames out");
  gateway.add_option("--flows", settings.flows, "connections in turn")
      ->check(CLI::Range(1, 10'000'000));
  CLI::App& towns =
      *app.add_subcommand("towns", "chains and a backbone, run by one thread and by several");
  towns.add_option("--nodes", settings.hosts, "10000 unless told otherwise")
      ->check(CLI::Range(10, 40'000));
  towns.add_option("--threads", settings.threads)->check(CLI::Range(1, int(kThreadsMax)));
  towns.add_option("--rounds", rounds, "of which the best one counts")->check(CLI::Range(1, 100));
  towns.add_flag("--alone", alone, "no run by one thread to compare with");
  CLI::App& tcp = *app.add_subcommand("tcp", "bulk data through one router, 100 Mbit/s, 10 ms");
  add_tcp(tcp, settings, delay);
  add_common(towns, settings, delay);
  CLI::App& setup = *app.add_subcommand("setup", "a large network is made ready");
  setup.add_option("--hosts", settings.hosts)->check(CLI::Range(1, 1'000'000));
  setup.add_option("--file", settings.file, "a topology file in place of one by hand");
  for (CLI::App* scene : {&chain, &star, &nat, &gateway}) add_common(*scene, settings, delay);
  for (CLI::App* scene : {&chain, &star}) add_rules(*scene, settings);
  CLI11_PARSE(app, argc, argv);
  if (!delay.empty()) {
    const auto parsed = parse_duration(delay);
    if (!parsed.ok()) return trouble("--delay", "give a number and its unit, 10us");
    settings.delay_ns = parsed.value().ns();
  }
  if (app.get_subcommands().empty()) return measure_all(packets);
  if (setup.parsed()) return measure_setup(settings);
  if (tcp.parsed()) {
    if (delay.empty()) settings.delay_ns = kFar;
    return measure_bulk(settings);
  }
  if (towns.parsed()) {
    if (towns.count("--nodes") == 0) settings.hosts = 10'000;
    return measure_towns(settings, rounds, alone);
  }
  settings.answered = nat.parsed() ? answered : !fresh;
  return measure(app.get_subcommands().front()->get_name(), settings);
}

}  // namespace
}  // namespace natsim::bench

int main(int argc, char** argv) { return natsim::bench::run(argc, argv); }
