#include "sim/wire/tcp.h"

#include "sim/base/check.h"

namespace natsim {

std::string tcp_flags_to_string(TcpFlags flags) {
  // The order in which tcpdump prints them; the dot is ACK.
  constexpr struct {
    TcpFlags flag;
    char letter;
  } kLetters[] = {{kTcpFin, 'F'}, {kTcpSyn, 'S'}, {kTcpRst, 'R'}, {kTcpPsh, 'P'},
                  {kTcpAck, '.'}, {kTcpUrg, 'U'}, {kTcpEce, 'E'}, {kTcpCwr, 'W'}};
  std::string text;
  for (const auto& [flag, letter] : kLetters)
    if ((flags & flag) != 0) text += letter;
  return text.empty() ? "none" : text;
}

Result<TcpHeader> TcpHeader::parse(ByteSpan segment, const PseudoHeader& ip) {
  const auto view = TcpView::checked(segment);
  if (!view) return view.error();
  if (!tcp_checksum_ok(ip, segment)) return WireError::bad_checksum;
  const auto options = TcpOptions::parse(view->options());
  if (!options) return options.error();
  return TcpHeader{.source_port = view->source_port(),
                   .destination_port = view->destination_port(),
                   .seq = view->seq(),
                   .ack = view->ack(),
                   .flags = view->flags(),
                   .window = view->window(),
                   .urgent_pointer = view->urgent_pointer(),
                   .options = *options};
}

void TcpHeader::emit(MutableByteSpan out) const {
  const std::size_t header_bytes = size();
  SIM_CHECK(header_bytes <= kTcpHeaderBytesMax);
  SIM_CHECK(out.size() >= header_bytes);
  std::uint8_t* const p = out.data();
  store_be16(p, source_port);
  store_be16(p + 2, destination_port);
  store_be32(p + 4, seq.value());
  store_be32(p + 8, ack.value());
  p[12] = std::uint8_t(header_bytes / 4 << 4);
  p[13] = flags;
  store_be16(p + 14, window);
  store_raw16(p + 16, 0);
  store_be16(p + 18, urgent_pointer);
  options.emit(out.subspan(kTcpHeaderBytes));
}

}  // namespace natsim
