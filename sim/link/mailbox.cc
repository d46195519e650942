#include "sim/link/mailbox.h"

#include <algorithm>

#include "sim/link/landing.h"

namespace natsim {

void Mailbox::post(Landing& to, Instant arrival, EventOrder order, const Packet& frame) {
  Box& box = boxes_[filling_];
  box.letters.push_back({&to, arrival, order, frame.journey(), std::uint32_t(frame.size()),
                         std::uint8_t(frame.headroom()), frame.flags()});
  box.frames.insert(box.frames.end(), frame.data(), frame.data() + frame.size());
  box.first_arrival = std::min(box.first_arrival, arrival);
}

Instant Mailbox::turn() {
  filling_ = 1 - filling_;
  SIM_CHECK(boxes_[filling_].letters.empty());
  return boxes_[1 - filling_].first_arrival;
}

void Mailbox::take(PacketPool& pool) {
  Box& box = boxes_[1 - filling_];
  std::size_t at = 0;
  for (const Letter& letter : box.letters) {
    Packet frame = pool.copy(ByteSpan(box.frames).subspan(at, letter.size), letter.headroom);
    frame.set_flags(letter.flags);
    frame.set_journey(letter.journey);
    letter.to->add(letter.arrival, letter.order, std::move(frame));
    at += letter.size;
  }
  box.letters.clear();
  box.frames.clear();
  box.first_arrival = Instant::never();
}

}  // namespace natsim
