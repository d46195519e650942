"""Random ipsets, as text for `ipset restore`."""
import router

# A set's type, and what an element of it is made of. Not in every kernel: hash:mac, hash:ip,mac,
# hash:net,net and hash:net,port,net.
TYPES = {
    "hash:ip": ["ip"], "hash:net": ["net"], "hash:ip,port": ["ip", "port"],
    "hash:net,port": ["net", "port"], "hash:ip,port,ip": ["ip", "port", "ip"],
    "hash:ip,port,net": ["ip", "port", "net"], "bitmap:port": ["number"],
}
HOSTS = ["192.168.1.10", "192.168.1.11", "192.168.1.77", "172.16.5.10", "172.16.5.20",
         "203.0.113.50", "203.0.113.80", "198.51.100.7", "8.8.8.8",
         *router.ADDRESSES["lan"], *router.ADDRESSES["wan"]]
NETS = ["192.168.1.0/24", "192.168.1.8/29", "192.168.0.0/16", "172.16.5.0/24", "172.16.0.0/12",
        "203.0.113.0/24", "203.0.113.48/28", "198.51.100.0/24", "8.0.0.0/8", "0.0.0.0/1",
        "128.0.0.0/1", "192.0.0.0/3"]
ICMP = ["echo-request", "echo-reply", "port-unreachable", "ttl-zero-during-transit", "11/1"]


class SetMaker:
    """Makes the sets of one case from `random`."""

    def __init__(self, random, ports):
        self.random = random
        self.ports = ports
        self.types = {}  # of the sets by name

    def text(self):
        """Some sets, mostly none."""
        lines = []
        for number in range(self.random.choice([0, 0, 1, 2, 3])):
            lines += self.one(f"s{number}")
        return "".join(line + "\n" for line in lines)

    def one(self, name):
        kind = self.random.choice(list(TYPES))
        self.types[name] = kind
        options = " family inet hashsize 1024 maxelem 65536"
        if kind == "bitmap:port":
            options = " range 0-65535"
        elif kind == "hash:ip" and self.random.random() < 0.3:
            options += f" netmask {self.random.choice([24, 29, 30, 16])}"
        lines = {f"create {name} {kind}{options}": ""}
        for _ in range(self.random.randint(1, 8)):
            element = ",".join(self.part(part) for part in TYPES[kind])
            flag = " nomatch" if "net" in TYPES[kind] and self.random.random() < 0.3 else ""
            lines.setdefault(f"add {name} {element}", flag)
        return [line + flag for line, flag in lines.items()]

    def part(self, part):
        if part == "ip":
            return self.random.choice(HOSTS)
        if part == "net":
            return self.random.choice(NETS + HOSTS[:6])
        if part == "number":
            return str(self.random.choice(self.ports))
        kind = self.random.choice(["tcp", "tcp", "udp", "udp", "icmp", "gre"])
        value = self.random.choice({"icmp": ICMP, "gre": [0]}.get(kind, self.ports))
        return f"{kind}:{value}"

    def match(self):
        """-m set's words, of a set that there is."""
        name = self.random.choice(list(self.types))
        sides = len(TYPES[self.types[name]])
        if self.random.random() < 0.06:
            sides = max(1, sides + self.random.choice([-1, 1]))
        return [name, ",".join(self.random.choice(["src", "dst"]) for _ in range(sides))]
