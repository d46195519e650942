// An observer that remembers what it was told, for stories and for the causes of drops.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "sim/observe/observer.h"

namespace natsim::lab {

class Recorder final : public Observer {
 public:
  /// Says how a node's interface is called, "r/eth0".
  using Names = std::function<std::string(NodeId, IfIndex)>;
  explicit Recorder(Names names) : names_(std::move(names)) {}

  void on_visit(const Visit& visit) override;
  void on_frame(const FrameEvent& event) override;
  void on_note(const NoteEvent& event) override;

  /// Every frame sent, every packet dropped and every note, a line each.
  const std::vector<std::string>& lines() const { return lines_; }
  const std::vector<Visit>& visits() const { return visits_; }
  const std::vector<NoteEvent>& notes() const { return notes_; }

 private:
  Names names_;
  std::vector<std::string> lines_;
  std::vector<Visit> visits_;
  std::vector<NoteEvent> notes_;
};

}  // namespace natsim::lab
