// How a packet of the stack's passes one of the filter's hooks. For the stack's own files.
#pragma once

#include "sim/ip/stack.h"
#include "sim/wire/l4_checksum.h"
#include "sim/wire/tcp.h"

namespace natsim {

/// Makes the transport checksum right.
inline void finish_transport(Packet& packet) {
  const Ipv4View ip(packet.data(), packet.size());
  const MutableByteSpan payload = packet.mutable_bytes().subspan(ip.header_bytes());
  if (payload.size() >= kTcpHeaderBytes && ip.protocol() == Protocol::tcp)
    finish_l4_checksum(Protocol::tcp, ip.pseudo_header(), payload);
}

/// False: the filter refused the packet, and what it wanted to be done about that is done.
template <Hook kHook>
[[gnu::always_inline]] inline bool Stack::run_hook(Passage& passage, Packet& packet,
                                                   Ipv4Address next_hop) {
  if (!passage.traversal) {
    passage.traversal.emplace(packet, packet.data(), std::uint32_t(packet.size()));
    passage.traversal->link_header = passage.link_header;
    passage.traversal->in = passage.in;
    passage.traversal->steps = passage.visit != nullptr ? &passage.visit->steps : nullptr;
  }
  Traversal& traversal = *passage.traversal;
  traversal.packet = &packet;
  if (traversal.ip != packet.data()) [[unlikely]] {  // reassembled in between
    traversal.read(packet.data(), std::uint32_t(packet.size()));
    traversal.link_header = passage.link_header;
  }
  traversal.out = passage.out;
  if (kHook == Hook::postrouting) traversal.next_hop = next_hop;
  if (filter_->run<kHook>(traversal, passage.now)) [[likely]]
    return true;
  return refuse(passage, packet);
}

}  // namespace natsim
