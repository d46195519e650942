#!/usr/bin/env python3
"""The real traceroute and nmap on Linux, and natsim's on the same network: who answers at which
hop, and which port is in which state for which reason.

    client ── router ── firewall ── web        each in a network namespace of its own

Skipped (77) where namespaces, or one of the programs, are not to be had.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

SERVER = """
import socket, sys
tcp = socket.create_server(("", 80))
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.bind(("", 7))
print("ready", flush=True)
while True:
    data, peer = udp.recvfrom(2000)
    udp.sendto(data, peer)
"""

IDLE = "import sys; print('ready', flush=True); sys.stdin.read()"

# name: its interfaces as (peer, address), its routes
NODES = {
    "client": ([("router", "10.1.0.10")], [("default", "10.1.0.1")]),
    "router": ([("client", "10.1.0.1"), ("firewall", "10.2.0.1")], [("10.3.0.0/24", "10.2.0.2")]),
    "firewall": ([("router", "10.2.0.2"), ("web", "10.3.0.1")], [("10.1.0.0/24", "10.2.0.1")]),
    "web": ([("firewall", "10.3.0.80")], [("default", "10.3.0.1")]),
}

# Rules of the firewall: iptables' words.
RULES = [
    "-A FORWARD -p tcp --dport 23 -j DROP",
    "-A FORWARD -p tcp --dport 24 -j REJECT --reject-with icmp-admin-prohibited",
    "-A FORWARD -p tcp --dport 25 -j REJECT",
    "-A FORWARD -p tcp --dport 26 -j REJECT --reject-with tcp-reset",
    "-A FORWARD -p udp --dport 53 -j DROP",
    "-A FORWARD -p udp --dport 54 -j REJECT",
    "-A FORWARD -p udp --dport 55 -j REJECT --reject-with icmp-admin-prohibited",
    "-A FORWARD -p icmp -d 10.3.0.88 -j REJECT --reject-with icmp-host-prohibited",
]

# traceroute's options, its target, and the same for natsim.
TRACES = [
    # First: Linux says "no route" only so often.
    (["-I", "-q", "1", "-N", "1"], "10.9.9.9", "{to: 10.9.9.9, by: icmp, probes: 1}"),
    ([], "10.3.0.80", "{to: 10.3.0.80}"),
    (["-I"], "10.3.0.80", "{to: 10.3.0.80, by: icmp}"),
    (["-T", "-p", "80"], "10.3.0.80", "{to: 10.3.0.80, by: tcp, port: 80}"),
    (["-T", "-p", "81"], "10.3.0.80", "{to: 10.3.0.80, by: tcp, port: 81}"),
    (["-T", "-p", "23", "-m", "4", "-w", "1,0,0"], "10.3.0.80",
     "{to: 10.3.0.80, by: tcp, port: 23, max_hops: 4, timeout: 1s}"),
    (["-T", "-p", "24"], "10.3.0.80", "{to: 10.3.0.80, by: tcp, port: 24}"),
    (["-I"], "10.3.0.88", "{to: 10.3.0.88, by: icmp}"),
    (["-N", "1", "-q", "2"], "10.3.0.80", "{to: 10.3.0.80, parallel: 1, probes: 2}"),
    (["-f", "2", "-q", "1"], "10.3.0.80", "{to: 10.3.0.80, first_hop: 2, probes: 1}"),
    (["-I"], "10.3.0.99", "{to: 10.3.0.99, by: icmp}"),
]

# nmap's options, its ports, and the same for natsim.
SCANS = [
    ("-sS", "21-26,80", "{to: 10.3.0.80, ports: [21-26, 80]}"),
    ("-sT", "21-26,80", "{to: 10.3.0.80, ports: [21-26, 80], by: connect}"),
    ("-sU", "7,9,53-55", "{to: 10.3.0.80, ports: [7, 9, 53-55], by: udp}"),
]


class Unavailable(Exception):
    """This machine cannot do it: why."""


def run(*command, check=True):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if check and done.returncode:
        raise Unavailable(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout


class Lab:
    """The network of namespaces. They end with the processes that hold them."""

    def __init__(self):
        for program in ("ip", "iptables", "unshare", "nsenter", "traceroute", "nmap"):
            if shutil.which(program) is None:
                raise Unavailable(f"no program '{program}'")
        self.holders = {}
        try:
            for name in NODES:
                self.holders[name] = self._hold(name)
            self._wire()
        except BaseException:
            self.close()
            raise

    @staticmethod
    def _hold(name):
        program = SERVER if name == "web" else IDLE
        holder = subprocess.Popen(["unshare", "-n", sys.executable, "-c", program],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True)
        if holder.stdout.readline() != "ready\n":
            raise Unavailable("unshare -n: " + holder.stderr.read().strip())
        return holder

    def inside(self, name, *command, check=True):
        return run("nsenter", "-t", str(self.holders[name].pid), "-n", *command, check=check)

    def _wire(self):
        done = set()
        for name, (interfaces, _) in NODES.items():
            for peer, _ in interfaces:
                if (peer, name) in done:
                    continue
                done.add((name, peer))
                self.inside(name, "ip", "link", "add", f"to-{peer}", "type", "veth", "peer", "name",
                            f"to-{name}", "netns", str(self.holders[peer].pid))
        for name, (interfaces, routes) in NODES.items():
            self.inside(name, "ip", "link", "set", "lo", "up")
            for peer, address in interfaces:
                self.inside(name, "ip", "addr", "add", address + "/24", "dev", f"to-{peer}")
                self.inside(name, "ip", "link", "set", f"to-{peer}", "up")
            for to, via in routes:
                self.inside(name, "ip", "route", "add", to, "via", via)
            self.inside(name, "sh", "-c", "echo 0 > /proc/sys/net/ipv4/icmp_ratelimit; "
                        "echo 1 > /proc/sys/net/ipv4/ip_forward")
        for rule in RULES:
            self.inside("firewall", "iptables", *rule.split())

    def close(self):
        for holder in self.holders.values():
            holder.kill()
            holder.wait()


def yaml(scenario):
    """The same network for natsim."""
    lines = ["name: lab", "networks: {c-r: {}, r-f: {}, f-w: {}}", "nodes:"]
    cables = {("client", "router"): "c-r", ("router", "firewall"): "r-f",
              ("firewall", "web"): "f-w"}
    for name, (interfaces, routes) in NODES.items():
        kind = "router" if name in ("router", "firewall") else "host"
        lines += [f"  {name}:", f"    type: {kind}", "    icmp_rate_limit: false",
                  "    interfaces:"]
        for number, (peer, address) in enumerate(interfaces):
            cable = cables.get((name, peer)) or cables[(peer, name)]
            lines.append(f"      eth{number}: {{network: {cable}, addresses: [{address}/24]}}")
        lines.append("    routes: [" + ", ".join(f"{{to: {to}, via: {via}}}"
                                                 for to, via in routes) + "]")
        if name == "firewall":
            lines += ["    iptables: |", "      *filter"] + ["      " + rule for rule in RULES]
            lines.append("      COMMIT")
        if name == "web":
            lines.append("    listen: [{proto: tcp, port: 80}, {proto: udp, port: 7, app: echo}]")
    return "\n".join(lines + ["traffic:"] + scenario) + "\n"


def real_hops(text):
    """[(ttl, [(address, mark) or None, …])] of traceroute -n's output."""
    hops = []
    for line in text.splitlines()[1:]:
        words = line.split()
        ttl, probes, address = int(words[0]), [], None
        for word in words[1:]:
            if word == "*":
                probes.append(None)
            elif re.fullmatch(r"\d+\.\d+\.\d+\.\d+", word):
                address = word
            elif word == "ms":
                probes.append((address, ""))
            elif word.startswith("!"):
                probes[-1] = (probes[-1][0], word)
        hops.append((ttl, probes))
    return hops


def our_hops(traffic):
    return [(hop["ttl"], [probe and (probe["from"], probe.get("mark", ""))
                          for probe in hop["probes"]]) for hop in traffic["hops"]]


def real_ports(text):
    """{port: (state, reason)} of nmap --reason's output."""
    found = re.findall(r"^(\d+)/\w+\s+(\S+)\s+\S+\s+(\S+)", text, re.MULTILINE)
    return {int(port): (state, reason) for port, state, reason in found}


def our_ports(traffic):
    found = {}
    for group in traffic["ports"]:
        for part in group["ports"].split(","):
            first, _, last = part.partition("-")
            for port in range(int(first), int(last or first) + 1):
                found[port] = (group["state"], group["reason"])
    return found


def ask_natsim():
    scenario, at = [], 1
    for kind, wants in (("traceroute", TRACES), ("scan", SCANS)):
        for want in wants:
            scenario.append(f"  - {{at: {at}s, from: client, {kind}: {want[2]}}}")
            at += 60
    program = os.environ.get("NATSIM_PROGRAM", "build/natsim")
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write(yaml(scenario))
        file.flush()
        out = run(program, "run", file.name, "--json", "--quiet", "--no-capture")
    return json.loads(out.splitlines()[-1])["traffic"]


def main():
    try:
        lab = Lab()
    except Unavailable as reason:
        print(f"skipped: {reason}")
        return 77
    wrong = 0
    try:
        ours = ask_natsim()
        compared = []
        for number, (options, target, _) in enumerate(TRACES):
            # All wait their full time: the machine may be busy.
            patience = [] if "-w" in options else ["-w", "5,0,0"]
            real = lab.inside("client", "traceroute", "-n", *patience, *options, target,
                              check=False)
            compared.append((" ".join(["traceroute", *options, target]), real_hops(real),
                             our_hops(ours[number])))
        for number, (method, ports, _) in enumerate(SCANS):
            real = lab.inside("client", "nmap", "-n", "-Pn", "--reason", method, "-p", ports,
                              "10.3.0.80", check=False)
            compared.append((f"nmap {method} -p {ports}", real_ports(real),
                             our_ports(ours[len(TRACES) + number])))
        for what, real, natsim in compared:
            if real and real == natsim:
                continue
            wrong += 1
            print(f"{what}\n  Linux:  {real}\n  natsim: {natsim}")
        print(f"{len(compared) - wrong} of {len(compared)} agree")
    finally:
        lab.close()
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
