// The masquerading router beside the plainest one: a list of UDP mappings, searched from end to
// end, on random conversations. The real one may choose any port that is right; what it chose is
// checked, and then taken as the reference's.
#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "sim/wire/ipv4.h"
#include "tests/filter/bench.h"

namespace natsim::test {
namespace {

struct Flow {
  Ipv4Address inside;
  std::uint16_t inside_port;
  Ipv4Address outside;
  std::uint16_t outside_port;
  std::uint16_t mapped_port;
  Instant created, expiry;
  bool answered = false;
};

/// Linux's UDP masquerading, told by its rules alone.
class ReferenceNat {
 public:
  void advance(Instant now) {
    std::erase_if(flows_, [&](const Flow& f) { return f.expiry <= now; });
  }
  Flow* from_inside(Ipv4Address inside, std::uint16_t port, Ipv4Address outside,
                    std::uint16_t outside_port) {
    for (Flow& f : flows_)
      if (f.inside == inside && f.inside_port == port && f.outside == outside &&
          f.outside_port == outside_port)
        return &f;
    return nullptr;
  }
  Flow* from_outside(Ipv4Address outside, std::uint16_t outside_port, std::uint16_t mapped_port) {
    for (Flow& f : flows_)
      if (f.outside == outside && f.outside_port == outside_port && f.mapped_port == mapped_port)
        return &f;
    return nullptr;
  }
  /// NAT-L01 … L04: whether `mapped` is a port that a new flow may get.
  std::string objection(const Flow& f) {
    if (from_outside(f.outside, f.outside_port, f.mapped_port) != nullptr) return "is taken";
    for (auto it = flows_.rbegin(); it != flows_.rend(); ++it) {
      if (it->inside != f.inside || it->inside_port != f.inside_port) continue;
      // Its newest mapping, if that tuple is free.
      if (from_outside(f.outside, f.outside_port, it->mapped_port) == nullptr)
        return f.mapped_port == it->mapped_port ? "" : "is not the endpoint's own";
      break;
    }
    if (from_outside(f.outside, f.outside_port, f.inside_port) == nullptr)
      return f.mapped_port == f.inside_port ? "" : "was not kept though free";
    return f.mapped_port >= 1024 ? "" : "left its class";
  }
  void add(const Flow& flow) { flows_.push_back(flow); }
  void refresh(Flow& f, bool reply, Instant now) {
    // DIFF-04
    const bool stream = f.answered && now > f.created + 2_s;
    f.expiry = now + (stream ? 120_s : 30_s);
    f.answered = f.answered || reply;
  }
  std::size_t size() const { return flows_.size(); }

 private:
  std::vector<Flow> flows_;  // oldest first
};

class Conversation {
 public:
  explicit Conversation(std::uint64_t seed) : rng_(seed), bench_(home_router(), {}, seed) {}

  void step() {
    bench_.wait(
        Duration::milliseconds(std::int64_t(rng_.below(rng_.below(20) == 0 ? 60'000 : 400))));
    reference_.advance(bench_.now());
    if (rng_.below(2) == 0)
      speak();
    else
      answer();
    ASSERT_EQ(bench_.connections().size(), reference_.size());
  }

 private:
  Ipv4Address inside() { return Ipv4Address::of(10, 0, 0, std::uint8_t(2 + rng_.below(4))); }
  Ipv4Address outside() { return Ipv4Address::of(203, 0, 113, std::uint8_t(10 + rng_.below(2))); }
  std::uint16_t inside_port() { return std::uint16_t(40000 + rng_.below(3)); }
  std::uint16_t outside_port() { return std::uint16_t(9000 + rng_.below(2)); }

  void speak() {
    Flow f{inside(), inside_port(), outside(), outside_port(), 0, bench_.now(), {}};
    Flow* known = reference_.from_inside(f.inside, f.inside_port, f.outside, f.outside_port);
    const std::string outcome =
        bench_.arrive(kIn0, udp(f.inside, f.inside_port, f.outside, f.outside_port));
    f.mapped_port = bench_.last_source_port();
    if (known != nullptr) {
      ASSERT_EQ(f.mapped_port, known->mapped_port);
      return reference_.refresh(*known, false, bench_.now());
    }
    const std::string objection = reference_.objection(f);
    ASSERT_EQ(objection, "") << "port " << f.mapped_port << " for " << outcome;
    f.expiry = bench_.now() + 30_s;
    reference_.add(f);
  }

  void answer() {
    const Ipv4Address from = outside();
    const std::uint16_t port = outside_port();
    const std::uint16_t to = last_mapped();
    Flow* f = reference_.from_outside(from, port, to);
    if (f == nullptr) return;  // a stranger's: it would reach the router and take the tuple
    ASSERT_EQ(bench_.arrive(kOut0, udp(from, port, kX, to)),
              "in0 udp " + from.to_string() + ":" + std::to_string(port) + " → " +
                  f->inside.to_string() + ":" + std::to_string(f->inside_port) + " ESTABLISHED");
    reference_.refresh(*f, true, bench_.now());
  }

  std::uint16_t last_mapped() {
    return rng_.below(2) == 0 || bench_.last().empty() ? inside_port() : bench_.last_source_port();
  }

  Prng rng_;
  Bench bench_;
  ReferenceNat reference_;
};

TEST(ReferenceNat, AgreesOnRandomConversations) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    Conversation conversation(seed);
    for (int i = 0; i < 500; ++i) {
      conversation.step();
      if (::testing::Test::HasFatalFailure()) FAIL() << "seed " << seed << ", step " << i;
    }
  }
}

}  // namespace
}  // namespace natsim::test
