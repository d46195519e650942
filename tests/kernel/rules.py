"""Random rule sets as text for iptables-restore: every table, match and target that natsim has.

Left out is what the kernel draws at random: --random, --mode random. connlimit is for base chains
alone: the kernel counts a packet twice that comes by one such rule twice within a jiffy.
"""
import sets

ADDRESSES = [
    "192.168.1.10", "192.168.1.11", "192.168.1.77", "192.168.1.1", "192.168.1.0/24",
    "192.168.1.8/30", "172.16.5.10", "172.16.5.20", "172.16.5.0/24", "172.16.5.8/29",
    "203.0.113.1", "203.0.113.2", "203.0.113.3", "203.0.113.50", "203.0.113.80",
    "203.0.113.0/24", "203.0.113.0/28", "198.51.100.7", "198.51.100.0/24", "8.8.8.8", "0.0.0.0/0",
    "10.0.0.0/8",
]
HOSTS = ["192.168.1.10", "192.168.1.11", "192.168.1.77", "172.16.5.10", "172.16.5.20",
         "203.0.113.50", "203.0.113.80"]
OUTSIDE = ["203.0.113.1", "203.0.113.2", "203.0.113.3", "203.0.113.9"]
PORTS = [22, 25, 53, 80, 123, 443, 1024, 4000, 5000, 5001, 5002, 8080, 8443, 40000, 65535]
STATES = ["NEW", "ESTABLISHED", "RELATED", "INVALID", "UNTRACKED", "SNAT", "DNAT"]
FLAG_MASKS = ["FIN,SYN,RST,ACK SYN", "SYN,RST SYN", "ALL NONE", "ALL FIN,PSH,URG",
              "SYN,FIN SYN,FIN", "RST RST", "ACK ACK", "FIN,ACK FIN", "SYN,ACK SYN,ACK",
              "PSH PSH", "URG URG"]
REJECTS = ["icmp-net-unreachable", "icmp-host-unreachable", "icmp-port-unreachable",
           "icmp-proto-unreachable", "icmp-net-prohibited", "icmp-host-prohibited",
           "icmp-admin-prohibited"]
ICMP_TYPES = ["any", "8", "0", "3", "3/3", "3/4", "11", "11/0", "echo-request", "echo-reply", "5",
              "12", "13", "destination-unreachable", "time-exceeded"]
CHAINS = {
    "raw": ["PREROUTING", "OUTPUT"],
    "mangle": ["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"],
    "nat": ["PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"],
    "filter": ["INPUT", "FORWARD", "OUTPUT"],
}
# Without a rule that needs it the kernel would not track connections at all.
TRACKING = "-A INPUT -m conntrack --ctstate NEW"


class RuleMaker:
    """Makes one rule set from `random`, a random.Random."""

    def __init__(self, random, with_sets=True):
        self.random = random
        self.lists = 0
        self.sets = sets.SetMaker(random, PORTS) if with_sets else None
        self.set_text = ""

    def rule_set(self):
        """The text. The sets that it names are set_text."""
        lines = []
        self.set_text = self.sets.text() if self.sets else ""
        for table, chains in CHAINS.items():
            lines.append(f"*{table}")
            lines += [f":{chain} {self.policy(table)} [0:0]" for chain in chains]
            users = [f"u{i}" for i in range(self.random.choice([0, 0, 1, 2, 2 + (table != "nat")]))]
            lines += [f":{chain} - [0:0]" for chain in users]
            lines += [TRACKING] if table == "mangle" else []
            for chain in [*chains, *users]:
                for _ in range(self.rules_in(table, chain)):
                    lines.append(self.rule(table, chain, users))
            lines.append("COMMIT")
        return "\n".join(lines) + "\n"

    def one(self, *values):
        return self.random.choice(values)

    def chance(self, share):
        return self.random.random() < share

    def policy(self, table):
        return "DROP" if table == "filter" and self.chance(0.15) else "ACCEPT"

    def rules_in(self, table, chain):
        """How many."""
        most = {"raw": 2, "mangle": 2, "nat": 4, "filter": 6}[table]
        if chain in ("PREROUTING", "POSTROUTING") and table == "nat":
            return self.random.randint(1, most)
        if table in ("raw", "mangle") and self.chance(0.5):
            return 0
        if chain in ("OUTPUT", "INPUT") and table != "filter":
            most = 1
        return self.random.randint(0, most)

    def rule(self, table, chain, users):
        protocol = self.one("tcp", "tcp", "udp", "udp", "icmp", None, None)
        if self.chance(0.03):
            protocol = self.one("47", "99", "50")
        negated = protocol in ("tcp", "udp") and self.chance(0.03)
        target, needed = self.target(table, chain, users, None if negated else protocol)
        if needed:
            protocol, negated = needed, False
        words = ["-A", chain]
        # Few conditions: a rule that never matches tells nothing.
        for part in (self.address, self.interface):
            words += part(chain) if self.chance(0.4) else []
        if protocol:
            words += (["!"] if negated else []) + ["-p", protocol]
        for _ in range(self.random.choice([0, 0, 0, 1, 1, 1, 1, 2])):
            words += self.match(table, chain, None if negated else protocol)
        return " ".join(words + target)

    # --- conditions ------------------------------------------------------------------------------

    def no(self):
        return ["!"] if self.chance(0.12) else []

    def address(self, _):
        return self.no() + [self.one("-s", "-d"), self.one(*ADDRESSES)]

    def interface(self, chain):
        ways = {"PREROUTING": ["-i"], "INPUT": ["-i"], "OUTPUT": ["-o"], "POSTROUTING": ["-o"]}
        return self.no() + [self.one(*ways.get(chain, ["-i", "-o"])),
                            self.one("lan0", "lan0", "dmz0", "wan0", "wan0", "wan+", "+")]

    def port(self):
        if self.chance(0.25):
            low, high = sorted(self.random.sample(PORTS, 2))
            return f"{low}:{high}"
        return str(self.one(*PORTS))

    def match(self, table, chain, protocol):
        kinds = [self.ctstate, self.ctstate, self.connection, self.iprange, self.mark, self.ttl,
                 self.length, self.dscp, self.addrtype, self.limit, self.hashlimit, self.recent,
                 self.nth, self.pkttype, self.fragment, self.time]
        if not chain.startswith("u"):
            kinds += [self.connlimit]
        if self.set_text:
            kinds += [self.named_set] * 8
        if protocol in ("tcp", "udp"):
            kinds += [self.ports] * 10 + [self.multiport] * 5
        if protocol == "tcp":
            kinds += [self.flags] * 5
        if protocol == "icmp":
            kinds += [self.icmp_type] * 10
        if chain in ("PREROUTING", "INPUT", "FORWARD"):
            kinds.append(self.mac)
        return self.random.choice(kinds)(table, chain, protocol)

    def ports(self, _table, _chain, protocol):
        return ["-m", protocol] + self.no() + [self.one("--sport", "--dport", "--dport"),
                                               self.port()]

    def multiport(self, *_):
        listed = [self.port() for _ in range(self.random.randint(1, 5))]
        return ["-m", "multiport"] + self.no() + [self.one("--dports", "--sports", "--ports"),
                                                  ",".join(listed)]

    def flags(self, *_):
        if self.chance(0.3):
            return ["-m", "tcp"] + self.no() + ["--syn"]
        return ["-m", "tcp"] + self.no() + ["--tcp-flags", self.one(*FLAG_MASKS)]

    def icmp_type(self, *_):
        return ["-m", "icmp"] + self.no() + ["--icmp-type", self.one(*ICMP_TYPES)]

    def ctstate(self, *_):
        if self.chance(0.1):
            words = self.random.sample(STATES[:5], self.random.randint(1, 2))
            return ["-m", "state"] + self.no() + ["--state", ",".join(words)]
        words = self.random.sample(STATES, self.random.randint(1, 3))
        return ["-m", "conntrack"] + self.no() + ["--ctstate", ",".join(words)]

    def connection(self, *_):
        kind = self.one("address", "address", "port", "port", "proto", "status", "dir")
        words = ["-m", "conntrack"]
        if kind == "address":
            return words + self.no() + [
                self.one("--ctorigsrc", "--ctorigdst", "--ctreplsrc", "--ctrepldst"),
                self.one(*ADDRESSES)]
        if kind == "port":
            return words + self.no() + [
                self.one("--ctorigsrcport", "--ctorigdstport", "--ctreplsrcport",
                         "--ctrepldstport"), self.port()]
        if kind == "proto":
            return words + self.no() + ["--ctproto", self.one("tcp", "udp", "icmp")]
        if kind == "status":
            return words + self.no() + ["--ctstatus",
                                        self.one("SEEN_REPLY", "ASSURED", "CONFIRMED", "NONE",
                                                 "SEEN_REPLY,ASSURED")]
        return words + ["--ctdir", self.one("ORIGINAL", "REPLY")]

    def iprange(self, *_):
        net = self.one("192.168.1", "172.16.5", "203.0.113")
        low, high = sorted(self.random.sample([1, 2, 3, 9, 10, 11, 20, 50, 77, 80, 255], 2))
        return ["-m", "iprange"] + self.no() + [self.one("--src-range", "--dst-range"),
                                                f"{net}.{low}-{net}.{high}"]

    def mark(self, *_):
        value = self.one("0x0", "0x1", "0x2", "0x1/0x1", "0x2/0x3", "0x10/0xf0")
        return ["-m", self.one("mark", "mark", "connmark")] + self.no() + ["--mark", value]

    def ttl(self, *_):
        return ["-m", "ttl", self.one("--ttl-eq", "--ttl-lt", "--ttl-gt"),
                self.one("1", "2", "63", "64", "128")]

    def length(self, *_):
        return ["-m", "length"] + self.no() + ["--length",
                                               self.one("0:40", "40", "28:100", "100:1500", "84")]

    def dscp(self, *_):
        if self.chance(0.5):
            return ["-m", "dscp"] + self.no() + ["--dscp", self.one("0x00", "0x2e", "0x0a")]
        return ["-m", "tos"] + self.no() + ["--tos",
                                            self.one("0x10/0xff", "0x00/0x1c", "0xb8/0xfc")]

    def addrtype(self, *_):
        return ["-m", "addrtype"] + self.no() + [
            self.one("--src-type", "--dst-type", "--dst-type"),
            self.one("LOCAL", "UNICAST", "BROADCAST", "MULTICAST")]

    def limit(self, *_):
        return ["-m", "limit", "--limit", "1/hour", "--limit-burst", str(self.one(1, 2, 4))]

    def name(self):
        self.lists += 1
        return f"l@RUN@x{self.lists}"

    def hashlimit(self, _table, _chain, protocol):
        keys = ["srcip", "dstip"] + (["srcport", "dstport"] if protocol in ("tcp", "udp") else [])
        mode = ",".join(self.random.sample(keys, self.random.randint(1, 2)))
        words = ["-m", "hashlimit", self.one("--hashlimit-upto", "--hashlimit-above"), "2/hour",
                 "--hashlimit-burst", str(self.one(1, 2, 3)), "--hashlimit-mode", mode]
        if "srcip" in mode and self.chance(0.3):
            words += ["--hashlimit-srcmask", self.one("24", "30", "8")]
        return words + ["--hashlimit-name", self.name()]

    def recent(self, *_):
        if self.lists == 0 or self.chance(0.3):
            words = ["--set"]
        else:
            words = [self.one("--rcheck", "--update", "--remove", "--set")]
        if words[0] in ("--rcheck", "--update"):
            words += ["--seconds", "60"] if self.chance(0.6) else []
            words += ["--hitcount", str(self.one(1, 2, 3))] if self.chance(0.5) else []
            words += ["--rttl"] if self.chance(0.2) else []
        side = [self.one("--rsource", "--rdest")] if self.chance(0.5) else []
        self.lists += 1
        return ["-m", "recent"] + self.no() + words + ["--name", f"r@RUN@x{self.one(1, 2)}"] + side

    def named_set(self, *_):
        return ["-m", "set"] + self.no() + ["--match-set", *self.sets.match()]

    def time(self, *_):
        words = ["-m", "time"]
        if self.chance(0.6):
            start, stop = (f"{self.random.randrange(24):02}:{self.random.randrange(60):02}"
                           for _ in range(2))
            words += ["--timestart", start, "--timestop", stop]
            words += ["--contiguous"] if start > stop and self.chance(0.5) else []
        if self.chance(0.4):
            days = self.random.sample(["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
                                      self.random.randint(1, 6))
            words += self.no() + ["--weekdays", ",".join(days)]
        if self.chance(0.3):
            days = self.random.sample(range(1, 32), self.random.randint(8, 24))
            words += self.no() + ["--monthdays", ",".join(map(str, sorted(days)))]
        if self.chance(0.2) or len(words) == 2:
            words += [self.one("--datestart", "--datestop"),
                      f"{self.random.randint(2024, 2032)}-{self.random.randint(1, 12):02}-01"]
        return words

    def nth(self, *_):
        every = self.one(2, 3, 4)
        return ["-m", "statistic", "--mode", "nth"] + self.no() + [
            "--every", str(every), "--packet", str(self.random.randrange(every))]

    def connlimit(self, *_):
        return ["-m", "connlimit", self.one("--connlimit-above", "--connlimit-upto"),
                str(self.one(0, 1, 2, 3)), "--connlimit-mask", self.one("32", "24", "0"),
                self.one("--connlimit-saddr", "--connlimit-daddr")]

    def pkttype(self, *_):
        return ["-m", "pkttype"] + self.no() + ["--pkt-type",
                                                self.one("unicast", "broadcast", "multicast")]

    def fragment(self, *_):
        return ["!", "-f"] if self.chance(0.5) else ["-f"]

    def mac(self, *_):
        return ["-m", "mac"] + self.no() + [
            "--mac-source", self.one("02:00:00:00:01:10", "02:00:00:00:02:10",
                                     "02:00:00:00:03:10", "02:00:00:00:09:99")]

    # --- targets ---------------------------------------------------------------------------------

    def target(self, table, chain, users, protocol):
        """(its words, the protocol that it asks for or `protocol`)"""
        later = [user for user in users if not chain.startswith("u") or user > chain]
        if table == "nat":  # A chain with DNAT is for PREROUTING, one with SNAT for POSTROUTING.
            own = {"PREROUTING": "u0", "OUTPUT": "u0", "POSTROUTING": "u1"}.get(chain)
            later = [user for user in users if user == own]
        if later and self.chance(0.25):
            return [self.one("-j", "-j", "-j", "-g"), self.one(*later)], protocol
        if self.chance(0.04):
            return [], protocol
        if self.chance(0.03):
            return ["-j", "LOG", "--log-prefix", '"x: "'], protocol
        return getattr(self, f"{table}_target")(chain, protocol)

    def filter_target(self, _chain, protocol):
        kind = self.one("ACCEPT", "ACCEPT", "ACCEPT", "DROP", "REJECT", "REJECT", "RETURN")
        if kind != "REJECT":
            return ["-j", kind], protocol
        if protocol == "tcp" and self.chance(0.6):
            return ["-j", "REJECT", "--reject-with", "tcp-reset"], protocol
        return ["-j", "REJECT", "--reject-with", self.one(*REJECTS)], protocol

    def raw_target(self, _chain, protocol):
        kind = self.one("NOTRACK", "CT --notrack", "DROP", "ACCEPT", "RETURN")
        return ["-j", *kind.split()], protocol

    def mangle_target(self, chain, protocol):
        kind = self.one("MARK", "MARK", "CONNMARK", "CONNMARK", "TTL", "DSCP", "TCPMSS", "ACCEPT",
                        "DROP", "RETURN")
        if kind == "TCPMSS":
            words = ["-m", "tcp", "--tcp-flags", "SYN,RST SYN", "-j", "TCPMSS"]
            if chain in ("FORWARD", "OUTPUT", "POSTROUTING") and self.chance(0.5):
                return words + ["--clamp-mss-to-pmtu"], "tcp"
            return words + ["--set-mss", self.one("1000", "536", "1400", "9000")], "tcp"
        options = {
            "MARK": ["--set-mark 0x1", "--set-mark 0x2", "--set-xmark 0x3/0x5", "--or-mark 0x10",
                     "--and-mark 0xfffffffe", "--xor-mark 0x1"],
            "CONNMARK": ["--set-mark 0x1", "--save-mark", "--restore-mark", "--set-xmark 0x2/0x3",
                         "--save-mark --nfmask 0xf --ctmask 0xf"],
            "TTL": ["--ttl-set 64", "--ttl-inc 1", "--ttl-dec 1", "--ttl-set 1", "--ttl-dec 63",
                    "--ttl-set 2", "--ttl-inc 200"],
            "DSCP": ["--set-dscp 0x2e", "--set-dscp-class CS1", "--set-dscp 0x00"],
        }.get(kind, [""])
        return ["-j", kind, *self.one(*options).split()], protocol

    def nat_target(self, chain, protocol):
        with_ports = protocol in ("tcp", "udp")
        if self.chance(0.06):
            return ["-j", self.one("ACCEPT", "RETURN")], protocol
        if chain in ("PREROUTING", "OUTPUT") or chain == "u0":
            kind = self.one("DNAT", "DNAT", "DNAT", "REDIRECT", "NETMAP")
            if kind == "DNAT":
                to = self.one(*HOSTS, *HOSTS, "172.16.5.1", "203.0.113.2",
                              "192.168.1.10-192.168.1.11", "172.16.5.8-172.16.5.15")
                ports = self.nat_ports(":") if with_ports else ""
                if "-" in ports and self.chance(0.2):
                    ports += f"/{self.one(*PORTS)}"
                persistent = ["--persistent"] if self.chance(0.1) else []
                return ["-j", kind, "--to-destination", to + ports, *persistent], protocol
            if kind == "REDIRECT":
                ports = self.nat_ports("") if with_ports else ""
                return ["-j", kind] + (["--to-ports", ports] if ports else []), protocol
            return ["-j", "NETMAP", "--to", self.one("192.168.1.8/29", "172.16.5.8/30")], protocol
        if chain == "POSTROUTING" or chain == "u1":
            kind = self.one("MASQUERADE", "MASQUERADE", "SNAT", "SNAT", "NETMAP")
            if kind == "MASQUERADE":
                ports = self.nat_ports("") if with_ports else ""
                return ["-j", kind] + (["--to-ports", ports] if ports else []), protocol
            if kind == "NETMAP":
                return ["-j", kind, "--to", self.one("203.0.113.8/29", "172.16.5.8/30")], protocol
        to = self.one(*OUTSIDE, *OUTSIDE, "203.0.113.1-203.0.113.3", "203.0.113.8-203.0.113.15")
        persistent = ["--persistent"] if self.chance(0.1) else []
        return ["-j", "SNAT", "--to-source",
                to + (self.nat_ports(":") if with_ports else ""), *persistent], protocol

    def nat_ports(self, before):
        ports = self.one("", "", "4000", "5000-5001", "80", "40000-40000", "5000-5003", "1000-1000")
        return before + ports if ports else ""
