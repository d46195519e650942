"""Random conversations with a router: each frame is made up with what came out before in mind."""
import struct

import packets as p
from router import ADDRESSES, LEGS, NEIGHBORS, mac_bytes

INSIDE = {"lan": ["192.168.1.10", "192.168.1.11", "192.168.1.77"],
          "dmz": ["172.16.5.10", "172.16.5.20"],
          "wan": ["203.0.113.50", "203.0.113.80", "198.51.100.7", "8.8.8.8"]}
PORTS = [22, 25, 53, 80, 123, 443, 1024, 4000, 5000, 5001, 5002, 8080, 8443, 40000, 65535]
SPORTS = [1000, 4000, 5000, 5001, 5002, 40000, 40001, 53, 500, 600, 65535]
RARE_TARGETS = ["255.255.255.255", "192.168.1.255", "224.0.0.1", "203.0.113.255", "127.0.0.1",
                "0.0.0.0", "240.0.0.1", "192.168.1.0", "224.0.0.251"]
RARE_SOURCES = ["192.168.1.1", "203.0.113.1", "127.0.0.1", "0.0.0.0", "224.0.0.1",
                "255.255.255.255", "10.9.9.9"]
ODD_FLAGS = ["", "F", "R", "A", "RA", "SA", "FA", "SF", "FPU", "PA", "SFRPAU", "SE", "SEC", "SR",
             "PAU", "U", "P", "SP", "SAP", "SU"]
TCP_OPTIONS = [b"", b"", b"\x02\x04\x05\xb4", b"\x02\x04\x02\x18", b"\x02\x04\xff\xff",
               b"\x02\x04\x05\xb4\x01\x03\x03\x07", b"\x02\x04\x05\xb4\x04\x02\x01\x01",
               b"\x02\x04\x05\xb4\x01\x01\x04\x02\x01\x03\x03\x0e", b"\x03\x03\x02\x00",
               b"\x01\x01\x08\x0a" + bytes(8), b"\x02\x03\x05\x01", b"\x02\x40\x05\xb4",
               b"\x00\x02\x04\x05\xb4\x01\x01\x01", b"\x01\x01\x02\x04\x05\xb4\x01\x01",
               b"\x04\x02\x02\x04\x05\xb4\x00\x00"]
# Not here, as natsim leaves them as they are: record route, timestamps, source routes.
IP_OPTIONS = [b"\x01\x01\x01\x00", b"\x94\x04\x00\x00"]


class Conversation:
    """Makes frames one by one from `random`; tell it by heard() what each one brought."""

    def __init__(self, random):
        self.random = random
        self.sent = []   # (leg, packet) of whole packets
        self.out = []    # (leg, packet) that came out of the router
        self.waiting = []  # frames that are still to come: other fragments
        self.fragments = 0.2 if self.chance(0.25) else 0.0  # the share that comes in fragments

    def one(self, *values):
        return self.random.choice(values)

    def chance(self, share):
        return self.random.random() < share

    def heard(self, out):
        """What came out after the last frame: a list of (leg, packet)."""
        self.out += [(leg, packet) for leg, packet in out if not p.is_fragment(packet)]

    def next(self):
        """(leg, frame)"""
        if self.waiting:
            leg, packet = self.waiting.pop(0)
        else:
            leg, packet = self._packet()
            leg, packet = self._fragmented(leg, self._changed(leg, packet))
        return leg, self._frame(leg, packet)

    def _frame(self, leg, packet):
        _, near, far, _ = LEGS[leg]
        to = mac_bytes(near)
        if packet[16] >= 224 and self.chance(0.8):
            to = b"\xff" * 6 if packet[16] == 255 else b"\x01\0\x5e" + bytes(
                [packet[17] & 127]) + packet[18:20]
        elif self.chance(0.004):
            to = self.one(b"\xff" * 6, mac_bytes("02:00:00:00:77:77"))
        frame = to + mac_bytes(far) + b"\x08\0" + packet
        return frame + (bytes(60 - len(frame)) if len(frame) < 60 and self.chance(0.5) else b"")

    # --- what is sent ----------------------------------------------------------------------------

    def _packet(self):
        kinds = [(16, self._udp), (14, self._syn), (7, self._echo), (3, self._odd_icmp),
                 (3, self._other_protocol), (5, self._odd_tcp)]
        if self.out:
            kinds += [(36, self._answer), (8, self._icmp_error), (3, self._stranger)]
        if self.sent:
            kinds += [(10, self._again), (6, self._onward)]
        weights, makers = zip(*kinds)
        leg, packet = self.random.choices(makers, weights)[0]()
        if len(packet) > LEGS[leg][3]:
            return self._udp()
        self.sent.append((leg, packet))
        return leg, packet

    def _ends(self):
        """(leg, source, destination) of something new."""
        leg = self.one("lan", "lan", "lan", "dmz", "wan", "wan")
        source = self.one(*INSIDE[leg])
        if self.chance(0.03):
            source = self.one(*RARE_SOURCES, *INSIDE["lan"])
        kind = self.random.random()
        if kind < 0.03:
            return leg, source, self.one(*RARE_TARGETS)
        if kind < 0.35:
            near = ADDRESSES[leg] if self.chance(0.3) else sum(ADDRESSES.values(), [])
            return leg, source, self.one(*near)
        if kind < 0.42:
            return leg, source, self.one(*NEIGHBORS[self.one("lan", "dmz", "wan")])
        to = self.one("wan", "wan", "dmz") if leg == "lan" else self.one("lan", "dmz", "wan")
        return leg, source, self.one(*INSIDE[to])

    def _header(self):
        return {
            "ttl": self.one(64, 64, 64, 128, 255) if self.chance(0.9) else self.one(0, 1, 2, 3),
            "ident": self.random.randint(1, 65535),
            "tos": 0 if self.chance(0.8) else self.one(0x10, 0xB8, 0x01, 0x03, 0xFF, 0x08, 0x28),
            "flags": self.one(0, p.DF),
            "options": self.one(*IP_OPTIONS) if self.chance(0.01) else b"",
        }

    def _data(self):
        size = self.one(0, 1, 4, 8, 21, 32, 100) if self.chance(0.93) else self.one(
            548, 600, 1200, 1240, 1252, 1253, 1400, 1472)
        return bytes(self.random.randrange(256) for _ in range(size))

    def _ports(self):
        return self.one(*SPORTS), self.one(*PORTS, 0 if self.chance(0.1) else 53)

    def _udp(self):
        leg, source, destination = self._ends()
        data = self._data()
        if 28 + len(data) > LEGS[leg][3]:
            data = data[:100]
        body = p.udp(source, destination, *self._ports(), data, checked=self.chance(0.93))
        return leg, self._ip(source, destination, p.UDP, body)

    def _ip(self, source, destination, protocol, body):
        fields = self._header()
        if len(body) > 1200:
            fields["options"] = b""
        return p.ipv4(source, destination, protocol, body, **fields)

    def _syn(self):
        return self._tcp("S" if self.chance(0.9) else "SEC", self.one(*TCP_OPTIONS))

    def _odd_tcp(self):
        return self._tcp(self.one(*ODD_FLAGS), self.one(*TCP_OPTIONS), self._data()[:100])

    def _tcp(self, flags, options, data=b""):
        leg, source, destination = self._ends()
        body = p.tcp(source, destination, *self._ports(), flags, data=data, options=options,
                     seq=self.random.getrandbits(32),
                     ack=self.random.getrandbits(32) if "A" in flags else 0,
                     window=self.one(64240, 65535, 0, 1, 512))
        return leg, self._ip(source, destination, p.TCP, body)

    def _echo(self):
        leg, source, destination = self._ends()
        rest = struct.pack("!HH", self.one(1, 2, 7, 4000), self.random.randint(0, 3))
        body = p.icmp(8, 0, rest, self._data())
        if len(body) + 20 > LEGS[leg][3]:
            body = p.icmp(8, 0, rest)
        return leg, self._ip(source, destination, p.ICMP, body)

    def _odd_icmp(self):
        leg, source, destination = self._ends()
        kind = self.one(0, 13, 14, 15, 17, 10, 9, 42, 3, 11, 18, 200)
        data = bytes(12) if kind in (13, 14) else self._data()[:40]
        body = p.icmp(kind, self.one(0, 0, 0, 1, 16), struct.pack("!HH", 7, 1), data)
        return leg, self._ip(source, destination, p.ICMP, body)

    def _other_protocol(self):
        leg, source, destination = self._ends()
        # Not here, as natsim tracks them by address alone: SCTP, DCCP, UDP-Lite, PPTP's GRE.
        protocol = self.one(47, 99, 50, 2, 4, 41, 255, 103)
        body = bytes([0, 0, 8, 0]) + self._data()[:40] if protocol == 47 else self._data()[:60]
        return leg, self._ip(source, destination, protocol, body)

    # --- in answer to what came out --------------------------------------------------------------

    def _answer(self):
        leg, packet = self._recent(self.out)
        source, destination = p.ends(packet)
        body = p.payload_of(packet)
        protocol = p.protocol_of(packet)
        if protocol == p.UDP and len(body) >= 8:
            sport, dport = p.ports(packet)
            if self.chance(0.08):
                dport = self.one(*PORTS)
            reply = p.udp(destination, source, dport, sport, self._data()[:200])
        elif protocol == p.TCP and len(body) >= 20:
            reply = self._tcp_answer(packet)
        elif protocol == p.ICMP and len(body) >= 8 and body[0] in (8, 13):
            reply = p.icmp({8: 0, 13: 14}[body[0]], 0, body[4:8], body[8:])
        elif protocol == p.ICMP:
            return self._udp()
        else:
            reply = body
        return leg, self._ip(destination, source, protocol, reply)

    def _tcp_answer(self, packet):
        source, destination = p.ends(packet)
        sport, dport = p.ports(packet)
        seq, ack, flags, _, size = p.tcp_fields(packet)
        took = size + ("S" in flags) + ("F" in flags)
        if "S" in flags and "A" not in flags:
            mine = self.random.getrandbits(32)
            answer = self.one("SA", "SA", "SA", "SA", "RA", "A", "S")
        elif "S" in flags:
            mine, answer = ack, self.one("A", "A", "A", "PA", "R", "FA")
        elif "F" in flags:
            mine, answer = ack, self.one("A", "FA", "FA", "RA", "PA")
        else:
            mine, answer = ack, self.one("A", "PA", "PA", "FA", "FA", "R", "RA", "S")
        theirs = seq + took
        if self.chance(0.15):
            mine += self.one(1, -1, 100, 70000, -70000, 1 << 31, 65000, 1 << 20, -1000)
        if self.chance(0.1):
            theirs += self.one(1, -1, 5000, -5000, 1 << 31, -70000, 66000)
        data = self._data()[:300] if "P" in answer else b""
        options = self.one(*TCP_OPTIONS) if "S" in answer else b""
        return p.tcp(destination, source, dport, sport, answer, seq=mine,
                     ack=theirs if "A" in answer else self.one(0, theirs), data=data,
                     options=options, window=self.one(64240, 64240, 65535, 0, 100))

    def _onward(self):
        """More from who sent something before: TCP goes on behind its last octet."""
        leg, packet = self._recent(self.sent)
        source, destination = p.ends(packet)
        body = p.payload_of(packet)
        if p.protocol_of(packet) == p.TCP and len(body) >= 20 and not p.is_fragment(packet):
            seq, ack, flags, window, size = p.tcp_fields(packet)
            seq += size + ("S" in flags) + ("F" in flags)
            answer = self.one("A", "PA", "PA", "FA", "R", "RA", "S")
            data = self._data()[:300] if "P" in answer else b""
            body = p.tcp(source, destination, *p.ports(packet), answer, seq=seq, ack=ack, data=data,
                         window=window)
        elif p.protocol_of(packet) == p.UDP and len(body) >= 8:
            sport, dport = p.ports(packet)
            body = p.udp(source, destination, sport, dport if self.chance(0.7) else
                         self.one(*PORTS), self._data()[:200])
        return leg, self._ip(source, destination, p.protocol_of(packet), body)

    def _again(self):
        """The same once more, or from another one's address: port clashes."""
        leg, packet = self._recent(self.sent)
        if self.chance(0.5) or p.protocol_of(packet) != p.UDP or len(p.payload_of(packet)) < 8:
            return leg, p.with_fields(packet, ident=self.random.randint(1, 65535))
        _, destination = p.ends(packet)
        source = self.one(*INSIDE[leg])
        return leg, self._ip(source, destination, p.UDP,
                             p.udp(source, destination, *p.ports(packet), self._data()[:100]))

    def _stranger(self):
        """Somebody else speaks to where a packet came from."""
        leg, packet = self._recent(self.out)
        source, _ = p.ends(packet)
        other = self.one(*INSIDE[leg])
        sport, _ = p.ports(packet)
        if p.protocol_of(packet) == p.TCP:
            body = p.tcp(other, source, self.one(*PORTS), sport, "S",
                         seq=self.random.getrandbits(32))
            return leg, self._ip(other, source, p.TCP, body)
        body = p.udp(other, source, self.one(*PORTS), sport, self._data()[:50])
        return leg, self._ip(other, source, p.UDP, body)

    def _icmp_error(self):
        """About a packet that came out, or about one that never did."""
        leg, packet = self._recent(self.out) if self.chance(0.9) else self._recent(self.sent)
        source, destination = p.ends(packet)
        if p.protocol_of(packet) == p.ICMP and p.payload_of(packet)[:1] in b"\3\4\5\13\14":
            return self._udp()
        kind, code = self.one((3, 0), (3, 1), (3, 2), (3, 3), (3, 3), (3, 4), (3, 13), (11, 0),
                              (11, 0), (12, 0), (4, 0), (5, 1), (11, 1))
        # The router itself remembers what 3/4 says; nothing else here asks for that.
        if (kind, code) == (3, 4) and p.protocol_of(packet) == p.ICMP:
            code = 3
        rest = struct.pack("!HH", 0, 1200 if (kind, code) == (3, 4) else 0)
        sender = destination if self.chance(0.7) else self.one(*INSIDE[leg])
        size = p.header_bytes(packet)
        keep = self.one(len(packet), size + 8, size + 8, size + 8, size + 4, size + 20, 548)
        if keep > 1200:
            keep = 548
        quoted = packet[:keep]
        if self.chance(0.5):
            quoted = quoted[:8] + bytes([max(1, quoted[8] - 1)]) + quoted[9:]
        return leg, self._ip(sender, source, p.ICMP, p.icmp(kind, code, rest, quoted))

    def _recent(self, listed):
        return listed[-1] if self.chance(0.5) else self.random.choice(listed[-12:])

    # --- what happens to it on the way -----------------------------------------------------------

    def _changed(self, leg, packet):
        """Now and then a wrong checksum, a cut or a lie in the header."""
        if self.chance(0.97):
            return packet
        size = p.header_bytes(packet)
        kind = self.one("payload", "payload", "payload", "header", "short", "long", "version")
        if kind == "payload" and len(packet) > size:
            at = self.random.randrange(size, len(packet))
            flipped = packet[at] ^ 1 << self.random.randrange(8)
            return packet[:at] + bytes([flipped]) + packet[at + 1:]
        if kind == "header":
            return packet[:10] + bytes([packet[10] ^ 0x55]) + packet[11:]
        if kind == "short":
            return p.with_fields(packet[:self.random.randrange(size, len(packet) + 1)])
        if kind == "long" and len(packet) + 40 < LEGS[leg][3]:
            return p.with_fields(packet + bytes(self.one(1, 7, 40)))
        if kind == "version":
            return bytes([packet[0] ^ 0x10]) + packet[1:]
        return packet

    def _fragmented(self, leg, packet):
        size = len(packet) - p.header_bytes(packet)
        if size <= 16 or p.flag_field(packet) & ~p.DF or not self.chance(self.fragments):
            return leg, packet
        pieces = sorted(self.random.sample(range(8, size, 8), min(self.one(1, 1, 2, 3),
                                                                  len(range(8, size, 8)))))
        parts = p.fragments(packet, pieces, self.random.randint(1, 65535))
        if self.chance(0.15):
            parts = [p.with_fields(part, flags=p.flag_field(part) | p.DF) for part in parts]
        if self.chance(0.3):
            self.random.shuffle(parts)
        if self.chance(0.1):
            parts.pop(self.random.randrange(len(parts)))
        elif self.chance(0.08):
            parts.insert(self.random.randrange(len(parts)), self.one(*parts))
        self.waiting += [(leg, part) for part in parts[1:]]
        return leg, parts[0]
