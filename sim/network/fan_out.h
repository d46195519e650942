// Several observers behind the network's one door.
#pragma once

#include <vector>

#include "sim/observe/observer.h"

namespace natsim {

/// Passes everything on, in the order in which observers were added. Owns none of them.
class FanOut final : public Observer {
 public:
  void add(Observer& observer) { observers_.push_back(&observer); }
  std::size_t size() const { return observers_.size(); }

  void on_visit(const Visit& visit) override {
    for (Observer* observer : observers_) observer->on_visit(visit);
  }
  void on_frame(const FrameEvent& frame) override {
    for (Observer* observer : observers_) observer->on_frame(frame);
  }
  void on_note(const NoteEvent& note) override {
    for (Observer* observer : observers_) observer->on_note(note);
  }
  void on_secret(const SecretEvent& secret) override {
    for (Observer* observer : observers_) observer->on_secret(secret);
  }

 private:
  std::vector<Observer*> observers_;
};

}  // namespace natsim
