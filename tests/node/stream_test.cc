// Goal: programs talk over TCP through Stream and StreamHandler, and are told of everything once
// and in order. Method: small programs on two hosts, and a log of what each was told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "sim/transport/stream.h"
#include "tests/support/lab.h"

namespace natsim::lab {
namespace {

/// What a program was told, in words; shared, as it outlives the program.
struct Diary {
  std::string text;
  Bytes data;
  Instant last;
  void note(const std::string& word, Instant now) {
    if (!text.empty()) text += ' ';
    text += word;
    last = now;
  }
};

/// Writes a diary, and does what a test wants on top.
class Program : public StreamHandler {
 public:
  explicit Program(Diary& diary) : diary_(diary) {}
  std::function<void(Stream&)> connected, peer_closed, deadline, writable;
  std::function<void(Stream&, ByteSpan)> data;
  Instant when = Instant::never();

  void on_connected(Stream& stream, Instant now) override {
    diary_.note("connected", now);
    if (connected) connected(stream);
  }
  void on_data(Stream& stream, ByteSpan bytes, Instant now) override {
    if (!diary_.text.ends_with("data")) diary_.note("data", now);
    diary_.data.insert(diary_.data.end(), bytes.begin(), bytes.end());
    if (data) data(stream, bytes);
  }
  void on_peer_closed(Stream& stream, Instant now) override {
    diary_.note("peer_closed", now);
    peer_closed ? peer_closed(stream) : stream.close();
  }
  void on_writable(Stream& stream, Instant) override {
    if (writable) writable(stream);
  }
  void on_closed(Stream&, StreamEnd end, Instant now) override { diary_.note(to_string(end), now); }
  Instant next_deadline() const override { return when; }
  void on_deadline(Stream& stream, Instant now) override {
    diary_.note("deadline", now);
    when = Instant::never();
    if (deadline) deadline(stream);
  }

 private:
  Diary& diary_;
};

/// Listens with programs that `make` makes.
class Factory final : public StreamHandlerFactory {
 public:
  using Make = std::function<std::unique_ptr<StreamHandler>()>;
  explicit Factory(Make make) : make_(std::move(make)) {}
  std::unique_ptr<StreamHandler> make(const Endpoint&, const Endpoint&) override { return make_(); }

 private:
  Make make_;
};

/// a 10.0.0.1 ── b 10.0.0.2, which listens on port 80. 1 ms each way.
struct Bench {
  explicit Bench(const ChannelOptions& cable = {.delay = 1_ms, .bandwidth_bps = 0}) {
    lab.cable(a, b, cable);
    server_program = [](Program&) {};
    b.sockets().listen(80, std::make_unique<Factory>([this] {
                         auto made = std::make_unique<Program>(server);
                         server_program(*made);
                         return made;
                       }));
  }
  Stream* connect(const std::function<void(Program&)>& set_up, const char* to = "10.0.0.2:80") {
    auto made = std::make_unique<Program>(client);
    set_up(*made);
    return a.sockets().connect(*Endpoint::parse(to), std::move(made));
  }
  Lab lab;
  IpNode& a = lab.host("a", "10.0.0.1/24");
  IpNode& b = lab.host("b", "10.0.0.2/24");
  Diary client, server;
  std::function<void(Program&)> server_program;
};

Bytes pattern(std::size_t size) {
  Bytes made(size);
  for (std::size_t i = 0; i < size; ++i) made[i] = std::uint8_t(i * 7 + i / 251);
  return made;
}

TEST(Stream, AQuestionAndItsAnswer) {
  Bench bench;
  bench.server_program = [](Program& program) {
    program.data = [](Stream& stream, ByteSpan) { stream.send(text("pong")); };
  };
  ASSERT_NE(bench.connect([](Program& program) {
    program.connected = [](Stream& stream) { EXPECT_EQ(stream.send(text("ping")), 4u); };
    program.data = [](Stream& stream, ByteSpan) { stream.close(); };
  }),
            nullptr);
  bench.lab.run(1_s);
  EXPECT_EQ(bench.server.data, text("ping"));
  EXPECT_EQ(bench.client.data, text("pong"));
  EXPECT_EQ(bench.client.text, "connected data peer_closed closed");
  EXPECT_EQ(bench.server.text, "connected data peer_closed closed");
  EXPECT_EQ(bench.client.last, at_time(8_ms)) << "ARP, SYN, data, FIN: four round trips of 2 ms";
}

TEST(Stream, TCP_25_HalfAConnectionStillCarriesData) {
  Bench bench;
  Stream* served = nullptr;
  bench.server_program = [&](Program& program) {
    program.peer_closed = [&](Stream& stream) { served = &stream; };
  };
  bench.connect([](Program& program) {
    program.connected = [](Stream& stream) {
      stream.send(text("that is all"));
      stream.close();
      EXPECT_EQ(stream.send(text("more")), 0u);
    };
  });
  bench.lab.run(60_s);
  ASSERT_NE(served, nullptr);
  EXPECT_EQ(served->send(text("late answer")), 11u);  // From outside of its handler.
  served->close();
  bench.lab.run(1_s);
  EXPECT_EQ(bench.client.data, text("late answer"));
  EXPECT_EQ(bench.client.text, "connected data peer_closed closed");
  EXPECT_EQ(bench.server.text, "connected data peer_closed closed");
}

TEST(Stream, AMegabyteArrivesWholeThroughALossyCable) {
  Bench bench({.delay = 5_ms, .bandwidth_bps = 100'000'000, .loss = {1, 50}});
  const Bytes all = pattern(1'000'000);
  std::size_t sent = 0;
  const auto send_some = [&](Stream& stream) {
    sent += stream.send(ByteSpan(all).subspan(sent));
    if (sent == all.size()) stream.close();
  };
  bench.connect([&](Program& program) { program.connected = program.writable = send_some; });
  bench.lab.run(300_s);
  EXPECT_EQ(bench.server.data.size(), all.size());
  EXPECT_TRUE(bench.server.data == all);
  EXPECT_EQ(bench.client.text, "connected peer_closed closed");
  EXPECT_EQ(bench.server.text, "connected data peer_closed closed");
}

TEST(Stream, TCP_38_APausedReaderStopsTheSenderAndLosesNothing) {
  Bench bench;
  const Bytes all = pattern(400'000);
  std::size_t sent = 0;
  Stream* reader = nullptr;
  bench.server_program = [&](Program& program) {
    program.connected = [&](Stream& stream) { (reader = &stream)->pause(); };
  };
  bench.connect([&](Program& program) {
    program.connected = program.writable = [&](Stream& stream) {
      sent += stream.send(ByteSpan(all).subspan(sent));
      if (sent == all.size()) stream.close();
    };
  });
  bench.lab.run(600_s);  // Far longer than any number of retries lasts.
  EXPECT_EQ(bench.server.text, "connected");
  EXPECT_LT(sent, all.size());
  reader->resume();
  bench.lab.run(300_s);
  EXPECT_TRUE(bench.server.data == all) << bench.server.data.size();
  EXPECT_EQ(bench.server.text, "connected data peer_closed closed");
}

TEST(Stream, WhatIsUnreadOutlivesItsConnection) {
  Bench bench;
  Stream* reader = nullptr;
  bench.server_program = [&](Program& program) {
    program.connected = [&](Stream& stream) {
      (reader = &stream)->pause();
      stream.close();
    };
  };
  bench.connect([](Program& program) {
    program.connected = [](Stream& stream) {
      stream.send(text("the last words"));
      stream.close();
    };
  });
  bench.lab.run(300_s);
  EXPECT_EQ(bench.server.text, "connected");
  reader->resume();
  bench.lab.run(1_s);
  EXPECT_EQ(bench.server.data, text("the last words"));
  EXPECT_EQ(bench.server.text, "connected data peer_closed closed");
}

TEST(Stream, EndsAreToldApart) {
  struct Row {
    const char* what;
    const char* to;
    std::function<void(Stream&)> served;
    const char* told;
  };
  const Row rows[] = {
      {"closed port", "10.0.0.2:81", {}, "refused"},
      {"nobody there", "10.0.0.3:80", {}, "unreachable"},
      {"no route", "192.0.2.1:80", {}, "unreachable"},
      {"abort", "10.0.0.2:80", [](Stream& s) { s.abort(); }, "connected reset"},
      {"leave", "10.0.0.2:80", [](Stream& s) { s.leave(); }, "connected peer_closed closed"},
      {"close", "10.0.0.2:80", [](Stream& s) { s.close(); }, "connected peer_closed closed"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.what);
    Bench bench;
    bench.server_program = [&](Program& program) { program.connected = row.served; };
    bench.connect([](Program&) {}, row.to);
    bench.lab.run(10_s);
    EXPECT_EQ(bench.client.text, row.told);
  }
}

TEST(Stream, TCP_36_WhoLeavesWithUnreadDataResets) {
  Bench bench;
  bench.server_program = [](Program& program) {
    program.connected = [](Stream& stream) { stream.pause(); };
    program.when = at_time(500_ms);
    program.deadline = [](Stream& stream) { stream.leave(); };
  };
  bench.connect([](Program& program) {
    program.connected = [](Stream& stream) { stream.send(text("anybody?")); };
  });
  bench.lab.run(1_s);
  EXPECT_EQ(bench.server.text, "connected deadline aborted");
  EXPECT_EQ(bench.client.text, "connected reset");
}

TEST(Stream, DeadlinesBeforeTheHandshakeAreKept) {
  Bench bench;
  bench.connect(
      [](Program& program) {
        program.when = at_time(250_ms);
        program.deadline = [](Stream& stream) { stream.abort(); };
      },
      "10.0.0.9:80");  // nobody is there
  bench.lab.run(10_s);
  EXPECT_EQ(bench.client.text, "deadline aborted");
  EXPECT_EQ(bench.client.last, at_time(250_ms));
}

TEST(Stream, DeadlinesOfHandlersAreKept) {
  Bench bench;
  bench.connect([](Program& program) {
    program.when = at_time(250_ms);
    program.deadline = [](Stream& stream) { stream.abort(); };
  });
  bench.lab.run(1_s);
  EXPECT_EQ(bench.client.text, "connected deadline aborted");
  EXPECT_EQ(bench.client.last, at_time(250_ms));
  EXPECT_EQ(bench.server.text, "connected reset");
}

TEST(Stream, AHostMayTalkToItselfAtLength) {
  Bench bench;
  const Bytes all = pattern(2'000'000);
  std::size_t sent = 0;
  Diary own;
  bench.a.sockets().listen(
      80, std::make_unique<Factory>([&] { return std::make_unique<Program>(own); }));
  bench.connect(
      [&](Program& program) {
        program.connected = program.writable = [&](Stream& stream) {
          sent += stream.send(ByteSpan(all).subspan(sent));
          if (sent == all.size()) stream.close();
        };
      },
      "10.0.0.1:80");
  bench.lab.run(10_s);
  EXPECT_TRUE(own.data == all) << own.data.size();
  EXPECT_EQ(own.text, "connected data peer_closed closed");
}

}  // namespace
}  // namespace natsim::lab
