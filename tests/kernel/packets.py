"""IPv4 packets as bytes: builders, a look at their fields, and one line that tells what one is."""
import socket
import struct

ICMP, TCP, UDP = 1, 6, 17
ICMP_ERRORS = (3, 4, 5, 11, 12)
FLAG_LETTERS = "FSRPAUEC"
DF, MF = 0x4000, 0x2000


def checksum(data):
    """RFC 1071."""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ipv4(source, destination, protocol, payload, *, ttl=64, ident=1, tos=0, flags=0, options=b""):
    header = struct.pack("!BBHHHBBH4s4s", 0x45 + len(options) // 4, tos,
                         20 + len(options) + len(payload), ident, flags, ttl, protocol, 0,
                         socket.inet_aton(source), socket.inet_aton(destination)) + options
    return header[:10] + struct.pack("!H", checksum(header)) + header[12:] + payload


def with_fields(packet, **fields):
    """A copy with other header fields (ttl, tos, ident, flags) and a header checksum that fits."""
    header = bytearray(packet[:header_bytes(packet)])
    for name, value in fields.items():
        if name in ("ttl", "tos"):
            header[{"ttl": 8, "tos": 1}[name]] = value
        else:
            struct.pack_into("!H", header, {"ident": 4, "flags": 6}[name], value)
    struct.pack_into("!H", header, 2, len(packet))
    struct.pack_into("!H", header, 10, 0)
    struct.pack_into("!H", header, 10, checksum(bytes(header)))
    return bytes(header) + packet[len(header):]


def _pseudo(source, destination, protocol, size):
    return socket.inet_aton(source) + socket.inet_aton(destination) + struct.pack(
        "!HH", protocol, size)


def udp(source, destination, sport, dport, data, checked=True):
    """The UDP datagram alone; its checksum is zero unless `checked`."""
    size = 8 + len(data)
    header = struct.pack("!HHHH", sport, dport, size, 0)
    pseudo = _pseudo(source, destination, UDP, size)
    total = (checksum(pseudo + header + data) or 0xFFFF) if checked else 0
    return header[:6] + struct.pack("!H", total) + data


def tcp(source, destination, sport, dport, flags, *, seq=0, ack=0, window=64240, data=b"",
        options=b""):
    """The TCP segment alone. `flags` are letters of FLAG_LETTERS."""
    bits = sum(1 << FLAG_LETTERS.index(letter) for letter in flags)
    header = struct.pack("!HHIIBBHHH", sport, dport, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF,
                         (20 + len(options)) * 4, bits, window, 0, 0) + options + data
    total = checksum(_pseudo(source, destination, TCP, len(header)) + header)
    return header[:16] + struct.pack("!H", total) + header[18:]


def icmp(kind, code, rest, data=b""):
    """The ICMP message alone; `rest` are the four octets after the checksum."""
    body = struct.pack("!BBH", kind, code, 0) + rest + data
    return body[:2] + struct.pack("!H", checksum(body)) + body[4:]


def fragments(packet, cuts, ident):
    """The packet cut before the payload octets `cuts`, multiples of eight."""
    size = header_bytes(packet)
    payload = packet[size:]
    edges = [0, *cuts, len(payload)]
    return [
        with_fields(packet[:size] + payload[first:last], ident=ident,
                    flags=(MF if last < len(payload) else 0) | first // 8)
        for first, last in zip(edges, edges[1:])
    ]


# --- a look at them ------------------------------------------------------------------------------


def in_frame(frame):
    """The packet in an Ethernet frame, without padding if its length is there to tell."""
    size = struct.unpack_from("!H", frame, 16)[0] if len(frame) >= 18 else 0
    return frame[14:14 + size] if size >= 20 else frame[14:]


def header_bytes(packet):
    return (packet[0] & 15) * 4


def ident(packet):
    return struct.unpack_from("!H", packet, 4)[0]


def flag_field(packet):
    return struct.unpack_from("!H", packet, 6)[0]


def is_fragment(packet):
    return bool(flag_field(packet) & (MF | 0x1FFF))


def ends(packet):
    """Source and destination address."""
    return socket.inet_ntoa(packet[12:16]), socket.inet_ntoa(packet[16:20])


def protocol_of(packet):
    return packet[9]


def payload_of(packet):
    return packet[header_bytes(packet):]


def ports(packet):
    body = payload_of(packet)
    return struct.unpack_from("!HH", body) if len(body) >= 4 else (0, 0)


def tcp_fields(packet):
    """(seq, ack, flag letters, window, data octets)"""
    body = payload_of(packet)
    seq, ack, offset, bits, window = struct.unpack_from("!IIBBH", body, 4)
    letters = "".join(letter for i, letter in enumerate(FLAG_LETTERS) if bits >> i & 1)
    return seq, ack, letters, window, max(0, len(body) - offset // 4 // 4 * 4)


def describe(packet, quoted=False):
    """One line: addresses, TTL and so on, what is in it, and which checksums are wrong."""
    if len(packet) < 20:
        return f"{packet.hex()}"
    source, destination = ends(packet)
    field = flag_field(packet)
    parts = [f"{source} > {destination}", f"ttl {packet[8]}", f"id {ident(packet)}"]
    parts += [f"tos 0x{packet[1]:02x}"] if packet[1] else []
    parts += [name for bit, name in ((DF, "DF"), (MF, "MF")) if field & bit]
    parts += [f"offset {(field & 0x1FFF) * 8}"] if field & 0x1FFF else []
    options = packet[20:header_bytes(packet)]
    parts += [f"options {options.hex()}"] if options else []
    if checksum(packet[:header_bytes(packet)]) and not quoted:
        parts.append("BAD HEADER CHECKSUM")
    parts.append(_describe_payload(packet, quoted))
    return ", ".join(parts) + f" ({len(packet)} octets)"


def _describe_payload(packet, quoted):
    protocol, body = protocol_of(packet), payload_of(packet)
    if flag_field(packet) & 0x1FFF or len(body) < 8:
        return f"protocol {protocol}, {len(body)} octets"
    whole = not quoted and not is_fragment(packet)
    if protocol in (TCP, UDP):
        pseudo = _pseudo(*ends(packet), protocol, len(body))
        wrong = whole and checksum(pseudo + body) and (protocol == TCP or body[6:8] != b"\0\0")
        text = "{} {} > {}".format("tcp" if protocol == TCP else "udp", *ports(packet))
        if protocol == TCP and len(body) >= 20:
            text += " {2} seq {0} ack {1} win {3} data {4}".format(*tcp_fields(packet))
        return text + (" BAD CHECKSUM" if wrong else "")
    if protocol == ICMP:
        text = f"icmp {body[0]}/{body[1]} {body[4:8].hex()}"
        text += " BAD CHECKSUM" if whole and checksum(body) else ""
        inner = body[8:]
        if body[0] in ICMP_ERRORS and len(inner) >= 20:
            text += f" [{describe(inner, quoted=True)}]"
        return text
    return f"protocol {protocol}, {len(body)} octets"
