// From what the simulation tells to what is captured.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "sim/network/network.h"
#include "sim/observe/observer.h"
#include "src/capture/directory.h"
#include "src/topology/source_map.h"

namespace natsim {

/// Which interfaces are captured: the plugged physical ports of hosts, routers and switches. Not
/// those of LANs, which are no devices of anybody's.
class CapturePlan {
 public:
  explicit CapturePlan(Network& network);
  const std::vector<CaptureInterface>& interfaces() const { return interfaces_; }
  /// The interface's position in interfaces(); negative: not captured.
  int find(NodeId node, IfIndex interface) const;

 private:
  std::vector<CaptureInterface> interfaces_;
  std::vector<std::vector<int>> ids_;  // by node, by interface
};

/// Hands frames on. What NAT did to a frame stands as a comment where it leaves; why one was
/// dropped, where it came in. All arguments outlive the observer.
class CaptureObserver final : public Observer {
 public:
  CaptureObserver(CaptureDirectory& captures, const CapturePlan& plan, const SourceMap& sources)
      : captures_(captures), plan_(plan), sources_(sources) {}
  ~CaptureObserver() { flush(); }

  void on_frame(const FrameEvent& event) override;
  void on_visit(const Visit& visit) override;
  void on_secret(const SecretEvent& secret) override;
  /// Records what is still held back. To be called before the captures are closed.
  void flush();

 private:
  std::string take_remark(NodeId node, JourneyId journey);

  /// A frame that came in and waits for the visit that tells what became of it.
  struct Held {
    bool is_one = false;
    std::uint32_t interface = 0;
    NodeId node;
    JourneyId journey;
    Instant when;
    Bytes frame;
  };

  CaptureDirectory& captures_;
  const CapturePlan& plan_;
  const SourceMap& sources_;
  Held held_;
  // What was said of the packet that leaves next, and by which node.
  std::string remark_;
  NodeId remark_node_;
  JourneyId remark_journey_;
  // And of those that wait for their neighbour's MAC address.
  std::map<std::pair<NodeId, JourneyId>, std::string> waiting_;
};

}  // namespace natsim
