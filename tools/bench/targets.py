"""The table of targets: what is run for each row, and what is asked of it.

Factors over ns-3 are asked of its optimised build (logging not compiled in). The same machine ran
Debian's build too; where only that is found, the factor is multiplied by how much slower it was at
the same work: 0.59/0.41 on the chain of 64 octets, 0.52/0.37 on that of 1400, 0.45/0.34 on the far
one, 0.37/0.22 and 0.069/0.031 on the stars, 8.9/6.7 with TCP.
"""
import dataclasses
import pathlib
import typing

from measure import Figure, Missing, Parts, Program, Start, run


@dataclasses.dataclass
class Line:
    """One line of the table: `ours` over `theirs`, or `ours` alone where there is no peer."""
    work: str
    ours: Figure
    theirs: typing.Optional[Figure]
    sense: str = ""  # ">=" or "<=", "": nothing is asked
    target: float = 0.0  # of the ratio, or of our figure in its own unit
    stretch: float = 0.0
    faster: bool = False  # figures are times, and the ratio tells how many times shorter ours is


@dataclasses.dataclass
class Size:
    """How much each row runs."""
    packets: int = 300_000
    packets_ns3: int = 60_000
    packets_captured: int = 60_000
    packets_nat_large: int = 3_000_000
    tcp_s: int = 120
    tcp_ns3_s: int = 10
    kernel_s: float = 2.0
    parts_s: float = 0.3
    hosts: int = 100_000
    starts: int = 10
    pending_max: int = 10_000_000
    mappings_max: int = 10_000_000
    nodes_max: int = 100_000


QUICK = Size(100_000, 20_000, 20_000, 1_000_000, 20, 4, 0.5, 0.05, 10_000, 3, 1_000_000, 1_000_000,
             10_000)


class Peers:
    """The programs, ours and others'. `…_missing`: why that peer is not there, or None."""

    def __init__(self, build, folder, ns3_missing, ns3_optimised, kernel_missing, threads):
        self.build = build
        self.folder = folder  # for files that a row needs; it goes when the table is done
        self.ns3_missing = ns3_missing
        self.ns3_optimised = ns3_optimised
        self.kernel_missing = kernel_missing
        self.threads = threads  # natsim-bench has towns, and threads for them

    def natsim(self, *words):
        return Program(self.build / "natsim-bench", *words)

    def parts(self, choice, seconds):
        return Parts(self.build / "natsim-bench-parts", choice, seconds)

    def ns3(self, *words):
        if self.ns3_missing:
            return Missing(self.ns3_missing)
        return Program(self.build / "natsim-bench-ns3", *words)

    def kernel(self, *words, starts=0):
        if self.kernel_missing:
            return Missing(self.kernel_missing)
        command = ["tools/bench/kernel/nat", *words]
        variables = {"KERNEL_TRAFFIC": str(self.build / "natsim-bench-kernel")}
        return (Start(starts, *command, environment=variables) if starts
                else Program(*command, environment=variables))

    def over_ns3(self, optimised, debian):
        """The factors that are asked for, given the build of ns-3 that is compared with."""
        return optimised if self.ns3_optimised else debian


def hops(program):
    return Figure(program, "hops_per_cpu_s", "M hops/s", 1e-6)


def cost(program):
    return Figure(program, "ns_per_hop", "ns/hop")


def p1(peers, size):
    """chain of 8 routers, 64 B, netfilter without rules"""
    ours = peers.natsim("chain", "--packets", size.packets)
    theirs = peers.ns3("chain", f"--packets={size.packets_ns3}")
    return [Line("chain of 8, 64 B", hops(ours), hops(theirs), ">=",
                 *peers.over_ns3((30, 36), (44, 51)))]


def p2(peers, size):
    """the same with ten stateful rules on every router; established, and the last rule's packets"""
    theirs = hops(peers.ns3("chain", f"--packets={size.packets_ns3}"))

    def natsim(*words):
        return hops(peers.natsim("chain", "--rules", "stateful", "--packets", size.packets, *words))
    return [Line("… with 10 rules", natsim(), theirs, ">=", *peers.over_ns3((20, 30), (29, 43))),
            Line("… and every packet NEW", natsim("--new"), theirs)]


def p3(peers, size):
    """chain of 8, 1400 B, near and far; ns-3 with payloads in memory and checksums"""
    lines = []
    for work, delay, factors in (("chain of 8, 1400 B", "10us", ((20, 29), (28, 41))),
                                 ("… far", "10ms", ((15, 22), (20, 29)))):
        ours = peers.natsim("chain", "--size", 1400, "--delay", delay, "--packets", size.packets)
        theirs = peers.ns3("chain", "--size=1400", f"--delay={delay}", "--bytes=1",
                           f"--packets={size.packets_ns3}")
        lines.append(Line(work, hops(ours), hops(theirs), ">=", *peers.over_ns3(*factors)))
    return lines


def p4(peers, size):
    """stars of 64 and 1,024 hosts, and what the larger one's hop costs more"""
    ours, lines = {}, []
    for hosts, factors in ((64, ((25, 38), (42, 64))), (1024, ((120, 200), (267, 445)))):
        ours[hosts] = peers.natsim("star", "--hosts", hosts, "--packets", size.packets)
        packets = size.packets_ns3 // (1 if hosts == 64 else 3)
        theirs = peers.ns3("star", f"--hosts={hosts}", f"--packets={packets}")
        lines.append(Line(f"star of {hosts:,}", hops(ours[hosts]), hops(theirs), ">=",
                          *peers.over_ns3(*factors)))
    lines.append(Line("1,024 against 64, a hop", cost(ours[1024]), cost(ours[64]), "<=", 2, 1.3))
    return lines


def p5(peers, size):
    """NAT gateway with 10 thousand flows beside the kernel; one million flows against one"""
    def natsim(flows, packets):
        return peers.natsim("nat", "--flows", flows, "--packets", packets)

    def rate(program, key="packets_per_cpu_s"):
        return Figure(program, key, "M packets/s", 1e-6)
    ours = natsim(10_000, size.packets)
    alone = peers.natsim("gateway", "--flows", 10_000, "--packets", size.packets)
    theirs = peers.kernel("flood", 10_000, 64, size.kernel_s)
    one, million = natsim(1, size.packets), natsim(1_000_000, size.packets_nat_large)
    return [Line("NAT, 10 k flows, frames in and out", rate(alone), rate(theirs), ">=", 17, 27),
            Line("… from and to hosts' sockets", rate(ours), rate(theirs)),
            Line("1 M flows against 1, a packet", cost(million), cost(one), "<=", 4, 2.5)]


def p6(peers, size):
    """timers of the public interface beside a bare radix heap, 1 k to 10 M pending"""
    counts = [n for n in (1_000, 100_000, 1_000_000, 10_000_000) if n <= size.pending_max]
    lines = []
    for mix in ("net", "uniform"):
        runs = {n: peers.parts(f"^(timers|radix_heap)/{mix}/{n}$", size.parts_s) for n in counts}

        def figure(what, n, runs=runs, mix=mix):
            return Figure(runs[n], f"{what}/{mix}/{n} cpu_time", "ns")
        for n in counts:
            lines.append(Line(f"timers {mix}, {n:,} pending", figure("timers", n),
                              figure("radix_heap", n), "<=", 2, 1.3))
        lines.append(Line(f"… {counts[-1]:,} against 1,000", figure("timers", counts[-1]),
                          figure("timers", 1_000), "<=", 4, 4))
    return lines


def p7(peers, size):
    """captures on every interface, against none; records of 100 B"""
    lines = []
    for octets, target in ((64, 1.8), (1400, 7)):
        def natsim(captures, octets=octets):
            return Figure(peers.natsim("chain", "--size", octets, "--captures", captures,
                                       "--packets", size.packets_captured), "cpu_s", "s")
        for captures, words in (("pcap", "a file each"), ("program", "as natsim run")):
            lines.append(Line(f"captures, {octets} B, {words}", natsim(captures), natsim("none"),
                              "<=", target, 1.3))
    records = peers.parts("^(pcap|libpcap)_records/100$", size.parts_s)
    lines.append(Line("records of 100 B, of our writer",
                      Figure(records, "pcap_records/100 items_per_second", "M/s", 1e-6), None,
                      ">=", 25, 25))
    return lines


def p8(peers, size):
    """TCP bulk through one router, cables of 100 Mbit/s and 10 ms: simulated seconds a second"""
    def rate(program):
        return Figure(program, "simulated_per_cpu_s", "s/s")
    ours = peers.natsim("tcp", "--seconds", size.tcp_s)
    theirs = peers.ns3("tcp", f"--seconds={size.tcp_ns3_s}")
    return [Line("TCP bulk, 100 Mbit/s, 10 ms", rate(ours), rate(theirs), ">=",
                 *peers.over_ns3((20, 34), (27, 45)))]


def p9(peers, size):
    """100,000 hosts from YAML to the first event, and what an idle one holds; ns-3 has no file"""
    if pathlib.Path("tools/generate").exists():
        ours = peers.natsim("setup", "--file", hosts_file(peers.folder, size.hosts))
    else:
        ours = Missing("tools/generate is not there yet")
    theirs = peers.ns3("setup", f"--hosts={size.hosts}")
    time, memory = Figure(ours, "cpu_s", "s"), Figure(ours, "bytes_per_host", "B")
    return [Line(f"{size.hosts:,} hosts, YAML to first event", time, None, "<=", 2, 1),
            Line("… beside ns-3's set-up", time, Figure(theirs, "cpu_s", "s"), faster=True),
            Line("an idle host", memory, None, "<=", 1536, 1024),
            Line("… beside ns-3's", memory, Figure(theirs, "bytes_per_host", "B"), faster=True)]


def p10(peers, size):
    """home-nat from process start to exit; ip and nft up to the first datagram through the NAT"""
    ours = Start(size.starts, peers.build / "natsim", "run", "topologies/home-nat.yaml", "--quiet",
                 "-o", "FOLDER/out")
    theirs = peers.kernel("first", starts=max(3, size.starts // 3))
    time = Figure(ours, "wall_s", "ms", 1e3)
    return [Line("home-nat, start to exit", time, None, "<=", 10, 5),
            Line("… beside ip and nft", time, Figure(theirs, "wall_s", "ms", 1e3), ">=", 2.8, 5.6,
                 faster=True)]


def p11(peers, size):
    """rules of one chain, and a packet that only the last lets through: 10,000 against 10"""
    lines = []
    for kind, by in (("ports", "a port each"), ("sources", "a source each"), ("mixed", "mixed")):
        program = peers.parts(f"^last_rule/{kind}/(10|10000)$", size.parts_s)
        many, few = (Figure(program, f"last_rule/{kind}/{n} cpu_time", "ns") for n in (10_000, 10))
        lines.append(Line(f"10,000 rules against 10, {by}", many, few, "<=", 3, 1.5))
    return lines


def p12(peers, size):
    """octets of a NAT mapping, both directions with timer and counters"""
    lines = []
    for flows in (1_000_000, 10_000_000):
        if flows <= size.mappings_max:
            ours = peers.natsim("nat", "--flows", flows, "--packets", size.packets)
            lines.append(Line(f"a mapping of {flows:,}",
                              Figure(ours, "bytes_per_connection", "B"), None, "<=", 160, 112))
    return lines


def p13(peers, size):
    """10,000 nodes on two threads against one, by the clock on the wall"""
    def natsim(threads):
        program = peers.natsim("towns", "--alone", "--threads", threads, "--rounds", 1,
                               "--packets", 3 * size.packets)
        if not peers.threads:
            program = Missing("natsim-bench has no --threads")
        return Figure(program, "hops_per_s", "M hops/s", 1e-6)
    return [Line("10,000 nodes, 2 threads against 1", natsim(2), natsim(1), ">=", 1.7, 1.9)]


def growth(peers, size):
    """a hop in networks of 10 to 100,000 nodes that are all busy"""
    def natsim(nodes):
        return cost(peers.natsim("chain", "--chains", nodes // 10, "--packets", 3 * size.packets))
    return [Line(f"{nodes:,} nodes against 10, a hop", natsim(nodes), natsim(10))
            for nodes in (100, 1_000, 10_000, 100_000) if nodes <= size.nodes_max]


def hosts_file(folder, hosts):
    """A topology file with so many hosts, 100 below each switch."""
    path = folder / "hosts.yaml"
    path.write_text(run(["tools/generate", "tree", "--hosts", str(hosts), "--per-switch", "100"]))
    return path


ROWS = {function.__name__.upper(): function
        for function in (p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11, p12, p13, growth)}
